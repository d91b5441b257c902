/* expect.c - the account of a run, and what its scenario expects of it.
 *
 * Three things are expected of every scenario, said or not: that its faults fire, that its bounds were measured, and
 * that nobody is blocked at the end. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *job_state_name(ftblab_job_state state)
{
  static const char *const names[] = {
      [FTBLAB_JOB_QUEUED] = "queued",   [FTBLAB_JOB_RUNNING] = "running",     [FTBLAB_JOB_COMPLETED] = "completed",
      [FTBLAB_JOB_ABORTED] = "aborted", [FTBLAB_JOB_SUSPENDED] = "suspended",
  };
  return names[state];
}

/* ---- what does not depend on the verdict ------------------------------------------------------------ */

static void expect_jobs(const ftblab_simulated *world, ftblab_text *unmet)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job *job = &world->jobs[i].job;
    const char *wanted = cJSON_GetStringValue(get(get(world->scenario->expect, "jobs"), job->name));
    if (wanted != NULL && strcmp(wanted, job_state_name(job->state)) != 0)
      ftblab_text_addf(unmet, "job %s is %s, expected: %s\n", job->name, job_state_name(job->state), wanted);
  }
}

static int iterations_of(const ftblab_job_record *record)
{
  int iterations = 0, running, respawned;
  if (ftblab_launch_of(record) != NULL)
    ftblab_launch_progress(ftblab_launch_of(record), &iterations, &running, &respawned);
  return iterations;
}

static void expect_number(const cJSON *numbers, const ftblab_job *job, const char *what, int is, ftblab_text *unmet)
{
  const cJSON *wanted = get(numbers, job->name);
  if (wanted != NULL && wanted->valuedouble != is)
    ftblab_text_addf(unmet, "job %s has %d %s, expected: %.0f\n", job->name, is, what, wanted->valuedouble);
}

static void expect_numbers(const ftblab_simulated *world, ftblab_text *unmet)
{
  const cJSON *expect = world->scenario->expect;
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job_record *record = &world->jobs[i];
    expect_number(get(expect, "launches"), &record->job, "launches", record->job.launches, unmet);
    expect_number(get(expect, "iterations"), &record->job, "iterations", iterations_of(record), unmet);
    expect_number(get(expect, "checkpoints"), &record->job, "checkpoints", record->checkpoints, unmet);
  }
}

static void expect_bounds(const ftblab_simulated *world, ftblab_text *unmet)
{
  for (size_t i = 0; i < world->scenario->bound_count; i++) {
    const ftblab_bound_state *bound = &world->bounds[i];
    double seconds = (double)(bound->to.t - bound->from.t) * 1e-9;
    if (!bound->from.came || !bound->to.came)
      ftblab_text_addf(unmet, "within[%zu]: %s never came\n", i,
                       bound->from.came ? bound->to.event : bound->from.event);
    else if (seconds > bound->plan->hard)
      ftblab_text_addf(unmet, "within[%zu]: %s came %.9g s after %s, the hard bound is %.9g s\n", i, bound->to.event,
                       seconds, bound->from.event, bound->plan->hard);
  }
}

void ftblab_expect_world(const ftblab_simulated *world, ftblab_simulation *simulation)
{
  bool blocked_expected = cJSON_IsTrue(get(world->scenario->expect, "blocked"));
  ftblab_text *unmet = &simulation->unmet;
  expect_jobs(world, unmet);
  expect_numbers(world, unmet);
  for (size_t i = 0; i < world->scenario->fault_count; i++) {
    if (!world->faults[i].fired)
      ftblab_text_addf(unmet, "faults[%zu] never fired\n", i);
  }
  expect_bounds(world, unmet);
  if (simulation->blocked.length > 0 && !blocked_expected)
    ftblab_text_add(unmet, "ranks are blocked at the end\n");
  if (simulation->blocked.length == 0 && blocked_expected)
    ftblab_text_add(unmet, "nobody is blocked at the end, expected: somebody\n");
}

/* ---- what depends on the verdict ----------------------------------------------------------------------- */

static void expect_verdict(const cJSON *expect, const ftblab_verdict *verdict, ftblab_text *unmet)
{
  const char *wanted = cJSON_GetStringValue(get(expect, "verdict"));
  const char *is = ftblab_verdict_name(ftblab_verdict_of(verdict));
  if (wanted != NULL && strcmp(wanted, is) != 0)
    ftblab_text_addf(unmet, "the verdict is %s, expected: %s\n", is, wanted);
}

