/* bench_check.c - what judging a trace costs, next to merely parsing its lines with cJSON.
 *
 * The traces are made here: instances of B.1.3, interleaved at random, from a fixed seed. What is compared is measured
 * in turns in the same minutes; medians of processor time count, and only ratios are judged. Usage: bench_check
 * [--quick] [--strict] [--facts] [--records N] [--open N] [--broken SHARE] [--keep FILE] */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "b13_trace.h"
#include "conformance.h"
#include "measure.h"

enum { ROUNDS = 5, RECORDS = 1000000, QUICK_RECORDS = 100000, OPEN_INSTANCES = 1024 };
enum { HOPELESS = 10 };                                        /* times as slow as cJSON: one round tells enough */
static const double reading_goal = 5, check_goal = 2.5;        /* times as fast as cJSON; the first is chosen */
static const double interleaved_limit = 1.5, broken_limit = 2; /* times as slow */
static const double instance_limit = 300;                      /* bytes */
static const double growth_limit = 1.1;                        /* memory of a trace to that of a third of it */

typedef struct settings {
  bool strict;
  ftblab_b13_trace trace;
  const char *keep; /* where the trace stays, or NULL */
} settings;

static bool write_trace(const char *path, const settings *s)
{
  FILE *file = fopen(path, "w");
  bool good = file != NULL && ftblab_b13_write(file, &s->trace);
  if (file != NULL)
    good = fclose(file) == 0 && good;
  return good;
}

/* ---- three ways through it ----------------------------------------------------------------------------- */

/* Seconds that cJSON needs for all lines; NAN: it failed. */
static double parse_with_cjson(const char *path)
{
  FILE *file = fopen(path, "r");
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  bool good = file != NULL;
  double begin = ftblab_processor_now();
  while (good && (length = getline(&line, &capacity, file)) > 0) {
    cJSON *tree = cJSON_ParseWithLength(line, (size_t)length);
    good = tree != NULL;
    cJSON_Delete(tree);
  }
  double end = ftblab_processor_now();
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
  double begin = ftblab_processor_now();
  bool more = true, good = file != NULL && ftblab_trace_reader_new(file, path, &reader, NULL) == FTBLAB_OK;
  while (good && more) {
    ftblab_record record;
    good = ftblab_trace_reader_next(reader, &record, &more, NULL) == FTBLAB_OK;
    count += good && more;
  }
  double end = ftblab_processor_now();
  ftblab_trace_reader_free(reader);
  if (file != NULL)
    fclose(file);
  return good && count == records ? end - begin : NAN;
}

