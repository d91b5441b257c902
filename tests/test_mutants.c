/* test_mutants.c - the proof that the checker detects, and blames nobody without cause.
 *
 * Conforming instances of every workflow, in any order that their tables allow and among others, are never blamed. One
 * mistake in one of them, by each operator, is found and named at its row, unless it is none: what is equivalent is
 * decided here, from the definition of conformance: where rows are optional, by a search through every way to read the
 * records (conforming.c). FTBLAB_TEST_ROUNDS sets how many of each operator and
 * workflow are made; FTBLAB_TEST_NIGHTLY in the environment makes ten times as many as usual. */
#include <stdlib.h>
#include <string.h>

#include "conforming.h"
#include "made_trace.h"
#include "spec_suite.h"
#include "verdict.h"

#define ROUNDS 370  /* chosen: the workflows and 11 operators come to 10^5 mutants that are not equivalent */
#define MANY 100000 /* of these, and of conforming instances */
#define MOST_OTHERS 3

typedef enum operator_kind {
  DROP,
  DUPLICATE,
  SWAP,
  DELAY,
  WRONG_ROLE,
  WRONG_VALUE,
  WRONG_MEMBER,
  WRONG_CHANNEL,
  UNREGISTERED,
  TRUNCATE,
  MERGE,
  OPERATORS
} operator_kind;
static const char *const operator_names[OPERATORS] = {"drop",         "duplicate",   "swap",         "delay",
                                                      "wrong role",   "wrong value", "wrong member", "wrong channel",
                                                      "unregistered", "truncate",    "merge"};

typedef struct tally {
  size_t made, equivalent, found, named;
} tally;

static ftblab_spec *spec;
static size_t shown;

/* A trace, and what is expected of it. */
typedef struct mutant {
  ftblab_made_trace trace;
  const ftblab_workflow *workflow; /* of owner 0, in which the mistake is */
  int workflows[FTBLAB_MADE_OWNERS];
  int owners;
  bool boot;
  bool is_cut;                     /* its end is missing */
  bool incomplete;                 /* it may go on */
  bool equivalent;                 /* no mistake */
  const char *kinds;               /* that it may be found as */
  uint64_t rows;                   /* of WORKFLOW, at which it may be named */
  uint64_t cover[FTBLAB_MAX_ROWS]; /* misordered: for row r, the rows that stand before it and must not */
  bool rough;                      /* that its row is named is enough: more may be blamed with it */
  bool crowded;                    /* others may take what is left of it */
  bool loose;                      /* it may be a throw that no workflow allows, the others being whole without it */
  bool covers;                     /* the rows named must be a smallest set that covers the pairs of COVER */
  size_t least, most;              /* violations */
  size_t own_cost;                 /* violations of owner 0's records read as WORKFLOW */
} mutant;

static size_t rounds(void)
{
  return ftblab_made_rounds(getenv("FTBLAB_TEST_NIGHTLY") != NULL ? 10 * ROUNDS : ROUNDS);
}

/* ---- crowds -------------------------------------------------------------------------------------------- */

static bool has_job(const ftblab_workflow *w)
{
  return !w->needs_no_job;
}

static void add_job_facts(mutant *m)
{
  for (int i = 0; i < m->owners; i++) {
    if (!has_job(&spec->workflows[m->workflows[i]]))
      continue;
    ftblab_made_values v;
    ftblab_made_values_of(&v, i);
    ftblab_made_record fact = {
        .component = "Simulation", .event = "JOB_STARTED", .action = FTBLAB_FACT, .row = -1, .owner = -1};
    snprintf(fact.payload, sizeof fact.payload, "jobs: {%s}, nodes: {%s, %s}, ranks: {%lld-%lld}", v.job, v.node,
             v.spare, (long long)v.first_rank, (long long)v.first_rank + FTBLAB_MADE_RANKS - 1);
    ftblab_made_insert(&m->trace, 0, &fact);
  }
}

/* Ahead of all, what is asked only of jobs that told so before was told: by the workflow that throws it. */
static void add_promises(mutant *m)
{
  for (int i = 0; i < m->owners; i++) {
    int promise = spec->workflows[m->workflows[i]].promise;
    for (size_t w = 0; w < spec->workflow_count && promise != FTBLAB_NONE; w++) {
      const ftblab_workflow *teller = &spec->workflows[w];
      if (teller->rows[0].event != promise || teller->rows[0].action != FTBLAB_THROW)
        continue;
      ftblab_made_values v;
      ftblab_made_values_of(&v, i);
      for (size_t r = teller->row_count; r-- > 0;) {
        ftblab_made_record told = ftblab_made_row(spec, teller, r, -1, &v, -1);
        told.row = -1;
        ftblab_made_insert(&m->trace, 0, &told);
      }
    }
  }
}

/* Has W rows for each member of a set? */
static bool has_members(const ftblab_workflow *w)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].each != FTBLAB_NONE)
      return true;
  return false;
}

static bool has_optional(const ftblab_workflow *w)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].optional || w->rows[r].choice != 0)
      return true;
  return false;
}

static bool has_choice(const ftblab_workflow *w)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].choice != 0)
      return true;
  return false;
}

/* Owner 0 does W; up to MOST_OTHERS others do any workflow that is judged together with it. */
static void make_crowd(mutant *m, const ftblab_workflow *w, int others, ftblab_random *random)
{
  memset(m, 0, offsetof(mutant, trace) + sizeof m->trace.count);
  memset(&m->workflow, 0, sizeof *m - offsetof(mutant, workflow));
  m->trace.count = 0;
  m->workflow = w;
  m->crowded = w->by_name && others > 0;
  m->owners = 1 + others;
  for (int i = 0; i < m->owners; i++) {
    size_t chosen = (size_t)(w - spec->workflows);
    while (i > 0 && !w->by_name && spec->workflows[chosen = ftblab_random_below(random, spec->workflow_count)].by_name)
      continue;
    m->workflows[i] = (int)chosen;
    ftblab_made_values v;
    ftblab_made_values_of(&v, i);
    ftblab_made_instance(&m->trace, spec, &spec->workflows[chosen], &v, i, random);
  }
  ftblab_made_interleave(&m->trace, m->owners, random);
}

