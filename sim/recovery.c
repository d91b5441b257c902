/* recovery.c - what a job does about failures, by name: the key "recovery" of a job.
 *
 * It is one answer to a failure, one to a prediction, or one of each joined by "+": "checkpoint+migrate". A job that
 * goes on with holes or spawns ranks again may go back to its last checkpoint then: "shrink+checkpoint". Each name
 * stands for what else a scenario would say in several places, so that a study varies one key. What a name sets may be
 * said beside it only if it is the same. */
#include <string.h>

#include "scenario.h"

typedef struct answer_name {
  const char *name;
  bool to_prediction;
  ftblab_prediction_policy prediction;
  ftblab_job_policy policy;
  bool requeue, from_images;
  ftblab_respawn respawn;
} answer_name;

static const answer_name answers[] = {
    {.name = "scratch", .policy = FTBLAB_POLICY_ABORT, .requeue = true},
    {.name = "checkpoint", .policy = FTBLAB_POLICY_ABORT, .requeue = true, .from_images = true},
    {.name = "shrink", .policy = FTBLAB_POLICY_CONTINUE, .respawn = FTBLAB_RESPAWN_NEVER},
    {.name = "respawn", .policy = FTBLAB_POLICY_CONTINUE, .respawn = FTBLAB_RESPAWN_ON_SPARES},
    {.name = "migrate", .to_prediction = true, .prediction = FTBLAB_PREDICTION_MIGRATE},
    {.name = "suspend", .to_prediction = true, .prediction = FTBLAB_PREDICTION_SUSPEND},
};

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool is_said(const cJSON *object, const char *key, const char *word)
{
  const char *said = cJSON_GetStringValue(get(object, key));
  return said != NULL && strcmp(said, word) == 0;
}

/* ---- names --------------------------------------------------------------------------------------------- */

static const answer_name *find(const char *word, size_t length)
{
  for (size_t i = 0; i < FTBLAB_COUNT(answers); i++) {
    if (strlen(answers[i].name) == length && memcmp(answers[i].name, word, length) == 0)
      return &answers[i];
  }
  return NULL;
}

/* What is said of failures, of predictions, and of checkpoints beside an answer that does not abort; NULL: not said. */
enum { TO_FAILURE, TO_PREDICTION, ROLLBACK, PLACES };

/* ANSWER may stand beside what is there already: one of both goes on, the other has checkpoints. */
static bool is_rollback(const answer_name *there, const answer_name *answer)
{
  return !answer->to_prediction &&
         (there->from_images ? answer->policy == FTBLAB_POLICY_CONTINUE
                             : answer->from_images && there->policy == FTBLAB_POLICY_CONTINUE);
}

static ftblab_status read_words(const ftblab_scenario *scenario, const cJSON *json, const answer_name *found[PLACES],
                                ftblab_error *err)
{
  for (const char *word = json->valuestring; word != NULL;) {
    size_t length = strcspn(word, "+");
    const answer_name *answer = find(word, length);
    if (answer == NULL)
      return ftblab_json_fail(scenario->json, json, err,
                              "no recovery is called \"%.*s\": a failure is answered by scratch, checkpoint, shrink or "
                              "respawn, a prediction by migrate or suspend, both are joined by \"+\"; so are "
                              "checkpoint and shrink or respawn",
                              (int)length, word);
    const answer_name **place = &found[answer->to_prediction ? TO_PREDICTION : TO_FAILURE];
    if (*place != NULL && found[ROLLBACK] == NULL && is_rollback(*place, answer)) {
      found[ROLLBACK] = answer->from_images ? answer : *place;
      answer = answer->from_images ? *place : answer;
    } else if (*place != NULL)
      return ftblab_json_fail(scenario->json, json, err, "%s and %s both answer a %s: take one", (*place)->name,
                              answer->name, answer->to_prediction ? "prediction" : "failure");
    *place = answer;
    word = word[length] == '+' ? word + length + 1 : NULL;
  }
  return FTBLAB_OK;
}

/* ---- how often checkpoints are taken --------------------------------------------------------------------- */

/* Young's or Daly's interval for each of two levels, where it is said what a near checkpoint costs: they follow from
 * that, and so does how many there are for one of the far level. */
