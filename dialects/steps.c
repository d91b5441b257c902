/* steps.c - reads what a rule of a dialect does: records, tables, conditions. */
#include "parts.h"

#include <string.h>

const char *const ftblab_part_names[PART_COUNT] = {
    [PART_COMPONENT] = "component", [PART_INSTANCE] = "instance",
    [PART_HOST] = "host",           [PART_EVENT] = "event",
    [PART_PAYLOAD] = "payload",     [PART_CHANNEL] = "channel",
    [PART_SEVERITY] = "severity",   [PART_TYPE] = "type",
    [PART_SPACE] = "space",         [PART_NOTE] = "note",
    [PART_ACTION] = "action",       [PART_SEQ] = "seq",
    [PART_CAUSE] = "cause",         [PART_T] = "t",
};

static ftblab_status no_memory(loader *l)
{
  return ftblab_fail(l->err, FTBLAB_ENOMEM, "no memory for a dialect");
}

size_t ftblab_table_number(loader *l, const char *name)
{
  return ftblab_names_add(l->dialect->tables, name, strlen(name));
}

static ftblab_status read_condition(loader *l, const cJSON *node, condition *c)
{
  const cJSON *is = cJSON_GetObjectItemCaseSensitive(node, "is");
  c->negated = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "not"));
  ftblab_status status = ftblab_template_read(l, cJSON_GetObjectItemCaseSensitive(node, "value"), &c->value);
  return status == FTBLAB_OK && is != NULL ? ftblab_compile(l, is, &c->is) : status;
}

ftblab_status ftblab_conditions_read(loader *l, const cJSON *node, condition **conditions, size_t *count)
{
  const cJSON *item;
  condition *read = ftblab_pool_take(&l->dialect->pool, ((size_t)cJSON_GetArraySize(node) + 1) * sizeof *read);
  if (read == NULL)
    return no_memory(l);
  *conditions = read;
  cJSON_ArrayForEach(item, node)
  {
    ftblab_status status = read_condition(l, item, &read[*count]);
    if (status != FTBLAB_OK)
      return status;
    ++*count;
  }
  return FTBLAB_OK;
}

/* "jobs?" is a key that the record is there without as well. */
static ftblab_status read_keys(loader *l, const cJSON *payload, step *s)
{
  const cJSON *item;
  s->keys = ftblab_pool_take(&l->dialect->pool, ((size_t)cJSON_GetArraySize(payload) + 1) * sizeof *s->keys);
  if (s->keys == NULL)
    return no_memory(l);
  cJSON_ArrayForEach(item, payload)
  {
    payload_key *key = &s->keys[s->key_count++];
    size_t length = strlen(item->string);
    key->optional = length > 0 && item->string[length - 1] == '?';
    key->key = ftblab_pool_string(&l->dialect->pool, item->string, length - key->optional);
    ftblab_status status = key->key == NULL ? no_memory(l) : ftblab_template_read(l, item, &key->value);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status read_record(loader *l, const cJSON *node, step *s)
{
  for (int i = 0; i < PART_COUNT; i++) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(node, ftblab_part_names[i]);
    ftblab_status status = FTBLAB_OK;
    if (value != NULL && cJSON_IsObject(value))
      status = read_keys(l, value, s);
    else if (value != NULL)
      status = ftblab_template_read(l, value, &s->parts[i]);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status read_step(loader *l, const cJSON *node, step *s)
{
  static const struct {
    const char *name;
    step_kind kind;
  } changes[] = {{"put", STEP_PUT}, {"add", STEP_ADD}, {"drop", STEP_DROP}, {"clear", STEP_CLEAR}};
  const cJSON *key = cJSON_GetObjectItemCaseSensitive(node, "key");
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(node, "value");
  ftblab_status status =
      ftblab_conditions_read(l, cJSON_GetObjectItemCaseSensitive(node, "when"), &s->conditions, &s->condition_count);
  if (status == FTBLAB_OK && cJSON_GetObjectItemCaseSensitive(node, "event") != NULL)
    return read_record(l, node, s);
  for (size_t i = 0; i < FTBLAB_COUNT(changes) && status == FTBLAB_OK; i++) {
    const char *table = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, changes[i].name));
    if (table == NULL)
      continue;
    s->kind = changes[i].kind;
    s->table = ftblab_table_number(l, table);
    if (s->table == FTBLAB_NO_NAME)
      return no_memory(l);
  }
  if (status == FTBLAB_OK && key != NULL)
    status = ftblab_template_read(l, key, &s->key);
  return status == FTBLAB_OK && value != NULL ? ftblab_template_read(l, value, &s->value) : status;
}

ftblab_status ftblab_steps_read(loader *l, const cJSON *node, rule *r)
{
  const cJSON *item;
  r->steps = ftblab_pool_take(&l->dialect->pool, ((size_t)cJSON_GetArraySize(node) + 1) * sizeof *r->steps);
  if (r->steps == NULL)
    return no_memory(l);
  cJSON_ArrayForEach(item, node)
  {
    ftblab_status status = read_step(l, item, &r->steps[r->step_count]);
    if (status != FTBLAB_OK)
      return status;
    r->step_count++;
  }
  return FTBLAB_OK;
}
