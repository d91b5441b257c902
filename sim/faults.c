/* faults.c - what goes wrong, when, and what the trace is watched for.
 *
 * A fault fires at a date, or when a record of the trace is written. The facts NODE_FAILED and NODE_RETURNED follow
 * from the engine's node states, so that failures of the platform file's own profiles are in the trace too. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* ---- moments --------------------------------------------------------------------------------------- */

static void sighting_start(const ftblab_simulated *world, ftblab_sighting *sighting, const ftblab_moment *moment)
{
  int event = ftblab_spec_event(world->spec, moment->event, strlen(moment->event));
  sighting->moment = moment;
  sighting->event = event == FTBLAB_NONE ? moment->event : world->spec->events[event].name;
}

static bool equals(ftblab_slice slice, const char *string)
{
  return strlen(string) == slice.length && memcmp(slice.data, string, slice.length) == 0;
}

/* True if RECORD is the one that is waited for. */
static bool sighting_see(ftblab_sighting *sighting, const ftblab_record *record)
{
  const ftblab_moment *moment = sighting->moment;
  if (sighting->came || (moment->action >= 0 && moment->action != (int)record->action) ||
      (moment->component != NULL && !equals(record->component, moment->component)) ||
      !equals(record->event, sighting->event) || ++sighting->seen < moment->count)
    return false;
  sighting->came = true;
  sighting->t = record->t;
  sighting->seq = record->seq;
  return true;
}

/* ---- who is told ----------------------------------------------------------------------------------------- */

static const ftblab_role_class *role_named(const char *role)
{
  for (size_t i = 0; ftblab_role_classes[i] != NULL; i++) {
    if (strcmp(ftblab_role_classes[i]->role, role) == 0)
      return ftblab_role_classes[i];
  }
  return NULL;
}

static void tell_node_back(ftblab_simulated *world, int node)
{
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_node_back != NULL)
      unit->component.class->on_node_back(&unit->component, node);
  }
}

/* ---- components ---------------------------------------------------------------------------------------- */

static bool is_of(const ftblab_unit *unit, const ftblab_role_class *class, const ftblab_job *job)
{
  return unit->component.class == class && unit->component.job == job;
}

/* The component of CLASS (for JOB, or NULL) is started again, unless it runs. */
static void restart(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job)
{
  ftblab_error error;
  for (size_t i = 0; i < world->unit_count; i++) {
    if (world->units[i]->alive && is_of(world->units[i], class, job))
      return;
  }
  if (ftblab_unit_restart(world, class, job, &error) != FTBLAB_OK)
    ftblab_world_fail(world, &error);
}

/* What the node's init starts: the services of the cluster that ran there. A process of a user's job is not started. */
static void restart_services(ftblab_simulated *world, int node)
{
  size_t count = world->unit_count;
  for (size_t i = 0; i < count; i++) {
    const ftblab_component *component = &world->units[i]->component;
    if (component->node == node && component->class->scope == FTBLAB_PER_CLUSTER)
      restart(world, component->class, NULL);
  }
}

static bool lives(const ftblab_job *job)
{
  return job->state == FTBLAB_JOB_RUNNING || job->state == FTBLAB_JOB_SUSPENDED;
}

static void component_returns(void *argument, int64_t value, double date)
{
  ftblab_unit *unit = argument;
  ftblab_simulated *world = unit->world;
  const ftblab_role_class *class = unit->component.class;
  const ftblab_job *job = unit->component.job;
  (void)value;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  unit->crashed = false;
  if (class->scope == FTBLAB_PER_NODE || class->scope == FTBLAB_PER_RANK)
    ftblab_places_update(&world->jobs[job->index]);
  else if (job == NULL || lives(job))
    restart(world, class, job);
  ftblab_world_leave(world);
}

static void component_dies(const ftblab_fault_state *fault, ftblab_unit *unit)
{
  ftblab_simulated *world = fault->world;
  ftblab_unit_retire(unit);
  ftblab_connections_unit_died(unit);
  unit->crashed = true;
  if (fault->plan->returns_after < 0)
    return;
  world->outside_calls++;
  ftblab_engine_at(world->engine, world->date + fault->plan->returns_after, component_returns, unit, 0);
}

static void crash_components(ftblab_fault_state *fault)
{
  ftblab_simulated *world = fault->world;
  const ftblab_role_class *class = role_named(fault->plan->role);
  const char *job = fault->plan->job;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    bool meant = job == NULL || unit->component.job == NULL || strcmp(job, unit->component.job->name) == 0;
    if (unit->alive && unit->component.class == class && meant)
      component_dies(fault, unit);
  }
}

