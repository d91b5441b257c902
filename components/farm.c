/* farm.c - a task farm: rank 0 is the manager, which deals tasks out of its bag (task_farm.c) and does none itself; the
 * others are workers. A worker takes a task, works on it, sends the result back, until there is no more. */
#include "kind.h"

static void run(ftblab_rank *rank, const cJSON *parameters)
{
  while (rank->ops->take(rank, ftblab_kind_number(parameters, "bytes")) != FTBLAB_NO_PIECE) {
    rank->ops->compute(rank, ftblab_kind_number(parameters, "flops"));
    rank->ops->deliver(rank, ftblab_kind_number(parameters, "result_bytes"));
  }
}

extern const ftblab_application_class ftblab_farm_application;
const ftblab_application_class ftblab_farm_application = {.kind = "farm", .leads = true, .run = run};
