/* verdict_text.c - a verdict for people: each instance as the standard's table with a mark, time and line for each
 * row, then what is wrong in words. Lines keep within 100 columns. */
#include <string.h>

#include "verdict.h"

#define WIDTH 100

typedef struct style {
  const char *good, *bad, *weak, *strong, *plain;
} style;

static style style_of(bool colour)
{
  return colour ? (style){"\033[32m", "\033[31m", "\033[2m", "\033[1m", "\033[0m"} : (style){"", "", "", "", ""};
}

/* Words of STRING, wrapped at WIDTH; lines after the first are indented. The text is at column COLUMN. */
static void add_wrapped(ftblab_text *text, const char *string, size_t column, size_t indent)
{
  const char *separator = "";
  while (*string != '\0') {
    size_t length = strcspn(string, " \n");
    if (column + strlen(separator) + length > WIDTH && column > indent) {
      ftblab_text_addf(text, "\n%*s", (int)indent, "");
      column = indent;
      separator = "";
    }
    ftblab_text_add(text, separator);
    ftblab_text_add_bytes(text, string, length);
    column += strlen(separator) + length;
    string += length + strspn(string + length, " \n");
    separator = " ";
  }
  ftblab_text_add(text, "\n");
}

/* ---- the table --------------------------------------------------------------------------------------- */

static void format_time(const ftblab_step_result *step, char *into, size_t room)
{
  if (step->line == 0) {
    bool silent = strcmp(step->status, "not-begun") == 0;
    snprintf(into, room, "%s", silent ? "-" : step->status);
    return;
  }
  bool negative = step->t < 0;
  uint64_t magnitude = negative ? 0 - (uint64_t)step->t : (uint64_t)step->t;
  magnitude += 500000; /* to the nearest millisecond */
  snprintf(into, room, "%s%llu.%03u", negative ? "-" : "", (unsigned long long)(magnitude / 1000000000u),
           (unsigned)(magnitude % 1000000000u / 1000000u));
}

static bool has_finding(const ftblab_instance_result *in, size_t row)
{
  for (size_t i = 0; i < in->violation_count; i++)
    if (in->violations[i].step != NULL && strcmp(in->violations[i].step, in->workflow->rows[row].step) == 0)
      return true;
  return false;
}

static char mark_of(const ftblab_instance_result *in, size_t row)
{
  const char *status = in->steps[row].status;
  if (strcmp(status, "missing") == 0 || strcmp(status, "misordered") == 0 || has_finding(in, row))
    return '!';
  return strcmp(status, "ok") == 0             ? '+'
         : strcmp(status, "pending") == 0      ? '.'
         : strcmp(status, "not-observed") == 0 ? '?'
                                               : ' ';
}

typedef struct columns {
  int time, line, step, component;
} columns;

static columns measure(const ftblab_verdict *verdict, const ftblab_instance_result *in)
{
  columns c = {.time = 4, .line = 4, .step = 4, .component = 9};
  for (size_t r = 0; r < in->workflow->row_count; r++) {
    const ftblab_row *row = &in->workflow->rows[r];
    char time[32], line[96];
    format_time(&in->steps[r], time, sizeof time);
    snprintf(line, sizeof line, "%s", ftblab_line_text(verdict->places, in->steps[r].line).text);
    int widths[] = {(int)strlen(time), (int)strlen(line), (int)strlen(row->step),
                    (int)strlen(verdict->spec->roles[row->component].name)};
    c.time = widths[0] > c.time ? widths[0] : c.time;
    c.line = widths[1] > c.line ? widths[1] : c.line;
    c.step = widths[2] > c.step ? widths[2] : c.step;
    c.component = widths[3] > c.component ? widths[3] : c.component;
  }
  return c;
}

static void add_row(const ftblab_verdict *verdict, const ftblab_instance_result *in, size_t r, columns c, style s,
                    ftblab_text *text)
{
  const ftblab_row *row = &in->workflow->rows[r];
  char time[32], line[96] = "", message[160];
  char mark = mark_of(in, r);
  format_time(&in->steps[r], time, sizeof time);
  if (in->steps[r].line != 0)
    snprintf(line, sizeof line, "%s", ftblab_line_text(verdict->places, in->steps[r].line).text);
  const char *colour = mark == '+' ? s.good : mark == '!' ? s.bad : s.weak;
  ftblab_text_addf(text, "%s%c%s %*s %*s  %-*s %-*s %-5s ", colour, mark, mark == '!' ? "" : s.plain, c.time, time,
                   c.line, line, c.step, row->step, c.component, verdict->spec->roles[row->component].name,
                   row->action == FTBLAB_THROW ? "Throw" : "Catch");
  size_t column = (size_t)(2 + c.time + 1 + c.line + 2 + c.step + 1 + c.component + 1 + 6);
  snprintf(message, sizeof message, "%s (%s)", row->printed, row->params);
  if (column + strlen(message) <= WIDTH)
    ftblab_text_addf(text, "%s", message);
  else
    ftblab_text_addf(text, "%s\n%*s(%s)", row->printed, (int)column + 2, "", row->params);
  ftblab_text_addf(text, "%s\n", mark == '!' ? s.plain : "");
}

