/* trace_read.c - reading a trace, format version 1 (JSON Lines), one line at a time from a stream.
 *
 * Memory is bounded by the longest line. A bad record is reported with line and column and skipped: the reader is
 * then at the next line, and the caller decides whether to go on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "scan.h"

#define CHUNK 65536

struct ftblab_trace_reader {
  FILE *stream;
  char *name;
  char *buffer;
  size_t start, end, capacity; /* unread bytes are buffer[start..end) */
  bool at_end;
  uint64_t line; /* of the line last taken */
  char *scratch; /* unescaped strings of the current record */
  size_t scratch_used, scratch_capacity;
  ftblab_trace_header header;
  bool header_read;
  const char *kept; /* a first line that was no header: the first record */
  size_t kept_length;
};

ftblab_status ftblab_trace_reader_new(FILE *stream, const char *name, ftblab_trace_reader **reader, ftblab_error *err)
{
  ftblab_trace_reader *r = calloc(1, sizeof *r);
  if (r != NULL)
    r->name = strdup(name);
  if (r == NULL || r->name == NULL) {
    free(r);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to read %s", name);
  }
  r->stream = stream;
  *reader = r;
  return FTBLAB_OK;
}

void ftblab_trace_reader_free(ftblab_trace_reader *reader)
{
  if (reader == NULL)
    return;
  free(reader->name);
  free(reader->buffer);
  free(reader->scratch);
  free(reader);
}

/* ---- lines ------------------------------------------------------------------------------------- */

static ftblab_status fill(ftblab_trace_reader *r, ftblab_error *err)
{
  if (r->start > 0) {
    memmove(r->buffer, r->buffer + r->start, r->end - r->start);
    r->end -= r->start;
    r->start = 0;
  }
  if (r->capacity - r->end < CHUNK) {
    size_t capacity = r->capacity == 0 ? 4 * CHUNK : 2 * r->capacity;
    char *buffer = realloc(r->buffer, capacity);
    if (buffer == NULL)
      return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for a line of %zu bytes", r->name, r->end);
    r->buffer = buffer;
    r->capacity = capacity;
  }
  errno = 0;
  size_t got = fread(r->buffer + r->end, 1, r->capacity - r->end, r->stream);
  if (got == 0) {
    if (ferror(r->stream))
      return ftblab_fail(err, FTBLAB_EINPUT, "%s: cannot read: %s", r->name, strerror(errno));
    r->at_end = true;
  }
  r->end += got;
  return FTBLAB_OK;
}

/* The next line without its end; *LINE is NULL at the end of the stream. */
static ftblab_status take_line(ftblab_trace_reader *r, const char **line, size_t *length, ftblab_error *err)
{
  size_t searched = 0;
  for (;;) {
    size_t unread = r->end - r->start;
    const char *newline = unread > searched ? memchr(r->buffer + r->start + searched, '\n', unread - searched) : NULL;
    if (newline == NULL && !r->at_end) {
      searched = unread;
      ftblab_status status = fill(r, err);
      if (status != FTBLAB_OK)
        return status;
      continue;
    }
    if (newline == NULL && unread == 0) {
      *line = NULL;
      return FTBLAB_OK;
    }
    *line = r->buffer + r->start;
    *length = newline != NULL ? (size_t)(newline - *line) : unread;
    r->start += *length + (newline != NULL);
    if (*length > 0 && (*line)[*length - 1] == '\r')
      --*length;
    r->line++;
    return FTBLAB_OK;
  }
}

static bool is_blank(const char *line, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (line[i] != ' ' && line[i] != '\t')
      return false;
  return true;
}

/* The next line that is not blank. */
static ftblab_status take_full_line(ftblab_trace_reader *r, const char **line, size_t *length, ftblab_error *err)
{
  do {
    ftblab_status status = take_line(r, line, length, err);
    if (status != FTBLAB_OK || *line == NULL)
      return status;
    if (r->line == 1 && *length >= 3 && memcmp(*line, "\xEF\xBB\xBF", 3) == 0) {
      *line += 3;
      *length -= 3;
    }
  } while (is_blank(*line, *length));
  return FTBLAB_OK;
}

