/* test_recovery.c - recovery by the application together with the job scheduler (workflow FTLA.1): the cost model of
 * the factorisation, the job scheduler's choice, and both sides' components in a fake world. Argument: see
 * ftblab_fake_schema. */
#include "factorisation.h"
#include "fake_suite.h"
#include "recovery_choice.h"

#include <math.h>

static const char *schema; /* path */

#define NEAR(actual, expected) CU_ASSERT_DOUBLE_EQUAL(actual, expected, 1e-9 * fabs((double)(expected)) + 1e-12)

/* ---- the cost model ------------------------------------------------------------------------------------- */

/* Order 8, panels of 2, on 4 nodes with one checksum column: all can be counted by hand. */
static const ftblab_factorisation small = {.order = 8,
                                           .panel = 2,
                                           .nodes = 4,
                                           .checksums = 1,
                                           .node_flops = 10,
                                           .link_bandwidth = 100,
                                           .store_bandwidth = 64,
                                           .spawn_time = 3};

static void test_work(void)
{
  CU_ASSERT_EQUAL(ftblab_factorisation_panels(&small), 4);
  NEAR(ftblab_panel_flops(&small, 0), 2 * 2 * 64 * 1.25);
  NEAR(ftblab_panel_flops(&small, 3), 2 * 2 * 4 * 1.25);
  NEAR(ftblab_flops_left(&small, 2), 2 * 2 * (16 + 4) * 1.25);
  NEAR(ftblab_flops_left(&small, 4), 0);
  const ftblab_factorisation fine = {.order = 3000, .panel = 1, .nodes = 4};
  CU_ASSERT_DOUBLE_EQUAL(ftblab_flops_left(&fine, 0) / (2.0 / 3.0 * 27e9), 1, 1e-3); /* 2/3 N^3 */
}

static void test_memory(void)
{
  ftblab_factorisation tight = small;
  NEAR(ftblab_factorisation_bytes(&small), 8 * 64 * 1.25);
  CU_ASSERT_TRUE(ftblab_factorisation_fits(&small, 1));
  tight.node_memory = 160;
  CU_ASSERT_TRUE(ftblab_factorisation_fits(&tight, 4));
  CU_ASSERT_FALSE(ftblab_factorisation_fits(&tight, 3));
  const ftblab_factored at = {.panels = 1, .lost = 1, .alive = 3};
  CU_ASSERT_TRUE(ftblab_recovery_walltime(&tight, &at, 0) < 0);
  CU_ASSERT_TRUE(ftblab_recovery_walltime(&tight, &at, 1) > 0);
}

static void test_rebuild(void)
{
  const ftblab_factored at = {.panels = 2, .lost = 1, .alive = 3}, two = {.panels = 2, .lost = 2, .alive = 2};
  double elements = 64 * 1.25 / 4, panel = 2 * 2 * 16 * 1.25;
  NEAR(ftblab_rebuild_seconds(&small, &at, 1), elements * 8 / 100 + elements * 4 / 30 + panel / 40);
  NEAR(ftblab_rebuild_seconds(&small, &at, 0), elements * 8 / 3 / 100 + elements * 4 / 30 + panel / 30);
  NEAR(ftblab_recovery_walltime(&small, &at, 1),
       3 + ftblab_rebuild_seconds(&small, &at, 1) + 2 * 2 * (16 + 4) * 1.25 / 40);
  CU_ASSERT_FALSE(ftblab_can_rebuild(&small, &two));
  CU_ASSERT_TRUE(ftblab_recovery_walltime(&small, &two, 2) < 0);
}

/* As the iterations go on there is less to do again, and more error. */
static void test_as_it_goes_on(void)
{
  for (int i = 1; i < 4; i++) {
    const ftblab_factored before = {.panels = i - 1, .lost = 1, .alive = 3}, now = {.panels = i, .lost = 1, .alive = 3};
    CU_ASSERT_TRUE(ftblab_rebuild_seconds(&small, &now, 0) < ftblab_rebuild_seconds(&small, &before, 0));
    CU_ASSERT_TRUE(ftblab_recovery_walltime(&small, &now, 1) < ftblab_recovery_walltime(&small, &before, 1));
    CU_ASSERT_TRUE(ftblab_rebuild_error(&small, &now) > ftblab_rebuild_error(&small, &before));
  }
  NEAR(ftblab_factorisation_save_seconds(&small, 3), 10);
}

