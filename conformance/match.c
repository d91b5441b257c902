/* match.c - dealing the entries of a trace to incidents.
 *
 * An incident is one trigger of a group with one key (node x; interface p of node x). Its branches are the ways to
 * bind the variables that later rows introduce: job z1 and job z2 on node x are two branches that share the entries
 * that do not speak of a job. An entry goes where it fits best:
 *
 *   1  an open incident waits for it: a row that is not satisfied, with all rows that must come before it
 *   2  it is the trigger of a workflow, and nothing is open for its key
 *   3  an open incident has such a row, but what must come before it has not come
 *   4  an open incident speaks of the same values (a repeat, another role)
 *   5  an open incident has its key, but would need a branch of its own for it
 *   6  nothing fits: it opens an incident whose beginning is missing
 *
 * A payload with sets is dealt member by member. What is wrong is not decided here: settle.c reads each incident as
 * cheaply as it can once all its entries are there. */
#include <string.h>

#include "match.h"

typedef struct offer {
  group *group;
  binding alternative;
  enum tier tier;
  pointers targets; /* incidents at that tier */
} offer;
/* ---- offers ---------------------------------------------------------------------------------------------- */

static bool consider(ftblab_exact *checker, offer *o, incident *in, const entry *e, enum tier worst)
{
  if (ftblab_is_trigger(checker, o->group, e) && ftblab_incident_is_over(checker, in, e))
    return true;
  enum tier tier = ftblab_tier_of_incident(checker, in, &o->alternative, e);
  if (tier > o->tier || tier > worst)
    return true;
  if (tier < o->tier)
    o->targets.count = 0;
  o->tier = tier;
  return ftblab_pointers_add(&checker->memory, &o->targets, in);
}

/* Incidents that share a key variable with the alternative. */
static bool consider_by_key(ftblab_exact *checker, offer *o, const entry *e, bool *keyed)
{
  *keyed = false;
  for (int v = 0; v < MAX_VARIABLES; v++) {
    value wanted = o->alternative.of[v];
    if (!(o->group->key_variables & 1u << v) || wanted == 0)
      continue;
    *keyed = true;
    for (ftblab_index_node *node = ftblab_index_first(checker, o->group, v, wanted); node != NULL;
         node = ftblab_index_next(node))
      if (ftblab_bindings_agree(&node->incident->key, &o->alternative) &&
          !consider(checker, o, node->incident, e, TIER_FORK))
        return false;
    return true; /* one key variable finds them all */
  }
  return true;
}

static bool binds_it(const incident *in, const binding *alternative, bool wholly)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (wholly && !ftblab_bindings_agree(&b->bound, alternative))
      continue;
    for (int v = 0; v < MAX_VARIABLES; v++)
      if (alternative->of[v] != 0 && b->bound.of[v] == alternative->of[v])
        return true;
  }
  return false;
}

/* May E bring values of its own into IN: because a branch has none yet, or as another branch of a workflow that the
 * incident may still be? (A job that was migrated from a node is not suspended for it.) */
static bool may_introduce(const ftblab_exact *checker, const incident *in, const binding *alternative, const entry *e)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (ftblab_bindings_agree(&b->bound, alternative))
      return true;
    for (int c = 0; c < in->group->workflow_count; c++) {
      const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
      for (size_t r = 0; r < w->row_count && b->alive & 1u << c; r++)
        if (ftblab_row_takes(&w->rows[r], e))
          return true;
    }
  }
  return false;
}

/* Has no branch of IN yet what ALTERNATIVE binds, so that the incident would need another for it? */
static bool needs_branch(const incident *in, const binding *alternative)
{
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (ftblab_bindings_agree(&((const branch *)in->branches.at[i])->bound, alternative))
      return false;
  return true;
}

/* Has an incident of G values of ALTERNATIVE, and none that contradicts it? Then others that have some of them only by
 * chance (ranks 3-5 of another job) have nothing to do with it. */
static bool is_bound_wholly(const group *g, const binding *alternative)
{
  for (const incident *in = g->oldest; in != NULL; in = in->newer)
    if (!in->replaced && binds_it(in, alternative, true))
      return true;
  return false;
}

static bool is_unbound(const binding *b)
{
  for (int v = 0; v < MAX_VARIABLES; v++)
    if (b->of[v] != 0)
      return false;
  return true;
}

static bool has_repeat(const incident *in, const entry *e)
{
  for (uint32_t i = 0; i < in->branches.count; i++)
    if (ftblab_is_repeat(in->branches.at[i], e))
      return true;
  return false;
}

/* Has a workflow of G a row for E that must be there? */
static bool is_required(const ftblab_exact *checker, const group *g, const entry *e)
{
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++)
      if (!w->rows[r].optional && ftblab_row_takes(&w->rows[r], e))
        return true;
  }
  return false;
}

