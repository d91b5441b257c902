/* units.c - jobs of several units, each with a checkpointer of its own: the services job_unit_checkpoint and the next.
 *
 * What must hold: images are written, or read back, as soon as the units on all nodes of the job are ready, so that the
 * job is checkpointed and restarted as a whole. A unit that never gets ready keeps the others waiting until its node
 * dies, or their processes end; else whoever asked them all has to see to that. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static void let_none_wait(ftblab_job_record *record)
{
  memset(record->ready, 0, ftblab_engine_nodes(record->world->engine) * sizeof *record->ready);
  record->ready_for = FTBLAB_NO_OPERATION;
  record->ready_places = 0;
}

/* The units of RECORD's job that wait, or would wait, for KIND have failed: NODE is gone. */
static void fail_all(ftblab_job_record *record, ftblab_operation_kind kind, int node)
{
  char why[160];
  snprintf(why, sizeof why, "node %s died", ftblab_engine_node_name(record->world->engine, node));
  let_none_wait(record);
  ftblab_operation_refuse(record, kind, why);
}

/* The first of the nodes with ranks that is down; below 0: all are up. */
static int node_that_is_down(const ftblab_job_record *record)
{
  size_t down;
  ftblab_engine_nodes_down(record->world->engine, &down);
  for (int i = 0; down > 0 && i < record->rank_nodes && i < record->job.node_count; i++)
    if (!ftblab_engine_node_up(record->world->engine, record->nodes[i]))
      return record->nodes[i];
  return -1;
}

/* So many of the job's places, from the first on, have units that wait: FROM, or more. */
static int places_ready(const ftblab_job_record *record, int from)
{
  while (from < record->rank_nodes && from < record->job.node_count && record->ready[record->nodes[from]])
    from++;
  return from;
}

/* The unit on NODE is ready for KIND. True: all are, and nobody waits any more. */
static bool all_are_ready(ftblab_job_record *record, ftblab_operation_kind kind, int node)
{
  size_t nodes = ftblab_engine_nodes(record->world->engine);
  if (record->ready == NULL)
    record->ready = calloc(nodes + 1, sizeof *record->ready);
  if (record->ready == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  if (record->ready_for != kind) /* some had waited for what did not come about */
    let_none_wait(record);
  record->ready_for = kind;
  record->ready[node] = true;
  int down = node_that_is_down(record); /* before this unit was asked */
  if (down >= 0) {
    fail_all(record, kind, down);
    return false;
  }
  int places = record->rank_nodes < record->job.node_count ? record->rank_nodes : record->job.node_count;
  record->ready_places = places_ready(record, record->ready_places);
  if (record->ready_places >= places) /* the job's nodes may be others than when the first got ready */
    record->ready_places = places_ready(record, 0);
  if (record->ready_places < places)
    return false;
  let_none_wait(record);
  return true;
}

void ftblab_units_forget(ftblab_job_record *record)
{
  if (record->ready != NULL)
    let_none_wait(record);
}

void ftblab_units_node_died(ftblab_simulated *world, int node)
{
  for (size_t j = 0; j < world->scenario->job_count; j++) {
    ftblab_job_record *record = &world->jobs[j];
    ftblab_operation_kind kind = record->ready_for;
    if (kind != FTBLAB_NO_OPERATION && ftblab_job_has_place_on(record, node))
      fail_all(record, kind, node);
  }
}

void ftblab_job_unit_checkpoint_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (all_are_ready(record, FTBLAB_CHECKPOINT, self->node))
    ftblab_checkpoint_begin(record, NULL, false);
}

void ftblab_job_unit_restart_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (all_are_ready(record, FTBLAB_RESTART, self->node))
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
