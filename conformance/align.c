/* align.c - the cheapest reading of a branch's entries as one workflow.
 *
 * Each row is given one entry or none; an entry may satisfy a row with one defect (another component, other
 * values, out of order). Of a choice, each branch is tried: the rows of the others are absent. A row for each member
 * of a set takes one entry of each of as many instances. What that reading costs is the number of violations it has.
 * The search is exact: rows that
 * have several possible entries are tried with each, and the entries out of order are a smallest set whose
 * removal leaves the others in order (a minimum vertex cover of the pairs that stand the wrong way round).
 *
 * What does not depend on which entries the rows have is worked out once for each branch (digest.c) or workflow. */
#include <limits.h>
#include <string.h>

#include "digest.h"
#include "match.h"

#define MAX_OPTIONS 12
#define MAX_CHOICES 8
#define MAX_LEAVES 1024   /* readings tried; a branch with more has dozens of repeats, and keeps the best one found */
#define WHOLE_SEARCH 64   /* entries (chosen): of a longer branch fewer readings are tried, as each takes longer */
#define LEAST_LEAVES 16   /* readings tried however long a branch is; chosen */
#define MOST_STAND_INS 64 /* records of other roles that may be a member's; chosen */
#define UNKNOWN (-1)

typedef struct option {
  entry *entry; /* NULL: the row has none */
  kin *kin;     /* that it is of; NULL: it is of other values */
  row_fit fit;
} option;

typedef struct search {
  ftblab_exact *checker;
  const ftblab_workflow *workflow;
  const branch *branch;
  const uint64_t *before;
  uint64_t after[FTBLAB_MAX_ROWS]; /* the same, seen from the other row */
  uint64_t unseen;
  uint64_t absent;     /* rows of branches that are not tried */
  uint64_t of_members; /* rows that each member of a set is asked for */
  uint64_t filled;     /* rows that have an entry, of those chosen so far */
  option options[FTBLAB_MAX_ROWS][MAX_OPTIONS];
  uint8_t option_count[FTBLAB_MAX_ROWS];
  option chosen[FTBLAB_MAX_ROWS];
  uint64_t passed[FTBLAB_MAX_ROWS]; /* of a chosen row: those above that must come before it, but come behind it */
  alignment reading;                /* that is judged: what is known of it but for its entries and extras */
  alignment *best;
  digest *digest;
  int lacking[FTBLAB_MAX_ROWS];      /* instances that have yet to do what is asked of each; UNKNOWN: not counted yet */
  int8_t commanded[FTBLAB_MAX_ROWS]; /* 1, 0, or UNKNOWN */
  uint32_t leaves;
  bool is_thorough;    /* try every entry of each row */
  int limit;           /* a reading that costs more is of no use */
  int loose;           /* throws that no row can take: each is a violation in every reading */
  uint64_t misordered; /* rows blamed in the reading that is being judged */
} search;

/* ---- what each row can have --------------------------------------------------------------------- */

static bool is_foreign(const branch *b, const entry *e)
{
  for (uint32_t i = 0; i < b->foreign.count; i++)
    if (b->foreign.at[i] == e)
      return true;
  return false;
}

/* "iface p" outside the set "p-q" that was to be checked: a value that does not unify. */
static bool outside_set(const search *s, const ftblab_row *row)
{
  for (size_t t = 0; t < row->term_count; t++) {
    int set = row->terms[t].member_of;
    value whole = set == FTBLAB_NONE ? 0 : s->branch->bound.of[set];
    value member = whole == 0 ? 0 : s->branch->bound.of[row->terms[t].variable];
    if (member == 0)
      continue;
    for (uint32_t i = 0; i < s->branch->entries.count; i++) {
      const entry_key *key = ftblab_entry_find(s->branch->entries.at[i], row->terms[t].key);
      if (key != NULL && key->whole == whole)
        return !ftblab_entry_has(s->branch->entries.at[i], key->key, member);
    }
  }
  return false;
}

/* Only the row that first names the member answers for it; the rows behind it repeat what it said. */
static bool introduces_member(const search *s, size_t row)
{
  const ftblab_workflow *w = s->workflow;
  for (size_t t = 0; t < w->rows[row].term_count; t++) {
    const ftblab_term *term = &w->rows[row].terms[t];
    if (term->member_of == FTBLAB_NONE)
      continue;
    for (size_t r = 0; r < row; r++)
      for (size_t u = 0; u < w->rows[r].term_count; u++)
        if (w->rows[r].terms[u].variable == term->variable)
          return false;
    return true;
  }
  return false;
}

/* Has a branch that does not take place a row for the throw E? */
static bool is_of_other_branch(const search *s, const entry *e)
{
  for (uint64_t rows = s->absent; rows != 0; rows &= rows - 1)
    if (ftblab_row_takes(&s->workflow->rows[__builtin_ctzll(rows)], e))
      return true;
  return false;
}

/* A catch by a role that may catch the event is that role's own business: it does not stand in for the row's. Nor does
 * a throw that another branch of the choice asks for: it is right, and what follows is of the wrong branch. */
