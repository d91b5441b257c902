/* engine.c - see engine.h. One kernel timer of SimGrid stands at the date of the queue's first call, or at the end of
 * the run; when it fires the queue is pumped. SimGrid's own timers of one date have no order, so there is never a
 * second. For the control plane only there is no timer: the queue is the whole engine. */
#include "engine.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/plugins/energy.h>
#include <xbt/config.h>

#include "platform.h"
#include "queue.h"
#include "simgrid_shim.h"

typedef struct listener {
  ftblab_node_listener *call;
  void *argument;
} listener;

struct ftblab_engine {
  ftblab_queue queue;
  double resolution;
  double armed; /* date of the timer; infinite: none */
  double until;
  double call_date; /* of the call that runs; NAN: none */
  bool running, pumping, stopping, out_of_memory, blocked;
  bool control_only;
  double clock; /* for the control plane only */
  ftblab_moment_hook *hook;
  void *hook_argument;
  int occupied;
  size_t node_count;
  sg_host_t *hosts;
  unsigned char *up, *up_at_start;
  int *down; /* the nodes that are not up */
  size_t down_count;
  unsigned char *service;
  unsigned char *changing; /* crash or restore is at work and will tell the listeners */
  ftblab_names *names;
  listener *listeners;
  size_t listener_count;
  ftblab_known_route *routes; /* sets of ROUTE_WAYS; NULL: not remembered */
  size_t route_sets;          /* a power of two */
  struct ftblab_route_rows *rows;
  double *speeds; /* of a core, by node; for the control plane only */
  int *cores;
};

/* Chosen: a row is two lines of the cache. Platforms have a few kinds; routes of others are looked up elsewhere. */
enum { ROW_WAYS = 16, MOST_KINDS = 64 };

/* A route of a node: to WHICH / 2 if that is odd, else from there. KIND is 1 more than its number; 0: none. */
typedef struct near_route {
  uint32_t which, kind;
} near_route;

/* Which routes are known is no part of the engine's state: it changes nothing but how long a look takes. */
struct ftblab_route_rows {
  ftblab_route_kind kinds[MOST_KINDS];
  uint32_t kind_count;
  near_route ways[];
};

/* Chosen: the neighbours of each rank, a server, and twice as much room, so that few are looked up again. */
enum { ROUTE_WAYS = 4, ROUTE_SETS_OF_NODE = 4 };

static double clock_of(const ftblab_engine *engine)
{
  return engine->control_only ? engine->clock : simgrid_get_clock();
}

/* ---- the pump ------------------------------------------------------------------------------------ */

static double tick_of(const ftblab_engine *engine, double date)
{
  return engine->resolution > 0 ? ceil(date / engine->resolution) * engine->resolution : date;
}

static bool pump(void *argument);

/* The timer must stand no later than the first call and the end of the run; never in the past. */
static void arm(ftblab_engine *engine)
{
  if (!engine->running || engine->pumping || engine->control_only)
    return;
  double next = ftblab_queue_next(&engine->queue);
  double date = tick_of(engine, next);
  if (date > engine->until || isinf(date))
    date = isinf(next) && ftblab_shim_actors() == 0 ? INFINITY : engine->until;
  if (date == engine->armed)
    return;
  if (!isinf(engine->armed))
    ftblab_shim_timer_cancel();
  engine->armed = date;
  if (!isinf(date))
    ftblab_shim_timer_set(fmax(date, simgrid_get_clock()), pump, engine);
}

/* Dates of a tick's calls may differ from its end in the last bits. */
static double horizon(const ftblab_engine *engine)
{
  double clock = simgrid_get_clock();
  return fmin(engine->resolution > 0 ? clock + 1e-6 * engine->resolution : clock, engine->until);
}

static bool pump(void *argument)
{
  ftblab_engine *engine = argument;
  engine->armed = INFINITY;
  engine->pumping = true;
  double limit = horizon(engine);
  while (!engine->stopping && !engine->out_of_memory && ftblab_queue_next(&engine->queue) <= limit) {
    ftblab_queue_entry entry = ftblab_queue_take(&engine->queue, &engine->call_date);
    entry.call(entry.argument, entry.value, engine->call_date);
  }
  engine->call_date = NAN;
  engine->pumping = false;
  if (engine->stopping || engine->out_of_memory || simgrid_get_clock() >= engine->until)
    return false;
  arm(engine);
  return true;
}