/* ---- the choice ----------------------------------------------------------------------------------------- */

static ftblab_recovery_offer offer_of(double alone, double with_one, double checkpoint)
{
  ftblab_recovery_offer offer = {
      .no_new_nodes = alone, .checkpoint = checkpoint, .spent = 100, .wanted = 4, .alive = 3};
  for (int i = 0; i <= FTBLAB_MOST_NEW_NODES; i++)
    offer.new_nodes[i] = -1;
  offer.new_nodes[1] = with_one;
  return offer;
}

static void expect_choice(ftblab_recovery_offer offer, ftblab_queue_view queue, ftblab_recovery_answer answer,
                          double seconds)
{
  ftblab_recovery_choice choice = ftblab_choose_recovery(&offer, &queue);
  CU_ASSERT_EQUAL(choice.answer, answer);
  NEAR(choice.seconds[answer], seconds);
}

static void test_empty_queue(void)
{
  const ftblab_queue_view none = {.weight = 1, .repair = 600}, one = {.free = 1, .weight = 1, .repair = 600};
  expect_choice(offer_of(300, 200, 10), one, FTBLAB_ANSWER_SPARE, 200);
  expect_choice(offer_of(300, 200, 10), none, FTBLAB_ANSWER_NOSPARE, 300);
  expect_choice(offer_of(150, 200, 10), one, FTBLAB_ANSWER_NOSPARE, 150); /* it is nearly done: not worth the start */
  expect_choice(offer_of(-1, 200, 10), none, FTBLAB_ANSWER_CHECKPOINT, 10 + 600 + 10 + 200);
  expect_choice(offer_of(-1, 200, -1), none, FTBLAB_ANSWER_CLEANUP, 600 + 100 + 200);
  expect_choice(offer_of(-1, -1, -1), one, FTBLAB_ANSWER_CLEANUP, 100);
}

static void test_queue(void)
{
  static const ftblab_waiting_job jobs[] = {{1, 60}, {1, 60}, {1, 60}, {9, 60}};
  ftblab_queue_view queue = {.jobs = jobs, .job_count = 4, .weight = 1, .repair = 120};
  /* three wait while it goes on, ten seconds for its checkpoint; the wide one waits in any case */
  expect_choice(offer_of(300, 200, 10), queue, FTBLAB_ANSWER_CHECKPOINT, 10 + 120 + 10 + 200 + 3 * 10);
  queue.weight = 0;
  expect_choice(offer_of(300, 200, 10), queue, FTBLAB_ANSWER_NOSPARE, 300);
  queue.weight = 1;
  queue.repair = 5000;
  expect_choice(offer_of(300, 200, 10), queue, FTBLAB_ANSWER_NOSPARE, 300 + 3 * 300);
  queue.repair = 120;
  expect_choice(offer_of(300, 200, 500), queue, FTBLAB_ANSWER_CLEANUP, 120 + 100 + 200);
  queue.free = 4; /* room for the three and for a spare */
  expect_choice(offer_of(300, 200, 10), queue, FTBLAB_ANSWER_SPARE, 200);
  queue.free = 3; /* a spare would cost the third its place */
  expect_choice(offer_of(300, 200, 400), queue, FTBLAB_ANSWER_NOSPARE, 300);
}

/* ---- both sides ----------------------------------------------------------------------------------------- */

