/* verdict_cases.h - a verdict as test cases, for the formats of test runners. Private to conformance/. */
#ifndef FTBLAB_VERDICT_CASES_H
#define FTBLAB_VERDICT_CASES_H

#include "verdict.h"

typedef enum test_result {
  TEST_PASSED,
  TEST_FAILED,
  TEST_UNDECIDED,
  TEST_EXPECTED, /* failed as expected */
  TEST_BROKEN    /* could not be carried out: a bad record */
} test_result;

typedef struct test_case {
  test_result result;
  const ftblab_places *places;            /* where lines are, or NULL */
  const ftblab_instance_result *instance; /* or NULL */
  const ftblab_violation *violations;
  size_t violation_count;
  const char *words;                  /* why, where no violation says so; or NULL */
  const ftblab_unexpected_pass *pass; /* or NULL */
} test_case;

/* How many cases VERDICT has: an instance each; one for the records of no instance if something is wrong with them; one
 * for each bad record, for each note and for each unexpected pass; one if nothing was judged. */
size_t ftblab_case_count(const ftblab_verdict *verdict);
test_case ftblab_case_at(const ftblab_verdict *verdict, size_t i);
void ftblab_case_name(const test_case *c, ftblab_text *text); /* "B.1.3 x = n5, z = j1, line 3" */

#endif
