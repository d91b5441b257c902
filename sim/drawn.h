/* drawn.h - failures that come by a law or from a log: all of them are drawn before time starts. Private to sim/. */
#ifndef FTBLAB_DRAWN_H
#define FTBLAB_DRAWN_H

#include "scenario.h"

typedef struct ftblab_drawn_failure {
  double date, back; /* BACK is INFINITY if what failed never returns */
} ftblab_drawn_failure;

/* One thing that fails: a node, an interface of it, a switch, a link, or a group. */
typedef struct ftblab_drawn_source {
  struct ftblab_simulated *world;
  ftblab_fault_plan plan; /* what happens at each of its failures */
  cJSON *name;            /* of the node that the plan names, if no JSON of the scenario does */
  ftblab_random random;
  ftblab_drawn_failure *failures; /* by date, up to the end of the run */
  size_t count, capacity, fired;
} ftblab_drawn_source;

#endif
