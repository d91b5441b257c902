/* fake_world.c - a small deterministic world for the unit tests of components. See fake_world.h. */
#include "fake_world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_JOBS = 8, MAX_UNITS = 256, RANKS_PER_NODE = 2, MAX_RANKS = 4096 };
/* seconds, any small ones do */
static const double delivery_delay = 0.001, probe_delay = 0.01, give_up_delay = 1, operation_time = 1;

/* A component and its place in the world. */
typedef struct fake_unit {
  ftblab_component component; /* first: the services get its address */
  ftblab_fake *world;
  char instance[64];
  bool alive, handling_catch;
  bool *connected; /* by node; NULL: to none */
  ftblab_text notes, throw_notes;
} fake_unit;

typedef struct fake_subscription {
  fake_unit *unit;
  char *event, *pattern_text;
  ftblab_payload pattern;
} fake_subscription;

typedef enum call_kind {
  DELIVER,
  UNDELIVERED,
  TIMER,
  PROBE,
  BEAT,
  SUBMIT,
  JOB_END,
  CHECKPOINT,
  RESTART,
  MIGRATE,
  STAGE,
  CHECKED,
  PIECE,
  CLOSED
} call_kind;

typedef struct fake_call {
  double date;
  uint64_t sequence;
  call_kind kind;
  fake_unit *unit, *thrower;
  int number; /* a timer's tag, a node, a job */
  int64_t value;
  uint64_t event_id;
  char *event, *payload;
} fake_call;

typedef struct fake_node {
  char name[64];
  bool silent, crashed, missing; /* missing: a BEAT call is queued */
  bool emptied;                  /* no process was started since it crashed */
  bool port_down[2], port_bad[2];
  unsigned port_changes[2];
  unsigned missed;
  bool wanted[MAX_JOBS]; /* by the job, in its manager's state file */
} fake_node;

typedef struct lost_delivery {
  char event[64], to[64];
  int count;
} lost_delivery;

struct ftblab_fake {
  struct ftblab_world world;
  cJSON *schema, *parameters; /* parameters: by role */
  double now, period, timeout;
  fake_node *nodes;
  int node_count;
  ftblab_job jobs[MAX_JOBS];
  char job_names[MAX_JOBS][16];
  int *job_nodes[MAX_JOBS];
  bool holes[MAX_JOBS][MAX_RANKS];
  int *places[MAX_JOBS]; /* the nodes that have ranks, in rank order, nodes_wanted of them */
  int job_count;
  fake_unit *units[MAX_UNITS];
  int unit_count;
  fake_subscription *subscriptions;
  size_t subscription_count;
  fake_call *calls;
  size_t call_count, call_capacity;
  uint64_t sequence, events;
  const char *only_role;              /* NULL: all */
  lost_delivery orders[8], spoilt[8]; /* spoilt: event is the operation */
  int order_count, spoilt_count;
  ftblab_text *log;
  size_t log_count, longest_payload;
  fake_unit *dealers[MAX_JOBS];
  int pieces[MAX_JOBS][MAX_RANKS]; /* 1 + the piece at hand; 0: none */
  cJSON *farm;                     /* parameters of task farms; NULL: there are none */
  cJSON *kernels;                  /* parameters of jobs that are made of kernels; NULL: the jobs are not */
  int stage_from;                  /* of the migration in stages that is under way */
};

static void *check(void *memory)
{
  if (!memory)
    abort();
  return memory;
}

static char *copy(const char *text)
{
  return strcpy(check(malloc(strlen(text) + 1)), text);
}

static fake_unit *unit_of(ftblab_component *self)
{
  return (fake_unit *)self;
}

static ftblab_fake *world_of(ftblab_component *self)
{
  return unit_of(self)->world;
}

/* ---- the log -------------------------------------------------------------------------------------------- */

/* A new line; what is added to it later is still the same line. Its number. */
static size_t log_line(ftblab_fake *world, const char *format, ...) FTBLAB_PRINTF(2, 3);
static size_t log_line(ftblab_fake *world, const char *format, ...)
{
  char text[2048];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  world->log = check(realloc(world->log, (world->log_count + 1) * sizeof *world->log));
  world->log[world->log_count] = (ftblab_text){0};
  ftblab_text_add(&world->log[world->log_count], text);
  return world->log_count++;
}

int ftblab_fake_find(const ftblab_fake *world, const char *start, const char *part)
{
  for (size_t i = 0; i < world->log_count; i++) {
    const char *line = world->log[i].data;
    if (strncmp(line, start, strlen(start)) == 0 && (!part || strstr(line, part)))
      return (int)i;
  }
  return -1;
}

int ftblab_fake_count(const ftblab_fake *world, const char *start, const char *part)
{
  int count = 0;
  for (size_t i = 0; i < world->log_count; i++) {
    const char *line = world->log[i].data;
    count += strncmp(line, start, strlen(start)) == 0 && (!part || strstr(line, part));
  }
  return count;
}

size_t ftblab_fake_longest_payload(const ftblab_fake *world)
{
  return world->longest_payload;
}

void ftblab_fake_print(const ftblab_fake *world)
{
  for (size_t i = 0; i < world->log_count; i++)
    fprintf(stderr, "%s\n", world->log[i].data);
}

/* ---- the queue ------------------------------------------------------------------------------------------ */

static uint64_t schedule(ftblab_fake *world, double delay, fake_call what)
{
  if (world->call_count == world->call_capacity) {
    world->call_capacity = world->call_capacity ? 2 * world->call_capacity : 64;
    world->calls = check(realloc(world->calls, world->call_capacity * sizeof *world->calls));
  }
  what.date = world->now + delay;
  what.sequence = ++world->sequence;
  world->calls[world->call_count++] = what;
  return what.sequence;
}

static bool is_before(const fake_call *left, const fake_call *right)
{
  return left->date < right->date || (!(right->date < left->date) && left->sequence < right->sequence);
}

static fake_call take(ftblab_fake *world, size_t place)
{
  fake_call taken = world->calls[place];
  world->calls[place] = world->calls[--world->call_count];
  return taken;
}

static size_t next_call(const ftblab_fake *world)
{
  size_t first = 0;
  for (size_t i = 1; i < world->call_count; i++)
    if (is_before(&world->calls[i], &world->calls[first]))
      first = i;
  return first;
}

/* ---- notes and the backplane ---------------------------------------------------------------------------- */

static void join(ftblab_text *notes, const char *more)
{
  if (*more)
    ftblab_text_addf(notes, "%s%s", notes->length ? "; " : "", more);
}

static void service_note(ftblab_component *self, const char *format, ...)
{
  fake_unit *unit = unit_of(self);
  char text[1024];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  join(&unit->notes, text);
}

static void service_note_throw(ftblab_component *self, const char *format, ...)
{
  fake_unit *unit = unit_of(self);
  char text[1024];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  join(&unit->throw_notes, text);
}

static bool service_is_noted(ftblab_component *self)
{
  (void)self;
  return true;
}

static void service_admin(ftblab_component *self, const char *format, ...)
{
  char text[1024];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  log_line(world_of(self), "admin %s: %s", self->instance, text);
}

