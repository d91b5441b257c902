/* estimate.c - what a sample of independent replicas says of the mean and of the spread. */
#include "laws.h"
#include "special.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Between the two nearest of COUNT ordered VALUES. */
static double quantile(const double *values, size_t count, double p)
{
  double place = p * (double)(count - 1);
  size_t below = (size_t)place;
  if (below + 1 >= count)
    return values[count - 1];
  return values[below] + (place - (double)below) * (values[below + 1] - values[below]);
}

ftblab_estimate ftblab_estimate_of(double *values, size_t count)
{
  ftblab_estimate result = {.count = count, .low = -INFINITY, .high = INFINITY};
  double squares = 0;
  if (count == 0)
    return result;
  for (size_t i = 0; i < count; i++)
    result.mean += (values[i] - result.mean) / (double)(i + 1);
  for (size_t i = 0; i < count; i++)
    squares += (values[i] - result.mean) * (values[i] - result.mean);
  qsort(values, count, sizeof *values, by_value);
  result.median = quantile(values, count, 0.5);
  result.p10 = quantile(values, count, 0.1);
  result.p90 = quantile(values, count, 0.9);
  if (count > 5) {
    double error = sqrt(squares / (double)(count - 1) / (double)count);
    double half = ftblab_student_quantile(0.975, (double)(count - 1)) * error;
    result.low = result.mean - half;
    result.high = result.mean + half;
  }
  return result;
}
