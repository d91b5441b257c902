/* frames.c - learning the frames of a trace's lines, and reading lines by them.
 *
 * Why a match needs no parsing: the parser goes through a line from left to right, and what it does next depends on
 * the bytes before. Where the spans are equal byte by byte and the values are of the same kind, it would take the same
 * steps as on the line that was learnt, and only the values differ. A value that might not be plain (an escape, a
 * control character, UTF-8, an exponent) ends the match.
 *
 * Memory is bounded by NODE_LIMIT spans of together TEXT_LIMIT bytes. What comes when all room is taken is parsed. */
#include "frames.h"

#include <stdlib.h>
#include <string.h>

#include "quick.h"

/* All chosen, no source: room for FTBLAB_FRAME_LIMIT frames of four spans. */
enum { NODE_LIMIT = 4 * FTBLAB_FRAME_LIMIT, TABLE_SIZE = 2 * NODE_LIMIT, SPAN_LIMIT = 4096, TEXT_LIMIT = 4 << 20 };
enum { FEW_CHILDREN = 3 }; /* so few are tried one by one */
enum { SHAPE_LIMIT = 4 };  /* of the children of a node: layouts that have the same beginning */
enum { WINDOW_LIMIT = 256, SAMPLE_LIMIT = 64, CLASSES = 256, GUESSES = FTBLAB_FRAME_LIMIT };
/* So far from its place a span is searched in the table, or not kept: texts made to collide must not cost more. */
enum { PROBE_LIMIT = 16 };

/* How far a span goes: so many quotes, and so many bytes behind the last. */
typedef struct shape {
  unsigned quotes, tail;
} shape;

/* How a child is guessed from bytes at known places. Children are of a class by the eight bytes where they part ways;
 * those of one class differ in the sample that ends where the shortest of them ends. Only a guess: short children may
 * be left out, and what is found is compared. */
typedef struct guide {
  uint32_t reach;  /* bytes of the longest child */
  uint32_t window; /* no longer than a child, a multiple of 16 */
  uint32_t sample; /* bytes, a multiple of 16 */
  uint32_t fork;
  uint16_t where[CLASSES]; /* the sample is */
} guide;

/* A span of constant text, behind the spans and values that lead to it. Node 0 is where lines begin. */
typedef struct node {
  char *text; /* padded */
  uint32_t length;
  uint32_t parent;
  ftblab_vary then; /* the value behind it */
  uint32_t frame;   /* where the line ends */
  uint32_t first_child, next_sibling, child_count;
  uint32_t recent; /* the child that was met last */
  unsigned shape_count;
  shape shapes[SHAPE_LIMIT];
  guide *guide; /* NULL: a child is found without */
} node;

/* The constant part of a record. */
typedef struct constant {
  ftblab_action action;
  ftblab_slice component, event, channel, severity, type, space;
  char *text;
} constant;

typedef struct place {
  uint32_t hash, node; /* node 0: free */
} place;

struct ftblab_frames {
  node *nodes;
  uint32_t node_count, node_capacity;
  size_t text_used;
  constant *frames; /* by number; 0 is none */
  uint32_t frame_count, frame_capacity;
  place *table;      /* nodes by parent and text */
  uint32_t *guesses; /* the child that had this fork and sample */
};

ftblab_frames *ftblab_frames_new(void)
{
  ftblab_frames *frames = calloc(1, sizeof *frames);
  if (frames == NULL)
    return NULL;
  frames->node_capacity = frames->frame_capacity = 64;
  frames->nodes = calloc(frames->node_capacity, sizeof *frames->nodes);
  frames->frames = calloc(frames->frame_capacity, sizeof *frames->frames);
  frames->table = calloc(TABLE_SIZE, sizeof *frames->table);
  frames->guesses = calloc(GUESSES, sizeof *frames->guesses);
  if (frames->nodes == NULL || frames->frames == NULL || frames->table == NULL || frames->guesses == NULL) {
    ftblab_frames_free(frames);
    return NULL;
  }
  frames->node_count = frames->frame_count = 1;
  return frames;
}

