/* page.c - a report as one page of HTML. What must hold: the page needs nothing from elsewhere, neither a network
 * nor a script; it is well-formed XML as well, so that any program can read it; and no part of it is wider than the
 * screen. */
#include "subject.h"

#include <string.h>

extern const unsigned char ftblab_embedded_page_css[], ftblab_embedded_diagram_css[], ftblab_embedded_plot_css[];
extern const size_t ftblab_embedded_page_css_length, ftblab_embedded_diagram_css_length,
    ftblab_embedded_plot_css_length;

void ftblab_page_begin(const char *subject, ftblab_text *text)
{
  ftblab_text_add(text, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
                        "<meta charset=\"utf-8\"/>\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>ftblab report");
  if (subject != NULL) {
    ftblab_text_add(text, ": ");
    ftblab_add_escaped(text, ftblab_string_slice(subject), 100);
  }
  ftblab_text_add(text, "</title>\n<style>\n");
  ftblab_text_add_bytes(text, (const char *)ftblab_embedded_page_css, ftblab_embedded_page_css_length);
  ftblab_text_add_bytes(text, (const char *)ftblab_embedded_diagram_css, ftblab_embedded_diagram_css_length);
  ftblab_text_add_bytes(text, (const char *)ftblab_embedded_plot_css, ftblab_embedded_plot_css_length);
  ftblab_text_add(text, "</style>\n</head>\n<body>\n");
}

void ftblab_page_end(const char *program, ftblab_text *text)
{
  ftblab_text_add(text, "<footer>\n<p>");
  if (program != NULL)
    ftblab_add_escaped(text, ftblab_string_slice(program), 0);
  ftblab_text_add(text, "</p>\n</footer>\n</body>\n</html>\n");
}

static void add_verdict_word(const cJSON *verdict, ftblab_text *text)
{
  const char *word = ftblab_string_at(verdict, "verdict");
  const char *sign = strcmp(word, "conforms") == 0 ? "✓" : strcmp(word, "violates") == 0 ? "✗" : "?";
  ftblab_text_addf(text, "<span class=\"verdict %s\">%s %s</span>", word, sign, word);
}

/* Of several subjects: which there are, with a link to each. */
static void add_contents(const ftblab_report *report, ftblab_text *text)
{
  ftblab_text_add(text, "<nav aria-label=\"Traces\">\n<ul class=\"contents\">\n");
  for (size_t i = 0; i < report->count; i++) {
    const ftblab_subject *subject = &report->subjects[i];
    if (subject->merged)
      continue;
    const cJSON *verdict = ftblab_subject_verdict(subject);
    ftblab_text_addf(text, "<li>");
    add_verdict_word(verdict, text);
    ftblab_text_addf(text, " <a href=\"#s%zu\">", i + 1);
    ftblab_add_escaped(text, ftblab_string_slice(ftblab_string_at(verdict, "trace")), 0);
    ftblab_text_add(text, "</a></li>\n");
  }
  ftblab_text_add(text, "</ul>\n</nav>\n");
}

/* A picture that may be wider than the screen scrolls in a region of its own, also by keys. */
static void add_picture(const char *heading, const char *explanation, ftblab_text *picture, ftblab_text *note,
                        ftblab_text *text)
{
  if (picture->length > 0) {
    ftblab_text_addf(text, "<h3>%s</h3>\n<figure>\n<figcaption>%s ", heading, explanation);
    ftblab_add_escaped(text, ftblab_string_slice(ftblab_text_string(note)), 0);
    ftblab_text_addf(text, "</figcaption>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n",
                     heading);
    ftblab_text_add_bytes(text, ftblab_text_string(picture), picture->length);
    ftblab_text_add(text, "</div>\n</figure>\n");
  }
  ftblab_done_words(picture, text);
  ftblab_done_words(note, text);
}

static ftblab_status add_pictures(const ftblab_report *report, const ftblab_subject *subject, size_t number,
                                  ftblab_text *text, ftblab_error *err)
{
  static const char about_sequence[] = "Lanes are roles; an arrow goes from who threw an event to who caught it (×4: "
                                       "four of that role). Numbers such as "
                                       "2(a) are the rows of the workflow's table. A cross, a heavy or dashed line and "
                                       "F1, F2, ... are findings; what is "
                                       "dashed is missing. Zigzags stand for pauses.";
  static const char about_hosts[] = "Rows are nodes, bars are jobs on them, by the facts of the trace.";
  ftblab_text picture = {0}, note = {0};
  ftblab_status status = ftblab_draw_sequence(report, subject, number, false, &picture, &note, err);
  add_picture("Sequence of events", about_sequence, &picture, &note, text);
  if (status == FTBLAB_OK)
    status = ftblab_draw_hosts(report, subject, number, false, &picture, &note, err);
  add_picture("Nodes and jobs", about_hosts, &picture, &note, text);
  return status;
}

static ftblab_status add_subject(const ftblab_report *report, size_t at, ftblab_text *text, ftblab_error *err)
{
  const ftblab_subject *subject = &report->subjects[at];
  const cJSON *verdict = ftblab_subject_verdict(subject);
  ftblab_text_addf(text, "<section id=\"s%zu\">\n<h2>", at + 1);
  ftblab_add_escaped(text, ftblab_string_slice(ftblab_string_at(verdict, "trace")), 0);
  ftblab_text_add(text, " ");
  add_verdict_word(verdict, text);
  ftblab_text_add(text, "</h2>\n");
  ftblab_status status = ftblab_write_verdict(report, subject, text, err);
  if (status == FTBLAB_OK && subject->has_trace && subject->log.count > 0)
    status = add_pictures(report, subject, at + 1, text, err);
  ftblab_text_add(text, "</section>\n");
  return status;
}

ftblab_status ftblab_write_page(const ftblab_report *report, ftblab_text *text, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  size_t shown = 0;
  ftblab_page_begin(report->count > 0 ? report->subjects[0].name : NULL, text);
  ftblab_text_add(text, "<header>\n<h1>ftblab report</h1>\n");
  for (size_t i = 0; i < report->count; i++)
    shown += !report->subjects[i].merged;
  if (shown > 1)
    add_contents(report, text);
  ftblab_text_add(text, "</header>\n<main>\n");
  for (size_t i = 0; i < report->count && status == FTBLAB_OK; i++)
    if (!report->subjects[i].merged)
      status = add_subject(report, i, text, err);
  ftblab_text_add(text, "</main>\n");
  ftblab_page_end(report->options.program, text);
  return status;
}
