/* store.h - the SQLite file of a study. Private to studies/; docs/studies.md describes its tables.
 *
 * One writer at a time (a lock on a file beside it, which ends with the process). Rows are added in transactions: a
 * reader sees what was committed last, and a writer that is killed loses what it had not committed. */
#ifndef FTBLAB_STORE_H
#define FTBLAB_STORE_H

#include "statistics.h"
#include "study.h"

typedef struct ftblab_store ftblab_store;

typedef enum ftblab_fate {
  FTBLAB_FATE_DONE,    /* ran to its end and was judged */
  FTBLAB_FATE_FAILED,  /* the simulation said that it failed */
  FTBLAB_FATE_CRASHED, /* its process ended otherwise */
  FTBLAB_FATE_BLOCKED  /* it took longer than the time limit */
} ftblab_fate;

typedef struct ftblab_row {
  uint64_t point, replica, seed;
  ftblab_fate fate;
  ftblab_verdict_kind verdict; /* if done */
  uint64_t unmet, digest;      /* if done: expectations of the scenario, bytes of the trace */
  const double *metrics;       /* if done; as the table of metrics */
  const char *reason;          /* the first violation, or why it is not done; "" for none */
} ftblab_row;

typedef enum ftblab_store_use { FTBLAB_STORE_READ, FTBLAB_STORE_WRITE } ftblab_store_use;

/* Open the store in FOLDER. READ: FTBLAB_EINPUT if there is none. WRITE: FOLDER and file are made if they are not
 * there; FTBLAB_EUSAGE if another process writes there. */
ftblab_status ftblab_store_open(const char *folder, ftblab_store_use use, ftblab_store **store, ftblab_error *err);
void ftblab_store_close(ftblab_store *store); /* what was not committed is gone */
bool ftblab_store_has_study(const ftblab_store *store);
bool ftblab_store_has_rows(const ftblab_store *store); /* of replicas */
const char *ftblab_store_folder(const ftblab_store *store);

/* Make the tables and the rows of the points, instead of those of a study without rows. SHARE is told as text, "1/1".
 * Nothing is there for others before it is committed. */
ftblab_status ftblab_store_create(ftblab_store *store, const ftblab_study *study, const char *version,
                                  const char *share, ftblab_error *err);
/* A value of the table study: "version", "identity", "share", ... The caller frees *TEXT. FTBLAB_EINPUT: none such. */
ftblab_status ftblab_store_value(ftblab_store *store, const char *key, char **text, ftblab_error *err);
/* FTBLAB_EINPUT: its digests of traces cannot be compared with those that this program makes. */
ftblab_status ftblab_store_check_digest(ftblab_store *store, ftblab_error *err);
/* The study that the store is of. */
ftblab_status ftblab_store_study(ftblab_store *store, ftblab_study **study, ftblab_error *err);

/* Remember what the bytes of a platform are, or FTBLAB_EINPUT: they were others before. */
ftblab_status ftblab_store_platform(ftblab_store *store, const char *path, ftblab_error *err);
/* FTBLAB_EINPUT: a platform of the study is not what it was. */
ftblab_status ftblab_store_check_platforms(ftblab_store *store, ftblab_error *err);

ftblab_status ftblab_store_add(ftblab_store *store, const ftblab_row *row, ftblab_error *err);
/* Make what was added last. A reader that is in the way is waited for only if MUST; else it is tried again later. */
ftblab_status ftblab_store_commit(ftblab_store *store, bool must, ftblab_error *err);

/* Call TAKE for each replica of POINT that is there, ascending. */
ftblab_status ftblab_store_replicas(ftblab_store *store, uint64_t point, void (*take)(void *argument, uint64_t replica),
                                    void *argument, ftblab_error *err);
/* The values of metrics FIRST up to FIRST + COUNT of the replicas below LIMIT of POINT, NAN where there is none; for
 * each replica COUNT values in *VALUES, which the caller frees. */
ftblab_status ftblab_store_metrics(ftblab_store *store, uint64_t point, uint64_t limit, size_t first, size_t count,
                                   double **values, size_t *rows, ftblab_error *err);

/* How the replicas of a point ended. */
typedef struct ftblab_counts {
  uint64_t replicas, conforms, violates, undecided, broken;
} ftblab_counts;
ftblab_status ftblab_store_count(ftblab_store *store, uint64_t point, ftblab_counts *counts, ftblab_error *err);

/* All replicas of POINT are there: write its summary, from what is there. */
ftblab_status ftblab_store_finish(ftblab_store *store, uint64_t point, ftblab_error *err);
/* Call TAKE for each point, with what is known if it is finished. */
typedef ftblab_status ftblab_point_sink(void *argument, uint64_t point, bool finished, const ftblab_counts *counts,
                                        ftblab_error *err);
ftblab_status ftblab_store_points(ftblab_store *store, ftblab_point_sink *take, void *argument, ftblab_error *err);
/* The summaries of a point, one for each metric; of a finished point as they were written, else computed. */
ftblab_status ftblab_store_summaries(ftblab_store *store, uint64_t point, bool finished, ftblab_summary *summaries,
                                     ftblab_error *err);

ftblab_status ftblab_store_first_violating(ftblab_store *store, uint64_t *point, uint64_t *replica, bool *found,
                                           ftblab_error *err);
/* See ftblab_results_faulty() and ftblab_results_pick(). */
ftblab_status ftblab_store_faulty(ftblab_store *store, size_t most,
                                  void (*take)(void *argument, const ftblab_result_replica *replica), void *argument,
                                  ftblab_error *err);
ftblab_status ftblab_store_pick(ftblab_store *store, uint64_t point, size_t metric, double median,
                                ftblab_result_pick *middle, ftblab_result_pick *worst, ftblab_error *err);
/* For replays. */
ftblab_status ftblab_store_replica(ftblab_store *store, uint64_t point, uint64_t replica, uint64_t *seed, bool *done,
                                   uint64_t *digest, ftblab_error *err);
/* Copy the replicas of the store in FOLDER that are not here yet. FTBLAB_EINPUT: a replica that is here is another
 * there. */
ftblab_status ftblab_store_copy(ftblab_store *store, const char *folder, ftblab_error *err);

#endif
