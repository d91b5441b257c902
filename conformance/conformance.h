/* conformance.h - what the standard says, and judging traces against it.
 *
 * The standard is data: an event catalogue (CIFTS FTB document, section 2 and appendices) and workflow
 * tables (Appendix B), compiled into the library. A trace (JSON Lines) is read record by record; a checker
 * takes records and gives a verdict. Nothing here prints, exits or keeps a global: two checkers may run in two
 * threads over one ftblab_spec, which never changes after loading. Everything is freed by its _free(). */
#ifndef FTBLAB_CONFORMANCE_H
#define FTBLAB_CONFORMANCE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A piece of text that belongs to somebody else; data NULL: absent. */
typedef struct ftblab_slice {
  const char *data;
  size_t length;
} ftblab_slice;

/* ---- the standard ------------------------------------------------------------------------------ */

typedef struct ftblab_spec ftblab_spec;
/* The standard as it is built in. FTBLAB_EINTERNAL names the file and place if the built-in data is broken. */
ftblab_status ftblab_spec_load(ftblab_spec **spec, ftblab_error *err);
void ftblab_spec_free(ftblab_spec *spec);

/* Renderings, appended to TEXT; FTBLAB_EUSAGE: no such workflow ID (names the nearest) or event. */
ftblab_status ftblab_spec_list(const ftblab_spec *spec, ftblab_text *text, ftblab_error *err);
ftblab_status ftblab_spec_show(const ftblab_spec *spec, const char *id, ftblab_text *text, ftblab_error *err);
typedef enum ftblab_export {
  FTBLAB_EXPORT_JSON,
  FTBLAB_EXPORT_MARKDOWN,
  FTBLAB_EXPORT_MERMAID,
  FTBLAB_EXPORT_DOT, /* for Graphviz: the causal order */
  FTBLAB_EXPORT_PNML /* ISO/IEC 15909-2: a workflow net */
} ftblab_export;
#define FTBLAB_EXPORTS "json|markdown|mermaid|dot|pnml"       /* their names, in this order */
bool ftblab_export_of(const char *name, ftblab_export *form); /* false: there is no such */
ftblab_status ftblab_spec_export(const ftblab_spec *spec, const char *id, ftblab_export as, ftblab_text *text,
                                 ftblab_error *err);
/* Find by rule what is inconsistent in the documents. *FINDINGS is how many. */
ftblab_status ftblab_spec_lint(const ftblab_spec *spec, bool json, ftblab_text *text, size_t *findings,
                               ftblab_error *err);

/* The name that the catalogue has for an event or a role, which may be written as any of its aliases; NULL: it is none
 * of the standard's. Owned by SPEC. */
const char *ftblab_spec_event_name(const ftblab_spec *spec, ftblab_slice written);
const char *ftblab_spec_role_name(const ftblab_spec *spec, ftblab_slice written);

/* ---- payloads ------------------------------------------------------------------------------------- */

#define FTBLAB_PAYLOAD_LIMIT 368 /* bytes; FTB API 0.5, FTB_MAX_PAYLOAD_DATA */

/* One item of a set: a word, or a range of integers (a single integer is a range of one). */
typedef struct ftblab_item {
  ftblab_slice word;   /* without quotes, escapes resolved; for a range as written */
  bool is_integer;     /* first and last are set */
  int64_t first, last; /* first <= last */
} ftblab_item;

typedef struct ftblab_pair {
  ftblab_slice key;
  size_t first_item, item_count; /* into payload->items */
} ftblab_pair;

/* A parsed payload; starts as {0}, may be parsed into again and again, ftblab_payload_free() ends it.
 * Slices point into the parsed text or into the payload and live until the next parse. */
typedef struct ftblab_payload {
  ftblab_pair *pairs;
  size_t pair_count, pair_capacity;
  ftblab_item *items;
  size_t item_count, item_capacity;
  char *unescaped;
  size_t unescaped_capacity;
  bool angled; /* set by the caller: a value may be a list between < and >, as Appendix D prints it */
} ftblab_payload;

