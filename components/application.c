/* application.c - the fault-tolerance side of one job's application: works round blank ranks, spawns them again.
 *
 * What its processes compute is an application kind (applications.c). Here is what the application knows of its
 * communicators: which ranks are blank. It learns that from MPI's error handlers, which never fail, and from
 * MPI_RANKS_DEAD, which may get lost. */
#include <stdlib.h>

#include "node_set.h"
#include "role.h"

typedef struct state {
  bool respawn;
  bool *blank;           /* by rank */
  int64_t *ranks;        /* scratch: room for every rank */
  ftblab_node_set named; /* scratch: the nodes of an event */
} state;

static void stop(ftblab_component *self)
{
  state *application = self->state;
  free(application->blank);
  free(application->ranks);
  ftblab_node_set_free(&application->named);
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

/* Row 8. */
static void on_ranks_dead(ftblab_component *self, const ftblab_delivery *event)
{
  state *application = self->state;
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  int count = read_ranks(self, event->payload);
  for (int i = 0; i < count; i++)
    application->blank[application->ranks[i]] = true;
  if (count > 0)
    ftblab_note_ranks(self, self->world->ops->note, "Work around 'blank' ", application->ranks, count,
                      " in the MPI communicators");
}

static void on_error(ftblab_component *self, const int64_t *ranks, int count)
{
  state *application = self->state;
  for (int i = 0; i < count; i++)
    application->blank[ranks[i]] = true;
  ftblab_note_ranks(self, self->world->ops->note, "Error handler called for ", ranks, count, "");
}

/* The blank ranks of NODE in state->ranks; their number. */
static int find_blank_ranks(ftblab_component *self, int node)
{
  state *application = self->state;
  int count = self->world->ops->job_ranks_on(self, self->job->index, node, application->ranks), blank = 0;
  for (int i = 0; i < count; i++)
    if (application->blank[application->ranks[i]])
      application->ranks[blank++] = application->ranks[i];
  return blank;
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
    if (count == 0 || !application->respawn) {
      self->world->ops->note(self, "No new processes needed on node %s", self->world->ops->node_name(self, node));
      continue;
    }
    ftblab_note_ranks(self, self->world->ops->note, "Use MPI_Comm_spawn to create new processes: ", application->ranks,
                      count, "");
    for (int j = 0; j < count; j++)
      application->blank[application->ranks[j]] = false;
    self->world->ops->job_spawn(self, self->job->index, node, application->ranks, count);
  }
}

/* ---- launch --------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"MPI_RANKS_DEAD", {"nodes", "jobs", "ranks"}, on_ranks_dead},
    {"RM_JOBS_RUNNING", {"nodes", "jobs"}, on_running},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  state *application = self->state;
  size_t ranks = (size_t)ftblab_rank_count(self);
  application->blank = calloc(ranks + 1, sizeof *application->blank);
  application->ranks = calloc(ranks + 1, sizeof *application->ranks);
  if (!application->blank || !application->ranks)
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
  if (status)
    stop(self);
  return status;
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
    .on_action = ftblab_check_by_hand,
    .on_error = on_error,
};
