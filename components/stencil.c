/* stencil.c - an iterative stencil: a chain of subdomains, one a rank; each iteration computes and exchanges halos.
 *
 * Neighbours are always rank - 1 and rank + 1, never the next living rank: a blank neighbour is MPI_PROC_NULL and
 * completes at once, so that no two ranks can disagree about who talks to whom while the news of a death travels. */
#include <string.h>

#include "kind.h"

/* Whether survivors take over the work of blank ranks ("share") or leave a hole in the domain ("skip"). */
static bool shares_work(const cJSON *parameters)
{
  const char *on_blank = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "on_blank"));
  return on_blank && strcmp(on_blank, "share") == 0;
}

static void run(ftblab_rank *rank, const cJSON *parameters)
{
  double flops = ftblab_kind_number(parameters, "flops"), halo_bytes = ftblab_kind_number(parameters, "halo_bytes");
  int iterations = (int)ftblab_kind_number(parameters, "iterations");
  bool share = shares_work(parameters);
  int neighbours[2];
  int neighbour_count = ftblab_kind_neighbours(rank, neighbours);

  for (int i = rank->ops->first_iteration(rank); i < iterations; i++) {
    double part = share ? (double)rank->ops->size(rank) / rank->ops->alive(rank) : 1;
    rank->ops->compute(rank, flops * part);
    rank->ops->exchange(rank, neighbours, neighbour_count, halo_bytes);
    rank->ops->progress(rank, i);
  }
}

static void tell_step(const cJSON *parameters, int size, int alive, ftblab_step *step)
{
  double part = shares_work(parameters) ? (double)size / alive : 1;
  *step = (ftblab_step){.iterations = (int)ftblab_kind_number(parameters, "iterations"),
                        .flops = ftblab_kind_number(parameters, "flops") * part,
                        .bytes = ftblab_kind_number(parameters, "halo_bytes")};
}

extern const ftblab_application_class ftblab_stencil_application;
const ftblab_application_class ftblab_stencil_application = {.kind = "stencil", .run = run, .step = tell_step};

/* The same, with checkpoints of its own (heat.c). */
extern const ftblab_application_class ftblab_heat_application;
const ftblab_application_class ftblab_heat_application = {.kind = "heat", .run = run, .step = tell_step};
