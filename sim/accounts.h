/* accounts.h - what the time of the nodes was spent on. Private to sim/; what users see of it are metrics.
 *
 * At each moment every compute node is booked to exactly one purpose, or in equal parts to the jobs that share it. So
 * makespan times nodes is useful work, waste and idle time together: nothing is estimated, and nothing counts twice.
 * The purpose follows from how jobs and nodes stand. It is worked out anew after each call that changed something, and
 * the time until the next change is booked to it. */
#ifndef FTBLAB_ACCOUNTS_H
#define FTBLAB_ACCOUNTS_H

#include "sim.h"

/* What a node does for a job. */
typedef enum ftblab_purpose {
  FTBLAB_USEFUL,
  FTBLAB_CHECKPOINTING,
  FTBLAB_DETECTING, /* a rank is dead, and nobody has suspected its node yet */
  FTBLAB_DECIDING,  /* its node is suspected, and the job has not reacted */
  FTBLAB_WAITING,   /* the job has no nodes */
  FTBLAB_RESTARTING,
  FTBLAB_MIGRATING,
  FTBLAB_SLOWED, /* the place of ranks that are holes */
  FTBLAB_PURPOSES
} ftblab_purpose;

/* The nodes that a job holds; of one that jobs share, its part. */
typedef struct ftblab_held_nodes {
  double living, holes; /* with ranks that are no holes; with holes alone */
  double up, down;      /* without ranks */
  int moves;            /* ftblab_launch_moves when they were counted */
} ftblab_held_nodes;

/* The account of a job; node-seconds. */
typedef struct ftblab_job_account {
  ftblab_held_nodes held;
  int *nodes; /* that it held when the users of nodes were counted */
  int node_count, node_capacity;
  double rates[FTBLAB_PURPOSES]; /* nodes, since the last change */
  double spent[FTBLAB_PURPOSES]; /* USEFUL: without what was lost */
  double lost;                   /* was useful until the job went back to an earlier state */
  double struck_dates, struck_first;
  int struck; /* failures that it has not recovered from; their dates added up, and the first of them */
} ftblab_job_account;

/* Recoveries: from the failure of a node under a job until the job computes again. */
typedef struct ftblab_recoveries {
  double seconds, longest;
  int count;
} ftblab_recoveries;

struct ftblab_simulated;
struct ftblab_job_record;
typedef struct ftblab_accounts ftblab_accounts;

ftblab_status ftblab_accounts_new(struct ftblab_simulated *world, ftblab_error *err);
void ftblab_accounts_free(struct ftblab_simulated *world);
/* Before anything changes at DATE: book the time up to it. */
void ftblab_accounts_advance(struct ftblab_simulated *world, double date);
void ftblab_accounts_changed(struct ftblab_simulated *world); /* something about jobs or nodes will be, or is */
/* What jobs do changes, or what ranks do; all hold the same nodes, and the same nodes are up. */
void ftblab_accounts_purpose_changed(struct ftblab_simulated *world);
/* After something has changed: what nodes do from now on. For the control plane only, where the engine says when all
 * has happened that does at a date, the nodes are counted then, not each time. */
void ftblab_accounts_settle(struct ftblab_simulated *world);
/* NODE has come up, or gone down. */
void ftblab_accounts_node_turned(struct ftblab_simulated *world, int node, bool up);
/* NODE is down, its ranks are not yet declared dead. */
void ftblab_accounts_node_died(struct ftblab_simulated *world, int node);
/* Look whether RECORD is the first suspicion of a dead node. */
void ftblab_accounts_watch(struct ftblab_simulated *world, const ftblab_record *record);
/* RECORD goes on from a state in which USEFUL node-seconds were done. */
void ftblab_accounts_roll_back(struct ftblab_job_record *record, double useful);
/* So much of what RECORD has done was in vain. */
void ftblab_accounts_lose(struct ftblab_job_record *record, double seconds);
double ftblab_accounts_useful(const struct ftblab_job_record *record); /* up to now */
/* The sums at the end of the account; node-seconds. */
typedef struct ftblab_totals {
  double seconds; /* from the first submission until all jobs had ended, or the run had */
  int nodes;
  double spent[FTBLAB_PURPOSES], lost;
  double idle_up, idle_down;
  double energy; /* joules; NAN: the scenario does not ask for it */
  int failures, failures_hit;
  ftblab_recoveries recoveries;
} ftblab_totals;
void ftblab_accounts_close(struct ftblab_simulated *world, ftblab_totals *totals);

#endif
