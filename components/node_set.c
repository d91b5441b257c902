/* node_set.c - sets of nodes (a sparse set: Briggs and Torczon 1993), read from and written to payloads. */
#include "node_set.h"
#include "role.h"

#include <stdlib.h>
#include <string.h>

/* A note is for people: of a large set it names this many nodes and counts the rest. */
enum { NODES_IN_A_NOTE = 8 };

ftblab_status ftblab_node_set_init(ftblab_node_set *set, int node_count, ftblab_error *err)
{
  size_t room = node_count > 0 ? (size_t)node_count : 1;
  int *nodes = malloc(room * sizeof *nodes), *position = malloc(room * sizeof *position);
  if (!nodes || !position) {
    free(nodes);
    free(position);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a set of %d nodes", node_count);
  }
  memset(position, 0xff, room * sizeof *position); /* -1 */
  *set = (ftblab_node_set){.nodes = nodes, .position = position, .capacity = node_count};
  return FTBLAB_OK;
}

void ftblab_node_set_free(ftblab_node_set *set)
{
  if (!set)
    return;
  free(set->nodes);
  free(set->position);
  *set = (ftblab_node_set){0};
}

bool ftblab_node_set_has(const ftblab_node_set *set, int node)
{
  return node >= 0 && node < set->capacity && set->position[node] >= 0;
}

void ftblab_node_set_add(ftblab_node_set *set, int node)
{
  if (node < 0 || node >= set->capacity || set->position[node] >= 0)
    return;
  set->position[node] = set->count;
  set->nodes[set->count++] = node;
}

void ftblab_node_set_remove(ftblab_node_set *set, int node)
{
  if (!ftblab_node_set_has(set, node))
    return;
  int place = set->position[node], last = set->nodes[--set->count];
  set->nodes[place] = last;
  set->position[last] = place;
  set->position[node] = -1;
}

void ftblab_node_set_clear(ftblab_node_set *set)
{
  for (int i = 0; i < set->count; i++)
    set->position[set->nodes[i]] = -1;
  set->count = 0;
}

static int compare_nodes(const void *left, const void *right)
{
  int a = *(const int *)left, b = *(const int *)right;
  return (a > b) - (a < b);
}

/* What is published or noted names nodes in the order of the platform, however the set came about. */
static void sort(ftblab_node_set *set)
{
  if (set->count > 1)
    qsort(set->nodes, (size_t)set->count, sizeof *set->nodes, compare_nodes);
  for (int i = 0; i < set->count; i++)
    set->position[set->nodes[i]] = i;
}

/* ---- from payloads -------------------------------------------------------------------------------------- */

static bool parse_integer(const char *word, int64_t *number)
{
  char *end;
  *number = strtoll(word, &end, 10);
  return *word && !*end;
}

static bool item_names(const ftblab_item *item, const char *word)
{
  int64_t number;
  if (item->is_integer && item->first < item->last)
    return parse_integer(word, &number) && item->first <= number && number <= item->last;
  return strlen(word) == item->word.length && memcmp(word, item->word.data, item->word.length) == 0;
}

bool ftblab_payload_names(const ftblab_payload *payload, const char *key, const char *word)
{
  const ftblab_pair *pair = ftblab_payload_find(payload, key);
  for (size_t i = 0; pair && i < pair->item_count; i++)
    if (item_names(&payload->items[pair->first_item + i], word))
      return true;
  return false;
}

/* A range may be as wide as an integer: ask each node whether it is in it, not each number whether it is a node. */
static void add_range(ftblab_node_set *set, ftblab_component *self, const ftblab_item *range)
{
  for (int node = 0; node < set->capacity; node++)
    if (item_names(range, self->world->ops->node_name(self, node)))
      ftblab_node_set_add(set, node);
}

