/* checker.c - the public checker. A short trace, or one of which every instance is to be listed, is judged by the exact
 * checker. If a summary is enough, records are kept until there are FTBLAB_LISTED_RECORDS; then the trace is a long one
 * and is judged as a stream. So a short trace has the same verdict either way. If counts are enough only where there is
 * no violation, the stream keeps the records, and where it found one they are judged once more by the exact checker. */
#include <stdlib.h>
#include <string.h>

#include "start.h"
#include "stream.h"

struct ftblab_checker {
  const ftblab_spec *spec;
  ftblab_check_options options;
  ftblab_trace_header header;
  char *workflows;
  ftblab_exact *exact; /* or NULL */
  stream *stream;      /* or NULL */
  start_records start; /* until it is clear which */
  uint64_t bad;
  bool finished;
};

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
}

ftblab_status ftblab_checker_new(const ftblab_spec *spec, const ftblab_check_options *options,
                                 const ftblab_trace_header *header, ftblab_checker **result, ftblab_error *err)
{
  ftblab_checker *checker = calloc(1, sizeof *checker);
  if (checker == NULL)
    return no_memory(err);
  checker->spec = spec;
  checker->header = *header;
  checker->options = *options;
  checker->workflows = options->workflows == NULL ? NULL : strdup(options->workflows);
  checker->options.workflows = checker->workflows;
  ftblab_status status = FTBLAB_OK;
  if (options->workflows != NULL && checker->workflows == NULL)
    status = no_memory(err);
  if (status == FTBLAB_OK) /* also where it may not be needed: it knows whether the options are right */
    status = ftblab_exact_new(spec, &checker->options, header, &checker->exact, err);
  if (status != FTBLAB_OK) {
    ftblab_checker_free(checker);
    return status;
  }
  *result = checker;
  return FTBLAB_OK;
}

void ftblab_checker_free(ftblab_checker *checker)
{
  if (checker == NULL)
    return;
  ftblab_exact_free(checker->exact);
  ftblab_stream_free(checker->stream);
  ftblab_start_free(&checker->start);
  free(checker->workflows);
  free(checker);
}

/* ---- records ------------------------------------------------------------------------------------------- */

static ftblab_status take_long(void *argument, const ftblab_record *record, ftblab_error *err)
{
  return ftblab_stream_add(argument, record, err);
}

static ftblab_status take_short(void *argument, const ftblab_record *record, ftblab_error *err)
{
  return ftblab_exact_add(argument, record, err);
}

static ftblab_status begin_stream(ftblab_checker *checker, ftblab_error *err)
{
  ftblab_status status = ftblab_stream_new(checker->spec, &checker->options, &checker->header, &checker->stream, err);
  if (status == FTBLAB_OK)
    status = ftblab_start_replay(&checker->start, take_long, checker->stream, err);
  ftblab_start_free(&checker->start);
  return status;
}

/* More records than this make a trace a long one; UINT64_MAX: none is. */
static uint64_t short_records(const ftblab_checker *checker)
{
  const ftblab_check_options *options = &checker->options;
  if (options->bounds != NULL || checker->header.no_payload)
    return UINT64_MAX;
  if (options->follow)
    return 0;
  return options->summary ? FTBLAB_LISTED_RECORDS : options->counted ? FTBLAB_COUNTED_RECORDS : UINT64_MAX;
}

/* A record before it is known whether the trace is long, or one of a trace that is judged as a whole. Not in line: the
 * many records of long traces need not make room for what this needs. */
__attribute__((noinline)) static ftblab_status add_to_start(ftblab_checker *checker, const ftblab_record *record,
                                                            ftblab_error *err)
{
  const uint64_t limit = short_records(checker);
  if (limit == UINT64_MAX)
    return ftblab_exact_add(checker->exact, record, err);
  if (!ftblab_start_keep(&checker->start, record))
    return no_memory(err);
  return checker->start.count > limit ? begin_stream(checker, err) : FTBLAB_OK;
}

ftblab_status ftblab_checker_add(ftblab_checker *checker, const ftblab_record *record, ftblab_error *err)
{
  if (checker->finished)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "a record was added to a finished checker");
  return checker->stream != NULL ? ftblab_stream_add(checker->stream, record, err) : add_to_start(checker, record, err);
}

void ftblab_checker_count_bad(ftblab_checker *checker)
{
  checker->bad++;
}

void ftblab_checker_set_complete(ftblab_checker *checker)
{
  checker->options.complete = true;
  ftblab_exact_set_complete(checker->exact);
}

ftblab_status ftblab_checker_look(ftblab_checker *checker, const char *trace_name, ftblab_verdict **verdict,
                                  ftblab_error *err)
{
  *verdict = NULL;
  return checker->stream == NULL ? FTBLAB_OK : ftblab_stream_look(checker->stream, trace_name, verdict, err);
}

/* The stream's verdict, unless it only tells that there are violations. */
static ftblab_status finish_stream(ftblab_checker *checker, const char *trace_name, ftblab_verdict **verdict,
                                   ftblab_error *err)
{
  ftblab_verdict *found = NULL;
  ftblab_status status = ftblab_stream_finish(checker->stream, trace_name, checker->options.complete, &found, err);
  if (status != FTBLAB_OK || !checker->options.counted ||
      (ftblab_verdict_violations(found) == 0 && found->cut_short == 0)) {
    *verdict = found;
    return status;
  }
  ftblab_verdict_free(found);
  status = ftblab_stream_replay(checker->stream, checker->exact, err);
  return status == FTBLAB_OK ? ftblab_exact_finish(checker->exact, trace_name, verdict, err) : status;
}

ftblab_status ftblab_checker_finish(ftblab_checker *checker, const char *trace_name, ftblab_verdict **verdict,
                                    ftblab_error *err)
{
  if (checker->finished)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "a checker was finished twice");
  checker->finished = true;
  ftblab_status status = ftblab_start_replay(&checker->start, take_short, checker->exact, err);
  if (status == FTBLAB_OK && checker->stream != NULL)
    status = finish_stream(checker, trace_name, verdict, err);
  else if (status == FTBLAB_OK)
    status = ftblab_exact_finish(checker->exact, trace_name, verdict, err);
  if (status == FTBLAB_OK) {
    (*verdict)->records.bad = checker->bad;
    ftblab_verdict_set_places(*verdict, checker->options.places);
  }
  return status;
}
