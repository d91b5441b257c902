/* stream_facts.c - what facts a long trace gave: which jobs run where, and what happened to nodes lately.
 *
 * A fact is kept as long as it can matter: JOB_STARTED, and throws that promise or move something, while the job runs;
 * these behind its end, and the others, for as many records as something may wait to be judged. Facts are found by the
 * nodes and jobs that they name; the end of a job also by the nodes where it ran.
 *
 * A large job starts and ends in many facts, each of many nodes, and again and again in the same ones. So a fact is a
 * mention not of each of its nodes but of what it says (stream_said.h): a node knows, in periods, which payload spoke
 * of it, and finds the mentions of that one. */
#include <stdlib.h>
#include <string.h>

#include "stream_said.h"

typedef struct kept_fact {
  uint64_t line;
  uint64_t ended; /* the line where the last of its jobs ended that has; 0: none has */
  int64_t t;
  said *said;
  uint32_t listed; /* the list that it stands in, if that is the last one that was made */
  uint16_t event;
  uint8_t kind;
} kept_fact;

/* That a fact speaks of a job, or of the nodes of a payload. */
typedef struct mention {
  uint32_t fact, next; /* NEXT: the older one + 1 */
  bool begins;         /* a job starts, or moves to, where none ran: what is older tells nothing of what comes */
} mention;

/* From its first mention on, till the next period of the node begins, what spoke of the node was this payload. */
typedef struct period {
  said *said;
  uint32_t first;  /* mention + 1 */
  uint32_t older;  /* period of the node + 1 */
  uint32_t before; /* the last mention in that one + 1 */
} period;

/* Nodes where a job runs: once for each fact that put it there. */
typedef struct place {
  said *said;
  uint32_t next; /* of its job, or free */
} place;

/* What is known of a word. */
typedef struct word_facts {
  said *now;         /* of a node: what spoke of it last */
  said *alone;       /* of a node: itself, if a job ever moved to or from it */
  uint32_t period;   /* of a node: the newest + 1 */
  uint32_t newest;   /* of a job: its newest mention + 1 */
  uint32_t more;     /* of a job: mentions of facts that start it where it runs already, which tell of other nodes */
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
  said_table said;
  word_facts *of; /* by word */
  uint32_t word_capacity, round;
  mention *mentions;
  uint32_t mention_count, mention_capacity;
  period *periods;
  uint32_t period_count, period_capacity;
  place *places;
  uint32_t place_count, place_capacity, free_places; /* FREE: the first one + 1 */
  uint32_t running_jobs;
  bool any_promise;
  uint32_t *jobs; /* scratch: those of a payload that are known */
  uint32_t job_count, job_capacity;
  ftblab_slice *told; /* scratch: words of a fact */
  uint32_t told_capacity;
  uint64_t *turns; /* lines behind which, by turns, some job runs and none does */
  uint32_t turn_count, turn_capacity;
};

/* ---- mentions ------------------------------------------------------------------------------------------ */

/* All words have a place in f->of. */
static bool grow_words(facts *f)
{
  if (f->said.word_count <= f->word_capacity)
    return true;
  uint32_t capacity = 2 * f->said.word_count + 64;
  word_facts *of = realloc(f->of, capacity * sizeof *of);
  if (of == NULL)
    return false;
  memset(of + f->word_capacity, 0, (capacity - f->word_capacity) * sizeof *of);
  f->of = of;
  f->word_capacity = capacity;
  return true;
}

static bool add_mention(facts *f, uint32_t *newest, uint32_t fact, bool begins)
{
  if (!ftblab_make_room((void **)&f->mentions, f->mention_count, &f->mention_capacity, sizeof *f->mentions))
    return false;
  f->mentions[f->mention_count] = (mention){fact, *newest, begins};
  *newest = ++f->mention_count;
  return true;
}

static bool starts(const facts *f, uint32_t fact)
{
  return f->kept[fact].kind == FACT_JOB_STARTED || f->kept[fact].kind == FACT_MOVED;
}

