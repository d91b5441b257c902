/* test_control.c - the roles of workflows B.2, B.3, B.4 and of section 2, alone and together, in a fake world: each
 * row, and what goes wrong. Argument: see ftblab_fake_schema. */
#include "fake_suite.h"

static const char *schema; /* path */

static const int first_two[] = {0, 1}, first_three[] = {0, 1, 2};

static ftblab_job_state state_of(const ftblab_fake *world, int job)
{
  return ftblab_fake_job_of(world, job)->state;
}

/* ---- B.2: mpirun in the place of the resource manager --------------------------------------------------- */

/* mpirun is aware, the resource manager is not: one job of n0 n1 n2 on 4 compute nodes. */
static ftblab_fake *new_mpirun(ftblab_job_policy policy, bool requeue)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_set(world, "RM/JS", "aware", 0);
  ftblab_fake_set(world, "MPI*", "enabled", 1);
  ftblab_fake_job(world, 3, requeue ? NULL : first_three, policy, requeue);
  return world;
}

static void run_from_boot(ftblab_fake *world)
{
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
}

/* What tables B.2 and B.6 print, and nothing by the resource manager. */
static void test_mpirun_registers(void)
{
  static const char *const printed[] = {
      "register mpirun-j1 CHECK_NODES_DEAD nodes: *",
      "register mpirun-j1 CONFIRM_NODES_DEAD nodes: *",
      "register mpirun-j1 RM_JOBS_DEAD nodes: *, jobs: {j1}",
      "register mpirun-j1 CONFIRM_NODES_ALIVE nodes: *",
      "register mpirun-j1 RM_JOBS_RUNNING nodes: *, jobs: {j1}",
      /* B.6 */
      "register mpirun-j1 FAILED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register mpirun-j1 FAILED_MPI_PHYSICAL_INTERFACE ifaces: *, nodes: *, jobs: {j1}",
      "register mpirun-j1 RESTORED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register mpirun-j1 RESTORED_MPI_PHYSICAL_INTERFACE ifaces: *, nodes: *, jobs: {j1}",
      "register mpirun-j1 MPI_MESSAGE_CORRUPTION nodes: *, jobs: {j1}",
  };
  ftblab_fake *world = new_mpirun(FTBLAB_POLICY_CONTINUE, false);
  run_from_boot(world);
  EXPECT(world, 0, "register rm0", NULL);
  EXPECT(world, (int)FTBLAB_COUNT(printed), "register mpirun-j1", NULL);
  for (size_t i = 0; i < FTBLAB_COUNT(printed); i++)
    EXPECT(world, 1, printed[i], NULL);
  ftblab_fake_free(world);
}

/* B.2.1, and the job runs again without the dead node, which the unaware resource manager found by itself. */
static void test_mpirun_aborts(void)
{
  ftblab_fake *world = new_mpirun(FTBLAB_POLICY_ABORT, true);
  run_from_boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "catch mpirun-j1 CHECK_NODES_DEAD", "Mark node n1 as (suspect failure)");
  EXPECT(world, 1, "catch mpirun-j1 CONFIRM_NODES_DEAD", "Remove node n1 from internal resource pool");
  EXPECT(world, 1, "throw mpirun-j1 RM_JOBS_DEAD nodes: {n1}, jobs: {j1} |",
         "Translates node n1 to job j1 (value stored internally)");
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_DEAD", "MPI prints console error, aborts job j1");
  EXPECT(world, 1, "job j1 started n0 n2 n3", NULL);
  EXPECT(world, 1, "admin rm0: node n1 does not answer", NULL);
  EXPECT(world, 0, "throw rm0", NULL);
  EXPECT(world, 0, "catch rm0", NULL);
  ftblab_fake_free(world);
}

/* A node that was out of use is given to jobs again by hand. */
static void test_unaware_manager_returns_by_hand(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_set(world, "RM/JS", "aware", 0);
  ftblab_fake_set(world, "MPI*", "enabled", 1);
  ftblab_fake_job(world, 3, NULL, FTBLAB_POLICY_ABORT, true);
  run_from_boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "job j1 started", NULL);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "job j1 started", NULL);
  ftblab_fake_action(world, "RM/JS", "return-node", 1, -1);
  ftblab_fake_run(world, 1001);
  EXPECT(world, 2, "job j1 started n0 n1 n2", NULL);
  ftblab_fake_free(world);
}

