/* scenario_schema.c - the schema of a scenario: its own text, completed with the parameters of every role and of
 * every application kind.
 *
 * What a role takes is said once, in components/parameters.schema.json. A new role or kind appears here by its
 * line in the tables of components/, without a change to this file. */
#include <string.h>

#include "scenario.h"

extern const char ftblab_embedded_scenario_schema_json[];
extern const size_t ftblab_embedded_scenario_schema_json_length;
extern const char ftblab_embedded_parameters_schema_json[];
extern const size_t ftblab_embedded_parameters_schema_json_length;

static cJSON *child(cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* {"$ref": "#/$defs/NAME"}. NULL: no memory. */
static cJSON *reference(const char *name)
{
  ftblab_text text = {0};
  ftblab_text_addf(&text, "#/$defs/%s", name);
  cJSON *object = text.failed ? NULL : cJSON_CreateObject();
  if (object != NULL && cJSON_AddStringToObject(object, "$ref", text.data) == NULL) {
    cJSON_Delete(object);
    object = NULL;
  }
  ftblab_text_free(&text);
  return object;
}

/* OBJECT[KEY] = ITEM, which is taken over in any case. */
static bool put(cJSON *object, const char *key, cJSON *item)
{
  if (item != NULL && cJSON_AddItemToObject(object, key, item))
    return true;
  cJSON_Delete(item);
  return false;
}

static ftblab_status copy_definitions(cJSON *definitions, const ftblab_json *parameters, ftblab_error *err)
{
  const cJSON *definition = NULL;
  cJSON_ArrayForEach(definition, child(ftblab_json_root(parameters), "$defs"))
  {
    if (child(definitions, definition->string) != NULL)
      return ftblab_fail(err, FTBLAB_EINTERNAL, "two definitions of \"%s\" in the schemas", definition->string);
    if (!put(definitions, definition->string, cJSON_Duplicate(definition, true)))
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the schema of a scenario");
  }
  return FTBLAB_OK;
}

/* Move ROLE's definition to where it is used, with an empty object as its default. Where a role runs, and whether
 * it is there, is the world's business and the same for all. */
static bool add_role(cJSON *root, const ftblab_role_class *class)
{
  static const char *const common[] = {"host", "enabled"};
  bool follows_job = class->scope == FTBLAB_PER_NODE || class->scope == FTBLAB_PER_RANK; /* it has no host to choose */
  const char *role = class->role;
  cJSON *definitions = child(root, "$defs");
  cJSON *definition = cJSON_DetachItemFromObjectCaseSensitive(definitions, role);
  cJSON *properties = child(definition, "properties");
  bool done = put(definition, "default", cJSON_CreateObject());
  for (size_t i = follows_job; i < FTBLAB_COUNT(common) && done; i++) /* but a role may have a default of its own */
    done = child(properties, common[i]) != NULL ||
           put(properties, common[i], cJSON_Duplicate(child(definitions, common[i]), true));
  if (!done) {
    cJSON_Delete(definition);
    return false;
  }
  return put(child(child(child(root, "properties"), "components"), "properties"), role, definition);
}

/* One branch of the choice between application kinds: the kind's definition with its name. */
static bool add_application(cJSON *root, cJSON *choice, cJSON *kinds, const char *kind)
{
  cJSON *definition = child(child(root, "$defs"), kind);
  cJSON *properties = child(definition, "properties");
  cJSON *name = cJSON_CreateObject();
  if (name == NULL || cJSON_AddStringToObject(name, "const", kind) == NULL ||
      cJSON_AddStringToObject(name, "description", "The application kind.") == NULL) {
    cJSON_Delete(name);
    return false;
  }
  cJSON_DeleteItemFromObjectCaseSensitive(properties, "kind");
  if (!put(properties, "kind", name) || !cJSON_AddItemToArray(kinds, cJSON_CreateString(kind)))
    return false;
  return cJSON_AddItemToArray(choice, reference(kind));
}

static bool add_applications(cJSON *root)
{
  cJSON *application = child(child(child(child(root, "$defs"), "job"), "properties"), "application");
  cJSON *kinds = cJSON_AddArrayToObject(child(child(application, "properties"), "kind"), "enum");
  cJSON *choice = cJSON_AddArrayToObject(application, "oneOf");
  for (size_t i = 0; ftblab_application_classes[i] != NULL; i++) {
    if (!add_application(root, choice, kinds, ftblab_application_classes[i]->kind))
      return false;
  }
  return true;
}

static ftblab_status complete(cJSON *root, const ftblab_json *parameters, ftblab_error *err)
{
  cJSON *definitions = child(root, "$defs");
  ftblab_status status = copy_definitions(definitions, parameters, err);
  if (status != FTBLAB_OK)
    return status;
  for (size_t i = 0; ftblab_role_classes[i] != NULL; i++) {
    const char *role = ftblab_role_classes[i]->role;
    if (child(child(definitions, role), "properties") == NULL)
      return ftblab_fail(err, FTBLAB_EINTERNAL, "no parameters are defined for the role %s", role);
    if (!add_role(root, ftblab_role_classes[i]))
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the schema of a scenario");
  }
  for (size_t i = 0; ftblab_application_classes[i] != NULL; i++) {
    const char *kind = ftblab_application_classes[i]->kind;
    if (child(child(definitions, kind), "properties") == NULL)
      return ftblab_fail(err, FTBLAB_EINTERNAL, "no parameters are defined for the application kind %s", kind);
  }
  if (!add_applications(root))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the schema of a scenario");
  return FTBLAB_OK;
}

ftblab_status ftblab_scenario_schema_load(ftblab_json **schema, ftblab_error *err)
{
  ftblab_json *parameters = NULL, *result = NULL;
  ftblab_status status =
      ftblab_json_parse(ftblab_embedded_scenario_schema_json, ftblab_embedded_scenario_schema_json_length,
                        "scenario.schema.json", &result, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_parse(ftblab_embedded_parameters_schema_json, ftblab_embedded_parameters_schema_json_length,
                               "parameters.schema.json", &parameters, err);
  if (status == FTBLAB_OK)
    status = complete(ftblab_json_root(result), parameters, err);
  ftblab_json_free(parameters);
  if (status != FTBLAB_OK) {
    ftblab_json_free(result);
    return status;
  }
  *schema = result;
  return FTBLAB_OK;
}

ftblab_status ftblab_scenario_schema(ftblab_text *text, ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_status status = ftblab_scenario_schema_load(&schema, err);
  if (status != FTBLAB_OK)
    return status;
  char *printed = cJSON_Print(ftblab_json_root(schema));
  ftblab_json_free(schema);
  if (printed == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the schema of a scenario");
  ftblab_text_add(text, printed);
  ftblab_text_add(text, "\n");
  cJSON_free(printed);
  return text->failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the schema of a scenario") : FTBLAB_OK;
}
