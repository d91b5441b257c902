/* study_page.c - a report on a study as a page. What must hold: it says of which study and version it is, how much of
 * it is there, and everything that it leaves out. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "study_report.h"

#define MOST_TEXT 65536 /* bytes of the study's file that are shown; chosen, no source */

static void add_string(ftblab_text *text, const char *string, size_t room)
{
  ftblab_add_escaped(text, ftblab_string_slice(string), room);
}

static void add_count(ftblab_text *text, uint64_t count, const char *one, const char *many)
{
  ftblab_text_addf(text, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

/* A table wider than the screen scrolls in a region of its own, also by keys. */
static void begin_table(ftblab_text *text, const char *label)
{
  ftblab_text_add(text, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"");
  add_string(text, label, 0);
  ftblab_text_add(text, "\">\n<table class=\"numbers\">\n");
}

static void end_table(ftblab_text *text)
{
  ftblab_text_add(text, "</tbody>\n</table>\n</div>\n");
}

/* ---- the head ------------------------------------------------------------------------------------------------ */

static void add_pill(const study_report *report, ftblab_text *text)
{
  bool bad = report->violates + report->broken > 0, open = report->replicas == 0 || report->undecided > 0;
  const char *word = bad ? "violates" : open ? "undecided" : "conforms";
  const char *sign = bad ? "✗" : open ? "?" : "✓";
  ftblab_text_addf(text, "<span class=\"verdict %s\">%s %s</span>", word, sign, word);
  if (report->unfinished > 0)
    ftblab_text_add(text, " <span class=\"verdict undecided\">… unfinished</span>");
}

static void add_unfinished(const study_report *report, ftblab_text *text)
{
  const ftblab_results_about *about = &report->about;
  if (report->unfinished == 0)
    return;
  ftblab_text_add(text, "<p class=\"notice\"><strong>This study is not finished.</strong> ");
  ftblab_text_addf(text, "%" PRIu64 " of %" PRIu64 " points are not, ", report->unfinished, about->points);
  ftblab_text_addf(text, "%" PRIu64 " of them not begun; ", about->points - report->begun);
  add_count(text, report->replicas, "replica is there", "replicas are there");
  if (!about->by_rule)
    ftblab_text_addf(text, " of %" PRIu64, about->points * about->most_each);
  ftblab_text_add(text, ". All numbers are those of the replicas that are there by now.");
  if (strcmp(about->share, "1/1") != 0) {
    ftblab_text_addf(text, " This is share ");
    add_string(text, about->share, 40);
    ftblab_text_add(text, " of it.");
  }
  ftblab_text_add(text, "</p>\n");
}

static void add_fact(ftblab_text *text, const char *name, const char *value)
{
  ftblab_text_addf(text, "<dt>%s</dt><dd>", name);
  add_string(text, value, 200);
  ftblab_text_add(text, "</dd>\n");
}

static void add_facts(const study_report *report, ftblab_text *text)
{
  const ftblab_results_about *about = &report->about;
  ftblab_text words = {0};
  ftblab_text_add(text, "<dl class=\"facts\">\n");
  add_fact(text, "study", about->file);
  add_fact(text, "scenario", about->scenario);
  add_fact(text, "results", about->folder);
  ftblab_text_addf(text, "<dt>seed</dt><dd>%" PRIu64 "</dd>\n", about->seed);
  ftblab_text_addf(&words, "ftblab %s; study and scenario have the digest %s", about->version, about->identity);
  add_fact(text, "made by", ftblab_text_string(&words));
  ftblab_text_clear(&words);
  for (size_t i = 0; i < about->factors; i++)
    ftblab_text_addf(&words, "%s%s (%zu)", i > 0 ? ", " : "", report->factors[i].name, report->factors[i].levels);
  add_fact(text, "factors", words.length > 0 ? ftblab_text_string(&words) : "none");
  ftblab_text_add(text, "<dt>size</dt><dd>");
  add_count(text, about->points, "point, ", "points, ");
  add_count(text, report->replicas, "replica", "replicas");
  ftblab_text_add(text, "</dd>\n</dl>\n");
  ftblab_done_words(&words, text);
}

static void add_head(const study_report *report, ftblab_text *text)
{
  ftblab_text_add(text, "<h2>");
  add_string(text, report->about.title, 0);
  ftblab_text_add(text, " ");
  add_pill(report, text);
  ftblab_text_add(text, "</h2>\n");
  if (*report->about.description) {
    ftblab_text_add(text, "<p>");
    add_string(text, report->about.description, 2000);
    ftblab_text_add(text, "</p>\n");
  }
  add_unfinished(report, text);
  add_facts(report, text);
}

/* ---- plots ------------------------------------------------------------------------------------------------------ */

static ftblab_status add_plot(const ftblab_plot *plot, size_t number, const char *heading, ftblab_text *text,
                              ftblab_error *err)
{
  ftblab_text_addf(text, "<figure class=\"plotted\">\n<%s>", heading);
  add_string(text, ftblab_text_string(&plot->title), 0);
  ftblab_text_addf(text, "</%s>\n", heading);
  ftblab_status status = ftblab_plot_draw(plot, FTBLAB_PLOT_WIDE, false, 2 * number, text, err);
  if (status == FTBLAB_OK)
    status = ftblab_plot_draw(plot, FTBLAB_PLOT_NARROW, false, 2 * number + 1, text, err);
  ftblab_text_add(text, "<figcaption>");
  add_string(text, ftblab_text_string(&plot->caption), 0);
  ftblab_text_add(text, "</figcaption>\n");
  ftblab_text_add_bytes(text, ftblab_text_string(&plot->extra), plot->extra.length);
  ftblab_text_add(text, "</figure>\n");
  return status;
}

/* Those of replicas stand with the replicas. */
static bool is_of_replica(const ftblab_plot *plot)
{
  return strstr(ftblab_text_string(&plot->name), "-recoveries") != NULL;
}

static ftblab_status add_plots(const study_report *report, ftblab_text *text, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  if (report->begun > report->point_count)
    ftblab_text_addf(text, "<p class=\"notice\">The plots show the first %zu of %" PRIu64 " points.</p>\n",
                     report->point_count, report->begun);
  for (size_t i = 0; i < report->plot_count && status == FTBLAB_OK; i++)
    if (!is_of_replica(&report->plots[i]))
      status = add_plot(&report->plots[i], i + 1, "h3", text, err);
  return status;
}

/* ---- verdicts --------------------------------------------------------------------------------------------------- */

typedef struct listing {
  const study_report *report;
  ftblab_text *text;
} listing;

static void add_faulty(void *argument, const ftblab_result_replica *replica)
{
  const listing *l = argument;
  ftblab_text words = {0};
  ftblab_study_add_values(l->report, replica->point, FTBLAB_NO_FACTOR, FTBLAB_NO_FACTOR, &words);
  ftblab_text_addf(l->text, "<tr><th scope=\"row\">%" PRIu64 ".%" PRIu64 "</th><td class=\"name\">", replica->point + 1,
                   replica->replica + 1);
  add_string(l->text, ftblab_text_string(&words), 120);
  ftblab_text_addf(l->text, "</td><td>%" PRIu64 "</td><td class=\"name\">", replica->seed);
  add_string(l->text, *replica->verdict ? replica->verdict : replica->status, 20);
  ftblab_text_add(l->text, "</td><td class=\"words\">");
  add_string(l->text, replica->reason, 300);
  ftblab_text_add(l->text, "</td></tr>\n");
  ftblab_done_words(&words, l->text);
}

static void add_verdict_counts(const study_report *report, ftblab_text *text)
{
  ftblab_text_add(text, "<h3>Verdicts</h3>\n<p>Every trace was judged: of ");
  add_count(text, report->replicas, "replica", "replicas");
  ftblab_text_addf(text,
                   " %" PRIu64 " conform, %" PRIu64 " violate, %" PRIu64 " are undecided, %" PRIu64
                   " did not run to their end.</p>\n",
                   report->conforms, report->violates, report->undecided, report->broken);
}

static ftblab_status add_verdicts(const study_report *report, ftblab_text *text, ftblab_error *err)
{
  listing l = {report, text};
  uint64_t bad = report->violates + report->broken;
  add_verdict_counts(report, text);
  if (bad == 0)
    return FTBLAB_OK;
  if (bad > FTBLAB_STUDY_FAULTY)
    ftblab_text_addf(text, "<p>The first %d of %" PRIu64 ":</p>\n", FTBLAB_STUDY_FAULTY, bad);
  begin_table(text, "Replicas that violate or did not run to their end");
  ftblab_text_add(
      text,
      "<thead><tr><th scope=\"col\">replica</th><th scope=\"col\" class=\"name\">values</th><th scope=\"col\">seed</th>"
      "<th scope=\"col\" class=\"name\">verdict</th><th scope=\"col\" class=\"words\">first "
      "reason</th></tr></thead>\n<tbody>\n");
  ftblab_status status = ftblab_results_faulty(report->results, FTBLAB_STUDY_FAULTY, add_faulty, &l, err);
  end_table(text);
  ftblab_text_add(text, "<p>To look at one: <code>ftblab run --timeline --replay ");
  add_string(text, report->about.folder, 200);
  ftblab_text_add(text, ":REPLICA</code></p>\n");
  return status;
}

/* ---- replicas ---------------------------------------------------------------------------------------------------- */

static ftblab_status add_hosts(const study_report *report, const ftblab_study_replica *replica, size_t number,
                               ftblab_text *text, ftblab_error *err)
{
  const ftblab_report page = {.spec = report->spec};
  ftblab_text picture = {0}, note = {0};
  ftblab_status status = ftblab_draw_hosts(&page, replica->subject, number, false, &picture, &note, err);
  if (status == FTBLAB_OK && picture.length > 0) {
    ftblab_text_add(text, "<figure>\n<h4>Nodes and jobs</h4>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" "
                          "aria-label=\"Nodes and jobs\">\n");
    ftblab_text_add_bytes(text, ftblab_text_string(&picture), picture.length);
    ftblab_text_add(text, "</div>\n<figcaption>Rows are nodes, bars are jobs on them. ");
    add_string(text, ftblab_text_string(&note), 0);
    ftblab_text_add(text, "</figcaption>\n</figure>\n");
  }
  ftblab_done_words(&picture, text);
  ftblab_done_words(&note, text);
  return status;
}

static ftblab_status add_pictures(const study_report *report, const ftblab_study_replica *replica, const char *name,
                                  size_t number, ftblab_text *text, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  bool some = false;
  for (size_t i = 0; i < report->plot_count && status == FTBLAB_OK; i++)
    if (strcmp(ftblab_text_string(&report->plots[i].name), name) == 0) {
      status = add_plot(&report->plots[i], i + 1, "h4", text, err);
      some = true;
    }
  if (!some)
    ftblab_text_add(text, "<p>No failure hit a job in it.</p>\n");
  return status == FTBLAB_OK ? add_hosts(report, replica, number, text, err) : status;
}

static ftblab_status add_replica(const study_report *report, const ftblab_study_replica *replica, const char *which,
                                 const char *name, size_t number, ftblab_text *text, ftblab_error *err)
{
  const ftblab_metric *metric = &report->metrics[report->shown[0]];
  if (!replica->pick.found)
    return FTBLAB_OK;
  ftblab_text_addf(text, "<h3>The %s replica: %" PRIu64 ".%" PRIu64 "</h3>\n<p>Seed %" PRIu64 ", %s ", which,
                   report->best.point + 1, replica->pick.replica + 1, replica->pick.seed, metric->name);
  if (isnan(replica->pick.value))
    ftblab_text_add(text, "none");
  else
    ftblab_text_addf(text, "%.6g %s", replica->pick.value, strcmp(metric->unit, "1") == 0 ? "" : metric->unit);
  ftblab_text t = {0};
  ftblab_study_add_values(report, report->best.point, FTBLAB_NO_FACTOR, FTBLAB_NO_FACTOR, &t);
  ftblab_text_add(text, t.length > 0 ? "; " : "");
  add_string(text, ftblab_text_string(&t), 200);
  ftblab_done_words(&t, text);
  ftblab_text_add(text, report->options.point > 0 ? "." : "; of the point that is best by it.");
  ftblab_text_add(text, " <code>ftblab run --timeline --replay ");
  add_string(text, report->about.folder, 200);
  ftblab_text_addf(text, ":%" PRIu64 ".%" PRIu64 "</code> tells it event by event.</p>\n", report->best.point + 1,
                   replica->pick.replica + 1);
  if (replica->subject != NULL)
    return add_pictures(report, replica, name, number, text, err);
  ftblab_text_add(text, "<p class=\"notice\">No picture: ");
  add_string(text, ftblab_text_string(&replica->problem), 600);
  ftblab_text_add(text, "</p>\n");
  return FTBLAB_OK;
}

/* ---- numbers ---------------------------------------------------------------------------------------------- */

static void add_cell(ftblab_text *text, double value)
{
  ftblab_text_addf(text, isfinite(value) ? "<td>%.6g</td>" : "<td>–</td>", value);
}

static void add_row(const study_report *report, const ftblab_study_point *point, size_t metric, ftblab_text *text)
{
  const ftblab_summary *s = &point->metrics[metric];
  ftblab_text words = {0};
  ftblab_text_addf(text, "<tr><th scope=\"row\">%" PRIu64 "%s</th>", point->point + 1, point->finished ? "" : " …");
  for (size_t i = 0; i < report->about.factors; i++) {
    ftblab_study_add_level(report, i, ftblab_results_level_at(report->results, point->point, i), &words);
    ftblab_text_add(text, "<td>");
    add_string(text, ftblab_text_string(&words), 40);
    ftblab_text_add(text, "</td>");
    ftblab_text_clear(&words);
  }
  const double values[] = {s->mean, s->low, s->high, s->median, s->p10, s->p90};
  ftblab_text_addf(text, "<td>%zu</td>", s->count);
  for (size_t i = 0; i < FTBLAB_COUNT(values); i++)
    add_cell(text, s->count > 0 ? values[i] : NAN);
  ftblab_text_add(text, "</tr>\n");
  ftblab_done_words(&words, text);
}

static void add_metric(const study_report *report, size_t metric, ftblab_text *text)
{
  static const char *const heads[] = {"count", "mean", "95 % low", "95 % high", "median", "P10", "P90"};
  begin_table(text, report->metrics[metric].name);
  ftblab_text_add(text, "<thead><tr><th scope=\"col\">point</th>");
  for (size_t i = 0; i < report->about.factors; i++) {
    ftblab_text_add(text, "<th scope=\"col\">");
    add_string(text, report->factors[i].name, 40);
    ftblab_text_add(text, "</th>");
  }
  for (size_t i = 0; i < FTBLAB_COUNT(heads); i++)
    ftblab_text_addf(text, "<th scope=\"col\">%s</th>", heads[i]);
  ftblab_text_add(text, "</tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < report->point_count && i < FTBLAB_STUDY_ROWS; i++)
    add_row(report, &report->points[i], metric, text);
  end_table(text);
}

static bool is_shown(const study_report *report, size_t metric)
{
  for (size_t i = 0; i < report->shown_count; i++)
    if (report->shown[i] == metric)
      return true;
  return false;
}

static void add_meaning(const study_report *report, size_t metric, ftblab_text *text)
{
  const ftblab_metric *m = &report->metrics[metric];
  ftblab_text_addf(text, "%s%s%s: %s", m->name, strcmp(m->unit, "1") == 0 ? "" : ", ",
                   strcmp(m->unit, "1") == 0 ? "" : m->unit, m->doc);
}

static void add_numbers(const study_report *report, ftblab_text *text)
{
  ftblab_text_add(text,
                  "<h3>Numbers of each point</h3>\n<p>Over the replicas that have a value: their count, mean, 95 % "
                  "interval of the mean (Student's t), median, tenth and ninetieth percentile.");
  if (report->begun > FTBLAB_STUDY_ROWS)
    ftblab_text_addf(text, " The first %d of %" PRIu64 " points.", FTBLAB_STUDY_ROWS, report->begun);
  ftblab_text_add(text, " <code>ftblab report --format csv</code> writes all.");
  ftblab_text_add(text, report->unfinished > 0 ? " A point with … is not finished.</p>\n" : "</p>\n");
  for (size_t i = 0; i < report->shown_count; i++) {
    ftblab_text_add(text, "<h4>");
    add_meaning(report, report->shown[i], text);
    ftblab_text_add(text, "</h4>\n");
    add_metric(report, report->shown[i], text);
  }
  for (size_t i = 0; i < report->metric_count; i++) {
    if (is_shown(report, i))
      continue;
    ftblab_text_add(text, "<details>\n<summary>");
    add_meaning(report, i, text);
    ftblab_text_add(text, "</summary>\n");
    add_metric(report, i, text);
    ftblab_text_add(text, "</details>\n");
  }
}

static void add_study(const study_report *report, ftblab_text *text)
{
  size_t length = strlen(report->about.text);
  ftblab_text_add(text, "<details>\n<summary>The study's file</summary>\n<pre>");
  ftblab_slice shown = {report->about.text, length < MOST_TEXT ? length : MOST_TEXT};
  ftblab_text_add_xml(text, shown.data, shown.length, false);
  ftblab_text_add(text, length > MOST_TEXT ? "\n… (cut)</pre>\n</details>\n" : "</pre>\n</details>\n");
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

ftblab_status ftblab_study_page(const study_report *report, ftblab_text *text, ftblab_error *err)
{
  ftblab_page_begin(report->about.title, text);
  ftblab_text_add(text, "<header>\n<h1>ftblab report</h1>\n</header>\n<main>\n<section id=\"study\">\n");
  add_head(report, text);
  ftblab_status status = add_plots(report, text, err);
  if (status == FTBLAB_OK)
    status = add_verdicts(report, text, err);
  if (status == FTBLAB_OK)
    status = add_replica(report, &report->middle, "median", "median-recoveries", 1, text, err);
  if (status == FTBLAB_OK)
    status = add_replica(report, &report->worst, "worst", "worst-recoveries", 2, text, err);
  if (status == FTBLAB_OK) {
    if (report->point_count > 0)
      add_numbers(report, text);
    add_study(report, text);
  }
  ftblab_text_add(text, "</section>\n</main>\n");
  ftblab_page_end(report->options.program, text);
  return status;
}
