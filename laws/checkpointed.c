/* checkpointed.c - one job with periodic coordinated checkpoints under failures, from event to event.
 *
 * What must hold: the parts of the account add up to the makespan; what ends at an instant has ended before what fails
 * at that instant; the job is done before it can fail. A failure in the downtime hits nothing. Where dates and ends do
 * not fall on multiples of the time step they are put off to the next. */
#include "history.h"

#include <math.h>

/* Work that is left of a chunk because sums are rounded is no work. */
#define ROUNDING 1e-9

typedef struct run {
  const ftblab_checkpointed *job;
  ftblab_history *history;
  ftblab_account *account;
  double now;
  double work;              /* done */
  double saved;             /* of it, in a checkpoint that a restart can read */
  double due;               /* at this much work the next checkpoint begins */
  double not_before;        /* the next failure counts then at the earliest */
  size_t failure;           /* the next one */
  size_t alarm;             /* the next false prediction */
  bool has_image, is_saved; /* there is a checkpoint; one of all the work */
} run;

static double in_steps(double time, double step)
{
  return step > 0 ? ceil(time / step) * step : time;
}

/* When the next failure counts. */
static double next_failure(run *r)
{
  return fmax(in_steps(ftblab_history_date(r->history, r->failure), r->job->rules.time_step), r->not_before);
}

/* Let DURATION pass for *BUCKET, or what a failure leaves of it. True: it passed. */
static bool pass(run *r, double end, double *bucket)
{
  double failure = next_failure(r), until = fmin(end, failure);
  *bucket += until - r->now;
  r->now = until;
  return !(failure < end);
}

static void skip_failures(run *r)
{
  while (ftblab_history_date(r->history, r->failure) <= r->now)
    r->failure++;
}

/* ---- failure and restart ----------------------------------------------------------------------------------------- */

/* The failure that is next happens now: what was not saved is lost, and the machine is down for a while. */
static void fall(run *r)
{
  double down = in_steps(r->job->costs.downtime, r->job->rules.time_step);
  r->account->failures++;
  r->account->lost += r->work - r->saved;
  r->work = r->saved;
  r->failure++;
  r->not_before = r->now + r->job->rules.time_step;
  r->now += down;
  r->account->downtime += down;
  if (down > 0)
    skip_failures(r);
}

static double restart_time(const run *r)
{
  const ftblab_checkpoint_rules *rules = &r->job->rules;
  double time = in_steps(r->job->costs.restart, rules->time_step);
  if (!r->has_image && rules->free_first_restart)
    return 0;
  if (rules->checkpoint_cuts_restart && r->work >= r->due && r->work < r->job->work)
    return fmin(time, rules->time_step);
  return time;
}

static void recover(run *r)
{
  fall(r);
  double time = restart_time(r);
  if (r->job->rules.recovery == FTBLAB_RECOVERY_RESTARTS) {
    while (!pass(r, r->now + time, &r->account->restart))
      fall(r);
    return;
  }
  r->now += time;
  r->account->restart += time;
  if (r->job->rules.recovery == FTBLAB_RECOVERY_IGNORES && time > 0)
    skip_failures(r);
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------- */

static void keep(run *r)
{
  r->saved = r->work;
  r->has_image = true;
}

/* Write a checkpoint until END. True: it is whole. */
static bool write_checkpoint(run *r, double end)
{
  if (r->job->rules.protects_from_start)
    keep(r);
  if (!pass(r, end, &r->account->checkpoint))
    return false;
  keep(r);
  r->account->checkpoints++;
  return true;
}

/* ---- predictions ------------------------------------------------------------------------------------------------- */

/* The next date that a prediction names and that leaves time to answer it; INFINITY: none. */
static double next_prediction(run *r)
{
  const ftblab_predictor *predictor = r->history->predictor;
  double soonest = r->now + r->job->answer_time, date;
  if (predictor == NULL || r->job->answer == FTBLAB_ANSWER_NOTHING || predictor->lead_time < r->job->answer_time)
    return INFINITY;
  for (;; r->alarm++) {
    while (r->alarm >= r->history->alarm_count && !r->history->failed)
      ftblab_history_extend_alarms(r->history);
    date = r->history->failed ? INFINITY : r->history->alarms[r->alarm];
    if (date >= soonest)
      break;
  }
  double failure = ftblab_history_date(r->history, r->failure);
  bool foreseen = !r->history->failed && r->history->foreseen[r->failure];
  return foreseen && failure >= soonest ? fmin(failure, date) : date;
}

/* Answer the prediction of DATE, for which it is time now. */
static void answer(run *r, double date)
{
  r->account->predictions++;
  if (r->job->answer == FTBLAB_ANSWER_CHECKPOINT) {
    write_checkpoint(r, date); /* the next periodic one is due as before (Aupy et al.) */
  } else if (pass(r, date, &r->account->migration)) {
    if (ftblab_history_date(r->history, r->failure) == date && r->history->foreseen[r->failure])
      r->failure++; /* it hits a node that the job has left */
  }
}

/* ---- work and periodic checkpoints ------------------------------------------------------------------------------- */

/* A migration does not wait for a checkpoint to end: that one begins anew behind it. A preventive checkpoint would only
 * be a second one. */
static bool migration_comes(run *r, double end, double *prediction)
{
  if (r->job->answer != FTBLAB_ANSWER_MIGRATION)
    return false;
  *prediction = next_prediction(r);
  return *prediction - r->job->answer_time < end;
}

static void checkpoint(run *r)
{
  double end = r->now + in_steps(r->job->costs.checkpoint, r->job->rules.time_step), prediction;
  if (migration_comes(r, end, &prediction)) {
    if (pass(r, fmax(prediction - r->job->answer_time, r->now), &r->account->checkpoint))
      answer(r, prediction);
    return;
  }
  if (!write_checkpoint(r, end))
    return;
  r->is_saved = r->work >= r->job->work;
  r->due += r->job->interval;
}

/* Where this chunk ends. A rest that only rounding has left belongs to it. */
static double target(const run *r)
{
  double all = r->job->work;
  return r->due < all - ROUNDING * fmin(r->job->interval, all) ? r->due : all;
}

static void work(run *r)
{
  double goal = target(r), start = r->now, before = r->work;
  double end = start + in_steps(goal - before, r->job->rules.time_step);
  double prediction = next_prediction(r), begin = prediction - r->job->answer_time;
  bool answers = begin < end;
  if (answers)
    end = fmax(begin, start);
  bool whole = pass(r, end, &r->work);
  if (whole && !answers && r->job->rules.time_step == 0)
    r->work = goal; /* not a rounding below it */
  if (whole && answers)
    answer(r, prediction);
}

static bool is_done(const run *r)
{
  return r->work >= r->job->work && (r->is_saved || r->job->rules.no_last_checkpoint);
}

ftblab_status ftblab_checkpointed_run(const ftblab_checkpointed *job, ftblab_history *history, ftblab_account *account,
                                      ftblab_error *err)
{
  double limit = job->makespan_max > 0 ? job->makespan_max : INFINITY;
  *account = (ftblab_account){0};
  run r = {.job = job, .history = history, .account = account, .due = job->interval};
  while (!is_done(&r) && r.now < limit && !history->failed) {
    if (next_failure(&r) <= r.now)
      recover(&r);
    else if (r.work >= r.due || r.work >= job->work)
      checkpoint(&r);
    else
      work(&r);
  }
  if (history->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for failures");
  account->finished = is_done(&r);
  account->makespan = r.now;
  account->work = r.work;
  return FTBLAB_OK;
}
