/* test_spec.c - the standard as data: counts, order, needs, look-ups, renderings, and that lint's findings go away when
 * the data is mended and come when it is broken: the rules find them, no list does. */
#include "spec_load.h"
#include "spec_suite.h"

#include <stdlib.h>
#include <string.h>

static ftblab_spec *spec;

static const ftblab_workflow *workflow(const char *id)
{
  int index = ftblab_spec_workflow(spec, id, strlen(id));
  CU_ASSERT_NOT_EQUAL_FATAL(index, FTBLAB_NONE);
  return &spec->workflows[index];
}

static const ftblab_event *event(const char *name)
{
  int index = ftblab_spec_event(spec, name, strlen(name));
  CU_ASSERT_NOT_EQUAL_FATAL(index, FTBLAB_NONE);
  return &spec->events[index];
}

static uint64_t role(const char *name)
{
  int index = ftblab_spec_role(spec, name, strlen(name));
  CU_ASSERT_NOT_EQUAL_FATAL(index, FTBLAB_NONE);
  return UINT64_C(1) << index;
}

/* ---- what is there ---- */

static void test_counts(void)
{
  static const struct {
    const char *id;
    size_t rows;
    int phases;
  } expected[] = {{"B.1.1", 10, 2},
                  {"B.1.2", 12, 2},
                  {"B.1.3", 17, 2},
                  {"B.2.1", 11, 2},
                  {"B.2.2", 17, 2},
                  {"B.3.1", 6, 2},
                  {"B.3.2", 10, 3},
                  {"B.3.3", 10, 2},
                  {"B.4.1", 7, 2},
                  {"B.4.2", 10, 2},
                  {"B.5.1", 10, 2},
                  {"B.5.2", 14, 2},
                  {"B.6.1", 10, 2},
                  {"B.6.2", 14, 2},
                  {"IU.2.3", 8, 2},
                  {"D.1", 30, 2},
                  {"E.1", 3, 1},
                  {"E.2", 2, 1},
                  {"S2.1-alive", 13, 1},
                  {"S2.1-jobs-dead", 8, 1},
                  {"S2.1-jobs-running", 8, 1},
                  {"S2.1-ranks-dead", 8, 1},
                  {"S2.1-ranks-alive", 8, 1},
                  {"S2.3-node-migrate", 13, 1},
                  {"S2.3-jobs-suspend", 11, 1},
                  {"S2.3-jobs-resume", 11, 1},
                  {"S2.3-ckpt", 3, 1},
                  {"S2.3-restart", 3, 1},
                  {"S2.4-ckpt", 8, 1},
                  {"S2.4-restart", 8, 1},
                  {"S2.5-job", 8, 2},
                  {"FTLA.1-declare", 2, 1},
                  {"FTLA.1", 15, 1},
                  {"FTLA.1-precision", 4, 2},
                  {"HEAT.1", 3, 1},
                  {"HEAT.1-idle", 2, 1},
                  {"SUB.1", 9, 2},
                  {"SUB.1-idle", 6, 2},
                  {"SUB.2", 7, 1},
                  {"SUB.2-replica", 3, 1},
                  {"SUB.3", 6, 1},
                  {"TF.1", 7, 2},
                  {"TF.1-manager", 2, 1},
                  {"XG.1", 14, 1},
                  {"XG.1-refused", 8, 1},
                  {"XG.1-withheld", 8, 1},
                  {"XG.1-failed", 14, 1},
                  {"XG.1-died", 12, 1},
                  {"XG.2", 14, 1},
                  {"XG.2-refused", 8, 1},
                  {"XG.2-withheld", 8, 1},
                  {"XG.2-denied", 8, 1},
                  {"XG.2-failed", 14, 1},
                  {"XG.2-died", 12, 1},
                  {"XG.3", 17, 1},
                  {"XG.3-refused", 20, 1},
                  {"XG.4", 2, 1},
                  {"XG.4-kept", 2, 1},
                  {"XG.4-space", 2, 1},
                  {"XG.4-refused", 2, 1}};
  static const size_t registrations[] = {15, 15, 17, 16, 14, 14, 14, 10, 2, 19, 27, 12, 6, 11, 3, 12, 4, 40};
  CU_ASSERT_EQUAL_FATAL(spec->workflow_count, FTBLAB_COUNT(expected));
  for (size_t i = 0; i < FTBLAB_COUNT(expected); i++) {
    CU_ASSERT_STRING_EQUAL(spec->workflows[i].id, expected[i].id);
    CU_ASSERT_EQUAL(spec->workflows[i].row_count, expected[i].rows);
    CU_ASSERT_EQUAL(spec->workflows[i].phase_count, expected[i].phases);
    CU_ASSERT_EQUAL(spec->workflows[i].basis != NULL, strcmp(spec->workflows[i].origin, "derived") == 0);
  }
  CU_ASSERT_EQUAL_FATAL(spec->family_count, FTBLAB_COUNT(registrations));
  for (size_t i = 0; i < FTBLAB_COUNT(registrations); i++)
    CU_ASSERT_EQUAL(spec->families[i].registration_count, registrations[i]);
  size_t in_section_2 = 0, facts = 0;
  for (size_t i = 0; i < spec->event_count; i++) {
    in_section_2 += spec->events[i].in_section_2;
    facts += spec->events[i].is_fact;
  }
  CU_ASSERT_EQUAL(in_section_2, 34);
  CU_ASSERT_EQUAL(facts, 12); /* FILE_LOST may be one, and is thrown as well */
  /* section 2, the tables, facts, the libraries' own of Appendices A, C, D and E; then FTLA, HEAT, SUB and XG */
  CU_ASSERT_EQUAL(spec->event_count, 34 + 7 + 12 + 26 + 4 + 10 + 2 + 10 + 3 + 7 + 41);
}

