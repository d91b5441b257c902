/* checkpoint.c - a job's processes become images, move, and start again: the services job_checkpoint ... job_release.
 *
 * A job does one such operation at a time. It has two parts: the ranks stop (a checkpoint, a migration), then images
 * are copied. Whatever ends it, the asker is told exactly once, in a call of its own, and only then do the ranks go
 * on: so a component may suspend the job, or move it, at the very iteration of the checkpoint that it was told of. The
 * last whole checkpoint is kept until the next is whole. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* ---- nodes of a job ----------------------------------------------------------------------------------- */

/* The first rank_nodes of a job's nodes have its ranks; what was granted beyond them follows. */
static bool set_nodes(ftblab_job_record *record, const int *nodes, int count, int length)
{
  int *copy = malloc((size_t)(length > 0 ? length : 1) * sizeof *copy);
  if (copy == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  for (int i = 0; i < length; i++)
    copy[i] = nodes[i % count];
  free(record->nodes);
  record->nodes = copy;
  record->job.nodes = copy;
  record->job.node_count = length;
  return true;
}

static int place_of(const ftblab_job_record *record, int node, int first)
{
  for (int i = first; i < record->job.node_count; i++) {
    if (record->nodes[i] == node)
      return i;
  }
  return -1;
}

bool ftblab_job_has_place_on(const ftblab_job_record *record, int node)
{
  int place = place_of(record, node, 0);
  return place >= 0 && place < record->rank_nodes;
}

static void add_node(ftblab_job_record *record, int node)
{
  int *nodes = realloc(record->nodes, ((size_t)record->job.node_count + 1) * sizeof *nodes);
  if (nodes == NULL) {
    ftblab_world_no_memory(record->world);
    return;
  }
  nodes[record->job.node_count++] = node;
  record->nodes = nodes;
  record->job.nodes = nodes;
}

static void remove_place(ftblab_job_record *record, int place)
{
  if (place < 0)
    return;
  record->job.node_count--;
  memmove(&record->nodes[place], &record->nodes[place + 1],
          (size_t)(record->job.node_count - place) * sizeof *record->nodes);
}

/* ---- answers ------------------------------------------------------------------------------------------ */

struct ftblab_answer {
  ftblab_answer *next;
  ftblab_job_record *record;
  ftblab_unit *asker; /* NULL: nobody asked; the job's components are told */
  uint64_t cause;
  ftblab_operation_kind kind;
  int from, to;
  bool good;
  char why[160];
  /* Of a migration in stages. */
  ftblab_stage stage;
  bool over;
  int64_t *ranks;
  bool *failed;
  int rank_count;
};

static void answer_free(ftblab_answer *said)
{
  free(said->ranks);
  free(said->failed);
  free(said);
}

static void tell_stage(const ftblab_answer *said, ftblab_unit *unit)
{
  const ftblab_stage_answer answer = {.stage = said->stage,
                                      .from = said->from,
                                      .to = said->to,
                                      .over = said->over,
                                      .good = said->over && said->good,
                                      .why = said->why,
                                      .ranks = said->ranks,
                                      .failed = said->failed,
                                      .count = said->rank_count};
  if (unit->component.class->on_stage != NULL)
    unit->component.class->on_stage(&unit->component, &answer);
}

static void tell(const ftblab_answer *said, ftblab_unit *unit)
{
  const ftblab_role_class *class = unit->component.class;
  int job = said->record->job.index;
  if (!unit->alive)
    return;
  if (said->kind == FTBLAB_CHECKPOINT && class->on_checkpoint != NULL)
    class->on_checkpoint(&unit->component, job, said->good, said->why);
  if (said->kind == FTBLAB_MIGRATION && class->on_migrate != NULL)
    class->on_migrate(&unit->component, job, said->from, said->to, said->good, said->why);
  if (said->kind == FTBLAB_RESTART && class->on_restart != NULL)
    class->on_restart(&unit->component, job, said->good, said->why);
  if (said->kind == FTBLAB_STAGED)
    tell_stage(said, unit);
}

static void tell_answer(void *argument, int64_t value, double date)
{
  ftblab_answer said = *(ftblab_answer *)argument;
  ftblab_job_record *record = said.record;
  ftblab_answer **link = &record->answers;
  (void)value;
  while (*link != argument)
    link = &(*link)->next;
  *link = said.next;
  ftblab_simulated *world = record->world;
  ftblab_world_enter(world, date, said.cause);
  if (said.asker != NULL)
    tell(&said, said.asker);
  bool for_all =
      said.asker == NULL || (said.kind == FTBLAB_RESTART && said.good); /* also who did not ask has to know */
  for (size_t i = 0; for_all && i < world->unit_count; i++) {
    if (world->units[i]->component.job == &record->job && world->units[i] != said.asker)
      tell(&said, world->units[i]);
  }
  ftblab_accounts_purpose_changed(world);
  if (record->operation.kind == FTBLAB_NO_OPERATION && record->job.state == FTBLAB_JOB_RUNNING) {
    if (record->hold == FTBLAB_NO_HOLD)
      ftblab_launch_go(ftblab_launch_of(record));
    else
      ftblab_hold_look(record);
  }
  answer_free(argument);
  ftblab_world_leave(world);
}

/* WHY is NULL if all went well. NULL: no memory. */
static ftblab_answer *answer_later(ftblab_job_record *record, ftblab_unit *asker, ftblab_operation_kind kind, int from,
                                   int to, const char *why)
{
  ftblab_simulated *world = record->world;
  ftblab_answer *said = malloc(sizeof *said);
  if (said == NULL) {
    ftblab_world_no_memory(world);
    return NULL;
  }
  *said = (ftblab_answer){.next = record->answers,
                          .record = record,
                          .asker = asker,
                          .cause = world->cause,
                          .kind = kind,
                          .from = from,
                          .to = to,
                          .good = why == NULL};
  record->answers = said;
  if (why != NULL) /* mostly all went well */
    snprintf(said->why, sizeof said->why, "%s", why);
  ftblab_engine_at(world->engine, world->date, tell_answer, said, 0);
  return said;
}

/* What is new of the ranks of a stage. */
static void add_news(ftblab_answer *said, const ftblab_operation *operation)
{
  size_t count = operation->parts == NULL ? 0 : (size_t)operation->rank_count;
  said->ranks = malloc((count + 1) * sizeof *said->ranks);
  said->failed = calloc(count + 1, sizeof *said->failed);
  if (said->ranks == NULL || said->failed == NULL) {
    ftblab_world_no_memory(said->record->world);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    ftblab_part *part = &operation->parts[i];
    if (part->told || !(part->over || part->failed) || (part->failed && !said->over))
      continue;
    part->told = true;
    said->failed[said->rank_count] = part->failed;
    said->ranks[said->rank_count++] = operation->ranks[i];
  }
}

void ftblab_operation_answer(ftblab_job_record *record, const ftblab_operation *operation, bool over, const char *why)
{
  ftblab_answer *said = answer_later(record, operation->asker, operation->kind, operation->from, operation->to, why);
  if (said == NULL || operation->kind != FTBLAB_STAGED)
    return;
  said->stage = operation->stage;
  said->over = over;
  add_news(said, operation);
}

void ftblab_answers_free(ftblab_job_record *record)
{
  while (record->answers != NULL) {
    ftblab_answer *said = record->answers;
    record->answers = said->next;
    answer_free(said);
  }
}

/* ---- operations --------------------------------------------------------------------------------------- */

static const char *checkpoint_is_impossible(const ftblab_job_record *record)
{
  if (record->operation.kind != FTBLAB_NO_OPERATION)
    return "another operation of the job is under way";
  if (record->job.state != FTBLAB_JOB_RUNNING)
    return "the job does not run";
  return NULL;
}

/* An operation of KIND begins or ends: does that change where a job's ranks are? */
static void note_change(ftblab_simulated *world, ftblab_operation_kind kind)
{
  if (kind == FTBLAB_CHECKPOINT || kind == FTBLAB_NO_OPERATION)
    ftblab_accounts_purpose_changed(world);
  else
    ftblab_accounts_changed(world);
}

void ftblab_operation_begin(ftblab_component *self, ftblab_job_record *record, ftblab_operation_kind kind)
{
  note_change(record->world, kind);
  record->operation = (ftblab_operation){
      .kind = kind,
      .asker = self == NULL ? NULL : ftblab_unit_of(self),
      .cause = record->world->cause,
      .from = -1,
      .to = -1,
  };
}

void ftblab_operation_drop(ftblab_job_record *record)
{
  note_change(record->world, record->operation.kind);
  ftblab_storage_cancel(record->world->storage, record);
  ftblab_stage_cancel_copies(record);
  ftblab_images_drop(record, &record->operation.written);
  free(record->operation.ranks);
  free(record->operation.parts);
  record->operation = (ftblab_operation){.kind = FTBLAB_NO_OPERATION};
}

static const ftblab_image_set *other_set(const ftblab_job_record *record, const ftblab_image_set *set)
{
  return set == &record->near ? &record->checkpoint : &record->near;
}

/* All ranks that are no holes have a node to start on. */
static bool ranks_can_start(const ftblab_job_record *record)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  for (int i = 0; i < ftblab_launch_ranks(launch); i++) {
    int node = ftblab_launch_node_of(launch, i);
    if (node >= 0 && !ftblab_engine_node_up(record->world->engine, node))
      return false;
  }
  return true;
}

