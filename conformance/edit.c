/* edit.c - the shortest edit of the trace that would mend a finding. The edits of all findings of a trace, each done
 * once, make a trace without findings: tests/edits.py does them to mutated traces and judges again. Lines are those of
 * the trace as it was judged; operations at one place are done in their order. */
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "match.h"

#define LOOK_AHEAD 256 /* records behind a stray throw among which its catches are looked for */
#define WORD_MEMBERS 4096

/* ---- operations -------------------------------------------------------------------------------------- */

static bool add_operation(ftblab_exact *checker, ftblab_violation *v, ftblab_operation operation)
{
  ftblab_operation *edit = ftblab_arena_take(&checker->verdict->memory, (v->edit_count + 1) * sizeof *edit);
  if (edit == NULL)
    return false;
  if (v->edit_count > 0)
    memcpy(edit, v->edit, v->edit_count * sizeof *edit);
  edit[v->edit_count++] = operation;
  v->edit = edit;
  return true;
}

bool ftblab_edit_remove(ftblab_exact *checker, uint64_t line, ftblab_violation *v)
{
  return add_operation(checker, v, (ftblab_operation){.kind = FTBLAB_REMOVE, .line = line});
}

bool ftblab_edit_change(ftblab_exact *checker, uint64_t line, const char *key, ftblab_text *words, ftblab_violation *v)
{
  const char *kept = ftblab_verdict_keep(checker->verdict, words);
  ftblab_operation operation = {.kind = FTBLAB_CHANGE, .line = line, .key = key, .value = kept};
  return kept != NULL && add_operation(checker, v, operation);
}

/* ---- payloads as a trace has them -------------------------------------------------------------------- */

static void add_value(const ftblab_exact *checker, int key, value v, ftblab_text *payload)
{
  const char *word = ftblab_value_text(checker, v);
  bool is_range = word[0] >= '0' && word[0] <= '9'; /* "4-7,9": a set in its one spelling, not a word of its own */
  if (is_range && strspn(word, "0123456789-,") == strlen(word))
    ftblab_text_addf(payload, "%s%s: {%s}", payload->length > 0 ? ", " : "", checker->spec->keys[key], word);
  else
    ftblab_payload_add_words(payload, checker->spec->keys[key], &word, 1);
}

static void add_key(const ftblab_exact *checker, const entry_key *key, ftblab_text *payload)
{
  const char *words[WORD_MEMBERS];
  bool numbers =
      strspn(ftblab_value_text(checker, key->whole), "0123456789-,") == strlen(ftblab_value_text(checker, key->whole));
  if (key->items == NULL || key->item_count > WORD_MEMBERS || numbers) {
    ftblab_text_addf(payload, "%s%s: {%s}", payload->length > 0 ? ", " : "", checker->spec->keys[key->key],
                     ftblab_value_text(checker, key->whole));
    return;
  }
  for (uint32_t i = 0; i < key->item_count; i++)
    words[i] = ftblab_value_text(checker, key->items[i]);
  ftblab_payload_add_words(payload, checker->spec->keys[key->key], words, key->item_count);
}

/* What ROW asks for, by the bindings; what nothing binds is called as the variable is. */
static void payload_by_terms(const ftblab_exact *checker, const settled *s, const ftblab_row *row, ftblab_text *text)
{
  const binding *bound = &s->branch->bound;
  for (size_t t = 0; t < row->term_count; t++) {
    const ftblab_term *term = &row->terms[t];
    value v = term->kind == FTBLAB_TERM_WILD ? 0 : bound->of[term->variable];
    const char *name = term->kind == FTBLAB_TERM_WILD ? "any" : checker->spec->variables[term->variable];
    const char *key = checker->spec->keys[term->key];
    if (v != 0)
      add_value(checker, term->key, v, text);
    else if (strcmp(key, "ranks") == 0)
      ftblab_text_addf(text, "%s%s: {0}", text->length > 0 ? ", " : "", key);
    else
      ftblab_payload_add_words(text, key, &name, 1);
  }
}

/* A record of the same event in the instance that is right: what one threw, the other caught. */
static const entry *model_for(const alignment *a, size_t row)
{
  const entry *found = NULL;
  for (size_t r = 0; r < a->workflow->row_count; r++) {
    const ftblab_row *other = &a->workflow->rows[r];
    bool fits =
        r != row && a->entries[r] != NULL && a->fit[r] != FIT_PAYLOAD && other->event == a->workflow->rows[row].event;
    if (fits && (found == NULL || (other->action == FTBLAB_THROW && r < row)) && a->entries[r]->defects == 0)
      found = a->entries[r];
  }
  return found;
}

