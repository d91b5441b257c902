/* precision.c - see precision.h. An event that does not say how many digits are lost is taken note of, no more. */
#include "precision.h"

#include <stdlib.h>
#include <string.h>

#include "node_set.h"

/* The digits that PAYLOAD says are lost; below 0: it does not say. */
static double lost_digits(const ftblab_payload *payload)
{
  const ftblab_pair *pair = ftblab_payload_find(payload, "digits");
  char text[32], *end;
  if (!pair || pair->item_count != 1 || payload->items[pair->first_item].word.length >= sizeof text)
    return -1;
  ftblab_slice word = payload->items[pair->first_item].word;
  memcpy(text, word.data, word.length);
  text[word.length] = '\0';
  double digits = strtod(text, &end);
  return end == text || *end != '\0' ? -1 : digits;
}

/* The job that PAYLOAD names; NULL: none that is known. */
static const ftblab_job *job_of(ftblab_component *self, const ftblab_payload *payload)
{
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (ftblab_payload_names(payload, "jobs", job->name))
      return job;
  }
  return NULL;
}

void ftblab_judge_precision(ftblab_component *self, const ftblab_delivery *event)
{
  double digits = lost_digits(event->payload), tolerated = ftblab_parameter(self, "tolerated_digits");
  const ftblab_job *job = job_of(self, event->payload);
  if (!job || digits < 0)
    return;
  self->world->ops->note(self, "%.3g digits lost, %.3g tolerated: the precision is %s", digits, tolerated,
                         digits > tolerated ? "too bad" : "good enough");
  if (digits <= tolerated)
    return;
  self->world->ops->note_throw(self, "Restart job %s from scratch", job->name);
  ftblab_announce_job(self, "RESTART_FROM_SCRATCH", job, event->id);
}
