/* loader.c - see loader.h.
 *
 * What must hold: a child is left by _exit alone, for the destructors of SimGrid take longer than most replicas; and
 * nothing here touches the store, which belongs to the process above. */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- in both processes --------------------------------------------------------------------------------- */

static bool write_all(int file, const char *bytes, size_t count)
{
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written < 0 && errno != EINTR)
      return false;
    bytes += written > 0 ? written : 0;
    count -= written > 0 ? (size_t)written : 0;
  }
  return true;
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the loader's process -------------------------------------------------------------------------------- */

/* Tasks that a child does one after the other, where that leaves no traces in it: else one. Chosen: a fork, of some
 * milliseconds, then costs little next to them, and few are under way when all is killed. One that takes long enough by
 * itself has a process for itself: the heap of a process that had many has gaps, and is larger. */
enum { MOST_TASKS = FTBLAB_LOADER_BATCH };
static const double enough_seconds = 0.1;

typedef struct child {
  pid_t pid; /* 0: free */
  int results;
  ftblab_task tasks[MOST_TASKS];
  size_t task_count, answered;
  double began;    /* the task that is under way */
  double deadline; /* of it */
  bool blocked;
  ftblab_text bytes;
} child;

/* Scenarios of the points at hand: a point's replicas come one after another. */
typedef struct remembered {
  uint64_t point;
  ftblab_scenario *scenario;
} remembered;

typedef struct server {
  const ftblab_loader_config *config;
  ftblab_cluster *cluster;
  int tasks, results;
  child *children;
  struct pollfd *polled; /* the tasks, then the children */
  remembered *scenarios;
  size_t scenario_room, scenario_next;
  bool again;          /* a child can do several tasks */
  double task_seconds; /* that the last one took; negative: none has ended yet */
} server;

/* What the loader itself has to say, of a task or of none. */
static bool tell(const server *s, const ftblab_result *result, const char *reason)
{
  ftblab_text message = {0};
  ftblab_result_write(result, NULL, reason, &message);
  bool good = !message.failed && write_all(s->results, message.data, message.length);
  ftblab_text_free(&message);
  return good;
}

static ftblab_status scenario_of(server *s, uint64_t point, ftblab_scenario **scenario, ftblab_error *err)
{
  for (size_t i = 0; i < s->scenario_room; i++)
    if (s->scenarios[i].scenario != NULL && s->scenarios[i].point == point) {
      *scenario = s->scenarios[i].scenario;
      return FTBLAB_OK;
    }
  ftblab_status status = ftblab_study_scenario(s->config->study, point, scenario, err);
  if (status != FTBLAB_OK)
    return status;
  remembered *place = &s->scenarios[s->scenario_next++ % s->scenario_room];
  ftblab_scenario_free(place->scenario);
  *place = (remembered){.point = point, .scenario = *scenario};
  return FTBLAB_OK;
}

/* Never returns. */
static void be_child(server *s, const ftblab_task *tasks, size_t count, int results, pid_t parent)
{
  bool good = true;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) /* it died before that was said */
    _exit(EXIT_FAILURE);
  signal(SIGABRT, SIG_DFL); /* who aborts has crashed, and nobody has to be told in words */
  for (size_t i = 0; i < count && good; i++) {
    ftblab_text message = {0};
    ftblab_scenario *scenario = NULL;
    ftblab_error err;
    good = scenario_of(s, tasks[i].point, &scenario, &err) == FTBLAB_OK;
    if (!good)
      break;
    ftblab_scenario_set_seed(scenario, ftblab_study_seed(s->config->study, tasks[i].replica));
    ftblab_replica_run(s->cluster, scenario, s->config->spec, tasks[i], &message);
    good = !message.failed && write_all(results, message.data, message.length);
    ftblab_text_free(&message);
  }
  _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}

static child *free_child(const server *s)
{
  for (size_t i = 0; i < s->config->jobs; i++)
    if (s->children[i].pid == 0)
      return &s->children[i];
  return NULL;
}

static ftblab_result failure_of(const server *s, ftblab_task task, ftblab_fate fate)
{
  return (ftblab_result){.task = task, .seed = ftblab_study_seed(s->config->study, task.replica), .fate = fate};
}

/* The scenario of TASK is read here, once for all children. False: the process above is gone. *GOOD: it was read. */
static bool read_scenario(server *s, ftblab_task task, bool *good)
{
  ftblab_error err;
  ftblab_scenario *scenario = NULL;
  ftblab_status status = scenario_of(s, task.point, &scenario, &err);
  *good = status == FTBLAB_OK;
  if (*good)
    return true;
  ftblab_result failed = failure_of(s, task, FTBLAB_FATE_FAILED);
  failed.refused = status == FTBLAB_EINPUT || status == FTBLAB_EUSAGE;
  return tell(s, &failed, err.text);
}

static bool tell_all_failed(const server *s, const child *c, const char *reason)
{
  bool good = true;
  for (size_t i = 0; i < c->task_count && good; i++) {
    ftblab_result failed = failure_of(s, c->tasks[i], FTBLAB_FATE_FAILED);
    good = tell(s, &failed, reason);
  }
  return good;
}

