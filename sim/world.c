/* world.c - the world as a whole: its components, its records, and when it is quiet. See world.h. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* ---- failure of a service -------------------------------------------------------------------------- */

void ftblab_world_fail(ftblab_simulated *world, const ftblab_error *err)
{
  if (world->status == FTBLAB_OK) {
    world->status = err->status;
    world->error = *err;
  }
  ftblab_engine_stop(world->engine);
}

void ftblab_world_no_memory(ftblab_simulated *world)
{
  ftblab_error error;
  ftblab_fail(&error, FTBLAB_ENOMEM, "no memory for the simulation");
  ftblab_world_fail(world, &error);
}

/* ---- handlers ------------------------------------------------------------------------------------------ */

bool ftblab_world_protocol_is_quiet(const ftblab_simulated *world)
{
  return world->unsettled == 0 && !ftblab_backplane_busy(world->backplane) &&
         ftblab_engine_pending(world->engine) == world->beat_calls + world->outside_calls + world->drawn_calls;
}

static bool nothing_will_happen(const ftblab_simulated *world)
{
  return world->outside_calls == 0 && ftblab_world_protocol_is_quiet(world) && !ftblab_workload_goes_on(world);
}

/* Whoever catches something is told while it is still under way: if it is the last, the quiet comes behind it, when
 * nobody looks but the next failure by a law, and after that one the next. */
static void look_again(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  (void)value;
  ftblab_world_enter(world, date, 0);
  ftblab_world_leave(world);
  world->looks = false;
}

static void end_when_quiet(ftblab_simulated *world)
{
  if (!world->scenario->until_quiet)
    return;
  bool failures_alone = world->drawn_calls > 0 && ftblab_engine_pending(world->engine) == world->drawn_calls;
  if (nothing_will_happen(world)) {
    ftblab_engine_stop(world->engine);
  } else if (failures_alone && !world->looks) {
    world->looks = true;
    ftblab_engine_at(world->engine, world->date, look_again, world, 0);
  }
}

void ftblab_world_enter(ftblab_simulated *world, double date, uint64_t cause)
{
  if (world->depth++ == 0) {
    ftblab_accounts_advance(world, date);
    world->date = date;
    world->cause = cause;
  }
}

void ftblab_world_leave(ftblab_simulated *world)
{
  ftblab_error error;
  if (--world->depth > 0 || world->over)
    return;
  ftblab_accounts_settle(world);
  if (ftblab_recorder_flush(world->recorder, &error) != FTBLAB_OK)
    ftblab_world_fail(world, &error);
  end_when_quiet(world);
}

/* ---- components --------------------------------------------------------------------------------------------- */

ftblab_unit *ftblab_unit_of(ftblab_component *component)
{
  return (ftblab_unit *)component;
}

static bool add_unit(ftblab_simulated *world, ftblab_unit *unit)
{
  if (world->unit_count == world->unit_capacity) {
    size_t capacity = world->unit_capacity == 0 ? 16 : 2 * world->unit_capacity;
    ftblab_unit **units = realloc(world->units, capacity * sizeof(ftblab_unit *));
    if (units == NULL)
      return false;
    world->units = units;
    world->unit_capacity = capacity;
  }
  world->units[world->unit_count++] = unit;
  return true;
}

/* What it knew; it knows nothing any more. */
static void forget(ftblab_unit *unit)
{
  if (unit->started && unit->component.class->stop != NULL)
    unit->component.class->stop(&unit->component);
  unit->started = false;
  free(unit->component.state);
  unit->component.state = NULL;
  free(unit->connected);
  unit->connected = NULL;
}

static void unit_free(ftblab_unit *unit)
{
  if (unit == NULL)
    return;
  forget(unit);
  ftblab_unit_drop_timers(unit);
  ftblab_monitor_free(unit->monitor);
  ftblab_text_free(&unit->note);
  free(unit->subscriptions);
  free(unit->instance);
  free(unit->stream);
  free(unit);
}

/* "rm0"; for a job "mpi-j1", and "mpi-j1.2" when it was launched again; "mpispawn-j1-n3", "rank-j1-5". */
static char *instance_name(const ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                           ftblab_place place)
{
  ftblab_text text = {0};
  ftblab_text_add(&text, class->instance);
  if (job == NULL)
    ftblab_text_add(&text, "0");
  else if (job->launches <= 1)
    ftblab_text_addf(&text, "-%s", job->name);
  else
    ftblab_text_addf(&text, "-%s.%d", job->name, job->launches);
  if (class->scope == FTBLAB_PER_NODE)
    ftblab_text_addf(&text, "-%s", ftblab_engine_node_name(world->engine, place.node));
  else if (class->scope == FTBLAB_PER_RANK)
    ftblab_text_addf(&text, "-%d", place.rank);
  return text.data;
}

