/* made_suite.h - main() of the tests that judge made traces: the tables are loaded, every test is run. */
#ifndef FTBLAB_TESTS_MADE_SUITE_H
#define FTBLAB_TESTS_MADE_SUITE_H

#include "made_trace.h"

typedef struct ftblab_made_test {
  const char *name;
  void (*run)(void);
} ftblab_made_test;

/* The exit status: 0 if all pass. *SPEC holds the tables while the tests run. */
int ftblab_made_suite(const char *name, ftblab_spec **spec, const ftblab_made_test *tests, size_t count);

#endif