/* B.2.2 from end to end; the node is used only once it is returned by hand. */
static void test_mpirun_goes_on(void)
{
  ftblab_fake *world = new_mpirun(FTBLAB_POLICY_CONTINUE, false);
  run_from_boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "catch app-j1 MPI_RANKS_DEAD", "Work around 'blank' ranks 2-3");
  EXPECT(world, 1, "catch mpirun-j1 CONFIRM_NODES_ALIVE",
         "Return node n1 to resource pool for job j1 (MPI looks up new resources) once it is returned by hand");
  EXPECT(world, 0, "throw mpirun-j1 RM_JOBS_RUNNING", NULL);
  ftblab_fake_action(world, "MPI*", "return-node", 1, -1);
  ftblab_fake_action(world, "MPI*", "return-node", 1, -1); /* again: nothing */
  ftblab_fake_run(world, 1001);
  EXPECT(world, 1, "throw mpirun-j1 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1} |",
         "Translates node n1 to job j1 (value stored internally)");
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_RUNNING", "Add node n1 as an unallocated resource");
  EXPECT(world, 1, "job j1 spawn n1: ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* The administrator returns the node before it is announced; it dies once more in between. */
static void test_mpirun_hand_comes_first(void)
{
  ftblab_fake *world = new_mpirun(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, "MPI*");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n4, n9}"); /* not its job's */
  ftblab_fake_run(world, 2);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 3);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 4);
  ftblab_fake_action(world, "MPI*", "return-node", 1, -1);
  ftblab_fake_run(world, 5);
  EXPECT(world, 0, "throw mpirun-j1 RM_JOBS_RUNNING", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 6);
  EXPECT(world, 1, "throw mpirun-j1 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 2, "throw mpirun-j1 RM_JOBS_DEAD", NULL);
  ftblab_fake_free(world);
}

/* Restoration of a node that was not dead, and a false suspicion: no hand needed, nothing thrown. */
static void test_mpirun_false_alarm(void)
{
  ftblab_fake *world = new_mpirun(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, "MPI*");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n2}");
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 2);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "catch mpirun-j1 CONFIRM_NODES_ALIVE nodes: {n1}", "Lift suspicion of node n1");
  EXPECT(world, 1, "catch mpirun-j1 CONFIRM_NODES_ALIVE nodes: {n2} | ", NULL);
  EXPECT(world, 0, "throw mpirun-j1", NULL);
  ftblab_fake_free(world);
}

/* Two jobs, two mpiruns: each translates its own nodes. */
static void test_mpirun_two_jobs(void)
{
  ftblab_fake *world = ftblab_fake_new(6, schema);
  ftblab_fake_set(world, "RM/JS", "aware", 0);
  ftblab_fake_set(world, "MPI*", "enabled", 1);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_CONTINUE, false);
  run_from_boot(world);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1, n2}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "throw mpirun-j1 RM_JOBS_DEAD nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw mpirun-j2 RM_JOBS_DEAD nodes: {n2}, jobs: {j2}", NULL);
  EXPECT(world, 1, "catch mpirun-j1 CONFIRM_NODES_DEAD", "Remove node n1 from internal resource pool");
  ftblab_fake_free(world);
}

/* ---- B.3: suspend, resume, migrate ---------------------------------------------------------------------- */

/* One job of NODES nodes of 4 compute nodes, with everything that checkpoints. */
static ftblab_fake *new_checkpointing(int nodes, const char *on_prediction)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_set_word(world, "RM/JS", "on_prediction", on_prediction);
  ftblab_fake_set(world, "RM/JS", "checkpoint", 1);
  ftblab_fake_set(world, "MPI", "checkpoint", 1);
  ftblab_fake_job(world, nodes, NULL, FTBLAB_POLICY_CONTINUE, false);
  return world;
}

static void test_checkpoint_registers(void)
{
  static const char *const printed[] = {
      "register rm0 DO_JOBS_SUSPEND jobs: *",
      "register rm0 DO_JOBS_RESUME jobs: *",
      "register rm0 RESUME_JOB_CMD jobs: *",
      "register rm0 PREDICT_NODES_FAILURE nodes: *",
      "register rm0 RM_JOBS_MIGRATE snode: *, dnode: *, jobs: *",
      "register rm0 MPI_RANKS_MIGRATE snode: *, dnode: *, jobs: *",
      "register script0 CONFIRM_NODES_ALIVE nodes: *",
      "register script0 PREDICT_NODES_FAILURE nodes: *",
      "register mpi-j1 DO_JOBS_SUSPEND jobs: {j1}",
      "register mpi-j1 DO_JOBS_RESUME jobs: {j1}",
      "register mpi-j1 RESUME_JOB_CMD jobs: {j1}",
      "register mpi-j1 RM_JOBS_MIGRATE snode: *, dnode: *, jobs: {j1}",
      "register mpi-j1 MPI_RANKS_MIGRATE snode: *, dnode: *, jobs: {j1}",
  };
  ftblab_fake *world = new_checkpointing(2, "ignore");
  ftblab_fake_set(world, "Autonomic Script", "checkpoint", 1);
  run_from_boot(world);
  EXPECT(world, (int)FTBLAB_COUNT(printed) + 29, "register ", NULL); /* 15 of B.1, 14 of B.5 */
  for (size_t i = 0; i < FTBLAB_COUNT(printed); i++)
    EXPECT(world, 1, printed[i], NULL);
  ftblab_fake_free(world);
}

