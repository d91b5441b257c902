/* test_network.c - links that fail: which pairs of nodes that cuts, and what the backplane's tree makes of it. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "backplane.h"
#include "backplane_internal.h"
#include "child.h"
#include "interface.h"
#include "simgrid_shim.h"
#include "suite.h"

enum { NODES = 16 };

/* ---- a rig --------------------------------------------------------------------------------------- */

static struct rig {
  ftblab_engine *engine;
  ftblab_fabric *fabric;
  ftblab_interfaces *interfaces;
  ftblab_backplane *backplane;
  int caught[NODES], last[NODES]; /* by node; the payload's number */
} rig;

static ftblab_transport any_transport;

static void must(ftblab_status status, const ftblab_error *err)
{
  if (status == FTBLAB_OK)
    return;
  fprintf(stderr, "%s\n", err->text);
  exit(2);
}

static void start(const char *platform)
{
  ftblab_error err = {.text = ""};
  const ftblab_backplane_config config = {.transport = any_transport,
                                          .arity = 2,
                                          .heal_time = 1,
                                          .message_bytes = 1336,
                                          .retry_first = 0.5,
                                          .retry_factor = 1,
                                          .retry_max = 1,
                                          .retry_limit = 100,
                                          .seed = 1};
  must(ftblab_engine_new(&(ftblab_engine_config){.platform = platform}, &rig.engine, &err), &err);
  must(ftblab_fabric_new(rig.engine, &rig.fabric, &err), &err);
  must(ftblab_interfaces_new(rig.engine, 1, &rig.interfaces, &err), &err);
  must(ftblab_backplane_new(rig.engine, &config, &rig.backplane, &err), &err);
  ftblab_interfaces_connect(rig.interfaces, rig.fabric);
  ftblab_backplane_use(rig.backplane, rig.interfaces);
}

static void start_row(void)
{
  start(FTBLAB_SOURCE_DIR "/tests/platforms/four-switches.xml");
}

static void stop(void)
{
  ftblab_backplane_free(rig.backplane);
  ftblab_interfaces_free(rig.interfaces);
  ftblab_fabric_free(rig.fabric);
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
  ftblab_engine_at(rig.engine, until, nothing, NULL, 0);
  must(ftblab_engine_run(rig.engine, until, NULL, &err), &err);
}

static int link_called(const char *name)
{
  sg_link_t link = ftblab_shim_link(name);
  if (link == NULL) {
    fprintf(stderr, "the platform has no link %s\n", name);
    exit(2);
  }
  return ftblab_fabric_add(rig.fabric, link);
}

static void turn(int link, bool down)
{
  ftblab_fabric_fail(rig.fabric, link, down);
  ftblab_backplane_network_changed(rig.backplane);
}

/* n1 is node 0. */
static bool is_cut(int from, int to)
{
  return ftblab_interfaces_nodes_are_cut(rig.interfaces, from - 1, to - 1, INFINITY);
}

static void deliver(void *argument, const ftblab_message *message, double date)
{
  int node = (int)((int *)argument - rig.caught);
  (void)date;
  rig.caught[node]++;
  sscanf(message->payload, "nodes: {%d}", &rig.last[node]);
}

static ftblab_client *join(int node)
{
  char name[16];
  snprintf(name, sizeof name, "c%d", node);
  ftblab_client *client = NULL;
  ftblab_error err = {.text = ""};
  const ftblab_client_config config = {
      .node = node, .name = name, .space = "ftb.test.client", .deliver = deliver, .argument = &rig.caught[node]};
  must(ftblab_client_connect(rig.backplane, &config, &client, &err), &err);
  return client;
}

static ftblab_client *join_publisher(int node)
{
  ftblab_error err = {.text = ""};
  ftblab_client *client = join(node);
  must(ftblab_client_declare(client, "E", "info", &err), &err);
  return client;
}

static void subscribe(int node)
{
  ftblab_error err = {.text = ""};
  uint64_t id;
  must(ftblab_client_subscribe(join(node), &(ftblab_filter){.event = "E"}, &id, &err), &err);
}

static void publish(ftblab_client *client, int number, bool reliable)
{
  char payload[32];
  ftblab_error err = {.text = ""};
  snprintf(payload, sizeof payload, "nodes: {%d}", number);
  must(ftblab_client_publish(client, "E", payload, reliable, 0, NULL, &err), &err);
}

static void over_both(void (*body)(void))
{
  any_transport = FTBLAB_TRANSPORT_LATENCY;
  CU_ASSERT(holds_in_child(body));
  any_transport = FTBLAB_TRANSPORT_FLOW;
  CU_ASSERT(holds_in_child(body));
}

