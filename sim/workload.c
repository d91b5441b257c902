/* workload.c - the jobs of a scenario: submitted, launched, repaired, ended.
 *
 * What a job does to the machine is in job.c; here is what the world knows of it: its state, its components, and
 * the facts JOB_STARTED and JOB_ENDED. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

ftblab_job_record *ftblab_job_record_of(ftblab_component *self, int job)
{
  return &ftblab_unit_of(self)->world->jobs[job];
}

ftblab_launch *ftblab_launch_of(const ftblab_job_record *record)
{
  return record->job.launches == 0 ? NULL : record->launches[record->job.launches - 1];
}

/* ---- from the scenario ---------------------------------------------------------------------------------- */

static const ftblab_application_class *application_named(const char *kind)
{
  size_t i = 0;
  while (strcmp(ftblab_application_classes[i]->kind, kind) != 0) /* the schema has checked the kind */
    i++;
  return ftblab_application_classes[i];
}

static ftblab_status job_new(ftblab_simulated *world, size_t index, ftblab_error *err)
{
  const ftblab_job_plan *plan = &world->scenario->jobs[index];
  ftblab_job_record *record = &world->jobs[index];
  const cJSON *name = NULL;
  bool named = cJSON_IsArray(plan->nodes);
  record->world = world;
  record->application = application_named(plan->application);
  record->image_bytes = plan->image_bytes;
  record->restarts_from_images = plan->restarts_from_images;
  record->job = (ftblab_job){
      .name = plan->name,
      .index = (int)index,
      .nodes_wanted = named ? cJSON_GetArraySize(plan->nodes) : plan->nodes->valueint,
      .ranks_per_node = plan->ranks_per_node,
      .policy = plan->policy,
      .requeue = plan->requeue,
      .respawn = plan->respawn,
      .rolls_back = plan->rolls_back,
      .answers_predictions = plan->answers_predictions,
      .on_prediction = plan->on_prediction,
      .checkpoints = plan->checkpoints,
      .image_bytes = plan->image_bytes,
      .walltime = plan->walltime,
      .application = plan->application,
      .parameters = plan->parameters,
      .state = FTBLAB_JOB_QUEUED,
  };
  if (!named)
    return FTBLAB_OK;
  record->node_list = malloc((size_t)record->job.nodes_wanted * sizeof *record->node_list);
  if (record->node_list == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the jobs");
  int count = 0;
  cJSON_ArrayForEach(name, plan->nodes)
  {
    record->node_list[count++] = ftblab_engine_node_index(world->engine, name->valuestring, strlen(name->valuestring));
  }
  record->job.node_list = record->node_list;
  return FTBLAB_OK;
}

ftblab_status ftblab_workload_new(ftblab_simulated *world, ftblab_error *err)
{
  world->jobs = calloc(world->scenario->job_count + 1, sizeof *world->jobs);
  if (world->jobs == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the jobs");
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    ftblab_status status = job_new(world, i, err);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

void ftblab_workload_free(ftblab_simulated *world)
{
  for (size_t i = 0; world->jobs != NULL && i < world->scenario->job_count; i++) {
    ftblab_job_record *record = &world->jobs[i];
    for (int launch = 0; launch < record->job.launches; launch++)
      ftblab_launch_free(record->launches[launch]);
    free(record->launches);
    if (record->world != NULL)
      ftblab_operation_drop(record);
    ftblab_answers_free(record);
    ftblab_pieces_free(record);
    ftblab_images_drop(record, &record->checkpoint);
    ftblab_images_drop(record, &record->near);
    ftblab_images_forget_copies(record);
    free(record->node_list);
    free(record->nodes);
    free(record->account.nodes);
    free(record->ready);
    free(record->wanted);
  }
  free(world->jobs);
}

void ftblab_workload_node_died(ftblab_simulated *world, int node)
{
  for (size_t i = 0; i < world->scenario->job_count; i++)
    if (world->jobs[i].job.state == FTBLAB_JOB_RUNNING)
      ftblab_launch_node_died(ftblab_launch_of(&world->jobs[i]), node);
}

void ftblab_workload_network_changed(ftblab_simulated *world)
{
  for (size_t i = 0; i < world->scenario->job_count; i++)
    if (world->jobs[i].job.state == FTBLAB_JOB_RUNNING)
      ftblab_launch_network_changed(ftblab_launch_of(&world->jobs[i]));
}

static void submitted(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  world->outside_calls--;
  ftblab_world_enter(world, date, 0);
  world->jobs[value].job.submitted = true;
  const char *manager = world->jobs[value].application->manager;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    bool launches = manager == NULL || strcmp(manager, unit->component.class->role) == 0;
    if (unit->alive && launches && unit->component.class->on_submit != NULL)
      unit->component.class->on_submit(&unit->component, &world->jobs[value].job);
  }
  ftblab_world_leave(world);
}

void ftblab_workload_submit(ftblab_simulated *world)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    world->outside_calls++;
    ftblab_engine_at(world->engine, world->scenario->jobs[i].submit, submitted, world, (int64_t)i);
  }
}

