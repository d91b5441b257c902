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

static double date_of(uint64_t bits)
{
  double date;
  memcpy(&date, &bits, sizeof date);
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
  if (queue->heap_count > 0)
    memcpy(keys, queue->keys, queue->heap_count * sizeof *keys);
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

/* ---- lanes ------------------------------------------------------------------------------------------ */

/* Where a call waits, if not in a lane. */
enum { IN_HEAP = FTBLAB_LANES };

static bool lane_room(ftblab_queue_lane *lane)
{
  if (lane->first == lane->end)
    lane->first = lane->end = 0;
  if (lane->end < lane->capacity)
    return true;
  if (lane->first > lane->capacity / 2) {
    memmove(lane->keys, lane->keys + lane->first, (lane->end - lane->first) * sizeof *lane->keys);
    lane->end -= lane->first;
    lane->first = 0;
    return true;
  }
  size_t capacity = lane->capacity == 0 ? 64 : 2 * lane->capacity;
  ftblab_queue_key *keys = realloc(lane->keys, capacity * sizeof *keys);
  if (keys == NULL)
    return false;
  lane->keys = keys;
  lane->capacity = capacity;
  return true;
}

/* Where a call for DATE belongs: its lane, or IN_HEAP. */
static int place_for(const ftblab_queue *queue, uint64_t date)
{
  if (date == queue->last)
    return FTBLAB_LANE_NOW;
  double ahead = date_of(date) - date_of(queue->last);
  if (!(ahead <= FTBLAB_QUEUE_LATER))
    return IN_HEAP;
  return ahead <= FTBLAB_QUEUE_SOON ? FTBLAB_LANE_SOON : FTBLAB_LANE_LATER;
}

/* KEY goes to the end of its lane if it is in order there; keys get greater as they are made, so the date alone tells.
 * Returns the lane, or IN_HEAP: there it is to go. */
static int join_lane(ftblab_queue *queue, ftblab_queue_key key)
{
  int where = place_for(queue, key.date);
  if (where == IN_HEAP)
    return IN_HEAP;
  ftblab_queue_lane *lane = &queue->lanes[where];
  if ((lane->first < lane->end && lane->keys[lane->end - 1].date > key.date) || !lane_room(lane))
    return IN_HEAP;
  lane->keys[lane->end++] = key;
  return where;
}

/* The first call of WHERE is another one. Behind all calls is where there is none. */
static void set_head(ftblab_queue *queue, int where)
{
  static const ftblab_queue_key none = {UINT64_MAX, UINT64_MAX};
  const ftblab_queue_lane *lane = &queue->lanes[where];
  if (where == IN_HEAP)
    queue->heads[where] = queue->heap_count > 0 ? queue->keys[0] : none;
  else
    queue->heads[where] = lane->first < lane->end ? lane->keys[lane->first] : none;
}

static void find_front(ftblab_queue *queue)
{
  int found = 0;
  for (int i = 1; i <= FTBLAB_LANES; i++)
    found = before(queue->heads[i], queue->heads[found]) ? i : found;
  queue->front = found;
}

static void set_heads(ftblab_queue *queue)
{
  for (int i = 0; i <= FTBLAB_LANES; i++)
    set_head(queue, i);
  find_front(queue);
}

/* KEY has come to WHERE. */
static void note_key(ftblab_queue *queue, int where, ftblab_queue_key key)
{
  if (!before(key, queue->heads[where]))
    return;
  queue->heads[where] = key;
  if (before(key, queue->heads[queue->front]))
    queue->front = where;
}

uint64_t ftblab_queue_add(ftblab_queue *queue, double date, void (*call)(void *, int64_t, double), void *argument,
                          int64_t value)
{
  bool empty = queue->capacity == 0;
  if (queue->count == queue->capacity && !grow(queue))
    return 0;
  if (empty)
    set_heads(queue);
  if (queue->sequence + 1 == SEQUENCE_LIMIT)
    return 0;
  size_t place = take_place(queue);
  ftblab_queue_key key = {bits_of(date), ++queue->sequence << PLACE_BITS | place};
  queue->entries[place] = (ftblab_queue_entry){call, argument, value, key.order};
  int where = join_lane(queue, key);
  if (where == IN_HEAP)
    rise(queue->keys, queue->heap_count++, key);
  note_key(queue, where, key);
  queue->count++;
  return key.order;
}

/* ---- the heap --------------------------------------------------------------------------------------- */

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
  for (size_t i = 1; i <= 4 && queue->heap_count > FEW_CALLS; i++)
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
static void remove_top(ftblab_queue *queue)
{
  ftblab_queue_key *keys = queue->keys;
  size_t count = --queue->heap_count, i = 0;
  ftblab_queue_key last = keys[count];
  for (size_t first = 1; first < count; first = 4 * i + 1) {
    size_t least = least_child(keys, first, count);
    keys[i] = keys[least];
    i = least;
  }
  rise(keys, i, last);
  fetch_ahead(queue);
}

/* ---- out of the queue ------------------------------------------------------------------------------- */

static ftblab_queue_entry remove_first(ftblab_queue *queue)
{
  int where = queue->front;
  size_t place = queue->heads[where].order & (PLACE_LIMIT - 1);
  if (where == IN_HEAP)
    remove_top(queue);
  else
    queue->lanes[where].first++;
  set_head(queue, where);
  find_front(queue);
  queue->count--;
  ftblab_queue_entry entry = queue->entries[place];
  leave_place(queue, place);
  return entry;
}

/* Below this many cancelled calls it is not worth while to look for them; chosen. */
enum { FEW_CANCELLED = 32 };

static bool is_cancelled(const ftblab_queue *queue, ftblab_queue_key key)
{
  return queue->entries[key.order & (PLACE_LIMIT - 1)].call == NULL;
}

static void sweep_lane(ftblab_queue *queue, ftblab_queue_lane *lane)
{
  size_t kept = lane->first;
  for (size_t i = lane->first; i < lane->end; i++) {
    if (is_cancelled(queue, lane->keys[i]))
      leave_place(queue, lane->keys[i].order & (PLACE_LIMIT - 1));
    else
      lane->keys[kept++] = lane->keys[i];
  }
  lane->end = kept;
}

/* Take out all cancelled calls. The order of the others is that of their keys, however the heap came about. */
static void sweep_out(ftblab_queue *queue)
{
  size_t kept = 0;
  for (size_t i = 0; i < queue->heap_count; i++) {
    if (is_cancelled(queue, queue->keys[i]))
      leave_place(queue, queue->keys[i].order & (PLACE_LIMIT - 1));
    else
      rise(queue->keys, kept++, queue->keys[i]);
  }
  queue->heap_count = kept;
  for (int i = 0; i < FTBLAB_LANES; i++)
    sweep_lane(queue, &queue->lanes[i]);
  set_heads(queue);
  queue->count -= queue->cancelled;
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
  while (queue->count > 0) {
    ftblab_queue_key key = queue->heads[queue->front];
    if (queue->cancelled == 0 || !is_cancelled(queue, key))
      return date_of(key.date);
    remove_first(queue);
    queue->cancelled--;
  }
  return INFINITY;
}

ftblab_queue_entry ftblab_queue_take(ftblab_queue *queue, double *date)
{
  queue->last = queue->heads[queue->front].date;
  *date = date_of(queue->last);
  return remove_first(queue);
}

int64_t ftblab_queue_peek(const ftblab_queue *queue, void (*call)(void *, int64_t, double))
{
  if (queue->count == 0)
    return -1;
  size_t place = queue->heads[queue->front].order & (PLACE_LIMIT - 1);
  const ftblab_queue_entry *next = &queue->entries[place];
  return next->call == call ? next->value : -1;
}

void ftblab_queue_free(ftblab_queue *queue)
{
  for (int i = 0; i < FTBLAB_LANES; i++)
    free(queue->lanes[i].keys);
  free(queue->memory);
  free(queue->entries);
  *queue = (ftblab_queue){0};
}
