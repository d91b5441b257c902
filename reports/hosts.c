/* hosts.c - draws nodes as rows and jobs on them as bars, with failures, checkpoints and migrations as marks, from the
 * facts of a trace. What must hold: each kind of mark has a shape of its own, and a node that something happened to is
 * drawn before one that only worked. */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 40    /* chosen, no source: more do not fit on a screen */
#define MOST_MARKS 8000 /* chosen, no source: a page of some 2 MB, with as many bars */
#define MOST_BARS 8000
#define MOST_SLOTS 3 /* jobs beside each other on a node */
/* Pixels; chosen by eye in a browser, no source. */
#define WIDTH 1040
#define LEFT 110
#define RIGHT 24
#define ROW 28
#define TOP 16

typedef struct bar {
  uint32_t node, job;
  int64_t from, to;
  bool open; /* still running when the trace ended */
  int slot;
} bar;

typedef struct mark {
  uint32_t node;
  ftblab_mark shape;
  const ftblab_record *record;
} mark;

typedef struct node_state {
  bool marked, is_down, shown;
  int64_t down_since;
  int slots;
  int64_t slot_free[MOST_SLOTS];
  size_t row;
} node_state;

/* A time in which a node was down. */
typedef struct outage {
  uint32_t node;
  int64_t from, to;
} outage;

typedef struct chart {
  const ftblab_log *log;
  const ftblab_spec *spec;
  ftblab_names *nodes, *jobs, *places; /* places: a job on a node */
  bar *bars;
  mark *marks;
  outage *outages;
  node_state *states;
  size_t *open; /* of a place: its bar, or FTBLAB_NOWHERE */
  size_t bar_count, bar_capacity, mark_count, mark_capacity, outage_count, outage_capacity;
  size_t state_capacity, open_capacity, dropped_marks;
  ftblab_payload payload;
  bool failed; /* no memory */
  int64_t first, last;
  uint32_t *order; /* the nodes that are drawn */
  size_t row_count;
} chart;

static void *grown(chart *c, void *array, size_t count, size_t *capacity, size_t size)
{
  if (c->failed || count < *capacity)
    return array;
  size_t wanted = 2 * (count + 16);
  void *larger = realloc(array, wanted * size);
  if (!larger) {
    c->failed = true;
    return array;
  }
  memset((char *)larger + *capacity * size, 0, (wanted - *capacity) * size);
  *capacity = wanted;
  return larger;
}

/* ---- what happened ------------------------------------------------------------------------------------- */

static uint32_t node_number(chart *c, ftblab_slice name)
{
  uint32_t number = ftblab_names_add(c->nodes, name.data, name.length);
  if (number == FTBLAB_NO_NAME) {
    c->failed = true;
    return number;
  }
  c->states = grown(c, c->states, number, &c->state_capacity, sizeof *c->states);
  return c->failed ? FTBLAB_NO_NAME : number;
}

static void add_mark(chart *c, uint32_t node, ftblab_mark shape, const ftblab_record *record)
{
  if (c->mark_count == MOST_MARKS) {
    c->dropped_marks++;
    return;
  }
  c->marks = grown(c, c->marks, c->mark_count, &c->mark_capacity, sizeof *c->marks);
  if (c->failed)
    return;
  c->marks[c->mark_count++] = (mark){node, shape, record};
  c->states[node].marked = true;
}

/* The number of a job's bar on a node; FTBLAB_NOWHERE: it has none that is open. */
static size_t *open_bar(chart *c, uint32_t node, uint32_t job)
{
  char name[32];
  int length = snprintf(name, sizeof name, "%u %u", node, job);
  uint32_t known = ftblab_names_count(c->places), place = ftblab_names_add(c->places, name, (size_t)length);
  if (place == FTBLAB_NO_NAME) {
    c->failed = true;
    return NULL;
  }
  c->open = grown(c, c->open, place, &c->open_capacity, sizeof *c->open);
  if (c->failed)
    return NULL;
  if (place == known)
    c->open[place] = FTBLAB_NOWHERE;
  return &c->open[place];
}

static void start_job(chart *c, uint32_t node, uint32_t job, int64_t t)
{
  size_t *place = open_bar(c, node, job);
  if (!place || *place != FTBLAB_NOWHERE)
    return;
  c->bars = grown(c, c->bars, c->bar_count, &c->bar_capacity, sizeof *c->bars);
  if (c->failed)
    return;
  *place = c->bar_count;
  c->bars[c->bar_count++] = (bar){.node = node, .job = job, .from = t, .to = t, .open = true};
}

