/* test_facts.c - facts that change what is asked while a trace goes on: jobs that end, move and start again, and what
 * they promised. The stream, which forgets facts, against the exact checker, which has them all. */
#include <stdlib.h>
#include <string.h>

#include "judges.h"
#include "spec_suite.h"

static ftblab_spec *spec;
static ftblab_made_record *records;
static size_t count, room;

/* ---- traces -------------------------------------------------------------------------------------------- */

static void add(const ftblab_made_record *record)
{
  if (count == room) {
    room = 2 * room + 1024;
    records = realloc(records, room * sizeof *records);
    CU_ASSERT_PTR_NOT_NULL_FATAL(records);
  }
  records[count++] = *record;
}

static void add_one(const char *component, ftblab_action action, const char *event, const char *payload)
{
  ftblab_made_record made = {.component = component, .action = action, .event = event, .row = -1, .owner = -1};
  snprintf(made.payload, sizeof made.payload, "%s", payload);
  add(&made);
}

static void fact(const char *event, const char *payload)
{
  add_one("Simulation", FTBLAB_FACT, event, payload);
}

static const ftblab_workflow *workflow(const char *id)
{
  return &spec->workflows[ftblab_spec_workflow(spec, id, strlen(id))];
}

/* The rows FROM to TO of ID, but for row BUT, all counted from 1. */
static void go_on(const char *id, const char *node, const char *spare, const char *job, size_t from, size_t to,
                  size_t but)
{
  ftblab_made_values v;
  const ftblab_workflow *w = workflow(id);
  ftblab_made_values_of(&v, 0);
  snprintf(v.node, sizeof v.node, "%s", node);
  snprintf(v.spare, sizeof v.spare, "%s", spare);
  snprintf(v.job, sizeof v.job, "%s", job);
  for (size_t r = from; r <= w->row_count && r <= to; r++) {
    ftblab_made_record made = ftblab_made_row(spec, w, r - 1, -1, &v, 0);
    if (r != but)
      add(&made);
  }
}

/* The first ROWS. */
static void go_through(const char *id, const char *node, const char *spare, const char *job, size_t rows, size_t but)
{
  go_on(id, node, spare, job, 1, rows, but);
}

/* Node deaths elsewhere, one after the other, of so many records. */
static void pass(size_t wanted)
{
  static int number;
  for (size_t end = count + wanted; count < end;) {
    char node[32];
    snprintf(node, sizeof node, "other%d", number++);
    go_through("B.1.1", node, "", "", 64, 0);
  }
}

/* Facts of jobs elsewhere, so many that old ones are looked through. */
static void pass_facts(size_t wanted)
{
  static int number;
  for (size_t i = 0; i < wanted; i++) {
    char payload[64];
    snprintf(payload, sizeof payload, "nodes: {far%d}", number++);
    fact("NODE_RETURNED", payload);
  }
}

static const ftblab_trace_header header = {.observes = {true, true, true}};

/* Both find VIOLATIONS; or only the same, if that is SIZE_MAX. */
static bool agree(const char *name, bool complete, size_t violations)
{
  const ftblab_judges how = {.spec = spec, .header = header, .options = {.complete = complete}};
  ftblab_verdict *streamed = ftblab_judge_stream(&how, SIZE_MAX, records, count);
  ftblab_verdict *exact = ftblab_judge_exactly(&how, records, count);
  bool same = ftblab_judges_agree(streamed, exact, true);
  if (violations != SIZE_MAX)
    CU_ASSERT_EQUAL(ftblab_verdict_violations(exact), violations);
  if (!same) {
    printf("\n==== %s\n", name);
    for (size_t i = 0; i < count && count < 200; i++)
      printf("%3zu %s %s %s %s\n", i + 1, records[i].component, ftblab_action_name(records[i].action), records[i].event,
             records[i].payload);
    ftblab_judges_show("streamed", streamed);
    ftblab_judges_show("exact", exact);
  }
  ftblab_verdict_free(streamed);
  ftblab_verdict_free(exact);
  return same;
}

