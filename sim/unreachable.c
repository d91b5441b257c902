/* unreachable.c - errors of the MPI library: a message was not acknowledged, however often it was sent again.
 *
 * MPI is told only if it plays a library that has such errors, or hears of ports itself: otherwise a rank that waits
 * for a dead one waits until others have said that it is dead. */
#include <string.h>

#include "world.h"

static void tell(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  const ftblab_job_record *record = &world->jobs[value >> 32];
  ftblab_unreachable trouble;
  if (record->job.state != FTBLAB_JOB_RUNNING ||
      !ftblab_launch_unreachable(ftblab_launch_of(record), (int)(value & INT32_MAX), &trouble))
    return;
  bool is_down = !ftblab_engine_node_up(world->engine, trouble.peer_node);
  ftblab_world_enter(world, date, is_down ? world->nodes[trouble.peer_node].fact : 0);
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &record->job && unit->component.class->on_unreachable != NULL)
      unit->component.class->on_unreachable(&unit->component, &trouble);
  }
  ftblab_world_leave(world);
}

void ftblab_unreachable_configure(const ftblab_simulated *world, ftblab_launch_config *config)
{
  const cJSON *mpi = cJSON_GetObjectItemCaseSensitive(world->scenario->components, "MPI");
  const char *library = ftblab_scenario_library(world->scenario);
  const cJSON *names = cJSON_GetObjectItemCaseSensitive(mpi, "interfaces");
  bool hears_ports = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(mpi, "ftb_ib"));
  bool has_errors = library != NULL && (strcmp(library, "openmpi") == 0 || strcmp(library, "mpich2") == 0);
  config->unreachable = has_errors || hears_ports ? tell : NULL;
  config->interface_names = hears_ports && cJSON_GetArraySize(names) > 0 ? names : NULL;
  config->drains_anywhere = hears_ports;
}
