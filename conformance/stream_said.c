/* stream_said.c - see stream_said.h. */
#include "stream_said.h"

#include <stdlib.h>
#include <string.h>

/* ---- words --------------------------------------------------------------------------------------------- */

/* W with its kind before it; 0: it is too long. */
static size_t name_of(const word *w, char name[FTBLAB_PAYLOAD_LIMIT + 1])
{
  if (w->length > FTBLAB_PAYLOAD_LIMIT)
    return 0;
  name[0] = w->is_job ? 'j' : 'n';
  memcpy(name + 1, w->text, w->length);
  return w->length + (size_t)1;
}

uint32_t ftblab_said_word(const said_table *table, const word *w)
{
  char name[FTBLAB_PAYLOAD_LIMIT + 1];
  size_t length = name_of(w, name);
  uint32_t number = length == 0 ? FTBLAB_NO_NAME : ftblab_names_find(table->names, name, length);
  return number == FTBLAB_NO_NAME ? NONE : number;
}

/* The number of NAME, made if it has none; NONE: no memory. */
static uint32_t number_name(said_table *table, ftblab_slice name)
{
  uint32_t number = ftblab_names_add(table->names, name.data, name.length);
  if (number == FTBLAB_NO_NAME)
    return NONE;
  if (number == table->word_count) {
    if (!ftblab_make_room((void **)&table->words, table->word_count, &table->word_capacity, sizeof *table->words))
      return NONE;
    table->words[table->word_count++] = (ftblab_slice){ftblab_names_string(table->names, number), name.length};
  }
  return number;
}

/* ---- what is said ---------------------------------------------------------------------------------------- */

void ftblab_said_drop(said *what)
{
  free(what->payload);
  free(what->words);
  free(what->ranks);
  free(what);
}

typedef struct reading_said {
  said_table *table;
  said *what;
  uint32_t room;
} reading_said;

static bool take_word(stream *s, const word *w, void *argument)
{
  reading_said *r = argument;
  char name[FTBLAB_PAYLOAD_LIMIT + 1];
  size_t length = name_of(w, name);
  if (length == 0) /* no record names it either */
    return true;
  uint32_t number = number_name(r->table, (ftblab_slice){name, length});
  if (number == NONE || !ftblab_make_room((void **)&r->what->words, r->what->count, &r->room, sizeof *r->what->words))
    return ftblab_stream_no_memory(s);
  r->what->words[r->what->count++] = number;
  return true;
}

/* The one word under a key of a move, or NONE. */
typedef struct only_word {
  const said_table *table;
  uint32_t number;
  bool several;
} only_word;

static bool look_for_only(stream *s, const word *w, void *argument)
{
  only_word *only = argument;
  uint32_t number = ftblab_said_word(only->table, w);
  (void)s;
  only->several = only->several || number == NONE || (only->number != NONE && only->number != number);
  only->number = number;
  return true;
}

/* Its words were taken. */
static void read_move(stream *s, const said_table *table, said *what)
{
  bool moves = true;
  for (size_t i = 0; i < FTBLAB_COUNT(what->move); i++) {
    only_word only = {.table = table, .number = NONE};
    ftblab_for_words(s, s->move_keys[i], look_for_only, &only);
    what->move[i] = only.number;
    moves = moves && !only.several && only.number != NONE;
  }
  for (size_t i = 0; i < FTBLAB_COUNT(what->move) && !moves; i++)
    what->move[i] = NONE;
}

static bool read_ranks(const stream *s, said *what)
{
  const ftblab_pair *pair = ftblab_payload_find(&s->probe->payload, "ranks");
  if (pair == NULL)
    return true;
  what->ranks = malloc((pair->item_count + 1) * sizeof *what->ranks);
  for (size_t i = 0; i < pair->item_count && what->ranks != NULL; i++) {
    const ftblab_item *item = &s->probe->payload.items[pair->first_item + i];
    if (item->is_integer)
      what->ranks[what->rank_count++] = (rank_range){item->first, item->last};
  }
  return what->ranks != NULL;
}

static bool repeats_a_key(const stream *s)
{
  const ftblab_payload *payload = &s->probe->payload;
  for (size_t p = 0; p < payload->pair_count; p++)
    for (size_t q = 0; q < p; q++)
      if (ftblab_same_slice(payload->pairs[p].key, payload->pairs[q].key))
        return true;
  return false;
}

static bool read_words(stream *s, said_table *table, said *what)
{
  reading_said r = {.table = table, .what = what};
  if (!ftblab_for_words(s, s->job_keys, take_word, &r))
    return false;
  what->jobs = what->count;
  if (!ftblab_for_words(s, s->node_keys, take_word, &r))
    return false;
  what->here = what->count;
  if (!ftblab_for_words(s, s->tie_keys & ~s->job_keys & ~s->node_keys, take_word, &r))
    return false;
  read_move(s, table, what);
  what->repeats = repeats_a_key(s);
  return read_ranks(s, what) || ftblab_stream_no_memory(s);
}

static said *read_said(stream *s, said_table *table, ftblab_slice payload, uint32_t hash)
{
  said *what = calloc(1, sizeof *what);
  if (what == NULL || (what->payload = malloc(payload.length + 1)) == NULL) {
    ftblab_stream_no_memory(s);
    free(what);
    return NULL;
  }
  memcpy(what->payload, payload.data, payload.length);
  what->length = (uint32_t)payload.length;
  what->hash = hash;
  if (read_words(s, table, what))
    return what;
  ftblab_said_drop(what);
  return NULL;
}

