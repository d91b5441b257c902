/* mpi_checkpoint.c - the MPI runtime suspends, resumes and moves its job (B.3, B.4, section 2.3 of the standard).
 *
 * What fails is told to the administrator alone, since the standard has no event for it: a job whose checkpoint or
 * migration failed goes on where it was, one whose restart failed stays suspended. A suspension or resumption that
 * is asked for while something else is under way is done afterwards; a migration is then refused. */
#include <stdlib.h>
#include <string.h>

#include "mpi.h"

static void begin(ftblab_component *self, ftblab_mpi_operation operation, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  mpi->under_way = operation;
  mpi->cause = event->id;
  snprintf(mpi->manager, sizeof mpi->manager, "%s", event->component);
}

/* Is COMMAND for this job, and is MPI free to obey? */
static bool may_begin(ftblab_component *self, const ftblab_delivery *command)
{
  const ftblab_mpi *mpi = self->state;
  if (!ftblab_payload_names(command->payload, "jobs", self->job->name))
    return false;
  if (mpi->under_way != FTBLAB_MPI_IDLE)
    self->world->ops->note(self, "Another operation on job %s is under way", self->job->name);
  return mpi->under_way == FTBLAB_MPI_IDLE;
}

static bool may_move(ftblab_component *self, int from)
{
  const ftblab_mpi *mpi = self->state;
  return self->job->state == FTBLAB_JOB_RUNNING && !ftblab_node_set_has(&mpi->lost, from) &&
         self->world->ops->job_ranks_on(self, self->job->index, from, NULL) > 0;
}

static void move(ftblab_component *self, int from, int to)
{
  ftblab_mpi *mpi = self->state;
  mpi->moving_count = self->world->ops->job_ranks_on(self, self->job->index, from, mpi->moving);
  self->world->ops->job_migrate(self, self->job->index, from, to);
}

/* Has what was asked for meanwhile any sense yet? */
static bool may_go_on(ftblab_component *self, ftblab_mpi_operation next)
{
  const ftblab_mpi *mpi = self->state;
  if (next == FTBLAB_MPI_MIGRATES)
    return may_move(self, mpi->next_from);
  return self->job->state == (next == FTBLAB_MPI_SUSPENDS ? FTBLAB_JOB_RUNNING : FTBLAB_JOB_SUSPENDED);
}

/* What was asked for meanwhile is due. */
static void go_on(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  ftblab_mpi_operation next = mpi->next;
  mpi->under_way = mpi->next = FTBLAB_MPI_IDLE;
  if (next == FTBLAB_MPI_IDLE || !may_go_on(self, next)) {
    ftblab_mpi_ports_go_on(self);
    ftblab_mpi_periodic_go_on(self);
    return;
  }
  mpi->under_way = next;
  mpi->cause = mpi->next_cause;
  if (next == FTBLAB_MPI_SUSPENDS)
    self->world->ops->job_checkpoint(self, self->job->index);
  else if (next == FTBLAB_MPI_MIGRATES)
    move(self, mpi->next_from, mpi->next_to);
  else
    self->world->ops->job_resume(self, self->job->index);
}

