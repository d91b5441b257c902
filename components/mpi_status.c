/* mpi_status.c - what MPI says of its ranks when it is asked, or of itself (sections 2.1 and 2.2 of the standard).
 *
 * Asked whether ranks are dead, MPI asks their nodes for a sign of life, unless it knows that they are dead. Checks
 * that come meanwhile are answered together. */
#include <stdlib.h>
#include <string.h>

#include "mpi.h"

static bool names_rank(const ftblab_payload *payload, int rank)
{
  const ftblab_pair *pair = ftblab_payload_find(payload, "ranks");
  for (size_t i = 0; pair && i < pair->item_count; i++) {
    const ftblab_item *item = &payload->items[pair->first_item + i];
    if (item->is_integer && item->first <= rank && rank <= item->last)
      return true;
  }
  return false;
}

/* Throw EVENT for those of the asked ranks that are on a lost node (DEAD) or on none. */
static void answer(ftblab_component *self, const char *event, bool dead)
{
  ftblab_mpi *mpi = self->state;
  int total = ftblab_rank_count(self), count = 0;
  ftblab_living_ranks(self); /* marks those that do not live */
  for (int rank = 0; rank < total; rank++)
    if (mpi->asked[rank] && mpi->marked[rank] == dead)
      mpi->ranks[count++] = rank;
  const ftblab_rank_announcement finding = {.event = event,
                                            .head = "",
                                            .before = "Confirmed ",
                                            .after = dead ? " dead" : " alive",
                                            .in_response_to = mpi->check};
  ftblab_announce_ranks(self, &finding, mpi->ranks, count);
}

static void answer_all(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  answer(self, "CONFIRM_RANKS_DEAD", true);
  answer(self, "CONFIRM_RANKS_ALIVE", false);
  memset(mpi->asked, 0, (size_t)ftblab_rank_count(self) * sizeof *mpi->asked);
  mpi->check = 0;
}

/* Ask the nodes of the asked ranks. The cost is that of the job, whose size bounds what a check may name. */
static void probe_nodes(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  for (int i = 0; i < self->job->node_count; i++) {
    int node = self->job->nodes[i];
    int count = self->world->ops->job_ranks_on(self, self->job->index, node, mpi->ranks);
    bool wanted = false;
    for (int j = 0; j < count; j++)
      wanted = wanted || mpi->asked[mpi->ranks[j]];
    if (!wanted || ftblab_node_set_has(&mpi->lost, node) || ftblab_node_set_has(&mpi->probed, node))
      continue;
    ftblab_node_set_add(&mpi->probed, node);
    self->world->ops->probe(self, node, mpi->probe_timeout);
  }
}

static void on_check(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  bool any = false;
  if (ftblab_payload_find(event->payload, "jobs") && !ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  for (int rank = 0; rank < ftblab_rank_count(self); rank++)
    if (names_rank(event->payload, rank))
      any = mpi->asked[rank] = true;
  if (!any)
    return;
  mpi->check = event->id;
  probe_nodes(self);
  if (mpi->probed.count == 0)
    answer_all(self);
}

/* A node that does not answer counts as lost for this answer; that it is dead others decide. */
void ftblab_mpi_on_probe(ftblab_component *self, int node, bool answered)
{
  ftblab_mpi *mpi = self->state;
  if (!ftblab_node_set_has(&mpi->probed, node))
    return;
  ftblab_node_set_remove(&mpi->probed, node);
  if (!answered)
    ftblab_node_set_add(&mpi->silent, node);
  if (mpi->probed.count > 0)
    return;
  answer_all(self);
  ftblab_node_set_clear(&mpi->silent);
}

/* ---- of itself -------------------------------------------------------------------------------------------- */

static void announce_node(ftblab_component *self, const char *event, const char *before, int node, uint64_t cause)
{
  ftblab_mpi *mpi = self->state;
  const char *name = self->world->ops->node_name(self, node);
  int count = self->world->ops->job_ranks_on(self, self->job->index, node, mpi->ranks);
  ftblab_text head = {0};
  ftblab_payload_add_words(&head, "nodes", &name, 1);
  ftblab_payload_add_words(&head, "jobs", &self->job->name, 1);
  const ftblab_rank_announcement announcement = {
      .event = event, .head = ftblab_text_string(&head), .before = before, .after = "", .in_response_to = cause};
  ftblab_announce_ranks(self, &announcement, mpi->ranks, count);
  ftblab_text_free(&head);
}

void ftblab_mpi_announce_alive(ftblab_component *self, int node, uint64_t cause)
{
  announce_node(self, "MPI_RANKS_ALIVE", "Alive again: ", node, cause);
}

/* Section 2.2: translate to ranks. One event a node, as for deaths. */
static void on_predicted(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  ftblab_node_set_read(&mpi->named, self, event->payload);
  for (int i = 0; i < mpi->named.count && self->job->state == FTBLAB_JOB_RUNNING; i++)
    if (!ftblab_node_set_has(&mpi->lost, mpi->named.nodes[i]))
      announce_node(self, "PREDICT_RANKS_FAILURE", "Failure predicted of ", mpi->named.nodes[i], 0);
}

/* ---- interests ---------------------------------------------------------------------------------------------- */

const ftblab_interest ftblab_mpi_check_interests[] = {
    {"CHECK_RANKS_DEAD", {"ranks"}, on_check},
    {"DO_NODE_MIGRATE", {"snode"}, NULL}, /* RM_JOBS_MIGRATE follows, which says whose ranks move where */
    {"CR_CKPTS_BEGIN", {"processes"}, NULL},
    {"CR_CKPTS_END", {"processes"}, NULL},
    {"CR_RESTARTS_BEGIN", {"processes"}, NULL},
    {"CR_RESTARTS_END", {"processes"}, NULL},
};
const size_t ftblab_mpi_check_interest_count = FTBLAB_COUNT(ftblab_mpi_check_interests);

const ftblab_interest ftblab_mpi_predict_interests[] = {{"PREDICT_NODES_FAILURE", {"nodes"}, on_predicted}};
const size_t ftblab_mpi_predict_interest_count = FTBLAB_COUNT(ftblab_mpi_predict_interests);
