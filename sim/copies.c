/* copies.c - see copies.h. */
#include "copies.h"

#include <math.h>
#include <stdlib.h>

typedef struct resource {
  uint64_t era;
  double until;    /* it is busy; if the era is the present one */
  uint64_t bundle; /* the number of the one whose copies were counted last, */
  int copies;      /* how many of them use it, */
  int at_once;     /* and how many do as their first stage */
} resource;

enum { READING, WRITING, GOING_OUT, COMING_IN, RESOURCES };

/* A node in the copies that are compared with others: which one it stands for there, and which stands for it. */
typedef struct renaming {
  uint64_t renamed_in, named_in; /* the number of the comparison that the other two are of */
  int as, for_whom;
} renaming;

typedef struct bundle {
  ftblab_copies *copies;
  ftblab_copied *copied;
  void *argument;
  ftblab_copy_list *list; /* of copies that came one by one: its own */
  double began;
  ftblab_ticket ticket; /* of its next call */
  double start;         /* of all of its plans */
  bool begun, failed;
  bool shared; /* the list is not its own */
  char why[120];
  struct bundle *next, **previous;
} bundle;

struct ftblab_copies {
  ftblab_engine *engine;
  double chunk_bytes;
  const double *read, *write;
  const bool *broken;
  const ftblab_interfaces *interfaces;
  bool troubled;       /* a link or an interface has failed */
  resource *resources; /* RESOURCES of each node */
  renaming *names;     /* by node */
  uint64_t compared;   /* how often copies were */
  uint64_t era;        /* what resources did in an earlier one is over, or was cut off */
  uint64_t counted;    /* bundles whose copies were counted */
  int broken_disks;
  size_t begun;
  bundle *bundles;
  double used_until; /* the last date when there was one that used a disk */
  bundle *alone;     /* that has begun when nothing else was under way, and is not in `resources` yet; or NULL */
};

/* ---- bundles ------------------------------------------------------------------------------------- */

static void drop(bundle *self)
{
  ftblab_copies *copies = self->copies;
  copies->begun -= self->begun;
  if (self->list->uses_disk)
    copies->used_until = ftblab_engine_now(copies->engine);
  if (copies->begun == 0)
    copies->era++;
  if (copies->alone == self)
    copies->alone = NULL;
  *self->previous = self->next;
  if (self->next != NULL)
    self->next->previous = self->previous;
  ftblab_copy_list_leave(self->list);
  free(self);
}

static void tell_failure(void *argument, int64_t value, double date)
{
  bundle told = *(bundle *)argument;
  (void)value;
  drop(argument);
  told.copied(told.argument, 1, told.why, date);
}

/* `why` says for what. */
static void set_failed(bundle *self)
{
  ftblab_engine *engine = self->copies->engine;
  if (self->ticket != 0)
    ftblab_engine_cancel(engine, self->ticket);
  self->failed = true;
  self->ticket = ftblab_engine_at(engine, ftblab_engine_now(engine), tell_failure, self, 0);
}

static void fail_for(bundle *self, const char *before, int node, const char *behind)
{
  if (self->failed)
    return;
  snprintf(self->why, sizeof self->why, "%s %s %s", before, ftblab_engine_node_name(self->copies->engine, node),
           behind);
  set_failed(self);
}

static void fail(bundle *self, int node)
{
  fail_for(self, "node", node, "is down");
}

/* Is there a disk that a copy needs and that has failed? Then the copies fail. */
static bool fail_disk(bundle *self, const ftblab_copy_way *one)
{
  const bool *broken = self->copies->broken;
  int node = one->from_disk && broken[one->from] ? one->from : one->to_disk && broken[one->to] ? one->to : -1;
  if (node >= 0)
    fail_for(self, "the disk of", node, "has failed");
  return node >= 0;
}

