/* spec_order.c - what follows from the tables: which row must come before which (the contract's rules), what a
 * workflow needs of its trigger, and what the tables ask of events beyond section 2. */
#include "spec_load.h"

#include <string.h>

/* Does row LATER take place whenever R and S do? Rows of choices that one of them is in: if it is in that branch. */
static bool is_certain(const ftblab_row *later, const ftblab_row *r, const ftblab_row *s)
{
  if (later->optional)
    return false;
  return later->choice == 0 || (later->choice == r->choice && later->branch == r->branch) ||
         (later->choice == s->choice && later->branch == s->branch);
}

/* Must row R, which stands before row S, come before it? Directly, not by way of a third row. */
static bool comes_before(const ftblab_workflow *workflow, size_t r, size_t s)
{
  const ftblab_row *first = &workflow->rows[r], *second = &workflow->rows[s];
  if (ftblab_rows_exclude(first, second))
    return false;
  if (first->component == second->component)
    return first->number != second->number; /* letters in any order: what ranks of one step say, they say in any */
  if (first->action != FTBLAB_THROW || second->action != FTBLAB_CATCH || first->event != second->event)
    return false;
  for (size_t later = r + 1; later < s; later++) /* a catch goes back to the last throw above it */
    if (workflow->rows[later].action == FTBLAB_THROW && workflow->rows[later].event == second->event &&
        is_certain(&workflow->rows[later], first, second))
      return false;
  return true;
}

/* Rows of other branches never take place with S, whatever a row between them says. */
static uint64_t excluded(const ftblab_workflow *workflow, size_t s)
{
  uint64_t rows = 0;
  for (size_t r = 0; r < workflow->row_count; r++)
    if (ftblab_rows_exclude(&workflow->rows[r], &workflow->rows[s]))
      rows |= UINT64_C(1) << r;
  return rows;
}

uint64_t ftblab_rows_directly_before(const ftblab_workflow *workflow, size_t row)
{
  uint64_t direct = workflow->before[row];
  for (size_t m = 0; m < workflow->row_count; m++)
    if (workflow->before[row] >> m & 1)
      direct &= ~workflow->before[m];
  return direct;
}

static void order_rows(ftblab_workflow *workflow)
{
  for (size_t s = 0; s < workflow->row_count; s++) {
    for (size_t r = 0; r < workflow->row_count; r++) {
      if (r < s && comes_before(workflow, r, s))
        workflow->before[s] |= UINT64_C(1) << r | workflow->before[r];
      if (workflow->rows[r].number < workflow->rows[s].number)
        workflow->strict_before[s] |= UINT64_C(1) << r;
    }
    workflow->before[s] &= ~excluded(workflow, s);
    workflow->strict_before[s] &= ~excluded(workflow, s);
  }
}

static bool names_key(const ftblab_row *row, int key)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].key == key && row->terms[t].kind != FTBLAB_TERM_WILD)
      return true;
  return false;
}

static bool binds(const ftblab_workflow *workflow, int key)
{
  for (size_t r = 0; r < workflow->row_count; r++)
    if (names_key(&workflow->rows[r], key))
      return true;
  return false;
}

static void find_gone_with_job(const ftblab_spec *spec, ftblab_workflow *workflow)
{
  int jobs = ftblab_spec_key(spec, "jobs", 4), phase = workflow->row_count > 0 ? workflow->rows[0].phase : 0;
  bool of_job = true; /* the phase: the first one, or one that begins with the job */
  for (size_t r = 0; r < workflow->row_count; r++) {
    const ftblab_row *row = &workflow->rows[r];
    if (row->phase != phase)
      of_job = names_key(row, jobs);
    phase = row->phase;
    if (!of_job && (names_key(row, jobs) || spec->roles[row->component].plays != NULL))
      workflow->gone_with_job |= UINT64_C(1) << r;
  }
}

/* The event that is thrown first of those that name the job; FTBLAB_NONE: none. */
static int tells_of_job(const ftblab_spec *spec, const ftblab_workflow *workflow)
{
  int jobs = ftblab_spec_key(spec, "jobs", 4);
  for (size_t r = 0; r < workflow->row_count; r++)
    if (workflow->rows[r].action == FTBLAB_THROW && names_key(&workflow->rows[r], jobs))
      return workflow->rows[r].event;
  return FTBLAB_NONE;
}

