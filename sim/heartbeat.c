/* heartbeat.c - heartbeats that bring news, and probes.
 *
 * A node that is well sends a heartbeat each period, and nobody learns anything. Those are never computed. When a
 * node falls silent its beats are followed one by one, at the dates they would have had, until the first one that
 * comes again, which also tells whether the node was booted meanwhile. Where a miss is no news to the monitor, because
 * it has the node checked or has found it dead, they are not followed either until it is, or the node is well: what was
 * missed meanwhile is counted then. A beat is sent if the node is up and its heartbeat daemon does not hang when the
 * beat is due. */
#include <math.h>
#include <stdlib.h>

#include "world.h"

/* A monitor that was told of so many misses in a row, and did nothing about any, is taken not to care. */
#define PATIENCE 64

typedef struct beat {
  double phase;    /* of the first beat, seconds */
  double latency;  /* to the monitor, seconds; below 0: not looked up */
  unsigned missed; /* in a row, as told to the monitor */
  unsigned boots;  /* of the node, when its last beat came */
  int64_t came;    /* number of the last beat that came after a silence */
  bool followed, settled;
  ftblab_attention attention;
  bool cut_off;    /* it is well, but its beats do not come, or did not the last time that it fell silent */
  int64_t skipped; /* the first beat that was not followed; below 0: none is left out */
} beat;

struct ftblab_monitor {
  ftblab_unit *unit;
  double period, timeout;
  size_t count;
  beat beats[];
};

void ftblab_monitor_free(ftblab_monitor *monitor)
{
  free(monitor);
}

/* ---- calls of the engine: one is pending for each beat that is followed ------------------------------- */

/* Node and number of a beat in the one value that a call carries. */
#define NODE_BITS 24

static int64_t pack(int node, int64_t number)
{
  return number * ((int64_t)1 << NODE_BITS) + node;
}

static int node_in(int64_t value)
{
  return (int)(value & (((int64_t)1 << NODE_BITS) - 1));
}

static int64_t number_in(int64_t value)
{
  return value >> NODE_BITS;
}

static void at(ftblab_monitor *monitor, double date, ftblab_call *call, int64_t value)
{
  ftblab_simulated *world = monitor->unit->world;
  world->beat_calls++;
  ftblab_engine_at(world->engine, date, call, monitor, value);
}

static double due(const ftblab_monitor *monitor, int node, int64_t number)
{
  return monitor->beats[node].phase + (double)number * monitor->period;
}

/* The heartbeats that NODE sends now do not come. */
static bool is_silent(const ftblab_monitor *monitor, int node)
{
  const ftblab_simulated *world = monitor->unit->world;
  return !ftblab_engine_node_up(world->engine, node) || world->nodes[node].hung ||
         ftblab_interfaces_control_is_cut(world->interfaces, node, monitor->unit->component.node, INFINITY);
}

/* The record that the silence of NODE goes back to, or its end. */
static uint64_t cause_of(const ftblab_monitor *monitor, int node)
{
  const ftblab_simulated *world = monitor->unit->world;
  return monitor->beats[node].cut_off ? world->network_fact : world->nodes[node].fact;
}

static void settle(ftblab_simulated *world, beat *state)
{
  if (state->followed && !state->settled)
    world->unsettled--;
  state->settled = true;
}

/* Tell the monitor. A reaction shows as a record, or as something new that is pending. */
static void tell(ftblab_monitor *monitor, int node, unsigned missed, bool booted, double date)
{
  ftblab_unit *unit = monitor->unit;
  ftblab_simulated *world = unit->world;
  if (!unit->alive || unit->component.class->on_heartbeat == NULL)
    return;
  uint64_t records = ftblab_recorder_count(world->recorder);
  size_t pending = ftblab_engine_pending(world->engine);
  ftblab_world_enter(world, date, cause_of(monitor, node));
  unit->component.class->on_heartbeat(&unit->component, node, missed, booted);
  if (missed == 0 || missed >= PATIENCE || ftblab_recorder_count(world->recorder) != records ||
      ftblab_engine_pending(world->engine) != pending)
    settle(world, &monitor->beats[node]);
  ftblab_world_leave(world);
}

static void beat_missed(void *argument, int64_t value, double date)
{
  ftblab_monitor *monitor = argument;
  beat *state = &monitor->beats[node_in(value)];
  monitor->unit->world->beat_calls--;
  if (number_in(value) < state->came)
    return; /* a later one has come already */
  tell(monitor, node_in(value), ++state->missed, false, date);
}

