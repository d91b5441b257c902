/* component.h - the software under study, and all it may know of the world.
 *
 * A component (resource manager, MPI runtime, monitoring system, ...) is an event-driven state machine: the
 * world calls its handlers, the handlers call the world's services. Handlers never block; what takes time is a
 * timer, a probe or a job. No component names the simulator, so that the same code can be driven against a live
 * backplane: sim/ provides one ftblab_world, tests/ another.
 *
 * A new role is one file with one ftblab_role_class, and a line in components/roles.c. A new application kind is
 * one file with one ftblab_application_class, and a line in components/applications.c. */
#ifndef FTBLAB_COMPONENT_H
#define FTBLAB_COMPONENT_H

#include "conformance.h" /* event names and payload notation only */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ftblab_world ftblab_world;
typedef struct ftblab_component ftblab_component;
struct ftblab_role_class;

/* ---- what a component sees --------------------------------------------------------------------- */

/* Nodes are numbered 0 .. node_count-1 in the order of the platform's host list; payloads carry their names. */

/* An event as it is delivered; everything lives until the handler returns. */
typedef struct ftblab_delivery {
  const char *event; /* canonical catalogue name */
  const ftblab_payload *payload;
  const char *payload_text;
  const char *component, *instance; /* who threw it */
  uint64_t id;                      /* the handle: pass it as in_response_to */
} ftblab_delivery;

typedef enum ftblab_job_policy {
  FTBLAB_POLICY_ABORT,   /* MPI_ERRORS_ARE_FATAL: a dead node aborts the job (B.1.2) */
  FTBLAB_POLICY_CONTINUE /* go on with holes in the communicators, respawn on restored nodes (B.1.3) */
} ftblab_job_policy;

/* What is done when a node is predicted to fail. */
typedef enum ftblab_prediction_policy {
  FTBLAB_PREDICTION_IGNORE,
  FTBLAB_PREDICTION_DRAIN, /* no new jobs there */
  FTBLAB_PREDICTION_SUSPEND,
  FTBLAB_PREDICTION_MIGRATE
} ftblab_prediction_policy;

/* Whether ranks that are holes are spawned again. */
typedef enum ftblab_respawn {
  FTBLAB_RESPAWN_BY_APPLICATION, /* when their node is back, if its parameter says so */
  FTBLAB_RESPAWN_NEVER,
  FTBLAB_RESPAWN_ON_SPARES /* at once, on a spare, or else on the first node that comes back */
} ftblab_respawn;

typedef enum ftblab_interval_law {
  FTBLAB_INTERVAL_NONE, /* no periodic checkpoints */
  FTBLAB_INTERVAL_GIVEN,
  FTBLAB_INTERVAL_YOUNG,
  FTBLAB_INTERVAL_DALY
} ftblab_interval_law;

/* How often the job's MPI takes checkpoints; seconds. */
typedef struct ftblab_checkpoint_rule {
  ftblab_interval_law law;
  double interval; /* given */
  double cost;     /* declared; below 0: measured */
  double mtbf;     /* mean time between failures that the job sees */
  unsigned every;  /* of so many the last goes to the far level; 0: as the storage has it */
} ftblab_checkpoint_rule;

typedef enum ftblab_job_state {
  FTBLAB_JOB_QUEUED,
  FTBLAB_JOB_RUNNING,
  FTBLAB_JOB_COMPLETED,
  FTBLAB_JOB_ABORTED,
  FTBLAB_JOB_SUSPENDED /* its processes are images; its components live on */
} ftblab_job_state;

