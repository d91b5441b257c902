/* autonomic_script.c - the Autonomic Script: finds out whether suspected nodes are dead, and looks after dead ones.
 *
 * A node is asked for a sign of life a number of times; the first answer settles that it is alive, the last silence
 * that it is dead. A node found dead stays dead, whoever asks, until its hardware is reported back, has passed
 * diagnosis and stress test, and answers again; only then is its return announced.
 *
 * A node that could not be reached over the network and was found dead for that is tested as soon as it can be reached.
 *
 * A node that was booted though nobody had found it dead was dead all the same: what ran there is gone. It counts as
 * dead when somebody asks for it, although it answers.
 *
 * A node that is predicted to fail and does not is stable again when somebody says so, or after a time; then it is
 * asked for a sign of life before that is announced. Interfaces are in interface_care.c. */
#include <stdlib.h>
#include <string.h>

#include "confirmations.h"
#include "interface_care.h"
#include "node_set.h"
#include "precision.h"
#include "role.h"

enum { TIMER_PROBE_AGAIN, TIMER_TESTED, TIMER_ANNOUNCE, TIMER_STABLE, TIMER_INTERFACE };

/* Why a node is being probed. */
typedef enum probe_purpose { NO_PURPOSE, FOR_A_CHECK, FOR_RETURN, FOR_STABILITY } probe_purpose;

typedef struct tended_node {
  bool dead;             /* confirmed */
  bool tended;           /* row 4(c) was done */
  probe_purpose purpose; /* of the probes under way */
  int attempts;          /* probes that may still be made */
  bool back;             /* reported back, though nobody had found it dead: so it was, and its jobs have lost it */
  bool reached;          /* it can be reached again since it was asked last */
  uint64_t check;        /* the event that asks about it; 0: none */
  uint64_t test_timer;   /* of diagnosis and stress test; 0: none runs */
  bool predicted;        /* to fail */
  uint64_t stable_timer; /* until it counts as stable again; 0: none runs */
  double charged;        /* seconds that jobs were charged for the node when it was found dead */
} tended_node;

typedef struct state {
  double probe_timeout, probe_interval, test_time, stable_after; /* seconds */
  int probe_attempts;
  tended_node *nodes;
  ftblab_node_set found_dead, found_alive, returned, predicted, stable,
      told_alive;        /* to be announced at the end of this instant */
  ftblab_node_set named; /* scratch: the nodes of an event */
  ftblab_confirmations confirmations;
  bool announcing;
  ftblab_interface_care interfaces;
} state;

static void stop(ftblab_component *self)
{
  state *script = self->state;
  free(script->nodes);
  ftblab_node_set_free(&script->found_dead);
  ftblab_node_set_free(&script->found_alive);
  ftblab_node_set_free(&script->returned);
  ftblab_node_set_free(&script->predicted);
  ftblab_node_set_free(&script->stable);
  ftblab_node_set_free(&script->told_alive);
  ftblab_node_set_free(&script->named);
  ftblab_confirmations_free(&script->confirmations);
  ftblab_interface_care_free(&script->interfaces);
  *script = (state){0};
}

/* ---- announcements -------------------------------------------------------------------------------------- */

/* What is found out about several nodes at one date goes into one event: wait for the end of this instant. */
static void announce_soon(ftblab_component *self, ftblab_node_set *set, int node)
{
  state *script = self->state;
  ftblab_node_set_add(set, node);
  if (!script->announcing)
    self->world->ops->timer(self, 0, TIMER_ANNOUNCE, 0);
  script->announcing = true;
}

/* Throw EVENT for SET, one for each check that it answers, and empty SET. */
static void announce(ftblab_component *self, ftblab_node_set *set, const char *event, const char *before,
                     const char *after)
{
  state *script = self->state;
  while (set->count > 0) {
    uint64_t check = script->nodes[set->nodes[0]].check;
    const ftblab_announcement finding = {.event = event, .before = before, .after = after, .in_response_to = check};
    ftblab_node_set_clear(&script->named);
    for (int i = set->count - 1; i >= 0; i--) { /* backwards: removing moves the last member */
      int node = set->nodes[i];
      if (script->nodes[node].check == check) {
        ftblab_node_set_add(&script->named, node);
        ftblab_node_set_remove(set, node);
      }
    }
    ftblab_announce_nodes(self, &finding, &script->named);
    for (int i = 0; i < script->named.count; i++)
      script->nodes[script->named.nodes[i]].check = 0;
  }
}

