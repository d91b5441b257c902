/* spec_lint.c - what is inconsistent in the documents, found by rule. A rule looks at the tables only; it knows no
 * place in them. The errata in the data files say how each is read, the rules do not use them. */
#include "spec_render.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct finding {
  char place[48]; /* workflow or family, row or registration */
  char sentence[400];
};

struct findings {
  const ftblab_spec *spec;
  struct finding *list; /* of the rule at hand */
  size_t count, capacity;
  bool failed; /* no memory */
};

static void add(struct findings *findings, const char *place, const char *format, ...) FTBLAB_PRINTF(3, 4);
static void add(struct findings *findings, const char *place, const char *format, ...)
{
  if (findings->count == findings->capacity) {
    size_t capacity = findings->capacity ? findings->capacity * 2 : 32;
    struct finding *list = realloc(findings->list, capacity * sizeof *list);
    if (!list) {
      findings->failed = true;
      return;
    }
    findings->list = list;
    findings->capacity = capacity;
  }
  struct finding *finding = &findings->list[findings->count++];
  snprintf(finding->place, sizeof finding->place, "%s", place);
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(finding->sentence, sizeof finding->sentence, format, arguments) < 0)
    finding->sentence[0] = '\0';
  va_end(arguments);
}

/* ---- what the rules ask ---- */

static const char *role_name(const ftblab_spec *spec, int role)
{
  return spec->roles[role].name;
}

/* The same words? Registrations and rows are compared as printed, not by the event that they mean. */
static bool same_words(const char *a, const char *b)
{
  return strcmp(a, b) == 0;
}

static void row_place(const ftblab_workflow *workflow, const ftblab_row *row, char place[48])
{
  snprintf(place, 48, "%s step %s", workflow->id, row->step);
}

/* The registrations of what was derived are the project's own: what they lack is no defect of a document. */
static bool is_derived(const ftblab_spec *spec, int family)
{
  for (size_t w = 0; w < spec->workflow_count; w++)
    if (spec->workflows[w].family == family && spec->workflows[w].basis)
      return true;
  return false;
}

/* Does ROLE register for what is printed as WORDS? */
static bool registers_words(const ftblab_family *family, int role, const char *words)
{
  for (size_t i = 0; i < family->registration_count; i++)
    if (family->registrations[i].component == role && same_words(family->registrations[i].printed, words))
      return true;
  return false;
}

static bool registers_event(const ftblab_family *family, int role, int event)
{
  for (size_t i = 0; i < family->registration_count; i++)
    if (family->registrations[i].component == role && family->registrations[i].event == event)
      return true;
  return false;
}

/* A row of WORKFLOW with this action and event; ROLE FTBLAB_NONE: of any component. */
static bool has_row(const ftblab_workflow *workflow, ftblab_action action, int event, int role)
{
  for (size_t r = 0; r < workflow->row_count; r++) {
    const ftblab_row *row = &workflow->rows[r];
    if (row->action == action && row->event == event && (role == FTBLAB_NONE || row->component == role))
      return true;
  }
  return false;
}

/* SET with the roles that may stand in for those in it (MPI* for RM/JS). */
static uint64_t with_stand_ins(const ftblab_spec *spec, uint64_t set)
{
  uint64_t all = set;
  for (size_t i = 0; i < spec->role_count; i++)
    if (spec->roles[i].plays) {
      int played = ftblab_spec_role(spec, spec->roles[i].plays, strlen(spec->roles[i].plays));
      if (set >> played & 1)
        all |= UINT64_C(1) << i;
    }
  return all;
}

/* Calls RULE for every row of every workflow. */
typedef void row_rule(struct findings *findings, const ftblab_workflow *workflow, const ftblab_row *row);
static void for_rows(struct findings *findings, row_rule *rule)
{
  for (size_t w = 0; w < findings->spec->workflow_count; w++)
    for (size_t r = 0; r < findings->spec->workflows[w].row_count; r++)
      rule(findings, &findings->spec->workflows[w], &findings->spec->workflows[w].rows[r]);
}

