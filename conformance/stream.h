/* stream.h - judging a long trace in memory that does not grow with it. Private to conformance/.
 *
 *   stream_kind.c    what records have in common: kinds of records, forms of payloads
 *   stream_state.c   how far an instance is: states and the steps between them, each worked out once
 *   stream_step.c    a record that is the next step of its track, and nothing else
 *   stream_track.c   instances without a flaw so far: their state, their values and their records, packed
 *   stream_pack.h    a record of a track in few bytes
 *   stream_log.c     the memory of their logs
 *   stream_index.c   which tracks and clusters speak of a node or a job
 *   stream_cluster.c records that need the exact checker, kept by what they speak of
 *   stream_facts.c   what facts say, for as long as it matters
 *   (stream_said.h)  payloads of facts, each read once
 *   stream_batch.c   clusters are judged
 *   stream_memo.c    clusters that are alike are judged once
 *   stream_kept.c    all records, if they may be needed once more
 *   stream.c         where a record goes; the verdict
 *
 * Most instances of a long trace do what their table says. Such an instance is a track: a record moves it from one
 * state to the next, and nothing else is looked at. Whatever is not such a step (a repeat, a row passed over, a set of
 * several nodes, a record that two instances wait for) makes the tracks that it concerns part of a cluster, and
 * clusters are judged by the exact checker (check.c), which sees all records that speak of the same nodes and jobs. A
 * track takes no step that the exact checker would not take, and so the two agree.
 *
 * A finished track waits for some records (ftblab_window), for a repeat may still come; a cluster to which nothing was
 * added for as long is judged. That is the one difference to judging the whole trace at once: a flaw whose two ends
 * are further apart is reported as two. */
#ifndef FTBLAB_STREAM_H
#define FTBLAB_STREAM_H

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "check.h"
#include "stream_pack.h"
#include "trace_read.h"
#include "verdict.h"

#define WINDOW 65536        /* records; see ftblab_window */
#define BATCH 2048          /* records of clusters that are judged together, at least */
#define CLUSTER_LIMIT 16384 /* records of one cluster: then what is over in it is judged */
#define MAX_CLASSES 256
#define MAX_KINDS 1000000 /* beyond, no record is read as a step any more */
#define MAX_FORMS 1024
#define LAST_KINDS 128 /* a power of two; chosen: most records of a trace are of few kinds */
#define MAX_SLOTS 4    /* values of a payload that a step may have */
#define MAX_GROUPS 64
#define NONE UINT32_MAX /* no track, cluster, state, form */

typedef struct stream stream;

/* A node or a job: what ties records together. */
typedef struct word {
  const char *text;
  uint32_t length, hash; /* the hash tells nodes from jobs too */
  bool is_job;
} word;

/* ---- kinds and forms (stream_kind.c) ------------------------------------------------------------------- */

/* A role, an action and an event. */
typedef struct record_class {
  int role, event;
  ftblab_action action;
  uint64_t knows, triggers, keyed; /* groups: whose tables have the event; which it may begin; whose key it carries */
  uint64_t ties;                   /* keys of a payload: nodes and jobs that are a key in one of these groups */
} record_class;

/* What records have in common but time, payload and numbers. */
typedef struct kind {
  ftblab_record constant; /* slices into BYTES */
  uint64_t hash;
  uint32_t number;
  uint16_t class;
  const record_class *of;  /* the class, if it is known */
  bool plain;              /* it may be a step of a track */
  bool anonymous;          /* no instance, no host */
  uint8_t fact;            /* of a fact, or a throw that is one too: which */
  int event, role;         /* or FTBLAB_NONE */
  uint32_t form;           /* of its last payload, or NONE */
  const struct usage *use; /* of that form, if it has what the event needs */
  bool glance;             /* payloads may be read by it at a glance */
  bool caught;             /* no record of this kind is the first catch of its event by its role any more */
  pack_prefix prefix;      /* of records with payloads of that form */
  char bytes[];
} kind;

/* The constant pieces of a payload and the keys of its values: "nodes: {", nodes, "}, jobs: {", jobs, "}". */
typedef struct form {
  uint32_t number;
  uint8_t slots;
  uint8_t key[MAX_SLOTS];        /* index into spec->keys */
  bool braces[MAX_SLOTS];        /* the value stands in braces */
  uint16_t piece[MAX_SLOTS + 1]; /* lengths of the constant pieces */
  const char *pieces;            /* one behind the other */
  struct usage **usages;         /* by event; NULL: not known yet */
} form;

#define SHORT_PIECE 16

/* What a payload of a form says to an event, worked out once, so that a record that is but the next step of its track
 * needs no more than a look. */
