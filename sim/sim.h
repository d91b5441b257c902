/* sim.h - run a scenario: components on a simulated cluster, faults, a trace.
 *
 * A run is a function of scenario, platform, seed and version: the same bytes every time. One simulation a process
 * (SimGrid's clock and platform are process-wide). Nothing here prints or exits. */
#ifndef FTBLAB_SIM_H
#define FTBLAB_SIM_H

#include "conformance.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ftblab_scenario ftblab_scenario;

/* What the command line may change. All optional (zero or NULL). */
typedef struct ftblab_scenario_changes {
  bool has_seed;
  uint64_t seed;
  const char *platform;        /* another platform file */
  const char *const *settings; /* "KEY=VALUE", KEY a path as of ftblab_json_set */
  size_t setting_count;
  const char *const *origins; /* where each setting comes from, for messages; NULL: all from "--set" */
} ftblab_scenario_changes;

/* Read and validate PATH (with CHANGES applied, may be NULL). FTBLAB_EINPUT: "FILE:LINE:COLUMN: $.path: reason";
 * FTBLAB_EUSAGE: a setting that is not KEY=VALUE. Platform paths are relative to the scenario file, that of CHANGES
 * to the working folder. What needs the platform (do the nodes exist?) is checked by ftblab_simulate before time
 * starts. */
ftblab_status ftblab_scenario_read(const char *path, const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                   ftblab_error *err);
/* The same of a scenario whose TEXT is there already; PATH is where it stood, for messages and platform paths. */
ftblab_status ftblab_scenario_parse(const char *text, size_t length, const char *path,
                                    const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                    ftblab_error *err);
void ftblab_scenario_free(ftblab_scenario *scenario);
void ftblab_scenario_set_seed(ftblab_scenario *scenario, uint64_t seed); /* as if the changes had said so */
const char *ftblab_scenario_platform(const ftblab_scenario *scenario);   /* path of the file, as to be opened */
const char *ftblab_scenario_title(const ftblab_scenario *scenario);
uint64_t ftblab_scenario_seed(const ftblab_scenario *scenario);
/* Append the ids of the workflows that the trace is judged by, "B.3.3,S2.3-ckpt"; nothing: the scenario names none, and
 * it is judged as any trace. FTBLAB_EINPUT: one that there is not, with its place. */
ftblab_status ftblab_scenario_workflows(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_text *ids,
                                        ftblab_error *err);
/* Append the JSON schema of a scenario, the parameters of roles and application kinds included, with its newline. */
ftblab_status ftblab_scenario_schema(ftblab_text *text, ftblab_error *err);

/* What a platform file says of a machine. 0: nothing. */
typedef struct ftblab_survey {
  size_t nodes;       /* for jobs */
  double memory;      /* bytes of a node: its host property "memory", as 64GB; the mean of all */
  double mtbf;        /* seconds, of a node: "mtbf", as 5y; such that the rates of all add up to that of the machine */
  double write, read; /* bytes a second of the disks of nodes that take no jobs, the servers of a file system */
} ftblab_survey;
/* Loads the platform, so no simulation can follow in the process. FTBLAB_EINPUT: no such file, bad XML, a property that
 * is no size or no time, or that only some nodes have. */
ftblab_status ftblab_platform_survey(const char *path, ftblab_survey *survey, ftblab_error *err);
/* The same of JOB (NULL: the first) of SCENARIO and the storage that it writes to; of a near level as well. */
typedef struct ftblab_job_survey {
  ftblab_survey machine; /* its nodes; MEMORY is that of its images; MTBF is 0: see LAW */
  const char *law;       /* of failures of a node, as written in the scenario, which it lives as long as; NULL: none */
  double near_checkpoint, near_restart; /* seconds; 0: no near level, or its bandwidth is not said */
} ftblab_job_survey;
ftblab_status ftblab_scenario_survey(const ftblab_scenario *scenario, const char *job, ftblab_job_survey *survey,
                                     ftblab_error *err);

