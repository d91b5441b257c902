/* check.h - the parts of the exact checker, which judges a trace when it has all of it. Private to conformance/. The
 * public checker (checker.c) uses it for short traces, and for what is wrong in long ones (stream.h).
 *
 *   entry.c     a record becomes an entry: role, event and values as numbers
 *   groups.c    workflows that begin with the same throw are told apart together, as one group
 *   facts.c     which jobs ran on which node
 *   fault_log.c facts by the values they name
 *   permit.c    who may throw and catch what
 *   branch.c    one binding of an incident, and how well an entry fits it
 *   index.c     entries, branches and incidents by what they are and what they name
 *   incident.c  one trigger with one key: found, begun, begun anew
 *   match.c     entries are dealt to incidents and their branches
 *   (digest.h)  a branch's entries by what they are
 *   align.c     the cheapest reading of a branch's entries as one workflow
 *   settle.c    at the end: the best workflow for each branch, and readings across branches
 *   members.c   records of one member of a set: whose they are
 *   link.c      one incident as the rest of another
 *   adopt.c     an entry of other values as one that a branch lacks
 *   thrown.c    what was thrown, by event and value
 *   report.c    findings in the standard's words
 *   (explain.h) notation.c, explain.c, edit.c and late.c: what stands behind a finding
 *   check.c     the public calls, and section 2's own rules
 *
 * Nothing is freed before the checker: everything is allocated in its arena. */
#ifndef FTBLAB_CHECK_H
#define FTBLAB_CHECK_H

#include "arena.h"
#include "spec.h"

#define MAX_VARIABLES 16
#define MAX_CANDIDATES 32      /* workflows of a group */
#define MAX_ALTERNATIVES 65536 /* readings of one payload: its nodes times its jobs */
#define MAX_ITEMS 65536 /* members a set in a payload may have to be taken apart; of a range in a fact, those read */

/* NUMBER, which is not negative, in decimal, at the end of DIGITS: a set of ranks has one for each, and printf takes
 * several times as long. */
#define DECIMAL_ROOM 20
static inline ftblab_slice ftblab_decimal(int64_t number, char digits[DECIMAL_ROOM])
{
  size_t at = DECIMAL_ROOM;
  for (uint64_t left = (uint64_t)number; at == DECIMAL_ROOM || left > 0; left /= 10)
    digits[--at] = (char)('0' + left % 10);
  return (ftblab_slice){digits + at, DECIMAL_ROOM - at};
}

/* ---- entries ------------------------------------------------------------------------------------- */

int64_t ftblab_bounds_skew(const ftblab_bounds *bounds, ftblab_slice host); /* bounds.c; nanoseconds to subtract */

typedef uint32_t value; /* a word of a payload, or a whole set, as a number; 0: none */

typedef struct entry_key {
  int key;       /* index into spec->keys */
  value whole;   /* the set as one value */
  value *items;  /* its members, each once, in the order written; NULL where nobody asks for them */
  value *sorted; /* the same in the order of their numbers, if they are many; else NULL */
  uint32_t item_count;
} entry_key;

/* A finding about a record itself, whatever workflow it belongs to. */
typedef enum record_defect {
  DEFECT_CHANNEL = 1,
  DEFECT_TYPE = 2,
  DEFECT_LENGTH = 4,
  DEFECT_GRAMMAR = 8, /* the payload does not parse */
  DEFECT_KEY = 16,    /* a needed key is missing */
  DEFECT_UNREGISTERED = 32
} record_defect;

typedef struct entry {
  uint32_t index; /* place in the trace, counting entries */
  uint64_t line;
  int64_t t;
  int role;              /* FTBLAB_NONE: a component the standard does not know */
  const char *component; /* as written */
  ftblab_action action;
  int event;
  value instance; /* 0: not named */
  entry_key *keys;
  uint32_t key_count;
  unsigned defects;
  const char *detail; /* what the grammar, key, channel or type defect is */
  bool is_hidden;     /* a key that it needs is not there, and the recorder could not see it */
  uint32_t used;      /* branches that hold it */
  unsigned inherited; /* defects that its throw was blamed for already */
  uint64_t seq, cause;
  bool has_seq, has_cause;
  int64_t clock; /* t without the skew of its host's clock: what deadlines are measured by */
  bool excused;  /* facts say that it is of no chosen workflow */
  bool reported; /* in an instance of the verdict */
} entry;

