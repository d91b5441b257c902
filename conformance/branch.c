/* branch.c - one binding of an incident: which rows its entries satisfy so far, and how well another entry would
 * fit. */
#include <string.h>

#include "match.h"

#define MOST_ASKED 256 /* entries of a row that are looked through for one that is like another; chosen */

/* ---- order ------------------------------------------------------------------------------------------- */

uint64_t ftblab_rows_before(const ftblab_exact *checker, const ftblab_workflow *w, size_t row)
{
  return checker->strict_order ? w->strict_before[row] : w->before[row];
}

bool ftblab_row_takes(const ftblab_row *row, const entry *e)
{
  return row->component == e->role && row->action == e->action && row->event == e->event;
}

bool ftblab_row_is_visible(const ftblab_exact *checker, const ftblab_row *row)
{
  uint64_t hidden = row->action == FTBLAB_THROW ? checker->hidden_throws[row->event] : 0;
  return ((checker->visible[row->action] & ~hidden) >> row->component & 1) != 0;
}

/* Rows of W that the recorder could not see: they count as satisfied. */
static uint64_t unseen_rows(const ftblab_exact *checker, const ftblab_workflow *w)
{
  uint64_t rows = 0;
  for (size_t r = 0; r < w->row_count; r++)
    if (!ftblab_row_is_visible(checker, &w->rows[r]))
      rows |= (uint64_t)1 << r;
  return rows;
}

/* "iface p" must be a member of "iface p-q", where that is bound. */
static bool is_member(const ftblab_row *row, const branch *b, const entry *e)
{
  for (size_t t = 0; t < row->term_count; t++) {
    int set = row->terms[t].member_of;
    if (set == FTBLAB_NONE || b->bound.of[set] == 0)
      continue;
    const entry_key *key = ftblab_entry_find(e, row->terms[t].key);
    bool found = key == NULL, known = false;
    for (uint32_t i = 0; i < b->entries.count && !found && !known; i++) {
      const entry *other = b->entries.at[i];
      const entry_key *whole = ftblab_entry_find(other, row->terms[t].key);
      known = whole != NULL && whole->whole == b->bound.of[set]; /* another with the same set has the same members */
      for (uint32_t m = 0; known && m < key->item_count && key->items != NULL; m++)
        found = found || ftblab_entry_has(other, key->key, key->items[m]);
    }
    if (!found)
      return false;
  }
  return true;
}
/* The row of W that waits for E in branch B, given the rows done; -1: none. */
static int waiting_row(const ftblab_exact *checker, const ftblab_workflow *w, branch *b, uint64_t done, const entry *e)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (!(done & (uint64_t)1 << r) && ftblab_row_takes(&w->rows[r], e) &&
        (ftblab_rows_before(checker, w, r) & ~done) == 0 && is_member(&w->rows[r], b, e) &&
        ftblab_carries_what_was_thrown(b, &w->rows[r], e))
      return (int)r;
  return -1;
}

bool ftblab_bindings_agree(const binding *a, const binding *b)
{
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (a->of[v] != 0 && b->of[v] != 0 && a->of[v] != b->of[v])
      return false;
  return true;
}

void ftblab_binding_merge(binding *into, const binding *from)
{
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (into->of[v] == 0)
      into->of[v] = from->of[v];
}

/* Does ROW carry values that tell instances apart? */
bool ftblab_asks_for_values(const group *g, const ftblab_row *row)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].kind != FTBLAB_TERM_WILD && !(g->quantified & 1u << row->terms[t].variable))
      return true;
  return false;
}

/* Are A and B entries of one member of the set that ROW is asked of? The payload says so; else it is the instance. */
bool ftblab_same_member(const group *g, const ftblab_row *row, const entry *a, const entry *b)
{
  bool said = false;
  for (size_t t = 0; t < row->term_count; t++) {
    if (row->terms[t].kind == FTBLAB_TERM_WILD || !(g->quantified & 1u << row->terms[t].variable))
      continue;
    const entry_key *mine = ftblab_entry_find(a, row->terms[t].key), *other = ftblab_entry_find(b, row->terms[t].key);
    if (mine != NULL && other != NULL && mine->whole != other->whole)
      return false;
    said = said || (mine != NULL && other != NULL);
  }
  return said || a->instance == b->instance;
}

/* Has the incident (or B, a branch of it, unless that is NULL) an entry (of the same member as SAME, unless that is
 * NULL) that satisfies ROW and agrees with BOUND? Of very many the newest are asked. */
