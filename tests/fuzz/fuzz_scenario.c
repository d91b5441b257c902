/* fuzz_scenario.c - a scenario is read, not run. */
#include "fuzz.h"
#include "scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ftblab_scenario *scenario = NULL;
  ftblab_error err = {0};
  ftblab_json *json = ftblab_fuzz_json(data, size);
  if (json == NULL)
    return 0;
  ftblab_fuzz_is_no_bug(ftblab_scenario_of(json, "fuzz.json", NULL, &scenario, &err), &err);
  if (scenario == NULL)
    return 0;
  ftblab_text ids = {0};
  ftblab_fuzz_is_no_bug(ftblab_scenario_workflows(scenario, ftblab_fuzz_spec(), &ids, &err), &err);
  ftblab_text_free(&ids);
  ftblab_scenario_free(scenario);
  return 0;
}
