/* job_manager.c - the job manager of a grid (Application Execution Management): launches jobs of one or several job
 * units on its nodes, and decides when they are checkpointed, restarted, moved and suspended. How that is done is the
 * job checkpointer's business.
 *
 * A job has one request at its checkpointer at a time. What happens meanwhile waits for the answer.
 *
 * A manager that is started again goes by what it sees: a job that was ended begins anew, a suspended one is wanted,
 * and answers to what its predecessor asked for are answers all the same. What users have said to the predecessor alone
 * is lost: that a job is to stay suspended, or a node to be shut down. */
#include "job_manager.h"

#include <stdlib.h>
#include <string.h>

#include "role.h"

enum { TIMER_CHECKPOINT, TIMER_BALANCE, TIMER_ANSWER };
enum { MOST_FAILURES = 3 }; /* restarts that fail; chosen, no source */

static ftblab_grid_charge *charge_of(ftblab_component *self, int job)
{
  return &((ftblab_job_manager *)self->state)->jobs[job];
}

/* Its job checkpointer is asked for REQUEST, and may have died. */
static void expect_answer(ftblab_component *self, int job, ftblab_grid_request request)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  charge->request = request;
  self->world->ops->cancel(self, charge->answer_timer);
  charge->answer_timer = self->world->ops->timer(self, ftblab_parameter(self, "answer_wait"), TIMER_ANSWER, job);
}

static void end_request(ftblab_component *self, int job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  charge->request = FTBLAB_GRID_NO_REQUEST;
  self->world->ops->cancel(self, charge->answer_timer);
  charge->answer_timer = 0;
}

/* ---- checkpoints --------------------------------------------------------------------------------------- */

static void plan_checkpoint(ftblab_component *self, int job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  double interval = ftblab_grid_interval(self, self->world->ops->job(self, job));
  self->world->ops->cancel(self, charge->timer);
  charge->timer = interval < 0 ? 0 : self->world->ops->timer(self, interval, TIMER_CHECKPOINT, job);
}

/* XG.1 row 1. */
static void checkpoint(ftblab_component *self, int job, const char *why)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  const ftblab_job *of = self->world->ops->job(self, job);
  if (charge->request != FTBLAB_GRID_NO_REQUEST || of->state != FTBLAB_JOB_RUNNING)
    return;
  expect_answer(self, job, FTBLAB_GRID_CHECKPOINT);
  self->world->ops->note_throw(self, "%s", why);
  ftblab_announce_job(self, "CHECKPOINT_JOB", of, 0);
}

/* ---- restarts -------------------------------------------------------------------------------------------- */

/* It starts again without an image, as soon as its end is known. */
static void begin_anew(ftblab_component *self, int job, const char *why)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  ftblab_grid_images_dropped(self, self->world->ops->job(self, job));
  charge->ends = true;
  charge->broken = charge->held = charge->suspends = false;
  charge->failures = 0;
  end_request(self, job);
  self->world->ops->cancel(self, charge->timer);
  charge->timer = 0;
  self->world->ops->job_drop_images(self, job);
  self->world->ops->job_abort(self, job, why);
}

/* XG.2 row 1. */
static void restart(ftblab_component *self, int job, const char *user)
{
  const ftblab_job_manager *manager = self->state;
  ftblab_grid_charge *charge = charge_of(self, job);
  const ftblab_job *of = self->world->ops->job(self, job);
  if (of->state != FTBLAB_JOB_SUSPENDED || charge->request != FTBLAB_GRID_NO_REQUEST)
    return;
  if (!ftblab_grid_choose(self, of))
    return; /* until there are enough nodes */
  expect_answer(self, job, FTBLAB_GRID_RESTART);
  self->world->ops->job_grant(self, job, manager->chosen, of->nodes_wanted);
  self->world->ops->note_throw(self, "On the nodes that job %s has now, for %s", of->name, user);
  ftblab_grid_publish(
      self, &(ftblab_grid_news){.event = "RESTART_JOB", .job = of, .node = -1, .from = -1, .to = -1, .user = user});
}

/* It has lost a node, and nothing is under way with it: all of its units go back to the last checkpoint. */
static void recover(ftblab_component *self, int job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  const ftblab_job *of = self->world->ops->job(self, job);
  charge->broken = false;
  self->world->ops->job_suspend(self, job); /* if it has a checkpoint */
  if (of->state == FTBLAB_JOB_SUSPENDED)
    restart(self, job, ftblab_grid_owner(of));
  else
    begin_anew(self, job, "a node died, and there is no checkpoint");
}

/* ---- migrations ------------------------------------------------------------------------------------------ */

