/* law.c - what is known of each law without drawing from it. */
#include "laws.h"
#include "special.h"

#include <math.h>

#define HALF_LOG_2PI 0.91893853320467274178

const char *ftblab_law_name(ftblab_law_kind kind)
{
  static const char *const names[] = {
      [FTBLAB_LAW_NONE] = "none",       [FTBLAB_LAW_CONSTANT] = "constant",   [FTBLAB_LAW_EXPONENTIAL] = "exponential",
      [FTBLAB_LAW_WEIBULL] = "weibull", [FTBLAB_LAW_LOGNORMAL] = "lognormal", [FTBLAB_LAW_GAMMA] = "gamma",
      [FTBLAB_LAW_REPLAY] = "replay",
  };
  return names[kind];
}

ftblab_law ftblab_law_of_mean(ftblab_law_kind kind, double mean, double shape)
{
  ftblab_law law = {.kind = kind, .scale = 1, .shape = shape};
  law.scale = mean / ftblab_law_mean(&law);
  return law;
}

double ftblab_law_mean(const ftblab_law *law)
{
  switch (law->kind) {
  case FTBLAB_LAW_CONSTANT:
  case FTBLAB_LAW_EXPONENTIAL:
    return law->scale;
  case FTBLAB_LAW_WEIBULL:
    return law->scale * tgamma(1 + 1 / law->shape);
  case FTBLAB_LAW_LOGNORMAL:
    return law->scale * exp(law->shape * law->shape / 2);
  case FTBLAB_LAW_GAMMA:
    return law->scale * law->shape;
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return INFINITY;
}

double ftblab_law_variance(const ftblab_law *law)
{
  double mean = ftblab_law_mean(law);
  switch (law->kind) {
  case FTBLAB_LAW_CONSTANT:
    return 0;
  case FTBLAB_LAW_EXPONENTIAL:
    return mean * mean;
  case FTBLAB_LAW_WEIBULL:
    return law->scale * law->scale * tgamma(1 + 2 / law->shape) - mean * mean;
  case FTBLAB_LAW_LOGNORMAL:
    return mean * mean * expm1(law->shape * law->shape);
  case FTBLAB_LAW_GAMMA:
    return mean * law->scale;
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return INFINITY;
}

double ftblab_law_above(const ftblab_law *law, double t)
{
  if (!(t > 0))
    return 1;
  switch (law->kind) {
  case FTBLAB_LAW_CONSTANT:
    return t < law->scale;
  case FTBLAB_LAW_EXPONENTIAL:
    return exp(-t / law->scale);
  case FTBLAB_LAW_WEIBULL:
    return exp(-pow(t / law->scale, law->shape));
  case FTBLAB_LAW_LOGNORMAL:
    return ftblab_normal_above(log(t / law->scale) / law->shape);
  case FTBLAB_LAW_GAMMA:
    return ftblab_gamma_above(law->shape, t / law->scale);
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return 1;
}

double ftblab_law_log_density(const ftblab_law *law, double t)
{
  double ratio = t / law->scale, logarithm = log(ratio);
  switch (law->kind) {
  case FTBLAB_LAW_EXPONENTIAL:
    return -ratio - log(law->scale);
  case FTBLAB_LAW_WEIBULL:
    return log(law->shape) - log(t) + law->shape * logarithm - pow(ratio, law->shape);
  case FTBLAB_LAW_LOGNORMAL:
    return -logarithm * logarithm / (2 * law->shape * law->shape) - HALF_LOG_2PI - log(law->shape) - log(t);
  case FTBLAB_LAW_GAMMA:
    return law->shape * logarithm - ratio - log(t) - lgamma(law->shape);
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_CONSTANT:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return -INFINITY;
}

double ftblab_law_quantile_above(const ftblab_law *law, double q)
{
  switch (law->kind) {
  case FTBLAB_LAW_CONSTANT:
    return law->scale;
  case FTBLAB_LAW_EXPONENTIAL:
    return -law->scale * log(q);
  case FTBLAB_LAW_WEIBULL:
    return law->scale * pow(-log(q), 1 / law->shape);
  case FTBLAB_LAW_LOGNORMAL:
    return law->scale * exp(-law->shape * ftblab_normal_quantile(q));
  case FTBLAB_LAW_GAMMA:
    return law->scale * ftblab_gamma_quantile_above(law->shape, q);
  case FTBLAB_LAW_NONE:
  case FTBLAB_LAW_REPLAY:
    break;
  }
  return INFINITY;
}
