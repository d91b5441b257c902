/* test_verdict.c - verdicts through the library alone: formats by name, fitness, expected failures and deadlines at the
 * edges of what their files may say. What they look like is a matter of the golden tests. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"
#include "spec.h"
#include "verdict.h"
#include "spec_suite.h"

static ftblab_spec *spec;

/* ---- helpers -------------------------------------------------------------------------------------------- */

static ftblab_verdict *judge(const char *path, const ftblab_bounds *bounds)
{
  ftblab_check_options options = {.bounds = bounds};
  ftblab_trace_header header;
  ftblab_trace_reader *reader = NULL;
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_record record;
  bool more = true;
  FILE *stream = fopen(path, "r");
  CU_ASSERT_FATAL(stream != NULL);
  CU_ASSERT_FATAL(ftblab_trace_reader_new(stream, path, &reader, NULL) == FTBLAB_OK);
  CU_ASSERT_FATAL(ftblab_trace_reader_header(reader, &header, NULL) == FTBLAB_OK);
  CU_ASSERT_FATAL(ftblab_checker_new(spec, &options, &header, &checker, NULL) == FTBLAB_OK);
  while (ftblab_trace_reader_next(reader, &record, &more, NULL) == FTBLAB_OK && more)
    CU_ASSERT_FATAL(ftblab_checker_add(checker, &record, NULL) == FTBLAB_OK);
  CU_ASSERT_FATAL(ftblab_checker_finish(checker, path, &verdict, NULL) == FTBLAB_OK);
  ftblab_checker_free(checker);
  ftblab_trace_reader_free(reader);
  fclose(stream);
  return verdict;
}

/* A file that holds TEXT; the caller removes it and frees its name. */
static char *make_file(const char *text)
{
  char *path = strdup("ftblab-verdict-XXXXXX");
  int file = mkstemp(path);
  CU_ASSERT_FATAL(file >= 0);
  CU_ASSERT_FATAL(write(file, text, strlen(text)) == (ssize_t)strlen(text));
  close(file);
  return path;
}

static void drop_file(char *path)
{
  unlink(path);
  free(path);
}

static ftblab_status read_bounds(const char *text, double scale, ftblab_bounds **bounds, ftblab_error *err)
{
  char *path = make_file(text);
  ftblab_status status = ftblab_bounds_read(spec, path, scale, bounds, err);
  drop_file(path);
  return status;
}

/* ---- tests ------------------------------------------------------------------------------------------------ */

static void test_format_names(void)
{
  static const char *const names[] = {"text", "json", "junit", "tap", "sarif", "github"};
  ftblab_format format;
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++) {
    CU_ASSERT_FATAL(ftblab_format_of(names[i], &format));
    CU_ASSERT_EQUAL(format, i);
  }
  CU_ASSERT_FALSE(ftblab_format_of("tex", &format));
  CU_ASSERT_FALSE(ftblab_format_of("", &format));
  CU_ASSERT_FALSE(ftblab_format_of("text|json", &format));
}

/* 11 rows were asked for, one of them is missing; 12 with one record too many. */
static void test_fitness(void)
{
  ftblab_verdict *good = judge("tests/traces/b13-conforms.jsonl", NULL);
  ftblab_verdict *missing = judge("tests/traces/b13-dropped-catch.jsonl", NULL);
  ftblab_verdict *repeated = judge("tests/traces/b13-duplicate.jsonl", NULL);
  ftblab_verdict *empty = judge("tests/traces/empty.jsonl", NULL);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_verdict_fitness(good), 1, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_verdict_fitness(missing), 1 - 1.0 / 11, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_instance_fitness(&missing->instances[0]), 1 - 1.0 / 11, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(ftblab_verdict_fitness(repeated), 1 - 1.0 / 12, 1e-12);
  CU_ASSERT(ftblab_verdict_fitness(empty) < 0);
  ftblab_verdict_free(good);
  ftblab_verdict_free(missing);
  ftblab_verdict_free(repeated);
  ftblab_verdict_free(empty);
}

static void test_days(void)
{
  static const char *const days[] = {"2028-02-29", "2000-02-29", "2027-12-31", "0000-01-01"};
  static const char *const others[] = {"2027-02-29", "1900-02-29", "2027-13-01", "2027-00-01",  "2027-01-00",
                                       "2027-04-31", "2027-1-1",   "",           "2027-01-01x", "+027-01-01"};
  char *path = make_file("{\"ftblab_expected\": 1, \"failures\": []}");
  ftblab_expected *expected = NULL;
  CU_ASSERT_FATAL(ftblab_expected_read(spec, path, &expected, NULL) == FTBLAB_OK);
  for (size_t i = 0; i < FTBLAB_COUNT(days); i++)
    CU_ASSERT_EQUAL(ftblab_expected_apply(expected, days[i], NULL, 0, NULL), FTBLAB_OK);
  for (size_t i = 0; i < FTBLAB_COUNT(others); i++)
    CU_ASSERT_EQUAL(ftblab_expected_apply(expected, others[i], NULL, 0, NULL), FTBLAB_EUSAGE);
  ftblab_expected_free(expected);
  drop_file(path);
}

