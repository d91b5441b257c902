/* rows.c - records that have fields already: the rows of a table (RFC 4180), JSON objects, "Key=Value" lines. */
#include "parts.h"

#include <string.h>

static size_t field_of(const ftblab_dialect *dialect, const char *name, size_t length)
{
  uint32_t number = ftblab_names_find(dialect->fields, name, length);
  return number == FTBLAB_NO_NAME ? NO_FIELD : number;
}

static void set(ftblab_slice *fields, size_t field, const char *value, size_t length)
{
  if (field != NO_FIELD && value != NULL)
    fields[field] = (ftblab_slice){value, length};
}

/* ---- a table ---------------------------------------------------------------------------------------------------- */

/* The value that begins at AT, without its quotes; moves AT to its comma or to the end. NULL: no memory, or the quotes
 * are wrong. */
static const char *take_value(const char **at, const char *end, pool *p, size_t *length, bool *wrong)
{
  char *value = ftblab_pool_take(p, (size_t)(end - *at) + 1);
  bool quoted = *at < end && **at == '"';
  *length = 0;
  for (*at += quoted; value != NULL && *at < end; ++*at) {
    if (!quoted && **at == ',')
      return value;
    if (quoted && **at == '"' && (*at + 1 == end || (*at)[1] != '"')) {
      ++*at;
      *wrong = *at < end && **at != ',';
      return value;
    }
    *at += quoted && **at == '"';
    value[(*length)++] = **at;
  }
  *wrong = quoted;
  return value;
}

static ftblab_status read_table(const ftblab_dialect *dialect, const log_line *line, columns *c, pool *p,
                                ftblab_slice *fields, bool *is_head, const char **reason)
{
  const char *at = line->data, *end = line->data + line->length;
  size_t commas = 1, count = 0;
  bool wrong = false;
  *is_head = !c->read;
  for (size_t i = 0; i < line->length; i++)
    commas += line->data[i] == ',';
  if (*is_head)
    c->fields = ftblab_pool_take(&c->kept, commas * sizeof *c->fields);
  if (*is_head && c->fields == NULL)
    return FTBLAB_ENOMEM;
  for (;; at++) {
    size_t length;
    const char *value = take_value(&at, end, p, &length, &wrong);
    if (value == NULL)
      return FTBLAB_ENOMEM;
    if (wrong)
      *reason = "the quotes of this row do not fit";
    if (*is_head)
      c->fields[c->count++] = field_of(dialect, value, length);
    else if (count < c->count && length > 0)
      set(fields, c->fields[count], value, length);
    count++;
    if (at == end || wrong)
      break;
  }
  c->read = true;
  if (*reason == NULL && count != c->count)
    *reason = "this row has not as many values as there are columns";
  return FTBLAB_OK;
}

/* ---- objects ---------------------------------------------------------------------------------------------------- */

static void add_value(const cJSON *item, ftblab_text *text)
{
  if (cJSON_IsString(item))
    ftblab_text_add(text, item->valuestring);
  else if (cJSON_IsBool(item))
    ftblab_text_add(text, cJSON_IsTrue(item) ? "true" : "false");
  else if (cJSON_IsNumber(item))
    ftblab_text_addf(text, "%.17g", item->valuedouble);
}

/* A value as text; of a list its elements, with commas between them. */
static void write_value(const cJSON *item, ftblab_text *text)
{
  if (!cJSON_IsArray(item)) {
    add_value(item, text);
    return;
  }
  for (const cJSON *element = item->child; element != NULL; element = element->next) {
    ftblab_text_add(text, text->length > 0 ? "," : "");
    add_value(element, text);
  }
}

#define DEEPEST 8 /* chosen: objects in objects whose members have names of their own */

