/* storage.c - see storage.h. SimGrid reports the end of a transfer from inside its kernel, where nothing may be asked
 * of it: each end becomes a dated call of that very date. */
#include "storage.h"

#include <math.h>
#include <stdlib.h>

#include "copies.h"
#include "simgrid_shim.h"

enum { STAGES = 3 };

typedef struct copy copy;

typedef enum stage_kind { STAGE_READ, STAGE_NETWORK, STAGE_WRITE } stage_kind;

typedef struct stage {
  copy *owner;
  stage_kind kind;
  int64_t done; /* chunks that are through */
  bool busy, arrived;
  void *source, *target; /* hosts of the chunk that is under way in the network */
} stage;

struct copy {
  ftblab_storage *storage;
  ftblab_copy_plan plan;
  stage stages[STAGES];
  int stage_count;
  int64_t chunks;
  int pending; /* calls that will still come for this copy */
  bool over;   /* done, failed or cancelled */
  char why[120];
  copy *next, **previous;
};

struct ftblab_storage {
  ftblab_storage_config config;
  ftblab_engine *engine;
  int *servers;
  sg_disk_t *disks; /* by node; NULL: none */
  double *used;     /* by node: bytes */
  bool *broken;     /* by node: its disk has failed */
  double *room;     /* by node: bytes that its disk can hold */
  copy *copies;
  double used_until; /* the last date when a copy used a disk */
  /* For the control plane only: */
  ftblab_copies *computed; /* else NULL */
  double *read, *write;    /* bandwidths, by node */
};

/* ---- chunks ------------------------------------------------------------------------------------------- */

static void drop(copy *self)
{
  if (!self->over || self->pending > 0)
    return;
  *self->previous = self->next;
  if (self->next != NULL)
    self->next->previous = self->previous;
  free(self);
}

static void report(void *argument, int64_t value, double date)
{
  copy *self = argument;
  (void)value;
  self->pending--;
  if (self->plan.copied != NULL)
    self->plan.copied(self->plan.argument, 1, self->why[0] == '\0' ? NULL : self->why, date);
  drop(self);
}

static bool uses_disk(const copy *self)
{
  return self->plan.from_disk || self->plan.to_disk;
}

static void set_over(copy *self)
{
  if (self->over)
    return;
  self->over = true;
  if (uses_disk(self))
    self->storage->used_until = ftblab_engine_now(self->storage->engine);
}

/* `why` is set if it has failed. */
static void finish(copy *self)
{
  ftblab_engine *engine = self->storage->engine;
  if (self->over)
    return;
  set_over(self);
  self->pending++;
  ftblab_engine_at(engine, ftblab_engine_now(engine), report, self, 0);
}

static bool is_cut(const copy *self)
{
  const ftblab_interfaces *interfaces = self->storage->config.interfaces;
  return interfaces != NULL && ftblab_interfaces_nodes_are_cut(interfaces, self->plan.from, self->plan.to, INFINITY);
}

static void fail(copy *self, int node)
{
  if (self->over)
    return;
  bool is_up = ftblab_engine_node_up(self->storage->engine, node);
  if (is_up && is_cut(self))
    ftblab_interfaces_why_cut(self->storage->config.interfaces, self->plan.from, self->plan.to, self->why,
                              sizeof self->why);
  else if (is_up)
    snprintf(self->why, sizeof self->why, "an interface of node %s or %s has failed",
             ftblab_engine_node_name(self->storage->engine, self->plan.from),
             ftblab_engine_node_name(self->storage->engine, self->plan.to));
  else
    snprintf(self->why, sizeof self->why, "node %s is down", ftblab_engine_node_name(self->storage->engine, node));
  finish(self);
}

static void advance(copy *self);

static void fail_disk(copy *self, int node)
{
  if (self->over)
    return;
  snprintf(self->why, sizeof self->why, "the disk of %s has failed",
           ftblab_engine_node_name(self->storage->engine, node));
  finish(self);
}

/* The node whose disk PLAN needs and has not; -1: none. */
static int broken_disk(const ftblab_storage *storage, const ftblab_copy_plan *plan)
{
  if (plan->from_disk && storage->broken[plan->from])
    return plan->from;
  return plan->to_disk && storage->broken[plan->to] ? plan->to : -1;
}

/* Where a chunk goes now. False: nowhere; SimGrid would take it, and never say that it failed. */
static bool find_way(stage *self)
{
  const copy *owner = self->owner;
  const ftblab_storage *storage = owner->storage;
  self->source = ftblab_engine_node_host(storage->engine, owner->plan.from);
  self->target = ftblab_engine_node_host(storage->engine, owner->plan.to);
  return storage->config.interfaces == NULL || ftblab_interfaces_working(storage->config.interfaces, owner->plan.from,
                                                                         owner->plan.to, &self->source, &self->target);
}

