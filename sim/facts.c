/* facts.c - facts as records: what does not fit in one payload is said in several.
 *
 * A job that is started again runs on much the same nodes, and ends on those on which it was started: the payloads of
 * the last fact of a job are kept, and those that say the same are written as they were. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* A payload, of the nodes [first, first + count). How many it has, the nodes [first, first + tried) have decided. */
typedef struct part {
  int first, tried, count;
  size_t begins, length; /* in the text */
} part;

typedef struct ftblab_fact_list {
  const char *job; /* its name: of one job it is always the same piece of memory */
  int ranks_per_node;
  int *nodes;
  int node_count;
  part *parts;
  size_t part_count, part_capacity;
  ftblab_text text;
} fact_list;

static void list_free(fact_list *list)
{
  if (list == NULL)
    return;
  free(list->nodes);
  free(list->parts);
  ftblab_text_free(&list->text);
  free(list);
}

void ftblab_world_facts_free(ftblab_simulated *world)
{
  list_free(world->last_fact);
  ftblab_text_free(&world->node_fact);
}

/* ---- one payload ------------------------------------------------------------------------------------------ */

/* Names and numbers of so many nodes and ranks need no memory of their own; chosen. */
enum { FEW = 64 };

/* The payload of a fact about nodes [first, first + count); false: no memory. */
static bool fact_payload(const ftblab_simulated *world, const char *job, const int *nodes, int first, int count,
                         int ranks_per_node, ftblab_text *text)
{
  size_t ranks = (size_t)count * (size_t)ranks_per_node;
  const char *few_names[FEW];
  int64_t few_numbers[FEW];
  const char **names = count > FEW ? malloc((size_t)count * sizeof *names) : few_names;
  int64_t *numbers = ranks > FEW ? malloc(ranks * sizeof *numbers) : few_numbers;
  bool done = names != NULL && numbers != NULL;
  ftblab_text_clear(text);
  if (done) {
    for (int i = 0; i < count; i++)
      names[i] = ftblab_engine_node_name(world->engine, nodes[first + i]);
    for (size_t i = 0; i < ranks; i++)
      numbers[i] = (int64_t)first * ranks_per_node + (int64_t)i;
    if (job != NULL)
      ftblab_payload_add_words(text, "jobs", &job, 1);
    ftblab_payload_add_words(text, "nodes", names, (size_t)count);
    if (ranks > 0)
      ftblab_payload_add_numbers(text, "ranks", numbers, ranks);
  }
  if (names != few_names)
    free(names);
  if (numbers != few_numbers)
    free(numbers);
  return done && !text->failed;
}

/* ---- several ---------------------------------------------------------------------------------------------- */

/* SUMS[i]: the length of the names of the first i nodes and of what separates them. NULL: no memory. */
static size_t *sum_lengths(const ftblab_simulated *world, const int *nodes, int count)
{
  size_t *sums = malloc(((size_t)count + 1) * sizeof *sums);
  if (sums == NULL)
    return NULL;
  sums[0] = 0;
  for (int i = 0; i < count; i++)
    sums[i + 1] = sums[i] + strlen(ftblab_engine_node_name(world->engine, nodes[i])) + strlen(", ");
  return sums;
}

/* So long a list certainly does not fit in one payload; else one has to see. */
static bool is_too_long(size_t length)
{
  return length > FTBLAB_PAYLOAD_LIMIT + strlen(", ");
}

/* The part of OLD, from number *NEXT on, that is the one of LIST at FIRST of which TRIED nodes are tried; or NULL. */
static const part *find_part(const fact_list *old, const fact_list *list, int first, int tried, size_t *next)
{
  if (old == NULL || old->job != list->job || old->ranks_per_node != list->ranks_per_node)
    return NULL;
  while (*next < old->part_count && old->parts[*next].first < first)
    ++*next;
  const part *known = *next < old->part_count ? &old->parts[*next] : NULL;
  bool same = known != NULL && known->first == first && known->tried == tried &&
              memcmp(old->nodes + first, list->nodes + first, (size_t)tried * sizeof *list->nodes) == 0;
  return same ? known : NULL;
}

static bool add_part(fact_list *list, int first, int tried, int count, const char *bytes, size_t length)
{
  if (list->part_count == list->part_capacity) {
    size_t capacity = 2 * list->part_capacity + 4;
    part *parts = realloc(list->parts, capacity * sizeof *parts);
    if (parts == NULL)
      return false;
    list->parts = parts;
    list->part_capacity = capacity;
  }
  list->parts[list->part_count++] =
      (part){.first = first, .tried = tried, .count = count, .begins = list->text.length, .length = length};
  ftblab_text_add_bytes(&list->text, bytes, length);
  return !list->text.failed;
}

