/* precision.h - the Autonomic Script's part when an application says how much precision a recovery cost it (the
 * extension of workflow FTLA.1). Private to components/. */
#ifndef FTBLAB_PRECISION_H
#define FTBLAB_PRECISION_H

#include "role.h"

/* The reaction to PRECISION_LOSS: more digits than the parameter tolerated_digits, and the job is to start from
 * scratch. */
void ftblab_judge_precision(ftblab_component *self, const ftblab_delivery *event);

#endif
