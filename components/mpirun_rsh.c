/* mpirun_rsh.c - mpirun_rsh of MVAPICH2, the launcher of a job (Appendix D): moves the ranks of a node that is expected
 * to fail, or that its administrator wants free, to a spare.
 *
 * One migration at a time; other nodes wait for their turn. Events of a rank do not say which migration they belong to,
 * so one is over only when every rank that moves has answered. What never comes (the channel is unreliable, and for a
 * copy that failed there is no event) is waited for answer_wait seconds; then it counts where the ranks are. */
#include <stdlib.h>
#include <string.h>

#include "node_set.h"
#include "resource_pool.h"
#include "role.h"

enum { TIMER_ANSWER };

typedef enum migration_phase {
  IDLE,
  PROBES,      /* the spare is asked for a sign of life */
  CHECKPOINTS, /* ranks write images, mpispawn copies them */
  RESTARTS
} migration_phase;

typedef struct state {
  double probe_timeout, answer_wait; /* seconds */
  ftblab_resource_pool pool;         /* dead: did not answer; predicted: ranks have left it */
  ftblab_node_set waiting, named;    /* nodes to be cleared; scratch: the nodes of an event */
  migration_phase phase;
  int from, to;    /* of the migration under way */
  uint64_t cause;  /* the event that asked for it */
  uint64_t timer;  /* until it is given up */
  int64_t *moving; /* the ranks that move, ascending */
  bool *answered;  /* by place in moving: in this phase */
  int moving_count, answers;
  bool images_there; /* on the spare */
  bool failed;       /* for one rank at least */
} state;

static void stop(ftblab_component *self)
{
  state *launcher = self->state;
  ftblab_resource_pool_free(&launcher->pool);
  ftblab_node_set_free(&launcher->waiting);
  ftblab_node_set_free(&launcher->named);
  free(launcher->moving);
  free(launcher->answered);
  *launcher = (state){0};
}

static const char *name_of(ftblab_component *self, int node)
{
  return self->world->ops->node_name(self, node);
}

/* ---- the beginning -------------------------------------------------------------------------------------- */

static void count_users(ftblab_component *self)
{
  state *launcher = self->state;
  for (int i = 0; i < self->world->ops->node_count(self); i++)
    launcher->pool.nodes[i].users = 0;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    for (int j = 0; j < job->node_count; j++)
      launcher->pool.nodes[job->nodes[j]].users++;
  }
}

/* A node that no job has; -1: there is none. */
static int choose_spare(ftblab_component *self)
{
  const state *launcher = self->state;
  count_users(self);
  return ftblab_resource_pool_spare(&launcher->pool, self, launcher->from);
}

/* The next node that waits and still has ranks of the job; -1: none. */
static int next_node(ftblab_component *self)
{
  state *launcher = self->state;
  while (launcher->waiting.count > 0) {
    int node = launcher->waiting.nodes[0];
    ftblab_node_set_remove(&launcher->waiting, node);
    if (self->world->ops->job_ranks_on(self, self->job->index, node, NULL) > 0)
      return node;
  }
  return -1;
}

/* Ask a spare whether it is there; without one the node stays as it is. */
static void try_spare(ftblab_component *self)
{
  state *launcher = self->state;
  launcher->to = choose_spare(self);
  launcher->phase = launcher->to < 0 ? IDLE : PROBES;
  if (launcher->to < 0) {
    self->world->ops->admin(self, "there is no spare for node %s: job %s stays on it", name_of(self, launcher->from),
                            self->job->name);
    return;
  }
  self->world->ops->note(self, "Choose spare node %s for node %s", name_of(self, launcher->to),
                         name_of(self, launcher->from));
  self->world->ops->probe(self, launcher->to, launcher->probe_timeout);
}

static void begin_next(ftblab_component *self)
{
  state *launcher = self->state;
  while (launcher->phase == IDLE) {
    launcher->from = next_node(self);
    if (launcher->from < 0)
      return;
    try_spare(self);
  }
}

/* D.1 row 2. */
static void on_trigger(ftblab_component *self, const ftblab_delivery *event)
{
  state *launcher = self->state;
  ftblab_node_set_read(&launcher->named, self, event->payload);
  for (int i = 0; i < launcher->named.count; i++) {
    int node = launcher->named.nodes[i];
    launcher->pool.nodes[node].predicted = true; /* no spare, either */
    if (launcher->phase == IDLE || node != launcher->from)
      ftblab_node_set_add(&launcher->waiting, node);
  }
  launcher->cause = launcher->phase == IDLE ? event->id : launcher->cause;
  begin_next(self);
}

