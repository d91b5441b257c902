/* test_libraries.c - what MPI libraries throw about their own errors (Appendices A and C), and MPI that hears of
 * ports from FTB-IB (Appendix E), in a fake world. Argument: see ftblab_fake_schema. */
#include "fake_suite.h"

static const char *schema; /* path */

static const int first_two[] = {0, 1};

/* Job j1 on n0 and n1 of five nodes, MPI plays LIBRARY. */
static ftblab_fake *new_world(const char *library, ftblab_job_policy policy)
{
  ftblab_fake *world = ftblab_fake_new(6, schema);
  ftblab_fake_set_word(world, "MPI", "library", library);
  ftblab_fake_job(world, 2, first_two, policy, false);
  return world;
}

static void run_from_boot(ftblab_fake *world)
{
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
}

static ftblab_job_state state_of_job(const ftblab_fake *world)
{
  return ftblab_fake_job_of(world, 0)->state;
}

/* ---- Appendices A and C ----------------------------------------------------------------------------------- */

/* The standard library has no errors of its own: it waits for the word of others. */
static void test_standard_says_nothing(void)
{
  ftblab_fake *world = new_world("standard", FTBLAB_POLICY_ABORT);
  run_from_boot(world);
  ftblab_fake_unreachable(world, 0, 1, false);
  ftblab_fake_corrupt(world, 1);
  EXPECT(world, 1, "throw mpi-j1", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_MESSAGE_CORRUPTION", NULL);
  CU_ASSERT_EQUAL(state_of_job(world), FTBLAB_JOB_RUNNING);
  ftblab_fake_free(world);
}

/* Once for each node, with the ORTE error code; the job is ended when RM/JS has said that the node is dead. */
static void test_openmpi_waits_for_word(void)
{
  ftblab_fake *world = new_world("openmpi", FTBLAB_POLICY_ABORT);
  run_from_boot(world);
  ftblab_fake_unreachable(world, 0, 1, false);
  ftblab_fake_unreachable(world, 0, 1, false);
  EXPECT(world, 1, "throw mpi-j1 COMM_FAILURE cause: ORTE_ERR_COMM_FAILURE |",
         "Rank 0 on node n0 cannot reach rank 2 on node n1");
  EXPECT(world, 1, "throw mpi-j1", NULL);
  CU_ASSERT_EQUAL(state_of_job(world), FTBLAB_JOB_RUNNING);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT_ORDER(world, "catch mpi-j1 RM_JOBS_DEAD", "throw mpi-j1 FATAL cause: ORTE_ERR_FATAL");
  EXPECT_ORDER(world, "throw mpi-j1 FATAL", "job j1 aborted");
  EXPECT(world, 2, "throw mpi-j1", NULL);
  ftblab_fake_free(world);
}

static void test_openmpi_cannot_connect(void)
{
  ftblab_fake *world = new_world("openmpi", FTBLAB_POLICY_CONTINUE);
  run_from_boot(world);
  ftblab_fake_unreachable(world, 0, 1, true);
  EXPECT(world, 1, "throw mpi-j1 UNREACHABLE cause: ORTE_ERR_CONNECTION_FAILED |", "cannot connect to rank 2");
  ftblab_fake_unreachable(world, 0, 0, true);
  EXPECT(world, 1, "throw mpi-j1 UNREACHABLE", "Rank 0 cannot be spawned on node n0");
  ftblab_fake_free(world);
}

/* What table 3 of Appendix A has as possible comes beside the standard's events, and only if it is asked for. */
static void test_openmpi_possible(void)
{
  for (int possible = 0; possible < 2; possible++) {
    ftblab_fake *world = new_world("openmpi", FTBLAB_POLICY_CONTINUE);
    ftblab_fake_set(world, "MPI", "possible_events", possible);
    run_from_boot(world);
    ftblab_fake_crash(world, 1);
    ftblab_fake_run(world, 100);
    ftblab_fake_repair(world, 1);
    ftblab_fake_run(world, 1000);
    EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_DEAD", NULL);
    EXPECT(world, possible, "throw mpi-j1 MPI_INIT jobs: {j1}", NULL);
    EXPECT(world, possible, "throw mpi-j1 MPI_NODE_DEAD nodes: {n1}, jobs: {j1}", NULL);
    EXPECT(world, possible, "throw mpi-j1 MPI_RANK_DEAD nodes: {n1}, jobs: {j1}, ranks: {2-3}", NULL);
    EXPECT(world, possible, "throw mpi-j1 MPI_NODE_RESTORED nodes: {n1}, jobs: {j1}", NULL);
    EXPECT(world, possible, "throw mpi-j1 MPI_RANK_RESTORED", NULL);
    ftblab_fake_free(world);
  }
}

static void test_corruption(void)
{
  ftblab_fake *openmpi = new_world("openmpi", FTBLAB_POLICY_ABORT);
  ftblab_fake_set(openmpi, "MPI", "possible_events", 1);
  run_from_boot(openmpi);
  ftblab_fake_corrupt(openmpi, 1);
  ftblab_fake_corrupt(openmpi, 1);
  EXPECT(openmpi, 1, "throw mpi-j1 MPI_MESSAGE_CORRUPTION nodes: {n1}", NULL);
  EXPECT(openmpi, 1, "throw mpi-j1 UNKNOWN_ERROR", NULL);
  EXPECT(openmpi, 1, "throw mpi-j1 MPI_MSG_CORRUPT nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(openmpi);
  ftblab_fake *mpich2 = new_world("mpich2", FTBLAB_POLICY_ABORT);
  run_from_boot(mpich2);
  ftblab_fake_corrupt(mpich2, 1);
  EXPECT(mpich2, 1, "throw mpi-j1 OTHER", NULL);
  EXPECT(mpich2, 1, "throw mpi-j1", NULL);
  ftblab_fake_free(mpich2);
}

/* Whoever hears of interfaces from others has them checked; MPICH2 has its own error, and FTB-IB tells of ports. */
static void test_time_outs(void)
{
  static const char *const libraries[] = {"standard", "openmpi", "mpich2"};
  for (int ftb_ib = 0; ftb_ib < 2; ftb_ib++)
    for (size_t i = 0; i < FTBLAB_COUNT(libraries); i++) {
      ftblab_fake *world = new_world(libraries[i], FTBLAB_POLICY_ABORT);
      ftblab_fake_set(world, "MPI", "ftb_ib", ftb_ib);
      run_from_boot(world);
      ftblab_fake_time_out(world, 1);
      EXPECT(world, i < 2 && !ftb_ib, "throw mpi-j1 MPI_MESSAGE_CORRUPTION nodes: {n1}, jobs: {j1}", NULL);
      ftblab_fake_free(world);
    }
}

/* It hears nothing, so nobody else can end its job; its own error does, whatever the policy. */
static void test_mpich2(void)
{
  ftblab_fake *world = new_world("mpich2", FTBLAB_POLICY_CONTINUE);
  run_from_boot(world);
  EXPECT(world, 0, "register mpi-j1", NULL);
  ftblab_fake_throw(world, "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j1}");
  ftblab_fake_run(world, 2);
  EXPECT(world, 0, "catch mpi-j1", NULL);
  EXPECT(world, 0, "throw mpi-j1", NULL);
  ftblab_fake_unreachable(world, 0, 1, false);
  EXPECT_ORDER(world, "throw mpi-j1 COMMUNICATION address: n1", "throw mpi-j1 ABORT");
  EXPECT_ORDER(world, "throw mpi-j1 ABORT", "job j1 aborted");
  EXPECT(world, 2, "throw mpi-j1", NULL);
  ftblab_fake_free(world);
}

/* A checkpoint that the user asks for fails: the catalogue's event, and the job goes on. */
static void test_failed_checkpoint(void)
{
  static const char *const expected[][2] = {
      {"standard", NULL}, {"openmpi", "throw mpi-j1 UNKNOWN_ERROR"}, {"mpich2", "throw mpi-j1 OTHER"}};
  for (size_t i = 0; i < FTBLAB_COUNT(expected); i++) {
    ftblab_fake *world = new_world(expected[i][0], FTBLAB_POLICY_ABORT);
    ftblab_fake_fail_next(world, "checkpoint", 1);
    run_from_boot(world);
    ftblab_fake_action(world, "MPI", "checkpoint", -1, 0);
    ftblab_fake_run(world, 10);
    EXPECT(world, 1, "job j1 checkpoint", NULL);
    EXPECT(world, expected[i][1] ? 1 : 0, "throw mpi-j1", NULL);
    if (expected[i][1])
      EXPECT(world, 1, expected[i][1], NULL);
    CU_ASSERT_EQUAL(state_of_job(world), FTBLAB_JOB_RUNNING);
    ftblab_fake_free(world);
  }
}

/* ---- Appendix E ------------------------------------------------------------------------------------------- */

/* MPI hears of ports, uses ib0 of each node alone if ONE_PORT, and has the spares n2 and n3. */
static ftblab_fake *new_ports(bool one_port)
{
  ftblab_fake *world = new_world("standard", FTBLAB_POLICY_ABORT);
  ftblab_fake_set(world, "MPI", "ftb_ib", 1);
  ftblab_fake_set(world, "IB Fault Monitor", "ftb_ib", 1);
  if (one_port)
    ftblab_fake_set_item(world, "MPI", "interfaces", "ib0");
  ftblab_fake_set_item(world, "MPI", "spares", "n2");
  ftblab_fake_set_item(world, "MPI", "spares", "n3");
  run_from_boot(world);
  return world;
}

/* Both ways, with the state; FTB-IB registers for nothing, MPI for the two events. */
static void test_ftb_ib_announces(void)
{
  ftblab_fake *world = new_ports(false);
  EXPECT(world, 0, "register ibmon0", NULL);
  EXPECT(world, 1, "register mpi-j1 FTB_IB_ADAPTER_INFO", NULL);
  EXPECT(world, 1, "register mpi-j1 FTB_IB_PORT_INFO", NULL);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 20);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 40);
  EXPECT_ORDER(world, "throw ibmon0 FTB_IB_PORT_INFO ifaces: {ib0}, nodes: {n1}, state: down",
               "throw ibmon0 FTB_IB_PORT_INFO ifaces: {ib0}, nodes: {n1}, state: up");
  EXPECT(world, 2, "throw ibmon0", NULL);
  EXPECT(world, 1, "catch mpi-j1 FTB_IB_PORT_INFO", "Fail over from interface ib0 to eth0 on node n1");
  EXPECT(world, 1, "catch mpi-j1 FTB_IB_PORT_INFO", "Take interface ib0 of node n1 back");
  EXPECT_ORDER(world, "job j1 interface n1 ib0 off", "job j1 interface n1 ib0 on");
  EXPECT(world, 0, "job j1 migrate", NULL);
  ftblab_fake_free(world);
}

