/* job.c - what a rank does: the application's calls, messages, and who waits for whom. See job.h.
 *
 * A message is drawn by its receiver: a rank posts what it sends (a stamp for each peer), waits on a semaphore of its
 * own until the peer has posted, then moves the bytes through the network model and waits for them. So nobody ever
 * waits inside SimGrid for a partner that may be dead, and whoever waits can be released when a rank is declared
 * blank. Sends are buffered: a sender does not wait.
 *
 * A message takes the best interfaces that both ends may use (interface.h). One that an interface did not carry is
 * tried again after a time-out, or as soon as MPI changes what may be used; one that came corrupted is sent again at
 * once. Ranks of one node do not need an interface to talk to each other.
 *
 * Blank is a matter of iterations: a rank is blank for all iterations before blank_until. A respawned rank joins at
 * an iteration that no survivor has begun, so all agree on who takes part in an iteration. */
#include <math.h>
#include <stdlib.h>

#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/host.h>
#include <simgrid/semaphore.h>

#include "pace.h"
#include "transfer.h"

static rank *rank_of(ftblab_rank *handle)
{
  return (rank *)handle;
}

static bool is_blank_for(const rank *self, const rank *other)
{
  return self->iteration < other->blank_until;
}

/* ---- what the application sees ------------------------------------------------------------------ */

static int rank_id(ftblab_rank *handle)
{
  return rank_of(handle)->id;
}

static int rank_size(ftblab_rank *handle)
{
  return rank_of(handle)->launch->rank_count;
}

static int rank_nodes(ftblab_rank *handle)
{
  return rank_of(handle)->launch->config.job->nodes_wanted;
}

static bool rank_is_blank(ftblab_rank *handle, int other)
{
  const rank *self = rank_of(handle);
  return other < 0 || other >= self->launch->rank_count || is_blank_for(self, &self->launch->ranks[other]);
}

static int rank_alive(ftblab_rank *handle)
{
  const rank *self = rank_of(handle);
  int alive = 0;
  for (int i = 0; i < self->launch->rank_count; i++)
    alive += !is_blank_for(self, &self->launch->ranks[i]);
  return alive;
}

static void rank_compute(ftblab_rank *handle, double flops)
{
  (void)handle;
  if (flops > 0)
    sg_actor_execute(flops);
}

static void rank_progress(ftblab_rank *handle, int iteration)
{
  rank *self = rank_of(handle);
  self->iteration = iteration + 1;
  self->exchanges = 0;
  if (self->iteration > self->launch->iterations)
    self->launch->iterations = self->iteration;
  ftblab_rank_finished_iteration(self);
}

static int rank_first_iteration(ftblab_rank *handle)
{
  return rank_of(handle)->first_iteration;
}

/* ---- messages -------------------------------------------------------------------------------------- */

/* Orders the exchanges of a rank; the same on both sides of an exchange. */
static int64_t stamp_of(const rank *self)
{
  return ((int64_t)self->iteration << 32) + self->exchanges;
}

static int64_t posted(const rank *sender, int receiver)
{
  for (int i = 0; i < sender->post_count; i++) {
    if (sender->posts[i].peer == receiver)
      return sender->posts[i].stamp;
  }
  return -1;
}

static post *post_to(rank *self, int peer)
{
  for (int i = 0; i < self->post_count; i++) {
    if (self->posts[i].peer == peer)
      return &self->posts[i];
  }
  post *posts = realloc(self->posts, (size_t)(self->post_count + 1) * sizeof *posts);
  if (posts == NULL)
    return NULL;
  self->posts = posts;
  posts[self->post_count] = (post){.peer = peer, .stamp = -1};
  return &posts[self->post_count++];
}

static void send_to(rank *self, int peer)
{
  rank *receiver = &self->launch->ranks[peer];
  post *entry = post_to(self, peer);
  if (entry == NULL)
    return; /* the peer waits on, and the run reports it as blocked */
  entry->stamp = stamp_of(self);
  if (receiver->waits_for == self->id)
    sg_sem_release(receiver->wake);
}

