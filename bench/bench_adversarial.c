/* bench_adversarial.c - traces made to be hard to judge: does the time that `ftblab check` takes for a record grow with
 * the length of the trace?
 *
 * Each shape is judged at lengths that double, up to 16,000 records as one whole and beyond as a stream. What counts is
 * how much more a record costs in a longer trace than in a shorter one: 1 is linear; over the 64-fold that is measured
 * n log n is 1.5, a square 64. A length whose time can be foreseen to be beyond PATIENCE is left out and said so.
 * --times makes all lengths so many times as long: with 8, the shape "open" has a million instances open.
 * Usage: bench_adversarial [--quick] [--strict] [--times N] [SHAPE...] */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

enum { LENGTHS = 7, QUICK = 4, ROUNDS = 3 };
static const unsigned long lengths[LENGTHS] = {2000, 4000, 8000, 16000, 32000, 64000, 128000};
static const double patience = 60;   /* seconds; chosen */
static const double growth_goal = 2; /* chosen: caches and sorting cost something */
static const double least =
    5e-6; /* seconds a record; less counts as this: the clock and the caches tell no more; chosen */

/* ---- shapes ------------------------------------------------------------------------------------------ */

/* One record, AT seconds; PAYLOAD is a format for one number. */
static void record(FILE *file, unsigned long at, const char *who, const char *action, const char *event,
                   const char *payload, unsigned long number)
{
  fprintf(file, "{\"t\": %lu, \"component\": \"%s\", \"action\": \"%s\", \"event\": \"%s\", \"payload\": \"", at, who,
          action, event);
  for (const char *c = payload; *c != '\0'; c++)
    if (*c == '#')
      fprintf(file, "%lu", number);
    else
      fputc(*c, file);
  fprintf(file, "\"}\n");
}

static void one_trigger(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++)
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n1}", 0);
}

static void one_trigger_caught(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i += 2) {
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n1}", 0);
    record(file, i + 1, "RM/JS", "catch", "CHECK_NODES_DEAD", "nodes: {n1}", 0);
  }
}

static void many_triggers(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++)
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n#}", i);
}

static void jobs_on_one_node(FILE *file, unsigned long count)
{
  record(file, 0, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n1}", 0);
  record(file, 0, "RM/JS", "catch", "CHECK_NODES_DEAD", "nodes: {n1}", 0);
  for (unsigned long i = 2; i + 1 < count; i += 2) {
    record(file, i, "RM/JS", "throw", "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j#}", i);
    record(file, i, "MPI", "catch", "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j#}", i);
  }
}

static void job_facts(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i + 1 < count; i += 2) {
    record(file, i, "site", "fact", "JOB_STARTED", "jobs: {j#}, nodes: {n1}", i);
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n#}", i);
  }
}

static void unkeyed(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count / 2; i++)
    record(file, i, "Autonomic Script", "throw", "PREDICT_NODES_FAILURE", "nodes: {n#}", i);
  for (unsigned long i = count / 2; i < count; i++)
    record(file, i, "RM/JS", "throw", "DO_JOBS_SUSPEND", "jobs: {j#}", i);
}

static void unkeyed_interleaved(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i + 1 < count; i += 2) {
    record(file, i, "Autonomic Script", "throw", "PREDICT_NODES_FAILURE", "nodes: {n#}", i);
    record(file, i, "RM/JS", "throw", "DO_JOBS_SUSPEND", "jobs: {j#}", i);
  }
}

static void strays(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++)
    record(file, i, "MPI", "catch", "CONFIRM_NODES_DEAD", "nodes: {n#}", i);
}

static void strays_and_orphans(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i + 3 < count; i += 4) {
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n#}", i);
    record(file, i, "RM/JS", "catch", "CHECK_NODES_DEAD", "nodes: {m#}", i);
    record(file, i, "Autonomic Script", "catch", "CHECK_NODES_DEAD", "nodes: {n#}", i);
    record(file, i, "RM/JS", "catch", "CONFIRM_NODES_DEAD", "nodes: {m#}", i + 1);
  }
}