static void service_subscribe(ftblab_component *self, const char *event, const char *pattern)
{
  ftblab_fake *world = world_of(self);
  size_t size = (world->subscription_count + 1) * sizeof *world->subscriptions;
  world->subscriptions = check(realloc(world->subscriptions, size));
  fake_subscription *new = &world->subscriptions[world->subscription_count++];
  *new = (fake_subscription){.unit = unit_of(self), .event = copy(event), .pattern_text = copy(pattern)};
  if (ftblab_payload_parse(&new->pattern, new->pattern_text, strlen(pattern), NULL))
    abort();
  log_line(world, "register %s %s %s", self->instance, event, pattern);
}

static bool same_word(ftblab_slice left, ftblab_slice right)
{
  return left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
}

static bool shares_item(const ftblab_payload *pattern, const ftblab_pair *wanted, const ftblab_payload *payload,
                        const ftblab_pair *given)
{
  for (size_t i = 0; i < wanted->item_count; i++)
    for (size_t j = 0; j < given->item_count; j++) {
      const ftblab_item *item = &pattern->items[wanted->first_item + i];
      if ((item->word.length == 1 && item->word.data[0] == '*') ||
          same_word(item->word, payload->items[given->first_item + j].word))
        return true;
    }
  return false;
}

static bool fits(const fake_subscription *subscription, const char *event, const ftblab_payload *payload)
{
  if (strcmp(subscription->event, event) != 0)
    return false;
  for (size_t i = 0; i < subscription->pattern.pair_count; i++) {
    const ftblab_pair *wanted = &subscription->pattern.pairs[i];
    char key[64];
    snprintf(key, sizeof key, "%.*s", (int)wanted->key.length, wanted->key.data);
    const ftblab_pair *given = ftblab_payload_find(payload, key);
    if (!given || !shares_item(&subscription->pattern, wanted, payload, given))
      return false;
  }
  return true;
}

static bool is_lost(ftblab_fake *world, const char *event, const char *to)
{
  for (int i = 0; i < world->order_count; i++) {
    lost_delivery *order = &world->orders[i];
    if (order->count > 0 && strcmp(order->event, event) == 0 && strcmp(order->to, to) == 0) {
      order->count--;
      return true;
    }
  }
  return false;
}

static void distribute(ftblab_fake *world, fake_unit *thrower, const char *event, const char *text)
{
  ftblab_payload payload = {0};
  uint64_t id = ++world->events;
  if (*text && ftblab_payload_parse(&payload, text, strlen(text), NULL))
    abort();
  if (strlen(text) > world->longest_payload)
    world->longest_payload = strlen(text);
  for (size_t i = 0; i < world->subscription_count; i++) {
    const fake_subscription *subscription = &world->subscriptions[i];
    if (!fits(subscription, event, &payload) || is_lost(world, event, subscription->unit->instance))
      continue;
    schedule(world, delivery_delay,
             (fake_call){.kind = DELIVER,
                         .unit = subscription->unit,
                         .thrower = thrower,
                         .event_id = id,
                         .event = copy(event),
                         .payload = copy(text)});
  }
  ftblab_payload_free(&payload);
}

static void service_publish(ftblab_component *self, const char *event, const char *payload, uint64_t in_response_to)
{
  fake_unit *unit = unit_of(self);
  (void)in_response_to;
  if (!unit->handling_catch) { /* all notes are the throw's */
    join(&unit->throw_notes, ftblab_text_string(&unit->notes));
    ftblab_text_clear(&unit->notes);
  }
  log_line(unit->world, "throw %s %s %s | %s", unit->instance, event, payload, ftblab_text_string(&unit->throw_notes));
  ftblab_text_clear(&unit->throw_notes);
  distribute(unit->world, unit, event, payload);
}

static void deliver(ftblab_fake *world, const fake_call *call)
{
  fake_unit *unit = call->unit;
  ftblab_payload payload = {0};
  /* as far as components care who got it */
  bool is_reliable = strncmp(call->event, "RM_", 3) == 0 || strncmp(call->event, "DO_", 3) == 0;
  if (!unit->alive && world->nodes[unit->component.node].crashed && is_reliable && call->thrower)
    schedule(world, give_up_delay,
             (fake_call){.kind = UNDELIVERED, .unit = call->thrower, .thrower = unit, .event = copy(call->event)});
  if (!unit->alive)
    return;
  if (*call->payload && ftblab_payload_parse(&payload, call->payload, strlen(call->payload), NULL))
    abort();
  const fake_unit *thrower = call->thrower;
  const ftblab_delivery delivery = {.event = call->event,
                                    .payload = &payload,
                                    .payload_text = call->payload,
                                    .component = thrower ? thrower->component.class->role : "External Agent",
                                    .instance = thrower ? thrower->instance : "outside",
                                    .id = call->event_id};
  size_t line = log_line(world, "catch %s %s %s", unit->instance, call->event, call->payload);
  unit->handling_catch = true;
  unit->component.class->on_event(&unit->component, &delivery);
  unit->handling_catch = false;
  ftblab_text_addf(&world->log[line], " | %s", ftblab_text_string(&unit->notes));
  ftblab_text_clear(&unit->notes);
  ftblab_payload_free(&payload);
}

/* ---- looking up, time, nodes ---------------------------------------------------------------------------- */

static double service_now(ftblab_component *self)
{
  return world_of(self)->now;
}

static int service_node_count(ftblab_component *self)
{
  return world_of(self)->node_count;
}

static const char *service_node_name(ftblab_component *self, int node)
{
  return world_of(self)->nodes[node].name;
}

static int service_node_index(ftblab_component *self, const char *name, size_t length)
{
  const ftblab_fake *world = world_of(self);
  for (int i = 0; i < world->node_count; i++)
    if (strlen(world->nodes[i].name) == length && memcmp(world->nodes[i].name, name, length) == 0)
      return i;
  return -1;
}

static bool service_node_is_compute(ftblab_component *self, int node)
{
  return node < world_of(self)->node_count - 1;
}

static int service_job_count(ftblab_component *self)
{
  return world_of(self)->job_count;
}

static const ftblab_job *service_job(ftblab_component *self, int index)
{
  return &world_of(self)->jobs[index];
}

static double service_random(ftblab_component *self)
{
  (void)self;
  return 0.5;
}

static uint64_t service_timer(ftblab_component *self, double delay, int tag, int64_t value)
{
  return schedule(world_of(self), delay,
                  (fake_call){.kind = TIMER, .unit = unit_of(self), .number = tag, .value = value});
}

static void service_cancel(ftblab_component *self, uint64_t timer)
{
  ftblab_fake *world = world_of(self);
  for (size_t i = 0; i < world->call_count; i++)
    if (world->calls[i].kind == TIMER && world->calls[i].sequence == timer) {
      take(world, i);
      return;
    }
}

static void service_probe(ftblab_component *self, int node, double timeout)
{
  ftblab_fake *world = world_of(self);
  bool answers = !world->nodes[node].crashed;
  schedule(world, answers ? probe_delay : timeout,
           (fake_call){.kind = PROBE, .unit = unit_of(self), .number = node, .value = answers});
}

