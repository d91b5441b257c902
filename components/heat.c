/* heat.c - see heat.h.
 *
 * A way costs the time for which the ranks stand still, and a risk: if the job dies before its files are whole again
 * it starts from scratch, so the time until then counts with what it has worked since, divided by its mean time between
 * failures. A checkpoint that takes the place of another costs only the part of it that would not have been due
 * anyway: if the next is near, it is worth waiting for. The times are estimates from what the application has seen:
 * the bytes a second at which its last checkpoint went out, and how long an iteration takes.
 *
 * What the application was told before it was launched again, or before this component was started again, nobody tells
 * it once more: it finds it when it opens its files.
 *
 * What must hold: each way is tried once for a loss, so that it comes to an end; a new checkpoint ends all that is
 * done for the files of the last. */
#include "heat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file_names.h"
#include "kind.h"
#include "node_set.h"

static const char *const way_names[] = {
    [FTBLAB_BY_NEIGHBOURS] = "neighbours", [FTBLAB_BY_PARITY] = "parity", [FTBLAB_BY_RECOMPUTING] = "recompute",
    [FTBLAB_BY_RENEWING] = "renew",        [FTBLAB_BY_WAITING] = "wait",
};

bool ftblab_is_heat(const ftblab_job *job)
{
  return strcmp(job->application, "heat") == 0;
}

void ftblab_heat_free(ftblab_heat *heat)
{
  free(heat->files);
  *heat = (ftblab_heat){0};
}

static void set_timer(ftblab_heat *heat, ftblab_component *self, double delay, int tag)
{
  self->world->ops->cancel(self, heat->timer);
  heat->timer = self->world->ops->timer(self, delay, tag, 0);
}

static const ftblab_file_state *file_of(ftblab_component *self, int rank)
{
  return self->world->ops->file(self, self->job->index, rank);
}

/* ---- time of an iteration --------------------------------------------------------------------------------- */

static void mark(ftblab_heat *heat, ftblab_component *self)
{
  heat->marked = self->world->ops->now(self);
  heat->marked_progress = self->world->ops->job_progress(self, self->job->index);
}

/* The ranks have done nothing but compute since they were marked. */
static void measure(ftblab_heat *heat, ftblab_component *self)
{
  int done = self->world->ops->job_progress(self, self->job->index) - heat->marked_progress;
  if (heat->marked >= 0 && done > 0)
    heat->iteration_seconds = (self->world->ops->now(self) - heat->marked) / done;
}

/* ---- checkpoints ------------------------------------------------------------------------------------------ */

static void save(ftblab_heat *heat, ftblab_component *self)
{
  self->world->ops->cancel(self, heat->timer);
  heat->timer = 0;
  heat->step = FTBLAB_HEAT_SAVES;
  self->world->ops->job_checkpoint(self, self->job->index);
}

static void compute(ftblab_heat *heat, ftblab_component *self)
{
  heat->step = FTBLAB_HEAT_COMPUTES;
  heat->due = self->world->ops->now(self) + heat->interval;
  set_timer(heat, self, heat->interval, FTBLAB_TIMER_SAVE);
}

/* The next checkpoint is due. */
static void save_in_time(ftblab_heat *heat, ftblab_component *self)
{
  measure(heat, self);
  if (!heat->waits_for_idle) {
    save(heat, self);
    return;
  }
  heat->step = FTBLAB_HEAT_WAITS;
  set_timer(heat, self, heat->idle_wait, FTBLAB_TIMER_IDLE_WAIT);
}

static void on_idle(ftblab_heat *heat, ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  if (heat->step != FTBLAB_HEAT_WAITS) {
    self->world->ops->note(self, "No checkpoint waits");
    return;
  }
  if (heat->idle_chance < 1 && self->world->ops->random(self) >= heat->idle_chance) {
    self->world->ops->note(self, "Leave this hint to others that may wait");
    return;
  }
  self->world->ops->note(self, "Write the checkpoint that waits");
  save(heat, self);
}

/* ---- which way -------------------------------------------------------------------------------------------- */

/* The files that are harmed, together. */
typedef struct loss {
  int files;
  double bytes, parity_bytes, all_bytes; /* lost; to be moved for them with parity; of the whole checkpoint */
  int iteration;
  bool neighbours, parity; /* all of them can be made so */
} loss;

