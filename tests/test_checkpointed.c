/* test_checkpointed.c - closed forms against worked examples, and the simulation of a job against the closed forms,
 * against published runs, and against what can be counted by hand. */
#include "laws.h"

#include <CUnit/Basic.h>

#include <math.h>
#include <stdlib.h>

#define HOUR 3600.0
#define DAY 86400.0
#define YEAR (365 * DAY)

static bool is_near(double value, double expected, double relative)
{
  return fabs(value - expected) <= relative * fabs(expected);
}

/* ---- closed forms ------------------------------------------------------------------------------------------------ */

static void test_intervals(void)
{
  static const struct {
    double mean, young, low, high, optimal;
  } cases[] = {
      {HOUR, 2078.461, 2244.994, 1697.706, 1699.231},
      {DAY, 10182.338, 10217.632, 9786.266, 9786.328},
      {7 * DAY, 26939.933, 26953.293, 26541.418, 26541.427},
  };
  ftblab_costs costs = {.checkpoint = 600, .restart = 600};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    CU_ASSERT_DOUBLE_EQUAL(ftblab_young_interval(cases[i].mean, &costs), cases[i].young, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ftblab_daly_interval_low(cases[i].mean, &costs), cases[i].low, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ftblab_daly_interval_high(cases[i].mean, &costs), cases[i].high, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ftblab_optimal_interval(cases[i].mean, &costs), cases[i].optimal, 1e-3);
  }
  CU_ASSERT_EQUAL(ftblab_daly_interval_high(300, &costs), 300); /* C = 2 M */
}

static void test_makespan(void)
{
  ftblab_costs costs = {.checkpoint = 60, .restart = 30};
  double interval = sqrt(2 * 60 * HOUR), best = INFINITY, chunks = ftblab_optimal_chunks(HOUR, &costs, 21600);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_expected_makespan(HOUR, &costs, interval, 21600 / interval), 26302.4, 0.05);
  for (double count = 1; count < 100; count++)
    best = fmin(best, ftblab_expected_makespan(HOUR, &costs, 21600 / count, count));
  CU_ASSERT_EQUAL(ftblab_expected_makespan(HOUR, &costs, 21600 / chunks, chunks), best);
}

static void test_waste(void)
{
  static const struct {
    double mean, period, waste, exact;
  } cases[] = {
      {DAY, 10143.37, 0.12157, 0.12002}, {7 * DAY, 26925.23, 0.04511, 0.04493}, {HOUR, 1878.30, 0.62175, 0.56039}};
  ftblab_costs costs = {.checkpoint = 600, .restart = 600, .downtime = 60};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    double interval = ftblab_waste_interval(cases[i].mean, &costs),
           best = ftblab_optimal_interval(cases[i].mean, &costs);
    CU_ASSERT_DOUBLE_EQUAL(interval + 600, cases[i].period, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(ftblab_waste(cases[i].mean, &costs, interval), cases[i].waste, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(1 - best / ftblab_expected_makespan(cases[i].mean, &costs, best, 1), cases[i].exact, 1e-5);
  }
}

static void test_predictions(void)
{
  ftblab_costs costs = {.checkpoint = 600, .restart = 600, .downtime = 60};
  ftblab_predictor predictor = {.recall = 0.85, .precision = 0.82}, perfect = {.recall = 1, .precision = 1};
  double interval = ftblab_predicted_interval(60000, &costs, &predictor);
  CU_ASSERT_DOUBLE_EQUAL(interval + 600, 21908.90, 0.01);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_waste_predicted(60000, &costs, interval, &predictor, 600), 0.07614, 1e-5);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_waste_window(60000, &costs, interval, &predictor, 600, 1500), 0.09739, 1e-5);
  interval = ftblab_predicted_interval(20000, &costs, &predictor);
  CU_ASSERT_DOUBLE_EQUAL(interval + 600, 12649.11, 0.01);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_waste_migration(20000, &costs, interval, &predictor, 60), 0.10293, 1e-5);
  CU_ASSERT(isinf(ftblab_predicted_interval(20000, &costs, &perfect)));
  CU_ASSERT_DOUBLE_EQUAL(ftblab_waste_migration(20000, &costs, INFINITY, &perfect, 60), 0.003, 1e-9);
}

