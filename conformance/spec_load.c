/* spec_load.c - from documents to a specification. What must hold: every document follows its schema, so that the rest
 * of the loader need only look for names that lead nowhere. The built-in ones never change once they are compiled, and
 * a test holds them against their schemas; others are held against them here, whenever they are loaded. */
#include "spec_load.h"

#include <stdlib.h>
#include <string.h>

#define EMBEDDED(symbol)                                                                                               \
  extern const unsigned char ftblab_embedded_##symbol[];                                                               \
  extern const size_t ftblab_embedded_##symbol##_length
EMBEDDED(catalogue_json);
EMBEDDED(catalogue_ftla_json);
EMBEDDED(catalogue_heat_json);
EMBEDDED(catalogue_sub_json);
EMBEDDED(catalogue_xg_json);
EMBEDDED(catalogue_schema_json);
EMBEDDED(workflows_schema_json);
EMBEDDED(B_1_json);
EMBEDDED(B_2_json);
EMBEDDED(B_3_json);
EMBEDDED(B_4_json);
EMBEDDED(B_5_json);
EMBEDDED(B_6_json);
EMBEDDED(IU_2_json);
EMBEDDED(D_json);
EMBEDDED(E_json);
EMBEDDED(S2_1_json);
EMBEDDED(S2_3_json);
EMBEDDED(S2_4_json);
EMBEDDED(S2_5_json);
EMBEDDED(FTLA_json);
EMBEDDED(HEAT_json);
EMBEDDED(SUB_json);
EMBEDDED(TF_json);
EMBEDDED(XG_json);

#define MOST_DOCUMENTS 64

struct block {
  struct block *next;
  max_align_t bytes[];
};

struct memory {
  ftblab_json *documents[MOST_DOCUMENTS];
  size_t document_count, catalogue_count; /* the catalogues come first */
  ftblab_names *variables;
  struct block *blocks;
};

void *ftblab_loader_take(ftblab_loader *loader, size_t count, size_t size)
{
  struct memory *memory = loader->spec->memory;
  struct block *block = calloc(1, sizeof *block + (count ? count : 1) * size);
  if (!block) {
    ftblab_fail(loader->err, FTBLAB_ENOMEM, "no memory for the specification");
    return NULL;
  }
  block->next = memory->blocks;
  memory->blocks = block;
  return block->bytes;
}

ftblab_status ftblab_loader_fail(ftblab_loader *loader, const cJSON *node, const char *reason)
{
  ftblab_json_fail(loader->document, node, loader->err, "%s", reason);
  if (loader->err)
    loader->err->status = FTBLAB_EINTERNAL;
  return FTBLAB_EINTERNAL;
}

const char *ftblab_loader_string(const cJSON *object, const char *key)
{
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

ftblab_status ftblab_loader_lines(ftblab_loader *loader, const cJSON *object, const char *key, const char **text)
{
  const cJSON *lines = cJSON_GetObjectItemCaseSensitive(object, key), *line;
  size_t size = 1;
  cJSON_ArrayForEach(line, lines) size += strlen(line->valuestring) + 1;
  char *joined = ftblab_loader_take(loader, size, 1);
  if (!joined)
    return FTBLAB_ENOMEM;
  *text = joined;
  cJSON_ArrayForEach(line, lines)
  {
    size_t length = strlen(line->valuestring);
    memcpy(joined, line->valuestring, length);
    joined += length;
    if (line->next)
      *joined++ = '\n';
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_loader_errata(ftblab_loader *loader, const cJSON *object, const ftblab_erratum **errata,
                                   size_t *count)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "errata"), *item;
  ftblab_erratum *erratum = ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *erratum);
  if (!erratum)
    return FTBLAB_ENOMEM;
  *errata = erratum;
  *count = (size_t)cJSON_GetArraySize(list);
  cJSON_ArrayForEach(item, list) *erratum++ =
      (ftblab_erratum){ftblab_loader_string(item, "id"), ftblab_loader_string(item, "text")};
  return FTBLAB_OK;
}

ftblab_status ftblab_loader_role(ftblab_loader *loader, const cJSON *name, int *role)
{
  *role = ftblab_spec_role(loader->spec, name->valuestring, strlen(name->valuestring));
  return *role == FTBLAB_NONE ? ftblab_loader_fail(loader, name, "no such role in the catalogue") : FTBLAB_OK;
}

ftblab_status ftblab_loader_event(ftblab_loader *loader, const cJSON *name, int *event)
{
  *event = ftblab_spec_event(loader->spec, name->valuestring, strlen(name->valuestring));
  return *event == FTBLAB_NONE ? ftblab_loader_fail(loader, name, "no such event in the catalogue") : FTBLAB_OK;
}

