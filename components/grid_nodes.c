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
  const bool *unfit = manager->jobs[job->index].unfit;
  return manager->up[node] && !manager->closing[node] && !(unfit && unfit[node]) &&
         self->world->ops->node_is_compute(self, node);
}

/* Which nodes may JOB have? The user's list holds until the job has lost a node. */
static void find_fit(ftblab_component *self, const ftblab_job *job)
{
  const ftblab_job_manager *manager = self->state;
  bool insists = job->node_list && job->launches == 0;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    manager->fit[node] = !insists && fits(self, job, node);
  for (int i = 0; insists && i < job->nodes_wanted; i++)
    manager->fit[job->node_list[i]] = fits(self, job, job->node_list[i]);
}

/* The smallest number of units above USERS that a fit node has; -1: there is none. */
static int next_load(ftblab_component *self, int users)
{
  const ftblab_job_manager *manager = self->state;
  int next = -1;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    if (manager->fit[node] && manager->users[node] > users && (next < 0 || manager->users[node] < next))
      next = manager->users[node];
  return next;
}

bool ftblab_grid_choose(ftblab_component *self, const ftblab_job *job)
{
  const ftblab_job_manager *manager = self->state;
  int found = 0, nodes = self->world->ops->node_count(self);
  ftblab_grid_count_units(self);
  find_fit(self, job);
  for (int load = next_load(self, -1); load >= 0 && found < job->nodes_wanted; load = next_load(self, load))
    for (int node = 0; node < nodes && found < job->nodes_wanted; node++)
      if (manager->fit[node] && manager->users[node] == load)
        manager->chosen[found++] = node;
  return found == job->nodes_wanted;
}

int ftblab_grid_target(ftblab_component *self, const ftblab_job *job, int from)
{
  const ftblab_job_manager *manager = self->state;
  int best = -1;
  ftblab_grid_count_units(self);
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    manager->fit[node] = node != from && fits(self, job, node);
  for (int i = 0; i < job->node_count; i++)
    manager->fit[job->nodes[i]] = false;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    if (manager->fit[node] && (best < 0 || manager->users[node] < manager->users[best]))
      best = node;
  return best;
}
