/* test_components.c - the roles of workflows B.1, alone and together, in a fake world. Argument: see
 * ftblab_fake_schema. */
#include "fake_suite.h"
#include "node_set.h"

#include <string.h>

static const char *schema; /* path */

static const int first_two[] = {0, 1}, last_two[] = {1, 2};

/* ---- payloads and sets ---------------------------------------------------------------------------------- */

static void test_payload_names(void)
{
  static const char text[] = "nodes: {n1, 3-7}, jobs: {12}";
  ftblab_payload payload = {0};
  CU_ASSERT_EQUAL(ftblab_payload_parse(&payload, text, strlen(text), NULL), FTBLAB_OK);
  CU_ASSERT_TRUE(ftblab_payload_names(&payload, "nodes", "n1"));
  CU_ASSERT_TRUE(ftblab_payload_names(&payload, "nodes", "5"));
  CU_ASSERT_FALSE(ftblab_payload_names(&payload, "nodes", "8"));
  CU_ASSERT_FALSE(ftblab_payload_names(&payload, "nodes", "n"));
  CU_ASSERT_TRUE(ftblab_payload_names(&payload, "jobs", "12"));
  CU_ASSERT_FALSE(ftblab_payload_names(&payload, "ranks", "12"));
  ftblab_payload_free(&payload);
}

static void test_node_set(void)
{
  ftblab_node_set set = {0};
  CU_ASSERT_EQUAL(ftblab_node_set_init(&set, 4, NULL), FTBLAB_OK);
  ftblab_node_set_add(&set, 3);
  ftblab_node_set_add(&set, 0);
  ftblab_node_set_add(&set, 3);
  ftblab_node_set_add(&set, 4);
  ftblab_node_set_add(&set, -1);
  CU_ASSERT_EQUAL(set.count, 2);
  ftblab_node_set_remove(&set, 3);
  ftblab_node_set_remove(&set, 2);
  CU_ASSERT_TRUE(set.count == 1 && ftblab_node_set_has(&set, 0) && !ftblab_node_set_has(&set, 3));
  ftblab_node_set_clear(&set);
  CU_ASSERT_TRUE(set.count == 0 && !ftblab_node_set_has(&set, 0));
  ftblab_node_set_free(&set);
}

/* ---- registration: what table B.1 prints ---------------------------------------------------------------- */

static void test_registrations(void)
{
  static const char *const printed[] = {
      "register rm0 CHECK_NODES_DEAD nodes: *",
      "register rm0 CONFIRM_NODES_DEAD nodes: *",
      "register rm0 RM_JOBS_DEAD nodes: *, jobs: *",
      "register rm0 CONFIRM_NODES_ALIVE nodes: *",
      "register rm0 RM_JOBS_RUNNING nodes: *, jobs: *",
      "register monitor0 CHECK_NODES_DEAD nodes: *",
      "register monitor0 CONFIRM_NODES_DEAD nodes: *",
      "register monitor0 CONFIRM_NODES_ALIVE nodes: *",
      "register script0 CHECK_NODES_DEAD nodes: *",
      "register script0 CONFIRM_NODES_DEAD nodes: *",
      /* B.5 */
      "register rm0 FAILED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register rm0 FAILED_MPI_PHYSICAL_INTERFACE ifaces: *, nodes: *, jobs: *",
      "register rm0 RESTORED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register rm0 RESTORED_MPI_PHYSICAL_INTERFACE ifaces: *, nodes: *, jobs: *",
      "register rm0 MPI_MESSAGE_CORRUPTION nodes: *, jobs: *",
      "register ibmon0 FAILED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register ibmon0 RESTORED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register ibmon0 CHECK_INTERFACE ifaces: *, nodes: *",
      "register script0 FAILED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register script0 RESTORED_PHYSICAL_INTERFACE ifaces: *, nodes: *",
      "register script0 CHECK_INTERFACE ifaces: *, nodes: *",
      "register mpi-j1 FAILED_MPI_PHYSICAL_INTERFACE ifaces: *, nodes: *, jobs: {j1}",
      "register mpi-j1 RESTORED_MPI_PHYSICAL_INTERFACE ifaces: *, nodes: *, jobs: {j1}",
      "register mpi-j1 MPI_MESSAGE_CORRUPTION nodes: *, jobs: {j1}",
      "register mpi-j1 RM_JOBS_DEAD nodes: *, jobs: {j1}",
      "register mpi-j1 RM_JOBS_RUNNING nodes: *, jobs: {j1}",
      "register mpi-j1 MPI_RANKS_DEAD nodes: *, jobs: {j1}, ranks: *",
      "register app-j1 MPI_RANKS_DEAD nodes: *, jobs: {j1}, ranks: *",
      "register app-j1 RM_JOBS_RUNNING nodes: *, jobs: {j1}",
  };
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  EXPECT(world, (int)FTBLAB_COUNT(printed), "register ", NULL);
  for (size_t i = 0; i < FTBLAB_COUNT(printed); i++)
    EXPECT(world, 1, printed[i], NULL);
  ftblab_fake_free(world);
}

/* ---- Monitoring System ---------------------------------------------------------------------------------- */

static ftblab_fake *new_monitored(int nodes)
{
  ftblab_fake *world = ftblab_fake_new(nodes, schema);
  ftblab_fake_boot(world, "Monitoring System");
  ftblab_fake_run(world, 1);
  return world;
}

