/* job_control.c - the resource manager suspends, resumes and moves jobs (B.3, B.4), to share nodes in time or because a
 * node is expected to fail.
 *
 * At most one operation is under way for a job. Its answer may get lost, so the manager looks at how the job stands
 * each look_period and goes by that. A failed checkpoint has no answer in the standard: after answer_wait the manager
 * gives up. A resumption that was given up is tried again with twice the time: it may just take longer, and so may the
 * next ones. What mpirun resumes itself it is told the end of in any case. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "resource_manager.h"

/* Seconds: the longest answer_wait that a scenario may have. */
#define LONGEST_WAIT 8640000.0

static const ftblab_job *job_of(ftblab_component *self, int job)
{
  return self->world->ops->job(self, job);
}

static void look_later(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  manager->jobs[job].look_timer = self->world->ops->timer(self, manager->look_period, FTBLAB_TIMER_LOOK, job);
}

/* Seconds. */
static double answer_wait(const ftblab_manager *manager, int job, ftblab_operation operation)
{
  int doublings = operation == FTBLAB_RESUMES ? manager->jobs[job].in_vain : 0;
  return fmin(ldexp(manager->answer_wait, doublings), LONGEST_WAIT);
}

static void begin(ftblab_component *self, int job, ftblab_operation operation)
{
  ftblab_manager *manager = self->state;
  manager->jobs[job].under_way = operation;
  manager->jobs[job].seen_done = false;
  look_later(self, job);
  if (self->job && operation == FTBLAB_RESUMES)
    return;
  double wait = answer_wait(manager, job, operation);
  manager->jobs[job].answer_timer = self->world->ops->timer(self, wait, FTBLAB_TIMER_ANSWER, job);
}

void ftblab_end_operation(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  manager->jobs[job].under_way = FTBLAB_NO_OPERATION;
  self->world->ops->cancel(self, manager->jobs[job].answer_timer);
  self->world->ops->cancel(self, manager->jobs[job].look_timer);
  manager->jobs[job].answer_timer = manager->jobs[job].look_timer = 0;
}

/* JOB runs again: where it does is what it holds, also if a predecessor of this manager had granted other nodes. */
static void become_resumed(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  const ftblab_job *resumed = job_of(self, job);
  ftblab_end_operation(self, job);
  ftblab_resource_pool_release(&manager->pool, job);
  for (int i = 0; i < resumed->node_count; i++)
    ftblab_resource_pool_hold(&manager->pool, self, job, resumed->nodes[i]);
  ftblab_translate_start(&manager->interfaces, self, resumed);
}

/* Nobody tells a manager that a job has been resumed: it looks. */
static bool is_busy(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  if (manager->jobs[job].under_way == FTBLAB_RESUMES && job_of(self, job)->state == FTBLAB_JOB_RUNNING)
    become_resumed(self, job);
  return manager->jobs[job].under_way != FTBLAB_NO_OPERATION;
}

/* ---- start ---------------------------------------------------------------------------------------------- */

/* Gang scheduling needs a slice's end only while somebody waits. */
static void set_slice(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  if (!(manager->gang_period > 0) || manager->slice_timer || manager->pool.queued == 0)
    return;
  manager->slice_timer = self->world->ops->timer(self, manager->gang_period, FTBLAB_TIMER_SLICE, 0);
}

void ftblab_let_wait(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_resource_pool_enqueue(&manager->pool, job);
  set_slice(self);
}

/* B.3.1 row 5, B.3.2 row 7. Mpirun does it itself: no table has it throw a command to its own MPI. */
static void resume(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  const char *command = ftblab_text_string(&manager->jobs[job->index].command);
  self->world->ops->job_grant(self, job->index, manager->pool.choice, job->nodes_wanted);
  begin(self, job->index, FTBLAB_RESUMES);
  if (self->job) {
    self->world->ops->job_resume(self, job->index);
    return;
  }
  self->world->ops->note_throw(self, "Use stored resume information for job %s to restart job%s%s", job->name,
                               *command ? ": " : "", command);
  ftblab_announce_job(self, "DO_JOBS_RESUME", job, 0);
}

void ftblab_start_job(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  manager->jobs[job->index].started = self->world->ops->now(self);
  if (job->state == FTBLAB_JOB_SUSPENDED) {
    resume(self, job);
    return;
  }
  ftblab_announce_created(self, job);
  self->world->ops->job_launch(self, job->index, manager->pool.choice, job->nodes_wanted);
  if (manager->aware)
    ftblab_translate_start(&manager->interfaces, self, job);
}

