/* bench_check.c - what judging a trace costs, next to merely parsing its lines with cJSON.
 *
 * The traces are made here: instances of B.1.3, interleaved at random, from a fixed seed. What is compared is measured
 * in turns in the same minutes; medians of processor time count, and only ratios are judged. Usage: bench_check
 * [--quick] [--strict] [--facts] [--records N] [--open N] [--broken SHARE] [--keep FILE] */
#define _DEFAULT_SOURCE /* wait4, mkdtemp */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance.h"

enum { ROUNDS = 5, RECORDS = 1000000, QUICK_RECORDS = 100000, OPEN_INSTANCES = 1024 };
enum { HOPELESS = 10 };                                        /* times as slow as cJSON: one round tells enough */
static const double reading_goal = 5, check_goal = 2.5;        /* times as fast as cJSON; the first is chosen */
static const double interleaved_limit = 1.5, broken_limit = 2; /* times as slow */
static const double instance_limit = 300;                      /* bytes */
static const double growth_limit = 1.1;                        /* memory of a trace to that of a third of it */

typedef struct settings {
  bool strict, facts;          /* facts: with JOB_STARTED, NODE_FAILED and NODE_RETURNED */
  unsigned long records, open; /* of the trace; how many of its instances are open at a time */
  double broken;               /* which share of its instances lacks a row */
  const char *keep;            /* where the trace stays, or NULL */
} settings;

/* ---- a trace ------------------------------------------------------------------------------------- */

typedef enum payload_kind { NODE, NODE_JOB, NODE_JOB_RANKS } payload_kind;

typedef struct row {
  const char *component, *action, *event;
  payload_kind payload;
} row;

/* B.1.3 with its facts, in an order that its table allows. */
static const row rows[] = {
    {"site", "fact", "JOB_STARTED", NODE_JOB_RANKS},
    {"site", "fact", "NODE_FAILED", NODE},
    {"Monitoring System", "throw", "CHECK_NODES_DEAD", NODE},
    {"RM/JS", "catch", "CHECK_NODES_DEAD", NODE},
    {"Autonomic Script", "catch", "CHECK_NODES_DEAD", NODE},
    {"Autonomic Script", "throw", "CONFIRM_NODES_DEAD", NODE},
    {"RM/JS", "catch", "CONFIRM_NODES_DEAD", NODE},
    {"Monitoring System", "catch", "CONFIRM_NODES_DEAD", NODE},
    {"Autonomic Script", "catch", "CONFIRM_NODES_DEAD", NODE},
    {"RM/JS", "throw", "RM_JOBS_DEAD", NODE_JOB},
    {"MPI", "catch", "RM_JOBS_DEAD", NODE_JOB},
    {"MPI", "throw", "MPI_RANKS_DEAD", NODE_JOB_RANKS},
    {"Application", "catch", "MPI_RANKS_DEAD", NODE_JOB_RANKS},
    {"site", "fact", "NODE_RETURNED", NODE},
    {"Autonomic Script", "throw", "CONFIRM_NODES_ALIVE", NODE},
    {"RM/JS", "catch", "CONFIRM_NODES_ALIVE", NODE},
    {"Monitoring System", "catch", "CONFIRM_NODES_ALIVE", NODE},
    {"RM/JS", "throw", "RM_JOBS_RUNNING", NODE_JOB},
    {"MPI", "catch", "RM_JOBS_RUNNING", NODE_JOB},
    {"Application", "catch", "RM_JOBS_RUNNING", NODE_JOB},
};
enum { FIRST_LOST = 3 }; /* of the rows one of which is lost in a broken instance: behind the trigger */

typedef struct instance {
  unsigned long number;
  size_t next, lost; /* rows; lost is behind the last where nothing is */
} instance;

static void begin_instance(instance *i, unsigned long number, double broken, ftblab_random *random)
{
  bool lacks = ftblab_random_uniform(random) < broken;
  size_t lost = FIRST_LOST + (size_t)ftblab_random_below(random, FTBLAB_COUNT(rows) - FIRST_LOST);
  *i = (instance){.number = number, .lost = lacks ? lost : FTBLAB_COUNT(rows)};
}