/* The members of OBJECT under their names; those of an object inside under "outer.inner". */
static void set_members(const ftblab_dialect *dialect, const cJSON *object, const char *prefix, pool *p,
                        ftblab_slice *fields, int depth)
{
  for (const cJSON *item = object->child; item != NULL; item = item->next) {
    ftblab_text name = {0}, value = {0};
    ftblab_text_addf(&name, "%s%s%s", prefix, *prefix == '\0' ? "" : ".", item->string);
    if (cJSON_IsObject(item) && depth < DEEPEST && !name.failed)
      set_members(dialect, item, name.data, p, fields, depth + 1);
    else
      write_value(item, &value);
    p->failed = p->failed || name.failed || value.failed;
    if (!p->failed && !cJSON_IsObject(item) && !cJSON_IsNull(item))
      set(fields, field_of(dialect, name.data, name.length),
          ftblab_pool_string(p, ftblab_text_string(&value), value.length), value.length);
    ftblab_text_free(&name);
    ftblab_text_free(&value);
  }
}

/* The time as it is written: a number of seconds with nine digits does not fit in a double. */
static void set_exact_time(const ftblab_dialect *dialect, const log_line *line, pool *p, ftblab_slice *fields)
{
  const ftblab_slice *name = &dialect->time_column;
  const char *at = line->data, *end = line->data + line->length;
  for (; name->data != NULL && at + name->length + 2 < end; at++) {
    if (*at != '"' || memcmp(at + 1, name->data, name->length) != 0 || at[name->length + 1] != '"')
      continue;
    at += name->length + 2;
    while (at < end && strchr(" \t:", *at) != NULL)
      at++;
    size_t length = 0;
    while (at + length < end && strchr("0123456789.-", at[length]) != NULL)
      length++;
    if (length > 0)
      set(fields, field_of(dialect, name->data, name->length), ftblab_pool_string(p, at, length), length);
    return;
  }
}

static ftblab_status read_object(const ftblab_dialect *dialect, const log_line *line, pool *p, ftblab_slice *fields,
                                 const char **reason)
{
  ftblab_json *json = NULL;
  ftblab_error why = {0};
  ftblab_status status = ftblab_json_parse(line->data, line->length, "", &json, &why);
  if (status == FTBLAB_EINPUT)
    *reason = ftblab_pool_string(p, why.text, strlen(why.text));
  if (status != FTBLAB_OK)
    return status == FTBLAB_EINPUT ? FTBLAB_OK : status;
  if (cJSON_IsObject(ftblab_json_root(json)))
    set_members(dialect, ftblab_json_root(json), "", p, fields, 0);
  else
    *reason = "this is no JSON object";
  set_exact_time(dialect, line, p, fields);
  ftblab_json_free(json);
  return FTBLAB_OK;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------ */

/* "JobId=3 Name=a b NodeList=n1": a value goes on to the blank before the next name with an equals sign. */
static void read_pairs(const ftblab_dialect *dialect, const log_line *line, ftblab_slice *fields)
{
  const char *at = line->data, *end = line->data + line->length;
  while (at < end) {
    const char *equals = memchr(at, '=', (size_t)(end - at));
    if (equals == NULL)
      return;
    const char *next = memchr(equals + 1, '=', (size_t)(end - equals - 1)), *stop = next == NULL ? end : next;
    while (next != NULL && stop > equals + 1 && stop[-1] != ' ')
      stop--;
    const char *after = stop;
    while (after > equals + 1 && after[-1] == ' ')
      after--;
    set(fields, field_of(dialect, at, (size_t)(equals - at)), equals + 1, (size_t)(after - equals - 1));
    at = stop > equals ? stop : equals + 1;
  }
}

ftblab_status ftblab_row_read(const ftblab_dialect *dialect, const log_line *line, columns *c, pool *p,
                              ftblab_slice *fields, bool *is_head, const char **reason)
{
  *is_head = false;
  *reason = NULL;
  if (dialect->form == FORM_CSV)
    return read_table(dialect, line, c, p, fields, is_head, reason);
  if (dialect->form == FORM_JSONL)
    return read_object(dialect, line, p, fields, reason);
  if (dialect->form == FORM_PAIRS)
    read_pairs(dialect, line, fields);
  return FTBLAB_OK;
}
