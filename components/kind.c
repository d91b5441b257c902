/* kind.c - see kind.h. */
#include "kind.h"

double ftblab_kind_number(const cJSON *parameters, const char *name)
{
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(parameters, name));
}

int ftblab_kind_neighbours(ftblab_rank *rank, int neighbours[2])
{
  int id = rank->ops->id(rank), count = 0;
  if (id > 0)
    neighbours[count++] = id - 1;
  if (id < rank->ops->size(rank) - 1)
    neighbours[count++] = id + 1;
  return count;
}
