/* trace_read.c - reading a trace, format version 1 (JSON Lines), one line at a time from a stream.
 *
 * Memory is bounded by the longest line and what frames.h keeps. A line that looks like one before is read by its
 * frame; every other line, and every bad one, is parsed here, which decides what is right. A bad record is reported
 * with line and column and skipped: the reader is then at the next line, and the caller decides whether to go on. */
#include "trace_read.h"

#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "lines.h"
#include "scan.h"

#define BLOCK ((size_t)1 << 17) /* measured: larger ones are no faster, and leave the cache */

struct ftblab_trace_reader {
  char *name;
  ftblab_lines lines;
  char *scratch; /* unescaped strings of the current record */
  size_t scratch_used, scratch_capacity;
  ftblab_trace_header header;
  ftblab_text other; /* of the header */
  bool header_read;
  ftblab_line kept;                            /* a first line that was no header: the first record */
  ftblab_frames *frames;                       /* NULL: nothing is learnt */
  ftblab_vary_place places[FTBLAB_VARY_LIMIT]; /* of the values in the current line, in this order */
  size_t place_count;                          /* may be more than there is room for */
};

ftblab_status ftblab_trace_reader_new(FILE *stream, const char *name, ftblab_trace_reader **reader, ftblab_error *err)
{
  ftblab_trace_reader *r = calloc(1, sizeof *r);
  if (r != NULL) {
    r->name = strdup(name);
    r->frames = ftblab_frames_new();
  }
  if (r == NULL || r->name == NULL || r->frames == NULL) {
    ftblab_trace_reader_free(r);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to read %s", name);
  }
  r->lines = (ftblab_lines){.stream = stream, .name = r->name, .block = BLOCK};
  *reader = r;
  return FTBLAB_OK;
}

void ftblab_trace_reader_free(ftblab_trace_reader *reader)
{
  if (reader == NULL)
    return;
  ftblab_lines_free(&reader->lines);
  ftblab_frames_free(reader->frames);
  ftblab_text_free(&reader->other);
  free(reader->name);
  free(reader->scratch);
  free(reader);
}

void ftblab_trace_reader_follow(ftblab_trace_reader *reader)
{
  reader->lines.follow = true;
}

void ftblab_trace_reader_end(ftblab_trace_reader *reader)
{
  reader->lines.follow = false;
}

bool ftblab_trace_reader_unended(const ftblab_trace_reader *reader)
{
  return reader->lines.unended;
}

void ftblab_trace_reader_set_block(ftblab_trace_reader *reader, size_t bytes)
{
  reader->lines.block = bytes;
}

void ftblab_trace_reader_set_learning(ftblab_trace_reader *reader, bool learning)
{
  ftblab_frames_free(reader->frames);
  reader->frames = learning ? ftblab_frames_new() : NULL;
}

static bool is_blank(ftblab_line line)
{
  for (size_t i = 0; i < line.length; i++)
    if (line.text[i] != ' ' && line.text[i] != '\t')
      return false;
  return true;
}

static void drop_byte_order_mark(ftblab_line *line)
{
  if (line->length < 3 || memcmp(line->text, "\xEF\xBB\xBF", 3) != 0)
    return;
  line->text += 3;
  line->length -= 3;
  line->whole -= line->whole > 0 ? 3 : 0;
}

/* The next line that is not blank; its text is NULL at the end. */
static ftblab_status take_full_line(ftblab_trace_reader *r, ftblab_line *line, ftblab_error *err)
{
  do {
    ftblab_status status = ftblab_lines_take(&r->lines, line, err);
    if (status != FTBLAB_OK || line->text == NULL)
      return status;
    if (r->lines.count == 1)
      drop_byte_order_mark(line);
  } while (is_blank(*line));
  return FTBLAB_OK;
}

/* ---- values -------------------------------------------------------------------------------------- */

