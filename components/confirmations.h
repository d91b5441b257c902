/* confirmations.h - the agent's side of suspend, resume and migrate: others are told that a command was carried out
 * (section 2.3 of the standard). Private to components/. */
#ifndef FTBLAB_CONFIRMATIONS_H
#define FTBLAB_CONFIRMATIONS_H

#include "role.h"

/* Starts as {0}. MPI says what it did in as many events as the ranks need; it is confirmed once. */
typedef struct ftblab_confirmations {
  enum { FTBLAB_UNCONFIRMED, FTBLAB_CONFIRMED_SUSPENDED, FTBLAB_CONFIRMED_RESUMED } * last; /* by job */
  int *moved_to; /* by node: where its services went, plus 1; 0: nowhere */
} ftblab_confirmations;

ftblab_status ftblab_confirmations_init(ftblab_confirmations *confirmations, ftblab_component *self, ftblab_error *err);
void ftblab_confirmations_free(ftblab_confirmations *confirmations);

void ftblab_confirm_suspended(ftblab_confirmations *confirmations, ftblab_component *self,
                              const ftblab_delivery *event);
void ftblab_confirm_resumed(ftblab_confirmations *confirmations, ftblab_component *self, const ftblab_delivery *event);
void ftblab_confirm_migrated(ftblab_confirmations *confirmations, ftblab_component *self, const ftblab_delivery *event);

#endif
