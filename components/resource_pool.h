/* resource_pool.h - nodes that may be given to jobs, and the jobs that wait for them. Private to components/.
 *
 * A node is dead or not, suspect or not, and used by a number of jobs; these are independent of each other. It may be
 * given to a job when it is neither dead nor suspect and nobody uses it (or nodes are shared). */
#ifndef FTBLAB_RESOURCE_POOL_H
#define FTBLAB_RESOURCE_POOL_H

#include "component.h"

typedef struct ftblab_managed_node {
  bool dead, suspect;
  bool died_in_use; /* a job ran there when it died */
  int users;        /* places of running jobs on it */
} ftblab_managed_node;

/* Starts as {0}. Whoever owns the pool sets shared_nodes, and a node's dead, suspect and died_in_use. */
typedef struct ftblab_resource_pool {
  bool shared_nodes; /* a node may be given to several jobs */
  ftblab_managed_node *nodes;
  int *queue; /* jobs that wait, first come first */
  int queued;
  int *choice; /* scratch: the nodes for a job */
} ftblab_resource_pool;

/* Room for all nodes and jobs of SELF's world. FTBLAB_ENOMEM; ftblab_resource_pool_free() is due in any case. */
ftblab_status ftblab_resource_pool_init(ftblab_resource_pool *pool, ftblab_component *self, ftblab_error *err);
void ftblab_resource_pool_free(ftblab_resource_pool *pool);

void ftblab_resource_pool_enqueue(ftblab_resource_pool *pool, const ftblab_job *job);
/* Take back the nodes that JOB, which has just ended, had. */
void ftblab_resource_pool_release(ftblab_resource_pool *pool, const ftblab_job *job);
/* Start every job that fits, in the order of the queue (job_launch). One that does not fit holds nobody up, so a large
 * job may wait long behind small ones: first fit promises no more. */
void ftblab_resource_pool_schedule(ftblab_resource_pool *pool, ftblab_component *self);

#endif
