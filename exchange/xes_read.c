/* xes_read.c - a log in XES, streamed: what is above an event, and attributes that are not ours, are passed over.
 *
 * A document type is refused: no XES file has one, and entities are how a small file becomes a huge one. */
#include <string.h>

#include <libxml/xmlreader.h>

#include "fields.h"

typedef struct xes {
  const char *name;
  ftblab_log *log;
  xmlTextReaderPtr reader;
  fields event;
  int event_depth; /* -1: not in an event */
  size_t line, column;
  field attribute;          /* the attribute of the event that is open; FIELD_COUNT: none of ours */
  bool log_seen, in_header; /* in_header: the attribute of the log that is open is the header */
  ftblab_status status;     /* of what went wrong first */
  ftblab_error *err;
} xes;

static int read_bytes(void *stream, char *buffer, int length)
{
  size_t count = fread(buffer, 1, (size_t)length, stream);
  return ferror((FILE *)stream) ? -1 : (int)count;
}

static void on_error(void *argument, xmlErrorPtr problem)
{
  xes *x = argument;
  if (x->status != FTBLAB_OK || problem->level < XML_ERR_ERROR)
    return;
  if (problem->code == XML_ERR_NO_MEMORY) {
    x->status = ftblab_fail(x->err, FTBLAB_ENOMEM, "no memory to read %s", x->name);
    return;
  }
  const char *text = problem->message != NULL ? problem->message : "not well-formed";
  if (problem->code == XML_ERR_DOCUMENT_END || problem->code == XML_ERR_DOCUMENT_EMPTY)
    text = "the document is empty or cut off, or something stands behind its end";
  size_t length = strcspn(text, "\n");
  x->status =
      ftblab_fail_at(x->err, x->name, problem->line > 0 ? (size_t)problem->line : 1,
                     problem->int2 > 0 ? (size_t)problem->int2 : 1, "%.*s", (int)(length < 200 ? length : 200), text);
}

static void mark_place(xes *x)
{
  int line = xmlTextReaderGetParserLineNumber(x->reader), column = xmlTextReaderGetParserColumnNumber(x->reader);
  x->line = line > 0 ? (size_t)line : 1;
  x->column = column > 0 ? (size_t)column : 1;
}

static void bad(xes *x, const char *reason)
{
  mark_place(x);
  x->status = ftblab_fail_at(x->err, x->name, x->line, x->column, "%s", reason);
}

