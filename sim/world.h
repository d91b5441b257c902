/* world.h - the simulated world: what stands behind ftblab_world_ops.
 *
 * Private to sim/. Components are plain state machines that run inside calls of the engine; only ranks are actors. All
 * that components are told comes through ftblab_world_enter ... ftblab_world_leave, which set the date and the cause,
 * hold back the records of the handler and look afterwards whether all is quiet. Handlers never nest: what a service
 * has to tell a component is a call of its own. */
#ifndef FTBLAB_WORLD_H
#define FTBLAB_WORLD_H

#include "accounts.h"
#include "interface.h"
#include "job.h"
#include "pool.h"
#include "metrics.h"
#include "recorder.h"
#include "drawn.h"
#include "files.h"
#include "scenario.h"
#include "spec.h"
#include "storage.h"

typedef struct ftblab_simulated ftblab_simulated;
typedef struct ftblab_monitor ftblab_monitor; /* heartbeat.c */
typedef struct ftblab_unit_timer ftblab_unit_timer;
typedef struct ftblab_probe_state ftblab_probe_state; /* heartbeat.c */
typedef struct ftblab_port_check ftblab_port_check;   /* ports.c */
typedef struct ftblab_network ftblab_network;         /* network.c */

/* A component in its place. Never freed before the run is over, so that late calls find it dead, not gone. */
typedef struct ftblab_unit {
  ftblab_component component; /* first: the component is the unit */
  ftblab_simulated *world;
  ftblab_client *client;
  ftblab_random random;
  char *instance, *stream;
  bool alive;       /* handlers are called */
  bool started;     /* the class's stop is owed */
  bool crashed;     /* alone, and was not started again: nobody takes its place */
  bool past;        /* of a launch that is over: to be put away */
  uint64_t caught;  /* record of the event being handled, or 0 */
  ftblab_text note; /* for its next record */
  ftblab_unit_timer *timers;
  ftblab_monitor *monitor; /* heartbeats, or NULL */
  bool *connected;         /* by node; NULL: to none */
  uint64_t *subscriptions;
  size_t subscription_count;
  struct ftblab_unit *next; /* in `past` of the world */
} ftblab_unit;

/* Images of a job's ranks, by rank. */
typedef struct ftblab_image {
  int holder; /* node whose disk has it; -1: the rank has none */
  int buddy;  /* another that has it too; -1: none */
  double bytes;
  ftblab_file *file; /* it is a file of a parallel file system, and has no holder; else NULL */
} ftblab_image;

/* What a node keeps of the images of a layout. */
typedef struct ftblab_load {
  int holder;
  double bytes;
} ftblab_load;

/* Where the images of a checkpoint are: images.c. */
typedef struct ftblab_layout {
  int users;
  ftblab_image *images; /* by rank */
  int count;
  ftblab_load *loads; /* each node once */
  int load_count;
} ftblab_layout;

/* How a checkpoint on one of the two levels is written by ranks that are where they are now: images.c. */
typedef struct ftblab_writes {
  int launches, moves;   /* of the job and of its launch when it was worked out */
  ftblab_layout *layout; /* NULL: not worked out yet */
  ftblab_copy_list *copies;
  bool by_rank; /* each rank has one copy, at its place in the list */
} ftblab_writes;

typedef struct ftblab_image_set {
  ftblab_image *images;  /* NULL: there is none */
  ftblab_layout *layout; /* whose images these are, and those of others; NULL: they are its own */
  int count, iteration;
  bool altered;  /* since they were written */
  double useful; /* node-seconds that were done when they were taken */
} ftblab_image_set;

typedef enum ftblab_operation_kind {
  FTBLAB_NO_OPERATION,
  FTBLAB_CHECKPOINT,
  FTBLAB_MIGRATION,
  FTBLAB_RESTART,
  FTBLAB_STAGED /* a migration whose stages are asked for one by one: stages.c */
} ftblab_operation_kind;

/* The image of one rank in the stage that is under way. */
typedef struct ftblab_part {
  struct ftblab_job_record *record;
  bool over, failed, told;
} ftblab_part;