/* A chunk got lost with its interface. Both nodes live, and others of their interfaces are up? */
static bool has_other_way(stage *self)
{
  const ftblab_engine *engine = self->owner->storage->engine;
  const void *source = self->source, *target = self->target;
  if (self->kind != STAGE_NETWORK || !ftblab_engine_node_up(engine, self->owner->plan.from) ||
      !ftblab_engine_node_up(engine, self->owner->plan.to))
    return false;
  return find_way(self) && (self->source != source || self->target != target);
}

static void stage_ends(void *argument, int64_t value, double date)
{
  stage *self = argument;
  copy *owner = self->owner;
  const ftblab_engine *engine = owner->storage->engine;
  (void)value;
  (void)date;
  self->busy = false;
  owner->pending--;
  if (self->arrived)
    self->done++;
  else if (!owner->over && !has_other_way(self)) /* else the chunk is sent again */
    fail(owner, ftblab_engine_node_up(engine, owner->plan.to) ? owner->plan.from : owner->plan.to);
  if (!owner->over)
    advance(owner);
  drop(owner);
}

static void transfer_ended(void *argument, bool arrived)
{
  stage *self = argument;
  ftblab_engine *engine = self->owner->storage->engine;
  self->arrived = arrived;
  ftblab_engine_at(engine, ftblab_engine_now(engine), stage_ends, self, 0);
}

static double chunk_of(const copy *self, int64_t number)
{
  double size = self->storage->config.chunk_bytes;
  return fmin(size, self->plan.bytes - (double)number * size);
}

/* False: a host is off, or nothing leads there. */
static bool start_chunk(stage *self)
{
  const copy *owner = self->owner;
  const ftblab_storage *storage = owner->storage;
  double bytes = chunk_of(owner, self->done);
  if (self->kind == STAGE_NETWORK)
    return find_way(self) && ftblab_shim_send(self->source, self->target, bytes, transfer_ended, self);
  int node = self->kind == STAGE_READ ? owner->plan.from : owner->plan.to;
  return ftblab_shim_disk_use(storage->disks[node], bytes, self->kind == STAGE_WRITE, transfer_ended, self);
}

/* The stage may take its next chunk: it is there, and the next stage has at most one more to do. */
static bool may_start(const copy *self, int number)
{
  const stage *at = &self->stages[number];
  bool there = at->done < (number == 0 ? self->chunks : self->stages[number - 1].done);
  bool room = number + 1 == self->stage_count || at->done - self->stages[number + 1].done < 2;
  return !at->busy && there && room;
}

static void advance(copy *self)
{
  if (self->stage_count == 0 || self->stages[self->stage_count - 1].done == self->chunks) {
    finish(self);
    return;
  }
  for (int i = 0; i < self->stage_count && !self->over; i++) {
    stage *at = &self->stages[i];
    if (!may_start(self, i))
      continue;
    at->busy = true;
    self->pending++;
    if (start_chunk(at))
      continue;
    at->busy = false;
    self->pending--;
    fail(self, ftblab_engine_node_up(self->storage->engine, self->plan.to) ? self->plan.from : self->plan.to);
  }
}

static void begin(void *argument, int64_t value, double date)
{
  copy *self = argument;
  const ftblab_engine *engine = self->storage->engine;
  (void)value;
  (void)date;
  self->pending--;
  if (!self->over && !ftblab_engine_node_up(engine, self->plan.from))
    fail(self, self->plan.from);
  if (!self->over && !ftblab_engine_node_up(engine, self->plan.to))
    fail(self, self->plan.to);
  int broken = broken_disk(self->storage, &self->plan);
  if (!self->over && broken >= 0)
    fail_disk(self, broken);
  if (!self->over && is_cut(self))
    fail(self, self->plan.from);
  if (!self->over)
    advance(self);
  drop(self);
}

static void add_stage(copy *self, stage_kind kind)
{
  self->stages[self->stage_count++] = (stage){.owner = self, .kind = kind};
}

/* ---- lists ---------------------------------------------------------------------------------------------- */

void ftblab_storage_copy_all(ftblab_storage *storage, ftblab_copy_list *list, ftblab_copied *copied, void *argument)
{
  if (storage->computed != NULL) {
    ftblab_copies_add_all(storage->computed, list, copied, argument);
    return;
  }
  for (size_t i = 0; i < list->count; i++) {
    const ftblab_copy_way *way = &list->ways[i];
    ftblab_storage_copy(storage, &(ftblab_copy_plan){.from = way->from,
                                                     .to = way->to,
                                                     .from_disk = way->from_disk,
                                                     .to_disk = way->to_disk,
                                                     .bytes = way->bytes,
                                                     .copied = copied,
                                                     .argument = argument});
  }
}

