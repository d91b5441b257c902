/* fuzz_bounds.c - a file of deadlines; where it can be read, a trace is judged by it. */
#include "fuzz.h"
#include "bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ftblab_bounds *bounds = NULL;
  ftblab_error err = {0};
  ftblab_json *json = ftblab_fuzz_json(data, size);
  if (json == NULL)
    return 0;
  ftblab_fuzz_is_no_bug(ftblab_bounds_of(ftblab_fuzz_spec(), json, 0.5, &bounds, &err), &err);
  ftblab_json_free(json);
  if (bounds == NULL)
    return 0;
  ftblab_check_options options = {.bounds = bounds};
  ftblab_verdict *verdict = ftblab_fuzz_judge(ftblab_fuzz_trace("b13-conforms.jsonl"), &options);
  ftblab_fuzz_write_all(verdict);
  ftblab_verdict_free(verdict);
  ftblab_bounds_free(bounds);
  return 0;
}
