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

#define MOST_ASKED 64      /* incidents or branches that are asked one by one where there are very many; chosen */
#define STEPS_AN_ENTRY 256 /* nodes of a job that are asked for each entry, on average; chosen */

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
  ftblab_index_node *node = ftblab_index_sharing(checker, o->group, &o->alternative, keyed);
  for (; node != NULL; node = ftblab_index_next(node))
    if (ftblab_bindings_agree(&node->incident->key, &o->alternative) &&
        !consider(checker, o, node->incident, e, TIER_FORK))
      return false;
  return true;
}

/* Has a branch of IN a value of ALTERNATIVE (and none that contradicts it, if WHOLLY)? */
static bool binds_it(const incident *in, const binding *alternative, bool wholly)
{
  const pointers *lists[2] = {&in->branches, NULL};
  if (wholly)
    ftblab_branches_for(in, alternative, lists);
  for (size_t l = 0; l < FTBLAB_COUNT(lists) && lists[l] != NULL; l++)
    for (uint32_t i = 0; i < lists[l]->count; i++) {
      const branch *b = lists[l]->at[i];
      if (wholly && !ftblab_bindings_agree(&b->bound, alternative))
        continue;
      for (int v = 0; v < MAX_VARIABLES; v++)
        if (alternative->of[v] != 0 && b->bound.of[v] == alternative->of[v])
          return true;
    }
  return false;
}

/* The incidents of the group that have a value of O's alternative, each once, in the order in which they began. */
static bool find_binding(ftblab_exact *checker, const offer *o, pointers *found)
{
  for (int v = 0; v < MAX_VARIABLES; v++) {
    value wanted = o->alternative.of[v];
    const pointers *list = wanted == 0 ? NULL : ftblab_incidents_binding(o->group, v, wanted);
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
      incident *in = list->at[i];
      uint32_t at = found->count;
      while (at > 0 && ((const incident *)found->at[at - 1])->number > in->number)
        at--;
      if (in->replaced || (at > 0 && found->at[at - 1] == in))
        continue;
      if (!ftblab_pointers_add(&checker->memory, found, in))
        return false;
      memmove(&found->at[at + 1], &found->at[at], (found->count - 1 - at) * sizeof *found->at);
      found->at[at] = in;
    }
  }
  return true;
}

/* Has no branch of IN yet what ALTERNATIVE binds, so that the incident would need another for it? */
static bool needs_branch(const incident *in, const binding *alternative)
{
  const pointers *lists[2];
  ftblab_branches_for(in, alternative, lists);
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0; i < lists[l]->count; i++)
      if (ftblab_bindings_agree(&((const branch *)lists[l]->at[i])->bound, alternative))
        return false;
  return true;
}

/* May E bring values of its own into IN: because a branch has none yet, or as another branch of a workflow that the
 * incident may still be? (A job that was migrated from a node is not suspended for it.) */
static bool may_introduce(const ftblab_exact *checker, const incident *in, const binding *alternative, const entry *e)
{
  if (!needs_branch(in, alternative))
    return true;
  for (uint32_t i = 0; i < in->branches.count && i < MOST_ASKED; i++) {
    const branch *b = in->branches.at[i];
    for (int c = 0; c < in->group->workflow_count; c++) {
      const ftblab_workflow *w = ftblab_group_workflow(checker, in->group, c);
      for (size_t r = 0; r < w->row_count && b->alive & 1u << c; r++)
        if (ftblab_row_takes(&w->rows[r], e))
          return true;
    }
  }
  return false;
}

/* Those that have its values go on with it. If one has some, and none that contradicts, others that have some of them
 * only by chance (ranks 3-5 of another job) have nothing to do with it. */
static bool consider_binding(ftblab_exact *checker, offer *o, const entry *e)
{
  pointers found = {0};
  bool wholly = false;
  if (!find_binding(checker, o, &found))
    return false;
  for (uint32_t i = 0; i < found.count && !wholly; i++)
    wholly = binds_it(found.at[i], &o->alternative, true);
  for (uint32_t i = 0; i < found.count; i++)
    if ((!wholly || binds_it(found.at[i], &o->alternative, true)) && !consider(checker, o, found.at[i], e, TIER_VALUES))
      return false;
  return true;
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
  for (uint32_t i = 0; i < in->branches.count && i < MOST_ASKED; i++)
    if (ftblab_is_repeat(in->branches.at[i], e))
      return true;
  return false;
}

bool ftblab_entry_is_required(const ftblab_exact *checker, const group *g, const entry *e)
{
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(checker, g, c);
    for (size_t r = 0; r < w->row_count; r++)
      if (!w->rows[r].optional && ftblab_row_takes(&w->rows[r], e))
        return true;
  }
  return false;
}

