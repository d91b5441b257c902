/* spec_pnml.c - a workflow as a place/transition net in PNML (ISO/IEC 15909-2, grammar of 2009).
 *
 * What must hold: the net is a workflow net (one source, one sink, everything on a way between them) and sound, and its
 * transitions with a row fire in the linear extensions of the causal order and in no others, with these liberties:
 *   - a phase behind the first may be left out as a whole, a branch of a choice if another takes place, a row if it is
 *     optional: the silent transition "without ROW" then carries the order through in its place. What takes place is
 *     decided by silent transitions at any time before: they are no events, so only the choice itself can be seen;
 *   - a row for each of a set may fire again at any time after the first: a net has no names of members.
 * Row R has a place for each row directly before it; who fires R moves the tokens on. */
#include <string.h>

#include "spec_render.h"

typedef struct net {
  const ftblab_spec *spec;
  const ftblab_workflow *workflow;
  ftblab_text *text;
  uint64_t direct[FTBLAB_MAX_ROWS]; /* rows directly before each */
  uint64_t last;                    /* rows that no row follows */
  unsigned arcs;
} net;

/* ---- elements --------------------------------------------------------------------------------------------------- */

static void add_text(net *n, const char *element, const char *words)
{
  ftblab_text_addf(n->text, "<%s><text>", element);
  (void)ftblab_text_add_xml(n->text, words, strlen(words), false);
  ftblab_text_addf(n->text, "</text></%s>", element);
}

static void add_place(net *n, const char *id, bool marked)
{
  ftblab_text_addf(n->text, "   <place id=\"%s\">", id);
  add_text(n, "name", id);
  if (marked)
    add_text(n, "initialMarking", "1");
  ftblab_text_add(n->text, "</place>\n");
}

static void add_silent(net *n, const char *id, const char *name)
{
  ftblab_text_addf(n->text, "   <transition id=\"%s\">", id);
  add_text(n, "name", name);
  ftblab_text_add(n->text, "<toolspecific tool=\"ftblab\" version=\"1\"><silent/></toolspecific></transition>\n");
}

