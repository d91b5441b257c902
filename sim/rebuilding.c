/* rebuilding.c - missing parts of a file are made again, on servers that work.
 *
 * What is needed for it goes over the network to where it is put together, and the new parts from there to the disks:
 * a neighbour and a rank that has recomputed its image have all in memory; for parity a process of the job reads the
 * other parts first. The file is opened once for all of that. It has its new parts when all of them are written, if
 * they are still there then and the file can be closed. Whoever asked is told exactly once, in a call of its own,
 * unless the file is removed before or somebody asks anew. */
#include <stdlib.h>
#include <string.h>

#include "files_internal.h"

struct ftblab_rebuilding {
  ftblab_file *file;
  ftblab_unit *asker;
  uint64_t cause;
  ftblab_rebuild how;
  int from;    /* node where the new parts are put together */
  double open; /* date when the file is */
  int left;    /* copies under way */
  bool writes;
  int servers[FTBLAB_MOST_STRIPES + 1]; /* by part: where it will be; -1: it is not lost */
  ftblab_ticket ticket;                 /* of the call that begins it, or says why it has failed; 0: none */
  char why[160];                        /* it has */
};

static void drop(ftblab_rebuilding *self)
{
  ftblab_file *file = self->file;
  ftblab_simulated *world = file->record->world;
  ftblab_storage_cancel(world->storage, self);
  if (self->ticket != 0)
    ftblab_engine_cancel(world->engine, self->ticket);
  for (int i = 0; i < file->part_count; i++)
    if (self->servers[i] >= 0)
      ftblab_storage_release(world->storage, self->servers[i], file->parts[i].bytes);
  file->rebuilding = NULL;
  free(self);
}

void ftblab_rebuilding_drop(ftblab_file *file)
{
  if (file->rebuilding != NULL)
    drop(file->rebuilding);
}

/* The new parts take the place of those that are lost. The room of an old one that is not gone is given back. */
static void put_in_place(ftblab_rebuilding *self)
{
  ftblab_file *file = self->file;
  for (int i = 0; i < file->part_count; i++) {
    if (self->servers[i] < 0)
      continue;
    ftblab_file_part old = file->parts[i];
    file->parts[i] = (ftblab_file_part){.server = self->servers[i], .bytes = old.bytes};
    self->servers[i] = old.gone ? -1 : old.server;
  }
  if (ftblab_file_look(file)->lost == 0) /* else more was lost meanwhile, and may have been announced */
    file->state.announced = false;
}

static void end(ftblab_rebuilding *self, const char *why)
{
  ftblab_unit *asker = self->asker;
  int job = self->file->state.job, rank = self->file->state.rank;
  char reason[160];
  snprintf(reason, sizeof reason, "%s", why == NULL ? "" : why);
  if (why == NULL)
    put_in_place(self);
  drop(self);
  if (asker->alive && asker->component.class->on_rebuilt != NULL)
    asker->component.class->on_rebuilt(&asker->component, job, rank, why == NULL, reason);
}

/* Why, into WHY of SIZE bytes: no file can be opened or closed, or a server for the new parts is down. */
static bool cannot_go_on(const ftblab_rebuilding *self, char *why, size_t size)
{
  const ftblab_file *file = self->file;
  const ftblab_simulated *world = file->record->world;
  if (ftblab_files_closed(world, why, size))
    return true;
  for (int i = 0; i < file->part_count; i++) {
    if (self->servers[i] < 0 || ftblab_engine_node_up(world->engine, self->servers[i]))
      continue;
    snprintf(why, size, "node %s is down", ftblab_engine_node_name(world->engine, self->servers[i]));
    return true;
  }
  return false;
}

static void copied(void *argument, int count, const char *why, double date);

static void copy_part(ftblab_rebuilding *self, ftblab_copy_plan plan)
{
  ftblab_simulated *world = self->file->record->world;
  plan.copied = copied;
  plan.argument = self;
  plan.start = self->open;
  self->left++;
  ftblab_storage_copy(world->storage, &plan);
}

static void write_parts(ftblab_rebuilding *self)
{
  const ftblab_file *file = self->file;
  self->writes = true;
  for (int i = 0; i < file->part_count; i++)
    if (self->servers[i] >= 0)
      copy_part(self, (ftblab_copy_plan){
                          .from = self->from, .to = self->servers[i], .to_disk = true, .bytes = file->parts[i].bytes});
  if (self->left == 0) /* all servers are back */
    end(self, NULL);
}

static void read_parts(ftblab_rebuilding *self)
{
  const ftblab_file *file = self->file;
  int parts[FTBLAB_MOST_STRIPES];
  if (!ftblab_file_find_parts(file, parts)) {
    end(self, "too many parts are lost");
    return;
  }
  for (int i = 0; i < file->data_count; i++) {
    const ftblab_file_part *part = &file->parts[parts[i]];
    copy_part(self,
              (ftblab_copy_plan){.from = part->server, .to = self->from, .from_disk = true, .bytes = part->bytes});
  }
}

