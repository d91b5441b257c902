/* verdict_junit.c - verdicts as JUnit XML in the form of Jenkins' xUnit plugin (junit-10.xsd): a test suite for each
 * trace, a test case for each instance. The document is well-formed whatever a trace has in its names. */
#include <string.h>

#include "verdict_cases.h"

/* ---- XML --------------------------------------------------------------------------------------------- */

static void add_xml(const char *string, bool attribute, ftblab_text *text)
{
  (void)ftblab_text_add_xml(text, string, strlen(string), attribute); /* what was lost stands there as U+FFFD */
}

static void add_attribute(const char *name, const char *value, ftblab_text *text)
{
  ftblab_text_addf(text, " %s=\"", name);
  add_xml(value, true, text);
  ftblab_text_add(text, "\"");
}

/* The same with the text of VALUE, which is freed. */
static void add_attribute_text(const char *name, ftblab_text *value, ftblab_text *text)
{
  add_attribute(name, ftblab_text_string(value), text);
  ftblab_end_words(value, text);
}

/* ---- a test case ------------------------------------------------------------------------------------- */

static void add_explanations(const ftblab_verdict *verdict, const test_case *c, ftblab_text *text)
{
  ftblab_text words = {0};
  for (size_t i = 0; i < c->violation_count; i++) {
    ftblab_text_add(&words, "\n");
    ftblab_text_addf(&words, "%s", c->violations[i].excused ? "(expected) " : "");
    ftblab_add_explanation(verdict, &c->violations[i], &words);
    ftblab_text_add(&words, "\n");
  }
  add_xml(ftblab_text_string(&words), false, text);
  ftblab_end_words(&words, text);
}

/* The message of a failure: its first finding that is not excused, else the reason why it is. */
static void add_message(const test_case *c, ftblab_text *text)
{
  ftblab_text message = {0};
  for (size_t i = 0; i < c->violation_count; i++)
    if (!c->violations[i].excused) {
      ftblab_text_addf(&message, "%s: %s", c->violations[i].kind, c->violations[i].message);
      if (c->violation_count > 1)
        ftblab_text_addf(&message, " (and %zu more)", c->violation_count - 1);
      break;
    }
  if (message.length == 0 && c->violation_count > 0)
    ftblab_text_addf(&message, "expected failure: %s", c->violations[0].reason);
  else if (message.length == 0)
    ftblab_text_addf(&message, "%s", c->words);
  add_attribute_text("message", &message, text);
}

static void add_case(const ftblab_verdict *verdict, const test_case *c, ftblab_text *text)
{
  static const char *const elements[] = {NULL, "failure", "skipped", "skipped", "error"};
  ftblab_text name = {0};
  ftblab_case_name(c, &name);
  ftblab_text_add(text, "    <testcase");
  add_attribute_text("name", &name, text);
  add_attribute("classname", c->instance != NULL ? c->instance->workflow->id : "ftblab", text);
  ftblab_text_add(text, c->result == TEST_PASSED ? "/>\n" : ">\n");
  if (c->result == TEST_PASSED)
    return;
  ftblab_text_addf(text, "      <%s", elements[c->result]);
  if (c->result == TEST_FAILED)
    add_attribute("type", c->violation_count > 0 ? c->violations[0].rule : "expectation", text);
  add_message(c, text);
  ftblab_text_add(text, ">");
  add_explanations(verdict, c, text);
  ftblab_text_addf(text, "</%s>\n    </testcase>\n", elements[c->result]);
}

/* ---- a test suite ------------------------------------------------------------------------------------ */

typedef struct sums {
  size_t tests, failures, errors, skipped;
} sums;

static sums count_results(const ftblab_verdict *verdict)
{
  sums s = {.tests = ftblab_case_count(verdict)};
  for (size_t i = 0; i < s.tests; i++) {
    test_result result = ftblab_case_at(verdict, i).result;
    s.failures += result == TEST_FAILED;
    s.errors += result == TEST_BROKEN;
    s.skipped += result == TEST_UNDECIDED || result == TEST_EXPECTED;
  }
  return s;
}

static void add_property(const char *name, const char *value, ftblab_text *text)
{
  ftblab_text_add(text, "      <property");
  add_attribute("name", name, text);
  add_attribute("value", value, text);
  ftblab_text_add(text, "/>\n");
}

static void add_fitness(const char *name, double fitness, ftblab_text *text)
{
  char value[32];
  if (fitness < 0)
    return;
  snprintf(value, sizeof value, "%.4f", fitness);
  add_property(name, value, text);
}

static void add_properties(const ftblab_verdict *verdict, ftblab_text *text)
{
  ftblab_text_add(text, "    <properties>\n");
  add_property("verdict", ftblab_verdict_name(verdict->kind), text);
  add_fitness("fitness", ftblab_verdict_fitness(verdict), text);
  for (size_t i = 0; i < verdict->instance_count; i++) {
    test_case c = ftblab_case_at(verdict, i);
    ftblab_text name = {0};
    ftblab_text_add(&name, "fitness of ");
    ftblab_case_name(&c, &name);
    add_fitness(ftblab_text_string(&name), ftblab_instance_fitness(&verdict->instances[i]), text);
    ftblab_end_words(&name, text);
    for (size_t m = 0; m < verdict->instances[i].margin_count; m++) {
      ftblab_text words = {0};
      ftblab_add_margin(&verdict->instances[i].margins[m], &words);
      add_property("margin", ftblab_text_string(&words), text);
      ftblab_end_words(&words, text);
    }
  }
  ftblab_text_add(text, "    </properties>\n");
}

static void add_suite(const ftblab_verdict *verdict, ftblab_text *text)
{
  sums s = count_results(verdict);
  ftblab_text_add(text, "  <testsuite");
  add_attribute("name", verdict->trace, text);
  ftblab_text_addf(text, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", s.tests, s.failures,
                   s.errors, s.skipped);
  add_properties(verdict, text);
  for (size_t i = 0; i < s.tests; i++) {
    test_case c = ftblab_case_at(verdict, i);
    add_case(verdict, &c, text);
  }
  ftblab_text_add(text, "  </testsuite>\n");
}

void ftblab_write_junit(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  sums all = {0};
  for (size_t i = 0; i < count; i++) {
    sums s = count_results(verdicts[i]);
    all.tests += s.tests;
    all.failures += s.failures;
    all.errors += s.errors;
  }
  ftblab_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  ftblab_text_addf(text, "<testsuites name=\"ftblab\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", all.tests,
                   all.failures, all.errors);
  for (size_t i = 0; i < count; i++)
    add_suite(verdicts[i], text);
  ftblab_text_add(text, "</testsuites>\n");
}