typedef struct ftblab_answer ftblab_answer; /* checkpoint.c */

/* What is being done with a job's images. */
typedef struct ftblab_operation {
  ftblab_operation_kind kind;
  ftblab_unit *asker; /* who is told how it went; NULL: the job's components */
  uint64_t cause;
  int from, to;                    /* nodes of a migration */
  int64_t *ranks;                  /* whose images are copied; NULL: not yet */
  int rank_count, left;            /* copies under way */
  bool to_near;                    /* a checkpoint for the level on the nodes themselves */
  bool in_place;                   /* a restart of ranks where they are: a rollback */
  double began;                    /* the images, seconds */
  const ftblab_image_set *read;    /* of a restart */
  const ftblab_image_set *in_vain; /* that a restart read before, when all that it could do was to begin again */
  uint64_t losses;                 /* of the world when a restart began to read */
  ftblab_image_set written; /* of a checkpoint that is not whole yet; of a migration in stages, at their last place */
  ftblab_stage stage;       /* of a migration in stages: under way, or over if it waits */
  bool waits;
  ftblab_part *parts; /* by place in ranks; NULL: not yet */
} ftblab_operation;

typedef enum ftblab_hold { FTBLAB_NO_HOLD, FTBLAB_HOLD_WANTED, FTBLAB_HOLD_TOLD } ftblab_hold;

/* A job and its launches. */
typedef struct ftblab_job_record {
  ftblab_job job;
  ftblab_simulated *world;
  int *node_list, *nodes;
  int rank_nodes; /* so many of its nodes have ranks, or will have */
  double image_bytes;
  bool restarts_from_images; /* when it is launched again */
  bool rollback_due;         /* ranks are holes, and its application is to roll it back for that */
  bool granted;              /* suspended: its nodes are those to be resumed on, not those that it had */
  int taken; /* 1 + the node that the job took last without a manager's grant: of its launcher or its MPI; 0: none */
  ftblab_operation operation;
  bool *ready; /* by node: the unit there waits for the others, to be written or restarted; NULL: none does */
  ftblab_operation_kind ready_for;
  int ready_places; /* the first of its places, the units of which wait */
  bool *wanted;     /* by node: the job wants it back, as its manager has it on file; NULL: none */
  ftblab_hold hold; /* its application wants the ranks to stand still, or knows that they do */
  uint64_t hold_cause;
  ftblab_image_set checkpoint;           /* the last whole one */
  ftblab_image_set near;                 /* the last whole one on the nodes themselves, if it is newer */
  ftblab_writes writes[2];               /* of the last checkpoint, of that on the nodes themselves */
  ftblab_copy_list *reads;               /* of the last restart; NULL: none yet */
  int saved;                             /* periodic checkpoints begun: which level is next */
  int checkpoints, restarts, migrations; /* so far */
  ftblab_job_account account;
  double ended;             /* date of the last end, seconds */
  ftblab_unit *dealer;      /* who serves it with pieces of work, or did; NULL: nobody has */
  double *pieces;           /* node-seconds of work in the result of each piece, by number; 0: there is none */
  int piece_count;          /* room in pieces */
  ftblab_answer *answers;   /* on their way to who asked */
  ftblab_launch **launches; /* the last is the current one; NULL: an older one that is gone */
  const ftblab_application_class *application;
} ftblab_job_record;

/* A moment of the scenario on its way: how often it was seen, and when and by which record it came. */
typedef struct ftblab_sighting {
  const ftblab_moment *moment;
  const char *event; /* canonical */
  unsigned seen;
  bool came;
  int64_t t; /* nanoseconds */
  uint64_t seq;
} ftblab_sighting;

typedef struct ftblab_fault_state {
  ftblab_simulated *world;
  const ftblab_fault_plan *plan;
  ftblab_sighting when;
  bool fired;
  double date; /* when it fired */
} ftblab_fault_state;

typedef struct ftblab_bound_state {
  const ftblab_bound_plan *plan;
  ftblab_sighting from, to;
} ftblab_bound_state;

