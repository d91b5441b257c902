/* facts.c - ground truth that a trace may carry: which jobs ran on which nodes, and when a node failed. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define MOST_ASKED 64 /* runs on a node that are asked for a rank; chosen */

/* How many members of ITEM are read: names that are numbers may be given as a range. */
static uint32_t members_of(const ftblab_item *item)
{
  if (!item->is_integer || item->first == item->last)
    return 1;
  return item->last - item->first < MAX_ITEMS ? (uint32_t)(item->last - item->first) + 1 : MAX_ITEMS;
}

static void copy_item(ftblab_exact *checker, const ftblab_item *item, value *values)
{
  uint32_t members = members_of(item);
  if (members == 1) {
    values[0] = ftblab_value_of(checker, item->word.data, item->word.length);
    return;
  }
  for (uint32_t m = 0; m < members; m++) {
    char digits[DECIMAL_ROOM];
    ftblab_slice word = ftblab_decimal(item->first + m, digits);
    values[m] = ftblab_value_of(checker, word.data, word.length);
  }
}

static value *copy_items(ftblab_exact *checker, const char *key, uint32_t *count)
{
  const ftblab_pair *pair = ftblab_payload_find(&checker->payload, key);
  size_t items = pair == NULL ? 0 : pair->item_count, members = 0;
  const ftblab_item *first = pair == NULL ? NULL : &checker->payload.items[pair->first_item];
  for (size_t i = 0; i < items; i++)
    members += members_of(&first[i]);
  value *values = members < UINT32_MAX ? ftblab_arena_take(&checker->memory, (members + 1) * sizeof *values) : NULL;
  *count = 0;
  for (size_t i = 0; i < items && values != NULL; *count += members_of(&first[i++]))
    copy_item(checker, &first[i], &values[*count]);
  return values;
}

/* The list of TABLE for KEY, made if there is none. NULL: no memory. */
static pointers *list_of(ftblab_exact *checker, key_table *table, uint64_t key)
{
  pointers *list = ftblab_keyed_find(table, key);
  if (list != NULL)
    return list;
  list = ftblab_arena_take(&checker->memory, sizeof *list);
  return list != NULL && ftblab_keyed_put(&checker->memory, table, key, list) ? list : NULL;
}

static uint64_t pair_of(value job, value node)
{
  return (uint64_t)job << 32 | node;
}

static bool add_node(ftblab_exact *checker, job_run *run, value node)
{
  pointers *list = list_of(checker, &checker->runs_on_node, node);
  node_run *on = ftblab_arena_take(&checker->memory, sizeof *on);
  if (list == NULL || on == NULL)
    return false;
  uint64_t pair = pair_of(run->job, node);
  *on = (node_run){.of_job = ftblab_keyed_find(&checker->runs_of_pair, pair), .run = run};
  return ftblab_pointers_add(&checker->memory, list, on) &&
         ftblab_keyed_put(&checker->memory, &checker->runs_of_pair, pair, on);
}

/* JOB runs on the COUNT nodes at NODES from now on, which is entry INDEX. */
static bool add_run(ftblab_exact *checker, value job, value *nodes, uint32_t count, uint32_t index)
{
  job_run *run = ftblab_arena_take(&checker->memory, sizeof *run);
  if (run == NULL || !ftblab_pointers_add(&checker->memory, &checker->jobs, run))
    return false;
  job_run *before = ftblab_keyed_find(&checker->runs_of_job, job);
  *run = (job_run){.of_job = before,
                   .ended_before = before == NULL                ? 0
                                   : before->ended != UINT32_MAX ? before->ended
                                                                 : before->ended_before,
                   .job = job,
                   .nodes = nodes,
                   .node_count = count,
                   .started = index,
                   .ended = UINT32_MAX};
  for (uint32_t i = 0; i < count; i++)
    if (!add_node(checker, run, nodes[i]))
      return false;
  pointers *list = list_of(checker, &checker->lists_of_job, job);
  return list != NULL && ftblab_pointers_add(&checker->memory, list, run) &&
         ftblab_keyed_put(&checker->memory, &checker->runs_of_job, job, run);
}