static void test_lookup(void)
{
  CU_ASSERT_PTR_EQUAL(event("Check Problem Node"), event("CHECK_NODES_DEAD"));
  CU_ASSERT_PTR_EQUAL(event("check--problem\tnode"), event("CHECK NODES DEAD"));
  CU_ASSERT_PTR_EQUAL(event("Check Physical Interface"), event("CHECK_INTERFACE"));
  CU_ASSERT_PTR_EQUAL(event("Restored MPI Node"), event("RM_JOBS_RUNNING"));
  CU_ASSERT_EQUAL(ftblab_spec_event(spec, "CHECK_NODES_DEA", 15), FTBLAB_NONE);
  CU_ASSERT_EQUAL(ftblab_spec_event(spec, "", 0), FTBLAB_NONE);
  CU_ASSERT_EQUAL(role("rm / js"), role("RM/JS"));
  CU_ASSERT_NOT_EQUAL(role("MPI*"), role("MPI"));
  CU_ASSERT_EQUAL(role("c/r library"), role("CR-Library"));
  CU_ASSERT_EQUAL(ftblab_spec_role(spec, "RM", 2), FTBLAB_NONE);
  CU_ASSERT_EQUAL(ftblab_spec_role(spec, "", 0), FTBLAB_NONE);
  CU_ASSERT_EQUAL(ftblab_spec_workflow(spec, "B.1", 3), FTBLAB_NONE);
}

static void test_events(void)
{
  const ftblab_event *check = event("CHECK_NODES_DEAD"), *confirm = event("CONFIRM_NODES_DEAD");
  CU_ASSERT_EQUAL(check->thrown_by, role("Monitoring System") | role("Application"));
  CU_ASSERT_EQUAL(check->caught_by, role("External Agent") | role("RM/JS") | role("Autonomic Script"));
  CU_ASSERT_EQUAL(check->channel, FTBLAB_CHANNEL_RELIABLE);
  CU_ASSERT_EQUAL(check->command, FTBLAB_COMMAND_CHECK);
  CU_ASSERT_EQUAL(check->type, FTBLAB_TYPE_NORMAL);
  CU_ASSERT_EQUAL(check->response_count, 5);
  CU_ASSERT_TRUE(confirm->caught_by_any);
  CU_ASSERT_EQUAL(confirm->type, FTBLAB_TYPE_RESPONSE);
  CU_ASSERT_EQUAL(confirm->table_caught_by, role("RM/JS") | role("MPI*") | role("Autonomic Script"));
  CU_ASSERT_EQUAL(confirm->table_thrown_by, 0);
  CU_ASSERT_EQUAL(event("CONFIRM_NODES_ALIVE")->type, FTBLAB_TYPE_ANY);
  CU_ASSERT_EQUAL(event("RESUME_JOB_CMD")->channel, FTBLAB_CHANNEL_ANY);
  CU_ASSERT_EQUAL(event("RESUME_JOB_CMD")->payload_count, 2);
  CU_ASSERT_TRUE(event("RESUME_JOB_CMD")->payload[1].optional);
  const ftblab_event *ranks = event("MPI_RANKS_DEAD");
  CU_ASSERT_EQUAL_FATAL(ranks->payload_count, 3);
  CU_ASSERT_STRING_EQUAL(spec->keys[ranks->payload[1].key], "jobs");
  CU_ASSERT_TRUE(ranks->payload[1].optional);
  CU_ASSERT_FALSE(ranks->payload[2].optional);
  CU_ASSERT_EQUAL(ranks->table_key_count, 3);
  CU_ASSERT_TRUE(event("FAILED_PHYSICAL_INTERFACE")->registered_by & role("IB Fault Monitor"));
}

