/* interface_translation.c - node x to job z, and node x to interfaces p-q. See interface_translation.h.
 *
 * What a job is told again does it no harm, and what it was not told may be news to it: a failure or a return is
 * translated whatever was said before, only not twice for one event. A failure concerns the jobs that run on the node
 * then, and those that are launched there before it is over; its end concerns whoever was told of it, also a job that
 * has been suspended or has moved away since, and whoever runs there. */
#include "interface_translation.h"

#include <stdlib.h>

#include "role.h"

ftblab_status ftblab_interface_translation_init(ftblab_interface_translation *translation, ftblab_component *self,
                                                ftblab_error *err)
{
  ftblab_status status = ftblab_interface_set_init(&translation->set, self, err);
  if (status)
    return status;
  translation->failed = calloc((size_t)translation->set.total + 1, sizeof *translation->failed);
  if (!translation->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %d interfaces", translation->set.total);
  return FTBLAB_OK;
}

void ftblab_interface_translation_free(ftblab_interface_translation *translation)
{
  ftblab_interface_set_free(&translation->set);
  free(translation->failed);
  free(translation->told);
  *translation = (ftblab_interface_translation){0};
}

/* ---- who knows what ------------------------------------------------------------------------------------- */

static bool was_told(const ftblab_interface_translation *translation, int job, int place)
{
  for (size_t i = 0; i < translation->told_count; i++)
    if (translation->told[i].job == job && translation->told[i].place == place)
      return true;
  return false;
}

static void note_told(ftblab_interface_translation *translation, ftblab_component *self, int job, int place)
{
  if (was_told(translation, job, place))
    return;
  if (translation->told_count == translation->told_capacity) {
    size_t capacity = translation->told_capacity ? 2 * translation->told_capacity : 16;
    ftblab_told_failure *told = realloc(translation->told, capacity * sizeof *told);
    if (!told) {
      self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for the failure of an interface");
      return;
    }
    translation->told = told;
    translation->told_capacity = capacity;
  }
  translation->told[translation->told_count++] = (ftblab_told_failure){.job = job, .place = place};
}

/* JOB or PLACE below 0: any. */
static void forget_told(ftblab_interface_translation *translation, int job, int place)
{
  size_t kept = 0;
  for (size_t i = 0; i < translation->told_count; i++) {
    ftblab_told_failure told = translation->told[i];
    if ((job >= 0 && told.job != job) || (place >= 0 && told.place != place))
      translation->told[kept++] = told;
  }
  translation->told_count = kept;
}

static bool is_repeat(ftblab_interface_translation *translation, const ftblab_delivery *event)
{
  bool repeat = event->id && event->id == translation->last;
  translation->last = event->id;
  return repeat;
}

/* JOB runs on NODE, and is SELF's business: mpirun knows one job only. */
static bool runs_on(const ftblab_component *self, const ftblab_job *job, int node)
{
  bool own = !self->job || self->job->index == job->index;
  return own && job->state == FTBLAB_JOB_RUNNING && ftblab_job_has_node(job, node);
}

/* Its MPI is there, also while it is suspended. */
static bool lives(const ftblab_job *job)
{
  return job->state == FTBLAB_JOB_RUNNING || job->state == FTBLAB_JOB_SUSPENDED;
}

static bool concerns(const ftblab_interface_translation *translation, const ftblab_component *self,
                     const ftblab_job *job, ftblab_port port)
{
  return runs_on(self, job, port.node) || (lives(job) && was_told(translation, job->index, port.place));
}

static void note_translation(ftblab_interface_translation *translation, ftblab_component *self)
{
  const ftblab_interface_set *set = &translation->set;
  for (int i = 0; i < set->count; i++)
    for (int j = 0; j < self->world->ops->job_count(self); j++) {
      const ftblab_job *job = self->world->ops->job(self, j);
      bool is_first = i == 0 || set->ports[i].node != set->ports[i - 1].node;
      if (is_first && concerns(translation, self, job, set->ports[i]))
        self->world->ops->note(self, "Translate node %s to job %s", ftblab_port_node(self, set->ports[i]), job->name);
    }
}

static void tell_job(ftblab_component *self, const ftblab_job *job, ftblab_port port, bool failed, uint64_t cause)
{
  self->world->ops->note_throw(self, "Notify MPI of %s interface %s", failed ? "failed" : "restored/new",
                               ftblab_port_name(self, port));
  ftblab_ports_publish(self, failed ? "FAILED_MPI_PHYSICAL_INTERFACE" : "RESTORED_MPI_PHYSICAL_INTERFACE", port, 1, job,
                       cause);
}

static void remember(ftblab_interface_translation *translation, ftblab_port port, bool failed, uint64_t cause)
{
  bool known = translation->failed[port.place] != 0;
  translation->failed_count += (failed ? 1 : 0) - (known ? 1 : 0);
  translation->failed[port.place] = failed ? cause : 0;
}

/* Tell each job that an interface of EVENT concerns. */
static void tell_jobs(ftblab_interface_translation *translation, ftblab_component *self, const ftblab_delivery *event,
                      bool failed)
{
  ftblab_interface_set *set = &translation->set;
  if (is_repeat(translation, event))
    return;
  ftblab_interface_set_read(set, self, event->payload);
  note_translation(translation, self);
  for (int i = 0; i < set->count; i++) {
    remember(translation, set->ports[i], failed, event->id);
    for (int j = 0; j < self->world->ops->job_count(self); j++) {
      const ftblab_job *job = self->world->ops->job(self, j);
      if (!concerns(translation, self, job, set->ports[i]))
        continue;
      tell_job(self, job, set->ports[i], failed, event->id);
      if (failed)
        note_told(translation, self, j, set->ports[i].place);
    }
    if (!failed)
      forget_told(translation, -1, set->ports[i].place);
  }
}

void ftblab_translate_failed(ftblab_interface_translation *translation, ftblab_component *self,
                             const ftblab_delivery *event)
{
  tell_jobs(translation, self, event, true);
}

void ftblab_translate_restored(ftblab_interface_translation *translation, ftblab_component *self,
                               const ftblab_delivery *event)
{
  tell_jobs(translation, self, event, false);
}

void ftblab_translate_start(ftblab_interface_translation *translation, ftblab_component *self, const ftblab_job *job)
{
  for (int i = 0; i < job->node_count && translation->failed_count > 0; i++)
    for (int j = 0; j < self->world->ops->interface_count(self, job->nodes[i]); j++) {
      ftblab_port port = ftblab_port_of(&translation->set, job->nodes[i], j);
      if (!translation->failed[port.place] || was_told(translation, job->index, port.place))
        continue;
      tell_job(self, job, port, true, translation->failed[port.place]);
      note_told(translation, self, job->index, port.place);
    }
}

void ftblab_translate_end(ftblab_interface_translation *translation, int job)
{
  forget_told(translation, job, -1);
}

/* "Translate node n2 to interfaces ib0, eth0" */
static void note_interfaces(ftblab_component *self, int node, int count)
{
  ftblab_text text = {0};
  for (int i = 0; i < count; i++)
    ftblab_text_addf(&text, "%s%s", i ? ", " : "", self->world->ops->interface_name(self, node, i));
  self->world->ops->note(self, "Translate node %s to interface%s %s", self->world->ops->node_name(self, node),
                         count == 1 ? "" : "s", ftblab_text_string(&text));
  ftblab_text_free(&text);
}

void ftblab_translate_corruption(ftblab_interface_translation *translation, ftblab_component *self,
                                 const ftblab_delivery *event)
{
  ftblab_interface_set *set = &translation->set;
  if (is_repeat(translation, event) || (self->job && !ftblab_payload_names(event->payload, "jobs", self->job->name)))
    return;
  ftblab_node_set_read(&set->named, self, event->payload);
  for (int i = 0; i < set->named.count; i++)
    note_interfaces(self, set->named.nodes[i], self->world->ops->interface_count(self, set->named.nodes[i]));
  for (int i = 0; i < set->named.count; i++) {
    int node = set->named.nodes[i], count = self->world->ops->interface_count(self, node);
    if (count == 0)
      continue;
    self->world->ops->note_throw(self, "Ask script to check interfaces for suspected failure");
    ftblab_ports_publish(self, "CHECK_INTERFACE", ftblab_port_of(set, node, 0), count, NULL, event->id);
  }
}
