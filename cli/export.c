/* export.c - the command "export": a trace for process-mining tools, with a case for each instance in it. */
#include "command.h"
#include "exchange.h"

enum { OPTION_AS, OPTION_WORKFLOW, OPTION_CASES_ONLY, OPTION_OUTPUT };
static const ftblab_option options[] = {
    [OPTION_AS] = {.name = "as", .value = FTBLAB_EXCHANGES, .help = "the form to write (default: xes)"},
    [OPTION_WORKFLOW] = {.name = "workflow",
                         .value = "IDS",
                         .help = "find instances of these workflows only, separated by commas (default: all)"},
    [OPTION_CASES_ONLY] = {.name = "cases-only", .help = "leave out records that belong to no instance"},
    [OPTION_OUTPUT] = {.name = "output",
                       .value = "FILE",
                       .writes = true,
                       .help = "write to FILE instead of standard output"},
};

static ftblab_status judge(const ftblab_spec *spec, const ftblab_log *log, const char *workflows,
                           ftblab_verdict **verdict, ftblab_error *err)
{
  ftblab_check_options check = {.workflows = workflows};
  ftblab_checker *checker = NULL;
  ftblab_status status = ftblab_checker_new(spec, &check, &log->header, &checker, err);
  for (size_t i = 0; i < log->count && status == FTBLAB_OK; i++)
    status = ftblab_checker_add(checker, &log->records[i], err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_finish(checker, "trace", verdict, err);
  ftblab_checker_free(checker);
  return status;
}

static ftblab_status convert(const ftblab_arguments *arguments, FILE *stream, ftblab_text *text, ftblab_error *err)
{
  const char *form = ftblab_arguments_value(arguments, OPTION_AS);
  bool only = ftblab_arguments_value(arguments, OPTION_CASES_ONLY) != NULL;
  ftblab_exchange as = FTBLAB_XES;
  ftblab_log log = {0};
  ftblab_cases cases = {0};
  ftblab_spec *spec = NULL;
  ftblab_verdict *verdict = NULL;
  if (form && !ftblab_exchange_of(form, &as))
    return ftblab_fail(err, FTBLAB_EUSAGE, "no form '%s'", form);
  ftblab_status status = ftblab_spec_load(&spec, err);
  if (status == FTBLAB_OK)
    status = ftblab_log_read(&log, stream, arguments->operands[0], err);
  if (status == FTBLAB_OK)
    status = judge(spec, &log, ftblab_arguments_value(arguments, OPTION_WORKFLOW), &verdict, err);
  if (status == FTBLAB_OK)
    status = ftblab_cases_find(&cases, &log, verdict, only, err);
  if (status == FTBLAB_OK)
    ftblab_exchange_write(&log, &cases, as, text);
  ftblab_cases_free(&cases);
  ftblab_verdict_free(verdict);
  ftblab_log_free(&log);
  ftblab_spec_free(spec);
  return status;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_error err = {0};
  ftblab_text text = {0};
  FILE *stream = NULL;
  if (arguments->operand_count != 1)
    return ftblab_tell_usage("export", "export one trace; '-' is standard input");
  ftblab_status status = ftblab_open_input(arguments->operands[0], &stream, &err);
  if (status == FTBLAB_OK)
    status = convert(arguments, stream, &text, &err);
  ftblab_close_input(stream);
  ftblab_exit code;
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("export", "%s", err.text);
  else
    code = status == FTBLAB_OK ? ftblab_put(path ? path : "-", &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  return code;
}

const ftblab_command ftblab_command_export = {
    .name = "export",
    .operands = "[OPTION]... TRACE",
    .summary = "write a trace as XES or CSV, for process-mining tools",
    .description =
        "Find the instances in TRACE ('-' is standard input) and write its records with a case for each instance: the "
        "workflow and its variables, as in \"B.1.3 x=n5 z=j1\". A record that several instances share is in each of "
        "them; records that belong to none are in the case \"none\". Every field of a record is kept, so that 'ftblab "
        "import' makes the same trace of it (docs/exchange.md).\n\n"
        "The exit status does not depend on the verdict.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab export --as xes --output run.xes run.jsonl\n"
                "ftblab export --as csv --workflow B.1.3 --cases-only run.jsonl",
    .run = run,
};
