/* pace.c - see pace.h. A launch has one call in the engine's queue at most: the end of the iteration at which its ranks
 * stop, or of the last. */
#include "pace.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include <simgrid/host.h>

bool ftblab_pace_is_on(const ftblab_launch *launch)
{
  return ftblab_engine_control_only(launch->config.engine);
}

/* ---- how long an iteration takes ----------------------------------------------------------------- */

/* Takes part in iterations from ITERATION on. */
static bool takes_part(const ftblab_launch *launch, int number, int iteration)
{
  const rank *self = &launch->ranks[number];
  return launch->alike ? launch->state == RANK_RUNNING : self->state == RANK_RUNNING && self->blank_until <= iteration;
}

/* The node of a PEER with which something is exchanged; below 0: there is none. */
static int node_of_peer(const ftblab_launch *launch, int peer)
{
  bool answers = peer >= 0 && peer < launch->rank_count && ftblab_rank_state(launch, peer) == RANK_RUNNING;
  return answers ? launch->nodes[peer] : -1;
}

/* Where MPI may not use all interfaces. False: nothing leads there. */
static bool other_way(const ftblab_launch *launch, int from, int to, double *latency, double *seconds_per_byte)
{
  const ftblab_interfaces *interfaces = launch->config.interfaces;
  int out, in;
  return ftblab_interfaces_pair(interfaces, from, to, launch->denied, &out, &in) &&
         ftblab_engine_route_between(ftblab_interface_host(interfaces, out), ftblab_interface_host(interfaces, in),
                                     latency, seconds_per_byte);
}

static double exchange_seconds(const ftblab_launch *launch, int from, int to, double bytes)
{
  const ftblab_engine *engine = launch->config.engine;
  double latency, seconds_per_byte;
  if (from < 0)
    return 0;
  bool found = launch->troubled && from != to
                   ? other_way(launch, from, to, &latency, &seconds_per_byte)
                   : ftblab_engine_route(engine, from, to, &latency, &seconds_per_byte, NULL) == FTBLAB_OK;
  return found ? latency + bytes * seconds_per_byte : 0;
}

/* Neither is ever not a number: the comparison is all. */
static double longer(double a, double b)
{
  return a > b ? a : b;
}

static double compute_seconds(const ftblab_launch *launch, int node, double flops)
{
  const ftblab_engine *engine = launch->config.engine;
  double cores = ftblab_node_cores(engine, node), ranks = launch->config.job->ranks_per_node;
  return flops / ftblab_engine_node_speed(engine, node) * longer(1, ranks / cores);
}

/* What the times are of. Others are forgotten. */
static void remember_step(ftblab_launch *launch, const ftblab_step *step)
{
  size_t count = ftblab_engine_nodes(launch->config.engine) * (size_t)launch->config.job->ranks_per_node;
  if (launch->step_flops == step->flops && launch->step_bytes == step->bytes)
    return;
  memset(launch->times, 0, count * sizeof *launch->times);
  launch->step_flops = step->flops;
  launch->step_bytes = step->bytes;
}

/* How long a rank on NODE takes between such neighbours; noted in KNOWN. */
static double work_out(const ftblab_launch *launch, ftblab_step_time *known, int before, int node, int after)
{
  *known = (ftblab_step_time){.before = before,
                              .after = after,
                              .seconds = compute_seconds(launch, node, launch->step_flops) +
                                         exchange_seconds(launch, before, node, launch->step_bytes) +
                                         exchange_seconds(launch, after, node, launch->step_bytes)};
  return known->seconds;
}

static bool is_noted(const ftblab_step_time *known, int before, int after)
{
  return known->seconds > 0 && known->before == before && known->after == after;
}

/* How long the slowest rank takes; all ranks go in step. */
static double longest_of_all(const ftblab_launch *launch)
{
  int ranks_per_node = launch->config.job->ranks_per_node, before = -1, place = 0;
  int node = launch->nodes[0];
  double longest = 0;
  for (int i = 1; i <= launch->rank_count; i++) {
    int after = i < launch->rank_count ? launch->nodes[i] : -1;
    ftblab_step_time *known = &launch->times[node * ranks_per_node + place];
    longest =
        longer(longest, is_noted(known, before, after) ? known->seconds : work_out(launch, known, before, node, after));
    before = node;
    node = after;
    place = place + 1 < ranks_per_node ? place + 1 : 0;
  }
  return longest;
}

