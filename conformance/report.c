/* report.c - what was settled, in the standard's words: which row, what was asked for, what came, and what it goes
 * back to. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "match.h"

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the verdict");
}

/* The text's string, taken over; NULL: no memory. */
static char *take_text(ftblab_text *text)
{
  char *string = text->failed ? NULL : strdup(ftblab_text_string(text));
  ftblab_text_free(text);
  return string;
}

/* ---- adding findings ------------------------------------------------------------------------------------------ */

static ftblab_status add_violation(ftblab_violation **list, size_t *count, size_t *capacity, ftblab_violation v,
                                   ftblab_text *message, ftblab_text *expected, ftblab_error *err)
{
  v.message = take_text(message);
  v.expected = expected != NULL && expected->length > 0 ? take_text(expected) : NULL;
  if (v.message == NULL || !ftblab_violations_add(list, count, capacity, &v)) {
    free(v.message);
    free(v.expected);
    return no_memory(err);
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_add_to_instance(ftblab_instance_result *in, ftblab_violation v, bool ok, ftblab_text *message,
                                     ftblab_text *expected, ftblab_error *err)
{
  if (!ok) {
    ftblab_text_free(message);
    ftblab_text_free(expected);
    return no_memory(err);
  }
  return add_violation(&in->violations, &in->violation_count, &in->violation_capacity, v, message, expected, err);
}

/* ---- causes ------------------------------------------------------------------------------------------------------ */

/* The line that row R goes back to: of a catch, its throw; of a throw, the last of its role before it. */
static uint64_t cause_of_row(const alignment *a, size_t row)
{
  const ftblab_row *r = &a->workflow->rows[row];
  uint64_t line = 0;
  for (size_t p = 0; p < row; p++) {
    const ftblab_row *other = &a->workflow->rows[p];
    if (a->entries[p] == NULL)
      continue;
    bool is_throw = r->action == FTBLAB_CATCH && other->action == FTBLAB_THROW && other->event == r->event;
    bool is_reaction = r->action == FTBLAB_THROW && other->component == r->component;
    if (is_throw)
      return a->entries[p]->line;
    if (is_reaction)
      line = a->entries[p]->line;
  }
  return line;
}

/* Of an entry: the throw of its event in the branch, or 0. */
static uint64_t cause_of_entry(const branch *b, const entry *e)
{
  for (uint32_t i = 0; i < b->entries.count; i++) {
    const entry *other = b->entries.at[i];
    if (other->action == FTBLAB_THROW && other->event == e->event && other->index < e->index)
      return other->line;
  }
  return 0;
}

/* ---- rows
 * ----------------------------------------------------------------------------------------------------------- */

static ftblab_violation row_violation(const ftblab_exact *checker, const alignment *a, size_t row, const char *kind)
{
  const ftblab_row *r = &a->workflow->rows[row];
  return (ftblab_violation){.kind = kind,
                            .step = r->step,
                            .line = a->entries[row] != NULL ? a->entries[row]->line : 0,
                            .event = checker->spec->events[r->event].name,
                            .cause = cause_of_row(a, row)};
}

/* Add a finding of row ROW, explained. */
static ftblab_status add_of_row(ftblab_exact *checker, const settled *s, size_t row, ftblab_instance_result *in,
                                const char *kind, ftblab_text *message, ftblab_text *expected, ftblab_error *err)
{
  ftblab_violation v = row_violation(checker, &s->best, row, kind);
  bool ok = ftblab_explain(checker, s, row, s->best.entries[row], &v) && ftblab_edit_row(checker, s, row, &v);
  return ftblab_add_to_instance(in, v, ok, message, expected, err);
}

/* The first row that came although R must come before it. */
static size_t row_that_passed(const ftblab_exact *checker, const alignment *a, size_t row)
{
  const uint64_t *before = checker->strict_order ? a->workflow->strict_before : a->workflow->before;
  size_t first = row;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (before[r] & (uint64_t)1 << row && a->entries[r] != NULL &&
        (first == row || a->entries[r]->line < a->entries[first]->line))
      first = r;
  return first;
}

static ftblab_status report_missing(ftblab_exact *checker, const settled *s, size_t row, ftblab_instance_result *in,
                                    ftblab_error *err)
{
  const alignment *a = &s->best;
  ftblab_text message = {0}, expected = {0};
  size_t passed = row_that_passed(checker, a, row);
  ftblab_text_addf(&message, "row %s is missing: ", a->workflow->rows[row].step);
  ftblab_notate_row(checker, &a->workflow->rows[row], &s->branch->bound, &message);
  if (passed != row)
    ftblab_text_addf(&message, " must come before row %s, which came on line %s", a->workflow->rows[passed].step,
                     ftblab_line_text(checker->places, a->entries[passed]->line).text);
  else
    ftblab_text_add(&message, " had not come when the trace ended, and the trace is complete");
  ftblab_notate_row(checker, &a->workflow->rows[row], &s->branch->bound, &expected);
  return add_of_row(checker, s, row, in, "missing", &message, &expected, err);
}

static ftblab_status report_misordered(ftblab_exact *checker, const settled *s, size_t row, ftblab_instance_result *in,
                                       ftblab_error *err)
{
  const alignment *a = &s->best;
  const uint64_t *before = checker->strict_order ? a->workflow->strict_before : a->workflow->before;
  const entry *e = a->entries[row];
  ftblab_text message = {0}, expected = {0};
  ftblab_text_addf(&message, "row %s is out of order: ", a->workflow->rows[row].step);
  ftblab_notate_row(checker, &a->workflow->rows[row], &s->branch->bound, &message);
  const char *join = " came";
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    const entry *other = a->entries[r];
    if (other == NULL)
      continue;
    bool too_early = before[row] & (uint64_t)1 << r && !ftblab_entry_precedes(checker, other, e);
    bool too_late = before[r] & (uint64_t)1 << row && !ftblab_entry_precedes(checker, e, other);
    if (!too_early && !too_late)
      continue;
    ftblab_text_addf(&message, "%s %s row %s (line %s), which it must %s", join, too_early ? "before" : "after",
                     a->workflow->rows[r].step, ftblab_line_text(checker->places, other->line).text,
                     too_early ? "follow" : "precede");
    if (expected.length == 0)
      ftblab_text_addf(&expected, "row %s %s row %s", a->workflow->rows[row].step, too_early ? "after" : "before",
                       a->workflow->rows[r].step);
    join = ", and";
  }
  return add_of_row(checker, s, row, in, "misordered", &message, &expected, err);
}

static ftblab_status report_fit(ftblab_exact *checker, const settled *s, size_t row, ftblab_instance_result *in,
                                ftblab_error *err)
{
  const alignment *a = &s->best;
  const ftblab_row *r = &a->workflow->rows[row];
  const entry *e = a->entries[row];
  bool component = a->fit[row] == FIT_COMPONENT;
  ftblab_text message = {0}, expected = {0};
  ftblab_text_addf(&message, "row %s has the wrong %s: ", r->step, component ? "component" : "payload");
  if (!component && e->detail != NULL && e->defects & (DEFECT_GRAMMAR | DEFECT_KEY))
    ftblab_text_addf(&message, "%s; ", e->detail);
  ftblab_text_add(&message, "expected ");
  ftblab_notate_row(checker, r, &s->branch->bound, &message);
  ftblab_text_add(&message, ", got ");
  ftblab_notate_entry(checker, e, &message);
  ftblab_notate_row(checker, r, &s->branch->bound, &expected);
  return add_of_row(checker, s, row, in, component ? "wrong-component" : "wrong-payload", &message, &expected, err);
}

static ftblab_status report_rows(ftblab_exact *checker, const settled *s, ftblab_instance_result *in, ftblab_error *err)
{
  const alignment *a = &s->best;
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    ftblab_status status = FTBLAB_OK;
    if (a->status[r] == ROW_MISSING)
      status = report_missing(checker, s, r, in, err);
    else if (a->status[r] == ROW_MISORDERED)
      status = report_misordered(checker, s, r, in, err);
    if (status == FTBLAB_OK && a->entries[r] != NULL && a->fit[r] != FIT_EXACT)
      status = report_fit(checker, s, r, in, err);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

/* ---- entries that satisfy no row
 * ----------------------------------------------------------------------------------------- */

static ftblab_status report_extra(ftblab_exact *checker, const settled *s, uint32_t i, ftblab_instance_result *in,
                                  ftblab_error *err)
{
  static const char *const kinds[] = {NULL, "duplicate", "unexpected", "wrong-component", "wrong-payload"};
  const alignment *a = &s->best;
  entry *e = a->extras[i];
  extra_kind kind = (extra_kind)a->extra_kinds[i];
  uint32_t row = a->extra_rows[i];
  /* a record that several instances share is blamed once, in the first of them */
  if (kind == EXTRA_PERMITTED || e->reported)
    return FTBLAB_OK;
  ftblab_violation v = {.kind = kinds[kind],
                        .line = e->line,
                        .event = checker->spec->events[e->event].name,
                        .step = row != UINT32_MAX ? a->workflow->rows[row].step : NULL,
                        .cause = cause_of_entry(s->branch, e)};
  ftblab_text message = {0}, expected = {0};
  ftblab_notate_entry(checker, e, &message);
  switch (kind) {
  case EXTRA_DUPLICATE:
    ftblab_text_addf(&message, " repeats row %s, which came on line %s", a->workflow->rows[row].step,
                     ftblab_line_text(checker->places, a->entries[row]->line).text);
    v.cause = a->entries[row]->line;
    break;
  case EXTRA_UNEXPECTED:
    ftblab_text_addf(&message, ": no row of %s allows this throw here", a->workflow->id);
    break;
  case EXTRA_COMPONENT:
    ftblab_text_addf(&message, ": %s may not %s this event", e->component, ftblab_action_name(e->action));
    break;
  default:
    ftblab_text_add(&message, ": nothing was thrown with this payload before it");
    break;
  }
  ftblab_explain_allowed(checker, s, e->line, &expected);
  bool ok = ftblab_explain(checker, s, row != UINT32_MAX ? row : NO_ROW, e, &v) && ftblab_edit_extra(checker, s, e, &v);
  return ftblab_add_to_instance(in, v, ok, &message, &expected, err);
}

/* What is wrong with a record itself, once, on the row ROW of S that it satisfies if it does (NULL, NO_ROW). */
static ftblab_status report_defects(ftblab_exact *checker, entry *e, row_fit fit, const settled *s, size_t row,
                                    ftblab_violation **list, size_t *count, size_t *capacity, ftblab_error *err)
{
  static const struct {
    unsigned defect;
    const char *kind;
  } kinds[] = {{DEFECT_CHANNEL, "wrong-channel"},
               {DEFECT_TYPE, "wrong-type"},
               {DEFECT_LENGTH, "wrong-payload"},
               {DEFECT_GRAMMAR | DEFECT_KEY, "wrong-payload"},
               {DEFECT_UNREGISTERED, "unregistered"}};
  if (e->reported)
    return FTBLAB_OK;
  for (size_t k = 0; k < FTBLAB_COUNT(kinds); k++) {
    bool told =
        (kinds[k].defect & (DEFECT_GRAMMAR | DEFECT_KEY) && fit == FIT_PAYLOAD) ||
        (kinds[k].defect == DEFECT_UNREGISTERED && (fit == FIT_COMPONENT || !ftblab_is_unregistered(checker, e)));
    if (!(e->defects & kinds[k].defect) || told)
      continue;
    ftblab_text message = {0};
    if (kinds[k].defect == DEFECT_UNREGISTERED)
      ftblab_text_addf(&message, "%s caught %s without having registered for it", e->component,
                       checker->spec->events[e->event].name);
    else
      ftblab_text_add(&message, e->detail);
    ftblab_violation v = {.kind = kinds[k].kind,
                          .step = row != NO_ROW ? s->best.workflow->rows[row].step : NULL,
                          .line = e->line,
                          .event = checker->spec->events[e->event].name};
    if (!ftblab_explain(checker, s, row, e, &v) ||
        !ftblab_edit_defect(checker, s, row, e, (record_defect)kinds[k].defect, &v)) {
      ftblab_text_free(&message);
      return no_memory(err);
    }
    ftblab_status status = add_violation(list, count, capacity, v, &message, NULL, err);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status report_entry_defects(ftblab_exact *checker, const settled *s, ftblab_instance_result *in,
                                          ftblab_error *err)
{
  const alignment *a = &s->best;
  ftblab_status status = FTBLAB_OK;
  for (size_t r = 0; r < a->workflow->row_count && status == FTBLAB_OK; r++)
    if (a->entries[r] != NULL)
      status = report_defects(checker, a->entries[r], (row_fit)a->fit[r], s, r, &in->violations, &in->violation_count,
                              &in->violation_capacity, err);
  for (uint32_t i = 0; i < a->extra_count && status == FTBLAB_OK; i++) {
    bool told = a->extra_kinds[i] != EXTRA_PERMITTED;
    if (!told)
      status = report_defects(checker, a->extras[i], FIT_EXACT, s, NO_ROW, &in->violations, &in->violation_count,
                              &in->violation_capacity, err);
  }
  return status;
}

/* ---- the instance
 * -------------------------------------------------------------------------------------------------------------- */

static const char *status_name(row_status status)
{
  static const char *const names[] = {"ok", "missing", "misordered", "pending", "not-begun", "not-observed"};
  return names[status];
}

static ftblab_status fill_bindings(ftblab_exact *checker, const settled *s, ftblab_instance_result *in,
                                   ftblab_error *err)
{
  in->bindings = calloc(MAX_VARIABLES, sizeof *in->bindings);
  if (in->bindings == NULL)
    return no_memory(err);
  for (size_t v = 0; v < checker->spec->variable_count; v++) {
    if (s->branch->bound.of[v] == 0)
      continue;
    char *text = strdup(ftblab_value_text(checker, s->branch->bound.of[v]));
    if (text == NULL)
      return no_memory(err);
    in->bindings[in->binding_count++] = (ftblab_binding_result){checker->spec->variables[v], text};
  }
  return FTBLAB_OK;
}

static ftblab_status fill_rows(ftblab_exact *checker, const settled *s, ftblab_instance_result *in, ftblab_error *err)
{
  const alignment *a = &s->best;
  const group *g = s->branch->incident->group;
  in->steps = calloc(a->workflow->row_count, sizeof *in->steps);
  in->also = calloc((size_t)g->workflow_count, sizeof *in->also);
  if (in->steps == NULL || in->also == NULL)
    return no_memory(err);
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    in->steps[r].status = status_name((row_status)a->status[r]);
    if (a->entries[r] != NULL) {
      in->steps[r].line = a->entries[r]->line;
      in->steps[r].t = a->entries[r]->t;
    }
  }
  for (int c = 0; c < g->workflow_count; c++)
    if (s->also & 1u << c)
      in->also[in->also_count++] = ftblab_group_workflow(checker, g, c)->id;
  for (uint32_t phases = a->phases; phases != 0; phases &= phases - 1)
    in->phases++;
  return FTBLAB_OK;
}

/* Which records the instance has: they are no other's first finding any more. */
static ftblab_status mark_reported(ftblab_verdict *verdict, const settled *s, ftblab_instance_result *in,
                                   ftblab_error *err)
{
  const pointers *lists[] = {&s->branch->entries, &s->branch->foreign};
  size_t room = (size_t)lists[0]->count + lists[1]->count;
  uint64_t *lines = ftblab_arena_take(&verdict->memory, (room + 1) * sizeof *lines);
  if (lines == NULL)
    return no_memory(err);
  in->first_line = UINT64_MAX;
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0; i < lists[l]->count; i++) {
      entry *e = lists[l]->at[i];
      in->judged += !e->reported;
      e->reported = true;
      in->first_line = e->line < in->first_line ? e->line : in->first_line;
      in->last_line = e->line > in->last_line ? e->line : in->last_line;
      lines[in->line_count++] = e->line;
    }
  qsort(lines, in->line_count, sizeof *lines, ftblab_by_line);
  in->lines = lines;
  return FTBLAB_OK;
}

/* One record of a workflow whose trigger the recorder could not have seen: a rank that died need not have died of what
 * the workflow begins with. */
static bool is_one_glimpse(const ftblab_exact *checker, const alignment *a)
{
  size_t seen = 0;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    seen += a->entries[r] != NULL;
  return seen == 1 && a->entries[0] == NULL && !ftblab_row_is_visible(checker, &a->workflow->rows[0]) &&
         checker->header.seen_count > 0;
}

ftblab_status ftblab_report_instance(ftblab_exact *checker, const settled *s, ftblab_error *err)
{
  ftblab_verdict *verdict = checker->verdict;
  ftblab_instance_result *in = ftblab_verdict_add_instance(verdict);
  if (in == NULL)
    return no_memory(err);
  in->workflow = s->best.workflow;
  ftblab_status status = fill_bindings(checker, s, in, err);
  if (status == FTBLAB_OK)
    status = fill_rows(checker, s, in, err);
  if (status == FTBLAB_OK)
    status = report_rows(checker, s, in, err);
  for (uint32_t i = 0; i < s->best.extra_count && status == FTBLAB_OK; i++)
    status = report_extra(checker, s, i, in, err);
  if (status == FTBLAB_OK)
    status = report_entry_defects(checker, s, in, err);
  if (status != FTBLAB_OK)
    return status;
  status = ftblab_report_late(checker, s, in, err);
  if (status != FTBLAB_OK)
    return status;
  status = mark_reported(verdict, s, in, err);
  if (status != FTBLAB_OK)
    return status;
  bool is_open = s->best.pending > 0 || is_one_glimpse(checker, &s->best);
  in->kind = in->violation_count > 0 ? FTBLAB_VIOLATES : is_open ? FTBLAB_INCOMPLETE : FTBLAB_CONFORMS;
  return FTBLAB_OK;
}

/* ---- records of no instance
 * ----------------------------------------------------------------------------------------------------- */

static ftblab_status report_top(ftblab_exact *checker, const entry *e, const char *kind, const char *reason,
                                ftblab_error *err)
{
  ftblab_verdict *v = checker->verdict;
  ftblab_text message = {0};
  ftblab_notate_entry(checker, e, &message);
  ftblab_text_addf(&message, ": %s", reason);
  ftblab_violation violation = {.kind = kind, .line = e->line, .event = checker->spec->events[e->event].name};
  if (!ftblab_explain(checker, NULL, NO_ROW, e, &violation) || !ftblab_edit_stray(checker, e, &violation)) {
    ftblab_text_free(&message);
    return no_memory(err);
  }
  return add_violation(&v->violations, &v->violation_count, &v->violation_capacity, violation, &message, NULL, err);
}

static bool was_thrown(const ftblab_exact *checker, const entry *e)
{
  return !checker->throws_visible || checker->header.start == FTBLAB_START_MID ||
         ftblab_was_thrown_with(checker, e, e->event, true);
}

static bool was_answered(const ftblab_exact *checker, const entry *e)
{
  const ftblab_event *event = &checker->spec->events[e->event];
  for (size_t r = 0; r < event->response_count; r++)
    if (ftblab_was_thrown_with(checker, e, event->responses[r], false))
      return true;
  return false;
}

static bool asks_for(const ftblab_workflow *w, int event)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].event == event && !(w->rows[r].optional && w->rows[r].choice == 0))
      return true;
  return false;
}

