/* verdict_page.c - a verdict as a part of a page: the table of each instance with its marks, and each finding
 * explained. What must hold: it says all that the verdict in text says. */
#include "subject.h"

#include <string.h>

#define MOST_CHARACTERS 600 /* of one text; chosen, no source: the trace and the verdict have the rest */

/* One subject on its way into the page. */
typedef struct writer {
  const ftblab_report *report;
  ftblab_text *text;
  size_t subject, finding; /* from 1; findings: as many as were written */
} writer;

static void add_string(writer *w, const char *string)
{
  ftblab_add_escaped(w->text, ftblab_string_slice(string), MOST_CHARACTERS);
}

static bool is(const cJSON *object, const char *key, const char *value)
{
  return strcmp(ftblab_string_at(object, key), value) == 0;
}

static void add_count(writer *w, uint64_t count, const char *one, const char *many)
{
  ftblab_text_addf(w->text, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

/* ---- what is known of the whole ------------------------------------------------------------------------- */

static void add_summary(writer *w, const cJSON *verdict)
{
  const cJSON *summary = cJSON_GetObjectItemCaseSensitive(verdict, "summary");
  const cJSON *records = cJSON_GetObjectItemCaseSensitive(verdict, "records");
  const cJSON *fitness = cJSON_GetObjectItemCaseSensitive(verdict, "fitness");
  uint64_t conform = ftblab_number_at(summary, "conforms"), violate = ftblab_number_at(summary, "violates");
  uint64_t incomplete = ftblab_number_at(summary, "incomplete"), listed = ftblab_number_at(summary, "instances");
  uint64_t all = conform + violate + incomplete;
  ftblab_text_add(w->text, "<p>");
  add_count(w, all, "instance", "instances");
  ftblab_text_addf(w->text, ": %llu conform%s, %llu violate%s, %llu incomplete; ", (unsigned long long)conform,
                   conform == 1 ? "s" : "", (unsigned long long)violate, violate == 1 ? "s" : "",
                   (unsigned long long)incomplete);
  add_count(w, ftblab_number_at(summary, "violations"), "violation", "violations");
  if (ftblab_number_at(summary, "expected_failures") > 0)
    ftblab_text_addf(w->text, ", %llu of them expected",
                     (unsigned long long)ftblab_number_at(summary, "expected_failures"));
  if (cJSON_IsNumber(fitness) && ftblab_number_at(summary, "violations") > 0)
    ftblab_text_addf(w->text, "; fitness %.4f", fitness->valuedouble);
  ftblab_text_add(w->text, ".</p>\n<p>");
  add_count(w, ftblab_number_at(records, "read"), "record", "records");
  ftblab_text_addf(
      w->text, " read: %llu judged, %llu ignored, %llu bad.", (unsigned long long)ftblab_number_at(records, "judged"),
      (unsigned long long)ftblab_number_at(records, "ignored"), (unsigned long long)ftblab_number_at(records, "bad"));
  if (ftblab_number_at(verdict, "time_runs_backwards") > 0)
    ftblab_text_addf(w->text, " Time runs backwards %llu times (the order of lines was kept).",
                     (unsigned long long)ftblab_number_at(verdict, "time_runs_backwards"));
  if (all > listed)
    ftblab_text_addf(w->text, " Listed are %llu instances that do not conform; the others are only counted.",
                     (unsigned long long)listed);
  if (all == 0 && is(verdict, "verdict", "undecided"))
    ftblab_text_add(w->text, " Nothing was judged: no record began a chosen workflow.");
  ftblab_text_add(w->text, "</p>\n");
}

static void add_list(writer *w, const char *title, const cJSON *first)
{
  if (!first)
    return;
  ftblab_text_addf(w->text, "<h3>%s</h3>\n<ul>\n", title);
  for (; first; first = first->next) {
    ftblab_text_add(w->text, "<li>");
    add_string(w, cJSON_IsString(first) ? first->valuestring : ftblab_string_at(first, "rule"));
    if (*ftblab_string_at(first, "reason")) {
      ftblab_text_add(w->text, " (");
      add_string(w, ftblab_string_at(first, "reason"));
      ftblab_text_add(w->text, ")");
    }
    ftblab_text_add(w->text, "</li>\n");
  }
  ftblab_text_add(w->text, "</ul>\n");
}

static void add_never(writer *w, const cJSON *verdict)
{
  const cJSON *never = ftblab_list_at(cJSON_GetObjectItemCaseSensitive(verdict, "summary"), "never_exercised");
  if (!never)
    return;
  ftblab_text_add(w->text, "<details>\n<summary>Workflows that were never exercised</summary>\n<p>");
  for (const cJSON *id = never; id; id = id->next) {
    ftblab_text_add(w->text, id == never ? "" : ", ");
    add_string(w, id->valuestring);
  }
  ftblab_text_add(w->text, "</p>\n</details>\n");
}

/* ---- findings -------------------------------------------------------------------------------------------- */

static void add_part(writer *w, const char *title, const char *words)
{
  if (!*words)
    return;
  ftblab_text_addf(w->text, "<dt>%s</dt><dd>", title);
  add_string(w, words);
  ftblab_text_add(w->text, "</dd>\n");
}

static void add_standard(writer *w, const cJSON *violation)
{
  const cJSON *standard = cJSON_GetObjectItemCaseSensitive(violation, "standard");
  if (!standard)
    return;
  ftblab_text_add(w->text, "<dt>standard</dt><dd>“");
  add_string(w, ftblab_string_at(standard, "text"));
  ftblab_text_add(w->text, "” (");
  add_string(w, ftblab_string_at(standard, "source"));
  ftblab_text_add(w->text, ")</dd>\n");
}

static void add_chain(writer *w, const cJSON *violation)
{
  const cJSON *link = ftblab_list_at(violation, "chain");
  if (!link)
    return;
  ftblab_text_add(w->text, "<dt>goes back to</dt><dd><ol>\n");
  for (; link; link = link->next) {
    ftblab_text_addf(w->text, "<li>line %llu: ", (unsigned long long)ftblab_number_at(link, "line"));
    add_string(w, ftblab_string_at(link, "text"));
    ftblab_text_add(w->text, "</li>\n");
  }
  ftblab_text_add(w->text, "</ol></dd>\n");
}

static void add_expectation(writer *w, const cJSON *violation)
{
  const cJSON *expected = cJSON_GetObjectItemCaseSensitive(violation, "expected_failure");
  if (!expected)
    return;
  bool excused = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(expected, "excused"));
  ftblab_text_addf(w->text, "<dt>%s</dt><dd>", excused ? "as expected" : "was expected");
  add_string(w, ftblab_string_at(expected, "reason"));
  ftblab_text_addf(w->text, " (%s ", excused ? "until" : "but only until");
  add_string(w, ftblab_string_at(expected, "expires"));
  ftblab_text_add(w->text, ")</dd>\n");
}

static void add_finding(writer *w, const cJSON *violation)
{
  uint64_t line = ftblab_number_at(violation, "line");
  w->finding++;
  ftblab_text_addf(w->text,
                   "<article class=\"finding\" id=\"s%zuf%zu\">\n<h4><span class=\"mark violates\">✗ F%zu</span> ",
                   w->subject, w->finding, w->finding);
  add_string(w, ftblab_string_at(violation, "kind"));
  if (line > 0)
    ftblab_text_addf(w->text, ", line %llu", (unsigned long long)line);
  ftblab_text_add(w->text, "</h4>\n<p>");
  add_string(w, ftblab_string_at(violation, "message"));
  ftblab_text_add(w->text, "</p>\n<dl>\n");
  add_part(w, "rule", ftblab_string_at(violation, "rule"));
  add_standard(w, violation);
  add_part(w, "expected", ftblab_string_at(violation, "expected"));
  add_part(w, "got", ftblab_string_at(violation, "actual"));
  add_part(w, "because", ftblab_string_at(violation, "guard"));
  if (!is(violation, "expected", ftblab_string_at(violation, "allowed")))
    add_part(w, "allowed here", ftblab_string_at(violation, "allowed"));
  add_chain(w, violation);
  add_part(w, "to mend", ftblab_string_at(cJSON_GetObjectItemCaseSensitive(violation, "edit"), "text"));
  add_expectation(w, violation);
  ftblab_text_add(w->text, "</dl>\n</article>\n");
}

/* ---- the table of an instance ---------------------------------------------------------------------------- */

/* The sign and the words of a row's status, and the class that colours it. */
static void describe(const cJSON *step, const char **sign, const char **words, const char **class)
{
  static const struct {
    const char *status, *sign, *words, *class;
  } known[] = {{"ok", "✓", "came", "conforms"},
               {"missing", "✗", "missing", "violates"},
               {"misordered", "✗", "out of order", "violates"},
               {"pending", "…", "may still come", "undecided"},
               {"not-observed", "?", "could not be seen", "undecided"}};
  *sign = "–";
  *words = "not begun";
  *class = "quiet";
  for (size_t i = 0; i < FTBLAB_COUNT(known); i++)
    if (is(step, "status", known[i].status)) {
      *sign = known[i].sign;
      *words = known[i].words;
      *class = known[i].class;
    }
}

/* A row that came, but with a finding: the wrong role, the wrong values, too late. */
static bool is_blamed(const cJSON *in, const cJSON *step)
{
  for (const cJSON *violation = ftblab_list_at(in, "violations"); violation; violation = violation->next)
    if (is(violation, "step", ftblab_string_at(step, "step")) && *ftblab_string_at(violation, "step"))
      return true;
  return false;
}

/* SPEC_ROW: the row as the standard has it, or NULL where this version has no such workflow. */
static void add_row(writer *w, const cJSON *in, const cJSON *step, const cJSON *spec_row)
{
  const cJSON *t = cJSON_GetObjectItemCaseSensitive(step, "t");
  const char *sign, *words, *class;
  uint64_t line = ftblab_number_at(step, "line");
  describe(step, &sign, &words, &class);
  if (is(step, "status", "ok") && is_blamed(in, step)) {
    sign = "✗";
    words = "came, with a finding";
    class = "violates";
  }
  ftblab_text_addf(w->text,
                   "<tr role=\"row\" class=\"%s\"><td role=\"cell\" class=\"mark %s\">%s<span class=\"words\"> %s"
                   "</span></td><th role=\"rowheader\" scope=\"row\">",
                   class, class, sign, words);
  add_string(w, ftblab_string_at(step, "step"));
  ftblab_text_add(w->text, "</th><td role=\"cell\" class=\"who\">");
  add_string(w, ftblab_string_at(step, "component"));
  ftblab_text_addf(w->text, "</td><td role=\"cell\" class=\"what\">%s ",
                   is(step, "action", "throw") ? "Throw" : "Catch");
  add_string(w, spec_row ? ftblab_string_at(spec_row, "event") : ftblab_string_at(step, "event"));
  if (spec_row) {
    ftblab_text_add(w->text, " (");
    add_string(w, ftblab_string_at(spec_row, "params"));
    ftblab_text_add(w->text, ")<span class=\"meaning\">");
    add_string(w, ftblab_string_at(spec_row, "text"));
    ftblab_text_add(w->text, "</span>");
  }
  ftblab_text_add(w->text, "</td><td role=\"cell\" class=\"time\">");
  if (cJSON_IsNumber(t))
    ftblab_text_addf(w->text, "%.3f s", t->valuedouble);
  ftblab_text_add(w->text, "</td><td role=\"cell\" class=\"line\">");
  if (line > 0)
    ftblab_text_addf(w->text, "<span class=\"words\">line </span>%llu", (unsigned long long)line);
  ftblab_text_add(w->text, "</td></tr>\n");
}

/* What happens outside before a row: "Time passes, machine returned to service". */
static void add_occurrences(writer *w, const cJSON *spec_workflow, const cJSON *step)
{
  for (const cJSON *o = ftblab_list_at(spec_workflow, "occurrences"); o; o = o->next)
    if (is(o, "before", ftblab_string_at(step, "step"))) {
      ftblab_text_add(w->text, "<tr role=\"row\" class=\"occurrence\"><td role=\"cell\" colspan=\"6\">");
      add_string(w, ftblab_string_at(o, "text"));
      ftblab_text_add(w->text, "</td></tr>\n");
    }
}

static const char *choice_of(const cJSON *spec_row, const char *key)
{
  return ftblab_string_at(cJSON_GetObjectItemCaseSensitive(spec_row, "choice"), key);
}

/* A row of a branch that was not taken is not shown: another branch of its choice has a record. */
static bool is_not_taken(const cJSON *in, const cJSON *step, const cJSON *spec_first, const cJSON *spec_row)
{
  const cJSON *other = ftblab_list_at(in, "steps"), *row = spec_first;
  if (!spec_row || !*choice_of(spec_row, "of") || ftblab_number_at(step, "line") > 0)
    return false;
  for (; other && row; other = other->next, row = row->next)
    if (strcmp(choice_of(row, "of"), choice_of(spec_row, "of")) == 0 &&
        strcmp(choice_of(row, "branch"), choice_of(spec_row, "branch")) != 0 && ftblab_number_at(other, "line") > 0)
      return true;
  return false;
}

static void add_table(writer *w, const cJSON *in, const cJSON *spec_workflow)
{
  const cJSON *first = ftblab_list_at(spec_workflow, "rows"), *row = first;
  ftblab_text_add(w->text, "<table role=\"table\" class=\"rows\">\n<thead role=\"rowgroup\"><tr role=\"row\">");
  static const char *const heads[] = {"Status", "Step", "Component", "Action and message", "Time", "Line"};
  for (size_t i = 0; i < FTBLAB_COUNT(heads); i++)
    ftblab_text_addf(w->text, "<th role=\"columnheader\" scope=\"col\">%s</th>", heads[i]);
  ftblab_text_add(w->text, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
  for (const cJSON *step = ftblab_list_at(in, "steps"); step; step = step->next) {
    add_occurrences(w, spec_workflow, step);
    if (!is_not_taken(in, step, first, row))
      add_row(w, in, step, row);
    row = row ? row->next : NULL;
  }
  ftblab_text_add(w->text, "</tbody>\n</table>\n");
}

/* ---- instances ------------------------------------------------------------------------------------------- */

static void add_bounds(writer *w, const cJSON *in)
{
  const cJSON *bound = ftblab_list_at(in, "bounds");
  if (!bound)
    return;
  ftblab_text_add(w->text, "<h4>Deadlines</h4>\n<ul>\n");
  for (; bound; bound = bound->next) {
    bool met = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(bound, "met"));
    const cJSON *took = cJSON_GetObjectItemCaseSensitive(bound, "took");
    const cJSON *within = cJSON_GetObjectItemCaseSensitive(bound, "within");
    ftblab_text_addf(w->text, "<li>%s: row ", met ? "✓ in time" : "✗ late");
    add_string(w, ftblab_string_at(bound, "step"));
    ftblab_text_addf(w->text, ", %.9g s after ", took ? took->valuedouble : 0);
    add_string(w, *ftblab_string_at(bound, "after") ? ftblab_string_at(bound, "after") : "the rows before it");
    ftblab_text_addf(w->text, " (%.9g s %s)</li>\n", within ? within->valuedouble : 0,
                     cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(bound, "soft")) ? "wished for" : "allowed");
  }
  ftblab_text_add(w->text, "</ul>\n");
}

