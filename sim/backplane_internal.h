/* backplane_internal.h - what the files of the backplane share. Nobody else
 * includes it.
 *
 *   backplane.c    start and end, publishing, what arrives at an agent
 *   client.c       clients: connect, declare, subscribe, disconnect
 *   filter.c       filters: parsing, matching
 *   interest.c     equal filters as one group, and the agents that want a
 * message agents.c       the tree of agents: healing, which neighbour leads to
 * a node channel.c      the last hop: loss, duplication, delay reliable.c
 * acknowledgement, retry, order latency.c      transport: computed delays
 * flow.c   transport: SimGrid's network model
 *
 * All code of the backplane but the public functions runs in the engine's dated
 * calls. */
#ifndef FTBLAB_BACKPLANE_INTERNAL_H
#define FTBLAB_BACKPLANE_INTERNAL_H

#include "backplane.h"
#include "pool.h"

#define FTBLAB_FTB_NAME_LIMIT 64 /* FTB API 0.5: event space and client name are shorter */

/* ---- transport: the one interface of the two
 * ------------------------------------------------------- */

typedef struct ftblab_parcel ftblab_parcel;

/* A flow under way (flow.c); an edge's seconds, NAN: not known yet (latency.c).
 */
typedef struct ftblab_flight ftblab_flight;
typedef struct ftblab_edge {
  int parent;
  double up, down;
} ftblab_edge;

/* Carries PARCEL over one edge of the agent tree and calls
 * ftblab_backplane_arrived at its date, or ftblab_backplane_dropped if the
 * network failed. */
typedef struct ftblab_carrier {
  bool (*start)(ftblab_backplane *backplane); /* the tree stands; false: no memory */
  void (*send)(ftblab_backplane *backplane, ftblab_parcel *parcel, int from, int to, double date);
  void (*free)(ftblab_backplane *backplane);
} ftblab_carrier;
extern const ftblab_carrier ftblab_latency_carrier, ftblab_flow_carrier;
void ftblab_backplane_arrived(ftblab_parcel *parcel, int64_t hop, double date); /* HOP: from << 32 | to */
void ftblab_backplane_dropped(ftblab_parcel *parcel);

/* ---- the tree
 * ----------------------------------------------------------------------------------------
 */

/* Arrays by node. A node that is down keeps its orphans as children until they
 * are moved to its heir. */
typedef struct ftblab_tree {
  int count, root;                 /* root -1: none */
  int *parent;                     /* -1: root, down, or cut off from the tree */
  int *first_child, *next_sibling; /* ascending; -1: none */
  int *heir;                       /* down: the parent at death, then where the children went; -1:
                  none */
  int *keeper;                     /* of an orphan: the node that is down and has it in its list;
                  else -1 */
  unsigned *incarnation;           /* counts deaths and returns */
  unsigned *healings;              /* of a node that is down: still to come */
  double *died;                    /* date of the last death; -1: never */
  bool *apart;                     /* up, and the top of agents that are cut off from the root */
  uint64_t version;                /* grows with each change of edges */
  uint64_t numbered;               /* version that enter and leave belong to; 0: none */
  int *enter, *leave;              /* subtree of a: those n with enter[a] <= enter[n] < leave[a] */
  uint64_t deaths;
  int up_count;
} ftblab_tree;

ftblab_status ftblab_tree_start(ftblab_backplane *backplane, ftblab_error *err);
void ftblab_tree_free(ftblab_tree *tree);
void ftblab_tree_node(void *backplane, int node, bool up); /* an ftblab_node_listener */
void ftblab_tree_network_changed(ftblab_backplane *backplane);
/* COUNT nodes will be compared: make enter and leave valid if that is worth it.
 * The answers below are the same. */
void ftblab_tree_number_for(ftblab_tree *tree, size_t count);
bool ftblab_tree_covers(const ftblab_tree *tree, int top, int node);
bool ftblab_tree_before(const ftblab_tree *tree, int a, int b); /* depth first, children in ascending order */
/* The neighbour of AT towards TO (AT != TO); -1: it cannot be reached. */
int ftblab_tree_towards(const ftblab_tree *tree, int at, int to);

/* ---- messages
 * ------------------------------------------------------------------------------------------
 */

typedef enum ftblab_parcel_kind { FTBLAB_PARCEL_EVENT, FTBLAB_PARCEL_DATA, FTBLAB_PARCEL_ACK } ftblab_parcel_kind;

/* What travels; the first member of what follows. */
struct ftblab_parcel {
  ftblab_parcel_kind kind;
  unsigned holders; /* hops under way, delayed deliveries, ... */
  ftblab_backplane *backplane;
  ftblab_parcel *next, **previous; /* all parcels of the backplane */
};

