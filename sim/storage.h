/* storage.h - where images of processes are kept, and how they get there: over the network, onto disks.
 *
 * Private to sim/. A copy is a pipeline of the stages it needs (disk, network, disk), each a transfer of SimGrid that
 * shares its resource fairly with all others. It goes in chunks: a stage works on one chunk while the next stage
 * works on the one before. So S bytes take S over the least bandwidth of the stages, and the time of one chunk in
 * each other stage. */
#ifndef FTBLAB_STORAGE_H
#define FTBLAB_STORAGE_H

#include "copy_list.h"
#include "interface.h"

typedef enum ftblab_storage_kind {
  FTBLAB_STORAGE_NONE,      /* images can be moved, not kept */
  FTBLAB_STORAGE_SERVERS,   /* a parallel file system: rank r's image is on server r modulo their number */
  FTBLAB_STORAGE_NODE_LOCAL /* on a disk of the node that wrote it */
} ftblab_storage_kind;

typedef struct ftblab_storage_config {
  ftblab_storage_kind kind;
  const int *servers; /* nodes; copied */
  int server_count;
  int metadata;                           /* a node with a disk of its own, which keeps no images; -1: none */
  double read_bandwidth, write_bandwidth; /* of each disk, bytes/s; 0: that of the platform's disk */
  double capacity;                        /* of each disk, bytes; infinite: never full */
  double chunk_bytes;
  bool near; /* FTBLAB_STORAGE_SERVERS: the nodes of has_disk have disks, too, of these bandwidths and this capacity */
  double near_read_bandwidth, near_write_bandwidth, near_capacity;
  const ftblab_interfaces *interfaces; /* each chunk takes the best that are up; NULL: the nodes' own */
  bool *has_disk; /* by node: it needs a disk of its own (FTBLAB_STORAGE_NODE_LOCAL, near); read only by ..._new */
} ftblab_storage_config;

typedef struct ftblab_storage ftblab_storage;

/* FTBLAB_EINPUT: a node has no disk in the platform and no bandwidth is given. */
ftblab_status ftblab_storage_new(const ftblab_storage_config *config, ftblab_engine *engine, ftblab_storage **storage,
                                 ftblab_error *err);
/* No disk works any more, once the engine has run on; before ..._free if it has run. */
void ftblab_storage_stop(void);
void ftblab_storage_free(ftblab_storage *storage);

/* The node that keeps the image of RANK, which runs on NODE; -1: there is no storage. */
int ftblab_storage_holder(const ftblab_storage *storage, int rank, int node);
bool ftblab_storage_has_room(const ftblab_storage *storage, int holder, double bytes);
/* Room for BYTES on HOLDER's disk. False: it is full. */
bool ftblab_storage_reserve(ftblab_storage *storage, int holder, double bytes);
void ftblab_storage_release(ftblab_storage *storage, int holder, double bytes);

/* Is there a disk for images on NODE, and does it work? */
bool ftblab_storage_disk_works(const ftblab_storage *storage, int node);
void ftblab_storage_disk_failed(ftblab_storage *storage, int node); /* its copies fail, until it returns */
void ftblab_storage_disk_returns(ftblab_storage *storage, int node);

/* Called once for a copy, as a call of its own: WHY is NULL when all bytes are there, else the reason, which lives
 * until the call returns. COUNT copies of one argument may be told of at once. */
typedef void ftblab_copied(void *argument, int count, const char *why, double date);

/* Copy BYTES from node FROM to node TO. From or to the disk of the node, or its memory. */
typedef struct ftblab_copy_plan {
  int from, to;
  bool from_disk, to_disk;
  double bytes;
  double start; /* date before which it does not begin; 0: at once */
  ftblab_copied *copied;
  void *argument;
} ftblab_copy_plan;
void ftblab_storage_copy(ftblab_storage *storage, const ftblab_copy_plan *plan);

/* Copy what is in LIST, which nobody changes while they are under way, in its order. Where that is all the same, they
 * are told of together. */
void ftblab_storage_copy_all(ftblab_storage *storage, ftblab_copy_list *list, ftblab_copied *copied, void *argument);

void ftblab_storage_cancel(ftblab_storage *storage, const void *argument); /* its copies end, `copied` is not called */
void ftblab_storage_node_died(ftblab_storage *storage, int node);          /* its copies fail */
void ftblab_storage_network_changed(ftblab_storage *storage); /* copies whose way is cut fail */
/* For how many seconds no copy has used a disk, at DATE; 0: one does. */
double ftblab_storage_idle(const ftblab_storage *storage, double date);

#endif