static void service_heartbeats(ftblab_component *self, double period, double timeout)
{
  ftblab_fake *world = world_of(self);
  world->period = period;
  world->timeout = timeout;
}

static unsigned service_heed(ftblab_component *self, int node, ftblab_attention attention)
{
  (void)attention; /* this world tells of each */
  return world_of(self)->nodes[node].missed;
}

static void tell_heartbeat(ftblab_fake *world, int node, bool booted)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_heartbeat)
      unit->component.class->on_heartbeat(&unit->component, node, world->nodes[node].missed, booted);
  }
}

static void miss_beat(ftblab_fake *world, int node)
{
  fake_node *missing = &world->nodes[node];
  missing->missing = missing->silent;
  if (!missing->silent)
    return;
  missing->missed++;
  tell_heartbeat(world, node, false);
  schedule(world, world->period, (fake_call){.kind = BEAT, .number = node});
}

static void fall_silent(ftblab_fake *world, int node)
{
  if (!world->nodes[node].missing && world->period > 0)
    schedule(world, world->period + world->timeout, (fake_call){.kind = BEAT, .number = node});
  world->nodes[node].silent = world->nodes[node].missing = true;
}

void ftblab_fake_hang(ftblab_fake *world, int node)
{
  fall_silent(world, node);
}

void ftblab_fake_crash(ftblab_fake *world, int node)
{
  world->nodes[node].crashed = world->nodes[node].emptied = true;
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->component.node == node)
      unit->alive = false;
    if (unit->alive && unit->connected && unit->connected[node])
      schedule(world, delivery_delay, (fake_call){.kind = CLOSED, .unit = unit, .number = node});
  }
  fall_silent(world, node);
}

void ftblab_fake_resume(ftblab_fake *world, int node)
{
  bool booted = world->nodes[node].crashed;
  world->nodes[node].silent = world->nodes[node].crashed = false;
  world->nodes[node].missed = 0;
  tell_heartbeat(world, node, booted);
}

void ftblab_fake_repair(ftblab_fake *world, int node)
{
  ftblab_fake_resume(world, node);
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_node_back)
      unit->component.class->on_node_back(&unit->component, node);
  }
}

/* ---- interfaces ----------------------------------------------------------------------------------------- */

static const char *const interface_names[2] = {"ib0", "eth0"};

static int service_interface_count(ftblab_component *self, int node)
{
  (void)self;
  (void)node;
  return 2;
}

static const char *service_interface_name(ftblab_component *self, int node, int interface)
{
  (void)self;
  (void)node;
  return interface_names[interface];
}

static bool service_interface_active(ftblab_component *self, int node, int interface)
{
  return !world_of(self)->nodes[node].port_down[interface];
}

static bool service_interfaces_active(ftblab_component *self)
{
  for (int node = 0; node < self->world->ops->node_count(self); node++)
    for (int i = 0; i < 2; i++)
      if (!service_interface_active(self, node, i))
        return false;
  return true;
}

static int service_interface_index(ftblab_component *self, int node, const char *name, size_t length)
{
  (void)self;
  (void)node;
  for (int i = 0; i < 2; i++)
    if (strlen(interface_names[i]) == length && memcmp(interface_names[i], name, length) == 0)
      return i;
  return -1;
}

static void service_interface_check(ftblab_component *self, int node, int interface)
{
  ftblab_fake *world = world_of(self);
  const cJSON *test = cJSON_GetObjectItemCaseSensitive(self->parameters, "interface_test");
  schedule(world, cJSON_GetNumberValue(test),
           (fake_call){.kind = CHECKED,
                       .unit = unit_of(self),
                       .number = node,
                       .value = interface,
                       .event_id = world->nodes[node].port_changes[interface]});
}

static void end_check(const ftblab_fake *world, const fake_call *call)
{
  const fake_node *node = &world->nodes[call->number];
  const ftblab_role_class *class = call->unit->component.class;
  int interface = (int)call->value;
  bool sound = !node->port_down[interface] && !node->port_bad[interface] &&
               node->port_changes[interface] == (unsigned)call->event_id;
  if (class->on_interface)
    class->on_interface(&call->unit->component, call->number, interface, sound);
}

static void service_job_interface(ftblab_component *self, int job, int node, int interface, bool use)
{
  ftblab_fake *world = world_of(self);
  log_line(world, "job %s interface %s %s %s", world->jobs[job].name, world->nodes[node].name,
           interface_names[interface], use ? "on" : "off");
}

void ftblab_fake_port(ftblab_fake *world, int node, int interface, bool up)
{
  world->nodes[node].port_down[interface] = !up;
  world->nodes[node].port_changes[interface]++;
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_port)
      unit->component.class->on_port(&unit->component, node, interface, up);
  }
}

void ftblab_fake_spoil(ftblab_fake *world, int node, int interface, bool bad)
{
  world->nodes[node].port_bad[interface] = bad;
}

void ftblab_fake_time_out(ftblab_fake *world, int node)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_time_outs)
      unit->component.class->on_time_outs(&unit->component, node);
  }
}

void ftblab_fake_corrupt(ftblab_fake *world, int node)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_corruption)
      unit->component.class->on_corruption(&unit->component, node);
  }
}

void ftblab_fake_unreachable(ftblab_fake *world, int node, int peer_node, bool connecting)
{
  const ftblab_unreachable trouble = {.rank = RANKS_PER_NODE * node,
                                      .node = node,
                                      .peer = RANKS_PER_NODE * peer_node,
                                      .peer_node = peer_node,
                                      .connecting = connecting};
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_unreachable)
      unit->component.class->on_unreachable(&unit->component, &trouble);
  }
}

/* ---- jobs ----------------------------------------------------------------------------------------------- */

static const char *library_of(const ftblab_fake *world)
{
  const cJSON *mpi = cJSON_GetObjectItemCaseSensitive(world->parameters, "MPI");
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(mpi, "library"));
}

static void start_unit_at(ftblab_fake *world, const ftblab_role_class *class, const ftblab_job *job, int node, int rank,
                          bool restarted)
{
  fake_unit *new = check(calloc(1, sizeof *new));
  if (world->unit_count == MAX_UNITS)
    abort();
  world->units[world->unit_count++] = new;
  if (!job)
    snprintf(new->instance, sizeof new->instance, "%s0", class->instance);
  else if (job->launches == 1)
    snprintf(new->instance, sizeof new->instance, "%s-%s", class->instance, job->name);
  else
    snprintf(new->instance, sizeof new->instance, "%s-%s.%d", class->instance, job->name, job->launches);
  if (class->scope == FTBLAB_PER_NODE)
    snprintf(new->instance, sizeof new->instance, "%s-%.16s-%.24s", class->instance, job->name,
             world->nodes[node].name);
  if (class->scope == FTBLAB_PER_RANK)
    snprintf(new->instance, sizeof new->instance, "%s-%.16s-%d", class->instance, job->name, rank);
  new->world = world;
  new->alive = true;
  new->component = (ftblab_component){.class = class,
                                      .world = &world->world,
                                      .instance = new->instance,
                                      .space = class->space,
                                      .node = node,
                                      .job = job,
                                      .restarted = restarted,
                                      .rank = rank,
                                      .library = library_of(world),
                                      .state = check(calloc(1, class->state_size + 1)),
                                      .parameters = cJSON_GetObjectItemCaseSensitive(world->parameters, class->role)};
  if (class->start(&new->component, NULL))
    abort();
}

