/* verdict_tap.c - verdicts in the Test Anything Protocol, version 14: a test for each instance of each trace, with its
 * findings in a YAML block. Every string in it is written as JSON writes it, which is YAML. */
#include <string.h>

#include "verdict_cases.h"

/* A description: one line; '#' and '\' would begin a directive or an escape. */
static void add_description(const char *string, ftblab_text *text)
{
  while (*string != '\0') {
    if (*string == '#' || *string == '\\')
      ftblab_text_add(text, "\\");
    string += ftblab_add_character(string, text);
  }
}

static void add_string(const char *indent, const char *key, const char *string, ftblab_text *text)
{
  if (string == NULL)
    return;
  ftblab_text_addf(text, "%s%s: ", indent, key);
  ftblab_text_add_json(text, string, strlen(string));
  ftblab_text_add(text, "\n");
}

static void add_chain(const ftblab_violation *v, ftblab_text *text)
{
  if (v->chain_count > 0)
    ftblab_text_add(text, "      goes back to:\n");
  for (size_t i = 0; i < v->chain_count; i++) {
    ftblab_text_addf(text, "        - line: %llu\n",
                     (unsigned long long)ftblab_line_number(v->places, v->chain[i].line));
    add_string("          ", "what", v->chain[i].text, text);
  }
}

static void add_finding(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text)
{
  ftblab_text words = {0};
  add_string("    - ", "rule", v->rule, text);
  add_string("      ", "message", v->message, text);
  add_string("      ", "file", ftblab_line_file(v->places, v->line, verdict->trace), text);
  if (v->line != 0)
    ftblab_text_addf(text, "      line: %llu\n", (unsigned long long)ftblab_line_number(v->places, v->line));
  add_string("      ", "expected", v->expected, text);
  add_string("      ", "got", v->actual, text);
  add_string("      ", "because", v->guard, text);
  add_chain(v, text);
  ftblab_add_edit(v, &words);
  add_string("      ", "to mend", words.length > 0 ? ftblab_text_string(&words) : NULL, text);
  ftblab_end_words(&words, text);
  add_string("      ", v->excused ? "expected failure" : "expected failure until it expired", v->reason, text);
}

static void add_diagnostics(const ftblab_verdict *verdict, const test_case *c, ftblab_text *text)
{
  if (c->result == TEST_PASSED && c->instance == NULL)
    return;
  ftblab_text_add(text, "  ---\n");
  if (c->words != NULL)
    add_string("  ", "message", c->words, text);
  if (c->instance != NULL)
    ftblab_text_addf(text, "  fitness: %.4f\n", ftblab_instance_fitness(c->instance));
  if (c->violation_count > 0)
    ftblab_text_add(text, "  findings:\n");
  for (size_t i = 0; i < c->violation_count; i++)
    add_finding(verdict, &c->violations[i], text);
  ftblab_text_add(text, "  ...\n");
}

static void add_directive(const test_case *c, ftblab_text *text)
{
  if (c->result != TEST_UNDECIDED && c->result != TEST_EXPECTED)
    return;
  ftblab_text_add(text, c->result == TEST_UNDECIDED ? " # SKIP "
                                                    : " # TO"
                                                      "DO "); /* in two, lest it be taken for ours */
  add_description(c->result == TEST_UNDECIDED ? c->words : c->violations[0].reason, text);
}

static void add_case(const ftblab_verdict *verdict, const test_case *c, size_t number, ftblab_text *text)
{
  bool ok = c->result == TEST_PASSED || c->result == TEST_UNDECIDED;
  ftblab_text name = {0};
  ftblab_text_addf(&name, "%s: ", verdict->trace);
  ftblab_case_name(c, &name);
  ftblab_text_addf(text, "%sok %zu - ", ok ? "" : "not ", number);
  add_description(ftblab_text_string(&name), text);
  add_directive(c, text);
  ftblab_text_add(text, "\n");
  add_diagnostics(verdict, c, text);
  ftblab_end_words(&name, text);
}

void ftblab_write_tap(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  size_t tests = 0, number = 0;
  for (size_t i = 0; i < count; i++)
    tests += ftblab_case_count(verdicts[i]);
  ftblab_text_addf(text, "TAP version 14\n1..%zu\n", tests);
  for (size_t i = 0; i < count; i++)
    for (size_t c = 0; c < ftblab_case_count(verdicts[i]); c++) {
      test_case at = ftblab_case_at(verdicts[i], c);
      add_case(verdicts[i], &at, ++number, text);
    }
}
