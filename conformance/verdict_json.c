/* verdict_json.c - a verdict as one JSON object on one line, in the contract's form. */
#include <string.h>

#include "verdict.h"

static void add_string(ftblab_text *text, const char *string)
{
  if (string == NULL)
    ftblab_text_add(text, "null");
  else
    ftblab_text_add_json(text, string, strlen(string));
}

static void add_line(ftblab_text *text, uint64_t line)
{
  if (line == 0)
    ftblab_text_add(text, "null");
  else
    ftblab_text_addf(text, "%llu", (unsigned long long)line);
}

static void add_strings(ftblab_text *text, const char *const *strings, size_t count)
{
  ftblab_text_add(text, "[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0)
      ftblab_text_add(text, ", ");
    add_string(text, strings[i]);
  }
  ftblab_text_add(text, "]");
}

static void add_violations(ftblab_text *text, const ftblab_violation *violations, size_t count, bool of_instance)
{
  ftblab_text_add(text, "[");
  for (size_t i = 0; i < count; i++) {
    const ftblab_violation *v = &violations[i];
    ftblab_text_addf(text, "%s{\"kind\": \"%s\"", i > 0 ? ", " : "", v->kind);
    if (of_instance) {
      ftblab_text_add(text, ", \"step\": ");
      add_string(text, v->step);
    }
    ftblab_text_add(text, ", \"line\": ");
    add_line(text, v->line);
    ftblab_text_add(text, ", \"event\": ");
    add_string(text, v->event);
    ftblab_text_add(text, ", \"message\": ");
    add_string(text, v->message);
    if (v->expected != NULL) {
      ftblab_text_add(text, ", \"expected\": ");
      add_string(text, v->expected);
    }
    if (v->cause != 0)
      ftblab_text_addf(text, ", \"cause\": %llu", (unsigned long long)v->cause);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void add_steps(ftblab_text *text, const ftblab_verdict *verdict, const ftblab_instance_result *in)
{
  ftblab_text_add(text, "[");
  for (size_t r = 0; r < in->workflow->row_count; r++) {
    const ftblab_row *row = &in->workflow->rows[r];
    ftblab_text_addf(text, "%s{\"step\": ", r > 0 ? ", " : "");
    add_string(text, row->step);
    ftblab_text_add(text, ", \"component\": ");
    add_string(text, verdict->spec->roles[row->component].name);
    ftblab_text_addf(text, ", \"action\": \"%s\", \"event\": ", ftblab_action_name(row->action));
    add_string(text, verdict->spec->events[row->event].name);
    ftblab_text_addf(text, ", \"status\": \"%s\", \"line\": ", in->steps[r].status);
    add_line(text, in->steps[r].line);
    ftblab_text_add(text, ", \"t\": ");
    if (in->steps[r].line == 0)
      ftblab_text_add(text, "null");
    else
      ftblab_time_write(in->steps[r].t, text);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void add_instance(ftblab_text *text, const ftblab_verdict *verdict, const ftblab_instance_result *in)
{
  ftblab_text_add(text, "{\"workflow\": ");
  add_string(text, in->workflow->id);
  ftblab_text_add(text, ", \"also\": ");
  add_strings(text, in->also, in->also_count);
  ftblab_text_add(text, ", \"bindings\": {");
  for (size_t b = 0; b < in->binding_count; b++) {
    if (b > 0)
      ftblab_text_add(text, ", ");
    add_string(text, in->bindings[b].variable);
    ftblab_text_add(text, ": ");
    add_string(text, in->bindings[b].text);
  }
  ftblab_text_addf(
      text, "}, \"verdict\": \"%s\", \"first_line\": %llu, \"last_line\": %llu, \"phases\": %d, \"steps\": ",
      ftblab_verdict_name(in->kind), (unsigned long long)in->first_line, (unsigned long long)in->last_line, in->phases);
  add_steps(text, verdict, in);
  ftblab_text_add(text, ", \"violations\": ");
  add_violations(text, in->violations, in->violation_count, true);
  ftblab_text_add(text, "}");
}

void ftblab_verdict_write_json(const ftblab_verdict *verdict, ftblab_text *text)
{
  ftblab_text_add(text, "{\"ftblab_verdict\": 1, \"trace\": ");
  add_string(text, verdict->trace);
  ftblab_text_addf(
      text, ", \"verdict\": \"%s\", \"records\": {\"read\": %llu, \"judged\": %llu, \"ignored\": %llu, \"bad\": %llu}",
      ftblab_verdict_name(verdict->kind), (unsigned long long)verdict->records.read,
      (unsigned long long)verdict->records.judged, (unsigned long long)verdict->records.ignored,
      (unsigned long long)verdict->records.bad);
  if (verdict->records.backwards > 0)
    ftblab_text_addf(text, ", \"time_runs_backwards\": %llu", (unsigned long long)verdict->records.backwards);
  ftblab_text_addf(text,
                   ", \"summary\": {\"instances\": %zu, \"conforms\": %zu, \"violates\": %zu, \"incomplete\": %zu, "
                   "\"violations\": %zu, \"never_exercised\": ",
                   verdict->instance_count, ftblab_verdict_count(verdict, FTBLAB_CONFORMS),
                   ftblab_verdict_count(verdict, FTBLAB_VIOLATES), ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE),
                   ftblab_verdict_violations(verdict));
  add_strings(text, verdict->never, verdict->never_count);
  ftblab_text_add(text, "}, \"instances\": [");
  for (size_t i = 0; i < verdict->instance_count; i++) {
    if (i > 0)
      ftblab_text_add(text, ", ");
    add_instance(text, verdict, &verdict->instances[i]);
  }
  ftblab_text_add(text, "], \"violations\": ");
  add_violations(text, verdict->violations, verdict->violation_count, false);
  ftblab_text_add(text, "}\n");
}
