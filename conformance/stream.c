/* stream.c - where a record goes: on along its track, to a new one, or to a cluster. See stream.h. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#define OLDEST_FETCHED 2
#define MANY 64 /* tracks and clusters that a record may concern, for each of its words */

/* What a record is found to speak of. */
typedef struct surroundings {
  uint32_t track_count;
  uint32_t cluster; /* all of them as one; NONE: none */
  bool several_clusters, too_many;
  uint32_t tracks[MANY]; /* those behind the count are not even zero: this is made for every record */
} surroundings;

static void look_at_nothing(surroundings *around)
{
  around->track_count = 0;
  around->cluster = NONE;
  around->several_clusters = around->too_many = false;
}

bool ftblab_stream_no_memory(stream *s)
{
  ftblab_fail(&s->error, FTBLAB_ENOMEM, "no memory for judging");
  s->failed = true;
  return false;
}

static ftblab_status failure(stream *s, ftblab_error *err)
{
  if (s->error.status == FTBLAB_OK)
    ftblab_stream_no_memory(s);
  if (err != NULL)
    *err = s->error;
  return s->error.status;
}

bool ftblab_list_violation(stream *s, ftblab_violation *violation)
{
  ftblab_verdict *v = s->verdict;
  if (v->violation_count >= s->listed) {
    v->unlisted++;
    return true;
  }
  if (!ftblab_violations_add(&v->violations, &v->violation_count, &v->violation_capacity, violation))
    return ftblab_stream_no_memory(s);
  *violation = (ftblab_violation){0};
  return true;
}

/* ---- what speaks of the same --------------------------------------------------------------------------- */

static void look_around(const stream *s, const word *w, surroundings *around)
{
  uint32_t place = 0, found;
  while ((found = ftblab_index_find(s, w, &place)) != NONE) {
    if (found & CLUSTER_BIT) {
      uint32_t root = ftblab_cluster_root(s, s->words[found & ~CLUSTER_BIT].cluster);
      around->several_clusters = around->several_clusters || (around->cluster != NONE && around->cluster != root);
      around->cluster = root;
      continue;
    }
    bool known = false;
    for (uint32_t i = 0; i < around->track_count; i++)
      known = known || around->tracks[i] == found;
    if (known)
      continue;
    if (around->track_count == MANY)
      around->too_many = true;
    else
      around->tracks[around->track_count++] = found;
  }
}

/* What speaks of the words of a record. */
static void look_around_all(const stream *s, const usage *use, const reading *values, surroundings *around)
{
  for (uint8_t i = 0; i < use->word_count; i++) {
    const ftblab_slice *text = &values->value[use->word_slot[i]];
    word w = ftblab_word_of(use->word_is_job[i], text->data, text->length);
    look_around(s, &w, around);
  }
}

/* The cluster that speaks of the words of T; NONE: there is none. */
static uint32_t cluster_beside(const stream *s, const track *t)
{
  surroundings around;
  look_at_nothing(&around);
  word w;
  int variable;
  for (size_t at = 0; ftblab_track_next_word(s, t, &at, &variable, &w);)
    look_around(s, &w, &around);
  return around.cluster;
}

/* ---- to a cluster -------------------------------------------------------------------------------------- */

static bool join_word(stream *s, const word *w, void *argument)
{
  uint32_t *cluster_number = argument;
  for (;;) {
    uint32_t place = 0, found = ftblab_index_find(s, w, &place);
    while (found != NONE && found & CLUSTER_BIT) {
      *cluster_number = ftblab_cluster_join(s, *cluster_number, s->words[found & ~CLUSTER_BIT].cluster);
      found = ftblab_index_find(s, w, &place);
    }
    if (found == NONE)
      return true;
    if ((*cluster_number == NONE && (*cluster_number = ftblab_cluster_new(s)) == NONE) ||
        !ftblab_cluster_take_track(s, *cluster_number, found))
      return false;
  }
}

static bool add_word(stream *s, const word *w, void *argument)
{
  return ftblab_cluster_add_word(s, *(const uint32_t *)argument, w);
}

/* A group whose instances a record may belong to although it names none of their nodes and jobs. */
static bool join_group(stream *s, int of_group, uint32_t *cluster_number)
{
  *cluster_number = ftblab_cluster_join(s, *cluster_number, s->loose[of_group]);
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    if (s->store.clusters[c].into == NONE && !s->store.clusters[c].closed &&
        s->store.clusters[c].groups >> of_group & 1)
      *cluster_number = ftblab_cluster_join(s, *cluster_number, c);
  for (uint32_t t = 0; t < s->track_count && s->open_tracks[of_group] > 0; t++) {
    const track *other = ftblab_track_at(s, t);
    if (other->open && other->group == of_group && !ftblab_cluster_take_track(s, *cluster_number, t))
      return false;
  }
  s->loose[of_group] = ftblab_cluster_root(s, *cluster_number);
  return true;
}

