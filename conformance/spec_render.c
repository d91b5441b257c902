/* spec_render.c - words into columns. Widths are counted in characters, because the document has typographic quotes. */
#include "spec_render.h"

#include <string.h>

static size_t characters(const char *bytes, size_t count)
{
  size_t characters = 0;
  for (size_t i = 0; i < count; i++)
    characters += ((unsigned char)bytes[i] & 0xC0) != 0x80;
  return characters;
}

size_t ftblab_render_width(const char *string)
{
  return characters(string, strlen(string));
}

/* Characters of the last line of TEXT. */
static size_t column_of(const ftblab_text *text)
{
  const char *string = ftblab_text_string(text);
  size_t start = text->length;
  while (start > 0 && string[start - 1] != '\n')
    start--;
  return characters(string + start, text->length - start);
}

void ftblab_render_column(ftblab_text *text, size_t column)
{
  size_t at = column_of(text);
  ftblab_text_addf(text, "%*s", (int)(at < column ? column - at : 1), "");
}

void ftblab_render_wrapped(ftblab_text *text, const char *string, size_t indent)
{
  size_t column = column_of(text);
  bool first = true;
  while (*string) {
    size_t length = strcspn(string, " \n"), width = characters(string, length);
    if (!first && column + 1 + width > FTBLAB_PAGE_WIDTH) {
      ftblab_text_addf(text, "\n%*s", (int)indent, "");
      column = indent;
    } else if (!first) {
      ftblab_text_add(text, " ");
      column++;
    }
    ftblab_text_add_bytes(text, string, length);
    column += width;
    first = false;
    string += length;
    if (*string == '\n' && string[1]) {
      ftblab_text_addf(text, "\n%*s", (int)indent, "");
      column = indent;
      first = true;
    }
    string += *string != '\0';
  }
  ftblab_text_add(text, "\n");
}

void ftblab_render_roles(const ftblab_spec *spec, ftblab_text *text, uint64_t set)
{
  const char *separator = "";
  for (size_t i = 0; i < spec->role_count; i++)
    if (set >> i & 1) {
      ftblab_text_addf(text, "%s%s", separator, spec->roles[i].name);
      separator = ", ";
    }
  if (!set)
    ftblab_text_add(text, "-");
}

void ftblab_render_errata(ftblab_text *text, const ftblab_erratum *errata, size_t count, const char *place)
{
  for (size_t i = 0; i < count; i++) {
    ftblab_text_addf(text, "  %-4s ", errata[i].id);
    if (*place)
      ftblab_text_addf(text, "%s: ", place);
    ftblab_render_wrapped(text, errata[i].text, 7);
  }
}

void ftblab_render_quantity(const ftblab_spec *spec, ftblab_text *text, const ftblab_row *row)
{
  const char *separator = "";
  if (row->choice) {
    ftblab_text_addf(text, "if %s: %s", row->choice_name, row->branch_name);
    separator = ", ";
  }
  if (row->each != FTBLAB_NONE) {
    ftblab_text_addf(text, "%sfor each of %s", separator, spec->variables[row->each]);
    separator = ", ";
  }
  if (row->optional)
    ftblab_text_addf(text, "%soptional", separator);
}

const char *ftblab_render_channel(ftblab_channel channel)
{
  static const char *const names[] = {"not said", "reliable", "unreliable"};
  return names[channel];
}

const char *ftblab_render_type(ftblab_event_kind type)
{
  static const char *const names[] = {"not said", "normal", "response"};
  return names[type];
}

ftblab_status ftblab_render_done(const ftblab_text *text, ftblab_error *err)
{
  return text->failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory") : FTBLAB_OK;
}

ftblab_status ftblab_render_unknown(const ftblab_spec *spec, const char *id, const char *what, ftblab_error *err)
{
  const char *names[512];
  size_t count = 0;
  for (size_t i = 0; i < spec->workflow_count && count < FTBLAB_COUNT(names); i++)
    names[count++] = spec->workflows[i].id;
  for (size_t i = 0; i < spec->event_count && count < FTBLAB_COUNT(names); i++)
    names[count++] = spec->events[i].name;
  const char *near = ftblab_nearest(id, names, count);
  return ftblab_fail(err, FTBLAB_EUSAGE, "no %s '%s'%s%s%s", what, id, near ? " (did you mean '" : "", near ? near : "",
                     near ? "'?)" : " (see: ftblab spec list)");
}

void ftblab_render_row_name(const ftblab_spec *spec, ftblab_text *text, const ftblab_row *row)
{
  ftblab_text_addf(text, "%s %s %s %s", row->step, spec->roles[row->component].name, ftblab_action_name(row->action),
                   row->printed);
}

bool ftblab_row_may_be_absent(const ftblab_row *row)
{
  return row->optional || row->unless != FTBLAB_NONE;
}