static void beat_comes(void *argument, int64_t value, double date)
{
  ftblab_monitor *monitor = argument;
  beat *state = &monitor->beats[node_in(value)];
  monitor->unit->world->beat_calls--;
  state->came = number_in(value) + 1;
  unsigned boots = monitor->unit->world->nodes[node_in(value)].boots;
  bool booted = boots != state->boots;
  if (state->missed > 0 || booted)
    tell(monitor, node_in(value), 0, booted, date);
  state->missed = 0;
  state->boots = boots;
}

/* Is the next miss no news to the monitor? A node that is under check and has not been reacted to is followed, because
 * the run waits for the reaction. */
static bool is_no_news(const beat *state)
{
  return state->attention == FTBLAB_ATTENTION_DEAD || (state->attention == FTBLAB_ATTENTION_CHECK && state->settled);
}

static void beat_is_due(void *argument, int64_t value, double date)
{
  ftblab_monitor *monitor = argument;
  ftblab_simulated *world = monitor->unit->world;
  int node = node_in(value);
  int64_t number = number_in(value);
  beat *state = &monitor->beats[node];
  world->beat_calls--;
  if (!monitor->unit->alive) {
    settle(world, state);
    state->followed = false;
    return;
  }
  if (is_silent(monitor, node) && is_no_news(state)) {
    state->skipped = number;
    settle(world, state);
  } else if (is_silent(monitor, node)) {
    at(monitor, date + monitor->timeout, beat_missed, value);
    at(monitor, due(monitor, node, number + 1), beat_is_due, pack(node, number + 1));
  } else {
    at(monitor, date + state->latency, beat_comes, value);
    settle(world, state);
    state->followed = false;
  }
}

/* From now on beats are followed again. Those that were skipped were missed; of the last it may not be known yet. */
static void catch_up(ftblab_monitor *monitor, int node, double date)
{
  beat *state = &monitor->beats[node];
  int64_t number = state->skipped;
  if (number < 0)
    return;
  double over = floor((date - monitor->timeout - state->phase) / monitor->period);
  if (over > (double)number) {
    state->missed += (unsigned)((int64_t)over - number);
    number = (int64_t)over;
  }
  for (; due(monitor, node, number) < date; number++) {
    if (due(monitor, node, number) + monitor->timeout < date)
      state->missed++;
    else
      at(monitor, due(monitor, node, number) + monitor->timeout, beat_missed, pack(node, number));
  }
  at(monitor, due(monitor, node, number), beat_is_due, pack(node, number));
  state->skipped = -1;
}

unsigned ftblab_heed(ftblab_component *self, int node, ftblab_attention attention)
{
  ftblab_monitor *monitor = ftblab_unit_of(self)->monitor;
  if (monitor == NULL || (size_t)node >= monitor->count)
    return 0;
  beat *state = &monitor->beats[node];
  bool wanted = attention == FTBLAB_ATTENTION_FULL;
  if (wanted && state->attention == FTBLAB_ATTENTION_DEAD) /* its return is told: that it was booted is no news */
    state->boots = ftblab_unit_of(self)->world->nodes[node].boots;
  if (wanted || (state->attention == FTBLAB_ATTENTION_CHECK && attention != state->attention))
    catch_up(monitor, node, ftblab_unit_of(self)->world->date);
  state->attention = attention;
  return state->missed;
}

static void follow(ftblab_monitor *monitor, int node, double date)
{
  ftblab_simulated *world = monitor->unit->world;
  beat *state = &monitor->beats[node];
  double per_byte;
  ftblab_error error;
  if ((state->followed && !state->settled) || (state->skipped >= 0 && state->attention == FTBLAB_ATTENTION_DEAD))
    return;
  catch_up(monitor, node, date); /* something new happened to it: the monitor is to react to that, too */
  if (!state->followed) {
    if (state->latency < 0 && ftblab_engine_route(world->engine, node, monitor->unit->component.node, &state->latency,
                                                  &per_byte, &error) != FTBLAB_OK) {
      ftblab_world_fail(world, &error);
      return;
    }
    double beats = ceil((date - state->phase) / monitor->period);
    int64_t number = beats < 0 ? 0 : (int64_t)beats;
    at(monitor, due(monitor, node, number), beat_is_due, pack(node, number));
  }
  state->followed = true;
  state->settled = false;
  world->unsettled++;
}

static void fall_silent(ftblab_monitor *monitor, int node)
{
  const ftblab_simulated *world = monitor->unit->world;
  monitor->beats[node].cut_off = ftblab_engine_node_up(world->engine, node) && !world->nodes[node].hung;
  follow(monitor, node, world->date);
}

