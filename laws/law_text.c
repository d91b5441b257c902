/* law_text.c - laws and durations as people write and read them. */
#include "laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- durations --------------------------------------------------------------------------------------------------- */

static const struct unit {
  const char *name;
  double seconds;
} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}, {"y", 31536000}};

ftblab_status ftblab_duration_parse(const char *string, double *seconds, ftblab_error *err)
{
  char *end;
  double number = strtod(string, &end), factor = *end == '\0' ? 1 : 0;
  for (size_t i = 0; i < FTBLAB_COUNT(units); i++)
    if (strcmp(end, units[i].name) == 0)
      factor = units[i].seconds;
  if (end == string || factor == 0 || strspn(string, "0123456789.eE+-") < (size_t)(end - string))
    return ftblab_fail(err, FTBLAB_EINPUT, "'%s' is no time: it is a number and s, min, h, d, w or y, as 90s or 2.5h",
                       string);
  if (!(number >= 0) || !isfinite(number * factor))
    return ftblab_fail(err, FTBLAB_EINPUT, "'%s' is no time: it must be at least 0 and finite", string);
  *seconds = number * factor;
  return FTBLAB_OK;
}

void ftblab_duration_describe(double seconds, ftblab_text *text)
{
  static const char *const names[] = {"s", "min", "h", "d", NULL, "y"}; /* nobody counts long times in weeks */
  size_t best = 0;
  if (isinf(seconds)) {
    ftblab_text_add(text, "never");
    return;
  }
  for (size_t i = 1; i < FTBLAB_COUNT(units); i++)
    if (names[i] != NULL && seconds >= 2 * units[i].seconds)
      best = i;
  ftblab_text_addf(text, "%.4g %s", seconds / units[best].seconds, names[best]);
}

/* ---- laws -------------------------------------------------------------------------------------------------------- */

/* What the keys of a law set. Mean and scale say the same in two ways. */
typedef struct parameters {
  double mean, scale, shape; /* NaN: not given */
} parameters;

static ftblab_status parse_number(const char *key, const char *value, double most, double *number, ftblab_error *err)
{
  char *end;
  *number = strtod(value, &end);
  if (end == value || *end != '\0' || !(*number >= FTBLAB_LEAST_SHAPE && *number <= most))
    return ftblab_fail(err, FTBLAB_EINPUT, "%s=%s: it must be a number from %g to %g", key, value, FTBLAB_LEAST_SHAPE,
                       most);
  return FTBLAB_OK;
}

static ftblab_status parse_time(const char *key, const char *value, double *seconds, ftblab_error *err)
{
  ftblab_status status = ftblab_duration_parse(value, seconds, err);
  if (status == FTBLAB_OK && !(*seconds > 0))
    return ftblab_fail(err, FTBLAB_EINPUT, "%s=%s: it must be more than 0", key, value);
  return status;
}

static ftblab_status take_parameter(ftblab_law_kind kind, const char *key, const char *value, parameters *given,
                                    ftblab_error *err)
{
  bool lognormal = kind == FTBLAB_LAW_LOGNORMAL, shaped = kind == FTBLAB_LAW_WEIBULL || kind == FTBLAB_LAW_GAMMA;
  if (strcmp(key, "mean") == 0 || strcmp(key, "mtbf") == 0)
    return parse_time(key, value, &given->mean, err);
  if (strcmp(key, lognormal ? "median" : "scale") == 0 && (shaped || lognormal))
    return parse_time(key, value, &given->scale, err);
  if (strcmp(key, lognormal ? "sigma" : "shape") == 0 && (shaped || lognormal))
    return parse_number(key, value, lognormal ? FTBLAB_MOST_SIGMA : FTBLAB_MOST_SHAPE, &given->shape, err);
  return ftblab_fail(err, FTBLAB_EINPUT, "the %s law has no '%s'; it takes mtbf (or mean)%s", ftblab_law_name(kind),
                     key,
                     shaped      ? " or scale, and shape"
                     : lognormal ? " or median, and sigma"
                                 : "");
}