/* What the simulation knows of a node beyond the engine. */
typedef struct ftblab_node_state {
  bool hung, answers_probes;
  unsigned boots; /* since the start of the run: its boot id */
  uint64_t fact;  /* record of its last failure or return, or 0 */
} ftblab_node_state;

/* Which unit threw a message, and with which record. */
typedef struct ftblab_throw {
  uint64_t id, seq;
  ftblab_unit *unit;
  const struct ftblab_event *event; /* of the catalogue */
  const char *severity;
} ftblab_throw;

struct ftblab_simulated {
  ftblab_world base; /* first: components see this */
  const ftblab_scenario *scenario;
  const ftblab_spec *spec;
  const char *library;      /* ftblab_scenario_library */
  const cJSON **parameters; /* by place in ftblab_role_classes; NULL: the role is not there */
  ftblab_engine *engine;
  ftblab_backplane *backplane;
  ftblab_recorder *recorder;
  struct ftblab_fact_list *last_fact;   /* of a job; NULL: none */
  struct ftblab_node_words *node_words; /* of facts; NULL: none yet */
  ftblab_text node_fact;                /* scratch: the payload of a fact of one node */
  int service;                          /* node */
  ftblab_unit **units;                  /* in the order of their starts */
  size_t unit_count, unit_capacity;
  size_t retiring;   /* units that have still to disconnect */
  ftblab_unit *past; /* of jobs, retired for good: nobody asks for them, but late calls may come */
  ftblab_job_record *jobs;
  ftblab_storage *storage;
  ftblab_files *files; /* NULL: the storage has no metadata server */
  uint64_t losses;     /* of nodes and disks so far */
  ftblab_accounts *accounts;
  ftblab_node_state *nodes;
  ftblab_probe_state *probes; /* under way */
  ftblab_pool timers, asked;  /* of units; of probes */
  ftblab_interfaces *interfaces;
  ftblab_network *network; /* what may fail between the nodes; NULL: nothing */
  uint64_t network_fact;   /* record of its last failure or return, or 0 */
  uint64_t *port_facts;    /* by place: record of an interface's last failure or return, or 0 */
  ftblab_port_check *port_checks;
  uint64_t port_check_count;
  ftblab_throw *throws;
  size_t throw_count, throw_capacity;
  ftblab_payload payload; /* of the message that is being delivered, or was last */
  uint64_t delivered;     /* its id; 0: none */
  ftblab_fault_state *faults;
  ftblab_drawn_source *drawn;
  size_t drawn_count, drawn_total; /* sources; their failures */
  ftblab_bound_state *bounds;
  /* The handler that runs. */
  unsigned depth;
  double date;
  uint64_t cause; /* record that what happens now goes back to, or 0 */
  /* What is pending in the engine and yet no activity of the protocol. */
  size_t beat_calls;    /* heartbeats of nodes that are silent */
  size_t unsettled;     /* silent nodes that a monitor has still to react to */
  size_t outside_calls; /* faults, submissions */
  size_t drawn_calls;   /* failures by a law, for which no run waits */
  uint64_t draws;       /* of randomness, by components and heartbeats */
  ftblab_text admin;    /* what the administrator was told: each time the date, a double, and a string with its NUL */
  bool looks;           /* a look whether it is quiet now is due, or at work */
  bool over;            /* the account is made: nothing more is written */
  bool remarks;         /* components' notes, and what they tell the administrator, are wanted */
  ftblab_status status; /* first failure of a service; ends the run */
  ftblab_error error;
};

/* ---- world.c -------------------------------------------------------------------------------------- */

/* Build the world over ENGINE and connect the components of boot, whose registrations are the first records. */
ftblab_status ftblab_world_new(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_engine *engine,
                               ftblab_record_sink *sink, void *sink_argument, ftblab_simulated **world,
                               ftblab_error *err);
void ftblab_world_free(ftblab_simulated *world);
ftblab_status ftblab_world_boot(ftblab_simulated *world, ftblab_error *err);

/* Around everything that tells a component something, or writes a record. CAUSE: a record, or 0. */
void ftblab_world_enter(ftblab_simulated *world, double date, uint64_t cause);
void ftblab_world_leave(ftblab_simulated *world);
void ftblab_world_fail(ftblab_simulated *world, const ftblab_error *err); /* keeps the first, ends the run */
void ftblab_world_no_memory(ftblab_simulated *world);