bool ftblab_workload_goes_on(const ftblab_simulated *world)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job_record *record = &world->jobs[i];
    if (record->operation.kind != FTBLAB_NO_OPERATION ||
        (record->job.state == FTBLAB_JOB_RUNNING && !ftblab_launch_stuck(ftblab_launch_of(record))))
      return true;
  }
  return false;
}

/* ---- the end of a job -------------------------------------------------------------------------------------- */

static void tell_end(ftblab_simulated *world, ftblab_job_record *record)
{
  int launches = record->job.launches;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_job_end != NULL)
      unit->component.class->on_job_end(&unit->component, &record->job);
  }
  if (record->job.launches != launches)
    return; /* launched again: the nodes are those of the new launch */
  free(record->nodes);
  record->nodes = NULL;
  record->job.nodes = NULL;
  record->job.node_count = 0;
}

static void end_is_known(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  ftblab_world_enter(world, date, (uint64_t)value >> 16);
  tell_end(world, &world->jobs[value & 0xffff]);
  ftblab_world_leave(world);
}

/* Copy to NODES each node that has places of RECORD, once: a job may share a node with itself. */
static int copy_nodes(const ftblab_job_record *record, int *nodes, bool *seen)
{
  int kept = 0;
  for (int i = 0; i < record->job.node_count && i < record->rank_nodes; i++) {
    if (!seen[record->nodes[i]])
      nodes[kept++] = record->nodes[i];
    seen[record->nodes[i]] = true;
  }
  return kept;
}

static uint64_t tell_nodes(ftblab_job_record *record, const char *event, const int *nodes, int count, const char *note)
{
  int ranks = record->rank_nodes * record->job.ranks_per_node;
  int ranks_per_node = count > 0 && ranks % count == 0 ? ranks / count : 0; /* 0: not said */
  return ftblab_world_fact(record->world, event, record->job.name, nodes, count, ranks_per_node, note);
}

/* In the order of the platform, as a pool gives them: none is there twice. */
static bool ascend(const int *nodes, int count)
{
  for (int i = 1; i < count; i++)
    if (nodes[i - 1] >= nodes[i])
      return false;
  return true;
}

uint64_t ftblab_job_fact(ftblab_job_record *record, const char *event, const char *note)
{
  int places = record->rank_nodes < record->job.node_count ? record->rank_nodes : record->job.node_count;
  if (places > 0 && ascend(record->nodes, places))
    return tell_nodes(record, event, record->nodes, places, note);
  int *nodes = malloc(((size_t)record->rank_nodes + 1) * sizeof *nodes);
  bool *seen = calloc(ftblab_engine_nodes(record->world->engine) + 1, sizeof *seen);
  uint64_t fact = 0;
  if (nodes == NULL || seen == NULL)
    ftblab_world_no_memory(record->world);
  else
    fact = tell_nodes(record, event, nodes, copy_nodes(record, nodes, seen), note);
  free(nodes);
  free(seen);
  return fact;
}

