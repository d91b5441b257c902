/* pages.h - memory for large tables that are looked at here and there. Private to conformance/. */
#ifndef FTBLAB_PAGES_H
#define FTBLAB_PAGES_H

#include <stddef.h>

#define FTBLAB_PAGE_BYTES ((size_t)1 << 21) /* of a huge page on x86-64, and on ARM with pages of 4 KiB */

/* BYTES of memory that begin with a cache line, to be freed with free(); in huge pages where it has as much and the
 * system has some, so that the processor finds its way to them faster. NULL: no memory. */
void *ftblab_pages_take(size_t bytes);

#endif