static void begin_task(const server *s, child *c)
{
  c->began = now();
  c->deadline = c->began + s->config->time_limit;
}

/* A process for the tasks of C, which are there already. False: the process above is gone. */
static bool start(server *s, child *c)
{
  int ends[2];
  pid_t parent = getpid();
  if (pipe(ends) != 0)
    return tell_all_failed(s, c, "no pipe for the replica");
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    be_child(s, c->tasks, c->task_count, ends[1], parent);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return tell_all_failed(s, c, "no process for the replica");
  }
  c->pid = pid;
  c->results = ends[0];
  c->answered = 0;
  c->blocked = false;
  begin_task(s, c);
  ftblab_text_clear(&c->bytes);
  return true;
}

/* Pass on what is whole of what the child has said. */
static bool pass_on(server *s, child *c)
{
  size_t at = 0, length, answers = 0;
  while (!c->bytes.failed && c->answered + answers < c->task_count &&
         (length = ftblab_result_whole(c->bytes.data + at, c->bytes.length - at)) > 0) {
    at += length;
    answers++;
  }
  if (answers == 0)
    return true;
  c->answered += answers;
  s->task_seconds = (now() - c->began) / (double)answers;
  begin_task(s, c);
  bool good = write_all(s->results, c->bytes.data, at);
  memmove(c->bytes.data, c->bytes.data + at, c->bytes.length - at);
  c->bytes.length -= at;
  return good;
}

/* The child has ended. If it owes answers it has crashed with the first of them: say so, and what it did not come to is
 * done by another. */
static bool finish(server *s, child *c)
{
  int how = 0;
  char reason[200];
  while (waitpid(c->pid, &how, 0) < 0 && errno == EINTR)
    continue;
  close(c->results);
  c->pid = 0;
  if (c->answered == c->task_count)
    return true;
  ftblab_result result = failure_of(s, c->tasks[c->answered], FTBLAB_FATE_CRASHED);
  if (c->blocked) {
    result.fate = FTBLAB_FATE_BLOCKED;
    snprintf(reason, sizeof reason, "not at its end after %.9g s", s->config->time_limit);
  } else if (WIFSIGNALED(how)) {
    snprintf(reason, sizeof reason, "ended by signal %d (%s)", WTERMSIG(how), strsignal(WTERMSIG(how)));
  } else {
    snprintf(reason, sizeof reason, "ended with status %d", WIFEXITED(how) ? WEXITSTATUS(how) : -1);
  }
  size_t left = c->task_count - c->answered - 1;
  memmove(c->tasks, c->tasks + c->answered + 1, left * sizeof c->tasks[0]);
  c->task_count = left;
  return tell(s, &result, reason) && (left == 0 || start(s, c));
}

static bool listen_to(server *s, child *c)
{
  char bytes[8192];
  ssize_t count = read(c->results, bytes, sizeof bytes);
  if (count < 0)
    return errno == EINTR || errno == EAGAIN || finish(s, c);
  if (count == 0)
    return finish(s, c);
  ftblab_text_add_bytes(&c->bytes, bytes, (size_t)count);
  return pass_on(s, c);
}

/* Milliseconds until the first child has had its time. */
static int enforce_limits(const server *s)
{
  double first = INFINITY, date = now();
  for (size_t i = 0; i < s->config->jobs; i++) {
    child *c = &s->children[i];
    if (c->pid != 0 && !c->blocked && date >= c->deadline) {
      c->blocked = true;
      kill(c->pid, SIGKILL);
    }
    if (c->pid != 0 && !c->blocked)
      first = fmin(first, c->deadline - date);
  }
  return isinf(first) ? -1 : (int)fmin(first * 1000 + 1, 3600e3);
}

/* How many tasks one child should take: of those that are there, so that there is something for the others. */
static size_t fair_share(const server *s)
{
  int bytes = 0;
  if (!s->again || s->task_seconds < 0 || ioctl(s->tasks, FIONREAD, &bytes) != 0)
    return 1;
  double there = (double)bytes / sizeof(ftblab_task) / (double)s->config->jobs;
  double share = fmin(fmin(there, enough_seconds / s->task_seconds), MOST_TASKS);
  return share < 1 ? 1 : (size_t)share;
}

/* Tasks for one child; one at least is there. They are shorter than PIPE_BUF, so each is there whole or not at all. */
static bool take_tasks(server *s)
{
  ftblab_task tasks[MOST_TASKS];
  child *c = free_child(s);
  ssize_t count = read(s->tasks, tasks, fair_share(s) * sizeof tasks[0]);
  if (count < 0)
    return errno == EINTR;
  if (count == 0 || count % (ssize_t)sizeof tasks[0] != 0)
    return false;
  c->task_count = 0;
  for (size_t i = 0; i < (size_t)count / sizeof tasks[0]; i++) {
    bool good;
    if (!read_scenario(s, tasks[i], &good))
      return false;
    if (good)
      c->tasks[c->task_count++] = tasks[i];
  }
  return c->task_count == 0 || start(s, c);
}

