/* migration_trigger.c - the Migration Trigger of MVAPICH2 (Appendix D): passes on that a node is expected to fail, or
 * that its administrator wants it free.
 *
 * It speaks of nodes on which a job runs, and of no others: there is nothing to move from them. */
#include <string.h>

#include "node_set.h"
#include "role.h"

typedef struct state {
  ftblab_node_set node; /* scratch: the one that is spoken of */
} state;

static void stop(ftblab_component *self)
{
  state *trigger = self->state;
  ftblab_node_set_free(&trigger->node);
}

static bool is_in_use(ftblab_component *self, int node)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (job->state == FTBLAB_JOB_RUNNING && self->world->ops->job_ranks_on(self, i, node, NULL) > 0)
      return true;
  }
  return false;
}

static void announce(ftblab_component *self, const ftblab_announcement *announcement, int node)
{
  state *trigger = self->state;
  if (!is_in_use(self, node))
    return;
  ftblab_node_set_clear(&trigger->node);
  ftblab_node_set_add(&trigger->node, node);
  ftblab_announce_nodes(self, announcement, &trigger->node);
}

/* D.1 row 1(a). */
static void on_prediction(ftblab_component *self, int node)
{
  static const ftblab_announcement failing = {
      .event = "CR_FTB_NODE_FAIL", .before = "", .after = " is expected to fail"};
  announce(self, &failing, node);
}

/* D.1 row 1(b): "maintenance". */
static void on_action(ftblab_component *self, const char *action, int node, int job)
{
  static const ftblab_announcement wanted = {
      .event = "CR_FTB_USER_TRIGGER", .before = "A user requests a migration from ", .after = ""};
  (void)job;
  if (strcmp(action, "maintenance") == 0 && node >= 0)
    announce(self, &wanted, node);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *trigger = self->state;
  return ftblab_node_set_init(&trigger->node, self->world->ops->node_count(self), err);
}

extern const ftblab_role_class ftblab_migration_trigger_role;
const ftblab_role_class ftblab_migration_trigger_role = {
    .role = "Migration Trigger",
    .space = "ftb.mpi.mig_trigger",
    .instance = "trigger",
    .scope = FTBLAB_PER_CLUSTER,
    .library = "mvapich2",
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_prediction = on_prediction,
    .on_action = on_action,
};
