/* study_plots.c - the plots of a study: where the nodes' time went, and metrics against a factor, with the closed forms
 * where the factor is the interval between checkpoints. What must hold: every plot says what its points, bars and
 * lines are, and what it leaves out. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "study_report.h"

ftblab_scale ftblab_scale_of(const char *unit, double largest)
{
  static const struct {
    const char *unit;
    double from; /* the largest value is at least so large */
    ftblab_scale scale;
  } scales[] = {
      {"s", 3 * 86400.0, {1 / 86400.0, "d"}},
      {"s", 3 * 3600.0, {1 / 3600.0, "h"}},
      {"s", 600, {1 / 60.0, "min"}},
      {"node-s", 30 * 86400.0, {1 / 86400.0, "node-days"}},
      {"node-s", 3 * 3600.0, {1 / 3600.0, "node-hours"}},
      {"J", 1e9, {1e-9, "GJ"}},
      {"J", 1e6, {1e-6, "MJ"}},
      {"J", 1e3, {1e-3, "kJ"}},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(scales); i++)
    if (strcmp(scales[i].unit, unit) == 0 && largest >= scales[i].from)
      return scales[i].scale;
  return (ftblab_scale){1, strcmp(unit, "1") == 0 ? "" : unit};
}

ftblab_status ftblab_study_plot_add(study_report *report, ftblab_plot *plot, ftblab_error *err)
{
  ftblab_plot *grown = realloc(report->plots, (report->plot_count + 1) * sizeof *grown);
  report->plots = grown != NULL ? grown : report->plots;
  if (grown == NULL || ftblab_plot_failed(plot)) {
    ftblab_plot_free(plot);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a plot");
  }
  report->plots[report->plot_count++] = *plot;
  return FTBLAB_OK;
}

/* ---- where the time went ----------------------------------------------------------------------------------- */

static const struct part {
  ftblab_bar_part look;
  const char *metric;
} waste_parts[FTBLAB_BAR_PARTS] = {
    {{"checkpoint", 0}, "waste_checkpoint"}, {{"lost work", 1}, "waste_lost_work"},
    {{"detection", 2}, "waste_detection"},   {{"decision", 3}, "waste_decision"},
    {{"downtime", 4}, "waste_downtime"},     {{"restart", 5}, "waste_restart"},
    {{"migration", 6}, "waste_migration"},   {{"slowdown", 7}, "waste_slowdown"},
};

/* The bar of the points that have LEVEL of FACTOR; of a single POINT if that is not NULL. */
static void fill_bar(const study_report *report, const ftblab_study_point *point, size_t factor, size_t level,
                     ftblab_bar *bar)
{
  double all = 0;
  for (size_t i = 0; i < report->point_count; i++) {
    const ftblab_study_point *p = &report->points[i];
    if (point != NULL ? p != point : ftblab_results_level_at(report->results, p->point, factor) != level)
      continue;
    all += ftblab_study_sum(report, p, "node_time");
    for (size_t k = 0; k < FTBLAB_BAR_PARTS; k++)
      bar->parts[k] += ftblab_study_sum(report, p, waste_parts[k].metric);
  }
  for (size_t k = 0; k < FTBLAB_BAR_PARTS; k++)
    bar->parts[k] = all > 0 ? 100 * bar->parts[k] / all : 0;
  const ftblab_summary *waste = point != NULL ? ftblab_study_summary_of(report, point, "waste") : NULL;
  if (waste == NULL || !isfinite(waste->low) || !(all > 0))
    return;
  bar->low = 100 * waste->low * (double)waste->count / all;
  bar->high = 100 * waste->high * (double)waste->count / all;
}

/* "300 · calm": the values of all factors. */
static void add_label(const study_report *report, const ftblab_study_point *point, ftblab_text *label)
{
  for (size_t i = 0; i < report->about.factors; i++) {
    ftblab_text_add(label, i > 0 ? " · " : "");
    ftblab_study_add_level(report, i, ftblab_results_level_at(report->results, point->point, i), label);
  }
  if (report->about.factors == 0)
    ftblab_text_add(label, "all");
}