static void start_unit(ftblab_fake *world, const ftblab_role_class *class, const ftblab_job *job, int node,
                       bool restarted)
{
  start_unit_at(world, class, job, node, -1, restarted);
}

static bool is_started(const ftblab_fake *world, const ftblab_role_class *class)
{
  const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(world->parameters, class->role);
  if (class->library && strcmp(class->library, library_of(world)) != 0)
    return false;
  if ((class->application != NULL) != (world->kernels != NULL))
    return false;
  if (class->application && strcmp(class->application, "kernels") != 0)
    return false;
  if (world->only_role)
    return strcmp(world->only_role, class->role) == 0;
  return !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(parameters, "enabled"));
}

/* One component of each class that follows nodes or ranks, as at launch; on COUNT nodes. */
static void start_followers(ftblab_fake *world, const ftblab_job *job, const int *nodes, int count)
{
  for (size_t i = 0; ftblab_role_classes[i]; i++) {
    const ftblab_role_class *class = ftblab_role_classes[i];
    for (int j = 0; j < count && is_started(world, class); j++) {
      if (class->scope == FTBLAB_PER_NODE)
        start_unit(world, class, job, nodes[j], false);
      for (int k = 0; class->scope == FTBLAB_PER_RANK && k < job->ranks_per_node; k++)
        start_unit_at(world, class, job, nodes[j], j * job->ranks_per_node + k, false);
    }
  }
}

static void launch(ftblab_fake *world, int index, const int *nodes, int count)
{
  ftblab_job *job = &world->jobs[index];
  ftblab_text text = {0};
  world->job_nodes[index] = check(realloc(world->job_nodes[index], (size_t)count * sizeof(int)));
  memcpy(world->job_nodes[index], nodes, (size_t)count * sizeof(int));
  world->places[index] = check(realloc(world->places[index], (size_t)count * sizeof(int)));
  memcpy(world->places[index], nodes, (size_t)count * sizeof(int));
  memset(world->holes[index], 0, sizeof world->holes[index]);
  for (int i = 0; i < count; i++)
    world->nodes[nodes[i]].emptied = false;
  job->nodes = world->job_nodes[index];
  job->node_count = count;
  job->state = FTBLAB_JOB_RUNNING;
  job->launches++;
  job->launched = world->now;
  for (int i = 0; i < count; i++)
    ftblab_text_addf(&text, " %s", world->nodes[nodes[i]].name);
  log_line(world, "job %s started%s", job->name, ftblab_text_string(&text));
  ftblab_text_free(&text);
  for (size_t i = 0; ftblab_role_classes[i]; i++)
    if (ftblab_role_classes[i]->scope == FTBLAB_PER_JOB && is_started(world, ftblab_role_classes[i]))
      start_unit(world, ftblab_role_classes[i], job, nodes[0], false);
  start_followers(world, job, nodes, count);
}

static void service_job_launch(ftblab_component *self, int job, const int *nodes, int count)
{
  launch(world_of(self), job, nodes, count);
}

static void service_job_abort(ftblab_component *self, int index, const char *reason)
{
  ftblab_fake *world = world_of(self);
  ftblab_job *job = &world->jobs[index];
  job->state = FTBLAB_JOB_ABORTED;
  log_line(world, "job %s aborted: %s", job->name, reason);
  for (int i = 0; i < world->unit_count; i++)
    if (world->units[i]->component.job == job)
      world->units[i]->alive = false;
  schedule(world, 0, (fake_call){.kind = JOB_END, .number = index});
}

static void end_job(ftblab_fake *world, int index)
{
  ftblab_job *job = &world->jobs[index];
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_job_end)
      unit->component.class->on_job_end(&unit->component, job);
  }
  if (job->state == FTBLAB_JOB_RUNNING) /* launched again */
    return;
  job->nodes = NULL;
  job->node_count = 0;
}

static void submit(ftblab_fake *world, int index)
{
  world->jobs[index].submitted = true;
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->component.class->on_submit) {
      unit->component.class->on_submit(&unit->component, &world->jobs[index]);
      return;
    }
  }
  launch(world, index, world->jobs[index].node_list, world->jobs[index].nodes_wanted); /* nobody manages jobs */
}

static int service_job_ranks_on(ftblab_component *self, int index, int node, int64_t *ranks)
{
  const ftblab_fake *world = world_of(self);
  const ftblab_job *job = &world->jobs[index];
  int count = 0;
  for (int i = 0; world->places[index] && i < job->nodes_wanted; i++)
    for (int j = 0; world->places[index][i] == node && j < job->ranks_per_node; j++, count++)
      if (ranks)
        ranks[count] = i * job->ranks_per_node + j;
  return count;
}

static const char *ranks_text(ftblab_text *text, const int64_t *ranks, int count)
{
  ftblab_payload_add_numbers(text, "ranks", ranks, (size_t)count);
  return ftblab_text_string(text);
}

static bool service_job_rank_is_hole(ftblab_component *self, int job, int64_t rank)
{
  return world_of(self)->holes[job][rank];
}

static int service_job_holes(ftblab_component *self, int job)
{
  const ftblab_fake *world = world_of(self);
  int holes = 0;
  for (int rank = 0; rank < world->jobs[job].nodes_wanted * world->jobs[job].ranks_per_node; rank++)
    holes += world->holes[job][rank];
  return holes;
}

static bool service_job_is_on(ftblab_component *self, int job, int node)
{
  const ftblab_fake *world = world_of(self);
  return world->jobs[job].state == FTBLAB_JOB_RUNNING && !world->nodes[node].emptied;
}

static void fill(ftblab_fake *world, const int *nodes, int count)
{
  for (int i = 0; i < count; i++)
    world->nodes[nodes[i]].emptied = false;
}

static int service_job_node_of_rank(ftblab_component *self, int job, int64_t rank)
{
  return world_of(self)->places[job][rank / RANKS_PER_NODE];
}

static void set_holes(ftblab_fake *world, int job, const int64_t *ranks, int count, bool are)
{
  for (int i = 0; i < count; i++)
    world->holes[job][ranks[i]] = are;
}

static void service_job_blank(ftblab_component *self, int index, const int64_t *ranks, int count)
{
  ftblab_fake *world = world_of(self);
  set_holes(world, index, ranks, count, true);
  ftblab_text text = {0};
  log_line(world, "job %s blank %s", world->jobs[index].name, ranks_text(&text, ranks, count));
  ftblab_text_free(&text);
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &world->jobs[index] && unit->component.class->on_error)
      unit->component.class->on_error(&unit->component, ranks, count);
  }
}

