/* young.c - the first-order interval. J. W. Young, A first order approximation to the optimum checkpoint interval,
 * CACM 17 (9), 1974. */
#include "laws.h"

#include <math.h>

double ftblab_young_interval(double mean, const ftblab_costs *costs)
{
  return sqrt(2 * costs->checkpoint * mean);
}