/* The resumption of JOB came to nothing: the nodes granted to it are free. */
static void give_up_nodes(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  ftblab_end_operation(self, job);
  while (holding->count > 0) {
    int node = holding->nodes[0];
    ftblab_resource_pool_drop(&manager->pool, job, node);
    self->world->ops->job_release(self, job, node);
  }
}

/* The resumption of JOB came to nothing: it waits again, without its nodes. */
static void take_back(ftblab_component *self, int job)
{
  give_up_nodes(self, job);
  ftblab_let_wait(self, job);
}

void ftblab_control_unreachable(ftblab_component *self, int job)
{
  const char *name = job_of(self, job)->name;
  give_up_nodes(self, job);
  self->world->ops->admin(self, "job %s is not resumed: its MPI runtime is gone", name);
}

/* ---- suspend -------------------------------------------------------------------------------------------- */

/* B.3.1 row 1, B.3.2 row 3. RESUMES: as soon as there are nodes; else when somebody asks for it. */
static void suspend(ftblab_component *self, int job, bool resumes, const char *why)
{
  ftblab_manager *manager = self->state;
  if (job_of(self, job)->state != FTBLAB_JOB_RUNNING || is_busy(self, job))
    return;
  manager->jobs[job].resumes = resumes;
  begin(self, job, FTBLAB_SUSPENDS);
  self->world->ops->note_throw(self, "%sSuspend job %s", why, job_of(self, job)->name);
  ftblab_announce_job(self, "DO_JOBS_SUSPEND", job_of(self, job), 0); /* a command, never a response */
}

/* JOB is suspended: its nodes are free. */
static void become_suspended(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_end_operation(self, job);
  ftblab_forget_losses(self, job, FTBLAB_ANY);
  ftblab_resource_pool_release(&manager->pool, job);
  if (manager->jobs[job].resumes)
    ftblab_let_wait(self, job);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

static void store_command(ftblab_component *self, const ftblab_job *job, const ftblab_payload *payload)
{
  ftblab_manager *manager = self->state;
  ftblab_text *command = &manager->jobs[job->index].command;
  ftblab_slice word = ftblab_word_under(payload, "command");
  ftblab_text_clear(command);
  if (word.data)
    ftblab_text_add_bytes(command, word.data, word.length);
  if (command->failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a command");
}

/* Has JOB become suspended just now? Also when this manager did not ask for it: it was restarted meanwhile, and what
 * its predecessor had in mind for the job is lost, so the job waits for nodes. */
static bool is_news(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  if (control->under_way == FTBLAB_SUSPENDS)
    return true;
  bool missed = control->under_way == FTBLAB_NO_OPERATION && job_of(self, job)->state == FTBLAB_JOB_SUSPENDED &&
                manager->pool.holdings[job].count > 0;
  control->resumes = control->resumes || (missed && !self->job);
  return missed;
}

/* B.3.1 row 4, B.3.2 row 6, B.4.1 row 6. The command is news also when the manager has been restarted since, or has
 * given up waiting. */
static void on_command(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = job_of(self, i);
    ftblab_controlled_job *control = &manager->jobs[i];
    if (!ftblab_payload_names(event->payload, "jobs", job->name) || control->under_way == FTBLAB_RESUMES)
      continue;
    store_command(self, job, event->payload);
    if (self->job) {
      self->world->ops->note(self, "Print command for user to resubmit job %s at a later time", job->name);
      self->world->ops->admin(self, "job %s is suspended; to resubmit it: %s", job->name,
                              ftblab_text_string(&control->command));
    } else {
      self->world->ops->note(self, "Store command with information for job %s", job->name);
      if (control->resumes)
        self->world->ops->note(self, "Reschedule job %s", job->name);
    }
    if (is_news(self, i))
      become_suspended(self, i);
  }
}

/* ---- move ----------------------------------------------------------------------------------------------- */

/* B.3.3 row 3, B.4.2 row 3. */
static void throw_migration(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  const ftblab_controlled_job *control = &manager->jobs[job->index];
  const char *from = self->world->ops->node_name(self, control->from);
  const char *to = self->world->ops->node_name(self, control->to);
  ftblab_text payload = {0};
  ftblab_add_value(&payload, "snode", from);
  ftblab_add_value(&payload, "dnode", to);
  ftblab_payload_add_words(&payload, "jobs", &job->name, 1);
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    if (self->job)
      self->world->ops->note_throw(self, "Determine target node %s from known pool of nodes in job %s", to, job->name);
    else
      self->world->ops->note_throw(self, "Allocate spare node %s to job %s", to, job->name);
    self->world->ops->note_throw(self, "Migrate processes from job %s on node %s to new node %s", job->name, from, to);
    self->world->ops->publish(self, "RM_JOBS_MIGRATE", payload.data, control->cause);
  }
  ftblab_text_free(&payload);
}

