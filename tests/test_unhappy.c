/* test_unhappy.c - what components do when words are lost, others are gone, or they are started anew, in a fake
 * world. Argument: see ftblab_fake_schema. */
#include "fake_suite.h"

static const char *schema; /* path */

static const int first_two[] = {0, 1}, first_three[] = {0, 1, 2};

static ftblab_fake *new_world(int nodes, ftblab_job_policy policy)
{
  ftblab_fake *world = ftblab_fake_new(6, schema);
  ftblab_fake_job(world, nodes, nodes == 2 ? first_two : first_three, policy, false);
  return world;
}

static void boot(ftblab_fake *world)
{
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 1);
}

/* ---- the manager asks itself ------------------------------------------------------------------------------ */

/* CONFIRM_NODES_DEAD gets lost: five minutes after the suspicion the manager asks. */
static void test_confirmation_lost(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_CONTINUE);
  ftblab_fake_lose(world, "CONFIRM_NODES_DEAD", "rm0", 1);
  boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 290);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD", NULL);
  EXPECT(world, 0, "throw rm0", NULL);
  ftblab_fake_run(world, 330);
  EXPECT(world, 1, "admin rm0: node n1 does not answer", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* Nobody speaks, and the node answers: it was no more than suspected. */
static void test_suspicion_without_answer(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_ABORT);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_run(world, 400);
  EXPECT(world, 0, "throw rm0", NULL);
  EXPECT(world, 0, "admin rm0", NULL);
  ftblab_fake_free(world);
}

/* As before, but the node was booted meanwhile, unnoticed: the job's processes are gone. */
static void test_came_back_unnoticed(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_ABORT);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_run(world, 1);
  ftblab_fake_throw(world, "CHECK_NODES_DEAD", "nodes: {n1}");
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 20);
  ftblab_fake_resume(world, 1);
  ftblab_fake_run(world, 330);
  EXPECT(world, 1, "admin rm0: node n1 has lost the processes of its jobs", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* The first word after the death is that the node is alive: the job is told of both. */
static void test_alive_before_dead(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_CONTINUE);
  ftblab_fake_boot(world, "RM/JS");
  ftblab_fake_run(world, 1);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 20);
  ftblab_fake_resume(world, 1);
  ftblab_fake_throw(world, "CONFIRM_NODES_ALIVE", "nodes: {n1}");
  ftblab_fake_run(world, 21);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* ---- the manager is started again ------------------------------------------------------------------------- */

/* It misses a death; the silent node is not used, and its job is told after a second question. */
static void test_restart_finds_dead(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_CONTINUE);
  boot(world);
  ftblab_fake_kill(world, "RM/JS", false);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_DEAD", NULL);
  ftblab_fake_revive(world, "RM/JS");
  ftblab_fake_run(world, 300);
  EXPECT(world, 0, "throw rm0 RM_JOBS_DEAD", NULL);
  ftblab_fake_run(world, 450);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* It had told the job, which has holes: it says nothing again, and gives the node back when it returns. */
static void test_restart_finds_holes(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_CONTINUE);
  boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD", NULL);
  ftblab_fake_kill(world, "RM/JS", true);
  ftblab_fake_run(world, 900);
  EXPECT(world, 1, "throw rm0 RM_JOBS_DEAD", NULL);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1500);
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* A job that was submitted and waits is found in the state file. */
static void test_restart_finds_queue(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_ABORT);
  ftblab_fake_job(world, 3, first_three, FTBLAB_POLICY_ABORT, false);
  boot(world);
  EXPECT(world, 0, "job j2 started", NULL);
  ftblab_fake_kill(world, "RM/JS", true);
  ftblab_fake_run(world, 2);
  EXPECT(world, 0, "job j2 started", NULL);
  ftblab_fake_complete(world, 0);
  ftblab_fake_run(world, 3);
  EXPECT(world, 1, "job j2 started n0 n1 n2", NULL);
  ftblab_fake_free(world);
}

/* ---- MPI ------------------------------------------------------------------------------------------------- */

/* A node is back, but its ranks are not spawned: they are not among those that live. */
static void test_unspawned_ranks(void)
{
  ftblab_fake *world = new_world(3, FTBLAB_POLICY_CONTINUE);
  ftblab_fake_set(world, "Application", "respawn", 0);
  ftblab_fake_set(world, "MPI", "commands", 1);
  boot(world);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 100);
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 1000);
  EXPECT(world, 1, "throw rm0 RM_JOBS_RUNNING", NULL);
  ftblab_fake_throw(world, "CHECK_RANKS_DEAD", "ranks: {0-5}");
  ftblab_fake_run(world, 1020);
  EXPECT(world, 1, "throw mpi-j1 CONFIRM_RANKS_DEAD ranks: {2-3}", NULL);
  EXPECT(world, 1, "throw mpi-j1 CONFIRM_RANKS_ALIVE ranks: {0-1, 4-5}", NULL);
  ftblab_fake_free(world);
}

