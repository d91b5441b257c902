/* images.c - the images of a job's ranks: which nodes keep them, and the room that they take there.
 *
 * Where the images of a checkpoint go depends on nothing but where the ranks are: that is worked out once, and what was
 * worked out (a layout) is shared by all checkpoints until a rank moves. A set of images of which some are lost has
 * images of its own from then on. Images that are files, of a parallel file system with a metadata server, are each of
 * their own set: such a set has no layout. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* ---- what there is -------------------------------------------------------------------------------------- */

static void layout_leave(ftblab_layout *layout)
{
  if (layout == NULL || --layout->users > 0)
    return;
  ftblab_copy_list_leave(layout->copies);
  free(layout->images);
  free(layout->loads);
  free(layout);
}

static void release(ftblab_storage *storage, const ftblab_image_set *set)
{
  for (int i = 0; set->layout != NULL && i < set->layout->load_count; i++)
    ftblab_storage_release(storage, set->layout->loads[i].holder, set->layout->loads[i].bytes);
  for (int i = 0; set->layout == NULL && set->images != NULL && i < set->count; i++) {
    const ftblab_image *image = &set->images[i];
    if (image->holder >= 0)
      ftblab_storage_release(storage, image->holder, image->bytes);
    if (image->buddy >= 0)
      ftblab_storage_release(storage, image->buddy, image->bytes);
    ftblab_file_remove(image->file);
  }
}

void ftblab_images_drop(ftblab_job_record *record, ftblab_image_set *set)
{
  release(record->world->storage, set);
  if (set->layout != NULL)
    layout_leave(set->layout);
  else
    free(set->images);
  *set = (ftblab_image_set){0};
}

void ftblab_images_forget_layouts(ftblab_job_record *record)
{
  for (size_t i = 0; i < FTBLAB_COUNT(record->layouts); i++) {
    layout_leave(record->layouts[i]);
    record->layouts[i] = NULL;
  }
}

bool ftblab_images_own(ftblab_job_record *record, ftblab_image_set *set)
{
  if (set->layout == NULL)
    return true;
  ftblab_image *images = malloc(((size_t)set->count + 1) * sizeof *images);
  if (images == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  memcpy(images, set->images, (size_t)set->count * sizeof *images);
  layout_leave(set->layout);
  set->layout = NULL;
  set->images = images;
  return true;
}

int ftblab_image_source(const ftblab_job_record *record, const ftblab_image *image)
{
  bool gone = image->holder >= 0 && !ftblab_engine_node_up(record->world->engine, image->holder);
  return gone && image->buddy >= 0 ? image->buddy : image->holder;
}

/* No node that keeps an image of SET is down; false: one may be. */
static bool all_holders_are_up(const ftblab_job_record *record, const ftblab_image_set *set)
{
  size_t down;
  ftblab_engine_nodes_down(record->world->engine, &down);
  if (set->layout == NULL)
    return false;
  for (int i = 0; down > 0 && i < set->layout->load_count; i++)
    if (!ftblab_engine_node_up(record->world->engine, set->layout->loads[i].holder))
      return false;
  return true;
}

bool ftblab_images_within_reach(const ftblab_job_record *record, const ftblab_image_set *set)
{
  char why[160];
  if (all_holders_are_up(record, set))
    return true;
  for (int i = 0; set->images != NULL && i < set->count; i++) {
    int source = ftblab_image_source(record, &set->images[i]), parts[FTBLAB_MOST_STRIPES];
    const ftblab_file *file = set->images[i].file;
    if (file != NULL && (ftblab_files_closed(record->world, why, sizeof why) || !ftblab_file_find_parts(file, parts)))
      return false;
    if (source >= 0 && !ftblab_engine_node_up(record->world->engine, source))
      return false;
  }
  return set->images != NULL;
}

const ftblab_image_set *ftblab_images_to_read(const ftblab_job_record *record)
{
  return ftblab_images_within_reach(record, &record->near) ? &record->near : &record->checkpoint;
}

/* ---- places of one image -------------------------------------------------------------------------------- */

/* The node of the next ranks, which keeps RANK's image too; -1: all ranks are on one node. */
static int buddy_of(const ftblab_job_record *record, int rank)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  int ranks = ftblab_launch_ranks(launch), node = ftblab_launch_node_of(launch, rank);
  for (int i = 1; i < ranks; i++) {
    int other = ftblab_launch_node_of(launch, (rank + i) % ranks);
    if (other >= 0 && other != node)
      return other;
  }
  return -1;
}

