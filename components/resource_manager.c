/* resource_manager.c - resource manager and job scheduler: which nodes may be used, and which jobs a node's death hits.
 *
 * A lost node of a job that goes on stays the job's: when restored it returns to that job, not to the pool.
 *
 * A manager of one job (mpirun) has nobody who returns nodes to it: a node that died, or that its job has left, is used
 * again when it was both announced to be back and returned by the administrator's hand, in either order.
 *
 * The code never says which role it plays: the role classes at the end do. Whoever plays RM/JS adds a class there. */
#include <stdlib.h>
#include <string.h>

#include "recovery_offers.h"
#include "resource_manager.h"

/* What the tables of B.1 and B.2 word differently. */
typedef struct wording {
  const char *pool;      /* that a dead node is removed from */
  const char *stored;    /* behind a translation */
  const char *looked_up; /* behind a return to the job */
} wording;

static const wording of_cluster = {" from resource pool", "", ""};
static const wording of_job = {" from internal resource pool", " (value stored internally)",
                               " (MPI looks up new resources)"};

static const wording *words(const ftblab_component *self)
{
  return self->job ? &of_job : &of_cluster;
}

int ftblab_first_job(const ftblab_component *self)
{
  return self->job ? self->job->index : 0;
}

int ftblab_end_of_jobs(const ftblab_component *self)
{
  const ftblab_manager *manager = self->state;
  return self->job ? self->job->index + 1 : manager->pool.job_count;
}

static void stop(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  for (int i = 0; manager->jobs && i < manager->pool.job_count; i++)
    ftblab_text_free(&manager->jobs[i].command);
  ftblab_resource_pool_free(&manager->pool);
  ftblab_interface_translation_free(&manager->interfaces);
  free(manager->losses);
  free(manager->jobs);
  ftblab_node_set_free(&manager->named);
  ftblab_node_set_free(&manager->part);
  ftblab_node_set_free(&manager->waiting);
  *manager = (ftblab_manager){0};
}

/* ---- jobs come and go ----------------------------------------------------------------------------------- */

