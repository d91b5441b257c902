/* utf8.h - where characters begin and end in text that comes from outside. */
#ifndef FTBLAB_UTF8_H
#define FTBLAB_UTF8_H

#include <stddef.h>

/* Bytes of the UTF-8 character that BYTES starts with, of which COUNT are there; 0 if it is none (RFC 3629:
 * overlong forms, surrogates and what lies beyond U+10FFFF are none). */
size_t ftblab_utf8_character(const char *bytes, size_t count);

#endif
