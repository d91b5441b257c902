/* dialects.h - traces from the logs of real software.
 *
 * A dialect is data: a JSON file (data/, held against dialect.schema.json) that says how a record is found in a log,
 * how its time is read, and what the fields of a record are. docs/dialects.md explains it to those who write one. What
 * must hold: every line of a log is accounted for; it became records, was ignored for a reason, repeats something, or
 * is unknown. */
#ifndef FTBLAB_DIALECTS_H
#define FTBLAB_DIALECTS_H

#include "conformance.h"

/* ---- dialects ----------------------------------------------------------------------------------------- */

typedef struct ftblab_dialect ftblab_dialect;
/* A dialect by its name, or from the file that NAME is the path of (a name with a slash or that ends with ".json").
 * FTBLAB_EUSAGE: there is none of that name; FTBLAB_EINPUT: what is wrong with the file, and where. */
ftblab_status ftblab_dialect_load(const char *name, ftblab_dialect **dialect, ftblab_error *err);
/* For a table with a head of column names ("csv"), or objects one a line ("jsonl"). COLUMNS says which column a field
 * is read from, "t=when,component=who,nodes=host"; FTBLAB_EUSAGE: what is wrong with it. */
ftblab_status ftblab_dialect_of_columns(const char *form, const char *columns, ftblab_dialect **dialect,
                                        ftblab_error *err);
void ftblab_dialect_free(ftblab_dialect *dialect);
/* The names that are built in, each with its title, as lines. */
ftblab_status ftblab_dialects_list(ftblab_text *text, ftblab_error *err);
bool ftblab_dialect_is_shipped(const char *name);

/* Who is who, where a log speaks of addresses, process numbers or port GUIDs: {"hosts": [{"host": "node2", ...}]}. */
typedef struct ftblab_hosts ftblab_hosts;
ftblab_status ftblab_hosts_read(const char *path, ftblab_hosts **hosts, ftblab_error *err);
void ftblab_hosts_free(ftblab_hosts *hosts);

/* By how many nanoseconds the clock of a host is ahead. */
typedef struct ftblab_skew {
  const char *host; /* of HOST_LENGTH characters */
  size_t host_length;
  int64_t ahead;
} ftblab_skew;

/* What a log does not say of itself. Starts as {0}; whatever is pointed to must outlive the reading. */
typedef struct ftblab_log_options {
  const ftblab_hosts *hosts; /* or NULL */
  int year;                  /* of times without one; 0: not known */
  int64_t zone;              /* seconds east of UTC, of times without a zone */
  int64_t base;              /* nanoseconds since 1970: when a log began that counts from its start */
  int64_t ahead;             /* nanoseconds: the clock of the whole log is ahead */
  const ftblab_skew *skews;  /* of single hosts, by the field "host" of a record */
  size_t skew_count;
  ftblab_text *explain; /* NULL, or what became of each line is appended here */
} ftblab_log_options;

/* What became of the lines of a log. */
typedef struct ftblab_log_counts {
  uint64_t lines, blank; /* of the file */
  uint64_t used;         /* lines that records came from, or that say something about other lines */
  uint64_t repeats;      /* lines that say again what was known */
  uint64_t ignored;      /* lines that a rule leaves out, and says why */
  uint64_t unknown;      /* lines that no rule takes */
  uint64_t untimed;      /* records whose time is that of a line before them, or none at all */
  uint64_t records;
  uint64_t lost;     /* lines that are not there, by their numbers */
  bool year_missing; /* times have no year, and none was given */
} ftblab_log_counts;

/* ---- logs, put together ------------------------------------------------------------------------------- */

/* One or several logs of the same events. */
typedef struct ftblab_logs ftblab_logs;
ftblab_status ftblab_logs_new(ftblab_logs **logs, ftblab_error *err);
void ftblab_logs_free(ftblab_logs *logs);
/* Read STREAM to its end by DIALECT. NAME is for messages and places. COUNTS may be NULL. */
ftblab_status ftblab_logs_add(ftblab_logs *logs, const ftblab_dialect *dialect, FILE *stream, const char *name,
                              const ftblab_log_options *options, ftblab_log_counts *counts, ftblab_error *err);
/* Add records that are there already, with the header of their trace; they keep their order. LINES: where each was read
 * in NAME. Of OPTIONS only the clocks count. */
ftblab_status ftblab_logs_add_records(ftblab_logs *logs, const char *name, const ftblab_trace_header *header,
                                      const ftblab_record *records, const size_t *lines, size_t count,
                                      const ftblab_log_options *options, ftblab_error *err);
/* Merge by time. A log without times, of which nobody said when it began, stands behind what the others say of its
 * nodes: the same event, else that jobs on them or they themselves are dead, else all. Records of one time keep the
 * order of their logs, and of the logs on the command line. A throw that another log told as well, not more than
 * FTBLAB_SAME_THROW seconds before, is the same one: *FOLDED counts them. Each record then has its number in the whole,
 * from 1, as its line. */
#define FTBLAB_SAME_THROW 60 /* chosen: two observers rarely agree better; the same again later is another one */
ftblab_status ftblab_logs_merge(ftblab_logs *logs, uint64_t *folded, ftblab_error *err);
/* What all of them together could see. */
const ftblab_trace_header *ftblab_logs_header(const ftblab_logs *logs);
size_t ftblab_logs_count(const ftblab_logs *logs);
const ftblab_record *ftblab_logs_record(const ftblab_logs *logs, size_t i); /* lives with LOGS */
/* Where record I was read: *NAME lives with LOGS. */
void ftblab_logs_place(const ftblab_logs *logs, size_t i, const char **name, uint64_t *line);
void ftblab_logs_write(const ftblab_logs *logs, ftblab_text *text); /* as a trace */

#endif
