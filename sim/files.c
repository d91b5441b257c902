/* files.c - files of a parallel file system: where their parts are, and what is left of them. See files.h. */
#include "files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files_internal.h"

/* ---- the metadata server ---------------------------------------------------------------------------------- */

bool ftblab_files_closed(const ftblab_simulated *world, char *why, size_t size)
{
  const ftblab_files *files = world->files;
  const char *name = ftblab_engine_node_name(world->engine, files->metadata);
  if (!ftblab_engine_node_up(world->engine, files->metadata))
    snprintf(why, size, "the metadata server %s is down", name);
  else if (!ftblab_storage_disk_works(world->storage, files->metadata))
    snprintf(why, size, "the disk of the metadata server %s has failed", name);
  else
    return false;
  return true;
}

double ftblab_files_open(ftblab_simulated *world, int node)
{
  ftblab_files *files = world->files;
  ftblab_error error;
  double latency = 0, seconds_per_byte;
  if (ftblab_engine_route(world->engine, node, files->metadata, &latency, &seconds_per_byte, &error) != FTBLAB_OK)
    ftblab_world_fail(world, &error);
  files->free_at = fmax(files->free_at, world->date + latency) + world->scenario->storage.metadata_time;
  return files->free_at + latency;
}

/* ---- where parts are -------------------------------------------------------------------------------------- */

static bool works(const ftblab_simulated *world, int server)
{
  return ftblab_engine_node_up(world->engine, server) && ftblab_storage_disk_works(world->storage, server);
}

bool ftblab_file_part_is_there(const ftblab_simulated *world, const ftblab_file_part *part)
{
  return !part->gone && works(world, part->server);
}

static bool has_part_on(const ftblab_file *file, int server)
{
  for (int i = 0; i < file->part_count; i++)
    if (file->parts[i].server == server && !file->parts[i].gone)
      return true;
  return false;
}

static bool is_among(int server, const int *chosen, int count)
{
  for (int i = 0; i < count; i++)
    if (chosen[i] == server)
      return true;
  return false;
}

int ftblab_files_reserve_other(const ftblab_file *file, double bytes, const int *chosen, char *why, size_t size)
{
  const ftblab_simulated *world = file->record->world;
  const ftblab_files *files = world->files;
  snprintf(why, size, "no data server is left");
  for (int pass = 0; pass < 2; pass++) /* servers without a part of the file, then the others */
    for (int i = 0; i < files->server_count; i++) {
      int server = files->servers[(file->state.rank + i) % files->server_count];
      bool has_part = has_part_on(file, server) || is_among(server, chosen, file->part_count);
      if (!works(world, server) || has_part != (pass == 1))
        continue;
      if (ftblab_storage_reserve(world->storage, server, bytes))
        return server;
      snprintf(why, size, "the disk of %s " FTBLAB_DISK_FULL, ftblab_engine_node_name(world->engine, server));
    }
  return -1;
}

/* How many bytes of a file of BYTES are in part PART of COUNT: every COUNTth unit, from the PARTth on. */
static double part_bytes(double bytes, double unit, int part, int count)
{
  double units = ceil(bytes / unit), mine = floor((units - 1 - part) / count) + 1;
  bool has_last = mine > 0 && fmod(units - 1 - part, count) == 0;
  return mine <= 0 ? 0 : mine * unit - (has_last ? units * unit - bytes : 0);
}

/* Divide FILE among its first COUNT servers, that of parity included. */
static void divide(ftblab_file *file, int count)
{
  const ftblab_storage_plan *plan = &file->record->world->scenario->storage;
  bool parity = plan->parity && count > 1; /* of a single server it would protect nothing */
  int data = count - (parity ? 1 : 0);
  double units = fmax(1, ceil(file->state.bytes / plan->stripe_bytes));
  file->data_count = units < data ? (int)units : data;
  for (int i = 0; i < file->data_count; i++)
    file->parts[i].bytes = part_bytes(file->state.bytes, plan->stripe_bytes, i, file->data_count);
  file->part_count = file->data_count + (parity ? 1 : 0);
  if (parity)
    file->parts[file->data_count].bytes = file->parts[0].bytes; /* the longest */
}

/* FILE is to have COUNT servers: the first from that of its rank on that work, and have room for a part of it if ROOMY.
 * Returns how many there are. */
static int choose_servers(ftblab_file *file, int count, bool roomy)
{
  const ftblab_simulated *world = file->record->world;
  const ftblab_files *files = world->files;
  int found = 0;
  divide(file, count);
  double longest = file->parts[0].bytes;
  for (int i = 0; i < files->server_count && found < count; i++) {
    int server = files->servers[(file->state.rank + i) % files->server_count];
    if (works(world, server) && (!roomy || ftblab_storage_has_room(world->storage, server, longest)))
      file->parts[found++].server = server;
  }
  return found;
}

