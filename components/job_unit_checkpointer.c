/* job_unit_checkpointer.c - the daemon's part on a grid node that looks after a job unit: finds a kernel checkpointer
 * of the node that can handle the unit's resources, and sees to it that a restart takes nobody's resources and nobody's
 * image. It stands between the interfaces of the grid and those of the node's kernel. */
#include <string.h>

#include "grid.h"
#include "role.h"

/* ---- which kernel checkpointer ----------------------------------------------------------------------- */

/* The first of the unit's resources that CHECKPOINTER cannot handle; NULL: it can handle all. */
static const char *missing(const cJSON *checkpointer, const ftblab_job *job)
{
  const cJSON *handles = cJSON_GetObjectItemCaseSensitive(checkpointer, "handles"), *resource;
  cJSON_ArrayForEach(resource, cJSON_GetObjectItemCaseSensitive(job->parameters, "resources"))
  {
    if (!ftblab_json_lists(handles, resource->valuestring))
      return resource->valuestring;
  }
  return NULL;
}

/* The name of the first that the node has and that can; NULL, and in WHY why there is none. */
static const char *find_checkpointer(const ftblab_component *self, ftblab_text *why)
{
  const char *node = self->world->ops->node_name((ftblab_component *)self, self->node);
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(self->parameters, "checkpointers"), *one;
  cJSON_ArrayForEach(one, list)
  {
    const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(one, "nodes");
    const char *name = cJSON_GetObjectItemCaseSensitive(one, "name")->valuestring;
    if (nodes && !ftblab_json_lists(nodes, node))
      continue;
    const char *cannot = missing(one, self->job);
    if (!cannot)
      return name;
    ftblab_text_addf(why, "%s%s cannot handle %s", why->length ? ", " : "", name, cannot);
  }
  if (why->length == 0)
    ftblab_text_add(why, "the node has no kernel checkpointer");
  return NULL;
}

/* ---- whether its resources are free -------------------------------------------------------------------- */

/* A process number of the unit that another job's process has here, which it must have again; JOB: whose that is. */
static int taken_process(ftblab_component *self, const ftblab_job **job)
{
  int first = ftblab_grid_process(self->job), count = self->job->ranks_per_node;
  for (int i = 0; first >= 0 && i < self->world->ops->job_count(self); i++) {
    *job = self->world->ops->job(self, i);
    int other = ftblab_grid_process(*job);
    if (*job == self->job || other < 0 || (*job)->state != FTBLAB_JOB_RUNNING || !ftblab_job_has_node(*job, self->node))
      continue;
    if (other < first + count && first < other + (*job)->ranks_per_node)
      return other > first ? other : first;
  }
  return -1;
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

/* What the unit has to be ready for, and what is said of it. Nodes below 0 are left out. */
typedef struct question {
  const char *yes, *no; /* events */
  bool needs_resources; /* on this node, beside what runs here */
  int node, from, to;
} question;

static void say(ftblab_component *self, const char *event, const question *asked)
{
  const ftblab_grid_news news = {
      .event = event, .job = self->job, .node = asked->node, .from = asked->from, .to = asked->to};
  ftblab_grid_publish(self, &news);
}

/* Row 5 of XG.1, XG.2 and XG.3. */
static void answer(ftblab_component *self, const question *asked)
{
  ftblab_text why = {0};
  const ftblab_job *other = NULL;
  bool contained = ftblab_parameter_flag(self, "containers");
  const char *name = find_checkpointer(self, &why);
  int process = asked->needs_resources && !contained ? taken_process(self, &other) : -1;
  self->world->ops->note(self, "Look for a kernel checkpointer that can handle the unit's resources");
  if (name && process < 0)
    self->world->ops->note_throw(self, "%s can%s", name,
                                 asked->needs_resources && contained ? ", in a container of its own" : "");
  else if (!name)
    self->world->ops->note_throw(self, "There is none: %s", ftblab_text_string(&why));
  else
    self->world->ops->note_throw(self, "process_%d is taken, by job %s", process, other->name);
  bool can = name && process < 0;
  say(self, can ? asked->yes : asked->no, asked);
  ftblab_text_free(&why);
}

static void on_prepare_checkpoint(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  answer(self, &(question){"CHECKPOINT_READY", "CHECKPOINT_REFUSED", false, self->node, -1, -1});
}

static void on_prepare_restart(ftblab_component *self, const ftblab_delivery *event)
{
  const question asked = {"RESTART_READY", "RESTART_REFUSED", true, self->node, -1, -1};
  const char *why = NULL;
  if (!ftblab_payload_names(event->payload, "users", ftblab_grid_owner(self->job)))
    why = "it is not the image of who asks";
  else if (!self->world->ops->job_images_are_sound(self, self->job->index))
    why = "the image was altered";
  if (!why) {
    answer(self, &asked);
    return;
  }
  self->world->ops->note(self, "Look whose image it is, and whether it was altered");
  self->world->ops->note_throw(self, "Refused: %s", why);
  say(self, "IMAGE_REFUSED", &asked);
}

static void on_prepare_migration(ftblab_component *self, const ftblab_delivery *event)
{
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (from == self->node)
    answer(self, &(question){"SOURCE_READY", "SOURCE_REFUSED", false, -1, from, to});
  else if (to == self->node)
    answer(self, &(question){"TARGET_READY", "TARGET_REFUSED", true, -1, from, to});
}

/* ---- to the kernel checkpointer ----------------------------------------------------------------------------- */

/* Row 9. */
static void pass_on(ftblab_component *self, ftblab_grid_news *news)
{
  ftblab_text why = {0};
  news->checkpointer = find_checkpointer(self, &why);
  news->job = self->job;
  ftblab_text_free(&why);
  self->world->ops->note(self, "Have the kernel checkpointer do it");
  ftblab_grid_publish(self, news);
}

static void on_checkpoint_unit(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  pass_on(self, &(ftblab_grid_news){.event = "KERNEL_CHECKPOINT", .node = self->node, .from = -1, .to = -1});
}

static void on_restart_unit(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  pass_on(self, &(ftblab_grid_news){.event = "KERNEL_RESTART", .node = self->node, .from = -1, .to = -1});
}

static void on_move_unit(ftblab_component *self, const ftblab_delivery *event)
{
  int to = ftblab_node_under(self, event->payload, "dnode");
  if (ftblab_node_under(self, event->payload, "snode") == self->node && to >= 0)
    pass_on(self, &(ftblab_grid_news){.event = "KERNEL_MIGRATE", .node = -1, .from = self->node, .to = to});
}

/* ---- boot -------------------------------------------------------------------------------------------------- */

/* Those with "nodes" come for its own node alone. */
static const ftblab_interest interests[] = {
    {"PREPARE_CHECKPOINT", {"nodes"}, on_prepare_checkpoint},
    {"PREPARE_RESTART", {"nodes"}, on_prepare_restart},
    {"PREPARE_MIGRATION", {NULL}, on_prepare_migration},
    {"CHECKPOINT_UNIT", {"nodes"}, on_checkpoint_unit},
    {"RESTART_UNIT", {"nodes"}, on_restart_unit},
    {"MOVE_UNIT", {"snode"}, on_move_unit},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  return ftblab_grid_register(self, interests, FTBLAB_COUNT(interests), err);
}

extern const ftblab_role_class ftblab_job_unit_checkpointer_role;
const ftblab_role_class ftblab_job_unit_checkpointer_role = {
    .role = "Job Unit Checkpointer",
    .space = "ftb.grid.unit",
    .instance = "unit",
    .scope = FTBLAB_PER_NODE,
    .application = "grid",
    .start = start,
    .on_event = on_event,
};