/* ---- rules on tables ---- */

static void row_never_caught(struct findings *findings, const ftblab_workflow *workflow, const ftblab_row *row)
{
  char place[48];
  row_place(workflow, row, place);
  if (row->action == FTBLAB_THROW && !has_row(workflow, FTBLAB_CATCH, row->event, FTBLAB_NONE))
    add(findings, place, "%s throws %s, and no row of the workflow catches it.",
        role_name(findings->spec, row->component), row->printed);
}

static void thrown_never_caught(struct findings *findings)
{
  for_rows(findings, row_never_caught);
}

static void row_never_thrown(struct findings *findings, const ftblab_workflow *workflow, const ftblab_row *row)
{
  char place[48];
  row_place(workflow, row, place);
  for (const ftblab_row *earlier = workflow->rows; earlier < row; earlier++)
    if (earlier->action == FTBLAB_THROW && earlier->event == row->event)
      return;
  if (row->action == FTBLAB_CATCH)
    add(findings, place, "%s catches %s, and no row above throws it.", role_name(findings->spec, row->component),
        row->printed);
}

static void caught_never_thrown(struct findings *findings)
{
  for_rows(findings, row_never_thrown);
}

static void row_not_registered(struct findings *findings, const ftblab_workflow *workflow, const ftblab_row *row)
{
  const ftblab_family *family = &findings->spec->families[workflow->family];
  if (row->action != FTBLAB_CATCH || workflow->basis || registers_words(family, row->component, row->printed))
    return;
  char place[48];
  row_place(workflow, row, place);
  bool otherwise = registers_event(family, row->component, row->event);
  add(findings, place, "%s catches %s, but registered for it %s in %s.", role_name(findings->spec, row->component),
      row->printed, otherwise ? "only under another name" : "nowhere", family->id);
}

static void caught_not_registered(struct findings *findings)
{
  for_rows(findings, row_not_registered);
}

static bool shares(const ftblab_spec *spec, const ftblab_workflow *workflow, int family, const char *amends)
{
  return workflow->family == family || (amends && strcmp(spec->families[workflow->family].id, amends) == 0);
}

/* Does ROLE throw or catch what is printed as WORDS in a workflow of FAMILY, or of the one that it amends? */
static bool uses_words(const ftblab_spec *spec, int family, int role, const char *words)
{
  const char *amends = spec->families[family].amends;
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; shares(spec, &spec->workflows[w], family, amends) && r < spec->workflows[w].row_count; r++)
      if (spec->workflows[w].rows[r].component == role && same_words(spec->workflows[w].rows[r].printed, words))
        return true;
  return false;
}

typedef void registration_rule(struct findings *findings, int family, size_t index);
static void for_registrations(struct findings *findings, registration_rule *rule)
{
  for (size_t f = 0; f < findings->spec->family_count; f++)
    for (size_t i = 0; !is_derived(findings->spec, (int)f) && i < findings->spec->families[f].registration_count; i++)
      rule(findings, (int)f, i);
}

static void registration_unused(struct findings *findings, int family, size_t index)
{
  const ftblab_spec *spec = findings->spec;
  const ftblab_registration *registration = &spec->families[family].registrations[index];
  if (!uses_words(spec, family, registration->component, registration->printed))
    add(findings, spec->families[family].id, "%s registers %s, but throws or catches it in no workflow of %s.",
        role_name(spec, registration->component), registration->printed, spec->families[family].id);
}

static void registered_never_used(struct findings *findings)
{
  for_registrations(findings, registration_unused);
}

static void registration_repeated(struct findings *findings, int family, size_t index)
{
  const ftblab_family *in = &findings->spec->families[family];
  const ftblab_registration *registration = &in->registrations[index];
  for (size_t i = 0; i < index; i++)
    if (in->registrations[i].component == registration->component &&
        in->registrations[i].event == registration->event) {
      add(findings, in->id, "%s registers %s twice (registrations %zu and %zu).",
          role_name(findings->spec, registration->component), registration->printed, i + 1, index + 1);
      return;
    }
}

