/* stream_batch.c - the exact checker is given the records of some clusters, in the order of the trace, with the facts
 * and registrations of the whole trace; what it finds becomes part of the verdict.
 *
 * A record that stands alone may be the one that another cluster lacks, with a wrong value. So clusters of a record or
 * two are guests in every batch: if an instance takes one in, it is judged; else it goes on waiting. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define GUEST_RECORDS 2

/* A record of the stream, by its place. */
typedef struct place_of_record {
  uint64_t line;
  uint32_t place, cluster;
} place_of_record;

typedef struct batch {
  stream *stream;
  place_of_record *records; /* sorted by line */
  uint32_t count, capacity;
  ftblab_verdict *verdict;
} batch;

static bool no_memory(stream *s)
{
  ftblab_fail(&s->error, FTBLAB_ENOMEM, "no memory for judging");
  s->failed = true;
  return false;
}

/* ---- the exact checker --------------------------------------------------------------------------------- */

/* Who registered, and whose lack of a registration was blamed before this record. */
static ftblab_status add_record(const stream *s, ftblab_exact *exact, const cluster_record *r, ftblab_error *err)
{
  const kind *k = s->kinds[r->record.kind];
  ftblab_record record = k->constant;
  record.line = r->record.line;
  record.t = r->record.t;
  record.seq = r->record.seq;
  record.cause = r->record.cause;
  if (r->has_payload)
    record.payload = (ftblab_slice){s->payloads + r->payload, r->payload_length};
  int role = ftblab_spec_role(s->spec, record.component.data, record.component.length);
  int event = ftblab_spec_event(s->spec, record.event.data, record.event.length);
  if (role == FTBLAB_NONE || event == FTBLAB_NONE)
    return ftblab_exact_add(exact, &record, err);
  uint64_t bit = (uint64_t)1 << role, registered = exact->registered[event];
  if (r->record.first_catch) {
    exact->registered[event] &= ~bit;
    exact->blamed[event] &= ~bit;
  } else {
    exact->blamed[event] |= bit;
  }
  ftblab_status status = ftblab_exact_add(exact, &record, err);
  exact->registered[event] = registered;
  return status;
}

static int by_line(const void *left, const void *right)
{
  const place_of_record *a = left, *b = right;
  return a->line < b->line ? -1 : a->line > b->line;
}

/* By line, each once: what a track did before its parent was judged may stand in two clusters. */
static void sort_records(batch *b)
{
  uint32_t kept = 0;
  qsort(b->records, b->count, sizeof *b->records, by_line);
  for (uint32_t i = 0; i < b->count; i++)
    if (kept == 0 || b->records[kept - 1].line != b->records[i].line)
      b->records[kept++] = b->records[i];
  b->count = kept;
}

static ftblab_status make_exact(const stream *s, ftblab_exact **exact, ftblab_error *err)
{
  ftblab_trace_header header = s->header;
  if (header.start == FTBLAB_START_DEFAULT && s->probe->any_register)
    header.start = FTBLAB_START_BOOT;
  ftblab_status status = ftblab_exact_new(s->spec, &s->options, &header, exact, err);
  if (status == FTBLAB_OK)
    (*exact)->seen = s->probe->seen;
  if (status == FTBLAB_OK)
    memcpy((*exact)->registered, s->probe->registered, s->spec->event_count * sizeof *(*exact)->registered);
  return status;
}

/* What facts say of the nodes and jobs of the records. */
static bool list_facts(batch *b, fact_list *list)
{
  stream *s = b->stream;
  ftblab_payload *payload = &s->probe->payload;
  for (uint32_t i = 0; i < b->count && s->any_fact; i++) {
    const cluster_record *r = &s->records[b->records[i].place];
    payload->pair_count = 0;
    if (r->has_payload &&
        ftblab_payload_parse(payload, s->payloads + r->payload, r->payload_length, NULL) == FTBLAB_ENOMEM)
      return no_memory(s);
    for (size_t p = 0; p < payload->pair_count; p++) {
      int key = ftblab_spec_key(s->spec, payload->pairs[p].key.data, payload->pairs[p].key.length);
      for (size_t k = 0; key != FTBLAB_NONE && s->tie_keys >> key & 1 && k < payload->pairs[p].item_count; k++)
        if (!ftblab_facts_about(s, (s->job_keys >> key & 1) != 0, payload->items[payload->pairs[p].first_item + k].word,
                                list))
          return false;
    }
  }
  ftblab_facts_sort(list);
  return true;
}