static void find_needs(const ftblab_spec *spec, ftblab_workflow *workflow)
{
  const char *opening = workflow->occurrence_count > 0 ? workflow->occurrences[0].text : "";
  workflow->needs_job = binds(workflow, ftblab_spec_key(spec, "jobs", 4));
  workflow->tells_of_job = workflow->needs_job ? tells_of_job(spec, workflow) : FTBLAB_NONE;
  workflow->needs_any_job = !workflow->needs_job && strstr(opening, "job z is running") != NULL;
  workflow->needs_no_job = strstr(opening, "no job running") != NULL;
  find_gone_with_job(spec, workflow);
}

/* ---- what the tables ask of events ---- */

static void add_row(ftblab_event *event, const ftblab_row *row)
{
  uint64_t role = UINT64_C(1) << row->component;
  if (row->action == FTBLAB_THROW)
    event->table_thrown_by |= role & ~event->thrown_by;
  else
    event->table_caught_by |= role & ~event->caught_by;
}

/* The keys that rows with EVENT need, each once. KEYS has room for all keys. */
static size_t collect_keys(const ftblab_spec *spec, int event, int *keys)
{
  size_t count = 0;
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; r < spec->workflows[w].row_count; r++) {
      const ftblab_row *row = &spec->workflows[w].rows[r];
      for (size_t t = 0; row->event == event && t < row->term_count; t++) {
        size_t known = 0;
        while (known < count && keys[known] != row->terms[t].key)
          known++;
        if (known == count)
          keys[count++] = row->terms[t].key;
      }
    }
  return count;
}

/* Does it matter later that EVENT was thrown of a job? It is a workflow's promise; or, where a workflow without a job
 * begins as others with one do, it is what these throw of the job first. */
static bool matters_later(const ftblab_spec *spec, int event)
{
  for (size_t w = 0; w < spec->workflow_count; w++) {
    const ftblab_workflow *one = &spec->workflows[w];
    if (one->promise == event)
      return true;
    for (size_t v = 0; v < spec->workflow_count && one->needs_no_job; v++) {
      const ftblab_workflow *other = &spec->workflows[v];
      if (other->tells_of_job == event && other->rows[0].event == one->rows[0].event)
        return true;
    }
  }
  return false;
}

static void number_promises(const ftblab_spec *spec, ftblab_event *events)
{
  int count = 0;
  for (size_t e = 0; e < spec->event_count; e++) {
    bool matters = count < FTBLAB_MAX_PROMISES && matters_later(spec, (int)e);
    events[e].promise = matters ? count++ : FTBLAB_NONE;
  }
}

static ftblab_status complete_events(ftblab_loader *loader, ftblab_event *events)
{
  const ftblab_spec *spec = loader->spec;
  number_promises(spec, events);
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; r < spec->workflows[w].row_count; r++)
      add_row(&events[spec->workflows[w].rows[r].event], &spec->workflows[w].rows[r]);
  for (size_t f = 0; f < spec->family_count; f++)
    for (size_t i = 0; i < spec->families[f].registration_count; i++) {
      const ftblab_registration *registration = &spec->families[f].registrations[i];
      events[registration->event].registered_by |= UINT64_C(1) << registration->component;
    }
  for (size_t e = 0; e < spec->event_count; e++) {
    int *keys = ftblab_loader_take(loader, spec->key_count, sizeof *keys);
    if (!keys)
      return FTBLAB_ENOMEM;
    events[e].table_keys = keys;
    events[e].table_key_count = collect_keys(spec, (int)e, keys);
  }
  return FTBLAB_OK;
}

static ftblab_status keep_variables(ftblab_loader *loader)
{
  uint32_t count = ftblab_names_count(loader->variables);
  const char **variables = ftblab_loader_take(loader, count, sizeof *variables);
  if (!variables)
    return FTBLAB_ENOMEM;
  for (uint32_t i = 0; i < count; i++)
    variables[i] = ftblab_names_string(loader->variables, i);
  loader->spec->variables = variables;
  loader->spec->variable_count = count;
  return FTBLAB_OK;
}

ftblab_status ftblab_loader_complete(ftblab_loader *loader)
{
  ftblab_spec *spec = loader->spec;
  /* The arrays are the loader's own; only their readers see them as constant. */
  ftblab_workflow *workflows = (ftblab_workflow *)spec->workflows;
  for (size_t w = 0; w < spec->workflow_count; w++) {
    order_rows(&workflows[w]);
    find_needs(spec, &workflows[w]);
  }
  ftblab_status status = complete_events(loader, (ftblab_event *)spec->events);
  return status ? status : keep_variables(loader);
}
