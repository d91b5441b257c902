/* digest.c - FNV-1a, 64 bits: tells that a text has changed. It is no protection against who wants to deceive. */
#include "studies.h"

uint64_t ftblab_digest(uint64_t digest, const char *bytes, size_t count)
{
  for (size_t i = 0; i < count; i++)
    digest = (digest ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
  return digest;
}