static void add_point_bars(const study_report *report, ftblab_bars *bars, ftblab_plot *plot)
{
  for (size_t i = 0; i < report->point_count; i++) {
    ftblab_bar *bar = ftblab_bars_add(bars);
    if (bar == NULL)
      return;
    add_label(report, &report->points[i], &bar->label);
    fill_bar(report, &report->points[i], 0, 0, bar);
  }
  ftblab_text_add(&plot->caption, report->about.factors > 0 ? " A bar for each point: " : "");
  for (size_t i = 0; i < report->about.factors; i++)
    ftblab_text_addf(&plot->caption, "%s%s", i > 0 ? " · " : "", report->factors[i].name);
  ftblab_text_add(&plot->caption, report->about.factors > 0 ? "." : "");
}

static void add_level_bars(const study_report *report, size_t factor, ftblab_bars *bars, ftblab_plot *plot)
{
  size_t levels = report->factors[factor].levels;
  for (size_t i = 0; i < levels && i < FTBLAB_STUDY_BARS; i++) {
    ftblab_bar *bar = ftblab_bars_add(bars);
    if (bar == NULL)
      return;
    ftblab_study_add_level(report, factor, i, &bar->label);
    fill_bar(report, NULL, factor, i, bar);
  }
  ftblab_text_addf(&plot->caption, " A bar for each value of %s, over all points that have it.",
                   report->factors[factor].name);
  if (levels > FTBLAB_STUDY_BARS)
    ftblab_text_addf(&plot->caption, " The first %d of %zu.", FTBLAB_STUDY_BARS, levels);
}

static ftblab_status make_breakdown(study_report *report, ftblab_error *err)
{
  ftblab_bar_part parts[FTBLAB_BAR_PARTS];
  ftblab_bars bars = {.parts = parts, .part_count = FTBLAB_BAR_PARTS};
  ftblab_plot plot = {0};
  for (size_t i = 0; i < FTBLAB_BAR_PARTS; i++)
    parts[i] = waste_parts[i].look;
  size_t factor = report->policy != FTBLAB_NO_FACTOR ? report->policy : report->axis;
  ftblab_text_add(&plot.name, "breakdown");
  ftblab_text_add(&plot.title, "What the nodes' time was wasted on");
  ftblab_text_add(&plot.caption,
                  "Shares of all nodes' time, means of the replicas; the whisker is the 95 % interval of "
                  "the whole waste.");
  ftblab_text_add(&bars.axis, "waste (% of all nodes' time)");
  if (report->point_count <= FTBLAB_STUDY_BARS || factor == FTBLAB_NO_FACTOR)
    add_point_bars(report, &bars, &plot);
  else
    add_level_bars(report, factor, &bars, &plot);
  ftblab_status status = ftblab_bars_write(&bars, &plot, err);
  ftblab_bars_free(&bars);
  if (status == FTBLAB_OK)
    return ftblab_study_plot_add(report, &plot, err);
  ftblab_plot_free(&plot);
  return status;
}

/* ---- curves: which points ------------------------------------------------------------------------------------- */

/* A line of a panel. */
typedef struct series {
  const ftblab_study_point **points; /* along the axis */
  size_t count;
  size_t level; /* of the factor that tells lines apart */
  ftblab_study_forms forms;
} series;

/* A metric for the points that agree in all factors but the axis and the lines. */
typedef struct panel {
  const study_report *report;
  size_t metric, number; /* NUMBER: which panel of the metric, from 0 */
  bool is_share;         /* the waste as a share of the job's node time */
  bool has_forms, is_log, by_number;
  uint64_t rest; /* the values of the other factors, as one number */
  series lines[FTBLAB_PLOT_STYLES];
  size_t line_count, lines_left;
  ftblab_scale scale;
  double from, to; /* of the axis */
} panel;

static uint64_t rest_of(const study_report *report, uint64_t point)
{
  uint64_t rest = 0;
  for (size_t i = 0; i < report->about.factors; i++)
    if (i != report->axis && i != report->lines)
      rest = rest * report->factors[i].levels + ftblab_results_level_at(report->results, point, i);
  return rest;
}

typedef struct placed {
  double place;
  const ftblab_study_point *point;
} placed;

static int compare_places(const void *a, const void *b)
{
  const placed *left = a, *right = b;
  if (left->place != right->place)
    return left->place < right->place ? -1 : 1;
  return left->point->point < right->point->point ? -1 : left->point->point > right->point->point;
}

/* The job's time, of which waste is a share. */
static double whole_of(const panel *p, const ftblab_study_point *point)
{
  return ftblab_study_mean(p->report, point, "waste") + ftblab_study_mean(p->report, point, "useful");
}