/* Is V what tells an instance of the group from others, one that has more than this record? */
static bool is_known(const ftblab_exact *checker, const group *g, int variable, value v)
{
  const ftblab_index_node *node = ftblab_index_first(checker, g, variable, v);
  return node != NULL && !node->incident->dropped && node->incident->entries.count > 1;
}

/* The set of KEY with the value asked for, and those members of it that other instances are known by. */
static bool add_mended_key(const ftblab_exact *checker, const settled *s, const ftblab_term *term, const entry_key *key,
                           ftblab_text *text)
{
  const char *words[WORD_MEMBERS];
  const group *g = s->branch->incident->group;
  value asked = term->kind == FTBLAB_TERM_WILD ? 0 : s->branch->bound.of[term->variable];
  size_t count = 0;
  if (term->kind != FTBLAB_TERM_ONE || asked == 0 || key->items == NULL || key->item_count >= WORD_MEMBERS)
    return false;
  words[count++] = ftblab_value_text(checker, asked);
  for (uint32_t i = 0; i < key->item_count; i++)
    if (key->items[i] != asked && is_known(checker, g, term->variable, key->items[i]))
      words[count++] = ftblab_value_text(checker, key->items[i]);
  ftblab_payload_add_words(text, checker->spec->keys[key->key], words, count);
  return count > 1;
}

/* A throw that several instances share is mended so that it still serves the others. False: none does share it. */
static bool payload_of_shared_throw(const ftblab_exact *checker, const settled *s, size_t row, ftblab_text *text)
{
  const ftblab_row *r = &s->best.workflow->rows[row];
  const entry *e = s->best.entries[row];
  bool shared = false;
  if (e == NULL || r->action != FTBLAB_THROW)
    return false;
  for (size_t t = 0; t < r->term_count; t++) {
    const entry_key *key = ftblab_entry_find(e, r->terms[t].key);
    if (key == NULL)
      return false;
    if (add_mended_key(checker, s, &r->terms[t], key, text))
      shared = true;
    else if (r->terms[t].kind != FTBLAB_TERM_ONE || s->branch->bound.of[r->terms[t].variable] == 0 ||
             key->items == NULL)
      add_key(checker, key, text);
  }
  return shared;
}

static void payload_for_row(const ftblab_exact *checker, const settled *s, size_t row, ftblab_text *text)
{
  const entry *model = model_for(&s->best, row);
  if (payload_of_shared_throw(checker, s, row, text))
    return;
  ftblab_text_clear(text);
  if (model == NULL) {
    payload_by_terms(checker, s, &s->best.workflow->rows[row], text);
    return;
  }
  for (uint32_t k = 0; k < model->key_count; k++)
    add_key(checker, &model->keys[k], text);
}

/* ---- places ------------------------------------------------------------------------------------------ */

typedef struct place {
  uint64_t after;  /* the line that the row belongs behind */
  uint64_t before; /* if no row comes before it: the line that it belongs ahead of */
  int64_t t;
} place;

static bool stands(const alignment *a, size_t row)
{
  return a->entries[row] != NULL && a->status[row] != ROW_MISORDERED;
}

/* Behind the last row that must come before it, else ahead of the first that must come after it. Where nothing orders
 * it, behind the rows that stand above it in the table: a start of the trace would be right, and nobody would look
 * there. */
static place place_between(const ftblab_exact *checker, const alignment *a, size_t row, const place *places)
{
  place at = {0};
  for (size_t p = 0; p < row; p++)
    if (ftblab_rows_before(checker, a->workflow, row) & (uint64_t)1 << p && places[p].after >= at.after &&
        (places[p].after > 0 || places[p].before > 0) &&
        !ftblab_rows_exclude(&a->workflow->rows[p], &a->workflow->rows[row]))
      at = places[p];
  if (at.after > 0 || at.before > 0)
    return at;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (stands(a, r) && ftblab_rows_before(checker, a->workflow, r) & (uint64_t)1 << row &&
        (at.before == 0 || a->entries[r]->line < at.before))
      at = (place){.before = a->entries[r]->line, .after = a->entries[r]->line - 1, .t = a->entries[r]->t};
  for (size_t r = 0; r < row && at.before == 0; r++)
    if (a->entries[r] != NULL && a->entries[r]->line > at.after)
      at = (place){.after = a->entries[r]->line, .t = a->entries[r]->t};
  return at;
}

