/* parts.h - what a dialect is made of once it is read. Private to dialects/.
 *
 * A value of a dialect is a list of words: "${nodes|hostlist}" may be any number of them. Words live in a pool that is
 * emptied after each line; what must live longer is copied into a table. */
#ifndef FTBLAB_PARTS_H
#define FTBLAB_PARTS_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "dialects.h"

#define NO_FIELD SIZE_MAX

/* ---- pool.c: memory that is given back at once -------------------------------------------------------- */

struct pool_block;
typedef struct pool {
  struct pool_block *blocks;
  bool failed; /* no memory; whoever empties the pool looks */
} pool;
void *ftblab_pool_take(pool *p, size_t size); /* NULL: no memory */
char *ftblab_pool_string(pool *p, const char *bytes, size_t length);
void ftblab_pool_clear(pool *p);
void ftblab_pool_free(pool *p);

/* A list of words, in a pool. */
typedef struct words {
  const char **at;
  size_t count, capacity;
} words;
void ftblab_words_add(pool *p, words *w, const char *word, size_t length);

/* ---- tables.c: what is remembered from line to line ---------------------------------------------------- */

/* Words under words. */
typedef struct tables tables;
tables *ftblab_tables_new(size_t count); /* NULL: no memory */
void ftblab_tables_free(tables *t);
bool ftblab_tables_has(const tables *t, size_t table, const char *key);
void ftblab_tables_get(const tables *t, size_t table, const char *key, pool *p, words *values);
/* False: no memory. */
bool ftblab_tables_add(tables *t, size_t table, const char *key, const words *values, bool replace);
void ftblab_tables_drop(tables *t, size_t table, const char *key);
void ftblab_tables_clear(tables *t, size_t table);

/* ---- hosts.c ------------------------------------------------------------------------------------------- */

/* Each adds to W what the hosts table has for WORD, and nothing if it has nothing. */
void ftblab_hosts_name(const ftblab_hosts *hosts, const char *word, pool *p, words *w);
void ftblab_hosts_rank(const ftblab_hosts *hosts, const char *process, pool *p, words *w);
void ftblab_hosts_ranks(const ftblab_hosts *hosts, const char *host, pool *p, words *w);
void ftblab_hosts_interface(const ftblab_hosts *hosts, const char *guid, pool *p, words *w);

/* ---- hostlist.c ---------------------------------------------------------------------------------------- */

/* Add to W the hosts of a Slurm host list, "node[2-3,07],login". False: it is none (W has then the list as it is). */
bool ftblab_hostlist_expand(const char *list, pool *p, words *w);

/* ---- clock.c: times --------------------------------------------------------------------------------------- */

typedef struct clock_state {
  const ftblab_log_options *options;
  int year;           /* that was read last, or counted up at New Year */
  int64_t last;       /* the last time read */
  bool any, yearless; /* a time was read; one had no year */
} clock_state;
/* Read TEXT by FORMAT (docs/dialects.md lists its letters). */
bool ftblab_clock_read(clock_state *clock, const char *format, const char *text, size_t length, int64_t *nanoseconds);
/* NULL, or what is wrong with FORMAT. */
const char *ftblab_clock_check(const char *format);

/* ---- template.c ------------------------------------------------------------------------------------------ */

typedef struct template template;
/* What templates stand on. */
typedef struct scope {
  const ftblab_dialect *dialect;
  const ftblab_hosts *hosts;
  tables *tables;
  const ftblab_slice *fields; /* by number; data NULL: absent */
  pool *pool;
} scope;
/* The text of T if it is the same for every line; NULL: it is not, or T is NULL. */
const char *ftblab_template_constant(const template *t);
/* Add to W the words that T stands for. */
void ftblab_template_words(const template *t, const scope *s, words *w);

/* ---- the dialect ----------------------------------------------------------------------------------------- */

typedef struct pattern {
  pcre2_code *code;
  size_t *fields; /* by number of the group: the field that it fills in, or NO_FIELD */
  uint32_t groups;
} pattern;

typedef struct condition {
  const template *value;
  const pattern *is; /* NULL: there must be a word */
  bool negated;
} condition;

typedef enum step_kind { STEP_RECORD, STEP_PUT, STEP_ADD, STEP_DROP, STEP_CLEAR } step_kind;

