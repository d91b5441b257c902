/* drawn.c - failures of nodes, interfaces, disks, switches, links and groups by a law or from a log.
 *
 * Each source has a random stream of its own, named by its place in the scenario and by what fails, so that the
 * same seed gives the same failures to every policy, and one source more changes nothing for the others. A failure that
 * has not come yet keeps no run from ending. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* Chosen, no source: a law in seconds that was meant in hours should fail and not fill the memory. */
#define MOST_FAILURES 1000000

/* What is being built from one entry of the scenario. */
typedef struct builder {
  ftblab_simulated *world;
  const ftblab_failure_plan *plan;
  size_t entry, first; /* place of the entry in the scenario; of its first source */
  ftblab_error *err;
} builder;

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for failures");
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

static ftblab_fault_kind kind_of(const ftblab_failure_plan *plan)
{
  if (plan->disk)
    return FTBLAB_DISK_CRASH;
  if (plan->switches != NULL)
    return FTBLAB_SWITCH_DOWN;
  if (plan->links != NULL)
    return FTBLAB_LINK_DOWN;
  return plan->interfaces == NULL ? FTBLAB_NODE_CRASH : FTBLAB_INTERFACE_DOWN;
}

/* Of those that fail where the entry names none. */
static bool is_meant(const builder *b, int node)
{
  const ftblab_simulated *world = b->world;
  return b->plan->disk ? ftblab_storage_disk_works(world->storage, node)
                       : ftblab_scenario_is_compute(world->scenario, world->engine, node);
}

/* A source that strikes NAMES (a name or an array of them: of nodes, or of switches or links, if the entry is of such);
 * LABEL tells it from its neighbours. */
static ftblab_status add_source(builder *b, const cJSON *names, cJSON *owned, const char *label)
{
  ftblab_simulated *world = b->world;
  ftblab_drawn_source *sources = realloc(world->drawn, (world->drawn_count + 1) * sizeof *sources);
  ftblab_text stream = {0};
  ftblab_text_addf(&stream, "failures[%zu]/%s", b->entry, label);
  if (sources != NULL)
    world->drawn = sources;
  if (sources == NULL || stream.failed || names == NULL) {
    ftblab_text_free(&stream);
    cJSON_Delete(owned);
    return no_memory(b->err);
  }
  ftblab_drawn_source *source = &sources[world->drawn_count++];
  *source = (ftblab_drawn_source){.world = world, .name = owned};
  source->plan = (ftblab_fault_plan){
      .json = b->plan->json,
      .kind = kind_of(b->plan),
      .nodes = b->plan->switches == NULL && b->plan->links == NULL ? names : NULL,
      .interfaces = b->plan->interfaces,
      .switches = b->plan->switches == NULL ? NULL : names,
      .links = b->plan->links == NULL ? NULL : names,
      .count = 1,
  };
  ftblab_random_seed(&source->random, world->scenario->seed, stream.data);
  ftblab_text_free(&stream);
  return ftblab_faults_check(world, &source->plan, b->err);
}

static ftblab_status add_node(builder *b, const char *name)
{
  cJSON *json = cJSON_CreateString(name);
  return add_source(b, json, json, name);
}

/* What the entry names: an element is a name, or an array of names that fail together. */
static const cJSON *named_by(const ftblab_failure_plan *plan)
{
  return plan->groups != NULL     ? plan->groups
         : plan->switches != NULL ? plan->switches
         : plan->links != NULL    ? plan->links
                                  : plan->nodes;
}