/* FACT speaks of the nodes of WHAT. */
static bool tell_nodes(facts *f, said *what, uint32_t fact)
{
  bool begins = starts(f, fact);
  for (uint32_t i = what->jobs; i < what->count && begins; i++)
    begins = f->of[what->words[i]].running == 0;
  if (what->jobs == what->count)
    return true;
  if (!add_mention(f, &what->newest, fact, begins))
    return false;
  for (uint32_t i = what->jobs; i < what->count && !what->whole; i++) {
    word_facts *node = &f->of[what->words[i]];
    if (node->now == what)
      continue;
    if (node->now != NULL)
      node->now->whole = false;
    if (!ftblab_make_room((void **)&f->periods, f->period_count, &f->period_capacity, sizeof *f->periods))
      return false;
    f->periods[f->period_count] = (period){.said = what,
                                           .first = what->newest,
                                           .older = node->period,
                                           .before = node->now == NULL ? 0 : node->now->newest};
    node->period = ++f->period_count;
    node->now = what;
  }
  what->whole = true;
  return true;
}

/* FACT speaks of JOB. Of facts that start or end it one by one, only the first begins or ends it. */
static bool tell_job(facts *f, uint32_t job, uint32_t fact)
{
  word_facts *known = &f->of[job];
  bool runs = known->running > 0;
  if (starts(f, fact))
    return add_mention(f, runs ? &known->more : &known->newest, fact, !runs);
  return (f->kept[fact].kind == FACT_JOB_ENDED && !runs) || add_mention(f, &known->newest, fact, false);
}

/* ---- what runs where ----------------------------------------------------------------------------------- */

/* JOB runs on the nodes of WHAT. */
static bool add_place(facts *f, uint32_t job, said *what)
{
  uint32_t at = f->free_places;
  if (what->jobs == what->here)
    return true;
  if (at != 0) {
    f->free_places = f->places[at - 1].next;
  } else {
    if (!ftblab_make_room((void **)&f->places, f->place_count, &f->place_capacity, sizeof *f->places))
      return false;
    at = ++f->place_count;
  }
  f->places[at - 1] = (place){.said = what, .next = f->of[job].places};
  f->of[job].places = at;
  for (uint32_t i = what->jobs; i < what->here; i++)
    f->of[what->words[i]].running++;
  return true;
}

/* The place AT, which is in no list any more, is none. Returns what it was. */
static said *leave_place(facts *f, uint32_t at)
{
  said *what = f->places[at - 1].said;
  for (uint32_t i = what->jobs; i < what->here; i++)
    f->of[what->words[i]].running--;
  f->places[at - 1].next = f->free_places;
  f->free_places = at;
  return what;
}

static bool is_on(const said *what, uint32_t node)
{
  for (uint32_t i = what->jobs; i < what->here; i++)
    if (what->words[i] == node)
      return true;
  return false;
}

static said *alone(facts *f, uint32_t node)
{
  if (f->of[node].alone == NULL)
    f->of[node].alone = ftblab_said_alone(node);
  return f->of[node].alone;
}

/* JOB runs no longer on NODE. Where it ran together with others, each of those is a place of its own from now on. */
static bool leave_node(facts *f, uint32_t job, uint32_t node)
{
  uint32_t at = f->of[job].places;
  f->of[job].places = 0;
  for (uint32_t next; at != 0; at = next) {
    next = f->places[at - 1].next;
    if (!is_on(f->places[at - 1].said, node)) {
      f->places[at - 1].next = f->of[job].places;
      f->of[job].places = at;
      continue;
    }
    const said *what = leave_place(f, at);
    for (uint32_t i = what->jobs; i < what->here; i++) {
      said *other = what->words[i] == node ? NULL : alone(f, what->words[i]);
      if (what->words[i] != node && (other == NULL || !add_place(f, job, other)))
        return false;
    }
  }
  return true;
}

static void start_job(facts *f, uint32_t job, uint32_t fact)
{
  if (f->of[job].running > 0)
    return;
  f->of[job].running = 1;
  f->of[job].since = f->kept[fact].line;
  f->running_jobs++;
}

static void note_end(facts *f, uint32_t of_fact, uint64_t line)
{
  kept_fact *old = &f->kept[of_fact];
  old->ended = old->ended > line ? old->ended : line;
}

