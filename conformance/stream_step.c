/* stream_step.c - a record that is the next step of its track, and nothing else: almost all records of a long trace. All
 * that concerns such a record is looked up here by its kind and the form of its payload; whatever is not as it was with
 * the record before of that kind is left to stream.c, which would do the same with a step, and more slowly.
 *
 * A payload is read at a glance: a word is what stands between two constant pieces. If the pieces with the values of the
 * track that has the word make the same payload, then those are its values; what a value may consist of was asked when
 * the track was given it. */
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
  return (uint32_t)ftblab_mix(hash, piece & UINT64_MAX >> (-8 * text.length & 63)); /* of an empty one nobody asks */
#else
  return ftblab_word_of(is_job, text.data, text.length).hash;
#endif
}

/* All words, of a payload of LENGTH that stands at AT. */
static bool read_words(const usage *use, const char *at, size_t length, uint32_t hashes[MAX_SLOTS])
{
  const char *end = at + length;
  for (unsigned i = 0, w = 0; i < use->form->slots && w < use->word_count; i++) {
    const char *start = at + use->form->piece[i];
    if (start >= end || !quick_equal_short(at, use->pieces[i], use->masks[i]))
      return false;
    at = find_stop(start, end, use->stop[i]);
    if (at == start || at > end)
      return false;
    if (use->word_slot[w] == i) {
      hashes[w] = hash_word(use->word_is_job[w], (ftblab_slice){start, (size_t)(at - start)});
      w++;
    }
  }
  return true;
}

/* The first value, which is the only word. */
static inline bool read_word(const usage *use, const char *at, size_t length, uint32_t *hash)
{
  const char *start = at + use->form->piece[0], *end = at + length;
  if (start >= end || !quick_equal_short(at, use->pieces[0], use->masks[0]))
    return false;
  const char *stop = find_stop(start, end, use->stop[0]);
  *hash = hash_word(use->word_is_job[0], (ftblab_slice){start, (size_t)(stop - start)});
  return stop != start && stop <= end;
}

void ftblab_step_read(const stream *s, waiting_record *w)
{
  const kind *k = w->kind;
  const usage *use = k->use;
  w->use = NULL;
  if (!k->glance)
    return;
  memset(w->payload + w->length, 0, sizeof(uint64_t)); /* where a last value without brace stops */
  if (use->first_only) {
    if (!read_word(use, w->payload, w->length, &w->hashes[0]))
      return;
    w->use = use;
    ftblab_index_fetch_slot(s, w->hashes[0]);
  } else if (read_words(use, w->payload, w->length, w->hashes)) {
    w->use = use;
    for (unsigned i = 0; i < use->word_count; i++)
      ftblab_index_fetch_slot(s, w->hashes[i]);
  }
}

/* ---- taking -------------------------------------------------------------------------------------------- */

/* A track that the word of HASH may be of, if it is FOUND or nothing was found yet; *ALONE: there is nothing else. */
static inline uint32_t track_of(const stream *s, uint32_t hash, uint32_t found, bool *alone)
{
  const uint32_t mask = s->slot_count - 1;
  for (uint32_t at = hash;; at++) {
    const struct index_slot *slot = &s->slots[at & mask];
    if (slot->reference == NONE)
      return found;
    if (slot->hash != hash || slot->reference == found)
      continue;
    *alone = *alone && found == NONE && !(slot->reference & CLUSTER_BIT);
    found = slot->reference;
  }
}

/* The one track that the words of W may be of, and the first word BY which it is; NONE: none, or others as well. */
static inline uint32_t only_track(const stream *s, const waiting_record *w, unsigned *by)
{
  bool alone = true;
  uint32_t found = track_of(s, w->hashes[0], NONE, &alone);
  for (unsigned i = 1; i < w->use->word_count; i++) {
    *by = found == NONE ? i : *by;
    found = track_of(s, w->hashes[i], found, &alone);
  }
  return alone ? found : NONE;
}

/* The value of VARIABLE, which is bound, in the log of T. */
static const uint8_t *find_value(const track *t, uint8_t variable)
{
  const uint8_t *at = t->log;
  while (*at != variable)
    at += 2 + at[1];
  return at;
}

/* Is the payload what the values of T make it, byte by byte? */
static inline bool has_payload(const track *t, const waiting_record *w)
{
  const usage *use = w->use;
  const struct usage_of_group *of = &use->of[t->group];
  const uint16_t *piece = use->form->piece;
  const uint8_t *bound = t->log, *last = t->log + t->values;
  const char *at = w->payload;
  const unsigned slots = use->form->slots;
  if (of->needs & ~t->bound)
    return false;
  for (unsigned i = 0; i < slots; i++) {
    if (!quick_equal_short(at, use->pieces[i], use->masks[i]))
      return false;
    at += piece[i];
    if (bound >= last || *bound != of->variable[i])
      bound = find_value(t, of->variable[i]);
    size_t length = bound[1];
    if (!quick_equal(at, (const char *)bound + 2, length))
      return false;
    at += length;
    bound += 2 + length;
  }
  return w->payload + w->length - at == piece[slots] && quick_equal_short(at, use->pieces[slots], use->masks[slots]);
}

static inline bool append(stream *s, track *t, const kind *k, const stamp *record)
{
  unsigned total;
  const bool has_seq = k->constant.has_seq, has_cause = k->constant.has_cause;
  pack_numbers n = ftblab_numbers_of(t, record);
  unsigned head = pack_head(&n, has_seq, has_cause, &total);
  total += k->prefix.count + 2;
  if (t->used + total + sizeof(uint64_t) > t->room || t->records == UINT16_MAX)
    return ftblab_track_append(s, t, record, k->prefix, has_seq, has_cause);
  pack_write(t->log + t->used, k->prefix, head, &n);
  ftblab_track_appended(t, record, total);
  return true;
}

bool ftblab_step_take(stream *s, const waiting_record *w)
{
  const usage *use = w->use;
  const kind *k = w->kind;
  unsigned by = 0;
  if (use != k->use || s->slot_count == 0 || (use->unkeyed & (s->busy_groups | s->cluster_groups)) != 0)
    return false;
  uint32_t number = only_track(s, w, &by);
  if (number == NONE)
    return false;
  track *t = ftblab_track_at(s, number);
  if (!((use->agreeing & use->tying[by]) >> t->group & 1) || t->tentative || !has_payload(t, w))
    return false;
  uint32_t next = ftblab_state_next(s, t->state, k->class);
  if (next == NONE || !append(s, t, k, &w->when))
    return false;
  t->state = next;
  if (s->states[next].finished && !t->finished)
    ftblab_track_finish(s, number);
  return true;
}