static bool note_any(stream *s, const word *w, void *argument)
{
  (void)s;
  (void)w;
  *(bool *)argument = true;
  return false;
}

/* The words of a record that goes to a cluster. */
typedef struct word_list {
  const usage *use; /* of VALUES; NULL: the payload was parsed, into s->probe->payload */
  const reading *values;
  uint64_t ties; /* keys */
} word_list;

static bool for_listed(stream *s, const word_list *list, ftblab_for_word *call, void *argument)
{
  if (list->use == NULL)
    return ftblab_for_words(s, list->ties, call, argument);
  for (uint8_t i = 0; i < list->use->word_count; i++) {
    const ftblab_slice *text = &list->values->value[list->use->word_slot[i]];
    word w = ftblab_word_of(list->use->word_is_job[i], text->data, text->length);
    if (!call(s, &w, argument))
      return false;
  }
  return true;
}

static bool has_words(stream *s, const word_list *list)
{
  bool any = false;
  for_listed(s, list, note_any, &any);
  return any;
}

/* Does the payload that was read last, of an EVENT, give anything that the rows of group G ask for? An entry that gives
 * nothing of it is no incident's by itself (make_offers in match.c): it is a guest of those that lack it. */
static bool gives_values(const stream *s, int of_group, int event)
{
  const int8_t *variables = ftblab_variables_of(s, of_group, event);
  const ftblab_payload *payload = &s->probe->payload;
  bool asked = false, given = false;
  for (size_t key = 0; key < s->spec->key_count; key++)
    asked = asked || variables[key] >= 0;
  for (size_t p = 0; p < payload->pair_count; p++) {
    int key = ftblab_entry_key(s->probe, payload->pairs[p].key);
    if (key != FTBLAB_NONE) /* nodes may stand for a pair of them, snode and dnode */
      given = given || variables[key] >= 0 || (s->node_keys >> key & 1) != 0;
  }
  return given || !asked;
}

/* VALUES: what a step would have, read as K->use says; NULL: the record is none. */
static bool to_cluster(stream *s, const kind *k, const ftblab_record *record, bool first_catch, const reading *values)
{
  const packed_record packed = {.line = record->line,
                                .seq = record->seq,
                                .cause = record->cause,
                                .t = record->t,
                                .kind = k->number,
                                .first_catch = first_catch};
  uint32_t number = NONE, made = NONE; /* a new one only if no other speaks of its words */
  const record_class *c = k->class < s->class_count ? &s->classes[k->class] : NULL;
  const word_list list = {values == NULL ? NULL : k->use, values, c == NULL ? s->tie_keys : c->ties};
  if ((values == NULL &&
       ftblab_entry_read(s->probe, ftblab_kind_event(s, k), record->payload, NULL) == FTBLAB_ENOMEM) ||
      !for_listed(s, &list, join_word, &number) || (number == NONE && (number = made = ftblab_cluster_new(s)) == NONE))
    return false;
  uint64_t knows = c == NULL ? 0 : c->knows, keyed = c == NULL || !has_words(s, &list) ? 0 : c->keyed;
  for (int g = 0; g < s->probe->group_count; g++)
    if (knows & ~keyed & (s->busy_groups | s->cluster_groups) & (uint64_t)1 << g &&
        (values != NULL || gives_values(s, g, c->event)) && !join_group(s, g, &number))
      return false;
  number = ftblab_cluster_root(s, number);
  if (made != NONE)
    ftblab_cluster_drop_empty(s, made);
  if (!ftblab_cluster_add(s, number, &packed, record->payload) || !for_listed(s, &list, add_word, &number))
    return false;
  cluster *into = &s->store.clusters[number];
  s->cluster_groups |= into->groups;
  return into->count < CLUSTER_LIMIT || ftblab_cluster_relieve(s, number);
}

/* ---- tracks -------------------------------------------------------------------------------------------- */

