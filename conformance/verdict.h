/* verdict.h - a verdict in memory, as report.c fills it and the writers print it. Private to conformance/.
 *
 * What explains a finding lives in the verdict's arena; messages and names of unknown events are the finding's own. */
#ifndef FTBLAB_VERDICT_H
#define FTBLAB_VERDICT_H

#include "arena.h"
#include "spec.h"

/* One step of an edit of the trace. Lines are those of the trace as it was judged. */
typedef enum ftblab_operation_kind {
  FTBLAB_ADD,    /* RECORD after LINE (0: at the start) */
  FTBLAB_MOVE,   /* LINE behind line AFTER (0: to the start) */
  FTBLAB_CHANGE, /* of LINE the key KEY to VALUE */
  FTBLAB_REMOVE  /* LINE */
} ftblab_operation_kind;

typedef struct ftblab_operation {
  ftblab_operation_kind kind;
  uint64_t line, after;
  bool ahead;        /* ADD and MOVE: the place is better described as before line BEFORE */
  uint64_t before;   /* the line that it goes ahead of */
  const char *key;   /* static */
  const char *value; /* CHANGE: the new value; ADD: the record as JSON, on one line */
  const char *words; /* ADD: the record in the notation of findings; CHANGE of a payload: what it becomes; or NULL */
} ftblab_operation;

/* One link of the chain from a finding back to the first fault. */
typedef struct ftblab_link {
  uint64_t line;
  const char *text;
} ftblab_link;

typedef struct ftblab_violation {
  const ftblab_places *places; /* where lines are, or NULL */
  const char *kind;            /* static: "missing" */
  const char *step;            /* of the spec, or NULL */
  uint64_t line;               /* 0: none */
  const char *event;           /* of the spec, or the verdict's own */
  bool own_event;
  char *message;
  char *expected; /* or NULL */
  uint64_t cause; /* line; 0: none */
  /* the explanation; each may be NULL or 0 */
  const ftblab_workflow *workflow;
  const ftblab_row *row;
  int event_index;  /* FTBLAB_NONE: unknown */
  const char *rule; /* "B.1.3/4(a)/missing" */
  const char *actual, *allowed, *guard;
  ftblab_link *chain; /* the nearest cause first */
  size_t chain_count;
  ftblab_operation *edit;
  size_t edit_count;
  const char *advice; /* what to do where no edit is known */
  /* an expected failure */
  bool excused;
  const char *reason, *expires; /* of the entry that names it, also if that has expired; or NULL */
} ftblab_violation;

typedef struct ftblab_step_result {
  const char *status; /* static */
  uint64_t line;      /* 0: none */
  int64_t t;
} ftblab_step_result;

typedef struct ftblab_binding_result {
  const char *variable; /* of the spec */
  char *text;
} ftblab_binding_result;

/* A deadline of an instance, and how it was kept. */
typedef struct ftblab_margin {
  const char *step, *after; /* of the row; what it is counted from, "row 3" or "NODE_FAILED" */
  int64_t within, took;     /* nanoseconds; took: until the row, or until the trace ended */
  bool soft, came;          /* came: the row is there */
  uint64_t line;            /* of the row; 0: none */
} ftblab_margin;

typedef struct ftblab_instance_result {
  const ftblab_workflow *workflow;
  const char **also;
  size_t also_count;
  ftblab_binding_result *bindings;
  size_t binding_count;
  ftblab_verdict_kind kind;
  uint64_t first_line, last_line;
  uint64_t judged;       /* records that no instance before it has */
  const uint64_t *lines; /* of its records, ascending; in the arena */
  size_t line_count;
  int phases;
  ftblab_step_result *steps; /* workflow->row_count of them */
  ftblab_violation *violations;
  size_t violation_count, violation_capacity;
  ftblab_margin *margins; /* in the arena */
  size_t margin_count;
} ftblab_instance_result;

/* Instances of a workflow that are counted and not listed. */
typedef struct ftblab_tally {
  uint64_t instances[FTBLAB_UNDECIDED]; /* by kind */
  uint64_t violations, asked;           /* asked: rows and records, as for the fitness (fitness.c) */
} ftblab_tally;
/* An expected failure that did not happen. */
typedef struct ftblab_unexpected_pass {
  const char *rule, *reason;
  struct ftblab_unexpected_pass *next;
} ftblab_unexpected_pass;

/* ---- places.c ---- */

/* A line as text: "12", or "b.log:12" where there are several files. */
typedef struct line_text {
  char text[96];
} line_text;
line_text ftblab_line_text(const ftblab_places *places, uint64_t line);
uint64_t ftblab_line_number(const ftblab_places *places, uint64_t line); /* in its file */
const char *ftblab_line_file(const ftblab_places *places, uint64_t line, const char *trace);
/* The records of IN that stand first and last in their file; of several files those that came first and last. */
void ftblab_line_range(const ftblab_places *places, const ftblab_instance_result *in, uint64_t *first, uint64_t *last);
struct ftblab_verdict;
void ftblab_verdict_set_places(struct ftblab_verdict *verdict, const ftblab_places *places);

/* Something that could not be read. */
typedef struct problem {
  const char *words;
  uint64_t line; /* of the trace; 0: none */
} problem;