/* A row of a branch that was not taken is not shown: the choice went another way. */
static bool is_not_taken(const ftblab_instance_result *in, size_t row)
{
  const ftblab_row *r = &in->workflow->rows[row];
  for (size_t other = 0; other < in->workflow->row_count && r->choice != 0; other++)
    if (in->workflow->rows[other].choice == r->choice && in->workflow->rows[other].branch != r->branch &&
        in->steps[other].line != 0)
      return in->steps[row].line == 0;
  return false;
}

static void add_table(const ftblab_verdict *verdict, const ftblab_instance_result *in, style s, ftblab_text *text)
{
  const ftblab_workflow *w = in->workflow;
  columns c = measure(verdict, in);
  ftblab_text_addf(text, "%s  %*s %*s  %-*s %-*s Action Message%s\n", s.weak, c.time, "time", c.line, "line", c.step,
                   "", c.component, "Component", s.plain);
  for (size_t r = 0; r < w->row_count; r++) {
    for (size_t o = 0; o < w->occurrence_count; o++)
      if (w->occurrences[o].before == (int)r) {
        ftblab_text_addf(text, "%*s%s", c.time + c.line + 5, "", s.weak);
        add_wrapped(text, w->occurrences[o].text, (size_t)(c.time + c.line + 5), (size_t)(c.time + c.line + 5));
        ftblab_text_add(text, s.plain);
      }
    if (!is_not_taken(in, r))
      add_row(verdict, in, r, c, s, text);
  }
}

/* ---- findings ---------------------------------------------------------------------------------------------- */

/* One titled part of an explanation, wrapped. */
static void add_part(const char *title, const char *string, style s, ftblab_text *text)
{
  if (string == NULL || *string == '\0')
    return;
  ftblab_text_addf(text, "      %s%-13s%s ", s.weak, title, s.plain);
  add_wrapped(text, string, 20, 20);
}

static void add_part_text(const char *title, ftblab_text *words, style s, ftblab_text *text)
{
  add_part(title, ftblab_text_string(words), s, text);
  ftblab_end_words(words, text);
}

static void add_standard(const ftblab_verdict *verdict, const ftblab_violation *v, style s, ftblab_text *text)
{
  ftblab_text words = {0};
  if (v->row == NULL && v->event_index == FTBLAB_NONE)
    return;
  ftblab_text_add(&words, "\"");
  ftblab_add_requirement(verdict, v, &words);
  ftblab_text_add(&words, "\" (");
  ftblab_add_source(verdict, v, &words);
  ftblab_text_add(&words, ")");
  add_part_text("standard", &words, s, text);
}

static void add_chain(const ftblab_violation *v, style s, ftblab_text *text)
{
  for (size_t i = 0; i < v->chain_count; i++) {
    ftblab_text words = {0};
    ftblab_text_addf(&words, "line %s: %s", ftblab_line_text(v->places, v->chain[i].line).text, v->chain[i].text);
    add_part_text(i == 0 ? "goes back to" : "", &words, s, text);
  }
}

static void add_expectation(const ftblab_violation *v, style s, ftblab_text *text)
{
  ftblab_text words = {0};
  if (v->reason == NULL)
    return;
  ftblab_text_addf(&words, "%s (%s %s)", v->reason, v->excused ? "until" : "but only until", v->expires);
  add_part_text(v->excused ? "as expected" : "was expected", &words, s, text);
}

static void add_finding(const ftblab_verdict *verdict, const ftblab_violation *v, style s, ftblab_text *text)
{
  char heading[160];
  ftblab_text edit = {0};
  if (v->line != 0)
    snprintf(heading, sizeof heading, "%s, line %s", v->kind, ftblab_line_text(v->places, v->line).text);
  else
    snprintf(heading, sizeof heading, "%s", v->kind);
  ftblab_text_addf(text, "  %s%s%s: ", v->excused ? s.weak : s.bad, heading, s.plain);
  add_wrapped(text, v->message, strlen(heading) + 4, 6);
  add_part("rule", v->rule, s, text);
  add_standard(verdict, v, s, text);
  add_part("expected", v->expected, s, text);
  add_part("got", v->actual, s, text);
  add_part("because", v->guard, s, text);
  if (v->expected == NULL || v->allowed == NULL || strcmp(v->expected, v->allowed) != 0)
    add_part("allowed here", v->allowed, s, text);
  add_chain(v, s, text);
  ftblab_add_edit(v, &edit);
  add_part_text("to mend", &edit, s, text);
  add_expectation(v, s, text);
}

