/* ib_fault_monitor.c - the IB Fault Monitor: finds failed ports, and looks whether restored ones work (B.5, B.6).
 *
 * It looks at the ports once in a period, so a port that comes back between two looks never failed for it. Only what a
 * port event has changed can be news, so nothing is looked at while there is none. A failure is announced once, until
 * the interface is said to be restored. */
#include <math.h>
#include <stdlib.h>

#include "interface_set.h"
#include "role.h"

enum { TIMER_LOOK };

typedef struct watched_port {
  bool down, announced, waiting; /* waiting: for the next look */
  int confirming;                /* checks under way after a return was announced */
} watched_port;

typedef struct state {
  double period, phase; /* seconds; of the looks, the first is at the phase */
  bool ftb_ib;          /* announces states of ports as FTB-IB does, failures and returns alike */
  ftblab_interface_set set;
  watched_port *ports; /* by place */
  int *waiting;        /* places */
  int waiting_count;
} state;

static void stop(ftblab_component *self)
{
  state *monitor = self->state;
  ftblab_interface_set_free(&monitor->set);
  free(monitor->ports);
  free(monitor->waiting);
  *monitor = (state){0};
}

/* ---- failure -------------------------------------------------------------------------------------------- */

static void look_soon(ftblab_component *self, int place)
{
  state *monitor = self->state;
  if (monitor->ports[place].waiting)
    return;
  if (monitor->waiting_count == 0) {
    double since = fmod(self->world->ops->now(self) + monitor->period - monitor->phase, monitor->period);
    self->world->ops->timer(self, monitor->period - since, TIMER_LOOK, 0);
  }
  monitor->ports[place].waiting = true;
  monitor->waiting[monitor->waiting_count++] = place;
}

static void on_port(ftblab_component *self, int node, int interface, bool up)
{
  state *monitor = self->state;
  ftblab_port port = ftblab_port_of(&monitor->set, node, interface);
  watched_port *watched = &monitor->ports[port.place];
  watched->down = !up;
  if (monitor->ftb_ib ? watched->down != watched->announced : watched->down && !watched->announced)
    look_soon(self, port.place);
}

/* E.1 row 1, E.2 row 1. */
static void throw_port_info(ftblab_component *self, ftblab_port port, bool down)
{
  const char *name = ftblab_port_name(self, port), *node = ftblab_port_node(self, port);
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, "ifaces", &name, 1);
  ftblab_payload_add_words(&payload, "nodes", &node, 1);
  ftblab_add_value(&payload, "state", down ? "down" : "up");
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    self->world->ops->note_throw(self, "Port %s of node %s %s", name, node, down ? "went down" : "is active again");
    self->world->ops->publish(self, "FTB_IB_PORT_INFO", payload.data, 0);
  }
  ftblab_text_free(&payload);
}

/* B.5.1 row 1. */
static void throw_failure(ftblab_component *self, ftblab_port port)
{
  self->world->ops->note_throw(self, "Interface %s on node %s has failed", ftblab_port_name(self, port),
                               ftblab_port_node(self, port));
  ftblab_ports_publish(self, "FAILED_PHYSICAL_INTERFACE", port, 1, NULL, 0);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  state *monitor = self->state;
  int count = monitor->waiting_count;
  (void)tag; /* there is only one */
  (void)value;
  monitor->waiting_count = 0;
  for (int i = 0; i < count; i++) {
    ftblab_port port = ftblab_port_at(&monitor->set, monitor->waiting[i]);
    watched_port *watched = &monitor->ports[port.place];
    watched->waiting = false;
    if (watched->down == watched->announced || !(watched->down || monitor->ftb_ib))
      continue;
    watched->announced = watched->down;
    if (monitor->ftb_ib)
      throw_port_info(self, port, watched->down);
    else
      throw_failure(self, port);
  }
}

