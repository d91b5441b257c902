/* stream_kind.c - what records have in common. Almost all records of a long trace are of a few kinds, and their
 * payloads of a few forms: what a kind or form means is worked out once. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define UNKNOWN_CLASS UINT16_MAX

/* ---- classes ------------------------------------------------------------------------------------------- */

static void describe_class(const stream *s, record_class *c)
{
  const entry e = {.role = c->role, .action = c->action, .event = c->event};
  for (int i = 0; i < s->probe->group_count; i++) {
    const group *g = &s->probe->groups[i];
    const ftblab_row *row = g->by_event[c->event];
    if (row == NULL)
      continue;
    c->knows |= (uint64_t)1 << i;
    if (ftblab_is_trigger(s->probe, g, &e))
      c->triggers |= (uint64_t)1 << i;
    for (size_t t = 0; t < row->term_count; t++)
      if (row->terms[t].kind == FTBLAB_TERM_ONE && g->key_variables & 1u << row->terms[t].variable) {
        c->keyed |= (uint64_t)1 << i;
        c->ties |= (uint64_t)1 << row->terms[t].key & s->tie_keys;
      }
  }
  if (c->ties == 0)
    c->ties = s->tie_keys;
}

static uint16_t class_of(stream *s, int role, ftblab_action action, int event)
{
  size_t place = ((size_t)role * 2 + (action == FTBLAB_CATCH)) * s->spec->event_count + (size_t)event;
  if (s->class_table[place] == UNKNOWN_CLASS && s->class_count < MAX_CLASSES) {
    record_class *c = &s->classes[s->class_count];
    *c = (record_class){.role = role, .action = action, .event = event};
    describe_class(s, c);
    s->class_table[place] = (uint16_t)s->class_count++;
  }
  return s->class_table[place];
}

/* ---- kinds --------------------------------------------------------------------------------------------- */

/* Eight bytes at a time: records that were not read by a frame are all hashed. */
static uint64_t hash_bytes(uint64_t hash, ftblab_slice slice)
{
  uint64_t piece;
  size_t at = 0;
  hash = (hash ^ (slice.data != NULL) ^ slice.length << 1) * UINT64_C(0x9E3779B97F4A7C15);
  for (; at + sizeof piece <= slice.length; at += sizeof piece) {
    memcpy(&piece, slice.data + at, sizeof piece);
    hash = ((hash << 5 | hash >> 59) ^ piece) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 over the golden ratio */
  }
  piece = 0;
  if (at < slice.length)
    memcpy(&piece, slice.data + at, slice.length - at);
  return ((hash << 5 | hash >> 59) ^ piece) * UINT64_C(0x9E3779B97F4A7C15);
}

#define SLICES 8
static void slices_of(const ftblab_record *record, ftblab_slice into[SLICES])
{
  const ftblab_slice all[SLICES] = {record->component, record->event,    record->instance, record->host,
                                    record->channel,   record->severity, record->type,     record->space};
  memcpy(into, all, sizeof all);
}

/* Of what records of one frame have in common. */
static uint64_t hash_constants(const ftblab_record *record)
{
  const ftblab_slice *const slices[] = {&record->component, &record->event, &record->channel,
                                        &record->severity,  &record->type,  &record->space};
  uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)record->action;
  for (size_t i = 0; i < FTBLAB_COUNT(slices); i++)
    hash = hash_bytes(hash, *slices[i]);
  return hash;
}

static uint64_t constants_of(stream *s, const ftblab_record *record)
{
  if (record->frame == 0 || record->frame >= FTBLAB_FRAME_LIMIT)
    return hash_constants(record);
  uint64_t *known = &s->frame_hashes[record->frame];
  if (*known == 0)
    *known = hash_constants(record);
  return *known;
}

