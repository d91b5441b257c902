/* test_backplane.c - the backplane: filters, errors, channels, healing, the two transports. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "backplane.h"
#include "backplane_internal.h"
#include "child.h"
#include "suite.h"

#define PLATFORM FTBLAB_SOURCE_DIR "/tests/platforms/uncontended-64.xml"
enum { NODES = 64 };

/* ---- a rig --------------------------------------------------------------------------------------- */

typedef struct inbox {
  double dates[2048];
  int numbers[2048]; /* the payload's "nodes: {N}" */
  size_t count, undelivered;
  char undelivered_peer[64];
} inbox;

static struct rig {
  ftblab_engine *engine;
  ftblab_backplane *backplane;
  inbox inboxes[NODES];
} rig;

/* Modest faults, quick retries; each test changes what it is about. */
static ftblab_backplane_config basic(ftblab_transport transport)
{
  return (ftblab_backplane_config){.transport = transport,
                                   .arity = 2,
                                   .heal_time = 1,
                                   .message_bytes = 1336,
                                   .retry_first = 0.1,
                                   .retry_factor = 2,
                                   .retry_max = 1,
                                   .retry_limit = 30,
                                   .seed = 1};
}

static void must(ftblab_status status, const ftblab_error *err)
{
  if (status == FTBLAB_OK)
    return;
  fprintf(stderr, "%s\n", err->text);
  exit(2);
}

static void start(const ftblab_backplane_config *config)
{
  ftblab_error err = {.text = ""};
  must(ftblab_engine_new(&(ftblab_engine_config){.platform = PLATFORM}, &rig.engine, &err), &err);
  must(ftblab_backplane_new(rig.engine, config, &rig.backplane, &err), &err);
}

static void stop(void)
{
  ftblab_backplane_free(rig.backplane);
  ftblab_engine_free(rig.engine);
}

static void nothing(void *argument, int64_t value, double date)
{
  (void)argument;
  (void)value;
  (void)date;
}

/* Time stops when there is nothing left to do: the call takes it to UNTIL. */
static void run(double until)
{
  ftblab_error err = {.text = ""};
  if (!isinf(until))
    ftblab_engine_at(rig.engine, until, nothing, NULL, 0);
  must(ftblab_engine_run(rig.engine, until, NULL, &err), &err);
}

static void deliver(void *argument, const ftblab_message *message, double date)
{
  inbox *in = argument;
  CHECK(in->count < FTBLAB_COUNT(in->dates));
  CHECK(date >= message->published);
  int number = -1;
  sscanf(message->payload, "nodes: {%d}", &number);
  in->numbers[in->count] = number;
  in->dates[in->count++] = date;
}

static void undelivered(void *argument, const ftblab_message *message, const ftblab_client *peer)
{
  inbox *in = argument;
  (void)message;
  in->undelivered++;
  snprintf(in->undelivered_peer, sizeof in->undelivered_peer, "%s", ftblab_client_name(peer));
}

static ftblab_client *join(int node)
{
  char name[16];
  snprintf(name, sizeof name, "c%d", node);
  ftblab_client *client = NULL;
  ftblab_error err = {.text = ""};
  ftblab_client_config config = {.node = node,
                                 .name = name,
                                 .space = "ftb.test.client",
                                 .job = "j1",
                                 .deliver = deliver,
                                 .undelivered = undelivered,
                                 .argument = &rig.inboxes[node]};
  must(ftblab_client_connect(rig.backplane, &config, &client, &err), &err);
  return client;
}

static ftblab_client *join_publisher(int node)
{
  ftblab_client *client = join(node);
  ftblab_error err = {.text = ""};
  must(ftblab_client_declare(client, "E", "info", &err), &err);
  return client;
}

static uint64_t subscribe(ftblab_client *client, ftblab_filter filter)
{
  uint64_t id = 0;
  ftblab_error err = {.text = ""};
  must(ftblab_client_subscribe(client, &filter, &id, &err), &err);
  return id;
}