/* As many servers as FILE may have, and as have room; if there is no room for it, as many as work. Parity is not given
 * up for want of room. */
static void lay_out(ftblab_file *file)
{
  const ftblab_simulated *world = file->record->world;
  const ftblab_storage_plan *plan = &world->scenario->storage;
  int most = plan->stripe_count + (plan->parity ? 1 : 0), count = most;
  int least = plan->parity && choose_servers(file, 2, false) == 2 ? 2 : 1, found = 0;
  while (count >= least && (found = choose_servers(file, count, true)) < count)
    count = found; /* parts of fewer are longer: no more have room for them */
  if (count < least)
    count = choose_servers(file, most, false);
  file->part_count = 0;
  if (count > 0)
    divide(file, count);
}

/* Room for the first COUNT parts; those that have it already when one has not give it back. */
static bool reserve(ftblab_file *file, char *why, size_t size)
{
  ftblab_simulated *world = file->record->world;
  for (int i = 0; i < file->part_count; i++) {
    if (ftblab_storage_reserve(world->storage, file->parts[i].server, file->parts[i].bytes))
      continue;
    snprintf(why, size, "the disk of %s " FTBLAB_DISK_FULL,
             ftblab_engine_node_name(world->engine, file->parts[i].server));
    file->part_count = i;
    return false;
  }
  return true;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

ftblab_file *ftblab_file_create(ftblab_job_record *record, int rank, double bytes, char *why, size_t size)
{
  ftblab_text name = {0};
  ftblab_text_addf(&name, "%s-c%d-r%d", record->job.name, record->checkpoints + 1, rank);
  ftblab_file *file = name.failed ? NULL : calloc(1, sizeof *file + name.length + 1);
  if (file == NULL) {
    ftblab_text_free(&name);
    ftblab_world_no_memory(record->world);
    snprintf(why, size, "no memory for a file");
    return NULL;
  }
  memcpy(file->name, name.data, name.length + 1);
  ftblab_text_free(&name);
  file->record = record;
  file->neighbour = -1;
  file->state = (ftblab_file_state){.name = file->name, .job = record->job.index, .rank = rank, .bytes = bytes};
  lay_out(file);
  bool has_server = file->part_count > 0;
  if (!has_server)
    snprintf(why, size, "no data server is left");
  if (has_server && reserve(file, why, size))
    return file;
  ftblab_file_remove(file);
  return NULL;
}

void ftblab_file_remove(ftblab_file *file)
{
  if (file == NULL)
    return;
  ftblab_rebuilding_drop(file);
  for (int i = 0; i < file->part_count; i++)
    if (!file->parts[i].gone)
      ftblab_storage_release(file->record->world->storage, file->parts[i].server, file->parts[i].bytes);
  free(file);
}

bool ftblab_file_needs_disk(const ftblab_file *file, int node)
{
  return has_part_on(file, node) || node == file->record->world->files->metadata;
}

bool ftblab_file_find_parts(const ftblab_file *file, int parts[FTBLAB_MOST_STRIPES])
{
  int count = 0;
  for (int i = 0; i < file->part_count && count < file->data_count; i++)
    if (ftblab_file_part_is_there(file->record->world, &file->parts[i]))
      parts[count++] = i;
  return count == file->data_count;
}

const ftblab_file_state *ftblab_file_look(ftblab_file *file)
{
  ftblab_file_state *state = &file->state;
  int parts[FTBLAB_MOST_STRIPES];
  state->lost = 0;
  state->gone = 0;
  state->lost_bytes = 0;
  for (int i = 0; i < file->part_count; i++) {
    if (ftblab_file_part_is_there(file->record->world, &file->parts[i]))
      continue;
    state->lost++;
    state->gone += file->parts[i].gone;
    state->lost_bytes += file->parts[i].bytes;
  }
  state->stripes = file->data_count;
  state->readable = ftblab_file_find_parts(file, parts);
  state->neighbour = file->neighbour;
  return state;
}

/* ---- all files -------------------------------------------------------------------------------------------- */

/* Call ACT with each file of RECORD's job, also those of a checkpoint that is not whole yet. */
static void each_file_of(ftblab_job_record *record, void (*act)(ftblab_file *file, int node), int node)
{
  const ftblab_image_set *sets[] = {&record->checkpoint, &record->operation.written};
  for (size_t s = 0; s < FTBLAB_COUNT(sets); s++)
    for (int i = 0; sets[s]->images != NULL && i < sets[s]->count; i++)
      if (sets[s]->images[i].file != NULL)
        act(sets[s]->images[i].file, node);
}

static void each_file(ftblab_simulated *world, void (*act)(ftblab_file *file, int node), int node)
{
  for (size_t i = 0; world->files != NULL && i < world->scenario->job_count; i++)
    each_file_of(&world->jobs[i], act, node);
}

/* What comes in the place of a disk is empty: the room of what was on it is given back. */
static void lose_disk(ftblab_file *file, int node)
{
  ftblab_simulated *world = file->record->world;
  bool all = node == world->files->metadata;
  ftblab_rebuilding_disk_failed(file, node);
  for (int i = 0; i < file->part_count; i++) {
    ftblab_file_part *part = &file->parts[i];
    if (part->gone || !(all || part->server == node))
      continue;
    part->gone = true;
    file->state.announced = false;
    ftblab_storage_release(world->storage, part->server, part->bytes);
  }
}

void ftblab_files_disk_failed(ftblab_simulated *world, int node)
{
  each_file(world, lose_disk, node);
}

static void lose_memory(ftblab_file *file, int node)
{
  if (node < 0 || file->neighbour == node)
    file->neighbour = -1;
}

static void lose_processes(ftblab_file *file, int node)
{
  lose_memory(file, node);
  ftblab_rebuilding_fail(file, "the processes of the job have ended");
}

void ftblab_files_processes_ended(ftblab_job_record *record)
{
  each_file_of(record, lose_processes, -1);
}

/* What was announced as lost because NODE was down, and is whole now that it is up, may be lost again. */
static void come_back(ftblab_file *file, int node)
{
  if (has_part_on(file, node) && ftblab_file_look(file)->lost == 0)
    file->state.announced = false;
}

static void go_away(ftblab_file *file, int node)
{
  if (has_part_on(file, node))
    file->state.announced = false;
}

static bool is_server(const ftblab_files *files, int node)
{
  for (int i = 0; i < files->server_count; i++)
    if (files->servers[i] == node)
      return true;
  return false;
}

void ftblab_files_node_changed(ftblab_simulated *world, int node, bool up)
{
  if (world->files == NULL)
    return;
  each_file(world, up ? come_back : lose_memory, node);
  if (!is_server(world->files, node))
    return;
  if (!up)
    each_file(world, go_away, node);
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_server != NULL)
      unit->component.class->on_server(&unit->component, node, up);
  }
}

