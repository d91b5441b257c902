/* fuzz_trace.c - the trace reader. Whether it learns what lines have in common, and how many bytes it reads at once, is
 * nobody's business: the records and the complaints must be the same. What is written is read back as the same. */
#include <string.h>

#include "fuzz.h"
#include "trace_read.h"

/* What a way of reading made of the bytes. */
typedef struct transcript {
  ftblab_text all;     /* records with their lines, and errors */
  ftblab_text records; /* records alone, as a trace */
} transcript;

enum { MOST_FRAMES = 64, BLOCK = 4096 };

/* Records of one frame agree: each is held against the first that was seen of its frame. */
static void check_frame(const ftblab_record *record, ftblab_text *first)
{
  if (record->frame == 0 || record->frame >= MOST_FRAMES)
    return;
  ftblab_record bare = *record;
  bare.t = 0;
  bare.has_seq = bare.has_cause = false;
  bare.instance = bare.host = bare.payload = bare.note = (ftblab_slice){NULL, 0};
  ftblab_text line = {0};
  ftblab_record_write(&bare, &line);
  if (first[record->frame].length == 0)
    ftblab_text_add(&first[record->frame], line.data);
  ftblab_fuzz_must(strcmp(first[record->frame].data, line.data) == 0, "records of one frame agree");
  ftblab_text_free(&line);
}

static void read_records(ftblab_trace_reader *reader, transcript *t)
{
  ftblab_text frames[MOST_FRAMES] = {{0}};
  ftblab_error err = {0};
  for (bool more = true; more;) {
    ftblab_record record;
    ftblab_status status = ftblab_trace_reader_next(reader, &record, &more, &err);
    ftblab_fuzz_is_no_bug(status, &err);
    if (status == FTBLAB_OK && !more)
      break;
    if (status == FTBLAB_OK) {
      size_t begin = t->records.length;
      ftblab_record_write(&record, &t->records);
      ftblab_text_addf(&t->all, "%llu ", (unsigned long long)record.line);
      ftblab_text_add_bytes(&t->all, t->records.data + begin, t->records.length - begin);
      check_frame(&record, frames);
    } else {
      ftblab_text_addf(&t->all, "%s\n", err.text);
      more = true;
    }
  }
  for (size_t i = 0; i < MOST_FRAMES; i++)
    ftblab_text_free(&frames[i]);
}

static transcript read_with(const uint8_t *data, size_t size, size_t block, bool learning)
{
  transcript t = {{0}, {0}};
  FILE *stream = ftblab_fuzz_stream(data, size);
  ftblab_trace_reader *reader;
  ftblab_trace_header header;
  ftblab_error err = {0};
  ftblab_fuzz_must(ftblab_trace_reader_new(stream, "fuzz", &reader, &err) == FTBLAB_OK, err.text);
  ftblab_trace_reader_set_learning(reader, learning);
  ftblab_trace_reader_set_block(reader, block);
  if (ftblab_trace_reader_header(reader, &header, &err) == FTBLAB_OK)
    ftblab_trace_header_write(&header, &t.all);
  else
    ftblab_text_addf(&t.all, "%s\n", err.text);
  read_records(reader, &t);
  ftblab_trace_reader_free(reader);
  fclose(stream);
  return t;
}

static void free_transcript(transcript *t)
{
  ftblab_text_free(&t->all);
  ftblab_text_free(&t->records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  transcript plain = read_with(data, size, BLOCK, false), learned = read_with(data, size, BLOCK, true);
  transcript small = read_with(data, size, 7, true);
  const char *all = ftblab_text_string(&plain.all), *records = ftblab_text_string(&plain.records);
  ftblab_fuzz_must(strcmp(all, ftblab_text_string(&learned.all)) == 0, "frames make no difference");
  ftblab_fuzz_must(strcmp(all, ftblab_text_string(&small.all)) == 0, "blocks make no difference");
  transcript again = read_with((const uint8_t *)records, plain.records.length, BLOCK, true);
  ftblab_fuzz_must(strcmp(records, ftblab_text_string(&again.records)) == 0, "what is written is read back");
  free_transcript(&plain);
  free_transcript(&learned);
  free_transcript(&small);
  free_transcript(&again);
  return 0;
}
