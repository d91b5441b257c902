/* disks.c - disks that fail, and what is lost with them.
 *
 * A failed disk takes all images with it for good: what comes in its place is empty. The facts DISK_FAILED and
 * DISK_RETURNED name its node. First the images are forgotten, then what was being done with them fails, so that
 * whoever tries again finds only what is still there. The disk of a node that is down can fail too. */
#include <string.h>

#include "world.h"

/* ---- who is told ----------------------------------------------------------------------------------------- */

static void tell_disk(ftblab_simulated *world, int node, bool works)
{
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_disk != NULL)
      unit->component.class->on_disk(&unit->component, node, works);
  }
}

/* ---- images ---------------------------------------------------------------------------------------------- */

static bool is_on(const ftblab_image *image, int node)
{
  return image->holder == node || image->buddy == node;
}

/* SET has an image on the disk of NODE. */
static bool has_image_on(const ftblab_image_set *set, int node)
{
  for (int i = 0; set->images != NULL && i < set->count; i++)
    if (is_on(&set->images[i], node))
      return true;
  return false;
}

/* A file of SET needs the disk of NODE. */
static bool has_file_on(const ftblab_image_set *set, int node)
{
  for (int i = 0; set->images != NULL && i < set->count; i++)
    if (set->images[i].file != NULL && ftblab_file_needs_disk(set->images[i].file, node))
      return true;
  return false;
}

/* Images that a buddy has as well are only there from now on; a set that has lost one for good is no set any more. */
static void forget_images(ftblab_job_record *record, ftblab_image_set *set, int node)
{
  bool is_whole = true;
  if (!has_image_on(set, node) || !ftblab_images_own(record, set))
    return;
  for (int i = 0; set->images != NULL && i < set->count; i++) {
    ftblab_image *image = &set->images[i];
    if (!is_on(image, node))
      continue;
    is_whole = is_whole && image->buddy >= 0;
    if (image->buddy < 0)
      continue;
    ftblab_storage_release(record->world->storage, node, image->bytes);
    image->holder = image->holder == node ? image->buddy : image->holder;
    image->buddy = -1;
  }
  if (!is_whole)
    ftblab_images_drop(record, set);
}

/* What the job does with its images cannot go on without the disk of NODE. (Of a file that is read it may have been
 * through with the part that was there; else its copy fails.) */
static bool is_needed(const ftblab_job_record *record, int node)
{
  const ftblab_operation *operation = &record->operation;
  if (operation->kind == FTBLAB_RESTART)
    return operation->read != NULL && has_image_on(operation->read, node);
  return operation->kind != FTBLAB_NO_OPERATION &&
         (has_image_on(&operation->written, node) || has_file_on(&operation->written, node));
}

static void lose_images(ftblab_simulated *world, int node)
{
  char why[160];
  snprintf(why, sizeof why, "the disk of %s has failed", ftblab_engine_node_name(world->engine, node));
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    ftblab_job_record *record = &world->jobs[i];
    bool was_needed = is_needed(record, node);
    forget_images(record, &record->checkpoint, node);
    forget_images(record, &record->near, node);
    if (was_needed)
      ftblab_operation_end(record, why);
  }
}

/* ---- faults ---------------------------------------------------------------------------------------------- */

static void disk_returns(void *argument, int64_t node, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  ftblab_storage_disk_returns(world->storage, (int)node);
  int place = (int)node;
  world->cause = ftblab_world_fact(world, "DISK_RETURNED", NULL, &place, 1, 0, NULL);
  tell_disk(world, place, true);
  ftblab_world_leave(world);
}

void ftblab_disks_strike(ftblab_simulated *world, const ftblab_fault_plan *plan, int node)
{
  if (!ftblab_storage_disk_works(world->storage, node))
    return;
  uint64_t cause = world->cause;
  world->cause = ftblab_world_fact(world, "DISK_FAILED", NULL, &node, 1, 0, NULL);
  world->losses++;
  lose_images(world, node);
  ftblab_files_disk_failed(world, node);
  ftblab_storage_disk_failed(world->storage, node);
  tell_disk(world, node, false);
  world->cause = cause;
  if (plan->returns_after < 0)
    return;
  world->outside_calls++;
  ftblab_engine_at(world->engine, world->date + plan->returns_after, disk_returns, world, node);
}

ftblab_status ftblab_disks_check(const ftblab_simulated *world, const ftblab_fault_plan *plan, ftblab_error *err)
{
  const cJSON *nodes = plan->nodes;
  for (const cJSON *name = ftblab_scenario_first_name(nodes); name != NULL && plan->kind == FTBLAB_DISK_CRASH;
       name = ftblab_scenario_next_name(nodes, name)) {
    int node = ftblab_engine_node_index(world->engine, name->valuestring, strlen(name->valuestring));
    if (!ftblab_storage_disk_works(world->storage, node))
      return ftblab_json_fail(world->scenario->json, name, err, "%s has no disk for images: the storage has none there",
                              name->valuestring);
  }
  return FTBLAB_OK;
}
