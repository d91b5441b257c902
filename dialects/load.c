/* load.c - a dialect from its document. The document is held against the schema first, so that what is left to look for
 * are patterns that do not compile and names that lead nowhere. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

extern const unsigned char ftblab_embedded_dialect_schema_json[];
extern const size_t ftblab_embedded_dialect_schema_json_length;

static ftblab_status no_memory(loader *l)
{
  return ftblab_fail(l->err, FTBLAB_ENOMEM, "no memory for a dialect");
}

static const cJSON *item_of(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* ---- patterns --------------------------------------------------------------------------------------------------- */

/* The fields that the named groups of P fill in. */
static ftblab_status name_groups(loader *l, pattern *p)
{
  uint32_t count = 0, size = 0;
  PCRE2_SPTR table = NULL;
  pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &p->groups);
  pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &count);
  pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
  pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
  p->fields = ftblab_pool_take(&l->dialect->pool, (p->groups + 1) * sizeof *p->fields);
  if (p->fields == NULL)
    return no_memory(l);
  for (uint32_t g = 0; g <= p->groups; g++)
    p->fields[g] = NO_FIELD;
  for (uint32_t i = 0; i < count; i++) {
    PCRE2_SPTR entry = table + (size_t)i * size;
    const char *name = (const char *)(entry + 2);
    uint32_t number = ftblab_names_add(l->dialect->fields, name, strlen(name));
    if (number == FTBLAB_NO_NAME)
      return no_memory(l);
    p->fields[(unsigned)entry[0] << 8 | entry[1]] = number;
  }
  return FTBLAB_OK;
}

static ftblab_status compile_text(loader *l, const cJSON *node, const char *text, const pattern **compiled)
{
  ftblab_dialect *d = l->dialect;
  int code;
  PCRE2_SIZE offset;
  if (d->compiled_count == d->compiled_capacity) {
    size_t capacity = d->compiled_capacity ? 2 * d->compiled_capacity : 64;
    pcre2_code **grown = realloc(d->compiled, capacity * sizeof(*grown));
    if (grown == NULL)
      return no_memory(l);
    d->compiled = grown;
    d->compiled_capacity = capacity;
  }
  pattern *p = ftblab_pool_take(&d->pool, sizeof *p);
  if (p == NULL)
    return no_memory(l);
  p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_DUPNAMES, &code, &offset, NULL);
  if (p->code == NULL) {
    PCRE2_UCHAR why[160] = "";
    pcre2_get_error_message(code, why, sizeof why);
    return ftblab_json_fail(l->document, node, l->err, "this pattern is wrong at character %zu: %s", (size_t)offset + 1,
                            (const char *)why);
  }
  d->compiled[d->compiled_count++] = p->code;
  (void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE); /* without it matching is slower, nothing else */
  *compiled = p;
  return name_groups(l, p);
}

ftblab_status ftblab_compile(loader *l, const cJSON *node, const pattern **compiled)
{
  return compile_text(l, node, node->valuestring, compiled);
}

/* Append to *LIST the patterns of the array NODE. */
static ftblab_status read_patterns(loader *l, const cJSON *node, const pattern ***list, size_t *count)
{
  const cJSON *item;
  size_t more = (size_t)cJSON_GetArraySize(node);
  const pattern **grown = ftblab_pool_take(&l->dialect->pool, (*count + more + 1) * sizeof(*grown));
  if (grown == NULL)
    return no_memory(l);
  if (*count > 0)
    memcpy(grown, *list, *count * sizeof(*grown));
  *list = grown;
  cJSON_ArrayForEach(item, node)
  {
    ftblab_status status = ftblab_compile(l, item, &grown[*count]);
    if (status != FTBLAB_OK)
      return status;
    ++*count;
  }
  return FTBLAB_OK;
}

/* ---- maps, times ------------------------------------------------------------------------------------------------ */

static ftblab_status read_map(loader *l, const cJSON *node, map *m)
{
  const cJSON *item;
  m->name = node->string;
  m->entries = ftblab_pool_take(&l->dialect->pool, ((size_t)cJSON_GetArraySize(node) + 1) * sizeof *m->entries);
  if (m->entries == NULL)
    return no_memory(l);
  cJSON_ArrayForEach(item, node)
  {
    m->entries[m->count].value = item->valuestring;
    ftblab_status status = compile_text(l, item, item->string, &m->entries[m->count].pattern);
    if (status != FTBLAB_OK)
      return status;
    m->count++;
  }
  return FTBLAB_OK;
}

