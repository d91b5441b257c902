/* log_input.c - reads the logs on a command line by their dialects. */
#include "log_input.h"

#include <stdlib.h>
#include <string.h>

#include "exchange.h"

/* ---- options ---------------------------------------------------------------------------------------------------- */

/* OPTION: one of FTBLAB_LOG_... */
static const char *value_at(const ftblab_log_input *input, size_t option, size_t operand)
{
  return ftblab_arguments_value_at(input->arguments, input->first + option, operand);
}

/* "0.25", "-3": seconds, kept to the nanosecond. */
static bool read_seconds(const char *text, int64_t *nanoseconds)
{
  bool negative = *text == '-';
  const char *at = text + (negative || *text == '+');
  int64_t whole = 0, fraction = 0, unit = 1000000000;
  size_t digits = strspn(at, "0123456789");
  if (digits == 0 || digits > 9)
    return false;
  for (; *at >= '0' && *at <= '9'; at++)
    whole = 10 * whole + (*at - '0');
  if (*at == '.')
    for (at++; *at >= '0' && *at <= '9' && unit > 1; at++) {
      unit /= 10;
      fraction += unit * (*at - '0');
    }
  *nanoseconds = (negative ? -1 : 1) * (whole * 1000000000 + fraction);
  return *at == '\0';
}

/* "+01:00", "-0330", "Z", "UTC" */
static bool read_zone(const char *text, int64_t *seconds)
{
  int hours, minutes = 0, used = 0;
  *seconds = 0;
  if (strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
    return true;
  if (*text != '+' && *text != '-')
    return false;
  bool fits = (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 && text[1 + used] == '\0') ||
              (sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &used) == 2 && text[1 + used] == '\0') ||
              (sscanf(text + 1, "%2d%n", &hours, &used) == 1 && text[1 + used] == '\0');
  *seconds = (*text == '-' ? -1 : 1) * (3600 * (int64_t)hours + 60 * (int64_t)minutes);
  return fits && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

static ftblab_status read_year(const char *text, int *year, ftblab_error *err)
{
  char *end;
  long read = strtol(text, &end, 10);
  if (*end != '\0' || end == text || read < 1970 || read > 2200)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--year' takes a year from 1970 to 2200, not '%s'", text);
  *year = (int)read;
  return FTBLAB_OK;
}

static ftblab_status read_clock(const ftblab_log_input *input, size_t operand, ftblab_log_options *options,
                                ftblab_error *err)
{
  const char *year = value_at(input, FTBLAB_LOG_YEAR, operand), *zone = value_at(input, FTBLAB_LOG_ZONE, operand);
  const char *base = value_at(input, FTBLAB_LOG_BASE_TIME, operand);
  if (zone != NULL && !read_zone(zone, &options->zone))
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--zone' takes +HH:MM or -HH:MM, not '%s'", zone);
  if (base != NULL && !read_seconds(base, &options->base) && !ftblab_iso_read(base, strlen(base), &options->base))
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--base-time' takes 2026-11-21T12:00:00Z or seconds since 1970, not '%s'",
                       base);
  return year == NULL ? FTBLAB_OK : read_year(year, &options->year, err);
}

/* Those of hosts count everywhere, one without a host for the files behind it. */
static ftblab_status read_skews(const ftblab_log_input *input, size_t operand, ftblab_skew *skews,
                                ftblab_log_options *options, ftblab_error *err)
{
  const ftblab_arguments *arguments = input->arguments;
  options->skews = skews;
  for (size_t i = 0; i < arguments->given_count; i++) {
    const ftblab_given *given = &arguments->given[i];
    if (given->option != input->first + FTBLAB_LOG_SKEW)
      continue;
    const char *equals = strchr(given->value, '=');
    int64_t ahead;
    if (equals == given->value || !read_seconds(equals == NULL ? given->value : equals + 1, &ahead))
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--skew' takes SECONDS or HOST=SECONDS, not '%s'", given->value);
    if (equals == NULL && given->before <= operand)
      options->ahead = ahead;
    else if (equals != NULL)
      skews[options->skew_count++] = (ftblab_skew){given->value, (size_t)(equals - given->value), ahead};
  }
  return FTBLAB_OK;
}

/* ---- logs ------------------------------------------------------------------------------------------------------- */

