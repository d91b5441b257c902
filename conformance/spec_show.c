/* spec_show.c - a workflow, a family or an event as the standard prints it, and below it what is wrong in the print. */
#include "spec_render.h"

#include <stdio.h>
#include <string.h>

#define COLUMN_COMPONENT 6
#define COLUMN_ACTION 25
#define COLUMN_MESSAGE 35

static void add_rule(ftblab_text *text)
{
  for (size_t i = 0; i < FTBLAB_PAGE_WIDTH; i++)
    ftblab_text_add_bytes(text, "-", 1);
  ftblab_text_add(text, "\n");
}

static void add_head(ftblab_text *text)
{
  add_rule(text);
  ftblab_text_addf(text, "%-*s%-*s%-*s%s\n", COLUMN_COMPONENT, "", COLUMN_ACTION - COLUMN_COMPONENT, "Component",
                   COLUMN_MESSAGE - COLUMN_ACTION, "Action", "Message");
  add_rule(text);
}

/* Each line of STRING in the middle of the page. */
static void add_centred(ftblab_text *text, const char *string)
{
  while (*string) {
    size_t length = strcspn(string, "\n");
    size_t indent = length < FTBLAB_PAGE_WIDTH ? (FTBLAB_PAGE_WIDTH - length) / 2 : 0;
    ftblab_text_addf(text, "%*s%.*s\n", (int)indent, "", (int)length, string);
    string += length + (string[length] != '\0');
  }
}

static void add_line(ftblab_text *text, const char *step, const char *component, const char *action, const char *event,
                     const char *params)
{
  ftblab_text_addf(text, "%-*s%s", COLUMN_COMPONENT, step, component);
  ftblab_render_column(text, COLUMN_ACTION);
  ftblab_text_add(text, action);
  ftblab_render_column(text, COLUMN_MESSAGE);
  ftblab_text_addf(text, "%s (%s)\n", event, params);
}

/* ---- registrations ---- */

static void show_registrations(const ftblab_spec *spec, const ftblab_family *family, ftblab_text *text)
{
  ftblab_text_addf(text, "\nRegistrations of %s\n", family->id);
  add_head(text);
  add_centred(text, "Initialization & Job Launch");
  for (size_t i = 0; i < family->registration_count; i++) {
    const ftblab_registration *registration = &family->registrations[i];
    add_line(text, "0", spec->roles[registration->component].name, "Register", registration->printed,
             registration->params);
  }
  add_rule(text);
}

static bool has_registration_errata(const ftblab_family *family)
{
  for (size_t i = 0; i < family->registration_count; i++)
    if (family->registrations[i].erratum_count)
      return true;
  return family->erratum_count > 0;
}

static void show_family_errata(const ftblab_spec *spec, const ftblab_family *family, ftblab_text *text)
{
  if (!has_registration_errata(family))
    return;
  ftblab_text_addf(text, "\nErrata of %s and its registrations\n", family->id);
  ftblab_render_errata(text, family->errata, family->erratum_count, "");
  for (size_t i = 0; i < family->registration_count; i++) {
    const ftblab_registration *registration = &family->registrations[i];
    char place[160];
    snprintf(place, sizeof place, "%s registers %s", spec->roles[registration->component].name, registration->printed);
    ftblab_render_errata(text, registration->errata, registration->erratum_count, place);
  }
}

/* ---- a workflow ---- */

static void show_row(const ftblab_spec *spec, const ftblab_row *row, ftblab_text *text)
{
  add_line(text, row->step, spec->roles[row->component].name, row->action == FTBLAB_THROW ? "Throw" : "Catch",
           row->printed, row->params);
  if (*row->text) {
    ftblab_text_addf(text, "%*s", COLUMN_MESSAGE, "");
    ftblab_render_wrapped(text, row->text, COLUMN_MESSAGE);
  }
  if (row->choice || row->each != FTBLAB_NONE || row->optional) {
    ftblab_text_addf(text, "%*s[", COLUMN_MESSAGE, "");
    ftblab_render_quantity(spec, text, row);
    ftblab_text_add(text, "]\n");
  }
}

