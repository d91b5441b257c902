/* fake_suite.h - CUnit programs over the fake world. */
#ifndef FTBLAB_TESTS_FAKE_SUITE_H
#define FTBLAB_TESTS_FAKE_SUITE_H

#include "fake_world.h"
#include "suite.h"

/* The line that starts with START and contains PART is there exactly TIMES times. */
#define EXPECT(world, times, start, part) CU_ASSERT_EQUAL(ftblab_fake_count(world, start, part), times)
/* FIRST comes before SECOND, both are there. */
#define EXPECT_ORDER(world, first, second)                                                                             \
  do {                                                                                                                 \
    CU_ASSERT(ftblab_fake_find(world, first, NULL) >= 0);                                                              \
    CU_ASSERT(ftblab_fake_find(world, first, NULL) < ftblab_fake_find(world, second, NULL));                           \
  } while (0)

/* The path of parameters.schema.json: the first argument, or that of the source tree. */
const char *ftblab_fake_schema(int argc, char **argv);

#endif