static void end_job(ftblab_simulated *world, ftblab_job_record *record, ftblab_job_state state, const char *note)
{
  ftblab_accounts_changed(world);
  bool holds_nothing = record->job.state == FTBLAB_JOB_SUSPENDED && !record->granted;
  record->job.state = state;
  record->ended = world->date;
  ftblab_operation_drop(record);
  ftblab_files_processes_ended(record);
  ftblab_units_forget(record);
  uint64_t fact = ftblab_job_fact(record, "JOB_ENDED", note);
  if (holds_nothing)
    record->job.node_count = 0;
  if (state == FTBLAB_JOB_COMPLETED) {
    ftblab_images_drop(record, &record->checkpoint);
    ftblab_images_drop(record, &record->near);
  }
  if (record->checkpoint.images == NULL &&
      record->near.images == NULL) /* else it may go on from them, much as before */
    ftblab_images_forget_copies(record);
  for (size_t i = 0; i < world->unit_count; i++) {
    if (world->units[i]->component.job == &record->job)
      ftblab_unit_retire(world->units[i]);
  }
  /* A call of its own: it may be a component's handler that ends the job. */
  ftblab_engine_at(world->engine, world->date, end_is_known, world,
                   (int64_t)(fact << 16 | (uint64_t)record->job.index));
}

/* Its ranks call MPI_Finalize. */
static void finalize(ftblab_simulated *world, const ftblab_job_record *record)
{
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &record->job && unit->component.class->on_finalize != NULL)
      unit->component.class->on_finalize(&unit->component);
  }
}

static void completed(void *argument, int64_t job, double date)
{
  ftblab_simulated *world = argument;
  ftblab_job_record *record = &world->jobs[job];
  if (record->job.state != FTBLAB_JOB_RUNNING)
    return;
  ftblab_world_enter(world, date, 0);
  finalize(world, record);
  end_job(world, record, FTBLAB_JOB_COMPLETED, "completed");
  ftblab_world_leave(world);
}

void ftblab_job_abort_service(ftblab_component *self, int job, const char *reason)
{
  ftblab_simulated *world = ftblab_unit_of(self)->world;
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  ftblab_text note = {0};
  if (record->job.state != FTBLAB_JOB_RUNNING && record->job.state != FTBLAB_JOB_SUSPENDED)
    return;
  ftblab_text_addf(&note, "aborted: %s", reason);
  ftblab_launch_kill(ftblab_launch_of(record));
  end_job(world, record, FTBLAB_JOB_ABORTED, ftblab_text_string(&note));
  ftblab_text_free(&note);
}

/* ---- launch ----------------------------------------------------------------------------------------------------- */

/* How MPI sends is its parameter, also where its component is left out. */
static double mpi_parameter(const ftblab_scenario *scenario, const char *name)
{
  const cJSON *mpi = cJSON_GetObjectItemCaseSensitive(scenario->components, "MPI");
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(mpi, name));
}

/* What is left of a launch is big, and a long run may have hundreds of them. */
static void free_gone(ftblab_job_record *record)
{
  for (int i = 0; i < record->job.launches; i++) {
    ftblab_launch *launch = record->launches[i];
    if (launch == NULL || !ftblab_launch_is_gone(launch))
      continue;
    ftblab_launch_free(launch);
    record->launches[i] = NULL;
  }
}

/* The last launch if it is gone, which the caller owns from now on; NULL: there is none. */
static ftblab_launch *take_last(ftblab_job_record *record)
{
  ftblab_launch *last = ftblab_launch_of(record);
  if (last == NULL || !ftblab_launch_is_gone(last))
    return NULL;
  record->launches[record->job.launches - 1] = NULL;
  return last;
}

