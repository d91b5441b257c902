/* program.c - another program between two texts: sbatch, gnuplot, rsvg-convert. What must hold: the program reads from
 * a file that it alone has and writes into another, so that neither side waits for the other, one that reads nothing
 * ends nobody by SIGPIPE, and nothing is left behind. */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Where the start fails after posix_spawn has returned, as it may, POSIX has the child end so; under valgrind it does.
 * A shell says with it that there is no such command. */
enum { NOT_FOUND = 127 };

/* 0, or an errno value: why it could not be started. */
static int start(const char *const *arguments, bool silent, int in, int out, pid_t *child)
{
  posix_spawn_file_actions_t actions;
  int problem = posix_spawn_file_actions_init(&actions);
  if (problem != 0)
    return problem;
  problem = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  if (problem == 0)
    problem = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  if (problem == 0 && silent)
    problem = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (problem == 0)
    problem = posix_spawnp(child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return problem;
}

static ftblab_status run(const char *const *arguments, bool silent, int in, int out, ftblab_program_end *end,
                         ftblab_error *err)
{
  pid_t child;
  int ended = 0;
  *end = (ftblab_program_end){.absent = start(arguments, silent, in, out, &child)};
  if (end->absent != 0)
    return FTBLAB_OK;
  while (waitpid(child, &ended, 0) < 0)
    if (errno != EINTR)
      return ftblab_fail(err, FTBLAB_EIO, "%s: %s", arguments[0], strerror(errno));
  end->good = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
  if (WIFEXITED(ended) && WEXITSTATUS(ended) == NOT_FOUND)
    end->absent = ENOENT;
  return FTBLAB_OK;
}

static bool hold(FILE *file, const ftblab_text *text)
{
  return file != NULL && fwrite(ftblab_text_string(text), 1, text->length, file) == text->length && fflush(file) == 0 &&
         lseek(fileno(file), 0, SEEK_SET) == 0;
}

ftblab_status ftblab_run_program(const char *const *arguments, bool silent, const ftblab_text *input,
                                 ftblab_text *output, ftblab_program_end *end, ftblab_error *err)
{
  FILE *in = tmpfile(), *out = tmpfile();
  ftblab_status status = FTBLAB_OK;
  if (!hold(in, input) || out == NULL)
    status = ftblab_fail(err, FTBLAB_EIO, "no temporary file for %s: %s", arguments[0], strerror(errno));
  if (status == FTBLAB_OK)
    status = run(arguments, silent, fileno(in), fileno(out), end, err);
  if (status == FTBLAB_OK && end->good) {
    rewind(out);
    status = ftblab_read_stream(out, arguments[0], output, err);
  }
  if (in != NULL)
    fclose(in);
  if (out != NULL)
    fclose(out);
  return status;
}
