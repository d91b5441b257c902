/* bench_study.c - what replicas of a study cost, next to the figures they must reach.
 *
 * Three ways to run the same replica of the same scenario, on 16 and on 1,000 nodes, in turns in the same minutes: a
 * process of its own (ftblab run), a fork after one platform load (ftblab study), and the bare simulation with its
 * judgement, measured inside of a process that has loaded the platform itself. Costs are processor time of all
 * processes together, which other programs disturb less than wall time. Then resuming a finished study with a million
 * rows. Last, the control plane alone: a sweep on 16 nodes and whether it agrees with full simulations, a month on
 * 1,024 nodes, and how studies of both use two processors and how much memory. What they use is held against what two
 * processes get that do nothing but compute, just before and behind: other programs may run as well.
 * Usage: bench_study [--quick] [--strict] */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "measure.h"
#include "replica.h"

enum { MOST_ROUNDS = 15, ROUNDS = 7, QUICK_ROUNDS = 3, RUNS = 10, REPLICAS = 300, ROWS = 1000000 };
/* Replicas of the control plane alone; the iterations give such a replica of the sweep about 1,000 events. */
enum { SWEEP = 100, QUICK_SWEEP = 1000, LONG_SWEEP = 10000, MONTHS = 3, MANY_MONTHS = 20, ITERATIONS = 18000 };
enum { SAMPLE = 20, SAMPLE_ITERATIONS = 900 }; /* replicas that are simulated both ways, of a shorter job */

typedef struct bench {
  char folder[256];
  char platform[320], scenario[320], study[320], results[320], full[320];
} bench;

static ftblab_cost run(const char *const *arguments)
{
  return ftblab_run_child(&(ftblab_child){.arguments = arguments, .input = -1});
}

/* ---- files ------------------------------------------------------------------------------------------ */

static bool write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  bool good = file != NULL && fputs(text, file) >= 0;
  return file != NULL && fclose(file) == 0 && good;
}

/* NODES for jobs, and service nodes PREFIX1 ... */
static bool write_platform(const char *path, int nodes, const char *prefix, int services)
{
  char text[2000];
  snprintf(text, sizeof text,
           "<?xml version=\"1.0\"?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
           "<platform version=\"4.1\">\n  <zone id=\"site\" routing=\"Full\">\n"
           "    <cluster id=\"compute\" prefix=\"n\" suffix=\"\" radical=\"1-%d\" speed=\"10Gf\" core=\"32\" "
           "bw=\"12.5GBps\" lat=\"1us\" router_id=\"compute-switch\"/>\n"
           "    <cluster id=\"service\" prefix=\"%s\" suffix=\"\" radical=\"1-%d\" speed=\"10Gf\" core=\"32\" "
           "bw=\"12.5GBps\" lat=\"1us\" router_id=\"service-switch\">"
           "<prop id=\"ftblab\" value=\"service\"/></cluster>\n"
           "    <link id=\"uplink\" bandwidth=\"400GBps\" latency=\"100ns\"/>\n"
           "    <zoneRoute src=\"compute\" dst=\"service\" gw_src=\"compute-switch\" gw_dst=\"service-switch\">"
           "<link_ctn id=\"uplink\"/></zoneRoute>\n  </zone>\n</platform>\n",
           nodes, prefix, services);
  return write_file(path, text);
}

