/* interface_set.c - interfaces of nodes. See interface_set.h. */
#include "interface_set.h"

#include <stdlib.h>

ftblab_status ftblab_interface_set_init(ftblab_interface_set *set, ftblab_component *self, ftblab_error *err)
{
  const ftblab_world_ops *world = self->world->ops;
  int nodes = world->node_count(self);
  set->first = malloc(((size_t)nodes + 1) * sizeof *set->first);
  if (!set->first)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the interfaces of %d nodes", nodes);
  for (int i = 0; i < nodes; i++) {
    set->first[i] = set->total;
    set->total += world->interface_count(self, i);
  }
  set->first[nodes] = set->total;
  set->owners = malloc(((size_t)set->total + 1) * sizeof *set->owners);
  set->ports = malloc(((size_t)set->total + 1) * sizeof *set->ports);
  if (!set->owners || !set->ports)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d interfaces", set->total);
  for (int i = 0; i < nodes; i++)
    for (int place = set->first[i]; place < set->first[i + 1]; place++)
      set->owners[place] = i;
  return ftblab_node_set_init(&set->named, nodes, err);
}

void ftblab_interface_set_free(ftblab_interface_set *set)
{
  free(set->first);
  free(set->owners);
  free(set->ports);
  ftblab_node_set_free(&set->named);
  *set = (ftblab_interface_set){0};
}

ftblab_port ftblab_port_of(const ftblab_interface_set *set, int node, int interface)
{
  return (ftblab_port){.node = node, .interface = interface, .place = set->first[node] + interface};
}

ftblab_port ftblab_port_at(const ftblab_interface_set *set, int place)
{
  int node = set->owners[place];
  return (ftblab_port){.node = node, .interface = place - set->first[node], .place = place};
}

/* Payloads name few interfaces and few nodes. */
void ftblab_interface_set_read(ftblab_interface_set *set, ftblab_component *self, const ftblab_payload *payload)
{
  const ftblab_pair *pair = ftblab_payload_find(payload, "ifaces");
  set->count = 0;
  ftblab_node_set_read(&set->named, self, payload);
  for (int n = 0; n < set->named.count && pair; n++) {
    int node = set->named.nodes[n];
    for (int i = 0; i < self->world->ops->interface_count(self, node); i++)
      if (ftblab_payload_names(payload, "ifaces", self->world->ops->interface_name(self, node, i)))
        set->ports[set->count++] = ftblab_port_of(set, node, i);
  }
}

void ftblab_ports_publish(ftblab_component *self, const char *event, ftblab_port port, int count, const ftblab_job *job,
                          uint64_t in_response_to)
{
  ftblab_text payload = {0};
  const char *node = ftblab_port_node(self, port);
  const char **names = calloc((size_t)count + 1, sizeof *names);
  for (int i = 0; names && i < count; i++)
    names[i] = self->world->ops->interface_name(self, port.node, port.interface + i);
  if (names) {
    ftblab_payload_add_words(&payload, "ifaces", names, (size_t)count);
    ftblab_payload_add_words(&payload, "nodes", &node, 1);
    if (job)
      ftblab_payload_add_words(&payload, "jobs", &job->name, 1);
  }
  if (!names || payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, event, ftblab_text_string(&payload), in_response_to);
  free(names);
  ftblab_text_free(&payload);
}

const char *ftblab_port_name(ftblab_component *self, ftblab_port port)
{
  return self->world->ops->interface_name(self, port.node, port.interface);
}

const char *ftblab_port_node(ftblab_component *self, ftblab_port port)
{
  return self->world->ops->node_name(self, port.node);
}