static void publish(ftblab_client *client, int number, bool reliable)
{
  char payload[32];
  snprintf(payload, sizeof payload, "nodes: {%d}", number);
  ftblab_error err = {.text = ""};
  must(ftblab_client_publish(client, "E", payload, reliable, 0, NULL, &err), &err);
}

/* ---- filters ------------------------------------------------------------------------------------- */

static void spaces_body(void)
{
  static const struct {
    const char *pattern, *space;
    bool matches;
  } table[] = {
      {"all", "ftb.rm.slurm", true},        {"ftb.rm.slurm", "ftb.rm.slurm", true},
      {"ftb.rm.*", "ftb.rm.slurm", true},   {"ftb.*", "ftb.rm.slurm", true},
      {"ftb", "ftb.rm.slurm", true},        {"*.rm.*", "ftb.rm.slurm", true},
      {"*", "ftb.rm.slurm", true},          {"ftb.*.slurm", "ftb.rm.slurm", true},
      {"ftb.mpi.*", "ftb.rm.slurm", false}, {"ftb.rm.slur", "ftb.rm.slurm", false},
      {"ft", "ftb.rm.slurm", false},        {"ftb.rm.slurmd", "ftb.rm.slurm", false},
      {"*.*.pbs", "ftb.rm.slurm", false},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++) {
    CHECK(ftblab_space_matches(table[i].pattern, table[i].space) == table[i].matches);
    if (failures > 0)
      fprintf(stderr, "  %s %s\n", table[i].pattern, table[i].space);
  }
}

static void payloads_body(void)
{
  static const struct {
    const char *pattern, *payload;
    bool matches;
  } table[] = {
      {"nodes: *", "nodes: {n1}", true},
      {"nodes: *", "jobs: {j1}", false},
      {"nodes: {n1, n2}", "nodes: {n2, n3}", true},
      {"nodes: {n1}", "nodes: {n11}", false},
      {"ranks: {4-7}", "ranks: {7-9}", true},
      {"ranks: {4-7}", "ranks: {8}", false},
      {"ranks: 5", "ranks: {4-7}", true},
      {"nodes: *, jobs: {j1}", "nodes: {n1}, jobs: {j1, j2}", true},
      {"nodes: *, jobs: {j1}", "nodes: {n1}, jobs: {j2}", false},
      {"nodes: *, jobs: {j1}", "jobs: {j1}", false},
      {"jobs: {*, j9}", "jobs: {j1}", true},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++) {
    ftblab_payload pattern = {0}, payload = {0};
    ftblab_error err = {.text = ""};
    must(ftblab_payload_parse(&pattern, table[i].pattern, strlen(table[i].pattern), &err), &err);
    must(ftblab_payload_parse(&payload, table[i].payload, strlen(table[i].payload), &err), &err);
    CHECK(ftblab_payload_matches(&pattern, &payload) == table[i].matches);
    ftblab_payload_free(&pattern);
    ftblab_payload_free(&payload);
  }
}

/* The event E of severity info from c5 on n5, job j1, space ftb.test.client, payload "nodes: {7}". */
static void filters_body(void)
{
  static const struct {
    ftblab_filter filter;
    bool matches;
  } table[] = {
      {{.space = NULL}, true},
      {{.event = "E"}, true},
      {{.event = "F"}, false},
      {{.space = "ftb.test.*"}, true},
      {{.space = "ftb.x"}, false},
      {{.severity = "info"}, true},
      {{.severity = "fatal"}, false},
      {{.job = "j1"}, true},
      {{.job = "j2"}, false},
      {{.host = "n5"}, true},
      {{.host = "n6"}, false},
      {{.payload = "nodes: *"}, true},
      {{.payload = "nodes: {7}"}, true},
      {{.payload = "nodes: {8}"}, false},
      {{.payload = "jobs: *"}, false},
      {{.event = "E", .severity = "info", .host = "n5", .job = "j1", .space = "all", .payload = "nodes: {1-9}"}, true},
      {{.event = "E", .severity = "info", .host = "n5", .job = "j2", .space = "all"}, false},
  };
  ftblab_backplane_config config = basic(FTBLAB_TRANSPORT_LATENCY);
  start(&config);
  ftblab_client *publisher = join_publisher(5);
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++)
    subscribe(join(6 + (int)i), table[i].filter);
  publish(publisher, 7, false);
  publish(publisher, 7, true);
  run(INFINITY);
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++)
    CHECK(rig.inboxes[6 + i].count == (table[i].matches ? 2 : 0));
  CHECK(!ftblab_backplane_busy(rig.backplane));
  stop();
}

