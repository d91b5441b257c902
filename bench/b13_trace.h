/* b13_trace.h - traces for the benchmarks: instances of B.1.3, interleaved at random, from a fixed seed. */
#ifndef FTBLAB_BENCH_B13_TRACE_H
#define FTBLAB_BENCH_B13_TRACE_H

#include <stdio.h>

#include "base.h"

typedef struct ftblab_b13_trace {
  bool facts;                  /* with JOB_STARTED, NODE_FAILED and NODE_RETURNED */
  unsigned long records, open; /* how many there are; how many instances are open at a time */
  double broken;               /* which share of the instances lacks a row */
} ftblab_b13_trace;

/* False: no memory, or FILE has an error. */
bool ftblab_b13_write(FILE *file, const ftblab_b13_trace *trace);

#endif