/* B.3.1 by hand, rows in their order, with what section 2.3 and 2.4 have MPI and the C/R library say. */
static void test_suspend_and_resume_by_hand(void)
{
  ftblab_fake *world = new_checkpointing(2, "ignore");
  run_from_boot(world);
  ftblab_fake_action(world, "RM/JS", "suspend", -1, 0);
  ftblab_fake_run(world, 50);
  EXPECT(world, 1, "throw rm0 DO_JOBS_SUSPEND jobs: {j1} | Suspend job j1", NULL);
  EXPECT(world, 1, "catch mpi-j1 DO_JOBS_SUSPEND",
         "Coordinate a global checkpoint operation. Suspend/Terminate job j1");
  EXPECT(world, 1, "throw cr-j1 CR_CKPTS_BEGIN processes: {\"n0:0\", \"n0:1\", \"n1:2\", \"n1:3\"}", NULL);
  EXPECT_ORDER(world, "throw cr-j1 CR_CKPTS_END", "throw mpi-j1 MPI_RANKS_CKPT ranks: {0-3}");
  EXPECT_ORDER(world, "job j1 suspended", "throw mpi-j1 MPI_RANKS_SUSPEND jobs: {j1}, ranks: {0-3}");
  EXPECT(world, 1, "throw mpi-j1 RESUME_JOB_CMD jobs: {j1}, command: \"mpirun --restart j1\" |",
         "Provide RM/JS with the command needed to resume job j1");
  EXPECT(world, 1, "catch rm0 RESUME_JOB_CMD", "Store command with information for job j1");
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  ftblab_fake_action(world, "RM/JS", "resume", -1, 0);
  ftblab_fake_run(world, 60);
  EXPECT(world, 1, "throw rm0 DO_JOBS_RESUME jobs: {j1} |",
         "Use stored resume information for job j1 to restart job: mpirun --restart j1");
  EXPECT(world, 1, "catch mpi-j1 DO_JOBS_RESUME", "Bring job j1 back into a running state");
  EXPECT(world, 1, "throw cr-j1 CR_RESTARTS_BEGIN processes: {\"n0:0\", \"n0:1\", \"n1:2\", \"n1:3\"}", NULL);
  EXPECT_ORDER(world, "throw cr-j1 CR_RESTARTS_END", "throw mpi-j1 MPI_RANKS_RESTART ranks: {0-3}");
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_RESUME jobs: {j1}, ranks: {0-3}", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_run(world, 2000); /* nothing is done again */
  EXPECT(world, 1, "throw rm0 DO_JOBS_RESUME", NULL);
  EXPECT(world, 0, "admin", NULL);
  ftblab_fake_free(world);
}

/* B.3.1: two jobs share three nodes in time; each gets its turn. */
static void test_gang(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_set(world, "RM/JS", "gang_period", 100);
  ftblab_fake_set(world, "MPI", "checkpoint", 1);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_ABORT, false);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_ABORT, false);
  run_from_boot(world);
  EXPECT(world, 0, "job j2 started", NULL);
  ftblab_fake_run(world, 150);
  EXPECT(world, 1, "job j2 started n0 n1", NULL);
  EXPECT(world, 1, "catch rm0 RESUME_JOB_CMD", "Store command with information for job j1; Reschedule job j1");
  ftblab_fake_run(world, 250);
  EXPECT(world, 1, "throw rm0 DO_JOBS_SUSPEND jobs: {j2}", NULL);
  EXPECT(world, 1, "job j1 resume n0 n1", NULL);
  ftblab_fake_run(world, 350);
  EXPECT(world, 2, "throw rm0 DO_JOBS_SUSPEND jobs: {j1}", NULL);
  EXPECT(world, 1, "throw rm0 DO_JOBS_RESUME jobs: {j2}", NULL);
  CU_ASSERT_EQUAL(state_of(world, 1), FTBLAB_JOB_RUNNING);
  ftblab_fake_complete(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 2, "throw rm0 DO_JOBS_RESUME jobs: {j1}", NULL);
  EXPECT(world, 3, "throw rm0 DO_JOBS_SUSPEND", NULL); /* nobody waits any more */
  ftblab_fake_free(world);
}

