/* bounds.c - reads deadlines for rows, and the skew of clocks. Every mistake is named with its place in the file. */
#include "bounds.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

extern const unsigned char ftblab_embedded_bounds_schema_json[];
extern const size_t ftblab_embedded_bounds_schema_json_length;

struct ftblab_bounds {
  deadline *deadlines;
  size_t count, capacity;
  ftblab_names *hosts;
  int64_t *skews; /* by host, nanoseconds */
};

void ftblab_bounds_free(ftblab_bounds *bounds)
{
  if (bounds == NULL)
    return;
  ftblab_names_free(bounds->hosts);
  free(bounds->deadlines);
  free(bounds->skews);
  free(bounds);
}

int64_t ftblab_bounds_skew(const ftblab_bounds *bounds, ftblab_slice host)
{
  if (bounds == NULL || host.data == NULL)
    return 0;
  uint32_t number = ftblab_names_find(bounds->hosts, host.data, host.length);
  return number == FTBLAB_NO_NAME ? 0 : bounds->skews[number];
}

const deadline *ftblab_bounds_deadlines(const ftblab_bounds *bounds, size_t *count)
{
  *count = bounds->count;
  return bounds->deadlines;
}

static int64_t nanoseconds(const cJSON *seconds, double scale)
{
  double exact = seconds->valuedouble * scale * 1e9;
  return (int64_t)(exact < 0 ? exact - 0.5 : exact + 0.5);
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the deadlines");
}

/* ---- deadlines --------------------------------------------------------------------------------------- */

static ftblab_status find_step(const ftblab_json *json, const cJSON *node, const ftblab_workflow *w, int *row,
                               ftblab_error *err)
{
  *row = ftblab_spec_row(w, node->valuestring, strlen(node->valuestring));
  if (*row == FTBLAB_NONE)
    return ftblab_json_fail(json, node, err, "%s has no row \"%s\" (ftblab spec show %s prints them)", w->id,
                            node->valuestring, w->id);
  return FTBLAB_OK;
}

static ftblab_status read_start(const ftblab_spec *spec, const ftblab_json *json, const cJSON *after,
                                const ftblab_workflow *w, deadline *d, ftblab_error *err)
{
  const cJSON *row = cJSON_GetObjectItemCaseSensitive(after, "row");
  const cJSON *fact = cJSON_GetObjectItemCaseSensitive(after, "fact");
  if (row != NULL) {
    ftblab_status status = find_step(json, row, w, &d->after_row, err);
    if (status == FTBLAB_OK && d->after_row == (int)d->row)
      return ftblab_json_fail(json, row, err, "a row is not counted from itself");
    return status;
  }
  d->after_event = ftblab_spec_event(spec, fact->valuestring, strlen(fact->valuestring));
  if (d->after_event == FTBLAB_NONE || !spec->events[d->after_event].may_be_fact)
    return ftblab_json_fail(json, fact, err, "\"%s\" is no fact (ftblab spec list names them)", fact->valuestring);
  return FTBLAB_OK;
}

static bool add_deadline(ftblab_bounds *bounds, const deadline *d)
{
  if (bounds->count == bounds->capacity) {
    size_t capacity = bounds->capacity == 0 ? 16 : 2 * bounds->capacity;
    deadline *grown = realloc(bounds->deadlines, capacity * sizeof *grown);
    if (grown == NULL)
      return false;
    bounds->deadlines = grown;
    bounds->capacity = capacity;
  }
  bounds->deadlines[bounds->count++] = *d;
  return true;
}

