/* mpi.c - the MPI runtime of one job: turns the death of a node into the end of the job or into blank ranks.
 *
 * With policy abort a dead node ends the job (B.1.2). With policy continue its ranks become MPI_PROC_NULL and the job
 * goes on with holes (B.1.3), as long as a rank lives. A node that returns is a resource of the job again; its
 * ranks stay holes until the application spawns them. */
#include <stdlib.h>
#include <string.h>

#include "mpi.h"
#include "task_farm.h"

static void stop(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  ftblab_node_set_free(&mpi->lost);
  ftblab_node_set_free(&mpi->vacated);
  ftblab_node_set_free(&mpi->named);
  ftblab_node_set_free(&mpi->probed);
  ftblab_node_set_free(&mpi->silent);
  ftblab_node_set_free(&mpi->blamed);
  ftblab_node_set_free(&mpi->cut_off);
  free(mpi->ranks);
  free(mpi->moving);
  free(mpi->marked);
  free(mpi->asked);
  ftblab_mpi_interfaces_free(&mpi->interfaces);
  *mpi = (ftblab_mpi){0};
}

static void mark_ranks(ftblab_component *self, const ftblab_node_set *nodes)
{
  ftblab_mpi *mpi = self->state;
  for (int i = 0; i < nodes->count; i++) {
    int count = self->world->ops->job_ranks_on(self, self->job->index, nodes->nodes[i], mpi->ranks);
    for (int j = 0; j < count; j++)
      mpi->marked[mpi->ranks[j]] = true;
  }
}

int ftblab_living_ranks(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  int total = ftblab_rank_count(self), living = 0;
  bool all = mpi->lost.count + mpi->silent.count == 0 && self->world->ops->job_holes(self, self->job->index) == 0;
  memset(mpi->marked, 0, (size_t)total * sizeof *mpi->marked);
  for (int rank = 0; all && rank < total; rank++)
    mpi->ranks[rank] = rank;
  if (all)
    return total;
  mark_ranks(self, &mpi->lost);
  mark_ranks(self, &mpi->silent); /* empty but while a check is answered */
  for (int rank = 0; rank < total; rank++) {
    mpi->marked[rank] = mpi->marked[rank] || self->world->ops->job_rank_is_hole(self, self->job->index, rank);
    if (!mpi->marked[rank])
      mpi->ranks[living++] = rank;
  }
  return living;
}

/* ---- death ---------------------------------------------------------------------------------------------- */

/* Ends SELF too: the caller returns at once. */
static void abort_job(ftblab_component *self, const char *reason)
{
  self->world->ops->note(self, "MPI prints console error, aborts job %s", self->job->name);
  ftblab_mpi_library_aborts(self);
  self->world->ops->job_abort(self, self->job->index, reason);
}

/* Keep in state->named only nodes of the job that were not lost before, and remember them as lost. */
static void lose_nodes(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  for (int i = mpi->named.count - 1; i >= 0; i--) { /* backwards: removing moves the last member */
    int node = mpi->named.nodes[i];
    int count = self->world->ops->job_ranks_on(self, self->job->index, node, NULL);
    if (count == 0 || ftblab_node_set_has(&mpi->lost, node))
      ftblab_node_set_remove(&mpi->named, node);
    else
      ftblab_node_set_add(&mpi->lost, node);
  }
}

static void note_translation(ftblab_component *self, int node, const int64_t *ranks, int count)
{
  ftblab_text words = {0};
  ftblab_text_addf(&words, "Translate (node %s: job %s) to ", self->world->ops->node_name(self, node), self->job->name);
  ftblab_note_ranks(self, self->world->ops->note, ftblab_text_string(&words), ranks, count, "");
  ftblab_text_free(&words);
}

