/* bench_backplane.c - how fast the backplane delivers, next to the figures it must reach.
 *
 * One event is flooded to every agent of an 8-ary tree, a subscriber on each. Each measurement runs in a process of
 * its own (one simulation a process) and reports back through a pipe. Load time is left out: several floods are
 * made in one simulation, and the median counts. Usage: bench_backplane [--quick] [--strict] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <simgrid/link.h>

#include "backplane.h"
#include "measure.h"

enum { ARITY = 8, FLOODS = 7 };
static const double hop_bytes = 1336;  /* FTB 0.6.2's fixed message */
static const double resolution = 1e-6; /* control messages within a microsecond share a tick */

typedef struct measurement {
  bool good;
  double rate;      /* deliveries a second */
  double seconds;   /* for one flood or batch */
  double megabytes; /* most memory of the process */
} measurement;

/* ---- the ceiling: an event heap that does the same without SimGrid ------------------------------- */

/* Every hop has a delay of its own, so that each delivery has its own date, as on a real machine. */
typedef struct bare_item {
  double date;
  uint64_t sequence;
  int node;
} bare_item;

typedef struct bare_heap {
  bare_item *items;
  size_t count;
  uint64_t sequence;
} bare_heap;

static bool bare_before(const bare_item *a, const bare_item *b)
{
  return a->date < b->date || (a->date == b->date && a->sequence < b->sequence);
}

static void bare_push(bare_heap *heap, double date, int node)
{
  bare_item item = {date, heap->sequence++, node};
  size_t i = heap->count++;
  for (; i > 0 && bare_before(&item, &heap->items[(i - 1) / 4]); i = (i - 1) / 4)
    heap->items[i] = heap->items[(i - 1) / 4];
  heap->items[i] = item;
}

static bare_item bare_pop(bare_heap *heap)
{
  bare_item top = heap->items[0], last = heap->items[--heap->count];
  size_t i = 0;
  for (size_t child = 1; child < heap->count; child = 4 * i + 1) {
    size_t least = child, end = child + 4 < heap->count ? child + 4 : heap->count;
    for (size_t other = child + 1; other < end; other++)
      if (bare_before(&heap->items[other], &heap->items[least]))
        least = other;
    if (!bare_before(&heap->items[least], &last))
      break;
    heap->items[i] = heap->items[least];
    i = least;
  }
  heap->items[i] = last;
  return top;
}

static measurement measure_bare(int nodes)
{
  measurement m = {.good = false};
  double seconds[FLOODS];
  bare_heap heap = {.items = malloc((size_t)nodes * sizeof(bare_item))};
  double *delay = malloc((size_t)nodes * sizeof *delay);
  uint64_t delivered = 0;
  if (heap.items == NULL || delay == NULL)
    return m;
  ftblab_random random;
  ftblab_random_seed(&random, 1, "edges");
  for (int i = 0; i < nodes; i++)
    delay[i] = 26e-6 + 1e-6 * ftblab_random_uniform(&random);
  for (int flood = 0; flood < FLOODS; flood++) {
    double begin = ftblab_processor_now();
    bare_push(&heap, flood, 0);
    while (heap.count > 0) {
      bare_item item = bare_pop(&heap);
      delivered++;
      int64_t first = (int64_t)ARITY * item.node + 1;
      for (int64_t child = first; child < first + ARITY && child < nodes; child++)
        bare_push(&heap, item.date + delay[child], (int)child);
    }
    seconds[flood] = ftblab_processor_now() - begin;
  }
  free(heap.items);
  free(delay);
  m.good = delivered == (uint64_t)FLOODS * (uint64_t)nodes;
  m.seconds = ftblab_median(seconds, FLOODS);
  m.rate = nodes / m.seconds;
  return m;
}

/* ---- the backplane ------------------------------------------------------------------------------- */

typedef struct rig {
  ftblab_engine *engine;
  ftblab_backplane *backplane;
  ftblab_client *publisher;
  uint64_t delivered;
} rig;

static void count_delivery(void *argument, const ftblab_message *message, double date)
{
  rig *r = argument;
  (void)message;
  (void)date;
  r->delivered++;
}

static bool write_platform(const char *path, int nodes)
{
  FILE *file = fopen(path, "w");
  if (file == NULL)
    return false;
  fprintf(file,
          "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
          "<platform version=\"4.1\">\n<cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"0-%d\" speed=\"1Gf\" "
          "bw=\"10GBps\" lat=\"1us\"/>\n</platform>\n",
          nodes - 1);
  return fclose(file) == 0;
}

