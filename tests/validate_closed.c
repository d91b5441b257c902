/* validate_closed.c - closed forms beside the mean under exponential failures: how much makespans differ, and jobs that
 * start over under other laws. Neither shares a line with what is validated. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNKS = 100, REPLICAS = 20000 };

/* ---- (g) variance ------------------------------------------------------------------------------------------------ */

/* Mean and second moment of a time. */
typedef struct moments {
  double first, second;
} moments;

/* Of an exponential life with mean M that ends within TIME. */
static moments moments_of_cut_life(double mean, double time)
{
  double missed = exp(-time / mean), hit = 1 - missed, rest = time + mean;
  return (moments){mean - time * missed / hit, (2 * mean * mean - missed * (rest * rest + mean * mean)) / hit};
}

/* Of what takes TIME in one go: a failure in it costs what was done, then AGAIN, and it begins anew. In each step the
 * three parts are independent, since an exponential life has no memory (V. G. Kulkarni, V. F. Nicola, K. S. Trivedi,
 * The completion time of a job on multimode systems, Adv. Appl. Prob. 19, 1987: preemptive repeat). */
static moments moments_of_repeated(double mean, double time, const moments *again)
{
  double whole = exp(-time / mean), hit = 1 - whole;
  moments cut = moments_of_cut_life(mean, time), all;
  all.first = (whole * time + hit * (cut.first + again->first)) / whole;
  double mixed = 2 * (cut.first * again->first + cut.first * all.first + again->first * all.first);
  all.second = (whole * time * time + hit * (cut.second + again->second + mixed)) / whole;
  return all;
}

/* Of a downtime and a restart, in which failures count: those begin with a downtime again. Time D in front of each try
 * is no different from D behind each failure, and once more at the first. */
static moments moments_of_recovery(double mean, const ftblab_costs *costs)
{
  moments down = {costs->downtime, costs->downtime * costs->downtime};
  if (!(costs->restart > 0))
    return down;
  moments read = moments_of_repeated(mean, costs->restart, &down);
  return (moments){down.first + read.first, down.second + 2 * down.first * read.first + read.second};
}

static double variance_of_makespan(double mean, const ftblab_costs *costs, double interval)
{
  moments recovery = moments_of_recovery(mean, costs);
  moments chunk = moments_of_repeated(mean, interval + costs->checkpoint, &recovery);
  return CHUNKS * (chunk.second - chunk.first * chunk.first);
}

/* Is EXPECTED within the 95 % interval of the variance of MAKESPANS, by their fourth moment? */
static bool compare_spread(double expected, const double *makespans, double *variance, double *half)
{
  double mean = 0, second = 0, fourth = 0;
  for (size_t i = 0; i < REPLICAS; i++)
    mean += makespans[i] / REPLICAS;
  for (size_t i = 0; i < REPLICAS; i++) {
    double square = (makespans[i] - mean) * (makespans[i] - mean);
    second += square / (REPLICAS - 1);
    fourth += square * square / REPLICAS;
  }
  *variance = second;
  *half = 1.96 * sqrt((fourth - second * second) / REPLICAS);
  return fabs(second - expected) <= *half;
}

static bool validate_variance(double mean, const ftblab_costs *costs, double factor, uint64_t seed, double *makespans)
{
  const ftblab_law law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = mean};
  const ftblab_replicas replicas = {.count = REPLICAS, .seed = seed};
  ftblab_checkpointed job = {.interval = factor * ftblab_young_interval(mean, costs), .costs = *costs};
  double variance, half;
  job.work = CHUNKS * job.interval;
  ftblab_validate_makespans(&job, &law, NULL, &replicas, makespans);
  double expected = variance_of_makespan(mean, costs, job.interval);
  bool inside = compare_spread(expected, makespans, &variance, &half);
  printf("%7.0f %5.0f %5.0f %5.0f %9.1f %11.1f %11.1f  (%.1f to %.1f)%s\n", mean, costs->checkpoint, costs->restart,
         costs->downtime, job.interval, sqrt(expected), sqrt(variance), sqrt(variance - half), sqrt(variance + half),
         inside ? "" : "  outside");
  return inside;
}

