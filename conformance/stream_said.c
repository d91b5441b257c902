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

static bool take_word(stream *s, const word *w, void *argument)
{
  said_table *table = argument;
  char name[FTBLAB_PAYLOAD_LIMIT + 1];
  size_t length = name_of(w, name);
  if (length == 0) /* no record names it either */
    return true;
  uint32_t number = number_name(table, (ftblab_slice){name, length});
  if (number == NONE ||
      !ftblab_make_room((void **)&table->read, table->read_count, &table->read_capacity, sizeof *table->read))
    return ftblab_stream_no_memory(s);
  table->read[table->read_count++] = number;
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

/* The keys of the payload, as bits. */
static uint64_t read_keys(const stream *s)
{
  const ftblab_payload *payload = &s->probe->payload;
  uint64_t keys = 0;
  for (size_t p = 0; p < payload->pair_count; p++) {
    int key = ftblab_entry_key(s->probe, payload->pairs[p].key);
    if (key != FTBLAB_NONE)
      keys |= UINT64_C(1) << key;
  }
  return keys;
}

/* Everything but what has an address. */
static bool read_words(stream *s, said_table *table, said *what)
{
  uint64_t keys = read_keys(s), others = keys & s->tie_keys & ~s->job_keys & ~s->node_keys;
  table->read_count = 0;
  if (!ftblab_for_words(s, keys & s->job_keys, take_word, table))
    return false;
  what->jobs = table->read_count;
  if (!ftblab_for_words(s, keys & s->node_keys, take_word, table))
    return false;
  what->here = table->read_count;
  if (others != 0 && !ftblab_for_words(s, others, take_word, table))
    return false;
  what->count = table->read_count;
  what->move[0] = what->move[1] = what->move[2] = NONE;
  if (others != 0)
    read_move(s, table, what);
  return true;
}

static void copy_ranks(const stream *s, const ftblab_pair *pair, said *what)
{
  for (size_t i = 0; pair != NULL && i < pair->item_count; i++) {
    const ftblab_item *item = &s->probe->payload.items[pair->first_item + i];
    if (item->is_integer)
      what->ranks[what->rank_count++] = (rank_range){item->first, item->last};
  }
}

static said *read_said(stream *s, said_table *table, ftblab_slice payload, uint32_t hash)
{
  said read = {.hash = hash, .length = (uint32_t)payload.length};
  if (!read_words(s, table, &read))
    return NULL;
  const ftblab_pair *ranks = ftblab_payload_find(&s->probe->payload, "ranks");
  size_t items = ranks == NULL ? 0 : ranks->item_count;
  said *what = malloc(sizeof *what + items * sizeof *what->ranks + read.count * sizeof *what->words + payload.length);
  if (what == NULL) {
    ftblab_stream_no_memory(s);
    return NULL;
  }
  *what = read;
  what->ranks = (rank_range *)(void *)(what + 1);
  what->words = (uint32_t *)(void *)(what->ranks + items);
  what->payload = (char *)(what->words + read.count);
  if (read.count > 0)
    memcpy(what->words, table->read, read.count * sizeof *what->words);
  memcpy(what->payload, payload.data, payload.length);
  copy_ranks(s, ranks, what);
  return what;
}

said *ftblab_said_alone(uint32_t number)
{
  said *what = malloc(sizeof *what + sizeof *what->words);
  if (what == NULL)
    return NULL;
  *what = (said){.here = 1, .count = 1, .words = (uint32_t *)(void *)(what + 1)};
  what->words[0] = number;
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
    free(what);
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
      free(what);
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
    free(table->slots[i]);
  free(table->slots);
  ftblab_names_free(table->names);
  free(table->words);
  free(table->read);
  *table = (said_table){0};
}
