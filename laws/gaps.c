/* gaps.c - times between the failures of a log. */
#include "laws.h"

#include <math.h>
#include <stdlib.h>

/* The gap that entry I ends, or that it is itself; NaN: none. LAST has the date of each node's failure before. */
static double gap_of(const ftblab_failure_log *log, ftblab_gaps which, size_t i, double *last)
{
  const ftblab_log_entry *entry = &log->entries[i];
  double gap = NAN;
  switch (which) {
  case FTBLAB_GAPS_OF_MACHINE:
    return i > 0 ? entry->date - log->entries[i - 1].date : NAN;
  case FTBLAB_GAPS_OF_NODE:
    if (entry->node != FTBLAB_NO_NAME) {
      gap = entry->date - last[entry->node];
      last[entry->node] = entry->date;
    }
    return gap;
  case FTBLAB_GAPS_LIVES:
  case FTBLAB_GAPS_REPAIRS:
    break;
  }
  return entry->end - entry->date;
}

ftblab_status ftblab_failure_log_gaps(const ftblab_failure_log *log, ftblab_gaps which, double **gaps, size_t *count,
                                      size_t *zeros, ftblab_error *err)
{
  static const char *const lacks[] = {
      [FTBLAB_GAPS_OF_NODE] = "two failures of one node at different times; is 'node' in the column map?",
      [FTBLAB_GAPS_OF_MACHINE] = "two failures at different times",
      [FTBLAB_GAPS_LIVES] = "two lives longer than 0; is 'end' in the column map?",
      [FTBLAB_GAPS_REPAIRS] = "two repairs longer than 0; is 'end' in the column map?",
  };
  uint32_t nodes = ftblab_names_count(log->nodes);
  double *last = malloc((nodes + 1) * sizeof *last), *result = malloc(log->count * sizeof *result);
  size_t found = 0, none = 0;
  if (last == NULL || result == NULL) {
    free(last);
    free(result);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the gaps of a log");
  }
  for (uint32_t i = 0; i < nodes; i++)
    last[i] = NAN;
  for (size_t i = 0; i < log->count; i++) {
    double gap = gap_of(log, which, i, last);
    if (gap > 0)
      result[found++] = gap;
    else if (!isnan(gap))
      none++;
  }
  free(last);
  if (found < 2) {
    free(result);
    return ftblab_fail(err, FTBLAB_EINPUT, "the log does not have %s", lacks[which]);
  }
  *gaps = result;
  *count = found;
  *zeros = none;
  return FTBLAB_OK;
}
