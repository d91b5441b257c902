/* stream_index.c - which tracks and clusters speak of a node or a job: a hash table with open addressing, in which a
 * word stands once for each that has it. */
#include <stdio.h>
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
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    word w = ftblab_word_of(is_job, digits, (size_t)length);
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

static void place_slot(struct index_slot *slots, uint32_t mask, struct index_slot slot)
{
  uint32_t at = slot.hash & mask;
  while (slots[at].reference != NONE)
    at = (at + 1) & mask;
  slots[at] = slot;
}

static bool grow(stream *s)
{
  uint32_t count = s->slot_count == 0 ? 4096 : 2 * s->slot_count;
  struct index_slot *slots = ftblab_pages_take(count * sizeof *slots);
  if (slots == NULL)
    return false;
  memset(slots, 0xFF, count * sizeof *slots);
  for (uint32_t i = 0; i < s->slot_count; i++)
    if (s->slots[i].reference != NONE)
      place_slot(slots, count - 1, s->slots[i]);
  free(s->slots);
  s->slots = slots;
  s->slot_count = count;
  return true;
}

bool ftblab_index_add(stream *s, const word *w, uint32_t reference)
{
  if (8 * ((uint64_t)s->slots_used + 1) > 5 * (uint64_t)s->slot_count && !grow(s)) { /* chosen: few steps, few bytes */
    s->failed = true;
    return false;
  }
  place_slot(s->slots, s->slot_count - 1, (struct index_slot){w->hash, reference});
  s->slots_used++;
  return true;
}

/* The slots behind the one that becomes free move up, so that every word is found without a gap. */
void ftblab_index_remove(stream *s, const word *w, uint32_t reference)
{
  uint32_t mask = s->slot_count - 1, at = w->hash & mask;
  while (s->slots[at].reference != NONE && (s->slots[at].hash != w->hash || s->slots[at].reference != reference))
    at = (at + 1) & mask;
  if (s->slots[at].reference == NONE)
    return;
  for (uint32_t next = (at + 1) & mask; s->slots[next].reference != NONE; next = (next + 1) & mask) {
    uint32_t home = s->slots[next].hash & mask;
    if (((next - home) & mask) >= ((next - at) & mask)) {
      s->slots[at] = s->slots[next];
      at = next;
    }
  }
  s->slots[at].reference = NONE;
  s->slots_used--;
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