/* A job that checkpoints to SERVERS and loses a node each time that one of its platform fails. */
static bool write_control(const char *path, int nodes, int servers, int iterations, int interval, const char *mtbf)
{
  char text[2000], names[400] = "";
  for (int i = 1; i <= servers; i++)
    snprintf(names + strlen(names), sizeof names - strlen(names), "%s\"oss%d\"", i > 1 ? ", " : "", i);
  snprintf(text, sizeof text,
           "{\"ftblab_scenario\": 1, \"title\": \"The control plane alone\", \"platform\": {\"file\": "
           "\"platform.xml\"}, \"control_plane_only\": true,\n"
           " \"storage\": {\"kind\": \"parallel-file-system\", \"servers\": [%s], \"read_bandwidth\": 12.5e9, "
           "\"write_bandwidth\": 12.5e9},\n"
           " \"components\": {\"C/R Library\": {\"enabled\": false}},\n"
           " \"jobs\": [{\"name\": \"j1\", \"nodes\": %d, \"image_bytes\": 4e9, \"recovery\": \"checkpoint\", "
           "\"checkpoint\": {\"interval\": %d}, \"application\": {\"kind\": \"stencil\", \"iterations\": %d, "
           "\"flops\": 5e11, \"halo_bytes\": 1e6}}],\n"
           " \"failures\": [{\"law\": \"exponential:mtbf=%s\", \"repair\": \"constant:mean=20min\"}], "
           "\"duration\": 1e7}\n",
           names, nodes, interval, iterations, mtbf);
  return write_file(path, text);
}

/* A job that loses a node and is started again. */
static const char scenario_text[] =
    "{\"ftblab_scenario\": 1, \"title\": \"A node dies under a job\", \"platform\": {\"file\": \"platform.xml\"},\n"
    " \"backplane\": {\"channel\": {\"delay_mean\": 0.001}},\n"
    " \"jobs\": [{\"name\": \"j1\", \"nodes\": 4, \"requeue\": true, \"application\": {\"kind\": \"stencil\", "
    "\"iterations\": 25, \"flops\": 50000000000.0, \"halo_bytes\": 1000000.0}}],\n"
    " \"faults\": [{\"kind\": \"node-crash\", \"node\": \"n2\", \"at\": 60, \"returns_after\": 120}], "
    "\"duration\": 3000}\n";

/* SET: changes to the scenario, as JSON. */
static bool write_study_with(const char *path, int replicas, const char *set)
{
  char text[300];
  snprintf(text, sizeof text,
           "{\"ftblab_study\": 1, \"title\": \"Bench\", \"scenario\": \"scenario.json\", \"replicas\": %d, "
           "\"set\": %s}\n",
           replicas, set);
  return write_file(path, text);
}

static bool write_study(const char *path, int replicas)
{
  return write_study_with(path, replicas, "{}");
}

static bool prepare(bench *b)
{
  if (!ftblab_scratch_folder(b->folder, sizeof b->folder)) {
    fprintf(stderr, "bench_study: %s: %s\n", b->folder, strerror(errno));
    return false;
  }
  snprintf(b->platform, sizeof b->platform, "%s/platform.xml", b->folder);
  snprintf(b->scenario, sizeof b->scenario, "%s/scenario.json", b->folder);
  snprintf(b->study, sizeof b->study, "%s/study.json", b->folder);
  snprintf(b->results, sizeof b->results, "%s/results", b->folder);
  snprintf(b->full, sizeof b->full, "%s/full", b->folder);
  return write_file(b->scenario, scenario_text);
}

static void remove_results_in(const char *folder)
{
  char path[400];
  static const char *const names[] = {"/study.sqlite", "/study.sqlite-journal", "/lock"};
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++) {
    snprintf(path, sizeof path, "%s%s", folder, names[i]);
    unlink(path);
  }
  rmdir(folder);
}

static void remove_results(const bench *b)
{
  remove_results_in(b->results);
}

static void clean_up(const bench *b)
{
  remove_results(b);
  remove_results_in(b->full);
  unlink(b->platform);
  unlink(b->scenario);
  unlink(b->study);
  rmdir(b->folder);
}

/* ---- three ways ----------------------------------------------------------------------------------------- */