static ftblab_status add_sources(builder *b)
{
  ftblab_simulated *world = b->world;
  const cJSON *names = named_by(b->plan);
  ftblab_status status = FTBLAB_OK;
  size_t number = 0;
  for (const cJSON *item = ftblab_scenario_first_name(names); item != NULL && status == FTBLAB_OK;
       item = ftblab_scenario_next_name(names, item)) {
    char label[32];
    if (cJSON_IsArray(item))
      snprintf(label, sizeof label, "group %zu", number++);
    status = add_source(b, item, NULL, cJSON_IsArray(item) ? label : item->valuestring);
  }
  for (size_t i = 0; names == NULL && i < ftblab_engine_nodes(world->engine) && status == FTBLAB_OK; i++)
    if (is_meant(b, (int)i))
      status = add_node(b, ftblab_engine_node_name(world->engine, (int)i));
  return status;
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static ftblab_status add_failure(builder *b, ftblab_drawn_source *source, double date, double back)
{
  if (source->count == source->capacity) {
    size_t capacity = source->capacity ? 2 * source->capacity : 4;
    ftblab_drawn_failure *failures = realloc(source->failures, capacity * sizeof *failures);
    if (failures == NULL)
      return no_memory(b->err);
    source->failures = failures;
    source->capacity = capacity;
  }
  source->failures[source->count++] = (ftblab_drawn_failure){.date = date, .back = back};
  if (++b->world->drawn_total > MOST_FAILURES)
    return ftblab_json_fail(b->world->scenario->json, b->plan->json, b->err, "more than %d failures before the end",
                            MOST_FAILURES);
  return FTBLAB_OK;
}

/* When what fails at DATE is back by the entry's law. */
static double back_at(const builder *b, ftblab_drawn_source *source, double date)
{
  return date + ftblab_law_sample(&b->plan->repair, &source->random);
}

static ftblab_status draw(builder *b, ftblab_drawn_source *source)
{
  const ftblab_law *law = &b->plan->law;
  ftblab_status status = FTBLAB_OK;
  double date =
      b->plan->is_new ? ftblab_law_sample(law, &source->random) : ftblab_law_sample_stationary(law, &source->random);
  while (status == FTBLAB_OK && date < b->world->scenario->duration) {
    double back = back_at(b, source, date);
    status = add_failure(b, source, date, back);
    date = back + ftblab_law_sample(law, &source->random);
  }
  return status;
}

/* ---- from a log -------------------------------------------------------------------------------------------------- */

static const cJSON *name_in(const ftblab_fault_plan *plan)
{
  return plan->nodes != NULL ? plan->nodes : plan->switches != NULL ? plan->switches : plan->links;
}

/* Which of the entry's sources stands for the log's node NUMBER: the one of its name if one has it, else they are
 * taken in the order of both; of a log without nodes, any. NULL: there is none for it. */
static ftblab_drawn_source *source_of(const builder *b, const ftblab_failure_log *log, uint32_t number)
{
  ftblab_drawn_source *sources = b->world->drawn + b->first;
  size_t count = b->world->drawn_count - b->first;
  if (number == FTBLAB_NO_NAME)
    return &sources[ftblab_random_below(&sources[0].random, count)];
  for (size_t i = 0; i < count; i++) {
    const char *name = cJSON_GetStringValue(name_in(&sources[i].plan));
    if (name != NULL && strcmp(name, ftblab_names_string(log->nodes, number)) == 0)
      return &sources[i];
  }
  return number < count ? &sources[number] : NULL;
}

static ftblab_status replay(builder *b)
{
  ftblab_failure_log log = {0};
  ftblab_error reason;
  ftblab_status status = ftblab_failure_log_read(b->plan->log_path, b->plan->columns, &log, &reason);
  if (status == FTBLAB_EINPUT)
    return ftblab_json_fail(b->world->scenario->json, b->plan->log, b->err, "%s", reason.text);
  if (status != FTBLAB_OK)
    return ftblab_fail(b->err, status, "%s", reason.text);
  double zero = log.entries[0].date + b->plan->log_start;
  for (size_t i = 0; i < log.count && status == FTBLAB_OK; i++) {
    const ftblab_log_entry *entry = &log.entries[i];
    double date = entry->date - zero;
    if (date < 0 || date >= b->world->scenario->duration)
      continue;
    ftblab_drawn_source *source = source_of(b, &log, entry->node);
    if (source != NULL)
      status = add_failure(b, source, date, isnan(entry->end) ? back_at(b, source, date) : entry->end - zero);
  }
  ftblab_failure_log_free(&log);
  return status;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static ftblab_status build_entry(builder *b)
{
  ftblab_status status = add_sources(b);
  if (status != FTBLAB_OK || b->world->drawn_count == b->first)
    return status;
  if (b->plan->log != NULL)
    return replay(b);
  for (size_t i = b->first; i < b->world->drawn_count && status == FTBLAB_OK; i++)
    status = draw(b, &b->world->drawn[i]);
  return status;
}

ftblab_status ftblab_drawn_new(ftblab_simulated *world, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < world->scenario->failure_count && status == FTBLAB_OK; i++) {
    builder b = {
        .world = world, .plan = &world->scenario->failures[i], .entry = i, .first = world->drawn_count, .err = err};
    status = build_entry(&b);
  }
  return status;
}

void ftblab_drawn_free(ftblab_simulated *world)
{
  for (size_t i = 0; i < world->drawn_count; i++) {
    cJSON_Delete(world->drawn[i].name);
    free(world->drawn[i].failures);
  }
  free(world->drawn);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static void schedule_next(ftblab_drawn_source *source);

static void fire(void *argument, int64_t value, double date)
{
  ftblab_drawn_source *source = argument;
  ftblab_simulated *world = source->world;
  const ftblab_drawn_failure *failure = &source->failures[source->fired++];
  (void)value;
  world->drawn_calls--;
  ftblab_world_enter(world, date, 0);
  source->plan.returns_after = isinf(failure->back) ? -1 : failure->back - failure->date;
  ftblab_faults_strike(world, &source->plan);
  schedule_next(source);
  ftblab_world_leave(world);
}

static void schedule_next(ftblab_drawn_source *source)
{
  if (source->fired == source->count)
    return;
  source->world->drawn_calls++;
  ftblab_engine_at(source->world->engine, source->failures[source->fired].date, fire, source, 0);
}

void ftblab_drawn_schedule(ftblab_simulated *world)
{
  for (size_t i = 0; i < world->drawn_count; i++)
    schedule_next(&world->drawn[i]);
}

void ftblab_drawn_summarise(const ftblab_simulated *world, ftblab_text *text)
{
  size_t fired = 0;
  for (size_t i = 0; i < world->drawn_count; i++)
    fired += world->drawn[i].fired;
  if (world->drawn_count > 0)
    ftblab_text_addf(text, "failures of %zu sources: %zu drawn, %zu came before the end\n", world->drawn_count,
                     world->drawn_total, fired);
}