/* Seconds of a whole `ftblab check`, and the most memory it had in bytes; NAN: it gave no verdict. */
static double check_trace(const char *path, double *memory)
{
  const char *const arguments[] = {FTBLAB_PROGRAM, "check", path, NULL};
  ftblab_cost cost = ftblab_run_child(&(ftblab_child){.arguments = arguments, .worst = 2, .input = -1});
  *memory = cost.memory;
  return cost.good ? cost.processor : NAN;
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static void print_cost(const char *what, double seconds, const settings *s)
{
  printf("%-36s %8.0f ns a record\n", what, 1e9 * seconds / (double)s->trace.records);
}

static bool measure(const char *path, const settings *s)
{
  double cjson[ROUNDS], reading[ROUNDS], check[ROUNDS], memory;
  for (size_t i = 0; i < ROUNDS; i++) {
    cjson[i] = parse_with_cjson(path);
    reading[i] = read_trace(path, s->trace.records);
    check[i] = i > 0 && check[0] > HOPELESS * cjson[0] ? check[0] : check_trace(path, &memory);
  }
  double base = ftblab_median(cjson, ROUNDS), read = ftblab_median(reading, ROUNDS),
         judge = ftblab_median(check, ROUNDS);
  print_cost("parsing each line with cJSON", base, s);
  print_cost("reading the trace", read, s);
  print_cost("ftblab check", judge, s);
  printf("figures\n");
  bool met = ftblab_print_figure("reading a trace, times as fast as cJSON alone", base / read, FTBLAB_TARGET_LEAST,
                                 reading_goal, "x");
  return ftblab_print_figure("ftblab check, times as fast as cJSON alone (aim: 5)", base / judge, FTBLAB_TARGET_LEAST,
                             check_goal, "x") &&
         met;
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
    of_shape.trace.open = shapes[i].open;
    of_shape.trace.broken = shapes[i].broken;
    of_shape.trace.records = s->trace.records / shapes[i].part;
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
    cost[i] = ftblab_median(shapes[i].seconds, ROUNDS);
  for (int i = ONE; i <= MANY; i++) {
    printf("%8lu instances open %25.0f ns a record\n", shapes[i].open, 1e9 * cost[i] / (double)s->trace.records);
    least = cost[i] < least ? cost[i] : least;
    most = cost[i] > most ? cost[i] : most;
  }
  printf("%8lu open, a third of them broken %12.0f ns a record\nfigures\n", shapes[BROKEN].open,
         1e9 * cost[BROKEN] / (double)s->trace.records);
  bool met = ftblab_print_figure("1 to 262,144 instances open, slowest to fastest", most / least, FTBLAB_TARGET_MOST,
                                 interleaved_limit, "x");
  met = ftblab_print_figure("a third of the instances broken, to none", cost[BROKEN] / cost[SOME], FTBLAB_TARGET_MOST,
                            broken_limit, "x") &&
        met;
  double bytes = (shapes[MANY].memory - shapes[ONE].memory) / (double)(shapes[MANY].open - shapes[ONE].open);
  met = ftblab_print_figure("memory of an open instance", bytes, FTBLAB_TARGET_MOST, instance_limit, " bytes") && met;
  double growth = shapes[SOME].memory / shapes[SHORT].memory;
  return ftblab_print_figure("memory, to that of a third of the trace", growth, FTBLAB_TARGET_MOST, growth_limit,
                             "x") &&
         met;
}

/* ---- the command line ---------------------------------------------------------------------------------- */

static bool take_arguments(int argc, char **argv, settings *s)
{
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    char *end = NULL;
    if (strcmp(argv[i], "--quick") == 0) {
      s->trace.records = QUICK_RECORDS;
      continue;
    }
    if (strcmp(argv[i], "--facts") == 0) {
      s->trace.facts = true;
      continue;
    }
    if (strcmp(argv[i], "--strict") == 0) {
      s->strict = true;
      continue;
    }
    if (value == NULL)
      return false;
    if (strcmp(argv[i], "--records") == 0)
      s->trace.records = strtoul(value, &end, 10);
    else if (strcmp(argv[i], "--open") == 0)
      s->trace.open = strtoul(value, &end, 10);
    else if (strcmp(argv[i], "--broken") == 0)
      s->trace.broken = strtod(value, &end);
    else if (strcmp(argv[i], "--keep") == 0)
      s->keep = value;
    else
      return false;
    if (end != NULL && (end == value || *end != '\0'))
      return false;
    i++;
  }
  return s->trace.records > 0 && s->trace.open > 0 && s->trace.broken >= 0 && s->trace.broken <= 1;
}

int main(int argc, char **argv)
{
  settings s = {.trace = {.records = RECORDS, .open = OPEN_INSTANCES}};
  if (!take_arguments(argc, argv, &s)) {
    fprintf(stderr, "usage: bench_check [--quick] [--strict] [--facts] [--records N] [--open N] [--broken SHARE] "
                    "[--keep FILE]\n");
    return 64;
  }
  char folder[256], path[320];
  struct stat file;
  if (!ftblab_scratch_folder(folder, sizeof folder)) {
    fprintf(stderr, "bench_check: %s: %s\n", folder, strerror(errno));
    return 70;
  }
  snprintf(path, sizeof path, "%s/trace.jsonl", folder);
  if (s.keep != NULL)
    snprintf(path, sizeof path, "%s", s.keep);
  bool good = write_trace(path, &s) && stat(path, &file) == 0;
  if (good)
    printf("check: %lu records of %.0f bytes, %lu instances open, %.0f %% of them broken\n", s.trace.records,
           (double)file.st_size / (double)s.trace.records, s.trace.open, 100 * s.trace.broken);
  else
    fprintf(stderr, "bench_check: %s: %s\n", path, strerror(errno));
  bool met = good && measure(path, &s);
  if (good && s.trace.records >= RECORDS / 2) /* with fewer, 262,144 instances would hardly begin */
    met = compare_shapes(folder, &s) && met;
  if (s.keep == NULL)
    unlink(path);
  rmdir(folder);
  return good ? s.strict && !met : 70;
}
