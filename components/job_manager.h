/* job_manager.h - the state of the job manager of a grid, for the files that it is made of. Private to components/. */
#ifndef FTBLAB_JOB_MANAGER_H
#define FTBLAB_JOB_MANAGER_H

#include "grid.h"

typedef enum ftblab_grid_request {
  FTBLAB_GRID_NO_REQUEST,
  FTBLAB_GRID_CHECKPOINT,
  FTBLAB_GRID_RESTART,
  FTBLAB_GRID_MIGRATION
} ftblab_grid_request;

/* A job as its manager sees it. */
typedef struct ftblab_grid_charge {
  ftblab_grid_request request; /* that its job checkpointer has not answered yet */
  int from, to;                /* of a migration */
  bool stranger;               /* a restart that its owner did not ask for */
  bool suspends;               /* once it is checkpointed */
  bool held;                   /* suspended, until its owner wants it again */
  bool broken;                 /* it has lost a node */
  bool ends;                   /* it was ended, to begin anew, and that is not known yet */
  int failures;                /* restarts in a row that failed without a node to blame */
  uint64_t timer;              /* until its next checkpoint */
  uint64_t answer_timer;       /* until the request must have been answered */
  bool *unfit;                 /* by node: a unit of it was refused there; NULL: nowhere */
  /* Its image files (grid_images.c). */
  bool has_image;
  int kept;                        /* images in the user's space */
  double since;                    /* date up to which the next two are right */
  double system_space, user_space; /* byte-seconds */
} ftblab_grid_charge;

typedef struct ftblab_job_manager {
  ftblab_grid_charge *jobs;
  bool *up, *closing, *empty; /* by node; CLOSING: to be shut down; EMPTY: that was said */
  int *users;                 /* by node: job units */
  int *chosen;                /* nodes for a job */
  bool *fit;                  /* scratch, by node: a job may have it */
  int deaths;                 /* of nodes, so far */
  ftblab_node_set named;
} ftblab_job_manager;

/* ---- grid_nodes.c ---- */

/* Nodes for JOB to the front of chosen, those with the fewest units first. False: there are not enough. */
bool ftblab_grid_choose(ftblab_component *self, const ftblab_job *job);
/* A node for a unit of JOB to move to from FROM; -1: there is none. */
int ftblab_grid_target(ftblab_component *self, const ftblab_job *job, int from);
void ftblab_grid_count_units(ftblab_component *self);

/* ---- grid_images.c ---- */

/* Does the user provide the space that JOB needs? */
bool ftblab_grid_has_space(const ftblab_job *job);
/* XG.4-space: tell him. */
void ftblab_grid_judge_space(ftblab_component *self, const ftblab_job *job);
void ftblab_grid_image_written(ftblab_component *self, const ftblab_job *job);
void ftblab_grid_images_dropped(ftblab_component *self, const ftblab_job *job);
/* XG.4: JOB is finished. */
void ftblab_grid_images_end(ftblab_component *self, const ftblab_job *job);
/* Seconds of work until the next checkpoint of JOB; below 0: there is none. */
double ftblab_grid_interval(ftblab_component *self, const ftblab_job *job);

#endif
