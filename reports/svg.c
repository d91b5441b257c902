/* svg.c - pieces of a drawing. What must hold: a drawing is well-formed XML whatever is in it, and looks the same
 * on its own as in a page; numbers have one decimal at most, so that the bytes are the same everywhere. */
#include "subject.h"

#include <string.h>

extern const unsigned char ftblab_embedded_diagram_css[];
extern const size_t ftblab_embedded_diagram_css_length;

/* ---- text ------------------------------------------------------------------------------------------------ */

ftblab_slice ftblab_string_slice(const char *string)
{
  return (ftblab_slice){string, strlen(string)};
}

/* The bytes of a control character that turns the direction of writing (U+202A to U+202E, U+2066 to U+2069): with one,
 * input could make the words behind it read as something else. 0: AT is none. */
static size_t turning_character(const char *at, size_t count)
{
  const unsigned char *c = (const unsigned char *)at;
  if (count < 3 || c[0] != 0xE2)
    return 0;
  return (c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) || (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9) ? 3 : 0;
}

/* Where the character at AT of STRING ends. */
static size_t behind(ftblab_slice string, size_t at)
{
  size_t length = ftblab_utf8_character(string.data + at, string.length - at);
  return at + (length > 0 ? length : 1);
}

/* How many bytes are shown of a text that is cut to ROOM characters, the last of them an ellipsis. */
static size_t shown_bytes(ftblab_slice string, size_t room)
{
  size_t at = 0, cut = 0;
  for (size_t shown = 1; at < string.length && shown <= room; shown++) {
    cut = at;
    at = behind(string, at);
  }
  return at == string.length ? at : cut;
}

void ftblab_add_escaped(ftblab_text *text, ftblab_slice string, size_t room)
{
  size_t shown = room == 0 ? string.length : shown_bytes(string, room), start = 0;
  for (size_t at = 0; at < shown; at = behind(string, at)) {
    if (turning_character(string.data + at, shown - at) == 0)
      continue;
    ftblab_text_add_xml(text, string.data + start, at - start, true);
    ftblab_text_add(text, "\xEF\xBF\xBD");
    start = at + 3;
  }
  ftblab_text_add_xml(text, string.data + start, shown - start, true);
  if (shown < string.length)
    ftblab_text_add(text, "…");
}

void ftblab_done_words(ftblab_text *words, ftblab_text *text)
{
  if (words->failed)
    text->failed = true;
  ftblab_text_free(words);
}

/* Microseconds are enough for the eye, and milliseconds after 11 days; the trace has the rest. */
void ftblab_add_moment(ftblab_text *text, int64_t nanoseconds)
{
  uint64_t size = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds, seconds = size / 1000000000;
  ftblab_text_addf(text, "%s%llu.", nanoseconds < 0 ? "-" : "", (unsigned long long)seconds);
  if (seconds < 1000000)
    ftblab_text_addf(text, "%06llu", (unsigned long long)(size / 1000 % 1000000));
  else
    ftblab_text_addf(text, "%03llu", (unsigned long long)(size / 1000000 % 1000));
}

void ftblab_add_duration(ftblab_text *text, int64_t nanoseconds)
{
  double seconds = (double)nanoseconds / 1e9;
  if (seconds >= 1)
    ftblab_text_addf(text, "%.*f s", seconds < 100 ? 1 : 0, seconds);
  else if (seconds >= 1e-3)
    ftblab_text_addf(text, "%.1f ms", seconds * 1e3);
  else
    ftblab_text_addf(text, "%.1f µs", seconds * 1e6);
}

int64_t ftblab_elapsed(int64_t from, int64_t to)
{
  uint64_t difference = to > from ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
  int64_t size = difference > INT64_MAX ? INT64_MAX : (int64_t)difference;
  return to > from ? size : -size;
}

/* Chosen, no source: more than 11 days are no time since the start of a run but a date. */
#define LONG_AGO (INT64_C(1000000) * 1000000000)

int64_t ftblab_time_origin(const ftblab_log *log)
{
  if (log->count == 0 || (log->records[0].t < LONG_AGO && log->records[0].t > -LONG_AGO))
    return 0;
  return log->records[0].t;
}

/* ---- shapes ---------------------------------------------------------------------------------------------- */

void ftblab_svg_label(ftblab_text *text, double x, double y, const char *class, const char *anchor, const char *string,
                      size_t room)
{
  ftblab_text_addf(text, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x, y, class, anchor);
  ftblab_add_escaped(text, ftblab_string_slice(string), room);
  ftblab_text_add(text, "</text>\n");
}

void ftblab_svg_line(ftblab_text *text, double x1, double y1, double x2, double y2, const char *class)
{
  ftblab_text_addf(text, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2,
                   class);
}

/* Drawn and not written: no font need have the signs. */
void ftblab_svg_mark(ftblab_text *text, ftblab_mark mark, double x, double y, const char *class)
{
  static const char *const paths[] = {
      [FTBLAB_MARK_CROSS] = "m-5,-5 l10,10 m0,-10 l-10,10",
      [FTBLAB_MARK_RING] = "m-5,0 a5,5 0 1 0 10,0 a5,5 0 1 0 -10,0 z",
      [FTBLAB_MARK_DOWN] = "m-5.5,-4.5 h11 l-5.5,9.5 z",
      [FTBLAB_MARK_UP] = "m-5.5,4.5 h11 l-5.5,-9.5 z",
      [FTBLAB_MARK_DIAMOND] = "m0,-6 l5,6 l-5,6 l-5,-6 z",
      [FTBLAB_MARK_SQUARE] = "m-4.5,-4.5 h9 v9 h-9 z",
      [FTBLAB_MARK_STAR] = "m0,-5.5 v11 m-4.8,-8.2 l9.6,5.4 m0,-5.4 l-9.6,5.4",
  };
  ftblab_text_addf(text, "<path d=\"M%.1f,%.1f %s\" class=\"%s\"/>\n", x, y, paths[mark], class);
}

void ftblab_svg_begin(ftblab_text *text, double width, double height, bool style, size_t number, const char *title,
                      const char *description)
{
  ftblab_text_addf(text,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"diagram\" role=\"%s\" width=\"%.0f\" "
                   "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" aria-labelledby=\"t%zu d%zu\">\n<title id=\"t%zu\">",
                   style ? "img" : "group", width, height, width, height, number, number, number);
  ftblab_add_escaped(text, ftblab_string_slice(title), 0);
  ftblab_text_addf(text, "</title>\n<desc id=\"d%zu\">", number);
  ftblab_add_escaped(text, ftblab_string_slice(description), 0);
  ftblab_text_add(text, "</desc>\n");
  if (style) {
    ftblab_text_add(text, "<style>\n");
    ftblab_text_add_bytes(text, (const char *)ftblab_embedded_diagram_css, ftblab_embedded_diagram_css_length);
    ftblab_text_add(text, "</style>\n");
  }
  ftblab_text_addf(text, "<rect width=\"%.0f\" height=\"%.0f\" class=\"paper\"/>\n", width, height);
}

void ftblab_svg_end(ftblab_text *text)
{
  ftblab_text_add(text, "</svg>\n");
}
