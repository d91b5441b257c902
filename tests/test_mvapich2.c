/* test_mvapich2.c - the roles of Appendix D (D.1) in a fake world: each row, both outcomes that fail, and what goes
 * wrong. Argument: see ftblab_fake_schema. */
#include "fake_suite.h"

static const char *schema; /* path */

static const int first_two[] = {0, 1}, next_two[] = {2, 3};

/* One job on n0 and n1, NODES nodes for jobs. */
static ftblab_fake *new_world(int nodes)
{
  ftblab_fake *world = ftblab_fake_new(nodes + 1, schema);
  ftblab_fake_set_word(world, "MPI", "library", "mvapich2");
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  return world;
}

static void run_from_boot(ftblab_fake *world)
{
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
}

/* Without the library none of it is there. */
static void test_standard_has_none(void)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_action(world, "Migration Trigger", "maintenance", 1, -1);
  ftblab_fake_run(world, 50);
  EXPECT(world, 0, "register mpi", "CR_FTB");
  EXPECT(world, 0, "register cr", "CR_FTB");
  EXPECT(world, 0, "throw trigger0", NULL);
  EXPECT(world, 1, "throw script0 PREDICT_NODES_FAILURE", NULL);
  ftblab_fake_free(world);
}

static void test_registers(void)
{
  static const char *const wanted[] = {
      "register mpirun_rsh-j1 CR_FTB_NODE_FAIL nodes: *",
      "register mpirun_rsh-j1 CR_FTB_USER_TRIGGER nodes: *",
      "register mpirun_rsh-j1 CR_FTB_CKPT_DONE jobs: {j1}, ranks: *",
      "register mpirun_rsh-j1 CR_FTB_CKPT_FAIL jobs: {j1}, ranks: *",
      "register mpirun_rsh-j1 CR_FTB_MIGRATE_IMG_C snode: *, dnode: *, jobs: {j1}",
      "register mpirun_rsh-j1 CR_FTB_RSRT_DONE jobs: {j1}, ranks: *",
      "register mpirun_rsh-j1 CR_FTB_RSRT_FAIL jobs: {j1}, ranks: *",
      "register mpispawn-j1-n0 CR_FTB_MIGRATE snode: *, dnode: *, jobs: {j1}",
      "register mpispawn-j1-n1 CR_FTB_MIGRATE_RESTART nodes: *, jobs: {j1}, ranks: *",
      "register cr-j1 CR_FTB_MIGRATE snode: *, dnode: *, jobs: {j1}",
  };
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  for (size_t i = 0; i < FTBLAB_COUNT(wanted); i++)
    EXPECT(world, 1, wanted[i], NULL);
  EXPECT(world, 7, "register mpirun_rsh-j1", NULL);
  EXPECT(world, 0, "register rank", NULL);
  ftblab_fake_free(world);
}

/* Rows 1(a) to 12(a), and 13. */
static void test_predicted_node_is_cleared(void)
{
  static const char *const rows[] = {
      "throw trigger0 CR_FTB_NODE_FAIL nodes: {n1} | node n1 is expected to fail",
      "catch mpirun_rsh-j1 CR_FTB_NODE_FAIL nodes: {n1} | Choose spare node n2 for node n1",
      "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n1, dnode: n2, jobs: {j1} |",
      "job j1 stage-checkpoint n1 n2",
      "throw rank-j1-2 CR_FTB_CKPT_DONE jobs: {j1}, ranks: {2} |",
      "catch mpirun_rsh-j1 CR_FTB_CKPT_DONE jobs: {j1}, ranks: {2}",
      "throw mpispawn-j1-n1 CR_FTB_MIGRATE_IMG_C snode: n1, dnode: n2, jobs: {j1} |",
      "catch mpirun_rsh-j1 CR_FTB_MIGRATE_IMG_C",
      "throw mpirun_rsh-j1 CR_FTB_MIGRATE_RESTART nodes: {n2}, jobs: {j1}, ranks: {2-3} |",
      "catch mpispawn-j1-n2 CR_FTB_MIGRATE_RESTART",
      "throw rank-j1-3 CR_FTB_RSRT_DONE jobs: {j1}, ranks: {3} |",
      "catch mpirun_rsh-j1 CR_FTB_RSRT_DONE jobs: {j1}, ranks: {3}",
      "job j1 release n1",
      "throw rank-j1-0 CR_FTB_CKPT_FINALIZE jobs: {j1}, ranks: {0} |",
      "job j1 completed",
  };
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 50);
  ftblab_fake_complete(world, 0);
  for (size_t i = 1; i < FTBLAB_COUNT(rows); i++)
    EXPECT_ORDER(world, rows[i - 1], rows[i]);
  EXPECT(world, 2, "throw rank", "CR_FTB_CKPT_DONE");
  EXPECT(world, 2, "throw rank", "CR_FTB_RSRT_DONE");
  EXPECT(world, 4, "throw rank", "CR_FTB_CKPT_FINALIZE");
  EXPECT(world, 3, "catch mpispawn", "CR_FTB_MIGRATE_RESTART");
  EXPECT(world, 1, "job j1 stage-copy n1 n2", NULL);
  EXPECT(world, 1, "job j1 stage-restart n1 n2", NULL);
  EXPECT(world, 0, "throw script0 PREDICT_NODES_FAILURE", NULL);
  EXPECT(world, 0, "admin", NULL);
  ftblab_fake_free(world);
}

