/* test_long.c - what is longer than one cluster of the stream may be, against the exact checker; and steps that are
 * taken at a glance against the longer way. */
#include <stdlib.h>
#include <string.h>

#include "judges.h"
#include "spec_suite.h"

static ftblab_spec *spec;

/* ---- traces -------------------------------------------------------------------------------------------- */

typedef struct long_trace {
  ftblab_made_record *records;
  size_t count, room;
} long_trace;

static void add(long_trace *l, ftblab_made_record record)
{
  CU_ASSERT_FATAL(l->count < l->room);
  l->records[l->count++] = record;
}

static long_trace new_trace(size_t room)
{
  long_trace l = {.records = malloc(room * sizeof *l.records), .room = room};
  CU_ASSERT_PTR_NOT_NULL_FATAL(l.records);
  return l;
}

static ftblab_made_values values_of(size_t number)
{
  ftblab_made_values v;
  ftblab_made_values_of(&v, (int)number);
  return v;
}

static void add_job(long_trace *l, size_t number)
{
  ftblab_made_values v = values_of(number);
  ftblab_made_record fact = {
      .component = "Simulation", .event = "JOB_STARTED", .action = FTBLAB_FACT, .row = -1, .owner = -1};
  snprintf(fact.payload, sizeof fact.payload, "jobs: {%s}, nodes: {%s}", v.job, v.node);
  add(l, fact);
}

/* Instances of W, each on a node of its own, OPEN of them at a time; which goes on is drawn. */
static void add_instances(long_trace *l, const ftblab_workflow *w, size_t instances, size_t open, ftblab_random *random)
{
  size_t owner[64], row[64] = {0}, begun = 0, live = 0;
  while (begun < instances || live > 0) {
    while (live < open && begun < instances) {
      row[live] = 0;
      owner[live++] = begun++;
    }
    size_t i = ftblab_random_below(random, live);
    ftblab_made_values v = values_of(owner[i]);
    add(l, ftblab_made_row(spec, w, row[i], -1, &v, 0));
    if (++row[i] < w->row_count)
      continue;
    live--;
    owner[i] = owner[live];
    row[i] = row[live];
  }
}

static const ftblab_workflow *workflow(const char *id)
{
  return &spec->workflows[ftblab_spec_workflow(spec, id, strlen(id))];
}

/* ---- the two judges ------------------------------------------------------------------------------------ */

static const ftblab_trace_header header = {.observes = {true, true, true}};

static stream *new_stream(void)
{
  static const ftblab_check_options options = {.summary = true};
  stream *s = NULL;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(ftblab_stream_new(spec, &options, &header, &s, &err), FTBLAB_OK);
  return s;
}

/* Both find VIOLATIONS, and as many instances of each kind; nothing was cut short. */
static void compare(const char *what, const long_trace *l, size_t violations)
{
  const ftblab_judges how = {.spec = spec, .header = header, .options = {.summary = true}};
  ftblab_verdict *streamed = ftblab_judge_stream(&how, FTBLAB_LISTED_INSTANCES, l->records, l->count);
  ftblab_verdict *exact = ftblab_judge_exactly(&how, l->records, l->count);
  printf("\n    %-36s %zu records, %zu instances, %zu violations, exactly %zu", what, l->count,
         ftblab_verdict_total(streamed), ftblab_verdict_violations(streamed), ftblab_verdict_violations(exact));
  CU_ASSERT_EQUAL(ftblab_verdict_violations(streamed), violations);
  CU_ASSERT_EQUAL(ftblab_verdict_violations(exact), violations);
  CU_ASSERT_EQUAL(streamed->cut_short, 0);
  for (int k = FTBLAB_CONFORMS; k <= FTBLAB_INCOMPLETE; k++)
    CU_ASSERT_EQUAL(ftblab_verdict_count(streamed, (ftblab_verdict_kind)k),
                    ftblab_verdict_count(exact, (ftblab_verdict_kind)k));
  ftblab_verdict_free(streamed);
  ftblab_verdict_free(exact);
}

/* ---- long traces --------------------------------------------------------------------------------------- */

static void test_nothing_given(void)
{
  static const char *const payloads[] = {"nodes: {n", "", "colour: {red}"};
  const ftblab_workflow *w = workflow("B.1.3");
  for (size_t p = 0; p < FTBLAB_COUNT(payloads); p++) {
    long_trace l = new_trace(3 * CLUSTER_LIMIT);
    ftblab_random random;
    ftblab_random_seed(&random, 1, "nothing given");
    add_instances(&l, w, 2 * CLUSTER_LIMIT / w->row_count, 64, &random);
    /* where a trace of 16,384 records is behind it, and its cluster would have to be cut */
    snprintf(l.records[CLUSTER_LIMIT + 1000].payload, sizeof l.records[0].payload, "%s", payloads[p]);
    compare(payloads[p][0] == 0 ? "(an empty payload)" : payloads[p], &l, 1);
    free(l.records);
  }
}

static void test_job_alone(void)
{
  const ftblab_workflow *w = workflow("B.3.2");
  size_t instances = 5 * CLUSTER_LIMIT / 2 / w->row_count;
  ftblab_random random;
  ftblab_random_seed(&random, 1, "job alone");
  long_trace l = new_trace(4 * CLUSTER_LIMIT);
  add_instances(&l, w, instances, 1, &random);
  compare("suspensions, one after the other", &l, 0);
  l.count = 0;
  for (size_t i = 0; i < instances; i++)
    add_job(&l, i);
  add_instances(&l, w, instances, 64, &random);
  compare("suspensions of 64 jobs at a time", &l, 0);
  free(l.records);
}