/* B.3.2 from end to end. */
static void test_prediction_suspends(void)
{
  ftblab_fake *world = new_checkpointing(3, "suspend");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "throw script0 PREDICT_NODES_FAILURE nodes: {n1} |",
         "Information gathered indicates imminent failure of node n1");
  EXPECT(world, 1, "catch rm0 PREDICT_NODES_FAILURE",
         "Suspend scheduling on node n1 (predicted failure); Translate node n1 to job j1");
  EXPECT_ORDER(world, "throw rm0 DO_JOBS_SUSPEND jobs: {j1}", "catch rm0 RESUME_JOB_CMD");
  EXPECT_ORDER(world, "catch rm0 RESUME_JOB_CMD", "job j1 grant n0 n2 n3");
  EXPECT(world, 1, "job j1 resume n0 n2 n3", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_run(world, 700); /* it did not fail */
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n1} |",
         "Information gathered indicates node n1 is stable again");
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Return node n1 to resource pool");
  EXPECT(world, 0, "throw rm0 RM_JOBS_RUNNING", NULL);
  ftblab_fake_free(world);
}

/* No nodes to resume on: the job waits until the node is stable again. */
static void test_suspended_job_waits(void)
{
  ftblab_fake *world = new_checkpointing(4, "suspend");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 500);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  ftblab_fake_action(world, "Autonomic Script", "announce-alive", 1, -1);
  ftblab_fake_run(world, 510);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n1}", NULL);
  EXPECT(world, 1, "job j1 resume n0 n1 n2 n3", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_run(world, 2000);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE", NULL);
  ftblab_fake_free(world);
}

/* The checkpoint fails: the job goes on, and after a while the resource manager finds that out. */
static void test_checkpoint_fails(void)
{
  ftblab_fake *world = new_checkpointing(2, "suspend");
  ftblab_fake_fail_next(world, "checkpoint", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 0, "throw mpi-j1", NULL);
  EXPECT(world, 1, "admin mpi-j1: checkpoint of job j1 failed, it goes on: spoilt", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_run(world, 605);
  EXPECT(world, 1, "admin rm0: job j1 was not suspended and goes on", NULL);
  ftblab_fake_action(world, "RM/JS", "suspend", -1, 0); /* it may be tried again */
  ftblab_fake_run(world, 620);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  ftblab_fake_free(world);
}

/* RESUME_JOB_CMD gets lost: the resource manager sees that the job is suspended all the same. */
static void test_lost_command(void)
{
  ftblab_fake *world = new_checkpointing(2, "suspend");
  ftblab_fake_lose(world, "RESUME_JOB_CMD", "rm0", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 10);
  EXPECT(world, 0, "throw rm0 DO_JOBS_RESUME", NULL);
  ftblab_fake_run(world, 25);
  EXPECT(world, 1, "admin rm0: the answer of job j1 did not come; it has been suspended", NULL);
  EXPECT(world, 1, "throw rm0 DO_JOBS_RESUME jobs: {j1} | Use stored resume information for job j1 to restart job",
         NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_free(world);
}

/* The restart fails, then a node dies under the second one: the job comes up at last. */
static void test_restart_fails(void)
{
  ftblab_fake *world = new_checkpointing(2, "suspend");
  ftblab_fake_fail_next(world, "restart", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "admin mpi-j1: job j1 was not restarted: spoilt", NULL);
  ftblab_fake_run(world, 602.5);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  EXPECT(world, 2, "throw rm0 DO_JOBS_RESUME", NULL);
  EXPECT(world, 1, "job j1 resume n0 n1", NULL); /* which is stable again */
  ftblab_fake_crash(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 620);
  EXPECT(world, 0, "throw rm0 RM_JOBS_DEAD", NULL);
  EXPECT(world, 2, "job j1 grant n0 n2", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_free(world);
}

/* B.3.3 from end to end. */
static void test_prediction_migrates(void)
{
  ftblab_fake *world = new_checkpointing(3, "migrate");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "throw rm0 RM_JOBS_MIGRATE snode: n1, dnode: n3, jobs: {j1} |",
         "Allocate spare node n3 to job j1; Migrate processes from job j1 on node n1 to new node n3");
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_MIGRATE",
         "Coordinate a global checkpoint operation; Migrate ranks 2-3 from node n1 to new node n3. Resume application");
  EXPECT_ORDER(world, "job j1 grant n3", "job j1 migrate n1 n3");
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n3, jobs: {j1}, ranks: {2-3} |",
         "Tell RM/JS that migration is finished: ranks 2-3");
  EXPECT(world, 1, "catch rm0 MPI_RANKS_MIGRATE", "Receive confirmation that node n1 no longer contains MPI ranks");
  EXPECT_ORDER(world, "throw mpi-j1 MPI_RANKS_MIGRATE", "job j1 release n1");
  ftblab_fake_run(world, 700);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Return node n1 to resource pool for job j1");
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1} | Translates node n1 to job j1", NULL);
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_RUNNING", "Add node n1 as an unallocated resource");
  EXPECT(world, 1, "job j1 pool n1", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n3}"); /* the ranks are there now */
  ftblab_fake_run(world, 701);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n3}, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* No spare: suspended instead. */