static void on_submit(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  ftblab_let_wait(self, job->index);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

void ftblab_add_loss(ftblab_component *self, int job, int node)
{
  ftblab_manager *manager = self->state;
  for (size_t i = 0; i < manager->loss_count; i++)
    if (manager->losses[i].job == job && manager->losses[i].node == node)
      return;
  if (manager->loss_count == manager->loss_capacity) {
    size_t capacity = manager->loss_capacity ? 2 * manager->loss_capacity : 16;
    ftblab_loss *losses = realloc(manager->losses, capacity * sizeof *losses);
    if (!losses) {
      self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a lost node");
      return;
    }
    manager->losses = losses;
    manager->loss_capacity = capacity;
  }
  manager->losses[manager->loss_count++] = (ftblab_loss){.job = job, .node = node};
  self->world->ops->job_want_back(self, job, node, true);
}

void ftblab_forget_losses(ftblab_component *self, int job, int node)
{
  ftblab_manager *manager = self->state;
  size_t kept = 0;
  for (size_t i = 0; i < manager->loss_count; i++) {
    ftblab_loss lost = manager->losses[i];
    if ((job != FTBLAB_ANY && job != lost.job) || (node != FTBLAB_ANY && node != lost.node))
      manager->losses[kept++] = lost;
    else
      self->world->ops->job_want_back(self, lost.job, lost.node, false);
  }
  manager->loss_count = kept;
  if (job != FTBLAB_ANY && node == FTBLAB_ANY)
    self->world->ops->job_want_back(self, job, FTBLAB_ANY, false); /* also what a predecessor has written */
}

/* A manager that hears of no deaths looks itself at the nodes of a job that did not complete. */
static void probe_nodes_of(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  for (int i = 0; i < holding->count; i++) {
    ftblab_managed_node *managed = &manager->pool.nodes[holding->nodes[i]];
    if (managed->suspect || managed->dead)
      continue;
    managed->suspect = true;
    self->world->ops->probe(self, holding->nodes[i], manager->probe_timeout);
  }
}

static void on_job_end(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  ftblab_forget_losses(self, job->index, FTBLAB_ANY);
  ftblab_translate_end(&manager->interfaces, job->index);
  ftblab_end_operation(self, job->index);
  ftblab_text_clear(&manager->jobs[job->index].command);
  self->world->ops->cancel(self, manager->jobs[job->index].kill_timer);
  manager->jobs[job->index].kill_timer = 0;
  if (!manager->aware && job->state == FTBLAB_JOB_ABORTED)
    probe_nodes_of(self, job->index);
  ftblab_resource_pool_release(&manager->pool, job->index);
  ftblab_announce_completed(self, job);
  bool comes_back = ftblab_recovery_job_ended(self, job->index);
  if (job->state == FTBLAB_JOB_ABORTED && (job->requeue || comes_back))
    ftblab_let_wait(self, job->index);
  else
    ftblab_resource_pool_unqueue(&manager->pool, job->index);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

static void on_probe(ftblab_component *self, int node, bool answered)
{
  ftblab_manager *manager = self->state;
  if (manager->aware) {
    ftblab_relearn_answer(self, node, answered);
    return;
  }
  manager->pool.nodes[node].suspect = manager->pool.nodes[node].unknown = false;
  manager->pool.nodes[node].dead = !answered;
  if (answered)
    ftblab_resource_pool_schedule(&manager->pool, self);
  else
    self->world->ops->admin(self, "node %s does not answer and is out of use until it is returned by hand",
                            self->world->ops->node_name(self, node));
}

/* ---- suspicion ------------------------------------------------------------------------------------------ */

/* The nodes of EVENT that SELF manages, in manager->named. */
static void read_nodes(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set_read(&manager->named, self, event->payload);
  for (int i = manager->named.count - 1; i >= 0; i--) /* backwards: removing moves the last member */
    if (!manager->pool.nodes[manager->named.nodes[i]].known)
      ftblab_node_set_remove(&manager->named, manager->named.nodes[i]);
}

/* 2(a): the tables word it by whether a job runs there. */
static void on_check(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  read_nodes(self, event);
  ftblab_node_set_clear(&manager->part);
  for (int i = manager->named.count - 1; i >= 0; i--) {
    int node = manager->named.nodes[i];
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    if (managed->users > 0 && !managed->dead)
      ftblab_node_set_add(&manager->part, node);
    if (managed->users > 0 || managed->dead)
      ftblab_node_set_remove(&manager->named, node);
    managed->suspect = !managed->dead;
    if (managed->suspect)
      ftblab_await_word(self, node);
  }
  ftblab_note_nodes(self, "Suspend scheduling on ", &manager->named, " (suspect failure)");
  ftblab_note_nodes(self, "Mark ", &manager->part, " as (suspect failure)");
}

/* ---- death ---------------------------------------------------------------------------------------------- */

/* Leave in manager->part the nodes of manager->named that JOB holds; a job that goes on will want them back. */
static void find_losses(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job->index];
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; i < holding->count; i++)
    if (ftblab_node_set_has(&manager->named, holding->nodes[i]))
      ftblab_node_set_add(&manager->part, holding->nodes[i]);
  for (int i = 0; i < manager->part.count && job->policy == FTBLAB_POLICY_CONTINUE; i++)
    ftblab_add_loss(self, job->index, manager->part.nodes[i]);
}

/* "Translates ..." and the event: rows 5 and 11 for manager->part. */
static void translate(ftblab_component *self, const char *event, const ftblab_job *job, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  ftblab_text translation = {0};
  ftblab_text_addf(&translation, " to job %s%s", job->name, words(self)->stored);
  const ftblab_announcement announcement = {.event = event,
                                            .before = "Translates ",
                                            .job = job,
                                            .in_response_to = cause,
                                            .after = ftblab_text_string(&translation)};
  ftblab_announce_nodes(self, &announcement, &manager->part);
  ftblab_text_free(&translation);
}

/* Nodes that JOB holds, sound and without ranks: it has spares of its own. */
static int free_nodes_of(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  int count = 0;
  for (int i = 0; i < holding->count; i++)
    count += ftblab_resource_pool_is_sound(&manager->pool, holding->nodes[i]) &&
             self->world->ops->job_ranks_on(self, job, holding->nodes[i], NULL) == 0;
  return count;
}