/* ---- groups -------------------------------------------------------------------------------------- */

typedef struct binding {
  value of[MAX_VARIABLES]; /* by variable; 0: unbound */
} binding;

/* Workflows whose first row is the same throw. Until something tells them apart they are one incident. */
typedef struct group {
  int workflows[MAX_CANDIDATES];
  int workflow_count;
  int trigger;            /* event of the first row */
  uint32_t quantified;    /* bits: variables that rows take each member of a set for: they tell no instances apart */
  uint32_t key_variables; /* bits: variables that the first row binds: they tell incidents apart */
  uint32_t partial;       /* bits: variables that some incident's key lacks */
  const ftblab_row **by_event; /* for each event: a row that says which variables it carries; NULL: not of this group */
  struct incident *oldest, *newest;
  struct incident *first_live; /* all older ones are finished or replaced */
  key_table by_value;          /* incidents by what their branches bind besides the key (index.c) */
} group;

/* The entries of a list by what they are, for lists that have become long (index.c). It is brought up to date when
 * somebody asks. */
typedef struct entry_index {
  arena *memory;
  key_table lists;
  uint32_t indexed; /* entries of the list that are in it */
  int job_key;      /* the key under which payloads name jobs */
} entry_index;

/* One way through the group's workflows: a full binding, with the entries that agree with it. */
typedef struct branch {
  struct incident *incident;
  binding bound;
  pointers entries;              /* in the order of the trace */
  entry_index index;             /* of them */
  uint64_t done[MAX_CANDIDATES]; /* rows satisfied in order, for each candidate still alive */
  uint32_t alive;                /* candidates that fit without a flaw */
  struct settled *settled;
  pointers foreign; /* entries of other values, read as this branch's with a wrong payload */
  uint32_t number;  /* among those that lack something, see adopt.c */
  uint32_t tried;   /* entries read again to see whether it adopts something */
} branch;

typedef struct incident {
  struct incident *older, *newer; /* in its group */
  struct incident *same_key;      /* hash chain */
  group *group;
  uint32_t number; /* in the order of their first entries */
  binding key;
  pointers entries, branches;
  entry_index index;  /* of the entries */
  key_table by_value; /* branches by what they bind, once there are many (index.c) */
  entry *opened_by;
  entry *restart;             /* a trigger that came when nothing was lacking */
  void *before_restart;       /* what the branches were then */
  bool replaced;              /* a later incident of the same key has begun */
  bool dropped;               /* explained elsewhere */
  bool replayed;              /* stands outside of the index: nothing may begin anew from it */
  struct incident *successor; /* what was made of it by settling */
  struct incident *rival;     /* another reading of the same first entry in another group */
} incident;

/* ---- the checker ----------------------------------------------------------------------------------- */

typedef struct job_run {
  struct job_run *of_job; /* older, of the same job */
  value job;
  value *nodes;
  uint32_t node_count;
  uint32_t started, ended;        /* entry indices */
  uint32_t last_end;              /* of this one and all older ones, see ftblab_facts_settle */
  const struct rank_range *ranks; /* NULL: not told */
  uint32_t range_count;
  uint32_t ended_before; /* entry index of the last end of an older one; 0: none has ended */
  uint32_t last_of_job;  /* as last_end, of the job's alone */
} job_run;

/* Where one stands who goes through the nodes of a job. */
typedef struct job_nodes {
  const job_run *run;
  uint32_t next, index;
} job_nodes;

typedef struct rank_range {
  int64_t first, last;
} rank_range;

/* Jobs that start, or end, as another checker has read it; what is there outlives the checker that is told. */
typedef struct told_jobs {
  bool start;
  const ftblab_slice *words; /* the jobs, then nodes */
  uint32_t job_count, word_count, rank_count;
  const rank_range *ranks;
} told_jobs;

/* That a job ran on a node. */
typedef struct node_run {
  struct node_run *of_job; /* older, of the same job on the same node */
  job_run *run;
  uint32_t last_end; /* of this one and all older ones of the node */
} node_run;

/* A job whose ranks have left a node, as MPI said when it had moved them. */
typedef struct job_move {
  struct job_move *next; /* older, of the same job */
  value job, node;
  uint32_t index; /* entries seen before it */
} job_move;

