/* fabric.h - the links between nodes, which of them are down, and whose way leads over one. Private to sim/.
 *
 * Routes are the platform's, and never change: a pair whose route has a link that is down is cut off from each other
 * until the link is back. Links that may fail are named before time starts. A link is turned off in SimGrid as long as
 * anybody holds it off: its own failure, a switch, an interface whose own link it is. A failure of an interface is no
 * failure of its link here: who asks for links asks for what lies between interfaces. */
#ifndef FTBLAB_FABRIC_H
#define FTBLAB_FABRIC_H

#include <simgrid/forward.h>

#include "engine.h"

typedef struct ftblab_fabric ftblab_fabric;

/* ENGINE must outlive the result. */
ftblab_status ftblab_fabric_new(ftblab_engine *engine, ftblab_fabric **fabric, ftblab_error *err);
void ftblab_fabric_free(ftblab_fabric *fabric);

/* The number of LINK, which is from now on one that may fail; -1: no memory. */
int ftblab_fabric_add(ftblab_fabric *fabric, sg_link_t link);

/* From the engine's scheduler only (a dated call). The link fails, or one of its failures ends. */
void ftblab_fabric_fail(ftblab_fabric *fabric, int link, bool down);
/* The same for an interface's own link, which is not counted as a failure of the link. */
void ftblab_fabric_hold(ftblab_fabric *fabric, sg_link_t link, bool off);

/* The route from FROM to TO has a link that is down, or was after the date SINCE: its number; else -1. */
int ftblab_fabric_broken(ftblab_fabric *fabric, sg_host_t from, sg_host_t to, double since);
bool ftblab_fabric_any_down(const ftblab_fabric *fabric);
const char *ftblab_fabric_name(const ftblab_fabric *fabric, int link);

#endif
