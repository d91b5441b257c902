/* recovery_offers.c - see recovery_offers.h. Which answer an offer gets is decided in recovery_choice.c; here are the
 * events, and what the answer means for nodes and queue.
 *
 * What must hold: a job that was asked for a checkpoint leaves its nodes when it has acknowledged, or after a time,
 * and waits in the queue again. */
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

/* FTLA.1-declare row 2. */
static void on_survivor(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_manager *manager = self->state;
  const ftblab_job *job = job_of(self, event);
  if (!job)
    return;
  self->world->ops->note(self, "Mark job %s as resilient", job->name);
  manager->jobs[job->index].resilient = true;
}

/* Row 2(a). */
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

/* Could JOB get NODE? It is one of its own without ranks, or one that nobody uses. */
static bool is_free_for(ftblab_component *self, int job, int node)
{
  const ftblab_manager *manager = self->state;
  if (!ftblab_resource_pool_is_sound(&manager->pool, node))
    return false;
  return manager->pool.nodes[node].users == 0 || (ftblab_resource_pool_holds(&manager->pool, job, node) &&
                                                  self->world->ops->job_ranks_on(self, job, node, NULL) == 0);
}

/* A node that JOB could get, its own first, none of the COUNT in TAKEN. -1: there is none. */
static int find_spare(ftblab_component *self, int job, const int *taken, int count)
{
  const ftblab_manager *manager = self->state;
  int found = -1;
  for (int node = 0; node < self->world->ops->node_count(self); node++) {
    bool is_taken = false;
    for (int i = 0; i < count; i++)
      is_taken = is_taken || taken[i] == node;
    if (is_taken || !is_free_for(self, job, node))
      continue;
    if (ftblab_resource_pool_holds(&manager->pool, job, node))
      return node;
    found = found < 0 ? node : found;
  }
  return found;
}

static int count_free(ftblab_component *self, int job)
{
  int count = 0;
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    count += is_free_for(self, job, node);
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

/* Row 5(a): NODE takes the place of FAILED. */
static void give_spare(ftblab_component *self, const ftblab_job *job, int failed, int node, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  ftblab_text payload = {0};
  if (!ftblab_resource_pool_holds(&manager->pool, job->index, node)) {
    ftblab_resource_pool_hold(&manager->pool, self, job->index, node);
    self->world->ops->job_grant(self, job->index, &node, 1);
  }
  ftblab_add_value(&payload, "snode", self->world->ops->node_name(self, failed));
  ftblab_add_value(&payload, "dnode", self->world->ops->node_name(self, node));
  ftblab_add_value(&payload, "jobs", job->name);
  self->world->ops->note_throw(self, "Job %s gets node %s", job->name, self->world->ops->node_name(self, node));
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, "SPARE", payload.data, cause);
  ftblab_text_free(&payload);
}

/* New nodes, COUNT of them, for the first failed ones of manager->part, where the others are left. */
static void give_spares(ftblab_component *self, const ftblab_job *job, int count, uint64_t cause)
{
  ftblab_manager *manager = self->state;
  int spares[FTBLAB_MOST_NEW_NODES], given = 0;
  while (given < count && given < manager->part.count &&
         (spares[given] = find_spare(self, job->index, spares, given)) >= 0)
    given++;
  for (int i = 0; i < given; i++) {
    int failed = manager->part.nodes[0];
    ftblab_node_set_remove(&manager->part, failed);
    give_spare(self, job, failed, spares[i], cause);
  }
}

static void answer(ftblab_component *self, const ftblab_job *job, const ftblab_recovery_choice *choice, uint64_t cause)
{
  static const char *const says[FTBLAB_RECOVERY_ANSWERS] = {
      "", "The job gets no new node for ", "The job must leave its nodes, and may save its work, after the loss of ",
      "The job must end, after the loss of "};
  ftblab_manager *manager = self->state;
  ftblab_recovery_answer of_rest = choice->answer;
  if (choice->answer == FTBLAB_ANSWER_SPARE) {
    give_spares(self, job, choice->new_nodes, cause);
    of_rest = FTBLAB_ANSWER_NOSPARE;
  }
  if (choice->answer == FTBLAB_ANSWER_CHECKPOINT)
    manager->jobs[job->index].saved_timer =
        self->world->ops->timer(self, manager->saved_wait, FTBLAB_TIMER_SAVED, job->index);
  const ftblab_announcement rest = {
      .event = answer_names[of_rest], .before = says[of_rest], .after = "", .job = job, .in_response_to = cause};
  ftblab_announce_nodes(self, &rest, &manager->part);
}

/* Rows 4, 5. */
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
  self->world->ops->cancel(self, manager->jobs[job->index].saved_timer); /* a new offer: no checkpoint comes */
  manager->jobs[job->index].saved_timer = 0;
  note_choice(self, &choice, &queue);
  free(waiting);
  ftblab_node_set_read(&manager->part, self, event->payload); /* what the answer is about */
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

/* Row 8. */
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
  self->world->ops->job_drop_images(self, job->index);
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