static ftblab_status finish_law(ftblab_law_kind kind, const parameters *given, ftblab_law *law, ftblab_error *err)
{
  bool shaped = kind == FTBLAB_LAW_WEIBULL || kind == FTBLAB_LAW_GAMMA || kind == FTBLAB_LAW_LOGNORMAL;
  const char *shape = kind == FTBLAB_LAW_LOGNORMAL ? "sigma" : "shape";
  const char *scale = kind == FTBLAB_LAW_LOGNORMAL ? " or median" : shaped ? " or scale" : "";
  if (isnan(given->mean) == isnan(given->scale))
    return ftblab_fail(err, FTBLAB_EINPUT, "the %s law needs %s: mtbf%s", ftblab_law_name(kind),
                       isnan(given->mean) ? "a time" : "one time, not two", scale);
  if (shaped && isnan(given->shape))
    return ftblab_fail(err, FTBLAB_EINPUT, "the %s law needs its %s", ftblab_law_name(kind), shape);
  ftblab_law result = {.kind = kind, .scale = given->scale, .shape = given->shape};
  if (isnan(given->scale))
    result = ftblab_law_of_mean(kind, given->mean, given->shape);
  if (!isfinite(ftblab_law_mean(&result)) || !isfinite(result.scale) || !(result.scale > 0))
    return ftblab_fail(err, FTBLAB_EINPUT, "the mean of this law is beyond the range of numbers");
  *law = result;
  return FTBLAB_OK;
}

static ftblab_status parse_parameters(ftblab_law_kind kind, char *list, ftblab_law *law, ftblab_error *err)
{
  parameters given = {NAN, NAN, NAN};
  ftblab_status status = FTBLAB_OK;
  for (char *at = list, *next; at != NULL && *at != '\0' && status == FTBLAB_OK; at = next) {
    next = strchr(at, ',');
    if (next != NULL)
      *next++ = '\0';
    char *value = strchr(at, '=');
    if (value == NULL)
      return ftblab_fail(err, FTBLAB_EINPUT, "'%s' is no KEY=VALUE", at);
    *value++ = '\0';
    status = take_parameter(kind, at, value, &given, err);
  }
  return status == FTBLAB_OK ? finish_law(kind, &given, law, err) : status;
}

ftblab_status ftblab_law_parse(const char *string, ftblab_law *law, ftblab_error *err)
{
  size_t length = strcspn(string, ":");
  ftblab_text list = {0};
  for (int i = FTBLAB_LAW_NONE; i < FTBLAB_LAW_REPLAY; i++) {
    const char *name = ftblab_law_name((ftblab_law_kind)i);
    if (strlen(name) != length || strncmp(name, string, length) != 0)
      continue;
    if (i == FTBLAB_LAW_NONE && string[length] != '\0')
      return ftblab_fail(err, FTBLAB_EINPUT, "%s: the law none takes nothing", string);
    if (i == FTBLAB_LAW_NONE) {
      *law = (ftblab_law){.kind = FTBLAB_LAW_NONE};
      return FTBLAB_OK;
    }
    ftblab_text_add(&list, string[length] == ':' ? string + length + 1 : "");
    ftblab_text_add(&list, " "); /* there is always something to cut */
    if (list.failed)
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a law");
    list.data[list.length - 1] = '\0';
    ftblab_error reason;
    ftblab_status status = parse_parameters((ftblab_law_kind)i, list.data, law, &reason);
    ftblab_text_free(&list);
    return status == FTBLAB_OK ? status : ftblab_fail(err, status, "%s: %s", string, reason.text);
  }
  return ftblab_fail(err, FTBLAB_EINPUT,
                     "%s: no such law; there are exponential, weibull, lognormal, gamma, constant "
                     "and none, as exponential:mtbf=5y",
                     string);
}

void ftblab_law_describe(const ftblab_law *law, ftblab_text *text)
{
  ftblab_text_add(text, ftblab_law_name(law->kind));
  if (law->kind == FTBLAB_LAW_NONE)
    return;
  if (law->kind == FTBLAB_LAW_REPLAY) {
    ftblab_text_addf(text, " of %zu dates", law->date_count);
    return;
  }
  if (law->kind == FTBLAB_LAW_WEIBULL || law->kind == FTBLAB_LAW_GAMMA)
    ftblab_text_addf(text, ", shape %.4g", law->shape);
  if (law->kind == FTBLAB_LAW_LOGNORMAL) {
    ftblab_text_addf(text, ", sigma %.4g, median ", law->shape);
    ftblab_duration_describe(law->scale, text);
  }
  ftblab_text_add(text, ", mean ");
  ftblab_duration_describe(ftblab_law_mean(law), text);
}
