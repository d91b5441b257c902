/* verdict_formats.c - the formats of verdicts, by name. Text and JSON stand for each trace alone, the others are one
 * document for all traces. */
#include <string.h>

#include "verdict.h"

bool ftblab_format_of(const char *name, ftblab_format *format)
{
  const char *at = FTBLAB_FORMATS;
  for (int i = 0; *at != '\0'; i++) {
    size_t length = strcspn(at, "|");
    if (strlen(name) == length && strncmp(name, at, length) == 0) {
      *format = (ftblab_format)i;
      return true;
    }
    at += length + (at[length] == '|');
  }
  return false;
}

static void write_each(const ftblab_verdict *const *verdicts, size_t count, bool json, bool colour, ftblab_text *text)
{
  for (size_t i = 0; i < count; i++) {
    if (verdicts[i]->unread)
      continue;
    if (json)
      ftblab_verdict_write_json(verdicts[i], text);
    else
      ftblab_verdict_write_text(verdicts[i], colour, text);
  }
}

void ftblab_verdicts_write(const ftblab_verdict *const *verdicts, size_t count, ftblab_format format, bool colour,
                           ftblab_text *text)
{
  switch (format) {
  case FTBLAB_FORMAT_TEXT:
  case FTBLAB_FORMAT_JSON:
    write_each(verdicts, count, format == FTBLAB_FORMAT_JSON, colour, text);
    break;
  case FTBLAB_FORMAT_JUNIT:
    ftblab_write_junit(verdicts, count, text);
    break;
  case FTBLAB_FORMAT_TAP:
    ftblab_write_tap(verdicts, count, text);
    break;
  case FTBLAB_FORMAT_SARIF:
    ftblab_write_sarif(verdicts, count, text);
    break;
  case FTBLAB_FORMAT_GITHUB:
    ftblab_write_github(verdicts, count, text);
    break;
  }
}
