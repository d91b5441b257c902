/* studies.h - what-if studies: replicas of a scenario over a grid of parameters, their numbers in a SQLite file.
 *
 * A study is a JSON document (study.schema.json). A point is a combination of the factors' values, a replica a run of a
 * point with a seed of its own; the seed depends on the replica alone, so that points are compared on the same draws.
 * Points and replicas count from 0 here and from 1 in everything that a user sees.
 *
 * What must hold: the rows of a study depend on the study, the scenario, the platforms and the version alone, not on
 * how many replicas run at once nor on how often the study was interrupted. Nothing here prints; processes are forked
 * and end inside the functions that start them. docs/studies.md describes the file. */
#ifndef FTBLAB_STUDIES_H
#define FTBLAB_STUDIES_H

#include <signal.h>

#include "sim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a study ------------------------------------------------------------------------------------- */

typedef struct ftblab_study ftblab_study;
/* Read the study PATH and its scenario, whose path counts from the study's folder. FTBLAB_EINPUT: what is wrong. */
ftblab_status ftblab_study_read(const char *path, ftblab_study **study, ftblab_error *err);
void ftblab_study_free(ftblab_study *study);
const char *ftblab_study_title(const ftblab_study *study);

/* ---- a share of a study ----------------------------------------------------------------------------- */

/* Share INDEX of COUNT, from 1; 1 of 1 is the whole. */
typedef struct ftblab_share {
  uint64_t index, count;
} ftblab_share;
ftblab_status ftblab_share_read(const char *text, ftblab_share *share, ftblab_error *err); /* "I/N"; FTBLAB_EUSAGE */
/* The share that srun, mpirun or mpiexec gave this process, by its environment; 1 of 1 without them. */
ftblab_status ftblab_share_of_launcher(ftblab_share *share, ftblab_error *err);

/* ---- running it --------------------------------------------------------------------------------------- */

typedef struct ftblab_study_progress {
  uint64_t done, total; /* replicas of this share; TOTAL grows where a point turns out to need more */
  uint64_t started;     /* those of DONE that were there at the start */
  uint64_t violating, broken;
} ftblab_study_progress;

typedef struct ftblab_study_options {
  const char *folder;  /* made if it is not there */
  const char *version; /* of the program */
  ftblab_share share;
  size_t jobs;                       /* replicas at once */
  bool resume;                       /* go on with what FOLDER holds; without it FOLDER must not hold a study */
  double time_limit;                 /* seconds after which a replica is taken for blocked */
  const volatile sig_atomic_t *stop; /* not 0: end as soon as possible; what is done is saved */
  void (*progress)(void *argument, const ftblab_study_progress *progress); /* or NULL; a few times a second */
  void *argument;
} ftblab_study_options;

/* PROGRESS as it was at the end, *STOPPED: not all was done. FTBLAB_EUSAGE: FOLDER holds a study, or is in use;
 * FTBLAB_EINPUT: the study is wrong, or not the one in FOLDER. Whatever comes back, the rows that were made are
 * saved. */
ftblab_status ftblab_study_run(const ftblab_study *study, const ftblab_study_options *options,
                               ftblab_study_progress *progress, bool *stopped, ftblab_error *err);

/* Hand STUDY to Slurm: an array of TASKS jobs that each do their share with JOBS replicas at once (0: as many as the
 * job has processors), and a job that merges the shares in FOLDER. Append the numbers of the jobs, a line each. */
typedef struct ftblab_submission {
  const char *program, *study, *folder, *time_limit; /* TIME_LIMIT: as given, or NULL */
  size_t tasks, jobs;
} ftblab_submission;
ftblab_status ftblab_study_submit(const ftblab_submission *submission, ftblab_text *said, ftblab_error *err);

/* ---- what came out ------------------------------------------------------------------------------------- */

/* Join what is in FOLDERS, or in the folders shard-* of each, into FOLDER. What FOLDER has already stays: to merge
 * again changes nothing. FTBLAB_EINPUT: they are of different studies or versions, or contradict each other. */
ftblab_status ftblab_study_merge(const char *folder, const char *const *folders, size_t count, ftblab_error *err);

/* What sums up a sample. Of an empty one all but the count is NAN, of a single value the interval. */
typedef struct ftblab_summary {
  size_t count;
  double mean, median, p10, p90;
  double low, high; /* the 95 % interval of the mean */
} ftblab_summary;

typedef enum ftblab_summary_format {
  FTBLAB_SUMMARY_TEXT,
  FTBLAB_SUMMARY_JSON,
  FTBLAB_SUMMARY_CSV
} ftblab_summary_format;
#define FTBLAB_SUMMARY_FORMATS "text|json|csv" /* their names, in this order */
/* Write the summary of what is in FOLDER: for each point and metric mean, median, tenth and ninetieth percentile, the
 * 95 % interval of the mean and the count. Memory does not grow with the points. Whether the writing went well is for
 * the owner of STREAM to ask. */
ftblab_status ftblab_study_summary(const char *folder, ftblab_summary_format format, FILE *stream, ftblab_error *err);

