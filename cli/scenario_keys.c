/* scenario_keys.c - the reference of a scenario's keys, as Markdown, made from the JSON schema. The schema is what
 * scenarios are validated by, so that the reference cannot be wrong about a name, a type or a default. */
#include "command.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 12 /* a schema that refers to itself ends here */

struct writer {
  const cJSON *schema;
  ftblab_text *text;
};

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* True if NAME, as a JSON pointer writes it ("~1" for "/"), is KEY. */
static bool is_named(const char *name, const char *key)
{
  for (; *key; key++) {
    bool slash = name[0] == '~' && name[1] == '1';
    if (slash ? *key != '/' : *name != *key)
      return false;
    name += slash ? 2 : 1;
  }
  return *name == '\0';
}

/* What "$ref": "#/$defs/NAME" stands for; NODE itself if it refers to nothing. */
static const cJSON *resolve(const struct writer *writer, const cJSON *node)
{
  static const char prefix[] = "#/$defs/";
  const char *reference = cJSON_GetStringValue(get(node, "$ref"));
  const cJSON *definition;
  if (!reference || strncmp(reference, prefix, sizeof prefix - 1) != 0)
    return node;
  cJSON_ArrayForEach(definition, get(writer->schema, "$defs"))
  {
    if (is_named(reference + sizeof prefix - 1, definition->string))
      return definition;
  }
  return node;
}

/* A key may stand beside "$ref" or in what it refers to. */
static const cJSON *get_resolved(const struct writer *writer, const cJSON *node, const char *key)
{
  const cJSON *own = get(node, key);
  return own ? own : get(resolve(writer, node), key);
}

static void add_value(ftblab_text *text, const cJSON *value)
{
  char *printed = cJSON_PrintUnformatted(value);
  if (printed)
    ftblab_text_addf(text, "`%s`", printed);
  else
    text->failed = true;
  cJSON_free(printed);
}

static const char *first_alternatives(const struct writer *writer, const cJSON *node)
{
  static const char *const names[] = {"anyOf", "oneOf"};
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++)
    if (get_resolved(writer, node, names[i]))
      return names[i];
  return NULL;
}

static void add_type(const struct writer *writer, const cJSON *node, int depth)
{
  const cJSON *constant = get_resolved(writer, node, "const"), *choices = get_resolved(writer, node, "enum");
  const cJSON *type = get_resolved(writer, node, "type"), *one;
  const char *alternatives = first_alternatives(writer, node), *separator = "";
  if (depth > DEEPEST)
    return;
  if (constant) {
    add_value(writer->text, constant);
  } else if (choices) {
    cJSON_ArrayForEach(one, choices)
    {
      ftblab_text_add(writer->text, separator);
      add_value(writer->text, one);
      separator = " or ";
    }
  } else if (cJSON_IsString(type)) {
    ftblab_text_add(writer->text, type->valuestring);
  } else if (cJSON_IsArray(type)) {
    cJSON_ArrayForEach(one, type)
    {
      ftblab_text_addf(writer->text, "%s%s", separator, cJSON_GetStringValue(one));
      separator = " or ";
    }
  } else if (alternatives) {
    cJSON_ArrayForEach(one, get_resolved(writer, node, alternatives))
    {
      ftblab_text_add(writer->text, separator);
      add_type(writer, one, depth + 1);
      separator = " or ";
    }
  } else {
    ftblab_text_add(writer->text, get_resolved(writer, node, "properties") ? "object" : "any");
  }
}

static void add_limits(const struct writer *writer, const cJSON *node)
{
  static const struct {
    const char *key, *words;
  } limits[] = {{"minimum", "at least"},
                {"exclusiveMinimum", "more than"},
                {"maximum", "at most"},
                {"exclusiveMaximum", "less than"}};
  for (size_t i = 0; i < FTBLAB_COUNT(limits); i++) {
    const cJSON *limit = get_resolved(writer, node, limits[i].key);
    if (!limit)
      continue;
    ftblab_text_addf(writer->text, ", %s ", limits[i].words);
    add_value(writer->text, limit);
  }
}

