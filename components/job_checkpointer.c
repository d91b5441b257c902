/* job_checkpointer.c - the checkpointer of a grid job: has all of its units checkpointed, restarted, or one moved.
 *
 * What must hold: it first asks the checkpointers of all units concerned whether they can, and nothing is begun unless
 * all can. Each request of the job manager gets one answer, also if nodes die meanwhile. A manager that has been
 * started anew asks once more, or for something else: what is done is ended first, and its answer is one to whoever
 * asked for the same. A restart goes before: the job has its nodes anew, unless it is being started on them already. */
#include <string.h>

#include "grid.h"
#include "role.h"

typedef enum ftblab_job_request { NO_REQUEST, CHECKPOINT, RESTART, MIGRATION } job_request;
enum { TIMER_ANSWER };

typedef struct job_checkpointer {
  job_request request;
  bool doing;             /* all can, and do it; else they are asked */
  bool bad, denied;       /* some cannot; one says that it must not be */
  int from, to;           /* of a migration */
  uint64_t timer;         /* until all must have answered */
  ftblab_node_set asked;  /* and are alive */
  ftblab_node_set done;   /* they have answered */
  ftblab_node_set refuse; /* they cannot */
  ftblab_node_set named;  /* scratch: nodes of an event */
} job_checkpointer;

/* ---- what is asked for -------------------------------------------------------------------------------- */

static void say_move(ftblab_component *self, const char *event, int from, int to)
{
  const ftblab_grid_news news = {.event = event, .job = self->job, .node = -1, .from = from, .to = to};
  ftblab_grid_publish(self, &news);
}

static void say_job(ftblab_component *self, const char *event)
{
  ftblab_announce_job(self, event, self->job, 0);
}

static void say_units(ftblab_component *self, const char *event, const char *what)
{
  job_checkpointer *state = self->state;
  const ftblab_announcement all = {.event = event, .before = what, .after = "", .job = self->job};
  ftblab_announce_nodes(self, &all, &state->asked);
}

/* There is no checkpoint, or no restart: nothing was begun, or it has failed. */
static void say_bad(ftblab_component *self, job_request request)
{
  job_checkpointer *state = self->state;
  const ftblab_announcement withheld = {
      .event = "RESTART_WITHHELD", .before = "Not on ", .after = "", .job = self->job};
  if (state->denied)
    say_job(self, "RESTART_DENIED");
  else if (request == CHECKPOINT)
    say_job(self, state->doing ? "JOB_NOT_CHECKPOINTED" : "CHECKPOINT_WITHHELD");
  else if (state->doing)
    say_job(self, "JOB_NOT_RESTARTED");
  else if (state->refuse.count == 0)
    say_job(self, "RESTART_WITHHELD");
  else
    ftblab_announce_nodes(self, &withheld, &state->refuse);
}

/* The answer to the request. */
static void finish(ftblab_component *self)
{
  job_checkpointer *state = self->state;
  job_request request = state->request;
  state->request = NO_REQUEST;
  self->world->ops->cancel(self, state->timer);
  if (request == MIGRATION)
    say_move(self, state->bad ? "UNIT_NOT_MIGRATED" : "UNIT_MIGRATED", state->from, state->to);
  else if (state->bad)
    say_bad(self, request);
  else
    say_job(self, request == CHECKPOINT ? "JOB_CHECKPOINTED" : "JOB_RESTARTED");
}

/* Row 7: all can. */
static void go(ftblab_component *self)
{
  job_checkpointer *state = self->state;
  state->doing = true;
  ftblab_node_set_clear(&state->done);
  if (state->request == MIGRATION)
    say_move(self, "MOVE_UNIT", state->from, state->to);
  else if (state->request == CHECKPOINT)
    say_units(self, "CHECKPOINT_UNIT", "Go: checkpoint the units on ");
  else
    say_units(self, "RESTART_UNIT", "Go: restart the units on ");
}