/* Row 1(b); and nodes without a job are of no interest. */
static void test_user_triggers(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_action(world, "Migration Trigger", "maintenance", 3, -1);
  ftblab_fake_action(world, "Migration Trigger", "sing", 0, -1);
  ftblab_fake_run(world, 10);
  EXPECT(world, 0, "throw trigger0", NULL);
  ftblab_fake_action(world, "Migration Trigger", "maintenance", 0, -1);
  ftblab_fake_run(world, 50);
  EXPECT(world, 1, "throw trigger0 CR_FTB_USER_TRIGGER nodes: {n0} | A user requests a migration from node n0", NULL);
  EXPECT(world, 1, "job j1 release n0", NULL);
  ftblab_fake_free(world);
}

/* Rows 5(c), 5(d), 6(c), 6(d): one rank of two. Nothing is copied. */
static void test_checkpoint_fails(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_fail_next(world, "stage-checkpoint", 1);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "throw rank-j1-2 CR_FTB_CKPT_DONE", NULL);
  EXPECT(world, 1, "throw rank-j1-3 CR_FTB_CKPT_FAIL jobs: {j1}, ranks: {3} |", NULL);
  EXPECT(world, 1, "catch mpirun_rsh-j1 CR_FTB_CKPT_FAIL", "The migration is off");
  EXPECT(world, 0, "job j1 stage-copy", NULL);
  EXPECT(world, 0, "job j1 stage-cancel", NULL);
  EXPECT(world, 1, "job j1 release n2", NULL);
  EXPECT(world, 1, "admin mpirun_rsh-j1: the ranks of job j1 on node n1 could not be moved to node n2", NULL);
  ftblab_fake_free(world);
}

/* Rows 11(b), 11(c), 12(b), 12(c). */
static void test_restart_fails(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_fail_next(world, "stage-restart", 1);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "throw rank-j1-2 CR_FTB_RSRT_DONE", NULL);
  EXPECT(world, 1, "throw rank-j1-3 CR_FTB_RSRT_FAIL jobs: {j1}, ranks: {3} |", NULL);
  EXPECT(world, 1, "catch mpirun_rsh-j1 CR_FTB_RSRT_FAIL", "the migration is off");
  EXPECT(world, 1, "job j1 release n2", NULL);
  EXPECT(world, 1, "admin mpirun_rsh-j1", NULL);
  ftblab_fake_free(world);
}

/* H12: no event says that the copy failed. mpirun_rsh waits, then gives up. */
static void test_copy_fails(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_fail_next(world, "stage-copy", 1);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 500);
  EXPECT(world, 0, "throw mpispawn-j1-n1", NULL);
  EXPECT(world, 1, "admin mpispawn-j1-n1: the images of job j1 did not get from node n1 to node n2: spoilt", NULL);
  EXPECT(world, 0, "job j1 release", NULL);
  ftblab_fake_run(world, 700);
  EXPECT(world, 1, "job j1 stage-cancel n1 n2", NULL);
  EXPECT(world, 1, "job j1 release n2", NULL);
  ftblab_fake_free(world);
}

/* The answer of a rank is lost: where the ranks are counts. */
static void test_lost_answer(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_lose(world, "CR_FTB_RSRT_DONE", "mpirun_rsh-j1", 1);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 500);
  EXPECT(world, 0, "job j1 release", NULL);
  ftblab_fake_run(world, 700);
  EXPECT(world, 1, "job j1 release n1", NULL);
  EXPECT(world, 0, "job j1 stage-cancel", NULL);
  EXPECT(world, 0, "admin", NULL);
  ftblab_fake_free(world);
}

