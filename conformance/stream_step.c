/* stream_step.c - a record that is the next step of its track, and nothing else: almost all records of a long trace.
 * All that concerns such a record is looked up here by its kind and the form of its payload; whatever is not as it was
 * with the record before of that kind is left to stream.c, which would do the same with a step, and more slowly.
 *
 * A payload is read at a glance: a word is what stands between two constant pieces. If the pieces with the values of
 * the track that has the word make the same payload, then those are its values; what a value may consist of was asked
 * when the track was given it. */
#include <stddef.h>

#include "quick.h"
#include "stream.h"

/* ---- reading ------------------------------------------------------------------------------------------- */

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Eight bytes at AT, zeros for those from END on. Eight at least stand before END, and no others are read. */
static inline uint64_t load(const char *at, const char *end)
{
  uint64_t bytes;
  const char *last = end - sizeof bytes, *from = at < last ? at : last;
  memcpy(&bytes, from, sizeof bytes);
  size_t beyond = (size_t)(at - from);
  return beyond < sizeof bytes ? bytes >> 8 * beyond : 0;
}

/* The first byte from AT on that is the one of which STOP has eight; END or behind it: there is none. */
static inline const char *find_stop(const char *at, const char *end, uint64_t stop)
{
  const uint64_t low = UINT64_C(0x0101010101010101);
  for (; at < end; at += 8) {
    uint64_t bytes = load(at, end) ^ stop;
    uint64_t zeros = (bytes - low) & ~bytes & low << 7; /* the lowest mark is right: carries go upwards */
    if (zeros != 0)
      return at + __builtin_ctzll(zeros) / 8;
  }
  return at;
}

/* As that of ftblab_word_of, of a text that is not empty. */
static inline uint32_t hash_word(bool is_job, const char *at, size_t length, const char *end)
{
  uint64_t hash = ftblab_hash_begin(is_job, length);
  for (; length > 8; at += 8, length -= 8)
    hash = ftblab_mix(hash, load(at, end));
  return (uint32_t)ftblab_mix(hash, load(at, end) & UINT64_MAX >> (64 - 8 * length));
}

/* The value behind the piece at *AT, which is the I-th, as a word if IS_WORD. False: it is otherwise. */
static inline bool read_value(const usage *use, unsigned i, bool is_word, bool is_job, const char **at, const char *end,
                              uint32_t *hash)
{
  const char *start = *at + use->form->piece[i];
  if (start >= end || ((load(*at, end) ^ use->heads[i]) & use->head_masks[i]) != 0)
    return false;
  *at = find_stop(start, end, use->stop[i]);
  if (*at == start || *at > end)
    return false;
  if (is_word)
    *hash = hash_word(is_job, start, (size_t)(*at - start), end);
  return true;
}

/* The hashes of all words of PAYLOAD. What is not looked at here is compared when the record is dealt. */
static inline bool read_words(const usage *use, ftblab_slice payload, uint32_t hashes[MAX_SLOTS])
{
  if (payload.data == NULL || payload.length < sizeof(uint64_t))
    return false;
  const char *at = payload.data, *end = at + payload.length;
  if (use->first_only)
    return read_value(use, 0, true, use->word_is_job[0], &at, end, &hashes[0]);
  for (unsigned i = 0, w = 0; w < use->word_count; i++) {
    bool is_word = use->word_slot[w] == i;
    if (!read_value(use, i, is_word, use->word_is_job[w], &at, end, &hashes[w]))
      return false;
    w += is_word;
  }
  return true;
}

#else

static inline bool read_words(const usage *use, ftblab_slice payload, uint32_t hashes[MAX_SLOTS])
{
  (void)use;
  (void)payload;
  (void)hashes;
  return false; /* the order of bytes matters above: all records are dealt the longer way */
}

#endif

void ftblab_step_read(const stream *s, waiting_record *w, ftblab_slice payload)
{
  const kind *k = w->kind;
  const usage *use = k->glance && read_words(k->use, payload, w->hashes) ? k->use : NULL;
  w->use = use;
  if (use == NULL)
    return;
  ftblab_index_fetch_bucket(s, w->hashes[0]);
  for (unsigned i = 1; i < use->word_count; i++)
    ftblab_index_fetch_bucket(s, w->hashes[i]);
}

/* ---- taking -------------------------------------------------------------------------------------------- */

/* A track that the word of HASH may be of, if it is FOUND or nothing was found yet; *ALONE: there is nothing else. */
static inline uint32_t track_of(const stream *s, uint32_t hash, uint32_t found, bool *alone)
{
  for (uint32_t i = 0;; i++) {
    const index_bucket *b = ftblab_bucket_of(s, hash, i);
    unsigned free_ones, same = ftblab_bucket_matches(b, hash, &free_ones);
    for (; same != 0; same &= same - 1) {
      uint32_t reference = b->references[__builtin_ctz(same)];
      if (reference == found)
        continue;
      *alone = *alone && found == NONE && !(reference & CLUSTER_BIT);
      found = reference;
    }
    if (free_ones != 0)
      return found;
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
  const char *at = w->payload, *end = w->payload + w->length;
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
    if (end - at < (ptrdiff_t)length || !quick_equal(at, (const char *)bound + 2, length))
      return false;
    at += length;
    bound += 2 + length;
  }
  return end - at == piece[slots] && quick_equal_short(at, use->pieces[slots], use->masks[slots]);
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
  if (use != k->use || s->bucket_count == 0 || (use->unkeyed & (s->busy_groups | s->cluster_groups)) != 0)
    return false;
  uint32_t number = only_track(s, w, &by);
  if (number == NONE)
    return false;
  track *t = ftblab_track_at(s, number);
  if (!((use->agreeing & use->tying[by]) >> t->group & 1) || t->tentative || !has_payload(t, w))
    return false;
  /* nothing else speaks of its words, and so an extra is as good as a step */
  uint32_t next = ftblab_state_behind(ftblab_step_of(s, t->state, k->class));
  if (next == NONE || !append(s, t, k, &w->when))
    return false;
  t->state = next;
  if (s->states[next].finished && !t->finished)
    ftblab_track_finish(s, number);
  return true;
}