typedef struct usage {
  const form *form;
  bool fits;                                /* it has what the event needs */
  bool quick;                               /* it may be read at a glance: pieces are short, some value is a word */
  bool first_only;                          /* the first value is the only word */
  uint8_t word_count, word_slot[MAX_SLOTS]; /* the values that are words of the index */
  bool word_is_job[MAX_SLOTS];              /* by word */
  uint64_t stop[MAX_SLOTS];                 /* eight times the byte that ends a value */
  uint64_t heads[MAX_SLOTS];                /* the first eight bytes of a piece */
  uint64_t head_masks[MAX_SLOTS];           /* those of them that count */
  uint16_t masks[MAX_SLOTS + 1];            /* the bytes of a piece that count */
  char pieces[MAX_SLOTS + 1][SHORT_PIECE];
  uint64_t agreeing;         /* groups in which each value is of a variable of its own */
  uint64_t tying[MAX_SLOTS]; /* by word: groups whose tracks it is a word of */
  uint64_t unkeyed;          /* groups that know the event and whose key it lacks */
  struct usage_of_group {
    uint8_t variable[MAX_SLOTS];
    uint16_t needs; /* the variables as bits */
  } of[];           /* by group, if it is one of those that agree */
} usage;

/* A payload read by its form. */
typedef struct reading {
  const form *form;
  ftblab_slice value[MAX_SLOTS];
} reading;

ftblab_status ftblab_kinds_init(stream *s, ftblab_error *err);
void ftblab_kinds_free(stream *s);
int ftblab_kind_event(const stream *s, const kind *k);                      /* FTBLAB_NONE: it is not known */
static inline kind *ftblab_kind_of(stream *s, const ftblab_record *record); /* NULL: no memory */
kind *ftblab_kind_find(stream *s, const ftblab_record *record);             /* the same, in any case */
/* False: the payload is none that a step may have (or there is no memory: s->failed). K->use is then what it was. */
bool ftblab_payload_read(stream *s, kind *k, const ftblab_record *record, reading *into);
/* By key: the variable of OF_GROUP that a value binds in a record of EVENT; negative: none. */
static inline const int8_t *ftblab_variables_of(const stream *s, int of_group, int event);

/* ---- states (stream_state.c) --------------------------------------------------------------------------- */

/* What the exact checker says of an instance that ends in a state. */
typedef struct outcome {
  bool known;
  int workflow;
  ftblab_verdict_kind kind;
  size_t asked; /* as in a tally */
} outcome;
enum { FACTS_NONE, FACTS_NO_JOB_AT_ALL, FACTS_NO_JOB, FACTS_JOB, FACTS_COUNT };

typedef struct state {
  int group;
  uint32_t alive;                  /* candidates, as in branch */
  uint64_t *done;                  /* rows, by candidate */
  uint64_t seen[MAX_CLASSES / 64]; /* classes of records so far */
  bool finished;                   /* all rows of a candidate are there: the same trigger begins anew */
  bool first_phase;                /* all rows of the first phase are there, whichever candidate it is */
  bool midway;                   /* a later phase has begun and lacks rows: whether they are asked for, facts decide */
  uint32_t *next;                /* by class: a step */
  outcome outcomes[FACTS_COUNT]; /* by what facts say of jobs on the node */
} state;

ftblab_status ftblab_states_init(stream *s, ftblab_error *err);
void ftblab_states_free(stream *s);
/* The state behind the first record of an instance of OF_GROUP; NONE: there is no such step. */
uint32_t ftblab_state_first(stream *s, int of_group, uint16_t class);
/* Steps: STEP_FIRST and above is the state behind it, with STEP_EXTRA where it satisfies no row. */
enum { STEP_UNKNOWN, STEP_NONE, STEP_FIRST };
#define STEP_EXTRA UINT32_C(0x80000000)
static inline uint32_t ftblab_step_of(stream *s, uint32_t from, uint16_t class);
uint32_t ftblab_state_work_out(stream *s, uint32_t from, uint16_t class); /* when it is not known yet */
static inline bool ftblab_step_is_extra(uint32_t step)
{
  return (step & STEP_EXTRA) != 0;
}
/* The state behind it; NONE: there is none. */
static inline uint32_t ftblab_state_behind(uint32_t step)
{
  return step == STEP_NONE ? NONE : (step & ~STEP_EXTRA) - STEP_FIRST;
}
void ftblab_outcomes_forget(stream *s);
/* Does O say that a workflow is fulfilled all of whose rows are there? Then it is, whatever facts ask of others. */
bool ftblab_outcome_is_whole(const stream *s, uint32_t number, const outcome *o);
void ftblab_states_forget(stream *s); /* a role registered: what is permitted may have changed */

/* ---- tracks (stream_track.c) --------------------------------------------------------------------------- */

typedef struct track {
  uint8_t *log; /* values, then packed records */
  uint64_t first_line, last_line;
  int64_t last_t;
  uint32_t state;
  uint32_t older, newer; /* in the list of finished ones; OLDER: in that of free ones */
  uint16_t used, room;   /* bytes of the log */
  uint16_t records;
  uint16_t bound; /* variables that have a value */
  uint8_t values; /* bytes of the log that are values */
  uint8_t group, facts;
  bool open, finished, node_failed;
  bool tentative;      /* the heir of a cluster: its beginning may belong to it */
  uint32_t newer_line; /* the last line of NEWER when it was finished, its lowest 32 bits */
} track;

/* What tells a record from others of its kind, but for the payload. */
typedef struct stamp {
  int64_t t;
  uint64_t line, seq, cause;
} stamp;

