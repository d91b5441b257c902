/* coverage.c - which rows of which tables and which events of the catalogue some traces exercised, and which never. A
 * row is exercised if a record satisfied it in an instance of a verdict and no violation was found at it; an event, if
 * it was thrown. */
#include <stdlib.h>
#include <string.h>

#include "spec_render.h"
#include "verdict.h"

struct ftblab_coverage {
  const ftblab_spec *spec;
  uint64_t *rows;   /* by workflow: rows exercised */
  uint64_t *thrown; /* by event: how often */
  uint64_t *instances;
  size_t traces;
};

ftblab_status ftblab_coverage_new(const ftblab_spec *spec, ftblab_coverage **result, ftblab_error *err)
{
  ftblab_coverage *coverage = calloc(1, sizeof *coverage);
  if (coverage) {
    coverage->spec = spec;
    coverage->rows = calloc(spec->workflow_count, sizeof *coverage->rows);
    coverage->instances = calloc(spec->workflow_count, sizeof *coverage->instances);
    coverage->thrown = calloc(spec->event_count, sizeof *coverage->thrown);
  }
  if (!coverage || !coverage->rows || !coverage->instances || !coverage->thrown) {
    ftblab_coverage_free(coverage);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the coverage");
  }
  *result = coverage;
  return FTBLAB_OK;
}

void ftblab_coverage_free(ftblab_coverage *coverage)
{
  if (!coverage)
    return;
  free(coverage->rows);
  free(coverage->instances);
  free(coverage->thrown);
  free(coverage);
}

/* ---- what was exercised ---- */

void ftblab_coverage_add_record(ftblab_coverage *coverage, const ftblab_record *record)
{
  int event = record->action == FTBLAB_THROW
                  ? ftblab_spec_event(coverage->spec, record->event.data, record->event.length)
                  : FTBLAB_NONE;
  if (event != FTBLAB_NONE)
    coverage->thrown[event]++;
}

static bool is_blamed(const ftblab_instance_result *in, const char *step)
{
  for (size_t v = 0; v < in->violation_count; v++)
    if (in->violations[v].step && strcmp(in->violations[v].step, step) == 0)
      return true;
  return false;
}

void ftblab_coverage_add_verdict(ftblab_coverage *coverage, const ftblab_verdict *verdict)
{
  for (size_t i = 0; i < verdict->instance_count; i++) {
    const ftblab_instance_result *in = &verdict->instances[i];
    size_t w = 0;
    while (strcmp(coverage->spec->workflows[w].id, in->workflow->id) != 0)
      w++;
    coverage->instances[w]++;
    for (size_t r = 0; r < in->workflow->row_count; r++)
      if (strcmp(in->steps[r].status, "ok") == 0 && in->steps[r].line > 0 && !is_blamed(in, in->workflow->rows[r].step))
        coverage->rows[w] |= UINT64_C(1) << r;
  }
}

void ftblab_coverage_count_trace(ftblab_coverage *coverage)
{
  coverage->traces++;
}

/* ---- how much ---- */

typedef struct share {
  size_t done, all;
} share;

static share rows_of(const ftblab_coverage *coverage, size_t w)
{
  share rows = {0, coverage->spec->workflows[w].row_count};
  for (size_t r = 0; r < rows.all; r++)
    rows.done += coverage->rows[w] >> r & 1;
  return rows;
}

/* Does NAME, "B.1.3", lie in PART, "B", "B.1" or "B.1.3"? */
static bool lies_in(const char *name, const char *part, size_t length)
{
  return strncmp(name, part, length) == 0 && (!name[length] || name[length] == '.' || name[length] == '-');
}

static bool is_in_section(const ftblab_event *event, const char *part, size_t length)
{
  return !event->is_fact && lies_in(event->section, part, length);
}