typedef struct payload_key {
  const char *key;
  const template *value;
  bool optional; /* the record is there without it as well */
} payload_key;

typedef enum part_of_record {
  PART_COMPONENT,
  PART_INSTANCE,
  PART_HOST,
  PART_EVENT,
  PART_PAYLOAD, /* as it is, instead of keys */
  PART_CHANNEL,
  PART_SEVERITY,
  PART_TYPE,
  PART_SPACE,
  PART_NOTE,
  PART_ACTION,
  PART_SEQ,
  PART_CAUSE,
  PART_T,
  PART_COUNT
} part_of_record;
extern const char *const ftblab_part_names[PART_COUNT];

typedef struct step {
  step_kind kind;
  condition *conditions;
  size_t condition_count;
  const template *parts[PART_COUNT]; /* NULL: not said */
  payload_key *keys;
  size_t key_count;
  size_t table;
  const template *key, *value; /* of a table */
} step;

typedef struct field_pattern {
  size_t field;
  const pattern *pattern;
} field_pattern;

/* A field that is put together from others. */
typedef struct derived_field {
  size_t field;
  const template *value;
} derived_field;

typedef struct rule {
  const char *name;
  field_pattern *patterns; /* all must match */
  size_t pattern_count;
  derived_field *derived; /* once the patterns match, before the conditions */
  size_t derived_count;
  size_t lines; /* that the first pattern may reach over */
  int order;    /* among lines of one time: the lower first */
  condition *conditions;
  size_t condition_count;
  const char *ignore; /* why such lines are left out, or NULL */
  const char *repeat; /* what it is if no record comes of it, or NULL */
  step *steps;
  size_t step_count;
} rule;

typedef struct map_entry {
  const pattern *pattern;
  const char *value;
} map_entry;

typedef struct map {
  const char *name;
  map_entry *entries;
  size_t count;
} map;

typedef enum dialect_form { FORM_TEXT, FORM_PAIRS, FORM_CSV, FORM_JSONL } dialect_form;

/* Who numbers lines: a number that was passed over is a line that was lost. */
typedef struct numbered {
  const template *source, *number; /* NULL: nobody does */
  int bits;
  condition *conditions;
  size_t condition_count;
} numbered;

struct ftblab_dialect {
  ftblab_json *documents[8]; /* it, and those it extends */
  size_t document_count;
  pool pool; /* of everything below */
  const char *name, *title;
  dialect_form form;
  ftblab_trace_header header;
  ftblab_names *fields, *tables;
  pcre2_code **compiled; /* to be freed */
  size_t compiled_count, compiled_capacity;
  const pattern **strips; /* what is cut out of each line */
  size_t strip_count;
  const pattern **heads; /* what may stand before a record: its groups are fields, the rest is the text */
  size_t head_count;
  const char **formats; /* of the field "time" */
  size_t format_count;
  map *maps;
  size_t map_count;
  rule *rules;
  size_t rule_count;
  size_t line_field, time_field;
  const template *time; /* of a row */
  numbered numbers;
  int64_t tick;             /* nanoseconds: lines that are no further apart are of one time */
  bool sorts;               /* its lines are in no order of time */
  bool rotates;             /* a log may go on with the one before */
  ftblab_slice time_column; /* of objects: the member that the time is read from, or data NULL */
};

/* ---- load.c, steps.c ------------------------------------------------------------------------------------- */

/* A dialect on its way in: where an error is. */
typedef struct loader {
  ftblab_dialect *dialect;
  const ftblab_json *document;
  ftblab_error *err;
} loader;
ftblab_status ftblab_compile(loader *l, const cJSON *node, const pattern **compiled);
ftblab_status ftblab_template_read(loader *l, const cJSON *node, const template **compiled);
ftblab_status ftblab_steps_read(loader *l, const cJSON *node, rule *r);
ftblab_status ftblab_conditions_read(loader *l, const cJSON *node, condition **conditions, size_t *count);
size_t ftblab_table_number(loader *l, const char *name); /* FTBLAB_NO_NAME: no memory */
ftblab_status ftblab_dialect_new(ftblab_dialect **dialect, ftblab_error *err);
/* Does the document fit the schema? FTBLAB_EINPUT: where it does not. */
ftblab_status ftblab_dialect_valid(const ftblab_json *json, ftblab_error *err);
/* From a document that fits the schema and extends nothing; takes it over. */
ftblab_status ftblab_dialect_from(ftblab_json *json, ftblab_dialect **dialect, ftblab_error *err);

