/* suite.c - see suite.h. */
#include "suite.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

int ftblab_suite(const char *name, const ftblab_unit_test *tests, size_t count)
{
  if (CU_initialize_registry() != CUE_SUCCESS)
    return 2;
  CU_pSuite suite = CU_add_suite(name, NULL, NULL);
  bool complete = suite != NULL;
  for (size_t i = 0; complete && i < count; i++)
    complete = CU_add_test(suite, tests[i].name, tests[i].run) != NULL;
  CU_basic_set_mode(CU_BRM_VERBOSE);
  CU_basic_run_tests();
  unsigned failures = CU_get_number_of_failures();
  CU_cleanup_registry();
  return !complete ? 2 : failures ? 1 : 0;
}

int ftblab_suite_in(char *folder, const char *name, const ftblab_unit_test *tests, size_t count)
{
  if (!mkdtemp(folder) || chdir(folder) != 0)
    return 2;
  int status = ftblab_suite(name, tests, count);
  return chdir("..") != 0 || rmdir(folder) != 0 ? 2 : status;
}
