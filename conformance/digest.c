/* digest.c - see digest.h. It costs one pass through the branch. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#define FEW 32     /* entries that are compared with each other rather than put into a table; chosen */
#define AHEAD 1024 /* entries behind another among which one of the same moment is looked for; chosen */

/* ---- room ------------------------------------------------------------------------------------------------ */

/* One block for all lists: the widest come first, so that each is aligned. */
static bool make_room(digest *d, uint32_t count)
{
  if (count <= d->capacity)
    return true;
  uint32_t capacity = 2 * count;
  size_t lists = 3 * sizeof(entry *), kins = sizeof(kin), numbers = 3 * sizeof(uint32_t), bytes = 3;
  char *memory = malloc(capacity * (lists + kins + numbers + bytes));
  if (memory == NULL)
    return false;
  free(d->memory);
  d->memory = memory;
  d->capacity = capacity;
  d->kins = (kin *)(void *)memory;
  d->entries = (entry **)(void *)(d->kins + capacity);
  d->extras[0].entries = d->entries + capacity;
  d->extras[1].entries = d->extras[0].entries + capacity;
  d->kin_of = (uint32_t *)(void *)(d->extras[1].entries + capacity);
  d->extras[0].rows = d->kin_of + capacity;
  d->extras[1].rows = d->extras[0].rows + capacity;
  d->is_first = (uint8_t *)(d->extras[1].rows + capacity);
  d->extras[0].kinds = d->is_first + capacity;
  d->extras[1].kinds = d->extras[0].kinds + capacity;
  return true;
}

void ftblab_digest_free(digest *d)
{
  if (d != NULL)
    free(d->memory);
  free(d);
}

/* ---- entries that are alike ------------------------------------------------------------------------------ */

static uint32_t place_of_kin(const digest *d, int role, ftblab_action action, int event)
{
  uint32_t k = 0;
  while (k < d->kin_count && (d->kins[k].role != role || d->kins[k].action != action || d->kins[k].event != event))
    k++;
  return k;
}

const kin *ftblab_digest_kin(const digest *d, int role, ftblab_action action, int event)
{
  uint32_t k = place_of_kin(d, role, action, event);
  return k < d->kin_count ? &d->kins[k] : NULL;
}

static void sort_by_kin(digest *d)
{
  const pointers *all = &d->branch->entries;
  for (uint32_t i = 0; i < all->count; i++) {
    const entry *e = all->at[i];
    uint32_t k = place_of_kin(d, e->role, e->action, e->event);
    if (k == d->kin_count)
      d->kins[d->kin_count++] = (kin){.role = e->role, .action = e->action, .event = e->event};
    d->kin_of[i] = k;
    d->kins[k].count++;
  }
  uint32_t first = 0;
  for (uint32_t k = 0; k < d->kin_count; k++) {
    d->kins[k].first = first;
    first += d->kins[k].count;
    d->kins[k].count = 0;
  }
  for (uint32_t i = 0; i < all->count; i++) {
    kin *alike = &d->kins[d->kin_of[i]];
    const entry *e = d->entries[alike->first + alike->count++] = all->at[i];
    if (alike->count == 1)
      alike->instance = e->instance;
    alike->several = alike->several || e->instance != alike->instance;
  }
}

digest *ftblab_digest_make(ftblab_exact *checker, const branch *b)
{
  if (checker->digest == NULL && (checker->digest = calloc(1, sizeof *checker->digest)) == NULL)
    return NULL;
  digest *d = checker->digest;
  if (!make_room(d, b->entries.count + b->foreign.count + 1))
    return NULL;
  d->checker = checker;
  d->branch = b;
  d->kin_count = 0;
  sort_by_kin(d);
  return d;
}

/* ---- throws and their catches ------------------------------------------------------------------------------ */

/* The first of ALIKE with a place in the trace behind INDEX. */
static uint32_t first_behind(const digest *d, const kin *alike, uint32_t index)
{
  uint32_t low = 0, high = alike->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (d->entries[alike->first + middle]->index <= index)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool has_before(const digest *d, const kin *thrown, const entry *e)
{
  if (ftblab_entry_precedes(d->checker, d->entries[thrown->first], e))
    return true;
  uint32_t from = d->checker->header.tie > 0 ? first_behind(d, thrown, e->index) : thrown->count;
  for (uint32_t i = from; i < thrown->count && i - from < AHEAD; i++)
    if (ftblab_entry_precedes(d->checker, d->entries[thrown->first + i], e))
      return true;
  return false;
}

bool ftblab_digest_thrown_before(const digest *d, const entry *e)
{
  for (uint32_t k = 0; k < d->kin_count; k++)
    if (d->kins[k].action == FTBLAB_THROW && d->kins[k].event == e->event && has_before(d, &d->kins[k], e))
      return true;
  return false;
}

bool ftblab_digest_carries(const digest *d, const ftblab_row *row, const entry *e)
{
  bool any_throw = false;
  if (row->action != FTBLAB_CATCH || ftblab_row_names_all(row, e))
    return true;
  for (uint32_t k = 0; k < d->kin_count; k++) {
    const kin *thrown = &d->kins[k];
    if (thrown->action != FTBLAB_THROW || thrown->event != e->event)
      continue;
    any_throw = true;
    for (uint32_t i = 0; i < thrown->count; i++)
      if (ftblab_carries_what(row, d->entries[thrown->first + i], e))
        return true;
  }
  return !any_throw;
}

/* ---- members ------------------------------------------------------------------------------------------------ */

/* What tells the member of E: the value that its payload has for it, else its instance. */
static uint64_t member_of(const group *g, const ftblab_row *row, const entry *e)
{
  for (size_t t = 0; t < row->term_count; t++) {
    const ftblab_term *term = &row->terms[t];
    const entry_key *key = term->kind == FTBLAB_TERM_WILD ? NULL : ftblab_entry_find(e, term->key);
    if (key != NULL && g->quantified & 1u << term->variable)
      return (uint64_t)1 << 32 | key->whole;
  }
  return e->instance;
}

static bool is_new(const digest *d, const kin *alike, const ftblab_row *row, uint32_t place)
{
  for (uint32_t i = 0; i < place; i++)
    if (ftblab_same_member(d->branch->incident->group, row, d->entries[alike->first + i],
                           d->entries[alike->first + place]))
      return false;
  return true;
}

static void find_first(digest *d, kin *alike, const ftblab_row *row)
{
  ftblab_exact *checker = d->checker;
  arena_mark mark = ftblab_arena_mark(&checker->memory);
  key_table members = {0};
  alike->members = row;
  for (uint32_t i = 0; i < alike->count; i++) {
    entry *e = d->entries[alike->first + i];
    if (alike->count <= FEW) {
      d->is_first[alike->first + i] = is_new(d, alike, row, i);
      continue;
    }
    uint64_t member = member_of(d->branch->incident->group, row, e);
    bool is_first = ftblab_keyed_find(&members, member) == NULL;
    d->is_first[alike->first + i] = is_first;
    if (is_first && !ftblab_keyed_put(&checker->memory, &members, member, e))
      d->no_memory = true;
  }
  ftblab_arena_release(&checker->memory, mark);
}

bool ftblab_digest_is_first(digest *d, const ftblab_row *row, const entry *e)
{
  uint32_t k = place_of_kin(d, e->role, e->action, e->event);
  if (k == d->kin_count)
    return true;
  kin *alike = &d->kins[k];
  if (alike->members != row)
    find_first(d, alike, row);
  uint32_t place = first_behind(d, alike, e->index);
  return place == 0 || d->is_first[alike->first + place - 1] != 0;
}