/* Called with each record of the trace, in order; what RECORD points to lives until the sink returns. record->line
 * counts from 2: the trace begins with the line of ftblab_simulation_header. FTBLAB_OK goes on, anything else ends
 * the run with it. The component of facts is "Simulation". */
typedef ftblab_status ftblab_record_sink(void *argument, const ftblab_record *record, ftblab_error *err);

typedef struct ftblab_simulation ftblab_simulation; /* what came out; the scenario must outlive it */

ftblab_status ftblab_simulate(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_record_sink *sink,
                              void *argument, ftblab_simulation **simulation, ftblab_error *err);
void ftblab_simulation_free(ftblab_simulation *simulation);

/* A platform that was loaded once for many runs: the process that has it forks, and each child runs one scenario on it.
 * A run comes out as with ftblab_simulate, byte for byte, but for the notes of components, which are left out: nobody
 * judges by them, and to write them takes longer than to write the rest of a record. */
typedef struct ftblab_cluster ftblab_cluster;
/* Append what tells clusters apart: scenarios with the same key can share one. */
void ftblab_scenario_cluster(const ftblab_scenario *scenario, ftblab_text *key);
/* Once in a process, which may not simulate itself but in its children. */
ftblab_status ftblab_cluster_load(const ftblab_scenario *scenario, ftblab_cluster **cluster, ftblab_error *err);
void ftblab_cluster_free(ftblab_cluster *cluster);
/* Once in a process, which ends soon after: CLUSTER is used up, and what the run has built stays. SCENARIO: one with
 * the key of the one that it was loaded for. If ftblab_scenario_again says so it may be called again and again. */
ftblab_status ftblab_simulate_on(const ftblab_cluster *cluster, const ftblab_scenario *scenario,
                                 const ftblab_spec *spec, ftblab_record_sink *sink, void *argument,
                                 ftblab_simulation **simulation, ftblab_error *err);
/* Nothing but the control plane is simulated, which leaves no traces in the process. */
bool ftblab_scenario_again(const ftblab_scenario *scenario);
/* Known before the run: source "sim", start boot. */
ftblab_trace_header ftblab_simulation_header(const ftblab_scenario *scenario);
double ftblab_simulation_end(const ftblab_simulation *simulation); /* date of the end, seconds */
/* All was quiet at the end: judge with complete = true. */
bool ftblab_simulation_complete(const ftblab_simulation *simulation);
/* Who waits for what at the end, one per line ("job j1 rank 3 on n5 waits since 12.5 s for the halo of rank 4 on n6
 * (iteration 17)"), "" if nobody is blocked. */
const char *ftblab_simulation_blocked(const ftblab_simulation *simulation);
/* What the scenario expects and did not come, one per line, "" if all was met. VERDICT: of the trace, judged by the
 * scenario's workflows; NULL: by others, so that what it expects of the verdict is not asked. */
ftblab_status ftblab_simulation_expectations(const ftblab_simulation *simulation, const ftblab_verdict *verdict,
                                             ftblab_text *unmet, ftblab_error *err);
/* A short account: jobs and how they ended, faults that fired, messages counted, draws of randomness. Of a run by
 * ftblab_simulate_on there is none: "". */
void ftblab_simulation_summary(const ftblab_simulation *simulation, ftblab_text *text);

/* A number that sums up a run. */
typedef struct ftblab_metric {
  const char *name; /* [a-z][a-z0-9_]* */
  const char *unit; /* "s"; "1": a count or a share */
  const char *doc;  /* half a line */
} ftblab_metric;
const ftblab_metric *ftblab_metric_table(size_t *count);
/* The values of a run, in the order of the table; NAN: the run has no such value. VERDICT: of its trace; NULL: not
 * judged. */
void ftblab_simulation_metrics(const ftblab_simulation *simulation, const ftblab_verdict *verdict, double *values);

#ifdef __cplusplus
}
#endif
#endif
