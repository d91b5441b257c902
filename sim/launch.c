/* launch.c - the life of a job's ranks: they start, die, leave holes and are spawned again; they stop together for a
 * checkpoint, become images, and start from images, elsewhere if need be.
 *
 * A stop is coordinated: every rank goes on to the end of the latest iteration that any of them has begun. A rank takes
 * what was sent to it before it finishes an iteration, so no message is under way once all have stopped. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/host.h>
#include <simgrid/semaphore.h>

#include "pace.h"

/* ---- what ranks are ---------------------------------------------------------------------------------------- */

void ftblab_rank_set_state(rank *self, rank_state state)
{
  ftblab_launch_spread(self->launch);
  ftblab_count_rank(self, -1);
  self->state = state;
  ftblab_count_rank(self, 1);
  self->launch->moves++;
}

/* At each checkpoint all ranks stop, and go on: what else is counted of them stays. */
void ftblab_rank_set_stopped(rank *self, bool stopped)
{
  ftblab_launch_spread(self->launch);
  ftblab_rank_counts *counts = &self->launch->counts;
  int more = (int)stopped - (int)self->stopped;
  counts->stopped += more;
  counts->going -= self->state == RANK_RUNNING ? more : 0;
  self->stopped = stopped;
}

static void set_blank_until(rank *self, int iteration)
{
  ftblab_launch_spread(self->launch);
  ftblab_count_rank(self, -1);
  self->blank_until = iteration;
  ftblab_count_rank(self, 1);
  self->launch->moves++;
}

static void set_spawn_wanted(rank *self, bool wanted)
{
  ftblab_launch_spread(self->launch);
  ftblab_count_rank(self, -1);
  self->spawn_wanted = wanted;
  ftblab_count_rank(self, 1);
}

/* ---- life and death ----------------------------------------------------------------------------------- */

/* Every rank is finished, or declared blank and not respawned. */
static bool all_done(const ftblab_launch *launch)
{
  bool finished = false;
  if (launch->alike)
    return launch->state == RANK_FINISHED;
  for (int i = 0; i < launch->rank_count; i++) {
    const rank *self = &launch->ranks[i];
    if (self->state == RANK_FINISHED)
      finished = true;
    else if (self->state == RANK_RUNNING || self->blank_until != INT_MAX)
      return false;
  }
  return finished;
}

static void tell_if_stopped(ftblab_launch *launch);

static void end_if_done(ftblab_launch *launch)
{
  if (launch->over || !all_done(launch))
    return;
  launch->over = true;
  const ftblab_launch_config *config = &launch->config;
  ftblab_engine_at(config->engine, ftblab_engine_now(config->engine), config->ended, config->argument,
                   config->job->index);
}

/* SimGrid's on_exit: no simcall may run in here. */
static void rank_exit(int failed, void *data)
{
  rank *self = data;
  self->launch->processes--;
  if (self->actor != sg_actor_self())
    return; /* killed by us, and perhaps respawned since */
  self->actor = NULL;
  ftblab_rank_set_state(self, failed ? RANK_DEAD : RANK_FINISHED);
  self->died = ftblab_engine_now(self->launch->config.engine);
}

void ftblab_launch_arrived(ftblab_launch *launch, bool finished)
{
  if (launch->alike && finished)
    ftblab_launch_set_all(launch, RANK_FINISHED);
  else if (launch->alike)
    ftblab_launch_stop_all(launch, true);
  for (int i = 0; !launch->alike && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (self->state != RANK_RUNNING)
      continue;
    if (finished)
      ftblab_rank_set_state(self, RANK_FINISHED);
    else
      ftblab_rank_set_stopped(self, true);
  }
  if (finished)
    end_if_done(launch);
  else
    tell_if_stopped(launch);
}

static void rank_main(int argc, char **argv)
{
  (void)argc;
  (void)argv;
  rank *self = sg_actor_self_get_data();
  ftblab_launch *launch = self->launch;
  sg_actor_on_exit(rank_exit, self);
  launch->config.application->run(&self->base, launch->config.job->parameters);
  ftblab_rank_set_state(self, RANK_FINISHED);
  end_if_done(launch);
}

