/* json_schema.c - checking a document against a JSON Schema (2020-12, the subset base.h names).
 *
 * Every keyword is a line of a table. All keywords of a schema are asked about a value and the violation that stands
 * first in the document is kept; of the branches of oneOf and anyOf the one that got furthest explains. */
#include "json_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* How well the branch of a violation fits what the author meant: one that already differs in a distinguishing word or
 * in the type of the whole value was not meant. */
enum fit { FIT_OTHER_FORM, FIT_THIS_FORM };

struct violation {
  bool found;
  const cJSON *node;
  bool at_key;  /* it is the key that is wrong */
  size_t order; /* where in the document */
  enum fit fit;
  const cJSON *allowed; /* the const or enum that was not met, or NULL */
  char reason[640];
};

struct check {
  const ftblab_json *json;
  const cJSON *root; /* of the schema */
  const char *schema_name;
  unsigned depth;
  ftblab_error *err;
};

typedef ftblab_status keyword_check(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                    struct violation *violation);
static ftblab_status check_value(struct check *check, const cJSON *node, const cJSON *schema,
                                 struct violation *violation);

/* ---- violations ---- */

static size_t order_of(const struct check *check, const cJSON *node, bool at_key)
{
  const ftblab_json_place *place = ftblab_json_place_of(check->json, node);
  if (!place)
    return FTBLAB_JSON_NOWHERE;
  return at_key && place->key_at != FTBLAB_JSON_NOWHERE ? place->key_at : place->value_at;
}

/* Keep FOUND in *FIRST if it stands earlier. */
static void keep_first(struct violation *first, const struct violation *found)
{
  if (found->found && (!first->found || found->order < first->order))
    *first = *found;
}

static void violate(struct check *check, const cJSON *node, struct violation *violation, const char *format, ...)
    FTBLAB_PRINTF(4, 5);
static void violate(struct check *check, const cJSON *node, struct violation *violation, const char *format, ...)
{
  struct violation found = {.found = true, .node = node, .fit = FIT_THIS_FORM};
  found.order = order_of(check, node, false);
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(found.reason, sizeof found.reason, format, arguments) < 0)
    found.reason[0] = '\0';
  va_end(arguments);
  keep_first(violation, &found);
}

static void violate_key(struct check *check, const cJSON *node, struct violation *violation, const char *reason)
{
  struct violation found = {.found = true, .node = node, .at_key = true, .fit = FIT_THIS_FORM};
  found.order = order_of(check, node, true);
  snprintf(found.reason, sizeof found.reason, "%s", reason);
  keep_first(violation, &found);
}

static ftblab_status bad_schema(const struct check *check, const char *format, const char *what)
{
  char reason[256];
  snprintf(reason, sizeof reason, format, what);
  return ftblab_fail(check->err, FTBLAB_EINTERNAL, "schema %s: %s", check->schema_name, reason);
}

/* ---- types and values ---- */

static bool is_whole(const cJSON *node)
{
  return cJSON_IsNumber(node) && floor(node->valuedouble) == node->valuedouble;
}

static bool has_type(const cJSON *node, const char *type)
{
  if (strcmp(type, "integer") == 0)
    return is_whole(node);
  return (strcmp(type, "object") == 0 && cJSON_IsObject(node)) || (strcmp(type, "array") == 0 && cJSON_IsArray(node)) ||
         (strcmp(type, "string") == 0 && cJSON_IsString(node)) ||
         (strcmp(type, "number") == 0 && cJSON_IsNumber(node)) ||
         (strcmp(type, "boolean") == 0 && cJSON_IsBool(node)) || (strcmp(type, "null") == 0 && cJSON_IsNull(node));
}

static const char *type_text(const cJSON *node)
{
  if (cJSON_IsNumber(node))
    return is_whole(node) ? "an integer" : "a number with a fraction";
  return cJSON_IsObject(node)   ? "an object"
         : cJSON_IsArray(node)  ? "an array"
         : cJSON_IsString(node) ? "a string"
         : cJSON_IsBool(node)   ? "true or false"
                                : "null";
}

