/* adopt.c - an entry that stands alone, with values that nobody else has, is another branch's with a wrong payload, if
 * that makes no more violations in all.
 *
 * A branch is asked only if its reading lacks a row of the entry's event and action: branches are indexed by what they
 * lack, in the order in which they begin. Those that share most values are tried first, of these the nearest, and the
 * search ends with the first that gains as much as any could. Where none does, MOST_TRIED readings are made for an
 * entry; so many traces that lack the same are judged in a time that grows with their number, not with its square, and
 * where more than that lack it another reading might have had one violation less. */
#include <stdlib.h>
#include <string.h>

#include "match.h"

#define MOST_ASKED 128  /* branches on either side of an entry that are asked whether they lack it; chosen */
#define MOST_TRIED 16   /* of them that are read with it; chosen */
#define MOST_READ 65536 /* entries of one branch that are read again for others; chosen */

/* ---- what branches lack ---------------------------------------------------------------------------------- */

typedef struct adoption_index {
  pointers lacking; /* branches that something is wrong with or that lack a row */
  key_table asked;  /* by event and action: a list of branches that have a row for it and nothing to satisfy it */
} adoption_index;

static uint64_t key_of(int event, ftblab_action action)
{
  return (uint64_t)event << 8 | (uint64_t)action;
}

static uint32_t begins_at(const branch *b)
{
  return ((const entry *)b->entries.at[0])->index;
}

/* Where in LIST a branch that begins at INDEX stands: behind those that begin there too. */
static uint32_t place_in(const pointers *list, uint32_t index)
{
  uint32_t low = 0, high = list->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (begins_at(list->at[middle]) <= index)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool add_to_list(ftblab_exact *checker, adoption_index *index, uint64_t key, branch *b)
{
  pointers *list = ftblab_keyed_find(&index->asked, key);
  if (list == NULL) {
    list = ftblab_arena_take(&checker->memory, sizeof *list);
    if (list == NULL || !ftblab_keyed_put(&checker->memory, &index->asked, key, list))
      return false;
  }
  if (list->count > 0 && list->at[list->count - 1] == b)
    return true;
  uint32_t at = place_in(list, begins_at(b));
  for (uint32_t i = at; i > 0 && at - i < MOST_ASKED && begins_at(list->at[i - 1]) == begins_at(b); i--)
    if (list->at[i - 1] == b)
      return true;
  if (!ftblab_pointers_add(&checker->memory, list, b))
    return false;
  memmove(&list->at[at + 1], &list->at[at], (list->count - 1 - at) * sizeof *list->at);
  list->at[at] = b;
  return true;
}

static bool has_event(const ftblab_workflow *w, int event, ftblab_action action)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].event == event && w->rows[r].action == action)
      return true;
  return false;
}

/* What B would lack as another workflow of its group, and has no row for as the one that it is read as. Something is
 * wrong with it: the other may be as near, and the nearer one with an entry more. */
static bool add_other_workflows(ftblab_exact *checker, adoption_index *index, branch *b)
{
  const group *g = b->incident->group;
  const ftblab_workflow *own = b->settled->best.workflow;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++)
      if (!has_event(own, w->rows[r].event, w->rows[r].action) &&
          !add_to_list(checker, index, key_of(w->rows[r].event, w->rows[r].action), b))
        return false;
  }
  return true;
}

static bool add_branch(ftblab_exact *checker, adoption_index *index, branch *b)
{
  const alignment *a = &b->settled->best;
  for (size_t r = 0; r < a->workflow->row_count && b->entries.count > 0; r++)
    if (a->entries[r] == NULL &&
        !add_to_list(checker, index, key_of(a->workflow->rows[r].event, a->workflow->rows[r].action), b))
      return false;
  return b->entries.count == 0 || a->cost == 0 || add_other_workflows(checker, index, b);
}

static int by_beginning(const void *left, const void *right)
{
  const branch *a = *(branch *const *)left, *b = *(branch *const *)right;
  return begins_at(a) != begins_at(b) ? (begins_at(a) < begins_at(b) ? -1 : 1) : a->number < b->number ? -1 : 1;
}

