/* daly.c - intervals and expected makespan for exponential failures. J. T. Daly, A higher order estimate of the optimum
 * checkpoint interval for restart dumps, FGCS 22 (3), 2006; with a downtime: M. Bougeret, H. Casanova, M. Rabie,
 * Y. Robert, F. Vivien, Checkpointing strategies for parallel jobs, SC'11. */
#include "laws.h"

#include <math.h>

double ftblab_daly_interval_low(double mean, const ftblab_costs *costs)
{
  return sqrt(2 * costs->checkpoint * (mean + costs->restart));
}

double ftblab_daly_interval_high(double mean, const ftblab_costs *costs)
{
  double half = costs->checkpoint / (2 * mean);
  if (half >= 1)
    return mean;
  return sqrt(2 * costs->checkpoint * mean) * (1 + sqrt(half) / 3 + half / 9) - costs->checkpoint;
}

/* The derivative of the expected makespan vanishes where u - 1 + exp(-(u + c)) = 0, u = interval / M, c = C / M (its
 * solution is 1 + L(-exp(-(1 + c))), L Lambert's function). That is convex and grows: Newton's method from 1 comes
 * down to the root. */
double ftblab_optimal_interval(double mean, const ftblab_costs *costs)
{
  double c = costs->checkpoint / mean, u = 1;
  if (!(c > 0))
    return 0;
  for (int i = 0; i < 100; i++) {
    double step = (u + expm1(-(u + c))) / -expm1(-(u + c));
    u -= step;
    if (!(fabs(step) > 1e-15 * u))
      break;
  }
  return u * mean;
}

double ftblab_expected_makespan(double mean, const ftblab_costs *costs, double interval, double count)
{
  return count * exp(costs->restart / mean) * (mean + costs->downtime) * expm1((interval + costs->checkpoint) / mean);
}

double ftblab_optimal_chunks(double mean, const ftblab_costs *costs, double work)
{
  double few = fmax(floor(work / ftblab_optimal_interval(mean, costs)), 1), more = few + 1;
  bool fewer = ftblab_expected_makespan(mean, costs, work / few, few) <=
               ftblab_expected_makespan(mean, costs, work / more, more);
  return fewer ? few : more;
}
