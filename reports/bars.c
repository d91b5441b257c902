/* bars.c - see bars.h. */
#include "bars.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct look {
  const char *fill, *colour;
} looks[FTBLAB_BAR_PARTS] = {
    {"fs solid 1.0", "#0072b2"}, {"fs pattern 5", "#d55e00"}, {"fs solid 1.0", "#e69f00"}, {"fs pattern 4", "#009e73"},
    {"fs pattern 1", "#7f7f7f"}, {"fs solid 1.0", "#56b4e9"}, {"fs pattern 6", "#b8609a"}, {"fs pattern 7", "#8c564b"},
};

ftblab_bar *ftblab_bars_add(ftblab_bars *bars)
{
  if (bars->count == bars->room) {
    size_t room = 2 * bars->room + 16;
    ftblab_bar *grown = realloc(bars->bars, room * sizeof *grown);
    if (grown == NULL) {
      bars->axis.failed = true;
      return NULL;
    }
    bars->bars = grown;
    bars->room = room;
  }
  bars->bars[bars->count] = (ftblab_bar){0};
  return &bars->bars[bars->count++];
}

void ftblab_bars_free(ftblab_bars *bars)
{
  for (size_t i = 0; i < bars->count; i++)
    ftblab_text_free(&bars->bars[i].label);
  free(bars->bars);
  ftblab_text_free(&bars->axis);
}

/* ---- the script ----------------------------------------------------------------------------------------- */

/* A block of data for each part: left, right, row. */
static void add_part(const ftblab_bars *bars, size_t part, ftblab_text *script)
{
  ftblab_text_addf(script, "$part%zu << END\n", part);
  for (size_t i = 0; i < bars->count; i++) {
    double left = 0;
    for (size_t k = 0; k < part; k++)
      left += bars->bars[i].parts[k];
    ftblab_plot_number(script, left);
    ftblab_plot_number(script, left + bars->bars[i].parts[part]);
    ftblab_text_addf(script, " %zu\n", i + 1);
  }
  ftblab_text_add(script, "END\n");
}

static bool is_anywhere(const ftblab_bars *bars, size_t part)
{
  for (size_t i = 0; i < bars->count; i++)
    if (bars->bars[i].parts[part] > 0)
      return true;
  return false;
}

/* The middle of the bar is a point without a sign: gnuplot has no whiskers without one. */
static bool add_whiskers(const ftblab_bars *bars, ftblab_text *script)
{
  bool some = false;
  ftblab_text_add(script, "$whisker << END\n");
  for (size_t i = 0; i < bars->count; i++) {
    if (!(bars->bars[i].high > bars->bars[i].low))
      continue;
    ftblab_plot_number(script, bars->bars[i].low);
    ftblab_plot_number(script, bars->bars[i].high);
    ftblab_text_addf(script, " %zu\n", i + 1);
    some = true;
  }
  ftblab_text_add(script, "END\n");
  return some;
}

/* gnuplot keeps 49 bytes of the label of a tic, whatever character that cuts in two. */
#define LABEL_BYTES 49
static const size_t label_room[] = {[FTBLAB_PLOT_WIDE] = 36, [FTBLAB_PLOT_NARROW] = 17}; /* columns of a line */

static size_t character_at(const char *label, size_t at, size_t length)
{
  size_t size = ftblab_utf8_character(label + at, length - at);
  return size > 0 ? size : 1;
}

/* Append what gnuplot keeps of LABEL. */
static void add_kept(const char *label, ftblab_text *text)
{
  static const char cut[] = "…";
  const size_t most = LABEL_BYTES - (sizeof cut - 1);
  size_t length = strlen(label), at = 0;
  if (length <= LABEL_BYTES) {
    ftblab_text_add(text, label);
    return;
  }
  while (at + character_at(label, at, length) <= most)
    at += character_at(label, at, length);
  ftblab_text_add_bytes(text, label, at);
  ftblab_text_add(text, cut);
}

/* Where a line of at most ROOM columns of LABEL ends: at its last blank, or 0 if all of it fits or it has none. */
static size_t end_of_line(const char *label, size_t room)
{
  size_t length = strlen(label), shown = 0, blank = 0;
  for (size_t at = 0; at < length;) {
    size_t size = character_at(label, at, length);
    shown += ftblab_plot_columns(label + at, size);
    blank = label[at] == ' ' && at > 0 ? at : blank;
    if (shown > room)
      return blank;
    at += size;
  }
  return 0;
}

static bool has_two_lines(const ftblab_bars *bars, ftblab_plot_size size)
{
  bool has = false;
  for (size_t i = 0; i < bars->count && !has; i++) {
    ftblab_text kept = {0};
    add_kept(ftblab_text_string(&bars->bars[i].label), &kept); /* what is cut off asks for no room */
    has = end_of_line(ftblab_text_string(&kept), label_room[size]) > 0;
    ftblab_text_free(&kept);
  }
  return has;
}