/* One violation has what stands in more records than wait to be judged: each record is judged once. */
static void test_judged_once(void)
{
  enum { RECORDS = 66000 };
  const ftblab_judges how = {.spec = spec, .header = {.observes = {true, true, false}}, .options = {.summary = true}};
  long_trace l = new_trace(RECORDS);
  add(&l, (ftblab_made_record){.component = "mpirun", .event = "CR_FTB_MIGRATE", .action = FTBLAB_THROW, .row = -1});
  snprintf(l.records[0].payload, sizeof l.records[0].payload, "node: <a, b>");
  while (l.count < RECORDS) {
    add(&l, (ftblab_made_record){
                .component = "MPI Process", .event = "CR_FTB_CKPT_DONE", .action = FTBLAB_THROW, .row = -1});
    ftblab_made_record *last = &l.records[l.count - 1];
    snprintf(last->payload, sizeof last->payload, "ranks: %zu", l.count);
  }
  ftblab_verdict *v = ftblab_judge_stream(&how, FTBLAB_LISTED_INSTANCES, l.records, l.count);
  CU_ASSERT_EQUAL(ftblab_verdict_violations(v), 1);
  CU_ASSERT_EQUAL(v->records.read, RECORDS);
  CU_ASSERT_EQUAL(v->records.judged, RECORDS);
  CU_ASSERT_EQUAL(v->records.ignored, 0);
  ftblab_verdict_free(v);
  free(l.records);
}

/* ---- at a glance --------------------------------------------------------------------------------------- */

/* A mistake of any kind: what a glance must leave to the longer way. */
static void spoil(long_trace *l, ftblab_random *random)
{
  ftblab_made_record *record = &l->records[ftblab_random_below(random, l->count)];
  char *payload = record->payload;
  size_t length = strlen(payload);
  uint64_t mistake = ftblab_random_below(random, 5);
  if (length == 0 && mistake < 2)
    return;
  switch (mistake) {
  case 0: /* another byte, anywhere */
    payload[ftblab_random_below(random, length)] = (char)(' ' + ftblab_random_below(random, 95));
    break;
  case 1: /* cut */
    payload[ftblab_random_below(random, length)] = '\0';
    break;
  case 2: /* written otherwise */
    snprintf(payload + length, sizeof record->payload - length, " ");
    break;
  case 3: /* another's values */
    memmove(payload, l->records[ftblab_random_below(random, l->count)].payload, sizeof record->payload);
    break;
  default:
    record->component = spec->roles[ftblab_random_below(random, spec->role_count)].name;
  }
}

static uint64_t sum_of_tracks(const stream *s)
{
  uint64_t sum = s->track_count;
  for (uint32_t i = 0; i < s->track_count; i++) {
    const track *t = ftblab_track_at(s, i);
    if (!t->open)
      continue;
    sum = ftblab_mix(sum, (uint64_t)t->state << 32 | t->records);
    sum = ftblab_mix(sum, t->last_line << 1 | t->finished);
    for (uint16_t byte = 0; byte < t->used; byte++)
      sum = ftblab_mix(sum, t->log[byte]);
  }
  return sum;
}

/* The same records by either way, one after the other: the same tracks with the same logs after each. */
static void test_glance(void)
{
  static const char *const ids[] = {"B.1.1", "B.1.2", "B.1.3", "B.3.1", "B.3.3", "B.5.1"};
  ftblab_random random;
  size_t glances = 0, differ = 0, rounds = ftblab_made_rounds(120);
  ftblab_random_seed(&random, 1, "glance");
  for (size_t round = 0; round < rounds; round++) {
    long_trace l = new_trace(2048);
    stream *glancing = new_stream(), *slow = new_stream();
    const ftblab_workflow *w = workflow(ids[round % FTBLAB_COUNT(ids)]);
    add_instances(&l, w, 10 + ftblab_random_below(&random, 30), 1 + ftblab_random_below(&random, 64), &random);
    for (uint64_t i = ftblab_random_below(&random, 6); i > 0; i--)
      spoil(&l, &random);
    for (size_t i = 0; i < l.count; i++) {
      for (uint32_t k = 0; k < slow->kind_count; k++)
        slow->kinds[k]->glance = false;
      ftblab_judges_add(glancing, &l.records[i], i + 1);
      ftblab_judges_add(slow, &l.records[i], i + 1);
      glances += glancing->waiting[(glancing->came - 1) % WAITING].use != NULL;
      CU_ASSERT(slow->waiting[(slow->came - 1) % WAITING].use == NULL);
      differ += sum_of_tracks(glancing) != sum_of_tracks(slow);
    }
    ftblab_stream_free(glancing);
    ftblab_stream_free(slow);
    free(l.records);
  }
  printf(" %zu records at a glance, %zu times not the same ...", glances, differ);
  CU_ASSERT_EQUAL(differ, 0);
  CU_ASSERT(glances > 100 * rounds);
}

int main(void)
{
  static const ftblab_unit_test tests[] = {{"a payload that gives nothing is one finding", test_nothing_given},
                                           {"records that name a job alone", test_job_alone},
                                           {"records are judged once", test_judged_once},
                                           {"a glance sees what the longer way does", test_glance}};
  return ftblab_spec_suite("long traces", &spec, tests, FTBLAB_COUNT(tests));
}
