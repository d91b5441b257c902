/* explain.c - what stands behind a finding: the rule, what came instead, what was allowed at that point, which guard
 * excluded the record, and the chain of causes back to the first fault. Only the instance's own records and a few
 * neighbours are looked at: an explanation costs the same in a long trace. */
#include <string.h>

#include "explain.h"
#include "match.h"

#define LONGEST_CHAIN 32
#define LOOK_BACK 1024 /* records before another among which its cause is looked for */
#define MOST_ALLOWED 6 /* rows named of those that were allowed */

/* Keep what TEXT holds, unless that is nothing. False: no memory. */
static bool keep(ftblab_exact *checker, ftblab_text *text, const char **into)
{
  if (text->length == 0 && !text->failed) {
    ftblab_text_free(text);
    return true;
  }
  *into = ftblab_verdict_keep(checker->verdict, text);
  return *into != NULL;
}

/* ---- the rule ---------------------------------------------------------------------------------------- */

/* An event's name as a part of a rule: no blanks, no slashes, short. */
static void add_event_name(const char *name, ftblab_text *text)
{
  for (size_t i = 0; i < 64 && name[i] != '\0'; i++) {
    bool plain = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
                 (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '.';
    ftblab_text_addf(text, "%c", plain ? name[i] : '_');
  }
}

static bool explain_rule(ftblab_exact *checker, ftblab_violation *v)
{
  ftblab_text text = {0};
  if (v->row != NULL) {
    ftblab_text_addf(&text, "%s/%s/%s", v->workflow->id, v->row->step, v->kind);
  } else {
    ftblab_text_addf(&text, "%s/%s/", v->workflow != NULL ? v->workflow->id : "S2", v->kind);
    add_event_name(v->event, &text);
  }
  return keep(checker, &text, &v->rule);
}

/* ---- what was allowed -------------------------------------------------------------------------------- */

static bool is_excluded(const alignment *a, size_t row, uint64_t done)
{
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (done & (uint64_t)1 << r && ftblab_rows_exclude(&a->workflow->rows[r], &a->workflow->rows[row]))
      return true;
  return false;
}

void ftblab_explain_allowed(const ftblab_exact *checker, const settled *s, uint64_t line, ftblab_text *text)
{
  const alignment *a = &s->best;
  uint64_t done = 0;
  size_t named = 0, more = 0;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (a->entries[r] != NULL && a->entries[r]->line < line)
      done |= (uint64_t)1 << r;
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    bool waits = (ftblab_rows_before(checker, a->workflow, r) & ~done) != 0;
    if (done & (uint64_t)1 << r || waits || is_excluded(a, r, done))
      continue;
    more += named == MOST_ALLOWED;
    if (named == MOST_ALLOWED)
      continue;
    ftblab_text_addf(text, "%srow %s ", named++ > 0 ? " or " : "", a->workflow->rows[r].step);
    ftblab_notate_row(checker, &a->workflow->rows[r], &s->branch->bound, text);
  }
  if (more > 0)
    ftblab_text_addf(text, " or %zu more", more);
  if (named == 0)
    ftblab_text_add(text, "nothing more");
}

/* The first row that came although ROW must come before it; ROW itself: none. */
static size_t row_that_passed(const ftblab_exact *checker, const alignment *a, size_t row)
{
  size_t first = row;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (ftblab_rows_before(checker, a->workflow, r) & (uint64_t)1 << row && a->entries[r] != NULL &&
        (first == row || a->entries[r]->line < a->entries[first]->line))
      first = r;
  return first;
}

static bool explain_allowed(ftblab_exact *checker, const settled *s, size_t row, const entry *e, ftblab_violation *v)
{
  ftblab_text text = {0};
  if (s == NULL)
    return true;
  uint64_t line = UINT64_MAX;
  if (e != NULL)
    line = e->line;
  else if (row != NO_ROW && row_that_passed(checker, &s->best, row) != row)
    line = s->best.entries[row_that_passed(checker, &s->best, row)]->line;
  ftblab_explain_allowed(checker, s, line, &text);
  return keep(checker, &text, &v->allowed);
}

/* ---- what came --------------------------------------------------------------------------------------- */

