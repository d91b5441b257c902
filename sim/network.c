/* network.c - links and switches that fail, and who notices.
 *
 * Routes do not change: whoever's way leads over what is down is cut off until it is back. A switch takes with it the
 * links next to it and the interfaces behind it. What is under way on a link is lost. The facts LINK_FAILED,
 * LINK_RETURNED, SWITCH_FAILED and SWITCH_RETURNED name what it was. One that is down already fails no second time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simgrid_shim.h"
#include "world.h"

/* A link in all its directions, or a switch with the links next to it. */
typedef struct thing {
  const char *name; /* as the scenario says it */
  bool is_switch, down;
  int *links; /* of the fabric */
  size_t link_count, link_room;
} thing;

struct ftblab_network {
  ftblab_fabric *fabric;
  thing *things;
  size_t count;
};

/* ---- what may fail ------------------------------------------------------------------------------------ */

static int find_thing(const ftblab_network *network, const char *name, bool is_switch)
{
  for (size_t i = 0; i < network->count; i++)
    if (network->things[i].is_switch == is_switch && strcmp(network->things[i].name, name) == 0)
      return (int)i;
  return -1;
}

/* False: no memory. */
static bool add_link(const ftblab_network *network, thing *self, sg_link_t link)
{
  int number = ftblab_fabric_add(network->fabric, link);
  for (size_t i = 0; i < self->link_count; i++)
    if (self->links[i] == number)
      return true;
  if (self->link_count == self->link_room) {
    size_t room = 2 * self->link_room + 2;
    int *links = realloc(self->links, room * sizeof *links);
    if (links == NULL)
      return false;
    self->links = links;
    self->link_room = room;
  }
  self->links[self->link_count++] = number;
  return number >= 0;
}

/* The link of SELF's name, or those of both its directions. False: no memory. */
static bool add_directions(const ftblab_network *network, thing *self)
{
  static const char *const endings[] = {"", "_UP", "_DOWN"};
  bool good = true;
  for (size_t i = 0; i < FTBLAB_COUNT(endings) && good; i++) {
    ftblab_text name = {0};
    ftblab_text_addf(&name, "%s%s", self->name, endings[i]);
    sg_link_t link = name.failed ? NULL : ftblab_shim_link(name.data);
    good = !name.failed && (link == NULL || add_link(network, self, link));
    ftblab_text_free(&name);
  }
  return good;
}

typedef struct adding {
  const ftblab_network *network;
  thing *self;
} adding;

static bool add_each(void *argument, sg_link_t link)
{
  const adding *into = argument;
  return add_link(into->network, into->self, link);
}

/* Those behind the switch, with their own links. BEHIND, by place. False: no memory. */
static bool add_behind(const ftblab_simulated *world, thing *self, bool *behind)
{
  bool good = true;
  for (size_t i = 0; i < ftblab_interfaces_total(world->interfaces) && good; i++) {
    sg_link_t links[2];
    behind[i] = ftblab_shim_is_behind(ftblab_interface_host(world->interfaces, (int)i), self->name);
    size_t count = behind[i] ? ftblab_interface_links(world->interfaces, (int)i, links) : 0;
    for (size_t j = 0; j < count && good; j++)
      good = add_link(world->network, self, links[j]);
  }
  return good;
}

/* The interfaces elsewhere that talk to those behind a switch: ways lead there. Returns how many. */
static size_t find_others(const ftblab_interfaces *interfaces, const bool *behind, sg_host_t *hosts)
{
  size_t total = ftblab_interfaces_total(interfaces), count = 0, first = 0;
  while (first < total && !behind[first])
    first++;
  for (size_t i = 0; i < total && first < total; i++) {
    bool same = strcmp(ftblab_interface_name(interfaces, (int)i), ftblab_interface_name(interfaces, (int)first)) == 0;
    if (!behind[i] && same)
      hosts[count++] = ftblab_interface_host(interfaces, (int)i);
  }
  return count;
}

/* The links of the interfaces behind the switch, and those next to it on ways from elsewhere. False: no memory. */
static bool add_neighbours(const ftblab_simulated *world, thing *self)
{
  size_t total = ftblab_interfaces_total(world->interfaces);
  bool *behind = calloc(total + 1, sizeof *behind);
  sg_host_t *hosts = calloc(total + 1, sizeof *hosts);
  bool good = behind != NULL && hosts != NULL && add_behind(world, self, behind);
  adding into = {world->network, self};
  if (good)
    good = ftblab_shim_switch_links(self->name, hosts, find_others(world->interfaces, behind, hosts), add_each, &into);
  free(behind);
  free(hosts);
  return good;
}

/* ---- names -------------------------------------------------------------------------------------------- */