/* False: it is over. */
static bool serve_once(server *s)
{
  size_t jobs = s->config->jobs;
  s->polled[0] = (struct pollfd){.fd = s->tasks, .events = free_child(s) != NULL ? POLLIN : 0};
  for (size_t i = 0; i < jobs; i++)
    s->polled[i + 1] = (struct pollfd){.fd = s->children[i].pid != 0 ? s->children[i].results : -1, .events = POLLIN};
  if (poll(s->polled, jobs + 1, enforce_limits(s)) < 0)
    return errno == EINTR;
  if (s->polled[0].revents & (POLLHUP | POLLERR)) /* nobody waits for what is under way */
    return false;
  bool good = true;
  for (size_t i = 0; i < jobs && good; i++)
    if (s->polled[i + 1].revents != 0)
      good = listen_to(s, &s->children[i]);
  return good && (!(s->polled[0].revents & POLLIN) || take_tasks(s));
}

/* What SimGrid says when it gives up would spoil the line of progress. */
static void be_silent(void)
{
  int nowhere = open("/dev/null", O_RDWR);
  for (int stream = STDIN_FILENO; nowhere >= 0 && stream <= STDERR_FILENO; stream++)
    dup2(nowhere, stream);
  struct rlimit none = {0, 0}; /* a crashed replica is a row, not a core file */
  setrlimit(RLIMIT_CORE, &none);
}

static bool prepare(server *s, ftblab_error *err)
{
  const ftblab_loader_config *config = s->config;
  ftblab_scenario *scenario;
  s->scenario_room = config->jobs + 2;
  s->children = calloc(config->jobs, sizeof *s->children);
  s->polled = calloc(config->jobs + 1, sizeof *s->polled);
  s->scenarios = calloc(s->scenario_room, sizeof *s->scenarios);
  if (s->children == NULL || s->polled == NULL || s->scenarios == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the replicas") == FTBLAB_OK;
  if (scenario_of(s, config->point, &scenario, err) != FTBLAB_OK)
    return false;
  s->again = ftblab_scenario_again(scenario);
  return ftblab_cluster_load(scenario, &s->cluster, err) == FTBLAB_OK;
}

/* Never returns. */
static void be_loader(const ftblab_loader_config *config, int tasks, int results, pid_t parent)
{
  server s = {.config = config, .tasks = tasks, .results = results, .task_seconds = -1};
  ftblab_error err;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(EXIT_FAILURE);
  signal(SIGINT, SIG_IGN); /* Ctrl-C goes to all; the process above decides what ends */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  for (size_t i = 0; i < config->other_count; i++)
    if (config->others[i].pid != 0) {
      close(config->others[i].tasks);
      close(config->others[i].results);
    }
  be_silent();
  if (!prepare(&s, &err)) {
    ftblab_result refused = {.task = {.point = config->point}, .refused = 1, .fate = FTBLAB_FATE_FAILED};
    _exit(tell(&s, &refused, err.text) ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  signal(SIGINT, SIG_IGN); /* SimGrid has claimed it */
  while (serve_once(&s))
    continue;
  for (size_t i = 0; i < config->jobs; i++)
    if (s.children[i].pid != 0)
      kill(s.children[i].pid, SIGKILL);
  while (wait(NULL) > 0 || errno == EINTR) /* so that their time is on the study's account */
    continue;
  _exit(EXIT_SUCCESS);
}

/* ---- the process above ---------------------------------------------------------------------------------------- */

ftblab_status ftblab_loader_start(const ftblab_loader_config *config, ftblab_loader *loader, ftblab_error *err)
{
  int tasks[2], results[2];
  if (pipe(tasks) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "no pipe to a process for replicas: %s", strerror(errno));
  if (pipe(results) != 0) {
    close(tasks[0]);
    close(tasks[1]);
    return ftblab_fail(err, FTBLAB_EIO, "no pipe from a process for replicas: %s", strerror(errno));
  }
  pid_t parent = getpid();
  fflush(NULL); /* what is buffered must not be written twice */
  pid_t pid = fork();
  if (pid == 0) {
    close(tasks[1]);
    close(results[0]);
    be_loader(config, tasks[0], results[1], parent);
  }
  close(tasks[0]);
  close(results[1]);
  if (pid < 0) {
    close(tasks[1]);
    close(results[0]);
    return ftblab_fail(err, FTBLAB_EIO, "no process for replicas: %s", strerror(errno));
  }
  *loader = (ftblab_loader){.pid = pid, .tasks = tasks[1], .results = results[0]};
  return FTBLAB_OK;
}

ftblab_status ftblab_loader_give(ftblab_loader *loader, ftblab_task task, ftblab_error *err)
{
  if (!write_all(loader->tasks, (const char *)&task, sizeof task))
    return ftblab_fail(err, FTBLAB_EIO, "a process for replicas is gone: %s", strerror(errno));
  loader->outstanding++;
  return FTBLAB_OK;
}

void ftblab_loader_end(ftblab_loader *loader)
{
  if (loader->pid == 0)
    return;
  close(loader->tasks);
  close(loader->results);
  while (waitpid(loader->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
  ftblab_text_free(&loader->bytes);
  *loader = (ftblab_loader){0};
}