static ftblab_status feed(batch *b, ftblab_exact *exact, const fact_list *list)
{
  stream *s = b->stream;
  ftblab_status status = FTBLAB_OK;
  uint32_t fact = 0;
  for (uint32_t i = 0; i <= b->count && status == FTBLAB_OK; i++) {
    uint64_t line = i < b->count ? b->records[i].line : UINT64_MAX;
    for (; fact < list->count && status == FTBLAB_OK; fact++) {
      ftblab_record record = ftblab_facts_record(s, list->at[fact]);
      if (record.line > line)
        break;
      status = ftblab_exact_add(exact, &record, &s->error);
    }
    if (i < b->count && status == FTBLAB_OK)
      status = add_record(s, exact, &s->records[b->records[i].place], &s->error);
  }
  return status;
}

static bool run_exact(batch *b)
{
  stream *s = b->stream;
  ftblab_exact *exact = NULL;
  fact_list list = {0};
  sort_records(b);
  ftblab_status status = make_exact(s, &exact, &s->error);
  if (status == FTBLAB_OK && !list_facts(b, &list))
    status = s->error.status;
  if (status == FTBLAB_OK)
    status = feed(b, exact, &list);
  if (status == FTBLAB_OK)
    status = ftblab_exact_finish(exact, "", &b->verdict, &s->error);
  ftblab_exact_free(exact);
  free(list.at);
  s->failed = s->failed || status != FTBLAB_OK;
  return status == FTBLAB_OK;
}

/* ---- what it found ------------------------------------------------------------------------------------- */

static int workflow_of(const stream *s, const ftblab_instance_result *in)
{
  return (int)(in->workflow - s->spec->workflows);
}

static bool list_instance(stream *s, ftblab_instance_result *in)
{
  ftblab_verdict *v = s->verdict;
  if (v->instance_count == v->instance_capacity) {
    size_t capacity = v->instance_capacity == 0 ? 16 : 2 * v->instance_capacity;
    ftblab_instance_result *list = realloc(v->instances, capacity * sizeof *list);
    if (list == NULL)
      return no_memory(s);
    v->instances = list;
    v->instance_capacity = capacity;
  }
  v->instances[v->instance_count++] = *in;
  *in = (ftblab_instance_result){0};
  return true;
}

static bool account_instance(stream *s, ftblab_instance_result *in)
{
  ftblab_tally *tally = &s->verdict->tallies[workflow_of(s, in)];
  if (in->kind != FTBLAB_CONFORMS && s->verdict->instance_count < s->listed)
    return list_instance(s, in);
  tally->instances[in->kind]++;
  tally->violations += in->violation_count;
  tally->asked += ftblab_instance_asked(in);
  return true;
}

static bool account_violation(stream *s, ftblab_violation *violation)
{
  ftblab_verdict *v = s->verdict;
  if (v->violation_count >= s->listed) {
    v->unlisted++;
    return true;
  }
  if (!ftblab_violations_add(&v->violations, &v->violation_count, &v->violation_capacity, violation))
    return no_memory(s);
  *violation = (ftblab_violation){0};
  return true;
}

/* ---- heirs and guests ---------------------------------------------------------------------------------- */

static bool is_guest(const stream *s, const cluster *c)
{
  (void)s;
  return c->into == NONE && !c->closed && c->count > 0 && c->count <= GUEST_RECORDS;
}

static bool names_line(const ftblab_instance_result *in, uint64_t line)
{
  for (size_t i = 0; i < in->violation_count; i++)
    if (in->violations[i].line == line)
      return true;
  return false;
}

/* Did an instance of others take in a record of C? */
static bool was_taken_in(const stream *s, const ftblab_verdict *v, const cluster *c)
{
  uint64_t last = s->records[c->last].record.line, first = s->records[c->first].record.line;
  for (uint32_t r = c->first; r != NONE; r = s->records[r].next)
    for (size_t i = 0; i < v->instance_count; i++)
      if ((v->instances[i].first_line < first || v->instances[i].last_line > last) &&
          names_line(&v->instances[i], s->records[r].record.line))
        return true;
  return false;
}

