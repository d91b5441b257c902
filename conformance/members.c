/* members.c - at the end of the trace: whose the records of one member of a set are.
 *
 * What one rank does (MPI Process throws CR FTB CKPT DONE (rank r)) names nothing that tells instances apart, and may
 * come before what begins its instance. When it came it went to an instance that waited. At the end the sets are known
 * (ranks n-m of CR FTB MIGRATE RESTART), and all instances, so these records are dealt again:
 *
 *   - to an instance whose set has the member; else to one whose set nobody named, if facts do not say that the jobs on
 *     its node have other ranks; never to one of another job
 *   - a catch to the instance that has its throw
 *   - to one where the member has not done the same already
 *   - to one that begins with its trigger
 *   - to the one that it went to first; else to the nearest before it, else behind it
 *
 * A record that fits none of the instances whose sets are known stays where it is: it is another migration's, or of
 * none. Those that no instance was there for are the beginning of one whose trigger has not come. */
#include <stdlib.h>
#include <string.h>

#include "match.h"

#define MOST_ASKED 64 /* instances on either side of a record that are asked; chosen */
#define ANY_ROLE 64   /* roles are bits of a uint64_t; this is none of them */
#define MOST_SETS 4   /* of one instance; chosen: it names its set once or twice, and wrongly at times */

typedef struct host {
  incident *incident;
  uint32_t index; /* of its first entry that is no member's */
  bool has_trigger;
  struct {
    const entry *by;
    int key;
  } sets[MOST_SETS]; /* who named it, under which key */
  uint32_t set_count;
  value job;
  pointers members; /* entries dealt to it */
  key_table done;   /* what its members did */
} host;

typedef struct dealing {
  ftblab_exact *checker;
  group *group;
  uint64_t each;     /* bits: variables that are the sets */
  pointers hosts;    /* in the order in which they begin */
  key_table holders; /* by entry: the host that it went to first */
  pointers unheld;
} dealing;

/* ---- records --------------------------------------------------------------------------------------------- */

bool ftblab_is_of_member(const group *g, const entry *e)
{
  const ftblab_row *row = g->by_event[e->event];
  return row != NULL && !ftblab_asks_for_values(g, row);
}

/* The member that E names; NULL: none, or several. */
static const entry_key *member_named(const group *g, const entry *e)
{
  const ftblab_row *row = g->by_event[e->event];
  for (size_t t = 0; t < row->term_count; t++) {
    const entry_key *key = row->terms[t].kind == FTBLAB_TERM_WILD ? NULL : ftblab_entry_find(e, row->terms[t].key);
    if (key != NULL && key->items != NULL && key->item_count == 1)
      return key;
  }
  return NULL;
}

/* That ROLE, as the member of E, does ACTION for its event. */
static uint64_t deed_of(const group *g, const entry *e, int role, ftblab_action action)
{
  const entry_key *named = member_named(g, e);
  uint64_t member = named != NULL ? (uint64_t)1 << 32 | named->whole : e->instance;
  return ((uint64_t)e->event << 9 | (uint64_t)(role + 1) << 2 | (uint64_t)action) << 33 | member;
}

/* ---- instances ------------------------------------------------------------------------------------------- */

static void note_set(const dealing *d, host *h, const entry *e)
{
  const ftblab_row *row = d->group->by_event[e->event];
  for (size_t t = 0; t < row->term_count && h->set_count < MOST_SETS; t++) {
    const ftblab_term *term = &row->terms[t];
    bool is_set = term->kind == FTBLAB_TERM_WHOLE && d->each >> term->variable & 1;
    const entry_key *key = is_set ? ftblab_entry_find(e, term->key) : NULL;
    if (key != NULL && key->items != NULL) {
      h->sets[h->set_count].by = e;
      h->sets[h->set_count++].key = term->key;
    }
  }
}

static bool add_host(dealing *d, incident *in)
{
  host *h = ftblab_arena_take(&d->checker->memory, sizeof *h);
  if (h == NULL || !ftblab_pointers_add(&d->checker->memory, &d->hosts, h))
    return false;
  *h = (host){.incident = in, .index = UINT32_MAX};
  for (uint32_t i = 0; i < in->entries.count; i++) {
    entry *e = in->entries.at[i];
    if (ftblab_is_of_member(d->group, e)) {
      if (!ftblab_keyed_put(&d->checker->memory, &d->holders, e->index + (uint64_t)1, h))
        return false;
      continue;
    }
    h->index = h->index == UINT32_MAX ? e->index : h->index;
    h->has_trigger = h->has_trigger || ftblab_is_trigger(d->checker, d->group, e);
    h->job = h->job != 0 ? h->job : ftblab_entry_job(d->checker, e);
    note_set(d, h, e);
  }
  if (h->index == UINT32_MAX && in->entries.count > 0)
    h->index = ((const entry *)in->entries.at[0])->index;
  return true;
}

