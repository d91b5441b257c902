/* mpi_ports.c - MPI hears of ports from FTB-IB itself (Appendix E), and not from RM/JS as in B.5.
 *
 * A node with another interface that messages may take goes on over that one (E.2). From a node that has none left the
 * ranks move to a spare (E.1), as long as any network reaches it. Nodes are left one after the other; a spare is asked
 * for a sign of life before it is taken, and the next one is tried if the migration fails. Without a spare the ranks
 * wait for the port. */
#include <string.h>

#include "mpi.h"

enum { NOBODY = -1 };

/* ---- what messages may take ------------------------------------------------------------------------------ */

static bool is_used(ftblab_component *self, const char *name)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(self->parameters, "interfaces");
  return cJSON_GetArraySize(list) == 0 || ftblab_json_lists(list, name);
}

/* The best interface of NODE that is not known to be down, of those that messages may take or of ALL; NULL: none. */
static const char *interface_of(ftblab_component *self, int node, bool all)
{
  const ftblab_mpi *mpi = self->state;
  for (int i = 0; i < self->world->ops->interface_count(self, node); i++) {
    const char *name = self->world->ops->interface_name(self, node, i);
    if ((all || is_used(self, name)) && !mpi->interfaces.down[ftblab_port_of(&mpi->interfaces.set, node, i).place])
      return name;
  }
  return NULL;
}

static const char *way_of(ftblab_component *self, int node)
{
  return interface_of(self, node, false);
}

static bool has_ranks(ftblab_component *self, int node)
{
  return self->world->ops->job_ranks_on(self, self->job->index, node, NULL) > 0;
}

/* ---- leaving a node ----------------------------------------------------------------------------------------- */

static void stay(ftblab_component *self, const char *why)
{
  ftblab_mpi *mpi = self->state;
  self->world->ops->admin(self, "the ranks of job %s stay on node %s: %s", self->job->name,
                          self->world->ops->node_name(self, mpi->leaving), why);
  mpi->leaving = NOBODY;
  ftblab_mpi_ports_go_on(self);
}

/* Ask the next spare that could take the ranks. */
static void try_next_spare(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  int count = ftblab_spare_count(self);
  for (mpi->spare++; mpi->spare < count; mpi->spare++) {
    int node = ftblab_spare(self, mpi->spare);
    if (node < 0 || has_ranks(self, node) || ftblab_node_set_has(&mpi->lost, node) || !way_of(self, node))
      continue;
    mpi->asks_spare = true;
    self->world->ops->probe(self, node, mpi->probe_timeout);
    return;
  }
  stay(self, "there is no spare");
}

void ftblab_mpi_ports_go_on(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  if (mpi->leaving != NOBODY || mpi->under_way != FTBLAB_MPI_IDLE || mpi->cut_off.count == 0)
    return;
  mpi->leaving = mpi->cut_off.nodes[0];
  mpi->spare = -1;
  ftblab_node_set_remove(&mpi->cut_off, mpi->leaving);
  if (interface_of(self, mpi->leaving, true))
    try_next_spare(self);
  else
    stay(self, "no network reaches it, so that their images cannot leave either");
}

void ftblab_mpi_ports_probed(ftblab_component *self, int node, bool answered)
{
  ftblab_mpi *mpi = self->state;
  if (!mpi->asks_spare || ftblab_spare(self, mpi->spare) != node)
    return;
  mpi->asks_spare = false;
  if (way_of(self, mpi->leaving)) {
    stay(self, "the port is back");
  } else if (!answered) {
    try_next_spare(self);
  } else {
    self->world->ops->job_grant(self, self->job->index, &node, 1);
    if (ftblab_mpi_move(self, mpi->leaving, node, mpi->port_event))
      return;
    self->world->ops->job_release(self, self->job->index, node);
    stay(self, "something else is under way, or the node is dead");
  }
}

void ftblab_mpi_ports_moved(ftblab_component *self, int from, int to, bool good)
{
  ftblab_mpi *mpi = self->state;
  if (mpi->leaving != from)
    return;
  mpi->under_way = FTBLAB_MPI_IDLE;
  if (good) {
    mpi->leaving = NOBODY;
    return;
  }
  self->world->ops->job_release(self, self->job->index, to);
  try_next_spare(self);
}

