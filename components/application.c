/* application.c - the fault-tolerance side of one job's application: works round blank ranks, spawns them again.
 *
 * What its processes compute is an application kind (applications.c). Here is what the application knows of its
 * communicators: which ranks are blank. It learns that from MPI's error handlers, which never fail, and from
 * MPI_RANKS_DEAD, which may get lost. Whether ranks are spawned again, and where, is the job's recovery, else the
 * parameter respawn. An application that recovers together with the job scheduler does so in resilience.c. */
#include <stdlib.h>

#include "heat.h"
#include "node_set.h"
#include "resilience.h"
#include "role.h"
#include "task_farm.h"

typedef struct state {
  bool respawn;
  bool *blank;           /* by rank */
  bool *early;           /* by rank: spawned before its death was told, which is no news then */
  int64_t *ranks;        /* scratch: room for every rank */
  ftblab_node_set named; /* scratch: the nodes of an event */
  ftblab_resilience resilience;
  bool is_farm;
  ftblab_task_farm farm;
  ftblab_heat heat;
} state;

static void stop(ftblab_component *self)
{
  state *application = self->state;
  free(application->blank);
  free(application->early);
  free(application->ranks);
  ftblab_node_set_free(&application->named);
  ftblab_resilience_free(&application->resilience);
  ftblab_task_farm_free(&application->farm);
  ftblab_heat_free(&application->heat);
  *application = (state){0};
}

/* The ranks that PAYLOAD names, as far as the job has them, ascending in state->ranks; their number. */
static int read_ranks(ftblab_component *self, const ftblab_payload *payload)
{
  state *application = self->state;
  const ftblab_pair *pair = ftblab_payload_find(payload, "ranks");
  int total = ftblab_rank_count(self), count = 0;
  for (int rank = 0; pair && rank < total; rank++)
    for (size_t i = 0; i < pair->item_count; i++) {
      const ftblab_item *item = &payload->items[pair->first_item + i];
      if (item->is_integer && item->first <= rank && rank <= item->last) {
        application->ranks[count++] = rank;
        break;
      }
    }
  return count;
}

/* A node in the job's pool without ranks; -1: none. */
static int find_spare(ftblab_component *self)
{
  for (int i = 0; i < self->job->node_count; i++) {
    int node = self->job->nodes[i];
    if (self->world->ops->job_pool_has(self, self->job->index, node) &&
        self->world->ops->job_ranks_on(self, self->job->index, node, NULL) == 0)
      return node;
  }
  return -1;
}

/* Blank ranks that were on the same node as the first of them, in state->ranks; their number. */
static int find_lost_node(ftblab_component *self)
{
  state *application = self->state;
  int node = -1, count = 0;
  for (int rank = 0; rank < ftblab_rank_count(self); rank++) {
    if (!application->blank[rank])
      continue;
    int was_on = self->world->ops->job_node_of_rank(self, self->job->index, rank);
    if (node < 0)
      node = was_on;
    if (was_on == node)
      application->ranks[count++] = rank;
  }
  return count;
}

/* Spawn what is blank on spares, all ranks of a node together, as long as there are any. */
static void respawn_on_spares(ftblab_component *self)
{
  state *application = self->state;
  int spare, count;
  while ((spare = find_spare(self)) >= 0 && (count = find_lost_node(self)) > 0) {
    ftblab_text where = {0};
    ftblab_text_addf(&where, " on spare node %s", self->world->ops->node_name(self, spare));
    ftblab_note_ranks(self, self->world->ops->note, "Use MPI_Comm_spawn to create new processes: ", application->ranks,
                      count, ftblab_text_string(&where));
    ftblab_text_free(&where);
    for (int i = 0; i < count; i++)
      application->blank[application->ranks[i]] = false;
    self->world->ops->job_spawn(self, self->job->index, spare, application->ranks, count);
    if (application->is_farm)
      ftblab_task_farm_join(self, &application->farm, application->ranks, count);
    if (self->world->ops->job_ranks_on(self, self->job->index, spare, NULL) == 0)
      return; /* a checkpoint is taken: they start after it */
  }
}