/* What PART asks for: rows of workflows whose id begins so, or with "section2", "section2.1" events of section 2. */
static share share_of(const ftblab_coverage *coverage, const char *part, size_t length)
{
  static const char section[] = "section";
  const ftblab_spec *spec = coverage->spec;
  share total = {0, 0};
  bool events = length > sizeof section - 1 && strncmp(part, section, sizeof section - 1) == 0;
  for (size_t w = 0; !events && w < spec->workflow_count; w++) {
    if (!lies_in(spec->workflows[w].id, part, length))
      continue;
    share rows = rows_of(coverage, w);
    total.done += rows.done;
    total.all += rows.all;
  }
  for (size_t e = 0; events && e < spec->event_count; e++) {
    if (!is_in_section(&spec->events[e], part + sizeof section - 1, length - (sizeof section - 1)))
      continue;
    total.done += coverage->thrown[e] > 0;
    total.all++;
  }
  return total;
}

ftblab_status ftblab_coverage_meets(const ftblab_coverage *coverage, const char *parts, bool *meets, ftblab_error *err)
{
  *meets = true;
  for (const char *part = parts; *part;) {
    size_t length = strcspn(part, ",");
    share found = share_of(coverage, part, length);
    if (length == 0 || found.all == 0)
      return ftblab_fail(err, FTBLAB_EUSAGE, "'%.*s' is no part of the standard (try B, B.1, D, S2 or section2)",
                         (int)length, part);
    *meets = *meets && found.done == found.all;
    part += length + (part[length] == ',');
  }
  return FTBLAB_OK;
}

/* ---- text ---- */

static unsigned percent(share of)
{
  return of.all ? (unsigned)(of.done * 100 / of.all) : 100;
}

static void write_never(const ftblab_coverage *coverage, size_t w, ftblab_text *text)
{
  const ftblab_workflow *workflow = &coverage->spec->workflows[w];
  ftblab_text steps = {0};
  for (size_t r = 0; r < workflow->row_count; r++)
    if (!(coverage->rows[w] >> r & 1))
      ftblab_text_addf(&steps, "%s%s", steps.length ? " " : "", workflow->rows[r].step);
  ftblab_text_add(text, "      never: ");
  ftblab_render_wrapped(text, ftblab_text_string(&steps), 13);
  text->failed = text->failed || steps.failed;
  ftblab_text_free(&steps);
}

static void write_workflows(const ftblab_coverage *coverage, ftblab_text *text)
{
  const ftblab_spec *spec = coverage->spec;
  ftblab_text_add(text, "Rows of the tables\n");
  for (size_t w = 0; w < spec->workflow_count; w++) {
    share rows = rows_of(coverage, w);
    ftblab_text_addf(text, "  %-20s%2zu of %2zu rows, %3u %%", spec->workflows[w].id, rows.done, rows.all,
                     percent(rows));
    if (coverage->instances[w])
      ftblab_text_addf(text, ", in %llu instance%s", (unsigned long long)coverage->instances[w],
                       coverage->instances[w] == 1 ? "" : "s");
    ftblab_text_add(text, "\n");
    if (rows.done > 0 && rows.done < rows.all)
      write_never(coverage, w, text);
  }
}

/* The events of the section of event FIRST, up to the next section. Gives the event behind them. */
static size_t write_section(const ftblab_coverage *coverage, size_t first, ftblab_text *text)
{
  const ftblab_spec *spec = coverage->spec;
  const char *section = spec->events[first].section;
  share thrown = {0, 0};
  ftblab_text never = {0};
  size_t e = first;
  for (; e < spec->event_count && strcmp(spec->events[e].section, section) == 0; e++) {
    thrown.all++;
    thrown.done += coverage->thrown[e] > 0;
    if (!coverage->thrown[e])
      ftblab_text_addf(&never, "%s%s", never.length ? " " : "", spec->events[e].name);
  }
  ftblab_text_addf(text, "  %-20s%2zu of %2zu events, %3u %%\n", section, thrown.done, thrown.all, percent(thrown));
  if (never.length) {
    ftblab_text_add(text, "      never: ");
    ftblab_render_wrapped(text, ftblab_text_string(&never), 13);
  }
  text->failed = text->failed || never.failed;
  ftblab_text_free(&never);
  return e;
}

