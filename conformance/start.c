/* start.c - the first records of a trace, copied. What many of them have in common (all but time, numbers and payload)
 * is copied once for each record that is not like one of the last. */
#include "start.h"

#include <string.h>

#include "stream.h"

enum { BLOCK_RECORDS = 256, BLOCK_TEXT = 16384 }; /* chosen */

struct start_record {
  const ftblab_record *like; /* all else */
  int64_t t;
  uint64_t line, seq, cause;
  ftblab_slice payload;
};

/* ---- records that are alike ------------------------------------------------------------------------------ */

static size_t place_of(const ftblab_record *record)
{
  size_t mixed = 31 * record->event.length + 7 * record->component.length + 3 * record->instance.length +
                 record->host.length + (size_t)record->action;
  return (record->frame != 0 ? record->frame : mixed) % START_LIKES;
}

static bool same_constants(const ftblab_record *a, const ftblab_record *b)
{
  if (a->frame != 0 && a->frame == b->frame)
    return true;
  return a->action == b->action && ftblab_same_slice(a->component, b->component) &&
         ftblab_same_slice(a->event, b->event) && ftblab_same_slice(a->channel, b->channel) &&
         ftblab_same_slice(a->severity, b->severity) && ftblab_same_slice(a->type, b->type) &&
         ftblab_same_slice(a->space, b->space);
}

static bool are_alike(const ftblab_record *a, const ftblab_record *b)
{
  return a->has_seq == b->has_seq && a->has_cause == b->has_cause && a->note.data == NULL && b->note.data == NULL &&
         same_constants(a, b) && ftblab_same_slice(a->instance, b->instance) && ftblab_same_slice(a->host, b->host);
}

/* ---- copies ---------------------------------------------------------------------------------------------- */

static bool copy_slice(arena *memory, ftblab_slice from, ftblab_slice *into)
{
  *into = from;
  if (from.data == NULL)
    return true;
  char *copy = ftblab_arena_take(memory, from.length + 1);
  if (copy == NULL)
    return false;
  memcpy(copy, from.data, from.length);
  into->data = copy;
  return true;
}

static const ftblab_record *copy_record(arena *memory, const ftblab_record *record)
{
  ftblab_record *copy = ftblab_arena_take(memory, sizeof *copy);
  if (copy == NULL)
    return NULL;
  *copy = *record;
  copy->payload = (ftblab_slice){NULL, 0};
  ftblab_slice *const slices[] = {&copy->component, &copy->event, &copy->instance, &copy->host, &copy->channel,
                                  &copy->severity,  &copy->type,  &copy->space,    &copy->note};
  for (size_t i = 0; i < FTBLAB_COUNT(slices); i++)
    if (!copy_slice(memory, *slices[i], slices[i]))
      return NULL;
  return copy;
}

static start_record *add(start_records *start)
{
  if (start->count == start->blocks.count * BLOCK_RECORDS) {
    start_record *block = ftblab_arena_take(&start->memory, BLOCK_RECORDS * sizeof *block);
    if (block == NULL || !ftblab_pointers_add(&start->memory, &start->blocks, block))
      return NULL;
  }
  start_record *last = start->blocks.at[start->count / BLOCK_RECORDS];
  return &last[start->count++ % BLOCK_RECORDS];
}

static bool copy_payload(start_records *start, ftblab_slice from, ftblab_slice *into)
{
  *into = from;
  if (from.data == NULL)
    return true;
  if (start->text == NULL || from.length > start->text_left) {
    size_t size = from.length > BLOCK_TEXT ? from.length : BLOCK_TEXT;
    start->text = ftblab_arena_take(&start->memory, size);
    start->text_left = start->text != NULL ? size : 0;
    if (start->text == NULL)
      return false;
  }
  into->data = start->text;
  memcpy(start->text, from.data, from.length);
  start->text += from.length;
  start->text_left -= from.length;
  return true;
}

bool ftblab_start_keep(start_records *start, const ftblab_record *record)
{
  const ftblab_record **like = &start->likes[place_of(record)];
  if ((*like == NULL || !are_alike(*like, record)) && (*like = copy_record(&start->memory, record)) == NULL)
    return false;
  start_record *kept = add(start);
  if (kept == NULL)
    return false;
  *kept =
      (start_record){.like = *like, .t = record->t, .line = record->line, .seq = record->seq, .cause = record->cause};
  return copy_payload(start, record->payload, &kept->payload);
}

ftblab_status ftblab_start_replay(const start_records *start, ftblab_start_take *take, void *argument,
                                  ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < start->count && status == FTBLAB_OK; i++) {
    const start_record *block = start->blocks.at[i / BLOCK_RECORDS], *kept = &block[i % BLOCK_RECORDS];
    ftblab_record record = *kept->like;
    record.t = kept->t;
    record.line = kept->line;
    record.seq = kept->seq;
    record.cause = kept->cause;
    record.payload = kept->payload;
    status = take(argument, &record, err);
  }
  return status;
}

void ftblab_start_free(start_records *start)
{
  ftblab_arena_free(&start->memory);
  *start = (start_records){0};
}
