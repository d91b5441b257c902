/* dates.c - dates as failure logs have them, as seconds since 1970. A clock without zone is taken for one in UTC: gaps
 * are what counts, and an hour twice a year is below what such logs know. */
#include "laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers beyond this are no seconds of any clock, and their differences would not be exact. */
#define MOST_SECONDS 1e15

/* Take up to MOST digits at *AT. False: there is none. */
static bool take_number(const char **at, int most, int *number)
{
  int digits = 0;
  for (*number = 0; digits < most && **at >= '0' && **at <= '9'; (*at)++, digits++)
    *number = 10 * *number + (**at - '0');
  return digits > 0;
}

static bool take(const char **at, char mark)
{
  if (**at != mark)
    return false;
  (*at)++;
  return true;
}

/* Days from 1970-01-01. The year begins in March here: a leap day is then its last. */
static double days_until(int year, int month, int day)
{
  int y = month <= 2 ? year - 1 : year, shifted = month + (month > 2 ? -3 : 9);
  return 365.0 * y + floor(y / 4.0) - floor(y / 100.0) + floor(y / 400.0) + floor((153.0 * shifted + 2) / 5) + day - 1 -
         719468;
}

static bool is_day(int year, int month, int day)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* "2005-06-21", "6/21/2005", or "21.6.2005", whose day always comes first. */
static bool take_day(const char **at, bool day_first, double *seconds)
{
  int first, year, month, day;
  if (!take_number(at, 4, &first))
    return false;
  if (take(at, '-')) {
    year = first;
    if (!take_number(at, 2, &month) || !take(at, '-') || !take_number(at, 2, &day))
      return false;
  } else {
    const char *before;
    char mark = **at == '.' ? '.' : '/';
    month = first;
    if (!take(at, mark) || !take_number(at, 2, &day) || !take(at, mark))
      return false;
    before = *at;
    if (!take_number(at, 4, &year) || *at - before != 4)
      return false;
    if (day_first || mark == '.') {
      month = day;
      day = first;
    }
  }
  *seconds = 86400 * days_until(year, month, day);
  return is_day(year, month, day);
}

/* "Z", "+0200", "-05:00". */
static bool take_zone(const char **at, double *seconds)
{
  int hours, minutes = 0;
  if (**at == '\0' || **at == ']' || take(at, 'Z'))
    return true;
  bool west = **at == '-';
  if ((!take(at, '+') && !take(at, '-')) || !take_number(at, 2, &hours))
    return false;
  (void)take(at, ':');
  if (**at != '\0' && **at != ']' && !take_number(at, 2, &minutes))
    return false;
  *seconds += (west ? 1 : -1) * (3600.0 * hours + 60.0 * minutes);
  return hours < 24 && minutes < 60;
}

/* "10:54", "10:54:03", "10:54:03.25". */
static bool take_clock(const char **at, double *seconds)
{
  int hour, minute, second = 0;
  if (!take_number(at, 2, &hour) || !take(at, ':') || !take_number(at, 2, &minute))
    return false;
  if (take(at, ':') && !take_number(at, 2, &second))
    return false;
  *seconds += 3600.0 * hour + 60.0 * minute + second;
  if (take(at, '.')) {
    double unit = 0.1;
    for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
      *seconds += unit * (**at - '0');
  }
  return hour < 24 && minute < 60 && second <= 60;
}

/* A day, and a time of day if there is one. */
static bool take_date(const char **at, bool day_first, double *seconds)
{
  if (!take_day(at, day_first, seconds))
    return false;
  if (**at == '\0' || **at == ']')
    return true;
  return (take(at, 'T') || take(at, ' ') || take(at, ';')) && take_clock(at, seconds) && take_zone(at, seconds);
}

/* It may stand in brackets, as in logs of Slurm. */
static bool parse_calendar(const char *string, bool day_first, double *seconds)
{
  const char *at = string;
  bool open = take(&at, '[');
  return take_date(&at, day_first, seconds) && take(&at, ']') == open && *at == '\0';
}

bool ftblab_date_parse(const char *string, bool day_first, double *seconds)
{
  double result;
  if (!parse_calendar(string, day_first, &result)) {
    char *end;
    if (string[strspn(string, "0123456789.eE+-")] != '\0')
      return false; /* no "inf", no hexadecimal */
    result = strtod(string, &end);
    if (end == string || *end != '\0' || !(fabs(result) < MOST_SECONDS))
      return false;
  }
  *seconds = result;
  return true;
}
