/* judge.c - the checker's two sides held against each other. See judge.h. */
#include "judge.h"

#include <string.h>

#include "stream.h"

static ftblab_verdict *judge(const ftblab_trace_header *header, ftblab_check_options options, bool summary,
                             const ftblab_record *records, size_t count)
{
  ftblab_checker *checker;
  ftblab_verdict *verdict;
  ftblab_error err = {0};
  options.summary = summary;
  ftblab_fuzz_must(ftblab_checker_new(ftblab_fuzz_spec(), &options, header, &checker, &err) == FTBLAB_OK, err.text);
  for (size_t i = 0; i < count; i++)
    ftblab_fuzz_must(ftblab_checker_add(checker, &records[i], &err) == FTBLAB_OK, err.text);
  ftblab_fuzz_must(ftblab_checker_finish(checker, "fuzz", &verdict, &err) == FTBLAB_OK, err.text);
  ftblab_checker_free(checker);
  return verdict;
}

/* As if a trace was long from its first record on. */
static ftblab_verdict *judge_as_stream(const ftblab_trace_header *header, ftblab_check_options options,
                                       const ftblab_record *records, size_t count)
{
  stream *s;
  ftblab_verdict *verdict;
  ftblab_error err = {0};
  options.summary = true;
  ftblab_fuzz_must(ftblab_stream_new(ftblab_fuzz_spec(), &options, header, &s, &err) == FTBLAB_OK, err.text);
  for (size_t i = 0; i < count; i++)
    ftblab_fuzz_must(ftblab_stream_add(s, &records[i], &err) == FTBLAB_OK, err.text);
  ftblab_fuzz_must(ftblab_stream_finish(s, "fuzz", options.complete, &verdict, &err) == FTBLAB_OK, err.text);
  ftblab_stream_free(s);
  return verdict;
}

static void must_be_same(const ftblab_verdict *a, const ftblab_verdict *b)
{
  ftblab_text left = {0}, right = {0};
  ftblab_verdict_write_json(a, &left);
  ftblab_verdict_write_json(b, &right);
  ftblab_fuzz_must(!left.failed && !right.failed && strcmp(left.data, right.data) == 0,
                   "a summary of a short trace is the whole");
  ftblab_text_free(&left);
  ftblab_text_free(&right);
}

static void print_verdict(const ftblab_verdict *verdict)
{
  ftblab_text text = {0};
  ftblab_verdict_write_text(verdict, false, &text);
  fprintf(stderr, "%s", ftblab_text_string(&text));
  ftblab_text_free(&text);
}

static void print_trace(const ftblab_trace_header *header, const ftblab_record *records, size_t count)
{
  ftblab_text text = {0};
  ftblab_trace_header_write(header, &text);
  for (size_t i = 0; i < count; i++)
    ftblab_record_write(&records[i], &text);
  fprintf(stderr, "%s", ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* Known difference: a first job fact behind other records tells that no job ran before it. By then the stream has
 * judged what was over. */
static bool are_jobs_known_late(const ftblab_record *records, size_t count)
{
  bool any = false, others = false;
  for (size_t i = 0; i < count && !any; i++) {
    const ftblab_record *r = &records[i];
    any = r->action == FTBLAB_FACT && r->event.length == strlen("JOB_STARTED") && r->payload.length > 0 &&
          memcmp(r->event.data, "JOB_STARTED", r->event.length) == 0;
    others = others || r->action == FTBLAB_THROW || r->action == FTBLAB_CATCH;
  }
  return any && others;
}

/* Known difference: a registration behind a catch tells that the trace began at boot. The stream then blames the first
 * catches without one, also those in instances that facts rule out, which the exact checker passes over. */
static bool is_boot_known_late(const ftblab_trace_header *header, const ftblab_record *records, size_t count)
{
  bool caught = false;
  for (size_t i = 0; i < count && header->start == FTBLAB_START_DEFAULT; i++) {
    caught = caught || records[i].action == FTBLAB_CATCH;
    if (caught && records[i].action == FTBLAB_REGISTER)
      return true;
  }
  return false;
}

void ftblab_fuzz_judge_all(const ftblab_trace_header *header, const ftblab_check_options *options,
                           const ftblab_record *records, size_t count)
{
  ftblab_verdict *exact = judge(header, *options, false, records, count);
  ftblab_verdict *summary = judge(header, *options, true, records, count);
  ftblab_verdict *streamed = judge_as_stream(header, *options, records, count);
  must_be_same(exact, summary);
  ftblab_fuzz_write_all(exact);
  ftblab_fuzz_write_all(streamed);
  if (ftblab_verdict_of(exact) != ftblab_verdict_of(streamed) && !is_boot_known_late(header, records, count) &&
      !are_jobs_known_late(records, count)) {
    print_trace(header, records, count);
    print_verdict(exact);
    fprintf(stderr, "as a stream:\n");
    print_verdict(streamed);
    ftblab_fuzz_must(false, "the stream agrees with the exact checker");
  }
  ftblab_verdict_free(exact);
  ftblab_verdict_free(summary);
  ftblab_verdict_free(streamed);
}