/* Has a copy no way? Then the copies fail. */
static bool fail_way(bundle *self, const ftblab_copy_way *one)
{
  const ftblab_interfaces *interfaces = self->copies->interfaces;
  const ftblab_engine *engine = self->copies->engine;
  void *source, *target;
  if (self->failed || one->from == one->to ||
      ftblab_interfaces_working(interfaces, one->from, one->to, &source, &target))
    return false;
  if (!ftblab_interfaces_why_cut(interfaces, one->from, one->to, self->why, sizeof self->why))
    snprintf(self->why, sizeof self->why, "an interface of node %s or %s has failed",
             ftblab_engine_node_name(engine, one->from), ftblab_engine_node_name(engine, one->to));
  set_failed(self);
  return true;
}

static void tell_success(void *argument, int64_t value, double date)
{
  bundle told = *(bundle *)argument;
  int count = (int)told.list->count;
  (void)value;
  drop(argument);
  told.copied(told.argument, count, NULL, date);
}

/* ---- time ------------------------------------------------------------------------------------------ */

/* Neither of them is ever not a number: the comparison is all. */
static double most(double a, double b)
{
  return a > b ? a : b;
}

static double least(double a, double b)
{
  return a < b ? a : b;
}

/* What a copy does there: with a disk, or with one node's way out and another one's way in at the same time. */
typedef struct stage {
  resource *used, *also; /* `also` may be NULL */
  double seconds;        /* for all of its bytes, if it were alone */
  double latencies;      /* of all chunks; those who share a way pay them at the same time */
  double chunk;          /* seconds of one chunk, while others send or write theirs */
} stage;

enum { MOST_STAGES = 3 };

static resource *resource_of(const ftblab_copies *copies, int node, int kind)
{
  return &copies->resources[(size_t)node * RESOURCES + (size_t)kind];
}

/* Behind a network, copies that need none are through when the last chunks come. */
static stage disk_stage(const ftblab_copies *copies, const ftblab_copy_way *one, resource *disk, double bandwidth,
                        bool first)
{
  double chunk = least(copies->chunk_bytes, one->bytes);
  int others = first ? disk->copies : disk->copies - disk->at_once;
  return (stage){.used = disk, .seconds = one->bytes / bandwidth, .chunk = others * chunk / bandwidth};
}

/* A chunk is sent when the one before it has arrived: the latency is paid for each. False: there is no route. */
static bool network_stage(const ftblab_copies *copies, const ftblab_copy_way *one, stage *made)
{
  double latency, per_byte, chunk = least(copies->chunk_bytes, one->bytes);
  resource *out = resource_of(copies, one->from, GOING_OUT), *in = resource_of(copies, one->to, COMING_IN);
  if (ftblab_engine_route(copies->engine, one->from, one->to, &latency, &per_byte, NULL) != FTBLAB_OK)
    return false;
  *made = (stage){.used = out,
                  .also = in,
                  .seconds = one->bytes * per_byte,
                  .latencies = latency * ceil(one->bytes / copies->chunk_bytes),
                  .chunk = latency + most(out->copies, in->copies) * chunk * per_byte};
  return true;
}

static size_t stages_of(const ftblab_copies *copies, const ftblab_copy_way *one, stage *stages)
{
  size_t count = 0;
  if (one->from_disk)
    stages[count++] = disk_stage(copies, one, resource_of(copies, one->from, READING), copies->read[one->from], true);
  if (one->from != one->to)
    count += network_stage(copies, one, &stages[count]);
  if (one->to_disk) {
    resource *disk = resource_of(copies, one->to, WRITING);
    stages[count] = disk_stage(copies, one, disk, copies->write[one->to], count == 0);
    count++;
  }
  return count;
}

/* When USED is through with a copy that begins NOW, and whose first chunk is there at THERE. */
static double use(const ftblab_copies *copies, resource *used, const stage *at, double now, double there)
{
  double from = used->at_once > 0 ? now : there;
  if (used->era == copies->era)
    from = most(from, used->until);
  used->era = copies->era;
  used->until = from + at->seconds + at->latencies / used->copies;
  return used->until;
}

