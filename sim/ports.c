/* ports.c - interfaces as the world knows them: faults that strike them or their switch, what components ask and are
 * told about them.
 *
 * The facts IFACE_FAILED and IFACE_RETURNED are written when an interface goes down or begins to corrupt, and when it
 * works again. A repair of one that corrupts resets its port, so that it is seen to come up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simgrid_shim.h"
#include "world.h"

/* An interface that a component looks at: the answer comes after the test. */
struct ftblab_port_check {
  ftblab_port_check *next;
  uint64_t number;
  ftblab_unit *unit;
  uint64_t cause;
  int place;
  unsigned changes; /* of the interface when the test began */
};

static ftblab_simulated *world_of(ftblab_component *self)
{
  return ftblab_unit_of(self)->world;
}

/* ---- facts and port events ------------------------------------------------------------------------------ */

static void write_fact(ftblab_simulated *world, const char *event, int place, const char *note)
{
  const char *interface = ftblab_interface_name(world->interfaces, place);
  const char *node = ftblab_engine_node_name(world->engine, ftblab_interface_node(world->interfaces, place));
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, "ifaces", &interface, 1);
  ftblab_payload_add_words(&payload, "nodes", &node, 1);
  ftblab_record record = {.t = llround(world->date * 1e9), .action = FTBLAB_FACT};
  record.component = ftblab_slice_of(FTBLAB_SIMULATION);
  record.event = ftblab_slice_of(event);
  record.payload = ftblab_slice_of(payload.data);
  record.note = ftblab_slice_of(note);
  uint64_t seq = payload.failed ? 0 : ftblab_recorder_add(world->recorder, &record);
  if (seq == 0)
    ftblab_world_no_memory(world);
  world->port_facts[place] = seq;
  ftblab_text_free(&payload);
}

static void tell_port(ftblab_simulated *world, int place, bool up)
{
  int node = ftblab_interface_node(world->interfaces, place);
  int interface = place - ftblab_interfaces_place(world->interfaces, node, 0);
  uint64_t cause = world->cause;
  world->cause = world->port_facts[place];
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_port != NULL)
      unit->component.class->on_port(&unit->component, node, interface, up);
  }
  world->cause = cause;
}

/* ---- faults ---------------------------------------------------------------------------------------------- */

static void turn_port(ftblab_simulated *world, int place, bool up)
{
  ftblab_interface_switch(world->interfaces, place, up);
  ftblab_workload_network_changed(world);
  ftblab_storage_network_changed(world->storage);
}

/* NOTE: why; or NULL. */
static void fail_port(ftblab_simulated *world, int place, const char *note)
{
  if (!ftblab_interface_up(world->interfaces, place))
    return;
  turn_port(world, place, false);
  write_fact(world, "IFACE_FAILED", place, note);
  tell_port(world, place, false);
}

static void repair_port(ftblab_simulated *world, int place)
{
  if (ftblab_interface_up(world->interfaces, place) && !(ftblab_interface_corruption(world->interfaces, place) > 0))
    return;
  ftblab_interface_corrupt(world->interfaces, place, 0);
  turn_port(world, place, true);
  write_fact(world, "IFACE_RETURNED", place, NULL);
  tell_port(world, place, true);
}

static void port_fails(void *argument, int64_t place, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  fail_port(world, (int)place, NULL);
  ftblab_world_leave(world);
}

static void port_returns(void *argument, int64_t place, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  repair_port(world, (int)place);
  ftblab_world_leave(world);
}

static void later(ftblab_simulated *world, double delay, ftblab_call *call, int place)
{
  if (delay < 0)
    return;
  world->outside_calls++;
  ftblab_engine_at(world->engine, world->date + delay, call, world, place);
}

/* Down for the first half of each period. */
static void flap_port(ftblab_simulated *world, const ftblab_fault_plan *plan, int place)
{
  for (unsigned i = 0; i < plan->count; i++) {
    if (i > 0)
      later(world, i * plan->period, port_fails, place);
    later(world, (i + 0.5) * plan->period, port_returns, place);
  }
  fail_port(world, place, NULL);
}

