/* accounts.c - the account of the nodes' time. See accounts.h.
 *
 * The account runs from the first submission until the last job has ended, or the run has. A job that was aborted and
 * waits to be launched again, or is suspended, keeps as many free nodes waiting as it wants, down ones first: that is
 * its downtime. All other free nodes are idle. */
#include "accounts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* What is left of the free time of nodes; all that is summed over jobs is in their accounts. */
typedef struct idle_time {
  double up, down;
} idle_time;

typedef struct balance {
  double date;
  double energy;
  idle_time idle;
} balance;

struct ftblab_accounts {
  bool changed, ended;
  bool moved; /* nodes are to be counted again */
  bool due;   /* what nodes do is to be booked anew */
  double began;
  balance now, at_end;       /* AT_END: when all jobs had ended, as long as they have */
  idle_time rates;           /* nodes */
  idle_time all, free;       /* nodes for jobs; those of them that no job holds */
  int node_count;            /* for jobs */
  bool *compute, *suspected; /* by node */
  bool *up;                  /* by node */
  int *users;                /* by node: jobs that hold it, when they were counted */
  int held_compute;          /* nodes for jobs that have users */
  bool shared;               /* a node has several users */
  int *down;                 /* nodes that are down */
  int down_count;
  int *living, *holes; /* scratch, by node */
  int *working, *lost;
  int failures, failures_hit;
  ftblab_recoveries recoveries;
};

/* NODE is SIGN more of those in NODES, if it is for jobs. */
static void add_node(const ftblab_accounts *accounts, idle_time *nodes, int node, int sign)
{
  if (accounts->compute[node])
    *(accounts->up[node] ? &nodes->up : &nodes->down) += sign;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static ftblab_moment_hook book;

ftblab_status ftblab_accounts_new(ftblab_simulated *world, ftblab_error *err)
{
  size_t nodes = ftblab_engine_nodes(world->engine);
  ftblab_accounts *accounts = calloc(1, sizeof *accounts);
  world->accounts = accounts;
  if (accounts == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the metrics");
  accounts->compute = calloc(nodes + 1, sizeof *accounts->compute);
  accounts->suspected = calloc(nodes + 1, sizeof *accounts->suspected);
  accounts->up = calloc(nodes + 1, sizeof *accounts->up);
  accounts->users = calloc(nodes + 1, sizeof *accounts->users);
  accounts->down = calloc(nodes + 1, sizeof *accounts->down);
  accounts->living = calloc(nodes + 1, sizeof *accounts->living);
  accounts->holes = calloc(nodes + 1, sizeof *accounts->holes);
  accounts->working = calloc(nodes + 1, sizeof *accounts->working);
  accounts->lost = calloc(nodes + 1, sizeof *accounts->lost);
  if (accounts->working == NULL || accounts->lost == NULL || accounts->compute == NULL || accounts->suspected == NULL ||
      accounts->users == NULL || accounts->living == NULL || accounts->holes == NULL || accounts->up == NULL ||
      accounts->down == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the metrics");
  for (size_t i = 0; i < nodes; i++) {
    accounts->compute[i] = ftblab_scenario_is_compute(world->scenario, world->engine, (int)i);
    accounts->node_count += accounts->compute[i];
    accounts->up[i] = ftblab_engine_node_up(world->engine, (int)i);
    if (!accounts->up[i])
      accounts->down[accounts->down_count++] = (int)i;
    add_node(accounts, &accounts->all, (int)i, 1);
  }
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    double submit = world->scenario->jobs[i].submit;
    if (i == 0 || submit < accounts->began)
      accounts->began = submit;
  }
  accounts->now.date = accounts->began;
  accounts->changed = accounts->moved = true;
  if (ftblab_engine_control_only(world->engine))
    ftblab_engine_on_moment(world->engine, book, world);
  return FTBLAB_OK;
}

void ftblab_accounts_free(ftblab_simulated *world)
{
  ftblab_accounts *accounts = world->accounts;
  if (accounts == NULL)
    return;
  free(accounts->compute);
  free(accounts->suspected);
  free(accounts->up);
  free(accounts->users);
  free(accounts->down);
  free(accounts->living);
  free(accounts->holes);
  free(accounts->working);
  free(accounts->lost);
  free(accounts);
}

/* ---- booking ------------------------------------------------------------------------------------------- */

void ftblab_accounts_advance(ftblab_simulated *world, double date)
{
  ftblab_accounts *accounts = world->accounts;
  double seconds = date - accounts->now.date;
  if (!(seconds > 0))
    return;
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    ftblab_job_account *account = &world->jobs[i].account;
    for (int j = 0; j < FTBLAB_PURPOSES; j++)
      account->spent[j] += account->rates[j] * seconds;
  }
  accounts->now.idle.up += accounts->rates.up * seconds;
  accounts->now.idle.down += accounts->rates.down * seconds;
  accounts->now.date = date;
}

void ftblab_accounts_purpose_changed(ftblab_simulated *world)
{
  if (world->accounts != NULL) /* else there is nothing yet that could change */
    world->accounts->changed = true;
}

void ftblab_accounts_changed(ftblab_simulated *world)
{
  ftblab_accounts_purpose_changed(world);
  if (world->accounts != NULL)
    world->accounts->moved = true;
}

double ftblab_accounts_useful(const ftblab_job_record *record)
{
  return record->account.spent[FTBLAB_USEFUL];
}

void ftblab_accounts_lose(ftblab_job_record *record, double seconds)
{
  record->account.lost += seconds;
  record->account.spent[FTBLAB_USEFUL] -= seconds;
}

void ftblab_accounts_roll_back(ftblab_job_record *record, double useful)
{
  ftblab_job_account *account = &record->account;
  account->lost += account->spent[FTBLAB_USEFUL] - useful;
  account->spent[FTBLAB_USEFUL] = useful;
}

/* ---- failures ------------------------------------------------------------------------------------------ */

/* Does NODE have a process of the job, or will it when its images are read? */
static bool has_ranks_on(const ftblab_job_record *record, int node)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  if (record->operation.kind == FTBLAB_RESTART)
    return record->operation.in_place ? ftblab_launch_has_ranks_on(launch, node)
                                      : ftblab_job_has_place_on(record, node);
  if (record->job.state != FTBLAB_JOB_RUNNING)
    return false;
  for (int i = ftblab_launch_next_lost(launch, 0); i >= 0; i = ftblab_launch_next_lost(launch, i + 1)) {
    if (ftblab_launch_last_node_of(launch, i) == node)
      return true;
  }
  return false;
}