ftblab_ticket ftblab_engine_at(ftblab_engine *engine, double date, ftblab_call *call, void *argument, int64_t value)
{
  if (!engine->pumping) /* in a call, a date before the call's own is run next anyway */
    date = fmax(date, clock_of(engine));
  else if (!(date >= engine->call_date))
    date = engine->call_date;
  ftblab_ticket ticket = ftblab_queue_add(&engine->queue, date, call, argument, value);
  if (ticket == 0)
    engine->out_of_memory = true;
  else if (!engine->pumping && date < engine->armed)
    arm(engine);
  return ticket;
}

void ftblab_engine_cancel(ftblab_engine *engine, ftblab_ticket ticket)
{
  ftblab_queue_cancel(&engine->queue, ticket);
}

int64_t ftblab_engine_peek(const ftblab_engine *engine, ftblab_call *call)
{
  return ftblab_queue_peek(&engine->queue, call);
}

size_t ftblab_engine_pending(const ftblab_engine *engine)
{
  return engine->queue.count - engine->queue.cancelled;
}

double ftblab_engine_now(const ftblab_engine *engine)
{
  return isnan(engine->call_date) ? clock_of(engine) : engine->call_date;
}

void ftblab_engine_stop(ftblab_engine *engine)
{
  engine->stopping = true;
  if (engine->running && !engine->pumping && !engine->control_only && engine->armed > simgrid_get_clock()) {
    if (!isinf(engine->armed))
      ftblab_shim_timer_cancel();
    engine->armed = simgrid_get_clock();
    ftblab_shim_timer_set(engine->armed, pump, engine);
  }
}

void ftblab_engine_fail(ftblab_engine *engine)
{
  engine->out_of_memory = true;
}

static ftblab_status lost_call(const ftblab_engine *engine, ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu calls that wait", engine->queue.count);
}

static void end_moment(ftblab_engine *engine)
{
  if (engine->hook != NULL)
    engine->hook(engine->hook_argument);
}

static ftblab_status run_control(ftblab_engine *engine, double until, bool *blocked, ftblab_error *err)
{
  engine->pumping = true;
  engine->stopping = false;
  while (!engine->stopping && !engine->out_of_memory) {
    double next = ftblab_queue_next(&engine->queue);
    if (!(next <= until))
      break;
    if (next > engine->clock)
      end_moment(engine);
    ftblab_queue_entry entry = ftblab_queue_take(&engine->queue, &engine->call_date);
    engine->clock = fmax(engine->clock, engine->call_date);
    entry.call(entry.argument, entry.value, engine->call_date);
  }
  end_moment(engine);
  engine->call_date = NAN;
  engine->pumping = false;
  bool goes_on = engine->occupied > 0 || ftblab_engine_pending(engine) > 0;
  if (!engine->stopping && goes_on)
    engine->clock = fmax(engine->clock, until);
  if (blocked != NULL)
    *blocked = engine->occupied > 0;
  return engine->out_of_memory ? lost_call(engine, err) : FTBLAB_OK;
}

void ftblab_engine_on_moment(ftblab_engine *engine, ftblab_moment_hook *hook, void *argument)
{
  engine->hook = hook;
  engine->hook_argument = argument;
}

void ftblab_engine_occupy(ftblab_engine *engine, int count)
{
  engine->occupied += count;
}

ftblab_status ftblab_engine_run(ftblab_engine *engine, double until, bool *blocked, ftblab_error *err)
{
  char reason[512] = "";
  if (engine->control_only)
    return run_control(engine, until, blocked, err);
  engine->running = true;
  engine->stopping = engine->blocked = false;
  engine->until = until;
  engine->armed = INFINITY;
  arm(engine);
  bool good = engine->until >= simgrid_get_clock() ? ftblab_shim_run(reason, sizeof reason) : true;
  ftblab_shim_timer_cancel();
  engine->running = false;
  if (engine->out_of_memory)
    return lost_call(engine, err);
  if (!good)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "SimGrid failed: %s", reason);
  if (blocked != NULL)
    *blocked = engine->blocked || ftblab_shim_actors() > 0;
  return FTBLAB_OK;
}

static void on_deadlock(void *argument)
{
  ftblab_engine *engine = argument;
  engine->blocked = true;
}

/* The timer of the run's end would let time pass for nobody. */
static void on_idle(void *argument)
{
  ftblab_engine *engine = argument;
  if (engine->running && !engine->stopping)
    arm(engine);
}