struct ftblab_verdict {
  const ftblab_spec *spec;
  const ftblab_places *places; /* where lines are, or NULL */
  arena memory;
  char *trace;
  ftblab_verdict_kind kind;
  struct {
    uint64_t read, judged, ignored, bad, backwards;
  } records;
  uint64_t cut_short; /* instances that were judged as they were, for too many were open */
  ftblab_instance_result *instances;
  size_t instance_count, instance_capacity;
  ftblab_violation *violations; /* of records that belong to no instance */
  size_t violation_count, violation_capacity;
  ftblab_tally *tallies; /* by workflow; NULL: every instance is listed */
  uint64_t unlisted;     /* violations of records that belong to no instance, beyond those listed */
  const char **never;    /* chosen workflows that no instance exercised */
  size_t never_count;
  pointers problems; /* of problem: bad records, and why a trace could not be read */
  bool unread;       /* the trace could not be read at all */
  pointers notes;    /* of const char: what else did not go as was asked for (a scenario's expectations) */
  ftblab_unexpected_pass *passes;
};

/* One more instance, empty; NULL: no memory. */
ftblab_instance_result *ftblab_verdict_add_instance(ftblab_verdict *verdict);
void ftblab_violations_sort(ftblab_violation *list, size_t count); /* by line */
/* Fill in what follows from the rest: workflows of CHOSEN that were never exercised, the kind. False: no memory. */
bool ftblab_verdict_complete(ftblab_verdict *v, uint64_t expected);
bool ftblab_verdict_exercised(const ftblab_verdict *verdict, size_t workflow);        /* an instance of it was found */
size_t ftblab_verdict_count(const ftblab_verdict *verdict, ftblab_verdict_kind kind); /* instances of KIND */
/* False: no memory; the strings of V are then still the caller's. */
bool ftblab_violations_add(ftblab_violation **list, size_t *count, size_t *capacity, const ftblab_violation *v);
/* What TEXT holds, kept in the verdict's arena; empties TEXT. NULL: no memory. */
const char *ftblab_verdict_keep(ftblab_verdict *verdict, ftblab_text *text);
/* Findings that are not excused, of the instance or of the whole. */
size_t ftblab_instance_unexcused(const ftblab_instance_result *in);
size_t ftblab_verdict_unexcused(const ftblab_verdict *verdict);
void ftblab_verdict_judge(ftblab_verdict *verdict); /* sets its kind by what it holds */

/* ---- fitness.c ----------------------------------------------------------------------------------------- */

/* 1 - violations / (rows asked for + records that no row asked for), at least 0; negative: nothing was asked for. */
size_t ftblab_instance_asked(const ftblab_instance_result *in); /* rows and records that the fitness counts */
double ftblab_instance_fitness(const ftblab_instance_result *in);
double ftblab_verdict_fitness(const ftblab_verdict *verdict);

/* ---- verdict_words.c: what several writers say in the same words --------------------------------------- */

/* "4(a) RM/JS Catch Dead Physical Node (node x): Mark node x as (failed)" and "..., Appendix B.1.3, step 4(a)" */
void ftblab_add_requirement(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text);
void ftblab_add_source(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text);
void ftblab_add_edit(const ftblab_violation *v, ftblab_text *text);            /* "add after line 6: ..." */
void ftblab_add_bindings(const ftblab_instance_result *in, ftblab_text *text); /* "x = n5, z = j1" */
bool ftblab_is_kind_of_finding(const char *word, size_t length);
void ftblab_add_meaning(const char *kind, ftblab_text *text); /* what a kind of violation means, a sentence */
/* The character at STRING as text of one line: what is not UTF-8 or a control character becomes U+FFFD. Returns how
 * many bytes it took. */
size_t ftblab_add_character(const char *string, ftblab_text *text);
/* Frees WORDS; if memory lacked for them, it lacked for TEXT. */
void ftblab_end_words(ftblab_text *words, ftblab_text *text);
void ftblab_add_seconds(int64_t nanoseconds, ftblab_text *text); /* "1.25 s" */
/* "row 4(b) came 1.5 s after row 3: 0.5 s earlier than asked for" */
void ftblab_add_margin(const ftblab_margin *m, ftblab_text *text);
/* The whole explanation of V in lines, each at most WIDTH columns if it can be broken: for formats that take prose. */
void ftblab_add_explanation(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text);

/* Every finding of a verdict, instance after instance, those of no instance last. */
typedef struct ftblab_finding {
  const ftblab_instance_result *instance; /* NULL: none */
  const ftblab_violation *violation;
  size_t at, i; /* the walk's own */
} ftblab_finding;
bool ftblab_next_finding(const ftblab_verdict *verdict, ftblab_finding *finding); /* starts as {0} */
/* Where to show it: its line, else its cause's, else the last of its instance; 0: nowhere. */
uint64_t ftblab_line_of(const ftblab_finding *finding);

/* ---- the writers --------------------------------------------------------------------------------------- */

/* Each appends one document about all verdicts. */
void ftblab_write_junit(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text);
void ftblab_write_tap(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text);
void ftblab_write_sarif(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text);
void ftblab_write_github(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text);

/* expected.c: as ftblab_expected_read, of a document that is there already; it is the callee's from now on. */
ftblab_status ftblab_expected_of(const ftblab_spec *spec, ftblab_json *json, ftblab_expected **expected,
                                 ftblab_error *err);

#endif