/* A share of no time at all is no value. */
static bool has_value(const panel *p, const ftblab_study_point *point)
{
  return point->metrics[p->metric].count > 0 && (!p->is_share || whole_of(p, point) > 0);
}

/* The points of LEVEL that have a place on the axis and a value. */
static bool fill_series(const panel *p, size_t level, series *line)
{
  const study_report *report = p->report;
  placed *found = calloc(report->point_count + 1, sizeof *found);
  size_t count = 0;
  for (size_t i = 0; found != NULL && i < report->point_count; i++) {
    const ftblab_study_point *point = &report->points[i];
    double place = ftblab_study_place(report, point);
    if (rest_of(report, point->point) != p->rest || isnan(place) || !has_value(p, point) ||
        (report->lines != FTBLAB_NO_FACTOR &&
         ftblab_results_level_at(report->results, point->point, report->lines) != level))
      continue;
    found[count++] = (placed){place, point};
  }
  *line = (series){.level = level, .count = count, .points = calloc(count + 1, sizeof *line->points)};
  if (found != NULL && line->points != NULL) {
    qsort(found, count, sizeof *found, compare_places);
    for (size_t i = 0; i < count; i++)
      line->points[i] = found[i].point;
  }
  bool failed = found == NULL || line->points == NULL;
  free(found);
  return !failed;
}

static void free_panel(panel *p)
{
  for (size_t i = 0; i < p->line_count; i++)
    free(p->lines[i].points);
}

/* ---- curves: values ------------------------------------------------------------------------------------------- */

typedef struct value {
  double mean, low, high;
} value;

static value value_of(const panel *p, const ftblab_study_point *point)
{
  const ftblab_summary *s = &point->metrics[p->metric];
  double factor = p->is_share ? 100 / whole_of(p, point) : p->scale.factor;
  value v = {s->mean * factor, s->low * factor, s->high * factor};
  if (!isfinite(v.low))
    v.low = v.high = v.mean; /* a single replica has no interval */
  return v;
}

static double form_at(const panel *p, const ftblab_study_forms *forms, double interval)
{
  double expected = ftblab_study_expected(forms, interval);
  return p->is_share ? 100 * (1 - forms->work / expected) : expected * p->scale.factor;
}

/* The values lie as equal ratios do rather than as equal differences. */
static bool lies_in_ratios(const series *line, const study_report *report)
{
  if (line->count < 3)
    return false;
  double first = ftblab_study_place(report, line->points[0]),
         last = ftblab_study_place(report, line->points[line->count - 1]),
         middle = ftblab_study_place(report, line->points[line->count / 2]);
  if (line->count % 2 == 0)
    middle = sqrt(middle * ftblab_study_place(report, line->points[line->count / 2 - 1]));
  return first > 0 && last > 4 * first && fabs(middle - sqrt(first * last)) < fabs(middle - (first + last) / 2);
}

static void measure_panel(panel *p)
{
  const study_report *report = p->report;
  double largest = 0;
  p->from = INFINITY;
  p->to = -INFINITY;
  p->by_number = report->axis != FTBLAB_NO_FACTOR && report->factors[report->axis].numbers > 1;
  for (size_t i = 0; i < p->line_count; i++)
    for (size_t j = 0; j < p->lines[i].count; j++) {
      double place = ftblab_study_place(report, p->lines[i].points[j]);
      p->from = fmin(p->from, place);
      p->to = fmax(p->to, place);
      largest = fmax(largest, p->lines[i].points[j]->metrics[p->metric].mean);
    }
  p->is_log = p->by_number && p->from > 0 && lies_in_ratios(&p->lines[0], report);
  p->scale = p->is_share ? (ftblab_scale){1, "% of the job's time"}
                         : ftblab_scale_of(report->metrics[p->metric].unit, largest);
  bool is_makespan = strcmp(report->metrics[p->metric].name, "makespan") == 0;
  if (!p->by_number || !(is_makespan || p->is_share) ||
      strstr(report->factors[report->axis].key, "checkpoint.interval") == NULL)
    return;
  for (size_t i = 0; i < p->line_count; i++) {
    p->lines[i].forms = ftblab_study_measure(report, p->lines[i].points, p->lines[i].count);
    p->has_forms = p->has_forms || p->lines[i].forms.known;
  }
}

