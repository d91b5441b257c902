/* test_sim.c - the simulation from scenario to trace, verdict and account.
 * See sim_child.h. */
#include <math.h>

#include "sim_child.h"
#include "suite.h"

/* ---- the scenarios that are delivered -------------------------------------------------------------------- */

static const char *const scenarios[] = {
    "node-failure-no-job",
    "node-failure-job-aborts",
    "node-failure-job-continues",
    "node-hang-found-alive",
    "two-nodes-of-one-job",
    "one-node-two-jobs",
    "second-failure-during-recovery",
    "lost-confirmation",
    "lossy-network",
    "scr-553-spare-node",
    /* B.5, B.6 */
    "interface-fails-over",
    "interface-fails-over-mpirun",
    "interface-corrupts",
    "interface-corrupts-mpirun",
    "interface-second-dies",
    "interface-second-dies-mpirun",
    "interface-both-dead-for-good",
    "interface-flaps-in-recovery",
    "interface-flaps-mpirun",
    "interface-corruption-unnoticed",
    "interface-check-finds-nothing",
    "interface-check-finds-nothing-mpirun",
    "interface-failure-lost",
    "interfaces-of-two-nodes",
    "interfaces-corrupt-on-two-nodes-mpirun",
    "mpirun-job-aborts",
    "mpirun-job-continues",
    "mpirun-two-jobs",
    "mpirun-dies",
    /* B.3, B.4 */
    "gang-scheduling",
    "gang-scheduling-full-disk",
    "gang-scheduling-node-dies",
    "prediction-suspend",
    "prediction-suspend-full-disk",
    "prediction-suspend-too-late",
    "prediction-suspend-missed",
    "prediction-migrate",
    "migration-spare-dies",
    "migration-node-dies",
    "predictor",
    "mpirun-prediction-suspend",
    "mpirun-suspend-full-disk",
    "mpirun-suspend-server-dies",
    "mpirun-prediction-migrate",
    "mpirun-migrate-oversubscribes",
    "mpirun-migrate-node-dies",
    /* Appendices A, C, D, E */
    "openmpi-node-dies",
    "openmpi-full-disk",
    "mpich2-node-dies",
    "mpich2-hears-nothing",
    "mpich2-full-disk",
    "ftb-ib-migrates",
    "ftb-ib-no-spare",
    "ftb-ib-spare-dies",
    "ftb-ib-port-returns",
    "ftb-ib-fails-over",
    "ftb-ib-both-ports-die",
    "ftb-ib-info-lost",
    "mvapich2-full-disk",
    "mvapich2-maintenance",
    "mvapich2-migration",
    "mvapich2-mpispawn-dies",
    "mvapich2-mpispawn-restarts",
    "mvapich2-new-node-dies",
    "mvapich2-source-dies",
    "mvapich2-spare-dies",
    "mvapich2-spare-dies-in-copy",
    "mvapich2-spare-is-dead",
    "mvapich2-two-nodes",
};

static char *path_of(const char *name)
{
  ftblab_text path = {0};
  ftblab_text_addf(&path, "scenarios/%s.json", name);
  return path.data;
}

static void test_scenarios(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(scenarios); i++) {
    char *path = path_of(scenarios[i]);
    outcome first = run(path), second = run(path);
    CU_ASSERT_EQUAL(first.status, FTBLAB_OK);
    CU_ASSERT_TRUE(says(&first, "\nunmet: .\n"));
    CU_ASSERT_STRING_EQUAL(first.text, second.text);
    free(first.text);
    free(second.text);
    free(path);
  }
}

static void test_another_seed_differs(void)
{
  const ftblab_scenario_changes changes = {.has_seed = true, .seed = 4711};
  outcome first = run("scenarios/node-failure-no-job.json");
  outcome second = run_changed("scenarios/node-failure-no-job.json", &changes);
  CU_ASSERT_EQUAL(second.status, FTBLAB_OK);
  CU_ASSERT_STRING_NOT_EQUAL(first.text, second.text);
  free(first.text);
  free(second.text);
}

static void test_respawned_rank_computes(void)
{
  outcome result = run("scenarios/node-failure-job-continues.json");
  CU_ASSERT_TRUE(says(&result, "job j1: completed, launched 1 time, 100 iterations, 2 ranks respawned"));
  free(result.text);
}

