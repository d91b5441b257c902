/* point.c - points and replicas of a study: their values, scenarios, seeds and shares. */
#include "study.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const ftblab_level *ftblab_study_level(const ftblab_study *study, uint64_t point, size_t factor)
{
  for (size_t i = study->factor_count; i-- > factor + 1;)
    point /= study->factors[i].level_count;
  return &study->factors[factor].levels[point % study->factors[factor].level_count];
}

void ftblab_study_describe(const ftblab_study *study, uint64_t point, ftblab_text *text)
{
  for (size_t i = 0; i < study->factor_count; i++) {
    const cJSON *value = ftblab_study_level(study, point, i)->value;
    char *printed = cJSON_PrintUnformatted(value);
    ftblab_text_addf(text, "%s%s = %s", i > 0 ? ", " : "", study->factors[i].name,
                     cJSON_IsString(value) ? value->valuestring
                     : printed != NULL     ? printed
                                           : "?");
    cJSON_free(printed);
  }
}

/* Settings of all points, then of the factors in their order: a later one may change what an earlier one has set. */
static const char **settings_of(const ftblab_study *study, uint64_t point, size_t *count)
{
  size_t wanted = study->common.setting_count;
  for (size_t i = 0; i < study->factor_count; i++)
    wanted += ftblab_study_level(study, point, i)->setting_count;
  const char **settings = calloc(wanted + 1, sizeof *settings);
  *count = 0;
  for (size_t j = 0; settings != NULL && j < study->common.setting_count; j++)
    settings[(*count)++] = study->common.settings[j];
  for (size_t i = 0; settings != NULL && i < study->factor_count; i++) {
    const ftblab_level *level = ftblab_study_level(study, point, i);
    for (size_t j = 0; j < level->setting_count; j++)
      settings[(*count)++] = level->settings[j];
  }
  return settings;
}

/* Append where each setting of LEVEL stands in the study, each ended by a NUL. */
static void add_origins(const ftblab_study *study, const ftblab_level *level, ftblab_text *origins)
{
  const cJSON *item = level->set != NULL ? level->set->child : NULL;
  for (size_t i = 0; i < level->setting_count; i++) {
    ftblab_json_tell_place(study->json, item != NULL ? item : level->value_node, origins);
    ftblab_text_add_bytes(origins, "", 1);
    item = item != NULL ? item->next : NULL;
  }
}

static ftblab_status parse(const ftblab_study *study, const ftblab_scenario_changes *changes,
                           ftblab_scenario **scenario, ftblab_error *err)
{
  return ftblab_scenario_parse(study->scenario_text, study->scenario_length, study->scenario_path, changes, scenario,
                               err);
}

/* The scenario was refused: once more, with the line of the study that each change comes from. Only then, for a study
 * has many points, and looking for lines takes time. */
static ftblab_status explain(const ftblab_study *study, uint64_t point, ftblab_scenario_changes *changes,
                             ftblab_scenario **scenario, ftblab_error *err)
{
  ftblab_text bytes = {0};
  const char **origins = calloc(changes->setting_count + 1, sizeof *origins);
  add_origins(study, &study->common, &bytes);
  for (size_t i = 0; i < study->factor_count; i++)
    add_origins(study, ftblab_study_level(study, point, i), &bytes);
  ftblab_status status = FTBLAB_EINPUT;
  if (origins != NULL && !bytes.failed) {
    const char *at = ftblab_text_string(&bytes);
    for (size_t i = 0; i < changes->setting_count; i++) {
      origins[i] = at;
      at += strlen(at) + 1;
    }
    changes->origins = origins;
    status = parse(study, changes, scenario, err);
  }
  free(origins);
  ftblab_text_free(&bytes);
  return status;
}

ftblab_status ftblab_study_scenario(const ftblab_study *study, uint64_t point, ftblab_scenario **scenario,
                                    ftblab_error *err)
{
  ftblab_scenario_changes changes = {.has_seed = true, .seed = ftblab_study_seed(study, 0)};
  const char **settings = settings_of(study, point, &changes.setting_count);
  if (settings == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for point %" PRIu64, point + 1);
  changes.settings = settings;
  ftblab_status status = parse(study, &changes, scenario, err);
  if (status == FTBLAB_EINPUT)
    status = explain(study, point, &changes, scenario, err);
  free(settings);
  if (status == FTBLAB_OK || study->factor_count == 0)
    return status;
  ftblab_text text = {0};
  ftblab_study_describe(study, point, &text);
  ftblab_while(err, "reading point %" PRIu64 ": %s", point + 1, ftblab_text_string(&text));
  ftblab_text_free(&text);
  return status;
}

uint64_t ftblab_study_seed(const ftblab_study *study, uint64_t replica)
{
  char name[40];
  ftblab_random random;
  snprintf(name, sizeof name, "replica %" PRIu64, replica + 1);
  ftblab_random_seed(&random, study->seed, name);
  return ftblab_random_u64(&random) >> 11;
}

bool ftblab_study_in_share(const ftblab_study *study, ftblab_share share, uint64_t point, uint64_t replica)
{
  uint64_t number = study->rule.fixed ? point * study->rule.maximum + replica : point;
  return number % share.count == share.index - 1;
}
