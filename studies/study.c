/* study.c - reads a study: its document, its base scenario, and the grid of points that its factors span. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "study.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More are taken for a slip of the pen: the state of each is kept in memory. */
#define MOST_POINTS 10000000

extern const unsigned char ftblab_embedded_study_schema_json[];
extern const size_t ftblab_embedded_study_schema_json_length;

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static double number_of(const cJSON *object, const char *key, double absent)
{
  const cJSON *value = get(object, key);
  return cJSON_IsNumber(value) ? value->valuedouble : absent;
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the study");
}

/* ---- levels ------------------------------------------------------------------------------------------ */

static ftblab_status add_setting(ftblab_level *level, const char *key, const cJSON *value, ftblab_error *err)
{
  char **grown = realloc(level->settings, (level->setting_count + 1) * sizeof *grown);
  if (grown == NULL)
    return no_memory(err);
  level->settings = grown;
  char *printed = cJSON_PrintUnformatted(value);
  ftblab_text text = {0};
  ftblab_text_addf(&text, "%s=%s", key, printed != NULL ? printed : "");
  cJSON_free(printed);
  if (printed == NULL || text.failed) {
    ftblab_text_free(&text);
    return no_memory(err);
  }
  level->settings[level->setting_count++] = text.data;
  return FTBLAB_OK;
}

/* Replicas have seeds of their own: one that a study sets would be without effect. */
static ftblab_status check_key(const ftblab_json *json, const cJSON *node, const char *key, ftblab_error *err)
{
  if (strcmp(key, "seed") == 0)
    return ftblab_json_fail(json, node, err, "the seeds of replicas come from the study's own key \"seed\"");
  if (strchr(key, '=') != NULL)
    return ftblab_json_fail(json, node, err, "no key of a scenario holds a '='");
  return FTBLAB_OK;
}

static ftblab_status add_settings(const ftblab_json *json, ftblab_level *level, const cJSON *set, ftblab_error *err)
{
  const cJSON *item = NULL;
  ftblab_status status = FTBLAB_OK;
  level->set = set;
  cJSON_ArrayForEach(item, set)
  {
    if (status == FTBLAB_OK)
      status = check_key(json, item, item->string, err);
    if (status == FTBLAB_OK)
      status = add_setting(level, item->string, item, err);
  }
  return status;
}

/* VALUE becomes the callee's; it comes from NODE. */
static ftblab_status add_level(ftblab_factor *factor, const char *key, cJSON *value, const cJSON *node,
                               ftblab_error *err)
{
  ftblab_level *grown = realloc(factor->levels, (factor->level_count + 1) * sizeof *grown);
  if (grown == NULL || value == NULL) {
    factor->levels = grown != NULL ? grown : factor->levels;
    cJSON_Delete(value);
    return no_memory(err);
  }
  factor->levels = grown;
  ftblab_level *level = &factor->levels[factor->level_count++];
  *level = (ftblab_level){.value = value, .value_node = node};
  return key != NULL ? add_setting(level, key, value, err) : FTBLAB_OK;
}

/* Twelve digits: what libm makes of the last ones may differ between machines. */
static double rounded(double value)
{
  char digits[40];
  snprintf(digits, sizeof digits, "%.12g", value);
  return strtod(digits, NULL);
}

static double value_at(const cJSON *range, size_t i, size_t count)
{
  double from = number_of(range, "from", 0), to = number_of(range, "to", 0), step = number_of(range, "step", 0);
  double part = count > 1 ? (double)i / (double)(count - 1) : 0, value;
  if (step > 0)
    value = from + (double)i * step;
  else if (strcmp(get(range, "scale")->valuestring, "log") == 0)
    value = from * pow(to / from, part);
  else
    value = from + part * (to - from);
  return cJSON_IsTrue(get(range, "integer")) ? round(value) : rounded(value);
}

static ftblab_status check_range(const ftblab_json *json, const cJSON *range, ftblab_error *err)
{
  double from = number_of(range, "from", 0), to = number_of(range, "to", 0), step = number_of(range, "step", 0);
  bool is_log = strcmp(get(range, "scale")->valuestring, "log") == 0;
  if (to < from)
    return ftblab_json_fail(json, get(range, "to"), err, "the range ends at %g, below its start %g", to, from);
  if (is_log && step > 0)
    return ftblab_json_fail(json, get(range, "step"), err, "a range of scale log says how many values: \"steps\"");
  if (is_log && from <= 0)
    return ftblab_json_fail(json, get(range, "from"), err, "a range of scale log begins above 0");
  if (step > 0 && (to - from) / step >= MOST_POINTS)
    return ftblab_json_fail(json, get(range, "step"), err, "the range has more than %d values", MOST_POINTS);
  return FTBLAB_OK;
}