/* ---- documents ---- */

const ftblab_document *ftblab_spec_documents(size_t *count)
{
#define DOCUMENT(file, symbol)                                                                                         \
  {                                                                                                                    \
    file, (const char *)ftblab_embedded_##symbol, 0                                                                    \
  }
  static const ftblab_document documents[] = {DOCUMENT("catalogue.json", catalogue_json),
                                              DOCUMENT("catalogue.ftla.json", catalogue_ftla_json),
                                              DOCUMENT("catalogue.heat.json", catalogue_heat_json),
                                              DOCUMENT("catalogue.sub.json", catalogue_sub_json),
                                              DOCUMENT("catalogue.xg.json", catalogue_xg_json),
                                              DOCUMENT("B.1.json", B_1_json),
                                              DOCUMENT("B.2.json", B_2_json),
                                              DOCUMENT("B.3.json", B_3_json),
                                              DOCUMENT("B.4.json", B_4_json),
                                              DOCUMENT("B.5.json", B_5_json),
                                              DOCUMENT("B.6.json", B_6_json),
                                              DOCUMENT("IU.2.json", IU_2_json),
                                              DOCUMENT("D.json", D_json),
                                              DOCUMENT("E.json", E_json),
                                              DOCUMENT("S2.1.json", S2_1_json),
                                              DOCUMENT("S2.3.json", S2_3_json),
                                              DOCUMENT("S2.4.json", S2_4_json),
                                              DOCUMENT("S2.5.json", S2_5_json),
                                              DOCUMENT("FTLA.json", FTLA_json),
                                              DOCUMENT("HEAT.json", HEAT_json),
                                              DOCUMENT("SUB.json", SUB_json),
                                              DOCUMENT("TF.json", TF_json),
                                              DOCUMENT("XG.json", XG_json)};
#undef DOCUMENT
  *count = FTBLAB_COUNT(documents);
  return documents;
}

static bool is_catalogue(const char *name)
{
  static const char start[] = "catalogue.";
  return strncmp(name, start, sizeof start - 1) == 0;
}

/* Hold JSON against the schema for documents of its name. */
static ftblab_status validate(const char *name, const ftblab_json *json, ftblab_error *err)
{
  bool catalogue = is_catalogue(name);
  const unsigned char *schema_text =
      catalogue ? ftblab_embedded_catalogue_schema_json : ftblab_embedded_workflows_schema_json;
  size_t schema_length =
      catalogue ? ftblab_embedded_catalogue_schema_json_length : ftblab_embedded_workflows_schema_json_length;
  const char *schema_name = catalogue ? "catalogue.schema.json" : "workflows.schema.json";
  ftblab_json *schema = NULL;
  ftblab_status status = ftblab_json_parse((const char *)schema_text, schema_length, schema_name, &schema, err);
  if (!status)
    status = ftblab_json_validate(json, schema, err);
  ftblab_json_free(schema);
  return status;
}

/* Parse DOCUMENT into the specification's memory. PROVEN: it is known to follow its schema. */
static ftblab_status read_document(ftblab_loader *loader, const ftblab_document *document, bool proven)
{
  struct memory *memory = loader->spec->memory;
  ftblab_json *json = NULL;
  size_t length = document->length ? document->length : strlen(document->text);
  ftblab_status status = ftblab_json_parse(document->text, length, document->name, &json, loader->err);
  if (!status) {
    memory->documents[memory->document_count++] = json;
    status = proven ? FTBLAB_OK : validate(document->name, json, loader->err);
  }
  if (status == FTBLAB_EINPUT) {
    if (loader->err)
      loader->err->status = FTBLAB_EINTERNAL;
    return FTBLAB_EINTERNAL;
  }
  return status;
}

static size_t count_workflows(const struct memory *memory)
{
  size_t count = 0;
  for (size_t i = memory->catalogue_count; i < memory->document_count; i++)
    count += (size_t)cJSON_GetArraySize(
        cJSON_GetObjectItemCaseSensitive(ftblab_json_root(memory->documents[i]), "workflows"));
  return count;
}

