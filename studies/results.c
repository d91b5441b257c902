/* results.c - what a study's file holds, for those who show it. What must hold: nothing here grows with the number of
 * points or replicas but what SQLite keeps on disk. */
#include <stdlib.h>
#include <string.h>

#include "store.h"

struct ftblab_results {
  ftblab_store *store;
  ftblab_study *study;
  char *version, *identity, *share;
  ftblab_summary *summaries; /* of the point at hand */
  bool nodes_known;          /* of the job: they are, and */
  bool nodes_vary;           /* from point to point; */
  double nodes;              /* else these */
};

/* ---- how many nodes a job has ---------------------------------------------------------------------------------- */

static void apply(ftblab_json *json, const ftblab_level *level)
{
  for (size_t i = 0; i < level->setting_count; i++) {
    const char *equals = strchr(level->settings[i], '=');
    ftblab_text key = {0};
    ftblab_text_add_bytes(&key, level->settings[i], (size_t)(equals - level->settings[i]));
    if (!key.failed)
      (void)ftblab_json_set(json, key.data, equals + 1, "the study", NULL); /* a bad one was told when it was run */
    ftblab_text_free(&key);
  }
}

static double nodes_of(const cJSON *jobs)
{
  const cJSON *nodes = cJSON_GetArraySize(jobs) == 1 ? cJSON_GetObjectItemCaseSensitive(jobs->child, "nodes") : NULL;
  if (cJSON_IsNumber(nodes))
    return nodes->valuedouble;
  return cJSON_IsArray(nodes) ? (double)cJSON_GetArraySize(nodes) : 0;
}

static double nodes_at(const ftblab_study *study, uint64_t point)
{
  ftblab_json *json = NULL;
  if (ftblab_json_parse(study->scenario_text, study->scenario_length, study->scenario_path, &json, NULL) != FTBLAB_OK)
    return 0;
  apply(json, &study->common);
  for (size_t i = 0; i < study->factor_count; i++)
    apply(json, ftblab_study_level(study, point, i));
  double nodes = nodes_of(cJSON_GetObjectItemCaseSensitive(ftblab_json_root(json), "jobs"));
  ftblab_json_free(json);
  return nodes;
}

/* Might SETTING be one of a job's nodes, or a whole job? */
static bool sets_nodes(const char *setting)
{
  setting += strncmp(setting, "$.", 2) == 0 ? 2 : 0;
  const char *jobs = strstr(setting, "jobs"), *nodes = strstr(setting, "nodes"), *dot = strchr(setting, '.'),
             *equals = strchr(setting, '=');
  return jobs != NULL && jobs < equals && ((nodes != NULL && nodes < equals) || dot == NULL || dot > equals);
}

static bool nodes_vary(const ftblab_study *study)
{
  for (size_t i = 0; i < study->factor_count; i++)
    for (size_t j = 0; j < study->factors[i].level_count; j++)
      for (size_t k = 0; k < study->factors[i].levels[j].setting_count; k++)
        if (sets_nodes(study->factors[i].levels[j].settings[k]))
          return true;
  return false;
}

