/* failure_plan.c - what a scenario says of failures that come by a law or from a log. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* *LAW stays as it is if there is no KEY. */
static ftblab_status read_law(const ftblab_scenario *scenario, const cJSON *json, const char *key, ftblab_law *law,
                              ftblab_error *err)
{
  const cJSON *value = get(json, key);
  ftblab_error reason;
  if (value == NULL)
    return FTBLAB_OK;
  ftblab_status status = ftblab_law_parse(value->valuestring, law, &reason);
  return status == FTBLAB_OK ? status : ftblab_json_fail(scenario->json, value, err, "%s", reason.text);
}

static ftblab_status set_columns(const ftblab_scenario *scenario, const cJSON *log, ftblab_columns *columns,
                                 ftblab_error *err)
{
  const cJSON *item = NULL;
  ftblab_error reason;
  ftblab_status status = FTBLAB_OK;
  cJSON_ArrayForEach(item, get(log, "columns"))
  {
    status = ftblab_columns_set(columns, item->string, item->valuestring, &reason);
    if (status != FTBLAB_OK)
      return ftblab_json_fail(scenario->json, item, err, "%s", reason.text);
  }
  cJSON_ArrayForEach(item, get(log, "keep"))
  {
    if (status == FTBLAB_OK)
      status = ftblab_columns_keep(columns, item->string, item->valuestring, err);
  }
  return status;
}

static ftblab_status read_log(const ftblab_scenario *scenario, const char *path, ftblab_failure_plan *plan,
                              ftblab_error *err)
{
  const cJSON *start = get(plan->log, "start");
  plan->log_path = ftblab_beside(path, get(plan->log, "file")->valuestring);
  plan->columns = ftblab_columns_new();
  plan->log_start = start->valuedouble;
  if (plan->log_path == NULL || plan->columns == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a failure log");
  return set_columns(scenario, plan->log, plan->columns, err);
}

ftblab_status ftblab_failure_plan_read(const ftblab_scenario *scenario, const cJSON *json, const char *path,
                                       ftblab_failure_plan *plan, ftblab_error *err)
{
  *plan = (ftblab_failure_plan){
      .json = json,
      .nodes = get(json, "nodes"),
      .groups = get(json, "groups"),
      .interfaces = get(json, "interface"),
      .switches = get(json, "switches"),
      .links = get(json, "links"),
      .disk = cJSON_IsTrue(get(json, "disk")),
      .log = get(json, "log"),
      .is_new = strcmp(get(json, "age")->valuestring, "new") == 0,
  };
  ftblab_status status = read_law(scenario, json, "law", &plan->law, err);
  if (status == FTBLAB_OK)
    status = read_law(scenario, json, "repair", &plan->repair, err);
  return status == FTBLAB_OK && plan->log != NULL ? read_log(scenario, path, plan, err) : status;
}

void ftblab_failure_plan_free(ftblab_failure_plan *plan)
{
  free(plan->log_path);
  ftblab_columns_free(plan->columns);
}