void ftblab_heartbeats_node_changed(ftblab_simulated *world, int node)
{
  if (!ftblab_scenario_is_compute(world->scenario, world->engine, node))
    return;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (!unit->alive || unit->monitor == NULL)
      continue;
    if (is_silent(unit->monitor, node))
      fall_silent(unit->monitor, node);
    else
      catch_up(unit->monitor, node, world->date);
  }
}

void ftblab_heartbeats_network_changed(ftblab_simulated *world)
{
  for (size_t i = 0; i < ftblab_engine_nodes(world->engine); i++)
    ftblab_heartbeats_node_changed(world, (int)i);
}

void ftblab_heartbeats(ftblab_component *self, double period, double timeout)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  ftblab_simulated *world = unit->world;
  size_t count = ftblab_engine_nodes(world->engine);
  ftblab_monitor *monitor = calloc(1, sizeof *monitor + count * sizeof monitor->beats[0]);
  if (monitor == NULL || unit->monitor != NULL) {
    free(monitor);
    ftblab_world_no_memory(world);
    return;
  }
  *monitor = (ftblab_monitor){.unit = unit, .period = period, .timeout = timeout, .count = count};
  ftblab_random phases;
  ftblab_random_seed(&phases, world->scenario->seed, "heartbeat");
  for (size_t i = 0; i < count; i++) {
    monitor->beats[i].phase = world->date + period * ftblab_random_uniform(&phases);
    monitor->beats[i].latency = -1;
    monitor->beats[i].boots = world->nodes[i].boots;
    monitor->beats[i].skipped = -1;
  }
  world->draws += count;
  unit->monitor = monitor;
  for (size_t i = 0; i < count; i++)
    ftblab_heartbeats_node_changed(world, (int)i);
}

/* ---- probes ------------------------------------------------------------------------------------------------- */

struct ftblab_probe_state {
  ftblab_probe_state *next, **previous; /* in the world's list: what is under way when the run ends is freed from it */
  ftblab_unit *unit;
  int node;
  double sent, latency, timeout;
  uint64_t cause;
};

static void end_probe(ftblab_probe_state *probe)
{
  *probe->previous = probe->next;
  if (probe->next != NULL)
    probe->next->previous = probe->previous;
  ftblab_pool_give(&probe->unit->world->asked, probe);
}

static void probe_ends(void *argument, int64_t answered, double date)
{
  ftblab_probe_state asked = *(ftblab_probe_state *)argument;
  ftblab_unit *unit = asked.unit;
  end_probe(argument);
  if (!unit->alive || unit->component.class->on_probe == NULL)
    return;
  ftblab_world_enter(unit->world, date, asked.cause);
  unit->component.class->on_probe(&unit->component, asked.node, answered != 0);
  ftblab_world_leave(unit->world);
}

/* The question has reached the node: it answers if it is well now. */
static void probe_arrives(void *argument, int64_t value, double date)
{
  ftblab_probe_state *asked = argument;
  ftblab_simulated *world = asked->unit->world;
  const ftblab_node_state *node = &world->nodes[asked->node];
  bool well =
      ftblab_engine_node_up(world->engine, asked->node) && (!node->hung || node->answers_probes) &&
      !ftblab_interfaces_control_is_cut(world->interfaces, asked->unit->component.node, asked->node, asked->sent);
  bool in_time = 2 * asked->latency <= asked->timeout;
  (void)value;
  (void)date;
  ftblab_engine_at(world->engine, asked->sent + (well && in_time ? 2 * asked->latency : asked->timeout), probe_ends,
                   asked, well && in_time);
}

void ftblab_probe(ftblab_component *self, int node, double timeout)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  ftblab_simulated *world = unit->world;
  double per_byte;
  ftblab_error error;
  ftblab_probe_state *asked = ftblab_pool_take(&world->asked, sizeof *asked);
  if (asked == NULL) {
    ftblab_world_no_memory(world);
    return;
  }
  *asked = (ftblab_probe_state){.next = world->probes,
                                .previous = &world->probes,
                                .unit = unit,
                                .node = node,
                                .sent = world->date,
                                .timeout = timeout,
                                .cause = world->cause};
  if (asked->next != NULL)
    asked->next->previous = &asked->next;
  world->probes = asked;
  if (ftblab_engine_route(world->engine, self->node, node, &asked->latency, &per_byte, &error) != FTBLAB_OK) {
    end_probe(asked);
    ftblab_world_fail(world, &error);
    return;
  }
  if (asked->latency < timeout)
    ftblab_engine_at(world->engine, asked->sent + asked->latency, probe_arrives, asked, 0);
  else
    ftblab_engine_at(world->engine, asked->sent + timeout, probe_ends, asked, false);
}