/* The sentences that the rows of a derived workflow rest on. */
static void show_basis(const ftblab_workflow *workflow, ftblab_text *text)
{
  bool any = false;
  for (size_t r = 0; r < workflow->row_count; r++) {
    const ftblab_row *row = &workflow->rows[r];
    if (!row->basis)
      continue;
    if (!any)
      ftblab_text_add(text, "\nWhat the rows rest on\n");
    any = true;
    ftblab_text_addf(text, "  %-6s ", row->step);
    ftblab_render_wrapped(text, row->basis, 9);
  }
}

static void show_table(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  size_t next = 0;
  add_head(text);
  for (size_t r = 0; r < workflow->row_count; r++) {
    for (; next < workflow->occurrence_count && workflow->occurrences[next].before == (int)r; next++)
      add_centred(text, workflow->occurrences[next].text);
    show_row(spec, &workflow->rows[r], text);
  }
  add_rule(text);
}

static void show_errata(const ftblab_workflow *workflow, ftblab_text *text)
{
  size_t count = workflow->erratum_count;
  for (size_t r = 0; r < workflow->row_count; r++)
    count += workflow->rows[r].erratum_count;
  if (count == 0)
    return;
  ftblab_text_addf(text, "\nErrata of %s\n", workflow->id);
  ftblab_render_errata(text, workflow->errata, workflow->erratum_count, "");
  for (size_t r = 0; r < workflow->row_count; r++) {
    char place[64];
    snprintf(place, sizeof place, "step %s", workflow->rows[r].step);
    ftblab_render_errata(text, workflow->rows[r].errata, workflow->rows[r].erratum_count, place);
  }
}

static void show_workflow(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  const ftblab_family *family = &spec->families[workflow->family];
  ftblab_text_addf(text, "%s Workflow: %s\n", workflow->id, workflow->title);
  ftblab_text_addf(text, "(%s)\n\n", workflow->source);
  ftblab_render_wrapped(text, workflow->text, 0);
  if (workflow->basis) {
    ftblab_text_add(text, "\nDerived, in no table of the document, from the sentence:\n  ");
    ftblab_render_wrapped(text, workflow->basis, 2);
  }
  if (workflow->by_name)
    ftblab_text_add(text, "Judged only when it is named (ftblab check --workflow).\n");
  if (workflow->promise != FTBLAB_NONE)
    ftblab_text_addf(text, "Asked only of jobs that have thrown %s, where the trace tells which jobs run where.\n",
                     spec->events[workflow->promise].name);
  show_table(spec, workflow, text);
  show_basis(workflow, text);
  show_registrations(spec, family, text);
  show_errata(workflow, text);
  show_family_errata(spec, family, text);
}

static void show_family(const ftblab_spec *spec, int index, ftblab_text *text)
{
  const ftblab_family *family = &spec->families[index];
  ftblab_text_addf(text, "%s Workflow: %s\n(%s)\n\n", family->id, family->title, family->source);
  ftblab_render_wrapped(text, family->text, 0);
  ftblab_text_add(text, "\n");
  for (size_t w = 0; w < spec->workflow_count; w++)
    if (spec->workflows[w].family == index)
      ftblab_text_addf(text, "  %-19s%s\n", spec->workflows[w].id, spec->workflows[w].title);
  show_registrations(spec, family, text);
  show_family_errata(spec, family, text);
}

/* ---- an event ---- */

static void add_label(ftblab_text *text, const char *label)
{
  ftblab_text_addf(text, "%-14s", label);
}

static void show_roles(const ftblab_spec *spec, const char *label, uint64_t roles, uint64_t by_tables, bool any,
                       ftblab_text *text)
{
  add_label(text, label);
  if (roles || !any)
    ftblab_render_roles(spec, text, roles);
  if (any)
    ftblab_text_add(text, roles ? "; by the text any component" : "any component, as the document names none");
  if (by_tables) {
    ftblab_text_add(text, "; by the tables also ");
    ftblab_render_roles(spec, text, by_tables);
  }
  ftblab_text_add(text, "\n");
}

