/* dealing.c - who deals a job's work in pieces, and what its results are worth.
 *
 * One component serves a job at a time. What it was sent it has accepted when its handler is called; if it dies,
 * results wait at their ranks. The account is kept by pieces: what was worked on one is useful until the rank is lost
 * before its result was accepted, or until nobody has the result any more. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static bool runs(const ftblab_job_record *record)
{
  return record->job.state == FTBLAB_JOB_RUNNING;
}

/* Ranks of one node share its time. */
static double node_seconds(const ftblab_job_record *record, double seconds)
{
  return seconds / record->job.ranks_per_node;
}

void ftblab_pieces_free(ftblab_job_record *record)
{
  free(record->pieces);
  record->pieces = NULL;
  record->piece_count = 0;
}

/* Room for the result of PIECE; false: no memory. */
static bool make_room(ftblab_job_record *record, int piece)
{
  if (piece < record->piece_count)
    return true;
  int count = piece < 64 ? 64 : 2 * piece;
  double *pieces = realloc(record->pieces, (size_t)count * sizeof *pieces);
  if (pieces == NULL) {
    ftblab_world_no_memory(record->world);
    return false;
  }
  memset(pieces + record->piece_count, 0, (size_t)(count - record->piece_count) * sizeof *pieces);
  record->pieces = pieces;
  record->piece_count = count;
  return true;
}

void ftblab_piece_delivered(void *argument, int64_t value, double date)
{
  ftblab_simulated *world = argument;
  ftblab_job_record *record = &world->jobs[value >> 32];
  int rank = (int)(value & 0xffffffff);
  ftblab_launch *launch = ftblab_launch_of(record);
  int piece = runs(record) ? ftblab_launch_piece_of(launch, rank) : FTBLAB_NO_PIECE;
  if (piece == FTBLAB_NO_PIECE || !record->dealer->alive || !make_room(record, piece))
    return;
  ftblab_world_enter(world, date, 0);
  ftblab_accounts_changed(world);
  record->pieces[piece] += node_seconds(record, ftblab_launch_accept(launch, rank));
  ftblab_component *dealer = &record->dealer->component;
  if (dealer->class->on_piece != NULL)
    dealer->class->on_piece(dealer, record->job.index, rank, piece);
  ftblab_world_leave(world);
}

void ftblab_work_changed(void *argument, int64_t job, double date)
{
  ftblab_simulated *world = argument;
  (void)job;
  ftblab_world_enter(world, date, 0);
  ftblab_accounts_changed(world);
  ftblab_world_leave(world);
}

void ftblab_piece_lost(ftblab_job_record *record, int rank)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  if (record->dealer != NULL && !ftblab_launch_is_hole(launch, rank))
    ftblab_accounts_lose(record, node_seconds(record, ftblab_launch_worked(launch, rank)));
}

void ftblab_dealer_gone(ftblab_unit *unit)
{
  ftblab_simulated *world = unit->world;
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    ftblab_job_record *record = &world->jobs[i];
    if (record->dealer != unit || !runs(record))
      continue;
    ftblab_accounts_changed(world);
    ftblab_launch_serve(ftblab_launch_of(record), -1);
  }
}

/* ---- services ---------------------------------------------------------------------------------------------- */

void ftblab_job_serve_service(ftblab_component *self, int job)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (!runs(record))
    return;
  ftblab_accounts_changed(record->world);
  record->dealer = ftblab_unit_of(self);
  ftblab_launch_serve(ftblab_launch_of(record), self->node);
}

bool ftblab_job_is_served_service(ftblab_component *self, int job)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return runs(record) && ftblab_launch_is_served(ftblab_launch_of(record));
}

void ftblab_job_give_service(ftblab_component *self, int job, int rank, int piece)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (runs(record) && record->dealer == ftblab_unit_of(self))
    ftblab_launch_give(ftblab_launch_of(record), rank, piece);
}

int ftblab_job_piece_of_service(ftblab_component *self, int job, int rank)
{
  const ftblab_job_record *record = ftblab_job_record_of(self, job);
  return runs(record) ? ftblab_launch_piece_of(ftblab_launch_of(record), rank) : FTBLAB_NO_PIECE;
}

void ftblab_job_forget_service(ftblab_component *self, int job, int piece)
{
  ftblab_job_record *record = ftblab_job_record_of(self, job);
  if (piece >= record->piece_count)
    return;
  ftblab_accounts_lose(record, record->pieces[piece]);
  record->pieces[piece] = 0;
}