static void look(ftblab_component *self)
{
  const job_checkpointer *state = self->state;
  bool one_is_gone = state->request == MIGRATION && state->doing && state->bad; /* only one of the two answers */
  if (state->request == NO_REQUEST || (state->done.count < state->asked.count && !one_is_gone))
    return;
  if (state->bad || state->doing)
    finish(self);
  else
    go(self);
}

static void ask_node(ftblab_component *self, int node)
{
  job_checkpointer *state = self->state;
  if (self->world->ops->connect(self, node))
    ftblab_node_set_add(&state->asked, node);
  else
    state->bad = true;
}

static void begin(ftblab_component *self, job_request request)
{
  job_checkpointer *state = self->state;
  self->world->ops->cancel(self, state->timer); /* of what was asked for before */
  state->request = request;
  state->doing = state->bad = state->denied = false;
  ftblab_node_set_clear(&state->asked);
  ftblab_node_set_clear(&state->done);
  ftblab_node_set_clear(&state->refuse);
  state->timer = self->world->ops->timer(self, ftblab_parameter(self, "answer_wait"), TIMER_ANSWER, 0);
}

static void ask_all(ftblab_component *self, job_request request)
{
  begin(self, request);
  for (int i = 0; i < self->job->node_count; i++)
    ask_node(self, self->job->nodes[i]);
}

/* XG.1 rows 2 and 3. */
static void on_checkpoint_job(ftblab_component *self, const ftblab_delivery *event)
{
  const job_checkpointer *state = self->state;
  (void)event;
  if (state->request != NO_REQUEST && state->request != CHECKPOINT)
    say_job(self, "CHECKPOINT_WITHHELD");
  if (state->request != NO_REQUEST)
    return;
  self->world->ops->note(self, "Ask the checkpointer of each job unit");
  ask_all(self, CHECKPOINT);
  say_units(self, "PREPARE_CHECKPOINT", "Who can checkpoint the units on ");
  look(self);
}

/* COUNT nodes are asked, in halves if they do not fit into a payload. */
static void ask_to_restart(ftblab_component *self, const int *nodes, int count, const char *user)
{
  const char *names[FTBLAB_PAYLOAD_LIMIT]; /* a name takes more than one byte of the payload */
  int most = count < FTBLAB_PAYLOAD_LIMIT ? count : FTBLAB_PAYLOAD_LIMIT;
  ftblab_text payload = {0};
  for (int i = 0; i < most; i++)
    names[i] = self->world->ops->node_name(self, nodes[i]);
  ftblab_payload_add_words(&payload, "nodes", names, (size_t)most);
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  ftblab_payload_add_words(&payload, "users", &user, 1);
  bool splits = !payload.failed && payload.length > FTBLAB_PAYLOAD_LIMIT && count > 1;
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else if (!splits)
    self->world->ops->publish(self, "PREPARE_RESTART", ftblab_text_string(&payload), 0);
  ftblab_text_free(&payload);
  if (!splits)
    return;
  ask_to_restart(self, nodes, count / 2, user);
  ask_to_restart(self, nodes + count / 2, count - count / 2, user);
}