static uint64_t hash_record(stream *s, const ftblab_record *record)
{
  uint64_t hash = constants_of(s, record) + record->has_seq * 2u + record->has_cause;
  hash = hash_bytes(hash_bytes(hash, record->instance), record->host);
  return ftblab_mix(hash, 0); /* collisions are compared; the low bits tell the place */
}

static bool same_kind(const kind *k, const ftblab_record *record)
{
  ftblab_slice mine[SLICES], theirs[SLICES];
  if (k->constant.action != record->action || k->constant.has_seq != record->has_seq ||
      k->constant.has_cause != record->has_cause)
    return false;
  slices_of(&k->constant, mine);
  slices_of(record, theirs);
  for (int i = 0; i < SLICES; i++)
    if (!ftblab_same_slice(mine[i], theirs[i]))
      return false;
  return true;
}

static bool grow_kinds(stream *s)
{
  if (!ftblab_make_room((void **)&s->kinds, s->kind_count, &s->kind_capacity, sizeof *s->kinds))
    return false;
  if (2 * s->kind_count < s->kind_slot_count)
    return true;
  uint32_t count = s->kind_slot_count == 0 ? 1024 : 2 * s->kind_slot_count;
  uint32_t *slots = calloc(count, sizeof *slots);
  if (slots == NULL)
    return false;
  for (uint32_t i = 0; i < s->kind_count; i++) {
    uint32_t at = (uint32_t)s->kinds[i]->hash & (count - 1);
    while (slots[at] != 0)
      at = (at + 1) & (count - 1);
    slots[at] = i + 1;
  }
  free(s->kind_slots);
  s->kind_slots = slots;
  s->kind_slot_count = count;
  return true;
}

static void copy_slice(char **room, const ftblab_slice *from, ftblab_slice *into)
{
  *into = *from;
  if (from->data == NULL)
    return;
  memcpy(*room, from->data, from->length);
  into->data = *room;
  *room += from->length;
}

/* May a record of this kind be a step: known names, and nothing wrong with channel and type? */
static bool is_plain(stream *s, kind *k)
{
  const ftblab_record *record = &k->constant;
  int role = k->role, event = k->event;
  if ((record->action != FTBLAB_THROW && record->action != FTBLAB_CATCH) || role == FTBLAB_NONE ||
      event == FTBLAB_NONE || s->spec->events[event].is_fact || k->number >= MAX_KINDS)
    return false;
  if (!(s->probe->seen >> role & 1)) { /* which roles there are tells how instances are read */
    s->probe->seen |= (uint64_t)1 << role;
    ftblab_outcomes_forget(s);
  }
  k->class = class_of(s, role, record->action, event);
  k->of = k->class != UNKNOWN_CLASS ? &s->classes[k->class] : NULL;
  if (record->action == FTBLAB_THROW && s->spec->events[event].promise != FTBLAB_NONE)
    k->fact = FACT_PROMISE;
  if (record->action == FTBLAB_THROW && ftblab_event_moves(s->spec, event))
    k->fact = FACT_MOVED;
  return k->class != UNKNOWN_CLASS && ftblab_sent_rightly(&s->spec->events[event], record);
}

static ftblab_fact_kind fact_of(const stream *s, int event)
{
  static const char *const names[] = {
      [FACT_JOB_STARTED] = "JOB_STARTED", [FACT_JOB_ENDED] = "JOB_ENDED", [FACT_NODE_FAILED] = "NODE_FAILED"};
  for (int i = FACT_JOB_STARTED; event != FTBLAB_NONE && i <= FACT_NODE_FAILED; i++)
    if (strcmp(s->spec->events[event].name, names[i]) == 0)
      return (ftblab_fact_kind)i;
  return FACT_OTHER;
}

