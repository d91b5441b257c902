/* match.c - dealing the entries of a trace to incidents.
 *
 * An incident is one trigger of a group with one key (node x; interface p of node x). Its branches are the ways to
 * bind the variables that later rows introduce: job z1 and job z2 on node x are two branches that share the entries
 * that
 * do not speak of a job. An entry goes where it fits best:
 *
 *   1  an open incident waits for it: a row that is not satisfied, with all rows that must come before it
 *   2  it is the trigger of a workflow, and nothing is open for its key
 *   3  an open incident has such a row, but what must come before it has not come
 *   4  an open incident speaks of the same values (a repeat, another role)
 *   5  an open incident has its key, but would need a branch of its own for it
 *   6  nothing fits: it opens an incident whose beginning is missing
 *
 * A payload with sets is dealt member by member. What is wrong is not decided here: settle.c reads each incident as
 * cheaply as it can once all its entries are there. */
#include <string.h>

#include "check.h"

enum tier { TIER_WAITS = 1, TIER_TRIGGER, TIER_EARLY, TIER_VALUES, TIER_FORK, TIER_NOTHING };

typedef struct offer {
  group *group;
  binding alternative;
  enum tier tier;
  pointers targets; /* incidents at that tier */
} offer;

/* ---- who may ---------------------------------------------------------------------------------------- */

bool ftblab_role_may_throw(const ftblab_checker *checker, int event, int role)
{
  const ftblab_event *e = &checker->spec->events[event];
  return role != FTBLAB_NONE && ((e->thrown_by | e->table_thrown_by) & (uint64_t)1 << role) != 0;
}

bool ftblab_role_may_catch(const ftblab_checker *checker, int event, int role)
{
  const ftblab_event *e = &checker->spec->events[event];
  if (role == FTBLAB_NONE)
    return false;
  uint64_t allowed = e->caught_by | e->table_caught_by | e->registered_by | checker->registered[event];
  return e->caught_by_any || (allowed & (uint64_t)1 << role) != 0;
}

/* One of the two stands in for the other: MPI* for the RM/JS. */
static bool stands_in(const ftblab_checker *checker, int one, int other)
{
  const ftblab_role *a = &checker->spec->roles[one], *b = &checker->spec->roles[other];
  return (a->plays != NULL && strcmp(a->plays, b->name) == 0) || (b->plays != NULL && strcmp(b->plays, a->name) == 0);
}

bool ftblab_role_may_catch_in(const ftblab_checker *checker, const ftblab_workflow *w, int event, int role)
{
  const ftblab_event *e = &checker->spec->events[event];
  if (role == FTBLAB_NONE)
    return false;
  /* where mpirun plays the RM/JS there is none, and the other way round */
  for (size_t r = 0; r < w->row_count; r++)
    if (stands_in(checker, w->rows[r].component, role))
      return false;
  if (e->caught_by_any || (e->caught_by | checker->registered[event]) & (uint64_t)1 << role)
    return true;
  const ftblab_family *family = &checker->spec->families[w->family];
  for (size_t i = 0; i < family->registration_count; i++)
    if (family->registrations[i].component == role && family->registrations[i].event == event)
      return true;
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].component == role && w->rows[r].event == event)
      return true; /* a row asks for it, or it is the component's own event delivered to itself */
  return false;
}

/* ---- order ------------------------------------------------------------------------------------------- */

static uint64_t before(const ftblab_checker *checker, const ftblab_workflow *w, size_t row)
{
  return checker->strict_order ? w->strict_before[row] : w->before[row];
}

static bool row_takes(const ftblab_row *row, const entry *e)
{
  return row->component == e->role && row->action == e->action && row->event == e->event;
}

/* Rows of W that the recorder could not see: they count as satisfied. */
static uint64_t unseen_rows(const ftblab_checker *checker, const ftblab_workflow *w)
{
  uint64_t rows = 0;
  for (size_t r = 0; r < w->row_count; r++)
    if (!checker->header.observes[w->rows[r].action])
      rows |= (uint64_t)1 << r;
  return rows;
}

