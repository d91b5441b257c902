/* kernel_bag.c - the state of a principal kernel. See kernel_bag.h.
 *
 * A step begins when all kernels of the one before it are done: the principal kernel needs their results. */
#include "kernel_bag.h"

#include <stdlib.h>
#include <string.h>

#include "kind.h"

static int parameter(const ftblab_job *job, const char *name)
{
  return (int)ftblab_kind_number(job->parameters, name);
}

int ftblab_kernel_bag_total(const ftblab_kernel_bag *bag)
{
  return bag->steps * bag->width;
}

ftblab_status ftblab_kernel_bag_init(ftblab_kernel_bag *bag, const ftblab_job *job, ftblab_error *err)
{
  *bag = (ftblab_kernel_bag){.steps = parameter(job, "steps"), .width = parameter(job, "kernels")};
  size_t total = (size_t)ftblab_kernel_bag_total(bag);
  bag->done = calloc(total + 1, sizeof *bag->done);
  bag->out = calloc(total + 1, sizeof *bag->out);
  if (!bag->done || !bag->out) {
    ftblab_kernel_bag_free(bag);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %zu kernels of job %s", total, job->name);
  }
  ftblab_kernel_bag_restart(bag);
  return FTBLAB_OK;
}

void ftblab_kernel_bag_free(ftblab_kernel_bag *bag)
{
  free(bag->done);
  free(bag->out);
  *bag = (ftblab_kernel_bag){0};
}

void ftblab_kernel_bag_restart(ftblab_kernel_bag *bag)
{
  int total = ftblab_kernel_bag_total(bag);
  bag->step = 0;
  bag->missing = bag->width;
  for (int i = 0; i < total; i++) {
    bag->done[i] = false;
    bag->out[i] = false;
  }
}

bool ftblab_kernel_bag_is_empty(const ftblab_kernel_bag *bag)
{
  return bag->step == bag->steps;
}

/* The first step that is not whole. */
static void find_step(ftblab_kernel_bag *bag)
{
  while (bag->step < bag->steps) {
    bag->missing = 0;
    for (int i = 0; i < bag->width; i++)
      bag->missing += !bag->done[bag->step * bag->width + i];
    if (bag->missing > 0)
      return;
    bag->step++;
  }
}

bool ftblab_kernel_bag_finish(ftblab_kernel_bag *bag, int64_t kernel)
{
  if (kernel < 0 || kernel >= ftblab_kernel_bag_total(bag) || bag->done[kernel])
    return false;
  bag->done[kernel] = true;
  bag->out[kernel] = false;
  if (kernel / bag->width == bag->step && --bag->missing == 0)
    find_step(bag);
  return true;
}

int ftblab_kernel_bag_next(const ftblab_kernel_bag *bag, int place, int places)
{
  if (ftblab_kernel_bag_is_empty(bag))
    return -1;
  for (int i = 0; i < bag->width; i++) {
    int kernel = bag->step * bag->width + i;
    if (!bag->done[kernel] && !bag->out[kernel] && (places == 0 || i % places == place))
      return kernel;
  }
  return -1;
}
