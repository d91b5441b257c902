/* job.h - the processes of one launch of a job: ranks that compute and communicate in SimGrid.
 *
 * Private to sim/. A rank runs the application on its node. It dies with the node; that it is dead is known to the
 * others only when somebody says so (blank). A rank that waits for a dead one that nobody declared waits on. */
#ifndef FTBLAB_JOB_H
#define FTBLAB_JOB_H

#include "component.h"
#include "engine.h"
#include "interface.h"

typedef struct ftblab_launch ftblab_launch;

typedef struct ftblab_launch_config {
  ftblab_engine *engine;
  const ftblab_job *job; /* its nodes are those of this launch; must outlive it */
  const ftblab_application_class *application;
  ftblab_call *ended;   /* called once, from the engine, when every rank that is not blank has finished */
  ftblab_call *stopped; /* called from the engine once for each ftblab_launch_stop, when all ranks stand still */
  void *argument;
  ftblab_interfaces *interfaces;
  double retransmit_after; /* seconds until a message is tried again that an interface did not carry */
  ftblab_call *corrupted;  /* from the engine, for each message that came corrupted over an interface in use; VALUE: the
                              job's index in the upper 32 bits, the place of the interface in the lower */
  int retry_count;         /* a message is sent so many times again, then it has failed too often */
  ftblab_call *timed_out;  /* from the engine, each time that an interface failed it too often; VALUE as of corrupted */
  ftblab_call *unreachable; /* from the engine, once for each such message, and for one whose sender is dead; VALUE: the
                               job's index in the upper 32 bits, the rank in the lower. NULL: nobody wants to know */
  const cJSON *interface_names; /* those that messages may take; NULL: all */
  bool drains_anywhere;         /* what is under way while ranks are to stop takes any interface that is up */
  ftblab_call *worked;          /* from the engine: a rank takes up work or waits for some; VALUE: the job's index */
  ftblab_call
      *delivers; /* from the engine: a result is at the dealer's; VALUE: the job's index in the upper 32 bits, the
                            rank in the lower. Nobody may want it: then it comes again when another deals */
  bool held;     /* no process starts: the ranks are images until ftblab_launch_from_images */
  ftblab_launch *former; /* of the same job, and gone: the new one takes its place; NULL: there is none */
} ftblab_launch_config;

/* Start the ranks: rank r runs on nodes[r / ranks_per_node]. Ranks of a node that is down are dead from the start. */
ftblab_status ftblab_launch_start(const ftblab_launch_config *config, ftblab_launch **launch, ftblab_error *err);
void ftblab_launch_kill(ftblab_launch *launch);          /* end all processes now; `ended` will not be called */
bool ftblab_launch_is_gone(const ftblab_launch *launch); /* it is over, and no process is left */
void ftblab_launch_free(ftblab_launch *launch);          /* after the run, or when it is gone */
/* Call it at the date of a node's death: processes die with it by themselves, ranks that are computed do not. */
void ftblab_launch_node_died(ftblab_launch *launch, int node);
/* The same when a link between nodes has failed, or is back. */
void ftblab_launch_network_changed(ftblab_launch *launch);

int ftblab_launch_ranks_on(const ftblab_launch *launch, int node, int64_t *ranks); /* as component.h's job_ranks_on */
bool ftblab_launch_is_over(const ftblab_launch *launch);                           /* it has ended, or was killed */
bool ftblab_launch_is_on(const ftblab_launch *launch, int node);             /* a rank there runs, or has finished */
bool ftblab_launch_has_ranks_on(const ftblab_launch *launch, int node);      /* that are no holes */
int ftblab_launch_last_node_of(const ftblab_launch *launch, int64_t number); /* its node, or a hole's; -1: none */
bool ftblab_launch_is_hole(const ftblab_launch *launch, int64_t number);
bool ftblab_launch_is_lost(const ftblab_launch *launch, int rank); /* dead, and nobody has declared it blank */
/* Of the ranks that are lost, the first from FROM on; -1: none. */
int ftblab_launch_next_lost(const ftblab_launch *launch, int from);
/* Add SIGN for each rank to what its last node has in LIVING, or in HOLES if it is a hole. */
void ftblab_launch_count(const ftblab_launch *launch, int sign, int *living, int *holes);
/* No rank is a hole, and COUNT of NODES have the ranks in their order. */
bool ftblab_launch_lives_on(const ftblab_launch *launch, const int *nodes, int count);
int ftblab_launch_moves(const ftblab_launch *launch); /* never the same again once a rank has started, ended, moved,
                                                         or become a hole */