/* Move JOB from FROM to TO, or to any spare (TO < 0). Without one it is suspended: its work is saved all the same. */
static void migrate(ftblab_component *self, int job, int from, int to, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  if (job_of(self, job)->state != FTBLAB_JOB_RUNNING || is_busy(self, job))
    return;
  if (to < 0 || to == from || !ftblab_resource_pool_is_sound(&manager->pool, to))
    to = ftblab_resource_pool_spare(&manager->pool, self, from);
  if (to < 0) {
    suspend(self, job, !self->job, "No spare node; ");
    return;
  }
  control->from = from;
  control->to = to;
  control->cause = cause;
  ftblab_resource_pool_hold(&manager->pool, self, job, to);
  self->world->ops->job_grant(self, job, &to, 1);
  self->world->ops->job_want_back(self, job, from, manager->gives_back_migrated); /* who is started again knows it */
  begin(self, job, FTBLAB_MIGRATES);
  throw_migration(self, job_of(self, job));
}

/* A node that JOB should leave, and still holds; -1: none. */
static int node_to_leave(const ftblab_manager *manager, int job)
{
  const ftblab_holding *holding = &manager->pool.holdings[job];
  for (int i = 0; i < holding->count; i++)
    if (manager->pool.nodes[holding->nodes[i]].predicted && !manager->pool.nodes[holding->nodes[i]].dead)
      return holding->nodes[i];
  return -1;
}

/* What JOB wants done about predictions, else what the manager does. */
static ftblab_prediction_policy answer_of(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  return job_of(self, job)->answers_predictions ? job_of(self, job)->on_prediction : manager->on_prediction;
}

/* Do with JOB, which holds a node that is expected to fail, what the policy says. One node after the other. */
static void evacuate(ftblab_component *self, int job, uint64_t cause)
{
  const ftblab_manager *manager = self->state;
  int node = node_to_leave(manager, job);
  if (node < 0)
    return;
  if (answer_of(self, job) == FTBLAB_PREDICTION_SUSPEND)
    suspend(self, job, !self->job, "");
  else if (answer_of(self, job) == FTBLAB_PREDICTION_MIGRATE)
    migrate(self, job, node, -1, cause);
}

/* JOB has left the node it was to leave, and wants it back once it is stable; not so in the earlier summary. */
static void become_migrated(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  ftblab_end_operation(self, job);
  ftblab_resource_pool_drop(&manager->pool, job, control->from);
  self->world->ops->job_release(self, job, control->from);
  if (manager->gives_back_migrated) {
    ftblab_add_loss(self, job, control->from);
    if (!self->job && ftblab_resource_pool_is_sound(&manager->pool, control->from)) { /* stable before it was left */
      ftblab_node_set_clear(&manager->named);
      ftblab_node_set_add(&manager->named, control->from);
      ftblab_give_back(self, control->cause);
    }
  }
  evacuate(self, job, control->cause);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

/* The migration of JOB came to nothing: it runs on where it was, without the spare. */
static void stay(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  int to = manager->jobs[job].to;
  ftblab_end_operation(self, job);
  self->world->ops->job_want_back(self, job, manager->jobs[job].from, false);
  int places = ftblab_resource_pool_drop(&manager->pool, job, to);
  if (places == 1)
    self->world->ops->job_release(self, job, to);
  for (int i = 1; i < places; i++) /* an oversubscribed node: the job was there before */
    ftblab_resource_pool_hold(&manager->pool, self, job, to);
}

static bool has_moved(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  return self->world->ops->job_ranks_on(self, job, manager->jobs[job].from, NULL) == 0;
}

/* Is it the move of JOB from FROM to TO that has ended? Also one that a predecessor of this manager has begun. */
static bool is_its_move(ftblab_component *self, int job, int from, int to)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  if (control->under_way == FTBLAB_NO_OPERATION && self->restarted &&
      ftblab_resource_pool_holds(&manager->pool, job, from) && ftblab_resource_pool_holds(&manager->pool, job, to)) {
    control->from = from;
    control->to = to;
    return has_moved(self, job);
  }
  return control->under_way == FTBLAB_MIGRATES && control->from == from && control->to == to;
}

