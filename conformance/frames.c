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

typedef struct node node;

/* A span of constant text, behind the spans and values that lead to it. */
struct node {
  char *text; /* padded */
  uint32_t length;
  uint32_t short_mask; /* a bit for each byte of a text of at most 16 bytes; 0: it is longer */
  ftblab_vary then;    /* the value behind it */
  uint32_t frame;      /* where the line ends */
  node *parent;
  node *recent; /* the child that was met last */
  node *only;   /* the only child, if it is a short one; else NULL */
  guide *guide; /* NULL: a child is found without */
  node *first_child, *next_sibling;
  uint32_t child_count;
  uint32_t number; /* counted from 1; 0 is where lines begin, which has no text */
  unsigned shape_count;
  shape shapes[SHAPE_LIMIT];
};

/* The constant part of a record. */
typedef struct constant {
  ftblab_record record;
  char *text;
} constant;

typedef struct place {
  uint32_t hash;
  node *node; /* NULL: free */
} place;

struct ftblab_frames {
  node *nodes[NODE_LIMIT]; /* by number */
  uint32_t node_count;
  size_t text_used;
  constant *frames; /* by number; 0 is none */
  uint32_t frame_count, frame_capacity;
  place table[TABLE_SIZE]; /* nodes by parent and text */
  node *guesses[GUESSES];  /* the child that had this fork and sample */
};

ftblab_frames *ftblab_frames_new(void)
{
  ftblab_frames *frames = calloc(1, sizeof *frames);
  if (frames == NULL)
    return NULL;
  frames->frame_capacity = 64;
  frames->nodes[0] = calloc(1, sizeof *frames->nodes[0]);
  frames->frames = calloc(frames->frame_capacity, sizeof *frames->frames);
  if (frames->nodes[0] == NULL || frames->frames == NULL) {
    ftblab_frames_free(frames);
    return NULL;
  }
  frames->node_count = frames->frame_count = 1;
  for (size_t i = 0; i < GUESSES; i++)
    frames->guesses[i] = frames->nodes[0];
  return frames;
}

static void free_node(node *n)
{
  if (n == NULL)
    return;
  free(n->text);
  free(n->guide);
  free(n);
}

void ftblab_frames_free(ftblab_frames *frames)
{
  if (frames == NULL)
    return;
  for (uint32_t i = 0; i < frames->node_count; i++)
    free_node(frames->nodes[i]);
  for (uint32_t i = 0; i < frames->frame_count; i++)
    free(frames->frames[i].text);
  free(frames->frames);
  free(frames);
}

/* ---- finding a span ------------------------------------------------------------------------------ */

static inline bool begins_with(const node *n, const char *at, const char *end)
{
  if ((size_t)(end - at) < n->length)
    return false;
  return n->short_mask != 0 ? quick_equal_short(at, n->text, n->short_mask) : quick_equal(at, n->text, n->length);
}

/* Of all bytes of a text. */
static uint32_t hash_of(const char *text, size_t length, const node *parent)
{
  char last[16] = {0};
  size_t whole = length / 16 * 16;
  memcpy(last, text + whole, length - whole);
  return quick_hash(text, whole, quick_hash(last, sizeof last, (uint64_t)parent->number << 32 | length));
}

/* The child of PARENT whose text is the LENGTH bytes at AT, in the table; NULL: none. */
static node *look_up(const ftblab_frames *frames, const node *parent, const char *at, size_t length)
{
  uint32_t hash = hash_of(at, length, parent);
  for (uint32_t i = 0; i < PROBE_LIMIT; i++) {
    const place *p = &frames->table[(hash + i) % TABLE_SIZE];
    node *n = p->node;
    if (n == NULL)
      return NULL;
    if (p->hash == hash && n->parent == parent && n->length == length && quick_equal(at, n->text, length))
      return n;
  }
  return NULL;
}

/* Of many children, the one whose text stands at AT: where it ends is known by its quotes. In time that does not depend
 * on how long the line is. */
static node *find_by_shape(const ftblab_frames *frames, const node *parent, const char *at, const char *end)
{
  const char *limit = end - at > SPAN_LIMIT ? at + SPAN_LIMIT : end;
  for (unsigned i = 0; i < parent->shape_count; i++) {
    shape s = parent->shapes[i];
    const char *behind = s.quotes > 0 ? quick_quotes(at, limit, s.quotes) : at;
    if (behind == NULL || (size_t)(end - behind) < s.tail || behind - at > SPAN_LIMIT)
      continue;
    node *child = look_up(frames, parent, at, (size_t)(behind - at) + s.tail);
    if (child != NULL)
      return child;
  }
  return NULL;
}