/* ---- a batch ------------------------------------------------------------------------------------------- */

static bool add_place(stream *s, batch *b, uint32_t place, uint32_t from)
{
  if (b->count == b->capacity) {
    uint32_t capacity = b->capacity == 0 ? 1024 : 2 * b->capacity;
    place_of_record *records = realloc(b->records, capacity * sizeof *records);
    if (records == NULL)
      return no_memory(s);
    b->records = records;
    b->capacity = capacity;
  }
  b->records[b->count++] = (place_of_record){s->records[place].record.line, place, from};
  return true;
}

static bool add_cluster(stream *s, batch *b, uint32_t number)
{
  for (uint32_t r = s->clusters[number].first; r != NONE; r = s->records[r].next)
    if (!add_place(s, b, r, number))
      return false;
  return true;
}

static bool add_packed(stream *s, const packed_record *record, ftblab_slice payload, void *argument)
{
  return ftblab_cluster_add(s, *(const uint32_t *)argument, record, payload);
}

/* Copies of the heir's records, which are the batch's only. */
static bool add_heir(stream *s, batch *b, uint32_t number)
{
  uint32_t copies = ftblab_cluster_new(s);
  if (copies == NONE || !ftblab_track_unpack(s, s->clusters[number].heir, add_packed, &copies))
    return no_memory(s);
  for (uint32_t r = s->clusters[copies].first; r != NONE; r = s->records[r].next)
    if (!add_place(s, b, r, number))
      return false;
  s->clusters[copies].first = s->clusters[copies].last = NONE;
  s->clusters[copies].count = 0;
  return true;
}

static bool collect(batch *b, bool guests)
{
  stream *s = b->stream;
  uint32_t count = s->cluster_count; /* without the copies */
  for (uint32_t c = 0; c < count; c++) {
    const cluster *from = &s->clusters[c];
    if (from->into != NONE || from->count == 0)
      continue;
    if ((from->closed || from->ready || (guests && is_guest(s, from))) && !add_cluster(s, b, c))
      return false;
    if (s->clusters[c].ready && !s->clusters[c].closed && !add_heir(s, b, c))
      return false;
  }
  return true;
}

/* The cluster that the record of LINE came from. */
static uint32_t cluster_of(const batch *b, uint64_t line)
{
  uint32_t low = 0, high = b->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (b->records[middle].line < line)
      low = middle + 1;
    else
      high = middle;
  }
  return low < b->count && b->records[low].line == line ? b->records[low].cluster : NONE;
}

/* The cluster of an instance: a guest that it took in says nothing. */
static uint32_t cluster_of_instance(const batch *b, const ftblab_instance_result *in)
{
  uint32_t number = cluster_of(b, in->first_line);
  return number != NONE && is_guest(b->stream, &b->stream->clusters[number]) ? cluster_of(b, in->last_line) : number;
}

/* Does the heir stand for itself? Then what it leaves behind can be judged. */
static bool heir_stands(const batch *b, uint32_t number)
{
  const stream *s = b->stream;
  const track *heir = ftblab_track_at(s, s->clusters[number].heir);
  for (size_t i = 0; i < b->verdict->instance_count; i++) {
    const ftblab_instance_result *in = &b->verdict->instances[i];
    if (in->first_line == heir->first_line && in->violation_count == 0)
      return true;
  }
  return false;
}

static bool settle_heirs(batch *b)
{
  stream *s = b->stream;
  for (uint32_t c = 0; c < s->cluster_count; c++) {
    if (s->clusters[c].into != NONE || !s->clusters[c].ready || s->clusters[c].closed)
      continue;
    uint32_t heir = s->clusters[c].heir;
    if (heir_stands(b, c)) {
      ftblab_track_at(s, heir)->tentative = false;
      s->clusters[c].heir_line = ftblab_track_at(s, heir)->first_line;
      ftblab_cluster_close(s, c);
    } else if (!ftblab_cluster_take_track(s, c, heir)) { /* it goes on as one */
      return false;
    }
  }
  return true;
}

