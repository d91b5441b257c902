/* log.c - a trace in memory, and its way back to a file. */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a trace");
}

void ftblab_log_free(ftblab_log *log)
{
  for (size_t i = 0; i < log->count; i++)
    free(log->texts[i]);
  free(log->records);
  free(log->texts);
  free(log->places);
  free(log->other);
  *log = (ftblab_log){0};
}

/* ---- adding ----------------------------------------------------------------------------------------------------- */

/* Every slice of a record. A slice that is added to ftblab_record must be added here. */
#define SLICE_COUNT 10
static void list_slices(ftblab_record *record, ftblab_slice *slices[SLICE_COUNT])
{
  ftblab_slice *all[SLICE_COUNT] = {&record->component, &record->event,   &record->instance, &record->host,
                                    &record->payload,   &record->channel, &record->severity, &record->type,
                                    &record->space,     &record->note};
  memcpy(slices, all, sizeof all);
}

static bool grow(void **array, size_t capacity, size_t size)
{
  void *grown = realloc(*array, capacity * size);
  if (grown == NULL)
    return false;
  *array = grown;
  return true;
}

static bool make_room(ftblab_log *log)
{
  if (log->count < log->capacity)
    return true;
  size_t capacity = log->capacity ? 2 * log->capacity : 256;
  if (!grow((void **)&log->records, capacity, sizeof *log->records) ||
      !grow((void **)&log->texts, capacity, sizeof *log->texts) ||
      !grow((void **)&log->places, capacity, sizeof *log->places))
    return false;
  log->capacity = capacity;
  return true;
}

ftblab_status ftblab_log_add(ftblab_log *log, const ftblab_record *record, size_t place, ftblab_error *err)
{
  ftblab_slice *slices[SLICE_COUNT];
  ftblab_record copy = *record;
  size_t length = 1;
  if (!make_room(log))
    return no_memory(err);
  list_slices(&copy, slices);
  for (size_t i = 0; i < SLICE_COUNT; i++)
    length += slices[i]->length;
  char *text = malloc(length), *end = text;
  if (text == NULL)
    return no_memory(err);
  for (size_t i = 0; i < SLICE_COUNT; i++) {
    if (slices[i]->data == NULL)
      continue;
    memcpy(end, slices[i]->data, slices[i]->length);
    slices[i]->data = end;
    end += slices[i]->length;
  }
  log->records[log->count] = copy;
  log->texts[log->count] = text;
  log->places[log->count++] = place;
  return FTBLAB_OK;
}

