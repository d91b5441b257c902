/* task_farm.c - the manager of a task farm. See task_farm.h.
 *
 * The bag is in the manager's memory and nowhere else: who loses the manager loses it. */
#include "task_farm.h"

#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "role.h"

enum { MANAGER }; /* its rank */

bool ftblab_is_task_farm(const ftblab_job *job)
{
  return strcmp(job->application, "farm") == 0;
}

void ftblab_task_farm_free(ftblab_task_farm *farm)
{
  free(farm->done);
  free(farm->out);
  free(farm->task);
  free(farm->gone);
  *farm = (ftblab_task_farm){0};
}

static int next_task(const ftblab_task_farm *farm)
{
  for (int task = 0; task < farm->tasks; task++)
    if (!farm->done[task] && !farm->out[task])
      return task;
  return -1;
}

static void give(ftblab_component *self, ftblab_task_farm *farm, int rank, int task)
{
  if (task >= 0)
    farm->out[task] = true;
  farm->task[rank] = task;
  self->world->ops->job_give(self, self->job->index, rank, task);
}

/* A task to each worker that has none; if all are done, an end to everybody. */
static void deal(ftblab_component *self, ftblab_task_farm *farm)
{
  int ranks = ftblab_rank_count(self);
  for (int rank = 0; farm->left == 0 && rank < ranks; rank++)
    if (!farm->gone[rank])
      give(self, farm, rank, FTBLAB_NO_PIECE);
  for (int rank = MANAGER + 1; farm->left > 0 && rank < ranks; rank++) {
    if (farm->gone[rank] || farm->task[rank] >= 0)
      continue;
    int task = next_task(farm);
    if (task < 0)
      return;
    give(self, farm, rank, task);
  }
}

ftblab_status ftblab_task_farm_start(ftblab_component *self, ftblab_task_farm *farm, ftblab_error *err)
{
  size_t ranks = (size_t)ftblab_rank_count(self) + 1;
  farm->tasks = farm->left = (int)ftblab_kind_number(self->job->parameters, "tasks");
  farm->done = calloc((size_t)farm->tasks + 1, sizeof *farm->done);
  farm->out = calloc((size_t)farm->tasks + 1, sizeof *farm->out);
  farm->task = calloc(ranks, sizeof *farm->task);
  farm->gone = calloc(ranks, sizeof *farm->gone);
  if (!farm->done || !farm->out || !farm->task || !farm->gone)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the %d tasks of job %s", farm->tasks, self->job->name);
  for (size_t rank = 0; rank < ranks; rank++)
    farm->task[rank] = -1;
  self->world->ops->job_serve(self, self->job->index);
  deal(self, farm);
  return FTBLAB_OK;
}

void ftblab_task_farm_result(ftblab_component *self, ftblab_task_farm *farm, int rank, int task)
{
  farm->left -= !farm->done[task];
  farm->done[task] = true;
  farm->task[rank] = -1;
  deal(self, farm);
}

int ftblab_task_farm_lose(ftblab_component *self, ftblab_task_farm *farm, const int64_t *ranks, int count)
{
  int back = 0;
  for (int i = 0; i < count; i++) {
    int task = farm->task[ranks[i]];
    farm->gone[ranks[i]] = true;
    farm->task[ranks[i]] = -1;
    if (task < 0)
      continue;
    farm->out[task] = false;
    back++;
  }
  deal(self, farm);
  return back;
}

void ftblab_task_farm_join(ftblab_component *self, ftblab_task_farm *farm, const int64_t *ranks, int count)
{
  for (int i = 0; i < count; i++)
    farm->gone[ranks[i]] = false;
  deal(self, farm);
}