static ftblab_status make_launch(ftblab_simulated *world, ftblab_job_record *record, bool held, ftblab_error *err)
{
  ftblab_launch **launches = realloc(record->launches, (size_t)(record->job.launches + 1) * sizeof(ftblab_launch *));
  if (launches == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to launch job %s", record->job.name);
  record->launches = launches;
  ftblab_launch *former = take_last(record);
  free_gone(record);
  ftblab_launch_config config = {
      .engine = world->engine,
      .job = &record->job,
      .application = record->application,
      .ended = completed,
      .stopped = ftblab_operation_stopped,
      .argument = world,
      .interfaces = world->interfaces,
      .retransmit_after = mpi_parameter(world->scenario, "retransmit_after"),
      .retry_count = (int)mpi_parameter(world->scenario, "retry_count"),
      .corrupted = ftblab_ports_corrupted,
      .timed_out = ftblab_ports_timed_out,
      .worked = ftblab_work_changed,
      .delivers = ftblab_piece_delivered,
      .held = held,
      .former = former,
  };
  ftblab_unreachable_configure(world, &config);
  return ftblab_launch_start(&config, &launches[record->job.launches], err);
}

static ftblab_status start_components(ftblab_simulated *world, const ftblab_job *job, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; ftblab_role_classes[i] != NULL && status == FTBLAB_OK; i++) {
    if (ftblab_role_classes[i]->scope == FTBLAB_PER_JOB)
      status = ftblab_unit_start(world, ftblab_role_classes[i], job, err);
  }
  return status;
}

void ftblab_job_launch_service(ftblab_component *self, int job, const int *nodes, int count)
{
  ftblab_simulated *world = ftblab_unit_of(self)->world;
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  ftblab_error error;
  int *copy = malloc((size_t)(count > 0 ? count : 1) * sizeof *copy);
  if (copy == NULL) {
    ftblab_world_no_memory(world);
    return;
  }
  for (int i = 0; i < count; i++)
    copy[i] = nodes[i];
  ftblab_accounts_changed(world);
  record->hold = FTBLAB_NO_HOLD;
  record->rollback_due = false;
  free(record->nodes);
  record->nodes = copy;
  record->job.nodes = copy;
  record->job.node_count = count;
  record->rank_nodes = count;
  const ftblab_image_set *images = ftblab_images_to_read(record);
  bool from_images =
      record->restarts_from_images && images->images != NULL && images->count == count * record->job.ranks_per_node;
  ftblab_status status = make_launch(world, record, from_images, &error);
  if (status != FTBLAB_OK) {
    ftblab_world_fail(world, &error);
    return;
  }
  if (!from_images)
    ftblab_accounts_roll_back(record, 0);
  ftblab_pieces_free(record); /* their results are gone with the old launch */
  record->job.launches++;
  record->job.launched = world->date;
  record->job.state = FTBLAB_JOB_RUNNING;
  ftblab_job_fact(record, "JOB_STARTED",
                  from_images                ? "launched again from its checkpoint"
                  : record->job.launches > 1 ? "launched again"
                                             : NULL);
  if (start_components(world, &record->job, &error) != FTBLAB_OK)
    ftblab_world_fail(world, &error);
  ftblab_places_update(record);
  if (from_images)
    ftblab_restart_launched(record);
}

/* ---- holes and repairs ---------------------------------------------------------------------------------- */

int ftblab_job_ranks_on_service(ftblab_component *self, int job, int node, int64_t *ranks)
{
  const ftblab_launch *launch = ftblab_launch_of(ftblab_job_record_of(self, job));
  return launch == NULL ? 0 : ftblab_launch_ranks_on(launch, node, ranks);
}

/* MPI's calls of the application's error handlers, which come after what MPI does now. */
typedef struct error_call {
  ftblab_simulated *world;
  const ftblab_job *job;
  uint64_t cause;
  int count;
  int64_t ranks[];
} error_call;

