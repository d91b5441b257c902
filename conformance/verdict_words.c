/* verdict_words.c - what the writers of verdicts say in the same words: requirements, edits, margins, explanations. */
#include <string.h>

#include "verdict.h"

/* ---- the standard's own words ------------------------------------------------------------------------ */

/* STRING in one line. */
static void add_line(const char *string, ftblab_text *text)
{
  for (; *string != '\0'; string++)
    ftblab_text_add_bytes(text, *string == '\n' ? " " : string, 1);
}

void ftblab_add_requirement(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text)
{
  const ftblab_spec *spec = verdict->spec;
  if (v->row != NULL) {
    ftblab_text_addf(text, "%s %s %s %s (%s)", v->row->step, spec->roles[v->row->component].name,
                     v->row->action == FTBLAB_THROW ? "Throw" : "Catch", v->row->printed, v->row->params);
    if (v->row->text != NULL && v->row->text[0] != '\0')
      ftblab_text_add(text, ": ");
    add_line(v->row->text != NULL ? v->row->text : "", text);
    return;
  }
  if (v->event_index == FTBLAB_NONE)
    return;
  const ftblab_event *event = &spec->events[v->event_index];
  ftblab_text_addf(text, "%s: ", event->printed);
  add_line(event->text != NULL ? event->text : "", text);
}

void ftblab_add_source(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text)
{
  if (v->row != NULL)
    ftblab_text_addf(text, "%s, step %s", v->workflow->source, v->row->step);
  else if (v->event_index != FTBLAB_NONE)
    ftblab_text_add(text, verdict->spec->events[v->event_index].source);
}

static const struct {
  const char *kind, *meaning;
} meanings[] = {{"missing", "A row was passed over: a row that must come after it came, or the trace is complete."},
                {"misordered", "The row came, but before a row that it must follow."},
                {"unexpected", "A throw of a workflow's event at a point where no candidate allows it."},
                {"duplicate", "A row came twice, by the same instance of a component."},
                {"wrong-component", "The event is right, thrown or caught by a role that may not."},
                {"wrong-payload", "The payload does not parse, lacks a key, is too long, or has values that do not "
                                  "fit."},
                {"wrong-channel", "The catalogue names another channel."},
                {"wrong-type", "The catalogue names another type."},
                {"unregistered", "A catch by a component that had not registered for the event."},
                {"unknown-event", "The event is not in the catalogue."},
                {"late", "A deadline that the user gave was missed."},
                {"unanswered", "A command event had none of its follow-ups by the end of a complete trace."}};

bool ftblab_is_kind_of_finding(const char *word, size_t length)
{
  for (size_t m = 0; m < FTBLAB_COUNT(meanings); m++)
    if (strlen(meanings[m].kind) == length && memcmp(meanings[m].kind, word, length) == 0)
      return true;
  return false;
}

void ftblab_add_meaning(const char *kind, ftblab_text *text)
{
  for (size_t m = 0; m < FTBLAB_COUNT(meanings); m++)
    if (strcmp(kind, meanings[m].kind) == 0)
      ftblab_text_add(text, meanings[m].meaning);
}

void ftblab_end_words(ftblab_text *words, ftblab_text *text)
{
  text->failed = text->failed || words->failed;
  ftblab_text_free(words);
}

size_t ftblab_add_character(const char *string, ftblab_text *text)
{
  size_t length = ftblab_utf8_character(string, strlen(string));
  if (length == 0 || (unsigned char)*string < 0x20 || *string == 0x7F)
    ftblab_text_add(text, "\xEF\xBF\xBD");
  else
    ftblab_text_add_bytes(text, string, length);
  return length == 0 ? 1 : length;
}

/* ---- times ------------------------------------------------------------------------------------------- */

void ftblab_add_seconds(int64_t nanoseconds, ftblab_text *text)
{
  ftblab_time_write(nanoseconds, text);
  ftblab_text_add(text, " s");
}

