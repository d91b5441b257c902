/* facts.c - ground truth that a trace may carry: which jobs ran on which nodes, and when a node failed. */
#include <string.h>

#include "check.h"

static value *copy_items(ftblab_exact *checker, const char *key, uint32_t *count)
{
  *count = 0;
  const ftblab_pair *pair = ftblab_payload_find(&checker->payload, key);
  size_t items = pair == NULL ? 0 : pair->item_count;
  value *values = ftblab_arena_take(&checker->memory, (items + 1) * sizeof *values);
  if (values == NULL)
    return NULL;
  for (size_t i = 0; i < items; i++) {
    const ftblab_item *item = &checker->payload.items[pair->first_item + i];
    if (!item->is_integer || item->first == item->last) {
      values[(*count)++] = ftblab_value_of(checker, item->word.data, item->word.length);
      continue;
    }
    /* node names that are numbers, given as a range */
    uint32_t members = item->last - item->first < MAX_ITEMS ? (uint32_t)(item->last - item->first) + 1 : 0;
    value *more = ftblab_arena_take(&checker->memory, (*count + members + items) * sizeof *more);
    if (more == NULL)
      return NULL;
    memcpy(more, values, *count * sizeof *more);
    values = more;
    for (uint32_t m = 0; m < members; m++) {
      char digits[24];
      int length = snprintf(digits, sizeof digits, "%lld", (long long)(item->first + m));
      values[(*count)++] = ftblab_value_of(checker, digits, (size_t)length);
    }
  }
  return values;
}

/* A job without a name stands for them. */
bool ftblab_facts_other_jobs(ftblab_exact *checker, bool run)
{
  job_run *first = checker->jobs;
  while (first != NULL && (first->job != 0 || first->ended != UINT32_MAX))
    first = first->next;
  if (first != NULL && !run)
    first->ended = checker->entries.count;
  if (first != NULL || (!run && checker->jobs != NULL))
    return true;
  job_run *others = ftblab_arena_take(&checker->memory, sizeof *others);
  if (others == NULL)
    return false;
  *others = (job_run){
      .next = checker->jobs, .started = checker->entries.count, .ended = run ? UINT32_MAX : checker->entries.count};
  checker->jobs = others;
  return true;
}

static bool job_started(ftblab_exact *checker)
{
  uint32_t jobs, nodes;
  value *job = copy_items(checker, "jobs", &jobs), *node = copy_items(checker, "nodes", &nodes);
  if (job == NULL || node == NULL)
    return false;
  for (uint32_t i = 0; i < jobs; i++) {
    job_run *run = ftblab_arena_take(&checker->memory, sizeof *run);
    if (run == NULL)
      return false;
    *run = (job_run){.next = checker->jobs,
                     .job = job[i],
                     .nodes = node,
                     .node_count = nodes,
                     .started = checker->entries.count,
                     .ended = UINT32_MAX};
    checker->jobs = run;
  }
  return true;
}

static bool job_ended(ftblab_exact *checker)
{
  uint32_t jobs;
  value *job = copy_items(checker, "jobs", &jobs);
  if (job == NULL)
    return false;
  for (uint32_t i = 0; i < jobs; i++)
    for (job_run *run = checker->jobs; run != NULL; run = run->next)
      if (run->job == job[i] && run->ended == UINT32_MAX)
        run->ended = checker->entries.count;
  return true;
}

static bool node_failed(ftblab_exact *checker)
{
  uint32_t nodes;
  value *node = copy_items(checker, "nodes", &nodes);
  if (node == NULL)
    return false;
  for (uint32_t i = 0; i < nodes; i++) {
    node_fact *fact = ftblab_arena_take(&checker->memory, sizeof *fact);
    if (fact == NULL)
      return false;
    *fact = (node_fact){.next = checker->failures, .node = node[i], .index = checker->entries.count};
    checker->failures = fact;
  }
  return true;
}

