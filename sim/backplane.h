/* backplane.h - the Fault Tolerance Backplane: clients, an agent on every node, channels, two transports.
 * Private to sim/.
 *
 * Agents form a k-ary tree over the nodes (agent i's parent is (i-1)/k) which heals when a node dies. Events travel
 * along the tree to the agents that have matching subscribers. FTB semantics (API 0.5): a client connects with a
 * name and an event
 * space region.category.component, declares what it publishes, subscribes with filters, gets an event once however
 * many of its subscriptions match. Beyond FTB: filters on payload keys, and a reliable channel. */
#ifndef FTBLAB_BACKPLANE_H
#define FTBLAB_BACKPLANE_H

#include "conformance.h"
#include "engine.h"

typedef enum ftblab_transport { FTBLAB_TRANSPORT_FLOW, FTBLAB_TRANSPORT_LATENCY } ftblab_transport;

/* Quality of the unreliable channel, applied to each transmission to a subscriber at its last hop
 * (acknowledgements too). */
typedef struct ftblab_quality {
  double loss;          /* probability [0,1] */
  double duplication;   /* probability [0,1] that it arrives twice */
  double reordering;    /* probability [0,1] that it is held back by reorder_delay */
  double reorder_delay; /* seconds */
  double delay_mean;    /* extra delay, exponential, seconds; 0: none */
} ftblab_quality;

typedef struct ftblab_backplane_config {
  ftblab_transport transport;
  int arity;             /* of the agent tree, >= 1 */
  double heal_time;      /* seconds from an agent's death until its children are with the grandparent */
  double message_bytes;  /* on the wire; FTB 0.6.2's fixed message is 1336 bytes */
  double delivery_delay; /* seconds from an agent to the callback of a client on its node */
  ftblab_quality quality;
  double retry_first;  /* reliable channel: seconds until the first retry */
  double retry_factor; /* back-off factor, >= 1 */
  double retry_max;    /* longest wait between retries */
  int retry_limit;     /* tries after which the peer is gone for good */
  uint64_t seed;
} ftblab_backplane_config;

typedef struct ftblab_backplane ftblab_backplane;
typedef struct ftblab_client ftblab_client;

/* An event on the wire. Strings are copied by publish; in a delivery they live until the callback returns. */
typedef struct ftblab_message {
  uint64_t id;             /* set by publish: the handle */
  const char *event;       /* canonical name */
  const char *severity;    /* fatal, error, warning, info; of the declaration */
  const char *payload;     /* payload notation; at most FTBLAB_PAYLOAD_LIMIT bytes */
  bool reliable, response; /* channel; type */
  uint64_t response_to;    /* id of the event it answers, or 0 */
  double published;        /* date */
  const ftblab_client *publisher;
} ftblab_message;

/* NULL fields match everything. SPACE may be a prefix with '*' parts ("ftb.rm.*") or "all". PAYLOAD is a pattern
 * "nodes: *, jobs: {j1}": every named key must be there and share an item with the set ('*' shares any). */
typedef struct ftblab_filter {
  const char *space, *event, *severity, *job, *host, *payload;
} ftblab_filter;

typedef void ftblab_deliver(void *argument, const ftblab_message *message, double date); /* DATE: exact */
typedef void ftblab_undelivered(void *argument, const ftblab_message *message, const ftblab_client *peer);

typedef struct ftblab_client_config {
  int node;
  const char *name, *space; /* space: exactly three parts of [A-Za-z0-9_]+, less than 64 characters */
  const char *job;          /* or NULL */
  ftblab_deliver *deliver;
  ftblab_undelivered *undelivered; /* or NULL */
  void *argument;
} ftblab_client_config;

ftblab_status ftblab_backplane_new(ftblab_engine *engine, const ftblab_backplane_config *config,
                                   ftblab_backplane **backplane, ftblab_error *err);
/* No hop takes a way that is cut. The flow transport: send each hop over interfaces that are up at both ends, the best
 * first, as TCP over whatever network works would. INTERFACES (interface.h) must outlive the last run. */
struct ftblab_interfaces;
void ftblab_backplane_use(ftblab_backplane *backplane, const struct ftblab_interfaces *interfaces);
/* A link between them has failed, or is back. Agents whose connections that cuts find others after heal_time. */
void ftblab_backplane_network_changed(ftblab_backplane *backplane);
/* After the engine's last run, before ftblab_engine_free. Frees its clients too. */
void ftblab_backplane_free(ftblab_backplane *backplane);

/* FTBLAB_EINPUT: bad space, unknown node, node down. A client dies with its node: nothing is delivered to it any more,
 * and it must connect again when the node is back. Until heal_time after the death publishers still send it reliable
 * events and get `undelivered` after their tries; then its subscriptions are forgotten. Callbacks run in the engine's
 * dated calls, never inside a call of the publisher. */
ftblab_status ftblab_client_connect(ftblab_backplane *backplane, const ftblab_client_config *config,
                                    ftblab_client **client, ftblab_error *err);
void ftblab_client_disconnect(ftblab_client *client); /* frees it once no message refers to it */
const char *ftblab_client_name(const ftblab_client *client);
/* bad severity, declared with another one */
ftblab_status ftblab_client_declare(ftblab_client *client, const char *event, const char *severity, ftblab_error *err);
ftblab_status ftblab_client_subscribe(ftblab_client *client, const ftblab_filter *filter, uint64_t *subscription,
                                      ftblab_error *err);
ftblab_status ftblab_client_unsubscribe(ftblab_client *client, uint64_t subscription, ftblab_error *err);
/* Errors: not declared, payload too long or malformed, response to nothing. A publisher that subscribed gets its
 * own event too. */
ftblab_status ftblab_client_publish(ftblab_client *client, const char *event, const char *payload, bool reliable,
                                    uint64_t response_to, uint64_t *id, ftblab_error *err);

/* Fault injection: lose the next COUNT transmissions of EVENT (NULL: any) to a client whose name is TO (NULL: any). */
ftblab_status ftblab_backplane_lose(ftblab_backplane *backplane, const char *event, const char *to, unsigned count,
                                    ftblab_error *err);

typedef struct ftblab_backplane_counters {
  uint64_t published, hops, delivered, lost, duplicated, retried, acknowledged, given_up, healed;
} ftblab_backplane_counters;
ftblab_backplane_counters ftblab_backplane_count(const ftblab_backplane *backplane);
/* of the tree as it stands; -1: root or down */
int ftblab_backplane_parent(const ftblab_backplane *backplane, int node);
bool ftblab_backplane_busy(const ftblab_backplane *backplane); /* a message, retry or healing is under way */

#endif