/* "iface p" must be a member of "iface p-q", where that is bound. */
static bool is_member(const ftblab_checker *checker, const ftblab_row *row, const branch *b, const entry *e)
{
  for (size_t t = 0; t < row->term_count; t++) {
    int set = row->terms[t].member_of;
    if (set == FTBLAB_NONE || b->bound.of[set] == 0)
      continue;
    const entry_key *key = ftblab_entry_find(e, row->terms[t].key);
    bool found = key == NULL;
    for (uint32_t i = 0; i < b->entries.count && !found; i++) {
      const entry *other = b->entries.at[i];
      const entry_key *whole = ftblab_entry_find(other, row->terms[t].key);
      if (whole != NULL && whole->whole == b->bound.of[set])
        for (uint32_t m = 0; m < key->item_count && key->items != NULL; m++)
          found = found || ftblab_entry_has(other, key->key, key->items[m]);
    }
    if (!found)
      return false;
  }
  (void)checker;
  return true;
}

/* Do the keys that the row's params do not name (a command, ranks) have the values that some throw had? */
bool ftblab_carries_what_was_thrown(const branch *b, const ftblab_row *row, const entry *e)
{
  bool any_throw = false;
  for (uint32_t i = 0; i < b->entries.count && row->action == FTBLAB_CATCH; i++) {
    const entry *thrown = b->entries.at[i];
    if (thrown->action != FTBLAB_THROW || thrown->event != e->event)
      continue;
    any_throw = true;
    bool same = true;
    for (uint32_t k = 0; k < e->key_count && same; k++) {
      bool named = false;
      for (size_t t = 0; t < row->term_count; t++)
        named = named || row->terms[t].key == e->keys[k].key;
      const entry_key *other = ftblab_entry_find(thrown, e->keys[k].key);
      same = named || other == NULL || other->whole == e->keys[k].whole;
    }
    if (same)
      return true;
  }
  return !any_throw;
}

/* The row of W that waits for E in branch B, given the rows done; -1: none. */
static int waiting_row(const ftblab_checker *checker, const ftblab_workflow *w, const branch *b, uint64_t done,
                       const entry *e)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (!(done & (uint64_t)1 << r) && row_takes(&w->rows[r], e) && (before(checker, w, r) & ~done) == 0 &&
        is_member(checker, &w->rows[r], b, e) && ftblab_carries_what_was_thrown(b, &w->rows[r], e))
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

static void merge_into(binding *into, const binding *from)
{
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (into->of[v] == 0)
      into->of[v] = from->of[v];
}

/* Does ROW carry values that tell instances apart? */
static bool asks_for_values(const group *g, const ftblab_row *row)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].kind != FTBLAB_TERM_WILD && !(g->quantified & 1u << row->terms[t].variable))
      return true;
  return false;
}

/* Are A and B entries of one instance, and of one member of the set that ROW is asked of? */
bool ftblab_same_member(const group *g, const ftblab_row *row, const entry *a, const entry *b)
{
  for (size_t t = 0; t < row->term_count; t++) {
    if (row->terms[t].kind == FTBLAB_TERM_WILD || !(g->quantified & 1u << row->terms[t].variable))
      continue;
    const entry_key *mine = ftblab_entry_find(a, row->terms[t].key), *other = ftblab_entry_find(b, row->terms[t].key);
    if (mine != NULL && other != NULL && mine->whole != other->whole)
      return false;
  }
  return a->instance == b->instance;
}

/* Has the incident an entry (of the same member as SAME, unless that is NULL) that satisfies ROW and agrees with
 * BOUND? */
static bool has_entry(const ftblab_checker *checker, const incident *in, const ftblab_row *row, const binding *bound,
                      const entry *same)
{
  for (uint32_t i = 0; i < in->entries.count; i++) {
    const entry *e = in->entries.at[i];
    if (row_takes(row, e) && (same == NULL || ftblab_same_member(in->group, row, e, same)) &&
        ftblab_entry_agrees(checker, in->group, e, bound))
      return true;
  }
  return false;
}

