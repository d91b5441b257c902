/* simgrid_shim.h - the few things that SimGrid 3.32 can do in C++ only, as C functions. Private to sim/.
 *
 * No C++ exception leaves these functions. One set of hooks per process, as there is one SimGrid engine. */
#ifndef FTBLAB_SIMGRID_SHIM_H
#define FTBLAB_SIMGRID_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#include <simgrid/forward.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start SimGrid: logs silenced, contexts that a sanitizer can follow where one is compiled in. */
void ftblab_shim_start(void);

/* Load a platform. False: REASON (of SIZE bytes) says why in SimGrid's words. SimGrid aborts on most errors;
 * the abort is caught, and SimGrid must not be used afterwards. */
bool ftblab_shim_load(const char *path, char *reason, size_t size);

/* What the engine wants to be told. HOST: also for changes by the platform's own profiles, in the kernel's context: it
 * may not call SimGrid. DEADLOCK: actors are left and nothing can wake them. IDLE: the last actor is gone. */
typedef struct ftblab_shim_hooks {
  void (*host)(void *argument, sg_host_t host, bool up);
  void (*deadlock)(void *argument);
  void (*idle)(void *argument);
  void *argument;
} ftblab_shim_hooks;
void ftblab_shim_hook(const ftblab_shim_hooks *hooks); /* NULL: nobody listens */

/* Run until nothing can go on, or until a timer's callback returns false. False: SimGrid failed, REASON says how. */
bool ftblab_shim_run(char *reason, size_t size);
bool ftblab_shim_in_scheduler(void); /* the caller is no actor */
size_t ftblab_shim_actors(void);     /* alive */

/* One timer at a time. CALLBACK runs in the scheduler without an actor and may not block; false ends the run. */
void ftblab_shim_timer_set(double date, bool (*callback)(void *), void *argument);
void ftblab_shim_timer_cancel(void); /* no timer is set: nothing happens */

/* The sum of latencies and the least bandwidth of the route. False: there is none. */
bool ftblab_shim_route(sg_host_t from, sg_host_t to, double *latency, double *bandwidth);

/* The links of HOST's own, at most two: the first of its route to PEER and the last of the route back, but none that
 * the routes between PEER and OTHER take too. Peers may be NULL. Returns how many. */
size_t ftblab_shim_own_links(sg_host_t host, sg_host_t peer, sg_host_t other, sg_link_t links[2]);
/* The switch NAME is a router of the platform: of a zone, and behind it are that zone's hosts. */
bool ftblab_shim_is_switch(const char *name);
bool ftblab_shim_is_behind(sg_host_t host, const char *name);
/* The names of all switches, which live as long as the platform. Returns how many there are, ROOM of them in NAMES. */
size_t ftblab_shim_switches(const char **names, size_t room);

/* Call EACH for the links next to the switch NAME on its ways to and from HOSTS, each once. HOSTS are such that a way
 * leads to them from the hosts behind the switch. False: EACH has said so. */
typedef bool ftblab_shim_each_link(void *argument, sg_link_t link);
bool ftblab_shim_switch_links(const char *name, const sg_host_t *hosts, size_t count, ftblab_shim_each_link *each,
                              void *argument);

/* A link by its name; NULL: there is none. */
sg_link_t ftblab_shim_link(const char *name);
const char *ftblab_shim_link_name(sg_link_t link); /* lives as long as the platform */
/* The names of all links. Returns how many there are, ROOM of them in NAMES. */
size_t ftblab_shim_links(const char **names, size_t room);
/* Call EACH for each link of the route, in its order; none if there is no route. False: EACH has said so, and the rest
 * was left out. */
typedef bool ftblab_shim_each(void *argument, const char *name);
bool ftblab_shim_route_links(sg_host_t from, sg_host_t to, ftblab_shim_each *each, void *argument);

/* Turned off, a link fails what is under way on it and what is started over it. Scheduler context only. */
void ftblab_shim_link_switch(sg_link_t link, bool on);

/* What the first disk that the platform gives HOST reads and writes, bytes/s. False: there is none. */
bool ftblab_shim_disk_speed(sg_host_t host, double *read_bandwidth, double *write_bandwidth);
/* A disk of HOST: with bandwidths (bytes/s) a new one, without (0) the first that the platform gives it. NULL: none. */
sg_disk_t ftblab_shim_disk(sg_host_t host, double read_bandwidth, double write_bandwidth);

/* Send BYTES through the network model. ENDED is called once, in the kernel's context where it may not call SimGrid;
 * ARRIVED false: a host or link failed. Returns false, and does not call, if a host is off. Scheduler context only. */
typedef void ftblab_shim_ended(void *argument, bool arrived);
bool ftblab_shim_send(sg_host_t from, sg_host_t to, double bytes, ftblab_shim_ended *ended, void *argument);
/* The same for a disk; here ENDED may call SimGrid. */
bool ftblab_shim_disk_use(sg_disk_t disk, double bytes, bool write, ftblab_shim_ended *ended, void *argument);
void ftblab_shim_disk_stop(void);   /* what disks do ends, without a call, once the simulation has run on */
void ftblab_shim_send_forget(void); /* no more calls for what is under way */

#ifdef __cplusplus
}
#endif
#endif
