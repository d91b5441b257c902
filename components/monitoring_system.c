/* monitoring_system.c - the Monitoring System: watches heartbeats and suspects nodes (CHECK_NODES_DEAD).
 *
 * A node that was booted behind everybody's back has lost what ran on it, though hardly a heartbeat of it was missed:
 * it is suspected too (Slurm: a node that registers with a new boot time is "unexpectedly rebooted" and set DOWN).
 *
 * A node is in exactly one state. Only a monitored node can be suspected; a suspected one waits for others that fall
 * silent in the same window; then all are under check until somebody says dead or alive. Answers travel on the
 * unreliable channel: a check that stays without one is thrown again, also when the heartbeats have come back,
 * because others wait for the answer too. */
#include <stdlib.h>

#include "node_set.h"
#include "role.h"

enum { TIMER_GATHERED, TIMER_UNANSWERED };

typedef enum watch_state { UNMONITORED, MONITORED, SUSPECTED, UNDER_CHECK } watch_state;

typedef struct watched_node {
  watch_state watch;
  unsigned missed;     /* heartbeats in a row, as last reported */
  unsigned forgiven;   /* of these, those before it was last found alive */
  bool booted;         /* and no check was thrown since: an answer that it is alive may be older than that */
  uint64_t unanswered; /* the timer of its check, also when it went off; 0: no check was thrown */
} watched_node;

typedef struct state {
  double gather, recheck; /* seconds */
  unsigned misses;        /* in a row that make suspicious */
  bool announces;         /* NODE_FAILURE, of what was found dead */
  watched_node *nodes;
  ftblab_node_set suspected; /* of the window that is open */
  ftblab_node_set named;     /* scratch: the nodes of an event */
  bool window_open;
} state;

static void stop(ftblab_component *self)
{
  state *monitor = self->state;
  free(monitor->nodes);
  monitor->nodes = NULL;
  ftblab_node_set_free(&monitor->suspected);
  ftblab_node_set_free(&monitor->named);
}

/* ---- suspicion ------------------------------------------------------------------------------------------ */

static void suspect(ftblab_component *self, int node)
{
  state *monitor = self->state;
  monitor->nodes[node].watch = SUSPECTED;
  ftblab_node_set_add(&monitor->suspected, node);
  if (!monitor->window_open)
    self->world->ops->timer(self, monitor->gather, TIMER_GATHERED, 0);
  monitor->window_open = true;
}

static void on_heartbeat(ftblab_component *self, int node, unsigned missed, bool booted)
{
  state *monitor = self->state;
  watched_node *watched = &monitor->nodes[node];
  watched->missed = missed;
  if (missed < watched->forgiven)
    watched->forgiven = 0;
  watched->booted = (watched->booted || booted) && watched->watch != UNMONITORED;
  if (watched->watch == MONITORED && (watched->booted || missed - watched->forgiven >= monitor->misses)) {
    suspect(self, node);
  } else if (watched->watch == SUSPECTED && missed == 0 && !watched->unanswered && !watched->booted) {
    watched->watch = MONITORED; /* it beat again before anybody was told */
    ftblab_node_set_remove(&monitor->suspected, node);
  }
}

/* B.1.x row 1. */
static void check_suspected(ftblab_component *self)
{
  state *monitor = self->state;
  const ftblab_announcement check = {.event = "CHECK_NODES_DEAD", .before = "Suspect problem with ", .after = ""};
  monitor->window_open = false;
  ftblab_announce_nodes(self, &check, &monitor->suspected);
  for (int i = 0; i < monitor->suspected.count; i++) {
    int node = monitor->suspected.nodes[i];
    monitor->nodes[node].watch = UNDER_CHECK;
    self->world->ops->heed(self, node, FTBLAB_ATTENTION_CHECK);
    monitor->nodes[node].booted = false;
    monitor->nodes[node].unanswered = self->world->ops->timer(self, monitor->recheck, TIMER_UNANSWERED, node);
  }
  ftblab_node_set_clear(&monitor->suspected);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  if (tag == TIMER_GATHERED)
    check_suspected(self);
  else
    suspect(self, (int)value);
}

/* ---- answers -------------------------------------------------------------------------------------------- */

