/* test_master.c - the roles of SUB.1 to SUB.3 in a fake world, and the bag of kernels. Argument: see
 * ftblab_fake_schema. */
#include "fake_suite.h"
#include "kernel_bag.h"

#include <stdio.h>

static const char *schema; /* path */

static const int first_two[] = {0, 1}, others[] = {2, 3};

/* ---- the bag --------------------------------------------------------------------------------------------- */

static ftblab_kernel_bag new_bag(cJSON *parameters, int steps, int kernels)
{
  const ftblab_job job = {.name = "j1", .parameters = parameters};
  ftblab_kernel_bag bag;
  cJSON_AddNumberToObject(parameters, "steps", steps);
  cJSON_AddNumberToObject(parameters, "kernels", kernels);
  CU_ASSERT_EQUAL_FATAL(ftblab_kernel_bag_init(&bag, &job, NULL), FTBLAB_OK);
  return bag;
}

/* The principal kernel goes on when all kernels of a step have come back, and not before. */
static void test_steps(void)
{
  cJSON *parameters = cJSON_CreateObject();
  ftblab_kernel_bag bag = new_bag(parameters, 2, 3);
  CU_ASSERT_EQUAL(ftblab_kernel_bag_total(&bag), 6);
  for (int kernel = 0; kernel < 3; kernel++) {
    CU_ASSERT_EQUAL(ftblab_kernel_bag_next(&bag, 0, 0), kernel);
    bag.out[kernel] = true;
  }
  CU_ASSERT_EQUAL(ftblab_kernel_bag_next(&bag, 0, 0), -1);
  CU_ASSERT(ftblab_kernel_bag_finish(&bag, 2));
  CU_ASSERT_FALSE(ftblab_kernel_bag_finish(&bag, 2));
  CU_ASSERT_FALSE(ftblab_kernel_bag_finish(&bag, 6));
  CU_ASSERT_FALSE(ftblab_kernel_bag_finish(&bag, -1));
  CU_ASSERT(ftblab_kernel_bag_finish(&bag, 4)); /* of the next step: a replica may hear in any order */
  CU_ASSERT(ftblab_kernel_bag_finish(&bag, 0));
  CU_ASSERT_EQUAL(bag.step, 0);
  CU_ASSERT(ftblab_kernel_bag_finish(&bag, 1));
  CU_ASSERT_EQUAL(bag.step, 1);
  CU_ASSERT_EQUAL(bag.missing, 2);
  CU_ASSERT_EQUAL(ftblab_kernel_bag_next(&bag, 0, 0), 3);
  CU_ASSERT_EQUAL(ftblab_kernel_bag_next(&bag, 1, 3), -1); /* kernel 4 is that of place 1, and done */
  CU_ASSERT_EQUAL(ftblab_kernel_bag_next(&bag, 2, 3), 5);
  CU_ASSERT(ftblab_kernel_bag_finish(&bag, 5));
  CU_ASSERT(ftblab_kernel_bag_finish(&bag, 3));
  CU_ASSERT(ftblab_kernel_bag_is_empty(&bag));
  CU_ASSERT_EQUAL(ftblab_kernel_bag_next(&bag, 0, 0), -1);
  ftblab_kernel_bag_free(&bag);
  cJSON_Delete(parameters);
}

/* ---- the roles ------------------------------------------------------------------------------------------- */

/* A job on n0 and n1 (4 ranks); n2, n3: free; n4: the remote backup, n5: the backup, n6: the master. */
static ftblab_fake *new_world(int steps, int kernels, bool balance)
{
  ftblab_fake *world = ftblab_fake_new(7, schema);
  ftblab_fake_kernels(world, 2, first_two, steps, kernels, balance);
  return world;
}

static void add_backups(ftblab_fake *world)
{
  ftblab_fake_set(world, "Backup Master", "enabled", 1);
  ftblab_fake_set_item(world, "Backup Master", "watches", "n6");
  ftblab_fake_set(world, "Remote Backup", "enabled", 1);
  ftblab_fake_set_item(world, "Remote Backup", "watches", "n6");
  ftblab_fake_set_item(world, "Remote Backup", "watches", "n5");
}

static void run_from_boot(ftblab_fake *world, double until)
{
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, until);
}

static void test_none_without_kernels(void)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_job(world, 2, first_two, FTBLAB_POLICY_ABORT, false);
  run_from_boot(world, 5);
  EXPECT(world, 0, "register backup", NULL);
  EXPECT(world, 0, "job j1 served", NULL);
  EXPECT(world, 1, "job j1 started", NULL);
  ftblab_fake_free(world);
}

