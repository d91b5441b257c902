/* spec_suite.c - see spec_suite.h. */
#include "spec_suite.h"

#include <stdio.h>

int ftblab_spec_suite(const char *name, ftblab_spec **spec, const ftblab_unit_test *tests, size_t count)
{
  ftblab_error err;
  if (ftblab_spec_load(spec, &err) != FTBLAB_OK) {
    fprintf(stderr, "%s\n", err.text);
    return 2;
  }
  int status = ftblab_suite(name, tests, count);
  ftblab_spec_free(*spec);
  *spec = NULL;
  return status;
}