static bool may_stand_in(const search *s, const entry *e)
{
  if (e->action == FTBLAB_THROW)
    return !is_of_other_branch(s, e);
  return ftblab_is_unregistered(s->checker, e) ||
         !ftblab_role_may_catch_in(s->checker, s->workflow, s->absent, e->event, e->role);
}

static row_fit fit_of(const search *s, size_t row, const entry *e)
{
  const ftblab_row *r = &s->workflow->rows[row];
  if (e->action != r->action || e->event != r->event)
    return FIT_NONE;
  if (is_foreign(s->branch, e))
    return e->role == r->component ? FIT_PAYLOAD : FIT_NONE;
  if (e->role != r->component)
    return may_stand_in(s, e) ? FIT_COMPONENT : FIT_NONE;
  if (introduces_member(s, row) && outside_set(s, r))
    return FIT_PAYLOAD;
  return ftblab_digest_carries(s->digest, r, e) ? FIT_EXACT : FIT_PAYLOAD;
}

static void add_option(search *s, size_t row, entry *e, kin *alike, row_fit fit)
{
  /* with more entries than places the first ones and the last are kept: a repeat in the middle cannot be better
   * placed than both */
  uint8_t *count = &s->option_count[row];
  if (*count == MAX_OPTIONS)
    (*count)--;
  s->options[row][(*count)++] = (option){e, alike, fit};
}

/* Can none of ALIKE, who are of another role than ROW, stand in for it? Only those that had not registered can, where
 * the others may catch the event. */
static bool none_stands_in(const search *s, const kin *alike)
{
  if (alike->action == FTBLAB_THROW ||
      !ftblab_role_may_catch_in(s->checker, s->workflow, s->absent, alike->event, alike->role))
    return false;
  for (uint32_t i = 0; i < alike->count; i++)
    if (ftblab_is_unregistered(s->checker, s->digest->entries[alike->first + i]))
      return false;
  return true;
}

/* Those of ALIKE that fit ROW as WANTED: the first ones, and the last. */
static void add_options(search *s, size_t row, kin *alike, row_fit wanted)
{
  if (wanted == FIT_COMPONENT && none_stands_in(s, alike))
    return;
  entry *const *at = s->digest->entries + alike->first;
  uint32_t last = alike->count;
  while (last > 0 && fit_of(s, row, at[last - 1]) != wanted)
    last--;
  for (uint32_t i = 0; i + 1 < last && s->option_count[row] + 1 < MAX_OPTIONS; i++)
    if (fit_of(s, row, at[i]) == wanted)
      add_option(s, row, at[i], alike, wanted);
  if (last > 0)
    add_option(s, row, at[last - 1], alike, wanted);
}

/* Those from FIRST on in the order of the trace, whoever they are of. */
static void sort_options(search *s, size_t row, uint8_t first)
{
  option *o = s->options[row];
  for (uint8_t i = (uint8_t)(first + 1); i < s->option_count[row]; i++)
    for (uint8_t k = i; k > first && o[k - 1].entry->index > o[k].entry->index; k--) {
      option swapped = o[k];
      o[k] = o[k - 1];
      o[k - 1] = swapped;
    }
}

static void find_options(search *s, size_t row)
{
  s->option_count[row] = 0;
  if (s->absent & (uint64_t)1 << row) {
    add_option(s, row, NULL, NULL, FIT_NONE);
    return;
  }
  row_fit wanted[] = {FIT_EXACT, FIT_PAYLOAD, FIT_COMPONENT};
  const ftblab_row *r = &s->workflow->rows[row];
  for (size_t w = 0; w < FTBLAB_COUNT(wanted); w++) {
    uint8_t first = s->option_count[row];
    for (uint32_t k = 0; k < s->digest->kin_count; k++) {
      kin *alike = &s->digest->kins[k];
      bool own = alike->role == r->component;
      if (alike->event == r->event && alike->action == r->action && own == (wanted[w] != FIT_COMPONENT))
        add_options(s, row, alike, wanted[w]);
    }
    sort_options(s, row, first);
    for (uint32_t i = 0; i < s->branch->foreign.count; i++)
      if (fit_of(s, row, s->branch->foreign.at[i]) == wanted[w])
        add_option(s, row, s->branch->foreign.at[i], NULL, wanted[w]);
    /* a row that has what it asks for needs no defect */
    if (wanted[w] == FIT_EXACT && s->option_count[row] > 0)
      return;
  }
  add_option(s, row, NULL, NULL, FIT_NONE);
}

/* ---- order ------------------------------------------------------------------------------------------ */

/* A smallest set of rows out of order: COST is its size, and `rows` the rows. A row with another defect cannot be
 * out of
 * order as well, so a pair of two such rows costs one more without curing it. Of two rows the wrong way round, the
 * one that came before a row it must follow is blamed first. */
typedef struct cover {
  uint64_t wrong[FTBLAB_MAX_ROWS]; /* for row r: rows that must follow r, but came before it */
  uint64_t exact;                  /* rows that may be blamed */
  uint64_t rows;                   /* that others came before wrongly */
  bool late_first;                 /* of two rows the wrong way round, blame rather the one that had to come first */
  int best;
  uint64_t best_set;
} cover;