/* B.3.3 row 6, B.4.2 row 6. */
static void on_migrated(ftblab_component *self, const ftblab_delivery *event)
{
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    bool named = !ftblab_payload_find(event->payload, "jobs") || /* optional */
                 ftblab_payload_names(event->payload, "jobs", job_of(self, i)->name);
    if (!named || !is_its_move(self, i, from, to))
      continue;
    self->world->ops->note(self, "Receive confirmation that node %s no longer contains MPI ranks",
                           self->world->ops->node_name(self, from));
    become_migrated(self, i);
  }
}

/* ---- prediction ----------------------------------------------------------------------------------------- */

/* Leave in manager->named those nodes that are news, and take them out of scheduling. */
static void foresee(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  for (int i = manager->named.count - 1; i >= 0; i--) {
    int node = manager->named.nodes[i];
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    if (!managed->known || managed->dead || managed->predicted || !self->world->ops->node_is_compute(self, node))
      ftblab_node_set_remove(&manager->named, node);
    else
      managed->predicted = true;
  }
}

/* Leave in manager->part the nodes of manager->named that JOB, which runs, holds. */
static void find_endangered(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; job_of(self, job)->state == FTBLAB_JOB_RUNNING && i < holding->count; i++)
    if (ftblab_node_set_has(&manager->named, holding->nodes[i]))
      ftblab_node_set_add(&manager->part, holding->nodes[i]);
}

static void translate(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_text words = {0};
  ftblab_text_addf(&words, " to job %s%s", job_of(self, job)->name, self->job ? " (value stored internally)" : "");
  find_endangered(self, job);
  ftblab_note_nodes(self, "Translate ", &manager->part, ftblab_text_string(&words));
  ftblab_text_free(&words);
}

/* Section 2.2. */
static void predict_job(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  const ftblab_announcement prediction = {
      .event = "PREDICT_JOBS_FAILURE", .before = "Failure predicted of ", .after = "", .job = job_of(self, job)};
  find_endangered(self, job);
  ftblab_announce_nodes(self, &prediction, &manager->part);
}

/* Row 2. */
static void on_predicted(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set_read(&manager->named, self, event->payload);
  if (manager->on_prediction == FTBLAB_PREDICTION_IGNORE && !ftblab_jobs_answer_predictions(self)) {
    ftblab_note_nodes(self, "Ignore the prediction for ", &manager->named, "");
    return;
  }
  foresee(self);
  ftblab_note_nodes(self, "Suspend scheduling on ", &manager->named, " (predicted failure)");
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    translate(self, i);
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self) && manager->predict_jobs; i++)
    predict_job(self, i);
  if (manager->named.count == 0)
    return;
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    evacuate(self, i, event->id);
}

/* Section 2.3: an order to clear a node, whatever the policy about predictions. */
static void on_order(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (from < 0 || !manager->pool.nodes[from].known || manager->pool.nodes[from].dead)
    return;
  manager->pool.nodes[from].predicted = true;
  ftblab_node_set_clear(&manager->named);
  ftblab_node_set_add(&manager->named, from);
  ftblab_note_nodes(self, "Suspend scheduling on ", &manager->named, " (to be cleared)");
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    translate(self, i);
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    if (ftblab_resource_pool_holds(&manager->pool, i, from))
      migrate(self, i, from, to, event->id);
}

/* ---- deaths, and answers that do not come ------------------------------------------------------------------ */

/* Does one of the nodes that have just died hold JOB? */
static bool is_hit(const ftblab_manager *manager, int job)
{
  const ftblab_holding *holding = &manager->pool.holdings[job];
  for (int i = 0; i < holding->count; i++)
    if (ftblab_node_set_has(&manager->named, holding->nodes[i]))
      return true;
  return false;
}

/* A spare that died under the migration is replaced; of a source that died nothing can be moved any more. */
static void control_migration(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  if (has_moved(self, job)) { /* and the answer was lost, or is on its way */
    become_migrated(self, job);
  } else if (manager->pool.nodes[control->from].dead) {
    stay(self, job);
  } else if (manager->pool.nodes[control->to].dead) {
    stay(self, job);
    migrate(self, job, control->from, -1, control->cause);
  }
}

