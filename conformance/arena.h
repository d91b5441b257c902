/* arena.h - memory that is freed as a whole, and growing arrays in it. Private to conformance/. */
#ifndef FTBLAB_ARENA_H
#define FTBLAB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct arena {
  struct arena_block *blocks, *spare; /* spare: those that became free */
} arena;
void *ftblab_arena_take(arena *memory, size_t bytes); /* zeroed, aligned for anything; NULL: no memory */
void ftblab_arena_free(arena *memory);
void ftblab_arena_join(arena *into, arena *from); /* what FROM has is INTO's */

/* A place in an arena: what is taken behind it is given back all at once. Arrays that were there before must not have
 * grown in between. */
typedef struct arena_mark {
  struct arena_block *block;
  size_t used;
} arena_mark;
arena_mark ftblab_arena_mark(const arena *memory);
void ftblab_arena_release(arena *memory, arena_mark mark);

/* A growing array of pointers in an arena. */
typedef struct pointers {
  void **at;
  uint32_t count, capacity;
} pointers;
bool ftblab_pointers_add(arena *memory, pointers *list, void *pointer);

/* What was found first for each key. A key that was forgotten is as one that never came. */
typedef struct key_table {
  struct keyed_slot *slots;
  uint32_t used, size;
} key_table;
void *ftblab_keyed_find(const key_table *table, uint64_t key); /* NULL: nothing */
bool ftblab_keyed_put(arena *memory, key_table *table, uint64_t key, void *found);

#endif
