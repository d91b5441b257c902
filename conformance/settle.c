/* settle.c - at the end of the trace: the reading with the fewest violations.
 *
 * Each branch is read as the workflow of its group that costs least. Then readings across branches are tried, each
 * taken only if it makes fewer violations in all, or as many with fewer loose ends:
 *   - an incident whose trigger comes again is two incidents, the first of which was left unfinished; or that is over,
 *     and goes on with something else that came already
 *   - an entry that stands alone, with values that nobody else has, is another incident's with a wrong payload
 *   - one incident is the rest of another (Suspend Job carries no node; a failed interface may be the answer to a
 * check)
 *   - two answers to one prediction are two instances that share what came before
 *   - an incident without its trigger is no incident, but records that nothing allows */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "match.h"

#define MAX_SPLITS 16 /* places tried in a row where an incident may be two, before it is taken for one */
#define NO_PART (INT_MAX / 2)
#define SPLIT_WINDOW 64 /* entries of a longer incident that tell whether it is two; chosen */

/* ---- one branch ------------------------------------------------------------------------------------ */

/* Is W of the world with an RM/JS, and the trace of that with mpirun in its place, or the other way round? */
static bool is_of_other_world(const ftblab_exact *checker, const ftblab_workflow *w)
{
  for (size_t r = 0; r < w->row_count; r++) {
    int role = w->rows[r].component, other = ftblab_role_counterpart(checker, role);
    bool manages = role == checker->manager || other == checker->manager; /* others that play a role stand beside it */
    if (manages && w->rows[r].choice == 0 && other != FTBLAB_NONE && !(checker->seen & (uint64_t)1 << role) &&
        checker->seen & (uint64_t)1 << other)
      return true;
  }
  return false;
}

/* Has W a row for every event that is thrown in the branch of D? */
static bool explains_throws(const digest *d, const ftblab_workflow *w)
{
  for (uint32_t k = 0; k < d->kin_count; k++) {
    bool found = d->kins[k].action != FTBLAB_THROW;
    for (size_t r = 0; r < w->row_count && !found; r++)
      found = w->rows[r].action == FTBLAB_THROW && w->rows[r].event == d->kins[k].event;
    if (!found)
      return false;
  }
  return true;
}

/* A node without a job fails where mpirun plays the RM/JS: "Section B.1.1 has no corresponding section here since MPI
 * is not involved", says Appendix B. So it is no workflow's, unless what was thrown is all of a workflow that asks
 * neither for a job nor for none (S2.1-alive). */
static uint32_t excluded_without_section(const ftblab_exact *checker, const digest *d)
{
  const group *g = d->branch->incident->group;
  uint32_t excluded = 0, unfit = 0;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    if (w->needs_no_job && is_of_other_world(checker, w))
      excluded |= 1u << c;
    if (!explains_throws(d, w))
      unfit |= 1u << c;
  }
  return excluded == 0 ? 0 : excluded | unfit;
}

/* Had the job that was on NODE ended when what is behind the trigger was thrown, and had others been told that it lost
 * another node? So when two nodes of a job die together: who confirms the second death finds no job there any more. */
static bool job_was_told(const ftblab_exact *checker, const branch *b, value node)
{
  const group *g = b->incident->group;
  const entry *trigger = b->incident->opened_by, *next = NULL;
  for (uint32_t i = 0; i < b->entries.count && next == NULL; i++) {
    const entry *e = b->entries.at[i];
    if (e->action == FTBLAB_THROW && e->event != trigger->event)
      next = e;
  }
  for (int c = 0; c < g->workflow_count && next != NULL; c++) {
    int tells = ftblab_group_workflow(checker, g, c)->tells_of_job;
    if (tells != FTBLAB_NONE && ftblab_facts_ended_told(checker, node, tells, trigger->index, next->index))
      return true;
  }
  return false;
}

/* Candidates that facts rule out: B.1.1 needs that no job ran on the node, B.5.1 that one did. Where the trace has no
 * such facts, or speaks of a job that they do not know, nothing is ruled out. */
