/* mpi.h - what the parts of the MPI runtime of a job share. Private to components/.
 *
 * mpi.c: nodes that die and return (B.1, B.2). mpi_checkpoint.c: suspension, resumption, migration (B.3, B.4).
 * mpi_status.c: what others want to know of ranks (section 2 of the standard). */
#ifndef FTBLAB_MPI_H
#define FTBLAB_MPI_H

#include "mpi_interfaces.h"
#include "node_set.h"
#include "role.h"

typedef enum ftblab_mpi_operation {
  FTBLAB_MPI_IDLE,
  FTBLAB_MPI_SUSPENDS,
  FTBLAB_MPI_RESUMES,
  FTBLAB_MPI_MIGRATES
} ftblab_mpi_operation;

typedef struct ftblab_mpi {
  ftblab_node_set lost;    /* nodes of the job that are dead */
  ftblab_node_set vacated; /* nodes that ranks have left, and that may come back as a resource */
  ftblab_node_set named;   /* scratch: the nodes of an event */
  int64_t *ranks;          /* scratch: room for every rank of the job */
  bool *marked;            /* scratch: by rank */
  bool announce_alive;
  double probe_timeout; /* seconds */
  /* The operation under way, and the command that it answers. */
  ftblab_mpi_operation under_way;
  uint64_t cause;
  char manager[32]; /* role of whoever gave the command */
  int64_t *moving;  /* the ranks that migrate */
  int moving_count;
  bool suspended;            /* the job was, when MPI looked last */
  ftblab_mpi_operation next; /* a suspension or resumption that was asked for meanwhile */
  uint64_t next_cause;
  /* A check of ranks under way: which are asked for, and the nodes whose answer is awaited. */
  bool *asked;
  ftblab_node_set probed, silent; /* silent: did not answer */
  uint64_t check;
  ftblab_mpi_interfaces interfaces;
} ftblab_mpi;

/* The ranks of the job that are neither lost nor holes, ascending in mpi->ranks; their number. A rank of a node that is
 * back is a hole until the application spawns it. */
int ftblab_living_ranks(ftblab_component *self);

/* ---- mpi_checkpoint.c ---- */
extern const ftblab_interest ftblab_mpi_checkpoint_interests[];
extern const size_t ftblab_mpi_checkpoint_interest_count;
/* The job may have been restarted without MPI being told: then all its ranks live again. */
void ftblab_mpi_look(ftblab_component *self);
void ftblab_mpi_on_checkpoint(ftblab_component *self, int job, bool good, const char *why);
void ftblab_mpi_on_restart(ftblab_component *self, int job, bool good, const char *why);
void ftblab_mpi_on_migrate(ftblab_component *self, int job, int from, int to, bool good, const char *why);

/* ---- mpi_status.c ---- */
extern const ftblab_interest ftblab_mpi_check_interests[], ftblab_mpi_predict_interests[];
extern const size_t ftblab_mpi_check_interest_count, ftblab_mpi_predict_interest_count;
void ftblab_mpi_on_probe(ftblab_component *self, int node, bool answered);
/* Section 2.1: the ranks of NODE are alive again. */
void ftblab_mpi_announce_alive(ftblab_component *self, int node, uint64_t cause);

#endif
