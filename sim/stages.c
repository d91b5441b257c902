/* stages.c - a migration in stages (the service job_stage): the ranks stop and those to be moved write their images;
 * the images go to the new node; the ranks start there.
 *
 * Between two stages the operation waits for whoever asks for the next one, and the job stands still. A stage that
 * fails for one rank fails the migration: the processes of the old node, which end only when their copies run, go on
 * with the others. A rank that has written its image, or runs again on the new node, is told of at once; ranks that
 * have failed are told of at the end.
 *
 * Where the job has a storage, images are written to it: to disks of the nodes, from where they are copied to that of
 * the new node and read there, or to servers, from where they are read into the new node's memory. Without a storage
 * they are kept and sent in memory. */
#include <stdlib.h>

#include "world.h"

/* ---- parts -------------------------------------------------------------------------------------------- */

void ftblab_stage_cancel_copies(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  for (int i = 0; operation->parts != NULL && i < operation->rank_count; i++)
    ftblab_storage_cancel(record->world->storage, &operation->parts[i]);
}

/* Fresh parts for the stage that begins. False: no memory. */
static bool begin_parts(ftblab_job_record *record, ftblab_stage stage)
{
  ftblab_operation *operation = &record->operation;
  ftblab_part *parts = calloc((size_t)operation->rank_count + 1, sizeof *parts);
  if (parts == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  for (int i = 0; i < operation->rank_count; i++)
    parts[i].record = record;
  free(operation->parts);
  operation->parts = parts;
  operation->stage = stage;
  operation->waits = false;
  operation->cause = record->world->cause;
  operation->left = operation->rank_count;
  return true;
}

void ftblab_stage_fails(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  if (operation->kind != FTBLAB_STAGED || operation->waits)
    return;
  /* It may not even have begun: the ranks were on their way to a stop. */
  if (operation->parts == NULL &&
      (!ftblab_operation_choose_ranks(record, operation->from) || !begin_parts(record, FTBLAB_STAGE_CHECKPOINT)))
    return;
  for (int i = 0; i < operation->rank_count; i++)
    operation->parts[i].failed = operation->parts[i].failed || !operation->parts[i].over;
}

bool ftblab_stage_has_restarted(const ftblab_job_record *record, int rank)
{
  const ftblab_operation *operation = &record->operation;
  if (operation->kind != FTBLAB_STAGED || operation->stage != FTBLAB_STAGE_RESTART || operation->parts == NULL)
    return false;
  for (int i = 0; i < operation->rank_count; i++) {
    if (operation->ranks[i] == rank)
      return operation->parts[i].over && !operation->parts[i].failed;
  }
  return false;
}

static bool any_failed(const ftblab_operation *operation)
{
  for (int i = 0; i < operation->rank_count; i++) {
    if (operation->parts[i].failed)
      return true;
  }
  return false;
}

/* ---- the end of a stage ------------------------------------------------------------------------------- */

/* The last stage is through: the ranks are on the new node. */
static void restarted(ftblab_job_record *record)
{
  ftblab_operation_ranks_moved(record);
  if (ftblab_operation_tell_images(record, true, true))
    ftblab_operation_end(record, NULL);
}

static void stage_is_over(ftblab_job_record *record, const char *why)
{
  ftblab_operation *operation = &record->operation;
  if (any_failed(operation)) {
    ftblab_operation_answer(record, operation, false, NULL); /* first of those that have not failed */
    ftblab_operation_end(record, why);
    return;
  }
  if (operation->stage == FTBLAB_STAGE_RESTART) {
    restarted(record);
    return;
  }
  if (operation->stage == FTBLAB_STAGE_CHECKPOINT && !ftblab_operation_tell_images(record, false, true))
    return;
  operation->waits = true;
  ftblab_operation_answer(record, operation, true, NULL);
}

static void restart_next(ftblab_job_record *record);

static void part_ended(void *argument, int count, const char *why, double date)
{
  ftblab_part *part = argument;
  ftblab_job_record *record = part->record;
  (void)count; /* each part is an argument of its own */
  ftblab_world_enter(record->world, date, record->operation.cause);
  part->over = true;
  part->failed = why != NULL;
  if (--record->operation.left == 0 || (why != NULL && record->operation.stage == FTBLAB_STAGE_RESTART)) {
    stage_is_over(record, why == NULL ? "not every image was written" : why);
  } else {
    if (record->operation.stage == FTBLAB_STAGE_RESTART) {
      ftblab_places_update(record);
      restart_next(record);
    }
    ftblab_operation_answer(record, &record->operation, false, NULL);
  }
  ftblab_world_leave(record->world);
}

static void copy_part(ftblab_job_record *record, int place, ftblab_copy_plan plan)
{
  plan.bytes = record->image_bytes;
  plan.copied = part_ended;
  plan.argument = &record->operation.parts[place];
  ftblab_storage_copy(record->world->storage, &plan);
}

/* ---- checkpoint --------------------------------------------------------------------------------------- */

/* The room for the images on the old node, or on servers. */
static bool make_set(ftblab_job_record *record)
{
  ftblab_image_set *set = &record->operation.written;
  set->iteration = ftblab_launch_iteration(ftblab_launch_of(record));
  return ftblab_images_none(record, set);
}

/* Move the reservation for the rank at PLACE to the disk of HOLDER (below 0: it is in memory). False: it is full. */
static bool reserve(ftblab_job_record *record, int place, int holder)
{
  ftblab_image *image = &record->operation.written.images[record->operation.ranks[place]];
  ftblab_storage *storage = record->world->storage;
  if (holder >= 0 && !ftblab_storage_reserve(storage, holder, record->image_bytes))
    return false;
  if (image->holder >= 0)
    ftblab_storage_release(storage, image->holder, image->bytes);
  *image = (ftblab_image){.holder = holder, .buddy = -1, .bytes = record->image_bytes};
  return true;
}

/* The rank at PLACE finds its disk full: in a call of its own, as for any other end. */
static void disk_is_full(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  ftblab_job_record *record = &world->jobs[value >> 32];
  int place = (int)(value & 0xffffffff);
  const ftblab_operation *operation = &record->operation;
  if (operation->kind != FTBLAB_STAGED || operation->waits || operation->parts == NULL ||
      place >= operation->rank_count || operation->parts[place].over)
    return; /* the stage has ended since */
  part_ended(&operation->parts[place], 1, "a disk " FTBLAB_DISK_FULL, date);
}

static void fail_part(ftblab_job_record *record, int place)
{
  ftblab_simulated *world = record->world;
  ftblab_engine_at(world->engine, world->date, disk_is_full, world, (int64_t)record->job.index << 32 | place);
}

void ftblab_stage_checkpoint(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  if (!ftblab_operation_choose_ranks(record, operation->from) || !make_set(record) ||
      !begin_parts(record, FTBLAB_STAGE_CHECKPOINT) || !ftblab_operation_tell_images(record, false, false))
    return;
  if (operation->rank_count == 0)
    ftblab_operation_end(record, "no rank is left there");
  for (int i = 0; i < operation->rank_count; i++) {
    int holder = ftblab_storage_holder(record->world->storage, (int)operation->ranks[i], operation->from);
    if (!reserve(record, i, holder))
      fail_part(record, i);
    else
      copy_part(record, i,
                (ftblab_copy_plan){
                    .from = operation->from, .to = holder < 0 ? operation->from : holder, .to_disk = holder >= 0});
  }
}

/* ---- copy and restart --------------------------------------------------------------------------------- */

static bool is_node_local(const ftblab_job_record *record)
{
  return record->world->scenario->storage.json != NULL && record->world->scenario->storage.servers == NULL;
}

static void copy_images(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  bool to_disk = is_node_local(record);
  if (!begin_parts(record, FTBLAB_STAGE_COPY))
    return;
  for (int i = 0; i < operation->rank_count; i++) {
    int holder = operation->written.images[operation->ranks[i]].holder;
    if (to_disk && !reserve(record, i, operation->to))
      fail_part(record, i);
    else
      copy_part(record, i,
                (ftblab_copy_plan){.from = holder < 0 ? operation->from : holder,
                                   .to = operation->to,
                                   .from_disk = holder >= 0,
                                   .to_disk = to_disk});
  }
}

/* One after the other: each reads its image as fast as the disk can. */
static void restart_next(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  copy_part(record, operation->rank_count - operation->left,
            (ftblab_copy_plan){.from = operation->to, .to = operation->to, .from_disk = is_node_local(record)});
}

static void restart_ranks(ftblab_job_record *record)
{
  if (begin_parts(record, FTBLAB_STAGE_RESTART) && ftblab_operation_tell_images(record, true, false))
    restart_next(record);
}

/* ---- a node dies -------------------------------------------------------------------------------------- */

bool ftblab_stage_needs(const ftblab_job_record *record, int node)
{
  const ftblab_operation *operation = &record->operation;
  return operation->to == node && operation->stage == FTBLAB_STAGE_RESTART; /* a copy fails by itself */
}

/* ---- the service -------------------------------------------------------------------------------------- */

/* A checkpoint that cannot begin: each rank that was to write its image says so. */
static void refuse(ftblab_component *self, ftblab_job_record *record, int from, int to, const char *why)
{
  ftblab_operation refused = {.kind = FTBLAB_STAGED, .cause = record->world->cause, .from = from, .to = to};
  int count = ftblab_job_ranks_on_service(self, record->job.index, from, NULL);
  refused.ranks = malloc(((size_t)count + 1) * sizeof *refused.ranks);
  refused.parts = calloc((size_t)count + 1, sizeof *refused.parts);
  if (refused.ranks == NULL || refused.parts == NULL) {
    ftblab_world_no_memory(record->world);
  } else {
    refused.rank_count = ftblab_job_ranks_on_service(self, record->job.index, from, refused.ranks);
    for (int i = 0; i < count; i++)
      refused.parts[i].failed = true;
    ftblab_operation_answer(record, &refused, true, why);
  }
  free(refused.ranks);
  free(refused.parts);
}

static void begin_checkpoint(ftblab_component *self, ftblab_job_record *record, int from, int to)
{
  const ftblab_operation *operation = &record->operation;
  if (operation->kind == FTBLAB_STAGED && operation->from == from && operation->to == to)
    return; /* asked for twice */
  const char *why = ftblab_migration_is_impossible(record, from, to);
  if (why == NULL) {
    ftblab_operation_begin(NULL, record, FTBLAB_STAGED);
    record->operation.from = from;
    record->operation.to = to;
    if (ftblab_launch_stop(ftblab_launch_of(record)))
      return;
    ftblab_operation_drop(record);
    why = "a rank is dead";
  }
  refuse(self, record, from, to, why);
}

/* What does not fit to the stage that is over comes twice, or too late: nothing happens. */
void ftblab_job_stage_service(ftblab_component *self, int job, ftblab_stage stage, int from, int to)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  const ftblab_operation *operation = &record->operation;
  bool is_ours = operation->kind == FTBLAB_STAGED && operation->to == to && (from < 0 || operation->from == from);
  if (stage == FTBLAB_STAGE_CHECKPOINT)
    begin_checkpoint(self, record, from, to);
  else if (stage == FTBLAB_STAGE_CANCEL && is_ours)
    ftblab_operation_end(record, "it was given up");
  else if (stage == FTBLAB_STAGE_COPY && is_ours && operation->waits && operation->stage == FTBLAB_STAGE_CHECKPOINT)
    copy_images(record);
  else if (stage == FTBLAB_STAGE_RESTART && is_ours && operation->waits && operation->stage == FTBLAB_STAGE_COPY)
    restart_ranks(record);
}