static void test_monitor_suspects_once(void)
{
  ftblab_fake *world = new_monitored(4);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 1 + 3 + 2 * 2 - 0.1); /* the third heartbeat is not missed yet */
  EXPECT(world, 0, "throw", NULL);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw", NULL);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {n1} | Suspect problem with node n1", NULL);
  ftblab_fake_run(world, 200); /* nobody answered */
  EXPECT(world, 2, "throw monitor0 CHECK_NODES_DEAD nodes: {n1}", NULL);
  ftblab_fake_free(world);
}

static void test_monitor_gathers(void)
{
  ftblab_fake *world = new_monitored(6);
  ftblab_fake_crash(world, 3);
  ftblab_fake_run(world, 1.3);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 3);
  ftblab_fake_crash(world, 2);
  ftblab_fake_run(world, 30);
  EXPECT(world, 2, "throw", NULL);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {n1, n3} | Suspect problem with nodes n1, n3", NULL);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {n2} |", NULL);
  ftblab_fake_free(world);
}

static void test_monitor_forgets_early_return(void)
{
  ftblab_fake *world = new_monitored(4);
  ftblab_fake_hang(world, 1);
  ftblab_fake_run(world, 1 + 3 + 2 * 2 + 0.1); /* suspected, within the window */
  ftblab_fake_resume(world, 1);
  ftblab_fake_run(world, 300);
  EXPECT(world, 0, "throw", NULL);
  ftblab_fake_free(world);
}

static void test_monitor_answers(void)
{
  ftblab_fake *world = new_monitored(4);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 10);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1, n9}");
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 500); /* unmonitored: never suspected */
  EXPECT(world, 1, "throw monitor0", NULL);
  EXPECT(world, 1, "catch monitor0 CONFIRM_NODES_DEAD", "Remove node n1 from set of monitored resources");
  ftblab_fake_resume(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 510);
  EXPECT(world, 1, "catch monitor0 CONFIRM_NODES_ALIVE", "Return node n1 to the set of monitored resources");
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 530);
  EXPECT(world, 2, "throw monitor0 CHECK_NODES_DEAD nodes: {n1}", NULL);
  ftblab_fake_free(world);
}

/* A node that hangs but is found alive is suspected again only after as many misses as the first time. */
static void test_monitor_false_suspicion(void)
{
  ftblab_fake *world = new_monitored(4);
  ftblab_fake_hang(world, 1);
  ftblab_fake_run(world, 9); /* misses at 4, 6, 8 s; thrown at 8.5 s */
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 14.4);
  EXPECT(world, 1, "throw monitor0", NULL);
  ftblab_fake_run(world, 14.6);
  EXPECT(world, 2, "throw monitor0 CHECK_NODES_DEAD nodes: {n1}", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_resume(world, 1);
  ftblab_fake_run(world, 600);
  EXPECT(world, 2, "throw monitor0", NULL);
  ftblab_fake_free(world);
}

/* Another boot of a node that nobody missed; and one while its check is being answered. */
static void test_monitor_sees_boots(void)
{
  ftblab_fake *world = new_monitored(4);
  ftblab_fake_crash(world, 1);
  ftblab_fake_resume(world, 1);
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {n1}", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}"); /* newer than the boot */
  ftblab_fake_run(world, 200);
  EXPECT(world, 1, "throw monitor0", NULL);
  ftblab_fake_hang(world, 2);
  ftblab_fake_run(world, 210);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {n2}", NULL);
  ftblab_fake_crash(world, 2);
  ftblab_fake_resume(world, 2);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n2}"); /* it was asked before it died */
  ftblab_fake_run(world, 220);
  EXPECT(world, 2, "throw monitor0 CHECK_NODES_DEAD nodes: {n2}", NULL);
  ftblab_fake_free(world);
}

static void test_monitor_splits(void)
{
  ftblab_fake *world = ftblab_fake_new(61, schema);
  ftblab_fake_rename_nodes(world, "compute-node-");
  ftblab_fake_boot(world, "Monitoring System");
  for (int node = 0; node < 60; node++)
    ftblab_fake_crash(world, node);
  ftblab_fake_run(world, 20);
  EXPECT(world, 3, "throw monitor0 CHECK_NODES_DEAD", NULL);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {compute-node-0, ", "compute-node-7 and 13 more");
  CU_ASSERT(ftblab_fake_longest_payload(world) <= FTBLAB_PAYLOAD_LIMIT);
  CU_ASSERT(ftblab_fake_longest_payload(world) > FTBLAB_PAYLOAD_LIMIT - 20);
  for (int node = 0; node < 60; node++) {
    char name[32];
    snprintf(name, sizeof name, "compute-node-%d%s", node, node == 59 ? "}" : "");
    CU_ASSERT(ftblab_fake_find(world, "throw monitor0", name) >= 0);
  }
  ftblab_fake_free(world);
}

/* ---- RM/JS ---------------------------------------------------------------------------------------------- */

static void test_manager_pool(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_CONTINUE, false); /* does not fit */
  ftblab_fake_job(world, 1, NULL, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_run(world, 1);
  EXPECT(world, 1, "job j1 started n0 n1", NULL);
  EXPECT(world, 1, "job j3 started n2", NULL); /* first fit; n3 is a service node */
  EXPECT(world, 0, "job j2", NULL);
  ftblab_fake_free(world);
}

static void test_manager_no_job(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1, n77}");
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 1);
  EXPECT(world, 1, "catch rm0 CHECK_NODES_DEAD", "Suspend scheduling on node n1 (suspect failure)");
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_DEAD", "Remove node n1 from resource pool");
  EXPECT(world, 0, "throw rm0", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Return node n1 to resource pool");
  ftblab_fake_free(world);
}