static void service_job_hold(ftblab_component *self, int index)
{
  ftblab_fake *world = world_of(self);
  log_line(world, "job %s held", world->jobs[index].name);
  if (self->class->on_held) /* its ranks are always between two iterations here */
    self->class->on_held(self);
}

static void service_job_go(ftblab_component *self, int index)
{
  log_line(world_of(self), "job %s goes on", world_of(self)->jobs[index].name);
}

static int service_job_progress(ftblab_component *self, int index)
{
  (void)self, (void)index;
  return 10;
}

static void service_job_drop_images(ftblab_component *self, int index)
{
  log_line(world_of(self), "job %s forgotten", world_of(self)->jobs[index].name);
}

static void service_job_pool_add(ftblab_component *self, int index, int node)
{
  ftblab_fake *world = world_of(self);
  log_line(world, "job %s pool %s", world->jobs[index].name, world->nodes[node].name);
}

static void service_job_want_back(ftblab_component *self, int index, int node, bool wanted)
{
  ftblab_fake *world = world_of(self);
  for (int i = 0; i < world->node_count; i++)
    if (node < 0 || node == i)
      world->nodes[i].wanted[index] = wanted;
}

static bool service_job_wants_back(ftblab_component *self, int index, int node)
{
  return world_of(self)->nodes[node].wanted[index];
}

static void service_job_spawn(ftblab_component *self, int index, int node, const int64_t *ranks, int count)
{
  ftblab_fake *world = world_of(self);
  ftblab_text text = {0};
  set_holes(world, index, ranks, count, false);
  fill(world, &node, 1);
  log_line(world, "job %s spawn %s: %s", world->jobs[index].name, world->nodes[node].name,
           ranks_text(&text, ranks, count));
  ftblab_text_free(&text);
}

/* ---- checkpoint, restart, migration --------------------------------------------------------------------- */

static void log_nodes(ftblab_fake *world, int index, const char *what, const int *nodes, int count)
{
  ftblab_text text = {0};
  for (int i = 0; i < count; i++)
    ftblab_text_addf(&text, " %s", world->nodes[nodes[i]].name);
  log_line(world, "job %s %s%s", world->jobs[index].name, what, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* An operation fails if it was to, or a node that it needs is dead. INDEX: below 0: only if it was to. */
static bool is_good(ftblab_fake *world, const char *operation, int index)
{
  for (int i = 0; i < world->spoilt_count; i++)
    if (world->spoilt[i].count > 0 && strcmp(world->spoilt[i].event, operation) == 0) {
      world->spoilt[i].count--;
      return false;
    }
  for (int i = 0; index >= 0 && i < world->jobs[index].node_count; i++)
    if (world->nodes[world->jobs[index].nodes[i]].crashed)
      return false;
  return true;
}

static void tell_library(ftblab_fake *world, int index, bool restart, bool end)
{
  int64_t ranks[64];
  int count = world->jobs[index].nodes_wanted * RANKS_PER_NODE;
  if (count > (int)FTBLAB_COUNT(ranks))
    abort();
  for (int i = 0; i < count; i++)
    ranks[i] = i;
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &world->jobs[index] && unit->component.class->on_images)
      unit->component.class->on_images(&unit->component, restart, end, ranks, count);
  }
}

static void operate(ftblab_component *self, call_kind kind, int job, int from, int to)
{
  schedule(world_of(self), operation_time,
           (fake_call){.kind = kind, .number = job, .value = from, .event_id = (uint64_t)to});
}

static void service_job_checkpoint(ftblab_component *self, int job)
{
  ftblab_fake *world = world_of(self);
  log_line(world, "job %s checkpoint", world->jobs[job].name);
  tell_library(world, job, false, false);
  operate(self, CHECKPOINT, job, 0, 0);
}

static void set_nodes(ftblab_fake *world, int index, const int *nodes, int count)
{
  world->job_nodes[index] = check(realloc(world->job_nodes[index], (size_t)(count + 1) * sizeof(int)));
  if (count > 0)
    memmove(world->job_nodes[index], nodes, (size_t)count * sizeof(int));
  world->jobs[index].nodes = count > 0 ? world->job_nodes[index] : NULL;
  world->jobs[index].node_count = count;
}

static void service_job_suspend(ftblab_component *self, int job)
{
  ftblab_fake *world = world_of(self);
  world->jobs[job].state = FTBLAB_JOB_SUSPENDED;
  log_line(world, "job %s suspended", world->jobs[job].name);
  set_nodes(world, job, NULL, 0);
}

static void service_job_grant(ftblab_component *self, int index, const int *nodes, int count)
{
  ftblab_fake *world = world_of(self);
  ftblab_job *job = &world->jobs[index];
  log_nodes(world, index, "grant", nodes, count);
  if (job->state == FTBLAB_JOB_SUSPENDED) {
    set_nodes(world, index, nodes, count);
    return;
  }
  int *held = check(malloc((size_t)(job->node_count + count) * sizeof *held));
  memcpy(held, job->nodes, (size_t)job->node_count * sizeof *held);
  memcpy(held + job->node_count, nodes, (size_t)count * sizeof *held);
  set_nodes(world, index, held, job->node_count + count);
  free(held);
  for (size_t i = 0; ftblab_role_classes[i]; i++)
    for (int j = 0; ftblab_role_classes[i]->scope == FTBLAB_PER_NODE && j < count; j++)
      if (is_started(world, ftblab_role_classes[i]))
        start_unit(world, ftblab_role_classes[i], job, nodes[j], false);
}

static void service_job_resume(ftblab_component *self, int job)
{
  ftblab_fake *world = world_of(self);
  log_nodes(world, job, "resume", world->jobs[job].nodes, world->jobs[job].node_count);
  tell_library(world, job, true, false);
  operate(self, RESTART, job, 0, 0);
}

static void service_job_migrate(ftblab_component *self, int job, int from, int to)
{
  int nodes[] = {from, to};
  log_nodes(world_of(self), job, "migrate", nodes, 2);
  operate(self, MIGRATE, job, from, to);
}

static const char *const stage_names[] = {"stage-checkpoint", "stage-copy", "stage-restart", "stage-cancel"};

static void service_job_stage(ftblab_component *self, int job, ftblab_stage stage, int from, int to)
{
  ftblab_fake *world = world_of(self);
  if (from >= 0)
    world->stage_from = from;
  log_line(world, "job %s %s %s %s", world->jobs[job].name, stage_names[stage], world->nodes[world->stage_from].name,
           world->nodes[to].name);
  if (stage != FTBLAB_STAGE_CANCEL)
    schedule(world, operation_time,
             (fake_call){.kind = STAGE, .number = job, .value = (int)stage, .event_id = (uint64_t)to});
}

static void service_job_release(ftblab_component *self, int index, int node)
{
  ftblab_fake *world = world_of(self);
  ftblab_job *job = &world->jobs[index];
  int kept = 0;
  log_nodes(world, index, "release", &node, 1);
  for (int i = 0; i < job->node_count; i++)
    if (world->job_nodes[index][i] != node)
      world->job_nodes[index][kept++] = world->job_nodes[index][i];
  job->node_count = kept;
}