/* A restart that FAILED begins again if the images that it read are elsewhere as well (something has been lost since it
 * began, and yet all are within reach), or with those of the other level, once. */
static bool reads_again(ftblab_job_record *record, const ftblab_operation *failed)
{
  const ftblab_image_set *in_vain = failed->in_vain;
  if (failed->read == NULL || !ranks_can_start(record))
    return false;
  if (failed->losses == record->world->losses || !ftblab_images_within_reach(record, failed->read)) {
    if (in_vain != NULL || !ftblab_images_within_reach(record, other_set(record, failed->read)))
      return false;
    in_vain = failed->read;
  }
  ftblab_restart_launched(record);
  record->operation.in_place = failed->in_place;
  record->operation.in_vain = in_vain;
  return true;
}

/* A job that was launched, not resumed, starts in any case: from other images, or from scratch. False: its restart, or
 * whatever it was that FAILED, is over. */
static bool restart_goes_on(ftblab_job_record *record, const ftblab_operation *failed)
{
  if (failed->kind != FTBLAB_RESTART || record->job.state != FTBLAB_JOB_RUNNING)
    return false;
  if (reads_again(record, failed))
    return true;
  if (failed->in_place && ftblab_launch_lose_images(ftblab_launch_of(record)))
    return true; /* the death of such a node will have the job rolled back again */
  ftblab_accounts_roll_back(record, 0);
  ftblab_launch_from_images(ftblab_launch_of(record), 0);
  return false;
}

