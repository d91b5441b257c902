/* cr_library.c - the checkpoint/restart library of a job: says when it begins and ends writing or reading images
 * (section 2.4 of the standard).
 *
 * The standard does not say how processes are named (payload "processes: {P+}"). Here a process is "HOST:RANK", a
 * quoted word because of its colon: the host where the rank is or is to be, and its rank.
 *
 * In MVAPICH2 it is the C/R module, which coordinates the checkpoint of a migration (Appendix D). */
#include <stdlib.h>

#include "node_set.h"
#include "role.h"

typedef struct state {
  int *nodes;     /* by rank */
  int64_t *ranks; /* scratch: room for every rank */
} state;

static void stop(ftblab_component *self)
{
  state *library = self->state;
  free(library->nodes);
  free(library->ranks);
  *library = (state){0};
}

/* Where each rank is; of a job that is being restarted, where it will be: the nodes it holds are in rank order. */
static void locate(ftblab_component *self)
{
  state *library = self->state;
  for (int i = 0; i < ftblab_rank_count(self); i++) {
    int place = i / self->job->ranks_per_node;
    library->nodes[i] = place < self->job->node_count ? self->job->nodes[place] : -1;
  }
  for (int i = 0; self->job->state == FTBLAB_JOB_RUNNING && i < self->job->node_count; i++) {
    int node = self->job->nodes[i];
    int count = self->world->ops->job_ranks_on(self, self->job->index, node, library->ranks);
    for (int j = 0; j < count; j++)
      library->nodes[library->ranks[j]] = node;
  }
}

/* The payload of RANKS in TEXT, which is emptied first. */
static void write_processes(ftblab_component *self, const int64_t *ranks, int count, ftblab_text *text)
{
  const state *library = self->state;
  ftblab_text_clear(text);
  ftblab_text_add(text, "processes: {");
  for (int i = 0; i < count; i++) {
    int node = library->nodes[ranks[i]];
    ftblab_text_addf(text, "%s\"%s:%lld\"", i ? ", " : "", node < 0 ? "" : self->world->ops->node_name(self, node),
                     (long long)ranks[i]);
  }
  ftblab_text_add(text, "}");
}

/* What does not fit into a payload goes in halves. */
static void announce(ftblab_component *self, const char *event, const int64_t *ranks, int count)
{
  ftblab_text payload = {0};
  write_processes(self, ranks, count, &payload);
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else if (payload.length <= FTBLAB_PAYLOAD_LIMIT || count == 1)
    self->world->ops->publish(self, event, payload.data, 0);
  bool splits = !payload.failed && payload.length > FTBLAB_PAYLOAD_LIMIT && count > 1;
  ftblab_text_free(&payload);
  if (!splits)
    return;
  announce(self, event, ranks, count / 2);
  announce(self, event, ranks + count / 2, count - count / 2);
}

static void on_images(ftblab_component *self, bool restart, bool end, const int64_t *ranks, int count)
{
  static const char *const events[2][2] = {{"CR_CKPTS_BEGIN", "CR_CKPTS_END"},
                                           {"CR_RESTARTS_BEGIN", "CR_RESTARTS_END"}};
  if (count == 0)
    return;
  if (!(restart && end)) /* the end of a restart names the processes as its beginning did, wherever they run now */
    locate(self);
  announce(self, events[restart][end], ranks, count);
}

/* D.1 row 4(b). */
static void on_migrate_event(ftblab_component *self, const ftblab_delivery *event)
{
  int from = ftblab_node_under(self, event->payload, "snode"), to = ftblab_node_under(self, event->payload, "dnode");
  if (from < 0 || to < 0 || !ftblab_payload_names(event->payload, "jobs", self->job->name))
    return;
  self->world->ops->note(self, "Coordinate a checkpoint");
  self->world->ops->job_stage(self, self->job->index, FTBLAB_STAGE_CHECKPOINT, from, to);
}

static const ftblab_interest mvapich2_interests[] = {
    {"CR_FTB_MIGRATE", {"snode", "dnode", "jobs"}, on_migrate_event},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, mvapich2_interests, FTBLAB_COUNT(mvapich2_interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  state *library = self->state;
  size_t ranks = (size_t)ftblab_rank_count(self) + 1;
  library->nodes = calloc(ranks, sizeof *library->nodes);
  library->ranks = calloc(ranks, sizeof *library->ranks);
  if (library->nodes && library->ranks)
    return ftblab_plays(self, "mvapich2")
               ? ftblab_register(self, mvapich2_interests, FTBLAB_COUNT(mvapich2_interests), err)
               : FTBLAB_OK;
  stop(self);
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %zu ranks of job %s", ranks - 1, self->job->name);
}

extern const ftblab_role_class ftblab_cr_library_role;
const ftblab_role_class ftblab_cr_library_role = {
    .role = "C/R Library",
    .space = "ftb.cr.ftblab",
    .instance = "cr",
    .scope = FTBLAB_PER_JOB,
    .state_size = sizeof(state),
    .start = start,
    .stop = stop,
    .on_event = on_event,
    .on_images = on_images,
};