void ftblab_node_set_read(ftblab_node_set *set, ftblab_component *self, const ftblab_payload *payload)
{
  ftblab_node_set_clear(set);
  const ftblab_pair *pair = ftblab_payload_find(payload, "nodes");
  for (size_t i = 0; pair && i < pair->item_count; i++) {
    const ftblab_item *item = &payload->items[pair->first_item + i];
    if (item->is_integer && item->first < item->last)
      add_range(set, self, item);
    else /* the world answers -1 for a name it does not know, which is never added */
      ftblab_node_set_add(set, self->world->ops->node_index(self, item->word.data, item->word.length));
  }
}

/* ---- to notes and events -------------------------------------------------------------------------------- */

/* NOTE: the service to say it with, note or note_throw. */
static void note_part(ftblab_component *self, ftblab_note *note, const char *before, const int *nodes, int count,
                      const char *after)
{
  if (!self->world->ops->is_noted(self))
    return;
  if (count == 1) { /* most notes are of one node */
    note(self, "%snode %s%s", before, self->world->ops->node_name(self, nodes[0]), after);
    return;
  }
  ftblab_text text = {0};
  ftblab_text_add(&text, "nodes ");
  for (int i = 0; i < count && i < NODES_IN_A_NOTE; i++)
    ftblab_text_addf(&text, "%s%s", i ? ", " : "", self->world->ops->node_name(self, nodes[i]));
  if (count > NODES_IN_A_NOTE)
    ftblab_text_addf(&text, " and %d more", count - NODES_IN_A_NOTE);
  if (text.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a note");
  else
    note(self, "%s%s%s", before, ftblab_text_string(&text), after);
  ftblab_text_free(&text);
}

void ftblab_note_nodes(ftblab_component *self, const char *before, ftblab_node_set *set, const char *after)
{
  if (set->count == 0)
    return;
  sort(set);
  note_part(self, self->world->ops->note, before, set->nodes, set->count, after);
}

/* The payload of COUNT nodes (and the job) in TEXT, which is emptied first. */
static void write_payload(ftblab_component *self, const ftblab_job *job, const int *nodes, int count,
                          const char **names, ftblab_text *text)
{
  for (int i = 0; i < count; i++)
    names[i] = self->world->ops->node_name(self, nodes[i]);
  ftblab_text_clear(text);
  ftblab_payload_add_words(text, "nodes", names, (size_t)count);
  if (job)
    ftblab_payload_add_words(text, "jobs", &job->name, 1);
}

/* How many of COUNT > 0 nodes fit into one payload: at least one, for what does not fit alone the world must refuse.
 * The payload of exactly these is then in TEXT. */
static int fit_payload(ftblab_component *self, const ftblab_job *job, const int *nodes, int count, ftblab_text *text)
{
  const char *names[FTBLAB_PAYLOAD_LIMIT]; /* a name takes more than one byte of the payload */
  if (count > FTBLAB_PAYLOAD_LIMIT)
    count = FTBLAB_PAYLOAD_LIMIT;
  int fits = 1, too_many = count + 1, written = 0;
  for (int guess = count; too_many - fits > 1; guess = fits + (too_many - fits) / 2) {
    write_payload(self, job, nodes, guess, names, text);
    written = guess;
    if (text->length <= FTBLAB_PAYLOAD_LIMIT)
      fits = guess;
    else
      too_many = guess;
  }
  if (written != fits)
    write_payload(self, job, nodes, fits, names, text);
  return fits;
}

void ftblab_announce_nodes(ftblab_component *self, const ftblab_announcement *announcement, ftblab_node_set *set)
{
  ftblab_text payload = {0};
  sort(set);
  for (int done = 0, fits; done < set->count; done += fits) {
    const int *nodes = set->nodes + done;
    fits = fit_payload(self, announcement->job, nodes, set->count - done, &payload);
    if (payload.failed) {
      self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
      break;
    }
    note_part(self, self->world->ops->note_throw, announcement->before, nodes, fits, announcement->after);
    self->world->ops->publish(self, announcement->event, ftblab_text_string(&payload), announcement->in_response_to);
  }
  ftblab_text_free(&payload);
}