/* What the exact checker says of cluster NUMBER now is not the last word. */
static bool is_open(const stream *s, uint32_t number)
{
  return number != NONE && !s->clusters[number].closed;
}

static bool account(batch *b)
{
  stream *s = b->stream;
  ftblab_verdict *v = b->verdict;
  for (uint32_t c = 0; c < s->cluster_count; c++)
    if (is_guest(s, &s->clusters[c]) && was_taken_in(s, v, &s->clusters[c]))
      ftblab_cluster_close(s, c);
  if (!settle_heirs(b))
    return false;
  for (size_t i = 0; i < v->instance_count; i++) {
    ftblab_instance_result *in = &v->instances[i];
    uint32_t from = cluster_of_instance(b, in);
    bool of_heir = from != NONE && s->clusters[from].heir_line != 0 && s->clusters[from].heir_line == in->first_line;
    if (is_open(s, from) || of_heir)
      continue;
    s->verdict->records.judged += in->judged;
    if (!account_instance(s, in))
      return false;
  }
  for (size_t i = 0; i < v->violation_count; i++) {
    if (is_open(s, cluster_of(b, v->violations[i].line)))
      continue;
    s->verdict->records.judged++;
    if (!account_violation(s, &v->violations[i]))
      return false;
  }
  return true;
}

/* Keep what was not judged, in arrays of its own. */
static bool compact(stream *s)
{
  stream kept = {.spec = s->spec, .kinds = s->kinds, .class_count = s->class_count};
  memcpy(kept.classes, s->classes, sizeof kept.classes);
  uint32_t *numbers = malloc(((size_t)s->cluster_count + 1) * sizeof *numbers);
  bool done = numbers != NULL;
  for (uint32_t c = 0; c < s->cluster_count && done; c++) {
    const cluster *from = &s->clusters[c];
    numbers[c] = NONE;
    if (from->into != NONE || from->closed || from->count == 0)
      continue;
    numbers[c] = ftblab_cluster_new(&kept);
    done = numbers[c] != NONE;
    for (uint32_t r = from->first; r != NONE && done; r = s->records[r].next) {
      const cluster_record *record = &s->records[r];
      ftblab_slice payload = {record->has_payload ? s->payloads + record->payload : NULL, record->payload_length};
      done = ftblab_cluster_add(&kept, numbers[c], &record->record, payload);
    }
    if (done) {
      cluster *to = &kept.clusters[numbers[c]];
      to->words = from->words;
      to->groups = from->groups;
      to->heir = from->heir;
    }
  }
  if (done) {
    for (int g = 0; g < MAX_GROUPS; g++) {
      uint32_t root = ftblab_cluster_root(s, s->loose[g]);
      s->loose[g] = root == NONE ? NONE : numbers[root];
    }
    for (uint32_t w = 0; w < s->word_count; w++)
      if (s->words[w].text != NULL)
        s->words[w].cluster = numbers[ftblab_cluster_root(s, s->words[w].cluster)];
    free(s->clusters);
    free(s->records);
    free(s->payloads);
    s->clusters = kept.clusters;
    s->cluster_count = kept.cluster_count;
    s->cluster_capacity = kept.cluster_capacity;
    s->records = kept.records;
    s->record_count = kept.record_count;
    s->record_capacity = kept.record_capacity;
    s->payloads = kept.payloads;
    s->payload_used = kept.payload_used;
    s->payload_capacity = kept.payload_capacity;
    s->closed_records = 0;
    s->cluster_groups = 0;
    for (uint32_t c = 0; c < s->cluster_count; c++)
      s->cluster_groups |= s->clusters[c].groups;
  } else {
    free(kept.clusters);
    free(kept.records);
    free(kept.payloads);
    no_memory(s);
  }
  free(numbers);
  return done;
}

static bool has_class(const stream *s, const cluster *c, uint16_t class)
{
  for (uint32_t r = c->first; r != NONE; r = s->records[r].next)
    if (s->kinds[s->records[r].record.kind]->class == class)
      return true;
  return false;
}

