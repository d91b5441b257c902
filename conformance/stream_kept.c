/* stream_kept.c - the records that a stream has taken, packed as those of tracks are (stream_pack.h), so that the exact
 * checker can be given them all if what the stream found is not enough. What no checker looks at is not kept: notes.
 *
 *   kind                       seven bits a byte
 *   two bytes                  how many bytes each of the four numbers has that follow
 *   line, t, seq, cause        line and t as differences to the record before, seq and cause to the line
 *   four bytes                 the length of the payload + 1, or 0: there is none; then the payload */
#include <stdlib.h>

#include "stream.h"

#define NUMBERS_ROOM (PACK_LIMIT + 4)

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

bool ftblab_stream_keep(stream *s, const kind *k, const ftblab_record *record)
{
  kept_records *kept = &s->kept;
  if (!make_room(kept, NUMBERS_ROOM + record->payload.length + sizeof(uint64_t)))
    return ftblab_stream_no_memory(s);
  pack_prefix prefix = {0, 0};
  pack_add_prefix(&prefix, k->number);
  const pack_numbers n = {.line = pack_fold(record->line - kept->last_line),
                          .t = pack_fold((uint64_t)record->t - (uint64_t)kept->last_t),
                          .seq = pack_fold(record->seq - record->line),
                          .cause = pack_fold(record->cause - record->line)};
  unsigned total, head = pack_head(&n, record->has_seq, record->has_cause, &total);
  uint8_t *at = kept->bytes + kept->used;
  pack_write(at, prefix, head, &n);
  at += prefix.count + 2 + total;
  pack_put(at, record->payload.data == NULL ? 0 : record->payload.length + 1);
  at += 4;
  if (record->payload.length > 0)
    memcpy(at, record->payload.data, record->payload.length);
  kept->used = (size_t)(at - kept->bytes) + record->payload.length;
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
    size_t length = (size_t)pack_take(&at, 4);
    record.payload = length == 0 ? (ftblab_slice){NULL, 0} : (ftblab_slice){(const char *)at, length - 1};
    at += record.payload.length;
    status = ftblab_exact_add(exact, &record, err);
  }
  return status;
}