static ftblab_verdict *judge(const mutant *m)
{
  const ftblab_trace_header header = {.observes = {true, true, true},
                                      .start = m->boot ? FTBLAB_START_BOOT : FTBLAB_START_DEFAULT};
  const ftblab_check_options options = {.complete = !m->incomplete,
                                        .workflows = m->workflow->by_name ? m->workflow->id : NULL};
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_error err;
  ftblab_status status = ftblab_checker_new(spec, &options, &header, &checker, &err);
  for (size_t i = 0; i < m->trace.count && status == FTBLAB_OK; i++) {
    ftblab_record record = ftblab_made_as_record(&m->trace.records[i], i + 1);
    status = ftblab_checker_add(checker, &record, &err);
  }
  if (status == FTBLAB_OK)
    status = ftblab_checker_finish(checker, "made", &verdict, &err);
  ftblab_checker_free(checker);
  CU_ASSERT_EQUAL_FATAL(status, FTBLAB_OK);
  return verdict;
}

static void show(const mutant *m, const ftblab_verdict *verdict, const char *what)
{
  if ((getenv("FTBLAB_TEST_WORKFLOW") && strcmp(getenv("FTBLAB_TEST_WORKFLOW"), m->workflow->id)) || shown++ >= 3)
    return;
  ftblab_text text = {0};
  printf("\n==== %s of %s, %s expected\n", what, m->workflow->id, m->kinds != NULL ? m->kinds : "nothing");
  ftblab_made_print(&m->trace);
  ftblab_verdict_write_text(verdict, false, &text);
  printf("%s", ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* ---- what stands in which order ------------------------------------------------------------------------ */

/* Must A come before B, both of owner 0? */
static bool is_ordered(const ftblab_workflow *w, const ftblab_made_order *order, const ftblab_made_record *a,
                       const ftblab_made_record *b)
{
  if (a->row == b->row || !(order->before[b->row] >> a->row & 1))
    return false;
  bool pair = a->member >= 0 && b->member >= 0 && w->rows[a->row].event == w->rows[b->row].event;
  return !pair || a->member == b->member;
}

/* The size of a smallest set of rows that has one of each pair. */
static size_t smallest_cover(uint64_t pairs[], size_t rows, uint64_t taken, size_t used, size_t best)
{
  for (size_t r = 0; r < rows && used < best; r++) {
    uint64_t open = taken >> r & 1 ? 0 : pairs[r] & ~taken;
    if (open == 0)
      continue;
    size_t with_row = smallest_cover(pairs, rows, taken | (uint64_t)1 << r, used + 1, best);
    best = with_row < best ? with_row : best;
    uint64_t early = open & (~open + 1);
    size_t with_early = smallest_cover(pairs, rows, taken | early, used + 1, best);
    return with_early < best ? with_early : best;
  }
  return used < best ? used : best;
}

/* Fill in which of owner 0's records stand the wrong way round. False: one of them is of a member of a set; of these
 * the checker orders but one. */
static bool expect_order(mutant *m)
{
  ftblab_made_order order;
  ftblab_made_order_of(m->workflow, &order);
  m->equivalent = true;
  for (size_t i = 0; i < m->trace.count; i++)
    for (size_t j = i + 1; j < m->trace.count; j++) {
      const ftblab_made_record *early = &m->trace.records[i], *late = &m->trace.records[j];
      if (early->owner != 0 || late->owner != 0 || early->row < 0 || late->row < 0 ||
          !is_ordered(m->workflow, &order, late, early))
        continue;
      if (late->member >= 0 || early->member >= 0)
        return false;
      m->equivalent = false;
      m->cover[late->row] |= (uint64_t)1 << early->row; /* EARLY came before LATE, which it must follow */
    }
  m->kinds = "misordered";
  m->covers = true;
  uint64_t pairs[FTBLAB_MAX_ROWS];
  memcpy(pairs, m->cover, sizeof pairs);
  m->own_cost = smallest_cover(pairs, m->workflow->row_count, 0, 0, FTBLAB_MAX_ROWS);
  return true;
}

static bool is_cover(const mutant *m, uint64_t rows)
{
  for (size_t r = 0; r < m->workflow->row_count; r++)
    if (!(rows >> r & 1) && (m->cover[r] & ~rows) != 0)
      return false;
  return true;
}

/* ---- the operators ------------------------------------------------------------------------------------- */

static uint64_t bit(int row)
{
  return (uint64_t)1 << row;
}

/* A later phase of which nothing but this record came: without it, it has not begun, and is not asked for. */
static bool is_alone_in_phase(const mutant *m, const ftblab_made_record *record)
{
  int phase = m->workflow->rows[record->row].phase;
  for (size_t i = 0; i < m->trace.count; i++) {
    const ftblab_made_record *other = &m->trace.records[i];
    if (other->owner == 0 && other->row >= 0 && other != record && m->workflow->rows[other->row].phase == phase)
      return false;
  }
  return phase > 0;
}

static uint64_t rows_of_owner(const mutant *m)
{
  uint64_t rows = 0;
  for (size_t i = 0; i < m->trace.count; i++)
    if (m->trace.records[i].owner == 0 && m->trace.records[i].row >= 0)
      rows |= bit(m->trace.records[i].row);
  return rows;
}

static size_t count_of_owner(const mutant *m)
{
  size_t count = 0;
  for (size_t i = 0; i < m->trace.count; i++)
    count += m->trace.records[i].owner == 0;
  return count;
}

/* Are ROWS of owner 0 all that W asks for in the phases that they begin? */
static bool is_whole_in(const mutant *m, const ftblab_workflow *w, uint64_t rows)
{
  uint64_t taken = 0, phases = 1;
  for (size_t r = 0; r < m->workflow->row_count; r++) {
    const ftblab_row *row = &m->workflow->rows[r];
    bool found = !(rows >> r & 1);
    for (size_t other = 0; other < w->row_count && !found; other++) {
      const ftblab_row *theirs = &w->rows[other];
      found = !(taken >> other & 1) && theirs->component == row->component && theirs->action == row->action &&
              theirs->event == row->event;
      taken |= found ? bit((int)other) : 0;
      phases |= found ? (uint64_t)1 << theirs->phase : 0;
    }
    for (size_t other = 0; other < w->row_count && !found; other++) /* a catch more is permitted, of what was thrown */
      found = row->action == FTBLAB_CATCH && taken >> other & 1 && w->rows[other].action == FTBLAB_THROW &&
              w->rows[other].event == row->event;
    if (!found)
      return false;
  }
  for (size_t r = 0; r < w->row_count; r++)
    if (!(taken >> r & 1) && phases >> w->rows[r].phase & 1)
      return false;
  return true;
}

/* The same of any workflow that is judged together with it, such as E.2 of E.1 without its last row. */
static bool is_whole_elsewhere(const mutant *m, uint64_t rows)
{
  for (size_t w = 0; w < spec->workflow_count; w++)
    if (!spec->workflows[w].by_name && !m->workflow->by_name && has_job(&spec->workflows[w]) &&
        &spec->workflows[w] != m->workflow && is_whole_in(m, &spec->workflows[w], rows))
      return true;
  return false;
}

/* With the rows in whose place each stands in another branch, or that may be absent: a reading by one of these has no
 * more violations. */
static uint64_t with_alternatives(const ftblab_workflow *w, uint64_t rows)
{
  uint64_t all = rows;
  for (size_t r = 0; r < w->row_count; r++)
    for (size_t other = 0; other < w->row_count; other++)
      if (rows >> r & 1 && (ftblab_rows_exclude(&w->rows[r], &w->rows[other]) || w->rows[other].optional) &&
          w->rows[r].action == w->rows[other].action && w->rows[r].event == w->rows[other].event)
        all |= bit((int)other);
  return all;
}

static void expect(mutant *m, const char *kinds, uint64_t rows)
{
  m->kinds = kinds;
  m->rows = with_alternatives(m->workflow, rows);
  m->least = m->most = 1;
}

/* Has the workflow a catch of what ROW throws? */
static bool is_caught(const ftblab_workflow *w, int row)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[row].action == FTBLAB_THROW && w->rows[r].action == FTBLAB_CATCH &&
        w->rows[r].event == w->rows[row].event)
      return true;
  return false;
}

