/* work.c - work in pieces: a rank takes a piece from who serves its job, works on it, delivers the result.
 *
 * A rank has room for one piece. What it was given is there when its bytes have come from the dealer's node; if that
 * node dies first, it never was. One that is being spawned takes it when it has started. A result stays with its rank
 * until who serves the job has accepted it: one that was sent to a dealer who died is sent again to the next. Whether a
 * dealer lives is the world's business; it says so. */
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/semaphore.h>

#include "rank.h"
#include "transfer.h"

static rank *rank_of(ftblab_rank *handle)
{
  return (rank *)handle;
}

static void tell(const rank *self, ftblab_call *call, int64_t value)
{
  const ftblab_launch_config *config = &self->launch->config;
  ftblab_engine_at(config->engine, ftblab_engine_now(config->engine), call, config->argument, value);
}

static void set_idle(rank *self, bool idle)
{
  if (self->idle == idle)
    return;
  self->idle = idle;
  self->since = ftblab_engine_now(self->launch->config.engine);
  tell(self, self->launch->config.worked, self->launch->config.job->index);
}

/* One try to move BYTES between SELF's node and the dealer's. */
static bool try_to_carry(rank *self, bool to_dealer, double bytes)
{
  const ftblab_launch *launch = self->launch;
  void *here = ftblab_engine_node_host(launch->config.engine, ftblab_rank_node(self));
  void *there = ftblab_engine_node_host(launch->config.engine, launch->dealer);
  self->transfer = to_dealer ? ftblab_transfer_start(here, there, bytes) : ftblab_transfer_start(there, here, bytes);
  if (self->transfer == NULL)
    return false;
  sg_error_t result = sg_comm_wait(self->transfer);
  self->transfer = NULL;
  return result == SG_OK;
}

/* Move BYTES between SELF's node and the dealer's, if there is one; again and again where an interface or a link fails.
 * False: nothing came. */
static bool carry(rank *self, bool to_dealer, double bytes)
{
  const ftblab_launch *launch = self->launch;
  int dealers = launch->dealers;
  while (launch->dealer >= 0 && launch->dealers == dealers &&
         ftblab_engine_node_up(launch->config.engine, launch->dealer)) {
    if (try_to_carry(self, to_dealer, bytes))
      return true;
    sg_sem_acquire_timeout(self->wake, launch->config.retransmit_after);
  }
  return false;
}

int ftblab_rank_take(ftblab_rank *handle, double bytes)
{
  rank *self = rank_of(handle);
  for (;;) {
    while (!self->given) {
      set_idle(self, true);
      sg_sem_acquire(self->wake);
    }
    self->given = false;
    set_idle(self, false);
    if (self->piece == FTBLAB_NO_PIECE || carry(self, false, bytes))
      break;
    self->piece = FTBLAB_NO_PIECE;
  }
  self->began = ftblab_engine_now(self->launch->config.engine);
  return self->piece;
}

void ftblab_rank_deliver(ftblab_rank *handle, double bytes)
{
  rank *self = rank_of(handle);
  ftblab_launch *launch = self->launch;
  self->worked = ftblab_engine_now(launch->config.engine) - self->began;
  self->began = -1;
  self->accepted = false;
  while (!self->accepted) {
    int dealers = launch->dealers;
    bool came = carry(self, true, bytes);
    if (launch->dealers != dealers) /* to one who deals no more */
      continue;
    if (came)
      tell(self, launch->config.delivers, (int64_t)launch->config.job->index << 32 | self->id);
    else
      set_idle(self, true);
    while (!self->accepted && launch->dealers == dealers)
      sg_sem_acquire(self->wake);
    set_idle(self, false);
  }
}

/* ---- what the world does and asks ------------------------------------------------------------------------- */

void ftblab_launch_serve(ftblab_launch *launch, int node)
{
  launch->dealer = node;
  launch->dealers++;
  for (int i = 0; i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (self->state == RANK_RUNNING && self->transfer == NULL)
      sg_sem_release(self->wake);
  }
}

bool ftblab_launch_is_served(const ftblab_launch *launch)
{
  return launch->dealer >= 0;
}

void ftblab_launch_give(ftblab_launch *launch, int number, int piece)
{
  rank *self = &launch->ranks[number];
  bool starts = self->state == RANK_DEAD && self->spawn_wanted; /* it takes the piece when it is there */
  if (launch->over || (self->state != RANK_RUNNING && !starts) || self->piece != FTBLAB_NO_PIECE)
    return;
  self->piece = piece;
  self->given = true;
  self->began = -1;
  self->worked = 0;
  if (!starts)
    sg_sem_release(self->wake);
}

int ftblab_launch_piece_of(const ftblab_launch *launch, int number)
{
  const rank *self = &launch->ranks[number];
  return self->state == RANK_RUNNING ? self->piece : FTBLAB_NO_PIECE;
}

double ftblab_launch_accept(ftblab_launch *launch, int number)
{
  rank *self = &launch->ranks[number];
  double worked = self->worked;
  self->piece = FTBLAB_NO_PIECE;
  self->worked = 0;
  self->accepted = true;
  sg_sem_release(self->wake);
  return worked;
}

bool ftblab_launch_works(const ftblab_launch *launch, int number)
{
  const rank *self = &launch->ranks[number];
  return self->state == RANK_RUNNING && !self->idle;
}

double ftblab_launch_worked(const ftblab_launch *launch, int number)
{
  const rank *self = &launch->ranks[number];
  double until = self->state == RANK_DEAD ? self->died : ftblab_engine_now(launch->config.engine);
  return self->began >= 0 ? until - self->began : self->worked;
}

/* Nobody deals, or nobody has anything at hand any more that could bring the dealer to act. */
bool ftblab_rank_waits_in_vain(const rank *self)
{
  const ftblab_launch *launch = self->launch;
  if (self->state != RANK_RUNNING || !self->idle || self->given)
    return false;
  if (launch->dealer < 0)
    return true;
  for (int i = 0; i < launch->rank_count; i++)
    if (launch->ranks[i].state == RANK_RUNNING && launch->ranks[i].piece != FTBLAB_NO_PIECE)
      return false;
  return true;
}
