/* study_data.c - the numbers that a report on a study shows, and which factor and metrics it shows them by. What must
 * hold: all points are counted, and memory is bounded however many there are. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study_report.h"

/* ---- factors ------------------------------------------------------------------------------------------- */

static bool is_interval(const ftblab_study_factor *factor)
{
  return strstr(factor->key, "checkpoint.interval") != NULL || strstr(factor->name, "interval") != NULL;
}

static bool varies(const ftblab_study_factor *factor)
{
  return factor->levels > 1;
}

static ftblab_status read_factors(study_report *report, ftblab_error *err)
{
  report->factors = calloc(report->about.factors + 1, sizeof *report->factors);
  if (report->factors == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the report");
  for (size_t i = 0; i < report->about.factors; i++) {
    ftblab_study_factor *factor = &report->factors[i];
    factor->name = ftblab_results_factor(report->results, i, &factor->key, &factor->levels);
    for (size_t j = 0; j < factor->levels; j++)
      factor->numbers += cJSON_IsNumber(ftblab_results_level(report->results, i, j));
  }
  return FTBLAB_OK;
}

/* The factor called NAME. */
static ftblab_status find_factor(const study_report *report, const char *option, const char *name, size_t *found,
                                 ftblab_error *err)
{
  ftblab_text names = {0};
  for (size_t i = 0; i < report->about.factors; i++) {
    if (strcmp(report->factors[i].name, name) == 0) {
      *found = i;
      ftblab_text_free(&names);
      return FTBLAB_OK;
    }
    ftblab_text_addf(&names, "%s'%s'", i > 0 ? ", " : "", report->factors[i].name);
  }
  ftblab_status status = ftblab_fail(err, FTBLAB_EUSAGE, "'--%s %s': the study has no such factor; it has %s", option,
                                     name, names.length > 0 ? ftblab_text_string(&names) : "none");
  ftblab_text_free(&names);
  return status;
}

/* Along the axis: an interval, else the factor with most numbers, else the first that varies. */
static size_t choose_axis(const study_report *report)
{
  size_t best = FTBLAB_NO_FACTOR;
  for (size_t i = 0; i < report->about.factors; i++)
    if (varies(&report->factors[i]) && report->factors[i].numbers > 1 && is_interval(&report->factors[i]))
      return i;
  for (size_t i = 0; i < report->about.factors; i++)
    if (report->factors[i].numbers > 1 &&
        (best == FTBLAB_NO_FACTOR || report->factors[i].numbers > report->factors[best].numbers))
      best = i;
  for (size_t i = 0; i < report->about.factors && best == FTBLAB_NO_FACTOR; i++)
    if (varies(&report->factors[i]))
      best = i;
  return best;
}

/* The first that varies, has no numbers and is not WITHOUT: a policy, most likely. */
static size_t choose_policy(const study_report *report, size_t without)
{
  for (size_t i = 0; i < report->about.factors; i++)
    if (i != without && varies(&report->factors[i]) && report->factors[i].numbers == 0)
      return i;
  return FTBLAB_NO_FACTOR;
}

/* A line for each value: of a policy, else of the factor with fewest values. */
static size_t choose_lines(const study_report *report)
{
  size_t best = choose_policy(report, report->axis);
  for (size_t i = 0; i < report->about.factors && best == FTBLAB_NO_FACTOR; i++)
    for (size_t j = 0; j < report->about.factors; j++)
      if (j != report->axis && varies(&report->factors[j]) &&
          (best == FTBLAB_NO_FACTOR || report->factors[j].levels < report->factors[best].levels))
        best = j;
  return best;
}

static ftblab_status choose_factors(study_report *report, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  report->axis = choose_axis(report);
  if (report->options.axis != NULL)
    status = find_factor(report, "axis", report->options.axis, &report->axis, err);
  report->lines = choose_lines(report);
  if (status == FTBLAB_OK && report->options.lines != NULL)
    status = find_factor(report, "lines", report->options.lines, &report->lines, err);
  if (status == FTBLAB_OK && report->lines == report->axis && report->axis != FTBLAB_NO_FACTOR)
    status = ftblab_fail(err, FTBLAB_EUSAGE, "'%s' is the factor along the axis: it cannot tell the lines apart, too",
                         report->factors[report->axis].name);
  report->policy = choose_policy(report, FTBLAB_NO_FACTOR);
  return status;
}

/* ---- metrics --------------------------------------------------------------------------------------------- */

static size_t find_metric(const study_report *report, const char *name, size_t length)
{
  size_t i = 0;
  while (i < report->metric_count &&
         (strlen(report->metrics[i].name) != length || memcmp(report->metrics[i].name, name, length) != 0))
    i++;
  return i;
}

static ftblab_status no_metric(const study_report *report, const char *name, size_t length, ftblab_error *err)
{
  const char *names[64];
  char word[64];
  size_t count = 0;
  snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), name);
  for (; count < report->metric_count && count < FTBLAB_COUNT(names); count++)
    names[count] = report->metrics[count].name;
  const char *nearest = ftblab_nearest(word, names, count);
  return ftblab_fail(err, FTBLAB_EUSAGE, "'--metric': there is no metric '%s'%s%s%s", word,
                     nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "'?" : "");
}

