/* incident.c - incidents: found by their keys, begun by a trigger, begun anew when it comes again. */
#include <string.h>

#include "match.h"

#define MOST_SHARING 8     /* branches that each get every repeat of what they share; chosen */
#define MOST_REMEMBERED 64 /* branches of an incident whose trigger may begin anew after all; chosen */

static bool add_to_incident(ftblab_exact *checker, incident *in, const binding *alternative, entry *e)
{
  bool found = false;
  const pointers *lists[2];
  ftblab_branches_for(in, alternative, lists);
  bool once = lists[0]->count > MOST_SHARING && ftblab_is_repeated_enough(in, e);
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0, branches = lists[l]->count; i < branches && !(found && once); i++) {
      branch *b = lists[l]->at[i];
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
  ftblab_binding_merge(&bound, alternative);
  return ftblab_branch_fork(checker, in, &bound) != NULL;
}
/* ---- incidents ----------------------------------------------------------------------------------------- */

static uint32_t hash(const group *g, int variable, value v, uint32_t size)
{
  uint64_t h =
      (uint64_t)v * 0x9E3779B97F4A7C15u ^ (uint64_t)(g->trigger * MAX_VARIABLES + variable) * 0xD1B54A32D192ED03u;
  return (uint32_t)(h >> 33) & (size - 1);
}

static bool grow_table(ftblab_exact *checker)
{
  uint32_t size = checker->table_size == 0 ? 1024 : 2 * checker->table_size;
  struct incident **table = ftblab_arena_take(&checker->memory, size * sizeof *table);
  if (table == NULL)
    return false;
  ftblab_index_node **from = (ftblab_index_node **)checker->table, **to = (ftblab_index_node **)table;
  for (uint32_t i = 0; i < checker->table_size; i++)
    while (from[i] != NULL) {
      ftblab_index_node *node = from[i];
      from[i] = node->next;
      uint32_t place = hash(node->group, node->variable, node->value, size);
      node->next = to[place];
      to[place] = node;
    }
  checker->table = table;
  checker->table_size = size;
  return true;
}

ftblab_index_node *ftblab_index_first(const ftblab_exact *checker, const group *g, int variable, value v)
{
  if (checker->table_size == 0)
    return NULL;
  ftblab_index_node *node = ((ftblab_index_node **)checker->table)[hash(g, variable, v, checker->table_size)];
  while (node != NULL && (node->group != g || node->variable != variable || node->value != v))
    node = node->next;
  return node;
}

ftblab_index_node *ftblab_index_next(const ftblab_index_node *node)
{
  ftblab_index_node *next = node->next;
  while (next != NULL && (next->group != node->group || next->variable != node->variable || next->value != node->value))
    next = next->next;
  return next;
}

/* The incidents that share the first key variable with ALTERNATIVE; or another, if fewer share that and none is without
 * it. */
ftblab_index_node *ftblab_index_sharing(const ftblab_exact *checker, const group *g, const binding *alternative,
                                        bool *has_key)
{
  ftblab_index_node *first[MAX_VARIABLES], *at[MAX_VARIABLES];
  int count = 0;
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (g->key_variables & 1u << v && alternative->of[v] != 0 && (count == 0 || !(g->partial & 1u << v))) {
      first[count] = at[count] = ftblab_index_first(checker, g, v, alternative->of[v]);
      count++;
    }
  *has_key = count > 0;
  for (int i = 0; count > 1; i = (i + 1) % count) { /* step by step, until one of them ends */
    if (at[i] == NULL)
      return first[i];
    at[i] = ftblab_index_next(at[i]);
  }
  return count > 0 ? first[0] : NULL;
}

static bool index_incident(ftblab_exact *checker, incident *in, incident *old)
{
  for (int v = 0; v < MAX_VARIABLES; v++) {
    if (in->key.of[v] == 0)
      continue;
    ftblab_index_node *node = NULL;
    if (old != NULL)
      for (node = ftblab_index_first(checker, in->group, v, in->key.of[v]); node != NULL && node->incident != old;)
        node = ftblab_index_next(node);
    if (node != NULL) {
      node->incident = in; /* takes the place of the one it replaces */
      continue;
    }
    if (checker->incident_count >= checker->table_size && !grow_table(checker))
      return false;
    node = ftblab_arena_take(&checker->memory, sizeof *node);
    if (node == NULL)
      return false;
    ftblab_index_node **place =
        &((ftblab_index_node **)checker->table)[hash(in->group, v, in->key.of[v], checker->table_size)];
    *node =
        (ftblab_index_node){.next = *place, .incident = in, .group = in->group, .variable = v, .value = in->key.of[v]};
    *place = node;
  }
  return true;
}

incident *ftblab_incident_open(ftblab_exact *checker, group *g, const binding *alternative, entry *e, incident *old)
{
  incident *in = ftblab_arena_take(&checker->memory, sizeof *in);
  if (in == NULL)
    return NULL;
  in->group = g;
  in->index = (entry_index){.memory = &checker->memory, .job_key = checker->job_key};
  in->number = checker->incident_count++;
  in->opened_by = e;
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (g->key_variables & 1u << v)
      in->key.of[v] = alternative->of[v];
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (in->key.of[v] == 0)
      g->partial |= 1u << v;
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
  branch *b = ftblab_branch_new(checker, in, &in->key);
  if (b == NULL)
    return NULL;
  return ftblab_branch_add(checker, b, alternative, e) ? in : NULL;
}

bool ftblab_incident_is_finished(const ftblab_exact *checker, const incident *in)
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
bool ftblab_is_trigger(const ftblab_exact *checker, const group *g, const entry *e)
{
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++) {
      bool is_first = r == 0 || (w->rows[0].choice != 0 && w->rows[r].choice == w->rows[0].choice && w->before[r] == 0);
      if (is_first && ftblab_row_takes(&w->rows[r], e))
        return true;
    }
  }
  return false;
}

