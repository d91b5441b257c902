/* pool.c - memory for the words of one line, given back at once. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 16384 /* chosen: a line rarely needs more */

typedef struct pool_block {
  struct pool_block *next;
  size_t used, size;
  max_align_t bytes[];
} pool_block;

void *ftblab_pool_take(pool *p, size_t size)
{
  size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
  if (p->blocks == NULL || p->blocks->size - p->blocks->used < size) {
    size_t room = size > BLOCK ? size : BLOCK;
    pool_block *block = malloc(sizeof *block + room);
    if (block == NULL) {
      p->failed = true;
      return NULL;
    }
    *block = (pool_block){.next = p->blocks, .size = room};
    p->blocks = block;
  }
  void *taken = (char *)p->blocks->bytes + p->blocks->used;
  p->blocks->used += size;
  return memset(taken, 0, size);
}

char *ftblab_pool_string(pool *p, const char *bytes, size_t length)
{
  char *copy = ftblab_pool_take(p, length + 1);
  if (copy != NULL && length > 0)
    memcpy(copy, bytes, length);
  return copy;
}

/* The last block is kept for the next line. */
void ftblab_pool_clear(pool *p)
{
  while (p->blocks != NULL && p->blocks->next != NULL) {
    pool_block *next = p->blocks->next;
    free(p->blocks);
    p->blocks = next;
  }
  if (p->blocks != NULL)
    p->blocks->used = 0;
}

void ftblab_pool_free(pool *p)
{
  ftblab_pool_clear(p);
  free(p->blocks);
  *p = (pool){0};
}

void ftblab_words_add(pool *p, words *w, const char *word, size_t length)
{
  if (w->count == w->capacity) {
    size_t capacity = w->capacity ? 2 * w->capacity : 8;
    const char **grown = ftblab_pool_take(p, capacity * sizeof *grown);
    if (grown == NULL)
      return;
    if (w->count > 0)
      memcpy(grown, w->at, w->count * sizeof *grown);
    w->at = grown;
    w->capacity = capacity;
  }
  const char *copy = ftblab_pool_string(p, word, length);
  if (copy != NULL)
    w->at[w->count++] = copy;
}
