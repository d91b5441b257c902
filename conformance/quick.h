/* quick.h - steps of reading a line that looks like the ones before, sixteen bytes at a time where the processor can.
 * Private to conformance/.
 *
 * Every text that is read here is followed by FTBLAB_QUICK_PADDING readable bytes: zeros behind the last block of a
 * trace, so that no search that begins inside the text finds anything behind it. What a step does not know for certain
 * it refuses; the parser of scan.h then says what it is. */
#ifndef FTBLAB_QUICK_H
#define FTBLAB_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define FTBLAB_QUICK_PADDING 64

#ifdef __SSE2__
static inline __m128i quick_load(const char *at)
{
  return _mm_loadu_si128((const __m128i *)(const void *)at);
}
#endif

/* Are LENGTH > 0 bytes the same? */
static inline bool quick_equal(const char *a, const char *b, size_t length)
{
#ifdef __SSE2__
  size_t at = 0;
  for (; at + 16 < length; at += 16)
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(quick_load(a + at), quick_load(b + at))) != 0xFFFF)
      return false;
  unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(quick_load(a + at), quick_load(b + at)));
  return (~same & (0xFFFFu >> (16 - (length - at)))) == 0;
#else
  return memcmp(a, b, length) == 0;
#endif
}

/* Are those of the first 16 bytes the same for which MASK has a bit? */
static inline bool quick_equal_short(const char *a, const char *b, uint32_t mask)
{
#ifdef __SSE2__
  unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(quick_load(a), quick_load(b)));
  return (~same & mask) == 0;
#else
  for (; mask != 0; mask >>= 1)
    if (*a++ != *b++)
      return false;
  return true;
#endif
}

/* Are LENGTH bytes the same, the first and the last WINDOW of which (a multiple of 16) are compared without a branch?
 * Texts whose lengths differ a little take the same steps then, which a processor foresees. */
static inline bool quick_equal_in_window(const char *a, const char *b, size_t length, size_t window)
{
#ifdef __SSE2__
  const char *a_last = a + length - window, *b_last = b + length - window;
  __m128i same = _mm_set1_epi8(-1);
  for (size_t i = 0; i < window; i += 16) {
    __m128i first = _mm_cmpeq_epi8(quick_load(a + i), quick_load(b + i));
    __m128i last = _mm_cmpeq_epi8(quick_load(a_last + i), quick_load(b_last + i));
    same = _mm_and_si128(same, _mm_and_si128(first, last));
  }
  if (_mm_movemask_epi8(same) != 0xFFFF)
    return false;
  return length <= 2 * window || quick_equal(a + window, b + window, length - window);
#else
  (void)window;
  return memcmp(a, b, length) == 0;
#endif
}

#ifdef __SSE2__
/* Which of the sixteen bytes at AT do not belong in a plain string, or end it? */
static inline uint64_t quick_special(const char *at)
{
  __m128i bytes = quick_load(at);
  __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  /* as signed numbers the bytes from 0x80 on are below the blank, too */
  __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
  return (unsigned)_mm_movemask_epi8(_mm_or_si128(marks, low));
}
#endif

/* The place of the first byte that ends a plain string or does not belong in one: a quote, a backslash, a control
 * character, a byte of a longer UTF-8 character. At the latest that is the zero at END. */
static inline const char *quick_string_end(const char *at, const char *end)
{
#ifdef __SSE2__
  for (; at < end; at += 64) {
    uint64_t found =
        quick_special(at) | quick_special(at + 16) << 16 | quick_special(at + 32) << 32 | quick_special(at + 48) << 48;
    if (found != 0)
      return at + __builtin_ctzll(found);
  }
#else
  for (; at < end; at++) {
    unsigned char c = (unsigned char)*at;
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80)
      return at;
  }
#endif
  return end;
}

/* Behind the COUNT-th quote (COUNT > 0) from AT on; NULL: there are fewer up to END. */
static inline const char *quick_quotes(const char *at, const char *end, unsigned count)
{
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  for (; at < end; at += 64) {
    uint64_t found = 0;
    for (int i = 0; i < 4; i++)
      found |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(quick_load(at + 16 * i), quote)) << 16 * i;
    for (; found != 0; found &= found - 1)
      if (--count == 0)
        return at + __builtin_ctzll(found) + 1;
  }
