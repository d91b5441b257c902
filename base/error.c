/* error.c - how a failure is described: one line, always terminated, never longer than its buffer. */
#include "base.h"

#include <stdarg.h>
#include <string.h>

/* Append to err->text. Control characters become spaces, because an error is one line. */
static void append(ftblab_error *err, const char *format, va_list arguments)
{
  size_t start = strlen(err->text);
  if (vsnprintf(err->text + start, sizeof err->text - start, format, arguments) < 0)
    err->text[start] = '\0';
  for (char *at = err->text + start; *at; at++)
    if ((unsigned char)*at < ' ')
      *at = ' ';
}

static void appendf(ftblab_error *err, const char *format, ...) FTBLAB_PRINTF(2, 3);
static void appendf(ftblab_error *err, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  append(err, format, arguments);
  va_end(arguments);
}

ftblab_status ftblab_fail(ftblab_error *err, ftblab_status status, const char *format, ...)
{
  if (!err)
    return status;
  va_list arguments;
  va_start(arguments, format);
  err->status = status;
  err->line = 0;
  err->text[0] = '\0';
  append(err, format, arguments);
  va_end(arguments);
  return status;
}

ftblab_status ftblab_fail_at(ftblab_error *err, const char *file, size_t line, size_t column, const char *format, ...)
{
  if (!err)
    return FTBLAB_EINPUT;
  va_list arguments;
  va_start(arguments, format);
  err->status = FTBLAB_EINPUT;
  err->line = line;
  err->text[0] = '\0';
  appendf(err, "%s:", file);
  if (line)
    appendf(err, "%zu:", line);
  if (column)
    appendf(err, "%zu:", column);
  appendf(err, " ");
  append(err, format, arguments);
  va_end(arguments);
  return FTBLAB_EINPUT;
}

ftblab_status ftblab_while(ftblab_error *err, const char *format, ...)
{
  if (!err)
    return FTBLAB_EINTERNAL;
  va_list arguments;
  va_start(arguments, format);
  appendf(err, " (while ");
  append(err, format, arguments);
  appendf(err, ")");
  va_end(arguments);
  return err->status;
}
