/* recovery_offers.c - see recovery_offers.h. Which answer an offer gets is decided in recovery_choice.c; here are the events,
 * and what the answer means for nodes and queue.
 *
 * What must hold: a job that was asked for a checkpoint leaves its nodes when it has acknowledged, or after a time, and
 * waits in the queue again. */
#include "recovery_offers.h"

#include <stdlib.h>
#include <string.h>

#include "recovery_choice.h"
#include "resource_manager.h"

/* The job that EVENT names, if it runs and is SELF's; NULL: none. */
static const ftblab_job *job_of(ftblab_component *self, const ftblab_delivery *event)
{
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    if (job->state == FTBLAB_JOB_RUNNING && ftblab_payload_names(event->payload, "jobs", job->name))
      return job;
  }
  return NULL;
}

/* Rows 1, 2. */
static void on_survivor(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  const ftblab_job *job = job_of(self, event);
  if (!job)
    return;
  self->world->ops->note(self, "Mark job %s as resilient", job->name);
  manager->jobs[job->index].resilient = true;
}

/* Row 4(a). */
static void on_failure(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set_read(&manager->named, self, event->payload);
  for (int i = ftblab_first_job(self); i < ftblab_end_of_jobs(self); i++) {
    const ftblab_job *job = self->world->ops->job(self, i);
    ftblab_node_set_clear(&manager->part);
    for (int j = 0; j < manager->named.count; j++)
      if (ftblab_resource_pool_holds(&manager->pool, i, manager->named.nodes[j]))
        ftblab_node_set_add(&manager->part, manager->named.nodes[j]);
    ftblab_text where = {0};
    ftblab_text_addf(&where, " is part of %sjob %s", manager->jobs[i].resilient ? "resilient " : "", job->name);
    ftblab_note_nodes(self, "Sort out that ", &manager->part, ftblab_text_string(&where));
    ftblab_text_free(&where);
  }
}

/* ---- the offer ------------------------------------------------------------------------------------------ */

/* TEXT as a number of seconds; below 0: it is none. */
static double seconds_of(const char *text)
{
  char *end;
  double seconds = strtod(text, &end);
  return end == text || *end != '\0' || !(seconds >= 0) ? -1 : seconds;
}

/* Copy the word of ITEM to TEXT; too long a one is cut, and no number then. */
static void copy_word(const ftblab_item *item, char *text, size_t size)
{
  size_t length = item->word.length < size - 1 ? item->word.length : size - 1;
  memcpy(text, item->word.data, length);
  text[length] = '\0';
}

static double seconds_under(const ftblab_payload *payload, const char *key)
{
  const ftblab_pair *pair = ftblab_payload_find(payload, key);
  char text[32];
  if (!pair || pair->item_count != 1)
    return -1;
  copy_word(&payload->items[pair->first_item], text, sizeof text);
  return seconds_of(text);
}

/* "2=420": 420 seconds with two new nodes. */
static void read_new_nodes(const ftblab_payload *payload, double new_nodes[FTBLAB_MOST_NEW_NODES + 1])
{
  const ftblab_pair *pair = ftblab_payload_find(payload, "new_nodes");
  for (int i = 0; i <= FTBLAB_MOST_NEW_NODES; i++)
    new_nodes[i] = -1;
  for (size_t i = 0; pair && i < pair->item_count; i++) {
    char text[32], *equals;
    copy_word(&payload->items[pair->first_item + i], text, sizeof text);
    long count = strtol(text, &equals, 10);
    if (equals != text && *equals == '=' && count >= 1 && count <= FTBLAB_MOST_NEW_NODES)
      new_nodes[count] = seconds_of(equals + 1);
  }
}

/* Nodes of JOB that live and have ranks. */
static int living_nodes(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  int count = 0;
  for (int i = 0; i < holding->count; i++)
    count += !manager->pool.nodes[holding->nodes[i]].dead &&
             self->world->ops->job_ranks_on(self, job, holding->nodes[i], NULL) > 0;
  return count;
}

