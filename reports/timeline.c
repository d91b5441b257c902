/* timeline.c - draws a trace. What must hold: no line is wider than 100 columns, and every record is either drawn
 * or counted in an entry that is. */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 100
#define WHO_WIDTH 27   /* "Monitoring System monitor0" and a blank */
#define WHAT_COLUMN 56 /* where the event starts: behind time, duration, who and mark */
#define NOTE_COLUMN 31 /* where its note starts, under who */

struct ftblab_timeline {
  bool utf8, colour;
  ftblab_text drawn;
  /* The entry that may still grow; count 0: none. */
  ftblab_action action;
  int64_t t;
  size_t count;
  ftblab_text component, instance, event, payload, note;
  bool has_fault;
  int64_t fault; /* when the last failure happened */
};

ftblab_status ftblab_timeline_new(bool utf8, bool colour, ftblab_timeline **timeline, ftblab_error *err)
{
  ftblab_timeline *created = calloc(1, sizeof *created);
  if (!created)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a timeline");
  created->utf8 = utf8;
  created->colour = colour;
  *timeline = created;
  return FTBLAB_OK;
}

void ftblab_timeline_free(ftblab_timeline *timeline)
{
  if (!timeline)
    return;
  ftblab_text *texts[] = {&timeline->drawn, &timeline->component, &timeline->instance,
                          &timeline->event, &timeline->payload,   &timeline->note};
  for (size_t i = 0; i < FTBLAB_COUNT(texts); i++)
    ftblab_text_free(texts[i]);
  free(timeline);
}

/* ---- one entry -------------------------------------------------------------------------------- */

static bool same(const ftblab_text *text, ftblab_slice slice)
{
  return text->length == slice.length && (slice.length == 0 || memcmp(text->data, slice.data, slice.length) == 0);
}

static void keep(ftblab_text *text, ftblab_slice slice)
{
  ftblab_text_clear(text);
  if (slice.length > 0)
    ftblab_text_add_bytes(text, slice.data, slice.length);
}

/* Columns of LENGTH bytes of UTF-8, one for each character: names are not in wide scripts. */
static size_t columns(const char *string, size_t length)
{
  size_t count = 0;
  for (size_t i = 0; i < length; i++)
    count += ((unsigned char)string[i] & 0xC0) != 0x80;
  return count;
}

/* The bytes of STRING, of LENGTH bytes, that fit into ROOM columns. */
static size_t fitting(const char *string, size_t length, size_t room)
{
  size_t i = 0, used = 0;
  while (i < length) {
    used += ((unsigned char)string[i] & 0xC0) != 0x80;
    if (used > room)
      break;
    i++;
  }
  return i;
}

/* Microseconds are enough for the eye; the trace has the rest. */
static void add_seconds(ftblab_text *text, int64_t t, bool signed_plus, int width)
{
  char number[48];
  int64_t microseconds = t / 1000;
  const char *sign = microseconds < 0 ? "-" : signed_plus ? "+" : "";
  uint64_t size = microseconds < 0 ? (uint64_t)-microseconds : (uint64_t)microseconds;
  snprintf(number, sizeof number, "%s%llu.%06llu", sign, (unsigned long long)(size / 1000000),
           (unsigned long long)(size % 1000000));
  ftblab_text_addf(text, "%*s", width, number);
}

/* Cut to ROOM - 1 columns and fill up with blanks. */
static void add_cell(ftblab_text *text, const char *string, size_t length, size_t room)
{
  size_t bytes = fitting(string, length, room - 1);
  ftblab_text_add_bytes(text, string, bytes);
  ftblab_text_addf(text, "%*s", (int)(room - columns(string, bytes)), "");
}

/* Add STRING broken at blanks into lines that end at WIDTH; it stands at column COLUMN and goes on at INDENT. */
static void add_wrapped(ftblab_text *text, const char *string, size_t column, size_t indent)
{
  bool first = true;
  while (*string) {
    size_t word = strcspn(string, " "), wide = columns(string, word);
    if (!first && column + 1 + wide > WIDTH) {
      ftblab_text_addf(text, "\n%*s", (int)indent, "");
      column = indent;
    } else if (!first) {
      ftblab_text_add(text, " ");
      column++;
    }
    while (column + wide > WIDTH) { /* one word longer than a line */
      size_t bytes = fitting(string, word, WIDTH - column);
      ftblab_text_add_bytes(text, string, bytes);
      ftblab_text_addf(text, "\n%*s", (int)indent, "");
      string += bytes;
      word -= bytes;
      wide = columns(string, word);
      column = indent;
    }
    ftblab_text_add_bytes(text, string, word);
    column += wide;
    string += word + (string[word] == ' ');
    first = false;
  }
  ftblab_text_add(text, "\n");
}

