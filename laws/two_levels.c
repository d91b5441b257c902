/* two_levels.c - the best two levels of checkpoints by simulation: how much work between two checkpoints, and how many
 * of them for one of the far level.
 *
 * For each number on a ladder around the one of first order the best interval is looked for; the number with the
 * least mean makespan wins. All meet the same failures, so that their differences are judged in pairs: those numbers
 * that cannot be told from the best one are as good. */
#include "advice.h"

#include <math.h>
#include <stdlib.h>

#define STEPS 4           /* of the ladder, up and down; chosen: the waste is flat around its least */
#define LADDER 1.4        /* from one to the next */
#define MOST_REPLICAS 200 /* to choose the number; chosen, no source */

typedef struct question {
  ftblab_checkpointed job;
  ftblab_history *history;
  const ftblab_replicas *replicas;
  double mean;
  ftblab_error *err;
} question;

/* One number that is tried. */
typedef struct trial {
  unsigned every;
  ftblab_optimum optimum;
  double *makespans; /* of few replicas */
  double mean;
} trial;

static double mean_of(const double *values, size_t count)
{
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += values[i];
  return sum / (double)count;
}

static ftblab_status try(question *q, trial *t, const ftblab_replicas *few)
{
  q->job.near.every = t->every;
  double near = ftblab_two_levels_interval_of(q->mean, &q->job.costs, &q->job.near);
  ftblab_status status = ftblab_optimum_find(&q->job, q->history, few, fmin(near, q->job.work), &t->optimum, q->err);
  q->job.interval = t->optimum.interval;
  if (status == FTBLAB_OK)
    status = ftblab_checkpointed_replicas(&q->job, q->history, few, t->makespans, q->err);
  if (status == FTBLAB_OK)
    t->mean = mean_of(t->makespans, few->count);
  return status;
}

/* Is A worse than B, beyond chance? Both met the same failures. */
static bool is_worse(const trial *a, const trial *b, size_t count)
{
  double mean = a->mean - b->mean, sum = 0;
  for (size_t i = 0; i < count; i++) {
    double off = a->makespans[i] - b->makespans[i] - mean;
    sum += off * off;
  }
  return mean > 1.96 * sqrt(sum / (double)(count - 1) / (double)count);
}

/* The numbers around MIDDLE, each once. */
static size_t make_ladder(double middle, trial *trials)
{
  size_t count = 0;
  for (int i = -STEPS; i <= STEPS; i++) {
    double every = fmin(fmax(round(middle * pow(LADDER, i)), 1), FTBLAB_MOST_EVERY);
    if (count == 0 || trials[count - 1].every < every)
      trials[count++].every = (unsigned)every;
  }
  return count;
}

/* The number at the lowest point of a parabola through all the trials, over the logarithm of their numbers: it uses all
 * the runs, where the best trial would be the luckiest. BEST where that does not bend upwards. */
static unsigned lowest(const trial *trials, size_t count, const trial *best)
{
  double n = (double)count, x1 = 0, x2 = 0, x3 = 0, x4 = 0, y0 = 0, y1 = 0, y2 = 0;
  for (size_t i = 0; i < count; i++) {
    double x = log((double)trials[i].every / best->every), y = trials[i].mean - best->mean;
    x1 += x, x2 += x * x, x3 += x * x * x, x4 += x * x * x * x;
    y0 += y, y1 += x * y, y2 += x * x * y;
  }
  /* Normal equations of a + b x + c x^2 by Cramer's rule; their common denominator cancels in -b / 2c. */
  double b = n * (y1 * x4 - y2 * x3) - y0 * (x1 * x4 - x2 * x3) + x2 * (x1 * y2 - x2 * y1);
  double c = n * (x2 * y2 - x3 * y1) - x1 * (x1 * y2 - x2 * y1) + y0 * (x1 * x3 - x2 * x2);
  if (count < 4 || !(c > 0))
    return best->every;
  double every = best->every * exp(-b / (2 * c));
  return (unsigned)fmin(fmax(round(every), trials[0].every), trials[count - 1].every);
}

