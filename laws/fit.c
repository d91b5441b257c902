/* fit.c - laws by maximum likelihood, and how well they fit.
 *
 * A law that was fitted to the very gaps it is held against lies nearer to them than one known beforehand: the usual
 * Kolmogorov-Smirnov p-value flatters it. So the p-value comes from fits to samples of the fitted law (W. Stute et al.,
 * Bootstrap based goodness-of-fit tests, 1993). Large samples are stood for by smaller ones: sqrt(n) D hardly depends
 * on n (M. A. Stephens 1974). */
#include "laws.h"
#include "special.h"

#include <math.h>
#include <stdlib.h>

#define RESAMPLES 199 /* p-values in steps of 1/200 */
#define MOST_SAMPLED 400
#define MOST_STEPS 200 /* of Newton's method */

/* Sums over the gaps, of which every fit is made. */
typedef struct moments {
  const double *gaps;
  size_t count;
  double mean, log_mean, log_variance;
} moments;

static moments moments_of(const double *gaps, size_t count)
{
  moments m = {.gaps = gaps, .count = count};
  for (size_t i = 0; i < count; i++) {
    m.mean += gaps[i] / (double)count;
    m.log_mean += log(gaps[i]) / (double)count;
  }
  for (size_t i = 0; i < count; i++) {
    double deviation = log(gaps[i]) - m.log_mean;
    m.log_variance += deviation * deviation / (double)count;
  }
  return m;
}

/* ---- the fits ---------------------------------------------------------------------------------------------------- */

/* The likelihood is greatest where 1/k = sum x^k ln x / sum x^k - mean ln x; the right side grows with k. Gaps are
 * taken relative to their geometric mean, so that no power leaves the range. */
static ftblab_law fit_weibull(const moments *m)
{
  double k = 1.2 / sqrt(m->log_variance), sum = 1; /* the logarithm of a Weibull has the deviation 1.28 / k */
  for (int step = 0; step < MOST_STEPS; step++) {
    double first = 0, second = 0;
    sum = 0;
    for (size_t i = 0; i < m->count; i++) {
      double logarithm = log(m->gaps[i]) - m->log_mean, power = exp(k * logarithm);
      sum += power;
      first += power * logarithm;
      second += power * logarithm * logarithm;
    }
    double ratio = first / sum, error = 1 / k - ratio;
    double slope = 1 / (k * k) + second / sum - ratio * ratio, next = k + error / slope;
    if (!(next > 0))
      next = k / 2;
    bool settled = fabs(next - k) < 1e-12 * k;
    k = next;
    if (settled || !isfinite(k))
      break;
  }
  double scale = exp(m->log_mean) * pow(sum / (double)m->count, 1 / k);
  return (ftblab_law){.kind = FTBLAB_LAW_WEIBULL, .shape = k, .scale = scale};
}

/* ln k - digamma(k) = ln mean - mean ln; the left side falls with k. First guess: T. P. Minka 2002. */
static ftblab_law fit_gamma(const moments *m)
{
  double s = log(m->mean) - m->log_mean, k = (3 - s + sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s);
  for (int step = 0; step < MOST_STEPS; step++) {
    double next = k - (log(k) - ftblab_digamma(k) - s) / (1 / k - ftblab_trigamma(k));
    if (!(next > 0))
      next = k / 2;
    bool settled = fabs(next - k) < 1e-12 * k;
    k = next;
    if (settled || !isfinite(k))
      break;
  }
  return (ftblab_law){.kind = FTBLAB_LAW_GAMMA, .shape = k, .scale = m->mean / k};
}

/* Gaps that are nearly alike, to a thousandth: the likelihood grows with the shape beyond what is a law here. */
#define LEAST_VARIANCE 1e-6

static ftblab_law fit_law(ftblab_law_kind kind, const moments *m)
{
  if (kind == FTBLAB_LAW_EXPONENTIAL)
    return (ftblab_law){.kind = kind, .scale = m->mean};
  if (kind == FTBLAB_LAW_LOGNORMAL)
    return (ftblab_law){.kind = kind, .scale = exp(m->log_mean), .shape = sqrt(m->log_variance)};
  if (!(m->log_variance > LEAST_VARIANCE))
    return (ftblab_law){.kind = kind, .scale = m->mean, .shape = INFINITY};
  return kind == FTBLAB_LAW_WEIBULL ? fit_weibull(m) : fit_gamma(m);
}