/* So many pairs that are left have no row in common; each of them costs one at least. At most MOST are counted. */
static int count_apart(const cover *c, uint64_t set, int most)
{
  int count = 0;
  for (uint64_t rows = c->rows & ~set; rows != 0 && count < most; rows &= rows - 1) {
    size_t r = (size_t)__builtin_ctzll(rows);
    uint64_t early = c->wrong[r] & ~set;
    if (early == 0 || set >> r & 1)
      continue;
    set |= (early & (~early + 1)) | (uint64_t)1 << r;
    count++;
  }
  return count;
}

static void search_cover(cover *c, uint64_t set, int cost)
{
  if (cost >= c->best || cost + count_apart(c, set, c->best - cost) >= c->best)
    return;
  for (uint64_t rows = c->rows & ~set; rows != 0; rows &= rows - 1) {
    uint64_t late = rows & (~rows + 1), early = c->wrong[__builtin_ctzll(rows)] & ~set;
    if (early == 0)
      continue;
    uint64_t one = early & (~early + 1);
    uint64_t first = c->late_first ? late : one, second = c->late_first ? one : late;
    if (first & c->exact)
      search_cover(c, set | first, cost + 1);
    if (second & c->exact)
      search_cover(c, set | second, cost + 1);
    if (!((one | late) & c->exact))
      search_cover(c, set | one, cost + 1);
    return;
  }
  c->best = cost;
  c->best_set = set;
}

/* The pairs of rows that stand the wrong way round. False: there are none. */
static bool find_wrong(const search *s, cover *c)
{
  c->exact = c->rows = 0;
  for (size_t r = 0; r < s->workflow->row_count; r++)
    c->wrong[r] = 0;
  for (uint64_t filled = s->filled; filled != 0; filled &= filled - 1) {
    const size_t r = (size_t)__builtin_ctzll(filled);
    const uint64_t bit = (uint64_t)1 << r;
    uint64_t passed = s->passed[r];
    c->exact |= s->chosen[r].fit == FIT_EXACT ? bit : 0;
    for (uint64_t below = s->before[r] & s->filled & ~(bit - 1); below != 0; below &= below - 1)
      if (!ftblab_entry_precedes(s->checker, s->chosen[__builtin_ctzll(below)].entry, s->chosen[r].entry))
        passed |= below & (~below + 1);
    c->rows |= passed;
    for (; passed != 0; passed &= passed - 1)
      c->wrong[__builtin_ctzll(passed)] |= bit;
  }
  return c->rows != 0;
}

/* How many rows are out of order; as soon as it is clear that they are more than MOST, more. */
static int misordered(const search *s, cover *c, bool late_first, int most, uint64_t *rows)
{
  int all = (int)s->workflow->row_count;
  c->late_first = late_first;
  c->best = most < all ? most + 1 : all + 1;
  c->best_set = 0;
  search_cover(c, 0, 0);
  *rows = c->best_set;
  return c->best;
}

/* ---- entries that satisfy no row ----------------------------------------------------------------------- */

/* Does every catch of the event of ALIKE count as one of something thrown, whatever stands before it? */
static bool counts_as_thrown(const search *s, const kin *alike)
{
  if (!s->checker->throws_visible)
    return true;
  /* of a branch that does not take place nothing is blamed as missing */
  uint64_t throws = alike->throw_rows & ~s->absent, last = throws != 0 ? 63 - __builtin_clzll(throws) : 0;
  /* the throw is blamed, as missing or as out of order: its catches are not */
  bool is_blamed = throws != 0 && (!(s->filled >> last & 1) || s->misordered >> last & 1);
  if (is_blamed || (s->checker->header.start == FTBLAB_START_MID && s->chosen[0].entry == NULL))
    return true;
  for (uint32_t i = 0; i < s->branch->foreign.count; i++) {
    const entry *other = s->branch->foreign.at[i];
    if (other->action == FTBLAB_THROW && other->event == alike->event)
      return true;
  }
  return false;
}

static bool has_quantified(const search *s, const ftblab_row *row)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].kind != FTBLAB_TERM_WILD && s->branch->incident->group->quantified & 1u << row->terms[t].variable)
      return true;
  return false;
}

/* The set whose members ROW is asked of, as an entry carries it; NULL: none has named it. */
static const entry_key *set_asked(const search *s, const ftblab_row *row)
{
  value set = s->branch->bound.of[row->each];
  const entry_key *found = NULL;
  for (uint32_t i = 0; i < s->branch->entries.count; i++) {
    const entry *e = s->branch->entries.at[i];
    for (uint32_t k = 0; k < e->key_count && set != 0; k++)
      if (e->keys[k].whole == set && e->keys[k].items != NULL)
        found = &e->keys[k];
  }
  return found;
}

/* Does E name a member, and none of SET? */
static bool is_of_others(const entry *e, const entry_key *set)
{
  const entry_key *named = ftblab_entry_find(e, set->key);
  if (named == NULL || named->items == NULL)
    return false;
  for (uint32_t i = 0; i < set->item_count; i++)
    if (ftblab_entry_has(e, set->key, set->items[i]))
      return false;
  return true;
}