/* ---- values -------------------------------------------------------------------------------------- */

static ftblab_status bad_record(const ftblab_trace_reader *r, const ftblab_scan *scan, ftblab_error *err)
{
  return ftblab_fail_at(err, r->name, r->line, scan->at + 1, "%s", scan->reason);
}

static bool wrong(ftblab_scan *scan, size_t at, const char *reason)
{
  scan->at = at;
  scan->reason = reason;
  return false;
}

/* A string, unescaped into the scratch of the record, which has room for the whole line. */
static bool take_string(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_slice *into)
{
  bool escaped;
  if (!ftblab_scan_string(scan, into, &escaped))
    return false;
  if (!escaped)
    return true;
  char *room = r->scratch + r->scratch_used;
  size_t written;
  if (!ftblab_scan_unescape(into->data, into->length, room, &written))
    return wrong(scan, scan->at, "bad escape in a string");
  r->scratch_used += written;
  *into = (ftblab_slice){room, written};
  return true;
}

static bool equals(ftblab_slice slice, const char *word)
{
  return slice.length == strlen(word) && memcmp(slice.data, word, slice.length) == 0;
}

static bool take_action(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_action *action)
{
  ftblab_scan_space(scan);
  size_t at = scan->at;
  ftblab_slice word;
  if (!take_string(r, scan, &word))
    return false;
  for (ftblab_action a = FTBLAB_REGISTER; a <= FTBLAB_FACT; a++)
    if (equals(word, ftblab_action_name(a))) {
      *action = a;
      return true;
    }
  return wrong(scan, at, "action must be \"register\", \"throw\", \"catch\" or \"fact\"");
}

enum key {
  KEY_T,
  KEY_COMPONENT,
  KEY_ACTION,
  KEY_EVENT,
  KEY_PAYLOAD,
  KEY_INSTANCE,
  KEY_HOST,
  KEY_CHANNEL,
  KEY_SEVERITY,
  KEY_TYPE,
  KEY_SPACE,
  KEY_NOTE,
  KEY_SEQ,
  KEY_CAUSE,
  KEY_COUNT
};
static const char *const key_names[KEY_COUNT] = {"t",        "component", "action",  "event",    "payload",
                                                 "instance", "host",      "channel", "severity", "type",
                                                 "space",    "note",      "seq",     "cause"};

static enum key find_key(ftblab_slice name)
{
  for (int k = 0; k < KEY_COUNT; k++)
    if (equals(name, key_names[k]))
      return (enum key)k;
  return KEY_COUNT;
}

static bool take_value(ftblab_trace_reader *r, ftblab_scan *scan, enum key key, ftblab_record *record)
{
  ftblab_slice *const strings[KEY_COUNT] = {[KEY_COMPONENT] = &record->component, [KEY_EVENT] = &record->event,
                                            [KEY_PAYLOAD] = &record->payload,     [KEY_INSTANCE] = &record->instance,
                                            [KEY_HOST] = &record->host,           [KEY_CHANNEL] = &record->channel,
                                            [KEY_SEVERITY] = &record->severity,   [KEY_TYPE] = &record->type,
                                            [KEY_SPACE] = &record->space,         [KEY_NOTE] = &record->note};
  switch (key) {
  case KEY_T:
    return ftblab_scan_seconds(scan, &record->t);
  case KEY_ACTION:
    return take_action(r, scan, &record->action);
  case KEY_SEQ:
    record->has_seq = true;
    return ftblab_scan_unsigned(scan, &record->seq);
  case KEY_CAUSE:
    record->has_cause = true;
    return ftblab_scan_unsigned(scan, &record->cause);
  case KEY_COUNT:
    return ftblab_scan_skip(scan);
  default:
    return take_string(r, scan, strings[key]);
  }
}

