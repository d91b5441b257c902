/* exchange.h - traces for other programs and from them: XES (IEEE 1849-2016) and CSV, as process-mining tools read
 * them.
 *
 * Every field of a record is there under its name, beside what such tools ask for (concept:name, time:timestamp, ...),
 * so that a trace comes back from either form as the same records. docs/exchange.md says what is where. */
#ifndef FTBLAB_EXCHANGE_H
#define FTBLAB_EXCHANGE_H

#include "conformance.h"

typedef enum ftblab_exchange { FTBLAB_XES, FTBLAB_CSV } ftblab_exchange;
#define FTBLAB_EXCHANGES "xes|csv"                                    /* their names, in this order */
bool ftblab_exchange_of(const char *name, ftblab_exchange *exchange); /* false: there is no such */

/* ---- log.c: a trace in memory ------------------------------------------------------------------------- */

/* Starts as {0}, ended by ftblab_log_free(). */
typedef struct ftblab_log {
  ftblab_trace_header header;
  char *other;            /* what header.other points to */
  ftblab_record *records; /* line 0: not known */
  char **texts;           /* what the slices of each record point into */
  size_t *places;         /* where each was read: a line of its file */
  size_t count, capacity;
} ftblab_log;
void ftblab_log_free(ftblab_log *log);
ftblab_status ftblab_log_add(ftblab_log *log, const ftblab_record *record, size_t place,
                             ftblab_error *err); /* copies */
/* The trace on STREAM. A bad record is FTBLAB_EINPUT. */
ftblab_status ftblab_log_read(ftblab_log *log, FILE *stream, const char *name, ftblab_error *err);
/* The header as its line says it; FTBLAB_EINPUT: why not, without a place. */
ftblab_status ftblab_log_take_header(ftblab_log *log, const char *line, size_t length, ftblab_error *err);
/* Into the order of observation: by line where records have one, else by time; a record that is there several times
 * (in several cases) once. FTBLAB_EINPUT: only some have lines, or two records claim one. */
ftblab_status ftblab_log_settle(ftblab_log *log, const char *name, ftblab_error *err);
void ftblab_log_write(const ftblab_log *log, ftblab_text *text); /* as a trace */

/* ---- cases.c: which records belong together ----------------------------------------------------------- */

typedef struct ftblab_case {
  char *name;          /* "B.1.3 x=n5 z=j1", of no other case; "none": of those that are in no instance */
  const char *verdict; /* "conforms"; NULL for "none" */
  size_t *records;     /* indices into the log, ascending */
  char **rows;         /* of each the row that it satisfies, "2(a) RM/JS catch Check Problem Node", or NULL */
  size_t count;
} ftblab_case;

typedef struct ftblab_cases {
  ftblab_case *cases;
  size_t count;
} ftblab_cases;
/* Starts as {0}. VERDICT is that of the log's records. ONLY: leave out the case "none". */
ftblab_status ftblab_cases_find(ftblab_cases *cases, const ftblab_log *log, const ftblab_verdict *verdict, bool only,
                                ftblab_error *err);
void ftblab_cases_free(ftblab_cases *cases);

/* ---- times.c ---------------------------------------------------------------------------------------------- */

/* A time of ISO 8601. Without a zone it is UTC. False: it is no such time, or out of the range of nanoseconds in 64
 * bits. */
bool ftblab_iso_read(const char *string, size_t length, int64_t *nanoseconds);

/* ---- the forms ---------------------------------------------------------------------------------------- */

void ftblab_exchange_write(const ftblab_log *log, const ftblab_cases *cases, ftblab_exchange as, ftblab_text *text);
/* The log in STREAM, settled. FTBLAB_EINPUT: "NAME:LINE:COLUMN: reason". */
ftblab_status ftblab_exchange_read(ftblab_log *log, FILE *stream, const char *name, ftblab_exchange as,
                                   ftblab_error *err);

#endif
