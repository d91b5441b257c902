/* places.c - components that follow the nodes of a job (mpispawn) or its ranks (MPI processes).
 *
 * There is one for each node that a running job holds, and one for each rank that is no hole, on a node that is up. A
 * component that moves is a new one of the same name: what it knew stays behind. One that has crashed alone is started
 * again by who had it crash. */
#include <stdlib.h>

#include "world.h"

static bool follows(const ftblab_unit *unit, const ftblab_job_record *record, const ftblab_role_class *class)
{
  return (unit->alive || unit->crashed) && unit->component.class == class && unit->component.job == &record->job;
}

/* Retire the components of CLASS whose place is not in WANTED (by node or by rank: where it has to be, -1: nowhere),
 * and take off the list those that are there, or have crashed there. */
static void settle(ftblab_job_record *record, const ftblab_role_class *class, int *wanted)
{
  ftblab_simulated *world = record->world;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (!follows(unit, record, class))
      continue;
    int *place = &wanted[class->scope == FTBLAB_PER_RANK ? unit->component.rank : unit->component.node];
    if (*place == unit->component.node)
      *place = -1;
    else
      ftblab_unit_retire(unit);
  }
}

static void start_missing(ftblab_job_record *record, const ftblab_role_class *class, const int *wanted, int count)
{
  ftblab_simulated *world = record->world;
  ftblab_error error;
  for (int i = 0; i < count; i++) {
    if (wanted[i] < 0 || !ftblab_engine_node_up(world->engine, wanted[i]))
      continue;
    const ftblab_place place = {.node = wanted[i], .rank = class->scope == FTBLAB_PER_RANK ? i : -1};
    if (ftblab_unit_start_at(world, class, &record->job, place, &error) != FTBLAB_OK)
      ftblab_world_fail(world, &error);
  }
}

static void update(ftblab_job_record *record, const ftblab_role_class *class)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  int nodes = (int)ftblab_engine_nodes(record->world->engine);
  int count = class->scope == FTBLAB_PER_RANK ? ftblab_launch_ranks(launch) : nodes;
  int *wanted = malloc(((size_t)count + 1) * sizeof *wanted);
  if (wanted == NULL) {
    ftblab_world_no_memory(record->world);
    return;
  }
  for (int i = 0; i < count; i++)
    wanted[i] = class->scope == FTBLAB_PER_NODE         ? -1
                : ftblab_stage_has_restarted(record, i) ? record->operation.to
                                                        : ftblab_launch_node_of(launch, i);
  for (int i = 0; i < record->job.node_count && class->scope == FTBLAB_PER_NODE; i++)
    wanted[record->nodes[i]] = record->nodes[i];
  settle(record, class, wanted);
  start_missing(record, class, wanted, count);
  free(wanted);
}

void ftblab_places_update(ftblab_job_record *record)
{
  /* Who restarts a unit looks at its node before. */
  bool prepares = record->job.state == FTBLAB_JOB_SUSPENDED && record->granted;
  if (record->job.state != FTBLAB_JOB_RUNNING && !prepares)
    return;
  for (size_t i = 0; ftblab_role_classes[i] != NULL; i++) {
    const ftblab_role_class *class = ftblab_role_classes[i];
    bool follows_job = class->scope == FTBLAB_PER_NODE || class->scope == FTBLAB_PER_RANK;
    if (follows_job && (!prepares || class->application != NULL) && ftblab_role_is_there(record->world, class))
      update(record, class);
  }
}