/* XG.2 rows 2 and 3; each node is told for which user. */
static void on_restart_job(ftblab_component *self, const ftblab_delivery *event)
{
  const job_checkpointer *state = self->state;
  ftblab_slice word = ftblab_word_under(event->payload, "users");
  ftblab_text user = {0};
  if (state->request == RESTART && state->doing)
    return;
  if (word.data)
    ftblab_text_add_bytes(&user, word.data, word.length);
  self->world->ops->note(self, "Ask the checkpointer of each job unit");
  ask_all(self, RESTART);
  if (user.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a name");
  else if (state->asked.count > 0)
    ask_to_restart(self, state->asked.nodes, state->asked.count, ftblab_text_string(&user));
  ftblab_text_free(&user);
  look(self);
}

/* XG.3 rows 2 and 3. */
static void on_migrate_unit(ftblab_component *self, const ftblab_delivery *event)
{
  job_checkpointer *state = self->state;
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (from < 0 || to < 0)
    return;
  if (state->request != NO_REQUEST) {
    if (state->request != MIGRATION || state->from != from || state->to != to)
      say_move(self, "UNIT_NOT_MIGRATED", from, to);
    return;
  }
  self->world->ops->note(self, "Ask on both nodes");
  begin(self, MIGRATION);
  state->from = from;
  state->to = to;
  ask_node(self, from);
  ask_node(self, to);
  say_move(self, "PREPARE_MIGRATION", from, to);
  look(self);
}

/* ---- what is answered ------------------------------------------------------------------------------------- */

/* NODE has answered, if it was asked. */
static void count_answer(ftblab_component *self, int node, bool refused)
{
  job_checkpointer *state = self->state;
  if (node < 0 || !ftblab_node_set_has(&state->asked, node))
    return;
  ftblab_node_set_add(&state->done, node);
  if (refused)
    ftblab_node_set_add(&state->refuse, node);
  state->bad = state->bad || refused;
}

/* The nodes of EVENT answer REQUEST: before it is done, or DOING it. */
static void count_answers(ftblab_component *self, const ftblab_delivery *event, job_request request, bool doing,
                          bool refused)
{
  job_checkpointer *state = self->state;
  if (state->request != request || state->doing != doing)
    return;
  ftblab_node_set_read(&state->named, self, event->payload);
  for (int i = 0; i < state->named.count; i++)
    count_answer(self, state->named.nodes[i], refused);
  look(self);
}

static void on_checkpoint_answer(ftblab_component *self, const ftblab_delivery *event)
{
  count_answers(self, event, CHECKPOINT, false, strcmp(event->event, "CHECKPOINT_REFUSED") == 0);
}

static void on_restart_answer(ftblab_component *self, const ftblab_delivery *event)
{
  job_checkpointer *state = self->state;
  bool denied = strcmp(event->event, "IMAGE_REFUSED") == 0;
  state->denied = state->denied || (denied && state->request == RESTART && !state->doing);
  count_answers(self, event, RESTART, false, denied || strcmp(event->event, "RESTART_REFUSED") == 0);
}

static void on_checkpointed(ftblab_component *self, const ftblab_delivery *event)
{
  count_answers(self, event, CHECKPOINT, true, false);
}

static void on_restarted(ftblab_component *self, const ftblab_delivery *event)
{
  count_answers(self, event, RESTART, true, false);
}

/* It is nobody's fault that could be avoided by other nodes: the set of those that refuse stays as it is. */
static void on_unit_failed(ftblab_component *self, const ftblab_delivery *event)
{
  job_checkpointer *state = self->state;
  bool restarts = strcmp(event->event, "RESTART_FAILED") == 0;
  if (!state->doing || state->request != (restarts ? RESTART : CHECKPOINT))
    return;
  state->bad = true;
  count_answers(self, event, state->request, true, false);
}

/* ---- of a migration ------------------------------------------------------------------------------------------ */

/* Does EVENT answer the migration that is under way? */
static bool is_of_migration(ftblab_component *self, const ftblab_delivery *event, bool doing)
{
  const job_checkpointer *state = self->state;
  return state->request == MIGRATION && state->doing == doing &&
         ftblab_node_under(self, event->payload, "snode") == state->from &&
         ftblab_node_under(self, event->payload, "dnode") == state->to;
}

static void on_side(ftblab_component *self, const ftblab_delivery *event)
{
  const job_checkpointer *state = self->state;
  bool source = strncmp(event->event, "SOURCE", strlen("SOURCE")) == 0;
  bool refused = strstr(event->event, "REFUSED") != NULL;
  if (!is_of_migration(self, event, false))
    return;
  count_answer(self, source ? state->from : state->to, refused);
  look(self);
}

static void on_moved(ftblab_component *self, const ftblab_delivery *event)
{
  if (is_of_migration(self, event, true))
    finish(self);
}

static void on_not_moved(ftblab_component *self, const ftblab_delivery *event)
{
  if (!is_of_migration(self, event, true))
    return;
  ((job_checkpointer *)self->state)->bad = true;
  finish(self);
}

/* A node that is gone answers no more. One that a unit was to move to is not asked for the second answer. */
static void on_disconnect(ftblab_component *self, int node)
{
  job_checkpointer *state = self->state;
  if (state->request == NO_REQUEST || !ftblab_node_set_has(&state->asked, node))
    return;
  ftblab_node_set_remove(&state->asked, node);
  ftblab_node_set_remove(&state->done, node);
  if (state->request == MIGRATION && state->doing && node == state->to)
    return; /* the kernel checkpointer on the other node says how it went */
  state->bad = true;
  look(self);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  job_checkpointer *state = self->state;
  (void)tag;
  (void)value;
  if (state->request == NO_REQUEST)
    return;
  state->bad = true;
  self->world->ops->note_throw(self, "Not all have answered");
  finish(self);
}

/* ---- boot -------------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"CHECKPOINT_JOB", {"jobs"}, on_checkpoint_job},
    {"RESTART_JOB", {"jobs"}, on_restart_job},
    {"MIGRATE_UNIT", {"snode", "dnode", "jobs"}, on_migrate_unit},
    {"CHECKPOINT_READY", {"nodes", "jobs"}, on_checkpoint_answer},
    {"CHECKPOINT_REFUSED", {"nodes", "jobs"}, on_checkpoint_answer},
    {"RESTART_READY", {"nodes", "jobs"}, on_restart_answer},
    {"RESTART_REFUSED", {"nodes", "jobs"}, on_restart_answer},
    {"IMAGE_REFUSED", {"nodes", "jobs"}, on_restart_answer},
    {"SOURCE_READY", {"snode", "dnode", "jobs"}, on_side},
    {"TARGET_READY", {"snode", "dnode", "jobs"}, on_side},
    {"SOURCE_REFUSED", {"snode", "dnode", "jobs"}, on_side},
    {"TARGET_REFUSED", {"snode", "dnode", "jobs"}, on_side},
    {"UNIT_CHECKPOINTED", {"nodes", "jobs"}, on_checkpointed},
    {"UNIT_RESTARTED", {"nodes", "jobs"}, on_restarted},
    {"UNIT_MOVED", {"snode", "dnode", "jobs"}, on_moved},
    {"CHECKPOINT_FAILED", {"nodes", "jobs"}, on_unit_failed},
    {"RESTART_FAILED", {"nodes", "jobs"}, on_unit_failed},
    {"MIGRATION_FAILED", {"snode", "dnode", "jobs"}, on_not_moved},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static void stop(ftblab_component *self)
{
  job_checkpointer *state = self->state;
  ftblab_node_set_free(&state->asked);
  ftblab_node_set_free(&state->done);
  ftblab_node_set_free(&state->refuse);
  ftblab_node_set_free(&state->named);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  job_checkpointer *state = self->state;
  ftblab_node_set *sets[] = {&state->asked, &state->done, &state->refuse, &state->named};
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < FTBLAB_COUNT(sets) && !status; i++)
    status = ftblab_node_set_init(sets[i], self->world->ops->node_count(self), err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (status)
    stop(self);
  return status;
}

extern const ftblab_role_class ftblab_job_checkpointer_role;
const ftblab_role_class ftblab_job_checkpointer_role = {
    .role = "Job Checkpointer",
    .space = "ftb.grid.job",
    .instance = "checkpointer",
    .scope = FTBLAB_PER_JOB,
    .application = "grid",
    .state_size = sizeof(job_checkpointer),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_disconnect = on_disconnect,
};