static void add_arc(net *n, const char *from, const char *to)
{
  ftblab_text_addf(n->text, "   <arc id=\"a%u\" source=\"%s\" target=\"%s\"/>\n", ++n->arcs, from, to);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

typedef struct name {
  char text[64];
} name;

static name number(const char *what, size_t i)
{
  name made;
  snprintf(made.text, sizeof made.text, "%s%zu", what, i);
  return made;
}

static name between(size_t r, size_t s)
{
  name made;
  snprintf(made.text, sizeof made.text, "from%zu-to%zu", r, s);
  return made;
}

/* ---- what decides ------------------------------------------------------------------------------------------------ */

static bool is_later(const ftblab_row *row)
{
  return row->phase > 0;
}

static int choice_count(const ftblab_workflow *workflow)
{
  int count = 0;
  for (size_t r = 0; r < workflow->row_count; r++)
    count = workflow->rows[r].choice > count ? workflow->rows[r].choice : count;
  return count;
}

static bool phase_has_rows(const ftblab_workflow *workflow, int phase)
{
  for (size_t r = 0; r < workflow->row_count; r++)
    if (workflow->rows[r].phase == phase)
      return true;
  return false;
}

/* One way to decide: a token from PLACE into WITH of the rows that take place, into WITHOUT of the others that it is
 * decided for. PHASE, or CHOICE and BRANCH, say which; TAKES false: none of them. */
typedef struct decision {
  int phase, choice, branch;
  bool takes;
} decision;

static void decide(net *n, const char *id, const char *title, const char *place, decision d)
{
  add_silent(n, id, title);
  add_arc(n, place, id);
  for (size_t r = 0; r < n->workflow->row_count; r++) {
    const ftblab_row *row = &n->workflow->rows[r];
    bool of_phase = d.phase > 0 && row->phase == d.phase, of_choice = d.choice > 0 && row->choice == d.choice;
    if (of_phase)
      add_arc(n, id, number(d.takes ? "begun" : "not-begun", r).text);
    else if (of_choice)
      add_arc(n, id, number(row->branch == d.branch ? "chosen" : "not-chosen", r).text);
  }
}

static const char *occurrence_of(const ftblab_workflow *workflow, int phase)
{
  for (size_t i = 0; i < workflow->occurrence_count; i++)
    if (workflow->occurrences[i].phase == phase)
      return workflow->occurrences[i].text;
  return "";
}

static void add_phases(net *n)
{
  for (int phase = 1; phase < n->workflow->phase_count; phase++) {
    if (!phase_has_rows(n->workflow, phase))
      continue;
    name place = number("phase", (size_t)phase);
    ftblab_text title = {0};
    ftblab_text_addf(&title, "phase %d: %s", phase + 1, occurrence_of(n->workflow, phase));
    add_place(n, place.text, false);
    add_arc(n, "start", place.text);
    decide(n, number("begin", (size_t)phase).text, ftblab_text_string(&title), place.text,
           (decision){.phase = phase, .takes = true});
    ftblab_text_clear(&title);
    ftblab_text_addf(&title, "without phase %d", phase + 1);
    decide(n, number("leave", (size_t)phase).text, ftblab_text_string(&title), place.text, (decision){.phase = phase});
    n->text->failed = n->text->failed || title.failed;
    ftblab_text_free(&title);
  }
}

static void add_choice(net *n, int choice)
{
  name place = number("choice", (size_t)choice);
  int decided = 0;
  add_place(n, place.text, false);
  add_arc(n, "start", place.text);
  for (size_t r = 0; r < n->workflow->row_count; r++) {
    const ftblab_row *row = &n->workflow->rows[r];
    if (row->choice != choice || row->branch <= decided) /* branches are numbered as they first appear */
      continue;
    ftblab_text title = {0};
    name id;
    decided = row->branch;
    snprintf(id.text, sizeof id.text, "choice%d-%d", choice, row->branch);
    ftblab_text_addf(&title, "%s: %s", row->choice_name, row->branch_name);
    decide(n, id.text, ftblab_text_string(&title), place.text, (decision){.choice = choice, .branch = row->branch});
    n->text->failed = n->text->failed || title.failed;
    ftblab_text_free(&title);
  }
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static void add_row_places(net *n, size_t r)
{
  const ftblab_row *row = &n->workflow->rows[r];
  if (n->direct[r] == 0) {
    add_place(n, number("first", r).text, false);
    add_arc(n, "start", number("first", r).text);
  }
  for (size_t p = 0; p < r; p++)
    if (n->direct[r] >> p & 1)
      add_place(n, between(p, r).text, false);
  if (n->last >> r & 1) {
    add_place(n, number("last", r).text, false);
    add_arc(n, number("last", r).text, "end");
  }
  if (is_later(row)) {
    add_place(n, number("begun", r).text, false);
    add_place(n, number("not-begun", r).text, false);
  }
  if (row->choice) {
    add_place(n, number("chosen", r).text, false);
    add_place(n, number("not-chosen", r).text, false);
  }
  if (row->each != FTBLAB_NONE) {
    add_place(n, number("again", r).text, false);
    add_place(n, number("all", r).text, false);
    add_arc(n, number("all", r).text, "end");
  }
}

/* The order's arcs of row R or of what stands in for it. */
static void add_order_arcs(net *n, size_t r, const char *transition)
{
  if (n->direct[r] == 0)
    add_arc(n, number("first", r).text, transition);
  for (size_t p = 0; p < r; p++)
    if (n->direct[r] >> p & 1)
      add_arc(n, between(p, r).text, transition);
  for (size_t s = r + 1; s < n->workflow->row_count; s++)
    if (n->direct[s] >> r & 1)
      add_arc(n, transition, between(r, s).text);
  if (n->last >> r & 1)
    add_arc(n, transition, number("last", r).text);
}

static void add_row_transition(net *n, size_t r, const char *id)
{
  const ftblab_row *row = &n->workflow->rows[r];
  ftblab_text title = {0};
  ftblab_render_row_name(n->spec, &title, row);
  ftblab_text_addf(n->text, "   <transition id=\"%s\">", id);
  add_text(n, "name", ftblab_text_string(&title));
  ftblab_text_addf(n->text,
                   "<toolspecific tool=\"ftblab\" version=\"1\"><row step=\"%s\" phase=\"%d\"/></toolspecific>",
                   row->step, row->phase + 1);
  ftblab_text_add(n->text, "</transition>\n");
  n->text->failed = n->text->failed || title.failed;
  ftblab_text_free(&title);
}

/* The row does not take place: its phase or its branch does not, or it is absent. */
static void add_skip(net *n, size_t r, bool begun, bool chosen, int variant)
{
  const ftblab_row *row = &n->workflow->rows[r];
  ftblab_text title = {0};
  name id;
  snprintf(id.text, sizeof id.text, "skip%zu-%d", r, variant);
  ftblab_text_add(&title, "without ");
  ftblab_render_row_name(n->spec, &title, row);
  add_silent(n, id.text, ftblab_text_string(&title));
  add_order_arcs(n, r, id.text);
  if (is_later(row))
    add_arc(n, number(begun ? "begun" : "not-begun", r).text, id.text);
  if (row->choice)
    add_arc(n, number(chosen ? "chosen" : "not-chosen", r).text, id.text);
  if (row->each != FTBLAB_NONE)
    add_arc(n, id.text, number("all", r).text);
  n->text->failed = n->text->failed || title.failed;
  ftblab_text_free(&title);
}

static void add_skips(net *n, size_t r)
{
  const ftblab_row *row = &n->workflow->rows[r];
  for (int variant = 0; variant < 4; variant++) {
    bool begun = variant & 1, chosen = variant & 2;
    bool exists = (begun || is_later(row)) && (chosen || row->choice);
    bool skips = !(begun && chosen) || ftblab_row_may_be_absent(row);
    if (exists && skips)
      add_skip(n, r, begun, chosen, variant);
  }
}

static void add_row(net *n, size_t r)
{
  const ftblab_row *row = &n->workflow->rows[r];
  name id = number("row", r);
  add_row_places(n, r);
  add_row_transition(n, r, id.text);
  add_order_arcs(n, r, id.text);
  if (is_later(row))
    add_arc(n, number("begun", r).text, id.text);
  if (row->choice)
    add_arc(n, number("chosen", r).text, id.text);
  if (row->each != FTBLAB_NONE) {
    name again = number("again", r), repeat = number("repeat", r), done = number("done", r);
    add_arc(n, id.text, again.text);
    add_row_transition(n, r, repeat.text);
    add_arc(n, again.text, repeat.text);
    add_arc(n, repeat.text, again.text);
    add_silent(n, done.text, "all members");
    add_arc(n, again.text, done.text);
    add_arc(n, done.text, number("all", r).text);
  }
  add_skips(n, r);
}

static void find_order(net *n)
{
  n->last = n->workflow->row_count == FTBLAB_MAX_ROWS ? UINT64_MAX : (UINT64_C(1) << n->workflow->row_count) - 1;
  for (size_t r = 0; r < n->workflow->row_count; r++) {
    n->direct[r] = ftblab_rows_directly_before(n->workflow, r);
    n->last &= ~n->direct[r];
  }
}

void ftblab_export_pnml(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text)
{
  net n = {.spec = spec, .workflow = workflow, .text = text};
  ftblab_text title = {0};
  find_order(&n);
  ftblab_text_addf(&title, "%s %s", workflow->id, workflow->title);
  ftblab_text_addf(text,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n"
                   " <net id=\"%s\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n  ",
                   workflow->id);
  add_text(&n, "name", ftblab_text_string(&title));
  ftblab_text_add(text, "\n  <page id=\"page\">\n");
  add_place(&n, "source", true);
  add_place(&n, "sink", false);
  add_silent(&n, "start", "start");
  add_silent(&n, "end", "end");
  add_arc(&n, "source", "start");
  add_arc(&n, "end", "sink");
  add_phases(&n);
  for (int choice = 1; choice <= choice_count(workflow); choice++)
    add_choice(&n, choice);
  for (size_t r = 0; r < workflow->row_count; r++)
    add_row(&n, r);
  ftblab_text_add(text, "  </page>\n </net>\n</pnml>\n");
  text->failed = text->failed || title.failed;
  ftblab_text_free(&title);
}
