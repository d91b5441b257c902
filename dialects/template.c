/* template.c - values of a dialect: "${nodes|hostlist|not-in:down}", text around such, or a list of alternatives of
 * which the first that gives a word is taken. What must hold: a template alone between ${ and } is a list of words;
 * with text around it is one word, or none if something in it is absent. */
#include "parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef enum filter_kind {
  FILTER_HOSTLIST,
  FILTER_SPLIT,
  FILTER_RANGES,
  FILTER_MAP,
  FILTER_OF,
  FILTER_IN,
  FILTER_NOT_IN,
  FILTER_HOST,
  FILTER_RANK,
  FILTER_RANKS_OF,
  FILTER_INTERFACE,
  FILTER_LOWER,
  FILTER_UPPER,
  FILTER_FIRST,
  FILTER_ELSE,
  FILTER_JSON,
  FILTER_ORTE,
  FILTER_COUNT
} filter_kind;

/* Names, and what stands behind the colon: nothing, text (it may be absent), a map or a table. */
static const struct {
  const char *name;
  enum { TAKES_NOTHING, TAKES_TEXT, TAKES_MAP, TAKES_TABLE } takes;
} filters[FILTER_COUNT] = {
    [FILTER_HOSTLIST] = {"hostlist", TAKES_NOTHING},
    [FILTER_SPLIT] = {"split", TAKES_TEXT},
    [FILTER_RANGES] = {"ranges", TAKES_NOTHING},
    [FILTER_MAP] = {"map", TAKES_MAP},
    [FILTER_OF] = {"of", TAKES_TABLE},
    [FILTER_IN] = {"in", TAKES_TABLE},
    [FILTER_NOT_IN] = {"not-in", TAKES_TABLE},
    [FILTER_HOST] = {"host", TAKES_NOTHING},
    [FILTER_RANK] = {"rank", TAKES_NOTHING},
    [FILTER_RANKS_OF] = {"ranks-of", TAKES_NOTHING},
    [FILTER_INTERFACE] = {"iface", TAKES_NOTHING},
    [FILTER_LOWER] = {"lower", TAKES_NOTHING},
    [FILTER_UPPER] = {"upper", TAKES_NOTHING},
    [FILTER_FIRST] = {"first", TAKES_NOTHING},
    [FILTER_ELSE] = {"else", TAKES_TEXT},
    [FILTER_JSON] = {"json", TAKES_NOTHING},
    [FILTER_ORTE] = {"orte-job", TAKES_NOTHING},
};

typedef struct filter {
  filter_kind kind;
  const char *argument; /* "" if there is none */
  size_t number;        /* of the map or table */
} filter;

typedef struct part {
  const char *literal; /* NULL: a reference */
  size_t literal_length;
  size_t field;
  filter *filters;
  size_t filter_count;
} part;