/* ---- errors -------------------------------------------------------------------------------------- */

#define FAILS(expression, part)                                                                                        \
  do {                                                                                                                 \
    err.text[0] = '\0';                                                                                                \
    CHECK((expression) == FTBLAB_EINPUT && strstr(err.text, part) != NULL);                                            \
  } while (0)

static void client_errors_body(void)
{
  ftblab_backplane_config config = basic(FTBLAB_TRANSPORT_LATENCY);
  start(&config);
  ftblab_error err;
  ftblab_client *client = NULL;
  static const char *const bad_spaces[] = {
      "",           "ftb",    "ftb.rm",
      "ftb.rm.",    "ftb..x", "ftb.rm.x.y",
      "ftb.rm.a-b", ".a.b",   "ftb.rm.0123456789012345678901234567890123456789012345678901234567890"};
  ftblab_client_config wanted = {.node = 0, .name = "c", .space = "ftb.rm.x", .deliver = deliver};
  for (size_t i = 0; i < FTBLAB_COUNT(bad_spaces); i++) {
    wanted.space = bad_spaces[i];
    FAILS(ftblab_client_connect(rig.backplane, &wanted, &client, &err), "event space");
  }
  wanted.space = "ftb.rm.x";
  wanted.node = NODES;
  FAILS(ftblab_client_connect(rig.backplane, &wanted, &client, &err), "no node");
  ftblab_engine_node_crash(rig.engine, 3);
  wanted.node = 3;
  FAILS(ftblab_client_connect(rig.backplane, &wanted, &client, &err), "down");
  client = join(0);
  FAILS(ftblab_client_declare(client, "E", "loud", &err), "severity");
  CHECK(ftblab_client_declare(client, "E", "info", &err) == FTBLAB_OK);
  CHECK(ftblab_client_declare(client, "E", "info", &err) == FTBLAB_OK);
  FAILS(ftblab_client_declare(client, "E", "fatal", &err), "already declared");
  FAILS(ftblab_client_subscribe(client, &(ftblab_filter){.severity = "loud"}, NULL, &err), "severity");
  FAILS(ftblab_client_subscribe(client, &(ftblab_filter){.host = "nowhere"}, NULL, &err), "nowhere");
  FAILS(ftblab_client_subscribe(client, &(ftblab_filter){.space = "ftb.-"}, NULL, &err), "pattern");
  FAILS(ftblab_client_subscribe(client, &(ftblab_filter){.payload = "nodes {"}, NULL, &err), "payload");
  FAILS(ftblab_client_unsubscribe(client, 99, &err), "no subscription");
  stop();
}

static void publish_errors_body(void)
{
  ftblab_backplane_config config = basic(FTBLAB_TRANSPORT_LATENCY);
  start(&config);
  ftblab_error err;
  ftblab_client *client = join_publisher(0);
  char payload[FTBLAB_PAYLOAD_LIMIT + 2];
  size_t head = (size_t)snprintf(payload, sizeof payload, "k: ");
  memset(payload + head, 'x', sizeof payload - head);
  payload[sizeof payload - 1] = '\0';
  FAILS(ftblab_client_publish(client, "E", payload, false, 0, NULL, &err), "over the limit");
  payload[FTBLAB_PAYLOAD_LIMIT] = '\0';
  CHECK(ftblab_client_publish(client, "E", payload, false, 0, NULL, &err) == FTBLAB_OK);
  FAILS(ftblab_client_publish(client, "F", "", false, 0, NULL, &err), "not declared");
  FAILS(ftblab_client_publish(client, "E", "nodes: {", false, 0, NULL, &err), "payload");
  FAILS(ftblab_client_publish(client, "E", "", false, 77, NULL, &err), "never published");
  ftblab_engine_node_crash(rig.engine, 0);
  FAILS(ftblab_client_publish(client, "E", "", false, 0, NULL, &err), "not connected");
  FAILS(ftblab_client_subscribe(client, NULL, NULL, &err), "not connected");
  stop();
}