static bool explain_actual(ftblab_exact *checker, const settled *s, size_t row, const entry *e, ftblab_violation *v)
{
  ftblab_text text = {0};
  if (e != NULL) {
    ftblab_notate_entry(checker, e, &text);
  } else if (row != NO_ROW) {
    size_t passed = row_that_passed(checker, &s->best, row);
    if (passed == row) {
      ftblab_text_add(&text, "nothing until the end of the trace");
    } else {
      ftblab_text_addf(&text, "nothing before line %s, ",
                       ftblab_line_text(checker->places, s->best.entries[passed]->line).text);
      ftblab_notate_entry(checker, s->best.entries[passed], &text);
    }
  }
  return keep(checker, &text, &v->actual);
}

/* ---- the guard --------------------------------------------------------------------------------------- */

/* Why row FIRST must come before row SECOND. */
static const char *reason_for_order(const ftblab_exact *checker, const ftblab_workflow *w, size_t first, size_t second)
{
  const ftblab_row *a = &w->rows[first], *b = &w->rows[second];
  if (checker->strict_order)
    return "steps come in the order of their numbers";
  if (a->action == FTBLAB_THROW && b->action == FTBLAB_CATCH && a->event == b->event)
    return "a catch needs its throw";
  if (a->component == b->component)
    return "rows of one component come in the order of the table";
  return "the rows between them depend on each other";
}

static void add_order(const ftblab_exact *checker, const alignment *a, size_t first, size_t second, ftblab_text *text)
{
  ftblab_text_addf(text, "row %s must come before row %s: %s", a->workflow->rows[first].step,
                   a->workflow->rows[second].step, reason_for_order(checker, a->workflow, first, second));
}

static void add_guard_of_order(const ftblab_exact *checker, const alignment *a, size_t row, ftblab_text *text)
{
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    const entry *other = a->entries[r], *e = a->entries[row];
    if (other == NULL)
      continue;
    if (ftblab_rows_before(checker, a->workflow, row) & (uint64_t)1 << r && !ftblab_entry_precedes(checker, other, e)) {
      add_order(checker, a, r, row, text);
      return;
    }
    if (ftblab_rows_before(checker, a->workflow, r) & (uint64_t)1 << row && !ftblab_entry_precedes(checker, e, other)) {
      add_order(checker, a, row, r, text);
      return;
    }
  }
}

static void add_guard_of_roles(const ftblab_exact *checker, int event, ftblab_action action, ftblab_text *text)
{
  const ftblab_event *ev = &checker->spec->events[event];
  bool throws = action == FTBLAB_THROW;
  uint64_t roles = throws ? ev->thrown_by | ev->table_thrown_by : ev->caught_by | ev->table_caught_by;
  ftblab_text_addf(text, "%s may be %s by ", ev->name, throws ? "thrown" : "caught");
  ftblab_notate_roles(checker, roles, text);
  ftblab_text_add(text, " only");
}

/* The line that bound VARIABLE first. */
static uint64_t line_that_bound(const alignment *a, int variable)
{
  uint64_t line = 0;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    for (size_t t = 0; t < a->workflow->rows[r].term_count; t++)
      if (a->workflow->rows[r].terms[t].variable == variable && a->entries[r] != NULL && a->fit[r] == FIT_EXACT &&
          (line == 0 || a->entries[r]->line < line))
        line = a->entries[r]->line;
  return line;
}

static void add_guard_of_values(const ftblab_exact *checker, const settled *s, size_t row, const entry *e,
                                ftblab_text *text)
{
  const ftblab_row *r = &s->best.workflow->rows[row];
  for (size_t t = 0; t < r->term_count; t++) {
    const ftblab_term *term = &r->terms[t];
    value asked = term->kind == FTBLAB_TERM_WILD ? 0 : s->branch->bound.of[term->variable];
    const entry_key *key = ftblab_entry_find(e, term->key);
    if (asked == 0 || (key != NULL && ftblab_entry_has(e, term->key, asked)))
      continue;
    ftblab_text_addf(text, "%s%s must be {%s}", text->length > 0 ? "; " : "", checker->spec->keys[term->key],
                     ftblab_value_text(checker, asked));
    uint64_t line = line_that_bound(&s->best, term->variable);
    if (line != 0)
      ftblab_text_addf(text, ", which line %s bound to %s,", ftblab_line_text(checker->places, line).text,
                       checker->spec->variables[term->variable]);
    if (key != NULL)
      ftblab_text_addf(text, " and is {%s}", ftblab_value_text(checker, key->whole));
    else
      ftblab_text_add(text, " and is not there");
  }
  if (text->length == 0)
    ftblab_text_add(text, e->detail != NULL ? e->detail : "a catch carries what its throw carried");
}