/* Put into INDEX in the order in which they begin: then each is added at the end of its lists. */
static bool fill_index(ftblab_exact *checker, adoption_index *index)
{
  pointers sorted = {0};
  for (uint32_t i = 0; i < index->lacking.count; i++) {
    branch *b = index->lacking.at[i];
    b->number = i;
    if (b->entries.count > 0 && !ftblab_pointers_add(&checker->memory, &sorted, b))
      return false;
  }
  if (sorted.count > 1)
    qsort(sorted.at, sorted.count, sizeof *sorted.at, by_beginning);
  for (uint32_t i = 0; i < sorted.count; i++)
    if (!add_branch(checker, index, sorted.at[i]))
      return false;
  return true;
}

static bool find_lacking(ftblab_exact *checker, adoption_index *index)
{
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer)
      for (uint32_t i = 0; i < in->branches.count && !in->dropped; i++) {
        branch *b = in->branches.at[i];
        bool lacks_rows = b->settled->best.satisfied < (int)b->settled->best.workflow->row_count;
        if ((lacks_rows || b->settled->best.cost > 0) && !ftblab_pointers_add(&checker->memory, &index->lacking, b))
          return false;
      }
  return fill_index(checker, index);
}

/* ---- one branch and one entry ---------------------------------------------------------------------------- */

static bool agrees_with(const ftblab_exact *checker, const branch *b, const entry *e)
{
  return !(e->defects & (DEFECT_GRAMMAR | DEFECT_KEY)) &&
         ftblab_entry_agrees(checker, b->incident->group, e, &b->bound);
}

/* Has the best reading of S a row for E that nothing satisfies? With E's role if its values are not the branch's; with
 * another role if they are: a record has one defect. It may be out of order if nobody else has it, or if it came
 * before all that was seen of the branch. */
static bool lacks(const ftblab_exact *checker, const settled *s, const entry *e)
{
  const ftblab_workflow *w = s->best.workflow;
  bool own_role = false, other_role = false;
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].event == e->event && w->rows[r].action == e->action && s->best.entries[r] == NULL) {
      own_role = own_role || w->rows[r].component == e->role;
      other_role = other_role || w->rows[r].component != e->role;
    }
  if (!own_role && !other_role)
    return s->best.cost > 0 && !has_event(w, e->event, e->action);
  if (e->used == 0 || e->index < begins_at(s->branch))
    return true;
  return agrees_with(checker, s->branch, e) ? other_role : own_role;
}

static bool holds(const branch *b, const entry *e)
{
  uint32_t low = 0, high = b->entries.count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (((const entry *)b->entries.at[middle])->index < e->index)
      low = middle + 1;
    else
      high = middle;
  }
  return low < b->entries.count && b->entries.at[low] == e;
}

/* May B be completed by E? Whose a record of one member of a set is has been decided (members.c). */
static bool may_adopt(const ftblab_exact *checker, const branch *b, const entry *e, const branch *own)
{
  return b != own && !(b->incident->group->quantified != 0 && ftblab_is_of_member(b->incident->group, e)) &&
         !b->settled->gone && b->tried < MOST_READ && lacks(checker, b->settled, e) && !holds(b, e);
}

/* Put E among the entries of B: of another's values as foreign, else in its place. */
static bool take_in(ftblab_exact *checker, branch *b, entry *e)
{
  b->alive = 0;
  pointers *list = agrees_with(checker, b, e) ? &b->entries : &b->foreign;
  if (!ftblab_pointers_add(&checker->memory, list, e))
    return false;
  for (uint32_t i = list->count - 1; i > 0 && ((entry *)list->at[i - 1])->index > e->index; i--) {
    list->at[i] = list->at[i - 1];
    list->at[i - 1] = e;
  }
  return true;
}

static void take_out(branch *b, const entry *e)
{
  pointers *lists[] = {&b->entries, &b->foreign};
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0; i < lists[l]->count; i++)
      if (lists[l]->at[i] == e) {
        memmove(&lists[l]->at[i], &lists[l]->at[i + 1], (lists[l]->count - i - 1) * sizeof *lists[l]->at);
        lists[l]->count--;
        return;
      }
}

static uint32_t distance(const branch *b, const entry *e)
{
  const entry *first = b->entries.at[0], *last = b->entries.at[b->entries.count - 1];
  return e->index < first->index ? first->index - e->index : e->index > last->index ? e->index - last->index : 0;
}

/* ---- the best branch for an entry ------------------------------------------------------------------------- */

typedef struct asked {
  branch *branch;
  uint32_t shared, away; /* shared: values that both have */
} asked;