/* ---- order and terms ---- */

static size_t row_of(const ftblab_workflow *table, const char *step)
{
  size_t row = 0;
  while (row < table->row_count && strcmp(table->rows[row].step, step) != 0)
    row++;
  CU_ASSERT_TRUE_FATAL(row < table->row_count);
  return row;
}

/* Closed: what must come before a row that must come before R must come before R, unless it excludes R. */
static void assert_closed(const ftblab_workflow *table)
{
  for (size_t r = 0; r < table->row_count; r++)
    for (size_t s = 0; s < table->row_count; s++)
      for (size_t t = 0; t < table->row_count; t++)
        if (table->before[r] >> s & 1 && table->before[s] >> t & 1)
          CU_ASSERT_NOT_EQUAL((bool)(table->before[r] >> t & 1), ftblab_rows_exclude(&table->rows[t], &table->rows[r]));
}

static void test_order(void)
{
  static const struct {
    const char *id, *first, *second;
    bool before;
  } cases[] = {
      {"B.1.3", "1", "2(a)", true},
      {"B.1.3", "1", "8", true},
      {"B.1.3", "2(a)", "2(b)", false},
      {"B.1.3", "4(b)", "5", false},
      {"B.1.3", "4(a)", "5", true},
      {"B.1.3", "4(c)", "9", true},
      {"B.1.3", "8", "9", false},
      {"B.1.3", "8", "12(b)", true},
      {"B.1.3", "6", "12(a)", true},
      {"B.1.3", "12(a)", "11", false},
      {"B.1.3", "5", "10(b)", false},
      {"B.2.1", "6", "8", false},
      {"B.3.2", "6", "7", true},
      {"B.3.2", "8", "9", false},
      {"B.5.2", "3", "4(b)", true},
      {"B.5.2", "4(b)", "10(a)", true},
      {"B.5.2", "4(b)", "5", false},
      {"B.5.2", "4(a)", "5", true},
      /* a choice: its branches are not ordered with each other, what stands behind follows each of them */
      {"D.1", "1(a)", "1(b)", false},
      {"D.1", "1(a)", "2(b)", false},
      {"D.1", "1(a)", "3", true},
      {"D.1", "2(b)", "3", true},
      {"D.1", "6(a)", "9(a)", true},
      {"D.1", "6(a)", "9(b)", false},
      {"D.1", "5(c)", "7(a)", false},
      {"D.1", "11(a)", "12(a)", true},
      {"D.1", "11(a)", "13", true},
      {"S2.1-jobs-dead", "3(a)", "4(a)", true},
      {"S2.1-jobs-dead", "3(c)", "4(a)", true},
      {"S2.1-jobs-dead", "1(a)", "4(b)", false},
      {"S2.1-jobs-dead", "2", "3(a)", true},
      {"S2.1-jobs-dead", "2", "3(b)", false},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    const ftblab_workflow *table = workflow(cases[i].id);
    size_t first = row_of(table, cases[i].first), second = row_of(table, cases[i].second);
    CU_ASSERT_EQUAL((bool)(table->before[second] >> first & 1), cases[i].before);
  }
  const ftblab_workflow *table = workflow("B.1.3");
  CU_ASSERT_EQUAL(table->strict_before[row_of(table, "5")], (UINT64_C(1) << row_of(table, "5")) - 1);
  CU_ASSERT_EQUAL(table->strict_before[row_of(table, "2(b)")], 1);
  for (size_t w = 0; w < spec->workflow_count; w++)
    assert_closed(&spec->workflows[w]);
}

static void test_needs(void)
{
  CU_ASSERT_TRUE(workflow("B.1.1")->needs_no_job);
  CU_ASSERT_FALSE(workflow("B.1.1")->needs_job);
  CU_ASSERT_TRUE(workflow("B.1.2")->needs_job);
  CU_ASSERT_FALSE(workflow("B.1.2")->needs_no_job);
  CU_ASSERT_FALSE(workflow("S2.1-alive")->needs_job);
  CU_ASSERT_FALSE(workflow("S2.1-alive")->needs_no_job);
  CU_ASSERT_TRUE(workflow("B.5.2")->needs_job);
}

