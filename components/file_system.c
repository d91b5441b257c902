/* file_system.c - the parallel file system's part in workflow HEAT.1, on its metadata server.
 *
 * It tells applications which of their files have lost parts: with a failed disk as soon as it has noticed that,
 * with a silent server once that was silent for long. If it likes it hints when its disks are idle. What was lost
 * while it was down itself it finds when it is started again. A file system does not know who listens; this one is
 * spared what nobody has registered for: only jobs of kind heat that run are told. */
#include <stdlib.h>

#include "file_names.h"
#include "heat.h"
#include "role.h"

enum { LOOK_FOR_GONE, LOOK_FOR_SILENT, HINT };

typedef struct state {
  double detection, silence, hint_period, idle_after;
  uint64_t *timers; /* by node: until a silent server counts as lost; 0: none */
} state;

static void stop(ftblab_component *self)
{
  state *system = self->state;
  free(system->timers);
  *system = (state){0};
}

/* ---- losses ----------------------------------------------------------------------------------------------- */

static bool listens(const ftblab_job *job)
{
  return job->state == FTBLAB_JOB_RUNNING && ftblab_is_heat(job);
}

/* Tell of the files of JOB that have lost parts nobody was told of; of what is out of reach only if SILENT. */
static void tell_job(ftblab_component *self, const ftblab_job *job, bool silent)
{
  const ftblab_world_ops *world = self->world->ops;
  ftblab_file_names names = {.event = "FILE_LOST", .note = "Parts of the files are lost"};
  for (int rank = 0; rank < job->nodes_wanted * job->ranks_per_node; rank++) {
    const ftblab_file_state *file = world->file(self, job->index, rank);
    if (!file || file->announced || (silent ? file->lost : file->gone) == 0)
      continue;
    ftblab_file_names_add(&names, self, file->name);
    world->file_announced(self, job->index, rank);
  }
  ftblab_file_names_throw(&names, self);
}

static void tell(ftblab_component *self, bool silent)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (listens(job))
      tell_job(self, job, silent);
  }
}

static void on_server(ftblab_component *self, int node, bool up)
{
  state *system = self->state;
  self->world->ops->cancel(self, system->timers[node]);
  system->timers[node] = up ? 0 : self->world->ops->timer(self, system->silence, LOOK_FOR_SILENT, node);
}

static void on_disk(ftblab_component *self, int node, bool works)
{
  const state *system = self->state;
  if (!works)
    self->world->ops->timer(self, system->detection, LOOK_FOR_GONE, node);
}

static void on_rebuilt(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "The files are whole again");
}

/* ---- hints ------------------------------------------------------------------------------------------------ */

/* Hint if it is idle and somebody listens; again and again as long as there are jobs. */
static void hint(ftblab_component *self)
{
  const state *system = self->state;
  bool goes_on = false, is_heard = false;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    is_heard = is_heard || listens(job);
    goes_on = goes_on || (job->state != FTBLAB_JOB_COMPLETED && job->state != FTBLAB_JOB_ABORTED);
  }
  if (is_heard && self->world->ops->storage_idle(self) >= system->idle_after) {
    ftblab_text payload = {0};
    ftblab_payload_add_words(&payload, "systems", &self->instance, 1);
    self->world->ops->note_throw(self, "No disk was used for %.6g s", self->world->ops->storage_idle(self));
    if (payload.failed)
      self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
    else
      self->world->ops->publish(self, "FILE_SYSTEM_IDLE", payload.data, 0);
    ftblab_text_free(&payload);
  }
  if (goes_on)
    self->world->ops->timer(self, system->hint_period, HINT, 0);
}

/* ---- life ------------------------------------------------------------------------------------------------- */

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  state *system = self->state;
  if (tag == HINT) {
    hint(self);
    return;
  }
  if (tag == LOOK_FOR_SILENT)
    system->timers[value] = 0;
  tell(self, tag == LOOK_FOR_SILENT);
}

static const ftblab_interest interests[] = {
    {"FILE_REBUILT", {"files"}, on_rebuilt},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *system = self->state;
  system->detection = ftblab_parameter(self, "detection");
  system->silence = ftblab_parameter(self, "silence");
  system->hint_period = ftblab_parameter(self, "hint_period");
  system->idle_after = ftblab_parameter(self, "idle_after");
  system->timers = calloc((size_t)self->world->ops->node_count(self) + 1, sizeof *system->timers);
  if (!system->timers)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the servers of the file system");
  ftblab_status status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (!status && self->restarted) {
    self->world->ops->timer(self, system->detection, LOOK_FOR_GONE, 0);
    system->timers[self->node] = self->world->ops->timer(self, system->silence, LOOK_FOR_SILENT, self->node);
  }
  if (!status && ftblab_parameter_flag(self, "hints"))
    self->world->ops->timer(self, system->hint_period, HINT, 0);
  return status;
}

extern const ftblab_role_class ftblab_file_system_role;
const ftblab_role_class ftblab_file_system_role = {
    .role = "File System",
    .space = "ftb.filesystem.ftblab",
    .instance = "fs",
    .scope = FTBLAB_PER_CLUSTER,
    .serves_files = true,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_server = on_server,
    .on_disk = on_disk,
};
