/* history.h - the failures and predictions of one replica, kept so that several policies meet the same. Private to
 * laws/. */
#ifndef FTBLAB_HISTORY_H
#define FTBLAB_HISTORY_H

#include <math.h>

#include "laws.h"

struct ftblab_history {
  ftblab_failures *failures;
  const ftblab_predictor *predictor; /* or NULL */
  ftblab_random foresight, errors;   /* what is predicted, and what falsely */
  ftblab_random severity;            /* how bad a failure is */
  double *dates;                     /* of failures; the last may be INFINITY */
  bool *foreseen;                    /* each of them */
  size_t count, capacity;
  double *severities; /* of the first of them, in [0, 1): what a level survives are those below its share */
  size_t severity_count, severity_capacity;
  double *alarms; /* dates of false predictions, or of a predictor's list */
  size_t alarm_count, alarm_capacity;
  bool failed; /* no memory: dates are INFINITY from there on */
};

void ftblab_history_extend(ftblab_history *history);        /* at least one failure more */
void ftblab_history_extend_alarms(ftblab_history *history); /* at least one of ALARMS more */

/* The date of failure I, from 0. */
static inline double ftblab_history_date(ftblab_history *history, size_t i)
{
  while (i >= history->count && !history->failed)
    ftblab_history_extend(history);
  return history->failed ? INFINITY : history->dates[i];
}

/* How bad failure I is. */
double ftblab_history_severity(ftblab_history *history, size_t i);

/* The date of alarm I, from 0. */
static inline double ftblab_history_alarm(ftblab_history *history, size_t i)
{
  while (i >= history->alarm_count && !history->failed)
    ftblab_history_extend_alarms(history);
  return history->failed ? INFINITY : history->alarms[i];
}

#endif
