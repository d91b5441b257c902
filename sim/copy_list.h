/* copy_list.h - lists of copies that begin together, again and again, and change a little in between. Private to
 * sim/. */
#ifndef FTBLAB_COPY_LIST_H
#define FTBLAB_COPY_LIST_H

#include "base.h"

typedef struct ftblab_copy_way {
  int from, to;
  bool from_disk, to_disk;
  double bytes;
} ftblab_copy_way;

typedef struct ftblab_copy_list {
  int users;
  ftblab_copy_way *ways;
  uint32_t count, room;
  bool uses_disk;
  double seconds;         /* that they take if nothing else is under way; below 0: nobody has asked */
  ftblab_copy_way *timed; /* the ways that took what `took` says when it was worked out; NULL: it was not */
  double took;
} ftblab_copy_list;

/* With room for so many ways, and one user; NULL: no memory. */
ftblab_copy_list *ftblab_copy_list_new(size_t room);
bool ftblab_copy_list_add(ftblab_copy_list *list, ftblab_copy_way way); /* false: no memory */
void ftblab_copy_list_leave(ftblab_copy_list *list);                    /* one user less; NULL: nothing happens */
/* LIST takes SECONDS; it remembers of which ways that is true. False: no memory. */
bool ftblab_copy_list_time(ftblab_copy_list *list, double seconds);
bool ftblab_copy_list_needs(const ftblab_copy_list *list, int node); /* a copy comes from there, or leads there */

/* The way at PLACE leads from FROM to TO now. Nobody else may use the list. */
static inline void ftblab_copy_list_redirect(ftblab_copy_list *list, uint32_t place, int from, int to)
{
  ftblab_copy_way *way = &list->ways[place];
  if (way->from == from && way->to == to)
    return;
  way->from = from;
  way->to = to;
  list->seconds = -1;
}

#endif
