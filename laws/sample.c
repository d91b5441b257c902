/* sample.c - draws by a law. The same stream gives the same draws on every machine, up to what the mathematical
 * functions of the C library differ by. */
#include "laws.h"
#include "special.h"

#include <math.h>

/* In (0, 1]: its logarithm is finite. */
static double positive_uniform(ftblab_random *random)
{
  return 1 - ftblab_random_uniform(random);
}

/* In (0, 1). */
static double open_uniform(ftblab_random *random)
{
  return (ftblab_random_uniform(random) * 0x1p53 + 0.5) * 0x1p-53;
}

static double sample_normal(ftblab_random *random)
{
  return ftblab_normal_quantile(open_uniform(random));
}

/* Marsaglia and Tsang 2000: a cube of a normal, rejected now and then; a shape below 1 is drawn one higher and sent
 * back by a power. */
static double sample_gamma(double shape, ftblab_random *random)
{
  if (shape < 1) {
    double higher = sample_gamma(shape + 1, random);
    return higher * pow(positive_uniform(random), 1 / shape);
  }
  double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double z = sample_normal(random), root = 1 + c * z, cube = root * root * root;
    if (root > 0 && log(positive_uniform(random)) < z * z / 2 + d - d * cube + d * log(cube))
      return d * cube;
  }
}

double ftblab_law_sample(const ftblab_law *law, ftblab_random *random)
{
  switch (law->kind) {
  case FTBLAB_LAW_CONSTANT:
    return law->scale;
  case FTBLAB_LAW_EXPONENTIAL:
    return ftblab_random_exponential(random, law->scale);
  case FTBLAB_LAW_WEIBULL:
    return law->scale * pow(-log(positive_uniform(random)), 1 / law->shape);
  case FTBLAB_LAW_LOGNORMAL:
    return law->scale * exp(law->shape * sample_normal(random));
  case FTBLAB_LAW_GAMMA:
    return law->scale * sample_gamma(law->shape, random);
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return INFINITY;
}

/* Far out, where P(T > age) is 0 to a double, the rate of failures hardly changes any more: the limit of the rate
 * serves. */
static double mean_far_out(const ftblab_law *law, double age)
{
  if (law->kind == FTBLAB_LAW_GAMMA)
    return law->scale;
  return age * law->shape * law->shape / log(age / law->scale); /* lognormal */
}

double ftblab_law_sample_residual(const ftblab_law *law, double age, ftblab_random *random)
{
  double u = open_uniform(random), above;
  if (!(age > 0))
    age = 0;
  switch (law->kind) {
  case FTBLAB_LAW_CONSTANT:
    return age < law->scale ? law->scale - age : 0;
  case FTBLAB_LAW_EXPONENTIAL:
    return -law->scale * log(u);
  case FTBLAB_LAW_WEIBULL: /* the survival is u times that at AGE: the logarithms add */
    return law->scale * pow(pow(age / law->scale, law->shape) - log(u), 1 / law->shape) - age;
  case FTBLAB_LAW_LOGNORMAL:
  case FTBLAB_LAW_GAMMA:
    above = ftblab_law_above(law, age);
    if (above < 1e-290)
      return -mean_far_out(law, age) * log(u);
    return fmax(ftblab_law_quantile_above(law, u * above) - age, 0);
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return INFINITY;
}

/* A moment falls into a long time sooner than into a short one: the time it falls into has the density t f(t) / mean,
 * which is a law of the same family, or a power of one. Within that time all moments are alike. */
static double sample_length_biased(const ftblab_law *law, ftblab_random *random)
{
  switch (law->kind) {
  case FTBLAB_LAW_EXPONENTIAL:
    return law->scale * sample_gamma(2, random);
  case FTBLAB_LAW_WEIBULL:
    return law->scale * pow(sample_gamma(1 + 1 / law->shape, random), 1 / law->shape);
  case FTBLAB_LAW_LOGNORMAL:
    return law->scale * exp(law->shape * (law->shape + sample_normal(random)));
  case FTBLAB_LAW_GAMMA:
    return law->scale * sample_gamma(law->shape + 1, random);
  case FTBLAB_LAW_CONSTANT:
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return law->kind == FTBLAB_LAW_CONSTANT ? law->scale : INFINITY;
}

double ftblab_law_sample_stationary(const ftblab_law *law, ftblab_random *random)
{
  double whole = sample_length_biased(law, random);
  return whole * open_uniform(random);
}
