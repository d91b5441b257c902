/* fuzz_expected.c - a file of expected failures; where it can be read, it is applied to a verdict that has one. */
#include "fuzz.h"
#include "verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ftblab_expected *expected = NULL;
  ftblab_error err = {0};
  ftblab_json *json = ftblab_fuzz_json(data, size);
  if (json == NULL)
    return 0;
  ftblab_fuzz_is_no_bug(ftblab_expected_of(ftblab_fuzz_spec(), json, &expected, &err), &err);
  if (expected == NULL)
    return 0;
  ftblab_check_options options = {0};
  ftblab_verdict *verdict = ftblab_fuzz_judge(ftblab_fuzz_trace("b13-dropped-catch.jsonl"), &options);
  ftblab_fuzz_is_no_bug(ftblab_expected_apply(expected, "2026-01-01", &verdict, 1, &err), &err);
  ftblab_fuzz_write_all(verdict);
  ftblab_verdict_free(verdict);
  ftblab_expected_free(expected);
  return 0;
}
