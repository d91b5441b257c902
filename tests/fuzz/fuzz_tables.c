/* fuzz_tables.c - the standard as data: a catalogue, or a family of workflows with the built-in catalogue. Which it is
 * the first byte tells ('c' or 'w'). Where it can be loaded, all that can be said of it is said. */
#include "fuzz.h"
#include "spec_load.h"

static void tell(const ftblab_spec *spec)
{
  ftblab_text text = {0};
  ftblab_error err = {0};
  size_t findings;
  ftblab_fuzz_is_no_bug(ftblab_spec_list(spec, &text, &err), &err);
  ftblab_fuzz_is_no_bug(ftblab_spec_lint(spec, true, &text, &findings, &err), &err);
  for (size_t w = 0; w < spec->workflow_count; w++) {
    ftblab_fuzz_is_no_bug(ftblab_spec_show(spec, spec->workflows[w].id, &text, &err), &err);
    for (int as = FTBLAB_EXPORT_JSON; as <= FTBLAB_EXPORT_MERMAID; as++)
      ftblab_fuzz_is_no_bug(ftblab_spec_export(spec, spec->workflows[w].id, (ftblab_export)as, &text, &err), &err);
  }
  ftblab_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  size_t count;
  ftblab_spec *spec = NULL;
  ftblab_error err = {0};
  if (size < 2 || (data[0] != 'c' && data[0] != 'w'))
    return 0;
  const ftblab_document *built_in = ftblab_spec_documents(&count);
  ftblab_document given = {data[0] == 'c' ? "catalogue.json" : "fuzz.json", (const char *)data + 1, size - 1};
  ftblab_document documents[2] = {data[0] == 'c' ? given : built_in[0], given};
  ftblab_status status = ftblab_spec_build(documents, data[0] == 'c' ? 1 : 2, &spec, &err);
  ftblab_fuzz_must(status == FTBLAB_OK || status == FTBLAB_EINTERNAL, err.text);
  if (status == FTBLAB_OK)
    tell(spec);
  ftblab_spec_free(spec);
  return 0;
}