static void end_job(chart *c, uint32_t node, uint32_t job, int64_t t)
{
  size_t *place = open_bar(c, node, job);
  if (!place || *place == FTBLAB_NOWHERE)
    return;
  c->bars[*place].to = t;
  c->bars[*place].open = false;
  *place = FTBLAB_NOWHERE;
}

static void take_job(chart *c, const ftblab_record *record, bool starts)
{
  const ftblab_pair *jobs = ftblab_payload_find(&c->payload, "jobs"),
                    *nodes = ftblab_payload_find(&c->payload, "nodes");
  for (size_t j = 0; jobs && nodes && j < jobs->item_count; j++) {
    ftblab_slice name = c->payload.items[jobs->first_item + j].word;
    uint32_t job = ftblab_names_add(c->jobs, name.data, name.length);
    c->failed = c->failed || job == FTBLAB_NO_NAME;
    for (size_t n = 0; n < nodes->item_count && !c->failed; n++) {
      uint32_t node = node_number(c, c->payload.items[nodes->first_item + n].word);
      if (node != FTBLAB_NO_NAME && starts)
        start_job(c, node, job, record->t);
      else if (node != FTBLAB_NO_NAME)
        end_job(c, node, job, record->t);
    }
  }
}

static void end_outage(chart *c, uint32_t node, int64_t t)
{
  c->outages = grown(c, c->outages, c->outage_count, &c->outage_capacity, sizeof *c->outages);
  if (!c->failed)
    c->outages[c->outage_count++] = (outage){node, c->states[node].down_since, t};
}

/* A mark on each node that is named by KEY; "processes" are named NODE:RANK. */
static void mark_nodes(chart *c, const ftblab_record *record, const char *key, ftblab_mark shape, bool known_only)
{
  const ftblab_pair *pair = ftblab_payload_find(&c->payload, key);
  uint32_t last = FTBLAB_NO_NAME;
  for (size_t i = 0; pair && i < pair->item_count && !c->failed; i++) {
    ftblab_slice word = c->payload.items[pair->first_item + i].word;
    const char *colon = known_only ? memchr(word.data, ':', word.length) : NULL;
    word.length = colon ? (size_t)(colon - word.data) : word.length;
    if (known_only && ftblab_names_find(c->nodes, word.data, word.length) == FTBLAB_NO_NAME)
      continue;
    uint32_t node = node_number(c, word);
    if (node != FTBLAB_NO_NAME && node != last)
      add_mark(c, node, shape, record);
    last = node;
  }
}

static void take_node(chart *c, const ftblab_record *record, bool fails)
{
  const ftblab_pair *nodes = ftblab_payload_find(&c->payload, "nodes");
  for (size_t n = 0; nodes && n < nodes->item_count && !c->failed; n++) {
    uint32_t node = node_number(c, c->payload.items[nodes->first_item + n].word);
    if (node == FTBLAB_NO_NAME)
      return;
    add_mark(c, node, fails ? FTBLAB_MARK_CROSS : FTBLAB_MARK_RING, record);
    if (fails && !c->states[node].is_down)
      c->states[node].down_since = record->t;
    else if (!fails && c->states[node].is_down)
      end_outage(c, node, record->t);
    c->states[node].is_down = fails;
  }
}

static bool is_called(const char *event, ftblab_slice name)
{
  return strlen(event) == name.length && memcmp(event, name.data, name.length) == 0;
}

static void take_fact(chart *c, const ftblab_record *record)
{
  if (is_called("JOB_STARTED", record->event) || is_called("JOB_ENDED", record->event))
    take_job(c, record, is_called("JOB_STARTED", record->event));
  else if (is_called("NODE_FAILED", record->event) || is_called("NODE_RETURNED", record->event))
    take_node(c, record, is_called("NODE_FAILED", record->event));
  else if (is_called("IFACE_FAILED", record->event) || is_called("DISK_FAILED", record->event) ||
           is_called("FILE_LOST", record->event))
    mark_nodes(c, record, "nodes", FTBLAB_MARK_DOWN, false);
  else if (is_called("IFACE_RETURNED", record->event) || is_called("DISK_RETURNED", record->event))
    mark_nodes(c, record, "nodes", FTBLAB_MARK_UP, false);
}