static ftblab_status read_levels(const ftblab_scenario *scenario, const cJSON *json, ftblab_checkpoint_rule *rule,
                                 ftblab_error *err)
{
  const cJSON *near_cost = get(json, "near_cost"), *near_share = get(json, "near_share");
  if (near_cost == NULL && near_share == NULL)
    return FTBLAB_OK;
  if (near_cost == NULL || near_share == NULL)
    return ftblab_json_fail(scenario->json, json, err, "\"near_cost\" and \"near_share\" go together");
  if (scenario->storage.near == NULL)
    return ftblab_json_fail(scenario->json, near_cost, err, "the storage has no near level");
  if (rule->law == FTBLAB_INTERVAL_GIVEN)
    return ftblab_json_fail(scenario->json, near_cost, err, "the interval is given, nothing follows from a cost");
  if (!(rule->cost > near_cost->valuedouble))
    return ftblab_json_fail(scenario->json, near_cost, err,
                            "the far level's \"cost\" must be given, and be more than this");
  bool is_daly = rule->law == FTBLAB_INTERVAL_DALY;
  ftblab_costs far = {.checkpoint = rule->cost};
  ftblab_near_level near = {.checkpoint = near_cost->valuedouble, .share = near_share->valuedouble};
  rule->law = FTBLAB_INTERVAL_GIVEN;
  rule->interval = ftblab_two_levels_interval_by(is_daly ? ftblab_daly_interval_high : ftblab_young_interval,
                                                 rule->mtbf, &far, &near, &rule->every);
  return FTBLAB_OK;
}

static ftblab_status read_rule(const ftblab_scenario *scenario, const cJSON *json, ftblab_checkpoint_rule *rule,
                               ftblab_error *err)
{
  const cJSON *interval = get(json, "interval"), *cost = get(json, "cost"), *mtbf = get(json, "mtbf");
  *rule = (ftblab_checkpoint_rule){.law = FTBLAB_INTERVAL_GIVEN, .cost = -1};
  if (cJSON_IsNumber(interval))
    rule->interval = interval->valuedouble;
  else if (is_said(json, "interval", "young"))
    rule->law = FTBLAB_INTERVAL_YOUNG;
  else if (is_said(json, "interval", "daly"))
    rule->law = FTBLAB_INTERVAL_DALY;
  else
    return ftblab_json_fail(scenario->json, interval, err, "must be seconds, \"young\" or \"daly\", is \"%s\"",
                            interval->valuestring);
  if (cJSON_IsNumber(cost))
    rule->cost = cost->valuedouble;
  if (cJSON_IsNumber(mtbf))
    rule->mtbf = mtbf->valuedouble;
  if (rule->law != FTBLAB_INTERVAL_GIVEN && mtbf == NULL)
    return ftblab_json_fail(scenario->json, interval, err,
                            "the interval of %s needs the mean time between failures: "
                            "\"mtbf\"",
                            interval->valuestring);
  return read_levels(scenario, json, rule, err);
}

/* ---- what does not go together ---------------------------------------------------------------------------- */

static bool has_checkpoints(const answer_name *const found[PLACES])
{
  return found[TO_FAILURE]->from_images || found[ROLLBACK] != NULL;
}

static ftblab_status check_keys(const ftblab_scenario *scenario, const ftblab_job_plan *job,
                                const answer_name *const found[PLACES], ftblab_error *err)
{
  const answer_name *answer = found[TO_FAILURE];
  const cJSON *json = job->json;
  if (answer->policy != FTBLAB_POLICY_CONTINUE && is_said(json, "policy", "continue"))
    return ftblab_json_fail(scenario->json, get(json, "policy"), err, "the recovery \"%s\" aborts the job",
                            answer->name);
  if (found[ROLLBACK] == NULL && !answer->requeue && cJSON_IsTrue(get(json, "requeue")))
    return ftblab_json_fail(scenario->json, get(json, "requeue"), err, "the recovery \"%s\" does not abort the job",
                            answer->name);
  if (!has_checkpoints(found) && is_said(json, "restart", "checkpoint"))
    return ftblab_json_fail(scenario->json, get(json, "restart"), err,
                            "the recovery \"%s\" launches nothing from a checkpoint", answer->name);
  return FTBLAB_OK;
}

