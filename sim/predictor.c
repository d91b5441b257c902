/* predictor.c - foresees failures, and errs.
 *
 * A scheduled node-crash is predicted lead_time before it with probability recall. Each such prediction brings a
 * geometric number of false ones, (1 - precision) / precision in expectation, so that the share precision of
 * all predictions is right. False ones are of any compute node, at any time up to the last scheduled crash. */
#include <math.h>
#include <string.h>

#include "world.h"

void ftblab_predict(ftblab_simulated *world, int node)
{
  if (!ftblab_engine_node_up(world->engine, node))
    return;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_prediction != NULL)
      unit->component.class->on_prediction(&unit->component, node);
  }
}

static void predicted(void *argument, int64_t node, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  ftblab_predict(world, (int)node);
  ftblab_world_leave(world);
}

static void schedule(ftblab_simulated *world, double date, int node)
{
  world->outside_calls++;
  ftblab_engine_at(world->engine, fmax(date, 0), predicted, world, node);
}

static bool is_foreseeable(const ftblab_fault_plan *fault)
{
  return fault->kind == FTBLAB_NODE_CRASH && !fault->triggered;
}

/* The NUMBER-th compute node. */
static int compute_node(const ftblab_simulated *world, int number)
{
  int node = 0;
  for (;; node++) {
    if (ftblab_scenario_is_compute(world->scenario, world->engine, node) && number-- == 0)
      return node;
  }
}

static void schedule_false(ftblab_simulated *world, ftblab_random *random, double last, int compute_nodes)
{
  while (compute_nodes > 0 && ftblab_random_uniform(random) >= world->scenario->predictor.precision) {
    double date = ftblab_random_uniform(random) * last;
    schedule(world, date, compute_node(world, (int)ftblab_random_below(random, (uint64_t)compute_nodes)));
  }
}

static void schedule_for(ftblab_simulated *world, ftblab_random *random, const ftblab_fault_plan *fault, double last,
                         int compute_nodes)
{
  const ftblab_predictor_plan *plan = &world->scenario->predictor;
  bool several = cJSON_IsArray(fault->nodes);
  for (const cJSON *name = several ? fault->nodes->child : fault->nodes; name != NULL;
       name = several ? name->next : NULL) {
    if (ftblab_random_uniform(random) >= plan->recall)
      continue;
    schedule(world, fault->at + fault->after - plan->lead_time,
             ftblab_engine_node_index(world->engine, name->valuestring, strlen(name->valuestring)));
    schedule_false(world, random, last, compute_nodes);
  }
}

void ftblab_predictor_schedule(ftblab_simulated *world)
{
  const ftblab_scenario *scenario = world->scenario;
  double last = 0;
  int compute_nodes = 0;
  if (!scenario->predictor.present)
    return;
  ftblab_random random;
  ftblab_random_seed(&random, scenario->seed, "predictor");
  for (size_t i = 0; i < ftblab_engine_nodes(world->engine); i++)
    compute_nodes += ftblab_scenario_is_compute(scenario, world->engine, (int)i);
  for (size_t i = 0; i < scenario->fault_count; i++) {
    if (is_foreseeable(&scenario->faults[i]))
      last = fmax(last, scenario->faults[i].at + scenario->faults[i].after);
  }
  for (size_t i = 0; i < scenario->fault_count; i++) {
    if (is_foreseeable(&scenario->faults[i]))
      schedule_for(world, &random, &scenario->faults[i], last, compute_nodes);
  }
}
