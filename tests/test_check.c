/* test_check.c - the checker against traces made from the tables themselves: every order that the partial order allows
 * conforms, and every single mistake is found and named at its row. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "spec.h"
#include "spec_suite.h"

static ftblab_spec *spec;

/* ---- traces made from tables --------------------------------------------------------------------------- */

#define MAX_LINES 512

typedef struct line {
  const char *component, *event, *instance;
  ftblab_action action;
  char payload[200];
  int row, owner; /* of which row of which instance; -1: a fact */
} line;

typedef struct trace {
  line lines[MAX_LINES];
  size_t count;
} trace;

typedef struct values {
  const char *x, *q, *z, *p, *set, *ranks;
} values;

static const char *value_for(const values *v, const char *variable)
{
  if (strcmp(variable, "x") == 0 || strcmp(variable, "f") == 0) /* a file may be called as a node is */
    return v->x;
  if (strcmp(variable, "q") == 0)
    return v->q;
  if (strcmp(variable, "z") == 0)
    return v->z;
  if (strcmp(variable, "p") == 0)
    return v->p;
  return strcmp(variable, "p-q") == 0 ? v->set : v->ranks;
}

static line make_line(const ftblab_workflow *w, size_t row, const values *v, int owner)
{
  const ftblab_row *r = &w->rows[row];
  line l = {.component = spec->roles[r->component].name,
            .event = spec->events[r->event].name,
            .action = r->action,
            .row = (int)row,
            .owner = owner};
  size_t used = 0;
  for (size_t t = 0; t < r->term_count; t++)
    used += (size_t)snprintf(l.payload + used, sizeof l.payload - used, "%s%s: {%s}", t > 0 ? ", " : "",
                             spec->keys[r->terms[t].key], value_for(v, spec->variables[r->terms[t].variable]));
  return l;
}

/* The workflows that traces are made from here: without alternatives, rows that may be absent, or rows for each of a
 * set; those that are judged only by name have a test of their own. */
static int plain[FTBLAB_MAX_ROWS];
static size_t plain_count;

static bool is_plain(const ftblab_workflow *w)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].optional || w->rows[r].choice != 0 || w->rows[r].each != FTBLAB_NONE)
      return false;
  /* E.1 without its last row is E.2: what is dropped or changed there cannot be found */
  return !w->by_name && strcmp(w->id, "E.1") != 0;
}

static void test_plain(void)
{
  for (size_t w = 0; w < spec->workflow_count && plain_count < FTBLAB_COUNT(plain); w++)
    if (is_plain(&spec->workflows[w]))
      plain[plain_count++] = (int)w;
  CU_ASSERT(plain_count > 0);
}

/* A random linear extension of the rows of W. */
static void random_order(const ftblab_workflow *w, ftblab_random *random, size_t *order)
{
  uint64_t done = 0;
  for (size_t placed = 0; placed < w->row_count; placed++) {
    size_t ready[FTBLAB_MAX_ROWS], count = 0;
    for (size_t r = 0; r < w->row_count; r++)
      if (!(done & (uint64_t)1 << r) && (w->before[r] & ~done) == 0)
        ready[count++] = r;
    size_t chosen = ready[ftblab_random_below(random, count)];
    done |= (uint64_t)1 << chosen;
    order[placed] = chosen;
  }
}

static void add_instance(trace *t, const ftblab_workflow *w, const values *v, int owner, ftblab_random *random)
{
  size_t order[FTBLAB_MAX_ROWS];
  random_order(w, random, order);
  for (size_t i = 0; i < w->row_count; i++)
    t->lines[t->count++] = make_line(w, order[i], v, owner);
}

/* Lines of T that belong together keep their order; which comes next is drawn. */
static void interleave(trace *t, int owners, ftblab_random *random)
{
  static trace mixed;
  size_t next[16] = {0}, left = t->count;
  mixed.count = 0;
  while (left > 0) {
    int owner = (int)ftblab_random_below(random, (uint64_t)owners);
    while (next[owner] < t->count && t->lines[next[owner]].owner != owner)
      next[owner]++;
    if (next[owner] == t->count)
      continue;
    mixed.lines[mixed.count++] = t->lines[next[owner]++];
    left--;
  }
  *t = mixed;
}

static void insert_line(trace *t, size_t at, line l)
{
  memmove(&t->lines[at + 1], &t->lines[at], (t->count - at) * sizeof *t->lines);
  t->lines[at] = l;
  t->count++;
}

