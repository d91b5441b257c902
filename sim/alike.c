/* alike.c - what the ranks of a launch that is computed have in common is kept once, for all of them.
 *
 * They start, stop and end together, mostly, and there are thousands: only when one of them becomes another than the
 * others does each note for itself how it is. How many are what is counted in any case. */
#include "pace.h"

void ftblab_count_rank(const rank *self, int sign)
{
  ftblab_launch *launch = self->launch;
  ftblab_rank_counts *counts = &launch->counts;
  bool hole = self->blank_until == INT_MAX, dead = self->state == RANK_DEAD;
  counts->running += sign * (self->state == RANK_RUNNING);
  counts->going += sign * (self->state == RANK_RUNNING && !self->stopped);
  counts->stopped += sign * self->stopped;
  counts->undeclared += sign * (dead && !hole);
  counts->spawn_wanted += sign * self->spawn_wanted;
  counts->holes += sign * hole;
  if (dead && sign > 0 && self->id < launch->first_dead)
    launch->first_dead = self->id;
  if (dead && sign > 0 && self->id > launch->last_dead)
    launch->last_dead = self->id;
}

void ftblab_launch_make_ranks(ftblab_launch *launch)
{
  for (int i = 0; i < launch->rank_count; i++)
    launch->ranks[i] = (rank){.base.ops = &ftblab_rank_services,
                              .launch = launch,
                              .id = i,
                              .waits_for = -1,
                              .piece = FTBLAB_NO_PIECE,
                              .began = -1,
                              .state = RANK_IMAGE};
}

void ftblab_launch_spread(ftblab_launch *launch)
{
  if (!launch->alike)
    return;
  launch->alike = false;
  for (int i = 0; i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    self->state = launch->state;
    self->iteration = launch->pace.iteration;
    self->stopped = launch->all_stopped;
    self->spawn_wanted = false;
    self->blank_until = 0;
    self->told = self->told && launch->noted;
  }
  launch->noted = true;
}

void ftblab_launch_find_step(ftblab_launch *launch)
{
  bool alike = launch->counts.going == launch->rank_count && launch->counts.holes + launch->counts.spawn_wanted == 0;
  for (int i = 0; alike && !launch->alike && i < launch->rank_count; i++)
    alike = launch->ranks[i].iteration == launch->pace.iteration && launch->ranks[i].blank_until == 0;
  if (alike && !launch->alike)
    ftblab_launch_set_all(launch, RANK_RUNNING);
}

void ftblab_launch_set_all(ftblab_launch *launch, rank_state state)
{
  int all = launch->rank_count;
  launch->alike = true;
  launch->all_stopped = false;
  launch->state = state;
  launch->counts = (ftblab_rank_counts){0};
  if (state == RANK_RUNNING)
    launch->counts.running = launch->counts.going = all;
  if (state == RANK_DEAD)
    launch->counts.undeclared = all;
  launch->first_dead = state == RANK_DEAD ? 0 : all;
  launch->last_dead = state == RANK_DEAD ? all - 1 : -1;
  launch->moves++;
}

void ftblab_launch_stop_all(ftblab_launch *launch, bool stopped)
{
  launch->all_stopped = stopped;
  launch->counts.stopped = stopped ? launch->rank_count : 0;
  launch->counts.going = stopped ? 0 : launch->rank_count;
}