static ftblab_status read_range(const ftblab_json *json, ftblab_factor *factor, const char *key, const cJSON *range,
                                ftblab_error *err)
{
  double step = number_of(range, "step", 0), last = NAN;
  ftblab_status status = check_range(json, range, err);
  if (status != FTBLAB_OK)
    return status;
  double span = number_of(range, "to", 0) - number_of(range, "from", 0);
  /* a last step that misses the end by rounding alone counts */
  size_t count = step > 0 ? (size_t)floor(span / step * (1 + 1e-12)) + 1 : (size_t)number_of(range, "steps", 2);
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++) {
    double value = value_at(range, i, count);
    if (value != last)
      status = add_level(factor, key, cJSON_CreateNumber(value), range, err);
    last = value;
  }
  return status;
}

static ftblab_status read_levels(const ftblab_json *json, ftblab_factor *factor, const cJSON *levels, ftblab_error *err)
{
  const cJSON *item = NULL;
  ftblab_status status = FTBLAB_OK;
  cJSON_ArrayForEach(item, levels)
  {
    const cJSON *name = get(item, "name");
    for (size_t i = 0; i < factor->level_count && status == FTBLAB_OK; i++)
      if (strcmp(factor->levels[i].value->valuestring, name->valuestring) == 0)
        status = ftblab_json_fail(json, name, err, "a second level is called \"%s\"", name->valuestring);
    if (status == FTBLAB_OK)
      status = add_level(factor, NULL, cJSON_Duplicate(name, true), name, err);
    if (status == FTBLAB_OK)
      status = add_settings(json, &factor->levels[factor->level_count - 1], get(item, "set"), err);
  }
  return status;
}

/* ---- factors ------------------------------------------------------------------------------------------- */

/* Factors and metrics are columns of one table. */
static ftblab_status check_name(const ftblab_study *study, const cJSON *node, const ftblab_factor *factor,
                                ftblab_error *err)
{
  static const char *const taken[] = {"point",    "replica",  "seed",     "version",   "status",
                                      "verdict",  "unmet",    "trace",    "reason",    "finished",
                                      "replicas", "conforms", "violates", "undecided", "broken"};
  size_t metric_count;
  const ftblab_metric *metrics = ftblab_metric_table(&metric_count);
  for (size_t i = 0; i < FTBLAB_COUNT(taken); i++)
    if (strcmp(taken[i], factor->name) == 0)
      return ftblab_json_fail(study->json, node, err,
                              "a column of the results is called \"%s\"; give the factor "
                              "another name",
                              factor->name);
  for (size_t i = 0; i < metric_count; i++)
    if (strcmp(metrics[i].name, factor->name) == 0)
      return ftblab_json_fail(study->json, node, err, "a metric is called \"%s\"; give the factor another name",
                              factor->name);
  for (const ftblab_factor *other = study->factors; other != factor; other++)
    if (strcmp(other->name, factor->name) == 0)
      return ftblab_json_fail(study->json, node, err, "a second factor is called \"%s\"", factor->name);
  return FTBLAB_OK;
}

static ftblab_status read_factor(ftblab_study *study, const cJSON *json, ftblab_error *err)
{
  ftblab_factor *factor = &study->factors[study->factor_count++];
  const cJSON *key_node = get(json, "key"), *name = get(json, "name"), *value = NULL;
  const char *key = cJSON_GetStringValue(key_node);
  factor->name = name != NULL ? name->valuestring : key;
  factor->key = key;
  ftblab_status status = key != NULL ? check_key(study->json, key_node, key, err) : FTBLAB_OK;
  if (status == FTBLAB_OK)
    status = check_name(study, name != NULL ? name : key_node, factor, err);
  cJSON_ArrayForEach(value, get(json, "values"))
  {
    if (status == FTBLAB_OK)
      status = add_level(factor, key, cJSON_Duplicate(value, true), value, err);
  }
  if (status == FTBLAB_OK && get(json, "range") != NULL)
    status = read_range(study->json, factor, key, get(json, "range"), err);
  if (status == FTBLAB_OK && get(json, "levels") != NULL)
    status = read_levels(study->json, factor, get(json, "levels"), err);
  if (status != FTBLAB_OK)
    return status;
  study->point_count *= factor->level_count;
  if (study->point_count > MOST_POINTS)
    return ftblab_json_fail(study->json, json, err, "the study has more than %d points", MOST_POINTS);
  return FTBLAB_OK;
}

