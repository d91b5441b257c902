/* expected.c - failures that are expected: they stay in the verdict, but do not make it red until they expire. An entry
 * that no finding fits any more is an unexpected pass: it must go, lest it hide the next failure of that rule. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

extern const unsigned char ftblab_embedded_expected_schema_json[];
extern const size_t ftblab_embedded_expected_schema_json_length;

struct ftblab_expected {
  ftblab_json *json; /* valid by the schema; everything is read from it */
};

static const char *word_of(const cJSON *entry, const char *key)
{
  const cJSON *word = cJSON_GetObjectItemCaseSensitive(entry, key);
  return word != NULL ? word->valuestring : NULL;
}

void ftblab_expected_free(ftblab_expected *expected)
{
  if (expected == NULL)
    return;
  ftblab_json_free(expected->json);
  free(expected);
}

/* ---- dates ------------------------------------------------------------------------------------------- */

static int number_at(const char *text, int digits)
{
  int number = 0;
  for (int i = 0; i < digits; i++) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    number = 10 * number + text[i] - '0';
  }
  return number;
}

static bool is_date(const char *text)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
    return false;
  int year = number_at(text, 4), month = number_at(text + 5, 2), day = number_at(text + 8, 2);
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* ---- the file ---------------------------------------------------------------------------------------- */

static const cJSON *first_entry(const ftblab_expected *expected)
{
  return cJSON_GetObjectItemCaseSensitive(ftblab_json_root(expected->json), "failures")->child;
}

static ftblab_status check_dates(const ftblab_expected *expected, ftblab_error *err)
{
  for (const cJSON *entry = first_entry(expected); entry != NULL; entry = entry->next) {
    const cJSON *expires = cJSON_GetObjectItemCaseSensitive(entry, "expires");
    if (!is_date(expires->valuestring))
      return ftblab_json_fail(expected->json, expires, err, "\"%s\" is no day of any year", expires->valuestring);
  }
  return FTBLAB_OK;
}

/* Why no finding has this RULE, which has no wildcards; NULL: one may. A rule is WORKFLOW/STEP/KIND,
 * WORKFLOW/KIND/EVENT or S2/KIND/EVENT. */
static const char *why_impossible(const ftblab_spec *spec, const char *rule)
{
  size_t head = strcspn(rule, "/");
  const char *middle = rule + head + (rule[head] == '/');
  size_t length = strcspn(middle, "/");
  const char *last = middle + length + (middle[length] == '/');
  int found = ftblab_spec_workflow(spec, rule, head);
  const ftblab_workflow *workflow = found == FTBLAB_NONE ? NULL : &spec->workflows[found];
  if (workflow == NULL && !(head == 2 && memcmp(rule, "S2", 2) == 0))
    return "there is no such workflow";
  if (ftblab_is_kind_of_finding(middle, length) && *last != '\0')
    return NULL;
  if (workflow == NULL || ftblab_spec_row(workflow, middle, length) == FTBLAB_NONE)
    return "behind the workflow there is neither a step of it nor a kind of finding and an event";
  return ftblab_is_kind_of_finding(last, strlen(last)) ? NULL : "behind the step there is no kind of finding";
}