static bool is_usable(const ftblab_law *law)
{
  bool shaped = law->kind != FTBLAB_LAW_EXPONENTIAL;
  double most = law->kind == FTBLAB_LAW_LOGNORMAL ? FTBLAB_MOST_SIGMA : FTBLAB_MOST_SHAPE;
  return isfinite(law->scale) && law->scale > 0 && isfinite(ftblab_law_mean(law)) &&
         (!shaped || (law->shape >= FTBLAB_LEAST_SHAPE && law->shape <= most));
}

/* ---- how well ---------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double ftblab_ks_distance(const ftblab_law *law, const double *gaps, size_t count)
{
  double distance = 0;
  for (size_t i = 0; i < count; i++) {
    double below = 1 - ftblab_law_above(law, gaps[i]);
    distance = fmax(distance, fmax(below - (double)i / (double)count, (double)(i + 1) / (double)count - below));
  }
  return distance;
}

/* What D is multiplied with so that its distribution is nearly that of the limit (Stephens 1974). */
static double stretch(size_t count)
{
  double root = sqrt((double)count);
  return root + 0.12 + 0.11 / root;
}

double ftblab_ks_p_value(double distance, size_t count)
{
  return ftblab_kolmogorov_above(distance * stretch(count));
}

static double bootstrap_p_value(const ftblab_fit *fit, size_t count, uint64_t seed, double *room)
{
  size_t sampled = count < MOST_SAMPLED ? count : MOST_SAMPLED, further = 0;
  ftblab_random random;
  ftblab_random_seed(&random, seed, ftblab_law_name(fit->law.kind));
  for (int n = 0; n < RESAMPLES; n++) {
    for (size_t i = 0; i < sampled; i++)
      room[i] = ftblab_law_sample(&fit->law, &random);
    qsort(room, sampled, sizeof *room, by_value);
    moments m = moments_of(room, sampled);
    ftblab_law law = fit_law(fit->law.kind, &m);
    further += ftblab_ks_distance(&law, room, sampled) * stretch(sampled) >= fit->distance * stretch(count);
  }
  return (double)(1 + further) / (RESAMPLES + 1);
}

static ftblab_fit fit_one(ftblab_law_kind kind, const moments *m, uint64_t seed, double *room)
{
  ftblab_fit fit = {.law = fit_law(kind, m), .log_likelihood = 0, .aic = INFINITY};
  if (!is_usable(&fit.law))
    return (ftblab_fit){.law = {.kind = FTBLAB_LAW_NONE}, .aic = INFINITY};
  for (size_t i = 0; i < m->count; i++)
    fit.log_likelihood += ftblab_law_log_density(&fit.law, m->gaps[i]);
  fit.aic = 2 * (kind == FTBLAB_LAW_EXPONENTIAL ? 1 : 2) - 2 * fit.log_likelihood;
  fit.distance = ftblab_ks_distance(&fit.law, m->gaps, m->count);
  fit.p_value = bootstrap_p_value(&fit, m->count, seed, room);
  return fit;
}

static int by_aic(const void *a, const void *b)
{
  double x = ((const ftblab_fit *)a)->aic, y = ((const ftblab_fit *)b)->aic;
  return (x > y) - (x < y);
}

ftblab_status ftblab_fit_laws(double *gaps, size_t count, uint64_t seed, ftblab_fit fits[FTBLAB_FITS],
                              ftblab_error *err)
{
  double *room = malloc(MOST_SAMPLED * sizeof *room);
  if (room == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for fits");
  qsort(gaps, count, sizeof *gaps, by_value);
  moments m = moments_of(gaps, count);
  for (size_t i = 0; i < FTBLAB_FITS; i++)
    fits[i] = fit_one((ftblab_law_kind)(FTBLAB_LAW_EXPONENTIAL + i), &m, seed, room);
  qsort(fits, FTBLAB_FITS, sizeof *fits, by_aic);
  free(room);
  return FTBLAB_OK;
}