void ftblab_track_retire(stream *s, uint32_t number)
{
  track *t = ftblab_track_at(s, number);
  outcome *o = ftblab_outcome_of(s, t);
  bool listed = o->known && o->kind != FTBLAB_CONFORMS && s->verdict->instance_count < s->listed;
  if (!o->known || o->kind == FTBLAB_VIOLATES || listed) {
    outcome found = {0};
    bool judged = ftblab_judge_track(s, number, &found);
    bool told = found.known && t->facts == FACTS_JOB && s->spec->workflows[found.workflow].needs_no_job;
    bool midway = s->states[t->state].midway && !ftblab_outcome_is_whole(s, t->state, &found);
    bool by_fact = told || midway || s->promise_groups >> t->group & 1;
    if (judged && !(s->any_job_fact && by_fact))
      *o = found;
  } else {
    s->verdict->tallies[o->workflow].instances[o->kind]++;
    s->verdict->tallies[o->workflow].asked += o->asked;
    s->verdict->records.judged += t->records;
  }
  if (!s->ending)
    ftblab_index_remove_track(s, number);
  ftblab_track_unlink(s, number);
  ftblab_track_free(s, number);
}

static bool advance(stream *s, uint32_t number, uint32_t to, const kind *k, const ftblab_record *record,
                    const reading *values)
{
  track *t = ftblab_track_at(s, number);
  uint64_t added;
  if (!ftblab_track_add(s, t, k, record, values, &added))
    return false;
  t->state = to;
  if (added != 0 && !ftblab_index_add_track(s, number, added))
    return false;
  if (t->tentative && s->states[to].first_phase) {
    uint32_t parent = cluster_beside(s, t);
    if (parent != NONE)
      s->store.clusters[parent].ready = true;
    else
      t->tentative = false; /* what it was the heir of had waited too long, and was judged without it */
  }
  if (s->states[to].finished && !t->finished)
    ftblab_track_finish(s, number);
  return true;
}

static uint8_t facts_of(const stream *s, const track *t)
{
  int node = s->probe->variable.node;
  if (!ftblab_facts_say_some_job(s))
    return FACTS_NO_JOB_AT_ALL;
  return node != FTBLAB_NONE && ftblab_facts_say_job(s, ftblab_track_value(t, node)) ? FACTS_JOB : FACTS_NO_JOB;
}

static bool open_track(stream *s, int of_group, uint32_t first, const kind *k, const ftblab_record *record,
                       const reading *values, uint32_t parent)
{
  uint32_t number = ftblab_track_new(s, of_group);
  if (number == NONE)
    return false;
  ftblab_track_at(s, number)->tentative = parent != NONE;
  if (parent != NONE)
    s->store.clusters[parent].heir = number;
  if (!advance(s, number, first, k, record, values))
    return false;
  track *t = ftblab_track_at(s, number);
  t->facts = facts_of(s, t);
  return true;
}

/* ---- dealing ------------------------------------------------------------------------------------------- */

/* What can be done with a record that tracks and clusters surround. */
typedef struct deal {
  uint32_t waiting, next; /* the track that waits for it, and its next state */
  uint32_t known;         /* tracks whose tables have the event */
  uint32_t other;         /* one of these that does not wait */
  bool ambiguous;
} deal;

/* May a record that no row of T waits for be nobody else's? Its values are all known to T. */
static bool may_be_extra(const stream *s, const track *t, int event, const reading *values, const surroundings *around)
{
  const int8_t *variables = ftblab_variables_of(s, t->group, event);
  if (t->tentative || around->track_count > 1 || around->cluster != NONE || around->too_many)
    return false;
  for (uint8_t i = 0; i < values->form->slots; i++)
    if (!(t->bound >> variables[values->form->key[i]] & 1)) /* it agrees, and so has variables */
      return false;
  return true;
}

static deal consider(stream *s, const kind *k, const reading *values, const surroundings *around)
{
  const record_class *c = k->of;
  deal d = {.waiting = NONE, .other = NONE, .ambiguous = around->too_many};
  for (uint32_t i = 0; i < around->track_count && !s->failed; i++) {
    const track *t = ftblab_track_at(s, around->tracks[i]);
    if (!(c->knows >> t->group & 1))
      continue;
    d.known++;
    uint32_t step = ftblab_track_agrees(s, t, c->event, values) ? ftblab_step_of(s, t->state, k->class) : STEP_NONE;
    if (step == STEP_NONE || (ftblab_step_is_extra(step) && !may_be_extra(s, t, c->event, values, around))) {
      d.other = around->tracks[i];
      continue;
    }
    d.ambiguous = d.ambiguous || d.waiting != NONE;
    d.waiting = around->tracks[i];
    d.next = ftblab_state_behind(step);
  }
  /* an instance of another group may wait for it without having its key */
  uint64_t unkeyed = c->knows & ~c->keyed & (s->busy_groups | s->cluster_groups);
  d.ambiguous = d.ambiguous || unkeyed != 0;
  return d;
}

