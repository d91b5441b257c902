/* stream_facts.c - what facts a long trace gave: which jobs run where, and what happened to nodes lately.
 *
 * A fact is kept as long as it can matter: JOB_STARTED, and throws that promise or move something, while the job runs;
 * these behind its end, and the others, for as many records as something may wait to be judged. Facts are found by the
 * nodes and jobs that they name; the end of a job also by the nodes where it ran. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

typedef struct kept_fact {
  uint64_t line;
  uint64_t ended; /* the line where the last of its jobs ended that has; 0: none has */
  int64_t t;
  char *bytes; /* the event, 0, the payload */
  size_t payload_length;
  ftblab_fact_kind kind;
} kept_fact;

/* One of the words of a fact. */
typedef struct mention {
  uint32_t fact, next;
  bool begins; /* a job starts, or moves to, where none ran: what is older tells nothing of what comes */
  bool again;  /* a start or move of what runs already, or an end of what does not: of a job, it tells of other nodes */
} mention;

/* A node where a job runs: once for each fact that put it there. */
typedef struct place {
  uint32_t node; /* a word */
  uint32_t next; /* of its job, or free */
} place;

/* What is known of a word. */
typedef struct word_facts {
  uint32_t newest;   /* its newest mention + 1 */
  uint32_t running;  /* of a node, places of jobs there; of a job, whether it runs */
  uint32_t places;   /* of a job: its first one + 1 */
  bool wanted;       /* of a job: its end is, as long as an older fact is kept */
  uint32_t asked;    /* the list that it was asked for last */
  uint64_t since;    /* of a job: the line where it was last started */
  uint64_t promised; /* of a job: events that were thrown of it since it was started, as bits */
} word_facts;

struct facts {
  kept_fact *kept; /* in the order of lines */
  uint32_t count, capacity, prune_at;
  ftblab_names *words; /* "n" or "j" before each: nodes and jobs may have one name */
  word_facts *of;      /* by word */
  uint32_t word_capacity, round;
  mention *mentions;
  uint32_t mention_count, mention_capacity;
  place *places;
  uint32_t place_count, place_capacity, free_places; /* FREE: the first one + 1 */
  uint32_t running_jobs;
  bool any_promise;
  uint64_t *turns; /* lines behind which, by turns, some job runs and none does */
  uint32_t turn_count, turn_capacity;
};

/* ---- words --------------------------------------------------------------------------------------------- */

/* W with its kind before it; 0: it is too long. */
static size_t name_of(const word *w, char name[FTBLAB_PAYLOAD_LIMIT + 1])
{
  if (w->length > FTBLAB_PAYLOAD_LIMIT)
    return 0;
  name[0] = w->is_job ? 'j' : 'n';
  memcpy(name + 1, w->text, w->length);
  return w->length + (size_t)1;
}

static uint32_t find_word(const facts *f, const word *w)
{
  char name[FTBLAB_PAYLOAD_LIMIT + 1];
  size_t length = name_of(w, name);
  uint32_t number = length == 0 ? FTBLAB_NO_NAME : ftblab_names_find(f->words, name, length);
  return number == FTBLAB_NO_NAME ? NONE : number;
}

static bool grow_words(facts *f, uint32_t number)
{
  if (number < f->word_capacity)
    return true;
  uint32_t capacity = 2 * number + 64;
  word_facts *of = realloc(f->of, capacity * sizeof *of);
  if (of == NULL)
    return false;
  memset(of + f->word_capacity, 0, (capacity - f->word_capacity) * sizeof *of);
  f->of = of;
  f->word_capacity = capacity;
  return true;
}

/* The number of W, made if it has none; NONE: it is too long for any fact. False: no memory. */
static bool number_word(facts *f, const word *w, uint32_t *number)
{
  char name[FTBLAB_PAYLOAD_LIMIT + 1];
  size_t length = name_of(w, name);
  *number = NONE;
  if (length == 0)
    return true;
  *number = ftblab_names_add(f->words, name, length);
  return *number != FTBLAB_NO_NAME && grow_words(f, *number);
}

static bool add_mention(facts *f, uint32_t number, uint32_t fact)
{
  if (!ftblab_make_room((void **)&f->mentions, f->mention_count, &f->mention_capacity, sizeof *f->mentions))
    return false;
  ftblab_fact_kind what = f->kept[fact].kind;
  bool starts = what == FACT_JOB_STARTED || what == FACT_MOVED, ends = what == FACT_JOB_ENDED;
  bool runs = f->of[number].running > 0;
  f->mentions[f->mention_count] =
      (mention){fact, f->of[number].newest, .begins = starts && !runs, .again = (starts && runs) || (ends && !runs)};
  f->of[number].newest = ++f->mention_count;
  return true;
}

