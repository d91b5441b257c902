/* room.c - lists that grow. What must hold: a list that finds no memory is as it was. */
#include "base.h"

#include <stdlib.h>

#define LEAST_ROOM 256 /* things; chosen, no source: most lists never grow again */

bool ftblab_make_room(void **list, uint32_t count, uint32_t *capacity, size_t size)
{
  if (count < *capacity)
    return true;
  if (*capacity > UINT32_MAX / 2)
    return false;
  uint32_t more = *capacity == 0 ? LEAST_ROOM : 2 * *capacity;
  void *grown = realloc(*list, more * size);
  if (grown == NULL)
    return false;
  *list = grown;
  *capacity = more;
  return true;
}
