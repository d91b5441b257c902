/* test_stream.c - a long trace judged as a stream, against the exact checker, which judges it as a whole.
 *
 * Where every instance has nodes and jobs of its own the two find the same. Where these are used again the stream may
 * tell instances apart otherwise, but is silent exactly where the other is. */
#include <stdlib.h>
#include <string.h>

#include "judges.h"
#include "spec_suite.h"

static ftblab_spec *spec;
static size_t shown;

/* How a trace is recorded and judged, and what it is made of. */
typedef struct setting {
  const char *name;
  ftblab_trace_header header;
  ftblab_check_options options;
  bool registers;     /* each component first registers for what it catches */
  bool facts;         /* jobs start and end, nodes fail */
  bool again;         /* nodes and jobs are used again */
  bool instances;     /* other instances of a role catch, too */
  bool own;           /* what a component throws is delivered to itself, too */
  bool sets;          /* two nodes in one payload */
  int mistakes;       /* per trace, at most */
  bool throws_only;   /* catches are not recorded */
  const char *family; /* only of workflows whose id begins so, or NULL */
} setting;

static int draw_workflow(const setting *how, ftblab_random *random)
{
  for (;;) {
    size_t w = ftblab_random_below(random, spec->workflow_count);
    const ftblab_workflow *workflow = &spec->workflows[w];
    bool named = how->options.workflows != NULL && strcmp(how->options.workflows, workflow->id) == 0;
    if (named || (how->options.workflows == NULL && !workflow->by_name &&
                  (how->family == NULL || strncmp(workflow->id, how->family, strlen(how->family)) == 0)))
      return (int)w;
  }
}

/* Two nodes of a job fail together: each record of the owner's names both. */
static void name_two_nodes(ftblab_made_trace *t, int owner, const char *node)
{
  char one[48], both[96];
  snprintf(one, sizeof one, "nodes: {%.31s}", node);
  snprintf(both, sizeof both, "nodes: {%.31s, %.31sb}", node, node);
  for (size_t i = 0; i < t->count; i++) {
    char *place = t->records[i].owner == owner ? strstr(t->records[i].payload, one) : NULL;
    if (place == NULL)
      continue;
    char tail[160];
    snprintf(tail, sizeof tail, "%s", place + strlen(one));
    snprintf(place, sizeof t->records[i].payload - (size_t)(place - t->records[i].payload), "%s%s", both, tail);
  }
}

static void add_facts(ftblab_made_trace *t, const ftblab_made_values *v, const ftblab_workflow *w,
                      ftblab_random *random)
{
  ftblab_made_record fact = {.component = "Simulation", .action = FTBLAB_FACT, .row = -1, .owner = -1};
  if (strcmp(w->id, "B.1.1") == 0)
    return;
  fact.event = "JOB_STARTED";
  snprintf(fact.payload, sizeof fact.payload, "jobs: {%.31s}, nodes: {%.31s, %.31s}", v->job, v->node, v->spare);
  ftblab_made_insert(t, 0, &fact);
  if (ftblab_random_below(random, 2) == 0) {
    fact.event = "JOB_ENDED";
    ftblab_made_insert(t, t->count, &fact);
  }
}

static void add_registers(ftblab_made_trace *t, ftblab_random *random)
{
  size_t count = t->count;
  for (size_t i = 0; i < count; i++) {
    ftblab_made_record record = t->records[i + t->count - count];
    if (record.action != FTBLAB_CATCH || ftblab_random_below(random, 40) == 0)
      continue;
    bool known = false;
    for (size_t k = 0; k < t->count - count; k++)
      known = known || (t->records[k].event == record.event && t->records[k].component == record.component);
    record.action = FTBLAB_REGISTER;
    record.row = record.owner = -1;
    snprintf(record.payload, sizeof record.payload, "nodes: *");
    if (!known)
      ftblab_made_insert(t, 0, &record);
  }
}