static void migrate(const char *job, const char *from, const char *to)
{
  go_through("B.3.3", from, to, job, 6, 0);
}

/* ---- one by one ---------------------------------------------------------------------------------------- */

static void test_end_without_nodes(void)
{
  count = 0;
  fact("JOB_STARTED", "jobs: {j1}, nodes: {n1, n2}");
  pass(100);
  fact("JOB_ENDED", "jobs: {j1}");
  go_through("B.1.1", "n1", "", "", 64, 0); /* asks for a node without a job */
  go_through("B.1.1", "n2", "", "", 64, 5);
  CU_ASSERT(agree("a job ends, and nothing is said of its nodes", true, 1));
}

/* Ranks of j1 move to where another job starts and ends. */
static void move_beneath_another(void)
{
  migrate("j1", "n1", "n2");
  pass(200);
  fact("JOB_STARTED", "jobs: {j2}, nodes: {n2}");
  fact("JOB_ENDED", "jobs: {j2}, nodes: {n2}");
  pass(200);
}

static void test_moved(void)
{
  count = 0;
  fact("JOB_STARTED", "jobs: {j1}, nodes: {n1}");
  move_beneath_another();
  go_through("B.1.2", "n2", "", "j1", 64, 4);
  go_through("B.1.1", "n1", "", "", 64, 4);
  fact("JOB_ENDED", "jobs: {j1}");
  go_through("B.1.1", "n2", "", "", 64, 4);
  CU_ASSERT(agree("ranks moved to where another job starts and ends", true, 3));
}

/* B.1.1 is another workflow's trace where a job runs. */
static void test_moved_job_is_there(void)
{
  count = 0;
  fact("JOB_STARTED", "jobs: {j1}, nodes: {n1}");
  fact("JOB_STARTED", "jobs: {j2}, nodes: {n9}");
  move_beneath_another();
  go_through("B.1.1", "n2", "", "", 64, 0);
  CU_ASSERT(agree("a node with a job that has moved there", true, SIZE_MAX));
}

/* Of a job on two nodes the ranks of one move: it still runs on the other. */
static void test_moved_from_one(void)
{
  for (int end = 0; end < 2; end++) {
    count = 0;
    fact("JOB_STARTED", "jobs: {j1}, nodes: {n1, n5}");
    fact("JOB_STARTED", "jobs: {j2}, nodes: {n9}");
    migrate("j1", "n1", "n2");
    pass(200);
    if (end)
      fact("JOB_ENDED", "jobs: {j1}");
    go_through("B.1.1", "n5", "", "", 64, 0);
    go_through("B.1.1", "n1", "", "", 64, 0);
    CU_ASSERT(agree("a node that a job has not left", true, SIZE_MAX));
  }
}

/* A node is told when its job ends, also where something else was said of it alone. */
static void test_told_of_the_end(void)
{
  count = 0;
  fact("JOB_STARTED", "jobs: {j2}, nodes: {n9}");
  fact("JOB_STARTED", "jobs: {j1}, nodes: {n1, n2}");
  fact("NODE_FAILED", "nodes: {n1}");
  pass(200);
  fact("JOB_ENDED", "jobs: {j1}, nodes: {n1, n2}");
  go_through("B.1.1", "n1", "", "", 64, 4);
  CU_ASSERT(agree("an end behind a failure", true, 1));
  pass(200);
  fact("JOB_STARTED", "jobs: {j1}, nodes: {n1, n2}");
  go_through("B.1.2", "n1", "", "j1", 64, 4);
  CU_ASSERT(agree("a start behind a failure", true, 2));
}

/* What is known of a job from behind the records of an instance tells that it is not the node's. */
static void test_known_late(void)
{
  for (size_t but = 0; but < 8; but++) {
    count = 0;
    fact("JOB_STARTED", "jobs: {j0}, nodes: {n0}");
    go_through("B.3.2", "n1", "", "j1", 64, but);
    pass(200);
    for (int i = 0; i < 3; i++) {
      fact("JOB_STARTED", "jobs: {j1}, nodes: {n7}");
      fact("JOB_ENDED", "jobs: {j1}, nodes: {n7}");
    }
    CU_ASSERT(agree("a job that is known late", true, SIZE_MAX));
  }
}