static void test_no_spare(void)
{
  ftblab_fake *world = new_checkpointing(4, "migrate");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 0, "throw rm0 RM_JOBS_MIGRATE", NULL);
  EXPECT(world, 1, "throw rm0 DO_JOBS_SUSPEND jobs: {j1} | No spare node; Suspend job j1", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  ftblab_fake_free(world);
}

/* Two nodes of one job, one after the other; the second finds no spare. */
static void test_two_predictions(void)
{
  ftblab_fake *world = new_checkpointing(2, "migrate");
  run_from_boot(world);
  ftblab_fake_predict(world, 0);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "throw script0 PREDICT_NODES_FAILURE nodes: {n0, n1}", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_MIGRATE snode: n0, dnode: n2, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_MIGRATE snode: n1, dnode: n3, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n3, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* The spare dies during the migration: another one is taken. */
static void test_spare_dies(void)
{
  ftblab_fake *world = new_checkpointing(2, "migrate");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 1.5);
  ftblab_fake_crash(world, 2);
  ftblab_fake_run(world, 5);
  EXPECT(world, 1, "admin mpi-j1: migration of job j1 from node n1 to node n2 failed, it goes on", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n2}");
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "job j1 release n2", NULL);
  EXPECT(world, 0, "throw rm0 RM_JOBS_DEAD", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n3, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* The failure comes before the migration is done: B.1.3 takes over, the spare is free again. */
static void test_source_dies(void)
{
  ftblab_fake *world = new_checkpointing(2, "migrate");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 1.5);
  ftblab_fake_crash(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "job j1 release n2", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n1}, jobs: {j1}, ranks: {2-3}", NULL);
  EXPECT(world, 0, "throw mpi-j1 MPI_RANKS_MIGRATE", NULL);
  ftblab_fake_free(world);
}

/* The migration fails for another reason: after a while the job is suspended instead. */
static void test_migration_fails(void)
{
  ftblab_fake *world = new_checkpointing(2, "migrate");
  ftblab_fake_set(world, "Autonomic Script", "stable_after", 0);
  ftblab_fake_fail_next(world, "migrate", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 620);
  EXPECT(world, 1, "job j1 release n2", NULL);
  EXPECT(world, 1, "throw rm0 DO_JOBS_SUSPEND jobs: {j1} | Migration failed; Suspend job j1", NULL);
  EXPECT(world, 1, "job j1 resume n0 n2", NULL);
  ftblab_fake_free(world);
}

/* MPI_RANKS_MIGRATE gets lost. */
static void test_lost_migration_answer(void)
{
  ftblab_fake *world = new_checkpointing(2, "migrate");
  ftblab_fake_lose(world, "MPI_RANKS_MIGRATE", "rm0", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 620);
  EXPECT(world, 1, "job j1 release n1", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_MIGRATE", NULL);
  EXPECT(world, 0, "throw rm0 DO_JOBS_SUSPEND", NULL);
  ftblab_fake_free(world);
}

/* Predictions: for a free node, for a dead one, with policies drain and ignore; a false suspicion lifts none. */
static void test_predictions_without_action(void)
{
  ftblab_fake *world = new_checkpointing(2, "drain");
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_ABORT, false);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_throw(world, "PREDICT_NODES_FAILURE", "nodes: {n1, n2, n7}");
  ftblab_fake_run(world, 1);
  EXPECT(world, 1, "catch rm0 PREDICT_NODES_FAILURE", "Suspend scheduling on nodes n1, n2 (predicted failure)");
  ftblab_fake_throw(world, "PREDICT_NODES_FAILURE", "nodes: {n1}");
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE nodes: {n1} | Lift suspicion of node n1", NULL);
  EXPECT(world, 0, "catch rm0 CONFIRM_NODES_ALIVE nodes: {n1}", "Return");
  EXPECT(world, 0, "throw rm0", NULL);
  ftblab_fake_free(world);
  world = new_checkpointing(2, "ignore");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "catch rm0 PREDICT_NODES_FAILURE", "Ignore the prediction for node n1");
  EXPECT(world, 0, "throw rm0", NULL);
  ftblab_fake_free(world);
}

/* The predicted node fails after all, once its job has gone: B.1.1, then its return. */
static void test_prediction_comes_true(void)
{
  ftblab_fake *world = new_checkpointing(2, "migrate");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD nodes: {n1}", NULL);
  EXPECT(world, 0, "throw rm0 RM_JOBS_DEAD", NULL);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 2000);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE", NULL);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Return node n1 to resource pool for job j1");
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_RUNNING", "Add node n1 as an unallocated resource");
  ftblab_fake_free(world);
}

