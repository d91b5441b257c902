/* scan.h - the pieces of JSON that the trace reader and the payload notation share. Private to conformance/.
 *
 * The trace format is read by a scanner of its own: it is the hot path of judging, times must not pass through
 * a double, and a bad line needs its column. */
#ifndef FTBLAB_SCAN_H
#define FTBLAB_SCAN_H

#include "conformance.h"

/* One line of JSON being read. All functions return false after setting `reason` and `at` (the byte where it is). */
typedef struct ftblab_scan {
  const char *text;
  size_t length, at;
  const char *reason; /* static text */
} ftblab_scan;

void ftblab_scan_space(ftblab_scan *scan);
bool ftblab_scan_mark(ftblab_scan *scan, char mark); /* skips white space, then needs MARK */
/* A string; *RAW is what stands between the quotes, *ESCAPED whether it has escapes (resolve with
 * ftblab_scan_unescape). Checks UTF-8, escapes and control characters. */
bool ftblab_scan_string(ftblab_scan *scan, ftblab_slice *raw, bool *escaped);
/* A number as nanoseconds, exact: digits behind the ninth decimal are rounded half away from zero. */
bool ftblab_scan_seconds(ftblab_scan *scan, int64_t *nanoseconds);
bool ftblab_scan_unsigned(ftblab_scan *scan, uint64_t *number);
bool ftblab_scan_skip(ftblab_scan *scan); /* any value */

/* Resolve the escapes of RAW (checked before or not) into INTO (room for LENGTH bytes). False: a bad one. An
 * escaped NUL is refused: names are C strings further on. */
bool ftblab_scan_unescape(const char *raw, size_t length, char *into, size_t *written);

#endif
