/* mpi.h - what the parts of the MPI runtime of a job share. Private to components/.
 *
 * mpi.c: nodes that die and return (B.1, B.2). mpi_checkpoint.c: suspension, resumption, migration (B.3, B.4).
 * mpi_status.c: what others want to know of ranks (section 2 of the standard). mpi_library.c: errors in the words of
 * one library (Appendices A and C). mpi_ports.c: ports, heard of from FTB-IB (Appendix E). mpi_periodic.c: checkpoints
 * from time to time. */
#ifndef FTBLAB_MPI_H
#define FTBLAB_MPI_H

#include "mpi_interfaces.h"
#include "node_set.h"
#include "role.h"

typedef enum ftblab_mpi_operation {
  FTBLAB_MPI_IDLE,
  FTBLAB_MPI_SUSPENDS,
  FTBLAB_MPI_RESUMES,
  FTBLAB_MPI_MIGRATES,
  FTBLAB_MPI_CHECKPOINTS /* by itself */
} ftblab_mpi_operation;

/* Tags of timers. */
enum { FTBLAB_MPI_TIMER_CORRUPTION, FTBLAB_MPI_TIMER_PERIODIC };

typedef enum ftblab_mpi_library { FTBLAB_MPI_STANDARD, FTBLAB_MPI_OPENMPI, FTBLAB_MPI_MPICH2 } ftblab_mpi_library;

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
  ftblab_mpi_operation next; /* what was asked for meanwhile; a migration only while a periodic checkpoint is taken */
  uint64_t next_cause;
  int next_from, next_to;  /* nodes of that migration */
  uint64_t periodic_timer; /* until the next checkpoint; 0: none runs */
  bool periodic_due;       /* as soon as nothing else is under way */
  /* A check of ranks under way: which are asked for, and the nodes whose answer is awaited. */
  bool *asked;
  ftblab_node_set probed, silent; /* silent: did not answer */
  uint64_t check;
  ftblab_mpi_interfaces interfaces;
  ftblab_mpi_library library;
  bool possible;          /* openmpi: it throws the possible events too */
  ftblab_node_set blamed; /* nodes that errors of the library have named */
  /* Ports, by FTB-IB. */
  bool ftb_ib;
  ftblab_node_set cut_off; /* nodes that ranks are to leave */
  int leaving, spare;      /* the node that ranks are about to leave, the place of the spare in the list; -1: none */
  uint64_t port_event;     /* that they leave for */
  bool asks_spare;         /* its answer is awaited */
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
/* Move the ranks of FROM to TO, which was granted, without a command. False: something else is under way. */
bool ftblab_mpi_move(ftblab_component *self, int from, int to, uint64_t cause);

/* ---- mpi_periodic.c ---- */
void ftblab_mpi_periodic_plan(ftblab_component *self);  /* the job begins to compute, or goes on */
void ftblab_mpi_periodic_due(ftblab_component *self);   /* its timer */
void ftblab_mpi_periodic_go_on(ftblab_component *self); /* nothing else is under way any more */
void ftblab_mpi_periodic_done(ftblab_component *self, bool good, const char *why);

/* ---- mpi_status.c ---- */
extern const ftblab_interest ftblab_mpi_check_interests[], ftblab_mpi_predict_interests[];
extern const size_t ftblab_mpi_check_interest_count, ftblab_mpi_predict_interest_count;
void ftblab_mpi_on_probe(ftblab_component *self, int node, bool answered);
/* Section 2.1: the ranks of NODE are alive again. */
void ftblab_mpi_announce_alive(ftblab_component *self, int node, uint64_t cause);

/* ---- mpi_library.c ---- */
const char *ftblab_mpi_space(const cJSON *parameters);
void ftblab_mpi_library_start(ftblab_component *self);
void ftblab_mpi_on_unreachable(ftblab_component *self, const ftblab_unreachable *trouble);
/* What else the library throws for what MPI does or sees; nothing for the standard one. */
void ftblab_mpi_library_aborts(ftblab_component *self);
void ftblab_mpi_library_failed(ftblab_component *self, const char *why); /* a checkpoint */
void ftblab_mpi_library_corruption(ftblab_component *self, int node);
void ftblab_mpi_library_node(ftblab_component *self, int node, bool alive); /* and its ranks */
void ftblab_mpi_library_moved(ftblab_component *self, int from, int to);
void ftblab_mpi_library_interfaces(ftblab_component *self, const ftblab_delivery *event, bool restored);

/* ---- mpi_ports.c ---- */
extern const ftblab_interest ftblab_mpi_port_interests[];
extern const size_t ftblab_mpi_port_interest_count;
ftblab_status ftblab_mpi_ports_start(ftblab_component *self, ftblab_error *err);
void ftblab_mpi_ports_probed(ftblab_component *self, int node, bool answered);
void ftblab_mpi_ports_moved(ftblab_component *self, int from, int to, bool good);
void ftblab_mpi_ports_go_on(ftblab_component *self); /* nothing else is under way any more */

#endif
