/* json_set.c - changing one value of a document by its path, as --set does. The path is read as a whole before
 * anything changes: what fails leaves the document as it was. */
#include "json_internal.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STEPS FTBLAB_JSON_DEPTH

/* One step of a path: a key, or (key NULL) an index. */
struct step {
  char *key;
  size_t index;
};

struct route {
  struct step steps[MOST_STEPS];
  size_t count;
};

static void route_free(struct route *route)
{
  for (size_t i = 0; i < route->count; i++)
    free(route->steps[i].key);
  free(route);
}

static ftblab_status bad_path(const char *path, const char *origin, ftblab_error *err, const char *reason)
{
  return ftblab_fail(err, FTBLAB_EINPUT, "%s: path '%s': %s", origin, path, reason);
}

/* ---- reading a path ---- */

/* A key in quotes at *AT; a backslash takes the next character as it is. NULL: not closed, or no memory. */
static char *quoted_key(const char **at)
{
  char *key = malloc(strlen(*at) + 1), *end = key;
  const char *from = *at + 1;
  if (!key)
    return NULL;
  for (; *from && *from != '"'; from++) {
    if (*from == '\\' && from[1])
      from++;
    *end++ = *from;
  }
  *end = '\0';
  if (*from != '"') {
    free(key);
    return NULL;
  }
  *at = from + 1;
  return key;
}

/* "[n]" at *AT; false: it is none. */
static bool take_index(const char **at, size_t *index)
{
  const char *from = *at + 1;
  size_t digits = strspn(from, "0123456789");
  if (digits == 0 || digits > 9 || from[digits] != ']')
    return false;
  *index = (size_t)strtoul(from, NULL, 10);
  *at = from + digits + 1;
  return true;
}

static char *take_key(const char **at)
{
  if (**at == '"')
    return quoted_key(at);
  size_t length = strcspn(*at, ".[]\"");
  char *key = length ? strndup(*at, length) : NULL;
  *at += length;
  return key;
}

static ftblab_status read_route(const char *path, const char *origin, struct route *route, ftblab_error *err)
{
  const char *at = path;
  if (at[0] == '$' && (at[1] == '.' || at[1] == '['))
    at += at[1] == '.' ? 2 : 1;
  for (bool first = true; first || *at; first = false) {
    if (route->count == MOST_STEPS)
      return bad_path(path, origin, err, "too many steps");
    struct step step = {0};
    if (*at == '[') {
      if (!take_index(&at, &step.index))
        return bad_path(path, origin, err, "'[' needs a number and ']' behind it");
    } else {
      if (!first && *at++ != '.')
        return bad_path(path, origin, err, "expected '.' or '[' behind a step");
      step.key = take_key(&at);
      if (!step.key)
        return bad_path(path, origin, err, "a key is missing or its quotes are not closed");
    }
    route->steps[route->count++] = step;
  }
  return FTBLAB_OK;
}

/* ---- walking it ---- */

/* The child of NODE that STEP names; NULL: none. */
static cJSON *child_at(const cJSON *node, const struct step *step)
{
  if (step->key)
    return cJSON_IsObject(node) ? cJSON_GetObjectItemCaseSensitive(node, step->key) : NULL;
  return cJSON_IsArray(node) && step->index < (size_t)cJSON_GetArraySize(node)
             ? cJSON_GetArrayItem(node, (int)step->index)
             : NULL;
}

/* May STEP, which names no child of NODE (NULL: of a value still to be made), add one? */
static const char *why_not_added(const cJSON *node, const struct step *step)
{
  if (step->key)
    return node && !cJSON_IsObject(node) ? "there is no object to take a key" : NULL;
  if (node && !cJSON_IsArray(node))
    return "there is no array to take an index";
  size_t size = node ? (size_t)cJSON_GetArraySize(node) : 0;
  return step->index > size ? "the index is beyond the end of the array" : NULL;
}

/* Put VALUE into PARENT under STEP, in place of what is there. Takes VALUE over if it returns true. */
static bool put(ftblab_json *json, cJSON *parent, const struct step *step, cJSON *value)
{
  cJSON *old = child_at(parent, step);
  if (!old)
    return step->key ? cJSON_AddItemToObject(parent, step->key, value) : cJSON_AddItemToArray(parent, value);
  if (step->key) {
    /* cJSON keeps the key in the item, so the new one needs its own. */
    char *key = cJSON_malloc(strlen(step->key) + 1);
    if (!key)
      return false;
    value->string = strcpy(key, step->key);
  }
  value->next = old->next;
  value->prev = old->prev;
  if (old->next)
    old->next->prev = value;
  else
    parent->child->prev = value; /* cJSON's first child points back to the last */
  if (parent->child == old)
    parent->child = value;
  else
    old->prev->next = value;
  if (value->prev == old)
    value->prev = value;
  old->next = old->prev = NULL;
  return cJSON_AddItemToArray(json->replaced, old);
}