/* OPERATION was asked for while something else was under way. */
static void do_next(ftblab_component *self, ftblab_mpi_operation operation, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  if (mpi->under_way == FTBLAB_MPI_IDLE || !ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  mpi->next = operation;
  mpi->next_cause = event->id;
  if (mpi->under_way == FTBLAB_MPI_CHECKPOINTS) /* of nobody's command */
    snprintf(mpi->manager, sizeof mpi->manager, "%s", event->component);
}

/* Throw EVENT for the first COUNT of mpi->ranks; WITH_JOB: the payload names the job too. */
static void announce(ftblab_component *self, const char *event, bool with_job, const char *before, int count)
{
  ftblab_mpi *mpi = self->state;
  ftblab_text head = {0};
  if (with_job)
    ftblab_payload_add_words(&head, "jobs", &self->job->name, 1);
  const ftblab_rank_announcement announcement = {
      .event = event, .head = ftblab_text_string(&head), .before = before, .after = "", .in_response_to = mpi->cause};
  ftblab_announce_ranks(self, &announcement, mpi->ranks, count);
  ftblab_text_free(&head);
}

/* ---- suspend -------------------------------------------------------------------------------------------- */

/* B.3.1 row 2. */
static void on_suspend(ftblab_component *self, const ftblab_delivery *event)
{
  const ftblab_mpi *mpi = self->state;
  if (mpi->under_way != FTBLAB_MPI_SUSPENDS)
    do_next(self, FTBLAB_MPI_SUSPENDS, event);
  if (!may_begin(self, event) || self->job->state != FTBLAB_JOB_RUNNING)
    return;
  self->world->ops->note(self, "Coordinate a global checkpoint operation. Suspend/Terminate job %s", self->job->name);
  begin(self, FTBLAB_MPI_SUSPENDS, event);
  self->world->ops->job_checkpoint(self, self->job->index);
}

/* B.3.1 row 3. */
static void throw_command(ftblab_component *self)
{
  const ftblab_mpi *mpi = self->state;
  ftblab_text payload = {0}, command = {0};
  ftblab_text_addf(&command, "mpirun --restart %s", self->job->name);
  const char *word = ftblab_text_string(&command);
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  ftblab_add_value(&payload, "command", word);
  if (payload.failed || command.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a command");
  } else {
    self->world->ops->note_throw(self, "Provide %s with the command needed to resume job %s", mpi->manager,
                                 self->job->name);
    self->world->ops->publish(self, "RESUME_JOB_CMD", payload.data, mpi->cause);
  }
  ftblab_text_free(&payload);
  ftblab_text_free(&command);
}

void ftblab_mpi_on_checkpoint(ftblab_component *self, int job, bool good, const char *why)
{
  ftblab_mpi *mpi = self->state;
  if (!good)
    ftblab_mpi_library_failed(self, why);
  if (mpi->under_way == FTBLAB_MPI_CHECKPOINTS) {
    ftblab_mpi_periodic_done(self, good, why);
    go_on(self);
    return;
  }
  if (mpi->under_way != FTBLAB_MPI_SUSPENDS)
    return;
  if (!good) {
    self->world->ops->admin(self, "checkpoint of job %s failed, it goes on: %s", self->job->name, why);
    go_on(self);
    return;
  }
  int count = ftblab_living_ranks(self);
  announce(self, "MPI_RANKS_CKPT", false, "Checkpointed ", count);
  self->world->ops->job_suspend(self, job);
  mpi->suspended = true;
  announce(self, "MPI_RANKS_SUSPEND", true, "Suspended ", count);
  throw_command(self);
  go_on(self);
}

/* ---- resume --------------------------------------------------------------------------------------------- */

/* B.3.1 row 6. */
static void on_resume(ftblab_component *self, const ftblab_delivery *event)
{
  const ftblab_mpi *mpi = self->state;
  if (mpi->under_way != FTBLAB_MPI_MIGRATES) /* of a running job */
    do_next(self, FTBLAB_MPI_RESUMES, event);
  if (!may_begin(self, event) || self->job->state != FTBLAB_JOB_SUSPENDED)
    return;
  self->world->ops->note(self, "Bring job %s back into a running state", self->job->name);
  begin(self, FTBLAB_MPI_RESUMES, event);
  self->world->ops->job_resume(self, self->job->index);
}

void ftblab_mpi_look(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  if (!mpi->suspended || self->job->state != FTBLAB_JOB_RUNNING)
    return;
  mpi->suspended = false;
  ftblab_node_set_clear(&mpi->lost);
  ftblab_node_set_clear(&mpi->vacated);
}

/* Also without a command: mpirun restarts its own job. All ranks of the checkpoint live again, on sound nodes. */
void ftblab_mpi_on_restart(ftblab_component *self, int job, bool good, const char *why)
{
  ftblab_mpi *mpi = self->state;
  (void)job;
  ftblab_mpi_periodic_plan(self);
  if (!good) {
    self->world->ops->admin(self, "job %s was not restarted: %s", self->job->name, why);
    if (self->job->state == FTBLAB_JOB_SUSPENDED && strcmp(why, FTBLAB_IMAGES_LOST) == 0)
      self->world->ops->job_abort(self, self->job->index, why); /* ends SELF too */
    else
      go_on(self);
    return;
  }
  if (mpi->under_way != FTBLAB_MPI_RESUMES)
    mpi->cause = 0;
  ftblab_mpi_look(self);
  int count = ftblab_living_ranks(self);
  announce(self, "MPI_RANKS_RESTART", false, "Restarted ", count);
  announce(self, "MPI_RANKS_RESUME", true, "Resumed ", count);
  go_on(self);
}

/* ---- move ----------------------------------------------------------------------------------------------- */

static void note_move(ftblab_component *self, int from, int to)
{
  const ftblab_world_ops *world = self->world->ops;
  ftblab_mpi *mpi = self->state;
  ftblab_text words = {0};
  int count = world->job_ranks_on(self, self->job->index, from, mpi->moving);
  ftblab_text_addf(&words, " from node %s to new node %s. Resume application", world->node_name(self, from),
                   world->node_name(self, to));
  world->note(self, "Coordinate a global checkpoint operation");
  ftblab_note_ranks(self, world->note, "Migrate ", mpi->moving, count, ftblab_text_string(&words));
  ftblab_text_free(&words);
}

/* B.3.3 row 4. */
static void on_move(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (from >= 0 && to >= 0 &&
      mpi->under_way == FTBLAB_MPI_CHECKPOINTS) { /* it takes its time: not a reason to refuse */
    do_next(self, FTBLAB_MPI_MIGRATES, event);
    mpi->next_from = from;
    mpi->next_to = to;
  }
  if (from < 0 || to < 0 || !may_begin(self, event) || !may_move(self, from))
    return;
  note_move(self, from, to);
  begin(self, FTBLAB_MPI_MIGRATES, event);
  move(self, from, to);
}

bool ftblab_mpi_move(ftblab_component *self, int from, int to, uint64_t cause)
{
  ftblab_mpi *mpi = self->state;
  if (mpi->under_way != FTBLAB_MPI_IDLE || !may_move(self, from))
    return false;
  mpi->under_way = FTBLAB_MPI_MIGRATES;
  mpi->cause = cause;
  snprintf(mpi->manager, sizeof mpi->manager, "whom it concerns");
  move(self, from, to);
  return true;
}

/* B.3.3 row 5. */
static void announce_move(ftblab_component *self, int from, int to)
{
  ftblab_mpi *mpi = self->state;
  ftblab_text head = {0}, words = {0};
  ftblab_add_value(&head, "snode", self->world->ops->node_name(self, from));
  ftblab_add_value(&head, "dnode", self->world->ops->node_name(self, to));
  ftblab_payload_add_words(&head, "jobs", &self->job->name, 1);
  ftblab_text_addf(&words, "Tell %s that migration is finished: ", mpi->manager);
  const ftblab_rank_announcement done = {.event = "MPI_RANKS_MIGRATE",
                                         .head = ftblab_text_string(&head),
                                         .before = ftblab_text_string(&words),
                                         .after = "",
                                         .in_response_to = mpi->cause};
  ftblab_announce_ranks(self, &done, mpi->moving, mpi->moving_count);
  ftblab_text_free(&head);
  ftblab_text_free(&words);
}

void ftblab_mpi_on_migrate(ftblab_component *self, int job, int from, int to, bool good, const char *why)
{
  ftblab_mpi *mpi = self->state;
  (void)job;
  if (mpi->under_way != FTBLAB_MPI_MIGRATES)
    return;
  if (good) {
    announce_move(self, from, to);
    ftblab_node_set_add(&mpi->vacated, from);
    ftblab_mpi_library_moved(self, from, to);
  } else {
    self->world->ops->admin(self, "migration of job %s from node %s to node %s failed, it goes on: %s", self->job->name,
                            self->world->ops->node_name(self, from), self->world->ops->node_name(self, to), why);
    ftblab_mpi_library_failed(self, why);
  }
  ftblab_mpi_ports_moved(self, from, to, good);
  go_on(self);
}

/* ---- interests ------------------------------------------------------------------------------------------ */

const ftblab_interest ftblab_mpi_checkpoint_interests[] = {
    {"DO_JOBS_SUSPEND", {"jobs"}, on_suspend},
    {"DO_JOBS_RESUME", {"jobs"}, on_resume},
    {"RESUME_JOB_CMD", {"jobs"}, NULL},
    {"RM_JOBS_MIGRATE", {"snode", "dnode", "jobs"}, on_move},
    {"MPI_RANKS_MIGRATE", {"snode", "dnode", "jobs"}, NULL},
};
const size_t ftblab_mpi_checkpoint_interest_count = FTBLAB_COUNT(ftblab_mpi_checkpoint_interests);
