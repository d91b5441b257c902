/* pace.h - how far a job is that is not simulated but computed: for the control plane only. Private to launch.c, job.c.
 *
 * All ranks of a launch go in step. An iteration takes as long as its slowest rank needs to compute and to exchange,
 * one peer after the other, on nodes and links that nobody else uses. While a rank is dead that nobody has declared
 * blank the iteration under way does not end, for its neighbours wait for it. Ranks that are farther away, which in
 * truth still go on for some iterations, wait here at once; the job as a whole is no later for it. Nobody notices by a
 * message that a peer is dead. The same holds where a message has no way to go. */
#ifndef FTBLAB_PACE_H
#define FTBLAB_PACE_H

#include "rank.h"

/* Is LAUNCH computed? Else nothing here does anything. */
bool ftblab_pace_is_on(const ftblab_launch *launch);

/* Around every change of the ranks: what was done until now is noted in them; what comes next is computed. */
void ftblab_pace_settle(ftblab_launch *launch);
void ftblab_pace_changed(ftblab_launch *launch);
void ftblab_pace_ranks_changed(ftblab_launch *launch); /* which ranks there are, or where */
/* The ranks begin ITERATION now: instead of settling, when all of them start. */
void ftblab_pace_begin(ftblab_launch *launch, int iteration);
void ftblab_pace_end(ftblab_launch *launch);                 /* it is over: nothing comes next */
int ftblab_pace_iterations(const ftblab_launch *launch);     /* finished by now */
void ftblab_pace_node_died(ftblab_launch *launch, int node); /* its ranks are dead */
/* A link or an interface has failed, or is back. Who waits for a message over one that is down tries again each
 * retransmit_after, from when it did for the first time, and says so each time that retry_count repeats were in
 * vain. */
void ftblab_pace_network_changed(ftblab_launch *launch);
void ftblab_pace_interface_changed(ftblab_launch *launch); /* that MPI may use: what waits is tried at once */
bool ftblab_pace_stuck(const ftblab_launch *launch);         /* as ftblab_launch_stuck */
void ftblab_pace_blocked(const ftblab_launch *launch, ftblab_text *text);

#endif
