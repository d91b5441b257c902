/* kernel_bag.h - the state of a principal kernel: which of its subordinate kernels are done, and which are out.
 * Private to components/. It is all that a master needs to go on with a job, and so what is replicated. */
#ifndef FTBLAB_KERNEL_BAG_H
#define FTBLAB_KERNEL_BAG_H

#include "component.h"

typedef struct ftblab_kernel_bag {
  int steps, width;  /* WIDTH kernels in each step */
  int step, missing; /* the step under way, STEPS at the end; its kernels that are not done */
  bool *done;        /* by kernel */
  bool *out;         /* by kernel: somebody has it */
} ftblab_kernel_bag;

/* FTBLAB_ENOMEM. */
ftblab_status ftblab_kernel_bag_init(ftblab_kernel_bag *bag, const ftblab_job *job, ftblab_error *err);
void ftblab_kernel_bag_free(ftblab_kernel_bag *bag);
void ftblab_kernel_bag_restart(ftblab_kernel_bag *bag); /* nothing is done, nobody has anything */

int ftblab_kernel_bag_total(const ftblab_kernel_bag *bag);
bool ftblab_kernel_bag_is_empty(const ftblab_kernel_bag *bag); /* all is done */
/* KERNEL is done. False: that was known, or there is no such kernel. */
bool ftblab_kernel_bag_finish(ftblab_kernel_bag *bag, int64_t kernel);
/* A kernel of this step that nobody has; PLACES > 0: only one of those that belong to PLACE of so many; -1: none. */
int ftblab_kernel_bag_next(const ftblab_kernel_bag *bag, int place, int places);
#endif