/* Checkpoints and migrations are thrown, no fact tells them: what is announced, not its beginning. */
static void take_throw(chart *c, const ftblab_record *record)
{
  const char *name = ftblab_spec_event_name(c->spec, record->event);
  if (name && strstr(name, "MIGRATE")) {
    mark_nodes(c, record, "snode", FTBLAB_MARK_DIAMOND, true);
    mark_nodes(c, record, "dnode", FTBLAB_MARK_DIAMOND, true);
  } else if (name && strstr(name, "CKPT") && !strstr(name, "BEGIN")) {
    mark_nodes(c, record, "processes", FTBLAB_MARK_SQUARE, true);
    mark_nodes(c, record, "nodes", FTBLAB_MARK_SQUARE, true);
  }
}

/* A payload that is none was a finding of the verdict; there is nothing to draw of it. */
static void read_log(chart *c)
{
  for (size_t i = 0; i < c->log->count && !c->failed; i++) {
    const ftblab_record *record = &c->log->records[i];
    c->first = i == 0 || record->t < c->first ? record->t : c->first;
    c->last = i == 0 || record->t > c->last ? record->t : c->last;
    if ((record->action != FTBLAB_FACT && record->action != FTBLAB_THROW) || record->payload.length == 0)
      continue;
    if (ftblab_payload_parse(&c->payload, record->payload.data, record->payload.length, NULL) != FTBLAB_OK)
      continue;
    if (record->action == FTBLAB_FACT)
      take_fact(c, record);
    else
      take_throw(c, record);
  }
  for (size_t i = 0; i < c->bar_count; i++)
    if (c->bars[i].open)
      c->bars[i].to = c->last;
  for (uint32_t node = 0; !c->failed && node < ftblab_names_count(c->nodes); node++)
    if (c->states[node].is_down)
      end_outage(c, node, c->last);
}

/* ---- which nodes, and where jobs stand on them ---------------------------------------------------------- */

/* Bars are in the order of their start. */
static void place_bars(chart *c)
{
  for (size_t i = 0; i < c->bar_count; i++) {
    node_state *state = &c->states[c->bars[i].node];
    int slot = 0;
    while (slot < state->slots && slot < MOST_SLOTS - 1 && state->slot_free[slot] > c->bars[i].from)
      slot++;
    state->slots = slot + 1 > state->slots ? slot + 1 : state->slots;
    state->slot_free[slot] = c->bars[i].to;
    c->bars[i].slot = slot;
  }
}

/* "n2" before "n10": runs of digits by length, then as they are. */
static int compare_names(const char *a, const char *b)
{
  while (*a && *b) {
    size_t da = strspn(a, "0123456789"), db = strspn(b, "0123456789");
    if (da > 0 && db > 0 && da != db)
      return da < db ? -1 : 1;
    if (*a != *b)
      return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    a++;
    b++;
  }
  return *a ? 1 : *b ? -1 : 0;
}

/* By insertion: there are few rows. */
static void insert_row(chart *c, uint32_t node)
{
  size_t at = c->row_count++;
  const char *name = ftblab_names_string(c->nodes, node);
  while (at > 0 && compare_names(ftblab_names_string(c->nodes, c->order[at - 1]), name) > 0) {
    c->order[at] = c->order[at - 1];
    at--;
  }
  c->order[at] = node;
  c->states[node].shown = true;
}

static void choose_rows(chart *c)
{
  uint32_t count = ftblab_names_count(c->nodes);
  for (int marked = 1; marked >= 0; marked--)
    for (uint32_t node = 0; node < count && c->row_count < MOST_ROWS; node++)
      if (c->states[node].marked == (marked == 1))
        insert_row(c, node);
  for (size_t row = 0; row < c->row_count; row++)
    c->states[c->order[row]].row = row;
}

/* ---- drawing --------------------------------------------------------------------------------------------- */

static double time_x(const chart *c, int64_t t)
{
  double span = (double)ftblab_elapsed(c->first, c->last);
  return LEFT + (WIDTH - LEFT - RIGHT) * (span > 0 ? (double)ftblab_elapsed(c->first, t) / span : 0.0);
}

static double row_y(const chart *c, uint32_t node)
{
  return TOP + ROW * (double)c->states[node].row;
}

/* 1, 2 or 5 times a power of ten nanoseconds, so that there are at most 10 ticks. The longest span is 9.2 times 10^18
 * of them: no product is beyond it. */
static int64_t tick_step(int64_t span)
{
  static const int64_t steps[] = {1, 2, 5};
  for (int64_t unit = 1;; unit *= 10)
    for (size_t i = 0; i < FTBLAB_COUNT(steps); i++)
      if (span / (steps[i] * unit) <= 10)
        return steps[i] * unit;
}