/* If RECORD alone says which branch of a choice takes place: the rows of all its branches, of which each is as near. */
static uint64_t rows_of_choice(const mutant *m, const ftblab_made_record *record)
{
  const ftblab_row *own = &m->workflow->rows[record->row];
  uint64_t rows = 0;
  for (size_t i = 0; i < m->trace.count; i++) {
    const ftblab_made_record *other = &m->trace.records[i];
    if (other->owner == 0 && other->row >= 0 && other != record && m->workflow->rows[other->row].choice == own->choice)
      return 0;
  }
  for (size_t r = 0; r < m->workflow->row_count && own->choice != 0; r++)
    rows |= m->workflow->rows[r].choice == own->choice ? bit((int)r) : 0;
  return rows;
}

static bool apply_drop(mutant *m, size_t at)
{
  const ftblab_made_record *record = &m->trace.records[at];
  const ftblab_row *row = &m->workflow->rows[record->row];
  if (record->member >= 0 && row->optional)
    return false; /* whose catch may be of any member's, to the checker */
  expect(m, "missing", bit(record->row) | rows_of_choice(m, record));
  m->equivalent = is_alone_in_phase(m, record) || (row->optional && !is_caught(m->workflow, record->row)) ||
                  is_whole_elsewhere(m, rows_of_owner(m) & ~m->rows);
  ftblab_made_remove(&m->trace, at);
  return true;
}

/* Is the first row all that the first phase asks for? Then the trigger alone is an instance. */
static bool is_trigger_enough(const ftblab_workflow *w)
{
  for (size_t r = 1; r < w->row_count; r++)
    if (w->rows[r].phase == 0 && !w->rows[r].optional)
      return false;
  return true;
}

static bool apply_duplicate(mutant *m, size_t at, ftblab_random *random)
{
  ftblab_made_record copy = m->trace.records[at];
  expect(m, "duplicate", bit(copy.row));
  m->equivalent = copy.row == 0 && is_trigger_enough(m->workflow);
  size_t to = at + 1 + ftblab_random_below(random, m->trace.count - at);
  /* a trigger that comes again when all is over begins a new instance: repeat it at once */
  for (size_t w = 0; w < spec->workflow_count; w++) {
    const ftblab_row *first = &spec->workflows[w].rows[0], *row = &m->workflow->rows[copy.row];
    if (first->event == row->event && first->action == row->action && first->component == row->component)
      to = at + 1;
  }
  ftblab_made_insert(&m->trace, to, &copy);
  return true;
}

/* Does record AT open an instance with rows that nothing orders behind it? The checker knows these only once it is
 * there. */
static bool opens_members(const mutant *m, size_t at)
{
  return has_members(m->workflow) && m->workflow->rows[m->trace.records[at].row].number == m->workflow->rows[0].number;
}

static bool apply_swap(mutant *m, size_t at, ftblab_random *random)
{
  size_t other = ftblab_random_below(random, m->trace.count);
  if (other == at || m->trace.records[other].owner != 0 || opens_members(m, at) || opens_members(m, other))
    return false;
  ftblab_made_record kept = m->trace.records[at];
  m->trace.records[at] = m->trace.records[other];
  m->trace.records[other] = kept;
  return expect_order(m);
}