static void assert_term(const char *id, const char *step, size_t term, const char *key, ftblab_term_kind kind,
                        const char *variable, const char *member_of)
{
  const ftblab_workflow *table = workflow(id);
  const ftblab_row *row = &table->rows[row_of(table, step)];
  CU_ASSERT_TRUE_FATAL(term < row->term_count);
  const ftblab_term *found = &row->terms[term];
  CU_ASSERT_STRING_EQUAL(spec->keys[found->key], key);
  CU_ASSERT_EQUAL(found->kind, kind);
  CU_ASSERT_STRING_EQUAL(spec->variables[found->variable], variable);
  CU_ASSERT_EQUAL(found->member_of == FTBLAB_NONE, member_of == NULL);
  if (member_of)
    CU_ASSERT_STRING_EQUAL(spec->variables[found->member_of], member_of);
}

static void test_terms(void)
{
  assert_term("B.1.3", "7", 0, "nodes", FTBLAB_TERM_ONE, "x", NULL);
  assert_term("B.1.3", "7", 1, "jobs", FTBLAB_TERM_ONE, "z", NULL);
  assert_term("B.1.3", "7", 2, "ranks", FTBLAB_TERM_WHOLE, "ranks", NULL);
  assert_term("B.3.3", "3", 0, "jobs", FTBLAB_TERM_ONE, "z", NULL);
  assert_term("B.3.3", "3", 1, "snode", FTBLAB_TERM_ONE, "x", NULL);
  assert_term("B.3.3", "3", 2, "dnode", FTBLAB_TERM_ONE, "q", NULL);
  assert_term("B.5.2", "3", 0, "ifaces", FTBLAB_TERM_WHOLE, "p-q", NULL);
  assert_term("B.5.2", "5", 0, "ifaces", FTBLAB_TERM_ONE, "p", "p-q");
  assert_term("B.5.1", "1", 0, "ifaces", FTBLAB_TERM_ONE, "p", NULL);
}

/* ---- choices, optional rows, rows for each of a set ---- */

static void test_quantities(void)
{
  const ftblab_workflow *table = workflow("D.1");
  const ftblab_row *user = &table->rows[row_of(table, "1(b)")], *done = &table->rows[row_of(table, "5(a)")];
  const ftblab_row *last = &table->rows[row_of(table, "13")];
  CU_ASSERT_EQUAL(user->choice, 1);
  CU_ASSERT_EQUAL(user->branch, 2);
  CU_ASSERT_STRING_EQUAL(user->branch_name, "user");
  CU_ASSERT_EQUAL(done->choice, 2);
  CU_ASSERT_EQUAL(done->branch, 1);
  CU_ASSERT_STRING_EQUAL(spec->variables[done->each], "ranks");
  CU_ASSERT_EQUAL(last->choice, 0);
  CU_ASSERT_TRUE(last->optional);
  CU_ASSERT_PTR_NOT_NULL(last->basis);
  CU_ASSERT_TRUE(ftblab_rows_exclude(user, &table->rows[row_of(table, "1(a)")]));
  CU_ASSERT_FALSE(ftblab_rows_exclude(user, done));
  assert_term("D.1", "5(a)", 0, "ranks", FTBLAB_TERM_ONE, "r", "ranks");
  assert_term("D.1", "9(a)", 0, "nodes", FTBLAB_TERM_ONE, "q", NULL);
  assert_term("S2.4-ckpt", "1", 0, "processes", FTBLAB_TERM_WHOLE, "processes", NULL);
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; spec->workflows[w].id[0] == 'B' && r < spec->workflows[w].row_count; r++) {
      const ftblab_row *row = &spec->workflows[w].rows[r];
      CU_ASSERT_TRUE(!row->optional && row->choice == 0 && row->each == FTBLAB_NONE);
    }
}

/* Events of the libraries, and names under which the appendices know roles. */
static void test_libraries(void)
{
  const ftblab_event *unreachable = event("UNREACHABLE"), *resources = event("RESOURCES");
  CU_ASSERT_EQUAL_FATAL(unreachable->space_count, 2);
  CU_ASSERT_STRING_EQUAL(unreachable->spaces[0], "ftb.mpi.openmpi");
  CU_ASSERT_STRING_EQUAL(unreachable->spaces[1], "ftb.mpi.mpich2");
  CU_ASSERT_EQUAL(unreachable->code_count, 3);
  CU_ASSERT_EQUAL_FATAL(resources->code_count, 6);
  CU_ASSERT_STRING_EQUAL(resources->codes[5].text, "no socket buffers available");
  CU_ASSERT_STRING_EQUAL(event("OUT_OF_RESOURCES")->codes[1].code, "ORTE_ERR_TEMP_OUT_OF_RESOURCE");
  CU_ASSERT_STRING_EQUAL(event("FATAL")->severity, "fatal");
  CU_ASSERT_TRUE(event("MPI RANK DEAD")->possible);
  CU_ASSERT_FALSE(event("COMM FAILURE")->possible);
  CU_ASSERT_PTR_EQUAL(&spec->events[event("CR FTB NODE FAIL")->nearest], event("PREDICT_NODES_FAILURE"));
  CU_ASSERT_EQUAL(event("CR FTB CKPT FAIL")->nearest, FTBLAB_NONE);
  CU_ASSERT_EQUAL(role("FTB-IB"), role("IB Fault Monitor"));
  CU_ASSERT_EQUAL(role("C/R module"), role("C/R Library"));
  CU_ASSERT_EQUAL(role("Migration-Trigger"), role("Migration Trigger"));
  CU_ASSERT_NOT_EQUAL(role("mpirun_rsh"), role("mpispawn"));
}