/* A job as the user submitted it and as it stands. Read-only for components; lives as long as the world. */
typedef struct ftblab_job {
  const char *name; /* "j1" */
  int index;        /* its number in the world */
  int nodes_wanted;
  const int *node_list; /* the nodes the user insists on, nodes_wanted of them; NULL: any */
  int ranks_per_node;
  ftblab_job_policy policy;
  bool requeue; /* an aborted job goes back to the queue */
  ftblab_respawn respawn;
  bool rolls_back;          /* when it goes on with holes, or spawns ranks again: all go back to the last checkpoint */
  bool answers_predictions; /* as it says itself, not as its manager does otherwise */
  ftblab_prediction_policy on_prediction;
  ftblab_checkpoint_rule checkpoints;
  double checkpoint_cost;  /* how long it stood still for its last whole checkpoint, seconds; 0: none yet */
  const char *application; /* kind: "stencil" */
  const cJSON *parameters; /* of the application kind, defaults applied */
  ftblab_job_state state;
  double image_bytes; /* of the image of one rank */
  double walltime;    /* that the user asked for, seconds; 0: not said */
  int launches;       /* how often it was started */
  bool submitted;     /* the user has; a manager that was not there then finds it in the queue */
  double launched;    /* date of the last launch, seconds; 0 before the first */
  const int *nodes;   /* allocated now; node_count of them, in rank order; NULL when not running */
  int node_count;
} ftblab_job;

/* A message between two ranks that was not acknowledged, however often it was sent again. Lives until the handler
 * returns. Which of the two sides is to blame it does not tell. */
typedef struct ftblab_unreachable {
  int rank, node;      /* of the job, whose library has the error */
  int peer, peer_node; /* PEER is RANK where it could not be spawned on the node */
  bool connecting;     /* nothing was exchanged between them yet */
} ftblab_unreachable;

/* No piece of work. */
#define FTBLAB_NO_PIECE (-1)

/* How the reason ends for which a checkpoint failed, if a disk had no room. */
#define FTBLAB_DISK_FULL "is full"

/* Why a restart failed that can never succeed. */
#define FTBLAB_IMAGES_LOST "its images are lost"

/* A migration in stages (Appendix D): each is asked for by another component, and each has its own answer. */
typedef enum ftblab_stage {
  FTBLAB_STAGE_CHECKPOINT, /* all ranks stop, those to be moved write their images */
  FTBLAB_STAGE_COPY,       /* the images go to the new node */
  FTBLAB_STAGE_RESTART,    /* the ranks start there, and the job goes on */
  FTBLAB_STAGE_CANCEL      /* it is given up: the job goes on where it was */
} ftblab_stage;

/* How a stage goes: told as each rank is through, or has failed, and when the stage is over. Everything lives until the
 * handler returns. */
typedef struct ftblab_stage_answer {
  ftblab_stage stage;
  int from, to; /* nodes */
  bool over;    /* the stage is */
  bool good;    /* for all ranks that are to be moved; if it is over and not good the job goes on where it was */
  const char *why;
  const int64_t *ranks; /* of whom there is news, ascending */
  const bool *failed;   /* by place in ranks */
  int count;
} ftblab_stage_answer;

/* From what the missing parts of a file are made. */
typedef enum ftblab_rebuild {
  FTBLAB_REBUILD_NEIGHBOURS, /* the copy that a neighbour has in memory */
  FTBLAB_REBUILD_PARITY,     /* the other parts */
  FTBLAB_REBUILD_RECOMPUTED  /* the memory of a rank that has computed it again */
} ftblab_rebuild;

/* The file of a rank's image in a parallel file system. Read-only for components; current, and there, until the next
 * call of a service. */
typedef struct ftblab_file_state {
  const char *name;
  int job, rank, iteration; /* that the image was taken at */
  double bytes;
  int stripes;       /* servers of its data */
  int lost;          /* parts that are gone or out of reach, that of parity included */
  int gone;          /* of them for good, with their disk */
  double lost_bytes; /* of these */
  bool readable;     /* in spite of them */
  int neighbour;     /* node that has a copy in memory; -1: none */
  bool announced;    /* somebody was told of these losses */
} ftblab_file_state;

/* ---- the world's services ------------------------------------------------------------------------ */

/* What a monitor wants to know of a node's heartbeats. While a check is under way, or when the node was found dead, a
 * miss is no news; to a monitor that found it dead, neither is that it was booted before it is well again. */
typedef enum ftblab_attention { FTBLAB_ATTENTION_FULL, FTBLAB_ATTENTION_CHECK, FTBLAB_ATTENTION_DEAD } ftblab_attention;