/* Row 6. */
static void blank_ranks(ftblab_component *self, int node)
{
  const ftblab_world_ops *world = self->world->ops;
  ftblab_mpi *mpi = self->state;
  int count = world->job_ranks_on(self, self->job->index, node, mpi->ranks);
  note_translation(self, node, mpi->ranks, count);
  ftblab_note_ranks(self, self->world->ops->note, "Replace ", mpi->ranks, count,
                    " with MPI_PROC_NULL, call application error handlers");
  world->job_blank(self, self->job->index, mpi->ranks, count);
}

/* Row 7 for COUNT ranks of NODE. */
static void throw_ranks(ftblab_component *self, int node, const int64_t *ranks, int count, uint64_t cause)
{
  const char *name = self->world->ops->node_name(self, node);
  ftblab_text head = {0}, words = {0};
  ftblab_payload_add_words(&head, "nodes", &name, 1);
  ftblab_payload_add_words(&head, "jobs", &self->job->name, 1);
  ftblab_text_addf(&words, "Translate (node %s: job %s) to ", name, self->job->name);
  const ftblab_rank_announcement dead = {.event = "MPI_RANKS_DEAD",
                                         .head = ftblab_text_string(&head),
                                         .before = ftblab_text_string(&words),
                                         .after = "",
                                         .in_response_to = cause};
  ftblab_announce_ranks(self, &dead, ranks, count);
  ftblab_text_free(&head);
  ftblab_text_free(&words);
}

/* What the resource manager has granted beyond the nodes with ranks: the application may spawn there. */
static void pool_spares(ftblab_component *self)
{
  const ftblab_mpi *mpi = self->state;
  for (int i = 0; i < self->job->node_count; i++) {
    int node = self->job->nodes[i];
    if (!ftblab_node_set_has(&mpi->lost, node) &&
        self->world->ops->job_ranks_on(self, self->job->index, node, NULL) == 0)
      self->world->ops->job_pool_add(self, self->job->index, node);
  }
}

/* One event a node: in one for several nodes nobody could tell which rank ran where, since sets are not paired. */
static void go_on_with_holes(ftblab_component *self, uint64_t cause)
{
  ftblab_mpi *mpi = self->state;
  for (int i = 0; i < mpi->named.count; i++)
    blank_ranks(self, mpi->named.nodes[i]);
  if (self->job->respawn == FTBLAB_RESPAWN_ON_SPARES)
    pool_spares(self);
  for (int i = 0; i < mpi->named.count; i++) {
    int node = mpi->named.nodes[i];
    int count = self->world->ops->job_ranks_on(self, self->job->index, node, mpi->ranks);
    throw_ranks(self, node, mpi->ranks, count, cause);
    ftblab_mpi_library_node(self, node, false);
  }
}

/* Row 6 of B.1.2 and B.1.3. */
static void on_dead(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  ftblab_node_set_read(&mpi->named, self, event->payload);
  lose_nodes(self);
  if (mpi->named.count == 0 || self->job->state != FTBLAB_JOB_RUNNING) /* a suspended job is images: nothing to end */
    return;
  bool leaderless = ftblab_is_task_farm(self->job) &&
                    ftblab_node_set_has(&mpi->named, self->world->ops->job_node_of_rank(self, self->job->index, 0));
  if (leaderless) /* TF.1-manager: nobody else knows what is done, so there is nothing to go on with */
    abort_job(self, "the manager of the task farm died");
  else if (self->job->policy == FTBLAB_POLICY_ABORT)
    abort_job(self, "a node died and errors are fatal");
  else if (ftblab_living_ranks(self) == 0)
    abort_job(self, "no rank is left");
  else
    go_on_with_holes(self, event->id);
}

/* ---- restoration ---------------------------------------------------------------------------------------- */

