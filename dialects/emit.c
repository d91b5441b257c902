/* emit.c - what a rule makes of a line: records, and what is remembered. */
#include "reading.h"

#include <stdlib.h>
#include <string.h>

static ftblab_status no_memory(reading *r)
{
  return ftblab_fail(r->err, FTBLAB_ENOMEM, "no memory to read %s", r->name);
}

scope ftblab_reading_scope(reading *r)
{
  return (scope){
      .dialect = r->dialect, .hosts = r->options->hosts, .tables = r->tables, .fields = r->fields, .pool = &r->pool};
}

bool ftblab_reading_time(reading *r, const char *text, size_t length, int64_t *t)
{
  for (size_t i = 0; i < r->dialect->format_count; i++)
    if (ftblab_clock_read(&r->clock, r->dialect->formats[i], text, length, t))
      return true;
  return false;
}

/* *HOLDS: all conditions do. False: no memory. */
bool ftblab_conditions_hold(reading *r, const condition *conditions, size_t count, bool *holds)
{
  scope s = ftblab_reading_scope(r);
  *holds = true;
  for (size_t i = 0; i < count && *holds; i++) {
    const condition *c = &conditions[i];
    words w = {0};
    bool any = false;
    ftblab_template_words(c->value, &s, &w);
    any = c->is == NULL && w.count > 0;
    for (size_t k = 0; k < w.count && c->is != NULL && !any; k++) {
      size_t start, end;
      if (ftblab_match(&r->matcher, c->is, w.at[k], strlen(w.at[k]), NULL, &any, &start, &end, NULL) != FTBLAB_OK)
        any = false;
    }
    *holds = any != c->negated;
  }
  return !r->pool.failed;
}

/* ---- payloads --------------------------------------------------------------------------------------------------- */

static bool is_number(const char *word, int64_t *number)
{
  char *end;
  size_t digits = strspn(word, "0123456789");
  if (digits == 0 || digits > 18 || word[digits] != '\0' || (word[0] == '0' && digits > 1))
    return false;
  *number = strtoll(word, &end, 10);
  return true;
}

static int compare_numbers(const void *left, const void *right)
{
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return a < b ? -1 : a > b;
}

/* KEY with the words FROM to TO of W. */
static void add_key(reading *r, ftblab_text *text, const char *key, const words *w, size_t from, size_t to)
{
  size_t count = to - from, unique = 0;
  int64_t *numbers = ftblab_pool_take(&r->pool, (count + 1) * sizeof *numbers);
  bool all = numbers != NULL;
  for (size_t i = 0; i < count && all; i++)
    all = is_number(w->at[from + i], &numbers[i]);
  if (!all) {
    ftblab_payload_add_words(text, key, w->at + from, count);
    return;
  }
  qsort(numbers, count, sizeof *numbers, compare_numbers);
  for (size_t i = 0; i < count; i++)
    if (unique == 0 || numbers[unique - 1] != numbers[i])
      numbers[unique++] = numbers[i];
  ftblab_payload_add_numbers(text, key, numbers, unique);
}

/* The words of each key of a record, and which key has the most. */
typedef struct key_words {
  words *of;
  size_t longest;
} key_words;

/* False: a key that must be there has no word. */
static bool collect_keys(reading *r, const step *s, key_words *k)
{
  scope at = ftblab_reading_scope(r);
  k->of = ftblab_pool_take(&r->pool, (s->key_count + 1) * sizeof *k->of);
  for (size_t i = 0; i < s->key_count && k->of != NULL; i++) {
    words found = {0};
    ftblab_template_words(s->keys[i].value, &at, &found);
    for (size_t f = 0; f < found.count; f++) { /* a set has each member once */
      bool is_new = true;
      for (size_t b = 0; found.count < 64 && b < f && is_new; b++)
        is_new = strcmp(found.at[b], found.at[f]) != 0;
      if (is_new)
        ftblab_words_add(&r->pool, &k->of[i], found.at[f], strlen(found.at[f]));
    }
    if (found.count == 0 && !s->keys[i].optional)
      return false;
    k->longest = k->of[i].count > k->of[k->longest].count ? i : k->longest;
  }
  return k->of != NULL;
}