/* D.1 row 3. */
static void throw_migrate(ftblab_component *self)
{
  const state *launcher = self->state;
  const ftblab_world_ops *world = self->world->ops;
  ftblab_text payload = {0};
  ftblab_add_value(&payload, "snode", name_of(self, launcher->from));
  ftblab_add_value(&payload, "dnode", name_of(self, launcher->to));
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  if (payload.failed) {
    world->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    world->note_throw(self, "Migrate the processes on node %s to node %s", name_of(self, launcher->from),
                      name_of(self, launcher->to));
    world->publish(self, "CR_FTB_MIGRATE", payload.data, launcher->cause);
  }
  ftblab_text_free(&payload);
}

static void await_ranks(state *launcher, migration_phase phase)
{
  launcher->phase = phase;
  launcher->answers = 0;
  memset(launcher->answered, 0, (size_t)launcher->moving_count * sizeof *launcher->answered);
}

static void on_probe(ftblab_component *self, int node, bool answered)
{
  state *launcher = self->state;
  if (launcher->phase != PROBES || node != launcher->to)
    return;
  if (!answered) {
    self->world->ops->admin(self, "spare node %s does not answer", name_of(self, node));
    launcher->pool.nodes[node].dead = true;
    try_spare(self);
    begin_next(self);
    return;
  }
  count_users(self);
  if (launcher->pool.nodes[node].users > 0) { /* another job was quicker while the node was asked */
    try_spare(self);
    begin_next(self);
    return;
  }
  launcher->moving_count = self->world->ops->job_ranks_on(self, self->job->index, launcher->from, launcher->moving);
  launcher->images_there = launcher->failed = false;
  await_ranks(launcher, CHECKPOINTS);
  launcher->timer = self->world->ops->timer(self, launcher->answer_wait, TIMER_ANSWER, 0);
  self->world->ops->job_grant(self, self->job->index, &node, 1);
  throw_migrate(self);
}

/* ---- the end -------------------------------------------------------------------------------------------- */

/* The migration is over, one way or the other: the job gives up the node that has none of its ranks now. */
static void conclude(ftblab_component *self, bool moved)
{
  state *launcher = self->state;
  const ftblab_world_ops *world = self->world->ops;
  world->cancel(self, launcher->timer);
  launcher->timer = 0;
  launcher->phase = IDLE;
  world->job_release(self, self->job->index, moved ? launcher->from : launcher->to);
  if (!moved)
    world->admin(self, "the ranks of job %s on node %s could not be moved to node %s", self->job->name,
                 name_of(self, launcher->from), name_of(self, launcher->to));
  launcher->cause = 0;
  begin_next(self);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  state *launcher = self->state;
  (void)tag;
  (void)value;
  launcher->timer = 0;
  bool moved = self->world->ops->job_ranks_on(self, self->job->index, launcher->from, NULL) == 0;
  if (!moved && !launcher->failed)
    self->world->ops->job_stage(self, self->job->index, FTBLAB_STAGE_CANCEL, launcher->from, launcher->to);
  conclude(self, moved);
}

/* ---- answers -------------------------------------------------------------------------------------------- */

/* Does EVENT say something new of a rank that moves? Then it is noted. The payload names one rank. */
static bool is_news(ftblab_component *self, const ftblab_delivery *event, migration_phase phase)
{
  state *launcher = self->state;
  if (launcher->phase != phase || !ftblab_payload_names(event->payload, "jobs", self->job->name))
    return false;
  for (int i = 0; i < launcher->moving_count; i++) {
    char rank[24];
    snprintf(rank, sizeof rank, "%lld", (long long)launcher->moving[i]);
    if (launcher->answered[i] || !ftblab_payload_names(event->payload, "ranks", rank))
      continue;
    launcher->answered[i] = true;
    launcher->answers++;
    return true;
  }
  return false;
}

/* D.1 row 9. */
static void restart(ftblab_component *self, uint64_t cause)
{
  state *launcher = self->state;
  ftblab_text head = {0}, words = {0};
  const char *to = name_of(self, launcher->to);
  ftblab_payload_add_words(&head, "nodes", &to, 1);
  ftblab_payload_add_words(&head, "jobs", &self->job->name, 1);
  ftblab_text_addf(&words, "The migrated processes can be restarted on node %s: ", to);
  const ftblab_rank_announcement ready = {.event = "CR_FTB_MIGRATE_RESTART",
                                          .head = ftblab_text_string(&head),
                                          .before = ftblab_text_string(&words),
                                          .after = "",
                                          .in_response_to = cause};
  await_ranks(launcher, RESTARTS);
  ftblab_announce_ranks(self, &ready, launcher->moving, launcher->moving_count);
  ftblab_text_free(&head);
  ftblab_text_free(&words);
}

/* All ranks have answered, or the images are there: is that all that was to come? */
static void go_on(ftblab_component *self, uint64_t cause)
{
  const state *launcher = self->state;
  if (launcher->answers < launcher->moving_count)
    return;
  if (launcher->failed)
    conclude(self, false);
  else if (launcher->phase == RESTARTS)
    conclude(self, true);
  else if (launcher->images_there)
    restart(self, cause);
}

