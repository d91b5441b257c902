/* index.c - entries, branches and incidents by what they are and what they name. A short list is its own index; a long
 * one gets tables, so that an incident of many repeats or many jobs takes no more time for each entry than a short one.
 *
 * Without memory for a table the whole list is given, which is right, and slow. */
#include <string.h>

#include "match.h"

#define SHORT 32   /* entries that are looked at one by one; chosen */
#define BRANCHES 8 /* branches, the same */
#define ITEMS 16   /* members of a set that an entry is found by; chosen */

enum tag { BY_ROLE = 1, BY_EVENT, BY_INSTANCE, BY_JOB };

static const pointers nothing = {0};

static uint64_t key_of(enum tag tag, int role, ftblab_action action, int event, value v)
{
  uint64_t what = ((uint64_t)event * 4 + (uint64_t)action) * 65 + (uint64_t)(role + 1);
  return ((uint64_t)tag << 29 | what) << 32 | v;
}

static bool add_to(arena *memory, key_table *table, uint64_t key, void *what)
{
  pointers *list = ftblab_keyed_find(table, key);
  if (list == NULL) {
    list = ftblab_arena_take(memory, sizeof *list);
    if (list == NULL || !ftblab_keyed_put(memory, table, key, list))
      return false;
  }
  return ftblab_pointers_add(memory, list, what);
}

/* ---- entries ----------------------------------------------------------------------------------------------- */

/* One of many jobs, or of none that can be told, is found with those that name none; but of its repeats only as many as
 * tell how it went. */
static bool index_jobs(entry_index *index, entry *e)
{
  const entry_key *jobs = ftblab_entry_find(e, index->job_key);
  if (jobs == NULL || jobs->items == NULL || jobs->item_count > ITEMS) {
    const pointers *same =
        ftblab_keyed_find(&index->lists, key_of(BY_INSTANCE, e->role, e->action, e->event, e->instance));
    return same->count > MOST_REPEATS || add_to(index->memory, &index->lists, key_of(BY_JOB, FTBLAB_NONE, 0, 0, 0), e);
  }
  for (uint32_t i = 0; i < jobs->item_count; i++)
    if (!add_to(index->memory, &index->lists, key_of(BY_JOB, FTBLAB_NONE, 0, 0, jobs->items[i]), e))
      return false;
  return true;
}

static bool index_entry(entry_index *index, entry *e)
{
  return add_to(index->memory, &index->lists, key_of(BY_ROLE, e->role, e->action, e->event, 0), e) &&
         add_to(index->memory, &index->lists, key_of(BY_EVENT, FTBLAB_NONE, e->action, e->event, 0), e) &&
         add_to(index->memory, &index->lists, key_of(BY_INSTANCE, e->role, e->action, e->event, e->instance), e) &&
         index_jobs(index, e);
}

static bool is_current(entry_index *index, const pointers *all)
{
  if (all->count <= SHORT || index->memory == NULL)
    return false;
  while (index->indexed < all->count) {
    if (!index_entry(index, all->at[index->indexed]))
      return false;
    index->indexed++;
  }
  return true;
}

static const pointers *find(entry_index *index, const pointers *all, uint64_t key)
{
  if (!is_current(index, all))
    return all;
  const pointers *list = ftblab_keyed_find(&index->lists, key);
  return list != NULL ? list : &nothing;
}

const pointers *ftblab_entries_like(entry_index *index, const pointers *all, int role, ftblab_action action, int event)
{
  return find(index, all, key_of(BY_ROLE, role, action, event, 0));
}

const pointers *ftblab_entries_of_event(entry_index *index, const pointers *all, ftblab_action action, int event)
{
  return find(index, all, key_of(BY_EVENT, FTBLAB_NONE, action, event, 0));
}

const pointers *ftblab_entries_of_instance(entry_index *index, const pointers *all, const entry *e)
{
  return find(index, all, key_of(BY_INSTANCE, e->role, e->action, e->event, e->instance));
}

void ftblab_entries_of_job(entry_index *index, const pointers *all, value job, const pointers *lists[2])
{
  lists[0] = job == 0 ? all : find(index, all, key_of(BY_JOB, FTBLAB_NONE, 0, 0, job));
  lists[1] = lists[0] == all ? &nothing : find(index, all, key_of(BY_JOB, FTBLAB_NONE, 0, 0, 0));
}

/* ---- branches and incidents --------------------------------------------------------------------------------- */

static uint64_t value_key(int variable, value v)
{
  return (uint64_t)variable << 32 | v;
}

static bool tells_branches_apart(const branch *b, int variable)
{
  return !(b->incident->group->key_variables & 1u << variable);
}

static bool index_branch(arena *memory, branch *b, const binding *before)
{
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (tells_branches_apart(b, v) && (before == NULL || before->of[v] != b->bound.of[v]) &&
        !add_to(memory, &b->incident->by_value, value_key(v, b->bound.of[v]), b))
      return false;
  return true;
}

static bool index_branches(arena *memory, incident *in)
{
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (!index_branch(memory, in->branches.at[i], NULL))
      return false;
  return true;
}

bool ftblab_branch_bound(ftblab_exact *checker, branch *b, const binding *before)
{
  incident *in = b->incident;
  for (int v = 0; v < MAX_VARIABLES && !in->replayed; v++)
    if (tells_branches_apart(b, v) && b->bound.of[v] != 0 && (before == NULL || before->of[v] == 0) &&
        !add_to(&checker->memory, &in->group->by_value, value_key(v, b->bound.of[v]), in))
      return false;
  if (in->by_value.size > 0)
    return index_branch(&checker->memory, b, before);
  return in->branches.count <= BRANCHES || index_branches(&checker->memory, in);
}

const pointers *ftblab_incidents_binding(const group *g, int variable, value v)
{
  return ftblab_keyed_find(&g->by_value, value_key(variable, v));
}

void ftblab_branches_for(const incident *in, const binding *alternative, const pointers *lists[2])
{
  lists[0] = &in->branches;
  lists[1] = &nothing;
  for (int v = 0; v < MAX_VARIABLES && in->by_value.size > 0; v++) {
    if (alternative->of[v] == 0 || in->group->key_variables & 1u << v)
      continue;
    const pointers *same = ftblab_keyed_find(&in->by_value, value_key(v, alternative->of[v]));
    const pointers *open = ftblab_keyed_find(&in->by_value, value_key(v, 0));
    same = same != NULL ? same : &nothing;
    open = open != NULL ? open : &nothing;
    if (same->count + open->count < lists[0]->count + lists[1]->count) {
      lists[0] = same;
      lists[1] = open;
    }
  }
}
