/* manager_restart.c - what a resource manager does when it does not know how a node is, above all when it is started
 * again and knows nothing.
 *
 * Jobs it finds in its state file, as a real one does (Slurm: StateSaveLocation of slurm.conf): who runs where, who is
 * suspended, who waits, who wants which node back. What happened to nodes meanwhile nobody tells it, for events that
 * were missed do not come again. So it asks each node for a sign of life and uses none before it has answered (Slurm:
 * nodes are UNKNOWN until slurmd registers). One that is silent may just be on its way to be confirmed dead by others,
 * as may one that is suspect: if nobody says anything within confirm_wait it is asked (once more), and if it is silent
 * it counts as dead and its jobs are told. A node that a job goes on without was dead before: it stays so until its
 * return is announced, or somebody returns it by hand. */
#include "resource_manager.h"

/* ---- jobs ----------------------------------------------------------------------------------------------- */

static bool waits(const ftblab_manager *manager, const ftblab_job *job)
{
  return (job->state == FTBLAB_JOB_QUEUED && job->submitted) || (job->state == FTBLAB_JOB_ABORTED && job->requeue) ||
         (job->state == FTBLAB_JOB_SUSPENDED && manager->checkpoint);
}

void ftblab_relearn_jobs(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    for (int j = 0; job->state == FTBLAB_JOB_RUNNING && j < job->node_count; j++)
      ftblab_resource_pool_hold(&manager->pool, self, i, job->nodes[j]);
    if (!self->job && waits(manager, job)) /* a suspended job of mpirun its user resumes */
      ftblab_let_wait(self, i);
  }
  if (manager->pool.queued > 0) /* nothing may be thrown before everything is registered */
    self->world->ops->timer(self, 0, FTBLAB_TIMER_SCHEDULE, 0);
}

/* ---- nodes ---------------------------------------------------------------------------------------------- */

/* Does JOB go on without the ranks that it had on NODE? */
static bool has_holes(ftblab_component *self, const ftblab_job *job, int node)
{
  for (int64_t rank = 0; job->state == FTBLAB_JOB_RUNNING && rank < job->nodes_wanted * job->ranks_per_node; rank++)
    if (self->world->ops->job_rank_is_hole(self, job->index, rank) &&
        self->world->ops->job_node_of_rank(self, job->index, rank) == node)
      return true;
  return false;
}

/* Of the nodes that JOB holds: those that it goes on without, or has replaced, are dead. One that it wants back though
 * it runs there is one that it was leaving, because it was expected to fail. */
static void find_held(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  for (int i = 0; i < holding->count; i++) {
    int node = holding->nodes[i];
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    bool wanted = self->world->ops->job_wants_back(self, job, node);
    if (has_holes(self, self->world->ops->job(self, job), node) ||
        (wanted && self->world->ops->job_ranks_on(self, job, node, NULL) == 0)) {
      managed->dead = managed->died_in_use = true;
      ftblab_add_loss(self, job, node);
    } else if (wanted) {
      managed->predicted = true;
    }
  }
}

/* The nodes that JOB has left, because they were expected to fail, and wants back. */
static void find_left(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  for (int node = 0; node < self->world->ops->node_count(self); node++) {
    if (!self->world->ops->job_wants_back(self, job, node) || ftblab_resource_pool_holds(&manager->pool, job, node))
      continue;
    manager->pool.nodes[node].known = manager->pool.nodes[node].predicted = true;
    ftblab_add_loss(self, job, node);
  }
}

void ftblab_relearn_nodes(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  for (int i = ftblab_first_job(self); manager->aware && i < ftblab_end_of_jobs(self); i++) {
    find_held(self, i);
    find_left(self, i);
  }
  for (int node = 0; node < self->world->ops->node_count(self); node++) {
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    bool given_up = managed->dead || (managed->predicted && managed->users == 0);
    if (!managed->known || given_up || !self->world->ops->node_is_compute(self, node))
      continue;
    managed->suspect = managed->unknown = true;
    self->world->ops->probe(self, node, manager->probe_timeout);
  }
}

static void ask_later(ftblab_component *self, int node)
{
  ftblab_manager *manager = self->state;
  manager->pool.nodes[node].silent = true;
  manager->pool.nodes[node].timer = self->world->ops->timer(self, manager->confirm_wait, FTBLAB_TIMER_RELEARN, node);
}

void ftblab_await_word(ftblab_component *self, int node)
{
  ftblab_manager *manager = self->state;
  if (manager->pool.nodes[node].unknown)
    return;
  manager->pool.nodes[node].unknown = true;
  ask_later(self, node);
}

void ftblab_end_waiting(ftblab_component *self, int node)
{
  ftblab_manager *manager = self->state;
  ftblab_managed_node *managed = &manager->pool.nodes[node];
  self->world->ops->cancel(self, managed->timer);
  managed->timer = 0;
  managed->unknown = managed->silent = false;
}

bool ftblab_has_come_back(ftblab_component *self, int node)
{
  const ftblab_manager *manager = self->state;
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++)
    if (self->world->ops->job(self, i)->state == FTBLAB_JOB_RUNNING &&
        ftblab_resource_pool_holds(&manager->pool, i, node) &&
        self->world->ops->job_ranks_on(self, i, node, NULL) > 0 && !self->world->ops->job_is_on(self, i, node))
      return true;
  return false;
}

/* Nobody has said so, or it got lost, or it was said while nobody listened. */
static void conclude_dead(ftblab_component *self, int node, const char *why)
{
  ftblab_manager *manager = self->state;
  self->world->ops->admin(self, "node %s %s, nobody says why, and it counts as dead",
                          self->world->ops->node_name(self, node), why);
  ftblab_node_set_clear(&manager->named);
  ftblab_node_set_add(&manager->named, node);
  ftblab_bury(self, 0);
}

void ftblab_relearn_answer(ftblab_component *self, int node, bool answered)
{
  ftblab_manager *manager = self->state;
  ftblab_managed_node *managed = &manager->pool.nodes[node];
  if (!managed->unknown) /* others have said meanwhile how it is */
    return;
  if (answered && ftblab_has_come_back(self, node)) {
    conclude_dead(self, node, "has lost the processes of its jobs");
  } else if (answered) {
    managed->suspect = false;
    ftblab_end_waiting(self, node);
    ftblab_resource_pool_schedule(&manager->pool, self);
  } else if (managed->silent) {
    conclude_dead(self, node, "does not answer");
  } else {
    ask_later(self, node);
  }
}

void ftblab_relearn_again(ftblab_component *self, int node)
{
  ftblab_manager *manager = self->state;
  manager->pool.nodes[node].timer = 0;
  if (manager->pool.nodes[node].unknown)
    self->world->ops->probe(self, node, manager->probe_timeout);
}
