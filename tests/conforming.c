/* conforming.c - the search through every way to deal the records of a short trace. */
#include "conforming.h"

#include <string.h>

#define MOST_INSTANCES 8
#define MOST_STEPS 5000 /* of the search, chosen: what takes more is not decided, and counts as not conforming */

typedef struct instance {
  const ftblab_workflow *workflow;
  ftblab_made_order order;
  char values[64][64]; /* by variable; "": not bound */
  bool taken[FTBLAB_MAX_ROWS];
  bool closed; /* another one with its beginning has begun */
} instance;

typedef struct search {
  const ftblab_spec *spec;
  const ftblab_workflow *judged; /* by name: alone */
  const ftblab_made_record *records[FTBLAB_MADE_ROOM];
  size_t count, instance_count, steps;
  const char *job_nodes;
  const ftblab_made_record *extras[FTBLAB_MADE_ROOM];
  size_t extra_count;
  instance instances[MOST_INSTANCES];
} search;

/* ---- one record and one row ---------------------------------------------------------------------------- */

/* The value of KEY in a payload as made_trace.c writes it. */
static bool value_of(const ftblab_made_record *record, const char *key, char *value, size_t room)
{
  char pattern[40];
  snprintf(pattern, sizeof pattern, "%s: {", key);
  const char *start = strstr(record->payload, pattern);
  const char *end = start == NULL ? NULL : strchr(start, '}');
  if (end == NULL)
    return false;
  start += strlen(pattern);
  snprintf(value, room, "%.*s", (int)(end - start), start);
  return true;
}

static bool is_of_row(const search *s, const ftblab_row *row, const ftblab_made_record *record)
{
  return row->action == record->action && strcmp(s->spec->roles[row->component].name, record->component) == 0 &&
         strcmp(s->spec->events[row->event].name, record->event) == 0;
}

/* Bind what ROW leaves open. False: a value is another. */
static bool unify(const search *s, instance *in, const ftblab_row *row, const ftblab_made_record *record)
{
  for (size_t t = 0; t < row->term_count; t++) {
    char value[64], *bound = in->values[row->terms[t].variable];
    if (row->terms[t].kind == FTBLAB_TERM_WILD)
      continue;
    if (!value_of(record, s->spec->keys[row->terms[t].key], value, sizeof value))
      return false;
    if (bound[0] != '\0' && strcmp(bound, value) != 0)
      return false;
    memcpy(bound, value, sizeof value);
  }
  return true;
}

/* ---- is an instance whole? ----------------------------------------------------------------------------- */

/* Nothing to catch: its throw may be absent, and is. */
static bool has_no_throw(const instance *in, const ftblab_row *row)
{
  bool any = false;
  for (size_t r = 0; r < in->workflow->row_count && row->action == FTBLAB_CATCH; r++) {
    const ftblab_row *other = &in->workflow->rows[r];
    if (other->action != FTBLAB_THROW || other->event != row->event)
      continue;
    if (in->taken[r] || (!other->optional && other->choice == 0))
      return false;
    any = true;
  }
  return any;
}

/* Another branch of its choice takes place. */
static bool is_excluded(const instance *in, const ftblab_row *row)
{
  for (size_t r = 0; r < in->workflow->row_count; r++)
    if (in->taken[r] && ftblab_rows_exclude(&in->workflow->rows[r], row))
      return true;
  return false;
}

/* May row R come now, behind what IN has? What must stand before it cannot come any more. */
static bool may_come(const instance *in, size_t r)
{
  const ftblab_workflow *w = in->workflow;
  if (in->taken[r] || in->closed || is_excluded(in, &w->rows[r]))
    return false;
  for (size_t other = 0; other < w->row_count; other++) {
    bool comes_before = in->order.before[r] >> other & 1, may_lack = w->rows[other].optional || in->taken[other];
    if (in->taken[other] && in->order.before[other] >> r & 1)
      return false;
    if (comes_before && !may_lack && !ftblab_rows_exclude(&w->rows[other], &w->rows[r]) &&
        !is_excluded(in, &w->rows[other]) && !has_no_throw(in, &w->rows[other]))
      return false;
  }
  return true;
}

static bool is_whole(const search *s, const instance *in)
{
  uint64_t phases = 1;
  const ftblab_workflow *w = in->workflow;
  for (size_t r = 0; r < w->row_count; r++)
    phases |= in->taken[r] ? (uint64_t)1 << w->rows[r].phase : 0;
  for (size_t r = 0; r < w->row_count; r++) {
    const ftblab_row *row = &w->rows[r];
    if (!in->taken[r] && !row->optional && phases >> row->phase & 1 && !is_excluded(in, row) && !has_no_throw(in, row))
      return false;
  }
  for (size_t v = 0; v < s->spec->variable_count && w->needs_no_job; v++) {
    char node[72];
    snprintf(node, sizeof node, " %s ", in->values[v]);
    if (strcmp(s->spec->variables[v], "x") == 0 && strstr(s->job_nodes, node) != NULL)
      return false;
  }
  return true;
}