static void note_down(ftblab_accounts *accounts, int node, bool down)
{
  int place = 0;
  while (place < accounts->down_count && accounts->down[place] != node)
    place++;
  if (down)
    accounts->down[accounts->down_count++] = node;
  else
    accounts->down[place] = accounts->down[--accounts->down_count];
}

void ftblab_accounts_node_turned(ftblab_simulated *world, int node, bool up)
{
  ftblab_accounts *accounts = world->accounts;
  ftblab_accounts_changed(world);
  if (accounts == NULL || accounts->up[node] == up)
    return;
  add_node(accounts, &accounts->all, node, -1);
  accounts->up[node] = up;
  note_down(accounts, node, !up);
  add_node(accounts, &accounts->all, node, 1);
}

void ftblab_accounts_node_died(ftblab_simulated *world, int node)
{
  ftblab_accounts *accounts = world->accounts;
  bool hit = false;
  ftblab_accounts_changed(world);
  accounts->suspected[node] = false;
  if (!accounts->compute[node] || world->date < accounts->began || accounts->ended)
    return;
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    ftblab_job_account *account = &world->jobs[i].account;
    if (!has_ranks_on(&world->jobs[i], node))
      continue;
    hit = true;
    if (account->struck++ == 0)
      account->struck_first = world->date;
    account->struck_dates += world->date;
  }
  accounts->failures++;
  accounts->failures_hit += hit;
}

