/* fuzz.c - what the fuzz targets share. See fuzz.h. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

void ftblab_fuzz_must(bool holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "does not hold: %s\n", what);
  abort();
}

void ftblab_fuzz_is_no_bug(ftblab_status status, const ftblab_error *err)
{
  if (status == FTBLAB_OK || status == FTBLAB_EINPUT || status == FTBLAB_EUSAGE)
    return;
  fprintf(stderr, "status %d: %s\n", (int)status, err->text);
  abort();
}

const ftblab_spec *ftblab_fuzz_spec(void)
{
  static ftblab_spec *spec; /* reading it takes longer than most inputs */
  ftblab_error err = {0};
  if (spec == NULL)
    ftblab_fuzz_is_no_bug(ftblab_spec_load(&spec, &err), &err);
  return spec;
}

FILE *ftblab_fuzz_stream(const uint8_t *data, size_t size)
{
  /* a memory stream of no bytes is refused */
  FILE *stream = size == 0 ? fopen("/dev/null", "r") : fmemopen((void *)(uintptr_t)data, size, "r");
  ftblab_fuzz_must(stream != NULL, "a stream in memory");
  return stream;
}

ftblab_json *ftblab_fuzz_json(const uint8_t *data, size_t size)
{
  ftblab_json *json = NULL;
  ftblab_error err = {0};
  ftblab_fuzz_is_no_bug(ftblab_json_parse((const char *)data, size, "fuzz", &json, &err), &err);
  return json;
}

static void add_all(ftblab_checker *checker, ftblab_trace_reader *reader)
{
  ftblab_record record;
  ftblab_error err = {0};
  for (bool more = true; more;) {
    ftblab_status status = ftblab_trace_reader_next(reader, &record, &more, &err);
    ftblab_fuzz_is_no_bug(status, &err);
    if (status == FTBLAB_EINPUT)
      ftblab_checker_count_bad(checker);
    else if (more)
      ftblab_fuzz_must(ftblab_checker_add(checker, &record, &err) == FTBLAB_OK, err.text);
  }
}

ftblab_verdict *ftblab_fuzz_judge(FILE *stream, const ftblab_check_options *options)
{
  ftblab_trace_reader *reader;
  ftblab_trace_header header;
  ftblab_checker *checker;
  ftblab_verdict *verdict;
  ftblab_error err = {0};
  ftblab_fuzz_must(ftblab_trace_reader_new(stream, "fuzz", &reader, &err) == FTBLAB_OK, err.text);
  ftblab_status status = ftblab_trace_reader_header(reader, &header, &err);
  ftblab_fuzz_is_no_bug(status, &err);
  if (status != FTBLAB_OK)
    header = (ftblab_trace_header){.observes = {true, true, true}, .tie = 0};
  status = ftblab_checker_new(ftblab_fuzz_spec(), options, &header, &checker, &err);
  ftblab_fuzz_must(status == FTBLAB_OK, err.text);
  add_all(checker, reader);
  ftblab_fuzz_must(ftblab_checker_finish(checker, "fuzz", &verdict, &err) == FTBLAB_OK, err.text);
  ftblab_checker_free(checker);
  ftblab_trace_reader_free(reader);
  fclose(stream);
  return verdict;
}

FILE *ftblab_fuzz_trace(const char *name)
{
  char path[1024];
  snprintf(path, sizeof path, "%s/tests/traces/%s", FTBLAB_SOURCE_DIR, name);
  FILE *stream = fopen(path, "r");
  ftblab_fuzz_must(stream != NULL, path);
  return stream;
}

void ftblab_fuzz_write_all(const ftblab_verdict *verdict)
{
  for (int format = FTBLAB_FORMAT_TEXT; format <= FTBLAB_FORMAT_GITHUB; format++) {
    ftblab_text text = {0};
    ftblab_verdicts_write(&verdict, 1, (ftblab_format)format, format == FTBLAB_FORMAT_TEXT, &text);
    ftblab_fuzz_must(!text.failed, "memory for a verdict");
    ftblab_text_free(&text);
  }
}