/* Row 8. */
static void on_ranks_dead(ftblab_component *self, const ftblab_delivery *event)
{
  state *application = self->state;
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  int count = read_ranks(self, event->payload);
  for (int i = 0; i < count; i++) {
    int64_t rank = application->ranks[i];
    if (self->job->respawn != FTBLAB_RESPAWN_ON_SPARES) /* else the error handlers know better: some live again */
      application->blank[rank] = application->blank[rank] || !application->early[rank];
    application->early[rank] = false;
  }
  if (count > 0 && application->is_farm)
    ftblab_note_ranks(self, self->world->ops->note, "The tasks of ", application->ranks, count,
                      " are in the bag again");
  else if (count > 0)
    ftblab_note_ranks(self, self->world->ops->note, "Work around 'blank' ", application->ranks, count,
                      " in the MPI communicators");
}

/* The error handlers are called for RANK. If it was spawned since, it is none of the blank ones any more. */
static void mark_blank(ftblab_component *self, int64_t rank)
{
  state *application = self->state;
  if (application->early[rank] && !self->world->ops->job_rank_is_hole(self, self->job->index, rank))
    return;
  application->blank[rank] = true;
  application->early[rank] = false;
}

static void on_error(ftblab_component *self, const int64_t *ranks, int count)
{
  state *application = self->state;
  for (int i = 0; i < count; i++)
    mark_blank(self, ranks[i]);
  ftblab_note_ranks(self, self->world->ops->note, "Error handler called for ", ranks, count, "");
  if (application->is_farm && ftblab_task_farm_lose(self, &application->farm, ranks, count) > 0)
    self->world->ops->note(self, "Put their tasks back into the bag");
  if (application->resilience.on)
    ftblab_resilience_error(&application->resilience, self, ranks, count);
  else if (self->job->respawn == FTBLAB_RESPAWN_ON_SPARES)
    respawn_on_spares(self);
  if (self->job->rolls_back) { /* what the lost ranks had is in their images, and nowhere else */
    self->world->ops->note(self, "Go back to the last checkpoint");
    self->world->ops->job_roll_back(self, self->job->index);
  }
  ftblab_heat_error(&application->heat, self);
}

/* May RANK be spawned? MPI may have replaced it just now, and have called no error handler yet. The manager of a farm
 * has to know of its loss first. */
static bool is_missing(ftblab_component *self, int64_t rank)
{
  const state *application = self->state;
  return application->blank[rank] ||
         (!application->is_farm && self->world->ops->job_rank_is_hole(self, self->job->index, rank));
}

/* The ranks of NODE that may be spawned, in state->ranks; their number. */
static int find_blank_ranks(ftblab_component *self, int node)
{
  state *application = self->state;
  int count = self->world->ops->job_ranks_on(self, self->job->index, node, application->ranks), blank = 0;
  for (int i = 0; i < count; i++)
    if (is_missing(self, application->ranks[i]))
      application->ranks[blank++] = application->ranks[i];
  return blank;
}

static bool respawns(const ftblab_component *self)
{
  const state *application = self->state;
  if (application->resilience.on)
    return false; /* what was lost is rebuilt elsewhere by then */
  if (self->job->respawn == FTBLAB_RESPAWN_BY_APPLICATION)
    return application->respawn;
  return self->job->respawn == FTBLAB_RESPAWN_ON_SPARES;
}