/* Where the image of RANK goes, which runs on NODE. */
static ftblab_image place_image(const ftblab_job_record *record, bool near, int rank, int node)
{
  bool has_buddy = near && record->world->scenario->storage.near_buddy;
  return (ftblab_image){.holder = near ? node : ftblab_storage_holder(record->world->storage, rank, node),
                        .buddy = has_buddy ? buddy_of(record, rank) : -1,
                        .bytes = record->image_bytes};
}

static ftblab_image *no_images(ftblab_job_record *record, int count)
{
  ftblab_image *images = malloc(((size_t)count + 1) * sizeof *images);
  if (images == NULL)
    ftblab_world_no_memory(record->world);
  for (int i = 0; images != NULL && i < count; i++)
    images[i] = (ftblab_image){.holder = -1, .buddy = -1};
  return images;
}

/* ---- layouts -------------------------------------------------------------------------------------------- */

/* LAYOUT gets what each node keeps. Bytes are added one image after the other, as they would be reserved. */
static bool sum_loads(ftblab_job_record *record, ftblab_layout *layout)
{
  size_t nodes = ftblab_engine_nodes(record->world->engine);
  double *bytes = calloc(nodes + 1, sizeof *bytes);
  bool *keeps = calloc(nodes + 1, sizeof *keeps);
  layout->loads = malloc((nodes + 1) * sizeof *layout->loads);
  bool good = bytes != NULL && keeps != NULL && layout->loads != NULL;
  for (int i = 0; good && i < layout->count; i++) {
    const ftblab_image *image = &layout->images[i];
    int holders[] = {image->holder, image->buddy};
    for (size_t j = 0; j < FTBLAB_COUNT(holders); j++) {
      if (holders[j] < 0)
        continue;
      keeps[holders[j]] = true;
      bytes[holders[j]] += image->bytes;
    }
  }
  for (size_t i = 0; good && i < nodes; i++)
    if (keeps[i])
      layout->loads[layout->load_count++] = (ftblab_load){.holder = (int)i, .bytes = bytes[i]};
  free(bytes);
  free(keeps);
  return good;
}

static void fill_layout(const ftblab_job_record *record, ftblab_layout *layout)
{
  const ftblab_operation *operation = &record->operation;
  for (int i = 0; i < operation->rank_count; i++) {
    int rank = (int)operation->ranks[i], node = ftblab_launch_node_of(ftblab_launch_of(record), rank);
    ftblab_image *image = &layout->images[rank];
    *image = place_image(record, layout->near, rank, node);
    ftblab_copy_list_add(layout->copies,
                         (ftblab_copy_way){.from = node, .to = image->holder, .to_disk = true, .bytes = image->bytes});
    if (image->buddy >= 0)
      ftblab_copy_list_add(layout->copies,
                           (ftblab_copy_way){.from = node, .to = image->buddy, .to_disk = true, .bytes = image->bytes});
  }
}

/* Of the chosen ranks. NULL: no memory. */
static ftblab_layout *make_layout(ftblab_job_record *record)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  ftblab_layout *made = malloc(sizeof *made);
  if (made == NULL) {
    ftblab_world_no_memory(record->world);
    return NULL;
  }
  int count = ftblab_launch_ranks(launch);
  *made = (ftblab_layout){.users = 1,
                          .launches = record->job.launches,
                          .moves = ftblab_launch_moves(launch),
                          .near = record->operation.to_near,
                          .count = count,
                          .images = no_images(record, count),
                          .copies = ftblab_copy_list_new(2 * (size_t)count)};
  bool good = made->images != NULL && made->copies != NULL;
  if (good)
    fill_layout(record, made);
  if (good && sum_loads(record, made))
    return made;
  layout_leave(made);
  ftblab_world_no_memory(record->world);
  return NULL;
}