/* Parse "nodes: {n1, n2}, jobs: {j1}". FTBLAB_EINPUT: err says the column and why; PAYLOAD is then empty. */
ftblab_status ftblab_payload_parse(ftblab_payload *payload, const char *text, size_t length, ftblab_error *err);
const ftblab_pair *ftblab_payload_find(const ftblab_payload *payload, const char *key); /* NULL: no such key */
/* Are the words the same, or do the ranges share an integer? */
bool ftblab_items_meet(const ftblab_item *a, const ftblab_item *b);
void ftblab_payload_free(ftblab_payload *payload);

/* Append "KEY: {a, b}" to TEXT (after ", " if TEXT is not empty). Words that need quotes get them. */
void ftblab_payload_add_words(ftblab_text *text, const char *key, const char *const *words, size_t count);
/* The same for integers, sorted and without repeats by the caller, runs written as ranges: "ranks: {0-3, 8}". */
void ftblab_payload_add_numbers(ftblab_text *text, const char *key, const int64_t *numbers, size_t count);
void ftblab_payload_add_range(ftblab_text *text, const char *key, int64_t first, int64_t last); /* "ranks: {0-3}" */

/* ---- traces ---------------------------------------------------------------------------------------- */

typedef enum ftblab_action { FTBLAB_REGISTER, FTBLAB_THROW, FTBLAB_CATCH, FTBLAB_FACT } ftblab_action;
const char *ftblab_action_name(ftblab_action action); /* "register", "throw", "catch", "fact" */

typedef struct ftblab_record {
  int64_t t; /* nanoseconds since the trace's epoch */
  ftblab_action action;
  ftblab_slice component, event;                                              /* always there, as written */
  ftblab_slice instance, host, payload, channel, severity, type, space, note; /* data NULL where absent */
  bool has_seq, has_cause;
  uint64_t seq, cause;
  uint64_t line;  /* in its file, from 1 */
  uint32_t frame; /* 0, or a number of the reader: its records of one number agree in component, event, action, channel,
                     severity, type and space. Set it to 0 where one checker is given records of several readers */
} ftblab_record;

/* A component that the recorder could see, and what of it, by ftblab_action. */
#define FTBLAB_SEEN_COMPONENTS 16
typedef struct ftblab_seen {
  char component[32];
  bool actions[3];
  char throws[512]; /* the events of which a throw could be seen, separated by commas; empty: all */
} ftblab_seen;

typedef struct ftblab_trace_header {
  bool present;
  char source[128];
  bool observes[3]; /* by ftblab_action: REGISTER, THROW, CATCH */
  enum { FTBLAB_START_DEFAULT, FTBLAB_START_BOOT, FTBLAB_START_MID } start;
  int64_t tie;        /* nanoseconds */
  ftblab_slice other; /* keys that the format does not know, as JSON: "\"a\": 1, \"b\": {}"; data NULL: none. The
                         reader's, until it is freed */
  ftblab_seen seen[FTBLAB_SEEN_COMPONENTS];
  size_t seen_count; /* 0: what it observes, it observes of every component */
  bool no_payload;   /* payloads could not be seen, or not whole: a key that is not there is not asked for */
} ftblab_trace_header;

/* Reads a trace from a stream the caller owns. */
typedef struct ftblab_trace_reader ftblab_trace_reader;
ftblab_status ftblab_trace_reader_new(FILE *stream, const char *name, ftblab_trace_reader **reader, ftblab_error *err);
void ftblab_trace_reader_free(ftblab_trace_reader *reader);
/* Before the first record: the stream grows. The end is then only the end for now, and a last line without its newline
 * is left until the newline has come. */
void ftblab_trace_reader_follow(ftblab_trace_reader *reader);
/* The stream grows no more: a last line without its newline is a line, as it is without ftblab_trace_reader_follow. */
void ftblab_trace_reader_end(ftblab_trace_reader *reader);
/* The last line that was read, a bad one too, had no newline. */
bool ftblab_trace_reader_unended(const ftblab_trace_reader *reader);
/* The header; reads as far as it must. Defaults where the trace has none, or where no line has come yet. */
ftblab_status ftblab_trace_reader_header(ftblab_trace_reader *reader, ftblab_trace_header *header, ftblab_error *err);
/* The next record, whose slices live until the next call. *MORE false: the end; a later call asks the stream again
 * whether it has more. FTBLAB_EINPUT: a bad record, "NAME:LINE:COLUMN: reason"; the reader has skipped it, the next
 * call goes on behind it. */