/* Suspended scheduling, and its end: a job waits for a suspect node. */
static void test_manager_false_suspicion(void)
{
  ftblab_fake *world = ftblab_fake_new(3, schema);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_ABORT, false);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 0.0005);
  EXPECT(world, 1, "job j1 started", NULL); /* before it was suspect */
  ftblab_fake_run(world, 1);
  EXPECT(world, 1, "catch rm0 CHECK_NODES_DEAD", "Mark node n1 as (suspect failure)");
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Lift suspicion of node n1");
  EXPECT(world, 0, "throw rm0", NULL);
  ftblab_fake_free(world);
}

static void test_manager_two_jobs_on_a_node(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_set(world, "RM/JS", "shared_nodes", 1);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_job(world, 2, last_two, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1, n2}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 2, "throw rm0", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1} | Translates node n1 to job j1", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1, n2}, jobs: {j2} | Translates nodes n1, n2 to job j2", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE",
         "Return node n1 to resource pool for job j1; Return node n1 to resource pool for job j2");
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1} | Translates node n1 to job j1", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n1}, jobs: {j2} | Translates node n1 to job j2", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}"); /* again */
  ftblab_fake_run(world, 4);
  EXPECT(world, 4, "throw rm0 RM_JOBS_DEAD", NULL);
  ftblab_fake_free(world);
}

/* Nobody plays MPI here: the resource manager ends the job itself, and has it run again once nodes are free. */
static void test_manager_kill_wait_and_requeue(void)
{
  ftblab_fake *world = ftblab_fake_new(3, schema);
  ftblab_fake_job(world, 2, NULL, FTBLAB_POLICY_ABORT, true);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 30.9);
  EXPECT(world, 0, "job j1 aborted", NULL);
  ftblab_fake_run(world, 40);
  EXPECT(world, 1, "job j1 aborted: a node died and MPI did not end the job", NULL);
  EXPECT(world, 1, "job j1 started", NULL);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 41);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Return node n1 to unallocated resource pool");
  EXPECT(world, 2, "job j1 started n0 n1", NULL);
  EXPECT(world, 0, "throw rm0 RM_JOBS_RUNNING", NULL);
  ftblab_fake_free(world);
}

/* ---- Autonomic Script ----------------------------------------------------------------------------------- */

static ftblab_fake *new_scripted(void)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_boot(world, "Autonomic Script");
  ftblab_fake_run(world, 1);
  return world;
}

static void test_script_finds_dead_and_alive(void)
{
  ftblab_fake *world = new_scripted();
  ftblab_fake_crash(world, 1);
  ftblab_fake_crash(world, 3);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n0, n1, n2, n3, n8}");
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}"); /* under check already */
  ftblab_fake_run(world, 32);
  EXPECT(world, 1, "throw script0", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n0, n2} | Confirmed nodes n0, n2 alive", NULL);
  ftblab_fake_run(world, 40);
  EXPECT(world, 1, "catch script0 CHECK_NODES_DEAD", "Attempt to confirm nodes n0, n1, n2, n3 failed");
  EXPECT(world, 2, "throw script0", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD nodes: {n1, n3} | Confirmed nodes n1, n3 failed", NULL);
  ftblab_fake_free(world);
}

static void test_script_tends_once(void)
{
  ftblab_fake *world = new_scripted();
  ftblab_fake_crash(world, 1);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 40);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}"); /* the answer was lost: answered at once */
  ftblab_fake_run(world, 41);
  EXPECT(world, 2, "throw script0 CONFIRM_NODES_DEAD nodes: {n1}", NULL);
  EXPECT(world, 1, "admin script0: node n1 is dead", NULL);
  EXPECT(world, 1, "catch script0 CONFIRM_NODES_DEAD",
         "Notify sysadmin, trigger full diagnosis after hard reboot of node n1; Archives system logs, begin stress "
         "test, bring online spare nodes; Refund CPU accounting units (0 node-seconds), reschedule job");
  ftblab_fake_free(world);
}

static void test_script_announces_return(void)
{
  ftblab_fake *world = new_scripted();
  ftblab_fake_crash(world, 1);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_repair(world, 2); /* never confirmed dead */
  ftblab_fake_run(world, 459);
  EXPECT(world, 0, "throw script0 CONFIRM_NODES_ALIVE", NULL);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n1} |",
         "Sysadmin uses script to notify services of node recovery (node n1)");
  ftblab_fake_free(world);
}

/* A node that was booted before anybody asked for it answers, and was dead. */
static void test_script_knows_boots(void)
{
  ftblab_fake *world = new_scripted();
  ftblab_fake_crash(world, 1);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 0, "throw script0", NULL);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1, n2}");
  ftblab_fake_run(world, 101);
  EXPECT(world, 0, "throw script0 CONFIRM_NODES_DEAD", NULL); /* before others have heard the question */
  ftblab_fake_run(world, 120);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD nodes: {n1} |", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n2} |", NULL);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n1} |", NULL);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}"); /* it is well since */
  ftblab_fake_run(world, 1100);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD", NULL);
  ftblab_fake_free(world);
}

/* A node that dies again in its stress test does not return. */
static void test_script_second_death_in_test(void)
{
  ftblab_fake *world = new_scripted();
  ftblab_fake_crash(world, 1);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 200);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 0, "throw script0 CONFIRM_NODES_ALIVE", NULL);
  EXPECT(world, 1, "admin script0: node n1 did not pass its tests", NULL);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 2000);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n1}", NULL);
  ftblab_fake_free(world);
}

