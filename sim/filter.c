/* filter.c - what a subscription's filter says, and whether an event matches it. */
#include <stdlib.h>
#include <string.h>

#include "backplane_internal.h"

static bool is_space_byte(char c)
{
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t part_length(const char *part)
{
  size_t length = 0;
  while (is_space_byte(part[length]))
    length++;
  return length;
}

ftblab_status ftblab_space_check(const char *space, ftblab_error *err)
{
  const char *at = space;
  int parts = 0;
  if (space == NULL || strlen(space) >= FTBLAB_FTB_NAME_LIMIT)
    return ftblab_fail(err, FTBLAB_EINPUT, "an event space has 1 to %d characters", FTBLAB_FTB_NAME_LIMIT - 1);
  for (;;) {
    size_t length = part_length(at);
    parts++;
    if (length == 0 || (at[length] != '.' && at[length] != '\0'))
      break;
    at += length;
    if (*at == '\0' && parts == 3)
      return FTBLAB_OK;
    if (*at == '\0')
      break;
    at++;
  }
  return ftblab_fail(err, FTBLAB_EINPUT,
                     "the event space \"%s\" is not region.category.component of letters, digits and _", space);
}

static ftblab_status check_space_pattern(const char *pattern, ftblab_error *err)
{
  if (strcmp(pattern, "all") == 0)
    return FTBLAB_OK;
  const char *at = pattern;
  for (int parts = 1; strlen(pattern) < FTBLAB_FTB_NAME_LIMIT && parts <= 3; parts++) {
    size_t length = *at == '*' ? 1 : part_length(at);
    if (length == 0)
      break;
    at += length;
    if (*at == '\0')
      return FTBLAB_OK;
    if (*at++ != '.')
      break;
  }
  return ftblab_fail(err, FTBLAB_EINPUT,
                     "the event space pattern \"%s\" is neither \"all\" nor up to three parts, each a name or *",
                     pattern);
}

bool ftblab_space_matches(const char *pattern, const char *space)
{
  if (strcmp(pattern, "all") == 0)
    return true;
  for (;;) {
    size_t length = part_length(space);
    if (*pattern == '*') {
      pattern++;
    } else {
      if (part_length(pattern) != length || memcmp(pattern, space, length) != 0)
        return false;
      pattern += length;
    }
    space += length;
    if (*pattern == '\0')
      return true;
    if (*space == '\0')
      return false;
    pattern++;
    space++;
  }
}

bool ftblab_severity_known(const char *severity)
{
  static const char *const known[] = {"fatal", "error", "warning", "info"};
  for (size_t i = 0; severity != NULL && i < FTBLAB_COUNT(known); i++)
    if (strcmp(severity, known[i]) == 0)
      return true;
  return false;
}

static char *copy_part(char **at, const char *part)
{
  char *start = *at;
  size_t size = strlen(part) + 1;
  memcpy(start, part, size);
  *at += size;
  return start;
}

/* The strings of FILTER, in one allocation that PATTERN owns. */
static bool copy_filter(ftblab_pattern *pattern, const ftblab_filter *filter)
{
  const char *const from[] = {filter->space, filter->event, filter->severity,
                              filter->job,   filter->host,  filter->payload};
  const char **const to[] = {&pattern->space, &pattern->event, &pattern->severity,
                             &pattern->job,   &pattern->host,  &pattern->payload};
  size_t size = 1;
  for (size_t i = 0; i < FTBLAB_COUNT(from); i++)
    size += from[i] != NULL ? strlen(from[i]) + 1 : 0;
  char *at = pattern->text = malloc(size);
  if (at == NULL)
    return false;
  for (size_t i = 0; i < FTBLAB_COUNT(from); i++)
    if (from[i] != NULL)
      *to[i] = copy_part(&at, from[i]);
  return true;
}

static ftblab_status check_filter(const ftblab_backplane *backplane, const ftblab_filter *filter, ftblab_error *err)
{
  ftblab_status status = filter->space != NULL ? check_space_pattern(filter->space, err) : FTBLAB_OK;
  if (status != FTBLAB_OK)
    return status;
  if (filter->severity != NULL && !ftblab_severity_known(filter->severity))
    return ftblab_fail(err, FTBLAB_EINPUT, "the severity \"%s\" is none of fatal, error, warning, info",
                       filter->severity);
  if (filter->host != NULL && ftblab_engine_node_index(backplane->engine, filter->host, strlen(filter->host)) < 0)
    return ftblab_fail(err, FTBLAB_EINPUT, "the platform has no node \"%s\"", filter->host);
  return FTBLAB_OK;
}

ftblab_status ftblab_pattern_parse(ftblab_pattern *pattern, const ftblab_backplane *backplane,
                                   const ftblab_filter *filter, ftblab_error *err)
{
  *pattern = (ftblab_pattern){0};
  ftblab_status status = check_filter(backplane, filter, err);
  if (status != FTBLAB_OK)
    return status;
  if (!copy_filter(pattern, filter))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a filter");
  pattern->event_length = pattern->event != NULL ? strlen(pattern->event) : 0;
  if (pattern->payload != NULL)
    status = ftblab_payload_parse(&pattern->parsed, pattern->payload, strlen(pattern->payload), err);
  if (status != FTBLAB_OK) {
    ftblab_while(err, "reading the filter \"%s\"", pattern->payload);
    ftblab_pattern_free(pattern);
  }
  return status;
}

void ftblab_pattern_free(ftblab_pattern *pattern)
{
  ftblab_payload_free(&pattern->parsed);
  free(pattern->text);
  *pattern = (ftblab_pattern){0};
}

static bool pairs_meet(const ftblab_payload *pattern, const ftblab_pair *wanted, const ftblab_payload *payload,
                       const ftblab_pair *given)
{
  for (size_t i = 0; i < wanted->item_count; i++) {
    const ftblab_item *item = &pattern->items[wanted->first_item + i];
    if (item->word.length == 1 && item->word.data[0] == '*')
      return given->item_count > 0;
    for (size_t j = 0; j < given->item_count; j++)
      if (ftblab_items_meet(item, &payload->items[given->first_item + j]))
        return true;
  }
  return false;
}

static const ftblab_pair *find_pair(const ftblab_payload *payload, ftblab_slice key)
{
  for (size_t i = 0; i < payload->pair_count; i++)
    if (payload->pairs[i].key.length == key.length && memcmp(payload->pairs[i].key.data, key.data, key.length) == 0)
      return &payload->pairs[i];
  return NULL;
}

bool ftblab_payload_matches(const ftblab_payload *pattern, const ftblab_payload *payload)
{
  for (size_t i = 0; i < pattern->pair_count; i++) {
    const ftblab_pair *given = find_pair(payload, pattern->pairs[i].key);
    if (given == NULL || !pairs_meet(pattern, &pattern->pairs[i], payload, given))
      return false;
  }
  return true;
}

static bool equals(const char *wanted, const char *given)
{
  return wanted == NULL || (given != NULL && strcmp(wanted, given) == 0);
}

bool ftblab_pattern_matches(const ftblab_pattern *pattern, const ftblab_client *publisher,
                            const ftblab_message *message, const ftblab_payload *payload)
{
  const char *host = ftblab_engine_node_name(publisher->backplane->engine, publisher->node);
  return equals(pattern->event, message->event) && equals(pattern->severity, message->severity) &&
         equals(pattern->job, publisher->job) && equals(pattern->host, host) &&
         (pattern->space == NULL || ftblab_space_matches(pattern->space, publisher->space)) &&
         (pattern->payload == NULL || ftblab_payload_matches(&pattern->parsed, payload));
}
