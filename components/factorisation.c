/* factorisation.c - the cost of an LU factorisation with checksum columns (factorisation.h), and the application kind
 * that computes it: panel after panel, each sent to the neighbours, then the update of what is left.
 *
 * All living ranks share the work of a panel in equal parts. As in the stencil, neighbours are always rank - 1 and
 * rank + 1: a blank one completes at once. */
#include "factorisation.h"

#include <math.h>

#include "kind.h"

#define WORD_BYTES 8.0 /* of a double value */

ftblab_factorisation ftblab_factorisation_of(const cJSON *parameters, int nodes)
{
  return (ftblab_factorisation){
      .order = ftblab_kind_number(parameters, "order"),
      .panel = ftblab_kind_number(parameters, "panel"),
      .nodes = nodes,
      .checksums = (int)ftblab_kind_number(parameters, "checksums"),
      .node_memory = ftblab_kind_number(parameters, "node_memory"),
      .node_flops = ftblab_kind_number(parameters, "node_flops"),
      .link_bandwidth = ftblab_kind_number(parameters, "link_bandwidth"),
      .store_bandwidth = ftblab_kind_number(parameters, "store_bandwidth"),
      .spawn_time = ftblab_kind_number(parameters, "spawn_time"),
  };
}

/* How much more there is of everything with checksum columns. */
static double with_checksums(const ftblab_factorisation *f)
{
  return 1 + (double)f->checksums / f->nodes;
}

int ftblab_factorisation_panels(const ftblab_factorisation *f)
{
  return (int)ceil(f->order / f->panel);
}

double ftblab_panel_order(const ftblab_factorisation *f, int panel)
{
  double left = f->order - panel * f->panel;
  return left > 0 ? left : 0;
}

double ftblab_panel_flops(const ftblab_factorisation *f, int panel)
{
  double order = ftblab_panel_order(f, panel), width = order < f->panel ? order : f->panel;
  return 2 * width * order * order * with_checksums(f);
}

double ftblab_flops_left(const ftblab_factorisation *f, int panel)
{
  double flops = 0;
  for (int i = panel, panels = ftblab_factorisation_panels(f); i < panels; i++)
    flops += ftblab_panel_flops(f, i);
  return flops;
}

double ftblab_factorisation_bytes(const ftblab_factorisation *f)
{
  return WORD_BYTES * f->order * f->order * with_checksums(f);
}

bool ftblab_factorisation_fits(const ftblab_factorisation *f, int on)
{
  return on > 0 && (f->node_memory <= 0 || ftblab_factorisation_bytes(f) <= f->node_memory * on);
}

bool ftblab_can_rebuild(const ftblab_factorisation *f, const ftblab_factored *at)
{
  return at->lost <= f->checksums && at->alive > 0;
}

double ftblab_rebuild_seconds(const ftblab_factorisation *f, const ftblab_factored *at, int new_nodes)
{
  double elements = ftblab_factorisation_bytes(f) / WORD_BYTES / f->nodes * at->lost;
  int takers = new_nodes > 0 ? new_nodes : at->alive; /* who receives the elements, all at once */
  double move = elements * WORD_BYTES / takers / f->link_bandwidth;
  double add = elements * f->nodes / (at->alive * f->node_flops);
  double again = ftblab_panel_flops(f, at->panels) / ((at->alive + new_nodes) * f->node_flops);
  return move + add + again;
}

double ftblab_recovery_walltime(const ftblab_factorisation *f, const ftblab_factored *at, int new_nodes)
{
  int on = at->alive + new_nodes;
  if (!ftblab_can_rebuild(f, at) || !ftblab_factorisation_fits(f, on))
    return -1;
  return (new_nodes > 0 ? f->spawn_time : 0) + ftblab_rebuild_seconds(f, at, new_nodes) +
         ftblab_flops_left(f, at->panels) / (on * f->node_flops);
}

double ftblab_factorisation_save_seconds(const ftblab_factorisation *f, int alive)
{
  return f->store_bandwidth <= 0 || alive <= 0 ? -1 : ftblab_factorisation_bytes(f) / f->store_bandwidth;
}

double ftblab_rebuild_error(const ftblab_factorisation *f, const ftblab_factored *at)
{
  return (double)f->nodes * (at->panels + 1.0);
}

/* ---- the application kind ------------------------------------------------------------------------------- */

static void run(ftblab_rank *rank, const cJSON *parameters)
{
  ftblab_factorisation f = ftblab_factorisation_of(parameters, rank->ops->nodes(rank));
  int neighbours[2], neighbour_count = ftblab_kind_neighbours(rank, neighbours);
  int panels = ftblab_factorisation_panels(&f);

  for (int i = rank->ops->first_iteration(rank); i < panels; i++) {
    rank->ops->exchange(rank, neighbours, neighbour_count, WORD_BYTES * f.panel * ftblab_panel_order(&f, i));
    rank->ops->compute(rank, ftblab_panel_flops(&f, i) / rank->ops->alive(rank));
    rank->ops->progress(rank, i);
  }
}

extern const ftblab_application_class ftblab_factorisation_application;
const ftblab_application_class ftblab_factorisation_application = {.kind = "factorisation", .run = run};