/* The same, of those that take part in ITERATION. */
static double longest_of_some(const ftblab_launch *launch, int iteration)
{
  int ranks_per_node = launch->config.job->ranks_per_node;
  double longest = 0;
  for (int i = 0; i < launch->rank_count; i++) {
    int node = launch->nodes[i], before = node_of_peer(launch, i - 1), after = node_of_peer(launch, i + 1);
    ftblab_step_time *known = &launch->times[node * ranks_per_node + i % ranks_per_node];
    if (!takes_part(launch, i, iteration))
      continue;
    longest =
        longer(longest, is_noted(known, before, after) ? known->seconds : work_out(launch, known, before, node, after));
  }
  return longest;
}

static double step_seconds(ftblab_launch *launch, int iteration)
{
  bool together = ftblab_launch_in_step(launch);
  int alive = together ? launch->rank_count : 0;
  ftblab_step step = {0};
  if (launch->alike && !together)
    return 0; /* none of them runs */
  for (int i = 0; !together && i < launch->rank_count; i++)
    alive += takes_part(launch, i, iteration);
  launch->config.application->step(launch->config.job->parameters, launch->rank_count, alive > 0 ? alive : 1, &step);
  remember_step(launch, &step);
  return together ? longest_of_all(launch) : longest_of_some(launch, iteration);
}

/* How long a rank exchanges, of those seconds. */
static double longest_exchange(const ftblab_launch *launch, int iteration)
{
  double longest = 0;
  for (int i = 0; i < launch->rank_count; i++) {
    int before = node_of_peer(launch, i - 1), after = node_of_peer(launch, i + 1), node = launch->nodes[i];
    if (takes_part(launch, i, iteration))
      longest = longer(longest, exchange_seconds(launch, before, node, launch->step_bytes) +
                                    exchange_seconds(launch, after, node, launch->step_bytes));
  }
  return longest;
}

static int iterations_wanted(ftblab_launch *launch)
{
  ftblab_step step = {0};
  if (launch->pace.wanted > 0)
    return launch->pace.wanted;
  launch->config.application->step(launch->config.job->parameters, launch->rank_count, launch->rank_count, &step);
  return launch->pace.wanted = step.iterations;
}

/* ---- where the job is -------------------------------------------------------------------------------- */

/* Iterations that are over at DATE, and when the one under way began. */
static int iterations_at(const ftblab_pace *pace, double date, double *began)
{
  double first = pace->began + pace->seconds;
  *began = pace->began;
  if (!pace->goes || date < first)
    return pace->iteration;
  double more = pace->later > 0 ? floor((date - first) / pace->later) : INFINITY;
  more = fmin(more, pace->last - pace->iteration - 1);
  *began = first + more * pace->later;
  return pace->iteration + 1 + (int)more;
}

int ftblab_pace_iterations(const ftblab_launch *launch)
{
  double began;
  return iterations_at(&launch->pace, ftblab_engine_now(launch->config.engine), &began);
}

static void note_iteration(ftblab_launch *launch, int iteration)
{
  launch->iterations = iteration > launch->iterations ? iteration : launch->iterations;
  for (int i = 0; !launch->alike && i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (self->state == RANK_RUNNING && self->iteration < iteration)
      self->iteration = iteration;
  }
}

void ftblab_pace_settle(ftblab_launch *launch)
{
  ftblab_pace *pace = &launch->pace;
  double began;
  if (!ftblab_pace_is_on(launch) || !pace->goes)
    return;
  int iteration = iterations_at(pace, ftblab_engine_now(launch->config.engine), &began);
  if (iteration > pace->iteration) {
    pace->iteration = iteration;
    pace->began = began;
    pace->seconds = pace->later;
    note_iteration(launch, iteration);
  }
}

/* ---- messages that have no way to go ---------------------------------------------------------------- */

/* What rank NUMBER's message from PEER waits for: the interface whose fault it is, by place, SUSPENDED if MPI may use
 * none, or NOTHING. */
enum { NOTHING = -1, SUSPENDED = -2 };

static int stalls_at(const ftblab_launch *launch, int number, int peer)
{
  const ftblab_interfaces *interfaces = launch->config.interfaces;
  int out, in;
  if (peer < 0 || peer >= launch->rank_count || !takes_part(launch, peer, launch->pace.iteration))
    return NOTHING;
  int from = launch->nodes[peer], to = launch->nodes[number];
  if (from == to)
    return NOTHING;
  if (!ftblab_interfaces_pair(interfaces, from, to, launch->denied, &out, &in))
    return SUSPENDED;
  if (!ftblab_interface_up(interfaces, out) || !ftblab_interface_up(interfaces, in))
    return ftblab_interface_up(interfaces, out) ? in : out;
  return ftblab_interfaces_way_is_cut(interfaces, out, in, INFINITY) ? out : NOTHING;
}

