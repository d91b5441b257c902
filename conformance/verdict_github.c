/* verdict_github.c - verdicts as workflow commands of GitHub Actions, which show them beside the lines of a trace. */
#include <string.h>

#include "verdict.h"

/* The escapes of the commands; in a property ':' and ',' as well. */
static void add_escaped(const char *string, bool property, ftblab_text *text)
{
  while (*string != '\0') {
    bool special = strchr("%\r\n", *string) != NULL || (property && (*string == ':' || *string == ','));
    if (special)
      ftblab_text_addf(text, "%%%02X", (unsigned)(unsigned char)*string++);
    else
      string += ftblab_add_character(string, text);
  }
}

static void add_command(const char *level, const ftblab_verdict *verdict, uint64_t line, const char *title,
                        const char *message, ftblab_text *text)
{
  ftblab_text_addf(text, "::%s file=", level);
  add_escaped(ftblab_line_file(verdict->places, line, verdict->trace), true, text);
  if (line != 0)
    ftblab_text_addf(text, ",line=%llu", (unsigned long long)ftblab_line_number(verdict->places, line));
  ftblab_text_add(text, ",title=");
  add_escaped(title, true, text);
  ftblab_text_add(text, "::");
  add_escaped(message, false, text);
  ftblab_text_add(text, "\n");
}

static void add_finding(const ftblab_verdict *verdict, const ftblab_finding *finding, ftblab_text *text)
{
  const ftblab_violation *v = finding->violation;
  uint64_t line = ftblab_line_of(finding);
  ftblab_text message = {0};
  ftblab_add_explanation(verdict, v, &message);
  add_command(v->excused ? "notice" : "error", verdict, line, v->rule, ftblab_text_string(&message), text);
  ftblab_end_words(&message, text);
}

static void add_instance(const ftblab_verdict *verdict, const ftblab_instance_result *in, ftblab_text *text)
{
  if (in->kind == FTBLAB_INCOMPLETE)
    add_command("notice", verdict, in->last_line, in->workflow->id,
                "undecided: the trace ended in the middle of the workflow", text);
  for (size_t m = 0; m < in->margin_count; m++) {
    ftblab_text message = {0};
    ftblab_add_margin(&in->margins[m], &message);
    if (in->margins[m].soft && in->margins[m].took > in->margins[m].within)
      add_command("warning", verdict, in->margins[m].line, "late", ftblab_text_string(&message), text);
    ftblab_end_words(&message, text);
  }
}

static void add_problem(const ftblab_verdict *verdict, const problem *p, ftblab_text *text)
{
  add_command("error", verdict, p->line, "bad input", p->words, text);
}

static void add_verdict(const ftblab_verdict *verdict, ftblab_text *text)
{
  ftblab_finding finding = {0};
  for (uint32_t i = 0; i < verdict->problems.count; i++)
    add_problem(verdict, verdict->problems.at[i], text);
  for (uint32_t i = 0; i < verdict->notes.count; i++)
    add_command("error", verdict, 0, "expectation of the scenario", verdict->notes.at[i], text);
  while (ftblab_next_finding(verdict, &finding))
    add_finding(verdict, &finding, text);
  for (size_t i = 0; i < verdict->instance_count; i++)
    add_instance(verdict, &verdict->instances[i], text);
  if (verdict->instance_count == 0 && verdict->violation_count == 0 && !verdict->unread)
    add_command("notice", verdict, 0, "nothing judged", "no record began a chosen workflow", text);
  for (const ftblab_unexpected_pass *pass = verdict->passes; pass != NULL; pass = pass->next) {
    ftblab_text message = {0};
    ftblab_text_addf(&message, "%s was expected to fail and did not: %s", pass->rule, pass->reason);
    add_command("error", verdict, 0, "unexpected pass", ftblab_text_string(&message), text);
    ftblab_end_words(&message, text);
  }
}

void ftblab_write_github(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  for (size_t i = 0; i < count; i++)
    add_verdict(verdicts[i], text);
}