static ftblab_recovery_offer read_offer(ftblab_component *self, const ftblab_job *job, const ftblab_payload *payload)
{
  ftblab_recovery_offer offer = {
      .no_new_nodes = seconds_under(payload, "no_new_nodes"),
      .checkpoint = seconds_under(payload, "checkpoint"),
      .spent = self->world->ops->now(self) - job->launched,
      .wanted = job->nodes_wanted,
      .alive = living_nodes(self, job->index),
  };
  read_new_nodes(payload, offer.new_nodes);
  return offer;
}

/* ---- the queue ------------------------------------------------------------------------------------------ */

/* A node that JOB could get: one of its own without ranks, or one that nobody uses. -1: there is none. */
static int find_spare(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  const ftblab_holding *holding = &manager->pool.holdings[job];
  for (int i = 0; i < holding->count; i++)
    if (ftblab_resource_pool_is_sound(&manager->pool, self, holding->nodes[i]) &&
        self->world->ops->job_ranks_on(self, job, holding->nodes[i], NULL) == 0)
      return holding->nodes[i];
  return ftblab_resource_pool_spare(&manager->pool, self, FTBLAB_ANY);
}

static int count_free(ftblab_component *self, int job)
{
  const ftblab_manager *manager = self->state;
  int count = 0;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    if (ftblab_resource_pool_is_sound(&manager->pool, self, node))
      count += manager->pool.nodes[node].users == 0 || (ftblab_resource_pool_holds(&manager->pool, job, node) &&
                                                        self->world->ops->job_ranks_on(self, job, node, NULL) == 0);
  return count;
}

static double walltime_of(const ftblab_manager *manager, const ftblab_job *job)
{
  return job->walltime > 0 ? job->walltime : manager->default_walltime;
}

/* ---- the answer ----------------------------------------------------------------------------------------- */

static const char *const answer_names[FTBLAB_RECOVERY_ANSWERS] = {"SPARE", "NOSPARE", "CHECKPOINT", "CLEANUP"};

