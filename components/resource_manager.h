/* resource_manager.h - what the parts of the resource manager share. Private to components/.
 *
 * resource_manager.c: nodes that die and return (B.1, B.2), and the role classes. job_control.c: jobs that are
 * suspended, resumed and moved (B.3, B.4). manager_restart.c: the manager is started again. job_status.c: what others
 * want to know of jobs (section 2 of the standard). recovery_offers.h: jobs that offer to recover (FTLA.1).
 *
 * Two roles are played with this code: RM/JS, one for the cluster, and MPI*, mpirun standing in for it, one for each
 * job (self->job), which knows the nodes of its job and a few spares. What differs is data. */
#ifndef FTBLAB_RESOURCE_MANAGER_H
#define FTBLAB_RESOURCE_MANAGER_H

#include "interface_translation.h"
#include "node_set.h"
#include "resource_pool.h"
#include "role.h"

/* Tags of timers. */
enum {
  FTBLAB_TIMER_KILL,
  FTBLAB_TIMER_ANSWER,
  FTBLAB_TIMER_LOOK,
  FTBLAB_TIMER_SLICE,
  FTBLAB_TIMER_SCHEDULE,
  FTBLAB_TIMER_RELEARN,
  FTBLAB_TIMER_SAVED
};

typedef enum ftblab_operation {
  FTBLAB_NO_OPERATION,
  FTBLAB_SUSPENDS,
  FTBLAB_RESUMES,
  FTBLAB_MIGRATES
} ftblab_operation;

/* A job as its manager steers it. */
typedef struct ftblab_controlled_job {
  ftblab_operation under_way;
  uint64_t answer_timer; /* how long its answer is waited for; 0: none runs */
  int in_vain;           /* resumptions that were given up for want of an answer */
  uint64_t look_timer;   /* until the manager looks how the job stands; 0: none runs */
  bool seen_done;        /* at the last look it was done, and its answer has not come yet */
  uint64_t kill_timer;   /* MPI was told of a death and is to abort it; 0: none runs */
  int from, to;          /* of a migration */
  uint64_t cause;        /* the event that the operation goes back to */
  bool resumes;          /* once suspended it waits in the queue again */
  double started;        /* date of its last start: the beginning of its time slice */
  ftblab_text command;   /* to resume it */
  bool resilient;        /* it has said that it can survive a failure */
  bool comes_back;       /* it is ended to wait in the queue again */
  uint64_t saved_timer;  /* it was asked for a checkpoint and then leaves its nodes; 0: none runs */
} ftblab_controlled_job;

/* JOB wants NODE back: it died under it and the job goes on with holes, or its ranks have moved away. */
typedef struct ftblab_loss {
  int job, node;
} ftblab_loss;
enum { FTBLAB_ANY = -1 };

typedef struct ftblab_manager {
  bool aware; /* of the backplane */
  bool checkpoint, commands, announce_jobs, predict_jobs, gives_back_migrated, arbitrates;
  double kill_wait, answer_wait, look_period, gang_period, probe_timeout, confirm_wait; /* seconds */
  double saved_wait, default_walltime, repair_time;                                     /* seconds */
  double queue_weight;
  ftblab_prediction_policy on_prediction;
  ftblab_resource_pool pool;
  ftblab_interface_translation interfaces;
  ftblab_controlled_job *jobs;
  ftblab_loss *losses;
  size_t loss_count, loss_capacity;
  uint64_t slice_timer;                 /* gang scheduling; 0: none runs */
  ftblab_node_set named, part, waiting; /* scratch: nodes of an event, of them of one job, of them not in use yet */
} ftblab_manager;

/* The jobs that SELF manages are first .. end-1. */
int ftblab_first_job(const ftblab_component *self);
int ftblab_end_of_jobs(const ftblab_component *self);

void ftblab_add_loss(ftblab_component *self, int job, int node);
/* Forget that JOB lost NODE; either may be FTBLAB_ANY. */
void ftblab_forget_losses(ftblab_component *self, int job, int node);

/* The nodes of manager->named, which are not marked as dead yet, are: the jobs on them are told. */
void ftblab_bury(ftblab_component *self, uint64_t cause);

/* The nodes of manager->named are in use again: the jobs that wanted them back are told, and those that wait start. */
void ftblab_give_back(ftblab_component *self, uint64_t cause);

/* ---- manager_restart.c ---- */

/* At the start, also the first: who runs where and who waits. */
void ftblab_relearn_jobs(ftblab_component *self);
/* After a restart, when jobs are known: ask the nodes. */
void ftblab_relearn_nodes(ftblab_component *self);
void ftblab_relearn_answer(ftblab_component *self, int node, bool answered); /* to its probe */
void ftblab_relearn_again(ftblab_component *self, int node);                 /* its timer */
/* A job runs on NODE, which is up, and its processes there are gone: the node died and has come back unnoticed. */
bool ftblab_has_come_back(ftblab_component *self, int node);
/* NODE is suspect: if nobody says how it is the manager asks itself. */
void ftblab_await_word(ftblab_component *self, int node);
void ftblab_end_waiting(ftblab_component *self, int node); /* somebody has said how NODE is */

/* ---- job_control.c ---- */

extern const ftblab_interest ftblab_control_interests[], ftblab_do_interests[];
extern const size_t ftblab_control_interest_count, ftblab_do_interest_count;

/* JOB waits for nodes, and the next time slice is due. */
void ftblab_let_wait(ftblab_component *self, int job);
void ftblab_start_job(ftblab_component *self, const ftblab_job *job); /* the pool's start */
void ftblab_end_operation(ftblab_component *self, int job);           /* its operation, if any, is over */
/* state->named are confirmed dead: what was under way with them is undone or done anew. Before anything is thrown for
 * the jobs on them: a spare that died under a migration is nobody's node then. */
void ftblab_control_deaths(ftblab_component *self);
void ftblab_control_timer(ftblab_component *self, int tag, int job);
void ftblab_control_restart(ftblab_component *self, int job, bool good, const char *why);
void ftblab_control_unreachable(ftblab_component *self, int job); /* nobody is left to resume it */
void ftblab_suspend_by_hand(ftblab_component *self, int job);
void ftblab_resume_by_hand(ftblab_component *self, int job);

/* ---- job_status.c ---- */

extern const ftblab_interest ftblab_status_interests[];
extern const size_t ftblab_status_interest_count;
/* Announce, if that is wanted, what has become of JOB. */
void ftblab_announce_created(ftblab_component *self, const ftblab_job *job);
void ftblab_announce_completed(ftblab_component *self, const ftblab_job *job);

#endif
