/* advice.h - what comes of an interval, for both kinds of advice (advice.c, two_levels.c). Private to laws/. */
#ifndef FTBLAB_ADVICE_H
#define FTBLAB_ADVICE_H

#include "laws.h"

/* Fill in of ROW what the simulation of JOB tells, by JUDGES. MAKESPANS has room for one of each. */
ftblab_status ftblab_advice_judge(const ftblab_checkpointed *job, ftblab_history *history,
                                  const ftblab_replicas *judges, double *makespans, ftblab_advice_row *row,
                                  ftblab_error *err);

#endif