/* ---- renderings ---- */

static void test_show(void)
{
  static const char *const ids[] = {"CHECK_NODES_DEAD", "Restored Node", "NODE_FAILED", "B.1", "S2.1"};
  ftblab_error err;
  for (size_t i = 0; i < spec->workflow_count + FTBLAB_COUNT(ids); i++) {
    const char *id = i < spec->workflow_count ? spec->workflows[i].id : ids[i - spec->workflow_count];
    ftblab_text text = {0};
    CU_ASSERT_EQUAL(ftblab_spec_show(spec, id, &text, &err), FTBLAB_OK);
    size_t width = 0;
    for (size_t at = 0; at < text.length; at++) {
      width = text.data[at] == '\n' ? 0 : width + (((unsigned char)text.data[at] & 0xC0) != 0x80);
      CU_ASSERT_TRUE(width <= 100);
    }
    ftblab_text_free(&text);
  }
  ftblab_text text = {0};
  CU_ASSERT_EQUAL(ftblab_spec_show(spec, "B.1.33", &text, &err), FTBLAB_EUSAGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "did you mean 'B.1.3'"));
  CU_ASSERT_EQUAL(ftblab_spec_export(spec, "B.1", FTBLAB_EXPORT_JSON, &text, &err), FTBLAB_EUSAGE);
  CU_ASSERT_EQUAL(ftblab_spec_list(spec, &text, &err), FTBLAB_OK);
  for (size_t w = 0; w < spec->workflow_count; w++)
    CU_ASSERT_PTR_NOT_NULL(strstr(ftblab_text_string(&text), spec->workflows[w].id));
  ftblab_text_free(&text);
}

static const char *string_at(const cJSON *object, const char *key)
{
  const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return string ? string : "none";
}

static void assert_exported(const ftblab_workflow *table, const cJSON *root)
{
  static const char *const actions[] = {"register", "throw", "catch"};
  const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "rows"), *item;
  CU_ASSERT_STRING_EQUAL(string_at(root, "id"), table->id);
  CU_ASSERT_STRING_EQUAL(string_at(root, "title"), table->title);
  CU_ASSERT_EQUAL((size_t)cJSON_GetArraySize(rows), table->row_count);
  CU_ASSERT_EQUAL((size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "registers")),
                  spec->families[table->family].registration_count);
  CU_ASSERT_EQUAL((size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "occurrences")),
                  table->occurrence_count);
  const ftblab_row *row = table->rows;
  cJSON_ArrayForEach(item, rows)
  {
    CU_ASSERT_STRING_EQUAL(string_at(item, "step"), row->step);
    CU_ASSERT_STRING_EQUAL(string_at(item, "component"), spec->roles[row->component].name);
    CU_ASSERT_STRING_EQUAL(string_at(item, "action"), actions[row->action]);
    CU_ASSERT_STRING_EQUAL(string_at(item, "event"), row->printed);
    CU_ASSERT_STRING_EQUAL(string_at(item, "params"), row->params);
    CU_ASSERT_STRING_EQUAL(string_at(item, "text"), row->text);
    CU_ASSERT_EQUAL(cJSON_GetObjectItemCaseSensitive(item, "phase")->valueint, row->phase);
    row++;
  }
}

static void test_export(void)
{
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (int as = FTBLAB_EXPORT_JSON; as <= FTBLAB_EXPORT_PNML; as++) {
      ftblab_text text = {0};
      CU_ASSERT_EQUAL(ftblab_spec_export(spec, spec->workflows[w].id, (ftblab_export)as, &text, NULL), FTBLAB_OK);
      if (as == FTBLAB_EXPORT_JSON) {
        ftblab_json *json = NULL;
        CU_ASSERT_EQUAL_FATAL(ftblab_json_parse(text.data, text.length, "export", &json, NULL), FTBLAB_OK);
        assert_exported(&spec->workflows[w], ftblab_json_root(json));
        ftblab_json_free(json);
      }
      ftblab_text_free(&text);
    }
}

/* ---- lint ---- */