static ftblab_status read_factors(ftblab_study *study, ftblab_error *err)
{
  const cJSON *factors = get(ftblab_json_root(study->json), "factors"), *item = NULL;
  ftblab_status status = FTBLAB_OK;
  study->point_count = 1;
  study->factors = calloc((size_t)cJSON_GetArraySize(factors) + 1, sizeof *study->factors);
  if (study->factors == NULL)
    return no_memory(err);
  cJSON_ArrayForEach(item, factors)
  {
    if (status == FTBLAB_OK)
      status = read_factor(study, item, err);
  }
  return status;
}

/* ---- how many replicas ----------------------------------------------------------------------------------- */

static ftblab_status read_metric(ftblab_study *study, const cJSON *node, ftblab_error *err)
{
  size_t count;
  const ftblab_metric *metrics = ftblab_metric_table(&count);
  const char *names[64];
  for (size_t i = 0; i < count; i++) {
    if (strcmp(metrics[i].name, node->valuestring) == 0) {
      study->rule.metric = i;
      return FTBLAB_OK;
    }
    if (i < FTBLAB_COUNT(names))
      names[i] = metrics[i].name;
  }
  const char *nearest =
      ftblab_nearest(node->valuestring, names, count < FTBLAB_COUNT(names) ? count : FTBLAB_COUNT(names));
  return ftblab_json_fail(study->json, node, err, "there is no metric \"%s\"%s%s%s", node->valuestring,
                          nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
                          nearest != NULL ? "\"?)" : "");
}

static ftblab_status read_rule(ftblab_study *study, ftblab_error *err)
{
  const cJSON *replicas = get(ftblab_json_root(study->json), "replicas"), *until = get(replicas, "until");
  ftblab_rule *rule = &study->rule;
  if (cJSON_IsNumber(replicas)) {
    *rule = (ftblab_rule){.fixed = true};
    rule->minimum = rule->maximum = (uint64_t)replicas->valuedouble;
    return FTBLAB_OK;
  }
  rule->minimum = (uint64_t)number_of(replicas, "minimum", 20); /* the schema's: defaults below anyOf are not set */
  rule->maximum = (uint64_t)number_of(replicas, "maximum", 0);
  rule->relative = get(until, "relative") != NULL;
  rule->half_width = number_of(until, rule->relative ? "relative" : "half_width", 0);
  if (rule->maximum < rule->minimum)
    return ftblab_json_fail(study->json, get(replicas, "maximum"), err, "the maximum is below the minimum, %" PRIu64,
                            rule->minimum);
  return read_metric(study, get(until, "metric"), err);
}

