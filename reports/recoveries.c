/* recoveries.c - what became of each failure that hit a job: how long until it was noticed, until somebody reacted,
 * until the job was launched again, until it computed, from the facts and throws of a trace.
 *
 * The phases are those that the metrics of a run add up (docs/model.md). What must hold: the phases of a recovery
 * follow each other without a gap, from the death of the node to the moment when the job computes again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "study_report.h"

typedef enum phase { DETECTION, DECISION, DOWNTIME, RESTART, PHASES } phase;

typedef struct recovery {
  uint32_t node, job;
  int64_t failed, since; /* SINCE: when the phase at hand began */
  phase now;
  double spent[PHASES]; /* seconds */
  bool open;
} recovery;

typedef struct course {
  const ftblab_log *log;
  ftblab_names *nodes, *jobs;
  uint32_t *on; /* of a node: the job there, or FTBLAB_NO_NAME */
  size_t on_count;
  recovery *all;
  size_t count, room;
  size_t settled; /* all before this one are closed */
  ftblab_payload payload;
  bool failed; /* no memory */
} course;

/* ---- who is where ---------------------------------------------------------------------------------------- */

static uint32_t number_of(course *c, ftblab_names *names, ftblab_slice word)
{
  uint32_t number = ftblab_names_add(names, word.data, word.length);
  c->failed = c->failed || number == FTBLAB_NO_NAME;
  return number;
}

static uint32_t *place_of(course *c, ftblab_slice word)
{
  uint32_t node = number_of(c, c->nodes, word);
  if (c->failed)
    return NULL;
  if (node >= c->on_count) {
    size_t wanted = 2 * ((size_t)node + 8);
    uint32_t *grown = realloc(c->on, wanted * sizeof *grown);
    if (grown == NULL) {
      c->failed = true;
      return NULL;
    }
    for (size_t i = c->on_count; i < wanted; i++)
      grown[i] = FTBLAB_NO_NAME;
    c->on = grown;
    c->on_count = wanted;
  }
  return &c->on[node];
}

static size_t items_of(const course *c, const char *key, const ftblab_item **first)
{
  const ftblab_pair *pair = ftblab_payload_find(&c->payload, key);
  *first = pair != NULL ? &c->payload.items[pair->first_item] : NULL;
  return pair != NULL ? pair->item_count : 0;
}

/* ---- phases -------------------------------------------------------------------------------------------- */

static void enter(recovery *r, phase next, int64_t t)
{
  r->spent[r->now] += (double)ftblab_elapsed(r->since, t) / 1e9;
  r->since = t;
  r->now = next;
}

static void close_one(recovery *r, int64_t t)
{
  enter(r, r->now, t);
  r->open = false;
}

static void fail(course *c, ftblab_slice node, int64_t t)
{
  const uint32_t *place = place_of(c, node);
  if (place == NULL || *place == FTBLAB_NO_NAME)
    return;
  if (c->count == c->room) {
    size_t room = 2 * c->room + 16;
    recovery *grown = realloc(c->all, room * sizeof *grown);
    if (grown == NULL) {
      c->failed = true;
      return;
    }
    c->all = grown;
    c->room = room;
  }
  c->all[c->count++] = (recovery){
      .node = number_of(c, c->nodes, node), .job = *place, .failed = t, .since = t, .now = DETECTION, .open = true};
}

/* Nobody looks again at what is over. */
static size_t first_open(course *c)
{
  while (c->settled < c->count && !c->all[c->settled].open)
    c->settled++;
  return c->settled;
}

static void suspect(course *c, uint32_t node, int64_t t)
{
  for (size_t i = first_open(c); i < c->count; i++)
    if (c->all[i].open && c->all[i].node == node && c->all[i].now == DETECTION)
      enter(&c->all[i], DECISION, t);
}

/* JOB is no more on its nodes: aborted, suspended, or at its end. */
static void end_job(course *c, uint32_t job, bool completed, int64_t t)
{
  for (size_t i = 0; i < c->on_count; i++)
    if (c->on[i] == job)
      c->on[i] = FTBLAB_NO_NAME;
  for (size_t i = first_open(c); i < c->count; i++)
    if (c->all[i].open && c->all[i].job == job) {
      if (completed)
        close_one(&c->all[i], t);
      else
        enter(&c->all[i], DOWNTIME, t);
    }
}