/* How many findings of RULE at a place that begins with PLACE does lint have on ON? */
static size_t count_findings(const ftblab_spec *on, const char *rule, const char *place, const char *words)
{
  ftblab_text text = {0};
  size_t findings, count = 0;
  ftblab_json *json = NULL;
  CU_ASSERT_EQUAL(ftblab_spec_lint(on, true, &text, &findings, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_json_parse(text.data, text.length, "lint", &json, NULL), FTBLAB_OK);
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(ftblab_json_root(json), "findings"), *item;
  CU_ASSERT_EQUAL((size_t)cJSON_GetArraySize(list), findings);
  cJSON_ArrayForEach(item, list) count += strcmp(string_at(item, "rule"), rule) == 0 &&
                                          strncmp(string_at(item, "place"), place, strlen(place)) == 0 &&
                                          strstr(string_at(item, "message"), words);
  ftblab_json_free(json);
  ftblab_text_free(&text);
  return count;
}

/* The standard with every OLD in document NAME replaced by NEW. */
static ftblab_spec *mended(const char *name, const char *old, const char *new)
{
  size_t count, replaced = 0;
  const ftblab_document *built_in = ftblab_spec_documents(&count);
  ftblab_document documents[64];
  ftblab_text text = {0};
  CU_ASSERT_TRUE_FATAL(count <= FTBLAB_COUNT(documents));
  memcpy(documents, built_in, count * sizeof *documents);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(documents[i].name, name) != 0)
      continue;
    const char *from = documents[i].text;
    for (const char *found; (found = strstr(from, old)); from = found + strlen(old), replaced++) {
      ftblab_text_add_bytes(&text, from, (size_t)(found - from));
      ftblab_text_add(&text, new);
    }
    ftblab_text_add(&text, from);
    documents[i].text = ftblab_text_string(&text);
  }
  CU_ASSERT_TRUE(replaced > 0);
  ftblab_spec *result = NULL;
  ftblab_error err;
  if (ftblab_spec_build(documents, count, &result, &err) != FTBLAB_OK)
    fprintf(stderr, "%s\n", err.text);
  CU_ASSERT_PTR_NOT_NULL_FATAL(result);
  ftblab_text_free(&text);
  return result;
}

static void test_lint_known(void)
{
  CU_ASSERT_EQUAL(count_findings(spec, "caught-not-registered", "B.5.2 step 4", "Check Interface"), 2); /* A1 */
  CU_ASSERT_EQUAL(count_findings(spec, "caught-not-registered", "B.6.2 step 4", "Check Interface"), 2);
  CU_ASSERT_EQUAL(count_findings(spec, "caught-not-registered", "", ""), 4);
  CU_ASSERT_EQUAL(count_findings(spec, "one-event-two-names", "", "CHECK_INTERFACE"), 2);
  CU_ASSERT_EQUAL(count_findings(spec, "registered-never-used", "", "Check Physical Interface"), 4);
  CU_ASSERT_EQUAL(count_findings(spec, "registered-twice", "B.3", "RM/JS registers Restored Node"), 1); /* A2 */
  CU_ASSERT_EQUAL(count_findings(spec, "registered-twice", "B.4", "MPI* registers Restored Node"), 1);  /* A3 */
  CU_ASSERT_EQUAL(count_findings(spec, "registered-twice", "", ""), 2);
  CU_ASSERT_EQUAL(count_findings(spec, "registered-never-used", "B.4", "MPI registers Resume Job,"), 1); /* A4 */
  CU_ASSERT_EQUAL(count_findings(spec, "thrown-never-caught", "B.4.1 step 7", "Restored Node"), 1);      /* A5 */
  CU_ASSERT_EQUAL(count_findings(spec, "thrown-never-caught", "B", ""), 1);
  CU_ASSERT_EQUAL(count_findings(spec, "thrown-never-caught", "D.1 step 13", ""), 1);    /* H11 */
  CU_ASSERT_EQUAL(count_findings(spec, "not-subsumed", "C", "nowhere in section 2"), 4); /* G4 */
  CU_ASSERT_EQUAL(count_findings(spec, "not-subsumed", "D", "FAIL"), 2);                 /* G5 */
  CU_ASSERT_EQUAL(count_findings(spec, "odd-severity", "A", "MPI IFACE RESTORED"), 1);   /* H2 */
  CU_ASSERT_EQUAL(count_findings(spec, "odd-severity", "", ""), 1);
  CU_ASSERT_EQUAL(count_findings(spec, "registered-thrown-not-caught", "B.2.1 step 7", "MPI*"), 1);     /* A6 */
  CU_ASSERT_EQUAL(count_findings(spec, "registered-thrown-not-caught", "B.5.2 step 5", "IB Fault"), 1); /* A7 */
  CU_ASSERT_EQUAL(count_findings(spec, "registered-thrown-not-caught", "B.6.2 step 5", "IB Fault"), 1);
  CU_ASSERT_EQUAL(count_findings(spec, "channel-rule", "", ""), 5);      /* E1 */
  CU_ASSERT_EQUAL(count_findings(spec, "prefix-rule", "", ""), 8);       /* D11 */
  CU_ASSERT_EQUAL(count_findings(spec, "no-section-2-name", "", ""), 7); /* G1, G3 */
}