/* The same for the message that it waits for first. */
static int stalls(const ftblab_launch *launch, int number)
{
  if (!takes_part(launch, number, launch->pace.iteration))
    return NOTHING;
  int before = stalls_at(launch, number, number - 1);
  return before != NOTHING ? before : stalls_at(launch, number, number + 1);
}

static bool somebody_stalls(const ftblab_launch *launch)
{
  bool found = false, may_be = launch->troubled || ftblab_interfaces_any_cut(launch->config.interfaces);
  for (int i = 0; !found && may_be && i < launch->rank_count; i++)
    found = stalls(launch, i) != NOTHING;
  return found;
}

/* What was tried again retry_count times is said to have timed out, and tried on. */
static void give_up(void *argument, int64_t value, double date)
{
  ftblab_launch *launch = argument;
  const ftblab_launch_config *config = &launch->config;
  (void)value;
  for (int i = 0; i < launch->rank_count; i++) {
    int culprit = stalls(launch, i);
    if (culprit >= 0)
      ftblab_engine_at(config->engine, date, config->timed_out, config->argument,
                       (int64_t)config->job->index << 32 | culprit);
  }
  launch->pace.gives_up =
      ftblab_engine_at(config->engine, date + (config->retry_count + 1) * config->retransmit_after, give_up, launch, 0);
}

/* The messages of the iteration under way come behind its computation. */
static void begin_stall(ftblab_launch *launch)
{
  ftblab_pace *pace = &launch->pace;
  const ftblab_launch_config *config = &launch->config;
  double seconds = step_seconds(launch, pace->iteration), exchange = longest_exchange(launch, pace->iteration);
  pace->stalled = true;
  pace->failing = 0;
  for (int i = 0; i < launch->rank_count; i++)
    pace->failing += stalls(launch, i) >= 0;
  pace->exchange = exchange;
  pace->tried = longer(pace->began + seconds - exchange, ftblab_engine_now(config->engine));
  pace->gives_up = ftblab_engine_at(config->engine, pace->tried + config->retry_count * config->retransmit_after,
                                    give_up, launch, 0);
}

static void end_stall(ftblab_launch *launch)
{
  ftblab_pace *pace = &launch->pace;
  const ftblab_launch_config *config = &launch->config;
  if (!pace->stalled)
    return;
  double waited = ftblab_engine_now(config->engine) - pace->tried;
  launch->failed_tries += waited < 0 ? 0 : pace->failing * (1 + (int)(waited / config->retransmit_after));
  ftblab_engine_cancel(config->engine, pace->gives_up);
  pace->stalled = false;
}

void ftblab_pace_network_changed(ftblab_launch *launch)
{
  ftblab_pace *pace = &launch->pace;
  double now = ftblab_engine_now(launch->config.engine), again = launch->config.retransmit_after;
  if (!ftblab_pace_is_on(launch) || launch->over)
    return;
  launch->troubled = true;
  ftblab_pace_settle(launch);
  if (pace->stalled && !somebody_stalls(launch) && now > pace->tried)
    pace->resumes = pace->tried + ceil((now - pace->tried) / again) * again;
  ftblab_pace_changed(launch);
}

void ftblab_pace_interface_changed(ftblab_launch *launch)
{
  if (!ftblab_pace_is_on(launch) || launch->over)
    return;
  launch->troubled = true;
  launch->pace.known = false;
  launch->step_flops = -1; /* what was noted of steps was with other interfaces */
  ftblab_pace_settle(launch);
  end_stall(launch); /* if there still is none that leads there, it is tried anew */
  ftblab_pace_changed(launch);
}

/* ---- what comes next --------------------------------------------------------------------------------- */

static bool waits_for_the_dead(const ftblab_launch *launch)
{
  return launch->counts.undeclared > 0;
}

static bool somebody_runs(const ftblab_launch *launch)
{
  return launch->counts.going > 0;
}

bool ftblab_pace_stuck(const ftblab_launch *launch)
{
  return !launch->over && !launch->pace.goes && !launch->pace.stalled && launch->counts.running == launch->counts.going;
}

void ftblab_pace_blocked(const ftblab_launch *launch, ftblab_text *text)
{
  const ftblab_job *job = launch->config.job;
  if (launch->over || !somebody_runs(launch))
    return;
  for (int i = 0; i < launch->rank_count; i++) {
    const rank *self = &launch->ranks[i];
    if (!launch->alike && self->state == RANK_DEAD && self->blank_until != INT_MAX)
      ftblab_text_addf(text, "job %s waits since %.9g s for rank %d on %s, which is dead and not declared\n", job->name,
                       self->died, i, ftblab_engine_node_name(launch->config.engine, launch->nodes[i]));
  }
}