/* How E fits a binding for which no candidate is kept: judged by the entries that are there. */
static enum tier tier_by_entries(const ftblab_checker *checker, const incident *in, const binding *bound,
                                 const entry *e)
{
  enum tier best = TIER_VALUES;
  for (int c = 0; c < in->group->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
    for (size_t r = 0; r < w->row_count; r++) {
      bool of_each = w->rows[r].each != FTBLAB_NONE || !asks_for_values(in->group, &w->rows[r]);
      if (!row_takes(&w->rows[r], e) || has_entry(checker, in, &w->rows[r], bound, of_each ? e : NULL))
        continue;
      bool waits = true;
      uint64_t needed = before(checker, w, r) & ~unseen_rows(checker, w);
      for (size_t p = 0; p < w->row_count && waits; p++)
        if (needed & (uint64_t)1 << p)
          waits = has_entry(checker, in, &w->rows[p], bound, NULL) || w->rows[p].optional || w->rows[p].choice != 0;
      if (waits)
        return TIER_WAITS;
      best = TIER_EARLY;
    }
  }
  return best;
}

static enum tier tier_of_branch(const ftblab_checker *checker, const branch *b, const binding *alternative,
                                const entry *e)
{
  const group *g = b->incident->group;
  for (int c = 0; c < g->workflow_count; c++)
    if (b->alive & 1u << c && waiting_row(checker, ftblab_group_workflow(checker, g, c), b, b->done[c], e) >= 0)
      return TIER_WAITS;
  binding bound = b->bound;
  merge_into(&bound, alternative);
  enum tier tier = tier_by_entries(checker, b->incident, &bound, e);
  return tier == TIER_WAITS && b->alive != 0 ? TIER_EARLY : tier;
}

static enum tier tier_of_incident(const ftblab_checker *checker, const incident *in, const binding *alternative,
                                  const entry *e)
{
  enum tier best = TIER_NOTHING;
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (!ftblab_bindings_agree(&b->bound, alternative))
      continue;
    enum tier tier = tier_of_branch(checker, b, alternative, e);
    best = tier < best ? tier : best;
  }
  if (best != TIER_NOTHING)
    return best;
  binding fork = in->key;
  merge_into(&fork, alternative);
  enum tier tier = tier_by_entries(checker, in, &fork, e);
  return tier == TIER_VALUES ? TIER_FORK : tier;
}

/* ---- branches ------------------------------------------------------------------------------------------ */

/* The entry of B that already stands for E's place: same role, action, event and instance. */
static bool is_repeat(const branch *b, const entry *e)
{
  for (uint32_t i = 0; i < b->entries.count; i++) {
    const entry *other = b->entries.at[i];
    if (other != e && other->role == e->role && other->action == e->action && other->event == e->event &&
        other->instance == e->instance)
      return true;
  }
  return false;
}

bool ftblab_catch_is_permitted(const ftblab_checker *checker, const ftblab_workflow *w, const branch *b, const entry *e)
{
  if (e->action != FTBLAB_CATCH || !ftblab_role_may_catch_in(checker, w, e->event, e->role))
    return false;
  bool thrown = !checker->header.observes[FTBLAB_THROW];
  for (uint32_t i = 0; i < b->entries.count && !thrown; i++) {
    const entry *other = b->entries.at[i];
    thrown = other->action == FTBLAB_THROW && other->event == e->event && ftblab_entry_precedes(checker, other, e);
  }
  if (!thrown)
    return false;
  bool asked = false;
  for (size_t r = 0; r < w->row_count; r++)
    asked = asked || row_takes(&w->rows[r], e);
  /* a role that a row asks for: its first catch is the row's, those of its other instances are permitted */
  if (!asked)
    return true;
  bool first_is_there = false;
  for (uint32_t i = 0; i < b->entries.count; i++) {
    const entry *other = b->entries.at[i];
    first_is_there = first_is_there || (other != e && other->role == e->role && other->action == FTBLAB_CATCH &&
                                        other->event == e->event && ftblab_entry_precedes(checker, other, e));
  }
  return first_is_there && !is_repeat(b, e);
}

static void advance(const ftblab_checker *checker, branch *b, const entry *e)
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

