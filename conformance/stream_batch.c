/* stream_batch.c - the exact checker is given the records of some clusters, in the order of the trace, with the facts
 * and registrations of the whole trace; what it finds becomes part of the verdict.
 *
 * Clusters that are alike, once they are only counted, are judged by one of them (stream_memo.c), in one batch as in
 * several: the others are set aside. While the list is not full yet, the first of a batch are judged in any case, as
 * many as are going to be listed.
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
  bool guests; /* there are some */
  ftblab_verdict *verdict;
} batch;

/* ---- the exact checker --------------------------------------------------------------------------------- */

/* Who registered, and whose lack of a registration was blamed before this record. */
static ftblab_status add_record(const stream *s, ftblab_exact *exact, const cluster_record *r, ftblab_error *err)
{
  const ftblab_record record = ftblab_cluster_record(s, r);
  const record_class *class = s->kinds[r->record.kind]->of;
  int role = class != NULL ? class->role : ftblab_spec_role(s->spec, record.component.data, record.component.length);
  int event = class != NULL ? class->event : ftblab_spec_event(s->spec, record.event.data, record.event.length);
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
  if (s->verdict->cut_short > 0) /* the rest of what was cut short has no beginning any more */
    header.start = FTBLAB_START_MID;
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
  for (uint32_t i = 0; i < b->count && s->any_fact; i++) {
    const cluster_record *r = &s->store.records[b->records[i].place];
    int event = ftblab_kind_event(s, s->kinds[r->record.kind]);
    if (ftblab_entry_read(s->probe, event, ftblab_cluster_record(s, r).payload, NULL) == FTBLAB_ENOMEM)
      return ftblab_stream_no_memory(s);
    if (!ftblab_for_words(s, s->tie_keys, ftblab_facts_about, list))
      return false;
  }
  return ftblab_facts_complete(s, list);
}

static ftblab_status no_memory(stream *s)
{
  ftblab_stream_no_memory(s);
  return s->error.status;
}

/* What facts say of the jobs that no record of the batch names: whether some ran, before the record of LINE. */
static bool tell_of_other_jobs(const stream *s, ftblab_exact *exact, uint64_t line, uint32_t *told)
{
  uint32_t count;
  const uint64_t *turns = ftblab_facts_turns(s, &count);
  bool done = true;
  for (; *told < count && turns[*told] < line && done; ++*told)
    done = ftblab_facts_other_jobs(exact, *told % 2 == 0);
  return done;
}

/* What happened before the record of LINE. */
static ftblab_status feed_fact(stream *s, ftblab_exact *exact, const fact_list *list, uint32_t fact, uint64_t line)
{
  const ftblab_record record = ftblab_facts_record(s, fact);
  bool is_throw = ftblab_facts_kind(s, fact) >= FACT_PROMISE, done = true;
  if (ftblab_facts_is_told(s, fact))
    done = ftblab_facts_tell(s, list, fact, exact);
  else if (!is_throw)
    return ftblab_exact_add(exact, &record, &s->error);
  else if (record.line < line) /* else the record says so itself */
    done = ftblab_facts_add_throw(exact, &record);
  return done ? FTBLAB_OK : no_memory(s);
}

static ftblab_status feed(batch *b, ftblab_exact *exact, const fact_list *list)
{
  stream *s = b->stream;
  ftblab_status status = FTBLAB_OK;
  uint32_t fact = 0, told = 0;
  if (s->any_job_fact && !ftblab_facts_other_jobs(exact, false))
    status = no_memory(s);
  for (uint32_t i = 0; i <= b->count && status == FTBLAB_OK; i++) {
    uint64_t line = i < b->count ? b->records[i].line : UINT64_MAX;
    for (; fact < list->count && status == FTBLAB_OK && ftblab_facts_record(s, list->at[fact]).line <= line; fact++)
      status = feed_fact(s, exact, list, list->at[fact], line);
    if (status == FTBLAB_OK && !tell_of_other_jobs(s, exact, line, &told))
      status = no_memory(s);
    if (i < b->count && status == FTBLAB_OK)
      status = add_record(s, exact, &s->store.records[b->records[i].place], &s->error);
  }
  return status;
}