/* A rule that nothing can have would be an unexpected pass for ever. */
static ftblab_status check_rules(const ftblab_spec *spec, const ftblab_expected *expected, ftblab_error *err)
{
  for (const cJSON *entry = first_entry(expected); entry != NULL; entry = entry->next) {
    const cJSON *rule = cJSON_GetObjectItemCaseSensitive(entry, "rule");
    bool is_pattern = strpbrk(rule->valuestring, "*?[") != NULL;
    const char *reason = is_pattern ? NULL : why_impossible(spec, rule->valuestring);
    if (reason != NULL)
      return ftblab_json_fail(expected->json, rule, err, "no finding has the rule \"%s\": %s", rule->valuestring,
                              reason);
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_expected_of(const ftblab_spec *spec, ftblab_json *json, ftblab_expected **result,
                                 ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_expected *expected = calloc(1, sizeof *expected);
  if (expected == NULL) {
    ftblab_json_free(json);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the expected failures");
  }
  expected->json = json;
  ftblab_status status =
      ftblab_json_parse((const char *)ftblab_embedded_expected_schema_json, ftblab_embedded_expected_schema_json_length,
                        "expected.schema.json", &schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(expected->json, schema, err);
  if (status == FTBLAB_OK)
    status = check_dates(expected, err);
  if (status == FTBLAB_OK)
    status = check_rules(spec, expected, err);
  ftblab_json_free(schema);
  if (status != FTBLAB_OK) {
    ftblab_expected_free(expected);
    return status;
  }
  *result = expected;
  return FTBLAB_OK;
}

ftblab_status ftblab_expected_read(const ftblab_spec *spec, const char *path, ftblab_expected **result,
                                   ftblab_error *err)
{
  ftblab_json *json;
  ftblab_status status = ftblab_json_read(path, &json, err);
  return status == FTBLAB_OK ? ftblab_expected_of(spec, json, result, err) : status;
}

/* ---- which finding an entry names -------------------------------------------------------------------- */

static bool names_trace(const cJSON *entry, const ftblab_verdict *verdict)
{
  const char *pattern = word_of(entry, "trace"), *base = strrchr(verdict->trace, '/');
  return !verdict->unread && (pattern == NULL || fnmatch(pattern, verdict->trace, 0) == 0 ||
                              (base != NULL && fnmatch(pattern, base + 1, 0) == 0));
}

static bool binds(const ftblab_instance_result *in, const char *variable, const char *value)
{
  for (size_t b = 0; b < in->binding_count; b++)
    if (strcmp(in->bindings[b].variable, variable) == 0)
      return strcmp(in->bindings[b].text, value) == 0;
  return false;
}

static bool names_instance(const cJSON *entry, const ftblab_instance_result *in)
{
  const cJSON *asked = cJSON_GetObjectItemCaseSensitive(entry, "instance");
  for (const cJSON *binding = asked != NULL ? asked->child : NULL; binding != NULL; binding = binding->next)
    if (in == NULL || !binds(in, binding->string, binding->valuestring))
      return false;
  return true;
}

/* A copy in the verdict, which outlives the file. */
static const char *keep(ftblab_verdict *verdict, const char *string)
{
  ftblab_text text = {0};
  ftblab_text_add(&text, string);
  return ftblab_verdict_keep(verdict, &text);
}

/* Does ENTRY name V? Then it is noted, one that holds rather than one that has expired. False: no memory. */
static bool try_entry(const cJSON *entry, const char *today, ftblab_verdict *verdict, const ftblab_instance_result *in,
                      ftblab_violation *v, bool *hit)
{
  bool holds = strcmp(today, word_of(entry, "expires")) <= 0;
  if (fnmatch(word_of(entry, "rule"), v->rule, 0) != 0 || !names_trace(entry, verdict) || !names_instance(entry, in))
    return true;
  *hit = true;
  if (v->excused || (v->reason != NULL && !holds))
    return true;
  v->excused = holds;
  v->reason = keep(verdict, word_of(entry, "reason"));
  v->expires = keep(verdict, word_of(entry, "expires"));
  return v->reason != NULL && v->expires != NULL;
}

static bool apply_entry(const cJSON *entry, const char *today, ftblab_verdict *verdict, bool *hit)
{
  ftblab_finding finding = {0};
  while (ftblab_next_finding(verdict, &finding))
    if (!try_entry(entry, today, verdict, finding.instance, (ftblab_violation *)finding.violation, hit))
      return false;
  return true;
}

/* What the rule of an entry may be of. */
typedef struct rule_scope {
  const ftblab_spec *spec;
  uint64_t workflows; /* bits */
  bool section_2;
} rule_scope;

/* Does PATTERN take the name of WORKFLOW with its slash? HEAD is for scratch. */
static bool takes(const char *pattern, const char *workflow, ftblab_text *head)
{
  ftblab_text_clear(head);
  ftblab_text_addf(head, "%s/", workflow);
  return !head->failed && fnmatch(pattern, ftblab_text_string(head), 0) == 0;
}

/* Those whose names, with their slash, PATTERN takes. Are there any? */
static bool widen(rule_scope *scope, const char *pattern, ftblab_text *head)
{
  for (size_t w = 0; w < scope->spec->workflow_count; w++)
    scope->workflows |= (uint64_t)takes(pattern, scope->spec->workflows[w].id, head) << w;
  scope->section_2 = takes(pattern, "S2", head);
  return scope->workflows != 0 || scope->section_2;
}

/* The workflows that RULE may be of: a beginning of it takes one with its slash, and what is left takes what is behind.
 * The longest that takes any tells: behind the slash it has but stars, and takes what it takes up to there; without a
 * slash a star stands for more than a workflow. False: no memory. */
static bool find_scope(const char *rule, const ftblab_spec *spec, rule_scope *scope)
{
  ftblab_text stem = {0}, head = {0};
  *scope = (rule_scope){.spec = spec};
  ftblab_text_add(&stem, rule);
  for (size_t length = stem.failed ? 0 : stem.length; length > 0; length--) {
    stem.data[length] = '\0';
    if (widen(scope, stem.data, &head))
      break;
  }
  bool ok = !stem.failed && !head.failed;
  ftblab_text_free(&stem);
  ftblab_text_free(&head);
  return ok;
}

/* Was VERDICT to judge by what is in SCOPE? */
static bool judges_by(const ftblab_verdict *verdict, const rule_scope *scope)
{
  for (size_t w = 0; w < scope->spec->workflow_count; w++) {
    if (!(scope->workflows >> w & 1))
      continue;
    if (ftblab_verdict_exercised(verdict, w))
      return true;
    for (size_t i = 0; i < verdict->never_count; i++)
      if (strcmp(scope->spec->workflows[w].id, verdict->never[i]) == 0)
        return true;
  }
  return scope->section_2;
}

/* Whether the failure comes could be seen in VERDICT: it is of a trace of ENTRY, in which something was judged, and by
 * its workflow. */
static bool could_tell(const cJSON *entry, const rule_scope *scope, const ftblab_verdict *verdict)
{
  return names_trace(entry, verdict) && verdict->records.judged > 0 && judges_by(verdict, scope);
}

/* The last verdict that ENTRY speaks of tells that it did not come true. */
static bool report_pass(const cJSON *entry, ftblab_verdict *const *verdicts, size_t count)
{
  rule_scope scope = {0};
  for (size_t i = count; i > 0; i--) {
    ftblab_verdict *verdict = verdicts[i - 1];
    if (verdict->spec != scope.spec && !find_scope(word_of(entry, "rule"), verdict->spec, &scope))
      return false;
    if (!could_tell(entry, &scope, verdict))
      continue;
    ftblab_unexpected_pass *pass = ftblab_arena_take(&verdict->memory, sizeof *pass), **end = &verdict->passes;
    if (pass == NULL)
      return false;
    pass->rule = keep(verdict, word_of(entry, "rule"));
    pass->reason = keep(verdict, word_of(entry, "reason"));
    while (*end != NULL)
      end = &(*end)->next;
    *end = pass;
    return pass->rule != NULL && pass->reason != NULL;
  }
  return true; /* no such trace was judged: nothing is known */
}

ftblab_status ftblab_expected_apply(const ftblab_expected *expected, const char *today, ftblab_verdict *const *verdicts,
                                    size_t count, ftblab_error *err)
{
  if (!is_date(today))
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--today' takes a day, YYYY-MM-DD, not '%s'", today);
  for (const cJSON *entry = first_entry(expected); entry != NULL; entry = entry->next) {
    bool hit = false, ok = true;
    for (size_t i = 0; i < count && ok; i++)
      ok = apply_entry(entry, today, verdicts[i], &hit);
    if (!ok || (!hit && !report_pass(entry, verdicts, count)))
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the expected failures");
  }
  for (size_t i = 0; i < count; i++)
    if (!verdicts[i]->unread)
      ftblab_verdict_judge(verdicts[i]);
  return FTBLAB_OK;
}
