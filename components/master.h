/* master.h - what the master and its backups share: the state of the jobs in their charge. Private to components/.
 *
 * master.c is the master at work, takeover.c the backups, and how one of them becomes the master. */
#ifndef FTBLAB_MASTER_H
#define FTBLAB_MASTER_H

#include "kernel_bag.h"
#include "node_set.h"

/* A job whose kernels are dealt out. */
typedef struct ftblab_charge {
  ftblab_kernel_bag bag; /* of a backup: as far as it was told */
  int launch;            /* of the job, that the bag belongs to; 0: none */
  bool *gone;            /* by rank: it was shut out */
  int *kernel;           /* by rank: what it was given and has not sent back; -1: nothing */
  int64_t *news;         /* kernels that are done and of which the backups know nothing */
  int news_count;
} ftblab_charge;

typedef struct ftblab_master {
  ftblab_charge *jobs;     /* by job; nothing in those of other kinds */
  bool *up;                /* by node: connected */
  bool *missed;            /* by node: it was, and others were told that it is not any more */
  int64_t *ranks;          /* scratch: room for the ranks of any job */
  int *chosen;             /* scratch, by node */
  ftblab_node_set named;   /* scratch */
  ftblab_node_set watched; /* of a backup: those whose connections are open */
  int predecessor;         /* of a backup: the node of the master, whose death it was that counted */
  int replicate_every;     /* kernels; 0: never */
  uint64_t timer;
} ftblab_master;

/* Whether JOB is of a kind that the master has charge of. */
bool ftblab_master_has(const ftblab_job *job);
ftblab_status ftblab_master_allocate(ftblab_component *self, ftblab_error *err);
void ftblab_master_stop(ftblab_component *self);
/* RANK has KERNEL now, or what it had is back in the bag (-1). */
void ftblab_charge_set(ftblab_charge *charge, int rank, int kernel);
/* Whatever was known of JOB's kernels belongs to an earlier launch: forget it. */
void ftblab_charge_update(ftblab_charge *charge, const ftblab_job *job);

/* What a master does, for who has just become one. */
void ftblab_master_connect(ftblab_component *self); /* to every node that answers */
void ftblab_master_launch(ftblab_component *self);  /* jobs that wait, as far as there are nodes */
void ftblab_master_deal(ftblab_component *self, int job);
/* The connections to NODES have closed: they count as failed. Sorts the set. */
void ftblab_master_lose(ftblab_component *self, ftblab_node_set *nodes);
/* JOB begins anew on whatever there is: what its state was nobody knows any more. */
void ftblab_master_begin_anew(ftblab_component *self, int job, int lost_with);

extern const struct ftblab_role_class ftblab_master_role;

#endif