/* Processor time of one bare simulation and its judgement, in a process of its own that forks no more. */
static double measure_bare(const bench *b)
{
  int ends[2];
  double spent = NAN;
  if (pipe(ends) != 0)
    return NAN;
  fflush(stdout); /* else the child's copy is written, too */
  pid_t child = fork();
  if (child == 0) {
    ftblab_scenario *scenario;
    ftblab_cluster *cluster;
    ftblab_spec *spec;
    ftblab_text message = {0};
    if (ftblab_spec_load(&spec, NULL) != FTBLAB_OK ||
        ftblab_scenario_read(b->scenario, NULL, &scenario, NULL) != FTBLAB_OK ||
        ftblab_cluster_load(scenario, &cluster, NULL) != FTBLAB_OK)
      _exit(1);
    double begin = ftblab_processor_now();
    ftblab_replica_run(cluster, scenario, spec, (ftblab_task){0}, &message);
    spent = ftblab_processor_now() - begin;
    _exit(write(ends[1], &spent, sizeof spent) == (ssize_t)sizeof spent ? 0 : 1);
  }
  close(ends[1]);
  if (child < 0 || read(ends[0], &spent, sizeof spent) != (ssize_t)sizeof spent)
    spent = NAN;
  close(ends[0]);
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
    continue;
  return spent;
}

/* Processor time of a replica: of a whole study less that of one with a single replica, which is its start. */
static double measure_study(const bench *b)
{
  const char *const study[] = {FTBLAB_PROGRAM, "study", "-j1", "--out", b->results, b->study, NULL};
  remove_results(b);
  bool good = write_study(b->study, 1);
  ftblab_cost one = run(study);
  remove_results(b);
  good = good && write_study(b->study, REPLICAS + 1);
  ftblab_cost all = run(study);
  remove_results(b);
  return good && one.good && all.good ? (all.processor - one.processor) / REPLICAS : NAN;
}

static double measure_process(const bench *b)
{
  const char *const alone[] = {FTBLAB_PROGRAM, "run", b->scenario, NULL};
  double sum = 0;
  for (int i = 0; i < RUNS; i++) {
    ftblab_cost one = run(alone);
    sum += one.good ? one.processor : NAN;
  }
  return sum / RUNS;
}

typedef struct ratios {
  double gain, overhead;
} ratios;

static ratios measure_size(bench *b, int nodes, size_t rounds)
{
  double process[MOST_ROUNDS], forked[MOST_ROUNDS], bare[MOST_ROUNDS], gain[MOST_ROUNDS], overhead[MOST_ROUNDS];
  if (!write_platform(b->platform, nodes - 1, "login", 1))
    return (ratios){NAN, NAN};
  for (size_t i = 0; i < rounds; i++) {
    double several[RUNS];
    process[i] = measure_process(b);
    forked[i] = measure_study(b);
    for (int j = 0; j < RUNS; j++)
      several[j] = measure_bare(b);
    bare[i] = ftblab_median(several, RUNS);
    gain[i] = process[i] / forked[i];
    overhead[i] = forked[i] / bare[i];
    if (isnan(gain[i]) || isnan(overhead[i]))
      return (ratios){NAN, NAN};
  }
  printf("replica on %4d nodes: %6.2f ms as a process, %5.2f ms forked (%.0f a second and core), %5.2f ms bare\n",
         nodes, 1e3 * ftblab_median(process, rounds), 1e3 * ftblab_median(forked, rounds),
         1 / ftblab_median(forked, rounds), 1e3 * ftblab_median(bare, rounds));
  fflush(stdout);
  return (ratios){ftblab_median(gain, rounds), ftblab_median(overhead, rounds)};
}

/* ---- a finished study of a million rows ------------------------------------------------------------------- */

