/* pool.h - room for small things of one size that come and go all the time: messages under way, timers. Private to
 * sim/.
 *
 * What is given back is taken again first. The room itself goes with the pool. */
#ifndef FTBLAB_POOL_H
#define FTBLAB_POOL_H

#include <stddef.h>

/* Starts as {0}. */
typedef struct ftblab_pool {
  void *blocks, *spare; /* lists */
} ftblab_pool;

void *ftblab_pool_take(ftblab_pool *pool, size_t size); /* SIZE: always the same. Not cleared; NULL: no memory */
void ftblab_pool_give(ftblab_pool *pool, void *thing);
void ftblab_pool_free(ftblab_pool *pool);

#endif
