/* arena.c - memory that lives as long as its checker. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define BLOCK 65536

struct arena_block {
  struct arena_block *next;
  size_t used, size;
  max_align_t bytes[];
};

void *ftblab_arena_take(arena *memory, size_t bytes)
{
  const size_t unit = sizeof(max_align_t);
  if (bytes > SIZE_MAX / 2)
    return NULL;
  bytes = (bytes + unit - 1) / unit * unit;
  struct arena_block *block = memory->blocks;
  if (block == NULL || block->size - block->used < bytes) {
    size_t size = bytes > BLOCK ? bytes : BLOCK;
    block = malloc(sizeof *block + size);
    if (block == NULL)
      return NULL;
    *block = (struct arena_block){.next = memory->blocks, .size = size};
    memory->blocks = block;
  }
  void *taken = (char *)block->bytes + block->used;
  block->used += bytes;
  return memset(taken, 0, bytes);
}

void ftblab_arena_free(arena *memory)
{
  while (memory->blocks != NULL) {
    struct arena_block *next = memory->blocks->next;
    free(memory->blocks);
    memory->blocks = next;
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