static ftblab_status bad_record(const ftblab_trace_reader *r, const ftblab_scan *scan, ftblab_error *err)
{
  return ftblab_fail_at(err, r->name, r->lines.count, scan->at + 1, "%s", scan->reason);
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

/* How the value of KEY that begins at FIRST may vary; FTBLAB_VARY_END: not. */
static ftblab_vary vary_of(enum key key, char first)
{
  static const ftblab_vary by_key[] = {
      [KEY_T] = FTBLAB_VARY_T,       [KEY_COMPONENT] = FTBLAB_VARY_END,   [KEY_ACTION] = FTBLAB_VARY_END,
      [KEY_EVENT] = FTBLAB_VARY_END, [KEY_PAYLOAD] = FTBLAB_VARY_PAYLOAD, [KEY_INSTANCE] = FTBLAB_VARY_INSTANCE,
      [KEY_HOST] = FTBLAB_VARY_HOST, [KEY_CHANNEL] = FTBLAB_VARY_END,     [KEY_SEVERITY] = FTBLAB_VARY_END,
      [KEY_TYPE] = FTBLAB_VARY_END,  [KEY_SPACE] = FTBLAB_VARY_END,       [KEY_NOTE] = FTBLAB_VARY_NOTE,
      [KEY_SEQ] = FTBLAB_VARY_SEQ,   [KEY_CAUSE] = FTBLAB_VARY_CAUSE,
  };
  if (key != KEY_COUNT)
    return by_key[key];
  if (first == '"')
    return FTBLAB_VARY_STRING;
  return first == '-' || (first >= '0' && first <= '9') ? FTBLAB_VARY_NUMBER : FTBLAB_VARY_END;
}

static bool take_known(ftblab_trace_reader *r, ftblab_scan *scan, enum key key, ftblab_record *record)
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

/* A value, whose place is noted if it may vary. */
static bool take_value(ftblab_trace_reader *r, ftblab_scan *scan, enum key key, ftblab_record *record)
{
  ftblab_scan_space(scan);
  size_t start = scan->at;
  if (!take_known(r, scan, key, record))
    return false;
  ftblab_vary vary = vary_of(key, scan->text[start]);
  size_t quote = scan->text[start] == '"';
  if (vary == FTBLAB_VARY_END)
    return true;
  if (r->place_count < FTBLAB_VARY_LIMIT)
    r->places[r->place_count] = (ftblab_vary_place){vary, start + quote, scan->at - quote};
  r->place_count++;
  return true;
}

/* Behind a member: true with *MORE when another follows. */
static bool take_comma(ftblab_scan *scan, bool *more)
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
  *more = false;
  return true;
}

/* The same for the object that is the line: refuses text behind it. */
static bool take_separator(ftblab_scan *scan, bool *more)
{
  if (!take_comma(scan, more))
    return false;
  if (*more)
    return true;
  ftblab_scan_space(scan);
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

/* ["throw", "catch"] */
static bool take_actions(ftblab_trace_reader *r, ftblab_scan *scan, bool *actions)
{
  if (!ftblab_scan_mark(scan, '['))
    return false;
  memset(actions, 0, 3 * sizeof *actions);
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
      return wrong(scan, at, "this lists \"register\", \"throw\" and \"catch\"");
    actions[action] = true;
    ftblab_scan_space(scan);
    char c = scan->at < scan->length ? scan->text[scan->at] : '\0';
    if (c != ',' && c != ']')
      return wrong(scan, scan->at, "expected ',' or ']'");
    scan->at++;
    if (c == ']')
      return true;
  }
}

/* "catch", or "throw RM_JOBS_DEAD": of the throws only those of the events that are named. */
static bool take_sight(ftblab_seen *seen, ftblab_slice word)
{
  static const char throw_of[] = "throw ";
  size_t start = sizeof throw_of - 1, used = strlen(seen->throws);
  for (ftblab_action a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++)
    if (equals(word, ftblab_action_name(a)))
      return seen->actions[a] = true;
  if (word.length <= start || memcmp(word.data, throw_of, start) != 0 || memchr(word.data, ',', word.length) != NULL ||
      used + word.length - start + 2 > sizeof seen->throws)
    return false;
  seen->actions[FTBLAB_THROW] = true;
  snprintf(seen->throws + used, sizeof seen->throws - used, "%s%.*s", used > 0 ? "," : "", (int)(word.length - start),
           word.data + start);
  return true;
}

static bool take_sights(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_seen *seen)
{
  char c = ',';
  memset(seen->actions, 0, sizeof seen->actions);
  seen->throws[0] = '\0';
  if (!ftblab_scan_mark(scan, '['))
    return false;
  ftblab_scan_space(scan);
  if (scan->at < scan->length && scan->text[scan->at] == ']') {
    scan->at++;
    return true;
  }
  while (c == ',') {
    ftblab_slice word;
    ftblab_scan_space(scan);
    size_t at = scan->at;
    if (!take_string(r, scan, &word))
      return false;
    if (!take_sight(seen, word))
      return wrong(scan, at, "this lists \"register\", \"catch\", \"throw\" or \"throw EVENT\"");
    ftblab_scan_space(scan);
    c = scan->at < scan->length ? scan->text[scan->at] : '\0';
    if (c != ',' && c != ']')
      return wrong(scan, scan->at, "expected ',' or ']'");
    scan->at++;
  }
  return true;
}

/* {"RM/JS": ["throw"], ...} */
static bool take_components(ftblab_trace_reader *r, ftblab_scan *scan, ftblab_trace_header *header)
{
  bool more = true;
  size_t start = scan->at;
  header->seen_count = 0;
  if (!ftblab_scan_mark(scan, '{'))
    return false;
  while (more) {
    ftblab_slice name;
    ftblab_scan_space(scan);
    size_t at = scan->at;
    if (!take_string(r, scan, &name) || !ftblab_scan_mark(scan, ':'))
      return false;
    if (header->seen_count == FTBLAB_SEEN_COMPONENTS)
      return wrong(scan, start, "too many components");
    ftblab_seen *seen = &header->seen[header->seen_count++];
    if (name.length >= sizeof seen->component)
      return wrong(scan, at, "no component has such a long name");
    memcpy(seen->component, name.data, name.length);
    seen->component[name.length] = '\0';
    if (!take_sights(r, scan, seen) || !take_comma(scan, &more))
      return false;
  }
  return true;
}

