/* bench_run.c - what a whole `ftblab run` costs, next to the figures it must reach.
 *
 * Each run is a process. What is compared runs in turns in the same minutes, so that a machine that is slow for a
 * while is slow for both; medians count, and only differences and ratios are judged. Wall time is what a user waits
 * for; costs are processor time, which other programs disturb less. Usage: bench_run [--quick] [--strict] */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"
#include "measure.h"

enum { MOST_ROUNDS = 31, DEMO_ROUNDS = 21, SCALE_ROUNDS = 9, QUICK_ROUNDS = 3 };

/* A few nodes die over and over, so that the events and their deliveries are many enough to be measured and the same
 * on any number of nodes. The period is longer than a failure takes to be dealt with: silence, probes, diagnosis, and
 * a stress test are 540 s from the death to the return to service. */
enum { FAILING_NODES = 40, FAILURES_OF_A_NODE = 120, FEW_NODES = 1000, MANY_NODES = 100000 };
static const double pass_time = 0.05; /* seconds; chosen, so that a pass of a short trace is done many times */
static const double failure_period = 900, boot_time = 120, first_failure = 60;

static const char demo_scenario[] = FTBLAB_SOURCE_DIR "/scenarios/node-failure-job-continues.json";
static const char demo_platform[] = FTBLAB_SOURCE_DIR "/platforms/cluster-16.xml";

/* Run ARGUMENTS, which may end with an exit code of at most WORST. */
static ftblab_cost run(const char *const *arguments, int worst)
{
  return ftblab_run_child(&(ftblab_child){.arguments = arguments, .worst = worst, .input = -1});
}

/* ---- the demo over an empty program ---------------------------------------------------------------------- */

/* Milliseconds from start to verdict beyond an empty program; NAN: a run failed. */
static double measure_demo(size_t rounds)
{
  const char *const empty[] = {FTBLAB_EMPTY, demo_platform, NULL};
  const char *const demo[] = {FTBLAB_PROGRAM, "run", demo_scenario, NULL};
  double extra[MOST_ROUNDS], whole[MOST_ROUNDS];
  run(empty, 0); /* the first of each reads files that the disk alone has */
  run(demo, 0);
  for (size_t i = 0; i < rounds; i++) {
    ftblab_cost least = run(empty, 0), all = run(demo, 0);
    if (!least.good || !all.good)
      return NAN;
    whole[i] = 1000 * all.wall;
    extra[i] = 1000 * (all.wall - least.wall);
  }
  double middle = ftblab_median(extra, rounds);
  printf("16-node demo, start to verdict       %8.2f ms, an empty SimGrid program %.2f ms, %zu pairs\n",
         ftblab_median(whole, rounds), ftblab_median(whole, rounds) - middle, rounds);
  return middle;
}

/* ---- what judging takes of it ----------------------------------------------------------------------------- */

/* Read the trace at PATH, and judge it as a run does if SPEC is given. */
static bool pass(const char *path, const ftblab_spec *spec)
{
  FILE *file = fopen(path, "r");
  ftblab_trace_reader *reader = NULL;
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_trace_header header;
  ftblab_check_options options = {.summary = true, .counted = true}; /* as a run that prints text */
  bool more = true, good = file != NULL && ftblab_trace_reader_new(file, path, &reader, NULL) == FTBLAB_OK &&
                           ftblab_trace_reader_header(reader, &header, NULL) == FTBLAB_OK;
  if (good && spec != NULL)
    good = ftblab_checker_new(spec, &options, &header, &checker, NULL) == FTBLAB_OK;
  while (good && more) {
    ftblab_record record;
    good = ftblab_trace_reader_next(reader, &record, &more, NULL) == FTBLAB_OK;
    if (good && more && checker != NULL)
      good = ftblab_checker_add(checker, &record, NULL) == FTBLAB_OK;
  }
  if (good && checker != NULL)
    good = ftblab_checker_finish(checker, path, &verdict, NULL) == FTBLAB_OK;
  ftblab_verdict_free(verdict);
  ftblab_checker_free(checker);
  ftblab_trace_reader_free(reader);
  if (file != NULL)
    fclose(file);
  return good;
}

/* Seconds of a pass; NAN: it failed. */
static double time_of_pass(const char *path, const ftblab_spec *spec)
{
  size_t count = 0;
  double begin = ftblab_processor_now(), end = begin;
  for (; end - begin < pass_time; count++, end = ftblab_processor_now())
    if (!pass(path, spec))
      return NAN;
  return (end - begin) / (double)count;
}

/* How much of what running SCENARIO on PLATFORM (NULL: its own) costs is judging its trace, in percent of the rest;
 * NAN: a run failed. */
