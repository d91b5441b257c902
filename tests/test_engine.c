/* test_engine.c - the engine: order of calls, dates, nodes that fail, platforms that are refused. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "child.h"
#include "engine.h"
#include "queue.h"
#include "recorder.h"
#include "suite.h"

#define PLATFORM FTBLAB_SOURCE_DIR "/tests/platforms/uncontended-64.xml"

static ftblab_engine *start(double resolution)
{
  ftblab_engine *engine = NULL;
  ftblab_error err = {.status = FTBLAB_OK};
  ftblab_engine_config config = {.platform = PLATFORM, .clock_resolution = resolution};
  if (ftblab_engine_new(&config, &engine, &err) != FTBLAB_OK) {
    fprintf(stderr, "%s\n", err.text);
    exit(2);
  }
  return engine;
}

/* ---- the queue against a sorted list ------------------------------------------------------------- */

enum { CALLS = 5000 };

static void no_call(void *argument, int64_t value, double date)
{
  (void)argument;
  (void)value;
  (void)date;
}

static void test_queue(void)
{
  ftblab_queue queue = {.keys = NULL};
  ftblab_random random;
  ftblab_random_seed(&random, 7, "queue");
  uint64_t tickets[CALLS];
  size_t cancelled = 0, taken = 0;
  for (int i = 0; i < CALLS; i++)
    tickets[i] = ftblab_queue_add(&queue, (double)ftblab_random_below(&random, 100), no_call, NULL, i);
  for (int i = 0; i < CALLS; i += 3)
    cancelled += ftblab_queue_cancel(&queue, tickets[i]);
  CU_ASSERT_FALSE(ftblab_queue_cancel(&queue, tickets[0]));
  CU_ASSERT_FALSE(ftblab_queue_cancel(&queue, 0));
  double last_date = -1, date;
  int64_t last_value = -1;
  while (!isinf(ftblab_queue_next(&queue))) {
    ftblab_queue_entry entry = ftblab_queue_take(&queue, &date);
    CU_ASSERT(date > last_date || (date == last_date && entry.value > last_value)); /* first come, first served */
    CU_ASSERT(entry.value % 3 != 0);
    CU_ASSERT_FALSE(ftblab_queue_cancel(&queue, tickets[entry.value]));
    last_date = date;
    last_value = entry.value;
    taken++;
  }
  CU_ASSERT_EQUAL(taken + cancelled, CALLS);
  CU_ASSERT_EQUAL(queue.count, 0);
  ftblab_queue_free(&queue);
}

/* The cancelled do not fill the queue, and leave the order of the others as it was. */
static void test_queue_of_cancelled(void)
{
  enum { KEPT = 7 };
  ftblab_queue queue = {.keys = NULL};
  double last = -1, date;
  size_t taken = 0, most = 0;
  for (int i = 0; i < CALLS; i++) {
    uint64_t ticket = ftblab_queue_add(&queue, (double)(CALLS - i), no_call, NULL, i);
    if (i % KEPT != 0)
      CU_ASSERT(ftblab_queue_cancel(&queue, ticket));
    most = queue.count > most ? queue.count : most;
  }
  CU_ASSERT(most < 2 * CALLS / KEPT + 100);
  CU_ASSERT_EQUAL(queue.count - queue.cancelled, (CALLS + KEPT - 1) / KEPT);
  while (!isinf(ftblab_queue_next(&queue))) {
    ftblab_queue_entry entry = ftblab_queue_take(&queue, &date);
    CU_ASSERT(date > last && date == (double)(CALLS - entry.value) && entry.value % KEPT == 0);
    last = date;
    taken++;
  }
  CU_ASSERT_EQUAL(taken, (CALLS + KEPT - 1) / KEPT);
  ftblab_queue_add(&queue, -0.0, no_call, NULL, 1); /* as 0 */
  ftblab_queue_add(&queue, 0.0, no_call, NULL, 2);
  CU_ASSERT_EQUAL(ftblab_queue_take(&queue, &date).value, 1);
  ftblab_queue_free(&queue);
}

