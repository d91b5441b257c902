/* import.c - the command "import": a trace from logs of real software, or from a file in another form. */
#include "command.h"
#include "log_input.h"

enum {
  OPTION_LOG, /* those of log_input.h */
  OPTION_EXPLAIN = OPTION_LOG + FTBLAB_LOG_OPTION_COUNT,
  OPTION_LIST,
  OPTION_OUTPUT
};
static const ftblab_option options[] = {
    FTBLAB_LOG_OPTIONS(OPTION_LOG),
    [OPTION_EXPLAIN] = {.name = "explain",
                        .help = "instead of the trace, say for each line which rule took it, and what it became"},
    [OPTION_LIST] = {.name = "list", .help = "name the dialects"},
    [OPTION_OUTPUT] = {.name = "output",
                       .value = "FILE",
                       .writes = true,
                       .help = "write to FILE instead of standard output"},
};

static ftblab_status convert(const ftblab_arguments *arguments, ftblab_text *text, ftblab_error *err)
{
  bool explain = ftblab_arguments_value(arguments, OPTION_EXPLAIN) != NULL;
  ftblab_logs *logs = NULL;
  ftblab_log_input input = {.arguments = arguments, .first = OPTION_LOG, .explain = explain ? text : NULL};
  ftblab_status status = ftblab_log_input_read(&input, &logs, err);
  if (status == FTBLAB_OK && !explain)
    ftblab_logs_write(logs, text);
  ftblab_logs_free(logs);
  return status;
}

static ftblab_status list_dialects(ftblab_text *text, ftblab_error *err)
{
  ftblab_status status = ftblab_dialects_list(text, err);
  ftblab_text_add(text,
                  "csv            a table with a head of column names, as 'ftblab export' writes it or by --columns\n"
                  "jsonl          a trace of ftblab, or any objects, one a line, by --columns\n"
                  "xes            a log in XES (IEEE 1849), as 'ftblab export' or a process-mining tool writes it\n");
  return status;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_error err = {0};
  ftblab_text text = {0};
  ftblab_status status;
  if (ftblab_arguments_value(arguments, OPTION_LIST) != NULL)
    status = list_dialects(&text, &err);
  else if (arguments->operand_count == 0)
    return ftblab_tell_usage("import", "import which file? '-' is standard input");
  else if (ftblab_arguments_value(arguments, OPTION_LOG + FTBLAB_LOG_DIALECT) == NULL)
    return ftblab_tell_usage("import", "which dialect is it? --dialect NAME; 'ftblab import --list' names them");
  else
    status = convert(arguments, &text, &err);
  ftblab_exit code;
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("import", "%s", err.text);
  else
    code = status == FTBLAB_OK ? ftblab_put(path ? path : "-", &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  return code;
}

const ftblab_command ftblab_command_import = {
    .name = "import",
    .operands = "--dialect NAME [OPTION]... FILE...",
    .summary = "turn logs of real software, or files in other forms, into a trace",
    .description =
        "Read each FILE ('-' is standard input) in the dialect that --dialect names, and write one trace of all. A "
        "dialect says what the lines of a log are as events of the standard; it is a JSON file, and you may write your "
        "own (docs/dialects.md). Options speak of the files behind them, so that each may have its own dialect and "
        "clock.\n\n"
        "No line is dropped in silence: standard error tells how many became records, repeat others, are ignored for a "
        "reason that the dialect gives, or are unknown to it.\n\n"
        "xes (IEEE 1849) and csv are also what 'ftblab export' writes; csv and jsonl read any table or object a line "
        "with --columns (docs/exchange.md).",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab import --dialect slurm slurmctld.log\n"
                "ftblab import --dialect slurm --explain slurmctld.log\n"
                "ftblab import --dialect slurm slurmctld.log --dialect openmpi --hosts hosts.json mpirun.out\n"
                "ftblab import --dialect csv --columns t=when,component=who,event=what,nodes=host table.csv\n"
                "ftblab import --dialect xes run.xes",
    .run = run,
};