static void free_node(node *n)
{
  free(n->text);
  free(n->guide);
}

void ftblab_frames_free(ftblab_frames *frames)
{
  if (frames == NULL)
    return;
  for (uint32_t i = 0; i < frames->node_count; i++)
    free_node(&frames->nodes[i]);
  for (uint32_t i = 0; i < frames->frame_count; i++)
    free(frames->frames[i].text);
  free(frames->nodes);
  free(frames->frames);
  free(frames->table);
  free(frames->guesses);
  free(frames);
}

/* ---- finding a span ------------------------------------------------------------------------------ */

static inline bool begins_with(const node *n, const char *at, const char *end)
{
  return (size_t)(end - at) >= n->length && quick_equal(at, n->text, n->length);
}

/* Of all bytes of a text. */
static uint32_t hash_of(const char *text, size_t length, uint32_t parent)
{
  char last[16] = {0};
  size_t whole = length / 16 * 16;
  memcpy(last, text + whole, length - whole);
  return quick_hash(text, whole, quick_hash(last, sizeof last, (uint64_t)parent << 32 | length));
}

/* The child of PARENT whose text is the LENGTH bytes at AT, in the table; 0: none. */
static uint32_t look_up(const ftblab_frames *frames, uint32_t parent, const char *at, size_t length)
{
  uint32_t hash = hash_of(at, length, parent);
  for (uint32_t i = 0; i < PROBE_LIMIT; i++) {
    const place *p = &frames->table[(hash + i) % TABLE_SIZE];
    if (p->node == 0)
      return 0;
    const node *n = &frames->nodes[p->node];
    if (p->hash == hash && n->parent == parent && n->length == length && quick_equal(at, n->text, length))
      return p->node;
  }
  return 0;
}

/* Of many children, the one whose text stands at AT: where it ends is known by its quotes. In time that does not depend
 * on how long the line is. */
static uint32_t find_by_shape(ftblab_frames *frames, uint32_t parent, const char *at, const char *end)
{
  const node *n = &frames->nodes[parent];
  const char *limit = end - at > SPAN_LIMIT ? at + SPAN_LIMIT : end;
  for (unsigned i = 0; i < n->shape_count; i++) {
    const char *behind = n->shapes[i].quotes > 0 ? quick_quotes(at, limit, n->shapes[i].quotes) : at;
    if (behind == NULL || (size_t)(end - behind) < n->shapes[i].tail || behind - at > SPAN_LIMIT)
      continue;
    uint32_t child = look_up(frames, parent, at, (size_t)(behind - at) + n->shapes[i].tail);
    if (child != 0)
      return child;
  }
  return 0;
}

static uint32_t find_one_by_one(ftblab_frames *frames, uint32_t parent, const char *at, const char *end)
{
  node *n = &frames->nodes[parent];
  if (n->recent != 0 && begins_with(&frames->nodes[n->recent], at, end))
    return n->recent;
  for (uint32_t child = n->first_child; child != 0; child = frames->nodes[child].next_sibling)
    if (child != n->recent && begins_with(&frames->nodes[child], at, end))
      return n->recent = child;
  return 0;
}

static inline uint64_t fork_of(const char *text, const guide *g)
{
  uint64_t word;
  memcpy(&word, text + g->fork, 8);
  return word * 0x9E3779B97F4A7C15u; /* 2^64 over the golden ratio: spreads the bits */
}

static inline unsigned class_of(uint64_t fork)
{
  return (unsigned)(fork >> 32) % CLASSES;
}