static void announce_unasked(ftblab_component *self, ftblab_node_set *set, const char *event, const char *before,
                             const char *after)
{
  const ftblab_announcement announcement = {.event = event, .before = before, .after = after};
  ftblab_announce_nodes(self, &announcement, set);
  ftblab_node_set_clear(set);
}

/* B.1.x row 3; the answer to a false suspicion (section 2.1); B.1.1 row 5, B.1.2 row 7, B.1.3 row 9; B.3.2 rows 1
 * and 9. */
static void announce_findings(ftblab_component *self)
{
  state *script = self->state;
  script->announcing = false;
  announce(self, &script->found_dead, "CONFIRM_NODES_DEAD", "Confirmed ", " failed");
  announce(self, &script->found_alive, "CONFIRM_NODES_ALIVE", "Confirmed ", " alive");
  announce(self, &script->returned, "CONFIRM_NODES_ALIVE", "Sysadmin uses script to notify services of node recovery (",
           ")");
  announce_unasked(self, &script->predicted, "PREDICT_NODES_FAILURE",
                   "Information gathered indicates imminent failure of ", "");
  announce_unasked(self, &script->told_alive, "CONFIRM_NODES_ALIVE", "Told that ", " is alive");
  announce_unasked(self, &script->stable, "CONFIRM_NODES_ALIVE", "Information gathered indicates ", " is stable again");
}

/* ---- probes --------------------------------------------------------------------------------------------- */

static void probe(ftblab_component *self, int node)
{
  state *script = self->state;
  script->nodes[node].attempts--;
  script->nodes[node].reached = false;
  self->world->ops->probe(self, node, script->probe_timeout);
}

static void find_out(ftblab_component *self, int node, probe_purpose purpose)
{
  state *script = self->state;
  script->nodes[node].purpose = purpose;
  script->nodes[node].attempts = script->probe_attempts;
  probe(self, node);
}

/* Seconds that the jobs on NODE have been charged for it since their launch. Only the node's own time: what the other
 * nodes of an aborted job computed in vain is not known to be lost (it may have a checkpoint). */
static double charged_time(ftblab_component *self, int node)
{
  double charged = 0;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (job->state == FTBLAB_JOB_RUNNING && ftblab_job_has_node(job, node))
      charged += self->world->ops->now(self) - job->launched;
  }
  return charged;
}

/* NODE is not expected to fail any more. */
static void forget_prediction(ftblab_component *self, int node)
{
  const state *script = self->state;
  tended_node *tended = &script->nodes[node];
  tended->predicted = false;
  self->world->ops->cancel(self, tended->stable_timer);
  tended->stable_timer = 0;
}

static void conclude_alive(ftblab_component *self, int node)
{
  state *script = self->state;
  tended_node *tended = &script->nodes[node];
  if (tended->purpose == FOR_RETURN)
    tended->dead = tended->tended = false;
  if (tended->purpose == FOR_STABILITY)
    forget_prediction(self, node);
  announce_soon(self,
                tended->purpose == FOR_RETURN      ? &script->returned
                : tended->purpose == FOR_STABILITY ? &script->stable
                                                   : &script->found_alive,
                node);
  tended->purpose = NO_PURPOSE;
}

/* Diagnosis and stress test begin; a node that comes back again meanwhile is tested from the start. */
static void begin_tests(ftblab_component *self, int node)
{
  const state *script = self->state;
  tended_node *tended = &script->nodes[node];
  self->world->ops->cancel(self, tended->test_timer);
  tended->purpose = NO_PURPOSE;
  tended->test_timer = self->world->ops->timer(self, script->test_time, TIMER_TESTED, node);
}