static kind *add_kind(stream *s, const ftblab_record *record, uint64_t hash)
{
  ftblab_slice slices[SLICES];
  size_t bytes = 0;
  slices_of(record, slices);
  for (int i = 0; i < SLICES; i++)
    bytes += slices[i].length;
  kind *k = grow_kinds(s) ? malloc(sizeof *k + bytes + 1) : NULL;
  if (k == NULL)
    return NULL;
  *k = (kind){.hash = hash, .number = s->kind_count, .form = NONE};
  k->constant.action = record->action;
  k->constant.has_seq = record->has_seq;
  k->constant.has_cause = record->has_cause;
  char *room = k->bytes;
  ftblab_slice *const into[SLICES] = {&k->constant.component, &k->constant.event,   &k->constant.instance,
                                      &k->constant.host,      &k->constant.channel, &k->constant.severity,
                                      &k->constant.type,      &k->constant.space};
  for (int i = 0; i < SLICES; i++)
    copy_slice(&room, &slices[i], into[i]);
  k->anonymous = record->instance.data == NULL && record->host.data == NULL;
  k->event = ftblab_spec_event(s->spec, record->event.data, record->event.length);
  k->role = ftblab_spec_role(s->spec, record->component.data, record->component.length);
  k->plain = is_plain(s, k);
  if (record->action == FTBLAB_FACT)
    k->fact = (uint8_t)fact_of(s, k->event);
  s->kinds[s->kind_count++] = k;
  uint32_t at = (uint32_t)hash & (s->kind_slot_count - 1);
  while (s->kind_slots[at] != 0)
    at = (at + 1) & (s->kind_slot_count - 1);
  s->kind_slots[at] = s->kind_count;
  return s->failed ? NULL : k;
}

static kind *find_kind(stream *s, const ftblab_record *record)
{
  uint64_t hash = hash_record(s, record);
  for (uint32_t at = (uint32_t)hash; s->kind_slot_count > 0; at++) {
    uint32_t found = s->kind_slots[at & (s->kind_slot_count - 1)];
    if (found == 0)
      break;
    if (s->kinds[found - 1]->hash == hash && same_kind(s->kinds[found - 1], record))
      return s->kinds[found - 1];
  }
  return add_kind(s, record, hash);
}

/* Whatever tells kinds apart at a look: that it is of the kind is compared. */
static kind **last_kind_of(stream *s, const ftblab_record *record)
{
  const ftblab_slice event = record->event;
  uint64_t piece =
      event.length < sizeof piece ? 0 : ftblab_few_bytes(event.data + event.length - sizeof piece, sizeof piece);
  size_t lengths = 31 * event.length + 7 * record->component.length + 3 * record->instance.length + record->host.length;
  return &s->last_kinds[ftblab_mix(piece, 4 * lengths + record->action) % LAST_KINDS];
}

static kind *find_any(stream *s, const ftblab_record *record)
{
  kind **last = last_kind_of(s, record);
  if (*last == NULL || !same_kind(*last, record))
    *last = find_kind(s, record);
  return *last;
}

kind *ftblab_kind_find(stream *s, const ftblab_record *record)
{
  uint32_t frame = record->frame;
  if (frame == 0 || frame >= FTBLAB_FRAME_LIMIT)
    return find_any(s, record);
  kind *k = s->by_frame[frame]; /* its last one: only these can differ */
  if (k != NULL && ftblab_same_slice(k->constant.instance, record->instance) &&
      ftblab_same_slice(k->constant.host, record->host) && k->constant.has_seq == record->has_seq &&
      k->constant.has_cause == record->has_cause)
    return k;
  return s->by_frame[frame] = find_kind(s, record);
}

/* ---- forms --------------------------------------------------------------------------------------------- */

