/* history.c - drawing failures and predictions as they are asked for, and keeping them. */
#include "history.h"

#include <math.h>
#include <stdlib.h>

#define FIRST_ROOM 64

ftblab_status ftblab_history_new(ftblab_failures *failures, const ftblab_predictor *predictor, ftblab_history **history,
                                 ftblab_error *err)
{
  ftblab_history *result = calloc(1, sizeof *result);
  if (result == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for failures");
  result->failures = failures;
  result->predictor = predictor;
  *history = result;
  return FTBLAB_OK;
}

void ftblab_history_free(ftblab_history *history)
{
  if (history == NULL)
    return;
  free(history->dates);
  free(history->foreseen);
  free(history->severities);
  free(history->alarms);
  free(history);
}

void ftblab_history_start(ftblab_history *history, uint64_t seed)
{
  history->count = history->alarm_count = history->severity_count = 0;
  ftblab_failures_start(history->failures, seed);
  ftblab_random_seed(&history->foresight, seed, "predictor");
  ftblab_random_seed(&history->errors, seed, "false predictions");
  ftblab_random_seed(&history->severity, seed, "severity");
}

/* LIST with room for PLACE, of numbers; *CAPACITY is what it has. NULL: no memory; LIST is as it was. */
static double *with_room(ftblab_history *history, double *list, size_t *capacity, size_t place)
{
  if (place < *capacity)
    return list;
  size_t more = place < FIRST_ROOM ? FIRST_ROOM : 2 * place;
  double *grown = realloc(list, more * sizeof *grown);
  if (grown == NULL)
    history->failed = true;
  else
    *capacity = more;
  return grown;
}

static bool make_room(ftblab_history *history)
{
  size_t capacity = history->capacity;
  double *dates = with_room(history, history->dates, &capacity, history->count);
  if (dates == NULL)
    return false;
  history->dates = dates;
  if (capacity == history->capacity)
    return true;
  bool *foreseen = realloc(history->foreseen, capacity * sizeof *foreseen);
  if (foreseen == NULL)
    return !(history->failed = true);
  history->foreseen = foreseen;
  history->capacity = capacity;
  return true;
}

void ftblab_history_extend(ftblab_history *history)
{
  if (!make_room(history))
    return;
  history->dates[history->count] = ftblab_failures_next(history->failures).date;
  history->foreseen[history->count] = history->predictor != NULL && history->predictor->dates == NULL &&
                                      ftblab_predictor_foresees(history->predictor, &history->foresight);
  history->count++;
}

double ftblab_history_severity(ftblab_history *history, size_t i)
{
  double *severities = with_room(history, history->severities, &history->severity_capacity, i);
  if (severities == NULL)
    return 0;
  history->severities = severities;
  for (; history->severity_count <= i; history->severity_count++)
    history->severities[history->severity_count] = ftblab_random_uniform(&history->severity);
  return history->severities[i];
}

/* The next false prediction, or the next one of a list, which names true and false ones alike. */
static double next_alarm(ftblab_history *history)
{
  const ftblab_predictor *predictor = history->predictor;
  if (predictor->dates != NULL)
    return history->alarm_count < predictor->date_count ? predictor->dates[history->alarm_count] : INFINITY;
  double mean = ftblab_predictor_false_mean(predictor, ftblab_failures_mean(history->failures));
  double last = history->alarm_count ? history->alarms[history->alarm_count - 1] : 0;
  return isinf(mean) ? INFINITY : last + ftblab_random_exponential(&history->errors, mean);
}

void ftblab_history_extend_alarms(ftblab_history *history)
{
  double *alarms = with_room(history, history->alarms, &history->alarm_capacity, history->alarm_count);
  if (alarms == NULL)
    return;
  history->alarms = alarms;
  double next = next_alarm(history); /* looks at those before */
  history->alarms[history->alarm_count++] = next;
}