/* A fact with the values it names, for finding where a fault began. */
typedef struct fault {
  int event;
  uint64_t line, seq;
  bool has_seq;
  int64_t clock;
  const char *payload; /* as written */
} fault;
typedef struct fault_link {
  const fault *fault;
  struct fault_link *older; /* naming the same value */
} fault_link;

typedef struct node_fact {
  uint32_t index; /* entries seen before it */
} node_fact;

typedef struct ftblab_exact ftblab_exact;
typedef struct digest digest;
struct ftblab_exact {
  const ftblab_spec *spec;
  ftblab_trace_header header;
  bool strict_order, complete;
  struct {
    int node, spare, job; /* variables x, q and z, which facts and pairs of nodes speak of; or FTBLAB_NONE */
  } variable;
  int job_key;               /* of payloads */
  uint64_t chosen;           /* bits: workflows */
  uint64_t expected;         /* of them, those that are said to be never exercised: the standard's, and named ones */
  uint64_t steps_left;       /* of going through the nodes of jobs, see match.c */
  uint64_t parts[64];        /* by role: itself, and the one that it plays */
  int manager;               /* RM/JS, whose world is another than mpirun's */
  uint64_t counterparts[64]; /* by role: those that it plays or that play it */
  arena memory;
  ftblab_names *names;
  ftblab_payload payload; /* scratch */
  ftblab_text text;       /* scratch */
  uint32_t *stamps;       /* by value: the set it was last seen in */
  uint32_t stamp_capacity, stamp;
  key_table ranges;      /* by the whole: a key whose members are those of that one range */
  uint64_t taken_apart;  /* bits: keys whose members some row wants one by one */
  binding *alternatives; /* scratch: MAX_ALTERNATIVES of them */
  group *groups;
  int group_count;
  struct incident **table; /* hash of (group, key variable, value) to the newest incident */
  uint32_t table_size, incident_count;
  pointers entries;                    /* throws and catches of known events */
  pointers strays;                     /* entries in no branch */
  pointers jobs;                       /* of job_run, in the order of the trace, as in all such lists */
  key_table runs_of_job, moves_of_job; /* the newest job_run, job_move */
  key_table lists_of_job;              /* of job_run */
  key_table runs_on_node;              /* lists of node_run */
  key_table runs_of_pair;              /* by job and node: the newest node_run */
  key_table failures;                  /* by node: lists of node_fact, of NODE_FAILED */
  key_table promises;                  /* by event and job: lists of node_fact */
  uint64_t visible[3];                 /* by action: roles of which the recorder could see it */
  uint64_t *hidden_throws;             /* by event: roles of which it could not see this throw, but others */
  bool throws_visible;                 /* of every role */
  uint64_t seen;                       /* roles that registered, threw or caught anything */
  fault_link **faults;                 /* by value: the newest fact that names it */
  uint32_t fault_capacity;
  const ftblab_bounds *bounds; /* or NULL */
  const ftblab_places *places; /* or NULL */
  int64_t last_clock;
  uint64_t *registered; /* by event: roles that registered in the trace */
  uint64_t *blamed;     /* by event: roles already blamed for not having registered */
  bool any_register;
  struct {
    uint64_t read, backwards;
  } count;
  int64_t last_t;
  key_table commanded;            /* by DO_ event and source node: its throws, as pointers */
  key_table thrown;               /* see thrown.c */
  entry **last_throw;             /* by event */
  digest *digest;                 /* scratch, or NULL */
  uint64_t *events;               /* scratch: bits, by event */
  struct ftblab_verdict *verdict; /* being made */
  bool finished;
};

/* check.c: as the public calls of the same names (conformance.h). */
ftblab_status ftblab_exact_new(const ftblab_spec *spec, const ftblab_check_options *options,
                               const ftblab_trace_header *header, ftblab_exact **checker, ftblab_error *err);
void ftblab_exact_free(ftblab_exact *checker);
ftblab_status ftblab_exact_add(ftblab_exact *checker, const ftblab_record *record, ftblab_error *err);
/* The same for a registration that says nothing new. */
void ftblab_exact_count(ftblab_exact *checker, const ftblab_record *record);
void ftblab_exact_set_complete(ftblab_exact *checker);
ftblab_status ftblab_exact_finish(ftblab_exact *checker, const char *trace_name, ftblab_verdict **verdict,
                                  ftblab_error *err);

