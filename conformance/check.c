/* check.c - the checker's public calls. Records come in one by one; what belongs to no workflow is judged by section 2
 * alone; the verdict is made at the end. */
#include "digest.h"
#include "explain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
}

/* ---- which workflows --------------------------------------------------------------------------------- */

static ftblab_status choose_workflows(ftblab_exact *checker, const char *ids, ftblab_error *err)
{
  const ftblab_spec *spec = checker->spec;
  if (ids == NULL) {
    for (size_t w = 0; w < spec->workflow_count; w++)
      if (!spec->workflows[w].by_name) {
        checker->chosen |= (uint64_t)1 << w;
        if (!spec->families[spec->workflows[w].family].document)
          checker->expected |= (uint64_t)1 << w;
      }
    return FTBLAB_OK;
  }
  while (*ids != '\0') {
    size_t length = strcspn(ids, ",");
    int workflow = ftblab_spec_workflow(spec, ids, length);
    if (workflow == FTBLAB_NONE)
      return ftblab_fail(err, FTBLAB_EUSAGE, "no workflow \"%.*s\" (ftblab spec list names them all)", (int)length,
                         ids);
    checker->chosen |= (uint64_t)1 << workflow;
    checker->expected = checker->chosen;
    ids += length + (ids[length] == ',');
  }
  return checker->chosen != 0 ? FTBLAB_OK : ftblab_fail(err, FTBLAB_EUSAGE, "no workflow was named");
}

/* Of the throws of a component only those could be seen that are named, if any are. */
static void hide_throws(ftblab_exact *checker, const ftblab_seen *seen)
{
  int role = ftblab_spec_role(checker->spec, seen->component, strlen(seen->component));
  if (role == FTBLAB_NONE || seen->throws[0] == '\0')
    return;
  for (size_t e = 0; e < checker->spec->event_count; e++)
    checker->hidden_throws[e] |= (uint64_t)1 << role;
  for (const char *at = seen->throws; *at != '\0';) {
    size_t span = strcspn(at, ",");
    int event = ftblab_spec_event(checker->spec, at, span);
    if (event != FTBLAB_NONE)
      checker->hidden_throws[event] &= ~((uint64_t)1 << role);
    at += span + (at[span] == ',');
  }
}

/* What the header says that could be seen of which role. */
static void see(ftblab_exact *checker)
{
  const ftblab_trace_header *header = &checker->header;
  checker->throws_visible = header->observes[FTBLAB_THROW] && header->seen_count == 0;
  for (ftblab_action a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++) {
    if (header->observes[a] && header->seen_count == 0)
      checker->visible[a] = UINT64_MAX;
    for (size_t i = 0; i < header->seen_count; i++) {
      const ftblab_seen *seen = &header->seen[i];
      int role = ftblab_spec_role(checker->spec, seen->component, strlen(seen->component));
      if (role != FTBLAB_NONE && header->observes[a] && seen->actions[a])
        checker->visible[a] |= (uint64_t)1 << role;
    }
  }
  for (size_t i = 0; i < header->seen_count; i++)
    hide_throws(checker, &header->seen[i]);
}

ftblab_status ftblab_exact_new(const ftblab_spec *spec, const ftblab_check_options *options,
                               const ftblab_trace_header *header, ftblab_exact **result, ftblab_error *err)
{
  ftblab_exact *checker = calloc(1, sizeof *checker);
  if (checker == NULL)
    return no_memory(err);
  checker->spec = spec;
  checker->header = *header;
  checker->strict_order = options->strict_order;
  checker->complete = options->complete;
  checker->bounds = options->bounds;
  checker->places = options->places;
  checker->last_t = INT64_MIN;
  ftblab_counterparts_make(checker);
  checker->names = ftblab_names_new();
  checker->verdict = calloc(1, sizeof *checker->verdict);
  checker->registered = ftblab_arena_take(&checker->memory, spec->event_count * sizeof *checker->registered);
  checker->hidden_throws = ftblab_arena_take(&checker->memory, spec->event_count * sizeof *checker->hidden_throws);
  checker->blamed = ftblab_arena_take(&checker->memory, spec->event_count * sizeof *checker->blamed);
  checker->events = ftblab_arena_take(&checker->memory, (spec->event_count / 64 + 1) * sizeof *checker->events);
  checker->last_throw = ftblab_arena_take(&checker->memory, spec->event_count * sizeof(entry *));
  checker->alternatives = malloc(MAX_ALTERNATIVES * sizeof *checker->alternatives);
  ftblab_status status = FTBLAB_OK;
  if (checker->names == NULL || checker->verdict == NULL || checker->registered == NULL || checker->blamed == NULL ||
      checker->hidden_throws == NULL || checker->events == NULL || checker->last_throw == NULL ||
      checker->alternatives == NULL)
    status = no_memory(err);
  if (status == FTBLAB_OK)
    see(checker);
  if (status == FTBLAB_OK)
    status = choose_workflows(checker, options->workflows, err);
  if (status == FTBLAB_OK)
    status = ftblab_groups_make(checker, err);
  if (status != FTBLAB_OK) {
    ftblab_exact_free(checker);
    return status;
  }
  checker->verdict->spec = spec;
  *result = checker;
  return FTBLAB_OK;
}