/* A throw that nothing comes before stands ahead of all that was caught of it, also of what no row asks for. */
static void stand_before_catches(const settled *s, size_t row, place *at)
{
  const ftblab_row *r = &s->best.workflow->rows[row];
  for (uint32_t i = 0; i < s->branch->entries.count && r->action == FTBLAB_THROW && at->before != 0; i++) {
    const entry *e = s->branch->entries.at[i];
    if (e->action == FTBLAB_CATCH && e->event == r->event && e->line < at->before)
      *at = (place){.before = e->line, .after = e->line - 1, .t = e->t};
  }
}

/* Where ROW belongs: tables list what must come first above what follows. */
static place place_of(const ftblab_exact *checker, const alignment *a, size_t row)
{
  place places[FTBLAB_MAX_ROWS] = {{0}};
  for (size_t r = 0; r <= row; r++) {
    if (stands(a, r) && r != row)
      places[r] = (place){.after = a->entries[r]->line, .t = a->entries[r]->t};
    else if (r == row || a->status[r] == ROW_MISSING || a->status[r] == ROW_MISORDERED)
      places[r] = place_between(checker, a, r, places);
  }
  return places[row];
}

/* ---- records to add ---------------------------------------------------------------------------------- */

typedef struct sketch {
  int role, event;
  ftblab_action action;
  int64_t t;
  const char *instance, *payload;
} sketch;

static void add_json_member(const char *key, const char *string, ftblab_text *text)
{
  ftblab_text_addf(text, ", \"%s\": ", key);
  ftblab_text_add_json(text, string, strlen(string));
}

static void notate(const ftblab_exact *checker, int role, ftblab_action action, int event, const char *payload,
                   ftblab_text *text)
{
  ftblab_text_addf(text, "%s %s %s (%s)", checker->spec->roles[role].name, ftblab_action_name(action),
                   checker->spec->events[event].name, payload);
}

static bool add_record(ftblab_exact *checker, const sketch *record, ftblab_operation operation, ftblab_violation *v)
{
  const ftblab_spec *spec = checker->spec;
  ftblab_text json = {0}, words = {0};
  ftblab_text_add(&json, "{\"t\": ");
  ftblab_time_write(record->t, &json);
  add_json_member("component", spec->roles[record->role].name, &json);
  if (record->instance != NULL)
    add_json_member("instance", record->instance, &json);
  add_json_member("action", ftblab_action_name(record->action), &json);
  add_json_member("event", spec->events[record->event].name, &json);
  add_json_member("payload", record->payload, &json);
  ftblab_text_add(&json, "}");
  notate(checker, record->role, record->action, record->event, record->payload, &words);
  operation.kind = FTBLAB_ADD;
  operation.value = ftblab_verdict_keep(checker->verdict, &json);
  operation.words = ftblab_verdict_keep(checker->verdict, &words);
  return operation.value != NULL && operation.words != NULL && add_operation(checker, v, operation);
}

/* The instance of ROLE that takes part already. */
static const char *instance_of_role(const ftblab_exact *checker, const settled *s, int role)
{
  for (uint32_t i = 0; i < s->branch->entries.count; i++) {
    const entry *e = s->branch->entries.at[i];
    if (e->role == role && e->instance != 0)
      return ftblab_value_text(checker, e->instance);
  }
  return NULL;
}

/* ---- findings of rows -------------------------------------------------------------------------------- */

static bool edit_missing(ftblab_exact *checker, const settled *s, size_t row, ftblab_violation *v)
{
  const ftblab_row *r = &s->best.workflow->rows[row];
  place at = place_of(checker, &s->best, row);
  stand_before_catches(s, row, &at);
  ftblab_text payload = {0};
  payload_for_row(checker, s, row, &payload);
  sketch record = {.role = r->component,
                   .event = r->event,
                   .action = r->action,
                   .t = at.t,
                   .instance = instance_of_role(checker, s, r->component),
                   .payload = ftblab_text_string(&payload)};
  ftblab_operation operation = {.line = at.after, .ahead = at.before != 0, .before = at.before};
  bool ok = !payload.failed && add_record(checker, &record, operation, v);
  ftblab_text_free(&payload);
  return ok;
}

static bool move(ftblab_exact *checker, uint64_t line, const place *at, ftblab_violation *v)
{
  return add_operation(
      checker, v,
      (ftblab_operation){
          .kind = FTBLAB_MOVE, .line = line, .after = at->after, .ahead = at->before != 0, .before = at->before});
}