static ftblab_status unknown(const ftblab_simulated *world, const cJSON *name, bool is_switch, ftblab_error *err)
{
  size_t (*list)(const char **, size_t) = is_switch ? ftblab_shim_switches : ftblab_shim_links;
  size_t count = list(NULL, 0);
  const char **names = malloc((count + 1) * sizeof *names);
  if (names == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the names of links and switches");
  list(names, count);
  const char *nearest = ftblab_nearest(name->valuestring, names, count);
  ftblab_json_fail(world->scenario->json, name, err, "the platform has no %s \"%s\"%s%s%s",
                   is_switch ? "switch" : "link", name->valuestring, nearest != NULL ? " (did you mean \"" : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "\"?)" : "");
  free(names);
  return FTBLAB_EINPUT;
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the network");
}

static ftblab_status build(ftblab_simulated *world, ftblab_error *err)
{
  ftblab_network *network = world->network = calloc(1, sizeof *network);
  if (network == NULL)
    return no_memory(err);
  ftblab_status status = ftblab_fabric_new(world->engine, &network->fabric, err);
  if (status == FTBLAB_OK)
    ftblab_interfaces_connect(world->interfaces, network->fabric);
  return status;
}

static ftblab_status add_thing(ftblab_simulated *world, const cJSON *name, bool is_switch, ftblab_error *err)
{
  ftblab_status status = world->network == NULL ? build(world, err) : FTBLAB_OK;
  if (status != FTBLAB_OK || find_thing(world->network, name->valuestring, is_switch) >= 0)
    return status;
  if (is_switch && !ftblab_shim_is_switch(name->valuestring))
    return unknown(world, name, true, err);
  ftblab_network *network = world->network;
  thing *things = realloc(network->things, (network->count + 1) * sizeof *things);
  if (things == NULL)
    return no_memory(err);
  network->things = things;
  thing *self = &things[network->count++];
  *self = (thing){.name = name->valuestring, .is_switch = is_switch};
  if (!(is_switch ? add_neighbours(world, self) : add_directions(network, self)))
    return no_memory(err);
  return !is_switch && self->link_count == 0 ? unknown(world, name, false, err) : FTBLAB_OK;
}

static ftblab_status add_things(ftblab_simulated *world, const cJSON *names, bool are_switches, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (const cJSON *name = ftblab_scenario_first_name(names); name != NULL && status == FTBLAB_OK;
       name = ftblab_scenario_next_name(names, name))
    status = add_thing(world, name, are_switches, err);
  return status;
}

ftblab_status ftblab_network_check(ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err)
{
  ftblab_status status = add_things(world, plan->links, false, err);
  return status == FTBLAB_OK ? add_things(world, plan->switches, true, err) : status;
}

/* ---- the network of the backplane --------------------------------------------------------------------- */

/* Is there an interface of that name? If not, *NEAREST is the name that is like it. */
static ftblab_status find_interface(const ftblab_simulated *world, const char *name, bool *found, const char **nearest)
{
  size_t total = ftblab_interfaces_total(world->interfaces);
  const char **names = malloc((total + 1) * sizeof *names);
  if (names == NULL)
    return FTBLAB_ENOMEM;
  *found = false;
  for (size_t i = 0; i < total; i++) {
    names[i] = ftblab_interface_name(world->interfaces, (int)i);
    *found = *found || strcmp(names[i], name) == 0;
  }
  *nearest = ftblab_nearest(name, names, total);
  free(names);
  return FTBLAB_OK;
}

ftblab_status ftblab_network_of_backplane(const ftblab_simulated *world, ftblab_error *err)
{
  const ftblab_scenario *scenario = world->scenario;
  const cJSON *backplane = cJSON_GetObjectItemCaseSensitive(ftblab_json_root(scenario->json), "backplane");
  const cJSON *key = cJSON_GetObjectItemCaseSensitive(backplane, "network");
  const char *nearest = NULL;
  bool is_apart = strcmp(scenario->network, "apart") == 0, found = true;
  if (strcmp(scenario->network, "any") == 0)
    return FTBLAB_OK;
  if (is_apart && scenario->backplane.transport == FTBLAB_TRANSPORT_FLOW)
    return ftblab_json_fail(scenario->json, key, err,
                            "a network apart is none of the platform's: the transport flow cannot send over it");
  if (!is_apart && find_interface(world, scenario->network, &found, &nearest) != FTBLAB_OK)
    return no_memory(err);
  if (!found)
    return ftblab_json_fail(scenario->json, key, err, "no node has an interface \"%s\"%s%s%s", scenario->network,
                            nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
                            nearest != NULL ? "\"?)" : "");
  ftblab_interfaces_control(world->interfaces, is_apart ? NULL : scenario->network, is_apart);
  return FTBLAB_OK;
}

/* ---- who notices -------------------------------------------------------------------------------------- */

static void write_fact(ftblab_simulated *world, const thing *self)
{
  static const char *const events[2][2] = {{"LINK_RETURNED", "LINK_FAILED"}, {"SWITCH_RETURNED", "SWITCH_FAILED"}};
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, self->is_switch ? "switches" : "links", &self->name, 1);
  ftblab_record record = {.t = llround(world->date * 1e9), .action = FTBLAB_FACT};
  record.component = ftblab_slice_of(FTBLAB_SIMULATION);
  record.event = ftblab_slice_of(events[self->is_switch][self->down]);
  record.payload = ftblab_slice_of(payload.data);
  world->network_fact = payload.failed ? 0 : ftblab_recorder_add(world->recorder, &record);
  if (world->network_fact == 0)
    ftblab_world_no_memory(world);
  ftblab_text_free(&payload);
}

