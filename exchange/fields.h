/* fields.h - what a record is in XES and CSV: values under names, the same in both. Private to exchange/. */
#ifndef FTBLAB_FIELDS_H
#define FTBLAB_FIELDS_H

#include "exchange.h"

typedef enum field {
  FIELD_ACTIVITY, /* "RM/JS catch CHECK_NODES_DEAD" */
  FIELD_TIME,
  FIELD_RESOURCE,   /* "RM/JS/rm0" */
  FIELD_TRANSITION, /* of the life cycle: a record has no duration, so it is always "complete" */
  FIELD_ROW,
  FIELD_LINE,
  FIELD_COMPONENT,
  FIELD_INSTANCE,
  FIELD_HOST,
  FIELD_ACTION,
  FIELD_EVENT,
  FIELD_PAYLOAD,
  FIELD_CHANNEL,
  FIELD_SEVERITY,
  FIELD_TYPE,
  FIELD_SPACE,
  FIELD_SEQ,
  FIELD_CAUSE,
  FIELD_NOTE,
  FIELD_COUNT
} field;
extern const char *const ftblab_field_names[FIELD_COUNT]; /* "concept:name", "time:timestamp", ..., "note" */
field ftblab_field_of(const char *name, size_t length);   /* FIELD_COUNT: none of ours */
#define FTBLAB_HEADER_FIELD "trace:header"                /* the header of the trace, of the log as a whole */

/* A record on its way in or out. Starts as {0}, may be used again and again, ftblab_fields_free() ends it. */
typedef struct fields {
  ftblab_text values[FIELD_COUNT];
  bool present[FIELD_COUNT];
} fields;
void ftblab_fields_clear(fields *f);
void ftblab_fields_free(fields *f);
bool ftblab_fields_failed(const fields *f); /* no memory */
void ftblab_fields_set(fields *f, field at, const char *value, size_t length);
/* Fill in from RECORD; ROW may be NULL. */
void ftblab_fields_from(fields *f, const ftblab_record *record, const char *row);
/* Add to LOG what F says. FTBLAB_EINPUT: what it lacks, at LINE and COLUMN of NAME. */
ftblab_status ftblab_fields_keep(const fields *f, ftblab_log *log, const char *name, size_t line, size_t column,
                                 ftblab_error *err);

/* ---- times.c: nanoseconds since 1970 and ISO 8601 ----------------------------------------------------- */

void ftblab_iso_write(int64_t nanoseconds, ftblab_text *text); /* "1970-01-01T00:00:12.500000000Z" */

/* ---- the forms ---------------------------------------------------------------------------------------- */

void ftblab_xes_write(const ftblab_log *log, const ftblab_cases *cases, ftblab_text *text);
void ftblab_csv_write(const ftblab_log *log, const ftblab_cases *cases, ftblab_text *text);
/* They leave the log as the file has it. */
ftblab_status ftblab_xes_read(ftblab_log *log, FILE *stream, const char *name, ftblab_error *err);
ftblab_status ftblab_csv_read(ftblab_log *log, FILE *stream, const char *name, ftblab_error *err);

#endif