/* JOB computes again, or reads its images first. */
static void go_on(course *c, uint32_t job, bool reads, int64_t t)
{
  for (size_t i = first_open(c); i < c->count; i++)
    if (c->all[i].open && c->all[i].job == job) {
      if (reads)
        enter(&c->all[i], RESTART, t);
      else
        close_one(&c->all[i], t);
    }
}

/* ---- the trace ----------------------------------------------------------------------------------------- */

static bool is_event(const ftblab_record *record, const char *name)
{
  return record->event.length == strlen(name) && memcmp(record->event.data, name, record->event.length) == 0;
}

static bool says(ftblab_slice note, const char *words)
{
  size_t length = strlen(words);
  for (size_t i = 0; note.data != NULL && i + length <= note.length; i++)
    if (memcmp(note.data + i, words, length) == 0)
      return true;
  return false;
}

static void take_job(course *c, const ftblab_record *record, bool starts)
{
  const ftblab_item *jobs, *nodes;
  size_t job_count = items_of(c, "jobs", &jobs), node_count = items_of(c, "nodes", &nodes);
  for (size_t i = 0; i < job_count && !c->failed; i++) {
    uint32_t job = number_of(c, c->jobs, jobs[i].word);
    if (!starts)
      end_job(c, job, says(record->note, "completed"), record->t);
    for (size_t n = 0; starts && n < node_count && !c->failed; n++) {
      uint32_t *place = place_of(c, nodes[n].word);
      if (place != NULL)
        *place = job;
    }
    if (starts)
      go_on(c, job, says(record->note, "from its checkpoint"), record->t);
  }
}

/* The C/R library of a job, "cr-j1" or "cr-j1.2", has read its images. */
static void take_restart(course *c, const ftblab_record *record)
{
  ftblab_slice who = record->instance;
  if (who.data == NULL || who.length < 4 || memcmp(who.data, "cr-", 3) != 0)
    return;
  for (uint32_t job = 0; job < ftblab_names_count(c->jobs); job++) {
    const char *name = ftblab_names_string(c->jobs, job);
    size_t length = strlen(name);
    if (who.length < 3 + length || memcmp(who.data + 3, name, length) != 0 ||
        (who.length > 3 + length && who.data[3 + length] != '.'))
      continue;
    for (size_t i = first_open(c); i < c->count; i++)
      if (c->all[i].open && c->all[i].job == job && c->all[i].now == RESTART)
        close_one(&c->all[i], record->t);
  }
}

static void take_fact(course *c, const ftblab_record *record)
{
  const ftblab_item *nodes;
  size_t count = items_of(c, "nodes", &nodes);
  if (is_event(record, "JOB_STARTED") || is_event(record, "JOB_ENDED"))
    take_job(c, record, is_event(record, "JOB_STARTED"));
  for (size_t i = 0; is_event(record, "NODE_FAILED") && i < count; i++)
    fail(c, nodes[i].word, record->t);
}

static void take_throw(course *c, const ftblab_record *record)
{
  const ftblab_item *items;
  if (is_event(record, "CHECK_NODES_DEAD")) {
    size_t count = items_of(c, "nodes", &items);
    for (size_t i = 0; i < count && !c->failed; i++)
      suspect(c, number_of(c, c->nodes, items[i].word), record->t);
  } else if (is_event(record, "MPI_RANKS_DEAD")) { /* the dead ranks are holes */
    size_t count = items_of(c, "jobs", &items);
    for (size_t i = 0; i < count && !c->failed; i++)
      go_on(c, number_of(c, c->jobs, items[i].word), false, record->t);
  } else if (is_event(record, "CR_RESTARTS_END")) {
    take_restart(c, record);
  }
}

static void read_log(course *c)
{
  for (size_t i = 0; i < c->log->count && !c->failed; i++) {
    const ftblab_record *record = &c->log->records[i];
    if (record->payload.data == NULL ||
        ftblab_payload_parse(&c->payload, record->payload.data, record->payload.length, NULL) != FTBLAB_OK)
      continue;
    if (record->action == FTBLAB_FACT)
      take_fact(c, record);
    else if (record->action == FTBLAB_THROW)
      take_throw(c, record);
  }
  for (size_t i = 0; i < c->count && c->log->count > 0; i++)
    if (c->all[i].open)
      enter(&c->all[i], c->all[i].now, c->log->records[c->log->count - 1].t);
}

/* ---- the plot ---------------------------------------------------------------------------------------------- */

