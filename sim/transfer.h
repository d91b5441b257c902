/* transfer.h - one bulk transfer between two hosts, waited for by the actor that receives.
 *
 * Private to sim/. SimGrid's C API has a blocking transfer only, and that one ends the process when a host dies. */
#ifndef FTBLAB_TRANSFER_H
#define FTBLAB_TRANSFER_H

#include <simgrid/forward.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start moving BYTES from host FROM to host TO. The caller gives the result to sg_comm_wait (SG_ERROR_NETWORK: a host
 * died) or to sg_comm_unref. NULL: a host is off already. */
sg_comm_t ftblab_transfer_start(sg_host_t from, sg_host_t to, double bytes);

#ifdef __cplusplus
}
#endif
#endif