/* What is late by a hard deadline is told as a finding. */
static void add_margins(const ftblab_instance_result *in, style s, ftblab_text *text)
{
  for (size_t i = 0; i < in->margin_count; i++) {
    const ftblab_margin *m = &in->margins[i];
    bool met = m->took <= m->within;
    const char *title = met ? "in time" : "warning";
    ftblab_text words = {0};
    if (!met && !m->soft)
      continue;
    ftblab_add_margin(m, &words);
    ftblab_text_addf(text, "  %s%s%s: ", met ? s.weak : s.strong, title, s.plain);
    add_wrapped(text, ftblab_text_string(&words), strlen(title) + 4, 6);
    ftblab_end_words(&words, text);
  }
}

static void add_instance(const ftblab_verdict *verdict, const ftblab_instance_result *in, style s, ftblab_text *text)
{
  const char *colour = in->kind == FTBLAB_CONFORMS ? s.good : in->kind == FTBLAB_VIOLATES ? s.bad : s.strong;
  ftblab_text_addf(text, "\n%s%s  %s%s\n", s.strong, in->workflow->id, in->workflow->title, s.plain);
  ftblab_text t = {0};
  for (size_t b = 0; b < in->binding_count; b++)
    ftblab_text_addf(&t, "%s%s = %s", b > 0 ? ", " : "", in->bindings[b].variable, in->bindings[b].text);
  uint64_t first, last;
  ftblab_line_range(verdict->places, in, &first, &last);
  ftblab_text_addf(&t, "%slines %s to %s", in->binding_count > 0 ? "; " : "",
                   ftblab_line_text(verdict->places, first).text, ftblab_line_text(verdict->places, last).text);
  if (in->violation_count > 0)
    ftblab_text_addf(&t, "; fitness %.4f", ftblab_instance_fitness(in));
  for (size_t i = 0; i < in->also_count; i++)
    ftblab_text_addf(&t, "%s%s", i == 0 ? "; fits as well: " : ", ", in->also[i]);
  ftblab_text_addf(text, "%s%s%s: ", colour, ftblab_verdict_name(in->kind), s.plain);
  add_wrapped(text, ftblab_text_string(&t), strlen(ftblab_verdict_name(in->kind)) + 2, 4);
  ftblab_end_words(&t, text);
  add_table(verdict, in, s, text);
  add_margins(in, s, text);
  for (size_t i = 0; i < in->violation_count; i++)
    add_finding(verdict, &in->violations[i], s, text);
}

static void add_never(const ftblab_verdict *verdict, ftblab_text *text)
{
  if (verdict->never_count == 0)
    return;
  ftblab_text t = {0};
  for (size_t i = 0; i < verdict->never_count; i++)
    ftblab_text_addf(&t, "%s%s", i > 0 ? ", " : "", verdict->never[i]);
  ftblab_text_add(text, "never exercised: ");
  add_wrapped(text, ftblab_text_string(&t), 17, 4);
  ftblab_end_words(&t, text);
}

static const char *plural(size_t count)
{
  return count == 1 ? "" : "s";
}

/* "1 instance: 0 conform, 1 violates, 0 incomplete; 1 violation; fitness 0.9091" */
static void add_counts(const ftblab_verdict *verdict, ftblab_text *text)
{
  size_t violations = ftblab_verdict_violations(verdict), instances = ftblab_verdict_total(verdict);
  size_t conform = ftblab_verdict_count(verdict, FTBLAB_CONFORMS);
  size_t violate = ftblab_verdict_count(verdict, FTBLAB_VIOLATES);
  ftblab_text_addf(text, "%zu instance%s: %zu conform%s, %zu violate%s, %zu incomplete; %zu violation%s", instances,
                   plural(instances), conform, conform == 1 ? "s" : "", violate, violate == 1 ? "s" : "",
                   ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE), violations, plural(violations));
  if (violations > ftblab_verdict_unexcused(verdict))
    ftblab_text_addf(text, ", %zu of them expected", violations - ftblab_verdict_unexcused(verdict));
  if (violations > 0)
    ftblab_text_addf(text, "; fitness %.4f", ftblab_verdict_fitness(verdict));
  ftblab_text_add(text, "\n");
}