/* A job without a name stands for them. */
bool ftblab_facts_other_jobs(ftblab_exact *checker, bool run)
{
  job_run *others = ftblab_keyed_find(&checker->runs_of_job, 0);
  bool running = others != NULL && others->ended == UINT32_MAX;
  if (!running && (run || checker->jobs.count == 0)) {
    if (!add_run(checker, 0, NULL, 0, checker->entries.count))
      return false;
    others = ftblab_keyed_find(&checker->runs_of_job, 0);
    running = true;
  }
  if (running && !run)
    others->ended = checker->entries.count;
  return true;
}

/* The ranks that a fact names. NULL: no memory. */
static rank_range *copy_ranks(ftblab_exact *checker, uint32_t *count)
{
  *count = 0;
  const ftblab_pair *pair = ftblab_payload_find(&checker->payload, "ranks");
  size_t items = pair == NULL ? 0 : pair->item_count;
  rank_range *ranges = ftblab_arena_take(&checker->memory, (items + 1) * sizeof *ranges);
  for (size_t i = 0; i < items && ranges != NULL; i++) {
    const ftblab_item *item = &checker->payload.items[pair->first_item + i];
    if (item->is_integer)
      ranges[(*count)++] = (rank_range){item->first, item->last};
  }
  return ranges;
}

/* What a fact says of jobs. */
typedef struct job_fact {
  const value *jobs;
  value *nodes;
  uint32_t job_count, node_count, range_count;
  const rank_range *ranks;
} job_fact;

static bool jobs_started(ftblab_exact *checker, const job_fact *fact)
{
  for (uint32_t i = 0; i < fact->job_count; i++) {
    if (!add_run(checker, fact->jobs[i], fact->nodes, fact->node_count, checker->entries.count))
      return false;
    job_run *run = ftblab_keyed_find(&checker->runs_of_job, fact->jobs[i]);
    run->ranks = fact->ranks;
    run->range_count = fact->range_count;
  }
  return true;
}

/* All runs of a job end at once: those behind one that has ended have ended as well. */
static void jobs_ended(ftblab_exact *checker, const job_fact *fact)
{
  for (uint32_t i = 0; i < fact->job_count; i++)
    for (job_run *run = ftblab_keyed_find(&checker->runs_of_job, fact->jobs[i]);
         run != NULL && run->ended == UINT32_MAX; run = run->of_job)
      run->ended = checker->entries.count;
}

static bool job_started(ftblab_exact *checker)
{
  job_fact fact;
  fact.jobs = copy_items(checker, "jobs", &fact.job_count);
  fact.nodes = copy_items(checker, "nodes", &fact.node_count);
  fact.ranks = copy_ranks(checker, &fact.range_count);
  return fact.jobs != NULL && fact.nodes != NULL && fact.ranks != NULL && jobs_started(checker, &fact);
}

static bool job_ended(ftblab_exact *checker)
{
  job_fact fact = {.jobs = NULL};
  fact.jobs = copy_items(checker, "jobs", &fact.job_count);
  if (fact.jobs == NULL)
    return false;
  jobs_ended(checker, &fact);
  return true;
}

static value *values_of(ftblab_exact *checker, const ftblab_slice *words, uint32_t count)
{
  value *values = ftblab_arena_take(&checker->memory, (count + (size_t)1) * sizeof *values);
  for (uint32_t i = 0; i < count && values != NULL; i++)
    if ((values[i] = ftblab_value_of(checker, words[i].data, words[i].length)) == 0)
      return NULL;
  return values;
}