/* ---- port events -------------------------------------------------------------------------------------------- */

/* E.2; E.1 where there is no other way. */
static void port_is_down(ftblab_component *self, ftblab_port port, uint64_t event)
{
  const ftblab_world_ops *world = self->world->ops;
  ftblab_mpi *mpi = self->state;
  if (!is_used(self, ftblab_port_name(self, port)))
    return;
  world->job_interface(self, self->job->index, port.node, port.interface, false);
  if (!has_ranks(self, port.node))
    return;
  const char *node = ftblab_port_node(self, port), *other = way_of(self, port.node);
  if (other) {
    world->note(self, "Fail over from interface %s to %s on node %s", ftblab_port_name(self, port), other, node);
    return;
  }
  world->note(self, "The failure was on node %s; its processes have to leave it", node);
  mpi->port_event = event;
  ftblab_node_set_add(&mpi->cut_off, port.node);
}

static void port_is_up(ftblab_component *self, ftblab_port port)
{
  ftblab_mpi *mpi = self->state;
  if (!is_used(self, ftblab_port_name(self, port))) {
    if (has_ranks(self, port.node) && !way_of(self, port.node)) /* their images may leave now */
      ftblab_node_set_add(&mpi->cut_off, port.node);
    return;
  }
  ftblab_node_set_remove(&mpi->blamed, port.node);
  ftblab_node_set_remove(&mpi->cut_off, port.node);
  self->world->ops->job_interface(self, self->job->index, port.node, port.interface, true);
  if (has_ranks(self, port.node))
    self->world->ops->note(self, "Take interface %s of node %s back", ftblab_port_name(self, port),
                           ftblab_port_node(self, port));
}

/* A status that is not given is a failure: the event was made to tell of those. */
static void on_port(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_mpi *mpi = self->state;
  bool is_up = ftblab_payload_names(event->payload, "state", "up");
  ftblab_interface_set_read(&mpi->interfaces.set, self, event->payload);
  for (int i = 0; i < mpi->interfaces.set.count; i++) {
    ftblab_port port = mpi->interfaces.set.ports[i];
    mpi->interfaces.down[port.place] = !is_up;
    if (is_up)
      port_is_up(self, port);
    else
      port_is_down(self, port, event->id);
  }
  ftblab_mpi_ports_go_on(self);
}

const ftblab_interest ftblab_mpi_port_interests[] = {
    {"FTB_IB_ADAPTER_INFO", {"ifaces", "nodes"}, on_port},
    {"FTB_IB_PORT_INFO", {"ifaces", "nodes"}, on_port},
};
const size_t ftblab_mpi_port_interest_count = FTBLAB_COUNT(ftblab_mpi_port_interests);

static bool exists(ftblab_component *self, const char *name)
{
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    if (self->world->ops->interface_index(self, node, name, strlen(name)) >= 0)
      return true;
  return false;
}

/* A name that no node knows would have every message wait for ever. */
static ftblab_status check_used(ftblab_component *self, ftblab_error *err)
{
  const cJSON *used, *list = cJSON_GetObjectItemCaseSensitive(self->parameters, "interfaces");
  cJSON_ArrayForEach(used, list)
  {
    if (!exists(self, used->valuestring))
      return ftblab_fail(err, FTBLAB_EINPUT, "no node has an interface called \"%s\", which messages of %s may take",
                         used->valuestring, self->class->role);
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_mpi_ports_start(ftblab_component *self, ftblab_error *err)
{
  ftblab_mpi *mpi = self->state;
  mpi->leaving = mpi->spare = NOBODY;
  mpi->ftb_ib = ftblab_parameter_flag(self, "ftb_ib");
  ftblab_status status = mpi->ftb_ib ? ftblab_mpi_interfaces_keep(&mpi->interfaces, self, err) : FTBLAB_OK;
  if (!status)
    status = check_used(self, err);
  return status ? status : ftblab_check_spares(self, err);
}
