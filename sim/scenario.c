/* scenario.c - reads a scenario file into a ftblab_scenario.
 *
 * The document is changed first (--set, --seed), then validated, then completed with its defaults; from there
 * on it does not change, and the plans point into it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *string_of(const cJSON *object, const char *key)
{
  return cJSON_GetStringValue(get(object, key));
}

static double number_of(const cJSON *object, const char *key, double absent)
{
  const cJSON *value = get(object, key);
  return cJSON_IsNumber(value) ? value->valuedouble : absent;
}

static bool is_true(const cJSON *object, const char *key)
{
  return cJSON_IsTrue(get(object, key));
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the scenario");
}

/* ---- the plans ------------------------------------------------------------------------------- */

static ftblab_moment read_moment(const cJSON *json)
{
  ftblab_moment moment = {.json = json, .action = -1};
  const char *action = string_of(json, "action");
  moment.component = string_of(json, "component");
  moment.event = string_of(json, "event");
  moment.count = (unsigned)number_of(json, "count", 1);
  for (int i = FTBLAB_REGISTER; action != NULL && i <= FTBLAB_FACT; i++) {
    if (strcmp(action, ftblab_action_name((ftblab_action)i)) == 0)
      moment.action = i;
  }
  return moment;
}

static ftblab_status read_job(ftblab_scenario *scenario, const cJSON *json, ftblab_error *err)
{
  ftblab_job_plan *job = &scenario->jobs[scenario->job_count];
  *job = (ftblab_job_plan){
      .json = json,
      .name = string_of(json, "name"),
      .nodes = get(json, "nodes"),
      .ranks_per_node = (int)number_of(json, "ranks_per_node", 1),
      .policy = strcmp(string_of(json, "policy"), "abort") == 0 ? FTBLAB_POLICY_ABORT : FTBLAB_POLICY_CONTINUE,
      .requeue = is_true(json, "requeue"),
      .walltime = number_of(json, "walltime", 0),
      .submit = number_of(json, "submit", 0),
      .application = string_of(get(json, "application"), "kind"),
      .parameters = get(json, "application"),
      .image_bytes = number_of(json, "image_bytes", 0),
      .restarts_from_images = strcmp(string_of(json, "restart"), "checkpoint") == 0,
  };
  for (size_t i = 0; i < scenario->job_count; i++) {
    if (strcmp(scenario->jobs[i].name, job->name) == 0)
      return ftblab_json_fail(scenario->json, get(json, "name"), err, "a second job is called \"%s\"", job->name);
  }
  scenario->job_count++;
  return ftblab_recovery_read(scenario, job, err);
}

static ftblab_fault_kind kind_of(const char *kind)
{
  static const char *const names[] = {
      [FTBLAB_NODE_CRASH] = "node-crash",           [FTBLAB_NODE_HANG] = "node-hang",
      [FTBLAB_MESSAGE_LOSS] = "message-loss",       [FTBLAB_INTERFACE_DOWN] = "interface-down",
      [FTBLAB_INTERFACE_FLAP] = "interface-flap",   [FTBLAB_INTERFACE_CORRUPT] = "interface-corrupt",
      [FTBLAB_PREDICTION] = "prediction",           [FTBLAB_ACTION] = "action",
      [FTBLAB_COMPONENT_CRASH] = "component-crash", [FTBLAB_DISK_CRASH] = "disk-crash",
      [FTBLAB_SWITCH_DOWN] = "switch-down",         [FTBLAB_LINK_DOWN] = "link-down",
  };
  size_t i = 0;
  while (strcmp(names[i], kind) != 0) /* the schema has checked it */
    i++;
  return (ftblab_fault_kind)i;
}