static void registered_twice(struct findings *findings)
{
  for_registrations(findings, registration_repeated);
}

/* Interested, within reach, and left out: registered for an event that somebody else throws here. */
static void row_left_out(struct findings *findings, const ftblab_workflow *workflow, const ftblab_row *row)
{
  const ftblab_spec *spec = findings->spec;
  const ftblab_family *family = &spec->families[workflow->family];
  char place[48];
  row_place(workflow, row, place);
  if (row->action != FTBLAB_THROW || workflow->basis)
    return;
  for (size_t role = 0; role < spec->role_count; role++)
    if ((int)role != row->component && registers_event(family, (int)role, row->event) &&
        !has_row(workflow, FTBLAB_CATCH, row->event, (int)role) &&
        !has_row(workflow, FTBLAB_THROW, row->event, (int)role))
      add(findings, place, "%s registered for %s, which %s throws here, but no row lets it catch it.",
          role_name(spec, (int)role), row->printed, role_name(spec, row->component));
}

static void registered_thrown_not_caught(struct findings *findings)
{
  for_rows(findings, row_left_out);
}

/* Find another name than WORDS for EVENT in FAMILY, in rows and registrations. */
static const char *other_words(const ftblab_spec *spec, int family, int event, const char *words)
{
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; spec->workflows[w].family == family && r < spec->workflows[w].row_count; r++) {
      const ftblab_row *row = &spec->workflows[w].rows[r];
      if (row->event == event && !same_words(row->printed, words))
        return row->printed;
    }
  return NULL;
}

static void one_event_two_names(struct findings *findings)
{
  const ftblab_spec *spec = findings->spec;
  for (size_t f = 0; f < spec->family_count; f++)
    for (size_t e = 0; e < spec->event_count; e++) {
      const char *words = NULL, *other = NULL;
      const ftblab_family *family = &spec->families[f];
      for (size_t i = 0; i < family->registration_count && !other; i++)
        if (family->registrations[i].event == (int)e) {
          words = family->registrations[i].printed;
          other = other_words(spec, (int)f, (int)e, words);
        }
      if (other)
        add(findings, family->id, "%s is registered as \"%s\" and thrown or caught as \"%s\".", spec->events[e].name,
            words, other);
    }
}

/* ---- rules between the tables and section 2 ---- */

/* Each role that rows of ACTION have for an event and COLUMN of section 2 lacks, once, with the first such row. */
static void roles_beyond(struct findings *findings, ftblab_action action)
{
  const ftblab_spec *spec = findings->spec;
  for (size_t e = 0; e < spec->event_count; e++) {
    const ftblab_event *event = &spec->events[e];
    uint64_t allowed = with_stand_ins(spec, action == FTBLAB_THROW ? event->thrown_by : event->caught_by);
    for (size_t w = 0; event->in_section_2 && w < spec->workflow_count; w++)
      for (size_t r = 0; r < spec->workflows[w].row_count; r++) {
        const ftblab_row *row = &spec->workflows[w].rows[r];
        if (row->event != (int)e || row->action != action || allowed >> row->component & 1)
          continue;
        char place[48];
        row_place(&spec->workflows[w], row, place);
        allowed |= UINT64_C(1) << row->component;
        add(findings, place, "%s %s %s, but section %s does not list it%s.", role_name(spec, row->component),
            action == FTBLAB_THROW ? "throws" : "catches", event->name, event->section,
            action == FTBLAB_CATCH && event->caught_by_any ? " (its text says: any component)" : "");
      }
  }
}

static void thrown_by_role_not_in_section_2(struct findings *findings)
{
  roles_beyond(findings, FTBLAB_THROW);
}

static void caught_by_role_not_in_section_2(struct findings *findings)
{
  roles_beyond(findings, FTBLAB_CATCH);
}

static void no_section_2_name(struct findings *findings)
{
  for (size_t e = 0; e < findings->spec->event_count; e++) {
    const ftblab_event *event = &findings->spec->events[e];
    if (event->in_appendix && event->section[0] == 'B')
      add(findings, event->section, "%s has no event in section 2.", event->printed);
  }
}

