/* bounds.h - deadlines as bounds.c reads them and late.c judges by them. Private to conformance/. */
#ifndef FTBLAB_BOUNDS_H
#define FTBLAB_BOUNDS_H

#include "spec.h"

typedef struct deadline {
  int workflow;    /* index into spec->workflows */
  size_t row;      /* that it is for */
  int after_row;   /* that it is counted from; FTBLAB_NONE: see after_event */
  int after_event; /* the fact that it is counted from; FTBLAB_NONE with no row: all rows that must come before it */
  int64_t within;  /* nanoseconds, scaled */
  bool soft;       /* a warning, no violation */
} deadline;

const deadline *ftblab_bounds_deadlines(const ftblab_bounds *bounds, size_t *count);

/* As ftblab_bounds_read, of a document that is there already; it is not needed afterwards. */
ftblab_status ftblab_bounds_of(const ftblab_spec *spec, const ftblab_json *json, double scale, ftblab_bounds **bounds,
                               ftblab_error *err);

#endif
