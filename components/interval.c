/* interval.c - how much a job computes between two checkpoints, by the closed forms of the literature.
 *
 * C is the time that a checkpoint takes, M the mean time between failures that the job sees. The interval is the time
 * of work from the end of a checkpoint to the beginning of the next. */
#include "interval.h"

#include <math.h>

/* J. W. Young, A first order approximation to the optimum checkpoint interval, CACM 17 (1974): sqrt(2CM). */
double ftblab_interval_of_young(double cost, double mtbf)
{
  return sqrt(2 * cost * mtbf);
}

/* J. T. Daly, A higher order estimate of the optimum checkpoint interval for restart dumps, FGCS 22 (2006). */
double ftblab_interval_of_daly(double cost, double mtbf)
{
  double part = cost / (2 * mtbf);
  if (part >= 1)
    return mtbf;
  return sqrt(2 * cost * mtbf) * (1 + sqrt(part) / 3 + part / 9) - cost;
}