/* What was caught of a throw that moves behind it, and no row asks for, moves along. */
static bool edit_misordered(ftblab_exact *checker, const settled *s, size_t row, ftblab_violation *v)
{
  const entry *moved = s->best.entries[row];
  place at = place_of(checker, &s->best, row);
  stand_before_catches(s, row, &at);
  if (!move(checker, moved->line, &at, v))
    return false;
  for (uint32_t i = 0; i < s->branch->entries.count && moved->action == FTBLAB_THROW; i++) {
    const entry *e = s->branch->entries.at[i];
    bool left_behind = e->action == FTBLAB_CATCH && e->event == moved->event && e->line < at.after;
    if (left_behind && !ftblab_alignment_has(&s->best, e) && !move(checker, e->line, &at, v))
      return false;
  }
  return true;
}

/* Give LINE the payload WORDS, which makes it satisfy ROW. */
static bool change_payload(ftblab_exact *checker, const ftblab_row *row, uint64_t line, ftblab_text *words,
                           ftblab_violation *v)
{
  ftblab_text record = {0};
  notate(checker, row->component, row->action, row->event, ftblab_text_string(words), &record);
  if (!ftblab_edit_change(checker, line, "payload", words, v)) {
    ftblab_text_free(&record);
    return false;
  }
  v->edit[v->edit_count - 1].words = ftblab_verdict_keep(checker->verdict, &record);
  return v->edit[v->edit_count - 1].words != NULL;
}

bool ftblab_edit_row(ftblab_exact *checker, const settled *s, size_t row, ftblab_violation *v)
{
  const ftblab_row *r = &s->best.workflow->rows[row];
  ftblab_text words = {0};
  if (strcmp(v->kind, "missing") == 0)
    return edit_missing(checker, s, row, v);
  if (strcmp(v->kind, "misordered") == 0)
    return edit_misordered(checker, s, row, v);
  if (strcmp(v->kind, "wrong-component") == 0) {
    ftblab_text_add(&words, checker->spec->roles[r->component].name);
    return ftblab_edit_change(checker, v->line, "component", &words, v);
  }
  payload_for_row(checker, s, row, &words);
  return change_payload(checker, r, v->line, &words, v);
}

/* ---- findings of records ----------------------------------------------------------------------------- */

static bool is_later_catch(const entry *thrown, const entry *e)
{
  return e->action == FTBLAB_CATCH && e->event == thrown->event && e->index > thrown->index;
}

/* Is there a throw that a row has of what E catches, before it? Then E may stay when another throw goes. */
static bool has_throw_of_row(const settled *s, const entry *e)
{
  const alignment *a = &s->best;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (a->entries[r] != NULL && a->entries[r]->action == FTBLAB_THROW && a->entries[r]->event == e->event &&
        a->entries[r]->index < e->index)
      return true;
  return false;
}

/* When a throw goes, what was caught of it alone goes as well: the catches of LIST up to the next throw of the event
 * that no row took. */
static bool remove_catches(ftblab_exact *checker, void *const *list, uint32_t from, uint32_t to, const settled *s,
                           const entry *thrown, ftblab_violation *v)
{
  for (uint32_t i = from; i < to; i++) {
    const entry *e = list[i];
    if (e->action == FTBLAB_THROW && e->event == thrown->event && e->index > thrown->index)
      return true;
    bool taken = s == NULL ? e->used > 0 : ftblab_alignment_has(&s->best, e) || has_throw_of_row(s, e);
    if (is_later_catch(thrown, e) && !taken && !ftblab_edit_remove(checker, e->line, v))
      return false;
  }
  return true;
}

bool ftblab_edit_extra(ftblab_exact *checker, const settled *s, const entry *e, ftblab_violation *v)
{
  if (!ftblab_edit_remove(checker, e->line, v))
    return false;
  if (e->action != FTBLAB_THROW)
    return true;
  uint32_t behind = ftblab_pointers_behind(&s->branch->entries, e->index);
  return remove_catches(checker, s->branch->entries.at, behind, s->branch->entries.count, s, e, v);
}

/* Does a workflow that is judged ask for EVENT? */
static bool is_of_workflow(const ftblab_exact *checker, int event)
{
  for (int g = 0; g < checker->group_count; g++)
    if (checker->groups[g].by_event[event] != NULL)
      return true;
  return false;
}

static int first_role(uint64_t roles)
{
  int role = 0;
  while (!(roles & (uint64_t)1 << role))
    role++;
  return role;
}

