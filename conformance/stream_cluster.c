/* stream_cluster.c - records that need the exact checker. What speaks of the same node or job is one cluster; a record
 * that speaks of several makes them one. A closed cluster waits to be judged, and its words are free for others. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

uint32_t ftblab_cluster_root(const stream *s, uint32_t number)
{
  while (number != NONE && s->store.clusters[number].into != NONE)
    number = s->store.clusters[number].into;
  return number;
}

static uint32_t store_cluster(cluster_store *store)
{
  if (!ftblab_make_room((void **)&store->clusters, store->cluster_count, &store->cluster_capacity,
                        sizeof *store->clusters))
    return NONE;
  store->clusters[store->cluster_count] =
      (cluster){.into = NONE, .first = NONE, .last = NONE, .words = NONE, .heir = NONE};
  return store->cluster_count++;
}

uint32_t ftblab_cluster_new(stream *s)
{
  uint32_t number = store_cluster(&s->store);
  s->failed = s->failed || number == NONE;
  return number;
}

void ftblab_cluster_drop_empty(stream *s, uint32_t number)
{
  const cluster *made = &s->store.clusters[number];
  if (made->into == NONE || made->count > 0 || number + 1 != s->store.cluster_count)
    return;
  for (int g = 0; g < MAX_GROUPS; g++)
    if (s->loose[g] == number)
      s->loose[g] = made->into;
  s->store.cluster_count--;
}

static uint64_t later(uint64_t a, uint64_t b)
{
  return a > b ? a : b;
}

uint32_t ftblab_cluster_join(stream *s, uint32_t one, uint32_t other)
{
  one = ftblab_cluster_root(s, one);
  other = ftblab_cluster_root(s, other);
  if (one == other || other == NONE)
    return one;
  if (one == NONE)
    return other;
  if (s->store.clusters[one].count <= s->store.clusters[other].count) { /* so nothing becomes part of an empty one */
    uint32_t swapped = one;
    one = other;
    other = swapped;
  }
  cluster *into = &s->store.clusters[one], *from = &s->store.clusters[other];
  from->into = one;
  if (into->last == NONE)
    into->first = from->first;
  else
    s->store.records[into->last].next = from->first;
  if (from->last != NONE)
    into->last = from->last;
  uint32_t w = from->words;
  while (w != NONE) {
    uint32_t next = s->words[w].next;
    s->words[w].next = into->words;
    into->words = w;
    w = next;
  }
  if (from->heir != NONE)
    into->heir = from->heir;
  into->ready = false;
  into->changed = true;
  into->count += from->count;
  into->last_line = later(into->last_line, from->last_line);
  into->groups |= from->groups;
  return one;
}

static bool store_payload(cluster_store *store, cluster_record *into, ftblab_slice payload)
{
  if (store->payload_used + payload.length > store->payload_capacity) {
    size_t capacity = 2 * (store->payload_capacity + payload.length) + 65536;
    char *grown = realloc(store->payloads, capacity);
    if (grown == NULL)
      return false;
    store->payloads = grown;
    store->payload_capacity = capacity;
  }
  if (payload.length > 0)
    memcpy(store->payloads + store->payload_used, payload.data, payload.length);
  into->payload = store->payload_used;
  into->payload_length = (uint32_t)payload.length;
  into->has_payload = payload.data != NULL;
  store->payload_used += payload.length;
  return true;
}

static bool store_record(cluster_store *store, uint32_t number, const packed_record *record, ftblab_slice payload)
{
  cluster_record made = {.record = *record, .next = NONE};
  if (!ftblab_make_room((void **)&store->records, store->record_count, &store->record_capacity,
                        sizeof *store->records) ||
      !store_payload(store, &made, payload))
    return false;
  cluster *c = &store->clusters[number];
  uint32_t place = store->record_count++;
  store->records[place] = made;
  if (c->last == NONE)
    c->first = place;
  else
    store->records[c->last].next = place;
  c->last = place;
  c->count++;
  c->last_line = later(c->last_line, record->line);
  return true;
}