/* May the component catch what no row of the workflow asks it to? One that plays in other workflows too hears what it
 * registered for there. */
static bool may_hear(const search *s, kin *alike)
{
  if (alike->may_hear == UNKNOWN)
    alike->may_hear = ftblab_role_may_catch_in(s->checker, s->workflow, s->absent, alike->event, alike->role) ||
                      (!ftblab_role_is_displaced(s->checker, s->workflow, s->absent, alike->role) &&
                       ftblab_role_may_catch(s->checker, alike->event, alike->role));
  return alike->may_hear != 0;
}

/* Has a member done itself what E, of another role, did in its place? */
static bool did_itself(const search *s, const ftblab_row *row, const kin *own, const entry *e)
{
  for (uint32_t i = 0; own != NULL && i < own->count; i++)
    if (ftblab_same_member(s->branch->incident->group, row, s->digest->entries[own->first + i], e))
      return true;
  return false;
}

/* Members for whom another role did what is asked of them, which is blamed for it; at most WANTED are counted, and of
 * very many records the first are asked. */
static uint32_t count_stand_ins(search *s, const ftblab_row *row, const kin *own, const entry_key *set, uint32_t wanted)
{
  uint32_t there = 0, asked = 0;
  for (uint32_t k = 0; k < s->digest->kin_count; k++) {
    kin *alike = &s->digest->kins[k];
    if (alike->event != row->event || alike->action != row->action || alike->role == row->component ||
        (alike->action == FTBLAB_CATCH && may_hear(s, alike)))
      continue;
    for (uint32_t i = 0; i < alike->count && there < wanted && asked < MOST_STAND_INS; i++, asked++) {
      const entry *e = s->digest->entries[alike->first + i];
      there += may_stand_in(s, e) && ftblab_digest_is_first(s->digest, row, e) && !did_itself(s, row, own, e) &&
               (set == NULL || !is_of_others(e, set));
    }
  }
  return there;
}

/* How many instances have yet to do what is asked of each of them. */
static int count_lacking(search *s, const ftblab_row *row)
{
  const entry_key *set = set_asked(s, row);
  const kin *own = ftblab_digest_kin(s->digest, row->component, row->action, row->event);
  uint32_t wanted = set != NULL ? set->item_count : 1, there = 0;
  for (uint32_t i = 0; own != NULL && i < own->count && there < wanted; i++) {
    const entry *e = s->digest->entries[own->first + i];
    there += ftblab_digest_is_first(s->digest, row, e) && (set == NULL || !is_of_others(e, set));
  }
  return (int)(wanted - there - (there < wanted ? count_stand_ins(s, row, own, set, wanted - there) : 0));
}

static bool lacks_instances(search *s, size_t row)
{
  if (s->lacking[row] == UNKNOWN)
    s->lacking[row] = count_lacking(s, &s->workflow->rows[row]);
  return s->lacking[row] > 0;
}

/* What entries of ALIKE are that satisfy no row, in the reading that is chosen: what is the same for all of them. */
static void make_rule(const search *s, kin *alike)
{
  const uint64_t own = alike->own_rows & s->filled;
  alike->taken = alike->alike_rows & s->filled;
  alike->empty = alike->own_rows & ~s->filled;
  alike->filled = own != 0 ? (uint32_t)__builtin_ctzll(own) : UINT32_MAX;
  alike->of_members = own != 0 && (s->of_members >> alike->filled & 1) != 0;
  alike->counts_as_thrown = alike->action == FTBLAB_CATCH && counts_as_thrown(s, alike);
}

/* A catch that a row asks for, but with what nobody threw. */
static bool asks_with_other_values(const search *s, const kin *alike, const entry *e)
{
  for (uint64_t rows = alike->empty; rows != 0; rows &= rows - 1)
    if (fit_of(s, (size_t)__builtin_ctzll(rows), e) == FIT_PAYLOAD)
      return true;
  return false;
}

static extra_kind kind_of_extra(search *s, kin *alike, const entry *e)
{
  bool thrown = alike->counts_as_thrown;
  if (alike->filled != UINT32_MAX) {
    /* one of several members: the others may do the same, each once */
    if (alike->of_members && ftblab_digest_is_first(s->digest, &s->workflow->rows[alike->filled], e))
      return EXTRA_PERMITTED;
    const entry *other = s->chosen[alike->filled].entry;
    if (alike->of_members || (other->role == e->role && other->instance == e->instance))
      return EXTRA_DUPLICATE;
    if (e->action == FTBLAB_CATCH)
      return thrown || ftblab_digest_thrown_before(s->digest, e) ? EXTRA_PERMITTED : EXTRA_PAYLOAD;
    return EXTRA_UNEXPECTED;
  }
  if (e->action == FTBLAB_THROW)
    return ftblab_role_may_throw(s->checker, e->event, e->role) ? EXTRA_UNEXPECTED : EXTRA_COMPONENT;
  if (asks_with_other_values(s, alike, e))
    return EXTRA_PAYLOAD;
  if (!may_hear(s, alike))
    return EXTRA_COMPONENT;
  return thrown || ftblab_digest_thrown_before(s->digest, e) ? EXTRA_PERMITTED : EXTRA_PAYLOAD;
}

