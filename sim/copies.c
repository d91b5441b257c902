/* copies.c - see copies.h. */
#include "copies.h"

#include <math.h>
#include <stdlib.h>

typedef struct resource {
  uint64_t era;
  double until; /* it is busy; if the era is the present one */
} resource;

enum { READING, WRITING, GOING_OUT, COMING_IN, RESOURCES };

typedef struct bundle {
  ftblab_copies *copies;
  ftblab_copied *copied; /* NULL: cancelled */
  void *argument;
  ftblab_copy_plan *plans;
  size_t count, room;
  ftblab_ticket ticket; /* of its next call */
  double start;         /* of all of its plans */
  bool begun, failed;
  char why[120];
  struct bundle *next, **previous;
} bundle;

struct ftblab_copies {
  ftblab_engine *engine;
  double chunk_bytes;
  const double *read, *write;
  const bool *broken;
  resource *resources; /* RESOURCES of each node */
  uint64_t era;        /* what resources did in an earlier one is over, or was cut off */
  size_t begun;
  bundle *bundles;
  double used_until; /* the last date when there was one */
};

/* ---- bundles ------------------------------------------------------------------------------------- */

static void drop(bundle *self)
{
  self->copies->begun -= self->begun;
  self->copies->used_until = ftblab_engine_now(self->copies->engine);
  if (self->copies->begun == 0)
    self->copies->era++;
  *self->previous = self->next;
  if (self->next != NULL)
    self->next->previous = self->previous;
  free(self->plans);
  free(self);
}

static void tell_failure(void *argument, int64_t value, double date)
{
  bundle told = *(bundle *)argument;
  (void)value;
  drop(argument);
  told.copied(told.argument, told.why, date);
}

static void fail_for(bundle *self, const char *before, int node, const char *behind)
{
  ftblab_engine *engine = self->copies->engine;
  if (self->failed)
    return;
  if (self->ticket != 0)
    ftblab_engine_cancel(engine, self->ticket);
  self->failed = true;
  snprintf(self->why, sizeof self->why, "%s %s %s", before, ftblab_engine_node_name(engine, node), behind);
  self->ticket = ftblab_engine_at(engine, ftblab_engine_now(engine), tell_failure, self, 0);
}

static void fail(bundle *self, int node)
{
  fail_for(self, "node", node, "is down");
}

/* Is there a disk that PLAN needs and that has failed? Then the copies fail. */
static bool fail_disk(bundle *self, const ftblab_copy_plan *plan)
{
  const bool *broken = self->copies->broken;
  int node = plan->from_disk && broken[plan->from] ? plan->from : plan->to_disk && broken[plan->to] ? plan->to : -1;
  if (node >= 0)
    fail_for(self, "the disk of", node, "has failed");
  return node >= 0;
}

static void tell_success(void *argument, int64_t value, double date)
{
  bundle told = *(bundle *)argument;
  (void)value;
  ((bundle *)argument)->plans = NULL;
  drop(argument);
  for (size_t i = 0; i < told.count; i++)
    told.copied(told.argument, NULL, date);
  free(told.plans);
}

/* ---- time ------------------------------------------------------------------------------------------ */

/* When RESOURCE of NODE, which needs SECONDS for a copy, is through with it. */
static double use(ftblab_copies *copies, int node, int kind, double now, double seconds)
{
  resource *used = &copies->resources[(size_t)node * RESOURCES + (size_t)kind];
  double from = used->era == copies->era ? fmax(now, used->until) : now;
  *used = (resource){.era = copies->era, .until = from + seconds};
  return used->until;
}

/* A stage of a copy: adds to the chunks' time, and moves the end. */
static void pass(ftblab_copies *copies, const ftblab_copy_plan *plan, int node, int kind, double seconds_per_byte,
                 double now, double *end, double *chunks, double *slowest)
{
  double chunk = fmin(copies->chunk_bytes, plan->bytes) * seconds_per_byte;
  *end = fmax(*end, use(copies, node, kind, now, plan->bytes * seconds_per_byte));
  if (kind == COMING_IN)
    return; /* the same stage as going out */
  *chunks += chunk;
  *slowest = fmax(*slowest, chunk);
}

static double end_of(ftblab_copies *copies, const ftblab_copy_plan *plan, double now)
{
  double end = now, chunks = 0, slowest = 0, latency = 0, per_byte = 0;
  if (plan->from_disk)
    pass(copies, plan, plan->from, READING, 1 / copies->read[plan->from], now, &end, &chunks, &slowest);
  if (plan->from != plan->to &&
      ftblab_engine_route(copies->engine, plan->from, plan->to, &latency, &per_byte, NULL) == FTBLAB_OK) {
    pass(copies, plan, plan->from, GOING_OUT, per_byte, now, &end, &chunks, &slowest);
    pass(copies, plan, plan->to, COMING_IN, per_byte, now, &end, &chunks, &slowest);
  }
  if (plan->to_disk)
    pass(copies, plan, plan->to, WRITING, 1 / copies->write[plan->to], now, &end, &chunks, &slowest);
  return end + latency + chunks - slowest;
}