static bool run_exact(batch *b)
{
  stream *s = b->stream;
  ftblab_exact *exact = NULL;
  sort_records(b);
  fact_list list = b->count > 0 ? ftblab_facts_list(s, b->records[0].line, b->records[b->count - 1].line)
                                : ftblab_facts_list(s, 0, 0);
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
  ftblab_instance_result *listed = ftblab_verdict_add_instance(s->verdict);
  if (listed == NULL)
    return ftblab_stream_no_memory(s);
  *listed = *in;
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

/* ---- heirs and guests ---------------------------------------------------------------------------------- */

static bool is_guest(const cluster *c)
{
  return c->into == NONE && !c->closed && c->count > 0 && c->count <= GUEST_RECORDS;
}

/* A line that an instance blames, with the lines between which the instance stands. */
typedef struct blame {
  uint64_t line, first, last;
} blame;
typedef struct blame_list {
  blame *at; /* by line */
  size_t count;
} blame_list;

static int by_blamed_line(const void *left, const void *right)
{
  const blame *a = left, *b = right;
  return a->line < b->line ? -1 : a->line > b->line;
}

static bool list_blames(stream *s, const ftblab_verdict *v, blame_list *list)
{
  size_t room = 1;
  for (size_t i = 0; i < v->instance_count; i++)
    room += v->instances[i].violation_count;
  *list = (blame_list){.at = malloc(room * sizeof *list->at)};
  if (list->at == NULL)
    return ftblab_stream_no_memory(s);
  for (size_t i = 0; i < v->instance_count; i++)
    for (size_t k = 0; k < v->instances[i].violation_count; k++)
      list->at[list->count++] =
          (blame){v->instances[i].violations[k].line, v->instances[i].first_line, v->instances[i].last_line};
  qsort(list->at, list->count, sizeof *list->at, by_blamed_line);
  return true;
}

/* Did an instance of others take in a record of C? */
static bool was_taken_in(const stream *s, const blame_list *list, const cluster *c)
{
  uint64_t last = s->store.records[c->last].record.line, first = s->store.records[c->first].record.line;
  for (uint32_t r = c->first; r != NONE; r = s->store.records[r].next) {
    uint64_t line = s->store.records[r].record.line;
    size_t low = 0, high = list->count;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      if (list->at[middle].line < line)
        low = middle + 1;
      else
        high = middle;
    }
    for (; low < list->count && list->at[low].line == line; low++)
      if (list->at[low].first < first || list->at[low].last > last)
        return true;
  }
  return false;
}

/* ---- a batch ------------------------------------------------------------------------------------------- */

static bool add_place(stream *s, batch *b, uint32_t place, uint32_t from)
{
  if (!ftblab_make_room((void **)&b->records, b->count, &b->capacity, sizeof *b->records))
    return ftblab_stream_no_memory(s);
  b->records[b->count++] = (place_of_record){s->store.records[place].record.line, place, from};
  return true;
}

static bool add_cluster(stream *s, batch *b, uint32_t number)
{
  for (uint32_t r = s->store.clusters[number].first; r != NONE; r = s->store.records[r].next)
    if (!add_place(s, b, r, number))
      return false;
  return true;
}

/* Copies of the heir's records, which are the batch's only. */
static bool add_heir(stream *s, batch *b, uint32_t number)
{
  uint32_t copies = ftblab_cluster_new(s);
  if (copies == NONE || !ftblab_cluster_copy_track(s, copies, s->store.clusters[number].heir))
    return ftblab_stream_no_memory(s);
  for (uint32_t r = s->store.clusters[copies].first; r != NONE; r = s->store.records[r].next)
    if (!add_place(s, b, r, number))
      return false;
  s->store.clusters[copies].first = s->store.clusters[copies].last = NONE;
  s->store.clusters[copies].count = 0;
  return true;
}

static bool collect(batch *b, bool guests)
{
  stream *s = b->stream;
  uint32_t count = s->store.cluster_count; /* without the copies */
  for (uint32_t c = 0; c < count; c++) {
    const cluster *from = &s->store.clusters[c];
    if (from->into != NONE || from->count == 0)
      continue;
    if (from->aside)
      continue;
    bool guest = guests && is_guest(from);
    b->guests = b->guests || guest;
    if ((from->closed || from->ready || guest) && !add_cluster(s, b, c))
      return false;
    if (s->store.clusters[c].ready && !s->store.clusters[c].closed && !add_heir(s, b, c))
      return false;
  }
  return true;
}