/* ---- MPI ------------------------------------------------------------------------------------------------ */

static const int four_nodes[] = {0, 1, 2, 3};

static ftblab_fake *new_job(const char *role, int nodes, ftblab_job_policy policy)
{
  ftblab_fake *world = ftblab_fake_new(6, schema);
  ftblab_fake_job(world, nodes, four_nodes, policy, false);
  ftblab_fake_boot(world, role);
  ftblab_fake_run(world, 1);
  return world;
}

static void test_mpi_aborts(void)
{
  ftblab_fake *world = new_job("MPI", 4, FTBLAB_POLICY_ABORT);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j2}");
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n5}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 0, "job j1 aborted", NULL);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_DEAD nodes: {n1}", "MPI prints console error, aborts job j1");
  EXPECT(world, 1, "job j1 aborted: ", NULL);
  EXPECT(world, 0, "throw mpi-j1", NULL);
  ftblab_fake_free(world);
}

static void test_mpi_goes_on(void)
{
  ftblab_fake *world = new_job("MPI", 4, FTBLAB_POLICY_CONTINUE);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1, n3}, jobs: {j1}");
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 2, "throw mpi-j1", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n1}, jobs: {j1}, ranks: {2-3} |",
         "Translate (node n1: job j1) to ranks 2-3");
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n3}, jobs: {j1}, ranks: {6-7}", NULL);
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_DEAD nodes: {n1, n3}",
         "Translate (node n1: job j1) to ranks 2-3; Replace ranks 2-3 with MPI_PROC_NULL, call application error "
         "handlers");
  EXPECT(world, 2, "job j1 blank", NULL);
  ftblab_fake_throw(world, "RM_JOBS_RUNNING", "nodes: {n0, n3}, jobs: {j1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "catch mpi-j1 RM_JOBS_RUNNING", "Add node n3 as an unallocated resource");
  EXPECT(world, 1, "job j1 pool", NULL);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n3}, jobs: {j1}");
  ftblab_fake_run(world, 4);
  EXPECT(world, 2, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n3}", NULL);
  ftblab_fake_free(world);
}

static void test_mpi_loses_all(void)
{
  ftblab_fake *world = new_job("MPI", 2, FTBLAB_POLICY_CONTINUE);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 0, "job j1 aborted", NULL);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n0}, jobs: {j1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "job j1 aborted: no rank is left", NULL);
  ftblab_fake_free(world);
}

/* Ranks dealt out in turn make long sets: several events, and no rank lost between them. */
static void test_mpi_splits(void)
{
  int in_turn[240];
  for (int i = 0; i < (int)FTBLAB_COUNT(in_turn); i++)
    in_turn[i] = i % 2;
  ftblab_fake *world = ftblab_fake_new(3, schema);
  ftblab_fake_job(world, (int)FTBLAB_COUNT(in_turn), in_turn, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, "MPI");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  CU_ASSERT(ftblab_fake_count(world, "throw mpi-j1", NULL) > 1);
  CU_ASSERT(ftblab_fake_longest_payload(world) <= FTBLAB_PAYLOAD_LIMIT);
  EXPECT(world, 1, "job j1 blank", NULL);
  for (int rank = 2; rank < 480; rank += 4) {
    char range[32];
    snprintf(range, sizeof range, "%d-%d", rank, rank + 1);
    CU_ASSERT(ftblab_fake_find(world, "throw mpi-j1", range) >= 0);
  }
  ftblab_fake_free(world);
}

/* ---- Application ---------------------------------------------------------------------------------------- */

