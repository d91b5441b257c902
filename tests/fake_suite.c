/* fake_suite.c - see fake_suite.h. */
#include "fake_suite.h"

const char *ftblab_fake_schema(int argc, char **argv)
{
  return argc > 1 ? argv[1] : FTBLAB_SOURCE_DIR "/components/parameters.schema.json";
}

int ftblab_fake_suite(const char *name, const ftblab_fake_test *tests, size_t count)
{
  if (CU_initialize_registry() != CUE_SUCCESS)
    return 2;
  CU_pSuite suite = CU_add_suite(name, NULL, NULL);
  bool complete = suite != NULL;
  for (size_t i = 0; complete && i < count; i++)
    complete = CU_add_test(suite, tests[i].name, tests[i].run) != NULL;
  CU_basic_run_tests();
  unsigned failures = CU_get_number_of_failures();
  CU_cleanup_registry();
  return !complete ? 2 : failures ? 1 : 0;
}
