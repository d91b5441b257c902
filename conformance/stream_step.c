/* stream_step.c - a record that is the next step of its track, and nothing else: almost all records of a long trace. All
 * that concerns such a record is looked up here by its kind and the form of its payload; whatever is not as it was with
 * the record before of that kind is left to stream.c, which would do the same with a step, and more slowly.
 *
 * A payload is first read at a glance: the constant pieces are compared, and a value is what stands between two of
 * them. Whether it consists of what a value may consist of need not be asked if the track has the same value. */
#include "quick.h"
#include "stream.h"

/* ---- reading ------------------------------------------------------------------------------------------- */

/* The first byte from AT on that is the one of which STOP has eight; at END or behind it, if there is none before. */
static inline const char *find_stop(const char *at, const char *end, uint64_t stop)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  const uint64_t low = UINT64_C(0x0101010101010101);
  for (; at < end; at += 8) {
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    bytes ^= stop;
    uint64_t zeros = (bytes - low) & ~bytes & low << 7; /* the lowest mark is right: carries go upwards */
    if (zeros != 0)
      return at + __builtin_ctzll(zeros) / 8;
  }
#else
  while (at < end && (unsigned char)*at != (stop & 0xFF))
    at++;
#endif
  return at;
}

/* As that of ftblab_word_of; the text may be read beyond its end. */
static inline uint32_t hash_word(bool is_job, ftblab_slice text)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t hash = ftblab_hash_begin(is_job, text.length), piece;
  for (; text.length > sizeof piece; text.data += sizeof piece, text.length -= sizeof piece) {
    memcpy(&piece, text.data, sizeof piece);
    hash = ftblab_mix(hash, piece);
  }
  memcpy(&piece, text.data, sizeof piece);
  return (uint32_t)ftblab_mix(hash, piece & UINT64_MAX >> (64 - 8 * text.length)); /* a value is not empty */
#else
  return ftblab_word_of(is_job, text.data, text.length).hash;
#endif
}

static inline bool read_at_a_glance(const usage *use, const char *at, size_t length, reading *into)
{
  const char *end = at + length;
  const form *f = use->form;
  for (unsigned i = 0; i < f->slots; i++) {
    if (!quick_equal_short(at, use->pieces[i], use->masks[i]))
      return false;
    const char *start = at + f->piece[i];
    if (start >= end)
      return false;
    at = find_stop(start, end, use->stop[i]);
    into->value[i] = (ftblab_slice){start, (size_t)(at - start)};
    if (at == start || at > end)
      return false;
  }
  into->form = f;
  return end - at == f->piece[f->slots] && quick_equal_short(at, use->pieces[f->slots], use->masks[f->slots]);
}

void ftblab_step_read(const stream *s, waiting_record *w)
{
  const usage *use = w->kind->use;
  w->use = NULL;
  if (use == NULL || !use->quick || w->record.payload.data == NULL || s->header.tie != 0)
    return;
  memset(w->payload + w->record.payload.length, 0, sizeof(uint64_t)); /* where a last value without brace stops */
  if (!read_at_a_glance(use, w->payload, w->record.payload.length, &w->values))
    return;
  w->use = use;
  for (unsigned i = 0; i < use->word_count; i++) {
    w->hashes[i] = hash_word(use->word_is_job[i], w->values.value[use->word_slot[i]]);
    ftblab_index_fetch_slot(s, w->hashes[i]);
  }
}

/* ---- taking -------------------------------------------------------------------------------------------- */

/* The one track that the words of W may be of, and the first BY of them that is; NONE: none, or others as well. */
static inline uint32_t only_track(const stream *s, const waiting_record *w, unsigned *by)
{
  const uint32_t mask = s->slot_count - 1;
  uint32_t found = NONE;
  for (unsigned i = 0; i < w->use->word_count && s->slot_count > 0; i++)
    for (uint32_t at = w->hashes[i];; at++) {
      const struct index_slot *slot = &s->slots[at & mask];
      if (slot->reference == NONE)
        break;
      if (slot->hash != w->hashes[i] || slot->reference == found)
        continue;
      if (found != NONE || slot->reference & CLUSTER_BIT)
        return NONE;
      found = slot->reference;
      *by = i;
    }
  return found;
}

/* Does T have all values? Those of variables that the record does not speak of do not matter. */
static inline bool has_values(const track *t, const int8_t slot_of[MAX_VARIABLES], const reading *values)
{
  unsigned found = 0;
  for (const uint8_t *at = t->log, *end = at + t->values; at < end; at += 2 + at[1]) {
    int slot = slot_of[at[0]];
    if (slot < 0)
      continue;
    const ftblab_slice *text = &values->value[slot];
    if (text->length != at[1] || !quick_equal(text->data, (const char *)at + 2, text->length))
      return false;
    found++;
  }
  return found == values->form->slots;
}

bool ftblab_step_take(stream *s, waiting_record *w)
{
  const usage *use = w->use;
  const kind *k = w->kind;
  const record_class *c = k->of;
  unsigned by = 0;
  uint32_t number = only_track(s, w, &by);
  if (number == NONE || (c->knows & ~c->keyed & (s->busy_groups | s->cluster_groups)) != 0)
    return false;
  track *t = ftblab_track_at(s, number);
  if (!((use->agreeing & use->tying[by]) >> t->group & 1) || t->tentative ||
      !has_values(t, use->slot_of[t->group], &w->values))
    return false;
  uint32_t next = ftblab_state_next(s, t->state, k->class);
  if (next == NONE || !ftblab_track_append(s, t, k, &w->record, use->form))
    return false;
  t->state = next;
  if (s->states[next].finished && !t->finished)
    ftblab_track_finish(s, number);
  return true;
}
