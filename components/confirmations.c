/* confirmations.c - the agent's side of suspend, resume and migrate. See confirmations.h. */
#include "confirmations.h"

#include <stdlib.h>

#include "node_set.h"

ftblab_status ftblab_confirmations_init(ftblab_confirmations *confirmations, ftblab_component *self, ftblab_error *err)
{
  size_t jobs = (size_t)self->world->ops->job_count(self), nodes = (size_t)self->world->ops->node_count(self);
  confirmations->last = calloc(jobs + 1, sizeof *confirmations->last);
  confirmations->moved_to = calloc(nodes + 1, sizeof *confirmations->moved_to);
  if (confirmations->last && confirmations->moved_to)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to confirm for %zu jobs and %zu nodes", jobs, nodes);
}

void ftblab_confirmations_free(ftblab_confirmations *confirmations)
{
  free(confirmations->last);
  free(confirmations->moved_to);
  *confirmations = (ftblab_confirmations){0};
}

static void confirm_jobs(ftblab_confirmations *confirmations, ftblab_component *self, const ftblab_delivery *event,
                         bool suspended)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    unsigned news = suspended ? FTBLAB_CONFIRMED_SUSPENDED : FTBLAB_CONFIRMED_RESUMED;
    if (confirmations->last[i] == news || !ftblab_payload_names(event->payload, "jobs", job->name))
      continue;
    confirmations->last[i] = news;
    self->world->ops->note_throw(self, "Confirmed job %s %s", job->name, suspended ? "suspended" : "resumed");
    ftblab_announce_job(self, suspended ? "CONFIRM_JOBS_SUSPEND" : "CONFIRM_JOBS_RESUME", job, event->id);
  }
}

void ftblab_confirm_suspended(ftblab_confirmations *confirmations, ftblab_component *self, const ftblab_delivery *event)
{
  confirm_jobs(confirmations, self, event, true);
}

/* An agent that missed the suspension (the channel loses events) still confirms the resumption. */
void ftblab_confirm_resumed(ftblab_confirmations *confirmations, ftblab_component *self, const ftblab_delivery *event)
{
  confirm_jobs(confirmations, self, event, false);
}

/* Is a rank of a running job left on NODE? "All the active services" must have gone. */
static bool is_in_use(ftblab_component *self, int node)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++)
    if (self->world->ops->job(self, i)->state == FTBLAB_JOB_RUNNING &&
        self->world->ops->job_ranks_on(self, i, node, NULL) > 0)
      return true;
  return false;
}

void ftblab_confirm_migrated(ftblab_confirmations *confirmations, ftblab_component *self, const ftblab_delivery *event)
{
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  ftblab_text payload = {0};
  if (from < 0 || to < 0 || confirmations->moved_to[from] == to + 1 || is_in_use(self, from))
    return;
  confirmations->moved_to[from] = to + 1;
  confirmations->moved_to[to] = 0;
  ftblab_add_value(&payload, "snode", self->world->ops->node_name(self, from));
  ftblab_add_value(&payload, "dnode", self->world->ops->node_name(self, to));
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    self->world->ops->note_throw(self, "Confirmed node %s migrated to node %s", self->world->ops->node_name(self, from),
                                 self->world->ops->node_name(self, to));
    self->world->ops->publish(self, "CONFIRM_NODE_MIGRATE", payload.data, event->id);
  }
  ftblab_text_free(&payload);
}