/* B.1.3 row 12(a), B.3.3 row 10. */
static void on_running(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  ftblab_node_set_read(&mpi->named, self, event->payload);
  for (int i = mpi->named.count - 1; i >= 0; i--) {
    int node = mpi->named.nodes[i];
    if (!ftblab_node_set_has(&mpi->lost, node) && !ftblab_node_set_has(&mpi->vacated, node))
      ftblab_node_set_remove(&mpi->named, node);
    ftblab_node_set_remove(&mpi->lost, node);
    ftblab_node_set_remove(&mpi->vacated, node);
  }
  ftblab_note_nodes(self, "Add ", &mpi->named, " as an unallocated resource");
  for (int i = 0; i < mpi->named.count; i++) {
    ftblab_mpi_library_node(self, mpi->named.nodes[i], true);
    self->world->ops->job_pool_add(self, self->job->index, mpi->named.nodes[i]);
  }
  for (int i = 0; i < mpi->named.count && mpi->announce_alive; i++)
    ftblab_mpi_announce_alive(self, mpi->named.nodes[i], event->id);
}

/* ---- interfaces ----------------------------------------------------------------------------------------- */

static void on_failed_interface(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  ftblab_mpi_interfaces_failed(&mpi->interfaces, self, event);
  if (ftblab_payload_names(event->payload, "jobs", self->job->name))
    ftblab_mpi_library_interfaces(self, event, false);
}

static void on_restored_interface(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  ftblab_mpi_interfaces_restored(&mpi->interfaces, self, event);
  if (ftblab_payload_names(event->payload, "jobs", self->job->name))
    ftblab_mpi_library_interfaces(self, event, true);
}

static void on_corruption(ftblab_component *self, int node)
{
  ftblab_mpi *mpi = self->state;
  if (ftblab_mpi_interfaces_corruption(&mpi->interfaces, self, node, mpi->library != FTBLAB_MPI_MPICH2))
    ftblab_mpi_library_corruption(self, node);
}

/* MPICH2 has its own error for it (on_unreachable), and FTB-IB tells of ports. */
static void on_time_outs(ftblab_component *self, int node)
{
  ftblab_mpi *mpi = self->state;
  if (mpi->library != FTBLAB_MPI_MPICH2 && !mpi->ftb_ib)
    ftblab_mpi_interfaces_time_outs(&mpi->interfaces, self, node);
}

static void on_probe(ftblab_component *self, int node, bool answered)
{
  ftblab_mpi_ports_probed(self, node, answered);
  ftblab_mpi_on_probe(self, node, answered);
}

/* The user has a checkpoint taken: Open MPI's ompi-checkpoint, or a signal to MPICH2's mpiexec. */
static void on_action(ftblab_component *self, const char *action, int node, int job)
{
  (void)node;
  if (strcmp(action, "checkpoint") == 0 && (job < 0 || job == self->job->index))
    self->world->ops->job_checkpoint(self, self->job->index);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  ftblab_mpi *mpi = self->state;
  if (tag == FTBLAB_MPI_TIMER_CORRUPTION)
    ftblab_mpi_interfaces_timer(&mpi->interfaces, value);
  if (tag == FTBLAB_MPI_TIMER_PERIODIC)
    ftblab_mpi_periodic_due(self);
}