/* Of those that wait, the one that must be next: the least date, of these the one that was made first. */
static int next_of(const double *dates, const bool *waits, int count)
{
  int next = -1;
  for (int i = 0; i < count; i++)
    if (waits[i] && (next < 0 || dates[i] < dates[next]))
      next = i;
  return next;
}

/* Calls that make calls: most for the same date or soon after, some for much later, and some are cancelled. */
static void test_queue_of_followers(void)
{
  static const double delays[] = {0, 0, 0, 1e-4, 2e-4, FTBLAB_QUEUE_SOON, 0.5, FTBLAB_QUEUE_LATER, 1.5, 40, 1000};
  enum { FOLLOWERS = 1200 };
  ftblab_queue queue = {.keys = NULL};
  ftblab_random random;
  ftblab_random_seed(&random, 11, "followers");
  uint64_t tickets[FOLLOWERS];
  double dates[FOLLOWERS], now = 0;
  bool waits[FOLLOWERS];
  size_t left = 0;
  int made = 0, next;
  while (made < FOLLOWERS || left > 0) {
    for (uint64_t more = ftblab_random_below(&random, made < 300 ? 8 : 3); more > 0 && made < FOLLOWERS; more--) {
      dates[made] = now + delays[ftblab_random_below(&random, FTBLAB_COUNT(delays))];
      tickets[made] = ftblab_queue_add(&queue, dates[made], no_call, NULL, made);
      waits[made++] = true;
      left++;
    }
    int victim = made > 0 ? (int)ftblab_random_below(&random, (uint64_t)made) : 0;
    if (ftblab_random_below(&random, 3) == 0 && made > 0) {
      CU_ASSERT_EQUAL(ftblab_queue_cancel(&queue, tickets[victim]), waits[victim]);
      left -= waits[victim];
      waits[victim] = false;
    }
    CU_ASSERT_EQUAL(queue.count - queue.cancelled, left);
    next = next_of(dates, waits, made);
    CU_ASSERT_EQUAL(ftblab_queue_next(&queue), next < 0 ? INFINITY : dates[next]);
    if (next < 0)
      continue;
    CU_ASSERT_EQUAL(ftblab_queue_take(&queue, &now).value, next);
    CU_ASSERT_EQUAL(now, dates[next]);
    waits[next] = false;
    left--;
  }
  CU_ASSERT_EQUAL(queue.count, 0);
  ftblab_queue_free(&queue);
}

/* ---- frames of records --------------------------------------------------------------------------- */

typedef struct seen_frames {
  uint32_t frames[4];
  size_t count;
} seen_frames;

static ftblab_status see_frame(void *argument, const ftblab_record *record, ftblab_error *err)
{
  seen_frames *seen = argument;
  (void)err;
  seen->frames[seen->count++ % 4] = record->frame;
  return FTBLAB_OK;
}

/* Records of one frame agree in what the checker does not look at again; beyond the last number there is none. */
static void test_frames(void)
{
  enum { MANY = 600 };
  static char spaces[MANY][8];
  seen_frames seen = {.count = 0};
  ftblab_recorder *recorder;
  ftblab_record plain = {.component = ftblab_slice_of("MPI"), .event = ftblab_slice_of("MPI_RANKS_DEAD")};
  ftblab_record thrown = plain, elsewhere = plain;
  CU_ASSERT_EQUAL_FATAL(ftblab_recorder_new(see_frame, &seen, NULL, NULL, &recorder, NULL), FTBLAB_OK);
  thrown.action = FTBLAB_THROW;
  elsewhere.instance = ftblab_slice_of("mpi-j1");
  elsewhere.payload = ftblab_slice_of("jobs: {j1}");
  const ftblab_record *const all[] = {&plain, &thrown, &elsewhere, &thrown};
  for (size_t i = 0; i < FTBLAB_COUNT(all); i++)
    ftblab_recorder_add(recorder, all[i]);
  ftblab_recorder_flush(recorder, NULL);
  CU_ASSERT(seen.frames[0] != 0 && seen.frames[1] != 0 && seen.frames[0] != seen.frames[1]);
  CU_ASSERT(seen.frames[2] == seen.frames[0] && seen.frames[3] == seen.frames[1]);
  for (size_t i = 0; i < MANY; i++) {
    plain.space = ftblab_slice_of(spaces[i]);
    ftblab_recorder_add(recorder, &plain);
  }
  ftblab_recorder_flush(recorder, NULL);
  for (size_t i = 0; i < 4; i++)
    CU_ASSERT_EQUAL(seen.frames[i], 0);
  ftblab_recorder_free(recorder);
}

