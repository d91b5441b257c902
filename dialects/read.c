/* read.c - reads a log by a dialect. First each line is given its time; then the lines of one time (by the dialect's
 * tick) are put into the order that the rules ask for; then each line goes to the first rule that takes it. */
#include "reading.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 160 /* characters of an unknown line in an explanation */

static ftblab_status no_memory(reading *r)
{
  return ftblab_fail(r->err, FTBLAB_ENOMEM, "no memory to read %s", r->name);
}

/* An error of a pattern, with its place. */
static ftblab_status at_line(reading *r, ftblab_status status, uint64_t line)
{
  if (status != FTBLAB_EINPUT || r->err == NULL)
    return status;
  ftblab_error why = *r->err;
  return ftblab_fail_at(r->err, r->name, (size_t)line, 0, "%s", why.text);
}

/* ---- heads and times -------------------------------------------------------------------------------------------- */

/* The first head that LINE begins with fills in FIELDS; *TEXT is where the rest begins. */
static ftblab_status take_head(reading *r, const log_line *line, ftblab_slice *fields, size_t *text)
{
  *text = 0;
  for (size_t i = 0; i < r->dialect->head_count; i++) {
    bool found;
    size_t start, end;
    ftblab_status status =
        ftblab_match(&r->matcher, r->dialect->heads[i], line->data, line->length, NULL, &found, &start, &end, r->err);
    if (status != FTBLAB_OK)
      return at_line(r, status, line->number);
    if (!found || start != 0)
      continue;
    *text = end;
    return ftblab_match(&r->matcher, r->dialect->heads[i], line->data, line->length, fields, &found, &start, &end,
                        r->err);
  }
  return FTBLAB_OK;
}