/* The resource manager dies in the middle: the job is suspended all the same; the new one resumes it. */
static void test_manager_restarts(void)
{
  ftblab_fake *world = new_checkpointing(2, "suspend");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 1.5);
  ftblab_fake_kill(world, "RM/JS", false);
  ftblab_fake_run(world, 10);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  EXPECT(world, 0, "throw rm0 DO_JOBS_RESUME", NULL);
  ftblab_fake_free(world);
  world = new_checkpointing(2, "suspend");
  run_from_boot(world);
  ftblab_fake_action(world, "RM/JS", "suspend", -1, 0);
  ftblab_fake_run(world, 10);
  ftblab_fake_kill(world, "RM/JS", true); /* of who suspended the job it knows nothing, but that it is */
  ftblab_fake_run(world, 20);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_free(world);
  world = new_checkpointing(2, "suspend");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 1.5);
  ftblab_fake_kill(world, "RM/JS", true); /* still running: the command comes to the new one */
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "throw rm0 DO_JOBS_RESUME jobs: {j1}", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_RUNNING);
  ftblab_fake_kill(world, "RM/JS", true); /* it relearns who runs where */
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n0}");
  ftblab_fake_run(world, 11);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n0}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* The MPI runtime dies with its node while it is to suspend its job. */
static void test_mpi_dies(void)
{
  ftblab_fake *world = new_checkpointing(2, "suspend");
  run_from_boot(world);
  ftblab_fake_crash(world, 0);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "job j1 aborted: its MPI runtime is gone", NULL);
  ftblab_fake_free(world);
  world = new_checkpointing(2, "ignore");
  run_from_boot(world);
  ftblab_fake_action(world, "RM/JS", "suspend", -1, 0);
  ftblab_fake_run(world, 10);
  ftblab_fake_crash(world, 0);
  ftblab_fake_action(world, "RM/JS", "resume", -1, 0);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "admin rm0: job j1 is not resumed: its MPI runtime is gone", NULL);
  ftblab_fake_free(world);
}

/* ---- B.4: the same with mpirun ---------------------------------------------------------------------------- */

static ftblab_fake *new_mpirun_predicting(int nodes, const char *on_prediction)
{
  ftblab_fake *world = ftblab_fake_new(6, schema);
  ftblab_fake_set(world, "RM/JS", "aware", 0);
  ftblab_fake_set(world, "MPI*", "enabled", 1);
  ftblab_fake_set(world, "MPI", "checkpoint", 1);
  ftblab_fake_set_word(world, "MPI*", "on_prediction", on_prediction);
  ftblab_fake_job(world, nodes, NULL, FTBLAB_POLICY_CONTINUE, false);
  return world;
}

/* B.4.1: the user resubmits by hand, onto the spare. */
static void test_mpirun_suspends(void)
{
  ftblab_fake *world = new_mpirun_predicting(2, "suspend");
  ftblab_fake_set_item(world, "MPI*", "spares", "n4");
  run_from_boot(world);
  EXPECT(world, 0, "register mpirun-j1 DO_JOBS_RESUME", NULL); /* not in table B.4 */
  EXPECT(world, 1, "register mpirun-j1 DO_JOBS_SUSPEND jobs: {j1}", NULL);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "catch mpirun-j1 PREDICT_NODES_FAILURE", "Translate node n1 to job j1 (value stored internally)");
  EXPECT(world, 1, "throw mpirun-j1 DO_JOBS_SUSPEND jobs: {j1} | Suspend job j1", NULL);
  EXPECT(world, 1, "throw mpi-j1 RESUME_JOB_CMD", "Provide MPI* with the command needed to resume job j1");
  EXPECT(world, 1, "catch mpirun-j1 RESUME_JOB_CMD", "Print command for user to resubmit job j1 at a later time");
  EXPECT(world, 1, "admin mpirun-j1: job j1 is suspended; to resubmit it: mpirun --restart j1", NULL);
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  ftblab_fake_action(world, "MPI*", "resume", -1, 0);
  ftblab_fake_run(world, 30);
  EXPECT(world, 1, "job j1 resume n0 n4", NULL);
  EXPECT(world, 0, "throw mpirun-j1 DO_JOBS_RESUME", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_RESUME jobs: {j1}, ranks: {0-3}", NULL);
  ftblab_fake_free(world);
}