/* Every link gets a latency of its own, so that no two deliveries share a date. */
static bool vary_links(void)
{
  size_t count = sg_link_count();
  sg_link_t *links = sg_link_list();
  ftblab_random random;
  ftblab_random_seed(&random, 1, "links");
  for (size_t i = 0; links != NULL && i < count; i++)
    sg_link_set_latency(links[i], 1e-6 + 5e-8 * ftblab_random_uniform(&random));
  free(links);
  return links != NULL;
}

static bool connect_all(rig *r, int nodes)
{
  ftblab_client_config client = {.space = "ftb.bench.agent", .name = "agent", .deliver = count_delivery, .argument = r};
  for (client.node = 0; client.node < nodes; client.node++) {
    ftblab_client *connected;
    if (ftblab_client_connect(r->backplane, &client, &connected, NULL) != FTBLAB_OK ||
        ftblab_client_subscribe(connected, &(ftblab_filter){.event = "FLOOD"}, NULL, NULL) != FTBLAB_OK)
      return false;
    if (client.node == 0)
      r->publisher = connected;
    if (client.node == nodes - 1 &&
        ftblab_client_subscribe(connected, &(ftblab_filter){.event = "ONE"}, NULL, NULL) != FTBLAB_OK)
      return false;
  }
  return ftblab_client_declare(r->publisher, "FLOOD", "info", NULL) == FTBLAB_OK &&
         ftblab_client_declare(r->publisher, "ONE", "info", NULL) == FTBLAB_OK;
}

static bool start(rig *r, int nodes, ftblab_transport transport)
{
  char path[] = "ftblab-bench-XXXXXX";
  int file = mkstemp(path);
  if (file < 0 || !write_platform(path, nodes))
    return false;
  close(file);
  ftblab_error err = {.status = FTBLAB_OK};
  ftblab_engine_config engine = {.platform = path, .clock_resolution = resolution};
  ftblab_backplane_config backplane = {.transport = transport,
                                       .arity = ARITY,
                                       .heal_time = 1,
                                       .retry_first = 1,
                                       .message_bytes = hop_bytes,
                                       .retry_factor = 2,
                                       .retry_max = 8,
                                       .retry_limit = 4,
                                       .seed = 1};
  bool good = ftblab_engine_new(&engine, &r->engine, &err) == FTBLAB_OK && vary_links() &&
              ftblab_backplane_new(r->engine, &backplane, &r->backplane, &err) == FTBLAB_OK;
  unlink(path);
  if (!good)
    fprintf(stderr, "bench_backplane: %s\n", err.text);
  return good && connect_all(r, nodes);
}

/* COUNT publications of EVENT, one after the other's end; seconds in *ELAPSED. */
static bool publish(rig *r, const char *event, int count, double *elapsed)
{
  double begin = ftblab_processor_now();
  for (int i = 0; i < count; i++)
    if (ftblab_client_publish(r->publisher, event, "nodes: {n1}", false, 0, NULL, NULL) != FTBLAB_OK ||
        ftblab_engine_run(r->engine, INFINITY, NULL, NULL) != FTBLAB_OK)
      return false;
  *elapsed = ftblab_processor_now() - begin;
  return true;
}

static double peak_megabytes(void)
{
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024 : INFINITY;
}

/* The first flood asks for every edge's latency; it is a flood too many. */
static measurement measure_flood(int nodes, ftblab_transport transport)
{
  measurement m = {.good = false};
  rig r = {.engine = NULL};
  double seconds[FLOODS], first;
  int floods = nodes > 200000 ? 3 : FLOODS;
  if (!start(&r, nodes, transport) || !publish(&r, "FLOOD", 1, &first))
    return m;
  for (int i = 0; i < floods; i++)
    if (!publish(&r, "FLOOD", 1, &seconds[i]))
      return m;
  m.good = r.delivered == (uint64_t)(floods + 1) * (uint64_t)nodes;
  m.seconds = ftblab_median(seconds, (size_t)floods);
  m.rate = nodes / m.seconds;
  m.megabytes = peak_megabytes();
  return m;
}

/* From the root to the last leaf; the number of hops grows with the depth of the tree. */
static measurement measure_unicast(int nodes, ftblab_transport transport)
{
  enum { BATCHES = 7, BATCH = 20000 };
  measurement m = {.good = false};
  rig r = {.engine = NULL};
  double seconds[BATCHES], first;
  if (!start(&r, nodes, transport) || !publish(&r, "ONE", 1, &first))
    return m;
  for (int batch = 0; batch < BATCHES; batch++) {
    double begin = ftblab_processor_now();
    for (int i = 0; i < BATCH; i++)
      if (ftblab_client_publish(r.publisher, "ONE", "nodes: {n1}", false, 0, NULL, NULL) != FTBLAB_OK)
        return m;
    if (ftblab_engine_run(r.engine, INFINITY, NULL, NULL) != FTBLAB_OK)
      return m;
    seconds[batch] = ftblab_processor_now() - begin;
  }
  m.good = r.delivered == (uint64_t)BATCHES * BATCH + 1;
  m.seconds = ftblab_median(seconds, BATCHES);
  m.rate = BATCH / m.seconds;
  return m;
}

