/* stream_facts.c - what facts a long trace gave: which jobs run where, and what happened to nodes lately.
 *
 * A fact is kept as long as it can matter: JOB_STARTED, and throws that promise or move something, while the job runs;
 * the others for as many records as something may wait to be judged. Facts are found by the nodes and jobs that they
 * name. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

typedef struct kept_fact {
  uint64_t line;
  int64_t t;
  char *bytes; /* the event, 0, the payload */
  size_t payload_length;
  ftblab_fact_kind kind;
} kept_fact;

/* One of the words of a fact. */
typedef struct mention {
  uint32_t fact, next;
  bool begins; /* a job starts where none ran: what is older tells nothing of what comes */
  bool again;  /* a start of what runs already, or an end of what does not: of a job, it tells of other nodes */
} mention;

/* What is known of a word. */
typedef struct word_facts {
  uint32_t newest;   /* its newest mention + 1 */
  uint32_t running;  /* of a node, jobs that run there; of a job, whether it runs */
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

static bool add_mention(facts *f, const word *w, uint32_t fact, uint32_t *number)
{
  char name[FTBLAB_PAYLOAD_LIMIT + 1];
  size_t length = name_of(w, name);
  if (length == 0)
    return true;
  *number = ftblab_names_add(f->words, name, length);
  if (*number == FTBLAB_NO_NAME || !grow_words(f, *number))
    return false;
  if (f->mention_count == f->mention_capacity) {
    uint32_t capacity = f->mention_capacity == 0 ? 256 : 2 * f->mention_capacity;
    mention *mentions = realloc(f->mentions, capacity * sizeof *mentions);
    if (mentions == NULL)
      return false;
    f->mentions = mentions;
    f->mention_capacity = capacity;
  }
  bool starts = f->kept[fact].kind == FACT_JOB_STARTED, ends = f->kept[fact].kind == FACT_JOB_ENDED;
  bool runs = f->of[*number].running > 0;
  f->mentions[f->mention_count] =
      (mention){fact, f->of[*number].newest, .begins = starts && !runs, .again = (starts && runs) || (ends && !runs)};
  f->of[*number].newest = ++f->mention_count;
  return true;
}

/* ---- what runs where ----------------------------------------------------------------------------------- */

typedef struct noting {
  uint32_t fact;
  ftblab_fact_kind kind;
  uint64_t promise; /* as a bit */
} noting;

/* A job ends with all its runs; a node has one run less. */
static void end_on(facts *f, const word *w, uint32_t number)
{
  f->of[number].running = w->is_job ? 0 : f->of[number].running - 1;
  f->of[number].promised = 0;
  f->running_jobs -= w->is_job;
}

static bool note_word(stream *s, const word *w, void *argument)
{
  facts *f = s->facts;
  const noting *n = argument;
  uint32_t number = NONE;
  if (!add_mention(f, w, n->fact, &number))
    return ftblab_stream_no_memory(s);
  if (number == NONE)
    return true;
  if (n->kind == FACT_JOB_STARTED && f->of[number].running++ == 0) {
    f->running_jobs += w->is_job;
    f->of[number].since = f->kept[n->fact].line;
  } else if (n->kind == FACT_JOB_ENDED && f->of[number].running > 0)
    end_on(f, w, number);
  else if (n->kind == FACT_PROMISE && w->is_job)
    f->of[number].promised |= n->promise;
  if (n->kind != FACT_NODE_FAILED || w->is_job)
    return true;
  uint32_t place = 0, found;
  while ((found = ftblab_index_find(s, w, &place)) != NONE)
    if (!(found & CLUSTER_BIT))
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

static bool note(stream *s, uint32_t fact)
{
  const kept_fact *kept = &s->facts->kept[fact];
  noting n = {fact, kept->kind, 0};
  if (kept->kind == FACT_PROMISE)
    n.promise = promise_bit(s, (ftblab_slice){kept->bytes, strlen(kept->bytes)});
  return parse(s, kept) && ftblab_for_words(s, s->tie_keys, note_word, &n);
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
  if (f->turn_count == f->turn_capacity) {
    uint32_t capacity = f->turn_capacity == 0 ? 16 : 2 * f->turn_capacity;
    uint64_t *turns = realloc(f->turns, capacity * sizeof *turns);
    if (turns == NULL)
      return ftblab_stream_no_memory(s);
    f->turns = turns;
    f->turn_capacity = capacity;
  }
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

typedef struct run_of_fact {
  uint64_t line;
  bool runs;
} run_of_fact;

/* *ARGUMENT: does a job run that was last started no later? */
static bool look_for_running(stream *s, const word *w, void *argument)
{
  run_of_fact *r = argument;
  uint32_t number = w->is_job ? find_word(s->facts, w) : NONE;
  r->runs = r->runs || (number != NONE && s->facts->of[number].running > 0 && r->line >= s->facts->of[number].since);
  return true;
}

static bool still_runs(stream *s, const kept_fact *kept)
{
  run_of_fact r = {.line = kept->line};
  return parse(s, kept) && ftblab_for_words(s, s->job_keys, look_for_running, &r) && r.runs;
}

/* Forget what cannot matter any more, and find the rest anew. */
static bool prune(stream *s)
{
  facts *f = s->facts;
  uint32_t kept = 0;
  uint64_t window = ftblab_window(s) + WINDOW;
  for (uint32_t i = 0; i < f->count; i++) {
    bool matters =
        f->kept[i].line + window >= s->line_count ||
        ((f->kept[i].kind == FACT_JOB_STARTED || f->kept[i].kind >= FACT_PROMISE) && still_runs(s, &f->kept[i]));
    if (matters)
      f->kept[kept++] = f->kept[i];
    else
      free(f->kept[i].bytes);
  }
  if (f->turn_count > 0 && s->line_count > window)
    prune_turns(f, s->line_count - window);
  f->count = kept;
  f->running_jobs = 0;
  f->prune_at = 2 * kept + 4096;
  f->mention_count = 0;
  ftblab_names *words = ftblab_names_new();
  if (words == NULL)
    return ftblab_stream_no_memory(s);
  ftblab_names_free(f->words);
  f->words = words;
  if (f->word_capacity > 0)
    memset(f->of, 0, f->word_capacity * sizeof *f->of);
  for (uint32_t i = 0; i < kept; i++)
    if (!note(s, i))
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
  a->is_new = a->is_new || number == NONE || !(s->facts->of[number].promised & a->promise);
  return true;
}

/* Is the throw whose payload was read the first of its event since one of its jobs was started? Others say nothing. */
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
  if (f->count >= f->prune_at && !prune(s))
    return false;
  if (f->count == f->capacity) {
    uint32_t capacity = f->capacity == 0 ? 256 : 2 * f->capacity;
    kept_fact *kept = realloc(f->kept, capacity * sizeof *kept);
    if (kept == NULL)
      return ftblab_stream_no_memory(s);
    f->kept = kept;
    f->capacity = capacity;
  }
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
    if (list->count == list->capacity) {
      uint32_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
      uint32_t *at = realloc(list->at, capacity * sizeof *at);
      if (at == NULL)
        return ftblab_stream_no_memory(s);
      list->at = at;
      list->capacity = capacity;
    }
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
    if (fact->kind == FACT_JOB_STARTED &&
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
  free(f->turns);
  free(f);
}
