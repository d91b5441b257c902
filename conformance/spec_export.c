/* spec_export.c - a workflow for other programs and pages: JSON, Markdown and Mermaid here, DOT in spec_dot.c, PNML
 * in spec_pnml.c. Components, events and params go out as the document prints them. */
#include "spec_render.h"

#include <string.h>

/* ---- JSON ---- */

static void add_string(ftblab_text *text, const char *before, const char *string)
{
  ftblab_text_add(text, before);
  if (string)
    ftblab_text_add_json(text, string, strlen(string));
  else
    ftblab_text_add(text, "null");
}

static void json_errata(ftblab_text *text, const char *before, const ftblab_erratum *errata, size_t count)
{
  ftblab_text_addf(text, "%s[", before);
  for (size_t i = 0; i < count; i++) {
    add_string(text, i ? ", {\"id\": " : "{\"id\": ", errata[i].id);
    add_string(text, ", \"text\": ", errata[i].text);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void json_registrations(const ftblab_spec *spec, const ftblab_family *family, ftblab_text *text)
{
  ftblab_text_add(text, ",\n \"registers\": [");
  for (size_t i = 0; i < family->registration_count; i++) {
    const ftblab_registration *registration = &family->registrations[i];
    add_string(text, i ? ",\n   {\"component\": " : "\n   {\"component\": ", spec->roles[registration->component].name);
    add_string(text, ", \"event\": ", registration->printed);
    add_string(text, ", \"params\": ", registration->params);
    if (registration->erratum_count)
      json_errata(text, ", \"errata\": ", registration->errata, registration->erratum_count);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

/* What rows of Appendix B never have, in the form of the data files. */
static void json_quantity(const ftblab_spec *spec, const ftblab_row *row, ftblab_text *text)
{
  if (row->basis)
    add_string(text, ", \"basis\": ", row->basis);
  if (row->optional)
    ftblab_text_add(text, ", \"optional\": true");
  if (row->unless != FTBLAB_NONE)
    add_string(text, ", \"unless\": ", spec->events[row->unless].name);
  if (row->choice) {
    add_string(text, ", \"choice\": {\"of\": ", row->choice_name);
    add_string(text, ", \"branch\": ", row->branch_name);
    ftblab_text_add(text, "}");
  }
  if (row->each != FTBLAB_NONE)
    add_string(text, ", \"each\": ", spec->variables[row->each]);
}

static void json_rows(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  ftblab_text_add(text, ",\n \"rows\": [");
  for (size_t r = 0; r < workflow->row_count; r++) {
    const ftblab_row *row = &workflow->rows[r];
    add_string(text, r ? ",\n   {\"step\": " : "\n   {\"step\": ", row->step);
    add_string(text, ", \"component\": ", spec->roles[row->component].name);
    add_string(text, ", \"action\": ", row->action == FTBLAB_THROW ? "throw" : "catch");
    add_string(text, ", \"event\": ", row->printed);
    add_string(text, ", \"params\": ", row->params);
    ftblab_text_addf(text, ", \"phase\": %d", row->phase);
    add_string(text, ", \"text\": ", row->text);
    add_string(text, ", \"name\": ", spec->events[row->event].name);
    json_quantity(spec, row, text);
    if (row->erratum_count)
      json_errata(text, ", \"errata\": ", row->errata, row->erratum_count);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void json_occurrences(const ftblab_workflow *workflow, ftblab_text *text)
{
  ftblab_text_add(text, ",\n \"occurrences\": [");
  for (size_t i = 0; i < workflow->occurrence_count; i++) {
    const ftblab_occurrence *occurrence = &workflow->occurrences[i];
    bool at_row = occurrence->before < (int)workflow->row_count;
    add_string(text, i ? ",\n   {\"before\": " : "\n   {\"before\": ",
               at_row ? workflow->rows[occurrence->before].step : NULL);
    ftblab_text_addf(text, ", \"phase\": %d", occurrence->phase);
    add_string(text, ", \"text\": ", occurrence->text);
    ftblab_text_add(text, "}");
  }
  ftblab_text_add(text, "]");
}

static void export_json(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  const ftblab_family *family = &spec->families[workflow->family];
  add_string(text, "{\"id\": ", workflow->id);
  add_string(text, ", \"title\": ", workflow->title);
  add_string(text, ",\n \"origin\": ", workflow->origin);
  add_string(text, ", \"source\": ", workflow->source);
  add_string(text, ",\n \"family\": ", family->id);
  if (workflow->basis)
    add_string(text, ",\n \"basis\": ", workflow->basis);
  if (workflow->by_name)
    ftblab_text_add(text, ",\n \"by_name\": true");
  if (workflow->promise != FTBLAB_NONE)
    add_string(text, ",\n \"of_jobs_that_threw\": ", spec->events[workflow->promise].name);
  add_string(text, ",\n \"text\": ", workflow->text);
  json_registrations(spec, family, text);
  json_rows(spec, workflow, text);
  json_occurrences(workflow, text);
  json_errata(text, ",\n \"errata\": ", workflow->errata, workflow->erratum_count);
  ftblab_text_add(text, "}\n");
}

/* ---- Markdown ---- */

/* STRING in a table cell: a bar and what Markdown takes for emphasis is escaped, line ends become <br>. */
static void add_cell(ftblab_text *text, const char *string)
{
  for (; *string; string++) {
    if (*string == '\n')
      ftblab_text_add(text, "<br>");
    else
      ftblab_text_addf(text, strchr("|*_<>\\`", *string) ? "\\%c" : "%c", *string);
  }
}

static void markdown_row(const ftblab_spec *spec, const ftblab_row *row, ftblab_text *text)
{
  ftblab_text_addf(text, "| %s | ", row->step);
  add_cell(text, spec->roles[row->component].name);
  ftblab_text_addf(text, " | %s | ", row->action == FTBLAB_THROW ? "Throw" : "Catch");
  add_cell(text, row->printed);
  ftblab_text_add(text, " (");
  add_cell(text, row->params);
  ftblab_text_add(text, ")");
  if (*row->text) {
    ftblab_text_add(text, "<br>");
    add_cell(text, row->text);
  }
  if (row->choice || row->each != FTBLAB_NONE || row->optional) {
    ftblab_text quantity = {0};
    ftblab_render_quantity(spec, &quantity, row);
    ftblab_text_add(text, "<br>*");
    add_cell(text, ftblab_text_string(&quantity));
    ftblab_text_add(text, "*");
    text->failed = text->failed || quantity.failed;
    ftblab_text_free(&quantity);
  }
  ftblab_text_add(text, " |\n");
}

static void export_markdown(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  ftblab_text_addf(text, "## %s Workflow: %s\n\n%s\n\n", workflow->id, workflow->title, workflow->text);
  ftblab_text_add(text, "| Step | Component | Action | Message |\n| --- | --- | --- | --- |\n");
  size_t next = 0;
  for (size_t r = 0; r < workflow->row_count; r++) {
    for (; next < workflow->occurrence_count && workflow->occurrences[next].before == (int)r; next++) {
      ftblab_text_add(text, "| | | | *");
      add_cell(text, workflow->occurrences[next].text);
      ftblab_text_add(text, "* |\n");
    }
    markdown_row(spec, &workflow->rows[r], text);
  }
  ftblab_text_addf(text, "\nSource: %s (%s)\n", workflow->source, workflow->origin);
}

/* ---- Mermaid ---- */

/* One line of a diagram's text: what ends or begins something in Mermaid is taken out. */
static void add_message(ftblab_text *text, const char *string)
{
  for (; *string; string++)
    if (*string == '\n')
      ftblab_text_add(text, "<br/>");
    else
      ftblab_text_add_bytes(text, *string == ';' || *string == '#' ? "," : string, 1);
}

/* Rows that belong to the same branch, or both to none, stand in one block; so do rows for each of one set. */
static bool same_block(const ftblab_row *a, const ftblab_row *b)
{
  return a->choice == b->choice && a->branch == b->branch && a->each == b->each && a->optional == b->optional;
}

static bool is_plain(const ftblab_row *row)
{
  return row->choice == 0 && row->each == FTBLAB_NONE && !row->optional;
}

/* "opt": a branch that may not take place, a row that may be absent; "loop": once for each. */
static void open_block(const ftblab_spec *spec, const ftblab_row *row, ftblab_text *text)
{
  bool loop = row->each != FTBLAB_NONE && row->choice == 0 && !row->optional;
  ftblab_text quantity = {0};
  ftblab_render_quantity(spec, &quantity, row);
  ftblab_text_addf(text, "  %s ", loop ? "loop" : "opt");
  add_message(text, ftblab_text_string(&quantity));
  ftblab_text_add(text, "\n");
  text->failed = text->failed || quantity.failed;
  ftblab_text_free(&quantity);
}

/* Every throw goes to the backplane (FTB) and every catch comes from it, in the order of the table. */
static void export_mermaid(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  uint64_t named = 0;
  size_t next = 0;
  ftblab_text_addf(text, "sequenceDiagram\n  title %s %s\n", workflow->id, workflow->title);
  for (size_t r = 0; r < workflow->row_count; r++) {
    int role = workflow->rows[r].component;
    if (!(named >> role & 1))
      ftblab_text_addf(text, "  participant R%d as %s\n", role, spec->roles[role].name);
    named |= UINT64_C(1) << role;
  }
  ftblab_text_add(text, "  participant FTB\n");
  for (size_t r = 0; r < workflow->row_count; r++) {
    const ftblab_row *row = &workflow->rows[r];
    for (; next < workflow->occurrence_count && workflow->occurrences[next].before == (int)r; next++) {
      ftblab_text_addf(text, "  Note over R%d,FTB: ", workflow->rows[0].component);
      add_message(text, workflow->occurrences[next].text);
      ftblab_text_add(text, "\n");
    }
    if (!is_plain(row) && (r == 0 || !same_block(row - 1, row)))
      open_block(spec, row, text);
    if (row->action == FTBLAB_THROW)
      ftblab_text_addf(text, "  R%d->>FTB: ", row->component);
    else
      ftblab_text_addf(text, "  FTB-->>R%d: ", row->component);
    ftblab_text_addf(text, "%s %s (", row->step, row->printed);
    add_message(text, row->params);
    ftblab_text_add(text, ")\n");
    if (!is_plain(row) && (r + 1 == workflow->row_count || !same_block(row, row + 1)))
      ftblab_text_add(text, "  end\n");
  }
}

bool ftblab_export_of(const char *name, ftblab_export *form)
{
  static const char *const names[] = {"json", "markdown", "mermaid", "dot", "pnml"};
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++)
    if (strcmp(names[i], name) == 0) {
      *form = (ftblab_export)i;
      return true;
    }
  return false;
}

ftblab_status ftblab_spec_export(const ftblab_spec *spec, const char *id, ftblab_export as, ftblab_text *text,
                                 ftblab_error *err)
{
  int index = ftblab_spec_workflow(spec, id, strlen(id));
  if (index == FTBLAB_NONE)
    return ftblab_render_unknown(spec, id, "workflow", err);
  const ftblab_workflow *workflow = &spec->workflows[index];
  if (as == FTBLAB_EXPORT_JSON)
    export_json(spec, workflow, text);
  else if (as == FTBLAB_EXPORT_MARKDOWN)
    export_markdown(spec, workflow, text);
  else if (as == FTBLAB_EXPORT_MERMAID)
    export_mermaid(spec, workflow, text);
  else if (as == FTBLAB_EXPORT_DOT)
    ftblab_export_dot(spec, workflow, text);
  else
    ftblab_export_pnml(spec, workflow, text);
  return ftblab_render_done(text, err);
}