static void remove_line(trace *t, size_t at)
{
  memmove(&t->lines[at], &t->lines[at + 1], (t->count - at - 1) * sizeof *t->lines);
  t->count--;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static ftblab_slice slice(const char *string)
{
  return (ftblab_slice){string, string == NULL ? 0 : strlen(string)};
}

static ftblab_verdict *judge_as(const trace *t, const ftblab_check_options *options, const ftblab_trace_header *header)
{
  ftblab_checker *checker;
  ftblab_verdict *verdict;
  ftblab_error err;
  if (ftblab_checker_new(spec, options, header, &checker, &err) != FTBLAB_OK)
    return NULL;
  for (size_t i = 0; i < t->count; i++) {
    const line *l = &t->lines[i];
    ftblab_record record = {.t = (int64_t)i * 1000000000,
                            .action = l->action,
                            .component = slice(l->component),
                            .event = slice(l->event),
                            .payload = slice(l->payload),
                            .instance = slice(l->instance),
                            .line = i + 1};
    if (ftblab_checker_add(checker, &record, &err) != FTBLAB_OK)
      return NULL;
  }
  ftblab_status status = ftblab_checker_finish(checker, "generated", &verdict, &err);
  ftblab_checker_free(checker);
  return status == FTBLAB_OK ? verdict : NULL;
}

static ftblab_verdict *judge(const trace *t, bool complete, const char *workflows)
{
  const ftblab_trace_header header = {.observes = {true, true, true}};
  const ftblab_check_options options = {.complete = complete, .workflows = workflows};
  return judge_as(t, &options, &header);
}

static void show(const trace *t, const ftblab_verdict *verdict, const char *what)
{
  ftblab_text text = {0};
  printf("\n==== %s\n", what);
  for (size_t i = 0; i < t->count; i++)
    printf("%3zu %s %s %s %s\n", i + 1, t->lines[i].component, ftblab_action_name(t->lines[i].action),
           t->lines[i].event, t->lines[i].payload);
  ftblab_verdict_write_text(verdict, false, &text);
  printf("%s", ftblab_text_string(&text));
  ftblab_text_free(&text);
}

static int shown;

/* The verdict must have exactly one violation, of one of KINDS at STEP. */
static bool has_one(const trace *t, const ftblab_verdict *verdict, const char *kinds, const char *step,
                    const char *or_step, const char *what)
{
  const char *kind = "", *at = NULL, *message;
  bool good = ftblab_verdict_violations(verdict) == 1;
  if (good) {
    ftblab_verdict_violation(verdict, 0, &kind, &at, &message);
    good = strstr(kinds, kind) != NULL && at != NULL &&
           (strstr(step, at) != NULL || (or_step != NULL && strcmp(at, or_step) == 0));
  }
  if (!good && shown++ < 2)
    show(t, verdict, what);
  return good;
}

static const values first = {"n5", "n9", "j1", "ib0", "ib0, ib1", "4-7"};

static size_t rounds(void)
{
  const char *wanted = getenv("FTBLAB_TEST_ROUNDS");
  return wanted != NULL ? strtoul(wanted, NULL, 10) : 40;
}

/* ---- conforming traces --------------------------------------------------------------------------------------- */

static void test_any_order_conforms(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 1, "order");
  for (size_t p = 0; p < plain_count; p++)
    for (size_t round = 0; round < rounds(); round++) {
      trace t = {.count = 0};
      add_instance(&t, &spec->workflows[plain[p]], &first, 0, &random);
      for (int complete = 0; complete < 2; complete++) {
        ftblab_verdict *verdict = judge(&t, complete, NULL);
        bool good = ftblab_verdict_of(verdict) == FTBLAB_CONFORMS && ftblab_verdict_instances(verdict) == 1 &&
                    strcmp(ftblab_verdict_instance_workflow(verdict, 0), spec->workflows[plain[p]].id) == 0;
        CU_ASSERT(good);
        if (!good && shown++ < 2)
          show(&t, verdict, spec->workflows[plain[p]].id);
        ftblab_verdict_free(verdict);
      }
    }
}

static void make_values(values *v, char text[6][32], int number)
{
  snprintf(text[0], 32, "n%d", number);
  snprintf(text[1], 32, "spare%d", number);
  snprintf(text[2], 32, "j%d", number);
  snprintf(text[3], 32, "ib%d", 2 * number);
  snprintf(text[4], 32, "ib%d, ib%d", 2 * number, 2 * number + 1);
  snprintf(text[5], 32, "%d-%d", 4 * number, 4 * number + 3);
  *v = (values){text[0], text[1], text[2], text[3], text[4], text[5]};
}

/* Several instances of any workflows, on nodes and jobs of their own, with the facts that say which job runs where. */
static void make_crowd(trace *t, int owners, ftblab_random *random, int *workflows)
{
  char text[16][6][32];
  t->count = 0;
  for (int i = 0; i < owners; i++) {
    values v;
    workflows[i] = plain[ftblab_random_below(random, plain_count)];
    make_values(&v, text[i], i);
    add_instance(t, &spec->workflows[workflows[i]], &v, i, random);
  }
  interleave(t, owners, random);
  for (int i = 0; i < owners; i++) {
    if (strcmp(spec->workflows[workflows[i]].id, "B.1.1") == 0)
      continue;
    line fact = {.component = "Simulation", .event = "JOB_STARTED", .action = FTBLAB_FACT, .row = -1, .owner = -1};
    snprintf(fact.payload, sizeof fact.payload, "jobs: {%s}, nodes: {%s, %s}, ranks: {0-99}", text[i][2], text[i][0],
             text[i][1]);
    insert_line(t, 0, fact);
  }
}

static void test_interleaved_conform(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 2, "crowd");
  for (size_t round = 0; round < 5 * rounds(); round++) {
    static trace t;
    int workflows[16], owners = 2 + (int)ftblab_random_below(&random, 10);
    make_crowd(&t, owners, &random, workflows);
    ftblab_verdict *verdict = judge(&t, true, NULL);
    bool good = ftblab_verdict_of(verdict) == FTBLAB_CONFORMS && ftblab_verdict_instances(verdict) == (size_t)owners;
    CU_ASSERT(good);
    if (!good && shown++ < 2)
      show(&t, verdict, "interleaved");
    ftblab_verdict_free(verdict);
  }
}

/* Every beginning of a conforming trace is blamed for nothing, whatever is chosen. */
static void test_beginnings(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 3, "beginnings");
  for (size_t round = 0; round < 5 * rounds(); round++) {
    static trace t;
    int workflows[16], owners = 1 + (int)ftblab_random_below(&random, 8);
    make_crowd(&t, owners, &random, workflows);
    t.count = 1 + ftblab_random_below(&random, t.count);
    ftblab_verdict *verdict = judge(&t, false, NULL);
    bool good = ftblab_verdict_violations(verdict) == 0;
    CU_ASSERT(good);
    if (!good && shown++ < 3)
      show(&t, verdict, "beginning");
    ftblab_verdict_free(verdict);
  }
}

static void test_chosen_workflow(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 4, "chosen");
  for (size_t p = 0; p < plain_count; p++) {
    trace t = {.count = 0};
    add_instance(&t, &spec->workflows[plain[p]], &first, 0, &random);
    ftblab_verdict *verdict = judge(&t, true, spec->workflows[plain[p]].id);
    CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
    CU_ASSERT_EQUAL(ftblab_verdict_instances(verdict), 1);
    ftblab_verdict_free(verdict);
  }
}