bool ftblab_facts_add_told(ftblab_exact *checker, const told_jobs *told)
{
  job_fact fact = {.job_count = told->job_count,
                   .node_count = told->word_count - told->job_count,
                   .range_count = told->rank_count,
                   .ranks = told->ranks};
  fact.jobs = values_of(checker, told->words, told->job_count);
  fact.nodes = values_of(checker, told->words + told->job_count, fact.node_count);
  if (fact.jobs == NULL || fact.nodes == NULL)
    return false;
  if (told->start)
    return jobs_started(checker, &fact);
  jobs_ended(checker, &fact);
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
    pointers *list = list_of(checker, &checker->failures, node[i]);
    fact->index = checker->entries.count;
    if (list == NULL || !ftblab_pointers_add(&checker->memory, list, fact))
      return false;
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

bool ftblab_facts_command(ftblab_exact *checker, entry *e)
{
  if (e->action != FTBLAB_THROW || checker->spec->events[e->event].command != FTBLAB_COMMAND_DO)
    return true;
  const entry_key *source = ftblab_entry_find(e, ftblab_spec_key(checker->spec, "snode", 5));
  for (uint32_t i = 0; source != NULL && source->items != NULL && i < source->item_count; i++) {
    uint64_t key = (uint64_t)e->event << 32 | source->items[i];
    pointers *list = list_of(checker, &checker->commanded, key);
    if (list == NULL || !ftblab_pointers_add(&checker->memory, list, e))
      return false;
  }
  return true;
}

bool ftblab_was_commanded(const ftblab_exact *checker, int event, value node, const entry *e)
{
  const pointers *list = ftblab_keyed_find(&checker->commanded, (uint64_t)event << 32 | node);
  for (uint32_t i = 0; list != NULL && i < list->count; i++)
    if (ftblab_entry_precedes(checker, list->at[i], e))
      return true;
  return false;
}

bool ftblab_event_moves(const ftblab_spec *spec, int event)
{
  return strcmp(spec->events[event].name, "MPI_RANKS_MIGRATE") == 0;
}

/* The ranks of JOB move at entry INDEX. Each of the three is 0 if it is not one. */
static bool add_move(ftblab_exact *checker, value job, value from, value to, uint32_t index)
{
  if (job == 0 || from == 0 || to == 0)
    return true;
  job_move *move = ftblab_arena_take(&checker->memory, sizeof *move);
  value *node = ftblab_arena_take(&checker->memory, sizeof *node);
  if (move == NULL || node == NULL)
    return false;
  *node = to;
  *move = (job_move){.next = ftblab_keyed_find(&checker->moves_of_job, job), .node = from, .index = index};
  return ftblab_keyed_put(&checker->memory, &checker->moves_of_job, job, move) && add_run(checker, job, node, 1, index);
}

bool ftblab_facts_moved(ftblab_exact *checker, const entry *e)
{
  if (checker->jobs.count == 0 || e->action != FTBLAB_THROW || !ftblab_event_moves(checker->spec, e->event))
    return true; /* without facts about jobs there is nothing to keep right */
  return add_move(checker, only_value(checker, e, "jobs"), only_value(checker, e, "snode"),
                  only_value(checker, e, "dnode"), e->index);
}

static uint64_t promise_of(int event, value job)
{
  return (uint64_t)event << 32 | job;
}

/* EVENT is thrown of JOB at entry INDEX. Only the first time since the job was started is kept; one that does not run
 * promises nothing. */
static bool add_promise(ftblab_exact *checker, int event, value job, uint32_t index)
{
  const job_run *run = ftblab_keyed_find(&checker->runs_of_job, job);
  if (run == NULL || run->ended != UINT32_MAX)
    return true;
  pointers *list = list_of(checker, &checker->promises, promise_of(event, job));
  if (list == NULL)
    return false;
  if (list->count > 0 && ((const node_fact *)list->at[list->count - 1])->index >= run->ended_before)
    return true;
  node_fact *fact = ftblab_arena_take(&checker->memory, sizeof *fact);
  if (fact == NULL)
    return false;
  fact->index = index;
  return ftblab_pointers_add(&checker->memory, list, fact);
}

bool ftblab_facts_promised(ftblab_exact *checker, const entry *e)
{
  if (e->action != FTBLAB_THROW || checker->spec->events[e->event].promise == FTBLAB_NONE)
    return true;
  const entry_key *jobs = ftblab_entry_find(e, checker->job_key);
  for (uint32_t i = 0; jobs != NULL && jobs->items != NULL && i < jobs->item_count; i++)
    if (!add_promise(checker, e->event, jobs->items[i], e->index))
      return false;
  return true;
}

/* The jobs of the payload that was read last promise EVENT. */
static bool add_promises(ftblab_exact *checker, int event)
{
  uint32_t count;
  const value *jobs = copy_items(checker, "jobs", &count);
  for (uint32_t i = 0; jobs != NULL && i < count; i++)
    if (!add_promise(checker, event, jobs[i], checker->entries.count))
      return false;
  return jobs != NULL;
}

/* Ranks move as the payload says that was read last. */
static bool add_told_move(ftblab_exact *checker)
{
  static const char *const names[] = {"jobs", "snode", "dnode"};
  value values[FTBLAB_COUNT(names)];
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++) {
    uint32_t count;
    const value *items = copy_items(checker, names[i], &count);
    if (items == NULL)
      return false;
    values[i] = count == 1 ? items[0] : 0;
  }
  return add_move(checker, values[0], values[1], values[2], checker->entries.count);
}