static void tell_counts(const char *path, const ftblab_log_counts *c, bool alone)
{
  ftblab_warn("%s: %llu lines: %llu records from %llu, %llu repeats, %llu ignored, %llu unknown, %llu blank", path,
              (unsigned long long)c->lines, (unsigned long long)c->records, (unsigned long long)c->used,
              (unsigned long long)c->repeats, (unsigned long long)c->ignored, (unsigned long long)c->unknown,
              (unsigned long long)c->blank);
  if (c->lost > 0)
    ftblab_warn("%s: %llu events are not in it, by the numbers of those that are: what they said is not known", path,
                (unsigned long long)c->lost);
  if (c->year_missing)
    ftblab_warn("%s: its times have no year; --year says in which it begins", path);
  if (c->untimed > 0)
    ftblab_warn("%s: %llu records have no time; they are placed %s, in the order of their lines", path,
                (unsigned long long)c->untimed,
                alone ? "at --base-time" : "behind what other logs say of their nodes, since there is no --base-time");
}

/* A trace in a form of exchange/, or as it is. */
static ftblab_status add_exchanged(ftblab_logs *logs, FILE *stream, const char *path, const char *dialect,
                                   const ftblab_log_options *options, ftblab_error *err)
{
  ftblab_log log = {0};
  ftblab_exchange form = FTBLAB_XES;
  ftblab_status status = ftblab_exchange_of(dialect, &form) ? ftblab_exchange_read(&log, stream, path, form, err)
                                                            : ftblab_log_read(&log, stream, path, err);
  if (status == FTBLAB_OK)
    status = ftblab_logs_add_records(logs, path, &log.header, log.records, log.places, log.count, options, err);
  ftblab_log_free(&log);
  return status;
}

static ftblab_status load_dialect(const char *name, const char *columns, ftblab_dialect **dialect, ftblab_error *err)
{
  bool rows = strcmp(name, "csv") == 0 || strcmp(name, "jsonl") == 0;
  if (columns != NULL && rows)
    return ftblab_dialect_of_columns(name, columns, dialect, err);
  return ftblab_dialect_load(name, dialect, err);
}

static ftblab_status add_log(const ftblab_log_input *input, ftblab_logs *logs, FILE *stream, size_t operand,
                             const ftblab_log_options *options, ftblab_error *err)
{
  const char *path = input->arguments->operands[operand], *name = value_at(input, FTBLAB_LOG_DIALECT, operand);
  const char *columns = value_at(input, FTBLAB_LOG_COLUMNS, operand);
  bool is_trace = strcmp(name, "xes") == 0 || strcmp(name, "csv") == 0 || strcmp(name, "jsonl") == 0;
  if (is_trace && columns == NULL)
    return add_exchanged(logs, stream, path, name, options, err);
  ftblab_dialect *dialect = NULL;
  ftblab_log_counts counts = {0};
  ftblab_status status = load_dialect(name, columns, &dialect, err);
  if (status == FTBLAB_OK)
    status = ftblab_logs_add(logs, dialect, stream, path, options, &counts, err);
  if (status == FTBLAB_OK)
    tell_counts(path, &counts, options->base != 0 || input->arguments->operand_count == 1);
  ftblab_dialect_free(dialect);
  return status;
}

static ftblab_status read_operand(const ftblab_log_input *input, ftblab_logs *logs, size_t operand, ftblab_error *err)
{
  ftblab_log_options options = {.explain = input->explain};
  ftblab_hosts *hosts = NULL;
  FILE *stream = NULL;
  const char *path = value_at(input, FTBLAB_LOG_HOSTS, operand);
  ftblab_skew *skews = calloc(input->arguments->given_count + 1, sizeof *skews);
  ftblab_status status = skews != NULL ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for clocks");
  if (status == FTBLAB_OK)
    status = read_clock(input, operand, &options, err);
  if (status == FTBLAB_OK)
    status = read_skews(input, operand, skews, &options, err);
  if (status == FTBLAB_OK && path != NULL)
    status = ftblab_hosts_read(path, &hosts, err);
  options.hosts = hosts;
  if (status == FTBLAB_OK)
    status = ftblab_open_input(input->arguments->operands[operand], &stream, err);
  if (status == FTBLAB_OK)
    status = add_log(input, logs, stream, operand, &options, err);
  ftblab_close_input(stream);
  ftblab_hosts_free(hosts);
  free(skews);
  return status;
}

ftblab_status ftblab_log_input_read(const ftblab_log_input *input, ftblab_logs **logs, ftblab_error *err)
{
  ftblab_logs *read = NULL;
  ftblab_status status = ftblab_logs_new(&read, err);
  for (size_t i = 0; i < input->arguments->operand_count && status == FTBLAB_OK; i++)
    status = read_operand(input, read, i, err);
  uint64_t folded = 0;
  if (status == FTBLAB_OK)
    status = ftblab_logs_merge(read, &folded, err);
  if (status != FTBLAB_OK) {
    ftblab_logs_free(read);
    return status;
  }
  if (folded > 0)
    ftblab_warn("%llu records say what another log said up to %d s before, and are left out",
                (unsigned long long)folded, FTBLAB_SAME_THROW);
  *logs = read;
  return FTBLAB_OK;
}