/* Keys that only one kind of fault has. */
static ftblab_status check_keys(const ftblab_scenario *scenario, const ftblab_fault_plan *fault, ftblab_error *err)
{
  static const struct key {
    const char *name;
    ftblab_fault_kind kind, or_kind;
    const char *reason;
  } keys[] = {
      {"lasts", FTBLAB_NODE_HANG, FTBLAB_NODE_HANG, "only a node-hang lasts"},
      {"event", FTBLAB_MESSAGE_LOSS, FTBLAB_MESSAGE_LOSS, "only a message-loss names an event or a subscriber"},
      {"to", FTBLAB_MESSAGE_LOSS, FTBLAB_MESSAGE_LOSS, "only a message-loss names an event or a subscriber"},
      {"role", FTBLAB_ACTION, FTBLAB_COMPONENT_CRASH, "only an action and a component-crash name a role and a job"},
      {"action", FTBLAB_ACTION, FTBLAB_ACTION, "only an action says what is done"},
      {"link", FTBLAB_LINK_DOWN, FTBLAB_LINK_DOWN, "only a link-down names a link"},
      {"job", FTBLAB_ACTION, FTBLAB_COMPONENT_CRASH, "only an action and a component-crash name a role and a job"},
  };
  bool returns = fault->kind == FTBLAB_NODE_CRASH || fault->kind == FTBLAB_INTERFACE_DOWN ||
                 fault->kind == FTBLAB_INTERFACE_CORRUPT || fault->kind == FTBLAB_COMPONENT_CRASH ||
                 fault->kind == FTBLAB_DISK_CRASH || fault->kind == FTBLAB_SWITCH_DOWN ||
                 fault->kind == FTBLAB_LINK_DOWN;
  if (fault->returns_after >= 0 && !returns)
    return ftblab_json_fail(
        scenario->json, get(fault->json, "returns_after"), err,
        "only a node-crash, a component-crash, a disk-crash, a switch-down, a link-down, an interface-down or an "
        "interface-corrupt returns");
  for (size_t i = 0; i < FTBLAB_COUNT(keys); i++) {
    if (fault->kind != keys[i].kind && fault->kind != keys[i].or_kind && get(fault->json, keys[i].name) != NULL)
      return ftblab_json_fail(scenario->json, get(fault->json, keys[i].name), err, "%s", keys[i].reason);
  }
  return FTBLAB_OK;
}

static ftblab_status read_fault(ftblab_scenario *scenario, const cJSON *json, ftblab_error *err)
{
  ftblab_fault_plan *fault = &scenario->faults[scenario->fault_count++];
  *fault = (ftblab_fault_plan){
      .json = json,
      .kind = kind_of(string_of(json, "kind")),
      .nodes = get(json, "node"),
      .interfaces = get(json, "interface"),
      .switches = get(json, "switch"),
      .links = get(json, "link"),
      .triggered = get(json, "when") != NULL,
      .at = number_of(json, "at", 0),
      .after = number_of(json, "after", 0),
      .returns_after = number_of(json, "returns_after", -1),
      .lasts = number_of(json, "lasts", -1),
      .answers_probes = is_true(json, "answers_probes"),
      .event = string_of(json, "event"),
      .to = string_of(json, "to"),
      .role = string_of(json, "role"),
      .action = string_of(json, "action"),
      .job = string_of(json, "job"),
      .count = (unsigned)number_of(json, "count", 1),
      .period = number_of(json, "period", 0),
      .probability = number_of(json, "probability", 0),
  };
  if (fault->triggered)
    fault->when = read_moment(get(json, "when"));
  return check_keys(scenario, fault, err);
}

static ftblab_status read_bound(ftblab_scenario *scenario, const cJSON *json, ftblab_error *err)
{
  ftblab_bound_plan *bound = &scenario->bounds[scenario->bound_count++];
  bound->json = json;
  bound->from = read_moment(get(json, "from"));
  bound->to = read_moment(get(json, "to"));
  bound->soft = number_of(json, "soft", -1);
  bound->hard = number_of(json, "hard", -1);
  if (bound->soft > bound->hard)
    return ftblab_json_fail(scenario->json, get(json, "soft"), err, "the soft bound is above the hard one");
  return FTBLAB_OK;
}

/* Room for the elements of ARRAY (at least one, so that NULL means no memory), each SIZE bytes. */
static void *room_for(const cJSON *array, size_t size)
{
  int count = cJSON_GetArraySize(array);
  return calloc(count > 0 ? (size_t)count : 1, size);
}

