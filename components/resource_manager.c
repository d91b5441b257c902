/* resource_manager.c - resource manager and job scheduler: which nodes may be used, and which jobs a node's death hits.
 *
 * A lost node of a job that goes on stays the job's: when restored it returns to that job, not to the pool.
 *
 * The code never says which role it plays: the role class at the end does. Whoever plays RM/JS adds a class there. */
#include <stdlib.h>
#include <string.h>

#include "interface_translation.h"
#include "node_set.h"
#include "resource_pool.h"
#include "role.h"

enum { TIMER_JOB_LIVES };

/* JOB, which runs and goes on with holes, lost NODE and has not got it back. */
typedef struct loss {
  int job, node;
} loss;
enum { ANY = -1 };

typedef struct state {
  double kill_wait; /* seconds */
  ftblab_resource_pool pool;
  ftblab_interface_translation interfaces;
  loss *losses; /* room for every place of every job */
  size_t loss_count;
  uint64_t *kill_timers;       /* by job; 0: none runs */
  ftblab_node_set named, part; /* scratch: the nodes of an event, those of them that concern one job */
} state;

static void stop(ftblab_component *self)
{
  state *manager = self->state;
  ftblab_resource_pool_free(&manager->pool);
  ftblab_interface_translation_free(&manager->interfaces);
  free(manager->losses);
  free(manager->kill_timers);
  ftblab_node_set_free(&manager->named);
  ftblab_node_set_free(&manager->part);
  *manager = (state){0};
}

/* ---- jobs come and go ----------------------------------------------------------------------------------- */

