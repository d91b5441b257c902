/* png.c - a drawing as pixels, by the program rsvg-convert. What must hold: the program reads the drawing from a file
 * that it alone has and writes into another, so that neither side waits for the other, and nothing is left behind. */
#include "subject.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Runs rsvg-convert from IN to OUT. Its complaints go nowhere: its exit status is enough. */
static ftblab_status convert(int in, int out, ftblab_error *err)
{
  char program[] = "rsvg-convert", format[] = "--format=png";
  char *arguments[] = {program, format, NULL};
  posix_spawn_file_actions_t actions;
  pid_t child;
  int status = 0;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to start rsvg-convert");
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
  int problem = posix_spawnp(&child, program, &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0)
    return ftblab_fail(err, FTBLAB_EIO, "cannot start rsvg-convert, which draws PNG (Debian package librsvg2-bin): %s",
                       strerror(problem));
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return ftblab_fail(err, FTBLAB_EIO, "rsvg-convert: %s", strerror(errno));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "rsvg-convert could not draw the picture; '--format svg' has it");
  return FTBLAB_OK;
}

static ftblab_status read_back(FILE *file, ftblab_text *png, ftblab_error *err)
{
  char piece[16384];
  size_t count;
  rewind(file);
  while ((count = fread(piece, 1, sizeof piece, file)) > 0)
    ftblab_text_add_bytes(png, piece, count);
  return ferror(file) ? ftblab_fail(err, FTBLAB_EIO, "the picture that rsvg-convert wrote cannot be read") : FTBLAB_OK;
}

ftblab_status ftblab_write_png(const ftblab_text *svg, ftblab_text *png, ftblab_error *err)
{
  FILE *in = tmpfile(), *out = tmpfile();
  ftblab_status status = FTBLAB_OK;
  if (!in || !out || fwrite(svg->data, 1, svg->length, in) != svg->length || fflush(in) != 0 ||
      lseek(fileno(in), 0, SEEK_SET) != 0)
    status = ftblab_fail(err, FTBLAB_EIO, "no temporary file for a picture: %s", strerror(errno));
  if (status == FTBLAB_OK)
    status = convert(fileno(in), fileno(out), err);
  if (status == FTBLAB_OK)
    status = read_back(out, png, err);
  if (in)
    fclose(in);
  if (out)
    fclose(out);
  return status;
}