static bool edit_unanswered(ftblab_exact *checker, const entry *e, ftblab_violation *v, bool *done)
{
  const ftblab_event *command = &checker->spec->events[e->event];
  const entry *last = checker->entries.at[checker->entries.count - 1];
  *done = false;
  for (size_t i = 0; i < command->response_count && !*done; i++) {
    const ftblab_event *answer = &checker->spec->events[command->responses[i]];
    uint64_t roles = answer->thrown_by | answer->table_thrown_by;
    if (is_of_workflow(checker, command->responses[i]) || roles == 0)
      continue;
    ftblab_text payload = {0};
    for (uint32_t k = 0; k < e->key_count; k++)
      add_key(checker, &e->keys[k], &payload);
    sketch record = {.role = first_role(roles),
                     .event = command->responses[i],
                     .action = FTBLAB_THROW,
                     .t = last->t,
                     .payload = ftblab_text_string(&payload)};
    bool ok = !payload.failed && add_record(checker, &record, (ftblab_operation){.line = last->line}, v);
    ftblab_text_free(&payload);
    if (!ok)
      return false;
    *done = true;
  }
  return true;
}

bool ftblab_edit_stray(ftblab_exact *checker, const entry *e, ftblab_violation *v)
{
  bool answered = false;
  if (strcmp(v->kind, "unanswered") == 0 && !edit_unanswered(checker, e, v, &answered))
    return false;
  if (answered)
    return true;
  const ftblab_event *event = &checker->spec->events[e->event];
  uint64_t throwers = event->thrown_by | event->table_thrown_by;
  bool may_stay = strcmp(v->kind, "wrong-component") == 0 && e->action == FTBLAB_THROW && throwers != 0;
  /* a command would have to be answered */
  if (may_stay && event->command == FTBLAB_NO_COMMAND && !is_of_workflow(checker, e->event)) {
    ftblab_text role = {0};
    ftblab_text_add(&role, checker->spec->roles[first_role(throwers)].name);
    return ftblab_edit_change(checker, e->line, "component", &role, v);
  }
  if (!ftblab_edit_remove(checker, e->line, v))
    return false;
  uint32_t end = checker->entries.count;
  if (end - e->index > LOOK_AHEAD)
    end = e->index + LOOK_AHEAD;
  return e->action != FTBLAB_THROW || remove_catches(checker, checker->entries.at, e->index + 1, end, NULL, e, v);
}

/* ---- defects of the record itself -------------------------------------------------------------------- */

static bool change_word(ftblab_exact *checker, uint64_t line, const char *key, const char *word, ftblab_violation *v)
{
  ftblab_text words = {0};
  ftblab_text_add(&words, word);
  return ftblab_edit_change(checker, line, key, &words, v);
}

/* The catches of a throw were not blamed for what it had wrong already: they change with it. */
static bool change_with_catches(ftblab_exact *checker, const entry *e, unsigned defect, const char *key,
                                const char *word, ftblab_violation *v)
{
  if (!change_word(checker, e->line, key, word, v))
    return false;
  for (uint32_t i = e->index + 1; e->action == FTBLAB_THROW && i < checker->entries.count; i++) {
    const entry *other = checker->entries.at[i];
    if (i - e->index > LOOK_AHEAD || (other->action == FTBLAB_THROW && other->event == e->event))
      return true;
    if (is_later_catch(e, other) && other->inherited & defect && !change_word(checker, other->line, key, word, v))
      return false;
  }
  return true;
}

/* Will E, a catch of no instance, go with its throw, which no workflow allows? Not if its role catches the event again:
 * then it has to register. */
static bool goes_with_throw(const ftblab_exact *checker, const entry *e)
{
  const entry *thrown = NULL;
  if (e->used > 0)
    return false;
  for (uint32_t i = 0; i < checker->entries.count; i++) {
    const entry *other = checker->entries.at[i];
    if (other->event != e->event)
      continue;
    if (other->action == FTBLAB_CATCH && other->role == e->role && other != e)
      return false;
    if (other->action == FTBLAB_THROW && other->index < e->index)
      thrown = other;
  }
  return thrown != NULL && thrown->used == 0 && e->index - thrown->index < LOOK_AHEAD;
}