/* ---- curves: the script ---------------------------------------------------------------------------------------- */

#define CURVE_POINTS 80

static double between(const panel *p, double part)
{
  return p->is_log ? p->from * pow(p->to / p->from, part) : p->from + part * (p->to - p->from);
}

/* Lines at one place of an axis without numbers stand beside each other. */
static double shift(const panel *p, size_t line)
{
  return p->by_number ? 0 : ((double)line - (double)(p->line_count - 1) / 2) * 0.12;
}

static void add_row(ftblab_text *script, double x, value v)
{
  ftblab_plot_number(script, x);
  ftblab_plot_number(script, v.mean);
  ftblab_plot_number(script, v.low);
  ftblab_plot_number(script, v.high);
  ftblab_text_add(script, "\n");
}

static void add_data(const panel *p, ftblab_text *script)
{
  for (size_t i = 0; i < p->line_count; i++) {
    const series *line = &p->lines[i];
    ftblab_text_addf(script, "$line%zu << END\n", i);
    for (size_t j = 0; j < line->count; j++)
      add_row(script, ftblab_study_place(p->report, line->points[j]) + shift(p, i), value_of(p, line->points[j]));
    ftblab_text_addf(script, "END\n$form%zu << END\n", i);
    for (int k = 0; line->forms.known && k <= CURVE_POINTS; k++) {
      double x = between(p, (double)k / CURVE_POINTS), y = form_at(p, &line->forms, x);
      add_row(script, x, (value){y, y, y});
    }
    ftblab_text_add(script, "END\n");
  }
}

/* Where Young's and Daly's intervals lie on the curves. */
static bool add_best(const panel *p, const char *name, bool daly, ftblab_text *script)
{
  bool some = false;
  ftblab_text_addf(script, "$%s << END\n", name);
  for (size_t i = 0; i < p->line_count; i++) {
    const ftblab_study_forms *forms = &p->lines[i].forms;
    double x = daly ? forms->daly : forms->young;
    if (!forms->known || !(x >= p->from && x <= p->to))
      continue;
    double y = form_at(p, forms, x);
    add_row(script, x, (value){y, y, y});
    some = true;
  }
  ftblab_text_add(script, "END\n");
  return some;
}

/* Names along the axis are cut to NAME_ROOM characters; of so many of them each one is written. Slanted ones stand
 * closer. Chosen, no source: what can be read. */
#define NAME_ROOM 16
static const size_t names_written[] = {[FTBLAB_PLOT_WIDE] = 20, [FTBLAB_PLOT_NARROW] = 8};
#define NAMES_UPRIGHT 5

static size_t name_step(const panel *p, bool narrow)
{
  size_t levels = p->report->factors[p->report->axis].levels,
         most = names_written[narrow ? FTBLAB_PLOT_NARROW : FTBLAB_PLOT_WIDE];
  return (levels + most - 1) / most;
}

static bool slants_names(const panel *p, bool narrow)
{
  return narrow || p->report->factors[p->report->axis].levels > NAMES_UPRIGHT;
}

static void add_axis(const panel *p, bool narrow, ftblab_text *script)
{
  const study_report *report = p->report;
  ftblab_text name = {0};
  if (report->axis == FTBLAB_NO_FACTOR) {
    ftblab_text_add(script, "set xrange [0.5:1.5]\nunset xtics\n");
    return;
  }
  ftblab_text_addf(&name, "%s%s", report->factors[report->axis].name,
                   strstr(report->factors[report->axis].key, "checkpoint.interval") != NULL ? " (s)" : "");
  ftblab_text_add(script, "set xlabel ");
  ftblab_plot_string(script, ftblab_text_string(&name), narrow ? 40 : 80, false);
  ftblab_done_words(&name, script);
  ftblab_text_add(script, " offset 0,0.4");
  double pad = p->to > p->from ? 0.05 * (p->to - p->from) : 0.5;
  if (p->is_log)
    ftblab_text_addf(script, "\nset logscale x\nset xrange [%.12g:%.12g]\n", p->from / 1.15, p->to * 1.15);
  else if (p->by_number)
    ftblab_text_addf(script, "\nset xrange [%.12g:%.12g]\n", p->from - pad, p->to + pad);
  else
    ftblab_text_addf(script, "\nset xrange [0.5:%.1f]\n", p->to + 0.5);
  size_t most = narrow ? 5 : 10, levels = report->factors[report->axis].levels;
  if (levels > 4 * most && p->by_number)
    return; /* gnuplot's own */
  size_t step = p->by_number ? (levels + most - 1) / most : name_step(p, narrow);
  ftblab_text_addf(script, "set xtics %s (", !p->by_number && slants_names(p, narrow) ? "rotate by -35" : "");
  for (size_t i = 0; i < levels; i += step) {
    ftblab_text label = {0};
    const cJSON *level = ftblab_results_level(report->results, report->axis, i);
    if (p->by_number && !cJSON_IsNumber(level))
      continue;
    ftblab_study_add_level(report, report->axis, i, &label);
    ftblab_text_add(script, script->data[script->length - 1] == '(' ? "" : ", ");
    ftblab_plot_string(script, ftblab_text_string(&label), NAME_ROOM, true);
    ftblab_plot_number(script, p->by_number ? level->valuedouble : (double)i + 1);
    ftblab_done_words(&label, script);
  }
  ftblab_text_add(script, ")\n");
}

