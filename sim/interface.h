/* interface.h - the network interfaces of the nodes, and which of them work. Private to sim/.
 *
 * The host property "interfaces" lists those of a node, the best first: words NAME:HOST, where HOST is the SimGrid host
 * that is the interface's place in the network (the node's own host, or one that runs nothing) and NAME is what
 * payloads carry. Without NAME: it is net0, net1 ... by its position. A node without the property has one interface,
 * net0, at its own host. Two nodes reach each other over interfaces of one name.
 *
 * An interface has a PLACE: its number among those of all nodes. One that is down has its own links turned off,
 * so that SimGrid fails what is under way; the endpoints of a node that crashed are off with it. */
#ifndef FTBLAB_INTERFACE_H
#define FTBLAB_INTERFACE_H

#include "fabric.h"

typedef struct ftblab_interfaces ftblab_interfaces;

/* FTBLAB_EINPUT: a property names a host that the platform does not have, or a name twice. SEED: of the draws of
 * corruption. ENGINE must outlive the result. */
ftblab_status ftblab_interfaces_new(ftblab_engine *engine, uint64_t seed, ftblab_interfaces **interfaces,
                                    ftblab_error *err);
void ftblab_interfaces_free(ftblab_interfaces *interfaces);

/* Links between them may fail, as FABRIC says, which must outlive INTERFACES. */
void ftblab_interfaces_connect(ftblab_interfaces *interfaces, ftblab_fabric *fabric);

size_t ftblab_interfaces_total(const ftblab_interfaces *interfaces);
int ftblab_interfaces_count(const ftblab_interfaces *interfaces, int node);
int ftblab_interfaces_place(const ftblab_interfaces *interfaces, int node, int interface);
int ftblab_interfaces_find(const ftblab_interfaces *interfaces, int node, const char *name, size_t length); /* or -1 */

/* By place. */
const char *ftblab_interface_name(const ftblab_interfaces *interfaces, int place);
int ftblab_interface_node(const ftblab_interfaces *interfaces, int place);
void *ftblab_interface_host(const ftblab_interfaces *interfaces, int place); /* its sg_host_t */
bool ftblab_interface_up(const ftblab_interfaces *interfaces, int place);
bool ftblab_interfaces_all_up(const ftblab_interfaces *interfaces);
/* Its own links, at most two. Returns how many. */
size_t ftblab_interface_links(ftblab_interfaces *interfaces, int place, sg_link_t links[2]);
double ftblab_interface_corruption(const ftblab_interfaces *interfaces, int place); /* probability of each message */
bool ftblab_interface_sound(const ftblab_interfaces *interfaces, int place);        /* up, its node too, and exact */
unsigned ftblab_interface_changes(const ftblab_interfaces *interfaces, int place);  /* how often it went up or down */
/* From the engine's scheduler only (a dated call). */
void ftblab_interface_switch(ftblab_interfaces *interfaces, int place, bool up);
void ftblab_interface_corrupt(ftblab_interfaces *interfaces, int place, double probability); /* of each message */

/* The best interfaces for a message from FROM to TO, in the order of FROM's list; DENIED, by place, may not be used
 * (NULL: all may). Whether they are up is not asked: who sends does not know. False: there are none. */
bool ftblab_interfaces_pair(const ftblab_interfaces *interfaces, int from, int to, const bool *denied, int *out,
                            int *in);
/* The way between two interfaces, by place, has a link that is down, or was after the date SINCE. */
bool ftblab_interfaces_way_is_cut(const ftblab_interfaces *interfaces, int out, int in, double since);
/* No interfaces of two nodes have a way to each other without such a link. Whether the interfaces themselves are up is
 * not asked. */
bool ftblab_interfaces_nodes_are_cut(const ftblab_interfaces *interfaces, int from, int to, double since);
/* They are now: WHY gets a text that names the link on the best of these ways. */
bool ftblab_interfaces_why_cut(const ftblab_interfaces *interfaces, int from, int to, char *why, size_t size);
bool ftblab_interfaces_any_cut(const ftblab_interfaces *interfaces); /* some link is down now */
/* The same for what carries the backplane, heartbeats and probes: the interfaces that it may take, and both directions,
 * for nothing is sent over a connection that is not answered. */
bool ftblab_interfaces_control_is_cut(const ftblab_interfaces *interfaces, int from, int to, double since);
/* It may take those of this NAME alone; NULL: all. APART: it has a network of its own, which never fails. */
void ftblab_interfaces_control(ftblab_interfaces *interfaces, const char *name, bool apart);
/* Was a message that went out at OUT and came in at IN corrupted? *CULPRIT: the place that did it. */
bool ftblab_interfaces_corrupted(ftblab_interfaces *interfaces, int out, int in, int *culprit);

/* The hosts over which FROM reaches TO now: the best interfaces that are up, else those of the nodes themselves.
 * False: they have interfaces of one name, and of each at least one is down, or a link between the two. */
bool ftblab_interfaces_working(const ftblab_interfaces *interfaces, int from, int to, void **source, void **target);
/* The same for the backplane. */
bool ftblab_interfaces_control_way(const ftblab_interfaces *interfaces, int from, int to, void **source, void **target);

#endif
