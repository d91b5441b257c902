/* validate_exact.c - jobs with checkpoints whose mean makespan no closed form gives, but a recursion does, exactly:
 * under laws with a memory, and with two levels of checkpoints. Neither shares a line with what is validated. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNKS = 40, REPLICAS = 20000 };

static bool compare(const ftblab_checkpointed *job, const ftblab_law *law, double expected, uint64_t seed,
                    double *makespans)
{
  const ftblab_replicas replicas = {.count = REPLICAS, .seed = seed};
  ftblab_validate_makespans(job, law, NULL, &replicas, makespans);
  ftblab_estimate estimate = ftblab_estimate_of(makespans, REPLICAS);
  bool inside = expected >= estimate.low && expected <= estimate.high;
  printf("%11.1f %11.1f  (%.1f to %.1f)%s\n", expected, estimate.mean, estimate.low, estimate.high,
         inside ? "" : "  outside");
  return inside;
}

static double *room_for_makespans(void)
{
  double *makespans = malloc(REPLICAS * sizeof *makespans);
  if (makespans == NULL)
    exit(2);
  return makespans;
}

/* ---- (i) laws with a memory -------------------------------------------------------------------------------------- */

/* From one failure to the next: a restart, then chunks with a checkpoint each. */
typedef struct course {
  double at[CHUNKS + 2];    /* where the restart and each chunk end; the first is 0 */
  double above[CHUNKS + 2]; /* P(T > at) */
  double tried[CHUNKS + 2]; /* the integral of it up to there */
} course;

static course course_of(const ftblab_law *law, double restart, double chunk)
{
  course made = {.above = {1}};
  for (int i = 1; i < CHUNKS + 2; i++) {
    made.at[i] = restart + (i - 1) * chunk;
    made.above[i] = ftblab_law_above(law, made.at[i]);
    made.tried[i] = ftblab_validate_mean_of_try(law, made.at[i]);
  }
  return made;
}

/* P that a failure ends part I, and what lives that end there add to the mean. */
static double failing(const course *c, int i)
{
  return c->above[i - 1] - c->above[i];
}

static double spent(const course *c, int i)
{
  return c->at[i - 1] * c->above[i - 1] - c->at[i] * c->above[i] + c->tried[i] - c->tried[i - 1];
}

/* LEFT[m]: the mean time from a failure on with m chunks left. The machine is as new behind each failure, so only
 * chunks count: one that fails in its j-th has j - 1 fewer (the recursion over which M. Bougeret, H. Casanova,
 * M. Rabie, Y. Robert, F. Vivien, Checkpointing strategies for parallel jobs, SC'11, take the best). FRESH: the first
 * try, which has no restart. */
static double mean_makespan(const ftblab_law *law, const ftblab_costs *costs, double interval)
{
  double left[CHUNKS + 1] = {0}, fresh = 0;
  course later = course_of(law, costs->restart, interval + costs->checkpoint);
  course first = course_of(law, 0, interval + costs->checkpoint);
  for (int m = 1; m <= CHUNKS; m++) {
    double sum = costs->downtime + later.at[m + 1] * later.above[m + 1];
    for (int i = 1; i <= m + 1; i++)
      sum += spent(&later, i) + (i > 2 ? failing(&later, i) * left[m - (i - 2)] : 0);
    left[m] = sum / (1 - failing(&later, 1) - failing(&later, 2));
  }
  for (int i = 2; i <= CHUNKS + 1; i++)
    fresh += spent(&first, i) + failing(&first, i) * left[CHUNKS - (i - 2)];
  return fresh + first.at[CHUNKS + 1] * first.above[CHUNKS + 1];
}

