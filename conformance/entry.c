/* entry.c - a record of the trace becomes an entry: role, event and values as numbers, so that matching
 * compares integers. What is wrong with the record itself (section 2's rules) is noted on the way. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"

#define SMALL 16 /* members that are compared one by one; chosen */
#define FEW 1024 /* members of a set that no row takes apart, kept for comparing with others */

value ftblab_value_of(ftblab_exact *checker, const char *text, size_t length)
{
  uint32_t number = ftblab_names_add(checker->names, text, length);
  return number == FTBLAB_NO_NAME ? 0 : number + 1;
}

const char *ftblab_value_text(const ftblab_exact *checker, value v)
{
  return v == 0 ? "?" : ftblab_names_string(checker->names, v - 1);
}

const entry_key *ftblab_entry_find(const entry *e, int key)
{
  for (uint32_t i = 0; i < e->key_count; i++)
    if (e->keys[i].key == key)
      return &e->keys[i];
  return NULL;
}

static int compare_values(const void *left, const void *right)
{
  value a = *(const value *)left, b = *(const value *)right;
  return a < b ? -1 : a > b;
}

bool ftblab_entry_has(const entry *e, int key, value item)
{
  const entry_key *found = ftblab_entry_find(e, key);
  if (found == NULL)
    return false;
  if (found->whole == item)
    return true;
  if (found->sorted != NULL)
    return bsearch(&item, found->sorted, found->item_count, sizeof item, compare_values) != NULL;
  for (uint32_t i = 0; i < found->item_count && found->items != NULL; i++)
    if (found->items[i] == item)
      return true;
  return false;
}

int ftblab_entry_by_index(const void *left, const void *right)
{
  const entry *a = *(entry *const *)left, *b = *(entry *const *)right;
  return a->index < b->index ? -1 : a->index > b->index;
}

int ftblab_by_line(const void *left, const void *right)
{
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return a < b ? -1 : a > b;
}

value ftblab_entry_job(const ftblab_exact *checker, const entry *e)
{
  const entry_key *jobs = ftblab_entry_find(e, checker->job_key);
  return jobs != NULL && jobs->items != NULL && jobs->item_count == 1 ? jobs->items[0] : 0;
}