static void draw_axis(const chart *c, double bottom, int64_t origin, ftblab_text *text)
{
  int64_t from = ftblab_elapsed(origin, c->first), span = ftblab_elapsed(c->first, c->last), step = tick_step(span);
  int64_t before = from % step == 0 ? 0 : step - (from % step + step) % step;
  for (int64_t at = before; at <= span; at += step) {
    ftblab_text words = {0};
    double x = LEFT + (WIDTH - LEFT - RIGHT) * (span > 0 ? (double)at / (double)span : 0.0);
    ftblab_svg_line(text, x, TOP - 6, x, bottom, "grid");
    if (from < INT64_MAX - at)
      ftblab_time_write(from + at, &words);
    ftblab_svg_label(text, x, bottom + 16, "number", "middle", ftblab_text_string(&words), 0);
    ftblab_done_words(&words, text);
    if (at > INT64_MAX - step)
      break;
  }
  ftblab_svg_label(text, LEFT - 12, bottom + 16, "quiet", "end", "time (s)", 0);
}

static void draw_bar(const chart *c, const bar *b, ftblab_text *text)
{
  const node_state *state = &c->states[b->node];
  const char *job = ftblab_names_string(c->jobs, b->job);
  double x = time_x(c, b->from), width = time_x(c, b->to) - x, height = (ROW - 8.0) / state->slots;
  double y = row_y(c, b->node) + 4 + height * b->slot;
  ftblab_text words = {0};
  width = width < 2 ? 2 : width;
  ftblab_text_addf(&words, "%s from ", job);
  ftblab_time_write(b->from, &words);
  ftblab_text_add(&words, " s to ");
  ftblab_time_write(b->to, &words);
  ftblab_text_add(&words, b->open ? " s, when the trace ended" : " s");
  ftblab_text_addf(text, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"bar bar%u\"><title>", x, y,
                   width, height - 1, b->job % 6);
  ftblab_add_escaped(text, ftblab_string_slice(ftblab_text_string(&words)), 400);
  ftblab_text_add(text, "</title></rect>\n");
  if (width > 7.5 * (double)strlen(job) + 8 && height >= 12)
    ftblab_svg_label(text, x + 6, y + height / 2 + 3.5, "inbar", "start", job, 0);
  ftblab_done_words(&words, text);
}

static void draw_mark(const chart *c, const mark *m, ftblab_text *text)
{
  ftblab_text words = {0};
  ftblab_text_add_bytes(&words, m->record->event.data, m->record->event.length);
  ftblab_text_add(&words, " ");
  ftblab_text_add_bytes(&words, m->record->payload.data, m->record->payload.length);
  ftblab_text_add(&words, ", ");
  ftblab_time_write(m->record->t, &words);
  ftblab_text_add(&words, " s");
  ftblab_text_add(text, "<g><title>");
  ftblab_add_escaped(text, (ftblab_slice){ftblab_text_string(&words), words.length}, 400);
  ftblab_text_add(text, "</title>");
  ftblab_svg_mark(text, m->shape, time_x(c, m->record->t), row_y(c, m->node) + ROW / 2.0,
                  m->shape == FTBLAB_MARK_CROSS ? "markdown" : "markfill");
  ftblab_text_add(text, "</g>\n");
  ftblab_done_words(&words, text);
}

static void draw_legend(double y, ftblab_text *text)
{
  static const struct {
    ftblab_mark shape;
    const char *word;
  } legend[] = {{FTBLAB_MARK_CROSS, "node fails"},        {FTBLAB_MARK_RING, "node returns"},
                {FTBLAB_MARK_DOWN, "interface fails"},    {FTBLAB_MARK_UP, "interface returns"},
                {FTBLAB_MARK_SQUARE, "checkpoint taken"}, {FTBLAB_MARK_DIAMOND, "migration"}};
  double x = LEFT;
  for (size_t i = 0; i < FTBLAB_COUNT(legend); i++) {
    ftblab_svg_mark(text, legend[i].shape, x, y, legend[i].shape == FTBLAB_MARK_CROSS ? "markdown" : "markfill");
    ftblab_svg_label(text, x + 11, y + 4, "quiet", "start", legend[i].word, 0);
    x += 34 + 6.6 * (double)strlen(legend[i].word);
  }
  ftblab_svg_line(text, x, y, x + 22, y, "down");
  ftblab_svg_label(text, x + 28, y + 4, "quiet", "start", "down", 0);
}

