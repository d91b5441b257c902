/* test_checkpointed.c - closed forms against worked examples, and the simulation of a job against the closed forms,
 * against published runs, and against what can be counted by hand. */
#include "laws.h"
#include "suite.h"

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

static void test_storage(void)
{
  static const struct {
    const char *text;
    double bytes;
  } sizes[] = {{"600", 600},  {"600B", 600}, {"32GB", 32e9},     {"1.5TiB", 1.5 * 1099511627776.0},
               {"2kB", 2000}, {"2KB", 2000}, {"3KiB", 3 * 1024}, {"0", 0},
               {"1PB", 1e15}};
  static const char *const bad[] = {"", "GB", "32 GB", "32Gb", "32GBs", "-1GB", "32XB", "nan", "1e308PB"};
  ftblab_costs costs = {.downtime = 7};
  ftblab_error err;
  double value = -1;
  for (size_t i = 0; i < FTBLAB_COUNT(sizes); i++)
    CU_ASSERT(ftblab_bytes_parse(sizes[i].text, &value, NULL) == FTBLAB_OK && value == sizes[i].bytes);
  for (size_t i = 0; i < FTBLAB_COUNT(bad); i++)
    CU_ASSERT(ftblab_bytes_parse(bad[i], &value, &err) == FTBLAB_EINPUT && err.text[0] == '\'');
  CU_ASSERT(ftblab_rate_parse("40GB/s", &value, NULL) == FTBLAB_OK && value == 40e9);
  CU_ASSERT(ftblab_rate_parse("2GBps", &value, NULL) == FTBLAB_OK && value == 2e9);
  CU_ASSERT(ftblab_rate_parse("40GB/min", &value, &err) == FTBLAB_EINPUT);
  /* Jaguar, CTWatch 2007: 45 TB at 55 GB/s, "on the order of 13 minutes". */
  ftblab_storage_costs(&(ftblab_storage){.write = 55e9}, 1, 45e12, &costs);
  CU_ASSERT_DOUBLE_EQUAL(costs.checkpoint, 818.18, 0.01);
  CU_ASSERT(costs.restart == costs.checkpoint && costs.downtime == 7);
  ftblab_storage_costs(&(ftblab_storage){.write = 4e9, .read = 8e9}, 16, 64e9, &costs);
  CU_ASSERT(costs.checkpoint == 256 && costs.restart == 128);
}

static void test_two_levels(void)
{
  ftblab_costs costs = {.checkpoint = 600, .restart = 600};
  ftblab_near_level near = {.checkpoint = 10, .restart = 10, .share = 6.0 / 7};
  double mean = 1 / (1.0 / 14400 + 1.0 / 86400),
         interval = ftblab_two_levels_interval(mean, &costs, &near, &near.every);
  CU_ASSERT_EQUAL(near.every, 19);
  CU_ASSERT_DOUBLE_EQUAL(interval, 532.7, 0.05);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_two_levels_waste(mean, &costs, &near, interval), 0.1557, 5e-5);
  near = (ftblab_near_level){.checkpoint = 600, .restart = 600, .share = 1, .every = 1}; /* one level after all */
  CU_ASSERT_DOUBLE_EQUAL(ftblab_two_levels_waste(mean, &costs, &near, 3000), ftblab_waste(mean, &costs, 3000), 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_two_levels_interval_of(mean, &costs, &near), ftblab_young_interval(mean, &costs), 1e-9);
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static ftblab_account run_predicted(const ftblab_checkpointed *job, const double *dates, size_t count,
                                    const ftblab_predictor *predictor)
{
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_REPLAY, .dates = dates, .date_count = count}, .parts = 1, .source = "dates"};
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_account account = {0};
  CU_ASSERT_EQUAL_FATAL(ftblab_failures_new(&config, &failures, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_history_new(failures, predictor, &history, NULL), FTBLAB_OK);
  ftblab_history_start(history, 1);
  CU_ASSERT_EQUAL_FATAL(ftblab_checkpointed_run(job, history, &account, NULL), FTBLAB_OK);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
  return account;
}