/* A record with what is not of its kind. */
typedef struct packed_record {
  uint64_t line, seq, cause;
  int64_t t;
  uint32_t kind;
  bool first_catch; /* the first by a role that had not registered */
} packed_record;

#define TRACKS_A_CHUNK 32768
static inline track *ftblab_track_at(const stream *s, uint32_t number);
uint32_t ftblab_track_new(stream *s, int of_group); /* NONE: no memory */
void ftblab_track_free(stream *s, uint32_t number);
/* Into and out of the list of those that are finished. */
void ftblab_track_finish(stream *s, uint32_t number);
void ftblab_track_unlink(stream *s, uint32_t number);
/* The values of T one by one: *AT begins at 0. False: no more. */
static inline bool ftblab_track_next_value(const track *t, size_t *at, int *variable, ftblab_slice *text);
/* The same for those that are its words: the nodes and jobs of its group's key. */
static inline bool ftblab_track_next_word(const stream *s, const track *t, size_t *at, int *variable, word *w);
/* The text that T binds VARIABLE to; data NULL: none. */
static inline ftblab_slice ftblab_track_value(const track *t, int variable);
/* Do the values agree with those of T? */
static inline bool ftblab_track_agrees(const stream *s, const track *t, int event, const reading *values);
/* Add RECORD and the values that are new, which are those of the variables in *ADDED. False: no memory, or the log is
 * full. */
bool ftblab_track_add(stream *s, track *t, const kind *k, const ftblab_record *record, const reading *values,
                      uint64_t *added);
/* Add a record whose values T has. False: as above. */
bool ftblab_track_append(stream *s, track *t, const stamp *record, pack_prefix prefix, bool has_seq, bool has_cause);
/* Give each record of T, in order, with its payload written out, to TAKE; false: it said so, or no memory. */
typedef bool ftblab_take_record(stream *s, const packed_record *record, ftblab_slice payload, void *argument);
bool ftblab_track_unpack(stream *s, uint32_t number, ftblab_take_record *take, void *argument);

/* ---- the memory of logs (stream_log.c) ------------------------------------------------------------------ */

#define LOG_LIMIT 60000     /* bytes of a log; its room has 16 bits */
#define LOG_BLOCK_LIMIT 512 /* longer ones are pieces of memory of their own */

typedef struct free_block {
  struct free_block *next;
} free_block;

typedef struct log_store {
  uint8_t **chunks;
  uint32_t count, capacity;
  uint8_t *at; /* in the last chunk */
  size_t left;
  free_block *free[LOG_BLOCK_LIMIT / 64]; /* by size */
} log_store;

/* Room for NEEDED bytes at least. False: no memory, or too many. */
bool ftblab_log_grow(log_store *store, track *t, size_t needed);
void ftblab_log_release(log_store *store, track *t);
void ftblab_log_free_long(track *t);          /* at the end, if it is longer than LOG_BLOCK_LIMIT */
void ftblab_log_store_free(log_store *store); /* at the end, all others */

/* ---- index (stream_index.c) ---------------------------------------------------------------------------- */

static inline word ftblab_word_of(bool is_job, const char *text, size_t length);

#define BUCKET 8
#define FULL_BUCKET ((1u << BUCKET) - 1)

/* A cache line of the table, so that looking a word up takes one, and the same steps whatever stands there, which a
 * processor foresees. */
typedef struct index_bucket {
  uint32_t hashes[BUCKET];
  uint32_t references[BUCKET]; /* NONE: free */
} index_bucket;

/* As bits: those of B that have HASH, and the free ones. */
static inline unsigned ftblab_bucket_matches(const index_bucket *b, uint32_t hash, unsigned *free_ones);
/* The I-th bucket from that of HASH on. What finds no room in one stands in the next that has some. */
static inline index_bucket *ftblab_bucket_of(const stream *s, uint32_t hash, uint32_t i);

#define CLUSTER_BIT UINT32_C(0x80000000)
/* Who speaks of W: tracks, and words of clusters with CLUSTER_BIT. PLACE begins at 0; NONE: no more. */
static inline uint32_t ftblab_index_find(const stream *s, const word *w, uint32_t *place);
bool ftblab_index_add(stream *s, const word *w, uint32_t reference);
void ftblab_index_remove(stream *s, const word *w, uint32_t reference);
bool ftblab_index_add_track(stream *s, uint32_t number,
                            uint64_t variables); /* those of its key that are in VARIABLES */
void ftblab_index_remove_track(stream *s, uint32_t number);

/* Memory that will be looked at soon is fetched before, one step after the other: the bucket of a word; when that is
 * there, the track or the cluster's word that has it, which is returned (NONE: there is none); when that is there, the
 * log, or the cluster. */
static inline void ftblab_index_fetch_bucket(const stream *s, uint32_t hash);
static inline uint32_t ftblab_index_fetch(const stream *s, uint32_t hash);
static inline void ftblab_index_fetch_behind(const stream *s, uint32_t reference);

/* Call CALL with the words of s->probe->payload, in any notation, under the payload keys KEYS, until it says false. */
typedef bool ftblab_for_word(stream *s, const word *w, void *argument);
bool ftblab_for_words(stream *s, uint64_t keys, ftblab_for_word *call, void *argument);

