/* latency.c - the transport that computes: a hop takes the idle network's time over its edge and is one item in the
 * engine's queue. Contention is left out on purpose; flow.c has it.
 *
 * An edge is asked for once and then kept with the node below, in both directions. */
#include <math.h>
#include <stdlib.h>

#include "backplane_internal.h"
#include "interface.h"

static double route_seconds(ftblab_backplane *backplane, int from, int to)
{
  double latency, seconds_per_byte;
  if (ftblab_engine_route(backplane->engine, from, to, &latency, &seconds_per_byte, NULL) != FTBLAB_OK)
    return INFINITY;
  return latency + backplane->config.message_bytes * seconds_per_byte;
}

/* Seconds over the edge; infinite: no route. */
static double edge_seconds(ftblab_backplane *backplane, int from, int to)
{
  ftblab_edge *edges = backplane->edges;
  bool down = backplane->tree.parent[to] == from;
  int child = down ? to : from, parent = down ? from : to;
  ftblab_edge *edge = &edges[child];
  if (edge->parent != parent)
    *edge = (ftblab_edge){.parent = parent, .up = NAN, .down = NAN};
  double *seconds = down ? &edge->down : &edge->up;
  if (isnan(*seconds))
    *seconds = route_seconds(backplane, from, to);
  return *seconds;
}

/* A message is gone if either end died while it was under way, even if the node is back. */
static bool died_meanwhile(ftblab_backplane *backplane, int from, int to, double date)
{
  double sent = date - edge_seconds(backplane, from, to);
  double last = fmax(backplane->tree.died[from], backplane->tree.died[to]);
  return last >= 0 && last > sent + 1e-12 * date; /* the difference is good to some 1e-16 of the date */
}

/* A link on its way is down, or was after the date SENT. */
static bool is_cut(const ftblab_backplane *backplane, int from, int to, double sent)
{
  return backplane->interfaces != NULL && ftblab_interfaces_control_is_cut(backplane->interfaces, from, to, sent);
}

static void arrive(void *argument, int64_t hop, double date);

/* In a flood over a large machine nearly every delivery finds its agent outside the caches; fetching the next one
 * while this one is handled halves the cost. */
static void look_ahead(const ftblab_backplane *backplane)
{
#if defined __GNUC__
  int64_t hop = ftblab_engine_peek(backplane->engine, arrive);
  if (hop < 0)
    return;
  int node = (int)(hop & INT32_MAX);
  __builtin_prefetch(&backplane->agents[node]);
  __builtin_prefetch(&backplane->tree.first_child[node]);
  __builtin_prefetch(&backplane->tree.parent[node]);
#else
  (void)backplane;
#endif
}

static void arrive(void *argument, int64_t hop, double date)
{
  ftblab_parcel *parcel = argument;
  ftblab_backplane *backplane = parcel->backplane;
  int from = (int)(hop >> 32), to = (int)(hop & INT32_MAX);
  look_ahead(backplane);
  if ((backplane->tree.deaths > 0 && died_meanwhile(backplane, from, to, date)) ||
      (backplane->cuts > 0 && is_cut(backplane, from, to, date - edge_seconds(backplane, from, to))))
    ftblab_backplane_dropped(parcel);
  else
    ftblab_backplane_arrived(parcel, hop, date);
}

static void send_computed(ftblab_backplane *backplane, ftblab_parcel *parcel, int from, int to, double date)
{
  double seconds = edge_seconds(backplane, from, to);
  if (isinf(seconds) || (backplane->cuts > 0 && is_cut(backplane, from, to, INFINITY)))
    ftblab_backplane_dropped(parcel);
  else
    ftblab_engine_at(backplane->engine, date + seconds, arrive, parcel, (int64_t)from << 32 | to);
}

static bool start_edges(ftblab_backplane *backplane)
{
  backplane->edges = malloc((size_t)backplane->tree.count * sizeof *backplane->edges);
  for (int node = 0; backplane->edges != NULL && node < backplane->tree.count; node++)
    backplane->edges[node].parent = -1;
  return backplane->edges != NULL;
}

static void free_edges(ftblab_backplane *backplane)
{
  free(backplane->edges);
}

const ftblab_carrier ftblab_latency_carrier = {start_edges, send_computed, free_edges};
