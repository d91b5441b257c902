/* stream_cluster.c - records that need the exact checker. What speaks of the same node or job is one cluster; a record
 * that speaks of several makes them one. A closed cluster waits to be judged, and its words are free for others. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

/* Room for one more of COUNT things of SIZE bytes. */
static bool make_room(void **list, uint32_t count, uint32_t *capacity, size_t size)
{
  if (count < *capacity)
    return true;
  uint32_t more = *capacity == 0 ? 256 : 2 * *capacity;
  void *grown = realloc(*list, more * size);
  if (grown == NULL)
    return false;
  *list = grown;
  *capacity = more;
  return true;
}

uint32_t ftblab_cluster_root(const stream *s, uint32_t number)
{
  while (number != NONE && s->clusters[number].into != NONE)
    number = s->clusters[number].into;
  return number;
}

uint32_t ftblab_cluster_new(stream *s)
{
  if (!make_room((void **)&s->clusters, s->cluster_count, &s->cluster_capacity, sizeof *s->clusters)) {
    s->failed = true;
    return NONE;
  }
  s->clusters[s->cluster_count] = (cluster){.into = NONE, .first = NONE, .last = NONE, .words = NONE, .heir = NONE};
  return s->cluster_count++;
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
  if (s->clusters[one].count < s->clusters[other].count) {
    uint32_t swapped = one;
    one = other;
    other = swapped;
  }
  cluster *into = &s->clusters[one], *from = &s->clusters[other];
  from->into = one;
  if (into->last == NONE)
    into->first = from->first;
  else
    s->records[into->last].next = from->first;
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

static bool keep_payload(stream *s, cluster_record *into, ftblab_slice payload)
{
  if (s->payload_used + payload.length > s->payload_capacity) {
    size_t capacity = 2 * (s->payload_capacity + payload.length) + 65536;
    char *grown = realloc(s->payloads, capacity);
    if (grown == NULL)
      return false;
    s->payloads = grown;
    s->payload_capacity = capacity;
  }
  if (payload.length > 0)
    memcpy(s->payloads + s->payload_used, payload.data, payload.length);
  into->payload = s->payload_used;
  into->payload_length = (uint32_t)payload.length;
  into->has_payload = payload.data != NULL;
  s->payload_used += payload.length;
  return true;
}

bool ftblab_cluster_add(stream *s, uint32_t number, const packed_record *record, ftblab_slice payload)
{
  cluster_record made = {.record = *record, .next = NONE};
  if (!make_room((void **)&s->records, s->record_count, &s->record_capacity, sizeof *s->records) ||
      !keep_payload(s, &made, payload)) {
    s->failed = true;
    return false;
  }
  cluster *c = &s->clusters[number];
  uint32_t place = s->record_count++;
  s->records[place] = made;
  if (c->last == NONE)
    c->first = place;
  else
    s->records[c->last].next = place;
  c->last = place;
  c->count++;
  c->changed = true;
  c->last_line = later(c->last_line, record->line);
  const kind *k = s->kinds[record->kind];
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
    if (!make_room((void **)&s->words, s->word_count, &s->word_capacity, sizeof *s->words)) {
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
                                       .next = s->clusters[number].words,
                                       .is_job = w->is_job};
  s->clusters[number].words = free_word;
  return ftblab_index_add(s, w, CLUSTER_BIT | free_word);
}

typedef struct taking {
  uint32_t cluster;
} taking;

static bool take_record(stream *s, const packed_record *record, ftblab_slice payload, void *argument)
{
  const taking *into = argument;
  return ftblab_cluster_add(s, into->cluster, record, payload);
}

bool ftblab_cluster_take_track(stream *s, uint32_t number, uint32_t track_number)
{
  taking into = {number};
  track *t = ftblab_track_at(s, track_number);
  s->clusters[number].groups |= (uint64_t)1 << t->group;
  if (!ftblab_track_unpack(s, track_number, take_record, &into))
    return false;
  ftblab_index_remove_track(s, track_number);
  for (size_t at = 0; at < t->values; at += 2u + t->log[at + 1]) {
    uint64_t variable = (uint64_t)1 << t->log[at];
    word w = ftblab_word_of((s->job_variables & variable) != 0, (const char *)t->log + at + 2, t->log[at + 1]);
    if (s->tie_variables[t->group] & variable && !ftblab_cluster_add_word(s, number, &w))
      return false;
  }
  if (s->clusters[number].heir == track_number) {
    s->clusters[number].heir = NONE;
    s->clusters[number].ready = false;
  }
  ftblab_track_unlink(s, track_number);
  ftblab_track_free(s, track_number);
  return true;
}

/* Its words are no longer looked at. */
static void free_words(stream *s, cluster *c)
{
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
  cluster *c = &s->clusters[number];
  if (c->closed)
    return;
  c->closed = true;
  s->closed_records += c->count;
  free_words(s, c);
  for (int g = 0; g < MAX_GROUPS; g++)
    if (ftblab_cluster_root(s, s->loose[g]) == number)
      s->loose[g] = NONE;
}

void ftblab_clusters_free(stream *s)
{
  for (uint32_t i = 0; i < s->word_count; i++)
    free(s->words[i].text);
  free(s->words);
  free(s->clusters);
  free(s->records);
  free(s->payloads);
}
