/* optimum.c - the best interval by simulation.
 *
 * All intervals meet the same failures (common random numbers), so that their differences are known much better than
 * the makespans themselves. A coarse grid finds the neighbourhood, a smooth curve is fitted to a fine one, and the
 * lowest point of that curve is the answer: it uses all the runs, where the best point of a grid would be the luckiest.
 * Fits of resampled replicas (bootstrap) tell how sure it is. */
#include "laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Chosen, no source: more of any changes the answer by less than its confidence interval. */
#define COARSE_REPLICAS 100
#define COARSE_STEP 1.5
#define COARSE_REACH 12    /* steps up from NEAR */
#define COARSE_DEPTH 6     /* and down: short intervals cost many checkpoints to try */
#define COARSE_PATIENCE 10 /* times the work: what takes longer is far from the best */
#define POINTS 11          /* of the fine grid, from half the best of the coarse one to twice that */
#define TERMS 4            /* of the curve */
#define RESAMPLES 400
#define MOST_MOVES 6 /* of the fine grid, if the best lies at its edge */

#define REPLICA_STEP UINT64_C(0xD1342543DE82EF95) /* between the seeds of replicas; odd */

ftblab_status ftblab_checkpointed_replicas(const ftblab_checkpointed *job, ftblab_history *history,
                                           const ftblab_replicas *replicas, double *makespans, ftblab_error *err)
{
  ftblab_account account;
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < replicas->count && status == FTBLAB_OK; i++) {
    ftblab_history_start(history, replicas->seed + i * REPLICA_STEP);
    status = ftblab_checkpointed_run(job, history, &account, err);
    makespans[i] = account.makespan;
  }
  return status;
}

/* A search in progress. */
typedef struct search {
  ftblab_checkpointed job;
  ftblab_history *history;
  const ftblab_replicas *replicas;
  double *makespans;         /* [replicas->count][POINTS] */
  double fit[TERMS][POINTS]; /* coefficients of the least-squares curve from the values at the points */
  double at[POINTS];         /* intervals / centre */
  double centre;
  bool hopeless; /* no interval of the wide grid comes to an end */
  ftblab_error *err;
} search;

/* MAKESPANS of COUNT replicas at the intervals of the grid, replica by replica, so that failures are drawn once. */
static ftblab_status run_grid(search *s, size_t replicas, const double *intervals, size_t points, double *makespans)
{
  ftblab_account account;
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < replicas; i++) {
    ftblab_history_start(s->history, s->replicas->seed + i * REPLICA_STEP);
    for (size_t j = 0; j < points && status == FTBLAB_OK; j++) {
      s->job.interval = intervals[j];
      status = ftblab_checkpointed_run(&s->job, s->history, &account, s->err);
      makespans[i * points + j] = account.makespan;
    }
  }
  return status;
}

static double mean_at(const double *makespans, size_t replicas, size_t points, size_t point)
{
  double sum = 0;
  for (size_t i = 0; i < replicas; i++)
    sum += makespans[i * points + point];
  return sum / (double)replicas;
}

/* The best of a wide grid around NEAR. */
static ftblab_status look_wide(search *s, double near, double *best)
{
  double intervals[COARSE_DEPTH + COARSE_REACH + 2], least = INFINITY;
  size_t count = 0, replicas = s->replicas->count < COARSE_REPLICAS ? s->replicas->count : COARSE_REPLICAS;
  for (int i = -COARSE_DEPTH; i <= COARSE_REACH; i++) {
    double interval = near * pow(COARSE_STEP, i);
    if (interval < s->job.work)
      intervals[count++] = interval;
  }
  intervals[count++] = s->job.work;
  double *makespans = malloc(replicas * count * sizeof *makespans);
  if (makespans == NULL)
    return ftblab_fail(s->err, FTBLAB_ENOMEM, "no memory for replicas");
  double patience = s->job.makespan_max;
  s->job.makespan_max = fmin(patience, COARSE_PATIENCE * s->job.work);
  ftblab_status status = run_grid(s, replicas, intervals, count, makespans);
  s->job.makespan_max = patience;
  for (size_t j = 0; status == FTBLAB_OK && j < count; j++) {
    double mean = mean_at(makespans, replicas, count, j);
    if (mean < least) {
      least = mean;
      *best = intervals[j];
    }
  }
  s->hopeless = least >= COARSE_PATIENCE * s->job.work;
  free(makespans);
  return status;
}

/* ---- the curve --------------------------------------------------------------------------------------------------- */

/* Solve the SIZE normal equations M x = y for all the points at once (Gauss with pivots; the matrix is small). */
static void solve(double m[TERMS][TERMS], double y[TERMS][POINTS])
{
  for (int i = 0; i < TERMS; i++) {
    int pivot = i;
    for (int k = i + 1; k < TERMS; k++)
      if (fabs(m[k][i]) > fabs(m[pivot][i]))
        pivot = k;
    for (int j = 0; j < TERMS; j++) {
      double kept = m[i][j];
      m[i][j] = m[pivot][j];
      m[pivot][j] = kept;
    }
    for (int j = 0; j < POINTS; j++) {
      double kept = y[i][j];
      y[i][j] = y[pivot][j];
      y[pivot][j] = kept;
    }
    for (int k = 0; k < TERMS; k++) {
      double factor = k == i ? 0 : m[k][i] / m[i][i];
      for (int j = 0; j < TERMS; j++)
        m[k][j] -= factor * m[i][j];
      for (int j = 0; j < POINTS; j++)
        y[k][j] -= factor * y[i][j];
    }
  }
  for (int i = 0; i < TERMS; i++)
    for (int j = 0; j < POINTS; j++)
      y[i][j] /= m[i][i];
}

