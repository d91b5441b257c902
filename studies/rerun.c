/* rerun.c - runs a replica of a study again, for those who want to see it.
 *
 * A process can simulate once, so each run has a process of its own. What must hold: the trace is the one that the
 * study judged, or none is given: the digest of its records is compared before a reader sees it. Only facts and throws
 * are kept: with the catches of every rank a long run would be many times as large. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store.h"

typedef struct keeper {
  FILE *stream;
  ftblab_trace_digest digest;
  ftblab_text line;
} keeper;

static ftblab_status take_record(void *argument, const ftblab_record *record, ftblab_error *err)
{
  keeper *k = argument;
  ftblab_digest_record(&k->digest, record);
  if (record->action != FTBLAB_FACT && record->action != FTBLAB_THROW)
    return FTBLAB_OK;
  ftblab_text_clear(&k->line);
  ftblab_record_write(record, &k->line);
  if (k->line.failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the trace");
  fwrite(ftblab_text_string(&k->line), 1, k->line.length, k->stream);
  return FTBLAB_OK;
}

static ftblab_status simulate(const ftblab_replay *replay, const ftblab_spec *spec, keeper *k, ftblab_error *err)
{
  ftblab_simulation *simulation = NULL;
  ftblab_trace_header header = ftblab_simulation_header(replay->scenario);
  ftblab_trace_header_write(&header, &k->line);
  if (k->line.failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the trace");
  fwrite(ftblab_text_string(&k->line), 1, k->line.length, k->stream);
  ftblab_status status = ftblab_digest_begin(&k->digest, &header, err);
  if (status == FTBLAB_OK)
    status = ftblab_simulate(replay->scenario, spec, take_record, k, &simulation, err);
  ftblab_simulation_free(simulation);
  if (status == FTBLAB_OK && replay->has_digest && k->digest.value != replay->digest)
    return ftblab_fail(err, FTBLAB_EINPUT, "it comes out as another one with this program: version %s made it",
                       replay->version);
  if (status == FTBLAB_OK && (fflush(k->stream) != 0 || ferror(k->stream)))
    return ftblab_fail(err, FTBLAB_EIO, "its trace cannot be written");
  return status;
}

/* In the child: the reason, if there is one, goes to REPORT. */
static bool run_here(const ftblab_replay *replay, const ftblab_spec *spec, FILE *stream, FILE *report)
{
  keeper k = {.stream = stream};
  ftblab_error err = {0};
  int nowhere = open("/dev/null", O_RDWR); /* SimGrid talks */
  for (int talk = STDOUT_FILENO; nowhere >= 0 && talk <= STDERR_FILENO; talk++)
    dup2(nowhere, talk);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (simulate(replay, spec, &k, &err) == FTBLAB_OK)
    return true;
  fputs(err.text, report);
  fflush(report);
  return false;
}

static ftblab_status read_reason(FILE *report, const char *name, ftblab_error *err)
{
  char reason[sizeof err->text];
  rewind(report);
  size_t length = fread(reason, 1, sizeof reason - 1, report);
  reason[length] = '\0';
  return ftblab_fail(err, FTBLAB_EINPUT, "%s cannot be run again: %s", name,
                     length > 0 ? reason : "its process crashed");
}

static ftblab_status run_apart(const ftblab_replay *replay, const char *name, const ftblab_spec *spec, FILE *stream,
                               ftblab_error *err)
{
  FILE *report = tmpfile();
  int ended = 0;
  if (report == NULL)
    return ftblab_fail(err, FTBLAB_EIO, "no temporary file to run %s again: %s", name, strerror(errno));
  fflush(NULL); /* what is buffered must not be written twice */
  pid_t pid = fork();
  if (pid == 0)
    _exit(run_here(replay, spec, stream, report) ? EXIT_SUCCESS : EXIT_FAILURE);
  ftblab_status status =
      pid < 0 ? ftblab_fail(err, FTBLAB_EIO, "no process to run %s again: %s", name, strerror(errno)) : FTBLAB_OK;
  while (pid > 0 && waitpid(pid, &ended, 0) < 0 && errno == EINTR)
    continue;
  if (status == FTBLAB_OK && (!WIFEXITED(ended) || WEXITSTATUS(ended) != EXIT_SUCCESS))
    status = read_reason(report, name, err);
  fclose(report);
  return status;
}

ftblab_status ftblab_results_rerun(ftblab_results *results, uint64_t point, uint64_t replica, const ftblab_spec *spec,
                                   FILE *stream, ftblab_error *err)
{
  ftblab_text name = {0};
  ftblab_replay *replay = NULL;
  ftblab_text_addf(&name, "%s:%" PRIu64 ".%" PRIu64, ftblab_results_tell(results).folder, point + 1, replica + 1);
  ftblab_status status = name.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path")
                                     : ftblab_replay_open(name.data, &replay, err);
  if (status == FTBLAB_OK)
    status = run_apart(replay, name.data, spec, stream, err);
  if (status == FTBLAB_OK)
    rewind(stream);
  ftblab_replay_free(replay);
  ftblab_text_free(&name);
  return status;
}