static double measure_share(const char *what, const char *scenario, const char *platform, const ftblab_spec *spec,
                            size_t rounds)
{
  char folder[256], trace[320];
  double whole[MOST_ROUNDS], judging[MOST_ROUNDS];
  bool good = ftblab_scratch_folder(folder, sizeof folder);
  snprintf(trace, sizeof trace, "%s/trace.jsonl", folder);
  const char *const own[] = {FTBLAB_PROGRAM, "run", "--trace", trace, scenario, NULL};
  const char *const other[] = {FTBLAB_PROGRAM, "run", "--platform", platform, "--trace", trace, scenario, NULL};
  for (size_t i = 0; i < rounds && good; i++) {
    ftblab_cost cost = run(platform != NULL ? other : own, 0);
    whole[i] = cost.processor;
    judging[i] = cost.good ? time_of_pass(trace, spec) - time_of_pass(trace, NULL) : NAN;
    good = !isnan(judging[i]);
  }
  unlink(trace);
  rmdir(folder);
  if (!good)
    return NAN;
  double run_cost = ftblab_median(whole, rounds), check_cost = ftblab_median(judging, rounds);
  printf("%-36s %8.2f ms of processor time, judging %.3f ms of it\n", what, 1000 * run_cost, 1000 * check_cost);
  fflush(stdout);
  return 100 * check_cost / (run_cost - check_cost);
}

/* ---- two sizes of cluster --------------------------------------------------------------------------------- */

typedef struct size {
  int nodes;
  char platform[512];
  double cost[MOST_ROUNDS];          /* of the faults in each round, seconds */
  unsigned long records, deliveries; /* that the faults add */
} size;

typedef struct bench {
  char folder[256];
  char scenario[320], verdict[320]; /* the scenario, and where verdicts go */
  size few, many;
} bench;

/* Nodes and links as in platforms/cluster-10000.xml. */
static bool write_platform(const char *path, int nodes)
{
  static const char cluster[] = "    <cluster id=\"%s\" prefix=\"%s\" suffix=\"\" radical=\"1-%d\" speed=\"10Gf\" "
                                "core=\"32\" bw=\"12.5GBps\" lat=\"1us\" sharing_policy=\"FATPIPE\" "
                                "router_id=\"%s-switch\">%s</cluster>\n";
  FILE *file = fopen(path, "w");
  if (file == NULL)
    return false;
  fprintf(file, "<?xml version=\"1.0\"?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                "<platform version=\"4.1\">\n  <zone id=\"site\" routing=\"Full\">\n");
  fprintf(file, cluster, "compute", "n", nodes, "compute", "");
  fprintf(file, cluster, "service", "login", 2, "service", "<prop id=\"ftblab\" value=\"service\"/>");
  fprintf(file, "    <link id=\"uplink\" bandwidth=\"400GBps\" latency=\"100ns\"/>\n"
                "    <zoneRoute src=\"compute\" dst=\"service\" gw_src=\"compute-switch\" gw_dst=\"service-switch\">"
                "<link_ctn id=\"uplink\"/></zoneRoute>\n  </zone>\n</platform>\n");
  return fclose(file) == 0;
}

/* Idle nodes all over the smaller cluster die and return, one after the other. */
static bool write_scenario(const char *path)
{
  FILE *file = fopen(path, "w");
  if (file == NULL)
    return false;
  fprintf(file,
          "{\"ftblab_scenario\": 1, \"title\": \"Idle nodes die and return\", \"platform\": {\"file\": \"none\"},\n"
          " \"components\": {\"Monitoring System\": {\"host\": \"login2\"}, "
          "\"Autonomic Script\": {\"host\": \"login2\"}},\n"
          " \"duration\": %.0f, \"faults\": [",
          first_failure + failure_period * (FAILURES_OF_A_NODE + 1));
  for (int i = 0; i < FAILURES_OF_A_NODE * FAILING_NODES; i++) {
    int node = i % FAILING_NODES;
    double at = first_failure + failure_period * (i / FAILING_NODES + (double)node / FAILING_NODES);
    fprintf(file, "%s\n  {\"kind\": \"node-crash\", \"node\": \"n%d\", \"at\": %.3f, \"returns_after\": %.0f}",
            i > 0 ? "," : "", 1 + node * (FEW_NODES / FAILING_NODES), at, boot_time);
  }
  fprintf(file, "]}\n");
  return fclose(file) == 0;
}

/* The number before WORD in TEXT, which says "7810 records" or "4800 delivered"; 0: no such. */
static unsigned long number_before(const char *text, const char *word)
{
  const char *at = strstr(text, word);
  while (at != NULL && at > text && at[-1] != ' ' && at[-1] != '\n')
    at--;
  while (at != NULL && at > text && at[-1] == ' ')
    at--;
  while (at != NULL && at > text && at[-1] >= '0' && at[-1] <= '9')
    at--;
  return at == NULL ? 0 : strtoul(at, NULL, 10);
}

/* What the account of the last run says. */
static bool read_counts(const bench *b, unsigned long *records, unsigned long *deliveries)
{
  char *text;
  size_t length;
  if (ftblab_read_file(b->verdict, &text, &length, NULL) != FTBLAB_OK)
    return false;
  *records = number_before(text, "records, ended");
  *deliveries = number_before(text, "delivered");
  free(text);
  return *records > 0;
}

/* One round: a run with the faults, and the same run cut off before the first of them: platform, scenario and start
 * alone. It must read the same scenario file, because where memory lies changes what loading a large platform costs. */