static void write_required(const ftblab_coverage *coverage, const char *parts, ftblab_text *text)
{
  ftblab_text_add(text, "\nRequired\n");
  for (const char *part = parts; *part;) {
    size_t length = strcspn(part, ",");
    share found = share_of(coverage, part, length);
    ftblab_text_addf(text, "  %-20.*s%2zu of %2zu, %3u %%%s\n", (int)length, part, found.done, found.all,
                     percent(found), found.done < found.all ? ": not met" : "");
    part += length + (part[length] == ',');
  }
}

void ftblab_coverage_write_text(const ftblab_coverage *coverage, const char *required, ftblab_text *text)
{
  const ftblab_spec *spec = coverage->spec;
  write_workflows(coverage, text);
  ftblab_text_add(text, "\nEvents thrown\n");
  for (size_t e = 0; e < spec->event_count && !spec->events[e].is_fact;)
    e = write_section(coverage, e, text);
  ftblab_text_addf(text, "\n%zu trace%s\n", coverage->traces, coverage->traces == 1 ? "" : "s");
  if (required)
    write_required(coverage, required, text);
}

/* ---- JSON ---- */

static void json_workflow(const ftblab_coverage *coverage, size_t w, ftblab_text *text)
{
  const ftblab_workflow *workflow = &coverage->spec->workflows[w];
  share rows = rows_of(coverage, w);
  ftblab_text_addf(text, "%s\n  {\"id\": \"%s\", \"instances\": %llu, \"rows\": %zu, \"exercised\": %zu, \"never\": [",
                   w ? "," : "", workflow->id, (unsigned long long)coverage->instances[w], rows.all, rows.done);
  bool first = true;
  for (size_t r = 0; r < workflow->row_count; r++) {
    if (coverage->rows[w] >> r & 1)
      continue;
    ftblab_text_addf(text, "%s\"%s\"", first ? "" : ", ", workflow->rows[r].step);
    first = false;
  }
  ftblab_text_add(text, "]}");
}

static void json_required(const ftblab_coverage *coverage, const char *parts, ftblab_text *text)
{
  ftblab_text_add(text, ",\n \"required\": [");
  for (const char *part = parts; *part;) {
    size_t length = strcspn(part, ",");
    share found = share_of(coverage, part, length);
    ftblab_text_add(text, part == parts ? "{\"part\": " : ", {\"part\": ");
    ftblab_text_add_json(text, part, length);
    ftblab_text_addf(text, ", \"all\": %zu, \"exercised\": %zu, \"met\": %s}", found.all, found.done,
                     found.done == found.all ? "true" : "false");
    part += length + (part[length] == ',');
  }
  ftblab_text_add(text, "]");
}

void ftblab_coverage_write_json(const ftblab_coverage *coverage, const char *required, ftblab_text *text)
{
  const ftblab_spec *spec = coverage->spec;
  ftblab_text_addf(text, "{\"ftblab_coverage\": 1, \"traces\": %zu,\n \"workflows\": [", coverage->traces);
  for (size_t w = 0; w < spec->workflow_count; w++)
    json_workflow(coverage, w, text);
  ftblab_text_add(text, "],\n \"events\": [");
  for (size_t e = 0; e < spec->event_count && !spec->events[e].is_fact; e++)
    ftblab_text_addf(text, "%s\n  {\"name\": \"%s\", \"section\": \"%s\", \"thrown\": %llu}", e ? "," : "",
                     spec->events[e].name, spec->events[e].section, (unsigned long long)coverage->thrown[e]);
  ftblab_text_add(text, "]");
  if (required)
    json_required(coverage, required, text);
  ftblab_text_add(text, "}\n");
}