static int only_group(uint64_t groups)
{
  return groups != 0 && (groups & (groups - 1)) == 0 ? __builtin_ctzll(groups) : -1;
}

/* Are all values of the record the group's? Else what was thrown must be compared with what is caught. */
static bool binds_all(const stream *s, int of_group, int event, const reading *values)
{
  const int8_t *variables = ftblab_variables_of(s, of_group, event);
  for (uint8_t i = 0; i < values->form->slots; i++)
    if (variables[values->form->key[i]] < 0)
      return false;
  return true;
}

static bool may_begin_anew(const stream *s, const track *t)
{
  return s->states[t->state].finished || t->node_failed;
}

/* A trigger: *DONE if it begins a track. */
static bool begin(stream *s, const kind *k, const ftblab_record *record, const reading *values, const deal *d,
                  const surroundings *around, bool *done)
{
  const record_class *c = k->of;
  int of_group = only_group(c->triggers);
  *done = false;
  if (of_group < 0 || !(s->plain_groups >> of_group & 1) || !binds_all(s, of_group, c->event, values) || d->known > 1 ||
      around->several_clusters)
    return true;
  uint32_t first = ftblab_state_first(s, of_group, k->class);
  if (first == NONE)
    return !s->failed;
  if (d->other != NONE) {
    track *old = ftblab_track_at(s, d->other);
    if (old->group != of_group || (old->tentative && !may_begin_anew(s, old)))
      return true;
    if (may_begin_anew(s, old) && around->cluster == NONE) {
      ftblab_track_retire(s, d->other);
    } else {
      uint32_t number = around->cluster != NONE ? around->cluster : ftblab_cluster_new(s);
      if (number == NONE || !ftblab_cluster_take_track(s, number, d->other))
        return false;
      *done = true;
      return open_track(s, of_group, first, k, record, values, ftblab_cluster_root(s, number));
    }
  }
  *done = true;
  return open_track(s, of_group, first, k, record, values, around->cluster);
}

static ftblab_record record_of(const waiting_record *w)
{
  ftblab_record record = w->kind->constant;
  record.t = w->when.t;
  record.line = w->when.line;
  record.seq = w->when.seq;
  record.cause = w->when.cause;
  record.payload = (ftblab_slice){w->has_payload ? w->payload : NULL, w->length};
  return record;
}

static bool deal_record(stream *s, const waiting_record *w)
{
  kind *k = w->kind;
  const ftblab_record record = record_of(w);
  surroundings around;
  reading values;
  bool is_step = k->plain && s->header.tie == 0 && ftblab_payload_read(s, k, &record, &values);
  if (s->failed)
    return false;
  if (!is_step || w->first_catch)
    return to_cluster(s, k, &record, w->first_catch, is_step ? &values : NULL);
  look_at_nothing(&around);
  look_around_all(s, k->use, &values, &around);
  deal d = consider(s, k, &values, &around);
  if (s->failed)
    return false;
  bool parents = around.cluster == NONE || (d.waiting != NONE && ftblab_track_at(s, d.waiting)->tentative);
  if (d.waiting != NONE && !d.ambiguous && parents && !around.several_clusters)
    return advance(s, d.waiting, d.next, k, &record, &values);
  bool done = false;
  if (d.waiting == NONE && !d.ambiguous && !begin(s, k, &record, &values, &d, &around, &done))
    return false;
  return done || to_cluster(s, k, &record, false, &values);
}

static bool judge_what_waits(stream *s);

/* What is no more than a look, after a step. */
static inline bool is_quiet(const stream *s)
{
  return s->open_count <= s->full_at && s->oldest_line + ftblab_window(s) >= s->line_count &&
         s->closed_records < BATCH && s->line_count % WINDOW != 0 && s->oldest_fetched == OLDEST_FETCHED;
}

/* Anything but a step. */
__attribute__((noinline)) static bool deal_otherwise(stream *s, const waiting_record *w)
{
  if (w->is_fact) {
    const ftblab_record record = record_of(w);
    return ftblab_facts_take(s, &record, w->kind);
  }
  return deal_record(s, w) && !s->failed && judge_what_waits(s);
}

/* A throw of a job that matters later, to what facts say. */
__attribute__((noinline)) static bool note_throw(stream *s, const waiting_record *w)
{
  const ftblab_record record = record_of(w);
  return ftblab_facts_take(s, &record, w->kind);
}

