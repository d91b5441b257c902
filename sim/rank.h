/* rank.h - what job.c and launch.c know of a rank and of a launch. Private to those two.
 *
 * job.c is what a rank does while it runs: calls of the application, messages. launch.c is its life: it starts, dies,
 * is replaced, stops for a checkpoint, moves. */
#ifndef FTBLAB_RANK_H
#define FTBLAB_RANK_H

#include "job.h"

#include <limits.h>

#include <simgrid/forward.h>

/* RANK_IMAGE: there is no process, but an image that it may be started from. */
typedef enum rank_state { RANK_RUNNING, RANK_DEAD, RANK_FINISHED, RANK_IMAGE } rank_state;

/* What a rank has sent to a peer: everything up to STAMP. */
typedef struct post {
  int peer;
  int64_t stamp;
} post;

/* What is asked of all ranks at once stands first, so that it fits a cache line. */
typedef struct rank {
  ftblab_rank base; /* first: the application's handle */
  ftblab_launch *launch;
  int id;
  rank_state state;    /* these two and blank_until are set by ftblab_rank_set... alone */
  bool stopped;        /* waits at the end of an iteration until the launch goes on */
  bool spawn_wanted;   /* as soon as spawn_node is in the pool */
  int blank_until;     /* blank for iterations before this one */
  int first_iteration; /* of this incarnation */
  int iteration;       /* that it is in */
  double died;         /* when its process last did */
  sg_actor_t actor;    /* while it runs */
  sg_sem_t wake;
  sg_comm_t transfer; /* under way to this rank */
  bool suspended;     /* no interface may be used for what it waits for */
  int exchanges;      /* in this iteration, the current one included */
  int waits_for;      /* peer, or -1 */
  double since;       /* it waits */
  int tries;          /* of the message it waits for that an interface did not carry */
  bool told;          /* that this message does not come */
  int unreachable;    /* peer of the last message that did not come */
  bool connecting;    /* that message was the first between the two */
  int piece;          /* of work, at hand: given, and its result not delivered; or FTBLAB_NO_PIECE */
  bool given;         /* what is in `piece` was not taken yet */
  bool idle;          /* waits for a piece, or for somebody who wants its result */
  bool accepted;      /* who serves the job has the result */
  double began;       /* the piece, seconds; below 0: not yet, or not any more */
  double worked;      /* on the piece, when that was done, seconds */
  int spawn_node;
  post *posts;
  int post_count;
} rank;

/* How far a launch is that is computed: pace.c. */
typedef struct ftblab_pace {
  int iteration;         /* under way, for all ranks */
  double began;          /* when */
  double seconds, later; /* that it takes; that each of the next takes */
  bool known;            /* LATER is that of the ranks as they are now */
  double full;           /* that one takes in which all running ranks take part; below 0: not known */
  int last;              /* iterations that will be over at the next call */
  int wanted;            /* of the whole job; 0: not asked yet */
  bool goes;             /* else the ranks stand still, or wait for one that is dead */
  bool fresh;            /* it begins now: how long it takes was not computed yet */
  bool arrived;          /* all ranks stand still at its beginning */
  bool occupied;
  uint64_t ticket;   /* of the next call, or 0 */
  bool stalled;      /* a message between ranks has no way to go */
  int failing;       /* ranks whose message is tried again and again */
  double tried;      /* when it was tried for the first time, or will be */
  double resumes;    /* when it is tried with success; below 0: none is waited for */
  double exchange;   /* seconds of an iteration that messages take */
  uint64_t gives_up; /* ticket of the call when it was tried too often, or 0 */
} ftblab_pace;

/* How many ranks of a launch are what. */
typedef struct ftblab_rank_counts {
  int running, going; /* those of them that are not stopped */
  int stopped;        /* whatever else they are */
  int undeclared;     /* dead, and nobody has declared them blank */
  int spawn_wanted;
  int holes;
} ftblab_rank_counts;