/* ---- one copy ------------------------------------------------------------------------------------------- */

void ftblab_storage_copy(ftblab_storage *storage, const ftblab_copy_plan *plan)
{
  if (storage->computed != NULL) {
    ftblab_copies_add(storage->computed, plan);
    return;
  }
  copy *self = calloc(1, sizeof *self);
  if (self == NULL) {
    ftblab_engine_fail(storage->engine);
    return;
  }
  self->storage = storage;
  self->plan = *plan;
  self->chunks = (int64_t)ceil(plan->bytes / storage->config.chunk_bytes);
  if (plan->from_disk)
    add_stage(self, STAGE_READ);
  if (plan->from != plan->to)
    add_stage(self, STAGE_NETWORK);
  if (plan->to_disk)
    add_stage(self, STAGE_WRITE);
  self->next = storage->copies;
  self->previous = &storage->copies;
  if (self->next != NULL)
    self->next->previous = &self->next;
  storage->copies = self;
  self->pending = 1;
  ftblab_engine_at(storage->engine, fmax(plan->start, ftblab_engine_now(storage->engine)), begin, self, 0);
}

/* What is in the machine now ends there, a chunk at most. */
void ftblab_storage_cancel(ftblab_storage *storage, const void *argument)
{
  if (storage != NULL && storage->computed != NULL)
    ftblab_copies_cancel(storage->computed, argument);
  for (copy *self = storage == NULL ? NULL : storage->copies; self != NULL; self = self->next) {
    if (self->plan.argument != argument)
      continue;
    set_over(self); /* one call at least is pending, and frees it */
    self->plan.copied = NULL;
  }
}

void ftblab_storage_node_died(ftblab_storage *storage, int node)
{
  if (storage->computed != NULL)
    ftblab_copies_node_died(storage->computed, node);
  for (copy *self = storage->copies; self != NULL; self = self->next) {
    if (self->plan.from == node || self->plan.to == node)
      fail(self, node);
  }
}

void ftblab_storage_network_changed(ftblab_storage *storage)
{
  if (storage->computed != NULL)
    ftblab_copies_network_changed(storage->computed);
  for (copy *self = storage->copies; self != NULL; self = self->next)
    if (is_cut(self))
      fail(self, self->plan.from);
}

/* ---- disks -------------------------------------------------------------------------------------------- */

bool ftblab_storage_disk_works(const ftblab_storage *storage, int node)
{
  return (storage->disks[node] != NULL || storage->read[node] > 0) && !storage->broken[node];
}

void ftblab_storage_disk_failed(ftblab_storage *storage, int node)
{
  storage->broken[node] = true;
  if (storage->computed != NULL)
    ftblab_copies_disk_failed(storage->computed, node);
  for (copy *self = storage->copies; self != NULL; self = self->next) {
    if (broken_disk(storage, &self->plan) == node)
      fail_disk(self, node);
  }
}

void ftblab_storage_disk_returns(ftblab_storage *storage, int node)
{
  storage->broken[node] = false;
  if (storage->computed != NULL)
    ftblab_copies_disk_returns(storage->computed);
}

double ftblab_storage_idle(const ftblab_storage *storage, double date)
{
  if (storage->computed != NULL)
    return ftblab_copies_idle(storage->computed, date);
  for (const copy *self = storage->copies; self != NULL; self = self->next) {
    if (!self->over && uses_disk(self))
      return 0;
  }
  return date - storage->used_until;
}

/* ---- room --------------------------------------------------------------------------------------------- */

int ftblab_storage_holder(const ftblab_storage *storage, int rank, int node)
{
  if (storage->config.kind == FTBLAB_STORAGE_SERVERS)
    return storage->servers[rank % storage->config.server_count];
  return storage->config.kind == FTBLAB_STORAGE_NODE_LOCAL ? node : -1;
}

bool ftblab_storage_has_room(const ftblab_storage *storage, int holder, double bytes)
{
  return storage->used[holder] + bytes <= storage->room[holder];
}

bool ftblab_storage_reserve(ftblab_storage *storage, int holder, double bytes)
{
  if (!ftblab_storage_has_room(storage, holder, bytes))
    return false;
  storage->used[holder] += bytes;
  return true;
}

void ftblab_storage_release(ftblab_storage *storage, int holder, double bytes)
{
  storage->used[holder] -= bytes;
}

/* ---- life --------------------------------------------------------------------------------------------- */