/* ---- facts (stream_facts.c) ---------------------------------------------------------------------------- */

typedef struct facts facts;
typedef enum ftblab_fact_kind {
  FACT_OTHER,
  FACT_JOB_STARTED,
  FACT_JOB_ENDED,
  FACT_NODE_FAILED,
  FACT_PROMISE,
  FACT_MOVED
} ftblab_fact_kind;
typedef struct fact_list {
  uint32_t *at; /* facts, the caller's to free */
  uint32_t count, capacity;
  uint32_t round;    /* tells its words from those of other lists */
  uint64_t from, to; /* lines: the first and the last record that it is for */
} fact_list;
ftblab_status ftblab_facts_init(stream *s, ftblab_error *err);
void ftblab_facts_free(stream *s);
bool ftblab_facts_take(stream *s, const ftblab_record *record, const kind *k); /* false: s->error */
bool ftblab_facts_say_job(const stream *s, ftblab_slice node);                 /* does a job run there now? */
bool ftblab_facts_say_some_job(const stream *s);                               /* or anywhere? */
/* Lines behind which, by turns, some job runs and none does: the first line is that of a job's start. */
const uint64_t *ftblab_facts_turns(const stream *s, uint32_t *count);
/* A new list for records of the lines FROM to TO. Add what is known of W to ARGUMENT, a fact_list, if it is not yet
 * there; complete: with what its jobs promised, by line, each once. */
fact_list ftblab_facts_list(stream *s, uint64_t from, uint64_t to);
bool ftblab_facts_about(stream *s, const word *w, void *argument);
bool ftblab_facts_complete(stream *s, fact_list *list);            /* false: s->error */
ftblab_record ftblab_facts_record(const stream *s, uint32_t fact); /* lives until the next fact is taken */
ftblab_fact_kind ftblab_facts_kind(const stream *s, uint32_t fact);
/* Can EXACT be told FACT, of which LIST asked, without its text, and of its nodes those alone that LIST asked for? That
 * is how it is told. False: no memory. */
bool ftblab_facts_is_told(const stream *s, uint32_t fact);
bool ftblab_facts_tell(stream *s, const fact_list *list, uint32_t fact, ftblab_exact *exact);

/* ---- clusters (stream_cluster.c) ----------------------------------------------------------------------- */

typedef struct cluster_record {
  packed_record record;
  uint32_t next; /* of its cluster */
  uint32_t payload_length;
  size_t payload; /* place in the bytes */
  bool has_payload;
} cluster_record;

typedef struct cluster_word {
  char *text;
  uint32_t length, hash, cluster, next; /* next: of its cluster, or free */
  bool is_job;
} cluster_word;

typedef struct cluster {
  uint32_t into;        /* it became part of this one, or NONE */
  uint32_t first, last; /* records */
  uint32_t words;       /* list */
  uint32_t count;       /* records */
  uint64_t last_line, groups;
  bool changed;       /* since the last look */
  bool closed;        /* waits to be judged: nothing is added any more */
  bool aside;         /* for the moment: another one that is like it is judged first */
  bool ready;         /* its heir has come far enough to tell whether it stands for itself */
  uint64_t heir_line; /* where the heir begins, once it stands for itself; else 0 */
  uint32_t heir;      /* the track that may have begun anew what it left unfinished, or NONE */
} cluster;

typedef struct cluster_store {
  cluster *clusters;
  uint32_t cluster_count, cluster_capacity;
  cluster_record *records;
  uint32_t record_count, record_capacity;
  char *payloads;
  size_t payload_used, payload_capacity;
} cluster_store;

uint32_t ftblab_cluster_root(const stream *s, uint32_t number);
uint32_t ftblab_cluster_new(stream *s);                                /* NONE: no memory */
uint32_t ftblab_cluster_join(stream *s, uint32_t one, uint32_t other); /* either may be NONE */
bool ftblab_cluster_add(stream *s, uint32_t number, const packed_record *record, ftblab_slice payload);
bool ftblab_cluster_add_word(stream *s, uint32_t number, const word *w);
bool ftblab_cluster_copy_track(stream *s, uint32_t number, uint32_t track_number); /* its records */
bool ftblab_cluster_take_track(stream *s, uint32_t number, uint32_t track_number); /* its records; it ends */
ftblab_record ftblab_cluster_record(const stream *s, const cluster_record *r);     /* lives until one is added */
/* NUMBER was made last: it is no more, if it became part of another with nothing in it. */
void ftblab_cluster_drop_empty(stream *s, uint32_t number);
void ftblab_cluster_close(stream *s, uint32_t number);
void ftblab_cluster_free_words(stream *s, uint32_t number); /* they are no longer looked at */
/* Those of its record at PLACE become the cluster's. False: s->failed */
bool ftblab_cluster_add_words_of(stream *s, uint32_t number, uint32_t place);
bool ftblab_clusters_compact(stream *s); /* forget those that are closed, or part of another; all get new numbers */
void ftblab_clusters_free(stream *s);

/* ---- batches (stream_batch.c) -------------------------------------------------------------------------- */

