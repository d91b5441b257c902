/* queue.c - see queue.h. */
#include "queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_BITS = 24, LINE = 64 };
#define PLACE_LIMIT ((size_t)1 << PLACE_BITS)
#define SEQUENCE_LIMIT ((uint64_t)1 << (64 - PLACE_BITS))

static bool before(ftblab_queue_key a, ftblab_queue_key b)
{
  return a.date < b.date || (a.date == b.date && a.order < b.order);
}

/* Children of i are 4i+1 .. 4i+4: with keys[1] at the start of a cache line, four siblings fill one. */
static bool grow(ftblab_queue *queue)
{
  size_t capacity = queue->capacity == 0 ? 1024 : 2 * queue->capacity;
  if (capacity > PLACE_LIMIT)
    return false;
  ftblab_queue_entry *entries = realloc(queue->entries, capacity * sizeof *entries);
  if (entries == NULL)
    return false;
  queue->entries = entries;
  char *memory = aligned_alloc(LINE, capacity * sizeof(ftblab_queue_key) + LINE);
  if (memory == NULL)
    return false;
  ftblab_queue_key *keys = (ftblab_queue_key *)(void *)(memory + LINE) - 1;
  if (queue->count > 0)
    memcpy(keys, queue->keys, queue->count * sizeof *keys);
  free(queue->memory);
  queue->memory = memory;
  queue->keys = keys;
  queue->capacity = capacity;
  return true;
}

static size_t take_place(ftblab_queue *queue)
{
  if (queue->free_place == 0)
    return queue->used++;
  size_t place = (size_t)queue->free_place - 1;
  queue->free_place = queue->entries[place].value;
  return place;
}

uint64_t ftblab_queue_add(ftblab_queue *queue, double date, void (*call)(void *, int64_t, double), void *argument,
                          int64_t value)
{
  if (queue->count == queue->capacity && !grow(queue))
    return 0;
  if (queue->sequence + 1 == SEQUENCE_LIMIT)
    return 0;
  size_t place = take_place(queue);
  ftblab_queue_key key = {date, ++queue->sequence << PLACE_BITS | place};
  queue->entries[place] = (ftblab_queue_entry){call, argument, value, key.order};
  size_t i = queue->count++;
  while (i > 0) {
    size_t parent = (i - 1) / 4;
    if (!before(key, queue->keys[parent]))
      break;
    queue->keys[i] = queue->keys[parent];
    i = parent;
  }
  queue->keys[i] = key;
  return key.order;
}

static size_t least_child(const ftblab_queue_key *keys, size_t first, size_t count)
{
  size_t least = first, end = first + 4 < count ? first + 4 : count;
  for (size_t child = first + 1; child < end; child++)
    least = before(keys[child], keys[least]) ? child : least;
  return least;
}

/* The call after the next stands among the four children of the next. */
static void fetch_ahead(const ftblab_queue *queue)
{
#if defined __GNUC__
  for (size_t i = 1; i <= 4 && i < queue->count; i++)
    __builtin_prefetch(&queue->entries[queue->keys[i].order & (PLACE_LIMIT - 1)]);
#else
  (void)queue;
#endif
}

/* The hole sinks to a leaf first and the last key rises from there: that key belongs near the bottom. */
static ftblab_queue_entry remove_first(ftblab_queue *queue)
{
  ftblab_queue_key *keys = queue->keys;
  size_t place = keys[0].order & (PLACE_LIMIT - 1), count = --queue->count, i = 0;
  ftblab_queue_key last = keys[count];
  for (size_t first = 1; first < count; first = 4 * i + 1) {
    size_t least = least_child(keys, first, count);
    keys[i] = keys[least];
    i = least;
  }
  while (i > 0 && before(last, keys[(i - 1) / 4])) {
    keys[i] = keys[(i - 1) / 4];
    i = (i - 1) / 4;
  }
  keys[i] = last;
  fetch_ahead(queue);
  ftblab_queue_entry entry = queue->entries[place];
  queue->entries[place].order = 0;
  queue->entries[place].value = queue->free_place;
  queue->free_place = (int64_t)place + 1;
  return entry;
}

bool ftblab_queue_cancel(ftblab_queue *queue, uint64_t ticket)
{
  size_t place = ticket & (PLACE_LIMIT - 1);
  if (place >= queue->used || ticket == 0)
    return false;
  ftblab_queue_entry *entry = &queue->entries[place];
  if (entry->order != ticket || entry->call == NULL)
    return false;
  entry->call = NULL;
  queue->cancelled++;
  return true;
}

double ftblab_queue_next(ftblab_queue *queue)
{
  while (queue->cancelled > 0 && queue->count > 0) {
    size_t place = queue->keys[0].order & (PLACE_LIMIT - 1);
    if (queue->entries[place].call != NULL)
      break;
    remove_first(queue);
    queue->cancelled--;
  }
  return queue->count > 0 ? queue->keys[0].date : INFINITY;
}

ftblab_queue_entry ftblab_queue_take(ftblab_queue *queue, double *date)
{
  *date = queue->keys[0].date;
  return remove_first(queue);
}

int64_t ftblab_queue_peek(const ftblab_queue *queue, void (*call)(void *, int64_t, double))
{
  if (queue->count == 0)
    return -1;
  const ftblab_queue_entry *next = &queue->entries[queue->keys[0].order & (PLACE_LIMIT - 1)];
  return next->call == call ? next->value : -1;
}

void ftblab_queue_free(ftblab_queue *queue)
{
  free(queue->memory);
  free(queue->entries);
  *queue = (ftblab_queue){0};
}