enum { IN_WORD = 1, IN_SET = 2 };
/* What a value may consist of: nothing that the notation gives a meaning, and in a set also commas and blanks. */
static const uint8_t in_value[256] = {
    [' '] = IN_SET, [','] = IN_SET, ['!'] = 3, ['#'] = 3, ['$'] = 3, ['%'] = 3, ['&'] = 3, ['\''] = 3, ['('] = 3,
    [')'] = 3,      ['*'] = 3,      ['+'] = 3, ['-'] = 3, ['.'] = 3, ['/'] = 3, ['0'] = 3, ['1'] = 3,  ['2'] = 3,
    ['3'] = 3,      ['4'] = 3,      ['5'] = 3, ['6'] = 3, ['7'] = 3, ['8'] = 3, ['9'] = 3, [';'] = 3,  ['<'] = 3,
    ['='] = 3,      ['>'] = 3,      ['?'] = 3, ['@'] = 3, ['A'] = 3, ['B'] = 3, ['C'] = 3, ['D'] = 3,  ['E'] = 3,
    ['F'] = 3,      ['G'] = 3,      ['H'] = 3, ['I'] = 3, ['J'] = 3, ['K'] = 3, ['L'] = 3, ['M'] = 3,  ['N'] = 3,
    ['O'] = 3,      ['P'] = 3,      ['Q'] = 3, ['R'] = 3, ['S'] = 3, ['T'] = 3, ['U'] = 3, ['V'] = 3,  ['W'] = 3,
    ['X'] = 3,      ['Y'] = 3,      ['Z'] = 3, ['['] = 3, [']'] = 3, ['^'] = 3, ['_'] = 3, ['`'] = 3,  ['a'] = 3,
    ['b'] = 3,      ['c'] = 3,      ['d'] = 3, ['e'] = 3, ['f'] = 3, ['g'] = 3, ['h'] = 3, ['i'] = 3,  ['j'] = 3,
    ['k'] = 3,      ['l'] = 3,      ['m'] = 3, ['n'] = 3, ['o'] = 3, ['p'] = 3, ['q'] = 3, ['r'] = 3,  ['s'] = 3,
    ['t'] = 3,      ['u'] = 3,      ['v'] = 3, ['w'] = 3, ['x'] = 3, ['y'] = 3, ['z'] = 3, ['|'] = 3,  ['~'] = 3,
};

/* A word that could also be written otherwise ("007", "4-7") is left to the exact checker. */
static bool is_single_word(ftblab_slice word_text)
{
  char c = word_text.length > 0 ? word_text.data[0] : '-';
  if (c != '-' && (c < '0' || c > '9'))
    return true;
  if (c == '-' || (c == '0' && word_text.length > 1) || word_text.length > 18)
    return false;
  for (size_t i = 0; i < word_text.length; i++)
    if (word_text.data[i] < '0' || word_text.data[i] > '9')
      return false;
  return true;
}

static bool read_by(const stream *s, const form *f, ftblab_slice text, reading *into)
{
  const char *at = text.data, *end = text.data + text.length, *piece = f->pieces;
  for (uint8_t i = 0; i < f->slots; i++) {
    size_t length = f->piece[i];
    if ((size_t)(end - at) <= length || !ftblab_same_bytes(at, piece, length))
      return false;
    at += length;
    piece += length;
    bool single = (s->single_keys >> f->key[i] & 1) != 0;
    uint8_t allowed = single || !f->braces[i] ? IN_WORD : IN_SET;
    const char *start = at;
    while (at < end && in_value[(unsigned char)*at] & allowed)
      at++;
    into->value[i] = (ftblab_slice){start, (size_t)(at - start)};
    if (at == start || at - start > 200 || (single && !is_single_word(into->value[i])))
      return false;
  }
  size_t length = f->piece[f->slots];
  into->form = f;
  return (size_t)(end - at) == length && ftblab_same_bytes(at, piece, length);
}

typedef struct maker {
  const char *at, *end;
  ftblab_text *pieces;
  form form;
  size_t piece_start;
} maker;

static void keep(maker *m, const char *from)
{
  ftblab_text_add_bytes(m->pieces, from, (size_t)(m->at - from));
}

static void skip_blanks(maker *m)
{
  while (m->at < m->end && (*m->at == ' ' || *m->at == '\t'))
    m->at++;
}