/* Rows as a study of ROWS replicas would have left them, but all alike: what they hold costs nothing to resume. */
static bool fill(const bench *b)
{
  char path[400], sql[1000];
  sqlite3 *db = NULL;
  static const char *const studies[] = {FTBLAB_PROGRAM, "study", "-j1", "--out", NULL, NULL, NULL};
  const char *study[FTBLAB_COUNT(studies)];
  memcpy(study, studies, sizeof study);
  study[4] = b->results;
  study[5] = b->study;
  snprintf(path, sizeof path, "%s/study.sqlite", b->results);
  if (!write_platform(b->platform, 15, "login", 1) || !write_study(b->study, ROWS))
    return false;
  pid_t child = fork(); /* begin it; it is stopped as soon as its first rows are there */
  if (child == 0) {
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execv(study[0], (char *const *)study);
    _exit(127);
  }
  sleep(3);
  kill(child, SIGINT);
  waitpid(child, NULL, 0);
  snprintf(sql, sizeof sql,
           "CREATE TEMP TABLE one AS SELECT * FROM replicas WHERE point = 1 AND replica = 1;"
           "DELETE FROM replicas;"
           "CREATE TEMP TABLE many AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
           "SELECT i FROM n;",
           ROWS);
  bool good = sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
  /* every column but the replica's number as in the first row */
  ftblab_text insert = {0};
  sqlite3_stmt *columns = NULL;
  ftblab_text_add(&insert, "INSERT INTO replicas SELECT ");
  good =
      good && sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info('replicas')", -1, &columns, NULL) == SQLITE_OK;
  for (int i = 0; good && sqlite3_step(columns) == SQLITE_ROW; i++) {
    const char *name = (const char *)sqlite3_column_text(columns, 0);
    ftblab_text_addf(&insert, "%s%s", i > 0 ? ", " : "", strcmp(name, "replica") == 0 ? "i" : name);
  }
  sqlite3_finalize(columns);
  ftblab_text_add(&insert, " FROM one, many");
  good = good && !insert.failed && sqlite3_exec(db, insert.data, NULL, NULL, NULL) == SQLITE_OK;
  ftblab_text_free(&insert);
  sqlite3_close(db);
  const char *const resume[] = {FTBLAB_PROGRAM, "study", "--resume", "--out", b->results, b->study, NULL};
  return good && run(resume).good; /* sums up the rows, and is finished */
}

static double measure_resume(const bench *b, size_t rounds)
{
  const char *const resume[] = {FTBLAB_PROGRAM, "study", "--resume", "--out", b->results, b->study, NULL};
  double wall[MOST_ROUNDS];
  if (!fill(b))
    return NAN;
  for (size_t i = 0; i < rounds; i++) {
    ftblab_cost one = run(resume);
    if (!one.good)
      return NAN;
    wall[i] = one.wall;
  }
  return ftblab_median(wall, rounds);
}

/* ---- the control plane alone ------------------------------------------------------------------------------- */

