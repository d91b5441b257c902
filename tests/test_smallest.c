/* test_smallest.c - the violations of an instance are a smallest set: the checker against a search through every
 * reading. Each row is given each record that it may have, or none; what a reading costs is counted by the kinds of the
 * definition of conformance. Nothing of the checker is used for that. */
#include <stdlib.h>
#include <string.h>

#include "made_trace.h"
#include "spec_suite.h"

#define MOST_RECORDS 7
#define WRONG_ROLE "File System" /* catches and throws nothing of these workflows */

static ftblab_spec *spec;
static size_t shown;

typedef struct reading {
  const ftblab_workflow *workflow;
  const ftblab_made_trace *trace;
  ftblab_made_order order;
  int given[FTBLAB_MAX_ROWS]; /* record of each row; -1: none */
  uint64_t taken;             /* records */
  size_t best;
} reading;

static bool has_wrong_role(const ftblab_made_record *record)
{
  return strcmp(record->component, WRONG_ROLE) == 0;
}

/* A smallest set of rows out of order: by trying every set. Who has the wrong role cannot be out of order as well. */
static size_t count_misordered(const reading *r)
{
  size_t rows = r->workflow->row_count, best = rows + 1;
  for (uint64_t set = 0; set < (uint64_t)1 << rows; set++) {
    size_t size = 0;
    bool covers = true;
    for (size_t a = 0; a < rows; a++) {
      size += set >> a & 1;
      for (size_t b = 0; b < rows && covers; b++)
        if (r->given[a] >= 0 && r->given[b] >= 0 && r->order.before[b] >> a & 1 && r->given[a] > r->given[b])
          covers = (set >> a & 1) || (set >> b & 1);
    }
    if (covers && size < best)
      best = size;
  }
  return best;
}

static size_t count_missing(const reading *r)
{
  uint64_t phases = 1;
  size_t missing = 0;
  for (size_t row = 0; row < r->workflow->row_count; row++)
    if (r->given[row] >= 0)
      phases |= (uint64_t)1 << r->workflow->rows[row].phase;
  for (size_t row = 0; row < r->workflow->row_count; row++)
    missing += r->given[row] < 0 && !r->workflow->rows[row].optional && phases >> r->workflow->rows[row].phase & 1;
  return missing;
}

/* Records that no row has: a repeat, a throw that nothing allows, a role that may not, a catch of nothing thrown. A
 * catch of what was thrown is permitted, unless its row has another. */
static size_t count_left(const reading *r)
{
  size_t cost = 0;
  for (size_t i = 0; i < r->trace->count; i++) {
    const ftblab_made_record *record = &r->trace->records[i];
    if (r->taken >> i & 1)
      continue;
    bool thrown = false;
    for (size_t k = 0; k < i; k++)
      thrown = thrown ||
               (r->trace->records[k].action == FTBLAB_THROW && strcmp(r->trace->records[k].event, record->event) == 0);
    bool repeats = r->given[record->row] >= 0;
    cost += record->action == FTBLAB_THROW || has_wrong_role(record) || repeats || !thrown;
  }
  return cost;
}

static size_t count_roles(const reading *r)
{
  size_t wrong = 0;
  for (size_t row = 0; row < r->workflow->row_count; row++)
    wrong += r->given[row] >= 0 && has_wrong_role(&r->trace->records[r->given[row]]);
  return wrong;
}

/* A record of the row; or one of its event by a role that has no row. */
static bool may_have(const reading *r, size_t row, size_t i)
{
  const ftblab_made_record *record = &r->trace->records[i];
  const ftblab_row *own = &r->workflow->rows[record->row], *asked = &r->workflow->rows[row];
  return record->row == (int)row ||
         (has_wrong_role(record) && own->event == asked->event && own->action == asked->action);
}

static void search(reading *r, size_t row)
{
  if (row == r->workflow->row_count) {
    size_t cost = count_missing(r) + count_left(r) + count_roles(r);
    if (cost < r->best)
      cost += count_misordered(r);
    r->best = cost < r->best ? cost : r->best;
    return;
  }
  bool is_there = false; /* then the row came, in order or not: it is not missing, nor the record an extra */
  for (size_t i = 0; i < r->trace->count; i++)
    is_there = is_there || (r->trace->records[i].row == (int)row && !has_wrong_role(&r->trace->records[i]));
  r->given[row] = -1;
  if (!is_there)
    search(r, row + 1);
  for (size_t i = 0; i < r->trace->count; i++) {
    if (!may_have(r, row, i) || r->taken >> i & 1)
      continue;
    r->given[row] = (int)i;
    r->taken |= (uint64_t)1 << i;
    search(r, row + 1);
    r->taken &= ~((uint64_t)1 << i);
    r->given[row] = -1;
  }
}