static void no_payload(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++)
    record(file, i, "RM/JS", i % 2 ? "throw" : "catch", "CHECK_NODES_DEAD", "", i);
}

/* One record whose set has COUNT nodes, and its catch: a payload of the FTB has 368 bytes, a trace may have more. */
static void one_set(FILE *file, unsigned long count)
{
  for (int catches = 0; catches < 2; catches++) {
    fprintf(file,
            "{\"t\": %d, \"component\": \"%s\", \"action\": \"%s\", \"event\": \"CHECK_NODES_DEAD\", \"payload\": "
            "\"nodes: {",
            catches, catches ? "RM/JS" : "Monitoring System", catches ? "catch" : "throw");
    for (unsigned long i = 0; i < count && i < 65536; i++)
      fprintf(file, "%sn%lu", i > 0 ? ", " : "", i);
    fprintf(file, "}\"}\n");
  }
}

/* Jobs that start and end on one node that fails again and again. */
static void facts_that_end(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i + 3 < count; i += 4) {
    record(file, i, "site", "fact", "JOB_STARTED", "jobs: {j#}, nodes: {n1}", i);
    record(file, i, "site", "fact", "NODE_FAILED", "nodes: {n1}", i);
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n#}", i);
    record(file, i, "site", "fact", "JOB_ENDED", "jobs: {j#}", i);
  }
}

static void jobs_and_triggers(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i + 3 < count; i += 4) {
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n1}", i);
    record(file, i, "RM/JS", "catch", "CHECK_NODES_DEAD", "nodes: {n1}", i);
    record(file, i, "RM/JS", "throw", "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j#}", i);
    record(file, i, "MPI", "catch", "RM_JOBS_DEAD", "nodes: {n1}, jobs: {j#}", i);
  }
}

static void interfaces_of_one_node(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++)
    record(file, i, "IB Fault Monitor", "throw", "FAILED_PHYSICAL_INTERFACE", "ifaces: {p#}, nodes: {n1}", i);
}

static void migrations(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i + 1 < count; i += 2) {
    record(file, i, "External Agent", "throw", "DO_NODE_MIGRATE", "snode: n#, dnode: s#", i);
    record(file, i, "RM/JS", "throw", "RM_JOBS_MIGRATE", "snode: n#, dnode: s#, jobs: {j#}", i);
  }
}

/* Every rank says that it has done what nobody asked for. */
static void ranks(FILE *file, unsigned long count)
{
  record(file, 0, "mpirun", "throw", "CR_FTB_MIGRATE", "node: <a, b>", 0);
  for (unsigned long i = 1; i < count; i++)
    fprintf(file,
            "{\"t\": %lu, \"component\": \"MPI Process\", \"action\": \"throw\", \"event\": \"CR_FTB_CKPT_DONE\", "
            "\"instance\": \"r%lu\"}\n",
            i, i);
}

static void wrong_channel(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++)
    fprintf(file,
            "{\"t\": %lu, \"component\": \"RM/JS\", \"action\": \"catch\", \"event\": \"CHECK_NODES_DEAD\", "
            "\"payload\": \"nodes: {n%lu}\", \"channel\": \"x\"}\n",
            i, i);
}

static void wrong_values(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count / 3; i++)
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n#}", i);
  for (unsigned long i = 0; i < count / 3; i++)
    record(file, count + i, "Autonomic Script", "catch", "CHECK_NODES_DEAD", "nodes: {n#}", i);
  for (unsigned long i = 0; i < count / 3; i++)
    record(file, 2 * count + i, "RM/JS", "catch", "CHECK_NODES_DEAD", "nodes: {w#}", i);
}