static inline bool deal_oldest(stream *s)
{
  const waiting_record *w = &s->waiting[s->dealt++ % WAITING];
  s->line_count = w->when.line;
  if (w->kind->fact >= FACT_PROMISE && s->any_job_fact && !note_throw(s, w))
    return false;
  if (w->use == NULL || !ftblab_step_take(s, w))
    return deal_otherwise(s, w);
  return is_quiet(s) || judge_what_waits(s);
}

bool ftblab_deal_all(stream *s)
{
  while (s->dealt != s->came)
    if (!deal_oldest(s))
      return false;
  return true;
}

/* What records will need that came a while ago, if they were not dealt since then. The distances are measured. */
static inline void fetch_ahead(stream *s)
{
  waiting_record *w = &s->waiting[(s->came - 6) % WAITING];
  w->guess = w->use != NULL ? ftblab_index_fetch(s, w->hashes[0]) : NONE;
  w = &s->waiting[(s->came - 11) % WAITING];
  if (w->use != NULL && w->guess != NONE)
    ftblab_index_fetch_behind(s, w->guess);
}

/* In PIECES of SIZE bytes each, of which the last ones overlap. */
static inline void copy_pieces(char *into, ftblab_slice from, size_t size, unsigned pieces)
{
  const size_t last = from.length - size;
  for (size_t i = 0; i < pieces; i++) {
    size_t at = i * size < last ? i * size : last;
    memcpy(into + at, from.data + at, size);
  }
}

/* Texts of common lengths take the same steps, which a processor foresees. */
static inline void copy_payload(char *into, ftblab_slice from)
{
  if (from.length >= 8 && from.length <= 32)
    copy_pieces(into, from, 8, 4);
  else if (from.length > 32 && from.length <= 64)
    copy_pieces(into, from, 16, 4);
  else
    memcpy(into, from.data, from.length);
}

/* A payload that is too long for the FTB belongs to no step: it goes to a cluster at once. */
__attribute__((noinline)) static bool take_long(stream *s, kind *k, const ftblab_record *record, bool first_catch)
{
  if (!ftblab_deal_all(s))
    return false;
  s->line_count = record->line;
  return to_cluster(s, k, record, first_catch, NULL) && judge_what_waits(s);
}

static inline void keep(waiting_record *w, kind *k, const ftblab_record *record)
{
  w->when = (stamp){.t = record->t, .line = record->line, .seq = record->seq, .cause = record->cause};
  w->kind = k;
  w->guess = NONE; /* facts that come behind it may have nobody look it up */
  w->has_payload = record->payload.data != NULL;
  w->length = (uint32_t)record->payload.length;
  if (w->has_payload)
    copy_payload(w->payload, record->payload);
}

static inline bool wait(stream *s, kind *k, const ftblab_record *record, bool first_catch)
{
  if (record->payload.length > FTBLAB_PAYLOAD_LIMIT)
    return take_long(s, k, record, first_catch);
  waiting_record *w = &s->waiting[s->came++ % WAITING];
  keep(w, k, record);
  w->first_catch = first_catch;
  w->is_fact = false;
  ftblab_step_read(s, w, record->payload);
  if (first_catch)
    w->use = NULL;
  fetch_ahead(s);
  return s->came - s->dealt < WAITING || deal_oldest(s);
}

/* ---- records ------------------------------------------------------------------------------------------- */

/* The first catch of each event by each role that had not registered: if the trace is known to begin at boot, it is the
 * exact checker's business. Else it is one only if a registration is still to come, and is kept till the end. */
typedef struct first_catch {
  uint64_t line;
  int role, event;
} first_catch;

static bool keep_first_catch(stream *s, const record_class *c, uint64_t line)
{
  if (s->first_catch_count == s->first_catch_capacity) {
    size_t capacity = s->first_catch_capacity == 0 ? 32 : 2 * s->first_catch_capacity;
    first_catch *kept = realloc(s->first_catches, capacity * sizeof *kept);
    if (kept == NULL)
      return !(s->failed = true);
    s->first_catches = kept;
    s->first_catch_capacity = capacity;
  }
  s->first_catches[s->first_catch_count++] = (first_catch){line, c->role, c->event};
  return true;
}

static bool is_first_catch(stream *s, kind *k, uint64_t line)
{
  k->caught = true;
  if (!k->plain || k->constant.action != FTBLAB_CATCH)
    return false;
  const record_class *c = k->of;
  uint64_t bit = (uint64_t)1 << c->role;
  if ((s->probe->registered[c->event] | s->blamed[c->event]) & bit)
    return false;
  s->blamed[c->event] |= bit;
  if (s->header.start == FTBLAB_START_BOOT || s->probe->any_register)
    return true;
  if (s->header.start == FTBLAB_START_DEFAULT)
    keep_first_catch(s, c, line);
  return false;
}

