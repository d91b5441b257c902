/* stream_log.c - memory for the logs of tracks: blocks of a few cache lines out of large chunks. Most logs are short,
 * grow by a line now and then, and come and go with their tracks; so a block that is given back waits for the next of
 * its size. */
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "stream.h"

#define CHUNK FTBLAB_PAGE_BYTES
#define LINE 64     /* bytes of a cache line */
#define BEHIND LINE /* a log is read and written by pieces that may go so far beyond its end */

static size_t size_of(size_t room)
{
  return room / LINE - 1;
}

static bool add_chunk(log_store *store)
{
  if (store->count == store->capacity) {
    uint32_t capacity = store->capacity == 0 ? 16 : 2 * store->capacity;
    uint8_t **chunks = realloc(store->chunks, capacity * sizeof *chunks);
    if (chunks == NULL)
      return false;
    store->chunks = chunks;
    store->capacity = capacity;
  }
  uint8_t *chunk = ftblab_pages_take(CHUNK);
  if (chunk == NULL)
    return false;
  store->chunks[store->count++] = chunk;
  store->at = chunk;
  store->left = CHUNK - BEHIND;
  return true;
}

static uint8_t *take(log_store *store, size_t room)
{
  if (room > LOG_BLOCK_LIMIT)
    return malloc(room + BEHIND);
  free_block *waiting = store->free[size_of(room)];
  if (waiting != NULL) {
    store->free[size_of(room)] = waiting->next;
    return (uint8_t *)waiting;
  }
  if (store->left < room && !add_chunk(store)) /* what is left of the last chunk stays unused */
    return NULL;
  uint8_t *block = store->at;
  store->at += room;
  store->left -= room;
  return block;
}

static void give_back(log_store *store, uint8_t *block, size_t room)
{
  if (room > LOG_BLOCK_LIMIT) {
    free(block);
    return;
  }
  free_block *waiting = (void *)block; /* as aligned as its chunk */
  waiting->next = store->free[size_of(room)];
  store->free[size_of(room)] = waiting;
}

bool ftblab_log_grow(log_store *store, track *t, size_t needed)
{
  size_t room = (needed + LINE - 1) / LINE * LINE;
  if (room > LOG_BLOCK_LIMIT && room < t->room + t->room / 2u)
    room = t->room + t->room / 2u / LINE * LINE;
  uint8_t *block = room <= LOG_LIMIT ? take(store, room) : NULL;
  if (block == NULL)
    return false;
  if (t->used > 0)
    memcpy(block, t->log, t->used);
  if (t->room > 0)
    give_back(store, t->log, t->room);
  t->log = block;
  t->room = (uint16_t)room;
  return true;
}

void ftblab_log_release(log_store *store, track *t)
{
  if (t->room > 0)
    give_back(store, t->log, t->room);
  t->log = NULL;
  t->room = 0;
}

void ftblab_log_free_long(track *t)
{
  if (t->room > LOG_BLOCK_LIMIT)
    free(t->log);
}

void ftblab_log_store_free(log_store *store)
{
  for (uint32_t i = 0; i < store->count; i++)
    free(store->chunks[i]);
  free(store->chunks);
}