/* JOB ends wherever it runs: each of these nodes is told, and what was said of it matters no longer than that. */
static bool end_job(facts *f, uint32_t job, uint32_t fact)
{
  word_facts *known = &f->of[job];
  for (uint32_t m = known->newest; m != 0; m = f->mentions[m - 1].next) {
    note_end(f, f->mentions[m - 1].fact, f->kept[fact].line);
    if (f->mentions[m - 1].begins)
      break;
  }
  for (uint32_t m = known->more; m != 0; m = f->mentions[m - 1].next)
    note_end(f, f->mentions[m - 1].fact, f->kept[fact].line);
  for (uint32_t at = known->places, next; at != 0; at = next) {
    next = f->places[at - 1].next;
    if (!tell_nodes(f, leave_place(f, at), fact))
      return false;
  }
  known->more = known->places = known->running = 0;
  known->promised = 0;
  f->running_jobs--;
  return true;
}

static uint64_t promise_bit(const stream *s, int event)
{
  return UINT64_C(1) << s->spec->events[event].promise;
}

/* FACT, of which JOB is a job. */
static bool note_job(stream *s, uint32_t job, uint32_t fact)
{
  facts *f = s->facts;
  const kept_fact *kept = &f->kept[fact];
  bool runs = f->of[job].running > 0;
  if (!tell_job(f, job, fact))
    return false;
  switch (kept->kind) {
  case FACT_JOB_STARTED:
    start_job(f, job, fact);
    return add_place(f, job, kept->said);
  case FACT_JOB_ENDED:
    return !runs || end_job(f, job, fact);
  case FACT_PROMISE:
    f->of[job].promised |= runs ? promise_bit(s, kept->event) : 0;
    return true;
  default:
    return true;
  }
}

static bool note_move(facts *f, uint32_t fact)
{
  const uint32_t *move = f->kept[fact].said->move;
  if (move[0] == NONE)
    return true; /* as the exact checker has it */
  said *from = alone(f, move[1]), *to = alone(f, move[2]);
  if (from == NULL || to == NULL || !tell_job(f, move[0], fact) || !tell_nodes(f, from, fact) ||
      !tell_nodes(f, to, fact))
    return false;
  start_job(f, move[0], fact);
  return leave_node(f, move[0], move[1]) && add_place(f, move[0], to);
}

static bool note(stream *s, uint32_t fact)
{
  facts *f = s->facts;
  said *what = f->kept[fact].said;
  bool by_nodes = f->kept[fact].kind != FACT_JOB_ENDED; /* its nodes are those of the job, whichever it names */
  if (f->kept[fact].kind == FACT_MOVED)
    return note_move(f, fact) || ftblab_stream_no_memory(s);
  bool done = !by_nodes || tell_nodes(f, what, fact);
  for (uint32_t i = 0; i < what->jobs && done; i++)
    done = note_job(s, what->words[i], fact);
  return done || ftblab_stream_no_memory(s);
}

bool ftblab_facts_say_job(const stream *s, ftblab_slice node)
{
  if (node.data == NULL)
    return false;
  word w = ftblab_word_of(false, node.data, node.length);
  uint32_t number = ftblab_said_word(&s->facts->said, &w);
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

/* May FACT still tell anything? They are asked in their order. */
static bool matters(facts *f, const kept_fact *fact, bool is_recent)
{
  bool of_jobs = fact->kind != FACT_OTHER && fact->kind != FACT_NODE_FAILED;
  bool any_runs = false, any_ended = false, any_wanted = false; /* runs: it was last started no later */
  for (uint32_t i = 0; i < fact->said->jobs && of_jobs; i++) {
    const word_facts *job = &f->of[fact->said->words[i]];
    bool runs = job->running > 0 && fact->line >= job->since;
    any_runs = any_runs || runs;
    any_ended = any_ended || !runs;
    any_wanted = any_wanted || job->wanted;
  }
  if (fact->kind == FACT_JOB_ENDED)
    return is_recent || any_wanted;
  for (uint32_t i = 0; i < fact->said->jobs && any_runs && any_ended; i++)
    f->of[fact->said->words[i]].wanted = true; /* the end of its other jobs */
  return is_recent || any_runs;
}

static void drop_old(stream *s, uint64_t window)
{
  facts *f = s->facts;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < f->count; i++) {
    const kept_fact *fact = &f->kept[i];
    uint64_t last = fact->ended > fact->line ? fact->ended : fact->line;
    if (matters(f, fact, last + window >= s->line_count))
      f->kept[kept++] = *fact;
    else
      fact->said->users--;
  }
  f->count = kept;
}

