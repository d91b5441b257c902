/* stream_track.c - instances without a flaw so far. A track keeps the values it has and its records, packed into a few
 * bytes each, so that the exact checker can be given them all if a flaw is found.
 *
 * The log: values (variable, length, bytes), then records: kind, form, line and time as differences to the record
 * before, and where the kind has them seq and cause (against the line). Two bytes before a record say how many bytes
 * each of these numbers has; so writing it takes the same steps whatever the numbers are, which a processor foresees.
 */
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "stream.h"

_Static_assert(sizeof(track) == 64, "a track is a cache line");
_Static_assert(MAX_VARIABLES <= 16, "track.bound has a bit for each variable");

static bool add_chunk(stream *s)
{
  uint32_t chunk = s->track_count / TRACKS_A_CHUNK;
  if (chunk == s->chunk_capacity) {
    uint32_t capacity = s->chunk_capacity == 0 ? 16 : 2 * s->chunk_capacity;
    track **chunks = realloc(s->chunks, capacity * sizeof *chunks);
    if (chunks == NULL)
      return false;
    s->chunks = chunks;
    s->chunk_capacity = capacity;
  }
  s->chunks[chunk] = ftblab_pages_take(TRACKS_A_CHUNK * sizeof **s->chunks);
  s->chunk_count += s->chunks[chunk] != NULL;
  return s->chunks[chunk] != NULL;
}

uint32_t ftblab_track_new(stream *s, int of_group)
{
  uint32_t number = s->free_tracks;
  if (number == NONE) {
    if (s->track_count % TRACKS_A_CHUNK == 0 && !add_chunk(s)) {
      s->failed = true;
      return NONE;
    }
    number = s->track_count++;
  } else {
    s->free_tracks = ftblab_track_at(s, number)->older;
  }
  track *made = ftblab_track_at(s, number);
  *made = (track){.group = (uint8_t)of_group, .open = true, .older = NONE, .newer = NONE};
  s->open_count++;
  if (s->open_tracks[of_group]++ == 0)
    s->busy_groups |= (uint64_t)1 << of_group;
  return number;
}

void ftblab_track_free(stream *s, uint32_t number)
{
  track *t = ftblab_track_at(s, number);
  s->open_count--;
  if (--s->open_tracks[t->group] == 0)
    s->busy_groups &= ~((uint64_t)1 << t->group);
  ftblab_log_release(&s->logs, t);
  *t = (track){.older = s->free_tracks};
  s->free_tracks = number;
}

void ftblab_track_finish(stream *s, uint32_t number)
{
  track *t = ftblab_track_at(s, number);
  t->finished = true;
  s->finished_count++;
  t->older = s->newest_finished;
  if (s->newest_finished != NONE)
    ftblab_track_at(s, s->newest_finished)->newer = number;
  else {
    s->oldest_finished = number;
    s->oldest_line = 0;
  }
  s->newest_finished = number;
}

void ftblab_track_unlink(stream *s, uint32_t number)
{
  track *t = ftblab_track_at(s, number);
  if (!t->finished)
    return;
  t->finished = false;
  s->finished_count--;
  if (t->older == NONE)
    s->oldest_line = 0; /* that of the next one is not known */
  *(t->older != NONE ? &ftblab_track_at(s, t->older)->newer : &s->oldest_finished) = t->newer;
  *(t->newer != NONE ? &ftblab_track_at(s, t->newer)->older : &s->newest_finished) = t->older;
}

/* ---- values -------------------------------------------------------------------------------------------- */

static bool make_room(stream *s, track *t, size_t bytes)
{
  return t->used + bytes <= t->room || ftblab_log_grow(&s->logs, t, t->used + bytes);
}

static bool add_values(stream *s, track *t, int event, const reading *values, uint64_t *added)
{
  const int8_t *variables = ftblab_variables_of(s, t->group, event);
  *added = 0;
  for (uint8_t i = 0; i < values->form->slots; i++) {
    int variable = variables[values->form->key[i]];
    const ftblab_slice *text = &values->value[i];
    if (variable < 0 || t->bound >> variable & 1)
      continue;
    size_t bytes = text->length + 2;
    if (t->values + bytes > UINT8_MAX || !make_room(s, t, bytes))
      return false;
    *added |= (uint64_t)1 << variable;
    t->bound = (uint16_t)(t->bound | 1u << variable);
    memmove(t->log + t->values + bytes, t->log + t->values, (size_t)t->used - t->values);
    t->log[t->values] = (uint8_t)variable;
    t->log[t->values + 1] = (uint8_t)text->length;
    memcpy(t->log + t->values + 2, text->data, text->length);
    t->values = (uint8_t)(t->values + bytes);
    t->used = (uint16_t)(t->used + bytes);
  }
  return true;
}

/* ---- records ------------------------------------------------------------------------------------------- */

/* What is written in one piece lies behind AT, and beyond what counts of it. */
static inline uint8_t *put(uint8_t *at, uint64_t number, unsigned bytes)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  number = __builtin_bswap64(number);
#endif
  memcpy(at, &number, sizeof number);
  return at + bytes;
}

static inline uint64_t take(const uint8_t **at, unsigned bytes)
{
  uint64_t number;
  memcpy(&number, *at, sizeof number);
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  number = __builtin_bswap64(number);
#endif
  *at += bytes;
  return bytes == 0 ? 0 : number & UINT64_MAX >> (64 - 8 * bytes);
}