static loss look(ftblab_heat *heat, ftblab_component *self)
{
  loss seen = {.neighbours = true, .parity = true};
  for (int rank = 0; rank < ftblab_rank_count(self); rank++) {
    const ftblab_file_state *file = file_of(self, rank);
    seen.all_bytes += file ? file->bytes : 0;
    if (heat->files[rank] != FTBLAB_FILE_HARMED)
      continue;
    if (!file || file->lost == 0) { /* its server is back */
      heat->files[rank] = FTBLAB_FILE_WHOLE;
      continue;
    }
    seen.files++;
    seen.bytes += file->lost_bytes;
    seen.parity_bytes += file->lost_bytes * (file->stripes + 1);
    seen.iteration = file->iteration;
    seen.neighbours = seen.neighbours && file->neighbour >= 0;
    seen.parity = seen.parity && file->readable;
  }
  return seen;
}

/* Seconds that each way costs; below 0: it cannot be gone, or may not. */
static void estimate(const ftblab_heat *heat, ftblab_component *self, const loss *seen,
                     double seconds[FTBLAB_HEAT_WAYS])
{
  double now = self->world->ops->now(self), save = self->job->checkpoint_cost;
  double per_byte = seen->all_bytes > 0 ? save / seen->all_bytes : 0;
  double risk = (now - self->job->launched) / heat->mtbf; /* seconds lost for each until the files are whole */
  double compute = seen->iteration * heat->iteration_seconds;
  double early = fmax(0, heat->due - now) / heat->interval; /* the part of a checkpoint that would not be due yet */
  seconds[FTBLAB_BY_NEIGHBOURS] = seen->neighbours ? seen->bytes * per_byte * risk : -1;
  seconds[FTBLAB_BY_PARITY] = seen->parity ? seen->parity_bytes * per_byte * risk : -1;
  seconds[FTBLAB_BY_RECOMPUTING] =
      heat->iteration_seconds > 0 ? compute + (compute + seen->bytes * per_byte) * risk : -1;
  seconds[FTBLAB_BY_RENEWING] = save * early + save * risk;
  seconds[FTBLAB_BY_WAITING] = (fmax(0, heat->due - now) + save) * risk;
  for (int way = 0; way < FTBLAB_HEAT_WAYS; way++)
    if (!heat->allowed[way] || heat->tried[way])
      seconds[way] = -1;
}

/* FTBLAB_HEAT_WAYS: none. */
static ftblab_heat_way cheapest(const double seconds[FTBLAB_HEAT_WAYS])
{
  ftblab_heat_way best = FTBLAB_HEAT_WAYS;
  for (int way = 0; way < FTBLAB_HEAT_WAYS; way++)
    if (seconds[way] >= 0 && (best == FTBLAB_HEAT_WAYS || seconds[way] < seconds[best]))
      best = (ftblab_heat_way)way;
  return best;
}