static void on_submit(ftblab_component *self, const ftblab_job *job)
{
  state *manager = self->state;
  ftblab_resource_pool_enqueue(&manager->pool, job);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

/* Forget that JOB lost NODE; either may be ANY. */
static void forget_losses(state *manager, int job, int node)
{
  size_t kept = 0;
  for (size_t i = 0; i < manager->loss_count; i++) {
    loss lost = manager->losses[i];
    if ((job != ANY && job != lost.job) || (node != ANY && node != lost.node))
      manager->losses[kept++] = lost;
  }
  manager->loss_count = kept;
}

static void on_job_end(ftblab_component *self, const ftblab_job *job)
{
  state *manager = self->state;
  forget_losses(manager, job->index, ANY);
  self->world->ops->cancel(self, manager->kill_timers[job->index]);
  manager->kill_timers[job->index] = 0;
  ftblab_resource_pool_release(&manager->pool, job);
  if (job->state == FTBLAB_JOB_ABORTED && job->requeue)
    ftblab_resource_pool_enqueue(&manager->pool, job);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

/* ---- suspicion ------------------------------------------------------------------------------------------ */

/* 2(a): the tables word it by whether a job runs there. */
static void on_check(ftblab_component *self, const ftblab_delivery *event)
{
  state *manager = self->state;
  ftblab_node_set_read(&manager->named, self, event->payload);
  ftblab_node_set_clear(&manager->part);
  for (int i = manager->named.count - 1; i >= 0; i--) { /* backwards: removing moves the last member */
    int node = manager->named.nodes[i];
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    if (managed->users > 0 && !managed->dead)
      ftblab_node_set_add(&manager->part, node);
    if (managed->users > 0 || managed->dead)
      ftblab_node_set_remove(&manager->named, node);
    managed->suspect = !managed->dead;
  }
  ftblab_note_nodes(self, "Suspend scheduling on ", &manager->named, " (suspect failure)");
  ftblab_note_nodes(self, "Mark ", &manager->part, " as (suspect failure)");
}

/* ---- death ---------------------------------------------------------------------------------------------- */

/* Leave in state->part the nodes of state->named that JOB holds; a job that goes on will want them back. */
static void find_losses(ftblab_component *self, const ftblab_job *job)
{
  state *manager = self->state;
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; i < job->node_count; i++)
    if (ftblab_node_set_has(&manager->named, job->nodes[i]))
      ftblab_node_set_add(&manager->part, job->nodes[i]);
  for (int i = 0; i < manager->part.count && job->policy == FTBLAB_POLICY_CONTINUE; i++)
    manager->losses[manager->loss_count++] = (loss){.job = job->index, .node = manager->part.nodes[i]};
}

/* Row 5: translate the nodes of state->named to JOB, and tell its MPI. */
static void tell_of_death(ftblab_component *self, const ftblab_job *job, uint64_t cause)
{
  state *manager = self->state;
  find_losses(self, job);
  if (manager->part.count == 0)
    return;
  ftblab_text translation = {0};
  ftblab_text_addf(&translation, " to job %s", job->name);
  const ftblab_announcement death = {.event = "RM_JOBS_DEAD",
                                     .before = "Translates ",
                                     .job = job,
                                     .in_response_to = cause,
                                     .after = ftblab_text_string(&translation)};
  ftblab_announce_nodes(self, &death, &manager->part);
  ftblab_text_free(&translation);
  if (job->policy == FTBLAB_POLICY_ABORT && !manager->kill_timers[job->index])
    manager->kill_timers[job->index] = self->world->ops->timer(self, manager->kill_wait, TIMER_JOB_LIVES, job->index);
}

/* 4(a) */
static void on_dead(ftblab_component *self, const ftblab_delivery *event)
{
  state *manager = self->state;
  ftblab_node_set_read(&manager->named, self, event->payload);
  for (int i = manager->named.count - 1; i >= 0; i--) {
    int node = manager->named.nodes[i], users = manager->pool.nodes[node].users;
    if (manager->pool.nodes[node].dead || !self->world->ops->node_is_compute(self, node))
      ftblab_node_set_remove(&manager->named, node);
    else
      manager->pool.nodes[node] = (ftblab_managed_node){.dead = true, .died_in_use = users > 0, .users = users};
  }
  ftblab_note_nodes(self, "Remove ", &manager->named, " from resource pool");
  for (int i = 0; manager->named.count && i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (job->state == FTBLAB_JOB_RUNNING)
      tell_of_death(self, job, event->id);
  }
}

/* An MPI that was to abort its job has not done so. */
static void on_timer(ftblab_component *self, int tag, int64_t value)
{
  state *manager = self->state;
  (void)tag; /* there is only one */
  manager->kill_timers[value] = 0;
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

/* Nobody is left to do row 6: the MPI of a job, which alone is sent its death, died with its node. */
static void on_undelivered(ftblab_component *self, const char *event, const char *peer)
{
  if (strcmp(event, "RM_JOBS_DEAD") != 0)
    return;
  for (int i = 0; i < self->world->ops->job_count(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (belongs_to(peer, job) && job->state == FTBLAB_JOB_RUNNING)
      self->world->ops->job_abort(self, i, "its MPI runtime is gone");
  }
}

/* ---- restoration ---------------------------------------------------------------------------------------- */

typedef enum destination { POOL, UNALLOCATED_POOL, POOL_OF_JOB } destination;

static bool has_lost(const state *manager, int job, int node)
{
  for (size_t i = 0; i < manager->loss_count; i++)
    if ((job == ANY || job == manager->losses[i].job) && manager->losses[i].node == node)
      return true;
  return false;
}

/* B.1.1 row 6(a), B.1.2 row 8(a) and B.1.3 row 10(a) word it differently. */
static destination destination_of(const state *manager, int node)
{
  if (has_lost(manager, ANY, node))
    return POOL_OF_JOB;
  return manager->pool.nodes[node].died_in_use ? UNALLOCATED_POOL : POOL;
}

static void note_pool(ftblab_component *self, destination pool, const char *words)
{
  state *manager = self->state;
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; i < manager->named.count; i++)
    if (destination_of(manager, manager->named.nodes[i]) == pool)
      ftblab_node_set_add(&manager->part, manager->named.nodes[i]);
  ftblab_note_nodes(self, "Return ", &manager->part, words);
}

/* Leave in state->part the nodes of state->named that JOB lost. */
static void find_returned(state *manager, const ftblab_job *job)
{
  ftblab_node_set_clear(&manager->part);
  for (int i = 0; i < manager->named.count; i++)
    if (has_lost(manager, job->index, manager->named.nodes[i]))
      ftblab_node_set_add(&manager->part, manager->named.nodes[i]);
}

static void note_pool_of_job(ftblab_component *self, const ftblab_job *job)
{
  state *manager = self->state;
  ftblab_text words = {0};
  ftblab_text_addf(&words, " to resource pool for job %s", job->name);
  find_returned(manager, job);
  ftblab_note_nodes(self, "Return ", &manager->part, ftblab_text_string(&words));
  ftblab_text_free(&words);
}

/* Row 11. */
static void tell_of_return(ftblab_component *self, const ftblab_job *job, uint64_t cause)
{
  state *manager = self->state;
  ftblab_text translation = {0};
  ftblab_text_addf(&translation, " to job %s", job->name);
  const ftblab_announcement back = {.event = "RM_JOBS_RUNNING",
                                    .before = "Translates ",
                                    .job = job,
                                    .in_response_to = cause,
                                    .after = ftblab_text_string(&translation)};
  find_returned(manager, job);
  ftblab_announce_nodes(self, &back, &manager->part);
  ftblab_text_free(&translation);
}

/* Every node of state->named may be scheduled again; leave there only those that were dead. */
static void lift(ftblab_component *self)
{
  state *manager = self->state;
  ftblab_node_set_clear(&manager->part);
  for (int i = manager->named.count - 1; i >= 0; i--) {
    int node = manager->named.nodes[i];
    ftblab_managed_node *managed = &manager->pool.nodes[node];
    if (managed->suspect)
      ftblab_node_set_add(&manager->part, node);
    if (!managed->dead)
      ftblab_node_set_remove(&manager->named, node);
    managed->suspect = managed->dead = false;
  }
  ftblab_note_nodes(self, "Lift suspicion of ", &manager->part, "");
}

/* The notes of the catch come before all throws. */
static void on_alive(ftblab_component *self, const ftblab_delivery *event)
{
  state *manager = self->state;
  int job_count = self->world->ops->job_count(self);
  ftblab_node_set_read(&manager->named, self, event->payload);
  lift(self);
  note_pool(self, POOL, " to resource pool");
  note_pool(self, UNALLOCATED_POOL, " to unallocated resource pool");
  for (int i = 0; manager->loss_count && i < job_count; i++)
    note_pool_of_job(self, self->world->ops->job(self, i));
  for (int i = 0; manager->loss_count && i < job_count; i++)
    tell_of_return(self, self->world->ops->job(self, i), event->id);
  for (int i = 0; i < manager->named.count; i++)
    forget_losses(manager, ANY, manager->named.nodes[i]);
  ftblab_resource_pool_schedule(&manager->pool, self);
}

/* ---- interfaces ----------------------------------------------------------------------------------------- */

/* B.5.1 row 2(a), B.5.2 row 6. */
static void on_failed_interface(ftblab_component *self, const ftblab_delivery *event)
{
  state *manager = self->state;
  ftblab_translate_failed(&manager->interfaces, self, event);
}

/* B.5.1 row 6(b), B.5.2 row 10(b). */
static void on_restored_interface(ftblab_component *self, const ftblab_delivery *event)
{
  state *manager = self->state;
  ftblab_translate_restored(&manager->interfaces, self, event);
}

/* B.5.2 row 2. */
static void on_corruption(ftblab_component *self, const ftblab_delivery *event)
{
  state *manager = self->state;
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
}

static ftblab_status allocate(ftblab_component *self, ftblab_error *err)
{
  state *manager = self->state;
  size_t jobs = (size_t)self->world->ops->job_count(self), places = 0;
  int nodes = self->world->ops->node_count(self);
  for (size_t i = 0; i < jobs; i++)
    places += (size_t)self->world->ops->job(self, (int)i)->nodes_wanted;
  manager->kill_timers = calloc(jobs + 1, sizeof *manager->kill_timers);
  manager->losses = calloc(places + 1, sizeof *manager->losses);
  if (!manager->kill_timers || !manager->losses)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to manage %zu jobs", jobs);
  ftblab_status status = ftblab_resource_pool_init(&manager->pool, self, err);
  if (!status)
    status = ftblab_interface_translation_init(&manager->interfaces, self, err);
  if (!status)
    status = ftblab_node_set_init(&manager->named, nodes, err);
  return status ? status : ftblab_node_set_init(&manager->part, nodes, err);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *manager = self->state;
  manager->pool.shared_nodes = ftblab_parameter_flag(self, "shared_nodes");
  manager->kill_wait = ftblab_parameter(self, "kill_wait");
  ftblab_status status = allocate(self, err);
  if (!status)
    status = ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
  if (status)
    stop(self);
  return status;
}

/* mpirun playing the role of RM/JS, where the RM/JS knows nothing of faults. */
extern const ftblab_role_class ftblab_mpirun_role;
const ftblab_role_class ftblab_mpirun_role = {
    .role = "MPI*",
    .space = "ftb.mpirun.ftblab",
    .instance = "mpirun",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_submit = on_submit,
    .on_job_end = on_job_end,
    .on_undelivered = on_undelivered,
};

extern const ftblab_role_class ftblab_resource_manager_role;
const ftblab_role_class ftblab_resource_manager_role = {
    .role = "RM/JS",
    .space = "ftb.rm.ftblab",
    .instance = "rm",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_timer = on_timer,
    .on_submit = on_submit,
    .on_job_end = on_job_end,
    .on_undelivered = on_undelivered,
};