/* No row: somebody has announced it, so it needs no second announcement. */
static void on_failed(ftblab_component *self, const ftblab_delivery *event)
{
  state *monitor = self->state;
  ftblab_interface_set_read(&monitor->set, self, event->payload);
  for (int i = 0; i < monitor->set.count; i++)
    monitor->ports[monitor->set.ports[i].place].announced = true;
}

/* ---- checks --------------------------------------------------------------------------------------------- */

static void note_ports(ftblab_component *self, const char *before, const char *after)
{
  state *monitor = self->state;
  for (int i = 0; i < monitor->set.count; i++)
    self->world->ops->note(self, "%s %s of node %s%s", before, ftblab_port_name(self, monitor->set.ports[i]),
                           ftblab_port_node(self, monitor->set.ports[i]), after);
}

/* B.5.2 row 4(b). That one is bad is the script's to say (row 5). */
static void on_check(ftblab_component *self, const ftblab_delivery *event)
{
  state *monitor = self->state;
  ftblab_interface_set_read(&monitor->set, self, event->payload);
  note_ports(self, "Checks interface", "");
  for (int i = 0; i < monitor->set.count; i++)
    self->world->ops->interface_check(self, monitor->set.ports[i].node, monitor->set.ports[i].interface);
}

/* B.5.1 row 6(a), B.5.2 row 10(a). A port that is down all the same is announced again at the next look. */
static void on_restored(ftblab_component *self, const ftblab_delivery *event)
{
  state *monitor = self->state;
  ftblab_interface_set_read(&monitor->set, self, event->payload);
  note_ports(self, "Confirm interface", " is restored");
  for (int i = 0; i < monitor->set.count; i++) {
    ftblab_port port = monitor->set.ports[i];
    watched_port *watched = &monitor->ports[port.place];
    watched->announced = false;
    watched->confirming++;
    self->world->ops->interface_check(self, port.node, port.interface);
    if (watched->down)
      look_soon(self, port.place);
  }
}

/* The tables have no event with which to refuse. */
static void on_interface(ftblab_component *self, int node, int interface, bool sound)
{
  state *monitor = self->state;
  ftblab_port port = ftblab_port_of(&monitor->set, node, interface);
  watched_port *watched = &monitor->ports[port.place];
  if (watched->confirming == 0)
    return;
  watched->confirming--;
  if (!sound)
    self->world->ops->admin(self, "interface %s of node %s is said to be restored and does not work",
                            ftblab_port_name(self, port), ftblab_port_node(self, port));
}

/* ---- boot ----------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"FAILED_PHYSICAL_INTERFACE", {"ifaces", "nodes"}, on_failed},
    {"RESTORED_PHYSICAL_INTERFACE", {"ifaces", "nodes"}, on_restored},
    {"CHECK_INTERFACE", {"ifaces", "nodes"}, on_check},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *monitor = self->state;
  monitor->period = ftblab_parameter(self, "period");
  monitor->ftb_ib = ftblab_parameter_flag(self, "ftb_ib");
  monitor->phase = monitor->period * self->world->ops->random(self);
  ftblab_status status = ftblab_interface_set_init(&monitor->set, self, err);
  if (!status) {
    monitor->ports = calloc((size_t)monitor->set.total + 1, sizeof *monitor->ports);
    monitor->waiting = calloc((size_t)monitor->set.total + 1, sizeof *monitor->waiting);
    if (!monitor->ports || !monitor->waiting)
      status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory to watch %d interfaces", monitor->set.total);
  }
  if (!status && !monitor->ftb_ib) /* FTB-IB "does not have to subscribe to events" */
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (status)
    stop(self);
  return status;
}

extern const ftblab_role_class ftblab_ib_fault_monitor_role;
const ftblab_role_class ftblab_ib_fault_monitor_role = {
    .role = "IB Fault Monitor",
    .space = "ftb.ib.ftblab",
    .instance = "ibmon",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_port = on_port,
    .on_interface = on_interface,
};