static uint32_t excluded_by_facts(const ftblab_exact *checker, const digest *d)
{
  const branch *b = d->branch;
  const group *g = b->incident->group;
  value node = ftblab_bound(&b->bound, checker->variable.node);
  if (node == 0 || checker->jobs.count == 0)
    return 0;
  bool has_job = ftblab_facts_job_on(checker, node, b->incident->opened_by->index);
  bool some_job = ftblab_facts_some_job(checker, b->incident->opened_by->index);
  bool names_job = ftblab_bound(&b->bound, checker->variable.job) != 0;
  bool told = has_job && !names_job && job_was_told(checker, b, node);
  uint32_t excluded = 0;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    if (w->needs_any_job ? !some_job : has_job ? w->needs_no_job && !told : w->needs_job && !names_job)
      excluded |= 1u << c;
  }
  return has_job || names_job ? excluded : excluded | excluded_without_section(checker, d);
}

/* Candidates that are asked only of jobs that promised something, where facts say that none on the node has. */
static uint32_t excluded_by_promise(const ftblab_exact *checker, const branch *b)
{
  const group *g = b->incident->group;
  value node = ftblab_bound(&b->bound, checker->variable.node);
  uint32_t excluded = 0;
  if (node == 0 || checker->jobs.count == 0 || ftblab_bound(&b->bound, checker->variable.job) != 0)
    return 0;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    if (w->promise != FTBLAB_NONE && !ftblab_facts_promise_on(checker, node, w->promise, b->incident->opened_by->index))
      excluded |= 1u << c;
  }
  return excluded;
}

/* Candidates of the other world, where there are some of this one: what the RM/JS failed to do is not asked of an
 * mpirun that the trace does not know. */
static uint32_t excluded_by_world(const ftblab_exact *checker, const branch *b)
{
  const group *g = b->incident->group;
  uint32_t other = 0;
  bool any = false;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    if (is_of_other_world(checker, w))
      other |= 1u << c;
    else
      any = any || w->needs_job || w->needs_no_job;
  }
  return any ? other : 0;
}

/* Do facts say that the job of B went on behind the first record that names it? A job that was put back into the queue
 * and started anew did not. Asked only where a recorder saw
 * some components alone: else records of MPI tell whether the job goes on. */
static bool job_goes_on(const ftblab_exact *checker, const branch *b)
{
  value job = ftblab_bound(&b->bound, checker->variable.job);
  int key = ftblab_spec_key(checker->spec, "jobs", 4);
  for (uint32_t i = 0; i < b->entries.count && job != 0 && checker->header.seen_count > 0; i++) {
    const entry *e = b->entries.at[i];
    if (ftblab_entry_has(e, key, job))
      return ftblab_facts_job_runs_on(checker, job, e->index);
  }
  return false;
}

/* Is reading A of B to be preferred to the best one so far? Of two that are as good, the one of the world that the
 * trace is of; then the one in which the job lives on, if it does. */
static bool is_preferred(const ftblab_exact *checker, const branch *b, const alignment *a, const alignment *best)
{
  if (best->workflow == NULL || ftblab_alignment_better(a, best))
    return true;
  bool lives_on = a->workflow->gone_with_job != 0 && best->workflow->gone_with_job == 0;
  if (lives_on && !ftblab_alignment_better(best, a) &&
      is_of_other_world(checker, a->workflow) == is_of_other_world(checker, best->workflow) && job_goes_on(checker, b))
    return true;
  return !ftblab_alignment_better(best, a) && is_of_other_world(checker, best->workflow) &&
         !is_of_other_world(checker, a->workflow);
}

/* How many rows of W have an entry that is theirs. */
static int count_rows_taken(const digest *d, const ftblab_workflow *w)
{
  int count = 0;
  for (size_t r = 0; r < w->row_count; r++)
    count += ftblab_digest_kin(d, w->rows[r].component, w->rows[r].action, w->rows[r].event) != NULL;
  return count;
}

/* The one of CANDIDATES that promises most: a good reading found early makes the search for others short. */
static int most_promising(const ftblab_exact *checker, const digest *d, uint32_t candidates)
{
  const group *g = d->branch->incident->group;
  int best = FTBLAB_NONE, most = -1;
  for (int c = 0; c < g->workflow_count; c++) {
    int taken = candidates & 1u << c ? count_rows_taken(d, ftblab_group_workflow(checker, g, c)) : -1;
    if (taken > most) {
      best = c;
      most = taken;
    }
  }
  return best;
}