/* ---- delivery ------------------------------------------------------------------------------------ */

static void once_body(void)
{
  ftblab_backplane_config config = basic(FTBLAB_TRANSPORT_LATENCY);
  start(&config);
  ftblab_client *publisher = join_publisher(5), *catcher = join(9);
  subscribe(publisher, (ftblab_filter){.event = "E"}); /* its own events too */
  subscribe(catcher, (ftblab_filter){.event = "E"});
  uint64_t second = subscribe(catcher, (ftblab_filter){.severity = "info"});
  subscribe(catcher, (ftblab_filter){.event = "E"});
  for (int reliable = 0; reliable < 2; reliable++)
    publish(publisher, 1, reliable);
  run(10);
  CHECK(rig.inboxes[9].count == 2 && rig.inboxes[5].count == 2);
  CHECK(ftblab_client_unsubscribe(catcher, second, NULL) == FTBLAB_OK);
  publish(publisher, 2, false);
  run(20);
  CHECK(rig.inboxes[9].count == 3);
  CHECK(ftblab_client_unsubscribe(catcher, second - 1, NULL) == FTBLAB_OK);
  CHECK(ftblab_client_unsubscribe(catcher, second + 1, NULL) == FTBLAB_OK);
  publish(publisher, 3, false);
  run(30);
  CHECK(rig.inboxes[9].count == 3 && rig.inboxes[5].count == 4);
  subscribe(catcher, (ftblab_filter){.event = "E"});
  ftblab_client_disconnect(catcher);
  publish(publisher, 4, false);
  run(40);
  CHECK(rig.inboxes[9].count == 3);
  CHECK(!ftblab_backplane_busy(rig.backplane));
  stop();
}

static uint64_t channel_seed;

/* 30 % loss, of acknowledgements too, with duplicates and overtaking: each subscriber has all, once, in order. */
static void reliable_body(void)
{
  enum { EVENTS = 40, CATCHERS = 4 };
  ftblab_backplane_config config = basic(channel_seed % 2 ? FTBLAB_TRANSPORT_LATENCY : FTBLAB_TRANSPORT_FLOW);
  config.seed = channel_seed;
  config.quality =
      (ftblab_quality){.loss = 0.3, .duplication = 0.2, .reordering = 0.3, .reorder_delay = 0.3, .delay_mean = 0.05};
  start(&config);
  ftblab_client *publisher = join_publisher(0);
  for (int i = 1; i <= CATCHERS; i++)
    subscribe(join(10 * i), (ftblab_filter){.event = "E"});
  for (int i = 0; i < EVENTS; i++) {
    publish(publisher, i, true);
    run(0.05 * (i + 1));
  }
  run(INFINITY);
  for (int i = 1; i <= CATCHERS; i++) {
    const inbox *in = &rig.inboxes[10 * i];
    CHECK(in->count == EVENTS);
    for (int j = 0; j < EVENTS && j < (int)in->count; j++)
      CHECK(in->numbers[j] == j);
  }
  CHECK(rig.inboxes[0].undelivered == 0);
  CHECK(!ftblab_backplane_busy(rig.backplane));
  CHECK(ftblab_backplane_count(rig.backplane).retried > 0);
  stop();
}