/* JOB wants to spawn the ranks of manager->part at once: for each node another one, as far as there are any. */
static void replace(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  int wanted = -free_nodes_of(self, job->index);
  for (int i = 0; i < manager->part.count; i++)
    wanted += self->world->ops->job_ranks_on(self, job->index, manager->part.nodes[i], NULL) > 0;
  for (; wanted > 0; wanted--) {
    int spare = ftblab_resource_pool_spare(&manager->pool, self, FTBLAB_ANY);
    if (spare < 0) {
      self->world->ops->admin(self, "no spare node for the lost ranks of job %s", job->name);
      return;
    }
    ftblab_resource_pool_hold(&manager->pool, self, job->index, spare);
    self->world->ops->job_grant(self, job->index, &spare, 1);
  }
}

/* A dead node of manager->part that JOB had as a spare, or has left, is taken back. Nothing of the job ran
 * there: there is nothing to translate it to, and MPI would have no rank to declare dead. */
static void take_spares_back(ftblab_component *self, const ftblab_job *job)
{
  ftblab_manager *manager = self->state;
  for (int i = manager->part.count - 1; i >= 0; i--) { /* backwards: removing moves the last member */
    int node = manager->part.nodes[i];
    if (self->world->ops->job_ranks_on(self, job->index, node, NULL) > 0)
      continue;
    ftblab_forget_losses(self, job->index, node);
    ftblab_resource_pool_drop(&manager->pool, job->index, node);
    self->world->ops->job_release(self, job->index, node);
    ftblab_node_set_remove(&manager->part, node);
  }
}

/* Row 5: translate the nodes of manager->named to JOB, and tell its MPI. */
static void tell_of_death(ftblab_component *self, const ftblab_job *job, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job->index];
  find_losses(self, job);
  take_spares_back(self, job);
  if (manager->part.count == 0)
    return;
  if (job->respawn == FTBLAB_RESPAWN_ON_SPARES)
    replace(self, job);
  translate(self, "RM_JOBS_DEAD", job, cause);
  if (job->policy == FTBLAB_POLICY_ABORT && !control->kill_timer)
    control->kill_timer = self->world->ops->timer(self, manager->kill_wait, FTBLAB_TIMER_KILL, job->index);
}

void ftblab_bury(ftblab_component *self, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  for (int i = 0; i < manager->named.count; i++) {
    ftblab_managed_node *managed = &manager->pool.nodes[manager->named.nodes[i]];
    ftblab_end_waiting(self, manager->named.nodes[i]);
    *managed =
        (ftblab_managed_node){.known = true, .dead = true, .died_in_use = managed->users > 0, .users = managed->users};
  }
  ftblab_control_deaths(self);
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (job->state == FTBLAB_JOB_RUNNING)
      tell_of_death(self, job, cause);
  }
  ftblab_resource_pool_schedule(&manager->pool, self);
}

/* 4(a) */
static void on_dead(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  read_nodes(self, event);
  for (int i = manager->named.count - 1; i >= 0; i--) {
    int node = manager->named.nodes[i];
    const ftblab_managed_node *managed = &manager->pool.nodes[node];
    bool known_dead = managed->dead && !managed->restored; /* a restored one died again before it was returned */
    if (known_dead || !self->world->ops->node_is_compute(self, node))
      ftblab_node_set_remove(&manager->named, node);
  }
  ftblab_note_nodes(self, "Remove ", &manager->named, words(self)->pool);
  if (manager->named.count > 0)
    ftblab_bury(self, event->id);
}

static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  ftblab_manager *manager = self->state;
  if (tag == FTBLAB_TIMER_SAVED) {
    ftblab_recovery_overdue(self, (int)value);
    return;
  }
  if (tag != FTBLAB_TIMER_KILL) {
    ftblab_control_timer(self, tag, (int)value);
    return;
  }
  /* An MPI that was to abort its job has not done so. */
  manager->jobs[value].kill_timer = 0;
  self->world->ops->job_abort(self, (int)value, "a node died and MPI did not end the job");
}

/* Is PEER, "mpi-j1" or of a later launch "mpi-j1.2", a component of JOB? */
static bool belongs_to(const char *peer, const ftblab_job *job)
{
  size_t length = strlen(job->name);
  for (const char *name = strchr(peer, '-'); name; name = strchr(name + 1, '-'))
    if (strncmp(name + 1, job->name, length) == 0 && (name[1 + length] == '\0' || name[1 + length] == '.'))
      return true;
  return false;
}

