/* rows.c - the rows of every instance and what is wrong, as a table (CSV, quoted as RFC 4180 has it). Records are
 * another table, which `ftblab export` writes. */
#include "subject.h"

#include <string.h>

static void add_value(ftblab_text *text, const char *string)
{
  if (!strpbrk(string, "\",\n")) {
    ftblab_text_add(text, string);
    return;
  }
  ftblab_text_add(text, "\"");
  for (; *string; string++) {
    ftblab_text_add(text, *string == '"' ? "\"" : "");
    ftblab_text_add_bytes(text, string, 1);
  }
  ftblab_text_add(text, "\"");
}

/* Every cell but the first. */
static void add_cell(ftblab_text *text, const char *string)
{
  ftblab_text_add(text, ",");
  add_value(text, string);
}

static void add_line_cell(ftblab_text *text, uint64_t line)
{
  char number[24] = "";
  if (line > 0)
    snprintf(number, sizeof number, "%llu", (unsigned long long)line);
  add_cell(text, number);
}

/* The time as the trace has it, to the nanosecond; of a verdict alone as its number says. */
static void add_time_cell(ftblab_text *text, const ftblab_subject *subject, const cJSON *step)
{
  uint64_t line = ftblab_number_at(step, "line");
  const cJSON *t = cJSON_GetObjectItemCaseSensitive(step, "t");
  ftblab_text words = {0};
  size_t low = 0, high = subject->log.count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (subject->log.records[middle].line < line)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < subject->log.count && subject->log.records[low].line == line)
    ftblab_time_write(subject->log.records[low].t, &words);
  else if (cJSON_IsNumber(t))
    ftblab_text_addf(&words, "%.15g", t->valuedouble);
  add_cell(text, ftblab_text_string(&words));
  ftblab_done_words(&words, text);
}

/* What every row of an instance begins with. */
static void begin_row(ftblab_text *text, const cJSON *verdict, const cJSON *in, size_t number)
{
  ftblab_text bindings = {0};
  add_value(text, ftblab_string_at(verdict, "trace"));
  add_line_cell(text, number);
  add_cell(text, in ? ftblab_string_at(in, "workflow") : "");
  for (const cJSON *b = in ? ftblab_list_at(in, "bindings") : NULL; b; b = b->next)
    ftblab_text_addf(&bindings, "%s=%s%s", b->string, b->valuestring, b->next ? " " : "");
  add_cell(text, ftblab_text_string(&bindings));
  add_cell(text, ftblab_string_at(in ? in : verdict, "verdict"));
  ftblab_done_words(&bindings, text);
}

static void add_findings(ftblab_text *text, const cJSON *verdict, const cJSON *in, size_t number)
{
  for (const cJSON *v = ftblab_list_at(in ? in : verdict, "violations"); v; v = v->next) {
    begin_row(text, verdict, in, number);
    add_cell(text, "finding");
    add_cell(text, ftblab_string_at(v, "step"));
    add_cell(text, "");
    add_cell(text, "");
    add_cell(text, ftblab_string_at(v, "event"));
    add_cell(text, ftblab_string_at(v, "kind"));
    add_line_cell(text, ftblab_number_at(v, "line"));
    add_cell(text, "");
    add_cell(text, ftblab_string_at(v, "message"));
    ftblab_text_add(text, "\n");
  }
}

static void add_steps(ftblab_text *text, const ftblab_subject *subject, const cJSON *in, size_t number)
{
  for (const cJSON *step = ftblab_list_at(in, "steps"); step; step = step->next) {
    begin_row(text, ftblab_subject_verdict(subject), in, number);
    add_cell(text, "row");
    add_cell(text, ftblab_string_at(step, "step"));
    add_cell(text, ftblab_string_at(step, "component"));
    add_cell(text, ftblab_string_at(step, "action"));
    add_cell(text, ftblab_string_at(step, "event"));
    add_cell(text, ftblab_string_at(step, "status"));
    add_line_cell(text, ftblab_number_at(step, "line"));
    add_time_cell(text, subject, step);
    add_cell(text, "");
    ftblab_text_add(text, "\n");
  }
}

void ftblab_write_rows(const ftblab_report *report, ftblab_text *text)
{
  ftblab_text_add(text,
                  "trace,instance,workflow,bindings,verdict,what,step,component,action,event,status,line,t,message"
                  "\n");
  for (size_t i = 0; i < report->count; i++) {
    const ftblab_subject *subject = &report->subjects[i];
    size_t number = 0;
    if (subject->merged)
      continue;
    const cJSON *verdict = ftblab_subject_verdict(subject);
    for (const cJSON *in = ftblab_list_at(verdict, "instances"); in; in = in->next) {
      add_steps(text, subject, in, ++number);
      add_findings(text, verdict, in, number);
    }
    add_findings(text, verdict, NULL, 0);
  }
}