/* A stage has nothing to do before the first chunk is there, and behind it is the way of the last one. */
static double end_of_copy(const ftblab_copies *copies, const ftblab_copy_way *one, double now)
{
  stage stages[MOST_STAGES];
  size_t count = stages_of(copies, one, stages);
  double end = now, before = 0, behind = 0;
  for (size_t i = 0; i < count; i++)
    behind += stages[i].chunk;
  for (size_t i = 0; i < count; i++) {
    const stage *at = &stages[i];
    behind -= at->chunk;
    double over = use(copies, at->used, at, now, now + before);
    if (at->also != NULL)
      over = most(over, use(copies, at->also, at, now, now + before));
    end = most(end, over + behind);
    before += at->chunk;
  }
  return end;
}

static void count_use(const ftblab_copies *copies, int node, int kind, bool first)
{
  resource *used = resource_of(copies, node, kind);
  if (used->bundle != copies->counted) {
    used->bundle = copies->counted;
    used->copies = 0;
    used->at_once = 0;
  }
  used->copies++;
  used->at_once += first;
}

/* How many copies of SELF use each of its resources. */
static void count_uses(const bundle *self)
{
  ftblab_copies *copies = self->copies;
  copies->counted++;
  for (uint32_t i = 0; i < self->list->count; i++) {
    const ftblab_copy_way *one = &self->list->ways[i];
    bool reads = one->from_disk, moves = one->from != one->to;
    if (reads)
      count_use(copies, one->from, READING, true);
    if (moves) {
      count_use(copies, one->from, GOING_OUT, !reads);
      count_use(copies, one->to, COMING_IN, !reads);
    }
    if (one->to_disk)
      count_use(copies, one->to, WRITING, !reads && !moves);
  }
}

/* When the last copy of SELF is through that begins at DATE. */
static double end_of_all(bundle *self, double date)
{
  double end = date;
  count_uses(self);
  for (uint32_t i = 0; i < self->list->count; i++)
    end = most(end, end_of_copy(self->copies, &self->list->ways[i], date));
  return end;
}

/* ---- copies that take as long as others -------------------------------------------------------------- */

/* NODE stands for WAS, which no other does, and it for no other. */
static bool stands_for(ftblab_copies *copies, int node, int was)
{
  renaming *old = &copies->names[was], *new = &copies->names[node];
  if (old->renamed_in != copies->compared && new->named_in != copies->compared) {
    old->renamed_in = new->named_in = copies->compared;
    old->as = node;
    new->for_whom = was;
  }
  return old->renamed_in == copies->compared && old->as == node && new->for_whom == was;
}

/* Are the disks that IS needs as fast as those of WAS? */
static bool same_disks(const ftblab_copies *copies, const ftblab_copy_way *is, const ftblab_copy_way *was)
{
  return is->from_disk == was->from_disk && is->to_disk == was->to_disk &&
         (!is->from_disk || copies->read[is->from] == copies->read[was->from]) &&
         (!is->to_disk || copies->write[is->to] == copies->write[was->to]);
}

static bool same_route(const ftblab_copies *copies, const ftblab_copy_way *is, const ftblab_copy_way *was)
{
  double latency[2] = {0}, per_byte[2] = {0};
  if ((is->from == was->from && is->to == was->to) || (is->from == is->to && was->from == was->to))
    return true;
  return ftblab_engine_route(copies->engine, is->from, is->to, &latency[0], &per_byte[0], NULL) == FTBLAB_OK &&
         ftblab_engine_route(copies->engine, was->from, was->to, &latency[1], &per_byte[1], NULL) == FTBLAB_OK &&
         latency[0] == latency[1] && per_byte[0] == per_byte[1];
}

/* LIST is what it was when its time was worked out, but that nodes stand for others, one for one, with disks and routes
 * that are alike: so each copy waits for the same ones as long as then. */