/* ---- what came out, to be shown (results.c, rerun.c) ------------------------------------------------------ */

/* The results in a folder, read by somebody who does not write them. Nothing is kept in memory of points and replicas:
 * each question is put to the file. */
typedef struct ftblab_results ftblab_results;
ftblab_status ftblab_results_open(const char *folder, ftblab_results **results, ftblab_error *err);
void ftblab_results_close(ftblab_results *results);

/* Strings belong to the results. */
typedef struct ftblab_results_about {
  const char *folder, *title, *description;
  const char *file, *text;          /* the study's, without its folder */
  const char *scenario;             /* the scenario's file, without its folder */
  const char *version, *identity;   /* of the program; of study and scenario */
  const char *share;                /* "1/1": the whole */
  uint64_t seed, points, most_each; /* MOST_EACH: replicas of a point, at most */
  bool by_rule;                     /* as many as a rule asks for */
  size_t factors;
} ftblab_results_about;
ftblab_results_about ftblab_results_tell(const ftblab_results *results);

const char *ftblab_results_factor(const ftblab_results *results, size_t factor, const char **key, size_t *levels);
const cJSON *ftblab_results_level(const ftblab_results *results, size_t factor, size_t level);
size_t ftblab_results_level_at(const ftblab_results *results, uint64_t point, size_t factor);
/* How many nodes the job of POINT has; 0: the scenario has several jobs, or does not say. */
double ftblab_results_job_nodes(ftblab_results *results, uint64_t point);

typedef struct ftblab_result_point {
  uint64_t point;
  bool finished;
  uint64_t replicas, conforms, violates, undecided, broken; /* BROKEN: did not run to their end */
  const ftblab_summary *metrics;                            /* one for each of the table */
} ftblab_result_point;
typedef ftblab_status ftblab_result_sink(void *argument, const ftblab_result_point *point, ftblab_error *err);
/* Call TAKE for each point, ascending. */
ftblab_status ftblab_results_points(ftblab_results *results, ftblab_result_sink *take, void *argument,
                                    ftblab_error *err);

typedef struct ftblab_result_replica {
  uint64_t point, replica, seed;
  const char *status, *verdict, *reason; /* "" for none */
} ftblab_result_replica;
/* Call TAKE for the first MOST replicas that violate or did not run to their end, by point and replica. */
ftblab_status ftblab_results_faulty(ftblab_results *results, size_t most,
                                    void (*take)(void *argument, const ftblab_result_replica *replica), void *argument,
                                    ftblab_error *err);

/* A replica that stands for others, and its value of a metric (NAN: it has none). */
typedef struct ftblab_result_pick {
  bool found;
  uint64_t replica, seed;
  double value;
} ftblab_result_pick;
/* Of those of POINT that ran to their end the one whose METRIC is nearest to MEDIAN, and the one where it is largest;
 * one that has no value is worse than any. */
ftblab_status ftblab_results_pick(ftblab_results *results, uint64_t point, size_t metric, double median,
                                  ftblab_result_pick *middle, ftblab_result_pick *worst, ftblab_error *err);

/* Run a replica again, in a process of its own, and write its facts and throws to STREAM as a trace. FTBLAB_EINPUT: it
 * cannot be run again, or comes out as another one, and why. */
ftblab_status ftblab_results_rerun(ftblab_results *results, uint64_t point, uint64_t replica, const ftblab_spec *spec,
                                   FILE *stream, ftblab_error *err);

/* A replica to be run again. */
typedef struct ftblab_replay {
  ftblab_scenario *scenario; /* with the point's values and the replica's seed */
  char *version;             /* that made the row */
  bool has_digest;           /* the replica ran to its end */
  uint64_t digest;           /* of its trace: the text of the header, then the records */
} ftblab_replay;
/* NAME: "FOLDER:POINT.REPLICA". FTBLAB_EINPUT: there is no such replica, or its platform has changed. */
ftblab_status ftblab_replay_open(const char *name, ftblab_replay **replay, ftblab_error *err);
void ftblab_replay_free(ftblab_replay *replay);

/* FNV-1a, 64 bits, of one piece after another. */
#define FTBLAB_DIGEST_START UINT64_C(14695981039346656037)
uint64_t ftblab_digest(uint64_t digest, const char *bytes, size_t count);

/* The digest of a trace: of the header's text, and of all that ftblab_record_write writes of each record but notes of
 * components. What it is made of has a number, which a study's file tells: digests of other numbers cannot be
 * compared. */
#define FTBLAB_DIGEST_KIND "3"
#define FTBLAB_DIGEST_FRAMES 256 /* chosen: a simulation has some dozens */
typedef struct ftblab_trace_digest {
  uint64_t value;
  uint64_t constants[FTBLAB_DIGEST_FRAMES]; /* of records by frame; 0: not worked out yet */
} ftblab_trace_digest;
ftblab_status ftblab_digest_begin(ftblab_trace_digest *digest, const ftblab_trace_header *header, ftblab_error *err);
void ftblab_digest_record(ftblab_trace_digest *digest, const ftblab_record *record); /* records of one reader */

#ifdef __cplusplus
}
#endif
#endif
