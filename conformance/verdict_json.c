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

/* With several files, the one that LINE is in under KEY. */
static void add_file(ftblab_text *text, const ftblab_places *places, const char *key, uint64_t line)
{
  if (line == 0 || places == NULL || !places->several)
    return;
  ftblab_text_addf(text, ", \"%s\": ", key);
  add_string(text, ftblab_line_file(places, line, ""));
}

static void add_line(ftblab_text *text, const ftblab_places *places, uint64_t line)
{
  if (line == 0)
    ftblab_text_add(text, "null");
  else
    ftblab_text_addf(text, "%llu", (unsigned long long)ftblab_line_number(places, line));
  add_file(text, places, "file", line);
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

static void add_chain(ftblab_text *text, const ftblab_violation *v)
{
  ftblab_text_add(text, ", \"chain\": [");
  for (size_t i = 0; i < v->chain_count; i++) {
    ftblab_text_addf(text, "%s{\"line\": ", i > 0 ? ", " : "");
    add_line(text, v->places, v->chain[i].line);
    ftblab_text_add(text, ", \"text\": ");
    add_string(text, v->chain[i].text);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void add_operation(ftblab_text *text, const ftblab_places *places, const ftblab_operation *o)
{
  static const char *const names[] = {
      [FTBLAB_ADD] = "add", [FTBLAB_MOVE] = "move", [FTBLAB_CHANGE] = "change", [FTBLAB_REMOVE] = "remove"};
  unsigned long long line = ftblab_line_number(places, o->line), after = ftblab_line_number(places, o->after);
  ftblab_text_addf(text, "{\"do\": \"%s\", \"%s\": %llu", names[o->kind], o->kind == FTBLAB_ADD ? "after" : "line",
                   line);
  add_file(text, places, "file", o->line);
  if (o->kind == FTBLAB_ADD)
    ftblab_text_addf(text, ", \"record\": %s", o->value);
  if (o->kind == FTBLAB_MOVE) {
    ftblab_text_addf(text, ", \"after\": %llu", after);
    add_file(text, places, "after_file", o->after);
  }
  if (o->kind == FTBLAB_CHANGE) {
    ftblab_text_addf(text, ", \"key\": \"%s\", \"value\": ", o->key);
    if (strcmp(o->key, "t") == 0)
      ftblab_text_add(text, o->value);
    else
      add_string(text, o->value);
  }
  ftblab_text_add(text, "}");
}

static void add_edit(ftblab_text *text, const ftblab_violation *v)
{
  ftblab_text words = {0};
  ftblab_add_edit(v, &words);
  ftblab_text_add(text, ", \"edit\": {\"text\": ");
  add_string(text, ftblab_text_string(&words));
  ftblab_text_add(text, ", \"operations\": [");
  for (size_t i = 0; i < v->edit_count; i++) {
    ftblab_text_add(text, i > 0 ? ", " : "");
    add_operation(text, v->places, &v->edit[i]);
  }
  ftblab_text_add(text, "]}");
  ftblab_end_words(&words, text);
}

static void add_standard(ftblab_text *text, const ftblab_verdict *verdict, const ftblab_violation *v)
{
  ftblab_text quote = {0}, source = {0};
  ftblab_add_requirement(verdict, v, &quote);
  ftblab_add_source(verdict, v, &source);
  if (quote.length > 0) {
    ftblab_text_add(text, ", \"standard\": {\"text\": ");
    add_string(text, ftblab_text_string(&quote));
    ftblab_text_add(text, ", \"source\": ");
    add_string(text, ftblab_text_string(&source));
    ftblab_text_add(text, "}");
  }
  ftblab_end_words(&quote, text);
  ftblab_end_words(&source, text);
}

static void add_optional(ftblab_text *text, const char *key, const char *string)
{
  if (string == NULL)
    return;
  ftblab_text_addf(text, ", \"%s\": ", key);
  add_string(text, string);
}

static void add_explanation(ftblab_text *text, const ftblab_verdict *verdict, const ftblab_violation *v)
{
  add_optional(text, "rule", v->rule);
  add_standard(text, verdict, v);
  add_optional(text, "actual", v->actual);
  add_optional(text, "allowed", v->allowed);
  add_optional(text, "guard", v->guard);
  add_chain(text, v);
  add_edit(text, v);
  if (v->reason != NULL) {
    ftblab_text_addf(text, ", \"expected_failure\": {\"excused\": %s", v->excused ? "true" : "false");
    add_optional(text, "reason", v->reason);
    add_optional(text, "expires", v->expires);
    ftblab_text_add(text, "}");
  }
}

static void add_fitness(ftblab_text *text, double fitness)
{
  if (fitness < 0)
    ftblab_text_add(text, ", \"fitness\": null");
  else
    ftblab_text_addf(text, ", \"fitness\": %.4f", fitness);
}

static void add_seconds(ftblab_text *text, const char *key, int64_t nanoseconds)
{
  ftblab_text_addf(text, ", \"%s\": ", key);
  ftblab_time_write(nanoseconds, text);
}

static void add_margins(ftblab_text *text, const ftblab_places *places, const ftblab_instance_result *in)
{
  if (in->margins == NULL)
    return;
  ftblab_text_add(text, ", \"bounds\": [");
  for (size_t i = 0; i < in->margin_count; i++) {
    const ftblab_margin *m = &in->margins[i];
    ftblab_text_addf(text, "%s{\"step\": ", i > 0 ? ", " : "");
    add_string(text, m->step);
    add_optional(text, "after", m->after);
    add_seconds(text, "within", m->within);
    add_seconds(text, "took", m->took);
    add_seconds(text, "margin", m->within - m->took);
    ftblab_text_addf(text, ", \"soft\": %s, \"came\": %s, \"met\": %s, \"line\": ", m->soft ? "true" : "false",
                     m->came ? "true" : "false", m->took <= m->within ? "true" : "false");
    add_line(text, places, m->line);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void add_passes(ftblab_text *text, const ftblab_verdict *verdict)
{
  const char *separator = "";
  if (verdict->passes == NULL)
    return;
  ftblab_text_add(text, ", \"unexpected_passes\": [");
  for (const ftblab_unexpected_pass *pass = verdict->passes; pass != NULL; pass = pass->next) {
    ftblab_text_addf(text, "%s{\"rule\": ", separator);
    add_string(text, pass->rule);
    add_optional(text, "reason", pass->reason);
    ftblab_text_add(text, "}");
    separator = ", ";
  }
  ftblab_text_add(text, "]");
}

static void add_lines(ftblab_text *text, const char *key, const pointers *lines)
{
  if (lines->count == 0)
    return;
  ftblab_text_addf(text, ", \"%s\": ", key);
  add_strings(text, (const char *const *)lines->at, lines->count);
}

static void add_problems(ftblab_text *text, const ftblab_verdict *verdict)
{
  for (uint32_t i = 0; i < verdict->problems.count; i++) {
    const problem *p = verdict->problems.at[i];
    ftblab_text_add(text, i == 0 ? ", \"problems\": [" : ", ");
    ftblab_text_add_json(text, p->words, strlen(p->words));
  }
  ftblab_text_add(text, verdict->problems.count > 0 ? "]" : "");
}

static void add_violations(ftblab_text *text, const ftblab_verdict *verdict, const ftblab_violation *violations,
                           size_t count, bool of_instance)
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
    add_line(text, v->places, v->line);
    ftblab_text_add(text, ", \"event\": ");
    add_string(text, v->event);
    ftblab_text_add(text, ", \"message\": ");
    add_string(text, v->message);
    if (v->expected != NULL) {
      ftblab_text_add(text, ", \"expected\": ");
      add_string(text, v->expected);
    }
    if (v->cause != 0)
      ftblab_text_addf(text, ", \"cause\": %llu", (unsigned long long)ftblab_line_number(v->places, v->cause));
    add_file(text, v->places, "cause_file", v->cause);
    add_explanation(text, verdict, v);
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
    add_line(text, verdict->places, in->steps[r].line);
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
  uint64_t first, last;
  ftblab_line_range(verdict->places, in, &first, &last);
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
  ftblab_text_addf(text, "}, \"verdict\": \"%s\", \"first_line\": %llu", ftblab_verdict_name(in->kind),
                   (unsigned long long)ftblab_line_number(verdict->places, first));
  add_file(text, verdict->places, "first_file", first);
  ftblab_text_addf(text, ", \"last_line\": %llu", (unsigned long long)ftblab_line_number(verdict->places, last));
  add_file(text, verdict->places, "last_file", last);
  ftblab_text_addf(text, ", \"phases\": %d, \"steps\": ", in->phases);
  add_steps(text, verdict, in);
  ftblab_text_add(text, ", \"violations\": ");
  add_violations(text, verdict, in->violations, in->violation_count, true);
  add_fitness(text, ftblab_instance_fitness(in));
  add_margins(text, verdict->places, in);
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
  if (verdict->cut_short > 0)
    ftblab_text_addf(text, ", \"cut_short\": %llu", (unsigned long long)verdict->cut_short);
  ftblab_text_addf(text,
                   ", \"summary\": {\"instances\": %zu, \"conforms\": %zu, \"violates\": %zu, \"incomplete\": %zu, "
                   "\"violations\": %zu, \"never_exercised\": ",
                   verdict->instance_count, ftblab_verdict_count(verdict, FTBLAB_CONFORMS),
                   ftblab_verdict_count(verdict, FTBLAB_VIOLATES), ftblab_verdict_count(verdict, FTBLAB_INCOMPLETE),
                   ftblab_verdict_violations(verdict));
  add_strings(text, verdict->never, verdict->never_count);
  if (ftblab_verdict_unexcused(verdict) != ftblab_verdict_violations(verdict))
    ftblab_text_addf(text, ", \"expected_failures\": %zu",
                     ftblab_verdict_violations(verdict) - ftblab_verdict_unexcused(verdict));
  ftblab_text_add(text, "}, \"instances\": [");
  for (size_t i = 0; i < verdict->instance_count; i++) {
    if (i > 0)
      ftblab_text_add(text, ", ");
    add_instance(text, verdict, &verdict->instances[i]);
  }
  ftblab_text_add(text, "], \"violations\": ");
  add_violations(text, verdict, verdict->violations, verdict->violation_count, false);
  add_fitness(text, ftblab_verdict_fitness(verdict));
  add_passes(text, verdict);
  add_problems(text, verdict);
  add_lines(text, "unmet", &verdict->notes);
  ftblab_text_add(text, "}\n");
}
