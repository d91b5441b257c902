/* fuzz_check.c - the checker, given a trace as text. A first byte from '0' to '7' chooses options: 1 complete, 2 strict
 * order, 4 the workflows that are judged only by name. */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum { MOST_RECORDS = 512 };

static void copy(ftblab_slice *slice)
{
  if (slice->data == NULL)
    return;
  char *data = malloc(slice->length + 1);
  ftblab_fuzz_must(data != NULL, "memory for a record");
  memcpy(data, slice->data, slice->length);
  slice->data = data;
}

/* Call FOR_EACH with all slices of RECORD. */
static void for_slices(ftblab_record *record, void (*for_each)(ftblab_slice *slice))
{
  ftblab_slice *const slices[] = {&record->component, &record->event,   &record->instance, &record->host,
                                  &record->payload,   &record->channel, &record->severity, &record->type,
                                  &record->space,     &record->note};
  for (size_t i = 0; i < FTBLAB_COUNT(slices); i++)
    for_each(slices[i]);
}

static void forget(ftblab_slice *slice)
{
  free((void *)(uintptr_t)slice->data);
}

static size_t read_all(ftblab_trace_reader *reader, ftblab_record *records)
{
  size_t count = 0;
  ftblab_error err = {0};
  for (bool more = true; more && count < MOST_RECORDS;) {
    ftblab_status status = ftblab_trace_reader_next(reader, &records[count], &more, &err);
    if (status == FTBLAB_OK && more) {
      for_slices(&records[count], copy);
      records[count++].frame = 0; /* the reader is gone when the stream is judged */
    } else if (status != FTBLAB_OK) {
      more = true;
    }
  }
  return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static ftblab_record records[MOST_RECORDS];
  unsigned bits = 0;
  if (size > 0 && data[0] >= '0' && data[0] <= '7') {
    bits = data[0] - '0';
    data++;
    size--;
  }
  FILE *stream = ftblab_fuzz_stream(data, size);
  ftblab_trace_reader *reader;
  ftblab_trace_header header;
  ftblab_error err = {0};
  ftblab_text by_name = {0};
  ftblab_spec_by_name(ftblab_fuzz_spec(), &by_name);
  ftblab_fuzz_must(ftblab_trace_reader_new(stream, "fuzz", &reader, &err) == FTBLAB_OK, err.text);
  if (ftblab_trace_reader_header(reader, &header, &err) == FTBLAB_OK) {
    ftblab_check_options options = {.complete = (bits & 1) != 0,
                                    .strict_order = (bits & 2) != 0,
                                    .workflows = bits & 4 ? ftblab_text_string(&by_name) : NULL};
    size_t count = read_all(reader, records);
    ftblab_fuzz_judge_all(&header, &options, records, count);
    for (size_t i = 0; i < count; i++)
      for_slices(&records[i], forget);
  }
  ftblab_trace_reader_free(reader);
  ftblab_text_free(&by_name);
  fclose(stream);
  return 0;
}