/* A unit with everything but its connection; NULL: no memory. */
static ftblab_unit *unit_new(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                             const cJSON *parameters, ftblab_place place)
{
  ftblab_unit *unit = calloc(1, sizeof *unit);
  if (unit == NULL)
    return NULL;
  unit->world = world;
  unit->instance = instance_name(world, class, job, place);
  ftblab_text stream = {0};
  ftblab_text_addf(&stream, "component/%s", unit->instance == NULL ? "" : unit->instance);
  unit->stream = stream.data;
  unit->component = (ftblab_component){
      .class = class,
      .world = &world->base,
      .instance = unit->instance,
      .space = class->space_of == NULL ? class->space : class->space_of(parameters),
      .node = place.node,
      .job = job,
      .rank = place.rank,
      .library = world->library,
      .parameters = parameters,
      .state = calloc(1, class->state_size > 0 ? class->state_size : 1),
  };
  if (unit->instance == NULL || unit->stream == NULL || unit->component.state == NULL) {
    unit_free(unit);
    return NULL;
  }
  ftblab_random_seed(&unit->random, world->scenario->seed, unit->stream);
  return unit;
}

static ftblab_status connect_unit(ftblab_unit *unit, ftblab_error *err)
{
  const ftblab_component *component = &unit->component;
  const ftblab_client_config config = {
      .node = component->node,
      .name = component->instance,
      .space = component->space,
      .job = component->job == NULL ? NULL : component->job->name,
      .deliver = ftblab_unit_deliver,
      .undelivered = ftblab_unit_undelivered,
      .argument = unit,
  };
  return ftblab_client_connect(unit->world->backplane, &config, &unit->client, err);
}

/* The parameters of CLASS, or NULL if the scenario leaves it out: by name, by the library that MPI plays, or by the
 * kinds of its jobs: who launches them brings roles of its own. */
static const cJSON *find_parameters(const ftblab_simulated *world, const ftblab_role_class *class)
{
  if (class->library != NULL && strcmp(class->library, world->library) != 0)
    return NULL;
  const ftblab_application_class *own = ftblab_scenario_managed(world->scenario);
  if (class->application != NULL ? own == NULL || strcmp(own->kind, class->application) != 0 : own != NULL)
    return NULL;
  return ftblab_scenario_role(world->scenario, class->role);
}

static bool know_roles(ftblab_simulated *world)
{
  size_t count = 0;
  while (ftblab_role_classes[count] != NULL)
    count++;
  world->parameters = calloc(count + 1, sizeof *world->parameters);
  for (size_t i = 0; world->parameters != NULL && i < count; i++)
    world->parameters[i] = find_parameters(world, ftblab_role_classes[i]);
  return world->parameters != NULL;
}

/* As above. */
static const cJSON *parameters_of(const ftblab_simulated *world, const ftblab_role_class *class)
{
  for (size_t i = 0; ftblab_role_classes[i] != NULL; i++)
    if (ftblab_role_classes[i] == class)
      return world->parameters[i];
  return find_parameters(world, class);
}

bool ftblab_role_is_there(const ftblab_simulated *world, const ftblab_role_class *class)
{
  return parameters_of(world, class) != NULL;
}

static ftblab_status start_unit(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                ftblab_place place, bool restarted, ftblab_error *err)
{
  const cJSON *parameters = parameters_of(world, class);
  if (parameters == NULL)
    return FTBLAB_OK;
  ftblab_unit *unit = unit_new(world, class, job, parameters, place);
  if (unit == NULL || !add_unit(world, unit)) {
    unit_free(unit);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a component");
  }
  if (!ftblab_engine_node_up(world->engine, unit->component.node))
    return FTBLAB_OK;
  ftblab_status status = connect_unit(unit, err);
  if (status != FTBLAB_OK)
    return status;
  unit->alive = true;
  unit->started = true;
  unit->component.restarted = restarted;
  status = class->start(&unit->component, err);
  return status == FTBLAB_OK ? FTBLAB_OK : ftblab_while(err, "starting %s", unit->instance);
}

ftblab_status ftblab_unit_start_at(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                   ftblab_place place, ftblab_error *err)
{
  return start_unit(world, class, job, place, false, err);
}

/* -1: the storage has no metadata server. */
static int metadata_node(const ftblab_simulated *world)
{
  const char *name = cJSON_GetStringValue(world->scenario->storage.metadata);
  return name == NULL ? -1 : ftblab_engine_node_index(world->engine, name, strlen(name));
}

