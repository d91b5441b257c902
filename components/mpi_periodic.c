/* mpi_periodic.c - MPI has a checkpoint of its job taken from time to time (recovery "checkpoint").
 *
 * The time to the next one counts from when the job goes on: after its launch, its restart, a checkpoint. By Young and
 * by Daly it follows from the cost that the scenario declares, else from the cost of the last checkpoint; as long as
 * there is neither, a checkpoint is due at once. One that has failed is tried again after the interval. One that is
 * due while the job is suspended, resumed or moved is taken after that. */
#include "laws.h"
#include "mpi.h"

/* Seconds of work until the next checkpoint. */
static double interval_of(const ftblab_job *job)
{
  const ftblab_checkpoint_rule *rule = &job->checkpoints;
  ftblab_costs costs = {.checkpoint = rule->cost >= 0 ? rule->cost : job->checkpoint_cost};
  if (rule->law == FTBLAB_INTERVAL_YOUNG)
    return ftblab_young_interval(rule->mtbf, &costs);
  return rule->law == FTBLAB_INTERVAL_DALY ? ftblab_daly_interval_high(rule->mtbf, &costs) : rule->interval;
}

void ftblab_mpi_periodic_plan(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  if (self->job->checkpoints.law == FTBLAB_INTERVAL_NONE)
    return;
  self->world->ops->cancel(self, mpi->periodic_timer);
  mpi->periodic_due = false;
  mpi->periodic_timer = self->world->ops->timer(self, interval_of(self->job), FTBLAB_MPI_TIMER_PERIODIC, 0);
}

void ftblab_mpi_periodic_due(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  mpi->periodic_timer = 0;
  mpi->periodic_due = true;
  ftblab_mpi_periodic_go_on(self);
}

void ftblab_mpi_periodic_go_on(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  if (!mpi->periodic_due || mpi->under_way != FTBLAB_MPI_IDLE || self->job->state != FTBLAB_JOB_RUNNING)
    return;
  mpi->periodic_due = false;
  mpi->under_way = FTBLAB_MPI_CHECKPOINTS;
  self->world->ops->job_save(self, self->job->index);
}

void ftblab_mpi_periodic_done(ftblab_component *self, bool good, const char *why)
{
  if (!good)
    self->world->ops->admin(self, "checkpoint of job %s failed, it goes on: %s", self->job->name, why);
  ftblab_mpi_periodic_plan(self);
}