static int by_beginning(const void *left, const void *right)
{
  const host *a = *(host *const *)left, *b = *(host *const *)right;
  if (a->index != b->index)
    return a->index < b->index ? -1 : 1;
  return a->incident->number < b->incident->number ? -1 : a->incident->number > b->incident->number;
}

static bool find_hosts(dealing *d)
{
  for (incident *in = d->group->oldest; in != NULL; in = in->newer)
    if (!in->dropped && !add_host(d, in))
      return false;
  if (d->hosts.count > 1)
    qsort(d->hosts.at, d->hosts.count, sizeof *d->hosts.at, by_beginning);
  return true;
}

/* ---- dealing --------------------------------------------------------------------------------------------- */

/* 2: a set of H has the member that E names; 1: nobody named a set; 0: it is of others. Where nobody named one, facts
 * may tell which ranks a job on the node has. */
static int membership(const dealing *d, const host *h, const entry *e)
{
  const entry_key *named = member_named(d->group, e);
  for (uint32_t i = 0; i < h->set_count && named != NULL; i++)
    if (ftblab_entry_has(h->sets[i].by, h->sets[i].key, named->items[0]))
      return 2;
  if (named == NULL || h->set_count > 0)
    return named == NULL;
  value node = ftblab_bound(&h->incident->key, d->checker->variable.node);
  int told = node == 0 ? -1 : ftblab_facts_rank_on(d->checker, node, named->items[0], h->index);
  return told < 0 ? 1 : 2 * told;
}

/* How well E fits H, the more the better, as the head of this file says; 0: not at all. */
static unsigned fit_of(const dealing *d, const host *h, const host *holder, const entry *e)
{
  int member = membership(d, h, e);
  value job = ftblab_entry_job(d->checker, e);
  if (member == 0 || (job != 0 && h->job != 0 && job != h->job) ||
      (holder == NULL && member == 1 && !ftblab_entry_is_required(d->checker, d->group, e)))
    return 0;
  bool thrown =
      e->action == FTBLAB_CATCH && ftblab_keyed_find(&h->done, deed_of(d->group, e, ANY_ROLE, FTBLAB_THROW)) != NULL;
  bool is_free = ftblab_keyed_find(&h->done, deed_of(d->group, e, e->role, e->action)) == NULL;
  return (unsigned)member << 5 | (unsigned)thrown << 4 | (unsigned)is_free << 3 | (unsigned)h->has_trigger << 2 |
         (unsigned)(h == holder) << 1 | (h->index <= e->index);
}

static host *best_host(const dealing *d, host *holder, const entry *e)
{
  uint32_t low = 0, high = d->hosts.count;
  while (low < high) { /* the first that begins later */
    uint32_t middle = low + (high - low) / 2;
    if (((const host *)d->hosts.at[middle])->index <= e->index)
      low = middle + 1;
    else
      high = middle;
  }
  unsigned most = holder == NULL ? 0 : fit_of(d, holder, holder, e);
  host *best = most > 0 || (holder != NULL && holder->set_count > 0) ? holder : NULL;
  for (uint32_t i = low; i > 0 && low - i < MOST_ASKED; i--) {
    unsigned fit = fit_of(d, d->hosts.at[i - 1], holder, e);
    if (fit > most) {
      best = d->hosts.at[i - 1];
      most = fit;
    }
  }
  for (uint32_t i = low; i < d->hosts.count && i - low < MOST_ASKED; i++) {
    unsigned fit = fit_of(d, d->hosts.at[i], holder, e);
    if (fit > most) {
      best = d->hosts.at[i];
      most = fit;
    }
  }
  return best;
}

static bool deal(dealing *d)
{
  ftblab_exact *checker = d->checker;
  for (uint32_t i = 0; i < checker->entries.count; i++) {
    entry *e = checker->entries.at[i];
    if (!ftblab_is_of_member(d->group, e))
      continue;
    host *holder = ftblab_keyed_find(&d->holders, e->index + (uint64_t)1);
    if (holder == NULL && e->used > 0)
      continue; /* another group's */
    host *h = best_host(d, holder, e);
    if (h == NULL) {
      if (ftblab_entry_is_required(checker, d->group, e) && !ftblab_pointers_add(&checker->memory, &d->unheld, e))
        return false;
    } else if (!ftblab_pointers_add(&checker->memory, &h->members, e) ||
               !ftblab_keyed_put(&checker->memory, &h->done, deed_of(d->group, e, e->role, e->action), e) ||
               !ftblab_keyed_put(&checker->memory, &h->done, deed_of(d->group, e, ANY_ROLE, e->action), e)) {
      return false;
    }
  }
  return true;
}