static void call_error_handlers(void *argument, int64_t value, double date)
{
  error_call *call = argument;
  ftblab_simulated *world = call->world;
  (void)value;
  ftblab_world_enter(world, date, call->cause);
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == call->job && unit->component.class->on_error != NULL)
      unit->component.class->on_error(&unit->component, call->ranks, call->count);
  }
  world->jobs[call->job->index].rollback_due = false; /* also if nobody was left to see to it */
  ftblab_world_leave(world);
  free(call);
}

void ftblab_job_blank_service(ftblab_component *self, int job, const int64_t *ranks, int count)
{
  ftblab_simulated *world = ftblab_unit_of(self)->world;
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (record->job.state != FTBLAB_JOB_RUNNING || count <= 0)
    return;
  error_call *call = malloc(sizeof *call + (size_t)count * sizeof call->ranks[0]);
  if (call == NULL) {
    ftblab_world_no_memory(world);
    return;
  }
  *call = (error_call){.world = world, .job = &record->job, .cause = world->cause, .count = count};
  memcpy(call->ranks, ranks, (size_t)count * sizeof call->ranks[0]);
  record->rollback_due = record->job.rolls_back;
  ftblab_accounts_changed(world);
  ftblab_engine_at(world->engine, world->date, call_error_handlers, call, 0);
  for (int i = 0; i < count; i++)
    ftblab_piece_lost(record, (int)ranks[i]);
  ftblab_launch_blank(ftblab_launch_of(record), ranks, count);
}

bool ftblab_job_rank_is_hole_service(ftblab_component *self, int job, int64_t rank)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return record->job.state == FTBLAB_JOB_RUNNING && ftblab_launch_is_hole(ftblab_launch_of(record), rank);
}

int ftblab_job_holes_service(ftblab_component *self, int job)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return record->job.state == FTBLAB_JOB_RUNNING ? ftblab_launch_holes(ftblab_launch_of(record)) : 0;
}

bool ftblab_job_is_on_service(ftblab_component *self, int job, int node)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return record->job.state == FTBLAB_JOB_RUNNING && ftblab_launch_is_on(ftblab_launch_of(record), node);
}

int ftblab_job_node_of_rank_service(ftblab_component *self, int job, int64_t rank)
{
  const ftblab_launch *launch = ftblab_launch_of(ftblab_job_record_of(self, job));
  return launch == NULL ? -1 : ftblab_launch_last_node_of(launch, rank);
}

void ftblab_job_pool_add_service(ftblab_component *self, int job, int node)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  ftblab_accounts_changed(record->world);
  if (record->job.state == FTBLAB_JOB_RUNNING)
    ftblab_launch_add_node(ftblab_launch_of(record), node);
}

bool ftblab_job_pool_has_service(ftblab_component *self, int job, int node)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return record->job.state == FTBLAB_JOB_RUNNING && ftblab_launch_has_in_pool(ftblab_launch_of(record), node) &&
         ftblab_engine_node_up(record->world->engine, node);
}

/* The ranks of one of the job's nodes are to start on NODE, which it holds besides: the two change places. */
static void change_places(ftblab_job_record *record, int node, int64_t first_rank)
{
  int from = (int)(first_rank / record->job.ranks_per_node), to = record->rank_nodes;
  while (to < record->job.node_count && record->nodes[to] != node)
    to++;
  if (from >= record->rank_nodes || to >= record->job.node_count)
    return;
  ftblab_job_fact(record, "JOB_ENDED", "ranks spawned on a spare");
  record->nodes[to] = record->nodes[from];
  record->nodes[from] = node;
  ftblab_job_fact(record, "JOB_STARTED", "ranks spawned on a spare");
}

void ftblab_job_spawn_service(ftblab_component *self, int job, int node, const int64_t *ranks, int count)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  ftblab_accounts_changed(record->world);
  if (record->job.state == FTBLAB_JOB_RUNNING && count > 0) {
    change_places(record, node, ranks[0]);
    ftblab_launch_spawn(ftblab_launch_of(record), node, ranks, count);
    ftblab_places_update(record);
  }
}
