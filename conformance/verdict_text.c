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
    char time[32], line[24];
    format_time(&in->steps[r], time, sizeof time);
    snprintf(line, sizeof line, "%llu", (unsigned long long)in->steps[r].line);
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
  char time[32], line[24] = "", message[160];
  char mark = mark_of(in, r);
  format_time(&in->steps[r], time, sizeof time);
  if (in->steps[r].line != 0)
    snprintf(line, sizeof line, "%llu", (unsigned long long)in->steps[r].line);
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

static void add_finding(const ftblab_violation *v, style s, ftblab_text *text)
{
  char heading[80];
  if (v->line != 0)
    snprintf(heading, sizeof heading, "%s, line %llu", v->kind, (unsigned long long)v->line);
  else
    snprintf(heading, sizeof heading, "%s", v->kind);
  ftblab_text_addf(text, "  %s%s%s: ", s.bad, heading, s.plain);
  add_wrapped(text, v->message, strlen(heading) + 4, 6);
  if (v->expected != NULL) {
    ftblab_text_add(text, "      expected: ");
    add_wrapped(text, v->expected, 16, 16);
  }
  if (v->cause != 0)
    ftblab_text_addf(text, "      goes back to line %llu\n", (unsigned long long)v->cause);
}

static void add_instance(const ftblab_verdict *verdict, const ftblab_instance_result *in, style s, ftblab_text *text)
{
  const char *colour = in->kind == FTBLAB_CONFORMS ? s.good : in->kind == FTBLAB_VIOLATES ? s.bad : s.strong;
  ftblab_text_addf(text, "\n%s%s  %s%s\n", s.strong, in->workflow->id, in->workflow->title, s.plain);
  ftblab_text t = {0};
  for (size_t b = 0; b < in->binding_count; b++)
    ftblab_text_addf(&t, "%s%s = %s", b > 0 ? ", " : "", in->bindings[b].variable, in->bindings[b].text);
  ftblab_text_addf(&t, "; lines %llu to %llu", (unsigned long long)in->first_line, (unsigned long long)in->last_line);
  for (size_t i = 0; i < in->also_count; i++)
    ftblab_text_addf(&t, "%s%s", i == 0 ? "; fits as well: " : ", ", in->also[i]);
  ftblab_text_addf(text, "%s%s%s: ", colour, ftblab_verdict_name(in->kind), s.plain);
  add_wrapped(text, ftblab_text_string(&t), strlen(ftblab_verdict_name(in->kind)) + 2, 4);
  ftblab_text_free(&t);
  add_table(verdict, in, s, text);
  for (size_t i = 0; i < in->violation_count; i++)
    add_finding(&in->violations[i], s, text);
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
  ftblab_text_free(&t);
}

void ftblab_verdict_write_text(const ftblab_verdict *verdict, bool colour, ftblab_text *text)
{
  style s = style_of(colour);
  for (size_t i = 0; i < verdict->instance_count; i++)
    add_instance(verdict, &verdict->instances[i], s, text);
  if (verdict->violation_count > 0)
    ftblab_text_add(text, "\nRecords that belong to no instance:\n");
  for (size_t i = 0; i < verdict->violation_count; i++)
    add_finding(&verdict->violations[i], s, text);
  const char *shade = verdict->kind == FTBLAB_CONFORMS ? s.good : verdict->kind == FTBLAB_VIOLATES ? s.bad : s.strong;
  ftblab_text_addf(text, "\n%s: %s%s%s\n", verdict->trace, shade, ftblab_verdict_name(verdict->kind), s.plain);
  size_t violations = ftblab_verdict_violations(verdict);
  ftblab_text_addf(
      text, "%zu instance%s: %zu conform%s, %zu violate%s, %zu incomplete; %zu violation%s\n", verdict->instance_count,
      verdict->instance_count == 1 ? "" : "s", ftblab_verdict_count(verdict, FTBLAB_CONFORMS),
      ftblab_verdict_count(verdict, FTBLAB_CONFORMS) == 1 ? "s" : "", ftblab_verdict_count(verdict, FTBLAB_VIOLATES),
      ftblab_verdict_count(verdict, FTBLAB_VIOLATES) == 1 ? "s" : "", ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE),
      violations, violations == 1 ? "" : "s");
  ftblab_text_addf(text, "%llu records read: %llu judged, %llu ignored, %llu bad\n",
                   (unsigned long long)verdict->records.read, (unsigned long long)verdict->records.judged,
                   (unsigned long long)verdict->records.ignored, (unsigned long long)verdict->records.bad);
  if (verdict->records.backwards > 0)
    ftblab_text_addf(text, "time runs backwards %llu times (the order of lines was kept)\n",
                     (unsigned long long)verdict->records.backwards);
  if (verdict->instance_count == 0 && verdict->kind == FTBLAB_UNDECIDED)
    ftblab_text_add(text, "nothing was judged: no record began a chosen workflow\n");
  add_never(verdict, text);
}