static bool takes_as_long(ftblab_copies *copies, const ftblab_copy_list *list)
{
  copies->compared++;
  for (uint32_t i = 0; list->timed != NULL && i < list->count; i++) {
    const ftblab_copy_way *is = &list->ways[i], *was = &list->timed[i];
    if (is->bytes != was->bytes || !stands_for(copies, is->from, was->from) || !stands_for(copies, is->to, was->to) ||
        !same_disks(copies, is, was) || !same_route(copies, is, was))
      return false;
  }
  return list->timed != NULL;
}

/* Nothing else is under way: how long SELF takes depends on nothing but its list. What it does to the resources is only
 * worked out if another begins before it has ended. */
static double seconds_alone(bundle *self)
{
  ftblab_copies *copies = self->copies;
  ftblab_copy_list *list = self->list;
  if (list->seconds >= 0)
    return list->seconds;
  if (takes_as_long(copies, list))
    return list->seconds = list->took;
  list->seconds = end_of_all(self, 0);
  copies->era++; /* that was at no date */
  if (self->shared && !ftblab_copy_list_time(list, list->seconds))
    ftblab_engine_fail(copies->engine);
  return list->seconds;
}

static double end_of_bundle(bundle *self, double date)
{
  ftblab_copies *copies = self->copies;
  if (copies->begun++ == 0) {
    copies->alone = self;
    return date + seconds_alone(self);
  }
  if (copies->alone != NULL)
    end_of_all(copies->alone, copies->alone->began);
  copies->alone = NULL;
  return end_of_all(self, date);
}

static bool needs_one_of(const bundle *self, const int *nodes, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (ftblab_copy_list_needs(self->list, nodes[i]))
      return true;
  return false;
}

/* Of WAY, the node that is down; -1: none. */
static int node_down(const ftblab_engine *engine, const ftblab_copy_way *way)
{
  if (!ftblab_engine_node_up(engine, way->from))
    return way->from;
  return ftblab_engine_node_up(engine, way->to) ? -1 : way->to;
}

/* A node or a disk that a copy needs has failed before it began: so have all of SELF. */
static bool fails_at_once(bundle *self)
{
  const ftblab_engine *engine = self->copies->engine;
  size_t down_count;
  const int *down = ftblab_engine_nodes_down(engine, &down_count);
  bool cuts = self->copies->troubled;
  if (!needs_one_of(self, down, down_count) && self->copies->broken_disks == 0 && !cuts)
    return false;
  for (uint32_t i = 0; i < self->list->count; i++) {
    const ftblab_copy_way *way = &self->list->ways[i];
    int node = node_down(engine, way);
    if (node >= 0)
      fail(self, node);
    if (node >= 0 || fail_disk(self, way) || (cuts && fail_way(self, way)))
      return true;
  }
  return false;
}

static void begin(void *argument, int64_t value, double date)
{
  bundle *self = argument;
  ftblab_copies *copies = self->copies;
  (void)value;
  self->ticket = 0;
  if (fails_at_once(self))
    return;
  self->begun = true;
  self->began = date;
  self->ticket = ftblab_engine_at(copies->engine, end_of_bundle(self, date), tell_success, self, 0);
}

/* ---- from outside ---------------------------------------------------------------------------------- */

/* Copies of PLAN's kind, which begin when it does. NULL: no memory. */
static bundle *add_bundle(ftblab_copies *copies, const ftblab_copy_plan *plan, ftblab_copy_list *list)
{
  bundle *made = malloc(sizeof *made);
  if (made == NULL) {
    ftblab_engine_fail(copies->engine);
    return NULL;
  }
  *made = (bundle){.copies = copies,
                   .copied = plan->copied,
                   .argument = plan->argument,
                   .list = list,
                   .start = plan->start,
                   .next = copies->bundles,
                   .previous = &copies->bundles};
  if (made->next != NULL)
    made->next->previous = &made->next;
  copies->bundles = made;
  made->ticket = ftblab_engine_at(copies->engine, fmax(plan->start, ftblab_engine_now(copies->engine)), begin, made, 0);
  return made;
}

