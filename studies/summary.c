/* summary.c - the summary of a study as text, JSON and CSV. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

typedef struct writer {
  ftblab_store *store;
  ftblab_study *study;
  const ftblab_metric *metrics;
  size_t metric_count;
  ftblab_summary *summaries; /* of the point at hand */
  ftblab_summary_format format;
  ftblab_text *text;
  FILE *stream;
  uint64_t written;
  ftblab_counts sum;
  uint64_t unfinished;
} writer;

static const struct figure {
  const char *title, *key;
  size_t at; /* in ftblab_summary */
} figures[] = {
    {"mean", "mean", offsetof(ftblab_summary, mean)}, {"median", "median", offsetof(ftblab_summary, median)},
    {"P10", "p10", offsetof(ftblab_summary, p10)},    {"P90", "p90", offsetof(ftblab_summary, p90)},
    {"low", "low", offsetof(ftblab_summary, low)},    {"high", "high", offsetof(ftblab_summary, high)},
};

static double figure_of(const ftblab_summary *summary, size_t i)
{
  double value;
  memcpy(&value, (const char *)summary + figures[i].at, sizeof value);
  return value;
}

/* ---- text ------------------------------------------------------------------------------------------------ */

static void add_figure(ftblab_text *text, double value)
{
  if (isnan(value))
    ftblab_text_addf(text, " %11s", "-");
  else
    ftblab_text_addf(text, " %11.6g", value);
}

static void add_count(ftblab_text *text, uint64_t count, const char *what)
{
  if (count > 0)
    ftblab_text_addf(text, ", %" PRIu64 " %s", count, what);
}

