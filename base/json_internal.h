/* json_internal.h - what the JSON files of base/ share. Private to base/. */
#ifndef FTBLAB_JSON_INTERNAL_H
#define FTBLAB_JSON_INTERNAL_H

#include "base.h"

#define FTBLAB_JSON_DEPTH 200 /* values within values */
#define FTBLAB_JSON_NOWHERE SIZE_MAX

/* Where a value and its key begin, as offsets into the text. A value that was not in the text has an origin and an
 * offset beyond the text, so that offsets still tell what comes first. */
typedef struct ftblab_json_place {
  const cJSON *node;
  size_t value_at;
  size_t key_at;    /* FTBLAB_JSON_NOWHERE: it has no key */
  uint32_t origin;  /* number of a name in json->origins, or FTBLAB_NO_NAME: in the text */
} ftblab_json_place;

struct ftblab_json {
  char *name;
  char *text;
  size_t length;
  cJSON *root;
  cJSON *replaced; /* an array of what json_set took out: freed last, so that no node's address is used twice */
  ftblab_json_place *places; /* hash table by node; place_slots is a power of two */
  size_t place_count, place_slots;
  size_t beyond; /* the next offset for a value that was not in the text */
  ftblab_names *origins;
};

/* Check TEXT against the grammar and the limits of base.h. *PLACES: one for each value in document order, without
 * nodes; the caller frees it. */
ftblab_status ftblab_json_scan(const char *text, size_t length, const char *name, ftblab_json_place **places,
                               size_t *place_count, ftblab_error *err);

/* "NAME:LINE:COLUMN: reason" for the byte at OFFSET of TEXT. */
ftblab_status ftblab_json_fail_offset(const char *text, size_t offset, const char *name, ftblab_error *err,
                                      const char *reason);

/* The place of NODE; NULL: none is known. */
const ftblab_json_place *ftblab_json_place_of(const ftblab_json *json, const cJSON *node);
/* Give places to NODE and all below it, which come from ORIGIN. */
ftblab_status ftblab_json_place_added(ftblab_json *json, const cJSON *node, const char *origin, ftblab_error *err);
/* As ftblab_json_fail, with the place of NODE's key in front where AT_KEY. */
ftblab_status ftblab_json_fail_near(const ftblab_json *json, const cJSON *node, bool at_key, ftblab_error *err,
                                    const char *reason);
/* Does the path notation need quotes round KEY? */
bool ftblab_json_plain_key(const char *key);

/* Does NODE conform to SCHEMA, a part of ROOT? What does not is not described. */
ftblab_status ftblab_json_matches(const ftblab_json *json, const cJSON *node, const cJSON *schema,
                                  const cJSON *root, bool *matches, ftblab_error *err);
/* The schema that {"$ref": ...} stands for; NULL: there is none. */
const cJSON *ftblab_json_reference(const cJSON *root, const char *reference);
/* Does the regular expression PATTERN of a schema find something in STRING? */
ftblab_status ftblab_json_pattern(const char *pattern, const char *string, bool *found, ftblab_error *err);
/* The schema of property KEY of an object that SCHEMA describes (properties, then patternProperties, then
 * additionalProperties), NULL if SCHEMA says nothing of it. */
ftblab_status ftblab_json_property(const cJSON *schema, const char *key, const cJSON **property, ftblab_error *err);

#endif
