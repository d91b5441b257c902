/* lines.c - taking lines from a stream. Memory is bounded by the longest line and the block. */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "quick.h"

void ftblab_lines_free(ftblab_lines *lines)
{
  free(lines->buffer);
  free(lines->piece);
}

/* Move what is unread to the front, and have room for BYTES more and the padding. */
static bool make_room(ftblab_lines *lines, size_t bytes)
{
  if (lines->start > 0) {
    memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
  }
  size_t needed = lines->end + bytes + FTBLAB_QUICK_PADDING;
  if (needed <= lines->capacity)
    return true;
  size_t capacity = needed < 2 * lines->capacity ? 2 * lines->capacity : needed;
  char *buffer = realloc(lines->buffer, capacity);
  if (buffer == NULL)
    return false;
  lines->buffer = buffer;
  lines->capacity = capacity;
  return true;
}

static ftblab_status no_memory(const ftblab_lines *lines, ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory for a line of %zu bytes", lines->name,
                     lines->end - lines->start);
}

/* One line or the beginning of one: of a pipe, getline() does not wait for more than that. */
static ftblab_status read_piece(ftblab_lines *lines, size_t *got, ftblab_error *err)
{
  ssize_t length = getline(&lines->piece, &lines->piece_capacity, lines->stream);
  *got = length > 0 ? (size_t)length : 0;
  if ((length < 0 && errno == ENOMEM) || !make_room(lines, *got))
    return no_memory(lines, err);
  if (*got > 0)
    memcpy(lines->buffer + lines->end, lines->piece, *got);
  return FTBLAB_OK;
}

static ftblab_status read_block(ftblab_lines *lines, size_t *got, ftblab_error *err)
{
  if (!make_room(lines, lines->block))
    return no_memory(lines, err);
  *got = fread(lines->buffer + lines->end, 1, lines->block, lines->stream);
  return FTBLAB_OK;
}

static ftblab_status fill(ftblab_lines *lines, ftblab_error *err)
{
  size_t got = 0;
  errno = 0;
  ftblab_status status = lines->follow ? read_piece(lines, &got, err) : read_block(lines, &got, err);
  if (status != FTBLAB_OK)
    return status;
  bool stopped = lines->follow && ferror(lines->stream) && errno == EINTR; /* by a signal: an end, no failure */
  if (got == 0 || stopped) {
    if (ferror(lines->stream) && !stopped)
      return ftblab_fail(err, FTBLAB_EINPUT, "%s: cannot read: %s", lines->name, strerror(errno));
    lines->at_end = true;
  }
  lines->end += got;
  memset(lines->buffer + lines->end, 0, FTBLAB_QUICK_PADDING);
  return FTBLAB_OK;
}

/* Cut the next line off: up to NEWLINE, or all that is unread. */
static void cut(ftblab_lines *lines, const char *newline, ftblab_line *line)
{
  line->text = lines->buffer + lines->start;
  line->length = newline != NULL ? (size_t)(newline - line->text) : lines->end - lines->start;
  line->whole = newline != NULL ? line->length + 1 : 0;
  lines->unended = newline == NULL;
  lines->start += newline != NULL ? line->whole : line->length;
  lines->searched = 0;
  lines->count++;
  if (line->length > 0 && line->text[line->length - 1] == '\r')
    line->length--;
}

ftblab_status ftblab_lines_take(ftblab_lines *lines, ftblab_line *line, ftblab_error *err)
{
  if (lines->at_end) {
    clearerr(lines->stream);
    lines->at_end = false;
  }
  for (;;) {
    size_t unread = lines->end - lines->start;
    const char *newline = NULL;
    if (unread > lines->searched)
      newline = memchr(lines->buffer + lines->start + lines->searched, '\n', unread - lines->searched);
    if (newline == NULL && lines->at_end && (unread == 0 || lines->follow)) {
      lines->searched = unread;
      *line = (ftblab_line){NULL, 0, 0};
      return FTBLAB_OK;
    }
    if (newline != NULL || lines->at_end) {
      cut(lines, newline, line);
      return FTBLAB_OK;
    }
    lines->searched = unread;
    ftblab_status status = fill(lines, err);
    if (status != FTBLAB_OK)
      return status;
  }
}
