/* levels.c - checkpoints of several levels, first order: each level is a checkpoint of its own against the failures
 * that no cheaper one survives. After N. H. Vaidya, Another two-level failure recovery scheme, 1994, and A. Moody et
 * al., SC'10; derived. */
#include "laws.h"

#include <math.h>

double ftblab_levels_overhead(const double *checkpoint, const double *mean, size_t count, double *intervals)
{
  double overhead = 0;
  for (size_t i = 0; i < count; i++) {
    if (intervals != NULL)
      intervals[i] = sqrt(2 * checkpoint[i] * mean[i]);
    overhead += sqrt(2 * checkpoint[i] / mean[i]);
  }
  return overhead;
}

/* One checkpoint of every K goes to the far level, so that one takes C = C1 + (C2 - C1) / K on average, in periods of
 * T = t + C for work t. A failure that the near level survives costs D + R1 + T / 2, another one D + R2 + K T / 2:
 *
 *   waste = C / T + F - F C / T,   F = (D + R1 + T / 2) / M1 + (D + R2 + K T / 2) / M2
 *
 * as waste.c has it for one level. To first order it is least where t = sqrt(2 C1 M1) and K t = sqrt(2 (C2 - C1) M2):
 * Young's interval for each level, the far one paying only what it costs more than the near one that it stands for.
 *
 * Example: C1 = R1 = 10, C2 = R2 = 600, M1 = 14,400, M2 = 86,400 (M = 12,343, 6 of 7 failures near): t = 536.7 and
 * K t = 10,097; with K = 19 it is t = 532.7, and the waste is 0.1557. Simulated: 0.1540. */
static double near_mean(double mean, const ftblab_near_level *near)
{
  return mean / near->share;
}

static double far_mean(double mean, const ftblab_near_level *near)
{
  return near->share < 1 ? mean / (1 - near->share) : INFINITY;
}

/* What a checkpoint takes in the mean: one in EVERY is of the far level. */
static double mean_cost(const ftblab_costs *costs, const ftblab_near_level *near)
{
  return near->checkpoint + (costs->checkpoint - near->checkpoint) / near->every;
}

double ftblab_two_levels_waste(double mean, const ftblab_costs *costs, const ftblab_near_level *near, double interval)
{
  double cost = mean_cost(costs, near), period = interval + cost;
  double checkpoints = cost / period;
  double failures = (costs->downtime + near->restart + period / 2) / near_mean(mean, near) +
                    (costs->downtime + costs->restart + near->every * period / 2) / far_mean(mean, near);
  return checkpoints + failures - checkpoints * failures;
}

/* With K given, t is where the waste is least: sqrt(2 (C1 + (C2 - C1) / K) / (1 / M1 + K / M2)). */
double ftblab_two_levels_interval_of(double mean, const ftblab_costs *costs, const ftblab_near_level *near)
{
  return sqrt(2 * mean_cost(costs, near) / (1 / near_mean(mean, near) + near->every / far_mean(mean, near)));
}

double ftblab_two_levels_interval(double mean, const ftblab_costs *costs, const ftblab_near_level *near,
                                  unsigned *every)
{
  double short_one = sqrt(2 * near->checkpoint * near_mean(mean, near));
  double long_one = sqrt(2 * fmax(costs->checkpoint - near->checkpoint, 0) * far_mean(mean, near));
  ftblab_near_level level = *near, more;
  level.every = (unsigned)fmin(fmax(floor(long_one / short_one), 1), FTBLAB_MOST_EVERY);
  more = level;
  more.every++;
  double few = ftblab_two_levels_interval_of(mean, costs, &level),
         many = ftblab_two_levels_interval_of(mean, costs, &more);
  bool takes_more =
      ftblab_two_levels_waste(mean, costs, &more, many) < ftblab_two_levels_waste(mean, costs, &level, few);
  *every = takes_more ? more.every : level.every;
  return takes_more ? many : few;
}

double ftblab_two_levels_interval_by(ftblab_interval_form *form, double mean, const ftblab_costs *costs,
                                     const ftblab_near_level *near, unsigned *every)
{
  ftblab_costs of_near = {.checkpoint = near->checkpoint, .restart = near->restart};
  ftblab_costs of_far = {.checkpoint = fmax(costs->checkpoint - near->checkpoint, 0), .restart = costs->restart};
  double far = far_mean(mean, near), short_one = form(near_mean(mean, near), &of_near);
  double long_one = isinf(far) ? INFINITY : form(far, &of_far);
  *every = (unsigned)fmin(fmax(round(long_one / short_one), 1), FTBLAB_MOST_EVERY);
  return short_one;
}