static bool try_candidates(ftblab_exact *checker, settled *s, digest *d, uint32_t candidates)
{
  const group *g = s->branch->incident->group;
  uint32_t flawless = 0;
  int best = FTBLAB_NONE;
  while (candidates != 0) {
    alignment a;
    int c = most_promising(checker, d, candidates);
    candidates &= ~(1u << c);
    int limit = s->best.workflow == NULL ? INT_MAX : s->best.cost;
    arena_mark mark = ftblab_arena_mark(&checker->memory);
    if (!ftblab_align(checker, ftblab_group_workflow(checker, g, c), d, limit, &a))
      return false;
    if (a.workflow == NULL)
      continue;
    if (a.cost == 0)
      flawless |= 1u << c;
    /* of two that are as good, the first in the order of the documents */
    bool is_earlier = best != FTBLAB_NONE && c < best && !is_preferred(checker, s->branch, &s->best, &a);
    if (is_earlier || is_preferred(checker, s->branch, &a, &s->best)) {
      s->best = a;
      best = c;
    } else {
      ftblab_arena_release(&checker->memory, mark);
    }
  }
  if (s->best.cost == 0 && best != FTBLAB_NONE)
    s->also = flawless & ~(1u << best);
  return true;
}

/* Candidates still alive fit without a flaw, unless the trace is known to be complete: only if none does, the
 * others are tried. */
bool ftblab_settle_branch(ftblab_exact *checker, branch *b)
{
  settled *s = ftblab_arena_take(&checker->memory, sizeof *s);
  digest *d = ftblab_digest_make(checker, b);
  if (s == NULL || d == NULL)
    return false;
  s->branch = b;
  b->settled = s;
  uint32_t excluded = excluded_by_facts(checker, d) | excluded_by_promise(checker, b);
  uint32_t count = (uint32_t)b->incident->group->workflow_count;
  uint32_t other_world = excluded_by_world(checker, b);
  uint32_t allowed = (count == 32 ? UINT32_MAX : ((uint32_t)1 << count) - 1) & ~excluded;
  if ((allowed & ~other_world) != 0)
    allowed &= ~other_world;
  if (allowed == 0) { /* it is none of the chosen workflows: read it somehow, report nothing */
    s->excused = true;
    return try_candidates(checker, s, d, excluded);
  }
  bool pure = b->foreign.count == 0;
  if (pure && (b->alive & allowed) != 0 && !try_candidates(checker, s, d, b->alive & allowed))
    return false;
  if (s->best.workflow != NULL && s->best.cost == 0)
    return true;
  s->also = 0;
  return try_candidates(checker, s, d, allowed & ~(pure ? b->alive : 0));
}

bool ftblab_settle_incident(ftblab_exact *checker, incident *in)
{
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (!ftblab_settle_branch(checker, in->branches.at[i]))
      return false;
  return true;
}

static settled *settled_of(const incident *in, uint32_t branch_number)
{
  return ((branch *)in->branches.at[branch_number])->settled;
}

int ftblab_incident_cost(const incident *in)
{
  int cost = 0;
  for (uint32_t i = 0; i < in->branches.count; i++)
    cost += settled_of(in, i)->best.cost;
  return cost;
}

bool ftblab_incident_is_unfinished(const incident *in)
{
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (settled_of(in, i)->best.pending > 0)
      return true;
  return false;
}

/* ---- a trigger that comes again ------------------------------------------------------------------------ */

void ftblab_incident_disown(incident *in)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    branch *b = in->branches.at[i];
    for (uint32_t k = 0; k < b->entries.count; k++)
      ((entry *)b->entries.at[k])->used--;
  }
  in->dropped = true;
}

/* Put the incidents PARTS in the place of IN. */
static void replace_incident(incident *in, const pointers *parts)
{
  group *g = in->group;
  incident *before = in->older;
  for (uint32_t i = 0; i < parts->count; i++) {
    incident *part = parts->at[i];
    part->number = in->number;
    part->older = before;
    *(before != NULL ? &before->newer : &g->oldest) = part;
    before = part;
  }
  before->newer = in->newer;
  *(in->newer != NULL ? &in->newer->older : &g->newest) = before;
}

/* Have all phases of IN begun, so that nothing of it is to come? */
static bool is_over(const incident *in)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const alignment *a = &settled_of(in, i)->best;
    if (a->pending > 0 || a->phases + 1 != 1u << a->workflow->phase_count)
      return false;
  }
  return true;
}

/* What is asked of a first part besides its cost: one that was left in the middle costs one more, and one that is not
 * over is no part. */
typedef enum part_kind { PART_ANY, PART_UNFINISHED, PART_OVER } part_kind;