static void test_other_forms(void)
{
  static const double cost[] = {10, 600}, mean[] = {14400, 86400};
  double intervals[2];
  CU_ASSERT_DOUBLE_EQUAL(ftblab_levels_overhead(cost, mean, 2, intervals), 0.15512, 1e-5);
  CU_ASSERT_DOUBLE_EQUAL(intervals[0], 536.7, 0.05);
  CU_ASSERT_DOUBLE_EQUAL(intervals[1], 10182.3, 0.05);
  static const double exhausted[] = {0.4247, 0.1355, 0.0323, 0.00592, 0.000873};
  for (unsigned spares = 0; spares < 5; spares++)
    CU_ASSERT(is_near(ftblab_spares_exhausted(1024, spares, 4148.2, 2.99), exhausted[spares], 2e-3));
  CU_ASSERT_DOUBLE_EQUAL(ftblab_replication_failures(1), 3, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_replication_failures(10), 6.6755, 1e-4);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_replication_failures(524288), 1284.394, 1e-2);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_buddies_survive(1048576, 10 * YEAR, 660, 30 * DAY), 0.98212, 1e-5);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_buddies_survive(64, 1e6, 660, 3e5), 0.9874, 1e-4);
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static ftblab_account run_dates(const ftblab_checkpointed *job, const double *dates, size_t count)
{
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_REPLAY, .dates = dates, .date_count = count}, .parts = 1, .source = "dates"};
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_account account = {0};
  CU_ASSERT_EQUAL_FATAL(ftblab_failures_new(&config, &failures, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_history_new(failures, NULL, &history, NULL), FTBLAB_OK);
  ftblab_history_start(history, 1);
  CU_ASSERT_EQUAL_FATAL(ftblab_checkpointed_run(job, history, &account, NULL), FTBLAB_OK);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
  return account;
}

/* Two of the runs published with S. Di's Event-Driven-CkptSim (Alharthi et al., DSN 2023): dates to a millisecond. */
static void test_published(void)
{
  static const double first[] = {4726.527, 5717.041, 9369.252, 12247.378, 15523.999, 16983.053, 18734.240};
  static const double second[] = {4725.328, 6625.299, 7463.501, 8919.849, 21283.763, 21305.853};
  ftblab_checkpointed job = {.work = 21600,
                             .interval = sqrt(2 * 60 * HOUR),
                             .costs = {.checkpoint = 60, .restart = 30},
                             .rules = {.protects_from_start = true,
                                       .recovery = FTBLAB_RECOVERY_DEFERS,
                                       .no_last_checkpoint = true,
                                       .free_first_restart = true,
                                       .checkpoint_cuts_restart = true,
                                       .time_step = 2}};
  ftblab_account account = run_dates(&job, first, FTBLAB_COUNT(first));
  CU_ASSERT(account.makespan == 25070 && account.checkpoint == 2014);
  CU_ASSERT(account.restart == 154 && account.lost == 1302);
  account = run_dates(&job, second, FTBLAB_COUNT(second));
  CU_ASSERT(account.makespan == 24780 && account.checkpoint == 1972);
  CU_ASSERT(account.restart == 152 && account.lost == 1056);
}

/* Work 100, a checkpoint of 10 after every 30, restart 5, downtime 3, and failures where each rule tells. Without a
 * failure: 30 10 30 10 30 10 10 10, 140 in all, or 130 without the last checkpoint. */