static bool checkpoint_done(ftblab_fake *world, int index)
{
  bool good = is_good(world, "checkpoint", index);
  tell_library(world, index, false, true);
  return good;
}

static bool restart_done(ftblab_fake *world, int index)
{
  ftblab_job *job = &world->jobs[index];
  bool good = is_good(world, "restart", index) && job->node_count == job->nodes_wanted;
  tell_library(world, index, true, true);
  if (!good)
    return false;
  memcpy(world->places[index], job->nodes, (size_t)job->node_count * sizeof(int));
  memset(world->holes[index], 0, sizeof world->holes[index]);
  fill(world, job->nodes, job->node_count);
  job->state = FTBLAB_JOB_RUNNING;
  log_line(world, "job %s resumed", job->name);
  return true;
}

static bool migration_done(ftblab_fake *world, int index, int from, int to)
{
  int nodes[] = {from, to};
  if (!is_good(world, "migrate", index))
    return false;
  for (int i = 0; i < world->jobs[index].nodes_wanted; i++)
    if (world->places[index][i] == from)
      world->places[index][i] = to;
  log_nodes(world, index, "migrated", nodes, 2);
  return true;
}

/* The operation of CALL is over: whoever of the job's components wants to know is told. */
static void end_operation(ftblab_fake *world, const fake_call *call)
{
  int job = call->number, from = (int)call->value, to = (int)call->event_id;
  call_kind kind = call->kind;
  if (world->jobs[job].state != FTBLAB_JOB_RUNNING && world->jobs[job].state != FTBLAB_JOB_SUSPENDED)
    return;
  bool good = kind == CHECKPOINT ? checkpoint_done(world, job)
              : kind == RESTART  ? restart_done(world, job)
                                 : migration_done(world, job, from, to);
  const char *why = good ? NULL : "spoilt";
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    const ftblab_role_class *class = unit->component.class;
    if (!unit->alive || unit->component.job != &world->jobs[job])
      continue;
    if (kind == CHECKPOINT && class->on_checkpoint)
      class->on_checkpoint(&unit->component, job, good, why);
    else if (kind == RESTART && class->on_restart)
      class->on_restart(&unit->component, job, good, why);
    else if (kind == MIGRATE && class->on_migrate)
      class->on_migrate(&unit->component, job, from, to, good, why);
  }
}

/* All at once; a stage that was to fail fails for the last rank, and one whose target is dead for all. */
static void end_stage(ftblab_fake *world, const fake_call *call)
{
  int job = call->number, from = world->stage_from, to = (int)call->event_id;
  ftblab_stage stage = (ftblab_stage)call->value;
  int64_t ranks[RANKS_PER_NODE];
  bool failed[RANKS_PER_NODE] = {false};
  if (world->jobs[job].state != FTBLAB_JOB_RUNNING || world->nodes[from].crashed)
    return;
  int count = 0;
  for (int i = 0; i < world->jobs[job].nodes_wanted; i++)
    for (int j = 0; world->places[job][i] == from && j < RANKS_PER_NODE; j++)
      ranks[count++] = i * RANKS_PER_NODE + j;
  bool dead = world->nodes[to].crashed && stage != FTBLAB_STAGE_CHECKPOINT;
  bool good = is_good(world, stage_names[stage], -1) && !dead;
  for (int i = 0; i < count; i++)
    failed[i] = dead || (!good && i == count - 1);
  for (int i = 0; good && stage == FTBLAB_STAGE_RESTART && i < world->jobs[job].nodes_wanted; i++)
    if (world->places[job][i] == from)
      world->places[job][i] = to;
  const ftblab_stage_answer answer = {.stage = stage,
                                      .from = from,
                                      .to = to,
                                      .over = true,
                                      .good = good,
                                      .why = good ? "" : "spoilt",
                                      .ranks = ranks,
                                      .failed = failed,
                                      .count = count};
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &world->jobs[job] && unit->component.class->on_stage)
      unit->component.class->on_stage(&unit->component, &answer);
  }
}

void ftblab_fake_fail_next(ftblab_fake *world, const char *operation, int count)
{
  lost_delivery *order = &world->spoilt[world->spoilt_count++];
  snprintf(order->event, sizeof order->event, "%s", operation);
  order->count = count;
}

static void service_fail(ftblab_component *self, ftblab_status status, const char *reason)
{
  fprintf(stderr, "%s fails (%d): %s\n", self->instance, (int)status, reason);
  abort();
}

/* ---- work in pieces ------------------------------------------------------------------------------------- */

/* A rank is through with its piece: who serves the job has the result, if there is anybody. */
static void deliver_piece(ftblab_fake *world, int job, int rank)
{
  fake_unit *dealer = world->dealers[job];
  int piece = world->pieces[job][rank] - 1;
  bool is_dead = world->jobs[job].node_count == 0 || world->nodes[world->places[job][rank / RANKS_PER_NODE]].crashed;
  if (piece < 0 || is_dead || world->holes[job][rank] || !dealer || !dealer->alive)
    return;
  world->pieces[job][rank] = 0;
  log_line(world, "job %s result %d of %d", world->jobs[job].name, piece, rank);
  dealer->component.class->on_piece(&dealer->component, job, rank, piece);
}

static void service_job_serve(ftblab_component *self, int job)
{
  ftblab_fake *world = world_of(self);
  world->dealers[job] = unit_of(self);
  log_line(world, "job %s served by %s", world->jobs[job].name, self->instance);
  for (int rank = 0; rank < world->jobs[job].nodes_wanted * RANKS_PER_NODE; rank++)
    if (world->pieces[job][rank] > 0)
      schedule(world, operation_time, (fake_call){.kind = PIECE, .number = job, .value = rank});
}

static bool service_job_is_served(ftblab_component *self, int job)
{
  const ftblab_fake *world = world_of(self);
  return world->dealers[job] && world->dealers[job]->alive;
}

static void service_job_give(ftblab_component *self, int job, int rank, int piece)
{
  ftblab_fake *world = world_of(self);
  int node = world->places[job][rank / RANKS_PER_NODE];
  log_line(world, "job %s give %d %d", world->jobs[job].name, rank, piece);
  if (piece == FTBLAB_NO_PIECE || world->nodes[node].crashed)
    return;
  world->pieces[job][rank] = piece + 1;
  schedule(world, operation_time, (fake_call){.kind = PIECE, .number = job, .value = rank});
}

static int service_job_piece_of(ftblab_component *self, int job, int rank)
{
  const ftblab_fake *world = world_of(self);
  bool is_dead = world->nodes[world->places[job][rank / RANKS_PER_NODE]].crashed;
  return is_dead || world->holes[job][rank] ? FTBLAB_NO_PIECE : world->pieces[job][rank] - 1;
}

static void service_job_forget(ftblab_component *self, int job, int piece)
{
  log_line(world_of(self), "job %s forget %d", world_of(self)->jobs[job].name, piece);
}

static bool service_connect(ftblab_component *self, int node)
{
  const ftblab_fake *world = world_of(self);
  fake_unit *unit = unit_of(self);
  if (!unit->connected)
    unit->connected = check(calloc((size_t)world->node_count, sizeof *unit->connected));
  unit->connected[node] = !world->nodes[node].crashed;
  return unit->connected[node];
}