/* Behind a member: true with *MORE when another follows. Refuses text behind the object. */
static bool take_separator(ftblab_scan *scan, bool *more)
{
  ftblab_scan_space(scan);
  char c = scan->at < scan->length ? scan->text[scan->at] : '\0';
  if (c == ',') {
    scan->at++;
    *more = true;
    return true;
  }
  if (c != '}')
    return wrong(scan, scan->at,
                 scan->at < scan->length ? "expected ',' or '}'" : "line ends inside the object (truncated?)");
  scan->at++;
  ftblab_scan_space(scan);
  *more = false;
  return scan->at == scan->length || wrong(scan, scan->at, "text behind the object");
}

static bool ready_scratch(ftblab_trace_reader *r, size_t length)
{
  r->scratch_used = 0;
  if (r->scratch_capacity >= length)
    return true;
  char *scratch = realloc(r->scratch, length);
  if (scratch == NULL)
    return false;
  r->scratch = scratch;
  r->scratch_capacity = length;
  return true;
}

static bool has_needed_keys(ftblab_scan *scan, unsigned seen)
{
  static const struct {
    enum key key;
    const char *reason;
  } needed[] = {{KEY_T, "needed key \"t\" is missing"},
                {KEY_COMPONENT, "needed key \"component\" is missing"},
                {KEY_ACTION, "needed key \"action\" is missing"},
                {KEY_EVENT, "needed key \"event\" is missing"}};
  for (size_t i = 0; i < FTBLAB_COUNT(needed); i++)
    if (!(seen & 1u << needed[i].key))
      return wrong(scan, 0, needed[i].reason);
  return true;
}

static bool scan_record(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_record *record)
{
  unsigned seen = 0;
  if (!ftblab_scan_mark(scan, '{'))
    return false;
  ftblab_scan_space(scan);
  bool more = !(scan->at < scan->length && scan->text[scan->at] == '}');
  if (!more)
    return wrong(scan, 0, "needed key \"t\" is missing");
  while (more) {
    ftblab_slice name;
    ftblab_scan_space(scan);
    size_t at = scan->at;
    if (!take_string(r, scan, &name))
      return false;
    enum key key = find_key(name);
    if (key != KEY_COUNT && seen & 1u << key)
      return wrong(scan, at, "the same key twice");
    seen |= 1u << key;
    if (!ftblab_scan_mark(scan, ':') || !take_value(r, scan, key, record) || !take_separator(scan, &more))
      return false;
  }
  return has_needed_keys(scan, seen);
}

/* ---- the header ------------------------------------------------------------------------------------ */

static bool take_observes(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_trace_header *header)
{
  if (!ftblab_scan_mark(scan, '['))
    return false;
  memset(header->observes, 0, sizeof header->observes);
  ftblab_scan_space(scan);
  if (scan->at < scan->length && scan->text[scan->at] == ']') {
    scan->at++;
    return true;
  }
  for (;;) {
    ftblab_action action = FTBLAB_FACT;
    ftblab_scan_space(scan);
    size_t at = scan->at;
    ftblab_slice word;
    if (!take_string(r, scan, &word))
      return false;
    for (ftblab_action a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++)
      if (equals(word, ftblab_action_name(a)))
        action = a;
    if (action == FTBLAB_FACT)
      return wrong(scan, at, "observes lists \"register\", \"throw\" and \"catch\"");
    header->observes[action] = true;
    ftblab_scan_space(scan);
    char c = scan->at < scan->length ? scan->text[scan->at] : '\0';
    if (c != ',' && c != ']')
      return wrong(scan, scan->at, "expected ',' or ']'");
    scan->at++;
    if (c == ']')
      return true;
  }
}

static bool take_start(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_trace_header *header)
{
  ftblab_scan_space(scan);
  size_t at = scan->at;
  ftblab_slice word;
  if (!take_string(r, scan, &word))
    return false;
  if (equals(word, "boot"))
    header->start = FTBLAB_START_BOOT;
  else if (equals(word, "mid"))
    header->start = FTBLAB_START_MID;
  else
    return wrong(scan, at, "start must be \"boot\" or \"mid\"");
  return true;
}

