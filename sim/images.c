/* images.c - the images of a job's ranks: which nodes keep them, and the room that they take there.
 *
 * Where the images of a checkpoint go depends on nothing but where the ranks are: that is worked out once, and what was
 * worked out (a layout) is shared by all checkpoints until a rank moves. Then the next one differs from it by that
 * rank's image, and so do the copies by which images are written and read. A set of images of which some are lost has
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

static void forget_writes(ftblab_writes *writes)
{
  layout_leave(writes->layout);
  ftblab_copy_list_leave(writes->copies);
  *writes = (ftblab_writes){0};
}

void ftblab_images_forget_copies(ftblab_job_record *record)
{
  for (size_t i = 0; i < FTBLAB_COUNT(record->writes); i++)
    forget_writes(&record->writes[i]);
  ftblab_copy_list_leave(record->reads);
  record->reads = NULL;
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

bool ftblab_images_none(ftblab_job_record *record, ftblab_image_set *set)
{
  set->count = ftblab_launch_ranks(ftblab_launch_of(record));
  set->images = no_images(record, set->count);
  return set->images != NULL;
}

/* ---- layouts -------------------------------------------------------------------------------------------- */

/* As they would be reserved: one after the other. */
static double bytes_of(int images, double bytes)
{
  double sum = 0;
  for (int i = 0; i < images; i++)
    sum += bytes;
  return sum;
}

/* LAYOUT gets what each node keeps. */
static bool sum_loads(const ftblab_job_record *record, ftblab_layout *layout)
{
  size_t nodes = ftblab_engine_nodes(record->world->engine);
  int *kept = calloc(nodes + 1, sizeof *kept);
  free(layout->loads);
  layout->loads = malloc((nodes + 1) * sizeof *layout->loads);
  layout->load_count = 0;
  bool good = kept != NULL && layout->loads != NULL;
  for (int i = 0; good && i < layout->count; i++) {
    const ftblab_image *image = &layout->images[i];
    if (image->holder >= 0)
      kept[image->holder]++;
    if (image->buddy >= 0)
      kept[image->buddy]++;
  }
  for (size_t i = 0; good && i < nodes; i++)
    if (kept[i] > 0)
      layout->loads[layout->load_count++] =
          (ftblab_load){.holder = (int)i, .bytes = bytes_of(kept[i], record->image_bytes)};
  free(kept);
  return good;
}

static bool add_write(ftblab_copy_list *copies, int from, int to, double bytes)
{
  return ftblab_copy_list_add(copies, (ftblab_copy_way){.from = from, .to = to, .to_disk = true, .bytes = bytes});
}

static bool fill_writes(const ftblab_job_record *record, ftblab_writes *writes)
{
  const ftblab_operation *operation = &record->operation;
  bool good = true;
  for (int i = 0; good && i < operation->rank_count; i++) {
    int rank = (int)operation->ranks[i], node = ftblab_launch_node_of(ftblab_launch_of(record), rank);
    ftblab_image *image = &writes->layout->images[rank];
    *image = place_image(record, operation->to_near, rank, node);
    good = add_write(writes->copies, node, image->holder, image->bytes);
    if (good && image->buddy >= 0)
      good = add_write(writes->copies, node, image->buddy, image->bytes);
  }
  return good && sum_loads(record, writes->layout);
}

/* Of the chosen ranks. NULL: no memory. */
static ftblab_layout *new_layout(ftblab_job_record *record)
{
  int count = ftblab_launch_ranks(ftblab_launch_of(record));
  ftblab_layout *made = malloc(sizeof *made);
  if (made == NULL)
    return NULL;
  *made = (ftblab_layout){.users = 1, .count = count, .images = no_images(record, count)};
  if (made->images != NULL)
    return made;
  layout_leave(made);
  return NULL;
}

/* False: no memory. */
static bool make_writes(ftblab_job_record *record, ftblab_writes *writes)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  forget_writes(writes);
  writes->layout = new_layout(record);
  writes->copies = ftblab_copy_list_new((size_t)ftblab_launch_ranks(launch));
  bool good = writes->layout != NULL && writes->copies != NULL && fill_writes(record, writes);
  if (!good) {
    forget_writes(writes);
    ftblab_world_no_memory(record->world);
    return false;
  }
  bool buddies = record->operation.to_near && record->world->scenario->storage.near_buddy;
  writes->by_rank = !buddies && ftblab_launch_holes(launch) == 0;
  return true;
}

