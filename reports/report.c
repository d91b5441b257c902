/* report.c - writes a report in the format that was asked for. */
#include "subject.h"

#include <string.h>

/* The place of NAME among the names "a|b|c"; -1: it is none of them. */
static int place_of(const char *names, const char *name)
{
  size_t length = strlen(name);
  for (int place = 0; *names; place++) {
    size_t one = strcspn(names, "|");
    if (one == length && memcmp(names, name, length) == 0)
      return place;
    names += one + (names[one] == '|');
  }
  return -1;
}

bool ftblab_report_format_of(const char *name, ftblab_report_format *format)
{
  int place = place_of(FTBLAB_REPORT_FORMATS, name);
  if (place >= 0)
    *format = (ftblab_report_format)place;
  return place >= 0;
}

bool ftblab_picture_of(const char *name, ftblab_picture *picture)
{
  int place = place_of(FTBLAB_PICTURES, name);
  if (place >= 0)
    *picture = (ftblab_picture)place;
  return place >= 0;
}

/* The only trace; FTBLAB_EUSAGE: there is none, or there are several. */
static ftblab_status only_trace(const ftblab_report *report, const ftblab_subject **subject, ftblab_error *err)
{
  const ftblab_subject *found = NULL;
  for (size_t i = 0; i < report->count; i++) {
    if (report->subjects[i].merged)
      continue;
    if (found)
      return ftblab_fail(err, FTBLAB_EUSAGE, "this format takes one trace, and there are several");
    found = &report->subjects[i];
  }
  if (!found || !found->has_trace)
    return ftblab_fail(err, FTBLAB_EUSAGE, "this format needs a trace, a verdict alone is not enough");
  *subject = found;
  return FTBLAB_OK;
}

static ftblab_status draw(const ftblab_report *report, const ftblab_subject *subject, ftblab_picture picture,
                          ftblab_text *text, ftblab_error *err)
{
  ftblab_text note = {0};
  ftblab_status status = picture == FTBLAB_PICTURE_HOSTS
                             ? ftblab_draw_hosts(report, subject, 1, true, text, &note, err)
                             : ftblab_draw_sequence(report, subject, 1, true, text, &note, err);
  if (status == FTBLAB_OK && text->length == 0 && !text->failed)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: no fact names a node: there is nothing to draw", subject->name);
  ftblab_done_words(&note, text);
  return status;
}

static ftblab_status draw_png(const ftblab_report *report, const ftblab_subject *subject, ftblab_picture picture,
                              ftblab_text *text, ftblab_error *err)
{
  ftblab_text svg = {0};
  ftblab_status status = draw(report, subject, picture, &svg, err);
  if (status == FTBLAB_OK && !svg.failed)
    status = ftblab_write_png(&svg, text, err);
  ftblab_done_words(&svg, text);
  return status;
}

ftblab_status ftblab_report_write(ftblab_report *report, ftblab_report_format format, ftblab_picture picture,
                                  ftblab_text *text, ftblab_error *err)
{
  const ftblab_subject *subject = NULL;
  ftblab_status status = ftblab_subjects_settle(report, err);
  if (status == FTBLAB_OK && format != FTBLAB_REPORT_HTML && format != FTBLAB_REPORT_CSV)
    status = only_trace(report, &subject, err);
  if (status != FTBLAB_OK)
    return status;
  switch (format) {
  case FTBLAB_REPORT_HTML:
    return ftblab_write_page(report, text, err);
  case FTBLAB_REPORT_SVG:
    return draw(report, subject, picture, text, err);
  case FTBLAB_REPORT_PNG:
    return draw_png(report, subject, picture, text, err);
  case FTBLAB_REPORT_CSV:
    ftblab_write_rows(report, text);
    return FTBLAB_OK;
  case FTBLAB_REPORT_CHROME:
    return ftblab_write_chrome(report, subject, text, err);
  }
  return ftblab_fail(err, FTBLAB_EINTERNAL, "no such format of reports");
}
