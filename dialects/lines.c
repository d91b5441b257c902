/* lines.c - a log as lines, and patterns held against them. What must hold: the lines stand one behind the other with
 * one newline between them, so that a pattern for several lines sees them as they are. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STEPS 2000000 /* chosen: what a pattern may try at one place before it is called too slow */

/* ---- matching --------------------------------------------------------------------------------------------------- */

ftblab_status ftblab_matcher_new(matcher *m, ftblab_error *err)
{
  m->data = pcre2_match_data_create(64, NULL);
  m->context = pcre2_match_context_create(NULL);
  if (m->data == NULL || m->context == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to match patterns");
  pcre2_set_match_limit(m->context, MOST_STEPS);
  return FTBLAB_OK;
}

void ftblab_matcher_free(matcher *m)
{
  pcre2_match_data_free(m->data);
  pcre2_match_context_free(m->context);
}

ftblab_status ftblab_match(matcher *m, const pattern *p, const char *subject, size_t length, ftblab_slice *fields,
                           bool *found, size_t *start, size_t *end, ftblab_error *err)
{
  int count = pcre2_match(p->code, (PCRE2_SPTR)subject, length, 0, 0, m->data, m->context);
  *found = count >= 0;
  if (count == PCRE2_ERROR_NOMATCH)
    return FTBLAB_OK;
  if (count < 0) {
    PCRE2_UCHAR why[160] = "";
    pcre2_get_error_message(count, why, sizeof why);
    return ftblab_fail(err, FTBLAB_EINPUT, "a pattern of the dialect fails on this line: %s", (const char *)why);
  }
  const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);
  *start = at[0];
  *end = at[1];
  for (uint32_t g = 1; fields != NULL && g <= p->groups && g < (uint32_t)count; g++)
    if (p->fields[g] != NO_FIELD && at[2 * g] != PCRE2_UNSET)
      fields[p->fields[g]] = (ftblab_slice){subject + at[2 * g], at[2 * g + 1] - at[2 * g]};
  return FTBLAB_OK;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* Cut out of the line, in place, whatever P matches. */
static ftblab_status strip(matcher *m, const pattern *p, char *line, size_t *length, ftblab_error *err)
{
  for (size_t from = 0; from <= *length;) {
    bool found;
    size_t start, end;
    ftblab_status status = ftblab_match(m, p, line + from, *length - from, NULL, &found, &start, &end, err);
    if (status != FTBLAB_OK || !found)
      return status;
    if (end == start) /* nothing to cut: look behind it */
      from += start + 1;
    else {
      memmove(line + from + start, line + from + end, *length - from - end);
      *length -= end - start;
      from += start;
    }
  }
  return FTBLAB_OK;
}

static ftblab_status add_line(log_text *text, size_t at, size_t length, uint64_t number, ftblab_error *err)
{
  if (text->count == text->capacity) {
    size_t capacity = text->capacity ? 2 * text->capacity : 1024;
    log_line *grown = realloc(text->lines, capacity * sizeof *grown);
    if (grown == NULL)
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the lines of a log");
    text->lines = grown;
    text->capacity = capacity;
  }
  text->lines[text->count++] = (log_line){.data = text->data + at, .length = length, .number = number};
  return FTBLAB_OK;
}

/* Where the line that begins at AT ends. In a table a quoted value may have line ends in it. */
static size_t end_of_line(const char *data, size_t at, size_t length, bool quotes)
{
  bool quoted = false;
  for (; at < length && (data[at] != '\n' || quoted); at++)
    quoted = quotes && data[at] == '"' ? !quoted : quoted;
  return at;
}

static size_t count_newlines(const char *data, size_t length)
{
  size_t count = 0;
  for (size_t i = 0; i < length; i++)
    count += data[i] == '\n';
  return count;
}

static ftblab_status split(log_text *text, const ftblab_dialect *dialect, size_t length, matcher *m, ftblab_error *err)
{
  size_t to = 0;
  uint64_t number = 1;
  ftblab_status status = FTBLAB_OK;
  for (size_t at = 0; at < length && status == FTBLAB_OK;) {
    size_t end = end_of_line(text->data, at, length, dialect->form == FORM_CSV), span = end - at;
    size_t newlines = count_newlines(text->data + at, span);
    memmove(text->data + to, text->data + at, span);
    while (span > 0 && text->data[to + span - 1] == '\r')
      span--;
    for (size_t i = 0; i < dialect->strip_count && status == FTBLAB_OK; i++)
      status = strip(m, dialect->strips[i], text->data + to, &span, err);
    if (status == FTBLAB_OK)
      status = add_line(text, to, span, number, err);
    to += span;
    text->data[to++] = '\n';
    number += newlines + 1;
    at = end + 1;
  }
  return status;
}

ftblab_status ftblab_log_text_read(log_text *text, const ftblab_dialect *dialect, FILE *stream, const char *name,
                                   ftblab_error *err)
{
  ftblab_text whole = {0};
  matcher m = {0};
  ftblab_status status = ftblab_read_stream(stream, name, &whole, err);
  if (status == FTBLAB_OK)
    ftblab_text_add(&whole, "\n"); /* room for the end of a last line without one */
  if (status == FTBLAB_OK && whole.failed)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory to read %s", name);
  if (status == FTBLAB_OK)
    status = ftblab_matcher_new(&m, err);
  text->data = whole.data;
  static const char mark[] = "\xEF\xBB\xBF";
  size_t skip = whole.length > 3 && memcmp(whole.data, mark, 3) == 0 ? 3 : 0;
  if (status == FTBLAB_OK && skip > 0)
    memmove(whole.data, whole.data + skip, whole.length - skip);
  if (status == FTBLAB_OK)
    status = split(text, dialect, whole.length - skip - 1, &m, err);
  ftblab_matcher_free(&m);
  return status;
}

void ftblab_log_text_free(log_text *text)
{
  free(text->data);
  free(text->lines);
}
