/* task_farm.h - the manager of a task farm: its bag of tasks, and which worker has which. Private to components/. */
#ifndef FTBLAB_TASK_FARM_H
#define FTBLAB_TASK_FARM_H

#include "component.h"

typedef struct ftblab_task_farm {
  int tasks, left;  /* LEFT are not done */
  bool *done, *out; /* by task; OUT: a worker has it */
  int *task;        /* by rank; -1: none */
  bool *gone;       /* by rank: it is blank */
} ftblab_task_farm;

bool ftblab_is_task_farm(const ftblab_job *job);
/* A bag that is full, and a task for each worker. FTBLAB_ENOMEM. */
ftblab_status ftblab_task_farm_start(ftblab_component *self, ftblab_task_farm *farm, ftblab_error *err);
void ftblab_task_farm_free(ftblab_task_farm *farm);
/* RANK has sent the result of TASK. */
void ftblab_task_farm_result(ftblab_component *self, ftblab_task_farm *farm, int rank, int task);
/* RANKS are blank: their tasks go back to the bag, for whoever is free. Returns how many there were. */
int ftblab_task_farm_lose(ftblab_component *self, ftblab_task_farm *farm, const int64_t *ranks, int count);
/* RANKS were spawned again. */
void ftblab_task_farm_join(ftblab_component *self, ftblab_task_farm *farm, const int64_t *ranks, int count);

#endif