bool ftblab_branch_add(ftblab_checker *checker, branch *b, const binding *with, entry *e)
{
  if (with != NULL)
    merge_into(&b->bound, with);
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

static branch *branch_new(ftblab_checker *checker, incident *in, const binding *bound)
{
  branch *b = ftblab_arena_take(&checker->memory, sizeof *b);
  if (b == NULL || !ftblab_pointers_add(&checker->memory, &in->branches, b))
    return NULL;
  b->incident = in;
  b->bound = *bound;
  for (int c = 0; c < in->group->workflow_count; c++) {
    if (is_plain(ftblab_group_workflow(checker, in->group, c)))
      b->alive |= 1u << c;
    b->done[c] = unseen_rows(checker, ftblab_group_workflow(checker, in->group, c));
  }
  return b;
}

branch *ftblab_branch_fork(ftblab_checker *checker, incident *in, const binding *bound)
{
  branch *b = branch_new(checker, in, bound);
  for (uint32_t i = 0; b != NULL && i < in->entries.count; i++) {
    entry *e = in->entries.at[i];
    if (!ftblab_entry_agrees(checker, in->group, e, bound))
      continue;
    /* what the shared entries bind, and in one way only, holds for this branch too */
    binding shared[2] = {{{0}}};
    size_t ways = ftblab_bindings_of(checker, in->group, e, shared, FTBLAB_COUNT(shared));
    if (!ftblab_branch_add(checker, b, ways == 1 ? &shared[0] : NULL, e))
      return NULL;
  }
  return b;
}

static bool add_to_incident(ftblab_checker *checker, incident *in, const binding *alternative, entry *e)
{
  bool found = false;
  uint32_t branches = in->branches.count;
  for (uint32_t i = 0; i < branches; i++) {
    branch *b = in->branches.at[i];
    if (!ftblab_bindings_agree(&b->bound, alternative))
      continue;
    found = true;
    if (!ftblab_branch_add(checker, b, alternative, e))
      return false;
  }
  if (!ftblab_pointers_add(&checker->memory, &in->entries, e))
    return false;
  if (found)
    return true;
  binding bound = in->key;
  merge_into(&bound, alternative);
  return ftblab_branch_fork(checker, in, &bound) != NULL;
}

/* ---- incidents ----------------------------------------------------------------------------------------- */

typedef struct index_node {
  struct index_node *next;
  incident *incident;
  const group *group;
  int variable;
  value value;
} index_node;

static uint32_t hash(const group *g, int variable, value v, uint32_t size)
{
  uint64_t h = (uint64_t)v * 0x9E3779B97F4A7C15u ^ (uint64_t)(g->trigger * 8 + variable) * 0xD1B54A32D192ED03u;
  return (uint32_t)(h >> 33) & (size - 1);
}

static bool grow_table(ftblab_checker *checker)
{
  uint32_t size = checker->table_size == 0 ? 1024 : 2 * checker->table_size;
  struct incident **table = ftblab_arena_take(&checker->memory, size * sizeof *table);
  if (table == NULL)
    return false;
  index_node **from = (index_node **)checker->table, **to = (index_node **)table;
  for (uint32_t i = 0; i < checker->table_size; i++)
    while (from[i] != NULL) {
      index_node *node = from[i];
      from[i] = node->next;
      uint32_t place = hash(node->group, node->variable, node->value, size);
      node->next = to[place];
      to[place] = node;
    }
  checker->table = table;
  checker->table_size = size;
  return true;
}

static index_node *first_node(const ftblab_checker *checker, const group *g, int variable, value v)
{
  if (checker->table_size == 0)
    return NULL;
  index_node *node = ((index_node **)checker->table)[hash(g, variable, v, checker->table_size)];
  while (node != NULL && (node->group != g || node->variable != variable || node->value != v))
    node = node->next;
  return node;
}

static index_node *next_node(const index_node *node)
{
  index_node *next = node->next;
  while (next != NULL && (next->group != node->group || next->variable != node->variable || next->value != node->value))
    next = next->next;
  return next;
}

static bool index_incident(ftblab_checker *checker, incident *in, incident *old)
{
  for (int v = 0; v < MAX_VARIABLES; v++) {
    if (in->key.of[v] == 0)
      continue;
    index_node *node = NULL;
    if (old != NULL)
      for (node = first_node(checker, in->group, v, in->key.of[v]); node != NULL && node->incident != old;)
        node = next_node(node);
    if (node != NULL) {
      node->incident = in; /* takes the place of the one it replaces */
      continue;
    }
    if (checker->incident_count >= checker->table_size && !grow_table(checker))
      return false;
    node = ftblab_arena_take(&checker->memory, sizeof *node);
    if (node == NULL)
      return false;
    index_node **place = &((index_node **)checker->table)[hash(in->group, v, in->key.of[v], checker->table_size)];
    *node = (index_node){.next = *place, .incident = in, .group = in->group, .variable = v, .value = in->key.of[v]};
    *place = node;
  }
  return true;
}

static incident *open_incident(ftblab_checker *checker, group *g, const binding *alternative, entry *e, incident *old)
{
  incident *in = ftblab_arena_take(&checker->memory, sizeof *in);
  if (in == NULL)
    return NULL;
  in->group = g;
  in->number = checker->incident_count++;
  in->opened_by = e;
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (g->key_variables & 1u << v)
      in->key.of[v] = alternative->of[v];
  in->older = g->newest;
  if (g->newest != NULL)
    g->newest->newer = in;
  else
    g->oldest = in;
  g->newest = in;
  if (old != NULL)
    old->replaced = true;
  if (!index_incident(checker, in, old) || !ftblab_pointers_add(&checker->memory, &in->entries, e))
    return NULL;
  branch *b = branch_new(checker, in, &in->key);
  if (b == NULL || !ftblab_branch_add(checker, b, alternative, e))
    return NULL;
  return in;
}

static bool is_finished(const ftblab_checker *checker, const incident *in)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    bool finished = false;
    for (int c = 0; c < in->group->workflow_count; c++) {
      size_t rows = ftblab_group_workflow(checker, in->group, c)->row_count;
      finished = finished || (b->alive & 1u << c && b->done[c] == ((uint64_t)1 << rows) - 1);
    }
    if (!finished)
      return false;
  }
  return true;
}

