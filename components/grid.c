/* grid.c - a grid job: one unit on each of its nodes. What a rank does, what is said of the job, and to whom. */
#include "grid.h"

#include "kind.h"
#include "role.h"

/* ---- what its parameters say --------------------------------------------------------------------------- */

const char *ftblab_grid_owner(const ftblab_job *job)
{
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(job->parameters, "owner"));
}

double ftblab_grid_number(const ftblab_job *job, const char *name)
{
  return ftblab_kind_number(job->parameters, name);
}

int ftblab_grid_process(const ftblab_job *job)
{
  const cJSON *process = cJSON_GetObjectItemCaseSensitive(job->parameters, "process");
  return cJSON_IsNumber(process) ? process->valueint : -1;
}

/* ---- what is said ------------------------------------------------------------------------------------------ */

static void add_node(ftblab_component *self, ftblab_text *payload, const char *key, int node)
{
  if (node >= 0)
    ftblab_add_value(payload, key, self->world->ops->node_name(self, node));
}

void ftblab_grid_publish(ftblab_component *self, const ftblab_grid_news *news)
{
  ftblab_text payload = {0};
  if (news->node >= 0) {
    const char *name = self->world->ops->node_name(self, news->node);
    ftblab_payload_add_words(&payload, "nodes", &name, 1);
  }
  add_node(self, &payload, "snode", news->from);
  add_node(self, &payload, "dnode", news->to);
  if (news->job)
    ftblab_payload_add_words(&payload, "jobs", &news->job->name, 1);
  if (news->user)
    ftblab_payload_add_words(&payload, "users", &news->user, 1);
  if (news->checkpointer)
    ftblab_payload_add_words(&payload, "checkpointers", &news->checkpointer, 1);
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, news->event, ftblab_text_string(&payload), 0);
  ftblab_text_free(&payload);
}

/* KEY: what the payload has the node under, or NULL: it may be any. */
static ftblab_status subscribe(ftblab_component *self, const char *event, const char *key, ftblab_error *err)
{
  ftblab_text pattern = {0};
  const char *name = self->world->ops->node_name(self, self->node);
  if (key)
    ftblab_payload_add_words(&pattern, key, &name, 1);
  ftblab_payload_add_words(&pattern, "jobs", &self->job->name, 1);
  bool good = !pattern.failed;
  if (good)
    self->world->ops->subscribe(self, event, ftblab_text_string(&pattern));
  ftblab_text_free(&pattern);
  return good ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a registration");
}

ftblab_status ftblab_grid_register(ftblab_component *self, const ftblab_interest *interests, size_t count,
                                   ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < count && !status; i++)
    status = subscribe(self, interests[i].event, interests[i].keys[0], err);
  return status;
}

/* ---- a rank ------------------------------------------------------------------------------------------------ */

static void run(ftblab_rank *rank, const cJSON *parameters)
{
  int neighbours[2], count = ftblab_kind_neighbours(rank, neighbours);
  int iterations = (int)ftblab_kind_number(parameters, "iterations");
  for (int i = rank->ops->first_iteration(rank); i < iterations; i++) {
    rank->ops->compute(rank, ftblab_kind_number(parameters, "flops"));
    rank->ops->exchange(rank, neighbours, count, ftblab_kind_number(parameters, "bytes"));
    rank->ops->progress(rank, i);
  }
}

extern const ftblab_application_class ftblab_grid_application;
const ftblab_application_class ftblab_grid_application = {.kind = "grid", .manager = "Job Manager", .run = run};
