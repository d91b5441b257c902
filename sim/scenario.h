/* scenario.h - a scenario as the simulation reads it.
 *
 * Private to sim/. Strings and JSON values point into the scenario's document and live with it. Whatever
 * stands here was validated against the schema; what needs the platform or the catalogue is checked by
 * ftblab_scenario_check before time starts. */
#ifndef FTBLAB_SCENARIO_H
#define FTBLAB_SCENARIO_H

#include "backplane.h"
#include "component.h"
#include "laws.h"
#include "sim.h"

/* The component of facts: what no component threw but the simulation knows. */
#define FTBLAB_SIMULATION "Simulation"

/* Most ranks that may share one core; beyond that the request is taken for a slip of the pen. */
#define FTBLAB_RANKS_PER_CORE 4

/* "The COUNTth record in which COMPONENT does ACTION with EVENT." */
typedef struct ftblab_moment {
  const cJSON *json;     /* its place, for messages */
  const char *component; /* or NULL: any */
  int action;            /* ftblab_action, or -1: any */
  const char *event;     /* as written in the scenario */
  unsigned count;        /* from 1 */
} ftblab_moment;

typedef struct ftblab_job_plan {
  const cJSON *json;
  const char *name;
  const cJSON *nodes; /* a number, or an array of names */
  int ranks_per_node;
  ftblab_job_policy policy;
  bool requeue;
  double walltime; /* that the user asks for; 0: not said */
  double submit;   /* seconds */
  const char *application;
  const cJSON *parameters;   /* of the application, defaults applied */
  double image_bytes;        /* of each rank */
  bool restarts_from_images; /* when it was aborted and is launched again */
  ftblab_respawn respawn;
  bool rolls_back;
  bool answers_predictions;
  ftblab_prediction_policy on_prediction;
  ftblab_checkpoint_rule checkpoints;
} ftblab_job_plan;

typedef struct ftblab_storage_plan {
  const cJSON *json, *servers;            /* NULL: none; SERVERS is NULL if each node keeps its own images */
  double read_bandwidth, write_bandwidth; /* bytes/s; 0: that of the platform's disks */
  double capacity;                        /* bytes; infinite: not said */
  double chunk_bytes;
  const cJSON *metadata; /* node; NULL: images are no files, each is on one server */
  double metadata_time;  /* seconds for a file that is opened */
  double stripe_bytes;
  int stripe_count;
  bool parity, neighbour_copies;
  const cJSON *near; /* a second level, on the nodes themselves; NULL: none */
  bool near_buddy;   /* each image is on another node of the job, too */
  int near_every;    /* every so manieth checkpoint goes to the servers */
  double near_read_bandwidth, near_write_bandwidth, near_capacity;
} ftblab_storage_plan;

typedef enum ftblab_fault_kind {
  FTBLAB_NODE_CRASH,
  FTBLAB_NODE_HANG,
  FTBLAB_MESSAGE_LOSS,
  FTBLAB_INTERFACE_DOWN,
  FTBLAB_INTERFACE_FLAP,
  FTBLAB_INTERFACE_CORRUPT,
  FTBLAB_PREDICTION,
  FTBLAB_ACTION,
  FTBLAB_COMPONENT_CRASH,
  FTBLAB_DISK_CRASH,
  FTBLAB_SWITCH_DOWN,
  FTBLAB_LINK_DOWN
} ftblab_fault_kind;

typedef struct ftblab_fault_plan {
  const cJSON *json;
  ftblab_fault_kind kind;
  const cJSON *nodes;      /* a string or an array of strings; NULL for a lost message */
  const cJSON *interfaces; /* the same, of each of these nodes; NULL: no fault of interfaces */
  const cJSON *switches;   /* the same, of the platform; NULL: no fault of switches */
  const cJSON *links;      /* the same; NULL: no fault of links */
  bool triggered;          /* fires AFTER seconds after `when`; else at AT + AFTER */
  double at, after;
  ftblab_moment when;
  double returns_after, lasts; /* seconds; below 0: never */
  bool answers_probes;
  double period, probability;      /* of flapping, in seconds; of a corrupted message */
  const char *event, *to;          /* or NULL: any */
  const char *role, *action, *job; /* of an action, or of a component that dies; JOB may be NULL */
  unsigned count;
} ftblab_fault_plan;