void ftblab_add_margin(const ftblab_margin *m, ftblab_text *text)
{
  int64_t margin = m->within - m->took;
  ftblab_text_addf(text, "row %s %s ", m->step, m->came ? "came" : "has not come");
  ftblab_add_seconds(m->took, text);
  ftblab_text_addf(text, " after %s, ", m->after);
  ftblab_add_seconds(margin < 0 ? -margin : margin, text);
  ftblab_text_addf(text, " %s the ", margin < 0 ? "more than" : "less than");
  ftblab_add_seconds(m->within, text);
  ftblab_text_add(text, m->soft ? " that are wished for" : " that are allowed");
}

/* ---- edits ------------------------------------------------------------------------------------------- */

static void add_place(const ftblab_places *places, const ftblab_operation *o, uint64_t after, ftblab_text *text)
{
  if (o->ahead)
    ftblab_text_addf(text, "before line %s", ftblab_line_text(places, o->before).text);
  else
    ftblab_text_addf(text, "after line %s", ftblab_line_text(places, after).text);
}

static void add_operation(const ftblab_places *places, const ftblab_operation *o, ftblab_text *text)
{
  switch (o->kind) {
  case FTBLAB_ADD:
    ftblab_text_add(text, "add ");
    add_place(places, o, o->line, text);
    ftblab_text_addf(text, ": %s", o->words);
    break;
  case FTBLAB_MOVE:
    ftblab_text_addf(text, "move line %s to ", ftblab_line_text(places, o->line).text);
    add_place(places, o, o->after, text);
    break;
  case FTBLAB_CHANGE:
    ftblab_text_addf(text, "change %s in line %s to %s", o->key, ftblab_line_text(places, o->line).text, o->value);
    break;
  case FTBLAB_REMOVE:
    ftblab_text_addf(text, "remove line %s", ftblab_line_text(places, o->line).text);
    break;
  }
}

void ftblab_add_edit(const ftblab_violation *v, ftblab_text *text)
{
  for (size_t i = 0; i < v->edit_count; i++) {
    if (i > 0)
      ftblab_text_add(text, "; ");
    add_operation(v->places, &v->edit[i], text);
  }
  if (v->advice != NULL)
    ftblab_text_add(text, v->advice);
}

/* ---- instances and whole explanations ---------------------------------------------------------------- */

void ftblab_add_bindings(const ftblab_instance_result *in, ftblab_text *text)
{
  for (size_t b = 0; b < in->binding_count; b++)
    ftblab_text_addf(text, "%s%s = %s", b > 0 ? ", " : "", in->bindings[b].variable, in->bindings[b].text);
}

static void add_part(const char *title, const char *string, ftblab_text *text)
{
  if (string != NULL)
    ftblab_text_addf(text, "\n%s: %s", title, string);
}

void ftblab_add_explanation(const ftblab_verdict *verdict, const ftblab_violation *v, ftblab_text *text)
{
  ftblab_text_addf(text, "%s: %s", v->kind, v->message);
  add_part("rule", v->rule, text);
  if (v->row != NULL || v->event_index != FTBLAB_NONE) {
    ftblab_text_add(text, "\nstandard: \"");
    ftblab_add_requirement(verdict, v, text);
    ftblab_text_add(text, "\" (");
    ftblab_add_source(verdict, v, text);
    ftblab_text_add(text, ")");
  }
  add_part("expected", v->expected, text);
  add_part("got", v->actual, text);
  add_part("because", v->guard, text);
  add_part("allowed here", v->allowed, text);
  for (size_t c = 0; c < v->chain_count; c++)
    ftblab_text_addf(text, "\n%s line %s: %s", c == 0 ? "goes back to" : "and to",
                     ftblab_line_text(v->places, v->chain[c].line).text, v->chain[c].text);
  if (v->edit_count > 0 || v->advice != NULL) {
    ftblab_text_add(text, "\nto mend: ");
    ftblab_add_edit(v, text);
  }
  if (v->reason != NULL)
    ftblab_text_addf(text, "\n%s %s: %s", v->excused ? "expected until" : "was expected, but only until", v->expires,
                     v->reason);
}
