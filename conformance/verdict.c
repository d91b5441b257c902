/* verdict.c - a verdict's life and what can be asked of it. */
#include "verdict.h"

#include "spec_render.h"

#include <stdlib.h>
#include <string.h>

bool ftblab_violations_add(ftblab_violation **list, size_t *count, size_t *capacity, const ftblab_violation *v)
{
  if (*count == *capacity) {
    size_t more = *capacity == 0 ? 4 : 2 * *capacity;
    ftblab_violation *grown = realloc(*list, more * sizeof *grown);
    if (grown == NULL)
      return false;
    *list = grown;
    *capacity = more;
  }
  (*list)[(*count)++] = *v;
  return true;
}

const char *ftblab_verdict_keep(ftblab_verdict *verdict, ftblab_text *text)
{
  char *kept = text->failed ? NULL : ftblab_arena_take(&verdict->memory, text->length + 1);
  if (kept != NULL && text->length > 0)
    memcpy(kept, text->data, text->length);
  ftblab_text_free(text);
  return kept;
}

ftblab_instance_result *ftblab_verdict_add_instance(ftblab_verdict *verdict)
{
  if (verdict->instance_count == verdict->instance_capacity) {
    size_t capacity = verdict->instance_capacity == 0 ? 16 : 2 * verdict->instance_capacity;
    ftblab_instance_result *instances = realloc(verdict->instances, capacity * sizeof *instances);
    if (instances == NULL)
      return NULL;
    verdict->instances = instances;
    verdict->instance_capacity = capacity;
  }
  ftblab_instance_result *added = &verdict->instances[verdict->instance_count++];
  *added = (ftblab_instance_result){0};
  return added;
}

static int by_line(const void *left, const void *right)
{
  const ftblab_violation *a = left, *b = right;
  return a->line < b->line ? -1 : a->line > b->line;
}

void ftblab_violations_sort(ftblab_violation *list, size_t count)
{
  if (count > 1)
    qsort(list, count, sizeof *list, by_line);
}

static void free_violations(ftblab_violation *list, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    free(list[i].message);
    free(list[i].expected);
    if (list[i].own_event)
      free((char *)list[i].event);
  }
  free(list);
}

void ftblab_verdict_free(ftblab_verdict *verdict)
{
  if (verdict == NULL)
    return;
  for (size_t i = 0; i < verdict->instance_count; i++) {
    ftblab_instance_result *in = &verdict->instances[i];
    for (size_t b = 0; b < in->binding_count; b++)
      free(in->bindings[b].text);
    free(in->bindings);
    free(in->steps);
    free(in->also);
    free_violations(in->violations, in->violation_count);
  }
  free(verdict->instances);
  free_violations(verdict->violations, verdict->violation_count);
  free(verdict->never);
  free(verdict->tallies);
  ftblab_arena_free(&verdict->memory);
  free(verdict->trace);
  free(verdict);
}

static const char *keep_words(ftblab_verdict *verdict, const char *words)
{
  ftblab_text text = {0};
  ftblab_text_add(&text, words);
  return ftblab_verdict_keep(verdict, &text);
}

ftblab_status ftblab_verdict_add_problem(ftblab_verdict *verdict, const char *words, uint64_t line, ftblab_error *err)
{
  problem *added = ftblab_arena_take(&verdict->memory, sizeof *added);
  if (added != NULL)
    *added = (problem){.words = keep_words(verdict, words), .line = line};
  if (added == NULL || added->words == NULL || !ftblab_pointers_add(&verdict->memory, &verdict->problems, added))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the verdict");
  return FTBLAB_OK;
}

ftblab_status ftblab_verdict_add_note(ftblab_verdict *verdict, const char *note, ftblab_error *err)
{
  const char *kept = keep_words(verdict, note);
  if (kept == NULL || !ftblab_pointers_add(&verdict->memory, &verdict->notes, (char *)kept))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the verdict");
  return FTBLAB_OK;
}

