/* mpi_interfaces.c - see mpi_interfaces.h.
 *
 * An interface is given up when the event says so, not before: until then what is sent over it times out and is tried
 * again; after too many time-outs MPI complains as it does of corruption, for nobody may have noticed the failure.
 * Corruption of messages is told once for each node, until one of the node's interfaces is given up or taken
 * back; if that does not happen for a time, the next corrupted message is told again, for the first word may have been
 * lost. */
#include "mpi_interfaces.h"

#include <stdlib.h>

struct ftblab_corrupting_node {
  int messages; /* corrupted since all was well */
  bool told;
  uint64_t timer; /* 0: none runs */
};

/* What failed before the launch it sees by the ports, which are not active, before it is told. */
static void find_inactive(ftblab_mpi_interfaces *interfaces, ftblab_component *self)
{
  const int *first = interfaces->set.first;
  for (int i = 0; i < self->job->node_count; i++) {
    int node = self->job->nodes[i];
    for (int place = first[node]; place < first[node + 1]; place++)
      interfaces->down[place] = !self->world->ops->interface_active(self, node, place - first[node]);
  }
}

ftblab_status ftblab_mpi_interfaces_keep(ftblab_mpi_interfaces *interfaces, ftblab_component *self, ftblab_error *err)
{
  if (interfaces->nodes)
    return FTBLAB_OK;
  ftblab_status status = ftblab_interface_set_init(&interfaces->set, self, err);
  if (status)
    return status;
  interfaces->down = calloc((size_t)interfaces->set.total + 1, sizeof *interfaces->down);
  interfaces->told = calloc((size_t)interfaces->set.total + 1, sizeof *interfaces->told);
  interfaces->nodes = calloc((size_t)self->world->ops->node_count(self) + 1, sizeof *interfaces->nodes);
  return interfaces->down && interfaces->told && interfaces->nodes
             ? FTBLAB_OK
             : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d interfaces", interfaces->set.total);
}

/* Most launches never hear of interfaces: where all are active there is nothing to keep until one does. */
ftblab_status ftblab_mpi_interfaces_init(ftblab_mpi_interfaces *interfaces, ftblab_component *self, ftblab_error *err)
{
  if (self->world->ops->interfaces_active(self))
    return FTBLAB_OK;
  ftblab_status status = ftblab_mpi_interfaces_keep(interfaces, self, err);
  if (!status)
    find_inactive(interfaces, self);
  return status;
}

void ftblab_mpi_interfaces_free(ftblab_mpi_interfaces *interfaces)
{
  ftblab_interface_set_free(&interfaces->set);
  free(interfaces->down);
  free(interfaces->told);
  free(interfaces->nodes);
  *interfaces = (ftblab_mpi_interfaces){0};
}

/* Something is to be kept now. False: no memory. */
static bool have_room(ftblab_mpi_interfaces *interfaces, ftblab_component *self)
{
  ftblab_error error;
  if (!ftblab_mpi_interfaces_keep(interfaces, self, &error))
    return true;
  self->world->ops->fail(self, error.status, error.text);
  ftblab_mpi_interfaces_free(interfaces);
  return false;
}

/* What was said about NODE is dealt with. */
static void settle(ftblab_mpi_interfaces *interfaces, ftblab_component *self, int node)
{
  self->world->ops->cancel(self, interfaces->nodes[node].timer);
  interfaces->nodes[node] = (ftblab_corrupting_node){0};
}

/* The best interface of PORT's node that may still be used; NULL: none. */
static const char *alternative(const ftblab_mpi_interfaces *interfaces, ftblab_component *self, ftblab_port port)
{
  for (int i = 0; i < self->world->ops->interface_count(self, port.node); i++)
    if (!interfaces->down[ftblab_port_of(&interfaces->set, port.node, i).place])
      return self->world->ops->interface_name(self, port.node, i);
  return NULL;
}