/* "key: {value}" or "key: value"; the value itself is not of the form. */
static bool make_pair(stream *s, maker *m, uint64_t *keys)
{
  const char *start = m->at;
  skip_blanks(m);
  const char *name = m->at;
  while (m->at < m->end && in_value[(unsigned char)*m->at] & IN_WORD)
    m->at++;
  int key = ftblab_spec_key(s->spec, name, (size_t)(m->at - name));
  skip_blanks(m);
  if (key == FTBLAB_NONE || *keys >> key & 1 || m->form.slots == MAX_SLOTS || m->at == m->end || *m->at != ':')
    return false;
  *keys |= (uint64_t)1 << key;
  m->at++;
  skip_blanks(m);
  bool braces = m->at < m->end && *m->at == '{';
  if (braces) {
    m->at++;
    skip_blanks(m);
  }
  keep(m, start);
  uint8_t slot = m->form.slots++;
  m->form.key[slot] = (uint8_t)key;
  m->form.braces[slot] = braces;
  m->form.piece[slot] = (uint16_t)(m->pieces->length - m->piece_start);
  m->piece_start = m->pieces->length;
  uint8_t allowed = braces && !(s->single_keys >> key & 1) ? IN_SET : IN_WORD;
  while (m->at < m->end && in_value[(unsigned char)*m->at] & allowed)
    m->at++;
  start = m->at;
  skip_blanks(m);
  if (braces) {
    if (m->at == m->end || *m->at != '}')
      return false;
    m->at++;
    skip_blanks(m);
  }
  keep(m, start);
  return true;
}

static bool make_form(stream *s, ftblab_slice payload, maker *m)
{
  uint64_t keys = 0;
  ftblab_text_clear(&s->text);
  *m = (maker){.at = payload.data, .end = payload.data + payload.length, .pieces = &s->text};
  for (;;) {
    if (!make_pair(s, m, &keys))
      return false;
    if (m->at == m->end)
      break;
    if (*m->at != ',')
      return false;
    m->at++;
    keep(m, m->at - 1);
  }
  m->form.piece[m->form.slots] = (uint16_t)(s->text.length - m->piece_start);
  return !s->text.failed;
}

/* The form of PAYLOAD, by its pieces and where they end; NULL: none. */
static form *find_form(stream *s, ftblab_slice payload)
{
  maker m;
  if (payload.length > FTBLAB_PAYLOAD_LIMIT || !make_form(s, payload, &m))
    return NULL;
  ftblab_text_add_bytes(&s->text, (const char *)m.form.piece, (m.form.slots + 1u) * sizeof m.form.piece[0]);
  ftblab_text_add_bytes(&s->text, (const char *)&m.form.slots, sizeof m.form.slots);
  uint32_t number = ftblab_names_add(s->form_names, ftblab_text_string(&s->text), s->text.length);
  if (number == FTBLAB_NO_NAME || s->text.failed) {
    s->failed = true;
    return NULL;
  }
  if (number >= MAX_FORMS)
    return NULL;
  form *f = &s->forms[number];
  if (f->pieces == NULL) {
    *f = m.form;
    f->number = number;
    f->pieces = ftblab_names_string(s->form_names, number);
    f->usages = calloc(s->spec->event_count, sizeof *f->usages);
    s->form_count = number + 1;
    if (f->usages == NULL) {
      f->pieces = NULL;
      s->failed = true;
      return NULL;
    }
  }
  return f;
}

/* Which values of a payload are words of the index, and whose. */
static void use_words(const stream *s, usage *u, const record_class *c)
{
  for (uint8_t i = 0; i < u->form->slots; i++)
    if (c->ties >> u->form->key[i] & 1) {
      u->word_is_job[u->word_count] = (s->job_keys >> u->form->key[i] & 1) != 0;
      u->word_slot[u->word_count++] = i;
    }
  for (int g = 0; g < s->probe->group_count; g++)
    for (uint8_t i = 0; i < u->word_count; i++) {
      int variable = ftblab_variables_of(s, g, c->event)[u->form->key[u->word_slot[i]]];
      if (variable >= 0 && s->tie_variables[g] >> variable & 1 &&
          u->word_is_job[i] == ((s->job_variables >> variable & 1) != 0))
        u->tying[i] |= (uint64_t)1 << g;
    }
}