/* What the incidents that an entry does not name have to offer. */
typedef struct waiting {
  incident *oldest, *second; /* the oldest that waits: without another branch, or at all */
  incident *nearest, *repeated;
  enum tier nearest_tier;
} waiting;

static void ask(ftblab_exact *checker, const offer *o, incident *in, const entry *e, waiting *w)
{
  if (in->replaced || !may_introduce(checker, in, &o->alternative, e))
    return;
  enum tier tier = ftblab_tier_of_incident(checker, in, &o->alternative, e);
  if (tier == TIER_WAITS && w->oldest == NULL && !needs_branch(in, &o->alternative))
    w->oldest = in;
  if (tier == TIER_WAITS && w->second == NULL)
    w->second = in;
  if (has_repeat(in, e))
    w->repeated = in;
  if (tier <= TIER_VALUES && tier <= w->nearest_tier) {
    w->nearest = in;
    w->nearest_tier = tier;
  }
}

/* Of very many the oldest that are not over are asked, and the newest. */
static waiting ask_all(ftblab_exact *checker, const offer *o, const entry *e)
{
  group *g = o->group;
  waiting w = {.nearest_tier = TIER_NOTHING};
  incident *from = g->newest, *in = g->first_live != NULL ? g->first_live : g->oldest;
  while (in != NULL && in->newer != NULL && (in->replaced || ftblab_incident_is_finished(checker, in)))
    in = in->newer;
  g->first_live = in;
  for (int i = 0; in != NULL && i < MOST_ASKED; i++, in = in->newer)
    ask(checker, o, in, e, &w);
  if (w.second != NULL || !is_unbound(&o->alternative))
    return w;
  for (int i = 0; from != NULL && from->older != NULL && i < MOST_ASKED; i++)
    from = from->older;
  for (; from != NULL; from = from->newer)
    ask(checker, o, from, e, &w);
  return w;
}

/* Does IN wait for E, of a job that the facts name? */
static bool may_be_named(const ftblab_exact *checker, const offer *o, incident *in, const entry *e)
{
  return !in->replaced && may_introduce(checker, in, &o->alternative, e) &&
         ftblab_tier_of_incident(checker, in, &o->alternative, e) <= TIER_EARLY;
}

/* The older of FOUND and those that are open on NODE. */
static incident *named_on_node(ftblab_exact *checker, const offer *o, const entry *e, value node, incident *found)
{
  ftblab_index_node *at = ftblab_index_first(checker, o->group, checker->variable.node, node);
  if (at == NULL ||
      ftblab_facts_job_has(checker, ftblab_bound(&o->alternative, checker->variable.job), node, e->index) != 1)
    return found;
  for (; at != NULL; at = ftblab_index_next(at))
    if ((found == NULL || at->incident->number < found->number) && may_be_named(checker, o, at->incident, e))
      found = at->incident;
  return found;
}

/* The oldest incident that is open on a node where the facts say that JOB runs. Its nodes are gone through, and step by
 * step with them the incidents of the group: either tells it, and one of them may be very many. Where both are, over
 * and over, not all are gone through. */
static incident *named_by_facts(ftblab_exact *checker, const offer *o, const entry *e, value job)
{
  job_nodes nodes = ftblab_facts_nodes(checker, job, e->index);
  incident *found = NULL, *in = o->group->oldest;
  uint64_t most = checker->steps_left > MOST_ASKED ? checker->steps_left : MOST_ASKED, steps = 0;
  for (value node; in != NULL && steps < most && ftblab_facts_next_node(&nodes, &node); in = in->newer, steps++) {
    value of_key = ftblab_bound(&in->key, checker->variable.node);
    if (of_key != 0 && ftblab_facts_job_has(checker, job, of_key, e->index) == 1 && may_be_named(checker, o, in, e)) {
      found = in;
      break;
    }
    found = named_on_node(checker, o, e, node, found);
  }
  checker->steps_left -= steps < checker->steps_left ? steps : checker->steps_left;
  return found;
}

/* An entry that carries none of the key variables (Suspend Job (job z) after Predict Problem Node (node x)): to
 * the incident that has its values already; else to the one that the facts name; else to the oldest that waits, and
 * rather to one that has no job yet than to one that would have a second. One that carries no values at all (of one
 * rank of many) goes to the newest that has a row for it even if none waits: else a row that is missing before it would
 * be missing together with all of these. Where the row is optional, only to one that it repeats. */