typedef struct ftblab_world_ops {
  double (*now)(ftblab_component *self); /* seconds since the start */
  int (*node_count)(ftblab_component *self);
  const char *(*node_name)(ftblab_component *self, int node);
  int (*node_index)(ftblab_component *self, const char *name, size_t length); /* -1: no such node */
  bool (*node_is_compute)(ftblab_component *self, int node); /* may be given to jobs; false: service node */
  int (*job_count)(ftblab_component *self);
  const ftblab_job *(*job)(ftblab_component *self, int index);
  double (*random)(ftblab_component *self); /* [0,1) from the component's own stream */

  /* Backplane. Event names are canonical. PATTERN is the registration's payload ("nodes: *", or "nodes: *, jobs: {j1}"
   * which also filters: only events whose jobs contain j1 are delivered). Writes a register record. */
  void (*subscribe)(ftblab_component *self, const char *event, const char *pattern);
  /* Throw EVENT on the catalogue's channel. IN_RESPONSE_TO: the id of a delivery, or 0. */
  void (*publish)(ftblab_component *self, const char *event, const char *payload, uint64_t in_response_to);
  /* Say what is being done, in the words of the table's action text. note() is of the catch being handled (in any
   * other handler: of the component's next record), note_throw() of the event that is published next. Several notes
   * of one record are joined with "; ". */
  void (*note)(ftblab_component *self, const char *format, ...) FTBLAB_PRINTF(2, 3);
  void (*note_throw)(ftblab_component *self, const char *format, ...) FTBLAB_PRINTF(2, 3);
  bool (*is_noted)(ftblab_component *self); /* false: nobody will read notes, and they need not be put together */

  /* Time. DELAY in seconds; on_timer gets TAG and VALUE back. The id is never 0. */
  uint64_t (*timer)(ftblab_component *self, double delay, int tag, int64_t value);
  void (*cancel)(ftblab_component *self, uint64_t timer); /* a fired or unknown timer is no error */

  /* Ask NODE for a sign of life over the network; on_probe says whether an answer came within TIMEOUT seconds. */
  void (*probe)(ftblab_component *self, int node, double timeout);
  /* Every compute node sends SELF a heartbeat each PERIOD seconds (at a phase of its own). A heartbeat later than
   * TIMEOUT after it was due is missed: on_heartbeat(node, misses in a row). The first that comes again after a miss:
   * on_heartbeat(node, 0). A heartbeat carries the boot id of its node: the first with another one than before is told
   * too, as booted. A world may elide heartbeats that bring no news. */
  void (*heartbeats)(ftblab_component *self, double period, double timeout);
  /* How much the heartbeats of NODE matter; at first all do. Where they do not, a world may leave out the misses, but
   * not that they come again. Returns how many were missed in a row by now. */
  unsigned (*heed)(ftblab_component *self, int node, ftblab_attention attention);
  void (*admin)(ftblab_component *self, const char *format, ...) FTBLAB_PRINTF(2, 3); /* tell the administrator */

  /* Jobs. */
  void (*job_launch)(ftblab_component *self, int job, const int *nodes, int count); /* processes start; JOB_STARTED */
  /* all its processes end now; JOB_ENDED */
  void (*job_abort)(ftblab_component *self, int job, const char *reason);
  /* The ranks of JOB placed on NODE, ascending, into RANKS (room for ranks_per_node times the times the node occurs;
   * pass NULL to count). Also those that are blank. */
  int (*job_ranks_on)(ftblab_component *self, int job, int node, int64_t *ranks);
  /* Replace RANKS with MPI_PROC_NULL: what survivors have pending with them completes at once, later too. Then
   * the application's on_error is called. */
  void (*job_blank)(ftblab_component *self, int job, const int64_t *ranks, int count);
  /* Is RANK of the running JOB a hole: replaced with MPI_PROC_NULL and not spawned again? */
  bool (*job_rank_is_hole)(ftblab_component *self, int job, int64_t rank);
  int (*job_holes)(ftblab_component *self, int job); /* how many of its ranks are */
  /* Does the daemon of NODE, which is up, know the processes of JOB that were started there? False: the node has been
   * booted since. */
  bool (*job_is_on)(ftblab_component *self, int job, int node);
  int (*job_node_of_rank)(ftblab_component *self, int job, int64_t rank); /* where it runs, or ran; -1: no such rank */
  /* node is an unallocated resource of the job (12(a)) */
  void (*job_pool_add)(ftblab_component *self, int job, int node);
  /* Is NODE such a resource, and does it answer? */
  bool (*job_pool_has)(ftblab_component *self, int job, int node);
  /* The state file of who manages jobs, which outlives it: JOB wants NODE back, or not (any more). NODE
   * is -1 for all of them. */
  void (*job_want_back)(ftblab_component *self, int job, int node, bool wanted);
  bool (*job_wants_back)(ftblab_component *self, int job, int node);
  /* MPI_Comm_spawn: start RANKS again on NODE, as soon as the node is in the job's pool. They join at the
   * next iteration that all survivors can still reach. */
  void (*job_spawn)(ftblab_component *self, int job, int node, const int64_t *ranks, int count);

  /* Checkpoint and restart. Each answers through the handler of its name; what is under way when a node of the job
   * dies answers with good = false.
   * job_checkpoint: coordinated: the ranks stop at the end of an iteration, messages drain, every rank writes its image
   * to the checkpoint store; the job goes on. job_suspend: the processes of a job that has a whole checkpoint end,
   * its nodes are free; the job's components live on. job_grant: nodes for the job to be resumed on (suspended), or
   * added to those it has (running). job_resume: start from the last checkpoint on the granted nodes: images are read
   * first. job_migrate: the ranks on FROM stop, their images go over the network to TO, which was granted, and the job
   * goes on from there. job_release: the job holds NODE no longer; a resumption that needed it has failed. The end of
   * a restart is told to all components of the job, whoever asked for it. */
  void (*job_checkpoint)(ftblab_component *self, int job);
  /* The same for periodic checkpoints: where the storage has two levels most of them go to the near one. */
  void (*job_save)(ftblab_component *self, int job);
  void (*job_suspend)(ftblab_component *self, int job);
  void (*job_grant)(ftblab_component *self, int job, const int *nodes, int count);
  void (*job_resume)(ftblab_component *self, int job);
  void (*job_migrate)(ftblab_component *self, int job, int from, int to);
  void (*job_release)(ftblab_component *self, int job, int node);
  /* The next stage of moving the ranks of JOB on FROM to TO, which was granted. All ranks stand still from the first
   * stage to the end of the last. All components of the job are told how it went (on_stage). */
  void (*job_stage)(ftblab_component *self, int job, ftblab_stage stage, int from, int to);

  /* A job of several units, one on each of its nodes, each with a checkpointer of its own: the unit on SELF's node is
   * ready to be written, or to be started from its image on a node that was granted. When the units on all nodes are,
   * what job_checkpoint and job_resume do begins, and all components of the job are told how it went. */
  void (*job_unit_checkpoint)(ftblab_component *self, int job);
  void (*job_unit_restart)(ftblab_component *self, int job);
  /* Somebody alters the images of JOB's last checkpoint. Are they as they were written? */
  void (*job_images_alter)(ftblab_component *self, int job);
  bool (*job_images_are_sound)(ftblab_component *self, int job);

  /* An application that recovers by itself. job_hold: the ranks stand still at the end of the iteration that all can
   * still reach; on_held is told when they do. job_go: they go on, with those that were spawned meanwhile. A
   * checkpoint that is taken in between does not have them go on. job_progress: the most iterations that a rank has
   * finished. job_drop_images: the images that there are of the job are dropped, so that it starts from its beginning
   * when it is launched again. */
  void (*job_hold)(ftblab_component *self, int job);
  void (*job_go)(ftblab_component *self, int job);
  int (*job_progress)(ftblab_component *self, int job);
  void (*job_drop_images)(ftblab_component *self, int job);
  /* All living ranks end, read the images of the last checkpoint and go on from there, where they are; images of holes
   * are read by those who have their part from then on. Without images they begin anew. On_restart follows. */
  void (*job_roll_back)(ftblab_component *self, int job);
  /* Files of a parallel file system. file: that of RANK's image in the last whole checkpoint of JOB; NULL: there is
   * none. file_announced: its losses are, until it loses more. file_rebuild: make its missing parts again, from HOW, on
   * servers that work; on_rebuilt says how it went, unless the file is removed first. storage_idle: for how many
   * seconds nobody has used a disk of the storage; 0: somebody does. */
  const ftblab_file_state *(*file)(ftblab_component *self, int job, int rank);
  void (*file_announced)(ftblab_component *self, int job, int rank);
  void (*file_rebuild)(ftblab_component *self, int job, int rank, ftblab_rebuild how);
  double (*storage_idle)(ftblab_component *self);
  /* Work in pieces, numbered from 0, for kinds of application whose ranks take it (ftblab_rank_ops.take).
   * job_serve: SELF deals the pieces of JOB from now on, and has their results (on_piece). A rank that has a result for
   * a dealer who died keeps it for the next. job_is_served: somebody deals them, and lives. job_give: PIECE goes to
   * RANK, which has none; FTBLAB_NO_PIECE: there is no more, the rank may end. job_piece_of: what RANK was given and
   * has not delivered; FTBLAB_NO_PIECE: nothing, or the rank is dead. job_forget: nobody has the result of PIECE any
   * more. */
  void (*job_serve)(ftblab_component *self, int job);
  bool (*job_is_served)(ftblab_component *self, int job);
  void (*job_give)(ftblab_component *self, int job, int rank, int piece);
  int (*job_piece_of)(ftblab_component *self, int job, int rank);
  void (*job_forget)(ftblab_component *self, int job, int piece);
  /* Keep a connection to NODE open; on_disconnect says that it has closed: the node has died, or the process there that
   * belongs to the same kind of jobs. False: nobody answers there. A node that hangs closes nothing. */
  bool (*connect)(ftblab_component *self, int node);
  /* SELF takes the role of CLASS, which has the same state: what it does from now on is that role's, and what it has
   * subscribed to is ended. */
  void (*become)(ftblab_component *self, const struct ftblab_role_class *class);

  /* Network interfaces, numbered per node; names are what payloads carry ("ib0"). */
  int (*interface_count)(ftblab_component *self, int node);
  const char *(*interface_name)(ftblab_component *self, int node, int interface);
  int (*interface_index)(ftblab_component *self, int node, const char *name, size_t length); /* -1: none */
  /* Is its port active? What the driver says at once; it says nothing of corruption. */
  bool (*interface_active)(ftblab_component *self, int node, int interface);
  bool (*interfaces_active)(ftblab_component *self); /* are all ports of all nodes? */
  /* Look at an interface (counters, a loopback test), which takes the caller's parameter interface_test in seconds;
   * on_interface then says whether it was sound all the time. Answers come in the order of the questions. */
  void (*interface_check)(ftblab_component *self, int node, int interface);
  /* MPI: let the job's messages use the interface of NODE, or not. With none left they wait. A launch begins with the
   * interfaces that are up. */
  void (*job_interface)(ftblab_component *self, int job, int node, int interface, bool use);

  /* A handler cannot go on (no memory): ends the run with STATUS once the handler has returned. */
  void (*fail)(ftblab_component *self, ftblab_status status, const char *reason);
} ftblab_world_ops;