static void conclude_dead(ftblab_component *self, int node)
{
  state *script = self->state;
  tended_node *tended = &script->nodes[node];
  probe_purpose purpose = tended->purpose;
  tended->purpose = NO_PURPOSE;
  if (purpose == FOR_RETURN) {
    self->world->ops->admin(self, "node %s did not pass its tests", self->world->ops->node_name(self, node));
    if (tended->reached)
      begin_tests(self, node);
  } else if (purpose == FOR_A_CHECK) { /* that a node is stable nobody asked: whoever suspects it will */
    forget_prediction(self, node);
    tended->dead = true;
    tended->charged = charged_time(self, node);
    announce_soon(self, &script->found_dead, node);
    if (tended->back || tended->reached) /* nobody will report it once more */
      begin_tests(self, node);
    tended->back = false;
  }
}

static void on_probe(ftblab_component *self, int node, bool answered)
{
  state *script = self->state;
  tended_node *tended = &script->nodes[node];
  if (tended->purpose == NO_PURPOSE)
    return;
  bool first = tended->attempts == script->probe_attempts - 1; /* an answer at once may be heard before the question */
  if (answered && !tended->back)
    conclude_alive(self, node);
  else if (tended->attempts > 0 && (!tended->back || first))
    self->world->ops->timer(self, script->probe_interval, TIMER_PROBE_AGAIN, node);
  else
    conclude_dead(self, node);
}

/* 2(b) */
static void on_check(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_node_set_read(&script->named, self, event->payload);
  ftblab_note_nodes(self, "Attempt to confirm ", &script->named, " failed");
  for (int i = 0; i < script->named.count; i++) {
    int node = script->named.nodes[i];
    tended_node *tended = &script->nodes[node];
    if (tended->check)
      continue; /* being answered already */
    tended->check = event->id;
    if (tended->dead) /* the answer was lost on its way, or the node is back but not tested yet */
      announce_soon(self, &script->found_dead, node);
    else
      find_out(self, node, FOR_A_CHECK);
  }
}

/* ---- care of dead nodes --------------------------------------------------------------------------------- */

/* 4(c), word for word. The refund is computed; that the job is rescheduled is the scheduler's part. */
static void tend(ftblab_component *self, ftblab_node_set *set)
{
  state *script = self->state;
  double charged = 0;
  for (int i = 0; i < set->count; i++) {
    tended_node *tended = &script->nodes[set->nodes[i]];
    tended->tended = true;
    charged += tended->charged;
    self->world->ops->admin(self, "node %s is dead", self->world->ops->node_name(self, set->nodes[i]));
  }
  ftblab_note_nodes(self, "Notify sysadmin, trigger full diagnosis after hard reboot of ", set, "");
  self->world->ops->note(self, "Archives system logs, begin stress test, bring online spare nodes");
  self->world->ops->note(self, "Refund CPU accounting units (%.0f node-seconds), reschedule job", charged);
}

static void on_dead(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_node_set_read(&script->named, self, event->payload);
  for (int i = script->named.count - 1; i >= 0; i--) {
    const tended_node *tended = &script->nodes[script->named.nodes[i]];
    if (!tended->dead || tended->tended)
      ftblab_node_set_remove(&script->named, script->named.nodes[i]);
  }
  if (script->named.count > 0)
    tend(self, &script->named);
}

/* ---- predictions ---------------------------------------------------------------------------------------- */

/* B.3.2 row 1. A node that is dead, or predicted already, is no news. With MVAPICH2 predictions are for its migration
 * trigger: were they announced here too, two would move the same ranks. */
static void on_prediction(ftblab_component *self, int node)
{
  state *script = self->state;
  tended_node *tended = &script->nodes[node];
  if (ftblab_jobs_ignore_predictions(self)) { /* to announce it would ask for an answer that nobody is to give */
    self->world->ops->admin(self, "node %s is predicted to fail, no job's recovery answers that",
                            self->world->ops->node_name(self, node));
    return;
  }
  if (tended->dead || tended->predicted || ftblab_plays(self, "mvapich2"))
    return;
  tended->predicted = true;
  if (script->stable_after > 0)
    tended->stable_timer = self->world->ops->timer(self, script->stable_after, TIMER_STABLE, node);
  announce_soon(self, &script->predicted, node);
}