static void test_reliable(void)
{
  for (channel_seed = 1; channel_seed <= 24; channel_seed++)
    CU_ASSERT(holds_in_child(reliable_body));
}

static void give_up_body(void)
{
  ftblab_backplane_config config = basic(FTBLAB_TRANSPORT_LATENCY);
  config.retry_limit = 3; /* waits of 0.1, 0.2 and 0.4 s */
  start(&config);
  ftblab_client *publisher = join_publisher(0);
  subscribe(join(9), (ftblab_filter){.event = "E"});
  CHECK(ftblab_backplane_lose(rig.backplane, "E", "c9", 3, NULL) == FTBLAB_OK);
  publish(publisher, 1, true);
  run(0.65);
  publish(publisher, 2, true); /* behind the first one */
  CHECK(rig.inboxes[0].undelivered == 0);
  run(0.75);
  CHECK(rig.inboxes[0].undelivered == 1 && strcmp(rig.inboxes[0].undelivered_peer, "c9") == 0);
  run(INFINITY);
  CHECK(rig.inboxes[9].count == 1 && rig.inboxes[9].numbers[0] == 2); /* the gap does not block what follows */
  CHECK(rig.inboxes[0].undelivered == 1 && ftblab_backplane_count(rig.backplane).given_up == 1);
  CHECK(!ftblab_backplane_busy(rig.backplane));
  stop();
}

static void lose_body(void)
{
  ftblab_backplane_config config = basic(FTBLAB_TRANSPORT_LATENCY);
  start(&config);
  ftblab_client *publisher = join_publisher(0);
  subscribe(join(9), (ftblab_filter){.event = "E"});
  subscribe(join(8), (ftblab_filter){.event = "E"});
  CHECK(ftblab_backplane_lose(rig.backplane, NULL, "c9", 2, NULL) == FTBLAB_OK);
  for (int i = 0; i < 3; i++)
    publish(publisher, i, false);
  run(INFINITY);
  CHECK(rig.inboxes[9].count == 1 && rig.inboxes[9].numbers[0] == 2 && rig.inboxes[8].count == 3);
  CHECK(ftblab_backplane_count(rig.backplane).lost == 2);
  stop();
}

/* ---- healing ------------------------------------------------------------------------------------- */

static ftblab_transport any_transport;

static void healing_body(void)
{
  ftblab_backplane_config config = basic(any_transport);
  start(&config); /* arity 2: 1 has the children 3 and 4; 3 has 7 and 8 */
  ftblab_client *publisher = join_publisher(0);
  for (int node = 1; node < NODES; node++)
    subscribe(join(node), (ftblab_filter){.event = "E"});
  run(1);
  ftblab_engine_node_crash(rig.engine, 1);
  CHECK(ftblab_backplane_parent(rig.backplane, 3) == -1 && ftblab_backplane_parent(rig.backplane, 7) == 3);
  CHECK(ftblab_backplane_busy(rig.backplane));
  run(1.9);
  publish(publisher, 1, false);
  run(1.95);
  CHECK(rig.inboxes[2].count == 1 && rig.inboxes[3].count == 0 && rig.inboxes[7].count == 0);
  run(2.1); /* healed at 2 */
  CHECK(ftblab_backplane_parent(rig.backplane, 3) == 0 && ftblab_backplane_parent(rig.backplane, 4) == 0);
  publish(publisher, 2, false);
  run(3);
  for (int node = 2; node < NODES; node++)
    CHECK(rig.inboxes[node].count >= 1 && rig.inboxes[node].numbers[rig.inboxes[node].count - 1] == 2);
  CHECK(rig.inboxes[3].count == 1 && rig.inboxes[1].count == 0);
  ftblab_engine_node_restore(rig.engine, 1);
  run(3.9);
  CHECK(ftblab_backplane_parent(rig.backplane, 1) == -1);
  run(INFINITY);
  CHECK(ftblab_backplane_parent(rig.backplane, 1) == 0 && ftblab_backplane_parent(rig.backplane, 3) == 0);
  subscribe(join(1), (ftblab_filter){.event = "E"});
  publish(publisher, 3, false);
  run(INFINITY);
  CHECK(rig.inboxes[1].count == 1 && rig.inboxes[1].numbers[0] == 3 && rig.inboxes[63].count == 2);
  CHECK(ftblab_backplane_count(rig.backplane).healed == 2 && !ftblab_backplane_busy(rig.backplane));
  stop();
}