/* Of two entries that name a failure the one that holds counts, in either order. */
static void test_expired_beside_valid(void)
{
  static const char *const orders[] = {
      "2027-01-01\"}, {\"rule\": \"*/missing\", \"reason\": \"b\", \"expires\": \"2028-01-01",
      "2028-01-01\"}, {\"rule\": \"*/missing\", \"reason\": \"b\", \"expires\": \"2027-01-01"};
  for (size_t i = 0; i < FTBLAB_COUNT(orders); i++) {
    char text[400];
    snprintf(
        text, sizeof text,
        "{\"ftblab_expected\": 1, \"failures\": [{\"rule\": \"*/missing\", \"reason\": \"a\", \"expires\": \"%s\"}]}",
        orders[i]);
    char *path = make_file(text);
    ftblab_expected *expected = NULL;
    ftblab_verdict *verdict = judge("tests/traces/b13-dropped-catch.jsonl", NULL);
    CU_ASSERT_FATAL(ftblab_expected_read(spec, path, &expected, NULL) == FTBLAB_OK);
    CU_ASSERT_EQUAL(ftblab_expected_apply(expected, "2027-06-01", &verdict, 1, NULL), FTBLAB_OK);
    ftblab_expected_free(expected); /* the verdict outlives it */
    CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), FTBLAB_CONFORMS);
    CU_ASSERT_STRING_EQUAL(verdict->instances[0].violations[0].reason, i == 0 ? "b" : "a");
    ftblab_verdict_free(verdict);
    drop_file(path);
  }
}

static void test_deadline_is_kept_exactly(void)
{
  /* row 3 comes one second after row 1 */
  static const char text[] = "{\"ftblab_bounds\": 1, \"bounds\": [{\"workflow\": \"B.1.3\", \"row\": \"3\", "
                             "\"after\": {\"row\": \"1\"}, \"within\": 1}]}";
  static const struct {
    double scale;
    ftblab_verdict_kind kind;
  } cases[] = {{1, FTBLAB_CONFORMS}, {0.999999999, FTBLAB_VIOLATES}, {2, FTBLAB_CONFORMS}};
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    ftblab_bounds *bounds = NULL;
    CU_ASSERT_FATAL(read_bounds(text, cases[i].scale, &bounds, NULL) == FTBLAB_OK);
    ftblab_verdict *verdict = judge("tests/traces/b13-conforms.jsonl", bounds);
    CU_ASSERT_EQUAL(ftblab_verdict_of(verdict), cases[i].kind);
    CU_ASSERT_EQUAL(verdict->instances[0].margin_count, 1);
    CU_ASSERT_EQUAL(verdict->instances[0].margins[0].took, 1000000000);
    ftblab_verdict_free(verdict);
    ftblab_bounds_free(bounds);
  }
}

static void test_bad_deadlines(void)
{
  static const struct {
    const char *bound, *reason;
  } cases[] = {
      {"{\"workflow\": \"B.9.9\", \"row\": \"1\", \"within\": 1}", "no workflow"},
      {"{\"workflow\": \"B.1.3\", \"row\": \"1\", \"within\": -1}", "within"},
      {"{\"workflow\": \"B.1.3\", \"row\": \"1\", \"within\": 1, \"after\": {\"row\": \"1\"}}", "counted from itself"},
      {"{\"workflow\": \"B.1.3\", \"row\": \"1\", \"within\": 1, \"after\": {\"fact\": \"CHECK_NODES_DEAD\"}}",
       "no fact"},
      {"{\"workflow\": \"B.1.3\", \"row\": \"1\", \"within\": 1, \"after\": {}}", "after"},
      {"{\"workflow\": \"B.1.3\", \"row\": \"1\", \"within\": 1, \"hard\": true}", "hard"},
      {"{\"workflow\": \"B.1.3\", \"row\": \"1\", \"within\": 900000000}", "more than 1e9 seconds"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    char text[300];
    ftblab_error err = {0};
    ftblab_bounds *bounds = NULL;
    snprintf(text, sizeof text, "{\"ftblab_bounds\": 1, \"bounds\": [%s]}", cases[i].bound);
    CU_ASSERT_EQUAL(read_bounds(text, 2, &bounds, &err), FTBLAB_EINPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].reason));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ":1:"));
  }
}

static const ftblab_unit_test tests[] = {
    {"formats are known by their names alone", test_format_names},
    {"fitness is as its formula says", test_fitness},
    {"days are days of the calendar", test_days},
    {"an entry that holds counts before one that has expired", test_expired_beside_valid},
    {"a deadline that is kept exactly is kept", test_deadline_is_kept_exactly},
    {"mistakes in deadlines are named with their place", test_bad_deadlines},
};

int main(void)
{
  return ftblab_spec_suite("verdicts", &spec, tests, FTBLAB_COUNT(tests));
}
