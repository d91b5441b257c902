/* digest.c - tells that a text, or a record, has changed. It is no protection against who wants to deceive.
 *
 * Of a text it is FNV-1a, 64 bits. Records are many: of them eight bytes at a time are mixed, and what is written as
 * JSON is never made. What must hold: two records that are written differently differ in what is mixed, so each text
 * has its length before it, and what is absent is not what is empty. */
#include <string.h>

#include "studies.h"

uint64_t ftblab_digest(uint64_t digest, const char *bytes, size_t count)
{
  for (size_t i = 0; i < count; i++)
    digest = (digest ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
  return digest;
}

/* The multiplier is 2^64 over the golden ratio; the upper half, where its bits meet, goes back into the lower one. */
static inline uint64_t mix(uint64_t digest, uint64_t word)
{
  digest = (digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
  return digest ^ digest >> 32;
}

static inline uint64_t mix_text(uint64_t digest, ftblab_slice text)
{
  uint64_t word;
  size_t at = 0;
  if (text.data == NULL)
    return mix(digest, UINT64_MAX);
  digest = mix(digest, text.length);
  for (; at + sizeof word <= text.length; at += sizeof word) {
    memcpy(&word, text.data + at, sizeof word);
    digest = mix(digest, word);
  }
  word = 0;
  if (at == text.length)
    return digest;
  memcpy(&word, text.data + at, text.length - at);
  return mix(digest, word);
}

uint64_t ftblab_digest_record(uint64_t digest, const ftblab_record *record)
{
  const ftblab_slice *const texts[] = {&record->component, &record->instance, &record->host,     &record->event,
                                       &record->payload,   &record->channel,  &record->severity, &record->type,
                                       &record->space,     &record->note};
  digest = mix(digest, (uint64_t)record->t);
  digest = mix(digest, (uint64_t)record->action | (uint64_t)record->has_seq << 8 | (uint64_t)record->has_cause << 9);
  digest = mix(digest, record->has_seq ? record->seq : 0);
  digest = mix(digest, record->has_cause ? record->cause : 0);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    digest = mix_text(digest, *texts[i]);
  return digest;
}
