/* suite.h - main() of a CUnit program: the tests of one table, run as one suite. */
#ifndef FTBLAB_TESTS_SUITE_H
#define FTBLAB_TESTS_SUITE_H

#include <CUnit/Basic.h>

typedef struct ftblab_unit_test {
  const char *name;
  void (*run)(void);
} ftblab_unit_test;

/* Run them; what main returns: 0 if all pass, 1 if some fail, 2 if the suite could not be set up. */
int ftblab_suite(const char *name, const ftblab_unit_test *tests, size_t count);

/* The same in FOLDER, a template of mkdtemp(3), which the tests leave empty and which is removed behind them. */
int ftblab_suite_in(char *folder, const char *name, const ftblab_unit_test *tests, size_t count);

#endif