void ftblab_launch_blank(ftblab_launch *launch, const int64_t *ranks, int count);
void ftblab_launch_add_node(ftblab_launch *launch, int node); /* into the pool; ranks that wait for it start */
bool ftblab_launch_has_in_pool(const ftblab_launch *launch, int node);
void ftblab_launch_spawn(ftblab_launch *launch, int node, const int64_t *ranks, int count);

/* May the job's messages use the interface at PLACE? At the start they may use those that are up. */
void ftblab_launch_interface(ftblab_launch *launch, int place, bool use);
/* The last message that RANK's library could not exchange; false: there is none. */
bool ftblab_launch_unreachable(const ftblab_launch *launch, int rank, ftblab_unreachable *trouble);
/* Messages that came corrupted, and tries that an interface did not carry. */
void ftblab_launch_troubles(const ftblab_launch *launch, int *corrupted, int *failed);

/* Checkpoint and restart. Stop all ranks at the end of the same iteration, the first that all can still reach. False: a
 * rank is dead and not declared blank, or none is left. Nothing is spawned until ftblab_launch_go. */
bool ftblab_launch_stop(ftblab_launch *launch);
bool ftblab_launch_is_stopped(const ftblab_launch *launch);
int ftblab_launch_iteration(const ftblab_launch *launch); /* where it is stopped or will be; -1: it goes on */
void ftblab_launch_go(ftblab_launch *launch);             /* also when not all have stopped yet */
int ftblab_launch_ranks(const ftblab_launch *launch);
int ftblab_launch_holes(const ftblab_launch *launch);
int ftblab_launch_node_of(const ftblab_launch *launch, int rank); /* -1: a hole */
void ftblab_launch_to_images(ftblab_launch *launch);              /* all processes end; holes are filled later */
void ftblab_launch_roll_back(ftblab_launch *launch); /* the same, but holes stay, and who waits for a spawn */
/* Those of ranks whose node is down will never be started there: they are dead. False: there are none. */
bool ftblab_launch_lose_images(ftblab_launch *launch);
/* Start the images' processes at ITERATION, on the job's nodes as they are now. */
void ftblab_launch_from_images(ftblab_launch *launch, int iteration);
/* Start the stopped ranks of FROM on TO. Then ftblab_launch_go. */
void ftblab_launch_move(ftblab_launch *launch, int from, int to);

/* Work in pieces (work.c). Whoever is on NODE deals from now on; -1: nobody does. */
void ftblab_launch_serve(ftblab_launch *launch, int node);
bool ftblab_launch_is_served(const ftblab_launch *launch);
void ftblab_launch_give(ftblab_launch *launch, int rank, int piece);
int ftblab_launch_piece_of(const ftblab_launch *launch, int rank);
/* RANK's result was accepted; returns for how many seconds the rank has worked on it. */
double ftblab_launch_accept(ftblab_launch *launch, int rank);
bool ftblab_launch_works(const ftblab_launch *launch, int rank); /* it has a piece, and does not wait */
/* For how many seconds RANK has worked on the piece that it has, or had when it died. */
double ftblab_launch_worked(const ftblab_launch *launch, int rank);

/* No rank can go on: each that lives waits for one that is dead and not declared, or for another that waits so. */
bool ftblab_launch_stuck(const ftblab_launch *launch);
/* Append a line for each rank that waits for ever. */
void ftblab_launch_blocked(const ftblab_launch *launch, ftblab_text *text);
/* The most iterations that a rank has finished, ranks that run now, ranks respawned so far. */
void ftblab_launch_progress(const ftblab_launch *launch, int *iterations, int *running, int *respawned);

int ftblab_node_cores(const ftblab_engine *engine, int node);

#endif