/* entry.c: NULL with *status FTBLAB_OK: not an entry (unknown event: a finding was made). */
/* Do channel and type of RECORD say nothing else than the standard says of EVENT? */
bool ftblab_sent_rightly(const ftblab_event *event, const ftblab_record *record);
entry *ftblab_entry_make(ftblab_exact *checker, const ftblab_record *record, ftblab_status *status);
/* TEXT into checker->payload, as an EVENT has it (FTBLAB_NONE: any that Appendix D does not print); see payload.h. */
ftblab_status ftblab_entry_read(ftblab_exact *checker, int event, ftblab_slice text, ftblab_error *err);
/* The key of the standard that KEY means in what was read last; FTBLAB_NONE: none. */
int ftblab_entry_key(const ftblab_exact *checker, ftblab_slice key);
value ftblab_value_of(ftblab_exact *checker, const char *text, size_t length);
const char *ftblab_value_text(const ftblab_exact *checker, value v);
const entry_key *ftblab_entry_find(const entry *e, int key);
bool ftblab_entry_has(const entry *e, int key, value item);
/* caught in a trace from boot without a registration */
bool ftblab_is_unregistered(const ftblab_exact *checker, const entry *e);
bool ftblab_entry_precedes(const ftblab_exact *checker, const entry *a, const entry *b); /* a may stand before b */

int ftblab_entry_by_index(const void *left, const void *right);      /* for qsort: entries in the order of the trace */
int ftblab_by_line(const void *left, const void *right);             /* the same for lines, of uint64_t */
value ftblab_entry_job(const ftblab_exact *checker, const entry *e); /* the one job that E names; 0: none, or several */

/* The place of the first of LIST, entries in the order of the trace, that stands behind INDEX. */
uint32_t ftblab_pointers_behind(const pointers *list, uint32_t index);

/* groups.c */
ftblab_status ftblab_groups_make(ftblab_exact *checker, ftblab_error *err);
/* The bindings that E can have in a group, by the variables of its row; at most ROOM. */
size_t ftblab_bindings_of(const ftblab_exact *checker, const group *g, const entry *e, binding *into, size_t room);
const ftblab_workflow *ftblab_group_workflow(const ftblab_exact *checker, const group *g, int candidate);

/* facts.c */
bool ftblab_facts_add(ftblab_exact *checker, const ftblab_record *record); /* false: no memory */
/* A fact as another checker has read it. False: no memory. */
bool ftblab_facts_add_told(ftblab_exact *checker, const told_jobs *told);
/* From here on some jobs that no record names run, or none of them does; the trace knows of jobs. False: no memory. */
bool ftblab_facts_other_jobs(ftblab_exact *checker, bool run);
/* E, if it is a command, is kept for was_commanded. False: no memory. */
bool ftblab_facts_command(ftblab_exact *checker, entry *e);
/* Was NODE the source of a command EVENT that came before E? */
bool ftblab_was_commanded(const ftblab_exact *checker, int event, value node, const entry *e);
/* E, if it says that ranks were moved, is a fact too. False: no memory. */
bool ftblab_facts_moved(ftblab_exact *checker, const entry *e);
/* E, if it matters later that it was thrown of a job, is a fact too. False: no memory. */
bool ftblab_facts_promised(ftblab_exact *checker, const entry *e);
/* The same, and for one that moves ranks, of a throw that another checker has. */
bool ftblab_facts_add_throw(ftblab_exact *checker, const ftblab_record *record);
/* Does a throw of EVENT move ranks? */
bool ftblab_event_moves(const ftblab_spec *spec, int event);
/* All facts are there: now the next ones can be asked. */
void ftblab_facts_settle(ftblab_exact *checker);
/* some job was on NODE then */
bool ftblab_facts_job_on(const ftblab_exact *checker, value node, uint32_t index);
/* some job was on NODE then of which EVENT had been thrown since it was started */
bool ftblab_facts_promise_on(const ftblab_exact *checker, value node, int event, uint32_t index);
/* Had each job that was on NODE at FROM ended up to TO, after EVENT had been thrown of it? */
bool ftblab_facts_ended_told(const ftblab_exact *checker, value node, int event, uint32_t from, uint32_t to);
/* Was RANK of a job on NODE then? 1 yes, 0 no, -1 no ranks of such a job are known */
int ftblab_facts_rank_on(const ftblab_exact *checker, value node, value rank, uint32_t index);
/* some job was running then, anywhere */
bool ftblab_facts_some_job(const ftblab_exact *checker, uint32_t index);
/* 1 yes, 0 no, -1 nothing known of the job */
int ftblab_facts_job_has(const ftblab_exact *checker, value job, value node, uint32_t index);
/* facts say that JOB was running at INDEX, and went on behind it */
bool ftblab_facts_job_runs_on(const ftblab_exact *checker, value job, uint32_t index);
/* facts say that JOB had ended then, and do not say that it was started again */
bool ftblab_facts_job_ended(const ftblab_exact *checker, value job, uint32_t index);
bool ftblab_facts_knows_job(const ftblab_exact *checker, value job);
/* The nodes that facts give JOB in runs that had not ended at INDEX, the newest first; it may have left one since. */
job_nodes ftblab_facts_nodes(const ftblab_exact *checker, value job, uint32_t index);
bool ftblab_facts_next_node(job_nodes *nodes, value *node); /* false: there is none any more */
/* facts say that JOB has ended behind entry FROM and was started again, and runs now */
bool ftblab_facts_restarted_since(const ftblab_exact *checker, value job, uint32_t from);
bool ftblab_facts_failed_between(const ftblab_exact *checker, value node, uint32_t from, uint32_t to);

