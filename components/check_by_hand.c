/* check_by_hand.c - checks of jobs and ranks that somebody asks for, and who hears the answers (section 2.1 of the
 * standard). For the Monitoring System and the Application, which may throw them. */
#include <stdlib.h>
#include <string.h>

#include "role.h"

static void check_ranks(ftblab_component *self, int node, int job)
{
  const ftblab_world_ops *world = self->world->ops;
  const ftblab_job *checked = world->job(self, job);
  int total = checked->nodes_wanted * checked->ranks_per_node, count = total;
  int64_t *ranks = calloc((size_t)total + 1, sizeof *ranks);
  if (!ranks) {
    world->fail(self, FTBLAB_ENOMEM, "no memory for the ranks of a job");
    return;
  }
  for (int i = 0; i < total; i++)
    ranks[i] = i;
  if (node >= 0)
    count = world->job_ranks_on(self, job, node, ranks);
  const ftblab_rank_announcement check = {
      .event = "CHECK_RANKS_DEAD", .head = "", .before = "Suspect problem with ", .after = ""};
  ftblab_announce_ranks(self, &check, ranks, count);
  free(ranks);
}

void ftblab_check_by_hand(ftblab_component *self, const char *action, int node, int job)
{
  const ftblab_world_ops *world = self->world->ops;
  if (self->job && job < 0)
    job = self->job->index;
  if (job < 0 || job >= world->job_count(self) || (self->job && job != self->job->index))
    return;
  if (strcmp(action, "check-jobs") == 0) {
    world->note_throw(self, "Suspect problem with job %s", world->job(self, job)->name);
    ftblab_announce_job(self, "CHECK_JOBS_DEAD", world->job(self, job), 0);
  } else if (strcmp(action, "check-ranks") == 0) {
    check_ranks(self, node, job);
  }
}

static const ftblab_interest answers[] = {
    {"CONFIRM_JOBS_DEAD", {"jobs"}, NULL},
    {"CONFIRM_JOBS_RUNNING", {"jobs"}, NULL},
    {"CONFIRM_RANKS_DEAD", {"ranks"}, NULL},
    {"CONFIRM_RANKS_ALIVE", {"ranks"}, NULL},
    {"CONFIRM_NODE_MIGRATE", {"snode", "dnode"}, NULL},
    {"CONFIRM_JOBS_SUSPEND", {"jobs"}, NULL},
    {"CONFIRM_JOBS_RESUME", {"jobs"}, NULL},
};

ftblab_status ftblab_register_answers(ftblab_component *self, ftblab_error *err)
{
  return ftblab_parameter_flag(self, "commands") ? ftblab_register(self, answers, FTBLAB_COUNT(answers), err)
                                                 : FTBLAB_OK;
}