/* A registration came after all. */
static bool report_first_catches(stream *s)
{
  for (size_t i = 0; i < s->first_catch_count && s->probe->any_register; i++) {
    const first_catch *kept = &s->first_catches[i];
    ftblab_record record = {.line = kept->line};
    record.event = (ftblab_slice){s->spec->events[kept->event].name, strlen(s->spec->events[kept->event].name)};
    if (s->header.observes[FTBLAB_REGISTER] &&
        ftblab_report_record(s->probe, "unregistered", &record, "%s caught %s without having registered for it",
                             s->spec->roles[kept->role].name, s->spec->events[kept->event].name) != FTBLAB_OK)
      return false;
  }
  return true;
}

static bool add_event(stream *s, kind *k, const ftblab_record *record)
{
  if (!k->plain) { /* unknown to the catalogue? */
    int event = ftblab_spec_event(s->spec, record->event.data, record->event.length);
    if (event == FTBLAB_NONE || s->spec->events[event].is_fact)
      return ftblab_exact_add(s->probe, record, &s->error) == FTBLAB_OK;
  }
  return wait(s, k, record, !k->caught && is_first_catch(s, k, record->line));
}

static uint32_t open_limit(const stream *s)
{
  return s->options.open_limit == 0 ? FTBLAB_OPEN_LIMIT : (uint32_t)s->options.open_limit;
}

/* Too many instances are open: the half that has waited longest is judged as it is. What they would have done is
 * nobody's fault: none of it is missing, and from here on a beginning that was not seen may be theirs (make_exact). */
static bool make_room(stream *s)
{
  bool complete = s->options.complete;
  uint64_t *lines = malloc(s->open_count * sizeof *lines);
  if (lines == NULL)
    return ftblab_stream_no_memory(s);
  uint32_t count = 0;
  for (uint32_t t = 0; t < s->track_count; t++)
    if (ftblab_track_at(s, t)->open)
      lines[count++] = ftblab_track_at(s, t)->last_line;
  qsort(lines, count, sizeof *lines, ftblab_by_line);
  uint64_t last = lines[count / 2];
  free(lines);
  s->options.complete = false;
  ftblab_outcomes_forget(s);
  for (uint32_t t = 0; t < s->track_count && !s->failed; t++) {
    const track *old = ftblab_track_at(s, t);
    if (!old->open || old->tentative || old->last_line > last)
      continue;
    s->verdict->cut_short += !old->finished;
    ftblab_track_retire(s, t);
  }
  s->options.complete = complete;
  ftblab_outcomes_forget(s);
  /* heirs of clusters have stayed: let their number grow before all are looked at again */
  uint32_t limit = open_limit(s), left = s->open_count + s->open_count / 2;
  s->full_at = left > limit ? left : limit;
  return !s->failed;
}

/* What retiring the oldest finished track will need, one step after the other. */
static void fetch_oldest(stream *s)
{
  const track *t = s->oldest_finished != NONE ? ftblab_track_at(s, s->oldest_finished) : NULL;
  word w;
  int variable;
  s->oldest_fetched++;
  if (t == NULL || t->log == NULL)
    return;
  if (s->oldest_fetched == 1)
    __builtin_prefetch(t->log);
  else
    for (size_t at = 0; ftblab_track_next_word(s, t, &at, &variable, &w);)
      ftblab_index_fetch_bucket(s, w.hash);
}

/* Finished tracks that have waited long enough. */
static bool retire_finished(stream *s)
{
  uint64_t window = ftblab_window(s);
  while (s->oldest_finished != NONE && s->oldest_line + window < s->line_count) {
    s->oldest_line = ftblab_track_at(s, s->oldest_finished)->last_line;
    if (s->oldest_line + window >= s->line_count)
      break;
    uint32_t oldest = s->oldest_finished;
    if (!ftblab_track_at(s, oldest)->tentative) {
      ftblab_track_retire(s, oldest);
      continue;
    }
    if (!ftblab_judge_clusters(s, false)) /* after which it stands for itself, or is part of its parent */
      return false;
    if (s->oldest_finished == oldest)
      ftblab_track_at(s, oldest)->tentative = false; /* or it has none any more */
  }
  return true;
}