/* Where the scenario wants a component of CLASS. */
static ftblab_place home_of(const ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job)
{
  if (job != NULL && strcmp(class->role, "Application") == 0 && world->jobs[job->index].application->leads)
    return (ftblab_place){.node = job->nodes[0], .rank = -1};
  if (class->serves_files && metadata_node(world) >= 0)
    return (ftblab_place){.node = metadata_node(world), .rank = -1};
  const cJSON *parameters = parameters_of(world, class);
  const char *host = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "host"));
  int node = host == NULL ? world->service : ftblab_engine_node_index(world->engine, host, strlen(host));
  return (ftblab_place){.node = node, .rank = -1};
}

ftblab_status ftblab_unit_start(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                ftblab_error *err)
{
  return start_unit(world, class, job, home_of(world, class, job), false, err);
}

ftblab_status ftblab_unit_restart(ftblab_simulated *world, const ftblab_role_class *class, const ftblab_job *job,
                                  ftblab_error *err)
{
  return start_unit(world, class, job, home_of(world, class, job), true, err);
}

/* A long run launches a job hundreds of times: the components of its past launches are out of everybody's way. */
static void put_away_past(ftblab_simulated *world)
{
  size_t kept = 0;
  for (size_t i = 0; i < world->unit_count; i++) {
    ftblab_unit *unit = world->units[i];
    if (!unit->past) {
      world->units[kept++] = unit;
      continue;
    }
    forget(unit);
    unit->next = world->past;
    world->past = unit;
  }
  world->unit_count = kept;
}

/* Its own call, because a unit may be retired by what its own handler asks for. */
static void disconnect(void *argument, int64_t value, double date)
{
  ftblab_unit *unit = argument;
  (void)value;
  (void)date;
  if (unit->client != NULL && ftblab_engine_node_up(unit->world->engine, unit->component.node))
    ftblab_client_disconnect(unit->client);
  unit->client = NULL;
  unit->past = unit->component.job != NULL && !unit->crashed;
  if (--unit->world->retiring == 0) /* a job's components end together */
    put_away_past(unit->world);
}

void ftblab_unit_retire(ftblab_unit *unit)
{
  unit->crashed = false;
  if (!unit->alive)
    return;
  unit->alive = false;
  ftblab_dealer_gone(unit);
  ftblab_unit_drop_timers(unit);
  unit->world->retiring++;
  ftblab_engine_at(unit->world->engine, unit->world->date, disconnect, unit, 0);
}

/* ---- storage -------------------------------------------------------------------------------------------------- */

static void storage_nodes(const ftblab_simulated *world, int *servers, bool *has_disk)
{
  const cJSON *name = NULL;
  int count = 0;
  cJSON_ArrayForEach(name, world->scenario->storage.servers)
  {
    servers[count++] = ftblab_engine_node_index(world->engine, name->valuestring, strlen(name->valuestring));
  }
  for (size_t i = 0; i < ftblab_engine_nodes(world->engine); i++)
    has_disk[i] = ftblab_scenario_is_compute(world->scenario, world->engine, (int)i);
}

