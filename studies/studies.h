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

typedef enum ftblab_summary_format {
  FTBLAB_SUMMARY_TEXT,
  FTBLAB_SUMMARY_JSON,
  FTBLAB_SUMMARY_CSV
} ftblab_summary_format;
#define FTBLAB_SUMMARY_FORMATS "text|json|csv" /* their names, in this order */
/* Append the summary of what is in FOLDER: for each point and metric mean, median, tenth and ninetieth percentile, the
 * 95 % interval of the mean and the count. */
ftblab_status ftblab_study_summary(const char *folder, ftblab_summary_format format, ftblab_text *text,
                                   ftblab_error *err);

/* A replica to be run again. */
typedef struct ftblab_replay {
  ftblab_scenario *scenario; /* with the point's values and the replica's seed */
  char *version;             /* that made the row */
  bool has_digest;           /* the replica ran to its end */
  uint64_t digest;           /* of its trace, the bytes of the file with its header */
} ftblab_replay;
/* NAME: "FOLDER:POINT.REPLICA". FTBLAB_EINPUT: there is no such replica, or its platform has changed. */
ftblab_status ftblab_replay_open(const char *name, ftblab_replay **replay, ftblab_error *err);
void ftblab_replay_free(ftblab_replay *replay);

/* FNV-1a, 64 bits, of one piece after another. */
#define FTBLAB_DIGEST_START UINT64_C(14695981039346656037)
uint64_t ftblab_digest(uint64_t digest, const char *bytes, size_t count);

#ifdef __cplusplus
}
#endif
#endif
