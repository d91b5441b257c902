/* mpispawn.c - mpispawn of MVAPICH2 (Appendix D): one on each node of a job. That on the source of a migration brings
 * the images to the target, that on the target restarts the ranks from them.
 *
 * The standard has no event for images that could not be brought there (H12): the administrator is told, and mpirun_rsh
 * waits in vain. */
#include "node_set.h"
#include "role.h"

static bool is_of_job(const ftblab_component *self, const ftblab_delivery *event)
{
  return ftblab_payload_names(event->payload, "jobs", self->job->name);
}

/* D.1 row 4(a). */
static void on_migrate_event(ftblab_component *self, const ftblab_delivery *event)
{
  const ftblab_world_ops *world = self->world->ops;
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (!is_of_job(self, event) || from < 0 || to < 0)
    return;
  if (self->node == from)
    world->note(self, "Make ready to bring the images to node %s", world->node_name(self, to));
  else if (self->node == to)
    world->note(self, "Make ready to take the images of node %s", world->node_name(self, from));
  else
    world->note(self, "Make ready for the migration");
}

/* D.1 row 10. The first node of a payload is the target: there is one. */
static void on_restart_event(ftblab_component *self, const ftblab_delivery *event)
{
  if (!is_of_job(self, event) || ftblab_node_under(self, event->payload, "nodes") != self->node)
    return;
  self->world->ops->note(self, "Restart the ranks on node %s", self->world->ops->node_name(self, self->node));
  self->world->ops->job_stage(self, self->job->index, FTBLAB_STAGE_RESTART, -1, self->node);
}

/* D.1 row 7. */
static void throw_image_complete(ftblab_component *self, int from, int to)
{
  const ftblab_world_ops *world = self->world->ops;
  ftblab_text payload = {0};
  ftblab_add_value(&payload, "snode", world->node_name(self, from));
  ftblab_add_value(&payload, "dnode", world->node_name(self, to));
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  if (payload.failed) {
    world->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    world->note_throw(self, "The migration of the checkpoint image is complete");
    world->publish(self, "CR_FTB_MIGRATE_IMG_C", payload.data, 0);
  }
  ftblab_text_free(&payload);
}

static void on_stage(ftblab_component *self, const ftblab_stage_answer *answer)
{
  const ftblab_world_ops *world = self->world->ops;
  if (!answer->over || answer->from != self->node)
    return;
  if (answer->stage == FTBLAB_STAGE_CHECKPOINT && answer->good)
    world->job_stage(self, self->job->index, FTBLAB_STAGE_COPY, answer->from, answer->to);
  else if (answer->stage == FTBLAB_STAGE_COPY && answer->good)
    throw_image_complete(self, answer->from, answer->to);
  else if (answer->stage == FTBLAB_STAGE_COPY)
    world->admin(self, "the images of job %s did not get from node %s to node %s: %s", self->job->name,
                 world->node_name(self, answer->from), world->node_name(self, answer->to), answer->why);
}

static const ftblab_interest interests[] = {
    {"CR_FTB_MIGRATE", {"snode", "dnode", "jobs"}, on_migrate_event},
    {"CR_FTB_MIGRATE_RESTART", {"nodes", "jobs", "ranks"}, on_restart_event},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  return ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
}

extern const ftblab_role_class ftblab_mpispawn_role;
const ftblab_role_class ftblab_mpispawn_role = {
    .role = "mpispawn",
    .space = "ftb.startup.mv2_mpispawn",
    .instance = "mpispawn",
    .scope = FTBLAB_PER_NODE,
    .library = "mvapich2",
    .start = start,
    .on_event = on_event,
    .on_stage = on_stage,
};