/* Move the bytes between two hosts. False: a host or a link died meanwhile; nothing came. */
static bool carry(rank *self, void *from, void *to, double bytes)
{
  self->transfer = ftblab_transfer_start(from, to, bytes);
  if (self->transfer == NULL)
    return false;
  sg_error_t result = sg_comm_wait(self->transfer);
  self->transfer = NULL;
  return result == SG_OK;
}

/* What a dead process has not delivered will not come. */
static bool is_gone(const rank *sender)
{
  return sender->state == RANK_DEAD || !ftblab_engine_node_up(sender->launch->config.engine, ftblab_rank_node(sender));
}

/* Inside a node, where an interface that is down does no harm: the time is that of an idle loopback. */
static bool move_inside(rank *self, double bytes)
{
  const ftblab_engine *engine = self->launch->config.engine;
  const ftblab_interfaces *interfaces = self->launch->config.interfaces;
  int node = ftblab_rank_node(self);
  double latency, seconds_per_byte;
  void *host = ftblab_engine_node_host(engine, node);
  if (ftblab_interfaces_count(interfaces, node) == 0 ||
      ftblab_interface_up(interfaces, ftblab_interfaces_place(interfaces, node, 0)))
    return carry(self, host, host, bytes);
  if (ftblab_engine_route(engine, node, node, &latency, &seconds_per_byte, NULL) == FTBLAB_OK)
    sg_actor_sleep_for(latency + bytes * seconds_per_byte);
  return true;
}

void ftblab_rank_unreachable(rank *self, int peer)
{
  const ftblab_launch_config *config = &self->launch->config;
  if (config->unreachable == NULL || self->told)
    return;
  self->told = true;
  self->unreachable = peer;
  self->connecting = peer == self->id || (self->iteration == self->first_iteration && self->exchanges <= 1);
  ftblab_engine_at(config->engine, ftblab_engine_now(config->engine), config->unreachable, config->argument,
                   (int64_t)config->job->index << 32 | self->id);
}

/* Until somebody wakes SELF, or what it sent to a dead SENDER was repeated often enough. */
static void wait_for_peer(rank *self, const rank *sender)
{
  const ftblab_launch_config *config = &self->launch->config;
  double limit = (1 + config->retry_count) * config->retransmit_after;
  double now = ftblab_engine_now(config->engine);
  bool is_dead = sender->state == RANK_DEAD;
  double left = is_dead ? fmax(self->since, sender->died) + limit - now : limit;
  if (config->unreachable == NULL || self->told)
    sg_sem_acquire(self->wake);
  else if (is_dead && left < 1e-9) /* SimGrid's precision */
    ftblab_rank_unreachable(self, sender->id);
  else
    sg_sem_acquire_timeout(self->wake, left);
}

/* Until the time-out is over, or MPI has changed what may be used. */
static void wait_to_retry(rank *self, const rank *sender)
{
  const ftblab_launch *launch = self->launch;
  double until = ftblab_engine_now(launch->config.engine) + launch->config.retransmit_after;
  int denials = launch->denials;
  while (launch->denials == denials && !is_blank_for(self, sender)) {
    double left = until - ftblab_engine_now(launch->config.engine);
    if (left < 1e-9) /* SimGrid's precision */
      return;
    sg_sem_acquire_timeout(self->wake, left);
  }
}

/* A checksum finds it out. What a message under way does after its interface was given up is no news. */
static bool came_corrupted(rank *self, int out, int in)
{
  ftblab_launch *launch = self->launch;
  const ftblab_launch_config *config = &launch->config;
  int culprit;
  if (!ftblab_interfaces_corrupted(config->interfaces, out, in, &culprit))
    return false;
  launch->corrupted++;
  if (!launch->denied[out] && !launch->denied[in])
    ftblab_engine_at(config->engine, ftblab_engine_now(config->engine), config->corrupted, config->argument,
                     (int64_t)config->job->index << 32 | culprit);
  return true;
}