/* NUMBER has too many records: those of instances that cannot go on are judged, and if the others are too many, those
 * of the oldest as well: they are cut short. False: s->error */
bool ftblab_cluster_relieve(stream *s, uint32_t number);
bool ftblab_judge_clusters(stream *s, bool all); /* those that are closed; ALL: whatever there is. False: s->error */
/* What the exact checker says of a track as it stands; false: s->error. */
bool ftblab_judge_track(stream *s, uint32_t number, outcome *result);
/* As ftblab_checker_look. */
ftblab_status ftblab_stream_look(stream *s, const char *trace_name, ftblab_verdict **verdict, ftblab_error *err);
bool ftblab_deal_all(stream *s); /* stream.c: records that wait */

/* ---- memos (stream_memo.c) ----------------------------------------------------------------------------- */

#define MEMOS 16384
typedef struct memo memo;
typedef struct memo_count {
  int workflow;
  ftblab_verdict_kind kind;
  size_t violations, asked;
} memo_count;
/* Count C as one that is like it was; false: it must be judged. */
bool ftblab_memo_applies(stream *s, const cluster *c);
/* Clusters like C come to COUNT counts, and so many records of them are judged. */
void ftblab_memo_keep(stream *s, const cluster *c, const memo_count *counts, uint32_t count, uint64_t judged);
/* The same for clusters that are alike, and not 0. False: C is none that is compared. */
bool ftblab_memo_hash(stream *s, const cluster *c, uint64_t *hash);
void ftblab_memos_forget(stream *s);

/* ---- records that wait (stream.c) ---------------------------------------------------------------------- */

#define WAITING 16        /* records; a power of two */
#define BEHIND_PAYLOAD 64 /* bytes: it is read by pieces that may go beyond its end */

/* A record is dealt some records after it has come: till then the memory that it will need is fetched. */
typedef struct waiting_record {
  stamp when;
  kind *kind;
  const usage *use;           /* the payload begins as it says, and may be read at a glance; or NULL */
  uint32_t hashes[MAX_SLOTS]; /* of the words */
  uint32_t guess;             /* what is likely to have its first word: as in the index */
  uint32_t length;            /* of the payload */
  bool has_payload, is_fact, first_catch;
  char payload[FTBLAB_PAYLOAD_LIMIT + BEHIND_PAYLOAD];
} waiting_record;

/* ---- steps that need no more than a look (stream_step.c) ------------------------------------------------- */

/* Read the words of W, whose payload is PAYLOAD, as those of the last one of its kind were read, and fetch what they
 * need. W->use NULL: it is otherwise. */
void ftblab_step_read(const stream *s, waiting_record *w, ftblab_slice payload);
/* Deal W, if it is nothing but the next step of the one track that speaks of its words, and has no new values. False:
 * nothing was done, it may be anything. */
bool ftblab_step_take(stream *s, const waiting_record *w);

/* ---- records that are kept (stream_kept.c) ---------------------------------------------------------------- */

typedef struct kept_records {
  bool wanted;
  uint8_t *bytes;
  size_t used, room;
  size_t *texts; /* places of long payloads */
  uint64_t last_line;
  int64_t last_t;
} kept_records;
bool ftblab_stream_keep(stream *s, const kind *k, const ftblab_record *record);
/* Give all that were kept to EXACT, in their order. */
ftblab_status ftblab_stream_replay(const stream *s, ftblab_exact *exact, ftblab_error *err);

/* ---- the whole (stream.c) ------------------------------------------------------------------------------ */