/* The child of PARENT whose text stands at AT; 0: none is known. */
static inline uint32_t find_child(ftblab_frames *frames, uint32_t parent, const char *at, const char *end)
{
  const node *n = &frames->nodes[parent];
  const guide *g = n->guide;
  uint32_t *guess = NULL;
  if (g != NULL && (size_t)(end - at) >= g->reach) {
    uint64_t fork = fork_of(at, g);
    guess = &frames->guesses[quick_hash(at + g->where[class_of(fork)], g->sample, fork + parent) % GUESSES];
    const node *child = &frames->nodes[*guess];
    if (child->parent == parent && child->length >= g->window && child->length <= (size_t)(end - at) &&
        quick_equal_in_window(at, child->text, child->length, g->window))
      return *guess;
  }
  uint32_t child =
      n->child_count > FEW_CHILDREN ? find_by_shape(frames, parent, at, end) : find_one_by_one(frames, parent, at, end);
  if (guess != NULL && child != 0)
    *guess = child;
  return child;
}

/* ---- matching ------------------------------------------------------------------------------------ */

/* The values of a line. */
typedef struct values {
  int64_t t;
  uint64_t seq, cause;
  bool has_seq, has_cause;
  ftblab_slice payload, instance, host, note;
} values;

static inline const char *take_string(const char *at, const char *end, ftblab_slice *into)
{
  const char *behind = quick_string_end(at, end);
  if (*behind != '"')
    return NULL;
  *into = (ftblab_slice){at, (size_t)(behind - at)};
  return behind;
}

/* Behind the value at AT; NULL: it is not plain. */
static inline const char *take_value(ftblab_vary vary, const char *at, const char *end, values *found)
{
  ftblab_slice dropped;
  int64_t dropped_number;
  switch (vary) {
  case FTBLAB_VARY_T:
    return quick_seconds(at, &found->t);
  case FTBLAB_VARY_SEQ:
    found->has_seq = true;
    return quick_unsigned(at, &found->seq);
  case FTBLAB_VARY_CAUSE:
    found->has_cause = true;
    return quick_unsigned(at, &found->cause);
  case FTBLAB_VARY_PAYLOAD:
    return take_string(at, end, &found->payload);
  case FTBLAB_VARY_INSTANCE:
    return take_string(at, end, &found->instance);
  case FTBLAB_VARY_HOST:
    return take_string(at, end, &found->host);
  case FTBLAB_VARY_NOTE:
    return take_string(at, end, &found->note);
  case FTBLAB_VARY_STRING:
    return take_string(at, end, &dropped);
  case FTBLAB_VARY_NUMBER:
    return quick_seconds(at, &dropped_number);
  case FTBLAB_VARY_END:
    break;
  }
  return NULL;
}

static inline void set_constant(const constant *from, ftblab_record *record)
{
  record->action = from->action;
  record->component = from->component;
  record->event = from->event;
  record->channel = from->channel;
  record->severity = from->severity;
  record->type = from->type;
  record->space = from->space;
}

static inline void set_values(const values *found, ftblab_record *record)
{
  record->t = found->t;
  record->seq = found->seq;
  record->cause = found->cause;
  record->has_seq = found->has_seq;
  record->has_cause = found->has_cause;
  record->payload = found->payload;
  record->instance = found->instance;
  record->host = found->host;
  record->note = found->note;
}

const char *ftblab_frames_match(ftblab_frames *frames, const char *at, const char *end, ftblab_record *record,
                                uint32_t *frame)
{
  values found = {.t = 0};
  uint32_t span = 0;
  while (at != NULL && (span = find_child(frames, span, at, end)) != 0) {
    const node *n = &frames->nodes[span];
    at += n->length;
    if (n->then == FTBLAB_VARY_END) {
      if (n->frame == 0)
        return NULL; /* it was one too many */
      set_constant(&frames->frames[n->frame], record);
      set_values(&found, record);
      *frame = n->frame;
      return at;
    }
    at = take_value(n->then, at, end, &found);
  }
  return NULL;
}

/* ---- learning ------------------------------------------------------------------------------------- */

static bool make_room_for_node(ftblab_frames *frames)
{
  if (frames->node_count < frames->node_capacity)
    return true;
  node *nodes = realloc(frames->nodes, 2 * frames->node_capacity * sizeof *nodes);
  if (nodes == NULL)
    return false;
  frames->nodes = nodes;
  frames->node_capacity *= 2;
  return true;
}

