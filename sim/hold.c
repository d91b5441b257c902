/* hold.c - an application that recovers by itself: its ranks stand still meanwhile (services job_hold and the next).
 *
 * What must hold: on_held is told once for each job_hold, when no operation with images is under way. Until job_go the
 * ranks do not go on, also when a checkpoint that was taken meanwhile is over. */
#include "world.h"

static void tell_held(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  ftblab_job_record *record = &world->jobs[value];
  if (record->hold != FTBLAB_HOLD_TOLD || record->job.state != FTBLAB_JOB_RUNNING)
    return;
  ftblab_world_enter(world, date, record->hold_cause);
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &record->job && unit->component.class->on_held != NULL)
      unit->component.class->on_held(&unit->component);
  }
  ftblab_world_leave(world);
}

void ftblab_hold_look(ftblab_job_record *record)
{
  ftblab_simulated *world = record->world;
  if (record->hold != FTBLAB_HOLD_WANTED || record->operation.kind != FTBLAB_NO_OPERATION ||
      record->job.state != FTBLAB_JOB_RUNNING)
    return;
  if (!ftblab_launch_is_stopped(ftblab_launch_of(record)))
    return;
  record->hold = FTBLAB_HOLD_TOLD;
  ftblab_accounts_changed(world);
  ftblab_engine_at(world->engine, ftblab_engine_now(world->engine), tell_held, world, record->job.index);
}

void ftblab_job_hold_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (record->job.state != FTBLAB_JOB_RUNNING)
    return;
  record->hold = FTBLAB_HOLD_WANTED;
  record->hold_cause = record->world->cause;
  if (record->operation.kind == FTBLAB_NO_OPERATION)
    ftblab_launch_stop(ftblab_launch_of(record)); /* false: more is lost, and whoever wants this will be told */
}

void ftblab_job_go_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  record->hold = FTBLAB_NO_HOLD;
  if (record->job.state != FTBLAB_JOB_RUNNING || record->operation.kind != FTBLAB_NO_OPERATION)
    return;
  ftblab_accounts_changed(record->world);
  ftblab_launch_go(ftblab_launch_of(record));
}

int ftblab_job_progress_service(ftblab_component *self, int job)
{
  const ftblab_launch *launch = ftblab_launch_of(ftblab_job_record_of(self, job));
  int iterations = 0, running, respawned;
  if (launch != NULL)
    ftblab_launch_progress(launch, &iterations, &running, &respawned);
  return iterations;
}

void ftblab_job_drop_images_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (record->operation.kind == FTBLAB_RESTART)
    return; /* they are being read */
  ftblab_images_drop(record, &record->checkpoint);
  ftblab_images_drop(record, &record->near);
}