/* An entry that carries none of the key variables (Suspend Job (job z) after Predict Problem Node (node x)): to
 * the incident that has its values already; else to the one that the facts name; else to the oldest that waits, and
 * rather to one that has no job yet than to one that would have a second. One that carries no values at all (of one
 * rank of many) goes to the newest that has a row for it even if none waits: else a row that is missing before it would
 * be missing together with all of these. Where the row is optional, only to one that it repeats. */
static bool consider_by_facts(ftblab_exact *checker, offer *o, const entry *e)
{
  incident *named = NULL, *oldest = NULL, *second = NULL, *nearest = NULL, *repeated = NULL;
  enum tier nearest_tier = TIER_NOTHING;
  bool facts_known = false, wholly = is_bound_wholly(o->group, &o->alternative);
  value job = ftblab_bound(&o->alternative, checker->variable.job);
  for (incident *in = o->group->oldest; in != NULL; in = in->newer) {
    if (in->replaced)
      continue;
    if (binds_it(in, &o->alternative, wholly)) {
      if (!consider(checker, o, in, e, TIER_VALUES))
        return false;
      continue;
    }
    if (!may_introduce(checker, in, &o->alternative, e))
      continue;
    enum tier tier = ftblab_tier_of_incident(checker, in, &o->alternative, e);
    if (job != 0) {
      int has = ftblab_facts_job_has(checker, job, ftblab_bound(&in->key, checker->variable.node), e->index);
      facts_known = facts_known || has >= 0;
      if (has == 1 && tier <= TIER_EARLY && named == NULL)
        named = in;
    }
    if (tier == TIER_WAITS && oldest == NULL && !needs_branch(in, &o->alternative))
      oldest = in;
    if (tier == TIER_WAITS && second == NULL)
      second = in;
    if (has_repeat(in, e))
      repeated = in;
    if (tier <= TIER_VALUES && tier <= nearest_tier) {
      nearest = in;
      nearest_tier = tier;
    }
  }
  oldest = oldest != NULL ? oldest : second;
  if (oldest == NULL && is_unbound(&o->alternative))
    oldest = is_required(checker, o->group, e) ? nearest : repeated;
  if (o->targets.count > 0)
    return true;
  if (named != NULL) {
    o->tier = TIER_WAITS; /* the facts say so, whatever is missing before it */
    return ftblab_pointers_add(&checker->memory, &o->targets, named);
  }
  return facts_known || oldest == NULL || consider(checker, o, oldest, e, TIER_VALUES);
}

static bool make_offers(ftblab_exact *checker, entry *e, pointers *offers)
{
  binding *alternatives = checker->alternatives;
  for (int i = 0; i < checker->group_count; i++) {
    group *g = &checker->groups[i];
    if (g->by_event[e->event] == NULL)
      continue;
    size_t count = ftblab_bindings_of(checker, g, e, alternatives, MAX_ALTERNATIVES);
    for (size_t a = 0; a < count; a++) {
      /* values that are not there cannot be dealt; a row that asks for none goes to the incident that waits */
      if (is_unbound(&alternatives[a]) && ftblab_asks_for_values(g, g->by_event[e->event]))
        continue;
      ftblab_turn_pair(checker, g, e, &alternatives[a]);
      offer *o = ftblab_arena_take(&checker->memory, sizeof *o);
      if (o == NULL || !ftblab_pointers_add(&checker->memory, offers, o))
        return false;
      *o = (offer){.group = g, .alternative = alternatives[a], .tier = TIER_NOTHING};
      bool keyed;
      if (!consider_by_key(checker, o, e, &keyed) || (!keyed && !consider_by_facts(checker, o, e)))
        return false;
      /* a trigger whose key is open already is a repeat; one whose key is free begins anew */
      bool key_is_open = o->targets.count > 0 && keyed;
      if (o->tier > TIER_TRIGGER && ftblab_is_trigger(checker, g, e) && !key_is_open) {
        o->tier = TIER_TRIGGER;
        o->targets.count = 0;
      }
      if (!keyed && o->tier == TIER_NOTHING && checker->header.start != FTBLAB_START_MID)
        offers->count--; /* cannot open an incident without its key */
    }
  }
  return true;
}
/* Does E repeat a row of IN while rows that speak of the same values are still to come? Then it is no new beginning
 * elsewhere: a job that is being suspended for its node is not suspended again for gang scheduling. */