static void corrupt_port(ftblab_simulated *world, const ftblab_fault_plan *plan, int place)
{
  ftblab_text note = {0};
  ftblab_text_addf(&note, "corrupts a message with probability %.9g", plan->probability);
  ftblab_interface_corrupt(world->interfaces, place, plan->probability);
  write_fact(world, "IFACE_FAILED", place, ftblab_text_string(&note));
  ftblab_text_free(&note);
  later(world, plan->returns_after, port_returns, place);
}

static void strike_port(ftblab_simulated *world, const ftblab_fault_plan *plan, int place)
{
  if (plan->kind == FTBLAB_INTERFACE_FLAP) {
    flap_port(world, plan, place);
  } else if (plan->kind == FTBLAB_INTERFACE_CORRUPT) {
    corrupt_port(world, plan, place);
  } else {
    fail_port(world, place, NULL);
    later(world, plan->returns_after, port_returns, place);
  }
}

void ftblab_ports_strike(ftblab_simulated *world, const ftblab_fault_plan *plan, int node)
{
  const cJSON *names = plan->interfaces;
  for (const cJSON *name = ftblab_scenario_first_name(names); name != NULL;
       name = ftblab_scenario_next_name(names, name)) {
    int interface = ftblab_interfaces_find(world->interfaces, node, name->valuestring, strlen(name->valuestring));
    strike_port(world, plan, ftblab_interfaces_place(world->interfaces, node, interface));
  }
}

/* All interfaces behind the switch NAME fail at once, and return together. One that is down already is so for its own
 * reason, and returns by itself. */
void ftblab_ports_strike_switch(ftblab_simulated *world, const ftblab_fault_plan *plan, const char *name)
{
  ftblab_text note = {0};
  ftblab_text_addf(&note, "the switch %s is down", name);
  for (size_t i = 0; i < ftblab_interfaces_total(world->interfaces); i++) {
    int place = (int)i;
    if (!ftblab_interface_up(world->interfaces, place) ||
        !ftblab_shim_is_behind(ftblab_interface_host(world->interfaces, place), name))
      continue;
    fail_port(world, place, ftblab_text_string(&note));
    later(world, plan->returns_after, port_returns, place);
  }
  ftblab_text_free(&note);
}

static ftblab_status check_name(const ftblab_simulated *world, const cJSON *name, const char *node_name,
                                ftblab_error *err)
{
  int node = ftblab_engine_node_index(world->engine, node_name, strlen(node_name));
  if (ftblab_interfaces_find(world->interfaces, node, name->valuestring, strlen(name->valuestring)) >= 0)
    return FTBLAB_OK;
  ftblab_text known = {0};
  for (int i = 0; i < ftblab_interfaces_count(world->interfaces, node); i++)
    ftblab_text_addf(&known, "%s%s", i == 0 ? "" : ", ",
                     ftblab_interface_name(world->interfaces, ftblab_interfaces_place(world->interfaces, node, i)));
  ftblab_status status = ftblab_json_fail(world->scenario->json, name, err, "%s has no interface \"%s\" (it has %s)",
                                          node_name, name->valuestring, ftblab_text_string(&known));
  ftblab_text_free(&known);
  return status;
}

ftblab_status ftblab_ports_check(const ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err)
{
  const cJSON *names = plan->interfaces, *nodes = plan->nodes;
  for (const cJSON *name = ftblab_scenario_first_name(names); name != NULL;
       name = ftblab_scenario_next_name(names, name))
    for (const cJSON *node = ftblab_scenario_first_name(nodes); node != NULL;
         node = ftblab_scenario_next_name(nodes, node)) {
      ftblab_status status = check_name(world, name, node->valuestring, err);
      if (status != FTBLAB_OK)
        return status;
    }
  return FTBLAB_OK;
}

/* ---- messages that come corrupted ------------------------------------------------------------------------- */

/* Tell the job's MPI which node it was. VALUE: the job and the place of the interface. */
static void tell_trouble(ftblab_simulated *world, int64_t value, double date, bool timed_out)
{
  int place = (int)(value & INT32_MAX);
  const ftblab_job *job = &world->jobs[value >> 32].job;
  ftblab_world_enter(world, date, world->port_facts[place]);
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    const ftblab_role_class *class = unit->component.class;
    void (*handler)(ftblab_component *, int) = timed_out ? class->on_time_outs : class->on_corruption;
    if (unit->alive && unit->component.job == job && handler != NULL)
      handler(&unit->component, ftblab_interface_node(world->interfaces, place));
  }
  ftblab_world_leave(world);
}