static void write_text_point(const writer *w, uint64_t point, bool finished, const ftblab_counts *counts)
{
  ftblab_text *text = w->text;
  ftblab_text_addf(text, "\npoint %" PRIu64, point + 1);
  if (w->study->factor_count > 0)
    ftblab_text_add(text, ": ");
  ftblab_study_describe(w->study, point, text);
  ftblab_text_addf(text, "\n%" PRIu64 " replica%s", counts->replicas, counts->replicas == 1 ? "" : "s");
  add_count(text, counts->conforms, "conform");
  add_count(text, counts->violates, "violate");
  add_count(text, counts->undecided, "undecided");
  add_count(text, counts->broken, "did not end");
  ftblab_text_addf(text, "%s\n%-16s %-5s %9s", finished ? "" : "; not finished", "", "unit", "count");
  for (size_t i = 0; i < 4; i++)
    ftblab_text_addf(text, " %11s", figures[i].title);
  ftblab_text_add(text, "     95 % interval of mean\n");
  for (size_t i = 0; i < w->metric_count; i++) {
    const ftblab_summary *s = &w->summaries[i];
    ftblab_text_addf(text, "%-16s %-5s %9zu", w->metrics[i].name, w->metrics[i].unit, s->count);
    for (size_t j = 0; j < FTBLAB_COUNT(figures); j++)
      add_figure(text, figure_of(s, j));
    ftblab_text_add(text, "\n");
  }
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static void add_json_string(ftblab_text *text, const char *string)
{
  ftblab_text_add_json(text, string, strlen(string));
}

static void write_json_point(const writer *w, uint64_t point, bool finished, const ftblab_counts *counts)
{
  ftblab_text *text = w->text;
  ftblab_text_addf(text, "%s\n  {\"point\": %" PRIu64 ", \"parameters\": {", w->written > 0 ? "," : "", point + 1);
  for (size_t i = 0; i < w->study->factor_count; i++) {
    char *value = cJSON_PrintUnformatted(ftblab_study_level(w->study, point, i)->value);
    ftblab_text_add(text, i > 0 ? ", " : "");
    add_json_string(text, w->study->factors[i].name);
    ftblab_text_addf(text, ": %s", value != NULL ? value : "null");
    cJSON_free(value);
  }
  ftblab_text_addf(text,
                   "}, \"finished\": %s, \"replicas\": %" PRIu64 ", \"conforms\": %" PRIu64 ", \"violates\": %" PRIu64
                   ", \"undecided\": %" PRIu64 ", \"broken\": %" PRIu64 ", \"metrics\": {",
                   finished ? "true" : "false", counts->replicas, counts->conforms, counts->violates, counts->undecided,
                   counts->broken);
  for (size_t i = 0; i < w->metric_count; i++) {
    ftblab_text_addf(text, "%s\n    \"%s\": {\"unit\": \"%s\", \"count\": %zu", i > 0 ? "," : "", w->metrics[i].name,
                     w->metrics[i].unit, w->summaries[i].count);
    for (size_t j = 0; j < FTBLAB_COUNT(figures); j++) {
      double value = figure_of(&w->summaries[i], j);
      ftblab_text_addf(text, isnan(value) ? ", \"%s\": null" : ", \"%s\": %.17g", figures[j].key, value);
    }
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "}}");
}

/* ---- CSV ------------------------------------------------------------------------------------------------------ */

/* As RFC 4180 has it. */
static void add_field(ftblab_text *text, const char *field)
{
  if (strpbrk(field, ",\"\r\n") == NULL) {
    ftblab_text_add(text, field);
    return;
  }
  ftblab_text_add(text, "\"");
  for (const char *at = field; *at != '\0'; at++)
    ftblab_text_addf(text, *at == '"' ? "\"\"" : "%c", *at);
  ftblab_text_add(text, "\"");
}

static void write_csv_head(const writer *w)
{
  ftblab_text_add(w->text, "point");
  for (size_t i = 0; i < w->study->factor_count; i++) {
    ftblab_text_add(w->text, ",");
    add_field(w->text, w->study->factors[i].name);
  }
  ftblab_text_add(w->text, ",metric,unit,count");
  for (size_t j = 0; j < FTBLAB_COUNT(figures); j++)
    ftblab_text_addf(w->text, ",%s", figures[j].key);
  ftblab_text_add(w->text, "\n");
}

static void write_csv_point(const writer *w, uint64_t point)
{
  for (size_t i = 0; i < w->metric_count; i++) {
    ftblab_text_addf(w->text, "%" PRIu64, point + 1);
    for (size_t j = 0; j < w->study->factor_count; j++) {
      const cJSON *value = ftblab_study_level(w->study, point, j)->value;
      char *printed = cJSON_PrintUnformatted(value);
      ftblab_text_add(w->text, ",");
      add_field(w->text, cJSON_IsString(value) ? value->valuestring : printed != NULL ? printed : "");
      cJSON_free(printed);
    }
    ftblab_text_addf(w->text, ",%s,%s,%zu", w->metrics[i].name, w->metrics[i].unit, w->summaries[i].count);
    for (size_t j = 0; j < FTBLAB_COUNT(figures); j++) {
      double value = figure_of(&w->summaries[i], j);
      ftblab_text_addf(w->text, isnan(value) ? "," : ",%.17g", value);
    }
    ftblab_text_add(w->text, "\n");
  }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* What was made so far leaves the memory. */
static ftblab_status put(const writer *w, ftblab_error *err)
{
  if (w->text->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the summary");
  fwrite(ftblab_text_string(w->text), 1, w->text->length, w->stream);
  ftblab_text_clear(w->text);
  return FTBLAB_OK;
}

static ftblab_status write_point(void *argument, uint64_t point, bool finished, const ftblab_counts *known,
                                 ftblab_error *err)
{
  writer *w = argument;
  ftblab_counts counts = *known;
  ftblab_status status = finished ? FTBLAB_OK : ftblab_store_count(w->store, point, &counts, err);
  w->unfinished += !finished;
  if (status != FTBLAB_OK || (counts.replicas == 0 && w->study->point_count > 1))
    return status; /* nothing of it is there: another share, or not begun */
  status = ftblab_store_summaries(w->store, point, finished, w->summaries, err);
  if (status != FTBLAB_OK)
    return status;
  if (w->format == FTBLAB_SUMMARY_TEXT)
    write_text_point(w, point, finished, &counts);
  else if (w->format == FTBLAB_SUMMARY_JSON)
    write_json_point(w, point, finished, &counts);
  else
    write_csv_point(w, point);
  w->written++;
  w->sum.replicas += counts.replicas;
  w->sum.violates += counts.violates;
  w->sum.broken += counts.broken;
  return put(w, err);
}

static void write_head(const writer *w, const char *version)
{
  if (w->format == FTBLAB_SUMMARY_TEXT) {
    ftblab_text_addf(w->text, "%s\n", w->study->title);
  } else if (w->format == FTBLAB_SUMMARY_JSON) {
    ftblab_text_add(w->text, "{\"ftblab_study_summary\": 1, \"title\": ");
    add_json_string(w->text, w->study->title);
    ftblab_text_add(w->text, ", \"version\": ");
    add_json_string(w->text, version);
    ftblab_text_add(w->text, ", \"points\": [");
  } else {
    write_csv_head(w);
  }
}

/* One that violates, to begin with. */
static void write_tail(const writer *w)
{
  if (w->format == FTBLAB_SUMMARY_JSON)
    ftblab_text_add(w->text, "\n]}\n");
  if (w->format != FTBLAB_SUMMARY_TEXT)
    return;
  ftblab_text_addf(w->text, "\n%" PRIu64 " replicas of %" PRIu64 " points", w->sum.replicas, w->written);
  add_count(w->text, w->sum.violates, "violate");
  add_count(w->text, w->sum.broken, "did not end");
  if (w->unfinished > 0)
    ftblab_text_addf(w->text, "; %" PRIu64 " points are not finished", w->unfinished);
  ftblab_text_add(w->text, "\n");
}

/* What one would do next. */
static void add_advice(const writer *w)
{
  if (w->format == FTBLAB_SUMMARY_TEXT && w->sum.replicas > 0)
    ftblab_text_addf(w->text, "With plots: ftblab report %s --out report.html\n", ftblab_store_folder(w->store));
}

static ftblab_status add_first_violating(const writer *w, ftblab_error *err)
{
  uint64_t point, replica;
  bool found;
  if (w->format != FTBLAB_SUMMARY_TEXT || w->sum.violates == 0)
    return FTBLAB_OK;
  ftblab_status status = ftblab_store_first_violating(w->store, &point, &replica, &found, err);
  if (status == FTBLAB_OK && found)
    ftblab_text_addf(w->text, "The first that violates: ftblab run --timeline --replay %s:%" PRIu64 ".%" PRIu64 "\n",
                     ftblab_store_folder(w->store), point + 1, replica + 1);
  return status;
}

ftblab_status ftblab_study_summary(const char *folder, ftblab_summary_format format, FILE *stream, ftblab_error *err)
{
  ftblab_text text = {0};
  writer w = {.format = format, .text = &text, .stream = stream};
  char *version = NULL;
  w.metrics = ftblab_metric_table(&w.metric_count);
  w.summaries = calloc(w.metric_count, sizeof *w.summaries);
  ftblab_status status = w.summaries != NULL ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the summary");
  if (status == FTBLAB_OK)
    status = ftblab_store_open(folder, FTBLAB_STORE_READ, &w.store, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_study(w.store, &w.study, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(w.store, "version", &version, err);
  if (status == FTBLAB_OK) {
    write_head(&w, version);
    status = ftblab_store_points(w.store, write_point, &w, err);
  }
  if (status == FTBLAB_OK) {
    write_tail(&w);
    status = add_first_violating(&w, err);
    add_advice(&w);
  }
  if (status == FTBLAB_OK)
    status = put(&w, err);
  ftblab_text_free(&text);
  free(version);
  free(w.summaries);
  ftblab_study_free(w.study);
  ftblab_store_close(w.store);
  return status;
}