struct ftblab_world {
  const ftblab_world_ops *ops;
};

/* ---- a component ------------------------------------------------------------------------------------ */

typedef enum ftblab_scope {
  FTBLAB_PER_CLUSTER, /* one, from boot */
  FTBLAB_PER_JOB,     /* one for each launch of a job, from launch to end */
  FTBLAB_PER_NODE,    /* one on each node of a running job, from when the job gets the node to when it gives it up */
  FTBLAB_PER_RANK     /* one for each rank of a running job, on the rank's node; it moves with the rank */
} ftblab_scope;

typedef struct ftblab_role_class {
  const char *role;  /* as the tables name it: "RM/JS" */
  const char *space; /* FTB event space, region.category.component: "ftb.rm.ftblab" */
  /* base of the instance name: "rm" gives "rm0"; per job "mpi" gives "mpi-j1"; per node "mpispawn-j1-n3", per rank
   * "rank-j1-5" */
  const char *instance;
  ftblab_scope scope;
  /* The event space by the component's parameters; NULL: always `space`. */
  const char *(*space_of)(const cJSON *parameters);
  const char *library;     /* it is there only if MPI plays this library (components.MPI.library); NULL: in any case */
  const char *application; /* it is there only if a job is of this kind; NULL: in any case */
  bool serves_files;       /* it runs on the metadata server of the storage, if there is one */
  size_t state_size;       /* bytes the world zeroes and hands over as self->state */

  /* Boot (or job launch): read self->parameters, subscribe. A parameter that contradicts another is
   * FTBLAB_EINPUT (types and ranges were checked against the schema). What the state owns is freed before a failure
   * is returned; stop may be called after it or not. */
  ftblab_status (*start)(ftblab_component *self, ftblab_error *err);
  void (*stop)(ftblab_component *self); /* free what the state owns; no service may be called; NULL: nothing to free */

  /* Handlers; NULL: not interested. */
  void (*on_event)(ftblab_component *self, const ftblab_delivery *event);
  void (*on_timer)(ftblab_component *self, int tag, int64_t value);
  void (*on_probe)(ftblab_component *self, int node, bool answered);
  void (*on_heartbeat)(ftblab_component *self, int node, unsigned missed, bool booted);
  void (*on_submit)(ftblab_component *self, const ftblab_job *job); /* RM/JS: the user submitted it */
  /* RM/JS: state says how it ended; job->nodes are still those it had */
  void (*on_job_end)(ftblab_component *self, const ftblab_job *job);
  /* Autonomic Script and others: NODE has been booted; the sysadmin's script says that the hardware is back */
  void (*on_node_back)(ftblab_component *self, int node);
  /* Autonomic Script: NODE can be reached again over the network; it was not booted */
  void (*on_node_reached)(ftblab_component *self, int node);
  /* File systems: NODE's disk has failed with all that was on it, or an empty one is in its place */
  void (*on_disk)(ftblab_component *self, int node, bool works);
  /* Application: MPI calls the error handlers */
  void (*on_checkpoint)(ftblab_component *self, int job, bool good, const char *why);                /* MPI */
  void (*on_restart)(ftblab_component *self, int job, bool good, const char *why);                   /* MPI */
  void (*on_migrate)(ftblab_component *self, int job, int from, int to, bool good, const char *why); /* MPI */
  void (*on_stage)(ftblab_component *self, const ftblab_stage_answer *answer); /* MVAPICH2, and only its parts */
  void (*on_finalize)(ftblab_component *self);                                 /* MPI Process: MPI_Finalize */
  /* RM/JS, MPI*: without them ranks of JOB have moved to NODE (HAS), or have left it, or the job's launcher or
   * MPI wants it for itself. */
  void (*on_job_node)(ftblab_component *self, int job, int node, bool has);
  /* C/R Library: it has begun or ended writing (or reading back) the images of RANKS. */
  void (*on_images)(ftblab_component *self, bool restart, bool end, const int64_t *ranks, int count);
  void (*on_prediction)(ftblab_component *self, int node); /* Autonomic Script: the predictor expects NODE to fail */
  /* The administrator (or the user) does something by hand: a scenario action, such as "return-node" for MPI*,
   * "maintenance" for the migration trigger, "suspend" and "resume" for RM/JS. NODE or JOB is -1 where it does not
   * apply. */
  void (*on_action)(ftblab_component *self, const char *action, int node, int job);
  /* Who serves JOB: the result of PIECE is here. */
  void (*on_piece)(ftblab_component *self, int job, int rank, int piece);
  void (*on_disconnect)(ftblab_component *self, int node); /* who called connect */
  /* IB Fault Monitor: a port event */
  void (*on_port)(ftblab_component *self, int node, int interface, bool up);
  void (*on_interface)(ftblab_component *self, int node, int interface, bool sound); /* who called interface_check */
  /* MPI: checksums of messages of NODE's ranks fail; they are sent again */
  void (*on_corruption)(ftblab_component *self, int node);
  /* MPI: a message of NODE's ranks has timed out so often that another try promises little; it is tried on */
  void (*on_time_outs)(ftblab_component *self, int node);
  /* MPI: a rank's library has an error. Once for each message; only worlds whose MPI plays a library, or hears of ports
   * itself, tell it. */
  void (*on_unreachable)(ftblab_component *self, const ftblab_unreachable *trouble);
  void (*on_error)(ftblab_component *self, const int64_t *ranks, int count);
  void (*on_server)(ftblab_component *self, int node, bool up); /* File System: one of its data servers */
  void (*on_rebuilt)(ftblab_component *self, int job, int rank, bool good, const char *why); /* file_rebuild */
  void (*on_held)(ftblab_component *self); /* Application: its ranks stand still, as it wanted */
  /* A reliable event was given up: PEER (role and instance) is gone for good. */
  void (*on_undelivered)(ftblab_component *self, const char *event, const char *peer);
} ftblab_role_class;

