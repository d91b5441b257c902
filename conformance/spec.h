/* spec.h - the standard in memory, as the loader (spec_load.c) leaves it for the checker and the renderers.
 * Private to conformance/. Everything is owned by the ftblab_spec and never changes after loading. */
#ifndef FTBLAB_SPEC_H
#define FTBLAB_SPEC_H

#include "conformance.h"

#define FTBLAB_MAX_ROLES 64     /* roles are bits of a uint64_t */
#define FTBLAB_MAX_WORKFLOWS 64 /* chosen ones are bits of a uint64_t */
#define FTBLAB_MAX_ROWS 64      /* rows of a workflow are bits of a uint64_t */
#define FTBLAB_MAX_PROMISES 64  /* events that matter later are bits of a uint64_t */
#define FTBLAB_NONE (-1)

typedef enum ftblab_channel { FTBLAB_CHANNEL_ANY, FTBLAB_CHANNEL_RELIABLE, FTBLAB_CHANNEL_UNRELIABLE } ftblab_channel;
typedef enum ftblab_event_kind { FTBLAB_TYPE_ANY, FTBLAB_TYPE_NORMAL, FTBLAB_TYPE_RESPONSE } ftblab_event_kind;
typedef enum ftblab_command { FTBLAB_NO_COMMAND, FTBLAB_COMMAND_CHECK, FTBLAB_COMMAND_DO } ftblab_command;

/* An erratum: what is wrong in the document at this place, and how it is read. */
typedef struct ftblab_erratum {
  const char *id; /* short, stable: "A1" */
  const char *text;
} ftblab_erratum;

typedef struct ftblab_role {
  const char *name;           /* as the tables print it: "RM/JS" */
  const char *normalised;     /* ftblab_spec_role's form: lower case, letters, digits and '*' only */
  const char *plays;          /* name of the role it stands in for ("MPI*" plays "RM/JS"), or NULL */
  const char *const *aliases; /* other names, normalised: "ftbib" of the IB Fault Monitor */
  size_t alias_count;
} ftblab_role;

typedef struct ftblab_key {
  int key; /* index into spec->keys */
  bool optional;
} ftblab_key;

/* What an event may carry, as its appendix lists it: an ORTE error code, a type of resource. */
typedef struct ftblab_code {
  const char *code, *text; /* text: "" if the document gives none */
} ftblab_code;

typedef struct ftblab_event {
  const char *name;            /* canonical: "CHECK_NODES_DEAD" */
  const char *printed;         /* as section 2 or the tables print it: "CHECK NODES DEAD", "Resume Job Cmd" */
  const char *source;          /* "002 section 2.1 #1", "002 Appendix B.5" */
  const char *section;         /* "2.1", "B.5", ...: what spec list groups by */
  const char *text;            /* the document's sentences on it */
  const char *payload_printed; /* "nodes: {N+}", or NULL: the document gives none */
  bool in_section_2;
  bool in_appendix;                          /* of the standard; else of another source document, or a fact */
  bool is_fact;                              /* ground truth, which no component throws */
  bool may_be_fact;                          /* ground truth, which a component may throw as well */
  uint64_t thrown_by, caught_by;             /* section 2's columns, as printed (bits: role indices) */
  uint64_t table_thrown_by, table_caught_by; /* what rows of workflow tables need in addition (computed) */
  bool caught_by_any;                        /* "can be caught by any component" */
  uint64_t registered_by;                    /* roles of any registration table (computed) */
  int promise; /* that it was thrown of a job matters later: which of such events it is, or FTBLAB_NONE (computed) */
  ftblab_channel channel;
  ftblab_event_kind type;
  ftblab_command command;
  const char *severity; /* or NULL: the document gives none */
  bool possible;        /* Appendix A, tables 2 and 3: "likely to be supported in future" */
  const char *const *spaces;
  size_t space_count; /* event spaces of the libraries that throw it: "ftb.mpi.openmpi"; none: not said */
  const ftblab_code *codes;
  size_t code_count;
  int nearest; /* of an event outside section 2: section 2's event for the same; FTBLAB_NONE: there is none */
  const ftblab_key *payload;
  size_t payload_count; /* as section 2 prints it */
  /* the keys the tables' params need (computed); a pair "node x,q" needs either snode and dnode, or nodes */
  const int *table_keys;
  size_t table_key_count;
  const int *responses;
  size_t response_count; /* events that answer it */
  const char *const *aliases;
  size_t alias_count; /* as printed elsewhere: "Check Problem Node" */
  const ftblab_erratum *errata;
  size_t erratum_count;
} ftblab_event;

/* One variable of a row's params. "node x" is {nodes, x, ONE}; "node *" {nodes, -, WILD}; "iface p-q" {ifaces,
 * p-q, WHOLE} (the set itself; a later "iface p" must be a member); "rank n-m" {ranks, ranks, WHOLE};
 * "node x,q" is two terms, {snode, x, ONE} and {dnode, q, ONE}, which may also be written nodes: {x, q}. */
typedef enum ftblab_term_kind { FTBLAB_TERM_ONE, FTBLAB_TERM_WHOLE, FTBLAB_TERM_WILD } ftblab_term_kind;
typedef struct ftblab_term {
  ftblab_term_kind kind;
  int key;      /* index into spec->keys */
  int variable; /* index into spec->variables; FTBLAB_NONE for WILD */
  /* for "p": the variable "p-q" whose set it must be in, if that is bound in the workflow; else FTBLAB_NONE */
  int member_of;
} ftblab_term;
#define FTBLAB_MAX_TERMS 6

