/* interface_translation.c - node x to job z, and node x to interfaces p-q. See interface_translation.h.
 *
 * What a job is told again does it no harm, and what it was not told may be news to it: a failure or a return is
 * translated whatever was said before, only not twice for one event. An interface of a node without a job concerns
 * nobody: a job that is launched there later begins with the interfaces that work. */
#include "interface_translation.h"

ftblab_status ftblab_interface_translation_init(ftblab_interface_translation *translation, ftblab_component *self,
                                                ftblab_error *err)
{
  return ftblab_interface_set_init(&translation->set, self, err);
}

void ftblab_interface_translation_free(ftblab_interface_translation *translation)
{
  ftblab_interface_set_free(&translation->set);
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
  if (self->job && self->job->index != job->index)
    return false;
  for (int i = 0; i < job->node_count; i++)
    if (job->nodes[i] == node)
      return job->state == FTBLAB_JOB_RUNNING;
  return false;
}

static void note_translation(ftblab_component *self, const ftblab_interface_set *set)
{
  for (int i = 0; i < set->count; i++)
    for (int j = 0; j < self->world->ops->job_count(self); j++) {
      const ftblab_job *job = self->world->ops->job(self, j);
      bool is_first = i == 0 || set->ports[i].node != set->ports[i - 1].node;
      if (is_first && runs_on(self, job, set->ports[i].node))
        self->world->ops->note(self, "Translate node %s to job %s", ftblab_port_node(self, set->ports[i]), job->name);
    }
}

/* Throw EVENT for each interface and each job on its node. */
static void tell_jobs(ftblab_interface_translation *translation, ftblab_component *self, const ftblab_delivery *event,
                      const char *answer, const char *word)
{
  ftblab_interface_set *set = &translation->set;
  if (is_repeat(translation, event))
    return;
  ftblab_interface_set_read(set, self, event->payload);
  note_translation(self, set);
  for (int i = 0; i < set->count; i++)
    for (int j = 0; j < self->world->ops->job_count(self); j++) {
      const ftblab_job *job = self->world->ops->job(self, j);
      if (!runs_on(self, job, set->ports[i].node))
        continue;
      self->world->ops->note_throw(self, "Notify MPI of %s interface %s", word, ftblab_port_name(self, set->ports[i]));
      ftblab_ports_publish(self, answer, set->ports[i], 1, job, event->id);
    }
}

void ftblab_translate_failed(ftblab_interface_translation *translation, ftblab_component *self,
                             const ftblab_delivery *event)
{
  tell_jobs(translation, self, event, "FAILED_MPI_PHYSICAL_INTERFACE", "failed");
}

void ftblab_translate_restored(ftblab_interface_translation *translation, ftblab_component *self,
                               const ftblab_delivery *event)
{
  tell_jobs(translation, self, event, "RESTORED_MPI_PHYSICAL_INTERFACE", "restored/new");
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