/* ---- nodes --------------------------------------------------------------------------------------- */

/* Notes which nodes are down; `up` is all that was known before. */
static void list_down(ftblab_engine *engine)
{
  engine->down_count = 0;
  for (size_t i = 0; i < engine->node_count; i++)
    if (!engine->up[i])
      engine->down[engine->down_count++] = (int)i;
}

static void set_up(ftblab_engine *engine, int node, bool up)
{
  size_t kept = 0;
  engine->up[node] = up;
  for (size_t i = 0; i < engine->down_count; i++)
    if (engine->down[i] != node)
      engine->down[kept++] = engine->down[i];
  engine->down_count = kept;
  if (!up)
    engine->down[engine->down_count++] = node;
}

static void tell_listeners(ftblab_engine *engine, int node)
{
  for (size_t i = 0; i < engine->listener_count; i++)
    engine->listeners[i].call(engine->listeners[i].argument, node, engine->up[node]);
}

static void profile_call(void *argument, int64_t value, double date)
{
  (void)date;
  tell_listeners(argument, (int)value);
}

static void on_host(void *argument, sg_host_t host, bool up)
{
  ftblab_engine *engine = argument;
  const char *name = sg_host_get_name(host);
  int node = ftblab_engine_node_index(engine, name, strlen(name));
  if (node < 0 || engine->up[node] == up)
    return;
  set_up(engine, node, up);
  if (!engine->changing[node])
    ftblab_engine_at(engine, simgrid_get_clock(), profile_call, engine, node);
}

static void change_call(void *argument, int64_t value, double date)
{
  ftblab_engine *engine = argument;
  (void)date;
  int node = (int)(value >> 1);
  bool up = value & 1;
  if (engine->up[node] == up)
    return;
  engine->changing[node] = 1;
  if (engine->control_only)
    set_up(engine, node, up);
  else if (up)
    sg_host_turn_on(engine->hosts[node]);
  else
    sg_host_turn_off(engine->hosts[node]);
  engine->changing[node] = 0;
  tell_listeners(engine, node);
}

/* An actor that turns off its own host would die before the listeners are told. */
static void change(ftblab_engine *engine, int node, bool up)
{
  int64_t value = (int64_t)node << 1 | up;
  if (engine->control_only || ftblab_shim_in_scheduler())
    change_call(engine, value, ftblab_engine_now(engine));
  else
    ftblab_engine_at(engine, ftblab_engine_now(engine), change_call, engine, value);
}

void ftblab_engine_node_crash(ftblab_engine *engine, int node)
{
  change(engine, node, false);
}

void ftblab_engine_node_restore(ftblab_engine *engine, int node)
{
  change(engine, node, true);
}

bool ftblab_engine_node_has_wattage(const ftblab_engine *engine, int node)
{
  return sg_host_get_property_value(engine->hosts[node], "wattage_per_state") != NULL;
}

double ftblab_engine_node_energy(const ftblab_engine *engine, int node)
{
  return sg_host_get_consumed_energy(engine->hosts[node]);
}

void ftblab_engine_on_node(ftblab_engine *engine, ftblab_node_listener *call, void *argument)
{
  listener *grown = realloc(engine->listeners, (engine->listener_count + 1) * sizeof *grown);
  if (grown == NULL) {
    engine->out_of_memory = true;
    return;
  }
  engine->listeners = grown;
  engine->listeners[engine->listener_count++] = (listener){call, argument};
}

void ftblab_engine_off_node(ftblab_engine *engine, ftblab_node_listener *call, void *argument)
{
  size_t kept = 0;
  for (size_t i = 0; i < engine->listener_count; i++)
    if (engine->listeners[i].call != call || engine->listeners[i].argument != argument)
      engine->listeners[kept++] = engine->listeners[i];
  engine->listener_count = kept;
}

size_t ftblab_engine_nodes(const ftblab_engine *engine)
{
  return engine->node_count;
}

const char *ftblab_engine_node_name(const ftblab_engine *engine, int node)
{
  return ftblab_names_string(engine->names, (uint32_t)node);
}

int ftblab_engine_node_index(const ftblab_engine *engine, const char *name, size_t length)
{
  uint32_t number = ftblab_names_find(engine->names, name, length);
  return number == FTBLAB_NO_NAME ? -1 : (int)number;
}