/* What the COUNT entries at FROM cost, read as one incident; -1: no memory. */
static int cost_as_one(ftblab_exact *checker, const incident *in, entry *const *from, uint32_t count, part_kind what)
{
  arena_mark mark = ftblab_arena_mark(&checker->memory);
  incident *one = ftblab_incident_replay(checker, in->group, &in->key, from, count);
  if (one == NULL || !ftblab_settle_incident(checker, one))
    return -1;
  int cost = ftblab_incident_cost(one) + (what == PART_UNFINISHED && ftblab_incident_is_unfinished(one));
  if (what == PART_OVER && !is_over(one))
    cost = NO_PART;
  ftblab_incident_disown(one);
  ftblab_arena_release(&checker->memory, mark);
  return cost;
}

/* Has G a row for E in a first phase? */
static bool is_of_first_phase(const ftblab_exact *checker, const group *g, const entry *e)
{
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++)
      if (w->rows[r].phase == 0 && w->rows[r].component == e->role && w->rows[r].action == e->action &&
          w->rows[r].event == e->event)
        return true;
  }
  return false;
}

/* Has what FROM[I] is come before? */
static bool is_again(entry *const *from, uint32_t i)
{
  for (uint32_t k = 0; k < i; k++)
    if (from[k]->role == from[i]->role && from[k]->action == from[i]->action && from[k]->event == from[i]->event &&
        from[k]->instance == from[i]->instance)
      return true;
  return false;
}

/* Is the trigger all that some workflow of G asks for at first? */
static bool is_trigger_enough(const ftblab_exact *checker, const group *g)
{
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    bool enough = true;
    for (size_t r = 1; r < w->row_count && enough; r++)
      enough = w->rows[r].phase > 0 || w->rows[r].optional;
    if (enough)
      return true;
  }
  return false;
}

/* Where the COUNT entries of IN at FROM, which cost WHOLE, are two incidents rather than one: *AT, or 0. A first one
 * that was left in the middle counts as a violation: else every repeat would be a new beginning. Behind one that is
 * over a new one may begin without its trigger: an operator says that a node is dead which nobody suspected. What comes
 * again of a later phase alone is a repeat: a node returns but once. */
static bool find_split(ftblab_exact *checker, const incident *in, entry *const *from, uint32_t count, int whole,
                       uint32_t *at)
{
  int tries = 0;
  bool enough = is_trigger_enough(checker, in->group);
  *at = 0;
  for (uint32_t i = 1; i < count && whole > 0 && tries < MAX_SPLITS; i++) {
    /* of triggers in a row only the last can begin anything, unless one alone is an instance */
    bool is_trigger = ftblab_is_trigger(checker, in->group, from[i]);
    bool alone = is_trigger && (i + 1 == count || ftblab_is_trigger(checker, in->group, from[i + 1]));
    if (is_trigger ? alone && !enough : !is_again(from, i) || !is_of_first_phase(checker, in->group, from[i]))
      continue;
    tries++;
    int first = cost_as_one(checker, in, from, i, is_trigger ? PART_UNFINISHED : PART_OVER);
    part_kind rest = alone ? PART_UNFINISHED : PART_ANY;
    int second = first < 0 || first >= whole ? first : cost_as_one(checker, in, from + i, count - i, rest);
    if (second < 0)
      return false;
    if (first + second < whole) {
      *at = i;
      return true;
    }
  }
  return true;
}

static bool add_part(ftblab_exact *checker, const incident *in, entry *const *from, uint32_t count, pointers *parts)
{
  incident *part = ftblab_incident_replay(checker, in->group, &in->key, from, count);
  return part != NULL && ftblab_settle_incident(checker, part) && ftblab_pointers_add(&checker->memory, parts, part);
}

/* Read IN as several, from later triggers on, if that costs less. What stands behind SPLIT_WINDOW entries costs the
 * same whether they are one or two, so only they are read; else a trigger that comes again and again would take a time
 * that grows with the square of its repeats. */
