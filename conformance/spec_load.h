/* spec_load.h - how the parts of the loader work together. Private to conformance/ and its tests.
 *
 *   spec_load.c       the documents, memory, and the order of loading
 *   spec_catalogue.c  catalogue.json, catalogue.ftla.json ...: roles, keys, events
 *   spec_tables.c     B.1.json ...: families, registrations, workflows, rows and their terms
 *   spec_order.c      what is computed from all of it: order of rows, needs, masks of roles, keys of the tables
 *
 * Strings of the specification are those of the parsed documents, which live as long as it does. */
#ifndef FTBLAB_SPEC_LOAD_H
#define FTBLAB_SPEC_LOAD_H

#include "spec.h"

/* A data file: NAME tells which schema it has to follow ("catalogue.json" and "catalogue.ftla.json" that of catalogues,
 * any other that of families). */
typedef struct ftblab_document {
  const char *name;
  const char *text;
  size_t length;
} ftblab_document;

/* The documents that are built in. *COUNT of them, the catalogues first. */
const ftblab_document *ftblab_spec_documents(size_t *count);
/* A specification of any documents, held against their schemas: the catalogues first. FTBLAB_EINTERNAL names file and
 * place. */
ftblab_status ftblab_spec_build(const ftblab_document *documents, size_t count, ftblab_spec **spec, ftblab_error *err);

typedef struct ftblab_loader {
  ftblab_spec *spec;
  const ftblab_json *document; /* at hand */
  ftblab_names *variables;
  ftblab_error *err;
} ftblab_loader;

/* That of the standard, then one for each other source document. Errata of the whole are the first one's. */
typedef struct ftblab_catalogues {
  const ftblab_json *const *documents;
  size_t count;
} ftblab_catalogues;

/* COUNT zeroed elements of SIZE that live as long as the specification; NULL: no memory, and err says so. */
void *ftblab_loader_take(ftblab_loader *loader, size_t count, size_t size);
/* The built-in data is wrong at NODE: FTBLAB_EINTERNAL. */
ftblab_status ftblab_loader_fail(ftblab_loader *loader, const cJSON *node, const char *reason);
/* The string under KEY, or NULL. */
const char *ftblab_loader_string(const cJSON *object, const char *key);
/* The lines under KEY joined with newlines. */
ftblab_status ftblab_loader_lines(ftblab_loader *loader, const cJSON *object, const char *key, const char **text);
/* The errata under "errata". */
ftblab_status ftblab_loader_errata(ftblab_loader *loader, const cJSON *object, const ftblab_erratum **errata,
                                   size_t *count);
/* The role, or event, that the string under KEY names. */
ftblab_status ftblab_loader_role(ftblab_loader *loader, const cJSON *name, int *role);
ftblab_status ftblab_loader_event(ftblab_loader *loader, const cJSON *name, int *event);

ftblab_status ftblab_loader_catalogue(ftblab_loader *loader, const ftblab_catalogues *all);
ftblab_status ftblab_loader_family(ftblab_loader *loader, const cJSON *root, ftblab_family *family, int index,
                                   ftblab_workflow *workflows);
ftblab_status ftblab_loader_complete(ftblab_loader *loader);

#endif