/* ---- nodes ------------------------------------------------------------------------------------------- */

void ftblab_faults_on_node(void *argument, int node, bool up)
{
  ftblab_simulated *world = argument;
  double date = world->depth > 0 ? world->date : ftblab_engine_now(world->engine);
  ftblab_world_enter(world, date, world->depth > 0 ? world->cause : 0);
  world->nodes[node].fact = ftblab_world_fact(world, up ? "NODE_RETURNED" : "NODE_FAILED", NULL, &node, 1, 0, NULL);
  world->cause = world->nodes[node].fact;
  ftblab_accounts_node_turned(world, node, up);
  if (up) {
    world->nodes[node].hung = false;
    world->nodes[node].boots++;
    ftblab_heartbeats_node_changed(world, node);
    restart_services(world, node);
    tell_node_back(world, node);
    ftblab_files_node_changed(world, node, true);
  } else {
    world->losses++;
    ftblab_workload_node_died(world, node);
    for (size_t i = 0; i < world->unit_count; i++) {
      if (world->units[i]->component.node == node)
        ftblab_unit_retire(world->units[i]);
    }
    ftblab_connections_node_died(world, node);
    ftblab_accounts_node_died(world, node);
    ftblab_heartbeats_node_changed(world, node);
    ftblab_operations_node_died(world, node);
    ftblab_units_node_died(world, node);
    ftblab_files_node_changed(world, node, false);
  }
  ftblab_world_leave(world);
}

static void node_returns(void *argument, int64_t node, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  ftblab_engine_node_restore(world->engine, (int)node);
  ftblab_world_leave(world);
}

static void hang_ends(void *argument, int64_t node, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  world->nodes[node].hung = false;
  ftblab_heartbeats_node_changed(world, (int)node);
  ftblab_world_leave(world);
}

static void later(ftblab_simulated *world, double delay, ftblab_call *call, int node)
{
  if (delay < 0)
    return;
  world->outside_calls++;
  ftblab_engine_at(world->engine, world->date + delay, call, world, node);
}

static void strike_node(ftblab_simulated *world, const ftblab_fault_plan *plan, int node)
{
  if (plan->interfaces != NULL) {
    ftblab_ports_strike(world, plan, node);
    return;
  }
  if (plan->kind == FTBLAB_DISK_CRASH)
    ftblab_disks_strike(world, plan, node);
  if (plan->kind == FTBLAB_PREDICTION)
    ftblab_predict(world, node);
  if (!ftblab_engine_node_up(world->engine, node))
    return;
  if (plan->kind == FTBLAB_NODE_CRASH) {
    ftblab_engine_node_crash(world->engine, node);
    later(world, plan->returns_after, node_returns, node);
  } else if (plan->kind == FTBLAB_NODE_HANG) {
    world->nodes[node].hung = true;
    world->nodes[node].answers_probes = plan->answers_probes;
    ftblab_heartbeats_node_changed(world, node);
    later(world, plan->lasts, hang_ends, node);
  }
}

/* ---- firing ------------------------------------------------------------------------------------------- */

static void lose_messages(ftblab_fault_state *fault)
{
  ftblab_simulated *world = fault->world;
  const ftblab_fault_plan *plan = fault->plan;
  ftblab_error error;
  ftblab_text to = {0};
  const char *event = plan->event;
  if (event != NULL)
    event = world->spec->events[ftblab_spec_event(world->spec, event, strlen(event))].name;
  const ftblab_role_class *class = plan->to == NULL ? NULL : role_named(plan->to);
  if (class != NULL && class->scope == FTBLAB_PER_CLUSTER)
    ftblab_text_addf(&to, "%s0", class->instance);
  else if (class != NULL)
    ftblab_text_addf(&to, "%s-%s", class->instance, world->scenario->jobs[0].name);
  else if (plan->to != NULL)
    ftblab_text_add(&to, plan->to);
  if (to.failed)
    ftblab_world_no_memory(world);
  else if (ftblab_backplane_lose(world->backplane, event, plan->to == NULL ? NULL : to.data, plan->count, &error) !=
           FTBLAB_OK)
    ftblab_world_fail(world, &error);
  ftblab_text_free(&to);
}

/* Somebody does something by hand. NODE is -1 if it is about none. */
static void act(ftblab_simulated *world, const ftblab_fault_plan *plan, int node)
{
  int job = -1;
  for (size_t i = 0; i < world->scenario->job_count && plan->job != NULL; i++) {
    if (strcmp(world->jobs[i].job.name, plan->job) == 0)
      job = (int)i;
  }
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    const ftblab_role_class *class = unit->component.class;
    bool concerned = class->scope == FTBLAB_PER_CLUSTER || job < 0 || unit->component.job == &world->jobs[job].job;
    if (unit->alive && concerned && strcmp(class->role, plan->role) == 0 && class->on_action != NULL)
      class->on_action(&unit->component, plan->action, node, job);
  }
}