static const char *mark_of(const ftblab_timeline *timeline)
{
  static const char *const marks[2][4] = {
      [false] = {[FTBLAB_REGISTER] = "o", [FTBLAB_THROW] = ">", [FTBLAB_CATCH] = "<", [FTBLAB_FACT] = "*"},
      [true] = {[FTBLAB_REGISTER] = "○", [FTBLAB_THROW] = "▶", [FTBLAB_CATCH] = "◁", [FTBLAB_FACT] = "✱"}};
  return marks[timeline->utf8][timeline->action];
}

static const char *colour_of(const ftblab_timeline *timeline)
{
  static const char *const colours[] = {
      [FTBLAB_REGISTER] = "\033[2m", [FTBLAB_THROW] = "\033[1m", [FTBLAB_CATCH] = "", [FTBLAB_FACT] = "\033[31m"};
  return timeline->colour ? colours[timeline->action] : "";
}

static void add_who(ftblab_timeline *timeline, ftblab_text *text)
{
  ftblab_text who = {0};
  ftblab_text_add(&who, ftblab_text_string(&timeline->component));
  if (timeline->count > 1)
    ftblab_text_addf(&who, " (%zu)", timeline->count);
  else if (timeline->instance.length > 0 && timeline->action != FTBLAB_FACT)
    ftblab_text_addf(&who, " %s", ftblab_text_string(&timeline->instance));
  add_cell(text, ftblab_text_string(&who), who.length, WHO_WIDTH);
  ftblab_text_free(&who);
}

/* Draw the entry that is being collected, and begin with none. */
static void draw_entry(ftblab_timeline *timeline)
{
  ftblab_text *text = &timeline->drawn;
  if (timeline->count == 0)
    return;
  if (timeline->action == FTBLAB_REGISTER) {
    add_seconds(text, timeline->t, false, 13);
    ftblab_text_addf(text, "%14s(%zu %s)\n", "", timeline->count,
                     timeline->count == 1 ? "registration" : "registrations");
    timeline->count = 0;
    return;
  }
  ftblab_text_add(text, colour_of(timeline));
  add_seconds(text, timeline->t, false, 13);
  if (timeline->has_fault)
    add_seconds(text, timeline->t - timeline->fault, true, 12);
  else
    ftblab_text_addf(text, "%12s", "");
  ftblab_text_add(text, "  ");
  add_who(timeline, text);
  ftblab_text_addf(text, "%s ", mark_of(timeline));
  ftblab_text what = {0};
  ftblab_text_addf(&what, "%s%s%s", ftblab_text_string(&timeline->event), timeline->payload.length > 0 ? "  " : "",
                   ftblab_text_string(&timeline->payload));
  add_wrapped(text, ftblab_text_string(&what), WHAT_COLUMN, WHAT_COLUMN + 2);
  ftblab_text_free(&what);
  if (timeline->note.length > 0) {
    ftblab_text_addf(text, "%*s", NOTE_COLUMN, "");
    add_wrapped(text, ftblab_text_string(&timeline->note), NOTE_COLUMN, NOTE_COLUMN);
  }
  if (timeline->colour && *colour_of(timeline))
    ftblab_text_add(text, "\033[0m");
  timeline->count = 0;
}

/* ---- collecting -------------------------------------------------------------------------------- */

static bool belongs_to_entry(const ftblab_timeline *timeline, const ftblab_record *record)
{
  if (timeline->count == 0 || timeline->action != record->action)
    return false;
  if (record->action == FTBLAB_REGISTER)
    return true;
  return record->action == FTBLAB_CATCH && same(&timeline->component, record->component) &&
         same(&timeline->event, record->event) && same(&timeline->payload, record->payload) &&
         same(&timeline->note, record->note);
}

ftblab_status ftblab_timeline_add(ftblab_timeline *timeline, const ftblab_record *record, ftblab_error *err)
{
  if (belongs_to_entry(timeline, record)) {
    timeline->count++;
    return FTBLAB_OK;
  }
  draw_entry(timeline);
  if (ftblab_is_failure(record)) {
    timeline->has_fault = true;
    timeline->fault = record->t;
  }
  timeline->action = record->action;
  timeline->t = record->t;
  timeline->count = 1;
  keep(&timeline->component, record->component);
  keep(&timeline->instance, record->instance);
  keep(&timeline->event, record->event);
  keep(&timeline->payload, record->payload);
  keep(&timeline->note, record->note);
  return timeline->drawn.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a timeline") : FTBLAB_OK;
}

void ftblab_timeline_write(ftblab_timeline *timeline, ftblab_text *text)
{
  draw_entry(timeline);
  ftblab_text_addf(text, "%13s%12s  %-*s%s\n", "time (s)", timeline->has_fault ? "since fault" : "", WHO_WIDTH, "who",
                   "what");
  ftblab_text_add_bytes(text, ftblab_text_string(&timeline->drawn), timeline->drawn.length);
  if (timeline->drawn.failed)
    text->failed = true;
}