/* WHY is NULL if all went well. */
void ftblab_operation_end(ftblab_job_record *record, const char *why)
{
  char reason[160] = "";
  if (why != NULL) {
    snprintf(reason, sizeof reason, "%s", why); /* it may be a text of the operation */
    ftblab_stage_fails(record);
  }
  ftblab_stage_cancel_copies(record);
  ftblab_operation operation = record->operation;
  record->operation.ranks = NULL; /* they are to be told of */
  record->operation.parts = NULL;
  ftblab_operation_drop(record);
  if (why == NULL || !restart_goes_on(record, &operation)) {
    if (operation.kind == FTBLAB_STAGED)
      ftblab_places_update(record); /* processes that were restarted already have ended */
    ftblab_operation_answer(record, &operation, true, why == NULL ? NULL : reason);
  }
  free(operation.ranks);
  free(operation.parts);
}

/* To the job's C/R library. False: what it did has ended the operation. */
bool ftblab_operation_tell_images(ftblab_job_record *record, bool restart, bool over)
{
  ftblab_simulated *world = record->world;
  for (size_t i = 0; i < world->unit_count; i++) {
    const ftblab_operation *operation = &record->operation;
    ftblab_unit *unit = world->units[i];
    if (operation->kind == FTBLAB_NO_OPERATION)
      return false;
    if (unit->alive && unit->component.job == &record->job && unit->component.class->on_images != NULL)
      unit->component.class->on_images(&unit->component, restart, over, operation->ranks, operation->rank_count);
  }
  return record->operation.kind != FTBLAB_NO_OPERATION;
}

