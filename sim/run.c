/* run.c - one simulation from scenario to result.
 *
 * Order: platform, checks, world, boot, time, account. Whatever is wrong with the scenario is found before time
 * starts. */
#include <stdlib.h>

#include "world.h"

/* The names of the nodes that the scenario lists; *NAMES is NULL if it lists none. */
static ftblab_status list_nodes(const ftblab_scenario *scenario, const char ***names, size_t *count, ftblab_error *err)
{
  const cJSON *name = NULL;
  *names = NULL;
  *count = 0;
  if (scenario->nodes == NULL)
    return FTBLAB_OK;
  *names = malloc((size_t)cJSON_GetArraySize(scenario->nodes) * sizeof **names);
  if (*names == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the nodes");
  cJSON_ArrayForEach(name, scenario->nodes)
  {
    (*names)[(*count)++] = name->valuestring;
  }
  return FTBLAB_OK;
}

/* Processes of ranks that may run at once, about. */
static size_t count_actors(const ftblab_scenario *scenario)
{
  double actors = 0;
  for (size_t i = 0; i < scenario->job_count; i++) {
    const cJSON *wanted = scenario->jobs[i].nodes;
    double count = cJSON_IsNumber(wanted) ? wanted->valuedouble : cJSON_GetArraySize(wanted);
    actors += count * scenario->jobs[i].ranks_per_node;
  }
  return (size_t)actors;
}

static ftblab_status load_platform(const ftblab_scenario *scenario, ftblab_engine **engine, ftblab_error *err)
{
  const char **names;
  ftblab_engine_config config = {.platform = scenario->platform,
                                 .clock_resolution = scenario->clock_resolution,
                                 .actors = count_actors(scenario),
                                 .energy = scenario->energy,
                                 .control_only = scenario->control_only};
  ftblab_status status = list_nodes(scenario, &names, &config.node_count, err);
  if (status != FTBLAB_OK)
    return status;
  config.nodes = names;
  size_t unknown = SIZE_MAX;
  config.unknown = &unknown;
  ftblab_error reason;
  status = ftblab_engine_new(&config, engine, &reason);
  free(names);
  if (status != FTBLAB_EINPUT)
    return status == FTBLAB_OK ? status : ftblab_fail(err, status, "%s", reason.text);
  if (unknown == SIZE_MAX && scenario->other_platform)
    return ftblab_fail(err, status, "%s", reason.text);
  /* what is wrong with the platform is also what is wrong with the place in the scenario that names it */
  const cJSON *platform = cJSON_GetObjectItemCaseSensitive(ftblab_json_root(scenario->json), "platform");
  const cJSON *place = cJSON_GetObjectItemCaseSensitive(platform, "file");
  if (unknown != SIZE_MAX)
    place = cJSON_GetArrayItem(scenario->nodes, (int)unknown);
  return ftblab_json_fail(scenario->json, place, err, "%s", reason.text);
}

static void account(ftblab_simulated *world, ftblab_simulation *simulation)
{
  simulation->end = ftblab_engine_now(world->engine);
  simulation->complete = ftblab_world_protocol_is_quiet(world);
  simulation->records = ftblab_recorder_count(world->recorder);
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job *job = &world->jobs[i].job;
    if (job->state == FTBLAB_JOB_RUNNING)
      ftblab_launch_blocked(world->jobs[i].launches[job->launches - 1], &simulation->blocked);
  }
  ftblab_metrics_of_world(world, simulation->metrics);
  ftblab_expect_world(world, simulation);
}

/* Ranks that are left must be gone before what they stand on is freed: kill them, and give them a turn to go. */
static void end_processes(ftblab_simulated *world)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job *job = &world->jobs[i].job;
    if (job->state == FTBLAB_JOB_RUNNING)
      ftblab_launch_kill(world->jobs[i].launches[job->launches - 1]);
  }
  ftblab_storage_stop();
  ftblab_engine_run(world->engine, ftblab_engine_now(world->engine), NULL, NULL);
}