/* ---- written for one thing each --------------------------------------------------------------------------- */

#define HEAD "{\"ftblab_scenario\": 1, \"title\": \"t\", \"platform\": {\"file\": \"platforms/cluster-16.xml\"}, "
#define STENCIL(iterations)                                                                                            \
  "\"application\": {\"kind\": \"stencil\", \"iterations\": " iterations ", \"flops\": 1e10, \"halo_bytes\": 0}"

static void test_blocked_is_reported(void)
{
  /* Nobody learns that n2 is dead, so its neighbours wait for ever. */
  outcome result =
      run_text(HEAD "\"duration\": 600, \"components\": {\"Monitoring System\": {\"misses\": 1000}}, "
                    "\"jobs\": [{\"name\": \"j1\", \"nodes\": [\"n1\", \"n2\", \"n3\"], " STENCIL(
                        "100") "}], "
                               "\"faults\": [{\"kind\": \"node-crash\", \"node\": \"n2\", \"at\": 10.5}]}");
  CU_ASSERT_TRUE(says(&result, "job j1 rank 0 on n1 waits since 11"));
  CU_ASSERT_TRUE(says(&result, "for the halo of rank 1 on n2 (iteration 10), which is dead and not declared"));
  CU_ASSERT_TRUE(says(&result, "ranks are blocked at the end"));
  free(result.text);
}

/* Iterations take a second, so the neighbours of n2 begin to wait for it at 11 s. A message and three more of it, each
 * given up after two seconds: the library's error comes 8 s later. */
static void test_retry_count_exceeded(void)
{
  outcome result =
      run_text(HEAD "\"duration\": 600, \"components\": {\"Monitoring System\": {\"misses\": 1000}, "
                    "\"MPI\": {\"library\": \"mpich2\", \"retry_count\": 3, \"retransmit_after\": 2}}, "
                    "\"jobs\": [{\"name\": \"j1\", \"nodes\": [\"n1\", \"n2\", \"n3\"], " STENCIL(
                        "100") "}], "
                               "\"faults\": [{\"kind\": \"node-crash\", \"node\": \"n2\", \"at\": 10.5}]}");
  const char *thrown = result.text ? strstr(result.text, "\"event\": \"COMMUNICATION\"") : NULL;
  CU_ASSERT_PTR_NOT_NULL_FATAL(thrown);
  while (thrown > result.text && thrown[-1] != '\n')
    thrown--;
  double t = strtod(thrown + strlen("{\"t\": "), NULL);
  CU_ASSERT_DOUBLE_EQUAL(t, 19, 0.01); /* some network latencies later */
  CU_ASSERT_TRUE(says(&result, "job j1: aborted"));
  free(result.text);
}

static void test_unmet_is_reported(void)
{
  outcome result = run_text(HEAD "\"duration\": 600, \"jobs\": [{\"name\": \"j1\", \"nodes\": 2, " STENCIL(
      "5") "}], "
           "\"faults\": [{\"kind\": \"node-crash\", \"node\": \"n9\", "
           "\"when\": {\"event\": \"JOB_ENDED\", \"count\": 2}}], "
           "\"expect\": {\"jobs\": {\"j1\": \"aborted\"}, \"within\": "
           "[{\"from\": {\"event\": \"JOB_STARTED\"}, \"to\": {\"event\": \"JOB_ENDED\"}, \"hard\": 1}]}}");
  CU_ASSERT_TRUE(says(&result, "job j1 is completed, expected: aborted"));
  CU_ASSERT_TRUE(says(&result, "faults[0] never fired"));
  CU_ASSERT_TRUE(says(&result, "the hard bound is 1 s"));
  free(result.text);
}