/* A port that is down and up again between two looks was never down for FTB-IB. */
static void test_ftb_ib_between_looks(void)
{
  ftblab_fake *world = new_ports(false);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 40);
  EXPECT(world, 0, "throw ibmon0", NULL);
  ftblab_fake_free(world);
}

static void test_migrates(void)
{
  ftblab_fake *world = new_ports(true);
  ftblab_fake_unreachable(world, 0, 1, false);
  EXPECT(world, 1, "admin mpi-j1: IBV_WC_RETRY_EXC_ERR on node n0", "which of them failed is unknown");
  EXPECT(world, 0, "throw mpi-j1", NULL);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n1}, state: down");
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "catch mpi-j1 FTB_IB_PORT_INFO", "The failure was on node n1; its processes have to leave it");
  EXPECT_ORDER(world, "job j1 grant n2", "job j1 migrate n1 n2");
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n2, jobs: {j1}, ranks: {2-3}", NULL);
  ftblab_fake_free(world);
}

/* Ports that MPI does not use are none of its business, nor is a node without ranks. */
static void test_other_ports(void)
{
  ftblab_fake *world = new_ports(true);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {eth0}, nodes: {n1}, state: down");
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n4}, state: down");
  ftblab_fake_run(world, 20);
  EXPECT(world, 2, "catch mpi-j1 FTB_IB_PORT_INFO", NULL);
  EXPECT(world, 0, "job j1 migrate", NULL);
  EXPECT(world, 0, "job j1 interface n1", NULL);
  ftblab_fake_free(world);
}

