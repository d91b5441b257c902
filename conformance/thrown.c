/* thrown.c - what was thrown, by event and value: was the payload of a catch thrown before it, and was a command
 * answered after it? Asked of records that are in no instance, of which a trace may have very many; so the throws are
 * indexed when the first of them asks. */
#include "check.h"

#define ITEMS 64 /* members of a set that a throw is found by; of a larger one the set as a whole; chosen */

/* The throws of one event that have a value, or that have the same keys. */
typedef struct throws {
  const entry *first, *last;
  uint64_t keys; /* bits: keys of their payloads */
} throws;

enum tag { BY_VALUE = 0, BY_KEYS = 1 };

static uint64_t key_of(enum tag tag, int event, int key, value v)
{
  return ((uint64_t)tag << 28 | (uint64_t)event << 12 | (uint64_t)key) << 32 | v;
}

static bool note(ftblab_exact *checker, uint64_t key, const entry *e, throws **found)
{
  *found = ftblab_keyed_find(&checker->thrown, key);
  if (*found == NULL) {
    *found = ftblab_arena_take(&checker->memory, sizeof **found);
    if (*found == NULL || !ftblab_keyed_put(&checker->memory, &checker->thrown, key, *found))
      return false;
    (*found)->first = e;
  }
  (*found)->last = e;
  return true;
}

static uint64_t keys_of(const entry *e)
{
  uint64_t keys = 0;
  for (uint32_t k = 0; k < e->key_count; k++)
    keys |= (uint64_t)1 << e->keys[k].key;
  return keys;
}

/* The event's throws by the keys they have: few kinds, numbered from 0. */
static bool note_keys(ftblab_exact *checker, const entry *e)
{
  uint64_t keys = keys_of(e);
  for (value kind = 0;; kind++) {
    uint64_t key = key_of(BY_KEYS, e->event, 0, kind);
    throws *found = ftblab_keyed_find(&checker->thrown, key);
    if (found != NULL && found->keys != keys)
      continue;
    if (!note(checker, key, e, &found))
      return false;
    found->keys = keys;
    return true;
  }
}

static bool note_throw(ftblab_exact *checker, const entry *e)
{
  throws *found;
  if (!note_keys(checker, e))
    return false;
  for (uint32_t k = 0; k < e->key_count; k++) {
    const entry_key *key = &e->keys[k];
    if (!note(checker, key_of(BY_VALUE, e->event, key->key, key->whole), e, &found))
      return false;
    for (uint32_t i = 0; key->items != NULL && i < key->item_count && i < ITEMS; i++)
      if (!note(checker, key_of(BY_VALUE, e->event, key->key, key->items[i]), e, &found))
        return false;
  }
  return true;
}

/* Once. */
bool ftblab_throws_note(ftblab_exact *checker)
{
  for (uint32_t i = checker->thrown.size > 0 ? checker->entries.count : 0; i < checker->entries.count; i++) {
    const entry *e = checker->entries.at[i];
    if (e->action == FTBLAB_THROW && !note_throw(checker, e))
      return false;
  }
  return true;
}

/* Is one of FOUND before E, or behind it? */
static bool stands(const ftblab_exact *checker, const throws *found, const entry *e, bool before)
{
  if (found == NULL)
    return false;
  return before ? ftblab_entry_precedes(checker, found->first, e) : found->last->index > e->index;
}

static bool has_value(const ftblab_exact *checker, const entry *e, int event, bool before)
{
  for (uint32_t k = 0; k < e->key_count; k++) {
    const entry_key *key = &e->keys[k];
    if (stands(checker, ftblab_keyed_find(&checker->thrown, key_of(BY_VALUE, event, key->key, key->whole)), e, before))
      return true;
    for (uint32_t i = 0; key->items != NULL && i < key->item_count && i < ITEMS; i++)
      if (stands(checker, ftblab_keyed_find(&checker->thrown, key_of(BY_VALUE, event, key->key, key->items[i])), e,
                 before))
        return true;
  }
  return false;
}

bool ftblab_was_thrown_with(const ftblab_exact *checker, const entry *e, int event, bool before)
{
  uint64_t keys = keys_of(e);
  const throws *found;
  /* one that has no key in common says nothing else */
  for (value kind = 0; (found = ftblab_keyed_find(&checker->thrown, key_of(BY_KEYS, event, 0, kind))) != NULL; kind++)
    if ((found->keys & keys) == 0 && stands(checker, found, e, before))
      return true;
  return has_value(checker, e, event, before);
}