static void add_line_title(const panel *p, const series *line, bool narrow, ftblab_text *script)
{
  const study_report *report = p->report;
  ftblab_text title = {0};
  if (report->lines != FTBLAB_NO_FACTOR) {
    ftblab_text_addf(&title, "%s ", report->factors[report->lines].name);
    ftblab_study_add_level(report, report->lines, line->level, &title);
  } else {
    ftblab_text_add(&title, "simulated");
  }
  ftblab_plot_string(script, ftblab_text_string(&title), narrow ? 24 : 48, false);
  ftblab_done_words(&title, script);
}

/* Points with whiskers; a thin line leads the eye where no closed form does. */
static void add_lines(const panel *p, bool narrow, ftblab_text *script)
{
  for (size_t i = 0; i < p->line_count; i++) {
    const char *colour = ftblab_plot_colour(i);
    ftblab_text_add(script, i > 0 ? ", " : "plot ");
    if (p->lines[i].forms.known)
      ftblab_text_addf(script, "$form%zu using 1:2 with lines dt 2 lw 1.6 lc rgb '%s' notitle, ", i, colour);
    else if (p->by_number && p->lines[i].count > 1)
      ftblab_text_addf(script, "$line%zu using 1:2 with lines dt %zu lw 1.2 lc rgb '%s' notitle, ", i, i % 5 + 1,
                       colour);
    ftblab_text_addf(script, "$line%zu using 1:2:3:4 with yerrorbars pt %d lw 1.3 lc rgb '%s' title ", i,
                     ftblab_plot_marker(i), colour);
    add_line_title(p, &p->lines[i], narrow, script);
  }
  if (p->has_forms)
    ftblab_text_add(script, ", NaN with lines dt 2 lw 1.6 lc 'black' title 'closed form'");
}

static void write_script(const panel *p, bool narrow, ftblab_text *script)
{
  ftblab_text label = {0};
  ftblab_text_add(script, p->line_count > 2 || p->has_forms || narrow
                              ? "set key below center horizontal samplen 2 height 0.8\n"
                              : "set key above right horizontal samplen 2\n");
  ftblab_text_addf(&label, "%s%s%s%s", p->report->metrics[p->metric].name, *p->scale.unit ? " (" : "", p->scale.unit,
                   *p->scale.unit ? ")" : "");
  ftblab_text_add(script, "set ylabel ");
  ftblab_plot_string(script, ftblab_text_string(&label), 0, false);
  ftblab_done_words(&label, script);
  ftblab_text_add(script, p->is_share ? "\nset yrange [0:*]\n" : "\nset offsets graph 0, 0, 0.08, 0.08\n");
  add_axis(p, narrow, script);
  add_data(p, script);
  bool young = add_best(p, "young", false, script), daly = add_best(p, "daly", true, script);
  add_lines(p, narrow, script);
  if (young)
    ftblab_text_add(script, ", $young using 1:2 with points pt 10 ps 1.7 lw 1.4 lc 'black' title 'Young'");
  if (daly)
    ftblab_text_add(script, ", $daly using 1:2 with points pt 12 ps 1.7 lw 1.4 lc 'black' title 'Daly'");
  ftblab_text_add(script, "\n");
}