static bool is_reached(const ftblab_simulated *world, const ftblab_unit *unit, int node)
{
  return !ftblab_interfaces_control_is_cut(world->interfaces, unit->component.node, node, INFINITY);
}

static bool looks_after_nodes(const ftblab_unit *unit)
{
  return unit->alive && unit->component.class->on_node_reached != NULL;
}

/* By unit and node: can those be reached that the unit looks after? NULL: no memory. */
static bool *find_reached(const ftblab_simulated *world)
{
  size_t nodes = ftblab_engine_nodes(world->engine);
  bool *reached = calloc(world->unit_count * nodes + 1, sizeof *reached);
  for (size_t i = 0; reached != NULL && i < world->unit_count; i++)
    for (size_t node = 0; node < nodes && looks_after_nodes(world->units[i]); node++)
      reached[i * nodes + node] = is_reached(world, world->units[i], (int)node);
  return reached;
}

/* REACHED is how it was before. */
static void tell_reached(ftblab_simulated *world, const bool *reached)
{
  size_t nodes = ftblab_engine_nodes(world->engine);
  for (size_t i = 0; i < world->unit_count; i++)
    for (size_t node = 0; node < nodes && looks_after_nodes(world->units[i]); node++)
      if (!reached[i * nodes + node] && is_reached(world, world->units[i], (int)node) &&
          ftblab_engine_node_up(world->engine, (int)node))
        world->units[i]->component.class->on_node_reached(&world->units[i]->component, (int)node);
}

static void turn_links(const ftblab_network *network, const thing *self, bool down)
{
  for (size_t i = 0; i < self->link_count; i++)
    ftblab_fabric_fail(network->fabric, self->links[i], down);
}

static void change(ftblab_simulated *world, thing *self, bool down)
{
  uint64_t cause = world->cause;
  bool *reached = find_reached(world);
  self->down = down;
  turn_links(world->network, self, down);
  write_fact(world, self);
  world->cause = world->network_fact;
  ftblab_backplane_network_changed(world->backplane);
  ftblab_heartbeats_network_changed(world);
  ftblab_workload_network_changed(world);
  ftblab_storage_network_changed(world->storage);
  if (reached == NULL)
    ftblab_world_no_memory(world);
  else
    tell_reached(world, reached);
  free(reached);
  world->cause = cause;
}

static void returns(void *argument, int64_t number, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  change(world, &world->network->things[number], false);
  ftblab_world_leave(world);
}

static void strike(ftblab_simulated *world, const ftblab_fault_plan *plan, const char *name, bool is_switch)
{
  int number = find_thing(world->network, name, is_switch);
  thing *self = &world->network->things[number];
  if (self->down)
    return;
  change(world, self, true);
  if (plan->returns_after >= 0) { /* before the interfaces do */
    world->outside_calls++;
    ftblab_engine_at(world->engine, world->date + plan->returns_after, returns, world, number);
  }
  if (is_switch)
    ftblab_ports_strike_switch(world, plan, name);
}

void ftblab_network_strike(ftblab_simulated *world, const ftblab_fault_plan *plan)
{
  const cJSON *switches = plan->switches, *links = plan->links;
  for (const cJSON *name = ftblab_scenario_first_name(links); name != NULL;
       name = ftblab_scenario_next_name(links, name))
    strike(world, plan, name->valuestring, false);
  for (const cJSON *name = ftblab_scenario_first_name(switches); name != NULL;
       name = ftblab_scenario_next_name(switches, name))
    strike(world, plan, name->valuestring, true);
}

void ftblab_network_free(ftblab_simulated *world)
{
  ftblab_network *network = world->network;
  if (network == NULL)
    return;
  for (size_t i = 0; i < network->count; i++)
    free(network->things[i].links);
  free(network->things);
  ftblab_fabric_free(network->fabric);
  free(network);
}