/* Where the record of LINE stands in B; NONE: it has none. */
static uint32_t place_of_line(const batch *b, uint64_t line)
{
  uint32_t low = 0, high = b->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (b->records[middle].line < line)
      low = middle + 1;
    else
      high = middle;
  }
  return low < b->count && b->records[low].line == line ? low : NONE;
}

/* The cluster that the record of LINE came from. */
static uint32_t cluster_of(const batch *b, uint64_t line)
{
  uint32_t place = place_of_line(b, line);
  return place == NONE ? NONE : b->records[place].cluster;
}

/* The cluster of an instance: a guest that it took in says nothing. */
static uint32_t cluster_of_instance(const batch *b, const ftblab_instance_result *in)
{
  uint32_t number = cluster_of(b, in->first_line);
  return number != NONE && is_guest(&b->stream->store.clusters[number]) ? cluster_of(b, in->last_line) : number;
}

/* Does the heir stand for itself? Then what it leaves behind can be judged. */
static bool heir_stands(const batch *b, uint32_t number)
{
  const stream *s = b->stream;
  const track *heir = ftblab_track_at(s, s->store.clusters[number].heir);
  size_t low = 0, high = b->verdict->instance_count; /* they are in the order of their first lines */
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (b->verdict->instances[middle].first_line < heir->first_line)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < b->verdict->instance_count && b->verdict->instances[low].first_line == heir->first_line; low++)
    if (b->verdict->instances[low].violation_count == 0)
      return true;
  return false;
}