/* All instances at once, and each passes the same row over. */
static void rows_passed_over(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count / 4; i++)
    record(file, i, "Monitoring System", "throw", "CHECK_NODES_DEAD", "nodes: {n#}", i);
  for (unsigned long i = 0; i < count / 4; i++)
    record(file, count + i, "Autonomic Script", "catch", "CHECK_NODES_DEAD", "nodes: {n#}", i);
  for (unsigned long i = 0; i < count / 4; i++)
    record(file, 2 * count + i, "Autonomic Script", "throw", "CONFIRM_NODES_DEAD", "nodes: {n#}", i);
  for (unsigned long i = 0; i < count / 4; i++)
    record(file, 3 * count + i, "RM/JS", "catch", "CONFIRM_NODES_DEAD", "nodes: {n#}", i);
}

/* Sets of sixteen nodes, each half of them in the next one as well. */
static void overlapping_sets(FILE *file, unsigned long count)
{
  for (unsigned long i = 0; i < count / 16; i++) {
    fprintf(file,
            "{\"t\": %lu, \"component\": \"Monitoring System\", \"action\": \"throw\", \"event\": "
            "\"CHECK_NODES_DEAD\", \"payload\": \"nodes: {",
            i);
    for (unsigned long n = 0; n < 16; n++)
      fprintf(file, "%sn%lu", n > 0 ? ", " : "", 8 * i + n);
    fprintf(file, "}\"}\n");
  }
}

typedef struct shape {
  const char *name, *what;
  void (*write)(FILE *file, unsigned long count);
} shape;

static const shape shapes[] = {
    {"triggers", "one key triggered again and again", one_trigger},
    {"repeats", "the same, caught each time", one_trigger_caught},
    {"open", "instances that are only begun", many_triggers},
    {"jobs", "many jobs on one node", jobs_on_one_node},
    {"facts", "many jobs started on one node", job_facts},
    {"unkeyed", "predictions, then suspensions that name no node", unkeyed},
    {"mixed", "the same in turns", unkeyed_interleaved},
    {"strays", "catches that nothing goes before", strays},
    {"orphans", "instances and records with wrong values", strays_and_orphans},
    {"empty", "records without a payload", no_payload},
    {"ended", "jobs that start and end on one node that fails", facts_that_end},
    {"busy", "many jobs and many triggers on one node", jobs_and_triggers},
    {"ifaces", "many interfaces of one node", interfaces_of_one_node},
    {"migrate", "commands to migrate that nobody hears", migrations},
    {"ranks", "many ranks of one migration", ranks},
    {"channel", "catches on a wrong channel of nothing thrown", wrong_channel},
    {"values", "all instances open, each caught with another value", wrong_values},
    {"passed", "all instances open, each without the same row", rows_passed_over},
    {"sets", "sets of 16 nodes that overlap", overlapping_sets},
    {"set", "one set of many nodes (no more than 65,536)", one_set},
};

/* ---- one trace ----------------------------------------------------------------------------------------- */

static bool write_trace(const char *path, const shape *s, unsigned long count)
{
  FILE *file = fopen(path, "w");
  if (file == NULL)
    return false;
  fprintf(file, "{\"ftblab_trace\": 1, \"source\": \"bench_adversarial\", \"observes\": [\"throw\", \"catch\"]}\n");
  s->write(file, count);
  return fclose(file) == 0;
}

/* Seconds of processor time, and the most memory, of `ftblab check`; NAN: it gave no verdict. */
static double check_trace(const char *path, double *megabytes)
{
  const char *const arguments[] = {FTBLAB_PROGRAM, "check", path, NULL};
  ftblab_cost cost = ftblab_run_child(
      &(ftblab_child){.arguments = arguments, .worst = 2, .input = -1, .seconds = (unsigned long)(2 * patience)});
  *megabytes = cost.memory / (1024 * 1024);
  return cost.good ? cost.processor : NAN;
}

