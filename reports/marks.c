/* marks.c - what a verdict says of the lines of its trace: which row a record satisfies, what is wrong with it. */
#include "sequence.h"

#include <stdlib.h>

static size_t count_list(const cJSON *first)
{
  size_t count = 0;
  for (; first; first = first->next)
    count++;
  return count;
}

static int compare(const void *left, const void *right)
{
  const ftblab_row_mark *a = left, *b = right;
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  return a->instance < b->instance ? -1 : a->instance > b->instance;
}

static void add_findings(ftblab_marks *marks, const cJSON *first, size_t instance)
{
  for (; first; first = first->next, marks->finding_count++)
    marks->findings[marks->finding_count] = (ftblab_finding_mark){marks->finding_count + 1, first, instance};
}

ftblab_status ftblab_marks_make(const cJSON *verdict, ftblab_marks *marks, ftblab_error *err)
{
  const cJSON *instances = ftblab_list_at(verdict, "instances"), *in;
  size_t rows = 0, findings = count_list(ftblab_list_at(verdict, "violations"));
  for (in = instances; in; in = in->next) {
    rows += count_list(ftblab_list_at(in, "steps"));
    findings += count_list(ftblab_list_at(in, "violations"));
  }
  marks->rows = calloc(rows + 1, sizeof *marks->rows);
  marks->findings = calloc(findings + 1, sizeof *marks->findings);
  if (!marks->rows || !marks->findings)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a picture");
  for (in = instances; in; in = in->next) {
    marks->instance_count++;
    for (const cJSON *step = ftblab_list_at(in, "steps"); step; step = step->next)
      if (ftblab_number_at(step, "line") > 0)
        marks->rows[marks->row_count++] =
            (ftblab_row_mark){ftblab_number_at(step, "line"), marks->instance_count, ftblab_string_at(step, "step")};
    add_findings(marks, ftblab_list_at(in, "violations"), marks->instance_count);
  }
  add_findings(marks, ftblab_list_at(verdict, "violations"), 0);
  qsort(marks->rows, marks->row_count, sizeof *marks->rows, compare);
  return FTBLAB_OK;
}

void ftblab_marks_free(ftblab_marks *marks)
{
  free(marks->rows);
  free(marks->findings);
  *marks = (ftblab_marks){0};
}

const ftblab_row_mark *ftblab_marks_of_line(const ftblab_marks *marks, uint64_t line)
{
  size_t low = 0, high = marks->row_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (marks->rows[middle].line < line)
      low = middle + 1;
    else
      high = middle;
  }
  return low < marks->row_count && marks->rows[low].line == line ? &marks->rows[low] : NULL;
}