/* Nobody tells MPI why its messages time out: it has the node's interfaces checked, and is told. */
static void test_time_outs(void)
{
  ftblab_fake *world = new_world(2, FTBLAB_POLICY_ABORT);
  ftblab_fake_lose(world, "FAILED_PHYSICAL_INTERFACE", "rm0", 1);
  boot(world);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 30);
  EXPECT(world, 1, "throw ibmon0 FAILED_PHYSICAL_INTERFACE", NULL);
  EXPECT(world, 0, "job j1 interface n1 ib0 off", NULL);
  ftblab_fake_time_out(world, 1);
  ftblab_fake_time_out(world, 1); /* once is enough */
  ftblab_fake_run(world, 60);
  EXPECT(world, 1, "throw mpi-j1 MPI_MESSAGE_CORRUPTION nodes: {n1}, jobs: {j1}",
         "MPI detects message loss (time-outs)");
  EXPECT(world, 1, "throw script0 FAILED_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}", NULL);
  EXPECT(world, 1, "job j1 interface n1 ib0 off", NULL);
  ftblab_fake_free(world);
}

/* An interface fails before a job is launched on its node: the job is told at its launch, and of the return. */
static void test_failed_before_launch(void)
{
  ftblab_fake *world = new_world(2, FTBLAB_POLICY_ABORT);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  boot(world);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 30);
  ftblab_fake_complete(world, 0);
  ftblab_fake_run(world, 31);
  EXPECT(world, 1, "throw rm0 FAILED_MPI_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}, jobs: {j2}", NULL);
  EXPECT(world, 1, "catch mpi-j2 FAILED_MPI_PHYSICAL_INTERFACE", "Use alternative interface eth0");
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 60);
  EXPECT(world, 1, "throw rm0 RESTORED_MPI_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}, jobs: {j2}", NULL);
  EXPECT(world, 0, "throw rm0 RESTORED_MPI_PHYSICAL_INTERFACE ifaces: {ib0}, nodes: {n1}, jobs: {j1}", NULL);
  ftblab_fake_free(world);
}

/* A job that was told of an interface is suspended and gets other nodes: of the return it is told all the same. */
static void test_told_after_moving(void)
{
  ftblab_fake *world = new_world(2, FTBLAB_POLICY_ABORT);
  ftblab_fake_set(world, "MPI", "checkpoint", 1);
  ftblab_fake_set_word(world, "RM/JS", "on_prediction", "suspend");
  boot(world);
  ftblab_fake_port(world, 1, 0, false);
  ftblab_fake_run(world, 30);
  ftblab_fake_predict(world, 1);
  ftblab_fake_run(world, 40);
  EXPECT(world, 1, "job j1 resume n0 n2", NULL);
  ftblab_fake_port(world, 1, 0, true);
  ftblab_fake_run(world, 70);
  EXPECT(world, 1, "catch mpi-j1 RESTORED_MPI_PHYSICAL_INTERFACE", NULL);
  ftblab_fake_free(world);
}

/* ---- the script ------------------------------------------------------------------------------------------ */

/* The return of a node is announced that is not dead. */
static void test_announced_alive(void)
{
  ftblab_fake *world = new_world(2, FTBLAB_POLICY_CONTINUE);
  boot(world);
  ftblab_fake_action(world, "Autonomic Script", "announce-alive", 1, -1);
  ftblab_fake_run(world, 10);
  EXPECT(world, 1, "throw script0 CONFIRM_NODES_ALIVE nodes: {n1} | Told that node n1 is alive", NULL);
  EXPECT(world, 1, "catch rm0 CONFIRM_NODES_ALIVE", NULL);
  EXPECT(world, 0, "throw rm0", NULL);
  EXPECT(world, 0, "catch rm0 CONFIRM_NODES_ALIVE", "Return");
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"a lost confirmation", test_confirmation_lost},
    {"a suspicion that nobody answers", test_suspicion_without_answer},
    {"a node came back unnoticed", test_came_back_unnoticed},
    {"alive is heard before dead", test_alive_before_dead},
    {"a restarted manager finds a dead node", test_restart_finds_dead},
    {"a restarted manager finds holes", test_restart_finds_holes},
    {"a restarted manager finds its queue", test_restart_finds_queue},
    {"ranks that were not spawned do not live", test_unspawned_ranks},
    {"time-outs are complained of", test_time_outs},
    {"an interface failed before the launch", test_failed_before_launch},
    {"a return is told to who moved", test_told_after_moving},
    {"the return of a living node", test_announced_alive},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("unhappy", tests, FTBLAB_COUNT(tests));
}