/* Why no row of the instance takes E. */
static void add_guard_of_rows(const ftblab_exact *checker, const alignment *a, const entry *e, ftblab_text *text)
{
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    const ftblab_row *row = &a->workflow->rows[r];
    if (row->event != e->event || row->action != e->action)
      continue;
    const char *join = text->length > 0 ? "; " : "";
    if (a->entries[r] != NULL && a->entries[r]->line < e->line) {
      ftblab_text_addf(text, "%srow %s is satisfied by line %s", join, row->step,
                       ftblab_line_text(checker->places, a->entries[r]->line).text);
      continue;
    }
    for (size_t p = 0; p < r; p++)
      if (ftblab_rows_before(checker, a->workflow, r) & (uint64_t)1 << p &&
          (a->entries[p] == NULL || a->entries[p]->line > e->line)) {
        ftblab_text_addf(text, "%srow %s must come after row %s, which had not come", join, row->step,
                         a->workflow->rows[p].step);
        break;
      }
  }
  if (text->length == 0)
    ftblab_text_addf(text, "%s has no row for it", a->workflow->id);
}

static bool is_kind(const ftblab_violation *v, const char *kind)
{
  return strcmp(v->kind, kind) == 0;
}

static void add_guard_in_instance(const ftblab_exact *checker, const settled *s, size_t row, const entry *e,
                                  const ftblab_violation *v, ftblab_text *text)
{
  const alignment *a = &s->best;
  bool of_row = row != NO_ROW && a->entries[row] == e;
  if (is_kind(v, "missing")) {
    size_t passed = row_that_passed(checker, a, row);
    if (passed != row)
      add_order(checker, a, row, passed, text);
    else
      ftblab_text_add(text, "the trace is complete, and its phase had begun");
  } else if (is_kind(v, "misordered")) {
    add_guard_of_order(checker, a, row, text);
  } else if (is_kind(v, "wrong-component")) {
    add_guard_of_roles(checker, e->event, e->action, text);
  } else if (is_kind(v, "wrong-payload") && of_row && !(e->defects & DEFECT_LENGTH)) {
    add_guard_of_values(checker, s, row, e, text);
  } else if (is_kind(v, "duplicate") || is_kind(v, "unexpected")) {
    add_guard_of_rows(checker, a, e, text);
  }
}

static void add_guard_of_section_2(const ftblab_exact *checker, const entry *e, const ftblab_violation *v,
                                   ftblab_text *text)
{
  const ftblab_event *event = &checker->spec->events[e->event];
  if (is_kind(v, "wrong-component")) {
    add_guard_of_roles(checker, e->event, e->action, text);
  } else if (is_kind(v, "unexpected")) {
    ftblab_text_add(text, "no workflow that was judged begins with it, and none that had begun waits for it");
  } else if (is_kind(v, "unanswered")) {
    ftblab_text_add(text, "it is a command; its follow-ups are");
    for (size_t r = 0; r < event->response_count; r++)
      ftblab_text_addf(text, "%s %s", r > 0 ? "," : "", checker->spec->events[event->responses[r]].name);
  } else if (is_kind(v, "wrong-payload") && e->defects == 0) {
    ftblab_text_add(text, "a catch carries what was thrown before it");
  }
}

static bool explain_guard(ftblab_exact *checker, const settled *s, size_t row, const entry *e, ftblab_violation *v)
{
  ftblab_text text = {0};
  if (s != NULL)
    add_guard_in_instance(checker, s, row, e, v, &text);
  else if (e != NULL)
    add_guard_of_section_2(checker, e, v, &text);
  if (is_kind(v, "unregistered"))
    ftblab_text_add(&text, "the trace starts at boot and has no register record of this component for this event "
                           "before it");
  else if (text.length == 0 && e != NULL && e->detail != NULL)
    ftblab_text_add(&text, e->detail);
  return keep(checker, &text, &v->guard);
}

/* ---- causes ------------------------------------------------------------------------------------------ */

/* What row ROW goes back to: of a catch, its throw; of a throw, the last of its role before it. */
static const entry *cause_by_table(const alignment *a, size_t row)
{
  const ftblab_row *r = &a->workflow->rows[row];
  const entry *found = NULL;
  for (size_t p = 0; p < row; p++) {
    const ftblab_row *other = &a->workflow->rows[p];
    if (a->entries[p] == NULL)
      continue;
    if (r->action == FTBLAB_CATCH && other->action == FTBLAB_THROW && other->event == r->event)
      return a->entries[p];
    if (r->action == FTBLAB_THROW && other->component == r->component)
      found = a->entries[p];
  }
  return found;
}