/* ---- curves: the words around -------------------------------------------------------------------------------- */

static void add_duration(ftblab_text *text, double seconds)
{
  ftblab_text_addf(text, seconds < 1e5 ? "%.4g s" : "%.6g s", seconds);
}

/* The point with the least mean. */
static const ftblab_study_point *best_of(const panel *p, const series *line)
{
  const ftblab_study_point *best = NULL;
  for (size_t i = 0; i < line->count; i++)
    if (best == NULL || line->points[i]->metrics[p->metric].mean < best->metrics[p->metric].mean)
      best = line->points[i];
  return best;
}

static void add_form_row(const panel *p, const series *line, ftblab_text *html)
{
  const ftblab_study_forms *f = &line->forms;
  const double values[] = {f->mean, f->costs.checkpoint, f->costs.restart, f->costs.downtime, f->work, f->young,
                           f->daly, f->at_least,         f->least};
  ftblab_text words = {0};
  ftblab_text_add(html, "<tr><th scope=\"row\">");
  if (p->report->lines != FTBLAB_NO_FACTOR)
    ftblab_study_add_level(p->report, p->report->lines, line->level, &words);
  else
    ftblab_text_add(&words, "all");
  ftblab_add_escaped(html, ftblab_string_slice(ftblab_text_string(&words)), 40);
  ftblab_text_clear(&words);
  ftblab_text_add(html, "</th>");
  for (size_t i = 0; i < FTBLAB_COUNT(values) && f->known; i++) {
    ftblab_text_add(html, "<td>");
    add_duration(html, values[i]);
    ftblab_text_add(html, "</td>");
  }
  if (!f->known)
    ftblab_text_addf(html, "<td colspan=\"%zu\">none: no checkpoints, no failures, or several jobs</td>",
                     FTBLAB_COUNT(values));
  const ftblab_study_point *best = best_of(p, line);
  ftblab_text_add(html, "<td>");
  if (best != NULL)
    ftblab_text_addf(html, "%.6g s", ftblab_study_place(p->report, best));
  ftblab_text_add(html, "</td></tr>\n");
  ftblab_done_words(&words, html);
}

static void add_form_table(const panel *p, ftblab_text *html)
{
  ftblab_text_add(html, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Closed forms\">\n"
                        "<table class=\"numbers\">\n<thead><tr><th scope=\"col\">");
  ftblab_add_escaped(
      html,
      ftblab_string_slice(p->report->lines != FTBLAB_NO_FACTOR ? p->report->factors[p->report->lines].name : "points"),
      40);
  ftblab_text_add(html, "</th><th scope=\"col\">M</th><th scope=\"col\">C</th><th scope=\"col\">R</th>"
                        "<th scope=\"col\">D</th><th scope=\"col\">work</th><th scope=\"col\">Young</th>"
                        "<th scope=\"col\">Daly</th><th scope=\"col\">exact optimum</th>"
                        "<th scope=\"col\">makespan there</th><th scope=\"col\">best simulated</th></tr></thead>\n"
                        "<tbody>\n");
  for (size_t i = 0; i < p->line_count; i++)
    add_form_row(p, &p->lines[i], html);
  ftblab_text_add(html, "</tbody>\n</table>\n</div>\n");
}