/* Nothing is in flight and no component has a timer that could make it throw. */
bool ftblab_world_protocol_is_quiet(const ftblab_simulated *world);

/* Create and start the component of CLASS (for JOB, or NULL). Does nothing if the scenario leaves the role out
 * or its host is down. */
ftblab_status ftblab_unit_start(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                ftblab_error *err);
/* The same for one that was there before and has died: it knows nothing of that, but that it was. */
ftblab_status ftblab_unit_restart(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                  ftblab_error *err);
/* Not if the scenario leaves CLASS out, by name or by the library that MPI plays. */
bool ftblab_role_is_there(const ftblab_simulated *world, const ftblab_role_class *class);
/* Where a component of a job is that follows the job's nodes (rank is -1) or ranks (node is that of the rank). */
typedef struct ftblab_place {
  int node, rank;
} ftblab_place;
ftblab_status ftblab_unit_start_at(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                   ftblab_place place, ftblab_error *err);
void ftblab_unit_retire(ftblab_unit *unit); /* no handler is called any more; its state is freed later */
ftblab_unit *ftblab_unit_of(ftblab_component *component);

/* ---- facts.c ------------------------------------------------------------------------------------------ */

/* Write a fact; what does not fit in one payload is said in several records. Returns the (last) record's number.
 * NODES in the order of RANKS; ranks_per_node ranks each, from 0; 0: no ranks. JOB may be NULL. */
uint64_t ftblab_world_fact(ftblab_simulated *world, const char *event, const char *job, const int *nodes, int count,
                           int ranks_per_node, const char *note);
void ftblab_world_facts_free(ftblab_simulated *world);

/* ---- units.c --------------------------------------------------------------------------------------------- */

void ftblab_job_unit_checkpoint_service(ftblab_component *self, int job);
void ftblab_job_unit_restart_service(ftblab_component *self, int job);
void ftblab_units_node_died(ftblab_simulated *world, int node); /* units that waited for the one there have failed */
void ftblab_units_forget(ftblab_job_record *record);            /* its processes end: no unit waits any more */
void ftblab_job_images_alter_service(ftblab_component *self, int job);
bool ftblab_job_images_are_sound_service(ftblab_component *self, int job);

/* ---- places.c ----------------------------------------------------------------------------------------- */

/* The job has been launched, or has other nodes, or ranks have moved: end the components that follow its nodes and
 * ranks where there is nothing to follow any more, start those that are missing. */
void ftblab_places_update(ftblab_job_record *record);

/* ---- services.c --------------------------------------------------------------------------------------- */
extern const ftblab_world_ops ftblab_services;
void ftblab_unit_deliver(void *argument, const ftblab_message *message, double date);
void ftblab_unit_undelivered(void *argument, const ftblab_message *message, const ftblab_client *peer);
void ftblab_unit_drop_timers(ftblab_unit *unit);
uint64_t ftblab_unit_record(ftblab_unit *unit, ftblab_record *record); /* fills in who; returns the number */

/* ---- heartbeat.c -------------------------------------------------------------------------------------- */
void ftblab_heartbeats(ftblab_component *self, double period, double timeout);
void ftblab_probe(ftblab_component *self, int node, double timeout);
unsigned ftblab_heed(ftblab_component *self, int node, ftblab_attention attention);
void ftblab_heartbeats_node_changed(ftblab_simulated *world, int node); /* it fell silent, or is no more */
void ftblab_heartbeats_network_changed(ftblab_simulated *world);        /* the same for all that are cut off */
void ftblab_monitor_free(ftblab_monitor *monitor);

