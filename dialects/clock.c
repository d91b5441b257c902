/* clock.c - times as logs print them, in whole nanoseconds since 1970. A time without a zone is in the zone that the
 * user gave, else in UTC: the machine that reads a log need not be where it was written. */
#include "parts.h"

#include <string.h>

#define SECOND INT64_C(1000000000)
#define YEAR_UNKNOWN 2000 /* chosen: a leap year, so that every date is one */

/* What was read of a time. */
typedef struct parsed_time {
  int64_t year, month, day, hour, minute, second, fraction, zone, whole;
  bool has_year, has_month, has_zone, is_whole, is_relative, afternoon, has_half;
} parsed_time;

typedef struct cursor {
  const char *at, *end;
} cursor;

static bool take_number(cursor *c, int most, int64_t *number)
{
  int digits = 0;
  *number = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9' && digits < most; c->at++, digits++)
    *number = 10 * *number + (*c->at - '0');
  return digits > 0;
}

/* Digits behind the ninth are dropped: no log means them. */
static bool take_fraction(cursor *c, int64_t *fraction)
{
  int64_t unit = SECOND;
  const char *start = c->at;
  *fraction = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    unit /= 10;
    *fraction += unit * (*c->at - '0');
  }
  return c->at > start;
}

/* "47994" microseconds, as Slurm prints them: without the zeros before. */
static bool take_microseconds(cursor *c, int64_t *fraction)
{
  bool fits = take_number(c, 6, fraction);
  *fraction *= 1000;
  return fits;
}

static bool take_name(cursor *c, const char *const *names, size_t count, int64_t *number)
{
  for (size_t i = 0; i < count; i++)
    if (c->end - c->at >= 3 && memcmp(c->at, names[i], 3) == 0) {
      c->at += 3;
      *number = (int64_t)i + 1;
      return true;
    }
  return false;
}

static bool take_zone(cursor *c, parsed_time *t)
{
  int64_t hours, minutes = 0;
  t->has_zone = true;
  if (c->at < c->end && (*c->at == 'Z' || *c->at == 'z')) {
    c->at++;
    return true;
  }
  if (c->at == c->end || (*c->at != '+' && *c->at != '-'))
    return false;
  int64_t sign = *c->at++ == '-' ? -1 : 1;
  if (!take_number(c, 2, &hours))
    return false;
  if (c->at < c->end && *c->at == ':')
    c->at++;
  if (c->at < c->end && !take_number(c, 2, &minutes))
    return false;
  t->zone = sign * (3600 * hours + 60 * minutes);
  return hours < 24 && minutes < 60;
}

/* Seconds with or without a fraction: since 1970, or since the start of the log. */
static bool take_seconds(cursor *c, parsed_time *t, bool relative)
{
  bool negative = c->at < c->end && *c->at == '-';
  c->at += negative;
  t->is_whole = true;
  t->is_relative = relative;
  if (!take_number(c, 10, &t->whole))
    return false;
  if (c->at < c->end && *c->at == '.') {
    c->at++;
    if (!take_fraction(c, &t->fraction))
      return false;
  }
  t->whole = negative ? -t->whole : t->whole;
  t->fraction = negative ? -t->fraction : t->fraction;
  return true;
}

static bool take_letter(cursor *c, char letter, parsed_time *t)
{
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  int64_t unused;
  switch (letter) {
  case 'Y':
    t->has_year = true;
    return take_number(c, 4, &t->year);
  case 'y': /* 69 to 99 are of the last century, as POSIX has it */
    t->has_year = take_number(c, 2, &t->year);
    t->year += t->year < 69 ? 2000 : 1900;
    return t->has_year;
  case 'm':
    t->has_month = true;
    return take_number(c, 2, &t->month);
  case 'b':
    t->has_month = true;
    return take_name(c, months, FTBLAB_COUNT(months), &t->month);
  case 'a':
    return take_name(c, days, FTBLAB_COUNT(days), &unused);
  case 'd':
    return take_number(c, 2, &t->day);
  case 'H':
    return take_number(c, 2, &t->hour);
  case 'M':
    return take_number(c, 2, &t->minute);
  case 'S':
    return take_number(c, 2, &t->second);
  case 'f':
    return take_fraction(c, &t->fraction);
  case 'u':
    return take_microseconds(c, &t->fraction);
  case 'z':
    return take_zone(c, t);
  case 's':
    return take_seconds(c, t, false);
  case 'r':
    return take_seconds(c, t, true);
  default:
    return false;
  }
}

