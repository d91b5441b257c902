/* import.c - the command "import": a trace from a file in another form. */
#include "command.h"
#include "exchange.h"

enum { OPTION_DIALECT, OPTION_OUTPUT };
static const ftblab_option options[] = {
    [OPTION_DIALECT] = {.name = "dialect", .value = FTBLAB_EXCHANGES, .help = "the form of FILE; must be given"},
    [OPTION_OUTPUT] = {.name = "output", .value = "FILE", .help = "write to FILE instead of standard output"},
};

static ftblab_status convert(const char *path, ftblab_exchange from, ftblab_text *text, ftblab_error *err)
{
  ftblab_log log = {0};
  FILE *stream = NULL;
  ftblab_status status = ftblab_open_input(path, &stream, err);
  if (status == FTBLAB_OK)
    status = ftblab_exchange_read(&log, stream, path, from, err);
  if (status == FTBLAB_OK)
    ftblab_log_write(&log, text);
  ftblab_close_input(stream);
  ftblab_log_free(&log);
  return status;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  const char *dialect = ftblab_arguments_value(arguments, OPTION_DIALECT);
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_exchange from = FTBLAB_XES;
  ftblab_error err = {0};
  ftblab_text text = {0};
  if (arguments->operand_count != 1)
    return ftblab_tell_usage("import", "import one file; '-' is standard input");
  if (!dialect || !ftblab_exchange_of(dialect, &from))
    return ftblab_tell_usage("import", "which form is it? --dialect " FTBLAB_EXCHANGES);
  ftblab_status status = convert(arguments->operands[0], from, &text, &err);
  ftblab_exit code = status == FTBLAB_OK ? ftblab_put(path ? path : "-", &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  return code;
}

const ftblab_command ftblab_command_import = {
    .name = "import",
    .operands = "--dialect NAME [OPTION]... FILE",
    .summary = "turn a file in another form into a trace",
    .description = "Read FILE ('-' is standard input) in the form that --dialect names and write it as a trace.\n\n"
                   "  xes  a log in XES (IEEE 1849), as 'ftblab export' or a process-mining tool writes it\n"
                   "  csv  a table with a head of column names\n\n"
                   "What the records need, and how they are put in order, is in docs/exchange.md.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab import --dialect xes run.xes\n"
                "ftblab import --dialect csv events.csv | ftblab check -",
    .run = run,
};