static bool is_chosen(const search *s, uint64_t rows, const entry *e)
{
  for (; rows != 0; rows &= rows - 1)
    if (s->chosen[__builtin_ctzll(rows)].entry == e)
      return true;
  return false;
}

static int add_extra(search *s, entry *e, extra_kind kind, uint32_t row, uint32_t *count)
{
  extra_lists *to = &s->digest->extras[0];
  to->entries[*count] = e;
  to->rows[*count] = row;
  to->kinds[(*count)++] = (uint8_t)kind;
  return kind != EXTRA_PERMITTED;
}

/* Into the scratch of the digest; what the best reading so far has is in the other half of it. It ends as soon as they
 * cost more than MOST. */
static int judge_extras(search *s, int most, uint32_t *count)
{
  int cost = 0;
  digest *d = s->digest;
  *count = 0;
  for (uint32_t k = 0; k < d->kin_count; k++)
    make_rule(s, &d->kins[k]);
  for (uint32_t i = 0; i < s->branch->entries.count && cost <= most; i++) {
    kin *alike = &d->kins[d->kin_of[i]];
    entry *e = s->branch->entries.at[i];
    if (!is_chosen(s, alike->taken, e))
      cost += add_extra(s, e, kind_of_extra(s, alike, e), alike->filled, count);
  }
  for (uint32_t i = 0; i < s->branch->foreign.count; i++)
    if (!is_chosen(s, UINT64_MAX >> (64 - s->workflow->row_count), s->branch->foreign.at[i]))
      cost += add_extra(s, s->branch->foreign.at[i], EXTRA_PAYLOAD, UINT32_MAX, count);
  return cost;
}

/* ---- what a command stands for ---------------------------------------------------------------------------- */

/* Was ROW's node the source of a command that came before all of the branch? Who commands a migration has predicted the
 * failure himself, says section 2.3 #1: nobody need throw the prediction. */
static bool is_commanded(search *s, size_t row)
{
  const ftblab_row *r = &s->workflow->rows[row];
  value node = ftblab_bound(&s->branch->bound, s->checker->variable.node);
  if (r->unless == FTBLAB_NONE || node == 0 || s->branch->entries.count == 0)
    return false;
  if (s->commanded[row] == UNKNOWN)
    s->commanded[row] = ftblab_was_commanded(s->checker, r->unless, node, s->branch->entries.at[0]);
  return s->commanded[row] != 0;
}

/* ---- what a job takes with it --------------------------------------------------------------------------------- */

static bool carries(const ftblab_row *row, int variable)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].variable == variable)
      return true;
  return false;
}

/* Had the instance's job ended when the phase of ROW began? MPI, its application and mpirun are gone then, and there is
 * nobody to tell. If somebody spoke of the job in that phase all the same, all of it is asked for. */
static bool is_gone_with_job(const search *s, size_t row)
{
  const ftblab_workflow *w = s->workflow;
  value job = ftblab_bound(&s->branch->bound, s->checker->variable.job);
  if (job == 0 || !(w->gone_with_job & (uint64_t)1 << row))
    return false;
  uint32_t begun = UINT32_MAX;
  for (size_t r = 0; r < w->row_count; r++) {
    const entry *e = s->chosen[r].entry;
    if (w->rows[r].phase != w->rows[row].phase || e == NULL)
      continue;
    if (carries(&w->rows[r], s->checker->variable.job))
      return false;
    begun = e->index < begun ? e->index : begun;
  }
  return begun != UINT32_MAX && ftblab_facts_job_ended(s->checker, job, begun);
}

/* ---- rows without an entry -------------------------------------------------------------------------------- */

static row_status status_of_empty(search *s, size_t row, uint32_t phases)
{
  const ftblab_workflow *w = s->workflow;
  if (s->unseen & (uint64_t)1 << row)
    return ROW_NOT_OBSERVED;
  if (s->absent & (uint64_t)1 << row || w->rows[row].optional || is_commanded(s, row) || is_gone_with_job(s, row))
    return ROW_NOT_BEGUN;
  if (!(phases & 1u << w->rows[row].phase))
    return ROW_NOT_BEGUN;
  bool passed = (s->filled & s->after[row]) != 0;
  /* recording began in the middle: what need not follow anything that was seen may have come before the recording */
  if ((passed || s->checker->complete) && s->checker->header.start == FTBLAB_START_MID &&
      (s->before[row] & s->filled) == 0)
    return ROW_NOT_OBSERVED;
  return passed || s->checker->complete ? ROW_MISSING : ROW_PENDING;
}

/* Is A to be preferred to B if it costs as much? */
static bool wins_tie(const alignment *a, const alignment *b)
{
  if ((a->pending == 0) != (b->pending == 0))
    return a->pending == 0;
  return a->satisfied > b->satisfied;
}

/* Is A, at COST, better than B? */
static bool is_better(const alignment *a, int cost, const alignment *b)
{
  return cost != b->cost ? cost < b->cost : wins_tie(a, b);
}

