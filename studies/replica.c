/* replica.c - see replica.h. The trace is judged while it comes and is kept nowhere; its digest is, so that a replay
 * can prove that it is the same. */
#include "replica.h"

#include <stdlib.h>
#include <string.h>

/* ---- messages -------------------------------------------------------------------------------------- */

static size_t metric_count(void)
{
  size_t count;
  ftblab_metric_table(&count);
  return count;
}

void ftblab_result_write(const ftblab_result *result, const double *metrics, const char *reason, ftblab_text *message)
{
  ftblab_result head = *result;
  double none = 0;
  head.reason_length = (uint32_t)strlen(reason);
  ftblab_text_add_bytes(message, (const char *)&head, sizeof head);
  for (size_t i = 0; i < metric_count(); i++)
    ftblab_text_add_bytes(message, (const char *)(metrics != NULL ? &metrics[i] : &none), sizeof none);
  ftblab_text_add_bytes(message, reason, head.reason_length);
}

size_t ftblab_result_whole(const char *bytes, size_t count)
{
  ftblab_result head;
  if (count < sizeof head)
    return 0;
  memcpy(&head, bytes, sizeof head);
  size_t length = sizeof head + metric_count() * sizeof(double) + head.reason_length;
  return count >= length ? length : 0;
}

bool ftblab_result_read(const char *bytes, double *metrics, char reason[1600], ftblab_row *row)
{
  ftblab_result head;
  memcpy(&head, bytes, sizeof head);
  memcpy(metrics, bytes + sizeof head, metric_count() * sizeof *metrics);
  snprintf(reason, 1600, "%.*s", (int)head.reason_length, bytes + sizeof head + metric_count() * sizeof *metrics);
  *row = (ftblab_row){.point = head.task.point,
                      .replica = head.task.replica,
                      .seed = head.seed,
                      .fate = (ftblab_fate)head.fate,
                      .verdict = (ftblab_verdict_kind)head.verdict,
                      .unmet = head.unmet,
                      .digest = head.digest,
                      .metrics = metrics,
                      .reason = reason};
  return head.refused != 0;
}

/* ---- the run ------------------------------------------------------------------------------------------ */

typedef struct judge {
  ftblab_checker *checker;
  ftblab_trace_digest digest;
} judge;

static ftblab_status take_record(void *argument, const ftblab_record *record, ftblab_error *err)
{
  judge *j = argument;
  ftblab_digest_record(&j->digest, record);
  return ftblab_checker_add(j->checker, record, err);
}

/* As ftblab run does it: by the scenario's workflows, else by all. */
static ftblab_status begin(const ftblab_scenario *scenario, const ftblab_spec *spec, judge *j, ftblab_error *err)
{
  ftblab_text ids = {0};
  ftblab_trace_header header = ftblab_simulation_header(scenario);
  ftblab_status status = ftblab_scenario_workflows(scenario, spec, &ids, err);
  /* what a row says of a run without violations are counts */
  ftblab_check_options options = {.workflows = ids.length > 0 ? ftblab_text_string(&ids) : NULL, .counted = true};
  if (status == FTBLAB_OK)
    status = ftblab_checker_new(spec, &options, &header, &j->checker, err);
  if (status == FTBLAB_OK)
    status = ftblab_digest_begin(&j->digest, &header, err);
  ftblab_text_free(&ids);
  return status;
}

static size_t count_lines(const char *text)
{
  size_t count = 0;
  for (; *text != '\0'; text++)
    count += *text == '\n';
  return count;
}

static void first_violation(const ftblab_verdict *verdict, ftblab_text *reason)
{
  const char *kind, *step, *message;
  if (ftblab_verdict_violations(verdict) == 0)
    return;
  ftblab_verdict_violation(verdict, 0, &kind, &step, &message);
  ftblab_text_addf(reason, "%s%s%s: %.1200s", kind, step != NULL ? " " : "", step != NULL ? step : "", message);
}

static ftblab_status judge_run(const ftblab_simulation *simulation, judge *j, ftblab_result *result, double *metrics,
                               ftblab_text *reason, ftblab_error *err)
{
  ftblab_verdict *verdict = NULL;
  ftblab_text unmet = {0};
  if (ftblab_simulation_complete(simulation))
    ftblab_checker_set_complete(j->checker);
  ftblab_status status = ftblab_checker_finish(j->checker, "replica", &verdict, err);
  if (status == FTBLAB_OK)
    status = ftblab_simulation_expectations(simulation, verdict, &unmet, err);
  if (status == FTBLAB_OK) {
    ftblab_simulation_metrics(simulation, verdict, metrics);
    first_violation(verdict, reason);
    result->verdict = (int32_t)ftblab_verdict_of(verdict);
    result->unmet = count_lines(ftblab_text_string(&unmet));
    result->digest = j->digest.value;
  }
  ftblab_text_free(&unmet);
  ftblab_verdict_free(verdict);
  return status;
}

void ftblab_replica_run(const ftblab_cluster *cluster, const ftblab_scenario *scenario, const ftblab_spec *spec,
                        ftblab_task task, ftblab_text *message)
{
  ftblab_error err = {0};
  ftblab_simulation *simulation = NULL;
  judge j = {0};
  ftblab_text reason = {0};
  ftblab_result result = {.task = task, .seed = ftblab_scenario_seed(scenario), .fate = FTBLAB_FATE_DONE};
  double *metrics = calloc(metric_count(), sizeof *metrics);
  ftblab_status status =
      metrics != NULL ? begin(scenario, spec, &j, &err) : ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for the metrics");
  if (status == FTBLAB_OK)
    status = ftblab_simulate_on(cluster, scenario, spec, take_record, &j, &simulation, &err);
  if (status == FTBLAB_OK)
    status = judge_run(simulation, &j, &result, metrics, &reason, &err);
  if (status != FTBLAB_OK) {
    result.fate = FTBLAB_FATE_FAILED;
    result.refused = status == FTBLAB_EINPUT || status == FTBLAB_EUSAGE;
    ftblab_text_clear(&reason);
    ftblab_text_add(&reason, err.text);
  }
  ftblab_result_write(&result, status == FTBLAB_OK ? metrics : NULL, ftblab_text_string(&reason), message);
  ftblab_text_free(&reason);
  ftblab_simulation_free(simulation);
  ftblab_checker_free(j.checker);
  free(metrics);
}
