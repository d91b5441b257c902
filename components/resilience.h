/* resilience.h - the application's side of recovery with the job scheduler (workflow FTLA.1). Private to components/.
 *
 * It declares that it can survive a failure. When ranks are lost it has the others stand still, offers what it can do
 * with a walltime for each, and does what the job scheduler answers: rebuilds what is lost, with new nodes or
 * without, takes a checkpoint, or ends. A failure in the meantime begins anew with all that is lost by then. */
#ifndef FTBLAB_RESILIENCE_H
#define FTBLAB_RESILIENCE_H

#include "factorisation.h"
#include "node_set.h"
#include "role.h"

/* Tags of its timers: from here on. */
enum { FTBLAB_TIMER_DECLARE = 100, FTBLAB_TIMER_NOTICE, FTBLAB_TIMER_ANSWERED, FTBLAB_TIMER_REBUILT };

typedef enum ftblab_resilience_step {
  FTBLAB_UNHARMED,
  FTBLAB_HARMED,   /* until everybody knows of the nodes */
  FTBLAB_OFFERED,  /* until the job scheduler answers */
  FTBLAB_REBUILDS, /* once all ranks stand still */
  FTBLAB_SAVES
} ftblab_resilience_step;

typedef struct ftblab_resilience {
  bool tells_precision;
  bool on; /* the application cooperates with the job scheduler */
  double notice_wait, answer_wait;
  ftblab_factorisation model;
  ftblab_resilience_step step;
  bool held, again;         /* the ranks stand still; more was lost after the offer */
  bool no_room;             /* a checkpoint was tried and failed: none is offered any more */
  int *lost;                /* by rank: what it had is not rebuilt */
  bool *announced;          /* by node: NODE_FAILURE was heard */
  int64_t *ranks;           /* scratch: room for every rank */
  ftblab_node_set named;    /* scratch */
  ftblab_node_set offered;  /* nodes that wait for the job scheduler's answer */
  ftblab_node_set answered; /* nodes that have it, and are not rebuilt yet */
  int new_nodes;            /* that this recovery got */
  uint64_t timer;           /* of the step; 0: none runs */
  double error;             /* rounding errors of all recoveries, in units of the last place */
} ftblab_resilience;

/* If SELF's job and parameters say so, register and soon declare. ftblab_resilience_free() is due in any case. */
ftblab_status ftblab_resilience_start(ftblab_resilience *r, ftblab_component *self, ftblab_error *err);
void ftblab_resilience_free(ftblab_resilience *r);

/* Handlers of SELF; those that do not concern it are no error. */
void ftblab_resilience_event(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event);
void ftblab_resilience_error(ftblab_resilience *r, ftblab_component *self, const int64_t *ranks, int count);
void ftblab_resilience_held(ftblab_resilience *r, ftblab_component *self);
void ftblab_resilience_timer(ftblab_resilience *r, ftblab_component *self, int tag);
void ftblab_resilience_saved(ftblab_resilience *r, ftblab_component *self, bool good, const char *why);

#endif