/* XG.3 row 1. */
static void migrate(ftblab_component *self, int job, int from, int to, const char *why)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  expect_answer(self, job, FTBLAB_GRID_MIGRATION);
  charge->from = from;
  charge->to = to;
  self->world->ops->job_grant(self, job, &to, 1);
  self->world->ops->note_throw(self, "%s", why);
  ftblab_grid_publish(
      self, &(ftblab_grid_news){
                .event = "MIGRATE_UNIT", .job = self->world->ops->job(self, job), .node = -1, .from = from, .to = to});
}

static bool can_migrate(ftblab_component *self, int job)
{
  const ftblab_job *of = self->world->ops->job(self, job);
  return of->state == FTBLAB_JOB_RUNNING && charge_of(self, job)->request == FTBLAB_GRID_NO_REQUEST;
}

/* NODE is to be shut down: a unit after the other leaves it. */
static void evacuate(ftblab_component *self, int node)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    int to = can_migrate(self, i) && ftblab_job_has_node(job, node) ? ftblab_grid_target(self, job, node) : -1;
    if (to >= 0)
      migrate(self, i, node, to, "The node is to be shut down");
  }
}

/* XG.3 row 15, if the last unit has just moved away; else nobody on the backplane waits for it. */
static void look_empty(ftblab_component *self, int node, bool moved)
{
  const ftblab_job_manager *manager = self->state;
  ftblab_grid_count_units(self);
  if (!manager->closing[node] || manager->users[node] > 0 || manager->empty[node])
    return;
  manager->empty[node] = true;
  self->world->ops->admin(self, "node %s has no job unit: it can be shut down",
                          self->world->ops->node_name(self, node));
  if (!moved)
    return;
  self->world->ops->note_throw(self, "No unit is left: the node can be shut down");
  ftblab_grid_publish(self, &(ftblab_grid_news){.event = "NODE_EMPTY", .node = node, .from = -1, .to = -1});
}

/* A unit moves from the node with most of them to the one with fewest, if they differ by more than that unit. */
static void balance(ftblab_component *self)
{
  const ftblab_job_manager *manager = self->state;
  int fullest = 0, nodes = self->world->ops->node_count(self);
  ftblab_grid_count_units(self);
  for (int node = 1; node < nodes; node++)
    if (manager->users[node] > manager->users[fullest])
      fullest = node;
  int most = manager->users[fullest];
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    int to = can_migrate(self, i) && ftblab_job_has_node(job, fullest) ? ftblab_grid_target(self, job, fullest) : -1;
    if (to < 0 || most - manager->users[to] < 2)
      continue;
    migrate(self, i, fullest, to, "For the balance of loads");
    return;
  }
}

static bool is_over(ftblab_component *self, int job)
{
  const ftblab_job *of = self->world->ops->job(self, job);
  return of->state == FTBLAB_JOB_COMPLETED || !ftblab_grid_has_space(of);
}

/* As long as there is a job that could be moved. */
static void plan_balance(ftblab_component *self)
{
  double period = ftblab_parameter(self, "balance_period");
  bool any = false;
  for (int i = 0; i < self->world->ops->job_count(self); i++)
    any = any || !is_over(self, i);
  if (period > 0 && any)
    self->world->ops->timer(self, period, TIMER_BALANCE, 0);
}

/* ---- launch ---------------------------------------------------------------------------------------------- */

static void launch(ftblab_component *self, int job)
{
  const ftblab_job_manager *manager = self->state;
  const ftblab_job *of = self->world->ops->job(self, job);
  bool waits = of->submitted && of->state == FTBLAB_JOB_QUEUED && ftblab_grid_has_space(of);
  bool again = of->state == FTBLAB_JOB_ABORTED && !manager->jobs[job].ends;
  if ((!waits && !again) || !ftblab_grid_choose(self, of))
    return;
  self->world->ops->job_launch(self, job, manager->chosen, of->nodes_wanted);
  plan_checkpoint(self, job);
}

/* Something has changed: nodes are free, or a request was answered. */
static void go_on(ftblab_component *self)
{
  const ftblab_job_manager *manager = self->state;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    if (manager->jobs[i].broken && manager->jobs[i].request == FTBLAB_GRID_NO_REQUEST)
      recover(self, i);
    else if (!manager->jobs[i].held)
      restart(self, i, ftblab_grid_owner(self->world->ops->job(self, i)));
    launch(self, i);
  }
  for (int node = 0; node < self->world->ops->node_count(self); node++) {
    if (!manager->closing[node])
      continue;
    evacuate(self, node);
    look_empty(self, node, false);
  }
}