/* One core on each node: two jobs on one node slow each other down, and an abort gives the core back. */
static void test_aborted_job_frees_its_hosts(void)
{
  const char *platform = "test-sim-platform.xml";
  FILE *file = fopen(platform, "w");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fputs("<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
        "<platform version=\"4.1\">\n<cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"0-3\" speed=\"10Gf\" "
        "bw=\"10GBps\" lat=\"1us\"/>\n</platform>\n",
        file);
  fclose(file);
  const char *text =
      "{\"ftblab_scenario\": 1, \"title\": \"t\", \"platform\": {\"file\": \"test-sim-platform.xml\", "
      "\"service\": \"n0\"}, \"duration\": 1000, \"components\": {\"RM/JS\": {\"shared_nodes\": true}}, \"jobs\": ["
      "{\"name\": \"long\", \"nodes\": [\"n1\", \"n2\"], " STENCIL(
          "200") "}, "
                 "{\"name\": \"other\", \"nodes\": [\"n2\", \"n3\"], \"policy\": \"abort\", " STENCIL(
                     "200") "}], "
                            "\"faults\": [{\"kind\": \"node-crash\", \"node\": \"n3\", \"at\": 20}]}";
  outcome result = run_text(text);
  remove(platform);
  CU_ASSERT_TRUE(says(&result, "job other: aborted"));
  CU_ASSERT_TRUE(says(&result, "job long: completed"));
  /* 1 s an iteration alone, 2 s while both compute on n2, which ends when the other is stuck, at about 20 s. */
  const char *end = strstr(result.text, "ended at ");
  CU_ASSERT_PTR_NOT_NULL_FATAL(end);
  double seconds = strtod(end + strlen("ended at "), NULL);
  CU_ASSERT_TRUE(seconds > 205 && seconds < 240);
  free(result.text);
}

/* ---- interfaces: times against what is computed by hand ------------------------------------------------------ */

#define DUAL "{\"ftblab_scenario\": 1, \"title\": \"t\", \"platform\": {\"file\": \"platforms/dual-rail-64.xml\"}, "
#define HALOS(submit, iterations)                                                                                      \
  "\"duration\": 10000, \"jobs\": [{\"name\": \"j1\", \"submit\": " submit ", \"nodes\": [\"n1\", \"n2\"], "           \
  "\"application\": {\"kind\": \"stencil\", \"iterations\": " iterations ", \"flops\": 0, \"halo_bytes\": 1e9}}]"

/* SimGrid's LV08: 13.01 times the latency, and bytes over 0.97 of the bandwidth. */
static const double halo_ib = 13.01 * 2e-6 + 1e9 / (0.97 * 12.5e9), halo_eth = 13.01 * 50e-6 + 1e9 / (0.97 * 1.25e9);

static double ended_at(const outcome *result)
{
  const char *end = result->text == NULL ? NULL : strstr(result->text, "ended at ");
  CU_ASSERT_PTR_NOT_NULL(end);
  return end == NULL ? 0 : strtod(end + strlen("ended at "), NULL);
}

static void test_failover_is_ten_times_slower(void)
{
  outcome fast = run_text(DUAL HALOS("0", "100") "}");
  CU_ASSERT_DOUBLE_EQUAL(ended_at(&fast), 100 * halo_ib, 0.01 * 100 * halo_ib);
  /* Launched while InfiniBand is down, the job uses Ethernet from the start: ten times the time. */
  outcome slow = run_text(DUAL HALOS("5", "100") ", \"faults\": [{\"kind\": \"interface-down\", \"node\": \"n2\", "
                                                 "\"interface\": \"ib0\", \"at\": 0}]}");
  CU_ASSERT_DOUBLE_EQUAL(ended_at(&slow) - 5, 100 * halo_eth, 0.01 * 100 * halo_eth);
  CU_ASSERT_DOUBLE_EQUAL((ended_at(&slow) - 5) / ended_at(&fast), 10, 0.1);
  free(fast.text);
  free(slow.text);
}

/* The date of the first record with WHAT in its line, and AND. */
static double date_of(const outcome *result, const char *what, const char *and)
{
  for (const char *line = result->text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
    size_t length = strcspn(line, "\n");
    const char *found = strstr(line, what), *also = strstr(line, and);
    if (found != NULL && found < line + length && also != NULL && also < line + length)
      return strtod(strchr(line, ':') + 1, NULL);
    if (line[length] == '\0')
      break;
  }
  CU_FAIL("no such record");
  return 0;
}