static void begin(void *argument, int64_t value, double date)
{
  bundle *self = argument;
  ftblab_copies *copies = self->copies;
  double end = date;
  (void)value;
  self->begun = true;
  copies->begun++;
  for (size_t i = 0; i < self->count; i++) {
    const ftblab_copy_plan *plan = &self->plans[i];
    int down = !ftblab_engine_node_up(copies->engine, plan->from) ? plan->from
               : !ftblab_engine_node_up(copies->engine, plan->to) ? plan->to
                                                                  : -1;
    if (down >= 0) {
      self->ticket = 0;
      fail(self, down);
      return;
    }
    if (fail_disk(self, plan))
      return;
    end = fmax(end, end_of(copies, plan, date));
  }
  self->ticket = ftblab_engine_at(copies->engine, end, tell_success, self, 0);
}

/* ---- from outside ---------------------------------------------------------------------------------- */

static bundle *open_bundle(ftblab_copies *copies, const ftblab_copy_plan *plan)
{
  bundle *first = copies->bundles;
  if (first != NULL && !first->begun && !first->failed && first->argument == plan->argument &&
      first->copied == plan->copied && first->start == plan->start)
    return first;
  bundle *made = calloc(1, sizeof *made);
  if (made == NULL)
    return NULL;
  *made = (bundle){.copies = copies,
                   .copied = plan->copied,
                   .argument = plan->argument,
                   .start = plan->start,
                   .next = first,
                   .previous = &copies->bundles};
  if (first != NULL)
    first->previous = &made->next;
  copies->bundles = made;
  made->ticket = ftblab_engine_at(copies->engine, fmax(plan->start, ftblab_engine_now(copies->engine)), begin, made, 0);
  return made;
}

void ftblab_copies_add(ftblab_copies *copies, const ftblab_copy_plan *plan)
{
  bundle *self = open_bundle(copies, plan);
  if (self != NULL && self->count == self->room) {
    size_t room = self->room == 0 ? 16 : 2 * self->room;
    ftblab_copy_plan *plans = realloc(self->plans, room * sizeof *plans);
    if (plans != NULL) {
      self->plans = plans;
      self->room = room;
    }
  }
  if (self == NULL || self->count == self->room) {
    ftblab_engine_fail(copies->engine);
    return;
  }
  self->plans[self->count++] = *plan;
}

void ftblab_copies_cancel(ftblab_copies *copies, const void *argument)
{
  for (bundle *self = copies->bundles, *next; self != NULL; self = next) {
    next = self->next;
    if (self->argument != argument)
      continue;
    if (self->ticket != 0)
      ftblab_engine_cancel(copies->engine, self->ticket);
    drop(self);
  }
}

void ftblab_copies_node_died(ftblab_copies *copies, int node)
{
  for (bundle *self = copies->bundles; self != NULL; self = self->next)
    for (size_t i = 0; i < self->count && !self->failed; i++)
      if (self->plans[i].from == node || self->plans[i].to == node)
        fail(self, node);
}

void ftblab_copies_disk_failed(ftblab_copies *copies, int node)
{
  for (bundle *self = copies->bundles; self != NULL; self = self->next)
    for (size_t i = 0; i < self->count && !self->failed; i++)
      if (self->plans[i].from == node || self->plans[i].to == node)
        fail_disk(self, &self->plans[i]);
}

double ftblab_copies_idle(const ftblab_copies *copies, double date)
{
  return copies->bundles != NULL ? 0 : date - copies->used_until;
}

/* ---- life ------------------------------------------------------------------------------------------ */

ftblab_status ftblab_copies_new(ftblab_engine *engine, double chunk_bytes, const double *read, const double *write,
                                const bool *broken, ftblab_copies **copies, ftblab_error *err)
{
  ftblab_copies *made = calloc(1, sizeof *made);
  if (made != NULL)
    made->resources = calloc(ftblab_engine_nodes(engine) + 1, RESOURCES * sizeof *made->resources);
  if (made == NULL || made->resources == NULL) {
    free(made);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the storage");
  }
  made->engine = engine;
  made->chunk_bytes = chunk_bytes;
  made->read = read;
  made->write = write;
  made->broken = broken;
  made->era = 1;
  *copies = made;
  return FTBLAB_OK;
}

void ftblab_copies_free(ftblab_copies *copies)
{
  if (copies == NULL)
    return;
  while (copies->bundles != NULL)
    drop(copies->bundles);
  free(copies->resources);
  free(copies);
}