/* What was weighed, in the note of the catch. */
static void note_choice(ftblab_component *self, const ftblab_recovery_choice *choice, const ftblab_queue_view *queue)
{
  ftblab_text text = {0};
  for (int i = 0; i < FTBLAB_RECOVERY_ANSWERS; i++)
    if (choice->seconds[i] >= 0)
      ftblab_text_addf(&text, "%s%s %.6g s", text.length ? ", " : "", answer_names[i], choice->seconds[i]);
  self->world->ops->note(self, "Weigh the walltimes against the queue (%zu waiting, %d nodes free): %s",
                         queue->job_count, queue->free, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* Row 7(a). */
static void give_spares(ftblab_component *self, const ftblab_job *job, int count, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  ftblab_node_set_clear(&manager->part);
  for (; count > 0; count--) {
    int node = find_spare(self, job->index);
    if (node < 0)
      break;
    if (!ftblab_resource_pool_holds(&manager->pool, job->index, node)) {
      ftblab_resource_pool_hold(&manager->pool, self, job->index, node);
      self->world->ops->job_grant(self, job->index, &node, 1);
    }
    ftblab_node_set_add(&manager->part, node);
  }
  const ftblab_announcement spare = {
      .event = "SPARE", .before = "The job gets ", .after = "", .job = job, .in_response_to = cause};
  ftblab_announce_nodes(self, &spare, &manager->part);
}

static void answer(ftblab_component *self, const ftblab_job *job, const ftblab_recovery_choice *choice, uint64_t cause)
{
  static const char *const says[FTBLAB_RECOVERY_ANSWERS] = {
      "", "The job gets no new node", "The job must leave its nodes, and may save its work", "The job must end"};
  ftblab_manager *manager = self->state;
  if (choice->answer == FTBLAB_ANSWER_SPARE) {
    give_spares(self, job, choice->new_nodes, cause);
    return;
  }
  self->world->ops->note_throw(self, "%s", says[choice->answer]);
  if (choice->answer == FTBLAB_ANSWER_CHECKPOINT) {
    ftblab_controlled_job *control = &manager->jobs[job->index];
    self->world->ops->cancel(self, control->saved_timer);
    control->saved_timer = self->world->ops->timer(self, manager->saved_wait, FTBLAB_TIMER_SAVED, job->index);
  }
  ftblab_announce_job(self, answer_names[choice->answer], job, cause);
}

/* Rows 6, 7. */
static void on_offer(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  const ftblab_job *job = job_of(self, event);
  if (!job)
    return;
  ftblab_recovery_offer offer = read_offer(self, job, event->payload);
  ftblab_waiting_job *waiting = calloc((size_t)manager->pool.queued + 1, sizeof *waiting);
  if (!waiting) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory to weigh an offer");
    return;
  }
  for (int i = 0; i < manager->pool.queued; i++) {
    const ftblab_job *other = self->world->ops->job(self, manager->pool.queue[i]);
    waiting[i] = (ftblab_waiting_job){other->nodes_wanted, walltime_of(manager, other)};
  }
  const ftblab_queue_view queue = {.free = count_free(self, job->index),
                                   .jobs = waiting,
                                   .job_count = (size_t)manager->pool.queued,
                                   .weight = manager->queue_weight,
                                   .repair = manager->repair_time};
  ftblab_recovery_choice choice = ftblab_choose_recovery(&offer, &queue);
  note_choice(self, &choice, &queue);
  free(waiting);
  answer(self, job, &choice, event->id);
}

/* ---- the job leaves ------------------------------------------------------------------------------------- */

/* JOB ends now, and waits in the queue again. */
static void take_nodes(ftblab_component *self, const ftblab_job *job, const char *reason)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job->index];
  self->world->ops->cancel(self, control->saved_timer);
  control->saved_timer = 0;
  control->comes_back = true;
  self->world->ops->job_abort(self, job->index, reason);
}

/* Row 10. */
static void on_saved(ftblab_component *self, const ftblab_delivery *event)
{
  const ftblab_manager *manager = self->state;
  const ftblab_job *job = job_of(self, event);
  if (!job || !manager->jobs[job->index].saved_timer)
    return;
  self->world->ops->note(self, "Job %s leaves its nodes and waits in the queue", job->name);
  take_nodes(self, job, "it has saved its work and gives its nodes to others");
}

void ftblab_recovery_overdue(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  manager->jobs[job].saved_timer = 0;
  take_nodes(self, self->world->ops->job(self, job), "it was to take a checkpoint and did not acknowledge it");
}

/* The extension: an autonomic component has decided. */
static void on_scratch(ftblab_component *self, const ftblab_delivery *event)
{
  const ftblab_job *job = job_of(self, event);
  if (!job)
    return;
  self->world->ops->note(self, "End job %s and start it anew", job->name);
  self->world->ops->job_forget(self, job->index);
  take_nodes(self, job, "its result would be too inexact: it is started from scratch");
}

bool ftblab_recovery_job_ended(ftblab_component *self, int job)
{
  ftblab_manager *manager = self->state;
  ftblab_controlled_job *control = &manager->jobs[job];
  bool comes_back = control->comes_back;
  self->world->ops->cancel(self, control->saved_timer);
  control->saved_timer = 0;
  control->resilient = control->comes_back = false;
  return comes_back;
}

const ftblab_interest ftblab_recovery_interests[] = {
    {"CAN_SURVIVE_FAILURE", {"jobs"}, on_survivor},
    {"NODE_FAILURE", {"nodes"}, on_failure},
    {"CAN_RECOVER", {"jobs"}, on_offer},
    {"CHECKPOINT_ACK", {"jobs"}, on_saved},
    {"RESTART_FROM_SCRATCH", {"jobs"}, on_scratch},
};
const size_t ftblab_recovery_interest_count = FTBLAB_COUNT(ftblab_recovery_interests);