static void test_application_respawns(void)
{
  ftblab_fake *world = new_job("Application", 4, FTBLAB_POLICY_CONTINUE);
  ftblab_fake_throw(world, "MPI_RANKS_DEAD", "nodes: {n1}, jobs: {j1}, ranks: {2-3, 900}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "catch app-j1 MPI_RANKS_DEAD", "Work around 'blank' ranks 2-3 in the MPI communicators");
  ftblab_fake_throw(world, "RM_JOBS_RUNNING", "nodes: {n1, n2}, jobs: {j1}");
  ftblab_fake_throw(world, "RM_JOBS_RUNNING", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "job j1 spawn", NULL);
  EXPECT(world, 1, "job j1 spawn n1: ranks: {2-3}", NULL);
  EXPECT(world, 1, "catch app-j1 RM_JOBS_RUNNING", "Use MPI_Comm_spawn to create new processes: ranks 2-3");
  EXPECT(world, 2, "catch app-j1 RM_JOBS_RUNNING", "No new processes needed");
  ftblab_fake_free(world);
}

static void test_application_does_not_respawn(void)
{
  ftblab_fake *world = ftblab_fake_new(6, schema);
  ftblab_fake_set(world, "Application", "respawn", 0);
  ftblab_fake_job(world, 4, four_nodes, FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_boot(world, "Application");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "MPI_RANKS_DEAD", "nodes: {n1}, jobs: {j1}, ranks: {2-3}");
  ftblab_fake_throw(world, "RM_JOBS_RUNNING", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 0, "job j1 spawn", NULL);
  EXPECT(world, 1, "catch app-j1 RM_JOBS_RUNNING", "No new processes needed on node n1");
  ftblab_fake_free(world);
}

/* ---- stencil -------------------------------------------------------------------------------------------- */

/* A rank that notes what it is asked for. */
typedef struct fake_rank {
  ftblab_rank rank;
  int id, size, alive, first, iterations, peers;
  double flops, bytes;
} fake_rank;

static int rank_id(ftblab_rank *rank)
{
  return ((fake_rank *)rank)->id;
}

static int rank_size(ftblab_rank *rank)
{
  return ((fake_rank *)rank)->size;
}

static int rank_alive(ftblab_rank *rank)
{
  return ((fake_rank *)rank)->alive;
}

static int rank_first_iteration(ftblab_rank *rank)
{
  return ((fake_rank *)rank)->first;
}

static void rank_compute(ftblab_rank *rank, double flops)
{
  ((fake_rank *)rank)->flops += flops;
}

static void rank_exchange(ftblab_rank *rank, const int *peers, int count, double bytes)
{
  fake_rank *self = (fake_rank *)rank;
  self->peers = count;
  for (int i = 0; i < count; i++)
    CU_ASSERT(peers[i] == self->id - 1 || peers[i] == self->id + 1);
  self->bytes += bytes * count;
}

static void rank_progress(ftblab_rank *rank, int iteration)
{
  fake_rank *self = (fake_rank *)rank;
  CU_ASSERT_EQUAL(iteration, self->first + self->iterations);
  self->iterations++;
}

static fake_rank run_stencil(int id, int alive, int first, const char *on_blank)
{
  static const ftblab_rank_ops ops = {.id = rank_id,
                                      .size = rank_size,
                                      .nodes = rank_size,
                                      .alive = rank_alive,
                                      .compute = rank_compute,
                                      .exchange = rank_exchange,
                                      .progress = rank_progress,
                                      .first_iteration = rank_first_iteration};
  fake_rank self = {.rank = {.ops = &ops}, .id = id, .size = 4, .alive = alive, .first = first};
  cJSON *parameters = cJSON_CreateObject();
  cJSON_AddNumberToObject(parameters, "iterations", 10);
  cJSON_AddNumberToObject(parameters, "flops", 100);
  cJSON_AddNumberToObject(parameters, "halo_bytes", 8);
  cJSON_AddStringToObject(parameters, "on_blank", on_blank);
  ftblab_application_classes[0]->run(&self.rank, parameters);
  cJSON_Delete(parameters);
  return self;
}

static void test_stencil(void)
{
  fake_rank end = run_stencil(0, 4, 0, "share"), middle = run_stencil(2, 2, 0, "share");
  fake_rank hole = run_stencil(2, 2, 0, "skip"), again = run_stencil(3, 4, 7, "share");
  CU_ASSERT(end.peers == 1 && end.iterations == 10);
  CU_ASSERT_DOUBLE_EQUAL(end.flops, 1000, 1e-6);
  CU_ASSERT_DOUBLE_EQUAL(end.bytes, 80, 1e-6);
  CU_ASSERT(middle.peers == 2);
  CU_ASSERT_DOUBLE_EQUAL(middle.flops, 2000, 1e-6); /* two do the work of four */
  CU_ASSERT_DOUBLE_EQUAL(hole.flops, 1000, 1e-6);
  CU_ASSERT(again.iterations == 3);
}

/* ---- all roles together --------------------------------------------------------------------------------- */

static ftblab_fake *new_cluster(ftblab_job_policy policy, bool requeue)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_job(world, 3, NULL, policy, requeue);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  return world;
}

/* B.1.3 from end to end, rows in their order. */
static void test_job_goes_on(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT_ORDER(world, "throw monitor0 CHECK_NODES_DEAD", "catch script0 CHECK_NODES_DEAD");
  EXPECT_ORDER(world, "catch rm0 CHECK_NODES_DEAD", "throw script0 CONFIRM_NODES_DEAD");
  EXPECT_ORDER(world, "throw script0 CONFIRM_NODES_DEAD", "throw rm0 RM_JOBS_DEAD");
  EXPECT_ORDER(world, "throw rm0 RM_JOBS_DEAD", "catch mpi-j1 RM_JOBS_DEAD");
  EXPECT_ORDER(world, "catch mpi-j1 RM_JOBS_DEAD", "throw mpi-j1 MPI_RANKS_DEAD");
  EXPECT_ORDER(world, "throw mpi-j1 MPI_RANKS_DEAD", "catch app-j1 MPI_RANKS_DEAD");
  EXPECT_ORDER(world, "throw script0 CONFIRM_NODES_ALIVE", "throw rm0 RM_JOBS_RUNNING");
  EXPECT_ORDER(world, "throw rm0 RM_JOBS_RUNNING", "catch app-j1 RM_JOBS_RUNNING");
  EXPECT(world, 6, "throw ", NULL);
  /* suspected at 8.5 s, probed for 32 s; the job was launched at 0 */
  EXPECT(world, 1, "catch script0 CONFIRM_NODES_DEAD", "Refund CPU accounting units (41 node-seconds)");
  EXPECT(world, 1, "job j1 spawn n1: ranks: {2-3}", NULL);
  CU_ASSERT_EQUAL(ftblab_fake_job_of(world, 0)->state, FTBLAB_JOB_RUNNING);
  ftblab_fake_free(world);
}

/* B.1.2, and the job runs again on a spare. */
static void test_job_aborts_and_takes_spare(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_ABORT, true);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "job j1 aborted: a node died and errors are fatal", NULL);
  EXPECT(world, 1, "job j1 started n0 n2 n3", NULL);
  EXPECT(world, 1, "register mpi-j1.2 RM_JOBS_DEAD", NULL);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Return node n1 to unallocated resource pool");
  EXPECT(world, 0, "throw rm0 RM_JOBS_RUNNING", NULL);
  EXPECT(world, 4, "throw ", NULL);
  ftblab_fake_free(world);
}

