/* pool.c - see pool.h. */
#include "pool.h"

#include <stdlib.h>

enum { THINGS_OF_BLOCK = 32 }; /* chosen: a small run needs a block or two of each kind */

typedef union link {
  union link *next;
  max_align_t aligned; /* as malloc() would have it */
} link;

static void add_block(ftblab_pool *pool, size_t size)
{
  size_t links = (size + sizeof(link) - 1) / sizeof(link);
  link *block = malloc((1 + links * THINGS_OF_BLOCK) * sizeof *block);
  if (block == NULL)
    return;
  block->next = pool->blocks;
  pool->blocks = block;
  for (size_t i = THINGS_OF_BLOCK; i-- > 0;)
    ftblab_pool_give(pool, block + 1 + i * links);
}

void *ftblab_pool_take(ftblab_pool *pool, size_t size)
{
  if (pool->spare == NULL)
    add_block(pool, size);
  link *taken = pool->spare;
  if (taken != NULL)
    pool->spare = taken->next;
  return taken;
}

void ftblab_pool_give(ftblab_pool *pool, void *thing)
{
  link *given = thing;
  given->next = pool->spare;
  pool->spare = given;
}

void ftblab_pool_free(ftblab_pool *pool)
{
  for (link *block = pool->blocks, *next; block != NULL; block = next) {
    next = block->next;
    free(block);
  }
  pool->blocks = pool->spare = NULL;
}