static ftblab_status read_plans(ftblab_scenario *scenario, ftblab_error *err)
{
  const cJSON *root = ftblab_json_root(scenario->json), *item = NULL;
  const cJSON *jobs = get(root, "jobs"), *faults = get(root, "faults"), *bounds = get(scenario->expect, "within");
  scenario->jobs = room_for(jobs, sizeof *scenario->jobs);
  scenario->faults = room_for(faults, sizeof *scenario->faults);
  scenario->bounds = room_for(bounds, sizeof *scenario->bounds);
  if (scenario->jobs == NULL || scenario->faults == NULL || scenario->bounds == NULL)
    return no_memory(err);
  ftblab_status status = FTBLAB_OK;
  cJSON_ArrayForEach(item, jobs)
  {
    if (status == FTBLAB_OK)
      status = read_job(scenario, item, err);
  }
  cJSON_ArrayForEach(item, faults)
  {
    if (status == FTBLAB_OK)
      status = read_fault(scenario, item, err);
  }
  cJSON_ArrayForEach(item, bounds)
  {
    if (status == FTBLAB_OK)
      status = read_bound(scenario, item, err);
  }
  return status;
}

/* ---- platform and backplane -------------------------------------------------------------------- */

char *ftblab_beside(const char *scenario_path, const char *path)
{
  const char *slash = strrchr(scenario_path, '/');
  ftblab_text text = {0};
  if (path[0] != '/' && slash != NULL)
    ftblab_text_add_bytes(&text, scenario_path, (size_t)(slash - scenario_path) + 1);
  ftblab_text_add(&text, path);
  if (text.failed) {
    ftblab_text_free(&text);
    return NULL;
  }
  return text.data;
}

static void read_backplane(ftblab_scenario *scenario, const cJSON *json)
{
  const cJSON *channel = get(json, "channel"), *retry = get(json, "retry");
  const char *transport = string_of(json, "transport");
  scenario->clock_resolution = number_of(json, "clock_resolution", 0);
  scenario->network = string_of(json, "network");
  scenario->backplane = (ftblab_backplane_config){
      .transport = strcmp(transport, "flow") == 0 ? FTBLAB_TRANSPORT_FLOW : FTBLAB_TRANSPORT_LATENCY,
      .arity = (int)number_of(json, "arity", 0),
      .delivery_delay = number_of(json, "delivery_delay", 0),
      .heal_time = number_of(json, "heal_time", 0),
      .message_bytes = number_of(json, "message_bytes", 0),
      .quality = {.loss = number_of(channel, "loss", 0),
                  .duplication = number_of(channel, "duplication", 0),
                  .reordering = number_of(channel, "reordering", 0),
                  .reorder_delay = number_of(channel, "reorder_delay", 0),
                  .delay_mean = number_of(channel, "delay_mean", 0)},
      .retry_first = number_of(retry, "first", 0),
      .retry_factor = number_of(retry, "factor", 0),
      .retry_max = number_of(retry, "max", 0),
      .retry_limit = (int)number_of(retry, "limit", 0),
      .seed = scenario->seed,
  };
}

/* What the schema cannot say: it compares no key with another. */
static ftblab_status check_retry(const ftblab_scenario *scenario, const cJSON *retry, ftblab_error *err)
{
  if (scenario->backplane.retry_max >= scenario->backplane.retry_first)
    return FTBLAB_OK;
  return ftblab_json_fail(scenario->json, get(retry, "max"), err, "the longest wait is shorter than the first, %g s",
                          scenario->backplane.retry_first);
}

static void read_near_storage(ftblab_scenario *scenario, const cJSON *json)
{
  scenario->storage.near = json;
  if (json == NULL)
    return;
  scenario->storage.near_buddy = strcmp(string_of(json, "kind"), "buddy") == 0;
  scenario->storage.near_every = (int)number_of(json, "every", 1);
  scenario->storage.near_read_bandwidth = number_of(json, "read_bandwidth", 0);
  scenario->storage.near_write_bandwidth = number_of(json, "write_bandwidth", 0);
  scenario->storage.near_capacity = number_of(json, "capacity", INFINITY);
}

static void read_storage(ftblab_scenario *scenario, const cJSON *json)
{
  scenario->storage = (ftblab_storage_plan){
      .json = json,
      .servers = get(json, "servers"),
      .read_bandwidth = number_of(json, "read_bandwidth", 0),
      .write_bandwidth = number_of(json, "write_bandwidth", 0),
      .capacity = number_of(json, "capacity", INFINITY),
      .chunk_bytes = number_of(json, "chunk_bytes", 32 * 1024 * 1024), /* the schema's, for moves without a storage */
  };
  scenario->storage.metadata = get(json, "metadata");
  scenario->storage.metadata_time = number_of(json, "metadata_time", 0);
  scenario->storage.stripe_bytes = number_of(json, "stripe_bytes", 1);
  scenario->storage.stripe_count = (int)number_of(json, "stripe_count", 1);
  scenario->storage.parity = is_true(json, "parity");
  scenario->storage.neighbour_copies = is_true(json, "neighbour_copies");
  read_near_storage(scenario, get(json, "near"));
}

