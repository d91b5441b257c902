/* fuzz_dialect.c - a log, read by the dialect that the first byte names; 'D': the bytes are a dialect, by which a log
 * of several lines is read. What must hold: each line of a log is accounted for. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "parts.h"

static const char *const names[] = {"ftb-logger", "ftb-payload", "mvapich2", "openmpi-ftb", "mpich-ftb",
                                    "openmpi",    "mpich",       "slurm",    "opensm",      "linux-ib",
                                    "criu",       "dmtcp",       "beegfs",   "pmix",        "slurm-jobcomp"};

static const char sample[] = "[2026-11-21T01:50:40.117] error: Nodes node[2-3] not responding\n"
                             "2026-11-21 01:50:40 no answer from node3\n\nJobId=3 JobState=FAILED NodeList=a,b\n"
                             "{\"a\": {\"b\": [1, \"x\"]}, \"t\": 1.5}\n";

static void read_log(const ftblab_dialect *dialect, const char *text, size_t length)
{
  ftblab_error err = {0};
  ftblab_log_counts counts = {0};
  ftblab_text explained = {0}, written = {0};
  ftblab_log_options options = {.year = 2026, .explain = &explained};
  ftblab_logs *logs = NULL;
  uint64_t folded;
  FILE *stream = length > 0 ? fmemopen((char *)text, length, "r") : NULL;
  if (stream == NULL || ftblab_logs_new(&logs, &err) != FTBLAB_OK)
    abort();
  ftblab_status status = ftblab_logs_add(logs, dialect, stream, "log", &options, &counts, &err);
  if (status == FTBLAB_OK &&
      counts.used + counts.repeats + counts.ignored + counts.unknown + counts.blank != counts.lines)
    abort();
  ftblab_fuzz_is_no_bug(status, &err);
  if (status == FTBLAB_OK && ftblab_logs_merge(logs, &folded, &err) == FTBLAB_OK)
    ftblab_logs_write(logs, &written);
  ftblab_logs_free(logs);
  ftblab_text_free(&explained);
  ftblab_text_free(&written);
  fclose(stream);
}

/* A dialect that cannot be what it is not: it must fit the schema first. */
static ftblab_dialect *make_dialect(const uint8_t *data, size_t size)
{
  ftblab_dialect *dialect = NULL;
  ftblab_error err = {0};
  ftblab_json *json = ftblab_fuzz_json(data, size);
  if (json != NULL && ftblab_dialect_valid(json, &err) == FTBLAB_OK)
    ftblab_fuzz_is_no_bug(ftblab_dialect_from(json, &dialect, &err), &err);
  else
    ftblab_json_free(json);
  return dialect;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ftblab_dialect *dialect = NULL;
  ftblab_error err = {0};
  if (size < 2)
    return 0;
  if (data[0] == 'D') {
    dialect = make_dialect(data + 1, size - 1);
    if (dialect != NULL)
      read_log(dialect, sample, sizeof sample - 1);
  } else if (ftblab_dialect_load(names[data[0] % FTBLAB_COUNT(names)], &dialect, &err) == FTBLAB_OK) {
    read_log(dialect, (const char *)data + 1, size - 1);
  }
  ftblab_dialect_free(dialect);
  return 0;
}
