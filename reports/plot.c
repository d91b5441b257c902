/* plot.c - see plot.h. gnuplot writes a document of its own; what stands inside becomes a drawing as the others are:
 * with a title and a description, without ids that two plots of a page would share, in colours that the page's style
 * can change (plot.css knows black, gray and white; all others serve on light and on dark). */
#include "plot.h"

#include <math.h>
#include <string.h>

#include "filter.h"

/* Pixels; the narrow one is what a phone of 360 pixels has inside its margins. Chosen, no source. */
static const double widths[] = {[FTBLAB_PLOT_WIDE] = 760, [FTBLAB_PLOT_NARROW] = 330};
static const int font_sizes[] = {[FTBLAB_PLOT_WIDE] = 13, [FTBLAB_PLOT_NARROW] = 11};

void ftblab_plot_free(ftblab_plot *plot)
{
  ftblab_text *texts[] = {&plot->name, &plot->title, &plot->caption, &plot->extra, &plot->script[0], &plot->script[1]};
  for (size_t i = 0; i < FTBLAB_COUNT(texts); i++)
    ftblab_text_free(texts[i]);
}

bool ftblab_plot_failed(const ftblab_plot *plot)
{
  return plot->name.failed || plot->title.failed || plot->caption.failed || plot->extra.failed ||
         plot->script[0].failed || plot->script[1].failed;
}

const char *ftblab_plot_colour(size_t style)
{
  static const char *const colours[FTBLAB_PLOT_STYLES] = {"#0072b2", "#d55e00", "#009e73", "#b8609a",
                                                          "#c08000", "#3a94c9", "#7f7f7f", "#8c564b"};
  return colours[style % FTBLAB_PLOT_STYLES];
}

int ftblab_plot_marker(size_t style)
{
  static const int markers[FTBLAB_PLOT_STYLES] = {7, 5, 9, 13, 11, 6, 4, 8};
  return markers[style % FTBLAB_PLOT_STYLES];
}

/* ---- the script ------------------------------------------------------------------------------------------ */

/* What may not stand in a label: control characters, those that turn the direction of writing, what is no character
 * of XML. */
static bool is_unfit(const char *at, size_t length)
{
  const unsigned char *c = (const unsigned char *)at;
  if (length <= 1)
    return length == 0 || c[0] < 0x20 || c[0] == 0x7F;
  if (length != 3)
    return false;
  return (c[0] == 0xE2 &&
          ((c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) || (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9))) ||
         (c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE);
}

size_t ftblab_plot_columns(const char *at, size_t size)
{
  const unsigned char *c = (const unsigned char *)at;
  return size == 4 || (size == 3 && (c[0] > 0xE2 || (c[0] == 0xE2 && c[1] >= 0xBA))) ? 2 : 1; /* from U+2E80 on */
}

void ftblab_plot_string(ftblab_text *script, const char *string, size_t room, bool tic)
{
  size_t length = strlen(string), shown = 0;
  ftblab_text_add(script, "'");
  for (size_t at = 0; at < length;) {
    size_t size = ftblab_utf8_character(string + at, length - at);
    size_t next = at + (size > 0 ? size : 1), columns = ftblab_plot_columns(string + at, size);
    if (room > 0 && shown + columns + (next < length) > room) {
      ftblab_text_add(script, "…");
      break;
    }
    shown += columns;
    if (is_unfit(string + at, size))
      ftblab_text_add(script, "\xEF\xBF\xBD");
    else
      ftblab_text_add_bytes(script, string + at, size);
    if (string[at] == '\'' || (tic && string[at] == '%'))
      ftblab_text_add_bytes(script, string + at, 1);
    at = next;
  }
  ftblab_text_add(script, "'");
}

void ftblab_plot_number(ftblab_text *script, double value)
{
  ftblab_text_addf(script, isfinite(value) ? " %.12g" : " NaN", value);
}

/* ---- the drawing ----------------------------------------------------------------------------------------- */

static bool starts(const char *at, const char *word)
{
  return strncmp(at, word, strlen(word)) == 0;
}

/* Behind the end of the element that begins at AT. */
static const char *skip(const char *at, const char *end)
{
  const char *found = strstr(at, end);
  return found != NULL ? found + strlen(end) : at + strlen(at);
}