/* One more try failed. Either end sees by its own port whose side it is; if both ports are active it is the path, and
 * the sender says so. OUT is below 0: it went over another network than MPI's own. */
static void count_failure(rank *self, const rank *sender, int out, int in)
{
  const ftblab_launch_config *config = &self->launch->config;
  self->launch->failed_tries++;
  if (++self->tries <= config->retry_count)
    return;
  self->tries = 0;
  ftblab_rank_unreachable(self, sender->id);
  if (out < 0)
    return;
  int64_t culprit =
      ftblab_interface_up(config->interfaces, out) && !ftblab_interface_up(config->interfaces, in) ? in : out;
  ftblab_engine_at(config->engine, ftblab_engine_now(config->engine), config->timed_out, config->argument,
                   (int64_t)config->job->index << 32 | culprit);
}

typedef enum delivery { DELIVERED, NOT_YET, NEVER } delivery;

/* Between which hosts a message goes. While the ranks are to stop for their images to be taken away, what is under way
 * must arrive: the runtime then helps itself to any network that works. False: none may be used. */
static bool choose_way(const rank *self, const rank *sender, int *out, int *in, void **from, void **to)
{
  const ftblab_launch *launch = self->launch;
  const ftblab_interfaces *interfaces = launch->config.interfaces;
  int source = ftblab_rank_node(sender), target = ftblab_rank_node(self);
  bool found = ftblab_interfaces_pair(interfaces, source, target, launch->denied, out, in);
  if (found) {
    *from = ftblab_interface_host(interfaces, *out);
    *to = ftblab_interface_host(interfaces, *in);
  }
  if (!launch->config.drains_anywhere || launch->stop_at < 0 ||
      (found && ftblab_interface_up(interfaces, *out) && ftblab_interface_up(interfaces, *in)))
    return found;
  ftblab_interfaces_working(interfaces, source, target, from, to);
  *out = *in = -1;
  return true;
}

/* One try to bring the message over; waits before it says NOT_YET. */
static delivery try_to_move(rank *self, const rank *sender, double bytes)
{
  void *from, *to;
  int out, in;
  if (is_gone(sender))
    return NEVER;
  if (ftblab_rank_node(sender) == ftblab_rank_node(self))
    return move_inside(self, bytes) ? DELIVERED : is_gone(sender) ? NEVER : NOT_YET;
  if (!choose_way(self, sender, &out, &in, &from, &to)) {
    self->suspended = true;
    sg_sem_acquire(self->wake);
    self->suspended = false;
    return NOT_YET;
  }
  if (carry(self, from, to, bytes))
    return out >= 0 && came_corrupted(self, out, in) ? NOT_YET : DELIVERED;
  if (is_gone(sender))
    return NEVER;
  count_failure(self, sender, out, in);
  wait_to_retry(self, sender);
  return NOT_YET;
}

static void receive_from(rank *self, int peer, double bytes)
{
  const rank *sender = &self->launch->ranks[peer];
  bool lost = false;
  self->waits_for = peer;
  self->since = ftblab_engine_now(self->launch->config.engine);
  self->tries = 0;
  self->told = false;
  while (!is_blank_for(self, sender)) {
    if (!lost && posted(sender, self->id) >= stamp_of(self)) {
      delivery result = try_to_move(self, sender, bytes);
      if (result == DELIVERED)
        break;
      lost = result == NEVER; /* wait until it is declared blank */
      continue;
    }
    wait_for_peer(self, sender);
  }
  self->waits_for = -1;
}

