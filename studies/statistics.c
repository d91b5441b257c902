/* statistics.c - mean and interval, quantiles.
 *
 * What must hold: the result depends on the values alone, not on the order in which they came: samples are sorted
 * before they are summed. */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

/* ---- Student's t ------------------------------------------------------------------------------------- */

/* P(|T| <= t) of Student's distribution with N degrees of freedom, by the finite series for whole N (Abramowitz and
 * Stegun 26.7.3 and 26.7.4). */
static double two_sided(double t, size_t n)
{
  double angle = atan(t / sqrt((double)n)), cosine = cos(angle), square = cosine * cosine;
  double sum = 0, term = n % 2 == 1 ? cosine : 1;
  for (size_t i = n % 2 == 1 ? 1 : 0; i + 2 <= n; i += 2) {
    sum += term;
    term *= square * (double)(i + 1) / (double)(i + 2);
  }
  return n % 2 == 1 ? (angle + sin(angle) * sum) / acos(0) : sin(angle) * sum;
}

/* Above so many degrees of freedom the normal distribution with the next terms of its expansion (Abramowitz and Stegun
 * 26.7.5) is good to nine digits. */
#define EXACT_UP_TO 200

/* t with P(|T| <= t) = 0.95. */
static double student(size_t n)
{
  static const double z = 1.959963984540054;
  if (n > EXACT_UP_TO) {
    double v = (double)n, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v);
  }
  double low = z, high = 13; /* t is 12.7 with one degree of freedom, and falls */
  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;
    if (two_sided(middle, n) < 0.95)
      low = middle;
    else
      high = middle;
  }
  return (low + high) / 2;
}

double ftblab_half_width(double deviation, size_t count)
{
  return count < 2 ? NAN : student(count - 1) * deviation / sqrt((double)count);
}

/* ---- samples -------------------------------------------------------------------------------------------- */

double ftblab_deviation(const double *values, size_t count, double *mean)
{
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; i++)
    sum += values[i];
  *mean = count > 0 ? sum / (double)count : NAN;
  for (size_t i = 0; i < count; i++)
    squares += (values[i] - *mean) * (values[i] - *mean);
  return count > 1 ? sqrt(squares / (double)(count - 1)) : NAN;
}

static int compare_doubles(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

double ftblab_quantile(const double *sorted, size_t count, double part)
{
  if (count == 0)
    return NAN;
  double place = part * (double)(count - 1);
  size_t below = (size_t)floor(place);
  if (below + 1 >= count)
    return sorted[count - 1];
  return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

ftblab_summary ftblab_summarise_sample(double *values, size_t count)
{
  ftblab_summary summary = {.count = count};
  if (count > 1)
    qsort(values, count, sizeof *values, compare_doubles);
  double deviation = ftblab_deviation(values, count, &summary.mean);
  double half = ftblab_half_width(deviation, count);
  summary.median = ftblab_quantile(values, count, 0.5);
  summary.p10 = ftblab_quantile(values, count, 0.1);
  summary.p90 = ftblab_quantile(values, count, 0.9);
  summary.low = summary.mean - half;
  summary.high = summary.mean + half;
  return summary;
}
