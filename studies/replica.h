/* replica.h - one replica, and how its result travels from process to process. Private to studies/. */
#ifndef FTBLAB_REPLICA_H
#define FTBLAB_REPLICA_H

#include "store.h"

typedef struct ftblab_task {
  uint64_t point, replica;
} ftblab_task;

/* What became of a task. Followed by the metrics, and by reason_length bytes. Between processes of one program on one
 * machine: as it is in memory. */
typedef struct ftblab_result {
  ftblab_task task;
  uint64_t seed, unmet, digest;
  int32_t refused; /* the scenario does not fit its platform, or the platform is wrong: no replica will do */
  int32_t fate, verdict;
  uint32_t reason_length;
} ftblab_result;

/* Append the message that says RESULT. METRICS: NULL if it is not done. */
void ftblab_result_write(const ftblab_result *result, const double *metrics, const char *reason, ftblab_text *message);
/* The length of the message that BYTES begin with; 0: more bytes are needed to tell, or it is not whole yet. */
size_t ftblab_result_whole(const char *bytes, size_t count);
/* A whole message as a row, which points into it. METRICS: room for all metrics. True: it was refused. */
bool ftblab_result_read(const char *bytes, double *metrics, char reason[1600], ftblab_row *row);

/* Run and judge the scenario with its seed; append the message. Once in a process. */
void ftblab_replica_run(const ftblab_cluster *cluster, const ftblab_scenario *scenario, const ftblab_spec *spec,
                        ftblab_task task, ftblab_text *message);

#endif