/* May the trigger E begin anew although IN is there? What was to be done to a node or a job is void when the node has
 * failed anew, or the job has ended and runs again. */
bool ftblab_incident_is_over(const ftblab_exact *checker, const incident *in, const entry *e)
{
  if (ftblab_incident_is_finished(checker, in))
    return true;
  value node = ftblab_bound(&in->key, checker->variable.node), job = ftblab_bound(&in->key, checker->variable.job);
  if (job != 0 && ftblab_facts_restarted_since(checker, job, in->opened_by->index))
    return true;
  return node != 0 && ftblab_facts_failed_between(checker, node, in->opened_by->index, e->index);
}
/* ---- a trigger that comes again ------------------------------------------------------------------------ */

/* What a branch was before a trigger that may be a repeat, or the beginning of another instance. */
typedef struct snapshot {
  uint32_t alive;
  uint64_t done[MAX_CANDIDATES];
} snapshot;

static bool is_whole_so_far(const ftblab_exact *checker, const branch *b)
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
static bool remember(ftblab_exact *checker, incident *in, entry *e)
{
  in->restart = NULL;
  if (in->replayed || !ftblab_is_trigger(checker, in->group, e) || in->entries.count == 0 ||
      in->branches.count > MOST_REMEMBERED)
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

static void forget_last(pointers *list, entry_index *index, entry *e)
{
  if (list->count > 0 && list->at[list->count - 1] == e) {
    list->count--;
    *index = (entry_index){.memory = index->memory, .job_key = index->job_key}; /* it is made anew */
    e->used--;
  }
}

/* E repeats what came before the restart of IN: then the restart was the beginning of another instance. */
static bool begins_anew(const incident *in, const entry *e)
{
  if (in->restart == NULL || in->entries.at[in->entries.count - 1] != in->restart)
    return false;
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (ftblab_is_repeat(in->branches.at[i], e) && e->event == in->restart->event && e->action == FTBLAB_CATCH)
      return true;
  return false;
}

static incident *begin_anew(ftblab_exact *checker, incident *in)
{
  entry *first = in->restart;
  const snapshot *kept = in->before_restart;
  for (uint32_t i = 0; i < in->branches.count; i++) {
    branch *b = in->branches.at[i];
    forget_last(&b->entries, &b->index, first);
    b->alive = kept[i].alive;
    memcpy(b->done, kept[i].done, sizeof b->done);
  }
  in->entries.count--;
  in->index = (entry_index){.memory = in->index.memory, .job_key = in->index.job_key};
  in->restart = NULL;
  return ftblab_incident_open(checker, in->group, &in->key, first, in);
}
/* Several members of one payload may lead to the same incident: the entry stands in it, and in each branch, once. */
bool ftblab_incident_hold(ftblab_exact *checker, incident *in, const binding *alternative, entry *e)
{
  if (in->entries.count == 0 || in->entries.at[in->entries.count - 1] != e) {
    if (begins_anew(in, e) && (in = begin_anew(checker, in)) == NULL)
      return false;
    return remember(checker, in, e) && add_to_incident(checker, in, alternative, e);
  }
  const pointers *lists[2];
  ftblab_branches_for(in, alternative, lists);
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0; i < lists[l]->count; i++) {
      const branch *b = lists[l]->at[i];
      if (ftblab_bindings_agree(&b->bound, alternative) && b->entries.count > 0 &&
          b->entries.at[b->entries.count - 1] == e)
        return true;
    }
  in->entries.count--;
  return add_to_incident(checker, in, alternative, e);
}

/* ---- built again from entries ------------------------------------------------------------------------- */

/* nodes: {a, b} for "node x,q": which is the source is told by the incident that is open. */
void ftblab_turn_pair(const ftblab_exact *checker, const group *g, const entry *e, binding *alternative)
{
  if (ftblab_entry_find(e, ftblab_spec_key(checker->spec, "snode", 5)) != NULL)
    return;
  int x = checker->variable.node, q = checker->variable.spare;
  if (x == FTBLAB_NONE || ftblab_bound(alternative, q) == 0 ||
      ftblab_index_first(checker, g, x, alternative->of[x]) != NULL ||
      ftblab_index_first(checker, g, x, alternative->of[q]) == NULL)
    return;
  value source = alternative->of[q];
  alternative->of[q] = alternative->of[x];
  alternative->of[x] = source;
}

incident *ftblab_incident_replay(ftblab_exact *checker, group *g, const binding *key, entry *const *entries,
                                 uint32_t count)
{
  incident *in = ftblab_arena_take(&checker->memory, sizeof *in);
  if (in == NULL)
    return NULL;
  in->group = g;
  in->index = (entry_index){.memory = &checker->memory, .job_key = checker->job_key};
  in->key = *key;
  in->opened_by = entries[0];
  in->replayed = true;
  if (ftblab_branch_new(checker, in, key) == NULL)
    return NULL;
  for (uint32_t i = 0; i < count; i++) {
    size_t alternatives = ftblab_bindings_of(checker, g, entries[i], checker->alternatives, MAX_ALTERNATIVES);
    for (size_t a = 0; a < alternatives; a++) {
      ftblab_turn_pair(checker, g, entries[i], &checker->alternatives[a]);
      if (!ftblab_bindings_agree(key, &checker->alternatives[a]))
        continue;
      binding alternative = checker->alternatives[a];
      if (!ftblab_incident_hold(checker, in, &alternative, entries[i]))
        return NULL;
    }
  }
  return in;
}