static bool apply_delay(mutant *m, size_t at, ftblab_random *random)
{
  ftblab_made_record kept = m->trace.records[at];
  if (at + 1 == m->trace.count || opens_members(m, at))
    return false;
  size_t to = at + 1 + ftblab_random_below(random, m->trace.count - at - 1);
  ftblab_made_remove(&m->trace, at);
  ftblab_made_insert(&m->trace, to, &kept);
  return expect_order(m);
}

/* May ROLE hear EVENT for its own sake? Section 2, the tables and the registrations say so. */
static bool may_hear(const ftblab_workflow *w, int role, int event)
{
  const ftblab_event *e = &spec->events[event];
  if (e->caught_by_any || (e->caught_by | e->table_caught_by | e->registered_by) >> role & 1)
    return true;
  for (size_t r = 0; r < w->row_count; r++) /* its own event, delivered to itself */
    if (w->rows[r].component == role && w->rows[r].event == event)
      return true;
  return false;
}

static bool apply_wrong_role(mutant *m, size_t at, ftblab_random *random)
{
  ftblab_made_record *record = &m->trace.records[at];
  const ftblab_row *row = &m->workflow->rows[record->row];
  int role = (int)ftblab_random_below(random, spec->role_count);
  bool own = row->action == FTBLAB_CATCH && may_hear(m->workflow, role, row->event);
  if (role == row->component)
    return false;
  for (size_t r = 0; r < m->workflow->row_count; r++) { /* then it is a repeat as well */
    const ftblab_row *other = &m->workflow->rows[r];
    if (other->component == role && other->event == row->event && other->action == row->action)
      return false;
  }
  expect(m, own ? "missing wrong-component" : "wrong-component", bit(record->row));
  m->equivalent = own && (row->optional || is_alone_in_phase(m, record));
  record->component = spec->roles[role].name;
  record->spoiled = true;
  return true;
}

/* Replace what KEY is given in the payload by VALUE. */
static void replace_value(char *payload, size_t room, const char *key, const char *value)
{
  char pattern[40], tail[160];
  snprintf(pattern, sizeof pattern, "%s: {", key);
  char *start = strstr(payload, pattern) + strlen(pattern);
  snprintf(tail, sizeof tail, "%s", strchr(start, '}'));
  snprintf(start, room - (size_t)(start - payload), "%s%s", value, tail);
}

/* A throw whose value nobody else speaks of but its catches: each side may be blamed. */
static uint64_t rows_of_value(const ftblab_workflow *w, int row)
{
  uint64_t rows = bit(row);
  for (size_t r = 0; r < w->row_count && w->rows[row].action == FTBLAB_THROW; r++)
    if (w->rows[r].action == FTBLAB_CATCH && w->rows[r].event == w->rows[row].event)
      rows |= bit((int)r);
  return rows;
}

/* Does only this row of the workflow speak of the variable? Then any value will do. */
static bool is_free(const ftblab_workflow *w, int row, size_t term)
{
  for (size_t r = 0; r < w->row_count; r++)
    for (size_t t = 0; t < w->rows[r].term_count; t++)
      if ((int)r != row && w->rows[r].terms[t].variable == w->rows[row].terms[term].variable)
        return false;
  return true;
}

static bool apply_wrong_value(mutant *m, size_t at, ftblab_random *random)
{
  ftblab_made_record *record = &m->trace.records[at];
  const ftblab_row *row = &m->workflow->rows[record->row];
  if (row->term_count == 0 || is_alone_in_phase(m, record) || (row->each != FTBLAB_NONE && row->optional))
    return false; /* a rank that is not of the set is another migration's */
  size_t term = ftblab_random_below(random, row->term_count);
  const char *key = spec->keys[row->terms[term].key];
  bool single = strcmp(spec->variables[row->terms[term].variable], "r") == 0;
  if (single && has_members(m->workflow))
    return false; /* which rank it is tells no instance apart */
  replace_value(record->payload, sizeof record->payload, key,
                single                                                       ? "9000"
                : strcmp(key, "ranks") == 0 || strcmp(key, "processes") == 0 ? "9000-9001"
                : strcmp(key, "jobs") == 0                                   ? "j99"
                : strcmp(key, "ifaces") == 0                                 ? "ib99"
                                                                             : "n99");
  record->spoiled = true;
  bool alone = record->row == 0 && is_trigger_enough(m->workflow); /* an instance of its own; the other lacks it */
  expect(m, alone ? "missing" : "wrong-payload", rows_of_value(m->workflow, record->row));
  if (alone && count_of_owner(m) == 2) { /* of two records that disagree either may be the wrong one */
    m->kinds = "missing wrong-payload";
    m->rows |= rows_of_owner(m);
  }
  m->equivalent = is_free(m->workflow, record->row, term);
  m->loose = is_whole_elsewhere(m, rows_of_owner(m) & ~bit(record->row));
  return true;
}

static bool apply_wrong_member(mutant *m, size_t at)
{
  ftblab_made_record *record = &m->trace.records[at];
  const ftblab_row *row = &m->workflow->rows[record->row];
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].kind == FTBLAB_TERM_WHOLE) {
      const char *key = spec->keys[row->terms[t].key];
      replace_value(record->payload, sizeof record->payload, key, strcmp(key, "ifaces") == 0 ? "ib0, ib99" : "0, 9000");
      record->spoiled = true;
      expect(m, "wrong-payload", rows_of_value(m->workflow, record->row));
      return true;
    }
  return false;
}

static bool apply_wrong_channel(mutant *m, size_t at)
{
  ftblab_made_record *record = &m->trace.records[at];
  ftblab_channel channel = spec->events[m->workflow->rows[record->row].event].channel;
  if (channel == FTBLAB_CHANNEL_ANY)
    return false;
  record->channel = channel == FTBLAB_CHANNEL_RELIABLE ? "unreliable" : "reliable";
  expect(m, "wrong-channel", bit(record->row));
  return true;
}

static bool is_same_kind(const ftblab_made_record *a, const ftblab_made_record *b)
{
  return a->action == b->action && strcmp(a->component, b->component) == 0 && strcmp(a->event, b->event) == 0;
}