/* One mistake: a record less, twice, elsewhere, by another role, or with another's values. */
static void make_mistake(ftblab_made_trace *t, ftblab_random *random)
{
  size_t at = ftblab_random_below(random, t->count), other = ftblab_random_below(random, t->count);
  ftblab_made_record record = t->records[at];
  switch (ftblab_random_below(random, 5)) {
  case 0:
    ftblab_made_remove(t, at);
    break;
  case 1:
    ftblab_made_insert(t, at + ftblab_random_below(random, t->count - at) + 1, &record);
    break;
  case 2:
    ftblab_made_remove(t, at);
    ftblab_made_insert(t, ftblab_random_below(random, t->count), &record);
    break;
  case 3:
    t->records[at].component = spec->roles[ftblab_random_below(random, spec->role_count)].name;
    break;
  default:
    if (t->records[other].event == record.event)
      memcpy(t->records[at].payload, t->records[other].payload, sizeof record.payload);
    else
      t->records[at].channel = "unreliable";
  }
}

/* Also where a row asks for it already, and so twice. */
static void deliver_to_throwers(ftblab_made_trace *t, ftblab_random *random)
{
  for (size_t i = 0; i < t->count; i++)
    if (t->records[i].action == FTBLAB_THROW && ftblab_random_below(random, 4) > 0) {
      ftblab_made_record own = t->records[i];
      own.action = FTBLAB_CATCH;
      ftblab_made_insert(t, i + 1, &own);
    }
}

static void make_trace(ftblab_made_trace *t, const setting *how, ftblab_random *random)
{
  int owners = 2 + (int)ftblab_random_below(random, 9), workflows[FTBLAB_MADE_OWNERS];
  ftblab_made_values values[FTBLAB_MADE_OWNERS];
  t->count = 0;
  for (int i = 0; i < owners; i++) {
    workflows[i] = draw_workflow(how, random);
    ftblab_made_values_of(&values[i], how->again ? (int)ftblab_random_below(random, 3) : i);
    ftblab_made_instance(t, spec, &spec->workflows[workflows[i]], &values[i], i, random);
    if (how->sets && strncmp(spec->workflows[workflows[i]].id, "B.1", 3) == 0)
      name_two_nodes(t, i, values[i].node);
  }
  if (!how->again || ftblab_random_below(random, 2) == 0)
    ftblab_made_interleave(t, owners, random);
  for (size_t i = 0; i < t->count && how->instances; i++)
    if (t->records[i].action == FTBLAB_CATCH && ftblab_random_below(random, 8) == 0) {
      ftblab_made_record other = t->records[i];
      other.instance = "another";
      ftblab_made_insert(t, i + 1, &other);
    }
  if (how->own)
    deliver_to_throwers(t, random);
  for (size_t i = t->count; i > 0 && how->throws_only; i--)
    if (t->records[i - 1].action == FTBLAB_CATCH)
      ftblab_made_remove(t, i - 1);
  for (int i = (int)ftblab_random_below(random, (uint64_t)how->mistakes + 1); i > 0 && t->count > 2; i--)
    make_mistake(t, random);
  for (int i = 0; i < owners && how->facts; i++)
    add_facts(t, &values[i], &spec->workflows[workflows[i]], random);
  if (how->registers)
    add_registers(t, random);
}

/* ---- the two judges ------------------------------------------------------------------------------------ */

static bool is_same_json(const ftblab_verdict *a, const ftblab_verdict *b)
{
  ftblab_text left = {0}, right = {0};
  ftblab_verdict_write_json(a, &left);
  ftblab_verdict_write_json(b, &right);
  bool same = strcmp(ftblab_text_string(&left), ftblab_text_string(&right)) == 0;
  ftblab_text_free(&left);
  ftblab_text_free(&right);
  return same;
}

static void show(const ftblab_made_trace *t, const ftblab_verdict *streamed, const ftblab_verdict *exact,
                 const char *name)
{
  if (shown++ >= 2)
    return;
  printf("\n==== %s\n", name);
  ftblab_made_print(t);
  ftblab_judges_show("streamed", streamed);
  ftblab_judges_show("exact", exact);
}