static const char *type_wanted(const char *type)
{
  static const char *const texts[][2] = {
      {"object", "an object"},   {"array", "an array"},        {"string", "a string"}, {"number", "a number"},
      {"integer", "an integer"}, {"boolean", "true or false"}, {"null", "null"}};
  for (size_t i = 0; i < FTBLAB_COUNT(texts); i++)
    if (strcmp(type, texts[i][0]) == 0)
      return texts[i][1];
  return NULL;
}

static ftblab_status check_type(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                struct violation *violation)
{
  (void)schema;
  ftblab_text wanted = {0};
  const cJSON *type = cJSON_IsArray(word) ? word->child : word;
  for (; type; type = cJSON_IsArray(word) ? type->next : NULL) {
    const char *text = type->valuestring ? type_wanted(type->valuestring) : NULL;
    if (!text || has_type(node, type->valuestring)) {
      ftblab_text_free(&wanted);
      return text ? FTBLAB_OK : bad_schema(check, "unknown type%s", "");
    }
    ftblab_text_addf(&wanted, "%s%s", wanted.length ? " or " : "", text);
  }
  struct violation found = {0};
  violate(check, node, &found, "must be %s, is %s", ftblab_text_string(&wanted), type_text(node));
  found.fit = FIT_OTHER_FORM;
  keep_first(violation, &found);
  ftblab_text_free(&wanted);
  return FTBLAB_OK;
}

static void add_value(ftblab_text *text, const cJSON *value)
{
  char *printed = cJSON_PrintUnformatted(value);
  ftblab_text_add(text, printed ? printed : "?");
  cJSON_free(printed);
}

/* Append the values of WORD, a const or (an array) an enum, after those already there. */
static void add_allowed(ftblab_text *text, const cJSON *word, bool is_list)
{
  for (const cJSON *value = is_list ? word->child : word; value; value = is_list ? value->next : NULL) {
    if (text->length)
      ftblab_text_add(text, ", ");
    add_value(text, value);
  }
}

static bool is_enum(const cJSON *word)
{
  return word->string && strcmp(word->string, "enum") == 0;
}

static const char *nearest_word(const char *written, const cJSON *list)
{
  const char *names[64];
  size_t count = 0;
  for (const cJSON *value = list->child; value && count < FTBLAB_COUNT(names); value = value->next)
    if (cJSON_IsString(value))
      names[count++] = value->valuestring;
  return ftblab_nearest(written, names, count);
}

