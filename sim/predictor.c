/* predictor.c - foresees failures, and errs.
 *
 * A scheduled node-crash, or one by a law, is predicted lead_time before it with probability recall. Each such
 * prediction brings a geometric number of false ones, (1 - precision) / precision in expectation, so that the share
 * precision of all predictions is right. False ones are of any compute node, at any time up to the last scheduled
 * crash. */
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

/* What all predictions of a run share. */
typedef struct foresight {
  ftblab_simulated *world;
  const ftblab_predictor *predictor;
  ftblab_random random;
  double last; /* date of the last failure that can be foreseen */
  int compute_nodes;
} foresight;

static void schedule_false(foresight *f)
{
  while (f->compute_nodes > 0 && ftblab_predictor_errs(f->predictor, &f->random)) {
    double date = ftblab_random_uniform(&f->random) * f->last;
    int number = (int)ftblab_random_below(&f->random, (uint64_t)f->compute_nodes);
    schedule(f->world, date, compute_node(f->world, number));
  }
}

/* Each of NODES fails at DATE. */
static void schedule_for(foresight *f, const cJSON *nodes, double date)
{
  const ftblab_engine *engine = f->world->engine;
  for (const cJSON *name = ftblab_scenario_first_name(nodes); name != NULL;
       name = ftblab_scenario_next_name(nodes, name)) {
    if (!ftblab_predictor_foresees(f->predictor, &f->random))
      continue;
    schedule(f->world, date - f->predictor->lead_time,
             ftblab_engine_node_index(engine, name->valuestring, strlen(name->valuestring)));
    schedule_false(f);
  }
}

/* Call ACT for each failure that can be foreseen: those of the scenario, then those that were drawn. */
static void for_each(foresight *f, void (*act)(foresight *f, const cJSON *nodes, double date))
{
  const ftblab_scenario *scenario = f->world->scenario;
  for (size_t i = 0; i < scenario->fault_count; i++) {
    const ftblab_fault_plan *fault = &scenario->faults[i];
    if (is_foreseeable(fault))
      act(f, fault->nodes, fault->at + fault->after);
  }
  for (size_t i = 0; i < f->world->drawn_count; i++) {
    const ftblab_drawn_source *source = &f->world->drawn[i];
    for (size_t j = 0; j < source->count && is_foreseeable(&source->plan); j++)
      act(f, source->plan.nodes, source->failures[j].date);
  }
}

static void find_last(foresight *f, const cJSON *nodes, double date)
{
  (void)nodes;
  f->last = fmax(f->last, date);
}

void ftblab_predictor_schedule(ftblab_simulated *world)
{
  const ftblab_scenario *scenario = world->scenario;
  foresight f = {.world = world, .predictor = &scenario->predictor};
  if (!scenario->predicts)
    return;
  ftblab_random_seed(&f.random, scenario->seed, "predictor");
  for (size_t i = 0; i < ftblab_engine_nodes(world->engine); i++)
    f.compute_nodes += ftblab_scenario_is_compute(scenario, world->engine, (int)i);
  for_each(&f, find_last);
  for_each(&f, schedule_for);
}