/* What the reading A may still cost beyond what it does: one that is no better than the best so far is not kept. */
static int room_for(const search *s, const alignment *a)
{
  return s->best->workflow != NULL ? s->best->cost - a->cost - !wins_tie(a, s->best) : INT_MAX / 2;
}

/* Is each entry of ALIKE that satisfies no row a violation, in the reading that is chosen? As kind_of_extra has it. */
static bool costs_each(const search *s, kin *alike)
{
  const uint64_t own = alike->own_rows & s->filled;
  if (own == 0)
    return alike->action == FTBLAB_THROW || !may_hear(s, alike);
  const int row = __builtin_ctzll(own);
  if (s->of_members >> row & 1)
    return false;
  const entry *other = s->chosen[row].entry;
  return alike->action == FTBLAB_THROW ||
         (!alike->several && other->role == alike->role && other->instance == alike->instance);
}

/* What satisfies no row costs so much at least, in the reading that is chosen. */
static int least_extras(const search *s)
{
  digest *d = s->digest;
  int least = 0;
  for (uint32_t k = 0; k < d->kin_count; k++)
    d->kins[k].chosen = 0;
  for (uint64_t rows = s->filled; rows != 0; rows &= rows - 1) {
    kin *alike = s->chosen[__builtin_ctzll(rows)].kin;
    if (alike != NULL)
      alike->chosen++;
  }
  for (uint32_t k = 0; k < d->kin_count; k++) {
    kin *alike = &d->kins[k];
    least += alike->chosen < alike->count && costs_each(s, alike) ? (int)(alike->count - alike->chosen) : 0;
  }
  return least;
}

/* The reading A with the rows MISORDERED blamed for the order, and what satisfies no row: keep it if it is the best. */
static void judge_order(search *s, const alignment *a, uint64_t misordered)
{
  uint32_t extras;
  s->misordered = misordered;
  int cost = a->cost + judge_extras(s, room_for(s, a), &extras);
  if (a->satisfied == 0) /* no row at all: this is not the workflow, whatever may be permitted */
    cost += (int)s->branch->entries.count;
  alignment *best = s->best;
  if (best->workflow != NULL && !is_better(a, cost, best))
    return;
  /* keep the extras of the best reading: the next one writes over the others */
  extra_lists kept = s->digest->extras[0];
  s->digest->extras[0] = s->digest->extras[1];
  s->digest->extras[1] = kept;
  *best = *a;
  best->cost = cost;
  best->misordered = misordered;
  best->extra_count = extras;
  for (size_t r = 0; r < s->workflow->row_count; r++) {
    best->entries[r] = s->chosen[r].entry;
    best->fit[r] = (uint8_t)s->chosen[r].fit;
    if (misordered & (uint64_t)1 << r)
      best->status[r] = ROW_MISORDERED;
  }
}

/* What the rows are in the reading that is chosen, and what they cost, but for the order. */
static void judge_rows(search *s, alignment *a)
{
  const ftblab_workflow *w = s->workflow;
  a->phases = 1;
  a->cost = a->pending = 0;
  a->satisfied = __builtin_popcountll(s->filled);
  for (uint64_t rows = s->filled; rows != 0; rows &= rows - 1) {
    size_t r = (size_t)__builtin_ctzll(rows);
    a->phases |= 1u << w->rows[r].phase;
    a->cost += s->chosen[r].fit != FIT_EXACT;
  }
  for (size_t r = 0; r < w->row_count; r++) {
    a->status[r] = ROW_OK;
    bool some_lack = s->chosen[r].entry != NULL && w->rows[r].each != FTBLAB_NONE && lacks_instances(s, r);
    if (s->chosen[r].entry == NULL || some_lack) {
      row_status status = status_of_empty(s, r, a->phases);
      bool enough = some_lack && status == ROW_NOT_BEGUN; /* optional: some are enough */
      a->status[r] = (uint8_t)(enough ? ROW_OK : status);
      a->cost += status == ROW_MISSING;
      a->pending += status == ROW_PENDING;
    }
  }
}

static void judge_reading(search *s)
{
  alignment *a = &s->reading;
  judge_rows(s, a);
  const int extras = least_extras(s);
  if (room_for(s, a) < extras)
    return;
  cover c;
  uint64_t first = 0, other;
  if (find_wrong(s, &c))
    a->cost += misordered(s, &c, false, room_for(s, a) - extras, &first);
  if (room_for(s, a) < extras)
    return;
  judge_order(s, a, first);
  int as_many = __builtin_popcountll(first);
  if (as_many > 0 && misordered(s, &c, true, as_many, &other) == as_many && other != first)
    judge_order(s, a, other); /* as many rows; but who catches what is thrown too late is not blamed as well */
}

static bool is_taken(const search *s, size_t row, const entry *e)
{
  for (size_t r = 0; r < row; r++)
    if (s->chosen[r].entry == e)
      return true;
  return false;
}

/* The rows above ROW that must come before it and have an entry. */
static uint64_t rows_ahead(const search *s, size_t row)
{
  return s->before[row] & s->filled & (((uint64_t)1 << row) - 1);
}