/* Down at 4.1 s: nothing goes over until MPI is told, and the message under way begins again. From then on Ethernet. */
static void test_failover_in_the_midst(void)
{
  outcome result = run_text(DUAL HALOS("0", "100") ", \"faults\": [{\"kind\": \"interface-down\", \"node\": \"n2\", "
                                                   "\"interface\": \"ib0\", \"at\": 4.1}]}");
  double told = date_of(&result, "\"catch\", \"event\": \"FAILED_MPI_PHYSICAL_INTERFACE\"", "\"component\": \"MPI\", ");
  double done = floor(4.1 / halo_ib), expected = told + (100 - done) * halo_eth;
  CU_ASSERT_TRUE(told > 4.1 && told < 14.2);
  CU_ASSERT_DOUBLE_EQUAL(ended_at(&result), expected, 0.01 * expected);
  CU_ASSERT_TRUE(says(&result, "job j1: completed"));
  free(result.text);
}

/* Down for 2 s, and nobody looks: what was under way is tried again after a time-out, nothing else is lost. */
static void test_unseen_failure_costs_a_time_out(void)
{
  outcome result =
      run_text(DUAL HALOS("0", "100") ", \"components\": {\"IB Fault Monitor\": {\"period\": 10000}}, \"faults\": "
                                      "[{\"kind\": \"interface-down\", \"node\": \"n2\", \"interface\": \"ib0\", "
                                      "\"at\": 4.1, \"returns_after\": 2}]}");
  double done = floor(4.1 / halo_ib), expected = 4.1 + 4.294967296 + (100 - done) * halo_ib;
  CU_ASSERT_DOUBLE_EQUAL(date_of(&result, "JOB_ENDED", "completed"), expected, 0.01 * expected);
  CU_ASSERT_TRUE(says(&result, "verdict: undecided"));
  free(result.text);
}

/* Down for good, and nobody looks: the message under way fails, and is sent three times more before MPI complains. */
static void test_unseen_failure_is_complained_of(void)
{
  outcome result =
      run_text(DUAL HALOS("0", "100") ", \"components\": {\"IB Fault Monitor\": {\"period\": 10000}, \"MPI\": "
                                      "{\"retry_count\": 3, \"retransmit_after\": 2}}, \"faults\": "
                                      "[{\"kind\": \"interface-down\", \"node\": \"n2\", \"interface\": \"ib0\", "
                                      "\"at\": 4.1}]}");
  CU_ASSERT_DOUBLE_EQUAL(date_of(&result, "\"event\": \"MPI_MESSAGE_CORRUPTION\"", "\"throw\""), 10.1, 0.01);
  free(result.text);
}

/* A message that came corrupted costs its time again. Two ranks exchange at once, and wait for each other: an iteration
 * takes as long as the rank that had more to repeat. With one of them corrupting what it sends and receives, and
 * nobody to look for the culprit, the time is the sum of iterations. */
static void test_retransmission_costs_the_time_again(void)
{
  outcome result =
      run_text(DUAL HALOS("0", "1000") ", \"components\": {\"MPI\": {\"enabled\": false}}, \"faults\": [{\"kind\": "
                                       "\"interface-corrupt\", \"node\": \"n2\", \"interface\": \"ib0\", "
                                       "\"probability\": 0.5, \"at\": 0}]}");
  /* Each direction: geometric, mean 2 tries; the greater of two: 8/3 tries on average. */
  double expected = 1000 * halo_ib * 8 / 3;
  CU_ASSERT_DOUBLE_EQUAL(ended_at(&result), expected, 0.05 * expected);
  const char *count = strstr(result.text, "iterations, ");
  CU_ASSERT_PTR_NOT_NULL_FATAL(count);
  CU_ASSERT_DOUBLE_EQUAL(strtod(count + strlen("iterations, "), NULL), 2000, 200);
  /* Whole messages only. */
  CU_ASSERT_DOUBLE_EQUAL(remainder(ended_at(&result), halo_ib), 0, 0.01 * halo_ib);
  free(result.text);
}