static void service_become(ftblab_component *self, const ftblab_role_class *class)
{
  const ftblab_fake *world = world_of(self);
  for (size_t i = 0; i < world->subscription_count; i++)
    if (world->subscriptions[i].unit == unit_of(self))
      world->subscriptions[i].event[0] = '\0'; /* no event is called so */
  self->class = class;
  log_line(world_of(self), "%s becomes %s", self->instance, class->role);
}

static const ftblab_world_ops services = {
    .now = service_now,
    .node_count = service_node_count,
    .node_name = service_node_name,
    .node_index = service_node_index,
    .node_is_compute = service_node_is_compute,
    .job_count = service_job_count,
    .job = service_job,
    .random = service_random,
    .subscribe = service_subscribe,
    .publish = service_publish,
    .note = service_note,
    .note_throw = service_note_throw,
    .is_noted = service_is_noted,
    .timer = service_timer,
    .cancel = service_cancel,
    .probe = service_probe,
    .heartbeats = service_heartbeats,
    .heed = service_heed,
    .admin = service_admin,
    .job_launch = service_job_launch,
    .job_abort = service_job_abort,
    .job_ranks_on = service_job_ranks_on,
    .job_hold = service_job_hold,
    .job_go = service_job_go,
    .job_progress = service_job_progress,
    .job_drop_images = service_job_drop_images,
    .job_blank = service_job_blank,
    .job_rank_is_hole = service_job_rank_is_hole,
    .job_holes = service_job_holes,
    .job_is_on = service_job_is_on,
    .job_node_of_rank = service_job_node_of_rank,
    .job_pool_add = service_job_pool_add,
    .job_want_back = service_job_want_back,
    .job_wants_back = service_job_wants_back,
    .job_spawn = service_job_spawn,
    .interface_count = service_interface_count,
    .interface_name = service_interface_name,
    .interface_index = service_interface_index,
    .interface_active = service_interface_active,
    .interfaces_active = service_interfaces_active,
    .interface_check = service_interface_check,
    .job_interface = service_job_interface,
    .job_checkpoint = service_job_checkpoint,
    .job_suspend = service_job_suspend,
    .job_grant = service_job_grant,
    .job_resume = service_job_resume,
    .job_migrate = service_job_migrate,
    .job_release = service_job_release,
    .job_stage = service_job_stage,
    .job_serve = service_job_serve,
    .job_is_served = service_job_is_served,
    .job_give = service_job_give,
    .job_piece_of = service_job_piece_of,
    .job_forget = service_job_forget,
    .connect = service_connect,
    .become = service_become,
    .fail = service_fail,
};

/* ---- the world ------------------------------------------------------------------------------------------ */

/* The defaults of each definition of the schema, as an object by role. */
static cJSON *read_defaults(const cJSON *schema)
{
  cJSON *all = check(cJSON_CreateObject());
  const cJSON *role, *property;
  cJSON_ArrayForEach(role, cJSON_GetObjectItemCaseSensitive(schema, "$defs"))
  {
    cJSON *defaults = check(cJSON_AddObjectToObject(all, role->string));
    cJSON_ArrayForEach(property, cJSON_GetObjectItemCaseSensitive(role, "properties"))
    {
      const cJSON *value = cJSON_GetObjectItemCaseSensitive(property, "default");
      if (value)
        cJSON_AddItemToObject(defaults, property->string, check(cJSON_Duplicate(value, true)));
    }
  }
  return all;
}

ftblab_fake *ftblab_fake_new(int node_count, const char *schema)
{
  ftblab_fake *world = check(calloc(1, sizeof *world));
  char *text;
  size_t length;
  if (ftblab_read_file(schema, &text, &length, NULL))
    abort();
  world->schema = check(cJSON_ParseWithLength(text, length));
  free(text);
  world->parameters = read_defaults(world->schema);
  world->world.ops = &services;
  world->node_count = node_count;
  world->nodes = check(calloc((size_t)node_count, sizeof *world->nodes));
  ftblab_fake_rename_nodes(world, "n");
  return world;
}

void ftblab_fake_rename_nodes(ftblab_fake *world, const char *prefix)
{
  for (int i = 0; i < world->node_count; i++)
    snprintf(world->nodes[i].name, sizeof world->nodes[i].name, "%s%d", prefix, i);
}

void ftblab_fake_set(ftblab_fake *world, const char *role, const char *parameter, double value)
{
  cJSON *parameters = cJSON_GetObjectItemCaseSensitive(world->parameters, role);
  const cJSON *old = check(cJSON_GetObjectItemCaseSensitive(parameters, parameter));
  bool is_flag = cJSON_IsBool(old);
  cJSON *new = is_flag ? cJSON_CreateBool(value > 0) : cJSON_CreateNumber(value);
  cJSON_ReplaceItemInObjectCaseSensitive(parameters, parameter, check(new));
}

void ftblab_fake_set_word(ftblab_fake *world, const char *role, const char *parameter, const char *value)
{
  cJSON *parameters = check(cJSON_GetObjectItemCaseSensitive(world->parameters, role));
  check(cJSON_GetObjectItemCaseSensitive(parameters, parameter));
  cJSON_ReplaceItemInObjectCaseSensitive(parameters, parameter, check(cJSON_CreateString(value)));
}

void ftblab_fake_set_item(ftblab_fake *world, const char *role, const char *parameter, const char *value)
{
  cJSON *parameters = check(cJSON_GetObjectItemCaseSensitive(world->parameters, role));
  cJSON *list = check(cJSON_GetObjectItemCaseSensitive(parameters, parameter));
  cJSON_AddItemToArray(list, check(cJSON_CreateString(value)));
}

void ftblab_fake_job(ftblab_fake *world, int nodes, const int *node_list, ftblab_job_policy policy, bool requeue)
{
  int index = world->job_count++;
  if (index == MAX_JOBS)
    abort();
  snprintf(world->job_names[index], sizeof world->job_names[index], "j%d", index + 1);
  world->jobs[index] = (ftblab_job){.name = world->job_names[index],
                                    .index = index,
                                    .nodes_wanted = nodes,
                                    .node_list = node_list,
                                    .ranks_per_node = RANKS_PER_NODE,
                                    .policy = policy,
                                    .requeue = requeue,
                                    .application = "stencil",
                                    .state = FTBLAB_JOB_QUEUED};
}

void ftblab_fake_application(ftblab_fake *world, int job, const char *kind)
{
  world->jobs[job].application = kind;
  world->jobs[job].parameters = cJSON_GetObjectItemCaseSensitive(world->parameters, kind);
}

const ftblab_job *ftblab_fake_job_of(const ftblab_fake *world, int index)
{
  return &world->jobs[index];
}

/* The components of the cluster are on the last node, but the backups each on one of its own. */
static int home_of(const ftblab_fake *world, const ftblab_role_class *class)
{
  int from_end = strcmp(class->role, "Backup Master") == 0 ? 2 : strcmp(class->role, "Remote Backup") == 0 ? 3 : 1;
  return world->node_count - from_end;
}