/* Does E satisfy the first row of a workflow, or that of another branch if it begins with a choice? */
bool ftblab_is_trigger(const ftblab_checker *checker, const group *g, const entry *e)
{
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++) {
      bool is_first = r == 0 || (w->rows[0].choice != 0 && w->rows[r].choice == w->rows[0].choice && w->before[r] == 0);
      if (is_first && row_takes(&w->rows[r], e))
        return true;
    }
  }
  return false;
}

static value node_of(const ftblab_checker *checker, const binding *bound)
{
  for (size_t v = 0; v < checker->spec->variable_count; v++)
    if (strcmp(checker->spec->variables[v], "x") == 0)
      return bound->of[v];
  return 0;
}

/* May the trigger E begin anew although IN is there? */
static bool is_over(const ftblab_checker *checker, const incident *in, const entry *e)
{
  if (is_finished(checker, in))
    return true;
  value node = node_of(checker, &in->key);
  return node != 0 && ftblab_facts_failed_between(checker, node, in->opened_by->index, e->index);
}

/* ---- a trigger that comes again ------------------------------------------------------------------------ */

/* What a branch was before a trigger that may be a repeat, or the beginning of another instance. */
typedef struct snapshot {
  uint32_t alive;
  uint64_t done[MAX_CANDIDATES];
} snapshot;

static bool is_whole_so_far(const ftblab_checker *checker, const branch *b)
{
  for (int c = 0; c < b->incident->group->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, b->incident->group, c);
    uint32_t begun = 1;
    bool whole = (b->alive & 1u << c) != 0;
    for (size_t r = 0; r < w->row_count; r++)
      begun |= b->done[c] & (uint64_t)1 << r ? 1u << w->rows[r].phase : 0;
    for (size_t r = 0; r < w->row_count && whole; r++)
      whole = !(begun & 1u << w->rows[r].phase) || (b->done[c] & (uint64_t)1 << r);
    if (whole)
      return true;
  }
  return false;
}

/* E, a trigger, comes to an incident that lacks nothing so far: keep what it was, until the next entry tells. */
static bool remember(ftblab_checker *checker, incident *in, entry *e)
{
  in->restart = NULL;
  if (!ftblab_is_trigger(checker, in->group, e) || in->entries.count == 0)
    return true;
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (!is_whole_so_far(checker, in->branches.at[i]))
      return true;
  snapshot *kept = ftblab_arena_take(&checker->memory, in->branches.count * sizeof *kept);
  if (kept == NULL)
    return false;
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    kept[i].alive = b->alive;
    memcpy(kept[i].done, b->done, sizeof b->done);
  }
  in->before_restart = kept;
  in->restart = e;
  return true;
}

static void forget_last(pointers *list, entry *e)
{
  if (list->count > 0 && list->at[list->count - 1] == e) {
    list->count--;
    e->used--;
  }
}