struct stream {
  const ftblab_spec *spec;
  ftblab_check_options options;
  char *workflows; /* of the options */
  ftblab_trace_header header;
  ftblab_exact *probe; /* never finished: it knows the groups, and what is wrong with a record by itself */
  ftblab_error error;
  bool failed;
  ftblab_text text, payload_text; /* scratch */
  waiting_record waiting[WAITING];
  uint32_t came, dealt; /* records, modulo 2^32 */
  /* kinds and forms */
  kind **kinds;
  uint32_t kind_count, kind_capacity, *kind_slots, kind_slot_count;
  kind *by_frame[FTBLAB_FRAME_LIMIT];
  uint64_t frame_hashes[FTBLAB_FRAME_LIMIT]; /* of what records of a frame have in common; 0: not worked out yet */
  kind *last_kinds[LAST_KINDS];              /* that were found, by a look at the record */
  record_class classes[MAX_CLASSES];
  int class_count;
  uint16_t *class_table;
  form *forms;
  uint32_t form_count;
  ftblab_names *form_names;
  int8_t *variables;                  /* by group, event and key */
  uint64_t tie_keys, job_keys;        /* keys whose values are words of the index; those of them that name jobs */
  uint64_t node_keys, move_keys[3];   /* those where a job runs; of a move: its job, from where and to where */
  uint64_t single_keys;               /* keys of which a step has one value, not a set */
  uint64_t tie_variables[MAX_GROUPS]; /* variables of the group's key that are nodes or jobs: they are its words */
  uint64_t job_variables;             /* by variable */
  uint64_t plain_groups;
  uint64_t promise_groups; /* what jobs promised tells what is asked */
  /* states */
  state *states;
  uint32_t state_count, state_capacity, *state_slots, state_slot_count;
  uint32_t *first_states; /* by group and class, as state.next */
  bool steps_known;       /* some of these, or of a state's, are worked out */
  /* tracks */
  log_store logs;
  track **chunks;
  uint32_t track_count, chunk_count, chunk_capacity, free_tracks;
  uint32_t oldest_finished, newest_finished;
  uint64_t oldest_line;    /* the last line of the oldest finished track is not before it */
  unsigned oldest_fetched; /* steps of fetching what it needs */
  uint32_t open_tracks[MAX_GROUPS];
  uint32_t full_at;                    /* so many open tracks are too many */
  uint32_t open_count, finished_count; /* tracks; those of them that are finished */
  uint64_t busy_groups;                /* that have tracks or clusters */
  /* index */
  index_bucket *buckets;
  uint32_t bucket_count, slots_used;
  /* clusters */
  cluster_store store, spare; /* spare: empty, memory for the next store */
  cluster_word *words;
  uint32_t word_count, word_capacity, free_words;
  uint32_t loose[MAX_GROUPS]; /* cluster of a group's records that name no node and no job */
  uint32_t closed_records;
  memo *memos[MEMOS];
  uint32_t memo_count;
  uint64_t cluster_groups; /* that clusters have records of */
  /* facts and registrations */
  facts *facts;
  bool any_fact, any_job_fact;
  uint64_t *blamed;                  /* by event: roles that caught it without having registered */
  struct first_catch *first_catches; /* of a trace that may turn out to begin at boot */
  size_t first_catch_count, first_catch_capacity;
  kept_records kept;
  /* results */
  bool ending;         /* no record comes any more: what is forgotten need not be taken out of the index */
  size_t listed;       /* most instances that the verdict lists */
  uint64_t line_count; /* records so far */
  struct ftblab_verdict *verdict;
};

/* With options->counted every record is kept. */
ftblab_status ftblab_stream_new(const ftblab_spec *spec, const ftblab_check_options *options,
                                const ftblab_trace_header *header, stream **result, ftblab_error *err);
void ftblab_stream_free(stream *s);
ftblab_status ftblab_stream_add(stream *s, const ftblab_record *record, ftblab_error *err);
ftblab_status ftblab_stream_finish(stream *s, const char *trace_name, bool complete, ftblab_verdict **verdict,
                                   ftblab_error *err);
/* Records for which nothing is judged that might still go on: the more instances are open, the longer each takes. */
bool ftblab_stream_no_memory(stream *s);                            /* says so in s->error; false */
bool ftblab_list_violation(stream *s, ftblab_violation *violation); /* or count it; takes what it lists */
static inline uint64_t ftblab_window(const stream *s);
static inline uint64_t ftblab_slack(const stream *s); /* the part of it that is due to open instances */
void ftblab_track_retire(stream *s, uint32_t number); /* its verdict is counted; it ends */

/* ---- what is asked of every record --------------------------------------------------------------------- */

static inline track *ftblab_track_at(const stream *s, uint32_t number)
{
  return &s->chunks[number / TRACKS_A_CHUNK][number % TRACKS_A_CHUNK];
}

static inline uint64_t ftblab_slack(const stream *s)
{
  /* those that only wait for a repeat do not count: else they would make each other wait for ever */
  return 16 * (uint64_t)(s->open_count - s->finished_count);
}

static inline uint64_t ftblab_window(const stream *s)
{
  return WINDOW + ftblab_slack(s);
}

static inline kind *ftblab_kind_of(stream *s, const ftblab_record *record)
{
  kind *k = record->frame < FTBLAB_FRAME_LIMIT ? s->by_frame[record->frame] : NULL; /* of frame 0 there is none */
  bool same = k != NULL && k->anonymous && record->instance.data == NULL && record->host.data == NULL &&
              k->constant.has_seq == record->has_seq && k->constant.has_cause == record->has_cause;
  return same ? k : ftblab_kind_find(s, record);
}

static inline pack_prefix ftblab_prefix_of(const kind *k, const form *f)
{
  pack_prefix prefix = {0, 0};
  pack_add_prefix(&prefix, k->number);
  pack_add_prefix(&prefix, f->number);
  return prefix;
}

static inline pack_numbers ftblab_numbers_of(const track *t, const stamp *record)
{
  return (pack_numbers){.line = record->line - t->last_line,
                        .t = pack_fold((uint64_t)record->t - (uint64_t)t->last_t),
                        .seq = pack_fold(record->seq - record->line),
                        .cause = pack_fold(record->cause - record->line)};
}

/* RECORD stands in the log of T, in BYTES behind those that were there. */
static inline void ftblab_track_appended(track *t, const stamp *record, unsigned bytes)
{
  t->used = (uint16_t)(t->used + bytes);
  t->first_line = t->records == 0 ? record->line : t->first_line;
  t->records++;
  t->last_line = record->line;
  t->last_t = record->t;
}

static inline uint32_t ftblab_step_of(stream *s, uint32_t from, uint16_t class)
{
  uint32_t step = s->states[from].next[class];
  return step != STEP_UNKNOWN ? step : ftblab_state_work_out(s, from, class);
}

