/* grid_images.c - the image files of grid jobs: how often they are written, how long they are kept, and who pays.
 *
 * The system has one checkpoint of a job while it runs, which nobody is billed for. Users who want to keep some pay for
 * the space of these, which they have said at submission; the oldest makes room for the newest. */
#include <math.h>
#include <string.h>

#include "job_manager.h"
#include "laws.h"
#include "role.h"

static double bytes_of(const ftblab_job *job)
{
  return job->image_bytes * job->nodes_wanted * job->ranks_per_node;
}

static ftblab_grid_charge *charge_of(const ftblab_component *self, const ftblab_job *job)
{
  return &((ftblab_job_manager *)self->state)->jobs[job->index];
}

/* The space that was used until now. */
static void settle(ftblab_component *self, const ftblab_job *job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  double now = self->world->ops->now(self), bytes = bytes_of(job) * (now - charge->since);
  charge->system_space += charge->has_image ? bytes : 0;
  charge->user_space += charge->kept * bytes;
  charge->since = now;
}

bool ftblab_grid_has_space(const ftblab_job *job)
{
  double keep = ftblab_grid_number(job, "keep_images");
  return keep <= 0 || keep * bytes_of(job) <= ftblab_grid_number(job, "user_space");
}

void ftblab_grid_judge_space(ftblab_component *self, const ftblab_job *job)
{
  double keep = ftblab_grid_number(job, "keep_images"), space = ftblab_grid_number(job, "user_space");
  if (keep <= 0)
    return;
  self->world->ops->note_throw(self, "%g image%s of %g GB, and %g GB for that", keep, keep == 1 ? "" : "s",
                               bytes_of(job) / 1e9, space / 1e9);
  ftblab_announce_job(self, ftblab_grid_has_space(job) ? "SPACE_PROVIDED" : "SPACE_REFUSED", job, 0);
}

void ftblab_grid_image_written(ftblab_component *self, const ftblab_job *job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  settle(self, job);
  charge->has_image = true;
  if (charge->kept < ftblab_grid_number(job, "keep_images"))
    charge->kept++;
}

void ftblab_grid_images_dropped(ftblab_component *self, const ftblab_job *job)
{
  settle(self, job);
  charge_of(self, job)->has_image = false;
}

void ftblab_grid_images_end(ftblab_component *self, const ftblab_job *job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  settle(self, job);
  if (!charge->has_image && charge->kept == 0)
    return;
  charge->has_image = false;
  self->world->ops->note_throw(self, "%d image%s kept; %.6g GB s billed to %s, %.6g GB s used by the system",
                               charge->kept, charge->kept == 1 ? "" : "s", charge->user_space / 1e9,
                               ftblab_grid_owner(job), charge->system_space / 1e9);
  ftblab_announce_job(self, charge->kept > 0 ? "IMAGES_KEPT" : "IMAGES_DELETED", job, 0);
}

/* ---- how often ----------------------------------------------------------------------------------------------- */

/* Young's interval for what a checkpoint of JOB has cost, and for the failures that the grid has had: the time that its
 * nodes have worked over their deaths. As long as none has died, what is believed in counts. */
static double adaptive_interval(ftblab_component *self, const ftblab_job *job)
{
  const ftblab_job_manager *manager = self->state;
  const ftblab_costs costs = {.checkpoint = job->checkpoint_cost};
  double mean = ftblab_parameter(self, "node_mtbf");
  int nodes = 0;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    nodes += self->world->ops->node_is_compute(self, node);
  if (manager->deaths > 0)
    mean = self->world->ops->now(self) * nodes / manager->deaths;
  return ftblab_young_interval(mean / job->nodes_wanted, &costs);
}

double ftblab_grid_interval(ftblab_component *self, const ftblab_job *job)
{
  const char *strategy = ftblab_parameter_word(self, "strategy");
  double interval = ftblab_parameter(self, "interval");
  if (strcmp(strategy, "none") == 0)
    return -1;
  if (strcmp(strategy, "adaptive") == 0 && job->checkpoint_cost > 0)
    return adaptive_interval(self, job);
  return interval;
}