typedef struct ftblab_group ftblab_group;

/* The agents that want a message, in the order of ftblab_tree_before(). Shared
 * by messages; the tree's version makes it stale. */
typedef struct ftblab_targets {
  unsigned holders;
  uint64_t version;
  bool everyone; /* nodes is empty */
  size_t count;
  int nodes[];
} ftblab_targets;

typedef struct ftblab_event {
  ftblab_parcel parcel;
  ftblab_message message;
  ftblab_client *publisher;
  ftblab_targets *targets; /* unreliable only */
  unsigned char *seen;     /* a bit per agent (everyone) or target: it was there already */
  size_t group_count;
  ftblab_group *groups[]; /* whose filter it matches; the strings follow */
} ftblab_event;

/* ---- filters and interest
 * ----------------------------------------------------------------------------
 */

typedef struct ftblab_pattern {
  char *text; /* owns all strings */
  const char *space, *event, *severity, *job, *host, *payload;
  size_t event_length;
  ftblab_payload parsed; /* of payload */
} ftblab_pattern;

ftblab_status ftblab_pattern_parse(ftblab_pattern *pattern, const ftblab_backplane *backplane,
                                   const ftblab_filter *filter, ftblab_error *err);
void ftblab_pattern_free(ftblab_pattern *pattern);
bool ftblab_space_matches(const char *pattern, const char *space);
bool ftblab_payload_matches(const ftblab_payload *pattern, const ftblab_payload *payload);
bool ftblab_pattern_matches(const ftblab_pattern *pattern, const ftblab_client *publisher,
                            const ftblab_message *message, const ftblab_payload *payload);
ftblab_status ftblab_space_check(const char *space, ftblab_error *err);
bool ftblab_severity_known(const char *severity);

struct ftblab_group {
  ftblab_pattern pattern;
  ftblab_client **members; /* each once */
  size_t member_count, member_capacity;
  ftblab_targets *targets; /* NULL: to be found out */
};

ftblab_group *ftblab_group_find(ftblab_backplane *backplane, const ftblab_filter *filter, ftblab_error *err);
bool ftblab_group_join(ftblab_group *group, ftblab_client *client); /* false: no memory */
void ftblab_group_leave(ftblab_group *group, ftblab_client *client);
ftblab_targets *ftblab_targets_of(ftblab_backplane *backplane, ftblab_event *event); /* a share; NULL: no memory */
/* Bring EVENT's targets up to the tree as it stands, without those that were
 * reached. */
bool ftblab_targets_refresh(ftblab_backplane *backplane, ftblab_event *event);
/* How many of TARGETS stand before NODE, or with BEHIND before what follows its
 * subtree. */
size_t ftblab_targets_lower_bound(const ftblab_tree *tree, const ftblab_targets *targets, int node, bool behind);
void ftblab_targets_release(ftblab_targets *targets);

/* ---- clients
 * ---------------------------------------------------------------------------------------------
 */

typedef struct ftblab_subscription {
  ftblab_group *group;
  uint64_t since; /* it catches the messages with an id above this */
  uint64_t id;
} ftblab_subscription;

typedef struct ftblab_declaration {
  char *event, *severity; /* one allocation */
} ftblab_declaration;

struct ftblab_client {
  ftblab_client *next_on_node; /* in order of connection */
  ftblab_deliver *deliver;
  void *argument;
  ftblab_subscription *subscriptions; /* or &first, as long as there is one */
  unsigned subscription_count, subscription_capacity;
  bool dead;         /* with its node, or disconnected: nothing is delivered */
  bool disconnected; /* freed once nobody holds it */
  int node;
  ftblab_subscription first;
  unsigned holders;
  ftblab_backplane *backplane;
  ftblab_undelivered *undelivered;
  uint64_t serial;
  ftblab_declaration *declarations;
  size_t declaration_count;
  char *name, *space, *job;        /* one allocation */
  ftblab_client *next, **previous; /* all clients of the backplane */
  ftblab_random random;            /* of its channel */
};

/* The first of EVENT's groups that CLIENT was in when it was published;
 * group_count: none. */
size_t ftblab_client_match(const ftblab_client *client, const ftblab_event *event);
const char *ftblab_client_severity(const ftblab_client *client, const char *event); /* NULL: not declared */
void ftblab_client_hold(ftblab_client *client);
void ftblab_client_release(ftblab_client *client);
void ftblab_clients_died(ftblab_backplane *backplane, int node);   /* its node went down */
void ftblab_clients_forget(ftblab_backplane *backplane, int node); /* the death is known everywhere */
void ftblab_clients_sweep(ftblab_backplane *backplane);            /* free those that nobody holds */
void ftblab_clients_free(ftblab_backplane *backplane);