static bool take_header_value(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_slice name, ftblab_trace_header *header)
{
  ftblab_scan_space(scan);
  size_t at = scan->at;
  if (equals(name, "ftblab_trace")) {
    uint64_t version;
    if (!ftblab_scan_unsigned(scan, &version))
      return false;
    return version == 1 || wrong(scan, at, "trace format version must be 1");
  }
  if (equals(name, "source")) {
    ftblab_slice source;
    if (!take_string(r, scan, &source))
      return false;
    size_t length = source.length < sizeof header->source ? source.length : sizeof header->source - 1;
    memcpy(header->source, source.data, length);
    header->source[length] = '\0';
    return true;
  }
  if (equals(name, "observes"))
    return take_observes(r, scan, header);
  if (equals(name, "start"))
    return take_start(r, scan, header);
  if (equals(name, "tie")) {
    if (!ftblab_scan_seconds(scan, &header->tie))
      return false;
    return header->tie >= 0 || wrong(scan, at, "tie must not be negative");
  }
  return ftblab_scan_skip(scan);
}

static bool scan_header(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_trace_header *header)
{
  bool more = true;
  if (!ftblab_scan_mark(scan, '{'))
    return false;
  while (more) {
    ftblab_slice name;
    if (!take_string(r, scan, &name) || !ftblab_scan_mark(scan, ':') || !take_header_value(r, scan, name, header) ||
        !take_separator(scan, &more))
      return false;
  }
  return true;
}

/* A header is an object whose keys include "ftblab_trace"; a record that happens to be broken is none. */
static bool looks_like_header(const char *line, size_t length)
{
  ftblab_scan scan = {.text = line, .length = length};
  bool more = true;
  if (!ftblab_scan_mark(&scan, '{'))
    return false;
  while (more) {
    ftblab_slice name;
    bool escaped;
    if (!ftblab_scan_string(&scan, &name, &escaped))
      return false;
    if (equals(name, "ftblab_trace"))
      return true;
    if (!ftblab_scan_mark(&scan, ':') || !ftblab_scan_skip(&scan) || !take_separator(&scan, &more))
      return false;
  }
  return false;
}

static ftblab_status read_header(ftblab_trace_reader *r, ftblab_error *err)
{
  ftblab_trace_header header = {.observes = {true, true, true}};
  const char *line;
  size_t length = 0;
  ftblab_status status = take_full_line(r, &line, &length, err);
  if (status != FTBLAB_OK)
    return status;
  if (line != NULL && looks_like_header(line, length)) {
    ftblab_scan scan = {.text = line, .length = length};
    if (!ready_scratch(r, length))
      return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for a line of %zu bytes", r->name, length);
    header.present = true;
    if (!scan_header(r, &scan, &header))
      return bad_record(r, &scan, err);
  } else {
    r->kept = line;
    r->kept_length = length;
  }
  r->header = header;
  r->header_read = true;
  return FTBLAB_OK;
}

ftblab_status ftblab_trace_reader_header(ftblab_trace_reader *reader, ftblab_trace_header *header, ftblab_error *err)
{
  if (!reader->header_read) {
    ftblab_status status = read_header(reader, err);
    if (status != FTBLAB_OK)
      return status;
  }
  *header = reader->header;
  return FTBLAB_OK;
}

ftblab_status ftblab_trace_reader_next(ftblab_trace_reader *reader, ftblab_record *record, bool *more,
                                       ftblab_error *err)
{
  const char *line = NULL;
  size_t length = 0;
  if (!reader->header_read) {
    ftblab_status status = read_header(reader, err);
    if (status != FTBLAB_OK)
      return status;
  }
  if (reader->kept != NULL) {
    line = reader->kept;
    length = reader->kept_length;
    reader->kept = NULL;
  } else {
    ftblab_status status = take_full_line(reader, &line, &length, err);
    if (status != FTBLAB_OK)
      return status;
  }
  *more = line != NULL;
  if (line == NULL)
    return FTBLAB_OK;
  if (!ready_scratch(reader, length))
    return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for a line of %zu bytes", reader->name, length);
  ftblab_record result = {.line = reader->line};
  ftblab_scan scan = {.text = line, .length = length};
  if (!scan_record(reader, &scan, &result))
    return bad_record(reader, &scan, err);
  *record = result;
  return FTBLAB_OK;
}
