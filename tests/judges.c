/* judges.c - see judges.h. */
#include "judges.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

void ftblab_judges_add(stream *s, const ftblab_made_record *record, size_t line)
{
  ftblab_error err;
  ftblab_record as_read = ftblab_made_as_record(record, line);
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_add(s, &as_read, &err), FTBLAB_OK);
}

/* A stream that was given all RECORDS. */
static stream *streamed(const ftblab_judges *how, const ftblab_check_options *options, size_t listed,
                        const ftblab_made_record *records, size_t count)
{
  stream *s = NULL;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_new(how->spec, options, &how->header, &s, &err), FTBLAB_OK);
  s->listed = listed;
  for (size_t i = 0; i < count; i++)
    ftblab_judges_add(s, &records[i], i + 1);
  return s;
}

ftblab_verdict *ftblab_judge_stream(const ftblab_judges *how, size_t listed, const ftblab_made_record *records,
                                    size_t count)
{
  ftblab_verdict *verdict = NULL;
  ftblab_error err;
  stream *s = streamed(how, &how->options, listed, records, count);
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_finish(s, "made", how->options.complete, &verdict, &err), FTBLAB_OK);
  ftblab_stream_free(s);
  return verdict;
}

static ftblab_exact *new_exact(const ftblab_judges *how)
{
  ftblab_exact *checker = NULL;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(ftblab_exact_new(how->spec, &how->options, &how->header, &checker, &err), FTBLAB_OK);
  return checker;
}

static ftblab_verdict *finish(ftblab_exact *checker)
{
  ftblab_verdict *verdict = NULL;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(ftblab_exact_finish(checker, "made", &verdict, &err), FTBLAB_OK);
  ftblab_exact_free(checker);
  return verdict;
}

ftblab_verdict *ftblab_judge_exactly(const ftblab_judges *how, const ftblab_made_record *records, size_t count)
{
  ftblab_exact *checker = new_exact(how);
  ftblab_error err;
  for (size_t i = 0; i < count; i++) {
    ftblab_record record = ftblab_made_as_record(&records[i], i + 1);
    CU_ASSERT_EQUAL_FATAL(ftblab_exact_add(checker, &record, &err), FTBLAB_OK);
  }
  return finish(checker);
}

ftblab_verdict *ftblab_judge_replayed(const ftblab_judges *how, const ftblab_made_record *records, size_t count)
{
  ftblab_check_options options = how->options;
  options.counted = true;
  ftblab_error err;
  stream *s = streamed(how, &options, FTBLAB_LISTED_INSTANCES, records, count);
  ftblab_exact *checker = new_exact(how);
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_replay(s, checker, &err), FTBLAB_OK);
  ftblab_stream_free(s);
  return finish(checker);
}

/* ---- what they found ----------------------------------------------------------------------------------- */

typedef struct finding {
  const char *kind, *step;
  uint64_t line;
} finding;

static int by_all(const void *left, const void *right)
{
  const finding *a = left, *b = right;
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  int kinds = strcmp(a->kind, b->kind);
  return kinds != 0 ? kinds : strcmp(a->step, b->step);
}

/* All of them, sorted; the caller's to free. */
static finding *findings_of(const ftblab_verdict *verdict, size_t *count)
{
  finding *list = malloc((ftblab_verdict_violations(verdict) + 1) * sizeof *list);
  ftblab_finding f = {0};
  CU_ASSERT_PTR_NOT_NULL_FATAL(list);
  *count = 0;
  while (ftblab_next_finding(verdict, &f))
    list[(*count)++] =
        (finding){f.violation->kind, f.violation->step != NULL ? f.violation->step : "", f.violation->line};
  qsort(list, *count, sizeof *list, by_all);
  return list;
}

bool ftblab_judges_agree(const ftblab_verdict *one, const ftblab_verdict *other, bool counts)
{
  size_t count, theirs;
  finding *a = findings_of(one, &count), *b = findings_of(other, &theirs);
  bool same = count == theirs && ftblab_verdict_of(one) == ftblab_verdict_of(other);
  for (size_t i = 0; i < count && same; i++)
    same = by_all(&a[i], &b[i]) == 0;
  for (int k = FTBLAB_CONFORMS; counts && k <= FTBLAB_INCOMPLETE; k++)
    same = same &&
           ftblab_verdict_count(one, (ftblab_verdict_kind)k) == ftblab_verdict_count(other, (ftblab_verdict_kind)k);
  free(a);
  free(b);
  return same;
}

void ftblab_judges_show(const char *name, const ftblab_verdict *verdict)
{
  ftblab_finding f = {0};
  printf("-- %s: %s, %zu conform, %zu violate, %zu incomplete\n", name, ftblab_verdict_name(ftblab_verdict_of(verdict)),
         ftblab_verdict_count(verdict, FTBLAB_CONFORMS), ftblab_verdict_count(verdict, FTBLAB_VIOLATES),
         ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE));
  while (ftblab_next_finding(verdict, &f))
    printf("   %s %s %s line %llu\n", f.instance != NULL ? f.instance->workflow->id : "-", f.violation->kind,
           f.violation->step != NULL ? f.violation->step : "-", (unsigned long long)f.violation->line);
}
