/* subordinate.c - the daemon of a node that is subordinate to the master: hears whose kernels its node may get, and who
 * is master now. The kernels themselves come to the ranks (kernels.c). */
#include "node_set.h"
#include "role.h"

/* SUB.1 row 4, SUB.2 row 6, SUB.3 row 5. */
static void on_dealt(ftblab_component *self, const ftblab_delivery *event)
{
  if (ftblab_payload_names(event->payload, "jobs", self->job->name))
    self->world->ops->note(self, "Take what the master gives");
}

/* SUB.2 row 4, SUB.3 row 3. */
static void on_master(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "Connect to the new master, tell it what kernels are here");
}

static const ftblab_interest interests[] = {
    {"KERNELS_DEALT", {"nodes", "jobs"}, on_dealt},
    {"MASTER_CHANGED", {"snode", "dnode"}, on_master},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  return ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
}

extern const ftblab_role_class ftblab_subordinate_role;
const ftblab_role_class ftblab_subordinate_role = {
    .role = "Subordinate",
    .space = "ftb.kernels.subordinate",
    .instance = "subordinate",
    .scope = FTBLAB_PER_NODE,
    .application = "kernels",
    .start = start,
    .on_event = on_event,
};
