/* node_set.h - sets of nodes: how payloads become nodes, and nodes become events. Private to components/.
 *
 * A set costs memory for every node of the world once and nothing afterwards: adding, removing and asking take
 * constant time, walking takes the number of members, so that the cost of an event does not grow with the cluster. */
#ifndef FTBLAB_NODE_SET_H
#define FTBLAB_NODE_SET_H

#include "component.h"

/* Starts as {0}; ftblab_node_set_init() makes it usable. Members are nodes[0 .. count-1], in no promised order. */
typedef struct ftblab_node_set {
  int *nodes;    /* the members */
  int *position; /* of each node among the members, -1 for others */
  int count, capacity;
} ftblab_node_set;

/* An empty set for nodes 0 .. NODE_COUNT-1. FTBLAB_ENOMEM. */
ftblab_status ftblab_node_set_init(ftblab_node_set *set, int node_count, ftblab_error *err);
void ftblab_node_set_free(ftblab_node_set *set);

bool ftblab_node_set_has(const ftblab_node_set *set, int node);
void ftblab_node_set_add(ftblab_node_set *set, int node);    /* a member already: nothing happens */
void ftblab_node_set_remove(ftblab_node_set *set, int node); /* no member: nothing happens */
void ftblab_node_set_clear(ftblab_node_set *set);

/* SET becomes the nodes that PAYLOAD names under "nodes", as far as SELF's world knows them; unknown names are left
 * out, because anybody may write anything on a backplane. */
void ftblab_node_set_read(ftblab_node_set *set, ftblab_component *self, const ftblab_payload *payload);
/* Does PAYLOAD name WORD under KEY? "4" is also named by the range 3-7. */
bool ftblab_payload_names(const ftblab_payload *payload, const char *key, const char *word);

/* The note "BEFORE node n5AFTER", "BEFORE nodes n5, n6AFTER"; none for an empty set. Sorts SET. */
void ftblab_note_nodes(ftblab_component *self, const char *before, ftblab_node_set *set, const char *after);

/* What is thrown for a set of nodes, and the action text that goes with it. */
typedef struct ftblab_announcement {
  const char *event;
  const char *before, *after; /* the note around the nodes, as of ftblab_note_nodes */
  const ftblab_job *job;      /* also named in the payload; NULL: none */
  uint64_t in_response_to;    /* id of a delivery, or 0 */
} ftblab_announcement;

/* Throw it for SET: one event, or as few as FTBLAB_PAYLOAD_LIMIT asks for. None for an empty set. Sorts SET. */
void ftblab_announce_nodes(ftblab_component *self, const ftblab_announcement *announcement, ftblab_node_set *set);

#endif