static bool has_property(sg_host_t host, const char *value)
{
  const char *property = sg_host_get_property_value(host, "ftblab");
  return property != NULL && strcmp(property, value) == 0;
}

bool ftblab_engine_node_is_service(const ftblab_engine *engine, int node)
{
  return engine->service[node];
}

double ftblab_engine_node_speed(const ftblab_engine *engine, int node)
{
  return engine->speeds != NULL ? engine->speeds[node] : sg_host_get_speed(engine->hosts[node]);
}

int ftblab_engine_node_cores(const ftblab_engine *engine, int node)
{
  return engine->cores != NULL ? engine->cores[node] : sg_host_core_count(engine->hosts[node]);
}

ftblab_known_route *ftblab_engine_known_route(const ftblab_engine *engine, int from, int to)
{
  if (engine->routes == NULL)
    return NULL;
  uint64_t mixed = ((uint64_t)(unsigned)from << 32 | (unsigned)to) * UINT64_C(0x9e3779b97f4a7c15);
  ftblab_known_route *set = &engine->routes[(mixed >> 32 & (engine->route_sets - 1)) * ROUTE_WAYS];
  for (int i = 0; i < ROUTE_WAYS; i++)
    if (set[i].from == from && set[i].to == to)
      return &set[i];
  for (int i = 0; i < ROUTE_WAYS; i++)
    if (set[i].from < 0)
      return &set[i];
  return &set[(unsigned)to % ROUTE_WAYS];
}

/* ---- rows of routes ------------------------------------------------------------------------------ */

/* The one place of the route FROM, TO: in the row of the node that it leads to; of a service node, which has routes to
 * all others, in that of the node it comes from. */
static near_route *place_of(const ftblab_engine *engine, int from, int to, uint32_t *which)
{
  bool goes_out = engine->service[to];
  int node = goes_out ? from : to, other = goes_out ? to : from;
  *which = 2 * (uint32_t)other + goes_out;
  return &engine->rows
              ->ways[(size_t)node * ROW_WAYS + (((uint32_t)other + goes_out * (ROW_WAYS / 2)) & (ROW_WAYS - 1))];
}

const ftblab_route_kind *ftblab_engine_near_route(const ftblab_engine *engine, int from, int to)
{
  uint32_t which;
  if (engine->rows == NULL)
    return NULL;
  const near_route *known = place_of(engine, from, to, &which);
  return known->kind != 0 && known->which == which ? &engine->rows->kinds[known->kind - 1] : NULL;
}

/* The number of KIND, from 1; 0: there are too many. */
static uint32_t number_kind(struct ftblab_route_rows *rows, ftblab_route_kind kind)
{
  uint32_t i = 0;
  while (i < rows->kind_count &&
         (rows->kinds[i].latency != kind.latency || rows->kinds[i].seconds_per_byte != kind.seconds_per_byte))
    i++;
  if (i == MOST_KINDS)
    return 0;
  rows->kinds[i] = kind;
  rows->kind_count = i == rows->kind_count ? i + 1 : rows->kind_count;
  return i + 1;
}

void ftblab_engine_note_route(const ftblab_engine *engine, int from, int to, ftblab_route_kind kind)
{
  uint32_t which, number = number_kind(engine->rows, kind);
  near_route *place = place_of(engine, from, to, &which);
  if (number != 0)
    *place = (near_route){.which = which, .kind = number};
}

void *ftblab_engine_node_host(const ftblab_engine *engine, int node)
{
  return engine->hosts[node];
}

bool ftblab_engine_node_up(const ftblab_engine *engine, int node)
{
  return engine->up[node];
}

const int *ftblab_engine_nodes_down(const ftblab_engine *engine, size_t *count)
{
  *count = engine->down_count;
  return engine->down;
}

/* ---- start --------------------------------------------------------------------------------------- */

/* Digits compare as numbers, so that n2 stands before n10. */
static int compare_natural(const char *a, const char *b)
{
  while (*a != '\0' && *b != '\0') {
    if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
      size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
      size_t length_a = strspn(a + zeros_a, "0123456789"), length_b = strspn(b + zeros_b, "0123456789");
      if (length_a != length_b)
        return length_a < length_b ? -1 : 1;
      int order = memcmp(a + zeros_a, b + zeros_b, length_a);
      if (order != 0)
        return order;
      a += zeros_a + length_a;
      b += zeros_b + length_b;
    } else if (*a != *b) {
      return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    } else {
      a++;
      b++;
    }
  }
  return *a == *b ? 0 : *a == '\0' ? -1 : 1;
}