static ftblab_status load_families(ftblab_loader *loader)
{
  const struct memory *memory = loader->spec->memory;
  size_t family_count = memory->document_count - memory->catalogue_count, workflow_count = count_workflows(memory);
  if (workflow_count > FTBLAB_MAX_WORKFLOWS)
    return ftblab_fail(loader->err, FTBLAB_EINTERNAL, "there are more than %d workflows", FTBLAB_MAX_WORKFLOWS);
  ftblab_family *families = ftblab_loader_take(loader, family_count, sizeof *families);
  ftblab_workflow *workflows = ftblab_loader_take(loader, workflow_count, sizeof *workflows);
  if (!families || !workflows)
    return FTBLAB_ENOMEM;
  loader->spec->families = families;
  loader->spec->family_count = family_count;
  loader->spec->workflows = workflows;
  for (size_t i = 0; i < family_count; i++) {
    loader->document = memory->documents[memory->catalogue_count + i];
    const cJSON *root = ftblab_json_root(loader->document);
    ftblab_status status = ftblab_loader_family(loader, root, &families[i], (int)i, workflows);
    if (status)
      return status;
    workflows += cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "workflows"));
  }
  loader->spec->workflow_count = workflow_count;
  return FTBLAB_OK;
}

static ftblab_status load(ftblab_loader *loader, const ftblab_document *documents, size_t count, bool proven)
{
  struct memory *memory = loader->spec->memory;
  if (count == 0 || count > MOST_DOCUMENTS)
    return ftblab_fail(loader->err, FTBLAB_EINTERNAL, "a specification has 1 to %d documents", MOST_DOCUMENTS);
  while (memory->catalogue_count < count && is_catalogue(documents[memory->catalogue_count].name))
    memory->catalogue_count++;
  if (memory->catalogue_count == 0)
    return ftblab_fail(loader->err, FTBLAB_EINTERNAL, "%s: the first document is no catalogue", documents[0].name);
  loader->variables = memory->variables = ftblab_names_new();
  if (!memory->variables)
    return ftblab_fail(loader->err, FTBLAB_ENOMEM, "no memory for the specification");
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < count && !status; i++)
    status = read_document(loader, &documents[i], proven);
  ftblab_catalogues all = {(const ftblab_json *const *)memory->documents, memory->catalogue_count};
  if (!status)
    status = ftblab_loader_catalogue(loader, &all);
  if (!status)
    status = load_families(loader);
  return status ? status : ftblab_loader_complete(loader);
}

static void add_spelling(const ftblab_spec *spec, ftblab_spelling *spellings, size_t room, const char *name)
{
  size_t length = strlen(name), at = ftblab_spec_spelling(spellings, room, name, length);
  spellings[at] = (ftblab_spelling){name, length, ftblab_spec_event(spec, name, length)};
}

/* What is looked up for each record of a trace. */
static ftblab_status note_spellings(ftblab_loader *loader)
{
  ftblab_spec *spec = loader->spec;
  size_t names = spec->event_count, room = 16;
  for (size_t i = 0; i < spec->event_count; i++)
    names += spec->events[i].alias_count;
  while (room < 4 * names)
    room *= 2;
  ftblab_spelling *spellings = ftblab_loader_take(loader, room, sizeof *spellings);
  if (!spellings)
    return FTBLAB_ENOMEM;
  for (size_t i = 0; i < spec->event_count; i++) {
    add_spelling(spec, spellings, room, spec->events[i].name);
    for (size_t a = 0; a < spec->events[i].alias_count; a++)
      add_spelling(spec, spellings, room, spec->events[i].aliases[a]);
  }
  spec->spellings = spellings; /* only now: until here names were compared with all events */
  spec->spelling_room = room;
  return FTBLAB_OK;
}

static ftblab_status build(const ftblab_document *documents, size_t count, bool proven, ftblab_spec **spec,
                           ftblab_error *err)
{
  ftblab_loader loader = {.err = err, .spec = calloc(1, sizeof *loader.spec)};
  if (!loader.spec)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the specification");
  loader.spec->memory = calloc(1, sizeof(struct memory));
  ftblab_status status = loader.spec->memory ? load(&loader, documents, count, proven)
                                             : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the specification");
  if (!status)
    status = note_spellings(&loader);
  if (status)
    ftblab_spec_free(loader.spec);
  else
    *spec = loader.spec;
  return status;
}

ftblab_status ftblab_spec_build(const ftblab_document *documents, size_t count, ftblab_spec **spec, ftblab_error *err)
{
  return build(documents, count, false, spec, err);
}

ftblab_status ftblab_spec_load(ftblab_spec **spec, ftblab_error *err)
{
  size_t count;
  const ftblab_document *documents = ftblab_spec_documents(&count);
  return build(documents, count, true, spec, err);
}

void ftblab_spec_free(ftblab_spec *spec)
{
  if (!spec)
    return;
  struct memory *memory = spec->memory;
  if (memory) {
    for (size_t i = 0; i < memory->document_count; i++)
      ftblab_json_free(memory->documents[i]);
    for (struct block *next, *block = memory->blocks; block; block = next) {
      next = block->next;
      free(block);
    }
    ftblab_names_free(memory->variables);
  }
  free(memory);
  free(spec);
}
