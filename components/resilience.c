/* resilience.c - see resilience.h.
 *
 * What must hold: an offer is made when MPI has told which ranks are gone and everybody knows of their nodes, or
 * after a time in any case; it counts all that is lost then. Ranks go on only when nothing is lost any more. */
#include "resilience.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_OFFERED 8 /* numbers of new nodes in one offer; chosen: they fit into a payload */

void ftblab_resilience_free(ftblab_resilience *r)
{
  free(r->lost);
  free(r->announced);
  free(r->ranks);
  ftblab_node_set_free(&r->named);
  ftblab_node_set_free(&r->offered);
  ftblab_node_set_free(&r->answered);
  *r = (ftblab_resilience){0};
}

static void set_timer(ftblab_resilience *r, ftblab_component *self, double delay, int tag)
{
  self->world->ops->cancel(self, r->timer);
  r->timer = self->world->ops->timer(self, delay, tag, 0);
}

static void stop_timer(ftblab_resilience *r, ftblab_component *self)
{
  self->world->ops->cancel(self, r->timer);
  r->timer = 0;
}

/* ---- what is lost --------------------------------------------------------------------------------------- */

/* Is RANK lost, and the first such of its node? */
static bool is_first_lost(const ftblab_resilience *r, int rank)
{
  for (int i = 0; i < rank; i++)
    if (r->lost[i] == r->lost[rank])
      return false;
  return r->lost[rank] >= 0;
}

static ftblab_factored look(const ftblab_resilience *r, ftblab_component *self)
{
  int ranks = ftblab_rank_count(self), living = 0;
  ftblab_factored at = {.panels = self->world->ops->job_progress(self, self->job->index)};
  for (int i = 0; i < ranks; i++) {
    at.lost += is_first_lost(r, i);
    living += !self->world->ops->job_rank_is_hole(self, self->job->index, i);
  }
  at.alive = living / self->job->ranks_per_node;
  return at;
}

/* Has NODE_FAILURE been heard of every node that has lost ranks? */
static bool all_announced(const ftblab_resilience *r, ftblab_component *self)
{
  for (int i = 0; i < ftblab_rank_count(self); i++) {
    if (r->lost[i] >= 0 && !r->announced[r->lost[i]])
      return false;
  }
  return true;
}

/* ---- the offer ------------------------------------------------------------------------------------------ */

static void add_seconds(ftblab_text *payload, const char *key, double seconds)
{
  if (seconds >= 0)
    ftblab_text_addf(payload, ", %s: %.6g", key, seconds);
}

/* "new_nodes: {1=640, 2=420}" */
static void add_new_nodes(const ftblab_resilience *r, const ftblab_factored *at, ftblab_text *payload)
{
  const char *before = ", new_nodes: {";
  for (int i = 1; i <= at->lost && i <= MOST_OFFERED; i++) {
    double seconds = ftblab_recovery_walltime(&r->model, at, i);
    if (seconds < 0)
      continue;
    ftblab_text_addf(payload, "%s%d=%.6g", before, i, seconds);
    before = ", ";
  }
  if (before[2] == '\0')
    ftblab_text_add(payload, "}");
}

/* "nodes: {n3, n4}": those that have lost ranks and have no answer yet, as many as fit beside the rest. */
static void add_lost_nodes(ftblab_resilience *r, ftblab_component *self, ftblab_text *payload)
{
  const char *before = ", nodes: {";
  ftblab_node_set_clear(&r->offered);
  for (int i = 0; i < ftblab_rank_count(self) && payload->length < FTBLAB_PAYLOAD_LIMIT / 2; i++) {
    int node = r->lost[i];
    if (!is_first_lost(r, i) || ftblab_node_set_has(&r->answered, node))
      continue;
    ftblab_node_set_add(&r->offered, node);
    ftblab_text_addf(payload, "%s%s", before, self->world->ops->node_name(self, node));
    before = ", ";
  }
  if (before[2] == '\0')
    ftblab_text_add(payload, "}");
}

