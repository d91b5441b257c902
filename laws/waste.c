/* waste.c - first-order shares of the time that is lost, without and with predictions of failures. The form is that of
 * G. Aupy, Y. Robert, F. Vivien, D. Zaidouni, Checkpointing algorithms and fault prediction, JPDC 74 (2), 2014, and of
 * F. Cappello, H. Casanova, Y. Robert, Checkpointing vs. migration for post-petascale supercomputers, ICPP 2010;
 * derived anew, for their texts could not be opened.
 *
 * A period is the work between two checkpoints and one checkpoint. Good while a period is short against the mean time
 * between failures. */
#include "laws.h"

#include <math.h>

double ftblab_waste(double mean, const ftblab_costs *costs, double interval)
{
  double period = interval + costs->checkpoint;
  double checkpoints = costs->checkpoint / period;
  double failures = (costs->downtime + costs->restart + period / 2) / mean;
  return checkpoints + failures - checkpoints * failures;
}

double ftblab_waste_interval(double mean, const ftblab_costs *costs)
{
  double usable = mean - costs->downtime - costs->restart;
  return usable > 0 ? fmax(sqrt(2 * usable * costs->checkpoint) - costs->checkpoint, 0) : 0;
}

double ftblab_predicted_interval(double mean, const ftblab_costs *costs, const ftblab_predictor *predictor)
{
  double missed = 1 - predictor->recall;
  return missed > 0 ? fmax(sqrt(2 * mean * costs->checkpoint / missed) - costs->checkpoint, 0) : INFINITY;
}

/* C / T, which is 0 for an endless period. */
static double of_checkpoints(const ftblab_costs *costs, double interval)
{
  return isinf(interval) ? 0 : costs->checkpoint / (interval + costs->checkpoint);
}

/* (1 - r) T / 2, which is 0 if nothing is missed, also for an endless period. */
static double of_missed(const ftblab_costs *costs, double interval, const ftblab_predictor *predictor)
{
  return predictor->recall < 1 ? (1 - predictor->recall) * (interval + costs->checkpoint) / 2 : 0;
}

double ftblab_waste_predicted(double mean, const ftblab_costs *costs, double interval,
                              const ftblab_predictor *predictor, double preventive)
{
  double answers = predictor->recall / predictor->precision * preventive;
  double failures = of_missed(costs, interval, predictor) + costs->downtime + costs->restart + answers;
  return of_checkpoints(costs, interval) + failures / mean;
}

double ftblab_waste_window(double mean, const ftblab_costs *costs, double interval, const ftblab_predictor *predictor,
                           double preventive, double expected)
{
  double inside = predictor->recall * fmin(expected, (interval + costs->checkpoint) / 2);
  return ftblab_waste_predicted(mean, costs, interval, predictor, preventive) + inside / mean;
}

double ftblab_waste_migration(double mean, const ftblab_costs *costs, double interval,
                              const ftblab_predictor *predictor, double migration)
{
  double answers = predictor->recall / predictor->precision * migration;
  double failures =
      of_missed(costs, interval, predictor) + (1 - predictor->recall) * (costs->downtime + costs->restart) + answers;
  return of_checkpoints(costs, interval) + failures / mean;
}
