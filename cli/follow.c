/* follow.c - a trace that grows: a pipe, which ends when its writer closes it, or a file, which ends when the program
 * is told to stop. What must hold: a finding is told once, and no later than when the reader has nothing more to read.
 * */
#include "follow.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Nanoseconds between two looks at a file that does not grow; chosen, no source: short for a person. */
#define PAUSE 100000000

struct ftblab_follow {
  FILE *stream;
  ftblab_trace_reader *reader;
  const char *name;
  bool is_file, ended;
  ftblab_names *told;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
  (void)signal_number;
  interrupted = 1;
}

ftblab_status ftblab_follow_new(FILE *stream, ftblab_trace_reader *reader, const char *name, ftblab_follow **result,
                                ftblab_error *err)
{
  struct stat status;
  struct sigaction action = {.sa_handler = interrupt}; /* without SA_RESTART: a read that waits is ended */
  ftblab_follow *follow = calloc(1, sizeof *follow);
  if (follow != NULL)
    follow->told = ftblab_names_new();
  if (follow == NULL || follow->told == NULL) {
    free(follow);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to follow %s", name);
  }
  follow->stream = stream;
  follow->reader = reader;
  follow->name = name;
  follow->is_file = fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  ftblab_trace_reader_follow(reader);
  *result = follow;
  return FTBLAB_OK;
}

void ftblab_follow_free(ftblab_follow *follow)
{
  if (follow == NULL)
    return;
  ftblab_names_free(follow->told);
  free(follow);
}

/* Print the lines of FINDINGS that were not told yet. */
static ftblab_status tell(ftblab_follow *follow, const char *findings, ftblab_error *err)
{
  while (*findings != '\0') {
    size_t length = strcspn(findings, "\n");
    uint32_t before = ftblab_names_count(follow->told);
    if (ftblab_names_add(follow->told, findings, length) == FTBLAB_NO_NAME)
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to follow %s", follow->name);
    if (ftblab_names_count(follow->told) > before)
      printf("%.*s\n", (int)length, findings);
    findings += length + (findings[length] == '\n');
  }
  if (fflush(stdout) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "standard output cannot be written");
  return FTBLAB_OK;
}

static ftblab_status look(ftblab_follow *follow, ftblab_checker *checker, ftblab_error *err)
{
  ftblab_verdict *verdict = NULL;
  ftblab_text text = {0};
  ftblab_status status = ftblab_checker_look(checker, follow->name, &verdict, err);
  if (status == FTBLAB_OK && verdict != NULL) {
    ftblab_verdict_write_findings(verdict, &text);
    status = text.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory to follow %s", follow->name)
                         : tell(follow, ftblab_text_string(&text), err);
  }
  ftblab_text_free(&text);
  ftblab_verdict_free(verdict);
  return status;
}

ftblab_status ftblab_follow_wait(ftblab_follow *follow, ftblab_checker *checker, bool *more, ftblab_error *err)
{
  const struct timespec pause = {.tv_nsec = PAUSE};
  ftblab_status status = checker == NULL ? FTBLAB_OK : look(follow, checker, err);
  *more = !follow->ended;
  if (status != FTBLAB_OK || follow->ended)
    return status;
  if (follow->is_file && !interrupted)
    nanosleep(&pause, NULL);
  if (!follow->is_file || interrupted) { /* what is left without its newline is the last line */
    follow->ended = true;
    ftblab_trace_reader_end(follow->reader);
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_follow_added(ftblab_follow *follow, ftblab_checker *checker, ftblab_error *err)
{
  struct pollfd source = {.fd = fileno(follow->stream), .events = POLLIN};
  if (follow->is_file || poll(&source, 1, 0) != 0)
    return FTBLAB_OK;
  return look(follow, checker, err);
}
