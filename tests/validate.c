/* validate.c - what the simulation of a job is held against: closed forms inside its confidence intervals at the
 * nominal rate, published tables side by side, and published and measured runs. Prints each comparison, so that a
 * reader can judge for himself.
 *
 *   validate MEASURED [FILE...]   MEASURED: tests/validate-data/bscheduler.csv
 *                                 FILE: runs of S. Di's Event-Driven-CkptSim (1000-tests/simulation*.txt)
 *
 * A 95 % interval must miss the truth once in twenty: a part fails if it misses more often than chance explains (once
 * in a thousand), not if it misses at all. Exits with 1 if a part failed, with 3 for a file that cannot be read. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600.0
#define DAY 86400.0

static bool all_good = true;

void ftblab_validate_tell(const char *part, bool good, const char *what)
{
  all_good = all_good && good;
  printf("%s: %s: %s\n\n", part, good ? "holds" : "FAILS", what);
}

void ftblab_validate_give_up(const ftblab_error *err)
{
  fprintf(stderr, "validate: %s\n", err->text);
  exit(err->status == FTBLAB_EINPUT ? 3 : 2);
}

/* The most misses in COUNT intervals of 95 % that chance explains once in a thousand (binomial). */
static int most_misses(int count)
{
  double term = pow(0.95, count), sum = term;
  int misses = 0;
  while (sum < 0.999) {
    term *= (double)(count - misses) / (misses + 1) * 0.05 / 0.95;
    sum += term;
    misses++;
  }
  return misses;
}

void ftblab_validate_tell_missed(const char *part, int missed, int count)
{
  char what[200];
  int most = most_misses(count);
  snprintf(what, sizeof what, "%d of %d outside, %.1f expected, up to %d by chance", missed, count, 0.05 * count, most);
  ftblab_validate_tell(part, missed <= most, what);
}