static bool is_required(const struct writer *writer, const cJSON *object, const char *key)
{
  const cJSON *one;
  cJSON_ArrayForEach(one, get_resolved(writer, object, "required"))
  {
    const char *name = cJSON_GetStringValue(one);
    if (name && strcmp(name, key) == 0)
      return true;
  }
  return false;
}

static void add_property(const struct writer *writer, const char *path, const cJSON *node, bool required)
{
  const cJSON *value = get_resolved(writer, node, "default");
  const char *description = cJSON_GetStringValue(get_resolved(writer, node, "description"));
  const char *origin = cJSON_GetStringValue(get_resolved(writer, node, "$comment"));
  ftblab_text_addf(writer->text, "- `%s` (", path);
  add_type(writer, node, 0);
  add_limits(writer, node);
  if (required)
    ftblab_text_add(writer->text, ", required");
  if (value) {
    ftblab_text_add(writer->text, ", default ");
    add_value(writer->text, value);
  }
  ftblab_text_addf(writer->text, ")%s%s", description ? ": " : "", description ? description : "");
  ftblab_text_addf(writer->text, "%s%s\n", origin ? " " : "", origin ? origin : "");
}

static void add_inside(const struct writer *writer, const char *path, const cJSON *node, int depth);

static void add_properties(const struct writer *writer, const char *path, const cJSON *object, int depth)
{
  const cJSON *property;
  cJSON_ArrayForEach(property, get_resolved(writer, object, "properties"))
  {
    ftblab_text name = {0};
    bool plain = strpbrk(property->string, " ./[]*") == NULL;
    ftblab_text_addf(&name, "%s%s%s%s%s", path, *path ? "." : "", plain ? "" : "\"", property->string,
                     plain ? "" : "\"");
    add_property(writer, ftblab_text_string(&name), property, is_required(writer, object, property->string));
    add_inside(writer, ftblab_text_string(&name), property, depth + 1);
    ftblab_text_free(&name);
  }
}

/* What stands inside NODE, which is at PATH: the keys of an object, of each alternative, of an array's elements. */
static void add_inside(const struct writer *writer, const char *path, const cJSON *node, int depth)
{
  static const char *const branches[] = {"anyOf", "oneOf", "allOf"};
  const cJSON *items = get_resolved(writer, node, "items"), *other = get_resolved(writer, node, "additionalProperties");
  if (depth > DEEPEST)
    return;
  add_properties(writer, path, node, depth);
  for (size_t i = 0; i < FTBLAB_COUNT(branches); i++) {
    const cJSON *branch;
    cJSON_ArrayForEach(branch, get_resolved(writer, node, branches[i])) add_inside(writer, path, branch, depth + 1);
  }
  ftblab_text below = {0};
  if (cJSON_IsObject(items)) {
    ftblab_text_addf(&below, "%s[]", path);
    add_inside(writer, ftblab_text_string(&below), items, depth + 1);
  } else if (cJSON_IsObject(other)) {
    ftblab_text_addf(&below, "%s.NAME", path);
    add_property(writer, ftblab_text_string(&below), other, false);
    add_inside(writer, ftblab_text_string(&below), other, depth + 1);
  }
  ftblab_text_free(&below);
}

ftblab_status ftblab_scenario_keys(ftblab_text *text, ftblab_error *err)
{
  ftblab_text schema = {0};
  ftblab_json *json = NULL;
  ftblab_status status = ftblab_scenario_schema(&schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_parse(ftblab_text_string(&schema), schema.length, "schema of a scenario", &json, err);
  ftblab_text_free(&schema);
  if (status != FTBLAB_OK)
    return status;
  struct writer writer = {.schema = ftblab_json_root(json), .text = text};
  add_properties(&writer, "", writer.schema, 0);
  ftblab_json_free(json);
  return FTBLAB_OK;
}
