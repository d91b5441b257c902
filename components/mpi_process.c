/* mpi_process.c - an MPI process of MVAPICH2 (Appendix D): says how its own checkpoint and its own restart went, and
 * that it is through with checkpoints when it finalizes MPI.
 *
 * Only ranks that are to be moved write images, so only they have something to say. A process whose restart elsewhere
 * has failed goes on where it was, and it is that one which says so. */
#include "role.h"

/* H10 of the standard's defects: the events have no payload, the rank is that of the client. A trace needs it. */
static void say(ftblab_component *self, const char *event, const char *text)
{
  const int64_t rank = self->rank;
  ftblab_text payload = {0};
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  ftblab_payload_add_numbers(&payload, "ranks", &rank, 1);
  if (payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    self->world->ops->note_throw(self, "%s", text);
    self->world->ops->publish(self, event, payload.data, 0);
  }
  ftblab_text_free(&payload);
}

static int place_of(const ftblab_stage_answer *answer, int rank)
{
  for (int i = 0; i < answer->count; i++)
    if (answer->ranks[i] == rank)
      return i;
  return -1;
}

/* D.1 rows 5 and 11. */
static void on_stage(ftblab_component *self, const ftblab_stage_answer *answer)
{
  int place = place_of(answer, self->rank);
  if (place < 0)
    return;
  bool failed = answer->failed[place];
  if (answer->stage == FTBLAB_STAGE_CHECKPOINT && failed)
    say(self, "CR_FTB_CKPT_FAIL", "The checkpoint is failed");
  else if (answer->stage == FTBLAB_STAGE_CHECKPOINT)
    say(self, "CR_FTB_CKPT_DONE", "The checkpoint is completed successfully");
  else if (answer->stage == FTBLAB_STAGE_RESTART && failed)
    say(self, "CR_FTB_RSRT_FAIL", "The restart failed");
  else if (answer->stage == FTBLAB_STAGE_RESTART)
    say(self, "CR_FTB_RSRT_DONE", "The restart completed successfully");
}

/* D.1 row 13. */
static void on_finalize(ftblab_component *self)
{
  say(self, "CR_FTB_CKPT_FINALIZE", "The CR module has been shut down");
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  (void)self;
  (void)err;
  return FTBLAB_OK;
}

extern const ftblab_role_class ftblab_mpi_process_role;
const ftblab_role_class ftblab_mpi_process_role = {
    .role = "MPI Process",
    .space = "ftb.mpi.mvapich2",
    .instance = "rank",
    .scope = FTBLAB_PER_RANK,
    .library = "mvapich2",
    .start = start,
    .on_stage = on_stage,
    .on_finalize = on_finalize,
};