void ftblab_fake_kernels(ftblab_fake *world, int nodes, const int *node_list, int steps, int kernels, bool balance)
{
  ftblab_fake_job(world, nodes, node_list, FTBLAB_POLICY_ABORT, false);
  if (!world->kernels) {
    world->kernels = check(cJSON_CreateObject());
    cJSON_AddNumberToObject(world->kernels, "steps", steps);
    cJSON_AddNumberToObject(world->kernels, "kernels", kernels);
    cJSON_AddBoolToObject(world->kernels, "balance", balance);
    cJSON_AddBoolToObject(world->kernels, "use_returned", true);
  }
  world->jobs[world->job_count - 1].application = "kernels";
  world->jobs[world->job_count - 1].parameters = world->kernels;
}

void ftblab_fake_farm(ftblab_fake *world, int nodes, const int *node_list, int tasks)
{
  ftblab_fake_job(world, nodes, node_list, FTBLAB_POLICY_CONTINUE, false);
  if (!world->farm)
    world->farm = check(cJSON_CreateObject());
  cJSON_AddNumberToObject(world->farm, "tasks", tasks);
  world->jobs[world->job_count - 1].application = "farm";
  world->jobs[world->job_count - 1].parameters = world->farm;
}

void ftblab_fake_boot(ftblab_fake *world, const char *role)
{
  world->only_role = role;
  for (size_t i = 0; ftblab_role_classes[i]; i++)
    if (ftblab_role_classes[i]->scope == FTBLAB_PER_CLUSTER && is_started(world, ftblab_role_classes[i]))
      start_unit(world, ftblab_role_classes[i], NULL, home_of(world, ftblab_role_classes[i]), false);
  for (int i = 0; i < world->job_count; i++)
    schedule(world, 0, (fake_call){.kind = SUBMIT, .number = i});
}

void ftblab_fake_action(ftblab_fake *world, const char *role, const char *action, int node, int job)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && strcmp(unit->component.class->role, role) == 0 && unit->component.class->on_action)
      unit->component.class->on_action(&unit->component, action, node, job);
  }
}

void ftblab_fake_predict(ftblab_fake *world, int node)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.class->on_prediction)
      unit->component.class->on_prediction(&unit->component, node);
  }
}

void ftblab_fake_kill(ftblab_fake *world, const char *role, bool restart)
{
  int count = world->unit_count;
  for (int i = 0; i < count; i++) {
    fake_unit *unit = world->units[i];
    if (!unit->alive || strcmp(unit->component.class->role, role) != 0)
      continue;
    unit->alive = false;
    if (restart)
      start_unit(world, unit->component.class, unit->component.job, unit->component.node, true);
  }
}

void ftblab_fake_revive(ftblab_fake *world, const char *role)
{
  for (int i = 0; i < world->unit_count; i++) {
    const fake_unit *unit = world->units[i];
    if (unit->alive || strcmp(unit->component.class->role, role) != 0)
      continue;
    start_unit(world, unit->component.class, unit->component.job, unit->component.node, true);
    return;
  }
}

void ftblab_fake_complete(ftblab_fake *world, int job)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->alive && unit->component.job == &world->jobs[job] && unit->component.class->on_finalize)
      unit->component.class->on_finalize(&unit->component);
  }
  world->jobs[job].state = FTBLAB_JOB_COMPLETED;
  log_line(world, "job %s completed", world->jobs[job].name);
  for (int i = 0; i < world->unit_count; i++)
    if (world->units[i]->component.job == &world->jobs[job])
      world->units[i]->alive = false;
  end_job(world, job);
}

void ftblab_fake_throw(ftblab_fake *world, const char *event, const char *payload)
{
  log_line(world, "throw outside %s %s", event, payload);
  distribute(world, NULL, event, payload);
}

void ftblab_fake_lose(ftblab_fake *world, const char *event, const char *to, int count)
{
  lost_delivery *order = &world->orders[world->order_count++];
  snprintf(order->event, sizeof order->event, "%s", event);
  snprintf(order->to, sizeof order->to, "%s", to);
  order->count = count;
}

static void run_call(ftblab_fake *world, const fake_call *call)
{
  fake_unit *unit = call->unit;
  const ftblab_role_class *class = unit ? unit->component.class : NULL;
  if (call->kind == DELIVER)
    deliver(world, call);
  else if (call->kind == BEAT)
    miss_beat(world, call->number);
  else if (call->kind == SUBMIT)
    submit(world, call->number);
  else if (call->kind == JOB_END)
    end_job(world, call->number);
  else if (call->kind == CHECKPOINT || call->kind == RESTART || call->kind == MIGRATE)
    end_operation(world, call);
  else if (call->kind == STAGE)
    end_stage(world, call);
  else if (call->kind == PIECE)
    deliver_piece(world, call->number, (int)call->value);
  else if (!unit->alive)
    return;
  else if (call->kind == TIMER)
    class->on_timer(&unit->component, call->number, call->value);
  else if (call->kind == CLOSED)
    class->on_disconnect(&unit->component, call->number);
  else if (call->kind == CHECKED)
    end_check(world, call);
  else if (call->kind == PROBE && class->on_probe)
    class->on_probe(&unit->component, call->number, call->value != 0);
  else if (call->kind == UNDELIVERED && class->on_undelivered)
    class->on_undelivered(&unit->component, call->event, call->thrower->instance);
}

void ftblab_fake_run(ftblab_fake *world, double until)
{
  while (world->call_count > 0) {
    size_t place = next_call(world);
    if (world->calls[place].date > until)
      break;
    fake_call next = take(world, place);
    world->now = next.date;
    run_call(world, &next);
    free(next.event);
    free(next.payload);
  }
  world->now = until;
}

void ftblab_fake_free(ftblab_fake *world)
{
  for (int i = 0; i < world->unit_count; i++) {
    fake_unit *unit = world->units[i];
    if (unit->component.class->stop)
      unit->component.class->stop(&unit->component);
    free(unit->component.state);
    free(unit->connected);
    ftblab_text_free(&unit->notes);
    ftblab_text_free(&unit->throw_notes);
    free(unit);
  }
  for (size_t i = 0; i < world->subscription_count; i++) {
    free(world->subscriptions[i].event);
    free(world->subscriptions[i].pattern_text);
    ftblab_payload_free(&world->subscriptions[i].pattern);
  }
  for (size_t i = 0; i < world->call_count; i++) {
    free(world->calls[i].event);
    free(world->calls[i].payload);
  }
  for (size_t i = 0; i < world->log_count; i++)
    ftblab_text_free(&world->log[i]);
  for (int i = 0; i < world->job_count; i++)
    free(world->job_nodes[i]);
  for (int i = 0; i < world->job_count; i++)
    free(world->places[i]);
  cJSON_Delete(world->kernels);
  cJSON_Delete(world->farm);
  cJSON_Delete(world->schema);
  cJSON_Delete(world->parameters);
  free(world->subscriptions);
  free(world->calls);
  free(world->log);
  free(world->nodes);
  free(world);
}