/* ---- what resource managers see of a launcher that takes and leaves nodes by itself ------------------- */

typedef struct node_call {
  ftblab_simulated *world;
  uint64_t cause;
  int job, node;
  bool has;
} node_call;

static void tell_node(void *argument, int64_t value, double date)
{
  const node_call said = *(node_call *)argument;
  ftblab_simulated *world = said.world;
  (void)value;
  free(argument);
  ftblab_world_enter(world, date, said.cause);
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_job_node != NULL)
      unit->component.class->on_job_node(&unit->component, said.job, said.node, said.has);
  }
  ftblab_world_leave(world);
}

static void tell_managers(const ftblab_job_record *record, int node, bool has)
{
  ftblab_simulated *world = record->world;
  node_call *said = malloc(sizeof *said);
  if (said == NULL) {
    ftblab_world_no_memory(world);
    return;
  }
  *said = (node_call){.world = world, .cause = world->cause, .job = record->job.index, .node = node, .has = has};
  ftblab_engine_at(world->engine, world->date, tell_node, said, 0);
}

/* ---- copies ------------------------------------------------------------------------------------------- */

void ftblab_operation_ranks_moved(ftblab_job_record *record)
{
  int from = record->operation.from, to = record->operation.to;
  ftblab_text note = {0};
  ftblab_launch_move(ftblab_launch_of(record), from, to);
  record->migrations++;
  ftblab_text_addf(&note, "migrated from %s to %s", ftblab_engine_node_name(record->world->engine, from),
                   ftblab_engine_node_name(record->world->engine, to));
  ftblab_job_fact(record, "JOB_ENDED", ftblab_text_string(&note));
  for (int i = 0; i < record->rank_nodes; i++) {
    if (record->nodes[i] == from)
      record->nodes[i] = to;
  }
  remove_place(record, place_of(record, to, record->rank_nodes));
  add_node(record, from); /* the job holds it until it is released */
  ftblab_job_fact(record, "JOB_STARTED", ftblab_text_string(&note));
  ftblab_text_free(&note);
  if (record->taken == to + 1) { /* whoever granted the node knows where the ranks are */
    tell_managers(record, from, false);
    tell_managers(record, to, true);
  }
  ftblab_places_update(record);
}

static void migrated(ftblab_job_record *record)
{
  if (!ftblab_operation_tell_images(record, false, true) || !ftblab_operation_tell_images(record, true, false))
    return;
  ftblab_operation_ranks_moved(record);
  if (ftblab_operation_tell_images(record, true, true))
    ftblab_operation_end(record, NULL);
}

/* No file can be opened: the operation has ended. */
static bool is_closed(ftblab_job_record *record)
{
  char why[160];
  if (record->world->files == NULL || !ftblab_files_closed(record->world, why, sizeof why))
    return false;
  ftblab_operation_end(record, why);
  return true;
}

/* A part of a file that was written is out of reach already: the operation has ended. (Who looks after the file system
 * looked when that server went down, and found the files of the last checkpoint.) */
static bool is_harmed(ftblab_job_record *record)
{
  const ftblab_image_set *set = &record->operation.written;
  char why[160];
  for (int i = 0; set->layout == NULL && i < set->count; i++) {
    ftblab_file *file = set->images[i].file;
    if (file == NULL || ftblab_file_look(file)->lost == 0)
      continue;
    snprintf(why, sizeof why, "a part of file %.80s is out of reach", file->name);
    ftblab_operation_end(record, why);
    return true;
  }
  return false;
}

static void written(ftblab_job_record *record)
{
  if (!record->operation.to_near &&
      (is_closed(record) || is_harmed(record))) /* where the parts are is not written down */
    return;
  if (!ftblab_operation_tell_images(record, false, true))
    return;
  ftblab_images_drop(record, &record->near); /* the last, or older than what is now on the servers */
  ftblab_image_set *place = record->operation.to_near ? &record->near : &record->checkpoint;
  ftblab_images_drop(record, place);
  *place = record->operation.written;
  record->operation.written = (ftblab_image_set){0};
  record->checkpoints++;
  record->job.checkpoint_cost = record->world->date - record->operation.began;
  ftblab_operation_end(record, NULL);
}

