/* metrics.c - see metrics.h. */
#include "metrics.h"

#include <math.h>
#include <string.h>

#include "world.h"

/* From the first submission to the last end, and what the user of a job sees, mean of all. NAN if a job has not
 * completed, or if there is none. */
static void add_times(const ftblab_simulated *world, double *values)
{
  double first = INFINITY, last = -INFINITY, sum = 0;
  size_t count = world->scenario->job_count;
  bool completed = count > 0;
  for (size_t i = 0; i < count; i++) {
    double submitted = world->scenario->jobs[i].submit, ended = world->jobs[i].ended;
    completed = completed && world->jobs[i].job.state == FTBLAB_JOB_COMPLETED;
    first = fmin(first, submitted);
    last = fmax(last, ended);
    sum += ended - submitted;
  }
  values[FTBLAB_METRIC_MAKESPAN] = completed ? last - first : NAN;
  values[FTBLAB_METRIC_TURNAROUND] = completed ? sum / (double)count : NAN;
}

/* Where the nodes' time went. */
static void add_totals(ftblab_simulated *world, double *values)
{
  static const int places[FTBLAB_PURPOSES] = {
      [FTBLAB_USEFUL] = FTBLAB_METRIC_USEFUL,
      [FTBLAB_CHECKPOINTING] = FTBLAB_METRIC_WASTE_CHECKPOINT,
      [FTBLAB_DETECTING] = FTBLAB_METRIC_WASTE_DETECTION,
      [FTBLAB_DECIDING] = FTBLAB_METRIC_WASTE_DECISION,
      [FTBLAB_WAITING] = FTBLAB_METRIC_WASTE_DOWNTIME,
      [FTBLAB_RESTARTING] = FTBLAB_METRIC_WASTE_RESTART,
      [FTBLAB_MIGRATING] = FTBLAB_METRIC_WASTE_MIGRATION,
      [FTBLAB_SLOWED] = FTBLAB_METRIC_WASTE_SLOWDOWN,
  };
  ftblab_totals totals;
  ftblab_accounts_close(world, &totals);
  const ftblab_recoveries *recoveries = &totals.recoveries;
  values[FTBLAB_METRIC_NODES] = totals.nodes;
  values[FTBLAB_METRIC_NODE_TIME] = totals.seconds * totals.nodes;
  for (int i = 0; i < FTBLAB_PURPOSES; i++)
    values[places[i]] = totals.spent[i];
  values[FTBLAB_METRIC_WASTE_LOST_WORK] = totals.lost;
  for (int i = FTBLAB_METRIC_WASTE_CHECKPOINT; i <= FTBLAB_METRIC_WASTE_SLOWDOWN; i++)
    values[FTBLAB_METRIC_WASTE] += values[i];
  values[FTBLAB_METRIC_IDLE] = totals.idle_up + totals.idle_down;
  values[FTBLAB_METRIC_IDLE_SPARES] = totals.idle_up;
  values[FTBLAB_METRIC_ENERGY] = totals.energy;
  values[FTBLAB_METRIC_FAILURES] = totals.failures;
  values[FTBLAB_METRIC_FAILURES_HIT] = totals.failures_hit;
  values[FTBLAB_METRIC_RECOVERIES] = recoveries->count;
  values[FTBLAB_METRIC_TIME_TO_RECOVER] = recoveries->count > 0 ? recoveries->seconds / recoveries->count : NAN;
  values[FTBLAB_METRIC_TIME_TO_RECOVER_MAX] = recoveries->count > 0 ? recoveries->longest : NAN;
}

void ftblab_metrics_of_world(ftblab_simulated *world, double values[FTBLAB_METRICS])
{
  const ftblab_backplane_counters count = ftblab_backplane_count(world->backplane);
  memset(values, 0, FTBLAB_METRICS * sizeof *values);
  add_times(world, values);
  values[FTBLAB_METRIC_END] = ftblab_engine_now(world->engine);
  add_totals(world, values);
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job_record *record = &world->jobs[i];
    values[FTBLAB_METRIC_JOBS_COMPLETED] += record->job.state == FTBLAB_JOB_COMPLETED;
    values[FTBLAB_METRIC_LAUNCHES] += record->job.launches;
    values[FTBLAB_METRIC_CHECKPOINTS] += record->checkpoints;
    values[FTBLAB_METRIC_RESTARTS] += record->restarts;
    values[FTBLAB_METRIC_MIGRATIONS] += record->migrations;
  }
  for (size_t i = 0; i < world->scenario->fault_count; i++)
    values[FTBLAB_METRIC_FAULTS] += world->faults[i].fired;
  values[FTBLAB_METRIC_EVENTS] = (double)count.published;
  values[FTBLAB_METRIC_DELIVERIES] = (double)count.delivered;
  values[FTBLAB_METRIC_RECORDS] = (double)ftblab_recorder_count(world->recorder);
}

void ftblab_simulation_metrics(const ftblab_simulation *simulation, const ftblab_verdict *verdict, double *values)
{
  memcpy(values, simulation->metrics, sizeof simulation->metrics);
  values[FTBLAB_METRIC_INSTANCES] = verdict != NULL ? (double)ftblab_verdict_total(verdict) : NAN;
  values[FTBLAB_METRIC_VIOLATIONS] = verdict != NULL ? (double)ftblab_verdict_violations(verdict) : NAN;
}
