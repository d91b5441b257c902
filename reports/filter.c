/* filter.c - text through another program: rsvg-convert, gnuplot. What must hold: the program reads from a file that it
 * alone has and writes into another, so that neither side waits for the other, and nothing is left behind. */
#include "filter.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Its complaints go nowhere: its exit status is enough. */
static ftblab_status start(const ftblab_filter *filter, int in, int out, pid_t *child, ftblab_error *err)
{
  char *arguments[FTBLAB_FILTER_ARGUMENTS + 1] = {NULL};
  ftblab_text words = {0};
  posix_spawn_file_actions_t actions;
  size_t starts[FTBLAB_FILTER_ARGUMENTS], count = 0;
  for (; count < FTBLAB_FILTER_ARGUMENTS && filter->arguments[count] != NULL; count++) {
    starts[count] = words.length;
    ftblab_text_add_bytes(&words, filter->arguments[count], strlen(filter->arguments[count]) + 1);
  }
  if (words.failed || posix_spawn_file_actions_init(&actions) != 0) {
    ftblab_text_free(&words);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to start %s", filter->arguments[0]);
  }
  for (size_t i = 0; i < count; i++)
    arguments[i] = words.data + starts[i];
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
  int problem = posix_spawnp(child, arguments[0], &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  ftblab_text_free(&words);
  if (problem == 0)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EIO, "cannot start %s, which draws %s (Debian package %s): %s", filter->arguments[0],
                     filter->what, filter->package, strerror(problem));
}

static ftblab_status run(const ftblab_filter *filter, int in, int out, ftblab_error *err)
{
  pid_t child;
  int ended = 0;
  ftblab_status status = start(filter, in, out, &child, err);
  if (status != FTBLAB_OK)
    return status;
  while (waitpid(child, &ended, 0) < 0)
    if (errno != EINTR)
      return ftblab_fail(err, FTBLAB_EIO, "%s: %s", filter->arguments[0], strerror(errno));
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "%s could not draw %s; %s", filter->arguments[0], filter->what,
                       filter->instead);
  return FTBLAB_OK;
}

ftblab_status ftblab_filter_run(const ftblab_filter *filter, const ftblab_text *input, ftblab_text *output,
                                ftblab_error *err)
{
  FILE *in = tmpfile(), *out = tmpfile();
  ftblab_status status = FTBLAB_OK;
  if (!in || !out || fwrite(ftblab_text_string(input), 1, input->length, in) != input->length || fflush(in) != 0 ||
      lseek(fileno(in), 0, SEEK_SET) != 0)
    status = ftblab_fail(err, FTBLAB_EIO, "no temporary file for a picture: %s", strerror(errno));
  if (status == FTBLAB_OK)
    status = run(filter, fileno(in), fileno(out), err);
  if (status == FTBLAB_OK) {
    rewind(out);
    status = ftblab_read_stream(out, filter->arguments[0], output, err);
  }
  if (in)
    fclose(in);
  if (out)
    fclose(out);
  return status;
}