/* "makespan,waste" */
static ftblab_status choose_metrics(study_report *report, ftblab_error *err)
{
  const char *names = report->options.metrics != NULL ? report->options.metrics : "makespan,waste";
  report->shown = calloc(report->metric_count, sizeof *report->shown);
  report->best_metrics = calloc(report->metric_count, sizeof *report->best_metrics);
  if (report->shown == NULL || report->best_metrics == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the report");
  for (const char *at = names; at != NULL;) {
    size_t length = strcspn(at, ","), metric = find_metric(report, at, length), i = 0;
    if (metric == report->metric_count)
      return no_metric(report, at, length, err);
    while (i < report->shown_count && report->shown[i] != metric)
      i++;
    report->shown[i] = metric;
    report->shown_count += i == report->shown_count;
    at = at[length] == ',' ? at + length + 1 : NULL;
  }
  return FTBLAB_OK;
}

/* ---- points ------------------------------------------------------------------------------------------------ */

static bool make_room(study_report *report)
{
  if (report->point_count < report->point_room)
    return true;
  size_t room = 2 * report->point_room + 16;
  ftblab_study_point *points = realloc(report->points, room * sizeof *points);
  report->points = points != NULL ? points : report->points;
  ftblab_summary *summaries = realloc(report->summaries, room * report->metric_count * sizeof *summaries);
  report->summaries = summaries != NULL ? summaries : report->summaries;
  if (points == NULL || summaries == NULL)
    return false;
  report->point_room = room;
  return true;
}

/* The point whose replicas are shown: the one that is asked for, else the one with the least mean of the first metric,
 * where as many replicas as anywhere have a value. */
static void consider(study_report *report, const ftblab_study_point *point, const ftblab_summary *metrics)
{
  const ftblab_summary *s = &metrics[report->shown[0]];
  const ftblab_summary *best = report->has_best ? &report->best_metrics[report->shown[0]] : NULL;
  bool better = best == NULL || s->count > best->count || (s->count == best->count && s->mean < best->mean);
  if (report->options.point > 0)
    better = point->point + 1 == report->options.point;
  if (!better)
    return;
  report->has_best = true;
  report->best = *point;
  report->best.metrics = report->best_metrics;
  memcpy(report->best_metrics, metrics, report->metric_count * sizeof *metrics);
}

static ftblab_status take_point(void *argument, const ftblab_result_point *taken, ftblab_error *err)
{
  study_report *report = argument;
  ftblab_study_point point = {.point = taken->point,
                              .replicas = taken->replicas,
                              .conforms = taken->conforms,
                              .violates = taken->violates,
                              .undecided = taken->undecided,
                              .broken = taken->broken,
                              .finished = taken->finished};
  report->unfinished += !taken->finished;
  report->begun += taken->replicas > 0;
  report->replicas += taken->replicas;
  report->conforms += taken->conforms;
  report->violates += taken->violates;
  report->undecided += taken->undecided;
  report->broken += taken->broken;
  if (taken->replicas == 0)
    return FTBLAB_OK;
  consider(report, &point, taken->metrics);
  if (report->point_count == FTBLAB_STUDY_POINTS)
    return FTBLAB_OK;
  if (!make_room(report))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the report");
  report->points[report->point_count] = point;
  memcpy(report->summaries + report->point_count * report->metric_count, taken->metrics,
         report->metric_count * sizeof *taken->metrics);
  report->point_count++;
  return FTBLAB_OK;
}

/* Points are reached by pointers once nothing moves any more. */
static void settle(study_report *report)
{
  for (size_t i = 0; i < report->point_count; i++)
    report->points[i].metrics = report->summaries + i * report->metric_count;
}

ftblab_status ftblab_study_data_read(study_report *report, ftblab_error *err)
{
  report->about = ftblab_results_tell(report->results);
  report->metrics = ftblab_metric_table(&report->metric_count);
  ftblab_status status = read_factors(report, err);
  if (status == FTBLAB_OK)
    status = choose_factors(report, err);
  if (status == FTBLAB_OK)
    status = choose_metrics(report, err);
  if (status == FTBLAB_OK && report->options.point > report->about.points)
    status = ftblab_fail(err, FTBLAB_EUSAGE, "'--point %" PRIu64 "': the study has %" PRIu64 " points",
                         report->options.point, report->about.points);
  if (status == FTBLAB_OK)
    status = ftblab_results_points(report->results, take_point, report, err);
  if (status == FTBLAB_OK)
    settle(report);
  return status;
}

void ftblab_study_data_free(study_report *report)
{
  free(report->factors);
  free(report->shown);
  free(report->points);
  free(report->summaries);
  free(report->best_metrics);
}

/* ---- questions --------------------------------------------------------------------------------------------- */

const ftblab_summary *ftblab_study_summary_of(const study_report *report, const ftblab_study_point *point,
                                              const char *metric)
{
  return &point->metrics[find_metric(report, metric, strlen(metric))];
}

double ftblab_study_mean(const study_report *report, const ftblab_study_point *point, const char *metric)
{
  const ftblab_summary *s = ftblab_study_summary_of(report, point, metric);
  return s->count > 0 ? s->mean : 0;
}

double ftblab_study_sum(const study_report *report, const ftblab_study_point *point, const char *metric)
{
  const ftblab_summary *s = ftblab_study_summary_of(report, point, metric);
  return s->count > 0 ? s->mean * (double)s->count : 0;
}

double ftblab_study_place(const study_report *report, const ftblab_study_point *point)
{
  if (report->axis == FTBLAB_NO_FACTOR)
    return NAN;
  size_t level = ftblab_results_level_at(report->results, point->point, report->axis);
  const cJSON *value = ftblab_results_level(report->results, report->axis, level);
  if (report->factors[report->axis].numbers < 2)
    return (double)level + 1;
  return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

void ftblab_study_add_level(const study_report *report, size_t factor, size_t level, ftblab_text *text)
{
  const cJSON *value = ftblab_results_level(report->results, factor, level);
  char *printed = cJSON_IsString(value) ? NULL : cJSON_PrintUnformatted(value);
  ftblab_text_add(text, cJSON_IsString(value) ? value->valuestring : printed != NULL ? printed : "?");
  cJSON_free(printed);
}

void ftblab_study_add_values(const study_report *report, uint64_t point, size_t without, size_t without_too,
                             ftblab_text *text)
{
  bool first = true;
  for (size_t i = 0; i < report->about.factors; i++) {
    if (i == without || i == without_too)
      continue;
    ftblab_text_addf(text, "%s%s ", first ? "" : ", ", report->factors[i].name);
    ftblab_study_add_level(report, i, ftblab_results_level_at(report->results, point, i), text);
    first = false;
  }
}
