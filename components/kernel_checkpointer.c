/* kernel_checkpointer.c - the checkpointer of a node's kernel, such as BLCR on a PC or Kerrighed's on a cluster with a
 * single system image: writes, reads back and moves the processes of one job unit. Below the interfaces of the grid:
 * it knows of its own node alone, and does what the job unit checkpointer asks for. */
#include "grid.h"
#include "role.h"

typedef enum kernel_task { NO_TASK, CHECKPOINT, RESTART, MIGRATE } kernel_task;

typedef struct kernel_checkpointer {
  kernel_task task;
} kernel_checkpointer;

static void note_task(ftblab_component *self, const ftblab_delivery *event, const char *what)
{
  ftblab_slice name = ftblab_word_under(event->payload, "checkpointers");
  if (name.data)
    self->world->ops->note(self, "%.*s %s", (int)name.length, name.data, what);
  else
    self->world->ops->note(self, "the kernel checkpointer %s", what);
}

/* XG.1 row 10. */
static void on_checkpoint_wanted(ftblab_component *self, const ftblab_delivery *event)
{
  note_task(self, event, "writes the unit's image");
  ((kernel_checkpointer *)self->state)->task = CHECKPOINT;
  self->world->ops->job_unit_checkpoint(self, self->job->index);
}

/* XG.2 row 10. */
static void on_restart_wanted(ftblab_component *self, const ftblab_delivery *event)
{
  note_task(self, event, "reads the unit's image and starts its processes");
  ((kernel_checkpointer *)self->state)->task = RESTART;
  self->world->ops->job_unit_restart(self, self->job->index);
}

/* XG.3 row 10. */
static void on_migration_wanted(ftblab_component *self, const ftblab_delivery *event)
{
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (from != self->node || to < 0)
    return;
  note_task(self, event, "checkpoints the unit, and has it restarted there");
  ((kernel_checkpointer *)self->state)->task = MIGRATE;
  self->world->ops->job_migrate(self, self->job->index, from, to);
}

/* What this one was asked for is over; what others were asked for it hears of as well. FROM and TO: of a migration. */
static void answer(ftblab_component *self, kernel_task task, int from, int to, bool good, const char *why)
{
  static const char *const events[][2] = {[CHECKPOINT] = {"CHECKPOINT_FAILED", "UNIT_CHECKPOINTED"},
                                          [RESTART] = {"RESTART_FAILED", "UNIT_RESTARTED"},
                                          [MIGRATE] = {"MIGRATION_FAILED", "UNIT_MOVED"}};
  kernel_checkpointer *kernel = self->state;
  const ftblab_grid_news news = {
      .event = events[task][good], .job = self->job, .node = task == MIGRATE ? -1 : self->node, .from = from, .to = to};
  if (kernel->task != task)
    return;
  kernel->task = NO_TASK;
  if (!good)
    self->world->ops->note_throw(self, "The unit has failed: %s", why);
  ftblab_grid_publish(self, &news);
}

static void on_checkpoint(ftblab_component *self, int job, bool good, const char *why)
{
  (void)job;
  answer(self, CHECKPOINT, -1, -1, good, why);
}

static void on_restart(ftblab_component *self, int job, bool good, const char *why)
{
  (void)job;
  answer(self, RESTART, -1, -1, good, why);
}

static void on_migrate(ftblab_component *self, int job, int from, int to, bool good, const char *why)
{
  (void)job;
  answer(self, MIGRATE, from, to, good, why);
}

static const ftblab_interest interests[] = {
    {"KERNEL_CHECKPOINT", {"nodes", "jobs"}, on_checkpoint_wanted},
    {"KERNEL_RESTART", {"nodes", "jobs"}, on_restart_wanted},
    {"KERNEL_MIGRATE", {"snode", "jobs"}, on_migration_wanted},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  return ftblab_grid_register(self, interests, FTBLAB_COUNT(interests), err);
}

extern const ftblab_role_class ftblab_kernel_checkpointer_role;
const ftblab_role_class ftblab_kernel_checkpointer_role = {
    .role = "Kernel Checkpointer",
    .space = "ftb.grid.kernel",
    .instance = "kernel",
    .scope = FTBLAB_PER_NODE,
    .application = "grid",
    .state_size = sizeof(kernel_checkpointer),
    .start = start,
    .on_event = on_event,
    .on_checkpoint = on_checkpoint,
    .on_restart = on_restart,
    .on_migrate = on_migrate,
};