/* Who has more in common is first; else who is nearer; else who stands earlier. */
static int by_nearness(const void *left, const void *right)
{
  const asked *a = left, *b = right;
  if (a->shared != b->shared)
    return a->shared > b->shared ? -1 : 1;
  if (a->away != b->away)
    return a->away < b->away ? -1 : 1;
  return a->branch->number < b->branch->number ? -1 : a->branch->number > b->branch->number;
}

/* The adopter found so far. */
typedef struct adoption {
  asked who;
  int gain;
} adoption;

/* More is gained; else the order of nearness. */
static bool is_better_adoption(const adoption *best, int gain, const asked *who)
{
  if (best->who.branch == NULL || gain != best->gain)
    return best->who.branch == NULL || gain > best->gain;
  return by_nearness(who, &best->who) < 0;
}

/* How many of E's values B has bound. */
static uint32_t count_shared(const branch *b, const entry *e)
{
  const ftblab_row *row = b->incident->group->by_event[e->event];
  uint32_t shared = 0;
  for (size_t t = 0; row != NULL && t < row->term_count; t++) {
    const ftblab_term *term = &row->terms[t];
    const entry_key *key = term->kind == FTBLAB_TERM_WILD ? NULL : ftblab_entry_find(e, term->key);
    value bound = key == NULL ? 0 : b->bound.of[term->variable];
    if (bound != 0)
      shared += term->kind == FTBLAB_TERM_WHOLE ? key->whole == bound : ftblab_entry_has(e, key->key, bound);
  }
  return shared;
}

/* What B costs when it is read with E in it. False: no memory. */
static bool cost_with(ftblab_exact *checker, branch *b, entry *e, int *cost)
{
  settled *before = b->settled;
  uint32_t alive = b->alive;
  if (!take_in(checker, b, e))
    return false;
  b->tried += b->entries.count + b->foreign.count;
  arena_mark mark = ftblab_arena_mark(&checker->memory);
  if (!ftblab_settle_branch(checker, b))
    return false;
  *cost = b->settled->best.cost;
  take_out(b, e);
  b->alive = alive;
  b->settled = before;
  ftblab_arena_release(&checker->memory, mark);
  return true;
}

/* Read B with E in it, and keep it in BEST if that is better. A reading costs at least nothing, and with an entry of
 * other values at least one: where that much would not be better, nothing need be read. */
static bool try_adoption(ftblab_exact *checker, const asked *who, entry *e, int alone, adoption *best, int *tried)
{
  branch *b = who->branch;
  int cost, before = b->settled->best.cost, most = before + alone - !agrees_with(checker, b, e);
  if (most < 0 || !is_better_adoption(best, most, who))
    return true;
  ++*tried;
  if (!cost_with(checker, b, e, &cost))
    return false;
  if (before + alone - cost >= 0 && is_better_adoption(best, before + alone - cost, who))
    *best = (adoption){*who, before + alone - cost};
  return true;
}

/* Those around E that may adopt it. */
static uint32_t find_asked(const ftblab_exact *checker, const pointers *list, const entry *e, const branch *own,
                           asked *into)
{
  uint32_t count = 0, middle = place_in(list, e->index);
  uint32_t from = middle > MOST_ASKED ? middle - MOST_ASKED : 0;
  uint32_t to = list->count - middle > MOST_ASKED ? middle + MOST_ASKED : list->count;
  for (uint32_t i = from; i < to; i++)
    if (may_adopt(checker, list->at[i], e, own))
      into[count++] = (asked){list->at[i], count_shared(list->at[i], e), distance(list->at[i], e)};
  qsort(into, count, sizeof *into, by_nearness);
  return count;
}

/* The one entry that only B has; NULL if it has several, or none. */
static entry *only_own_entry(const branch *b)
{
  entry *own = NULL;
  if (b->entries.count == 1)
    return b->entries.at[0];
  for (uint32_t i = 0; i < b->entries.count; i++) {
    entry *e = b->entries.at[i];
    if (e->used > 1)
      continue;
    if (own != NULL)
      return NULL;
    own = e;
  }
  return own;
}

/* E, the catch that only OWN has, and a throw that only OTHER has disagree: two branches of one incident. Would it be
 * dearer to blame the catch than to blame the throw? Then it is not the catch's value that is wrong. */