static void test_rules(void)
{
  static const struct {
    const char *what;
    double dates[3];
    ftblab_checkpoint_rules rules;
    double makespan, checkpoint, lost, restart, downtime;
  } cases[] = {
      {"none", {1000, 1000, 1000}, {0}, 140, 40, 0, 0, 0},
      {"no last one", {1000, 1000, 1000}, {.no_last_checkpoint = true}, 130, 30, 0, 0, 0},
      {"before the first", {20, 1000, 1000}, {0}, 140 + 20 + 3 + 5, 40, 20, 5, 3},
      {"a free restart", {20, 1000, 1000}, {.free_first_restart = true}, 140 + 20 + 3, 40, 20, 0, 3},
      {"in a checkpoint", {35, 1000, 1000}, {0}, 140 + 35 + 3 + 5, 45, 30, 5, 3},
      {"in one that protects", {35, 1000, 1000}, {.protects_from_start = true}, 140 + 5 + 3 + 5, 45, 0, 5, 3},
      {"at its end", {40, 1000, 1000}, {0}, 140 + 3 + 5, 40, 0, 5, 3},
      {"in a restart", {20, 26, 1000}, {0}, 140 + 20 + 3 + 3 + 3 + 5, 40, 20, 8, 6},
      {"put off", {20, 26, 1000}, {.recovery = FTBLAB_RECOVERY_DEFERS}, 140 + 20 + 3 + 5 + 3 + 5, 40, 20, 10, 6},
      {"ignored", {20, 26, 1000}, {.recovery = FTBLAB_RECOVERY_IGNORES}, 140 + 20 + 3 + 5, 40, 20, 5, 3},
      {"in the downtime", {20, 22, 1000}, {0}, 140 + 20 + 3 + 5, 40, 20, 5, 3},
      {"in steps of 4", {17, 1000, 1000}, {.time_step = 4}, 20 + 4 + 8 + 44 + 40 + 44 + 20, 48, 20, 8, 4},
      {"when it is done", {130, 1000, 1000}, {.no_last_checkpoint = true}, 130, 30, 0, 0, 0},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_checkpointed job = {
        .work = 100, .interval = 30, .costs = {.checkpoint = 10, .restart = 5, .downtime = 3}, .rules = cases[i].rules};
    ftblab_account account = run_dates(&job, cases[i].dates, 3);
    if (cases[i].rules.time_step == 0)
      CU_ASSERT_EQUAL(account.work, 100);
    bool as_expected = account.makespan == cases[i].makespan && account.checkpoint == cases[i].checkpoint &&
                       account.lost == cases[i].lost && account.restart == cases[i].restart &&
                       account.downtime == cases[i].downtime;
    CU_ASSERT(as_expected);
    if (!as_expected)
      fprintf(stderr, "%s: makespan %g, checkpoint %g, lost %g, restart %g, downtime %g\n", cases[i].what,
              account.makespan, account.checkpoint, account.lost, account.restart, account.downtime);
  }
}

static void with_history(const ftblab_law *law, const ftblab_predictor *predictor, ftblab_failures **failures,
                         ftblab_history **history)
{
  ftblab_failures_config config = {.law = *law, .parts = 1, .source = "node"};
  CU_ASSERT_EQUAL_FATAL(ftblab_failures_new(&config, failures, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_history_new(*failures, predictor, history, NULL), FTBLAB_OK);
}

/* Under every law and rule: the parts make the whole, a run is the same again, and one replica's failures are those of
 * the next policy. */
static void test_accounts(void)
{
  static const ftblab_law laws[] = {{.kind = FTBLAB_LAW_EXPONENTIAL, .scale = 5000},
                                    {.kind = FTBLAB_LAW_WEIBULL, .scale = 4000, .shape = 0.6},
                                    {.kind = FTBLAB_LAW_LOGNORMAL, .scale = 4000, .shape = 1},
                                    {.kind = FTBLAB_LAW_GAMMA, .scale = 4000, .shape = 1.5}};
  ftblab_predictor predictor = {.recall = 0.8, .precision = 0.6, .lead_time = 1000};
  for (size_t i = 0; i < FTBLAB_COUNT(laws) * 24; i++) {
    ftblab_failures *failures;
    ftblab_history *history;
    ftblab_account account, again;
    with_history(&laws[i / 24], &predictor, &failures, &history);
    ftblab_checkpointed job = {.work = 100000,
                               .interval = 900,
                               .costs = {.checkpoint = 60, .restart = 45, .downtime = i % 2 ? 20 : 0},
                               .rules = {.recovery = (ftblab_recovery_failures)(i % 3),
                                         .protects_from_start = i % 4 == 1,
                                         .no_last_checkpoint = i % 4 == 2,
                                         .free_first_restart = i % 4 == 3},
                               .answer = (ftblab_prediction_answer)(i / 8 % 3),
                               .answer_time = 50};
    ftblab_history_start(history, i);
    CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
    double sum =
        account.work + account.checkpoint + account.lost + account.downtime + account.restart + account.migration;
    CU_ASSERT(is_near(sum, account.makespan, 1e-9) && account.work == job.work && account.finished);
    CU_ASSERT((account.predictions > 0) == (job.answer != FTBLAB_ANSWER_NOTHING));
    CU_ASSERT((account.migration > 0) == (job.answer == FTBLAB_ANSWER_MIGRATION));
    job.interval = 517.3;
    CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &again, NULL), FTBLAB_OK);
    CU_ASSERT_NOT_EQUAL(again.makespan, account.makespan);
    job.interval = 900;
    ftblab_history_start(history, i);
    CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &again, NULL), FTBLAB_OK);
    CU_ASSERT_EQUAL(again.makespan, account.makespan);
    ftblab_history_free(history);
    ftblab_failures_free(failures);
  }
}