/* A job ends, and facts are looked through, while something goes on that is of no workflow as long as the job runs. */
static void test_pruned(void)
{
  count = 0;
  fact("JOB_STARTED", "jobs: {j1}, nodes: {n1}");
  fact("JOB_STARTED", "jobs: {j2}, nodes: {n9}");
  pass(150000);
  go_through("B.1.1", "n1", "", "", 2, 0);
  fact("JOB_ENDED", "jobs: {j1}, nodes: {n1}");
  pass_facts(5000);
  go_on("B.1.1", "n1", "", "", 3, 64, 0);
  CU_ASSERT(agree("an end while something goes on", true, SIZE_MAX));
}

/* Of two jobs in one fact one has ended long ago. */
static void test_pruned_pair(void)
{
  count = 0;
  fact("JOB_STARTED", "jobs: {j1, j2}, nodes: {n1}");
  fact("JOB_STARTED", "jobs: {j3}, nodes: {n3}");
  fact("JOB_ENDED", "jobs: {j1}");
  pass(150000);
  pass_facts(5000);
  fact("JOB_ENDED", "jobs: {j2}");
  go_through("B.1.1", "n1", "", "", 64, 0);
  CU_ASSERT(agree("two jobs that are started at once", true, 0));
}

/* A node that failed before an instance began has not failed since then, however often facts are looked through. */
static void test_old_failure(void)
{
  count = 0;
  pass_facts(5000);
  pass(150000);
  fact("NODE_FAILED", "nodes: {n1}");
  go_through("B.1.1", "n1", "", "", 3, 0);
  pass_facts(5000);
  go_through("B.1.1", "n1", "", "", 1, 0);
  go_through("B.1.1", "n1", "", "", 64, 0);
  CU_ASSERT(agree("an old failure", true, SIZE_MAX));
}

/* A job of nine nodes that are named in three facts each time that it starts or ends, but for one that is down. */
static void large_job(const char *event, int down)
{
  for (int chunk = 0; chunk < 3; chunk++) {
    char payload[64] = "jobs: {big}, nodes: {";
    for (int node = 3 * chunk; node < 3 * chunk + 3; node++)
      if (node != down)
        snprintf(payload + strlen(payload), sizeof payload - strlen(payload), "%sb%d",
                 payload[strlen(payload) - 1] == '{' ? "" : ", ", node);
    snprintf(payload + strlen(payload), sizeof payload - strlen(payload), "}");
    fact(event, payload);
  }
}

/* It is started anew so often that old facts are looked through. Of each three nodes two die again and again, and of
 * the third one its ranks move, once. */
static void test_large_job(void)
{
  enum { ROUNDS = 1400 };
  static const char *const dying[] = {"b1", "b2", "b4", "b5", "b7", "b8"}, *const left[] = {"b0", "b3", "b6"};
  count = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const char *node = dying[round % 6], *other = dying[(5 * round + 2) % 6];
    large_job("JOB_STARTED", round % 9);
    pass(100);
    if (round % 50 == 8 && round / 50 < 3)
      migrate("big", left[round / 50], "spare");
    fact("NODE_FAILED", "nodes: {b8}");
    go_through("B.1.2", node, "", "big", 64, round % 100 == 3 ? 4 : 0);
    large_job("JOB_ENDED", round % 9);
    go_through("B.1.1", other, "", "", 64, round % 100 == 60 ? 4 : 0);
  }
  CU_ASSERT(agree("a large job", true, 28));
}