void ftblab_ports_corrupted(void *argument, int64_t value, double date)
{
  tell_trouble(argument, value, date, false);
}

void ftblab_ports_timed_out(void *argument, int64_t value, double date)
{
  tell_trouble(argument, value, date, true);
}

/* ---- services ----------------------------------------------------------------------------------------------- */

int ftblab_interface_count_service(ftblab_component *self, int node)
{
  return ftblab_interfaces_count(world_of(self)->interfaces, node);
}

const char *ftblab_interface_name_service(ftblab_component *self, int node, int interface)
{
  const ftblab_interfaces *interfaces = world_of(self)->interfaces;
  return ftblab_interface_name(interfaces, ftblab_interfaces_place(interfaces, node, interface));
}

int ftblab_interface_index_service(ftblab_component *self, int node, const char *name, size_t length)
{
  return ftblab_interfaces_find(world_of(self)->interfaces, node, name, length);
}

/* Sound is what was sound all the time of the test. */
static void check_ends(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  ftblab_port_check **link = &world->port_checks;
  while (*link != NULL && (*link)->number != (uint64_t)value)
    link = &(*link)->next;
  if (*link == NULL)
    return;
  ftblab_port_check check = **link;
  free(*link);
  *link = check.next;
  if (!check.unit->alive || check.unit->component.class->on_interface == NULL)
    return;
  int node = ftblab_interface_node(world->interfaces, check.place);
  bool sound = ftblab_interface_sound(world->interfaces, check.place) &&
               check.changes == ftblab_interface_changes(world->interfaces, check.place);
  ftblab_world_enter(world, date, check.cause);
  check.unit->component.class->on_interface(&check.unit->component, node,
                                            check.place - ftblab_interfaces_place(world->interfaces, node, 0), sound);
  ftblab_world_leave(world);
}

bool ftblab_interface_active_service(ftblab_component *self, int node, int interface)
{
  const ftblab_interfaces *interfaces = world_of(self)->interfaces;
  return ftblab_interface_up(interfaces, ftblab_interfaces_place(interfaces, node, interface));
}

bool ftblab_interfaces_active_service(ftblab_component *self)
{
  return ftblab_interfaces_all_up(world_of(self)->interfaces);
}

void ftblab_interface_check_service(ftblab_component *self, int node, int interface)
{
  ftblab_simulated *world = world_of(self);
  const cJSON *test = cJSON_GetObjectItemCaseSensitive(self->parameters, "interface_test");
  ftblab_port_check *check = malloc(sizeof *check);
  if (check == NULL) {
    ftblab_world_no_memory(world);
    return;
  }
  int place = ftblab_interfaces_place(world->interfaces, node, interface);
  *check = (ftblab_port_check){.next = world->port_checks,
                               .number = ++world->port_check_count,
                               .unit = ftblab_unit_of(self),
                               .cause = world->cause,
                               .place = place,
                               .changes = ftblab_interface_changes(world->interfaces, place)};
  world->port_checks = check;
  ftblab_engine_at(world->engine, world->date + (cJSON_IsNumber(test) ? test->valuedouble : 0), check_ends, world,
                   (int64_t)check->number);
}

void ftblab_job_interface_service(ftblab_component *self, int job, int node, int interface, bool use)
{
  const ftblab_simulated *world = world_of(self);
  const ftblab_job_record *record = &world->jobs[job];
  if (record->job.launches > 0)
    ftblab_launch_interface(record->launches[record->job.launches - 1],
                            ftblab_interfaces_place(world->interfaces, node, interface), use);
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

ftblab_status ftblab_ports_new(ftblab_simulated *world, ftblab_error *err)
{
  ftblab_status status = ftblab_interfaces_new(world->engine, world->scenario->seed, &world->interfaces, err);
  if (status != FTBLAB_OK)
    return status;
  world->port_facts = calloc(ftblab_interfaces_total(world->interfaces) + 1, sizeof *world->port_facts);
  return world->port_facts != NULL ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces");
}

void ftblab_ports_free(ftblab_simulated *world)
{
  while (world->port_checks != NULL) {
    ftblab_port_check *check = world->port_checks;
    world->port_checks = check->next;
    free(check);
  }
  free(world->port_facts);
  ftblab_interfaces_free(world->interfaces);
}
