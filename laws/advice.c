/* advice.c - which interval is best for a job, by each method, and what each costs in the same simulation. */
#include "advice.h"

#include <math.h>
#include <stdlib.h>

/* Everything that one advice needs. */
typedef struct question {
  ftblab_checkpointed job;
  ftblab_history *history;
  const ftblab_predictor *predictor;
  ftblab_replicas judges; /* replicas that judge the intervals: others than those that found the best */
  double *makespans;
  ftblab_advice *advice;
  ftblab_error *err;
} question;

static double share_lost(double work, double makespan)
{
  return 1 - work / makespan;
}

ftblab_status ftblab_advice_judge(const ftblab_checkpointed *job, ftblab_history *history,
                                  const ftblab_replicas *judges, double *makespans, ftblab_advice_row *row,
                                  ftblab_error *err)
{
  ftblab_status status = ftblab_checkpointed_replicas(job, history, judges, makespans, err);
  if (status != FTBLAB_OK)
    return status;
  row->makespan = ftblab_estimate_of(makespans, judges->count);
  row->gives_up = makespans[judges->count - 1] >= job->makespan_max;
  row->waste = share_lost(job->work, row->makespan.mean);
  row->waste_low = share_lost(job->work, fmax(row->makespan.low, job->work));
  row->waste_high = share_lost(job->work, row->makespan.high);
  return FTBLAB_OK;
}

/* By Daly's complete form, or to first order where there are predictions. */
static double expected_waste(const question *q, double interval)
{
  const ftblab_costs *costs = &q->job.costs;
  double mean = q->advice->mean, work = q->job.work;
  if (q->predictor != NULL && q->job.answer == FTBLAB_ANSWER_CHECKPOINT)
    return ftblab_waste_predicted(mean, costs, interval, q->predictor, q->job.answer_time);
  if (q->predictor != NULL && q->job.answer == FTBLAB_ANSWER_MIGRATION)
    return ftblab_waste_migration(mean, costs, interval, q->predictor, q->job.answer_time);
  interval = fmin(interval, work);
  return share_lost(work, ftblab_expected_makespan(mean, costs, interval, work / interval));
}

static ftblab_status add_row(question *q, const char *method, double interval)
{
  ftblab_advice *advice = q->advice;
  if (!(interval > 0) || advice->row_count == FTBLAB_ADVICE_ROWS)
    return FTBLAB_OK;
  ftblab_advice_row *row = &advice->rows[advice->row_count++];
  *row = (ftblab_advice_row){.method = method, .interval = interval};
  row->expected_waste = expected_waste(q, interval);
  q->job.interval = interval;
  return ftblab_advice_judge(&q->job, q->history, &q->judges, q->makespans, row, q->err);
}

static ftblab_status add_rows(question *q, double given)
{
  const ftblab_costs *costs = &q->job.costs;
  ftblab_advice *advice = q->advice;
  double mean = advice->mean;
  ftblab_status status = add_row(q, "Young", ftblab_young_interval(mean, costs));
  if (status == FTBLAB_OK)
    status = add_row(q, "Daly", ftblab_daly_interval_low(mean, costs));
  if (status == FTBLAB_OK)
    status = add_row(q, "Daly, higher order", ftblab_daly_interval_high(mean, costs));
  if (status == FTBLAB_OK)
    status = add_row(q, "exponential optimum", ftblab_optimal_interval(mean, costs));
  if (status == FTBLAB_OK && q->predictor != NULL && q->job.answer != FTBLAB_ANSWER_NOTHING)
    status = add_row(q, "with predictions", ftblab_predicted_interval(mean, costs, q->predictor));
  if (status == FTBLAB_OK && given > 0)
    status = add_row(q, "yours", given);
  bool found = isfinite(advice->optimum.high); /* else no interval brings the job to its end */
  return status == FTBLAB_OK && found ? add_row(q, "simulation", advice->optimum.interval) : status;
}

ftblab_status ftblab_advise(const ftblab_checkpointed *job, ftblab_failures *failures,
                            const ftblab_predictor *predictor, const ftblab_replicas *replicas, double given,
                            ftblab_advice *advice, ftblab_error *err)
{
  question q = {.job = *job, .predictor = predictor, .judges = *replicas, .advice = advice, .err = err};
  *advice = (ftblab_advice){.mean = ftblab_failures_mean(failures)};
  q.job.makespan_max = FTBLAB_ADVICE_PATIENCE * job->work;
  q.judges.seed = ~replicas->seed;
  q.makespans = malloc(replicas->count * sizeof *q.makespans);
  ftblab_status status = q.makespans == NULL
                             ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu replicas", replicas->count)
                             : ftblab_history_new(failures, predictor, &q.history, err);
  double near = ftblab_young_interval(advice->mean, &job->costs);
  if (status == FTBLAB_OK)
    status = ftblab_optimum_find(&q.job, q.history, replicas, fmin(near, job->work), &advice->optimum, err);
  if (status == FTBLAB_OK)
    status = add_rows(&q, given);
  ftblab_history_free(q.history);
  free(q.makespans);
  return status;
}
