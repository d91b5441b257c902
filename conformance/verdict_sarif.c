/* verdict_sarif.c - verdicts in the Static Analysis Results Interchange Format 2.1.0 (OASIS): one run, a rule for each
 * kind of finding, a result for each finding with the way from the first fault to it as a code flow. */
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

static void add_string(const char *string, ftblab_text *text)
{
  ftblab_text_add_json(text, string, strlen(string));
}

/* {"text": ...} of what WORDS holds, which is freed. */
static void add_message(ftblab_text *words, ftblab_text *text)
{
  ftblab_text_add(text, "{\"text\": ");
  add_string(ftblab_text_string(words), text);
  ftblab_text_add(text, "}");
  ftblab_end_words(words, text);
}

/* ---- places ------------------------------------------------------------------------------------------ */

/* A file name as a relative reference (RFC 3986); one from the root on has a scheme, or no viewer finds it. */
static void add_uri(const char *path, ftblab_text *text)
{
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  ftblab_text_add(text, "\"");
  if (strcmp(path, "-") == 0)
    path = "stdin";
  if (*path == '/')
    ftblab_text_add(text, "file://");
  for (; *path != '\0'; path++)
    if (strchr(plain, *path) != NULL)
      ftblab_text_add_bytes(text, path, 1);
    else
      ftblab_text_addf(text, "%%%02X", (unsigned)(unsigned char)*path);
  ftblab_text_add(text, "\"");
}

