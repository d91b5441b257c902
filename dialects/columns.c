/* columns.c - a dialect for tables and objects from a list of columns: "t=when,component=who,nodes=host". What is made
 * is the document of a dialect, held against the schema as every other. */
#include "parts.h"

#include <string.h>

/* Fields of a record that a column may fill in; any other name is a key of its payload. */
static bool is_part(const char *name, size_t length)
{
  for (int i = 0; i < PART_COUNT; i++)
    if (strlen(ftblab_part_names[i]) == length && memcmp(ftblab_part_names[i], name, length) == 0)
      return true;
  return false;
}

/* Columns may have any name: what ends a reference in a template may not be in it. */
static bool is_fit(const char *name, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (strchr("|}", name[i]) != NULL)
      return false;
  return length > 0;
}

static cJSON *reference(const char *column, size_t length, const char *filter)
{
  ftblab_text text = {0};
  ftblab_text_addf(&text, "${%.*s%s}", (int)length, column, filter);
  cJSON *node = text.failed ? NULL : cJSON_CreateString(text.data);
  ftblab_text_free(&text);
  return node;
}

/* What the list says, put into a step and the time of its row. FTBLAB_EUSAGE: what is wrong. */
static ftblab_status take_list(const char *list, cJSON *root, cJSON *record, cJSON *payload, ftblab_error *err)
{
  for (const char *at = list; *at != '\0';) {
    size_t span = strcspn(at, ","), name = strcspn(at, "=");
    if (name >= span || !is_fit(at, name) || !is_fit(at + name + 1, span - name - 1))
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--columns' takes FIELD=COLUMN, separated by commas, not '%.*s'",
                         (int)span, at);
    const char *column = at + name + 1;
    size_t length = span - name - 1;
    bool is_key = !is_part(at, name);
    char key[80];
    snprintf(key, sizeof key, "%.*s%s", (int)(name < 70 ? name : 70), at, is_key ? "?" : "");
    cJSON *value = reference(column, length, is_key ? "|split|ranges" : "");
    if (strcmp(key, "t") == 0)
      cJSON_AddItemToObject(root, "time", value);
    else
      cJSON_AddItemToObject(is_key ? payload : record, key, value);
    at += span + (at[span] == ',');
  }
  if (cJSON_GetObjectItemCaseSensitive(root, "time") == NULL ||
      cJSON_GetObjectItemCaseSensitive(record, "event") == NULL ||
      cJSON_GetObjectItemCaseSensitive(record, "component") == NULL)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--columns' must say where t, component and event are");
  return FTBLAB_OK;
}

static ftblab_status describe(const char *form, const char *list, cJSON *root, ftblab_error *err)
{
  static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S.%f%z",
                                        "%Y-%m-%dT%H:%M:%S%z",
                                        "%Y-%m-%dT%H:%M:%S.%f",
                                        "%Y-%m-%dT%H:%M:%S",
                                        "%Y-%m-%d %H:%M:%S.%f",
                                        "%Y-%m-%d %H:%M:%S",
                                        "%s"};
  cJSON *record = cJSON_CreateObject(), *payload = cJSON_CreateObject();
  cJSON *times = cJSON_CreateStringArray(formats, FTBLAB_COUNT(formats));
  ftblab_status status = take_list(list, root, record, payload, err);
  cJSON_AddNumberToObject(root, "ftblab_dialect", 1);
  cJSON_AddStringToObject(root, "name", form);
  cJSON_AddStringToObject(root, "title", "rows with columns of any name");
  cJSON_AddStringToObject(root, "form", form);
  cJSON_AddItemToObject(root, "times", times);
  cJSON *row = cJSON_CreateObject(), *rules = cJSON_AddArrayToObject(root, "rules");
  cJSON_AddStringToObject(row, "name", "row");
  cJSON_AddStringToObject(row, "pattern", "");
  cJSON_AddStringToObject(row, "ignore", "it has no component or no event");
  cJSON_AddItemToArray(cJSON_AddArrayToObject(row, "do"), record);
  if (cJSON_GetArraySize(payload) > 0 && cJSON_GetObjectItemCaseSensitive(record, "payload") == NULL)
    cJSON_AddItemToObject(record, "payload", payload);
  else
    cJSON_Delete(payload);
  cJSON_AddItemToArray(rules, row);
  return status;
}

ftblab_status ftblab_dialect_of_columns(const char *form, const char *list, ftblab_dialect **dialect, ftblab_error *err)
{
  ftblab_json *json = NULL;
  cJSON *root = cJSON_CreateObject();
  ftblab_status status = describe(form, list, root, err);
  char *text = status == FTBLAB_OK ? cJSON_PrintUnformatted(root) : NULL;
  cJSON_Delete(root);
  if (status == FTBLAB_OK && text == NULL)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a dialect");
  if (status == FTBLAB_OK)
    status = ftblab_json_parse(text, strlen(text), "--columns", &json, err);
  cJSON_free(text);
  return status == FTBLAB_OK ? ftblab_dialect_from(json, dialect, err) : status;
}
