/* names.c - names as small numbers. Strings live in blocks that never move, so that a caller may keep them. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 4096

typedef struct block {
  struct block *next;
  size_t used, size;
  char bytes[];
} block;

typedef struct name {
  const char *string;
  size_t length;
  uint64_t hash;
} name;

struct ftblab_names {
  name *list;
  uint32_t count, capacity;
  uint32_t *slots; /* number + 1, 0: free; slot_count is a power of two and at least twice count */
  size_t slot_count;
  block *blocks;
};

static inline uint64_t mix(uint64_t hash, uint64_t word)
{
  hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 over the golden ratio */
  return hash ^ hash >> 32;
}

uint64_t ftblab_hash(const char *bytes, size_t count)
{
  uint64_t hash = mix(count, 0), word = 0;
  for (; count >= sizeof word; bytes += sizeof word, count -= sizeof word) {
    memcpy(&word, bytes, sizeof word);
    hash = mix(hash, word);
  }
  word = 0;
  for (size_t i = 0; i < count; i++)
    word = word << 8 | (unsigned char)bytes[i];
  return mix(hash, word);
}

ftblab_names *ftblab_names_new(void)
{
  return calloc(1, sizeof(ftblab_names));
}

void ftblab_names_free(ftblab_names *names)
{
  if (!names)
    return;
  for (block *next, *at = names->blocks; at; at = next) {
    next = at->next;
    free(at);
  }
  free(names->list);
  free(names->slots);
  free(names);
}

/* The slot of the name, or the free one where it belongs. There is always a free one. */
static size_t slot_of(const ftblab_names *names, const char *string, size_t count, uint64_t hash)
{
  size_t mask = names->slot_count - 1, slot = hash & mask;
  for (; names->slots[slot]; slot = (slot + 1) & mask) {
    const name *known = &names->list[names->slots[slot] - 1];
    if (known->hash == hash && known->length == count && memcmp(known->string, string, count) == 0)
      break;
  }
  return slot;
}

static bool grow_slots(ftblab_names *names)
{
  if ((size_t)names->count * 2 + 2 <= names->slot_count)
    return true;
  size_t slot_count = names->slot_count ? names->slot_count * 2 : 32;
  uint32_t *slots = calloc(slot_count, sizeof *slots);
  if (!slots)
    return false;
  free(names->slots);
  names->slots = slots;
  names->slot_count = slot_count;
  for (uint32_t i = 0; i < names->count; i++) {
    const name *known = &names->list[i];
    slots[slot_of(names, known->string, known->length, known->hash)] = i + 1;
  }
  return true;
}

static bool grow_list(ftblab_names *names)
{
  if (names->count < names->capacity)
    return true;
  if (names->capacity > UINT32_MAX / 2)
    return false;
  uint32_t capacity = names->capacity ? names->capacity * 2 : 16;
  name *list = realloc(names->list, capacity * sizeof *list);
  if (!list)
    return false;
  names->list = list;
  names->capacity = capacity;
  return true;
}

static char *keep(ftblab_names *names, const char *string, size_t count)
{
  block *last = names->blocks;
  if (!last || last->size - last->used <= count) {
    size_t size = count < BLOCK_SIZE / 4 ? BLOCK_SIZE : count + 1;
    last = malloc(sizeof *last + size);
    if (!last)
      return NULL;
    *last = (block){.next = names->blocks, .size = size};
    names->blocks = last;
  }
  char *kept = last->bytes + last->used;
  if (count)
    memcpy(kept, string, count);
  kept[count] = '\0';
  last->used += count + 1;
  return kept;
}

uint32_t ftblab_names_add(ftblab_names *names, const char *string, size_t count)
{
  uint32_t known = ftblab_names_find(names, string, count);
  if (known != FTBLAB_NO_NAME)
    return known;
  if (!grow_slots(names) || !grow_list(names))
    return FTBLAB_NO_NAME;
  const char *kept = keep(names, string, count);
  if (!kept)
    return FTBLAB_NO_NAME;
  uint64_t hash = ftblab_hash(string, count);
  size_t slot = slot_of(names, string, count, hash);
  names->list[names->count] = (name){kept, count, hash};
  names->slots[slot] = ++names->count;
  return names->count - 1;
}

uint32_t ftblab_names_find(const ftblab_names *names, const char *string, size_t count)
{
  if (names->slot_count == 0)
    return FTBLAB_NO_NAME;
  uint32_t found = names->slots[slot_of(names, string, count, ftblab_hash(string, count))];
  return found ? found - 1 : FTBLAB_NO_NAME;
}

const char *ftblab_names_string(const ftblab_names *names, uint32_t number)
{
  return number < names->count ? names->list[number].string : NULL;
}

uint32_t ftblab_names_count(const ftblab_names *names)
{
  return names->count;
}