/* All copies are through. */
static void go_on(ftblab_rebuilding *self)
{
  char why[160];
  if (cannot_go_on(self, why, sizeof why))
    end(self, why);
  else if (self->writes)
    end(self, NULL);
  else
    write_parts(self);
}

static void copied(void *argument, int count, const char *why, double date)
{
  ftblab_rebuilding *self = argument;
  ftblab_simulated *world = self->file->record->world;
  ftblab_world_enter(world, date, self->cause);
  if (why != NULL)
    end(self, why);
  else if ((self->left -= count) <= 0)
    go_on(self);
  ftblab_world_leave(world);
}

static void begin(void *argument, int64_t value, double date)
{
  ftblab_rebuilding *self = argument;
  ftblab_simulated *world = self->file->record->world;
  (void)value;
  self->ticket = 0;
  ftblab_world_enter(world, date, self->cause);
  self->open = self->why[0] == '\0' ? ftblab_files_open(world, self->from) : date;
  if (self->why[0] != '\0')
    end(self, self->why);
  else if (self->how == FTBLAB_REBUILD_PARITY)
    read_parts(self);
  else
    write_parts(self);
  ftblab_world_leave(world);
}

void ftblab_rebuilding_fail(ftblab_file *file, const char *why)
{
  ftblab_rebuilding *self = file->rebuilding;
  ftblab_simulated *world = file->record->world;
  if (self == NULL || self->why[0] != '\0')
    return;
  snprintf(self->why, sizeof self->why, "%s", why);
  ftblab_storage_cancel(world->storage, self);
  if (self->ticket == 0) /* else it has not begun */
    self->ticket = ftblab_engine_at(world->engine, world->date, begin, self, 0);
}

void ftblab_rebuilding_disk_failed(ftblab_file *file, int node)
{
  const ftblab_simulated *world = file->record->world;
  bool is_needed = node == world->files->metadata;
  char why[160];
  for (int i = 0; file->rebuilding != NULL && i < file->part_count; i++)
    is_needed = is_needed || file->rebuilding->servers[i] == node;
  if (!is_needed)
    return;
  snprintf(why, sizeof why, "the disk of %s has failed", ftblab_engine_node_name(world->engine, node));
  ftblab_rebuilding_fail(file, why);
}

/* The node where RANK runs, or another of the job if it runs nowhere; -1: none does. */
static int node_of(const ftblab_job_record *record, int rank)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  int ranks = launch == NULL ? 0 : ftblab_launch_ranks(launch);
  for (int i = 0; i < ranks; i++) {
    int node = ftblab_launch_node_of(launch, (rank + i) % ranks);
    if (node >= 0)
      return node;
  }
  return -1;
}

/* Servers for the parts that are lost, with room for them. */
static void find_servers(ftblab_rebuilding *self)
{
  const ftblab_file *file = self->file;
  char why[160];
  for (int i = 0; i < file->part_count && self->why[0] == '\0'; i++) {
    const ftblab_file_part *part = &file->parts[i];
    if (ftblab_file_part_is_there(file->record->world, part))
      continue;
    self->servers[i] = ftblab_files_reserve_other(file, part->bytes, self->servers, why, sizeof why);
    if (self->servers[i] < 0)
      memcpy(self->why, why, sizeof self->why);
  }
}

void ftblab_file_rebuild_service(ftblab_component *self, int job, int rank, ftblab_rebuild how)
{
  ftblab_file *file = ftblab_file_of(self, job, rank);
  ftblab_simulated *world = ftblab_unit_of(self)->world;
  if (file == NULL)
    return;
  ftblab_rebuilding_drop(file); /* of one that has died since it asked */
  ftblab_rebuilding *made = calloc(1, sizeof *made);
  if (made == NULL) {
    ftblab_world_no_memory(world);
    return;
  }
  *made = (ftblab_rebuilding){.file = file, .asker = ftblab_unit_of(self), .cause = world->cause, .how = how};
  file->rebuilding = made;
  for (int i = 0; i <= FTBLAB_MOST_STRIPES; i++)
    made->servers[i] = -1;
  made->from = how == FTBLAB_REBUILD_NEIGHBOURS ? file->neighbour : node_of(file->record, rank);
  if (!ftblab_files_closed(world, made->why, sizeof made->why) && made->from < 0)
    snprintf(made->why, sizeof made->why, "nobody has what is missing");
  if (made->why[0] == '\0')
    find_servers(made);
  made->ticket = ftblab_engine_at(world->engine, world->date, begin, made, 0);
}