typedef struct ftblab_row {
  const char *step;     /* "2(a)" */
  int number;           /* 2 */
  int component;        /* role index */
  ftblab_action action; /* THROW or CATCH */
  int event;            /* index into spec->events */
  const char *printed;  /* the event as the table prints it: "Check Problem Node" */
  const char *params;   /* as printed: "node x: job z" */
  const char *text;     /* action text, lines joined with '\n' */
  int phase;
  ftblab_term terms[FTBLAB_MAX_TERMS];
  size_t term_count;
  bool optional; /* may be absent */
  int unless;    /* the command after which it may be absent; FTBLAB_NONE */
  int choice;    /* 0: none; else the number of the choice it belongs to, from 1 within the workflow */
  int branch;    /* which branch of that choice, from 1: of a choice one branch takes place, the others do not */
  int each;      /* the variable over whose set it is quantified: it takes place once for each; or FTBLAB_NONE */
  const char *choice_name, *branch_name; /* NULL: none */
  const char *basis;                     /* derived: the sentence the row rests on; else NULL */
  const ftblab_erratum *errata;
  size_t erratum_count;
} ftblab_row;

/* An external occurrence, printed as a line of its own before row `before`: it opens phase `phase`. */
typedef struct ftblab_occurrence {
  int before; /* row index */
  int phase;
  const char *text; /* lines joined with '\n' */
} ftblab_occurrence;

typedef struct ftblab_registration {
  int component, event;
  const char *printed, *params;
  const ftblab_erratum *errata;
  size_t erratum_count;
} ftblab_registration;

/* A section of Appendix B ("B.1"): its registration table and its workflows. */
typedef struct ftblab_family {
  const char *id, *title, *source, *text;
  const char *document; /* of another source than the standard: its name; else NULL */
  const char *amends;   /* the family whose other workflows it shares: "B.3" of the earlier summary's; or NULL */
  const ftblab_registration *registrations;
  size_t registration_count;
  const ftblab_erratum *errata;
  size_t erratum_count; /* what concerns the family as a whole */
} ftblab_family;

typedef struct ftblab_workflow {
  const char *id, *title, *origin /* "table" or "derived" */, *source, *text;
  const char *basis; /* derived: the sentence it rests on; else NULL */
  bool by_name;      /* judged only when it is named (--workflow) */
  int promise;       /* event: asked only of jobs that threw it before; or FTBLAB_NONE */
  int family;        /* index into spec->families */
  const ftblab_row *rows;
  size_t row_count;
  const ftblab_occurrence *occurrences;
  size_t occurrence_count;
  int phase_count;
  uint64_t before[FTBLAB_MAX_ROWS];        /* causal order, transitively closed: rows that must come before row r */
  uint64_t strict_before[FTBLAB_MAX_ROWS]; /* --order strict */
  bool needs_job;     /* B.1.2 ...: the trigger is a node, interface or job with a job on it (a row binds z) */
  int tells_of_job;   /* with needs_job: the event whose throw names z first (RM_JOBS_DEAD) */
  bool needs_no_job;  /* B.1.1: no job on the node */
  bool needs_any_job; /* E.2: no row names the job, but some MPI must be there to hear */
  uint64_t
      gone_with_job; /* rows of later phases that nobody is left for when the job has ended: they name it, or mpirun's
                             are they. Not in a phase that begins with the job itself (a suspended one is resumed). */
  const ftblab_erratum *errata;
  size_t erratum_count;
} ftblab_workflow;

struct ftblab_spec {
  const ftblab_role *roles;
  size_t role_count;
  const char *const *keys;
  size_t key_count; /* payload keys: "nodes", "jobs", ... */
  const char *const *variables;
  size_t variable_count; /* "x", "q", "z", "p", "p-q", "ranks", "r", "processes" */
  const ftblab_event *events;
  size_t event_count;
  const ftblab_family *families;
  size_t family_count;
  const ftblab_workflow *workflows;
  size_t workflow_count; /* in the order of the documents, derived ones last */
  const ftblab_erratum *errata;
  size_t erratum_count;                    /* what concerns the catalogue as a whole */
  const struct ftblab_spelling *spellings; /* of events, as the catalogue has them; a table of this many places */
  size_t spelling_room;                    /* a power of two; 0: there is no table */
  void *memory;                            /* what owns all of the above; the loader's */
};

/* A name as it is nearly always written, so that it need not be compared with all events; a place in a hash table. */
typedef struct ftblab_spelling {
  const char *name; /* NULL: free */
  size_t length;
  int event;
} ftblab_spelling;
/* The place of NAME in the table, or the free one where it belongs. */
size_t ftblab_spec_spelling(const ftblab_spelling *spellings, size_t room, const char *name, size_t length);

/* Look-ups; FTBLAB_NONE: unknown. */
/* name or any alias; without case, spaces, punctuation other than '*' */
int ftblab_spec_role(const ftblab_spec *spec, const char *name, size_t length);
/* canonical name or any alias; upper case, runs of others as '_' */
int ftblab_spec_event(const ftblab_spec *spec, const char *name, size_t length);
int ftblab_spec_workflow(const ftblab_spec *spec, const char *id, size_t length);
int ftblab_spec_row(const ftblab_workflow *workflow, const char *step, size_t length);
int ftblab_spec_key(const ftblab_spec *spec, const char *key, size_t length);
/* Do the rows belong to different branches of one choice, so that they never take place together? */
bool ftblab_rows_exclude(const ftblab_row *a, const ftblab_row *b);
/* The causal order, transitively reduced: rows that must come before ROW with none between them (bits). */
uint64_t ftblab_rows_directly_before(const ftblab_workflow *workflow, size_t row);

#endif