static bool is_throw_to_blame(ftblab_exact *checker, branch *own, branch *other, entry *e, bool *to_blame)
{
  entry *thrown = only_own_entry(other);
  *to_blame = false;
  if (own == NULL || own->incident != other->incident || e->action != FTBLAB_CATCH || thrown == NULL ||
      thrown->action != FTBLAB_THROW || !may_adopt(checker, own, thrown, other))
    return true;
  int caught_wrong, thrown_wrong;
  if (!cost_with(checker, other, e, &caught_wrong) || !cost_with(checker, own, thrown, &thrown_wrong))
    return false;
  *to_blame = thrown_wrong < caught_wrong;
  return true;
}

/* Find the branch that is best completed by E read with a wrong payload, if that costs no more than E alone does. At
 * most what E costs alone is gained, and the row that it satisfies in its place if its values are the branch's. */
static bool adopt(ftblab_exact *checker, adoption_index *index, entry *e, branch *own, int alone, branch **adopter)
{
  asked around[2 * MOST_ASKED];
  adoption best = {.gain = 0};
  const pointers *list = ftblab_keyed_find(&index->asked, key_of(e->event, e->action));
  uint32_t count = list == NULL ? 0 : find_asked(checker, list, e, own, around);
  int tried = 0;
  for (uint32_t i = 0; i < count && tried < MOST_TRIED; i++) {
    if (!try_adoption(checker, &around[i], e, alone, &best, &tried))
      return false;
    if (best.who.branch != NULL && best.gain >= alone + agrees_with(checker, best.who.branch, e))
      break;
  }
  bool thrown_wrong = false;
  if (best.who.branch != NULL && !is_throw_to_blame(checker, own, best.who.branch, e, &thrown_wrong))
    return false;
  *adopter = thrown_wrong ? NULL : best.who.branch;
  return *adopter == NULL || (take_in(checker, best.who.branch, e) && ftblab_settle_branch(checker, best.who.branch) &&
                              add_branch(checker, index, best.who.branch));
}

/* ---- all -------------------------------------------------------------------------------------------------- */

/* ACTION: whose orphans. A catch is blamed before its throw: it carries what was thrown. */
static bool adopt_orphans(ftblab_exact *checker, adoption_index *index, ftblab_action action)
{
  for (uint32_t i = 0; i < index->lacking.count; i++) {
    branch *b = index->lacking.at[i], *adopter;
    entry *e = b->settled->gone ? NULL : only_own_entry(b);
    /* a branch that nothing is wrong with, and that lacks nothing it has to have, is nobody's orphan */
    bool sound = b->settled->best.cost == 0 && b->settled->best.pending == 0;
    if (e == NULL || sound || e->action != action || b->foreign.count > 0)
      continue;
    if (!adopt(checker, index, e, b, ftblab_branch_cost_alone(checker, b), &adopter))
      return false;
    if (adopter == NULL)
      continue;
    b->settled->gone = true;
    for (uint32_t k = 0; k < b->entries.count; k++)
      ((entry *)b->entries.at[k])->used--;
    e->used++;
  }
  return true;
}

/* What E costs as a record of no instance. */
static int cost_as_stray(const ftblab_exact *checker, const entry *e)
{
  if (e->action == FTBLAB_THROW || e->defects & (DEFECT_GRAMMAR | DEFECT_KEY))
    return 1;
  return !ftblab_role_may_catch(checker, e->event, e->role) || !ftblab_was_thrown_with(checker, e, e->event, true);
}

static bool adopt_strays(ftblab_exact *checker, adoption_index *index)
{
  uint32_t kept = 0;
  if (checker->strays.count > 0 && !ftblab_throws_note(checker))
    return false;
  for (uint32_t i = 0; i < checker->strays.count; i++) {
    entry *e = checker->strays.at[i];
    branch *adopter = NULL;
    if (e->used > 0)
      continue; /* it was linked to an instance together with others */
    if (!adopt(checker, index, e, NULL, cost_as_stray(checker, e), &adopter))
      return false;
    if (adopter != NULL)
      e->used++;
    else
      checker->strays.at[kept++] = e;
  }
  checker->strays.count = kept;
  return true;
}

bool ftblab_adopt_all(ftblab_exact *checker)
{
  adoption_index index = {0};
  return find_lacking(checker, &index) && adopt_orphans(checker, &index, FTBLAB_CATCH) &&
         adopt_orphans(checker, &index, FTBLAB_THROW) && adopt_strays(checker, &index);
}