/* ---- instances made anew ----------------------------------------------------------------------------------- */

/* Are the members dealt to H those that it had? */
static bool is_as_before(const dealing *d, const host *h)
{
  uint32_t before = 0;
  for (uint32_t i = 0; i < h->incident->entries.count; i++) {
    entry *e = h->incident->entries.at[i];
    if (!ftblab_is_of_member(d->group, e))
      continue;
    if (before == h->members.count || h->members.at[before] != e)
      return false;
    before++;
  }
  return before == h->members.count;
}

static bool make_anew(const dealing *d, const host *h)
{
  ftblab_exact *checker = d->checker;
  incident *old = h->incident;
  pointers entries = {0};
  for (uint32_t i = 0; i < old->entries.count; i++)
    if (!ftblab_is_of_member(d->group, old->entries.at[i]) &&
        !ftblab_pointers_add(&checker->memory, &entries, old->entries.at[i]))
      return false;
  for (uint32_t i = 0; i < h->members.count; i++)
    if (!ftblab_pointers_add(&checker->memory, &entries, h->members.at[i]))
      return false;
  ftblab_incident_disown(old);
  if (entries.count == 0)
    return true;
  qsort(entries.at, entries.count, sizeof *entries.at, ftblab_entry_by_index);
  incident *in = ftblab_incident_replay(checker, old->group, &old->key, (entry *const *)entries.at, entries.count);
  if (in == NULL)
    return false;
  in->opened_by = old->opened_by;
  ftblab_incident_replace(old, in);
  return true;
}

/* The COUNT entries at FROM are the beginning of an instance. */
static bool begin_with(const dealing *d, entry *const *from, uint32_t count)
{
  const binding unbound = {{0}};
  group *g = d->group;
  incident *in = ftblab_incident_replay(d->checker, g, &unbound, from, count);
  if (in == NULL)
    return false;
  in->number = d->checker->incident_count++;
  in->older = g->newest;
  *(g->newest != NULL ? &g->newest->newer : &g->oldest) = in;
  g->newest = in;
  return true;
}

static uint64_t member_of(const group *g, const entry *e)
{
  return deed_of(g, e, FTBLAB_NONE, FTBLAB_THROW) & (((uint64_t)1 << 33) - 1);
}

/* What no instance was there for. As long as the trace may go on, each member may begin another instance; where it is
 * at its end, the fewer have no trigger the better. */
static bool begin_with_unheld(const dealing *d)
{
  ftblab_exact *checker = d->checker;
  key_table by_member = {0};
  pointers lists = {0};
  if (checker->complete)
    return d->unheld.count == 0 || begin_with(d, (entry *const *)d->unheld.at, d->unheld.count);
  for (uint32_t i = 0; i < d->unheld.count; i++) {
    entry *e = d->unheld.at[i];
    uint64_t member = member_of(d->group, e) + 1; /* 0 is no key of a table */
    pointers *list = ftblab_keyed_find(&by_member, member);
    if (list == NULL) {
      list = ftblab_arena_take(&checker->memory, sizeof *list);
      if (list == NULL || !ftblab_keyed_put(&checker->memory, &by_member, member, list) ||
          !ftblab_pointers_add(&checker->memory, &lists, list))
        return false;
    }
    if (!ftblab_pointers_add(&checker->memory, list, e))
      return false;
  }
  for (uint32_t i = 0; i < lists.count; i++) {
    const pointers *list = lists.at[i];
    if (!begin_with(d, (entry *const *)list->at, list->count))
      return false;
  }
  return true;
}

static bool deal_group(ftblab_exact *checker, group *g)
{
  dealing d = {.checker = checker, .group = g};
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++)
      if (w->rows[r].each != FTBLAB_NONE)
        d.each |= (uint64_t)1 << w->rows[r].each;
  }
  if (!find_hosts(&d) || !deal(&d))
    return false;
  for (uint32_t i = 0; i < d.hosts.count; i++)
    if (!is_as_before(&d, d.hosts.at[i]) && !make_anew(&d, d.hosts.at[i]))
      return false;
  return begin_with_unheld(&d);
}

bool ftblab_members_deal(ftblab_exact *checker)
{
  for (int g = 0; g < checker->group_count; g++)
    if (checker->groups[g].quantified != 0 && !deal_group(checker, &checker->groups[g]))
      return false;
  return true;
}