static void read_back(ftblab_job_record *record)
{
  if (!ftblab_operation_tell_images(record, true, true))
    return;
  record->restarts++;
  const ftblab_image_set *set = record->operation.read;
  ftblab_accounts_roll_back(record, set->useful);
  ftblab_launch_from_images(ftblab_launch_of(record), set->iteration);
  if (set != &record->near) /* what is newer was out of reach: it will never be read */
    ftblab_images_drop(record, &record->near);
  if (record->job.state == FTBLAB_JOB_SUSPENDED) {
    record->job.state = FTBLAB_JOB_RUNNING;
    ftblab_job_fact(record, "JOB_STARTED", "resumed");
  }
  ftblab_places_update(record);
  ftblab_operation_end(record, NULL);
}

static void copied(void *argument, int count, const char *why, double date)
{
  ftblab_job_record *record = argument;
  ftblab_world_enter(record->world, date, record->operation.cause);
  if (why != NULL)
    ftblab_operation_end(record, why);
  else if ((record->operation.left -= count) > 0)
    ;
  else if (record->operation.kind == FTBLAB_MIGRATION)
    migrated(record);
  else if (record->operation.kind == FTBLAB_CHECKPOINT)
    written(record);
  else
    read_back(record);
  ftblab_world_leave(record->world);
}

static void copy_image(ftblab_job_record *record, ftblab_copy_plan plan)
{
  plan.copied = copied;
  plan.argument = record;
  record->operation.left++;
  ftblab_storage_copy(record->world->storage, &plan);
}

static void copy_images(ftblab_job_record *record, ftblab_copy_list *list)
{
  record->operation.left += (int)list->count;
  ftblab_storage_copy_all(record->world->storage, list, copied, record);
}

/* The ranks whose images are copied: those on NODE, or all that are no holes (below 0). False: no memory. */
bool ftblab_operation_choose_ranks(ftblab_job_record *record, int node)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  ftblab_operation *operation = &record->operation;
  int ranks = ftblab_launch_ranks(launch);
  operation->ranks = malloc(((size_t)ranks + 1) * sizeof *operation->ranks);
  if (operation->ranks == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  bool all = node < 0 && ftblab_launch_holes(launch) == 0;
  int64_t *chosen = operation->ranks;
  for (int i = 0; all && i < ranks; i++)
    chosen[i] = i;
  operation->rank_count = all ? ranks : 0;
  for (int i = 0; !all && i < ranks; i++) {
    int at = ftblab_launch_node_of(launch, i);
    if (at >= 0 && (node < 0 || at == node))
      operation->ranks[operation->rank_count++] = i;
  }
  return true;
}

/* The parts go to their servers from NODE, and the whole to the neighbour's memory. */
static void write_file(ftblab_job_record *record, const ftblab_file *file, int node)
{
  double start = ftblab_files_open(record->world, node);
  for (int i = 0; i < file->part_count; i++)
    copy_image(
        record,
        (ftblab_copy_plan){
            .from = node, .to = file->parts[i].server, .to_disk = true, .bytes = file->parts[i].bytes, .start = start});
  if (file->neighbour >= 0)
    copy_image(record, (ftblab_copy_plan){.from = node, .to = file->neighbour, .bytes = file->state.bytes});
}

/* A file of SET cannot be read, or none can: the operation has ended. */
static bool is_unreadable(ftblab_job_record *record, const ftblab_image_set *set)
{
  int parts[FTBLAB_MOST_STRIPES];
  char why[160];
  for (int i = 0; set->layout == NULL && i < set->count; i++) {
    const ftblab_file *file = set->images[i].file;
    if (file == NULL)
      continue;
    if (is_closed(record))
      return true;
    if (ftblab_file_find_parts(file, parts))
      continue;
    snprintf(why, sizeof why, "too many parts of file %.80s are lost", file->name);
    ftblab_operation_end(record, why);
    return true;
  }
  return false;
}

