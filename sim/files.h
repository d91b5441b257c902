/* files.h - images as files of a parallel file system: a metadata server, stripes over data servers, parity.
 *
 * Private to sim/. A file is cut into units of stripe_bytes, which go to its data servers in turn; so each of them has
 * a part of it. With parity one more server has, for each row of units, their sum: any one part can be had from the
 * others. What a part's server is down for is out of reach; what was on a disk that has failed is gone for good.
 *
 * Whoever opens a file waits for the metadata server, which does one request after the other. While that server is
 * down no file can be opened; with its disk all files are gone, for nobody knows any more where their parts are. */
#ifndef FTBLAB_FILES_H
#define FTBLAB_FILES_H

#include "component.h"

#define FTBLAB_MOST_STRIPES 15 /* data servers of a file; the schema's */

struct ftblab_simulated;
struct ftblab_job_record;

typedef struct ftblab_file_part {
  int server; /* node */
  double bytes;
  bool gone;
} ftblab_file_part;

typedef struct ftblab_rebuilding ftblab_rebuilding;

typedef struct ftblab_file {
  ftblab_file_state state; /* what components see; current after ftblab_file_look */
  struct ftblab_job_record *record;
  ftblab_file_part parts[FTBLAB_MOST_STRIPES + 1]; /* of the data, then that of parity */
  int part_count, data_count;                      /* part_count is one more with parity */
  int neighbour;                                   /* node that has a copy in memory; -1: none */
  ftblab_rebuilding *rebuilding;                   /* NULL: it is not being rebuilt */
  char name[];
} ftblab_file;

typedef struct ftblab_files ftblab_files;

/* WORLD's, if its storage has a metadata server. */
ftblab_status ftblab_files_new(struct ftblab_simulated *world, ftblab_error *err);
void ftblab_files_free(struct ftblab_simulated *world);

/* Why no file can be opened, into WHY of SIZE bytes; false: they can. */
bool ftblab_files_closed(const struct ftblab_simulated *world, char *why, size_t size);
/* NODE opens a file now: when it is open. */
double ftblab_files_open(struct ftblab_simulated *world, int node);

/* The file of RANK's image, BYTES, with room for its parts. NULL: there is none; the reason in WHY. */
ftblab_file *ftblab_file_create(struct ftblab_job_record *record, int rank, double bytes, char *why, size_t size);
void ftblab_file_remove(ftblab_file *file); /* NULL: nothing happens */
/* Of its parts, those to read it from into PARTS, data_count of them. False: too many are gone or out of reach. */
bool ftblab_file_find_parts(const ftblab_file *file, int parts[FTBLAB_MOST_STRIPES]);
const ftblab_file_state *ftblab_file_look(ftblab_file *file);
bool ftblab_file_needs_disk(const ftblab_file *file, int node); /* parts of it are gone with NODE's */

void ftblab_files_disk_failed(struct ftblab_simulated *world, int node); /* before the storage knows of it */
/* NODE is down, or up again: copies in its memory are gone, and who looks after the file system is told. */
void ftblab_files_node_changed(struct ftblab_simulated *world, int node, bool up);
/* With its processes end the copies in their memory, and what they rebuild. */
void ftblab_files_processes_ended(struct ftblab_job_record *record);

const ftblab_file_state *ftblab_file_service(ftblab_component *self, int job, int rank);
void ftblab_file_announced_service(ftblab_component *self, int job, int rank);
void ftblab_file_rebuild_service(ftblab_component *self, int job, int rank, ftblab_rebuild how);
double ftblab_storage_idle_service(ftblab_component *self);

#endif