/* Start SELF's process on NODE. If the node is down it is dead from the start. */
static void rank_start(rank *self, int node, int first_iteration)
{
  const ftblab_engine *engine = self->launch->config.engine;
  bool up = ftblab_engine_node_up(engine, node);
  ftblab_launch_spread(self->launch);
  self->launch->nodes[self->id] = node;
  self->first_iteration = first_iteration;
  self->iteration = first_iteration;
  self->exchanges = 0;
  self->waits_for = -1;
  self->suspended = false;
  self->post_count = 0;
  if (!self->spawn_wanted) { /* else it was forgotten when it was called for, and may have been given one since */
    self->piece = FTBLAB_NO_PIECE;
    self->given = false;
  }
  self->idle = self->accepted = false;
  self->began = -1;
  self->worked = 0;
  self->died = ftblab_engine_now(engine);
  ftblab_count_rank(self, -1);
  self->stopped = self->spawn_wanted = false;
  self->state = up ? RANK_RUNNING : RANK_DEAD;
  ftblab_count_rank(self, 1);
  self->launch->moves++;
  if (!up)
    return;
  if (self->transfer != NULL) /* of an incarnation that died while it received */
    sg_comm_unref(self->transfer);
  self->transfer = NULL;
  if (ftblab_pace_is_on(self->launch))
    return;
  self->launch->processes++;
  self->actor = sg_actor_init(self->launch->config.job->name, ftblab_engine_node_host(engine, node));
  sg_actor_set_data(self->actor, self);
  sg_actor_start_(self->actor, rank_main, 0, NULL);
}

static void rank_kill(rank *self)
{
  sg_actor_t actor = self->actor;
  ftblab_rank_set_state(self, RANK_DEAD);
  self->actor = NULL;
  if (actor != NULL)
    sg_actor_kill(actor);
}

/* MPI begins with those of its ports that are active: the others are denied. */
static void deny_inactive(ftblab_launch *launch)
{
  const ftblab_interfaces *interfaces = launch->config.interfaces;
  const cJSON *names = launch->config.interface_names;
  size_t total = ftblab_interfaces_total(interfaces);
  memset(launch->denied, 0, total * sizeof *launch->denied);
  if (names == NULL && ftblab_interfaces_all_up(interfaces))
    return;
  for (size_t i = 0; i < total; i++)
    launch->denied[i] = !ftblab_interface_up(interfaces, (int)i) ||
                        (names != NULL && !ftblab_json_lists(names, ftblab_interface_name(interfaces, (int)i)));
  launch->troubled = true;
  launch->step_flops = -1; /* what was noted of steps was with other interfaces */
}

/* Room for a launch as CONFIG has it; NULL: no memory. */
static ftblab_launch *make_room(const ftblab_launch_config *config)
{
  size_t ranks = (size_t)config->job->node_count * (size_t)config->job->ranks_per_node;
  size_t nodes = ftblab_engine_nodes(config->engine);
  ftblab_launch *made = calloc(1, sizeof *made);
  if (made == NULL)
    return NULL;
  made->config = *config;
  made->rank_count = (int)ranks;
  made->ranks = calloc(ranks + 1, sizeof *made->ranks);
  made->nodes = calloc(ranks + 1, sizeof *made->nodes);
  made->pool = calloc(nodes + 1, sizeof *made->pool);
  made->denied = calloc(ftblab_interfaces_total(config->interfaces) + 1, sizeof *made->denied);
  if (ftblab_pace_is_on(made))
    made->times = calloc(nodes * (size_t)config->job->ranks_per_node + 1, sizeof *made->times);
  if (made->ranks == NULL || made->nodes == NULL || made->pool == NULL || made->denied == NULL ||
      (made->times == NULL && ftblab_pace_is_on(made))) {
    ftblab_launch_free(made);
    return NULL;
  }
  ftblab_launch_make_ranks(made);
  for (size_t i = 0; i < ranks && !ftblab_pace_is_on(made); i++)
    made->ranks[i].wake = sg_sem_init(0);
  made->noted = true;
  return made;
}

/* The room of the launch before, if it is as large: what was worked out for it holds for many nodes of the next. */
static ftblab_launch *take_room(const ftblab_launch_config *config)
{
  ftblab_launch *former = config->former;
  if (former == NULL || !ftblab_pace_is_on(former) ||
      former->rank_count != config->job->node_count * config->job->ranks_per_node) {
    ftblab_launch_free(former);
    return make_room(config);
  }
  memset(former->pool, 0, ftblab_engine_nodes(config->engine) * sizeof *former->pool);
  const ftblab_launch kept = *former;
  *former = (ftblab_launch){.config = *config,
                            .ranks = kept.ranks,
                            .nodes = kept.nodes,
                            .rank_count = kept.rank_count,
                            .moves = kept.moves,
                            .pool = kept.pool,
                            .denied = kept.denied,
                            .times = kept.times,
                            .step_flops = kept.troubled ? -1 : kept.step_flops,
                            .step_bytes = kept.step_bytes};
  return former;
}