/* The members of a location: "physicalLocation": {...}. LINE 0: the whole file. */
static void add_physical(const ftblab_verdict *verdict, uint64_t line, ftblab_text *text)
{
  ftblab_text_add(text, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
  add_uri(ftblab_line_file(verdict->places, line, verdict->trace), text);
  ftblab_text_add(text, "}");
  if (line != 0)
    ftblab_text_addf(text, ", \"region\": {\"startLine\": %llu}",
                     (unsigned long long)ftblab_line_number(verdict->places, line));
  ftblab_text_add(text, "}");
}

static void add_link(const ftblab_verdict *verdict, uint64_t line, const char *what, ftblab_text *text)
{
  add_physical(verdict, line, text);
  ftblab_text_add(text, ", \"message\": {\"text\": ");
  add_string(what, text);
  ftblab_text_add(text, "}}");
}

/* ---- results ----------------------------------------------------------------------------------------- */

/* From the first fault to the finding. */
static void add_code_flow(const ftblab_verdict *verdict, const ftblab_violation *v, uint64_t line, ftblab_text *text)
{
  if (v->chain_count == 0)
    return;
  ftblab_text_add(text, ", \"relatedLocations\": [");
  for (size_t i = 0; i < v->chain_count; i++) {
    ftblab_text_addf(text, "%s{\"id\": %zu, ", i > 0 ? ", " : "", i + 1);
    add_link(verdict, v->chain[i].line, v->chain[i].text, text);
  }
  ftblab_text_add(text, "], \"codeFlows\": [{\"threadFlows\": [{\"locations\": [");
  for (size_t i = v->chain_count; i > 0; i--) {
    ftblab_text_add(text, "{\"location\": {");
    add_link(verdict, v->chain[i - 1].line, v->chain[i - 1].text, text);
    ftblab_text_add(text, "}, ");
  }
  ftblab_text_add(text, "{\"location\": {");
  add_link(verdict, line, v->message, text);
  ftblab_text_add(text, "}]}]}]");
}

static void add_suppression(const ftblab_violation *v, ftblab_text *text)
{
  if (!v->excused)
    return;
  ftblab_text_add(text, ", \"suppressions\": [{\"kind\": \"external\", \"status\": \"accepted\", \"justification\": ");
  add_string(v->reason, text);
  ftblab_text_add(text, "}]");
}

static void begin_result(const char **separator, const char *rule, const char *kind, const char *level,
                         ftblab_text *text)
{
  ftblab_text_addf(text, "%s\n      {\"ruleId\": ", *separator);
  add_string(rule, text);
  ftblab_text_addf(text, ", \"kind\": \"%s\", \"level\": \"%s\", \"message\": ", kind, level);
  *separator = ",";
}

static void add_location(const ftblab_verdict *verdict, uint64_t line, ftblab_text *text)
{
  ftblab_text_add(text, ", \"locations\": [{");
  add_physical(verdict, line, text);
  ftblab_text_add(text, "}]");
}

static void add_findings(const ftblab_verdict *verdict, const char **separator, ftblab_text *text)
{
  ftblab_finding finding = {0};
  while (ftblab_next_finding(verdict, &finding)) {
    const ftblab_violation *v = finding.violation;
    ftblab_text words = {0};
    ftblab_add_explanation(verdict, v, &words);
    begin_result(separator, v->rule, "fail", "error", text);
    add_message(&words, text);
    add_location(verdict, ftblab_line_of(&finding), text);
    add_code_flow(verdict, v, ftblab_line_of(&finding), text);
    add_suppression(v, text);
    ftblab_text_add(text, "}");
  }
}

/* What is no violation: an unfinished instance is open, a soft deadline that was missed a warning. */
static void add_instance(const ftblab_verdict *verdict, const ftblab_instance_result *in, const char **separator,
                         ftblab_text *text)
{
  if (in->kind == FTBLAB_INCOMPLETE) {
    ftblab_text words = {0};
    ftblab_text_addf(&words, "%s: undecided, the trace ended in the middle of the workflow", in->workflow->id);
    begin_result(separator, in->workflow->id, "open", "none", text);
    add_message(&words, text);
    add_location(verdict, in->last_line, text);
    ftblab_text_add(text, "}");
  }
  for (size_t m = 0; m < in->margin_count; m++) {
    const ftblab_margin *margin = &in->margins[m];
    ftblab_text words = {0}, rule = {0};
    if (!margin->soft || margin->took <= margin->within)
      continue;
    ftblab_add_margin(margin, &words);
    ftblab_text_addf(&rule, "%s/%s/late", in->workflow->id, margin->step);
    begin_result(separator, ftblab_text_string(&rule), "fail", "warning", text);
    add_message(&words, text);
    add_location(verdict, margin->line, text);
    ftblab_text_add(text, "}");
    ftblab_end_words(&rule, text);
  }
}

static void add_results(const ftblab_verdict *verdict, const char **separator, ftblab_text *text)
{
  add_findings(verdict, separator, text);
  for (size_t i = 0; i < verdict->instance_count; i++)
    add_instance(verdict, &verdict->instances[i], separator, text);
  for (const ftblab_unexpected_pass *pass = verdict->passes; pass != NULL; pass = pass->next) {
    ftblab_text words = {0};
    ftblab_text_addf(&words, "%s was expected to fail and did not: %s", pass->rule, pass->reason);
    begin_result(separator, "unexpected-pass", "fail", "error", text);
    add_message(&words, text);
    add_location(verdict, 0, text);
    ftblab_text_add(text, "}");
  }
  for (uint32_t i = 0; i < verdict->notes.count; i++) {
    ftblab_text words = {0};
    ftblab_text_add(&words, verdict->notes.at[i]);
    begin_result(separator, "expectation", "fail", "error", text);
    add_message(&words, text);
    add_location(verdict, 0, text);
    ftblab_text_add(text, "}");
  }
}

/* ---- rules ------------------------------------------------------------------------------------------- */

typedef struct ruled {
  const ftblab_verdict *verdict;
  const ftblab_violation *violation;
} ruled;

static int by_rule(const void *left, const void *right)
{
  return strcmp(((const ruled *)left)->violation->rule, ((const ruled *)right)->violation->rule);
}

static void add_rule(const ruled *r, ftblab_text *text)
{
  ftblab_text meaning = {0}, requirement = {0};
  ftblab_text_add(text, "{\"id\": ");
  add_string(r->violation->rule, text);
  ftblab_text_add(text, ", \"name\": ");
  add_string(r->violation->kind, text);
  ftblab_text_add(text, ", \"shortDescription\": ");
  ftblab_add_meaning(r->violation->kind, &meaning);
  if (r->violation->row != NULL || r->violation->event_index != FTBLAB_NONE) {
    ftblab_text_add(&requirement, "The standard says: \"");
    ftblab_add_requirement(r->verdict, r->violation, &requirement);
    ftblab_text_add(&requirement, "\" (");
    ftblab_add_source(r->verdict, r->violation, &requirement);
    ftblab_text_add(&requirement, ")");
  } else {
    ftblab_add_meaning(r->violation->kind, &requirement);
  }
  add_message(&meaning, text);
  ftblab_text_add(text, ", \"help\": ");
  add_message(&requirement, text);
  ftblab_text_add(text, "}");
}

static size_t collect(const ftblab_verdict *const *verdicts, size_t count, ruled *into)
{
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    ftblab_finding finding = {0};
    while (ftblab_next_finding(verdicts[i], &finding))
      into[found++] = (ruled){verdicts[i], finding.violation};
  }
  return found;
}

