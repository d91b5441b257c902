/* copy_list.c - see copy_list.h. */
#include "copy_list.h"

#include <stdlib.h>
#include <string.h>

ftblab_copy_list *ftblab_copy_list_new(size_t room)
{
  ftblab_copy_list *made = malloc(sizeof *made);
  ftblab_copy_way *ways = malloc((room + 1) * sizeof *ways);
  if (made == NULL || ways == NULL) {
    free(made);
    free(ways);
    return NULL;
  }
  *made = (ftblab_copy_list){.users = 1, .ways = ways, .room = (uint32_t)room + 1, .seconds = -1};
  return made;
}

static void forget_time(ftblab_copy_list *list)
{
  free(list->timed);
  list->timed = NULL;
  list->seconds = -1;
}

bool ftblab_copy_list_add(ftblab_copy_list *list, ftblab_copy_way way)
{
  if (!ftblab_make_room((void **)&list->ways, list->count, &list->room, sizeof *list->ways))
    return false;
  if (list->timed != NULL)
    forget_time(list);
  list->ways[list->count++] = way;
  list->uses_disk = list->uses_disk || way.from_disk || way.to_disk;
  return true;
}

void ftblab_copy_list_leave(ftblab_copy_list *list)
{
  if (list == NULL || --list->users > 0)
    return;
  forget_time(list);
  free(list->ways);
  free(list);
}

bool ftblab_copy_list_time(ftblab_copy_list *list, double seconds)
{
  size_t size = list->count * sizeof *list->ways;
  if (list->timed == NULL)
    list->timed = malloc(size + 1);
  if (list->timed == NULL)
    return false;
  memcpy(list->timed, list->ways, size);
  list->seconds = list->took = seconds;
  return true;
}

bool ftblab_copy_list_needs(const ftblab_copy_list *list, int node)
{
  for (uint32_t i = 0; i < list->count; i++)
    if (list->ways[i].from == node || list->ways[i].to == node)
      return true;
  return false;
}