static void test_registers(void)
{
  static const char *const wanted[] = {
      "register backup0 MASTER_STATE jobs: *, kernels: *",
      "register backup0 MASTER_CHANGED snode: *, dnode: *",
      "register backup0 NODE_DISCONNECTED nodes: *",
      "register remote0 NODE_CONNECTED nodes: *",
      "register remote0 KERNELS_DEALT nodes: *, jobs: *",
      "register subordinate-j1-n1 KERNELS_DEALT nodes: *, jobs: {j1}",
      "register subordinate-j1-n0 MASTER_CHANGED",
  };
  ftblab_fake *world = new_world(1, 4, true);
  add_backups(world);
  run_from_boot(world, 0.5);
  for (size_t i = 0; i < FTBLAB_COUNT(wanted); i++)
    EXPECT(world, 1, wanted[i], NULL);
  EXPECT(world, 0, "register master0", NULL);
  ftblab_fake_free(world);
}

/* Two steps of four kernels on four ranks: each gets one, and the next ones when all are back. */
static void test_dealing(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  run_from_boot(world, 0.5);
  EXPECT(world, 4, "job j1 give", NULL);
  EXPECT(world, 1, "job j1 give 3 3", NULL);
  ftblab_fake_run(world, 1.5);
  EXPECT(world, 8, "job j1 give", NULL);
  EXPECT_ORDER(world, "job j1 result 3 of 3", "job j1 give 0 4");
  ftblab_fake_run(world, 2.5);
  EXPECT(world, 4, "job j1 give", " -1");
  EXPECT(world, 0, "throw master0 KERNELS", NULL);
  EXPECT(world, 8, "throw master0 MASTER_STATE", NULL);
  ftblab_fake_free(world);
}

/* Fixed: kernel k of a step is of the k'th rank that is left, modulo their number. */
static void test_fixed(void)
{
  ftblab_fake *world = new_world(1, 6, false);
  run_from_boot(world, 0.5);
  EXPECT(world, 1, "job j1 give 0 0", NULL);
  EXPECT(world, 1, "job j1 give 3 3", NULL);
  ftblab_fake_run(world, 1.5);
  EXPECT(world, 1, "job j1 give 0 4", NULL);
  EXPECT(world, 1, "job j1 give 1 5", NULL);
  EXPECT(world, 6, "job j1 give", NULL);
  ftblab_fake_free(world);
}

/* SUB.1 rows 1 to 5. */
static void test_subordinate_dies(void)
{
  static const char *const rows[] = {
      "throw master0 NODE_DISCONNECTED nodes: {n1} | The connection has closed to node n1: it counts as failed",
      "job j1 blank ranks: {2-3}",
      "throw master0 KERNELS_DEALT nodes: {n1}, jobs: {j1} | Without node n1: 2 kernels to deal again, job j1 goes on "
      "with "
      "2 ranks",
      "catch subordinate-j1-n0 KERNELS_DEALT",
      "job j1 give 0 2",
      "throw master0 NODE_CONNECTED nodes: {n1}",
      "job j1 pool n1",
      "job j1 spawn n1",
  };
  ftblab_fake *world = new_world(2, 4, true);
  run_from_boot(world, 0.5);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 2.2);
  EXPECT(world, 0, "job j1 checkpoint", NULL);
  EXPECT(world, 2, "job j1 result", " of 0");
  EXPECT(world, 0, "job j1 result", " of 2");
  ftblab_fake_repair(world, 1);
  ftblab_fake_run(world, 9);
  for (size_t i = 1; i < FTBLAB_COUNT(rows); i++)
    EXPECT_ORDER(world, rows[i - 1], rows[i]);
  EXPECT(world, 8, "job j1 result", NULL);
  EXPECT(world, 4, "job j1 give", " -1");
  ftblab_fake_free(world);
}

/* A node that no job has: nothing to deal again. One that comes back and was never missed: no news. */
static void test_idle_node_dies(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  run_from_boot(world, 0.5);
  ftblab_fake_crash(world, 3);
  ftblab_fake_run(world, 0.6);
  EXPECT(world, 1, "throw master0 NODE_DISCONNECTED nodes: {n3}", NULL);
  EXPECT(world, 0, "throw master0 KERNELS", NULL);
  ftblab_fake_repair(world, 3);
  ftblab_fake_repair(world, 2);
  EXPECT(world, 1, "throw master0 NODE_CONNECTED", NULL);
  ftblab_fake_free(world);
}

