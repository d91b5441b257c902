/* stream_index.c - which tracks and clusters speak of a node or a job: a hash table in which a word stands once for
 * each that has it. It has buckets; what finds no room in that of its hash stands in the next that has some, and so a
 * search ends at a bucket with a free slot. */
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "stream.h"

/* ---- the words of a payload ----------------------------------------------------------------------------- */

/* Names that are numbers may be given as a range. */
static bool for_item(stream *s, bool is_job, const ftblab_item *item, ftblab_for_word *call, void *argument)
{
  if (!item->is_integer || item->first == item->last) {
    word w = ftblab_word_of(is_job, item->word.data, item->word.length);
    return call(s, &w, argument);
  }
  for (int64_t n = item->first; n <= item->last && n - item->first < MAX_ITEMS; n++) {
    char digits[DECIMAL_ROOM];
    ftblab_slice text = ftblab_decimal(n, digits);
    word w = ftblab_word_of(is_job, text.data, text.length);
    if (!call(s, &w, argument))
      return false;
  }
  return true;
}

bool ftblab_for_words(stream *s, uint64_t keys, ftblab_for_word *call, void *argument)
{
  const ftblab_payload *payload = &s->probe->payload;
  for (size_t p = 0; p < payload->pair_count; p++) {
    int key = ftblab_entry_key(s->probe, payload->pairs[p].key);
    if (key == FTBLAB_NONE || !(keys >> key & 1))
      continue;
    for (size_t i = 0; i < payload->pairs[p].item_count; i++)
      if (!for_item(s, (s->job_keys >> key & 1) != 0, &payload->items[payload->pairs[p].first_item + i], call,
                    argument))
        return false;
  }
  return true;
}

/* ---- adding and removing ------------------------------------------------------------------------------- */

static void place(stream *s, uint32_t hash, uint32_t reference)
{
  unsigned free_ones = 0;
  for (uint32_t i = 0;; i++) {
    index_bucket *b = ftblab_bucket_of(s, hash, i);
    ftblab_bucket_matches(b, hash, &free_ones);
    if (free_ones == 0)
      continue;
    unsigned slot = (unsigned)__builtin_ctz(free_ones);
    b->hashes[slot] = hash;
    b->references[slot] = reference;
    return;
  }
}

static bool grow(stream *s)
{
  uint32_t old_count = s->bucket_count, count = old_count == 0 ? 512 : 2 * old_count;
  index_bucket *old = s->buckets, *buckets = ftblab_pages_take(count * sizeof *buckets);
  if (buckets == NULL)
    return false;
  memset(buckets, 0xFF, count * sizeof *buckets);
  s->buckets = buckets;
  s->bucket_count = count;
  for (uint32_t i = 0; i < BUCKET * old_count; i++)
    if (old[i / BUCKET].references[i % BUCKET] != NONE)
      place(s, old[i / BUCKET].hashes[i % BUCKET], old[i / BUCKET].references[i % BUCKET]);
  free(old);
  return true;
}

bool ftblab_index_add(stream *s, const word *w, uint32_t reference)
{
  /* chosen: few buckets are full, few bytes are free */
  if ((uint64_t)s->slots_used + 1 > 5 * (uint64_t)s->bucket_count && !grow(s)) {
    s->failed = true;
    return false;
  }
  place(s, w->hash, reference);
  s->slots_used++;
  return true;
}

/* An entry behind the I-th bucket from that of HASH on that finds its way to there, but for one slot of it that becomes
 * free; false: there is none. *AT, *SLOT: where it stands. */
static bool find_to_move(const stream *s, uint32_t hash, uint32_t i, uint32_t *at, unsigned *slot)
{
  for (uint32_t next = i + 1;; next++) {
    const index_bucket *b = ftblab_bucket_of(s, hash, next);
    unsigned free_ones = 0;
    for (unsigned c = 0; c < BUCKET; c++) {
      uint32_t steps = (hash + next - b->hashes[c]) & (s->bucket_count - 1); /* from its own bucket */
      free_ones |= b->references[c] == NONE;
      if (b->references[c] != NONE && steps >= next - i) {
        *at = next;
        *slot = c;
        return true;
      }
    }
    if (free_ones != 0)
      return false;
  }
}

/* The I-th bucket from that of HASH on was full: what stands behind it because of that moves up into its free SLOT. */
static void close_gap(stream *s, uint32_t hash, uint32_t i, unsigned slot)
{
  uint32_t from;
  unsigned from_slot, free_ones = 0;
  while (free_ones == 0 && find_to_move(s, hash, i, &from, &from_slot)) {
    index_bucket *into = ftblab_bucket_of(s, hash, i), *out = ftblab_bucket_of(s, hash, from);
    ftblab_bucket_matches(out, 0, &free_ones);
    into->hashes[slot] = out->hashes[from_slot];
    into->references[slot] = out->references[from_slot];
    out->references[from_slot] = NONE;
    i = from;
    slot = from_slot;
  }
}

void ftblab_index_remove(stream *s, const word *w, uint32_t reference)
{
  for (uint32_t i = 0; s->bucket_count > 0; i++) {
    index_bucket *b = ftblab_bucket_of(s, w->hash, i);
    unsigned free_ones, same = ftblab_bucket_matches(b, w->hash, &free_ones);
    for (; same != 0; same &= same - 1) {
      unsigned slot = (unsigned)__builtin_ctz(same);
      if (b->references[slot] != reference)
        continue;
      b->references[slot] = NONE;
      s->slots_used--;
      if (free_ones == 0)
        close_gap(s, w->hash, i, slot);
      return;
    }
    if (free_ones != 0)
      return;
  }
}

bool ftblab_index_add_track(stream *s, uint32_t number, uint64_t variables)
{
  word w;
  int variable;
  for (size_t at = 0; ftblab_track_next_word(s, ftblab_track_at(s, number), &at, &variable, &w);)
    if (variables >> variable & 1 && !ftblab_index_add(s, &w, number))
      return false;
  return true;
}

void ftblab_index_remove_track(stream *s, uint32_t number)
{
  word w;
  int variable;
  for (size_t at = 0; ftblab_track_next_word(s, ftblab_track_at(s, number), &at, &variable, &w);)
    ftblab_index_remove(s, &w, number);
}
