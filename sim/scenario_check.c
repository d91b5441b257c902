/* scenario_check.c - does what a scenario names exist, and does it fit the platform?
 *
 * Runs when platform and catalogue are known and before time starts. The first thing that is wrong is the
 * error, with its place in the scenario and the nearest name that exists. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "spec.h"

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* ---- names --------------------------------------------------------------------------------------- */

static ftblab_status fail_unknown(const ftblab_scenario *scenario, const cJSON *json, const char *what,
                                  const char *name, const char *near, ftblab_error *err)
{
  if (near == NULL)
    return ftblab_json_fail(scenario->json, json, err, "no %s is called \"%s\"", what, name);
  return ftblab_json_fail(scenario->json, json, err, "no %s is called \"%s\" (did you mean \"%s\"?)", what, name, near);
}

static ftblab_status check_node(const ftblab_scenario *scenario, const ftblab_engine *engine, const cJSON *json,
                                int *node, ftblab_error *err)
{
  const char *name = cJSON_GetStringValue(json);
  size_t count = ftblab_engine_nodes(engine);
  *node = ftblab_engine_node_index(engine, name, strlen(name));
  if (*node >= 0)
    return FTBLAB_OK;
  const char **names = malloc((count + 1) * sizeof *names);
  if (names == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the names of nodes");
  for (size_t i = 0; i < count; i++)
    names[i] = ftblab_engine_node_name(engine, (int)i);
  ftblab_status status =
      fail_unknown(scenario, json, "node of the platform", name, ftblab_nearest(name, names, count), err);
  free(names);
  return status;
}

static ftblab_status check_event(const ftblab_scenario *scenario, const ftblab_spec *spec, const cJSON *json,
                                 ftblab_error *err)
{
  const char *name = cJSON_GetStringValue(json);
  if (name == NULL || ftblab_spec_event(spec, name, strlen(name)) != FTBLAB_NONE)
    return FTBLAB_OK;
  const char **names = malloc((spec->event_count + 1) * sizeof *names);
  if (names == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the names of events");
  for (size_t i = 0; i < spec->event_count; i++)
    names[i] = spec->events[i].name;
  ftblab_status status =
      fail_unknown(scenario, json, "event", name, ftblab_nearest(name, names, spec->event_count), err);
  free(names);
  return status;
}

/* A role that can act in the simulation, or the simulation itself. */
static ftblab_status check_role(const ftblab_scenario *scenario, const cJSON *json, ftblab_error *err)
{
  const char *names[FTBLAB_MAX_ROLES + 1];
  const char *name = cJSON_GetStringValue(json);
  size_t count = 0;
  if (name == NULL)
    return FTBLAB_OK;
  names[count++] = FTBLAB_SIMULATION;
  for (size_t i = 0; ftblab_role_classes[i] != NULL && count < FTBLAB_COUNT(names); i++)
    names[count++] = ftblab_role_classes[i]->role;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0)
      return FTBLAB_OK;
  }
  return fail_unknown(scenario, json, "component", name, ftblab_nearest(name, names, count), err);
}

static ftblab_status check_moment(const ftblab_scenario *scenario, const ftblab_spec *spec, const ftblab_moment *moment,
                                  ftblab_error *err)
{
  ftblab_status status = check_role(scenario, get(moment->json, "component"), err);
  return status != FTBLAB_OK ? status : check_event(scenario, spec, get(moment->json, "event"), err);
}

/* ---- jobs ------------------------------------------------------------------------------------------ */

bool ftblab_scenario_is_compute(const ftblab_scenario *scenario, const ftblab_engine *engine, int node)
{
  const char *service = cJSON_GetStringValue(scenario->service);
  return !ftblab_engine_node_is_service(engine, node) &&
         (service == NULL || strcmp(service, ftblab_engine_node_name(engine, node)) != 0);
}

static ftblab_status check_ranks(const ftblab_scenario *scenario, const ftblab_job_plan *job, int cores,
                                 ftblab_error *err)
{
  if (job->ranks_per_node <= cores * FTBLAB_RANKS_PER_CORE)
    return FTBLAB_OK;
  return ftblab_json_fail(scenario->json, get(job->json, "ranks_per_node"), err,
                          "%d ranks on a node of %d cores; at most %d for each core", job->ranks_per_node, cores,
                          FTBLAB_RANKS_PER_CORE);
}