bool ftblab_cluster_add(stream *s, uint32_t number, const packed_record *record, ftblab_slice payload)
{
  if (!store_record(&s->store, number, record, payload)) {
    s->failed = true;
    return false;
  }
  const kind *k = s->kinds[record->kind];
  cluster *c = &s->store.clusters[number];
  c->changed = true;
  /* a record that names nothing of a group's key is none of that group's incidents by itself: else one broken
   * suspension of a job would draw every later one into its cluster */
  c->groups |= k->class < s->class_count ? s->classes[k->class].keyed : 0;
  return true;
}

bool ftblab_cluster_add_word(stream *s, uint32_t number, const word *w)
{
  uint32_t place = 0, found;
  while ((found = ftblab_index_find(s, w, &place)) != NONE)
    if (found & CLUSTER_BIT)
      return true; /* it is this cluster's: all that have a word in common are one */
  uint32_t free_word = s->free_words;
  if (free_word == NONE) {
    if (!ftblab_make_room((void **)&s->words, s->word_count, &s->word_capacity, sizeof *s->words)) {
      s->failed = true;
      return false;
    }
    free_word = s->word_count++;
  } else {
    s->free_words = s->words[free_word].next;
  }
  char *text = malloc(w->length + 1);
  if (text == NULL) {
    s->words[free_word] = (cluster_word){.next = s->free_words};
    s->free_words = free_word;
    s->failed = true;
    return false;
  }
  memcpy(text, w->text, w->length);
  s->words[free_word] = (cluster_word){.text = text,
                                       .length = w->length,
                                       .hash = w->hash,
                                       .cluster = number,
                                       .next = s->store.clusters[number].words,
                                       .is_job = w->is_job};
  s->store.clusters[number].words = free_word;
  return ftblab_index_add(s, w, CLUSTER_BIT | free_word);
}

static bool add_listed_word(stream *s, const word *w, void *argument)
{
  return ftblab_cluster_add_word(s, *(const uint32_t *)argument, w);
}

bool ftblab_cluster_add_words_of(stream *s, uint32_t number, uint32_t place)
{
  const cluster_record *r = &s->store.records[place];
  const kind *k = s->kinds[r->record.kind];
  uint64_t ties = k->class < s->class_count ? s->classes[k->class].ties : s->tie_keys;
  if (ftblab_entry_read(s->probe, ftblab_kind_event(s, k), ftblab_cluster_record(s, r).payload, NULL) == FTBLAB_ENOMEM)
    return ftblab_stream_no_memory(s);
  return ftblab_for_words(s, ties, add_listed_word, &number);
}

static bool copy_record(stream *s, const packed_record *record, ftblab_slice payload, void *argument)
{
  return ftblab_cluster_add(s, *(const uint32_t *)argument, record, payload);
}

bool ftblab_cluster_copy_track(stream *s, uint32_t number, uint32_t track_number)
{
  return ftblab_track_unpack(s, track_number, copy_record, &number);
}

bool ftblab_cluster_take_track(stream *s, uint32_t number, uint32_t track_number)
{
  track *t = ftblab_track_at(s, track_number);
  s->store.clusters[number].groups |= (uint64_t)1 << t->group;
  if (!ftblab_cluster_copy_track(s, number, track_number))
    return false;
  ftblab_index_remove_track(s, track_number);
  word w;
  int variable;
  for (size_t at = 0; ftblab_track_next_word(s, t, &at, &variable, &w);)
    if (!ftblab_cluster_add_word(s, number, &w))
      return false;
  if (s->store.clusters[number].heir == track_number) {
    s->store.clusters[number].heir = NONE;
    s->store.clusters[number].ready = false;
  }
  ftblab_track_unlink(s, track_number);
  ftblab_track_free(s, track_number);
  return true;
}

ftblab_record ftblab_cluster_record(const stream *s, const cluster_record *r)
{
  ftblab_record record = s->kinds[r->record.kind]->constant;
  record.line = r->record.line;
  record.t = r->record.t;
  record.seq = r->record.seq;
  record.cause = r->record.cause;
  if (r->has_payload)
    record.payload = (ftblab_slice){s->store.payloads + r->payload, r->payload_length};
  return record;
}