/* A port that fails: failing over is E.2; with the migration that follows it is E.1. */
static void test_port_failure(void)
{
  ftblab_random random;
  ftblab_random_seed(&random, 11, "port");
  for (size_t rows = 2; rows <= 3; rows++) {
    trace t = {.count = 0};
    add_instance(&t, &spec->workflows[ftblab_spec_workflow(spec, "E.1", 3)], &first, 0, &random);
    t.count = rows;
    ftblab_verdict *verdict = judge(&t, true, NULL);
    CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
    CU_ASSERT_EQUAL_FATAL(ftblab_verdict_instances(verdict), 1);
    CU_ASSERT_STRING_EQUAL(ftblab_verdict_instance_workflow(verdict, 0), rows == 2 ? "E.2" : "E.1");
    ftblab_verdict_free(verdict);
  }
}

/* The strict reading takes the table's own order, and not every order that the causal one allows. */
static void test_strict_order(void)
{
  const ftblab_trace_header header = {.observes = {true, true, true}};
  const ftblab_check_options strict = {.strict_order = true, .complete = true};
  const ftblab_workflow *w = &spec->workflows[ftblab_spec_workflow(spec, "B.1.3", 5)];
  trace t = {.count = 0};
  for (size_t r = 0; r < w->row_count; r++)
    t.lines[t.count++] = make_line(w, r, &first, 0);
  ftblab_verdict *verdict = judge_as(&t, &strict, &header);
  CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
  ftblab_verdict_free(verdict);

  line early = t.lines[7]; /* row 5 before row 4(b): the partial order allows it */
  remove_line(&t, 7);
  insert_line(&t, 5, early);
  verdict = judge(&t, true, NULL);
  CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
  ftblab_verdict_free(verdict);
  verdict = judge_as(&t, &strict, &header);
  CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_VIOLATES);
  ftblab_verdict_free(verdict);
}

/* A recorder that sees throws only: catches are not asked for. */
static void test_throws_only(void)
{
  const ftblab_trace_header header = {.observes = {false, true, false}};
  const ftblab_check_options options = {.complete = true};
  ftblab_random random;
  ftblab_random_seed(&random, 5, "throws");
  for (size_t p = 0; p < plain_count; p++) {
    trace t = {.count = 0};
    add_instance(&t, &spec->workflows[plain[p]], &first, 0, &random);
    for (size_t i = t.count; i > 0; i--)
      if (t.lines[i - 1].action == FTBLAB_CATCH)
        remove_line(&t, i - 1);
    ftblab_verdict *verdict = judge_as(&t, &options, &header);
    bool good = ftblab_verdict_of(verdict) == FTBLAB_CONFORMS && ftblab_verdict_instances(verdict) == 1;
    CU_ASSERT(good);
    if (!good && shown++ < 3)
      show(&t, verdict, spec->workflows[plain[p]].id);
    ftblab_verdict_free(verdict);
  }
}

static void add_row(trace *t, const char *id, size_t row, const char *payload)
{
  const ftblab_workflow *w = &spec->workflows[ftblab_spec_workflow(spec, id, strlen(id))];
  line l = make_line(w, row, &first, 0);
  snprintf(l.payload, sizeof l.payload, "%s", payload);
  t->lines[t->count++] = l;
}

/* Two nodes of one job in one payload: one instance for each node, ranks named for both. */
static void test_set_payload(void)
{
  trace t = {.count = 0};
  for (size_t row = 0; row < 7; row++)
    add_row(&t, "B.1.3", row, "nodes: {n1, n2}");
  add_row(&t, "B.1.3", 7, "nodes: {n1, n2}, jobs: {j1}");
  add_row(&t, "B.1.3", 8, "nodes: {n1, n2}, jobs: {j1}");
  add_row(&t, "B.1.3", 9, "nodes: {n1, n2}, jobs: {j1}, ranks: {0-7}");
  add_row(&t, "B.1.3", 10, "nodes: {n2, n1}, jobs: j1, ranks: {4-7, 0-3}");
  ftblab_verdict *verdict = judge(&t, true, NULL);
  CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
  CU_ASSERT_EQUAL(ftblab_verdict_instances(verdict), 2);
  ftblab_verdict_free(verdict);
}

/* One node with two jobs: two instances that share the rows before the job is named. */
static void test_two_jobs(void)
{
  trace t = {.count = 0};
  for (size_t row = 0; row < 7; row++)
    add_row(&t, "B.1.2", row, "nodes: {n1}");
  add_row(&t, "B.1.2", 7, "nodes: {n1}, jobs: {j1}");
  add_row(&t, "B.1.2", 7, "nodes: {n1}, jobs: {j2}");
  add_row(&t, "B.1.2", 8, "nodes: {n1}, jobs: {j2}");
  add_row(&t, "B.1.2", 8, "nodes: {n1}, jobs: {j1}");
  for (size_t row = 9; row < 12; row++)
    add_row(&t, "B.1.2", row, "nodes: {n1}");
  ftblab_verdict *verdict = judge(&t, true, NULL);
  CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
  CU_ASSERT_EQUAL(ftblab_verdict_instances(verdict), 2);
  ftblab_verdict_free(verdict);
}

/* In a trace from boot a catch needs a registration; other instances of a role may catch what one of them caught. */
static void test_registrations(void)
{
  const ftblab_workflow *w = &spec->workflows[ftblab_spec_workflow(spec, "B.1.1", 5)];
  const ftblab_family *family = &spec->families[w->family];
  for (size_t without = 0; without <= family->registration_count; without++) {
    trace t = {.count = 0};
    bool needed = false;
    for (size_t i = 0; i < family->registration_count; i++) {
      const ftblab_registration *r = &family->registrations[i];
      for (size_t row = 0; row < w->row_count && i == without; row++)
        needed = needed || (w->rows[row].component == r->component && w->rows[row].event == r->event &&
                            w->rows[row].action == FTBLAB_CATCH);
      if (i != without)
        t.lines[t.count++] = (line){.component = spec->roles[r->component].name,
                                    .event = spec->events[r->event].name,
                                    .action = FTBLAB_REGISTER,
                                    .payload = "nodes: *",
                                    .row = -1,
                                    .owner = -1};
    }
    for (size_t row = 0; row < w->row_count; row++)
      t.lines[t.count++] = make_line(w, row, &first, 0);
    t.lines[t.count] = t.lines[t.count - 1];
    t.lines[t.count++].instance = "another";
    ftblab_verdict *verdict = judge(&t, true, NULL);
    if (needed)
      CU_ASSERT(
          has_one(&t, verdict, "unregistered", verdict ? "2(a)2(b)4(a)4(b)4(c)6(a)6(b)" : "", NULL, "registration"))
    else
      CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
    ftblab_verdict_free(verdict);
  }
}