static bool apply_unregistered(mutant *m, size_t at)
{
  ftblab_made_record without = m->trace.records[at];
  size_t count = m->trace.count;
  if (without.action != FTBLAB_CATCH)
    return false;
  for (size_t i = 0; i < count; i++) { /* it is blamed once, at the first of its kind */
    if (is_same_kind(&m->trace.records[i], &without) && m->trace.records[i].owner != 0)
      return false;
    if (is_same_kind(&m->trace.records[i], &without)) {
      expect(m, "unregistered", bit(m->trace.records[i].row));
      break;
    }
  }
  for (size_t i = 0; i < count; i++) {
    ftblab_made_record record = m->trace.records[i + m->trace.count - count];
    if (record.action != FTBLAB_CATCH || is_same_kind(&record, &without))
      continue;
    record.action = FTBLAB_REGISTER;
    record.row = record.owner = -1;
    snprintf(record.payload, sizeof record.payload, "nodes: *");
    ftblab_made_insert(&m->trace, 0, &record);
  }
  m->boot = true;
  return true;
}

/* How many records owner 0 has of ROW. */
static size_t count_of_row(const mutant *m, size_t row)
{
  size_t count = 0;
  for (size_t i = 0; i < m->trace.count; i++)
    count += m->trace.records[i].owner == 0 && m->trace.records[i].row == (int)row;
  return count;
}

static bool apply_truncate(mutant *m, size_t at, ftblab_random *random)
{
  size_t before[FTBLAB_MAX_ROWS];
  uint64_t all = rows_of_owner(m), phases = 1, partly = 0;
  for (size_t r = 0; r < m->workflow->row_count; r++)
    before[r] = count_of_row(m, r);
  m->trace.count = at;
  m->incomplete = ftblab_random_below(random, 4) == 0;
  uint64_t rows = rows_of_owner(m);
  for (size_t r = 0; r < m->workflow->row_count; r++) {
    if (rows >> r & 1)
      phases |= (uint64_t)1 << m->workflow->rows[r].phase;
    if (rows >> r & 1 && count_of_row(m, r) < before[r])
      partly |= bit((int)r); /* lacking of a member, which is seen if somebody has named the set */
  }
  size_t lacking = 0, lacking_partly = 0;
  for (size_t r = 0; r < m->workflow->row_count; r++)
    if (!m->workflow->rows[r].optional && phases >> m->workflow->rows[r].phase & 1) {
      lacking += (all & ~rows) >> r & 1;
      lacking_partly += partly >> r & 1;
    }
  if (rows == 0 || (lacking == 0 && lacking_partly > 0 && !m->incomplete))
    return false;
  m->kinds = "missing";
  m->rows = ~rows | partly;
  m->least = 1;
  m->most = lacking + lacking_partly;
  m->own_cost = m->most + 1; /* another table that explains as much is as near */
  m->is_cut = true;
  m->equivalent = m->incomplete || lacking == 0 || is_whole_elsewhere(m, rows);
  return true;
}

/* One value of owner 0's record becomes that of another instance of the same workflow. */
static bool apply_merge(mutant *m, size_t at, ftblab_random *random)
{
  ftblab_made_record *record = &m->trace.records[at];
  const ftblab_row *row = &m->workflow->rows[record->row];
  if (row->term_count == 0 || m->owners < 2 || m->workflows[1] != m->workflows[0] || has_members(m->workflow) ||
      row->optional || (record->row == 0 && is_trigger_enough(m->workflow)) || is_alone_in_phase(m, record))
    return false;
  size_t term = ftblab_random_below(random, row->term_count);
  const char *key = spec->keys[row->terms[term].key];
  ftblab_made_values other;
  ftblab_made_values_of(&other, 1);
  ftblab_made_record theirs = ftblab_made_row(spec, m->workflow, (size_t)record->row, record->member, &other, 1);
  char pattern[40];
  snprintf(pattern, sizeof pattern, "%s: {", key);
  char *start = strstr(theirs.payload, pattern) + strlen(pattern);
  *strchr(start, '}') = '\0';
  replace_value(record->payload, sizeof record->payload, key, start);
  record->spoiled = true;
  expect(m, "wrong-payload missing duplicate unexpected",
         rows_of_value(m->workflow, record->row) | rows_of_choice(m, record));
  m->most = 2; /* what one instance lacks, the other has too many */
  m->loose = m->rough = true;
  /* without it the one is whole, and with it the other is, too */
  m->equivalent = is_free(m->workflow, record->row, term);
  if (!m->equivalent && is_whole_elsewhere(m, rows_of_owner(m) & ~bit(record->row)))
    return false;
  return true;
}

static bool apply(mutant *m, operator_kind operator, size_t at, ftblab_random *random)
{
  switch (operator) {
  case DROP:
    return apply_drop(m, at);
  case DUPLICATE:
    return apply_duplicate(m, at, random);
  case SWAP:
    return apply_swap(m, at, random);
  case DELAY:
    return apply_delay(m, at, random);
  case WRONG_ROLE:
    return apply_wrong_role(m, at, random);
  case WRONG_VALUE:
    return apply_wrong_value(m, at, random);
  case WRONG_MEMBER:
    return apply_wrong_member(m, at);
  case WRONG_CHANNEL:
    return apply_wrong_channel(m, at);
  case UNREGISTERED:
    return apply_unregistered(m, at);
  case TRUNCATE:
    return apply_truncate(m, at, random);
  default:
    return apply_merge(m, at, random);
  }
}

/* ---- what is no mistake -------------------------------------------------------------------------------- */

/* The nodes of jobs, as add_job_facts will tell them. */
static void list_job_nodes(const mutant *m, char *list, size_t room)
{
  size_t used = (size_t)snprintf(list, room, " ");
  for (int i = 0; i < m->owners && !m->workflow->by_name; i++) {
    ftblab_made_values v;
    ftblab_made_values_of(&v, i);
    if (has_job(&spec->workflows[m->workflows[i]]))
      used += (size_t)snprintf(list + used, room - used, "%s %s ", v.node, v.spare);
  }
}