/* ---- layouts that change -------------------------------------------------------------------------------- */

/* One that is no longer shared. NULL: no memory. */
static ftblab_layout *copy_layout(ftblab_job_record *record, const ftblab_layout *layout)
{
  size_t nodes = ftblab_engine_nodes(record->world->engine);
  ftblab_layout *made = malloc(sizeof *made);
  if (made == NULL)
    return NULL;
  *made = *layout;
  made->users = 1;
  made->images = malloc(((size_t)layout->count + 1) * sizeof *made->images);
  made->loads = malloc((nodes + 1) * sizeof *made->loads);
  if (made->images == NULL || made->loads == NULL) {
    layout_leave(made);
    return NULL;
  }
  memcpy(made->images, layout->images, (size_t)layout->count * sizeof *made->images);
  memcpy(made->loads, layout->loads, (size_t)layout->load_count * sizeof *made->loads);
  return made;
}

/* RANK writes its image from NODE. Returns whether another node keeps it now. */
static bool move_write(const ftblab_job_record *record, ftblab_writes *writes, int rank, int node)
{
  ftblab_image *image = &writes->layout->images[rank];
  int holder = image->holder;
  *image = place_image(record, record->operation.to_near, rank, node);
  ftblab_copy_list_redirect(writes->copies, (uint32_t)rank, node, image->holder);
  return image->holder != holder;
}

/* Only what the ranks that moved write is worked out anew. False: that cannot be, or no memory. */
static bool follow_ranks(ftblab_job_record *record, ftblab_writes *writes)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  int count = ftblab_launch_ranks(launch);
  bool changed = false, reloads = false;
  if (!writes->by_rank || writes->copies->users > 1 || writes->layout->count != count ||
      ftblab_launch_holes(launch) > 0)
    return false;
  for (int rank = 0; rank < count; rank++) {
    int node = ftblab_launch_node_of(launch, rank);
    if (node == writes->copies->ways[rank].from)
      continue;
    ftblab_layout *layout = changed ? writes->layout : copy_layout(record, writes->layout);
    if (layout == NULL)
      return false;
    if (!changed)
      layout_leave(writes->layout);
    writes->layout = layout;
    changed = true;
    reloads = move_write(record, writes, rank, node) || reloads;
  }
  return !reloads || sum_loads(record, writes->layout);
}

/* How the chosen ranks write their images; NULL: no memory. */
static ftblab_writes *find_writes(ftblab_job_record *record)
{
  ftblab_writes *known = &record->writes[record->operation.to_near];
  int launches = record->job.launches, moves = ftblab_launch_moves(ftblab_launch_of(record));
  if (known->layout != NULL && known->launches == launches && known->moves == moves)
    return known;
  if (!follow_ranks(record, known) && !make_writes(record, known))
    return NULL;
  known->launches = launches;
  known->moves = moves;
  return known;
}

/* ---- reading back --------------------------------------------------------------------------------------- */

int ftblab_image_reader(const ftblab_job_record *record, int rank)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  int ranks = ftblab_launch_ranks(launch), reader = rank;
  while (ftblab_launch_node_of(launch, reader) < 0 && (reader + 1) % ranks != rank)
    reader = (reader + 1) % ranks;
  return record->nodes[reader / record->job.ranks_per_node];
}

/* LIST has one copy for each rank and gets those of SET. False: a rank has none. */
static bool redirect_reads(const ftblab_job_record *record, const ftblab_image_set *set, ftblab_copy_list *list)
{
  bool up = all_holders_are_up(record, set), holes = ftblab_launch_holes(ftblab_launch_of(record)) > 0;
  const int *reader = record->nodes;
  int readers_ranks = 0;
  for (uint32_t rank = 0; rank < list->count; rank++) {
    const ftblab_image *image = &set->images[rank];
    if (image->holder < 0)
      return false;
    int from = up ? image->holder : ftblab_image_source(record, image);
    ftblab_copy_list_redirect(list, rank, from, holes ? ftblab_image_reader(record, (int)rank) : *reader);
    if (++readers_ranks == record->job.ranks_per_node) {
      readers_ranks = 0;
      reader++;
    }
  }
  return true;
}