/* ---- what runs where ----------------------------------------------------------------------------------- */

static bool add_place(facts *f, uint32_t job, uint32_t node)
{
  uint32_t at = f->free_places;
  if (at != 0) {
    f->free_places = f->places[at - 1].next;
  } else {
    if (!ftblab_make_room((void **)&f->places, f->place_count, &f->place_capacity, sizeof *f->places))
      return false;
    at = ++f->place_count;
  }
  f->places[at - 1] = (place){.node = node, .next = f->of[job].places};
  f->of[job].places = at;
  f->of[node].running++;
  return true;
}

/* JOB runs no longer on NODE; NONE: on any. */
static void leave_places(facts *f, uint32_t job, uint32_t node)
{
  uint32_t *from = &f->of[job].places;
  while (*from != 0) {
    place *here = &f->places[*from - 1];
    if (node != NONE && here->node != node) {
      from = &here->next;
      continue;
    }
    uint32_t at = *from;
    f->of[here->node].running--;
    *from = here->next;
    here->next = f->free_places;
    f->free_places = at;
  }
}

/* A fact while it is noted. */
typedef struct noting {
  uint32_t fact, job; /* the job whose nodes are looked at */
  uint64_t promise;   /* as a bit */
} noting;

static void start_job(facts *f, uint32_t job, uint32_t fact)
{
  if (f->of[job].running > 0)
    return;
  f->of[job].running = 1;
  f->of[job].since = f->kept[fact].line;
  f->running_jobs++;
}

/* JOB ends wherever it runs: each of these nodes is told, and what was said of it matters no longer than that. */
static bool end_job(facts *f, uint32_t job, uint32_t fact)
{
  for (uint32_t m = f->of[job].newest; m != 0; m = f->mentions[m - 1].next) {
    kept_fact *old = &f->kept[f->mentions[m - 1].fact];
    old->ended = old->ended > f->kept[fact].line ? old->ended : f->kept[fact].line;
    if (f->mentions[m - 1].begins)
      break;
  }
  for (uint32_t at = f->of[job].places; at != 0; at = f->places[at - 1].next)
    if (!add_mention(f, f->places[at - 1].node, fact))
      return false;
  leave_places(f, job, NONE);
  f->of[job].running = 0;
  f->of[job].promised = 0;
  f->running_jobs--;
  return true;
}

static bool note_node_of_job(stream *s, const word *w, void *argument)
{
  facts *f = s->facts;
  const noting *n = argument;
  uint32_t node = NONE;
  return (number_word(f, w, &node) && (node == NONE || add_place(f, n->job, node))) || ftblab_stream_no_memory(s);
}

static bool note_job(stream *s, const word *w, void *argument)
{
  facts *f = s->facts;
  noting *n = argument;
  if (!number_word(f, w, &n->job))
    return ftblab_stream_no_memory(s);
  if (n->job == NONE)
    return true;
  bool runs = f->of[n->job].running > 0;
  if (!add_mention(f, n->job, n->fact))
    return ftblab_stream_no_memory(s);
  switch (f->kept[n->fact].kind) {
  case FACT_JOB_STARTED:
    start_job(f, n->job, n->fact);
    return ftblab_for_words(s, s->node_keys, note_node_of_job, n);
  case FACT_JOB_ENDED:
    return !runs || end_job(f, n->job, n->fact) || ftblab_stream_no_memory(s);
  case FACT_PROMISE:
    f->of[n->job].promised |= runs ? n->promise : 0;
    return true;
  default:
    return true;
  }
}

/* A node of a fact, before its jobs are looked at. */
static bool note_node(stream *s, const word *w, void *argument)
{
  facts *f = s->facts;
  const noting *n = argument;
  uint32_t number = NONE, at = 0, found;
  if (!number_word(f, w, &number) || (number != NONE && !add_mention(f, number, n->fact)))
    return ftblab_stream_no_memory(s);
  if (f->kept[n->fact].kind != FACT_NODE_FAILED)
    return true;
  while ((found = ftblab_index_find(s, w, &at)) != NONE)
    if (!(found & CLUSTER_BIT) && ftblab_track_at(s, found)->first_line < f->kept[n->fact].line)
      ftblab_track_at(s, found)->node_failed = true;
  return true;
}

