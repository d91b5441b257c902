/* test_threads.c - two checkers in two threads over one spec: the verdicts are those of one thread. ThreadSanitizer
 * (cmake --preset thread) says whether they share more than they may. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "spec_suite.h"

#define ROUNDS 20

static ftblab_spec *spec;
static const char *const traces[] = {"b13-conforms", "b13-dropped-catch", "b13-swapped", "b13-wrong-value"};

/* The verdict of a trace as JSON; failed: it could not be judged. */
static ftblab_text judge(const char *name)
{
  ftblab_text path = {0}, json = {0};
  ftblab_trace_reader *reader = NULL;
  ftblab_trace_header header;
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_check_options options = {.summary = true};
  ftblab_text_addf(&path, "%s/tests/traces/%s.jsonl", FTBLAB_SOURCE_DIR, name);
  FILE *file = fopen(ftblab_text_string(&path), "r");
  json.failed = file == NULL || ftblab_trace_reader_new(file, name, &reader, NULL) != FTBLAB_OK ||
                ftblab_trace_reader_header(reader, &header, NULL) != FTBLAB_OK ||
                ftblab_checker_new(spec, &options, &header, &checker, NULL) != FTBLAB_OK;
  for (bool more = true; !json.failed && more;) {
    ftblab_record record;
    json.failed = ftblab_trace_reader_next(reader, &record, &more, NULL) != FTBLAB_OK ||
                  (more && ftblab_checker_add(checker, &record, NULL) != FTBLAB_OK);
  }
  json.failed = json.failed || ftblab_checker_finish(checker, name, &verdict, NULL) != FTBLAB_OK;
  if (!json.failed)
    ftblab_verdict_write_json(verdict, &json);
  ftblab_verdict_free(verdict);
  ftblab_checker_free(checker);
  ftblab_trace_reader_free(reader);
  if (file != NULL)
    fclose(file);
  ftblab_text_free(&path);
  return json;
}

/* What one thread shall find, and how often it did not. */
typedef struct work {
  const ftblab_text *expected;
  size_t first;
  unsigned wrong;
} work;

static void *judge_again(void *argument)
{
  work *w = argument;
  for (size_t i = 0; i < ROUNDS; i++) {
    size_t trace = (w->first + i) % FTBLAB_COUNT(traces);
    ftblab_text json = judge(traces[trace]);
    w->wrong += json.failed || strcmp(ftblab_text_string(&json), ftblab_text_string(&w->expected[trace])) != 0;
    ftblab_text_free(&json);
  }
  return NULL;
}

static void test_two_threads(void)
{
  ftblab_text expected[FTBLAB_COUNT(traces)];
  for (size_t i = 0; i < FTBLAB_COUNT(traces); i++) {
    expected[i] = judge(traces[i]);
    CU_ASSERT_FALSE(expected[i].failed);
  }
  CU_ASSERT_STRING_NOT_EQUAL(ftblab_text_string(&expected[0]), ftblab_text_string(&expected[1]));
  pthread_t threads[2];
  work works[2] = {{expected, 0, 0}, {expected, 1, 0}};
  for (size_t i = 0; i < FTBLAB_COUNT(threads); i++)
    CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, judge_again, &works[i]), 0);
  for (size_t i = 0; i < FTBLAB_COUNT(threads); i++)
    CU_ASSERT_EQUAL(pthread_join(threads[i], NULL), 0);
  CU_ASSERT_EQUAL(works[0].wrong, 0);
  CU_ASSERT_EQUAL(works[1].wrong, 0);
  for (size_t i = 0; i < FTBLAB_COUNT(traces); i++)
    ftblab_text_free(&expected[i]);
}

/* The lines of an instance hold those of its rows, in order and once each. */
static void test_lines(void)
{
  static const struct {
    double t;
    const char *component, *event;
    ftblab_action action;
  } story[] = {{1, "Monitoring System", "CHECK_NODES_DEAD", FTBLAB_THROW},
               {2, "RM/JS", "CHECK_NODES_DEAD", FTBLAB_CATCH},
               {3, "Somebody", "NOT_AN_EVENT", FTBLAB_THROW},
               {4, "Autonomic Script", "CHECK_NODES_DEAD", FTBLAB_CATCH}};
  static const uint64_t expected[] = {10, 20, 40};
  ftblab_trace_header header = {.observes = {true, true, true}, .start = FTBLAB_START_MID};
  ftblab_check_options options = {.workflows = "B.1.3"};
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  CU_ASSERT_EQUAL_FATAL(ftblab_checker_new(spec, &options, &header, &checker, NULL), FTBLAB_OK);
  for (size_t i = 0; i < FTBLAB_COUNT(story); i++) {
    ftblab_record record = {.t = (int64_t)(story[i].t * 1e9), .action = story[i].action, .line = 10 * (i + 1)};
    record.component = (ftblab_slice){story[i].component, strlen(story[i].component)};
    record.event = (ftblab_slice){story[i].event, strlen(story[i].event)};
    record.payload = (ftblab_slice){"nodes: {n5}", strlen("nodes: {n5}")};
    CU_ASSERT_EQUAL(ftblab_checker_add(checker, &record, NULL), FTBLAB_OK);
  }
  CU_ASSERT_EQUAL_FATAL(ftblab_checker_finish(checker, "story", &verdict, NULL), FTBLAB_OK);
  CU_ASSERT_EQUAL_FATAL(ftblab_verdict_instances(verdict), 1);
  const uint64_t *lines;
  CU_ASSERT_EQUAL_FATAL(ftblab_verdict_instance_lines(verdict, 0, &lines), FTBLAB_COUNT(expected));
  for (size_t i = 0; i < FTBLAB_COUNT(expected); i++)
    CU_ASSERT_EQUAL(lines[i], expected[i]);
  ftblab_text row = {0};
  CU_ASSERT_EQUAL(ftblab_verdict_instance_row_line(verdict, 0, 1), 20);
  ftblab_verdict_instance_row_name(verdict, 0, 1, &row);
  CU_ASSERT_STRING_EQUAL(ftblab_text_string(&row), "2(a) RM/JS catch Check Problem Node");
  const char *variable, *value;
  CU_ASSERT_EQUAL_FATAL(ftblab_verdict_instance_bindings(verdict, 0), 1);
  ftblab_verdict_instance_binding(verdict, 0, 0, &variable, &value);
  CU_ASSERT_STRING_EQUAL(variable, "x");
  CU_ASSERT_STRING_EQUAL(value, "n5");
  ftblab_text_free(&row);
  ftblab_verdict_free(verdict);
  ftblab_checker_free(checker);
}

static const ftblab_unit_test tests[] = {
    {"two threads", test_two_threads},
    {"lines of an instance", test_lines},
};

int main(void)
{
  return ftblab_spec_suite("embedding", &spec, tests, FTBLAB_COUNT(tests));
}