bool ftblab_facts_add(ftblab_exact *checker, const ftblab_record *record)
{
  ftblab_error ignored;
  int event = ftblab_spec_event(checker->spec, record->event.data, record->event.length);
  if (event == FTBLAB_NONE || record->payload.data == NULL ||
      ftblab_entry_read(checker, FTBLAB_NONE, record->payload, &ignored) != FTBLAB_OK)
    return true; /* facts are never required, so a fact that says nothing is no error */
  if (!ftblab_fault_note(checker, record, event))
    return false;
  const char *name = checker->spec->events[event].name;
  if (strcmp(name, "JOB_STARTED") == 0)
    return job_started(checker);
  if (strcmp(name, "JOB_ENDED") == 0)
    return job_ended(checker);
  if (strcmp(name, "NODE_FAILED") == 0)
    return node_failed(checker);
  return true;
}

static value only_value(const ftblab_exact *checker, const entry *e, const char *name)
{
  const entry_key *key = ftblab_entry_find(e, ftblab_spec_key(checker->spec, name, strlen(name)));
  return key != NULL && key->items != NULL && key->item_count == 1 ? key->items[0] : 0;
}

bool ftblab_facts_moved(ftblab_exact *checker, const entry *e)
{
  if (checker->jobs == NULL || e->action != FTBLAB_THROW ||
      strcmp(checker->spec->events[e->event].name, "MPI_RANKS_MIGRATE") != 0)
    return true; /* without facts about jobs there is nothing to keep right */
  value job = only_value(checker, e, "jobs"), from = only_value(checker, e, "snode"),
        to = only_value(checker, e, "dnode");
  if (job == 0 || from == 0 || to == 0)
    return true;
  job_move *move = ftblab_arena_take(&checker->memory, sizeof *move);
  job_run *run = ftblab_arena_take(&checker->memory, sizeof *run);
  value *node = ftblab_arena_take(&checker->memory, sizeof *node);
  if (move == NULL || run == NULL || node == NULL)
    return false;
  *node = to;
  *move = (job_move){.next = checker->moves, .job = job, .node = from, .index = e->index};
  checker->moves = move;
  *run = (job_run){
      .next = checker->jobs, .job = job, .nodes = node, .node_count = 1, .started = e->index, .ended = UINT32_MAX};
  checker->jobs = run;
  return true;
}

static bool has_left(const ftblab_exact *checker, const job_run *run, value node, uint32_t index)
{
  for (const job_move *move = checker->moves; move != NULL && move->index >= run->started; move = move->next)
    if (move->job == run->job && move->node == node && move->index <= index)
      return true;
  return false;
}

static bool run_has(const ftblab_exact *checker, const job_run *run, value node, uint32_t index)
{
  if (index < run->started || index >= run->ended || has_left(checker, run, node, index))
    return false;
  for (uint32_t i = 0; i < run->node_count; i++)
    if (run->nodes[i] == node)
      return true;
  return false;
}

bool ftblab_facts_job_on(const ftblab_exact *checker, value node, uint32_t index)
{
  for (const job_run *run = checker->jobs; run != NULL; run = run->next)
    if (run_has(checker, run, node, index))
      return true;
  return false;
}

bool ftblab_facts_some_job(const ftblab_exact *checker, uint32_t index)
{
  for (const job_run *run = checker->jobs; run != NULL; run = run->next)
    if (run->started <= index && index < run->ended)
      return true;
  return false;
}

int ftblab_facts_job_has(const ftblab_exact *checker, value job, value node, uint32_t index)
{
  int known = -1;
  for (const job_run *run = checker->jobs; run != NULL; run = run->next) {
    if (run->job != job)
      continue;
    if (run_has(checker, run, node, index))
      return 1;
    known = 0;
  }
  return known;
}

bool ftblab_facts_job_ended(const ftblab_exact *checker, value job, uint32_t index)
{
  bool ended = false;
  for (const job_run *run = checker->jobs; run != NULL; run = run->next) {
    if (run->job != job || run->started > index)
      continue;
    if (run->ended > index)
      return false;
    ended = true;
  }
  return ended;
}

bool ftblab_facts_failed_between(const ftblab_exact *checker, value node, uint32_t from, uint32_t to)
{
  for (const node_fact *fact = checker->failures; fact != NULL && fact->index > from; fact = fact->next)
    if (fact->node == node && fact->index <= to)
      return true;
  return false;
}
