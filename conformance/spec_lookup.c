/* spec_lookup.c - names of roles, events, workflows and keys, in the forms that traces and people write them. */
#include "spec.h"

#include <ctype.h>
#include <string.h>

static bool is_role_character(char character)
{
  return isalnum((unsigned char)character) || character == '*';
}

/* Is NAME, as it stands, KNOWN? It may hold a NUL. */
static bool is_name(const char *known, const char *name, size_t length)
{
  return strlen(known) == length && memcmp(known, name, length) == 0;
}

/* Is NAME, but for case, spaces and punctuation, KNOWN, which is normalised? */
static bool same_role(const char *known, const char *name, size_t length)
{
  for (size_t at = 0; known && at < length; at++) {
    if (!is_role_character(name[at]))
      continue;
    known = *known == (char)tolower((unsigned char)name[at]) ? known + 1 : NULL;
  }
  return known && !*known;
}

int ftblab_spec_role(const ftblab_spec *spec, const char *name, size_t length)
{
  for (size_t i = 0; i < spec->role_count; i++)
    if (is_name(spec->roles[i].name, name, length))
      return (int)i;
  for (size_t i = 0; i < spec->role_count; i++) {
    const ftblab_role *role = &spec->roles[i];
    if (same_role(role->normalised, name, length))
      return (int)i;
    for (size_t a = 0; a < role->alias_count; a++)
      if (same_role(role->aliases[a], name, length))
        return (int)i;
  }
  return FTBLAB_NONE;
}

/* The next character of an event's name, upper case, a run of others than letters and digits as '_'; 0: the end. */
static char next_character(const char *name, size_t length, size_t *at)
{
  if (*at == length)
    return '\0';
  char character = name[(*at)++];
  if (isalnum((unsigned char)character))
    return (char)toupper((unsigned char)character);
  while (*at < length && !isalnum((unsigned char)name[*at]))
    ++*at;
  return '_';
}

static bool same_event(const char *known, const char *name, size_t length)
{
  size_t known_at = 0, at = 0, known_length = strlen(known);
  for (;;) {
    char a = next_character(known, known_length, &known_at), b = next_character(name, length, &at);
    if (a != b)
      return false;
    if (!a)
      return true;
  }
}

size_t ftblab_spec_spelling(const ftblab_spelling *spellings, size_t room, const char *name, size_t length)
{
  size_t at = (size_t)ftblab_hash(name, length) & (room - 1);
  while (spellings[at].name != NULL &&
         (spellings[at].length != length || memcmp(spellings[at].name, name, length) != 0))
    at = (at + 1) & (room - 1);
  return at;
}

int ftblab_spec_event(const ftblab_spec *spec, const char *name, size_t length)
{
  if (spec->spelling_room > 0) {
    const ftblab_spelling *found =
        &spec->spellings[ftblab_spec_spelling(spec->spellings, spec->spelling_room, name, length)];
    if (found->name != NULL)
      return found->event;
  }
  for (size_t i = 0; i < spec->event_count; i++) {
    const ftblab_event *event = &spec->events[i];
    if (same_event(event->name, name, length))
      return (int)i;
    for (size_t a = 0; a < event->alias_count; a++)
      if (same_event(event->aliases[a], name, length))
        return (int)i;
  }
  return FTBLAB_NONE;
}

const char *ftblab_spec_event_name(const ftblab_spec *spec, ftblab_slice written)
{
  int event = ftblab_spec_event(spec, written.data, written.length);
  return event == FTBLAB_NONE ? NULL : spec->events[event].name;
}

const char *ftblab_spec_role_name(const ftblab_spec *spec, ftblab_slice written)
{
  int role = ftblab_spec_role(spec, written.data, written.length);
  return role == FTBLAB_NONE ? NULL : spec->roles[role].name;
}

int ftblab_spec_workflow(const ftblab_spec *spec, const char *id, size_t length)
{
  for (size_t i = 0; i < spec->workflow_count; i++)
    if (is_name(spec->workflows[i].id, id, length))
      return (int)i;
  return FTBLAB_NONE;
}

int ftblab_spec_row(const ftblab_workflow *workflow, const char *step, size_t length)
{
  for (size_t r = 0; r < workflow->row_count; r++)
    if (is_name(workflow->rows[r].step, step, length))
      return (int)r;
  return FTBLAB_NONE;
}

int ftblab_spec_key(const ftblab_spec *spec, const char *key, size_t length)
{
  for (size_t i = 0; i < spec->key_count; i++)
    if (is_name(spec->keys[i], key, length))
      return (int)i;
  return FTBLAB_NONE;
}

bool ftblab_rows_exclude(const ftblab_row *a, const ftblab_row *b)
{
  return a->choice != 0 && a->choice == b->choice && a->branch != b->branch;
}
