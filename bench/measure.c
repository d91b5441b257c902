/* measure.c - what the benchmarks share. Costs of a child are those that the system counts for it. */
#define _DEFAULT_SOURCE /* wait4, mkdtemp */
#include "measure.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval t)
{
  return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static double now(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double ftblab_clock_now(void)
{
  return now(CLOCK_MONOTONIC);
}

double ftblab_processor_now(void)
{
  return now(CLOCK_PROCESS_CPUTIME_ID);
}

static void become(const ftblab_child *child)
{
  struct rlimit limit = {(rlim_t)child->seconds, (rlim_t)child->seconds};
  int nowhere = open("/dev/null", O_RDWR), input = child->input >= 0 ? child->input : nowhere;
  if (nowhere >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 &&
      (child->seconds == 0 || setrlimit(RLIMIT_CPU, &limit) == 0))
    execv(child->arguments[0], (char *const *)child->arguments);
  _exit(127);
}

ftblab_cost ftblab_run_child(const ftblab_child *child)
{
  ftblab_cost cost = {.good = false};
  struct rusage usage;
  int status = 0;
  double begin = ftblab_clock_now();
  pid_t process = fork();
  if (process == 0)
    become(child);
  if (process < 0 || wait4(process, &status, 0, &usage) != process)
    return cost;
  cost.wall = ftblab_clock_now() - begin;
  cost.processor = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  cost.memory = 1024.0 * (double)usage.ru_maxrss;
  cost.good = WIFEXITED(status) && WEXITSTATUS(status) <= child->worst;
  return cost;
}

static int compare_doubles(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

double ftblab_median(double *values, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (isnan(values[i]))
      return NAN;
  qsort(values, count, sizeof *values, compare_doubles);
  return values[count / 2];
}

bool ftblab_scratch_folder(char *path, size_t room)
{
  const char *base = getenv("TMPDIR");
  snprintf(path, room, "%s/ftblab-bench-XXXXXX", base != NULL && *base ? base : P_tmpdir);
  return mkdtemp(path) != NULL;
}

bool ftblab_print_figure(const char *what, double value, ftblab_target kind, double target, const char *unit)
{
  bool met = kind == FTBLAB_TARGET_MOST ? value < target : value >= target;
  printf("  %-58s %9.2f%s  %s %g%s  %s\n", what, value, unit, kind == FTBLAB_TARGET_MOST ? "<" : ">=", target, unit,
         met ? "pass" : "MISSED");
  fflush(stdout);
  return met;
}
