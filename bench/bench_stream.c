/* bench_stream.c - judging a trace that is never on a disk: its records come through a pipe, many of them, and the
 * memory of `ftblab check -` must not grow with their number.
 *
 * The trace is made by a child of its own while it is judged. All its instances conform, so that as many are open at
 * any time: one that lacks a row which no other row waits for stays open to the end. Compared is the memory for all
 * records with that for a third of them. Usage: bench_stream [--quick] [--strict] [--records N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "b13_trace.h"
#include "measure.h"

enum { RECORDS = 10000000, QUICK_RECORDS = 3000000, PART = 3, OPEN_INSTANCES = 4096 };
static const double growth_limit = 1.1;

/* Write the trace to a pipe. Returns the end to read from; negative: it cannot. *PROCESS: who writes. */
static int begin_trace(unsigned long records, pid_t *process)
{
  int ends[2];
  fflush(NULL);
  if (pipe(ends) != 0)
    return -1;
  *process = fork();
  if (*process == 0) {
    close(ends[0]);
    FILE *file = fdopen(ends[1], "w");
    ftblab_b13_trace trace = {.records = records, .open = OPEN_INSTANCES};
    bool good = file != NULL && ftblab_b13_write(file, &trace) && fclose(file) == 0;
    _exit(good ? 0 : 1);
  }
  close(ends[1]);
  if (*process > 0)
    return ends[0];
  close(ends[0]);
  return -1;
}

/* What judging RECORDS records costs; not good: they did not all come, or there was no verdict. */
static ftblab_cost judge(unsigned long records)
{
  const char *const arguments[] = {FTBLAB_PROGRAM, "check", "-", NULL};
  ftblab_cost cost = {.good = false};
  pid_t writer;
  int status = 1, input = begin_trace(records, &writer);
  if (input < 0)
    return cost;
  cost = ftblab_run_child(&(ftblab_child){.arguments = arguments, .worst = 2, .input = input});
  close(input);
  cost.good = waitpid(writer, &status, 0) == writer && WIFEXITED(status) && WEXITSTATUS(status) == 0 && cost.good;
  if (!cost.good)
    fprintf(stderr, "bench_stream: %lu records were not judged\n", records);
  return cost;
}

static void print_cost(unsigned long records, const ftblab_cost *cost)
{
  printf("%11lu records through a pipe %12.0f ns a record %8.1f MiB at most\n", records,
         1e9 * cost->processor / (double)records, cost->memory / (1024 * 1024));
  fflush(stdout);
}

int main(int argc, char **argv)
{
  bool strict = false;
  unsigned long records = RECORDS;
  for (int i = 1; i < argc; i++) {
    char *end = "";
    if (strcmp(argv[i], "--strict") == 0)
      strict = true;
    else if (strcmp(argv[i], "--quick") == 0)
      records = QUICK_RECORDS;
    else if (strcmp(argv[i], "--records") == 0 && i + 1 < argc)
      records = strtoul(argv[++i], &end, 10);
    else
      end = argv[i];
    if (*end != '\0' || records < PART) {
      fprintf(stderr, "usage: bench_stream [--quick] [--strict] [--records N]\n");
      return 64;
    }
  }
  printf("stream: %d instances open\n", OPEN_INSTANCES);
  ftblab_cost part = judge(records / PART), whole = judge(records);
  if (!part.good || !whole.good)
    return 70;
  print_cost(records / PART, &part);
  print_cost(records, &whole);
  printf("figures\n");
  bool met = ftblab_print_figure("memory, to that for a third of the records", whole.memory / part.memory,
                                 FTBLAB_TARGET_MOST, growth_limit, "x");
  return strict && !met ? 1 : 0;
}