static void describe(const panel *p, ftblab_plot *plot)
{
  const study_report *report = p->report;
  const ftblab_metric *metric = &report->metrics[p->metric];
  const ftblab_study_point *first = p->lines[0].points[0];
  ftblab_text rest = {0};
  ftblab_text_add(&plot->name, p->is_share ? "waste" : metric->name);
  if (p->number > 0)
    ftblab_text_addf(&plot->name, "-%zu", p->number + 1);
  ftblab_text_addf(&plot->title, "%c%s", metric->name[0] - 'a' + 'A', metric->name + 1);
  if (report->axis != FTBLAB_NO_FACTOR)
    ftblab_text_addf(&plot->title, " against %s", report->factors[report->axis].name);
  ftblab_study_add_values(report, first->point, report->axis, report->lines, &rest);
  if (rest.length > 0)
    ftblab_text_addf(&plot->title, "; %s", ftblab_text_string(&rest));
  ftblab_done_words(&rest, &plot->title);
  if (p->is_share)
    ftblab_text_add(&plot->caption, "Waste is all that the breakdown names, here as a share of waste and useful work.");
  else
    ftblab_text_addf(&plot->caption, "%c%s: %s.", metric->name[0] - 'a' + 'A', metric->name + 1, metric->doc);
  ftblab_text_add(&plot->caption, " Means of the replicas with the 95 % interval of the mean.");
  if (p->has_forms)
    ftblab_text_addf(&plot->caption,
                     " Dashed: the expected %s of Daly's complete form for exponential failures, with M, C, R and D as "
                     "measured in these replicas; Young's and Daly's intervals are marked on it.",
                     p->is_share ? "share" : "makespan");
  if (p->lines_left > 0)
    ftblab_text_addf(&plot->caption, " Left out: %zu more values of %s.", p->lines_left,
                     report->factors[report->lines].name);
  if (p->by_number && report->factors[report->axis].numbers < report->factors[report->axis].levels)
    ftblab_text_addf(&plot->caption, " Values of %s that are no numbers are in the tables only.",
                     report->factors[report->axis].name);
  if (report->axis != FTBLAB_NO_FACTOR && !p->by_number && name_step(p, true) > 1)
    ftblab_text_addf(&plot->caption, " Where there are too many values of %s not all are named; the tables name them.",
                     report->factors[report->axis].name);
  if (p->has_forms && !p->is_share)
    add_form_table(p, &plot->extra);
}

/* ---- curves: the whole ---------------------------------------------------------------------------------------- */

static bool fill_panel(panel *p)
{
  size_t levels = p->report->lines != FTBLAB_NO_FACTOR ? p->report->factors[p->report->lines].levels : 1;
  for (size_t level = 0; level < levels; level++) {
    if (p->line_count == FTBLAB_PLOT_STYLES) {
      p->lines_left = levels - level;
      break;
    }
    if (!fill_series(p, level, &p->lines[p->line_count]))
      return false;
    if (p->lines[p->line_count].count > 0)
      p->line_count++;
    else
      free(p->lines[p->line_count].points);
  }
  return true;
}

static ftblab_status make_panel(study_report *report, size_t metric, size_t number, uint64_t rest, ftblab_error *err)
{
  panel p = {.report = report,
             .metric = metric,
             .number = number,
             .rest = rest,
             .is_share = strcmp(report->metrics[metric].name, "waste") == 0};
  ftblab_plot plot = {.height = {[FTBLAB_PLOT_WIDE] = 430, [FTBLAB_PLOT_NARROW] = 330}};
  ftblab_status status = fill_panel(&p) ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a plot");
  if (status == FTBLAB_OK && p.line_count > 0) {
    measure_panel(&p);
    describe(&p, &plot);
    plot.height[FTBLAB_PLOT_NARROW] += 14 * (double)p.line_count;
    write_script(&p, false, &plot.script[FTBLAB_PLOT_WIDE]);
    write_script(&p, true, &plot.script[FTBLAB_PLOT_NARROW]);
    status = ftblab_study_plot_add(report, &plot, err);
  }
  free_panel(&p);
  return status;
}

/* A panel for each combination of the other factors' values, in the order of the points. */
static ftblab_status make_curves(study_report *report, size_t metric, ftblab_error *err)
{
  uint64_t rests[FTBLAB_STUDY_PANELS];
  size_t count = 0;
  bool more = false;
  for (size_t i = 0; i < report->point_count; i++) {
    uint64_t rest = rest_of(report, report->points[i].point);
    size_t at = 0;
    while (at < count && rests[at] != rest)
      at++;
    if (at == count && count < FTBLAB_STUDY_PANELS)
      rests[count++] = rest;
    else if (at == count)
      more = true;
  }
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    status = make_panel(report, metric, i, rests[i], err);
  if (more && status == FTBLAB_OK && report->plot_count > 0)
    ftblab_text_addf(&report->plots[report->plot_count - 1].caption,
                     " Other combinations of the remaining factors have no plot: '--axis' and '--lines' choose "
                     "others, the table in CSV has all.");
  return status;
}

ftblab_status ftblab_study_plots_make(study_report *report, ftblab_error *err)
{
  ftblab_status status = report->point_count > 0 ? make_breakdown(report, err) : FTBLAB_OK;
  for (size_t i = 0; i < report->shown_count && status == FTBLAB_OK; i++)
    status = make_curves(report, report->shown[i], err);
  return status;
}