/* The master hears of one before the other, and believes the other to be at work until then. */
static void test_two_die_at_once(void)
{
  static const int three[] = {0, 1, 2};
  ftblab_fake *world = ftblab_fake_new(7, schema);
  ftblab_fake_kernels(world, 3, three, 1, 8, true);
  run_from_boot(world, 0.5);
  ftblab_fake_crash(world, 1);
  ftblab_fake_crash(world, 2);
  ftblab_fake_run(world, 9);
  EXPECT(world, 1, "throw master0 KERNELS_DEALT nodes: {n1}", "2 kernels to deal again, job j1 goes on with 4 ranks");
  EXPECT(world, 1, "throw master0 KERNELS_DEALT nodes: {n2}", "2 kernels to deal again, job j1 goes on with 2 ranks");
  EXPECT(world, 8, "job j1 result", NULL);
  EXPECT(world, 2, "job j1 give", " -1");
  ftblab_fake_free(world);
}

/* SUB.1 row 3(b): no node is left; those that nobody uses take their places. */
static void test_all_die(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  run_from_boot(world, 0.5);
  ftblab_fake_crash(world, 0);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 9);
  EXPECT(world, 1, "throw master0 KERNELS_DEALT nodes: {n0}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw master0 KERNELS_HELD nodes: {n1}, jobs: {j1}", "has no node any more");
  EXPECT(world, 1, "job j1 grant n2", NULL);
  EXPECT(world, 1, "job j1 grant n3", NULL);
  EXPECT(world, 0, "admin master0", NULL);
  ftblab_fake_free(world);
}

/* SUB.2 and its replica: what was replicated is not dealt again, what a subordinate has is waited for. */
static void test_master_dies(void)
{
  static const char *const rows[] = {
      "catch backup0 MASTER_STATE jobs: {j1}, kernels: {0} | The replica of job j1 is up to date",
      "throw backup0 NODE_DISCONNECTED nodes: {n6} |",
      "throw backup0 MASTER_CHANGED snode: n6, dnode: n5 | Node n5 takes the role of master from node n6",
      "catch subordinate-j1-n1 MASTER_CHANGED snode: n6, dnode: n5",
      "backup0 becomes Master",
      "job j1 served by backup0",
      "throw backup0 KERNELS_DEALT nodes: {n6}, jobs: {j1} | Without node n6: 0 kernels of step 1",
      "job j1 result 4 of 0",
  };
  ftblab_fake *world = new_world(2, 4, true);
  add_backups(world);
  run_from_boot(world, 1.5);
  ftblab_fake_crash(world, 6);
  ftblab_fake_run(world, 5);
  for (size_t i = 1; i < FTBLAB_COUNT(rows); i++)
    EXPECT_ORDER(world, rows[i - 1], rows[i]);
  EXPECT(world, 1, "catch remote0 MASTER_CHANGED", "The master is on node n5 now");
  EXPECT(world, 0, "throw remote0", NULL);
  EXPECT(world, 8, "job j1 result", NULL);
  EXPECT(world, 0, "job j1 forget", NULL);
  EXPECT(world, 4, "job j1 give", " -1");
  ftblab_fake_free(world);
}

/* The same without replication: what the old master alone had results of is forgotten, and dealt again. */
static void test_unreplicated(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  add_backups(world);
  ftblab_fake_set(world, "Master", "replicate_every", 0);
  run_from_boot(world, 1.5);
  ftblab_fake_crash(world, 6);
  ftblab_fake_run(world, 9);
  EXPECT(world, 1, "throw backup0 KERNELS_DEALT", "4 kernels of step 0 to deal");
  EXPECT(world, 1, "job j1 forget 0", NULL);
  EXPECT(world, 0, "job j1 forget 4", NULL); /* a rank has it */
  EXPECT(world, 2, "job j1 result 0 of", NULL);
  ftblab_fake_free(world);
}

static void test_subordinate_dies_unseen(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  add_backups(world);
  run_from_boot(world, 1.5);
  ftblab_fake_crash(world, 6);
  ftblab_fake_crash(world, 1);
  ftblab_fake_run(world, 9);
  EXPECT_ORDER(world, "throw backup0 KERNELS_DEALT nodes: {n6}", "throw backup0 NODE_DISCONNECTED nodes: {n1}");
  EXPECT(world, 1, "throw backup0 KERNELS_DEALT nodes: {n1}, jobs: {j1}", "2 ranks");
  EXPECT(world, 8, "job j1 result", NULL);
  ftblab_fake_free(world);
}