/* The numbers that cannot be told from the best one. */
static void find_equals(const trial *trials, size_t count, const trial *best, size_t replicas,
                        ftblab_levels_advice *advice)
{
  advice->every_low = advice->every_high = advice->every;
  for (size_t i = 0; i < count; i++)
    if (!is_worse(&trials[i], best, replicas)) {
      advice->every_low = advice->every_low < trials[i].every ? advice->every_low : trials[i].every;
      advice->every_high = advice->every_high > trials[i].every ? advice->every_high : trials[i].every;
    }
}

/* FEW: the replicas that each trial has room for. */
static ftblab_status climb(question *q, const ftblab_replicas *few, trial *trials, size_t count,
                           ftblab_levels_advice *advice)
{
  ftblab_status status = FTBLAB_OK;
  size_t best = 0;
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++) {
    status = try(q, &trials[i], few);
    if (trials[i].mean < trials[best].mean)
      best = i;
  }
  if (status != FTBLAB_OK)
    return status;
  advice->every = lowest(trials, count, &trials[best]);
  find_equals(trials, count, &trials[best], few->count, advice);
  q->job.near.every = advice->every;
  return ftblab_optimum_find(&q->job, q->history, q->replicas, trials[best].optimum.interval, &advice->near, q->err);
}

static ftblab_status choose(question *q, unsigned middle, ftblab_levels_advice *advice)
{
  trial trials[2 * STEPS + 1] = {0};
  size_t count = make_ladder(middle, trials);
  ftblab_replicas few = *q->replicas;
  if (few.count > MOST_REPLICAS)
    few.count = MOST_REPLICAS;
  double *makespans = malloc(count * few.count * sizeof *makespans);
  if (makespans == NULL)
    return ftblab_fail(q->err, FTBLAB_ENOMEM, "no memory for %zu replicas", few.count);
  for (size_t i = 0; i < count; i++)
    trials[i].makespans = makespans + i * few.count;
  ftblab_status status = climb(q, &few, trials, count, advice);
  free(makespans);
  return status;
}

/* What comes of it, by replicas that did not choose it. */
static ftblab_status add_row(question *q, const char *method, unsigned every, double interval,
                             ftblab_levels_advice *advice)
{
  ftblab_advice_row *row = &advice->rows[advice->row_count++];
  ftblab_replicas judges = {.count = q->replicas->count, .seed = ~q->replicas->seed};
  double *makespans = malloc(judges.count * sizeof *makespans);
  if (makespans == NULL)
    return ftblab_fail(q->err, FTBLAB_ENOMEM, "no memory for %zu replicas", judges.count);
  q->job.near.every = every;
  q->job.interval = interval;
  *row = (ftblab_advice_row){.method = method, .every = every, .interval = interval};
  row->expected_waste = ftblab_two_levels_waste(q->mean, &q->job.costs, &q->job.near, interval);
  ftblab_status status = ftblab_advice_judge(&q->job, q->history, &judges, makespans, row, q->err);
  free(makespans);
  return status;
}

ftblab_status ftblab_advise_levels(const ftblab_checkpointed *job, ftblab_failures *failures,
                                   const ftblab_replicas *replicas, double given, ftblab_levels_advice *advice,
                                   ftblab_error *err)
{
  question q = {.job = *job, .replicas = replicas, .mean = ftblab_failures_mean(failures), .err = err};
  unsigned every, own = job->near.every;
  double interval = ftblab_two_levels_interval(q.mean, &job->costs, &job->near, &every);
  *advice = (ftblab_levels_advice){0};
  q.job.makespan_max = FTBLAB_ADVICE_PATIENCE * job->work;
  ftblab_status status = ftblab_history_new(failures, NULL, &q.history, err);
  if (status == FTBLAB_OK)
    status = choose(&q, every, advice);
  if (status == FTBLAB_OK)
    status = add_row(&q, "first order", every, interval, advice);
  if (status == FTBLAB_OK && given > 0)
    status = add_row(&q, "yours", own, given, advice);
  if (status == FTBLAB_OK && isfinite(advice->near.high))
    status = add_row(&q, "simulation", advice->every, advice->near.interval, advice);
  ftblab_history_free(q.history);
  return status;
}