/* E repeats what came before the restart of IN: then the restart was the beginning of another instance. */
static bool begins_anew(const incident *in, const entry *e)
{
  if (in->restart == NULL || in->entries.at[in->entries.count - 1] != in->restart)
    return false;
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (is_repeat(in->branches.at[i], e) && e->event == in->restart->event && e->action == FTBLAB_CATCH)
      return true;
  return false;
}

static incident *begin_anew(ftblab_checker *checker, incident *in)
{
  entry *first = in->restart;
  const snapshot *kept = in->before_restart;
  for (uint32_t i = 0; i < in->branches.count; i++) {
    branch *b = in->branches.at[i];
    forget_last(&b->entries, first);
    b->alive = kept[i].alive;
    memcpy(b->done, kept[i].done, sizeof b->done);
  }
  in->entries.count--;
  in->restart = NULL;
  return open_incident(checker, in->group, &in->key, first, in);
}

/* Several members of one payload may lead to the same incident: the entry stands in it, and in each branch, once. */
static bool hold(ftblab_checker *checker, incident *in, const binding *alternative, entry *e)
{
  if (in->entries.count == 0 || in->entries.at[in->entries.count - 1] != e) {
    if (begins_anew(in, e) && (in = begin_anew(checker, in)) == NULL)
      return false;
    return remember(checker, in, e) && add_to_incident(checker, in, alternative, e);
  }
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (ftblab_bindings_agree(&b->bound, alternative) && b->entries.count > 0 &&
        b->entries.at[b->entries.count - 1] == e)
      return true;
  }
  in->entries.count--;
  return add_to_incident(checker, in, alternative, e);
}

/* ---- offers ---------------------------------------------------------------------------------------------- */

static bool consider(ftblab_checker *checker, offer *o, incident *in, const entry *e, enum tier worst)
{
  if (ftblab_is_trigger(checker, o->group, e) && is_over(checker, in, e))
    return true;
  enum tier tier = tier_of_incident(checker, in, &o->alternative, e);
  if (tier > o->tier || tier > worst)
    return true;
  if (tier < o->tier)
    o->targets.count = 0;
  o->tier = tier;
  return ftblab_pointers_add(&checker->memory, &o->targets, in);
}

/* Incidents that share a key variable with the alternative. */
static bool consider_by_key(ftblab_checker *checker, offer *o, const entry *e, bool *keyed)
{
  *keyed = false;
  for (int v = 0; v < MAX_VARIABLES; v++) {
    value wanted = o->alternative.of[v];
    if (!(o->group->key_variables & 1u << v) || wanted == 0)
      continue;
    *keyed = true;
    for (index_node *node = first_node(checker, o->group, v, wanted); node != NULL; node = next_node(node))
      if (ftblab_bindings_agree(&node->incident->key, &o->alternative) &&
          !consider(checker, o, node->incident, e, TIER_FORK))
        return false;
    return true; /* one key variable finds them all */
  }
  return true;
}

static bool binds_it(const incident *in, const binding *alternative)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    for (int v = 0; v < MAX_VARIABLES; v++)
      if (alternative->of[v] != 0 && b->bound.of[v] == alternative->of[v])
        return true;
  }
  return false;
}

/* May E bring values of its own into IN: because a branch has none yet, or as another branch of a workflow that the
 * incident may still be? (A job that was migrated from a node is not suspended for it.) */
static bool may_introduce(const ftblab_checker *checker, const incident *in, const binding *alternative, const entry *e)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (ftblab_bindings_agree(&b->bound, alternative))
      return true;
    for (int c = 0; c < in->group->workflow_count; c++) {
      const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
      for (size_t r = 0; r < w->row_count && b->alive & 1u << c; r++)
        if (row_takes(&w->rows[r], e))
          return true;
    }
  }
  return false;
}

/* An entry that carries none of the key variables (Suspend Job (job z) after Predict Problem Node (node x)): to
 * the incident that has its values already; else to the one that the facts name; else to the oldest that waits. */