struct ftblab_component {
  const ftblab_role_class *class;
  ftblab_world *world;
  const char *instance;    /* "rm0" */
  const char *space;       /* event space */
  int node;                /* where it runs; it dies with the node */
  const ftblab_job *job;   /* PER_JOB, PER_NODE, PER_RANK: its job; else NULL */
  int rank;                /* PER_RANK: its rank; else -1 */
  const char *library;     /* that MPI plays: "standard", "mvapich2" ... */
  const cJSON *parameters; /* its object in the scenario, defaults applied */
  bool restarted;          /* it was there before and died: what it knew is gone */
  void *state;
};

extern const ftblab_role_class *const ftblab_role_classes[]; /* ends with NULL */

/* ---- applications -------------------------------------------------------------------------------------- */

/* The process of a rank. Its calls block in simulated time; the code runs in the rank's own thread of control and
 * is simply ended when its node dies or the job aborts: it must own nothing that needs freeing across a call. */
typedef struct ftblab_rank ftblab_rank;
typedef struct ftblab_rank_ops {
  int (*id)(ftblab_rank *rank);
  int (*size)(ftblab_rank *rank);                 /* ranks of the job, blank ones included */
  int (*nodes)(ftblab_rank *rank);                /* that the job wants, each with as many ranks */
  bool (*is_blank)(ftblab_rank *rank, int other); /* replaced with MPI_PROC_NULL, at RANK's current iteration */
  int (*alive)(ftblab_rank *rank);                /* ranks not blank */
  void (*compute)(ftblab_rank *rank, double flops);
  /* Send BYTES to and receive BYTES from each of PEERS (MPI_Sendrecv, all at once); a blank peer completes at once, a
   * dead one that nobody has declared blank blocks. */
  void (*exchange)(ftblab_rank *rank, const int *peers, int count, double bytes);
  /* The rank has finished iteration I (from 0). A respawned rank starts from first_iteration(). */
  void (*progress)(ftblab_rank *rank, int iteration);
  int (*first_iteration)(ftblab_rank *rank);
  /* Wait for a piece of work from who serves the job, then for its BYTES; FTBLAB_NO_PIECE: there is no more. */
  int (*take)(ftblab_rank *rank, double bytes);
  /* Send the result of the piece taken last, BYTES, and wait until who serves the job has it. */
  void (*deliver)(ftblab_rank *rank, double bytes);
} ftblab_rank_ops;

struct ftblab_rank {
  const ftblab_rank_ops *ops;
};

/* One iteration of every rank, for those who compute how long it takes and do not run it. */
typedef struct ftblab_step {
  int iterations; /* of the whole run */
  double flops;   /* that each rank computes */
  double bytes;   /* that it then exchanges with the rank before it and with the one after it */
} ftblab_step;

typedef struct ftblab_application_class {
  const char *kind;    /* "stencil" */
  const char *manager; /* the role that launches its jobs in place of RM/JS; NULL: RM/JS does */
  bool leads;          /* the job's component Application is the process of rank 0, and where that is */
  void (*run)(ftblab_rank *rank, const cJSON *parameters);
  /* With SIZE ranks of which ALIVE are not blank. NULL: it cannot be said, the application has to be run. */
  void (*step)(const cJSON *parameters, int size, int alive, ftblab_step *step);
} ftblab_application_class;

extern const ftblab_application_class *const ftblab_application_classes[]; /* ends with NULL */

#ifdef __cplusplus
}
#endif
#endif