/* The node of the MPI runtime itself dies. */
static void test_job_loses_its_runtime(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_crash(world, 0);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "job j1 aborted: its MPI runtime is gone", NULL);
  ftblab_fake_free(world);
}

/* S2.1-alive: a node hangs and comes to. */
static void test_false_suspicion(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_hang(world, 1);
  ftblab_fake_run(world, 9);
  ftblab_fake_resume(world, 1);
  ftblab_fake_run(world, 300);
  EXPECT(world, 2, "throw ", NULL);
  EXPECT_ORDER(world, "throw monitor0 CHECK_NODES_DEAD nodes: {n1}", "throw script0 CONFIRM_NODES_ALIVE nodes: {n1}");
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", "Lift suspicion of node n1");
  ftblab_fake_free(world);
}

/* The answer gets lost on its way to the Monitoring System: it asks again, nobody does anything twice. */
static void test_lost_confirmation(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_lose(world, "CONFIRM_NODES_DEAD", "monitor0", 1);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 300);
  EXPECT(world, 2, "throw monitor0 CHECK_NODES_DEAD", NULL);
  EXPECT(world, 2, "throw script0 CONFIRM_NODES_DEAD", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD", NULL);
  EXPECT(world, 1, "admin", NULL);
  EXPECT(world, 1, "catch monitor0 CONFIRM_NODES_DEAD", NULL);
  ftblab_fake_free(world);
}

/* The application's copy of MPI_RANKS_DEAD gets lost: its error handlers told it all the same. */
static void test_lost_ranks_dead(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_lose(world, "MPI_RANKS_DEAD", "app-j1", 1);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "job j1 spawn n1: ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* A second node dies while the first is tested, before its return. */
static void test_second_death_during_recovery(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 440);
  ftblab_fake_crash(world, 2);
  ftblab_fake_run(world, 600);
  ftblab_fake_repair(world, 2);
  ftblab_fake_run(world, 2000);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n1}", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD nodes: {n2}, jobs: {j1}, ranks: {4-5}", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n2}, jobs: {j1}", NULL);
  EXPECT(world, 2, "job j1 spawn", NULL);
  ftblab_fake_free(world);
}

static void test_two_nodes_at_once(void)
{
  ftblab_fake *world = new_cluster(FTBLAB_POLICY_CONTINUE, false);
  ftblab_fake_crash(world, 1);
  ftblab_fake_crash(world, 2);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw monitor0 CHECK_NODES_DEAD nodes: {n1, n2}", NULL);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD nodes: {n1, n2}", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1, n2}, jobs: {j1}", NULL);
  EXPECT(world, 2, "throw mpi-j1 MPI_RANKS_DEAD", NULL);
  EXPECT(world, 5, "throw ", NULL);
  ftblab_fake_free(world);
}

/* ---- interfaces (B.5, B.6) ------------------------------------------------------------------------------ */

#define FAILED "FAILED_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}"
#define RESTORED "RESTORED_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}"

/* A job on n0 and n1 of three nodes, with ROLE alone or (NULL) with all. */
static ftblab_fake *new_with_job(const char *role)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  ftblab_fake_boot(world, role);
  ftblab_fake_run(world, 1);
  return world;
}

static void test_ib_monitor_looks(void)
{
  ftblab_fake *world = new_with_job("IB Fault Monitor");
  ftblab_fake_port(world, 1, 0, false); /* at 1 s; the first look is at 5 s, for what is drawn here is always 0.5 */
  ftblab_fake_run(world, 4.9);
  EXPECT(world, 0, "throw ", NULL);
  ftblab_fake_run(world, 11);
  EXPECT(world, 1, "throw ibmon0 " FAILED " | Interface ib0 on node n1 has failed", NULL);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 31);
  EXPECT(world, 1, "throw ", NULL); /* announced once, until it is restored */
  ftblab_fake_port(world, 2, 1, false);
  ftblab_fake_port(world, 2, 1, true);
  ftblab_fake_run(world, 51);
  EXPECT(world, 1, "throw ", NULL); /* down and up between two looks */
  ftblab_fake_free(world);
}

static void test_ib_monitor_confirms(void)
{
  ftblab_fake *world = new_with_job("IB Fault Monitor");
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 11);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_throw(world, "RESTORED_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}");
  ftblab_fake_run(world, 21);
  EXPECT(world, 1, "catch ibmon0 " RESTORED " | Confirm interface ib0 of node n1 is restored", NULL);
  EXPECT(world, 0, "admin", NULL);
  ftblab_fake_port(world, 1, 0, false); /* an instance of its own */
  ftblab_fake_run(world, 31);
  EXPECT(world, 2, "throw ibmon0 " FAILED, NULL);
  ftblab_fake_throw(world, "RESTORED_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}"); /* which it is not */
  ftblab_fake_run(world, 61);
  EXPECT(world, 1, "admin ibmon0: interface ib0 of node n1 is said to be restored and does not work", NULL);
  EXPECT(world, 3, "throw ibmon0 " FAILED, NULL);
  ftblab_fake_throw(world, "CHECK_INTERFACE", "ifaces: {ib0, eth0, x9}, nodes: {n1, nowhere}");
  ftblab_fake_run(world, 71);
  EXPECT(world, 1, "catch ibmon0 CHECK_INTERFACE", "Checks interface ib0 of node n1; Checks interface eth0 of node n1");
  EXPECT(world, 3, "throw ibmon0 ", NULL); /* the answer is the script's */
  ftblab_fake_free(world);
}