/* A spare whose port is down, or that does not answer, is passed over. */
static void test_bad_spares(void)
{
  ftblab_fake *world = new_ports(true);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n2}, state: down");
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n1}, state: down");
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "job j1 migrate n1 n3", NULL);
  ftblab_fake_free(world);
  world = new_ports(true);
  ftblab_fake_crash(world, 2);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n1}, state: down");
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "job j1 migrate n1 n3", NULL);
  EXPECT(world, 0, "job j1 migrate n1 n2", NULL);
  ftblab_fake_free(world);
}

/* After the last spare the ranks stay, until the port is back. */
static void test_migrations_fail(void)
{
  ftblab_fake *world = new_ports(true);
  ftblab_fake_fail_next(world, "migrate", 2);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n1}, state: down");
  ftblab_fake_run(world, 20);
  EXPECT_ORDER(world, "job j1 migrate n1 n2", "job j1 release n2");
  EXPECT_ORDER(world, "job j1 release n2", "job j1 migrate n1 n3");
  EXPECT_ORDER(world, "job j1 release n3", "admin mpi-j1: the ranks of job j1 stay on node n1: there is no spare");
  EXPECT(world, 0, "throw mpi-j1", NULL);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n1}, state: up");
  ftblab_fake_run(world, 30);
  EXPECT(world, 1, "job j1 interface n1 ib0 on", NULL);
  ftblab_fake_free(world);
}