/* How long the ranks of a node take that have such neighbours: pace.c. */
typedef struct ftblab_step_time {
  int before, after; /* nodes of the neighbours; below 0: there is none that answers */
  double seconds;    /* 0: not known */
} ftblab_step_time;

struct ftblab_launch {
  ftblab_launch_config config;
  rank *ranks;
  int *nodes; /* by rank: where it runs, or did last */
  int rank_count;
  ftblab_rank_counts counts;
  int processes; /* of SimGrid that have not ended */
  int moves;     /* grows when ranks start, end, or become holes */
  bool *pool;    /* by node: an unallocated resource of the job */
  bool *denied;  /* interfaces that may not be used, by place */
  int denials;   /* how often that changed */
  int corrupted, failed_tries;
  int dealer;  /* node of who deals pieces of work; -1: nobody does */
  int dealers; /* how often that changed */
  int iterations, respawned;
  int stop_at;       /* the ranks stop once they have finished so many iterations; below 0: they do not */
  bool stop_is_told; /* `stopped` was called for this stop */
  /* Of a launch that is computed: all ranks are in STATE, in the same iteration (of pace), none is blank, and all stand
   * still or none does. What they have noted is old then, until ftblab_launch_spread; whatever changes a rank sees to
   * that. NOTED: they have noted something in this launch; else what they have is of the one before. */
  bool alike, all_stopped, noted;
  rank_state state;
  int first_dead, last_dead; /* no rank outside of these is dead */
  ftblab_step_time *times;   /* by node and place there: of STEP_FLOPS and STEP_BYTES; NULL: not computed */
  double step_flops, step_bytes;
  bool troubled; /* of a launch that is computed: an interface or a link has failed since it began, or before */
  bool over;     /* ended or killed: no more calls */
  ftblab_pace pace;
};

/* All ranks are alike, and run. */
static inline bool ftblab_launch_in_step(const ftblab_launch *launch)
{
  return launch->alike && launch->state == RANK_RUNNING;
}

static inline rank_state ftblab_rank_state(const ftblab_launch *launch, int number)
{
  return launch->alike ? launch->state : launch->ranks[number].state;
}

static inline bool ftblab_rank_is_hole(const ftblab_launch *launch, int number)
{
  return !launch->alike && launch->ranks[number].blank_until == INT_MAX;
}

static inline int ftblab_rank_node(const rank *self)
{
  return self->launch->nodes[self->id];
}

extern const ftblab_rank_ops ftblab_rank_services; /* job.c */
/* launch.c: what the launch counts. */
void ftblab_rank_set_state(rank *self, rank_state state);
void ftblab_rank_set_stopped(rank *self, bool stopped);
void ftblab_rank_finished_iteration(rank *self);    /* launch.c: stops here if the launch wants it */
void ftblab_rank_unreachable(rank *self, int peer); /* job.c: SELF's library has an error with PEER */

/* alike.c */
void ftblab_launch_make_ranks(ftblab_launch *launch); /* new ones, which are counted nowhere */
void ftblab_launch_spread(ftblab_launch *launch);     /* each rank notes for itself how it is */
void ftblab_launch_find_step(ftblab_launch *launch);  /* the ranks have begun pace's iteration: all of them? */
/* All ranks, none of which is blank, are in STATE now, and none stands still. */
void ftblab_launch_set_all(ftblab_launch *launch, rank_state state);
void ftblab_launch_stop_all(ftblab_launch *launch, bool stopped); /* those of a launch that goes in step */
/* SIGN is 1, or -1 before SELF changes. */
void ftblab_count_rank(const rank *self, int sign);

/* launch.c, of a launch that is computed: its ranks have come to their stop, or to their end. */
void ftblab_launch_arrived(ftblab_launch *launch, bool finished);

/* work.c */
int ftblab_rank_take(ftblab_rank *handle, double bytes);
void ftblab_rank_deliver(ftblab_rank *handle, double bytes);
bool ftblab_rank_waits_in_vain(const rank *self); /* for a piece, or to deliver one */

#endif
