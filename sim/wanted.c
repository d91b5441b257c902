/* wanted.c - what a manager of jobs keeps in its state file: which nodes a job wants back. It outlives the manager, as
 * Slurm's StateSaveLocation does. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

void ftblab_job_want_back_service(ftblab_component *self, int job, int node, bool wanted)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  size_t nodes = ftblab_engine_nodes(record->world->engine);
  if (record->wanted == NULL && !wanted)
    return;
  if (record->wanted == NULL)
    record->wanted = calloc(nodes + 1, sizeof *record->wanted);
  if (record->wanted == NULL)
    ftblab_world_no_memory(record->world);
  else if (node < 0)
    memset(record->wanted, wanted, nodes);
  else
    record->wanted[node] = wanted;
}

bool ftblab_job_wants_back_service(ftblab_component *self, int job, int node)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return record->wanted != NULL && record->wanted[node];
}