/* Does NODE, which was predicted to fail, live? Not while it is being asked for another reason: that answers too. */
static void look_whether_stable(ftblab_component *self, int node)
{
  state *script = self->state;
  self->world->ops->cancel(self, script->nodes[node].stable_timer);
  script->nodes[node].stable_timer = 0;
  if (script->nodes[node].purpose == NO_PURPOSE)
    find_out(self, node, FOR_STABILITY);
  else
    script->nodes[node].stable_timer =
        self->world->ops->timer(self, script->probe_timeout + script->probe_interval, TIMER_STABLE, node);
}

/* Section 2.3: clear NODE, wherever to. */
static void order_migration(ftblab_component *self, int node)
{
  ftblab_text payload = {0};
  ftblab_add_value(&payload, "snode", self->world->ops->node_name(self, node));
  self->world->ops->note_throw(self, "Migrate all active services from node %s",
                               self->world->ops->node_name(self, node));
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, "DO_NODE_MIGRATE", payload.data, 0);
  ftblab_text_free(&payload);
}

/* "announce-alive": somebody has the script say so, whatever it knows (section 2.1 #3: "as a purely notificational
 * event"). */
static void on_action(ftblab_component *self, const char *action, int node, int job)
{
  state *script = self->state;
  (void)job;
  if (node >= 0 && strcmp(action, "migrate") == 0)
    order_migration(self, node);
  if (node < 0 || strcmp(action, "announce-alive") != 0)
    return;
  forget_prediction(self, node);
  script->nodes[node].back = false;
  announce_soon(self, &script->told_alive, node);
}

static void on_node_back(ftblab_component *self, int node)
{
  const state *script = self->state;
  tended_node *tended = &script->nodes[node];
  if (tended->dead)
    begin_tests(self, node);
  else
    tended->back = true; /* its heartbeats will say so to the monitor, who asks */
}

/* It was found dead because nothing led to it: whatever it did meanwhile, it is tested like one that was booted. */
static void on_node_reached(ftblab_component *self, int node)
{
  const state *script = self->state;
  tended_node *tended = &script->nodes[node];
  tended->reached = true;
  if (tended->dead && tended->purpose == NO_PURPOSE && tended->test_timer == 0)
    begin_tests(self, node);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  state *script = self->state;
  if (tag == TIMER_ANNOUNCE) {
    announce_findings(self);
  } else if (tag == TIMER_INTERFACE) {
    ftblab_interface_care_timer(&script->interfaces, self, value);
  } else if (tag == TIMER_TESTED) {
    script->nodes[value].test_timer = 0;
    find_out(self, (int)value, FOR_RETURN);
  } else if (tag == TIMER_STABLE) {
    script->nodes[value].stable_timer = 0;
    look_whether_stable(self, (int)value);
  } else if (script->nodes[value].purpose != NO_PURPOSE) {
    probe(self, (int)value);
  }
}

/* ---- interfaces ----------------------------------------------------------------------------------------- */

static void on_failed_interface(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_interface_care_failed(&script->interfaces, self, event);
}

static void on_check_interface(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_interface_care_check(&script->interfaces, self, event);
}

static void on_port(ftblab_component *self, int node, int interface, bool up)
{
  state *script = self->state;
  ftblab_interface_care_port(&script->interfaces, self, node, interface, up);
}

static void on_interface(ftblab_component *self, int node, int interface, bool sound)
{
  state *script = self->state;
  ftblab_interface_care_result(&script->interfaces, self, node, interface, sound);
}

/* ---- boot ----------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"CHECK_NODES_DEAD", {"nodes"}, on_check},
    {"CONFIRM_NODES_DEAD", {"nodes"}, on_dead},
    {"FAILED_PHYSICAL_INTERFACE", {"ifaces", "nodes"}, on_failed_interface},
    {"RESTORED_PHYSICAL_INTERFACE", {"ifaces", "nodes"}, NULL},
    {"CHECK_INTERFACE", {"ifaces", "nodes"}, on_check_interface},
};

/* Table B.3. */
static const ftblab_interest checkpoint_interests[] = {
    {"CONFIRM_NODES_ALIVE", {"nodes"}, NULL},
    {"PREDICT_NODES_FAILURE", {"nodes"}, NULL},
};

static void on_suspended(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_confirm_suspended(&script->confirmations, self, event);
}

static void on_resumed(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_confirm_resumed(&script->confirmations, self, event);
}

