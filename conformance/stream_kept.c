/* stream_kept.c - the records that a stream has taken, packed as those of tracks are (stream_pack.h), so that the exact
 * checker can be given them all if what the stream found is not enough. What no checker looks at is not kept: notes.
 *
 *   kind                       seven bits a byte
 *   two bytes                  how many bytes each of the four numbers has that follow
 *   line, t, seq, cause        line and t as differences to the record before, seq and cause to the line
 *   four bytes                 the length of the payload + 1, or 0: there is none; then the payload
 *
 * A long payload that came before stands there once: with EARLIER in its length, four bytes follow that say how far
 * before its length it begins. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define NUMBERS_ROOM (PACK_LIMIT + 8)
#define EARLIER UINT32_C(0x80000000)
enum {
  LONG = 64,
  TEXTS = 4096
}; /* bytes of a long payload; places of those that are found again, a power of two; chosen */

static bool make_room(kept_records *kept, size_t bytes)
{
  if (kept->used + bytes <= kept->room)
    return true;
  size_t room = 2 * kept->room + bytes + 65536;
  uint8_t *grown = realloc(kept->bytes, room);
  if (grown == NULL)
    return false;
  kept->bytes = grown;
  kept->room = room;
  return true;
}

/* A few places of a long payload tell most of them apart; which it is, is compared. */
static size_t slot_of(ftblab_slice payload)
{
  uint64_t hash = payload.length;
  for (size_t i = 1; i <= 4; i++)
    hash = ftblab_mix(hash, ftblab_few_bytes(payload.data + i * payload.length / 4 - sizeof hash, sizeof hash));
  return hash % TEXTS;
}

/* Where PAYLOAD stands already, or NO_PLACE; then, unless it comes to stand somewhere else, it comes to stand at AT. */
#define NO_PLACE SIZE_MAX
static size_t find_text(kept_records *kept, ftblab_slice payload, size_t at)
{
  if (payload.length < LONG || kept->texts == NULL)
    return NO_PLACE;
  size_t *slot = &kept->texts[slot_of(payload)], place = *slot;
  bool known = place != 0 && payload.length <= kept->used - place && at - place < UINT32_MAX &&
               memcmp(kept->bytes + place, payload.data, payload.length) == 0;
  if (!known)
    *slot = at;
  return known ? place : NO_PLACE;
}

/* The payload to AT. Returns what is behind it. */
static uint8_t *put_payload(kept_records *kept, uint8_t *at, ftblab_slice payload)
{
  size_t length_at = (size_t)(at - kept->bytes), place = find_text(kept, payload, length_at + 4);
  pack_put(at, (payload.data == NULL ? 0 : payload.length + 1) | (place != NO_PLACE ? EARLIER : 0));
  at += 4;
  if (place != NO_PLACE) {
    pack_put(at, length_at - place);
    return at + 4;
  }
  if (payload.length > 0)
    memcpy(at, payload.data, payload.length);
  return at + payload.length;
}

/* What put_payload gave, and *AT behind it. */
static ftblab_slice take_payload(const uint8_t **at)
{
  const uint8_t *length_at = *at;
  uint32_t length = (uint32_t)pack_take(at, 4);
  if (length == 0)
    return (ftblab_slice){NULL, 0};
  if (length & EARLIER) {
    const uint8_t *text = length_at - pack_take(at, 4);
    return (ftblab_slice){(const char *)text, (length & ~EARLIER) - 1};
  }
  const char *text = (const char *)*at;
  *at += length - 1;
  return (ftblab_slice){text, length - 1};
}

bool ftblab_stream_keep(stream *s, const kind *k, const ftblab_record *record)
{
  kept_records *kept = &s->kept;
  if (!make_room(kept, NUMBERS_ROOM + record->payload.length + sizeof(uint64_t)))
    return ftblab_stream_no_memory(s);
  if (kept->texts == NULL)
    kept->texts = calloc(TEXTS, sizeof *kept->texts); /* without it all payloads stand where they came */
  pack_prefix prefix = {0, 0};
  pack_add_prefix(&prefix, k->number);
  const pack_numbers n = {.line = pack_fold(record->line - kept->last_line),
                          .t = pack_fold((uint64_t)record->t - (uint64_t)kept->last_t),
                          .seq = pack_fold(record->seq - record->line),
                          .cause = pack_fold(record->cause - record->line)};
  unsigned total, head = pack_head(&n, record->has_seq, record->has_cause, &total);
  uint8_t *at = kept->bytes + kept->used;
  pack_write(at, prefix, head, &n);
  at = put_payload(kept, at + prefix.count + 2 + total, record->payload);
  kept->used = (size_t)(at - kept->bytes);
  kept->last_line = record->line;
  kept->last_t = record->t;
  return true;
}

ftblab_status ftblab_stream_replay(const stream *s, ftblab_exact *exact, ftblab_error *err)
{
  const uint8_t *at = s->kept.bytes, *end = at + s->kept.used;
  uint64_t line = 0, t = 0;
  ftblab_status status = FTBLAB_OK;
  while (s->kept.used > 0 && at < end && status == FTBLAB_OK) {
    ftblab_record record = s->kinds[pack_take_prefix(&at)]->constant;
    unsigned head = (unsigned)pack_take(&at, 2);
    record.line = line += pack_unfold(pack_take(&at, head & 15));
    t += pack_unfold(pack_take(&at, head >> 4 & 15));
    record.t = (int64_t)t;
    record.seq = record.has_seq ? line + pack_unfold(pack_take(&at, head >> 8 & 15)) : 0;
    record.cause = record.has_cause ? line + pack_unfold(pack_take(&at, head >> 12)) : 0;
    record.payload = take_payload(&at);
    status = ftblab_exact_add(exact, &record, err);
  }
  return status;
}