/* ---- services ----------------------------------------------------------------------------------------------- */

ftblab_file *ftblab_file_of(ftblab_component *self, int job, int rank)
{
  const ftblab_image_set *set = &ftblab_job_record_of(self, job)->checkpoint;
  return set->images == NULL || rank < 0 || rank >= set->count ? NULL : set->images[rank].file;
}

const ftblab_file_state *ftblab_file_service(ftblab_component *self, int job, int rank)
{
  ftblab_file *file = ftblab_file_of(self, job, rank);
  return file == NULL ? NULL : ftblab_file_look(file);
}

void ftblab_file_announced_service(ftblab_component *self, int job, int rank)
{
  ftblab_file *file = ftblab_file_of(self, job, rank);
  if (file != NULL)
    file->state.announced = true;
}

double ftblab_storage_idle_service(ftblab_component *self)
{
  const ftblab_simulated *world = ftblab_unit_of(self)->world;
  return ftblab_storage_idle(world->storage, world->date);
}

/* ---- life --------------------------------------------------------------------------------------------------- */

static int node_named(const ftblab_simulated *world, const cJSON *name)
{
  return ftblab_engine_node_index(world->engine, name->valuestring, strlen(name->valuestring));
}

ftblab_status ftblab_files_new(ftblab_simulated *world, ftblab_error *err)
{
  const ftblab_storage_plan *plan = &world->scenario->storage;
  const cJSON *name = NULL;
  if (plan->metadata == NULL)
    return FTBLAB_OK;
  ftblab_files *files = calloc(1, sizeof *files + (size_t)cJSON_GetArraySize(plan->servers) * sizeof *files->servers);
  if (files == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the file system");
  files->metadata = node_named(world, plan->metadata);
  cJSON_ArrayForEach(name, plan->servers)
  {
    files->servers[files->server_count++] = node_named(world, name);
  }
  world->files = files;
  return FTBLAB_OK;
}

void ftblab_files_free(ftblab_simulated *world)
{
  free(world->files);
  world->files = NULL;
}