static void on_migrated(ftblab_component *self, const ftblab_delivery *event)
{
  state *script = self->state;
  ftblab_confirm_migrated(&script->confirmations, self, event);
}

/* Section 2.3. */
static const ftblab_interest confirm_interests[] = {
    {"MPI_RANKS_SUSPEND", {"jobs", "ranks"}, on_suspended},
    {"MPI_RANKS_RESUME", {"jobs", "ranks"}, on_resumed},
    {"MPI_RANKS_MIGRATE", {"snode", "dnode", "ranks"}, on_migrated},
    {"DO_JOBS_SUSPEND", {"jobs"}, NULL}, /* what leads to them, and what else section 2 has it hear: it takes note */
    {"DO_JOBS_RESUME", {"jobs"}, NULL},
    {"RM_JOBS_MIGRATE", {"snode", "dnode", "jobs"}, NULL},
    {"MPI_RANKS_CKPT", {"ranks"}, NULL},
    {"MPI_RANKS_RESTART", {"ranks"}, NULL},
    {"RM_JOBS_CREATED", {"jobs"}, NULL},
    {"RM_JOBS_COMPLETED", {"jobs"}, NULL},
};

/* FTLA.1-precision. */
static const ftblab_interest precision_interests[] = {{"PRECISION_LOSS", {"jobs"}, ftblab_judge_precision}};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
  ftblab_react(self, precision_interests, FTBLAB_COUNT(precision_interests), event);
  ftblab_react(self, confirm_interests, FTBLAB_COUNT(confirm_interests), event);
}

static ftblab_status register_all(ftblab_component *self, ftblab_error *err)
{
  ftblab_status status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (!status && (ftblab_parameter_flag(self, "checkpoint") || ftblab_jobs_answer_predictions(self)))
    status = ftblab_register(self, checkpoint_interests, FTBLAB_COUNT(checkpoint_interests), err);
  if (!status && ftblab_parameter_flag(self, "confirm_commands"))
    status = ftblab_register(self, confirm_interests, FTBLAB_COUNT(confirm_interests), err);
  if (!status && ftblab_parameter_flag(self, "judges_precision"))
    status = ftblab_register(self, precision_interests, FTBLAB_COUNT(precision_interests), err);
  return status;
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  state *script = self->state;
  int count = self->world->ops->node_count(self);
  ftblab_node_set *sets[] = {&script->found_dead, &script->found_alive, &script->returned, &script->predicted,
                             &script->stable,     &script->told_alive,  &script->named};
  script->nodes = calloc((size_t)count + 1, sizeof *script->nodes);
  if (!script->nodes)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to tend %d nodes", count);
  for (size_t i = 0; i < FTBLAB_COUNT(sets); i++) {
    ftblab_status status = ftblab_node_set_init(sets[i], count, err);
    if (status)
      return status;
  }
  ftblab_status status = ftblab_confirmations_init(&script->confirmations, self, err);
  return status ? status : ftblab_interface_care_init(&script->interfaces, self, err);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *script = self->state;
  script->probe_attempts = (int)ftblab_parameter(self, "probe_attempts");
  script->probe_timeout = ftblab_parameter(self, "probe_timeout");
  script->probe_interval = ftblab_parameter(self, "probe_interval");
  script->test_time = ftblab_parameter(self, "diagnosis") + ftblab_parameter(self, "stress_test");
  script->interfaces.diagnosis = ftblab_parameter(self, "interface_diagnosis");
  script->interfaces.timer_tag = TIMER_INTERFACE;
  script->stable_after = ftblab_parameter(self, "stable_after");
  ftblab_status status = allocate(self, err);
  if (!status)
    status = register_all(self, err);
  if (status)
    stop(self);
  return status;
}

extern const ftblab_role_class ftblab_autonomic_script_role;
const ftblab_role_class ftblab_autonomic_script_role = {
    .role = "Autonomic Script",
    .space = "ftb.autonomic.ftblab",
    .instance = "script",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_probe = on_probe,
    .on_node_back = on_node_back,
    .on_node_reached = on_node_reached,
    .on_prediction = on_prediction,
    .on_action = on_action,
    .on_port = on_port,
    .on_interface = on_interface,
};
