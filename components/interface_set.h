/* interface_set.h - interfaces of nodes: numbered, read from payloads, written to notes and events. Private to
 * components/.
 *
 * An interface has a PLACE, its number among those of all nodes, so that a role may keep an array with an element for
 * each. */
#ifndef FTBLAB_INTERFACE_SET_H
#define FTBLAB_INTERFACE_SET_H

#include "node_set.h"

typedef struct ftblab_port {
  int node, interface, place;
} ftblab_port;

/* Starts as {0}. */
typedef struct ftblab_interface_set {
  int *first;  /* by node, and one more: the place of its first interface */
  int total;   /* interfaces of all nodes */
  int *owners; /* by place: its node */
  ftblab_port *ports;
  int count; /* of ports: what was read last, in the order of the platform's nodes */
  ftblab_node_set named;
} ftblab_interface_set;

ftblab_status ftblab_interface_set_init(ftblab_interface_set *set, ftblab_component *self, ftblab_error *err);
void ftblab_interface_set_free(ftblab_interface_set *set);

ftblab_port ftblab_port_of(const ftblab_interface_set *set, int node, int interface);
ftblab_port ftblab_port_at(const ftblab_interface_set *set, int place);

/* SET->ports becomes the interfaces that PAYLOAD names under "ifaces", of each node under "nodes"; what the world does
 * not know is left out. */
void ftblab_interface_set_read(ftblab_interface_set *set, ftblab_component *self, const ftblab_payload *payload);

/* Throw EVENT for interfaces [first, first + count) of the node of PORT; JOB may be NULL. */
void ftblab_ports_publish(ftblab_component *self, const char *event, ftblab_port port, int count, const ftblab_job *job,
                          uint64_t in_response_to);
/* The name of PORT's interface, and of its node. */
const char *ftblab_port_name(ftblab_component *self, ftblab_port port);
const char *ftblab_port_node(ftblab_component *self, ftblab_port port);

#endif
