/* judges.h - records judged by the stream, by the exact checker, and by this again from what a stream kept: for the
 * tests that compare them. */
#ifndef FTBLAB_TESTS_JUDGES_H
#define FTBLAB_TESTS_JUDGES_H

#include "made_trace.h"
#include "stream.h"

typedef struct ftblab_judges {
  const ftblab_spec *spec;
  ftblab_trace_header header;
  ftblab_check_options options;
} ftblab_judges;

/* Instances that a stream lists at most are LISTED. */
ftblab_verdict *ftblab_judge_stream(const ftblab_judges *how, size_t listed, const ftblab_made_record *records,
                                    size_t count);
ftblab_verdict *ftblab_judge_exactly(const ftblab_judges *how, const ftblab_made_record *records, size_t count);
ftblab_verdict *ftblab_judge_replayed(const ftblab_judges *how, const ftblab_made_record *records, size_t count);

/* RECORD as line LINE of S. */
void ftblab_judges_add(stream *s, const ftblab_made_record *record, size_t line);
/* The same findings, verdict and, with COUNTS, numbers of instances of each kind. */
bool ftblab_judges_agree(const ftblab_verdict *one, const ftblab_verdict *other, bool counts);
/* What NAME found. */
void ftblab_judges_show(const char *name, const ftblab_verdict *verdict);

#endif