static ftblab_status check_near_storage(const ftblab_scenario *scenario, ftblab_error *err)
{
  if (scenario->storage.near == NULL || scenario->storage.servers != NULL)
    return FTBLAB_OK;
  return ftblab_json_fail(scenario->json, scenario->storage.near, err,
                          "a near level goes with the kind parallel-file-system: all images are on the nodes already");
}

/* Files are on data servers, and one of these is not the metadata server: with it all would be gone at once. */
static ftblab_status check_files(const ftblab_scenario *scenario, ftblab_error *err)
{
  const ftblab_storage_plan *storage = &scenario->storage;
  const cJSON *server = NULL;
  if (storage->metadata == NULL)
    return FTBLAB_OK;
  cJSON_ArrayForEach(server, storage->servers)
  {
    if (strcmp(server->valuestring, storage->metadata->valuestring) == 0)
      return ftblab_json_fail(scenario->json, storage->metadata, err, "%s is a data server already",
                              server->valuestring);
  }
  return FTBLAB_OK;
}

static void read_predictor(ftblab_scenario *scenario, const cJSON *json)
{
  scenario->predicts = json != NULL;
  scenario->predictor = (ftblab_predictor){
      .recall = number_of(json, "recall", 0),
      .precision = number_of(json, "precision", 1),
      .lead_time = number_of(json, "lead_time", 0),
  };
}

static ftblab_status read_failures(ftblab_scenario *scenario, const cJSON *failures, const char *path,
                                   ftblab_error *err)
{
  const cJSON *item = NULL;
  ftblab_status status = FTBLAB_OK;
  scenario->failures = room_for(failures, sizeof *scenario->failures);
  if (scenario->failures == NULL)
    return no_memory(err);
  cJSON_ArrayForEach(item, failures)
  {
    if (status == FTBLAB_OK)
      status = ftblab_failure_plan_read(scenario, item, path, &scenario->failures[scenario->failure_count++], err);
  }
  return status;
}

static ftblab_status fill(ftblab_scenario *scenario, const char *path, const ftblab_scenario_changes *changes,
                          ftblab_error *err)
{
  const cJSON *root = ftblab_json_root(scenario->json), *platform = get(root, "platform");
  scenario->title = string_of(root, "title");
  scenario->seed = changes != NULL && changes->has_seed ? changes->seed : (uint64_t)number_of(root, "seed", 0);
  scenario->duration = number_of(root, "duration", 0);
  scenario->until_quiet = is_true(root, "until_quiet");
  scenario->energy = is_true(root, "energy");
  scenario->control_only = is_true(root, "control_plane_only");
  scenario->other_platform = changes != NULL && changes->platform != NULL;
  scenario->platform = scenario->other_platform ? ftblab_beside("", changes->platform)
                                                : ftblab_beside(path, string_of(platform, "file"));
  if (scenario->platform == NULL)
    return no_memory(err);
  scenario->nodes = get(platform, "nodes");
  scenario->service = get(platform, "service");
  scenario->components = get(root, "components");
  scenario->expect = get(root, "expect");
  scenario->workflows = get(root, "workflows");
  read_backplane(scenario, get(root, "backplane"));
  if (scenario->control_only)
    scenario->backplane.transport = FTBLAB_TRANSPORT_LATENCY; /* there is no other network */
  read_storage(scenario, get(root, "storage"));
  read_predictor(scenario, get(root, "predictor"));
  ftblab_status status = check_retry(scenario, get(get(root, "backplane"), "retry"), err);
  if (status == FTBLAB_OK)
    status = check_near_storage(scenario, err);
  if (status == FTBLAB_OK)
    status = check_files(scenario, err);
  if (status == FTBLAB_OK)
    status = read_failures(scenario, get(root, "failures"), path, err);
  return status == FTBLAB_OK ? read_plans(scenario, err) : status;
}

/* ---- reading -------------------------------------------------------------------------------------- */