/* Its resources are free on nodes where they were taken. */
static void forget_refusals(ftblab_component *self)
{
  const ftblab_job_manager *manager = self->state;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    free(manager->jobs[i].unfit);
    manager->jobs[i].unfit = NULL;
  }
}

/* JOB was refused on NODE. Few jobs ever are, and there may be many nodes. */
static void remember_refusal(ftblab_component *self, int job, int node)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  if (!charge->unfit)
    charge->unfit = calloc((size_t)self->world->ops->node_count(self), sizeof *charge->unfit);
  if (charge->unfit)
    charge->unfit[node] = true;
  else
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for the nodes that refuse a job");
}

static void on_submit(ftblab_component *self, const ftblab_job *job)
{
  ftblab_grid_judge_space(self, job);
  go_on(self);
}

static void on_job_end(ftblab_component *self, const ftblab_job *job)
{
  ftblab_grid_charge *charge = charge_of(self, job->index);
  end_request(self, job->index);
  charge->broken = charge->ends = false;
  self->world->ops->cancel(self, charge->timer);
  charge->timer = 0;
  if (job->state == FTBLAB_JOB_COMPLETED)
    ftblab_grid_images_end(self, job);
  forget_refusals(self);
  go_on(self);
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

/* The job that EVENT names; -1: none that is known. */
static int named_job(ftblab_component *self, const ftblab_delivery *event)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++)
    if (ftblab_payload_names(event->payload, "jobs", self->world->ops->job(self, i)->name))
      return i;
  return -1;
}

/* The job that EVENT answers a request REQUEST of; -1: something else was asked of it. If nothing was, a predecessor
 * may have asked, or the answer is late, and it is as good. */
static int answered(ftblab_component *self, const ftblab_delivery *event, ftblab_grid_request request)
{
  int job = named_job(self, event);
  if (job < 0)
    return -1;
  ftblab_grid_request asked = charge_of(self, job)->request;
  if (asked != request && asked != FTBLAB_GRID_NO_REQUEST)
    return -1;
  end_request(self, job);
  return job;
}

static void on_checkpointed(ftblab_component *self, const ftblab_delivery *event)
{
  int job = answered(self, event, FTBLAB_GRID_CHECKPOINT);
  if (job < 0)
    return;
  ftblab_grid_charge *charge = charge_of(self, job);
  ftblab_grid_image_written(self, self->world->ops->job(self, job));
  plan_checkpoint(self, job);
  if (charge->suspends && !charge->broken) {
    self->world->ops->job_suspend(self, job);
    charge->held = true;
    self->world->ops->cancel(self, charge->timer);
  }
  charge->suspends = false;
  go_on(self);
}

static void on_not_checkpointed(ftblab_component *self, const ftblab_delivery *event)
{
  int job = answered(self, event, FTBLAB_GRID_CHECKPOINT);
  if (job < 0)
    return;
  charge_of(self, job)->suspends = false;
  self->world->ops->note(self, "Job %s goes on", self->world->ops->job(self, job)->name);
  plan_checkpoint(self, job);
  go_on(self);
}

static void on_restarted(ftblab_component *self, const ftblab_delivery *event)
{
  int job = answered(self, event, FTBLAB_GRID_RESTART);
  if (job < 0)
    return;
  charge_of(self, job)->failures = 0;
  charge_of(self, job)->held = false;
  plan_checkpoint(self, job);
  go_on(self);
}

/* Row 8 of XG.2-refused, row 14 of XG.2-failed. */
static void on_not_restarted(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_job_manager *manager = self->state;
  int job = answered(self, event, FTBLAB_GRID_RESTART);
  if (job < 0)
    return;
  self->world->ops->note(self, "Try others, or wait until the resources are free");
  ftblab_node_set_read(&manager->named, self, event->payload);
  for (int i = 0; i < manager->named.count; i++)
    remember_refusal(self, job, manager->named.nodes[i]);
  manager->jobs[job].failures += manager->named.count == 0;
  if (manager->jobs[job].failures >= MOST_FAILURES)
    begin_anew(self, job, "it cannot be restarted from its checkpoint");
  go_on(self);
}

/* The stranger gets nothing, and no node is kept for the job that he wanted. */
static void turn_away(ftblab_component *self, int job)
{
  const ftblab_job *of = self->world->ops->job(self, job);
  charge_of(self, job)->stranger = false;
  while (of->state == FTBLAB_JOB_SUSPENDED && of->node_count > 0)
    self->world->ops->job_release(self, job, of->nodes[0]);
}