bool ftblab_facts_add_throw(ftblab_exact *checker, const ftblab_record *record)
{
  int event = ftblab_spec_event(checker->spec, record->event.data, record->event.length);
  if (ftblab_entry_read(checker, event, record->payload, NULL) != FTBLAB_OK)
    return true; /* it was read before */
  if (checker->spec->events[event].promise != FTBLAB_NONE && !add_promises(checker, event))
    return false;
  return !ftblab_event_moves(checker->spec, event) || add_told_move(checker);
}

/* Was EVENT thrown of the job of RUN, up to entry INDEX, since it was last started? */
static bool run_promised(const ftblab_exact *checker, const job_run *run, int event, uint32_t index)
{
  const pointers *list = ftblab_keyed_find(&checker->promises, promise_of(event, run->job));
  for (uint32_t i = list == NULL ? 0 : list->count; i > 0; i--) {
    uint32_t promised = ((const node_fact *)list->at[i - 1])->index;
    if (promised <= index)
      return promised >= run->ended_before;
  }
  return false;
}

static bool has_left(const ftblab_exact *checker, const job_run *run, value node, uint32_t index)
{
  const job_move *move = ftblab_keyed_find(&checker->moves_of_job, run->job);
  for (; move != NULL && move->index >= run->started; move = move->next)
    if (move->node == node && move->index <= index)
      return true;
  return false;
}

static bool run_has(const ftblab_exact *checker, const job_run *run, value node, uint32_t index)
{
  return index >= run->started && index < run->ended && !has_left(checker, run, node, index);
}

void ftblab_facts_settle(ftblab_exact *checker)
{
  uint32_t last = 0;
  for (uint32_t i = 0; i < checker->jobs.count; i++) {
    job_run *run = checker->jobs.at[i];
    last = run->ended > last ? run->ended : last;
    run->last_end = last;
    run->last_of_job = run->ended;
    if (run->of_job != NULL && run->of_job->last_of_job > run->ended) /* older, and so settled */
      run->last_of_job = run->of_job->last_of_job;
    for (uint32_t n = 0; n < run->node_count; n++) {
      const pointers *list = ftblab_keyed_find(&checker->runs_on_node, run->nodes[n]);
      if (((const node_run *)list->at[0])->run != run)
        continue;
      uint32_t last_here = 0; /* the first run of a node settles them all */
      for (uint32_t k = 0; k < list->count; k++) {
        node_run *on = list->at[k];
        last_here = on->run->ended > last_here ? on->run->ended : last_here;
        on->last_end = last_here;
      }
    }
  }
}

/* The newest run on NODE at entry INDEX among the first *LEFT of LIST, and then how many are before it. NULL: none. */
static const job_run *next_run_on(const ftblab_exact *checker, const pointers *list, uint32_t *left, value node,
                                  uint32_t index)
{
  while (*left > 0 && ((const node_run *)list->at[*left - 1])->last_end > index) {
    const job_run *run = ((const node_run *)list->at[--*left])->run;
    if (run_has(checker, run, node, index))
      return run;
  }
  return NULL;
}

/* The runs on NODE, and how many of them had started at entry INDEX. */
static const pointers *runs_on(const ftblab_exact *checker, value node, uint32_t index, uint32_t *count)
{
  const pointers *list = ftblab_keyed_find(&checker->runs_on_node, node);
  uint32_t low = 0, high = list == NULL ? 0 : list->count;
  while (low < high) { /* the first that started later */
    uint32_t middle = low + (high - low) / 2;
    if (((const node_run *)list->at[middle])->run->started <= index)
      low = middle + 1;
    else
      high = middle;
  }
  *count = low;
  return list;
}

bool ftblab_facts_job_on(const ftblab_exact *checker, value node, uint32_t index)
{
  uint32_t left;
  const pointers *list = runs_on(checker, node, index, &left);
  return next_run_on(checker, list, &left, node, index) != NULL;
}

bool ftblab_facts_promise_on(const ftblab_exact *checker, value node, int event, uint32_t index)
{
  uint32_t left;
  const pointers *list = runs_on(checker, node, index, &left);
  for (const job_run *run; (run = next_run_on(checker, list, &left, node, index)) != NULL;)
    if (run_promised(checker, run, event, index))
      return true;
  return false;
}

