/* arena.c - memory that lives as long as its checker, and lists and tables in it. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define BLOCK 65536
#define SPARES 16 /* free blocks that are looked at; chosen */

struct arena_block {
  struct arena_block *next;
  size_t used, size;
  max_align_t bytes[];
};

static struct arena_block *new_block(size_t size)
{
  struct arena_block *block = malloc(sizeof *block + size);
  if (block != NULL)
    block->size = size;
  return block;
}

/* One that became free, of those that did so last. NULL: none is large enough. */
static struct arena_block *take_spare(arena *memory, size_t size)
{
  struct arena_block **link = &memory->spare;
  for (int i = 0; i < SPARES && *link != NULL; i++, link = &(*link)->next)
    if ((*link)->size >= size) {
      struct arena_block *block = *link;
      *link = block->next;
      return block;
    }
  return NULL;
}

void *ftblab_arena_take(arena *memory, size_t bytes)
{
  const size_t unit = sizeof(max_align_t);
  if (bytes > SIZE_MAX / 2)
    return NULL;
  bytes = (bytes + unit - 1) / unit * unit;
  struct arena_block *block = memory->blocks;
  if (block == NULL || block->size - block->used < bytes) {
    size_t size = bytes > BLOCK ? bytes : BLOCK;
    block = take_spare(memory, size);
    if (block == NULL && (block = new_block(size)) == NULL)
      return NULL;
    size = block->size;
    *block = (struct arena_block){.next = memory->blocks, .size = size};
    memory->blocks = block;
  }
  void *taken = (char *)block->bytes + block->used;
  block->used += bytes;
  return memset(taken, 0, bytes);
}

void ftblab_arena_free(arena *memory)
{
  struct arena_block **const lists[] = {&memory->blocks, &memory->spare};
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    while (*lists[l] != NULL) {
      struct arena_block *next = (*lists[l])->next;
      free(*lists[l]);
      *lists[l] = next;
    }
}

void ftblab_arena_join(arena *into, arena *from)
{
  struct arena_block **end = &from->blocks;
  while (*end != NULL)
    end = &(*end)->next;
  *end = into->blocks;
  into->blocks = from->blocks;
  from->blocks = NULL;
}

/* Blocks are in the order in which they were made: the newest first. */
arena_mark ftblab_arena_mark(const arena *memory)
{
  return (arena_mark){memory->blocks, memory->blocks == NULL ? 0 : memory->blocks->used};
}

/* Blocks that become free are kept: who tries things in turn does not ask the system for memory each time. */
void ftblab_arena_release(arena *memory, arena_mark mark)
{
  while (memory->blocks != mark.block) {
    struct arena_block *next = memory->blocks->next;
    memory->blocks->next = memory->spare;
    memory->spare = memory->blocks;
    memory->blocks = next;
  }
  if (mark.block != NULL)
    mark.block->used = mark.used;
}

bool ftblab_pointers_add(arena *memory, pointers *list, void *pointer)
{
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
    void **at = ftblab_arena_take(memory, capacity * sizeof *at);
    if (at == NULL)
      return false;
    if (list->count > 0)
      memcpy(at, list->at, list->count * sizeof *at);
    list->at = at;
    list->capacity = capacity;
  }
  list->at[list->count++] = pointer;
  return true;
}

/* ---- tables -------------------------------------------------------------------------------------------- */

struct keyed_slot {
  uint64_t key; /* 0: free */
  void *value;
};

static struct keyed_slot *slot_of(const key_table *table, uint64_t key)
{
  uint64_t hash = key * 0x9E3779B97F4A7C15u;
  uint32_t at = (uint32_t)(hash >> 32) & (table->size - 1);
  while (table->slots[at].key != 0 && table->slots[at].key != key)
    at = (at + 1) & (table->size - 1);
  return &table->slots[at];
}

void *ftblab_keyed_find(const key_table *table, uint64_t key)
{
  return table->size == 0 ? NULL : slot_of(table, key + 1)->value;
}

static bool grow(arena *memory, key_table *table)
{
  key_table grown = {.size = table->size == 0 ? 16 : 2 * table->size};
  grown.slots = ftblab_arena_take(memory, grown.size * sizeof *grown.slots);
  if (grown.slots == NULL)
    return false;
  for (uint32_t i = 0; i < table->size; i++)
    if (table->slots[i].key != 0) {
      *slot_of(&grown, table->slots[i].key) = table->slots[i];
      grown.used++;
    }
  *table = grown;
  return true;
}

bool ftblab_keyed_put(arena *memory, key_table *table, uint64_t key, void *found)
{
  if (2 * (table->used + 1) > table->size && !grow(memory, table))
    return false;
  struct keyed_slot *slot = slot_of(table, key + 1);
  table->used += slot->key == 0;
  *slot = (struct keyed_slot){key + 1, found};
  return true;
}
