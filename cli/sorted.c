/* sorted.c - copies of records, sorted by time. What must hold: records of one time keep the order of their lines. */
#include "sorted.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept_record {
  ftblab_record record; /* its slices point into TEXT */
  char *text;
} kept_record;

struct ftblab_sorted {
  kept_record *records;
  size_t count, capacity;
};

ftblab_status ftblab_sorted_new(ftblab_sorted **sorted, ftblab_error *err)
{
  ftblab_sorted *created = calloc(1, sizeof *created);
  if (!created)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to sort a trace");
  *sorted = created;
  return FTBLAB_OK;
}

void ftblab_sorted_free(ftblab_sorted *sorted)
{
  if (!sorted)
    return;
  for (size_t i = 0; i < sorted->count; i++)
    free(sorted->records[i].text);
  free(sorted->records);
  free(sorted);
}

static ftblab_status make_room(ftblab_sorted *sorted, ftblab_error *err)
{
  if (sorted->count < sorted->capacity)
    return FTBLAB_OK;
  size_t capacity = sorted->capacity ? 2 * sorted->capacity : 256;
  kept_record *records = realloc(sorted->records, capacity * sizeof *records);
  if (!records)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to sort %zu records", sorted->count);
  sorted->records = records;
  sorted->capacity = capacity;
  return FTBLAB_OK;
}

/* Every slice of a record. A slice that is added to ftblab_record must be added here. */
#define SLICE_COUNT 9
static void list_slices(ftblab_record *record, ftblab_slice *slices[SLICE_COUNT])
{
  ftblab_slice *all[SLICE_COUNT] = {&record->component, &record->event,   &record->instance,
                                    &record->host,      &record->payload, &record->channel,
                                    &record->severity,  &record->type,    &record->space};
  memcpy(slices, all, sizeof all);
}

ftblab_status ftblab_sorted_add(ftblab_sorted *sorted, const ftblab_record *record, ftblab_error *err)
{
  ftblab_slice *slices[SLICE_COUNT];
  kept_record kept = {.record = *record};
  size_t length = 1;
  ftblab_status status = make_room(sorted, err);
  if (status != FTBLAB_OK)
    return status;
  kept.record.note = (ftblab_slice){0}; /* no verdict depends on a note */
  list_slices(&kept.record, slices);
  for (size_t i = 0; i < SLICE_COUNT; i++)
    length += slices[i]->length;
  kept.text = malloc(length);
  if (!kept.text)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to sort %zu records", sorted->count);
  char *end = kept.text;
  for (size_t i = 0; i < SLICE_COUNT; i++) {
    if (!slices[i]->data)
      continue;
    memcpy(end, slices[i]->data, slices[i]->length);
    slices[i]->data = end;
    end += slices[i]->length;
  }
  sorted->records[sorted->count++] = kept;
  return FTBLAB_OK;
}

static int compare_records(const void *left, const void *right)
{
  const ftblab_record *a = &((const kept_record *)left)->record, *b = &((const kept_record *)right)->record;
  if (a->t != b->t)
    return a->t < b->t ? -1 : 1;
  return a->line < b->line ? -1 : a->line > b->line;
}

ftblab_status ftblab_sorted_check(ftblab_sorted *sorted, ftblab_checker *checker, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  if (sorted->count > 0)
    qsort(sorted->records, sorted->count, sizeof *sorted->records, compare_records);
  for (size_t i = 0; i < sorted->count && status == FTBLAB_OK; i++)
    status = ftblab_checker_add(checker, &sorted->records[i].record, err);
  return status;
}
