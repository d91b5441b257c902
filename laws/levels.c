/* levels.c - checkpoints of several levels, first order: each level is a checkpoint of its own against the failures
 * that no cheaper one survives. After N. H. Vaidya, Another two-level failure recovery scheme, 1994, and A. Moody et
 * al., SC'10; derived. */
#include "laws.h"

#include <math.h>

double ftblab_levels_overhead(const double *checkpoint, const double *mean, size_t count, double *intervals)
{
  double overhead = 0;
  for (size_t i = 0; i < count; i++) {
    if (intervals != NULL)
      intervals[i] = sqrt(2 * checkpoint[i] * mean[i]);
    overhead += sqrt(2 * checkpoint[i] / mean[i]);
  }
  return overhead;
}