ftblab_status ftblab_trace_reader_next(ftblab_trace_reader *reader, ftblab_record *record, bool *more,
                                       ftblab_error *err);

/* Append RECORD as one line (with its newline), keys in the order of the contract. */
void ftblab_record_write(const ftblab_record *record, ftblab_text *text);
/* HEADER as its line (with newline), written where header->present. */
void ftblab_trace_header_write(const ftblab_trace_header *header, ftblab_text *text);
void ftblab_time_write(int64_t nanoseconds, ftblab_text *text); /* seconds, exact, no trailing zeros: "12.5" */

/* ---- judging ----------------------------------------------------------------------------------------- */

/* Deadlines for rows, and how wrong the clocks of hosts are (docs/outputs.md). SPEC must outlive them. Every deadline
 * is multiplied by SCALE. */
typedef struct ftblab_bounds ftblab_bounds;
ftblab_status ftblab_bounds_read(const ftblab_spec *spec, const char *path, double scale, ftblab_bounds **bounds,
                                 ftblab_error *err);
void ftblab_bounds_free(ftblab_bounds *bounds);

/* Where the records were read that a checker is given, if they are not those of one trace: record N, whose line is N,
 * at at[N - 1]. */
typedef struct ftblab_origin {
  const char *file;
  uint64_t line;
} ftblab_origin;
typedef struct ftblab_places {
  const ftblab_origin *at;
  size_t count;
  bool several; /* files: a line is then named with its file */
} ftblab_places;

#define FTBLAB_LISTED_RECORDS 16384
#define FTBLAB_LISTED_INSTANCES 100
#define FTBLAB_COUNTED_RECORDS 1024 /* measured: with fewer it takes as long to list them */
#define FTBLAB_MOST_OPEN 1000000000
#define FTBLAB_OPEN_LIMIT 4194304 /* chosen: of at most some 350 bytes each, 1.5 GB */
typedef struct ftblab_check_options {
  const char *workflows;       /* ids separated by commas, or NULL for all */
  bool strict_order;           /* --order strict */
  bool complete;               /* --complete: the trace runs until all is quiet */
  const ftblab_bounds *bounds; /* or NULL; must outlive the checker */
  const ftblab_places *places; /* or NULL; must outlive the verdict */
  /* Of a trace of more than FTBLAB_LISTED_RECORDS records, list only instances that violate or are incomplete, and at
   * most FTBLAB_LISTED_INSTANCES of these, and count the others: memory is then bounded by the instances that are open.
   * Without it every instance is listed, and memory grows with the trace. Not with bounds. */
  bool summary;
  /* Of a trace of more than FTBLAB_COUNTED_RECORDS records (with summary: FTBLAB_LISTED_RECORDS) that has no violation,
   * list only what is incomplete, and count what conforms. Any other is judged as without it: the records are kept for
   * that, in few bytes each. Not with bounds. */
  bool counted;
  /* As summary, for a trace that grows: from its first record on, so that ftblab_checker_look can be asked. */
  bool follow;
  /* Of such traces: how many instances may be open at once; 0: FTBLAB_OPEN_LIMIT. Where there are more, the half that
   * has waited longest is judged as it is, and the verdict says so. */
  size_t open_limit; /* at most FTBLAB_MOST_OPEN */
} ftblab_check_options;

typedef struct ftblab_checker ftblab_checker;
/* SPEC must outlive the checker. FTBLAB_EUSAGE: an unknown workflow id. */
ftblab_status ftblab_checker_new(const ftblab_spec *spec, const ftblab_check_options *options,
                                 const ftblab_trace_header *header, ftblab_checker **checker, ftblab_error *err);
void ftblab_checker_free(ftblab_checker *checker);
/* copies what it keeps */
ftblab_status ftblab_checker_add(ftblab_checker *checker, const ftblab_record *record, ftblab_error *err);
void ftblab_checker_count_bad(ftblab_checker *checker); /* a bad record was skipped (--lenient) */
/* as options.complete, where that is known at the end only; before finish */
void ftblab_checker_set_complete(ftblab_checker *checker);