static double length_of(const recovery *r)
{
  double sum = 0;
  for (int i = 0; i < PHASES; i++)
    sum += r->spent[i];
  return sum;
}

static int compare_lengths(const void *a, const void *b)
{
  const recovery *left = a, *right = b;
  double difference = length_of(right) - length_of(left);
  if (difference != 0)
    return difference < 0 ? -1 : 1;
  return left->failed < right->failed ? -1 : left->failed > right->failed;
}

static int compare_dates(const void *a, const void *b)
{
  const recovery *left = a, *right = b;
  return left->failed < right->failed ? -1 : left->failed > right->failed;
}

/* As the metrics count them: those that are over. */
static void tell_lengths(const course *c, ftblab_text *caption)
{
  double sum = 0, longest = 0;
  size_t over = 0;
  for (size_t i = 0; i < c->count; i++) {
    if (c->all[i].open)
      continue;
    sum += length_of(&c->all[i]);
    longest = fmax(longest, length_of(&c->all[i]));
    over++;
  }
  if (over > 0)
    ftblab_text_addf(caption, " Mean %.9g s, longest %.9g s.", sum / (double)over, longest);
  if (over < c->count)
    ftblab_text_addf(caption, " Not over when the run ended (…): %zu.", c->count - over);
}

static void add_bars(const course *c, size_t shown, ftblab_bars *bars)
{
  double longest = 0;
  for (size_t i = 0; i < shown; i++)
    longest = fmax(longest, length_of(&c->all[i]));
  ftblab_scale scale = ftblab_scale_of("s", longest);
  ftblab_scale date = ftblab_scale_of("s", (double)c->log->records[c->log->count - 1].t / 1e9);
  for (size_t i = 0; i < shown; i++) {
    const recovery *r = &c->all[i];
    ftblab_bar *bar = ftblab_bars_add(bars);
    if (bar == NULL)
      return;
    ftblab_text_addf(&bar->label, "%s, %.4g %s%s", ftblab_names_string(c->nodes, r->node),
                     (double)r->failed / 1e9 * date.factor, date.unit, r->open ? " …" : "");
    for (int k = 0; k < PHASES; k++)
      bar->parts[k] = r->spent[k] * scale.factor;
  }
  ftblab_text_addf(&bars->axis, "time since the failure (%s)", scale.unit);
}

static ftblab_status draw(course *c, const char *name, const char *whose, ftblab_plot *plot, ftblab_error *err)
{
  static const ftblab_bar_part parts[PHASES] = {{"detection", 2}, {"decision", 3}, {"downtime", 4}, {"restart", 5}};
  ftblab_bars bars = {.parts = parts, .part_count = PHASES};
  size_t shown = c->count < FTBLAB_STUDY_RECOVERIES ? c->count : FTBLAB_STUDY_RECOVERIES;
  qsort(c->all, c->count, sizeof *c->all, compare_lengths);
  qsort(c->all, shown, sizeof *c->all, compare_dates);
  ftblab_text_add(&plot->name, name);
  ftblab_text_addf(&plot->title, "Recoveries of %s", whose);
  ftblab_text_add(&plot->caption,
                  "A bar for each failure that hit a job, by node and date: how long until the node was "
                  "suspected (detection), until the job was aborted or went on with holes (decision), "
                  "until it was launched again (downtime), until its images were read (restart).");
  tell_lengths(c, &plot->caption);
  if (c->count > shown)
    ftblab_text_addf(&plot->caption, " The %zu longest of %zu.", shown, c->count);
  add_bars(c, shown, &bars);
  ftblab_status status = ftblab_bars_write(&bars, plot, err);
  ftblab_bars_free(&bars);
  return status;
}

ftblab_status ftblab_recoveries_plot(const ftblab_log *log, const char *name, const char *whose, ftblab_plot *plot,
                                     size_t *count, ftblab_error *err)
{
  course c = {.log = log, .nodes = ftblab_names_new(), .jobs = ftblab_names_new()};
  c.failed = c.nodes == NULL || c.jobs == NULL;
  if (!c.failed)
    read_log(&c);
  ftblab_status status = c.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the recoveries") : FTBLAB_OK;
  *count = c.count;
  if (status == FTBLAB_OK && c.count > 0)
    status = draw(&c, name, whose, plot, err);
  ftblab_names_free(c.nodes);
  ftblab_names_free(c.jobs);
  ftblab_payload_free(&c.payload);
  free(c.on);
  free(c.all);
  return status;
}