/* A payload of a fact into s->probe->payload; *SAYS_NOTHING: it is none. */
static bool read_payload(stream *s, const char *payload, size_t length, bool *says_nothing)
{
  ftblab_status status = ftblab_entry_read(s->probe, FTBLAB_NONE, (ftblab_slice){payload, length}, NULL);
  *says_nothing = status != FTBLAB_OK;
  return status != FTBLAB_ENOMEM || ftblab_stream_no_memory(s);
}

static bool parse(stream *s, const kept_fact *kept)
{
  bool says_nothing;
  return read_payload(s, kept->bytes + strlen(kept->bytes) + 1, kept->payload_length, &says_nothing);
}

static uint64_t promise_bit(const stream *s, ftblab_slice event)
{
  return UINT64_C(1) << s->spec->events[ftblab_spec_event(s->spec, event.data, event.length)].promise;
}

/* The words of the payload that was read last, under the keys of a move: each must be one. */
typedef struct job_and_nodes {
  uint32_t number[3], count[3]; /* the job, the node that it leaves, the one where it goes */
  int key;                      /* that is looked at */
} job_and_nodes;

static bool take_word(stream *s, const word *w, void *argument)
{
  job_and_nodes *m = argument;
  uint32_t before = m->number[m->key];
  bool done = number_word(s->facts, w, &m->number[m->key]);
  m->count[m->key] += m->number[m->key] != before;
  return done || ftblab_stream_no_memory(s);
}

static bool note_move(stream *s, uint32_t fact)
{
  facts *f = s->facts;
  job_and_nodes m = {.number = {NONE, NONE, NONE}};
  for (m.key = 0; m.key < (int)FTBLAB_COUNT(m.number); m.key++)
    if (!ftblab_for_words(s, s->move_keys[m.key], take_word, &m))
      return false;
  for (size_t i = 0; i < FTBLAB_COUNT(m.number); i++)
    if (m.count[i] != 1 || m.number[i] == NONE)
      return true; /* as the exact checker has it */
  for (size_t i = 0; i < FTBLAB_COUNT(m.number); i++)
    if (!add_mention(f, m.number[i], fact))
      return ftblab_stream_no_memory(s);
  start_job(f, m.number[0], fact);
  leave_places(f, m.number[0], m.number[1]);
  return add_place(f, m.number[0], m.number[2]) || ftblab_stream_no_memory(s);
}

/* What FACT says, whose payload was read last. */
static bool note(stream *s, uint32_t fact)
{
  const kept_fact *kept = &s->facts->kept[fact];
  noting n = {.fact = fact, .job = NONE};
  if (kept->kind == FACT_PROMISE)
    n.promise = promise_bit(s, (ftblab_slice){kept->bytes, strlen(kept->bytes)});
  if (kept->kind == FACT_MOVED)
    return note_move(s, fact);
  bool by_nodes = kept->kind != FACT_JOB_ENDED; /* its nodes are those of the job, whichever it names */
  return (!by_nodes || ftblab_for_words(s, s->tie_keys & ~s->job_keys, note_node, &n)) &&
         ftblab_for_words(s, s->job_keys, note_job, &n);
}

bool ftblab_facts_say_job(const stream *s, ftblab_slice node)
{
  if (node.data == NULL)
    return false;
  word w = ftblab_word_of(false, node.data, node.length);
  uint32_t number = find_word(s->facts, &w);
  return number != NONE && s->facts->of[number].running > 0;
}

bool ftblab_facts_say_some_job(const stream *s)
{
  return s->facts->running_jobs > 0;
}

/* Keep the LINE, if behind it the first job runs or the last does no more. */
static bool note_turn(stream *s, uint64_t line)
{
  facts *f = s->facts;
  if ((f->running_jobs > 0) == (f->turn_count % 2 == 1))
    return true;
  if (!ftblab_make_room((void **)&f->turns, f->turn_count, &f->turn_capacity, sizeof *f->turns))
    return ftblab_stream_no_memory(s);
  f->turns[f->turn_count++] = line;
  return true;
}

/* Of the turns before LINE, those whose order tells what came then. */
static void prune_turns(facts *f, uint64_t line)
{
  uint32_t gone = 0;
  while (gone + 1 < f->turn_count && f->turns[gone + 1] < line)
    gone += 2;
  f->turn_count -= gone;
  memmove(f->turns, f->turns + gone, f->turn_count * sizeof *f->turns);
}

