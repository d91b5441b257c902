/* fake_suite.c - see fake_suite.h. */
#include "fake_suite.h"

const char *ftblab_fake_schema(int argc, char **argv)
{
  return argc > 1 ? argv[1] : FTBLAB_SOURCE_DIR "/components/parameters.schema.json";
}
