/* verdict.c - a verdict's life and what can be asked of it. */
#include "verdict.h"

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
  free(verdict->trace);
  free(verdict);
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

static bool was_exercised(const ftblab_verdict *v, size_t workflow)
{
  for (int k = 0; v->tallies != NULL && k < FTBLAB_UNDECIDED; k++)
    if (v->tallies[workflow].instances[k] > 0)
      return true;
  for (size_t i = 0; i < v->instance_count; i++)
    if (v->instances[i].workflow == &v->spec->workflows[workflow])
      return true;
  return false;
}

bool ftblab_verdict_complete(ftblab_verdict *v, uint64_t chosen)
{
  v->never = calloc(v->spec->workflow_count, sizeof *v->never);
  if (v->never == NULL)
    return false;
  for (size_t w = 0; w < v->spec->workflow_count; w++)
    if (chosen >> w & 1 && !was_exercised(v, w))
      v->never[v->never_count++] = v->spec->workflows[w].id;
  size_t conforming = ftblab_verdict_count(v, FTBLAB_CONFORMS), incomplete = ftblab_verdict_count(v, FTBLAB_INCOMPLETE);
  if (v->violation_count > 0 || ftblab_verdict_count(v, FTBLAB_VIOLATES) > 0)
    v->kind = FTBLAB_VIOLATES;
  else
    v->kind = conforming == 0 || incomplete > 0 ? FTBLAB_UNDECIDED : FTBLAB_CONFORMS;
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

size_t ftblab_verdict_violations(const ftblab_verdict *verdict)
{
  size_t count = verdict->violation_count;
  for (size_t i = 0; i < verdict->instance_count; i++)
    count += verdict->instances[i].violation_count;
  return count;
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
