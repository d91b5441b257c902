/* checkpointed.c - one job with periodic coordinated checkpoints under failures, from event to event.
 *
 * What must hold: the parts of the account add up to the makespan; what ends at an instant has ended before what fails
 * at that instant, and what begins then begins behind it; the job is done before it can fail. A failure in the downtime
 * hits nothing. Where dates and ends do not fall on multiples of the time step they are put off to the next. */
#include "history.h"

#include <math.h>
#include <stdlib.h>

/* Work that is left of a chunk because sums are rounded is no work. */
#define ROUNDING 1e-9

/* A checkpoint, and how the job stood when it was written. */
typedef struct image {
  double work, due;
  unsigned number;
} image;

typedef struct run {
  const ftblab_checkpointed *job;
  ftblab_history *history;
  ftblab_account *account;
  double now;
  double work;       /* done */
  double saved;      /* of it, in a checkpoint that a restart can read */
  double due;        /* at this much work the next checkpoint begins */
  unsigned number;   /* of periodic checkpoints that were due before */
  image far;         /* what the far level of two has */
  double not_before; /* the next failure counts then at the earliest */
  size_t failure;    /* the next one */
  size_t alarm;      /* the next false prediction, or the next of a list */
  size_t *left;      /* failures of nodes that the job has left, in no order */
  size_t left_count, left_capacity;
  size_t foreseen;          /* no failure before this one is still to be answered */
  bool has_image, is_saved; /* there is a checkpoint of some work; one of all the work */
  bool reads_far;           /* the restart is one from the far level */
} run;

/* An answer to a prediction: when it begins and ends if nothing comes between, and the date that was predicted.
 * INFINITY: there is none. */
typedef struct reply {
  double begin, end, date;
} reply;

static double in_steps(double time, double step)
{
  return step > 0 ? ceil(time / step) * step : time;
}

static bool is_left(const run *r, size_t failure)
{
  for (size_t i = 0; i < r->left_count; i++)
    if (r->left[i] == failure)
      return true;
  return false;
}

/* FAILURE is of a node that the job has left. */
static void leave(run *r, size_t failure)
{
  size_t kept = 0;
  for (size_t i = 0; i < r->left_count; i++)
    if (r->left[i] >= r->failure) /* it is still to come */
      r->left[kept++] = r->left[i];
  r->left_count = kept;
  if (kept == r->left_capacity) {
    size_t capacity = kept == 0 ? 8 : 2 * kept;
    size_t *left = realloc(r->left, capacity * sizeof *left);
    if (left == NULL) {
      r->history->failed = true;
      return;
    }
    r->left = left;
    r->left_capacity = capacity;
  }
  r->left[r->left_count++] = failure;
}