static inline unsigned ftblab_bucket_matches(const index_bucket *b, uint32_t hash, unsigned *free_ones)
{
#ifdef __SSE2__
  const __m128i *at = (const __m128i *)(const void *)b;
  const __m128i wanted = _mm_set1_epi32((int)hash), none = _mm_set1_epi32(-1);
  __m128i same =
      _mm_packs_epi32(_mm_cmpeq_epi32(_mm_loadu_si128(at), wanted), _mm_cmpeq_epi32(_mm_loadu_si128(at + 1), wanted));
  __m128i free_slots =
      _mm_packs_epi32(_mm_cmpeq_epi32(_mm_loadu_si128(at + 2), none), _mm_cmpeq_epi32(_mm_loadu_si128(at + 3), none));
  unsigned both = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(same, free_slots));
  *free_ones = both >> BUCKET;
  return both & FULL_BUCKET & ~*free_ones;
#else
  unsigned same = 0;
  *free_ones = 0;
  for (unsigned i = 0; i < BUCKET; i++) {
    same |= (unsigned)(b->hashes[i] == hash) << i;
    *free_ones |= (unsigned)(b->references[i] == NONE) << i;
  }
  return same & ~*free_ones;
#endif
}

static inline index_bucket *ftblab_bucket_of(const stream *s, uint32_t hash, uint32_t i)
{
  return &s->buckets[(hash + i) & (s->bucket_count - 1)];
}

static inline void ftblab_index_fetch_bucket(const stream *s, uint32_t hash)
{
  if (s->bucket_count > 0)
    __builtin_prefetch(ftblab_bucket_of(s, hash, 0));
}

static inline uint32_t ftblab_index_fetch(const stream *s, uint32_t hash)
{
  unsigned free_ones, same;
  if (s->bucket_count == 0)
    return NONE;
  const index_bucket *b = ftblab_bucket_of(s, hash, 0);
  if ((same = ftblab_bucket_matches(b, hash, &free_ones)) == 0)
    return NONE;
  uint32_t reference = b->references[__builtin_ctz(same)];
  if (reference & CLUSTER_BIT)
    __builtin_prefetch(&s->words[reference & ~CLUSTER_BIT]);
  else
    __builtin_prefetch(ftblab_track_at(s, reference));
  return reference;
}

/* Of a track, its values at the beginning, and where the next record goes. Always in line: a call that only fetches has
 * no effect, and compilers leave it out. */
__attribute__((always_inline)) static inline void ftblab_index_fetch_behind(const stream *s, uint32_t reference)
{
  if (reference & CLUSTER_BIT) {
    const cluster_word *known = &s->words[reference & ~CLUSTER_BIT];
    if (known->text == NULL) /* it was forgotten since then */
      return;
    __builtin_prefetch(known->text);
    __builtin_prefetch(&s->store.clusters[known->cluster]);
    return;
  }
  const track *t = ftblab_track_at(s, reference);
  if (t->log == NULL)
    return;
  __builtin_prefetch(t->log);
  __builtin_prefetch(t->log + t->used);
}

static inline const int8_t *ftblab_variables_of(const stream *s, int of_group, int event)
{
  return s->variables + ((size_t)of_group * s->spec->event_count + (size_t)event) * s->spec->key_count;
}

