/* message.c - what a listener tells the recording, and how it loads its library. What must hold: a message goes into
 * the pipe whole; a listener whose recording is gone ends, for it has nobody to tell. */
#include "parts.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(ftblab_message) <= PIPE_BUF, "a pipe may tear a message");

int64_t ftblab_recording_clock(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ftblab_message_start(ftblab_message *message, ftblab_message_kind kind)
{
  memset(message, 0, sizeof *message);
  message->kind = kind;
  message->action = FTBLAB_THROW;
  message->t = ftblab_recording_clock();
}

void ftblab_message_send(const ftblab_message *message, int pipe)
{
  ssize_t written;
  do
    written = write(pipe, message, sizeof *message);
  while (written < 0 && errno == EINTR);
  if (written < 0)
    _Exit(EXIT_FAILURE); /* the child's own process: the recording is gone */
}

void ftblab_message_tell(ftblab_message_kind kind, int pipe, const char *format, ...)
{
  ftblab_message message;
  va_list arguments;
  ftblab_message_start(&message, kind);
  va_start(arguments, format);
  vsnprintf(message.note, sizeof message.note, format, arguments);
  va_end(arguments);
  ftblab_message_send(&message, pipe);
}

void ftblab_message_copy(char *to, size_t room, const char *from, size_t length)
{
  size_t used = strnlen(from, length);
  if (used >= room)
    used = room - 1;
  memcpy(to, from, used);
  to[used] = '\0';
}

void *ftblab_library_open(const char *path, const char *usual, int pipe)
{
  void *library = dlopen(path ? path : usual, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL)
    ftblab_message_tell(FTBLAB_MESSAGE_REFUSED, pipe, "the library cannot be loaded: %s", dlerror());
  return library;
}

bool ftblab_library_find(void *library, const char *name, void *function, int pipe)
{
  void *found = dlsym(library, name);
  if (found == NULL) {
    ftblab_message_tell(FTBLAB_MESSAGE_REFUSED, pipe, "the library has no function %s", name);
    return false;
  }
  memcpy(function, &found, sizeof found); /* POSIX: a function's address fits into a pointer */
  return true;
}
