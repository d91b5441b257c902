/* test_dialects.c - what every dialect promises: each line is accounted for, in whatever order and however broken the
 * lines are; times, host lists and clocks are read as they are meant; large sets are carried in payloads that fit. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "suite.h"

/* ---- helpers -------------------------------------------------------------------------------- */

static void read_text(ftblab_logs *logs, const char *name, const char *text, size_t length,
                      const ftblab_log_options *options, ftblab_log_counts *counts)
{
  ftblab_error err = {0};
  ftblab_dialect *dialect = NULL;
  CU_ASSERT_EQUAL_FATAL(ftblab_dialect_load(name, &dialect, &err), FTBLAB_OK);
  FILE *stream = fmemopen((char *)(length > 0 ? text : "\n"), length > 0 ? length : 1, "r");
  CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
  CU_ASSERT_EQUAL(ftblab_logs_add(logs, dialect, stream, "log", options, counts, &err), FTBLAB_OK);
  if (err.status != FTBLAB_OK)
    fprintf(stderr, "%s: %s\n", name, err.text);
  fclose(stream);
  ftblab_dialect_free(dialect);
}

static ftblab_logs *new_logs(void)
{
  ftblab_logs *logs = NULL;
  CU_ASSERT_EQUAL_FATAL(ftblab_logs_new(&logs, NULL), FTBLAB_OK);
  return logs;
}

static bool is_whole(const ftblab_log_counts *c)
{
  return c->used + c->repeats + c->ignored + c->unknown + c->blank == c->lines;
}

/* ---- every line is accounted for -------------------------------------------------------------- */

static const char *const texts[] = {"ftb-logger", "ftb-payload", "mvapich2", "openmpi-ftb", "mpich-ftb",
                                    "openmpi",    "mpich",       "slurm",    "opensm",      "linux-ib",
                                    "criu",       "dmtcp",       "beegfs",   "pmix",        "slurm-jobcomp"};

/* The lines of TEXT, some of them dropped, doubled, cut or swapped. */
static void mix(const char *text, ftblab_random *random, ftblab_text *mixed)
{
  for (const char *at = text; *at != '\0';) {
    size_t span = strcspn(at, "\n");
    switch (ftblab_random_below(random, 6)) {
    case 0:
      break;
    case 1:
      ftblab_text_add_bytes(mixed, at, span);
      ftblab_text_add(mixed, "\n");
      ftblab_text_add_bytes(mixed, at, span);
      ftblab_text_add(mixed, "\n");
      break;
    case 2:
      ftblab_text_add_bytes(mixed, at, (size_t)ftblab_random_below(random, span + 1));
      ftblab_text_add(mixed, "\n");
      break;
    default:
      ftblab_text_add_bytes(mixed, at, span);
      ftblab_text_add(mixed, "\n");
    }
    at += span + (at[span] == '\n');
  }
}

static void check_sample(const char *dialect, const char *path, ftblab_random *random)
{
  char *text = NULL;
  size_t length;
  CU_ASSERT_EQUAL_FATAL(ftblab_read_file(path, &text, &length, NULL), FTBLAB_OK);
  for (int round = 0; round < 20; round++) {
    ftblab_text mixed = {0};
    ftblab_log_options options = {.year = 2026};
    ftblab_log_counts counts = {0};
    ftblab_logs *logs = new_logs();
    mix(text, random, &mixed);
    bool pairs = strcmp(dialect, "pmix") == 0 || strcmp(dialect, "slurm-jobcomp") == 0;
    if (pairs) /* the time of a row must be one: whole lines only */
      read_text(logs, dialect, text, length, &options, &counts);
    else
      read_text(logs, dialect, ftblab_text_string(&mixed), mixed.length, &options, &counts);
    CU_ASSERT(is_whole(&counts));
    CU_ASSERT_EQUAL(counts.records, ftblab_logs_count(logs));
    ftblab_logs_free(logs);
    ftblab_text_free(&mixed);
  }
  free(text);
}

static void test_each_line(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 1, "lines");
  for (size_t d = 0; d < FTBLAB_COUNT(texts); d++) {
    char folder[256], path[600];
    size_t samples = 0;
    snprintf(folder, sizeof folder, FTBLAB_SOURCE_DIR "/tests/dialects/%s", texts[d]);
    DIR *listing = opendir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
      size_t length = strlen(entry->d_name);
      if (length < 5 || strcmp(entry->d_name + length - 4, ".log") != 0)
        continue;
      snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
      check_sample(texts[d], path, &random);
      samples++;
    }
    CU_ASSERT(samples > 0);
    closedir(listing);
  }
}

