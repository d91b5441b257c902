/* submit.c - hands a study to Slurm: a job array whose tasks do one share each, and a job that merges them.
 *
 * The tasks go on with what is there, so that one that Slurm puts back into the queue loses nothing. Partition, account
 * and the like come from the environment that sbatch reads (SBATCH_PARTITION, ...). */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "studies.h"

/* WORD as one word of a shell. */
static void add_word(ftblab_text *script, const char *word)
{
  ftblab_text_add(script, " '");
  for (const char *at = word; *at != '\0'; at++)
    ftblab_text_addf(script, *at == '\'' ? "'\\''" : "%c", *at);
  ftblab_text_add(script, "'");
}

static void write_array(const ftblab_submission *s, ftblab_text *script)
{
  ftblab_text_add(script, "#!/bin/sh\nexec");
  add_word(script, s->program);
  ftblab_text_add(script, " study --resume");
  if (s->time_limit != NULL) {
    ftblab_text_add(script, " --time-limit");
    add_word(script, s->time_limit);
  }
  if (s->jobs > 0)
    ftblab_text_addf(script, " --jobs %zu", s->jobs);
  else
    ftblab_text_add(script, " --jobs \"${SLURM_CPUS_PER_TASK:-1}\"");
  ftblab_text_addf(script, " --shard \"$SLURM_ARRAY_TASK_ID/%zu\" --output", s->tasks);
  add_word(script, s->folder);
  ftblab_text_addf(script, "\"/shard-$SLURM_ARRAY_TASK_ID-of-%zu.txt\" --out", s->tasks);
  add_word(script, s->folder);
  ftblab_text_addf(script, "\"/shard-$SLURM_ARRAY_TASK_ID-of-%zu\" --", s->tasks);
  add_word(script, s->study);
  ftblab_text_add(script, "\n");
}

static void write_merge(const ftblab_submission *s, ftblab_text *script)
{
  ftblab_text_add(script, "#!/bin/sh\nexec");
  add_word(script, s->program);
  ftblab_text_add(script, " merge --out");
  add_word(script, s->folder);
  ftblab_text_add(script, " --");
  add_word(script, s->folder);
  ftblab_text_add(script, "\n");
}

/* The child between fork and exec: its standard input and output are the pipes. Never returns. */
static void be_sbatch(const char *const *arguments, int input[2], int output[2])
{
  if (dup2(input[0], STDIN_FILENO) >= 0 && dup2(output[1], STDOUT_FILENO) >= 0) {
    close(input[0]);
    close(input[1]);
    close(output[0]);
    close(output[1]);
    execvp(arguments[0], (char *const *)arguments);
  }
  _exit(127);
}

/* The script fits into a pipe, and so does the answer: neither side waits for the other. */
static bool exchange(int input, const ftblab_text *script, int output, char *answer, size_t room)
{
  bool good = write(input, script->data, script->length) == (ssize_t)script->length;
  close(input);
  size_t length = 0;
  ssize_t count;
  while (length < room - 1 && (count = read(output, answer + length, room - 1 - length)) != 0) {
    if (count < 0 && errno != EINTR)
      break;
    length += count > 0 ? (size_t)count : 0;
  }
  answer[length] = '\0';
  close(output);
  return good;
}

/* Give SCRIPT to sbatch; the number of the job into ANSWER. */
static ftblab_status run_sbatch(const char *const *arguments, const ftblab_text *script, char *answer, size_t room,
                                ftblab_error *err)
{
  int input[2], output[2], how = 0;
  if (script->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the script");
  if (pipe(input) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "no pipe to sbatch: %s", strerror(errno));
  if (pipe(output) != 0) {
    close(input[0]);
    close(input[1]);
    return ftblab_fail(err, FTBLAB_EIO, "no pipe from sbatch: %s", strerror(errno));
  }
  pid_t pid = fork();
  if (pid == 0)
    be_sbatch(arguments, input, output);
  close(input[0]);
  close(output[1]);
  bool good = exchange(input[1], script, output[0], answer, room);
  while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR)
    continue;
  if (pid < 0)
    return ftblab_fail(err, FTBLAB_EIO, "no process for sbatch: %s", strerror(errno));
  if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
    return ftblab_fail(err, FTBLAB_EIO, "sbatch cannot be run: is Slurm installed?");
  if (!good || !WIFEXITED(how) || WEXITSTATUS(how) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "sbatch did not take the job");
  size_t digits = strspn(answer, "0123456789"); /* "17" or "17;cluster" */
  if (digits == 0)
    return ftblab_fail(err, FTBLAB_EIO, "sbatch did not say the number of the job");
  answer[digits] = '\0';
  return FTBLAB_OK;
}

ftblab_status ftblab_study_submit(const ftblab_submission *s, ftblab_text *said, ftblab_error *err)
{
  char array[60], after[100], job[64], merging[64];
  ftblab_text script = {0};
  snprintf(array, sizeof array, "--array=1-%zu", s->tasks);
  const char *const study[] = {"sbatch", "--parsable", "--job-name=ftblab-study", array, NULL};
  write_array(s, &script);
  ftblab_status status = run_sbatch(study, &script, job, sizeof job, err);
  ftblab_text_clear(&script);
  if (status == FTBLAB_OK) {
    ftblab_text_addf(said, "job %s: %zu shares of %s\n", job, s->tasks, s->study);
    snprintf(after, sizeof after, "--dependency=afterany:%s", job);
    const char *const merge[] = {"sbatch", "--parsable", "--job-name=ftblab-merge", after, NULL};
    write_merge(s, &script);
    status = run_sbatch(merge, &script, merging, sizeof merging, err);
  }
  if (status == FTBLAB_OK)
    ftblab_text_addf(said, "job %s: merges them in %s\n", merging, s->folder);
  ftblab_text_free(&script);
  return status;
}