static bool edit_unregistered(ftblab_exact *checker, const entry *e, ftblab_violation *v)
{
  if (goes_with_throw(checker, e))
    return ftblab_edit_remove(checker, e->line, v);
  ftblab_text payload = {0};
  for (uint32_t k = 0; k < e->key_count; k++)
    ftblab_text_addf(&payload, "%s%s: *", k > 0 ? ", " : "", checker->spec->keys[e->keys[k].key]);
  sketch record = {.role = e->role,
                   .event = e->event,
                   .action = FTBLAB_REGISTER,
                   .t = e->t,
                   .instance = e->instance != 0 ? ftblab_value_text(checker, e->instance) : NULL,
                   .payload = ftblab_text_string(&payload)};
  ftblab_operation operation = {.line = e->line - 1, .ahead = true, .before = e->line};
  bool ok = !payload.failed && add_record(checker, &record, operation, v);
  ftblab_text_free(&payload);
  return ok;
}

bool ftblab_edit_defect(ftblab_exact *checker, const settled *s, size_t row, const entry *e, record_defect defect,
                        ftblab_violation *v)
{
  static const char *const channels[] = {"", "reliable", "unreliable"}, *const types[] = {"", "normal", "response"};
  const ftblab_event *event = &checker->spec->events[e->event];
  if (defect == DEFECT_CHANNEL)
    return change_with_catches(checker, e, DEFECT_CHANNEL, "channel", channels[event->channel], v);
  if (defect == DEFECT_TYPE)
    return change_with_catches(checker, e, DEFECT_TYPE, "type", types[event->type], v);
  if (defect == DEFECT_UNREGISTERED)
    return edit_unregistered(checker, e, v);
  if (defect != DEFECT_LENGTH && s == NULL)
    return ftblab_edit_stray(checker, e, v);
  if (defect != DEFECT_LENGTH)
    return row == NO_ROW ? ftblab_edit_extra(checker, s, e, v) : ftblab_edit_row(checker, s, row, v);
  ftblab_text advice = {0};
  ftblab_text_addf(&advice, "throw several events, each with a part of the set, of at most %d bytes",
                   FTBLAB_PAYLOAD_LIMIT);
  v->advice = ftblab_verdict_keep(checker->verdict, &advice);
  return v->advice != NULL;
}

/* ---- one edit for one cause -------------------------------------------------------------------------- */

static int by_words(const void *left, const void *right)
{
  const ftblab_operation *a = *(const ftblab_operation *const *)left, *b = *(const ftblab_operation *const *)right;
  int order = strcmp(a->words, b->words);
  return order != 0 ? order : a->line < b->line ? -1 : a->line > b->line;
}

/* Each change of a payload in VERDICT, into INTO unless that is NULL. */
static size_t collect_changes(const ftblab_verdict *verdict, const ftblab_operation **into)
{
  size_t count = 0;
  ftblab_finding finding = {0};
  while (ftblab_next_finding(verdict, &finding))
    for (size_t i = 0; i < finding.violation->edit_count; i++) {
      const ftblab_operation *o = &finding.violation->edit[i];
      if (o->kind != FTBLAB_CHANGE || o->words == NULL)
        continue;
      if (into != NULL)
        into[count] = o;
      count++;
    }
  return count;
}

/* The one of COUNT changes that makes the record that ADD would add, nearest to its place: the first behind it, or the
 * last ahead of it if the record is to stand ahead of a line. NULL: none. */
static const ftblab_operation *find_change(const ftblab_operation *const *changes, size_t count,
                                           const ftblab_operation *add)
{
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(changes[middle]->words, add->words);
    if (order < 0 || (order == 0 && changes[middle]->line <= add->line))
      low = middle + 1;
    else
      high = middle;
  }
  if (add->ahead && low > 0 && strcmp(changes[low - 1]->words, add->words) == 0)
    return changes[low - 1];
  return low < count && strcmp(changes[low]->words, add->words) == 0 ? changes[low] : NULL;
}

bool ftblab_edit_unite(ftblab_verdict *verdict)
{
  size_t count = collect_changes(verdict, NULL);
  ftblab_finding finding = {0};
  if (count == 0)
    return true;
  const ftblab_operation **changes = malloc(count * sizeof *changes);
  if (changes == NULL)
    return false;
  collect_changes(verdict, changes);
  qsort(changes, count, sizeof *changes, by_words);
  while (ftblab_next_finding(verdict, &finding))
    for (size_t i = 0; i < finding.violation->edit_count; i++) {
      ftblab_operation *o = &finding.violation->edit[i];
      const ftblab_operation *same = o->kind == FTBLAB_ADD ? find_change(changes, count, o) : NULL;
      if (same != NULL)
        *o = *same;
    }
  free(changes);
  return true;
}