static ftblab_status check_allowed(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                   struct violation *violation)
{
  (void)schema;
  bool list = is_enum(word);
  for (const cJSON *value = list ? word->child : word; value; value = list ? value->next : NULL)
    if (ftblab_json_same(node, value))
      return FTBLAB_OK;
  ftblab_text allowed = {0}, is = {0};
  add_allowed(&allowed, word, list);
  add_value(&is, node);
  const char *near = list && cJSON_IsString(node) ? nearest_word(node->valuestring, word) : NULL;
  struct violation found = {0};
  bool several = list && word->child && word->child->next;
  violate(check, node, &found, "must be %s%s, is %.80s%s%s%s", several ? "one of " : "", ftblab_text_string(&allowed),
          ftblab_text_string(&is), near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
  found.fit = FIT_OTHER_FORM;
  found.allowed = word;
  keep_first(violation, &found);
  ftblab_text_free(&allowed);
  ftblab_text_free(&is);
  return FTBLAB_OK;
}

static ftblab_status check_number(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                  struct violation *violation)
{
  (void)schema;
  if (!cJSON_IsNumber(node))
    return FTBLAB_OK;
  double value = node->valuedouble, bound = word->valuedouble;
  if (strcmp(word->string, "minimum") == 0 && value < bound)
    violate(check, node, violation, "must be at least %.15g, is %.15g", bound, value);
  else if (strcmp(word->string, "maximum") == 0 && value > bound)
    violate(check, node, violation, "must be at most %.15g, is %.15g", bound, value);
  else if (strcmp(word->string, "exclusiveMinimum") == 0 && value <= bound)
    violate(check, node, violation, "must be more than %.15g, is %.15g", bound, value);
  else if (strcmp(word->string, "exclusiveMaximum") == 0 && value >= bound)
    violate(check, node, violation, "must be less than %.15g, is %.15g", bound, value);
  else if (strcmp(word->string, "multipleOf") == 0 && bound != 1)
    return bad_schema(check, "%s other than 1", "multipleOf");
  else if (strcmp(word->string, "multipleOf") == 0 && !is_whole(node))
    violate(check, node, violation, "must be a whole number, is %.15g", value);
  return FTBLAB_OK;
}

static size_t characters(const char *string)
{
  size_t count = 0;
  for (; *string; string++)
    count += ((unsigned char)*string & 0xC0) != 0x80;
  return count;
}

/* minLength, maxLength, minItems, maxItems. */
static ftblab_status check_size(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                struct violation *violation)
{
  (void)schema;
  bool of_string = strstr(word->string, "Length") != NULL;
  if (of_string ? !cJSON_IsString(node) : !cJSON_IsArray(node))
    return FTBLAB_OK;
  size_t size = of_string ? characters(node->valuestring) : (size_t)cJSON_GetArraySize(node);
  const char *unit = of_string ? "characters" : "items";
  if (word->string[1] == 'i' && (double)size < word->valuedouble) {
    if (word->valuedouble == 1)
      violate(check, node, violation, "must not be empty");
    else
      violate(check, node, violation, "must have at least %.0f %s, has %zu", word->valuedouble, unit, size);
  } else if (word->string[1] == 'a' && (double)size > word->valuedouble) {
    violate(check, node, violation, "must have at most %.0f %s, has %zu", word->valuedouble, unit, size);
  }
  return FTBLAB_OK;
}

static ftblab_status check_pattern(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                   struct violation *violation)
{
  (void)schema;
  bool found = true;
  if (!cJSON_IsString(node))
    return FTBLAB_OK;
  ftblab_status status = ftblab_json_pattern(word->valuestring, node->valuestring, &found, check->err);
  if (!status && !found)
    violate(check, node, violation, "\"%.80s\" does not have the form %s", node->valuestring, word->valuestring);
  return status;
}

/* ---- arrays and objects ---- */

static ftblab_status check_items(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                 struct violation *violation)
{
  (void)schema;
  ftblab_status status = FTBLAB_OK;
  if (!cJSON_IsArray(node))
    return status;
  for (const cJSON *item = node->child; item && !status && !violation->found; item = item->next)
    status = check_value(check, item, word, violation);
  return status;
}

static ftblab_status check_unique(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                  struct violation *violation)
{
  (void)schema;
  if (!cJSON_IsArray(node) || !cJSON_IsTrue(word))
    return FTBLAB_OK;
  for (const cJSON *item = node->child; item; item = item->next)
    for (const cJSON *earlier = node->child; earlier != item; earlier = earlier->next)
      if (ftblab_json_same(item, earlier)) {
        violate(check, item, violation, "is in the array twice");
        return FTBLAB_OK;
      }
  return FTBLAB_OK;
}

static ftblab_status check_required(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                    struct violation *violation)
{
  (void)schema;
  if (!cJSON_IsObject(node))
    return FTBLAB_OK;
  const cJSON *key;
  cJSON_ArrayForEach(key, word) if (!cJSON_GetObjectItemCaseSensitive(node, key->valuestring))
      violate(check, node, violation, "the key \"%s\" is missing", key->valuestring);
  return FTBLAB_OK;
}

static ftblab_status check_property_names(struct check *check, const cJSON *node, const cJSON *schema,
                                          const cJSON *word, struct violation *violation)
{
  (void)schema;
  if (!cJSON_IsObject(node))
    return FTBLAB_OK;
  for (const cJSON *child = node->child; child; child = child->next) {
    cJSON *name = cJSON_CreateString(child->string);
    struct violation found = {0};
    ftblab_status status =
        name ? check_value(check, name, word, &found) : ftblab_fail(check->err, FTBLAB_ENOMEM, "no memory");
    cJSON_Delete(name);
    if (status)
      return status;
    if (found.found) {
      char reason[sizeof found.reason + 16];
      snprintf(reason, sizeof reason, "the key %s", found.reason);
      violate_key(check, child, violation, reason);
      return FTBLAB_OK;
    }
  }
  return FTBLAB_OK;
}

static void violate_unknown(struct check *check, const cJSON *child, const cJSON *schema, struct violation *violation)
{
  const char *names[128];
  size_t count = 0;
  const cJSON *known;
  cJSON_ArrayForEach(known, cJSON_GetObjectItemCaseSensitive(schema, "properties")) if (count < FTBLAB_COUNT(names))
      names[count++] = known->string;
  const char *near = ftblab_nearest(child->string, names, count);
  ftblab_text reason = {0};
  ftblab_text_addf(&reason, "unknown key \"%.80s\"", child->string);
  if (near)
    ftblab_text_addf(&reason, " (did you mean \"%s\"?)", near);
  else
    for (size_t i = 0; i < count; i++)
      ftblab_text_addf(&reason, "%s%s%s", i ? ", " : " (known here: ", names[i], i + 1 == count ? ")" : "");
  violate_key(check, child, violation, ftblab_text_string(&reason));
  ftblab_text_free(&reason);
}

/* properties, patternProperties and additionalProperties in one pass, so that the children go in document order. */
static ftblab_status check_properties(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                      struct violation *violation)
{
  (void)word;
  ftblab_status status = FTBLAB_OK;
  if (!cJSON_IsObject(node))
    return status;
  for (const cJSON *child = node->child; child && !status; child = child->next) {
    const cJSON *property = NULL;
    struct violation found = {0};
    status = ftblab_json_property(schema, child->string, &property, check->err);
    if (!status && cJSON_IsFalse(property))
      violate_unknown(check, child, schema, &found);
    else if (!status && property)
      status = check_value(check, child, property, &found);
    keep_first(violation, &found);
    if (found.found)
      break;
  }
  return status;
}

ftblab_status ftblab_json_property(const cJSON *schema, const char *key, const cJSON **property, ftblab_error *err)
{
  const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
  *property = cJSON_GetObjectItemCaseSensitive(properties, key);
  if (*property)
    return FTBLAB_OK;
  const cJSON *pattern;
  cJSON_ArrayForEach(pattern, cJSON_GetObjectItemCaseSensitive(schema, "patternProperties"))
  {
    bool found;
    ftblab_status status = ftblab_json_pattern(pattern->string, key, &found, err);
    if (status)
      return status;
    if (found) {
      *property = pattern;
      return FTBLAB_OK;
    }
  }
  *property = cJSON_GetObjectItemCaseSensitive(schema, "additionalProperties");
  return FTBLAB_OK;
}

/* ---- schemas of schemas ---- */

static ftblab_status check_reference(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                     struct violation *violation)
{
  (void)schema;
  const cJSON *target = ftblab_json_reference(check->root, word->valuestring);
  return target ? check_value(check, node, target, violation) : bad_schema(check, "no %s", word->valuestring);
}

static ftblab_status check_all(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                               struct violation *violation)
{
  (void)schema;
  ftblab_status status = FTBLAB_OK;
  for (const cJSON *branch = word->child; branch && !status; branch = branch->next)
    status = check_value(check, node, branch, violation);
  return status;
}

static bool got_further(const struct violation *a, const struct violation *b)
{
  return a->fit != b->fit ? a->fit > b->fit : a->order > b->order;
}

/* Every branch failed at the same distinguishing word: say all words that would do. */
static void tell_all_words(struct violation *violation, ftblab_text *words)
{
  char is[128] = "";
  const char *tail = strstr(violation->reason, ", is ");
  if (tail)
    snprintf(is, sizeof is, "%s", tail);
  snprintf(violation->reason, sizeof violation->reason, "must be one of %s%s", ftblab_text_string(words), is);
}

/* oneOf and anyOf. */
static ftblab_status check_branches(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                                    struct violation *violation)
{
  (void)schema;
  struct violation furthest = {0};
  ftblab_text words = {0};
  size_t matching = 0;
  bool same_word = true;
  ftblab_status status = FTBLAB_OK;
  for (const cJSON *branch = word->child; branch && !status; branch = branch->next) {
    struct violation found = {0};
    status = check_value(check, node, branch, &found);
    if (!found.found) {
      matching++;
      continue;
    }
    same_word = same_word && found.allowed && (!furthest.found || found.node == furthest.node);
    if (found.allowed)
      add_allowed(&words, found.allowed, is_enum(found.allowed));
    if (!furthest.found || got_further(&found, &furthest))
      furthest = found;
  }
  if (!status && matching == 0 && furthest.found) {
    if (same_word)
      tell_all_words(&furthest, &words);
    keep_first(violation, &furthest);
  } else if (!status && matching > 1 && strcmp(word->string, "oneOf") == 0) {
    violate(check, node, violation, "fits %zu of the forms it may have; only one is allowed", matching);
  }
  ftblab_text_free(&words);
  return status;
}

static ftblab_status check_not(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                               struct violation *violation)
{
  struct violation found = {0};
  ftblab_status status = check_value(check, node, word, &found);
  const cJSON *title = cJSON_GetObjectItemCaseSensitive(word, "title");
  (void)schema;
  if (!status && !found.found)
    violate(check, node, violation, "must not be this%s%s", title ? ": " : "", title ? title->valuestring : "");
  return status;
}

static ftblab_status check_if(struct check *check, const cJSON *node, const cJSON *schema, const cJSON *word,
                              struct violation *violation)
{
  struct violation found = {0};
  ftblab_status status = check_value(check, node, word, &found);
  const cJSON *branch = cJSON_GetObjectItemCaseSensitive(schema, found.found ? "else" : "then");
  return status || !branch ? status : check_value(check, node, branch, violation);
}

/* ---- the keywords ---- */

enum shape { PLAIN, SCHEMA, SCHEMA_LIST, SCHEMA_MAP };

/* A keyword without a check of its own is a remark or part of another keyword's. */
static const struct keyword {
  const char *name;
  enum shape shape; /* of its value */
  int type;         /* cJSON's type of its value; 0: any */
  keyword_check *check;
} keywords[] = {
    {"type", PLAIN, 0, check_type},
    {"const", PLAIN, 0, check_allowed},
    {"enum", PLAIN, cJSON_Array, check_allowed},
    {"minimum", PLAIN, cJSON_Number, check_number},
    {"maximum", PLAIN, cJSON_Number, check_number},
    {"exclusiveMinimum", PLAIN, cJSON_Number, check_number},
    {"exclusiveMaximum", PLAIN, cJSON_Number, check_number},
    {"multipleOf", PLAIN, cJSON_Number, check_number},
    {"minLength", PLAIN, cJSON_Number, check_size},
    {"maxLength", PLAIN, cJSON_Number, check_size},
    {"minItems", PLAIN, cJSON_Number, check_size},
    {"maxItems", PLAIN, cJSON_Number, check_size},
    {"pattern", PLAIN, cJSON_String, check_pattern},
    {"items", SCHEMA, 0, check_items},
    {"uniqueItems", PLAIN, 0, check_unique},
    {"required", PLAIN, cJSON_Array, check_required},
    {"propertyNames", SCHEMA, 0, check_property_names},
    {"properties", SCHEMA_MAP, cJSON_Object, check_properties},
    {"patternProperties", SCHEMA_MAP, cJSON_Object, check_properties},
    {"additionalProperties", SCHEMA, 0, check_properties},
    {"$ref", PLAIN, cJSON_String, check_reference},
    {"allOf", SCHEMA_LIST, cJSON_Array, check_all},
    {"anyOf", SCHEMA_LIST, cJSON_Array, check_branches},
    {"oneOf", SCHEMA_LIST, cJSON_Array, check_branches},
    {"not", SCHEMA, 0, check_not},
    {"if", SCHEMA, 0, check_if},
    {"then", SCHEMA, 0, NULL},
    {"else", SCHEMA, 0, NULL},
    {"$defs", SCHEMA_MAP, cJSON_Object, NULL},
    {"title", PLAIN, cJSON_String, NULL},
    {"description", PLAIN, cJSON_String, NULL},
    {"default", PLAIN, 0, NULL},
    {"examples", PLAIN, cJSON_Array, NULL},
    {"$schema", PLAIN, cJSON_String, NULL},
    {"$id", PLAIN, cJSON_String, NULL},
    {"$comment", PLAIN, cJSON_String, NULL},
};

static const struct keyword *keyword_of(const char *name)
{
  for (size_t i = 0; i < FTBLAB_COUNT(keywords); i++)
    if (strcmp(keywords[i].name, name) == 0)
      return &keywords[i];
  return NULL;
}

/* Only keywords that are known and of the right type stand in SCHEMA: it is never half-checked in silence. */
static ftblab_status check_schema(const struct check *check, const cJSON *schema)
{
  if (cJSON_IsBool(schema))
    return FTBLAB_OK;
  if (!cJSON_IsObject(schema))
    return bad_schema(check, "a schema must be an object, true or false%s", "");
  ftblab_status status = FTBLAB_OK;
  for (const cJSON *word = schema->child; word && !status; word = word->next) {
    const struct keyword *keyword = keyword_of(word->string);
    if (!keyword)
      return bad_schema(check, "keyword \"%s\" is not supported", word->string);
    if (keyword->type && (word->type & 0xFF) != keyword->type)
      return bad_schema(check, "keyword \"%s\" has a value of the wrong type", word->string);
    if (keyword->shape == SCHEMA)
      status = check_schema(check, word);
    else if (keyword->shape != PLAIN)
      for (const cJSON *part = word->child; part && !status; part = part->next)
        status = check_schema(check, part);
  }
  return status;
}

/* The three keywords on properties are one check: it is made at the first of them. */
static bool is_made_elsewhere(const cJSON *schema, const struct keyword *keyword)
{
  if (keyword->check != check_properties)
    return false;
  for (const cJSON *word = schema->child; word; word = word->next) {
    const struct keyword *first = keyword_of(word->string);
    if (first->check == check_properties)
      return first != keyword;
  }
  return false;
}

static ftblab_status check_value(struct check *check, const cJSON *node, const cJSON *schema,
                                 struct violation *violation)
{
  if (cJSON_IsBool(schema)) {
    if (cJSON_IsFalse(schema))
      violate(check, node, violation, "nothing is allowed here");
    return FTBLAB_OK;
  }
  if (check->depth == 4 * FTBLAB_JSON_DEPTH)
    return bad_schema(check, "%s goes round in a circle", "$ref");
  check->depth++;
  ftblab_status status = FTBLAB_OK;
  for (const cJSON *word = schema->child; word && !status; word = word->next) {
    const struct keyword *keyword = keyword_of(word->string);
    struct violation found = {0};
    if (keyword->check && !is_made_elsewhere(schema, keyword))
      status = keyword->check(check, node, schema, word, &found);
    keep_first(violation, &found);
  }
  check->depth--;
  return status;
}

const cJSON *ftblab_json_reference(const cJSON *root, const char *reference)
{
  static const char start[] = "#/$defs/";
  if (strcmp(reference, "#") == 0)
    return root;
  if (strncmp(reference, start, sizeof start - 1) != 0)
    return NULL;
  const cJSON *definitions = cJSON_GetObjectItemCaseSensitive(root, "$defs");
  return cJSON_GetObjectItemCaseSensitive(definitions, reference + sizeof start - 1);
}

ftblab_status ftblab_json_matches(const ftblab_json *json, const cJSON *node, const cJSON *schema, const cJSON *root,
                                  bool *matches, ftblab_error *err)
{
  struct check check = {.json = json, .root = root, .schema_name = json->name, .err = err};
  struct violation violation = {0};
  ftblab_status status = check_value(&check, node, schema, &violation);
  *matches = !violation.found;
  return status;
}

ftblab_status ftblab_json_validate(const ftblab_json *json, const ftblab_json *schema, ftblab_error *err)
{
  struct check check = {.json = json, .root = schema->root, .schema_name = schema->name, .err = err};
  struct violation violation = {0};
  ftblab_status status = check_schema(&check, schema->root);
  if (!status)
    status = check_value(&check, json->root, schema->root, &violation);
  if (status || !violation.found)
    return status;
  return ftblab_json_fail_near(json, violation.node, violation.at_key, err, violation.reason);
}