/* What belongs to no workflow is judged by section 2 alone. */
static void test_section_2(void)
{
  static const struct {
    const char *name, *component, *event, *payload, *kind;
    ftblab_action action;
    bool complete;
  } rows[] = {
      {"an event that nobody knows", "RM/JS", "NODE_EXPLODED", "nodes: {n1}", "unknown-event", FTBLAB_THROW, false},
      {"a throw by a role that may not", "C/R Library", "RM_JOBS_CREATED", "jobs: {j1}", "wrong-component",
       FTBLAB_THROW, false},
      {"a command that nobody answered", "Monitoring System", "CHECK_JOBS_DEAD", "jobs: {j1}", "unanswered",
       FTBLAB_THROW, true},
      {"a command that may still be answered", "Monitoring System", "CHECK_JOBS_DEAD", "jobs: {j1}", NULL, FTBLAB_THROW,
       false},
      {"a notification", "RM/JS", "RM_JOBS_CREATED", "jobs: {j1}", NULL, FTBLAB_THROW, true},
      {"a key that is missing", "RM/JS", "RM_JOBS_CREATED", "nodes: {n1}", "wrong-payload", FTBLAB_THROW, false},
      {"a payload that is none", "RM/JS", "RM_JOBS_CREATED", "jobs: {j1", "wrong-payload", FTBLAB_THROW, false},
      {"a catch of what was never thrown", "MPI", "RM_JOBS_CREATED", "jobs: {j1}", "wrong-payload", FTBLAB_CATCH,
       false},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(rows); i++) {
    trace t = {.count = 1};
    t.lines[0] = (line){.component = rows[i].component, .event = rows[i].event, .action = rows[i].action};
    snprintf(t.lines[0].payload, sizeof t.lines[0].payload, "%s", rows[i].payload);
    ftblab_verdict *verdict = judge(&t, rows[i].complete, NULL);
    const char *kind = "none", *step, *message;
    if (ftblab_verdict_violations(verdict) > 0)
      ftblab_verdict_violation(verdict, 0, &kind, &step, &message);
    CU_ASSERT_EQUAL(ftblab_verdict_violations(verdict), rows[i].kind != NULL);
    CU_ASSERT_STRING_EQUAL(kind, rows[i].kind != NULL ? rows[i].kind : "none");
    if (strcmp(kind, rows[i].kind != NULL ? rows[i].kind : "none") != 0)
      printf("\n%s: %s\n", rows[i].name, kind);
    /* silence is never a pass */
    CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), rows[i].kind != NULL ? FTBLAB_VIOLATES : FTBLAB_UNDECIDED);
    ftblab_verdict_free(verdict);
  }
}

/* ---- what an outside tester found ---------------------------------------------------------------------- */

/* A trace in short: records end with ';', a record is ROLE, '>' (throw), '<' (catch), '+' (register) or '.'
 * (fact), EVENT and payload. */
static trace parse_short(const char *text)
{
  static const struct {
    const char *abbreviation, *role;
  } roles[] = {
      {"MS", "Monitoring System"}, {"RM", "RM/JS"},          {"AS", "Autonomic Script"}, {"MPI", "MPI"},
      {"IB", "IB Fault Monitor"},  {"X", "Gizmo"},           {"F", "Simulation"},        {"STAR", "MPI*"},
      {"APP", "Application"},      {"EA", "External Agent"}, {"RSH", "mpirun_rsh"},      {"MT", "Migration Trigger"}};
  static const struct {
    const char *abbreviation, *event;
  } events[] = {{"CHECK", "CHECK_NODES_DEAD"},
                {"DEAD", "CONFIRM_NODES_DEAD"},
                {"ALIVE", "CONFIRM_NODES_ALIVE"},
                {"FAILED", "FAILED_PHYSICAL_INTERFACE"},
                {"MFAILED", "FAILED_MPI_PHYSICAL_INTERFACE"},
                {"PREDICT", "PREDICT_NODES_FAILURE"},
                {"MIGRATE", "RM_JOBS_MIGRATE"},
                {"DONE", "MPI_RANKS_MIGRATE"},
                {"RUNNING", "RM_JOBS_RUNNING"},
                {"SUSPEND", "DO_JOBS_SUSPEND"},
                {"CMD", "RESUME_JOB_CMD"},
                {"COMMAND", "DO_NODE_MIGRATE"},
                {"NODEFAIL", "CR_FTB_NODE_FAIL"},
                {"MOVE", "CR_FTB_MIGRATE"},
                {"STARTED", "JOB_STARTED"}};
  trace t = {.count = 0};
  while (*text != '\0') {
    line *l = &t.lines[t.count++];
    char role[8] = "", event[12] = "", action = ' ';
    int used = 0;
    *l = (line){.row = -1, .owner = -1};
    if (sscanf(text, " %7[A-Z] %c %11[A-Z] %199[^;];%n", role, &action, event, l->payload, &used) != 4 || used == 0)
      abort();
    for (size_t i = 0; i < FTBLAB_COUNT(roles); i++)
      l->component = strcmp(roles[i].abbreviation, role) == 0 ? roles[i].role : l->component;
    for (size_t i = 0; i < FTBLAB_COUNT(events); i++)
      l->event = strcmp(events[i].abbreviation, event) == 0 ? events[i].event : l->event;
    l->action = action == '.'   ? FTBLAB_FACT
                : action == '>' ? FTBLAB_THROW
                : action == '+' ? FTBLAB_REGISTER
                                : FTBLAB_CATCH;
    text += used;
  }
  return t;
}

