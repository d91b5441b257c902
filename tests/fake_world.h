/* fake_world.h - a small deterministic world for the unit tests of components: no network, no SimGrid.
 *
 * Everything that happens is a dated call in one queue, in the order of (date, sequence). Events reach each subscriber
 * whose filter fits after a fixed delay. Whatever components do is written to a log of lines, which tests search:
 *
 *   throw rm0 RM_JOBS_DEAD nodes: {n1}, jobs: {j1} | Translates node n1 to job j1
 *   catch mpi-j1 RM_JOBS_DEAD nodes: {n1}, jobs: {j1} | MPI prints console error, aborts job j1
 *   job j1 started n0 n1 / job j1 aborted: REASON / job j1 blank 2-3 / job j1 pool n1 / job j1 spawn n1: 2-3
 *   job j1 checkpoint / job j1 suspended / job j1 grant n3 / job j1 resume n2 n3 / job j1 resumed / job j1 release n1
 *   job j1 migrate n1 n3 / job j1 migrated n1 n3
 *   job j1 stage-checkpoint n1 n3 / job j1 stage-copy n1 n3 / job j1 stage-restart n1 n3 / job j1 stage-cancel n1 n3
 *   job j1 held / job j1 goes on / job j1 forgotten
 *   admin script0: TEXT
 *
 *   job j1 interface n1 ib0 off
 *   job j1 served by master0 / job j1 give RANK PIECE / job j1 result PIECE of RANK / job j1 forget PIECE
 *   backup0 becomes Master
 *
 * Each node has two interfaces, ib0 and eth0. A failure inside the fake world ends the test program: it is a bug of the
 * tests. */
#ifndef FTBLAB_FAKE_WORLD_H
#define FTBLAB_FAKE_WORLD_H

#include "component.h"

typedef struct ftblab_fake ftblab_fake;

/* Nodes n0 .. n(NODE_COUNT-1), all for jobs but the last one, where the cluster's components run. SCHEMA: the path of
 * parameters.schema.json, whose defaults apply. */
ftblab_fake *ftblab_fake_new(int node_count, const char *schema);
void ftblab_fake_free(ftblab_fake *world);

/* Before boot. */
void ftblab_fake_set(ftblab_fake *world, const char *role, const char *parameter, double value); /* a flag: 0 or 1 */
void ftblab_fake_rename_nodes(ftblab_fake *world, const char *prefix);
void ftblab_fake_set_word(ftblab_fake *world, const char *role, const char *parameter, const char *value);
/* One more word of a parameter that is a list. */
void ftblab_fake_set_item(ftblab_fake *world, const char *role, const char *parameter, const char *value);
/* A job "j1", "j2" ... of NODES nodes with 2 ranks each; NODE_LIST, NODES long, may be NULL. Submitted at boot. */
void ftblab_fake_job(ftblab_fake *world, int nodes, const int *node_list, ftblab_job_policy policy, bool requeue);
/* Job JOB, from 0, runs KIND with its default parameters, not a stencil. */
void ftblab_fake_application(ftblab_fake *world, int job, const char *kind);

/* The same made of kernels: STEPS steps of KERNELS. Each takes a second. Then the roles of kernels are there, and no
 * others: the Backup Master on the last node but one, the Remote Backup on the one before. */
void ftblab_fake_kernels(ftblab_fake *world, int nodes, const int *node_list, int steps, int kernels, bool balance);

/* A task farm with policy continue; its manager is on the first of its nodes. */
void ftblab_fake_farm(ftblab_fake *world, int nodes, const int *node_list, int tasks);

/* Start the cluster's component of ROLE, or of every role (NULL) whose parameters do not say that it is not there. Only
 * roles started here have instances for jobs. */
void ftblab_fake_boot(ftblab_fake *world, const char *role);
void ftblab_fake_run(ftblab_fake *world, double until);

/* What happens to nodes, now. */
void ftblab_fake_crash(ftblab_fake *world, int node);  /* heartbeats and answers to probes end, its components die */
void ftblab_fake_hang(ftblab_fake *world, int node);   /* heartbeats end, probes are answered */
void ftblab_fake_resume(ftblab_fake *world, int node); /* heartbeats come again */
void ftblab_fake_repair(ftblab_fake *world, int node); /* alive again, and the sysadmin's script says so */

/* Interface 0 or 1 of NODE goes down or comes up, with its port event; or it corrupts, which only a check finds. */
void ftblab_fake_port(ftblab_fake *world, int node, int interface, bool up);
void ftblab_fake_spoil(ftblab_fake *world, int node, int interface, bool bad);
void ftblab_fake_corrupt(ftblab_fake *world, int node);  /* a message of NODE's ranks came corrupted */
void ftblab_fake_time_out(ftblab_fake *world, int node); /* one timed out again and again */

/* A rank of each job on NODE, its first, has an error with the first on PEER_NODE. */
void ftblab_fake_unreachable(ftblab_fake *world, int node, int peer_node, bool connecting);

/* What people and predictors do. NODE, JOB: -1 for none. */
void ftblab_fake_action(ftblab_fake *world, const char *role, const char *action, int node, int job);
void ftblab_fake_predict(ftblab_fake *world, int node);
/* The component of ROLE ends, and starts anew without its memory (RESTART). */
void ftblab_fake_kill(ftblab_fake *world, const char *role, bool restart);
void ftblab_fake_revive(ftblab_fake *world, const char *role); /* one that was killed is started anew */
void ftblab_fake_complete(ftblab_fake *world, int job);
/* The next COUNT of "checkpoint", "restart", "migrate", or "stage-checkpoint" ... fail: a stage for its last rank. Each
 * takes a second. */
void ftblab_fake_fail_next(ftblab_fake *world, const char *operation, int count);

/* An event from outside. */
void ftblab_fake_throw(ftblab_fake *world, const char *event, const char *payload);
/* Lose the next COUNT deliveries of EVENT to instance TO. */
void ftblab_fake_lose(ftblab_fake *world, const char *event, const char *to, int count);

/* The log. A line matches when it starts with START and contains PART (NULL: anything). */
int ftblab_fake_count(const ftblab_fake *world, const char *start, const char *part);
/* The place of the first match, from 0; -1: none. */
int ftblab_fake_find(const ftblab_fake *world, const char *start, const char *part);
size_t ftblab_fake_longest_payload(const ftblab_fake *world);
const ftblab_job *ftblab_fake_job_of(const ftblab_fake *world, int index);
void ftblab_fake_print(const ftblab_fake *world); /* for whoever looks for a failure */

#endif