/* A mutant that conforms by the definition is no mistake, whatever made it: rows may be optional, and records another
 * instance. So is a record that would be an instance by itself, which is then missing where it was. */
static void allow_for_conforming(mutant *m, operator_kind operator)
{
  char nodes[FTBLAB_MADE_OWNERS * 2 * sizeof(ftblab_made_values)];
  uint64_t owners = operator== MERGE ? 3 : 1;
  if (operator== WRONG_CHANNEL || operator== UNREGISTERED || has_members(m->workflow) || !has_optional(m->workflow))
    return; /* wrong in themselves; or the operators themselves decide */
  list_job_nodes(m, nodes, sizeof nodes);
  m->equivalent = m->equivalent || ftblab_made_conforms(spec, m->workflow, &m->trace, owners, nodes);
  for (size_t i = 0; i < m->trace.count && operator!= WRONG_ROLE; i++) {
    static ftblab_made_trace single;
    if (!m->trace.records[i].spoiled)
      continue;
    single.count = 0;
    ftblab_made_insert(&single, 0, &m->trace.records[i]);
    if (ftblab_made_conforms(spec, m->workflow, &single, owners, nodes))
      m->kinds = "missing wrong-payload duplicate unexpected";
  }
}

/* ---- the verdict on a mutant --------------------------------------------------------------------------- */

/* Is V about the record that was made wrong, in a role that satisfies no row (what one member of many is to do)? */
static bool is_spoiled_record(const mutant *m, const ftblab_violation *v)
{
  return v->line > 0 && v->line <= m->trace.count && m->trace.records[v->line - 1].spoiled &&
         strcmp(v->kind, "wrong-component") == 0;
}

/* Is V about the value of a record of a row that may be blamed? An optional row's is an extra, which names no row. */
static bool is_record_of_rows(const mutant *m, const ftblab_violation *v)
{
  const ftblab_made_record *record = v->line > 0 && v->line <= m->trace.count ? &m->trace.records[v->line - 1] : NULL;
  return record != NULL && record->owner >= 0 && m->workflows[record->owner] == m->workflows[0] && record->row >= 0 &&
         strcmp(v->kind, "wrong-payload") == 0 && strstr(m->kinds, v->kind) != NULL && m->rows >> record->row & 1;
}

/* Is V named as expected? Adds the row it names to ROWS. */
static bool is_named(const mutant *m, const ftblab_violation *v, uint64_t *rows)
{
  if (v->step == NULL && is_record_of_rows(m, v))
    return true;
  if (v->step == NULL && is_spoiled_record(m, v))
    return true;
  for (size_t r = 0; r < m->workflow->row_count && v->step != NULL; r++)
    if (strcmp(m->workflow->rows[r].step, v->step) == 0)
      *rows |= bit((int)r);
  return v->step != NULL && strstr(m->kinds, v->kind) != NULL;
}

/* Cut short, it may be read as another branch of a choice, which has not come far either: with no more violations. */
static bool is_of_other_branch(const mutant *m, const ftblab_verdict *verdict)
{
  if (!m->is_cut || !has_choice(m->workflow))
    return false;
  for (size_t i = 0; i < verdict->instance_count; i++)
    if (verdict->instances[i].workflow != m->workflow)
      return false;
  return verdict->violation_count == 0 && ftblab_verdict_violations(verdict) <= m->most;
}

/* Does a table that is nearer to the records explain them, with fewer violations than the mistake has in its own? */
static bool is_nearer_elsewhere(const mutant *m, const ftblab_verdict *verdict)
{
  bool own = false;
  for (size_t i = 0; i < verdict->instance_count; i++)
    own = own || (verdict->instances[i].violation_count > 0 && verdict->instances[i].workflow == m->workflow);
  return !own && ftblab_verdict_violations(verdict) < m->own_cost;
}

/* Does RECORD, put anywhere into T, which it becomes part of, make the records of owner 0 conform to W? */
static bool conforms_with(ftblab_made_trace *t, const ftblab_workflow *w, const ftblab_made_record *record,
                          const char *nodes)
{
  bool conforms = false;
  for (size_t at = 0; at <= t->count && !conforms; at++) {
    ftblab_made_insert(t, at, record);
    conforms = ftblab_made_conforms(spec, w, t, 1, nodes);
    ftblab_made_remove(t, at);
  }
  return conforms;
}

/* The trace of M, in which what instances without a flaw have taken is not owner 0's: two that were merged share it. */
static void leave_out_flawless(const mutant *m, const ftblab_verdict *verdict, ftblab_made_trace *rest)
{
  *rest = m->trace;
  for (size_t i = 0; i < verdict->instance_count; i++) {
    const ftblab_instance_result *in = &verdict->instances[i];
    for (size_t l = 0; l < in->line_count && in->violation_count == 0; l++)
      if (in->lines[l] > 0 && in->lines[l] <= rest->count)
        rest->records[in->lines[l] - 1].owner = -1;
  }
}

/* Does V say that its record is its row's, at another place or otherwise? */
static bool is_of_its_row(const ftblab_violation *v)
{
  return v->step != NULL && (strcmp(v->kind, "misordered") == 0 || strncmp(v->kind, "wrong-", 6) == 0);
}

/* Is V all that is wrong, if the records of owner 0 are one of W? Then they conform to W, by the definition, when what
 * V is about is put right: without the record that it names, or with the row that it names, in place of the record if
 * that is the row's. */
