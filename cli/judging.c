/* judging.c - reads what the commands that judge have in common. */
#include "judging.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static ftblab_status read_scale(const ftblab_judging_words *words, double *scale, ftblab_error *err)
{
  char *end;
  *scale = 1;
  if (words->time_scale == NULL)
    return FTBLAB_OK;
  if (words->bounds == NULL)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--time-scale' needs '--bounds'");
  *scale = strtod(words->time_scale, &end);
  if (end == words->time_scale || *end != '\0' || !isfinite(*scale) || *scale <= 0)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--time-scale' takes a number above 0, not '%s'", words->time_scale);
  return FTBLAB_OK;
}

static ftblab_status read_today(const ftblab_judging_words *words, char *today, size_t room, ftblab_error *err)
{
  struct tm day;
  time_t now = time(NULL);
  if (words->today != NULL) {
    if (words->expected == NULL)
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--today' needs '--expected'");
    snprintf(today, room, "%s", words->today);
    return FTBLAB_OK;
  }
  if (gmtime_r(&now, &day) == NULL || strftime(today, room, "%Y-%m-%d", &day) == 0)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "cannot tell which day it is");
  return FTBLAB_OK;
}

ftblab_status ftblab_judging_read(const ftblab_spec *spec, const ftblab_judging_words *words, ftblab_judging *judging,
                                  ftblab_error *err)
{
  double scale;
  if (words->format != NULL && !ftblab_format_of(words->format, &judging->format))
    return ftblab_fail(err, FTBLAB_EUSAGE, "no format '%s'", words->format);
  ftblab_status status = read_scale(words, &scale, err);
  if (status == FTBLAB_OK)
    status = read_today(words, judging->today, sizeof judging->today, err);
  if (status == FTBLAB_OK && words->bounds != NULL)
    status = ftblab_bounds_read(spec, words->bounds, scale, &judging->bounds, err);
  if (status == FTBLAB_OK && words->expected != NULL)
    status = ftblab_expected_read(spec, words->expected, &judging->expected, err);
  /* without verdicts: only whether the day is one */
  return status == FTBLAB_OK ? ftblab_judging_excuse(judging, NULL, 0, err) : status;
}

void ftblab_judging_free(ftblab_judging *judging)
{
  ftblab_bounds_free(judging->bounds);
  ftblab_expected_free(judging->expected);
}

ftblab_status ftblab_judging_excuse(const ftblab_judging *judging, ftblab_verdict *const *verdicts, size_t count,
                                    ftblab_error *err)
{
  if (judging->expected == NULL)
    return FTBLAB_OK;
  return ftblab_expected_apply(judging->expected, judging->today, verdicts, count, err);
}
