/* engine.h - SimGrid behind one interface: the clock, a queue of dated calls, nodes that fail and return.
 * Private to sim/. SimGrid's headers are included by engine.c, survey.c, route.c, flow.c, job.c, launch.c, interface.c
 * and the C++ files only.
 *
 * There is one engine in a process (SimGrid's clock and platform are process-wide and cannot be started again).
 * Order: dated calls run by (date, sequence of scheduling), never by date alone. They run in SimGrid's
 * scheduler context (a kernel timer pumps the queue), so they may not block; actors may schedule calls too.
 * With a clock resolution R > 0, calls of one tick run together at the tick's end (date rounded up to R); the exact
 * date stays with the call.
 *
 * An engine for the control plane only takes nothing but the platform from SimGrid: the clock and the states of nodes
 * are its own, there are no actors and no activities, and it can run again and again. Profiles of the platform file
 * (hosts that fail by themselves) do nothing there. */
#ifndef FTBLAB_ENGINE_H
#define FTBLAB_ENGINE_H

#include "base.h"

typedef struct ftblab_engine ftblab_engine;

typedef struct ftblab_engine_config {
  const char *platform;     /* SimGrid XML file */
  const char *const *nodes; /* host names that are nodes, in this order; NULL: every host of the platform, in
                                   natural order (n2 before n10), but those whose property "ftblab" is "interface" */
  size_t node_count;
  size_t *unknown;         /* gets the number of a node that the platform has not; or NULL */
  double clock_resolution; /* seconds; 0: every date is its own */
  bool energy;             /* SimGrid adds up what hosts consume */
  size_t actors;           /* that may run at once, about: many have no guard pages under their stacks */
  bool control_only;       /* an engine for the control plane only */
} ftblab_engine_config;

/* FTBLAB_EINPUT: no such file, bad XML (line and reason), unknown host (nearest name). */
ftblab_status ftblab_engine_new(const ftblab_engine_config *config, ftblab_engine **engine, ftblab_error *err);
void ftblab_engine_free(ftblab_engine *engine);
bool ftblab_engine_many_actors(size_t actors); /* so many that their stacks have no guard pages */
bool ftblab_engine_control_only(const ftblab_engine *engine);
/* As if it had just been loaded: date 0, nothing is queued, nobody listens. For the control plane only. */
void ftblab_engine_again(ftblab_engine *engine);
/* COUNT (perhaps below 0) more of those whose work goes on without calls: time passes for them until the run's end. For
 * the control plane only, where they are no actors. */
void ftblab_engine_occupy(ftblab_engine *engine, int count);

/* For the control plane only: HOOK is called before the clock moves on, when all that happens at its date has. NULL:
 * nobody is. Where actors run too, nobody can tell. */
typedef void ftblab_moment_hook(void *argument);
void ftblab_engine_on_moment(ftblab_engine *engine, ftblab_moment_hook *hook, void *argument);

/* Run until the queue is empty and no actor can go on, or until DATE (calls of that very date included), and may be
 * called again. *BLOCKED (may be NULL): actors were left that nothing could wake (SimGrid ended them), or that had not
 * ended by DATE (they stay). FTBLAB_ENOMEM: a call was lost. FTBLAB_EINTERNAL: SimGrid failed. */
ftblab_status ftblab_engine_run(ftblab_engine *engine, double until, bool *blocked, ftblab_error *err);
void ftblab_engine_stop(ftblab_engine *engine); /* end the run after the current call */
void ftblab_engine_fail(ftblab_engine *engine); /* somebody has no memory: end the run with FTBLAB_ENOMEM */
/* Inside a dated call its exact date, else SimGrid's clock. */
double ftblab_engine_now(const ftblab_engine *engine);