/* Without any network the images cannot leave; they can when another network is back. */
static void test_no_network(void)
{
  ftblab_fake *world = new_ports(true);
  ftblab_fake_throw(world, "FTB_IB_ADAPTER_INFO", "ifaces: {ib0, eth0}, nodes: {n1}");
  ftblab_fake_run(world, 20);
  EXPECT(world, 1, "admin mpi-j1: the ranks of job j1 stay on node n1: no network reaches it", NULL);
  EXPECT(world, 0, "job j1 migrate", NULL);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {eth0}, nodes: {n1}, state: up");
  ftblab_fake_run(world, 40);
  EXPECT(world, 1, "job j1 migrate n1 n2", NULL);
  ftblab_fake_free(world);
}

/* One after the other, each to a spare of its own. */
static void test_two_nodes(void)
{
  ftblab_fake *world = new_ports(true);
  ftblab_fake_throw(world, "FTB_IB_PORT_INFO", "ifaces: {ib0}, nodes: {n0, n1}, state: down");
  ftblab_fake_run(world, 20);
  EXPECT(world, 2, "job j1 migrated", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n0, dnode: n2", NULL);
  EXPECT(world, 1, "throw mpi-j1 MPI_RANKS_MIGRATE snode: n1, dnode: n3", NULL);
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"standard says nothing", test_standard_says_nothing},
    {"openmpi waits for word", test_openmpi_waits_for_word},
    {"openmpi cannot connect", test_openmpi_cannot_connect},
    {"openmpi possible events", test_openmpi_possible},
    {"corruption", test_corruption},
    {"time-outs", test_time_outs},
    {"mpich2", test_mpich2},
    {"failed checkpoint", test_failed_checkpoint},
    {"ftb-ib announces", test_ftb_ib_announces},
    {"ftb-ib between looks", test_ftb_ib_between_looks},
    {"migrates", test_migrates},
    {"other ports", test_other_ports},
    {"bad spares", test_bad_spares},
    {"migrations fail", test_migrations_fail},
    {"no network", test_no_network},
    {"two nodes", test_two_nodes},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("libraries", tests, FTBLAB_COUNT(tests));
}