/* "payload": false */
static bool take_sees_payload(ftblab_scan *scan, ftblab_trace_header *header)
{
  ftblab_scan_space(scan);
  size_t at = scan->at;
  if (!ftblab_scan_skip(scan))
    return false;
  size_t length = scan->at - at;
  header->no_payload = length == 5 && memcmp(scan->text + at, "false", 5) == 0;
  return header->no_payload || (length == 4 && memcmp(scan->text + at, "true", 4) == 0) ||
         wrong(scan, at, "payload must be true or false");
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
    return take_actions(r, scan, header->observes);
  if (equals(name, "components"))
    return take_components(r, scan, header);
  if (equals(name, "payload"))
    return take_sees_payload(scan, header);
  if (equals(name, "start"))
    return take_start(r, scan, header);
  if (equals(name, "tie")) {
    if (!ftblab_scan_seconds(scan, &header->tie))
      return false;
    return header->tie >= 0 || wrong(scan, at, "tie must not be negative");
  }
  if (!ftblab_scan_skip(scan))
    return false;
  if (r->other.length > 0)
    ftblab_text_add(&r->other, ", ");
  ftblab_text_add_json(&r->other, name.data, name.length);
  ftblab_text_add(&r->other, ": ");
  ftblab_text_add_bytes(&r->other, scan->text + at, scan->at - at);
  return true;
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

/* Nothing is known of the header before the first line is there. */
static ftblab_status read_header(ftblab_trace_reader *r, ftblab_error *err)
{
  ftblab_trace_header header = {.observes = {true, true, true}};
  ftblab_line line;
  ftblab_status status = take_full_line(r, &line, err);
  if (status != FTBLAB_OK)
    return status;
  if (line.text != NULL && looks_like_header(line.text, line.length)) {
    ftblab_scan scan = {.text = line.text, .length = line.length};
    if (!ready_scratch(r, line.length))
      return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for a line of %zu bytes", r->name, line.length);
    header.present = true;
    if (!scan_header(r, &scan, &header))
      return bad_record(r, &scan, err);
    if (r->other.failed)
      return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for the header", r->name);
    if (r->other.length > 0)
      header.other = (ftblab_slice){r->other.data, r->other.length};
  } else {
    r->kept = line;
  }
  r->header = header;
  r->header_read = line.text != NULL;
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

/* ---- records --------------------------------------------------------------------------------------- */

/* The record of LINE, by parsing it; learns its frame. */
static ftblab_status parse_line(ftblab_trace_reader *r, ftblab_line line, ftblab_record *record, uint32_t *frame,
                                ftblab_error *err)
{
  ftblab_record result = {.line = r->lines.count};
  ftblab_scan scan = {.text = line.text, .length = line.length};
  uint32_t number = 0;
  if (!ready_scratch(r, line.length))
    return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for a line of %zu bytes", r->name, line.length);
  r->place_count = 0;
  if (!scan_record(r, &scan, &result))
    return bad_record(r, &scan, err);
  bool learnable = r->frames != NULL && line.whole > 0 && r->place_count <= FTBLAB_VARY_LIMIT;
  if (learnable && !ftblab_frames_learn(r->frames, (ftblab_slice){line.text, line.whole}, r->places, r->place_count,
                                        &result, &number))
    return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory to read on", r->name);
  *record = result;
  *frame = number;
  return FTBLAB_OK;
}

/* The next line, if it is one of a frame that is known. */
static inline bool match_line(ftblab_trace_reader *r, ftblab_record *record, uint32_t *frame)
{
  ftblab_lines *lines = &r->lines;
  if (r->frames == NULL || lines->start == lines->end)
    return false;
  const char *behind =
      ftblab_frames_match(r->frames, lines->buffer + lines->start, lines->buffer + lines->end, record, frame);
  if (behind == NULL)
    return false;
  lines->start = (size_t)(behind - lines->buffer);
  record->line = ++lines->count;
  return true;
}

static ftblab_status parse_next(ftblab_trace_reader *r, ftblab_record *record, uint32_t *frame, bool *more,
                                ftblab_error *err)
{
  ftblab_status status = r->header_read ? FTBLAB_OK : read_header(r, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_line line = r->kept;
  r->kept = (ftblab_line){NULL, 0, 0};
  if (line.text == NULL)
    status = take_full_line(r, &line, err);
  if (status != FTBLAB_OK)
    return status;
  *more = line.text != NULL;
  return *more ? parse_line(r, line, record, frame, err) : FTBLAB_OK;
}

ftblab_status ftblab_trace_reader_next(ftblab_trace_reader *reader, ftblab_record *record, bool *more,
                                       ftblab_error *err)
{
  uint32_t frame = 0;
  if (reader->header_read && reader->kept.text == NULL && match_line(reader, record, &frame)) {
    record->frame = frame;
    *more = true;
    return FTBLAB_OK;
  }
  ftblab_status status = parse_next(reader, record, &frame, more, err);
  if (status == FTBLAB_OK && *more)
    record->frame = frame;
  return status;
}