/* What SQL gives, over the rows that are there, with those of the full simulations as `whole`; NAN: nothing. */
static double ask(const bench *b, const char *sql)
{
  char path[400], attach[400];
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  double value = NAN;
  snprintf(path, sizeof path, "%s/study.sqlite", b->results);
  snprintf(attach, sizeof attach, "ATTACH '%s/study.sqlite' AS whole", b->full);
  bool good = sqlite3_open(path, &db) == SQLITE_OK &&
              (access(b->full, R_OK) != 0 || sqlite3_exec(db, attach, NULL, NULL, NULL) == SQLITE_OK) &&
              sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK;
  if (good && sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
    value = sqlite3_column_double(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return value;
}

static double mean_of(const bench *b, const char *metric)
{
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT avg(%s) FROM results", metric);
  return ask(b, sql);
}

static ftblab_cost run_in(const bench *b, const char *folder, const char *jobs)
{
  const char *const study[] = {FTBLAB_PROGRAM, "study", jobs, "--out", folder, b->study, NULL};
  remove_results_in(folder);
  return ftblab_run_child(&(ftblab_child){.arguments = study, .input = -1, .worst = 1}); /* 1: a trace violates */
}

/* A study of so many replicas with JOBS at once; its results stay. */
static ftblab_cost run_study(const bench *b, int replicas, const char *jobs)
{
  return write_study(b->study, replicas) ? run_in(b, b->results, jobs) : (ftblab_cost){.good = false};
}

typedef struct control_cost {
  double seconds;         /* of a processor, for a replica */
  double events, records; /* of a replica */
} control_cost;

/* A replica's cost: of a whole study less that of one with a single replica. */
static control_cost measure_control(const bench *b, int replicas)
{
  ftblab_cost one = run_study(b, 1, "-j1"), all = run_study(b, replicas + 1, "-j1");
  if (!one.good || !all.good)
    return (control_cost){NAN, NAN, NAN};
  return (control_cost){(all.processor - one.processor) / replicas, mean_of(b, "events"), mean_of(b, "records")};
}

/* What a study does with two processors. */
typedef struct both {
  double use, growth;
} both;

/* The part of two processors that two processes get which only compute. */
static double measure_free(void)
{
  static const char *const spin[] = {"/bin/sh", "-c",
                                     "i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done & "
                                     "i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done; wait",
                                     NULL};
  ftblab_cost cost = ftblab_run_child(&(ftblab_child){.arguments = spin, .input = -1});
  return cost.good ? cost.processor / (2 * cost.wall) : NAN;
}

/* Of a study with so many replicas, and with few of them. */
static both measure_both(const bench *b, int few, int many)
{
  double before = measure_free();
  ftblab_cost one = run_study(b, few, "-j2"), all = run_study(b, many, "-j2");
  double free = (before + measure_free()) / 2;
  if (!one.good || !all.good)
    return (both){NAN, NAN};
  printf(
      "%d replicas at two processors: %.1f s, %.1f of them of processors (%.0f %%; two loops get %.0f %%), %.0f MB\n",
      many, all.wall, all.processor, 50 * all.processor / all.wall, 100 * free, all.memory / 1e6);
  fflush(stdout);
  return (both){all.processor / (2 * all.wall) / free, all.memory / one.memory};
}

/* What the figures of the control plane are made of. */
typedef struct control_figures {
  double events, records; /* replicas a second, of 1,000 of them */
  double apart;           /* metrics that are outside of the full simulations' interval */
  double month;
  both sweep, months;
} control_figures;

/* Metrics whose mean is outside of the 95 % interval of the full simulations on the same seeds; of what hardly varies,
 * and has no interval to speak of, by more than a thousandth (as tests/control-plane has it). */
static double measure_agreement(const bench *b)
{
  remove_results_in(b->full);
  if (!write_control(b->scenario, 8, 2, SAMPLE_ITERATIONS, 900, "20h") ||
      !write_study_with(b->study, SAMPLE, "{\"control_plane_only\": false}") || !run_in(b, b->full, "-j2").good ||
      !run_study(b, SAMPLE, "-j2").good)
    return NAN;
  printf("of %d replicas, the mean makespan is %.0f s, %.0f s if simulated in full\n", SAMPLE, mean_of(b, "makespan"),
         ask(b, "SELECT avg(makespan) FROM whole.results"));
  double apart = ask(b, "SELECT count(*) FROM main.summaries AS c JOIN whole.summaries AS f USING (point, metric) "
                        "WHERE f.mean IS NOT NULL AND (c.mean IS NULL OR c.mean < f.low - 0.001 * abs(f.mean) OR "
                        "c.mean > f.high + 0.001 * abs(f.mean))");
  remove_results_in(b->full);
  return apart;
}

static void measure_sweep(const bench *b, size_t rounds, bool quick, control_figures *figures)
{
  double events[MOST_ROUNDS], records[MOST_ROUNDS];
  control_cost cost = {NAN, NAN, NAN};
  if (!write_platform(b->platform, 16, "oss", 2) || !write_control(b->scenario, 8, 2, ITERATIONS, 900, "20h"))
    return;
  for (size_t i = 0; i < rounds; i++) {
    cost = measure_control(b, SWEEP);
    events[i] = cost.events / 1000 / cost.seconds;
    records[i] = cost.records / 1000 / cost.seconds;
  }
  printf("control plane alone, 16 nodes: %.2f ms a replica of %.0f events and %.0f records (%.2f us a record)\n",
         1e3 * cost.seconds, cost.events, cost.records, 1e6 * cost.seconds / cost.records);
  fflush(stdout);
  figures->events = ftblab_median(events, rounds);
  figures->records = ftblab_median(records, rounds);
  figures->sweep = measure_both(b, SWEEP, quick ? QUICK_SWEEP : LONG_SWEEP);
  figures->apart = measure_agreement(b);
}

static void measure_month(const bench *b, size_t rounds, control_figures *figures)
{
  double costs[MOST_ROUNDS];
  if (!write_platform(b->platform, 1056, "oss", 16) || !write_control(b->scenario, 1024, 16, 36000, 900, "32d"))
    return;
  for (size_t i = 0; i < rounds; i++)
    costs[i] = measure_control(b, MONTHS).seconds;
  printf("a month on 1,024 nodes: %.1f days, %.0f failures, %.0f checkpoints, %.0f records, %.0f ms a replica\n",
         mean_of(b, "makespan") / 86400, mean_of(b, "failures_hit"), mean_of(b, "checkpoints"), mean_of(b, "records"),
         1e3 * ftblab_median(costs, rounds));
  figures->month = ftblab_median(costs, rounds);
  figures->months = measure_both(b, 2, MANY_MONTHS);
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

typedef struct figure {
  const char *what;
  double value;
  ftblab_target kind;
  double target;
  const char *unit;
} figure;

/* All of them; true: all are met. */
static bool print_figures(ratios few, ratios many, double resume, const control_figures *control)
{
  const figure figures[] = {
      {"replicas by fork over processes, 16 nodes", few.gain, FTBLAB_TARGET_LEAST, 8, "x"},
      {"replicas by fork over processes, 1,000 nodes", many.gain, FTBLAB_TARGET_LEAST, 8, "x"},
      {"a replica over the bare simulation, 16 nodes", few.overhead, FTBLAB_TARGET_MOST, 2.5, "x"},
      {"a replica over the bare simulation, 1,000 nodes", many.overhead, FTBLAB_TARGET_MOST, 2.5, "x"},
      {"resume of a finished study of 10^6 rows", resume, FTBLAB_TARGET_MOST, 2, " s"},
      {"a month on 1,024 nodes, 1,000 failures, 2,000 checkpoints", 1e3 * control->month, FTBLAB_TARGET_MOST, 30,
       " ms"},
      {"a study of months: of two processors that are free", control->months.use, FTBLAB_TARGET_LEAST, 0.9, ""},
      {"a study of months: memory of ten times as many", control->months.growth, FTBLAB_TARGET_MOST, 1.1, "x"},
      {"control plane alone, replicas a second of 1,000 events", control->events, FTBLAB_TARGET_LEAST, 2000, ""},
      {"the same, of 1,000 records", control->records, FTBLAB_TARGET_LEAST, 2000, ""},
      {"the same, metrics outside of full simulations' interval", control->apart, FTBLAB_TARGET_MOST, 1, ""},
      {"a study of them: of two processors that are free", control->sweep.use, FTBLAB_TARGET_LEAST, 0.9, ""},
      {"a study of them: memory of many times as many", control->sweep.growth, FTBLAB_TARGET_MOST, 1.1, "x"},
  };
  bool met = true;
  printf("figures\n");
  for (size_t i = 0; i < FTBLAB_COUNT(figures); i++)
    met = ftblab_print_figure(figures[i].what, figures[i].value, figures[i].kind, figures[i].target, figures[i].unit) &&
          met;
  return met;
}

int main(int argc, char **argv)
{
  bool quick = false, strict = false;
  bench b = {.folder = ""};
  control_figures control = {NAN, NAN, NAN, NAN, {NAN, NAN}, {NAN, NAN}};
  for (int i = 1; i < argc; i++) {
    quick = quick || strcmp(argv[i], "--quick") == 0;
    strict = strict || strcmp(argv[i], "--strict") == 0;
    if (strcmp(argv[i], "--quick") != 0 && strcmp(argv[i], "--strict") != 0) {
      fprintf(stderr, "usage: bench_study [--quick] [--strict]\n");
      return 64;
    }
  }
  if (!prepare(&b))
    return 70;
  size_t rounds = quick ? QUICK_ROUNDS : ROUNDS;
  printf("study: replicas three ways, in turns\n");
  ratios few = measure_size(&b, 16, rounds), many = measure_size(&b, 1000, rounds);
  double resume = measure_resume(&b, rounds);
  measure_sweep(&b, quick ? 1 : QUICK_ROUNDS, quick, &control);
  measure_month(&b, quick ? 1 : QUICK_ROUNDS, &control);
  clean_up(&b);
  return print_figures(few, many, resume, &control) || !strict ? 0 : 1;
}