static bool split(ftblab_exact *checker, incident *in)
{
  pointers parts = {0};
  entry *const *entries = (entry *const *)in->entries.at;
  uint32_t count = in->entries.count, from = 0, at = 1;
  int whole = ftblab_incident_cost(in);
  while (whole > 0 && at > 0) {
    uint32_t length = count - from > SPLIT_WINDOW ? SPLIT_WINDOW : count - from;
    if (from > 0 || length < count)
      whole = cost_as_one(checker, in, entries + from, length, PART_ANY);
    if (whole < 0 || !find_split(checker, in, entries + from, length, whole, &at) ||
        (at > 0 && !add_part(checker, in, entries + from, at, &parts)))
      return false;
    from += at;
  }
  if (from == 0)
    return true;
  if (!add_part(checker, in, entries + from, count - from, &parts))
    return false;
  ftblab_incident_disown(in);
  replace_incident(in, &parts);
  return true;
}

static bool split_all(ftblab_exact *checker)
{
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer)
      if (!split(checker, in))
        return false;
  return true;
}

/* ---- two answers to one prediction ------------------------------------------------------------------------ */

/* Does W have a row for E, with E's role? */
static bool has_row_for(const ftblab_workflow *w, const entry *e)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].component == e->role && w->rows[r].action == e->action && w->rows[r].event == e->event)
      return true;
  return false;
}

/* Violations with those counted once that only follow from one before them: what was never thrown is not caught. */
static int count_causes(const alignment *a)
{
  int causes = a->cost;
  for (size_t r = 0; r < a->workflow->row_count; r++)
    for (size_t p = 0; p < a->workflow->row_count; p++)
      if (a->status[r] == ROW_MISSING && a->status[p] == ROW_MISSING && a->workflow->before[r] & (uint64_t)1 << p) {
        causes--;
        break;
      }
  return causes + (a->pending > 0); /* one that was left in the middle, too */
}

/* Note in checker->events what is caught in B. */
static void note_caught(const ftblab_exact *checker, const branch *b)
{
  memset(checker->events, 0, (checker->spec->event_count / 64 + 1) * sizeof *checker->events);
  for (uint32_t i = 0; i < b->entries.count; i++) {
    const entry *e = b->entries.at[i];
    if (e->action == FTBLAB_CATCH)
      checker->events[e->event / 64] |= (uint64_t)1 << e->event % 64;
  }
}

static bool is_caught(const ftblab_exact *checker, const entry *thrown)
{
  return checker->events[thrown->event / 64] >> thrown->event % 64 & 1;
}

/* Does the reading WHOLE of a branch leave a throw unexpected that is OTHER's, and was it heard? */
static bool begins_other(const ftblab_exact *checker, const alignment *whole, const ftblab_workflow *other)
{
  for (uint32_t i = 0; i < whole->extra_count; i++) {
    const entry *e = whole->extras[i];
    bool own = e->used == 1; /* what another branch holds too is explained there */
    if (own && whole->extra_kinds[i] == EXTRA_UNEXPECTED && has_row_for(other, e) && !has_row_for(whole->workflow, e) &&
        is_caught(checker, e))
      return true;
  }
  return false;
}

/* Leave bound only what rows of W speak of. */
static void unbind_others(binding *bound, const ftblab_workflow *w)
{
  binding kept = {{0}};
  for (size_t r = 0; r < w->row_count; r++)
    for (size_t t = 0; t < w->rows[r].term_count; t++)
      if (w->rows[r].terms[t].variable != FTBLAB_NONE)
        kept.of[w->rows[r].terms[t].variable] = bound->of[w->rows[r].terms[t].variable];
  *bound = kept;
}

/* A branch outside its incident's list, with those of B's entries that W has a row for; or that OTHER has none for. */
static branch *part_of(ftblab_exact *checker, const branch *b, const ftblab_workflow *w, const ftblab_workflow *other)
{
  branch *part = ftblab_arena_take(&checker->memory, sizeof *part);
  if (part == NULL)
    return NULL;
  part->incident = b->incident;
  part->bound = b->bound;
  unbind_others(&part->bound, w);
  for (uint32_t i = 0; i < b->entries.count; i++) {
    entry *e = b->entries.at[i];
    if ((has_row_for(w, e) || (other != NULL && !has_row_for(other, e))) &&
        !ftblab_pointers_add(&checker->memory, &part->entries, e))
      return NULL;
  }
  return part;
}

static void keep_parts(branch *b, branch *first, branch *second)
{
  pointers whole = b->entries;
  for (uint32_t i = 0; i < whole.count; i++)
    ((entry *)whole.at[i])->used--;
  *b = *first;
  b->settled->branch = b;
  for (uint32_t i = 0; i < b->entries.count; i++)
    ((entry *)b->entries.at[i])->used++;
  for (uint32_t i = 0; i < second->entries.count; i++)
    ((entry *)second->entries.at[i])->used++;
}

