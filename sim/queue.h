/* queue.h - dated calls in the order (date, sequence). Private to sim/.
 *
 * Most calls are for the date of the one that makes them, or for shortly after: these come in the order of their dates,
 * or nearly so, and wait in lanes, each of which is in order. Calls for later, and those that do not fit into a lane,
 * wait in a 4-ary heap of 16-byte keys whose four children share a cache line. The next call is the first of a lane or
 * of the heap. What is called lies beside them and does not move. At most 2^24 calls wait at a time and 2^40 are made
 * in all. Cancelled calls stay until they would be next, or until more than half of all are such: a job that
 * checkpoints cancels the date of its end each time. */
#ifndef FTBLAB_QUEUE_H
#define FTBLAB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ftblab_queue_key {
  uint64_t date;  /* the bits of a double that is 0 or more */
  uint64_t order; /* sequence << 24 | place: unique, so it is the ticket too */
} ftblab_queue_key;

typedef struct ftblab_queue_entry {
  void (*call)(void *argument, int64_t value, double date); /* NULL: cancelled */
  void *argument;
  int64_t value;
  uint64_t order; /* 0: free, then value is the next free place */
} ftblab_queue_entry;

/* Ascending keys, from FIRST up to END. */
typedef struct ftblab_queue_lane {
  ftblab_queue_key *keys;
  size_t first, end, capacity;
} ftblab_queue_lane;

/* For the date of the call that was taken last, and for those up to so many seconds after it. */
enum { FTBLAB_LANE_NOW, FTBLAB_LANE_SOON, FTBLAB_LANE_LATER, FTBLAB_LANES };
#define FTBLAB_QUEUE_SOON 1e-3 /* chosen: messages take less, what is waited for takes longer */
#define FTBLAB_QUEUE_LATER 1.0 /* chosen: probes, first retries */

/* Starts as {0}. */
typedef struct ftblab_queue {
  ftblab_queue_key *keys; /* the heap: keys[0] is its first */
  void *memory;           /* of keys, which start inside it so that children are aligned */
  size_t heap_count;
  ftblab_queue_lane lanes[FTBLAB_LANES];
  ftblab_queue_key
      heads[FTBLAB_LANES + 1]; /* the first of each lane and, behind them, of the heap; good if capacity is not 0 */
  int front;                   /* the place of the least of them */
  uint64_t last;               /* the bits of the date of the call that was taken last */
  ftblab_queue_entry *entries;
  size_t count, capacity, used; /* count: of all that wait; used: entries ever taken */
  size_t cancelled;
  int64_t free_place; /* 1 + the first free place; 0: none */
  uint64_t sequence;
} ftblab_queue;

/* The ticket; 0: no memory, or too many calls. DATE is 0 or more, or infinite. */
uint64_t ftblab_queue_add(ftblab_queue *queue, double date, void (*call)(void *, int64_t, double), void *argument,
                          int64_t value);
bool ftblab_queue_cancel(ftblab_queue *queue, uint64_t ticket); /* false: fired, cancelled or never given */
double ftblab_queue_next(ftblab_queue *queue);                  /* date of the next call; infinite: none */
/* Take the next call out. The queue must not be empty: ask ftblab_queue_next before. */
ftblab_queue_entry ftblab_queue_take(ftblab_queue *queue, double *date);
/* See ftblab_engine_peek. */
int64_t ftblab_queue_peek(const ftblab_queue *queue, void (*call)(void *, int64_t, double));
void ftblab_queue_free(ftblab_queue *queue);

#endif