/* The nodes that RECORD names, if it is a suspicion or a confirmation. */
void ftblab_accounts_watch(ftblab_simulated *world, const ftblab_record *record)
{
  static const char *const events[] = {"CHECK_NODES_DEAD", "CONFIRM_NODES_DEAD"};
  ftblab_payload payload = {0};
  ftblab_error error;
  bool suspicion = false;
  if (record->action != FTBLAB_THROW)
    return;
  for (size_t i = 0; i < FTBLAB_COUNT(events); i++)
    suspicion = suspicion || (strlen(events[i]) == record->event.length &&
                              memcmp(record->event.data, events[i], record->event.length) == 0);
  if (!suspicion)
    return;
  if (ftblab_payload_parse(&payload, record->payload.data, record->payload.length, &error) != FTBLAB_OK) {
    ftblab_payload_free(&payload);
    return;
  }
  const ftblab_pair *nodes = ftblab_payload_find(&payload, "nodes");
  for (size_t i = 0; nodes != NULL && i < nodes->item_count; i++) {
    ftblab_slice word = payload.items[nodes->first_item + i].word;
    int node = ftblab_engine_node_index(world->engine, word.data, word.length);
    if (node >= 0)
      world->accounts->suspected[node] = true;
  }
  ftblab_payload_free(&payload);
  ftblab_accounts_purpose_changed(world);
}

/* ---- purposes ------------------------------------------------------------------------------------------ */

static bool holds_nodes(const ftblab_job_record *record)
{
  return record->job.state == FTBLAB_JOB_RUNNING || (record->job.state == FTBLAB_JOB_SUSPENDED && record->granted);
}

static bool waits_for_nodes(const ftblab_job_record *record)
{
  return (record->job.state == FTBLAB_JOB_ABORTED && record->job.requeue) ||
         (record->job.state == FTBLAB_JOB_SUSPENDED && !record->granted);
}

/* A rank is dead and nobody has said so to the job: has anybody suspected all such nodes? */
static ftblab_purpose purpose_of_struck(const ftblab_simulated *world, const ftblab_launch *launch)
{
  ftblab_purpose purpose = FTBLAB_USEFUL;
  for (int i = ftblab_launch_next_lost(launch, 0); i >= 0; i = ftblab_launch_next_lost(launch, i + 1)) {
    if (!world->accounts->suspected[ftblab_launch_last_node_of(launch, i)])
      return FTBLAB_DETECTING;
    purpose = FTBLAB_DECIDING;
  }
  return purpose;
}

static ftblab_purpose purpose_of(const ftblab_simulated *world, const ftblab_job_record *record)
{
  const ftblab_operation *operation = &record->operation;
  const ftblab_launch *launch = ftblab_launch_of(record);
  if (operation->kind == FTBLAB_RESTART)
    return FTBLAB_RESTARTING;
  if (record->job.state != FTBLAB_JOB_RUNNING)
    return FTBLAB_WAITING;
  if (record->rollback_due)
    return FTBLAB_DECIDING;
  ftblab_purpose struck = purpose_of_struck(world, launch);
  if (struck == FTBLAB_USEFUL && operation->kind == FTBLAB_NO_OPERATION && record->hold == FTBLAB_HOLD_TOLD)
    return FTBLAB_RESTARTING; /* its application rebuilds what is lost */
  if (struck != FTBLAB_USEFUL || operation->kind == FTBLAB_NO_OPERATION || !ftblab_launch_is_stopped(launch))
    return struck;
  return operation->kind == FTBLAB_CHECKPOINT ? FTBLAB_CHECKPOINTING : FTBLAB_MIGRATING;
}

/* Of a job whose work is dealt out in pieces: count ranks that work and ranks that are lost by node; SIGN as below. */
static void count_work(const ftblab_job_record *record, ftblab_accounts *accounts, int sign)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  for (int i = 0; i < ftblab_launch_ranks(launch); i++) {
    int node = ftblab_launch_last_node_of(launch, i);
    if (ftblab_launch_works(launch, i))
      accounts->working[node] += sign;
    else if (ftblab_launch_is_lost(launch, i))
      accounts->lost[node] += sign;
  }
}

/* There each node goes its own way: what NODE does, on which ranks live, or did as far as anybody knows. One whose
 * ranks wait for work is idle: FTBLAB_PURPOSES. */
static ftblab_purpose purpose_of_dealt(const ftblab_accounts *accounts, int node)
{
  if (accounts->working[node] > 0)
    return FTBLAB_USEFUL;
  if (accounts->lost[node] == 0)
    return FTBLAB_PURPOSES;
  return accounts->suspected[node] ? FTBLAB_DECIDING : FTBLAB_DETECTING;
}

