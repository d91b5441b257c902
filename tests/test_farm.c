/* test_farm.c - a task farm (TF.1) in a fake world: its bag, workers that die.
 * Argument: see ftblab_fake_schema. */
#include "fake_suite.h"

static const char *schema; /* path */

static const int first_three[] = {0, 1, 2};

/* The manager is rank 0 on n0, workers are ranks 1 to 5. */
static ftblab_fake *new_world(int tasks)
{
  ftblab_fake *world = ftblab_fake_new(5, schema);
  ftblab_fake_farm(world, 3, first_three, tasks);
  ftblab_fake_boot(world, NULL);
  ftblab_fake_run(world, 0.5);
  return world;
}

static void test_dealing(void)
{
  ftblab_fake *world = new_world(7);
  EXPECT(world, 5, "job j1 give", NULL);
  EXPECT(world, 0, "job j1 give 0 ", NULL);
  EXPECT(world, 1, "job j1 give 5 4", NULL);
  ftblab_fake_run(world, 1.5);
  EXPECT(world, 1, "job j1 give 1 5", NULL);
  EXPECT(world, 1, "job j1 give 2 6", NULL);
  ftblab_fake_run(world, 2.5);
  EXPECT(world, 7, "job j1 result", NULL);
  EXPECT(world, 6, "job j1 give", " -1");
  ftblab_fake_free(world);
}

/* TF.1: tasks go back to the bag, each is done once, the manager goes on; a worker that is back gets more. */
static void test_worker_dies(void)
{
  static const char *const rows[] = {
      "throw rm0 RM_JOBS_DEAD nodes: {n2}, jobs: {j1}",
      "job j1 blank ranks: {4-5}",
      "throw mpi-j1 MPI_RANKS_DEAD nodes: {n2}, jobs: {j1}, ranks: {4-5}",
      "catch app-j1 MPI_RANKS_DEAD nodes: {n2}, jobs: {j1}, ranks: {4-5} | Error handler called for ranks 4-5; Put "
      "their "
      "tasks back into the bag; The tasks of ranks 4-5 are in the bag again",
  };
  ftblab_fake *world = new_world(2000);
  ftblab_fake_crash(world, 2);
  ftblab_fake_run(world, 200);
  for (size_t i = 1; i < FTBLAB_COUNT(rows); i++)
    EXPECT_ORDER(world, rows[i - 1], rows[i]);
  EXPECT(world, 1, "job j1 give 4 3", NULL); /* and again to a worker that lives: */
  EXPECT(world, 1, "job j1 result 3 of", NULL);
  EXPECT(world, 0, "job j1 aborted", NULL);
  EXPECT(world, 0, "job j1 result", " of 4");
  ftblab_fake_free(world);
}

static const ftblab_unit_test tests[] = {
    {"dealing", test_dealing},
    {"a worker dies", test_worker_dies},
};

int main(int argc, char **argv)
{
  schema = ftblab_fake_schema(argc, argv);
  return ftblab_suite("farm", tests, FTBLAB_COUNT(tests));
}