static ftblab_status read_maps(loader *l, const cJSON *node)
{
  const cJSON *item;
  ftblab_dialect *d = l->dialect;
  map *grown = ftblab_pool_take(&d->pool, (d->map_count + (size_t)cJSON_GetArraySize(node) + 1) * sizeof *grown);
  if (grown == NULL)
    return no_memory(l);
  if (d->map_count > 0)
    memcpy(grown, d->maps, d->map_count * sizeof *grown);
  d->maps = grown;
  cJSON_ArrayForEach(item, node)
  {
    ftblab_status status = read_map(l, item, &grown[d->map_count]);
    if (status != FTBLAB_OK)
      return status;
    d->map_count++;
  }
  return FTBLAB_OK;
}

static ftblab_status read_formats(loader *l, const cJSON *node)
{
  const cJSON *item;
  ftblab_dialect *d = l->dialect;
  const char **grown =
      ftblab_pool_take(&d->pool, (d->format_count + (size_t)cJSON_GetArraySize(node) + 1) * sizeof *grown);
  if (grown == NULL)
    return no_memory(l);
  if (d->format_count > 0)
    memcpy(grown, d->formats, d->format_count * sizeof *grown);
  d->formats = grown;
  cJSON_ArrayForEach(item, node)
  {
    const char *reason = ftblab_clock_check(item->valuestring);
    if (reason != NULL)
      return ftblab_json_fail(l->document, item, l->err, "%s", reason);
    grown[d->format_count++] = item->valuestring;
  }
  return FTBLAB_OK;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static ftblab_status read_rule_patterns(loader *l, const cJSON *node, rule *r)
{
  size_t most = cJSON_IsObject(node) ? (size_t)cJSON_GetArraySize(node) : 1;
  r->patterns = ftblab_pool_take(&l->dialect->pool, (most + 1) * sizeof *r->patterns);
  if (r->patterns == NULL)
    return no_memory(l);
  if (cJSON_IsString(node)) {
    r->pattern_count = 1;
    r->patterns[0].field = l->dialect->line_field;
    return ftblab_compile(l, node, &r->patterns[0].pattern);
  }
  const cJSON *item;
  cJSON_ArrayForEach(item, node)
  {
    field_pattern *p = &r->patterns[r->pattern_count++];
    p->field = ftblab_names_add(l->dialect->fields, item->string, strlen(item->string));
    if (p->field == FTBLAB_NO_NAME)
      return no_memory(l);
    ftblab_status status = ftblab_compile(l, item, &p->pattern);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status read_derived(loader *l, const cJSON *node, rule *r)
{
  const cJSON *item;
  r->derived = ftblab_pool_take(&l->dialect->pool, ((size_t)cJSON_GetArraySize(node) + 1) * sizeof *r->derived);
  if (r->derived == NULL)
    return no_memory(l);
  cJSON_ArrayForEach(item, node)
  {
    derived_field *d = &r->derived[r->derived_count++];
    d->field = ftblab_names_add(l->dialect->fields, item->string, strlen(item->string));
    ftblab_status status = d->field == FTBLAB_NO_NAME ? no_memory(l) : ftblab_template_read(l, item, &d->value);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

/* What a rule does not say of its records, the dialect may say for all. */
static void take_defaults(rule *r, const step *defaults)
{
  for (size_t i = 0; i < r->step_count; i++)
    for (int p = 0; p < PART_COUNT && r->steps[i].kind == STEP_RECORD; p++)
      if (r->steps[i].parts[p] == NULL && !(p == PART_PAYLOAD && r->steps[i].keys != NULL))
        r->steps[i].parts[p] = defaults->parts[p];
}

static ftblab_status read_rule(loader *l, const cJSON *node, const step *defaults, rule *r)
{
  const cJSON *lines = item_of(node, "lines"), *order = item_of(node, "order");
  r->name = item_of(node, "name")->valuestring;
  r->lines = lines == NULL ? 1 : (size_t)lines->valuedouble;
  r->order = order == NULL ? 0 : (int)order->valuedouble;
  r->ignore = cJSON_GetStringValue(item_of(node, "ignore"));
  r->repeat = cJSON_GetStringValue(item_of(node, "repeat"));
  ftblab_status status = read_rule_patterns(l, item_of(node, "pattern"), r);
  if (status == FTBLAB_OK)
    status = read_derived(l, item_of(node, "let"), r);
  if (status == FTBLAB_OK)
    status = ftblab_conditions_read(l, item_of(node, "when"), &r->conditions, &r->condition_count);
  if (status == FTBLAB_OK)
    status = ftblab_steps_read(l, item_of(node, "do"), r);
  take_defaults(r, defaults);
  for (size_t i = 0; i < r->step_count && status == FTBLAB_OK; i++)
    if (r->steps[i].kind == STEP_RECORD && r->steps[i].parts[PART_COMPONENT] == NULL)
      status = ftblab_json_fail(l->document, node, l->err, "a record needs a \"component\", here or in \"defaults\"");
  return status;
}

static ftblab_status read_defaults(loader *l, const cJSON *node, step *defaults)
{
  for (int i = 0; i < PART_COUNT; i++) {
    const cJSON *value = item_of(node, ftblab_part_names[i]);
    ftblab_status status = value == NULL ? FTBLAB_OK : ftblab_template_read(l, value, &defaults->parts[i]);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status read_rules(loader *l, const cJSON *root)
{
  const cJSON *node = item_of(root, "rules"), *item;
  ftblab_dialect *d = l->dialect;
  step defaults = {0};
  rule *grown = ftblab_pool_take(&d->pool, (d->rule_count + (size_t)cJSON_GetArraySize(node) + 1) * sizeof *grown);
  if (grown == NULL)
    return no_memory(l);
  if (d->rule_count > 0)
    memcpy(grown, d->rules, d->rule_count * sizeof *grown);
  d->rules = grown;
  ftblab_status status = read_defaults(l, item_of(root, "defaults"), &defaults);
  cJSON_ArrayForEach(item, node)
  {
    if (status != FTBLAB_OK)
      return status;
    status = read_rule(l, item, &defaults, &grown[d->rule_count++]);
  }
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static ftblab_status read_observes(loader *l, const cJSON *node, ftblab_trace_header *header)
{
  const cJSON *component, *action;
  memset(header->observes, 0, sizeof header->observes);
  cJSON_ArrayForEach(component, node)
  {
    if (header->seen_count == FTBLAB_SEEN_COMPONENTS)
      return ftblab_json_fail(l->document, component, l->err, "more than %d components", FTBLAB_SEEN_COMPONENTS);
    ftblab_seen *seen = &header->seen[header->seen_count++];
    snprintf(seen->component, sizeof seen->component, "%s", component->string);
    cJSON_ArrayForEach(action, component)
    {
      for (int a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++)
        if (strcmp(action->valuestring, ftblab_action_name((ftblab_action)a)) == 0)
          header->observes[a] = seen->actions[a] = true;
    }
  }
  return FTBLAB_OK;
}

/* Only the dialect itself says what it observes, not those that it extends. */
static ftblab_status read_header(loader *l, const cJSON *root)
{
  static const char *const forms[] = {"text", "pairs", "csv", "jsonl"};
  ftblab_trace_header *header = &l->dialect->header;
  const char *form = cJSON_GetStringValue(item_of(root, "form")), *start = cJSON_GetStringValue(item_of(root, "start"));
  const cJSON *tie = item_of(root, "tie"), *tick = item_of(root, "tick"), *payload = item_of(root, "payload");
  l->dialect->name = item_of(root, "name")->valuestring;
  l->dialect->title = item_of(root, "title")->valuestring;
  for (size_t i = 0; i < FTBLAB_COUNT(forms) && form != NULL; i++)
    if (strcmp(forms[i], form) == 0)
      l->dialect->form = (dialect_form)i;
  header->present = true;
  snprintf(header->source, sizeof header->source, "%s", l->dialect->name);
  header->start = start != NULL && strcmp(start, "boot") == 0 ? FTBLAB_START_BOOT : FTBLAB_START_MID;
  header->tie = tie == NULL ? 0 : (int64_t)(tie->valuedouble * 1e9 + 0.5);
  l->dialect->tick = tick == NULL ? 0 : (int64_t)(tick->valuedouble * 1e9 + 0.5);
  l->dialect->sorts = cJSON_IsTrue(item_of(root, "sorts"));
  l->dialect->rotates = cJSON_IsTrue(item_of(root, "rotates"));
  header->no_payload = payload != NULL && cJSON_IsFalse(payload);
  return read_observes(l, item_of(root, "observes"), header);
}

static ftblab_status read_numbers(loader *l, const cJSON *node)
{
  numbered *n = &l->dialect->numbers;
  if (node == NULL || n->source != NULL)
    return FTBLAB_OK;
  n->bits = item_of(node, "bits")->valueint;
  ftblab_status status = ftblab_template_read(l, item_of(node, "source"), &n->source);
  if (status == FTBLAB_OK)
    status = ftblab_template_read(l, item_of(node, "number"), &n->number);
  return status == FTBLAB_OK ? ftblab_conditions_read(l, item_of(node, "when"), &n->conditions, &n->condition_count)
                             : status;
}

/* Everything but the rules, which may name maps of a dialect that is extended. */
static ftblab_status take_head(loader *l, bool outermost)
{
  ftblab_dialect *d = l->dialect;
  const cJSON *root = ftblab_json_root(l->document);
  ftblab_status status = outermost ? read_header(l, root) : FTBLAB_OK;
  if (status == FTBLAB_OK)
    status = read_patterns(l, item_of(root, "strip"), &d->strips, &d->strip_count);
  if (status == FTBLAB_OK)
    status = read_patterns(l, item_of(root, "heads"), &d->heads, &d->head_count);
  if (status == FTBLAB_OK)
    status = read_formats(l, item_of(root, "times"));
  if (status == FTBLAB_OK)
    status = read_maps(l, item_of(root, "maps"));
  if (status == FTBLAB_OK)
    status = read_numbers(l, item_of(root, "numbers"));
  if (status == FTBLAB_OK && outermost && item_of(root, "time") != NULL)
    status = ftblab_template_read(l, item_of(root, "time"), &d->time);
  return status;
}

/* The event of a record that has always the same one; NULL: it depends on the line. */
static const char *constant_event(const step *s)
{
  return s->kind == STEP_RECORD ? ftblab_template_constant(s->parts[PART_EVENT]) : NULL;
}

static bool is_named(const char *list, const char *event)
{
  size_t length = strlen(event);
  for (const char *at = list; *at != '\0';) {
    size_t span = strcspn(at, ",");
    if (span == length && memcmp(at, event, span) == 0)
      return true;
    at += span + (at[span] == ',');
  }
  return false;
}

/* What a component throws is seen as far as some rule makes a record of it. A rule whose event or component depends on
 * the line shows all. */
static void limit_throws(const ftblab_dialect *d, ftblab_seen *seen)
{
  seen->throws[0] = '\0';
  for (size_t i = 0; i < d->rule_count; i++)
    for (size_t k = 0; k < d->rules[i].step_count; k++) {
      const step *s = &d->rules[i].steps[k];
      const char *component = s->kind == STEP_RECORD ? ftblab_template_constant(s->parts[PART_COMPONENT]) : NULL;
      const char *event = constant_event(s), *action = ftblab_template_constant(s->parts[PART_ACTION]);
      if (s->kind != STEP_RECORD || (action != NULL && strcmp(action, "throw") != 0))
        continue;
      size_t used = strlen(seen->throws);
      bool too_long = event != NULL && used + strlen(event) + 2 > sizeof seen->throws;
      if (component == NULL || event == NULL || too_long) {
        seen->throws[0] = '\0';
        return;
      }
      if (strcmp(component, seen->component) == 0 && !is_named(seen->throws, event))
        snprintf(seen->throws + used, sizeof seen->throws - used, "%s%s", used > 0 ? "," : "", event);
    }
}

/* All documents of the dialect, the outermost first: what it says itself goes before what it extends. */
static ftblab_status take_all(loader *l)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < l->dialect->document_count && status == FTBLAB_OK; i++) {
    l->document = l->dialect->documents[i];
    status = take_head(l, i == 0);
  }
  for (size_t i = 0; i < l->dialect->document_count && status == FTBLAB_OK; i++) {
    l->document = l->dialect->documents[i];
    status = read_rules(l, ftblab_json_root(l->document));
  }
  ftblab_trace_header *header = &l->dialect->header;
  for (size_t i = 0; i < header->seen_count && status == FTBLAB_OK; i++)
    limit_throws(l->dialect, &header->seen[i]);
  return status;
}

ftblab_status ftblab_dialect_valid(const ftblab_json *json, ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_status status =
      ftblab_json_parse((const char *)ftblab_embedded_dialect_schema_json, ftblab_embedded_dialect_schema_json_length,
                        "dialect.schema.json", &schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(json, schema, err);
  ftblab_json_free(schema);
  return status;
}

static ftblab_status fail_unknown(loader *l, const char *name, const cJSON *asked)
{
  const char *nearest = ftblab_shipped_nearest(name);
  if (asked != NULL)
    return ftblab_json_fail(l->document, asked, l->err, "there is no dialect \"%s\"", name);
  return ftblab_fail(l->err, FTBLAB_EUSAGE, "there is no dialect '%s'%s%s%s; 'ftblab import --list' names them", name,
                     nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* The documents of a dialect and of those that it extends. */
static ftblab_status read_documents(loader *l, const char *name)
{
  ftblab_dialect *d = l->dialect;
  const cJSON *extends = NULL;
  do {
    bool exists = false;
    ftblab_json *json = NULL;
    if (d->document_count == FTBLAB_COUNT(d->documents))
      return ftblab_json_fail(l->document, extends, l->err, "too many dialects that extend each other");
    ftblab_status status = ftblab_shipped_parse(name, &exists, &json, l->err);
    if (json != NULL)
      d->documents[d->document_count++] = json;
    if (status == FTBLAB_OK && exists)
      status = ftblab_dialect_valid(json, l->err);
    if (status == FTBLAB_OK && !exists)
      status = fail_unknown(l, name, extends);
    if (status != FTBLAB_OK)
      return status;
    l->document = json;
    extends = item_of(ftblab_json_root(json), "extends");
    name = cJSON_GetStringValue(extends);
  } while (name != NULL);
  return FTBLAB_OK;
}

ftblab_status ftblab_dialect_new(ftblab_dialect **dialect, ftblab_error *err)
{
  ftblab_dialect *created = calloc(1, sizeof *created);
  if (created == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a dialect");
  created->fields = ftblab_names_new();
  created->tables = ftblab_names_new();
  if (created->fields == NULL || created->tables == NULL) {
    ftblab_dialect_free(created);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a dialect");
  }
  created->line_field = ftblab_names_add(created->fields, "line", 4);
  created->time_field = ftblab_names_add(created->fields, "time", 4);
  *dialect = created;
  return FTBLAB_OK;
}

ftblab_status ftblab_dialect_load(const char *name, ftblab_dialect **dialect, ftblab_error *err)
{
  ftblab_dialect *created = NULL;
  ftblab_status status = ftblab_dialect_new(&created, err);
  loader l = {.dialect = created, .err = err};
  if (status == FTBLAB_OK)
    status = read_documents(&l, name);
  if (status == FTBLAB_OK)
    status = take_all(&l);
  if (status == FTBLAB_OK)
    *dialect = created;
  else
    ftblab_dialect_free(created);
  return status;
}

ftblab_status ftblab_dialect_from(ftblab_json *json, ftblab_dialect **dialect, ftblab_error *err)
{
  ftblab_dialect *created = NULL;
  ftblab_status status = ftblab_dialect_new(&created, err);
  if (status != FTBLAB_OK) {
    ftblab_json_free(json);
    return status;
  }
  created->documents[created->document_count++] = json;
  loader l = {.dialect = created, .document = json, .err = err};
  status = take_all(&l);
  if (status == FTBLAB_OK)
    *dialect = created;
  else
    ftblab_dialect_free(created);
  return status;
}

void ftblab_dialect_free(ftblab_dialect *dialect)
{
  if (dialect == NULL)
    return;
  for (size_t i = 0; i < dialect->document_count; i++)
    ftblab_json_free(dialect->documents[i]);
  for (size_t i = 0; i < dialect->compiled_count; i++)
    pcre2_code_free(dialect->compiled[i]);
  free(dialect->compiled);
  ftblab_names_free(dialect->fields);
  ftblab_names_free(dialect->tables);
  ftblab_pool_free(&dialect->pool);
  free(dialect);
}