static void draw_rows(const chart *c, ftblab_text *text)
{
  for (size_t row = 0; row < c->row_count; row++) {
    double y = TOP + ROW * (double)row;
    if (row % 2 == 0)
      ftblab_text_addf(text, "<rect x=\"0\" y=\"%.1f\" width=\"%d\" height=\"%d\" class=\"stripe\"/>\n", y, WIDTH, ROW);
    ftblab_svg_label(text, LEFT - 12, y + ROW / 2.0 + 4, "head", "end", ftblab_names_string(c->nodes, c->order[row]),
                     11);
  }
}

static void draw_bars(const chart *c, ftblab_text *text)
{
  size_t drawn = 0;
  for (size_t i = 0; i < c->bar_count && drawn < MOST_BARS; i++) {
    if (!c->states[c->bars[i].node].shown)
      continue;
    draw_bar(c, &c->bars[i], text);
    drawn++;
  }
}

static size_t undrawn_bars(const chart *c)
{
  size_t wanted = 0;
  for (size_t i = 0; i < c->bar_count; i++)
    wanted += c->states[c->bars[i].node].shown;
  return wanted > MOST_BARS ? wanted - MOST_BARS : 0;
}

static void draw_chart(const chart *c, size_t number, bool style, const char *name, ftblab_text *text)
{
  double bottom = TOP + ROW * (double)c->row_count + 4;
  ftblab_text title = {0}, description = {0};
  ftblab_text_addf(&title, "Nodes and jobs in %s", name);
  ftblab_text_addf(&description,
                   "Rows are nodes, bars are jobs on them, marks are failures, checkpoints and migrations. "
                   "%zu nodes drawn, %u jobs.",
                   c->row_count, ftblab_names_count(c->jobs));
  ftblab_svg_begin(text, WIDTH, bottom + 54, style, 2 * number + 1, ftblab_text_string(&title),
                   ftblab_text_string(&description));
  draw_rows(c, text);
  draw_axis(c, bottom, ftblab_time_origin(c->log), text);
  draw_bars(c, text);
  for (size_t i = 0, drawn = 0; i < c->outage_count && drawn < MOST_BARS; i++)
    if (c->states[c->outages[i].node].shown && ++drawn)
      ftblab_svg_line(text, time_x(c, c->outages[i].from), row_y(c, c->outages[i].node) + ROW / 2.0,
                      time_x(c, c->outages[i].to), row_y(c, c->outages[i].node) + ROW / 2.0, "down");
  for (size_t i = 0; i < c->mark_count; i++)
    if (c->states[c->marks[i].node].shown)
      draw_mark(c, &c->marks[i], text);
  draw_legend(bottom + 38, text);
  ftblab_svg_end(text);
  ftblab_done_words(&title, text);
  ftblab_done_words(&description, text);
}

static void free_chart(chart *c)
{
  ftblab_names_free(c->nodes);
  ftblab_names_free(c->jobs);
  ftblab_names_free(c->places);
  ftblab_payload_free(&c->payload);
  free(c->bars);
  free(c->marks);
  free(c->outages);
  free(c->states);
  free(c->open);
  free(c->order);
}

ftblab_status ftblab_draw_hosts(const ftblab_report *report, const ftblab_subject *subject, size_t number, bool style,
                                ftblab_text *text, ftblab_text *note, ftblab_error *err)
{
  chart c = {.log = &subject->log,
             .spec = report->spec,
             .nodes = ftblab_names_new(),
             .jobs = ftblab_names_new(),
             .places = ftblab_names_new(),
             .order = calloc(MOST_ROWS, sizeof *c.order)};
  c.failed = !c.nodes || !c.jobs || !c.places || !c.order;
  if (!c.failed)
    read_log(&c);
  if (!c.failed && ftblab_names_count(c.nodes) > 0) {
    size_t nodes = ftblab_names_count(c.nodes);
    place_bars(&c);
    choose_rows(&c);
    draw_chart(&c, number, style, subject->name, text);
    if (nodes > c.row_count)
      ftblab_text_addf(note, "Left out: %zu of %zu nodes; drawn are those that something happened to, then others. ",
                       nodes - c.row_count, nodes);
    if (undrawn_bars(&c) > 0)
      ftblab_text_addf(note, "Left out: %zu bars of jobs, the last ones. ", undrawn_bars(&c));
    if (c.dropped_marks > 0)
      ftblab_text_addf(note, "Left out: %zu marks, the last ones. ", c.dropped_marks);
  }
  ftblab_status status = c.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a picture") : FTBLAB_OK;
  free_chart(&c);
  return status;
}