const uint64_t *ftblab_facts_turns(const stream *s, uint32_t *count)
{
  *count = s->facts->turn_count;
  return s->facts->turns;
}

/* ---- keeping ------------------------------------------------------------------------------------------- */

typedef struct jobs_of_fact {
  uint64_t line;
  bool any_runs, any_ended; /* runs: it was last started no later */
  bool any_wanted;          /* the end of one */
} jobs_of_fact;

static bool look_at_job(stream *s, const word *w, void *argument)
{
  jobs_of_fact *of = argument;
  uint32_t number = find_word(s->facts, w);
  if (number == NONE)
    return true;
  word_facts *known = &s->facts->of[number];
  bool runs = known->running > 0 && of->line >= known->since;
  of->any_runs = of->any_runs || runs;
  of->any_ended = of->any_ended || !runs;
  of->any_wanted = of->any_wanted || known->wanted;
  return true;
}

static bool want_end(stream *s, const word *w, void *argument)
{
  uint32_t number = find_word(s->facts, w);
  (void)argument;
  if (number != NONE)
    s->facts->of[number].wanted = true;
  return true;
}

/* May FACT still tell anything? They are asked in their order. */
static bool matters(stream *s, const kept_fact *fact, uint64_t window)
{
  uint64_t last = fact->ended > fact->line ? fact->ended : fact->line;
  jobs_of_fact of = {.line = fact->line};
  bool of_jobs = fact->kind != FACT_OTHER && fact->kind != FACT_NODE_FAILED;
  if (of_jobs && (!parse(s, fact) || !ftblab_for_words(s, s->job_keys, look_at_job, &of)))
    return true;
  if (fact->kind == FACT_JOB_ENDED)
    return last + window >= s->line_count || of.any_wanted;
  if (of.any_runs && of.any_ended && !ftblab_for_words(s, s->job_keys, want_end, NULL)) /* of its other jobs */
    return true;
  return last + window >= s->line_count || of.any_runs;
}

/* Forget what cannot matter any more, and find the rest anew. */
static bool prune(stream *s)
{
  facts *f = s->facts;
  uint32_t kept = 0;
  uint64_t window = ftblab_window(s) + WINDOW;
  f->prune_at = 2 * f->count;
  if (f->count > 0 && f->kept[0].line + window >= s->line_count)
    return true; /* nothing is that old */
  for (uint32_t i = 0; i < f->count; i++) {
    if (matters(s, &f->kept[i], window))
      f->kept[kept++] = f->kept[i];
    else
      free(f->kept[i].bytes);
  }
  if (f->turn_count > 0 && s->line_count > window)
    prune_turns(f, s->line_count - window);
  f->count = kept;
  f->running_jobs = 0;
  f->prune_at = 2 * kept + 4096;
  f->mention_count = f->place_count = f->free_places = 0;
  ftblab_names *words = ftblab_names_new();
  if (words == NULL)
    return ftblab_stream_no_memory(s);
  ftblab_names_free(f->words);
  f->words = words;
  if (f->word_capacity > 0)
    memset(f->of, 0, f->word_capacity * sizeof *f->of);
  for (uint32_t i = 0; i < kept; i++)
    if (!parse(s, &f->kept[i]) || !note(s, i))
      return false;
  return true;
}

typedef struct asking {
  uint64_t promise;
  bool is_new;
} asking;

static bool look_for_promise(stream *s, const word *w, void *argument)
{
  asking *a = argument;
  uint32_t number = find_word(s->facts, w);
  a->is_new = a->is_new ||
              (number != NONE && s->facts->of[number].running > 0 && !(s->facts->of[number].promised & a->promise));
  return true;
}

/* Is the throw whose payload was read the first of its event since one of its jobs was started? Others say nothing, nor
 * does that of a job that does not run. */
static bool is_new_promise(stream *s, const ftblab_record *record)
{
  asking a = {promise_bit(s, record->event), false};
  return ftblab_for_words(s, s->job_keys, look_for_promise, &a) && a.is_new;
}

