/* special.c - normal, Student, gamma and Kolmogorov distributions. Each function is accurate to some 1e-12 relative in
 * the range where the laws use it, and says nothing about other ranges; Student's quantile is a series in 1 / degrees,
 * good to 3e-4 from 5 degrees on and to 1e-6 from 19 on.
 *
 * Sources: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3 (digamma), 6.4 (trigamma), 6.5 (incomplete
 * gamma), 26.2 (normal), 26.7 (Student); Kolmogorov 1933. */
#include "special.h"

#include <float.h>
#include <math.h>

#define PI 3.14159265358979323846
#define ENDLESS 100000 /* terms of a series; none needs so many, the bound only guards against NaN */

double ftblab_normal_above(double z)
{
  return 0.5 * erfc(z / sqrt(2));
}

/* A rational first guess (Abramowitz and Stegun 26.2.23) for the upper tail Q <= 1/2, then Newton's method on ln Q,
 * which is nearly a parabola: a few steps give full accuracy also far out. */
static double upper_quantile(double q)
{
  double t = sqrt(-2 * log(q));
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 4; i++) {
    double above = ftblab_normal_above(z), density = exp(-z * z / 2) / sqrt(2 * PI);
    z += (log(above) - log(q)) * above / density;
  }
  return z;
}

double ftblab_normal_quantile(double p)
{
  return p <= 0.5 ? -upper_quantile(p) : upper_quantile(1 - p);
}

double ftblab_student_quantile(double p, double degrees)
{
  double z = ftblab_normal_quantile(p), s = z * z, v = degrees;
  double term1 = z * (s + 1) / 4, term2 = z * ((5 * s + 16) * s + 3) / 96;
  double term3 = z * (((3 * s + 19) * s + 17) * s - 15) / 384;
  double term4 = z * ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160;
  return z + (term1 + (term2 + (term3 + term4 / v) / v) / v) / v;
}

/* ---- gamma ------------------------------------------------------------------------------------------------------ */

/* x^a e^-x / Gamma(a), the factor of both expansions. */
static double gamma_factor(double a, double x)
{
  return exp(a * log(x) - x - lgamma(a));
}

/* 6.5.29: converges fast for x < a + 1. */
static double gamma_series(double a, double x)
{
  double term = 1 / a, sum = term;
  for (int n = 1; n < ENDLESS && term > sum * DBL_EPSILON / 4; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * gamma_factor(a, x);
}

/* 6.5.31 by Lentz's method: converges fast for x > a + 1. */
static double gamma_fraction(double a, double x)
{
  double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, result = d;
  for (int n = 1; n < ENDLESS; n++) {
    double coefficient = -n * (n - a);
    b += 2;
    d = coefficient * d + b;
    c = b + coefficient / c;
    if (fabs(d) < DBL_MIN)
      d = DBL_MIN;
    if (fabs(c) < DBL_MIN)
      c = DBL_MIN;
    d = 1 / d;
    double factor = d * c;
    result *= factor;
    if (!(fabs(factor - 1) > DBL_EPSILON))
      break;
  }
  return result * gamma_factor(a, x);
}

double ftblab_gamma_below(double a, double x)
{
  if (!(x > 0))
    return 0;
  return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double ftblab_gamma_above(double a, double x)
{
  if (!(x > 0))
    return 1;
  return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

/* Near 0, P(a, x) = x^a / Gamma(a + 1); elsewhere the cube root of x is nearly normal (Wilson and Hilferty). */
static double gamma_guess(double a, double q)
{
  double small = exp((log1p(-q) + lgamma(a + 1)) / a);
  if (small < 0.1 * (a + 1))
    return small;
  double root = 1 - 1 / (9 * a) - ftblab_normal_quantile(q) / (3 * sqrt(a));
  return root > 0 ? a * root * root * root : small;
}

double ftblab_gamma_quantile_above(double a, double q)
{
  double x = gamma_guess(a, q), low = 0, high = INFINITY;
  for (int i = 0; i < 200; i++) {
    /* the smaller tail is compared, for there nothing is lost in a difference with 1 */
    double error = q < 0.5 ? ftblab_gamma_above(a, x) - q : 1 - q - ftblab_gamma_below(a, x);
    if (error > 0)
      low = x;
    else
      high = x;
    double step = error / (gamma_factor(a, x) / x), next = x + step;
    if (fabs(step) <= 4 * DBL_EPSILON * x)
      return x;
    if (!(next > low && next < high))
      next = isinf(high) ? 2 * x + 1 : (low + high) / 2;
    x = next;
  }
  return x;
}

/* Both by recurrence up to where the asymptotic series is exact. */
double ftblab_digamma(double x)
{
  double sum = 0;
  for (; x < 12; x++)
    sum -= 1 / x;
  double s = 1 / (x * x);
  return sum + log(x) - 0.5 / x -
         s * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 - s * 691.0 / 32760)))));
}

double ftblab_trigamma(double x)
{
  double sum = 0;
  for (; x < 12; x++)
    sum += 1 / (x * x);
  double s = 1 / (x * x);
  return sum + 1 / x + s / 2 +
         s / x * (1.0 / 6 - s * (1.0 / 30 - s * (1.0 / 42 - s * (1.0 / 30 - s * (5.0 / 66 - s * 691.0 / 2730)))));
}

/* ---- Kolmogorov -------------------------------------------------------------------------------------------------- */

double ftblab_kolmogorov_above(double x)
{
  if (!(x > 0.2))
    return 1; /* less than 1e-12 is missing */
  double sum = 0;
  if (x < 1) { /* the other series of the same function, which converges fast here */
    for (int k = 1; k < 20; k++)
      sum += exp(-(2.0 * k - 1) * (2.0 * k - 1) * PI * PI / (8 * x * x));
    return 1 - sqrt(2 * PI) / x * sum;
  }
  for (int k = 1; k < 20; k++)
    sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
  return sum;
}