static inline node *find_one_by_one(node *parent, const char *at, const char *end)
{
  if (parent->recent != NULL && begins_with(parent->recent, at, end))
    return parent->recent;
  for (node *child = parent->first_child; child != NULL; child = child->next_sibling)
    if (child != parent->recent && begins_with(child, at, end))
      return parent->recent = child;
  return NULL;
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

static node *find_among_all(ftblab_frames *frames, node *parent, const char *at, const char *end)
{
  return parent->child_count > FEW_CHILDREN ? find_by_shape(frames, parent, at, end) : find_one_by_one(parent, at, end);
}

/* The child of PARENT whose text stands at AT; NULL: none is known. */
static inline node *find_child(ftblab_frames *frames, node *parent, const char *at, const char *end)
{
  const guide *g = parent->guide;
  if (g == NULL && parent->child_count <= 1)
    return find_one_by_one(parent, at, end);
  if (g == NULL || (size_t)(end - at) < g->reach)
    return find_among_all(frames, parent, at, end);
  uint64_t fork = fork_of(at, g);
  uint32_t hash = quick_hash(at + g->where[class_of(fork)], g->sample, fork + parent->number);
  node **guess = &frames->guesses[hash % GUESSES], *child = *guess;
  if (child->parent == parent && child->length >= g->window && child->length <= (size_t)(end - at) &&
      quick_equal_in_window(at, child->text, child->length, g->window))
    return child;
  child = find_among_all(frames, parent, at, end);
  if (child != NULL)
    *guess = child;
  return child;
}

/* ---- matching ------------------------------------------------------------------------------------ */

static inline const char *take_string(const char *at, const char *end, ftblab_slice *into)
{
  const char *behind = quick_string_end(at, end);
  if (*behind != '"')
    return NULL;
  *into = (ftblab_slice){at, (size_t)(behind - at)};
  return behind;
}

/* Behind the value at AT; NULL: it is not plain. */
static inline const char *take_value(ftblab_vary vary, const char *at, const char *end, ftblab_record *found)
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

/* What is the same in all records of a frame. */
static inline void set_constant(const ftblab_record *from, ftblab_record *record)
{
  record->action = from->action;
  record->component = from->component;
  record->event = from->event;
  record->channel = from->channel;
  record->severity = from->severity;
  record->type = from->type;
  record->space = from->space;
}

/* What a line need not have. */
static inline void set_absent(ftblab_record *record)
{
  record->instance = record->host = record->payload = record->note = (ftblab_slice){NULL, 0};
  record->has_seq = record->has_cause = false;
  record->seq = record->cause = 0;
}

const char *ftblab_frames_match(ftblab_frames *frames, const char *at, const char *end, ftblab_record *record,
                                uint32_t *frame)
{
  node *span = frames->nodes[0];
  set_absent(record);
  while (at != NULL) {
    /* no text matches the zeros behind the end */
    const node *only = span->only;
    if (only != NULL && quick_equal_short(at, only->text, only->short_mask))
      span = span->only;
    else if ((span = find_child(frames, span, at, end)) == NULL)
      return NULL;
    at += span->length;
    if (span->then == FTBLAB_VARY_END) {
      if (span->frame == 0)
        return NULL; /* it was one too many */
      set_constant(&frames->frames[span->frame].record, record);
      *frame = span->frame;
      return at;
    }
    at = take_value(span->then, at, end, record);
  }
  return NULL;
}

/* ---- learning ------------------------------------------------------------------------------------- */

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

static void measure_children(const node *parent, guide *g)
{
  const node *first = NULL;
  uint32_t shortest = WINDOW_LIMIT;
  for (const node *child = parent->first_child; child != NULL; child = child->next_sibling)
    g->reach = child->length > g->reach ? child->length : g->reach;
  for (const node *child = parent->first_child; child != NULL; child = child->next_sibling) {
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
static void place_samples(const node *parent, guide *g)
{
  memset(g->where, 0xFF, sizeof g->where);
  for (const node *child = parent->first_child; child != NULL; child = child->next_sibling) {
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
static bool make_guide(node *parent)
{
  uint32_t count = parent->child_count;
  if (count < 2 || (count > 64 && (count & (count - 1)) != 0))
    return true;
  guide new = {.reach = 0};
  measure_children(parent, &new);
  if (new.window == 0)
    return true;
  if (parent->guide == NULL && (parent->guide = malloc(sizeof *parent->guide)) == NULL)
    return false;
  place_samples(parent, &new);
  *parent->guide = new;
  return true;
}

/* The free place in the table for the text, or NULL: it would lie too far. */
static place *find_place(ftblab_frames *frames, uint32_t hash)
{
  for (uint32_t i = 0; i < PROBE_LIMIT; i++) {
    place *p = &frames->table[(hash + i) % TABLE_SIZE];
    if (p->node == NULL)
      return p;
  }
  return NULL;
}

static node *new_node(const char *text, size_t length, ftblab_vary then)
{
  node *n = calloc(1, sizeof *n);
  char *copy = calloc(1, length + FTBLAB_QUICK_PADDING);
  if (n == NULL || copy == NULL) {
    free(n);
    free(copy);
    return NULL;
  }
  n->text = memcpy(copy, text, length);
  n->length = (uint32_t)length;
  n->short_mask = length <= 16 ? 0xFFFFu >> (16 - length) : 0;
  n->then = then;
  return n;
}

/* A new child of PARENT. *CHILD is NULL where there is no room for it. False: no memory. */
static bool add_child(ftblab_frames *frames, node *parent, const char *text, size_t length, ftblab_vary then,
                      node **child)
{
  uint32_t hash = hash_of(text, length, parent);
  place *p = find_place(frames, hash);
  *child = NULL;
  if (p == NULL || frames->node_count == NODE_LIMIT || TEXT_LIMIT - frames->text_used < length)
    return true;
  node *new = new_node(text, length, then);
  if (new == NULL)
    return false;
  new->number = frames->node_count;
  new->parent = parent;
  new->next_sibling = parent->first_child;
  parent->first_child = new;
  parent->child_count++;
  parent->only = parent->child_count == 1 && new->short_mask != 0 ? new : NULL;
  add_shape(parent, shape_of(text, length));
  frames->nodes[frames->node_count++] = new;
  frames->text_used += length;
  *p = (place){hash, new};
  *child = new;
  return make_guide(parent);
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
  if (text == NULL || !ftblab_make_room((void **)&frames->frames, frames->frame_count, &frames->frame_capacity,
                                        sizeof *frames->frames)) {
    free(text);
    return false;
  }
  size_t used = 0;
  constant new = {.record.action = record->action, .text = text};
  new.record.component = copy_slice(text, &used, record->component);
  new.record.event = copy_slice(text, &used, record->event);
  new.record.channel = copy_slice(text, &used, record->channel);
  new.record.severity = copy_slice(text, &used, record->severity);
  new.record.type = copy_slice(text, &used, record->type);
  new.record.space = copy_slice(text, &used, record->space);
  *number = frames->frame_count++;
  frames->frames[*number] = new;
  return true;
}

/* The child of PARENT with the text, learnt if it is new; NULL: there is no room for it. False: no memory. */
static bool learn_span(ftblab_frames *frames, node *parent, const char *text, size_t length, ftblab_vary then,
                       node **child)
{
  *child = NULL;
  if (length == 0 || length > SPAN_LIMIT)
    return true;
  *child = look_up(frames, parent, text, length);
  return *child != NULL || add_child(frames, parent, text, length, then, child);
}

bool ftblab_frames_learn(ftblab_frames *frames, ftblab_slice line, const ftblab_vary_place *places, size_t count,
                         ftblab_record *record, uint32_t *frame)
{
  node *span = frames->nodes[0];
  size_t start = 0;
  *frame = 0;
  for (size_t i = 0; i < count; i++) {
    if (!learn_span(frames, span, line.data + start, places[i].start - start, places[i].vary, &span))
      return false;
    if (span == NULL)
      return true;
    start = places[i].end;
  }
  if (!learn_span(frames, span, line.data + start, line.length - start, FTBLAB_VARY_END, &span))
    return false;
  if (span == NULL)
    return true;
  if (span->frame == 0 && !add_frame(frames, record, &span->frame))
    return false;
  *frame = span->frame;
  if (span->frame != 0)
    set_constant(&frames->frames[span->frame].record, record);
  return true;
}