ftblab_status ftblab_verdict_unread(const ftblab_spec *spec, const char *trace, const char *words, uint64_t line,
                                    ftblab_verdict **verdict, ftblab_error *err)
{
  ftblab_verdict *v = calloc(1, sizeof *v);
  if (v == NULL || (v->trace = strdup(trace)) == NULL) {
    free(v);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the verdict");
  }
  v->spec = spec;
  v->kind = FTBLAB_UNDECIDED;
  v->unread = true;
  ftblab_status status = ftblab_verdict_add_problem(v, words, line, err);
  if (status != FTBLAB_OK) {
    ftblab_verdict_free(v);
    return status;
  }
  *verdict = v;
  return FTBLAB_OK;
}

const char *ftblab_verdict_name(ftblab_verdict_kind kind)
{
  static const char *const names[] = {"conforms", "violates", "incomplete", "undecided"};
  return names[kind];
}

ftblab_verdict_kind ftblab_verdict_of(const ftblab_verdict *verdict)
{
  return verdict->kind;
}

bool ftblab_verdict_exercised(const ftblab_verdict *v, size_t workflow)
{
  for (int k = 0; v->tallies != NULL && k < FTBLAB_UNDECIDED; k++)
    if (v->tallies[workflow].instances[k] > 0)
      return true;
  for (size_t i = 0; i < v->instance_count; i++)
    if (v->instances[i].workflow == &v->spec->workflows[workflow])
      return true;
  return false;
}

bool ftblab_verdict_complete(ftblab_verdict *v, uint64_t expected)
{
  v->never = calloc(v->spec->workflow_count, sizeof *v->never);
  if (v->never == NULL)
    return false;
  for (size_t w = 0; w < v->spec->workflow_count; w++)
    if (expected >> w & 1 && !ftblab_verdict_exercised(v, w))
      v->never[v->never_count++] = v->spec->workflows[w].id;
  ftblab_verdict_judge(v);
  return true;
}

size_t ftblab_verdict_count(const ftblab_verdict *verdict, ftblab_verdict_kind kind)
{
  size_t count = 0;
  for (size_t i = 0; i < verdict->instance_count; i++)
    count += verdict->instances[i].kind == kind;
  for (size_t w = 0; verdict->tallies != NULL && kind < FTBLAB_UNDECIDED && w < verdict->spec->workflow_count; w++)
    count += verdict->tallies[w].instances[kind];
  return count;
}

size_t ftblab_verdict_instances(const ftblab_verdict *verdict)
{
  return verdict->instance_count;
}

const char *ftblab_verdict_instance_workflow(const ftblab_verdict *verdict, size_t instance)
{
  return verdict->instances[instance].workflow->id;
}

ftblab_verdict_kind ftblab_verdict_instance_kind(const ftblab_verdict *verdict, size_t instance)
{
  return verdict->instances[instance].kind;
}

size_t ftblab_verdict_counted(const ftblab_verdict *verdict, size_t workflow, const char **id)
{
  size_t count = 0;
  *id = workflow < verdict->spec->workflow_count ? verdict->spec->workflows[workflow].id : NULL;
  for (int k = 0; k < FTBLAB_UNDECIDED && *id != NULL && verdict->tallies != NULL; k++)
    count += verdict->tallies[workflow].instances[k];
  return count;
}

size_t ftblab_verdict_total(const ftblab_verdict *verdict)
{
  return ftblab_verdict_count(verdict, FTBLAB_CONFORMS) + ftblab_verdict_count(verdict, FTBLAB_VIOLATES) +
         ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE);
}

/* Violations that are counted and not listed. */
static size_t count_unlisted(const ftblab_verdict *verdict)
{
  size_t count = verdict->unlisted;
  for (size_t w = 0; verdict->tallies != NULL && w < verdict->spec->workflow_count; w++)
    count += verdict->tallies[w].violations;
  return count;
}

size_t ftblab_verdict_violations(const ftblab_verdict *verdict)
{
  size_t count = verdict->violation_count + count_unlisted(verdict);
  for (size_t i = 0; i < verdict->instance_count; i++)
    count += verdict->instances[i].violation_count;
  return count;
}