static bool is_busy_with(const ftblab_exact *checker, const incident *in, const binding *alternative, const entry *e)
{
  for (uint32_t i = 0; i < in->branches.count; i++) {
    const branch *b = in->branches.at[i];
    if (!ftblab_bindings_agree(&b->bound, alternative) || !ftblab_is_repeat(b, e))
      continue;
    for (int c = 0; c < in->group->workflow_count; c++) {
      const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
      for (size_t r = 0; r < w->row_count && b->alive & 1u << c; r++)
        for (size_t t = 0; t < w->rows[r].term_count; t++) {
          const ftblab_term *term = &w->rows[r].terms[t];
          if (term->kind == FTBLAB_TERM_ONE && alternative->of[term->variable] != 0 && !(b->done[c] & (uint64_t)1 << r))
            return true;
        }
    }
  }
  return false;
}

static bool is_busy(const ftblab_exact *checker, const offer *o, const entry *e)
{
  for (uint32_t i = 0; i < o->targets.count; i++)
    if (is_busy_with(checker, o->targets.at[i], &o->alternative, e))
      return true;
  return false;
}

/* Do the incidents of O hold a throw of what E catches? */
static bool knows_throw(const ftblab_exact *checker, const offer *o, const entry *e)
{
  for (uint32_t i = 0; i < o->targets.count; i++) {
    const incident *in = o->targets.at[i];
    for (uint32_t k = 0; k < in->entries.count; k++) {
      const entry *thrown = in->entries.at[k];
      if (thrown->action == FTBLAB_THROW && thrown->event == e->event &&
          ftblab_entry_agrees(checker, o->group, thrown, &o->alternative))
        return true;
    }
  }
  return false;
}

/* A catch that nobody waits for belongs where its throw is: 1 O has the throw and OTHER has not, -1 the reverse. */
static int nearer_to_throw(const ftblab_exact *checker, const offer *o, const offer *other, const entry *e)
{
  if (e->action != FTBLAB_CATCH || o->tier == TIER_WAITS || other->tier == TIER_WAITS)
    return 0;
  return (int)knows_throw(checker, o, e) - (int)knows_throw(checker, other, e);
}

static bool is_beaten(const ftblab_exact *checker, const pointers *offers, const offer *o, const entry *e)
{
  for (uint32_t i = 0; i < offers->count; i++) {
    const offer *other = offers->at[i];
    if (other->group == o->group || !ftblab_bindings_agree(&other->alternative, &o->alternative))
      continue;
    int nearer = nearer_to_throw(checker, o, other, e);
    if (nearer < 0)
      return true;
    if (nearer > 0)
      continue;
    if (other->tier < o->tier && !(o->tier == TIER_VALUES && other->tier == TIER_TRIGGER && is_busy(checker, o, e)))
      return true;
    if (o->tier == TIER_TRIGGER && other->tier == TIER_VALUES && is_busy(checker, other, e))
      return true;
  }
  return false;
}

static incident *incident_of_key(const ftblab_exact *checker, const offer *o)
{
  for (int v = 0; v < MAX_VARIABLES; v++) {
    if (!(o->group->key_variables & 1u << v) || o->alternative.of[v] == 0)
      continue;
    for (ftblab_index_node *node = ftblab_index_first(checker, o->group, v, o->alternative.of[v]); node != NULL;
         node = ftblab_index_next(node))
      if (ftblab_bindings_agree(&node->incident->key, &o->alternative))
        return node->incident;
    return NULL;
  }
  return NULL;
}

static bool accept_offer(ftblab_exact *checker, const offer *o, entry *e, incident **anomaly)
{
  if (o->tier == TIER_TRIGGER)
    return ftblab_incident_open(checker, o->group, &o->alternative, e, incident_of_key(checker, o)) != NULL;
  if (o->tier == TIER_NOTHING) {
    incident *in = ftblab_incident_open(checker, o->group, &o->alternative, e, NULL);
    if (in == NULL)
      return false;
    if (*anomaly != NULL && (*anomaly)->group != in->group)
      in->rival = *anomaly;
    *anomaly = in;
    return true;
  }
  for (uint32_t i = 0; i < o->targets.count; i++)
    if (!ftblab_incident_hold(checker, o->targets.at[i], &o->alternative, e))
      return false;
  return true;
}

bool ftblab_match_entry(ftblab_exact *checker, entry *e)
{
  pointers offers = {0};
  if (!make_offers(checker, e, &offers))
    return false;
  incident *anomaly = NULL;
  bool taken = false;
  for (uint32_t i = 0; i < offers.count; i++) {
    if (is_beaten(checker, &offers, offers.at[i], e))
      continue;
    taken = true;
    if (!accept_offer(checker, offers.at[i], e, &anomaly))
      return false;
  }
  return taken || ftblab_pointers_add(&checker->memory, &checker->strays, e);
}
