/* child.c - the process in which the foreign library runs. What must hold: it ends with the process that started it,
 * also if that is killed; the terminal's signals are for the recording to answer, not for it. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A signal handler can reach nothing but variables of the program. This one is used in the child alone. */
static volatile sig_atomic_t told_to_stop;

static void stop_listening(int number)
{
  (void)number;
  told_to_stop = 1;
}

static void settle_signals(void)
{
  static const int ignored[] = {SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE};
  struct sigaction stop = {.sa_handler = stop_listening};
  sigemptyset(&stop.sa_mask);
  sigaction(SIGTERM, &stop, NULL);
  for (size_t i = 0; i < FTBLAB_COUNT(ignored); i++)
    signal(ignored[i], SIG_IGN);
  signal(SIGABRT, SIG_DFL); /* what an abort means here is told by the recording */
}

/* The child's whole life. It leaves with _Exit: what the parent has in its buffers is not the child's to write. */
static void listen_and_leave(const ftblab_recording_options *options, int parent, int events, int words)
{
  settle_signals();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _Exit(EXIT_FAILURE); /* it was gone before it could be asked for */
  dup2(words, STDOUT_FILENO);
  dup2(words, STDERR_FILENO);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (options->source == FTBLAB_RECORD_PMIX)
    ftblab_listen_to_pmix(options, events, &told_to_stop);
  else
    ftblab_listen_to_ftb(options, events, &told_to_stop);
  _Exit(EXIT_SUCCESS);
}

static void close_pair(int pair[2])
{
  close(pair[0]);
  close(pair[1]);
}

static bool open_pipes(int events[2], int words[2])
{
  if (pipe(events) != 0)
    return false;
  if (pipe(words) != 0) {
    close_pair(events);
    return false;
  }
  int const ends[] = {events[0], events[1], words[0], words[1]};
  for (size_t i = 0; i < FTBLAB_COUNT(ends); i++)
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  fcntl(events[0], F_SETFL, O_NONBLOCK);
  fcntl(words[0], F_SETFL, O_NONBLOCK);
  return true;
}

ftblab_status ftblab_child_start(ftblab_child *child, const ftblab_recording_options *options, ftblab_error *err)
{
  int events[2], words[2], parent = getpid();
  if (!open_pipes(events, words))
    return ftblab_fail(err, FTBLAB_EIO, "no pipe for the recording: %s", strerror(errno));
  fflush(NULL);
  int process = fork();
  if (process < 0) {
    close_pair(events);
    close_pair(words);
    return ftblab_fail(err, FTBLAB_EIO, "no process for the recording: %s", strerror(errno));
  }
  if (process == 0)
    listen_and_leave(options, parent, events[1], words[1]);
  close(events[1]);
  close(words[1]);
  *child = (ftblab_child){.process = process, .events = events[0], .words = words[0]};
  return FTBLAB_OK;
}

void ftblab_child_ask_to_end(const ftblab_child *child)
{
  if (child->process > 0)
    kill(child->process, SIGTERM);
}

static void describe_end(int status, char *words, size_t room)
{
  if (WIFSIGNALED(status))
    snprintf(words, room, "was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else
    snprintf(words, room, "ended with status %d", WEXITSTATUS(status));
}

void ftblab_child_finish(ftblab_child *child, char *words, size_t room)
{
  int status = 0;
  if (child->events >= 0)
    close(child->events);
  if (child->words >= 0)
    close(child->words);
  /* It closes its pipes by ending, so that it is most likely over; a second for what it still has to do (chosen). */
  for (int attempt = 0; attempt < 1000 && waitpid(child->process, &status, WNOHANG) == 0; attempt++) {
    const struct timespec pause = {.tv_nsec = 1000000};
    nanosleep(&pause, NULL);
    if (attempt == 999) {
      kill(child->process, SIGKILL);
      waitpid(child->process, &status, 0);
    }
  }
  describe_end(status, words, room);
  *child = (ftblab_child){.events = -1, .words = -1};
}