typedef enum ftblab_verdict_kind {
  FTBLAB_CONFORMS,
  FTBLAB_VIOLATES,
  FTBLAB_INCOMPLETE /* of an instance */,
  FTBLAB_UNDECIDED /* of a trace */
} ftblab_verdict_kind;
const char *ftblab_verdict_name(ftblab_verdict_kind kind);

typedef struct ftblab_verdict ftblab_verdict;
/* End of the trace: the verdict. The checker takes no more records afterwards. */
ftblab_status ftblab_checker_finish(ftblab_checker *checker, const char *trace_name, ftblab_verdict **verdict,
                                    ftblab_error *err);
void ftblab_verdict_free(ftblab_verdict *verdict);
/* With options.follow: what is wrong for certain, however the trace goes on, in instances that records were added to
 * since the last look. *VERDICT lists what is wrong with them so far, also what an earlier look had; NULL: nothing. */
ftblab_status ftblab_checker_look(ftblab_checker *checker, const char *trace_name, ftblab_verdict **verdict,
                                  ftblab_error *err);
/* Each finding that is not excused on one line: "TRACE:LINE: RULE: MESSAGE". */
void ftblab_verdict_write_findings(const ftblab_verdict *verdict, ftblab_text *text);
ftblab_verdict_kind ftblab_verdict_of(const ftblab_verdict *verdict);
void ftblab_verdict_write_text(const ftblab_verdict *verdict, bool colour, ftblab_text *text);
/* one object, one line, with newline */
void ftblab_verdict_write_json(const ftblab_verdict *verdict, ftblab_text *text);

/* ---- verdicts of several traces, in one document ---- */

typedef enum ftblab_format {
  FTBLAB_FORMAT_TEXT,
  FTBLAB_FORMAT_JSON,  /* one object a line */
  FTBLAB_FORMAT_JUNIT, /* XML as Jenkins and Surefire have it */
  FTBLAB_FORMAT_TAP,   /* version 14 */
  FTBLAB_FORMAT_SARIF, /* 2.1.0 */
  FTBLAB_FORMAT_GITHUB /* workflow commands that become annotations */
} ftblab_format;
#define FTBLAB_FORMATS "text|json|junit|tap|sarif|github"       /* their names, in this order */
bool ftblab_format_of(const char *name, ftblab_format *format); /* false: there is no such */
void ftblab_verdicts_write(const ftblab_verdict *const *verdicts, size_t count, ftblab_format format, bool colour,
                           ftblab_text *text);
/* The verdict of a trace that could not be read: undecided, for the reason PROBLEM. It is silent in text and JSON.
 * LINE is that of the trace; 0: none. */
ftblab_status ftblab_verdict_unread(const ftblab_spec *spec, const char *trace, const char *problem, uint64_t line,
                                    ftblab_verdict **verdict, ftblab_error *err);
/* A bad record on LINE of the trace (0: none), "FILE:LINE:COLUMN: reason", to be told with the verdict. */
ftblab_status ftblab_verdict_add_problem(ftblab_verdict *verdict, const char *problem, uint64_t line,
                                         ftblab_error *err);
/* Something else that should have been otherwise: a test that fails in the formats for test runners. */
ftblab_status ftblab_verdict_add_note(ftblab_verdict *verdict, const char *note, ftblab_error *err);

/* Failures that are expected (docs/outputs.md). */
typedef struct ftblab_expected ftblab_expected;
ftblab_status ftblab_expected_read(const ftblab_spec *spec, const char *path, ftblab_expected **expected,
                                   ftblab_error *err);
void ftblab_expected_free(ftblab_expected *expected);
/* Mark in the verdicts what was expected on the day TODAY, and what was expected and is not there; their verdicts
 * follow. FTBLAB_EUSAGE: TODAY is no date. */
ftblab_status ftblab_expected_apply(const ftblab_expected *expected, const char *today, ftblab_verdict *const *verdicts,
                                    size_t count, ftblab_error *err);

