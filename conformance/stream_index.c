/* stream_index.c - which tracks and clusters speak of a node or a job: a hash table with open addressing, in which a
 * word stands once for each that has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "stream.h"

/* The finalizer of MurmurHash3: every bit of PIECE matters to every bit of the hash. */
static uint64_t mix(uint64_t hash, uint64_t piece)
{
  hash ^= piece;
  hash = (hash ^ hash >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
  hash = (hash ^ hash >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
  return hash ^ hash >> 33;
}

/* The last bytes of a text, eight at most, none left out and none from elsewhere. */
static uint64_t last_bytes(const char *text, size_t length)
{
  uint64_t last;
  uint32_t first_half, second_half;
  if (length >= 8) {
    memcpy(&last, text + length - 8, 8);
    return last;
  }
  if (length >= 4) {
    memcpy(&first_half, text, 4);
    memcpy(&second_half, text + length - 4, 4);
    return (uint64_t)second_half << 32 | first_half;
  }
  const unsigned char *bytes = (const unsigned char *)text;
  return length == 0 ? 0 : bytes[0] | (uint64_t)bytes[length / 2] << 8 | (uint64_t)bytes[length - 1] << 16;
}

word ftblab_word_of(bool is_job, const char *text, size_t length)
{
  uint64_t hash = (is_job ? UINT64_C(0xD1B54A32D192ED03) : UINT64_C(0x9E3779B97F4A7C15)) + length, piece;
  for (size_t at = 0; at + sizeof piece < length; at += sizeof piece) {
    memcpy(&piece, text + at, sizeof piece);
    hash = mix(hash, piece);
  }
  hash = mix(hash, last_bytes(text, length));
  return (word){.text = text, .length = (uint32_t)length, .hash = (uint32_t)hash, .is_job = is_job};
}

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

/* ---- who has the word ---------------------------------------------------------------------------------- */

static bool same_text(const word *w, const char *text, size_t length)
{
  return w->length == length && ftblab_same_bytes(w->text, text, length);
}

static bool track_has(const stream *s, const track *t, const word *w)
{
  ftblab_slice text;
  int variable;
  for (size_t at = 0; ftblab_track_next_value(t, &at, &variable, &text);)
    if (s->tie_variables[t->group] >> variable & 1 && w->is_job == ((s->job_variables >> variable & 1) != 0) &&
        same_text(w, text.data, text.length))
      return true;
  return false;
}

static bool has_word(const stream *s, uint32_t reference, const word *w)
{
  if (!(reference & CLUSTER_BIT))
    return track_has(s, ftblab_track_at(s, reference), w);
  const cluster_word *known = &s->words[reference & ~CLUSTER_BIT];
  return known->is_job == w->is_job && same_text(w, known->text, known->length);
}

uint32_t ftblab_index_find(const stream *s, const word *w, uint32_t *place)
{
  if (s->slot_count == 0)
    return NONE;
  for (uint32_t mask = s->slot_count - 1;; (*place)++) {
    const struct index_slot *slot = &s->slots[(w->hash + *place) & mask];
    if (slot->reference == NONE)
      return NONE;
    if (slot->hash == w->hash && has_word(s, slot->reference, w)) {
      (*place)++;
      return slot->reference;
    }
  }
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
  if (2 * ((uint64_t)s->slots_used + 1) > s->slot_count && !grow(s)) {
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