static void rank_exchange(ftblab_rank *handle, const int *peers, int count, double bytes)
{
  rank *self = rank_of(handle);
  self->exchanges++;
  for (int i = 0; i < count; i++) {
    if (!rank_is_blank(handle, peers[i]))
      send_to(self, peers[i]);
  }
  for (int i = 0; i < count; i++) {
    if (!rank_is_blank(handle, peers[i]))
      receive_from(self, peers[i], bytes);
  }
}

const ftblab_rank_ops ftblab_rank_services = {
    .id = rank_id,
    .size = rank_size,
    .nodes = rank_nodes,
    .is_blank = rank_is_blank,
    .alive = rank_alive,
    .compute = rank_compute,
    .exchange = rank_exchange,
    .progress = rank_progress,
    .first_iteration = rank_first_iteration,
    .take = ftblab_rank_take,
    .deliver = ftblab_rank_deliver,
};

/* ---- who waits for whom -------------------------------------------------------------------------------------- */

/* Mark in BLOCKED the ranks that wait for one that will never send: dead or finished, or blocked itself. */
static bool *find_blocked(const ftblab_launch *launch)
{
  bool *blocked = calloc((size_t)launch->rank_count + 1, sizeof *blocked);
  bool changed = blocked != NULL;
  while (changed) {
    changed = false;
    for (int i = 0; i < launch->rank_count; i++) {
      const rank *self = &launch->ranks[i];
      if (!blocked[i] && ftblab_rank_waits_in_vain(self))
        blocked[i] = changed = true;
      if (blocked[i] || self->state != RANK_RUNNING || self->waits_for < 0 || self->transfer != NULL)
        continue;
      if (self->suspended) {
        blocked[i] = changed = true;
        continue;
      }
      const rank *peer = &launch->ranks[self->waits_for];
      if (launch->config.unreachable != NULL && !self->told && peer->state == RANK_DEAD)
        continue; /* its library will have an error */
      bool sent = peer->state != RANK_DEAD && posted(peer, self->id) >= stamp_of(self);
      if (!sent && (peer->state != RANK_RUNNING || blocked[self->waits_for]))
        blocked[i] = changed = true;
    }
  }
  return blocked;
}

bool ftblab_launch_stuck(const ftblab_launch *launch)
{
  if (ftblab_pace_is_on(launch))
    return ftblab_pace_stuck(launch);
  bool *blocked = find_blocked(launch);
  bool stuck = blocked != NULL && !launch->over;
  for (int i = 0; stuck && i < launch->rank_count; i++)
    stuck = launch->ranks[i].state != RANK_RUNNING || blocked[i];
  free(blocked);
  return stuck;
}

void ftblab_launch_blocked(const ftblab_launch *launch, ftblab_text *text)
{
  if (ftblab_pace_is_on(launch)) {
    ftblab_pace_blocked(launch, text);
    return;
  }
  bool *blocked = launch->over ? NULL : find_blocked(launch);
  for (int i = 0; blocked != NULL && i < launch->rank_count; i++) {
    const rank *self = &launch->ranks[i];
    if (blocked[i] && self->idle)
      ftblab_text_addf(text, "job %s rank %d on %s waits since %.9g s for work, and nobody deals it\n",
                       launch->config.job->name, i, ftblab_engine_node_name(launch->config.engine, launch->nodes[i]),
                       self->since);
    else if (blocked[i])
      ftblab_text_addf(text, "job %s rank %d on %s waits since %.9g s for the halo of rank %d on %s (iteration %d)%s\n",
                       launch->config.job->name, i, ftblab_engine_node_name(launch->config.engine, launch->nodes[i]),
                       self->since, self->waits_for,
                       ftblab_engine_node_name(launch->config.engine, launch->nodes[self->waits_for]), self->iteration,
                       self->suspended                                     ? ", and no interface may be used"
                       : launch->ranks[self->waits_for].state == RANK_DEAD ? ", which is dead and not declared"
                                                                           : "");
  }
  free(blocked);
}