/* A suspension names a job of very many nodes alone: it is of the one node that was predicted to fail. */
static void test_wide_job(void)
{
  static const int sizes[] = {10, 100, 1000};
  for (size_t size = 0; size < FTBLAB_COUNT(sizes); size++)
    for (size_t but = 0; but <= 8; but++) {
      char payload[64], node[16];
      snprintf(payload, sizeof payload, "jobs: {j1}, nodes: {0-%d}", sizes[size] - 1);
      snprintf(node, sizeof node, "%d", sizes[size] - 1);
      count = 0;
      fact("JOB_STARTED", "jobs: {j2}, nodes: {a}");
      go_through("B.3.2", "a", "", "j2", 2, 0); /* waits too, and longer */
      fact("JOB_STARTED", payload);
      go_through("B.3.2", node, "", "j1", 64, but);
      go_on("B.3.2", "a", "", "j2", 3, 64, 0);
      CU_ASSERT(agree("a job of many nodes", true, but == 0 ? 0 : 1));
    }
}

/* Nodes of a range of more than 65,536 are read up to that many. */
static void test_too_wide_job(void)
{
  static const char *const nodes[] = {"7", "65535", "65536"};
  for (size_t i = 0; i < FTBLAB_COUNT(nodes); i++) {
    count = 0;
    fact("JOB_STARTED", "jobs: {j1}, nodes: {0-99999}");
    go_through("B.1.1", nodes[i], "", "", 64, 0); /* of no workflow where a job runs */
    CU_ASSERT(agree("a job of too many nodes", true, SIZE_MAX));
  }
}

static void test_promise(void)
{
  static const struct {
    const char *name;
    bool runs, ends, again;
    size_t violations;                                        /* rows that do not come */
  } cases[] = {{"by a job that runs", true, false, false, 4}, /* 3, 4, 5(a), 6(a) */
               {"by one that is not started yet", false, false, false, 0},
               {"by one that has ended, and runs again", true, true, true, 0}};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    count = 0;
    fact("JOB_STARTED", "jobs: {j0}, nodes: {n0}");
    if (cases[i].runs)
      fact("JOB_STARTED", "jobs: {j1}, nodes: {n1}");
    if (cases[i].ends)
      fact("JOB_ENDED", "jobs: {j1}");
    go_through("FTLA.1-declare", "n1", "", "j1", 64, 0);
    if (!cases[i].runs || cases[i].again)
      fact("JOB_STARTED", "jobs: {j1}, nodes: {n1}");
    pass(200);
    go_through("FTLA.1", "n1", "", "j1", 2, 0);
    CU_ASSERT(agree(cases[i].name, true, cases[i].violations));
  }
}

/* ---- drawn --------------------------------------------------------------------------------------------- */

enum { JOBS = 4, NODES = 6 };

static const char *draw_name(const char *letter, int names, ftblab_random *random)
{
  static char drawn[4][16];
  static int next;
  char *name = drawn[next++ % 4];
  snprintf(name, sizeof drawn[0], "%s%d", letter, (int)ftblab_random_below(random, (uint64_t)names));
  return name;
}

/* Something happens. */
static void draw_step(bool spoils, ftblab_random *random)
{
  static const char *const deaths[] = {"B.1.1", "B.1.2", "B.1.3", "B.3.1", "S2.1-alive"};
  const char *job = draw_name("j", JOBS, random), *node = draw_name("n", NODES, random),
             *other = draw_name("n", NODES, random);
  char payload[64];
  switch (ftblab_random_below(random, 8)) {
  case 0:
    snprintf(payload, sizeof payload, "jobs: {%s}, nodes: {%s, %s}", job, node, other);
    fact("JOB_STARTED", payload);
    break;
  case 1:
    snprintf(payload, sizeof payload, "jobs: {%s}, nodes: {%s}", job, node);
    payload[ftblab_random_below(random, 2) == 0 ? strcspn(payload, ",") : strlen(payload)] = '\0';
    fact("JOB_ENDED", payload);
    break;
  case 2:
    migrate(job, node, other);
    break;
  case 3:
    snprintf(payload, sizeof payload, "nodes: {%s}", node);
    fact("NODE_FAILED", payload);
    break;
  case 4:
    go_through("FTLA.1-declare", node, "", job, 64, 0);
    break;
  case 5:
    go_through("FTLA.1", node, other, job, 6, 0);
    break;
  default:
    go_through(deaths[ftblab_random_below(random, FTBLAB_COUNT(deaths))], node, "", job, 64,
               spoils && ftblab_random_below(random, 4) == 0 ? 1 + ftblab_random_below(random, 10) : 0);
  }
}

