/* units.c - jobs of several units, each with a checkpointer of its own: the services job_unit_checkpoint and the next.
 *
 * What must hold: images are written, or read back, as soon as the units on all nodes of the job are ready, so that the
 * job is checkpointed and restarted as a whole. A unit that never gets ready keeps the others waiting; whoever asked
 * them all has to see to that. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* The unit on NODE is ready. True: all are, and nobody waits any more. */
static bool all_are_ready(ftblab_job_record *record, int node)
{
  size_t nodes = ftblab_engine_nodes(record->world->engine);
  if (record->ready == NULL)
    record->ready = calloc(nodes + 1, sizeof *record->ready);
  if (record->ready == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  record->ready[node] = true;
  for (int i = 0; i < record->rank_nodes && i < record->job.node_count; i++)
    if (!record->ready[record->nodes[i]])
      return false;
  memset(record->ready, 0, nodes * sizeof *record->ready);
  return true;
}

void ftblab_job_unit_checkpoint_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (all_are_ready(record, self->node))
    ftblab_checkpoint_begin(record, NULL, false);
}

void ftblab_job_unit_restart_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (all_are_ready(record, self->node))
    ftblab_resume_begin(record, NULL);
}

void ftblab_job_images_alter_service(ftblab_component *self, int job)
{
  ftblab_job_record_of(self, job)->checkpoint.altered = true;
}

bool ftblab_job_images_are_sound_service(ftblab_component *self, int job)
{
  return !ftblab_images_to_read(ftblab_job_record_of(self, job))->altered;
}