static void use_variables(const stream *s, usage *u, const record_class *c)
{
  for (int g = 0; g < s->probe->group_count; g++) {
    struct usage_of_group *of = &u->of[g];
    bool agreeing = true;
    for (uint8_t i = 0; i < u->form->slots && agreeing; i++) {
      int variable = ftblab_variables_of(s, g, c->event)[u->form->key[i]];
      agreeing = variable >= 0 && !(of->needs >> variable & 1);
      of->variable[i] = agreeing ? (uint8_t)variable : 0;
      of->needs = agreeing ? (uint16_t)(of->needs | 1u << variable) : 0;
    }
    if (agreeing)
      u->agreeing |= (uint64_t)1 << g;
  }
}

/* The pieces, to be compared at once; a value ends where the next piece begins, or the payload does. */
static void use_pieces(usage *u)
{
  const char *piece = u->form->pieces;
  u->quick = u->word_count > 0;
  u->first_only = u->word_count == 1 && u->word_slot[0] == 0;
  for (uint8_t i = 0; i <= u->form->slots; i++) {
    size_t length = u->form->piece[i];
    u->quick = u->quick && length <= SHORT_PIECE;
    if (!u->quick)
      return;
    memcpy(u->pieces[i], piece, length);
    u->masks[i] = (uint16_t)((1u << length) - 1);
    if (i < u->form->slots) {
      memcpy(&u->heads[i], u->pieces[i], sizeof u->heads[i]);
      memset(&u->head_masks[i], 0xFF, length < sizeof u->heads[i] ? length : sizeof u->heads[i]);
    }
    if (i > 0)
      u->stop[i - 1] = (length > 0 ? (unsigned char)piece[0] : 0) * UINT64_C(0x0101010101010101);
    piece += length;
  }
}

/* What a payload of this form says to the event of K; NULL: no memory. */
static const usage *use_of(stream *s, form *f, const kind *k, ftblab_slice payload)
{
  const record_class *c = k->of;
  if (f->usages[c->event] != NULL)
    return f->usages[c->event];
  ftblab_status status;
  ftblab_record record = k->constant;
  record.payload = payload;
  const entry *e = ftblab_entry_make(s->probe, &record, &status);
  usage *u = calloc(1, sizeof *u + (size_t)s->probe->group_count * sizeof *u->of);
  if (e == NULL || u == NULL) {
    free(u);
    s->failed = true;
    return NULL;
  }
  u->form = f;
  u->fits = (e->defects & (DEFECT_GRAMMAR | DEFECT_KEY)) == 0;
  u->unkeyed = c->knows & ~c->keyed;
  use_words(s, u, c);
  use_variables(s, u, c);
  use_pieces(u);
  return f->usages[c->event] = u;
}

bool ftblab_payload_read(stream *s, kind *k, const ftblab_record *record, reading *into)
{
  if (record->payload.data == NULL || record->payload.length > FTBLAB_PAYLOAD_LIMIT)
    return false;
  form *f = k->form == NONE ? NULL : &s->forms[k->form];
  if (f == NULL || !read_by(s, f, record->payload, into)) {
    f = find_form(s, record->payload);
    if (f == NULL || !read_by(s, f, record->payload, into))
      return false;
    k->form = f->number;
  }
  const usage *u = use_of(s, f, k, record->payload);
  if (u == NULL || !u->fits)
    return false;
  if (k->use != u) {
    k->use = u;
    k->glance = u->quick && s->header.tie == 0;
    k->prefix = ftblab_prefix_of(k, f);
  }
  return true;
}