static void read_file(ftblab_job_record *record, const ftblab_file *file, int node)
{
  double start = ftblab_files_open(record->world, node);
  int parts[FTBLAB_MOST_STRIPES];
  ftblab_file_find_parts(file, parts); /* is_unreadable has seen to it that they are there */
  for (int i = 0; i < file->data_count; i++) {
    const ftblab_file_part *part = &file->parts[parts[i]];
    copy_image(record, (ftblab_copy_plan){
                           .from = part->server, .to = node, .from_disk = true, .bytes = part->bytes, .start = start});
  }
}

static void write_images(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  if (!operation->to_near && is_closed(record))
    return;
  if (!ftblab_operation_choose_ranks(record, -1) || !ftblab_images_reserve(record) ||
      !ftblab_operation_tell_images(record, false, false))
    return;
  if (operation->written.layout != NULL) {
    copy_images(record, record->writes[operation->to_near].copies);
    return;
  }
  for (int i = 0; i < operation->rank_count; i++) {
    int rank = (int)operation->ranks[i];
    write_file(record, operation->written.images[rank].file, ftblab_launch_node_of(ftblab_launch_of(record), rank));
  }
}

static void move_images(ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  if (!ftblab_operation_choose_ranks(record, operation->from) || !ftblab_operation_tell_images(record, false, false))
    return;
  for (int i = 0; i < operation->rank_count; i++)
    copy_image(record, (ftblab_copy_plan){.from = operation->from, .to = operation->to, .bytes = record->image_bytes});
  if (operation->rank_count == 0)
    ftblab_operation_end(record, "no rank is left there");
}

/* Each rank reads its image. */
static void copy_back(ftblab_job_record *record)
{
  const ftblab_image_set *set = record->operation.read;
  ftblab_copy_list *copies = ftblab_images_reads(record);
  for (int rank = 0; set->layout == NULL && rank < set->count; rank++)
    if (set->images[rank].file != NULL)
      read_file(record, set->images[rank].file, ftblab_image_reader(record, rank));
  if (copies != NULL)
    copy_images(record, copies);
}

/* Ranks that had no image (holes then) start at the checkpoint's iteration without one, as respawned ranks do. */
static void read_images(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  ftblab_job_record *record = &world->jobs[value];
  const ftblab_operation *operation = &record->operation;
  if (operation->kind != FTBLAB_RESTART || operation->ranks != NULL)
    return;
  ftblab_world_enter(world, date, operation->cause);
  record->operation.read = ftblab_images_to_read(record);
  record->operation.losses = world->losses;
  if (operation->read == operation->in_vain)
    record->operation.read = other_set(record, operation->read);
  if (operation->read->images == NULL) /* lost with a disk since the job was launched, or suspended */
    ftblab_operation_end(record, FTBLAB_IMAGES_LOST);
  else if (!is_unreadable(record, operation->read) && ftblab_operation_choose_ranks(record, -1) &&
           ftblab_operation_tell_images(record, true, false)) {
    copy_back(record);
    if (operation->left == 0)
      ftblab_operation_end(record, "there is no image");
  }
  ftblab_world_leave(world);
}

void ftblab_operation_stopped(void *argument, int64_t job, double date)
{
  ftblab_simulated *world = argument;
  ftblab_job_record *record = &world->jobs[job];
  const ftblab_operation *operation = &record->operation;
  bool waits = operation->kind == FTBLAB_CHECKPOINT || operation->kind == FTBLAB_MIGRATION ||
               (operation->kind == FTBLAB_STAGED && !operation->waits);
  if (operation->kind == FTBLAB_NO_OPERATION)
    ftblab_hold_look(record);
  if (!waits || operation->ranks != NULL || !ftblab_launch_is_stopped(ftblab_launch_of(record)))
    return; /* a call for an operation that has failed since */
  ftblab_world_enter(world, date, operation->cause);
  ftblab_accounts_purpose_changed(world);
  record->operation.began = date;
  if (operation->kind == FTBLAB_CHECKPOINT)
    write_images(record);
  else if (operation->kind == FTBLAB_MIGRATION)
    move_images(record);
  else
    ftblab_stage_checkpoint(record);
  ftblab_world_leave(world);
}