/* A group in which nothing stands: gnuplot writes one at each change of its pen. NULL: AT is none. */
static const char *behind_empty_group(const char *at)
{
  const char *end = starts(at, "<g ") ? strchr(at, '>') : NULL;
  return end != NULL && starts(end, ">\n</g>\n") ? end + strlen(">\n</g>\n") : NULL;
}

/* What gnuplot has between its tags as it is, and the tags without what a page cannot have twice. */
static void add_inside(ftblab_text *svg, const char *at, size_t number)
{
  bool in_tag = false;
  while (*at != '\0' && !starts(at, "</svg>")) {
    const char *behind = behind_empty_group(at);
    if (behind != NULL || starts(at, "<title>") || starts(at, "<filter ")) {
      at = behind != NULL ? behind : skip(at, starts(at, "<title>") ? "</title>" : "</filter>");
      continue;
    }
    in_tag = *at == '<' || (in_tag && *at != '>');
    if (in_tag && starts(at, " id=\"")) {
      at = skip(at + 5, "\"");
    } else if (in_tag && (starts(at, "id='gp") || starts(at, "'#gp") || starts(at, "(#gp"))) {
      size_t head = starts(at, "id='gp") ? 4 : 2;
      ftblab_text_add_bytes(svg, at, head);
      ftblab_text_addf(svg, "p%zu-", number);
      at += head;
    } else if (in_tag && starts(at, "xlink:href")) {
      at += strlen("xlink:");
    } else {
      ftblab_text_add_bytes(svg, *at == '\t' ? " " : at, 1);
      at++;
    }
  }
}

/* TITLE and CAPTION tell those who do not see it what it is. */
static void wrap(const ftblab_plot *plot, ftblab_plot_size size, bool alone, size_t number, const ftblab_text *drawn,
                 ftblab_text *svg)
{
  ftblab_text_addf(svg,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot %s\" role=\"img\" width=\"%.0f\" "
                   "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" aria-labelledby=\"pt%zu pd%zu\">\n<title id=\"pt%zu\">",
                   size == FTBLAB_PLOT_WIDE ? "widescreen" : "smallscreen", widths[size], plot->height[size],
                   widths[size], plot->height[size], number, number, number);
  ftblab_add_escaped(svg, ftblab_string_slice(ftblab_text_string(&plot->title)), 0);
  ftblab_text_addf(svg, "</title>\n<desc id=\"pd%zu\">", number);
  ftblab_add_escaped(svg, ftblab_string_slice(ftblab_text_string(&plot->caption)), 0);
  ftblab_text_addf(svg, "</desc>\n<rect width=\"%.0f\" height=\"%.0f\" class=\"paper\"%s/>\n", widths[size],
                   plot->height[size], alone ? " fill=\"white\"" : "");
  add_inside(svg, skip(ftblab_text_string(drawn), "</desc>"), number);
  ftblab_text_add(svg, "</svg>\n");
}

ftblab_status ftblab_plot_draw(const ftblab_plot *plot, ftblab_plot_size size, bool alone, size_t number,
                               ftblab_text *svg, ftblab_error *err)
{
  /* --default-settings: what a user has in .gnuplot is for plots of his own */
  static const ftblab_filter gnuplot = {.arguments = {"gnuplot", "--default-settings"},
                                        .what = "plots",
                                        .package = "gnuplot-nox",
                                        .instead = "'--format csv' has the numbers"};
  ftblab_text script = {0}, drawn = {0};
  ftblab_text_addf(&script,
                   "set encoding utf8\nset terminal svg size %.0f,%.0f noenhanced font 'DejaVu Sans,%d' linewidth 1.2\n"
                   "set style line 101 lc 'gray' lw 0.6 dt 3\nset grid ls 101\nset tics nomirror\nset border 3\n"
                   "set pointsize %.1f\n",
                   widths[size], plot->height[size], font_sizes[size], size == FTBLAB_PLOT_WIDE ? 0.9 : 0.7);
  ftblab_text_add(&script, ftblab_text_string(&plot->script[size]));
  ftblab_status status = script.failed || ftblab_plot_failed(plot)
                             ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a plot")
                             : ftblab_filter_run(&gnuplot, &script, &drawn, err);
  if (status == FTBLAB_OK)
    wrap(plot, size, alone, number, &drawn, svg);
  if (status == FTBLAB_OK && drawn.failed)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a plot");
  ftblab_text_free(&script);
  ftblab_text_free(&drawn);
  return status;
}