static size_t count_unexcused(const ftblab_violation *violations, size_t count)
{
  size_t unexcused = 0;
  for (size_t i = 0; i < count; i++)
    unexcused += !violations[i].excused;
  return unexcused;
}

size_t ftblab_instance_unexcused(const ftblab_instance_result *in)
{
  return count_unexcused(in->violations, in->violation_count);
}

size_t ftblab_verdict_unexcused(const ftblab_verdict *verdict)
{
  size_t count = count_unexcused(verdict->violations, verdict->violation_count) + count_unlisted(verdict);
  for (size_t i = 0; i < verdict->instance_count; i++)
    count += ftblab_instance_unexcused(&verdict->instances[i]);
  return count;
}

void ftblab_verdict_judge(ftblab_verdict *verdict)
{
  bool nothing = ftblab_verdict_total(verdict) == 0 && verdict->violation_count == 0;
  if (ftblab_verdict_unexcused(verdict) > 0 || verdict->passes != NULL)
    verdict->kind = FTBLAB_VIOLATES;
  else if (nothing || ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE) > 0)
    verdict->kind = FTBLAB_UNDECIDED;
  else
    verdict->kind = FTBLAB_CONFORMS;
}

bool ftblab_next_finding(const ftblab_verdict *verdict, ftblab_finding *finding)
{
  for (; finding->at < verdict->instance_count; finding->at++, finding->i = 0) {
    const ftblab_instance_result *in = &verdict->instances[finding->at];
    if (finding->i < in->violation_count) {
      finding->instance = in;
      finding->violation = &in->violations[finding->i++];
      return true;
    }
  }
  finding->instance = NULL;
  if (finding->i >= verdict->violation_count)
    return false;
  finding->violation = &verdict->violations[finding->i++];
  return true;
}

uint64_t ftblab_line_of(const ftblab_finding *finding)
{
  const ftblab_violation *v = finding->violation;
  if (v->line != 0 || v->cause != 0)
    return v->line != 0 ? v->line : v->cause;
  return finding->instance != NULL ? finding->instance->last_line : 0;
}

void ftblab_verdict_violation(const ftblab_verdict *verdict, size_t i, const char **kind, const char **step,
                              const char **message)
{
  const ftblab_violation *v = NULL;
  for (size_t in = 0; in < verdict->instance_count && v == NULL; in++) {
    if (i < verdict->instances[in].violation_count)
      v = &verdict->instances[in].violations[i];
    else
      i -= verdict->instances[in].violation_count;
  }
  if (v == NULL)
    v = &verdict->violations[i];
  *kind = v->kind;
  *step = v->step;
  *message = v->message;
}

size_t ftblab_verdict_instance_rows(const ftblab_verdict *verdict, size_t instance)
{
  return verdict->instances[instance].workflow->row_count;
}

void ftblab_verdict_instance_row(const ftblab_verdict *verdict, size_t instance, size_t row, const char **step,
                                 const char **status)
{
  *step = verdict->instances[instance].workflow->rows[row].step;
  *status = verdict->instances[instance].steps[row].status;
}

uint64_t ftblab_verdict_instance_row_line(const ftblab_verdict *verdict, size_t instance, size_t row)
{
  return verdict->instances[instance].steps[row].line;
}

void ftblab_verdict_instance_row_name(const ftblab_verdict *verdict, size_t instance, size_t row, ftblab_text *text)
{
  ftblab_render_row_name(verdict->spec, text, &verdict->instances[instance].workflow->rows[row]);
}

size_t ftblab_verdict_instance_bindings(const ftblab_verdict *verdict, size_t instance)
{
  return verdict->instances[instance].binding_count;
}

void ftblab_verdict_instance_binding(const ftblab_verdict *verdict, size_t instance, size_t binding,
                                     const char **variable, const char **value)
{
  *variable = verdict->instances[instance].bindings[binding].variable;
  *value = verdict->instances[instance].bindings[binding].text;
}

size_t ftblab_verdict_instance_lines(const ftblab_verdict *verdict, size_t instance, const uint64_t **lines)
{
  *lines = verdict->instances[instance].lines;
  return verdict->instances[instance].line_count;
}