/* The clients of a node. On a large machine most nodes have one with one
 * subscription: what its deliveries need stands here, in one cache line. */
typedef struct ftblab_agent {
  ftblab_client *first;    /* of the list along next_on_node */
  ftblab_deliver *deliver; /* of the only client with its only subscription;
                              NULL: look at the list */
  void *argument;
  ftblab_group *group;
  uint64_t since;
  uint64_t unused[3]; /* fills the line */
} ftblab_agent;

void ftblab_agent_update(ftblab_backplane *backplane, int node); /* after any change of clients or subscriptions */

/* ---- channels
 * --------------------------------------------------------------------------------------------
 */

/* The last hop of EVENT to CLIENT over the unreliable channel: maybe nothing,
 * maybe twice, maybe later. */
void ftblab_channel_deliver(ftblab_client *client, ftblab_event *event, double date);
/* The same for any PARCEL; END is called for each copy that gets through to a
 * living client. EVENT: its name for injected losses, NULL for an
 * acknowledgement. */
typedef void ftblab_channel_end(ftblab_client *client, ftblab_parcel *parcel, double date);
void ftblab_channel_transmit(ftblab_client *client, ftblab_parcel *parcel, const char *event, double date,
                             ftblab_channel_end *end);
void ftblab_channel_free(ftblab_backplane *backplane);
void ftblab_channel_hand_over(ftblab_client *client, ftblab_event *event, double date); /* the client's own callback */

typedef struct ftblab_loss {
  char *event, *to;
  unsigned count;
} ftblab_loss;

typedef struct ftblab_session ftblab_session;
typedef struct ftblab_packet ftblab_packet;
bool ftblab_reliable_publish(ftblab_event *event, ftblab_client *subscriber, double date); /* false: no memory */
int ftblab_reliable_target(const ftblab_parcel *parcel);                                   /* the node it goes to */
void ftblab_reliable_arrived(ftblab_parcel *parcel, double date);                          /* at that node */
void ftblab_reliable_client_gone(ftblab_client *client);
void ftblab_reliable_free_packet(ftblab_parcel *parcel);
void ftblab_reliable_free(ftblab_backplane *backplane);

/* ---- the backplane
 * -----------------------------------------------------------------------------------------
 */

struct ftblab_backplane {
  ftblab_engine *engine;
  ftblab_backplane_config config;
  const ftblab_carrier *carrier;
  ftblab_edge *edges;                         /* latency transport: by the node below */
  ftblab_flight *flights;                     /* flow transport */
  const struct ftblab_interfaces *interfaces; /* the same; NULL: the nodes' own hosts */
  struct delayed *delayed;                    /* channel.c: copies held back */
  ftblab_pool copies;                         /* of them */
  ftblab_pool packets, pending, early;        /* of reliable.c */
  ftblab_tree tree;
  ftblab_agent *agents; /* by node */
  ftblab_client *clients;
  uint64_t client_serial, subscription_serial, message_serial;
  ftblab_names *stream_names; /* NAME@HOST of clients, to number those that come again */
  unsigned *stream_counts;
  size_t stream_capacity;
  ftblab_names *group_names;         /* filters as text */
  ftblab_group **groups, **matching; /* matching: room for as many */
  size_t group_count;
  ftblab_text filter_key; /* scratch */
  ftblab_payload scratch;
  ftblab_session **sessions; /* a hash table of lists */
  size_t session_count, session_buckets;
  ftblab_loss *losses;
  size_t loss_count;
  ftblab_backplane_counters counters;
  ftblab_parcel *all_parcels;
  uint64_t cuts; /* how often a link between nodes has failed or come back */
  uint64_t outstanding, healings; /* under way: for ftblab_backplane_busy */
  bool perfect;                   /* nothing is drawn or delayed on the way to a client */
  unsigned delivering;            /* lists of clients being walked */
  bool unheld;                    /* meanwhile somebody let go of a client */
  bool ending;
};

void ftblab_backplane_fail(ftblab_backplane *backplane); /* no memory: ends the run */
void ftblab_parcel_enter(ftblab_backplane *backplane, ftblab_parcel *parcel, ftblab_parcel_kind kind); /* one holder */
void ftblab_parcel_release(ftblab_parcel *parcel);
void ftblab_parcel_hop(ftblab_backplane *backplane, ftblab_parcel *parcel, int from, int to, double date);
void ftblab_parcel_route(ftblab_parcel *parcel, int at, double date); /* a reliable one: to its target or a hop on */

#endif
