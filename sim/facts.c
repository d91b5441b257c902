/* facts.c - facts as records: what does not fit in one payload is said in several.
 *
 * A job that is started again runs on much the same nodes, and ends on those on which it was started: the payloads of
 * the last fact of a job are kept, and those that say the same are written as they were. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static const char separator[] = ", ";

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

/* The nodes' names as payloads have them, one behind the other: ", n1, n2". The names of nodes that follow each other
 * are one piece of it. */
struct ftblab_node_words {
  ftblab_text text;
  size_t *begins; /* by node, and one more: where its ", " stands */
  size_t *sums;   /* by node, and one more: the length of the names of those before it and of what separates them */
};

static void list_free(fact_list *list)
{
  if (list == NULL)
    return;
  free(list->nodes);
  free(list->parts);
  ftblab_text_free(&list->text);
  free(list);
}

static void words_free(struct ftblab_node_words *words)
{
  if (words == NULL)
    return;
  ftblab_text_free(&words->text);
  free(words->begins);
  free(words->sums);
  free(words);
}

void ftblab_world_facts_free(ftblab_simulated *world)
{
  list_free(world->last_fact);
  ftblab_text_free(&world->node_fact);
  words_free(world->node_words);
}

/* ---- names ------------------------------------------------------------------------------------------------ */

/* NAME as in a set of a payload, after what separates it. */
static void add_word(ftblab_text *text, const char *name)
{
  static const char before[] = "nodes: {", after[] = "}";
  ftblab_text set = {0};
  ftblab_payload_add_words(&set, "nodes", &name, 1);
  ftblab_text_add(text, separator);
  if (!set.failed)
    ftblab_text_add_bytes(text, set.data + strlen(before), set.length - strlen(before) - strlen(after));
  text->failed = text->failed || set.failed;
  ftblab_text_free(&set);
}

/* NULL: no memory. */
static struct ftblab_node_words *words_new(const ftblab_engine *engine)
{
  size_t nodes = ftblab_engine_nodes(engine);
  struct ftblab_node_words *words = calloc(1, sizeof *words);
  if (words == NULL)
    return NULL;
  words->begins = calloc(nodes + 1, sizeof *words->begins);
  words->sums = calloc(nodes + 1, sizeof *words->sums);
  bool done = words->begins != NULL && words->sums != NULL;
  for (size_t i = 0; done && i < nodes; i++) {
    const char *name = ftblab_engine_node_name(engine, (int)i);
    add_word(&words->text, name);
    words->begins[i + 1] = words->text.length;
    words->sums[i + 1] = words->sums[i] + strlen(name) + strlen(separator);
  }
  if (done && !words->text.failed)
    return words;
  words_free(words);
  return NULL;
}

/* ---- one payload ------------------------------------------------------------------------------------------ */

static void add_nodes(const struct ftblab_node_words *words, const int *nodes, int count, ftblab_text *text)
{
  ftblab_text_add(text, text->length > 0 ? ", nodes: {" : "nodes: {");
  for (int i = 0, next; i < count; i = next) {
    for (next = i + 1; next < count && nodes[next] == nodes[next - 1] + 1;)
      next++;
    size_t from = words->begins[nodes[i]] + (i == 0 ? strlen(separator) : 0);
    ftblab_text_add_bytes(text, words->text.data + from, words->begins[nodes[next - 1] + 1] - from);
  }
  ftblab_text_add(text, "}");
}

/* The payload of a fact about nodes [first, first + count); false: no memory. */
static bool fact_payload(const ftblab_simulated *world, const char *job, const int *nodes, int first, int count,
                         int ranks_per_node, ftblab_text *text)
{
  int64_t rank = (int64_t)first * ranks_per_node, ranks = (int64_t)count * ranks_per_node;
  ftblab_text_clear(text);
  if (job != NULL)
    ftblab_payload_add_words(text, "jobs", &job, 1);
  add_nodes(world->node_words, nodes + first, count, text);
  if (ranks > 0)
    ftblab_payload_add_range(text, "ranks", rank, rank + ranks - 1);
  return !text->failed;
}

/* ---- several ---------------------------------------------------------------------------------------------- */

/* SUMS[i]: the length of the names of the first i nodes and of what separates them. NULL: no memory. */
static size_t *sum_lengths(const struct ftblab_node_words *words, const int *nodes, int count)
{
  size_t *sums = malloc(((size_t)count + 1) * sizeof *sums);
  if (sums == NULL)
    return NULL;
  sums[0] = 0;
  for (int i = 0; i < count; i++)
    sums[i + 1] = sums[i] + words->sums[nodes[i] + 1] - words->sums[nodes[i]];
  return sums;
}

/* So long a list certainly does not fit in one payload; else one has to see. */
static bool is_too_long(size_t length)
{
  return length > FTBLAB_PAYLOAD_LIMIT + strlen(separator);
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
  size_t *sums = sum_lengths(world->node_words, list->nodes, list->node_count), next = 0;
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
  const char *name = ftblab_engine_node_name(world->engine, *node);
  ftblab_text_clear(&world->node_fact);
  ftblab_payload_add_words(&world->node_fact, "nodes", &name, 1);
  if (world->node_fact.failed) {
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
  if (world->node_words == NULL)
    world->node_words = words_new(world->engine);
  fact_list *list = again                       ? world->last_fact
                    : world->node_words == NULL ? NULL
                                                : make_list(world, job, nodes, count, ranks_per_node);
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