const char *ftblab_clock_check(const char *format)
{
  for (; *format != '\0'; format++)
    if (*format == '%' && (*++format == '\0' || strchr("YymbadHMSfuzsr", *format) == NULL))
      return "the letters behind % are Y y m b a d H M S f u z s r";
  return NULL;
}

static bool take_format(cursor *c, const char *format, parsed_time *t)
{
  for (; *format != '\0'; format++) {
    if (*format == ' ') {
      const char *start = c->at;
      while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
      if (c->at == start)
        return false;
    } else if (*format == '%') {
      if (!take_letter(c, *++format, t))
        return false;
    } else if (c->at == c->end || *c->at++ != *format) {
      return false;
    }
  }
  return c->at == c->end;
}

/* Days from 1970-01-01; the year begins in March here, so that a leap day is its last. */
static int64_t days_until(int64_t year, int64_t month, int64_t day)
{
  year -= month <= 2;
  int64_t century = (year >= 0 ? year : year - 399) / 400, of_era = year - 400 * century;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return 146097 * century + 365 * of_era + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_date(const parsed_time *t)
{
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (t->year % 4 == 0 && t->year % 100 != 0) || t->year % 400 == 0;
  if (t->month < 1 || t->month > 12 || t->day < 1 || t->year > 2261 || t->year < 1678)
    return false;
  return t->day <= lengths[t->month - 1] + (leap && t->month == 2) && t->hour < 24 && t->minute < 60 && t->second <= 60;
}

static int64_t moment_of(const parsed_time *t, int64_t zone)
{
  int64_t seconds = days_until(t->year, t->month, t->day) * 86400 + 3600 * t->hour + 60 * t->minute + t->second;
  return (seconds - zone) * SECOND + t->fraction;
}

/* A time that is more than half a year before the last one is in the next year. */
static bool settle_year(clock_state *clock, parsed_time *t, int64_t zone, int64_t *moment)
{
  if (clock->year == 0)
    clock->year = clock->options->year != 0 ? clock->options->year : YEAR_UNKNOWN;
  clock->yearless = true;
  t->year = clock->year;
  bool fits = is_date(t);
  *moment = fits ? moment_of(t, zone) : 0;
  if (!fits || !clock->any || clock->last - *moment < INT64_C(183) * 86400 * SECOND)
    return fits;
  t->year = ++clock->year;
  *moment = moment_of(t, zone);
  return is_date(t);
}

bool ftblab_clock_read(clock_state *clock, const char *format, const char *text, size_t length, int64_t *nanoseconds)
{
  cursor c = {text, text + length};
  parsed_time t = {.month = 1, .day = 1};
  int64_t moment;
  if (!take_format(&c, format, &t))
    return false;
  int64_t zone = t.has_zone ? t.zone : clock->options->zone;
  if (t.is_whole) {
    moment = t.whole * SECOND / (t.whole > INT64_C(9000000000) ? SECOND : 1) + t.fraction;
    if (t.whole > INT64_C(9000000000) || t.whole < -INT64_C(9000000000))
      return false; /* beyond 64 bits of nanoseconds */
    moment += t.is_relative ? clock->options->base : 0;
  } else if (!t.has_year) {
    if (!settle_year(clock, &t, zone, &moment))
      return false;
  } else {
    if (!is_date(&t))
      return false;
    moment = moment_of(&t, zone);
  }
  clock->last = moment;
  clock->any = true;
  *nanoseconds = moment;
  return true;
}