static bool has_entry(const ftblab_exact *checker, incident *in, branch *b, const ftblab_row *row, const binding *bound,
                      const entry *same)
{
  entry_index *index = b != NULL ? &b->index : &in->index;
  const pointers *all = b != NULL ? &b->entries : &in->entries;
  const pointers *list = ftblab_entries_like(index, all, row->component, row->action, row->event);
  for (uint32_t i = list->count; i > 0 && list->count - i < MOST_ASKED; i--) {
    const entry *e = list->at[i - 1];
    if (ftblab_row_takes(row, e) && (same == NULL || ftblab_same_member(in->group, row, e, same)) &&
        ftblab_entry_agrees(checker, in->group, e, bound))
      return true;
  }
  return false;
}

/* Has something of another branch of ROW's choice come, so that ROW is not to come? */
static bool is_decided_otherwise(const ftblab_exact *checker, incident *in, branch *b, const ftblab_workflow *w,
                                 const ftblab_row *row, const binding *bound)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (ftblab_rows_exclude(row, &w->rows[r]) && has_entry(checker, in, b, &w->rows[r], bound, NULL))
      return true;
  return false;
}

/* How E fits a binding for which no candidate is kept: judged by the entries that are there. B: the branch whose sets
 * are bound, or NULL. */
static enum tier tier_by_entries(const ftblab_exact *checker, incident *in, branch *b, const binding *bound,
                                 const entry *e)
{
  enum tier best = TIER_VALUES;
  for (int c = 0; c < in->group->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
    for (size_t r = 0; r < w->row_count; r++) {
      bool of_each = w->rows[r].each != FTBLAB_NONE || !ftblab_asks_for_values(in->group, &w->rows[r]);
      if (!ftblab_row_takes(&w->rows[r], e) || (b != NULL && !is_member(&w->rows[r], b, e)) ||
          has_entry(checker, in, b, &w->rows[r], bound, of_each ? e : NULL))
        continue;
      bool waits = true;
      uint64_t needed = ftblab_rows_before(checker, w, r) & ~unseen_rows(checker, w);
      for (size_t p = 0; p < w->row_count && waits; p++)
        if (needed & (uint64_t)1 << p)
          waits = w->rows[p].optional || has_entry(checker, in, b, &w->rows[p], bound, NULL) ||
                  is_decided_otherwise(checker, in, b, w, &w->rows[p], bound);
      if (waits)
        return TIER_WAITS;
      best = TIER_EARLY;
    }
  }
  return best;
}

static enum tier tier_of_branch(const ftblab_exact *checker, branch *b, const binding *alternative, const entry *e)
{
  const group *g = b->incident->group;
  for (int c = 0; c < g->workflow_count; c++)
    if (b->alive & 1u << c && waiting_row(checker, ftblab_group_workflow(checker, g, c), b, b->done[c], e) >= 0)
      return TIER_WAITS;
  binding bound = b->bound;
  ftblab_binding_merge(&bound, alternative);
  enum tier tier = tier_by_entries(checker, b->incident, b, &bound, e);
  return tier == TIER_WAITS && b->alive != 0 ? TIER_EARLY : tier;
}

enum tier ftblab_tier_of_incident(const ftblab_exact *checker, incident *in, const binding *alternative, const entry *e)
{
  enum tier best = TIER_NOTHING;
  const pointers *lists[2];
  ftblab_branches_for(in, alternative, lists);
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0; i < lists[l]->count && i < MOST_ASKED && best != TIER_WAITS; i++) {
      branch *b = lists[l]->at[i];
      if (!ftblab_bindings_agree(&b->bound, alternative))
        continue;
      enum tier tier = tier_of_branch(checker, b, alternative, e);
      best = tier < best ? tier : best;
    }
  if (best != TIER_NOTHING)
    return best;
  binding fork = in->key;
  ftblab_binding_merge(&fork, alternative);
  enum tier tier = tier_by_entries(checker, in, NULL, &fork, e);
  return tier == TIER_VALUES ? TIER_FORK : tier;
}
/* ---- branches ------------------------------------------------------------------------------------------ */

/* The entry of B that already stands for E's place: same role, action, event and instance. */
bool ftblab_is_repeat(branch *b, const entry *e)
{
  const pointers *list = ftblab_entries_of_instance(&b->index, &b->entries, e);
  for (uint32_t i = 0; i < list->count; i++) {
    const entry *other = list->at[i];
    if (other != e && other->role == e->role && other->action == e->action && other->event == e->event &&
        other->instance == e->instance)
      return true;
  }
  return false;
}

