/* file.c - files that are read whole and files that appear whole, and folders. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_standard(const char *path)
{
  return strcmp(path, "-") == 0;
}

/* ---- reading ---- */

/* All of FILE; on failure errno says why. */
static bool read_all(int file, char **text, size_t *length)
{
  size_t capacity = 1 << 16, used = 0;
  char *data = malloc(capacity);
  while (data) {
    ssize_t got = read(file, data + used, capacity - used - 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      break;
    if (got == 0) {
      data[used] = '\0';
      *text = data;
      *length = used;
      return true;
    }
    used += (size_t)got;
    if (capacity - used > 1)
      continue;
    capacity *= 2;
    char *larger = realloc(data, capacity);
    if (!larger)
      break;
    data = larger;
  }
  int reason = data ? errno : ENOMEM;
  free(data);
  errno = reason;
  return false;
}

ftblab_status ftblab_read_file(const char *path, char **text, size_t *length, ftblab_error *err)
{
  const char *name = is_standard(path) ? "standard input" : path;
  int file = is_standard(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: %s", name, strerror(errno));
  bool whole = read_all(file, text, length);
  int reason = errno;
  if (file != STDIN_FILENO)
    close(file);
  if (!whole)
    return ftblab_fail(err, reason == ENOMEM ? FTBLAB_ENOMEM : FTBLAB_EINPUT, "%s: %s", name, strerror(reason));
  return FTBLAB_OK;
}

ftblab_status ftblab_read_stream(FILE *stream, const char *name, ftblab_text *text, ftblab_error *err)
{
  char piece[65536];
  size_t count;
  while ((count = fread(piece, 1, sizeof piece, stream)) > 0)
    ftblab_text_add_bytes(text, piece, count);
  if (ferror(stream))
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: cannot be read", name);
  return text->failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory to read %s", name) : FTBLAB_OK;
}

/* ---- writing ---- */

struct ftblab_output {
  FILE *file;
  char *path;      /* where it shall appear; for messages if there is no temporary */
  char *temporary; /* NULL: written in place (standard output, a device, a pipe) */
  int reason;      /* errno of the first write that failed; 0: none, or not known */
};

static void output_free(ftblab_output *output)
{
  free(output->path);
  free(output->temporary);
  free(output);
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory");
}

/* Create a neighbour of output->path that did not exist before. */
static int create_temporary(ftblab_output *output)
{
  size_t size = strlen(output->path) + 48;
  output->temporary = malloc(size);
  if (!output->temporary) {
    errno = ENOMEM;
    return -1;
  }
  for (unsigned attempt = 0; attempt < 1000; attempt++) {
    snprintf(output->temporary, size, "%s.%ld-%u.partial", output->path, (long)getpid(), attempt);
    int file = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0 || errno != EEXIST)
      return file;
  }
  return -1;
}

/* Open the file behind output->path: in place if it exists and is no regular file, else a temporary. */
static int open_target(ftblab_output *output)
{
  struct stat status;
  bool exists = stat(output->path, &status) == 0;
  if (exists && !S_ISREG(status.st_mode))
    return open(output->path, O_WRONLY | O_CLOEXEC);
  if (exists) {
    /* A symbolic link stays one: what it points to is replaced. */
    char *target = realpath(output->path, NULL);
    if (!target)
      return -1;
    free(output->path);
    output->path = target;
  }
  int file = create_temporary(output);
  if (file >= 0 && exists)
    (void)fchmod(file, status.st_mode & 07777); /* without it the file is only a new one's mode */
  return file;
}

ftblab_status ftblab_output_open(const char *path, ftblab_output **output, ftblab_error *err)
{
  ftblab_output *opened = calloc(1, sizeof *opened);
  if (!opened)
    return no_memory(err);
  opened->path = strdup(is_standard(path) ? "standard output" : path);
  if (!opened->path) {
    output_free(opened);
    return no_memory(err);
  }
  if (is_standard(path)) {
    opened->file = stdout;
    *output = opened;
    return FTBLAB_OK;
  }
  int file = open_target(opened);
  opened->file = file < 0 ? NULL : fdopen(file, "w");
  if (opened->file) {
    *output = opened;
    return FTBLAB_OK;
  }
  int reason = errno;
  if (file >= 0) {
    close(file);
    if (opened->temporary)
      unlink(opened->temporary);
  }
  output_free(opened);
  return ftblab_fail(err, reason == ENOMEM ? FTBLAB_ENOMEM : FTBLAB_EIO, "%s: cannot write: %s", path,
                     strerror(reason));
}

FILE *ftblab_output_file(ftblab_output *output)
{
  return output->file;
}

void ftblab_output_write(ftblab_output *output, const char *data, size_t length)
{
  errno = 0;
  if (fwrite(data, 1, length, output->file) != length && output->reason == 0)
    output->reason = errno;
}

const char *ftblab_output_temporary(const ftblab_output *output)
{
  return output->temporary;
}

/* Why an earlier write failed, which the stream does not keep: from ftblab_output_write, or by one more try into a file
 * that will be thrown away. 0: not known. */
static int reason_of_earlier(ftblab_output *output)
{
  if (output->reason != 0 || !output->temporary)
    return output->reason;
  clearerr(output->file);
  errno = 0;
  return fputc('\n', output->file) == EOF || fflush(output->file) != 0 ? errno : 0;
}

/* Flush; false: something could not be written since the file was opened. errno says why, or is 0. */
static bool flush_all(ftblab_output *output)
{
  if (!ferror(output->file))
    return fflush(output->file) == 0;
  errno = reason_of_earlier(output);
  return false;
}

/* The same, and close. */
static bool finish_writing(ftblab_output *output)
{
  bool whole = flush_all(output);
  int reason = errno;
  if (output->file != stdout && fclose(output->file) != 0 && whole) {
    whole = false;
    reason = errno;
  }
  errno = reason;
  return whole;
}

ftblab_status ftblab_output_commit(ftblab_output *output, ftblab_error *err)
{
  bool whole = finish_writing(output);
  if (whole && output->temporary)
    whole = rename(output->temporary, output->path) == 0;
  int reason = errno;
  ftblab_status status = FTBLAB_OK;
  if (!whole) {
    status = ftblab_fail(err, FTBLAB_EIO, "%s: cannot write: %s%s", output->path,
                         reason ? strerror(reason) : "an earlier write failed",
                         output->temporary ? "; nothing was changed" : "");
    if (output->temporary)
      unlink(output->temporary);
  }
  output_free(output);
  return status;
}

void ftblab_output_abandon(ftblab_output *output)
{
  if (!output)
    return;
  if (output->file != stdout)
    fclose(output->file);
  if (output->temporary)
    unlink(output->temporary);
  output_free(output);
}

/* ---- folders ---- */

/* Make PATH where it is not there: 0, or why it cannot be made. */
static int make_one(const char *path)
{
  struct stat what;
  if (mkdir(path, 0777) == 0)
    return 0;
  int reason = errno; /* not that of stat, which only says that it is not there */
  return stat(path, &what) == 0 ? 0 : reason;
}

ftblab_status ftblab_make_folder(const char *folder, ftblab_error *err)
{
  ftblab_text path = {0};
  struct stat what;
  int reason = 0;
  for (const char *at = folder; *at != '\0' && reason == 0 && !path.failed;) {
    size_t length = strspn(at, "/");
    length += strcspn(at + length, "/");
    ftblab_text_add_bytes(&path, at, length);
    at += length;
    if (!path.failed)
      reason = make_one(path.data);
  }
  bool failed = path.failed;
  ftblab_text_free(&path);
  if (failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path");
  if (reason == 0 && stat(folder, &what) != 0)
    reason = errno;
  if (reason != 0)
    return ftblab_fail(err, FTBLAB_EIO, "%s: cannot be made: %s", folder, strerror(reason));
  return S_ISDIR(what.st_mode) ? FTBLAB_OK : ftblab_fail(err, FTBLAB_EINPUT, "%s: is no folder", folder);
}