static ftblab_status read_deadline(ftblab_bounds *bounds, const ftblab_spec *spec, const ftblab_json *json,
                                   const cJSON *node, double scale, ftblab_error *err)
{
  const cJSON *id = cJSON_GetObjectItemCaseSensitive(node, "workflow");
  const cJSON *after = cJSON_GetObjectItemCaseSensitive(node, "after");
  const cJSON *within = cJSON_GetObjectItemCaseSensitive(node, "within");
  deadline d = {.after_row = FTBLAB_NONE, .after_event = FTBLAB_NONE};
  d.workflow = ftblab_spec_workflow(spec, id->valuestring, strlen(id->valuestring));
  if (d.workflow == FTBLAB_NONE)
    return ftblab_json_fail(json, id, err, "no workflow \"%s\" (ftblab spec list names them all)", id->valuestring);
  const ftblab_workflow *w = &spec->workflows[d.workflow];
  int row;
  ftblab_status status = find_step(json, cJSON_GetObjectItemCaseSensitive(node, "row"), w, &row, err);
  if (status != FTBLAB_OK)
    return status;
  d.row = (size_t)row;
  d.soft = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "soft"));
  if (within->valuedouble * scale > 1e9)
    return ftblab_json_fail(json, within, err, "more than 1e9 seconds, with the scale %g", scale);
  d.within = nanoseconds(within, scale);
  if (after != NULL)
    status = read_start(spec, json, after, w, &d, err);
  if (status == FTBLAB_OK && !add_deadline(bounds, &d))
    status = no_memory(err);
  return status;
}

/* ---- clocks ------------------------------------------------------------------------------------------ */

static ftblab_status read_skews(ftblab_bounds *bounds, const cJSON *skew, ftblab_error *err)
{
  bounds->hosts = ftblab_names_new();
  bounds->skews = calloc((size_t)cJSON_GetArraySize(skew) + 1, sizeof *bounds->skews);
  if (bounds->hosts == NULL || bounds->skews == NULL)
    return no_memory(err);
  const cJSON *host;
  cJSON_ArrayForEach(host, skew)
  {
    uint32_t number = ftblab_names_add(bounds->hosts, host->string, strlen(host->string));
    if (number == FTBLAB_NO_NAME)
      return no_memory(err);
    bounds->skews[number] = nanoseconds(host, 1);
  }
  return FTBLAB_OK;
}

static ftblab_status read_bounds(ftblab_bounds *bounds, const ftblab_spec *spec, const ftblab_json *json, double scale,
                                 ftblab_error *err)
{
  const cJSON *root = ftblab_json_root(json);
  ftblab_status status = read_skews(bounds, cJSON_GetObjectItemCaseSensitive(root, "skew"), err);
  const cJSON *node = cJSON_GetObjectItemCaseSensitive(root, "bounds");
  for (node = node != NULL ? node->child : NULL; node != NULL && status == FTBLAB_OK; node = node->next)
    status = read_deadline(bounds, spec, json, node, scale, err);
  return status;
}

ftblab_status ftblab_bounds_of(const ftblab_spec *spec, const ftblab_json *json, double scale, ftblab_bounds **result,
                               ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_bounds *bounds = calloc(1, sizeof *bounds);
  ftblab_status status = bounds != NULL ? FTBLAB_OK : no_memory(err);
  if (status == FTBLAB_OK)
    status = ftblab_json_parse((const char *)ftblab_embedded_bounds_schema_json,
                               ftblab_embedded_bounds_schema_json_length, "bounds.schema.json", &schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(json, schema, err);
  if (status == FTBLAB_OK)
    status = read_bounds(bounds, spec, json, scale, err);
  ftblab_json_free(schema);
  if (status != FTBLAB_OK) {
    ftblab_bounds_free(bounds);
    return status;
  }
  *result = bounds;
  return FTBLAB_OK;
}

ftblab_status ftblab_bounds_read(const ftblab_spec *spec, const char *path, double scale, ftblab_bounds **result,
                                 ftblab_error *err)
{
  ftblab_json *json = NULL;
  ftblab_status status = ftblab_json_read(path, &json, err);
  if (status == FTBLAB_OK)
    status = ftblab_bounds_of(spec, json, scale, result, err);
  ftblab_json_free(json);
  return status;
}
