/* stream_track.c - instances without a flaw so far. A track keeps the values it has and its records, packed into a few
 * bytes each, so that the exact checker can be given them all if a flaw is found.
 *
 * The log: values (variable, length, bytes), then records as stream_pack.h says. */
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
  if (s->ending) { /* no new one comes: the log need not be looked at once more */
    *t = (track){.log = t->log, .room = t->room};
    return;
  }
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
  if (s->newest_finished != NONE) {
    track *before = ftblab_track_at(s, s->newest_finished);
    before->newer = number;
    before->newer_line = (uint32_t)t->last_line;
  } else {
    s->oldest_finished = number;
    s->oldest_line = 0;
    s->oldest_fetched = 0;
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
  if (t->older == NONE) { /* the next one is fetched, and not looked at before it may be due */
    s->oldest_line = s->line_count - (uint64_t)(int32_t)((uint32_t)s->line_count - t->newer_line);
    s->oldest_fetched = 0;
    if (t->newer != NONE)
      __builtin_prefetch(ftblab_track_at(s, t->newer));
    s->oldest_finished = t->newer;
  } else {
    track *before = ftblab_track_at(s, t->older);
    before->newer = t->newer;
    before->newer_line = t->newer_line;
  }
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

bool ftblab_track_append(stream *s, track *t, const stamp *record, pack_prefix prefix, bool has_seq, bool has_cause)
{
  uint8_t packed[PACK_LIMIT];
  unsigned total;
  pack_numbers n = ftblab_numbers_of(t, record);
  unsigned head = pack_head(&n, has_seq, has_cause, &total);
  total += prefix.count + 2;
  if (t->records == UINT16_MAX || !make_room(s, t, total))
    return false;
  pack_write(packed, prefix, head, &n);
  memcpy(t->log + t->used, packed, total);
  ftblab_track_appended(t, record, total);
  return true;
}

bool ftblab_track_add(stream *s, track *t, const kind *k, const ftblab_record *record, const reading *values,
                      uint64_t *added)
{
  const stamp when = {.t = record->t, .line = record->line, .seq = record->seq, .cause = record->cause};
  return t->records < UINT16_MAX && add_values(s, t, k->of->event, values, added) &&
         ftblab_track_append(s, t, &when, ftblab_prefix_of(k, values->form), record->has_seq, record->has_cause);
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
    record.kind = pack_take_prefix(&at);
    const form *f = &s->forms[pack_take_prefix(&at)];
    const kind *k = s->kinds[record.kind];
    unsigned head = (unsigned)pack_take(&at, 2);
    record.line += pack_take(&at, head & 15);
    record.t = (int64_t)((uint64_t)record.t + pack_unfold(pack_take(&at, head >> 4 & 15)));
    record.seq = k->constant.has_seq ? record.line + pack_unfold(pack_take(&at, head >> 8 & 15)) : 0;
    record.cause = k->constant.has_cause ? record.line + pack_unfold(pack_take(&at, head >> 12)) : 0;
    if (!write_payload(s, t, k, f) ||
        !take_record(s, &record, (ftblab_slice){s->payload_text.data, s->payload_text.length}, argument))
      return false;
  }
  return true;
}