static void arrive(void *argument, int64_t value, double date)
{
  ftblab_launch *launch = argument;
  ftblab_pace *pace = &launch->pace;
  (void)value;
  pace->ticket = 0;
  pace->goes = false;
  pace->arrived = true;
  pace->began = date;
  pace->iteration = pace->last;
  note_iteration(launch, pace->last);
  ftblab_launch_arrived(launch, launch->stop_at < 0);
  ftblab_pace_changed(launch);
}

/* Time passes for a job whose ranks wait for ever, as it does for actors. */
static void occupy(ftblab_launch *launch, bool occupied)
{
  if (occupied != launch->pace.occupied)
    ftblab_engine_occupy(launch->config.engine, occupied ? 1 : -1);
  launch->pace.occupied = occupied;
}

void ftblab_pace_ranks_changed(ftblab_launch *launch)
{
  launch->pace.known = false;
  ftblab_pace_changed(launch);
}

void ftblab_pace_changed(ftblab_launch *launch)
{
  ftblab_pace *pace = &launch->pace;
  ftblab_engine *engine = launch->config.engine;
  if (!ftblab_pace_is_on(launch))
    return;
  if (pace->ticket != 0)
    ftblab_engine_cancel(engine, pace->ticket);
  pace->ticket = 0;
  bool runs = !launch->over && somebody_runs(launch), went = pace->goes;
  double now = ftblab_engine_now(engine);
  occupy(launch, runs);
  bool stalled = runs && somebody_stalls(launch);
  pace->goes = runs && !waits_for_the_dead(launch) && !stalled;
  if (runs && pace->arrived) { /* who stood still goes on */
    pace->began = now;
    pace->fresh = true;
    pace->arrived = false;
  }
  if (stalled && !pace->stalled)
    begin_stall(launch);
  if (!stalled)
    end_stall(launch);
  if (!pace->goes)
    return;
  if (!pace->known)
    pace->later = step_seconds(launch, pace->iteration + 1);
  pace->known = true;
  if (pace->fresh) /* a rank that was respawned may not take part yet */
    pace->seconds = launch->respawned > 0 ? step_seconds(launch, pace->iteration) : pace->later;
  pace->fresh = false;
  if (!went) /* whoever was waited for has held up the iteration under way */
    pace->seconds = fmax(pace->seconds, now - pace->began);
  if (pace->resumes >= 0)
    pace->seconds = fmax(pace->seconds, pace->resumes + pace->exchange - pace->began);
  pace->resumes = -1;
  pace->last = launch->stop_at >= 0 ? launch->stop_at : iterations_wanted(launch);
  int more = pace->last - pace->iteration;
  double end = more <= 0 ? now : pace->began + pace->seconds + (more - 1) * pace->later;
  pace->ticket = ftblab_engine_at(engine, end, arrive, launch, 0);
}

void ftblab_pace_begin(ftblab_launch *launch, int iteration)
{
  if (!ftblab_pace_is_on(launch))
    return;
  launch->pace.iteration = iteration;
  launch->pace.began = ftblab_engine_now(launch->config.engine);
  launch->pace.goes = launch->pace.arrived = false;
  launch->pace.fresh = true;
  launch->pace.resumes = -1;
  ftblab_launch_find_step(launch);
  ftblab_pace_ranks_changed(launch);
}

void ftblab_pace_end(ftblab_launch *launch)
{
  if (!ftblab_pace_is_on(launch))
    return;
  if (launch->pace.ticket != 0)
    ftblab_engine_cancel(launch->config.engine, launch->pace.ticket);
  launch->pace.ticket = 0;
  launch->pace.goes = false;
  end_stall(launch);
  occupy(launch, false);
}

void ftblab_pace_node_died(ftblab_launch *launch, int node)
{
  bool hit = false;
  if (!ftblab_pace_is_on(launch) || launch->over)
    return;
  ftblab_pace_settle(launch);
  for (int i = 0; i < launch->rank_count; i++) {
    rank *self = &launch->ranks[i];
    if (launch->nodes[i] != node || ftblab_rank_state(launch, i) != RANK_RUNNING)
      continue;
    ftblab_rank_set_state(self, RANK_DEAD);
    self->died = ftblab_engine_now(launch->config.engine);
    hit = true;
  }
  if (hit)
    ftblab_pace_ranks_changed(launch);
}
