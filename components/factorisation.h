/* factorisation.h - what an LU factorisation protected by checksum columns costs: work, memory, recovery. Private to
 * components/.
 *
 * A dense matrix of order N is factored in panels of b columns. Before panel k the part that is left has the order m
 * = N - k b, and the panel with its update takes 2 b m^2 floating point operations, 2/3 N^3 for all of them. Its
 * columns are dealt in turn to n nodes, and each group of n columns has t checksum columns, weighted sums of them,
 * which every update keeps correct: the columns of any t nodes can be computed from what is left (Huang and Abraham
 * 1984; Chen and Dongarra 2008; Du, Bouteiller, Bosilca, Herault and Dongarra 2012). Work and memory grow by t/n. */
#ifndef FTBLAB_FACTORISATION_H
#define FTBLAB_FACTORISATION_H

#include "component.h"

typedef struct ftblab_factorisation {
  double order, panel;
  int nodes;                              /* n: that it was begun with */
  int checksums;                          /* t */
  double node_memory;                     /* bytes; 0: enough */
  double node_flops;                      /* operations a second */
  double link_bandwidth, store_bandwidth; /* bytes a second, of a node's link; to the checkpoints: 0: there are none */
  double spawn_time;                      /* seconds to start processes on a new node */
} ftblab_factorisation;

/* Where one stands: PANELS are done, LOST nodes have died since the last recovery, ALIVE have processes. */
typedef struct ftblab_factored {
  int panels, lost, alive;
} ftblab_factored;

ftblab_factorisation ftblab_factorisation_of(const cJSON *parameters, int nodes);
int ftblab_factorisation_panels(const ftblab_factorisation *f);
double ftblab_panel_order(const ftblab_factorisation *f, int panel);   /* m */
double ftblab_panel_flops(const ftblab_factorisation *f, int panel);   /* checksum columns included */
double ftblab_flops_left(const ftblab_factorisation *f, int panel);    /* from PANEL to the end */
double ftblab_factorisation_bytes(const ftblab_factorisation *f);      /* of the matrix and its checksums */
bool ftblab_factorisation_fits(const ftblab_factorisation *f, int on); /* into the memory of so many nodes */

/* Can what is lost be computed from what is left? */
bool ftblab_can_rebuild(const ftblab_factorisation *f, const ftblab_factored *at);
/* Seconds of it on the nodes that are alive and NEW_NODES more: each lost element is a sum over its group, whose
 * parts meet where it goes to, and the update that the failure interrupted is done again. */
double ftblab_rebuild_seconds(const ftblab_factorisation *f, const ftblab_factored *at, int new_nodes);
/* Seconds until the end: new processes start, what is lost is rebuilt, the rest is factored. Below 0: it does not fit
 * into the memory, or cannot be rebuilt. */
double ftblab_recovery_walltime(const ftblab_factorisation *f, const ftblab_factored *at, int new_nodes);
/* Seconds to write matrix and checksums where checkpoints are kept; below 0: nowhere. */
double ftblab_factorisation_save_seconds(const ftblab_factorisation *f, int alive);
/* Rounding errors that a rebuilt element has at worst, in units of the last place: one for each of the n terms of its
 * sum in each of the updates that the sum went through. */
double ftblab_rebuild_error(const ftblab_factorisation *f, const ftblab_factored *at);

#endif
