/* late.c - deadlines of an instance. Times are by the clocks of the hosts less their skew. A row that has not come is
 * late as soon as the trace has gone on beyond its deadline; a row that is missing is not late as well. */
#include <string.h>

#include "bounds.h"
#include "explain.h"
#include "match.h"

typedef struct deadline_start {
  bool known;
  int64_t clock;
} deadline_start;

static deadline_start start_after_rows(const ftblab_exact *checker, const alignment *a, const deadline *d)
{
  deadline_start start = {0};
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    bool counts = d->after_row != FTBLAB_NONE
                      ? (int)r == d->after_row
                      : (ftblab_rows_before(checker, a->workflow, d->row) & (uint64_t)1 << r) != 0;
    if (counts && a->entries[r] != NULL && (!start.known || a->entries[r]->clock > start.clock))
      start = (deadline_start){true, a->entries[r]->clock};
  }
  return start;
}

static deadline_start start_of(const ftblab_exact *checker, const settled *s, const deadline *d)
{
  if (d->after_event == FTBLAB_NONE)
    return start_after_rows(checker, &s->best, d);
  const entry *e = s->best.entries[d->row];
  const fault *f = ftblab_fault_find(checker, &s->branch->bound, e != NULL ? e->line : UINT64_MAX, d->after_event);
  return f != NULL ? (deadline_start){true, f->clock} : (deadline_start){0};
}

/* What the deadline is counted from, in words. NULL: no memory. */
static const char *name_start(ftblab_exact *checker, const ftblab_workflow *w, const deadline *d)
{
  ftblab_text text = {0};
  if (d->after_event != FTBLAB_NONE)
    ftblab_text_add(&text, checker->spec->events[d->after_event].name);
  else if (d->after_row != FTBLAB_NONE)
    ftblab_text_addf(&text, "row %s", w->rows[d->after_row].step);
  else
    ftblab_text_add(&text, "the rows before it");
  return ftblab_verdict_keep(checker->verdict, &text);
}

static bool edit_late(ftblab_exact *checker, const settled *s, const deadline *d, int64_t start, ftblab_violation *v)
{
  const entry *e = s->best.entries[d->row];
  if (e == NULL) {
    v->kind = "missing";
    bool ok = ftblab_edit_row(checker, s, d->row, v);
    v->kind = "late";
    return ok;
  }
  ftblab_text words = {0};
  ftblab_time_write(start + d->within + (e->t - e->clock), &words);
  return ftblab_edit_change(checker, e->line, "t", &words, v);
}

static ftblab_status report(ftblab_exact *checker, const settled *s, const deadline *d, const ftblab_margin *m,
                            int64_t start, ftblab_instance_result *in, ftblab_error *err)
{
  const entry *e = s->best.entries[d->row];
  ftblab_text message = {0}, expected = {0}, guard = {0};
  ftblab_violation v = {.kind = "late",
                        .step = m->step,
                        .line = m->line,
                        .event = checker->spec->events[s->best.workflow->rows[d->row].event].name};
  ftblab_add_margin(m, &message);
  ftblab_text_addf(&expected, "row %s at most ", m->step);
  ftblab_add_seconds(m->within, &expected);
  ftblab_text_addf(&expected, " after %s", m->after);
  ftblab_text_add(&guard, "the deadline that was given for it");
  bool ok = ftblab_explain(checker, s, d->row, e, &v) && edit_late(checker, s, d, start, &v);
  v.guard = ftblab_verdict_keep(checker->verdict, &guard);
  return ftblab_add_to_instance(in, v, ok && v.guard != NULL, &message, &expected, err);
}

static ftblab_status judge(ftblab_exact *checker, const settled *s, const deadline *d, ftblab_instance_result *in,
                           ftblab_error *err)
{
  const alignment *a = &s->best;
  const entry *e = a->entries[d->row];
  deadline_start start = start_of(checker, s, d);
  if (!start.known || (e == NULL && a->status[d->row] != ROW_PENDING))
    return FTBLAB_OK;
  ftblab_margin *m = &in->margins[in->margin_count++];
  *m = (ftblab_margin){.step = a->workflow->rows[d->row].step,
                       .after = name_start(checker, a->workflow, d),
                       .within = d->within,
                       .took = (e != NULL ? e->clock : checker->last_clock) - start.clock,
                       .soft = d->soft,
                       .came = e != NULL,
                       .line = e != NULL ? e->line : 0};
  if (m->after == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the deadlines");
  return m->soft || m->took <= m->within ? FTBLAB_OK : report(checker, s, d, m, start.clock, in, err);
}

ftblab_status ftblab_report_late(ftblab_exact *checker, const settled *s, ftblab_instance_result *in, ftblab_error *err)
{
  if (checker->bounds == NULL)
    return FTBLAB_OK;
  size_t count;
  const deadline *deadlines = ftblab_bounds_deadlines(checker->bounds, &count);
  in->margins = ftblab_arena_take(&checker->verdict->memory, (count + 1) * sizeof *in->margins);
  if (in->margins == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the deadlines");
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    if (&checker->spec->workflows[deadlines[i].workflow] == s->best.workflow)
      status = judge(checker, s, &deadlines[i], in, err);
  return status;
}
