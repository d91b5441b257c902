/* recorder.c - the trace as it comes into being. See recorder.h. */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

/* Chosen: a run has some dozens of kinds of records; what is over is not numbered. */
enum { FRAME_TEXTS = 6, MOST_FRAMES = 512, FRAME_SLOTS = 1024 };

typedef struct held {
  ftblab_record record;
  ftblab_text payload, note; /* kept from record to record, so that a long run does not allocate */
} held;

/* What records of one number have in common (ftblab_record.frame). Texts are told apart by where they are: the same
 * text in two places only makes two frames. */
typedef struct frame {
  ftblab_action action;
  const char *texts[FRAME_TEXTS];
} frame;

struct ftblab_recorder {
  ftblab_record_sink *sink;
  ftblab_record_watcher *watcher;
  void *sink_argument, *watcher_argument;
  held *queue;
  size_t count, capacity;
  uint64_t added;
  bool failed; /* a record was lost for want of memory */
  frame *frames;
  uint32_t frame_count;
  uint16_t slots[FRAME_SLOTS]; /* number of a frame by hash; 0: free */
};

ftblab_status ftblab_recorder_new(ftblab_record_sink *sink, void *sink_argument, ftblab_record_watcher *watcher,
                                  void *watcher_argument, ftblab_recorder **recorder, ftblab_error *err)
{
  ftblab_recorder *result = calloc(1, sizeof *result);
  if (result == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the trace");
  result->frames = malloc(MOST_FRAMES * sizeof *result->frames);
  if (result->frames == NULL) {
    free(result);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the trace");
  }
  result->sink = sink;
  result->sink_argument = sink_argument;
  result->watcher = watcher;
  result->watcher_argument = watcher_argument;
  *recorder = result;
  return FTBLAB_OK;
}

void ftblab_recorder_free(ftblab_recorder *recorder)
{
  if (recorder == NULL)
    return;
  for (size_t i = 0; i < recorder->capacity; i++) {
    ftblab_text_free(&recorder->queue[i].payload);
    ftblab_text_free(&recorder->queue[i].note);
  }
  free(recorder->queue);
  free(recorder->frames);
  free(recorder);
}

static bool make_room(ftblab_recorder *recorder)
{
  if (recorder->count < recorder->capacity)
    return true;
  size_t capacity = recorder->capacity == 0 ? 16 : 2 * recorder->capacity;
  held *queue = realloc(recorder->queue, capacity * sizeof *queue);
  if (queue == NULL)
    return false;
  memset(queue + recorder->capacity, 0, (capacity - recorder->capacity) * sizeof *queue);
  recorder->queue = queue;
  recorder->capacity = capacity;
  return true;
}

/* Copy SLICE into TEXT and return what is there; an absent slice stays absent. */
static ftblab_slice keep(ftblab_text *text, ftblab_slice slice)
{
  ftblab_text_clear(text);
  if (slice.data == NULL)
    return slice;
  ftblab_text_add_bytes(text, slice.data, slice.length);
  return (ftblab_slice){.data = ftblab_text_string(text), .length = text->length};
}

static size_t hash_of(const frame *wanted)
{
  uint64_t hash = (uint64_t)wanted->action;
  for (size_t i = 0; i < FRAME_TEXTS; i++)
    hash = (hash ^ (uintptr_t)wanted->texts[i]) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 over the golden ratio */
  return (size_t)(hash >> 32) % FRAME_SLOTS;
}

static bool same_frame(const frame *a, const frame *b)
{
  bool same = a->action == b->action;
  for (size_t i = 0; i < FRAME_TEXTS; i++)
    same = same && a->texts[i] == b->texts[i];
  return same;
}

/* The number of RECORD's frame; 0: there are too many. */
static uint32_t frame_of(ftblab_recorder *recorder, const ftblab_record *record)
{
  const frame wanted = {record->action,
                        {record->component.data, record->event.data, record->channel.data, record->severity.data,
                         record->type.data, record->space.data}};
  size_t slot = hash_of(&wanted);
  for (; recorder->slots[slot] != 0; slot = (slot + 1) % FRAME_SLOTS)
    if (same_frame(&recorder->frames[recorder->slots[slot] - 1], &wanted))
      return recorder->slots[slot];
  if (recorder->frame_count == MOST_FRAMES)
    return 0;
  recorder->frames[recorder->frame_count] = wanted;
  recorder->slots[slot] = (uint16_t)++recorder->frame_count;
  return recorder->frame_count;
}

uint64_t ftblab_recorder_add(ftblab_recorder *recorder, const ftblab_record *record)
{
  if (!make_room(recorder)) {
    recorder->failed = true;
    return 0;
  }
  held *entry = &recorder->queue[recorder->count++];
  entry->record = *record;
  entry->record.payload = keep(&entry->payload, record->payload);
  entry->record.note = keep(&entry->note, record->note);
  entry->record.frame = frame_of(recorder, record);
  entry->record.has_seq = true;
  entry->record.seq = ++recorder->added;
  entry->record.line = recorder->added + 1; /* the header is line 1 */
  if (recorder->watcher != NULL)
    recorder->watcher(recorder->watcher_argument, &entry->record);
  return recorder->added;
}

ftblab_status ftblab_recorder_note(ftblab_recorder *recorder, uint64_t number, const char *format, va_list values,
                                   ftblab_error *err)
{
  uint64_t first = recorder->added - recorder->count + 1;
  if (number < first || number > recorder->added)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "a note for record %llu, which has left", (unsigned long long)number);
  held *entry = &recorder->queue[number - first];
  if (entry->note.length > 0)
    ftblab_text_add(&entry->note, "; ");
  ftblab_text_addv(&entry->note, format, values);
  entry->record.note = (ftblab_slice){.data = ftblab_text_string(&entry->note), .length = entry->note.length};
  return FTBLAB_OK;
}

ftblab_status ftblab_recorder_flush(ftblab_recorder *recorder, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < recorder->count && status == FTBLAB_OK; i++) {
    const held *entry = &recorder->queue[i];
    if (recorder->failed || entry->payload.failed || entry->note.failed)
      status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the trace");
    else
      status = recorder->sink(recorder->sink_argument, &entry->record, err);
  }
  recorder->count = 0;
  return status;
}

uint64_t ftblab_recorder_count(const ftblab_recorder *recorder)
{
  return recorder->added;
}