/* A node that crashes takes its second interface with it, and its ranks are not taken for slow. */
static void test_crash_over_second_rail(void)
{
  outcome result = run_text(
      DUAL HALOS("0", "100") ", \"faults\": [{\"kind\": \"interface-down\", \"node\": \"n2\", \"interface\": \"ib0\", "
                             "\"at\": 0}, {\"kind\": \"node-crash\", \"node\": \"n2\", \"at\": 20}]}");
  CU_ASSERT_TRUE(says(&result, "job j1: aborted"));
  CU_ASSERT_TRUE(says(&result, "CONFIRM_NODES_DEAD"));
  free(result.text);
}

/* The backplane's own traffic goes over what works, and ranks of one node need no interface. */
static void test_flow_over_second_rail(void)
{
  outcome result = run_text(
      DUAL "\"backplane\": {\"transport\": \"flow\"}, \"components\": {\"Autonomic Script\": {\"host\": \"n2\"}}, "
           "\"duration\": 1000, \"jobs\": [{\"name\": \"j1\", \"nodes\": [\"n2\"], \"ranks_per_node\": 2, "
           "\"application\": {\"kind\": \"stencil\", \"iterations\": 100, \"flops\": 1e10, \"halo_bytes\": 1e8}}], "
           "\"faults\": [{\"kind\": \"interface-down\", \"node\": \"n2\", \"interface\": \"ib0\", \"at\": 5, "
           "\"returns_after\": 60}]}");
  CU_ASSERT_TRUE(says(&result, "verdict: conforms"));
  CU_ASSERT_TRUE(says(&result, "job j1: completed"));
  free(result.text);
}

/* ---- bad scenarios -------------------------------------------------------------------------------------------- */

static void test_bad_scenarios(void)
{
  static const struct bad {
    const char *text, *place, *reason;
  } table[] = {
      {"", ":1:1", ""},
      {"{\"ftblab_scenario\": 1,", ":1:", ""},
      {HEAD "\"duration\": -1}", "$.duration", ""},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\", "
            "\"at\": -3}]}",
       "$.faults[0].at", ""},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\"}]}", "$.faults[0]", ""},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n99\", "
            "\"at\": 1}]}",
       "$.faults[0].node", "n99"},
      {HEAD "\"duration\": 1, \"fault\": []}", "$.fault", "faults"},
      {HEAD "\"duration\": 1, \"jobs\": [{\"name\": \"j\", "
            "\"nodes\": 17, " STENCIL("1") "}]}",
       "$.jobs[0].nodes", "16"},
      {HEAD "\"duration\": 1, \"jobs\": [{\"name\": \"j\", \"nodes\": 8, \"ranks_per_node\": 1000, " STENCIL("1") "}]}",
       "$.jobs[0].ranks_per_node", "32 cores"},
      {HEAD "\"duration\": 1, \"jobs\": [{\"name\": \"j\", \"nodes\": 8, "
            "\"ranks_per_node\": 1000000, " STENCIL("1") "}]}",
       "$.jobs[0].ranks_per_node", ""},
      {HEAD "\"duration\": 1, \"jobs\": [{\"name\": \"j\", \"nodes\": [\"login1\"], " STENCIL("1") "}]}",
       "$.jobs[0].nodes[0]", "service"},
      {HEAD
       "\"duration\": 1, \"jobs\": [{\"name\": \"j\", \"nodes\": 1, " STENCIL("1") "}, {\"name\": \"j\", "
                                                                                   "\"nodes\": 1, " STENCIL("1") "}]}",
       "$.jobs[1].name", "second job"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\", \"at\": 1}, "
            "{\"kind\": \"node-hang\", \"node\": \"n1\", \"at\": 1}]}",
       "$.faults[1].node", "same time"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\", "
            "\"when\": {\"event\": \"CHECK_NODES_DED\"}}]}",
       "$.faults[0].when.event", "CHECK_NODES_DEAD"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\", "
            "\"when\": {\"component\": \"RM\", "
            "\"event\": \"CHECK_NODES_DEAD\"}}]}",
       "$.faults[0].when.component", "RM"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"interface-down\", \"node\": \"n1\", \"at\": 1}]}",
       "$.faults[0]", "interface"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\", \"interface\": \"ib0\", "
            "\"at\": 1}]}",
       "$.faults[0]", ""},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"interface-flap\", \"node\": \"n1\", "
            "\"interface\": \"ib0\", \"at\": 1}]}",
       "$.faults[0].interface", "it has net0"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"component-crash\", \"at\": 1}]}", "$.faults[0]", "role"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"component-crash\", \"role\": \"RMJS\", \"at\": 1}]}",
       "$.faults[0].role", "RM/JS"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"component-crash\", \"role\": \"MPI\", \"job\": \"j9\", "
            "\"at\": 1}]}",
       "$.faults[0].job", "no job"},
      {HEAD "\"duration\": 1, \"faults\": [{\"kind\": \"action\", \"role\": \"RM/JS\", \"action\": \"suspend\", "
            "\"returns_after\": 1, \"at\": 1}]}",
       "$.faults[0].returns_after", "component-crash"},
      {HEAD "\"duration\": 1, \"components\": {\"Monitoring System\": {\"perod\": 1}}}", "perod", "period"},
      {HEAD "\"duration\": 1, \"expect\": {\"jobs\": {\"j9\": \"running\"}}}", "$.expect.jobs.j9", "no job"},
      {HEAD "\"duration\": 1, \"expect\": {\"workflows\": [\"B.9.9\"]}}", "$.expect.workflows[0]", "B.9.9"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++) {
    outcome result = run_text(table[i].text);
    CU_ASSERT_EQUAL(result.status, FTBLAB_EINPUT);
    CU_ASSERT_TRUE(says(&result, "test-sim-scenario.json:"));
    CU_ASSERT_TRUE(says(&result, table[i].place));
    CU_ASSERT_TRUE(says(&result, table[i].reason));
    free(result.text);
  }
}

