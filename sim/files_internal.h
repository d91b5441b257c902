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
/* A data server that works, if possible without a part of FILE; -1: there is none. */
int ftblab_files_other_server(const ftblab_file *file);
void ftblab_rebuilding_drop(ftblab_file *file); /* it ends, and nobody is told */

#endif