/* An event that is nowhere more than an optional row may come by itself: every rank says that it finalizes MPI, whether
 * it has ever been moved or not. */
static bool belongs_to_a_workflow(const ftblab_exact *checker, int event)
{
  for (int g = 0; g < checker->group_count; g++)
    for (int c = 0; checker->groups[g].by_event[event] != NULL && c < checker->groups[g].workflow_count; c++)
      if (asks_for(ftblab_group_workflow(checker, &checker->groups[g], c), event))
        return true;
  return false;
}

ftblab_status ftblab_report_stray(ftblab_exact *checker, entry *e, ftblab_error *err)
{
  ftblab_verdict *v = checker->verdict;
  const ftblab_event *event = &checker->spec->events[e->event];
  if (e->excused)
    return FTBLAB_OK;
  ftblab_status status = report_defects(checker, e, FIT_EXACT, NULL, NO_ROW, &v->violations, &v->violation_count,
                                        &v->violation_capacity, err);
  if (status != FTBLAB_OK)
    return status;
  bool told = (e->defects & (DEFECT_GRAMMAR | DEFECT_KEY)) != 0; /* its values are not known */
  if (e->action == FTBLAB_THROW) {
    if (!ftblab_role_may_throw(checker, e->event, e->role))
      return report_top(checker, e, "wrong-component", "this component may not throw this event", err);
    if (belongs_to_a_workflow(checker, e->event) && !told)
      return report_top(checker, e, "unexpected", "no workflow allows this throw here", err);
    if (checker->complete && event->command != FTBLAB_NO_COMMAND && event->response_count > 0 &&
        !was_answered(checker, e))
      return report_top(checker, e, "unanswered", "none of its follow-ups came by the end of the trace", err);
    return FTBLAB_OK;
  }
  if (!ftblab_role_may_catch(checker, e->event, e->role))
    return report_top(checker, e, "wrong-component", "this component may not catch this event", err);
  if (!told && !was_thrown(checker, e))
    return report_top(checker, e, "wrong-payload", "nothing was thrown with this payload before it", err);
  return FTBLAB_OK;
}

ftblab_status ftblab_report_record(ftblab_exact *checker, const char *kind, const ftblab_record *record,
                                   const char *format, ...)
{
  ftblab_verdict *v = checker->verdict;
  char *event = ftblab_arena_take(&checker->memory, record->event.length + 1);
  ftblab_text message = {0};
  char words[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  ftblab_text_add(&message, words);
  if (event == NULL)
    return FTBLAB_ENOMEM;
  memcpy(event, record->event.data, record->event.length);
  /* the event's name is not of the spec: the verdict keeps its own copy */
  ftblab_violation violation = {.kind = kind, .line = record->line, .event = strdup(event), .own_event = true};
  if (violation.event == NULL)
    return FTBLAB_ENOMEM;
  if (!ftblab_explain(checker, NULL, NO_ROW, NULL, &violation) ||
      !ftblab_edit_remove(checker, record->line, &violation)) {
    free((char *)violation.event);
    ftblab_text_free(&message);
    return FTBLAB_ENOMEM;
  }
  return add_violation(&v->violations, &v->violation_count, &v->violation_capacity, violation, &message, NULL, NULL);
}