/* Keys and marks as `ftblab run --trace` writes them. */
static void write_record(FILE *file, const row *r, const instance *i, unsigned long line)
{
  unsigned long n = i->number, rank = 8 * (n % 16);
  fprintf(file, "{\"t\": %lu.%06lu, \"component\": \"%s\", \"action\": \"%s\", \"event\": \"%s\", \"payload\": ",
          1000 + line / 1000, 1000 * (line % 1000) + n % 1000, r->component, r->action, r->event);
  if (r->payload == NODE)
    fprintf(file, "\"nodes: {n%lu}\"", n);
  else if (r->payload == NODE_JOB)
    fprintf(file, "\"nodes: {n%lu}, jobs: {j%lu}\"", n, n);
  else
    fprintf(file, "\"nodes: {n%lu}, jobs: {j%lu}, ranks: {%lu-%lu}\"", n, n, rank, rank + 7);
  fprintf(file, ", \"seq\": %lu}\n", line);
}

static bool write_records(FILE *file, const settings *s, instance *open)
{
  ftblab_random random;
  ftblab_random_seed(&random, 1, "bench_check");
  unsigned long instances = 0, line = 0;
  fprintf(file, "{\"ftblab_trace\": 1, \"source\": \"bench_check\", \"observes\": [\"throw\", \"catch\"]}\n");
  for (unsigned long i = 0; i < s->open; i++)
    begin_instance(&open[i], ++instances, s->broken, &random);
  while (line < s->records) {
    instance *i = &open[ftblab_random_below(&random, s->open)];
    while (i->next < FTBLAB_COUNT(rows) &&
           (i->next == i->lost || (!s->facts && strcmp(rows[i->next].action, "fact") == 0)))
      i->next++;
    if (i->next < FTBLAB_COUNT(rows))
      write_record(file, &rows[i->next++], i, ++line);
    if (i->next >= FTBLAB_COUNT(rows))
      begin_instance(i, ++instances, s->broken, &random);
  }
  return !ferror(file);
}

static bool write_trace(const char *path, const settings *s)
{
  FILE *file = fopen(path, "w");
  instance *open = malloc(s->open * sizeof *open);
  bool good = file != NULL && open != NULL && write_records(file, s, open);
  if (file != NULL)
    good = fclose(file) == 0 && good;
  free(open);
  return good;
}

/* ---- three ways through it ----------------------------------------------------------------------------- */

static double processor_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that cJSON needs for all lines; NAN: it failed. */
static double parse_with_cjson(const char *path)
{
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  bool good = file != NULL;
  double begin = processor_now();
  while (good && (length = getline(&line, &capacity, file)) > 0) {
    cJSON *tree = cJSON_ParseWithLength(line, (size_t)length);
    good = tree != NULL;
    cJSON_Delete(tree);
  }
  double end = processor_now();
  free(line);
  if (file != NULL)
    fclose(file);
  return good ? end - begin : NAN;
}

/* Seconds that the trace reader needs; NAN: it failed, or read another number of records. */
static double read_trace(const char *path, unsigned long records)
{
  FILE *file = fopen(path, "r");
  ftblab_trace_reader *reader = NULL;
  unsigned long count = 0;
  double begin = processor_now();
  bool more = true, good = file != NULL && ftblab_trace_reader_new(file, path, &reader, NULL) == FTBLAB_OK;
  while (good && more) {
    ftblab_record record;
    good = ftblab_trace_reader_next(reader, &record, &more, NULL) == FTBLAB_OK;
    count += good && more;
  }
  double end = processor_now();
  ftblab_trace_reader_free(reader);
  if (file != NULL)
    fclose(file);
  return good && count == records ? end - begin : NAN;
}