static void test_bytes(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 1, "bytes");
  for (int round = 0; round < 50; round++) {
    char text[2000];
    for (size_t i = 0; i < sizeof text; i++)
      text[i] = (char)ftblab_random_below(&random, ftblab_random_below(&random, 4) == 0 ? 256 : 40);
    ftblab_log_options options = {0};
    ftblab_log_counts counts = {0};
    ftblab_logs *logs = new_logs();
    read_text(logs, texts[round % 13], text, sizeof text, &options, &counts); /* those without rows */
    CU_ASSERT(is_whole(&counts));
    ftblab_logs_free(logs);
  }
}

/* ---- host lists ------------------------------------------------------------------------------- */

static void check_hosts(const char *list, const char *expected)
{
  pool p = {0};
  words w = {0};
  ftblab_text text = {0};
  (void)ftblab_hostlist_expand(list, &p, &w);
  for (size_t i = 0; i < w.count; i++)
    ftblab_text_addf(&text, "%s%s", i > 0 ? " " : "", w.at[i]);
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&text), expected);
  ftblab_text_free(&text);
  ftblab_pool_free(&p);
}

static void test_hostlists(void)
{
  check_hosts("node1", "node1");
  check_hosts("node[2-3,7]", "node2 node3 node7");
  check_hosts("a[08-11],b,c[1]x", "a08 a09 a10 a11 b c1x");
  check_hosts("r[1-2]n[0-1]", "r1n0 r1n1 r2n0 r2n1");
  check_hosts("n[3-1]", "n[3-1]"); /* no list: the word as it is */
  check_hosts("n[1-", "n[1-");
  check_hosts("n[]", "n[]");
  check_hosts("n[0-99999999999]", "n[0-99999999999]");
}

/* ---- times ------------------------------------------------------------------------------------ */

static int64_t time_of(clock_state *clock, const char *format, const char *text)
{
  int64_t t = -1;
  return ftblab_clock_read(clock, format, text, strlen(text), &t) ? t : -1;
}

static void test_times(void)
{
  const int64_t second = 1000000000, noon = 1795262400 * second; /* date -u -d 2026-11-21T12:00:00 +%s */
  ftblab_log_options options = {.year = 2026, .base = noon};
  clock_state clock = {.options = &options};
  CU_ASSERT_EQUAL(time_of(&clock, "%Y-%m-%dT%H:%M:%S.%f", "2026-11-21T12:00:00.25"), noon + second / 4);
  CU_ASSERT_EQUAL(time_of(&clock, "%a %b %d %H:%M:%S %Y", "Sat Nov 21 12:00:00 2026"), noon);
  CU_ASSERT_EQUAL(time_of(&clock, "%b %d %H:%M:%S %f", "Nov 21 12:00:00 000250"), noon + 250000);
  CU_ASSERT_EQUAL(time_of(&clock, "%Y-%m-%dT%H:%M:%S%z", "2026-11-21T13:00:00+01:00"), noon);
  CU_ASSERT_EQUAL(time_of(&clock, "%r", "0.073569"), noon + 73569000);
  CU_ASSERT_EQUAL(time_of(&clock, "%s", "1795262400.000000001"), noon + 1);
  CU_ASSERT_EQUAL(time_of(&clock, "%Y-%m-%d", "2026-02-29"), -1);
  CU_ASSERT_EQUAL(time_of(&clock, "%H:%M", "12:00 "), -1);
  CU_ASSERT_EQUAL(time_of(&clock, "%b %d", "Foo 1"), -1);
  options.zone = 3600;
  CU_ASSERT_EQUAL(time_of(&clock, "%Y-%m-%d %H:%M:%S", "2026-11-21 13:00:00"), noon);
}

static void test_new_year(void)
{
  const int64_t second = 1000000000;
  ftblab_log_options options = {.year = 2026};
  clock_state clock = {.options = &options};
  int64_t before = time_of(&clock, "%b %d %H:%M:%S", "Dec 31 23:59:59");
  CU_ASSERT_EQUAL(time_of(&clock, "%b %d %H:%M:%S", "Jan  1 00:00:00") - before, second);
  CU_ASSERT(clock.yearless);
}

/* ---- logs ------------------------------------------------------------------------------------- */

