/* kernels.c - a program made of kernels, objects that hold the state of its execution. Its principal kernel, on the
 * master, goes on in steps: in each it makes subordinate kernels, has them dealt to the nodes, and goes on when all
 * have come back. What a rank does is here: it takes a kernel, works on it, sends it back.
 *
 * Kernel k of a step is number step * kernels + k. The ranks share no state and know neither of each other nor of how
 * many they are. */
#include "kind.h"

/* The first kernel of a step has the least to do, the last the most; their mean is the parameter. */
static double flops_of(const cJSON *parameters, int kernel, int kernels)
{
  double place = kernels > 1 ? 2.0 * (kernel % kernels) / (kernels - 1) - 1 : 0;
  return ftblab_kind_number(parameters, "flops") * (1 + ftblab_kind_number(parameters, "spread") * place);
}

static void run(ftblab_rank *rank, const cJSON *parameters)
{
  int kernels = (int)ftblab_kind_number(parameters, "kernels"), kernel;
  while ((kernel = rank->ops->take(rank, ftblab_kind_number(parameters, "bytes"))) != FTBLAB_NO_PIECE) {
    rank->ops->compute(rank, flops_of(parameters, kernel, kernels));
    rank->ops->deliver(rank, ftblab_kind_number(parameters, "result_bytes"));
    rank->ops->progress(rank, kernel / kernels);
  }
}

extern const ftblab_application_class ftblab_kernels_application;
const ftblab_application_class ftblab_kernels_application = {.kind = "kernels", .manager = "Master", .run = run};
