/* columns.c - a column map, set key by key. */
#include "columns.h"

#include <stdlib.h>
#include <string.h>

ftblab_columns *ftblab_columns_new(void)
{
  return calloc(1, sizeof(ftblab_columns));
}

void ftblab_columns_free(ftblab_columns *columns)
{
  if (columns == NULL)
    return;
  for (size_t i = 0; i < columns->keep_count; i++) {
    free(columns->keeps[i].column.name);
    free(columns->keeps[i].pattern);
  }
  free(columns->keeps);
  free(columns->time.name);
  free(columns->end.name);
  free(columns->node.name);
  free(columns);
}

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a column map");
}

static char *copy(const char *string)
{
  size_t size = strlen(string) + 1;
  char *result = malloc(size);
  return result == NULL ? NULL : memcpy(result, string, size);
}

static ftblab_status set_column(ftblab_column *column, const char *key, const char *name, ftblab_error *err)
{
  if (*name == '\0')
    return ftblab_fail(err, FTBLAB_EINPUT, "%s= names no column", key);
  char *new = copy(name);
  if (new == NULL)
    return no_memory(err);
  free(column->name);
  column->name = new;
  return FTBLAB_OK;
}

/* The place of VALUE in "a|b|c", from 0; -1: it is none of them. */
static int choice(const char *choices, const char *value)
{
  int place = 0;
  for (const char *at = choices; *at != '\0'; place++) {
    size_t span = strcspn(at, "|");
    if (strlen(value) == span && strncmp(at, value, span) == 0)
      return place;
    at += span + (at[span] == '|');
  }
  return -1;
}

static ftblab_status set_choice(ftblab_columns *columns, const char *key, const char *value, ftblab_error *err)
{
  static const struct {
    const char *key, *values;
  } choices[] = {{"order", "mdy|dmy"}, {"separator", "comma|blank|tab|semicolon"}, {"bad", "error|skip"}};
  for (size_t i = 0; i < FTBLAB_COUNT(choices); i++) {
    if (strcmp(choices[i].key, key) != 0)
      continue;
    int place = choice(choices[i].values, value);
    if (place < 0)
      return ftblab_fail(err, FTBLAB_EINPUT, "%s=%s: it is one of %s", key, value, choices[i].values);
    if (i == 0)
      columns->day_first = place == 1;
    else if (i == 1)
      columns->separator = ", \t;"[place];
    else
      columns->skips_bad = place == 1;
    return FTBLAB_OK;
  }
  return ftblab_fail(err, FTBLAB_EINPUT, "a column map has no '%s'; it has time, end, node, order, separator and bad",
                     key);
}

ftblab_status ftblab_columns_set(ftblab_columns *columns, const char *key, const char *value, ftblab_error *err)
{
  if (strcmp(key, "time") == 0)
    return set_column(&columns->time, key, value, err);
  if (strcmp(key, "end") == 0)
    return set_column(&columns->end, key, value, err);
  if (strcmp(key, "node") == 0)
    return set_column(&columns->node, key, value, err);
  return set_choice(columns, key, value, err);
}

ftblab_status ftblab_columns_keep(ftblab_columns *columns, const char *column, const char *pattern, ftblab_error *err)
{
  ftblab_keep *keeps = realloc(columns->keeps, (columns->keep_count + 1) * sizeof *keeps);
  if (keeps == NULL)
    return no_memory(err);
  columns->keeps = keeps;
  ftblab_keep *keep = &keeps[columns->keep_count];
  *keep = (ftblab_keep){.pattern = copy(pattern)};
  ftblab_status status = set_column(&keep->column, "a row to keep", column, err);
  if (status == FTBLAB_OK && keep->pattern == NULL)
    status = no_memory(err);
  if (status != FTBLAB_OK) {
    free(keep->column.name);
    free(keep->pattern);
    return status;
  }
  columns->keep_count++;
  return FTBLAB_OK;
}

ftblab_status ftblab_columns_parse(ftblab_columns *columns, const char *list, ftblab_error *err)
{
  char *room = copy(list);
  ftblab_status status = room == NULL ? no_memory(err) : FTBLAB_OK;
  for (char *at = room, *next; at != NULL && status == FTBLAB_OK; at = next) {
    next = strchr(at, ',');
    if (next != NULL)
      *next++ = '\0';
    char *value = strchr(at, '=');
    if (value == NULL) {
      status = ftblab_fail(err, FTBLAB_EINPUT, "'%s' is no KEY=COLUMN", at);
      break;
    }
    *value++ = '\0';
    status = ftblab_columns_set(columns, at, value, err);
  }
  free(room);
  return status;
}