/* Failures of the same kind of thing by one law, or from one log. */
typedef struct ftblab_failure_plan {
  const cJSON *json;
  const cJSON *nodes, *groups; /* NODES a string or an array; at most one of both; neither: each compute node */
  const cJSON *interfaces;     /* of each node, in its place; or NULL */
  const cJSON *switches;       /* in place of nodes, a string or an array; or NULL */
  const cJSON *links;          /* the same; an element may be an array of those that fail together */
  bool disk;                   /* that of each node, in its place */
  ftblab_law law, repair;      /* FTBLAB_LAW_NONE: it never returns */
  bool is_new;                 /* each starts with the law; else it has been in use for long */
  const cJSON *log;            /* or NULL */
  char *log_path;
  ftblab_columns *columns;
  double log_start; /* seconds behind its first failure */
} ftblab_failure_plan;

/* No more than HARD seconds from one record to another; more than SOFT is worth a word (below 0: no such bound). */
typedef struct ftblab_bound_plan {
  const cJSON *json;
  ftblab_moment from, to;
  double soft, hard;
} ftblab_bound_plan;

struct ftblab_scenario {
  ftblab_json *json;
  char *platform;      /* path of the platform file, as to be opened */
  bool other_platform; /* it is not the one that the scenario names */
  const char *title, *transport;
  uint64_t seed;
  double duration;
  bool until_quiet, energy, control_only;
  const cJSON *nodes, *service; /* of the platform; NULL: not said */
  const cJSON *components, *expect;
  const cJSON *workflows; /* that the trace is judged by; NULL: not said */
  double clock_resolution;
  const char *network; /* of the backplane: "any", "apart" or the name of an interface */
  ftblab_backplane_config backplane;
  ftblab_storage_plan storage;
  bool predicts;
  ftblab_predictor predictor;
  ftblab_job_plan *jobs;
  size_t job_count;
  ftblab_fault_plan *faults;
  size_t fault_count;
  ftblab_failure_plan *failures;
  size_t failure_count;
  ftblab_bound_plan *bounds;
  size_t bound_count;
};

/* The schema with the roles' and applications' parameters in their places. The caller frees *SCHEMA. */
ftblab_status ftblab_scenario_schema_load(ftblab_json **schema, ftblab_error *err);

/* As ftblab_scenario_read, of a document that is there already: JSON is the callee's from now on, PATH is where it
 * stands. */
ftblab_status ftblab_scenario_of(ftblab_json *json, const char *path, const ftblab_scenario_changes *changes,
                                 ftblab_scenario **scenario, ftblab_error *err);

/* recovery.c: what JOB does about failures, as its key "recovery" says, into its plan. */
ftblab_status ftblab_recovery_read(const ftblab_scenario *scenario, ftblab_job_plan *job, ftblab_error *err);

/* A path in a scenario file counts from that file's folder, one on the command line (SCENARIO_PATH is "") from where
 * the user stands. The caller frees it; NULL: no memory. */
char *ftblab_beside(const char *scenario_path, const char *path);

/* One entry of "failures" of the scenario at PATH; to be freed also after an error. */
ftblab_status ftblab_failure_plan_read(const ftblab_scenario *scenario, const cJSON *json, const char *path,
                                       ftblab_failure_plan *plan, ftblab_error *err);
void ftblab_failure_plan_free(ftblab_failure_plan *plan);

/* The parameters of ROLE (defaults applied), or NULL if the scenario leaves the role out. */
const cJSON *ftblab_scenario_role(const ftblab_scenario *scenario, const char *role);

/* The library that MPI plays, also where its component is left out. */
const char *ftblab_scenario_library(const ftblab_scenario *scenario);

/* The kind of the jobs, if they are not launched by RM/JS but by a manager of their own; else NULL. */
const ftblab_application_class *ftblab_scenario_managed(const ftblab_scenario *scenario);

/* Each of NAMES, which is a name, an array of names or NULL: the first, then the one behind NAME; NULL: no more. */
const cJSON *ftblab_scenario_first_name(const cJSON *names);
const cJSON *ftblab_scenario_next_name(const cJSON *names, const cJSON *name);

/* May NODE be given to jobs? Not a service node of the platform, nor the one that the scenario names as such. */
bool ftblab_scenario_is_compute(const ftblab_scenario *scenario, const ftblab_engine *engine, int node);

/* Do the nodes, roles, events and workflows that the scenario names exist, and do the jobs fit the platform?
 * FTBLAB_EINPUT: the first that does not, with its place and the nearest name. CORES tells the cores of a node. */
typedef int ftblab_cores(const ftblab_engine *engine, int node);
ftblab_status ftblab_scenario_check(const ftblab_scenario *scenario, const ftblab_engine *engine,
                                    const ftblab_spec *spec, ftblab_cores *cores, ftblab_error *err);

#endif