static void add_instance_head(writer *w, const cJSON *in, size_t number, const cJSON *spec_workflow)
{
  const char *kind = ftblab_string_at(in, "verdict");
  const char *class = strcmp(kind, "incomplete") == 0 ? "undecided" : kind;
  const char *sign = strcmp(kind, "conforms") == 0 ? "✓" : strcmp(kind, "violates") == 0 ? "✗" : "…";
  const cJSON *fitness = cJSON_GetObjectItemCaseSensitive(in, "fitness");
  ftblab_text_addf(w->text, "<h3>#%zu ", number);
  add_string(w, ftblab_string_at(in, "workflow"));
  ftblab_text_add(w->text, " ");
  add_string(w, ftblab_string_at(spec_workflow, "title"));
  ftblab_text_addf(w->text, " <span class=\"verdict %s\">%s %s</span></h3>\n<p>", class, sign, kind);
  for (const cJSON *b = ftblab_list_at(in, "bindings"); b; b = b->next) {
    add_string(w, b->string);
    ftblab_text_add(w->text, " = ");
    add_string(w, b->valuestring);
    ftblab_text_add(w->text, b->next ? ", " : "; ");
  }
  ftblab_text_addf(w->text, "lines %llu to %llu", (unsigned long long)ftblab_number_at(in, "first_line"),
                   (unsigned long long)ftblab_number_at(in, "last_line"));
  if (ftblab_list_at(in, "violations") && cJSON_IsNumber(fitness))
    ftblab_text_addf(w->text, "; fitness %.4f", fitness->valuedouble);
  for (const cJSON *also = ftblab_list_at(in, "also"); also; also = also->next) {
    ftblab_text_add(w->text, also == ftblab_list_at(in, "also") ? "; fits as well: " : ", ");
    add_string(w, also->valuestring);
  }
  ftblab_text_add(w->text, "</p>\n");
}

