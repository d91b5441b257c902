/* verdict_cases.c - a verdict as test cases. */
#include "verdict_cases.h"

static size_t count_passes(const ftblab_verdict *verdict)
{
  size_t count = 0;
  for (const ftblab_unexpected_pass *pass = verdict->passes; pass != NULL; pass = pass->next)
    count++;
  return count;
}

static bool judged_nothing(const ftblab_verdict *verdict)
{
  return verdict->instance_count == 0 && verdict->violation_count == 0 && verdict->problems.count == 0;
}

size_t ftblab_case_count(const ftblab_verdict *verdict)
{
  return verdict->instance_count + (verdict->violation_count > 0) + verdict->problems.count + verdict->notes.count +
         count_passes(verdict) + judged_nothing(verdict);
}

static test_result result_of(const ftblab_violation *violations, size_t count, bool incomplete)
{
  if (count == 0)
    return incomplete ? TEST_UNDECIDED : TEST_PASSED;
  for (size_t i = 0; i < count; i++)
    if (!violations[i].excused)
      return TEST_FAILED;
  return TEST_EXPECTED;
}

static test_case case_of_instance(const ftblab_verdict *verdict, const ftblab_instance_result *in)
{
  bool incomplete = in->kind == FTBLAB_INCOMPLETE;
  return (test_case){.result = result_of(in->violations, in->violation_count, incomplete),
                     .instance = in,
                     .places = verdict->places,
                     .violations = in->violations,
                     .violation_count = in->violation_count,
                     .words = incomplete ? "the trace ended in the middle of the workflow" : NULL};
}

test_case ftblab_case_at(const ftblab_verdict *verdict, size_t i)
{
  if (i < verdict->instance_count)
    return case_of_instance(verdict, &verdict->instances[i]);
  i -= verdict->instance_count;
  if (verdict->violation_count > 0 && i == 0)
    return (test_case){.result = result_of(verdict->violations, verdict->violation_count, false),
                       .violations = verdict->violations,
                       .violation_count = verdict->violation_count};
  i -= verdict->violation_count > 0;
  if (i < verdict->problems.count)
    return (test_case){.result = TEST_BROKEN, .words = ((const problem *)verdict->problems.at[i])->words};
  i -= verdict->problems.count;
  if (i < verdict->notes.count)
    return (test_case){.result = TEST_FAILED, .words = verdict->notes.at[i]};
  i -= verdict->notes.count;
  const ftblab_unexpected_pass *pass = verdict->passes;
  for (; pass != NULL && i > 0; i--)
    pass = pass->next;
  if (pass != NULL)
    return (test_case){.result = TEST_FAILED, .pass = pass, .words = pass->reason};
  return (test_case){.result = TEST_UNDECIDED, .words = "nothing was judged: no record began a chosen workflow"};
}

void ftblab_case_name(const test_case *c, ftblab_text *text)
{
  if (c->instance != NULL) {
    ftblab_text_addf(text, "%s ", c->instance->workflow->id);
    ftblab_add_bindings(c->instance, text);
    ftblab_text_addf(text, "%sline %s", c->instance->binding_count > 0 ? ", " : "",
                     ftblab_line_text(c->places, c->instance->first_line).text);
  } else if (c->violation_count > 0) {
    ftblab_text_add(text, "records of no instance");
  } else if (c->pass != NULL) {
    ftblab_text_addf(text, "unexpected pass of %s", c->pass->rule);
  } else if (c->result == TEST_BROKEN) {
    ftblab_text_add(text, "bad input");
  } else if (c->result == TEST_UNDECIDED) {
    ftblab_text_add(text, "nothing judged");
  } else {
    ftblab_text_add(text, "expectation of the scenario");
  }
}
