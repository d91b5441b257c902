/* measure.h - what the benchmarks share: children whose cost is taken, medians, a scratch folder, lines of figures. */
#ifndef FTBLAB_BENCH_MEASURE_H
#define FTBLAB_BENCH_MEASURE_H

#include "base.h"

/* What a child cost. */
typedef struct ftblab_cost {
  bool good;              /* it ended by itself, with an exit code of at most what was allowed */
  double wall, processor; /* seconds */
  double memory;          /* the most it had, bytes */
} ftblab_cost;

/* How to run it. */
typedef struct ftblab_child {
  const char *const *arguments; /* the program first; ends with NULL */
  int worst;                    /* exit code that is still good */
  int input;                    /* descriptor of its standard input; -1: nothing comes */
  unsigned long seconds;        /* of processor time, then it is ended; 0: no limit */
} ftblab_child;

/* Run it without its output. */
ftblab_cost ftblab_run_child(const ftblab_child *child);

double ftblab_clock_now(void);                       /* seconds that have passed, since whenever */
double ftblab_processor_now(void);                   /* seconds of processor time of this process */
double ftblab_median(double *values, size_t count);  /* sorts them; NAN if one of them is */
bool ftblab_scratch_folder(char *path, size_t room); /* makes one; false: errno, and PATH is what could not be made */

typedef enum ftblab_target { FTBLAB_TARGET_MOST, FTBLAB_TARGET_LEAST } ftblab_target;
/* One line of the table: VALUE, and whether it is below TARGET (FTBLAB_TARGET_MOST) or at least TARGET, which is
 * returned. NAN is never what was asked for. */
bool ftblab_print_figure(const char *what, double value, ftblab_target kind, double target, const char *unit);

#endif
