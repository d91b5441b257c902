/* xes_write.c - a trace as XES (IEEE 1849-2016): a trace of the log for each case, an event for each record of it.
 *
 * What must hold: the document is well-formed whatever a record holds. A value with a character that XML has none for
 * (most control characters) stands there with U+FFFD for it, and has an attribute of its own, "json", with the whole
 * value as a string of JSON. */
#include <string.h>

#include "fields.h"

#define INDENT "      "

/* The value as a JSON string in ASCII or what XML can hold. */
static void add_json_of(ftblab_text *text, const char *value, size_t count)
{
  ftblab_text json = {0};
  ftblab_text_add(&json, "\"");
  while (count > 0) {
    size_t length = ftblab_utf8_character(value, count);
    const unsigned char *c = (const unsigned char *)value;
    if (length == 3 && c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE)
      ftblab_text_addf(&json, "\\uff%02x", c[2] + 0x40u); /* U+FFFE is EF BF BE */
    else if (length == 1 && (c[0] == '"' || c[0] == '\\'))
      ftblab_text_addf(&json, "\\%c", c[0]);
    else if (length == 1 && c[0] < 0x20)
      ftblab_text_addf(&json, "\\u%04x", c[0]);
    else if (length == 0)
      ftblab_text_add(&json, "\xEF\xBF\xBD");
    else
      ftblab_text_add_bytes(&json, value, length);
    length = length == 0 ? 1 : length;
    value += length;
    count -= length;
  }
  ftblab_text_add(&json, "\"");
  (void)ftblab_text_add_xml(text, ftblab_text_string(&json), json.length, true); /* it has nothing that is lost */
  text->failed = text->failed || json.failed;
  ftblab_text_free(&json);
}

static void add_attribute(ftblab_text *text, const char *indent, const char *type, const char *key, const char *value,
                          size_t length)
{
  ftblab_text_addf(text, "%s<%s key=\"%s\" value=\"", indent, type, key);
  if (ftblab_text_add_xml(text, value, length, true)) {
    ftblab_text_add(text, "\"/>\n");
    return;
  }
  ftblab_text_add(text, "\"><string key=\"json\" value=\"");
  add_json_of(text, value, length);
  ftblab_text_addf(text, "\"/></%s>\n", type);
}

/* XES has integers of 64 bits with a sign: greater ones go out as strings. */
static const char *type_of(field at, const ftblab_text *value)
{
  static const char greatest[] = "9223372036854775807";
  size_t digits = strlen(greatest);
  if (at == FIELD_TIME)
    return "date";
  if (at != FIELD_LINE && at != FIELD_SEQ && at != FIELD_CAUSE)
    return "string";
  bool fits = value->length < digits || (value->length == digits && strcmp(value->data, greatest) <= 0);
  return fits ? "int" : "string";
}

static void add_event(const ftblab_record *record, const char *row, fields *f, ftblab_text *text)
{
  ftblab_fields_from(f, record, row);
  ftblab_text_add(text, "    <event>\n");
  for (int at = 0; at < FIELD_COUNT; at++)
    if (f->present[at])
      add_attribute(text, INDENT, type_of((field)at, &f->values[at]), ftblab_field_names[at],
                    ftblab_text_string(&f->values[at]), f->values[at].length);
  ftblab_text_add(text, "    </event>\n");
}

static void add_case(const ftblab_log *log, const ftblab_case *c, fields *f, ftblab_text *text)
{
  ftblab_text_add(text, "  <trace>\n");
  add_attribute(text, "    ", "string", "concept:name", c->name, strlen(c->name));
  if (c->verdict != NULL)
    add_attribute(text, "    ", "string", "verdict", c->verdict, strlen(c->verdict));
  for (size_t i = 0; i < c->count; i++)
    add_event(&log->records[c->records[i]], c->rows[i], f, text);
  ftblab_text_add(text, "  </trace>\n");
}

static void add_header(const ftblab_log *log, ftblab_text *text)
{
  ftblab_text header = {0};
  if (!log->header.present)
    return;
  ftblab_trace_header_write(&log->header, &header);
  if (header.length > 0)
    add_attribute(text, "  ", "string", FTBLAB_HEADER_FIELD, header.data, header.length - 1);
  text->failed = text->failed || header.failed;
  ftblab_text_free(&header);
}

void ftblab_xes_write(const ftblab_log *log, const ftblab_cases *cases, ftblab_text *text)
{
  static const char *const extensions[][2] = {
      {"Concept", "concept"}, {"Time", "time"}, {"Organizational", "org"}, {"Lifecycle", "lifecycle"}};
  fields f = {0};
  ftblab_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<log xes.version=\"1849-2016\" xes.features=\"nested-attributes\" "
                        "xmlns=\"http://www.xes-standard.org/\">\n");
  for (size_t i = 0; i < FTBLAB_COUNT(extensions); i++)
    ftblab_text_addf(text, "  <extension name=\"%s\" prefix=\"%s\" uri=\"http://www.xes-standard.org/%s.xesext\"/>\n",
                     extensions[i][0], extensions[i][1], extensions[i][1]);
  ftblab_text_add(text, "  <global scope=\"trace\">\n    <string key=\"concept:name\" value=\"\"/>\n  </global>\n"
                        "  <global scope=\"event\">\n    <string key=\"concept:name\" value=\"\"/>\n"
                        "    <date key=\"time:timestamp\" value=\"1970-01-01T00:00:00.000000000Z\"/>\n"
                        "    <string key=\"org:resource\" value=\"\"/>\n"
                        "    <string key=\"lifecycle:transition\" value=\"complete\"/>\n  </global>\n"
                        "  <classifier name=\"Activity\" scope=\"event\" keys=\"concept:name\"/>\n");
  add_header(log, text);
  for (size_t i = 0; i < cases->count; i++)
    add_case(log, &cases->cases[i], &f, text);
  ftblab_text_add(text, "</log>\n");
  text->failed = text->failed || ftblab_fields_failed(&f);
  ftblab_fields_free(&f);
}