/* A migration that failed, and then a suspension, for one prediction: two instances that share the rows before. */
static bool part_branch(ftblab_exact *checker, branch *b)
{
  const group *g = b->incident->group;
  const alignment *whole = &b->settled->best;
  if (whole->cost == 0 || b->settled->excused)
    return true;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *other = ftblab_group_workflow(checker, g, c);
    note_caught(checker, b);
    if (other == whole->workflow || !begins_other(checker, whole, other))
      continue;
    branch *first = part_of(checker, b, whole->workflow, other), *second = part_of(checker, b, other, NULL);
    if (first == NULL || second == NULL || !ftblab_settle_branch(checker, first) ||
        !ftblab_settle_branch(checker, second))
      return false;
    if (second->settled->best.workflow != other ||
        count_causes(&first->settled->best) + count_causes(&second->settled->best) > count_causes(whole))
      continue;
    keep_parts(b, first, second);
    return ftblab_pointers_add(&checker->memory, &b->incident->branches, second);
  }
  return true;
}

static bool part_all(ftblab_exact *checker)
{
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer)
      for (uint32_t i = 0, count = in->branches.count; i < count && !in->dropped; i++)
        if (!part_branch(checker, in->branches.at[i]))
          return false;
  return true;
}

/* ---- what it would cost to call the entries loose -------------------------------------------------------- */

int ftblab_branch_cost_as_strays(const ftblab_exact *checker, const branch *b)
{
  int cost = 0;
  bool any_thrown = !checker->throws_visible || checker->header.start == FTBLAB_START_MID;
  uint64_t *thrown = checker->events; /* bits: events thrown so far */
  memset(thrown, 0, (checker->spec->event_count / 64 + 1) * sizeof *thrown);
  for (uint32_t i = 0; i < b->entries.count; i++) {
    const entry *e = b->entries.at[i];
    uint64_t bit = (uint64_t)1 << e->event % 64;
    bool had = any_thrown || (thrown[e->event / 64] & bit) != 0;
    if (e->action == FTBLAB_THROW)
      thrown[e->event / 64] |= bit;
    if (e->used <= 1)
      cost += e->action == FTBLAB_THROW || !had || !ftblab_role_may_catch(checker, e->event, e->role);
  }
  return cost;
}

static bool has_its_trigger(const ftblab_exact *checker, const branch *b)
{
  for (uint32_t i = 0; i < b->entries.count; i++)
    if (ftblab_is_trigger(checker, b->incident->group, b->entries.at[i]))
      return true;
  return false;
}

int ftblab_branch_cost_alone(const ftblab_exact *checker, const branch *b)
{
  int as_instance = b->settled->best.cost;
  if (has_its_trigger(checker, b))
    return as_instance;
  int as_strays = ftblab_branch_cost_as_strays(checker, b);
  return as_strays < as_instance ? as_strays : as_instance;
}

/* Does E, which nobody has any more, repeat what IN has? */
static bool is_left_to(const ftblab_exact *checker, const incident *in, const entry *e)
{
  if (e->used > 0 || !ftblab_entry_agrees(checker, in->group, e, &in->key))
    return false;
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (ftblab_is_repeat(in->branches.at[i], e))
      return true;
  return false;
}

/* DROPPED is explained by KEPT, which began with the same entry. What came to the one alone, and repeats what the other
 * has, is a repeat in that one: it waited for it, and the other did not any more. */
static bool drop_rival(ftblab_exact *checker, incident *dropped, incident *kept)
{
  pointers entries = {0};
  ftblab_incident_disown(dropped);
  for (uint32_t i = 0; i < dropped->entries.count; i++)
    if (is_left_to(checker, kept, dropped->entries.at[i]) &&
        !ftblab_pointers_add(&checker->memory, &entries, dropped->entries.at[i]))
      return false;
  if (entries.count == 0)
    return true;
  for (uint32_t i = 0; i < kept->entries.count; i++)
    if (!ftblab_pointers_add(&checker->memory, &entries, kept->entries.at[i]))
      return false;
  qsort(entries.at, entries.count, sizeof *entries.at, ftblab_entry_by_index);
  ftblab_incident_disown(kept);
  incident *in = ftblab_incident_replay(checker, kept->group, &kept->key, (entry *const *)entries.at, entries.count);
  if (in == NULL || !ftblab_settle_incident(checker, in))
    return false;
  ftblab_incident_replace(kept, in);
  return true;
}