double ftblab_results_job_nodes(ftblab_results *results, uint64_t point)
{
  if (!results->nodes_known) {
    results->nodes_known = true;
    results->nodes_vary = nodes_vary(results->study);
    results->nodes = results->nodes_vary ? 0 : nodes_at(results->study, 0);
  }
  return results->nodes_vary ? nodes_at(results->study, point) : results->nodes;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static ftblab_status fill(ftblab_results *results, const char *folder, ftblab_error *err)
{
  size_t metrics;
  ftblab_metric_table(&metrics);
  results->summaries = calloc(metrics, sizeof *results->summaries);
  if (results->summaries == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results");
  ftblab_status status = ftblab_store_open(folder, FTBLAB_STORE_READ, &results->store, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_study(results->store, &results->study, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(results->store, "version", &results->version, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(results->store, "identity", &results->identity, err);
  return status == FTBLAB_OK ? ftblab_store_value(results->store, "share", &results->share, err) : status;
}

ftblab_status ftblab_results_open(const char *folder, ftblab_results **results, ftblab_error *err)
{
  ftblab_results *made = calloc(1, sizeof *made);
  ftblab_status status =
      made != NULL ? fill(made, folder, err) : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results");
  if (status != FTBLAB_OK) {
    ftblab_results_close(made);
    return status;
  }
  *results = made;
  return FTBLAB_OK;
}

void ftblab_results_close(ftblab_results *results)
{
  if (results == NULL)
    return;
  ftblab_study_free(results->study);
  ftblab_store_close(results->store);
  free(results->version);
  free(results->identity);
  free(results->share);
  free(results->summaries);
  free(results);
}

/* ---- what was asked ---------------------------------------------------------------------------------- */

ftblab_results_about ftblab_results_tell(const ftblab_results *results)
{
  const ftblab_study *study = results->study;
  const char *description =
      cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ftblab_json_root(study->json), "description"));
  const char *slash = strrchr(study->scenario_path, '/');
  return (ftblab_results_about){.folder = ftblab_store_folder(results->store),
                                .title = study->title,
                                .description = description != NULL ? description : "",
                                .file = study->file,
                                .text = study->text,
                                .scenario = slash != NULL ? slash + 1 : study->scenario_path,
                                .version = results->version,
                                .identity = results->identity,
                                .share = results->share,
                                .seed = study->seed,
                                .points = study->point_count,
                                .most_each = study->rule.maximum,
                                .by_rule = !study->rule.fixed,
                                .factors = study->factor_count};
}

const char *ftblab_results_factor(const ftblab_results *results, size_t factor, const char **key, size_t *levels)
{
  const ftblab_factor *found = &results->study->factors[factor];
  *key = found->key != NULL ? found->key : "";
  *levels = found->level_count;
  return found->name;
}

const cJSON *ftblab_results_level(const ftblab_results *results, size_t factor, size_t level)
{
  return results->study->factors[factor].levels[level].value;
}

size_t ftblab_results_level_at(const ftblab_results *results, uint64_t point, size_t factor)
{
  const ftblab_level *level = ftblab_study_level(results->study, point, factor);
  return (size_t)(level - results->study->factors[factor].levels);
}

/* ---- what came out --------------------------------------------------------------------------------------- */

typedef struct asking {
  ftblab_results *results;
  ftblab_result_sink *take;
  void *argument;
} asking;

static ftblab_status take_point(void *argument, uint64_t point, bool finished, const ftblab_counts *known,
                                ftblab_error *err)
{
  const asking *a = argument;
  ftblab_counts counts = *known;
  ftblab_store *store = a->results->store;
  ftblab_status status = finished ? FTBLAB_OK : ftblab_store_count(store, point, &counts, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_summaries(store, point, finished, a->results->summaries, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_result_point shown = {.point = point,
                               .finished = finished,
                               .replicas = counts.replicas,
                               .conforms = counts.conforms,
                               .violates = counts.violates,
                               .undecided = counts.undecided,
                               .broken = counts.broken,
                               .metrics = a->results->summaries};
  return a->take(a->argument, &shown, err);
}

ftblab_status ftblab_results_points(ftblab_results *results, ftblab_result_sink *take, void *argument,
                                    ftblab_error *err)
{
  asking a = {results, take, argument};
  return ftblab_store_points(results->store, take_point, &a, err);
}

ftblab_status ftblab_results_faulty(ftblab_results *results, size_t most,
                                    void (*take)(void *argument, const ftblab_result_replica *replica), void *argument,
                                    ftblab_error *err)
{
  return ftblab_store_faulty(results->store, most, take, argument, err);
}

ftblab_status ftblab_results_pick(ftblab_results *results, uint64_t point, size_t metric, double median,
                                  ftblab_result_pick *middle, ftblab_result_pick *worst, ftblab_error *err)
{
  return ftblab_store_pick(results->store, point, metric, median, middle, worst, err);
}
