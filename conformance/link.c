/* link.c - one incident as the rest of another: Suspend Job carries no node, so it began an incident of its own where
 * none waited for it; a failed interface may be the answer to a check. They are one if that makes fewer violations. So
 * are the records of a job that no incident waited for, all together: which of them satisfies a row is not to depend on
 * which came first.
 *
 * Which incidents may be one is told by facts (the job ran on the node) or, without them, by time: the MOST_ASKED on
 * either side that lack something are asked, and MOST_JOINED of them read as one, those of which it promises to be of
 * use. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define MOST_ASKED 64  /* incidents on either side of another that are asked whether they lack it; chosen */
#define MOST_JOINED 16 /* of them that are read as one with it; chosen */
#define MOST_NODES 64  /* nodes of a job with hosts that are looked at; chosen */

/* An incident that may be completed by another. */
typedef struct host {
  incident *incident;
  int cost_alone;
} host;

/* The incidents of a group, in the order in which they began. */
typedef struct hosts {
  pointers all;      /* of host */
  key_table by_node; /* lists of them */
  key_table by_job;  /* lists of these lists, of jobs that were asked for */
} hosts;

static uint32_t begins_at(const incident *in)
{
  return ((const entry *)in->entries.at[0])->index;
}

static int cost_alone(const ftblab_exact *checker, const incident *in)
{
  int cost = 0;
  for (uint32_t i = 0; i < in->branches.count; i++)
    cost += ftblab_branch_cost_alone(checker, in->branches.at[i]);
  return cost;
}

static bool by_node(ftblab_exact *checker, hosts *list, host *h)
{
  value node = ftblab_bound(&h->incident->key, checker->variable.node);
  pointers *same = ftblab_keyed_find(&list->by_node, node);
  if (same == NULL) {
    same = ftblab_arena_take(&checker->memory, sizeof *same);
    if (same == NULL || !ftblab_keyed_put(&checker->memory, &list->by_node, node, same))
      return false;
  }
  return ftblab_pointers_add(&checker->memory, same, h);
}

static int by_beginning(const void *left, const void *right)
{
  const incident *a = (*(host *const *)left)->incident, *b = (*(host *const *)right)->incident;
  if (begins_at(a) != begins_at(b))
    return begins_at(a) < begins_at(b) ? -1 : 1;
  return a->number < b->number ? -1 : a->number > b->number;
}

/* Those of G that lack something. */
static bool find_hosts(ftblab_exact *checker, const group *g, hosts *list)
{
  for (incident *in = g->oldest; in != NULL; in = in->newer) {
    if (in->dropped || (ftblab_incident_cost(in) == 0 && !ftblab_incident_is_unfinished(in)))
      continue;
    host *h = ftblab_arena_take(&checker->memory, sizeof *h);
    if (h == NULL || !ftblab_pointers_add(&checker->memory, &list->all, h))
      return false;
    *h = (host){in, cost_alone(checker, in)};
  }
  if (list->all.count > 1)
    qsort(list->all.at, list->all.count, sizeof *list->all.at, by_beginning);
  for (uint32_t i = 0; i < list->all.count; i++)
    if (!by_node(checker, list, list->all.at[i]))
      return false;
  return true;
}

/* ---- two as one ------------------------------------------------------------------------------------------- */

static bool group_contains(const ftblab_exact *checker, const group *outer, const group *inner)
{
  for (size_t e = 0; e < checker->spec->event_count; e++)
    if (inner->by_event[e] != NULL && outer->by_event[e] == NULL)
      return false;
  return true;
}

static incident *join(ftblab_exact *checker, incident *node, incident *job)
{
  uint32_t count = 0, room = node->entries.count + job->entries.count;
  entry **entries = ftblab_arena_take(&checker->memory, room * sizeof *entries);
  if (entries == NULL)
    return NULL;
  for (uint32_t i = 0; i < node->entries.count; i++)
    entries[count++] = node->entries.at[i];
  for (uint32_t i = 0; i < job->entries.count; i++)
    entries[count++] = job->entries.at[i];
  qsort(entries, count, sizeof *entries, ftblab_entry_by_index);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || entries[kept - 1] != entries[i])
      entries[kept++] = entries[i];
  incident *in = ftblab_incident_replay(checker, node->group, &node->key, entries, kept);
  return in != NULL && ftblab_settle_incident(checker, in) ? in : NULL;
}