/* B.5.1 row 4, B.5.2 row 8. */
void ftblab_mpi_interfaces_failed(ftblab_mpi_interfaces *interfaces, ftblab_component *self,
                                  const ftblab_delivery *event)
{
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name) || !have_room(interfaces, self))
    return;
  ftblab_interface_set_read(&interfaces->set, self, event->payload);
  for (int i = 0; i < interfaces->set.count; i++) {
    ftblab_port port = interfaces->set.ports[i];
    settle(interfaces, self, port.node);
    if (interfaces->told[port.place])
      continue;
    interfaces->down[port.place] = interfaces->told[port.place] = true;
    self->world->ops->note(self, "Mark interface %s of node %s as down", ftblab_port_name(self, port),
                           ftblab_port_node(self, port));
    const char *other = alternative(interfaces, self, port);
    if (other)
      self->world->ops->note(self, "Use alternative interface %s", other);
    else
      self->world->ops->note(self, "Suspend communication until interface restored");
    self->world->ops->job_interface(self, self->job->index, port.node, port.interface, false);
  }
}

/* B.5.1 row 8, B.5.2 row 12. Also one that was never given up: it may have been down when the job was launched. */
void ftblab_mpi_interfaces_restored(ftblab_mpi_interfaces *interfaces, ftblab_component *self,
                                    const ftblab_delivery *event)
{
  if (!ftblab_payload_names(event->payload, "jobs", self->job->name) || !have_room(interfaces, self))
    return;
  ftblab_interface_set_read(&interfaces->set, self, event->payload);
  for (int i = 0; i < interfaces->set.count; i++) {
    ftblab_port port = interfaces->set.ports[i];
    settle(interfaces, self, port.node);
    interfaces->down[port.place] = interfaces->told[port.place] = false;
    self->world->ops->note(self, "Add interface %s of node %s back to the possible interfaces for communication",
                           ftblab_port_name(self, port), ftblab_port_node(self, port));
    self->world->ops->job_interface(self, self->job->index, port.node, port.interface, true);
  }
}

/* B.5.2 row 1. SYMPTOM: what MPI detects. */
static void throw_corruption(ftblab_component *self, int node, const char *symptom)
{
  const char *name = self->world->ops->node_name(self, node);
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, "nodes", &name, 1);
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    self->world->ops->note_throw(self, "MPI detects message %s", symptom);
    self->world->ops->note_throw(self, "Continue masking corruption while interfaces are inspected");
    self->world->ops->publish(self, "MPI_MESSAGE_CORRUPTION", ftblab_text_string(&payload), 0);
  }
  ftblab_text_free(&payload);
}

/* What is wrong with NODE is known now, until it is dealt with or has been so for a time. */
static void mark(ftblab_mpi_interfaces *interfaces, ftblab_component *self, int node)
{
  ftblab_corrupting_node *corrupting = &interfaces->nodes[node];
  corrupting->told = true;
  corrupting->timer = self->world->ops->timer(self, interfaces->recheck, interfaces->timer_tag, node);
}

bool ftblab_mpi_interfaces_corruption(ftblab_mpi_interfaces *interfaces, ftblab_component *self, int node, bool tell)
{
  char symptom[64];
  if (!have_room(interfaces, self))
    return false;
  ftblab_corrupting_node *corrupting = &interfaces->nodes[node];
  if (++corrupting->messages < interfaces->notice || corrupting->told)
    return false;
  mark(interfaces, self, node);
  snprintf(symptom, sizeof symptom, "corruption (%d message%s)", corrupting->messages,
           corrupting->messages == 1 ? "" : "s");
  if (tell)
    throw_corruption(self, node, symptom);
  return true;
}

void ftblab_mpi_interfaces_time_outs(ftblab_mpi_interfaces *interfaces, ftblab_component *self, int node)
{
  if (!have_room(interfaces, self) || interfaces->nodes[node].told)
    return;
  mark(interfaces, self, node);
  throw_corruption(self, node, "loss (time-outs)");
}

void ftblab_mpi_interfaces_timer(ftblab_mpi_interfaces *interfaces, int64_t value)
{
  interfaces->nodes[value] = (ftblab_corrupting_node){0};
}