static bool took_place(const ftblab_verdict *verdict, const char *workflow)
{
  const char *id;
  size_t count = ftblab_verdict_instances(verdict);
  for (size_t i = 0; i < count; i++)
    if (strcmp(ftblab_verdict_instance_workflow(verdict, i), workflow) == 0)
      return true;
  for (size_t w = 0; count = ftblab_verdict_counted(verdict, w, &id), id != NULL; w++)
    if (count > 0 && strcmp(id, workflow) == 0)
      return true;
  return false;
}

/* COUNT instances of the workflow took place. */
static void expect_workflow(const cJSON *workflows, const char *id, size_t count, ftblab_text *unmet)
{
  const cJSON *item = NULL;
  bool wanted = false;
  cJSON_ArrayForEach(item, workflows)
  {
    wanted = wanted || strcmp(id, item->valuestring) == 0;
  }
  for (; count > 0 && !wanted; count--)
    ftblab_text_addf(unmet, "workflow %s took place, which is not expected\n", id);
}

static void expect_workflows(const cJSON *workflows, const ftblab_verdict *verdict, ftblab_text *unmet)
{
  const cJSON *item = NULL;
  const char *id;
  size_t count;
  if (workflows == NULL)
    return;
  cJSON_ArrayForEach(item, workflows)
  {
    if (!took_place(verdict, item->valuestring))
      ftblab_text_addf(unmet, "workflow %s did not take place\n", item->valuestring);
  }
  for (size_t i = 0; i < ftblab_verdict_instances(verdict); i++)
    expect_workflow(workflows, ftblab_verdict_instance_workflow(verdict, i), 1, unmet);
  for (size_t w = 0; count = ftblab_verdict_counted(verdict, w, &id), id != NULL; w++)
    expect_workflow(workflows, id, count, unmet);
}

static bool is_violation(const cJSON *wanted, const char *kind, const char *step)
{
  const char *wanted_step = cJSON_GetStringValue(get(wanted, "step"));
  return strcmp(cJSON_GetStringValue(get(wanted, "kind")), kind) == 0 &&
         (wanted_step == NULL || (step != NULL && strcmp(wanted_step, step) == 0));
}

/* Each violation is taken by the first expected one that is still free. */
static ftblab_status expect_violations(const cJSON *violations, const ftblab_verdict *verdict, ftblab_text *unmet,
                                       ftblab_error *err)
{
  size_t wanted_count = (size_t)cJSON_GetArraySize(violations), count = ftblab_verdict_violations(verdict);
  if (violations == NULL)
    return FTBLAB_OK;
  bool *taken = calloc(wanted_count + 1, sizeof *taken);
  if (taken == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the expectations");
  for (size_t i = 0; i < count; i++) {
    const char *kind, *step, *message;
    ftblab_verdict_violation(verdict, i, &kind, &step, &message);
    size_t j = 0;
    while (j < wanted_count && (taken[j] || !is_violation(cJSON_GetArrayItem(violations, (int)j), kind, step)))
      j++;
    if (j < wanted_count)
      taken[j] = true;
    else
      ftblab_text_addf(unmet, "a violation that is not expected: %s %s: %s\n", kind, step == NULL ? "-" : step,
                       message);
  }
  for (size_t j = 0; j < wanted_count; j++) {
    const cJSON *wanted = cJSON_GetArrayItem(violations, (int)j);
    const char *step = cJSON_GetStringValue(get(wanted, "step"));
    if (!taken[j])
      ftblab_text_addf(unmet, "an expected violation did not come: %s %s\n", get(wanted, "kind")->valuestring,
                       step == NULL ? "-" : step);
  }
  free(taken);
  return FTBLAB_OK;
}

ftblab_status ftblab_simulation_expectations(const ftblab_simulation *simulation, const ftblab_verdict *verdict,
                                             ftblab_text *unmet, ftblab_error *err)
{
  const cJSON *expect = simulation->scenario->expect;
  ftblab_status status = FTBLAB_OK;
  if (verdict != NULL) {
    expect_verdict(expect, verdict, unmet);
    expect_workflows(get(expect, "workflows"), verdict, unmet);
    status = expect_violations(get(expect, "violations"), verdict, unmet, err);
  }
  ftblab_text_add(unmet, ftblab_text_string(&simulation->unmet));
  if (status == FTBLAB_OK && unmet->failed)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the expectations");
  return status;
}

/* ---- the account -------------------------------------------------------------------------------------------- */

static void summarise_jobs(const ftblab_simulated *world, ftblab_text *text)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job_record *record = &world->jobs[i];
    const ftblab_job *job = &record->job;
    ftblab_text_addf(text, "job %s: %s, launched %d time%s", job->name, job_state_name(job->state), job->launches,
                     job->launches == 1 ? "" : "s");
    if (job->launches > 0) {
      int iterations, running, respawned, corrupted, failed;
      ftblab_launch_progress(record->launches[job->launches - 1], &iterations, &running, &respawned);
      ftblab_text_addf(text, ", %d iterations", iterations);
      if (running > 0)
        ftblab_text_addf(text, ", %d ranks run", running);
      if (respawned > 0)
        ftblab_text_addf(text, ", %d ranks respawned", respawned);
      ftblab_launch_troubles(record->launches[job->launches - 1], &corrupted, &failed);
      if (corrupted > 0)
        ftblab_text_addf(text, ", %d messages corrupted and sent again", corrupted);
      if (failed > 0)
        ftblab_text_addf(text, ", %d tries over an interface that was down", failed);
    }
    if (record->checkpoints > 0)
      ftblab_text_addf(text, ", %d checkpoint%s", record->checkpoints, record->checkpoints == 1 ? "" : "s");
    if (record->restarts > 0)
      ftblab_text_addf(text, ", %d restart%s", record->restarts, record->restarts == 1 ? "" : "s");
    ftblab_text_add(text, "\n");
  }
}

