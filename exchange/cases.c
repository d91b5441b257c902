/* cases.c - the records of a trace as cases of process mining: a case is an instance that the checker found. */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the cases");
}

static void free_case(ftblab_case *c)
{
  for (size_t i = 0; i < c->count; i++)
    free(c->rows[i]);
  free(c->rows);
  free(c->records);
  free(c->name);
}

void ftblab_cases_free(ftblab_cases *cases)
{
  for (size_t i = 0; i < cases->count; i++)
    free_case(&cases->cases[i]);
  free(cases->cases);
  *cases = (ftblab_cases){0};
}

static char *take(ftblab_text *text)
{
  char *string = text->failed ? NULL : strdup(ftblab_text_string(text));
  ftblab_text_free(text);
  return string;
}

static int by_line(const void *key, const void *record)
{
  uint64_t line = *(const uint64_t *)key, other = ((const ftblab_record *)record)->line;
  return line < other ? -1 : line > other;
}

static bool make_case(ftblab_case *c, size_t count)
{
  c->records = calloc(count + 1, sizeof *c->records);
  c->rows = calloc(count + 1, sizeof *c->rows);
  return c->records != NULL && c->rows != NULL && c->name != NULL;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static char *name_of(const ftblab_verdict *verdict, size_t instance)
{
  ftblab_text text = {0};
  ftblab_text_add(&text, ftblab_verdict_instance_workflow(verdict, instance));
  for (size_t b = 0; b < ftblab_verdict_instance_bindings(verdict, instance); b++) {
    const char *variable, *value;
    ftblab_verdict_instance_binding(verdict, instance, b, &variable, &value);
    ftblab_text_addf(&text, " %s=%s", variable, value);
  }
  return take(&text);
}

static int by_name(const void *left, const void *right)
{
  const ftblab_case *a = *(ftblab_case *const *)left, *b = *(ftblab_case *const *)right;
  int order = strcmp(a->name, b->name);
  return order != 0 ? order : a < b ? -1 : a > b;
}

/* The second of one name becomes "NAME #2". */
static ftblab_status tell_apart(ftblab_cases *cases, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  ftblab_case **sorted = calloc(cases->count + 1, sizeof *sorted);
  if (sorted == NULL)
    return no_memory(err);
  for (size_t i = 0; i < cases->count; i++)
    sorted[i] = &cases->cases[i];
  qsort(sorted, cases->count, sizeof *sorted, by_name);
  for (size_t i = 0, first = 0; i < cases->count && status == FTBLAB_OK; i++) {
    if (strcmp(sorted[i]->name, sorted[first]->name) != 0)
      first = i;
    if (i == first)
      continue;
    ftblab_text text = {0};
    ftblab_text_addf(&text, "%s #%zu", sorted[first]->name, i - first + 1);
    char *name = take(&text);
    if (name == NULL) {
      status = no_memory(err);
      continue;
    }
    free(sorted[i]->name);
    sorted[i]->name = name;
  }
  free(sorted);
  return status;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static char *row_of(const ftblab_verdict *verdict, size_t instance, uint64_t line, bool *failed)
{
  for (size_t r = 0; r < ftblab_verdict_instance_rows(verdict, instance); r++) {
    if (ftblab_verdict_instance_row_line(verdict, instance, r) != line)
      continue;
    ftblab_text text = {0};
    ftblab_verdict_instance_row_name(verdict, instance, r, &text);
    char *name = take(&text);
    *failed = *failed || name == NULL;
    return name;
  }
  return NULL;
}

/* The case of INSTANCE; marks in USED the records that it has. */
static ftblab_status add_instance(ftblab_cases *cases, const ftblab_log *log, const ftblab_verdict *verdict,
                                  size_t instance, bool *used, ftblab_error *err)
{
  const uint64_t *lines;
  size_t count = ftblab_verdict_instance_lines(verdict, instance, &lines);
  ftblab_case *c = &cases->cases[cases->count++];
  bool failed = false;
  c->name = name_of(verdict, instance);
  c->verdict = ftblab_verdict_name(ftblab_verdict_instance_kind(verdict, instance));
  if (!make_case(c, count))
    return no_memory(err);
  for (size_t i = 0; i < count && !failed; i++) {
    const ftblab_record *record = bsearch(&lines[i], log->records, log->count, sizeof *log->records, by_line);
    if (record == NULL)
      return ftblab_fail(err, FTBLAB_EINTERNAL, "no record on line %llu", (unsigned long long)lines[i]);
    c->records[c->count] = (size_t)(record - log->records);
    used[c->records[c->count]] = true;
    c->rows[c->count++] = row_of(verdict, instance, lines[i], &failed);
  }
  return failed ? no_memory(err) : FTBLAB_OK;
}

static ftblab_status add_none(ftblab_cases *cases, const ftblab_log *log, const bool *used, ftblab_error *err)
{
  ftblab_case *c = &cases->cases[cases->count++];
  c->name = strdup("none");
  if (!make_case(c, log->count))
    return no_memory(err);
  for (size_t i = 0; i < log->count; i++)
    if (!used[i])
      c->records[c->count++] = i;
  if (c->count == 0) { /* no case without a record */
    free_case(c);
    cases->count--;
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_cases_find(ftblab_cases *cases, const ftblab_log *log, const ftblab_verdict *verdict, bool only,
                                ftblab_error *err)
{
  size_t instances = ftblab_verdict_instances(verdict);
  ftblab_status status = FTBLAB_OK;
  bool *used = calloc(log->count + 1, sizeof *used);
  cases->cases = calloc(instances + 1, sizeof *cases->cases);
  if (used == NULL || cases->cases == NULL)
    status = no_memory(err);
  for (size_t i = 0; i < instances && status == FTBLAB_OK; i++)
    status = add_instance(cases, log, verdict, i, used, err);
  if (status == FTBLAB_OK)
    status = tell_apart(cases, err);
  if (status == FTBLAB_OK && !only)
    status = add_none(cases, log, used, err);
  free(used);
  return status;
}
