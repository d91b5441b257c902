/* groups.c - workflows that begin with the same throw form a group: B.1.1, B.1.2 and B.1.3 all begin with the
 * Monitoring System's Check Problem Node, and only what follows tells which of them it is. */
#include <string.h>

#include "check.h"

static uint32_t variables_of_kind(const ftblab_row *row, ftblab_term_kind kind)
{
  uint32_t variables = 0;
  for (size_t i = 0; i < row->term_count; i++)
    if (row->terms[i].kind == kind)
      variables |= 1u << row->terms[i].variable;
  return variables;
}

/* What tells incidents apart: the single values that the trigger carries, or if it has none (MPI RANKS CKPT (rank
 * n-m)) its set as a whole. */
static uint32_t variables_of(const ftblab_row *row)
{
  uint32_t variables = variables_of_kind(row, FTBLAB_TERM_ONE);
  return variables != 0 ? variables : variables_of_kind(row, FTBLAB_TERM_WHOLE);
}

/* NODES: the key "nodes". */
static void note_keys(ftblab_exact *checker, const ftblab_row *row, int nodes)
{
  for (size_t t = 0; t < row->term_count; t++) {
    if (row->terms[t].kind != FTBLAB_TERM_ONE)
      continue;
    checker->taken_apart |= (uint64_t)1 << row->terms[t].key;
    /* a pair of nodes may be written under the one key "nodes" */
    if (nodes != FTBLAB_NONE && row->terms[t].variable >= 0)
      checker->taken_apart |= (uint64_t)1 << nodes;
  }
}

/* "rank r", asked of each r of the ranks. */
static void note_quantified(group *g, const ftblab_row *row)
{
  for (size_t t = 0; t < row->term_count && row->each != FTBLAB_NONE; t++)
    if (row->terms[t].member_of == row->each)
      g->quantified |= 1u << row->terms[t].variable;
}

static group *find_group(ftblab_exact *checker, const ftblab_row *trigger)
{
  uint32_t variables = variables_of(trigger);
  for (int i = 0; i < checker->group_count; i++) {
    group *g = &checker->groups[i];
    if (g->trigger == trigger->event && g->key_variables == variables && g->workflow_count < MAX_CANDIDATES)
      return g;
  }
  return NULL;
}

const ftblab_workflow *ftblab_group_workflow(const ftblab_exact *checker, const group *g, int candidate)
{
  return &checker->spec->workflows[g->workflows[candidate]];
}

value ftblab_bound(const binding *bound, int variable)
{
  return variable == FTBLAB_NONE ? 0 : bound->of[variable];
}

static int find_variable(const ftblab_spec *spec, const char *name)
{
  for (size_t v = 0; v < spec->variable_count; v++)
    if (strcmp(spec->variables[v], name) == 0)
      return (int)v;
  return FTBLAB_NONE;
}

ftblab_status ftblab_groups_make(ftblab_exact *checker, ftblab_error *err)
{
  const ftblab_spec *spec = checker->spec;
  checker->variable.node = find_variable(spec, "x");
  checker->variable.spare = find_variable(spec, "q");
  checker->variable.job = find_variable(spec, "z");
  checker->job_key = ftblab_spec_key(spec, "jobs", 4);
  int nodes = ftblab_spec_key(spec, "nodes", 5);
  if (spec->variable_count > MAX_VARIABLES)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "the workflow tables have more than %d variables", MAX_VARIABLES);
  checker->groups = ftblab_arena_take(&checker->memory, spec->workflow_count * sizeof *checker->groups);
  if (checker->groups == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a checker");
  for (size_t w = 0; w < spec->workflow_count; w++) {
    if (!(checker->chosen & (uint64_t)1 << w))
      continue;
    const ftblab_workflow *workflow = &spec->workflows[w];
    group *g = find_group(checker, &workflow->rows[0]);
    if (g == NULL) {
      g = &checker->groups[checker->group_count++];
      g->trigger = workflow->rows[0].event;
      g->key_variables = variables_of(&workflow->rows[0]);
      g->by_event = ftblab_arena_take(&checker->memory, spec->event_count * sizeof(void *));
      if (g->by_event == NULL)
        return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a checker");
    }
    g->workflows[g->workflow_count++] = (int)w;
    for (size_t r = 0; r < workflow->row_count; r++) {
      note_keys(checker, &workflow->rows[r], nodes);
      note_quantified(g, &workflow->rows[r]);
      if (g->by_event[workflow->rows[r].event] == NULL)
        g->by_event[workflow->rows[r].event] = &workflow->rows[r];
    }
  }
  return FTBLAB_OK;
}