/* Objects and arrays within each other, from VALUE on. It is no deeper than what the reader takes. */
static size_t depth_of(const cJSON *value)
{
  size_t deepest = 0;
  for (const cJSON *child = value->child; child; child = child->next) {
    size_t depth = depth_of(child);
    deepest = depth > deepest ? depth : deepest;
  }
  return deepest + (cJSON_IsObject(value) || cJSON_IsArray(value));
}

/* VALUE inside the containers that STEPS name, of which none exists yet. NULL: no memory, VALUE is then gone. */
static cJSON *wrap(cJSON *value, const struct step *steps, size_t count)
{
  while (value && count-- > 0) {
    cJSON *container = steps[count].key ? cJSON_CreateObject() : cJSON_CreateArray();
    bool added = container && (steps[count].key ? cJSON_AddItemToObject(container, steps[count].key, value)
                                                : cJSON_AddItemToArray(container, value));
    if (!added) {
      cJSON_Delete(container);
      cJSON_Delete(value);
      return NULL;
    }
    value = container;
  }
  return value;
}

static ftblab_status no_memory(const char *origin, ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory", origin);
}

/* TEXT as JSON, or as a string if it is none. */
static ftblab_status read_value(const char *text, const char *origin, cJSON **value, ftblab_error *err)
{
  ftblab_json *parsed = NULL;
  if (ftblab_json_parse(text, strlen(text), origin, &parsed, NULL) == FTBLAB_OK) {
    *value = parsed->root;
    parsed->root = NULL;
    ftblab_json_free(parsed);
    return FTBLAB_OK;
  }
  ftblab_text quoted = {0};
  ftblab_text_add_json(&quoted, text, strlen(text));
  *value = quoted.failed ? NULL : cJSON_Parse(ftblab_text_string(&quoted));
  ftblab_text_free(&quoted);
  return *value ? FTBLAB_OK : no_memory(origin, err);
}

static ftblab_status set_at(ftblab_json *json, const struct route *route, const char *path, const char *text,
                            const char *origin, ftblab_error *err)
{
  cJSON *parent = json->root, *next;
  size_t depth = 0;
  while (depth + 1 < route->count && (next = child_at(parent, &route->steps[depth]))) {
    parent = next;
    depth++;
  }
  if (!child_at(parent, &route->steps[depth])) {
    for (size_t i = depth; i < route->count; i++) {
      const char *why = why_not_added(i == depth ? parent : NULL, &route->steps[i]);
      if (why)
        return bad_path(path, origin, err, why);
    }
  }
  cJSON *value = NULL;
  ftblab_status status = read_value(text, origin, &value, err);
  if (status)
    return status;
  if (route->count + depth_of(value) > FTBLAB_JSON_DEPTH) { /* the reader would not take it */
    cJSON_Delete(value);
    return bad_path(path, origin, err, "there the value would be too deep in the document");
  }
  value = wrap(value, &route->steps[depth + 1], route->count - depth - 1);
  if (!value)
    return no_memory(origin, err);
  if (!put(json, parent, &route->steps[depth], value)) {
    cJSON_Delete(value);
    return no_memory(origin, err);
  }
  return ftblab_json_place_added(json, value, origin, err);
}

/* A document is UTF-8, and stays it: values that are no JSON are taken as they are. */
static bool is_utf8(const char *text)
{
  size_t left = strlen(text);
  for (size_t step; left > 0; text += step, left -= step)
    if ((step = ftblab_utf8_character(text, left)) == 0)
      return false;
  return true;
}

ftblab_status ftblab_json_set(ftblab_json *json, const char *path, const char *value, const char *origin,
                              ftblab_error *err)
{
  if (!is_utf8(path) || !is_utf8(value))
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the key or the value is not UTF-8", origin);
  struct route *route = calloc(1, sizeof *route);
  if (!route)
    return no_memory(origin, err);
  ftblab_status status = read_route(path, origin, route, err);
  if (!status)
    status = set_at(json, route, path, value, origin, err);
  route_free(route);
  return status;
}