/* Where ranks are is a matter of the launch; else of the nodes that they are to start on. */
static bool has_launch_to_look_at(const ftblab_job_record *record)
{
  return record->job.state == FTBLAB_JOB_RUNNING &&
         (record->operation.kind != FTBLAB_RESTART || record->operation.in_place);
}

/* Count the job's ranks by node, living ones and holes; SIGN -1 takes them back. */
static void count_ranks(const ftblab_job_record *record, ftblab_accounts *accounts, int sign)
{
  const ftblab_launch *launch = ftblab_launch_of(record);
  bool runs = has_launch_to_look_at(record);
  for (int i = 0; !runs && i < record->rank_nodes && i < record->job.node_count; i++)
    accounts->living[record->nodes[i]] += sign;
  if (runs)
    ftblab_launch_count(launch, sign, accounts->living, accounts->holes);
}

static bool is_dealt(const ftblab_job_record *record)
{
  return record->dealer != NULL && record->job.state == FTBLAB_JOB_RUNNING;
}

/* The first nodes of RECORD's job have ranks that are no holes, or will have; no others have any. */
static bool first_nodes_live(const ftblab_job_record *record)
{
  return !has_launch_to_look_at(record) ||
         (record->rank_nodes <= record->job.node_count &&
          ftblab_launch_lives_on(ftblab_launch_of(record), record->nodes, record->rank_nodes));
}

/* Count the nodes that RECORD holds, by those of their ranks that live: nodes that nobody shares, the first of which
 * live. */
static void count_own(ftblab_simulated *world, ftblab_job_record *record)
{
  int living = record->rank_nodes < record->job.node_count ? record->rank_nodes : record->job.node_count;
  ftblab_held_nodes held = {.living = living, .moves = record->account.held.moves};
  for (int i = living; i < record->job.node_count; i++)
    *(ftblab_engine_node_up(world->engine, record->nodes[i]) ? &held.up : &held.down) += 1;
  record->account.held = held;
}

/* The same for any nodes. */
static void count_held(ftblab_simulated *world, ftblab_job_record *record)
{
  ftblab_accounts *accounts = world->accounts;
  ftblab_held_nodes held = {.moves = record->account.held.moves};
  count_ranks(record, accounts, 1);
  for (int i = 0; i < record->job.node_count; i++) {
    int node = record->nodes[i];
    double part = 1.0 / accounts->users[node];
    if (accounts->living[node] > 0)
      held.living += part;
    else if (accounts->holes[node] > 0)
      held.holes += part;
    else if (ftblab_engine_node_up(world->engine, node))
      held.up += part;
    else
      held.down += part;
  }
  count_ranks(record, accounts, -1);
  record->account.held = held;
}

/* The living nodes of a job whose work is dealt out in pieces, each to what it does. */
static void book_dealt(ftblab_simulated *world, ftblab_job_record *record)
{
  ftblab_accounts *accounts = world->accounts;
  count_ranks(record, accounts, 1);
  count_work(record, accounts, 1);
  for (int i = 0; i < record->job.node_count; i++) {
    int node = record->nodes[i];
    double part = 1.0 / accounts->users[node];
    ftblab_purpose purpose = purpose_of_dealt(accounts, node);
    if (accounts->living[node] == 0)
      continue;
    if (purpose < FTBLAB_PURPOSES)
      record->account.rates[purpose] += part;
    else if (ftblab_engine_node_up(world->engine, node))
      accounts->rates.up += part;
    else
      accounts->rates.down += part;
  }
  count_ranks(record, accounts, -1);
  count_work(record, accounts, -1);
}

static void book_held(ftblab_simulated *world, ftblab_job_record *record)
{
  const ftblab_held_nodes *held = &record->account.held;
  if (is_dealt(record))
    book_dealt(world, record);
  else
    record->account.rates[purpose_of(world, record)] += held->living;
  record->account.rates[FTBLAB_SLOWED] += held->holes;
  world->accounts->rates.up += held->up;
  world->accounts->rates.down += held->down;
}

static void book_waiting(ftblab_job_record *record, idle_time *nodes)
{
  double down = fmin(record->job.nodes_wanted, nodes->down);
  double up = fmin(record->job.nodes_wanted - down, nodes->up);
  nodes->down -= down;
  nodes->up -= up;
  record->account.rates[FTBLAB_WAITING] = down + up;
}