/* The least of some rounds: what disturbs only adds. */
static double least_time(const char *path, double *megabytes)
{
  double shortest = NAN;
  for (int i = 0; i < ROUNDS; i++) {
    double seconds = check_trace(path, megabytes);
    if (isnan(seconds))
      return NAN;
    shortest = isnan(shortest) || seconds < shortest ? seconds : shortest;
    if (seconds > 1)
      break; /* nothing short disturbs it */
  }
  return shortest;
}

/* ---- the table ------------------------------------------------------------------------------------------- */

/* How much more a record costs in a longer trace than in a shorter one, at most. */
static double growth_of(const double *each, size_t count, unsigned long times)
{
  const double floor = least / (double)times;
  double cheapest = INFINITY, growth = 1;
  for (size_t l = 0; l < count; l++) {
    double cost = each[l] > floor ? each[l] : floor;
    growth = cost / cheapest > growth ? cost / cheapest : growth;
    cheapest = cost < cheapest ? cost : cheapest;
  }
  return growth;
}

/* One line; false: it grows beyond the goal, or not all could be measured. START: what an empty trace takes. */
static bool measure(const char *path, const shape *s, size_t most, unsigned long times, double start)
{
  double each[LENGTHS], megabytes = 0, seconds = 0;
  size_t measured = 0;
  printf("%-9s %-50s", s->name, s->what);
  for (size_t l = 0; l < most; l++) {
    bool hopeless = l > 1 && seconds * 2 * each[l - 1] / each[l - 2] > patience;
    if (hopeless || !write_trace(path, s, times * lengths[l]) || isnan(seconds = least_time(path, &megabytes)))
      break;
    double own = seconds - start > 1e-4 ? seconds - start : 1e-4; /* no less than the clock can tell */
    each[l] = own / (double)(times * lengths[l]);
    printf(" %6.1f", 1e6 * each[l]);
    fflush(stdout);
    measured++;
  }
  double growth = growth_of(each, measured, times);
  bool met = measured == most && growth <= growth_goal;
  if (measured == most)
    printf(" %6.2f %6.0f  %s\n", growth, megabytes, met ? "pass" : "MISSED");
  else
    printf(" %6.2f         MISSED: %lu records take too long\n", growth, times * lengths[measured]);
  return met;
}

/* The number behind the option NAME; 1: it is not there. */
static unsigned long number_of(const char *name, int argc, char **argv)
{
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], name) == 0 && strtoul(argv[i + 1], NULL, 10) > 0)
      return strtoul(argv[i + 1], NULL, 10);
  return 1;
}

static bool is_wanted(const shape *s, int argc, char **argv)
{
  bool any = false;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], s->name) == 0)
      return true;
    any = any || (argv[i][0] != '-' && strcmp(argv[i - 1], "--times") != 0);
  }
  return !any;
}

static bool has_option(const char *option, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], option) == 0)
      return true;
  return false;
}

int main(int argc, char **argv)
{
  char folder[256], path[320];
  if (!ftblab_scratch_folder(folder, sizeof folder)) {
    fprintf(stderr, "bench_adversarial: %s: %s\n", folder, strerror(errno));
    return 70;
  }
  snprintf(path, sizeof path, "%s/trace.jsonl", folder);
  size_t most = has_option("--quick", argc, argv) ? QUICK : LENGTHS;
  unsigned long times = number_of("--times", argc, argv);
  double megabytes, start = write_trace(path, &shapes[0], 0) ? least_time(path, &megabytes) : NAN;
  printf("adversarial: microseconds a record, without the %.0f ms to begin; the growth (<= %g); MB\n%-60s", 1e3 * start,
         growth_goal, "records");
  for (size_t l = 0; l < most; l++)
    printf(" %6lu", times * lengths[l]);
  printf("\n");
  bool met = true;
  for (size_t i = 0; i < FTBLAB_COUNT(shapes); i++)
    if (is_wanted(&shapes[i], argc, argv))
      met = measure(path, &shapes[i], most, times, start) && met;
  unlink(path);
  rmdir(folder);
  return has_option("--strict", argc, argv) && !met ? 1 : 0;
}