static void summarise_faults(const ftblab_simulated *world, ftblab_text *text)
{
  for (size_t i = 0; i < world->scenario->fault_count; i++) {
    const ftblab_fault_state *fault = &world->faults[i];
    const char *kind = get(fault->plan->json, "kind")->valuestring;
    if (fault->fired)
      ftblab_text_addf(text, "fault %zu, %s: fired at %.9g s\n", i, kind, fault->date);
    else
      ftblab_text_addf(text, "fault %zu, %s: never fired\n", i, kind);
  }
}

static void summarise_bounds(const ftblab_simulated *world, ftblab_text *text)
{
  for (size_t i = 0; i < world->scenario->bound_count; i++) {
    const ftblab_bound_state *bound = &world->bounds[i];
    double seconds = (double)(bound->to.t - bound->from.t) * 1e-9;
    if (!bound->from.came || !bound->to.came)
      continue;
    ftblab_text_addf(text, "bound %zu, %s to %s: %.9g s of %.9g s", i, bound->from.event, bound->to.event, seconds,
                     bound->plan->hard);
    if (bound->plan->soft >= 0 && seconds > bound->plan->soft)
      ftblab_text_addf(text, " (above the soft bound of %.9g s)", bound->plan->soft);
    ftblab_text_add(text, "\n");
  }
}

static void summarise_backplane(const ftblab_simulated *world, ftblab_text *text)
{
  const ftblab_backplane_counters count = ftblab_backplane_count(world->backplane);
  ftblab_text_addf(text,
                   "backplane: %llu published, %llu delivered, %llu hops, %llu lost, %llu duplicated, "
                   "%llu retried, %llu given up, %llu healed\n",
                   (unsigned long long)count.published, (unsigned long long)count.delivered,
                   (unsigned long long)count.hops, (unsigned long long)count.lost, (unsigned long long)count.duplicated,
                   (unsigned long long)count.retried, (unsigned long long)count.given_up,
                   (unsigned long long)count.healed);
}

static void summarise_admin(const ftblab_simulated *world, ftblab_text *text)
{
  double date;
  for (size_t at = 0; at + sizeof date < world->admin.length; at += strlen(world->admin.data + at) + 1) {
    memcpy(&date, world->admin.data + at, sizeof date);
    at += sizeof date;
    ftblab_text_addf(text, "%.9g s  %s\n", date, world->admin.data + at);
  }
}

void ftblab_summarise(const ftblab_simulated *world, ftblab_simulation *simulation)
{
  ftblab_text *text = &simulation->summary;
  ftblab_text_addf(text, "seed %llu, %llu records, ended at %.9g s, %s\n", (unsigned long long)world->scenario->seed,
                   (unsigned long long)simulation->records, simulation->end,
                   simulation->complete ? "all quiet" : "something still under way");
  summarise_jobs(world, text);
  summarise_faults(world, text);
  ftblab_drawn_summarise(world, text);
  summarise_bounds(world, text);
  summarise_admin(world, text);
  summarise_backplane(world, text);
  ftblab_text_addf(text, "random draws by components and heartbeats: %llu\n", (unsigned long long)world->draws);
}