/* B.1.3 row 12(b): "If needed, use MPI_Comm_spawn to create new processes". */
static void on_running(ftblab_component *self, const ftblab_delivery *event)
{
  state *application = self->state;
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  ftblab_node_set_read(&application->named, self, event->payload);
  for (int i = 0; i < application->named.count; i++) {
    int node = application->named.nodes[i], count = find_blank_ranks(self, node);
    if (count == 0 || !respawns(self)) {
      self->world->ops->note(self, "No new processes needed on node %s", self->world->ops->node_name(self, node));
      continue;
    }
    ftblab_note_ranks(self, self->world->ops->note, "Use MPI_Comm_spawn to create new processes: ", application->ranks,
                      count, "");
    for (int j = 0; j < count; j++) {
      application->early[application->ranks[j]] = !application->blank[application->ranks[j]];
      application->blank[application->ranks[j]] = false;
    }
    self->world->ops->job_spawn(self, self->job->index, node, application->ranks, count);
    if (application->is_farm)
      ftblab_task_farm_join(self, &application->farm, application->ranks, count);
  }
  if (self->job->respawn == FTBLAB_RESPAWN_ON_SPARES &&
      !application->resilience.on) /* of other nodes, for which there was none */
    respawn_on_spares(self);
}

/* ---- launch --------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"MPI_RANKS_DEAD", {"nodes", "jobs", "ranks"}, on_ranks_dead},
    {"RM_JOBS_RUNNING", {"nodes", "jobs"}, on_running},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  state *application = self->state;
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
  ftblab_resilience_event(&application->resilience, self, event);
  ftblab_heat_event(&application->heat, self, event);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  state *application = self->state;
  (void)value;
  ftblab_resilience_timer(&application->resilience, self, tag);
  ftblab_heat_timer(&application->heat, self, tag);
}

static void on_held(ftblab_component *self)
{
  state *application = self->state;
  ftblab_resilience_held(&application->resilience, self);
  ftblab_heat_held(&application->heat, self);
}

static void on_checkpoint(ftblab_component *self, int job, bool good, const char *why)
{
  state *application = self->state;
  (void)job;
  ftblab_resilience_saved(&application->resilience, self, good, why);
  ftblab_heat_saved(&application->heat, self, good, why);
}

static void on_restart(ftblab_component *self, int job, bool good, const char *why)
{
  state *application = self->state;
  (void)job;
  (void)why;
  ftblab_heat_restarted(&application->heat, self, good);
}

static void on_rebuilt(ftblab_component *self, int job, int rank, bool good, const char *why)
{
  state *application = self->state;
  (void)job;
  ftblab_heat_rebuilt(&application->heat, self, rank, good, why);
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  state *application = self->state;
  size_t ranks = (size_t)ftblab_rank_count(self);
  application->blank = calloc(ranks + 1, sizeof *application->blank);
  application->early = calloc(ranks + 1, sizeof *application->early);
  application->ranks = calloc(ranks + 1, sizeof *application->ranks);
  if (!application->blank || !application->early || !application->ranks)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %zu ranks of job %s", ranks, self->job->name);
  return ftblab_node_set_init(&application->named, self->world->ops->node_count(self), err);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *application = self->state;
  application->respawn = ftblab_parameter_flag(self, "respawn");
  ftblab_status status = allocate(self, err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (!status)
    status = ftblab_register_answers(self, err);
  if (!status)
    status = ftblab_resilience_start(&application->resilience, self, err);
  if (!status)
    status = ftblab_heat_start(&application->heat, self, err);
  application->is_farm = ftblab_is_task_farm(self->job);
  if (!status && application->is_farm)
    status = ftblab_task_farm_start(self, &application->farm, err);
  if (status)
    stop(self);
  return status;
}

static void on_piece(ftblab_component *self, int job, int rank, int piece)
{
  state *application = self->state;
  (void)job;
  ftblab_task_farm_result(self, &application->farm, rank, piece);
}

extern const ftblab_role_class ftblab_application_role;
const ftblab_role_class ftblab_application_role = {
    .role = "Application",
    .space = "ftb.application.ftblab",
    .instance = "app",
    .scope = FTBLAB_PER_JOB,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_action = ftblab_check_by_hand,
    .on_error = on_error,
    .on_held = on_held,
    .on_checkpoint = on_checkpoint,
    .on_restart = on_restart,
    .on_rebuilt = on_rebuilt,
    .on_piece = on_piece,
};