/* Where the images of the chosen ranks go; NULL: no memory. */
static ftblab_layout *find_layout(ftblab_job_record *record)
{
  ftblab_layout **known = &record->layouts[record->operation.to_near];
  if (*known != NULL && (*known)->launches == record->job.launches &&
      (*known)->moves == ftblab_launch_moves(ftblab_launch_of(record)))
    return *known;
  layout_leave(*known);
  *known = make_layout(record);
  return *known;
}

/* ---- room ----------------------------------------------------------------------------------------------- */

/* False: there is no room on a disk; nothing is reserved. */
static bool reserve_layout(ftblab_storage *storage, const ftblab_layout *layout)
{
  for (int i = 0; i < layout->load_count; i++) /* each holder stands there once */
    if (!ftblab_storage_has_room(storage, layout->loads[i].holder, layout->loads[i].bytes))
      return false;
  for (int i = 0; i < layout->load_count; i++)
    (void)ftblab_storage_reserve(storage, layout->loads[i].holder, layout->loads[i].bytes);
  return true;
}

/* The image of RANK becomes a file, and if so configured a neighbour has a copy. False: the operation has ended. */
static bool reserve_file(ftblab_job_record *record, ftblab_image *image, int rank)
{
  char why[160];
  image->bytes = record->image_bytes;
  image->file = ftblab_file_create(record, rank, image->bytes, why, sizeof why);
  if (image->file == NULL) {
    ftblab_operation_end(record, why);
    return false;
  }
  image->file->state.iteration = record->operation.written.iteration;
  if (record->world->scenario->storage.neighbour_copies)
    image->file->neighbour = buddy_of(record, rank);
  return true;
}

/* One after the other, up to the one for which there is no room. False: the operation has ended. */
static bool reserve_one_by_one(ftblab_job_record *record, const ftblab_layout *layout)
{
  ftblab_storage *storage = record->world->storage;
  for (int i = 0; i < layout->count; i++) {
    const ftblab_image *planned = &layout->images[i];
    ftblab_image *image = &record->operation.written.images[i];
    int holders[] = {planned->holder, planned->buddy}, *places[] = {&image->holder, &image->buddy};
    image->bytes = planned->bytes;
    for (size_t j = 0; j < FTBLAB_COUNT(holders); j++) {
      if (holders[j] >= 0 && !ftblab_storage_reserve(storage, holders[j], planned->bytes)) {
        char why[160];
        snprintf(why, sizeof why, "the disk of %s " FTBLAB_DISK_FULL,
                 ftblab_engine_node_name(record->world->engine, holders[j]));
        ftblab_operation_end(record, why);
        return false;
      }
      *places[j] = holders[j];
    }
  }
  return true;
}

static bool reserve_files(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  for (int i = 0; i < operation->rank_count; i++) {
    int rank = (int)operation->ranks[i];
    if (!reserve_file(record, &operation->written.images[rank], rank))
      return false;
  }
  return true;
}

bool ftblab_images_reserve(ftblab_job_record *record)
{
  ftblab_image_set *set = &record->operation.written;
  const ftblab_launch *launch = ftblab_launch_of(record);
  bool files = !record->operation.to_near && record->world->files != NULL;
  ftblab_layout *layout = files ? NULL : find_layout(record);
  set->iteration = ftblab_launch_iteration(launch);
  set->useful = ftblab_accounts_useful(record);
  set->count = ftblab_launch_ranks(launch);
  if (!files && layout == NULL)
    return false;
  if (!files && reserve_layout(record->world->storage, layout)) {
    set->layout = layout;
    set->images = layout->images;
    layout->users++;
    return true;
  }
  set->images = no_images(record, set->count);
  if (set->images == NULL)
    return false;
  return files ? reserve_files(record) : reserve_one_by_one(record, layout);
}
