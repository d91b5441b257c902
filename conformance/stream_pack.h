/* stream_pack.h - a record of a track in few bytes. Private to conformance/, part of stream.h.
 *
 *   kind, form                 seven bits a byte; the same for all records of one kind with payloads of one form
 *   two bytes                  how many bytes each of the four numbers has that follow
 *   line, t, seq, cause        line and t as differences to the record before, seq and cause to the line
 *
 * Writing takes the same steps whatever the numbers are, which a processor foresees. What is written and read may go
 * eight bytes beyond what counts. */
#ifndef FTBLAB_STREAM_PACK_H
#define FTBLAB_STREAM_PACK_H

#include <stdint.h>
#include <string.h>

#define PACK_PREFIX_LIMIT 6                            /* bytes: a kind has three, a form two */
#define PACK_LIMIT (PACK_PREFIX_LIMIT + 2 + 8 * 4 + 8) /* bytes of a record, and what may be written beyond */

typedef struct pack_prefix {
  uint64_t bytes; /* the first one is the lowest */
  unsigned count;
} pack_prefix;

typedef struct pack_numbers {
  uint64_t line, t, seq, cause;
} pack_numbers;

static inline void pack_put(uint8_t *at, uint64_t number)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  number = __builtin_bswap64(number);
#endif
  memcpy(at, &number, sizeof number);
}

static inline uint64_t pack_take(const uint8_t **at, unsigned bytes)
{
  uint64_t number;
  memcpy(&number, *at, sizeof number);
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  number = __builtin_bswap64(number);
#endif
  *at += bytes;
  return bytes == 0 ? 0 : number & UINT64_MAX >> (64 - 8 * bytes);
}

/* Signed differences, small ones in few bytes. */
static inline uint64_t pack_fold(uint64_t difference)
{
  return difference << 1 ^ (UINT64_C(0) - (difference >> 63));
}

static inline uint64_t pack_unfold(uint64_t number)
{
  return number >> 1 ^ (UINT64_C(0) - (number & 1));
}

static inline unsigned pack_bytes_of(uint64_t number)
{
  return (unsigned)(71 - __builtin_clzll(number | 1)) / 8;
}

static inline void pack_add_prefix(pack_prefix *prefix, uint32_t number)
{
  for (; number >= 0x80; number >>= 7)
    prefix->bytes |= (uint64_t)(0x80 | (number & 0x7F)) << 8 * prefix->count++;
  prefix->bytes |= (uint64_t)number << 8 * prefix->count++;
}

static inline uint32_t pack_take_prefix(const uint8_t **at)
{
  uint32_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    number |= (uint32_t)(byte & 0x7F) << shift;
    if (byte < 0x80)
      return number;
  }
}

/* How many bytes each of the numbers has, four bits each. Those that are not there have none. */
static inline unsigned pack_head(const pack_numbers *n, bool has_seq, bool has_cause, unsigned *total)
{
  unsigned line = pack_bytes_of(n->line), t = pack_bytes_of(n->t);
  unsigned seq = has_seq ? pack_bytes_of(n->seq) : 0, cause = has_cause ? pack_bytes_of(n->cause) : 0;
  *total = line + t + seq + cause;
  return line | t << 4 | seq << 8 | cause << 12;
}

static inline void pack_write(uint8_t *at, pack_prefix prefix, unsigned head, const pack_numbers *n)
{
  pack_put(at, prefix.bytes | (uint64_t)head << 8 * prefix.count);
  at += prefix.count + 2;
  pack_put(at, n->line);
  at += head & 15;
  pack_put(at, n->t);
  at += head >> 4 & 15;
  if (head >> 8 == 0)
    return;
  pack_put(at, n->seq);
  at += head >> 8 & 15;
  pack_put(at, n->cause);
}

#endif