/* ---- who is cut off ------------------------------------------------------------------------------ */

static void pairs_body(void)
{
  start_row();
  int first = link_called("s1-s2"), second = link_called("s2-s3");
  char why[120] = "";
  CHECK(first != second && link_called("s1-s2") == first);
  CHECK(!is_cut(1, 16) && !ftblab_interfaces_any_cut(rig.interfaces));
  ftblab_fabric_fail(rig.fabric, second, true);
  CHECK(is_cut(1, 16) && is_cut(16, 1) && is_cut(8, 9));
  CHECK(!is_cut(1, 8) && !is_cut(9, 16) && !is_cut(3, 3));
  CHECK(ftblab_interfaces_why_cut(rig.interfaces, 0, 15, why, sizeof why));
  CHECK(strcmp(why, "no way leads from n1 to n16, the link s2-s3 is down") == 0);
  ftblab_fabric_fail(rig.fabric, first, true);
  ftblab_fabric_fail(rig.fabric, second, true); /* by a switch, say */
  ftblab_fabric_fail(rig.fabric, second, false);
  CHECK(is_cut(1, 5) && is_cut(8, 9));
  ftblab_fabric_fail(rig.fabric, second, false);
  CHECK(is_cut(1, 16) && !is_cut(5, 16) && ftblab_interfaces_any_cut(rig.interfaces));
  ftblab_fabric_fail(rig.fabric, first, false);
  CHECK(!is_cut(1, 16) && !ftblab_interfaces_any_cut(rig.interfaces));
  stop();
}

/* What was under way when a link failed is lost, even if the link is back by then. */
static void since_body(void)
{
  start_row();
  int link = link_called("s2-s3");
  run(5);
  ftblab_fabric_fail(rig.fabric, link, true);
  ftblab_fabric_fail(rig.fabric, link, false);
  run(6);
  CHECK(ftblab_interfaces_nodes_are_cut(rig.interfaces, 0, 15, 4.9));
  CHECK(!ftblab_interfaces_nodes_are_cut(rig.interfaces, 0, 15, 5.1));
  CHECK(!ftblab_interfaces_nodes_are_cut(rig.interfaces, 0, 7, 4.9));
  stop();
}

/* The backplane may have another network than what is asked for here. */
static void control_body(void)
{
  start_row();
  ftblab_fabric_fail(rig.fabric, link_called("s2-s3"), true);
  CHECK(ftblab_interfaces_control_is_cut(rig.interfaces, 0, 15, INFINITY));
  ftblab_interfaces_control(rig.interfaces, "net0", false);
  CHECK(ftblab_interfaces_control_is_cut(rig.interfaces, 0, 15, INFINITY));
  ftblab_interfaces_control(rig.interfaces, NULL, true);
  CHECK(!ftblab_interfaces_control_is_cut(rig.interfaces, 0, 15, INFINITY) && is_cut(1, 16));
  stop();
}

/* ---- events -------------------------------------------------------------------------------------- */

/* The root is n1. Behind the cut n9 to n16 have a tree of their own after heal_time, and join when it is over. */
static void events_body(void)
{
  start_row();
  int link = link_called("s2-s3");
  ftblab_client *far = join_publisher(15);
  for (int node = 0; node < NODES - 1; node++)
    subscribe(node);
  run(1);
  turn(link, true);
  publish(far, 1, false);
  run(1.5);
  for (int node = 0; node < 8; node++)
    CHECK(rig.caught[node] == 0);
  run(3);
  publish(far, 2, false);
  run(3.5);
  publish(far, 3, true);
  run(4);
  for (int node = 0; node < NODES - 1; node++)
    CHECK(rig.last[node] == (node < 8 ? 0 : 3) && (node < 8 || rig.caught[node] >= 2));
  turn(link, false);
  run(10);
  for (int node = 0; node < NODES - 1; node++)
    CHECK(rig.last[node] == 3 && (node >= 8 || rig.caught[node] == 1));
  publish(far, 4, false);
  run(11);
  for (int node = 0; node < NODES - 1; node++)
    CHECK(rig.last[node] == 4);
  CHECK(!ftblab_backplane_busy(rig.backplane));
  stop();
}

/* A cut that is over before heal_time is leaves the tree as it was. */
static void short_body(void)
{
  start_row();
  int link = link_called("s2-s3"), parents[NODES];
  for (int node = 0; node < NODES; node++)
    parents[node] = ftblab_backplane_parent(rig.backplane, node);
  turn(link, true);
  run(0.5);
  turn(link, false);
  run(5);
  for (int node = 0; node < NODES; node++)
    CHECK(ftblab_backplane_parent(rig.backplane, node) == parents[node]);
  CHECK(ftblab_backplane_count(rig.backplane).healed == 0);
  stop();
}

