/* metrics.c - see metrics.h. */
#include "metrics.h"

#include <math.h>
#include <string.h>

#include "world.h"

static const ftblab_metric metrics[] = {
    [FTBLAB_METRIC_MAKESPAN] = {"makespan", "s",
                                "from the first submission until the last job completed; none if a job did not"},
    [FTBLAB_METRIC_END] = {"end", "s", "simulated time when the run ended"},
    [FTBLAB_METRIC_JOBS_COMPLETED] = {"jobs_completed", "1", "jobs that ran to their end"},
    [FTBLAB_METRIC_LAUNCHES] = {"launches", "1", "how often jobs were started"},
    [FTBLAB_METRIC_CHECKPOINTS] = {"checkpoints", "1", "whole checkpoints that jobs wrote"},
    [FTBLAB_METRIC_RESTARTS] = {"restarts", "1", "starts from a checkpoint"},
    [FTBLAB_METRIC_FAULTS] = {"faults", "1", "faults of the scenario that fired"},
    [FTBLAB_METRIC_EVENTS] = {"events", "1", "events published on the backplane"},
    [FTBLAB_METRIC_RECORDS] = {"records", "1", "records of the trace"},
    [FTBLAB_METRIC_INSTANCES] = {"instances", "1", "instances of workflows that the trace went through"},
    [FTBLAB_METRIC_VIOLATIONS] = {"violations", "1", "violations that the checker found"},
};
_Static_assert(FTBLAB_COUNT(metrics) == FTBLAB_METRICS, "each metric has a line in the table");

const ftblab_metric *ftblab_metric_table(size_t *count)
{
  *count = FTBLAB_METRICS;
  return metrics;
}

/* NAN if a job has not completed, or if there is none. */
static double makespan(const ftblab_simulated *world)
{
  double first = INFINITY, last = -INFINITY;
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    if (world->jobs[i].job.state != FTBLAB_JOB_COMPLETED)
      return NAN;
    first = fmin(first, world->scenario->jobs[i].submit);
    last = fmax(last, world->jobs[i].ended);
  }
  return world->scenario->job_count > 0 ? last - first : NAN;
}

void ftblab_metrics_of_world(const ftblab_simulated *world, double values[FTBLAB_METRICS])
{
  memset(values, 0, FTBLAB_METRICS * sizeof *values);
  values[FTBLAB_METRIC_MAKESPAN] = makespan(world);
  values[FTBLAB_METRIC_END] = ftblab_engine_now(world->engine);
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job_record *record = &world->jobs[i];
    values[FTBLAB_METRIC_JOBS_COMPLETED] += record->job.state == FTBLAB_JOB_COMPLETED;
    values[FTBLAB_METRIC_LAUNCHES] += record->job.launches;
    values[FTBLAB_METRIC_CHECKPOINTS] += record->checkpoints;
    values[FTBLAB_METRIC_RESTARTS] += record->restarts;
  }
  for (size_t i = 0; i < world->scenario->fault_count; i++)
    values[FTBLAB_METRIC_FAULTS] += world->faults[i].fired;
  values[FTBLAB_METRIC_EVENTS] = (double)ftblab_backplane_count(world->backplane).published;
  values[FTBLAB_METRIC_RECORDS] = (double)ftblab_recorder_count(world->recorder);
}

void ftblab_simulation_metrics(const ftblab_simulation *simulation, const ftblab_verdict *verdict, double *values)
{
  memcpy(values, simulation->metrics, sizeof simulation->metrics);
  values[FTBLAB_METRIC_INSTANCES] = verdict != NULL ? (double)ftblab_verdict_instances(verdict) : NAN;
  values[FTBLAB_METRIC_VIOLATIONS] = verdict != NULL ? (double)ftblab_verdict_violations(verdict) : NAN;
}