/* Whatever was suspected of NODE is settled. */
static void settle(ftblab_component *self, int node, watch_state watch)
{
  state *monitor = self->state;
  watched_node *watched = &monitor->nodes[node];
  self->world->ops->cancel(self, watched->unanswered);
  watched->unanswered = 0;
  watched->missed =
      self->world->ops->heed(self, node, watch == MONITORED ? FTBLAB_ATTENTION_FULL : FTBLAB_ATTENTION_DEAD);
  watched->forgiven = watched->missed; /* a node that hangs is suspected again after as many misses, not at the next */
  watched->watch = watch;
  ftblab_node_set_remove(&monitor->suspected, node);
  watched->booted = watched->booted && watch == MONITORED;
  if (watched->booted)
    suspect(self, node);
}

/* Read the nodes of EVENT, settle those not in state WATCH yet, and leave these in state->named. */
static void settle_all(ftblab_component *self, const ftblab_delivery *event, watch_state watch)
{
  state *monitor = self->state;
  ftblab_node_set_read(&monitor->named, self, event->payload);
  for (int i = monitor->named.count - 1; i >= 0; i--) { /* backwards: removing moves the last member */
    int node = monitor->named.nodes[i];
    if (monitor->nodes[node].watch == watch || !self->world->ops->node_is_compute(self, node))
      ftblab_node_set_remove(&monitor->named, node);
    else
      settle(self, node, watch);
  }
}

/* 4(b) */
static void on_dead(ftblab_component *self, const ftblab_delivery *event)
{
  state *monitor = self->state;
  settle_all(self, event, UNMONITORED);
  ftblab_note_nodes(self, "Remove ", &monitor->named, " from set of monitored resources");
  if (monitor->announces) { /* FTLA.1 row 1 */
    const ftblab_announcement failure = {
        .event = "NODE_FAILURE", .before = "Detected failure of ", .after = "", .in_response_to = event->id};
    ftblab_announce_nodes(self, &failure, &monitor->named);
  }
}

/* B.1.1 6(b), B.1.2 8(b), B.1.3 10(b); also the answer to a false suspicion. */
static void on_alive(ftblab_component *self, const ftblab_delivery *event)
{
  state *monitor = self->state;
  settle_all(self, event, MONITORED);
  ftblab_note_nodes(self, "Return ", &monitor->named, " to the set of monitored resources");
}

static const ftblab_interest interests[] = {
    {"CHECK_NODES_DEAD", {"nodes"}, NULL},
    {"CONFIRM_NODES_DEAD", {"nodes"}, on_dead},
    {"CONFIRM_NODES_ALIVE", {"nodes"}, on_alive},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

/* ---- boot ----------------------------------------------------------------------------------------------- */

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  state *monitor = self->state;
  int count = self->world->ops->node_count(self);
  monitor->nodes = calloc((size_t)count + 1, sizeof *monitor->nodes);
  if (!monitor->nodes)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to monitor %d nodes", count);
  for (int node = 0; node < count; node++)
    monitor->nodes[node].watch = self->world->ops->node_is_compute(self, node) ? MONITORED : UNMONITORED;
  ftblab_status status = ftblab_node_set_init(&monitor->suspected, count, err);
  return status ? status : ftblab_node_set_init(&monitor->named, count, err);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *monitor = self->state;
  monitor->gather = ftblab_parameter(self, "gather");
  monitor->recheck = ftblab_parameter(self, "recheck");
  monitor->misses = (unsigned)ftblab_parameter(self, "misses");
  monitor->announces = ftblab_parameter_flag(self, "announces_failures");
  ftblab_status status = allocate(self, err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (!status)
    status = ftblab_register_answers(self, err);
  if (status)
    stop(self);
  else
    self->world->ops->heartbeats(self, ftblab_parameter(self, "period"), ftblab_parameter(self, "timeout"));
  return status;
}

extern const ftblab_role_class ftblab_monitoring_system_role;
const ftblab_role_class ftblab_monitoring_system_role = {
    .role = "Monitoring System",
    .space = "ftb.monitoring.ftblab",
    .instance = "monitor",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_action = ftblab_check_by_hand,
    .on_timer = on_timer,
    .on_heartbeat = on_heartbeat,
};