/* Each case changes the data; COUNT findings are left afterwards. */
static const struct {
  const char *document, *old, *new, *rule, *place, *words;
  size_t count;
} mends[] = {
    {"B.5.json", "Check Physical Interface", "Check Interface", "caught-not-registered", "B.5", "", 0},
    {"B.5.json", "Check Physical Interface", "Check Interface", "one-event-two-names", "B.5", "", 0},
    {"B.5.json", "Check Physical Interface", "Check Interface", "registered-never-used", "B.5", "", 0},
    {"B.3.json", "\"RM/JS\", \"event\": \"Restored Node\"", "\"RM/JS\", \"event\": \"Dead MPI Rank\"",
     "registered-twice", "B.3", "", 0},
    {"B.4.json", "\"event\": \"Resume Job\",", "\"event\": \"Restored Node\",", "registered-never-used", "B.4",
     "Resume Job,", 0},
    {"B.1.json", "\"MPI\", \"event\": \"Restored MPI Node\"", "\"MPI\", \"event\": \"Migrate Node\"",
     "registered-never-used", "B.1", "Migrate Node", 1},
    {"B.2.json", "\"Monitoring System\"", "\"MPI*\"", "registered-thrown-not-caught", "B.2.1", "", 0},
    {"B.5.json", "\"IB Fault Monitor\"", "\"RM/JS\"", "registered-thrown-not-caught", "B.5.2", "", 0},
    {"B.4.json", "\"event\": \"Predict Problem Node\"", "\"event\": \"Restored Node\"", "thrown-never-caught", "B.4",
     "", 0},
    {"B.1.json", "\"action\": \"throw\"", "\"action\": \"catch\"", "caught-never-thrown", "B.1.1 step", "", 10},
    {"catalogue.json", "\"channel\": \"reliable\"", "\"channel\": \"unreliable\"", "channel-rule", "2.", "_DEAD", 3},
};

static void test_lint_mended(void)
{
  for (size_t i = 0; i < FTBLAB_COUNT(mends); i++) {
    ftblab_spec *changed = mended(mends[i].document, mends[i].old, mends[i].new);
    size_t count = count_findings(changed, mends[i].rule, mends[i].place, mends[i].words);
    if (count != mends[i].count)
      fprintf(stderr, "mend %zu (%s): %zu findings\n", i, mends[i].rule, count);
    CU_ASSERT_EQUAL(count, mends[i].count);
    ftblab_spec_free(changed);
  }
}

/* Broken data is refused with its file and place. */
static void test_broken(void)
{
  static const struct {
    const char *text, *error;
  } cases[] = {
      {"{", "B.9.json:1:2: expected a key in double quotes"},
      {"{\"id\":\"B.9\"}", "B.9.json:1:1: $: the key \"title\" is missing"},
      {"{\"id\":\"B.9\",\"title\":\"t\",\"source\":\"s\",\"text\":\"t\",\"registers\":[{\"component\":\"MPX\","
       "\"event\":\"Resume Job\",\"params\":\"job z\"}],\"workflows\":[{\"id\":\"B.9.1\",\"title\":\"t\",\"origin\":"
       "\"table\",\"source\":\"s\",\"text\":\"t\",\"table\":[{\"occurrence\":[\"x\"]}]}]}",
       "B.9.json:1:75: $.registers[0].component: no such role in the catalogue"},
  };
  size_t count;
  const ftblab_document *built_in = ftblab_spec_documents(&count);
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_document documents[] = {built_in[0], {"B.9.json", cases[i].text, 0}};
    ftblab_spec *broken = NULL;
    ftblab_error err = {0};
    CU_ASSERT_EQUAL(ftblab_spec_build(documents, 2, &broken, &err), FTBLAB_EINTERNAL);
    if (strcmp(err.text, cases[i].error) != 0)
      fprintf(stderr, "%s\n", err.text);
    CU_ASSERT_STRING_EQUAL(err.text, cases[i].error);
    CU_ASSERT_EQUAL(err.status, FTBLAB_EINTERNAL);
    CU_ASSERT_PTR_NULL(broken);
  }
}

