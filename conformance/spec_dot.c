/* spec_dot.c - a workflow as a graph for Graphviz: rows are nodes, in a box for each component, edges are the causal
 * order without those that follow from others. What opens a phase is a node between the rows of that phase and those
 * before them, so that phases lie below each other. */
#include <string.h>

#include "spec_render.h"

/* Quoted for DOT; a line end becomes "\n", at which DOT breaks the line. */
static void add_quoted(ftblab_text *text, const char *string)
{
  ftblab_text_add(text, "\"");
  for (; *string; string++) {
    if (*string == '\n')
      ftblab_text_add(text, "\\n");
    else
      ftblab_text_addf(text, *string == '"' || *string == '\\' ? "\\%c" : "%c", *string);
  }
  ftblab_text_add(text, "\"");
}

static void add_node(const ftblab_spec *spec, const ftblab_workflow *workflow, size_t r, ftblab_text *text)
{
  const ftblab_row *row = &workflow->rows[r];
  ftblab_text label = {0};
  ftblab_render_row_name(spec, &label, row);
  ftblab_text_addf(&label, "\n(%s)", row->params);
  if (row->choice || row->each != FTBLAB_NONE || row->optional) {
    ftblab_text_add(&label, "\n");
    ftblab_render_quantity(spec, &label, row);
  }
  ftblab_text_addf(text, "    r%zu [label=", r);
  add_quoted(text, ftblab_text_string(&label));
  if (row->choice || ftblab_row_may_be_absent(row))
    ftblab_text_add(text, ", style=dashed");
  if (row->each != FTBLAB_NONE)
    ftblab_text_add(text, ", peripheries=2");
  ftblab_text_add(text, row->action == FTBLAB_THROW ? ", shape=box];\n" : "];\n");
  text->failed = text->failed || label.failed;
  ftblab_text_free(&label);
}

static void add_components(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  for (size_t role = 0; role < spec->role_count; role++) {
    bool open = false;
    for (size_t r = 0; r < workflow->row_count; r++) {
      if (workflow->rows[r].component != (int)role)
        continue;
      if (!open) {
        ftblab_text_addf(text, "  subgraph cluster_%zu {\n    label=", role);
        add_quoted(text, spec->roles[role].name);
        ftblab_text_add(text, ";\n");
        open = true;
      }
      add_node(spec, workflow, r, text);
    }
    if (open)
      ftblab_text_add(text, "  }\n");
  }
}

static void add_order(const ftblab_workflow *workflow, ftblab_text *text)
{
  for (size_t s = 0; s < workflow->row_count; s++)
    for (size_t r = 0; r < workflow->row_count; r++)
      if (ftblab_rows_directly_before(workflow, s) >> r & 1)
        ftblab_text_addf(text, "  r%zu -> r%zu;\n", r, s);
}

/* Edges that are not drawn keep the rows of phases before PHASE above its node, and its own rows below. */
static void add_phase(const ftblab_workflow *workflow, const ftblab_occurrence *occurrence, ftblab_text *text)
{
  ftblab_text_addf(text, "  phase%d [shape=plaintext, fontname=\"Times-Italic\", label=", occurrence->phase);
  add_quoted(text, occurrence->text);
  ftblab_text_add(text, "];\n");
  for (size_t r = 0; r < workflow->row_count; r++) {
    int phase = workflow->rows[r].phase;
    if (phase == occurrence->phase)
      ftblab_text_addf(text, "  phase%d -> r%zu [style=invis];\n", occurrence->phase, r);
    else if (phase == occurrence->phase - 1)
      ftblab_text_addf(text, "  r%zu -> phase%d [style=invis];\n", r, occurrence->phase);
  }
}

void ftblab_export_dot(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  ftblab_text_add(text, "digraph ");
  add_quoted(text, workflow->id);
  ftblab_text_add(text, " {\n  label=");
  ftblab_text title = {0};
  ftblab_text_addf(&title, "%s %s", workflow->id, workflow->title);
  add_quoted(text, ftblab_text_string(&title));
  ftblab_text_add(text, ";\n  labelloc=t;\n  newrank=true;\n  node [shape=ellipse];\n");
  add_components(spec, workflow, text);
  for (size_t i = 0; i < workflow->occurrence_count; i++)
    add_phase(workflow, &workflow->occurrences[i], text);
  add_order(workflow, text);
  ftblab_text_add(text, "}\n");
  text->failed = text->failed || title.failed;
  ftblab_text_free(&title);
}
