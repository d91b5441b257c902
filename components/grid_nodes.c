/* grid_nodes.c - which nodes of a grid a job may have: several jobs may share one, and that with the fewest job units
 * comes first. A node that is to be shut down, or that a unit of the job was refused on, does not come at all. */
#include "job_manager.h"

void ftblab_grid_count_units(ftblab_component *self)
{
  const ftblab_job_manager *manager = self->state;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    manager->users[node] = 0;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    bool starts = job->state == FTBLAB_JOB_SUSPENDED && manager->jobs[i].request == FTBLAB_GRID_RESTART;
    for (int j = 0; (job->state == FTBLAB_JOB_RUNNING || starts) && j < job->node_count; j++)
      manager->users[job->nodes[j]]++;
  }
}

static bool fits(ftblab_component *self, const ftblab_job *job, int node)
{
  const ftblab_job_manager *manager = self->state;
  return manager->up[node] && !manager->closing[node] && !manager->jobs[job->index].unfit[node] &&
         self->world->ops->node_is_compute(self, node);
}

/* Is NODE on the user's list? It holds until the job has lost a node. */
static bool is_listed(const ftblab_job *job, int node)
{
  for (int i = 0; i < job->nodes_wanted; i++)
    if (job->node_list[i] == node)
      return true;
  return false;
}

bool ftblab_grid_choose(ftblab_component *self, const ftblab_job *job)
{
  const ftblab_job_manager *manager = self->state;
  bool insists = job->node_list && job->launches == 0;
  ftblab_grid_count_units(self);
  for (int i = 0; i < job->nodes_wanted; i++) {
    int best = -1;
    for (int node = 0; node < self->world->ops->node_count(self); node++) {
      bool taken = false;
      for (int j = 0; j < i; j++)
        taken = taken || manager->chosen[j] == node;
      if (taken || !fits(self, job, node) || (insists && !is_listed(job, node)))
        continue;
      if (best < 0 || manager->users[node] < manager->users[best])
        best = node;
    }
    if (best < 0)
      return false;
    manager->chosen[i] = best;
  }
  return true;
}

int ftblab_grid_target(ftblab_component *self, const ftblab_job *job, int from)
{
  const ftblab_job_manager *manager = self->state;
  int best = -1;
  ftblab_grid_count_units(self);
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    if (node != from && fits(self, job, node) && !ftblab_grid_job_has(job, node) &&
        (best < 0 || manager->users[node] < manager->users[best]))
      best = node;
  return best;
}