static ftblab_status apply_changes(ftblab_json *json, const ftblab_scenario_changes *changes, ftblab_error *err)
{
  for (size_t i = 0; changes != NULL && i < changes->setting_count; i++) {
    const char *setting = changes->settings[i];
    const char *equals = strchr(setting, '=');
    if (equals == NULL || equals == setting)
      return ftblab_fail(err, FTBLAB_EUSAGE, "--set %s: KEY=VALUE is wanted", setting);
    ftblab_text key = {0};
    ftblab_text_add_bytes(&key, setting, (size_t)(equals - setting));
    const char *origin = changes->origins != NULL ? changes->origins[i] : "--set";
    ftblab_status status = key.failed ? no_memory(err) : ftblab_json_set(json, key.data, equals + 1, origin, err);
    ftblab_text_free(&key);
    if (status != FTBLAB_OK)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status validate(ftblab_json *json, ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_status status = ftblab_scenario_schema_load(&schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(json, schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_apply_defaults(json, schema, err);
  ftblab_json_free(schema);
  return status;
}

ftblab_status ftblab_scenario_of(ftblab_json *json, const char *path, const ftblab_scenario_changes *changes,
                                 ftblab_scenario **scenario, ftblab_error *err)
{
  ftblab_scenario *result = calloc(1, sizeof *result);
  if (result == NULL) {
    ftblab_json_free(json);
    return no_memory(err);
  }
  result->json = json;
  ftblab_status status = apply_changes(json, changes, err);
  if (status == FTBLAB_OK)
    status = validate(result->json, err);
  if (status == FTBLAB_OK)
    status = fill(result, path, changes, err);
  if (status != FTBLAB_OK) {
    ftblab_scenario_free(result);
    return status;
  }
  *scenario = result;
  return FTBLAB_OK;
}

ftblab_status ftblab_scenario_read(const char *path, const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                   ftblab_error *err)
{
  ftblab_json *json;
  ftblab_status status = ftblab_json_read(path, &json, err);
  return status == FTBLAB_OK ? ftblab_scenario_of(json, path, changes, scenario, err) : status;
}

ftblab_status ftblab_scenario_parse(const char *text, size_t length, const char *path,
                                    const ftblab_scenario_changes *changes, ftblab_scenario **scenario,
                                    ftblab_error *err)
{
  ftblab_json *json;
  ftblab_status status = ftblab_json_parse(text, length, path, &json, err);
  return status == FTBLAB_OK ? ftblab_scenario_of(json, path, changes, scenario, err) : status;
}

void ftblab_scenario_free(ftblab_scenario *scenario)
{
  if (scenario == NULL)
    return;
  ftblab_json_free(scenario->json);
  free(scenario->platform);
  free(scenario->jobs);
  free(scenario->faults);
  for (size_t i = 0; i < scenario->failure_count; i++)
    ftblab_failure_plan_free(&scenario->failures[i]);
  free(scenario->failures);
  free(scenario->bounds);
  free(scenario);
}

const char *ftblab_scenario_title(const ftblab_scenario *scenario)
{
  return scenario->title;
}

uint64_t ftblab_scenario_seed(const ftblab_scenario *scenario)
{
  return scenario->seed;
}

void ftblab_scenario_set_seed(ftblab_scenario *scenario, uint64_t seed)
{
  scenario->seed = seed;
  scenario->backplane.seed = seed;
}

const char *ftblab_scenario_platform(const ftblab_scenario *scenario)
{
  return scenario->platform;
}

const cJSON *ftblab_scenario_role(const ftblab_scenario *scenario, const char *role)
{
  const cJSON *parameters = get(scenario->components, role);
  return is_true(parameters, "enabled") ? parameters : NULL;
}

const char *ftblab_scenario_library(const ftblab_scenario *scenario)
{
  return string_of(get(scenario->components, "MPI"), "library");
}

const cJSON *ftblab_scenario_first_name(const cJSON *names)
{
  return cJSON_IsArray(names) ? names->child : names;
}

const cJSON *ftblab_scenario_next_name(const cJSON *names, const cJSON *name)
{
  return cJSON_IsArray(names) ? name->next : NULL;
}

const ftblab_application_class *ftblab_scenario_managed(const ftblab_scenario *scenario)
{
  for (size_t i = 0; ftblab_application_classes[i] != NULL && scenario->job_count > 0; i++) {
    const ftblab_application_class *class = ftblab_application_classes[i];
    if (class->manager != NULL && strcmp(class->kind, scenario->jobs[0].application) == 0)
      return class; /* all are of this kind: ftblab_scenario_check has seen to that */
  }
  return NULL;
}