/* *RAN: it has come so far that ranks may be left. */
static ftblab_status run_world(ftblab_simulated *world, ftblab_simulation *simulation, bool *ran, ftblab_error *err)
{
  ftblab_status status = ftblab_world_boot(world, err);
  if (status == FTBLAB_OK && world->status == FTBLAB_OK)
    status = ftblab_engine_run(world->engine, world->scenario->duration, NULL, err);
  if (status != FTBLAB_OK)
    return status; /* before the first rank, or SimGrid itself has failed */
  *ran = true;
  if (world->status == FTBLAB_OK)
    account(world, simulation);
  world->over = true;
  if (world->status != FTBLAB_OK)
    return ftblab_fail(err, world->status, "%s", world->error.text);
  if (simulation->blocked.failed || simulation->unmet.failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the account of the simulation");
  return FTBLAB_OK;
}

/* From a loaded platform to the account. What is left of the world is told, too. REMARKS: components' notes are
 * wanted. */
static ftblab_status run_on(ftblab_engine *engine, const ftblab_scenario *scenario, const ftblab_spec *spec,
                            bool remarks, ftblab_record_sink *sink, void *argument, ftblab_simulation **simulation,
                            ftblab_simulated **world, bool *ran, ftblab_error *err)
{
  ftblab_simulation *result = calloc(1, sizeof *result);
  if (result == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the simulation");
  result->scenario = scenario;
  ftblab_status status = ftblab_scenario_check(scenario, engine, spec, ftblab_node_cores, err);
  if (status == FTBLAB_OK)
    status = ftblab_world_new(scenario, spec, engine, sink, argument, world, err);
  if (status == FTBLAB_OK) {
    (*world)->remarks = remarks;
    status = run_world(*world, result, ran, err);
  }
  if (status == FTBLAB_OK)
    *simulation = result;
  else
    ftblab_simulation_free(result);
  return status;
}

/* ---- clusters ------------------------------------------------------------------------------------ */

struct ftblab_cluster {
  ftblab_engine *engine;
};

ftblab_status ftblab_cluster_load(const ftblab_scenario *scenario, ftblab_cluster **cluster, ftblab_error *err)
{
  ftblab_cluster *made = calloc(1, sizeof *made);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the cluster");
  ftblab_status status = load_platform(scenario, &made->engine, err);
  if (status == FTBLAB_OK) /* nothing is to be done yet; but SimGrid completes its platform at its first run */
    status = ftblab_engine_run(made->engine, 0, NULL, err);
  if (status != FTBLAB_OK) {
    ftblab_cluster_free(made);
    return status;
  }
  *cluster = made;
  return FTBLAB_OK;
}

void ftblab_cluster_free(ftblab_cluster *cluster)
{
  if (cluster == NULL)
    return;
  ftblab_engine_free(cluster->engine);
  free(cluster);
}

void ftblab_scenario_cluster(const ftblab_scenario *scenario, ftblab_text *key)
{
  const cJSON *name = NULL;
  ftblab_text_add(key, scenario->platform);
  ftblab_text_addf(key, "\n%.17g %d %d %d\n", scenario->clock_resolution,
                   ftblab_engine_many_actors(count_actors(scenario)) ? 1 : 0, scenario->energy ? 1 : 0,
                   scenario->control_only ? 1 : 0);
  cJSON_ArrayForEach(name, scenario->nodes)
  {
    ftblab_text_addf(key, "%s\n", name->valuestring);
  }
}

/* The process ends soon, and all that is left with it: to take a world down costs a good part of a short run. Where
 * nothing but the control plane is simulated the next run follows, and the world goes. */
ftblab_status ftblab_simulate_on(const ftblab_cluster *cluster, const ftblab_scenario *scenario,
                                 const ftblab_spec *spec, ftblab_record_sink *sink, void *argument,
                                 ftblab_simulation **simulation, ftblab_error *err)
{
  ftblab_simulated *world = NULL;
  bool ran = false;
  if (!scenario->control_only)
    return run_on(cluster->engine, scenario, spec, false, sink, argument, simulation, &world, &ran, err);
  ftblab_engine_again(cluster->engine);
  ftblab_status status = run_on(cluster->engine, scenario, spec, false, sink, argument, simulation, &world, &ran, err);
  ftblab_world_free(world);
  return status;
}

bool ftblab_scenario_again(const ftblab_scenario *scenario)
{
  return scenario->control_only;
}

static ftblab_status sum_up(const ftblab_simulated *world, ftblab_simulation **simulation, ftblab_error *err)
{
  ftblab_summarise(world, *simulation);
  if (!(*simulation)->summary.failed)
    return FTBLAB_OK;
  ftblab_simulation_free(*simulation);
  *simulation = NULL;
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the account of the simulation");
}

ftblab_status ftblab_simulate(const ftblab_scenario *scenario, const ftblab_spec *spec, ftblab_record_sink *sink,
                              void *argument, ftblab_simulation **simulation, ftblab_error *err)
{
  ftblab_engine *engine = NULL;
  ftblab_simulated *world = NULL;
  bool ran = false;
  ftblab_status status = load_platform(scenario, &engine, err);
  if (status == FTBLAB_OK)
    status = run_on(engine, scenario, spec, true, sink, argument, simulation, &world, &ran, err);
  if (status == FTBLAB_OK)
    status = sum_up(world, simulation, err);
  if (ran && !scenario->control_only)
    end_processes(world);
  ftblab_world_free(world);
  ftblab_engine_free(engine);
  return status;
}

void ftblab_simulation_free(ftblab_simulation *simulation)
{
  if (simulation == NULL)
    return;
  ftblab_text_free(&simulation->blocked);
  ftblab_text_free(&simulation->summary);
  ftblab_text_free(&simulation->unmet);
  free(simulation);
}

ftblab_trace_header ftblab_simulation_header(const ftblab_scenario *scenario)
{
  (void)scenario;
  return (ftblab_trace_header){
      .present = true,
      .source = "sim",
      .observes = {true, true, true},
      .start = FTBLAB_START_BOOT,
  };
}

double ftblab_simulation_end(const ftblab_simulation *simulation)
{
  return simulation->end;
}

bool ftblab_simulation_complete(const ftblab_simulation *simulation)
{
  return simulation->complete;
}

const char *ftblab_simulation_blocked(const ftblab_simulation *simulation)
{
  return ftblab_text_string(&simulation->blocked);
}

void ftblab_simulation_summary(const ftblab_simulation *simulation, ftblab_text *text)
{
  ftblab_text_add(text, ftblab_text_string(&simulation->summary));
}