static void test_bad_settings(void)
{
  static const struct bad {
    const char *setting;
    int status;
    const char *reason;
  } table[] = {
      {"duration", FTBLAB_EUSAGE, "KEY=VALUE"},
      {"duration=-5", FTBLAB_EINPUT, "--set"},
      {"platform.file=missing.xml", FTBLAB_EINPUT, "missing.xml"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++) {
    outcome result = run_set("scenarios/node-failure-no-job.json", &table[i].setting, 1);
    CU_ASSERT_EQUAL(result.status, table[i].status);
    CU_ASSERT_TRUE(says(&result, table[i].reason));
    free(result.text);
  }
}

static void test_platforms_load(void)
{
  static const char *const platforms[] = {"platforms/cluster-16.xml", "platforms/cluster-16-storage.xml",
                                          "platforms/dual-rail-64.xml", "platforms/cluster-1024.xml",
                                          "platforms/cluster-10000.xml"};
  for (size_t i = 0; i < FTBLAB_COUNT(platforms); i++) {
    const ftblab_scenario_changes changes = {.platform = platforms[i]};
    outcome result = run_changed("scenarios/node-failure-job-continues.json", &changes);
    CU_ASSERT_EQUAL(result.status, FTBLAB_OK);
    CU_ASSERT_TRUE(says(&result, "verdict: conforms"));
    free(result.text);
  }
}

static const ftblab_unit_test tests[] = {
    {"each scenario meets its expectations, twice the same", test_scenarios},
    {"another seed gives another trace", test_another_seed_differs},
    {"a respawned rank computes", test_respawned_rank_computes},
    {"blocked ranks are reported", test_blocked_is_reported},
    {"a message that is sent again too often", test_retry_count_exceeded},
    {"unmet expectations are reported", test_unmet_is_reported},
    {"an aborted job frees its hosts", test_aborted_job_frees_its_hosts},
    {"a fail-over makes messages ten times slower", test_failover_is_ten_times_slower},
    {"a fail-over waits for the word", test_failover_in_the_midst},
    {"an unseen failure costs a time-out", test_unseen_failure_costs_a_time_out},
    {"an unseen failure is complained of", test_unseen_failure_is_complained_of},
    {"a message sent again costs its time again", test_retransmission_costs_the_time_again},
    {"a crash over the second rail", test_crash_over_second_rail},
    {"the backplane over the second rail", test_flow_over_second_rail},
    {"bad scenarios", test_bad_scenarios},
    {"bad settings", test_bad_settings},
    {"platforms load", test_platforms_load},
};

int main(void)
{
  return ftblab_suite("simulation", tests, FTBLAB_COUNT(tests));
}
