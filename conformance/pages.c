/* pages.c - memory in huge pages where the system gives some; anywhere else, and where there are none, it is memory
 * like any other. */
#define _DEFAULT_SOURCE /* madvise */
#include "pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#define LINE ((size_t)64) /* bytes of a cache line */

void *ftblab_pages_take(size_t bytes)
{
  if (bytes < FTBLAB_PAGE_BYTES)
    return aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
  size_t whole = (bytes + FTBLAB_PAGE_BYTES - 1) / FTBLAB_PAGE_BYTES * FTBLAB_PAGE_BYTES;
  void *taken = aligned_alloc(FTBLAB_PAGE_BYTES, whole);
#ifdef MADV_HUGEPAGE
  if (taken != NULL)
    (void)madvise(taken, whole, MADV_HUGEPAGE); /* advice: what comes of it changes no result */
#endif
  return taken;
}