/* Who has no state but what is dealt out anew does not go back, and who has a recovery of its own does that. */
static ftblab_status check_rollback(const ftblab_scenario *scenario, const ftblab_job_plan *job, const cJSON *json,
                                    ftblab_error *err)
{
  bool cooperates = cJSON_IsTrue(get(ftblab_scenario_role(scenario, "Application"), "cooperates"));
  if (cooperates || (strcmp(job->application, "stencil") != 0 && strcmp(job->application, "factorisation") != 0))
    return ftblab_json_fail(scenario->json, json, err,
                            "an application \"%s\"%s does not go back to a checkpoint by itself", job->application,
                            cooperates ? " that cooperates" : "");
  return FTBLAB_OK;
}

/* Who has to play along. */
static ftblab_status check_world(const ftblab_scenario *scenario, const cJSON *json,
                                 const answer_name *const found[PLACES], ftblab_error *err)
{
  const char *library = ftblab_scenario_library(scenario);
  const answer_name *to_failure = found[TO_FAILURE], *to_prediction = found[TO_PREDICTION];
  bool writes =
      has_checkpoints(found) || (to_prediction != NULL && to_prediction->prediction == FTBLAB_PREDICTION_SUSPEND);
  if (writes && scenario->storage.json == NULL)
    return ftblab_json_fail(scenario->json, json, err, "\"%s\" writes images: the scenario has no storage",
                            json->valuestring);
  if (strcmp(library, "mpich2") == 0 && (to_failure->policy == FTBLAB_POLICY_CONTINUE || to_prediction != NULL))
    return ftblab_json_fail(scenario->json, json, err,
                            "MPI plays mpich2, which hears nothing and whose errors are fatal: scratch or checkpoint");
  if (strcmp(library, "mvapich2") == 0 && to_prediction != NULL)
    return ftblab_json_fail(scenario->json, json, err,
                            "MPI plays mvapich2, whose migration trigger answers predictions by itself");
  if (to_prediction != NULL && !cJSON_IsTrue(get(ftblab_scenario_role(scenario, "RM/JS"), "aware")) &&
      ftblab_scenario_role(scenario, "MPI*") == NULL)
    return ftblab_json_fail(scenario->json, json, err, "nobody hears predictions: RM/JS is not aware of them");
  return FTBLAB_OK;
}

ftblab_status ftblab_recovery_read(const ftblab_scenario *scenario, ftblab_job_plan *job, ftblab_error *err)
{
  const cJSON *json = get(job->json, "recovery"), *rule = get(job->json, "checkpoint");
  const answer_name *found[PLACES] = {NULL};
  if (json == NULL && rule != NULL)
    return ftblab_json_fail(scenario->json, rule, err, "nobody takes checkpoints: \"recovery\" does not say so");
  if (json == NULL)
    return FTBLAB_OK;
  ftblab_status status = read_words(scenario, json, found, err);
  if (status == FTBLAB_OK && found[TO_FAILURE] == NULL)
    found[TO_FAILURE] = &answers[0]; /* what was not predicted: from scratch */
  if (status == FTBLAB_OK)
    status = check_keys(scenario, job, found, err);
  if (status == FTBLAB_OK)
    status = check_world(scenario, json, found, err);
  if (status == FTBLAB_OK && found[ROLLBACK] != NULL)
    status = check_rollback(scenario, job, json, err);
  if (status == FTBLAB_OK && has_checkpoints(found) && rule == NULL)
    status = ftblab_json_fail(scenario->json, json, err, "how often are checkpoints taken? \"checkpoint\" is not said");
  if (status == FTBLAB_OK && has_checkpoints(found))
    status = read_rule(scenario, rule, &job->checkpoints, err);
  if (status != FTBLAB_OK)
    return status;
  job->policy = found[TO_FAILURE]->policy;
  job->rolls_back = found[ROLLBACK] != NULL;
  job->requeue = found[TO_FAILURE]->requeue || job->rolls_back; /* once no rank is left */
  job->restarts_from_images = has_checkpoints(found);
  job->respawn = found[TO_FAILURE]->respawn;
  job->answers_predictions = true;
  job->on_prediction = found[TO_PREDICTION] == NULL ? FTBLAB_PREDICTION_IGNORE : found[TO_PREDICTION]->prediction;
  return FTBLAB_OK;
}
