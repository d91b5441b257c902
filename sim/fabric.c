/* fabric.c - see fabric.h. Which links a route has is asked once for each pair, and only those that may fail are kept:
 * mostly none or a few. */
#include "fabric.h"

#include <stdlib.h>
#include <string.h>

#include "simgrid_shim.h"

typedef struct line {
  sg_link_t link;
  int failures, holds; /* under way */
  double since;        /* the date of its last failure; below 0: there was none */
} line;

/* The links of a route that may fail: from FIRST on in `crossed`, ended by -1. */
typedef struct way {
  sg_host_t from, to;
  size_t first;
} way;

struct ftblab_fabric {
  ftblab_engine *engine;
  ftblab_names *names; /* of links, by number */
  line *lines;
  size_t capacity;
  int failures;    /* of all links, under way */
  double last;     /* date of the last failure; below 0: there was none */
  way *ways;       /* a hash table; no FROM: free */
  size_t way_room; /* a power of two */
  size_t way_count;
  int *crossed;
  size_t crossed_count, crossed_room;
};

/* ---- links -------------------------------------------------------------------------------------------- */

static int number_of(const ftblab_fabric *fabric, const char *name)
{
  uint32_t number = ftblab_names_find(fabric->names, name, strlen(name));
  return number == FTBLAB_NO_NAME ? -1 : (int)number;
}

int ftblab_fabric_add(ftblab_fabric *fabric, sg_link_t link)
{
  const char *name = ftblab_shim_link_name(link);
  int known = number_of(fabric, name);
  if (known >= 0)
    return known;
  size_t count = ftblab_names_count(fabric->names);
  if (count == fabric->capacity) {
    size_t capacity = 2 * fabric->capacity + 8;
    line *lines = realloc(fabric->lines, capacity * sizeof *lines);
    if (lines == NULL)
      return -1;
    fabric->lines = lines;
    fabric->capacity = capacity;
  }
  if (ftblab_names_add(fabric->names, name, strlen(name)) == FTBLAB_NO_NAME)
    return -1;
  fabric->lines[count] = (line){.link = link, .since = -1};
  return (int)count;
}

const char *ftblab_fabric_name(const ftblab_fabric *fabric, int link)
{
  return ftblab_names_string(fabric->names, (uint32_t)link);
}

/* SimGrid is told of the first reason to turn the link off, and when there is none any more. */
static void turn(const ftblab_fabric *fabric, line *self, int before)
{
  int now = self->failures + self->holds;
  if ((before > 0) != (now > 0) && !ftblab_engine_control_only(fabric->engine))
    ftblab_shim_link_switch(self->link, now == 0);
}

void ftblab_fabric_fail(ftblab_fabric *fabric, int link, bool down)
{
  line *self = &fabric->lines[link];
  int before = self->failures + self->holds;
  self->failures += down ? 1 : -1;
  fabric->failures += down ? 1 : -1;
  if (down)
    fabric->last = self->since = ftblab_engine_now(fabric->engine);
  turn(fabric, self, before);
}

void ftblab_fabric_hold(ftblab_fabric *fabric, sg_link_t link, bool off)
{
  int number = ftblab_fabric_add(fabric, link);
  if (number < 0) {
    ftblab_engine_fail(fabric->engine);
    return;
  }
  line *self = &fabric->lines[number];
  int before = self->failures + self->holds;
  self->holds += off ? 1 : -1;
  turn(fabric, self, before);
}

/* ---- routes ------------------------------------------------------------------------------------------- */

static size_t place_of(const way *ways, size_t room, sg_host_t from, sg_host_t to)
{
  uint64_t mixed = ((uint64_t)(uintptr_t)from * UINT64_C(0x9e3779b97f4a7c15)) ^
                   ((uint64_t)(uintptr_t)to * UINT64_C(0xc2b2ae3d27d4eb4f));
  size_t place = (size_t)(mixed >> 20) & (room - 1);
  while (ways[place].from != NULL && (ways[place].from != from || ways[place].to != to))
    place = (place + 1) & (room - 1);
  return place;
}

static bool make_room(ftblab_fabric *fabric)
{
  if (2 * fabric->way_count < fabric->way_room)
    return true;
  size_t room = fabric->way_room == 0 ? 64 : 2 * fabric->way_room;
  way *ways = calloc(room, sizeof *ways);
  if (ways == NULL)
    return false;
  for (size_t i = 0; i < fabric->way_room; i++)
    if (fabric->ways[i].from != NULL)
      ways[place_of(ways, room, fabric->ways[i].from, fabric->ways[i].to)] = fabric->ways[i];
  free(fabric->ways);
  fabric->ways = ways;
  fabric->way_room = room;
  return true;
}

static bool add_crossed(ftblab_fabric *fabric, int link)
{
  if (fabric->crossed_count == fabric->crossed_room) {
    size_t room = 2 * fabric->crossed_room + 64;
    int *crossed = realloc(fabric->crossed, room * sizeof *crossed);
    if (crossed == NULL)
      return false;
    fabric->crossed = crossed;
    fabric->crossed_room = room;
  }
  fabric->crossed[fabric->crossed_count++] = link;
  return true;
}

/* A link of the route that is asked for. False: no memory. */
static bool cross(void *argument, const char *name)
{
  ftblab_fabric *fabric = argument;
  int link = number_of(fabric, name);
  return link < 0 || add_crossed(fabric, link);
}

/* NULL: no memory. */
static const way *way_between(ftblab_fabric *fabric, sg_host_t from, sg_host_t to)
{
  if (!make_room(fabric))
    return NULL;
  way *found = &fabric->ways[place_of(fabric->ways, fabric->way_room, from, to)];
  if (found->from != NULL)
    return found;
  size_t first = fabric->crossed_count;
  if (!ftblab_shim_route_links(from, to, cross, fabric) || !add_crossed(fabric, -1))
    return NULL;
  *found = (way){.from = from, .to = to, .first = first};
  fabric->way_count++;
  return found;
}

int ftblab_fabric_broken(ftblab_fabric *fabric, sg_host_t from, sg_host_t to, double since)
{
  if (from == to || (fabric->failures == 0 && !(fabric->last > since)))
    return -1;
  const way *asked = way_between(fabric, from, to);
  if (asked == NULL) {
    ftblab_engine_fail(fabric->engine);
    return -1;
  }
  for (const int *link = &fabric->crossed[asked->first]; *link >= 0; link++)
    if (fabric->lines[*link].failures > 0 || fabric->lines[*link].since > since)
      return *link;
  return -1;
}

bool ftblab_fabric_any_down(const ftblab_fabric *fabric)
{
  return fabric->failures > 0;
}

/* ---- life --------------------------------------------------------------------------------------------- */

ftblab_status ftblab_fabric_new(ftblab_engine *engine, ftblab_fabric **fabric, ftblab_error *err)
{
  ftblab_fabric *made = calloc(1, sizeof *made);
  if (made != NULL)
    made->names = ftblab_names_new();
  if (made == NULL || made->names == NULL) {
    free(made);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the links");
  }
  made->engine = engine;
  made->last = -1;
  *fabric = made;
  return FTBLAB_OK;
}

void ftblab_fabric_free(ftblab_fabric *fabric)
{
  if (fabric == NULL)
    return;
  ftblab_names_free(fabric->names);
  free(fabric->lines);
  free(fabric->ways);
  free(fabric->crossed);
  free(fabric);
}