static void test_large_set(void)
{
  static const char log[] = "[2026-11-21T02:00:05.000] error: Nodes node[1-500] not responding\n";
  ftblab_log_options options = {0};
  ftblab_logs *logs = new_logs();
  ftblab_payload payload = {0};
  size_t members = 0;
  read_text(logs, "slurm", log, sizeof log - 1, &options, NULL);
  CU_ASSERT(ftblab_logs_count(logs) > 1);
  for (size_t i = 0; i < ftblab_logs_count(logs); i++) {
    const ftblab_record *record = ftblab_logs_record(logs, i);
    CU_ASSERT(record->payload.length <= FTBLAB_PAYLOAD_LIMIT);
    CU_ASSERT_EQUAL(ftblab_payload_parse(&payload, record->payload.data, record->payload.length, NULL), FTBLAB_OK);
    members += payload.item_count;
  }
  CU_ASSERT_EQUAL(members, 500);
  ftblab_payload_free(&payload);
  ftblab_logs_free(logs);
}

/* Two logs, the clock of the second ahead: they are put together by the corrected times, and what both tell is there
 * once. */
static void test_merge(void)
{
  static const char one[] = "[2026-11-21T02:00:01.000] error: Nodes a not responding\n"
                            "[2026-11-21T02:00:03.000] error: Nodes c not responding\n";
  static const char other[] = "[2026-11-21T02:00:04.000] error: Nodes b not responding\n"
                              "[2026-11-21T02:00:05.500] error: Nodes c not responding\n";
  ftblab_log_options exact = {0}, ahead = {.ahead = INT64_C(2000000000)};
  ftblab_logs *logs = new_logs();
  uint64_t folded;
  read_text(logs, "slurm", one, sizeof one - 1, &exact, NULL);
  read_text(logs, "slurm", other, sizeof other - 1, &ahead, NULL);
  CU_ASSERT_EQUAL(ftblab_logs_merge(logs, &folded, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL(folded, 1);
  CU_ASSERT_EQUAL_FATAL(ftblab_logs_count(logs), 3);
  for (size_t i = 0; i < 3; i++) {
    const ftblab_record *record = ftblab_logs_record(logs, i);
    char expected[16];
    int length = snprintf(expected, sizeof expected, "nodes: {%c}", (char)('a' + i));
    CU_ASSERT_EQUAL(record->line, i + 1);
    CU_ASSERT_EQUAL_FATAL(record->payload.length, (size_t)length);
    CU_ASSERT_EQUAL(memcmp(record->payload.data, expected, (size_t)length), 0);
  }
  ftblab_logs_free(logs);
}

/* A skew of one host moves its records alone. */
static void test_skew_of_host(void)
{
  static const char log[] = "Nov 21 09:10:00 n1 kernel: mlx5_core 0000:3b:00.0 eth0: Link down\n"
                            "Nov 21 09:10:01 n2 kernel: mlx5_core 0000:3b:00.0 eth0: Link down\n";
  const ftblab_skew skew = {"n1", 2, INT64_C(-5000000000)};
  ftblab_log_options options = {.year = 2026, .skews = &skew, .skew_count = 1};
  ftblab_logs *logs = new_logs();
  uint64_t folded;
  read_text(logs, "linux-ib", log, sizeof log - 1, &options, NULL);
  CU_ASSERT_EQUAL(ftblab_logs_merge(logs, &folded, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_logs_count(logs), 2);
  CU_ASSERT_EQUAL(ftblab_logs_record(logs, 0)->host.data[1], '2');
  CU_ASSERT_EQUAL(ftblab_logs_record(logs, 1)->t - ftblab_logs_record(logs, 0)->t, INT64_C(4000000000));
  ftblab_logs_free(logs);
}

static void test_shipped(void)
{
  ftblab_text text = {0};
  CU_ASSERT_EQUAL(ftblab_dialects_list(&text, NULL), FTBLAB_OK);
  for (size_t d = 0; d < FTBLAB_COUNT(texts); d++) {
    CU_ASSERT(ftblab_dialect_is_shipped(texts[d]));
    CU_ASSERT_PTR_NOT_NULL(strstr(ftblab_text_string(&text), texts[d]));
  }
  CU_ASSERT_FALSE(ftblab_dialect_is_shipped("slurmd"));
  ftblab_text_free(&text);
}

static const ftblab_unit_test tests[] = {
    {"those that are shipped", test_shipped},
    {"each line is accounted for", test_each_line},
    {"each line of any bytes", test_bytes},
    {"host lists", test_hostlists},
    {"times", test_times},
    {"new year", test_new_year},
    {"a set that no payload holds", test_large_set},
    {"logs merged", test_merge},
    {"the clock of one host", test_skew_of_host},
};

int main(void)
{
  return ftblab_suite("dialects", tests, FTBLAB_COUNT(tests));
}
