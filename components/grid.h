/* grid.h - what the roles of grid checkpointing share (XG.1 to XG.4). Private to components/.
 *
 * A job unit is what a grid job has on one node: its ranks there. */
#ifndef FTBLAB_GRID_H
#define FTBLAB_GRID_H

#include "node_set.h"
#include "role.h"

/* Who submitted it. */
const char *ftblab_grid_owner(const ftblab_job *job);
/* The first process number of each of its units, below 0: any will do. */
int ftblab_grid_process(const ftblab_job *job);
/* A number among the job's parameters. */
double ftblab_grid_number(const ftblab_job *job, const char *name);

/* What an event of grid checkpointing is about; fields that are NULL or below 0 are left out of the payload. */
typedef struct ftblab_grid_news {
  const char *event;
  const ftblab_job *job;
  int node;     /* one node */
  int from, to; /* or two */
  const char *user, *checkpointer;
} ftblab_grid_news;

void ftblab_grid_publish(ftblab_component *self, const ftblab_grid_news *news);
/* Subscribe to the events of INTERESTS for the job of SELF, and where one has keys for the node of SELF under the first
 * of them. */
ftblab_status ftblab_grid_register(ftblab_component *self, const ftblab_interest *interests, size_t count,
                                   ftblab_error *err);

#endif