#define B11(nodes)                                                                                                     \
  "MS > CHECK " nodes ";RM < CHECK " nodes ";AS < CHECK " nodes ";AS > DEAD " nodes ";RM < DEAD " nodes                \
  ";MS < DEAD " nodes ";AS < DEAD " nodes ";"
#define BACK(nodes) "AS > ALIVE " nodes ";RM < ALIVE " nodes ";MS < ALIVE " nodes ";"
#define MIGRATION                                                                                                      \
  "AS > PREDICT nodes: n1;RM < PREDICT nodes: n1;RM > MIGRATE snode: n1, dnode: q, jobs: j;"                           \
  "MPI < MIGRATE snode: n1, dnode: q, jobs: j;"

#define MOVED MIGRATION "MPI > DONE snode: n1, dnode: q, jobs: j;RM < DONE snode: n1, dnode: q, jobs: j;"
#define RUNNING_AGAIN                                                                                                  \
  "RM > RUNNING nodes: n1, jobs: j;MPI < RUNNING nodes: n1, jobs: j;APP < RUNNING nodes: n1, jobs: j;"
#define STAR_B11(node)                                                                                                 \
  "MS > CHECK nodes: " node ";STAR < CHECK nodes: " node ";AS < CHECK nodes: " node ";AS > DEAD nodes: " node          \
  ";STAR < DEAD nodes: " node ";MS < DEAD nodes: " node ";AS < DEAD nodes: " node ";"
#define SUSPENSION                                                                                                     \
  "RM > SUSPEND jobs: j;MPI < SUSPEND jobs: j;MPI > CMD jobs: j, command: c;RM < CMD jobs: j, command: c;"

typedef struct case_found {
  const char *name, *text, *workflows, *findings; /* "kind step, ..." in order; "" for none */
  size_t instances;
  ftblab_verdict_kind verdict;
  bool complete;
  const char *first; /* the workflow of the first instance, or NULL */
  bool mid;          /* recording began in the middle */
} case_found;

static void judge_found(const case_found *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const ftblab_trace_header header = {.observes = {true, true, true},
                                        .start = rows[i].mid ? FTBLAB_START_MID : FTBLAB_START_DEFAULT};
    const ftblab_check_options options = {.complete = rows[i].complete, .workflows = rows[i].workflows};
    trace t = parse_short(rows[i].text);
    ftblab_verdict *verdict = judge_as(&t, &options, &header);
    char findings[200] = "";
    for (size_t v = 0; v < ftblab_verdict_violations(verdict); v++) {
      const char *kind, *step, *message;
      ftblab_verdict_violation(verdict, v, &kind, &step, &message);
      size_t used = strlen(findings);
      snprintf(findings + used, sizeof findings - used, "%s%s %s", v > 0 ? ", " : "", kind, step != NULL ? step : "-");
    }
    bool good = strcmp(findings, rows[i].findings) == 0 && ftblab_verdict_instances(verdict) == rows[i].instances &&
                ftblab_verdict_of(verdict) == rows[i].verdict;
    if (good && rows[i].first != NULL)
      good = strcmp(ftblab_verdict_instance_workflow(verdict, 0), rows[i].first) == 0;
    CU_ASSERT(good);
    if (!good && shown++ < 3)
      show(&t, verdict, rows[i].name);
    ftblab_verdict_free(verdict);
  }
}

static void test_found_by_a_tester(void)
{
  static const case_found rows[] = {
      {"a second catch does not escape into the tables without RM/JS",
       "MS > CHECK nodes: n1;RM < CHECK nodes: n1;RM < CHECK nodes: n1;", NULL, "duplicate 2(a)", 1, FTBLAB_VIOLATES,
       false, NULL, false},
      {"nor does a dropped one",
       "MS > CHECK nodes: n1;RM < CHECK nodes: n1;AS < CHECK nodes: n1;AS > DEAD nodes: n1;MS < DEAD nodes: n1;AS < "
       "DEAD nodes: n1;" BACK("nodes: n1"),
       NULL, "missing 4(a)", 1, FTBLAB_VIOLATES, false, NULL, false},
      {"a catch of what was never thrown is no instance", "MS < ALIVE nodes: other;", NULL, "wrong-payload -", 0,
       FTBLAB_VIOLATES, false, NULL, false},
      {"a catch that came before its throw",
       "AS < FAILED ifaces: p0, nodes: n1;IB > FAILED ifaces: p0, nodes: n1;RM < FAILED ifaces: p0, nodes: n1;RM > "
       "MFAILED ifaces: p0, nodes: n1, jobs: j;MPI < MFAILED ifaces: p0, nodes: n1, jobs: j;",
       NULL, "misordered 2(b)", 1, FTBLAB_VIOLATES, false, NULL, false},
      {"one member of a set is caught alone",
       "MS > CHECK nodes: {n1, n2};RM < CHECK nodes: {n1, n2};AS < CHECK nodes: {n1, n2};AS > DEAD nodes: {n1, n2};RM "
       "< DEAD nodes: n1;MS < DEAD nodes: {n1, n2};AS < DEAD nodes: {n1, n2};",
       NULL, "missing 4(a)", 2, FTBLAB_VIOLATES, true, NULL, false},
      {"a set of two thousand members", B11("nodes: {0-1999}"), NULL, "", 2000, FTBLAB_CONFORMS, false, NULL, false},
      {"a set too large to take apart is no silence", "MS > CHECK nodes: {0-9999999};", NULL, "wrong-payload -", 0,
       FTBLAB_VIOLATES, false, NULL, false},
      {"a member named twice is one", B11("nodes: {n1, n1}"), NULL, "", 1, FTBLAB_CONFORMS, false, NULL, false},
      {"other ranks caught than thrown",
       MIGRATION "MPI > DONE snode: n1, dnode: q, jobs: j, ranks: 1;RM < DONE snode: n1, dnode: q, jobs: j, ranks: 2;",
       NULL, "wrong-payload 6", 1, FTBLAB_VIOLATES, false, NULL, false},
      {"source and target exchanged",
       MIGRATION "MPI > DONE snode: q, dnode: n1, jobs: j;RM < DONE snode: n1, dnode: q, jobs: j;", NULL,
       "wrong-payload 5", 1, FTBLAB_VIOLATES, false, NULL, false},
      {"a component that nobody knows", B11("nodes: n1") "X < DEAD nodes: n1;", NULL, "wrong-component -", 1,
       FTBLAB_VIOLATES, false, NULL, false},
      {"a chosen workflow that facts exclude", "F . STARTED jobs: j, nodes: n1;" B11("nodes: n1"), "B.1.1", "", 0,
       FTBLAB_UNDECIDED, false, NULL, false},
      {"the same failure twice without a return", B11("nodes: n1") B11("nodes: n1"), NULL, "", 2, FTBLAB_CONFORMS,
       false, NULL, false},
      {"a trigger repeated when all is there", B11("nodes: n1") "MS > CHECK nodes: n1;", NULL, "duplicate 1", 1,
       FTBLAB_VIOLATES, false, NULL, false},
  };
  judge_found(rows, FTBLAB_COUNT(rows));
}