/* ---- workload.c --------------------------------------------------------------------------------------- */
ftblab_status ftblab_workload_new(ftblab_simulated *world, ftblab_error *err);
void ftblab_workload_submit(ftblab_simulated *world); /* schedule the submissions */
void ftblab_workload_free(ftblab_simulated *world);
void ftblab_workload_node_died(ftblab_simulated *world, int node);
void ftblab_workload_network_changed(ftblab_simulated *world); /* a link between nodes has failed, or is back */
bool ftblab_workload_goes_on(const ftblab_simulated *world); /* some rank computes, or will */
void ftblab_job_launch_service(ftblab_component *self, int job, const int *nodes, int count);
void ftblab_job_abort_service(ftblab_component *self, int job, const char *reason);
int ftblab_job_ranks_on_service(ftblab_component *self, int job, int node, int64_t *ranks);
void ftblab_job_blank_service(ftblab_component *self, int job, const int64_t *ranks, int count);
bool ftblab_job_rank_is_hole_service(ftblab_component *self, int job, int64_t rank);
int ftblab_job_holes_service(ftblab_component *self, int job);
bool ftblab_job_is_on_service(ftblab_component *self, int job, int node);
int ftblab_job_node_of_rank_service(ftblab_component *self, int job, int64_t rank);
void ftblab_job_pool_add_service(ftblab_component *self, int job, int node);
bool ftblab_job_pool_has_service(ftblab_component *self, int job, int node);
void ftblab_job_want_back_service(ftblab_component *self, int job, int node, bool wanted);
bool ftblab_job_wants_back_service(ftblab_component *self, int job, int node);
void ftblab_job_spawn_service(ftblab_component *self, int job, int node, const int64_t *ranks, int count);

/* ---- dealing.c ---------------------------------------------------------------------------------------- */
ftblab_call ftblab_piece_delivered;         /* as ftblab_launch_config.delivers */
ftblab_call ftblab_work_changed;            /* as ftblab_launch_config.worked */
void ftblab_dealer_gone(ftblab_unit *unit); /* it has died: nobody serves what it served */
void ftblab_pieces_free(ftblab_job_record *record);
/* RANK dies or is shut out: what it has done of its piece was in vain. */
void ftblab_piece_lost(ftblab_job_record *record, int rank);
void ftblab_job_serve_service(ftblab_component *self, int job);
bool ftblab_job_is_served_service(ftblab_component *self, int job);
void ftblab_job_give_service(ftblab_component *self, int job, int rank, int piece);
int ftblab_job_piece_of_service(ftblab_component *self, int job, int rank);
void ftblab_job_forget_service(ftblab_component *self, int job, int piece);

/* ---- connections.c -------------------------------------------------------------------------------------- */
bool ftblab_connect_service(ftblab_component *self, int node);
void ftblab_connections_node_died(ftblab_simulated *world, int node);
void ftblab_connections_unit_died(const ftblab_unit *unit); /* it alone */

/* ---- ports.c -------------------------------------------------------------------------------------------- */
ftblab_status ftblab_ports_new(ftblab_simulated *world, ftblab_error *err);
void ftblab_ports_free(ftblab_simulated *world);
ftblab_status ftblab_ports_check(const ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err);
void ftblab_ports_strike(ftblab_simulated *world, const ftblab_fault_plan *plan, int node); /* a fault of interfaces */
/* All interfaces behind the switch NAME fail, or return as PLAN says. */
void ftblab_ports_strike_switch(ftblab_simulated *world, const ftblab_fault_plan *plan, const char *name);
void ftblab_ports_corrupted(void *argument, int64_t value, double date); /* as ftblab_launch_config.corrupted */
void ftblab_ports_timed_out(void *argument, int64_t value, double date); /* as ftblab_launch_config.timed_out */
int ftblab_interface_count_service(ftblab_component *self, int node);
const char *ftblab_interface_name_service(ftblab_component *self, int node, int interface);
int ftblab_interface_index_service(ftblab_component *self, int node, const char *name, size_t length);
bool ftblab_interface_active_service(ftblab_component *self, int node, int interface);
bool ftblab_interfaces_active_service(ftblab_component *self);
void ftblab_interface_check_service(ftblab_component *self, int node, int interface);
void ftblab_job_interface_service(ftblab_component *self, int job, int node, int interface, bool use);