static void compare(const setting *how, size_t count)
{
  static ftblab_made_trace t;
  const ftblab_judges judges = {.spec = spec, .header = how->header, .options = how->options};
  ftblab_random random;
  size_t differ = 0, silent = 0, blamed = 0;
  shown = 0;
  ftblab_random_seed(&random, 1, how->name);
  for (size_t i = 0; i < count; i++) {
    make_trace(&t, how, &random);
    ftblab_verdict *streamed = ftblab_judge_stream(&judges, SIZE_MAX, t.records, t.count);
    ftblab_verdict *exact = ftblab_judge_exactly(&judges, t.records, t.count);
    ftblab_verdict *replayed = ftblab_judge_replayed(&judges, t.records, t.count);
    bool ours = ftblab_verdict_violations(streamed) > 0, theirs = ftblab_verdict_violations(exact) > 0;
    /* of throws alone the exact checker may take two short instances for one */
    bool same = how->again ? ours == theirs : ftblab_judges_agree(streamed, exact, !how->throws_only);
    CU_ASSERT(is_same_json(replayed, exact));
    differ += !same;
    silent += !theirs;
    blamed += theirs;
    if (!same)
      show(&t, streamed, exact, how->name);
    ftblab_verdict_free(streamed);
    ftblab_verdict_free(exact);
    ftblab_verdict_free(replayed);
  }
  printf("\n    %-44s %zu conform, %zu do not, %zu differ", how->name, silent, blamed, differ);
  CU_ASSERT_EQUAL(differ, 0);
}

#define ALL_SEEN                                                                                                       \
  {                                                                                                                    \
    .observes = { true, true, true }                                                                                   \
  }

static void test_against_exact(void)
{
  static const setting settings[] = {
      {.name = "conforming", .header = ALL_SEEN},
      {.name = "conforming, complete, with facts", .header = ALL_SEEN, .options = {.complete = true}, .facts = true},
      {.name = "mistakes", .header = ALL_SEEN, .mistakes = 3},
      {.name = "mistakes, complete", .header = ALL_SEEN, .options = {.complete = true}, .mistakes = 3},
      {.name = "mistakes, complete, facts",
       .header = ALL_SEEN,
       .options = {.complete = true},
       .mistakes = 3,
       .facts = true},
      {.name = "registrations, mistakes", .header = ALL_SEEN, .mistakes = 2, .facts = true, .registers = true},
      {.name = "from boot", .header = {.observes = {true, true, true}, .start = FTBLAB_START_BOOT}, .registers = true},
      {.name = "several of a role, mistakes", .header = ALL_SEEN, .facts = true, .mistakes = 2, .instances = true},
      {.name = "two nodes in a payload", .header = ALL_SEEN, .facts = true, .sets = true, .mistakes = 1},
      {.name = "throws only",
       .header = {.observes = {false, true, false}},
       .facts = true,
       .mistakes = 2,
       .throws_only = true},
      {.name = "from the middle",
       .header = {.observes = {true, true, true}, .start = FTBLAB_START_MID},
       .facts = true,
       .mistakes = 2},
      {.name = "strict order",
       .header = ALL_SEEN,
       .options = {.strict_order = true, .complete = true},
       .facts = true,
       .mistakes = 1},
      {.name = "B.1.3 alone, mistakes", .header = ALL_SEEN, .options = {.workflows = "B.1.3"}, .mistakes = 2},
      {.name = "S2.3-ckpt alone, mistakes", .header = ALL_SEEN, .options = {.workflows = "S2.3-ckpt"}, .mistakes = 2},
      {.name = "S2.5-job alone, mistakes", .header = ALL_SEEN, .options = {.workflows = "S2.5-job"}, .mistakes = 2},
      {.name = "delivered to throwers", .header = ALL_SEEN, .facts = true, .own = true, .registers = true},
      {.name = "delivered to throwers, mistakes", .header = ALL_SEEN, .own = true, .mistakes = 2},
      {.name = "delivered to throwers, nodes used again",
       .header = ALL_SEEN,
       .own = true,
       .again = true,
       .family = "B.1"},
      {.name = "nodes used again", .header = ALL_SEEN, .again = true, .family = "B.1"},
      {.name = "suspensions from the middle",
       .header = {.observes = {true, true, true}, .start = FTBLAB_START_MID},
       .options = {.complete = true},
       .facts = true,
       .family = "B.3",
       .mistakes = 2},
      {.name = "suspensions from the middle, no facts",
       .header = {.observes = {true, true, true}, .start = FTBLAB_START_MID},
       .family = "B.3",
       .mistakes = 2},
      {.name = "suspensions again, from the middle",
       .header = {.observes = {true, true, true}, .start = FTBLAB_START_MID},
       .again = true,
       .family = "B.3"},
      {.name = "suspensions again", .header = ALL_SEEN, .again = true, .family = "B.3"},
      {.name = "suspensions again, mistakes, facts",
       .header = ALL_SEEN,
       .again = true,
       .facts = true,
       .family = "B.3",
       .mistakes = 2},
      {.name = "throws from the middle",
       .header = {.observes = {false, true, false}, .start = FTBLAB_START_MID},
       .mistakes = 2,
       .throws_only = true},
      {.name = "nodes used again, complete, mistakes",
       .header = ALL_SEEN,
       .options = {.complete = true},
       .again = true,
       .family = "B",
       .mistakes = 2},
  };
  const char *only = getenv("FTBLAB_TEST_SETTING");
  for (size_t i = 0; i < FTBLAB_COUNT(settings); i++)
    if (only == NULL || strcmp(only, settings[i].name) == 0)
      compare(&settings[i], ftblab_made_rounds(400) / 4);
}