static bool consider_by_facts(ftblab_exact *checker, offer *o, const entry *e)
{
  value job = ftblab_bound(&o->alternative, checker->variable.job);
  if (!consider_binding(checker, o, e))
    return false;
  if (o->targets.count > 0)
    return true;
  if (job != 0 && ftblab_facts_knows_job(checker, job)) {
    incident *named = named_by_facts(checker, o, e, job);
    if (named == NULL)
      return true;
    o->tier = TIER_WAITS; /* the facts say so, whatever is missing before it */
    return ftblab_pointers_add(&checker->memory, &o->targets, named);
  }
  waiting w = ask_all(checker, o, e);
  incident *oldest = w.oldest != NULL ? w.oldest : w.second;
  if (oldest == NULL && is_unbound(&o->alternative))
    oldest = ftblab_entry_is_required(checker, o->group, e) ? w.nearest : w.repeated;
  return oldest == NULL || consider(checker, o, oldest, e, TIER_VALUES);
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
  const pointers *lists[2];
  ftblab_branches_for(in, alternative, lists);
  for (uint32_t i = 0; i < lists[0]->count && i < MOST_ASKED; i++) {
    branch *b = lists[0]->at[i];
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
    incident *in = o->targets.at[i];
    const pointers *list = ftblab_entries_of_event(&in->index, &in->entries, FTBLAB_THROW, e->event);
    for (uint32_t k = 0; k < list->count && k < 4 * MOST_ASKED; k++) {
      const entry *thrown = list->at[k];
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

static bool is_beaten_by(const ftblab_exact *checker, const offer *o, const offer *other, const entry *e)
{
  if (other->group == o->group || !ftblab_bindings_agree(&other->alternative, &o->alternative))
    return false;
  int nearer = nearer_to_throw(checker, o, other, e);
  if (nearer != 0)
    return nearer < 0;
  if (other->tier < o->tier && !(o->tier == TIER_VALUES && other->tier == TIER_TRIGGER && is_busy(checker, o, e)))
    return true;
  return o->tier == TIER_TRIGGER && other->tier == TIER_VALUES && is_busy(checker, other, e);
}

/* The offers of one entry, which may be very many if it names a large set of nodes. */
typedef struct offers {
  pointers all;
  key_table by_node; /* lists of them, if they are many */
} offers;

static bool sort_offers(ftblab_exact *checker, offers *list)
{
  for (uint32_t i = 0; i < list->all.count && list->all.count > MOST_ASKED; i++) {
    offer *o = list->all.at[i];
    value node = ftblab_bound(&o->alternative, checker->variable.node);
    pointers *same = ftblab_keyed_find(&list->by_node, node);
    if (same == NULL) {
      same = ftblab_arena_take(&checker->memory, sizeof *same);
      if (same == NULL || !ftblab_keyed_put(&checker->memory, &list->by_node, node, same))
        return false;
    }
    if (!ftblab_pointers_add(&checker->memory, same, o))
      return false;
  }
  return true;
}

static bool is_beaten(const ftblab_exact *checker, const offers *list, const offer *o, const entry *e)
{
  value node = ftblab_bound(&o->alternative, checker->variable.node);
  const pointers *lists[] = {&list->all, NULL};
  if (list->by_node.size > 0 && node != 0) {
    lists[0] = ftblab_keyed_find(&list->by_node, node);
    lists[1] = ftblab_keyed_find(&list->by_node, 0);
  }
  for (size_t l = 0; l < FTBLAB_COUNT(lists); l++)
    for (uint32_t i = 0; lists[l] != NULL && i < lists[l]->count; i++)
      if (is_beaten_by(checker, o, lists[l]->at[i], e))
        return true;
  return false;
}

static incident *incident_of_key(const ftblab_exact *checker, const offer *o)
{
  bool has_key;
  ftblab_index_node *node = ftblab_index_sharing(checker, o->group, &o->alternative, &has_key);
  while (node != NULL && !ftblab_bindings_agree(&node->incident->key, &o->alternative))
    node = ftblab_index_next(node);
  return node != NULL ? node->incident : NULL;
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
  offers list = {.all = {0}};
  checker->steps_left += STEPS_AN_ENTRY;
  if (!make_offers(checker, e, &list.all) || !sort_offers(checker, &list))
    return false;
  incident *anomaly = NULL;
  bool taken = false;
  for (uint32_t i = 0; i < list.all.count; i++) {
    if (is_beaten(checker, &list, list.all.at[i], e))
      continue;
    taken = true;
    if (!accept_offer(checker, list.all.at[i], e, &anomaly))
      return false;
  }
  return taken || ftblab_pointers_add(&checker->memory, &checker->strays, e);
}