/* No node is left for the resubmission: it waits for the administrator, or oversubscribes. */
static void test_mpirun_resumes_later(void)
{
  ftblab_fake *world = new_mpirun_predicting(2, "suspend");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  ftblab_fake_action(world, "MPI*", "resume", -1, -1);
  ftblab_fake_run(world, 700); /* stable again, but not returned by hand */
  CU_ASSERT_EQUAL(state_of(world, 0), FTBLAB_JOB_SUSPENDED);
  ftblab_fake_action(world, "MPI*", "return-node", 1, -1);
  ftblab_fake_run(world, 710);
  EXPECT(world, 1, "job j1 resume n0 n1", NULL);
  ftblab_fake_free(world);
  world = new_mpirun_predicting(2, "suspend");
  ftblab_fake_set(world, "MPI*", "oversubscribe", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  ftblab_fake_action(world, "MPI*", "resume", -1, -1);
  ftblab_fake_run(world, 30);
  EXPECT(world, 1, "job j1 resume n0 n0", NULL);
  ftblab_fake_free(world);
}

/* B.4.2, with the return by hand. */
static void test_mpirun_migrates(void)
{
  ftblab_fake *world = new_mpirun_predicting(2, "migrate");
  ftblab_fake_set_item(world, "MPI*", "spares", "n4");
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "throw mpirun-j1 RM_JOBS_MIGRATE snode: n1, dnode: n4, jobs: {j1} |",
         "Determine target node n4 from known pool of nodes in job j1; Migrate processes from job j1 on node n1 to new "
         "node n4");
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n4", "Tell MPI* that migration is finished");
  EXPECT(world, 1, "catch mpirun-j1 MPI_RANKS_MIGRATE",
         "Receive confirmation that node n1 no longer contains MPI ranks");
  ftblab_fake_run(world, 700);
  EXPECT(world, 1, "catch mpirun-j1 CONFIRM_NODES_ALIVE",
         "Return node n1 to resource pool for job j1 (MPI looks up new resources) once it is returned by hand");
  EXPECT(world, 0, "throw mpirun-j1 RM_JOBS_RUNNING", NULL);
  ftblab_fake_action(world, "MPI*", "return-node", 1, -1);
  ftblab_fake_run(world, 701);
  EXPECT(world, 1, "throw mpirun-j1 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_RUNNING", "Add node n1 as an unallocated resource");
  ftblab_fake_free(world);
}

static void test_mpirun_oversubscribes(void)
{
  ftblab_fake *world = new_mpirun_predicting(2, "migrate");
  ftblab_fake_set(world, "MPI*", "oversubscribe", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n0, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n0}");
  ftblab_fake_run(world, 21);
  EXPECT(world, 1, "job j1 aborted: no rank is left", NULL);
  ftblab_fake_free(world);
}

/* ---- section 2 -------------------------------------------------------------------------------------------- */

static void test_checks_by_hand(void)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_set(world, "RM/JS", "commands", 1);
  ftblab_fake_set(world, "MPI", "commands", 1);
  ftblab_fake_set(world, "Application", "commands", 1);
  ftblab_fake_set(world, "Monitoring System", "commands", 1);
  ftblab_fake_job(world, 3, NULL, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_job(world, 1, NULL, FTBLAB_POLICY_CONTINUE, false);
  run_from_boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_action(world, "Application", "check-ranks", -1, 0);
  ftblab_fake_action(world, "Monitoring System", "check-jobs", -1, 0);
  ftblab_fake_run(world, 15);
  EXPECT(world, 1, "throw app-j1 CHECK_RANKS_DEAD ranks: {0-5} | Suspect problem with ranks 0-5", NULL);
  EXPECT(world, 0, "throw app-j2", NULL);
  EXPECT(world, 1, "throw mpi-j1 CONFIRM_RANKS_DEAD ranks: {2-3} | Confirmed ranks 2-3 dead", NULL);
  EXPECT(world, 1, "throw mpi-j1 CONFIRM_RANKS_ALIVE ranks: {0-1, 4-5}", NULL);
  EXPECT(world, 1, "catch monitor0 CONFIRM_RANKS_DEAD", NULL);
  EXPECT(world, 1, "throw monitor0 CHECK_JOBS_DEAD jobs: {j1} | Suspect problem with job j1", NULL);
  EXPECT(world, 1, "throw rm0 CONFIRM_JOBS_RUNNING jobs: {j1} | Job j1 is running", NULL);
  EXPECT(world, 1, "catch monitor0 CONFIRM_JOBS_RUNNING", NULL);
  ftblab_fake_complete(world, 1);
  ftblab_fake_action(world, "Monitoring System", "check-jobs", -1, 1);
  ftblab_fake_action(world, "Monitoring System", "check-ranks", 2, 0);
  ftblab_fake_run(world, 16);
  EXPECT(world, 1, "throw rm0 CONFIRM_JOBS_DEAD jobs: {j2} | Job j2 has completed", NULL);
  EXPECT(world, 1, "throw monitor0 CHECK_RANKS_DEAD ranks: {4-5}", NULL);
  EXPECT(world, 1, "throw mpi-j1 CONFIRM_RANKS_ALIVE ranks: {4-5}", NULL);
  ftblab_fake_free(world);
}