/* ---- a node dies -------------------------------------------------------------------------------------- */

static bool concerns(const ftblab_job_record *record, int node)
{
  const ftblab_operation *operation = &record->operation;
  if (operation->kind == FTBLAB_NO_OPERATION)
    return false;
  if (operation->kind == FTBLAB_RESTART && !operation->in_place)
    return ftblab_job_has_place_on(record, node);
  bool is_target = operation->kind == FTBLAB_STAGED ? ftblab_stage_needs(record, node) : operation->to == node;
  return is_target || ftblab_launch_has_ranks_on(ftblab_launch_of(record), node);
}

void ftblab_operations_node_died(ftblab_simulated *world, int node)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    ftblab_job_record *record = &world->jobs[i];
    char why[160];
    if (!concerns(record, node))
      continue;
    snprintf(why, sizeof why, "node %s died", ftblab_engine_node_name(world->engine, node));
    ftblab_operation_end(record, why);
  }
  ftblab_storage_node_died(world->storage, node);
}

/* ---- services ----------------------------------------------------------------------------------------- */

/* ASKER is NULL if the job's components are to be told. */
static ftblab_unit *unit_of(ftblab_component *asker)
{
  return asker == NULL ? NULL : ftblab_unit_of(asker);
}

void ftblab_operation_refuse(ftblab_job_record *record, ftblab_operation_kind kind, const char *why)
{
  answer_later(record, NULL, kind, -1, -1, why);
}

void ftblab_checkpoint_begin(ftblab_job_record *record, ftblab_component *asker, bool to_near)
{
  const char *why = checkpoint_is_impossible(record);
  if (why == NULL && ftblab_storage_holder(record->world->storage, 0, 0) < 0)
    why = "there is no storage for images";
  if (why == NULL) {
    ftblab_operation_begin(asker, record, FTBLAB_CHECKPOINT);
    record->operation.to_near = to_near;
    if (ftblab_launch_stop(ftblab_launch_of(record)))
      return;
    ftblab_operation_drop(record);
    why = "a rank is dead";
  }
  answer_later(record, unit_of(asker), FTBLAB_CHECKPOINT, -1, -1, why);
}

void ftblab_job_checkpoint_service(ftblab_component *self, int job)
{
  ftblab_checkpoint_begin(ftblab_job_record_of(self, job), self, false);
}

void ftblab_job_save_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  const ftblab_storage_plan *storage = &record->world->scenario->storage;
  unsigned own = record->job.checkpoints.every, every = own > 0 ? own : (unsigned)storage->near_every;
  ftblab_checkpoint_begin(record, self, storage->near != NULL && (unsigned)++record->saved % every != 0);
}

const char *ftblab_migration_is_impossible(const ftblab_job_record *record, int from, int to)
{
  const char *why = checkpoint_is_impossible(record);
  if (why != NULL)
    return why;
  if (!ftblab_launch_has_ranks_on(ftblab_launch_of(record), from))
    return "no rank of the job is there";
  if (place_of(record, to, 0) < 0 && !ftblab_launch_has_in_pool(ftblab_launch_of(record), to))
    return "the target was not granted to the job";
  return ftblab_engine_node_up(record->world->engine, to) ? NULL : "the target is down";
}

void ftblab_job_migrate_service(ftblab_component *self, int job, int from, int to)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  const char *why = ftblab_migration_is_impossible(record, from, to);
  if (why == NULL) {
    ftblab_operation_begin(self, record, FTBLAB_MIGRATION);
    record->operation.from = from;
    record->operation.to = to;
    if (ftblab_launch_stop(ftblab_launch_of(record)))
      return;
    ftblab_operation_drop(record);
    why = "a rank is dead";
  }
  answer_later(record, ftblab_unit_of(self), FTBLAB_MIGRATION, from, to, why);
}

void ftblab_job_suspend_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (record->job.state != FTBLAB_JOB_RUNNING || record->checkpoint.images == NULL)
    return;
  if (record->operation.kind != FTBLAB_NO_OPERATION)
    ftblab_operation_end(record, "the job is suspended");
  ftblab_accounts_changed(record->world);
  ftblab_launch_to_images(ftblab_launch_of(record));
  ftblab_files_processes_ended(record);
  ftblab_units_forget(record);
  record->job.state = FTBLAB_JOB_SUSPENDED;
  record->granted = false;
  ftblab_job_fact(record, "JOB_ENDED", "suspended");
}