/* The finalizer of MurmurHash3: every bit of PIECE matters to every bit of the hash. */
static inline uint64_t ftblab_mix(uint64_t hash, uint64_t piece)
{
  hash ^= piece;
  hash = (hash ^ hash >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
  hash = (hash ^ hash >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
  return hash ^ hash >> 33;
}

/* The hash of a word is made of eight bytes at a time, with zeros behind the last. */
static inline uint64_t ftblab_hash_begin(bool is_job, size_t length)
{
  return (is_job ? UINT64_C(0xD1B54A32D192ED03) : UINT64_C(0x9E3779B97F4A7C15)) + length;
}

/* COUNT bytes, at most eight, as a number; the first one is the lowest. No others are read. */
static inline uint64_t ftblab_few_bytes(const char *text, size_t count)
{
  const unsigned char *at = (const unsigned char *)text;
  uint64_t number = 0;
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint32_t first, last;
  if (count >= sizeof first) { /* two loads, which overlap */
    memcpy(&first, at, sizeof first);
    memcpy(&last, at + count - sizeof last, sizeof last);
    return first | (uint64_t)last << 8 * (count - sizeof last);
  }
#endif
  for (size_t i = 0; i < count; i++)
    number |= (uint64_t)at[i] << 8 * i;
  return number;
}

static inline word ftblab_word_of(bool is_job, const char *text, size_t length)
{
  uint64_t hash = ftblab_hash_begin(is_job, length);
  size_t at = 0;
  for (; at + sizeof hash < length; at += sizeof hash)
    hash = ftblab_mix(hash, ftblab_few_bytes(text + at, sizeof hash));
  hash = ftblab_mix(hash, ftblab_few_bytes(text + at, length - at));
  return (word){.text = text, .length = (uint32_t)length, .hash = (uint32_t)hash, .is_job = is_job};
}

static inline bool ftblab_track_next_value(const track *t, size_t *at, int *variable, ftblab_slice *text)
{
  if (*at >= t->values)
    return false;
  *variable = t->log[*at];
  *text = (ftblab_slice){(const char *)t->log + *at + 2, t->log[*at + 1]};
  *at += 2 + text->length;
  return true;
}

static inline bool ftblab_track_next_word(const stream *s, const track *t, size_t *at, int *variable, word *w)
{
  ftblab_slice text;
  while (ftblab_track_next_value(t, at, variable, &text))
    if (s->tie_variables[t->group] >> *variable & 1) {
      *w = ftblab_word_of((s->job_variables >> *variable & 1) != 0, text.data, text.length);
      return true;
    }
  return false;
}

/* Are LENGTH bytes the same? Most are few: two loads that overlap tell, and reading goes not beyond either. */
static inline bool ftblab_same_bytes(const char *a, const char *b, size_t length)
{
  uint64_t first[2], last[2];
  uint32_t short_first[2], short_last[2];
  if (length > 16)
    return memcmp(a, b, length) == 0;
  if (length >= 8) {
    memcpy(&first[0], a, 8);
    memcpy(&first[1], b, 8);
    memcpy(&last[0], a + length - 8, 8);
    memcpy(&last[1], b + length - 8, 8);
    return ((first[0] ^ first[1]) | (last[0] ^ last[1])) == 0;
  }
  if (length >= 4) {
    memcpy(&short_first[0], a, 4);
    memcpy(&short_first[1], b, 4);
    memcpy(&short_last[0], a + length - 4, 4);
    memcpy(&short_last[1], b + length - 4, 4);
    return ((short_first[0] ^ short_first[1]) | (short_last[0] ^ short_last[1])) == 0;
  }
  return length == 0 || (a[0] == b[0] && a[length / 2] == b[length / 2] && a[length - 1] == b[length - 1]);
}

/* Absent, or the same text? */
static inline bool ftblab_same_slice(ftblab_slice a, ftblab_slice b)
{
  if (a.data == NULL && b.data == NULL)
    return true;
  return a.length == b.length && (a.data != NULL) == (b.data != NULL) &&
         (a.length == 0 || ftblab_same_bytes(a.data, b.data, a.length));
}

static inline ftblab_slice ftblab_track_value(const track *t, int variable)
{
  ftblab_slice text;
  int bound;
  if (t->bound >> variable & 1)
    for (size_t at = 0; ftblab_track_next_value(t, &at, &bound, &text);)
      if (bound == variable)
        return text;
  return (ftblab_slice){NULL, 0};
}

static inline bool ftblab_track_agrees(const stream *s, const track *t, int event, const reading *values)
{
  const int8_t *variables = ftblab_variables_of(s, t->group, event);
  for (uint8_t i = 0; i < values->form->slots; i++) {
    int variable = variables[values->form->key[i]];
    if (variable < 0)
      return false; /* says more than the tables ask: what was thrown must be caught */
    ftblab_slice mine = ftblab_track_value(t, variable), theirs = values->value[i];
    if (mine.data != NULL && (mine.length != theirs.length || !ftblab_same_bytes(mine.data, theirs.data, mine.length)))
      return false;
  }
  return true;
}

static inline bool ftblab_track_has(const stream *s, const track *t, const word *w)
{
  ftblab_slice text;
  int variable;
  for (size_t at = 0; ftblab_track_next_value(t, &at, &variable, &text);)
    if (text.length == w->length && s->tie_variables[t->group] >> variable & 1 &&
        w->is_job == ((s->job_variables >> variable & 1) != 0) && ftblab_same_bytes(w->text, text.data, text.length))
      return true;
  return false;
}

/* Does W stand behind a reference that has its hash? */
static inline bool ftblab_index_is(const stream *s, uint32_t reference, const word *w)
{
  if (!(reference & CLUSTER_BIT))
    return ftblab_track_has(s, ftblab_track_at(s, reference), w);
  const cluster_word *known = &s->words[reference & ~CLUSTER_BIT];
  return known->is_job == w->is_job && known->length == w->length &&
         ftblab_same_bytes(w->text, known->text, known->length);
}

static inline uint32_t ftblab_index_find(const stream *s, const word *w, uint32_t *place)
{
  for (uint32_t i = *place / BUCKET; s->bucket_count > 0; *place = ++i * BUCKET) {
    const index_bucket *b = ftblab_bucket_of(s, w->hash, i);
    unsigned free_ones, same = ftblab_bucket_matches(b, w->hash, &free_ones);
    for (same &= FULL_BUCKET << *place % BUCKET; same != 0; same &= same - 1) {
      unsigned slot = (unsigned)__builtin_ctz(same);
      if (ftblab_index_is(s, b->references[slot], w)) {
        *place = i * BUCKET + slot + 1;
        return b->references[slot];
      }
    }
    if (free_ones != 0)
      return NONE;
  }
  return NONE;
}

/* What was found of instances that end as T stands now. */
static inline outcome *ftblab_outcome_of(const stream *s, const track *t)
{
  return &s->states[t->state].outcomes[s->any_job_fact ? t->facts : FACTS_NONE];
}

#endif
