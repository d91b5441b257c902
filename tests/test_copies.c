/* test_copies.c - a list of copies that is changed takes as long as one that is made as it is now: what was worked out
 * before may only be used again where nothing but the names of nodes has changed. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "child.h"
#include "engine.h"
#include "storage.h"
#include "suite.h"

/* Two sites: nodes that are alike, and others whose routes are longer. */
#define PLATFORM FTBLAB_SOURCE_DIR "/platforms/two-sites.xml"

enum { COPIES = 4, CHANGES = 600 };

static ftblab_engine *start(void)
{
  ftblab_engine *engine = NULL;
  ftblab_error err = {.status = FTBLAB_OK};
  ftblab_engine_config config = {.platform = PLATFORM, .control_only = true};
  if (ftblab_engine_new(&config, &engine, &err) != FTBLAB_OK) {
    fprintf(stderr, "%s\n", err.text);
    exit(2);
  }
  return engine;
}

/* Two nodes have faster disks than the others. */
static ftblab_storage *add_storage(ftblab_engine *engine)
{
  ftblab_storage *storage = NULL;
  bool has_disk[64];
  const int servers[] = {0, 5};
  memset(has_disk, true, sizeof has_disk);
  ftblab_storage_config config = {.kind = FTBLAB_STORAGE_SERVERS,
                                  .servers = servers,
                                  .server_count = FTBLAB_COUNT(servers),
                                  .metadata = -1,
                                  .read_bandwidth = 3e9,
                                  .write_bandwidth = 2e9,
                                  .capacity = INFINITY,
                                  .chunk_bytes = 1e8,
                                  .near = true,
                                  .near_read_bandwidth = 3e8,
                                  .near_write_bandwidth = 2e8,
                                  .near_capacity = INFINITY,
                                  .has_disk = has_disk};
  if (ftblab_engine_nodes(engine) > sizeof has_disk || ftblab_storage_new(&config, engine, &storage, NULL) != FTBLAB_OK)
    exit(2);
  return storage;
}

static void note_date(void *argument, int count, const char *why, double date)
{
  CHECK(count == COPIES && why == NULL);
  *(double *)argument = date;
}

/* How long the copies of LIST take from date 0 on. */
static double seconds_of(ftblab_engine *engine, ftblab_storage *storage, ftblab_copy_list *list)
{
  double date = -1;
  ftblab_engine_again(engine);
  ftblab_storage_copy_all(storage, list, note_date, &date);
  CHECK(ftblab_engine_run(engine, 1e9, NULL, NULL) == FTBLAB_OK);
  CHECK(list->users == 1);
  return date;
}

/* What the list remembers is of other ways. */
static bool is_remembered(const ftblab_copy_list *list)
{
  return list->timed != NULL && memcmp(list->timed, list->ways, COPIES * sizeof *list->ways) != 0;
}

static void changes_body(void)
{
  ftblab_engine *engine = start();
  ftblab_storage *storage = add_storage(engine);
  ftblab_copy_list *list = ftblab_copy_list_new(COPIES);
  ftblab_random random;
  uint32_t nodes = (uint32_t)ftblab_engine_nodes(engine);
  int remembered = 0, times = 0;
  double last = -1;
  ftblab_random_seed(&random, 3, "copies");
  for (uint32_t i = 0; i < COPIES; i++)
    CHECK(ftblab_copy_list_add(list, (ftblab_copy_way){.from = (int)(i % nodes),
                                                       .to = (int)((i * 5 + 1) % nodes),
                                                       .to_disk = i % 3 != 0,
                                                       .from_disk = i % 2,
                                                       .bytes = 1e9}));
  for (int change = 0; change < CHANGES; change++) {
    uint32_t place = (uint32_t)ftblab_random_below(&random, COPIES);
    int node = (int)ftblab_random_below(&random, nodes);
    bool source = ftblab_random_below(&random, 2);
    ftblab_copy_list_redirect(list, place, source ? node : list->ways[place].from,
                              source ? list->ways[place].to : node);
    ftblab_copy_list *fresh = ftblab_copy_list_new(1); /* it grows */
    for (uint32_t i = 0; i < COPIES; i++)
      CHECK(ftblab_copy_list_add(fresh, list->ways[i]));
    double seconds = seconds_of(engine, storage, list);
    CHECK(seconds > 0 && seconds == seconds_of(engine, storage, fresh));
    remembered += is_remembered(list);
    times += seconds != last;
    last = seconds;
    ftblab_copy_list_leave(fresh);
  }
  CHECK(remembered > CHANGES / 20 && times > CHANGES / 20);
  ftblab_copy_list_leave(list);
  ftblab_storage_free(storage);
  ftblab_engine_free(engine);
}

static void test_changes(void)
{
  CU_ASSERT(holds_in_child(changes_body));
}

static const ftblab_unit_test tests[] = {
    {"a list that is changed", test_changes},
};

int main(void)
{
  return ftblab_suite("copies", tests, FTBLAB_COUNT(tests));
}