static void root_body(void)
{
  ftblab_backplane_config config = basic(any_transport);
  start(&config);
  ftblab_client *publisher = join_publisher(5);
  for (int node = 1; node < NODES; node++)
    if (node != 5)
      subscribe(join(node), (ftblab_filter){.event = "E"});
  ftblab_engine_node_crash(rig.engine, 0);
  ftblab_engine_node_crash(rig.engine, 1); /* the heir is dead too: 2, the lowest living child, takes over */
  run(5);
  CHECK(ftblab_backplane_parent(rig.backplane, 2) == -1);
  CHECK(ftblab_backplane_parent(rig.backplane, 3) == 2 && ftblab_backplane_parent(rig.backplane, 4) == 2);
  publish(publisher, 1, false);
  publish(publisher, 2, true);
  run(INFINITY);
  for (int node = 2; node < NODES; node++)
    CHECK(node == 5 || rig.inboxes[node].count == 2);
  ftblab_engine_node_restore(rig.engine, 0);
  run(INFINITY);
  CHECK(ftblab_backplane_parent(rig.backplane, 0) == 2);
  stop();
}

static void death_body(void)
{
  ftblab_backplane_config config = basic(any_transport);
  config.retry_limit = 4;
  start(&config);
  ftblab_client *publisher = join_publisher(5), *victim = join(9);
  subscribe(victim, (ftblab_filter){.event = "E"});
  run(1);
  ftblab_engine_node_crash(rig.engine, 9);
  publish(publisher, 1, false);
  publish(publisher, 2, true);
  run(1.01);
  ftblab_engine_node_restore(rig.engine, 9);
  run(INFINITY);
  CHECK(rig.inboxes[9].count == 0 && rig.inboxes[5].undelivered == 1);
  publish(publisher, 3, true); /* the death is known by now: nobody to send to */
  run(INFINITY);
  CHECK(rig.inboxes[5].undelivered == 1);
  ftblab_client_disconnect(victim);
  subscribe(join(9), (ftblab_filter){.event = "E"});
  publish(publisher, 4, true);
  run(INFINITY);
  CHECK(rig.inboxes[9].count == 1 && rig.inboxes[9].numbers[0] == 4);
  stop();
}

static void over_both(void (*body)(void))
{
  any_transport = FTBLAB_TRANSPORT_LATENCY;
  CU_ASSERT(holds_in_child(body));
  any_transport = FTBLAB_TRANSPORT_FLOW;
  CU_ASSERT(holds_in_child(body));
}

static void test_healing(void)
{
  over_both(healing_body);
}

static void test_root(void)
{
  over_both(root_body);
}

static void test_death(void)
{
  over_both(death_body);
}

/* ---- a node dies at the moment of a hop ---------------------------------------------------------- */

static int matrix_victim, matrix_moment;
static bool matrix_reliable, matrix_back;

/* From 63 (31, 15, 7, 3, 1, 0, 2) to 5; the victim dies after a part of the way and may come back. */
static void matrix_body(void)
{
  ftblab_backplane_config config = basic(any_transport);
  config.retry_limit = 8;
  start(&config);
  ftblab_client *publisher = join_publisher(63);
  subscribe(join(5), (ftblab_filter){.event = "E"});
  publish(publisher, 1, matrix_reliable);
  run(1e-4 * matrix_moment);
  ftblab_engine_node_crash(rig.engine, matrix_victim);
  if (matrix_back) {
    run(1e-4 * matrix_moment + 1e-5);
    ftblab_engine_node_restore(rig.engine, matrix_victim);
  }
  run(INFINITY);
  size_t delivered = rig.inboxes[5].count;
  CHECK(delivered <= 1 && !ftblab_backplane_busy(rig.backplane));
  if (matrix_reliable && matrix_victim != 63 && matrix_victim != 5)
    CHECK(delivered == 1 && rig.inboxes[63].undelivered == 0);
  stop();
}

