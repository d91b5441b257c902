/* digest.c - tells that a text, or a record, has changed. It is no protection against who wants to deceive.
 *
 * Of a text it is FNV-1a, 64 bits. Records are many: of them eight bytes at a time are mixed, and what is written as
 * JSON is never made. What must hold: two records that are written differently differ in what is mixed, so each text
 * has its length before it, and what is absent is not what is empty. The order of a machine's bytes does not show. What
 * records of one frame have in common is mixed once for all of them. Notes of components are left out: a study has none
 * written (ftblab_simulate_on). */
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

/* The lowest byte of a number is the first, on all machines; compilers make one load of it where that is so there. */
static inline uint32_t load_half(const char *at)
{
  const unsigned char *bytes = (const unsigned char *)at;
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint64_t load_word(const char *at)
{
  return load_half(at) | (uint64_t)load_half(at + 4) << 32;
}

/* COUNT bytes, one to seven. */
static inline uint64_t load_few(const char *at, size_t count)
{
  const unsigned char *bytes = (const unsigned char *)at;
  if (count >= 4) /* some are in both halves, at the same place of the number */
    return load_half(at) | (uint64_t)load_half(at + count - 4) << (count - 4) * 8;
  return bytes[0] | (uint64_t)bytes[count / 2] << count / 2 * 8 | (uint64_t)bytes[count - 1] << (count - 1) * 8;
}

static inline uint64_t mix_text(uint64_t digest, ftblab_slice text)
{
  const size_t size = sizeof(uint64_t), rest = text.length % size;
  if (text.data == NULL)
    return mix(digest, UINT64_MAX);
  digest = mix(digest, text.length);
  for (size_t at = 0; at + size <= text.length; at += size)
    digest = mix(digest, load_word(text.data + at));
  return rest == 0 ? digest : mix(digest, load_few(text.data + text.length - rest, rest));
}

/* What records of one frame have in common. */
static uint64_t digest_constants(const ftblab_record *record)
{
  const ftblab_slice *const texts[] = {&record->component, &record->event, &record->channel,
                                       &record->severity,  &record->type,  &record->space};
  uint64_t digest = mix(FTBLAB_DIGEST_START, (uint64_t)record->action);
  for (size_t i = 0; i < FTBLAB_COUNT(texts); i++)
    digest = mix_text(digest, *texts[i]);
  return digest;
}

static inline uint64_t constants_of(ftblab_trace_digest *digest, const ftblab_record *record)
{
  if (record->frame == 0 || record->frame >= FTBLAB_DIGEST_FRAMES)
    return digest_constants(record);
  uint64_t *known = &digest->constants[record->frame];
  if (*known == 0)
    *known = digest_constants(record);
  return *known;
}

void ftblab_digest_record(ftblab_trace_digest *digest, const ftblab_record *record)
{
  uint64_t value = mix(digest->value, (uint64_t)record->t);
  value = mix(value, constants_of(digest, record));
  value = mix(value, (uint64_t)record->has_seq | (uint64_t)record->has_cause << 1);
  value = mix(value, record->has_seq ? record->seq : 0);
  value = mix(value, record->has_cause ? record->cause : 0);
  value = mix_text(value, record->instance);
  value = mix_text(value, record->host);
  value = mix_text(value, record->payload);
  digest->value = record->action == FTBLAB_FACT ? mix_text(value, record->note) : value;
}

ftblab_status ftblab_digest_begin(ftblab_trace_digest *digest, const ftblab_trace_header *header, ftblab_error *err)
{
  ftblab_text text = {0};
  ftblab_trace_header_write(header, &text);
  *digest = (ftblab_trace_digest){.value = ftblab_digest(FTBLAB_DIGEST_START, ftblab_text_string(&text), text.length)};
  bool failed = text.failed;
  ftblab_text_free(&text);
  return failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the header of the trace") : FTBLAB_OK;
}