/* What a node was moved from, commanded or left behind by is not blamed in another workflow. */
static void test_migrations(void)
{
  static const case_found rows[] = {
      {"a node that was migrated from dies and returns, the Application listens",
       "F . STARTED jobs: j, nodes: {n1, n2};" MOVED B11("nodes: n1") BACK("nodes: n1") RUNNING_AGAIN, NULL, "", 2,
       FTBLAB_CONFORMS, true, "B.3.3", false},
      {"the same without facts", MOVED B11("nodes: n1") BACK("nodes: n1") RUNNING_AGAIN, NULL, "", 2, FTBLAB_CONFORMS,
       true, "B.3.3", false},
      {"a migration on command needs no prediction",
       "AS > COMMAND snode: n1;RM < COMMAND snode: n1;MPI < COMMAND snode: n1;RM > MIGRATE snode: n1, dnode: q, jobs: "
       "j;MPI < MIGRATE snode: n1, dnode: q, jobs: j;MPI > DONE snode: n1, dnode: q, jobs: j;RM < DONE snode: n1, "
       "dnode: q, jobs: j;",
       NULL, "", 1, FTBLAB_CONFORMS, true, "B.3.3", false},
      {"a migration that failed, and a suspension instead", MIGRATION SUSPENSION, NULL, "missing 5, missing 6", 2,
       FTBLAB_VIOLATES, true, "B.3.3", false},
      {"the same as long as it may still end", MIGRATION SUSPENSION, NULL, "", 2, FTBLAB_UNDECIDED, false, "B.3.3",
       false},
      {"a migration that nobody heard is unexpected",
       "AS > PREDICT nodes: n1;RM < PREDICT nodes: n1;RM > MIGRATE snode: n1, dnode: q, jobs: j;" SUSPENSION, NULL,
       "unexpected -", 1, FTBLAB_VIOLATES, true, "B.3.2", false},
      {"one on a command for another node does",
       "AS > COMMAND snode: n2;RM > MIGRATE snode: n1, dnode: q, jobs: j;MPI < MIGRATE snode: n1, dnode: q, jobs: "
       "j;MPI > DONE snode: n1, dnode: q, jobs: j;RM < DONE snode: n1, dnode: q, jobs: j;",
       NULL, "missing 1, missing 2", 1, FTBLAB_VIOLATES, false, "B.3.3", false},
  };
  judge_found(rows, FTBLAB_COUNT(rows));
}

/* MPI* plays the RM/JS where that is not aware of the backplane. */
static void test_world_without_rm(void)
{
  static const case_found rows[] = {
      {"mpirun's idle spare dies: B.1.1 has no corresponding section",
       "F . STARTED jobs: j, nodes: {n1, n2};" STAR_B11("n9"), NULL, "", 0, FTBLAB_UNDECIDED, true, NULL, false},
      {"a node with a job on it is not excused", "F . STARTED jobs: j, nodes: {n1, n2};" STAR_B11("n1"), NULL,
       "missing 5, missing 6", 1, FTBLAB_VIOLATES, true, "B.2.1", false},
      {"a suspected node is found alive",
       "MS > CHECK nodes: n1;STAR < CHECK nodes: n1;AS < CHECK nodes: n1;AS > ALIVE nodes: n1;STAR < ALIVE nodes: "
       "n1;MS < ALIVE nodes: n1;",
       NULL, "", 1, FTBLAB_CONFORMS, true, "S2.1-alive", false},
      {"a dead mpirun is known by its registrations",
       "STAR + CHECK nodes: *;MS + CHECK nodes: *;MS + DEAD nodes: *;AS + CHECK nodes: *;AS + DEAD nodes: *;"
       "F . STARTED jobs: j, nodes: {n1, n2};MS > CHECK nodes: n1;AS < CHECK nodes: n1;AS > DEAD nodes: n1;MS < DEAD "
       "nodes: n1;AS < DEAD nodes: n1;",
       NULL, "missing 2(a), missing 4(a), missing 5, missing 6", 1, FTBLAB_VIOLATES, true, "B.2.1", false},
  };
  judge_found(rows, FTBLAB_COUNT(rows));
}