/* ---- calls --------------------------------------------------------------------------------------- */

typedef struct journal {
  ftblab_engine *engine;
  double dates[64];
  int64_t values[64];
  size_t count;
} journal;

static void note(void *argument, int64_t value, double date)
{
  journal *j = argument;
  CHECK(ftblab_engine_now(j->engine) == date);
  j->dates[j->count] = date;
  j->values[j->count++] = value;
}

static void note_and_go_on(void *argument, int64_t value, double date)
{
  journal *j = argument;
  note(j, value, date);
  if (value < 5)
    ftblab_engine_at(j->engine, date + 0.25, note_and_go_on, j, value + 1);
}

static void order_body(void)
{
  journal j = {.engine = start(0)};
  ftblab_engine_at(j.engine, 2, note, &j, 20);
  ftblab_engine_at(j.engine, 1, note, &j, 10);
  ftblab_engine_at(j.engine, 2, note, &j, 21);
  ftblab_ticket never = ftblab_engine_at(j.engine, 1.5, note, &j, 15);
  ftblab_engine_cancel(j.engine, never);
  ftblab_engine_cancel(j.engine, never);
  CHECK(ftblab_engine_pending(j.engine) == 3);
  bool blocked = true;
  CHECK(ftblab_engine_run(j.engine, INFINITY, &blocked, NULL) == FTBLAB_OK);
  CHECK(!blocked && j.count == 3 && j.values[0] == 10 && j.values[1] == 20 && j.values[2] == 21);
  CHECK(ftblab_engine_now(j.engine) == 2 && ftblab_engine_pending(j.engine) == 0);
  ftblab_engine_free(j.engine);
}