/* ---- shipped.c ------------------------------------------------------------------------------------------ */

/* The document of the dialect, built in or from a file. *EXISTS false: neither. */
ftblab_status ftblab_shipped_parse(const char *name, bool *exists, ftblab_json **json, ftblab_error *err);
const char *ftblab_shipped_nearest(const char *name); /* or NULL */

/* ---- lines.c: a log as lines ------------------------------------------------------------------------------ */

typedef struct log_line {
  const char *data; /* without its end, without what the dialect strips; NUL behind it */
  size_t length;
  uint64_t number; /* in the file, from 1 */
  bool timed;      /* it has a time of its own */
  int64_t t;
  size_t text; /* where the text behind its head begins */
  int order;
} log_line;

typedef struct log_text {
  char *data;
  log_line *lines;
  size_t count, capacity;
} log_text;
/* Take the text of STREAM apart. Starts as {0}. */
ftblab_status ftblab_log_text_read(log_text *text, const ftblab_dialect *dialect, FILE *stream, const char *name,
                                   ftblab_error *err);
void ftblab_log_text_free(log_text *text);

/* Match P at the beginning of SUBJECT at least (patterns say themselves how much); fills FIELDS in. *MATCHED is how far
 * it reached, counted from SUBJECT. FTBLAB_EINPUT: it took too long. */
typedef struct matcher {
  pcre2_match_data *data;
  pcre2_match_context *context;
} matcher;
ftblab_status ftblab_matcher_new(matcher *m, ftblab_error *err);
void ftblab_matcher_free(matcher *m);
ftblab_status ftblab_match(matcher *m, const pattern *p, const char *subject, size_t length, ftblab_slice *fields,
                           bool *found, size_t *start, size_t *end, ftblab_error *err);

/* ---- rows.c: records that have fields already --------------------------------------------------------------- */

/* Fill in FIELDS from LINE by the form of the dialect. COLUMNS: of a table, the fields of its columns, by its head. */
typedef struct columns {
  pool kept;
  size_t *fields;
  size_t count;
  bool read; /* the head was */
} columns;
ftblab_status ftblab_row_read(const ftblab_dialect *dialect, const log_line *line, columns *c, pool *p,
                              ftblab_slice *fields, bool *is_head, const char **reason);

/* ---- logs.c --------------------------------------------------------------------------------------------------- */

/* What a log leaves to the one that goes on with it: of the same dialect, which rotates its logs, and begun when it had
 * ended. */
typedef struct leavings {
  char *name; /* of the dialect. Owned, as are the next two; these are NULL once the log was gone on with */
  tables *tables;
  ftblab_numbering *numbering;
  size_t table_count;
  clock_state clock;
  int64_t last;  /* its latest time */
  int64_t ahead; /* its clock: another clock is another log */
  size_t series; /* of ftblab_logs */
} leavings;
/* Of the last log of the dialect NAME. NULL: there is none. */
leavings *ftblab_logs_leavings(ftblab_logs *logs, const char *name);
/* Keep what the log that was named last leaves, instead of what the one of its dialect before it left. False: no
 * memory; LEFT is then the caller's. */
bool ftblab_logs_leave(ftblab_logs *logs, const leavings *left);
/* The log that was named last goes on with that which left LEFT: what both say was said twice. */
void ftblab_logs_go_on(ftblab_logs *logs, const leavings *left);
/* TIMED: its log says when it was, or the user says when the log began. */
ftblab_status ftblab_logs_keep(ftblab_logs *logs, const ftblab_record *record, bool timed, size_t file, uint64_t line,
                               ftblab_error *err);
ftblab_status ftblab_logs_name(ftblab_logs *logs, const char *name, size_t *file, ftblab_error *err);
/* Log FILE is read: correct its times by what is known of clocks, and sort them if it has no order. */
void ftblab_logs_end_log(ftblab_logs *logs, size_t file, bool sorts, const ftblab_log_options *options);
/* False: no memory. */
bool ftblab_logs_join_header(ftblab_logs *logs, const ftblab_trace_header *header);

#endif