/* The terms of the curve at U = interval / centre: 1/u, 1, u, u^2. They are the beginning of the series of the expected
 * makespan, exp((tau + C) / M) / tau. */
static double term(int i, double u)
{
  return pow(u, i - 1);
}

/* A least-squares fit is linear in the values: FIT is (X'X)^-1 X'. */
static void prepare_fit(search *s)
{
  double m[TERMS][TERMS] = {{0}};
  for (int i = 0; i < TERMS; i++) {
    for (int j = 0; j < POINTS; j++)
      s->fit[i][j] = term(i, s->at[j]);
    for (int k = 0; k < TERMS; k++)
      for (int j = 0; j < POINTS; j++)
        m[i][k] += term(i, s->at[j]) * term(k, s->at[j]);
  }
  solve(m, s->fit);
}

/* The lowest point of the curve through MEANS, within the grid: where its derivative, times u^2, changes its sign. */
static double lowest(const search *s, const double *means)
{
  double c[TERMS] = {0}, low = s->at[0], high = s->at[POINTS - 1];
  for (int i = 0; i < TERMS; i++)
    for (int j = 0; j < POINTS; j++)
      c[i] += s->fit[i][j] * means[j];
  for (int step = 0; step < 40; step++) {
    double u = (low + high) / 2;
    if (-c[0] + u * u * (c[2] + 2 * u * c[3]) < 0)
      low = u;
    else
      high = u;
  }
  return (low + high) / 2;
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Where the lowest point lies for replicas drawn anew from those that were run. */
static void resample(const search *s, double *low, double *high)
{
  double found[RESAMPLES];
  size_t count = s->replicas->count;
  ftblab_random random;
  ftblab_random_seed(&random, s->replicas->seed, "bootstrap");
  for (int n = 0; n < RESAMPLES; n++) {
    double means[POINTS] = {0};
    for (size_t i = 0; i < count; i++) {
      const double *row = s->makespans + POINTS * ftblab_random_below(&random, count);
      for (int j = 0; j < POINTS; j++)
        means[j] += row[j];
    }
    found[n] = lowest(s, means);
  }
  qsort(found, RESAMPLES, sizeof *found, by_value);
  *low = found[RESAMPLES / 40];
  *high = found[RESAMPLES - 1 - RESAMPLES / 40];
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

/* Run the fine grid around CENTRE; *X times that is the lowest point on it. */
static ftblab_status look_near(search *s, double *x)
{
  double intervals[POINTS], means[POINTS];
  s->centre = fmin(s->centre, s->job.work / 2);
  for (int j = 0; j < POINTS; j++) {
    s->at[j] = pow(2, 2.0 * j / (POINTS - 1) - 1);
    intervals[j] = s->centre * s->at[j];
  }
  prepare_fit(s);
  ftblab_status status = run_grid(s, s->replicas->count, intervals, POINTS, s->makespans);
  for (size_t j = 0; status == FTBLAB_OK && j < POINTS; j++)
    means[j] = mean_at(s->makespans, s->replicas->count, POINTS, j);
  if (status == FTBLAB_OK)
    *x = lowest(s, means);
  return status;
}

static bool is_at_edge(const search *s, double x)
{
  return x <= s->at[1] || (x >= s->at[POINTS - 2] && s->centre < s->job.work / 2);
}

static ftblab_status find(search *s, double near, ftblab_optimum *optimum)
{
  double x = 1, low, high;
  ftblab_status status = look_wide(s, near, &s->centre);
  if (status == FTBLAB_OK && s->hopeless) {
    *optimum = (ftblab_optimum){.interval = s->centre, .high = INFINITY};
    return FTBLAB_OK;
  }
  if (status == FTBLAB_OK)
    status = look_near(s, &x);
  for (int i = 0; i < MOST_MOVES && status == FTBLAB_OK && is_at_edge(s, x); i++) {
    s->centre *= x;
    status = look_near(s, &x);
  }
  if (status != FTBLAB_OK)
    return status;
  resample(s, &low, &high);
  *optimum = (ftblab_optimum){.interval = s->centre * x, .low = s->centre * low, .high = s->centre * high};
  optimum->is_all = optimum->interval >= s->job.work * (1 - 1e-9);
  return FTBLAB_OK;
}

ftblab_status ftblab_optimum_find(const ftblab_checkpointed *job, ftblab_history *history,
                                  const ftblab_replicas *replicas, double near, ftblab_optimum *optimum,
                                  ftblab_error *err)
{
  search s = {.job = *job, .history = history, .replicas = replicas, .err = err};
  if (!(job->makespan_max > 0)) /* far too long an interval would not end in this life */
    s.job.makespan_max = FTBLAB_ADVICE_PATIENCE * job->work;
  s.makespans = malloc(replicas->count * POINTS * sizeof *s.makespans);
  if (s.makespans == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu replicas", replicas->count);
  ftblab_status status = find(&s, near, optimum);
  free(s.makespans);
  return status;
}