/* Names that differ in leading zeros only compare as equal above; the bytes decide. */
static int compare_hosts(const void *a, const void *b)
{
  const char *name_a = sg_host_get_name(*(const sg_host_t *)a), *name_b = sg_host_get_name(*(const sg_host_t *)b);
  int order = compare_natural(name_a, name_b);
  return order != 0 ? order : strcmp(name_a, name_b);
}

static ftblab_status all_hosts(ftblab_engine *engine, const char *platform, ftblab_error *err)
{
  size_t count = sg_host_count(), kept = 0;
  sg_host_t *hosts = count > 0 ? sg_host_list() : NULL; /* SimGrid asserts that there is one */
  if (count == 0)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform has no host", platform);
  if (hosts == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu hosts", count);
  for (size_t i = 0; i < count; i++)
    if (!has_property(hosts[i], "interface"))
      hosts[kept++] = hosts[i];
  qsort(hosts, kept, sizeof *hosts, compare_hosts);
  engine->hosts = hosts;
  engine->node_count = kept;
  return kept > 0 ? FTBLAB_OK : ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform has no host", platform);
}

static ftblab_status unknown_host(const char *platform, const char *name, ftblab_error *err)
{
  size_t count = sg_host_count();
  sg_host_t *hosts = count > 0 ? sg_host_list() : NULL;
  const char **names = calloc(count, sizeof *names);
  for (size_t i = 0; hosts != NULL && names != NULL && i < count; i++)
    names[i] = sg_host_get_name(hosts[i]);
  const char *nearest = hosts != NULL && names != NULL ? ftblab_nearest(name, names, count) : NULL;
  ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform has no host \"%s\"%s%s%s", platform, name,
              nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
              nearest != NULL ? "\"?)" : "");
  free(hosts);
  free(names);
  return FTBLAB_EINPUT;
}