void ftblab_cluster_free_words(stream *s, uint32_t number)
{
  cluster *c = &s->store.clusters[number];
  while (c->words != NONE) {
    uint32_t w = c->words;
    cluster_word *known = &s->words[w];
    word forgotten = {.text = known->text, .length = known->length, .hash = known->hash, .is_job = known->is_job};
    ftblab_index_remove(s, &forgotten, CLUSTER_BIT | w);
    c->words = known->next;
    free(known->text);
    *known = (cluster_word){.next = s->free_words};
    s->free_words = w;
  }
}

void ftblab_cluster_close(stream *s, uint32_t number)
{
  cluster *c = &s->store.clusters[number];
  if (c->closed)
    return;
  c->closed = true;
  s->closed_records += c->count;
  ftblab_cluster_free_words(s, number);
  for (int g = 0; g < MAX_GROUPS; g++)
    if (ftblab_cluster_root(s, s->loose[g]) == number)
      s->loose[g] = NONE;
}

static void free_store(cluster_store *store)
{
  free(store->clusters);
  free(store->records);
  free(store->payloads);
}

/* Copy cluster NUMBER of FROM, but for its words, which know it by its number. */
static uint32_t copy_cluster(const cluster_store *from, uint32_t number, cluster_store *to)
{
  const cluster *old = &from->clusters[number];
  uint32_t copy = store_cluster(to);
  for (uint32_t r = old->first; r != NONE && copy != NONE; r = from->records[r].next) {
    const cluster_record *record = &from->records[r];
    ftblab_slice payload = {record->has_payload ? from->payloads + record->payload : NULL, record->payload_length};
    if (!store_record(to, copy, &record->record, payload))
      return NONE;
  }
  if (copy == NONE)
    return NONE;
  to->clusters[copy].words = old->words;
  to->clusters[copy].groups = old->groups;
  to->clusters[copy].heir = old->heir;
  to->clusters[copy].changed = old->changed;
  return copy;
}

/* NUMBERS: the new number of each cluster, or NONE. */
static void renumber(stream *s, const uint32_t *numbers)
{
  for (int g = 0; g < MAX_GROUPS; g++) {
    uint32_t root = ftblab_cluster_root(s, s->loose[g]);
    s->loose[g] = root == NONE ? NONE : numbers[root];
  }
  for (uint32_t w = 0; w < s->word_count; w++)
    if (s->words[w].text != NULL)
      s->words[w].cluster = numbers[ftblab_cluster_root(s, s->words[w].cluster)];
}

bool ftblab_clusters_compact(stream *s)
{
  cluster_store kept = s->spare;
  s->spare = (cluster_store){0};
  uint32_t *numbers = malloc(((size_t)s->store.cluster_count + 1) * sizeof *numbers);
  bool done = numbers != NULL;
  for (uint32_t c = 0; c < s->store.cluster_count && done; c++) {
    const cluster *old = &s->store.clusters[c];
    numbers[c] = NONE;
    if (old->into != NONE || old->closed || old->count == 0)
      continue;
    numbers[c] = copy_cluster(&s->store, c, &kept);
    done = numbers[c] != NONE;
  }
  if (done) {
    renumber(s, numbers);
    s->spare = s->store; /* its memory is used next time: large pieces that come and go leave holes between others */
    s->spare.cluster_count = s->spare.record_count = 0;
    s->spare.payload_used = 0;
    s->store = kept;
    s->closed_records = 0;
    s->cluster_groups = 0;
    for (uint32_t c = 0; c < s->store.cluster_count; c++)
      s->cluster_groups |= s->store.clusters[c].groups;
  } else {
    free_store(&kept);
    ftblab_stream_no_memory(s);
  }
  free(numbers);
  return done;
}

void ftblab_clusters_free(stream *s)
{
  for (uint32_t i = 0; i < s->word_count; i++)
    free(s->words[i].text);
  free(s->words);
  free_store(&s->store);
  free_store(&s->spare);
}