static void show_uses(const ftblab_spec *spec, int event, ftblab_text *text)
{
  ftblab_text_add(text, "\nIn the tables\n");
  bool used = false;
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; r < spec->workflows[w].row_count; r++) {
      const ftblab_row *row = &spec->workflows[w].rows[r];
      if (row->event != event)
        continue;
      used = true;
      ftblab_text_addf(text, "  %-19s%-6s%s %s %s (%s)\n", spec->workflows[w].id, row->step,
                       spec->roles[row->component].name, row->action == FTBLAB_THROW ? "throws" : "catches",
                       row->printed, row->params);
    }
  if (!used)
    ftblab_text_add(text, "  in none\n");
}

/* What the appendices say of a library's event, and section 2 does not. */
static void show_library(const ftblab_spec *spec, const ftblab_event *event, ftblab_text *text)
{
  if (event->severity) {
    add_label(text, "Severity");
    ftblab_text_addf(text, "%s\n", event->severity);
  }
  for (size_t i = 0; i < event->space_count; i++) {
    add_label(text, i ? "" : "Event space");
    ftblab_text_addf(text, "%s\n", event->spaces[i]);
  }
  if (event->possible) {
    add_label(text, "Status");
    ftblab_text_add(text, "possible: likely to be supported in future, says the document\n");
  }
  for (size_t i = 0; i < event->code_count; i++) {
    add_label(text, i ? "" : "Codes");
    ftblab_text_addf(text, "%s%s%s\n", event->codes[i].code, *event->codes[i].text ? ": " : "", event->codes[i].text);
  }
  if (event->nearest != FTBLAB_NONE) {
    add_label(text, "In section 2");
    ftblab_text_addf(text, "nearest is %s\n", spec->events[event->nearest].name);
  }
}

static void show_event(const ftblab_spec *spec, int index, ftblab_text *text)
{
  const ftblab_event *event = &spec->events[index];
  ftblab_text_addf(text, "%s\n(%s)\n\n", event->name, event->source);
  ftblab_render_wrapped(text, event->text, 0);
  ftblab_text_add(text, "\n");
  for (size_t i = 0; i < event->alias_count; i++) {
    add_label(text, i ? "" : "Also called");
    ftblab_text_addf(text, "%s\n", event->aliases[i]);
  }
  if (!event->is_fact) {
    show_roles(spec, "Thrown by", event->thrown_by, event->table_thrown_by, false, text);
    show_roles(spec, "Caught by", event->caught_by, event->table_caught_by, event->caught_by_any, text);
    ftblab_text_addf(text, "%-14s%s\n%-14s%s\n", "Channel", ftblab_render_channel(event->channel), "Type",
                     ftblab_render_type(event->type));
  }
  show_library(spec, event, text);
  add_label(text, "Payload");
  for (size_t i = 0; i < event->payload_count; i++)
    ftblab_text_addf(text, "%s%s%s", i ? ", " : "", spec->keys[event->payload[i].key],
                     event->payload[i].optional ? " (optional)" : "");
  ftblab_text_addf(text, "%s\n", event->payload_count ? "" : "-");
  for (size_t i = 0; i < event->response_count; i++) {
    add_label(text, i ? "" : "Answered by");
    ftblab_text_addf(text, "%s\n", spec->events[event->responses[i]].name);
  }
  if (!event->is_fact)
    show_uses(spec, index, text);
  if (event->erratum_count)
    ftblab_text_add(text, "\nErrata\n");
  ftblab_render_errata(text, event->errata, event->erratum_count, "");
}

ftblab_status ftblab_spec_show(const ftblab_spec *spec, const char *id, ftblab_text *text, ftblab_error *err)
{
  int workflow = ftblab_spec_workflow(spec, id, strlen(id)), event = ftblab_spec_event(spec, id, strlen(id));
  int family = FTBLAB_NONE;
  for (size_t i = 0; i < spec->family_count; i++)
    if (strcmp(spec->families[i].id, id) == 0)
      family = (int)i;
  if (workflow != FTBLAB_NONE)
    show_workflow(spec, &spec->workflows[workflow], text);
  else if (family != FTBLAB_NONE)
    show_family(spec, family, text);
  else if (event != FTBLAB_NONE)
    show_event(spec, event, text);
  else
    return ftblab_render_unknown(spec, id, "workflow, family or event", err);
  return ftblab_render_done(text, err);
}