/* Row 3: what can be done, and how long the job then still takes. */
static void offer(ftblab_resilience *r, ftblab_component *self)
{
  ftblab_factored at = look(r, self);
  ftblab_text payload = {0};
  bool rebuilds = ftblab_can_rebuild(&r->model, &at);
  double save = rebuilds && !r->no_room ? ftblab_factorisation_save_seconds(&r->model, at.alive) : -1;
  ftblab_add_value(&payload, "jobs", self->job->name);
  add_lost_nodes(r, self, &payload);
  add_seconds(&payload, "no_new_nodes", ftblab_recovery_walltime(&r->model, &at, 0));
  add_new_nodes(r, &at, &payload);
  add_seconds(&payload, "checkpoint", save);
  if (rebuilds)
    self->world->ops->note_throw(self, "%d of %d panels done, what %d node%s had can be rebuilt from checksums",
                                 at.panels, ftblab_factorisation_panels(&r->model), at.lost, at.lost == 1 ? "" : "s");
  else
    self->world->ops->note_throw(self, "%d nodes lost, %d checksum columns: it cannot be rebuilt", at.lost,
                                 r->model.checksums);
  r->step = FTBLAB_OFFERED;
  r->again = false;
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, "CAN_RECOVER", payload.data, 0);
  ftblab_text_free(&payload);
  set_timer(r, self, r->answer_wait, FTBLAB_TIMER_ANSWERED);
}

/* There is more to rebuild. */
static void begin(ftblab_resilience *r, ftblab_component *self)
{
  r->step = FTBLAB_HARMED;
  if (!r->held)
    self->world->ops->job_hold(self, self->job->index);
  if (all_announced(r, self))
    offer(r, self);
  else
    set_timer(r, self, r->notice_wait, FTBLAB_TIMER_NOTICE);
}

void ftblab_resilience_error(ftblab_resilience *r, ftblab_component *self, const int64_t *ranks, int count)
{
  if (!r->on)
    return;
  for (int i = 0; i < count; i++)
    r->lost[ranks[i]] = self->world->ops->job_node_of_rank(self, self->job->index, ranks[i]);
  if (r->step == FTBLAB_OFFERED)
    r->again = true;
  else if (r->step != FTBLAB_SAVES) /* the checkpoint fails, and says so */
    begin(r, self);
}

/* ---- recovery ------------------------------------------------------------------------------------------- */

static void declare(ftblab_component *self)
{
  self->world->ops->note_throw(self, "Job %s can tolerate failures", self->job->name);
  ftblab_announce_job(self, "CAN_SURVIVE_FAILURE", self->job, 0);
}

/* Rebuild, once there is an answer and the ranks stand still. */
static void rebuild(ftblab_resilience *r, ftblab_component *self)
{
  if (r->step != FTBLAB_REBUILDS || !r->held)
    return;
  ftblab_factored at = look(r, self);
  double seconds = ftblab_rebuild_seconds(&r->model, &at, r->new_nodes);
  set_timer(r, self, (r->new_nodes > 0 ? r->model.spawn_time : 0) + seconds, FTBLAB_TIMER_REBUILT);
}

void ftblab_resilience_held(ftblab_resilience *r, ftblab_component *self)
{
  r->held = true;
  if (r->on)
    rebuild(r, self);
}

/* Every node that was offered has its answer. */
static void recover(ftblab_resilience *r, ftblab_component *self)
{
  if (r->again) {
    begin(r, self);
    return;
  }
  stop_timer(r, self);
  r->step = FTBLAB_REBUILDS;
  rebuild(r, self);
}

/* NODE has its answer. */
static void settle(ftblab_resilience *r, ftblab_component *self, int node)
{
  if (!ftblab_node_set_has(&r->offered, node))
    return;
  ftblab_node_set_remove(&r->offered, node);
  ftblab_node_set_add(&r->answered, node);
  if (r->offered.count == 0)
    recover(r, self);
}

/* Nothing is lost any more: the ranks go on. */
static void recovered(ftblab_resilience *r, ftblab_component *self)
{
  ftblab_factored at = look(r, self);
  ftblab_text payload = {0};
  r->timer = 0;
  for (int i = 0; i < ftblab_rank_count(self); i++) {
    if (r->lost[i] >= 0)
      r->announced[r->lost[i]] = false;
    r->lost[i] = -1;
  }
  ftblab_node_set_clear(&r->answered);
  r->new_nodes = 0;
  r->step = FTBLAB_UNHARMED;
  r->held = false;
  r->error += ftblab_rebuild_error(&r->model, &at);
  ftblab_add_value(&payload, "jobs", self->job->name);
  ftblab_text_addf(&payload, ", digits: %.3g", log10(r->error));
  self->world->ops->job_go(self, self->job->index);
  if (r->tells_precision)
    self->world->ops->note_throw(self, "Recovered; %.3g decimal digits are lost", log10(r->error));
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else if (r->tells_precision)
    self->world->ops->publish(self, "PRECISION_LOSS", payload.data, 0);
  ftblab_text_free(&payload);
  declare(self);
}

