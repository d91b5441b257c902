/* queue.h - dated calls in the order (date, sequence). Private to sim/.
 *
 * A 4-ary heap of 16-byte keys whose four children share a cache line; what is called lies beside it and
 * does not move. At most 2^24 calls wait at a time and 2^40 are made in all. Cancelled calls stay until they would be
 * next, or until more than half of all are such: a job that checkpoints cancels the date of its end each time. */
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

/* Starts as {0}. */
typedef struct ftblab_queue {
  ftblab_queue_key *keys; /* keys[0] is the next */
  void *memory;           /* of keys, which start inside it so that children are aligned */
  ftblab_queue_entry *entries;
  size_t count, capacity, used; /* used: entries ever taken */
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