/* Who was struck and computes again has recovered. */
static void end_recoveries(ftblab_simulated *world, ftblab_job_record *record)
{
  ftblab_job_account *account = &record->account;
  ftblab_recoveries *recoveries = &world->accounts->recoveries;
  bool computes = record->job.state == FTBLAB_JOB_COMPLETED;
  if (account->struck == 0)
    return;
  if (record->job.state == FTBLAB_JOB_RUNNING) {
    ftblab_purpose purpose = purpose_of(world, record);
    computes = purpose == FTBLAB_USEFUL || purpose == FTBLAB_CHECKPOINTING || purpose == FTBLAB_MIGRATING;
  }
  if (!computes)
    return;
  recoveries->count += account->struck;
  recoveries->seconds += account->struck * world->date - account->struck_dates;
  recoveries->longest = fmax(recoveries->longest, world->date - account->struck_first);
  account->struck = 0;
  account->struck_dates = 0;
}

static bool all_jobs_ended(const ftblab_simulated *world)
{
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_job *job = &world->jobs[i].job;
    if (job->state != FTBLAB_JOB_COMPLETED && (job->state != FTBLAB_JOB_ABORTED || job->requeue))
      return false;
  }
  return true;
}

static double energy_of_nodes(const ftblab_simulated *world)
{
  double joules = 0;
  for (size_t i = 0; i < ftblab_engine_nodes(world->engine); i++) {
    if (world->accounts->compute[i])
      joules += ftblab_engine_node_energy(world->engine, (int)i);
  }
  return joules;
}

static void note_end(ftblab_simulated *world)
{
  ftblab_accounts *accounts = world->accounts;
  bool ended = all_jobs_ended(world);
  if (ended && !accounts->ended) {
    accounts->at_end = accounts->now;
    if (world->scenario->energy)
      accounts->at_end.energy = energy_of_nodes(world);
  }
  accounts->ended = ended;
}

/* Ranks have started, ended, or become holes since the nodes were counted. */
static bool have_moved(ftblab_simulated *world)
{
  bool moved = false;
  for (size_t i = 0; i < world->scenario->job_count; i++) {
    const ftblab_launch *launch = ftblab_launch_of(&world->jobs[i]);
    int moves = launch == NULL ? 0 : ftblab_launch_moves(launch);
    moved = moved || moves != world->jobs[i].account.held.moves;
    world->jobs[i].account.held.moves = moves;
  }
  return moved;
}

/* The nodes of RECORD's job as they are now, for the next time. False: no memory. */
static bool remember_nodes(ftblab_job_record *record)
{
  ftblab_job_account *account = &record->account;
  int count = holds_nodes(record) ? record->job.node_count : 0;
  if (count > account->node_capacity) {
    int *nodes = realloc(account->nodes, (size_t)count * sizeof *nodes);
    if (nodes == NULL) {
      account->node_count = 0;
      return false;
    }
    account->nodes = nodes;
    account->node_capacity = count;
  }
  if (count > 0)
    memcpy(account->nodes, record->nodes, (size_t)count * sizeof *record->nodes);
  account->node_count = count;
  return true;
}

/* RECORD's job holds the nodes that it held when users were counted. */
static bool holds_the_same(const ftblab_job_record *record)
{
  int count = holds_nodes(record) ? record->job.node_count : 0;
  return count == record->account.node_count &&
         (count == 0 || memcmp(record->account.nodes, record->nodes, (size_t)count * sizeof *record->nodes) == 0);
}

static void count_users(ftblab_simulated *world)
{
  ftblab_accounts *accounts = world->accounts;
  size_t jobs = world->scenario->job_count;
  for (size_t i = 0; i < jobs; i++) {
    const ftblab_job_account *account = &world->jobs[i].account;
    for (int j = 0; j < account->node_count; j++)
      accounts->users[account->nodes[j]] = 0;
  }
  accounts->held_compute = 0;
  accounts->shared = false;
  for (size_t i = 0; i < jobs; i++) {
    const ftblab_job_account *account = &world->jobs[i].account;
    if (!remember_nodes(&world->jobs[i]))
      ftblab_world_no_memory(world);
    for (int j = 0; j < account->node_count; j++) {
      int node = account->nodes[j];
      bool first = accounts->users[node]++ == 0;
      accounts->shared |= !first;
      accounts->held_compute += first && accounts->compute[node];
    }
  }
}