static void until_body(void)
{
  journal j = {.engine = start(0)};
  ftblab_engine_at(j.engine, 1, note_and_go_on, &j, 0);
  CHECK(ftblab_engine_run(j.engine, 1.5, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 3 && j.dates[2] == 1.5);
  CHECK(ftblab_engine_run(j.engine, 1.6, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 3 && fabs(ftblab_engine_now(j.engine) - 1.6) < 1e-9);
  CHECK(ftblab_engine_run(j.engine, 100, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 6 && ftblab_engine_now(j.engine) == 2.25); /* nothing is left: time stops */
  ftblab_engine_free(j.engine);
}

static void stop_call(void *argument, int64_t value, double date)
{
  journal *j = argument;
  note(j, value, date);
  ftblab_engine_stop(j->engine);
}

static void stop_body(void)
{
  journal j = {.engine = start(0)};
  ftblab_engine_at(j.engine, 1, stop_call, &j, 1);
  ftblab_engine_at(j.engine, 1, note, &j, 2);
  CHECK(ftblab_engine_run(j.engine, INFINITY, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 1);
  CHECK(ftblab_engine_run(j.engine, INFINITY, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 2);
  ftblab_engine_free(j.engine);
}

static void tick_body(void)
{
  journal j = {.engine = start(0.5)};
  ftblab_engine_at(j.engine, 1.2, note, &j, 2);
  ftblab_engine_at(j.engine, 1.1, note, &j, 1);
  ftblab_engine_at(j.engine, 1.6, note, &j, 3);
  CHECK(ftblab_engine_run(j.engine, 1.5, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 2 && j.dates[0] == 1.1 && j.dates[1] == 1.2 && ftblab_engine_now(j.engine) == 1.5);
  CHECK(ftblab_engine_run(j.engine, INFINITY, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 3 && j.dates[2] == 1.6 && ftblab_engine_now(j.engine) == 2);
  ftblab_engine_free(j.engine);
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static void listen(void *argument, int node, bool up)
{
  journal *j = argument;
  j->dates[j->count] = ftblab_engine_now(j->engine);
  j->values[j->count++] = 2 * node + up;
}

static void crash_call(void *argument, int64_t node, double date)
{
  journal *j = argument;
  (void)date;
  ftblab_engine_node_crash(j->engine, (int)node);
  ftblab_engine_node_crash(j->engine, (int)node); /* again: nothing */
}

static void restore_call(void *argument, int64_t node, double date)
{
  journal *j = argument;
  (void)date;
  ftblab_engine_node_restore(j->engine, (int)node);
}

static void nodes_body(void)
{
  journal j = {.engine = start(0)};
  CHECK(ftblab_engine_nodes(j.engine) == 64);
  CHECK(strcmp(ftblab_engine_node_name(j.engine, 10), "n10") == 0); /* natural order: n2 before n10 */
  CHECK(ftblab_engine_node_index(j.engine, "n63", 3) == 63 && ftblab_engine_node_index(j.engine, "x", 1) == -1);
  ftblab_engine_on_node(j.engine, listen, &j);
  ftblab_engine_at(j.engine, 1, crash_call, &j, 3);
  ftblab_engine_at(j.engine, 2, restore_call, &j, 3);
  CHECK(ftblab_engine_run(j.engine, 1.5, NULL, NULL) == FTBLAB_OK);
  CHECK(!ftblab_engine_node_up(j.engine, 3));
  CHECK(ftblab_engine_run(j.engine, INFINITY, NULL, NULL) == FTBLAB_OK);
  CHECK(ftblab_engine_node_up(j.engine, 3));
  CHECK(j.count == 2 && j.values[0] == 6 && j.values[1] == 7 && j.dates[0] == 1 && j.dates[1] == 2);
  ftblab_engine_free(j.engine);
}

/* ---- platforms ----------------------------------------------------------------------------------- */

#define HEAD "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"

static const struct bad_platform {
  const char *text; /* NULL: no such file */
  const char *expected;
} bad_platforms[] = {
    {NULL, "cannot be read"},
    {"", ":1:"},
    {"not xml", ":1:"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\">\n</platform>\n", ":5:"},
    {HEAD "<machine/>\n", "outermost element"},
    {HEAD "<platform version=\"3\"/>\n", "version"},
    {HEAD "<platform/>\n", "version"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Nonsense\"/>\n</platform>\n", "SimGrid refuses"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\"><host id=\"h\"/></zone>\n</platform>\n",
     "SimGrid refuses"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\">"
          "<host id=\"h\" speed=\"quick\"/></zone>\n</platform>\n",
     "SimGrid refuses"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\"><host id=\"h\" speed=\"1Gf\"/><host id=\"h\" "
          "speed=\"1Gf\"/></zone>\n</platform>\n",
     "SimGrid refuses"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\"><host id=\"h\" speed=\"1Gf\"/><host id=\"i\" "
          "speed=\"1Gf\"/><route src=\"h\" dst=\"i\"><link_ctn id=\"none\"/></route></zone>\n</platform>\n",
     "SimGrid refuses"},
    {HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\"></zone>\n</platform>\n", "no host"},
};
static size_t bad_platform;

static void bad_platform_body(void)
{
  const struct bad_platform *bad = &bad_platforms[bad_platform];
  char path[] = "test-engine-XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0);
  if (bad->text != NULL)
    CHECK(write(file, bad->text, strlen(bad->text)) == (ssize_t)strlen(bad->text));
  else
    unlink(path);
  close(file);
  ftblab_engine *engine = NULL;
  ftblab_error err = {.text = ""};
  CHECK(ftblab_engine_new(&(ftblab_engine_config){.platform = path}, &engine, &err) == FTBLAB_EINPUT);
  CHECK(strstr(err.text, bad->expected) != NULL && strncmp(err.text, path, strlen(path)) == 0);
  if (failures > 0)
    fprintf(stderr, "bad platform %zu: %s\n", bad_platform, err.text);
  unlink(path);
}

static void test_bad_platforms(void)
{
  for (bad_platform = 0; bad_platform < FTBLAB_COUNT(bad_platforms); bad_platform++)
    CU_ASSERT(holds_in_child(bad_platform_body));
}

static void unknown_host_body(void)
{
  static const char *const nodes[] = {"n1", "n65"};
  ftblab_engine *engine = NULL;
  ftblab_error err = {.text = ""};
  ftblab_engine_config config = {.platform = PLATFORM, .nodes = nodes, .node_count = 2};
  CHECK(ftblab_engine_new(&config, &engine, &err) == FTBLAB_EINPUT);
  CHECK(strstr(err.text, "n65") != NULL && strstr(err.text, "did you mean") != NULL);
}

static void profile_body(void)
{
  char path[] = "test-engine-XXXXXX";
  int file = mkstemp(path);
  static const char text[] =
      HEAD "<platform version=\"4.1\">\n<zone id=\"a\" routing=\"Full\">\n"
           "<host id=\"h\" speed=\"1Gf\"/><host id=\"i\" speed=\"1Gf\"/>\n"
           "<trace id=\"t\" periodicity=\"-1\">1 0\n2 1\n</trace>\n"
           "<trace_connect kind=\"HOST_AVAIL\" trace=\"t\" element=\"i\"/></zone>\n</platform>\n";
  CHECK(write(file, text, sizeof text - 1) == (ssize_t)(sizeof text - 1));
  close(file);
  journal j = {.engine = NULL};
  ftblab_error err = {.text = ""};
  ftblab_status status = ftblab_engine_new(&(ftblab_engine_config){.platform = path}, &j.engine, &err);
  unlink(path);
  CHECK(status == FTBLAB_OK);
  if (status != FTBLAB_OK) {
    fprintf(stderr, "%s\n", err.text);
    return;
  }
  ftblab_engine_on_node(j.engine, listen, &j);
  journal other = {.engine = j.engine};
  ftblab_engine_at(j.engine, 5, note, &other, 0);
  CHECK(ftblab_engine_run(j.engine, INFINITY, NULL, NULL) == FTBLAB_OK);
  CHECK(j.count == 2 && j.values[0] == 2 && j.values[1] == 3 && j.dates[0] == 1 && j.dates[1] == 2);
  ftblab_engine_free(j.engine);
}

static void route_body(void)
{
  ftblab_engine *engine = start(0);
  double latency, seconds_per_byte;
  CHECK(ftblab_engine_route(engine, 0, 1, &latency, &seconds_per_byte, NULL) == FTBLAB_OK);
  CHECK(fabs(latency - 13.01 * (1e-6 + 38e-6)) < 1e-12); /* LV08: 13.01 times the sum */
  CHECK(fabs(seconds_per_byte - 1 / (0.97 * 0.5e9)) < 1e-15);
  ftblab_engine_free(engine);
}

#define CHILD_TEST(name)                                                                                               \
  static void test_##name(void)                                                                                        \
  {                                                                                                                    \
    CU_ASSERT(holds_in_child(name##_body));                                                                            \
  }
CHILD_TEST(order)
CHILD_TEST(until)
CHILD_TEST(stop)
CHILD_TEST(tick)
CHILD_TEST(nodes)
CHILD_TEST(unknown_host)
CHILD_TEST(profile)
CHILD_TEST(route)

static const ftblab_unit_test tests[] = {
    {"the queue keeps (date, sequence)", test_queue},
    {"queue of cancelled calls", test_queue_of_cancelled},
    {"queue of calls that make calls", test_queue_of_followers},
    {"frames of records", test_frames},
    {"calls run in order", test_order},
    {"a run until a date goes on", test_until},
    {"stop", test_stop},
    {"clock resolution", test_tick},
    {"nodes and listeners", test_nodes},
    {"bad platforms are errors", test_bad_platforms},
    {"unknown host", test_unknown_host},
    {"the platform's own profiles", test_profile},
    {"routes", test_route},
};

int main(void)
{
  return ftblab_suite("engine", tests, FTBLAB_COUNT(tests));
}