static bool fill_reads(const ftblab_job_record *record, const ftblab_image_set *set, ftblab_copy_list *list)
{
  bool good = true;
  for (int rank = 0; good && rank < set->count; rank++) {
    const ftblab_image *image = &set->images[rank];
    if (image->holder >= 0)
      good = ftblab_copy_list_add(list, (ftblab_copy_way){.from = ftblab_image_source(record, image),
                                                          .to = ftblab_image_reader(record, rank),
                                                          .from_disk = true,
                                                          .bytes = image->bytes});
  }
  return good;
}

ftblab_copy_list *ftblab_images_reads(ftblab_job_record *record)
{
  const ftblab_image_set *set = record->operation.read;
  ftblab_copy_list *list = record->reads;
  bool by_rank = list != NULL && list->count == (uint32_t)set->count && list->users == 1;
  if (by_rank && redirect_reads(record, set, list))
    return list;
  ftblab_copy_list_leave(list);
  record->reads = list = ftblab_copy_list_new((size_t)set->count);
  if (list == NULL || !fill_reads(record, set, list)) {
    ftblab_world_no_memory(record->world);
    return NULL;
  }
  return list;
}

/* ---- room ----------------------------------------------------------------------------------------------- */

/* The first load for which there is no room; NULL: there is room for all. Each holder stands there once. */
static const ftblab_load *load_without_room(const ftblab_storage *storage, const ftblab_layout *layout)
{
  for (int i = 0; i < layout->load_count; i++)
    if (!ftblab_storage_has_room(storage, layout->loads[i].holder, layout->loads[i].bytes))
      return &layout->loads[i];
  return NULL;
}

/* There is no room for LAYOUT: the node whose disk is full first, when one image after the other is put down. */
static int full_holder(ftblab_job_record *record, const ftblab_layout *layout)
{
  const ftblab_storage *storage = record->world->storage;
  int full = -1;
  double *filled = calloc(ftblab_engine_nodes(record->world->engine) + 1, sizeof *filled);
  for (int i = 0; filled != NULL && i < 2 * layout->count && full < 0; i++) {
    const ftblab_image *image = &layout->images[i / 2];
    int holder = i % 2 == 0 ? image->holder : image->buddy;
    if (holder >= 0 && !ftblab_storage_has_room(storage, holder, filled[holder] += image->bytes))
      full = holder;
  }
  if (filled == NULL)
    ftblab_world_no_memory(record->world);
  free(filled);
  return full >= 0 ? full : load_without_room(storage, layout)->holder;
}

/* False: there is no room on a disk, and the operation has ended. */
static bool reserve_layout(ftblab_job_record *record, ftblab_layout *layout)
{
  ftblab_storage *storage = record->world->storage;
  if (load_without_room(storage, layout) != NULL) {
    char why[160];
    snprintf(why, sizeof why, "the disk of %s " FTBLAB_DISK_FULL,
             ftblab_engine_node_name(record->world->engine, full_holder(record, layout)));
    ftblab_operation_end(record, why);
    return false;
  }
  for (int i = 0; i < layout->load_count; i++)
    (void)ftblab_storage_reserve(storage, layout->loads[i].holder, layout->loads[i].bytes);
  record->operation.written.layout = layout;
  record->operation.written.images = layout->images;
  layout->users++;
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

static bool reserve_files(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  if (!ftblab_images_none(record, &record->operation.written))
    return false;
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
  set->iteration = ftblab_launch_iteration(launch);
  set->useful = ftblab_accounts_useful(record);
  set->count = ftblab_launch_ranks(launch);
  if (!record->operation.to_near && record->world->files != NULL)
    return reserve_files(record);
  const ftblab_writes *writes = find_writes(record);
  return writes != NULL && reserve_layout(record, writes->layout);
}