/* Nobody answers: what can be done without others. */
static void decide_alone(ftblab_resilience *r, ftblab_component *self)
{
  ftblab_factored at = look(r, self);
  if (ftblab_recovery_walltime(&r->model, &at, 0) >= 0)
    recover(r, self);
  else
    self->world->ops->job_abort(self, self->job->index,
                                "it cannot recover alone, and the job scheduler does not answer");
}

/* Started again, SELF does not know what it had rebuilt: every hole counts as lost. Its ranks may stand still since. */
static void start_again(ftblab_resilience *r, ftblab_component *self)
{
  bool any = false;
  for (int i = 0; i < ftblab_rank_count(self); i++) {
    if (!self->world->ops->job_rank_is_hole(self, self->job->index, i))
      continue;
    r->lost[i] = self->world->ops->job_node_of_rank(self, self->job->index, i);
    any = true;
  }
  if (any) {
    begin(r, self);
    return;
  }
  self->world->ops->job_go(self, self->job->index);
  declare(self);
}

void ftblab_resilience_timer(ftblab_resilience *r, ftblab_component *self, int tag)
{
  r->timer = 0;
  if (tag == FTBLAB_TIMER_DECLARE && self->restarted)
    start_again(r, self);
  else if (tag == FTBLAB_TIMER_DECLARE)
    declare(self);
  else if (tag == FTBLAB_TIMER_NOTICE)
    offer(r, self);
  else if (tag == FTBLAB_TIMER_ANSWERED)
    decide_alone(r, self);
  else if (tag == FTBLAB_TIMER_REBUILT)
    recovered(r, self);
}

void ftblab_resilience_saved(ftblab_resilience *r, ftblab_component *self, bool good, const char *why)
{
  if (r->step != FTBLAB_SAVES)
    return;
  if (good) {
    self->world->ops->note_throw(self, "The checkpoint is taken");
    ftblab_announce_job(self, "CHECKPOINT_ACK", self->job, 0);
    set_timer(r, self, r->answer_wait, FTBLAB_TIMER_ANSWERED); /* if nobody takes the nodes it goes on there */
  } else {
    self->world->ops->admin(self, "job %s could not take the checkpoint that it was asked for: %s", self->job->name,
                            why);
    r->no_room = true;
    begin(r, self); /* a node may have died; and the job scheduler may have another answer */
  }
}

/* ---- answers -------------------------------------------------------------------------------------------- */

/* Is EVENT the answer that SELF waits for? */
static bool is_answer(const ftblab_resilience *r, const ftblab_component *self, const ftblab_delivery *event)
{
  return r->step == FTBLAB_OFFERED && ftblab_payload_names(event->payload, "jobs", self->job->name);
}

/* Row 2(b). */
static void on_failure(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_node_set_read(&r->named, self, event->payload);
  for (int i = r->named.count - 1; i >= 0; i--) { /* backwards: removing moves the last member */
    int node = r->named.nodes[i];
    r->announced[node] = true;
    if (self->world->ops->job_ranks_on(self, self->job->index, node, NULL) == 0)
      ftblab_node_set_remove(&r->named, node);
  }
  ftblab_note_nodes(self, "Detects that ", &r->named, " of the job has failed");
  if (r->step == FTBLAB_HARMED && all_announced(r, self))
    offer(r, self);
}

/* The lost ranks that were on NODE, in r->ranks; their number. */
static int find_lost(ftblab_resilience *r, ftblab_component *self, int node)
{
  int count = 0;
  for (int i = 0; i < ftblab_rank_count(self); i++)
    if (r->lost[i] == node)
      r->ranks[count++] = i;
  return count;
}

