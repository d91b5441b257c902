/* metrics.h - the numbers that sum up one run, for studies and reports. Private to sim/; sim.h shows them to others.
 *
 * A metric is a line in the table of metrics.c and a place in this list, in the same order. What must hold: a value
 * depends on the run alone, so that the same run gives the same bits; NAN says that the run has no such value (the
 * makespan of a job that did not end), and such runs do not count in its mean. */
#ifndef FTBLAB_METRICS_H
#define FTBLAB_METRICS_H

#include "sim.h"

struct ftblab_simulated;

enum {
  FTBLAB_METRIC_MAKESPAN,
  FTBLAB_METRIC_END,
  FTBLAB_METRIC_NODES,
  FTBLAB_METRIC_NODE_TIME,
  FTBLAB_METRIC_USEFUL,
  FTBLAB_METRIC_WASTE, /* the sum of the eight that follow */
  FTBLAB_METRIC_WASTE_CHECKPOINT,
  FTBLAB_METRIC_WASTE_LOST_WORK,
  FTBLAB_METRIC_WASTE_DETECTION,
  FTBLAB_METRIC_WASTE_DECISION,
  FTBLAB_METRIC_WASTE_DOWNTIME,
  FTBLAB_METRIC_WASTE_RESTART,
  FTBLAB_METRIC_WASTE_MIGRATION,
  FTBLAB_METRIC_WASTE_SLOWDOWN,
  FTBLAB_METRIC_IDLE,
  FTBLAB_METRIC_IDLE_SPARES,
  FTBLAB_METRIC_ENERGY,
  FTBLAB_METRIC_FAILURES,
  FTBLAB_METRIC_FAILURES_HIT,
  FTBLAB_METRIC_RECOVERIES,
  FTBLAB_METRIC_TIME_TO_RECOVER,
  FTBLAB_METRIC_TIME_TO_RECOVER_MAX,
  FTBLAB_METRIC_TURNAROUND,
  FTBLAB_METRIC_JOBS_COMPLETED,
  FTBLAB_METRIC_LAUNCHES,
  FTBLAB_METRIC_CHECKPOINTS,
  FTBLAB_METRIC_RESTARTS,
  FTBLAB_METRIC_MIGRATIONS,
  FTBLAB_METRIC_FAULTS,
  FTBLAB_METRIC_EVENTS,
  FTBLAB_METRIC_DELIVERIES,
  FTBLAB_METRIC_RECORDS,
  FTBLAB_METRIC_INSTANCES, /* this and the next come from the verdict */
  FTBLAB_METRIC_VIOLATIONS,
  FTBLAB_METRICS
};

/* At the end of the run, while the world is there: all values but those that come from the verdict. */
void ftblab_metrics_of_world(struct ftblab_simulated *world, double values[FTBLAB_METRICS]);

#endif