/* Clusters of a single record or two that may be what others lack, with a wrong value: GUESTS of them. */
typedef struct guest_list {
  uint32_t *at; /* clusters */
  uint32_t count;
} guest_list;

static bool list_guests(stream *s, guest_list *guests)
{
  *guests = (guest_list){.at = malloc(((size_t)s->cluster_count + 1) * sizeof(uint32_t))};
  for (uint32_t c = 0; c < s->cluster_count && guests->at != NULL; c++)
    if (is_guest(s, &s->clusters[c]))
      guests->at[guests->count++] = c;
  return guests->at != NULL || no_memory(s);
}

/* Is one of them not much later than C, and of a class that C has not? */
static bool may_take_in(const stream *s, const cluster *c, const guest_list *guests)
{
  uint64_t late = c->last_line + 1024 + 16 * (uint64_t)(s->open_count - s->finished_count);
  for (uint32_t g = 0; g < guests->count; g++) {
    const cluster *guest = &s->clusters[guests->at[g]];
    if (s->records[guest->first].record.line > late)
      continue;
    for (uint32_t r = guest->first; r != NONE; r = s->records[r].next)
      if (!has_class(s, c, s->kinds[s->records[r].record.kind]->class))
        return true;
  }
  return false;
}

/* Clusters like one that was judged before are counted as that was. */
static void use_memos(stream *s, const guest_list *guests)
{
  for (uint32_t c = 0; c < s->cluster_count; c++) {
    cluster *done = &s->clusters[c];
    if (done->into == NONE && done->closed && done->count > 0 && done->heir_line == 0 &&
        !may_take_in(s, done, guests) && ftblab_memo_applies(s, done))
      done->count = 0;
  }
}

/* What became of each cluster of the batch, for those that come later and are like it. Instances that were moved to the
 * verdict have left their numbers here. */
static void keep_memos(batch *b, const guest_list *guests, const memo_count *counts, const uint32_t *clusters,
                       size_t count, const uint64_t *judged)
{
  stream *s = b->stream;
  memo_count own[8];
  for (uint32_t c = 0; c < s->cluster_count; c++) {
    const cluster *done = &s->clusters[c];
    uint32_t found = 0;
    uint64_t records = 0;
    if (done->into != NONE || !done->closed || done->count == 0 || done->heir_line != 0 || may_take_in(s, done, guests))
      continue;
    for (size_t i = 0; i < count && found < FTBLAB_COUNT(own); i++)
      if (clusters[i] == c) {
        own[found++] = counts[i];
        records += judged[i];
      }
    if (found > 0 && found < FTBLAB_COUNT(own))
      ftblab_memo_keep(s, done, own, found, records);
  }
}

/* Account for the verdict; where no single records wait, and none was found outside instances, keep memos. */
static bool account_and_keep(batch *b, const guest_list *guests)
{
  const ftblab_verdict *v = b->verdict;
  size_t count = v->instance_count;
  bool plain = v->violation_count == 0;
  bool listing =
      b->stream->verdict->instance_count < b->stream->listed || b->stream->verdict->violation_count < b->stream->listed;
  memo_count *counts = malloc((count + 1) * sizeof *counts);
  uint32_t *clusters = malloc((count + 1) * sizeof *clusters);
  uint64_t *judged = malloc((count + 1) * sizeof *judged);
  bool done = counts != NULL && clusters != NULL && judged != NULL;
  for (size_t i = 0; i < count && done; i++) {
    const ftblab_instance_result *in = &v->instances[i];
    counts[i] = (memo_count){workflow_of(b->stream, in), in->kind, in->violation_count, ftblab_instance_asked(in)};
    clusters[i] = cluster_of_instance(b, in);
    judged[i] = in->judged;
  }
  done = done && account(b);
  if (done && plain)
    keep_memos(b, guests, counts, clusters, count, judged);
  if (listing)
    ftblab_arena_join(&b->stream->verdict->memory, &b->verdict->memory); /* what is listed has words in it */
  free(counts);
  free(clusters);
  free(judged);
  return done || (b->stream->failed ? false : no_memory(b->stream));
}