static void test_script_tends_interfaces(void)
{
  ftblab_fake *world = new_with_job("Autonomic Script");
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_throw(world, "FAILED_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}");
  ftblab_fake_run(world, 60);
  EXPECT(world, 1, "catch script0 " FAILED " | Attempt diagnose and clean up IB routes and switches", NULL);
  EXPECT(world, 0, "throw script0", NULL); /* still down after diagnosis and test */
  ftblab_fake_port(world, 1, 0, true);     /* the test takes 5 s */
  ftblab_fake_run(world, 63);
  ftblab_fake_port(world, 1, 0, false); /* it flaps */
  ftblab_fake_run(world, 70);
  EXPECT(world, 0, "throw script0", NULL);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 80);
  EXPECT(world, 1, "throw script0 " RESTORED " | Interface ib0 has been restored to service on node n1", NULL);
  ftblab_fake_port(world, 2, 1, false); /* never announced as failed */
  ftblab_fake_port(world, 2, 1, true);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw script0", NULL);
  ftblab_fake_free(world);
}

static void test_script_checks_interfaces(void)
{
  ftblab_fake *world = new_with_job("Autonomic Script");
  ftblab_fake_throw(world, "CHECK_INTERFACE", "ifaces: {ib0, eth0}, nodes: {n1}");
  ftblab_fake_run(world, 10);
  EXPECT(world, 0, "throw script0", NULL);
  EXPECT(world, 1, "admin script0: checked the interfaces of node n1, none is bad", NULL);
  ftblab_fake_spoil(world, 1, 0, true);
  ftblab_fake_throw(world, "CHECK_INTERFACE", "ifaces: {ib0, eth0}, nodes: {n1}");
  ftblab_fake_throw(world, "CHECK_INTERFACE", "ifaces: {ib0, eth0}, nodes: {n1}"); /* one answer for both */
  ftblab_fake_run(world, 40);
  EXPECT(world, 1, "throw script0 " FAILED " | Notify of confirmed failed interface ib0 on node n1", NULL);
  ftblab_fake_throw(world, "CHECK_INTERFACE", "ifaces: {ib0, eth0}, nodes: {n1}"); /* the answer was lost */
  ftblab_fake_run(world, 50);
  EXPECT(world, 2, "throw script0 " FAILED, NULL);
  ftblab_fake_spoil(world, 1, 1, true); /* now the other one: what is known is not said again */
  ftblab_fake_throw(world, "CHECK_INTERFACE", "ifaces: {ib0, eth0}, nodes: {n1}");
  ftblab_fake_run(world, 60);
  EXPECT(world, 2, "throw script0 " FAILED, NULL);
  EXPECT(world, 1, "throw script0 FAILED_PHYSICAL_INTERFACE ifaces: {eth0}, nodes: {n1}", NULL);
  ftblab_fake_spoil(world, 1, 0, false);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 80);
  EXPECT(world, 1, "throw script0 " RESTORED, NULL);
  ftblab_fake_free(world);
}

/* RM/JS and MPI* are one piece of code. */
static void test_translation(void)
{
  static const struct {
    const char *role, *thrower;
  } roles[] = {{"RM/JS", "throw rm0 "}, {"MPI*", "throw mpirun-j1 "}};
  for (size_t i = 0; i < FTBLAB_COUNT(roles); i++) {
    ftblab_fake *world = new_with_job(roles[i].role);
    ftblab_fake_throw(world, "FAILED_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}");
    ftblab_fake_throw(world, "FAILED_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n2}"); /* no job */
    ftblab_fake_throw(world, "FAILED_PHYSICAL_INTERFACE", "ifaces: {x9}, nodes: {n1, nowhere}");
    ftblab_fake_run(world, 2);
    EXPECT(world, 1, "catch ", "Translate node n1 to job j1");
    EXPECT(world, 1, roles[i].thrower, NULL);
    EXPECT(world, 1, roles[i].thrower,
           "FAILED_MPI_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}, jobs: {j1} | Notify MPI of failed interface ib0");
    ftblab_fake_throw(world, "RESTORED_PHYSICAL_INTERFACE", "ifaces: {eth0}, nodes: {n1}"); /* never failed */
    ftblab_fake_run(world, 3);
    EXPECT(world, 1, roles[i].thrower, "RESTORED_MPI_PHYSICAL_INTERFACE ifaces: {eth0}, nodes: {n1}, jobs: {j1}");
    ftblab_fake_throw(world, "MPI_MESSAGE_CORRUPTION", "nodes: {n1}, jobs: {j1}");
    ftblab_fake_run(world, 4);
    EXPECT(world, 1, roles[i].thrower, "CHECK_INTERFACE ifaces: {ib0, eth0}, nodes: {n1}");
    EXPECT(world, 1, "catch ", "Translate node n1 to interfaces ib0, eth0");
    EXPECT(world, 3, roles[i].thrower, NULL);
    ftblab_fake_free(world);
  }
}