static ftblab_status build_storage(ftblab_simulated *world, ftblab_error *err)
{
  const ftblab_storage_plan *plan = &world->scenario->storage;
  int count = cJSON_GetArraySize(plan->servers);
  int *servers = malloc(((size_t)count + 1) * sizeof *servers);
  bool *has_disk = calloc(ftblab_engine_nodes(world->engine) + 1, sizeof *has_disk);
  ftblab_status status = FTBLAB_OK;
  if (servers == NULL || has_disk == NULL) {
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the storage");
  } else {
    storage_nodes(world, servers, has_disk);
    const ftblab_storage_config config = {
        .kind = plan->json == NULL      ? FTBLAB_STORAGE_NONE
                : plan->servers != NULL ? FTBLAB_STORAGE_SERVERS
                                        : FTBLAB_STORAGE_NODE_LOCAL,
        .servers = servers,
        .server_count = count,
        .metadata = metadata_node(world),
        .read_bandwidth = plan->read_bandwidth,
        .write_bandwidth = plan->write_bandwidth,
        .capacity = plan->capacity,
        .chunk_bytes = plan->chunk_bytes,
        .near = plan->near != NULL,
        .near_read_bandwidth = plan->near_read_bandwidth > 0 ? plan->near_read_bandwidth : plan->read_bandwidth,
        .near_write_bandwidth = plan->near_write_bandwidth > 0 ? plan->near_write_bandwidth : plan->write_bandwidth,
        .near_capacity = plan->near_capacity,
        .interfaces = world->interfaces,
        .has_disk = has_disk,
    };
    status = ftblab_storage_new(&config, world->engine, &world->storage, err);
  }
  free(servers);
  free(has_disk);
  return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

/* Where those components run that name no host. */
static int service_node(const ftblab_scenario *scenario, const ftblab_engine *engine)
{
  const char *name = cJSON_GetStringValue(scenario->service);
  if (name != NULL)
    return ftblab_engine_node_index(engine, name, strlen(name));
  for (size_t i = 0; i < ftblab_engine_nodes(engine); i++) {
    if (ftblab_engine_node_is_service(engine, (int)i))
      return (int)i;
  }
  return 0;
}

static ftblab_status build(ftblab_simulated *world, ftblab_record_sink *sink, void *sink_argument, ftblab_error *err)
{
  world->nodes = calloc(ftblab_engine_nodes(world->engine) + 1, sizeof *world->nodes);
  if (world->nodes == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the nodes");
  ftblab_status status = ftblab_recorder_new(sink, sink_argument, ftblab_faults_watch, world, &world->recorder, err);
  if (status == FTBLAB_OK)
    status = ftblab_backplane_new(world->engine, &world->scenario->backplane, &world->backplane, err);
  if (status == FTBLAB_OK)
    status = ftblab_ports_new(world, err);
  if (status == FTBLAB_OK)
    status = ftblab_network_of_backplane(world, err);
  if (status == FTBLAB_OK)
    status = build_storage(world, err);
  if (status == FTBLAB_OK)
    status = ftblab_files_new(world, err);
  if (status == FTBLAB_OK) {
    ftblab_backplane_use(world->backplane, world->interfaces);
    status = ftblab_workload_new(world, err);
  }
  if (status == FTBLAB_OK)
    status = ftblab_faults_new(world, err);
  if (status == FTBLAB_OK)
    status = ftblab_accounts_new(world, err);
  if (status == FTBLAB_OK)
    status = ftblab_drawn_new(world, err);
  return status;
}

ftblab_status ftblab_world_new(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_engine *engine,
                               ftblab_record_sink *sink, void *sink_argument, ftblab_simulated **world,
                               ftblab_error *err)
{
  ftblab_simulated *result = calloc(1, sizeof *result);
  if (result == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the simulation");
  result->base.ops = &ftblab_services;
  result->scenario = scenario;
  result->spec = spec;
  result->library = ftblab_scenario_library(scenario);
  result->engine = engine;
  result->service = service_node(scenario, engine);
  ftblab_status status = know_roles(result) ? build(result, sink, sink_argument, err)
                                            : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the roles");
  if (status != FTBLAB_OK) {
    ftblab_world_free(result);
    return status;
  }
  /* After the backplane's own listener: a component that hears of a crash finds the tree as it is then. */
  ftblab_engine_on_node(engine, ftblab_faults_on_node, result);
  *world = result;
  return FTBLAB_OK;
}

ftblab_status ftblab_world_boot(ftblab_simulated *world, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  ftblab_world_enter(world, 0, 0);
  for (size_t i = 0; ftblab_role_classes[i] != NULL && status == FTBLAB_OK; i++) {
    if (ftblab_role_classes[i]->scope == FTBLAB_PER_CLUSTER)
      status = ftblab_unit_start(world, ftblab_role_classes[i], NULL, err);
  }
  ftblab_workload_submit(world);
  ftblab_faults_schedule(world);
  ftblab_drawn_schedule(world);
  ftblab_world_leave(world);
  return status;
}

void ftblab_world_free(ftblab_simulated *world)
{
  if (world == NULL)
    return;
  for (size_t i = 0; i < world->unit_count; i++)
    unit_free(world->units[i]);
  while (world->past != NULL) {
    ftblab_unit *unit = world->past;
    world->past = unit->next;
    unit_free(unit);
  }
  free(world->units);
  ftblab_workload_free(world);
  ftblab_files_free(world);
  ftblab_storage_free(world->storage);
  ftblab_faults_free(world);
  ftblab_accounts_free(world);
  ftblab_drawn_free(world);
  ftblab_ports_free(world);
  ftblab_network_free(world);
  ftblab_backplane_free(world->backplane);
  ftblab_recorder_free(world->recorder);
  ftblab_world_facts_free(world);
  ftblab_text_free(&world->admin);
  ftblab_payload_free(&world->payload);
  ftblab_pool_free(&world->timers);
  ftblab_pool_free(&world->asked);
  free(world->parameters);
  free(world->throws);
  free(world->nodes);
  free(world);
}