/* A prediction that comes true saves the work; one too late saves nothing. */
static void test_answers(void)
{
  ftblab_law law = {.kind = FTBLAB_LAW_CONSTANT, .scale = 100};
  ftblab_predictor predictor = {.recall = 1, .precision = 1, .lead_time = 10};
  ftblab_failures_config config = {.law = law, .parts = 1, .age = FTBLAB_AGE_NEW, .source = "node"};
  ftblab_failures *failures;
  ftblab_history *history;
  ftblab_account account;
  CU_ASSERT_EQUAL_FATAL(ftblab_failures_new(&config, &failures, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_history_new(failures, &predictor, &history, NULL), FTBLAB_OK);
  ftblab_checkpointed job = {.work = 120,
                             .interval = INFINITY,
                             .costs = {.checkpoint = 8, .restart = 5},
                             .rules = {.no_last_checkpoint = true},
                             .answer = FTBLAB_ANSWER_CHECKPOINT,
                             .answer_time = 8};
  ftblab_history_start(history, 1); /* 92 of work, 8 of checkpoint, failure, 5 of restart, 28 of work */
  CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
  CU_ASSERT(account.makespan == 133 && account.lost == 0 && account.failures == 1);
  job.answer = FTBLAB_ANSWER_MIGRATION;
  CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
  CU_ASSERT(account.makespan == 128 && account.migration == 8 && account.failures == 0);
  job.interval = 90; /* the migration begins 2 into a checkpoint, which is written anew */
  CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
  CU_ASSERT(account.makespan == 138 && account.checkpoint == 10 && account.checkpoints == 1);
  job.answer = FTBLAB_ANSWER_CHECKPOINT; /* no second one beside it: 90, 8, 2 of work are lost, 5, 30 */
  CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
  CU_ASSERT(account.makespan == 135 && account.lost == 2 && account.predictions == 0);
  job.interval = 100; /* 92, 8, 5, 8 until the periodic one is due, 8, 20 */
  CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
  CU_ASSERT(account.makespan == 141 && account.checkpoints == 2 && account.lost == 0);
  job.interval = INFINITY;
  job.answer_time = 11; /* longer than the lead */
  job.makespan_max = 1000;
  CU_ASSERT_EQUAL(ftblab_checkpointed_run(&job, history, &account, NULL), FTBLAB_OK);
  CU_ASSERT(!account.finished && account.predictions == 0 && account.makespan >= 1000);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
}

/* ---- against the closed forms ------------------------------------------------------------------------------------ */

/* Each interval holds the expected makespan 95 times in 100; of these 12 no more than two may fail, for these seeds. */
static void test_daly(void)
{
  enum { REPLICAS = 2000 };
  static const double means[] = {HOUR, 6 * HOUR}, factors[] = {0.5, 1, 2}, restarts[] = {0, 300};
  static double makespans[REPLICAS];
  int missed = 0;
  for (size_t i = 0; i < 12; i++) {
    ftblab_law law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = means[i / 6]};
    ftblab_costs costs = {.checkpoint = 120, .restart = restarts[i % 2], .downtime = i % 2 ? 60 : 0};
    ftblab_replicas replicas = {.count = REPLICAS, .seed = i};
    ftblab_failures *failures;
    ftblab_history *history;
    with_history(&law, NULL, &failures, &history);
    ftblab_checkpointed job = {.interval = factors[i / 2 % 3] * ftblab_young_interval(law.scale, &costs),
                               .costs = costs};
    job.work = 100 * job.interval;
    CU_ASSERT_EQUAL(ftblab_checkpointed_replicas(&job, history, &replicas, makespans, NULL), FTBLAB_OK);
    ftblab_estimate estimate = ftblab_estimate_of(makespans, REPLICAS);
    double expected = ftblab_expected_makespan(law.scale, &costs, job.interval, 100);
    missed += expected < estimate.low || expected > estimate.high;
    CU_ASSERT(is_near(estimate.mean, expected, 0.01));
    ftblab_history_free(history);
    ftblab_failures_free(failures);
  }
  CU_ASSERT(missed <= 2);
}