static size_t row_of(const alignment *a, const entry *e)
{
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (a->entries[r] == e)
      return r;
  return NO_ROW;
}

/* The record that E says it goes back to, else the throw of its event, among the COUNT entries at LIST before it. */
static const entry *cause_among(void *const *list, uint32_t first, uint32_t count, const entry *e)
{
  const entry *thrown = NULL;
  for (uint32_t i = count; i > first; i--) {
    const entry *other = list[i - 1];
    if (e->has_cause && other->has_seq && other->seq == e->cause)
      return other;
    if (thrown == NULL && e->action == FTBLAB_CATCH && other->action == FTBLAB_THROW && other->event == e->event &&
        other->index < e->index)
      thrown = other;
  }
  return thrown;
}

/* In a long branch only what stands near is looked at. */
static const entry *cause_in_branch(const branch *b, const entry *e)
{
  uint32_t behind = ftblab_pointers_behind(&b->entries, e->index);
  return cause_among(b->entries.at, behind > LOOK_BACK ? behind - LOOK_BACK : 0, behind, e);
}

static const entry *cause_of(const ftblab_exact *checker, const settled *s, const entry *e)
{
  const entry *cause = NULL;
  if (s == NULL)
    cause = cause_among(checker->entries.at, e->index > LOOK_BACK ? e->index - LOOK_BACK : 0, e->index, e);
  else if (e->has_cause || row_of(&s->best, e) == NO_ROW)
    cause = cause_in_branch(s->branch, e);
  if (cause == NULL && s != NULL && row_of(&s->best, e) != NO_ROW)
    cause = cause_by_table(&s->best, row_of(&s->best, e));
  return cause != NULL && cause->line < e->line ? cause : NULL;
}

/* The first values of E, for finding the fact that they are in. */
static binding values_of(const entry *e)
{
  binding bound = {0};
  size_t count = 0;
  for (uint32_t k = 0; k < e->key_count; k++)
    for (uint32_t i = 0; e->keys[k].items != NULL && i < e->keys[k].item_count && count < MAX_VARIABLES; i++)
      bound.of[count++] = e->keys[k].items[i];
  return bound;
}

static bool add_link(ftblab_exact *checker, ftblab_violation *v, uint64_t line, ftblab_text *text)
{
  ftblab_link *link = &v->chain[v->chain_count];
  link->line = line;
  v->chain_count++;
  return keep(checker, text, &link->text);
}

static bool explain_chain(ftblab_exact *checker, const settled *s, size_t row, const entry *e, ftblab_violation *v)
{
  v->chain = ftblab_arena_take(&checker->verdict->memory, (LONGEST_CHAIN + 1) * sizeof *v->chain);
  if (v->chain == NULL)
    return false;
  const entry *cause = e != NULL ? cause_of(checker, s, e) : cause_by_table(&s->best, row);
  const entry *first = e;
  while (cause != NULL && v->chain_count < LONGEST_CHAIN) {
    ftblab_text text = {0};
    ftblab_notate_entry(checker, cause, &text);
    if (!add_link(checker, v, cause->line, &text))
      return false;
    first = cause;
    cause = cause_of(checker, s, cause);
  }
  if (first == NULL)
    return true;
  binding values = s != NULL ? s->branch->bound : values_of(first);
  const fault *origin = ftblab_fault_find(checker, &values, first->line, FTBLAB_NONE);
  if (origin != NULL) {
    ftblab_text text = {0};
    ftblab_text_addf(&text, "fact %s (%s)", checker->spec->events[origin->event].name, origin->payload);
    if (!add_link(checker, v, origin->line, &text))
      return false;
  }
  if (v->cause == 0 && v->chain_count > 0)
    v->cause = v->chain[0].line;
  return true;
}

bool ftblab_explain(ftblab_exact *checker, const settled *s, size_t row, const entry *e, ftblab_violation *v)
{
  v->workflow = s != NULL ? s->best.workflow : NULL;
  v->row = row != NO_ROW ? &s->best.workflow->rows[row] : NULL;
  v->event_index = e != NULL ? e->event : v->row != NULL ? v->row->event : FTBLAB_NONE;
  if (!explain_rule(checker, v))
    return false;
  if (e == NULL && row == NO_ROW)
    return true;
  return explain_actual(checker, s, row, e, v) && explain_allowed(checker, s, row, e, v) &&
         explain_guard(checker, s, row, e, v) && explain_chain(checker, s, row, e, v);
}