static void test_jobs_are_announced(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_set(world, "RM/JS", "announce_jobs", 1);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  run_from_boot(world);
  ftblab_fake_complete(world, 0);
  EXPECT_ORDER(world, "throw rm0 RM_JOBS_CREATED jobs: {j1}", "throw rm0 RM_JOBS_COMPLETED jobs: {j1}");
  ftblab_fake_free(world);
}

/* The agent orders a node to be cleared, and confirms what MPI says. */
static void test_orders_and_confirmations(void)
{
  ftblab_fake *world = new_checkpointing(2, "ignore");
  ftblab_fake_set(world, "RM/JS", "commands", 1);
  ftblab_fake_set(world, "Autonomic Script", "confirm_commands", 1);
  run_from_boot(world);
  ftblab_fake_action(world, "Autonomic Script", "migrate", 1, -1);
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "throw script0 DO_NODE_MIGRATE snode: n1 |", "Migrate all active services from node n1");
  EXPECT(world, 1, "throw rm0 RM_JOBS_MIGRATE snode: n1, dnode: n2, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_NODE_MIGRATE snode: n1, dnode: n2 |",
         "Confirmed node n1 migrated to node n2");
  ftblab_fake_action(world, "RM/JS", "suspend", -1, 0);
  ftblab_fake_run(world, 20);
  ftblab_fake_action(world, "RM/JS", "resume", -1, 0);
  ftblab_fake_run(world, 30);
  EXPECT(world, 1, "throw script0 CONFIRM_JOBS_SUSPEND jobs: {j1} | Confirmed job j1 suspended", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_JOBS_RESUME jobs: {j1} | Confirmed job j1 resumed", NULL);
  ftblab_fake_free(world);
}

static void test_predictions_are_passed_on(void)
{
  ftblab_fake *world = new_checkpointing(2, "drain");
  ftblab_fake_set(world, "RM/JS", "predict_jobs", 1);
  ftblab_fake_set(world, "MPI", "predict_ranks", 1);
  ftblab_fake_set(world, "MPI", "announce_alive", 1);
  run_from_boot(world);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "throw rm0 PREDICT_JOBS_FAILURE nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw mpi-j1 PREDICT_RANKS_FAILURE nodes: {n1}, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 11);
  ftblab_fake_throw(world, "RM_JOBS_RUNNING", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 12);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_ALIVE nodes: {n1}, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* A node predicted to fail that does not answer when it should be stable again is not announced. */
static void test_not_stable(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_boot(world, "Autonomic Script");
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 10);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 2000);
  EXPECT(world, 1, "throw script0", NULL);
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"mpirun registers", test_mpirun_registers},
    {"mpirun aborts", test_mpirun_aborts},
    {"unaware manager returns by hand", test_unaware_manager_returns_by_hand},
    {"mpirun goes on", test_mpirun_goes_on},
    {"mpirun hand comes first", test_mpirun_hand_comes_first},
    {"mpirun false alarm", test_mpirun_false_alarm},
    {"mpirun two jobs", test_mpirun_two_jobs},
    {"checkpoint registers", test_checkpoint_registers},
    {"suspend and resume by hand", test_suspend_and_resume_by_hand},
    {"gang", test_gang},
    {"prediction suspends", test_prediction_suspends},
    {"suspended job waits", test_suspended_job_waits},
    {"checkpoint fails", test_checkpoint_fails},
    {"lost command", test_lost_command},
    {"restart fails", test_restart_fails},
    {"prediction migrates", test_prediction_migrates},
    {"no spare", test_no_spare},
    {"two predictions", test_two_predictions},
    {"spare dies", test_spare_dies},
    {"source dies", test_source_dies},
    {"migration fails", test_migration_fails},
    {"lost migration answer", test_lost_migration_answer},
    {"predictions without action", test_predictions_without_action},
    {"prediction comes true", test_prediction_comes_true},
    {"manager restarts", test_manager_restarts},
    {"mpi dies", test_mpi_dies},
    {"mpirun suspends", test_mpirun_suspends},
    {"mpirun resumes later", test_mpirun_resumes_later},
    {"mpirun migrates", test_mpirun_migrates},
    {"mpirun oversubscribes", test_mpirun_oversubscribes},
    {"checks by hand", test_checks_by_hand},
    {"jobs are announced", test_jobs_are_announced},
    {"orders and confirmations", test_orders_and_confirmations},
    {"predictions are passed on", test_predictions_are_passed_on},
    {"not stable", test_not_stable},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("control", tests, FTBLAB_COUNT(tests));
}