void ftblab_exact_free(ftblab_exact *checker)
{
  if (checker == NULL)
    return;
  ftblab_payload_free(&checker->payload);
  ftblab_text_free(&checker->text);
  free(checker->stamps);
  free(checker->alternatives);
  free(checker->faults);
  ftblab_digest_free(checker->digest);
  ftblab_names_free(checker->names);
  ftblab_verdict_free(checker->verdict);
  ftblab_arena_free(&checker->memory);
  free(checker);
}

/* ---- records --------------------------------------------------------------------------------------------- */

static void register_role(ftblab_exact *checker, const ftblab_record *record, int event)
{
  int role = ftblab_spec_role(checker->spec, record->component.data, record->component.length);
  if (role != FTBLAB_NONE)
    checker->seen |= (uint64_t)1 << role;
  if (role != FTBLAB_NONE && event != FTBLAB_NONE)
    checker->registered[event] |= (uint64_t)1 << role;
  checker->any_register = true;
}

bool ftblab_is_unregistered(const ftblab_exact *checker, const entry *e)
{
  bool boot = checker->header.start == FTBLAB_START_BOOT ||
              (checker->header.start == FTBLAB_START_DEFAULT && checker->any_register);
  return boot && checker->header.observes[FTBLAB_REGISTER] && (e->defects & DEFECT_UNREGISTERED) != 0;
}

/* The first catch of each event by each role that had not registered for it: one cause, one finding. */
static void note_unregistered(ftblab_exact *checker, entry *e)
{
  if (e->action != FTBLAB_CATCH || e->role == FTBLAB_NONE || checker->registered[e->event] & (uint64_t)1 << e->role)
    return;
  if (checker->blamed[e->event] & (uint64_t)1 << e->role)
    return;
  checker->blamed[e->event] |= (uint64_t)1 << e->role;
  e->defects |= DEFECT_UNREGISTERED;
}

/* A catch names the channel and type of its throw: if the throw was blamed for it, the catch is not. */
static void forgive_inherited(ftblab_exact *checker, entry *e)
{
  const entry *thrown = checker->last_throw[e->event];
  if (e->action == FTBLAB_THROW)
    checker->last_throw[e->event] = e;
  if (e->action != FTBLAB_CATCH || thrown == NULL)
    return;
  e->inherited = e->defects & thrown->defects & (DEFECT_CHANNEL | DEFECT_TYPE | DEFECT_LENGTH);
  e->defects &= ~e->inherited;
}

/* The events that the standard names are those of MPI: "under a common namespace (ftb.mpi.*)". What else is on a
 * backplane, it says nothing about. */
static bool is_of_another_space(const ftblab_record *record)
{
  static const char mpi[] = "ftb.mpi.";
  size_t length = sizeof mpi - 1;
  return record->space.data != NULL &&
         (record->space.length < length || strncasecmp(record->space.data, mpi, length) != 0);
}

