/* json.c - a JSON document: cJSON's tree, and for every value the place where it stands in the text. The scanner
 * (json_scan.c) and cJSON see the values in the same order; that is how a place finds its node. */
#include "json_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

static size_t slot_of(const ftblab_json *json, const cJSON *node)
{
  size_t mask = json->place_slots - 1;
  size_t slot = (size_t)(((uint64_t)(uintptr_t)node >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
  while (json->places[slot].node && json->places[slot].node != node)
    slot = (slot + 1) & mask;
  return slot;
}

const ftblab_json_place *ftblab_json_place_of(const ftblab_json *json, const cJSON *node)
{
  if (json->place_slots == 0)
    return NULL;
  const ftblab_json_place *place = &json->places[slot_of(json, node)];
  return place->node ? place : NULL;
}

/* Make room for COUNT places in all, half of the slots free. */
static bool reserve_places(ftblab_json *json, size_t count)
{
  size_t slots = json->place_slots ? json->place_slots : 64;
  while (slots < count * 2)
    slots *= 2;
  if (slots == json->place_slots)
    return true;
  ftblab_json_place *old = json->places, *places = calloc(slots, sizeof *places);
  if (!places)
    return false;
  size_t old_slots = json->place_slots;
  json->places = places;
  json->place_slots = slots;
  for (size_t i = 0; i < old_slots; i++)
    if (old[i].node)
      places[slot_of(json, old[i].node)] = old[i];
  free(old);
  return true;
}

static bool put_place(ftblab_json *json, ftblab_json_place place)
{
  if (!reserve_places(json, json->place_count + 1))
    return false;
  json->places[slot_of(json, place.node)] = place;
  json->place_count++;
  return true;
}

/* Give the scanner's places, from *NEXT on, to NODE and all below it. */
static bool attach_places(ftblab_json *json, const cJSON *node, const ftblab_json_place **next)
{
  ftblab_json_place place = *(*next)++;
  place.node = node;
  bool attached = put_place(json, place);
  const cJSON *child;
  cJSON_ArrayForEach(child, node) attached = attached && attach_places(json, child, next);
  return attached;
}

static bool place_below(ftblab_json *json, const cJSON *node, uint32_t origin)
{
  bool placed = put_place(json, (ftblab_json_place){node, json->beyond++, FTBLAB_JSON_NOWHERE, origin});
  const cJSON *child;
  cJSON_ArrayForEach(child, node) placed = placed && place_below(json, child, origin);
  return placed;
}

ftblab_status ftblab_json_place_added(ftblab_json *json, const cJSON *node, const char *origin, ftblab_error *err)
{
  uint32_t number = ftblab_names_add(json->origins, origin, strlen(origin));
  if (number == FTBLAB_NO_NAME || !place_below(json, node, number))
    return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory", json->name);
  return FTBLAB_OK;
}

/* ---- reading ---- */

/* The first key of an object at or below NODE that its object has twice. */
static ftblab_status find_duplicate(const ftblab_json *json, const cJSON *node, const cJSON **duplicate,
                                    ftblab_error *err)
{
  ftblab_names *keys = cJSON_IsObject(node) && node->child ? ftblab_names_new() : NULL;
  ftblab_status status = FTBLAB_OK;
  const cJSON *child;
  cJSON_ArrayForEach(child, node)
  {
    if (cJSON_IsObject(node)) {
      uint32_t count = keys ? ftblab_names_count(keys) : 0;
      uint32_t number = keys ? ftblab_names_add(keys, child->string, strlen(child->string)) : FTBLAB_NO_NAME;
      if (number == FTBLAB_NO_NAME)
        status = ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory", json->name);
      else if (number < count)
        *duplicate = child;
    }
    if (!status && !*duplicate && child->child)
      status = find_duplicate(json, child, duplicate, err);
    if (status || *duplicate)
      break;
  }
  ftblab_names_free(keys);
  return status;
}

static ftblab_status refuse_duplicates(const ftblab_json *json, ftblab_error *err)
{
  const cJSON *duplicate = NULL;
  ftblab_status status = find_duplicate(json, json->root, &duplicate, err);
  if (status || !duplicate)
    return status;
  return ftblab_json_fail_near(json, duplicate, true, err, "the key is there twice");
}

/* Build the tree of json->text and give it PLACES. */
static ftblab_status build(ftblab_json *json, const ftblab_json_place *places, size_t place_count, ftblab_error *err)
{
  json->root = cJSON_ParseWithLength(json->text, json->length + 1);
  json->replaced = cJSON_CreateArray();
  json->origins = ftblab_names_new();
  const ftblab_json_place *next = places;
  if (!json->root || !json->replaced || !json->origins || !reserve_places(json, place_count) ||
      !attach_places(json, json->root, &next))
    return ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory", json->name);
  return refuse_duplicates(json, err);
}

ftblab_status ftblab_json_parse(const char *text, size_t length, const char *name, ftblab_json **json,
                                ftblab_error *err)
{
  static const char byte_order_mark[] = "\xEF\xBB\xBF";
  if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0)
    return ftblab_json_fail_offset(text, 0, name, err, "the text begins with a byte order mark");
  ftblab_json_place *places;
  size_t place_count;
  ftblab_status status = ftblab_json_scan(text, length, name, &places, &place_count, err);
  if (status)
    return status;
  ftblab_json *parsed = calloc(1, sizeof *parsed);
  if (parsed) {
    parsed->name = strdup(name);
    parsed->text = malloc(length + 1);
    parsed->length = length;
    parsed->beyond = length + 1;
  }
  if (parsed && parsed->name && parsed->text) {
    memcpy(parsed->text, text, length);
    parsed->text[length] = '\0';
    status = build(parsed, places, place_count, err);
  } else {
    status = ftblab_fail(err, FTBLAB_ENOMEM, "%s: no memory", name);
  }
  free(places);
  if (status)
    ftblab_json_free(parsed);
  else
    *json = parsed;
  return status;
}

ftblab_status ftblab_json_read(const char *path, ftblab_json **json, ftblab_error *err)
{
  char *text;
  size_t length;
  ftblab_status status = ftblab_read_file(path, &text, &length, err);
  if (status)
    return status;
  status = ftblab_json_parse(text, length, strcmp(path, "-") == 0 ? "standard input" : path, json, err);
  free(text);
  return status;
}

void ftblab_json_free(ftblab_json *json)
{
  if (!json)
    return;
  cJSON_Delete(json->root);
  cJSON_Delete(json->replaced);
  ftblab_names_free(json->origins);
  free(json->places);
  free(json->name);
  free(json->text);
  free(json);
}

bool ftblab_json_lists(const cJSON *words, const char *word)
{
  const cJSON *one;
  cJSON_ArrayForEach(one, words)
  {
    if (strcmp(one->valuestring, word) == 0)
      return true;
  }
  return false;
}

bool ftblab_json_same(const cJSON *one, const cJSON *other)
{
  const cJSON *a = one->child, *b = other->child;
  if (!cJSON_IsObject(one) && !cJSON_IsArray(one))
    return cJSON_Compare(one, other, true);
  if ((one->type & 0xff) != (other->type & 0xff) || cJSON_GetArraySize(one) != cJSON_GetArraySize(other))
    return false;
  for (; a != NULL && b != NULL; a = a->next, b = b->next) {
    const cJSON *its = cJSON_IsArray(one) ? b : cJSON_GetObjectItemCaseSensitive(other, a->string);
    if (its == NULL || !ftblab_json_same(a, its))
      return false;
  }
  return true;
}

cJSON *ftblab_json_root(const ftblab_json *json)
{
  return json->root;
}

const char *ftblab_json_name(const ftblab_json *json)
{
  return json->name;
}

/* ---- messages ---- */

static void line_and_column(const char *text, size_t offset, size_t *line, size_t *column)
{
  *line = *column = 1;
  for (size_t i = 0; i < offset; i++) {
    ++*column;
    if (text[i] == '\n') {
      ++*line;
      *column = 1;
    }
  }
}

ftblab_status ftblab_json_fail_offset(const char *text, size_t offset, const char *name, ftblab_error *err,
                                      const char *reason)
{
  size_t line, column;
  line_and_column(text, offset, &line, &column);
  return ftblab_fail_at(err, name, line, column, "%s", reason);
}

bool ftblab_json_plain_key(const char *key)
{
  return *key && strcspn(key, ".[]\"\\/ $") == strlen(key);
}

/* Append to PATH the way from AT, a child of PARENT, to NODE. False: NODE is not there, PATH is as it was. */
static bool find_path(const cJSON *parent, const cJSON *at, size_t index, const cJSON *node, ftblab_text *path)
{
  size_t length = path->length;
  if (cJSON_IsArray(parent)) {
    ftblab_text_addf(path, "[%zu]", index);
  } else if (parent && ftblab_json_plain_key(at->string)) {
    ftblab_text_addf(path, ".%s", at->string);
  } else if (parent) {
    ftblab_text_add(path, ".");
    ftblab_text_add_json(path, at->string, strlen(at->string));
  }
  if (at == node)
    return true;
  size_t child_index = 0;
  const cJSON *child;
  cJSON_ArrayForEach(child, at) if (find_path(at, child, child_index++, node, path)) return true;
  if (!path->failed)
    path->length = length;
  return false;
}

ftblab_status ftblab_json_fail_near(const ftblab_json *json, const cJSON *node, bool at_key, ftblab_error *err,
                                    const char *reason)
{
  if (!err)
    return FTBLAB_EINPUT;
  if (!node)
    node = json->root;
  ftblab_text path = {0};
  ftblab_text_add(&path, "$");
  (void)find_path(NULL, json->root, 0, node, &path); /* a node that is not there: only "$" */
  const char *shown = path.failed ? "$" : ftblab_text_string(&path);
  const ftblab_json_place *place = ftblab_json_place_of(json, node);
  if (place && place->origin != FTBLAB_NO_NAME) {
    const char *origin = ftblab_names_string(json->origins, place->origin);
    ftblab_fail_at(err, json->name, 0, 0, "%s (set by %s): %s", shown, origin, reason);
  } else if (place) {
    size_t line, column;
    bool key = at_key && place->key_at != FTBLAB_JSON_NOWHERE;
    line_and_column(json->text, key ? place->key_at : place->value_at, &line, &column);
    ftblab_fail_at(err, json->name, line, column, "%s: %s", shown, reason);
  } else {
    ftblab_fail_at(err, json->name, 0, 0, "%s: %s", shown, reason);
  }
  ftblab_text_free(&path);
  return FTBLAB_EINPUT;
}

void ftblab_json_tell_place(const ftblab_json *json, const cJSON *node, ftblab_text *text)
{
  const ftblab_json_place *place = ftblab_json_place_of(json, node);
  size_t line, column;
  ftblab_text_add(text, json->name);
  if (place == NULL || place->origin != FTBLAB_NO_NAME)
    return;
  line_and_column(json->text, place->value_at, &line, &column);
  ftblab_text_addf(text, ":%zu:%zu", line, column);
}

ftblab_status ftblab_json_fail(const ftblab_json *json, const cJSON *node, ftblab_error *err, const char *format, ...)
{
  char reason[sizeof err->text];
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(reason, sizeof reason, format, arguments) < 0)
    reason[0] = '\0';
  va_end(arguments);
  return ftblab_json_fail_near(json, node, false, err, reason);
}
