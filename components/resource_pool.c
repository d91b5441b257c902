/* resource_pool.c - nodes that may be given to jobs, and the jobs that wait for them. */
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
  pool->queue = calloc(jobs + 1, sizeof *pool->queue);
  pool->choice = calloc(most + 1, sizeof *pool->choice);
  if (!pool->nodes || !pool->queue || !pool->choice)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a pool of %zu nodes and %zu jobs", nodes, jobs);
  return FTBLAB_OK;
}

void ftblab_resource_pool_free(ftblab_resource_pool *pool)
{
  if (!pool)
    return;
  free(pool->nodes);
  free(pool->queue);
  free(pool->choice);
  *pool = (ftblab_resource_pool){0};
}

static bool is_usable(const ftblab_resource_pool *pool, ftblab_component *self, int node)
{
  const ftblab_managed_node *managed = &pool->nodes[node];
  return !managed->dead && !managed->suspect && (managed->users == 0 || pool->shared_nodes) &&
         self->world->ops->node_is_compute(self, node);
}

/* Choose nodes for JOB: those it insists on, or the first that are usable. */
static bool choose_nodes(ftblab_resource_pool *pool, ftblab_component *self, const ftblab_job *job)
{
  int candidates = job->node_list ? job->nodes_wanted : self->world->ops->node_count(self), chosen = 0;
  for (int i = 0; i < candidates && chosen < job->nodes_wanted; i++) {
    int node = job->node_list ? job->node_list[i] : i;
    if (is_usable(pool, self, node))
      pool->choice[chosen++] = node;
  }
  return chosen == job->nodes_wanted;
}

static void launch(ftblab_resource_pool *pool, ftblab_component *self, const ftblab_job *job)
{
  for (int i = 0; i < job->nodes_wanted; i++)
    pool->nodes[pool->choice[i]].users++;
  self->world->ops->job_launch(self, job->index, pool->choice, job->nodes_wanted);
}

void ftblab_resource_pool_enqueue(ftblab_resource_pool *pool, const ftblab_job *job)
{
  pool->queue[pool->queued++] = job->index;
}

void ftblab_resource_pool_release(ftblab_resource_pool *pool, const ftblab_job *job)
{
  for (int i = 0; i < job->node_count; i++)
    pool->nodes[job->nodes[i]].users--;
}

void ftblab_resource_pool_schedule(ftblab_resource_pool *pool, ftblab_component *self)
{
  for (int i = 0; i < pool->queued;) {
    const ftblab_job *job = self->world->ops->job(self, pool->queue[i]);
    if (!choose_nodes(pool, self, job)) {
      i++;
      continue;
    }
    pool->queued--;
    memmove(&pool->queue[i], &pool->queue[i + 1], (size_t)(pool->queued - i) * sizeof *pool->queue);
    launch(pool, self, job);
  }
}
