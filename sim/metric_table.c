/* metric_table.c - the names of the metrics. Nothing here simulates: a study's results are read without SimGrid. */
#include "metrics.h"

static const ftblab_metric metrics[] = {
    [FTBLAB_METRIC_MAKESPAN] = {"makespan", "s", "from the first submission until the last job completed"},
    [FTBLAB_METRIC_END] = {"end", "s", "simulated time when the run ended"},
    [FTBLAB_METRIC_NODES] = {"nodes", "1", "nodes for jobs"},
    [FTBLAB_METRIC_NODE_TIME] = {"node_time", "node-s", "makespan times nodes: useful, waste, idle"},
    [FTBLAB_METRIC_USEFUL] = {"useful", "node-s", "computed and not lost"},
    [FTBLAB_METRIC_WASTE] = {"waste", "node-s", "the sum of the eight that follow"},
    [FTBLAB_METRIC_WASTE_CHECKPOINT] = {"waste_checkpoint", "node-s", "standing still while images are written"},
    [FTBLAB_METRIC_WASTE_LOST_WORK] = {"waste_lost_work", "node-s", "computed, and lost when the job went back"},
    [FTBLAB_METRIC_WASTE_DETECTION] = {"waste_detection", "node-s", "from a death until its node is suspected"},
    [FTBLAB_METRIC_WASTE_DECISION] = {"waste_decision", "node-s", "from the suspicion until the job reacts"},
    [FTBLAB_METRIC_WASTE_DOWNTIME] = {"waste_downtime", "node-s", "of jobs that wait for nodes after a failure"},
    [FTBLAB_METRIC_WASTE_RESTART] = {"waste_restart", "node-s", "reading images"},
    [FTBLAB_METRIC_WASTE_MIGRATION] = {"waste_migration", "node-s", "standing still while ranks move"},
    [FTBLAB_METRIC_WASTE_SLOWDOWN] = {"waste_slowdown", "node-s", "nodes of a job whose ranks are holes"},
    [FTBLAB_METRIC_IDLE] = {"idle", "node-s", "nodes that do nothing for any job"},
    [FTBLAB_METRIC_IDLE_SPARES] = {"idle_spares", "node-s", "those of them that are up"},
    [FTBLAB_METRIC_ENERGY] = {"energy", "J", "consumed by the nodes for jobs until then"},
    [FTBLAB_METRIC_FAILURES] = {"failures", "1", "deaths of nodes for jobs"},
    [FTBLAB_METRIC_FAILURES_HIT] = {"failures_hit", "1", "those that killed ranks"},
    [FTBLAB_METRIC_RECOVERIES] = {"recoveries", "1", "of a job from such a death, so that it computed again"},
    [FTBLAB_METRIC_TIME_TO_RECOVER] = {"time_to_recover", "s", "from the death until then, mean"},
    [FTBLAB_METRIC_TIME_TO_RECOVER_MAX] = {"time_to_recover_max", "s", "the longest"},
    [FTBLAB_METRIC_TURNAROUND] = {"turnaround", "s", "from a job's submission until it completed, mean"},
    [FTBLAB_METRIC_JOBS_COMPLETED] = {"jobs_completed", "1", "jobs that ran to their end"},
    [FTBLAB_METRIC_LAUNCHES] = {"launches", "1", "how often jobs were started"},
    [FTBLAB_METRIC_CHECKPOINTS] = {"checkpoints", "1", "whole checkpoints that jobs wrote"},
    [FTBLAB_METRIC_RESTARTS] = {"restarts", "1", "starts from a checkpoint"},
    [FTBLAB_METRIC_MIGRATIONS] = {"migrations", "1", "of the ranks of a node"},
    [FTBLAB_METRIC_FAULTS] = {"faults", "1", "faults of the scenario that fired"},
    [FTBLAB_METRIC_EVENTS] = {"events", "1", "events published on the backplane"},
    [FTBLAB_METRIC_DELIVERIES] = {"deliveries", "1", "of events to components"},
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
