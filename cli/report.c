/* report.c - the command "report": traces and verdicts as a page, a picture or a table, or for Perfetto. */
#include "command.h"
#include "reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_OUT, OPTION_FORMAT, OPTION_PICTURE, OPTION_ENTRIES, OPTION_WORKFLOW, OPTION_COMPLETE };
static const ftblab_option options[] = {
    [OPTION_OUT] = {.name = "out", .value = "FILE", .help = "write to FILE; '-' is standard output"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = FTBLAB_REPORT_FORMATS,
                       .help = "html: one page; svg, png: one picture; csv: the rows of every instance; chrome: for "
                               "Perfetto (default: by the ending of FILE, else html)"},
    [OPTION_PICTURE] = {.name = "picture",
                        .value = FTBLAB_PICTURES,
                        .help = "which picture svg and png are of (default: sequence)"},
    [OPTION_ENTRIES] = {.name = "entries",
                        .value = "N",
                        .help = "draw at most N entries of a longer trace, from 10 to 2000, those that findings speak "
                                "of first (default: 200)"},
    [OPTION_WORKFLOW] = {.name = "workflow",
                         .value = "IDS",
                         .help = "judge traces by these workflows only, separated by commas (default: all)"},
    [OPTION_COMPLETE] = {.name = "complete", .help = "the traces run until all is quiet: what did not come is missing"},
};

static ftblab_status read_entries(const char *word, size_t *entries, ftblab_error *err)
{
  char *end;
  if (!word)
    return FTBLAB_OK;
  errno = 0;
  unsigned long value = strtoul(word, &end, 10);
  if (errno != 0 || *end || word[0] < '0' || word[0] > '9' || value < 10 || value > FTBLAB_REPORT_ENTRIES_MOST)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--entries' takes a number from 10 to %d, not '%s'",
                       FTBLAB_REPORT_ENTRIES_MOST, word);
  *entries = value;
  return FTBLAB_OK;
}

/* The format that is asked for, else the one that the file's name ends in, else a page. */
static ftblab_report_format format_for(const ftblab_arguments *arguments, const char *path)
{
  ftblab_report_format format = FTBLAB_REPORT_HTML;
  const char *word = ftblab_arguments_value(arguments, OPTION_FORMAT), *dot = strrchr(path, '.');
  if (word)
    ftblab_report_format_of(word, &format);
  else if (dot)
    ftblab_report_format_of(dot + 1, &format);
  return format;
}

static bool is_directory(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static ftblab_status add_inputs(ftblab_report *report, const ftblab_arguments *arguments, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < arguments->operand_count && status == FTBLAB_OK; i++) {
    FILE *stream = NULL;
    if (is_directory(arguments->operands[i]))
      return ftblab_fail(err, FTBLAB_EINPUT, "%s: is a directory, and reports on studies are not in this version",
                         arguments->operands[i]);
    status = ftblab_open_input(arguments->operands[i], &stream, err);
    if (status == FTBLAB_OK)
      status = ftblab_report_add(report, stream, arguments->operands[i], err);
    ftblab_close_input(stream);
  }
  return status;
}

static ftblab_status write_report(const ftblab_arguments *arguments, const char *path, ftblab_text *text,
                                  ftblab_error *err)
{
  const char *word = ftblab_arguments_value(arguments, OPTION_PICTURE);
  ftblab_picture picture = FTBLAB_PICTURE_SEQUENCE;
  ftblab_text program = {0};
  ftblab_report_options given = {.workflows = ftblab_arguments_value(arguments, OPTION_WORKFLOW),
                                 .complete = ftblab_arguments_value(arguments, OPTION_COMPLETE) != NULL};
  ftblab_spec *spec = NULL;
  ftblab_report *report = NULL;
  ftblab_text_addf(&program, "ftblab %s", ftblab_version());
  given.program = ftblab_text_string(&program);
  if (word)
    ftblab_picture_of(word, &picture);
  ftblab_status status = read_entries(ftblab_arguments_value(arguments, OPTION_ENTRIES), &given.entries, err);
  if (status == FTBLAB_OK)
    status = ftblab_spec_load(&spec, err);
  if (status == FTBLAB_OK)
    status = ftblab_report_new(spec, &given, &report, err);
  if (status == FTBLAB_OK)
    status = add_inputs(report, arguments, err);
  if (status == FTBLAB_OK)
    status = ftblab_report_write(report, format_for(arguments, path), picture, text, err);
  ftblab_report_free(report);
  ftblab_spec_free(spec);
  ftblab_text_free(&program);
  return status;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUT);
  ftblab_error err = {0};
  ftblab_text text = {0};
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("report", "report on which trace or verdict? '-' is standard input");
  if (!path)
    return ftblab_tell_usage("report", "write to which file? '--out FILE'; '-' is standard output");
  ftblab_status status = write_report(arguments, path, &text, &err);
  ftblab_exit code;
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("report", "%s", err.text);
  else
    code = status == FTBLAB_OK ? ftblab_put(path, &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  return code;
}

const ftblab_command ftblab_command_report = {
    .name = "report",
    .operands = "[OPTION]... TRACE|VERDICT... --out FILE",
    .summary = "show traces and verdicts as a page with pictures, or for Perfetto",
    .description =
        "Judge each TRACE and write a page that needs no network: the table of each instance with its marks, each "
        "finding explained, a sequence diagram, and which job was on which node. A VERDICT is what 'ftblab check "
        "--format json' printed; it is shown with its trace where that is given as well, so that a verdict with "
        "deadlines or known failures has its pictures (docs/reports.md).\n\n"
        "A bad record or a verdict that is none is named, and nothing is written. FILE is whole or absent.\n\n"
        "The exit status does not depend on the verdict.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab report run.jsonl --out run.html\n"
                "ftblab report --format svg --picture hosts run.jsonl --out hosts.svg\n"
                "ftblab check --format json --bounds bounds.json run.jsonl > verdict.json\n"
                "ftblab report verdict.json run.jsonl --out run.html\n"
                "ftblab report --format chrome run.jsonl --out run.json",
    .run = run,
};