/* fault_log.c */
/* Remember the fact in RECORD, whose payload is in checker->payload. False: no memory. */
bool ftblab_fault_note(ftblab_exact *checker, const ftblab_record *record, int event);
/* The newest fact before LINE that names one of the values BOUND; of EVENT, or with FTBLAB_NONE one that says that
 * something failed. NULL: there is none. */
const fault *ftblab_fault_find(const ftblab_exact *checker, const binding *bound, uint64_t line, int event);

/* permit.c, branch.c, incident.c, match.c */
bool ftblab_match_entry(ftblab_exact *checker, entry *e); /* false: no memory */
/* Is a catch that no row of W asks for permitted, given the entries of the branch before it? */
bool ftblab_catch_is_permitted(const ftblab_exact *checker, const ftblab_workflow *w, branch *b, const entry *e);
bool ftblab_role_may_catch(const ftblab_exact *checker, int event, int role);
/* The same as an extra in workflow W, of which the rows ABSENT do not take place: section 2, W's family and the trace's
 * registrations say who may. */
bool ftblab_role_may_catch_in(const ftblab_exact *checker, const ftblab_workflow *w, uint64_t absent, int event,
                              int role);
/* Fill in who plays whom: one of two stands in for the other, MPI* for the RM/JS. */
void ftblab_counterparts_make(ftblab_exact *checker);
/* The role that ROLE plays, or that plays it; FTBLAB_NONE: there is none. */
int ftblab_role_counterpart(const ftblab_exact *checker, int role);
/* Where mpirun plays the RM/JS there is none, and the other way round: does a row of W that takes place name the other,
 * and none ROLE? */
bool ftblab_role_is_displaced(const ftblab_exact *checker, const ftblab_workflow *w, uint64_t absent, int role);
bool ftblab_role_may_throw(const ftblab_exact *checker, int event, int role);
/* An incident of G made of these entries alone, outside the index of open incidents. */
incident *ftblab_incident_replay(ftblab_exact *checker, group *g, const binding *key, entry *const *entries,
                                 uint32_t count);
bool ftblab_is_trigger(const ftblab_exact *checker, const group *g, const entry *e);
/* What BOUND gives VARIABLE; 0: nothing, or there is no such variable. */
value ftblab_bound(const binding *bound, int variable);
bool ftblab_bindings_agree(const binding *a, const binding *b);
/* with the incident's entries that agree */
bool ftblab_same_member(const group *g, const ftblab_row *row, const entry *a, const entry *b);
bool ftblab_carries_what_was_thrown(branch *b, const ftblab_row *row, const entry *e);
bool ftblab_carries_what(const ftblab_row *row, const entry *thrown, const entry *e);
bool ftblab_row_names_all(const ftblab_row *row, const entry *e); /* all keys of E are in ROW's params */
branch *ftblab_branch_fork(ftblab_exact *checker, incident *in, const binding *bound);
bool ftblab_branch_add(ftblab_exact *checker, branch *b, const binding *with, entry *e);
bool ftblab_entry_agrees(const ftblab_exact *checker, const group *g, const entry *e, const binding *bound);