/* How many bytes a number needs, none for 0. Seven are taken for eight, and so there are eight such numbers. */
static inline unsigned bytes_of(uint64_t number)
{
  unsigned bytes = number == 0 ? 0 : (71 - (unsigned)__builtin_clzll(number)) / 8;
  return bytes + (bytes == 7);
}

static inline unsigned code_of(unsigned bytes)
{
  return bytes - (bytes == 8);
}

static inline unsigned bytes_by(unsigned code)
{
  return code + (code == 7);
}

/* Signed differences, small ones in few bytes. */
static uint64_t fold(uint64_t difference)
{
  return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unfold(uint64_t number)
{
  return number >> 1 ^ (number & 1 ? UINT64_MAX : 0);
}

/* The numbers of a record, and how many bytes each has. */
enum { NUMBER_KIND, NUMBER_FORM, NUMBER_LINE, NUMBER_T, NUMBER_SEQ, NUMBER_CAUSE, NUMBERS };
typedef struct numbers {
  uint64_t of[NUMBERS];
  unsigned bytes[NUMBERS], all; /* all: with the two before them */
} numbers;

static inline void number_record(const track *t, const kind *k, const ftblab_record *record, const form *f, numbers *n)
{
  n->of[NUMBER_KIND] = k->number;
  n->of[NUMBER_FORM] = f->number;
  n->of[NUMBER_LINE] = record->line - t->last_line;
  n->of[NUMBER_T] = fold((uint64_t)record->t - (uint64_t)t->last_t);
  n->of[NUMBER_SEQ] = record->has_seq ? fold(record->seq - record->line) : 0;
  n->of[NUMBER_CAUSE] = record->has_cause ? fold(record->cause - record->line) : 0;
  n->all = 2;
  for (int i = 0; i < NUMBERS; i++)
    n->all += n->bytes[i] = bytes_of(n->of[i]);
}

static inline void write_numbers(uint8_t *at, const numbers *n)
{
  unsigned head = 0;
  for (int i = NUMBER_LINE; i < NUMBERS; i++)
    head |= code_of(n->bytes[i]) << (4 + 3 * (i - NUMBER_LINE));
  head |= n->bytes[NUMBER_KIND] << 2 | n->bytes[NUMBER_FORM];
  at = put(at, head, 2);
  for (int i = 0; i < NUMBERS; i++)
    at = put(at, n->of[i], n->bytes[i]);
}
_Static_assert(MAX_KINDS < 1 << 24 && MAX_FORMS < 1 << 24, "a kind and a form have three bytes at most");

bool ftblab_track_append(stream *s, track *t, const kind *k, const ftblab_record *record, const form *f)
{
  uint8_t packed[2 + 8 * NUMBERS + 8];
  numbers n;
  if (t->records == UINT16_MAX)
    return false;
  number_record(t, k, record, f, &n);
  if (t->used + n.all + sizeof(uint64_t) <= t->room) {
    write_numbers(t->log + t->used, &n);
  } else {
    if (!make_room(s, t, n.all))
      return false;
    write_numbers(packed, &n);
    memcpy(t->log + t->used, packed, n.all);
  }
  t->used = (uint16_t)(t->used + n.all);
  if (t->records++ == 0)
    t->first_line = record->line;
  t->last_line = record->line;
  t->last_t = record->t;
  return true;
}

bool ftblab_track_add(stream *s, track *t, const kind *k, const ftblab_record *record, const reading *values,
                      uint64_t *added)
{
  return t->records < UINT16_MAX && add_values(s, t, k->of->event, values, added) &&
         ftblab_track_append(s, t, k, record, values->form);
}

/* The payload of a record, as it was. */
static bool write_payload(stream *s, const track *t, const kind *k, const form *f)
{
  const char *piece = f->pieces;
  const int8_t *variables = ftblab_variables_of(s, t->group, k->of->event);
  ftblab_text_clear(&s->payload_text);
  for (uint8_t i = 0; i < f->slots; i++) {
    ftblab_slice text = ftblab_track_value(t, variables[f->key[i]]);
    ftblab_text_add_bytes(&s->payload_text, piece, f->piece[i]);
    ftblab_text_add_bytes(&s->payload_text, text.data, text.length);
    piece += f->piece[i];
  }
  ftblab_text_add_bytes(&s->payload_text, piece, f->piece[f->slots]);
  if (s->payload_text.failed)
    s->failed = true;
  return !s->failed;
}

bool ftblab_track_unpack(stream *s, uint32_t number, ftblab_take_record *take_record, void *argument)
{
  const track *t = ftblab_track_at(s, number);
  const uint8_t *at = t->log + t->values;
  packed_record record = {0};
  for (uint16_t i = 0; i < t->records; i++) {
    unsigned head = (unsigned)take(&at, 2);
    record.kind = (uint32_t)take(&at, head >> 2 & 3);
    const form *f = &s->forms[take(&at, head & 3)];
    const kind *k = s->kinds[record.kind];
    record.line += take(&at, bytes_by(head >> 4 & 7));
    record.t = (int64_t)((uint64_t)record.t + unfold(take(&at, bytes_by(head >> 7 & 7))));
    record.seq = record.line + unfold(take(&at, bytes_by(head >> 10 & 7)));
    record.cause = record.line + unfold(take(&at, bytes_by(head >> 13 & 7)));
    record.seq = k->constant.has_seq ? record.seq : 0;
    record.cause = k->constant.has_cause ? record.cause : 0;
    if (!write_payload(s, t, k, f) ||
        !take_record(s, &record, (ftblab_slice){s->payload_text.data, s->payload_text.length}, argument))
      return false;
  }
  return true;
}