static void write_payload(reading *r, const step *s, const key_words *k, size_t from, size_t to, ftblab_text *text)
{
  ftblab_text_clear(text);
  for (size_t i = 0; i < s->key_count; i++)
    if (k->of[i].count > 0)
      add_key(r, text, s->keys[i].key, &k->of[i], i == k->longest ? from : 0, i == k->longest ? to : k->of[i].count);
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static void say(reading *r, const ftblab_record *record)
{
  if (r->options->explain == NULL)
    return;
  ftblab_text_addf(&r->said, "%s%.*s %s %.*s", r->said.length > 0 ? "; " : "", (int)record->component.length,
                   record->component.data, ftblab_action_name(record->action), (int)record->event.length,
                   record->event.data);
  if (record->payload.data != NULL)
    ftblab_text_addf(&r->said, " %.*s", (int)record->payload.length, record->payload.data);
}

static ftblab_status keep(reading *r, const ftblab_record *record)
{
  say(r, record);
  r->emitted++;
  r->counts->records++;
  r->counts->untimed += !r->timed;
  bool timed = r->timed || r->options->base != 0;
  return ftblab_logs_keep(r->logs, record, timed, r->file, r->line, r->err);
}

/* A throw of a large set becomes several: none may be longer than what the backplane carries. */
static ftblab_status keep_sets(reading *r, const step *s, ftblab_record *record)
{
  key_words k = {0};
  ftblab_text text = {0};
  ftblab_status status = FTBLAB_OK;
  if (!collect_keys(r, s, &k))
    return r->pool.failed ? no_memory(r) : FTBLAB_OK;
  size_t count = k.of[k.longest].count, from = 0, span = count;
  do {
    write_payload(r, s, &k, from, from + span, &text);
    if (text.length > FTBLAB_PAYLOAD_LIMIT && span > 1) {
      span = (span + 1) / 2;
      continue;
    }
    if (text.failed || r->pool.failed)
      status = no_memory(r);
    record->payload = (ftblab_slice){text.length > 0 ? text.data : NULL, text.length};
    if (status == FTBLAB_OK)
      status = keep(r, record);
    from += span;
    span = count - from < span ? count - from : span;
  } while (from < count && status == FTBLAB_OK);
  ftblab_text_free(&text);
  return status;
}

static ftblab_slice *slice_of(ftblab_record *record, part_of_record part)
{
  switch (part) {
  case PART_COMPONENT:
    return &record->component;
  case PART_INSTANCE:
    return &record->instance;
  case PART_HOST:
    return &record->host;
  case PART_EVENT:
    return &record->event;
  case PART_PAYLOAD:
    return &record->payload;
  case PART_CHANNEL:
    return &record->channel;
  case PART_SEVERITY:
    return &record->severity;
  case PART_TYPE:
    return &record->type;
  case PART_SPACE:
    return &record->space;
  case PART_NOTE:
    return &record->note;
  default:
    return NULL;
  }
}

static bool take_action(const char *word, ftblab_action *action)
{
  for (int a = FTBLAB_REGISTER; a <= FTBLAB_FACT; a++)
    if (strcmp(word, ftblab_action_name((ftblab_action)a)) == 0) {
      *action = (ftblab_action)a;
      return true;
    }
  return false;
}

/* What a word means for a record that is no slice of it. False: it is wrong. */
static bool take_special(reading *r, part_of_record part, const char *word, ftblab_record *record)
{
  char *end;
  if (part == PART_ACTION)
    return take_action(word, &record->action);
  if (part == PART_T)
    return ftblab_reading_time(r, word, strlen(word), &record->t);
  uint64_t number = strtoull(word, &end, 10);
  if (*word < '0' || *word > '9' || *end != '\0')
    return false;
  *(part == PART_SEQ ? &record->seq : &record->cause) = number;
  *(part == PART_SEQ ? &record->has_seq : &record->has_cause) = true;
  return true;
}

static ftblab_status take_part(reading *r, const step *s, part_of_record part, ftblab_record *record)
{
  scope at = ftblab_reading_scope(r);
  words w = {0};
  ftblab_template_words(s->parts[part], &at, &w);
  if (w.count == 0)
    return r->pool.failed ? no_memory(r) : FTBLAB_OK;
  ftblab_slice *slice = slice_of(record, part);
  if (slice != NULL)
    *slice = (ftblab_slice){w.at[0], strlen(w.at[0])};
  else if (!take_special(r, part, w.at[0], record))
    return ftblab_fail_at(r->err, r->name, (size_t)r->line, 0, "'%s' is no '%s' of a record", w.at[0],
                          ftblab_part_names[part]);
  return FTBLAB_OK;
}

static ftblab_status make_record(reading *r, const step *s)
{
  ftblab_record record = {.t = r->t, .action = FTBLAB_THROW};
  for (int p = 0; p < PART_COUNT; p++) {
    ftblab_status status = s->parts[p] == NULL ? FTBLAB_OK : take_part(r, s, (part_of_record)p, &record);
    if (status != FTBLAB_OK)
      return status;
  }
  if (record.event.data == NULL || record.component.data == NULL)
    return FTBLAB_OK;
  return s->keys != NULL ? keep_sets(r, s, &record) : keep(r, &record);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

#define SLICE(string) ((ftblab_slice){(string), strlen(string)})

static ftblab_status keep_gap(reading *r, const char *source, uint32_t missed, uint32_t first)
{
  uint32_t last = (first + missed - 1) & ((UINT32_C(1) << r->dialect->numbers.bits) - 1);
  char lost[32];
  ftblab_text note = {0};
  snprintf(lost, sizeof lost, "lost: %lu", (unsigned long)missed);
  ftblab_text_addf(&note, "numbers %lu to %lu of %s", (unsigned long)first, (unsigned long)last, source);
  ftblab_record record = {.t = r->t, .action = FTBLAB_FACT};
  record.component = SLICE("Recorder");
  record.event = SLICE("RECORDER_GAP");
  record.payload = SLICE(lost);
  record.note = SLICE(ftblab_text_string(&note));
  ftblab_status status = note.failed ? no_memory(r) : keep(r, &record);
  r->counts->lost += missed;
  ftblab_text_free(&note);
  return status;
}

ftblab_status ftblab_reading_number(reading *r)
{
  const numbered *n = &r->dialect->numbers;
  scope at = ftblab_reading_scope(r);
  words source = {0}, number = {0};
  uint32_t missed, first;
  bool holds;
  if (n->source == NULL)
    return FTBLAB_OK;
  if (!ftblab_conditions_hold(r, n->conditions, n->condition_count, &holds))
    return no_memory(r);
  if (!holds)
    return FTBLAB_OK;
  ftblab_template_words(n->source, &at, &source);
  ftblab_template_words(n->number, &at, &number);
  if (r->pool.failed)
    return no_memory(r);
  if (source.count == 0 || number.count == 0)
    return FTBLAB_OK;
  uint64_t value = strtoull(number.at[0], NULL, 10);
  if (value >> n->bits != 0)
    return FTBLAB_OK;
  if (!ftblab_numbering_see(r->numbering, source.at[0], (uint32_t)value, &missed, &first))
    return no_memory(r);
  return missed == 0 ? FTBLAB_OK : keep_gap(r, source.at[0], missed, first);
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

static ftblab_status change_table(reading *r, const step *s)
{
  scope at = ftblab_reading_scope(r);
  words keys = {0}, values = {0};
  if (s->kind == STEP_CLEAR) {
    ftblab_tables_clear(r->tables, s->table);
    return FTBLAB_OK;
  }
  if (s->key != NULL)
    ftblab_template_words(s->key, &at, &keys);
  if (s->value != NULL)
    ftblab_template_words(s->value, &at, &values);
  for (size_t i = 0; i < keys.count; i++) {
    if (s->kind == STEP_DROP)
      ftblab_tables_drop(r->tables, s->table, keys.at[i]);
    else if (!ftblab_tables_add(r->tables, s->table, keys.at[i], &values, s->kind == STEP_PUT))
      return no_memory(r);
  }
  return r->pool.failed ? no_memory(r) : FTBLAB_OK;
}

ftblab_status ftblab_reading_apply(reading *r, const rule *by)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < by->step_count && status == FTBLAB_OK; i++) {
    const step *s = &by->steps[i];
    bool holds;
    if (!ftblab_conditions_hold(r, s->conditions, s->condition_count, &holds))
      return no_memory(r);
    if (holds)
      status = s->kind == STEP_RECORD ? make_record(r, s) : change_table(r, s);
  }
  return status;
}