static void note_choice(ftblab_component *self, const loss *seen, const double seconds[FTBLAB_HEAT_WAYS],
                        ftblab_heat_way best)
{
  ftblab_text text = {0};
  for (int way = 0; way < FTBLAB_HEAT_WAYS; way++)
    if (seconds[way] >= 0)
      ftblab_text_addf(&text, "%s%s %.6g s", text.length > 0 ? ", " : "", way_names[way], seconds[way]);
  if (text.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a note");
  else if (best == FTBLAB_HEAT_WAYS)
    self->world->ops->note(self,
                           "Nothing is left to rebuild %.6g bytes of %d files from: the next checkpoint replaces them",
                           seen->bytes, seen->files);
  else
    self->world->ops->note(self, "Rebuild %.6g missing bytes of %d files: %s (%s)", seen->bytes, seen->files,
                           way_names[best], ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* ---- going it --------------------------------------------------------------------------------------------- */

static void rebuild(ftblab_heat *heat, ftblab_component *self, ftblab_rebuild how)
{
  for (int rank = 0; rank < ftblab_rank_count(self); rank++) {
    if (heat->files[rank] != FTBLAB_FILE_HARMED)
      continue;
    heat->files[rank] = FTBLAB_FILE_IN_WORK;
    heat->in_work++;
    self->world->ops->file_rebuild(self, self->job->index, rank, how);
  }
}

static void stand_still(ftblab_heat *heat, ftblab_component *self)
{
  self->world->ops->cancel(self, heat->timer);
  heat->timer = 0;
  heat->step = FTBLAB_HEAT_RECOMPUTES;
  heat->held = false;
  self->world->ops->job_hold(self, self->job->index);
}

/* Begin to make whole what is harmed, unless something goes on already whose end will ask again. */
static void mend(ftblab_heat *heat, ftblab_component *self)
{
  double seconds[FTBLAB_HEAT_WAYS];
  if (heat->step == FTBLAB_HEAT_SAVES || heat->step == FTBLAB_HEAT_RECOMPUTES || heat->in_work > 0)
    return;
  loss seen = look(heat, self);
  if (seen.files == 0)
    return;
  estimate(heat, self, &seen, seconds);
  heat->way = cheapest(seconds);
  note_choice(self, &seen, seconds, heat->way);
  if (heat->way == FTBLAB_BY_NEIGHBOURS)
    rebuild(heat, self, FTBLAB_REBUILD_NEIGHBOURS);
  else if (heat->way == FTBLAB_BY_PARITY)
    rebuild(heat, self, FTBLAB_REBUILD_PARITY);
  else if (heat->way == FTBLAB_BY_RECOMPUTING)
    stand_still(heat, self);
  else if (heat->way == FTBLAB_BY_RENEWING)
    save(heat, self);
}

/* HEAT.1, row 2. */
static void on_lost(ftblab_heat *heat, ftblab_component *self, const ftblab_delivery *event)
{
  int files = 0;
  for (int rank = 0; rank < ftblab_rank_count(self); rank++) {
    const ftblab_file_state *file = file_of(self, rank);
    if (!file || !ftblab_payload_names(event->payload, "files", file->name))
      continue;
    files++;
    bool in_work = heat->files[rank] == FTBLAB_FILE_IN_WORK || heat->files[rank] == FTBLAB_FILE_LOST_MORE;
    heat->files[rank] = in_work ? FTBLAB_FILE_LOST_MORE : FTBLAB_FILE_HARMED;
  }
  if (files == 0) {
    self->world->ops->note(self, "No file of job %s", self->job->name);
    return;
  }
  memset(heat->tried, 0, sizeof heat->tried);
  if (heat->step == FTBLAB_HEAT_SAVES)
    self->world->ops->note(self, "The checkpoint that is being taken will replace what is missing");
  else if (heat->step == FTBLAB_HEAT_RECOMPUTES || heat->in_work > 0)
    self->world->ops->note(self, "Rebuild it after what is being rebuilt");
  mend(heat, self);
}

/* Files whose losses a predecessor of SELF was told of are still harmed. */
static void take_over(ftblab_heat *heat, ftblab_component *self)
{
  for (int rank = 0; rank < ftblab_rank_count(self); rank++) {
    const ftblab_file_state *file = file_of(self, rank);
    if (file && file->announced && file->lost > 0 && heat->files[rank] == FTBLAB_FILE_WHOLE)
      heat->files[rank] = FTBLAB_FILE_HARMED;
  }
  mend(heat, self);
}

void ftblab_heat_restarted(ftblab_heat *heat, ftblab_component *self, bool good)
{
  if (heat->on && good)
    take_over(heat, self);
}

/* ---- how it went -------------------------------------------------------------------------------------------- */

/* HEAT.1, row 3. */
static void tell_rebuilt(ftblab_heat *heat, ftblab_component *self)
{
  ftblab_file_names names = {.event = "FILE_REBUILT", .note = "Whole again"};
  for (int rank = 0; rank < ftblab_rank_count(self); rank++) {
    if (heat->files[rank] != FTBLAB_FILE_REBUILT)
      continue;
    heat->files[rank] = FTBLAB_FILE_WHOLE;
    ftblab_file_names_add(&names, self, file_of(self, rank)->name);
  }
  ftblab_file_names_throw(&names, self);
}

void ftblab_heat_rebuilt(ftblab_heat *heat, ftblab_component *self, int rank, bool good, const char *why)
{
  bool is_whole = good && (heat->files[rank] != FTBLAB_FILE_LOST_MORE || file_of(self, rank)->lost == 0);
  heat->files[rank] = is_whole ? FTBLAB_FILE_REBUILT : FTBLAB_FILE_HARMED;
  if (!good && !heat->tried[heat->way]) {
    heat->tried[heat->way] = true;
    self->world->ops->admin(self, "job %s could not rebuild its checkpoint (%s): %s", self->job->name,
                            way_names[heat->way], why);
  }
  if (--heat->in_work > 0)
    return;
  tell_rebuilt(heat, self);
  mend(heat, self);
}

void ftblab_heat_saved(ftblab_heat *heat, ftblab_component *self, bool good, const char *why)
{
  if (!heat->on || heat->step != FTBLAB_HEAT_SAVES)
    return;
  compute(heat, self);
  heat->marked = -1; /* if it has failed the ranks may have other things to do */
  if (good) {        /* those of before are gone, and what was done for them */
    mark(heat, self);
    heat->in_work = 0;
    memset(heat->files, 0, (size_t)ftblab_rank_count(self) * sizeof *heat->files);
    return;
  }
  self->world->ops->admin(self, "job %s could not take its checkpoint: %s", self->job->name, why);
  heat->tried[FTBLAB_BY_RENEWING] = true;
  mend(heat, self);
}

void ftblab_heat_held(ftblab_heat *heat, ftblab_component *self)
{
  if (!heat->on || heat->step != FTBLAB_HEAT_RECOMPUTES || heat->held)
    return;
  loss seen = look(heat, self);
  heat->held = true;
  set_timer(heat, self, seen.iteration * heat->iteration_seconds, FTBLAB_TIMER_RECOMPUTED);
}

/* The ranks have their images of then once more, and go on. */
static void recomputed(ftblab_heat *heat, ftblab_component *self)
{
  self->world->ops->job_go(self, self->job->index);
  heat->held = false;
  compute(heat, self);
  heat->marked = -1; /* they stood still */
  rebuild(heat, self, FTBLAB_REBUILD_RECOMPUTED);
}

/* Ranks were lost: the time until the others had got over that is no time of iterations. If they were to stand still,
 * those that are left are asked again. */
void ftblab_heat_error(ftblab_heat *heat, ftblab_component *self)
{
  heat->marked = -1;
  if (heat->on && heat->step == FTBLAB_HEAT_RECOMPUTES && !heat->held)
    self->world->ops->job_hold(self, self->job->index);
}

void ftblab_heat_timer(ftblab_heat *heat, ftblab_component *self, int tag)
{
  if (!heat->on || tag < FTBLAB_TIMER_SAVE)
    return;
  if (tag == FTBLAB_TIMER_TAKE_OVER) {
    take_over(heat, self);
    return;
  }
  heat->timer = 0;
  if (tag == FTBLAB_TIMER_SAVE)
    save_in_time(heat, self);
  else if (tag == FTBLAB_TIMER_IDLE_WAIT)
    save(heat, self);
  else
    recomputed(heat, self);
}

/* ---- launch ------------------------------------------------------------------------------------------------- */

static const struct {
  ftblab_interest interest;
  void (*react)(ftblab_heat *heat, ftblab_component *self, const ftblab_delivery *event);
} interests[] = {
    {{"FILE_LOST", {"files"}, NULL}, on_lost},
    {{"FILE_SYSTEM_IDLE", {"systems"}, NULL}, on_idle},
};

void ftblab_heat_event(ftblab_heat *heat, ftblab_component *self, const ftblab_delivery *event)
{
  for (size_t i = 0; heat->on && i < FTBLAB_COUNT(interests); i++)
    if (strcmp(event->event, interests[i].interest.event) == 0)
      interests[i].react(heat, self, event);
}

static void read_ways(ftblab_heat *heat, const cJSON *parameters)
{
  const cJSON *name = NULL;
  cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(parameters, "rebuild"))
  {
    for (int way = 0; way < FTBLAB_HEAT_WAYS; way++)
      if (strcmp(name->valuestring, way_names[way]) == 0)
        heat->allowed[way] = true;
  }
}

ftblab_status ftblab_heat_start(ftblab_heat *heat, ftblab_component *self, ftblab_error *err)
{
  const cJSON *parameters = self->job->parameters;
  size_t ranks = (size_t)ftblab_rank_count(self);
  ftblab_status status = FTBLAB_OK;
  heat->on = ftblab_is_heat(self->job);
  if (!heat->on)
    return FTBLAB_OK;
  heat->interval = ftblab_kind_number(parameters, "checkpoint_interval");
  heat->idle_wait = ftblab_kind_number(parameters, "idle_wait");
  heat->idle_chance = ftblab_kind_number(parameters, "idle_chance");
  heat->mtbf = ftblab_kind_number(parameters, "mtbf");
  heat->waits_for_idle = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(parameters, "waits_for_idle"));
  read_ways(heat, parameters);
  heat->files = calloc(ranks + 1, sizeof *heat->files);
  if (!heat->files)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %zu ranks of job %s", ranks, self->job->name);
  for (size_t i = 0; i < FTBLAB_COUNT(interests) && !status; i++)
    status = ftblab_register(self, &interests[i].interest, 1, err);
  heat->marked = -1; /* a launch from a checkpoint reads it first */
  if (!status && self->job->launches == 1 && !self->restarted)
    mark(heat, self);
  if (!status && self->restarted) /* nothing may be thrown before everything is registered */
    self->world->ops->timer(self, 0, FTBLAB_TIMER_TAKE_OVER, 0);
  if (!status)
    compute(heat, self);
  return status;
}