static bool consider_by_facts(ftblab_checker *checker, offer *o, const entry *e)
{
  incident *named = NULL, *oldest = NULL;
  bool facts_known = false;
  int job = -1;
  for (size_t v = 0; v < checker->spec->variable_count; v++)
    if (strcmp(checker->spec->variables[v], "z") == 0)
      job = (int)v;
  for (incident *in = o->group->oldest; in != NULL; in = in->newer) {
    if (in->replaced)
      continue;
    if (binds_it(in, &o->alternative)) {
      if (!consider(checker, o, in, e, TIER_VALUES))
        return false;
      continue;
    }
    if (!may_introduce(checker, in, &o->alternative, e))
      continue;
    enum tier tier = tier_of_incident(checker, in, &o->alternative, e);
    if (job >= 0 && o->alternative.of[job] != 0) {
      int has = ftblab_facts_job_has(checker, o->alternative.of[job], node_of(checker, &in->key), e->index);
      facts_known = facts_known || has >= 0;
      if (has == 1 && tier <= TIER_EARLY && named == NULL)
        named = in;
    }
    if (tier == TIER_WAITS && oldest == NULL)
      oldest = in;
  }
  if (o->targets.count > 0)
    return true;
  if (named != NULL) {
    o->tier = TIER_WAITS; /* the facts say so, whatever is missing before it */
    return ftblab_pointers_add(&checker->memory, &o->targets, named);
  }
  return facts_known || oldest == NULL || consider(checker, o, oldest, e, TIER_WAITS);
}

/* nodes: {a, b} for "node x,q": which is the source is told by the incident that is open. */
static void turn_pair(const ftblab_checker *checker, const group *g, const entry *e, binding *alternative)
{
  if (ftblab_entry_find(e, ftblab_spec_key(checker->spec, "snode", 5)) != NULL)
    return;
  int x = -1, q = -1;
  for (size_t v = 0; v < checker->spec->variable_count; v++) {
    if (strcmp(checker->spec->variables[v], "x") == 0)
      x = (int)v;
    if (strcmp(checker->spec->variables[v], "q") == 0)
      q = (int)v;
  }
  if (x < 0 || q < 0 || alternative->of[q] == 0 || first_node(checker, g, x, alternative->of[x]) != NULL ||
      first_node(checker, g, x, alternative->of[q]) == NULL)
    return;
  value source = alternative->of[q];
  alternative->of[q] = alternative->of[x];
  alternative->of[x] = source;
}

static bool is_unbound(const binding *b)
{
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (b->of[v] != 0)
      return false;
  return true;
}

static bool make_offers(ftblab_checker *checker, entry *e, pointers *offers)
{
  binding *alternatives = checker->alternatives;
  for (int i = 0; i < checker->group_count; i++) {
    group *g = &checker->groups[i];
    if (g->by_event[e->event] == NULL)
      continue;
    size_t count = ftblab_bindings_of(checker, g, e, alternatives, MAX_ALTERNATIVES);
    for (size_t a = 0; a < count; a++) {
      /* values that are not there cannot be dealt; a row that asks for none goes to the incident that waits */
      if (is_unbound(&alternatives[a]) && asks_for_values(g, g->by_event[e->event]))
        continue;
      turn_pair(checker, g, e, &alternatives[a]);
      offer *o = ftblab_arena_take(&checker->memory, sizeof *o);
      if (o == NULL || !ftblab_pointers_add(&checker->memory, offers, o))
        return false;
      *o = (offer){.group = g, .alternative = alternatives[a], .tier = TIER_NOTHING};
      bool keyed;
      if (!consider_by_key(checker, o, e, &keyed) || (!keyed && !consider_by_facts(checker, o, e)))
        return false;
      /* a trigger whose key is open already is a repeat; one whose key is free begins anew */
      bool key_is_open = o->targets.count > 0 && keyed;
      if (o->tier > TIER_TRIGGER && ftblab_is_trigger(checker, g, e) && !key_is_open) {
        o->tier = TIER_TRIGGER;
        o->targets.count = 0;
      }
      if (!keyed && o->tier == TIER_NOTHING && checker->header.start != FTBLAB_START_MID)
        offers->count--; /* cannot open an incident without its key */
    }
  }
  return true;
}