/* ---- a long one ---------------------------------------------------------------------------------------- */

typedef struct long_trace {
  stream *s;
  uint64_t line;
  size_t opened, dropped;
  uint32_t most_tracks;
} long_trace;

static void add_record(long_trace *l, const ftblab_made_record *made)
{
  ftblab_judges_add(l->s, made, ++l->line);
}

/* Many instances of W, each on a node of its own, one row after the other; of each hundredth the row DROPPED is
 * missing. Each of the OPEN ones in turn goes one row on. */
static void run_long(long_trace *l, const ftblab_workflow *w, const char *dropped, size_t instances, size_t open)
{
  for (size_t first = 0; first < instances; first += open)
    for (size_t r = 0; r < w->row_count; r++)
      for (size_t i = first; i < first + open && i < instances; i++) {
        ftblab_made_values v;
        ftblab_made_values_of(&v, (int)i);
        ftblab_made_record made = ftblab_made_row(spec, w, r, -1, &v, 0);
        if (i % 100 == 7 && strcmp(w->rows[r].step, dropped) == 0)
          l->dropped++;
        else
          add_record(l, &made);
        l->most_tracks = l->s->track_count > l->most_tracks ? l->s->track_count : l->most_tracks;
      }
}

/* Whatever the length, no more is kept than is open, and than ended so few records ago that a repeat may still come. */
static void judge_long(const char *id, const char *dropped, size_t records)
{
  const ftblab_trace_header header = ALL_SEEN;
  const ftblab_check_options options = {.complete = true, .summary = true};
  const ftblab_workflow *w = &spec->workflows[ftblab_spec_workflow(spec, id, strlen(id))];
  size_t instances = records / w->row_count, open = 64;
  long_trace l = {0};
  ftblab_error err;
  ftblab_verdict *verdict = NULL;
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_new(spec, &options, &header, &l.s, &err), FTBLAB_OK);
  run_long(&l, w, dropped, instances, open);
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_finish(l.s, "long", true, &verdict, &err), FTBLAB_OK);
  printf("\n    %s: %llu records, %zu instances, at most %u tracks at a time, %zu violate, %zu conform of %zu", id,
         (unsigned long long)l.line, instances, l.most_tracks, ftblab_verdict_count(verdict, FTBLAB_VIOLATES),
         ftblab_verdict_count(verdict, FTBLAB_CONFORMS), ftblab_verdict_total(verdict));
  CU_ASSERT_EQUAL(verdict->records.read, l.line);
  CU_ASSERT_EQUAL(ftblab_verdict_total(verdict), instances);
  CU_ASSERT_EQUAL(ftblab_verdict_count(verdict, FTBLAB_VIOLATES), l.dropped);
  CU_ASSERT_EQUAL(ftblab_verdict_count(verdict, FTBLAB_CONFORMS), instances - l.dropped);
  CU_ASSERT_EQUAL(ftblab_verdict_violations(verdict), l.dropped);
  CU_ASSERT(l.most_tracks <= (WINDOW + 16 * open) / w->row_count + 2 * open);
  ftblab_verdict_free(verdict);
  ftblab_stream_free(l.s);
}

