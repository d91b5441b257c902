/* spares.c - how long spares, replicas and buddies last. */
#include "laws.h"

#include <math.h>

/* A. K. Erlang 1917, by the recurrence over the number of servers: nodes that are out are the busy ones. */
double ftblab_spares_exhausted(double nodes, unsigned spares, double node_mean, double repair)
{
  double load = nodes * repair / node_mean, blocked = 1;
  for (unsigned k = 1; k <= spares + 1; k++)
    blocked = load * blocked / (k + load * blocked);
  return blocked;
}

/* H. Casanova, Y. Robert, F. Vivien, D. Zaidouni, Combining process replication and checkpointing, RR-7951, 2012: a
 * failure hits each processor alike, also a dead one. 1 + 4^n / binomial(2n, n). */
double ftblab_replication_failures(double pairs)
{
  return 1 + exp(pairs * log(4) + 2 * lgamma(pairs + 1) - lgamma(2 * pairs + 1));
}

/* Double checkpointing in memory (G. Zheng, L. Shi, L. Kale, FTC-Charm++, 2004), first order in RISK. */
double ftblab_buddies_survive(double nodes, double node_mean, double risk, double time)
{
  double pair = 2 * risk * time / (node_mean * node_mean);
  return pair < 1 ? exp(nodes / 2 * log1p(-pair)) : 0;
}