/* XG.2-denied row 8. Of a request that it does not know of, it does not know who asked. */
static void on_denied(ftblab_component *self, const ftblab_delivery *event)
{
  int job = named_job(self, event);
  if (job < 0 || charge_of(self, job)->request != FTBLAB_GRID_RESTART)
    return;
  end_request(self, job);
  bool stranger = charge_of(self, job)->stranger;
  self->world->ops->note(self, stranger ? "A stranger gets nothing" : "The image is dropped, the job begins anew");
  if (stranger)
    turn_away(self, job);
  else
    begin_anew(self, job, "its image was altered");
}

static void on_migrated(ftblab_component *self, const ftblab_delivery *event)
{
  int from = ftblab_node_under(self, event->payload, "snode");
  int job = from < 0 ? -1 : answered(self, event, FTBLAB_GRID_MIGRATION);
  if (job < 0)
    return;
  self->world->ops->job_release(self, job, from);
  look_empty(self, from, true);
  forget_refusals(self);
  go_on(self);
}

static void on_not_migrated(ftblab_component *self, const ftblab_delivery *event)
{
  int to = ftblab_node_under(self, event->payload, "dnode");
  int job = to < 0 ? -1 : answered(self, event, FTBLAB_GRID_MIGRATION);
  if (job < 0)
    return;
  remember_refusal(self, job, to);
  self->world->ops->job_release(self, job, to);
  go_on(self);
}

/* ---- nodes ------------------------------------------------------------------------------------------------- */

static void on_disconnect(ftblab_component *self, int node)
{
  ftblab_job_manager *manager = self->state;
  if (!manager->up[node])
    return;
  manager->up[node] = false;
  manager->deaths++;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (job->state == FTBLAB_JOB_RUNNING && self->world->ops->job_ranks_on(self, i, node, NULL) > 0)
      manager->jobs[i].broken = true;
  }
  go_on(self);
}

static void on_node_back(ftblab_component *self, int node)
{
  const ftblab_job_manager *manager = self->state;
  if (!self->world->ops->node_is_compute(self, node) || manager->up[node])
    return;
  manager->up[node] = self->world->ops->connect(self, node);
  manager->closing[node] = manager->empty[node] = false;
  forget_refusals(self);
  go_on(self);
}

/* ---- by hand ---------------------------------------------------------------------------------------------- */

static void suspend_by_hand(ftblab_component *self, int job)
{
  charge_of(self, job)->suspends = true;
  checkpoint(self, job, "Its user wants the job suspended");
}

/* STRANGER: who asks is not its owner. */
static void restart_by_hand(ftblab_component *self, int job, bool stranger)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  if (!charge->held || charge->request != FTBLAB_GRID_NO_REQUEST)
    return;
  charge->stranger = stranger;
  charge->held = stranger;
  restart(self, job, stranger ? "a-stranger" : ftblab_grid_owner(self->world->ops->job(self, job)));
}

static void on_action(ftblab_component *self, const char *action, int node, int job)
{
  const ftblab_job_manager *manager = self->state;
  if (job >= 0 && strcmp(action, "checkpoint") == 0)
    checkpoint(self, job, "Its user wants a checkpoint");
  else if (job >= 0 && strcmp(action, "suspend") == 0)
    suspend_by_hand(self, job);
  else if (job >= 0 && strcmp(action, "restart") == 0)
    restart_by_hand(self, job, false);
  else if (job >= 0 && strcmp(action, "restart-by-stranger") == 0)
    restart_by_hand(self, job, true);
  else if (job >= 0 && strcmp(action, "alter-images") == 0)
    self->world->ops->job_images_alter(self, job);
  else if (node >= 0 && strcmp(action, "shut-down") == 0 && manager->up[node]) {
    manager->closing[node] = true;
    go_on(self);
  }
}

/* Nobody has answered: without a job checkpointer the job can only begin anew, as soon as it has to. For a stranger it
 * does nothing. */
static void on_no_answer(ftblab_component *self, int job)
{
  ftblab_grid_charge *charge = charge_of(self, job);
  ftblab_grid_request request = charge->request;
  end_request(self, job);
  charge->suspends = false;
  self->world->ops->admin(self, "the checkpointer of job %s does not answer", self->world->ops->job(self, job)->name);
  if (request == FTBLAB_GRID_RESTART && charge->stranger)
    turn_away(self, job);
  else if (request == FTBLAB_GRID_RESTART || charge->broken)
    begin_anew(self, job, "its checkpointer does not answer");
  else if (request == FTBLAB_GRID_CHECKPOINT)
    plan_checkpoint(self, job);
  else if (request == FTBLAB_GRID_MIGRATION) { /* it gives up the one that has no unit of it */
    self->world->ops->job_release(self, job, charge->from);
    self->world->ops->job_release(self, job, charge->to);
  }
  go_on(self);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  if (tag == TIMER_ANSWER) {
    on_no_answer(self, (int)value);
    return;
  }
  if (tag == TIMER_BALANCE) {
    balance(self);
    plan_balance(self);
    return;
  }
  ftblab_grid_charge *charge = charge_of(self, (int)value);
  charge->timer = 0;
  if (charge->request == FTBLAB_GRID_NO_REQUEST)
    checkpoint(self, (int)value, "For fault tolerance");
  else
    plan_checkpoint(self, (int)value);
}