/* Nobody is left to do what is asked: the MPI of a job, to which alone these events are of use, died with its node. */
static void on_undelivered(ftblab_component *self, const char *event, const char *peer)
{
  static const char *const to_mpi[] = {"RM_JOBS_DEAD", "DO_JOBS_SUSPEND", "DO_JOBS_RESUME", "RM_JOBS_MIGRATE"};
  bool concerns_mpi = false;
  for (size_t i = 0; i < FTBLAB_COUNT(to_mpi); i++)
    concerns_mpi = concerns_mpi || strcmp(event, to_mpi[i]) == 0;
  for (int i = ftblab_first_job(self); concerns_mpi && i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (belongs_to(peer, job) && job->state == FTBLAB_JOB_SUSPENDED)
      ftblab_control_unreachable(self, i);
    if (belongs_to(peer, job) && job->state == FTBLAB_JOB_RUNNING) {
      self->world->ops->job_abort(self, i, "its MPI runtime is gone");
      return; /* a manager of that job alone has ended too */
    }
  }
}

/* ---- restoration ---------------------------------------------------------------------------------------- */

typedef enum destination { POOL, UNALLOCATED_POOL, POOL_OF_JOB } destination;

static bool has_lost(const ftblab_manager *manager, int job, int node)
{
  for (size_t i = 0; i < manager->loss_count; i++)
    if ((job == FTBLAB_ANY || job == manager->losses[i].job) && manager->losses[i].node == node)
      return true;
  return false;
}

/* B.1.1 row 6(a), B.1.2 row 8(a) and B.1.3 row 10(a) word it differently. */
static destination destination_of(const ftblab_manager *manager, int node)
{
  if (has_lost(manager, FTBLAB_ANY, node))
    return POOL_OF_JOB;
  return manager->pool.nodes[node].died_in_use ? UNALLOCATED_POOL : POOL;
}

static void note_pool(ftblab_component *self, destination pool, const char *text)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; i < manager->named.count; i++)
    if (destination_of(manager, manager->named.nodes[i]) == pool)
      ftblab_node_set_add(&manager->part, manager->named.nodes[i]);
  ftblab_note_nodes(self, "Return ", &manager->part, text);
}

/* Leave in manager->part the nodes of SET that JOB lost. */
static void find_returned(ftblab_manager *manager, const ftblab_node_set *set, const ftblab_job *job)
{
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; i < set->count; i++)
    if (has_lost(manager, job->index, set->nodes[i]))
      ftblab_node_set_add(&manager->part, set->nodes[i]);
}