static ftblab_status add_disk(ftblab_storage *storage, int node, double read, double write, ftblab_error *err)
{
  void *host = ftblab_engine_node_host(storage->engine, node);
  bool computed = ftblab_engine_control_only(storage->engine);
  bool found = computed && ftblab_shim_disk_speed(host, &storage->read[node], &storage->write[node]);
  if (computed && read > 0 && write > 0) {
    storage->read[node] = read;
    storage->write[node] = write;
    found = true;
  }
  if (!computed)
    storage->disks[node] = ftblab_shim_disk(host, read, write);
  if (found || storage->disks[node] != NULL)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINPUT, "%s has no disk in the platform: the storage needs bandwidths",
                     ftblab_engine_node_name(storage->engine, node));
}

/* All disks are of one level, but for nodes beside servers: those are of the near one. */
static void measure_room(ftblab_storage *storage)
{
  const ftblab_storage_config *config = &storage->config;
  bool servers = config->kind == FTBLAB_STORAGE_SERVERS;
  for (size_t i = 0; i < ftblab_engine_nodes(storage->engine); i++)
    storage->room[i] = servers ? config->near_capacity : config->capacity;
  for (int i = 0; i < config->server_count; i++)
    storage->room[config->servers[i]] = config->capacity;
}

static ftblab_status add_disks(ftblab_storage *storage, ftblab_error *err)
{
  const ftblab_storage_config *config = &storage->config;
  ftblab_status status = FTBLAB_OK;
  for (int i = 0; i < config->server_count && status == FTBLAB_OK; i++) {
    storage->servers[i] = config->servers[i];
    status = add_disk(storage, storage->servers[i], config->read_bandwidth, config->write_bandwidth, err);
  }
  if (config->metadata >= 0 && status == FTBLAB_OK)
    status = add_disk(storage, config->metadata, config->read_bandwidth, config->write_bandwidth, err);
  int nodes = (int)ftblab_engine_nodes(storage->engine);
  for (int i = 0; i < nodes && config->kind == FTBLAB_STORAGE_NODE_LOCAL && status == FTBLAB_OK; i++) {
    if (config->has_disk[i])
      status = add_disk(storage, i, config->read_bandwidth, config->write_bandwidth, err);
  }
  for (int i = 0; i < nodes && config->near && status == FTBLAB_OK; i++) {
    if (config->has_disk[i] && storage->disks[i] == NULL && !(storage->read[i] > 0))
      status = add_disk(storage, i, config->near_read_bandwidth, config->near_write_bandwidth, err);
  }
  return status;
}

ftblab_status ftblab_storage_new(const ftblab_storage_config *config, ftblab_engine *engine, ftblab_storage **storage,
                                 ftblab_error *err)
{
  size_t nodes = ftblab_engine_nodes(engine);
  ftblab_storage *made = calloc(1, sizeof *made);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the storage");
  made->config = *config;
  made->engine = engine;
  made->servers = calloc((size_t)config->server_count + 1, sizeof *made->servers);
  made->disks = calloc(nodes + 1, sizeof *made->disks);
  made->used = calloc(nodes + 1, sizeof *made->used);
  made->room = calloc(nodes + 1, sizeof *made->room);
  ftblab_status status = FTBLAB_OK;
  made->broken = calloc(nodes + 1, sizeof *made->broken);
  made->read = calloc(nodes + 1, sizeof *made->read);
  made->write = calloc(nodes + 1, sizeof *made->write);
  if (made->servers == NULL || made->disks == NULL || made->used == NULL || made->room == NULL ||
      made->broken == NULL || made->read == NULL || made->write == NULL)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the storage");
  if (status == FTBLAB_OK && ftblab_engine_control_only(engine))
    status =
        ftblab_copies_new(engine, config->chunk_bytes, made->read, made->write, made->broken, &made->computed, err);
  if (status == FTBLAB_OK && made->computed != NULL)
    ftblab_copies_use(made->computed, config->interfaces);
  if (status == FTBLAB_OK)
    status = add_disks(made, err);
  if (status == FTBLAB_OK)
    measure_room(made);
  if (status != FTBLAB_OK) {
    ftblab_storage_free(made);
    return status;
  }
  *storage = made;
  return FTBLAB_OK;
}

void ftblab_storage_stop(void)
{
  ftblab_shim_disk_stop();
}

void ftblab_storage_free(ftblab_storage *storage)
{
  if (storage == NULL)
    return;
  ftblab_shim_send_forget();
  while (storage->copies != NULL) {
    copy *self = storage->copies;
    storage->copies = self->next;
    free(self);
  }
  ftblab_copies_free(storage->computed);
  free(storage->read);
  free(storage->write);
  free(storage->servers);
  free(storage->disks);
  free(storage->used);
  free(storage->broken);
  free(storage->room);
  free(storage);
}