typedef void ftblab_call(void *argument, int64_t value, double date); /* DATE: the exact one */
typedef uint64_t ftblab_ticket;                                       /* never 0 */
/* A date in the past is now. 0: no memory; the run then ends with FTBLAB_ENOMEM, so callers need not look. */
ftblab_ticket ftblab_engine_at(ftblab_engine *engine, double date, ftblab_call *call, void *argument, int64_t value);
void ftblab_engine_cancel(ftblab_engine *engine, ftblab_ticket ticket); /* fired or unknown: nothing happens */
/* The value of the next call if it is CALL, else -1: a hint for those who can fetch early what it will need. */
int64_t ftblab_engine_peek(const ftblab_engine *engine, ftblab_call *call);
size_t ftblab_engine_pending(const ftblab_engine *engine); /* calls still queued, cancelled ones not counted */

size_t ftblab_engine_nodes(const ftblab_engine *engine);
const char *ftblab_engine_node_name(const ftblab_engine *engine, int node);
int ftblab_engine_node_index(const ftblab_engine *engine, const char *name, size_t length); /* -1: none */
bool ftblab_engine_node_is_service(const ftblab_engine *engine, int node); /* host property "ftblab" is "service" */
/* Does the platform say what the node consumes (host property "wattage_per_state")? */
bool ftblab_engine_node_has_wattage(const ftblab_engine *engine, int node);
double ftblab_engine_node_energy(const ftblab_engine *engine, int node); /* joules so far; only with .energy */
void *ftblab_engine_node_host(const ftblab_engine *engine, int node);    /* its sg_host_t */
double ftblab_engine_node_speed(const ftblab_engine *engine, int node);  /* flop/s of one core */
int ftblab_engine_node_cores(const ftblab_engine *engine, int node);
bool ftblab_engine_node_up(const ftblab_engine *engine, int node);
/* The nodes that are down, in no order, until the next of them fails or returns. */
const int *ftblab_engine_nodes_down(const ftblab_engine *engine, size_t *count);
/* Host off, actors there die; then the listeners are called. From an actor: at the same date, after it waits. */
void ftblab_engine_node_crash(ftblab_engine *engine, int node);
void ftblab_engine_node_restore(ftblab_engine *engine, int node);
/* Called after a node's state changed, also when the platform file's own profiles change it (then as a dated call of
 * that date). In the order of registration. */
typedef void ftblab_node_listener(void *argument, int node, bool up);
void ftblab_engine_on_node(ftblab_engine *engine, ftblab_node_listener *listener, void *argument);
void ftblab_engine_off_node(ftblab_engine *engine, ftblab_node_listener *listener, void *argument); /* no more */

/* Seconds for BYTES from node to node on an idle network, with the factors of SimGrid's network model. Routes are
 * looked up once and remembered by the caller; for the control plane only many of them are remembered
 * here. FTBLAB_EINPUT: no route. */
ftblab_status ftblab_engine_route(const ftblab_engine *engine, int from, int to, double *latency,
                                  double *seconds_per_byte, ftblab_error *err);

/* The same between two hosts (sg_host_t), each time anew. False: no route. */
bool ftblab_engine_route_between(void *from, void *to, double *latency, double *seconds_per_byte);

/* A place where the route may be remembered, its own if it is; NULL: routes are not. */
typedef struct ftblab_known_route {
  int from, to; /* below 0: none */
  double latency, seconds_per_byte;
} ftblab_known_route;
ftblab_known_route *ftblab_engine_known_route(const ftblab_engine *engine, int from, int to);

/* What few routes of a node are asked for again and again stands in a row of its own, small enough to stay in the
 * processor's cache. Most routes of a platform are like others: a row has numbers of kinds. */
typedef struct ftblab_route_kind {
  double latency, seconds_per_byte;
} ftblab_route_kind;
const ftblab_route_kind *ftblab_engine_near_route(const ftblab_engine *engine, int from, int to); /* NULL: not there */
void ftblab_engine_note_route(const ftblab_engine *engine, int from, int to, ftblab_route_kind kind);

#endif