/* SUB.3: the remote backup follows when both others are gone; KEEPS says with what. */
static ftblab_fake *outage(const char *keeps)
{
  ftblab_fake *world = new_world(2, 4, true);
  add_backups(world);
  ftblab_fake_set_word(world, "Remote Backup", "keeps", keeps);
  run_from_boot(world, 1.5);
  for (int i = 0; i < 7; i++)
    if (i != 2 && i != 3 && i != 4)
      ftblab_fake_crash(world, i);
  ftblab_fake_run(world, 9);
  return world;
}

static void test_outage_kept(void)
{
  ftblab_fake *world = outage("kernels");
  EXPECT_ORDER(world, "throw remote0 NODE_DISCONNECTED nodes: {n6}",
               "throw remote0 MASTER_CHANGED snode: n6, dnode: n4");
  EXPECT(world, 1, "throw remote0 KERNELS_DEALT nodes: {n6}, jobs: {j1}", "4 kernels of step 1");
  EXPECT(world, 1, "throw remote0 NODE_DISCONNECTED nodes: {n0, n1}", NULL);
  EXPECT(world, 1, "throw remote0 KERNELS_HELD nodes: {n0, n1}, jobs: {j1}", NULL);
  EXPECT(world, 1, "job j1 grant n2", NULL);
  EXPECT(world, 1, "job j1 started", NULL);
  EXPECT(world, 1, "job j1 result 0 of", NULL);
  ftblab_fake_free(world);
}

static void test_outage_lost(void)
{
  ftblab_fake *world = outage("jobs");
  EXPECT(world, 1, "throw remote0 JOB_STATE_LOST nodes: {n6}, jobs: {j1}", "it begins anew");
  EXPECT(world, 1, "job j1 aborted: its execution state is lost", NULL);
  EXPECT(world, 0, "throw remote0 KERNELS", NULL);
  ftblab_fake_free(world);
}

/* A master that was away and not replaced knows nothing; nor is it a master's business what other jobs are called. */
static void test_master_restarts(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  ftblab_fake_kernels(world, 2, others, 0, 0, true);
  run_from_boot(world, 1.5);
  ftblab_fake_kill(world, "Master", true);
  EXPECT(world, 1, "throw master0 JOB_STATE_LOST nodes: {n6}, jobs: {j1}", NULL);
  EXPECT(world, 1, "throw master0 JOB_STATE_LOST nodes: {n6}, jobs: {j2}", NULL);
  ftblab_fake_run(world, 9);
  EXPECT(world, 2, "job j1 started", NULL);
  EXPECT(world, 2, "job j2 started", NULL);
  ftblab_fake_free(world);
}

static void test_strange_events(void)
{
  ftblab_fake *world = new_world(2, 4, true);
  add_backups(world);
  run_from_boot(world, 0.5);
  ftblab_fake_throw(world, "MASTER_STATE", "jobs: {j1}, kernels: {99999999, 5000000000-9000000000}");
  ftblab_fake_throw(world, "MASTER_STATE", "jobs: {other}, kernels: {1}");
  ftblab_fake_throw(world, "MASTER_STATE", "jobs: {j1}, kernels: {x}");
  ftblab_fake_throw(world, "MASTER_CHANGED", "snode: n6, dnode: nowhere");
  ftblab_fake_throw(world, "KERNELS_DEALT", "nodes: {n1}, jobs: {other}");
  ftblab_fake_run(world, 9);
  EXPECT(world, 0, "catch remote0 MASTER_CHANGED", "The master is");
  EXPECT(world, 8, "job j1 result", NULL);
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"steps", test_steps},
    {"two die at once", test_two_die_at_once},
    {"none without kernels", test_none_without_kernels},
    {"registrations", test_registers},
    {"dealing", test_dealing},
    {"fixed shares", test_fixed},
    {"a subordinate dies", test_subordinate_dies},
    {"an idle node dies", test_idle_node_dies},
    {"all subordinates die", test_all_die},
    {"the master dies", test_master_dies},
    {"nothing was replicated", test_unreplicated},
    {"a subordinate dies unseen", test_subordinate_dies_unseen},
    {"an outage, state kept", test_outage_kept},
    {"an outage, state lost", test_outage_lost},
    {"the master restarts", test_master_restarts},
    {"strange events", test_strange_events},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("master", tests, FTBLAB_COUNT(tests));
}