static void forget_words(facts *f)
{
  for (uint32_t i = 0; i < f->word_capacity; i++)
    free(f->of[i].alone);
  if (f->word_capacity > 0)
    memset(f->of, 0, f->word_capacity * sizeof *f->of);
  f->running_jobs = 0;
  f->mention_count = f->period_count = f->place_count = f->free_places = 0;
}

/* Forget what cannot matter any more, and find the rest anew. */
static bool prune(stream *s)
{
  facts *f = s->facts;
  uint64_t window = ftblab_window(s) + WINDOW;
  f->prune_at = 2 * f->count;
  if (f->count > 0 && f->kept[0].line + window >= s->line_count)
    return true; /* nothing is that old */
  drop_old(s, window);
  if (f->turn_count > 0 && s->line_count > window)
    prune_turns(f, s->line_count - window);
  f->prune_at = 2 * f->count + 4096;
  forget_words(f);
  if (!ftblab_said_forget(&f->said))
    return ftblab_stream_no_memory(s);
  for (uint32_t i = 0; i < f->count; i++)
    f->kept[i].said->newest = 0, f->kept[i].said->whole = false;
  for (uint32_t i = 0; i < f->count; i++)
    if (!note(s, i))
      return false;
  return true;
}

/* A payload of a fact into s->probe->payload; *SAYS_NOTHING: it is none. */
static bool read_payload(stream *s, ftblab_slice payload, bool *says_nothing)
{
  ftblab_status status = ftblab_entry_read(s->probe, FTBLAB_NONE, payload, NULL);
  *says_nothing = status != FTBLAB_OK;
  return status != FTBLAB_ENOMEM || ftblab_stream_no_memory(s);
}

static bool list_job(stream *s, const word *w, void *argument)
{
  facts *f = s->facts;
  uint32_t number = ftblab_said_word(&f->said, w);
  (void)argument;
  if (number == NONE)
    return true;
  if (!ftblab_make_room((void **)&f->jobs, f->job_count, &f->job_capacity, sizeof *f->jobs))
    return ftblab_stream_no_memory(s);
  f->jobs[f->job_count++] = number;
  return true;
}

/* Does a record that says WHAT, or if that is NULL what was read last, tell anything new? An end only of a job that
 * runs: a large job ends in many facts. A promise only if it is the first of its event since one of its jobs, which
 * runs, was started. False: no memory. */
static bool tells(stream *s, const said *what, const kind *k, bool *something)
{
  facts *f = s->facts;
  const uint32_t *jobs = what != NULL ? what->words : NULL;
  uint32_t count = what != NULL ? what->jobs : 0;
  *something = k->fact != FACT_JOB_ENDED && k->fact != FACT_PROMISE;
  if (*something)
    return true;
  if (what == NULL) {
    f->job_count = 0;
    if (!ftblab_for_words(s, s->job_keys, list_job, NULL))
      return false;
    jobs = f->jobs;
    count = f->job_count;
  }
  for (uint32_t i = 0; i < count; i++) {
    const word_facts *job = &f->of[jobs[i]];
    bool is_new = k->fact == FACT_JOB_ENDED || !(job->promised & promise_bit(s, k->event));
    *something = *something || (job->running > 0 && is_new);
  }
  return true;
}

/* Tracks that speak of nodes that FACT, which is new, says have failed may begin anew. */
static void tell_tracks(stream *s, const kept_fact *fact)
{
  const said *what = fact->said;
  for (uint32_t i = what->jobs; i < what->count && fact->kind == FACT_NODE_FAILED; i++) {
    const ftblab_slice name = s->facts->said.words[what->words[i]];
    const word w = ftblab_word_of(false, name.data + 1, name.length - 1);
    uint32_t at = 0, found;
    while ((found = ftblab_index_find(s, &w, &at)) != NONE)
      if (!(found & CLUSTER_BIT))
        ftblab_track_at(s, found)->node_failed = true;
  }
}