static ftblab_account run_dates(const ftblab_checkpointed *job, const double *dates, size_t count)
{
  return run_predicted(job, dates, count, NULL);
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

/* The first two of their runs with predictions: of ten failures one is missed, the sixth; their list has the date 0 for
 * it, which is answered at once. */
static void test_published_predictions(void)
{
  static const double first[] = {4726.527, 5717.041, 9369.252, 12247.378, 15523.999, 16983.053, 18734.240};
  static const double second[] = {4725.328, 6625.299, 7463.501, 8919.849, 21283.763, 21305.853};
  double list[7];
  ftblab_predictor predictor = {.lead_time = INFINITY, .dates = list, .date_count = 7};
  ftblab_checkpointed job = {.work = 21600,
                             .interval = sqrt(2 * 60 * 10 * HOUR),
                             .costs = {.checkpoint = 60, .restart = 30},
                             .rules = {.protects_from_start = true,
                                       .recovery = FTBLAB_RECOVERY_DEFERS,
                                       .no_last_checkpoint = true,
                                       .free_first_restart = true,
                                       .checkpoint_cuts_restart = true,
                                       .late_answers = true,
                                       .time_step = 2},
                             .answer = FTBLAB_ANSWER_CHECKPOINT,
                             .answer_time = 60,
                             .answer_margin = 2};
  for (int i = 0; i < 7; i++)
    list[i] = i == 5 ? 0 : first[i];
  ftblab_account account = run_predicted(&job, first, 7, &predictor);
  CU_ASSERT(account.makespan == 24212 && account.checkpoint == 1022 && account.restart == 182 && account.lost == 1408);
  for (int i = 0; i < 6; i++)
    list[i] = i == 5 ? 0 : second[i];
  predictor.date_count = 6;
  account = run_predicted(&job, second, 6, &predictor);
  CU_ASSERT(account.makespan == 22714 && account.checkpoint == 982 && account.restart == 124 && account.lost == 8);
}

/* A prediction of 40 whose checkpoint of 10 would have to begin at 30, in the periodic one from 25 to 35. */
static void test_late_answers(void)
{
  double failure = 40, predicted = 40;
  ftblab_predictor predictor = {.lead_time = INFINITY, .dates = &predicted, .date_count = 1};
  ftblab_checkpointed job = {.work = 60,
                             .interval = 25,
                             .costs = {.checkpoint = 10, .restart = 5},
                             .rules = {.no_last_checkpoint = true},
                             .answer = FTBLAB_ANSWER_CHECKPOINT,
                             .answer_time = 10};
  /* dropped: 25, 10, 5 lost, 5, 25, 10, 10 */
  ftblab_account account = run_predicted(&job, &failure, 1, &predictor);
  CU_ASSERT(account.makespan == 90 && account.lost == 5 && account.checkpoints == 2 && account.predictions == 0);
  job.rules.late_answers = true; /* 25, 10, 5 of a checkpoint that fails, 5, it again, 25, 10, 10 */
  account = run_predicted(&job, &failure, 1, &predictor);
  CU_ASSERT(account.makespan == 100 && account.lost == 0 && account.checkpoints == 3 && account.predictions == 2);
  job.interval = INFINITY; /* 18, 10, 12 with a margin of 12; the work since is lost, 5, 42 */
  job.answer_margin = 12;
  account = run_predicted(&job, &failure, 1, &predictor);
  CU_ASSERT(account.makespan == 18 + 10 + 12 + 5 + 42 && account.lost == 12 && account.checkpoints == 1);
  job.rules = (ftblab_checkpoint_rules){.no_last_checkpoint = true};
  account = run_predicted(&job, &failure, 1, &predictor);
  CU_ASSERT(account.makespan == 18 + 10 + 12 + 5 + 42 && account.lost == 12 && account.predictions == 1);
  /* A failure at the instant at which the answer would begin comes first: 30 lost, 5, 5 of a checkpoint, 5, 10, 60. */
  static const double both[] = {30, 40};
  job.rules = (ftblab_checkpoint_rules){.no_last_checkpoint = true, .late_answers = true, .protects_from_start = true};
  job.answer_margin = 0;
  account = run_predicted(&job, both, 2, &predictor);
  CU_ASSERT(account.makespan == 30 + 5 + 5 + 5 + 10 + 60 && account.lost == 30 && account.predictions == 2);
}

/* What is predicted of a node that the job has left does not hit it, whatever comes between; and a migration does not
 * cut a restart, as a checkpoint does. */
static void test_migrations(void)
{
  static const double dates[] = {45, 50}, others[] = {20, 33};
  double predicted = 50;
  ftblab_predictor predictor = {.lead_time = INFINITY, .dates = &predicted, .date_count = 1};
  ftblab_checkpointed job = {.work = 100,
                             .interval = INFINITY,
                             .costs = {.checkpoint = 10, .restart = 5},
                             .rules = {.no_last_checkpoint = true},
                             .answer = FTBLAB_ANSWER_MIGRATION,
                             .answer_time = 4,
                             .answer_margin = 10};
  /* 36, the migration of 4, 5; all of it is lost at 45, 5 of restart, 100 */
  ftblab_account account = run_predicted(&job, dates, 2, &predictor);
  CU_ASSERT(account.makespan == 36 + 4 + 5 + 5 + 100 && account.failures == 1 && account.lost == 41);
  predicted = 33; /* too near when the restart of 10 is over: 20 lost, 10, 3 lost, 10, 60 */
  job.work = 60;
  job.answer_margin = 0;
  job.costs.restart = 10;
  job.rules.checkpoint_cuts_restart = true;
  account = run_predicted(&job, others, 2, &predictor);
  CU_ASSERT(account.makespan == 20 + 10 + 3 + 10 + 60 && account.restart == 20 && account.migration == 0);
}

/* Two nodes that the job has left before either fails; and an answer that takes no time that counts. */
static void test_answers_at_once(void)
{
  static const double both[] = {50, 53}, never[] = {1000};
  ftblab_predictor predictor = {.lead_time = INFINITY, .dates = both, .date_count = 2};
  ftblab_checkpointed job = {.work = 100,
                             .interval = INFINITY,
                             .costs = {.checkpoint = 10, .restart = 5},
                             .rules = {.no_last_checkpoint = true},
                             .answer = FTBLAB_ANSWER_MIGRATION,
                             .answer_time = 2,
                             .answer_margin = 10};
  ftblab_account account = run_predicted(&job, both, 2, &predictor);
  CU_ASSERT(account.makespan == 104 && account.failures == 0 && account.predictions == 2);
  job.answer_time = 1e-18; /* 37 and 40 have no digit for it */
  for (int answer = FTBLAB_ANSWER_CHECKPOINT; answer <= FTBLAB_ANSWER_MIGRATION; answer++) {
    job.answer = (ftblab_prediction_answer)answer;
    account = run_predicted(&job, never, 1, &predictor);
    CU_ASSERT(account.makespan == 100 && account.predictions == 2);
  }
}

/* Failures a thousand apart, but for one that follows at once on one that is not foreseen: its answer begins before
 * both, and is given like all others. */
static void test_foreseen_behind(void)
{
  enum { FAILURES = 16 };
  ftblab_predictor predictor = {.recall = 0.5, .precision = 1, .lead_time = INFINITY};
  ftblab_checkpointed job = {.work = 100000,
                             .interval = 500,
                             .answer = FTBLAB_ANSWER_CHECKPOINT,
                             .answer_time = 20,
                             .costs = {.checkpoint = 1}};
  double dates[FAILURES];
  bool before = true, moved = false;
  uint64_t foreseen = 0;
  ftblab_random random;
  ftblab_random_seed(&random, 1, "predictor"); /* as run_predicted has it */
  for (int i = 0; i < FAILURES; i++) {
    bool now = ftblab_predictor_foresees(&predictor, &random);
    bool behind = now && !before && !moved;
    dates[i] = behind ? dates[i - 1] + 4 : 1000.0 * (i + 1);
    moved = moved || behind;
    foreseen += now;
    before = now;
  }
  CU_ASSERT(moved && foreseen > 1);
  CU_ASSERT_EQUAL(run_predicted(&job, dates, FAILURES, &predictor).predictions, foreseen);
}

/* A checkpoint after 10 of work that a failure interrupts 2 into it, and again: it cuts each restart to a step, and the
 * second failure counts a step into it. */
static void test_cut_restart(void)
{
  static const double dates[] = {12, 13};
  ftblab_checkpointed job = {.work = 60,
                             .interval = 10,
                             .costs = {.checkpoint = 10, .restart = 5},
                             .rules = {.protects_from_start = true,
                                       .recovery = FTBLAB_RECOVERY_DEFERS,
                                       .no_last_checkpoint = true,
                                       .checkpoint_cuts_restart = true,
                                       .time_step = 1}};
  ftblab_account account = run_dates(&job, dates, 2);
  CU_ASSERT(account.makespan == 60 + 5 * 10 + 2 + 1 + 1 + 1 && account.restart == 2 && account.lost == 0);
}

/* Work 100, a near checkpoint of 2 after 10, 20, 40, 50 ..., a far one of 10 after 30, 60, 90 and at the end. Without a
 * failure 100 + 6 x 2 + 4 x 10. */
static void test_near_level(void)
{
  ftblab_near_level near = {.checkpoint = 2, .restart = 1, .share = 1, .every = 3};
  ftblab_checkpointed job = {.work = 100, .interval = 10, .costs = {.checkpoint = 10, .restart = 5}, .near = near};
  static const double never[] = {1000}, in_work[] = {65}, in_restart[] = {65, 66}, in_far[] = {40};
  CU_ASSERT_EQUAL(run_dates(&job, never, 1).makespan, 152);
  /* 44 until the far one after 30 is whole, 56 the near one after 40, 68 after 50: at 65, 9 of work are lost */
  ftblab_account account = run_dates(&job, in_work, 1);
  CU_ASSERT(account.makespan == 152 + 9 + 1 && account.lost == 9 && account.restart == 1);
  account = run_dates(&job, in_far, 1); /* 6 into the far checkpoint: back to 20 */
  CU_ASSERT(account.makespan == 152 + 6 + 10 + 1 && account.lost == 10 && account.checkpoint == 52 + 6);
  job.near.share = 1e-300; /* as good as never: the near level is there, and no failure is survived by it */
  account = run_dates(&job, in_work, 1); /* back to 30, and the near checkpoint after 40 again */
  CU_ASSERT(account.makespan == 152 + 19 + 2 + 5 && account.lost == 19 && account.restart == 5);
  CU_ASSERT_EQUAL(account.checkpoints, 11);
  account = run_dates(&job, in_restart, 2); /* the far level is read again */
  CU_ASSERT(account.makespan == 152 + 19 + 2 + 1 + 5 && account.lost == 19 && account.restart == 6);
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

/* The best two levels are near those of first order, and better than one. */
static void test_best_levels(void)
{
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = 12342.857}, .parts = 1, .source = "node"};
  ftblab_checkpointed job = {.work = 5 * DAY,
                             .costs = {.checkpoint = 600, .restart = 600},
                             .near = {.checkpoint = 10, .restart = 10, .share = 6.0 / 7, .every = 40}};
  ftblab_replicas replicas = {.count = 200, .seed = 1};
  ftblab_levels_advice advice;
  ftblab_failures *failures;
  CU_ASSERT_EQUAL_FATAL(ftblab_failures_new(&config, &failures, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(ftblab_advise_levels(&job, failures, &replicas, 2000, &advice, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(advice.row_count, 3);
  const ftblab_advice_row *first = &advice.rows[0], *own = &advice.rows[1], *best = &advice.rows[2];
  CU_ASSERT(first->every == 19 && own->every == 40 && own->interval == 2000 && best->every == advice.every);
  CU_ASSERT(best->every >= 12 && best->every <= 28 && is_near(best->interval, first->interval, 0.15));
  CU_ASSERT(advice.every_low <= advice.every && advice.every <= advice.every_high);
  CU_ASSERT(advice.near.low < advice.near.interval && advice.near.interval < advice.near.high);
  CU_ASSERT(fabs(first->waste - first->expected_waste) < 0.005);
  CU_ASSERT(best->waste < first->waste_high && own->waste_low > best->waste_high);
  ftblab_failures_free(failures);
}

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

static const ftblab_unit_test tests[] = {
    {"Young, Daly, optimum", test_intervals},
    {"expected makespan", test_makespan},
    {"waste", test_waste},
    {"waste with predictions", test_predictions},
    {"levels, spares, replicas, buddies", test_other_forms},
    {"storage", test_storage},
    {"two levels", test_two_levels},
    {"published runs", test_published},
    {"published runs with predictions", test_published_predictions},
    {"late answers", test_late_answers},
    {"migrations", test_migrations},
    {"two answers at once", test_answers_at_once},
    {"a prediction behind a failure", test_foreseen_behind},
    {"a restart that is cut", test_cut_restart},
    {"a near level", test_near_level},
    {"rules", test_rules},
    {"accounts add up", test_accounts},
    {"answers to predictions", test_answers},
    {"expected makespan by simulation", test_daly},
    {"two levels by simulation", test_best_levels},
    {"optimum by simulation", test_optimum},
    {"estimates", test_estimate},
};

int main(void)
{
  return ftblab_suite("checkpointed", tests, FTBLAB_COUNT(tests));
}