/* Row 6(a). */
static void on_spare(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event)
{
  int failed = ftblab_node_under(self, event->payload, "snode"),
      spare = ftblab_node_under(self, event->payload, "dnode");
  int count = failed < 0 || spare < 0 || !ftblab_node_set_has(&r->offered, failed) ? 0 : find_lost(r, self, failed);
  if (count == 0)
    return;
  self->world->ops->note(self, "Recover, with new processes on node %s", self->world->ops->node_name(self, spare));
  self->world->ops->job_pool_add(self, self->job->index, spare);
  self->world->ops->job_spawn(self, self->job->index, spare, r->ranks, count);
  r->new_nodes++;
  settle(r, self, failed);
}

/* Row 6(b). */
static void on_no_spare(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event)
{
  self->world->ops->note(self, "Recover on the nodes that are left");
  ftblab_node_set_read(&r->named, self, event->payload);
  for (int i = 0; i < r->named.count; i++)
    settle(r, self, r->named.nodes[i]);
}

/* Row 6(c). */
static void on_checkpoint(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "Take a checkpoint");
  stop_timer(r, self);
  r->step = FTBLAB_SAVES;
  self->world->ops->job_checkpoint(self, self->job->index);
}

/* Row 6(d). */
static void on_clean_up(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  stop_timer(r, self);
  self->world->ops->note(self, "End");
  self->world->ops->job_abort(self, self->job->index, "the job scheduler wants its nodes cleaned up");
}

/* ---- launch --------------------------------------------------------------------------------------------- */

typedef void reaction(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event);

static const struct {
  ftblab_interest interest;
  reaction *react;
  bool is_answer;
} interests[] = {
    {{"NODE_FAILURE", {"nodes"}, NULL}, on_failure, false},
    {{"SPARE", {"jobs"}, NULL}, on_spare, true},
    {{"NOSPARE", {"nodes", "jobs"}, NULL}, on_no_spare, true},
    {{"CHECKPOINT", {"nodes", "jobs"}, NULL}, on_checkpoint, true},
    {{"CLEANUP", {"nodes", "jobs"}, NULL}, on_clean_up, true},
};

void ftblab_resilience_event(ftblab_resilience *r, ftblab_component *self, const ftblab_delivery *event)
{
  for (size_t i = 0; r->on && i < FTBLAB_COUNT(interests); i++)
    if (strcmp(event->event, interests[i].interest.event) == 0 &&
        (!interests[i].is_answer || is_answer(r, self, event))) {
      interests[i].react(r, self, event);
      return;
    }
}

static ftblab_status allocate(ftblab_resilience *r, ftblab_component *self, ftblab_error *err)
{
  size_t ranks = (size_t)ftblab_rank_count(self), nodes = (size_t)self->world->ops->node_count(self);
  r->lost = calloc(ranks + 1, sizeof *r->lost);
  r->ranks = calloc(ranks + 1, sizeof *r->ranks);
  r->announced = calloc(nodes + 1, sizeof *r->announced);
  if (!r->lost || !r->ranks || !r->announced)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the recovery of job %s", self->job->name);
  for (size_t i = 0; i < ranks; i++)
    r->lost[i] = -1;
  ftblab_node_set *sets[] = {&r->named, &r->offered, &r->answered};
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < FTBLAB_COUNT(sets) && !status; i++)
    status = ftblab_node_set_init(sets[i], (int)nodes, err);
  return status;
}

ftblab_status ftblab_resilience_start(ftblab_resilience *r, ftblab_component *self, ftblab_error *err)
{
  r->on = ftblab_parameter_flag(self, "cooperates") && strcmp(self->job->application, "factorisation") == 0;
  if (!r->on)
    return FTBLAB_OK;
  r->notice_wait = ftblab_parameter(self, "notice_wait");
  r->answer_wait = ftblab_parameter(self, "answer_wait");
  r->tells_precision = ftblab_parameter_flag(self, "tells_precision");
  r->model = ftblab_factorisation_of(self->job->parameters, self->job->nodes_wanted);
  ftblab_status status = allocate(r, self, err);
  for (size_t i = 0; i < FTBLAB_COUNT(interests) && !status; i++)
    status = ftblab_register(self, &interests[i].interest, 1, err);
  if (!status)
    self->world->ops->timer(self, 0, FTBLAB_TIMER_DECLARE, 0);
  return status;
}
