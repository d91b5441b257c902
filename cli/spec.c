/* spec.c - the command "spec": the standard's events and workflow tables, shown, checked and exported. */
#include "command.h"
#include "conformance.h"

#include <string.h>

enum { OPTION_AS, OPTION_FORMAT, OPTION_OUTPUT };
static const ftblab_option options[] = {
    [OPTION_AS] = {.name = "as",
                   .value = "json|markdown|mermaid",
                   .later = "dot|pnml",
                   .help = "the form that export writes (default: json)"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = "text|json",
                       .help = "the form in which lint reports (default: text)"},
    [OPTION_OUTPUT] = {.name = "output", .value = "FILE", .help = "write to FILE instead of standard output"},
};

typedef ftblab_status action_function(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text,
                                      ftblab_error *err);

static ftblab_status list(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text,
                          ftblab_error *err)
{
  (void)arguments;
  return ftblab_spec_list(spec, text, err);
}

static ftblab_status show(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text,
                          ftblab_error *err)
{
  return ftblab_spec_show(spec, arguments->operands[1], text, err);
}

static ftblab_status lint(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text,
                          ftblab_error *err)
{
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  size_t findings;
  return ftblab_spec_lint(spec, format && strcmp(format, "json") == 0, text, &findings, err);
}

static ftblab_status export(const ftblab_spec *spec, const ftblab_arguments *arguments, ftblab_text *text,
                            ftblab_error *err)
{
  const char *form = ftblab_arguments_value(arguments, OPTION_AS);
  ftblab_export as = FTBLAB_EXPORT_JSON;
  if (form && strcmp(form, "markdown") == 0)
    as = FTBLAB_EXPORT_MARKDOWN;
  else if (form && strcmp(form, "mermaid") == 0)
    as = FTBLAB_EXPORT_MERMAID;
  return ftblab_spec_export(spec, arguments->operands[1], as, text, err);
}

/* An option that an action does not read is an error: silence would look like obedience. */
static const struct action {
  const char *name;
  size_t operands; /* with the action itself */
  bool reads_as, reads_format;
  action_function *act;
} actions[] = {
    {"list", 1, false, false, list},
    {"show", 2, false, false, show},
    {"lint", 1, false, true, lint},
    {"export", 2, true, false, export},
};

static const struct action *find_action(const char *name)
{
  for (size_t i = 0; i < FTBLAB_COUNT(actions); i++)
    if (strcmp(actions[i].name, name) == 0)
      return &actions[i];
  return NULL;
}

static ftblab_exit perform(const struct action *action, const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_error err = {0};
  ftblab_text text = {0};
  ftblab_spec *spec = NULL;
  ftblab_status status = ftblab_spec_load(&spec, &err);
  if (status == FTBLAB_OK)
    status = action->act(spec, arguments, &text, &err);
  ftblab_exit code;
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("spec", "%s", err.text);
  else
    code = status == FTBLAB_OK ? ftblab_put(path ? path : "-", &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  ftblab_spec_free(spec);
  return code;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("spec", "spec what? list, show, lint or export");
  const struct action *action = find_action(arguments->operands[0]);
  if (!action)
    return ftblab_tell_usage("spec", "spec cannot '%s'; it can list, show, lint and export", arguments->operands[0]);
  if (arguments->operand_count < action->operands)
    return ftblab_tell_usage("spec", "spec %s needs the ID of a workflow; 'ftblab spec list' names them", action->name);
  if (arguments->operand_count > action->operands)
    return ftblab_tell_usage("spec", "'%s' is one argument too many", arguments->operands[action->operands]);
  if (ftblab_arguments_value(arguments, OPTION_AS) && !action->reads_as)
    return ftblab_tell_usage("spec", "'--as' belongs to export, not to %s", action->name);
  if (ftblab_arguments_value(arguments, OPTION_FORMAT) && !action->reads_format)
    return ftblab_tell_usage("spec", "'--format' belongs to lint, not to %s", action->name);
  return perform(action, arguments);
}

const ftblab_command ftblab_command_spec = {
    .name = "spec",
    .operands = "[OPTION]... list|show ID|lint|export ID",
    .summary = "the standard's events and workflow tables: list, show, lint, export",
    .description = "The event catalogue and the workflow tables that ftblab judges by.\n\n"
                   "  list       the events and the workflows\n"
                   "  show ID    a workflow's table, or an event, as the standard prints it\n"
                   "  lint       what is inconsistent in the tables, found by rule\n"
                   "  export ID  a workflow for other programs\n\n"
                   "What lint finds are defects of the standard, so it exits with 0.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab spec list\nftblab spec show B.1.3\nftblab spec export B.1.3 --as mermaid",
    .run = run,
};