static bool is_all_that_is_wrong(const mutant *m, const ftblab_verdict *verdict, const ftblab_workflow *w,
                                 const ftblab_violation *v)
{
  static ftblab_made_trace mended;
  char nodes[FTBLAB_MADE_OWNERS * 2 * sizeof(ftblab_made_values)];
  ftblab_made_values values;
  leave_out_flawless(m, verdict, &mended);
  list_job_nodes(m, nodes, sizeof nodes);
  ftblab_made_values_of(&values, 0);
  if (v->line > 0 && v->line <= mended.count) {
    if (mended.records[v->line - 1].owner != 0)
      return false;
    ftblab_made_remove(&mended, v->line - 1);
    if (ftblab_made_conforms(spec, w, &mended, 1, nodes))
      return true;
    if (!is_of_its_row(v))
      leave_out_flawless(m, verdict, &mended);
  }
  for (size_t r = 0; r < w->row_count && v->step != NULL; r++) {
    const ftblab_made_record row = ftblab_made_row(spec, w, r, -1, &values, 0);
    if (strcmp(w->rows[r].step, v->step) == 0 && conforms_with(&mended, w, &row, nodes))
      return true;
  }
  return false;
}

/* Where rows may be absent, another table may be as near: is the one violation in an instance of it, and all that is
 * wrong there? */
static bool is_as_near_elsewhere(const mutant *m, const ftblab_verdict *verdict)
{
  if (!has_optional(m->workflow) || ftblab_verdict_violations(verdict) != 1)
    return false;
  for (size_t i = 0; i < verdict->instance_count; i++) {
    const ftblab_instance_result *in = &verdict->instances[i];
    if (in->violation_count > 0 && in->workflow != m->workflow)
      return is_all_that_is_wrong(m, verdict, in->workflow, &in->violations[0]);
  }
  return false;
}

/* Is one of the violations the mistake? */
static bool is_among(const mutant *m, const ftblab_verdict *verdict)
{
  uint64_t wanted = m->rows;
  for (size_t r = 0; r < m->workflow->row_count && m->covers; r++)
    wanted |= m->cover[r] | (m->cover[r] != 0 ? bit((int)r) : 0);
  wanted = with_alternatives(m->workflow, wanted);
  for (size_t i = 0; i < verdict->instance_count; i++)
    for (size_t v = 0; v < verdict->instances[i].violation_count; v++) {
      uint64_t rows = 0;
      if (is_named(m, &verdict->instances[i].violations[v], &rows) && (rows & wanted) != 0)
        return true;
    }
  return false;
}

/* Among others of its workflow, a record with wrong or no company may be read as any of theirs: is it at least one
 * violation, of a kind that fits? */
static bool is_of_kinds(const mutant *m, const ftblab_verdict *verdict)
{
  uint64_t rows = 0;
  for (size_t i = 0; i < verdict->instance_count; i++)
    for (size_t v = 0; v < verdict->instances[i].violation_count; v++)
      if (!is_named(m, &verdict->instances[i].violations[v], &rows) &&
          strcmp(verdict->instances[i].violations[v].kind, "wrong-payload") != 0)
        return false;
  return ftblab_verdict_violations(verdict) <= m->most;
}

/* Are the violations those that the mistake must be named by? */
static bool is_right(const mutant *m, const ftblab_verdict *verdict)
{
  if (m->rough && is_among(m, verdict))
    return true;
  if (m->crowded && !m->covers)
    return is_of_kinds(m, verdict);
  size_t count = ftblab_verdict_violations(verdict), loose = verdict->violation_count;
  uint64_t rows = 0;
  for (size_t i = 0; i < verdict->instance_count; i++) {
    const ftblab_instance_result *in = &verdict->instances[i];
    for (size_t v = 0; v < in->violation_count; v++) {
      if (!is_named(m, &in->violations[v], &rows))
        return false;
      if (in->workflow != m->workflow && strcmp(m->kinds, "missing") == 0 && m->most > 1)
        rows = m->rows; /* cut short it may be the beginning of another workflow: which rows lack is that one's */
    }
  }
  for (size_t v = 0; v < loose; v++)
    if (!is_spoiled_record(m, &verdict->violations[v]) &&
        (!m->loose || strcmp(verdict->violations[v].kind, "unexpected") != 0))
      return false;
  if (!m->covers)
    return (rows & ~m->rows) == 0 && count >= m->least && count <= m->most;
  return is_cover(m, rows) && count == m->own_cost;
}

static void judge_mutant(const mutant *m, operator_kind operator, tally * t)
{
  ftblab_verdict *verdict = judge(m);
  bool blamed = ftblab_verdict_violations(verdict) > 0, good;
  t->made++;
  if (m->equivalent) {
    t->equivalent++;
    good = !blamed;
    t->found += blamed; /* which leaves a hole in the table */
  } else {
    bool right = blamed && (is_right(m, verdict) || is_nearer_elsewhere(m, verdict) ||
                            is_as_near_elsewhere(m, verdict) || is_of_other_branch(m, verdict));
    t->found += blamed;
    t->named += right;
    good = right;
  }
  if (!good)
    show(m, verdict, operator_names[operator]);
  ftblab_verdict_free(verdict);
}

static uint64_t most_others(void)
{
  const char *wanted = getenv("FTBLAB_TEST_OTHERS");
  return wanted != NULL ? strtoul(wanted, NULL, 10) : MOST_OTHERS;
}