static bool judge_what_waits(stream *s)
{
  if (s->oldest_fetched < OLDEST_FETCHED)
    fetch_oldest(s);
  if (s->open_count > s->full_at && !make_room(s))
    return false;
  if (s->oldest_line + ftblab_window(s) < s->line_count && !retire_finished(s))
    return false;
  bool due = (s->closed_records >= BATCH && s->closed_records >= s->store.record_count / 4) ||
             (s->line_count % WINDOW == 0 && s->store.record_count > 0);
  return !s->failed && (!due || ftblab_judge_clusters(s, false));
}

/* A fact waits its turn among the records. */
static bool add_fact(stream *s, kind *k, const ftblab_record *record)
{
  if (record->payload.length > FTBLAB_PAYLOAD_LIMIT || record->payload.data == NULL)
    return ftblab_deal_all(s) && ftblab_facts_take(s, record, k);
  waiting_record *w = &s->waiting[s->came++ % WAITING];
  keep(w, k, record);
  w->use = NULL;
  w->first_catch = false;
  w->is_fact = true;
  return s->came - s->dealt < WAITING || deal_oldest(s);
}

/* Does RECORD say only what is known? A job that is started over and over registers each time. */
static bool is_known_registration(const stream *s, const kind *k)
{
  const ftblab_exact *probe = s->probe;
  return k->event != FTBLAB_NONE && k->role != FTBLAB_NONE && probe->any_register &&
         (probe->seen & probe->registered[k->event]) >> k->role & 1;
}

/* What was worked out holds no more, if it says something new. */
static bool add_registration(stream *s, const kind *k, const ftblab_record *record)
{
  bool done = ftblab_deal_all(s);
  if (is_known_registration(s, k)) {
    ftblab_exact_count(s->probe, record);
    return done;
  }
  ftblab_states_forget(s);
  return done && ftblab_exact_add(s->probe, record, &s->error) == FTBLAB_OK;
}

/* Who of a role registers for a known event is nobody's business: each launch of a job registers under a new name, and
 * that would be a new kind each time. */
static kind *kind_of_registration(stream *s, const ftblab_record *record)
{
  ftblab_record nameless = *record;
  nameless.instance = (ftblab_slice){NULL, 0};
  kind *k = ftblab_kind_of(s, &nameless);
  return k != NULL && k->event == FTBLAB_NONE ? ftblab_kind_of(s, record) : k;
}

ftblab_status ftblab_stream_add(stream *s, const ftblab_record *record, ftblab_error *err)
{
  kind *k = record->action == FTBLAB_REGISTER ? kind_of_registration(s, record) : ftblab_kind_of(s, record);
  bool done = k != NULL && (!s->kept.wanted || ftblab_stream_keep(s, k, record));
  s->verdict->records.read++;
  switch (record->action) {
  case FTBLAB_REGISTER:
    done = done && add_registration(s, k, record);
    break;
  case FTBLAB_FACT:
    done = done && add_fact(s, k, record);
    break;
  default:
    done = done && add_event(s, k, record);
  }
  return done && !s->failed ? FTBLAB_OK : failure(s, err);
}

/* ---- the end ------------------------------------------------------------------------------------------- */

/* Is LEFT only counted? QUEUED: instances that are going to be listed. */
static bool is_counted(const stream *s, const track *left, size_t queued)
{
  const outcome *o = ftblab_outcome_of(s, left);
  return !o->known || o->kind == FTBLAB_CONFORMS || s->verdict->instance_count + queued >= s->listed;
}

/* What is left of the tracks. Where there are clusters, an unfinished one may lack what stands in a cluster. */
static bool end_tracks(stream *s)
{
  bool clusters = false;
  s->ending = true;
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    clusters = clusters || (s->store.clusters[c].into == NONE && s->store.clusters[c].count > 0);
  size_t queued = 0, room = clusters ? 4096 : 0;
  for (uint32_t t = 0; t < s->track_count && !s->failed; t++) {
    const track *left = ftblab_track_at(s, t);
    if (!left->open)
      continue;
    bool may_lack = room > 0 && !left->finished;
    if (!left->tentative && !may_lack && is_counted(s, left, queued)) {
      ftblab_track_retire(s, t);
      continue;
    }
    room -= may_lack;
    queued++;
    uint32_t number = cluster_beside(s, left);
    if (number == NONE)
      number = ftblab_cluster_new(s);
    if (number == NONE || !ftblab_cluster_take_track(s, number, t))
      return false;
  }
  return !s->failed;
}

static int by_first_line(const void *left, const void *right)
{
  const ftblab_instance_result *a = left, *b = right;
  if (a->first_line != b->first_line)
    return a->first_line < b->first_line ? -1 : 1;
  return a->last_line < b->last_line ? -1 : a->last_line > b->last_line;
}