/* Section 2.1 #3: who may say that a node is alive; and Appendix D's payloads as it prints them. */
static void test_who_and_how(void)
{
  static const case_found rows[] = {
      {"the Monitoring System finds it alive",
       "MS > CHECK nodes: n1;RM < CHECK nodes: n1;AS < CHECK nodes: n1;MS > ALIVE nodes: n1;RM < ALIVE nodes: n1;",
       NULL, "", 1, FTBLAB_CONFORMS, true, "S2.1-alive", false},
      {"the External Agent finds it alive",
       "MS > CHECK nodes: n1;RM < CHECK nodes: n1;EA < CHECK nodes: n1;EA > ALIVE nodes: n1;RM < ALIVE nodes: n1;MS < "
       "ALIVE nodes: n1;",
       NULL, "", 1, FTBLAB_CONFORMS, true, "S2.1-alive", false},
      {"the RM/JS may not",
       "MS > CHECK nodes: n1;RM < CHECK nodes: n1;AS < CHECK nodes: n1;RM > ALIVE nodes: n1;RM < ALIVE nodes: n1;MS < "
       "ALIVE nodes: n1;",
       NULL, "wrong-component 3", 1, FTBLAB_VIOLATES, true, "S2.1-alive", false},
      {"the keys and the pair as Appendix D prints them",
       "MT > NODEFAIL node: n1;RSH < NODEFAIL node: <n1>;RSH > MOVE node: <n1, n2>;", NULL, "", 1, FTBLAB_UNDECIDED,
       false, "D.1", false},
      {"no others are written so", "MS > CHECK node: n1;", NULL, "wrong-payload -", 0, FTBLAB_VIOLATES, false, NULL,
       false},
      {"nor with its brackets", "MS > CHECK nodes: <n1, n2>;", NULL, "wrong-payload -", 0, FTBLAB_VIOLATES, false, NULL,
       false},
      {"the pair is ordered", "MT > NODEFAIL node: n1;RSH < NODEFAIL node: n1;RSH > MOVE node: <n2, n1>;", NULL,
       "wrong-payload 3", 1, FTBLAB_VIOLATES, false, "D.1", false},
  };
  judge_found(rows, FTBLAB_COUNT(rows));
}

/* Recording began in the middle. */
static void test_mid(void)
{
  static const case_found rows[] = {
      {"behind the prediction", "RM < PREDICT nodes: n1;" SUSPENSION "AS > ALIVE nodes: n1;RM < ALIVE nodes: n1;", NULL,
       "", 1, FTBLAB_CONFORMS, false, "B.3.2", true},
      {"the last row alone, in a complete trace", "AS > ALIVE nodes: n1;", NULL, "", 1, FTBLAB_CONFORMS, true, "B.4.1",
       true},
      {"a row may have come before the recording", "APP < RUNNING nodes: n1, jobs: j;", NULL, "", 1, FTBLAB_CONFORMS,
       true, "B.1.3", true},
      {"what must follow the first record is asked for",
       "RM < PREDICT nodes: n1;RM > SUSPEND jobs: j;MPI < SUSPEND jobs: j;MPI > CMD jobs: j, command: c;", NULL,
       "missing 6", 1, FTBLAB_VIOLATES, true, "B.3.2", true},
  };
  judge_found(rows, FTBLAB_COUNT(rows));
}

/* ---- one mistake ------------------------------------------------------------------------------------------------ */

typedef struct mutant {
  const char *kinds; /* any of these, at */
  const char *step;
  const char *or_step; /* where two rows disagree and nothing else tells who is right, or NULL */
} mutant;

/* Is row R the only one of its phase? Then a trace without it has not begun the phase. */
static bool is_alone_in_phase(const ftblab_workflow *w, size_t row)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (r != row && w->rows[r].phase == w->rows[row].phase)
      return false;
  return w->rows[row].phase > 0;
}

static bool drop(trace *t, const ftblab_workflow *w, size_t at, mutant *m)
{
  size_t row = (size_t)t->lines[at].row;
  if (is_alone_in_phase(w, row))
    return false;
  *m = (mutant){"missing", w->rows[row].step, NULL};
  remove_line(t, at);
  return true;
}

static bool duplicate(trace *t, const ftblab_workflow *w, size_t at, ftblab_random *random, mutant *m)
{
  size_t row = (size_t)t->lines[at].row, end = t->count;
  *m = (mutant){"duplicate", w->rows[row].step, NULL};
  size_t to = at + 1 + ftblab_random_below(random, end - at);
  for (size_t other = 0; other < spec->workflow_count; other++) {
    const ftblab_row *trigger = &spec->workflows[other].rows[0], *repeated = &w->rows[row];
    /* a trigger that comes again when all is over begins a new instance: repeat it at once */
    if (trigger->event == repeated->event && trigger->action == repeated->action &&
        trigger->component == repeated->component)
      to = at + 1;
  }
  insert_line(t, to, t->lines[at]);
  return true;
}

static bool swap(trace *t, const ftblab_workflow *w, size_t at, mutant *m)
{
  if (at + 1 >= t->count || t->lines[at].owner != t->lines[at + 1].owner)
    return false;
  size_t a = (size_t)t->lines[at].row, b = (size_t)t->lines[at + 1].row;
  if (!(w->before[b] & (uint64_t)1 << a))
    return false;
  line l = t->lines[at];
  t->lines[at] = t->lines[at + 1];
  t->lines[at + 1] = l;
  *m = (mutant){"misordered", w->rows[b].step, NULL};
  return true;
}

static bool wrong_role(trace *t, const ftblab_workflow *w, size_t at, ftblab_random *random, mutant *m)
{
  const ftblab_row *row = &w->rows[t->lines[at].row];
  int role = (int)ftblab_random_below(random, spec->role_count);
  if (role == row->component)
    return false;
  const ftblab_event *event = &spec->events[row->event];
  uint64_t may = event->caught_by | event->table_caught_by | event->registered_by;
  bool allowed = row->action == FTBLAB_CATCH && (event->caught_by_any || may & (uint64_t)1 << role);
  for (size_t r = 0; r < w->row_count && row->action == FTBLAB_CATCH; r++) /* its own event, delivered to itself */
    allowed = allowed || (w->rows[r].component == role && w->rows[r].event == row->event);
  if (allowed && is_alone_in_phase(w, (size_t)t->lines[at].row))
    return false;
  t->lines[at].component = spec->roles[role].name;
  /* whether the role may catch it depends on the family and on who stands in for whom: the contract leaves both open */
  *m = (mutant){allowed ? "missing wrong-component" : "wrong-component", row->step, NULL};
  /* the role may have a row of its own for this event: then its second catch is a repeat on top of the missing row */
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].component == role && w->rows[r].event == row->event && w->rows[r].action == row->action)
      return false;
  return true;
}

