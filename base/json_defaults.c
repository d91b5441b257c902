/* json_defaults.c - writing out the defaults that a schema gives, so that whoever reads a document finds every key.
 * The document was validated before: of several forms exactly the one that fits adds its defaults. */
#include "json_internal.h"

struct defaults {
  ftblab_json *json;
  const cJSON *root;
  unsigned depth; /* of schemas */
  ftblab_error *err;
};

static ftblab_status apply(struct defaults *defaults, cJSON *node, const cJSON *schema);

static ftblab_status add_default(struct defaults *defaults, cJSON *object, const char *key, const cJSON *value)
{
  cJSON *copy = cJSON_Duplicate(value, true);
  if (!copy || !cJSON_AddItemToObject(object, key, copy)) {
    cJSON_Delete(copy);
    return ftblab_fail(defaults->err, FTBLAB_ENOMEM, "%s: no memory", defaults->json->name);
  }
  return ftblab_json_place_added(defaults->json, copy, "default", defaults->err);
}

/* The default of a property, also one that stands behind its $ref. */
static const cJSON *default_of(const struct defaults *defaults, const cJSON *property)
{
  const cJSON *value = NULL;
  for (unsigned i = 0; property && i < FTBLAB_JSON_DEPTH; i++) {
    value = cJSON_GetObjectItemCaseSensitive(property, "default");
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(property, "$ref");
    if (value || !reference)
      break;
    property = ftblab_json_reference(defaults->root, reference->valuestring);
  }
  return value;
}

static ftblab_status apply_to_object(struct defaults *defaults, cJSON *node, const cJSON *schema)
{
  ftblab_status status = FTBLAB_OK;
  const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
  for (const cJSON *property = properties ? properties->child : NULL; property && !status; property = property->next) {
    const cJSON *value = default_of(defaults, property);
    if (value && !cJSON_GetObjectItemCaseSensitive(node, property->string))
      status = add_default(defaults, node, property->string, value);
  }
  for (cJSON *child = node->child; child && !status; child = child->next) {
    const cJSON *property = NULL;
    status = ftblab_json_property(schema, child->string, &property, defaults->err);
    if (!status && property)
      status = apply(defaults, child, property);
  }
  return status;
}

static ftblab_status apply_to_array(struct defaults *defaults, cJSON *node, const cJSON *schema)
{
  ftblab_status status = FTBLAB_OK;
  const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
  for (cJSON *item = node->child; items && item && !status; item = item->next)
    status = apply(defaults, item, items);
  return status;
}

/* oneOf, anyOf: the first form that fits. */
static ftblab_status apply_fitting(struct defaults *defaults, cJSON *node, const cJSON *branches)
{
  const cJSON *branch;
  cJSON_ArrayForEach(branch, branches) {
    bool matches;
    ftblab_status status =
        ftblab_json_matches(defaults->json, node, branch, defaults->root, &matches, defaults->err);
    if (status)
      return status;
    if (matches)
      return apply(defaults, node, branch);
  }
  return FTBLAB_OK;
}

static ftblab_status apply_condition(struct defaults *defaults, cJSON *node, const cJSON *schema)
{
  const cJSON *condition = cJSON_GetObjectItemCaseSensitive(schema, "if");
  if (!condition)
    return FTBLAB_OK;
  bool matches;
  ftblab_status status =
      ftblab_json_matches(defaults->json, node, condition, defaults->root, &matches, defaults->err);
  const cJSON *branch = cJSON_GetObjectItemCaseSensitive(schema, matches ? "then" : "else");
  return status || !branch ? status : apply(defaults, node, branch);
}

/* What SCHEMA says by means of other schemas. */
static ftblab_status apply_composed(struct defaults *defaults, cJSON *node, const cJSON *schema)
{
  ftblab_status status = FTBLAB_OK;
  const cJSON *reference = cJSON_GetObjectItemCaseSensitive(schema, "$ref");
  const cJSON *target = reference ? ftblab_json_reference(defaults->root, reference->valuestring) : NULL;
  if (target)
    status = apply(defaults, node, target);
  const cJSON *all = cJSON_GetObjectItemCaseSensitive(schema, "allOf");
  for (const cJSON *branch = all ? all->child : NULL; branch && !status; branch = branch->next)
    status = apply(defaults, node, branch);
  if (!status)
    status = apply_fitting(defaults, node, cJSON_GetObjectItemCaseSensitive(schema, "oneOf"));
  if (!status)
    status = apply_fitting(defaults, node, cJSON_GetObjectItemCaseSensitive(schema, "anyOf"));
  return status ? status : apply_condition(defaults, node, schema);
}

static ftblab_status apply(struct defaults *defaults, cJSON *node, const cJSON *schema)
{
  if (!cJSON_IsObject(schema))
    return FTBLAB_OK;
  if (defaults->depth == 4 * FTBLAB_JSON_DEPTH)
    return ftblab_fail(defaults->err, FTBLAB_EINTERNAL, "%s: the schema's defaults never end", defaults->json->name);
  defaults->depth++;
  ftblab_status status = apply_composed(defaults, node, schema);
  if (!status && cJSON_IsObject(node))
    status = apply_to_object(defaults, node, schema);
  if (!status && cJSON_IsArray(node))
    status = apply_to_array(defaults, node, schema);
  defaults->depth--;
  return status;
}

ftblab_status ftblab_json_apply_defaults(ftblab_json *json, const ftblab_json *schema, ftblab_error *err)
{
  struct defaults defaults = {.json = json, .root = schema->root, .err = err};
  return apply(&defaults, json->root, schema->root);
}
