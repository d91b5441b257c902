/* queue.c - see queue.h. */
#include "queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_BITS = 24, LINE = 64 };
#define PLACE_LIMIT ((size_t)1 << PLACE_BITS)
#define SEQUENCE_LIMIT ((uint64_t)1 << (64 - PLACE_BITS))

#if defined __SIZEOF_INT128__
/* As one number: a comparison of two steps and without a branch, which the processor could not foresee. */
__extension__ typedef unsigned __int128 whole;

static inline bool before(ftblab_queue_key a, ftblab_queue_key b)
{
  return ((whole)a.date << 64 | a.order) < ((whole)b.date << 64 | b.order);
}
#else
static inline bool before(ftblab_queue_key a, ftblab_queue_key b)
{
  return a.date < b.date || (a.date == b.date && a.order < b.order);
}
#endif

/* Dates are 0 or more, and the bits of such doubles stand in the order of their values; 0 is added because of -0. */
static uint64_t bits_of(double date)
{
  uint64_t bits;
  date += 0.0;
  memcpy(&bits, &date, sizeof bits);
  return bits;
}

static double date_of(ftblab_queue_key key)
{
  double date;
  memcpy(&date, &key.date, sizeof date);
  return date;
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

/* KEY goes into the hole I, a leaf's, or above it. */
static void rise(ftblab_queue_key *keys, size_t i, ftblab_queue_key key)
{
  while (i > 0) {
    size_t parent = (i - 1) / 4;
    if (!before(key, keys[parent]))
      break;
    keys[i] = keys[parent];
    i = parent;
  }
  keys[i] = key;
}

uint64_t ftblab_queue_add(ftblab_queue *queue, double date, void (*call)(void *, int64_t, double), void *argument,
                          int64_t value)
{
  if (queue->count == queue->capacity && !grow(queue))
    return 0;
  if (queue->sequence + 1 == SEQUENCE_LIMIT)
    return 0;
  size_t place = take_place(queue);
  ftblab_queue_key key = {bits_of(date), ++queue->sequence << PLACE_BITS | place};
  queue->entries[place] = (ftblab_queue_entry){call, argument, value, key.order};
  rise(queue->keys, queue->count++, key);
  return key.order;
}

static size_t least_child(const ftblab_queue_key *keys, size_t first, size_t count)
{
  size_t left = first, right = first + 2;
  if (first + 4 <= count) {
    left += before(keys[first + 1], keys[first]);
    right += before(keys[first + 3], keys[first + 2]);
    return before(keys[right], keys[left]) ? right : left;
  }
  for (size_t child = first + 1; child < count; child++)
    left = before(keys[child], keys[left]) ? child : left;
  return left;
}

/* So many are in the caches anyway; chosen. */
enum { FEW_CALLS = 512 };

/* The call after the next stands among the four children of the next. */
static void fetch_ahead(const ftblab_queue *queue)
{
#if defined __GNUC__
  for (size_t i = 1; i <= 4 && queue->count > FEW_CALLS; i++)
    __builtin_prefetch(&queue->entries[queue->keys[i].order & (PLACE_LIMIT - 1)]);
#else
  (void)queue;
#endif
}

static void leave_place(ftblab_queue *queue, size_t place)
{
  queue->entries[place].order = 0;
  queue->entries[place].value = queue->free_place;
  queue->free_place = (int64_t)place + 1;
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
  rise(keys, i, last);
  fetch_ahead(queue);
  ftblab_queue_entry entry = queue->entries[place];
  leave_place(queue, place);
  return entry;
}

/* Below this many cancelled calls it is not worth while to look for them; chosen. */
enum { FEW_CANCELLED = 32 };

/* Take out all cancelled calls. The order of the others is that of their keys, however the heap came about. */
static void sweep_out(ftblab_queue *queue)
{
  size_t kept = 0;
  for (size_t i = 0; i < queue->count; i++) {
    size_t place = queue->keys[i].order & (PLACE_LIMIT - 1);
    if (queue->entries[place].call == NULL)
      leave_place(queue, place);
    else
      rise(queue->keys, kept++, queue->keys[i]);
  }
  queue->count = kept;
  queue->cancelled = 0;
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
  if (queue->cancelled > FEW_CANCELLED && 2 * queue->cancelled > queue->count)
    sweep_out(queue);
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
  return queue->count > 0 ? date_of(queue->keys[0]) : INFINITY;
}

ftblab_queue_entry ftblab_queue_take(ftblab_queue *queue, double *date)
{
  *date = date_of(queue->keys[0]);
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
