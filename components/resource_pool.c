/* resource_pool.c - nodes that may be given to jobs, who holds which, and the jobs that wait. */
#include "resource_pool.h"

#include <stdlib.h>
#include <string.h>

ftblab_status ftblab_resource_pool_init(ftblab_resource_pool *pool, ftblab_component *self, ftblab_error *err)
{
  size_t nodes = (size_t)self->world->ops->node_count(self), jobs = (size_t)self->world->ops->job_count(self);
  size_t most = nodes; /* a user's list of nodes may name one several times */
  for (size_t i = 0; i < jobs; i++) {
    size_t wanted = (size_t)self->world->ops->job(self, (int)i)->nodes_wanted;
    most = wanted > most ? wanted : most;
  }
  pool->nodes = calloc(nodes + 1, sizeof *pool->nodes);
  pool->compute = calloc(nodes + 1, sizeof *pool->compute);
  pool->holdings = calloc(jobs + 1, sizeof *pool->holdings);
  pool->queue = calloc(jobs + 1, sizeof *pool->queue);
  pool->choice = calloc(most + 1, sizeof *pool->choice);
  if (!pool->nodes || !pool->compute || !pool->holdings || !pool->queue || !pool->choice)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a pool of %zu nodes and %zu jobs", nodes, jobs);
  pool->job_count = (int)jobs;
  for (size_t i = 0; i < nodes; i++)
    pool->compute[i] = self->world->ops->node_is_compute(self, (int)i);
  return FTBLAB_OK;
}

void ftblab_resource_pool_free(ftblab_resource_pool *pool)
{
  if (!pool)
    return;
  for (int i = 0; i < pool->job_count; i++)
    free(pool->holdings[i].nodes);
  free(pool->nodes);
  free(pool->compute);
  free(pool->holdings);
  free(pool->queue);
  free(pool->choice);
  *pool = (ftblab_resource_pool){0};
}

/* ---- who holds what ------------------------------------------------------------------------------------- */

/* JOB gets a place on each of NODES. */
static void hold_all(ftblab_resource_pool *pool, ftblab_component *self, int job, const int *nodes, int count)
{
  ftblab_holding *holding = &pool->holdings[job];
  if (holding->capacity - holding->count < count) {
    int capacity = 2 * holding->capacity + count;
    int *room = realloc(holding->nodes, (size_t)capacity * sizeof *room);
    if (!room) {
      self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for the nodes of a job");
      return;
    }
    holding->nodes = room;
    holding->capacity = capacity;
  }
  memcpy(holding->nodes + holding->count, nodes, (size_t)count * sizeof *nodes);
  holding->count += count;
  for (int i = 0; i < count; i++)
    pool->nodes[nodes[i]].users++;
}

void ftblab_resource_pool_hold(ftblab_resource_pool *pool, ftblab_component *self, int job, int node)
{
  hold_all(pool, self, job, &node, 1);
}

int ftblab_resource_pool_drop(ftblab_resource_pool *pool, int job, int node)
{
  ftblab_holding *holding = &pool->holdings[job];
  int kept = 0, places = holding->count;
  for (int i = 0; i < places; i++)
    if (holding->nodes[i] != node)
      holding->nodes[kept++] = holding->nodes[i];
  holding->count = kept;
  pool->nodes[node].users -= places - kept;
  return places - kept;
}

void ftblab_resource_pool_release(ftblab_resource_pool *pool, int job)
{
  ftblab_holding *holding = &pool->holdings[job];
  for (int i = 0; i < holding->count; i++)
    pool->nodes[holding->nodes[i]].users--;
  holding->count = 0;
}

bool ftblab_resource_pool_holds(const ftblab_resource_pool *pool, int job, int node)
{
  const ftblab_holding *holding = &pool->holdings[job];
  for (int i = 0; i < holding->count; i++)
    if (holding->nodes[i] == node)
      return true;
  return false;
}

/* ---- which nodes ------------------------------------------------------------------------------------------ */

bool ftblab_resource_pool_is_sound(const ftblab_resource_pool *pool, int node)
{
  const ftblab_managed_node *managed = &pool->nodes[node];
  return managed->known && pool->compute[node] && !managed->dead && !managed->suspect && !managed->predicted;
}

static bool is_usable(const ftblab_resource_pool *pool, int node)
{
  return ftblab_resource_pool_is_sound(pool, node) && (pool->nodes[node].users == 0 || pool->shared_nodes);
}

int ftblab_resource_pool_spare(const ftblab_resource_pool *pool, ftblab_component *self, int except)
{
  int best = -1;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    if (node != except && is_usable(pool, node) && (best < 0 || pool->nodes[node].users < pool->nodes[best].users))
      best = node;
  return best;
}

/* A user's list holds as long as its nodes do: a job that fled from one of them runs where there is room. */
static bool insists(const ftblab_resource_pool *pool, const ftblab_job *job)
{
  if (!job->node_list || pool->wraps)
    return false;
  for (int i = 0; job->state == FTBLAB_JOB_SUSPENDED && i < job->nodes_wanted; i++) {
    const ftblab_managed_node *listed = &pool->nodes[job->node_list[i]];
    if (listed->dead || listed->predicted)
      return false;
  }
  return true;
}

/* Choose nodes for JOB: those it insists on, or the first that are usable. */
static bool choose_nodes(ftblab_resource_pool *pool, ftblab_component *self, const ftblab_job *job)
{
  bool listed = insists(pool, job);
  int candidates = listed ? job->nodes_wanted : self->world->ops->node_count(self), chosen = 0;
  for (int i = 0; i < candidates && chosen < job->nodes_wanted; i++) {
    int node = listed ? job->node_list[i] : i;
    if (is_usable(pool, node))
      pool->choice[chosen++] = node;
  }
  int distinct = chosen;
  while (pool->wraps && pool->shared_nodes && distinct > 0 && chosen < job->nodes_wanted) {
    pool->choice[chosen] = pool->choice[chosen - distinct];
    chosen++;
  }
  return chosen == job->nodes_wanted;
}

/* ---- the queue -------------------------------------------------------------------------------------------- */

void ftblab_resource_pool_enqueue(ftblab_resource_pool *pool, int job)
{
  for (int i = 0; i < pool->queued; i++)
    if (pool->queue[i] == job)
      return;
  pool->queue[pool->queued++] = job;
}

static void unqueue_at(ftblab_resource_pool *pool, int place)
{
  pool->queued--;
  memmove(&pool->queue[place], &pool->queue[place + 1], (size_t)(pool->queued - place) * sizeof *pool->queue);
}

void ftblab_resource_pool_unqueue(ftblab_resource_pool *pool, int job)
{
  for (int i = 0; i < pool->queued; i++)
    if (pool->queue[i] == job) {
      unqueue_at(pool, i);
      return;
    }
}

void ftblab_resource_pool_schedule(ftblab_resource_pool *pool, ftblab_component *self)
{
  for (int i = 0; i < pool->queued;) {
    const ftblab_job *job = self->world->ops->job(self, pool->queue[i]);
    if (!choose_nodes(pool, self, job)) {
      i++;
      continue;
    }
    unqueue_at(pool, i);
    hold_all(pool, self, job->index, pool->choice, job->nodes_wanted);
    pool->start(self, job);
  }
}