bool ftblab_facts_ended_told(const ftblab_exact *checker, value node, int event, uint32_t from, uint32_t to)
{
  uint32_t left;
  const pointers *list = runs_on(checker, node, from, &left);
  for (const job_run *run; (run = next_run_on(checker, list, &left, node, from)) != NULL;)
    if (run->ended > to || !run_promised(checker, run, event, run->ended))
      return false;
  return true;
}

int ftblab_facts_rank_on(const ftblab_exact *checker, value node, value rank, uint32_t index)
{
  uint32_t left, asked = 0;
  const pointers *list = runs_on(checker, node, index, &left);
  long long number = strtoll(ftblab_value_text(checker, rank), NULL, 10);
  int known = -1;
  for (const job_run *run; asked++ < MOST_ASKED && (run = next_run_on(checker, list, &left, node, index)) != NULL;) {
    if (run->range_count == 0)
      continue;
    known = 0;
    for (uint32_t r = 0; r < run->range_count; r++)
      if (run->ranks[r].first <= number && number <= run->ranks[r].last)
        return 1;
  }
  return known;
}

bool ftblab_facts_some_job(const ftblab_exact *checker, uint32_t index)
{
  uint32_t low = 0, high = checker->jobs.count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (((const job_run *)checker->jobs.at[middle])->started <= index)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 && ((const job_run *)checker->jobs.at[low - 1])->last_end > index;
}

int ftblab_facts_job_has(const ftblab_exact *checker, value job, value node, uint32_t index)
{
  if (ftblab_keyed_find(&checker->runs_of_job, job) == NULL)
    return -1;
  const node_run *on = ftblab_keyed_find(&checker->runs_of_pair, pair_of(job, node));
  for (; on != NULL && on->run->ended > index; on = on->of_job) /* those behind one that has ended have, too */
    if (run_has(checker, on->run, node, index))
      return 1;
  return 0;
}

bool ftblab_facts_knows_job(const ftblab_exact *checker, value job)
{
  return ftblab_keyed_find(&checker->runs_of_job, job) != NULL;
}

job_nodes ftblab_facts_nodes(const ftblab_exact *checker, value job, uint32_t index)
{
  return (job_nodes){.run = ftblab_keyed_find(&checker->runs_of_job, job), .index = index};
}

bool ftblab_facts_next_node(job_nodes *nodes, value *node)
{
  while (nodes->run != NULL && nodes->next == nodes->run->node_count) {
    nodes->run = nodes->run->of_job;
    nodes->next = 0;
  }
  if (nodes->run == NULL || nodes->run->ended <= nodes->index)
    return false;
  *node = nodes->run->nodes[nodes->next++];
  return true;
}

bool ftblab_facts_job_runs_on(const ftblab_exact *checker, value job, uint32_t index)
{
  const job_run *run = ftblab_keyed_find(&checker->runs_of_job, job);
  for (; run != NULL; run = run->of_job)
    if (run->started <= index && run->ended > index + 1)
      return true;
  return false;
}

bool ftblab_facts_job_ended(const ftblab_exact *checker, value job, uint32_t index)
{
  const pointers *list = ftblab_keyed_find(&checker->lists_of_job, job);
  uint32_t low = 0, high = list == NULL ? 0 : list->count;
  while (low < high) { /* the first that started later */
    uint32_t middle = low + (high - low) / 2;
    if (((const job_run *)list->at[middle])->started <= index)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 && ((const job_run *)list->at[low - 1])->last_of_job <= index;
}

/* All runs of a job end at once, so the newest one tells. */
bool ftblab_facts_restarted_since(const ftblab_exact *checker, value job, uint32_t from)
{
  const job_run *run = ftblab_keyed_find(&checker->runs_of_job, job);
  return run != NULL && run->ended == UINT32_MAX && run->ended_before > from;
}

bool ftblab_facts_failed_between(const ftblab_exact *checker, value node, uint32_t from, uint32_t to)
{
  const pointers *list = ftblab_keyed_find(&checker->failures, node);
  uint32_t low = 0, high = list == NULL ? 0 : list->count;
  while (low < high) { /* the first behind FROM */
    uint32_t middle = low + (high - low) / 2;
    if (((const node_fact *)list->at[middle])->index <= from)
      low = middle + 1;
    else
      high = middle;
  }
  return list != NULL && low < list->count && ((const node_fact *)list->at[low])->index <= to;
}