/* The ranks are to be where the job's nodes are. */
static void place_all(ftblab_launch *launch)
{
  const ftblab_job *job = launch->config.job;
  if (job->ranks_per_node == 1)
    memcpy(launch->nodes, job->nodes, (size_t)launch->rank_count * sizeof *launch->nodes);
  for (int i = 0; job->ranks_per_node > 1 && i < launch->rank_count; i++)
    launch->nodes[i] = job->nodes[i / job->ranks_per_node];
}

static bool nodes_are_up(const ftblab_launch *launch)
{
  for (int i = 0; i < launch->rank_count; i++)
    if (!ftblab_engine_node_up(launch->config.engine, launch->nodes[i]))
      return false;
  return true;
}

/* The images' processes begin ITERATION on the job's nodes; together, if all can. */
static void start_images(ftblab_launch *launch, int iteration)
{
  const ftblab_job *job = launch->config.job;
  bool together = launch->alike && launch->state == RANK_IMAGE;
  if (together)
    place_all(launch);
  if (together && nodes_are_up(launch))
    ftblab_launch_set_all(launch, RANK_RUNNING);
  for (int i = 0; !ftblab_launch_in_step(launch) && i < launch->rank_count; i++)
    if (ftblab_rank_state(launch, i) == RANK_IMAGE)
      rank_start(&launch->ranks[i], job->nodes[i / job->ranks_per_node], iteration);
  ftblab_pace_begin(launch, iteration);
}

