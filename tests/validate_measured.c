/* validate_measured.c - runs of a wave simulation under Bscheduler in which a daemon was killed, measured by
 * I. Gankevich (Subordination: cluster management without distributed consensus, HPCS 2017; thesis, 2018) on two nodes.
 *
 * The programme is a sequence of steps, of which only one, the generation of a surface, runs on both nodes. Calibrated
 * is on the runs without failure: where the generation begins (B), how long it takes on one node (G), and what comes
 * after it (F). Predicted are the runs in which one daemon was killed right after the generation had begun:
 *
 *   slave killed    the other node does the step alone: nothing was lost yet            B + G + F
 *   master killed   the slave, which has a copy of the state at the step's beginning, ends the step that it has, has
 *                   nobody to give it to, and does it again from the copy               B + G + G + F
 *
 * The state is saved at the beginning of a step without cost, so these are jobs with a checkpoint of no time after
 * every step, simulated with one failure each. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct measured {
  int count; /* of runs */
  double begin, generated, end;
} measured;

enum { ONE, TWO, SLAVE, MASTER, CASES };
static const char *const names[CASES] = {"one", "two", "slave", "master"};

#define SIZES 6
static const int sizes[SIZES] = {12500, 15000, 20000, 22500, 25000, 27500};

/* "one,12500,0.178941,2.580849,2.908125" */
static void add_run(const char *line, measured runs[CASES][SIZES])
{
  char name[16];
  int size;
  measured run;
  if (sscanf(line, "%15[a-z],%d,%lf,%lf,%lf", name, &size, &run.begin, &run.generated, &run.end) != 5)
    return;
  for (int i = 0; i < CASES; i++)
    for (int j = 0; j < SIZES; j++)
      if (strcmp(name, names[i]) == 0 && size == sizes[j]) {
        runs[i][j].count++;
        runs[i][j].begin += run.begin;
        runs[i][j].generated += run.generated;
        runs[i][j].end += run.end;
      }
}

static void read_runs(const char *path, measured runs[CASES][SIZES])
{
  char *text = NULL;
  size_t length;
  ftblab_error err = {0};
  if (ftblab_read_file(path, &text, &length, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    add_run(line, runs);
  }
  free(text);
  for (int i = 0; i < CASES * SIZES; i++) {
    measured *mean = &runs[i / SIZES][i % SIZES];
    if (mean->count == 0) {
      ftblab_fail(&err, FTBLAB_EINPUT, "%s: no run %s,%d", path, names[i / SIZES], sizes[i % SIZES]);
      ftblab_validate_give_up(&err);
    }
    mean->begin /= mean->count;
    mean->generated /= mean->count;
    mean->end /= mean->count;
  }
}

/* What the programme takes if a failure counts at AFTER from the beginning of the generation. */
static double predict(const measured *calm, double after)
{
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_REPLAY, .dates = &after, .date_count = 1}, .parts = 1, .source = "killed"};
  ftblab_checkpointed job = {.work = calm->end - calm->begin,
                             .interval = calm->generated - calm->begin,
                             .rules = {.no_last_checkpoint = true}};
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_account account;
  ftblab_error err = {0};
  if (ftblab_failures_new(&config, &failures, &err) != FTBLAB_OK ||
      ftblab_history_new(failures, NULL, &history, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  ftblab_history_start(history, 1);
  if (ftblab_checkpointed_run(&job, history, &account, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
  return calm->begin + account.makespan;
}

void ftblab_validate_measured(const char *path)
{
  static measured runs[CASES][SIZES];
  double worst = 0;
  char what[200];
  read_runs(path, runs);
  puts("(f) Bscheduler, a daemon killed: seconds measured / predicted from the runs without failure\n"
       "   size  two nodes  one node            slave killed            master killed");
  for (int i = 0; i < SIZES; i++) {
    const measured *calm = &runs[ONE][i];
    double slave = predict(calm, 0), master = predict(calm, calm->generated - calm->begin);
    double off_slave = slave / runs[SLAVE][i].end - 1, off_master = master / runs[MASTER][i].end - 1;
    worst = fmax(worst, fmax(fabs(off_slave), fabs(off_master)));
    printf("%7d %10.3f %9.3f  %6.3f / %6.3f %+5.1f %%  %7.3f / %7.3f %+5.1f %%\n", sizes[i], runs[TWO][i].end,
           calm->end, runs[SLAVE][i].end, slave, 100 * off_slave, runs[MASTER][i].end, master, 100 * off_master);
  }
  snprintf(what, sizeof what, "the predictions are at most %.1f %% off", 100 * worst);
  ftblab_validate_tell("(f)", worst <= 0.1, what);
}
