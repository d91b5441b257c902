/* connections.c - connections between processes of components: who hears that one has closed.
 *
 * A connection closes when the node at its other end dies, or the process there that had connected to this end, and
 * that is known here as soon as the news has crossed the network. That a death closes it at once is what the documents
 * on subordinates and masters assume; a node that hangs keeps its connections. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* VALUE: the record that it goes back to in the upper bits, the node in the lower 24. */
static void is_known(void *argument, int64_t value, double date)
{
  ftblab_unit *unit = argument;
  ftblab_world_enter(unit->world, date, (uint64_t)value >> 24);
  if (unit->alive && unit->component.class->on_disconnect != NULL)
    unit->component.class->on_disconnect(&unit->component, (int)(value & 0xffffff));
  ftblab_world_leave(unit->world);
}

/* The connection of UNIT to NODE closes now. */
static void close_connection(ftblab_unit *unit, int node)
{
  ftblab_simulated *world = unit->world;
  ftblab_error error;
  double latency = 0, seconds_per_byte;
  unit->connected[node] = false;
  if (ftblab_engine_route(world->engine, node, unit->component.node, &latency, &seconds_per_byte, &error) != FTBLAB_OK)
    ftblab_world_fail(world, &error);
  ftblab_engine_at(world->engine, world->date + latency, is_known, unit,
                   (int64_t)(world->cause << 24 | (uint64_t)node));
}

static bool is_connected(const ftblab_unit *unit, int node)
{
  return unit->alive && unit->connected != NULL && unit->connected[node];
}

void ftblab_connections_node_died(ftblab_simulated *world, int node)
{
  for (size_t i = 0; i < world->unit_count; i++) {
    if (is_connected(world->units[i], node))
      close_connection(world->units[i], node);
  }
}

/* Connections are between the processes that belong to the same kind of jobs. */
void ftblab_connections_unit_died(const ftblab_unit *unit)
{
  ftblab_simulated *world = unit->world;
  const char *system = unit->component.class->application;
  for (size_t i = 0; system != NULL && i < world->unit_count; i++) {
    ftblab_unit *other = world->units[i];
    const char *others = other->component.class->application;
    if (others != NULL && strcmp(others, system) == 0 && is_connected(other, unit->component.node))
      close_connection(other, unit->component.node);
  }
}

bool ftblab_connect_service(ftblab_component *self, int node)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  ftblab_simulated *world = unit->world;
  if (unit->connected == NULL)
    unit->connected = calloc(ftblab_engine_nodes(world->engine) + 1, sizeof *unit->connected);
  if (unit->connected == NULL) {
    ftblab_world_no_memory(world);
    return false;
  }
  unit->connected[node] = ftblab_engine_node_up(world->engine, node);
  return unit->connected[node];
}
