/* arena.h - memory that is freed as a whole, and growing arrays in it. Private to conformance/. */
#ifndef FTBLAB_ARENA_H
#define FTBLAB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct arena {
  struct arena_block *blocks;
} arena;
void *ftblab_arena_take(arena *memory, size_t bytes); /* zeroed, aligned for anything; NULL: no memory */
void ftblab_arena_free(arena *memory);
void ftblab_arena_join(arena *into, arena *from); /* what FROM has is INTO's */

/* A growing array of pointers in an arena. */
typedef struct pointers {
  void **at;
  uint32_t count, capacity;
} pointers;
bool ftblab_pointers_add(arena *memory, pointers *list, void *pointer);

#endif
