/* progress.h - which replicas of a point are there, and which are still wanted. Private to studies/.
 *
 * The answer depends on the rows that are there alone: how many a rule wants is asked only when all that it wanted
 * before are there, so that it is the same however the replicas came. */
#ifndef FTBLAB_PROGRESS_H
#define FTBLAB_PROGRESS_H

#include "store.h"

typedef struct ftblab_point_state {
  uint64_t point;
  ftblab_share share;
  unsigned char *there; /* a bit for each replica */
  uint64_t room;        /* replicas that THERE has bits for */
  uint64_t wanted;      /* replicas below this are to be there */
  uint64_t missing;     /* of those below WANTED */
  uint64_t next;        /* all below this are there or have been given out */
  bool finished;
} ftblab_point_state;

/* What the store has of POINT. *FOUND: so many replicas. */
ftblab_status ftblab_point_open(ftblab_store *store, const ftblab_study *study, ftblab_share share, uint64_t point,
                                ftblab_point_state *state, uint64_t *found, ftblab_error *err);
void ftblab_point_close(ftblab_point_state *state);
/* The next replica to run; false: none now. */
bool ftblab_point_take(const ftblab_study *study, ftblab_point_state *state, uint64_t *replica);
/* REPLICA is in the store. If it was the last that was wanted: want more, or be finished. */
ftblab_status ftblab_point_add(ftblab_store *store, const ftblab_study *study, ftblab_point_state *state,
                               uint64_t replica, ftblab_error *err);

#endif