static ftblab_status judge_event(ftblab_exact *checker, const ftblab_record *record, int event, ftblab_error *err)
{
  ftblab_status status;
  if (event == FTBLAB_NONE && is_of_another_space(record))
    return FTBLAB_OK;
  if (event == FTBLAB_NONE || checker->spec->events[event].is_fact) {
    status = ftblab_report_record(checker, "unknown-event", record, "\"%.*s\" is %s",
                                  (int)(record->event.length < 200 ? record->event.length : 200), record->event.data,
                                  event == FTBLAB_NONE ? "not in the event catalogue"
                                                       : "a fact: no component throws or catches it");
    return status == FTBLAB_OK ? status : no_memory(err);
  }
  entry *e = ftblab_entry_make(checker, record, &status);
  if (e == NULL)
    return no_memory(err);
  if (e->role != FTBLAB_NONE)
    checker->seen |= (uint64_t)1 << e->role;
  if (e->is_hidden) { /* what it speaks of could not be seen: no workflow can claim it, and none is blamed */
    checker->entries.count--;
    return FTBLAB_OK;
  }
  if (!ftblab_facts_moved(checker, e) || !ftblab_facts_command(checker, e) || !ftblab_facts_promised(checker, e))
    return no_memory(err);
  note_unregistered(checker, e);
  forgive_inherited(checker, e);
  return ftblab_match_entry(checker, e) ? FTBLAB_OK : no_memory(err);
}

void ftblab_exact_count(ftblab_exact *checker, const ftblab_record *record)
{
  checker->count.read++;
  if (record->t < checker->last_t)
    checker->count.backwards++;
  checker->last_t = record->t;
  checker->last_clock = record->t - ftblab_bounds_skew(checker->bounds, record->host);
}

ftblab_status ftblab_exact_add(ftblab_exact *checker, const ftblab_record *record, ftblab_error *err)
{
  if (checker->finished)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "a record was added to a finished checker");
  ftblab_exact_count(checker, record);
  int event = ftblab_spec_event(checker->spec, record->event.data, record->event.length);
  switch (record->action) {
  case FTBLAB_REGISTER:
    register_role(checker, record, event);
    if (event == FTBLAB_NONE && ftblab_report_record(checker, "unknown-event", record,
                                                     "registered for \"%.*s\", which is not in the event catalogue",
                                                     (int)(record->event.length < 200 ? record->event.length : 200),
                                                     record->event.data) != FTBLAB_OK)
      return no_memory(err);
    return FTBLAB_OK;
  case FTBLAB_FACT:
    return ftblab_facts_add(checker, record) ? FTBLAB_OK : no_memory(err);
  default:
    return judge_event(checker, record, event, err);
  }
}

void ftblab_exact_set_complete(ftblab_exact *checker)
{
  checker->complete = true;
}

/* ---- the verdict -------------------------------------------------------------------------------------------- */

static void count_records(ftblab_exact *checker)
{
  ftblab_verdict *v = checker->verdict;
  v->records.read = checker->count.read;
  v->records.backwards = checker->count.backwards;
  uint64_t last = 0;
  for (uint32_t i = 0; i < checker->entries.count; i++)
    v->records.judged += ((const entry *)checker->entries.at[i])->reported;
  /* and those that are blamed without being part of an instance; the list is in the order of lines */
  for (size_t i = 0; i < v->violation_count; i++) {
    v->records.judged += v->violations[i].line != last;
    last = v->violations[i].line;
  }
  v->records.ignored = v->records.read - v->records.judged;
}

ftblab_status ftblab_exact_finish(ftblab_exact *checker, const char *trace_name, ftblab_verdict **verdict,
                                  ftblab_error *err)
{
  pointers all = {0};
  ftblab_verdict *v = checker->verdict;
  if (checker->finished)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "a checker was finished twice");
  checker->finished = true;
  v->trace = strdup(trace_name);
  if (v->trace == NULL || !ftblab_settle(checker, &all))
    return no_memory(err);
  ftblab_status status = FTBLAB_OK;
  for (uint32_t i = 0; i < all.count && status == FTBLAB_OK; i++)
    status = ftblab_report_instance(checker, all.at[i], err);
  if (checker->strays.count > 0 && !ftblab_throws_note(checker))
    status = no_memory(err);
  for (uint32_t i = 0; i < checker->strays.count && status == FTBLAB_OK; i++)
    status = ftblab_report_stray(checker, checker->strays.at[i], err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_violations_sort(v->violations, v->violation_count);
  if (!ftblab_edit_unite(v) || !ftblab_verdict_complete(v, checker->expected))
    return no_memory(err);
  count_records(checker);
  checker->verdict = NULL;
  *verdict = v;
  return FTBLAB_OK;
}