/* The header of what READER reads, which goes before LOG does. */
static ftblab_status take_header(ftblab_log *log, ftblab_trace_reader *reader, ftblab_error *err)
{
  ftblab_trace_header header;
  ftblab_status status = ftblab_trace_reader_header(reader, &header, err);
  if (status != FTBLAB_OK)
    return status;
  char *other = header.other.data == NULL ? NULL : strndup(header.other.data, header.other.length);
  if (header.other.data != NULL && other == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the header");
  free(log->other);
  log->other = other;
  log->header = header;
  log->header.other.data = other;
  return FTBLAB_OK;
}

ftblab_status ftblab_log_read(ftblab_log *log, FILE *stream, const char *name, ftblab_error *err)
{
  ftblab_trace_reader *reader = NULL;
  ftblab_status status = ftblab_trace_reader_new(stream, name, &reader, err);
  if (status == FTBLAB_OK)
    status = take_header(log, reader, err);
  for (bool more = true; status == FTBLAB_OK;) {
    ftblab_record record;
    status = ftblab_trace_reader_next(reader, &record, &more, err);
    if (status != FTBLAB_OK || !more)
      break;
    status = ftblab_log_add(log, &record, (size_t)record.line, err);
  }
  ftblab_trace_reader_free(reader);
  return status;
}

ftblab_status ftblab_log_take_header(ftblab_log *log, const char *line, size_t length, ftblab_error *err)
{
  ftblab_trace_reader *reader = NULL;
  FILE *stream = length > 0 ? fmemopen((char *)line, length, "r") : NULL;
  if (stream == NULL)
    return ftblab_fail(err, FTBLAB_EINPUT, "the header of the trace is empty");
  ftblab_status status = ftblab_trace_reader_new(stream, "header", &reader, err);
  if (status == FTBLAB_OK)
    status = take_header(log, reader, err);
  if (status == FTBLAB_OK && !log->header.present)
    status = ftblab_fail(err, FTBLAB_EINPUT, "this is not the header of a trace");
  ftblab_trace_reader_free(reader);
  fclose(stream);
  return status;
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

static bool same_slice(ftblab_slice a, ftblab_slice b)
{
  return (a.data == NULL) == (b.data == NULL) && a.length == b.length &&
         (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool same_record(const ftblab_record *a, const ftblab_record *b)
{
  ftblab_record one = *a, other = *b;
  ftblab_slice *of_one[SLICE_COUNT], *of_other[SLICE_COUNT];
  list_slices(&one, of_one);
  list_slices(&other, of_other);
  for (size_t i = 0; i < SLICE_COUNT; i++)
    if (!same_slice(*of_one[i], *of_other[i]))
      return false;
  return a->t == b->t && a->action == b->action && a->has_seq == b->has_seq && a->seq == b->seq &&
         a->has_cause == b->has_cause && a->cause == b->cause;
}

/* What is sorted: a record with all that belongs to it. */
typedef struct kept_record {
  ftblab_record record;
  char *text;
  size_t place, index;
} kept_record;

static int compare(const void *left, const void *right)
{
  const kept_record *a = left, *b = right;
  if (a->record.line != b->record.line)
    return a->record.line < b->record.line ? -1 : 1;
  if (a->record.line == 0 && a->record.t != b->record.t)
    return a->record.t < b->record.t ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static ftblab_status sort(ftblab_log *log, ftblab_error *err)
{
  kept_record *kept = malloc((log->count + 1) * sizeof *kept);
  if (kept == NULL)
    return no_memory(err);
  for (size_t i = 0; i < log->count; i++)
    kept[i] = (kept_record){log->records[i], log->texts[i], log->places[i], i};
  qsort(kept, log->count, sizeof *kept, compare);
  for (size_t i = 0; i < log->count; i++) {
    log->records[i] = kept[i].record;
    log->texts[i] = kept[i].text;
    log->places[i] = kept[i].place;
  }
  free(kept);
  return FTBLAB_OK;
}

static ftblab_status drop_repeats(ftblab_log *log, const char *name, ftblab_error *err)
{
  size_t kept = 0;
  for (size_t i = 0; i < log->count; i++) {
    uint64_t line = log->records[i].line;
    if (kept > 0 && line != 0 && log->records[kept - 1].line == line) {
      if (!same_record(&log->records[kept - 1], &log->records[i])) {
        ftblab_fail_at(err, name, log->places[i], 0, "another record has line %llu as well, and says something else",
                       (unsigned long long)line);
        for (; i < log->count; i++, kept++) { /* what is left is still freed by the caller */
          log->records[kept] = log->records[i];
          log->texts[kept] = log->texts[i];
        }
        log->count = kept;
        return FTBLAB_EINPUT;
      }
      free(log->texts[i]);
      continue;
    }
    log->records[kept] = log->records[i];
    log->texts[kept] = log->texts[i];
    log->places[kept++] = log->places[i];
  }
  log->count = kept;
  return FTBLAB_OK;
}

ftblab_status ftblab_log_settle(ftblab_log *log, const char *name, ftblab_error *err)
{
  for (size_t i = 1; i < log->count; i++)
    if ((log->records[i].line == 0) != (log->records[0].line == 0))
      return ftblab_fail_at(err, name, log->places[i], 0, "some records say their line in the trace, this one %s",
                            log->records[i].line == 0 ? "does not" : "does, and others do not");
  ftblab_status status = sort(log, err);
  return status == FTBLAB_OK ? drop_repeats(log, name, err) : status;
}

void ftblab_log_write(const ftblab_log *log, ftblab_text *text)
{
  if (log->header.present)
    ftblab_trace_header_write(&log->header, text);
  for (size_t i = 0; i < log->count; i++)
    ftblab_record_write(&log->records[i], text);
}