static void test_mpi_interfaces(void)
{
  ftblab_fake *world = new_with_job(NULL);
  ftblab_fake_throw(world, "FAILED_MPI_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}, jobs: {j1}");
  ftblab_fake_throw(world, "FAILED_MPI_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 1, "catch mpi-j1", "Mark interface ib0 of node n1 as down; Use alternative interface eth0");
  EXPECT(world, 1, "job j1 interface n1 ib0 off", NULL);
  ftblab_fake_throw(world, "FAILED_MPI_PHYSICAL_INTERFACE", "ifaces: {eth0}, nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "catch mpi-j1", "as down; Suspend communication until interface restored");
  ftblab_fake_throw(world, "RESTORED_MPI_PHYSICAL_INTERFACE", "ifaces: {ib0}, nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 4);
  EXPECT(world, 1, "catch mpi-j1", "Add interface ib0 of node n1 back to the possible interfaces for communication");
  EXPECT(world, 1, "job j1 interface n1 ib0 on", NULL);
  ftblab_fake_free(world);
}

static void test_mpi_tells_corruption_once(void)
{
  ftblab_fake *world = ftblab_fake_new(4, schema);
  ftblab_fake_set(world, "MPI", "corruption_notice", 2);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
  ftblab_fake_corrupt(world, 1);
  EXPECT(world, 0, "throw mpi-j1", NULL); /* below notice */
  ftblab_fake_corrupt(world, 1);
  ftblab_fake_corrupt(world, 1);
  ftblab_fake_run(world, 20); /* nothing is found */
  EXPECT(world, 1, "throw mpi-j1 MPI_MESSAGE_CORRUPTION nodes: {n1}, jobs: {j1} | MPI detects message corruption",
         "Continue masking corruption while interfaces are inspected");
  EXPECT(world, 1, "throw rm0 CHECK_INTERFACE", NULL);
  ftblab_fake_run(world, 130); /* corruption_recheck is over */
  ftblab_fake_spoil(world, 1, 1, true);
  ftblab_fake_corrupt(world, 1);
  ftblab_fake_corrupt(world, 1);
  ftblab_fake_run(world, 150);
  EXPECT(world, 2, "throw mpi-j1 MPI_MESSAGE_CORRUPTION", NULL);
  EXPECT(world, 1, "job j1 interface n1 eth0 off", NULL);
  ftblab_fake_corrupt(world, 1); /* settled: it counts from the start */
  EXPECT(world, 2, "throw mpi-j1 MPI_MESSAGE_CORRUPTION", NULL);
  ftblab_fake_free(world);
}

/* All roles: B.5.1 from the port to MPI and back. */
static void test_fail_over(void)
{
  ftblab_fake *world = new_with_job(NULL);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 40);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 60);
  EXPECT_ORDER(world, "throw ibmon0 FAILED_PHYSICAL_INTERFACE", "throw rm0 FAILED_MPI_PHYSICAL_INTERFACE");
  EXPECT_ORDER(world, "throw rm0 FAILED_MPI_PHYSICAL_INTERFACE", "job j1 interface n1 ib0 off");
  EXPECT_ORDER(world, "job j1 interface n1 ib0 off", "throw script0 RESTORED_PHYSICAL_INTERFACE");
  EXPECT_ORDER(world, "throw script0 RESTORED_PHYSICAL_INTERFACE", "throw rm0 RESTORED_MPI_PHYSICAL_INTERFACE");
  EXPECT_ORDER(world, "throw rm0 RESTORED_MPI_PHYSICAL_INTERFACE", "job j1 interface n1 ib0 on");
  EXPECT(world, 4, "throw ", NULL);
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"payload names", test_payload_names},
    {"node set", test_node_set},
    {"registrations", test_registrations},
    {"monitor suspects once", test_monitor_suspects_once},
    {"monitor gathers", test_monitor_gathers},
    {"monitor forgets early return", test_monitor_forgets_early_return},
    {"monitor answers", test_monitor_answers},
    {"monitor false suspicion", test_monitor_false_suspicion},
    {"monitor sees boots", test_monitor_sees_boots},
    {"monitor splits", test_monitor_splits},
    {"manager pool", test_manager_pool},
    {"manager no job", test_manager_no_job},
    {"manager false suspicion", test_manager_false_suspicion},
    {"manager two jobs on a node", test_manager_two_jobs_on_a_node},
    {"manager kill wait and requeue", test_manager_kill_wait_and_requeue},
    {"script finds dead and alive", test_script_finds_dead_and_alive},
    {"script tends once", test_script_tends_once},
    {"script announces return", test_script_announces_return},
    {"script knows boots", test_script_knows_boots},
    {"script second death in test", test_script_second_death_in_test},
    {"mpi aborts", test_mpi_aborts},
    {"mpi goes on", test_mpi_goes_on},
    {"mpi loses all", test_mpi_loses_all},
    {"mpi splits", test_mpi_splits},
    {"stencil", test_stencil},
    {"application respawns", test_application_respawns},
    {"application does not respawn", test_application_does_not_respawn},
    {"job goes on", test_job_goes_on},
    {"job aborts and takes spare", test_job_aborts_and_takes_spare},
    {"job loses its runtime", test_job_loses_its_runtime},
    {"false suspicion", test_false_suspicion},
    {"lost confirmation", test_lost_confirmation},
    {"lost ranks dead", test_lost_ranks_dead},
    {"second death during recovery", test_second_death_during_recovery},
    {"two nodes at once", test_two_nodes_at_once},
    {"IB monitor looks", test_ib_monitor_looks},
    {"IB monitor confirms", test_ib_monitor_confirms},
    {"script tends interfaces", test_script_tends_interfaces},
    {"script checks interfaces", test_script_checks_interfaces},
    {"translation", test_translation},
    {"MPI interfaces", test_mpi_interfaces},
    {"MPI tells corruption once", test_mpi_tells_corruption_once},
    {"fail-over", test_fail_over},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("components", tests, FTBLAB_COUNT(tests));
}