said *ftblab_said_alone(uint32_t number)
{
  said *what = calloc(1, sizeof *what);
  if (what == NULL || (what->words = malloc(sizeof *what->words)) == NULL) {
    free(what);
    return NULL;
  }
  what->words[0] = number;
  what->here = what->count = 1;
  return what;
}

/* ---- the table ------------------------------------------------------------------------------------------- */

static uint32_t hash_of(ftblab_slice payload)
{
  return ftblab_word_of(false, payload.data, payload.length).hash;
}

static bool says(const said *what, ftblab_slice payload)
{
  return what->length == payload.length && memcmp(what->payload, payload.data, payload.length) == 0;
}

/* The slot of PAYLOAD, or the free one where it belongs. */
static said **slot_of(const said_table *table, ftblab_slice payload, uint32_t hash)
{
  uint32_t mask = table->slot_count - 1, at = hash & mask;
  for (; table->slots[at] != NULL; at = (at + 1) & mask) {
    const said *known = table->slots[at];
    if (known->hash == hash && says(known, payload))
      break;
  }
  return &table->slots[at];
}

static void follow(said_table *table, said *what)
{
  if (table->last != NULL)
    table->last->next = what;
  table->last = what;
}

said *ftblab_said_find(said_table *table, ftblab_slice payload)
{
  said *what = table->last == NULL ? NULL : table->last->next;
  if (what == NULL || !says(what, payload))
    what = table->slot_count == 0 ? NULL : *slot_of(table, payload, hash_of(payload));
  if (what != NULL)
    follow(table, what);
  return what;
}

/* What is in TABLE finds its place in SLOTS, which are free. */
static void move_to(said_table *table, said **slots, uint32_t slot_count)
{
  said_table moved = {.slots = slots, .slot_count = slot_count};
  for (uint32_t i = 0; i < table->slot_count; i++) {
    said *what = table->slots[i];
    if (what != NULL)
      *slot_of(&moved, (ftblab_slice){what->payload, what->length}, what->hash) = what;
  }
  free(table->slots);
  table->slots = slots;
  table->slot_count = slot_count;
}

static bool grow(said_table *table)
{
  if (2 * (table->count + 1) <= table->slot_count)
    return true;
  uint32_t slot_count = table->slot_count == 0 ? 64 : 2 * table->slot_count;
  said **slots = calloc(slot_count, sizeof(said *));
  if (slots == NULL)
    return false;
  move_to(table, slots, slot_count);
  return true;
}

said *ftblab_said_add(stream *s, said_table *table, ftblab_slice payload)
{
  uint32_t hash = hash_of(payload);
  said *what = read_said(s, table, payload, hash);
  if (what == NULL)
    return NULL;
  if (!grow(table)) {
    ftblab_stream_no_memory(s);
    ftblab_said_drop(what);
    return NULL;
  }
  *slot_of(table, payload, hash) = what;
  table->count++;
  follow(table, what);
  return what;
}

/* ---- forgetting ------------------------------------------------------------------------------------------ */

/* The words of WHAT get the numbers that they have in FRESH. */
static bool number_anew(const said_table *table, said_table *fresh, said *what)
{
  for (uint32_t i = 0; i < what->count + FTBLAB_COUNT(what->move); i++) {
    uint32_t *at = i < what->count ? &what->words[i] : &what->move[i - what->count];
    if (*at != NONE && (*at = number_name(fresh, table->words[*at])) == NONE)
      return false;
  }
  return true;
}

/* Those that facts say, with the words of FRESH. */
static bool keep_said(said_table *table, said_table *fresh)
{
  for (uint32_t i = 0; i < table->slot_count; i++) {
    said *what = table->slots[i];
    if (what != NULL)
      what->next = NULL;
    if (what != NULL && what->users == 0) {
      ftblab_said_drop(what);
      table->slots[i] = NULL;
      table->count--;
    } else if (what != NULL && !number_anew(table, fresh, what)) {
      return false;
    }
  }
  return true;
}

bool ftblab_said_forget(said_table *table)
{
  said_table fresh;
  if (!ftblab_said_init(&fresh))
    return false;
  said **slots = calloc(table->slot_count + (size_t)1, sizeof(said *));
  if (slots == NULL || !keep_said(table, &fresh)) {
    free(slots);
    ftblab_said_free(&fresh);
    return false;
  }
  move_to(table, slots, table->slot_count);
  table->last = NULL;
  ftblab_names_free(table->names);
  free(table->words);
  table->names = fresh.names;
  table->words = fresh.words;
  table->word_count = fresh.word_count;
  table->word_capacity = fresh.word_capacity;
  return true;
}

bool ftblab_said_init(said_table *table)
{
  *table = (said_table){.names = ftblab_names_new()};
  return table->names != NULL;
}

void ftblab_said_free(said_table *table)
{
  for (uint32_t i = 0; i < table->slot_count; i++)
    if (table->slots[i] != NULL)
      ftblab_said_drop(table->slots[i]);
  free(table->slots);
  ftblab_names_free(table->names);
  free(table->words);
  *table = (said_table){0};
}