static bool is_named(const xes *x, const char *name)
{
  return xmlStrEqual(xmlTextReaderConstLocalName(x->reader), BAD_CAST name);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static int hex(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \uXXXX at AT, which has four characters at least behind it or ends; -1: it is none. */
static int32_t unit_at(const char *at)
{
  int32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex(at[i]);
    if (digit < 0)
      return -1;
    unit = 16 * unit + digit;
  }
  return unit;
}

static void add_unit(ftblab_text *text, int32_t unit)
{
  char bytes[3];
  size_t length = unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  if (length == 1) {
    bytes[0] = (char)unit;
  } else if (length == 2) {
    bytes[0] = (char)(0xC0 | unit >> 6);
    bytes[1] = (char)(0x80 | (unit & 0x3F));
  } else {
    bytes[0] = (char)(0xE0 | unit >> 12);
    bytes[1] = (char)(0x80 | (unit >> 6 & 0x3F));
    bytes[2] = (char)(0x80 | (unit & 0x3F));
  }
  ftblab_text_add_bytes(text, bytes, length);
}

/* The string of JSON that xes_write.c makes: \", \\, and \u for what is no surrogate and no NUL. */
static bool take_json(const char *json, ftblab_text *text)
{
  ftblab_text_clear(text);
  if (*json++ != '"')
    return false;
  for (; *json != '\0' && *json != '"'; json++) {
    if (*json != '\\') {
      ftblab_text_add_bytes(text, json, 1);
      continue;
    }
    json++;
    if (*json == '"' || *json == '\\') {
      ftblab_text_add_bytes(text, json, 1);
      continue;
    }
    int32_t unit = *json == 'u' ? unit_at(json + 1) : -1;
    if (unit <= 0 || (unit >= 0xD800 && unit < 0xE000))
      return false;
    add_unit(text, unit);
    json += 4;
  }
  return json[0] == '"' && json[1] == '\0';
}

static void take_header(xes *x, const char *value)
{
  ftblab_error why = {0};
  ftblab_status status = ftblab_log_take_header(x->log, value, strlen(value), &why);
  if (status == FTBLAB_EINPUT)
    bad(x, why.text);
  else if (status != FTBLAB_OK)
    x->status = ftblab_fail(x->err, status, "%s", why.text);
}

static void take_header_json(xes *x, const char *json)
{
  ftblab_text header = {0};
  if (take_json(json, &header))
    take_header(x, ftblab_text_string(&header));
  else
    bad(x, "this is no string of JSON as ftblab writes it");
  ftblab_text_free(&header);
}

static void take_event_attribute(xes *x, const char *key, const char *value)
{
  x->attribute = ftblab_field_of(key, strlen(key));
  if (x->attribute == FIELD_COUNT)
    return;
  if (x->event.present[x->attribute])
    bad(x, "this attribute of the event is there twice");
  else
    ftblab_fields_set(&x->event, x->attribute, value, strlen(value));
}

/* An attribute of the log or of an event, or the "json" of such an attribute. */
static void take_attribute_value(xes *x, int depth, const char *key, const char *value)
{
  bool json = strcmp(key, "json") == 0;
  if (x->event_depth >= 0 && depth == x->event_depth + 1)
    take_event_attribute(x, key, value);
  else if (x->event_depth >= 0 && depth == x->event_depth + 2 && x->attribute != FIELD_COUNT && json) {
    if (!take_json(value, &x->event.values[x->attribute]))
      bad(x, "this is no string of JSON as ftblab writes it");
  } else if (x->event_depth < 0 && depth == 1) {
    x->in_header = strcmp(key, FTBLAB_HEADER_FIELD) == 0;
    if (x->in_header)
      take_header(x, value);
  } else if (x->event_depth < 0 && depth == 2 && x->in_header && json) {
    take_header_json(x, value);
  }
}

static void take_attribute(xes *x, int depth)
{
  xmlChar *key = xmlTextReaderGetAttribute(x->reader, BAD_CAST "key");
  xmlChar *value = xmlTextReaderGetAttribute(x->reader, BAD_CAST "value");
  if (key != NULL && value != NULL)
    take_attribute_value(x, depth, (const char *)key, (const char *)value);
  xmlFree(key);
  xmlFree(value);
}

/* ---- the document ----------------------------------------------------------------------------------------------- */

static void end_event(xes *x)
{
  x->event_depth = -1;
  x->status = ftblab_fields_keep(&x->event, x->log, x->name, x->line, x->column, x->err);
}

static void take_element(xes *x)
{
  int depth = xmlTextReaderDepth(x->reader);
  if (depth == 0) {
    x->log_seen = is_named(x, "log");
    if (!x->log_seen)
      bad(x, "the outermost element of XES is <log>");
  } else if (x->event_depth < 0 && is_named(x, "event")) {
    mark_place(x);
    ftblab_fields_clear(&x->event);
    x->event_depth = depth;
    x->attribute = FIELD_COUNT;
    if (xmlTextReaderIsEmptyElement(x->reader))
      end_event(x);
  } else {
    if (x->event_depth >= 0 && depth == x->event_depth + 1)
      x->attribute = FIELD_COUNT;
    if (depth == 1)
      x->in_header = false;
    take_attribute(x, depth);
  }
}

static void take_node(xes *x)
{
  switch (xmlTextReaderNodeType(x->reader)) {
  case XML_READER_TYPE_DOCUMENT_TYPE:
    bad(x, "a document type is not allowed here");
    break;
  case XML_READER_TYPE_ELEMENT:
    take_element(x);
    break;
  case XML_READER_TYPE_END_ELEMENT:
    if (x->event_depth >= 0 && xmlTextReaderDepth(x->reader) == x->event_depth)
      end_event(x);
    break;
  default:
    break;
  }
}

ftblab_status ftblab_xes_read(ftblab_log *log, FILE *stream, const char *name, ftblab_error *err)
{
  xes x = {.name = name, .log = log, .event_depth = -1, .attribute = FIELD_COUNT, .err = err};
  x.reader = xmlReaderForIO(read_bytes, NULL, stream, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
  if (x.reader == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to read %s", name);
  xmlTextReaderSetStructuredErrorHandler(x.reader, on_error, &x);
  int more = 0;
  while (x.status == FTBLAB_OK && (more = xmlTextReaderRead(x.reader)) == 1)
    take_node(&x);
  if (x.status == FTBLAB_OK && (more < 0 || !x.log_seen))
    bad(&x, ferror(stream) ? "cannot be read" : "not well-formed XML");
  xmlFreeTextReader(x.reader);
  ftblab_fields_free(&x.event);
  return x.status;
}
