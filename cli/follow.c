/* follow.c - a trace that grows: a pipe, which ends when its writer closes it, or a file, which ends when the program
 * is told to stop or the file is moved away. What must hold: a finding is told once, and no later than when the reader
 * has nothing more to read; a signal ends the trace at once, also while a read waits. */
#include "follow.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Nanoseconds between two looks at a file that does not grow; chosen, no source: short for a person. */
#define PAUSE 100000000

struct ftblab_follow {
  FILE *stream;
  ftblab_trace_reader *reader;
  const char *name;
  const ftblab_judging *judging; /* with what is expected */
  bool is_file, ended, gone;
  int nothing; /* of a pipe: what is read from once a signal came */
  ftblab_names *told;
};

static volatile sig_atomic_t interrupted;

/* A handler can reach nothing but variables of the program. -1: the source is a file, which needs no end. */
static volatile sig_atomic_t pipe_file = -1, pipe_end = -1;

/* The pipe is at its end from here on: else a read that began just behind the signal would wait for ever. */
static void interrupt(int signal_number)
{
  int reason = errno;
  (void)signal_number;
  interrupted = 1;
  if (pipe_file >= 0)
    dup2(pipe_end, pipe_file);
  errno = reason;
}

static void watch_signals(ftblab_follow *follow)
{
  struct sigaction action = {.sa_handler = interrupt}; /* without SA_RESTART: a read that waits is ended */
  if (!follow->is_file) {
    pipe_end = follow->nothing;
    pipe_file = fileno(follow->stream);
  }
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

ftblab_status ftblab_follow_new(FILE *stream, ftblab_trace_reader *reader, const char *name,
                                const ftblab_judging *judging, ftblab_follow **result, ftblab_error *err)
{
  struct stat status;
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
  follow->judging = judging;
  follow->is_file = fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode);
  follow->nothing = follow->is_file ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (!follow->is_file && follow->nothing < 0) {
    ftblab_follow_free(follow);
    return ftblab_fail(err, FTBLAB_EIO, "/dev/null: %s", strerror(errno));
  }
  watch_signals(follow);
  ftblab_trace_reader_follow(reader);
  *result = follow;
  return FTBLAB_OK;
}

void ftblab_follow_free(ftblab_follow *follow)
{
  if (follow == NULL)
    return;
  pipe_file = -1;
  if (follow->nothing >= 0)
    close(follow->nothing);
  ftblab_names_free(follow->told);
  free(follow);
}

/* Where what tells findings apart begins in a LINE such as "NAME:7: B.1.3/4(a)/missing: MESSAGE": behind the workflow.
 * A finding that is certain stays one, but which workflow it is of may become clear only later. */
static size_t place_of_key(const ftblab_follow *follow, const char *line, size_t length)
{
  const char *number = line + strlen(follow->name);
  const char *slash = memchr(number, '/', length - strlen(follow->name));
  return slash != NULL ? (size_t)(slash - line) : 0;
}

/* The line number and the key of a finding are known already; false: no memory. */
static bool is_new(ftblab_follow *follow, const char *line, size_t length, bool *fresh)
{
  size_t name = strlen(follow->name), key = place_of_key(follow, line, length);
  uint32_t before = ftblab_names_count(follow->told);
  ftblab_text text = {0};
  ftblab_text_add_bytes(&text, line + name, strcspn(line + name, " "));
  ftblab_text_add_bytes(&text, line + key, length - key);
  bool kept = !text.failed && ftblab_names_add(follow->told, text.data, text.length) != FTBLAB_NO_NAME;
  ftblab_text_free(&text);
  *fresh = ftblab_names_count(follow->told) > before;
  return kept;
}

/* Print the lines of FINDINGS that were not told yet. */
static ftblab_status tell(ftblab_follow *follow, const char *findings, ftblab_error *err)
{
  while (*findings != '\0') {
    size_t length = strcspn(findings, "\n");
    bool fresh = false;
    if (!is_new(follow, findings, length, &fresh))
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to follow %s", follow->name);
    if (fresh)
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
  if (status == FTBLAB_OK && verdict != NULL)
    status = ftblab_judging_excuse(follow->judging, &verdict, 1, err);
  if (status == FTBLAB_OK && verdict != NULL) {
    ftblab_verdict_write_findings(verdict, &text);
    status = text.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory to follow %s", follow->name)
                         : tell(follow, ftblab_text_string(&text), err);
  }
  ftblab_text_free(&text);
  ftblab_verdict_free(verdict);
  return status;
}

/* What was read is no longer at its place in the file. */
static ftblab_status check_length(const ftblab_follow *follow, ftblab_error *err)
{
  struct stat status;
  off_t read = ftello(follow->stream);
  if (fstat(fileno(follow->stream), &status) != 0 || status.st_size >= read)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINPUT, "%s: the file was cut to %lld bytes when %lld of it were read", follow->name,
                     (long long)status.st_size, (long long)read);
}

/* Another file has the name, or none. Of a file on standard input no name is known, but whether it has any. */
static bool is_moved(const ftblab_follow *follow)
{
  struct stat ours, named;
  if (fstat(fileno(follow->stream), &ours) != 0)
    return false;
  if (strcmp(follow->name, "-") == 0)
    return ours.st_nlink == 0;
  return stat(follow->name, &named) != 0 || named.st_dev != ours.st_dev || named.st_ino != ours.st_ino;
}

/* Wait for a file to grow. What is written while its name goes is still read: the end comes one look later. */
static ftblab_status wait_for_file(ftblab_follow *follow, ftblab_error *err)
{
  const struct timespec pause = {.tv_nsec = PAUSE};
  if (follow->gone) {
    ftblab_warn("%s: the file was moved or removed: its end is the end of the trace", follow->name);
    follow->ended = true;
    return FTBLAB_OK;
  }
  nanosleep(&pause, NULL);
  follow->gone = is_moved(follow);
  return check_length(follow, err);
}

ftblab_status ftblab_follow_wait(ftblab_follow *follow, ftblab_checker *checker, bool *more, ftblab_error *err)
{
  ftblab_status status = checker == NULL ? FTBLAB_OK : look(follow, checker, err);
  *more = !follow->ended;
  if (status != FTBLAB_OK || follow->ended)
    return status;
  if (follow->is_file && !interrupted)
    status = wait_for_file(follow, err);
  follow->ended = follow->ended || !follow->is_file || interrupted;
  if (follow->ended) /* what is left without its newline is the last line */
    ftblab_trace_reader_end(follow->reader);
  return status;
}

bool ftblab_follow_broke_off(const ftblab_follow *follow)
{
  return interrupted && follow->ended && ftblab_trace_reader_unended(follow->reader);
}

ftblab_status ftblab_follow_added(ftblab_follow *follow, ftblab_checker *checker, ftblab_error *err)
{
  struct pollfd source = {.fd = fileno(follow->stream), .events = POLLIN};
  if (follow->is_file || poll(&source, 1, 0) != 0)
    return FTBLAB_OK;
  return look(follow, checker, err);
}