/* Keep that RECORD says WHAT. */
static bool keep(stream *s, const ftblab_record *record, const kind *k, said *what)
{
  facts *f = s->facts;
  if (!grow_words(f) || !ftblab_make_room((void **)&f->kept, f->count, &f->capacity, sizeof *f->kept))
    return ftblab_stream_no_memory(s);
  what->users++;
  f->kept[f->count++] =
      (kept_fact){.line = record->line, .t = record->t, .said = what, .event = (uint16_t)k->event, .kind = k->fact};
  s->any_fact = true;
  f->any_promise = f->any_promise || k->fact == FACT_PROMISE;
  tell_tracks(s, &f->kept[f->count - 1]);
  return note(s, f->count - 1) && note_turn(s, record->line);
}

bool ftblab_facts_take(stream *s, const ftblab_record *record, const kind *k)
{
  facts *f = s->facts;
  if (k->event == FTBLAB_NONE || record->payload.data == NULL)
    return true;
  if (f->count >= f->prune_at && !prune(s))
    return false;
  said *what = ftblab_said_find(&f->said, record->payload);
  bool says_nothing = false, something;
  if (what == NULL && !read_payload(s, record->payload, &says_nothing))
    return false;
  if (says_nothing)
    return true;
  if (!tells(s, what, k, &something))
    return false;
  if (!something)
    return true;
  if (what == NULL && (what = ftblab_said_add(s, &f->said, record->payload)) == NULL)
    return false;
  bool kept = keep(s, record, k, what);
  s->any_job_fact = s->any_job_fact || f->turn_count > 0;
  return kept;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return a < b ? -1 : a > b;
}

fact_list ftblab_facts_list(stream *s, uint64_t from, uint64_t to)
{
  facts *f = s->facts;
  if (++f->round == 0) { /* the numbers begin anew */
    f->round = 1;
    for (uint32_t i = 0; i < f->word_capacity; i++)
      f->of[i].asked = 0;
    for (uint32_t i = 0; i < f->count; i++)
      f->kept[i].listed = 0;
  }
  return (fact_list){.round = f->round, .from = from, .to = to};
}

static bool list_fact(facts *f, fact_list *list, uint32_t fact)
{
  if (f->kept[fact].listed == list->round)
    return true;
  if (!ftblab_make_room((void **)&list->at, list->count, &list->capacity, sizeof *list->at))
    return false;
  f->kept[fact].listed = list->round;
  list->at[list->count++] = fact;
  return true;
}

/* From the newest fact up to the last record on, back to where a job began on the node before the first record: what
 * happens to a node behind a record tells nothing of that. */
static bool list_of_node(facts *f, uint32_t node, fact_list *list)
{
  uint32_t p = f->of[node].period, m = p == 0 ? 0 : f->of[node].now->newest;
  for (; p != 0; m = f->periods[p - 1].before, p = f->periods[p - 1].older)
    for (; m >= f->periods[p - 1].first; m = f->mentions[m - 1].next) {
      const mention *at = &f->mentions[m - 1];
      if (f->kept[at->fact].line > list->to)
        continue;
      if (!list_fact(f, list, at->fact))
        return false;
      if (at->begins && f->kept[at->fact].line < list->from)
        return true;
    }
  return true;
}

/* The same of a job. Of what comes behind the last record it matters that the job runs at all, that it ends, and what
 * it does at last: as many facts as there are of these, whatever is between them. */
static bool list_of_job(facts *f, uint32_t job, fact_list *list)
{
  uint32_t m = f->of[job].newest, last = NONE, start = NONE, end = NONE;
  for (; m != 0 && f->kept[f->mentions[m - 1].fact].line > list->to; m = f->mentions[m - 1].next) {
    uint32_t fact = f->mentions[m - 1].fact;
    bool is_start = starts(f, fact), is_end = f->kept[fact].kind == FACT_JOB_ENDED;
    last = last == NONE && (is_start || is_end) ? fact : last;
    start = is_start ? fact : start;
    end = is_end ? fact : end;
  }
  const uint32_t behind[] = {last, start, end};
  for (size_t i = 0; i < FTBLAB_COUNT(behind); i++)
    if (behind[i] != NONE && !list_fact(f, list, behind[i]))
      return false;
  for (; m != 0; m = f->mentions[m - 1].next) {
    const mention *at = &f->mentions[m - 1];
    if (!list_fact(f, list, at->fact))
      return false;
    if (at->begins && f->kept[at->fact].line < list->from)
      break;
  }
  return true;
}