static ftblab_status check_job_nodes(const ftblab_scenario *scenario, const ftblab_job_plan *job,
                                     const ftblab_engine *engine, ftblab_cores *cores, ftblab_error *err)
{
  const cJSON *name = NULL;
  int node = 0;
  cJSON_ArrayForEach(name, job->nodes)
  {
    ftblab_status status = check_node(scenario, engine, name, &node, err);
    if (status == FTBLAB_OK && !ftblab_scenario_is_compute(scenario, engine, node))
      status = ftblab_json_fail(scenario->json, name, err, "%s is a service node and takes no jobs", name->valuestring);
    if (status == FTBLAB_OK)
      status = check_ranks(scenario, job, cores(engine, node), err);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status check_job(const ftblab_scenario *scenario, const ftblab_job_plan *job, const ftblab_engine *engine,
                               ftblab_cores *cores, ftblab_error *err)
{
  if (cJSON_IsArray(job->nodes))
    return check_job_nodes(scenario, job, engine, cores, err);
  /* Any node may be given to the job, so the smallest decides. */
  int available = 0, fewest = 0;
  for (size_t i = 0; i < ftblab_engine_nodes(engine); i++) {
    if (!ftblab_scenario_is_compute(scenario, engine, (int)i))
      continue;
    int count = cores(engine, (int)i);
    available++;
    if (fewest == 0 || count < fewest)
      fewest = count;
  }
  if (job->nodes->valuedouble > available)
    return ftblab_json_fail(scenario->json, job->nodes, err, "%.0f nodes, but the platform has %d for jobs",
                            job->nodes->valuedouble, available);
  return check_ranks(scenario, job, fewest, err);
}

/* A cluster has one manager, and one that is not RM/JS knows no recoveries but its own. */
static ftblab_status check_manager(const ftblab_scenario *scenario, const ftblab_job_plan *job, ftblab_error *err)
{
  const ftblab_application_class *own = ftblab_scenario_managed(scenario);
  bool same = strcmp(job->application, scenario->jobs[0].application) == 0;
  bool other = own != NULL && !same;
  for (size_t i = 0; own == NULL && ftblab_application_classes[i] != NULL; i++)
    other = other || (ftblab_application_classes[i]->manager != NULL &&
                      strcmp(ftblab_application_classes[i]->kind, job->application) == 0);
  if (other)
    return ftblab_json_fail(scenario->json, get(job->json, "application"), err,
                            "jobs of the kinds %s and %s are not launched by the same manager", job->application,
                            scenario->jobs[0].application);
  static const char *const others[] = {"recovery", "restart", "requeue"};
  for (size_t i = 0; own != NULL && i < FTBLAB_COUNT(others); i++) {
    const cJSON *key = get(job->json, others[i]);
    if (key != NULL && strcmp(others[i], "requeue") == 0 && !cJSON_IsTrue(key))
      continue;
    if (key != NULL && strcmp(others[i], "restart") == 0 && strcmp(key->valuestring, "scratch") == 0)
      continue;
    if (key != NULL)
      return ftblab_json_fail(scenario->json, key, err, "jobs of kind %s are launched by the %s, which knows no %s",
                              own->kind, own->manager, others[i]);
  }
  return FTBLAB_OK;
}

/* A task farm never stands still at the end of an iteration: there is none. */
static ftblab_status check_images(const ftblab_scenario *scenario, const ftblab_job_plan *job, ftblab_error *err)
{
  static const char *const known[] = {"scratch", "shrink", "respawn"};
  const cJSON *recovery = get(job->json, "recovery");
  bool allowed = recovery == NULL || strcmp(job->application, "farm") != 0;
  for (size_t i = 0; i < FTBLAB_COUNT(known) && !allowed; i++)
    allowed = strcmp(recovery->valuestring, known[i]) == 0;
  if (allowed)
    return FTBLAB_OK;
  return ftblab_json_fail(scenario->json, recovery, err,
                          "there are no images of a task farm: its recovery is scratch, shrink or respawn");
}

/* ---- faults ------------------------------------------------------------------------------------------ */

static bool names_node(const cJSON *names, const char *node)
{
  for (const cJSON *name = ftblab_scenario_first_name(names); name != NULL;
       name = ftblab_scenario_next_name(names, name)) {
    if (strcmp(name->valuestring, node) == 0)
      return true;
  }
  return false;
}

/* Both are faults of interfaces, and not of the same ones. */
static bool other_interfaces(const ftblab_fault_plan *fault, const ftblab_fault_plan *other)
{
  return fault->interfaces != NULL && other->interfaces != NULL &&
         !ftblab_json_same(fault->interfaces, other->interfaces);
}

/* Changes the node or its interfaces: no prediction, nothing done by hand. */
static bool strikes(const ftblab_fault_plan *fault)
{
  return fault->kind != FTBLAB_PREDICTION && fault->kind != FTBLAB_ACTION;
}

/* Two faults of one node at one date have no order that the scenario could mean. */
static ftblab_status check_clash(const ftblab_scenario *scenario, size_t index, const cJSON *name, ftblab_error *err)
{
  const ftblab_fault_plan *fault = &scenario->faults[index];
  for (size_t i = 0; i < index; i++) {
    const ftblab_fault_plan *other = &scenario->faults[i];
    if (!strikes(fault) || !strikes(other))
      continue;
    if (!fault->triggered && !other->triggered && fault->at + fault->after == other->at + other->after &&
        !other_interfaces(fault, other) && names_node(other->nodes, name->valuestring))
      return ftblab_json_fail(scenario->json, name, err, "%s has another fault at the same time, faults[%zu]",
                              name->valuestring, i);
  }
  return FTBLAB_OK;
}

/* The subscriber of a lost message: a role, or an instance, whose name begins like its role's. */
static ftblab_status check_subscriber(const ftblab_scenario *scenario, const ftblab_fault_plan *fault,
                                      ftblab_error *err)
{
  for (size_t i = 0; fault->to != NULL && ftblab_role_classes[i] != NULL; i++) {
    const ftblab_role_class *class = ftblab_role_classes[i];
    if (strncmp(class->instance, fault->to, strlen(class->instance)) == 0 &&
        strpbrk(fault->to + strlen(class->instance), "0-") == fault->to + strlen(class->instance))
      return FTBLAB_OK;
    if (strcmp(class->role, fault->to) == 0 && class->scope == FTBLAB_PER_JOB && scenario->job_count != 1)
      return ftblab_json_fail(scenario->json, get(fault->json, "to"), err,
                              "there is one %s for each job: name the instance, as \"%s-JOB\"", class->role,
                              class->instance);
    if (strcmp(class->role, fault->to) == 0 && (class->scope == FTBLAB_PER_NODE || class->scope == FTBLAB_PER_RANK))
      return ftblab_json_fail(scenario->json, get(fault->json, "to"), err,
                              "a job has several %s: name the instance, as \"%s-JOB-%s\"", class->role, class->instance,
                              class->scope == FTBLAB_PER_NODE ? "NODE" : "RANK");
  }
  return check_role(scenario, get(fault->json, "to"), err);
}

static bool is_job(const ftblab_scenario *scenario, const char *name)
{
  for (size_t i = 0; i < scenario->job_count; i++) {
    if (strcmp(scenario->jobs[i].name, name) == 0)
      return true;
  }
  return false;
}

static ftblab_status check_action(const ftblab_scenario *scenario, const ftblab_fault_plan *fault, ftblab_error *err)
{
  const cJSON *role = get(fault->json, "role");
  if (fault->kind != FTBLAB_ACTION && fault->kind != FTBLAB_COMPONENT_CRASH)
    return FTBLAB_OK;
  ftblab_status status = check_role(scenario, role, err);
  if (status != FTBLAB_OK)
    return status;
  if (fault->job != NULL && !is_job(scenario, fault->job))
    return ftblab_json_fail(scenario->json, get(fault->json, "job"), err, "the scenario has no job \"%s\"", fault->job);
  for (size_t i = 0; ftblab_role_classes[i] != NULL; i++) {
    if (strcmp(ftblab_role_classes[i]->role, fault->role) == 0 &&
        (fault->kind == FTBLAB_COMPONENT_CRASH || ftblab_role_classes[i]->on_action != NULL))
      return FTBLAB_OK;
  }
  if (fault->kind == FTBLAB_COMPONENT_CRASH)
    return ftblab_json_fail(scenario->json, role, err, "%s is no component", fault->role);
  return ftblab_json_fail(scenario->json, role, err, "%s knows no actions by hand", fault->role);
}

static ftblab_status check_storage(const ftblab_scenario *scenario, const ftblab_engine *engine, ftblab_error *err)
{
  const cJSON *name = NULL;
  int node = 0;
  if (scenario->storage.metadata == NULL && ftblab_scenario_role(scenario, "File System") != NULL)
    return ftblab_json_fail(scenario->json, get(scenario->components, "File System"), err,
                            "it runs on the metadata server of a storage, and there is none");
  if (scenario->storage.metadata != NULL) {
    ftblab_status status = check_node(scenario, engine, scenario->storage.metadata, &node, err);
    if (status != FTBLAB_OK)
      return status;
  }
  cJSON_ArrayForEach(name, scenario->storage.servers)
  {
    ftblab_status status = check_node(scenario, engine, name, &node, err);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

/* SimGrid ends the program when it is asked for the energy of a host that does not say what it consumes. */
static ftblab_status check_energy(const ftblab_scenario *scenario, const ftblab_engine *engine, ftblab_error *err)
{
  const cJSON *key = get(ftblab_json_root(scenario->json), "energy");
  for (size_t i = 0; scenario->energy && i < ftblab_engine_nodes(engine); i++) {
    if (ftblab_scenario_is_compute(scenario, engine, (int)i) && !ftblab_engine_node_has_wattage(engine, (int)i))
      return ftblab_json_fail(scenario->json, key, err,
                              "the platform does not say what node %s consumes: the host has no property "
                              "wattage_per_state",
                              ftblab_engine_node_name(engine, (int)i));
  }
  return FTBLAB_OK;
}

static bool can_be_computed(const char *application)
{
  for (size_t i = 0; ftblab_application_classes[i] != NULL; i++)
    if (strcmp(ftblab_application_classes[i]->kind, application) == 0)
      return ftblab_application_classes[i]->step != NULL;
  return false;
}

static ftblab_status needs_messages(const ftblab_scenario *scenario, const cJSON *place, ftblab_error *err)
{
  return ftblab_json_fail(scenario->json, place, err,
                          "what this does to the messages of jobs is known only when they are simulated, and "
                          "control_plane_only leaves them out");
}

/* What only SimGrid can tell is not to be had without it. */
static ftblab_status check_control_only(const ftblab_scenario *scenario, ftblab_error *err)
{
  static const char *const with_errors[] = {"openmpi", "mpich2"}; /* they notice by messages that a rank is dead */
  const cJSON *key = get(ftblab_json_root(scenario->json), "control_plane_only");
  if (!scenario->control_only)
    return FTBLAB_OK;
  if (scenario->energy)
    return ftblab_json_fail(scenario->json, key, err, "the energy of nodes is known only when they are simulated");
  for (size_t i = 0; i < scenario->fault_count; i++)
    if (scenario->faults[i].interfaces != NULL)
      return needs_messages(scenario, scenario->faults[i].json, err);
  for (size_t i = 0; i < scenario->failure_count; i++)
    if (scenario->failures[i].interfaces != NULL)
      return needs_messages(scenario, scenario->failures[i].json, err);
  for (size_t i = 0; i < FTBLAB_COUNT(with_errors); i++)
    if (strcmp(ftblab_scenario_library(scenario), with_errors[i]) == 0)
      return needs_messages(scenario, get(get(scenario->components, "MPI"), "library"), err);
  if (cJSON_IsTrue(get(get(scenario->components, "MPI"), "ftb_ib")))
    return needs_messages(scenario, get(get(scenario->components, "MPI"), "ftb_ib"), err);
  for (size_t i = 0; i < scenario->job_count; i++)
    if (!can_be_computed(scenario->jobs[i].application))
      return ftblab_json_fail(scenario->json, key, err,
                              "how long the application \"%s\" of job %s takes is known only when it is simulated",
                              scenario->jobs[i].application, scenario->jobs[i].name);
  return FTBLAB_OK;
}

/* The nodes of an entry of "failures", or those of its groups. */
static ftblab_status check_failures(const ftblab_scenario *scenario, const ftblab_failure_plan *plan,
                                    const ftblab_engine *engine, ftblab_error *err)
{
  const cJSON *group = plan->groups == NULL ? NULL : plan->groups->child;
  ftblab_status status = FTBLAB_OK;
  do {
    const cJSON *nodes = group == NULL ? plan->nodes : group;
    int node;
    for (const cJSON *name = ftblab_scenario_first_name(nodes); name != NULL && status == FTBLAB_OK;
         name = ftblab_scenario_next_name(nodes, name))
      status = check_node(scenario, engine, name, &node, err);
    group = group == NULL ? NULL : group->next;
  } while (group != NULL && status == FTBLAB_OK);
  return status;
}

static ftblab_status check_fault(const ftblab_scenario *scenario, size_t index, const ftblab_engine *engine,
                                 const ftblab_spec *spec, ftblab_error *err)
{
  const ftblab_fault_plan *fault = &scenario->faults[index];
  int node = 0;
  for (const cJSON *name = ftblab_scenario_first_name(fault->nodes); name != NULL;
       name = ftblab_scenario_next_name(fault->nodes, name)) {
    ftblab_status status = check_node(scenario, engine, name, &node, err);
    if (status == FTBLAB_OK)
      status = check_clash(scenario, index, name, err);
    if (status != FTBLAB_OK)
      return status;
  }
  ftblab_status status = fault->triggered ? check_moment(scenario, spec, &fault->when, err) : FTBLAB_OK;
  if (status == FTBLAB_OK)
    status = check_event(scenario, spec, get(fault->json, "event"), err);
  if (status == FTBLAB_OK)
    status = check_action(scenario, fault, err);
  return status != FTBLAB_OK ? status : check_subscriber(scenario, fault, err);
}

/* ---- expectations -------------------------------------------------------------------------------------- */

static ftblab_status check_workflows(const ftblab_scenario *scenario, const ftblab_spec *spec, const cJSON *list,
                                     ftblab_error *err)
{
  const cJSON *item = NULL;
  cJSON_ArrayForEach(item, list)
  {
    if (ftblab_spec_workflow(spec, item->valuestring, strlen(item->valuestring)) == FTBLAB_NONE)
      return ftblab_json_fail(scenario->json, item, err, "no workflow is called \"%s\"", item->valuestring);
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_scenario_workflows(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_text *ids,
                                        ftblab_error *err)
{
  const cJSON *item = NULL;
  ftblab_status status = check_workflows(scenario, spec, scenario->workflows, err);
  if (status != FTBLAB_OK)
    return status;
  cJSON_ArrayForEach(item, scenario->workflows)
  {
    ftblab_text_addf(ids, "%s%s", item == scenario->workflows->child ? "" : ",", item->valuestring);
  }
  return ids->failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the workflows") : FTBLAB_OK;
}

static ftblab_status check_expected(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_error *err)
{
  const cJSON *item = NULL;
  ftblab_status status = check_workflows(scenario, spec, get(scenario->expect, "workflows"), err);
  if (status != FTBLAB_OK)
    return status;
  static const char *const by_job[] = {"jobs", "launches", "iterations", "checkpoints"};
  for (size_t i = 0; i < FTBLAB_COUNT(by_job); i++) {
    cJSON_ArrayForEach(item, get(scenario->expect, by_job[i]))
    {
      if (!is_job(scenario, item->string))
        return ftblab_json_fail(scenario->json, item, err, "the scenario has no job \"%s\"", item->string);
    }
  }
  for (size_t i = 0; i < scenario->bound_count; i++) {
    status = check_moment(scenario, spec, &scenario->bounds[i].from, err);
    if (status == FTBLAB_OK)
      status = check_moment(scenario, spec, &scenario->bounds[i].to, err);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_scenario_check(const ftblab_scenario *scenario, const ftblab_engine *engine,
                                    const ftblab_spec *spec, ftblab_cores *cores, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  const cJSON *item = NULL;
  int node = 0;
  if (scenario->service != NULL)
    status = check_node(scenario, engine, scenario->service, &node, err);
  if (status == FTBLAB_OK)
    status = check_storage(scenario, engine, err);
  if (status == FTBLAB_OK)
    status = check_energy(scenario, engine, err);
  if (status == FTBLAB_OK)
    status = check_control_only(scenario, err);
  cJSON_ArrayForEach(item, scenario->components)
  {
    if (status == FTBLAB_OK && get(item, "host") != NULL)
      status = check_node(scenario, engine, get(item, "host"), &node, err);
  }
  for (size_t i = 0; status == FTBLAB_OK && i < scenario->job_count; i++) {
    status = check_job(scenario, &scenario->jobs[i], engine, cores, err);
    if (status == FTBLAB_OK)
      status = check_manager(scenario, &scenario->jobs[i], err);
    if (status == FTBLAB_OK)
      status = check_images(scenario, &scenario->jobs[i], err);
  }
  for (size_t i = 0; status == FTBLAB_OK && i < scenario->fault_count; i++)
    status = check_fault(scenario, i, engine, spec, err);
  for (size_t i = 0; status == FTBLAB_OK && i < scenario->failure_count; i++)
    status = check_failures(scenario, &scenario->failures[i], engine, err);
  return status != FTBLAB_OK ? status : check_expected(scenario, spec, err);
}