/* The bundle that PLAN belongs to; NULL: no memory. */
static bundle *open_bundle(ftblab_copies *copies, const ftblab_copy_plan *plan)
{
  bundle *first = copies->bundles;
  if (first != NULL && !first->begun && !first->failed && !first->shared && first->argument == plan->argument &&
      first->copied == plan->copied && first->start == plan->start)
    return first;
  ftblab_copy_list *list = ftblab_copy_list_new(16);
  bundle *made = list == NULL ? NULL : add_bundle(copies, plan, list);
  if (made == NULL)
    ftblab_copy_list_leave(list);
  return made;
}

void ftblab_copies_add(ftblab_copies *copies, const ftblab_copy_plan *plan)
{
  bundle *self = open_bundle(copies, plan);
  if (self == NULL || !ftblab_copy_list_add(self->list, (ftblab_copy_way){.from = plan->from,
                                                                          .to = plan->to,
                                                                          .from_disk = plan->from_disk,
                                                                          .to_disk = plan->to_disk,
                                                                          .bytes = plan->bytes}))
    ftblab_engine_fail(copies->engine);
}

void ftblab_copies_add_all(ftblab_copies *copies, ftblab_copy_list *list, ftblab_copied *copied, void *argument)
{
  bundle *made = list->count == 0
                     ? NULL /* nobody is told */
                     : add_bundle(copies, &(ftblab_copy_plan){.copied = copied, .argument = argument}, list);
  if (made == NULL)
    return;
  made->shared = true;
  list->users++;
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
    for (size_t i = 0; i < self->list->count && !self->failed; i++)
      if (self->list->ways[i].from == node || self->list->ways[i].to == node)
        fail(self, node);
}

void ftblab_copies_disk_failed(ftblab_copies *copies, int node)
{
  copies->broken_disks++;
  for (bundle *self = copies->bundles; self != NULL; self = self->next)
    for (size_t i = 0; i < self->list->count && !self->failed; i++)
      if (self->list->ways[i].from == node || self->list->ways[i].to == node)
        fail_disk(self, &self->list->ways[i]);
}

void ftblab_copies_disk_returns(ftblab_copies *copies)
{
  copies->broken_disks--;
}

void ftblab_copies_use(ftblab_copies *copies, const ftblab_interfaces *interfaces)
{
  copies->interfaces = interfaces;
}

void ftblab_copies_network_changed(ftblab_copies *copies)
{
  copies->troubled = true;
  for (bundle *self = copies->bundles; self != NULL; self = self->next)
    for (size_t i = 0; i < self->list->count && self->begun && !self->failed; i++)
      fail_way(self, &self->list->ways[i]);
}

double ftblab_copies_idle(const ftblab_copies *copies, double date)
{
  for (const bundle *self = copies->bundles; self != NULL; self = self->next)
    if (self->list->uses_disk)
      return 0;
  return date - copies->used_until;
}

/* ---- life ------------------------------------------------------------------------------------------ */

ftblab_status ftblab_copies_new(ftblab_engine *engine, double chunk_bytes, const double *read, const double *write,
                                const bool *broken, ftblab_copies **copies, ftblab_error *err)
{
  ftblab_copies *made = calloc(1, sizeof *made);
  if (made != NULL)
    made->resources = calloc(ftblab_engine_nodes(engine) + 1, RESOURCES * sizeof *made->resources);
  if (made != NULL)
    made->names = calloc(ftblab_engine_nodes(engine) + 1, sizeof *made->names);
  if (made == NULL || made->resources == NULL || made->names == NULL) {
    ftblab_copies_free(made);
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
  free(copies->names);
  free(copies);
}