bool ftblab_judge_clusters(stream *s, bool all)
{
  batch b = {.stream = s};
  for (uint32_t c = 0; c < s->cluster_count; c++)
    if (s->clusters[c].into == NONE && (all || s->clusters[c].last_line + ftblab_window(s) < s->line_count))
      ftblab_cluster_close(s, c);
  guest_list guests;
  if (!list_guests(s, &guests))
    return false;
  use_memos(s, &guests);
  bool done = collect(&b, !all) && (b.count == 0 || (run_exact(&b) && account_and_keep(&b, &guests)));
  free(guests.at);
  ftblab_verdict_free(b.verdict);
  free(b.records);
  return done && compact(s);
}

/* ---- a look -------------------------------------------------------------------------------------------- */

/* Those that changed, and the single records that may be theirs. */
static bool collect_changed(batch *b, bool *any)
{
  stream *s = b->stream;
  uint32_t count = s->cluster_count; /* without the copies */
  *any = false;
  for (uint32_t c = 0; c < count; c++) {
    if (s->clusters[c].into != NONE || s->clusters[c].count == 0)
      continue;
    bool changed = s->clusters[c].changed;
    *any = *any || changed;
    if ((changed || is_guest(s, &s->clusters[c])) && !add_cluster(s, b, c))
      return false;
    if (changed && s->clusters[c].ready && !s->clusters[c].closed && !add_heir(s, b, c))
      return false;
    s->clusters[c].changed = false;
  }
  return true;
}

/* A trace that begins well and goes wrong stays wrong, however it goes on: what the exact checker finds in what has
 * come so far is certain, as long as it does not ask for what may still come. */
ftblab_status ftblab_stream_look(stream *s, const char *trace_name, ftblab_verdict **verdict, ftblab_error *err)
{
  batch b = {.stream = s};
  bool complete = s->options.complete, any = false;
  bool done = ftblab_deal_all(s) && collect_changed(&b, &any);
  s->options.complete = false;
  if (done && any && b.count > 0)
    done = run_exact(&b);
  s->options.complete = complete;
  free(b.records);
  if (done && b.verdict != NULL) {
    free(b.verdict->trace);
    b.verdict->trace = strdup(trace_name);
    done = b.verdict->trace != NULL || no_memory(s);
  }
  if (!done) {
    ftblab_verdict_free(b.verdict);
    if (err != NULL)
      *err = s->error;
    return s->error.status;
  }
  *verdict = b.verdict;
  return FTBLAB_OK;
}

/* ---- one track ----------------------------------------------------------------------------------------- */

bool ftblab_judge_track(stream *s, uint32_t number, outcome *result)
{
  batch b = {.stream = s};
  uint32_t place = s->record_count, made = ftblab_cluster_new(s);
  size_t payloads = s->payload_used;
  if (made == NONE || !ftblab_track_unpack(s, number, add_packed, &made))
    return no_memory(s);
  b.count = s->record_count - place;
  b.records = malloc((b.count + 1) * sizeof *b.records);
  for (uint32_t i = 0; i < b.count && b.records != NULL; i++)
    b.records[i] = (place_of_record){s->records[place + i].record.line, place + i, made};
  bool done = b.records != NULL ? run_exact(&b) : no_memory(s);
  s->record_count = place;
  s->payload_used = payloads;
  s->cluster_count--;
  if (done) {
    s->verdict->records.judged += b.verdict->records.judged;
    bool listing = s->verdict->instance_count < s->listed || s->verdict->violation_count < s->listed;
    result->known = b.verdict->instance_count == 1 && b.verdict->violation_count == 0;
    if (result->known) {
      result->workflow = workflow_of(s, &b.verdict->instances[0]);
      result->kind = b.verdict->instances[0].kind;
      result->asked = ftblab_instance_asked(&b.verdict->instances[0]);
    }
    for (size_t i = 0; i < b.verdict->instance_count && done; i++)
      done = account_instance(s, &b.verdict->instances[i]);
    for (size_t i = 0; i < b.verdict->violation_count && done; i++)
      done = account_violation(s, &b.verdict->violations[i]);
    if (listing)
      ftblab_arena_join(&s->verdict->memory, &b.verdict->memory); /* what is listed has words in it */
  }
  ftblab_verdict_free(b.verdict);
  free(b.records);
  return done;
}
