/* tables.c - what a dialect remembers from line to line: lists of words under words. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* The words of a key, with newlines between them; a word has none. */
typedef struct table {
  ftblab_names *keys;
  char **values; /* by number of the key; NULL: nothing */
  size_t capacity;
} table;

struct tables {
  size_t count;
  table at[];
};

tables *ftblab_tables_new(size_t count)
{
  tables *t = calloc(1, sizeof *t + count * sizeof t->at[0]);
  if (t == NULL)
    return NULL;
  t->count = count;
  for (size_t i = 0; i < count; i++)
    if ((t->at[i].keys = ftblab_names_new()) == NULL) {
      ftblab_tables_free(t);
      return NULL;
    }
  return t;
}

void ftblab_tables_clear(tables *t, size_t number)
{
  table *one = &t->at[number];
  for (size_t k = 0; k < one->capacity; k++) {
    free(one->values[k]);
    one->values[k] = NULL;
  }
}

void ftblab_tables_free(tables *t)
{
  for (size_t i = 0; t != NULL && i < t->count; i++) {
    ftblab_tables_clear(t, i);
    free(t->at[i].values);
    ftblab_names_free(t->at[i].keys);
  }
  free(t);
}

/* The value under KEY, or NULL. */
static const char *find(const tables *t, size_t number, const char *key)
{
  const table *one = &t->at[number];
  uint32_t k = ftblab_names_find(one->keys, key, strlen(key));
  return k == FTBLAB_NO_NAME || k >= one->capacity ? NULL : one->values[k];
}

bool ftblab_tables_has(const tables *t, size_t number, const char *key)
{
  return find(t, number, key) != NULL;
}

void ftblab_tables_get(const tables *t, size_t number, const char *key, pool *p, words *values)
{
  const char *at = find(t, number, key);
  while (at != NULL && *at != '\0') {
    size_t length = strcspn(at, "\n");
    ftblab_words_add(p, values, at, length);
    at += length + (at[length] == '\n');
  }
}

static bool make_room(table *one, size_t k)
{
  if (k < one->capacity)
    return true;
  size_t capacity = k < 32 ? 64 : 2 * k;
  char **grown = realloc(one->values, capacity * sizeof *grown);
  if (grown == NULL)
    return false;
  memset(grown + one->capacity, 0, (capacity - one->capacity) * sizeof *grown);
  one->values = grown;
  one->capacity = capacity;
  return true;
}

static bool is_in(const char *list, const char *word)
{
  size_t length = strlen(word);
  for (const char *at = list; at != NULL && *at != '\0';) {
    size_t span = strcspn(at, "\n");
    if (span == length && memcmp(at, word, span) == 0)
      return true;
    at += span + (at[span] == '\n');
  }
  return false;
}

bool ftblab_tables_add(tables *t, size_t number, const char *key, const words *values, bool replace)
{
  table *one = &t->at[number];
  uint32_t k = ftblab_names_add(one->keys, key, strlen(key));
  ftblab_text text = {0};
  if (k == FTBLAB_NO_NAME || !make_room(one, k))
    return false;
  ftblab_text_add(&text, replace || one->values[k] == NULL ? "" : one->values[k]);
  for (size_t i = 0; i < values->count; i++) {
    if (is_in(ftblab_text_string(&text), values->at[i]))
      continue;
    ftblab_text_add(&text, text.length > 0 ? "\n" : "");
    ftblab_text_add(&text, values->at[i]);
  }
  char *kept = text.failed ? NULL : strdup(ftblab_text_string(&text));
  ftblab_text_free(&text);
  if (kept == NULL)
    return false;
  free(one->values[k]);
  one->values[k] = kept;
  return true;
}

void ftblab_tables_drop(tables *t, size_t number, const char *key)
{
  table *one = &t->at[number];
  uint32_t k = ftblab_names_find(one->keys, key, strlen(key));
  if (k == FTBLAB_NO_NAME || k >= one->capacity)
    return;
  free(one->values[k]);
  one->values[k] = NULL;
}