/* ---- the index ----------------------------------------------------------------------------------------- */

enum { INDEX_WORDS = 2000, INDEX_STEPS = 40000, INDEX_LOOK = 400 };

/* Is each of the words found, and by itself, that IN says is there? */
static bool finds_all(const stream *s, const bool *in)
{
  for (uint32_t i = 0; i < INDEX_WORDS; i++) {
    const cluster_word *known = &s->words[i];
    const word w = {.text = known->text, .length = known->length, .hash = known->hash};
    uint32_t place = 0, count = 0, found;
    for (; (found = ftblab_index_find(s, &w, &place)) != NONE; count++)
      if (found != (CLUSTER_BIT | i))
        return false;
    if (count != in[i])
      return false;
  }
  return true;
}

/* Words come and go in any order; many have one hash, or hashes one behind the other, from the end of the table to its
 * beginning. */
static void test_index(void)
{
  static cluster_word words[INDEX_WORDS];
  static char texts[INDEX_WORDS][12];
  static bool in[INDEX_WORDS];
  stream *s = calloc(1, sizeof *s);
  ftblab_random random;
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  s->words = words;
  ftblab_random_seed(&random, 1, "index");
  for (uint32_t i = 0; i < INDEX_WORDS; i++) {
    int length = snprintf(texts[i], sizeof texts[i], "w%u", i);
    uint32_t hash = UINT32_MAX - 40 + (uint32_t)ftblab_random_below(&random, 80);
    words[i] = (cluster_word){.text = texts[i], .length = (uint32_t)length, .hash = hash};
  }
  for (size_t step = 0; step < INDEX_STEPS; step++) {
    bool full = step / (INDEX_STEPS / 4) % 2 == 0; /* it fills, empties, fills again */
    uint32_t i = (uint32_t)ftblab_random_below(&random, INDEX_WORDS);
    const word w = {.text = words[i].text, .length = words[i].length, .hash = words[i].hash};
    bool wanted = ftblab_random_below(&random, 10) < (full ? 9 : 1);
    if (wanted && !in[i])
      CU_ASSERT_FATAL(ftblab_index_add(s, &w, CLUSTER_BIT | i));
    if (!wanted && in[i])
      ftblab_index_remove(s, &w, CLUSTER_BIT | i);
    in[i] = wanted;
    if (step % INDEX_LOOK == 0)
      CU_ASSERT_FATAL(finds_all(s, in));
  }
  free(s->buckets);
  free(s);
}

/* ---- many facts ---------------------------------------------------------------------------------------- */

static void add_failure(long_trace *l, int node)
{
  ftblab_made_record made = {.component = "site", .action = FTBLAB_FACT, .event = "NODE_FAILED", .row = -1};
  snprintf(made.payload, sizeof made.payload, "nodes: {f%d}", node);
  add_record(l, &made);
}

/* Facts are read once more where the oldest of them are forgotten. An instance that has begun behind a failure of its
 * node is not over because of that: its trigger comes twice, not anew. */
static void test_facts_read_again(void)
{
  const ftblab_trace_header header = ALL_SEEN;
  const ftblab_check_options options = {.summary = true};
  long_trace l = {0};
  ftblab_error err;
  ftblab_verdict *verdict = NULL;
  ftblab_made_record trigger = {
      .component = "Monitoring System", .action = FTBLAB_THROW, .event = "CHECK_NODES_DEAD", .payload = "nodes: {f2}"};
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_new(spec, &options, &header, &l.s, &err), FTBLAB_OK);
  add_failure(&l, 1);
  l.line += 4 * WINDOW;
  add_failure(&l, 2);
  add_record(&l, &trigger);
  for (int i = 0; i < 10000; i++)
    add_failure(&l, 3 + i);
  add_record(&l, &trigger);
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_finish(l.s, "facts", false, &verdict, &err), FTBLAB_OK);
  CU_ASSERT_EQUAL(ftblab_verdict_total(verdict), 1);
  CU_ASSERT_EQUAL(ftblab_verdict_violations(verdict), 1);
  ftblab_verdict_free(verdict);
  ftblab_stream_free(l.s);
}

