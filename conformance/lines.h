/* lines.h - the lines of a stream, through a buffer that is read in large blocks. Private to conformance/. */
#ifndef FTBLAB_LINES_H
#define FTBLAB_LINES_H

#include "conformance.h"

/* Set stream, name and block, the rest is 0; ftblab_lines_free ends it. Behind the unread bytes stand
 * FTBLAB_QUICK_PADDING zeros. */
typedef struct ftblab_lines {
  FILE *stream;
  const char *name;
  size_t block; /* bytes to read at once */
  bool follow;  /* the stream grows: a last line without its newline is not there yet */
  char *buffer;
  size_t start, end, capacity; /* unread bytes are buffer[start..end) */
  size_t searched;             /* so many of them have no newline */
  bool at_end;                 /* of the stream, as far as it is now */
  bool unended;                /* the last line taken had no newline */
  uint64_t count;              /* of lines taken */
  char *piece;                 /* with follow: what getline() got */
  size_t piece_capacity;
} ftblab_lines;

typedef struct ftblab_line {
  const char *text; /* NULL: the end. Lives until the next line is taken */
  size_t length;    /* without its end */
  size_t whole;     /* with its newline; 0: it has none */
} ftblab_line;

/* The next line. Behind the end the stream is asked again whether it has more. */
ftblab_status ftblab_lines_take(ftblab_lines *lines, ftblab_line *line, ftblab_error *err);
void ftblab_lines_free(ftblab_lines *lines);

#endif