static void test_matrix(void)
{
  static const int victims[] = {63, 31, 7, 0, 2, 5};
  for (int i = 0; i < 16 * (int)FTBLAB_COUNT(victims) * 2; i++) {
    matrix_victim = victims[i / 2 % (int)FTBLAB_COUNT(victims)];
    matrix_moment = i / 2 / (int)FTBLAB_COUNT(victims) % 4 * 15;
    matrix_reliable = i / 2 / (int)FTBLAB_COUNT(victims) / 4 % 2;
    matrix_back = i / 2 / (int)FTBLAB_COUNT(victims) / 8 % 2;
    any_transport = i % 2 ? FTBLAB_TRANSPORT_FLOW : FTBLAB_TRANSPORT_LATENCY;
    CU_ASSERT(holds_in_child(matrix_body));
  }
}

/* Many deaths and returns at random: the tree must stay one tree of all that are up, and nobody gets an event twice. */
static void churn_body(void)
{
  ftblab_backplane_config config = basic(any_transport);
  config.heal_time = 0.01;
  start(&config);
  ftblab_client *publisher = join_publisher(63), *clients[NODES] = {NULL};
  ftblab_random random;
  ftblab_random_seed(&random, 3, "churn");
  double date = 0;
  for (int step = 0; step < 400; step++) {
    int node = (int)ftblab_random_below(&random, NODES - 1);
    if (ftblab_engine_node_up(rig.engine, node))
      ftblab_engine_node_crash(rig.engine, node);
    else
      ftblab_engine_node_restore(rig.engine, node);
    date += ftblab_random_exponential(&random, 0.005);
    if (step % 7 == 0)
      publish(publisher, step, false);
    run(date);
  }
  run(date + 1);
  int roots = 0, up = 0;
  for (int node = 0; node < NODES; node++) {
    if (!ftblab_engine_node_up(rig.engine, node))
      continue;
    up++;
    roots += ftblab_backplane_parent(rig.backplane, node) < 0;
    memset(&rig.inboxes[node], 0, sizeof rig.inboxes[node]);
    if (node != 63)
      subscribe(clients[node] = join(node), (ftblab_filter){.event = "E"});
  }
  CHECK(roots == 1 && up > 10);
  publish(publisher, 1, false);
  run(date + 2);
  for (int node = 0; node < NODES - 1; node++)
    CHECK(rig.inboxes[node].count == (clients[node] != NULL));
  stop();
}

static void test_churn(void)
{
  over_both(churn_body);
}

/* ---- agreement and determinism ------------------------------------------------------------------- */

static bool flood;

/* Delivery dates of every node from several publishers, far enough apart that nothing contends; to standard output. */
static void dates_to(FILE *out)
{
  ftblab_backplane_config config = basic(any_transport);
  config.seed = channel_seed;
  if (matrix_reliable)
    config.quality = (ftblab_quality){
        .loss = 0.2, .duplication = 0.1, .reordering = 0.1, .reorder_delay = 0.01, .delay_mean = 0.001};
  start(&config);
  ftblab_client *publishers[] = {join_publisher(0), join_publisher(17), join_publisher(63)};
  if (flood)
    for (int node = 0; node < NODES; node++)
      subscribe(join(node), (ftblab_filter){.event = "E"});
  else
    subscribe(join(42), (ftblab_filter){.event = "E"});
  for (int i = 0; i < 9; i++) {
    publish(publishers[i % 3], i, matrix_reliable);
    run(i + 1);
  }
  run(INFINITY);
  for (int node = 0; node < NODES; node++)
    for (size_t i = 0; i < rig.inboxes[node].count; i++)
      fprintf(out, "%d %d %.12f\n", node, rig.inboxes[node].numbers[i], rig.inboxes[node].dates[i]);
  stop();
}