static void test_optimum(void)
{
  ftblab_law law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = DAY};
  ftblab_checkpointed job = {.work = 60 * DAY, .costs = {.checkpoint = 600, .restart = 600}};
  ftblab_replicas replicas = {.count = 400, .seed = 1};
  double exact = ftblab_optimal_interval(DAY, &job.costs), nears[] = {exact, exact / 20, exact * 10};
  ftblab_failures *failures;
  ftblab_history *history;
  with_history(&law, NULL, &failures, &history);
  for (size_t i = 0; i < FTBLAB_COUNT(nears); i++) {
    ftblab_optimum optimum;
    CU_ASSERT_EQUAL(ftblab_optimum_find(&job, history, &replicas, nears[i], &optimum, NULL), FTBLAB_OK);
    CU_ASSERT(is_near(optimum.interval, exact, 0.03) && !optimum.is_all);
    CU_ASSERT(optimum.low < optimum.interval && optimum.interval < optimum.high);
    CU_ASSERT(optimum.low < exact * 1.01 && optimum.high > exact * 0.99);
  }
  job.work = HOUR; /* shorter than any interval that is worth it */
  ftblab_optimum optimum;
  CU_ASSERT_EQUAL(ftblab_optimum_find(&job, history, &replicas, HOUR, &optimum, NULL), FTBLAB_OK);
  CU_ASSERT(optimum.is_all);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
}

static void test_estimate(void)
{
  double values[] = {5, 1, 4, 2, 3, 6, 7, 8, 9, 10, 11};
  ftblab_estimate estimate = ftblab_estimate_of(values, 11);
  CU_ASSERT(estimate.mean == 6 && estimate.median == 6 && estimate.p10 == 2 && estimate.p90 == 10);
  CU_ASSERT_DOUBLE_EQUAL(estimate.high - 6, 2.2281388520 * sqrt(11.0 / 11), 1e-4); /* t of 10 degrees */
  estimate = ftblab_estimate_of(values, 1);
  CU_ASSERT(estimate.mean == 1 && isinf(estimate.high) && estimate.p90 == 1);
}

static const struct {
  const char *name;
  void (*run)(void);
} tests[] = {
    {"Young, Daly, optimum", test_intervals},
    {"expected makespan", test_makespan},
    {"waste", test_waste},
    {"waste with predictions", test_predictions},
    {"levels, spares, replicas, buddies", test_other_forms},
    {"published runs", test_published},
    {"rules", test_rules},
    {"accounts add up", test_accounts},
    {"answers to predictions", test_answers},
    {"expected makespan by simulation", test_daly},
    {"optimum by simulation", test_optimum},
    {"estimates", test_estimate},
};

int main(void)
{
  if (CU_initialize_registry() != CUE_SUCCESS)
    return 2;
  CU_pSuite suite = CU_add_suite("checkpointed", NULL, NULL);
  for (size_t i = 0; suite && i < FTBLAB_COUNT(tests); i++)
    if (!CU_add_test(suite, tests[i].name, tests[i].run))
      return 2;
  CU_basic_run_tests();
  unsigned failures = suite ? CU_get_number_of_failures() : 1;
  CU_cleanup_registry();
  return failures ? 1 : 0;
}