static ftblab_status listed_hosts(ftblab_engine *engine, const ftblab_engine_config *config, ftblab_error *err)
{
  engine->hosts = calloc(config->node_count, sizeof *engine->hosts);
  if (engine->hosts == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu hosts", config->node_count);
  for (size_t i = 0; i < config->node_count; i++) {
    engine->hosts[i] = sg_host_by_name(config->nodes[i]);
    if (engine->hosts[i] == NULL && config->unknown != NULL)
      *config->unknown = i;
    if (engine->hosts[i] == NULL)
      return unknown_host(config->platform, config->nodes[i], err);
  }
  engine->node_count = config->node_count;
  return FTBLAB_OK;
}

static ftblab_status name_nodes(ftblab_engine *engine, ftblab_error *err)
{
  engine->names = ftblab_names_new();
  engine->up = malloc(engine->node_count);
  engine->up_at_start = malloc(engine->node_count);
  engine->down = malloc((engine->node_count + 1) * sizeof *engine->down);
  engine->service = malloc(engine->node_count);
  engine->changing = calloc(engine->node_count, 1);
  if (engine->names == NULL || engine->up == NULL || engine->up_at_start == NULL || engine->service == NULL ||
      engine->changing == NULL || engine->down == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu nodes", engine->node_count);
  for (size_t i = 0; i < engine->node_count; i++) {
    const char *name = sg_host_get_name(engine->hosts[i]);
    uint32_t number = ftblab_names_add(engine->names, name, strlen(name));
    if (number == FTBLAB_NO_NAME)
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu nodes", engine->node_count);
    if (number != i)
      return ftblab_fail(err, FTBLAB_EINPUT, "the host \"%s\" is named twice", name);
    engine->service[i] = has_property(engine->hosts[i], "service");
    engine->up[i] = engine->up_at_start[i] = sg_host_is_on(engine->hosts[i]) != 0;
  }
  list_down(engine);
  return FTBLAB_OK;
}

/* What is asked of nodes and routes all the time. */
static ftblab_status remember_platform(ftblab_engine *engine, ftblab_error *err)
{
  char reason[512] = "";
  if (!ftblab_shim_run(reason, sizeof reason)) /* nothing is to be done; but SimGrid completes its platform at a run */
    return ftblab_fail(err, FTBLAB_EINTERNAL, "SimGrid failed: %s", reason);
  engine->route_sets = 1;
  while (engine->route_sets < engine->node_count * ROUTE_SETS_OF_NODE)
    engine->route_sets *= 2;
  size_t count = engine->route_sets * ROUTE_WAYS;
  engine->routes = malloc(count * sizeof *engine->routes);
  engine->rows = calloc(1, sizeof *engine->rows + engine->node_count * ROW_WAYS * sizeof engine->rows->ways[0]);
  engine->speeds = malloc(engine->node_count * sizeof *engine->speeds);
  engine->cores = malloc(engine->node_count * sizeof *engine->cores);
  if (engine->routes == NULL || engine->rows == NULL || engine->speeds == NULL || engine->cores == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %zu nodes", engine->node_count);
  for (size_t i = 0; i < count; i++)
    engine->routes[i].from = -1;
  for (size_t i = 0; i < engine->node_count; i++) {
    engine->speeds[i] = sg_host_get_speed(engine->hosts[i]);
    engine->cores[i] = sg_host_core_count(engine->hosts[i]);
  }
  return FTBLAB_OK;
}

bool ftblab_engine_control_only(const ftblab_engine *engine)
{
  return engine->control_only;
}

void ftblab_engine_again(ftblab_engine *engine)
{
  ftblab_queue_free(&engine->queue);
  memcpy(engine->up, engine->up_at_start, engine->node_count);
  list_down(engine);
  engine->listener_count = 0;
  engine->hook = NULL;
  engine->clock = 0;
  engine->occupied = 0;
  engine->out_of_memory = false;
}

/* A guard page splits each actor's stack off as a mapping of its own, and Linux allows a process 65530 of them
 * (vm.max_map_count); 32,000 actors were seen to be too many. */
#define MOST_GUARDED 16000

bool ftblab_engine_many_actors(size_t actors)
{
  return actors > MOST_GUARDED;
}

static ftblab_status load(const char *path, size_t actors, bool energy, ftblab_error *err)
{
  ftblab_status status = ftblab_platform_check(path, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_shim_start();
  /* A failure of a link on the way back must not touch a message (notes on SimGrid: crosstraffic). */
  sg_cfg_set_boolean("network/crosstraffic", "no");
  if (ftblab_engine_many_actors(actors))
    sg_cfg_set_int("contexts/guard-size", 0);
  if (energy)
    sg_host_energy_plugin_init();
  char reason[512] = "";
  if (!ftblab_shim_load(path, reason, sizeof reason))
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: SimGrid refuses the platform: %s", path, reason);
  return FTBLAB_OK;
}

static ftblab_status prepare(ftblab_engine *engine, const ftblab_engine_config *config, ftblab_error *err)
{
  ftblab_status status = load(config->platform, config->actors, config->energy, err);
  if (status == FTBLAB_OK)
    status = config->nodes != NULL ? listed_hosts(engine, config, err) : all_hosts(engine, config->platform, err);
  if (status == FTBLAB_OK)
    status = name_nodes(engine, err);
  if (status == FTBLAB_OK && config->control_only)
    status = remember_platform(engine, err);
  return status;
}

ftblab_status ftblab_engine_new(const ftblab_engine_config *config, ftblab_engine **engine, ftblab_error *err)
{
  if (!(config->clock_resolution >= 0) || isinf(config->clock_resolution))
    return ftblab_fail(err, FTBLAB_EINPUT, "the clock resolution must be 0 or more seconds");
  ftblab_engine *made = calloc(1, sizeof *made);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the engine");
  made->resolution = config->clock_resolution;
  made->armed = INFINITY;
  made->call_date = NAN;
  made->control_only = config->control_only;
  ftblab_status status = prepare(made, config, err);
  if (status != FTBLAB_OK) {
    ftblab_engine_free(made);
    return status;
  }
  if (!made->control_only)
    ftblab_shim_hook(&(ftblab_shim_hooks){.host = on_host, .deadlock = on_deadlock, .idle = on_idle, .argument = made});
  *engine = made;
  return FTBLAB_OK;
}

void ftblab_engine_free(ftblab_engine *engine)
{
  if (engine == NULL)
    return;
  ftblab_shim_hook(NULL);
  ftblab_queue_free(&engine->queue);
  ftblab_names_free(engine->names);
  free(engine->hosts);
  free(engine->up);
  free(engine->up_at_start);
  free(engine->down);
  free(engine->service);
  free(engine->routes);
  free(engine->rows);
  free(engine->speeds);
  free(engine->cores);
  free(engine->changing);
  free(engine->listeners);
  free(engine);
}