/* ---- boot --------------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"JOB_CHECKPOINTED", {"jobs"}, on_checkpointed},
    {"JOB_NOT_CHECKPOINTED", {"jobs"}, on_not_checkpointed},
    {"JOB_RESTARTED", {"jobs"}, on_restarted},
    {"JOB_NOT_RESTARTED", {"jobs"}, on_not_restarted},
    {"CHECKPOINT_WITHHELD", {"jobs"}, on_not_checkpointed},
    {"RESTART_WITHHELD", {"jobs"}, on_not_restarted},
    {"RESTART_DENIED", {"jobs"}, on_denied},
    {"UNIT_MIGRATED", {"snode", "dnode", "jobs"}, on_migrated},
    {"UNIT_NOT_MIGRATED", {"snode", "dnode", "jobs"}, on_not_migrated},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static void stop(ftblab_component *self)
{
  ftblab_job_manager *manager = self->state;
  for (int i = 0; manager->jobs && i < self->world->ops->job_count(self); i++)
    free(manager->jobs[i].unfit);
  free(manager->jobs);
  free(manager->up);
  free(manager->closing);
  free(manager->empty);
  free(manager->users);
  free(manager->chosen);
  free(manager->fit);
  ftblab_node_set_free(&manager->named);
  *manager = (ftblab_job_manager){0};
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  ftblab_job_manager *manager = self->state;
  int jobs = self->world->ops->job_count(self);
  size_t nodes = (size_t)self->world->ops->node_count(self) + 1;
  manager->jobs = calloc((size_t)jobs + 1, sizeof *manager->jobs);
  manager->up = calloc(nodes, sizeof *manager->up);
  manager->closing = calloc(nodes, sizeof *manager->closing);
  manager->empty = calloc(nodes, sizeof *manager->empty);
  manager->users = calloc(nodes, sizeof *manager->users);
  manager->chosen = calloc(nodes, sizeof *manager->chosen);
  manager->fit = calloc(nodes, sizeof *manager->fit);
  bool good = manager->jobs && manager->up && manager->closing && manager->empty && manager->users && manager->chosen &&
              manager->fit;
  return good ? ftblab_node_set_init(&manager->named, (int)nodes - 1, err)
              : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d jobs", jobs);
}

/* It was away: what it can see of the jobs it knows again. Who is to pay for what it has forgotten. */
static void find_jobs(ftblab_component *self)
{
  const ftblab_job_manager *manager = self->state;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    manager->jobs[i].since = self->world->ops->now(self);
    manager->jobs[i].has_image = job->checkpoint_cost > 0;
    for (int j = 0; job->state == FTBLAB_JOB_RUNNING && j < job->node_count; j++)
      if (self->world->ops->job_ranks_on(self, i, job->nodes[j], NULL) > 0 && /* else a unit is to move there */
          !self->world->ops->job_is_on(self, i, job->nodes[j]))
        manager->jobs[i].broken = true;
    if (job->state == FTBLAB_JOB_RUNNING)
      plan_checkpoint(self, i);
    else if (job->state == FTBLAB_JOB_QUEUED && job->submitted) /* who knows whether the user was told? */
      ftblab_grid_judge_space(self, job);
  }
  go_on(self);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  const ftblab_job_manager *manager = self->state;
  ftblab_status status = allocate(self, err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (status) {
    stop(self);
    return status;
  }
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    manager->up[node] = self->world->ops->node_is_compute(self, node) && self->world->ops->connect(self, node);
  plan_balance(self);
  if (self->restarted)
    find_jobs(self);
  return FTBLAB_OK;
}

extern const ftblab_role_class ftblab_job_manager_role;
const ftblab_role_class ftblab_job_manager_role = {
    .role = "Job Manager",
    .space = "ftb.grid.manager",
    .instance = "manager",
    .scope = FTBLAB_PER_CLUSTER,
    .application = "grid",
    .state_size = sizeof(ftblab_job_manager),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_submit = on_submit,
    .on_job_end = on_job_end,
    .on_node_back = on_node_back,
    .on_disconnect = on_disconnect,
    .on_action = on_action,
};