/* D.1 rows 6(a) to 6(c). */
static void on_checkpointed(ftblab_component *self, const ftblab_delivery *event)
{
  if (!is_news(self, event, CHECKPOINTS))
    return;
  self->world->ops->note(self, "The rank is checkpointed");
  go_on(self, event->id);
}

/* D.1 row 6(d). */
static void on_checkpoint_failed(ftblab_component *self, const ftblab_delivery *event)
{
  state *launcher = self->state;
  if (!is_news(self, event, CHECKPOINTS))
    return;
  self->world->ops->note(self, "The migration is off");
  launcher->failed = true;
  go_on(self, event->id);
}

/* D.1 row 8. */
static void on_images(ftblab_component *self, const ftblab_delivery *event)
{
  state *launcher = self->state;
  if (launcher->phase != CHECKPOINTS || launcher->images_there ||
      ftblab_node_under(self, event->payload, "snode") != launcher->from ||
      ftblab_node_under(self, event->payload, "dnode") != launcher->to)
    return;
  self->world->ops->note(self, "The images of node %s are on node %s", name_of(self, launcher->from),
                         name_of(self, launcher->to));
  launcher->images_there = true;
  go_on(self, event->id);
}

/* D.1 rows 12(a) and 12(b). */
static void on_restarted(ftblab_component *self, const ftblab_delivery *event)
{
  if (!is_news(self, event, RESTARTS))
    return;
  self->world->ops->note(self, "Take note of the rank");
  go_on(self, event->id);
}

/* D.1 row 12(c). */
static void on_restart_failed(ftblab_component *self, const ftblab_delivery *event)
{
  state *launcher = self->state;
  if (!is_news(self, event, RESTARTS))
    return;
  self->world->ops->note(self, "Take note of the rank: the migration is off");
  launcher->failed = true;
  go_on(self, event->id);
}

/* "return-node": a node may serve as a spare again. */
static void on_action(ftblab_component *self, const char *action, int node, int job)
{
  state *launcher = self->state;
  (void)job;
  if (strcmp(action, "return-node") == 0 && node >= 0)
    launcher->pool.nodes[node] = (ftblab_managed_node){.known = true};
}

/* ---- launch --------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"CR_FTB_NODE_FAIL", {"nodes"}, on_trigger},
    {"CR_FTB_USER_TRIGGER", {"nodes"}, on_trigger},
    {"CR_FTB_CKPT_DONE", {"jobs", "ranks"}, on_checkpointed},
    {"CR_FTB_CKPT_FAIL", {"jobs", "ranks"}, on_checkpoint_failed},
    {"CR_FTB_MIGRATE_IMG_C", {"snode", "dnode", "jobs"}, on_images},
    {"CR_FTB_RSRT_DONE", {"jobs", "ranks"}, on_restarted},
    {"CR_FTB_RSRT_FAIL", {"jobs", "ranks"}, on_restart_failed},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status know_spares(ftblab_component *self, ftblab_error *err)
{
  state *launcher = self->state;
  int count = ftblab_spare_count(self);
  ftblab_status status = ftblab_check_spares(self, err);
  for (int node = 0; count == 0 && node < self->world->ops->node_count(self); node++)
    launcher->pool.nodes[node].known = true;
  for (int i = 0; i < count && !status; i++)
    launcher->pool.nodes[ftblab_spare(self, i)].known = true;
  return status;
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  state *launcher = self->state;
  size_t ranks = (size_t)ftblab_rank_count(self) + 1;
  int nodes = self->world->ops->node_count(self);
  launcher->moving = calloc(ranks, sizeof *launcher->moving);
  launcher->answered = calloc(ranks, sizeof *launcher->answered);
  if (!launcher->moving || !launcher->answered)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %zu ranks of job %s", ranks - 1, self->job->name);
  ftblab_status status = ftblab_resource_pool_init(&launcher->pool, self, err);
  if (!status)
    status = ftblab_node_set_init(&launcher->waiting, nodes, err);
  return status ? status : ftblab_node_set_init(&launcher->named, nodes, err);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *launcher = self->state;
  launcher->probe_timeout = ftblab_parameter(self, "probe_timeout");
  launcher->answer_wait = ftblab_parameter(self, "answer_wait");
  launcher->from = launcher->to = -1;
  ftblab_status status = allocate(self, err);
  if (!status)
    status = know_spares(self, err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (status)
    stop(self);
  return status;
}

extern const ftblab_role_class ftblab_mpirun_rsh_role;
const ftblab_role_class ftblab_mpirun_rsh_role = {
    .role = "mpirun_rsh",
    .space = "ftb.startup.mv2_mpirun",
    .instance = "mpirun_rsh",
    .scope = FTBLAB_PER_JOB,
    .library = "mvapich2",
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_probe = on_probe,
    .on_action = on_action,
};