/* ---- once ---------------------------------------------------------------------------------------------- */

static void map_variables(stream *s, int number)
{
  const group *g = &s->probe->groups[number];
  for (int c = 0; c < g->workflow_count; c++)
    if (ftblab_group_workflow(s->probe, g, c)->promise != FTBLAB_NONE)
      s->promise_groups |= (uint64_t)1 << number;
  for (size_t event = 0; event < s->spec->event_count; event++) {
    const ftblab_row *row = g->by_event[event];
    int8_t *map = s->variables + ((size_t)number * s->spec->event_count + event) * s->spec->key_count;
    memset(map, -1, s->spec->key_count);
    for (size_t t = 0; row != NULL && t < row->term_count; t++) {
      const ftblab_term *term = &row->terms[t];
      if (term->kind != FTBLAB_TERM_WILD && !(g->quantified & 1u << term->variable))
        map[term->key] = (int8_t)term->variable;
      if (term->kind == FTBLAB_TERM_ONE && !(g->quantified & 1u << term->variable))
        s->single_keys |= (uint64_t)1 << term->key;
      if (term->kind == FTBLAB_TERM_ONE && s->tie_keys >> term->key & 1) {
        if (g->key_variables & 1u << term->variable)
          s->tie_variables[number] |= (uint64_t)1 << term->variable;
        if (s->job_keys >> term->key & 1)
          s->job_variables |= (uint64_t)1 << term->variable;
        if ((int)event == g->trigger)
          s->plain_groups |= (uint64_t)1 << number;
      }
    }
  }
}

ftblab_status ftblab_kinds_init(stream *s, ftblab_error *err)
{
  static const char *const ties[] = {"nodes", "jobs", "snode", "dnode"}; /* the last three are those of a move */
  size_t groups = (size_t)s->probe->group_count + 1, classes = s->spec->role_count * 2 * s->spec->event_count;
  for (size_t i = 0; i < FTBLAB_COUNT(ties); i++) {
    int key = ftblab_spec_key(s->spec, ties[i], strlen(ties[i]));
    uint64_t bit = key == FTBLAB_NONE ? 0 : (uint64_t)1 << key;
    s->tie_keys |= bit;
    s->single_keys = s->tie_keys;
    s->job_keys |= ties[i][0] == 'j' ? bit : 0;
    if (i == 0)
      s->node_keys = bit;
    else
      s->move_keys[i - 1] = bit;
  }
  s->class_table = malloc(classes * sizeof *s->class_table);
  s->forms = calloc(MAX_FORMS, sizeof *s->forms);
  s->form_names = ftblab_names_new();
  s->variables = malloc(groups * s->spec->event_count * s->spec->key_count);
  if (s->class_table == NULL || s->forms == NULL || s->form_names == NULL || s->variables == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
  memset(s->class_table, 0xFF, classes * sizeof *s->class_table);
  for (int i = 0; i < s->probe->group_count; i++)
    map_variables(s, i);
  return FTBLAB_OK;
}

int ftblab_kind_event(const stream *s, const kind *k)
{
  return k->class < s->class_count ? s->classes[k->class].event : FTBLAB_NONE;
}

static void free_form(const stream *s, const form *f)
{
  for (size_t event = 0; f->usages != NULL && event < s->spec->event_count; event++)
    free(f->usages[event]);
  free(f->usages);
}

void ftblab_kinds_free(stream *s)
{
  for (uint32_t i = 0; i < s->kind_count; i++)
    free(s->kinds[i]);
  for (uint32_t i = 0; s->forms != NULL && i < MAX_FORMS; i++)
    free_form(s, &s->forms[i]);
  free(s->kinds);
  free(s->kind_slots);
  free(s->class_table);
  free(s->forms);
  ftblab_names_free(s->form_names);
  free(s->variables);
}