void ftblab_control_deaths(ftblab_component *self)
{
  const ftblab_manager *manager = self->state;
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    if (manager->jobs[i].under_way == FTBLAB_MIGRATES && is_hit(manager, i))
      control_migration(self, i);
    else if (manager->jobs[i].under_way == FTBLAB_RESUMES && is_hit(manager, i) &&
             job_of(self, i)->state == FTBLAB_JOB_SUSPENDED)
      take_back(self, i);
  }
}

/* The answer has not come: go by how the job stands. */
static void look(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  ftblab_job_state state = job_of(self, job)->state;
  const char *name = job_of(self, job)->name;
  ftblab_operation operation = control->under_way;
  if (operation == FTBLAB_RESUMES && state == FTBLAB_JOB_RUNNING) {
    become_resumed(self, job);
  } else if (operation == FTBLAB_SUSPENDS && state == FTBLAB_JOB_SUSPENDED) {
    become_suspended(self, job);
  } else if (operation == FTBLAB_RESUMES && state == FTBLAB_JOB_SUSPENDED) {
    self->world->ops->admin(self, "job %s was not resumed within %g s, and gets twice as long the next time", name,
                            answer_wait(manager, job, operation));
    control->in_vain++;
    take_back(self, job);
    ftblab_resource_pool_schedule(&manager->pool, self);
  } else if (operation == FTBLAB_MIGRATES && state == FTBLAB_JOB_RUNNING && has_moved(self, job)) {
    become_migrated(self, job);
  } else if (operation == FTBLAB_MIGRATES) {
    stay(self, job);
    self->world->ops->admin(self, "job %s was not moved and is suspended instead", name);
    suspend(self, job, !self->job, "Migration failed; ");
  } else {
    ftblab_end_operation(self, job);
    if (operation == FTBLAB_SUSPENDS)
      self->world->ops->admin(self, "job %s was not suspended and goes on", name);
  }
}

/* Is what was asked for done, whether its answer has come or not? */
static bool is_done(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  ftblab_job_state state = job_of(self, job)->state;
  ftblab_operation operation = manager->jobs[job].under_way;
  if (operation == FTBLAB_SUSPENDS)
    return state == FTBLAB_JOB_SUSPENDED;
  return state == FTBLAB_JOB_RUNNING && (operation == FTBLAB_RESUMES || has_moved(self, job));
}

/* An answer may be on its way when a job is first seen to have done what it was to do. At the next look it is lost. */
static void glance(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  control->look_timer = 0;
  bool done = is_done(self, job);
  if (done && (control->seen_done || control->under_way == FTBLAB_RESUMES)) {
    if (control->under_way != FTBLAB_RESUMES)
      self->world->ops->admin(self, "the answer of job %s did not come; it has been %s", job_of(self, job)->name,
                              control->under_way == FTBLAB_SUSPENDS ? "suspended" : "moved");
    look(self, job);
    return;
  }
  control->seen_done = done;
  look_later(self, job);
}

void ftblab_control_restart(ftblab_component *self, int job, bool good, const char *why)
{
  ftblab_manager *manager = self->state;
  if (manager->jobs[job].under_way != FTBLAB_RESUMES)
    return;
  ftblab_end_operation(self, job);
  if (good)
    return;
  give_up_nodes(self, job);
  self->world->ops->admin(self, "job %s was not resumed: %s", job_of(self, job)->name, why);
  if (strcmp(why, FTBLAB_IMAGES_LOST) == 0)
    self->world->ops->job_abort(self, job, why);
}

/* ---- time slices ------------------------------------------------------------------------------------------ */

/* Would suspending JOB help WAITING to nodes? */
static bool makes_room(ftblab_component *self, int job, const ftblab_job *waiting)
{
  const ftblab_manager *manager = self->state;
  const ftblab_job *running = job_of(self, job);
  if (running->state != FTBLAB_JOB_RUNNING || is_busy(self, job))
    return false;
  if (!waiting->node_list)
    return true;
  for (int i = 0; i < waiting->nodes_wanted; i++)
    if (ftblab_resource_pool_holds(&manager->pool, job, waiting->node_list[i]))
      return true;
  return false;
}