/* align.c */
typedef enum row_fit { FIT_NONE, FIT_EXACT, FIT_COMPONENT, FIT_PAYLOAD } row_fit;
typedef enum row_status {
  ROW_OK,
  ROW_MISSING,
  ROW_MISORDERED,
  ROW_PENDING,
  ROW_NOT_BEGUN,
  ROW_NOT_OBSERVED
} row_status;
typedef enum extra_kind {
  EXTRA_PERMITTED,
  EXTRA_DUPLICATE,
  EXTRA_UNEXPECTED,
  EXTRA_COMPONENT,
  EXTRA_PAYLOAD
} extra_kind;

typedef struct alignment {
  const ftblab_workflow *workflow;
  int cost;                        /* violations */
  int satisfied, pending;          /* rows */
  uint32_t phases;                 /* bits: phases that began */
  entry *entries[FTBLAB_MAX_ROWS]; /* what satisfies each row, or NULL */
  uint8_t fit[FTBLAB_MAX_ROWS];
  uint8_t status[FTBLAB_MAX_ROWS];
  uint64_t misordered;
  entry **extras; /* entries that satisfy no row, with their kinds */
  uint8_t *extra_kinds;
  uint32_t *extra_rows; /* the row a duplicate repeats; UINT32_MAX */
  uint32_t extra_count;
} alignment;

/* The cheapest reading of the entries of D's branch (and of those foreign to it) as W; RESULT has no workflow if every
 * reading costs more than LIMIT. False: no memory. */
bool ftblab_align(ftblab_exact *checker, const ftblab_workflow *w, digest *d, int limit, alignment *result);
bool ftblab_alignment_has(const alignment *a, const entry *e); /* E satisfies a row */
/* fewer violations; else more complete; else more rows */
bool ftblab_alignment_better(const alignment *a, const alignment *b);

/* thrown.c */
/* Index the throws, once all are there. False: no memory. */
bool ftblab_throws_note(ftblab_exact *checker);
/* Was EVENT thrown before E with what E says, or (BEFORE false) behind it with a value of E; or with none that E could
 * have? */
bool ftblab_was_thrown_with(const ftblab_exact *checker, const entry *e, int event, bool before);

/* settle.c */
typedef struct settled {
  branch *branch;
  alignment best;
  uint32_t also; /* candidates of the group that fit as well */
  bool gone;     /* its entries are read as another branch's */
  bool excused;  /* facts exclude every chosen workflow */
} settled;
bool ftblab_settle_branch(ftblab_exact *checker, branch *b); /* makes its settled anew; false: no memory */
bool ftblab_settle_incident(ftblab_exact *checker, incident *in);
int ftblab_incident_cost(const incident *in); /* of its branches as they are settled */
bool ftblab_incident_is_unfinished(const incident *in);
void ftblab_incident_disown(incident *in);                      /* it has none of its entries any more */
void ftblab_incident_replace(incident *node, incident *joined); /* JOINED, made of it, takes its place */
/* What B costs as an instance, or as records that nothing allows if it has not its trigger. */
int ftblab_branch_cost_alone(const ftblab_exact *checker, const branch *b);
int ftblab_branch_cost_as_strays(const ftblab_exact *checker, const branch *b);

/* members.c: does G ask nothing of E but which member of a set it is of? */
bool ftblab_is_of_member(const group *g, const entry *e);
/* members.c, link.c, adopt.c: false: no memory */
bool ftblab_members_deal(ftblab_exact *checker); /* before anything is settled */
bool ftblab_link_all(ftblab_exact *checker);
bool ftblab_adopt_all(ftblab_exact *checker);

/* of settled, by first line; leaves what is in none in checker->strays. False: no memory */
bool ftblab_settle(ftblab_exact *checker, pointers *all);

/* report.c */
ftblab_status ftblab_report_instance(ftblab_exact *checker, const settled *s, ftblab_error *err);
ftblab_status ftblab_report_stray(ftblab_exact *checker, entry *e, ftblab_error *err);
ftblab_status ftblab_report_record(ftblab_exact *checker, const char *kind, const ftblab_record *record,
                                   const char *format, ...) FTBLAB_PRINTF(4, 5);

#endif