/* ---- processes and the table --------------------------------------------------------------------- */

typedef measurement measure(int nodes, ftblab_transport transport);

static measurement bare_flood(int nodes, ftblab_transport transport)
{
  (void)transport;
  return measure_bare(nodes);
}

static measurement in_process(measure *function, int nodes, ftblab_transport transport)
{
  measurement m = {.good = false};
  int ends[2];
  fflush(NULL);
  if (pipe(ends) != 0)
    return m;
  pid_t child = fork();
  if (child == 0) {
    m = function(nodes, transport);
    bool told = write(ends[1], &m, sizeof m) == (ssize_t)sizeof m;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  if (child < 0 || read(ends[0], &m, sizeof m) != (ssize_t)sizeof m)
    m.good = false;
  close(ends[0]);
  if (child > 0)
    waitpid(child, NULL, 0);
  return m;
}

static void print_rate(const char *what, int nodes, measurement m)
{
  if (m.good)
    printf("%-34s %9d nodes %12.0f deliveries/s\n", what, nodes, m.rate);
  else
    printf("%-34s %9d nodes       failed\n", what, nodes);
  fflush(stdout);
}

static double ratio(measurement a, measurement b)
{
  return a.good && b.good ? a.rate / b.rate : NAN;
}

int main(int argc, char **argv)
{
  bool quick = false, strict = false, met = true;
  for (int i = 1; i < argc; i++) {
    quick = quick || strcmp(argv[i], "--quick") == 0;
    strict = strict || strcmp(argv[i], "--strict") == 0;
    if (strcmp(argv[i], "--quick") != 0 && strcmp(argv[i], "--strict") != 0) {
      fprintf(stderr, "usage: bench_backplane [--quick] [--strict]\n");
      return 64;
    }
  }
  printf("backplane: one event to every agent of an %d-ary tree, clock resolution %g us\n", ARITY, 1e6 * resolution);
  measurement bare = in_process(bare_flood, 10000, FTBLAB_TRANSPORT_LATENCY);
  print_rate("bare event heap", 10000, bare);
  measurement latency = in_process(measure_flood, 10000, FTBLAB_TRANSPORT_LATENCY);
  print_rate("latency transport", 10000, latency);
  measurement flow = in_process(measure_flood, 10000, FTBLAB_TRANSPORT_FLOW);
  print_rate("flow transport", 10000, flow);
  measurement large = in_process(measure_flood, 100000, FTBLAB_TRANSPORT_LATENCY);
  print_rate("latency transport", 100000, large);
  measurement few = in_process(measure_unicast, 1000, FTBLAB_TRANSPORT_LATENCY);
  print_rate("latency transport, one subscriber", 1000, few);
  measurement many = in_process(measure_unicast, 100000, FTBLAB_TRANSPORT_LATENCY);
  print_rate("latency transport, one subscriber", 100000, many);
  measurement huge = {.good = false};
  if (!quick) {
    huge = in_process(measure_flood, 1000000, FTBLAB_TRANSPORT_LATENCY);
    print_rate("latency transport", 1000000, huge);
  }
  printf("figures\n");
  met =
      ftblab_print_figure("latency over flow, 10,000 nodes", ratio(latency, flow), FTBLAB_TARGET_LEAST, 25, "x") && met;
  met = ftblab_print_figure("latency over the bare heap, 10,000 nodes", 100 * ratio(latency, bare), FTBLAB_TARGET_LEAST,
                            25, "%") &&
        met;
  met = ftblab_print_figure("latency, 100,000 over 10,000 nodes", 100 * ratio(large, latency), FTBLAB_TARGET_LEAST, 50,
                            "%") &&
        met;
  met = ftblab_print_figure("cost of a delivery, 100,000 over 1,000 nodes", ratio(few, many), FTBLAB_TARGET_MOST, 1.5,
                            "x") &&
        met;
  if (!quick)
    met = ftblab_print_figure("memory at 1,000,000 nodes, all delivered", huge.good ? huge.megabytes : NAN,
                              FTBLAB_TARGET_MOST, 4096, " MiB") &&
          met;
  return strict && !met ? 1 : 0;
}
