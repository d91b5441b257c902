/* survey.c - what a platform file or a scenario says of a machine, for those who compute with it and do not simulate
 * it: how many nodes, how much memory they have and how often they fail, how fast the file system is.
 *
 * SimGrid knows no memory and no failures by a law: they are properties of hosts or clusters, such as
 * <prop id="memory" value="64GB"/> and <prop id="mtbf" value="5y"/>, which it keeps and does not look at. */
#include "engine.h"
#include "laws.h"
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include <simgrid/disk.h>
#include <simgrid/host.h>

/* What one property adds up to over the nodes. */
typedef struct sum {
  const char *property;
  size_t count;
  double total;
} sum;

static ftblab_status add_memory(sum *memory, const char *value, ftblab_error *err)
{
  double bytes = 0;
  ftblab_status status = ftblab_bytes_parse(value, &bytes, err);
  memory->count++;
  memory->total += bytes;
  return status;
}

/* Rates add up. */
static ftblab_status add_rate(sum *rate, const char *value, ftblab_error *err)
{
  double mtbf = 0;
  ftblab_status status = ftblab_duration_parse(value, &mtbf, err);
  if (status == FTBLAB_OK && !(mtbf > 0))
    return ftblab_fail(err, FTBLAB_EINPUT, "'%s' is not above 0", value);
  rate->count++;
  rate->total += 1 / mtbf;
  return status;
}

static ftblab_status add_node(const char *path, sg_host_t host, sum *memory, sum *rate, ftblab_error *err)
{
  const char *bytes = sg_host_get_property_value(host, memory->property);
  const char *mtbf = sg_host_get_property_value(host, rate->property);
  ftblab_error reason;
  if (bytes != NULL && add_memory(memory, bytes, &reason) != FTBLAB_OK)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: property \"memory\" of %s: %s", path, sg_host_get_name(host),
                       reason.text);
  if (mtbf != NULL && add_rate(rate, mtbf, &reason) != FTBLAB_OK)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: property \"mtbf\" of %s: %s", path, sg_host_get_name(host),
                       reason.text);
  return FTBLAB_OK;
}

static void add_server(sg_host_t host, ftblab_survey *survey)
{
  unsigned count = 0;
  sg_disk_t *disks = NULL;
  sg_host_get_disks(host, &count, &disks);
  for (unsigned i = 0; i < count; i++) {
    survey->write += sg_disk_write_bandwidth(disks[i]);
    survey->read += sg_disk_read_bandwidth(disks[i]);
  }
  free(disks);
}

/* All nodes, or none. */
static ftblab_status check_sum(const char *path, const sum *s, size_t nodes, ftblab_error *err)
{
  if (s->count == 0 || s->count == nodes)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINPUT, "%s: %zu of %zu nodes for jobs have the property \"%s\", the others have not",
                     path, s->count, nodes, s->property);
}

ftblab_status ftblab_platform_survey(const char *path, ftblab_survey *survey, ftblab_error *err)
{
  ftblab_engine_config config = {.platform = path};
  ftblab_engine *engine = NULL;
  sum memory = {.property = "memory"}, rate = {.property = "mtbf"};
  ftblab_status status = ftblab_engine_new(&config, &engine, err);
  *survey = (ftblab_survey){0};
  if (status != FTBLAB_OK)
    return status;
  for (size_t i = 0; i < ftblab_engine_nodes(engine) && status == FTBLAB_OK; i++) {
    sg_host_t host = ftblab_engine_node_host(engine, (int)i);
    if (ftblab_engine_node_is_service(engine, (int)i)) {
      add_server(host, survey);
    } else {
      survey->nodes++;
      status = add_node(path, host, &memory, &rate, err);
    }
  }
  if (status == FTBLAB_OK)
    status = check_sum(path, &memory, survey->nodes, err);
  if (status == FTBLAB_OK)
    status = check_sum(path, &rate, survey->nodes, err);
  survey->memory = memory.count > 0 ? memory.total / (double)memory.count : 0;
  survey->mtbf = rate.count > 0 ? (double)rate.count / rate.total : 0;
  ftblab_engine_free(engine);
  return status;
}

/* ---- scenarios --------------------------------------------------------------------------------------------------- */

static const ftblab_job_plan *find_job(const ftblab_scenario *scenario, const char *name)
{
  for (size_t i = 0; i < scenario->job_count; i++)
    if (name == NULL || strcmp(scenario->jobs[i].name, name) == 0)
      return &scenario->jobs[i];
  return NULL;
}

/* The bandwidth of all the disks that the job writes to: those of the servers, or of its own nodes. Where the scenario
 * does not say it, it is that of the platform's servers. */
static ftblab_status find_bandwidth(const ftblab_scenario *scenario, ftblab_survey *machine, ftblab_error *err)
{
  const ftblab_storage_plan *storage = &scenario->storage;
  ftblab_survey platform;
  double disks = storage->servers != NULL ? cJSON_GetArraySize(storage->servers) : (double)machine->nodes;
  machine->write = disks * storage->write_bandwidth;
  machine->read = disks * storage->read_bandwidth;
  if (storage->servers == NULL || machine->write > 0)
    return FTBLAB_OK;
  ftblab_status status = ftblab_platform_survey(scenario->platform, &platform, err);
  if (status == FTBLAB_OK) {
    machine->write = platform.write;
    machine->read = platform.read;
  }
  return status;
}

/* A near checkpoint is written by each node at once; with buddies its disk takes two images. */
static void find_near(const ftblab_scenario *scenario, ftblab_job_survey *survey)
{
  const ftblab_storage_plan *storage = &scenario->storage;
  double copies = storage->near_buddy ? 2 : 1;
  if (storage->near == NULL || !(storage->near_write_bandwidth > 0))
    return;
  survey->near_checkpoint = copies * survey->machine.memory / storage->near_write_bandwidth;
  survey->near_restart = survey->machine.memory / storage->near_read_bandwidth;
}

/* The law of the first failures that are of single nodes. */
static const char *find_law(const ftblab_scenario *scenario)
{
  for (size_t i = 0; i < scenario->failure_count; i++) {
    const ftblab_failure_plan *plan = &scenario->failures[i];
    const cJSON *law = cJSON_GetObjectItemCaseSensitive(plan->json, "law");
    if (plan->groups == NULL && plan->interfaces == NULL && law != NULL)
      return law->valuestring;
  }
  return NULL;
}

ftblab_status ftblab_scenario_survey(const ftblab_scenario *scenario, const char *job, ftblab_job_survey *survey,
                                     ftblab_error *err)
{
  const ftblab_job_plan *plan = find_job(scenario, job);
  *survey = (ftblab_job_survey){0};
  if (plan == NULL)
    return ftblab_json_fail(scenario->json, ftblab_json_root(scenario->json), err,
                            job != NULL ? "no job is called \"%s\"" : "there is no job%s", job != NULL ? job : "");
  survey->machine.nodes =
      cJSON_IsNumber(plan->nodes) ? (size_t)plan->nodes->valuedouble : (size_t)cJSON_GetArraySize(plan->nodes);
  survey->machine.memory = plan->ranks_per_node * plan->image_bytes;
  survey->law = find_law(scenario);
  find_near(scenario, survey);
  return scenario->storage.json != NULL ? find_bandwidth(scenario, &survey->machine, err) : FTBLAB_OK;
}