/* The workflow as the standard has it, *JSON; NULL where this version has no such, or another of that name. */
static ftblab_status read_workflow(writer *w, const cJSON *in, ftblab_json **json, ftblab_error *err)
{
  ftblab_text exported = {0};
  ftblab_status status =
      ftblab_spec_export(w->report->spec, ftblab_string_at(in, "workflow"), FTBLAB_EXPORT_JSON, &exported, err);
  *json = NULL;
  if (status == FTBLAB_OK)
    status = ftblab_json_parse(ftblab_text_string(&exported), exported.length, "workflow", json, err);
  ftblab_text_free(&exported);
  if (status == FTBLAB_EUSAGE)
    return FTBLAB_OK;
  const cJSON *rows = cJSON_GetObjectItemCaseSensitive(ftblab_json_root(*json), "rows");
  if (status == FTBLAB_OK &&
      cJSON_GetArraySize(rows) != cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(in, "steps"))) {
    ftblab_json_free(*json);
    *json = NULL;
  }
  return status;
}

static ftblab_status add_instance(writer *w, const cJSON *in, size_t number, ftblab_error *err)
{
  ftblab_json *json = NULL;
  ftblab_status status = read_workflow(w, in, &json, err);
  if (status != FTBLAB_OK)
    return status;
  const cJSON *spec_workflow = json ? ftblab_json_root(json) : NULL;
  ftblab_text_add(w->text, "<section class=\"instance\">\n");
  add_instance_head(w, in, number, spec_workflow);
  add_table(w, in, spec_workflow);
  add_bounds(w, in);
  for (const cJSON *v = ftblab_list_at(in, "violations"); v; v = v->next)
    add_finding(w, v);
  ftblab_text_add(w->text, "</section>\n");
  ftblab_json_free(json);
  return FTBLAB_OK;
}

ftblab_status ftblab_write_verdict(const ftblab_report *report, const ftblab_subject *subject, ftblab_text *text,
                                   ftblab_error *err)
{
  const cJSON *verdict = ftblab_subject_verdict(subject);
  writer w = {.report = report, .text = text, .subject = (size_t)(subject - report->subjects) + 1};
  ftblab_status status = FTBLAB_OK;
  size_t number = 0;
  add_summary(&w, verdict);
  add_list(&w, "What could not be read", ftblab_list_at(verdict, "problems"));
  add_list(&w, "Expected by the scenario, but", ftblab_list_at(verdict, "unmet"));
  add_list(&w, "Expected to fail, and did not", ftblab_list_at(verdict, "unexpected_passes"));
  for (const cJSON *in = ftblab_list_at(verdict, "instances"); in && status == FTBLAB_OK; in = in->next)
    status = add_instance(&w, in, ++number, err);
  if (ftblab_list_at(verdict, "violations"))
    ftblab_text_add(text, "<h3>Records that belong to no instance</h3>\n");
  for (const cJSON *v = ftblab_list_at(verdict, "violations"); v; v = v->next)
    add_finding(&w, v);
  add_never(&w, verdict);
  return status;
}