static void note_pool_of_job(ftblab_component *self, const ftblab_node_set *set, const ftblab_job *job,
                             const char *when)
{
  ftblab_manager *manager = self->state;
  ftblab_text text = {0};
  ftblab_text_addf(&text, " to resource pool for job %s%s%s", job->name, words(self)->looked_up, when);
  find_returned(manager, set, job);
  ftblab_note_nodes(self, "Return ", &manager->part, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* Row 11; of B.3.3, where the job does not hold the node any more, row 9. */
static void tell_of_return(ftblab_component *self, const ftblab_job *job, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  find_returned(manager, &manager->named, job);
  for (int i = 0; i < manager->part.count; i++) {
    int node = manager->part.nodes[i];
    if (ftblab_resource_pool_holds(&manager->pool, job->index, node))
      continue;
    ftblab_resource_pool_hold(&manager->pool, self, job->index, node);
    self->world->ops->job_grant(self, job->index, &node, 1);
  }
  translate(self, "RM_JOBS_RUNNING", job, cause);
}

/* A node of mpirun that is not its job's any more, or was dead, comes back by hand only. */
static bool waits_for_hand(const ftblab_component *self, int node)
{
  const ftblab_manager *manager = self->state;
  const ftblab_managed_node *managed = &manager->pool.nodes[node];
  return self->job && !managed->by_hand &&
         (managed->dead || !ftblab_resource_pool_holds(&manager->pool, self->job->index, node));
}

/* Every node of manager->named that was only suspect may be scheduled again; leave there those that return to use. */
static void lift(ftblab_component *self, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set_clear(&manager->part);
  ftblab_node_set_clear(&manager->waiting);
  for (int i = manager->named.count - 1; i >= 0; i--) {
    int node = manager->named.nodes[i];
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    bool was_suspect = managed->suspect;
    managed->suspect = false;
    ftblab_end_waiting(self, node);
    if (was_suspect)
      ftblab_node_set_add(&manager->part, node);
    if (was_suspect || (!managed->dead && !managed->predicted)) { /* that it lives answers no prediction */
      ftblab_node_set_remove(&manager->named, node);
    } else if (waits_for_hand(self, node)) {
      managed->restored = true;
      managed->cause = cause;
      ftblab_node_set_add(&manager->waiting, node);
      ftblab_node_set_remove(&manager->named, node);
    } else {
      managed->dead = managed->predicted = managed->by_hand = managed->restored = false;
    }
  }
  ftblab_note_nodes(self, "Lift suspicion of ", &manager->part, "");
}

void ftblab_give_back(ftblab_component *self, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  for (int i = ftblab_first_job(self); manager->loss_count && i < ftblab_end_of_jobs(self); i++)
    tell_of_return(self, self->world->ops->job(self, i), cause);
  for (int i = 0; i < manager->named.count; i++)
    ftblab_forget_losses(self, FTBLAB_ANY, manager->named.nodes[i]);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

/* Nodes of manager->named whose death was not heard, but which have come back without their jobs' processes, are dead
 * first: the jobs are told. */
static void bury_unnoticed(ftblab_component *self, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  for (int i = manager->named.count - 1; i >= 0; i--)
    if (manager->pool.nodes[manager->named.nodes[i]].dead || !ftblab_has_come_back(self, manager->named.nodes[i]))
      ftblab_node_set_remove(&manager->named, manager->named.nodes[i]);
  if (manager->named.count > 0)
    ftblab_bury(self, cause);
}

/* The notes of the catch come before all throws. */
static void on_alive(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  read_nodes(self, event);
  bury_unnoticed(self, event->id);
  read_nodes(self, event);
  lift(self, event->id);
  note_pool(self, POOL, " to resource pool");
  note_pool(self, UNALLOCATED_POOL, " to unallocated resource pool");
  for (int i = ftblab_first_job(self); manager->loss_count && i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    note_pool_of_job(self, &manager->named, job, "");
    note_pool_of_job(self, &manager->waiting, job, " once it is returned by hand");
  }
  ftblab_give_back(self, event->id);
}

/* "Sysadmin manually adds node". */
static void return_by_hand(ftblab_component *self, int node)
{
  ftblab_manager *manager = self->state;
  if (node < 0)
    return;
  ftblab_managed_node *managed = &manager->pool.nodes[node];
  managed->known = true;
  ftblab_node_set_clear(&manager->named);
  if (self->job && (managed->dead || managed->predicted) && !managed->restored) {
    managed->by_hand = true; /* until it is announced */
    return;
  }
  if (managed->dead || managed->predicted)
    ftblab_node_set_add(&manager->named, node);
  uint64_t cause = managed->restored ? managed->cause : 0;
  managed->dead = managed->predicted = managed->restored = managed->by_hand = false;
  ftblab_give_back(self, cause);
}

static void on_action(ftblab_component *self, const char *action, int node, int job)
{
  if (self->job && job < 0)
    job = self->job->index;
  bool manages = job >= ftblab_first_job(self) && job < ftblab_end_of_jobs(self);
  if (strcmp(action, "return-node") == 0)
    return_by_hand(self, node);
  else if (strcmp(action, "suspend") == 0 && manages)
    ftblab_suspend_by_hand(self, job);
  else if (strcmp(action, "resume") == 0 && manages)
    ftblab_resume_by_hand(self, job);
}

/* The launcher of a job takes and leaves nodes by itself (mpirun_rsh of MVAPICH2), or its MPI does (E.1). Such a node
 * is a spare of theirs or no good any more: it is kept from other jobs until it is announced to be alive or returned by
 * hand. A death concerns the job only where it HAS ranks. */
static void on_job_node(ftblab_component *self, int job, int node, bool has)
{
  ftblab_manager *manager = self->state;
  if (job < ftblab_first_job(self) || job >= ftblab_end_of_jobs(self))
    return;
  bool held = ftblab_resource_pool_holds(&manager->pool, job, node);
  manager->pool.nodes[node].predicted = true;
  manager->pool.nodes[node].known = manager->pool.nodes[node].known || has; /* mpirun knows what its job runs on */
  if (has && !held)
    ftblab_resource_pool_hold(&manager->pool, self, job, node);
  else if (!has && held)
    ftblab_resource_pool_drop(&manager->pool, job, node);
}

/* ---- interfaces ----------------------------------------------------------------------------------------- */

/* B.5.1 row 2(a), B.5.2 row 6. */
static void on_failed_interface(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  ftblab_translate_failed(&manager->interfaces, self, event);
}

/* B.5.1 row 6(b), B.5.2 row 10(b). */
static void on_restored_interface(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  ftblab_translate_restored(&manager->interfaces, self, event);
}

/* B.5.2 row 2. */
static void on_corruption(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  ftblab_translate_corruption(&manager->interfaces, self, event);
}

/* ---- boot ----------------------------------------------------------------------------------------------- */

static const ftblab_interest interests[] = {
    {"CHECK_NODES_DEAD", {"nodes"}, on_check},
    {"CONFIRM_NODES_DEAD", {"nodes"}, on_dead},
    {"RM_JOBS_DEAD", {"nodes", "jobs"}, NULL},
    {"CONFIRM_NODES_ALIVE", {"nodes"}, on_alive},
    {"RM_JOBS_RUNNING", {"nodes", "jobs"}, NULL},
    {"FAILED_PHYSICAL_INTERFACE", {"ifaces", "nodes"}, on_failed_interface},
    {"FAILED_MPI_PHYSICAL_INTERFACE", {"ifaces", "nodes", "jobs"}, NULL},
    {"RESTORED_PHYSICAL_INTERFACE", {"ifaces", "nodes"}, on_restored_interface},
    {"RESTORED_MPI_PHYSICAL_INTERFACE", {"ifaces", "nodes", "jobs"}, NULL},
    {"MPI_MESSAGE_CORRUPTION", {"nodes", "jobs"}, on_corruption},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
  ftblab_react(self, ftblab_control_interests, ftblab_control_interest_count, event);
  ftblab_react(self, ftblab_status_interests, ftblab_status_interest_count, event);
  ftblab_react(self, ftblab_do_interests, ftblab_do_interest_count, event);
  ftblab_react(self, ftblab_recovery_interests, ftblab_recovery_interest_count, event);
}

static ftblab_status register_all(ftblab_component *self, ftblab_error *err)
{
  const ftblab_manager *manager = self->state;
  size_t control = ftblab_control_interest_count - (self->job ? 1 : 0); /* the last one is not in table B.4 */
  ftblab_status status = FTBLAB_OK;
  if (manager->aware)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (!status && manager->checkpoint)
    status = ftblab_register(self, ftblab_control_interests, control, err);
  if (!status && manager->commands)
    status = ftblab_register(self, ftblab_status_interests, ftblab_status_interest_count, err);
  if (!status && manager->commands && manager->checkpoint)
    status = ftblab_register(self, ftblab_do_interests, ftblab_do_interest_count, err);
  if (!status && manager->arbitrates)
    status = ftblab_register(self, ftblab_recovery_interests, ftblab_recovery_interest_count, err);
  return status;
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set *sets[] = {&manager->named, &manager->part, &manager->waiting};
  ftblab_status status = ftblab_resource_pool_init(&manager->pool, self, err);
  manager->jobs = calloc((size_t)self->world->ops->job_count(self) + 1, sizeof *manager->jobs);
  if (!status && !manager->jobs)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory to manage %d jobs", self->world->ops->job_count(self));
  if (!status)
    status = ftblab_interface_translation_init(&manager->interfaces, self, err);
  for (size_t i = 0; i < FTBLAB_COUNT(sets) && !status; i++)
    status = ftblab_node_set_init(sets[i], self->world->ops->node_count(self), err);
  return status;
}

static ftblab_prediction_policy policy_named(const char *name)
{
  static const char *const names[] = {"ignore", "drain", "suspend", "migrate"};
  size_t i = 0;
  while (name && i + 1 < FTBLAB_COUNT(names) && strcmp(names[i], name) != 0) /* the schema has checked the name */
    i++;
  return (ftblab_prediction_policy)i;
}

/* Of the cluster's manager, which alone knows a queue. */
static void read_arbitration(ftblab_component *self)
{
  ftblab_manager *manager = self->state;
  manager->arbitrates = !self->job && ftblab_parameter_flag(self, "arbitrates");
  if (self->job)
    return;
  manager->saved_wait = ftblab_parameter(self, "saved_wait");
  manager->default_walltime = ftblab_parameter(self, "default_walltime");
  manager->repair_time = ftblab_parameter(self, "repair_time");
  manager->queue_weight = ftblab_parameter(self, "queue_weight");
}

static ftblab_status read_parameters(ftblab_component *self, ftblab_error *err)
{
  ftblab_manager *manager = self->state;
  manager->aware = self->job || ftblab_parameter_flag(self, "aware");
  manager->kill_wait = ftblab_parameter(self, "kill_wait");
  manager->answer_wait = ftblab_parameter(self, "answer_wait");
  manager->look_period = ftblab_parameter(self, "look_period");
  manager->gang_period = self->job ? 0 : ftblab_parameter(self, "gang_period");
  manager->probe_timeout = ftblab_parameter(self, "probe_timeout");
  manager->confirm_wait = ftblab_parameter(self, "confirm_wait");
  manager->on_prediction = policy_named(ftblab_parameter_word(self, "on_prediction"));
  manager->commands = ftblab_parameter_flag(self, "commands");
  manager->announce_jobs = ftblab_parameter_flag(self, "announce_jobs");
  manager->gives_back_migrated = self->job || ftblab_parameter_flag(self, "give_back_migrated");
  manager->predict_jobs = ftblab_parameter_flag(self, "predict_jobs");
  manager->checkpoint = ftblab_parameter_flag(self, "checkpoint") || manager->gang_period > 0 ||
                        manager->on_prediction != FTBLAB_PREDICTION_IGNORE ||
                        (manager->aware && ftblab_jobs_answer_predictions(self));
  manager->pool.shared_nodes =
      ftblab_parameter_flag(self, "shared_nodes") || ftblab_parameter_flag(self, "oversubscribe");
  manager->pool.wraps = self->job != NULL;
  read_arbitration(self);
  manager->pool.start = ftblab_start_job;
  if (!manager->aware && (manager->checkpoint || manager->commands || manager->announce_jobs || manager->arbitrates))
    return ftblab_fail(
        err, FTBLAB_EINPUT,
        "%s is not aware of the backplane (\"aware\": false), so it can neither suspend, resume, move nor "
        "announce jobs, nor answer commands and offers",
        self->class->role);
  return FTBLAB_OK;
}

/* Mpirun's host file: the nodes of its job and the spares. */
static ftblab_status know_nodes(ftblab_component *self, ftblab_error *err)
{
  ftblab_manager *manager = self->state;
  ftblab_status status = ftblab_check_spares(self, err);
  for (int node = 0; !self->job && node < self->world->ops->node_count(self); node++)
    manager->pool.nodes[node].known = true;
  for (int i = 0; self->job && i < self->job->node_count; i++)
    manager->pool.nodes[self->job->nodes[i]].known = true;
  for (int i = 0; i < ftblab_spare_count(self) && !status; i++)
    manager->pool.nodes[ftblab_spare(self, i)].known = true;
  return status;
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  ftblab_status status = read_parameters(self, err);
  if (!status)
    status = allocate(self, err);
  if (!status)
    status = know_nodes(self, err);
  if (!status)
    status = register_all(self, err);
  if (status) {
    stop(self);
    return status;
  }
  ftblab_relearn_jobs(self);
  if (self->restarted)
    ftblab_relearn_nodes(self);
  return FTBLAB_OK;
}

extern const ftblab_role_class ftblab_resource_manager_role, ftblab_mpirun_role;
const ftblab_role_class ftblab_resource_manager_role = {
    .role = "RM/JS",
    .space = "ftb.rm.ftblab",
    .instance = "rm",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = sizeof(ftblab_manager),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_probe = on_probe,
    .on_submit = on_submit,
    .on_job_end = on_job_end,
    .on_job_node = on_job_node,
    .on_action = on_action,
    .on_undelivered = on_undelivered,
};

/* Mpirun in its place where the resource manager is not aware of the backplane (B.2, B.4, B.6). */
const ftblab_role_class ftblab_mpirun_role = {
    .role = "MPI*",
    .space = "ftb.mpi.mpirun",
    .instance = "mpirun",
    .scope = FTBLAB_PER_JOB,
    .state_size = sizeof(ftblab_manager),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_probe = on_probe,
    .on_job_node = on_job_node,
    .on_restart = ftblab_control_restart,
    .on_action = on_action,
    .on_undelivered = on_undelivered,
};