/* The lines of text are given times before any is judged; a line without one has that of the line before. */
static ftblab_status time_lines(reading *r)
{
  r->t = r->options->base;
  for (size_t i = 0; i < r->text.count; i++) {
    log_line *line = &r->text.lines[i];
    memset(r->fields, 0, ftblab_names_count(r->dialect->fields) * sizeof *r->fields);
    ftblab_status status = take_head(r, line, r->fields, &line->text);
    if (status != FTBLAB_OK)
      return status;
    const ftblab_slice *time = &r->fields[r->dialect->time_field];
    line->timed = time->data != NULL && ftblab_reading_time(r, time->data, time->length, &r->t);
    line->t = r->t;
  }
  return FTBLAB_OK;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

/* The lines that a pattern may reach over from line I on: *LAST is the last of COUNT. *BARE: none behind the first has
 * a head of its own. */
static size_t span_of_window(const reading *r, size_t i, size_t count, size_t *last, bool *bare)
{
  const log_line *first = &r->text.lines[i];
  size_t span = first->length - first->text;
  *bare = true;
  for (*last = i; *last + 1 < r->text.count && *last + 1 < i + count && !r->taken[*last + 1]; ++*last) {
    const log_line *next = &r->text.lines[*last + 1];
    *bare = *bare && next->text == 0;
    span += 1 + next->length - next->text;
  }
  return span;
}

/* Their texts with newlines between them: as they stand there, or put together if their heads are in between. NULL: no
 * memory. */
static const char *window(reading *r, size_t i, size_t count, size_t *span)
{
  const log_line *first = &r->text.lines[i];
  size_t last, used = 0;
  bool bare;
  *span = span_of_window(r, i, count, &last, &bare);
  if (bare)
    return first->data + first->text;
  char *texts = ftblab_pool_take(&r->pool, *span + 1);
  for (size_t k = i; texts != NULL && k <= last; k++) {
    const log_line *line = &r->text.lines[k];
    if (k > i)
      texts[used++] = '\n';
    memcpy(texts + used, line->data + line->text, line->length - line->text);
    used += line->length - line->text;
  }
  return texts;
}

/* Do the patterns of RULE match line I? Fills in the fields; *LINES is how many lines it took. */
static ftblab_status match_rule(reading *r, const rule *by, size_t i, bool *matches, size_t *lines)
{
  const log_line *line = &r->text.lines[i];
  *lines = 1;
  *matches = true;
  for (size_t p = 0; p < by->pattern_count && *matches; p++) {
    const field_pattern *f = &by->patterns[p];
    ftblab_slice subject = r->fields[f->field];
    size_t start, end;
    bool is_line = f->field == r->dialect->line_field;
    if (is_line && by->lines > 1 && (subject.data = window(r, i, by->lines, &subject.length)) == NULL)
      return no_memory(r);
    ftblab_status status = ftblab_match(&r->matcher, f->pattern, subject.data == NULL ? "" : subject.data,
                                        subject.length, r->fields, matches, &start, &end, r->err);
    if (status != FTBLAB_OK)
      return at_line(r, status, line->number);
    if (is_line && *matches && start > line->length - line->text)
      *matches = false; /* it begins on a later line */
    for (size_t k = 0; is_line && *matches && k < end; k++)
      *lines += k > 0 && subject.data[k - 1] == '\n';
  }
  return FTBLAB_OK;
}

static ftblab_status set_fields(reading *r, size_t i, bool *is_head)
{
  log_line *line = &r->text.lines[i];
  const char *reason = NULL;
  *is_head = false;
  memset(r->fields, 0, ftblab_names_count(r->dialect->fields) * sizeof *r->fields);
  if (r->dialect->form == FORM_TEXT) {
    ftblab_status status = take_head(r, line, r->fields, &line->text);
    r->fields[r->dialect->line_field] = (ftblab_slice){line->data + line->text, line->length - line->text};
    return status;
  }
  r->fields[r->dialect->line_field] = (ftblab_slice){line->data, line->length};
  ftblab_status status = ftblab_row_read(r->dialect, line, &r->columns, &r->pool, r->fields, is_head, &reason);
  if (status != FTBLAB_OK || r->pool.failed)
    return no_memory(r);
  return reason == NULL ? FTBLAB_OK : ftblab_fail_at(r->err, r->name, (size_t)line->number, 0, "%s", reason);
}

/* The time of a row: that of its field "time", or of the row before. */
static ftblab_status take_row_time(reading *r, log_line *line)
{
  scope s = ftblab_reading_scope(r);
  words w = {0};
  ftblab_template_words(r->dialect->time, &s, &w);
  line->timed = false;
  if (w.count > 0 && !ftblab_reading_time(r, w.at[0], strlen(w.at[0]), &r->t))
    return ftblab_fail_at(r->err, r->name, (size_t)line->number, 0, "'%s' is no time as this dialect has them",
                          w.at[0]);
  line->timed = w.count > 0;
  line->t = r->t;
  return FTBLAB_OK;
}

static bool derive_fields(reading *r, const rule *by)
{
  scope s = ftblab_reading_scope(r);
  for (size_t i = 0; i < by->derived_count; i++) {
    words w = {0};
    ftblab_template_words(by->derived[i].value, &s, &w);
    r->fields[by->derived[i].field] = w.count == 0 ? (ftblab_slice){0} : (ftblab_slice){w.at[0], strlen(w.at[0])};
  }
  return !r->pool.failed;
}

/* The rule that takes line I, or NULL. */
static ftblab_status find_rule(reading *r, size_t i, bool with_conditions, const rule **found, size_t *lines)
{
  const ftblab_dialect *d = r->dialect;
  size_t size = ftblab_names_count(d->fields) * sizeof *r->fields;
  ftblab_slice *before = ftblab_pool_take(&r->pool, size);
  if (before == NULL)
    return no_memory(r);
  memcpy(before, r->fields, size);
  *found = NULL;
  for (size_t k = 0; k < d->rule_count; k++) {
    bool matches, holds = true;
    ftblab_status status = match_rule(r, &d->rules[k], i, &matches, lines);
    if (status != FTBLAB_OK)
      return status;
    if (matches && !derive_fields(r, &d->rules[k]))
      return no_memory(r);
    if (matches && with_conditions &&
        !ftblab_conditions_hold(r, d->rules[k].conditions, d->rules[k].condition_count, &holds))
      return no_memory(r);
    if (matches && holds) {
      *found = &d->rules[k];
      return FTBLAB_OK;
    }
    memcpy(r->fields, before, size);
  }
  return FTBLAB_OK;
}

/* ---- what became of a line ------------------------------------------------------------------------------------- */

static void explain(reading *r, const log_line *line, const rule *by, const char *fate, const char *text)
{
  if (r->options->explain == NULL)
    return;
  ftblab_text_addf(r->options->explain, "%s:%llu: %s%s%s%s%s\n", r->name, (unsigned long long)line->number,
                   by == NULL ? "" : by->name, by == NULL ? "" : ": ", fate, *text == '\0' ? "" : ": ", text);
}

static void explain_unknown(reading *r, const log_line *line)
{
  char shown[SHOWN + 1];
  size_t length = line->length < SHOWN ? line->length : SHOWN;
  for (size_t i = 0; i < length; i++)
    shown[i] = (unsigned char)line->data[i] < 0x20 ? ' ' : line->data[i];
  shown[length] = '\0';
  explain(r, line, NULL, "unknown", shown);
}

static bool only_remembers(const rule *by)
{
  for (size_t i = 0; i < by->step_count; i++)
    if (by->steps[i].kind == STEP_RECORD)
      return false;
  return by->step_count > 0;
}

static void count_line(reading *r, const log_line *line, const rule *by, size_t lines)
{
  if (r->emitted > 0) {
    r->counts->used += lines;
    explain(r, line, by, ftblab_text_string(&r->said), "");
  } else if (by->ignore != NULL) {
    r->counts->ignored += lines;
    explain(r, line, by, "ignored", by->ignore);
  } else if (by->repeat != NULL) {
    r->counts->repeats += lines;
    explain(r, line, by, "repeat", by->repeat);
  } else if (only_remembers(by)) {
    r->counts->used += lines;
    explain(r, line, by, "remembered", "");
  } else {
    r->counts->ignored += lines;
    explain(r, line, by, "ignored", "it says nothing that a record needs");
  }
}

static bool is_blank(const log_line *line)
{
  for (size_t i = 0; i < line->length; i++)
    if (line->data[i] != ' ' && line->data[i] != '\t')
      return false;
  return true;
}

/* Lines that say their time and nothing else are there for the lines behind them. */
static bool is_time_alone(const reading *r, const log_line *line)
{
  return r->dialect->form == FORM_TEXT && line->timed && line->text == line->length;
}

static ftblab_status apply_rule(reading *r, size_t i, const rule *by, size_t lines)
{
  r->emitted = 0;
  ftblab_text_clear(&r->said);
  for (size_t k = 1; k < lines; k++)
    r->taken[i + k] = true;
  ftblab_status status = ftblab_reading_number(r);
  if (status == FTBLAB_OK)
    status = ftblab_reading_apply(r, by);
  if (status == FTBLAB_OK)
    count_line(r, &r->text.lines[i], by, lines);
  return status;
}

static ftblab_status read_line(reading *r, size_t i)
{
  log_line *line = &r->text.lines[i];
  const rule *by = NULL;
  size_t lines = 1;
  bool is_head;
  if (r->taken[i])
    return FTBLAB_OK;
  if (is_blank(line)) {
    r->counts->blank++;
    return FTBLAB_OK;
  }
  r->line = line->number;
  ftblab_pool_clear(&r->pool);
  ftblab_status status = set_fields(r, i, &is_head);
  if (status == FTBLAB_OK && r->dialect->form != FORM_TEXT && !is_head)
    status = take_row_time(r, line);
  r->timed = r->timed || line->timed;
  r->t = line->t;
  if (status == FTBLAB_OK && (is_head || is_time_alone(r, line))) {
    r->counts->used++;
    explain(r, line, NULL, is_head ? "names of the columns" : "time of what follows", "");
    return FTBLAB_OK;
  }
  if (status == FTBLAB_OK)
    status = find_rule(r, i, true, &by, &lines);
  if (status != FTBLAB_OK)
    return status;
  if (by != NULL)
    return apply_rule(r, i, by, lines);
  r->counts->unknown++;
  explain_unknown(r, line);
  return FTBLAB_OK;
}

/* ---- the order of lines of one time ----------------------------------------------------------------------------- */

static bool has_order(const ftblab_dialect *d)
{
  for (size_t i = 0; i < d->rule_count; i++)
    if (d->rules[i].order != 0)
      return true;
  return false;
}

/* A line without a time stays behind the line before it. */
static ftblab_status rank_line(reading *r, size_t i)
{
  const rule *by;
  size_t lines;
  bool is_head;
  log_line *line = &r->text.lines[i];
  if (!line->timed) {
    line->order = i == 0 ? 0 : r->text.lines[i - 1].order;
    return FTBLAB_OK;
  }
  ftblab_pool_clear(&r->pool);
  ftblab_status status = set_fields(r, i, &is_head);
  if (status == FTBLAB_OK)
    status = find_rule(r, i, false, &by, &lines);
  if (status == FTBLAB_OK)
    line->order = by == NULL ? 0 : by->order;
  return status;
}

typedef struct ranked {
  int order;
  size_t index;
} ranked;

static int compare_ranked(const void *left, const void *right)
{
  const ranked *a = left, *b = right;
  if (a->order != b->order)
    return a->order < b->order ? -1 : 1;
  return a->index < b->index ? -1 : 1;
}

/* Lines FROM to TO have one time. */
static ftblab_status read_tick(reading *r, size_t from, size_t to)
{
  ftblab_status status = FTBLAB_OK;
  ranked *lines = malloc((to - from) * sizeof *lines);
  if (lines == NULL)
    return no_memory(r);
  for (size_t i = from; i < to && status == FTBLAB_OK; i++) {
    status = rank_line(r, i);
    lines[i - from] = (ranked){r->text.lines[i].order, i};
  }
  if (status == FTBLAB_OK)
    qsort(lines, to - from, sizeof *lines, compare_ranked);
  for (size_t i = 0; i < to - from && status == FTBLAB_OK; i++)
    status = read_line(r, lines[i].index);
  free(lines);
  return status;
}

/* ---- a log that goes on with another: of two that a rotation parted --------------------------------------------- */

static bool may_go_on(const reading *r, const leavings *left)
{
  return left != NULL && left->tables != NULL && left->ahead == r->options->ahead &&
         left->table_count == ftblab_names_count(r->dialect->tables);
}

static bool begins_behind(const reading *r, int64_t last)
{
  for (size_t i = 0; i < r->text.count; i++)
    if (r->text.lines[i].timed)
      return r->text.lines[i].t >= last;
  return false;
}

/* Take what the log before remembered. */
static void take_leavings(reading *r, leavings *left)
{
  ftblab_tables_free(r->tables);
  ftblab_numbering_free(r->numbering);
  r->tables = left->tables;
  r->numbering = left->numbering;
  left->tables = NULL;
  left->numbering = NULL;
  r->goes_on = true;
  ftblab_logs_go_on(r->logs, left);
}

/* Give each line its time. A log that begins when the one before had ended goes on with it, and with its year. */
static ftblab_status time_all(reading *r)
{
  leavings *left = ftblab_logs_leavings(r->logs, r->dialect->name);
  bool may = may_go_on(r, left);
  if (may) {
    r->clock = left->clock;
    r->clock.options = r->options;
  }
  ftblab_status status = time_lines(r);
  if (status != FTBLAB_OK || !may)
    return status;
  if (begins_behind(r, left->last)) {
    take_leavings(r, left);
    return FTBLAB_OK;
  }
  r->clock = (clock_state){.options = r->options};
  return time_lines(r);
}

/* Leave to the next log what it may need. */
static bool leave(reading *r)
{
  if (!r->dialect->rotates || r->dialect->form != FORM_TEXT)
    return true;
  int64_t last = INT64_MIN;
  for (size_t i = 0; i < r->text.count; i++)
    if (r->text.lines[i].timed && r->text.lines[i].t > last)
      last = r->text.lines[i].t;
  if (last == INT64_MIN)
    return true; /* one without a time parts nothing: the next may go on with the one before */
  leavings left = {.name = strdup(r->dialect->name),
                   .tables = r->tables,
                   .numbering = r->numbering,
                   .table_count = ftblab_names_count(r->dialect->tables),
                   .clock = r->clock,
                   .last = last,
                   .ahead = r->options->ahead};
  if (left.name == NULL || !ftblab_logs_leave(r->logs, &left)) {
    free(left.name);
    return false;
  }
  r->tables = NULL;
  r->numbering = NULL;
  return true;
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* Is line B of one time with A, which stands before it? So it is if no more than the dialect's tick is between them. */
static bool is_same_tick(const reading *r, const log_line *a, const log_line *b)
{
  return b->t >= a->t && (uint64_t)b->t - (uint64_t)a->t <= (uint64_t)r->dialect->tick;
}

static ftblab_status read_lines(reading *r)
{
  bool ordered = r->dialect->form == FORM_TEXT && has_order(r->dialect);
  ftblab_status status = r->dialect->form == FORM_TEXT ? time_all(r) : FTBLAB_OK;
  const log_line *lines = r->text.lines;
  for (size_t from = 0, to; from < r->text.count && status == FTBLAB_OK; from = to) {
    for (to = from + 1; ordered && to < r->text.count && is_same_tick(r, &lines[from], &lines[to]); to++)
      ;
    status = to - from == 1 ? read_line(r, from) : read_tick(r, from, to);
  }
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static ftblab_status begin(reading *r, FILE *stream)
{
  const ftblab_dialect *d = r->dialect;
  ftblab_status status = ftblab_log_text_read(&r->text, d, stream, r->name, r->err);
  if (status == FTBLAB_OK)
    status = ftblab_matcher_new(&r->matcher, r->err);
  if (status == FTBLAB_OK)
    status = ftblab_logs_name(r->logs, r->name, &r->file, r->err);
  bool has_numbers = d->numbers.source != NULL;
  r->numbering = has_numbers ? ftblab_numbering_new(UINT32_C(1) << d->numbers.bits) : NULL;
  r->tables = ftblab_tables_new(ftblab_names_count(d->tables));
  r->fields = calloc(ftblab_names_count(d->fields) + 1, sizeof *r->fields);
  r->taken = calloc(r->text.count + 1, sizeof *r->taken);
  if (status == FTBLAB_OK &&
      (r->tables == NULL || r->fields == NULL || r->taken == NULL || (has_numbers && r->numbering == NULL)))
    status = no_memory(r);
  return status;
}

static void end(reading *r)
{
  ftblab_log_text_free(&r->text);
  ftblab_matcher_free(&r->matcher);
  ftblab_tables_free(r->tables);
  ftblab_numbering_free(r->numbering);
  ftblab_pool_free(&r->pool);
  ftblab_pool_free(&r->columns.kept);
  ftblab_text_free(&r->said);
  free(r->fields);
  free(r->taken);
}

ftblab_status ftblab_logs_add(ftblab_logs *logs, const ftblab_dialect *dialect, FILE *stream, const char *name,
                              const ftblab_log_options *options, ftblab_log_counts *counts, ftblab_error *err)
{
  ftblab_log_counts own = {0};
  reading r = {.dialect = dialect,
               .options = options,
               .logs = logs,
               .name = name,
               .counts = counts == NULL ? &own : counts,
               .err = err,
               .clock = {.options = options},
               .t = options->base};
  ftblab_status status = begin(&r, stream);
  if (status == FTBLAB_OK)
    status = read_lines(&r);
  r.counts->lines += r.text.count;
  r.counts->year_missing = r.clock.yearless && options->year == 0;
  if (status == FTBLAB_OK)
    ftblab_logs_end_log(logs, r.file, dialect->sorts, options);
  if (status == FTBLAB_OK && !r.goes_on && !ftblab_logs_join_header(logs, &dialect->header))
    status = no_memory(&r);
  if (status == FTBLAB_OK && !leave(&r))
    status = no_memory(&r);
  end(&r);
  return status;
}