static size_t smallest(const ftblab_workflow *w, const ftblab_made_trace *t)
{
  reading r = {.workflow = w, .trace = t, .best = SIZE_MAX};
  ftblab_made_order_of(w, &r.order);
  search(&r, 0);
  return r.best;
}

/* Up to MOST_RECORDS records of W's rows in any order, the first row's once, some twice, some by a wrong role. */
static void make_trace(ftblab_made_trace *t, const ftblab_workflow *w, ftblab_random *random)
{
  ftblab_made_values v;
  ftblab_made_values_of(&v, 1);
  t->count = 0;
  size_t wanted = 1 + ftblab_random_below(random, MOST_RECORDS);
  for (size_t i = 0; i < wanted; i++) {
    size_t row = i == 0 ? 0 : 1 + ftblab_random_below(random, w->row_count - 1);
    ftblab_made_record record = ftblab_made_row(spec, w, row, -1, &v, 0);
    if (row > 0 && ftblab_random_below(random, 10) == 0)
      record.component = WRONG_ROLE;
    /* mostly in the order of the table */
    size_t at = 0;
    while (at < t->count && t->records[at].row <= record.row)
      at++;
    if (ftblab_random_below(random, 3) == 0)
      at = ftblab_random_below(random, t->count + 1);
    ftblab_made_insert(t, at, &record);
  }
}

/* INSTANCES: how many the checker takes the records for. */
static size_t judge(const ftblab_workflow *w, const ftblab_made_trace *t, size_t *instances, ftblab_text *text)
{
  const ftblab_trace_header header = {.observes = {true, true, true}};
  const ftblab_check_options options = {.complete = true, .workflows = w->id};
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_error err;
  CU_ASSERT_EQUAL_FATAL(ftblab_checker_new(spec, &options, &header, &checker, &err), FTBLAB_OK);
  for (size_t i = 0; i < t->count; i++) {
    ftblab_record record = ftblab_made_as_record(&t->records[i], i + 1);
    CU_ASSERT_EQUAL_FATAL(ftblab_checker_add(checker, &record, &err), FTBLAB_OK);
  }
  CU_ASSERT_EQUAL_FATAL(ftblab_checker_finish(checker, "made", &verdict, &err), FTBLAB_OK);
  size_t count = ftblab_verdict_violations(verdict);
  *instances = ftblab_verdict_instances(verdict);
  if (text != NULL)
    ftblab_verdict_write_text(verdict, false, text);
  ftblab_verdict_free(verdict);
  ftblab_checker_free(checker);
  return count;
}

static void show(const ftblab_workflow *w, const ftblab_made_trace *t, size_t best)
{
  ftblab_text text = {0};
  if (getenv("FTBLAB_TEST_SHOW") == NULL || shown++ >= 3)
    return;
  size_t instances;
  judge(w, t, &instances, &text);
  printf("\n==== %s: %zu are enough\n", w->id, best);
  ftblab_made_print(t);
  printf("%s", ftblab_text_string(&text));
  ftblab_text_free(&text);
}

static void test_smallest(void)
{
  /* Loose: a record that names only the job may be one of no instance, which is less than a phase that lacks all its
   * other rows; this search does not try that. */
  static const struct {
    const char *id;
    bool loose;
  } rows[] = {{"E.2", false},  {"E.1", false},       {"B.3.1", false},   {"B.4.1", true},
              {"B.3.2", true}, {"S2.4-ckpt", false}, {"S2.5-job", true}, {"IU.2.3", false}};
  static ftblab_made_trace t;
  ftblab_random random;
  for (size_t w = 0; w < FTBLAB_COUNT(rows); w++) {
    const ftblab_workflow *workflow = &spec->workflows[ftblab_spec_workflow(spec, rows[w].id, strlen(rows[w].id))];
    size_t more = 0, fewer = 0, none = 0, count = ftblab_made_rounds(1000);
    ftblab_random_seed(&random, 7, rows[w].id);
    shown = 0;
    for (size_t i = 0; i < count; i++) {
      make_trace(&t, workflow, &random);
      size_t instances, best = smallest(workflow, &t), reported = judge(workflow, &t, &instances, NULL);
      more += reported > best;
      fewer += reported < best;
      none += best == 0;
      bool hole = reported < best && instances == 1 && !rows[w].loose;
      CU_ASSERT(!hole); /* fewer by one instance would be a hole in this search */
      if (reported > best || hole)
        show(workflow, &t, best);
    }
    printf(
        "\n    %-10s %zu traces, %zu conform, %zu with more violations than needed, %zu with fewer, as two instances",
        rows[w].id, count, none, more, fewer);
    CU_ASSERT_EQUAL(more, 0);
    CU_ASSERT(none < count);
  }
}

int main(void)
{
  static const ftblab_unit_test tests[] = {{"no reading has fewer violations", test_smallest}};
  return ftblab_spec_suite("smallest", &spec, tests, FTBLAB_COUNT(tests));
}