/* When the next failure counts. One of a node that the job has left does not. */
static double next_failure(run *r)
{
  while (is_left(r, r->failure))
    r->failure++;
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

/* ---- predictions ------------------------------------------------------------------------------------------------- */

static bool is_foreseen(const run *r, size_t failure)
{
  return !r->history->failed && r->history->foreseen[failure];
}

/* The date of the next foreseen failure that was not answered, and none before SOONEST, which is never earlier again.
 * One whose answer would begin behind the next failure does not matter yet, so it is not looked for. */
static double next_foreseen(run *r, double time, double soonest)
{
  if (r->history->predictor->dates != NULL)
    return INFINITY; /* a list has all that is predicted: no failure is foreseen besides */
  double last = ftblab_history_date(r->history, r->failure) + time, date;
  while (isfinite(date = ftblab_history_date(r->history, r->foreseen)) && date <= last) {
    if (date >= soonest && is_foreseen(r, r->foreseen))
      return date;
    r->foreseen++;
  }
  return INFINITY;
}

/* The next answer that still comes in time: a prediction that is late is passed over. */
static reply next_in_time(run *r)
{
  double time = r->job->answer_time + r->job->answer_margin, step = r->job->rules.time_step;
  double soonest = r->now + time, date;
  if (r->history->predictor->lead_time < time)
    return (reply){INFINITY, INFINITY, INFINITY};
  while ((date = ftblab_history_alarm(r->history, r->alarm)) < soonest)
    r->alarm++;
  date = fmin(date, next_foreseen(r, time, soonest));
  double begin = in_steps(date - time, step);
  return (reply){begin, step > 0 ? begin + in_steps(r->job->answer_time, step) : date - r->job->answer_margin, date};
}

/* The next answer that has not been given, late or not: from the moment that it should begin, or that it is known. */
static reply next_of_all(run *r)
{
  double time = r->job->answer_time + r->job->answer_margin, step = r->job->rules.time_step;
  double date = ftblab_history_alarm(r->history, r->alarm);
  date = fmin(date, next_foreseen(r, time, 0));
  double begin = fmax(in_steps(date - fmin(time, r->history->predictor->lead_time), step), r->now);
  return (reply){begin, begin + in_steps(r->job->answer_time, step), date};
}

static reply next_reply(run *r)
{
  if (r->history->predictor == NULL || r->job->answer == FTBLAB_ANSWER_NOTHING)
    return (reply){INFINITY, INFINITY, INFINITY};
  return r->job->rules.late_answers && r->job->answer == FTBLAB_ANSWER_CHECKPOINT ? next_of_all(r) : next_in_time(r);
}

/* ---- failure and restart ----------------------------------------------------------------------------------------- */

static bool has_levels(const run *r)
{
  return r->job->near.share > 0;
}

/* The next failure, if the near level does not survive it, leaves what the far one has. */
static void lose_near(run *r)
{
  if (!has_levels(r) || ftblab_history_severity(r->history, r->failure) < r->job->near.share)
    return;
  r->saved = r->far.work;
  r->due = r->far.due;
  r->number = r->far.number;
  r->has_image = r->saved > 0;
  r->reads_far = true;
}

/* The failure that is next happens now: what was not saved is lost, and the machine is down for a while. */
static void fall(run *r)
{
  double down = in_steps(r->job->costs.downtime, r->job->rules.time_step);
  lose_near(r);
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

/* How long the restart takes; *IS_CUT: until a checkpoint ends it. */
static double restart_time(run *r, bool *is_cut)
{
  const ftblab_checkpoint_rules *rules = &r->job->rules;
  bool is_near = has_levels(r) && !r->reads_far;
  double time = in_steps(is_near ? r->job->near.restart : r->job->costs.restart, rules->time_step);
  *is_cut = false;
  if (!r->has_image && rules->free_first_restart)
    return 0;
  if (!rules->checkpoint_cuts_restart)
    return time;
  bool is_due = r->work >= r->due && r->work < r->job->work;
  bool preventive = r->job->answer == FTBLAB_ANSWER_CHECKPOINT; /* a migration waits until the job has restarted */
  double begin = is_due ? r->now : preventive ? next_reply(r).begin : INFINITY;
  double until = fmax(begin - r->now, rules->time_step);
  *is_cut = until < time;
  return *is_cut ? until : time;
}

static void restart(run *r)
{
  bool is_cut;
  double time = restart_time(r, &is_cut);
  if (r->job->rules.recovery == FTBLAB_RECOVERY_RESTARTS) {
    for (; !pass(r, r->now + time, &r->account->restart); time = restart_time(r, &is_cut))
      fall(r);
    return;
  }
  r->now += time;
  r->account->restart += time;
  if (is_cut) /* the first step of the checkpoint is still one of the restart: nothing counts in it */
    r->not_before = r->now + r->job->rules.time_step;
  if (r->job->rules.recovery == FTBLAB_RECOVERY_IGNORES && time > 0)
    skip_failures(r);
}

static void recover(run *r)
{
  fall(r);
  restart(r);
  r->reads_far = false; /* what was read is on the near level again */
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------- */

static void keep(run *r, bool is_far)
{
  r->saved = r->work;
  r->has_image = r->work > 0;
  if (is_far)
    r->far = (image){.work = r->work, .due = r->due, .number = r->number};
}

/* Write a checkpoint until END, to the far level or the near one. True: it is whole. */
static bool write_checkpoint(run *r, double end, bool is_far)
{
  const ftblab_checkpoint_rules *rules = &r->job->rules;
  if (rules->protects_from_start)
    keep(r, is_far);
  while (!pass(r, end, &r->account->checkpoint)) {
    if (!rules->free_first_restart || r->work > 0)
      return false;
    double failed_at = r->now; /* there is nothing to lose and nothing to read: only a downtime puts it off */
    fall(r);
    end += r->now - failed_at;
  }
  keep(r, is_far);
  r->account->checkpoints++;
  return true;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* The next prediction, of DATE, has been answered. */
static void tick_off(run *r, double date)
{
  if (ftblab_history_alarm(r->history, r->alarm) == date)
    r->alarm++;
  else
    r->foreseen++;
}

/* The job leaves the node that fails at DATE, if that was predicted rightly. */
static void leave_before(run *r, double date)
{
  size_t i = r->failure;
  while (ftblab_history_date(r->history, i) < date || is_left(r, i))
    i++;
  if (isfinite(date) && ftblab_history_date(r->history, i) == date)
    leave(r, i);
}

/* Give ANSWER, for which it is time now. */
static void give(run *r, const reply *answer)
{
  bool whole;
  r->account->predictions++;
  if (r->job->answer == FTBLAB_ANSWER_CHECKPOINT)
    whole = write_checkpoint(r, answer->end, true); /* the next periodic one is due as before (Aupy et al.) */
  else if ((whole = pass(r, answer->end, &r->account->migration)))
    leave_before(r, answer->date);          /* others may come before it, if there is a margin */
  if (whole || !r->job->rules.late_answers) /* one that may be late is given again */
    tick_off(r, answer->date);
}

/* ---- work and periodic checkpoints ------------------------------------------------------------------------------- */

/* A migration does not wait for a checkpoint to end: that one begins anew behind it. A preventive checkpoint would only
 * be a second one. */
static bool migration_comes(run *r, double end, reply *answer)
{
  if (r->job->answer != FTBLAB_ANSWER_MIGRATION)
    return false;
  *answer = next_reply(r);
  return answer->begin < end;
}

static void checkpoint(run *r)
{
  bool is_far = !has_levels(r) || r->work >= r->job->work || (r->number + 1) % r->job->near.every == 0;
  double cost = is_far ? r->job->costs.checkpoint : r->job->near.checkpoint;
  double end = r->now + in_steps(cost, r->job->rules.time_step);
  reply answer;
  if (migration_comes(r, end, &answer)) {
    if (pass(r, fmax(answer.begin, r->now), &r->account->checkpoint))
      give(r, &answer);
    return;
  }
  if (!write_checkpoint(r, end, is_far))
    return;
  r->is_saved = r->work >= r->job->work;
  r->due += r->job->interval;
  r->number++;
  if (is_far)
    keep(r, true); /* with the next one's date */
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
  reply answer = next_reply(r);
  bool answers = answer.begin < end;
  if (answers)
    end = fmax(answer.begin, start);
  bool whole = pass(r, end, &r->work);
  if (whole && !answers && r->job->rules.time_step == 0)
    r->work = goal;                                 /* not a rounding below it */
  if (whole && answers && next_failure(r) > r->now) /* what fails at the instant comes first */
    give(r, &answer);
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
  r.far.due = r.due;
  while (!is_done(&r) && r.now < limit && !history->failed) {
    if (next_failure(&r) <= r.now)
      recover(&r);
    else if (r.work >= r.due || r.work >= job->work)
      checkpoint(&r);
    else
      work(&r);
  }
  free(r.left);
  if (history->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for failures");
  account->finished = is_done(&r);
  account->makespan = r.now;
  account->work = r.work;
  return FTBLAB_OK;
}