/* Does the entry of the first of ROWS precede E? */
static bool precedes(const search *s, uint64_t rows, const entry *e)
{
  return ftblab_entry_precedes(s->checker, s->chosen[__builtin_ctzll(rows)].entry, e);
}

/* Those of them whose entries do not precede E. */
static uint64_t rows_passed(const search *s, size_t row, const entry *e)
{
  uint64_t passed = 0;
  for (uint64_t rows = rows_ahead(s, row); rows != 0; rows &= rows - 1)
    if (!precedes(s, rows, e))
      passed |= rows & (~rows + 1);
  return passed;
}

/* Does E come after what was chosen for the rows that must stand before ROW? */
static bool in_order(const search *s, size_t row, const entry *e)
{
  for (uint64_t rows = rows_ahead(s, row); rows != 0; rows &= rows - 1)
    if (!precedes(s, rows, e))
      return false;
  return true;
}

static void give(search *s, size_t row, option o)
{
  const uint64_t bit = (uint64_t)1 << row;
  s->chosen[row] = o;
  s->filled &= ~bit;
  if (o.entry == NULL)
    return;
  s->passed[row] = rows_passed(s, row, o.entry);
  s->filled |= bit;
}

/* Of several entries that fit a row, the earliest that is in order leaves the rows behind it the most room: the others
 * need not be tried, unless something is out of order after all (a trigger behind all its rows), which they may cure.
 * Rows that must come before it stand above it in the table, and are chosen already. */
static option *best_option(search *s, size_t row)
{
  if (s->is_thorough)
    return NULL;
  for (uint8_t i = 0; i < s->option_count[row]; i++) {
    option *o = &s->options[row][i];
    if (o->fit == FIT_EXACT && !is_taken(s, row, o->entry) && in_order(s, row, o->entry))
      return o;
  }
  return NULL;
}

/* Does another option of ROW do as well: one with the same defect, of the same component, earlier and in order too?
 * What is left of the two is judged alike. */
static bool is_dominated(const search *s, size_t row, uint8_t i)
{
  const option *one = &s->options[row][i];
  if (s->is_thorough || one->entry == NULL)
    return false;
  for (uint8_t k = 0; k < i; k++) {
    const option *other = &s->options[row][k];
    if (other->fit == one->fit && other->entry->role == one->entry->role &&
        other->entry->instance == one->entry->instance && !is_taken(s, row, other->entry) &&
        !is_foreign(s->branch, other->entry) && in_order(s, row, other->entry))
      return true;
  }
  return false;
}

/* Readings to be tried: so few of a long branch that the search takes no longer for each entry than for a short one. */
static uint32_t most_leaves(const search *s)
{
  uint32_t count = s->branch->entries.count + s->branch->foreign.count;
  if (count <= WHOLE_SEARCH)
    return MAX_LEAVES;
  uint32_t leaves = MAX_LEAVES * WHOLE_SEARCH / count;
  return leaves > LEAST_LEAVES ? leaves : LEAST_LEAVES;
}

/* COST: of the rows chosen so far. What they cost every reading that goes on from here costs too. */
static void choose(search *s, size_t row, int cost)
{
  int limit = s->best->workflow != NULL && s->best->cost < s->limit ? s->best->cost : s->limit;
  if (s->leaves >= most_leaves(s) || cost + s->loose > limit)
    return;
  if (row == s->workflow->row_count) {
    s->leaves++;
    judge_reading(s);
    return;
  }
  option *best = best_option(s, row);
  if (best != NULL) {
    give(s, row, *best);
    choose(s, row + 1, cost);
    return;
  }
  bool tried = false;
  for (uint8_t i = 0; i < s->option_count[row]; i++) {
    option o = s->options[row][i];
    if (o.entry != NULL && (is_taken(s, row, o.entry) || is_dominated(s, row, i)))
      continue;
    tried = true;
    give(s, row, o);
    choose(s, row + 1, cost + (o.entry != NULL && o.fit != FIT_EXACT));
  }
  if (!tried) {
    give(s, row, (option){NULL, NULL, FIT_NONE});
    choose(s, row + 1, cost);
  }
}

bool ftblab_alignment_has(const alignment *a, const entry *e)
{
  for (size_t r = 0; r < a->workflow->row_count; r++)
    if (a->entries[r] == e)
      return true;
  return false;
}

bool ftblab_alignment_better(const alignment *a, const alignment *b)
{
  return is_better(a, a->cost, b);
}

/* Rows of a choice other than the branch that PICK has for it. */
static uint64_t rows_not_picked(const ftblab_workflow *w, const int *pick)
{
  uint64_t rows = 0;
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].choice != 0 && w->rows[r].branch != pick[w->rows[r].choice])
      rows |= (uint64_t)1 << r;
  return rows;
}

static bool is_option(const search *s, const entry *e)
{
  for (size_t r = 0; r < s->workflow->row_count; r++)
    for (uint8_t i = 0; i < s->option_count[r]; i++)
      if (s->options[r][i].entry == e)
        return true;
  return false;
}