void ftblab_validate_renewals(void)
{
  static const char *const laws[] = {"exponential:mtbf=6h",       "weibull:shape=0.5,mtbf=6h",
                                     "weibull:shape=0.7,mtbf=6h", "weibull:shape=1.5,mtbf=6h",
                                     "gamma:shape=0.5,mtbf=6h",   "lognormal:sigma=1.5,mean=6h"};
  double *makespans = room_for_makespans();
  int count = 0, missed = 0;
  puts("(i) 40 chunks with checkpoints, as new after each failure: recursion and simulation\n"
       "law                            interval     C     R     D   recursion  simulation  (95 % interval)");
  for (size_t i = 0; i < FTBLAB_COUNT(laws) * 4; i++, count++) {
    ftblab_law law;
    ftblab_error err = {0};
    const bool has_memory = i >= 4; /* a life begins at the failure, so a downtime would be no part of the recursion */
    const ftblab_costs costs = {
        .checkpoint = 600, .restart = i & 1 ? 900 : 60, .downtime = i & 1 && !has_memory ? 1800 : 0};
    ftblab_checkpointed job = {.interval = i & 2 ? 6000 : 12000, .costs = costs};
    job.work = CHUNKS * job.interval;
    if (ftblab_law_parse(laws[i / 4], &law, &err) != FTBLAB_OK)
      ftblab_validate_give_up(&err);
    printf("%-30s %8.0f %5.0f %5.0f %5.0f ", laws[i / 4], job.interval, costs.checkpoint, costs.restart,
           costs.downtime);
    missed += !compare(&job, &law, mean_makespan(&law, &costs, job.interval), i, makespans);
  }
  free(makespans);
  ftblab_validate_tell_missed("(i)", missed, count);
}

/* ---- (j) two levels ---------------------------------------------------------------------------------------------- */

/* The mean time of what fails after TIME at the latest. */
static double cut(double mean, double time)
{
  return mean * (1 - exp(-time / mean));
}

/* Mean time from one far checkpoint to the next, exponential failures. The mean from each chunk on is SUM + AGAIN times
 * the mean F from the beginning of a far restart on: F itself is that restart, which begins anew at each failure, and
 * the whole pattern. A near restart that is struck is a near one again, or a far one (N. Vaidya, A case for two-level
 * distributed recovery schemes, SIGMETRICS 1995, has such chains). */
static double mean_of_pattern(double mean, const ftblab_checkpointed *job)
{
  const ftblab_near_level *near = &job->near;
  double sum = 0, again = 0, fatal = 1 - near->share, read = exp(-near->restart / mean);
  double once = 1 - (1 - read) * near->share; /* a near restart is not struck by another that it survives */
  for (unsigned i = near->every; i-- > 0;) {
    double time = job->interval + (i + 1 == near->every ? job->costs.checkpoint : near->checkpoint);
    double whole = exp(-time / mean), hit = 1 - whole;
    double stays = 1 - hit * near->share * read / once;
    sum = (cut(mean, time) + whole * sum + hit * near->share * cut(mean, near->restart) / once) / stays;
    again = (whole * again + hit * fatal * (1 + near->share * (1 - read) / once)) / stays;
  }
  double far_restart = mean * (exp(job->costs.restart / mean) - 1);
  return (sum + again * far_restart) / (1 - again);
}

void ftblab_validate_levels(void)
{
  static const double means[] = {3600, 14400, 72000};
  double *makespans = room_for_makespans();
  int count = 0, missed = 0;
  puts("(j) 10 patterns of two levels of checkpoints, exponential failures: recursion and simulation\n"
       "   MTBF interval every share near R   far R   recursion  simulation  (95 % interval)");
  for (size_t i = 0; i < FTBLAB_COUNT(means) * 8; i++, count++) {
    const double mean = means[i / 8];
    const ftblab_law law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = mean};
    ftblab_checkpointed job = {
        .interval = mean / (i & 1 ? 6 : 12),
        .costs = {.checkpoint = 600, .restart = i & 2 ? 900 : 300},
        .near = {.checkpoint = 30, .restart = i & 2 ? 120 : 20, .share = i & 4 ? 0.9 : 0.6, .every = i & 4 ? 8 : 3}};
    job.work = 10 * job.near.every * job.interval;
    printf("%7.0f %8.0f %5u %5.2f %6.0f %7.0f ", mean, job.interval, job.near.every, job.near.share, job.near.restart,
           job.costs.restart);
    missed += !compare(&job, &law, 10 * mean_of_pattern(mean, &job), i, makespans);
  }
  free(makespans);
  ftblab_validate_tell_missed("(j)", missed, count);
}
