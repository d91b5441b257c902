/* mpi_interfaces.h - what the MPI runtime of a job does about interfaces (B.5, B.6). Private to components/. */
#ifndef FTBLAB_MPI_INTERFACES_H
#define FTBLAB_MPI_INTERFACES_H

#include "interface_set.h"

typedef struct ftblab_corrupting_node ftblab_corrupting_node;

/* Starts as {0}. */
typedef struct ftblab_mpi_interfaces {
  int notice;     /* corrupted messages of a node until it is worth an event */
  double recheck; /* seconds */
  int timer_tag;  /* of its timers; their value is for ftblab_mpi_interfaces_timer */
  ftblab_interface_set set;
  bool *down, *told;             /* by place: it is not used; and somebody has said that it failed */
  ftblab_corrupting_node *nodes; /* by node */
} ftblab_mpi_interfaces;

ftblab_status ftblab_mpi_interfaces_init(ftblab_mpi_interfaces *interfaces, ftblab_component *self, ftblab_error *err);
/* Whoever looks at SET and DOWN by himself says so before; else nothing is kept until an interface is heard of. */
ftblab_status ftblab_mpi_interfaces_keep(ftblab_mpi_interfaces *interfaces, ftblab_component *self, ftblab_error *err);
void ftblab_mpi_interfaces_free(ftblab_mpi_interfaces *interfaces);

void ftblab_mpi_interfaces_failed(ftblab_mpi_interfaces *interfaces, ftblab_component *self,
                                  const ftblab_delivery *event);
void ftblab_mpi_interfaces_restored(ftblab_mpi_interfaces *interfaces, ftblab_component *self,
                                    const ftblab_delivery *event);
/* True: it is news. TELL: MPI_MESSAGE_CORRUPTION is thrown for it. */
bool ftblab_mpi_interfaces_corruption(ftblab_mpi_interfaces *interfaces, ftblab_component *self, int node, bool tell);
void ftblab_mpi_interfaces_time_outs(ftblab_mpi_interfaces *interfaces, ftblab_component *self, int node);
void ftblab_mpi_interfaces_timer(ftblab_mpi_interfaces *interfaces, int64_t value);

#endif