/* ---- launch --------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"RM_JOBS_DEAD", {"nodes", "jobs"}, on_dead},
    {"RM_JOBS_RUNNING", {"nodes", "jobs"}, on_running},
    {"MPI_RANKS_DEAD", {"nodes", "jobs", "ranks"}, NULL},
    {"FAILED_MPI_PHYSICAL_INTERFACE", {"ifaces", "nodes", "jobs"}, on_failed_interface},
    {"RESTORED_MPI_PHYSICAL_INTERFACE", {"ifaces", "nodes", "jobs"}, on_restored_interface},
    {"MPI_MESSAGE_CORRUPTION", {"nodes", "jobs"}, NULL},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi_look(self);
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event); /* no event is in two of the tables */
  ftblab_react(self, ftblab_mpi_checkpoint_interests, ftblab_mpi_checkpoint_interest_count, event);
  ftblab_react(self, ftblab_mpi_check_interests, ftblab_mpi_check_interest_count, event);
  ftblab_react(self, ftblab_mpi_predict_interests, ftblab_mpi_predict_interest_count, event);
  ftblab_react(self, ftblab_mpi_port_interests, ftblab_mpi_port_interest_count, event);
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  ftblab_mpi *mpi = self->state;
  size_t ranks = (size_t)ftblab_rank_count(self) + 1;
  ftblab_node_set *sets[] = {&mpi->lost,   &mpi->vacated, &mpi->named,  &mpi->probed,
                             &mpi->silent, &mpi->blamed,  &mpi->cut_off};
  ftblab_status status = FTBLAB_OK;
  mpi->ranks = malloc(ranks * sizeof *mpi->ranks);
  mpi->moving = malloc(ranks * sizeof *mpi->moving);
  mpi->marked = calloc(ranks, sizeof *mpi->marked);
  mpi->asked = calloc(ranks, sizeof *mpi->asked);
  if (!mpi->ranks || !mpi->moving || !mpi->marked || !mpi->asked)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %d ranks of job %s", ftblab_rank_count(self),
                       self->job->name);
  for (size_t i = 0; i < FTBLAB_COUNT(sets) && !status; i++)
    status = ftblab_node_set_init(sets[i], self->world->ops->node_count(self), err);
  return status ? status : ftblab_mpi_interfaces_init(&mpi->interfaces, self, err);
}

/* "MPICH2 does not catch any events at this time." */
static ftblab_status register_all(ftblab_component *self, ftblab_error *err)
{
  const ftblab_mpi *mpi = self->state;
  if (mpi->library == FTBLAB_MPI_MPICH2)
    return FTBLAB_OK;
  ftblab_status status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  bool is_moved = self->job->on_prediction != FTBLAB_PREDICTION_IGNORE;
  if (!status && (ftblab_parameter_flag(self, "checkpoint") || is_moved))
    status = ftblab_register(self, ftblab_mpi_checkpoint_interests, ftblab_mpi_checkpoint_interest_count, err);
  if (!status && ftblab_parameter_flag(self, "commands"))
    status = ftblab_register(self, ftblab_mpi_check_interests, ftblab_mpi_check_interest_count, err);
  if (!status && ftblab_parameter_flag(self, "predict_ranks"))
    status = ftblab_register(self, ftblab_mpi_predict_interests, ftblab_mpi_predict_interest_count, err);
  if (!status && mpi->ftb_ib)
    status = ftblab_register(self, ftblab_mpi_port_interests, ftblab_mpi_port_interest_count, err);
  return status;
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  ftblab_mpi *mpi = self->state;
  mpi->announce_alive = ftblab_parameter_flag(self, "announce_alive");
  mpi->interfaces.notice = (int)ftblab_parameter(self, "corruption_notice");
  mpi->interfaces.recheck = ftblab_parameter(self, "corruption_recheck");
  mpi->interfaces.timer_tag = FTBLAB_MPI_TIMER_CORRUPTION;
  mpi->probe_timeout = ftblab_parameter(self, "probe_timeout");
  ftblab_status status = allocate(self, err);
  if (!status)
    status = ftblab_mpi_ports_start(self, err);
  if (!status) {
    ftblab_mpi_library_start(self);
    status = register_all(self, err);
  }
  if (status)
    stop(self);
  else
    ftblab_mpi_periodic_plan(self);
  return status;
}

extern const ftblab_role_class ftblab_mpi_role;
const ftblab_role_class ftblab_mpi_role = {
    .role = "MPI",
    .space = "ftb.mpi.ftblab",
    .space_of = ftblab_mpi_space,
    .instance = "mpi",
    .scope = FTBLAB_PER_JOB,
    .state_size = sizeof(ftblab_mpi),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_probe = on_probe,
    .on_action = on_action,
    .on_unreachable = ftblab_mpi_on_unreachable,
    .on_checkpoint = ftblab_mpi_on_checkpoint,
    .on_restart = ftblab_mpi_on_restart,
    .on_migrate = ftblab_mpi_on_migrate,
    .on_corruption = on_corruption,
    .on_time_outs = on_time_outs,
};