static void advance(const ftblab_exact *checker, branch *b, const entry *e)
{
  const group *g = b->incident->group;
  for (int c = 0; c < g->workflow_count; c++) {
    if (!(b->alive & 1u << c))
      continue;
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    int row = waiting_row(checker, w, b, b->done[c], e);
    if (row >= 0)
      b->done[c] |= (uint64_t)1 << row;
    else if (!ftblab_catch_is_permitted(checker, w, b, e))
      b->alive &= ~(1u << c);
  }
}

bool ftblab_branch_add(ftblab_exact *checker, branch *b, const binding *with, entry *e)
{
  if (with != NULL) {
    binding before = b->bound;
    ftblab_binding_merge(&b->bound, with);
    if (memcmp(&before, &b->bound, sizeof before) != 0 && !ftblab_branch_bound(checker, b, &before))
      return false;
  }
  if (!ftblab_pointers_add(&checker->memory, &b->entries, e))
    return false;
  e->used++;
  advance(checker, b, e);
  return true;
}

/* With choices, optional rows or rows for each member of a set, which rows are to come is seen only at the end. */
static bool is_plain(const ftblab_workflow *w)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].choice != 0 || w->rows[r].optional || w->rows[r].each != FTBLAB_NONE)
      return false;
  return true;
}

/* If the recording began in the middle of B's incident: what stands before its first entry came before the recording,
 * in each of its branches. */
static void count_earlier_rows_as_done(const ftblab_exact *checker, branch *b)
{
  const group *g = b->incident->group;
  const entry *e = b->incident->opened_by;
  if (checker->header.start != FTBLAB_START_MID || b->incident->replayed || e == NULL)
    return;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++)
      if (ftblab_row_takes(&w->rows[r], e)) {
        b->done[c] |= ftblab_rows_before(checker, w, r);
        break;
      }
  }
}

branch *ftblab_branch_new(ftblab_exact *checker, incident *in, const binding *bound)
{
  branch *b = ftblab_arena_take(&checker->memory, sizeof *b);
  if (b == NULL || !ftblab_pointers_add(&checker->memory, &in->branches, b))
    return NULL;
  b->incident = in;
  b->bound = *bound;
  b->index = (entry_index){.memory = &checker->memory, .job_key = checker->job_key};
  if (!ftblab_branch_bound(checker, b, NULL))
    return NULL;
  for (int c = 0; c < in->group->workflow_count; c++) {
    if (is_plain(ftblab_group_workflow(checker, in->group, c)))
      b->alive |= 1u << c;
    b->done[c] = unseen_rows(checker, ftblab_group_workflow(checker, in->group, c));
  }
  count_earlier_rows_as_done(checker, b);
  return b;
}

/* The next of two lists in the order of the trace. NULL: there is none. */
static entry *next_of(const pointers *const lists[2], uint32_t places[2])
{
  entry *heads[2];
  for (size_t l = 0; l < 2; l++)
    heads[l] = places[l] < lists[l]->count ? lists[l]->at[places[l]] : NULL;
  size_t first = heads[0] == NULL || (heads[1] != NULL && heads[1]->index < heads[0]->index);
  places[first]++;
  return heads[first];
}

/* Of what the instances of an incident share, each has as many repeats as tell how it went; all of them are blamed in
 * the first. */
static bool has_enough(entry_index *index, const pointers *all, const entry *e)
{
  return all->count > 2 * MOST_REPEATS && ftblab_entries_of_instance(index, all, e)->count > MOST_REPEATS;
}

bool ftblab_is_repeated_enough(incident *in, const entry *e)
{
  return has_enough(&in->index, &in->entries, e);
}

branch *ftblab_branch_fork(ftblab_exact *checker, incident *in, const binding *bound)
{
  branch *b = ftblab_branch_new(checker, in, bound);
  const pointers *lists[2];
  uint32_t places[2] = {0};
  entry *e;
  ftblab_entries_of_job(&in->index, &in->entries, ftblab_bound(bound, checker->variable.job), lists);
  while (b != NULL && (e = next_of(lists, places)) != NULL) {
    if (!ftblab_entry_agrees(checker, in->group, e, bound) || has_enough(&b->index, &b->entries, e))
      continue;
    /* what the shared entries bind, and in one way only, holds for this branch too */
    binding shared[2] = {{{0}}};
    size_t ways = ftblab_bindings_of(checker, in->group, e, shared, FTBLAB_COUNT(shared));
    if (!ftblab_branch_add(checker, b, ways == 1 ? &shared[0] : NULL, e))
      return NULL;
  }
  return b;
}
