/* lines.c - the output of a recording. What must hold: a line is handed to the system whole, as soon as it is there;
 * when a write fails, the file ends behind its last whole line, and the error says how much is saved. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ftblab_lines_file {
  const char *name;
  int file;
  bool is_regular, is_made; /* made: it was not there */
  off_t end;                /* behind the last whole line of a regular file */
  uint64_t count;
};

/* Move file->end behind the last whole line of what is there: a machine without power may have left half of one. */
static bool find_end(ftblab_lines_file *file, off_t size)
{
  char piece[4096];
  for (off_t end = size; end > 0;) {
    size_t length = (size_t)(end < (off_t)sizeof piece ? end : (off_t)sizeof piece);
    if (pread(file->file, piece, length, end - (off_t)length) != (ssize_t)length)
      return false;
    for (size_t i = length; i > 0; i--)
      if (piece[i - 1] == '\n') {
        file->end = end - (off_t)length + (off_t)i;
        return true;
      }
    end -= (off_t)length;
  }
  file->end = 0;
  return true;
}

/* Behind the last whole line, which is where the next one goes. */
static bool go_to_end(ftblab_lines_file *file, off_t size)
{
  return find_end(file, size) && ftruncate(file->file, file->end) == 0 &&
         lseek(file->file, file->end, SEEK_SET) == file->end;
}

static ftblab_status settle(ftblab_lines_file *file, bool append, bool *fresh, ftblab_error *err)
{
  struct stat status;
  if (fstat(file->file, &status) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "%s: %s", file->name, strerror(errno));
  file->is_regular = S_ISREG(status.st_mode) && file->file != STDOUT_FILENO;
  *fresh = true;
  if (!file->is_regular)
    return FTBLAB_OK;
  if (status.st_size > 0 && !append)
    return ftblab_fail(err, FTBLAB_EUSAGE, "%s is there already; --append goes on with it", file->name);
  if (status.st_size > 0 && !go_to_end(file, status.st_size))
    return ftblab_fail(err, FTBLAB_EIO, "%s: cannot append: %s", file->name, strerror(errno));
  *fresh = file->end == 0;
  return FTBLAB_OK;
}

static int open_path(ftblab_lines_file *file, const char *path, bool append)
{
  int flags = (append ? O_RDWR : O_WRONLY) | O_CREAT | O_CLOEXEC;
  int descriptor = open(path, flags | O_EXCL, 0666);
  file->is_made = descriptor >= 0;
  return descriptor < 0 && errno == EEXIST ? open(path, flags, 0666) : descriptor;
}

ftblab_status ftblab_lines_file_open(const char *path, bool append, ftblab_lines_file **result, bool *fresh,
                                     ftblab_error *err)
{
  bool standard = strcmp(path, "-") == 0;
  ftblab_lines_file *file = calloc(1, sizeof *file);
  if (file == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the output");
  file->name = standard ? "standard output" : path;
  file->file = standard ? STDOUT_FILENO : open_path(file, path, append);
  if (file->file < 0) {
    ftblab_status status = ftblab_fail(err, FTBLAB_EIO, "%s: cannot write: %s", path, strerror(errno));
    free(file);
    return status;
  }
  ftblab_status status = settle(file, append, fresh, err);
  if (status != FTBLAB_OK) {
    file->is_made = false;
    ftblab_lines_file_close(file, NULL);
    return status;
  }
  *result = file;
  return FTBLAB_OK;
}

static uint64_t count_lines(const char *text, size_t length)
{
  uint64_t count = 0;
  for (const char *at = text, *end = text + length; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
    count++;
  return count;
}

/* WRITTEN bytes of TEXT left before the system refused the rest: keep their whole lines. */
static ftblab_status cut(ftblab_lines_file *file, const ftblab_text *text, size_t written, int reason,
                         ftblab_error *err)
{
  while (written > 0 && text->data[written - 1] != '\n')
    written--;
  file->count += count_lines(text->data, written);
  file->end += (off_t)written;
  if (file->is_regular && ftruncate(file->file, file->end) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "%s: cannot write: %s; its last line is cut", file->name, strerror(reason));
  return ftblab_fail(err, FTBLAB_EIO, "%s: cannot write: %s; %llu lines of this recording are saved", file->name,
                     strerror(reason), (unsigned long long)file->count);
}

ftblab_status ftblab_lines_file_write(ftblab_lines_file *file, const ftblab_text *text, ftblab_error *err)
{
  size_t written = 0;
  while (written < text->length) {
    ssize_t step = write(file->file, text->data + written, text->length - written);
    if (step < 0 && errno == EINTR)
      continue;
    if (step <= 0)
      return cut(file, text, written, step < 0 ? errno : ENOSPC, err);
    written += (size_t)step;
  }
  file->count += count_lines(text->data, text->length);
  file->end += (off_t)text->length;
  return FTBLAB_OK;
}

uint64_t ftblab_lines_file_count(const ftblab_lines_file *file)
{
  return file->count;
}

void ftblab_lines_file_sync(ftblab_lines_file *file)
{
  (void)fsync(file->file); /* a pipe has no disk */
}

ftblab_status ftblab_lines_file_close(ftblab_lines_file *file, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  if (file == NULL)
    return FTBLAB_OK;
  if (file->is_regular && file->is_made && file->end == 0)
    unlink(file->name); /* nothing was recorded: no empty file is left */
  if (file->file != STDOUT_FILENO && close(file->file) != 0)
    status = ftblab_fail(err, FTBLAB_EIO, "%s: cannot write: %s; %llu lines of this recording were written", file->name,
                         strerror(errno), (unsigned long long)file->count);
  free(file);
  return status;
}
