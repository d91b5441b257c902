/* job_status.c - what the resource manager says of its jobs' states: answers to checks, creation, completion (sections
 * 2.1 and 2.5 of the standard). */
#include "resource_manager.h"

static const char *state_text(ftblab_job_state state)
{
  static const char *const texts[] = {[FTBLAB_JOB_QUEUED] = "waits in the queue",
                                      [FTBLAB_JOB_RUNNING] = "is running",
                                      [FTBLAB_JOB_COMPLETED] = "has completed",
                                      [FTBLAB_JOB_ABORTED] = "was aborted",
                                      [FTBLAB_JOB_SUSPENDED] = "is suspended"};
  return texts[state];
}

/* Dead is what has ended and does not come again. What waits or is suspended is not dead, and the standard has no third
 * answer. */
static bool is_dead(const ftblab_job *job)
{
  return job->state == FTBLAB_JOB_COMPLETED || (job->state == FTBLAB_JOB_ABORTED && !job->requeue);
}

/* One event for each job: what is said of one need not wait for another. */
static void on_check(ftblab_component *self, const ftblab_delivery *event)
{
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (!ftblab_payload_names(event->payload, "jobs", job->name))
      continue;
    self->world->ops->note_throw(self, "Job %s %s", job->name, state_text(job->state));
    ftblab_announce_job(self, is_dead(job) ? "CONFIRM_JOBS_DEAD" : "CONFIRM_JOBS_RUNNING", job, event->id);
  }
}

const ftblab_interest ftblab_status_interests[] = {{"CHECK_JOBS_DEAD", {"jobs"}, on_check}};
const size_t ftblab_status_interest_count = FTBLAB_COUNT(ftblab_status_interests);

static void announce(ftblab_component *self, const char *event, const ftblab_job *job, const char *what)
{
  const ftblab_manager *manager = self->state;
  if (!manager->announce_jobs)
    return;
  self->world->ops->note_throw(self, "Job %s %s", job->name, what);
  ftblab_announce_job(self, event, job, 0);
}

void ftblab_announce_created(ftblab_component *self, const ftblab_job *job)
{
  announce(self, "RM_JOBS_CREATED", job, "is launched");
}

void ftblab_announce_completed(ftblab_component *self, const ftblab_job *job)
{
  if (job->state == FTBLAB_JOB_COMPLETED)
    announce(self, "RM_JOBS_COMPLETED", job, "has completed");
}
