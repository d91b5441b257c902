/* reading.h - a log while it is read. Private to dialects/. */
#ifndef FTBLAB_READING_H
#define FTBLAB_READING_H

#include "parts.h"

typedef struct reading {
  const ftblab_dialect *dialect;
  const ftblab_log_options *options;
  ftblab_logs *logs;
  const char *name;
  size_t file; /* its number in LOGS */
  ftblab_log_counts *counts;
  ftblab_error *err;
  log_text text;
  bool *taken; /* by line: an earlier line took it along */
  matcher matcher;
  clock_state clock;
  tables *tables;
  ftblab_numbering *numbering; /* or NULL */
  bool goes_on;                /* with the log before, which left what it remembered */
  pool pool;
  columns columns;
  ftblab_slice *fields;
  uint64_t line;    /* the number of the line that is read */
  int64_t t;        /* of the line that is read */
  bool timed;       /* any line up to here had a time */
  size_t emitted;   /* records of the line that is read */
  ftblab_text said; /* for --explain: what became of it */
} reading;

/* emit.c: what a rule does with a line. */
ftblab_status ftblab_reading_apply(reading *r, const rule *by);
/* Do the numbers of the lines say that some are lost before this one? Then that is a fact of the recorder. */
ftblab_status ftblab_reading_number(reading *r);
bool ftblab_conditions_hold(reading *r, const condition *conditions, size_t count, bool *holds);
scope ftblab_reading_scope(reading *r);
/* The moment that TEXT is by one of the dialect's formats. */
bool ftblab_reading_time(reading *r, const char *text, size_t length, int64_t *t);

#endif