/* All nodes for jobs but those that are held. */
static void count_free(ftblab_accounts *accounts)
{
  int down = 0;
  for (int i = 0; i < accounts->down_count; i++)
    down += accounts->compute[accounts->down[i]] && accounts->users[accounts->down[i]] > 0;
  accounts->free = accounts->all;
  accounts->free.up -= accounts->held_compute - down;
  accounts->free.down -= down;
}

static void count_nodes(ftblab_simulated *world)
{
  ftblab_accounts *accounts = world->accounts;
  size_t jobs = world->scenario->job_count;
  bool same = true;
  for (size_t i = 0; i < jobs && same; i++)
    same = holds_the_same(&world->jobs[i]);
  if (!same)
    count_users(world);
  for (size_t i = 0; i < jobs; i++) {
    ftblab_job_record *record = &world->jobs[i];
    if (holds_nodes(record) && !accounts->shared && first_nodes_live(record))
      count_own(world, record);
    else if (holds_nodes(record))
      count_held(world, record);
  }
  count_free(accounts);
}

/* What nodes do from now on: ftblab_moment_hook of the world. */
static void book(void *argument)
{
  ftblab_simulated *world = argument;
  ftblab_accounts *accounts = world->accounts;
  size_t jobs = world->scenario->job_count;
  if (!accounts->due)
    return;
  if (have_moved(world) || accounts->moved)
    count_nodes(world);
  accounts->due = accounts->moved = false;
  accounts->rates = (idle_time){0};
  for (size_t i = 0; i < jobs; i++) {
    memset(world->jobs[i].account.rates, 0, sizeof world->jobs[i].account.rates);
    if (holds_nodes(&world->jobs[i]))
      book_held(world, &world->jobs[i]);
  }
  idle_time nodes = accounts->free;
  for (size_t i = 0; i < jobs; i++) {
    if (waits_for_nodes(&world->jobs[i]))
      book_waiting(&world->jobs[i], &nodes);
  }
  accounts->rates.up += nodes.up;
  accounts->rates.down += nodes.down;
}

void ftblab_accounts_settle(ftblab_simulated *world)
{
  ftblab_accounts *accounts = world->accounts;
  if (!accounts->changed)
    return;
  accounts->changed = false;
  accounts->due = true;
  if (!ftblab_engine_control_only(world->engine))
    book(world);
  for (size_t i = 0; i < world->scenario->job_count; i++)
    end_recoveries(world, &world->jobs[i]);
  note_end(world);
}

/* ---- the end ------------------------------------------------------------------------------------------- */

static void add_job(const ftblab_job_record *record, ftblab_totals *totals)
{
  const ftblab_job_account *account = &record->account;
  bool in_vain = record->job.state == FTBLAB_JOB_ABORTED;
  for (int i = 0; i < FTBLAB_PURPOSES; i++) {
    if (in_vain && i == FTBLAB_USEFUL)
      totals->lost += account->spent[i];
    else
      totals->spent[i] += account->spent[i];
  }
  totals->lost += account->lost;
}

void ftblab_accounts_close(ftblab_simulated *world, ftblab_totals *totals)
{
  ftblab_accounts *accounts = world->accounts;
  book(world);
  ftblab_accounts_advance(world, ftblab_engine_now(world->engine));
  if (world->scenario->energy && !accounts->ended)
    accounts->now.energy = energy_of_nodes(world);
  const balance *end = accounts->ended ? &accounts->at_end : &accounts->now;
  *totals = (ftblab_totals){
      .seconds = end->date - accounts->began,
      .nodes = accounts->node_count,
      .idle_up = end->idle.up,
      .idle_down = end->idle.down,
      .energy = world->scenario->energy ? end->energy : NAN,
      .failures = accounts->failures,
      .failures_hit = accounts->failures_hit,
      .recoveries = accounts->recoveries,
  };
  for (size_t i = 0; i < world->scenario->job_count; i++)
    add_job(&world->jobs[i], totals);
}