/* ---- counted ------------------------------------------------------------------------------------------- */

/* The verdict of INSTANCES of B.1.1, one after the other on few nodes; one of them lacks a row if BROKEN. */
static ftblab_verdict *judge_instances(size_t instances, bool broken, bool counted)
{
  const ftblab_trace_header header = ALL_SEEN;
  const ftblab_check_options options = {.complete = true, .counted = counted};
  const ftblab_workflow *w = &spec->workflows[ftblab_spec_workflow(spec, "B.1.1", 5)];
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_error err;
  uint64_t line = 0;
  CU_ASSERT_EQUAL_FATAL(ftblab_checker_new(spec, &options, &header, &checker, &err), FTBLAB_OK);
  for (size_t i = 0; i < instances; i++)
    for (size_t r = 0; r < w->row_count; r++) {
      ftblab_made_values v;
      ftblab_made_values_of(&v, (int)(i % 16));
      ftblab_made_record made = ftblab_made_row(spec, w, r, -1, &v, 0);
      if (i % 2 == 0) /* a long payload is kept once */
        snprintf(made.payload, sizeof made.payload, "nodes: {%0100zu}", i % 16);
      ftblab_record record = ftblab_made_as_record(&made, line + 1);
      if (broken && i == instances / 2 && r == 2)
        continue;
      line++;
      CU_ASSERT_EQUAL(ftblab_checker_add(checker, &record, &err), FTBLAB_OK);
    }
  CU_ASSERT_EQUAL_FATAL(ftblab_checker_finish(checker, "made", &verdict, &err), FTBLAB_OK);
  ftblab_checker_free(checker);
  return verdict;
}

static void test_counted(void)
{
  const size_t instances = 1000;
  ftblab_verdict *counted = judge_instances(instances, false, true);
  const char *id;
  size_t w = (size_t)ftblab_spec_workflow(spec, "B.1.1", 5);
  CU_ASSERT_EQUAL(ftblab_verdict_of(counted), FTBLAB_CONFORMS);
  CU_ASSERT_EQUAL(ftblab_verdict_instances(counted), 0);
  CU_ASSERT_EQUAL(ftblab_verdict_total(counted), instances);
  CU_ASSERT_EQUAL(ftblab_verdict_counted(counted, w, &id), instances);
  CU_ASSERT_STRING_EQUAL(id, "B.1.1");
  ftblab_verdict_counted(counted, spec->workflow_count, &id);
  CU_ASSERT_PTR_NULL(id);
  ftblab_verdict_free(counted);
  ftblab_verdict *broken = judge_instances(instances, true, true), *exact = judge_instances(instances, true, false);
  CU_ASSERT_EQUAL(ftblab_verdict_violations(broken), 1);
  CU_ASSERT_EQUAL(ftblab_verdict_instances(broken), instances);
  CU_ASSERT(is_same_json(broken, exact));
  ftblab_verdict_free(broken);
  ftblab_verdict_free(exact);
  counted = judge_instances(20, false, true);
  CU_ASSERT_EQUAL(ftblab_verdict_instances(counted), 20); /* a short one is listed */
  ftblab_verdict_free(counted);
}

static void test_long(void)
{
  size_t rounds = ftblab_made_rounds(400), records = rounds < 400 ? 750 * rounds : 300000;
  judge_long("B.1.3", "4(a)", records);
  judge_long("B.3.1", "2", records);
}

int main(void)
{
  static const ftblab_unit_test tests[] = {{"as the exact checker", test_against_exact},
                                           {"a long trace", test_long},
                                           {"the index of words", test_index},
                                           {"facts that are read again", test_facts_read_again},
                                           {"counted where all conforms", test_counted}};
  return ftblab_spec_suite("stream", &spec, tests, FTBLAB_COUNT(tests));
}