static bool make_mutant(mutant *m, const ftblab_workflow *w, operator_kind operator, ftblab_random * random)
{
  int others = operator== TRUNCATE ? 0 : (int)ftblab_random_below(random, most_others() + 1);
  make_crowd(m, w, others, random);
  if (operator== MERGE) { /* the other one does the same */
    m->trace.count = 0;
    m->owners = 2;
    for (int i = 0; i < 2; i++) {
      ftblab_made_values v;
      ftblab_made_values_of(&v, i);
      m->workflows[i] = (int)(w - spec->workflows);
      ftblab_made_instance(&m->trace, spec, w, &v, i, random);
    }
    ftblab_made_interleave(&m->trace, 2, random);
  }
  size_t at = ftblab_random_below(random, m->trace.count);
  if (m->trace.records[at].owner != 0 || !apply(m, operator, at, random))
    return false;
  allow_for_conforming(m, operator);
  if (operator!= UNREGISTERED) /* nobody registered for it */
    add_promises(m);
  if (!w->by_name)
    add_job_facts(m);
  return true;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static tally tallies[OPERATORS][FTBLAB_MAX_WORKFLOWS];

static void test_mutants(void)
{
  static mutant m;
  ftblab_random random;
  const char *only = getenv("FTBLAB_TEST_OPERATOR");
  for (int o = 0; o < OPERATORS; o++) {
    shown = 0;
    for (size_t w = 0; w < spec->workflow_count; w++) {
      if (only != NULL && strcmp(only, operator_names[o]) != 0)
        continue;
      ftblab_random_seed(&random, (uint64_t)o, spec->workflows[w].id);
      tally *t = &tallies[o][w];
      for (size_t tries = 0; t->made < rounds() && tries < 12 * rounds(); tries++)
        if (make_mutant(&m, &spec->workflows[w], (operator_kind)o, &random))
          judge_mutant(&m, (operator_kind)o, t);
      CU_ASSERT_EQUAL(t->found, t->made - t->equivalent);
      CU_ASSERT_EQUAL(t->named, t->found);
    }
  }
}

/* May all rows but the first be absent? */
static bool is_trigger_alone(const ftblab_workflow *w)
{
  for (size_t r = 1; r < w->row_count; r++)
    if (!w->rows[r].optional)
      return false;
  return true;
}

/* Where an operator cannot be applied at all. */
static bool is_inapplicable(operator_kind operator, const ftblab_workflow * w)
{
  bool has_set = false, has_channel = false;
  for (size_t r = 0; r < w->row_count; r++) {
    has_channel = has_channel || spec->events[w->rows[r].event].channel != FTBLAB_CHANNEL_ANY;
    for (size_t t = 0; t < w->rows[r].term_count; t++)
      has_set = has_set || w->rows[r].terms[t].kind == FTBLAB_TERM_WHOLE;
  }
  return (operator== MERGE &&(has_members(w) || is_trigger_alone(w))) ||
         (operator== TRUNCATE && is_trigger_enough(w) && (w->phase_count > 1 || is_trigger_alone(w))) ||
         (operator== WRONG_MEMBER && !has_set) || (operator== WRONG_CHANNEL && !has_channel);
}

static void test_table(void)
{
  size_t made = 0, equivalent = 0, found = 0, named = 0;
  printf("\nmutants made, of which equivalent; of the others found, and named at the right row\n%-18s", "");
  for (int o = 0; o < OPERATORS; o++)
    printf("%-19s", operator_names[o]);
  for (size_t w = 0; w < spec->workflow_count; w++) {
    printf("\n%-18s", spec->workflows[w].id);
    for (int o = 0; o < OPERATORS; o++) {
      const tally *t = &tallies[o][w];
      char cell[80];
      snprintf(cell, sizeof cell, "%zu-%zu %zu %zu%s", t->made, t->equivalent, t->found, t->named,
               t->found != t->named || t->found != t->made - t->equivalent ? " !" : "");
      printf("%-19s", cell);
      if (t->made == t->equivalent && getenv("FTBLAB_TEST_OPERATOR") == NULL)
        CU_ASSERT(is_inapplicable((operator_kind)o, &spec->workflows[w]));
      made += t->made;
      equivalent += t->equivalent;
      found += t->found;
      named += t->named;
    }
  }
  if (getenv("FTBLAB_TEST_OPERATOR") == NULL)
    CU_ASSERT(found >= rounds() * MANY / ROUNDS);
  printf("\n%zu mutants, %zu equivalent, %zu found, %zu named ...", made, equivalent, found, named);
}

/* No conforming instance is blamed, whatever stands around it. */
static void test_conforming(void)
{
  static mutant m;
  ftblab_random random;
  size_t instances = 0, wanted = rounds() * MANY / ROUNDS;
  shown = 0;
  ftblab_random_seed(&random, 1, "conforming");
  for (size_t i = 0; instances < wanted; i++) {
    const ftblab_workflow *w = &spec->workflows[i % spec->workflow_count];
    make_crowd(&m, w, (int)ftblab_random_below(&random, 10), &random);
    if (!w->by_name)
      add_job_facts(&m);
    bool cut = ftblab_random_below(&random, 4) == 0;
    m.incomplete = cut || ftblab_random_below(&random, 2) == 0;
    if (cut)
      m.trace.count = 1 + ftblab_random_below(&random, m.trace.count);
    ftblab_verdict *verdict = judge(&m);
    bool good = ftblab_verdict_violations(verdict) == 0;
    if (!cut)
      good = good && ftblab_verdict_of(verdict) == FTBLAB_CONFORMS && verdict->instance_count == (size_t)m.owners;
    CU_ASSERT(good);
    if (!good)
      show(&m, verdict, cut ? "a beginning" : "a conforming crowd");
    instances += (size_t)m.owners;
    ftblab_verdict_free(verdict);
  }
  printf(" %zu instances,", instances);
}

/* The order worked out here and that of the checker are the same: neither is written from the other. */
static void test_order(void)
{
  for (size_t w = 0; w < spec->workflow_count; w++) {
    ftblab_made_order order;
    ftblab_made_order_of(&spec->workflows[w], &order);
    for (size_t r = 0; r < spec->workflows[w].row_count; r++) {
      uint64_t differ = order.before[r] ^ spec->workflows[w].before[r];
      for (size_t p = 0; p < r; p++) /* rows that never take place together have no order */
        CU_ASSERT(!(differ >> p & 1) || ftblab_rows_exclude(&spec->workflows[w].rows[p], &spec->workflows[w].rows[r]));
    }
  }
}

int main(void)
{
  static const ftblab_unit_test tests[] = {{"the order is that of the definition", test_order},
                                           {"no conforming instance is blamed", test_conforming},
                                           {"every mutant is found and named", test_mutants},
                                           {"by operator and workflow", test_table}};
  return ftblab_spec_suite("mutants", &spec, tests, FTBLAB_COUNT(tests));
}