/* The job that has run longest of those whose suspension helps; -1: none. */
static int longest_running(ftblab_component *self, const ftblab_job *waiting)
{
  const ftblab_manager *manager = self->state;
  int longest = -1;
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    if (makes_room(self, i, waiting) && (longest < 0 || manager->jobs[i].started < manager->jobs[longest].started))
      longest = i;
  return longest;
}

/* How many nodes WAITING lacks, of those that it would take. */
static int lacking(ftblab_component *self, const ftblab_job *waiting)
{
  const ftblab_manager *manager = self->state;
  int candidates = waiting->node_list ? waiting->nodes_wanted : self->world->ops->node_count(self), found = 0;
  for (int i = 0; i < candidates; i++) {
    int node = waiting->node_list ? waiting->node_list[i] : i;
    found += ftblab_resource_pool_is_sound(&manager->pool, node) && manager->pool.nodes[node].users == 0;
  }
  return waiting->nodes_wanted - found;
}

/* How many of the nodes that JOB holds WAITING would take. */
static int helpful(ftblab_component *self, int job, const ftblab_job *waiting)
{
  const ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  int count = 0;
  for (int i = 0; i < holding->count; i++) {
    bool wanted = !waiting->node_list;
    for (int j = 0; !wanted && j < waiting->nodes_wanted; j++)
      wanted = waiting->node_list[j] == holding->nodes[i];
    count += wanted && ftblab_resource_pool_is_sound(&manager->pool, holding->nodes[i]);
  }
  return count;
}

/* B.3.1: "RM/JS decides to suspend job z": the job that waits longest gets the nodes of those that ran longest. */
static void end_slice(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  manager->slice_timer = 0;
  if (manager->pool.queued == 0)
    return;
  const ftblab_job *waiting = job_of(self, manager->pool.queue[0]);
  int lacks = lacking(self, waiting);
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    if (manager->jobs[i].under_way == FTBLAB_SUSPENDS) /* its nodes will be free soon */
      lacks -= helpful(self, i, waiting);
  for (int job = 0; lacks > 0 && (job = longest_running(self, waiting)) >= 0;) {
    lacks -= helpful(self, job, waiting);
    suspend(self, job, true, "");
  }
  set_slice(self);
}

void ftblab_control_timer(ftblab_component *self, int tag, int job)
{
  ftblab_manager *manager = self->state;
  if (tag == FTBLAB_TIMER_ANSWER) {
    manager->jobs[job].answer_timer = 0;
    look(self, job);
  } else if (tag == FTBLAB_TIMER_LOOK)
    glance(self, job);
  else if (tag == FTBLAB_TIMER_RELEARN)
    ftblab_relearn_again(self, job); /* the value is a node */
  else if (tag == FTBLAB_TIMER_SLICE)
    end_slice(self);
  else if (tag == FTBLAB_TIMER_SCHEDULE)
    ftblab_resource_pool_schedule(&manager->pool, self);
}

/* ---- by hand ---------------------------------------------------------------------------------------------- */

void ftblab_suspend_by_hand(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  if (manager->checkpoint)
    suspend(self, job, false, "");
}

void ftblab_resume_by_hand(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  if (manager->jobs[job].under_way == FTBLAB_SUSPENDS) {
    manager->jobs[job].resumes = true; /* as soon as it is suspended */
  } else if (job_of(self, job)->state == FTBLAB_JOB_SUSPENDED && !is_busy(self, job)) {
    ftblab_let_wait(self, job);
    ftblab_resource_pool_schedule(&manager->pool, self);
  }
}

/* ---- interests ---------------------------------------------------------------------------------------------- */

/* B.3 and B.4 beyond B.1; the last line is of B.3 alone. */
const ftblab_interest ftblab_control_interests[] = {
    {"DO_JOBS_SUSPEND", {"jobs"}, NULL},
    {"RESUME_JOB_CMD", {"jobs"}, on_command},
    {"PREDICT_NODES_FAILURE", {"nodes"}, on_predicted},
    {"RM_JOBS_MIGRATE", {"snode", "dnode", "jobs"}, NULL},
    {"MPI_RANKS_MIGRATE", {"snode", "dnode", "jobs"}, on_migrated},
    {"DO_JOBS_RESUME", {"jobs"}, NULL},
};
const size_t ftblab_control_interest_count = FTBLAB_COUNT(ftblab_control_interests);

const ftblab_interest ftblab_do_interests[] = {{"DO_NODE_MIGRATE", {"snode"}, on_order}};
const size_t ftblab_do_interest_count = FTBLAB_COUNT(ftblab_do_interests);