static void test_drawn(void)
{
  size_t differ = 0, rounds = ftblab_made_rounds(400);
  ftblab_random random;
  ftblab_random_seed(&random, 1, "facts");
  for (size_t round = 0; round < rounds; round++) {
    count = 0;
    fact("JOB_STARTED", "jobs: {j0}, nodes: {n0}");
    for (uint64_t i = 2 + ftblab_random_below(&random, 30); i > 0; i--)
      draw_step(round % 2 == 1, &random);
    differ += !agree("drawn", ftblab_random_below(&random, 2) == 0, SIZE_MAX);
    if (differ > 2)
      break;
  }
  printf(" %zu differ ...", differ);
  CU_ASSERT_EQUAL(differ, 0);
}

/* Predictions for nodes far behind in a job of many, and what is done about them, in turns. */
static void draw_predictions(int size, ftblab_random *random)
{
  static const char *const ids[] = {"B.3.1", "B.3.2", "B.3.2", "B.3.3", "B.4.1"};
  enum { AT_ONCE = 3 };
  const char *id[AT_ONCE];
  size_t but[AT_ONCE];
  char node[AT_ONCE][16];
  for (int i = 0; i < AT_ONCE; i++) {
    id[i] = ids[ftblab_random_below(random, FTBLAB_COUNT(ids))];
    but[i] = ftblab_random_below(random, 3) == 0 ? 1 + ftblab_random_below(random, 8) : 0;
    snprintf(node[i], sizeof node[i], "%d", size - 1 - (int)ftblab_random_below(random, 20));
  }
  for (size_t from = 1; from <= 10; from += 2)
    for (int i = 0; i < AT_ONCE; i++)
      go_on(id[i], node[i], "spare", i == 1 ? "j2" : "j1", from, from + 1, but[i]);
}

static void test_drawn_wide(void)
{
  size_t differ = 0, rounds = ftblab_made_rounds(300);
  ftblab_random random;
  ftblab_random_seed(&random, 1, "wide jobs");
  for (size_t round = 0; round < rounds && differ <= 2; round++) {
    int size = round % 2 == 0 ? 100 : 1000;
    char payload[64];
    count = 0;
    snprintf(payload, sizeof payload, "jobs: {j1}, nodes: {0-%d}", size - 1);
    fact("JOB_STARTED", payload);
    snprintf(payload, sizeof payload, "jobs: {j2}, nodes: {%d-%d}", size / 5, size + 70);
    fact("JOB_STARTED", payload);
    for (uint64_t i = 1 + ftblab_random_below(&random, 3); i > 0; i--)
      draw_predictions(size, &random);
    differ += !agree("drawn of wide jobs", ftblab_random_below(&random, 2) == 0, SIZE_MAX);
  }
  printf(" %zu differ ...", differ);
  CU_ASSERT_EQUAL(differ, 0);
}

int main(void)
{
  static const ftblab_unit_test tests[] = {{"a job ends wherever it runs", test_end_without_nodes},
                                           {"a job that has moved", test_moved},
                                           {"a job that has moved is on its node", test_moved_job_is_there},
                                           {"a job that has moved from one node of two", test_moved_from_one},
                                           {"a node that failed is told of its job", test_told_of_the_end},
                                           {"a job that is known late", test_known_late},
                                           {"an end while something goes on", test_pruned},
                                           {"two jobs that are started at once", test_pruned_pair},
                                           {"a failure before all", test_old_failure},
                                           {"a large job that starts again and again", test_large_job},
                                           {"a job of very many nodes", test_wide_job},
                                           {"a job of more nodes than are read", test_too_wide_job},
                                           {"promises", test_promise},
                                           {"facts and deaths as they come", test_drawn},
                                           {"predictions in jobs of many nodes", test_drawn_wide}};
  int failed = ftblab_spec_suite("facts", &spec, tests, FTBLAB_COUNT(tests));
  free(records);
  return failed;
}