static void add_records(const ftblab_verdict *verdict, ftblab_text *text)
{
  ftblab_text_addf(text, "%llu records read: %llu judged, %llu ignored, %llu bad\n",
                   (unsigned long long)verdict->records.read, (unsigned long long)verdict->records.judged,
                   (unsigned long long)verdict->records.ignored, (unsigned long long)verdict->records.bad);
  if (verdict->records.backwards > 0)
    ftblab_text_addf(text, "time runs backwards %llu times (the order of lines was kept)\n",
                     (unsigned long long)verdict->records.backwards);
  if (verdict->cut_short > 0)
    ftblab_text_addf(text, "too many instances were open at once (--open-limit): %llu were judged as they were\n",
                     (unsigned long long)verdict->cut_short);
}

static void add_passes(const ftblab_verdict *verdict, style s, ftblab_text *text)
{
  for (const ftblab_unexpected_pass *pass = verdict->passes; pass != NULL; pass = pass->next) {
    ftblab_text words = {0};
    ftblab_text_addf(&words, "%s was expected to fail and did not (%s): take it out of the expected failures",
                     pass->rule, pass->reason);
    ftblab_text_addf(text, "%sunexpected pass%s: ", s.bad, s.plain);
    add_wrapped(text, ftblab_text_string(&words), 17, 4);
    ftblab_end_words(&words, text);
  }
}

static void add_tally(const ftblab_verdict *verdict, size_t workflow, ftblab_text *text)
{
  const ftblab_tally *tally = &verdict->tallies[workflow];
  unsigned long long conform = tally->instances[FTBLAB_CONFORMS], violate = tally->instances[FTBLAB_VIOLATES],
                     incomplete = tally->instances[FTBLAB_INCOMPLETE], violations = tally->violations;
  if (conform + violate + incomplete == 0)
    return;
  ftblab_text_addf(text, "  %-12s %llu conform", verdict->spec->workflows[workflow].id, conform);
  if (violate > 0)
    ftblab_text_addf(text, ", %llu violate (%llu violations)", violate, violations);
  if (incomplete > 0)
    ftblab_text_addf(text, ", %llu incomplete", incomplete);
  ftblab_text_add(text, "\n");
}

static void add_tallies(const ftblab_verdict *verdict, ftblab_text *text)
{
  size_t counted = ftblab_verdict_total(verdict) - verdict->instance_count;
  if (counted == 0)
    return;
  ftblab_text_addf(text, "\nListed is what does not conform, up to %d instances. Counted besides:\n",
                   FTBLAB_LISTED_INSTANCES);
  for (size_t w = 0; w < verdict->spec->workflow_count; w++)
    add_tally(verdict, w, text);
}

void ftblab_verdict_write_findings(const ftblab_verdict *verdict, ftblab_text *text)
{
  ftblab_finding finding = {0};
  while (ftblab_next_finding(verdict, &finding)) {
    if (finding.violation->excused)
      continue;
    ftblab_text_addf(text, "%s:%llu: %s: %s\n",
                     ftblab_line_file(verdict->places, ftblab_line_of(&finding), verdict->trace),
                     (unsigned long long)ftblab_line_number(verdict->places, ftblab_line_of(&finding)),
                     finding.violation->rule, finding.violation->message);
  }
}

void ftblab_verdict_write_text(const ftblab_verdict *verdict, bool colour, ftblab_text *text)
{
  style s = style_of(colour);
  for (size_t i = 0; i < verdict->instance_count; i++)
    add_instance(verdict, &verdict->instances[i], s, text);
  add_tallies(verdict, text);
  if (verdict->violation_count > 0)
    ftblab_text_add(text, "\nRecords that belong to no instance:\n");
  for (size_t i = 0; i < verdict->violation_count; i++)
    add_finding(verdict, &verdict->violations[i], s, text);
  if (verdict->unlisted > 0)
    ftblab_text_addf(text, "and %llu more\n", (unsigned long long)verdict->unlisted);
  const char *shade = verdict->kind == FTBLAB_CONFORMS ? s.good : verdict->kind == FTBLAB_VIOLATES ? s.bad : s.strong;
  ftblab_text_addf(text, "\n%s: %s%s%s\n", verdict->trace, shade, ftblab_verdict_name(verdict->kind), s.plain);
  add_counts(verdict, text);
  add_records(verdict, text);
  if (ftblab_verdict_total(verdict) == 0 && verdict->kind == FTBLAB_UNDECIDED)
    ftblab_text_add(text, "nothing was judged: no record began a chosen workflow\n");
  add_passes(verdict, s, text);
  add_never(verdict, text);
}