void ftblab_validate_makespans(const ftblab_checkpointed *job, const ftblab_law *law, const ftblab_predictor *predictor,
                               const ftblab_replicas *replicas, double *makespans)
{
  ftblab_failures_config config = {.law = *law, .parts = 1, .age = FTBLAB_AGE_NEW, .source = "node"};
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_error err = {0};
  if (ftblab_failures_new(&config, &failures, &err) != FTBLAB_OK ||
      ftblab_history_new(failures, predictor, &history, &err) != FTBLAB_OK ||
      ftblab_checkpointed_replicas(job, history, replicas, makespans, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
}

ftblab_estimate ftblab_validate_simulate(const ftblab_checkpointed *job, double mean, const ftblab_predictor *predictor,
                                         const ftblab_replicas *replicas)
{
  const ftblab_law law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = mean};
  double *makespans = malloc(replicas->count * sizeof *makespans);
  if (makespans == NULL)
    exit(2);
  ftblab_validate_makespans(job, &law, predictor, replicas, makespans);
  ftblab_estimate estimate = ftblab_estimate_of(makespans, replicas->count);
  free(makespans);
  return estimate;
}

/* ---- (a) expected makespan --------------------------------------------------------------------------------------- */

static bool compare_makespan(double mean, const ftblab_costs *costs, double factor, uint64_t seed)
{
  ftblab_replicas replicas = {.count = 4000, .seed = seed};
  ftblab_checkpointed job = {.interval = factor * ftblab_young_interval(mean, costs), .costs = *costs};
  job.work = 100 * job.interval;
  ftblab_estimate estimate = ftblab_validate_simulate(&job, mean, NULL, &replicas);
  double expected = ftblab_expected_makespan(mean, costs, job.interval, 100);
  bool inside = expected >= estimate.low && expected <= estimate.high;
  printf("%7.0f %5.0f %5.0f %5.0f %9.1f %13.1f %13.1f  (%.1f to %.1f)%s\n", mean, costs->checkpoint, costs->restart,
         costs->downtime, job.interval, expected, estimate.mean, estimate.low, estimate.high,
         inside ? "" : "  outside");
  return inside;
}

static void validate_makespan(void)
{
  static const double means[] = {HOUR, 6 * HOUR, DAY}, factors[] = {0.5, 1, 2};
  int count = 0, missed = 0;
  puts("(a) Expected makespan of 100 chunks, exponential failures: closed form and simulation\n"
       "   MTBF     C     R     D  interval       formula    simulation  (95 % interval)");
  for (size_t i = 0; i < FTBLAB_COUNT(means) * FTBLAB_COUNT(factors) * 8; i++, count++) {
    ftblab_costs costs = {.checkpoint = i & 1 ? 600 : 60, .restart = i & 2 ? 600 : 30, .downtime = i & 4 ? 60 : 0};
    missed += !compare_makespan(means[i / 8 % 3], &costs, factors[i / 24], i);
  }
  ftblab_validate_tell_missed("(a)", missed, count);
}

/* ---- (b) predictions --------------------------------------------------------------------------------------------- */

/* The closed form is of first order: what it leaves out is of the order of the waste squared. */
static bool compare_waste(double mean, const ftblab_predictor *predictor, ftblab_prediction_answer answer, double time)
{
  ftblab_costs costs = {.checkpoint = 600, .restart = 600, .downtime = 60};
  ftblab_replicas replicas = {.count = 400, .seed = (uint64_t)mean};
  ftblab_checkpointed job = {.work = 500 * mean, .costs = costs, .answer = answer, .answer_time = time};
  bool answers = answer != FTBLAB_ANSWER_NOTHING, moves = answer == FTBLAB_ANSWER_MIGRATION;
  job.interval = answers ? ftblab_predicted_interval(mean, &costs, predictor) : ftblab_waste_interval(mean, &costs);
  double formula = !answers ? ftblab_waste(mean, &costs, job.interval)
                   : moves  ? ftblab_waste_migration(mean, &costs, job.interval, predictor, time)
                            : ftblab_waste_predicted(mean, &costs, job.interval, predictor, time);
  ftblab_estimate estimate = ftblab_validate_simulate(&job, mean, predictor, &replicas);
  double waste = 1 - job.work / estimate.mean,
         half = job.work * (estimate.high - estimate.low) / 2 / pow(estimate.mean, 2);
  bool good = fabs(waste - formula) <= formula * formula + half;
  printf("%8.0f %-10s %6.2f %9.2f %8.0f %11.5f %11.5f  (%.5f to %.5f) %9.5f%s\n", mean,
         moves     ? "migrate"
         : answers ? "checkpoint"
                   : "none",
         predictor->recall, predictor->precision, time, formula, waste, waste - half, waste + half, waste - formula,
         good ? "" : "  too far");
  return good;
}

static void validate_predictions(void)
{
  static const double means[] = {20000, 60000, 600000, 6000000};
  static const ftblab_predictor predictors[] = {{.recall = 0.85, .precision = 0.82, .lead_time = INFINITY},
                                                {.recall = 0.7, .precision = 0.4, .lead_time = INFINITY}};
  bool good = true;
  puts("(b) Waste with predictions, C = R = 600, D = 60: first-order form and simulation\n"
       "    MTBF answer     recall precision     time     formula  simulation  (95 % interval)        difference");
  for (size_t i = 0; i < FTBLAB_COUNT(means); i++) {
    good &= compare_waste(means[i], &predictors[0], FTBLAB_ANSWER_NOTHING, 0);
    for (size_t j = 0; j < FTBLAB_COUNT(predictors); j++) {
      good &= compare_waste(means[i], &predictors[j], FTBLAB_ANSWER_CHECKPOINT, 600);
      good &= compare_waste(means[i], &predictors[j], FTBLAB_ANSWER_MIGRATION, 60);
    }
  }
  ftblab_validate_tell(
      "(b)", good, "the difference is no more than the square of the waste, which a form of first order leaves out");
}

/* ---- (c) optimum ------------------------------------------------------------------------------------------------- */

static bool compare_optimum(double mean, double checkpoint, uint64_t seed)
{
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = mean}, .parts = 1, .source = "node"};
  ftblab_checkpointed job = {.costs = {.checkpoint = checkpoint, .restart = checkpoint}};
  ftblab_replicas replicas = {.count = 200, .seed = seed};
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_optimum best;
  ftblab_error err = {0};
  double young = ftblab_young_interval(mean, &job.costs), exact = ftblab_optimal_interval(mean, &job.costs);
  job.work = 200 * young;
  if (ftblab_failures_new(&config, &failures, &err) != FTBLAB_OK ||
      ftblab_history_new(failures, NULL, &history, &err) != FTBLAB_OK ||
      ftblab_optimum_find(&job, history, &replicas, young, &best, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  bool inside = exact >= best.low && exact <= best.high;
  printf("%7.0f %5.0f %9.1f %9.1f %11.1f %9.1f %11.1f  (%.1f to %.1f)%s\n", mean, checkpoint, young,
         ftblab_daly_interval_low(mean, &job.costs), ftblab_daly_interval_high(mean, &job.costs), exact, best.interval,
         best.low, best.high, inside ? "" : "  outside");
  ftblab_history_free(history);
  ftblab_failures_free(failures);
  return inside;
}

static void validate_optimum(void)
{
  static const double means[] = {HOUR, 6 * HOUR, DAY, 7 * DAY}, checkpoints[] = {30, 120, 600};
  int count = 0, missed = 0;
  puts("(c) The best interval: Young, Daly, the exact optimum, and the one that simulation finds\n"
       "   MTBF     C     Young      Daly Daly higher   optimum  simulation  (95 % interval)");
  for (size_t i = 0; i < FTBLAB_COUNT(means) * FTBLAB_COUNT(checkpoints) * 2; i++, count++)
    missed += !compare_optimum(means[i / 3 % 4], checkpoints[i % 3], i);
  ftblab_validate_tell_missed("(c)", missed, count);
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fputs("usage: validate MEASURED [FILE...]\n", stderr);
    return 64;
  }
  validate_makespan();
  validate_predictions();
  validate_optimum();
  ftblab_validate_spread();
  ftblab_validate_laws();
  ftblab_validate_renewals();
  ftblab_validate_levels();
  ftblab_validate_tables();
  for (int i = 2; i < argc; i++)
    ftblab_validate_runs(argv[i]);
  if (argc == 2)
    puts("(e): not asked: give the files of Event-Driven-CkptSim (1000-tests/*/simulation*.txt)\n");
  ftblab_validate_measured(argv[1]);
  return all_good ? 0 : 1;
}