/* A quarter more each time: few looks at the interval, and little done in vain. */
uint64_t ftblab_rule_next(const ftblab_rule *rule, uint64_t count)
{
  uint64_t more = count / 4 > 1 ? count / 4 : 1;
  return count + more < rule->maximum ? count + more : rule->maximum;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static ftblab_status validate(ftblab_json *json, ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_status status = ftblab_json_parse((const char *)ftblab_embedded_study_schema_json,
                                           ftblab_embedded_study_schema_json_length, "study.schema.json", &schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(json, schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_apply_defaults(json, schema, err);
  ftblab_json_free(schema);
  return status;
}

static ftblab_status fill(ftblab_study *study, ftblab_error *err)
{
  const cJSON *root = ftblab_json_root(study->json);
  study->title = get(root, "title")->valuestring;
  study->seed = (uint64_t)number_of(root, "seed", 1);
  uint64_t digest = ftblab_digest(FTBLAB_DIGEST_START, study->text, study->length + 1); /* the NUL parts the two */
  study->identity = ftblab_digest(digest, study->scenario_text, study->scenario_length);
  ftblab_status status = add_settings(study->json, &study->common, get(root, "set"), err);
  if (status == FTBLAB_OK)
    status = read_factors(study, err);
  return status == FTBLAB_OK ? read_rule(study, err) : status;
}

static char *copy_of(const char *bytes, size_t length)
{
  char *copy = malloc(length + 1);
  if (copy == NULL)
    return NULL;
  memcpy(copy, bytes, length);
  copy[length] = '\0';
  return copy;
}

ftblab_status ftblab_study_of(const char *path, const char *text, size_t length, const char *scenario_path,
                              const char *scenario, size_t scenario_length, ftblab_study **study, ftblab_error *err)
{
  ftblab_study *made = calloc(1, sizeof *made);
  if (made == NULL)
    return no_memory(err);
  made->text = copy_of(text, length);
  made->scenario_text = copy_of(scenario, scenario_length);
  made->scenario_path = copy_of(scenario_path, strlen(scenario_path));
  const char *slash = strrchr(path, '/');
  made->file = strdup(slash != NULL ? slash + 1 : path);
  made->length = length;
  made->scenario_length = scenario_length;
  ftblab_status status = FTBLAB_OK;
  if (made->text == NULL || made->scenario_text == NULL || made->scenario_path == NULL || made->file == NULL)
    status = no_memory(err);
  if (status == FTBLAB_OK)
    status = ftblab_json_parse(text, length, path, &made->json, err);
  if (status == FTBLAB_OK)
    status = validate(made->json, err);
  if (status == FTBLAB_OK)
    status = fill(made, err);
  if (status != FTBLAB_OK) {
    ftblab_study_free(made);
    return status;
  }
  *study = made;
  return FTBLAB_OK;
}

/* The path of the scenario that the study at PATH names; NULL: no memory. */
static char *beside(const char *path, const char *scenario)
{
  const char *slash = strrchr(path, '/');
  ftblab_text text = {0};
  if (scenario[0] != '/' && slash != NULL)
    ftblab_text_add_bytes(&text, path, (size_t)(slash - path) + 1);
  ftblab_text_add(&text, scenario);
  if (text.failed)
    ftblab_text_free(&text);
  return text.data;
}

/* The scenario as the study names it; an error about the file is one about that place. */
static ftblab_status read_scenario(const char *path, const ftblab_json *json, char **scenario_path, char **text,
                                   size_t *length, ftblab_error *err)
{
  const cJSON *name = get(ftblab_json_root(json), "scenario");
  char *beside_path = beside(path, name->valuestring);
  if (beside_path == NULL)
    return no_memory(err);
  ftblab_error reason;
  ftblab_status status = ftblab_read_file(beside_path, text, length, &reason);
  if (status != FTBLAB_OK) {
    free(beside_path);
    return status == FTBLAB_EINPUT ? ftblab_json_fail(json, name, err, "%s", reason.text)
                                   : ftblab_fail(err, status, "%s", reason.text);
  }
  *scenario_path = realpath(beside_path, NULL);
  if (*scenario_path != NULL)
    free(beside_path);
  else
    *scenario_path = beside_path; /* it was there a moment ago; as it is, then */
  return FTBLAB_OK;
}

ftblab_status ftblab_study_read(const char *path, ftblab_study **study, ftblab_error *err)
{
  char *text = NULL, *scenario = NULL, *scenario_path = NULL;
  size_t length, scenario_length = 0;
  ftblab_json *json = NULL;
  ftblab_status status = ftblab_read_file(path, &text, &length, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_parse(text, length, path, &json, err);
  if (status == FTBLAB_OK)
    status = validate(json, err);
  if (status == FTBLAB_OK)
    status = read_scenario(path, json, &scenario_path, &scenario, &scenario_length, err);
  if (status == FTBLAB_OK)
    status = ftblab_study_of(path, text, length, scenario_path, scenario, scenario_length, study, err);
  ftblab_json_free(json);
  free(text);
  free(scenario);
  free(scenario_path);
  return status;
}

static void free_level(ftblab_level *level)
{
  cJSON_Delete(level->value);
  for (size_t i = 0; i < level->setting_count; i++)
    free(level->settings[i]);
  free(level->settings);
}

void ftblab_study_free(ftblab_study *study)
{
  if (study == NULL)
    return;
  for (size_t i = 0; i < study->factor_count; i++) {
    for (size_t j = 0; j < study->factors[i].level_count; j++)
      free_level(&study->factors[i].levels[j]);
    free(study->factors[i].levels);
  }
  free_level(&study->common);
  free(study->factors);
  ftblab_json_free(study->json);
  free(study->text);
  free(study->scenario_text);
  free(study->scenario_path);
  free(study->file);
  free(study);
}

const char *ftblab_study_title(const ftblab_study *study)
{
  return study->title;
}