/* A spare that does not answer is left out; a node that ranks have left is none until it is returned by hand. */
static void test_spares(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_crash(world, 2);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 30);
  EXPECT(world, 1, "admin mpirun_rsh-j1: spare node n2 does not answer", NULL);
  EXPECT(world, 1, "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n1, dnode: n3", NULL);
  EXPECT(world, 1, "job j1 release n1", NULL);
  ftblab_fake_predict(world, 3);
  ftblab_fake_run(world, 40);
  EXPECT(world, 1, "admin mpirun_rsh-j1: there is no spare for node n3: job j1 stays on it", NULL);
  ftblab_fake_action(world, "mpirun_rsh", "return-node", 1, -1);
  ftblab_fake_predict(world, 3);
  ftblab_fake_run(world, 60);
  EXPECT(world, 1, "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n3, dnode: n1", NULL);
  ftblab_fake_free(world);
}

/* The list of spares is all there is, in whatever order. */
static void test_listed_spares(void)
{
  ftblab_fake *world = new_world(6);
  ftblab_fake_set_item(world, "mpirun_rsh", "spares", "n4");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 30);
  ftblab_fake_predict(world, 0);
  ftblab_fake_run(world, 60);
  EXPECT(world, 1, "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n1, dnode: n4", NULL);
  EXPECT(world, 1, "admin mpirun_rsh-j1: there is no spare for node n0", NULL);
  ftblab_fake_free(world);
}

/* One after the other; the trigger for the second comes while the first is under way, and twice. */
static void test_two_nodes(void)
{
  ftblab_fake *world = new_world(6);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 2);
  ftblab_fake_predict(world, 0);
  ftblab_fake_predict(world, 0);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n1, dnode: n2", NULL);
  EXPECT(world, 1, "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n0, dnode: n3", NULL);
  EXPECT_ORDER(world, "job j1 release n1", "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n0");
  EXPECT(world, 1, "job j1 release n0", NULL);
  ftblab_fake_free(world);
}

/* Each launcher clears the nodes of its own job, and no job's node is a spare of another. */
static void test_two_jobs(void)
{
  ftblab_fake *world = new_world(6);
  ftblab_fake_job(world, 2, next_two, FTBLAB_POLICY_ABORT, false);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 30);
  ftblab_fake_predict(world, 2);
  ftblab_fake_run(world, 60);
  EXPECT(world, 2, "throw mpirun_rsh", "CR_FTB_MIGRATE snode");
  EXPECT(world, 1, "throw mpirun_rsh-j1 CR_FTB_MIGRATE snode: n1, dnode: n4, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw mpirun_rsh-j2 CR_FTB_MIGRATE snode: n2, dnode: n5, jobs: {j2}", NULL);
  EXPECT(world, 0, "catch mpirun_rsh-j1 CR_FTB_CKPT_DONE jobs: {j2}", NULL);
  EXPECT(world, 0, "catch mpispawn-j1-n0 CR_FTB_MIGRATE snode: n2", NULL);
  ftblab_fake_free(world);
}

/* From anybody, about anything. */
static void test_strange_events(void)
{
  ftblab_fake *world = new_world(4);
  run_from_boot(world);
  ftblab_fake_throw(world, "CR_FTB_NODE_FAIL", "nodes: {nowhere, n3}");
  ftblab_fake_throw(world, "CR_FTB_MIGRATE", "snode: nowhere, dnode: n2, jobs: {j1}");
  ftblab_fake_throw(world, "CR_FTB_MIGRATE_IMG_C", "snode: n1, dnode: n2, jobs: {j1}");
  ftblab_fake_throw(world, "CR_FTB_CKPT_FAIL", "jobs: {j1}, ranks: {2}");
  ftblab_fake_throw(world, "CR_FTB_RSRT_DONE", "jobs: {j1}, ranks: {99}");
  ftblab_fake_run(world, 50);
  EXPECT(world, 0, "throw mpirun_rsh-j1", NULL);
  EXPECT(world, 0, "job j1 stage", NULL);
  EXPECT(world, 0, "admin", NULL);
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"standard has none", test_standard_has_none},
    {"registrations", test_registers},
    {"a predicted node is cleared", test_predicted_node_is_cleared},
    {"a user triggers", test_user_triggers},
    {"the checkpoint fails", test_checkpoint_fails},
    {"the restart fails", test_restart_fails},
    {"the copy fails", test_copy_fails},
    {"a lost answer", test_lost_answer},
    {"spares", test_spares},
    {"listed spares", test_listed_spares},
    {"two nodes", test_two_nodes},
    {"two jobs", test_two_jobs},
    {"strange events", test_strange_events},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("mvapich2", tests, FTBLAB_COUNT(tests));
}