bool ftblab_facts_take(stream *s, const ftblab_record *record, ftblab_fact_kind what)
{
  facts *f = s->facts;
  bool says_nothing = record->payload.data == NULL;
  if (!says_nothing && !read_payload(s, record->payload.data, record->payload.length, &says_nothing))
    return false;
  if (says_nothing || (what == FACT_PROMISE && !is_new_promise(s, record)))
    return true;
  bool full = f->count >= f->prune_at; /* forgetting reads other payloads */
  if (full && (!prune(s) || !read_payload(s, record->payload.data, record->payload.length, &says_nothing)))
    return false;
  if (!ftblab_make_room((void **)&f->kept, f->count, &f->capacity, sizeof *f->kept))
    return ftblab_stream_no_memory(s);
  char *bytes = malloc(record->event.length + record->payload.length + 2);
  if (bytes == NULL)
    return ftblab_stream_no_memory(s);
  memcpy(bytes, record->event.data, record->event.length);
  bytes[record->event.length] = '\0';
  memcpy(bytes + record->event.length + 1, record->payload.data, record->payload.length);
  f->kept[f->count++] = (kept_fact){
      .line = record->line, .t = record->t, .bytes = bytes, .payload_length = record->payload.length, .kind = what};
  s->any_fact = true;
  f->any_promise = f->any_promise || what == FACT_PROMISE;
  if (!note(s, f->count - 1) || !note_turn(s, record->line))
    return false;
  s->any_job_fact = s->any_job_fact || f->turn_count > 0;
  return true;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return a < b ? -1 : a > b;
}

fact_list ftblab_facts_list(stream *s, uint64_t from)
{
  facts *f = s->facts;
  if (++f->round == 0) { /* the numbers begin anew */
    f->round = 1;
    for (uint32_t i = 0; i < f->word_capacity; i++)
      f->of[i].asked = 0;
  }
  return (fact_list){.round = f->round, .from = from};
}

bool ftblab_facts_about(stream *s, const word *w, void *argument)
{
  fact_list *list = argument;
  facts *f = s->facts;
  uint32_t number = find_word(f, w);
  /* a node that fails over and over has many facts, and many records that speak of it */
  if (number == NONE || f->of[number].asked == list->round)
    return true;
  f->of[number].asked = list->round;
  for (uint32_t m = f->of[number].newest; m != 0; m = f->mentions[m - 1].next) {
    if (w->is_job && f->mentions[m - 1].again) /* one fact of many, if the job is large */
      continue;
    if (!ftblab_make_room((void **)&list->at, list->count, &list->capacity, sizeof *list->at))
      return ftblab_stream_no_memory(s);
    list->at[list->count++] = f->mentions[m - 1].fact;
    if (f->mentions[m - 1].begins && f->kept[f->mentions[m - 1].fact].line < list->from)
      break;
  }
  return true;
}

bool ftblab_facts_complete(stream *s, fact_list *list)
{
  uint32_t kept = 0;
  for (uint32_t i = 0, count = list->count; i < count && s->facts->any_promise; i++) {
    const kept_fact *fact = &s->facts->kept[list->at[i]];
    if ((fact->kind == FACT_JOB_STARTED || fact->kind == FACT_MOVED) &&
        !(parse(s, fact) && ftblab_for_words(s, s->job_keys, ftblab_facts_about, list)))
      return false;
  }
  if (list->count > 1)
    qsort(list->at, list->count, sizeof *list->at, by_number);
  for (uint32_t i = 0; i < list->count; i++)
    if (kept == 0 || list->at[kept - 1] != list->at[i])
      list->at[kept++] = list->at[i];
  list->count = kept;
  return true;
}

ftblab_fact_kind ftblab_facts_kind(const stream *s, uint32_t fact)
{
  return s->facts->kept[fact].kind;
}

ftblab_record ftblab_facts_record(const stream *s, uint32_t fact)
{
  const kept_fact *kept = &s->facts->kept[fact];
  size_t event = strlen(kept->bytes);
  return (ftblab_record){.t = kept->t,
                         .action = FTBLAB_FACT,
                         .component = {"Simulation", 10},
                         .event = {kept->bytes, event},
                         .payload = {kept->bytes + event + 1, kept->payload_length},
                         .line = kept->line};
}

/* ---- once ---------------------------------------------------------------------------------------------- */

ftblab_status ftblab_facts_init(stream *s, ftblab_error *err)
{
  s->facts = calloc(1, sizeof *s->facts);
  if (s->facts != NULL)
    s->facts->words = ftblab_names_new();
  if (s->facts == NULL || s->facts->words == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
  s->facts->prune_at = 4096;
  return FTBLAB_OK;
}

void ftblab_facts_free(stream *s)
{
  facts *f = s->facts;
  if (f == NULL)
    return;
  for (uint32_t i = 0; i < f->count; i++)
    free(f->kept[i].bytes);
  free(f->kept);
  ftblab_names_free(f->words);
  free(f->of);
  free(f->mentions);
  free(f->places);
  free(f->turns);
  free(f);
}