/* On two lines where one has no room: bars that differ only in the last factor must not look the same. */
static void add_label(const char *whole, size_t room, ftblab_text *script)
{
  ftblab_text kept = {0};
  add_kept(whole, &kept);
  const char *label = ftblab_text_string(&kept);
  size_t end = end_of_line(label, room);
  if (end > 0) {
    ftblab_text line = {0};
    ftblab_text_add_bytes(&line, label, end);
    ftblab_plot_string(script, ftblab_text_string(&line), 0, true);
    ftblab_done_words(&line, script);
    ftblab_text_add(script, ".\"\\n\".");
    label += end + 1;
  }
  ftblab_plot_string(script, label, room, true);
  ftblab_done_words(&kept, script);
}

static void add_labels(const ftblab_bars *bars, ftblab_plot_size size, ftblab_text *script)
{
  ftblab_text_add(script, "set ytics scale 0 (");
  for (size_t i = 0; i < bars->count; i++) {
    ftblab_text_add(script, i > 0 ? ", " : "");
    add_label(ftblab_text_string(&bars->bars[i].label), label_room[size], script);
    ftblab_text_addf(script, " %zu", i + 1);
  }
  ftblab_text_add(script, ")\n");
}

/* From tic to tic, 1, 2 or 5 times a power of ten, so that there are at most MOST. */
static double step_of(const ftblab_bars *bars, double most)
{
  static const double steps[] = {1, 2, 5, 10};
  double longest = 0;
  for (size_t i = 0; i < bars->count; i++) {
    double sum = 0;
    for (size_t k = 0; k < bars->part_count; k++)
      sum += bars->bars[i].parts[k];
    longest = fmax(longest, fmax(sum, bars->bars[i].high));
  }
  if (!(longest > 0) || !isfinite(longest))
    return 1;
  double power = pow(10, floor(log10(longest / most)));
  size_t i = 0;
  while (i + 1 < FTBLAB_COUNT(steps) && steps[i] * power * most < longest)
    i++;
  return steps[i] * power;
}

static void write_script(const ftblab_bars *bars, bool narrow, ftblab_text *script)
{
  const char *separator = "plot ";
  ftblab_text_addf(script, "set yrange [%.1f:0.4]\nset xrange [0:*]\nset grid noytics\nset xlabel ",
                   (double)bars->count + 0.6);
  ftblab_plot_string(script, ftblab_text_string(&bars->axis), 0, false);
  ftblab_text_addf(script,
                   " offset 0,0.4\nset key below %s horizontal samplen 1.6 height 0.8 maxcols %d\nset xtics %.12g\n",
                   narrow ? "right" : "center", narrow ? 2 : 4, step_of(bars, narrow ? 5 : 9));
  add_labels(bars, narrow ? FTBLAB_PLOT_NARROW : FTBLAB_PLOT_WIDE, script);
  bool whiskers = add_whiskers(bars, script);
  for (size_t i = 0; i < bars->part_count; i++)
    add_part(bars, i, script);
  for (size_t i = 0; i < bars->part_count; i++) {
    const struct look *look = &looks[bars->parts[i].look % FTBLAB_BAR_PARTS];
    if (!is_anywhere(bars, i))
      continue;
    ftblab_text_addf(
        script,
        "%s$part%zu using (($1+$2)/2):3:1:2:($3-0.34):($3+0.34) with boxxyerror lc rgb '%s' %s border lt -1 "
        "title ",
        separator, i, look->colour, look->fill);
    ftblab_plot_string(script, bars->parts[i].name, 0, false);
    separator = ", ";
  }
  if (whiskers)
    ftblab_text_addf(script, "%s$whisker using (($1+$2)/2):3:1:2 with xerrorbars pt -1 lw 1.4 lc 'black' title '95 %%'",
                     separator);
  if (!whiskers && *separator == 'p')
    ftblab_text_add(script, "plot 0.5 notitle lc 'white'");
  ftblab_text_add(script, "\n");
}

ftblab_status ftblab_bars_write(const ftblab_bars *bars, ftblab_plot *plot, ftblab_error *err)
{
  static const double frames[] = {[FTBLAB_PLOT_WIDE] = 124, [FTBLAB_PLOT_NARROW] = 138};
  static const double rows[] = {[FTBLAB_PLOT_WIDE] = 30, [FTBLAB_PLOT_NARROW] = 26}, second_line = 14;
  for (int size = 0; size < FTBLAB_PLOT_SIZES; size++) {
    double row = rows[size] + (has_two_lines(bars, (ftblab_plot_size)size) ? second_line : 0);
    plot->height[size] = frames[size] + row * (double)bars->count;
    write_script(bars, size == FTBLAB_PLOT_NARROW, &plot->script[size]);
  }
  return bars->axis.failed || ftblab_plot_failed(plot) ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a plot")
                                                       : FTBLAB_OK;
}