void ftblab_validate_spread(void)
{
  static const double means[] = {3600, 21600, 86400};
  double *makespans = malloc(REPLICAS * sizeof *makespans);
  int count = 0, missed = 0;
  if (makespans == NULL)
    exit(2);
  puts("(g) Standard deviation of the makespan of 100 chunks, exponential failures: closed form and simulation\n"
       "   MTBF     C     R     D  interval     formula  simulation  (95 % interval)");
  for (size_t i = 0; i < FTBLAB_COUNT(means) * 8; i++, count++) {
    ftblab_costs costs = {.checkpoint = i & 1 ? 600 : 60, .restart = i & 2 ? 600 : 30, .downtime = i & 4 ? 60 : 0};
    missed += !validate_variance(means[i / 8], &costs, i % 3 == 0 ? 2 : 1, i, makespans);
  }
  free(makespans);
  ftblab_validate_tell_missed("(g)", missed, count);
}

/* ---- (h) other laws ---------------------------------------------------------------------------------------------- */

/* By Simpson's rule in the square root of the time, for laws whose density has a pole at 0. */
double ftblab_validate_mean_of_try(const ftblab_law *law, double time)
{
  enum { STEPS = 20000 };
  double sum = 0, width = sqrt(time) / STEPS;
  for (int i = 0; i <= STEPS; i++) {
    double root = width * i;
    sum += (i == 0 || i == STEPS ? 1 : i % 2 == 1 ? 4 : 2) * ftblab_law_above(law, root * root) * 2 * root;
  }
  return sum * width / 3;
}

/* Without checkpoints a job starts over at each failure, and the machine is as new: by Wald's identity its mean time is
 * that of a try over the probability that one is whole (S. Asmussen, P. Fiorini, L. Lipsky, T. Rolski, R. Sheahan,
 * Asymptotic behavior of total times for jobs that must start over if a failure occurs, Math. Oper. Res. 33, 2008). */
static bool compare_law(const char *name, double part, uint64_t seed, double *makespans)
{
  ftblab_law law;
  ftblab_error err = {0};
  if (ftblab_law_parse(name, &law, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  const ftblab_replicas replicas = {.count = REPLICAS, .seed = seed};
  const ftblab_checkpointed job = {.work = part * ftblab_law_mean(&law), .interval = INFINITY};
  ftblab_validate_makespans(&job, &law, NULL, &replicas, makespans);
  ftblab_estimate estimate = ftblab_estimate_of(makespans, REPLICAS);
  double expected = ftblab_validate_mean_of_try(&law, job.work) / ftblab_law_above(&law, job.work);
  bool inside = expected >= estimate.low && expected <= estimate.high;
  printf("%-31s %7.0f %11.1f %11.1f  (%.1f to %.1f)%s\n", name, job.work, expected, estimate.mean, estimate.low,
         estimate.high, inside ? "" : "  outside");
  return inside;
}

void ftblab_validate_laws(void)
{
  static const char *const laws[] = {
      "exponential:mtbf=1h",     "weibull:shape=0.5,mtbf=1h", "weibull:shape=0.7,mtbf=1h", "weibull:shape=1.5,mtbf=1h",
      "gamma:shape=0.5,mtbf=1h", "gamma:shape=3,mtbf=1h",     "lognormal:sigma=1,mean=1h", "lognormal:sigma=2,mean=1h"};
  static const double parts[] = {0.1, 0.5, 1, 2};
  double *makespans = malloc(REPLICAS * sizeof *makespans);
  int count = 0, missed = 0;
  if (makespans == NULL)
    exit(2);
  puts("(h) A job without checkpoints, which starts over at each failure: closed form and simulation\n"
       "law                                work     formula  simulation  (95 % interval)");
  for (size_t i = 0; i < FTBLAB_COUNT(laws) * FTBLAB_COUNT(parts); i++, count++)
    missed += !compare_law(laws[i / FTBLAB_COUNT(parts)], parts[i % FTBLAB_COUNT(parts)], i, makespans);
  free(makespans);
  ftblab_validate_tell_missed("(h)", missed, count);
}