/* Section 2: "These events subsume the events already supported by existing FTB-supporting MPI libraries." */
static void not_subsumed(struct findings *findings)
{
  for (size_t e = 0; e < findings->spec->event_count; e++) {
    const ftblab_event *event = &findings->spec->events[e];
    if (event->in_appendix && event->section[0] != 'B' && !event->possible && event->nearest == FTBLAB_NONE)
      add(findings, event->section, "%s is nowhere in section 2, which claims to subsume it.", event->printed);
  }
}

/* A recovery is no error. */
static void odd_severity(struct findings *findings)
{
  const ftblab_spec *spec = findings->spec;
  for (size_t e = 0; e < spec->event_count; e++) {
    const ftblab_event *event = &spec->events[e];
    if (event->severity && strstr(event->name, "RESTORED") && strcmp(event->severity, "info") != 0)
      add(findings, event->section, "%s has severity %s, though it tells of a recovery.", event->printed,
          event->severity);
  }
}

static void params_lack_key(struct findings *findings)
{
  const ftblab_spec *spec = findings->spec;
  for (size_t e = 0; e < spec->event_count; e++) {
    const ftblab_event *event = &spec->events[e];
    for (size_t k = 0; event->in_section_2 && event->table_key_count && k < event->payload_count; k++) {
      bool there = event->payload[k].optional;
      for (size_t t = 0; t < event->table_key_count; t++)
        there = there || event->table_keys[t] == event->payload[k].key;
      if (!there)
        add(findings, event->section, "%s needs the payload key %s, which the params of its rows do not give.",
            event->name, spec->keys[event->payload[k].key]);
    }
  }
}

/* ---- rules within section 2 ---- */

static void channel_rule(struct findings *findings)
{
  for (size_t e = 0; e < findings->spec->event_count; e++) {
    const ftblab_event *event = &findings->spec->events[e];
    ftblab_channel due = event->command ? FTBLAB_CHANNEL_RELIABLE : FTBLAB_CHANNEL_UNRELIABLE;
    if (event->in_section_2 && event->channel != due)
      add(findings, event->section, "%s is %s; CHECK and DO events are reliable, all others unreliable.", event->name,
          ftblab_render_channel(event->channel));
  }
}

static void prefix_rule(struct findings *findings)
{
  /* Section 2: schedulers and resource managers prefix their events with RM, the MPI library and runtime with MPI. */
  static const char *const prefixes[][2] = {{"RM/JS", "RM_"}, {"MPI", "MPI_"}};
  const ftblab_spec *spec = findings->spec;
  for (size_t e = 0; e < spec->event_count; e++)
    for (size_t p = 0; p < FTBLAB_COUNT(prefixes); p++) {
      const ftblab_event *event = &spec->events[e];
      int role = ftblab_spec_role(spec, prefixes[p][0], strlen(prefixes[p][0]));
      if (event->in_section_2 && role != FTBLAB_NONE && event->thrown_by >> role & 1 &&
          strncmp(event->name, prefixes[p][1], strlen(prefixes[p][1])) != 0)
        add(findings, event->section, "%s is thrown by %s, whose events begin with %s.", event->name, prefixes[p][0],
            prefixes[p][1]);
    }
}

/* Only a remark: whether a thrower has to register is what the documents leave open. */
static void thrown_not_registered(struct findings *findings)
{
  const ftblab_spec *spec = findings->spec;
  for (size_t w = 0; w < spec->workflow_count; w++)
    for (size_t r = 0; r < spec->workflows[w].row_count; r++) {
      const ftblab_workflow *workflow = &spec->workflows[w];
      const ftblab_row *row = &workflow->rows[r];
      const ftblab_family *family = &spec->families[workflow->family];
      char place[48];
      row_place(workflow, row, place);
      if (row->action == FTBLAB_THROW && !workflow->basis && !registers_words(family, row->component, row->printed))
        add(findings, place, "%s throws %s without having registered it.", role_name(spec, row->component),
            row->printed);
    }
}