static bool make_room_for_frame(ftblab_frames *frames)
{
  if (frames->frame_count < frames->frame_capacity)
    return true;
  constant *larger = realloc(frames->frames, 2 * frames->frame_capacity * sizeof *larger);
  if (larger == NULL)
    return false;
  frames->frames = larger;
  frames->frame_capacity *= 2;
  return true;
}

static shape shape_of(const char *text, size_t length)
{
  shape s = {0, 0};
  for (size_t i = 0; i < length; i++) {
    s.quotes += text[i] == '"';
    s.tail = text[i] == '"' ? 0 : s.tail + 1;
  }
  return s;
}

static void add_shape(node *n, shape s)
{
  for (unsigned i = 0; i < n->shape_count; i++)
    if (n->shapes[i].quotes == s.quotes && n->shapes[i].tail == s.tail)
      return;
  if (n->shape_count < SHAPE_LIMIT)
    n->shapes[n->shape_count++] = s;
}

static size_t common_bytes(const node *a, const node *b)
{
  size_t count = 0;
  while (count < a->length && count < b->length && a->text[count] == b->text[count])
    count++;
  return count;
}

/* Does the guide of PARENT, whose longest child has LONGEST bytes, care for CHILD? Far shorter ones would leave too
 * little to look at. */
static bool is_guided(const node *child, uint32_t longest)
{
  return child->length >= longest / 2 && child->length >= 16;
}

static void measure_children(const ftblab_frames *frames, const node *parent, guide *g)
{
  const node *first = NULL;
  uint32_t shortest = WINDOW_LIMIT;
  for (uint32_t i = parent->first_child; i != 0; i = frames->nodes[i].next_sibling)
    g->reach = frames->nodes[i].length > g->reach ? frames->nodes[i].length : g->reach;
  for (uint32_t i = parent->first_child; i != 0; i = frames->nodes[i].next_sibling) {
    const node *child = &frames->nodes[i];
    if (!is_guided(child, g->reach))
      continue;
    size_t common = first != NULL ? common_bytes(first, child) : child->length;
    g->fork = first == NULL || common < g->fork ? (uint32_t)common : g->fork;
    shortest = child->length < shortest ? child->length : shortest;
    first = child;
  }
  g->window = first != NULL ? shortest / 16 * 16 : 0;
  g->sample = g->window < SAMPLE_LIMIT ? g->window : SAMPLE_LIMIT;
}

/* Where the samples of the guided children are. */
static void place_samples(const ftblab_frames *frames, const node *parent, guide *g)
{
  memset(g->where, 0xFF, sizeof g->where);
  for (uint32_t i = parent->first_child; i != 0; i = frames->nodes[i].next_sibling) {
    const node *child = &frames->nodes[i];
    if (!is_guided(child, g->reach))
      continue;
    uint16_t *where = &g->where[class_of(fork_of(child->text, g))];
    uint32_t here = child->length - g->sample;
    *where = (uint16_t)(here < *where ? here : *where);
  }
  for (unsigned i = 0; i < CLASSES; i++)
    g->where[i] = g->where[i] == UINT16_MAX ? 0 : g->where[i]; /* no child is of this class */
  g->reach += sizeof(uint64_t);                                /* what is read at the fork may go beyond the longest */
}

/* A new guide for a node that has got another child; not for each one of very many. False: no memory. */
static bool make_guide(ftblab_frames *frames, node *parent)
{
  uint32_t count = parent->child_count;
  if (count < 2 || (count > 64 && (count & (count - 1)) != 0))
    return true;
  guide new = {.reach = 0};
  measure_children(frames, parent, &new);
  if (new.window == 0)
    return true;
  if (parent->guide == NULL && (parent->guide = malloc(sizeof *parent->guide)) == NULL)
    return false;
  place_samples(frames, parent, &new);
  *parent->guide = new;
  return true;
}

/* The free place in the table for the text, or NULL: it would lie too far. */
static place *find_place(ftblab_frames *frames, uint32_t hash)
{
  for (uint32_t i = 0; i < PROBE_LIMIT; i++) {
    place *p = &frames->table[(hash + i) % TABLE_SIZE];
    if (p->node == 0)
      return p;
  }
  return NULL;
}