ftblab_status ftblab_launch_start(const ftblab_launch_config *config, ftblab_launch **launch, ftblab_error *err)
{
  ftblab_launch *result = take_room(config);
  if (result == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to launch job %s", config->job->name);
  result->stop_at = -1;
  result->dealer = -1;
  deny_inactive(result);
  place_all(result);
  if (ftblab_pace_is_on(result))
    ftblab_launch_set_all(result, RANK_IMAGE);
  if (!config->held)
    start_images(result, 0);
  *launch = result;
  return FTBLAB_OK;
}

/* Of a launch that is computed: no process has to be ended. */
static void kill_all(ftblab_launch *launch)
{
  if (launch->alike) {
    ftblab_launch_set_all(launch, RANK_DEAD);
    return;
  }
  for (int i = 0; i < launch->rank_count; i++)
    launch->ranks[i].state = RANK_DEAD;
  launch->counts.running = launch->counts.going = 0;
  launch->counts.undeclared = launch->rank_count - launch->counts.holes;
  launch->first_dead = 0;
  launch->last_dead = launch->rank_count - 1;
  launch->moves++;
}

void ftblab_launch_kill(ftblab_launch *launch)
{
  launch->over = true;
  if (ftblab_pace_is_on(launch))
    kill_all(launch);
  for (int i = 0; !ftblab_pace_is_on(launch) && i < launch->rank_count; i++)
    rank_kill(&launch->ranks[i]);
  ftblab_pace_end(launch);
}

bool ftblab_launch_is_gone(const ftblab_launch *launch)
{
  return launch->over && launch->processes == 0;
}

void ftblab_launch_node_died(ftblab_launch *launch, int node)
{
  ftblab_pace_node_died(launch, node);
}

void ftblab_launch_network_changed(ftblab_launch *launch)
{
  ftblab_pace_network_changed(launch);
}

void ftblab_launch_free(ftblab_launch *launch)
{
  if (launch == NULL)
    return;
  bool has_processes = launch->ranks != NULL && !ftblab_pace_is_on(launch);
  for (int i = 0; has_processes && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (self->transfer != NULL)
      sg_comm_unref(self->transfer);
    if (self->wake != NULL)
      sg_sem_destroy(self->wake);
    free(self->posts);
  }
  free(launch->ranks);
  free(launch->nodes);
  free(launch->pool);
  free(launch->denied);
  free(launch->times);
  free(launch);
}

/* ---- stops ------------------------------------------------------------------------------------------------- */

static void tell_if_stopped(ftblab_launch *launch)
{
  const ftblab_launch_config *config = &launch->config;
  if (launch->stop_is_told || launch->over || !ftblab_launch_is_stopped(launch))
    return;
  launch->stop_is_told = true;
  ftblab_engine_at(config->engine, ftblab_engine_now(config->engine), config->stopped, config->argument,
                   config->job->index);
}

void ftblab_rank_finished_iteration(rank *self)
{
  if (self->launch->stop_at < 0 || self->iteration < self->launch->stop_at)
    return;
  ftblab_rank_set_stopped(self, true);
  tell_if_stopped(self->launch);
  while (self->stopped)
    sg_sem_acquire(self->wake);
}

/* Who waits for a message looks again how it may come. */
static void wake_receivers(ftblab_launch *launch)
{
  for (int i = 0; !ftblab_pace_is_on(launch) && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (self->state == RANK_RUNNING && self->waits_for >= 0 && self->transfer == NULL)
      sg_sem_release(self->wake);
  }
}

/* Ranks that have just moved begin their next iteration: who stands still since before has to go through it, too. */
static void catch_up(ftblab_launch *launch)
{
  for (int i = 0; !launch->alike && launch->counts.stopped > 0 && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (!self->stopped || self->iteration >= launch->stop_at)
      continue;
    ftblab_rank_set_stopped(self, false);
    if (self->state == RANK_RUNNING && self->wake != NULL)
      sg_sem_release(self->wake);
  }
}

/* The end of the latest iteration that a rank has begun; below 0: one is dead, or none is left. */
static int last_iteration(const ftblab_launch *launch)
{
  int last = -1;
  if (launch->alike)
    return launch->state != RANK_RUNNING ? -1 : launch->pace.iteration + (launch->all_stopped ? 0 : 1);
  for (int i = 0; i < launch->rank_count; i++) {
    const rank *self = &launch->ranks[i];
    int iteration = self->state == RANK_RUNNING && !self->stopped ? self->iteration + 1 : self->iteration;
    if (ftblab_rank_is_hole(launch, i))
      continue;
    if (self->state != RANK_RUNNING && self->state != RANK_FINISHED)
      return -1;
    last = iteration > last ? iteration : last;
  }
  return last;
}

bool ftblab_launch_stop(ftblab_launch *launch)
{
  ftblab_pace_settle(launch);
  int last = last_iteration(launch);
  if (last < 0 || launch->over)
    return false;
  launch->stop_at = last;
  launch->stop_is_told = false;
  catch_up(launch);
  if (launch->config.drains_anywhere)
    wake_receivers(launch);
  ftblab_pace_changed(launch);
  tell_if_stopped(launch);
  return true;
}

bool ftblab_launch_is_stopped(const ftblab_launch *launch)
{
  return launch->counts.going == 0 && launch->stop_at >= 0;
}

/* ---- holes and repairs ------------------------------------------------------------------------------------ */

int ftblab_launch_ranks_on(const ftblab_launch *launch, int node, int64_t *ranks)
{
  int count = 0;
  for (int i = 0; i < launch->rank_count; i++) {
    if (launch->nodes[i] != node)
      continue;
    if (ranks != NULL)
      ranks[count] = i;
    count++;
  }
  return count;
}

static bool is_rank(const ftblab_launch *launch, int64_t number)
{
  return number >= 0 && number < launch->rank_count;
}

bool ftblab_launch_is_over(const ftblab_launch *launch)
{
  return launch->over;
}

bool ftblab_launch_is_on(const ftblab_launch *launch, int node)
{
  for (int i = 0; i < launch->rank_count; i++) {
    if (launch->nodes[i] == node && ftblab_rank_state(launch, i) != RANK_DEAD)
      return true;
  }
  return false;
}

bool ftblab_launch_has_ranks_on(const ftblab_launch *launch, int node)
{
  for (int i = 0; i < launch->rank_count; i++)
    if (launch->nodes[i] == node && !ftblab_rank_is_hole(launch, i))
      return true;
  return false;
}

int ftblab_launch_last_node_of(const ftblab_launch *launch, int64_t number)
{
  return is_rank(launch, number) ? launch->nodes[number] : -1;
}

bool ftblab_launch_is_hole(const ftblab_launch *launch, int64_t number)
{
  return is_rank(launch, number) && ftblab_rank_is_hole(launch, (int)number);
}

bool ftblab_launch_is_lost(const ftblab_launch *launch, int number)
{
  rank_state state = ftblab_rank_state(launch, number);
  bool dead = state == RANK_DEAD ||
              (state == RANK_RUNNING && !ftblab_engine_node_up(launch->config.engine, launch->nodes[number]));
  return dead && !ftblab_rank_is_hole(launch, number);
}

/* A process may live for a moment when its node is down already; what is computed is dead at once. */
int ftblab_launch_next_lost(const ftblab_launch *launch, int from)
{
  bool computed = ftblab_pace_is_on(launch);
  if (computed && launch->counts.undeclared == 0)
    return -1;
  int first = computed && launch->first_dead > from ? launch->first_dead : from;
  int last = computed ? launch->last_dead : launch->rank_count - 1;
  for (int i = first; i <= last; i++)
    if ((!computed || ftblab_rank_state(launch, i) == RANK_DEAD) && ftblab_launch_is_lost(launch, i))
      return i;
  return -1;
}

void ftblab_launch_count(const ftblab_launch *launch, int sign, int *living, int *holes)
{
  for (int i = 0; i < launch->rank_count; i++)
    (ftblab_rank_is_hole(launch, i) ? holes : living)[launch->nodes[i]] += sign;
}

bool ftblab_launch_lives_on(const ftblab_launch *launch, const int *nodes, int count)
{
  int ranks_per_node = launch->config.job->ranks_per_node;
  if (launch->counts.holes > 0 || launch->rank_count != count * ranks_per_node)
    return false;
  if (ranks_per_node == 1)
    return memcmp(launch->nodes, nodes, (size_t)count * sizeof *nodes) == 0;
  for (int i = 0; i < launch->rank_count; i++)
    if (launch->nodes[i] != nodes[i / ranks_per_node])
      return false;
  return true;
}

int ftblab_launch_moves(const ftblab_launch *launch)
{
  return launch->moves;
}

void ftblab_launch_blank(ftblab_launch *launch, const int64_t *ranks, int count)
{
  ftblab_pace_settle(launch);
  for (int i = 0; i < count; i++) {
    if (!is_rank(launch, ranks[i]))
      continue;
    /* A rank that lives after all is shut out: after "replaced" nothing may come from it any more. */
    rank_kill(&launch->ranks[ranks[i]]);
    set_blank_until(&launch->ranks[ranks[i]], INT_MAX);
  }
  wake_receivers(launch);
  tell_if_stopped(launch);
  end_if_done(launch);
  ftblab_pace_ranks_changed(launch);
}

/* The first iteration that no survivor has begun. */
static int joining_iteration(const ftblab_launch *launch)
{
  int iteration = 0;
  for (int i = 0; i < launch->rank_count; i++) {
    const rank *self = &launch->ranks[i];
    if (self->state != RANK_DEAD && self->iteration >= iteration)
      iteration = self->iteration + 1;
  }
  return iteration;
}

static void spawn_wanted(ftblab_launch *launch)
{
  ftblab_pace_settle(launch);
  if (launch->stop_at >= 0)
    return; /* who joined now would not be in the checkpoint; ftblab_launch_go looks again */
  int iteration = launch->counts.spawn_wanted > 0 ? joining_iteration(launch) : 0;
  for (int i = 0; launch->counts.spawn_wanted > 0 && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (!self->spawn_wanted || !launch->pool[self->spawn_node] || launch->over)
      continue;
    rank_start(self, self->spawn_node, iteration);
    if (self->state != RANK_RUNNING) { /* the node died again: it stays blank */
      ftblab_rank_unreachable(self, self->id);
      continue;
    }
    set_blank_until(self, iteration);
    launch->respawned++;
    launch->pace.known = false;
  }
  ftblab_pace_changed(launch);
}

bool ftblab_launch_has_in_pool(const ftblab_launch *launch, int node)
{
  return launch->pool[node];
}

void ftblab_launch_add_node(ftblab_launch *launch, int node)
{
  launch->pool[node] = true;
  spawn_wanted(launch);
}

void ftblab_launch_spawn(ftblab_launch *launch, int node, const int64_t *ranks, int count)
{
  for (int i = 0; i < count; i++) {
    if (!ftblab_launch_is_hole(launch, ranks[i]))
      continue; /* only a hole can be filled */
    set_spawn_wanted(&launch->ranks[ranks[i]], true);
    launch->ranks[ranks[i]].spawn_node = node;
    launch->ranks[ranks[i]].piece = FTBLAB_NO_PIECE;
    launch->ranks[ranks[i]].given = false;
  }
  spawn_wanted(launch);
}

/* ---- interfaces ------------------------------------------------------------------------------------------- */

void ftblab_launch_interface(ftblab_launch *launch, int place, bool use)
{
  if (launch->over || launch->denied[place] == !use)
    return;
  launch->denied[place] = !use;
  launch->denials++;
  wake_receivers(launch);
  ftblab_pace_interface_changed(launch);
}

bool ftblab_launch_unreachable(const ftblab_launch *launch, int number, ftblab_unreachable *trouble)
{
  const rank *self = &launch->ranks[number];
  if (launch->over || !launch->noted || !self->told)
    return false;
  *trouble = (ftblab_unreachable){.rank = number,
                                  .node = launch->nodes[number],
                                  .peer = self->unreachable,
                                  .peer_node = launch->nodes[self->unreachable],
                                  .connecting = self->connecting};
  return true;
}

void ftblab_launch_troubles(const ftblab_launch *launch, int *corrupted, int *failed)
{
  *corrupted = launch->corrupted;
  *failed = launch->failed_tries;
}

/* ---- images -------------------------------------------------------------------------------------------------- */

int ftblab_launch_ranks(const ftblab_launch *launch)
{
  return launch->rank_count;
}

int ftblab_launch_holes(const ftblab_launch *launch)
{
  return launch->counts.holes;
}

int ftblab_launch_node_of(const ftblab_launch *launch, int number)
{
  return ftblab_rank_is_hole(launch, number) ? -1 : launch->nodes[number];
}

int ftblab_launch_iteration(const ftblab_launch *launch)
{
  return launch->stop_at;
}

void ftblab_launch_go(ftblab_launch *launch)
{
  launch->stop_at = -1;
  if (ftblab_launch_in_step(launch))
    ftblab_launch_stop_all(launch, false);
  for (int i = 0; launch->counts.stopped > 0 && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (!self->stopped)
      continue;
    ftblab_rank_set_stopped(self, false);
    if (self->state == RANK_RUNNING && self->wake != NULL)
      sg_sem_release(self->wake);
  }
  spawn_wanted(launch); /* and what was computed goes on */
}

/* HOLES: what will start from the images are not only ranks that live. */
static void become_images(ftblab_launch *launch, bool holes)
{
  ftblab_pace_settle(launch);
  ftblab_pace_end(launch);
  launch->stop_at = -1;
  if (launch->alike) {
    ftblab_launch_set_all(launch, RANK_IMAGE);
    return;
  }
  for (int i = 0; i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (ftblab_rank_is_hole(launch, i) && !holes)
      continue;
    rank_kill(self);
    ftblab_rank_set_stopped(self, false);
    set_spawn_wanted(self, false);
    set_blank_until(self, 0);
    ftblab_rank_set_state(self, RANK_IMAGE);
  }
}

void ftblab_launch_to_images(ftblab_launch *launch)
{
  become_images(launch, true);
}

void ftblab_launch_roll_back(ftblab_launch *launch)
{
  become_images(launch, false);
}

bool ftblab_launch_lose_images(ftblab_launch *launch)
{
  bool found = false;
  for (int i = 0; i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (ftblab_rank_state(launch, i) != RANK_IMAGE || ftblab_engine_node_up(launch->config.engine, launch->nodes[i]))
      continue;
    ftblab_rank_set_state(self, RANK_DEAD);
    self->died = ftblab_engine_now(launch->config.engine);
    found = true;
  }
  return found;
}

void ftblab_launch_from_images(ftblab_launch *launch, int iteration)
{
  launch->iterations = iteration;
  start_images(launch, iteration);
}

void ftblab_launch_move(ftblab_launch *launch, int from, int to)
{
  ftblab_launch_spread(launch);
  for (int i = 0; i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (launch->nodes[i] != from || ftblab_rank_is_hole(launch, i))
      continue;
    if (self->state == RANK_RUNNING) {
      rank_kill(self);
      rank_start(self, to, self->iteration);
    }
    launch->nodes[i] = to;
    launch->moves++;
  }
  launch->pace.known = false; /* they go on together */
}

void ftblab_launch_progress(const ftblab_launch *launch, int *iterations, int *running, int *respawned)
{
  *iterations = ftblab_pace_is_on(launch) && launch->pace.goes ? ftblab_pace_iterations(launch) : launch->iterations;
  *respawned = launch->respawned;
  *running = launch->counts.running;
}

int ftblab_node_cores(const ftblab_engine *engine, int node)
{
  return ftblab_engine_node_cores(engine, node);
}