uint32_t ftblab_pointers_behind(const pointers *list, uint32_t index)
{
  uint32_t low = 0, high = list->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (((const entry *)list->at[middle])->index <= index)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool ftblab_entry_precedes(const ftblab_exact *checker, const entry *a, const entry *b)
{
  if (a->index < b->index)
    return true;
  int64_t tie = checker->header.tie;
  return tie > 0 && a->t - b->t <= tie && b->t - a->t <= tie;
}

/* ---- sets ------------------------------------------------------------------------------------------ */

static int compare_items(const void *left, const void *right)
{
  const ftblab_item *a = left, *b = right;
  if (a->is_integer != b->is_integer)
    return a->is_integer ? -1 : 1;
  if (a->is_integer)
    return a->first < b->first ? -1 : a->first > b->first;
  size_t shorter = a->word.length < b->word.length ? a->word.length : b->word.length;
  int order = memcmp(a->word.data, b->word.data, shorter);
  return order != 0 ? order : a->word.length < b->word.length ? -1 : a->word.length > b->word.length;
}

/* One spelling for one set: sorted, integers first, runs as ranges: "4-7,9,ib0". */
static value whole_set(ftblab_exact *checker, const ftblab_item *items, size_t count)
{
  char digits[DECIMAL_ROOM];
  if (count == 1 && !items->is_integer)
    return ftblab_value_of(checker, items->word.data, items->word.length);
  if (count == 1 && items->first == items->last && items->first >= 0) {
    ftblab_slice number = ftblab_decimal(items->first, digits);
    return ftblab_value_of(checker, number.data, number.length);
  }
  ftblab_item *sorted = malloc(count * sizeof *sorted);
  if (sorted == NULL)
    return 0;
  memcpy(sorted, items, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare_items);
  ftblab_text *text = &checker->text;
  ftblab_text_clear(text);
  for (size_t i = 0; i < count;) {
    if (text->length > 0)
      ftblab_text_add(text, ",");
    if (!sorted[i].is_integer) {
      ftblab_text_add_bytes(text, sorted[i].word.data, sorted[i].word.length);
      size_t next = i + 1;
      while (next < count && compare_items(&sorted[i], &sorted[next]) == 0)
        next++;
      i = next;
      continue;
    }
    int64_t first = sorted[i].first, last = sorted[i].last;
    for (i++; i < count && sorted[i].is_integer && sorted[i].first <= last + 1; i++)
      if (sorted[i].last > last)
        last = sorted[i].last;
    ftblab_text_addf(text, "%lld", (long long)first);
    if (last > first)
      ftblab_text_addf(text, "-%lld", (long long)last);
  }
  free(sorted);
  return text->failed ? 0 : ftblab_value_of(checker, ftblab_text_string(text), text->length);
}

static uint64_t count_members(const ftblab_item *items, size_t count)
{
  uint64_t members = 0;
  for (size_t i = 0; i < count; i++)
    members += items[i].is_integer ? (uint64_t)(items[i].last - items[i].first) + 1 : 1;
  return members;
}

/* A member named twice is one member. */
static bool is_new_member(ftblab_exact *checker, value member)
{
  if (member >= checker->stamp_capacity) {
    uint32_t capacity = 2 * member + 64;
    uint32_t *stamps = realloc(checker->stamps, capacity * sizeof *stamps);
    if (stamps == NULL)
      return true; /* twice is better than not at all */
    memset(stamps + checker->stamp_capacity, 0, (capacity - checker->stamp_capacity) * sizeof *stamps);
    checker->stamps = stamps;
    checker->stamp_capacity = capacity;
  }
  if (checker->stamps[member] == checker->stamp)
    return false;
  checker->stamps[member] = checker->stamp;
  return true;
}

static bool add_member(ftblab_exact *checker, entry_key *key, const char *word, size_t length)
{
  value member = ftblab_value_of(checker, word, length);
  if (member != 0 && is_new_member(checker, member))
    key->items[key->item_count++] = member;
  return member != 0;
}

static bool take_apart(ftblab_exact *checker, entry_key *key, const ftblab_item *items, size_t count)
{
  key->items = ftblab_arena_take(&checker->memory, (size_t)count_members(items, count) * sizeof *key->items);
  if (key->items == NULL)
    return false;
  checker->stamp++;
  for (size_t i = 0; i < count; i++) {
    if (!items[i].is_integer && !add_member(checker, key, items[i].word.data, items[i].word.length))
      return false;
    for (int64_t n = items[i].first; items[i].is_integer && n <= items[i].last; n++) {
      char digits[DECIMAL_ROOM];
      ftblab_slice word = ftblab_decimal(n, digits);
      if (!add_member(checker, key, word.data, word.length))
        return false;
    }
  }
  return true;
}

static bool is_ascending(const value *items, uint32_t count)
{
  for (uint32_t i = 1; i < count; i++)
    if (items[i] < items[i - 1])
      return false;
  return true;
}

static bool sort_members(ftblab_exact *checker, entry_key *key)
{
  key->sorted = key->items;
  if (is_ascending(key->items, key->item_count))
    return true;
  key->sorted = ftblab_arena_take(&checker->memory, key->item_count * sizeof *key->sorted);
  if (key->sorted == NULL)
    return false;
  memcpy(key->sorted, key->items, key->item_count * sizeof *key->sorted);
  qsort(key->sorted, key->item_count, sizeof *key->sorted, compare_values);
  return true;
}

/* A range of numbers, as all ranks of a job, is often named again and again: its members are taken apart once. Of other
 * sets that are the same as a whole the order of the members may differ. */
static bool take_members(ftblab_exact *checker, entry_key *key, const ftblab_item *items, size_t count)
{
  bool is_range = count == 1 && items[0].is_integer && count_members(items, count) > SMALL;
  const entry_key *known = is_range ? ftblab_keyed_find(&checker->ranges, key->whole) : NULL;
  if (known != NULL) {
    key->items = known->items;
    key->sorted = known->sorted;
    key->item_count = known->item_count;
    return true;
  }
  if (!take_apart(checker, key, items, count) || (key->item_count > SMALL && !sort_members(checker, key)))
    return false;
  return !is_range || ftblab_keyed_put(&checker->memory, &checker->ranges, key->whole, key);
}

static bool note_defect(ftblab_exact *checker, entry *e, record_defect defect, const char *detail)
{
  e->defects |= defect;
  if (e->detail != NULL)
    return true;
  size_t length = strlen(detail);
  char *copy = ftblab_arena_take(&checker->memory, length + 1);
  if (copy == NULL)
    return false;
  memcpy(copy, detail, length);
  e->detail = copy;
  return true;
}

ftblab_status ftblab_entry_read(ftblab_exact *checker, int event, ftblab_slice text, ftblab_error *err)
{
  checker->payload.pair_count = 0;
  checker->payload.angled = event != FTBLAB_NONE && strcmp(checker->spec->events[event].section, "D") == 0;
  return text.data == NULL ? FTBLAB_OK : ftblab_payload_parse(&checker->payload, text.data, text.length, err);
}

/* Appendix D prints the keys node and rank. For its events, and for no others, they are another way to write nodes and
 * ranks. */
int ftblab_entry_key(const ftblab_exact *checker, ftblab_slice key)
{
  int index = ftblab_spec_key(checker->spec, key.data, key.length);
  if (index != FTBLAB_NONE || !checker->payload.angled)
    return index;
  static const char *const printed[][2] = {{"node", "nodes"}, {"rank", "ranks"}};
  for (size_t i = 0; i < FTBLAB_COUNT(printed); i++)
    if (key.length == strlen(printed[i][0]) && memcmp(key.data, printed[i][0], key.length) == 0)
      return ftblab_spec_key(checker->spec, printed[i][1], strlen(printed[i][1]));
  return FTBLAB_NONE;
}

/* The COUNT items as the value of the key INDEX. */
static bool take_key(ftblab_exact *checker, entry *e, int index, const ftblab_item *items, size_t count)
{
  entry_key *key = &e->keys[e->key_count++];
  key->key = index;
  key->whole = whole_set(checker, items, count);
  if (key->whole == 0)
    return false;
  bool apart = (checker->taken_apart & (uint64_t)1 << index) != 0;
  uint64_t members = count_members(items, count);
  if (apart && members > MAX_ITEMS) {
    char detail[120];
    snprintf(detail, sizeof detail, "a set of %llu members, and at most %d are taken apart",
             (unsigned long long)members, MAX_ITEMS);
    return note_defect(checker, e, DEFECT_GRAMMAR, detail);
  }
  return (!apart && members > FEW) || take_members(checker, key, items, count);
}

/* "node:<src, dest>": two nodes under the one key that Appendix D prints are the source and the target, in this order.
 * Of nodes: {a, b} the order says nothing. */
static bool is_printed_pair(const ftblab_pair *pair)
{
  return pair->item_count == 2 && pair->key.length == 4 && memcmp(pair->key.data, "node", 4) == 0;
}

/* Keys of the payload that the catalogue knows; others are nobody's business. */
static bool take_keys(ftblab_exact *checker, entry *e)
{
  const ftblab_payload *payload = &checker->payload;
  e->keys = ftblab_arena_take(&checker->memory, 2 * payload->pair_count * sizeof *e->keys + 1);
  if (e->keys == NULL)
    return false;
  for (size_t i = 0; i < payload->pair_count; i++) {
    const ftblab_pair *pair = &payload->pairs[i];
    const ftblab_item *items = payload->items + pair->first_item;
    int index = ftblab_entry_key(checker, pair->key);
    if (index == FTBLAB_NONE)
      continue;
    bool taken = is_printed_pair(pair)
                     ? take_key(checker, e, ftblab_spec_key(checker->spec, "snode", 5), items, 1) &&
                           take_key(checker, e, ftblab_spec_key(checker->spec, "dnode", 5), items + 1, 1)
                     : take_key(checker, e, index, items, pair->item_count);
    if (!taken)
      return false;
  }
  return true;
}

/* ---- what is wrong with the record itself ----------------------------------------------------------------- */

static bool same_word(ftblab_slice slice, const char *word)
{
  return slice.length == strlen(word) && strncasecmp(slice.data, word, slice.length) == 0;
}

/* The channel that EVENT is to be sent on, if RECORD names another; else NULL. */
static const char *right_channel(const ftblab_event *event, const ftblab_record *record)
{
  static const char *const channels[] = {NULL, "reliable", "unreliable"};
  const char *channel = channels[event->channel];
  return record->channel.data == NULL || channel == NULL || same_word(record->channel, channel) ? NULL : channel;
}

static const char *right_type(const ftblab_event *event, const ftblab_record *record)
{
  static const char *const types[] = {NULL, "normal", "response"};
  const char *type = types[event->type];
  return record->type.data == NULL || type == NULL || same_word(record->type, type) ? NULL : type;
}

bool ftblab_sent_rightly(const ftblab_event *event, const ftblab_record *record)
{
  return right_channel(event, record) == NULL && right_type(event, record) == NULL;
}

static bool check_channel(ftblab_exact *checker, entry *e, const ftblab_record *record)
{
  const ftblab_event *event = &checker->spec->events[e->event];
  char detail[160];
  const char *channel = right_channel(event, record), *type = right_type(event, record);
  if (channel != NULL) {
    snprintf(detail, sizeof detail, "%s is sent on the %s channel, not \"%.*s\"", event->name, channel,
             (int)(record->channel.length < 40 ? record->channel.length : 40), record->channel.data);
    if (!note_defect(checker, e, DEFECT_CHANNEL, detail))
      return false;
  }
  if (type != NULL) {
    snprintf(detail, sizeof detail, "%s is a %s event, not \"%.*s\"", event->name, type,
             (int)(record->type.length < 40 ? record->type.length : 40), record->type.data);
    if (!note_defect(checker, e, DEFECT_TYPE, detail))
      return false;
  }
  return true;
}

static bool has_key(const ftblab_exact *checker, const entry *e, const char *name)
{
  return ftblab_entry_find(e, ftblab_spec_key(checker->spec, name, strlen(name))) != NULL;
}

/* A payload has what the event needs if it has section 2's keys, or those that the workflow tables name. */
static bool check_needed_keys(ftblab_exact *checker, entry *e)
{
  const ftblab_event *event = &checker->spec->events[e->event];
  const char *lacking = NULL;
  for (size_t i = 0; i < event->payload_count && lacking == NULL; i++)
    if (!event->payload[i].optional && ftblab_entry_find(e, event->payload[i].key) == NULL)
      lacking = checker->spec->keys[event->payload[i].key];
  bool tables_content = event->table_key_count > 0 || event->payload_count == 0;
  for (size_t i = 0; i < event->table_key_count; i++) {
    const char *key = checker->spec->keys[event->table_keys[i]];
    bool node_of_pair = strcmp(key, "snode") == 0 || strcmp(key, "dnode") == 0;
    if (ftblab_entry_find(e, event->table_keys[i]) == NULL && !(node_of_pair && has_key(checker, e, "nodes"))) {
      tables_content = false;
      if (event->payload_count == 0)
        lacking = key;
    }
  }
  e->is_hidden = lacking != NULL && !tables_content && checker->header.no_payload;
  if (lacking == NULL || tables_content || e->is_hidden)
    return true;
  char detail[160];
  snprintf(detail, sizeof detail, "payload of %s lacks the key \"%s\"", event->name, lacking);
  return note_defect(checker, e, DEFECT_KEY, detail);
}

static bool check_payload(ftblab_exact *checker, entry *e, const ftblab_record *record)
{
  ftblab_error reason;
  ftblab_status status = ftblab_entry_read(checker, e->event, record->payload, &reason);
  if (status == FTBLAB_ENOMEM)
    return false;
  if (status != FTBLAB_OK)
    return note_defect(checker, e, DEFECT_GRAMMAR, reason.text);
  if (!take_keys(checker, e))
    return false;
  if (record->payload.length > FTBLAB_PAYLOAD_LIMIT) {
    char detail[120];
    snprintf(detail, sizeof detail, "payload has %zu bytes, the FTB carries at most %d", record->payload.length,
             FTBLAB_PAYLOAD_LIMIT);
    if (!note_defect(checker, e, DEFECT_LENGTH, detail))
      return false;
  }
  return check_needed_keys(checker, e);
}

entry *ftblab_entry_make(ftblab_exact *checker, const ftblab_record *record, ftblab_status *status)
{
  *status = FTBLAB_ENOMEM;
  entry *e = ftblab_arena_take(&checker->memory, sizeof *e);
  char *component = ftblab_arena_take(&checker->memory, record->component.length + 1);
  if (e == NULL || component == NULL)
    return NULL;
  memcpy(component, record->component.data, record->component.length);
  e->component = component;
  e->index = checker->entries.count;
  e->line = record->line;
  e->t = record->t;
  e->clock = record->t - ftblab_bounds_skew(checker->bounds, record->host);
  e->has_seq = record->has_seq;
  e->has_cause = record->has_cause;
  e->seq = record->seq;
  e->cause = record->cause;
  e->role = ftblab_spec_role(checker->spec, record->component.data, record->component.length);
  e->action = record->action;
  e->event = ftblab_spec_event(checker->spec, record->event.data, record->event.length);
  if (record->instance.data != NULL &&
      (e->instance = ftblab_value_of(checker, record->instance.data, record->instance.length)) == 0)
    return NULL;
  if (!check_payload(checker, e, record) || !check_channel(checker, e, record) ||
      !ftblab_pointers_add(&checker->memory, &checker->entries, e))
    return NULL;
  *status = FTBLAB_OK;
  return e;
}