/* Seconds of a whole `ftblab check`, and the most memory it had in bytes; NAN: it gave no verdict. */
static double check_trace(const char *path, double *memory)
{
  const char *const arguments[] = {FTBLAB_PROGRAM, "check", path, NULL};
  struct rusage usage;
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0 && dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0)
      execv(arguments[0], (char *const *)arguments);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 2)
    return NAN;
  *memory = 1024.0 * (double)usage.ru_maxrss;
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

/* NAN if one of them is. */
static double median(double *values, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (isnan(values[i]))
      return NAN;
  qsort(values, count, sizeof *values, compare_doubles);
  return values[count / 2];
}

static void print_cost(const char *what, double seconds, const settings *s)
{
  printf("%-36s %8.0f ns a record\n", what, 1e9 * seconds / (double)s->records);
}

/* The same; TARGET is a ceiling. */
static bool print_limit(const char *what, double value, double limit, const char *unit)
{
  bool met = value < limit;
  printf("  %-58s %9.2f%s  < %g%s  %s\n", what, value, unit, limit, unit, met ? "pass" : "MISSED");
  fflush(stdout);
  return met;
}

/* One line of the table; TARGET is a floor. */
static bool print_figure(const char *what, double value, double target)
{
  bool met = value > target;
  printf("  %-58s %9.2fx  > %gx  %s\n", what, value, target, met ? "pass" : "MISSED");
  fflush(stdout);
  return met;
}

static bool measure(const char *path, const settings *s)
{
  double cjson[ROUNDS], reading[ROUNDS], check[ROUNDS], memory;
  for (size_t i = 0; i < ROUNDS; i++) {
    cjson[i] = parse_with_cjson(path);
    reading[i] = read_trace(path, s->records);
    check[i] = i > 0 && check[0] > HOPELESS * cjson[0] ? check[0] : check_trace(path, &memory);
  }
  double base = median(cjson, ROUNDS), read = median(reading, ROUNDS), judge = median(check, ROUNDS);
  print_cost("parsing each line with cJSON", base, s);
  print_cost("reading the trace", read, s);
  print_cost("ftblab check", judge, s);
  printf("figures\n");
  bool met = print_figure("reading a trace, times as fast as cJSON alone", base / read, reading_goal);
  return print_figure("ftblab check, times as fast as cJSON alone (aim: 5)", base / judge, check_goal) && met;
}

/* ---- how the cost depends on the trace ----------------------------------------------------------------- */

typedef struct shape {
  unsigned long open;
  double broken;
  unsigned long part; /* the trace has so many times fewer records */
  double seconds[ROUNDS], memory;
} shape;

enum { ONE, FEW, SOME, MANY, BROKEN, SHORT, SHAPES };

static bool measure_shapes(const char *folder, const settings *s, shape shapes[SHAPES])
{
  char paths[SHAPES][360];
  bool good = true;
  for (int i = 0; i < SHAPES; i++) {
    settings of_shape = *s;
    of_shape.open = shapes[i].open;
    of_shape.broken = shapes[i].broken;
    of_shape.records = s->records / shapes[i].part;
    snprintf(paths[i], sizeof paths[i], "%s/shape-%d.jsonl", folder, i);
    good = good && write_trace(paths[i], &of_shape);
  }
  for (int round = 0; round < ROUNDS && good; round++)
    for (int i = 0; i < SHAPES; i++)
      shapes[i].seconds[round] = check_trace(paths[i], &shapes[i].memory);
  for (int i = 0; i < SHAPES; i++)
    unlink(paths[i]);
  return good;
}