/* ---- network.c ------------------------------------------------------------------------------------------ */
ftblab_status ftblab_network_of_backplane(const ftblab_simulated *world, ftblab_error *err); /* as the scenario says */
ftblab_status ftblab_network_check(ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err);
void ftblab_network_strike(ftblab_simulated *world, const ftblab_fault_plan *plan); /* links and switches */
void ftblab_network_free(ftblab_simulated *world);

/* ---- disks.c ---------------------------------------------------------------------------------------------- */
ftblab_status ftblab_disks_check(const ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err);
void ftblab_disks_strike(ftblab_simulated *world, const ftblab_fault_plan *plan, int node); /* a fault of a disk */

/* ---- unreachable.c -------------------------------------------------------------------------------------- */
void ftblab_unreachable_configure(const ftblab_simulated *world, ftblab_launch_config *config); /* what MPI's are */

ftblab_job_record *ftblab_job_record_of(ftblab_component *self, int job);
ftblab_launch *ftblab_launch_of(const ftblab_job_record *record); /* the current one; NULL: none yet */
/* JOB_STARTED or JOB_ENDED with the job's ranks on the nodes that have them. Returns the record's number. */
uint64_t ftblab_job_fact(ftblab_job_record *record, const char *event, const char *note);

/* ---- checkpoint.c ------------------------------------------------------------------------------------- */
ftblab_call ftblab_operation_stopped;                  /* a launch stands still; the argument is the world */
void ftblab_operation_drop(ftblab_job_record *record); /* the job ends: nobody is told */
void ftblab_answers_free(ftblab_job_record *record);
/* Some of NODE's are the job's, and have ranks or are to have them. */
bool ftblab_job_has_place_on(const ftblab_job_record *record, int node);
void ftblab_restart_launched(ftblab_job_record *record); /* a launch that is held reads the checkpoint and starts */
void ftblab_job_roll_back_service(ftblab_component *self, int job);
void ftblab_operations_node_died(ftblab_simulated *world, int node);
void ftblab_job_checkpoint_service(ftblab_component *self, int job);
void ftblab_job_save_service(ftblab_component *self, int job);
void ftblab_job_suspend_service(ftblab_component *self, int job);
void ftblab_job_grant_service(ftblab_component *self, int job, const int *nodes, int count);
void ftblab_job_resume_service(ftblab_component *self, int job);
void ftblab_job_migrate_service(ftblab_component *self, int job, int from, int to);
void ftblab_job_release_service(ftblab_component *self, int job, int node);

/* ---- images.c ----------------------------------------------------------------------------------------- */
/* Room for the images of the ranks that the operation has chosen. False: the operation has ended, or no memory. */
bool ftblab_images_reserve(ftblab_job_record *record);
void ftblab_images_drop(ftblab_job_record *record, ftblab_image_set *set);
/* SET's images become its own, so that they may be changed. False: no memory. */
bool ftblab_images_own(ftblab_job_record *record, ftblab_image_set *set);
/* SET gets a place for the image of each rank, and no image yet. False: no memory. */
bool ftblab_images_none(ftblab_job_record *record, ftblab_image_set *set);
/* What was worked out of the job's checkpoints and restarts. */
void ftblab_images_forget_copies(ftblab_job_record *record);
/* The copies by which the ranks read the images of the operation, but for those that are files. NULL: no memory. */
ftblab_copy_list *ftblab_images_reads(ftblab_job_record *record);
/* The node that reads RANK's image: its own, or for a hole that of the next rank, which has its part from then on. */
int ftblab_image_reader(const ftblab_job_record *record, int rank);
/* The node that IMAGE is read from: its holder, or the buddy if that is down; -1: there is none. */
int ftblab_image_source(const ftblab_job_record *record, const ftblab_image *image);
bool ftblab_images_within_reach(const ftblab_job_record *record, const ftblab_image_set *set);
/* The newest set of images that is within reach; the other if none is. */
const ftblab_image_set *ftblab_images_to_read(const ftblab_job_record *record);

