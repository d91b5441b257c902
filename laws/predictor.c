/* predictor.c - what foresees failures, and errs. The same draws serve the simulation of a cluster and
 * that of a job. */
#include "laws.h"

#include <math.h>

bool ftblab_predictor_foresees(const ftblab_predictor *predictor, ftblab_random *random)
{
  return ftblab_random_uniform(random) < predictor->recall;
}

bool ftblab_predictor_errs(const ftblab_predictor *predictor, ftblab_random *random)
{
  return ftblab_random_uniform(random) >= predictor->precision;
}

double ftblab_predictor_false_mean(const ftblab_predictor *predictor, double mean)
{
  double rate = predictor->recall * (1 - predictor->precision) / predictor->precision;
  return rate > 0 ? mean / rate : INFINITY;
}