/* ---- the rules ---- */

static const struct rule {
  const char *name, *title;
  bool is_remark;
  void (*find)(struct findings *findings);
} rules[] = {
    {"thrown-never-caught", "Thrown, but caught by nobody in the workflow", false, thrown_never_caught},
    {"caught-never-thrown", "Caught, but thrown by nobody in the workflow", false, caught_never_thrown},
    {"caught-not-registered", "Caught, but not registered", false, caught_not_registered},
    {"registered-never-used", "Registered, but never used", false, registered_never_used},
    {"registered-twice", "Registered twice", false, registered_twice},
    {"registered-thrown-not-caught", "Registered and thrown, but not caught", false, registered_thrown_not_caught},
    {"one-event-two-names", "One event under two names", false, one_event_two_names},
    {"thrown-by-role-not-in-section-2", "Thrown by a role that section 2 does not allow", false,
     thrown_by_role_not_in_section_2},
    {"caught-by-role-not-in-section-2", "Caught by a role that section 2 does not list", false,
     caught_by_role_not_in_section_2},
    {"no-section-2-name", "An event of Appendix B without an event in section 2", false, no_section_2_name},
    {"not-subsumed", "An event of a library that section 2 does not subsume", false, not_subsumed},
    {"odd-severity", "A severity that does not fit the event", false, odd_severity},
    {"params-lack-key", "Params without a key that section 2 asks for", false, params_lack_key},
    {"channel-rule", "A channel against section 2's own rule", false, channel_rule},
    {"prefix-rule", "A prefix against section 2's own rule", false, prefix_rule},
    {"thrown-not-registered", "Thrown, but not registered (a remark: the document leaves open if it must be)", true,
     thrown_not_registered},
};

static void write_text(const struct rule *rule, const struct findings *findings, ftblab_text *text)
{
  if (findings->count == 0)
    return;
  ftblab_text_addf(text, "%s [%s]: %zu\n", rule->title, rule->name, findings->count);
  for (size_t i = 0; i < findings->count; i++) {
    ftblab_text_addf(text, "  %-17s ", findings->list[i].place);
    ftblab_render_wrapped(text, findings->list[i].sentence, 20);
  }
  ftblab_text_add(text, "\n");
}

static void write_json(const struct rule *rule, const struct findings *findings, bool first, ftblab_text *text)
{
  for (size_t i = 0; i < findings->count; i++) {
    const struct finding *finding = &findings->list[i];
    ftblab_text_addf(text, "%s  {\"rule\": \"%s\", \"level\": \"%s\", \"place\": ", first && i == 0 ? "" : ",\n",
                     rule->name, rule->is_remark ? "remark" : "defect");
    ftblab_text_add_json(text, finding->place, strlen(finding->place));
    ftblab_text_add(text, ", \"message\": ");
    ftblab_text_add_json(text, finding->sentence, strlen(finding->sentence));
    ftblab_text_add(text, "}");
  }
}

ftblab_status ftblab_spec_lint(const ftblab_spec *spec, bool json, ftblab_text *text, size_t *findings,
                               ftblab_error *err)
{
  struct findings found = {.spec = spec};
  size_t total = 0, remarks = 0;
  if (json)
    ftblab_text_add(text, "{\"findings\": [\n");
  for (size_t i = 0; i < FTBLAB_COUNT(rules); i++) {
    found.count = 0;
    rules[i].find(&found);
    if (json)
      write_json(&rules[i], &found, total == 0, text);
    else
      write_text(&rules[i], &found, text);
    total += found.count;
    remarks += rules[i].is_remark ? found.count : 0;
  }
  if (json)
    ftblab_text_addf(text, "\n],\n \"count\": %zu, \"defects\": %zu, \"remarks\": %zu}\n", total, total - remarks,
                     remarks);
  else
    ftblab_text_addf(text, "%zu findings: %zu defects, %zu remarks\n", total, total - remarks, remarks);
  free(found.list);
  if (found.failed || text->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory");
  *findings = total;
  return FTBLAB_OK;
}