/* Add the part at FIRST: as many nodes of the first TRIED as fit, or one. */
static bool write_part(const ftblab_simulated *world, fact_list *list, int first, int tried, ftblab_text *payload)
{
  int count = tried;
  bool done = fact_payload(world, list->job, list->nodes, first, count, list->ranks_per_node, payload);
  while (done && payload->length > FTBLAB_PAYLOAD_LIMIT && count > 1) {
    count = (count + 1) / 2;
    done = fact_payload(world, list->job, list->nodes, first, count, list->ranks_per_node, payload);
  }
  return done && add_part(list, first, tried, count, payload->data, payload->length);
}

static bool write_parts(const ftblab_simulated *world, const fact_list *old, fact_list *list)
{
  ftblab_text payload = {0};
  size_t *sums = sum_lengths(world, list->nodes, list->node_count), next = 0;
  bool done = sums != NULL;
  int first = 0;
  do {
    int tried = list->node_count - first;
    while (done && tried > 1 && is_too_long(sums[first + tried] - sums[first]))
      tried = (tried + 1) / 2;
    const part *known = done ? find_part(old, list, first, tried, &next) : NULL;
    if (known != NULL)
      done = add_part(list, first, tried, known->count, old->text.data + known->begins, known->length);
    else
      done = done && write_part(world, list, first, tried, &payload);
    first += done ? list->parts[list->part_count - 1].count : 0;
  } while (done && first < list->node_count);
  free(sums);
  ftblab_text_free(&payload);
  return done;
}

/* The last fact of a job said the same of the same NODES. */
static bool is_last(const ftblab_simulated *world, const char *job, const int *nodes, int count, int ranks_per_node)
{
  const fact_list *last = world->last_fact;
  return job != NULL && last != NULL && last->job == job && last->ranks_per_node == ranks_per_node &&
         last->node_count == count && memcmp(last->nodes, nodes, (size_t)count * sizeof *nodes) == 0;
}

/* What is said of NODES; NULL: no memory. */
static fact_list *make_list(const ftblab_simulated *world, const char *job, const int *nodes, int count,
                            int ranks_per_node)
{
  fact_list *made = calloc(1, sizeof *made);
  if (made != NULL)
    *made = (fact_list){.job = job,
                        .ranks_per_node = ranks_per_node,
                        .nodes = malloc(((size_t)count + 1) * sizeof *nodes),
                        .node_count = count};
  bool done = made != NULL && made->nodes != NULL;
  if (done) {
    memcpy(made->nodes, nodes, (size_t)count * sizeof *nodes);
    done = write_parts(world, world->last_fact, made);
  }
  if (done)
    return made;
  list_free(made);
  return NULL;
}

/* ---- records ---------------------------------------------------------------------------------------------- */

static ftblab_record fact_record(const ftblab_simulated *world, const char *event, const char *note)
{
  ftblab_record record = {.t = llround(world->date * 1e9), .action = FTBLAB_FACT};
  record.component = ftblab_slice_of(FTBLAB_SIMULATION);
  record.event = ftblab_slice_of(event);
  record.note = ftblab_slice_of(note);
  record.has_cause = world->cause != 0;
  record.cause = world->cause;
  return record;
}

/* One node always fits: nothing is to be parted, and the next fact of a job is still like the last of a job. */
static uint64_t fact_of_node(ftblab_simulated *world, const char *event, const int *node, const char *note)
{
  ftblab_record record = fact_record(world, event, note);
  if (!fact_payload(world, NULL, node, 0, 1, 0, &world->node_fact)) {
    ftblab_world_no_memory(world);
    return 0;
  }
  record.payload = (ftblab_slice){world->node_fact.data, world->node_fact.length};
  return ftblab_recorder_add(world->recorder, &record);
}

uint64_t ftblab_world_fact(ftblab_simulated *world, const char *event, const char *job, const int *nodes, int count,
                           int ranks_per_node, const char *note)
{
  uint64_t seq = 0;
  if (job == NULL && count == 1 && ranks_per_node == 0)
    return fact_of_node(world, event, nodes, note);
  bool again = is_last(world, job, nodes, count, ranks_per_node);
  fact_list *list = again ? world->last_fact : make_list(world, job, nodes, count, ranks_per_node);
  if (list == NULL) {
    ftblab_world_no_memory(world);
    return 0;
  }
  ftblab_record record = fact_record(world, event, note);
  for (size_t i = 0; i < list->part_count; i++) {
    record.payload = (ftblab_slice){list->text.data + list->parts[i].begins, list->parts[i].length};
    seq = ftblab_recorder_add(world->recorder, &record);
  }
  if (again)
    return seq;
  if (job == NULL) { /* the next of a job is still like the last of a job */
    list_free(list);
    return seq;
  }
  list_free(world->last_fact);
  world->last_fact = list;
  return seq;
}