/* What units.c needs of checkpoint.c. ASKER: who is told how it went; NULL: all components of the job. */
void ftblab_checkpoint_begin(ftblab_job_record *record, ftblab_component *asker, bool to_near);
void ftblab_resume_begin(ftblab_job_record *record, ftblab_component *asker);
/* An operation of KIND that has not begun fails: all components of the job are told WHY. */
void ftblab_operation_refuse(ftblab_job_record *record, ftblab_operation_kind kind, const char *why);

/* What stages.c needs of it. WHY is NULL if all went well. */
const char *ftblab_migration_is_impossible(const ftblab_job_record *record, int from, int to);
void ftblab_operation_begin(ftblab_component *self, ftblab_job_record *record, ftblab_operation_kind kind);
bool ftblab_operation_choose_ranks(ftblab_job_record *record, int node);
bool ftblab_operation_tell_images(ftblab_job_record *record, bool restart, bool over);
void ftblab_operation_ranks_moved(ftblab_job_record *record); /* from operation.from to operation.to */
void ftblab_operation_end(ftblab_job_record *record, const char *why);
/* OVER: that is all; else only what is new of single ranks is told. */
void ftblab_operation_answer(ftblab_job_record *record, const ftblab_operation *operation, bool over, const char *why);

/* ---- hold.c ------------------------------------------------------------------------------------------- */
void ftblab_hold_look(ftblab_job_record *record); /* do the ranks stand still as wanted? */
void ftblab_job_hold_service(ftblab_component *self, int job);
void ftblab_job_go_service(ftblab_component *self, int job);
int ftblab_job_progress_service(ftblab_component *self, int job);
void ftblab_job_drop_images_service(ftblab_component *self, int job);

/* ---- stages.c ----------------------------------------------------------------------------------------- */
void ftblab_job_stage_service(ftblab_component *self, int job, ftblab_stage stage, int from, int to);
void ftblab_stage_checkpoint(ftblab_job_record *record); /* all ranks stand still */
void ftblab_stage_cancel_copies(ftblab_job_record *record);
void ftblab_stage_fails(ftblab_job_record *record); /* whatever ends it: the ranks that are not through have failed */
bool ftblab_stage_has_restarted(const ftblab_job_record *record, int rank); /* on the new node; others have not yet */
bool ftblab_stage_needs(const ftblab_job_record *record, int node);

/* ---- predictor.c -------------------------------------------------------------------------------------- */
void ftblab_predictor_schedule(ftblab_simulated *world);
void ftblab_predict(ftblab_simulated *world, int node); /* tell who listens that NODE will fail; not if it is down */

/* ---- faults.c --------------------------------------------------------------------------------------------- */
ftblab_status ftblab_faults_new(ftblab_simulated *world, ftblab_error *err);
void ftblab_faults_schedule(ftblab_simulated *world);
void ftblab_faults_watch(void *argument, const ftblab_record *record); /* ftblab_record_watcher of the world */
void ftblab_faults_on_node(void *argument, int node, bool up);         /* ftblab_node_listener of the world */
void ftblab_faults_free(ftblab_simulated *world);
/* Is there on each of its nodes what PLAN strikes? */
ftblab_status ftblab_faults_check(ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err);
void ftblab_faults_strike(ftblab_simulated *world, const ftblab_fault_plan *plan); /* each of its nodes, now */

/* ---- drawn.c ------------------------------------------------------------------------------------------------ */
ftblab_status ftblab_drawn_new(ftblab_simulated *world, ftblab_error *err);
void ftblab_drawn_schedule(ftblab_simulated *world);
void ftblab_drawn_summarise(const ftblab_simulated *world, ftblab_text *text);
void ftblab_drawn_free(ftblab_simulated *world);

/* ---- expect.c ----------------------------------------------------------------------------------------------- */

/* What is left of a run when world and engine are gone. */
struct ftblab_simulation {
  const ftblab_scenario *scenario; /* must outlive this */
  double end;
  bool complete;
  uint64_t records;
  double metrics[FTBLAB_METRICS];
  ftblab_text blocked, summary, unmet; /* unmet: what does not depend on the verdict */
};
void ftblab_expect_world(const ftblab_simulated *world, ftblab_simulation *simulation);
void ftblab_summarise(const ftblab_simulated *world, ftblab_simulation *simulation);

#endif
