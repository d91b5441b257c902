/* spec_suite.h - main() of a CUnit program whose tests need the standard's tables. */
#ifndef FTBLAB_TESTS_SPEC_SUITE_H
#define FTBLAB_TESTS_SPEC_SUITE_H

#include "conformance.h"

#include "suite.h"

/* As ftblab_suite(); *SPEC holds the tables while the tests run. */
int ftblab_spec_suite(const char *name, ftblab_spec **spec, const ftblab_unit_test *tests, size_t count);

#endif
