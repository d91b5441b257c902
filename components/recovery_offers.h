/* recovery_offers.h - the job scheduler's side of recovery with the application (workflow FTLA.1). Private to
 * components/. It is part of the resource manager's code, whose state it uses. */
#ifndef FTBLAB_RECOVERY_OFFERS_H
#define FTBLAB_RECOVERY_OFFERS_H

#include "role.h"

/* There if the parameter "arbitrates" says so. */
extern const ftblab_interest ftblab_recovery_interests[];
extern const size_t ftblab_recovery_interest_count;

/* JOB has ended: what was promised is void. Whether it is to wait in the queue again, whatever its user said. */
bool ftblab_recovery_job_ended(ftblab_component *self, int job);
/* The application of JOB has not acknowledged its checkpoint in time. */
void ftblab_recovery_overdue(ftblab_component *self, int job);

#endif