struct template
{
  part *parts;
  size_t count;
  const template *otherwise; /* if this one gives no word */
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static ftblab_status no_memory(loader *l)
{
  return ftblab_fail(l->err, FTBLAB_ENOMEM, "no memory for a dialect");
}

static ftblab_status find_map(loader *l, const cJSON *node, const char *name, size_t *number)
{
  for (*number = 0; *number < l->dialect->map_count; ++*number)
    if (strcmp(l->dialect->maps[*number].name, name) == 0)
      return FTBLAB_OK;
  return ftblab_json_fail(l->document, node, l->err, "there is no map \"%s\"", name);
}

static ftblab_status read_filter(loader *l, const cJSON *node, const char *text, size_t length, filter *f)
{
  const char *colon = memchr(text, ':', length);
  size_t span = colon == NULL ? length : (size_t)(colon - text);
  f->argument =
      ftblab_pool_string(&l->dialect->pool, colon == NULL ? "" : colon + 1, colon == NULL ? 0 : length - span - 1);
  if (f->argument == NULL)
    return no_memory(l);
  for (int k = 0; k < FILTER_COUNT; k++) {
    if (strlen(filters[k].name) != span || memcmp(filters[k].name, text, span) != 0)
      continue;
    f->kind = (filter_kind)k;
    if (filters[k].takes == TAKES_NOTHING && colon != NULL)
      return ftblab_json_fail(l->document, node, l->err, "the filter \"%s\" takes nothing", filters[k].name);
    if (filters[k].takes == TAKES_MAP)
      return find_map(l, node, f->argument, &f->number);
    if (filters[k].takes == TAKES_TABLE)
      f->number = ftblab_table_number(l, f->argument);
    return f->number == FTBLAB_NO_NAME ? no_memory(l) : FTBLAB_OK;
  }
  return ftblab_json_fail(l->document, node, l->err, "there is no filter \"%.*s\"", (int)span, text);
}

/* "nodes|hostlist|not-in:down" */
static ftblab_status read_reference(loader *l, const cJSON *node, const char *text, size_t length, part *p)
{
  const char *bar = memchr(text, '|', length);
  size_t span = bar == NULL ? length : (size_t)(bar - text), count = 0;
  if (span == 0)
    return ftblab_json_fail(l->document, node, l->err, "${ must be followed by the name of a field");
  p->field = ftblab_names_add(l->dialect->fields, text, span);
  for (size_t i = 0; i < length; i++)
    count += text[i] == '|';
  p->filters = ftblab_pool_take(&l->dialect->pool, (count + 1) * sizeof *p->filters);
  if (p->filters == NULL || p->field == FTBLAB_NO_NAME)
    return no_memory(l);
  ftblab_status status = FTBLAB_OK;
  for (const char *at = text + span, *end = text + length; at < end && status == FTBLAB_OK;) {
    at++;
    const char *next = memchr(at, '|', (size_t)(end - at));
    next = next == NULL ? end : next;
    status = read_filter(l, node, at, (size_t)(next - at), &p->filters[p->filter_count++]);
    at = next;
  }
  return status;
}

static ftblab_status read_parts(loader *l, const cJSON *node, template *t)
{
  const char *text = node->valuestring;
  size_t most = 1;
  for (const char *at = text; (at = strstr(at, "${")) != NULL; at += 2)
    most += 2;
  t->parts = ftblab_pool_take(&l->dialect->pool, most * sizeof *t->parts);
  if (t->parts == NULL)
    return no_memory(l);
  for (const char *at = text; *at != '\0';) {
    part *p = &t->parts[t->count++];
    const char *open = strstr(at, "${"), *close = open == NULL ? NULL : strchr(open, '}');
    if (open != at) {
      p->literal = at;
      p->literal_length = open == NULL ? strlen(at) : (size_t)(open - at);
      at += p->literal_length;
      continue;
    }
    if (close == NULL)
      return ftblab_json_fail(l->document, node, l->err, "${ without }");
    ftblab_status status = read_reference(l, node, open + 2, (size_t)(close - open - 2), p);
    if (status != FTBLAB_OK)
      return status;
    at = close + 1;
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_template_read(loader *l, const cJSON *node, const template **compiled)
{
  const cJSON *first = cJSON_IsArray(node) ? node->child : node;
  template *previous = NULL;
  for (const cJSON *one = first; one != NULL; one = cJSON_IsArray(node) ? one->next : NULL) {
    template *t = ftblab_pool_take(&l->dialect->pool, sizeof *t);
    ftblab_status status = t == NULL ? no_memory(l) : read_parts(l, one, t);
    if (status != FTBLAB_OK)
      return status;
    if (previous == NULL)
      *compiled = t;
    else
      previous->otherwise = t;
    previous = t;
  }
  return FTBLAB_OK;
}

/* ---- filters ---------------------------------------------------------------------------------------------------- */

static void split(const char *word, const char *marks, pool *p, words *w)
{
  marks = *marks == '\0' ? ", \t" : marks;
  for (const char *at = word; *at != '\0';) {
    size_t span = strcspn(at, marks);
    if (span > 0)
      ftblab_words_add(p, w, at, span);
    at += span + (at[span] != '\0');
  }
}

#define MOST_IN_RANGE 1048576 /* chosen: more ranks than any machine has had */

/* "4-7" is 4, 5, 6 and 7; what is no range stays. */
static void spread(const char *word, pool *p, words *w)
{
  char *end, number[32];
  unsigned long first = strtoul(word, &end, 10), last = first;
  bool fits = isdigit((unsigned char)word[0]) && *end == '-' && isdigit((unsigned char)end[1]);
  if (fits)
    last = strtoul(end + 1, &end, 10);
  if (!fits || *end != '\0' || last < first || last - first > MOST_IN_RANGE) {
    ftblab_words_add(p, w, word, strlen(word));
    return;
  }
  for (unsigned long n = first; n <= last; n++)
    ftblab_words_add(p, w, number, (size_t)snprintf(number, sizeof number, "%lu", n));
}

static void change_case(const char *word, bool upper, pool *p, words *w)
{
  char *copy = ftblab_pool_string(p, word, strlen(word));
  for (char *c = copy; c != NULL && *c != '\0'; c++)
    *c = (char)(upper ? toupper((unsigned char)*c) : tolower((unsigned char)*c));
  if (copy != NULL)
    ftblab_words_add(p, w, copy, strlen(copy));
}

/* The inside of a JSON string, its quotes taken off. */
static void decode(const char *word, pool *p, words *w)
{
  ftblab_text quoted = {0};
  ftblab_text_addf(&quoted, "\"%s\"", word);
  cJSON *value = quoted.failed ? NULL : cJSON_Parse(quoted.data);
  const char *text = cJSON_GetStringValue(value);
  if (text == NULL)
    text = word;
  ftblab_words_add(p, w, text, strlen(text));
  p->failed = p->failed || quoted.failed;
  cJSON_Delete(value);
  ftblab_text_free(&quoted);
}

/* The job number of ORTE is the family and, in the lower 16 bits, the job in it. */
static void split_orte(const char *word, pool *p, words *w)
{
  char text[48], *end;
  unsigned long number = strtoul(word, &end, 10);
  if (end == word || *end != '\0')
    snprintf(text, sizeof text, "%s", word);
  else
    snprintf(text, sizeof text, "%lu.%lu", number >> 16, number & 65535);
  ftblab_words_add(p, w, text, strlen(text));
}

static void look_up(const map *m, const char *word, pool *p, words *w)
{
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  p->failed = p->failed || data == NULL;
  for (size_t i = 0; i < m->count && data != NULL; i++)
    if (pcre2_match(m->entries[i].pattern->code, (PCRE2_SPTR)word, strlen(word), 0, 0, data, NULL) >= 0) {
      ftblab_words_add(p, w, m->entries[i].value, strlen(m->entries[i].value));
      break;
    }
  pcre2_match_data_free(data);
}

static void apply_to_word(const filter *f, const scope *s, const char *word, words *w)
{
  switch (f->kind) {
  case FILTER_HOSTLIST:
    (void)ftblab_hostlist_expand(word, s->pool, w);
    break;
  case FILTER_SPLIT:
    split(word, f->argument, s->pool, w);
    break;
  case FILTER_RANGES:
    spread(word, s->pool, w);
    break;
  case FILTER_MAP:
    look_up(&s->dialect->maps[f->number], word, s->pool, w);
    break;
  case FILTER_OF:
    ftblab_tables_get(s->tables, f->number, word, s->pool, w);
    break;
  case FILTER_IN:
  case FILTER_NOT_IN:
    if (ftblab_tables_has(s->tables, f->number, word) == (f->kind == FILTER_IN))
      ftblab_words_add(s->pool, w, word, strlen(word));
    break;
  case FILTER_HOST:
    ftblab_hosts_name(s->hosts, word, s->pool, w);
    break;
  case FILTER_RANK:
    ftblab_hosts_rank(s->hosts, word, s->pool, w);
    break;
  case FILTER_RANKS_OF:
    ftblab_hosts_ranks(s->hosts, word, s->pool, w);
    break;
  case FILTER_INTERFACE:
    ftblab_hosts_interface(s->hosts, word, s->pool, w);
    break;
  case FILTER_LOWER:
  case FILTER_UPPER:
    change_case(word, f->kind == FILTER_UPPER, s->pool, w);
    break;
  case FILTER_FIRST:
    if (w->count == 0)
      ftblab_words_add(s->pool, w, word, strlen(word));
    break;
  case FILTER_JSON:
    decode(word, s->pool, w);
    break;
  case FILTER_ORTE:
    split_orte(word, s->pool, w);
    break;
  case FILTER_ELSE:
    ftblab_words_add(s->pool, w, word, strlen(word));
    break;
  case FILTER_COUNT:
    break;
  }
}

static void evaluate_reference(const part *p, const scope *s, words *w)
{
  words now = {0};
  const ftblab_slice *value = &s->fields[p->field];
  if (value->data != NULL && value->length > 0) /* "client=" names nobody */
    ftblab_words_add(s->pool, &now, value->data, value->length);
  for (size_t f = 0; f < p->filter_count; f++) {
    words next = {0};
    for (size_t i = 0; i < now.count; i++)
      apply_to_word(&p->filters[f], s, now.at[i], &next);
    if (next.count == 0 && p->filters[f].kind == FILTER_ELSE)
      ftblab_words_add(s->pool, &next, p->filters[f].argument, strlen(p->filters[f].argument));
    now = next;
  }
  for (size_t i = 0; i < now.count; i++)
    ftblab_words_add(s->pool, w, now.at[i], strlen(now.at[i]));
}

static bool join(const template *t, const scope *s, ftblab_text *text)
{
  for (size_t i = 0; i < t->count; i++) {
    const part *p = &t->parts[i];
    words inner = {0};
    if (p->literal != NULL) {
      ftblab_text_add_bytes(text, p->literal, p->literal_length);
      continue;
    }
    evaluate_reference(p, s, &inner);
    if (inner.count == 0)
      return false;
    for (size_t k = 0; k < inner.count; k++) {
      ftblab_text_add(text, k > 0 ? "," : "");
      ftblab_text_add(text, inner.at[k]);
    }
  }
  return true;
}

void ftblab_template_words(const template *t, const scope *s, words *w)
{
  size_t before = w->count;
  for (; t != NULL && w->count == before; t = t->otherwise) {
    ftblab_text text = {0};
    if (t->count == 1 && t->parts[0].literal == NULL)
      evaluate_reference(&t->parts[0], s, w);
    else if (join(t, s, &text) && !text.failed)
      ftblab_words_add(s->pool, w, ftblab_text_string(&text), text.length);
    s->pool->failed = s->pool->failed || text.failed;
    ftblab_text_free(&text);
  }
}

const char *ftblab_template_constant(const template *t)
{
  bool is_constant = t != NULL && t->otherwise == NULL && t->count == 1 && t->parts[0].literal != NULL;
  return is_constant ? t->parts[0].literal : NULL;
}