static void strike(ftblab_simulated *world, const ftblab_fault_plan *plan, int node)
{
  if (plan->kind == FTBLAB_ACTION)
    act(world, plan, node);
  else
    strike_node(world, plan, node);
}

void ftblab_faults_strike(ftblab_simulated *world, const ftblab_fault_plan *plan)
{
  const cJSON *nodes = plan->nodes;
  for (const cJSON *name = ftblab_scenario_first_name(nodes); name != NULL;
       name = ftblab_scenario_next_name(nodes, name))
    strike(world, plan, ftblab_engine_node_index(world->engine, name->valuestring, strlen(name->valuestring)));
  ftblab_network_strike(world, plan);
}

static void fire(void *argument, int64_t value, double date)
{
  ftblab_fault_state *fault = argument;
  ftblab_simulated *world = fault->world;
  (void)value;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  fault->fired = true;
  fault->date = date;
  if (fault->plan->kind == FTBLAB_MESSAGE_LOSS)
    lose_messages(fault);
  if (fault->plan->kind == FTBLAB_COMPONENT_CRASH)
    crash_components(fault);
  if (fault->plan->kind == FTBLAB_ACTION && fault->plan->nodes == NULL)
    act(world, fault->plan, -1);
  ftblab_faults_strike(world, fault->plan);
  ftblab_world_leave(world);
}

static void fire_at(ftblab_fault_state *fault, double date)
{
  fault->world->outside_calls++;
  ftblab_engine_at(fault->world->engine, date, fire, fault, 0);
}

void ftblab_faults_schedule(ftblab_simulated *world)
{
  for (size_t i = 0; i < world->scenario->fault_count; i++) {
    ftblab_fault_state *fault = &world->faults[i];
    if (!fault->plan->triggered)
      fire_at(fault, fault->plan->at + fault->plan->after);
  }
  ftblab_predictor_schedule(world);
}

void ftblab_faults_watch(void *argument, const ftblab_record *record)
{
  ftblab_simulated *world = argument;
  for (size_t i = 0; i < world->scenario->fault_count; i++) {
    ftblab_fault_state *fault = &world->faults[i];
    if (fault->plan->triggered && sighting_see(&fault->when, record))
      fire_at(fault, world->date + fault->plan->after);
  }
  for (size_t i = 0; i < world->scenario->bound_count; i++) {
    ftblab_bound_state *bound = &world->bounds[i];
    bool began = bound->from.came;
    sighting_see(&bound->from, record);
    if (began)
      sighting_see(&bound->to, record);
  }
  ftblab_accounts_watch(world, record);
}

ftblab_status ftblab_faults_check(ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err)
{
  ftblab_status status = ftblab_ports_check(world, plan, err);
  if (status == FTBLAB_OK)
    status = ftblab_network_check(world, plan, err);
  return status == FTBLAB_OK ? ftblab_disks_check(world, plan, err) : status;
}

/* ---- life --------------------------------------------------------------------------------------------------- */

ftblab_status ftblab_faults_new(ftblab_simulated *world, ftblab_error *err)
{
  const ftblab_scenario *scenario = world->scenario;
  world->faults = calloc(scenario->fault_count + 1, sizeof *world->faults);
  world->bounds = calloc(scenario->bound_count + 1, sizeof *world->bounds);
  if (world->faults == NULL || world->bounds == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the faults");
  for (size_t i = 0; i < scenario->fault_count; i++) {
    ftblab_status status = ftblab_faults_check(world, &scenario->faults[i], err);
    if (status != FTBLAB_OK)
      return status;
    world->faults[i].world = world;
    world->faults[i].plan = &scenario->faults[i];
    if (scenario->faults[i].triggered)
      sighting_start(world, &world->faults[i].when, &scenario->faults[i].when);
  }
  for (size_t i = 0; i < scenario->bound_count; i++) {
    world->bounds[i].plan = &scenario->bounds[i];
    sighting_start(world, &world->bounds[i].from, &scenario->bounds[i].from);
    sighting_start(world, &world->bounds[i].to, &scenario->bounds[i].to);
  }
  return FTBLAB_OK;
}

void ftblab_faults_free(ftblab_simulated *world)
{
  free(world->faults);
  free(world->bounds);
}