#else
  for (; at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL;) {
    at++;
    if (--count == 0)
      return at;
  }
#endif
  return NULL;
}

/* Mixes SEED and LENGTH bytes, a multiple of 16. */
static inline uint32_t quick_hash(const char *bytes, size_t length, uint64_t seed)
{
  uint64_t a = seed, b = length, word;
  for (size_t at = 0; at < length; at += 16) {
    memcpy(&word, bytes + at, 8);
    a = (a << 5 | a >> 59) ^ word;
    memcpy(&word, bytes + at + 8, 8);
    b = (b << 7 | b >> 57) ^ word;
  }
  /* odd constants of splitmix64 (Steele, Lea, Flood 2014) */
  a = (a ^ a >> 32) * 0xBF58476D1CE4E5B9u;
  b = (b ^ b >> 32) * 0x94D049BB133111EBu;
  return (uint32_t)((a ^ b) >> 32);
}

/* The first of the eight bytes at AT that is no digit (8: all are), and the *VALUE of the digits before it. */
static inline unsigned quick_eight_digits(const char *at, uint64_t *value)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t bytes;
  memcpy(&bytes, at, 8);
  bytes ^= 0x3030303030303030u;
  /* the lowest mark is right: a byte can only spoil those above it */
  uint64_t marks = ((bytes + 0x7676767676767676u) | bytes) & 0x8080808080808080u;
  unsigned count = marks == 0 ? 8 : (unsigned)__builtin_ctzll(marks) / 8;
  if (count == 0)
    return 0;
  bytes <<= 64 - 8 * count; /* zeros in front; then pairs, fours and all eight are joined */
  bytes = bytes * (10 * 256 + 1) >> 8 & 0x00FF00FF00FF00FFu;
  bytes = bytes * (100 * 65536 + 1) >> 16 & 0x0000FFFF0000FFFFu;
  *value = bytes * (10000 * 4294967296u + 1) >> 32;
  return count;
#else
  unsigned count = 0;
  for (*value = 0; count < 8 && at[count] >= '0' && at[count] <= '9'; count++)
    *value = 10 * *value + (unsigned)(at[count] - '0');
  return count;
#endif
}

/* The digits from AT on as a number: at most 16 are read, *COUNT says how many. */
static inline uint64_t quick_digits(const char *at, unsigned *count)
{
  static const uint32_t scale[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
  uint64_t value = 0, more = 0;
  *count = quick_eight_digits(at, &value);
  if (*count < 8)
    return value;
  unsigned further = quick_eight_digits(at + 8, &more);
  *count += further;
  return value * scale[further] + more;
}

/* A number that ftblab_scan_unsigned would read as the same *VALUE; behind it, or NULL. */
static inline const char *quick_unsigned(const char *at, uint64_t *value)
{
  unsigned count;
  *value = quick_digits(at, &count);
  return count == 0 || count == 16 || (count > 1 && *at == '0') ? NULL : at + count;
}

/* A number without exponent that ftblab_scan_seconds would read as the same *NANOSECONDS; behind it, or NULL. */
static inline const char *quick_seconds(const char *at, int64_t *nanoseconds)
{
  static const uint32_t scale[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
  const uint64_t most = (uint64_t)INT64_MAX / 1000000000 - 1; /* no overflow whatever comes behind the point */
  bool negative = *at == '-';
  at += negative;
  unsigned count;
  uint64_t value = quick_digits(at, &count);
  if (count == 0 || (count > 1 && *at == '0') || value > most)
    return NULL;
  at += count;
  value *= 1000000000;
  if (*at == '.') {
    uint64_t fraction = quick_digits(at + 1, &count);
    if (count == 0 || count > 9)
      return NULL;
    value += fraction * scale[count];
    at += 1 + count;
  }
  *nanoseconds = negative ? -(int64_t)value : (int64_t)value;
  return at;
}

#endif