static bool wrong_value(trace *t, const ftblab_workflow *w, size_t at, ftblab_random *random, mutant *m)
{
  const ftblab_row *row = &w->rows[t->lines[at].row];
  if (row->term_count == 0 || is_alone_in_phase(w, (size_t)t->lines[at].row))
    return false;
  size_t term = ftblab_random_below(random, row->term_count);
  const char *key = spec->keys[row->terms[term].key];
  char *start = strstr(t->lines[at].payload, key), *brace = strchr(start, '}');
  char tail[200];
  snprintf(tail, sizeof tail, "%s", brace);
  start = strchr(start, '{') + 1;
  snprintf(start, sizeof t->lines[at].payload - (size_t)(start - t->lines[at].payload), "%s%s",
           strcmp(key, "ranks") == 0    ? "90-93"
           : strcmp(key, "jobs") == 0   ? "j99"
           : strcmp(key, "ifaces") == 0 ? "ib99"
                                        : "n99",
           tail);
  *m = (mutant){"wrong-payload", row->step, NULL};
  /* a throw and its only catch that disagree, while no other row speaks of the value: the catch is blamed */
  for (size_t r = 0; r < w->row_count && row->action == FTBLAB_THROW; r++)
    if (w->rows[r].action == FTBLAB_CATCH && w->rows[r].event == row->event)
      m->or_step = w->rows[r].step;
  return true;
}

static void mutate_all(const char *name, int kind, int owners)
{
  ftblab_random random;
  ftblab_random_seed(&random, (uint64_t)kind * 100 + (uint64_t)owners, name);
  size_t tried = 0, found = 0;
  shown = 0;
  for (size_t round = 0; round < 30 * rounds(); round++) {
    static trace t;
    int workflows[16];
    make_crowd(&t, owners, &random, workflows);
    size_t at = ftblab_random_below(&random, t.count);
    if (t.lines[at].row < 0)
      continue;
    const ftblab_workflow *w = &spec->workflows[workflows[t.lines[at].owner]];
    char what[160];
    snprintf(what, sizeof what, "%s of row %s of %s on line %zu", name, w->rows[t.lines[at].row].step, w->id, at + 1);
    mutant m;
    bool applies = kind == 0   ? drop(&t, w, at, &m)
                   : kind == 1 ? duplicate(&t, w, at, &random, &m)
                   : kind == 2 ? swap(&t, w, at, &m)
                   : kind == 3 ? wrong_role(&t, w, at, &random, &m)
                               : wrong_value(&t, w, at, &random, &m);
    if (!applies)
      continue;
    ftblab_verdict *verdict = judge(&t, true, NULL);
    tried++;
    found += has_one(&t, verdict, m.kinds, m.step, m.or_step, what);
    ftblab_verdict_free(verdict);
  }
  printf(" %zu of %zu found,", found, tried);
  CU_ASSERT(tried > 0);
  CU_ASSERT_EQUAL(found, tried);
}

static void test_dropped(void)
{
  mutate_all("drop", 0, 1);
}
static void test_duplicated(void)
{
  mutate_all("duplicate", 1, 1);
}
static void test_swapped(void)
{
  mutate_all("swap", 2, 1);
}
static void test_wrong_role(void)
{
  mutate_all("wrong role", 3, 1);
}
static void test_wrong_value(void)
{
  mutate_all("wrong value", 4, 1);
}
static void test_dropped_in_crowd(void)
{
  mutate_all("drop", 0, 6);
}
static void test_duplicated_in_crowd(void)
{
  mutate_all("duplicate", 1, 6);
}
static void test_swapped_in_crowd(void)
{
  mutate_all("swap", 2, 6);
}
static void test_wrong_role_in_crowd(void)
{
  mutate_all("wrong role", 3, 6);
}
static void test_wrong_value_in_crowd(void)
{
  mutate_all("wrong value", 4, 6);
}

static const ftblab_unit_test tests[] = {
    {"there are workflows of plain rows", test_plain},
    {"any order that the partial order allows conforms", test_any_order_conforms},
    {"interleaved instances conform, each as its own", test_interleaved_conform},
    {"no beginning of a conforming trace is blamed", test_beginnings},
    {"a chosen workflow is judged alone", test_chosen_workflow},
    {"a port failure with and without migration", test_port_failure},
    {"the strict order is the table's", test_strict_order},
    {"a recorder of throws only is not asked for catches", test_throws_only},
    {"a set stands for each of its members", test_set_payload},
    {"two jobs on a node are two instances", test_two_jobs},
    {"from boot, a catch needs a registration", test_registrations},
    {"what belongs to no workflow is judged by section 2", test_section_2},
    {"what an outside tester found", test_found_by_a_tester},
    {"records of a migration are blamed in no other workflow", test_migrations},
    {"mpirun plays the RM/JS where there is none", test_world_without_rm},
    {"who may find a node alive, and how Appendix D writes", test_who_and_how},
    {"cut at the beginning", test_mid},
    {"a dropped record is one missing row", test_dropped},
    {"a repeated record is one duplicate", test_duplicated},
    {"two records swapped are one misordered row", test_swapped},
    {"a wrong component is named", test_wrong_role},
    {"a wrong value is named", test_wrong_value},
    {"dropped, among others", test_dropped_in_crowd},
    {"repeated, among others", test_duplicated_in_crowd},
    {"swapped, among others", test_swapped_in_crowd},
    {"wrong component, among others", test_wrong_role_in_crowd},
    {"wrong value, among others", test_wrong_value_in_crowd},
};

int main(void)
{
  return ftblab_spec_suite("checker", &spec, tests, FTBLAB_COUNT(tests));
}