static bool is_free_for(const incident *node, const incident *job)
{
  if (node->dropped || node->rival == job || job->rival == node)
    return false;
  for (uint32_t i = 0; i < node->branches.count && i < MOST_ASKED; i++)
    if (ftblab_bindings_agree(&((const branch *)node->branches.at[i])->bound, &job->key))
      return true;
  return false;
}

/* Do the facts deny that the job ran on the incident's node? */
static bool is_denied(const ftblab_exact *checker, const incident *node, const incident *job)
{
  value x = ftblab_bound(&node->key, checker->variable.node), z = ftblab_bound(&job->key, checker->variable.job);
  return x != 0 && z != 0 && ftblab_facts_job_has(checker, z, x, job->opened_by->index) == 0;
}

/* ---- the best one ----------------------------------------------------------------------------------------- */

typedef struct linking {
  incident *job;
  int alone; /* what it costs */
  host *best;
  int gain, joined;
} linking;

/* Read the two as one, and keep the host if that gains more than another. The reading itself is not kept: it is made
 * again if it turns out to be the best. */
static bool try_host(ftblab_exact *checker, linking *l, host *h)
{
  if (l->joined >= MOST_JOINED || h->cost_alone + l->alone <= l->gain || !is_free_for(h->incident, l->job) ||
      is_denied(checker, h->incident, l->job))
    return true;
  arena_mark mark = ftblab_arena_mark(&checker->memory);
  incident *joined = join(checker, h->incident, l->job);
  if (joined == NULL)
    return false;
  l->joined++;
  int gain = h->cost_alone + l->alone - ftblab_incident_cost(joined);
  ftblab_incident_disown(joined);
  ftblab_arena_release(&checker->memory, mark);
  if (gain > l->gain) {
    l->gain = gain;
    l->best = h;
  }
  return true;
}

static bool try_all(ftblab_exact *checker, linking *l, const pointers *list)
{
  uint32_t low = 0, high = list->count, index = begins_at(l->job);
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (begins_at(((const host *)list->at[middle])->incident) < index)
      low = middle + 1;
    else
      high = middle;
  }
  uint32_t from = low > MOST_ASKED ? low - MOST_ASKED : 0;
  uint32_t to = list->count - low > MOST_ASKED ? low + MOST_ASKED : list->count;
  for (uint32_t i = from; i < to; i++)
    if (!try_host(checker, l, list->at[i]))
      return false;
  return true;
}

/* The hosts on nodes that facts give job Z, by node: lists of them, at most MOST_NODES. NULL: no memory. */
static const pointers *hosts_of_job(ftblab_exact *checker, hosts *list, value z)
{
  pointers *found = ftblab_keyed_find(&list->by_job, z);
  if (found != NULL)
    return found;
  found = ftblab_arena_take(&checker->memory, sizeof *found);
  if (found == NULL || !ftblab_keyed_put(&checker->memory, &list->by_job, z, found))
    return NULL;
  job_nodes nodes = ftblab_facts_nodes(checker, z, 0);
  for (value node; found->count < MOST_NODES && ftblab_facts_next_node(&nodes, &node);) {
    void *same = ftblab_keyed_find(&list->by_node, node);
    for (uint32_t i = 0; i < found->count && same != NULL; i++)
      same = found->at[i] == same ? NULL : same; /* the job ran there before */
    if (same != NULL && !ftblab_pointers_add(&checker->memory, found, same))
      return NULL;
  }
  return found;
}

