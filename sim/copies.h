/* copies.h - copies of images whose time is computed: for the control plane only. Private to storage.c.
 *
 * Each disk, and each node's way in and out of the network, does one copy after the other, in the order in which they
 * are asked for. A copy is a pipeline of chunks: a stage begins when the first chunk is there, and the copy is through
 * when the slowest stage is and the last chunk has passed those behind it. Copies that are begun together share what
 * they use in common: they end at the date at which the last of them does if each chunk takes its turn.
 * What belongs together (one argument, one date) is told together, when the last is through. */
#ifndef FTBLAB_COPIES_H
#define FTBLAB_COPIES_H

#include "storage.h"

typedef struct ftblab_copies ftblab_copies;

/* By node, of its disk: bandwidths READ and WRITE, bytes/s, and whether it is BROKEN. They must outlive the copies. */
ftblab_status ftblab_copies_new(ftblab_engine *engine, double chunk_bytes, const double *read, const double *write,
                                const bool *broken, ftblab_copies **copies, ftblab_error *err);
/* INTERFACES and links between them may fail. */
void ftblab_copies_use(ftblab_copies *copies, const ftblab_interfaces *interfaces);
void ftblab_copies_network_changed(ftblab_copies *copies); /* those that have no way fail */
void ftblab_copies_free(ftblab_copies *copies);

void ftblab_copies_add(ftblab_copies *copies, const ftblab_copy_plan *plan);
void ftblab_copies_add_all(ftblab_copies *copies, ftblab_copy_list *list, ftblab_copied *copied, void *argument);
void ftblab_copies_cancel(ftblab_copies *copies, const void *argument);
void ftblab_copies_node_died(ftblab_copies *copies, int node);
void ftblab_copies_disk_failed(ftblab_copies *copies, int node); /* it is said to be broken already */
void ftblab_copies_disk_returns(ftblab_copies *copies);          /* one of those that failed */
/* As ftblab_storage_idle. */
double ftblab_copies_idle(const ftblab_copies *copies, double date);

#endif