static bool measure_round(const bench *b, size *s, size_t round)
{
  const char *const faulty[] = {FTBLAB_PROGRAM, "run",      "--platform", s->platform,
                                "--output",     b->verdict, b->scenario,  NULL};
  const char *const cut[] = {FTBLAB_PROGRAM, "run",   "--platform", s->platform, "--output",
                             b->verdict,     "--set", "duration=1", b->scenario, NULL};
  unsigned long records, deliveries, early_records, early_deliveries;
  ftblab_cost with = run(faulty, 0);
  if (!with.good || !read_counts(b, &records, &deliveries))
    return false;
  ftblab_cost without = run(cut, 1); /* no fault has fired, which is not as expected */
  if (!without.good || !read_counts(b, &early_records, &early_deliveries))
    return false;
  s->cost[round] = with.processor - without.processor;
  s->records = records - early_records;
  s->deliveries = deliveries - early_deliveries;
  return s->records > 0;
}

static bool prepare(bench *b)
{
  if (!ftblab_scratch_folder(b->folder, sizeof b->folder)) {
    fprintf(stderr, "bench_run: %s: %s\n", b->folder, strerror(errno));
    return false;
  }
  b->few.nodes = FEW_NODES;
  b->many.nodes = MANY_NODES;
  snprintf(b->few.platform, sizeof b->few.platform, "%s/few.xml", b->folder);
  snprintf(b->many.platform, sizeof b->many.platform, "%s/many.xml", b->folder);
  snprintf(b->scenario, sizeof b->scenario, "%s/scenario.json", b->folder);
  snprintf(b->verdict, sizeof b->verdict, "%s/verdict", b->folder);
  return write_platform(b->few.platform, FEW_NODES) && write_platform(b->many.platform, MANY_NODES) &&
         write_scenario(b->scenario);
}

static void clean_up(const bench *b)
{
  unlink(b->few.platform);
  unlink(b->many.platform);
  unlink(b->scenario);
  unlink(b->verdict);
  rmdir(b->folder);
}

static double print_size(size *s, size_t rounds)
{
  double each = 1e6 * ftblab_median(s->cost, rounds) / (double)s->records;
  printf("run, %6d nodes                    %8.2f us a record, %lu records, %lu deliveries\n", s->nodes, each,
         s->records, s->deliveries);
  fflush(stdout);
  return each;
}

/* Cost of a record at many nodes over that at few, and the share of judging at few; NAN: a run failed, or the two did
 * not do the same. */
static double measure_scale(size_t rounds, const ftblab_spec *spec, double *share)
{
  bench b = {.folder = ""};
  bool good = prepare(&b);
  for (size_t i = 0; i < rounds && good; i++)
    good = measure_round(&b, &b.few, i) && measure_round(&b, &b.many, i);
  *share =
      good ? measure_share("run, 4,800 failures on 1,000 nodes", b.scenario, b.few.platform, spec, QUICK_ROUNDS) : NAN;
  if (*b.folder)
    clean_up(&b);
  if (!good)
    return NAN;
  double few = print_size(&b.few, rounds), many = print_size(&b.many, rounds);
  bool equal = b.few.deliveries == b.many.deliveries && b.few.records == b.many.records;
  printf("records and deliveries are %s at both sizes\n", equal ? "equally many" : "NOT equally many");
  return equal ? many / few : NAN;
}

static bool print_figures(double demo, double scale, double share, double long_share)
{
  printf("figures\n");
  bool met = ftblab_print_figure("16-node run beyond an empty SimGrid program", demo, FTBLAB_TARGET_MOST, 60, " ms");
  met =
      ftblab_print_figure("cost of a record of a run, 100,000 over 1,000 nodes", scale, FTBLAB_TARGET_MOST, 1.5, "x") &&
      met;
  met = ftblab_print_figure("judging the 16-node demo, of simulating it", share, FTBLAB_TARGET_MOST, 2, "%") && met;
  return ftblab_print_figure("judging 4,800 failures, of simulating them", long_share, FTBLAB_TARGET_MOST, 2, "%") &&
         met;
}

int main(int argc, char **argv)
{
  bool quick = false, strict = false;
  for (int i = 1; i < argc; i++) {
    quick = quick || strcmp(argv[i], "--quick") == 0;
    strict = strict || strcmp(argv[i], "--strict") == 0;
    if (strcmp(argv[i], "--quick") != 0 && strcmp(argv[i], "--strict") != 0) {
      fprintf(stderr, "usage: bench_run [--quick] [--strict]\n");
      return 64;
    }
  }
  ftblab_spec *spec = NULL;
  if (ftblab_spec_load(&spec, NULL) != FTBLAB_OK)
    return 70;
  printf("run: whole processes, in turns\n");
  double demo = measure_demo(DEMO_ROUNDS), share, long_share;
  share = measure_share("16-node demo", demo_scenario, NULL, spec, SCALE_ROUNDS);
  double scale = measure_scale(quick ? QUICK_ROUNDS : SCALE_ROUNDS, spec, &long_share);
  ftblab_spec_free(spec);
  bool met = print_figures(demo, scale, share, long_share);
  return strict && !met ? 1 : 0;
}