static bool make_verdict(stream *s, const char *trace_name)
{
  ftblab_verdict *v = s->verdict, *loose = s->probe->verdict;
  ftblab_arena_join(&v->memory, &loose->memory);
  for (size_t i = 0; i < loose->violation_count; i++)
    if (!ftblab_list_violation(s, &loose->violations[i]))
      return false;
  v->records.judged += loose->violation_count;
  if (v->instance_count > 1)
    qsort(v->instances, v->instance_count, sizeof *v->instances, by_first_line);
  ftblab_violations_sort(v->violations, v->violation_count);
  v->records.ignored = v->records.read - v->records.judged;
  v->trace = strdup(trace_name);
  return v->trace != NULL && ftblab_verdict_complete(v, s->probe->expected);
}

ftblab_status ftblab_stream_finish(stream *s, const char *trace_name, bool complete, ftblab_verdict **verdict,
                                   ftblab_error *err)
{
  s->options.complete = s->options.complete || complete;
  if (s->options.complete)
    ftblab_outcomes_forget(s);
  if (!ftblab_deal_all(s) || !end_tracks(s) || !ftblab_judge_clusters(s, true) || !report_first_catches(s) ||
      !make_verdict(s, trace_name))
    return failure(s, err);
  *verdict = s->verdict;
  s->verdict = NULL;
  return FTBLAB_OK;
}

/* ---- beginning ----------------------------------------------------------------------------------------- */

static ftblab_status make(stream *s, ftblab_error *err)
{
  ftblab_status status = ftblab_exact_new(s->spec, &s->options, &s->header, &s->probe, err);
  if (status != FTBLAB_OK)
    return status;
  s->blamed = calloc(s->spec->event_count, sizeof *s->blamed);
  s->verdict = calloc(1, sizeof *s->verdict);
  if (s->verdict != NULL) {
    s->verdict->spec = s->spec;
    s->verdict->tallies = calloc(s->spec->workflow_count, sizeof *s->verdict->tallies);
  }
  if (s->blamed == NULL || s->verdict == NULL || s->verdict->tallies == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
  for (int g = 0; g < MAX_GROUPS; g++)
    s->loose[g] = NONE;
  s->free_tracks = s->oldest_finished = s->newest_finished = s->free_words = NONE;
  status = ftblab_facts_init(s, err);
  if (status == FTBLAB_OK)
    status = ftblab_kinds_init(s, err);
  return status == FTBLAB_OK ? ftblab_states_init(s, err) : status;
}

ftblab_status ftblab_stream_new(const ftblab_spec *spec, const ftblab_check_options *options,
                                const ftblab_trace_header *header, stream **result, ftblab_error *err)
{
  stream *s = calloc(1, sizeof *s);
  if (s == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
  s->spec = spec;
  s->options = *options;
  s->header = *header;
  s->listed = FTBLAB_LISTED_INSTANCES;
  s->full_at = open_limit(s);
  s->kept.wanted = options->counted;
  s->workflows = options->workflows == NULL ? NULL : strdup(options->workflows);
  s->options.workflows = s->workflows;
  if (options->workflows != NULL && s->workflows == NULL) {
    free(s);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
  }
  ftblab_status status = make(s, err);
  if (status == FTBLAB_OK && s->probe->group_count > MAX_GROUPS)
    status = ftblab_fail(err, FTBLAB_EINTERNAL, "more than %d groups of workflows", MAX_GROUPS);
  if (status != FTBLAB_OK) {
    ftblab_stream_free(s);
    return status;
  }
  *result = s;
  return FTBLAB_OK;
}

void ftblab_stream_free(stream *s)
{
  if (s == NULL)
    return;
  for (uint32_t t = 0; t < s->track_count; t++)
    ftblab_log_free_long(ftblab_track_at(s, t));
  ftblab_log_store_free(&s->logs);
  for (uint32_t c = 0; c < s->chunk_count; c++)
    free(s->chunks[c]);
  free(s->chunks);
  free(s->buckets);
  ftblab_clusters_free(s);
  ftblab_facts_free(s);
  ftblab_memos_forget(s);
  ftblab_states_free(s);
  ftblab_kinds_free(s);
  free(s->kept.bytes);
  free(s->kept.texts);
  free(s->workflows);
  free(s->blamed);
  free(s->first_catches);
  ftblab_text_free(&s->text);
  ftblab_text_free(&s->payload_text);
  ftblab_verdict_free(s->verdict);
  ftblab_exact_free(s->probe);
  free(s);
}
