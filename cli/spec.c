/* spec.c - the command "spec": the standard's events and workflow tables, shown, checked and exported. */
#include "command.h"
#include "conformance.h"
#include "coverage.h"

#include <string.h>

enum { OPTION_AS, OPTION_FORMAT, OPTION_REQUIRE, OPTION_OUTPUT };
static const ftblab_option options[] = {
    [OPTION_AS] = {.name = "as", .value = FTBLAB_EXPORTS, .help = "the form that export writes (default: json)"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = "text|json",
                       .help = "the form in which lint and coverage report (default: text)"},
    [OPTION_REQUIRE] = {.name = "require",
                        .value = "PARTS",
                        .help = "coverage: exit with 1 unless all of PARTS is exercised: workflows or families (B, "
                                "B.1, D.1), events of section 2 (section2, section2.1), separated by commas"},
    [OPTION_OUTPUT] = {.name = "output",
                       .value = "FILE",
                       .writes = true,
                       .help = "write to FILE instead of standard output"},
};

/* *MET, true at first: is all there that the command line requires? */
typedef ftblab_status action_function(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text,
                                      bool *met, ftblab_error *err);

static ftblab_status list(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text, bool *met,
                          ftblab_error *err)
{
  (void)arguments;
  (void)met;
  return ftblab_spec_list(spec, text, err);
}

static ftblab_status show(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text, bool *met,
                          ftblab_error *err)
{
  (void)met;
  return ftblab_spec_show(spec, arguments->operands[1], text, err);
}

static bool wants_json(const ftblab_arguments *arguments)
{
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  return format && strcmp(format, "json") == 0;
}

static ftblab_status lint(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text, bool *met,
                          ftblab_error *err)
{
  size_t findings;
  (void)met;
  return ftblab_spec_lint(spec, wants_json(arguments), text, &findings, err);
}

static ftblab_status coverage(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text, bool *met,
                              ftblab_error *err)
{
  return ftblab_measure_coverage(spec, arguments->operands + 1, arguments->operand_count - 1,
                                 ftblab_arguments_value(arguments, OPTION_REQUIRE), wants_json(arguments), text, met,
                                 err);
}

static ftblab_status export(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text, bool *met,
                            ftblab_error *err)
{
  (void)met;
  const char *form = ftblab_arguments_value(arguments, OPTION_AS);
  ftblab_export as = FTBLAB_EXPORT_JSON;
  if (form && !ftblab_export_of(form, &as))
    return ftblab_fail(err, FTBLAB_EUSAGE, "no form '%s'", form);
  return ftblab_spec_export(spec, arguments->operands[1], as, text, err);
}

/* An option that an action does not read is an error: silence would look like obedience. */
static const struct action {
  const char *name;
  size_t operands; /* with the action itself */
  bool takes_more; /* the last operand may be repeated */
  bool reads_as, reads_format, reads_require;
  action_function *act;
} actions[] = {
    {"list", 1, false, false, false, false, list},      {"show", 2, false, false, false, false, show},
    {"lint", 1, false, false, true, false, lint},       {"export", 2, false, true, false, false, export},
    {"coverage", 2, true, false, true, true, coverage},
};

static const struct action *find_action(const char *name)
{
  for (size_t i = 0; i < FTBLAB_COUNT(actions); i++)
    if (strcmp(actions[i].name, name) == 0)
      return &actions[i];
  return NULL;
}

/* The action and the ID of a workflow are words; what coverage reads are files. */
static size_t count_words(const ftblab_arguments *arguments)
{
  const struct action *action = arguments->operand_count > 0 ? find_action(arguments->operands[0]) : NULL;
  return action && action->takes_more ? 1 : arguments->operand_count;
}

static ftblab_exit perform(const struct action *action, const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_error err = {0};
  ftblab_text text = {0};
  ftblab_spec *spec = NULL;
  bool met = true;
  ftblab_status status = ftblab_spec_load(&spec, &err);
  if (status == FTBLAB_OK)
    status = action->act(spec, arguments, &text, &met, &err);
  ftblab_exit code;
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("spec", "%s", err.text);
  else
    code = status == FTBLAB_OK ? ftblab_put(path ? path : "-", &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  ftblab_spec_free(spec);
  return code == FTBLAB_EXIT_DONE && !met ? FTBLAB_EXIT_VIOLATES : code;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("spec", "spec what? list, show, lint, export or coverage");
  const struct action *action = find_action(arguments->operands[0]);
  if (!action)
    return ftblab_tell_usage("spec", "spec cannot '%s'; it can list, show, lint, export and coverage",
                             arguments->operands[0]);
  if (arguments->operand_count < action->operands && action->takes_more)
    return ftblab_tell_usage("spec", "spec %s of which scenarios or traces? '-' is standard input", action->name);
  if (arguments->operand_count < action->operands)
    return ftblab_tell_usage("spec", "spec %s needs the ID of a workflow; 'ftblab spec list' names them", action->name);
  if (arguments->operand_count > action->operands && !action->takes_more)
    return ftblab_tell_usage("spec", "'%s' is one argument too many", arguments->operands[action->operands]);
  if (ftblab_arguments_value(arguments, OPTION_AS) && !action->reads_as)
    return ftblab_tell_usage("spec", "'--as' belongs to export, not to %s", action->name);
  if (ftblab_arguments_value(arguments, OPTION_FORMAT) && !action->reads_format)
    return ftblab_tell_usage("spec", "'--format' belongs to lint and coverage, not to %s", action->name);
  if (ftblab_arguments_value(arguments, OPTION_REQUIRE) && !action->reads_require)
    return ftblab_tell_usage("spec", "'--require' belongs to coverage, not to %s", action->name);
  return perform(action, arguments);
}

const ftblab_command ftblab_command_spec = {
    .name = "spec",
    .operands = "[OPTION]... list|show ID|lint|export ID|coverage SCENARIO|TRACE...",
    .summary = "the standard's events and workflow tables: list, show, lint, export, coverage",
    .description = "The event catalogue and the workflow tables that ftblab judges by.\n\n"
                   "  list       the events and the workflows\n"
                   "  show ID    a workflow's table, or an event, as the standard prints it\n"
                   "  lint       what is inconsistent in the tables, found by rule\n"
                   "  export ID  a workflow for other programs\n"
                   "  coverage   which rows and events scenarios (*.json, simulated) and traces (any other "
                   "name) exercise\n\n"
                   "What lint finds are defects of the standard, so it exits with 0. A row is exercised if a record "
                   "satisfied it and it was blamed for nothing; an event, if it was thrown.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .words = count_words,
    .examples = "ftblab spec list\nftblab spec show B.1.3\nftblab spec export B.1.3 --as dot | dot -Tsvg\n"
                "ftblab spec coverage scenarios/*.json --require B,section2",
    .run = run,
};
