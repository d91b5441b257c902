/* files_internal.h - what files.c and rebuilding.c share. Private to them. */
#ifndef FTBLAB_FILES_INTERNAL_H
#define FTBLAB_FILES_INTERNAL_H

#include "world.h"

struct ftblab_files {
  int metadata;   /* node */
  double free_at; /* date when the metadata server is through with what it was asked for */
  int server_count;
  int servers[]; /* nodes */
};

/* The file of RANK's image in the last whole checkpoint of JOB; NULL: there is none. */
ftblab_file *ftblab_file_of(ftblab_component *self, int job, int rank);
/* Is PART within reach, and not lost? */
bool ftblab_file_part_is_there(const ftblab_simulated *world, const ftblab_file_part *part);
/* Room for BYTES of FILE on a data server that works, if possible without a part of it and not among those that are
 * CHOSEN for its parts (below 0: none). The server; -1: there is none, and WHY, of SIZE bytes, says why. */
int ftblab_files_reserve_other(const ftblab_file *file, double bytes, const int *chosen, char *why, size_t size);
/* The rebuilding of FILE, if there is one. drop: it ends, and nobody is told. fail: it ends, and who asked is told WHY.
 * disk_failed: that of NODE is gone, with what is on it already. */
void ftblab_rebuilding_drop(ftblab_file *file);
void ftblab_rebuilding_fail(ftblab_file *file, const char *why);
void ftblab_rebuilding_disk_failed(ftblab_file *file, int node);

#endif