static ftblab_fake *new_world(int nodes, bool arbitrates)
{
  static const int first_four[] = {0, 1, 2, 3};
  ftblab_fake *world = ftblab_fake_new(nodes, schema);
  ftblab_fake_set(world, "Monitoring System", "announces_failures", 1);
  ftblab_fake_set(world, "RM/JS", "arbitrates", arbitrates);
  ftblab_fake_set(world, "Application", "cooperates", 1);
  ftblab_fake_set(world, "Application", "tells_precision", 1);
  ftblab_fake_set(world, "Autonomic Script", "judges_precision", 1);
  ftblab_fake_job(world, 4, first_four, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_application(world, 0, "factorisation");
  return world;
}

static void test_spare(void)
{
  ftblab_fake *world = new_world(6, true);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  EXPECT(world, 1, "throw app-j1 CAN_SURVIVE_FAILURE jobs: {j1}", NULL);
  EXPECT(world, 1, "catch rm0 CAN_SURVIVE_FAILURE", "Mark job j1 as resilient");
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 600);
  EXPECT(world, 1, "throw monitor0 NODE_FAILURE nodes: {n1}", NULL);
  EXPECT(world, 1, "catch rm0 NODE_FAILURE", "node n1 is part of resilient job j1");
  EXPECT(world, 1, "job j1 held", NULL);
  EXPECT(world, 1, "throw app-j1 CAN_RECOVER jobs: j1, nodes: {n1}, no_new_nodes: ", "new_nodes: {1=");
  EXPECT(world, 1, "throw rm0 SPARE snode: n1, dnode: n4, jobs: j1", NULL);
  EXPECT(world, 1, "job j1 spawn n4: ranks: {2-3}", NULL);
  EXPECT(world, 1, "job j1 goes on", NULL);
  EXPECT(world, 2, "throw app-j1 CAN_SURVIVE_FAILURE", NULL);
  EXPECT_ORDER(world, "job j1 spawn n4", "job j1 goes on");
  EXPECT(world, 1, "catch script0 PRECISION_LOSS", "good enough");
  ftblab_fake_free(world);
}

static void test_no_spare(void)
{
  ftblab_fake *world = new_world(5, true);
  ftblab_fake_set(world, "Autonomic Script", "tolerated_digits", 1);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 600);
  EXPECT(world, 1, "throw rm0 NOSPARE nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 0, "job j1 spawn", NULL);
  EXPECT(world, 1, "job j1 goes on", NULL);
  EXPECT(world, 1, "throw script0 RESTART_FROM_SCRATCH jobs: {j1}", NULL);
  EXPECT(world, 1, "job j1 forgotten", NULL);
  EXPECT(world, 1, "job j1 aborted", "scratch");
  ftblab_fake_free(world);
}

/* Nobody answers: the application goes on by itself. */
static void test_no_answer(void)
{
  ftblab_fake *world = new_world(6, false);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw app-j1 CAN_RECOVER", NULL);
  EXPECT(world, 0, "job j1 goes on", NULL);
  ftblab_fake_run(world, 600);
  EXPECT(world, 1, "job j1 goes on", NULL);
  EXPECT(world, 0, "job j1 spawn", NULL);
  ftblab_fake_free(world);
}

/* Words from anybody, of anything. */
static void test_strange_words(void)
{
  ftblab_fake *world = new_world(6, true);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "SPARE", "snode: n1, dnode: n4, jobs: j1");
  ftblab_fake_throw(world, "NOSPARE", "nodes: {n1, nowhere}, jobs: {j1}");
  ftblab_fake_throw(world, "CLEANUP", "nodes: {n1}, jobs: {j2}");
  ftblab_fake_throw(world, "CHECKPOINT_ACK", "jobs: {j1}");
  ftblab_fake_throw(world, "NODE_FAILURE", "nodes: {nowhere}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 0, "job j1 spawn", NULL);
  EXPECT(world, 0, "job j1 aborted", NULL);
  ftblab_fake_throw(world, "CAN_RECOVER", "jobs: {j9}, no_new_nodes: 1");
  ftblab_fake_throw(world, "CAN_RECOVER",
                    "jobs: {j1}, nodes: {n1}, no_new_nodes: soon, new_nodes: {0=1, 99=1, x, 1=, 2}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "throw rm0 CLEANUP nodes: {n1}, jobs: {j1}", NULL); /* nothing is offered that can be read */
  EXPECT(world, 0, "job j1 aborted", NULL);                            /* it has offered nothing */
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"work", test_work},
    {"memory", test_memory},
    {"rebuild", test_rebuild},
    {"as it goes on", test_as_it_goes_on},
    {"empty queue", test_empty_queue},
    {"queue", test_queue},
    {"spare", test_spare},
    {"no spare", test_no_spare},
    {"no answer", test_no_answer},
    {"strange words", test_strange_words},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("recovery", tests, FTBLAB_COUNT(tests));
}