/* ---- extras -------------------------------------------------------------------------------------------- */

static bool may_hear(const search *s, const ftblab_made_record *record)
{
  for (size_t e = 0; e < s->spec->event_count; e++) {
    const ftblab_event *event = &s->spec->events[e];
    if (strcmp(event->name, record->event) != 0)
      continue;
    for (size_t r = 0; r < s->spec->role_count; r++)
      if (strcmp(s->spec->roles[r].name, record->component) == 0)
        return event->caught_by_any ||
               ((event->caught_by | event->table_caught_by | event->registered_by) >> r & 1) != 0;
  }
  return false;
}

/* Does an instance that has thrown it, with these values, ask nothing of its role? */
static bool is_permitted(const search *s, const ftblab_made_record *record)
{
  for (size_t i = 0; i < s->instance_count; i++) {
    const instance *in = &s->instances[i];
    bool thrown = false, asked = false;
    for (size_t r = 0; r < in->workflow->row_count; r++) {
      const ftblab_row *row = &in->workflow->rows[r];
      instance copy = *in;
      asked = asked || is_of_row(s, row, record);
      thrown = thrown || (in->taken[r] && row->action == FTBLAB_THROW &&
                          strcmp(s->spec->events[row->event].name, record->event) == 0 && unify(s, &copy, row, record));
    }
    if (thrown && !asked)
      return true;
  }
  return false;
}

/* ---- the search ---------------------------------------------------------------------------------------- */

static bool is_judged(const search *s, const ftblab_workflow *w)
{
  return s->judged->by_name ? w == s->judged : !w->by_name;
}

static bool deal(search *s, size_t i);

static bool deal_to(search *s, size_t i, instance *in)
{
  for (size_t r = 0; r < in->workflow->row_count; r++) {
    instance before = *in;
    if (!is_of_row(s, &in->workflow->rows[r], s->records[i]) || !may_come(in, r))
      continue;
    if (unify(s, in, &in->workflow->rows[r], s->records[i])) {
      in->taken[r] = true;
      if (deal(s, i + 1))
        return true;
    }
    *in = before;
  }
  return false;
}

/* The same beginning again: what began by it before must be whole, and goes on no more. */
static bool close_same(search *s, const ftblab_made_record *record)
{
  for (size_t k = 0; k + 1 < s->instance_count; k++) {
    instance *other = &s->instances[k], copy = *other;
    if (!is_of_row(s, &other->workflow->rows[0], record) || !unify(s, &copy, &other->workflow->rows[0], record))
      continue;
    if (!is_whole(s, other))
      return false;
    other->closed = true;
  }
  return true;
}

static bool begin(search *s, size_t i, const ftblab_workflow *w)
{
  bool closed[MOST_INSTANCES];
  if (s->instance_count == MOST_INSTANCES)
    return false;
  for (size_t k = 0; k < MOST_INSTANCES; k++)
    closed[k] = s->instances[k].closed;
  instance *in = &s->instances[s->instance_count++];
  memset(in, 0, sizeof *in);
  in->workflow = w;
  ftblab_made_order_of(w, &in->order);
  if (close_same(s, s->records[i]) && deal_to(s, i, in))
    return true;
  s->instance_count--;
  for (size_t k = 0; k < s->instance_count; k++)
    s->instances[k].closed = closed[k];
  return false;
}

static bool is_end_whole(const search *s)
{
  for (size_t k = 0; k < s->instance_count; k++)
    if (!is_whole(s, &s->instances[k]))
      return false;
  for (size_t k = 0; k < s->extra_count; k++)
    if (!is_permitted(s, s->extras[k]))
      return false;
  return true;
}

static bool deal(search *s, size_t i)
{
  if (i == s->count)
    return is_end_whole(s);
  if (s->steps++ >= MOST_STEPS)
    return false;
  for (size_t k = 0; k < s->instance_count; k++)
    if (deal_to(s, i, &s->instances[k]))
      return true;
  for (size_t w = 0; w < s->spec->workflow_count; w++)
    if (is_judged(s, &s->spec->workflows[w]) && begin(s, i, &s->spec->workflows[w]))
      return true;
  if (s->records[i]->action != FTBLAB_CATCH || !may_hear(s, s->records[i]))
    return false;
  s->extras[s->extra_count++] = s->records[i];
  if (deal(s, i + 1))
    return true;
  s->extra_count--;
  return false;
}

bool ftblab_made_conforms(const ftblab_spec *spec, const ftblab_workflow *w, const ftblab_made_trace *t,
                          uint64_t owners, const char *job_nodes)
{
  static search s;
  s = (search){.spec = spec, .judged = w, .job_nodes = job_nodes};
  for (size_t i = 0; i < t->count; i++)
    if (t->records[i].owner >= 0 && owners >> t->records[i].owner & 1)
      s.records[s.count++] = &t->records[i];
  return deal(&s, 0);
}