/* A new child of PARENT. *CHILD is 0 where there is no room for it. False: no memory. */
static bool add_child(ftblab_frames *frames, uint32_t parent, const char *text, size_t length, ftblab_vary then,
                      uint32_t *child)
{
  uint32_t hash = hash_of(text, length, parent);
  place *p = find_place(frames, hash);
  *child = 0;
  if (p == NULL || frames->node_count == NODE_LIMIT || TEXT_LIMIT - frames->text_used < length)
    return true;
  char *copy = calloc(1, length + FTBLAB_QUICK_PADDING);
  if (copy == NULL || !make_room_for_node(frames)) {
    free(copy);
    return false;
  }
  node *above = &frames->nodes[parent];
  *child = frames->node_count++;
  frames->nodes[*child] = (node){.text = memcpy(copy, text, length),
                                 .length = (uint32_t)length,
                                 .parent = parent,
                                 .then = then,
                                 .next_sibling = above->first_child};
  above->first_child = *child;
  above->child_count++;
  add_shape(above, shape_of(text, length));
  frames->text_used += length;
  *p = (place){hash, *child};
  return make_guide(frames, above);
}

static ftblab_slice copy_slice(char *room, size_t *used, ftblab_slice from)
{
  if (from.data == NULL)
    return from;
  ftblab_slice copy = {room + *used, from.length};
  if (from.length > 0)
    memcpy(room + *used, from.data, from.length);
  *used += from.length;
  return copy;
}

/* What is constant in RECORD, as a new frame. *NUMBER is 0 where there is no room. False: no memory. */
static bool add_frame(ftblab_frames *frames, const ftblab_record *record, uint32_t *number)
{
  size_t length = record->component.length + record->event.length + record->channel.length + record->severity.length +
                  record->type.length + record->space.length;
  *number = 0;
  if (frames->frame_count == FTBLAB_FRAME_LIMIT)
    return true;
  char *text = malloc(length + 1);
  if (text == NULL || !make_room_for_frame(frames)) {
    free(text);
    return false;
  }
  size_t used = 0;
  constant new = {.action = record->action, .text = text};
  new.component = copy_slice(text, &used, record->component);
  new.event = copy_slice(text, &used, record->event);
  new.channel = copy_slice(text, &used, record->channel);
  new.severity = copy_slice(text, &used, record->severity);
  new.type = copy_slice(text, &used, record->type);
  new.space = copy_slice(text, &used, record->space);
  *number = frames->frame_count++;
  frames->frames[*number] = new;
  return true;
}

/* The child of PARENT with the text, learnt if it is new; 0: there is no room for it. False: no memory. */
static bool learn_span(ftblab_frames *frames, uint32_t parent, const char *text, size_t length, ftblab_vary then,
                       uint32_t *child)
{
  *child = 0;
  if (length == 0 || length > SPAN_LIMIT)
    return true;
  *child = look_up(frames, parent, text, length);
  return *child != 0 || add_child(frames, parent, text, length, then, child);
}

bool ftblab_frames_learn(ftblab_frames *frames, ftblab_slice line, const ftblab_vary_place *places, size_t count,
                         ftblab_record *record, uint32_t *frame)
{
  uint32_t span = 0;
  size_t start = 0;
  *frame = 0;
  for (size_t i = 0; i < count; i++) {
    if (!learn_span(frames, span, line.data + start, places[i].start - start, places[i].vary, &span))
      return false;
    if (span == 0)
      return true;
    start = places[i].end;
  }
  if (!learn_span(frames, span, line.data + start, line.length - start, FTBLAB_VARY_END, &span))
    return false;
  if (span == 0)
    return true;
  uint32_t number = frames->nodes[span].frame;
  if (number == 0 && !add_frame(frames, record, &number))
    return false;
  frames->nodes[span].frame = number;
  *frame = number;
  if (number != 0)
    set_constant(&frames->frames[number], record);
  return true;
}