/* A node that fails over and over has many facts, and many records that speak of it: it is asked for once. */
static bool list_word(facts *f, uint32_t number, bool is_job, fact_list *list)
{
  if (f->of[number].asked == list->round)
    return true;
  f->of[number].asked = list->round;
  return is_job ? list_of_job(f, number, list) : list_of_node(f, number, list);
}

bool ftblab_facts_about(stream *s, const word *w, void *argument)
{
  uint32_t number = ftblab_said_word(&s->facts->said, w);
  return number == NONE || list_word(s->facts, number, w->is_job, argument) || ftblab_stream_no_memory(s);
}

bool ftblab_facts_complete(stream *s, fact_list *list)
{
  facts *f = s->facts;
  for (uint32_t i = 0, count = list->count; i < count && f->any_promise; i++) {
    const said *what = f->kept[list->at[i]].said;
    for (uint32_t j = 0; j < what->jobs && starts(f, list->at[i]); j++)
      if (!list_word(f, what->words[j], true, list))
        return ftblab_stream_no_memory(s);
  }
  if (list->count > 1)
    qsort(list->at, list->count, sizeof *list->at, by_number);
  return true;
}

ftblab_fact_kind ftblab_facts_kind(const stream *s, uint32_t fact)
{
  return (ftblab_fact_kind)s->facts->kept[fact].kind;
}

ftblab_record ftblab_facts_record(const stream *s, uint32_t fact)
{
  const kept_fact *kept = &s->facts->kept[fact];
  const char *event = s->spec->events[kept->event].name;
  return (ftblab_record){.t = kept->t,
                         .action = FTBLAB_FACT,
                         .component = {"Simulation", 10},
                         .event = {event, strlen(event)},
                         .payload = {kept->said->payload, kept->said->length},
                         .line = kept->line};
}

bool ftblab_facts_is_told(const stream *s, uint32_t fact)
{
  const kept_fact *kept = &s->facts->kept[fact];
  return kept->kind == FACT_JOB_STARTED || kept->kind == FACT_JOB_ENDED;
}

bool ftblab_facts_tell(stream *s, const fact_list *list, uint32_t fact, ftblab_exact *exact)
{
  facts *f = s->facts;
  const said *what = f->kept[fact].said;
  bool start = f->kept[fact].kind == FACT_JOB_STARTED;
  uint32_t count = 0;
  if (what->jobs == 0)
    return true;
  for (uint32_t i = 0; i < (start ? what->here : what->jobs); i++) {
    if (i >= what->jobs && f->of[what->words[i]].asked != list->round)
      continue;
    if (!ftblab_make_room((void **)&f->told, count, &f->told_capacity, sizeof *f->told))
      return false;
    const ftblab_slice name = f->said.words[what->words[i]];
    f->told[count++] = (ftblab_slice){name.data + 1, name.length - 1};
  }
  const told_jobs told = {.start = start,
                          .words = f->told,
                          .job_count = what->jobs,
                          .word_count = count,
                          .ranks = what->ranks,
                          .rank_count = what->rank_count};
  return ftblab_facts_add_told(exact, &told);
}

/* ---- once ---------------------------------------------------------------------------------------------- */

ftblab_status ftblab_facts_init(stream *s, ftblab_error *err)
{
  s->facts = calloc(1, sizeof *s->facts);
  if (s->facts == NULL || !ftblab_said_init(&s->facts->said))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
  s->facts->prune_at = 4096;
  return FTBLAB_OK;
}

void ftblab_facts_free(stream *s)
{
  facts *f = s->facts;
  if (f == NULL)
    return;
  forget_words(f);
  ftblab_said_free(&f->said);
  free(f->kept);
  free(f->of);
  free(f->mentions);
  free(f->periods);
  free(f->places);
  free(f->jobs);
  free(f->told);
  free(f->turns);
  free(f);
}
