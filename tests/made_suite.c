/* made_suite.c - see made_suite.h. */
#include "made_suite.h"

#include <stdio.h>

#include <CUnit/Basic.h>

static unsigned run(const char *name, const ftblab_made_test *tests, size_t count)
{
  CU_pSuite suite = CU_add_suite(name, NULL, NULL);
  bool complete = suite != NULL;
  for (size_t i = 0; complete && i < count; i++)
    complete = CU_add_test(suite, tests[i].name, tests[i].run) != NULL;
  CU_basic_set_mode(CU_BRM_VERBOSE);
  CU_basic_run_tests();
  return complete ? CU_get_number_of_failures() : 1;
}

int ftblab_made_suite(const char *name, ftblab_spec **spec, const ftblab_made_test *tests, size_t count)
{
  ftblab_error err;
  if (ftblab_spec_load(spec, &err) != FTBLAB_OK) {
    fprintf(stderr, "%s\n", err.text);
    return 1;
  }
  unsigned failures = 1;
  if (CU_initialize_registry() == CUE_SUCCESS) {
    failures = run(name, tests, count);
    CU_cleanup_registry();
  }
  ftblab_spec_free(*spec);
  *spec = NULL;
  return failures > 0;
}
