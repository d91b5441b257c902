/* validate_runs.c - the runs that S. Di's Event-Driven-CkptSim published with K. A. Alharthi et al., Time Machine, DSN
 * 2023: each under the failure dates that its file names, and by the rules of its authors, which are options of the
 * simulation. Makespan, checkpoint, restart and lost time must come out the same.
 *
 * A file with "missID = 5" has predictions: every failure is predicted but the sixth, the sixteenth and so on. Its
 * answer is a checkpoint that ends one time step before it; for one that is missed the authors' list has the date 0,
 * which is answered at once, as any that is late. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIME_STEP 2
#define MISSED_OF 10 /* predictions: one of so many is missed */

/* What a file says of a run's end. */
typedef struct outcome {
  double makespan, checkpoint, restart, lost;
} outcome;

/* "Run 0 Failures: 0:4726.52 1:5717.04" */
static void read_dates(const char *list, ftblab_published *run)
{
  run->date_count = 0;
  for (const char *at = strchr(list, ':'); at != NULL && run->date_count < FTBLAB_MOST_DATES; at = strchr(at, ':')) {
    char *end;
    run->dates[run->date_count++] = strtod(at + 1, &end);
    at = end;
  }
}

/* The value behind KEY and a sign of equality in LINE. */
static void read_value(const char *line, const char *key, double *value)
{
  const char *at = strstr(line, key);
  if (at != NULL && (at = strchr(at, '=')) != NULL)
    *value = strtod(at + 1, NULL);
}

/* What the authors' predictor says of the failures of the run. Of those behind its end only a missed one matters. */
static void predict(ftblab_published *run)
{
  run->predicted_count = 0;
  for (size_t i = 0; i <= run->date_count; i++) {
    bool is_missed = (double)(i % MISSED_OF) == run->missed;
    if (is_missed || i < run->date_count)
      run->predicted[run->predicted_count++] = is_missed ? 0 : run->dates[i];
  }
}

/* By the rules of its authors. */
static ftblab_checkpointed job_of(const ftblab_published *run)
{
  return (ftblab_checkpointed){
      .work = run->work,
      .interval = run->interval,
      .costs = {.checkpoint = run->checkpoint, .restart = run->restart},
      .rules = {.protects_from_start = true,
                .recovery = FTBLAB_RECOVERY_DEFERS,
                .no_last_checkpoint = true,
                .free_first_restart = true,
                .checkpoint_cuts_restart = true,
                .late_answers = true,
                .time_step = TIME_STEP},
      .answer = run->missed < 0 ? FTBLAB_ANSWER_NOTHING : FTBLAB_ANSWER_CHECKPOINT,
      .answer_time = run->checkpoint,
      .answer_margin = TIME_STEP,
  };
}

void ftblab_validate_rerun(ftblab_published *run, ftblab_account *account)
{
  ftblab_failures_config config = {
      .law = {.kind = FTBLAB_LAW_REPLAY, .dates = run->dates, .date_count = run->date_count},
      .parts = 1,
      .source = "file"};
  ftblab_checkpointed job = job_of(run);
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_error err = {0};
  predict(run);
  ftblab_predictor predictor = {.lead_time = INFINITY, .dates = run->predicted, .date_count = run->predicted_count};
  if (ftblab_failures_new(&config, &failures, &err) != FTBLAB_OK ||
      ftblab_history_new(failures, &predictor, &history, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  ftblab_history_start(history, 1);
  if (ftblab_checkpointed_run(&job, history, account, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  ftblab_history_free(history);
  ftblab_failures_free(failures);
}

/* True: the same in all four figures. */
static bool reproduces(ftblab_published *run, const outcome *end)
{
  ftblab_account account;
  ftblab_validate_rerun(run, &account);
  return account.makespan == end->makespan && account.checkpoint == end->checkpoint &&
         account.restart == end->restart && account.lost == end->lost;
}

/* Take what LINE says. True: it is the last one of a run. */
static bool read_line(const char *line, ftblab_published *run, outcome *end)
{
  read_value(line, "totalLoad", &run->work);
  read_value(line, "checkpointCost", &run->checkpoint);
  read_value(line, "recoveryCost", &run->restart);
  read_value(line, "missID", &run->missed);
  read_value(line, "optCkptInterval", &run->interval);
  read_value(line, "wallClockTime", &end->makespan);
  read_value(line, "totalCheckpointTime", &end->checkpoint);
  read_value(line, "totalRecoveryTime", &end->restart);
  if (strstr(line, "Failures:") != NULL)
    read_dates(strstr(line, "Failures:") + strlen("Failures:"), run);
  if (strncmp(line, "totalRollbackLoss", strlen("totalRollbackLoss")) != 0)
    return false;
  read_value(line, "totalRollbackLoss", &end->lost);
  return true;
}

void ftblab_validate_runs(const char *path)
{
  static ftblab_published run;
  outcome end = {0};
  int count = 0, same = 0;
  size_t length;
  char *text = NULL, what[200];
  ftblab_error err = {0};
  run = (ftblab_published){.missed = -1};
  if (ftblab_read_file(path, &text, &length, &err) != FTBLAB_OK)
    ftblab_validate_give_up(&err);
  for (char *line = text, *next; line != NULL && *line != '\0'; line = next) {
    next = strchr(line, '\n');
    if (next != NULL)
      *next++ = '\0';
    if (!read_line(line, &run, &end))
      continue;
    same += reproduces(&run, &end);
    count++;
  }
  free(text);
  printf("(e) %s: interval %.3f s%s\n", path, run.interval, run.missed < 0 ? "" : ", predictions");
  snprintf(what, sizeof what, "%d of %d runs the same in makespan, checkpoint, restart and lost time", same, count);
  ftblab_validate_tell("(e)", count > 0 && same == count, what);
}
