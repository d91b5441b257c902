/* resource_pool.h - nodes that may be given to jobs, who holds which, and the jobs that wait. Private to components/.
 *
 * A node is known or not, dead or not, suspect or not, predicted to fail or not, and used by a number of jobs; these
 * are independent of each other. It may be given to a job when it is known and none of dead, suspect, predicted, and
 * nobody uses it (or nodes are shared). The pool keeps its own account of who holds what: a job that is suspended or
 * moved shows other nodes than it was given. */
#ifndef FTBLAB_RESOURCE_POOL_H
#define FTBLAB_RESOURCE_POOL_H

#include "component.h"

typedef struct ftblab_managed_node {
  bool known; /* belongs to the pool at all */
  bool dead, suspect, predicted;
  bool died_in_use; /* a job ran there when it died */
  bool restored;    /* announced to be back, but not returned by hand yet */
  bool by_hand;     /* returned by hand, but not announced yet */
  bool unknown;     /* suspect, or not heard of since the manager was started again, and nobody has said how it is */
  bool silent;      /* and it has missed heartbeats, or has not answered a first probe */
  uint64_t timer;   /* until it is asked (again); 0: none runs */
  uint64_t cause;   /* the announcement of a restored node */
  int users;        /* places of jobs on it */
} ftblab_managed_node;

/* The nodes that a job holds, a node as often as it has places there. */
typedef struct ftblab_holding {
  int *nodes;
  int count, capacity;
} ftblab_holding;

/* Starts as {0}. Whoever owns the pool sets shared_nodes, wraps and start, and the state of nodes. */
typedef struct ftblab_resource_pool {
  bool shared_nodes; /* a node may be given to several jobs */
  bool wraps;        /* a job may get a node several times when there are too few */
  /* Start JOB, or start it again, on the nodes in choice, nodes_wanted of them, which it holds from now on. */
  void (*start)(ftblab_component *self, const ftblab_job *job);
  ftblab_managed_node *nodes;
  bool *compute;            /* by node: it is one for jobs */
  ftblab_holding *holdings; /* by job */
  int job_count;
  int *queue; /* jobs that wait, first come first */
  int queued;
  int *choice; /* scratch: the nodes for a job */
} ftblab_resource_pool;

/* Room for all nodes and jobs of SELF's world. FTBLAB_ENOMEM; ftblab_resource_pool_free() is due in any case. */
ftblab_status ftblab_resource_pool_init(ftblab_resource_pool *pool, ftblab_component *self, ftblab_error *err);
void ftblab_resource_pool_free(ftblab_resource_pool *pool);

/* JOB gets a place on NODE. */
void ftblab_resource_pool_hold(ftblab_resource_pool *pool, ftblab_component *self, int job, int node);
/* JOB gives up its places on NODE; they are how many it returns. */
int ftblab_resource_pool_drop(ftblab_resource_pool *pool, int job, int node);
/* JOB gives up all it has. */
void ftblab_resource_pool_release(ftblab_resource_pool *pool, int job);
bool ftblab_resource_pool_holds(const ftblab_resource_pool *pool, int job, int node);

/* A node to move to for a job that holds others: usable, with the fewest users, not EXCEPT; -1: there is none. */
int ftblab_resource_pool_spare(const ftblab_resource_pool *pool, ftblab_component *self, int except);
/* Is NODE in a state to run a job, whoever uses it? */
bool ftblab_resource_pool_is_sound(const ftblab_resource_pool *pool, int node);

void ftblab_resource_pool_enqueue(ftblab_resource_pool *pool, int job); /* one that waits already: nothing happens */
void ftblab_resource_pool_unqueue(ftblab_resource_pool *pool, int job);
/* Start every job that fits, in the order of the queue. One that does not fit holds nobody up, so a large job may wait
 * long behind small ones: first fit promises no more. */
void ftblab_resource_pool_schedule(ftblab_resource_pool *pool, ftblab_component *self);

#endif