/* ---- the tree ------------------------------------------------------------------------------------ */

static int top_of(int node)
{
  int steps = 0;
  for (; ftblab_backplane_parent(rig.backplane, node) >= 0; node = ftblab_backplane_parent(rig.backplane, node))
    if (++steps > NODES)
      return -1;
  return node;
}

/* No edge is cut, nobody hangs in a ring. On a row of switches who can talk is in one tree. */
static void check_tree(bool is_row)
{
  for (int node = 0; node < NODES; node++) {
    int parent = ftblab_backplane_parent(rig.backplane, node);
    if (!ftblab_engine_node_up(rig.engine, node))
      continue;
    CHECK(top_of(node) >= 0);
    CHECK(parent < 0 || (!is_cut(node + 1, parent + 1) && !is_cut(parent + 1, node + 1) &&
                         ftblab_engine_node_up(rig.engine, parent)));
    for (int other = 0; is_row && other < node; other++)
      CHECK(!ftblab_engine_node_up(rig.engine, other) ||
            is_cut(node + 1, other + 1) == (top_of(node) != top_of(other)));
  }
}

static void switch_node(int node)
{
  if (ftblab_engine_node_up(rig.engine, node))
    ftblab_engine_node_crash(rig.engine, node);
  else
    ftblab_engine_node_restore(rig.engine, node);
}

/* Links and nodes fail and return at random, also before what came last is healed. */
static void churn(const int *links, size_t count, uint64_t seed, bool is_row)
{
  bool down[8] = {false};
  ftblab_random random;
  ftblab_random_seed(&random, seed, "network");
  double date = 0;
  for (int step = 0; step < 300; step++) {
    size_t which = ftblab_random_below(&random, count);
    if (ftblab_random_uniform(&random) < 0.5) {
      switch_node((int)ftblab_random_below(&random, NODES));
    } else {
      turn(links[which], !down[which]);
      down[which] = !down[which];
    }
    bool settles = step % 5 == 4;
    date += settles ? 4 : ftblab_random_exponential(&random, 0.5);
    run(date);
    if (settles)
      check_tree(is_row);
  }
  for (size_t i = 0; i < count; i++)
    if (down[i])
      turn(links[i], false);
  for (int node = 0; node < NODES; node++)
    if (!ftblab_engine_node_up(rig.engine, node))
      switch_node(node);
  run(date + 5);
  for (int node = 0; node < NODES; node++)
    CHECK(top_of(node) == top_of(0));
}

static void churn_body(void)
{
  start_row();
  const int links[] = {link_called("s1-s2"), link_called("s2-s3"), link_called("s3-s4")};
  churn(links, FTBLAB_COUNT(links), 1, true);
  stop();
}

/* In a fat tree a link that is down cuts some pairs of two switches and not others. */
static void fat_tree_body(void)
{
  start(FTBLAB_SOURCE_DIR "/tests/platforms/fat-tree-16.xml");
  const int links[] = {link_called("link_from_31_27_16_UP"), link_called("link_from_31_26_17_DOWN"),
                       link_called("link_from_30_27_18_DOWN"), link_called("link_from_28_27_22_UP")};
  ftblab_fabric_fail(rig.fabric, links[0], true);
  CHECK(is_cut(1, 5) && !is_cut(1, 6) && !is_cut(1, 2) && !is_cut(5, 1));
  CHECK(ftblab_interfaces_control_is_cut(rig.interfaces, 4, 0, INFINITY));
  ftblab_fabric_fail(rig.fabric, links[0], false);
  churn(links, FTBLAB_COUNT(links), 2, false);
  stop();
}

/* ---- the suite ----------------------------------------------------------------------------------- */

#define NETWORK_TEST(name)                                                                                             \
  static void test_##name(void)                                                                                        \
  {                                                                                                                    \
    over_both(name##_body);                                                                                            \
  }
NETWORK_TEST(pairs)
NETWORK_TEST(since)
NETWORK_TEST(control)
NETWORK_TEST(events)
NETWORK_TEST(short)
NETWORK_TEST(churn)
NETWORK_TEST(fat_tree)

static const ftblab_unit_test tests[] = {
    {"who is cut off from whom", test_pairs},        {"a link that failed meanwhile", test_since},
    {"the backplane's own network", test_control},   {"events wait for a link", test_events},
    {"a short failure leaves the tree", test_short}, {"the tree under random failures", test_churn},
    {"the same in a fat tree", test_fat_tree},
};

int main(void)
{
  return ftblab_suite("network", tests, FTBLAB_COUNT(tests));
}
