/* thrown.c - what was thrown, by event and value: was the payload of a catch thrown before it, and was a command
 * answered after it? Asked of records that are in no instance, of which a trace may have very many; so the throws are
 * indexed when the first of them asks. */
#include "check.h"

#define ITEMS 64      /* members of a set that a throw is found by; of a larger one the set as a whole; chosen */
#define MOST_ASKED 64 /* throws of a value whose other values are compared; where there are more, one agrees; chosen */

/* The throws of one event that have a value, or that have the same keys. */
typedef struct throws {
  const entry *first, *last;
  uint64_t keys; /* bits: keys of their payloads */
  pointers all;  /* of one value */
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

static bool note_value(ftblab_exact *checker, entry *e, int key, value v)
{
  throws *found;
  return note(checker, key_of(BY_VALUE, e->event, key, v), e, &found) &&
         ((found->all.count > 0 && found->all.at[found->all.count - 1] == e) ||
          ftblab_pointers_add(&checker->memory, &found->all, e));
}

static bool note_throw(ftblab_exact *checker, entry *e)
{
  if (!note_keys(checker, e))
    return false;
  for (uint32_t k = 0; k < e->key_count; k++) {
    const entry_key *key = &e->keys[k];
    if (!note_value(checker, e, key->key, key->whole))
      return false;
    for (uint32_t i = 0; key->items != NULL && i < key->item_count && i < ITEMS; i++)
      if (!note_value(checker, e, key->key, key->items[i]))
        return false;
  }
  return true;
}

/* Once. */
bool ftblab_throws_note(ftblab_exact *checker)
{
  for (uint32_t i = checker->thrown.size > 0 ? checker->entries.count : 0; i < checker->entries.count; i++) {
    entry *e = checker->entries.at[i];
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

/* Do the two sets have a member in common? */
static bool overlap(const entry *a, const entry_key *mine, const entry *b, const entry_key *theirs)
{
  if (mine->whole == theirs->whole)
    return true;
  const entry_key *small = mine->item_count < theirs->item_count ? mine : theirs;
  for (uint32_t i = 0; small->items != NULL && i < small->item_count; i++)
    if (ftblab_entry_has(small == mine ? b : a, small->key, small->items[i]))
      return true;
  return false;
}

/* Does E say what THROWN said, under each key that both have? */
static bool agree(const entry *thrown, const entry *e)
{
  for (uint32_t k = 0; k < e->key_count; k++) {
    const entry_key *other = ftblab_entry_find(thrown, e->keys[k].key);
    if (other != NULL && !overlap(e, &e->keys[k], thrown, other))
      return false;
  }
  return true;
}

/* Of the throws FOUND of a value of E: does one that stands before E agree with it, or (BEFORE false) is one behind? */
static bool one_stands(const ftblab_exact *checker, const throws *found, const entry *e, bool before)
{
  if (!stands(checker, found, e, before))
    return false;
  uint32_t asked = 0, from = ftblab_pointers_behind(&found->all, e->index) + MOST_ASKED; /* a few at the same time */
  for (uint32_t i = from < found->all.count ? from : found->all.count; before && i > 0; i--) {
    const entry *thrown = found->all.at[i - 1];
    if (!ftblab_entry_precedes(checker, thrown, e))
      continue;
    if (asked++ == MOST_ASKED || agree(thrown, e))
      return true;
  }
  return !before;
}

static bool has_value(const ftblab_exact *checker, const entry *e, int event, bool before)
{
  for (uint32_t k = 0; k < e->key_count; k++) {
    const entry_key *key = &e->keys[k];
    if (one_stands(checker, ftblab_keyed_find(&checker->thrown, key_of(BY_VALUE, event, key->key, key->whole)), e,
                   before))
      return true;
    for (uint32_t i = 0; key->items != NULL && i < key->item_count && i < ITEMS; i++)
      if (one_stands(checker, ftblab_keyed_find(&checker->thrown, key_of(BY_VALUE, event, key->key, key->items[i])), e,
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