/* "node x,q" may be written as nodes: {x, q}. */
static const entry_key *pair_as_nodes(const ftblab_exact *checker, const entry *e, const ftblab_term *term)
{
  const char *key = checker->spec->keys[term->key];
  if ((strcmp(key, "snode") != 0 && strcmp(key, "dnode") != 0) || ftblab_entry_find(e, term->key) != NULL)
    return NULL;
  return ftblab_entry_find(e, ftblab_spec_key(checker->spec, "nodes", 5));
}

/* The values that TERM's variable can have in E. */
static uint32_t values_of(const ftblab_exact *checker, const entry *e, const ftblab_term *term, const value **values)
{
  const entry_key *key = ftblab_entry_find(e, term->key);
  if (key != NULL && term->kind == FTBLAB_TERM_WHOLE) {
    *values = &key->whole;
    return 1;
  }
  if (key == NULL) {
    key = pair_as_nodes(checker, e, term);
    if (key == NULL || key->items == NULL || key->item_count == 0)
      return 0;
    bool source = checker->spec->keys[term->key][0] == 's';
    *values = source ? key->items : key->items + 1;
    return source ? 1 : key->item_count - 1;
  }
  *values = key->items;
  return key->items == NULL ? 0 : key->item_count;
}

size_t ftblab_bindings_of(const ftblab_exact *checker, const group *g, const entry *e, binding *into, size_t room)
{
  const ftblab_row *row = g->by_event[e->event];
  size_t count = 1;
  memset(&into[0], 0, sizeof into[0]);
  for (size_t t = 0; t < row->term_count; t++) {
    const ftblab_term *term = &row->terms[t];
    if (term->kind == FTBLAB_TERM_WILD || g->quantified & 1u << term->variable)
      continue;
    const value *values = NULL;
    uint32_t n = values_of(checker, e, term, &values);
    size_t before = count;
    for (uint32_t v = 0; v < n; v++) {
      if (v > 0 && count + before > room)
        break;
      for (size_t i = 0; i < before; i++) {
        size_t place = v == 0 ? i : count + i;
        if (v > 0)
          into[place] = into[i];
        into[place].of[term->variable] = values[v];
      }
      if (v > 0)
        count += before;
    }
  }
  return count;
}

bool ftblab_entry_agrees(const ftblab_exact *checker, const group *g, const entry *e, const binding *bound)
{
  const ftblab_row *row = g->by_event[e->event];
  if (row == NULL)
    return false;
  for (size_t t = 0; t < row->term_count; t++) {
    const ftblab_term *term = &row->terms[t];
    if (term->kind == FTBLAB_TERM_WILD || g->quantified & 1u << term->variable || bound->of[term->variable] == 0)
      continue;
    value wanted = bound->of[term->variable];
    const entry_key *key = ftblab_entry_find(e, term->key);
    if (key == NULL && (key = pair_as_nodes(checker, e, term)) == NULL)
      continue; /* says nothing of this variable */
    if (term->kind == FTBLAB_TERM_WHOLE ? key->whole != wanted : !ftblab_entry_has(e, key->key, wanted))
      return false;
  }
  return true;
}