incident *ftblab_incident_replay(ftblab_checker *checker, group *g, const binding *key, entry *const *entries,
                                 uint32_t count)
{
  incident *in = ftblab_arena_take(&checker->memory, sizeof *in);
  if (in == NULL)
    return NULL;
  in->group = g;
  in->key = *key;
  in->opened_by = entries[0];
  if (branch_new(checker, in, key) == NULL)
    return NULL;
  for (uint32_t i = 0; i < count; i++) {
    size_t alternatives = ftblab_bindings_of(checker, g, entries[i], checker->alternatives, MAX_ALTERNATIVES);
    for (size_t a = 0; a < alternatives; a++) {
      turn_pair(checker, g, entries[i], &checker->alternatives[a]);
      if (!ftblab_bindings_agree(key, &checker->alternatives[a]))
        continue;
      binding alternative = checker->alternatives[a];
      if (!hold(checker, in, &alternative, entries[i]))
        return NULL;
    }
  }
  return in;
}

/* Does E repeat a row of IN while rows that speak of the same values are still to come? Then it is no new beginning
 * elsewhere: a job that is being suspended for its node is not suspended again for gang scheduling. */
static bool is_busy_with(const ftblab_checker *checker, const incident *in, const binding *alternative, const entry *e)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (!ftblab_bindings_agree(&b->bound, alternative) || !is_repeat(b, e))
      continue;
    for (int c = 0; c < in->group->workflow_count; c++) {
      const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
      for (size_t r = 0; r < w->row_count && b->alive & 1u << c; r++)
        for (size_t t = 0; t < w->rows[r].term_count; t++) {
          const ftblab_term *term = &w->rows[r].terms[t];
          if (term->kind == FTBLAB_TERM_ONE && alternative->of[term->variable] != 0 && !(b->done[c] & (uint64_t)1 << r))
            return true;
        }
    }
  }
  return false;
}

static bool is_busy(const ftblab_checker *checker, const offer *o, const entry *e)
{
  for (uint32_t i = 0; i < o->targets.count; i++)
    if (is_busy_with(checker, o->targets.at[i], &o->alternative, e))
      return true;
  return false;
}

static bool is_beaten(const ftblab_checker *checker, const pointers *offers, const offer *o, const entry *e)
{
  for (uint32_t i = 0; i < offers->count; i++) {
    const offer *other = offers->at[i];
    if (other->group == o->group || !ftblab_bindings_agree(&other->alternative, &o->alternative))
      continue;
    if (other->tier < o->tier && !(o->tier == TIER_VALUES && other->tier == TIER_TRIGGER && is_busy(checker, o, e)))
      return true;
    if (o->tier == TIER_TRIGGER && other->tier == TIER_VALUES && is_busy(checker, other, e))
      return true;
  }
  return false;
}

static incident *incident_of_key(const ftblab_checker *checker, const offer *o)
{
  for (int v = 0; v < MAX_VARIABLES; v++) {
    if (!(o->group->key_variables & 1u << v) || o->alternative.of[v] == 0)
      continue;
    for (index_node *node = first_node(checker, o->group, v, o->alternative.of[v]); node != NULL;
         node = next_node(node))
      if (ftblab_bindings_agree(&node->incident->key, &o->alternative))
        return node->incident;
    return NULL;
  }
  return NULL;
}

static bool accept_offer(ftblab_checker *checker, const offer *o, entry *e, incident **anomaly)
{
  if (o->tier == TIER_TRIGGER)
    return open_incident(checker, o->group, &o->alternative, e, incident_of_key(checker, o)) != NULL;
  if (o->tier == TIER_NOTHING) {
    incident *in = open_incident(checker, o->group, &o->alternative, e, NULL);
    if (in == NULL)
      return false;
    if (*anomaly != NULL && (*anomaly)->group != in->group)
      in->rival = *anomaly;
    *anomaly = in;
    return true;
  }
  for (uint32_t i = 0; i < o->targets.count; i++)
    if (!hold(checker, o->targets.at[i], &o->alternative, e))
      return false;
  return true;
}

bool ftblab_match_entry(ftblab_checker *checker, entry *e)
{
  pointers offers = {0};
  if (!make_offers(checker, e, &offers))
    return false;
  incident *anomaly = NULL;
  bool taken = false;
  for (uint32_t i = 0; i < offers.count; i++) {
    if (is_beaten(checker, &offers, offers.at[i], e))
      continue;
    taken = true;
    if (!accept_offer(checker, offers.at[i], e, &anomaly))
      return false;
  }
  return taken || ftblab_pointers_add(&checker->memory, &checker->strays, e);
}