static bool settle_heirs(batch *b)
{
  stream *s = b->stream;
  for (uint32_t c = 0; c < s->store.cluster_count; c++) {
    if (s->store.clusters[c].into != NONE || !s->store.clusters[c].ready || s->store.clusters[c].closed)
      continue;
    uint32_t heir = s->store.clusters[c].heir;
    if (heir_stands(b, c)) {
      ftblab_track_at(s, heir)->tentative = false;
      s->store.clusters[c].heir_line = ftblab_track_at(s, heir)->first_line;
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
  return number != NONE && !s->store.clusters[number].closed;
}

/* Is what the exact checker says of IN the last word? Not of an heir, which goes on as a track. */
static bool is_final(const batch *b, const ftblab_instance_result *in)
{
  const stream *s = b->stream;
  uint32_t from = cluster_of_instance(b, in);
  bool of_heir =
      from != NONE && s->store.clusters[from].heir_line != 0 && s->store.clusters[from].heir_line == in->first_line;
  return !is_open(s, from) && !of_heir;
}

/* The guests that have a record in an instance that is told now are judged with it. Were there any? */
static bool close_taken_in(const batch *b)
{
  stream *s = b->stream;
  bool any = false;
  for (size_t i = 0; b->guests && i < b->verdict->instance_count; i++) {
    const ftblab_instance_result *in = &b->verdict->instances[i];
    if (!is_final(b, in))
      continue;
    for (size_t l = 0; l < in->line_count; l++) {
      uint32_t from = cluster_of(b, in->lines[l]);
      if (from == NONE || !is_guest(&s->store.clusters[from]))
        continue;
      ftblab_cluster_close(s, from);
      any = true;
    }
  }
  return any;
}

static bool account(batch *b)
{
  stream *s = b->stream;
  ftblab_verdict *v = b->verdict;
  blame_list blames;
  if (!list_blames(s, v, &blames))
    return false;
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    if (is_guest(&s->store.clusters[c]) && was_taken_in(s, &blames, &s->store.clusters[c]))
      ftblab_cluster_close(s, c);
  free(blames.at);
  if (!settle_heirs(b))
    return false;
  while (close_taken_in(b))
    ; /* what was closed may have taken in others */
  for (size_t i = 0; i < v->instance_count; i++) {
    ftblab_instance_result *in = &v->instances[i];
    if (!is_final(b, in))
      continue;
    s->verdict->records.judged += in->judged;
    if (!account_instance(s, in))
      return false;
  }
  for (size_t i = 0; i < v->violation_count; i++) {
    if (is_open(s, cluster_of(b, v->violations[i].line)))
      continue;
    s->verdict->records.judged++;
    if (!ftblab_list_violation(s, &v->violations[i]))
      return false;
  }
  return true;
}

/* Clusters of a single record or two may be what others lack, with a wrong value: where the first one of each class of
 * records stands. */
typedef struct guest_list {
  uint64_t first[MAX_CLASSES + 1]; /* by class, the last is for those of none: a line, or UINT64_MAX */
} guest_list;

static uint32_t class_of(const stream *s, uint32_t record)
{
  uint32_t class = s->kinds[s->store.records[record].record.kind]->class;
  return class < MAX_CLASSES ? class : MAX_CLASSES;
}

static void list_guests(const stream *s, guest_list *guests)
{
  memset(guests->first, 0xFF, sizeof guests->first);
  for (uint32_t c = 0; c < s->store.cluster_count; c++) {
    const cluster *guest = &s->store.clusters[c];
    if (!is_guest(guest))
      continue;
    uint64_t line = s->store.records[guest->first].record.line;
    for (uint32_t r = guest->first; r != NONE; r = s->store.records[r].next)
      if (line < guests->first[class_of(s, r)])
        guests->first[class_of(s, r)] = line;
  }
}

/* Is one of them not much later than C, and of a class that C has not? */
static bool may_take_in(const stream *s, const cluster *c, const guest_list *guests)
{
  uint64_t late = c->last_line + 1024 + ftblab_slack(s);
  bool has[MAX_CLASSES + 1] = {false};
  for (uint32_t r = c->first; r != NONE; r = s->store.records[r].next)
    has[class_of(s, r)] = true;
  for (uint32_t class = 0; class <= MAX_CLASSES; class ++)
    if (guests->first[class] <= late && !has[class])
      return true;
  return false;
}

/* Clusters like one that was judged before are counted as that was. */
static void use_memos(stream *s, const guest_list *guests)
{
  for (uint32_t c = 0; c < s->store.cluster_count; c++) {
    cluster *done = &s->store.clusters[c];
    if (done->into == NONE && done->closed && done->count > 0 && done->heir_line == 0 &&
        !may_take_in(s, done, guests) && ftblab_memo_applies(s, done))
      done->count = 0;
  }
}

/* What an instance came to, and the cluster that it was of. */
typedef struct found {
  memo_count count;
  uint32_t cluster;
  uint64_t judged;
  size_t number; /* in the verdict */
} found;

static int by_cluster(const void *left, const void *right)
{
  const found *a = left, *b = right;
  if (a->cluster != b->cluster)
    return a->cluster < b->cluster ? -1 : 1;
  return a->number < b->number ? -1 : a->number > b->number;
}

/* What became of each cluster of the batch, for those that come later and are like it. Instances that were moved to the
 * verdict have left their numbers here. */
static void keep_memos(batch *b, const guest_list *guests, found *list, size_t count)
{
  stream *s = b->stream;
  memo_count own[8];
  qsort(list, count, sizeof *list, by_cluster);
  for (size_t from = 0, to; from < count; from = to) {
    uint32_t number = list[from].cluster, known = 0;
    uint64_t records = 0;
    for (to = from; to < count && list[to].cluster == number; to++) {
      if (known < FTBLAB_COUNT(own))
        own[known++] = list[to].count;
      records += list[to].judged;
    }
    const cluster *done = number == NONE ? NULL : &s->store.clusters[number];
    if (done == NULL || known == FTBLAB_COUNT(own) || done->into != NONE || !done->closed || done->count == 0 ||
        done->heir_line != 0 || may_take_in(s, done, guests) || records > done->count) /* it took in others */
      continue;
    ftblab_memo_keep(s, done, own, known, records);
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
  found *list = malloc((count + 1) * sizeof *list);
  bool done = list != NULL;
  for (size_t i = 0; i < count && done; i++) {
    const ftblab_instance_result *in = &v->instances[i];
    list[i] = (found){.count = {workflow_of(b->stream, in), in->kind, in->violation_count, ftblab_instance_asked(in)},
                      .cluster = cluster_of_instance(b, in),
                      .judged = in->judged,
                      .number = i};
  }
  done = done && account(b);
  if (done && plain)
    keep_memos(b, guests, list, count);
  if (listing)
    ftblab_arena_join(&b->stream->verdict->memory, &b->verdict->memory); /* what is listed has words in it */
  free(list);
  return done || (b->stream->failed ? false : ftblab_stream_no_memory(b->stream));
}

/* ---- clusters that are set aside ----------------------------------------------------------------------- */

typedef struct class_set {
  uint64_t bits[MAX_CLASSES / 64];
} class_set;

static bool waits_to_be_judged(const cluster *c)
{
  return c->into == NONE && c->closed && c->count > 0;
}

static uint64_t first_line_of(const stream *s, const cluster *c)
{
  uint64_t line = UINT64_MAX;
  for (uint32_t r = c->first; r != NONE; r = s->store.records[r].next)
    line = s->store.records[r].record.line < line ? s->store.records[r].record.line : line;
  return line;
}

/* Up to which line clusters begin of which instances may be listed. Most have one instance that does not conform; where
 * fewer have, fills_list says so. */
static bool find_last_listed(stream *s, uint64_t *last)
{
  const uint64_t wanted = s->listed - s->verdict->instance_count, asked = wanted + wanted / 4 + 8;
  uint32_t count = 0;
  *last = 0;
  if (s->verdict->instance_count >= s->listed)
    return true;
  *last = UINT64_MAX;
  if (s->listed > FTBLAB_LISTED_INSTANCES || asked >= s->store.cluster_count)
    return true;
  uint64_t *lines = malloc(s->store.cluster_count * sizeof *lines);
  if (lines == NULL)
    return ftblab_stream_no_memory(s);
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    if (waits_to_be_judged(&s->store.clusters[c]))
      lines[count++] = first_line_of(s, &s->store.clusters[c]);
  qsort(lines, count, sizeof *lines, ftblab_by_line);
  if (asked < count)
    *last = lines[asked];
  free(lines);
  return true;
}

/* False: a record is of no class that is known. */
static bool add_classes(const stream *s, const cluster *c, class_set *set)
{
  for (uint32_t r = c->first; r != NONE; r = s->store.records[r].next) {
    const kind *k = s->kinds[s->store.records[r].record.kind];
    if (k->of == NULL)
      return false;
    set->bits[k->class / 64] |= (uint64_t)1 << k->class % 64;
  }
  return true;
}

/* Might its records be what another cluster lacks, with a wrong value? Not if they are an incident of their own. */
static bool is_loose(const stream *s, const cluster *c)
{
  const cluster_record *first = &s->store.records[c->first];
  for (uint32_t r = c->first; r != NONE; r = s->store.records[r].next)
    if (s->store.records[r].record.line < first->record.line)
      first = &s->store.records[r];
  const kind *k = s->kinds[first->record.kind];
  return c->count <= GUEST_RECORDS || k->of == NULL || k->of->triggers == 0;
}

static bool has_all_classes(const class_set *of, const class_set *asked)
{
  for (size_t i = 0; i < FTBLAB_COUNT(asked->bits); i++)
    if (asked->bits[i] & ~of->bits[i])
      return false;
  return true;
}

/* Set aside what is like another one of the batch and begins behind line LISTED, unless it lacks something that is
 * about. HASHES: room for twice as many as there are clusters, zeros. */
static bool set_aside_alike(stream *s, uint64_t listed, uint64_t *hashes, size_t room)
{
  class_set loose = {{0}};
  bool any = false;
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    if (s->store.clusters[c].into == NONE && s->store.clusters[c].count > 0 && is_loose(s, &s->store.clusters[c]) &&
        !add_classes(s, &s->store.clusters[c], &loose))
      return false;
  for (uint32_t c = 0; c < s->store.cluster_count; c++) {
    cluster *one = &s->store.clusters[c];
    class_set own = {{0}};
    uint64_t hash;
    if (!waits_to_be_judged(one) || one->heir_line != 0)
      continue;
    if (!add_classes(s, one, &own) || !has_all_classes(&own, &loose) || !ftblab_memo_hash(s, one, &hash))
      continue;
    size_t at = hash % room;
    while (hashes[at] != 0 && hashes[at] != hash)
      at = (at + 1) % room;
    one->aside = hashes[at] == hash &&
                 first_line_of(s, one) > listed; /* were they only alike by their hash, no memo would apply */
    hashes[at] = hash;
    any = any || one->aside;
  }
  return any;
}

/* False: no memory. *ANY: some are aside; what begins up to line *LISTED may be listed. */
static bool set_aside(stream *s, uint64_t *listed, bool *any)
{
  *any = false;
  *listed = 0;
  if (s->any_job_fact)
    return true; /* facts of jobs that no record names may tell them apart */
  if (!find_last_listed(s, listed))
    return false;
  if (*listed == UINT64_MAX)
    return true; /* each of them is */
  size_t room = 2 * (size_t)s->store.cluster_count + 1;
  uint64_t *hashes = calloc(room, sizeof *hashes);
  if (hashes == NULL)
    return ftblab_stream_no_memory(s);
  *any = set_aside_alike(s, *listed, hashes, room);
  free(hashes);
  return true;
}

static void take_back(stream *s)
{
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    s->store.clusters[c].aside = false;
}

/* Did everything stay within its cluster? Then nothing depends on what was set aside. */
static bool stands_alone(const batch *b)
{
  if (b->verdict->violation_count > 0)
    return false;
  for (size_t i = 0; i < b->verdict->instance_count; i++) {
    const ftblab_instance_result *in = &b->verdict->instances[i];
    uint32_t from = cluster_of(b, in->first_line);
    if (cluster_of(b, in->last_line) != from)
      return false;
    for (size_t v = 0; v < in->violation_count; v++)
      if (in->violations[v].line != 0 && cluster_of(b, in->violations[v].line) != from)
        return false;
  }
  return true;
}

/* Are so many instances of those that begin up to line LISTED going to be listed that no other is? */
static bool fills_list(const batch *b, uint64_t listed)
{
  size_t count = b->stream->verdict->instance_count;
  for (size_t i = 0; i < b->verdict->instance_count; i++)
    count += b->verdict->instances[i].kind != FTBLAB_CONFORMS && b->verdict->instances[i].first_line <= listed &&
             !is_open(b->stream, cluster_of_instance(b, &b->verdict->instances[i]));
  return count >= b->stream->listed;
}

static void end_batch(batch *b)
{
  ftblab_verdict_free(b->verdict);
  free(b->records);
  *b = (batch){.stream = b->stream};
}

/* Judge the clusters that wait, but for those that are aside. ALONE: only if it does not depend on these; LISTED: as of
 * set_aside. */
static bool judge_batch(stream *s, const guest_list *guests, bool with_guests, bool alone, uint64_t listed,
                        bool *judged)
{
  batch b = {.stream = s};
  bool done = collect(&b, with_guests);
  *judged = true;
  if (done && b.count > 0) {
    done = run_exact(&b);
    *judged = done && (!alone || (stands_alone(&b) && fills_list(&b, listed)));
    if (*judged)
      done = account_and_keep(&b, guests);
  }
  end_batch(&b);
  return done;
}

/* What was judged is done with; what was set aside is like something of that, or is judged now. */
static bool judge_aside(stream *s, const guest_list *guests)
{
  bool judged;
  for (uint32_t c = 0; c < s->store.cluster_count; c++) {
    cluster *one = &s->store.clusters[c];
    if (waits_to_be_judged(one) && !one->aside)
      one->count = 0;
  }
  take_back(s);
  use_memos(s, guests);
  return judge_batch(s, guests, false, false, 0, &judged);
}

bool ftblab_judge_clusters(stream *s, bool all)
{
  for (uint32_t c = 0; c < s->store.cluster_count; c++)
    if (s->store.clusters[c].into == NONE && (all || s->store.clusters[c].last_line + ftblab_window(s) < s->line_count))
      ftblab_cluster_close(s, c);
  guest_list guests;
  bool aside, judged = false;
  uint64_t listed;
  list_guests(s, &guests);
  use_memos(s, &guests);
  bool done = set_aside(s, &listed, &aside) && judge_batch(s, &guests, !all, aside, listed, &judged);
  if (done && !judged) {
    take_back(s);
    done = judge_batch(s, &guests, !all, false, 0, &judged);
  } else if (done && aside) {
    done = judge_aside(s, &guests);
  }
  return done && ftblab_clusters_compact(s);
}

/* ---- a cluster that has grown too large ------------------------------------------------------------------ */

/* Instances that have records in common, and what is to become of them. */
typedef struct part {
  uint32_t into;    /* the part that it is of, or itself */
  uint32_t records; /* of the cluster */
  uint64_t last_line;
  bool is_unfinished; /* the instance */
  bool unfinished;    /* one of them */
  bool stays;
} part;

typedef struct relief {
  batch b;
  uint32_t cluster;
  part *parts;     /* by instance */
  uint32_t *owner; /* by record of the batch: an instance that has it, or NONE */
  uint64_t recent; /* from this line on all stays */
} relief;

static uint32_t part_of(const relief *r, uint32_t instance)
{
  while (r->parts[instance].into != instance)
    instance = r->parts[instance].into;
  return instance;
}

/* May it go on? */
static bool is_unfinished(const ftblab_instance_result *in)
{
  for (size_t row = 0; row < in->workflow->row_count; row++)
    if (strcmp(in->steps[row].status, "pending") == 0 || strcmp(in->steps[row].status, "not-begun") == 0)
      return true;
  return false;
}

/* Instance I has the record of LINE: all that have it are one part. */
static void claim_line(relief *r, uint32_t i, uint64_t line)
{
  uint32_t place = place_of_line(&r->b, line);
  if (place == NONE)
    return;
  uint32_t one = part_of(r, i);
  if (r->owner[place] == NONE) {
    r->parts[one].records += r->b.records[place].cluster == r->cluster;
    r->owner[place] = i;
    return;
  }
  uint32_t other = part_of(r, r->owner[place]);
  if (one == other)
    return;
  r->parts[one].into = other;
  r->parts[other].records += r->parts[one].records;
  r->parts[other].unfinished = r->parts[other].unfinished || r->parts[one].unfinished;
  if (r->parts[one].last_line > r->parts[other].last_line)
    r->parts[other].last_line = r->parts[one].last_line;
}

static void find_parts(relief *r)
{
  const ftblab_verdict *v = r->b.verdict;
  for (uint32_t i = 0; i < v->instance_count; i++) {
    const ftblab_instance_result *in = &v->instances[i];
    bool unfinished = is_unfinished(in);
    r->parts[i] = (part){.into = i, .last_line = in->last_line, .is_unfinished = unfinished, .unfinished = unfinished};
  }
  memset(r->owner, 0xFF, r->b.count * sizeof *r->owner);
  for (uint32_t i = 0; i < v->instance_count; i++)
    for (size_t l = 0; l < v->instances[i].line_count; l++)
      claim_line(r, i, v->instances[i].lines[l]);
}

typedef struct turn {
  uint64_t last_line;
  uint32_t part;
} turn;

static int newest_first(const void *left, const void *right)
{
  const turn *a = left, *b = right;
  if (a->last_line != b->last_line)
    return a->last_line > b->last_line ? -1 : 1;
  return a->part < b->part ? -1 : 1;
}

/* What may go on stays, and what ended a while ago, for a repeat; the newest of them, up to half a cluster. */
static bool choose_parts(relief *r)
{
  uint32_t count = (uint32_t)r->b.verdict->instance_count, turns = 0, records = 0;
  turn *order = malloc((count + 1) * sizeof *order);
  if (order == NULL)
    return ftblab_stream_no_memory(r->b.stream);
  for (uint32_t i = 0; i < count; i++)
    if (r->parts[i].into == i && (r->parts[i].unfinished || r->parts[i].last_line >= r->recent))
      order[turns++] = (turn){r->parts[i].last_line, i};
  qsort(order, turns, sizeof *order, newest_first);
  for (uint32_t i = 0; i < turns; i++) {
    part *p = &r->parts[order[i].part];
    p->stays = records + p->records <= CLUSTER_LIMIT / 2;
    records += p->stays ? p->records : 0;
  }
  free(order);
  return true;
}

/* Account for the instances that do not stay, and for old records that are of none. A guest that one of them took in is
 * done with, too; what others are, is told when they are judged. */
static bool account_parts(relief *r)
{
  stream *s = r->b.stream;
  ftblab_verdict *v = r->b.verdict;
  for (uint32_t i = 0; i < v->instance_count; i++) {
    const part *p = &r->parts[part_of(r, i)];
    ftblab_instance_result *in = &v->instances[i];
    if (p->stays || p->records == 0)
      continue;
    s->verdict->cut_short += r->parts[i].is_unfinished;
    s->verdict->records.judged += in->judged;
    for (size_t l = 0; l < in->line_count; l++) {
      uint32_t from = cluster_of(&r->b, in->lines[l]);
      if (from == NONE || from == r->cluster)
        continue;
      ftblab_cluster_close(s, from);
      s->store.clusters[from].count = 0;
    }
    if (!account_instance(s, in))
      return false;
  }
  for (size_t i = 0; i < v->violation_count; i++) {
    if (v->violations[i].line >= r->recent || cluster_of(&r->b, v->violations[i].line) != r->cluster)
      continue;
    s->verdict->records.judged++;
    if (!ftblab_list_violation(s, &v->violations[i]))
      return false;
  }
  return true;
}

/* The cluster has the records from now on that stay, and their words. */
static bool keep_parts(relief *r)
{
  stream *s = r->b.stream;
  cluster *c = &s->store.clusters[r->cluster];
  c->first = c->last = NONE;
  c->count = 0;
  ftblab_cluster_free_words(s, r->cluster);
  for (uint32_t i = 0; i < r->b.count; i++) {
    const place_of_record *at = &r->b.records[i];
    bool stays = r->owner[i] == NONE ? at->line >= r->recent : r->parts[part_of(r, r->owner[i])].stays;
    if (at->cluster != r->cluster || !stays)
      continue;
    if (c->last == NONE)
      c->first = at->place;
    else
      s->store.records[c->last].next = at->place;
    c->last = at->place;
    s->store.records[at->place].next = NONE;
    c->count++;
    if (!ftblab_cluster_add_words_of(s, r->cluster, at->place))
      return false;
  }
  return true;
}

static bool relieve(relief *r)
{
  stream *s = r->b.stream;
  bool listing = s->verdict->instance_count < s->listed || s->verdict->violation_count < s->listed;
  uint32_t recent = r->b.count < CLUSTER_LIMIT ? r->b.count / 4 : CLUSTER_LIMIT / 4;
  r->recent = r->b.records[r->b.count - 1 - recent].line;
  r->parts = malloc((r->b.verdict->instance_count + 1) * sizeof *r->parts);
  r->owner = malloc((r->b.count + 1) * sizeof *r->owner);
  if (r->parts == NULL || r->owner == NULL)
    return ftblab_stream_no_memory(s);
  find_parts(r);
  bool done = choose_parts(r) && account_parts(r) && keep_parts(r);
  if (listing)
    ftblab_arena_join(&s->verdict->memory, &r->b.verdict->memory); /* what is listed has words in it */
  return done;
}

bool ftblab_cluster_relieve(stream *s, uint32_t number)
{
  relief r = {.b = {.stream = s}, .cluster = number};
  bool complete = s->options.complete;
  uint32_t heir = s->store.clusters[number].heir;
  bool done = heir == NONE || ftblab_cluster_take_track(s, number, heir);
  for (uint32_t c = 0; c < s->store.cluster_count && done; c++)
    if (c == number || is_guest(&s->store.clusters[c]))
      done = add_cluster(s, &r.b, c);
  s->options.complete = false; /* what is still to come is not missing */
  done = done && run_exact(&r.b);
  s->options.complete = complete;
  done = done && relieve(&r);
  free(r.parts);
  free(r.owner);
  end_batch(&r.b);
  return done;
}

/* ---- a look -------------------------------------------------------------------------------------------- */

/* Those that changed, and the single records that may be theirs. */
static bool collect_changed(batch *b, bool *any)
{
  stream *s = b->stream;
  uint32_t count = s->store.cluster_count; /* without the copies */
  *any = false;
  for (uint32_t c = 0; c < count; c++) {
    if (s->store.clusters[c].into != NONE || s->store.clusters[c].count == 0)
      continue;
    bool changed = s->store.clusters[c].changed;
    *any = *any || changed;
    if ((changed || is_guest(&s->store.clusters[c])) && !add_cluster(s, b, c))
      return false;
    if (changed && s->store.clusters[c].ready && !s->store.clusters[c].closed && !add_heir(s, b, c))
      return false;
    s->store.clusters[c].changed = false;
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
    done = b.verdict->trace != NULL || ftblab_stream_no_memory(s);
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
  uint32_t place = s->store.record_count, made = ftblab_cluster_new(s);
  size_t payloads = s->store.payload_used;
  if (made == NONE || !ftblab_cluster_copy_track(s, made, number))
    return ftblab_stream_no_memory(s);
  b.count = s->store.record_count - place;
  b.records = malloc((b.count + 1) * sizeof *b.records);
  for (uint32_t i = 0; i < b.count && b.records != NULL; i++)
    b.records[i] = (place_of_record){s->store.records[place + i].record.line, place + i, made};
  bool done = b.records != NULL ? run_exact(&b) : ftblab_stream_no_memory(s);
  s->store.record_count = place;
  s->store.payload_used = payloads;
  s->store.cluster_count--;
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
      done = ftblab_list_violation(s, &b.verdict->violations[i]);
    if (listing)
      ftblab_arena_join(&s->verdict->memory, &b.verdict->memory); /* what is listed has words in it */
  }
  ftblab_verdict_free(b.verdict);
  free(b.records);
  return done;
}