/* Those on the nodes that facts give the job; or if they say nothing of it, those around it. */
static bool try_hosts(ftblab_exact *checker, linking *l, hosts *list)
{
  value z = ftblab_bound(&l->job->key, checker->variable.job);
  if (z == 0 || !ftblab_facts_knows_job(checker, z))
    return try_all(checker, l, &list->all);
  const pointers *of_job = hosts_of_job(checker, list, z);
  if (of_job == NULL)
    return false;
  for (uint32_t i = 0; i < of_job->count; i++)
    if (!try_all(checker, l, of_job->at[i]))
      return false;
  const pointers *nowhere = ftblab_keyed_find(&list->by_node, 0);
  return nowhere == NULL || try_all(checker, l, nowhere);
}

void ftblab_incident_replace(incident *node, incident *joined)
{
  joined->number = node->number;
  joined->rival = node->rival;
  node->successor = joined;
  joined->older = node->older;
  joined->newer = node->newer;
  *(node->older != NULL ? &node->older->newer : &node->group->oldest) = joined;
  *(node->newer != NULL ? &node->newer->older : &node->group->newest) = joined;
}

/* ALONE: what JOB costs by itself. */
static bool link_incident(ftblab_exact *checker, hosts *list, incident *job, int alone)
{
  linking l = {.job = job, .alone = alone};
  if (!try_hosts(checker, &l, list))
    return false;
  if (l.best == NULL)
    return true;
  incident *node = l.best->incident, *joined = join(checker, node, job);
  if (joined == NULL)
    return false;
  ftblab_incident_disown(node);
  ftblab_incident_disown(job);
  ftblab_incident_replace(node, joined);
  *l.best = (host){joined, cost_alone(checker, joined)};
  return true;
}

/* ---- records of a job that are in no incident --------------------------------------------------------------- */

/* Those of G's events, by job, each as an incident outside the group. */
static bool find_loose(ftblab_exact *checker, group *g, pointers *found)
{
  key_table by_job = {0};
  for (uint32_t i = 0; i < checker->strays.count; i++) {
    entry *e = checker->strays.at[i];
    value job = g->by_event[e->event] == NULL || e->used > 0 ? 0 : ftblab_entry_job(checker, e);
    if (job == 0)
      continue;
    incident *in = ftblab_keyed_find(&by_job, job);
    if (in == NULL) {
      in = ftblab_arena_take(&checker->memory, sizeof *in);
      if (in == NULL || !ftblab_keyed_put(&checker->memory, &by_job, job, in) ||
          !ftblab_pointers_add(&checker->memory, found, in))
        return false;
      in->group = g;
      in->opened_by = e;
      in->key.of[checker->variable.job] = job;
    }
    if (!ftblab_pointers_add(&checker->memory, &in->entries, e))
      return false;
  }
  return true;
}

static bool link_loose(ftblab_exact *checker, group *g)
{
  hosts list = {.all = {0}};
  pointers found = {0};
  int z = checker->variable.job;
  if (g->oldest == NULL || z == FTBLAB_NONE || g->key_variables & 1u << z)
    return true;
  if (!find_loose(checker, g, &found) || (found.count > 0 && !find_hosts(checker, g, &list)))
    return false;
  for (uint32_t i = 0; i < found.count; i++) {
    incident *job = found.at[i];
    const branch alone = {.incident = job, .entries = job->entries};
    if (!link_incident(checker, &list, job, ftblab_branch_cost_as_strays(checker, &alone)))
      return false;
  }
  return true;
}

bool ftblab_link_all(ftblab_exact *checker)
{
  for (int o = 0; o < checker->group_count; o++)
    for (int i = 0; i < checker->group_count; i++) {
      group *outer = &checker->groups[o], *inner = &checker->groups[i];
      hosts list = {.all = {0}};
      if (outer == inner || outer->oldest == NULL || inner->oldest == NULL || !group_contains(checker, outer, inner))
        continue;
      if (!find_hosts(checker, outer, &list))
        return false;
      for (incident *job = inner->oldest; job != NULL; job = job->newer)
        if (!job->dropped && !link_incident(checker, &list, job, cost_alone(checker, job)))
          return false;
    }
  for (int g = 0; g < checker->group_count; g++)
    if (!link_loose(checker, &checker->groups[g]))
      return false;
  return true;
}