void ftblab_job_grant_service(ftblab_component *self, int job, const int *nodes, int count)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (count <= 0 || record->operation.kind == FTBLAB_RESTART)
    return;
  ftblab_accounts_changed(record->world);
  if (record->job.state == FTBLAB_JOB_SUSPENDED)
    record->granted = set_nodes(record, nodes, count, count > record->rank_nodes ? count : record->rank_nodes);
  for (int i = 0; i < count && record->job.state == FTBLAB_JOB_RUNNING; i++) {
    if (place_of(record, nodes[i], 0) >= 0)
      continue;
    add_node(record, nodes[i]);
    if (self->class->on_job_node != NULL) /* a manager knows what it grants */
      continue;
    record->taken = nodes[i] + 1;
    tell_managers(record, nodes[i], false);
  }
  ftblab_places_update(record);
}

void ftblab_resume_begin(ftblab_job_record *record, ftblab_component *asker)
{
  ftblab_simulated *world = record->world;
  const char *why = NULL;
  if (record->operation.kind != FTBLAB_NO_OPERATION)
    why = "another operation of the job is under way";
  else if (record->job.state != FTBLAB_JOB_SUSPENDED)
    why = "the job is not suspended";
  else if (!record->granted)
    why = "no nodes were granted to the job";
  if (why != NULL) {
    answer_later(record, unit_of(asker), FTBLAB_RESTART, -1, -1, why);
    return;
  }
  ftblab_operation_begin(asker, record, FTBLAB_RESTART);
  ftblab_engine_at(world->engine, world->date, read_images, world, record->job.index);
}

void ftblab_job_resume_service(ftblab_component *self, int job)
{
  ftblab_resume_begin(ftblab_job_record_of(self, job), self);
}

void ftblab_restart_launched(ftblab_job_record *record)
{
  ftblab_simulated *world = record->world;
  ftblab_operation_begin(NULL, record, FTBLAB_RESTART);
  ftblab_engine_at(world->engine, world->date, read_images, world, record->job.index);
}

/* What it was doing with its images is over: a node with ranks has died, or they are read already, and in vain. */
void ftblab_job_roll_back_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (record->job.state != FTBLAB_JOB_RUNNING || ftblab_launch_is_over(ftblab_launch_of(record)))
    return;
  if (record->operation.kind == FTBLAB_RESTART)
    ftblab_operation_drop(record);
  else if (record->operation.kind != FTBLAB_NO_OPERATION)
    ftblab_operation_end(record, "the job goes back to its last checkpoint");
  ftblab_launch_roll_back(ftblab_launch_of(record));
  ftblab_restart_launched(record);
  record->operation.in_place = true;
}

/* A suspended job that has not all the nodes that it was granted is not resumed: it wants a new grant. */
static void take_back(ftblab_job_record *record, int node)
{
  char why[160];
  snprintf(why, sizeof why, "node %s was taken back", ftblab_engine_node_name(record->world->engine, node));
  if (place_of(record, node, 0) < 0)
    return;
  if (record->operation.kind == FTBLAB_RESTART)
    ftblab_operation_end(record, why);
  while (place_of(record, node, 0) >= 0)
    remove_place(record, place_of(record, node, 0));
  record->granted = false;
}

static void give_up_node(ftblab_component *self, ftblab_job_record *record, int node)
{
  int place = place_of(record, node, record->rank_nodes); /* never one with ranks */
  if (place < 0)
    return;
  remove_place(record, place);
  if (self->class->on_job_node == NULL)
    tell_managers(record, node, false);
  ftblab_places_update(record);
}

void ftblab_job_release_service(ftblab_component *self, int job, int node)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  ftblab_accounts_changed(record->world);
  if (record->job.state == FTBLAB_JOB_RUNNING)
    give_up_node(self, record, node);
  else if (record->job.state == FTBLAB_JOB_SUSPENDED)
    take_back(record, node);
}