/* Where a row has members or more options than are kept, a throw may be another's: then nothing is sure. */
static int count_loose(const search *s)
{
  int loose = 0;
  for (size_t r = 0; r < s->workflow->row_count; r++)
    if (s->option_count[r] == MAX_OPTIONS || s->workflow->rows[r].each != FTBLAB_NONE ||
        has_quantified(s, &s->workflow->rows[r]))
      return 0;
  for (uint32_t i = 0; i < s->branch->entries.count; i++) {
    const entry *e = s->branch->entries.at[i];
    loose += e->action == FTBLAB_THROW && !is_option(s, e);
  }
  return loose;
}

/* Try each branch of choice CHOICE, with those of the choices behind it. */
static void try_branches(search *s, int choice, int *pick)
{
  const ftblab_workflow *w = s->workflow;
  int branches = 0, choices = 0;
  for (size_t r = 0; r < w->row_count; r++) {
    if (w->rows[r].choice == choice && w->rows[r].branch > branches)
      branches = w->rows[r].branch;
    if (w->rows[r].choice > choices)
      choices = w->rows[r].choice;
  }
  if (choice > choices || choice >= MAX_CHOICES) {
    s->absent = rows_not_picked(w, pick);
    for (uint32_t k = 0; k < s->digest->kin_count; k++)
      s->digest->kins[k].may_hear = UNKNOWN;
    for (size_t r = 0; r < w->row_count; r++) {
      s->lacking[r] = UNKNOWN;
      find_options(s, r);
    }
    s->loose = count_loose(s);
    s->is_thorough = false;
    choose(s, 0, 0);
    if (s->best->workflow != NULL && s->best->misordered != 0) {
      s->is_thorough = true;
      choose(s, 0, 0);
    }
    return;
  }
  for (pick[choice] = 1; pick[choice] <= branches; pick[choice]++)
    try_branches(s, choice + 1, pick);
}

/* The extras of the best reading, out of the scratch. */
static bool keep_extras(ftblab_exact *checker, const digest *d, alignment *a)
{
  const extra_lists *from = &d->extras[1];
  if (a->workflow == NULL || a->extra_count == 0)
    return true;
  a->extras = ftblab_arena_take(&checker->memory, a->extra_count * sizeof *a->extras);
  a->extra_kinds = ftblab_arena_take(&checker->memory, a->extra_count);
  a->extra_rows = ftblab_arena_take(&checker->memory, a->extra_count * sizeof *a->extra_rows);
  if (a->extras == NULL || a->extra_kinds == NULL || a->extra_rows == NULL)
    return false;
  memcpy(a->extras, from->entries, a->extra_count * sizeof *a->extras);
  memcpy(a->extra_kinds, from->kinds, a->extra_count);
  memcpy(a->extra_rows, from->rows, a->extra_count * sizeof *a->extra_rows);
  return true;
}

/* What does not depend on a reading. */
static void prepare_rows(search *s)
{
  const ftblab_workflow *w = s->workflow;
  for (size_t r = 0; r < w->row_count; r++) {
    const uint64_t bit = (uint64_t)1 << r;
    s->after[r] = 0;
    if (w->rows[r].each != FTBLAB_NONE || has_quantified(s, &w->rows[r]))
      s->of_members |= bit;
    for (uint32_t k = 0; k < s->digest->kin_count; k++) {
      kin *alike = &s->digest->kins[k];
      bool of_event = w->rows[r].event == alike->event, is_alike = of_event && w->rows[r].action == alike->action;
      alike->alike_rows |= is_alike ? bit : 0;
      alike->own_rows |= is_alike && w->rows[r].component == alike->role ? bit : 0;
      alike->throw_rows |= of_event && w->rows[r].action == FTBLAB_THROW ? bit : 0;
    }
  }
  for (size_t r = 0; r < w->row_count; r++)
    for (uint64_t rows = s->before[r]; rows != 0; rows &= rows - 1)
      s->after[__builtin_ctzll(rows)] |= (uint64_t)1 << r;
}

bool ftblab_align(ftblab_exact *checker, const ftblab_workflow *w, digest *d, int limit, alignment *result)
{
  search space, *s = &space; /* large: what is not set here is before it is asked for */
  s->checker = checker;
  s->workflow = w;
  s->digest = d;
  s->branch = d->branch;
  s->best = result;
  s->limit = limit;
  s->unseen = s->absent = s->of_members = s->filled = 0;
  s->leaves = 0;
  *result = (alignment){0};
  s->reading = (alignment){.workflow = w};
  s->before = checker->strict_order ? w->strict_before : w->before;
  for (uint32_t k = 0; k < d->kin_count; k++)
    d->kins[k].own_rows = d->kins[k].alike_rows = d->kins[k].throw_rows = 0;
  prepare_rows(s);
  for (size_t r = 0; r < w->row_count; r++) {
    s->commanded[r] = UNKNOWN;
    if (!ftblab_row_is_visible(checker, &w->rows[r]))
      s->unseen |= (uint64_t)1 << r;
  }
  int pick[MAX_CHOICES + 1] = {0};
  try_branches(s, 1, pick);
  return !d->no_memory && keep_extras(checker, d, result);
}