static bool drop_rivals(ftblab_exact *checker)
{
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer) {
      incident *rival = in->rival;
      while (rival != NULL && rival->successor != NULL)
        rival = rival->successor;
      if (rival == NULL || in->dropped || rival->dropped)
        continue;
      int mine = ftblab_incident_cost(in), theirs = ftblab_incident_cost(rival);
      bool is_mine = mine < theirs || (mine == theirs && in->entries.count > rival->entries.count);
      if (!drop_rival(checker, is_mine ? rival : in, is_mine ? in : rival))
        return false;
    }
  return true;
}

/* Is B there only for entries that satisfy none of its rows, beside a branch that has what they share? Nobody asked for
 * a catch of another interface: it is no second one that fails. */
static bool is_offshoot(const branch *b)
{
  for (uint32_t i = 0; i < b->entries.count; i++) {
    const entry *e = b->entries.at[i];
    if (e->used <= 1 && ftblab_alignment_has(&b->settled->best, e))
      return false;
  }
  return b->incident->branches.count > 1;
}

static void drop_loose(ftblab_exact *checker)
{
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer)
      for (uint32_t i = 0; i < in->branches.count && !in->dropped; i++) {
        branch *b = in->branches.at[i];
        bool fits_nothing = b->settled->best.satisfied == 0;
        bool is_dearer = (!has_its_trigger(checker, b) || is_offshoot(b)) &&
                         ftblab_branch_cost_as_strays(checker, b) < b->settled->best.cost;
        if (b->settled->gone || (!fits_nothing && !is_dearer && !b->settled->excused))
          continue;
        for (uint32_t k = 0; k < b->entries.count && b->settled->excused; k++)
          ((entry *)b->entries.at[k])->excused = true;
        b->settled->gone = true;
        for (uint32_t k = 0; k < b->entries.count; k++)
          ((entry *)b->entries.at[k])->used--;
      }
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static uint64_t first_line(const settled *s)
{
  return ((const entry *)s->branch->entries.at[0])->line;
}

static int by_first_line(const void *left, const void *right)
{
  const settled *a = *(settled *const *)left, *b = *(settled *const *)right;
  if (first_line(a) != first_line(b))
    return first_line(a) < first_line(b) ? -1 : 1;
  if (a->branch->incident->number != b->branch->incident->number)
    return a->branch->incident->number < b->branch->incident->number ? -1 : 1;
  const entry *last_a = a->branch->entries.at[a->branch->entries.count - 1];
  const entry *last_b = b->branch->entries.at[b->branch->entries.count - 1];
  if (last_a->line != last_b->line)
    return last_a->line < last_b->line ? -1 : 1;
  return memcmp(&a->branch->bound, &b->branch->bound, sizeof a->branch->bound);
}

static bool collect(ftblab_exact *checker, pointers *all)
{
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer)
      for (uint32_t i = 0; i < in->branches.count && !in->dropped; i++) {
        settled *s = settled_of(in, i);
        if (!s->gone && !ftblab_pointers_add(&checker->memory, all, s))
          return false;
      }
  if (all->count > 1)
    qsort(all->at, all->count, sizeof *all->at, by_first_line);
  return true;
}

/* Entries that ended up in no branch. */
static bool collect_strays(ftblab_exact *checker)
{
  checker->strays.count = 0;
  for (uint32_t i = 0; i < checker->entries.count; i++) {
    entry *e = checker->entries.at[i];
    if (e->used == 0 && !ftblab_pointers_add(&checker->memory, &checker->strays, e))
      return false;
  }
  return true;
}

bool ftblab_settle(ftblab_exact *checker, pointers *all)
{
  ftblab_facts_settle(checker);
  if (!ftblab_members_deal(checker))
    return false;
  for (int g = 0; g < checker->group_count; g++)
    for (incident *in = checker->groups[g].oldest; in != NULL; in = in->newer)
      if (!ftblab_settle_incident(checker, in))
        return false;
  if (!split_all(checker) || !ftblab_link_all(checker))
    return false;
  if (!drop_rivals(checker) || !part_all(checker) || !ftblab_adopt_all(checker))
    return false;
  drop_loose(checker);
  return collect_strays(checker) && collect(checker, all);
}
