/* times.c - nanoseconds since 1970 as times of ISO 8601, in whole numbers only. The days are those of the Gregorian
 * calendar, also before it was introduced, as ISO 8601 has them. */
#include <string.h>

#include "fields.h"

#define SECOND INT64_C(1000000000)
#define DAY INT64_C(86400)

/* Days from 1970-01-01 to the given day. The year begins in March here: a leap day is then its last day. */
static int64_t days_until(int64_t year, int64_t month, int64_t day)
{
  year -= month <= 2;
  int64_t century = (year >= 0 ? year : year - 399) / 400, of_era = year - 400 * century;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return 146097 * century + 365 * of_era + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - 146097 * era;
  int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * years + years / 4 - years / 100), shifted = (5 * of_year + 2) / 153;
  *day = of_year - (153 * shifted + 2) / 5 + 1;
  *month = shifted + (shifted < 10 ? 3 : -9);
  *year = years + 400 * era + (*month <= 2);
}

/* Rounded down, so that a time before 1970 has a fraction above 0. */
static int64_t divide(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

void ftblab_iso_write(int64_t nanoseconds, ftblab_text *text)
{
  int64_t seconds = divide(nanoseconds, SECOND), days = divide(seconds, DAY), of_day = seconds - days * DAY;
  int64_t year, month, day;
  date_of(days, &year, &month, &day);
  ftblab_text_addf(text, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%09lldZ", (long long)year, (long long)month,
                   (long long)day, (long long)(of_day / 3600), (long long)(of_day / 60 % 60), (long long)(of_day % 60),
                   (long long)(nanoseconds - divide(nanoseconds, SECOND) * SECOND));
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

typedef struct cursor {
  const char *at, *end;
} cursor;

static bool take_digits(cursor *c, int count, int64_t *number)
{
  *number = 0;
  for (int i = 0; i < count; i++, c->at++) {
    if (c->at == c->end || *c->at < '0' || *c->at > '9')
      return false;
    *number = 10 * *number + (*c->at - '0');
  }
  return true;
}

static bool take_mark(cursor *c, const char *marks)
{
  if (c->at == c->end || *c->at == '\0' || strchr(marks, *c->at) == NULL)
    return false;
  c->at++;
  return true;
}

static int64_t days_in(int64_t year, int64_t month)
{
  int64_t next = month == 12 ? days_until(year + 1, 1, 1) : days_until(year, month + 1, 1);
  return next - days_until(year, month, 1);
}

/* Digits behind the ninth must be 0: nothing is lost in silence. */
static bool take_fraction(cursor *c, int64_t *nanoseconds)
{
  int64_t unit = SECOND;
  const char *start = c->at;
  *nanoseconds = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    unit /= 10;
    if (unit == 0 && *c->at != '0')
      return false;
    *nanoseconds += unit * (*c->at - '0');
  }
  return c->at > start;
}

static bool take_zone(cursor *c, int64_t *offset)
{
  int64_t hours, minutes;
  *offset = 0;
  if (c->at == c->end || take_mark(c, "Zz"))
    return c->at == c->end;
  bool west = *c->at == '-';
  if (!take_mark(c, "+-") || !take_digits(c, 2, &hours))
    return false;
  (void)take_mark(c, ":");
  if (!take_digits(c, 2, &minutes) || hours > 23 || minutes > 59)
    return false;
  *offset = (west ? -1 : 1) * (3600 * hours + 60 * minutes);
  return c->at == c->end;
}

bool ftblab_iso_read(const char *string, size_t length, int64_t *nanoseconds)
{
  cursor c = {string, string + length};
  int64_t year, month, day, hour, minute, second, fraction = 0, offset;
  if (!take_digits(&c, 4, &year) || !take_mark(&c, "-") || !take_digits(&c, 2, &month) || !take_mark(&c, "-") ||
      !take_digits(&c, 2, &day) || !take_mark(&c, "Tt ") || !take_digits(&c, 2, &hour) || !take_mark(&c, ":") ||
      !take_digits(&c, 2, &minute) || !take_mark(&c, ":") || !take_digits(&c, 2, &second))
    return false;
  if (take_mark(&c, ".,") && !take_fraction(&c, &fraction))
    return false;
  if (!take_zone(&c, &offset) || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 ||
      minute > 59 || second > 60)
    return false;
  int64_t seconds = days_until(year, month, day) * DAY + 3600 * hour + 60 * minute + second - offset;
  /* one second short of the range at its upper end for the fraction; at the lower end the fraction adds */
  if (seconds < INT64_MIN / SECOND - 1 || seconds > INT64_MAX / SECOND)
    return false;
  if (seconds == INT64_MAX / SECOND && fraction > INT64_MAX % SECOND)
    return false;
  if (seconds < INT64_MIN / SECOND) { /* INT64_MIN is in this second; the product alone would not fit */
    fraction -= SECOND;
    seconds++;
    if (fraction < INT64_MIN % SECOND)
      return false;
  }
  *nanoseconds = seconds * SECOND + fraction;
  return true;
}
