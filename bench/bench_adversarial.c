/* bench_adversarial.c - traces made to be hard to judge: does the time that `ftblab check` takes for a record grow with
 * the length of the trace?
 *
 * Each shape is judged at 1,000, 10,000 and 100,000 records. What counts is the ratio of the last two times per record:
 * 1 is linear, 10 quadratic. A length whose time can be foreseen to be beyond PATIENCE is left out and said so.
 * Usage: bench_adversarial [--quick] [--strict] [SHAPE...] */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

enum { LENGTHS = 3, ROUNDS = 3 };
static const unsigned long lengths[LENGTHS] = {1000, 10000, 100000};
static const double patience = 60;  /* seconds; chosen */
static const double ratio_goal = 2; /* chosen: caches and sorting cost something, a square would be 10 */

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
  double least = NAN;
  for (int i = 0; i < ROUNDS; i++) {
    double seconds = check_trace(path, megabytes);
    if (isnan(seconds))
      return NAN;
    least = isnan(least) || seconds < least ? seconds : least;
    if (seconds > 1)
      break; /* nothing short disturbs it */
  }
  return least;
}

/* ---- the table ------------------------------------------------------------------------------------------- */

/* One line; false: the ratio is beyond the goal, or nothing could be measured. START: what an empty trace takes. */
static bool measure(const char *path, const shape *s, size_t most, double start)
{
  double each[LENGTHS], megabytes = 0, seconds = 0;
  size_t measured = 0;
  printf("%-9s %-50s", s->name, s->what);
  for (size_t l = 0; l < most; l++) {
    double factor = l > 0 ? (double)lengths[l] / (double)lengths[l - 1] : 1;
    bool hopeless = l > 1 && seconds * factor * each[l - 1] / each[l - 2] > patience;
    if (hopeless)
      break;
    if (!write_trace(path, s, lengths[l]) || isnan(seconds = least_time(path, &megabytes)))
      break;
    double own = seconds - start > 1e-4 ? seconds - start : 1e-4; /* no less than the clock can tell */
    each[l] = own / (double)lengths[l];
    printf(" %9.2f", 1e6 * each[l]);
    fflush(stdout);
    measured++;
  }
  double ratio = measured > 1 ? each[measured - 1] / each[measured - 2] : NAN;
  bool met = measured == most && ratio <= ratio_goal;
  if (measured == most)
    printf(" %8.2f %8.0f  %s\n", ratio, megabytes, met ? "pass" : "MISSED");
  else
    printf(" %8.2f           MISSED: %lu records take too long\n", ratio, lengths[measured]);
  return met;
}

static bool is_wanted(const shape *s, int argc, char **argv)
{
  bool any = false;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], s->name) == 0)
      return true;
    any = any || argv[i][0] != '-';
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
  size_t most = has_option("--quick", argc, argv) ? LENGTHS - 1 : LENGTHS;
  double megabytes, start = write_trace(path, &shapes[0], 0) ? least_time(path, &megabytes) : NAN;
  printf("adversarial: microseconds a record at 1,000, 10,000 and 100,000 records, without the %.0f ms to begin; the "
         "ratio of the last two (<= %g); MB\n",
         1e3 * start, ratio_goal);
  bool met = true;
  for (size_t i = 0; i < FTBLAB_COUNT(shapes); i++)
    if (is_wanted(&shapes[i], argc, argv))
      met = measure(path, &shapes[i], most, start) && met;
  unlink(path);
  rmdir(folder);
  return has_option("--strict", argc, argv) && !met ? 1 : 0;
}