static FILE *collected;

static void dates_body(void)
{
  dates_to(collected);
  CHECK(fflush(collected) == 0);
}

static FILE *collect_dates(ftblab_transport transport, uint64_t seed)
{
  any_transport = transport;
  channel_seed = seed;
  collected = tmpfile();
  if (collected == NULL)
    exit(2);
  CU_ASSERT(holds_in_child(dates_body));
  rewind(collected);
  return collected;
}

static void test_agreement(void)
{
  matrix_reliable = false;
  for (int i = 0; i < 2; i++) {
    flood = i;
    FILE *latency = collect_dates(FTBLAB_TRANSPORT_LATENCY, 1), *flow = collect_dates(FTBLAB_TRANSPORT_FLOW, 1);
    int node_a, number_a, node_b, number_b, deliveries = 0;
    double a, b, worst = 0;
    while (fscanf(latency, "%d %d %lf", &node_a, &number_a, &a) == 3) {
      CU_ASSERT_EQUAL(fscanf(flow, "%d %d %lf", &node_b, &number_b, &b), 3);
      CU_ASSERT(node_a == node_b && number_a == number_b);
      double published = number_a; /* event i was published at i seconds */
      if (a > published)
        worst = fmax(worst, fabs((a - b) / (a - published)));
      else
        CU_ASSERT(b == a); /* on the publisher's own node */
      deliveries++;
    }
    CU_ASSERT_EQUAL(deliveries, flood ? 9 * NODES : 9);
    CU_ASSERT(worst < 0.01);
    printf("[%d deliveries differ by %.4f %% at most] ", deliveries, 100 * worst);
    fclose(latency);
    fclose(flow);
  }
}

static bool same_bytes(FILE *a, FILE *b)
{
  int left, right;
  do {
    left = getc(a);
    right = getc(b);
  } while (left == right && left != EOF);
  return left == right;
}

static void test_determinism(void)
{
  flood = matrix_reliable = true;
  for (int i = 0; i < 2; i++) {
    FILE *first = collect_dates(i ? FTBLAB_TRANSPORT_FLOW : FTBLAB_TRANSPORT_LATENCY, 1);
    FILE *again = collect_dates(any_transport, 1), *other = collect_dates(any_transport, 2);
    CU_ASSERT(same_bytes(first, again));
    rewind(first);
    CU_ASSERT_FALSE(same_bytes(first, other));
    fclose(first);
    fclose(again);
    fclose(other);
  }
}

#define CHILD_TEST(name)                                                                                               \
  static void test_##name(void)                                                                                        \
  {                                                                                                                    \
    CU_ASSERT(holds_in_child(name##_body));                                                                            \
  }
CHILD_TEST(spaces)
CHILD_TEST(payloads)
CHILD_TEST(filters)
CHILD_TEST(client_errors)
CHILD_TEST(publish_errors)
CHILD_TEST(once)
CHILD_TEST(give_up)
CHILD_TEST(lose)

static const ftblab_unit_test tests[] = {
    {"event space patterns", test_spaces},
    {"payload patterns", test_payloads},
    {"filters", test_filters},
    {"client errors", test_client_errors},
    {"publish errors", test_publish_errors},
    {"an event once, own events, unsubscribe, disconnect", test_once},
    {"reliable: once and in order over a bad channel", test_reliable},
    {"reliable: giving up", test_give_up},
    {"injected losses", test_lose},
    {"healing", test_healing},
    {"the root dies", test_root},
    {"a client dies with its node", test_death},
    {"a node dies during a hop", test_matrix},
    {"the tree stays a tree", test_churn},
    {"flow and latency agree within 1 %", test_agreement},
    {"same seed, same bytes", test_determinism},
};

int main(void)
{
  return ftblab_suite("backplane", tests, FTBLAB_COUNT(tests));
}