/* For those who build on verdicts (scenario expectations, reports). Strings live with the verdict. */
size_t ftblab_verdict_instances(const ftblab_verdict *verdict); /* that are listed */
size_t ftblab_verdict_total(const ftblab_verdict *verdict);     /* also those that are only counted */
/* How many of workflow number WORKFLOW, from 0, are only counted. *ID: its id; NULL: there are no more workflows. */
size_t ftblab_verdict_counted(const ftblab_verdict *verdict, size_t workflow, const char **id);
const char *ftblab_verdict_instance_workflow(const ftblab_verdict *verdict, size_t instance);
ftblab_verdict_kind ftblab_verdict_instance_kind(const ftblab_verdict *verdict, size_t instance);
size_t ftblab_verdict_violations(const ftblab_verdict *verdict); /* all of them */
/* The kind ("missing"), step ("4(b)", or NULL) and message of violation I, counted over the whole verdict. */
void ftblab_verdict_violation(const ftblab_verdict *verdict, size_t i, const char **kind, const char **step,
                              const char **message);
/* The rows of an instance: how many, and of row ROW its step ("4(b)") and status ("ok", "missing", "misordered",
 * "pending", "not-begun", "not-observed"). */
size_t ftblab_verdict_instance_rows(const ftblab_verdict *verdict, size_t instance);
void ftblab_verdict_instance_row(const ftblab_verdict *verdict, size_t instance, size_t row, const char **step,
                                 const char **status);
/* The line of the record that satisfies row ROW; 0: none does. */
uint64_t ftblab_verdict_instance_row_line(const ftblab_verdict *verdict, size_t instance, size_t row);
/* Append the row as one name, "2(a) RM/JS catch Check Problem Node", which a net that is exported has as well. */
void ftblab_verdict_instance_row_name(const ftblab_verdict *verdict, size_t instance, size_t row, ftblab_text *text);
/* The variables of an instance: how many, and of BINDING its name ("x") and value ("n5"). */
size_t ftblab_verdict_instance_bindings(const ftblab_verdict *verdict, size_t instance);
void ftblab_verdict_instance_binding(const ftblab_verdict *verdict, size_t instance, size_t binding,
                                     const char **variable, const char **value);
/* The lines of the records that belong to an instance, ascending: those that satisfy its rows and those that are its
 * own beside them. *LINES lives with the verdict. A record may belong to several instances, or to none. */
size_t ftblab_verdict_instance_lines(const ftblab_verdict *verdict, size_t instance, const uint64_t **lines);

/* ---- coverage ------------------------------------------------------------------------------------------ */

/* What of the standard some traces exercised: rows that were satisfied in an instance and blamed for nothing, events
 * that were thrown. Verdicts must be by the same standard; SPEC must outlive the coverage. */
typedef struct ftblab_coverage ftblab_coverage;
ftblab_status ftblab_coverage_new(const ftblab_spec *spec, ftblab_coverage **coverage, ftblab_error *err);
void ftblab_coverage_free(ftblab_coverage *coverage);
void ftblab_coverage_add_record(ftblab_coverage *coverage, const ftblab_record *record);
/* A trace may have several verdicts: by other workflows. */
void ftblab_coverage_add_verdict(ftblab_coverage *coverage, const ftblab_verdict *verdict);
void ftblab_coverage_count_trace(ftblab_coverage *coverage);
/* Is all of PARTS exercised? They are separated by commas: "B", "B.1", "D.1" stand for the rows of these workflows,
 * "section2", "section2.1" for the events of section 2. FTBLAB_EUSAGE: there is no such part. */
ftblab_status ftblab_coverage_meets(const ftblab_coverage *coverage, const char *parts, bool *meets, ftblab_error *err);
/* REQUIRED: parts that are summed up at the end, or NULL. */
void ftblab_coverage_write_text(const ftblab_coverage *coverage, const char *required, ftblab_text *text);
void ftblab_coverage_write_json(const ftblab_coverage *coverage, const char *required, ftblab_text *text);
/* The ids of the workflows that are judged only when they are named, separated by commas. */
void ftblab_spec_by_name(const ftblab_spec *spec, ftblab_text *text);

#ifdef __cplusplus
}
#endif
#endif