/* A rule that is not of the standard. */
static void add_own_rule(const char *id, const char *words, ftblab_text *text)
{
  ftblab_text_addf(text,
                   "\n        {\"id\": \"%s\", \"name\": \"%s\", \"shortDescription\": {\"text\": \"%s\"}, "
                   "\"help\": {\"text\": \"%s\"}}",
                   id, id, words, words);
}

/* Each rule that a finding names, once. */
static void add_rules(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  size_t findings = 0;
  for (size_t i = 0; i < count; i++)
    findings += ftblab_verdict_violations(verdicts[i]);
  ruled *rules = calloc(findings + 1, sizeof *rules);
  if (rules == NULL) {
    text->failed = true;
    return;
  }
  collect(verdicts, count, rules);
  qsort(rules, findings, sizeof *rules, by_rule);
  for (size_t i = 0; i < findings; i++) {
    if (i > 0 && by_rule(&rules[i - 1], &rules[i]) == 0)
      continue;
    ftblab_text_add(text, "\n        ");
    add_rule(&rules[i], text);
    ftblab_text_add(text, ",");
  }
  add_own_rule("unexpected-pass", "A failure that was expected did not happen.", text);
  ftblab_text_add(text, ",");
  add_own_rule("expectation", "What the scenario expects did not come.", text);
  free(rules);
}

/* ---- the run ----------------------------------------------------------------------------------------- */

static void add_problems(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  const char *separator = "";
  for (size_t i = 0; i < count; i++)
    for (uint32_t p = 0; p < verdicts[i]->problems.count; p++) {
      const problem *bad = verdicts[i]->problems.at[p];
      ftblab_text_addf(text, "%s{\"level\": \"error\", \"message\": {\"text\": ", separator);
      add_string(bad->words, text);
      ftblab_text_add(text, "}");
      add_location(verdicts[i], bad->line, text);
      ftblab_text_add(text, "}");
      separator = ", ";
    }
}

static void add_artifacts(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  for (size_t i = 0; i < count; i++) {
    double fitness = ftblab_verdict_fitness(verdicts[i]);
    ftblab_text_addf(text, "%s{\"location\": {\"uri\": ", i > 0 ? ", " : "");
    add_uri(verdicts[i]->trace, text);
    ftblab_text_addf(text, "}, \"properties\": {\"verdict\": \"%s\"", ftblab_verdict_name(verdicts[i]->kind));
    if (fitness >= 0)
      ftblab_text_addf(text, ", \"fitness\": %.4f", fitness);
    ftblab_text_add(text, "}}");
  }
}

void ftblab_write_sarif(const ftblab_verdict *const *verdicts, size_t count, ftblab_text *text)
{
  bool broken = false;
  const char *separator = "";
  for (size_t i = 0; i < count; i++)
    broken = broken || verdicts[i]->problems.count > 0;
  ftblab_text_add(text, "{\"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                        "sarif-schema-2.1.0.json\",\n  \"version\": \"2.1.0\", \"runs\": [{\n"
                        "    \"tool\": {\"driver\": {\"name\": \"ftblab\", \"rules\": [");
  add_rules(verdicts, count, text);
  ftblab_text_addf(text, "]}},\n    \"invocations\": [{\"executionSuccessful\": %s, \"toolExecutionNotifications\": [",
                   broken ? "false" : "true");
  add_problems(verdicts, count, text);
  ftblab_text_add(text, "]}],\n    \"artifacts\": [");
  add_artifacts(verdicts, count, text);
  ftblab_text_add(text, "],\n    \"results\": [");
  for (size_t i = 0; i < count; i++)
    add_results(verdicts[i], &separator, text);
  ftblab_text_add(text, "]\n  }]\n}\n");
}
