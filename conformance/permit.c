/* permit.c - who may throw and catch what, by section 2, by the tables and by what was registered; and what a
 * catch must carry. */
#include <string.h>

#include "match.h"

/* ---- who may ---------------------------------------------------------------------------------------- */

bool ftblab_role_may_throw(const ftblab_exact *checker, int event, int role)
{
  const ftblab_event *e = &checker->spec->events[event];
  if (role == FTBLAB_NONE)
    return false;
  return ((e->table_thrown_by & (uint64_t)1 << role) | (e->thrown_by & checker->parts[role])) != 0;
}

bool ftblab_role_may_catch(const ftblab_exact *checker, int event, int role)
{
  const ftblab_event *e = &checker->spec->events[event];
  if (role == FTBLAB_NONE)
    return false;
  uint64_t allowed = e->table_caught_by | e->registered_by | checker->registered[event];
  return e->caught_by_any || (allowed & (uint64_t)1 << role) != 0 || (e->caught_by & checker->parts[role]) != 0;
}

void ftblab_counterparts_make(ftblab_exact *checker)
{
  const ftblab_role *roles = checker->spec->roles;
  checker->manager = ftblab_spec_role(checker->spec, "RM/JS", 5);
  for (size_t a = 0; a < checker->spec->role_count; a++) {
    checker->parts[a] |= (uint64_t)1 << a;
    for (size_t b = 0; b < checker->spec->role_count; b++)
      if (roles[a].plays != NULL && strcmp(roles[a].plays, roles[b].name) == 0) {
        checker->parts[a] |= (uint64_t)1 << b; /* section 2 does not know MPI*, which may what the RM/JS may */
        checker->counterparts[a] |= (uint64_t)1 << b;
        checker->counterparts[b] |= (uint64_t)1 << a;
      }
  }
}

int ftblab_role_counterpart(const ftblab_exact *checker, int role)
{
  for (int other = 0; other < (int)checker->spec->role_count; other++)
    if (checker->counterparts[role] >> other & 1)
      return other;
  return FTBLAB_NONE;
}

bool ftblab_role_is_displaced(const ftblab_exact *checker, const ftblab_workflow *w, uint64_t absent, int role)
{
  bool displaced = false;
  for (size_t r = 0; r < w->row_count && role != FTBLAB_NONE; r++) {
    if (absent & (uint64_t)1 << r)
      continue;
    if (w->rows[r].component == role)
      return false;
    displaced = displaced || (checker->counterparts[role] >> w->rows[r].component & 1) != 0;
  }
  return displaced;
}

bool ftblab_role_may_catch_in(const ftblab_exact *checker, const ftblab_workflow *w, uint64_t absent, int event,
                              int role)
{
  const ftblab_event *e = &checker->spec->events[event];
  if (role == FTBLAB_NONE)
    return false;
  if (ftblab_role_is_displaced(checker, w, absent, role))
    return false;
  if (e->caught_by_any || (e->caught_by | checker->registered[event]) & (uint64_t)1 << role)
    return true;
  const ftblab_family *family = &checker->spec->families[w->family];
  for (size_t i = 0; i < family->registration_count; i++)
    if (family->registrations[i].component == role && family->registrations[i].event == event)
      return true;
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].component == role && w->rows[r].event == event)
      return true; /* a row asks for it, or it is the component's own event delivered to itself */
  return false;
}

/* ---- what a catch must carry ------------------------------------------------------------------------ */

static bool names(const ftblab_row *row, int key)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].key == key)
      return true;
  return false;
}

bool ftblab_row_names_all(const ftblab_row *row, const entry *e)
{
  for (uint32_t k = 0; k < e->key_count; k++)
    if (!names(row, e->keys[k].key))
      return false;
  return true;
}

/* Do the keys that the row's params do not name (a command, ranks) have the values that THROWN had? */
bool ftblab_carries_what(const ftblab_row *row, const entry *thrown, const entry *e)
{
  for (uint32_t k = 0; k < e->key_count; k++) {
    const entry_key *other = ftblab_entry_find(thrown, e->keys[k].key);
    if (other != NULL && other->whole != e->keys[k].whole && !names(row, e->keys[k].key))
      return false;
  }
  return true;
}

bool ftblab_carries_what_was_thrown(branch *b, const ftblab_row *row, const entry *e)
{
  bool any_throw = false;
  if (row->action != FTBLAB_CATCH || ftblab_row_names_all(row, e))
    return true;
  const pointers *list = ftblab_entries_of_event(&b->index, &b->entries, FTBLAB_THROW, e->event);
  for (uint32_t i = 0; i < list->count; i++) {
    const entry *thrown = list->at[i];
    if (thrown->action != FTBLAB_THROW || thrown->event != e->event)
      continue;
    any_throw = true;
    if (ftblab_carries_what(row, thrown, e))
      return true;
  }
  return !any_throw;
}

/* Is there another entry in LIST that does ACTION for E's event, and came before it? ROLE: whose; FTBLAB_NONE: that of
 * anybody. */
static bool came_before(const ftblab_exact *checker, const pointers *list, int role, ftblab_action action,
                        const entry *e)
{
  for (uint32_t i = 0; i < list->count; i++) {
    const entry *other = list->at[i];
    if (other != e && other->action == action && other->event == e->event &&
        (role == FTBLAB_NONE || other->role == role) && ftblab_entry_precedes(checker, other, e))
      return true;
  }
  return false;
}

bool ftblab_catch_is_permitted(const ftblab_exact *checker, const ftblab_workflow *w, branch *b, const entry *e)
{
  if (e->action != FTBLAB_CATCH || !ftblab_role_may_catch_in(checker, w, 0, e->event, e->role))
    return false;
  const pointers *throws = ftblab_entries_of_event(&b->index, &b->entries, FTBLAB_THROW, e->event);
  if (checker->throws_visible && !came_before(checker, throws, FTBLAB_NONE, FTBLAB_THROW, e))
    return false;
  bool asked = false;
  for (size_t r = 0; r < w->row_count; r++)
    asked = asked || ftblab_row_takes(&w->rows[r], e);
  /* a role that a row asks for: its first catch is the row's, those of its other instances are permitted */
  if (!asked)
    return true;
  const pointers *catches = ftblab_entries_like(&b->index, &b->entries, e->role, FTBLAB_CATCH, e->event);
  return came_before(checker, catches, e->role, FTBLAB_CATCH, e) && !ftblab_is_repeat(b, e);
}