/* Loading the standard relies on it. */
static void test_built_in(void)
{
  size_t count;
  const ftblab_document *built_in = ftblab_spec_documents(&count);
  ftblab_spec *checked = NULL;
  ftblab_error err = {0};
  if (ftblab_spec_build(built_in, count, &checked, &err) != FTBLAB_OK)
    fprintf(stderr, "%s\n", err.text);
  CU_ASSERT_PTR_NOT_NULL_FATAL(checked);
  CU_ASSERT_EQUAL(checked->workflow_count, spec->workflow_count);
  ftblab_spec_free(checked);
}

/* What the schema cannot see: a choice with one branch, a row for each of a set that nothing binds. */
static void test_broken_rows(void)
{
  static const struct {
    const char *extra, *error;
  } cases[] = {
      {",\"choice\":{\"of\":\"a\",\"branch\":\"b\"}", "a choice needs two branches"},
      {",\"each\":\"ranks\"", "no row binds the set that this row is for each of"},
      {",\"choice\":{\"of\":\"a\"}", "the key \"branch\" is missing"},
  };
  static const char before[] = "{\"id\":\"B.9\",\"title\":\"t\",\"source\":\"s\",\"text\":\"t\",\"registers\":[],"
                               "\"workflows\":[{\"id\":\"B.9.1\",\"title\":\"t\",\"origin\":\"table\",\"source\":\"s\","
                               "\"text\":\"t\",\"table\":[{\"step\":\"1\",\"component\":\"MPI\",\"action\":\"throw\","
                               "\"event\":\"Resume Job\",\"params\":\"job z\",\"text\":[]";
  size_t count;
  const ftblab_document *built_in = ftblab_spec_documents(&count);
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_text text = {0};
    ftblab_spec *broken = NULL;
    ftblab_error err = {0};
    ftblab_text_addf(&text, "%s%s}]}]}", before, cases[i].extra);
    ftblab_document documents[] = {built_in[0], {"B.9.json", ftblab_text_string(&text), 0}};
    CU_ASSERT_EQUAL(ftblab_spec_build(documents, 2, &broken, &err), FTBLAB_EINTERNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].error));
    CU_ASSERT_PTR_NULL(broken);
    ftblab_text_free(&text);
  }
}

/* ---- coverage ---- */

static void test_coverage(void)
{
  ftblab_coverage *coverage = NULL;
  ftblab_error err;
  bool meets = true;
  CU_ASSERT_EQUAL_FATAL(ftblab_coverage_new(spec, &coverage, &err), FTBLAB_OK);
  for (size_t e = 0; e < spec->event_count; e++) {
    CU_ASSERT_EQUAL(ftblab_coverage_meets(coverage, "section2", &meets, &err), FTBLAB_OK);
    bool is_last_of_section_2 = e > 0 && !spec->events[e].in_section_2;
    CU_ASSERT_EQUAL(meets, is_last_of_section_2);
    ftblab_record record = {.action = FTBLAB_THROW, .event = {spec->events[e].name, strlen(spec->events[e].name)}};
    ftblab_coverage_add_record(coverage, &record);
  }
  CU_ASSERT_EQUAL(ftblab_coverage_meets(coverage, "section2,B", &meets, &err), FTBLAB_OK);
  CU_ASSERT_FALSE(meets);
  CU_ASSERT_EQUAL(ftblab_coverage_meets(coverage, "section2.4", &meets, &err), FTBLAB_OK);
  CU_ASSERT_TRUE(meets);
  CU_ASSERT_EQUAL(ftblab_coverage_meets(coverage, "B.7", &meets, &err), FTBLAB_EUSAGE);
  CU_ASSERT_EQUAL(ftblab_coverage_meets(coverage, "section3", &meets, &err), FTBLAB_EUSAGE);
  CU_ASSERT_EQUAL(ftblab_coverage_meets(coverage, ",B", &meets, &err), FTBLAB_EUSAGE);
  ftblab_coverage_free(coverage);
}

static const ftblab_unit_test tests[] = {
    {"counts", test_counts},
    {"look-ups", test_lookup},
    {"events", test_events},
    {"order", test_order},
    {"needs", test_needs},
    {"terms", test_terms},
    {"choices and quantities", test_quantities},
    {"libraries", test_libraries},
    {"list and show", test_show},
    {"export", test_export},
    {"lint: known defects", test_lint_known},
    {"lint: by rule", test_lint_mended},
    {"built-in data follows its schemas", test_built_in},
    {"broken data", test_broken},
    {"broken rows", test_broken_rows},
    {"coverage", test_coverage},
};

int main(void)
{
  return ftblab_spec_suite("spec", &spec, tests, FTBLAB_COUNT(tests));
}