/* Interleaving, broken instances, memory. */
static bool compare_shapes(const char *folder, const settings *s)
{
  shape shapes[SHAPES] = {[ONE] = {.open = 1, .part = 1},
                          [FEW] = {.open = 64, .part = 1},
                          [SOME] = {.open = 4096, .part = 1},
                          [MANY] = {.open = 262144, .part = 1},
                          [BROKEN] = {.open = 4096, .broken = 1.0 / 3, .part = 1},
                          [SHORT] = {.open = 4096, .part = 3}};
  double cost[SHAPES], least = INFINITY, most = 0;
  if (!measure_shapes(folder, s, shapes))
    return false;
  for (int i = 0; i < SHAPES; i++)
    cost[i] = median(shapes[i].seconds, ROUNDS);
  for (int i = ONE; i <= MANY; i++) {
    printf("%8lu instances open %25.0f ns a record\n", shapes[i].open, 1e9 * cost[i] / (double)s->records);
    least = cost[i] < least ? cost[i] : least;
    most = cost[i] > most ? cost[i] : most;
  }
  printf("%8lu open, a third of them broken %12.0f ns a record\nfigures\n", shapes[BROKEN].open,
         1e9 * cost[BROKEN] / (double)s->records);
  bool met = print_limit("1 to 262,144 instances open, slowest to fastest", most / least, interleaved_limit, "x");
  met = print_limit("a third of the instances broken, to none", cost[BROKEN] / cost[SOME], broken_limit, "x") && met;
  double bytes = (shapes[MANY].memory - shapes[ONE].memory) / (double)(shapes[MANY].open - shapes[ONE].open);
  met = print_limit("memory of an open instance", bytes, instance_limit, " bytes") && met;
  double growth = shapes[SOME].memory / shapes[SHORT].memory;
  return print_limit("memory, to that of a third of the trace", growth, growth_limit, "x") && met;
}

/* ---- the command line ---------------------------------------------------------------------------------- */

static bool take_arguments(int argc, char **argv, settings *s)
{
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    char *end = NULL;
    if (strcmp(argv[i], "--quick") == 0) {
      s->records = QUICK_RECORDS;
      continue;
    }
    if (strcmp(argv[i], "--facts") == 0) {
      s->facts = true;
      continue;
    }
    if (strcmp(argv[i], "--strict") == 0) {
      s->strict = true;
      continue;
    }
    if (value == NULL)
      return false;
    if (strcmp(argv[i], "--records") == 0)
      s->records = strtoul(value, &end, 10);
    else if (strcmp(argv[i], "--open") == 0)
      s->open = strtoul(value, &end, 10);
    else if (strcmp(argv[i], "--broken") == 0)
      s->broken = strtod(value, &end);
    else if (strcmp(argv[i], "--keep") == 0)
      s->keep = value;
    else
      return false;
    if (end != NULL && (end == value || *end != '\0'))
      return false;
    i++;
  }
  return s->records > 0 && s->open > 0 && s->broken >= 0 && s->broken <= 1;
}

int main(int argc, char **argv)
{
  settings s = {.records = RECORDS, .open = OPEN_INSTANCES};
  if (!take_arguments(argc, argv, &s)) {
    fprintf(stderr, "usage: bench_check [--quick] [--strict] [--facts] [--records N] [--open N] [--broken SHARE] "
                    "[--keep FILE]\n");
    return 64;
  }
  const char *base = getenv("TMPDIR");
  char folder[256], path[320];
  struct stat file;
  snprintf(folder, sizeof folder, "%s/ftblab-bench-XXXXXX", base != NULL && *base ? base : P_tmpdir);
  if (mkdtemp(folder) == NULL) {
    fprintf(stderr, "bench_check: %s: %s\n", folder, strerror(errno));
    return 70;
  }
  snprintf(path, sizeof path, "%s/trace.jsonl", folder);
  if (s.keep != NULL)
    snprintf(path, sizeof path, "%s", s.keep);
  bool good = write_trace(path, &s) && stat(path, &file) == 0;
  if (good)
    printf("check: %lu records of %.0f bytes, %lu instances open, %.0f %% of them broken\n", s.records,
           (double)file.st_size / (double)s.records, s.open, 100 * s.broken);
  else
    fprintf(stderr, "bench_check: %s: %s\n", path, strerror(errno));
  bool met = good && measure(path, &s);
  if (good && s.records >= RECORDS / 2) /* with fewer, 262,144 instances would hardly begin */
    met = compare_shapes(folder, &s) && met;
  if (s.keep == NULL)
    unlink(path);
  rmdir(folder);
  return good ? s.strict && !met : 70;
}
