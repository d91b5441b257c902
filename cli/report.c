/* report.c - the command "report": studies, traces and verdicts as a page, a picture or a table, or for Perfetto. */
#include "report_study.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
  OPTION_OUT,
  OPTION_FORMAT,
  OPTION_PICTURE,
  OPTION_CSV,
  OPTION_PNG,
  OPTION_ENTRIES,
  OPTION_WORKFLOW,
  OPTION_COMPLETE,
  OPTION_METRIC,
  OPTION_AXIS,
  OPTION_LINES,
  OPTION_POINT
};
static const ftblab_option options[] = {
    [OPTION_OUT] = {.name = "out", .value = "FILE", .writes = true, .help = "write to FILE; '-' is standard output"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = FTBLAB_REPORT_FORMATS,
                       .help = "html: one page; svg, png: one picture; csv: the rows of every instance, or the numbers "
                               "of every point; chrome: for Perfetto (default: by the ending of FILE, else html)"},
    [OPTION_PICTURE] = {.name = "picture",
                        .value = "NAME",
                        .help =
                            "which picture svg and png are of: of a trace sequence or hosts (default: sequence), of "
                            "a study breakdown, makespan, ... (default: breakdown)"},
    [OPTION_CSV] = {.name = "csv", .value = "FILE", .writes = true, .help = "write the table as well, to FILE"},
    [OPTION_PNG] = {.name = "png", .value = "DIR", .help = "write every picture as well, to DIR/NAME.png"},
    [OPTION_ENTRIES] = {.name = "entries",
                        .value = "N",
                        .help = "draw at most N entries of a longer trace, from 10 to 2000, those that findings speak "
                                "of first (default: 200)"},
    [OPTION_WORKFLOW] = {.name = "workflow",
                         .value = "IDS",
                         .help = "judge traces by these workflows only, separated by commas (default: all)"},
    [OPTION_COMPLETE] = {.name = "complete", .help = "the traces run until all is quiet: what did not come is missing"},
    [OPTION_METRIC] = {.name = "metric",
                       .value = "NAMES",
                       .help = "of a study: metrics that have plots, separated by commas (default: makespan,waste)"},
    [OPTION_AXIS] = {.name = "axis",
                     .value = "FACTOR",
                     .help = "of a study: what is along the axis of the plots (default: an interval, else the factor "
                             "with most numbers)"},
    [OPTION_LINES] = {.name = "lines",
                      .value = "FACTOR",
                      .help = "of a study: what has a line for each value (default: a factor without numbers, else the "
                              "one with fewest values)"},
    [OPTION_POINT] = {.name = "point",
                      .value = "N",
                      .help = "of a study: run the median and the worst replica of this point again (default: of the "
                              "point where the first metric is least)"},
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
      return ftblab_fail(err, FTBLAB_EUSAGE, "'%s' is a folder: a study is reported on alone", arguments->operands[i]);
    status = ftblab_open_input(arguments->operands[i], &stream, err);
    if (status == FTBLAB_OK)
      status = ftblab_report_add(report, stream, arguments->operands[i], err);
    ftblab_close_input(stream);
  }
  return status;
}

/* ---- traces ----------------------------------------------------------------------------------------------- */

static ftblab_exit put(ftblab_report *report, ftblab_report_format format, ftblab_picture picture, const char *path)
{
  ftblab_error err = {0};
  ftblab_text text = {0};
  ftblab_status status = ftblab_report_write(report, format, picture, &text, &err);
  ftblab_exit code = status == FTBLAB_OK ? ftblab_put(path, &text) : ftblab_report_fail(status, &err);
  ftblab_text_free(&text);
  return code;
}

static ftblab_exit put_pngs(ftblab_report *report, const char *folder)
{
  static const char *const names[] = {[FTBLAB_PICTURE_SEQUENCE] = "sequence", [FTBLAB_PICTURE_HOSTS] = "hosts"};
  ftblab_error err = {0};
  ftblab_exit code = FTBLAB_EXIT_DONE;
  ftblab_status status = ftblab_make_folder(folder, &err);
  for (size_t i = 0; i < FTBLAB_COUNT(names) && status == FTBLAB_OK && code == FTBLAB_EXIT_DONE; i++) {
    ftblab_text path = {0};
    ftblab_text_addf(&path, "%s/%s.png", folder, names[i]);
    if (path.failed)
      status = ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for a path");
    else
      code = put(report, FTBLAB_REPORT_PNG, (ftblab_picture)i, path.data);
    ftblab_text_free(&path);
  }
  return status == FTBLAB_OK ? code : ftblab_report_fail(status, &err);
}

static ftblab_exit put_all(ftblab_report *report, const ftblab_report_wish *wish)
{
  ftblab_picture picture = FTBLAB_PICTURE_SEQUENCE;
  if (wish->picture && !ftblab_picture_of(wish->picture, &picture))
    return ftblab_tell_usage("report", "a trace has no picture '%s'; it has sequence and hosts", wish->picture);
  ftblab_exit code = wish->out ? put(report, wish->format, picture, wish->out) : FTBLAB_EXIT_DONE;
  if (code == FTBLAB_EXIT_DONE && wish->csv)
    code = put(report, FTBLAB_REPORT_CSV, picture, wish->csv);
  return code == FTBLAB_EXIT_DONE && wish->png ? put_pngs(report, wish->png) : code;
}

static ftblab_exit report_traces(const ftblab_arguments *arguments, const ftblab_report_wish *wish)
{
  ftblab_error err = {0};
  ftblab_report_options given = {.workflows = ftblab_arguments_value(arguments, OPTION_WORKFLOW),
                                 .complete = ftblab_arguments_value(arguments, OPTION_COMPLETE) != NULL,
                                 .program = wish->program};
  ftblab_spec *spec = NULL;
  ftblab_report *report = NULL;
  for (size_t i = OPTION_METRIC; i <= OPTION_POINT; i++)
    if (ftblab_arguments_value(arguments, i))
      return ftblab_tell_usage("report", "'--%s' is for the folder of a study", options[i].name);
  ftblab_status status = read_entries(ftblab_arguments_value(arguments, OPTION_ENTRIES), &given.entries, &err);
  if (status == FTBLAB_OK)
    status = ftblab_spec_load(&spec, &err);
  if (status == FTBLAB_OK)
    status = ftblab_report_new(spec, &given, &report, &err);
  if (status == FTBLAB_OK)
    status = add_inputs(report, arguments, &err);
  ftblab_exit code = status == FTBLAB_OK ? put_all(report, wish) : ftblab_report_fail(status, &err);
  ftblab_report_free(report);
  ftblab_spec_free(spec);
  return code;
}

/* ---- studies ------------------------------------------------------------------------------------------------ */

static ftblab_exit report_study(const ftblab_arguments *arguments, const ftblab_report_wish *wish)
{
  const char *point = ftblab_arguments_value(arguments, OPTION_POINT);
  ftblab_study_report_options given = {.metrics = ftblab_arguments_value(arguments, OPTION_METRIC),
                                       .axis = ftblab_arguments_value(arguments, OPTION_AXIS),
                                       .lines = ftblab_arguments_value(arguments, OPTION_LINES)};
  char *end = NULL;
  for (size_t i = OPTION_ENTRIES; i <= OPTION_COMPLETE; i++)
    if (ftblab_arguments_value(arguments, i))
      return ftblab_tell_usage("report", "'--%s' is for traces, not for the folder of a study", options[i].name);
  errno = 0;
  if (point)
    given.point = strtoull(point, &end, 10);
  if (point && (errno != 0 || *end || point[0] < '0' || point[0] > '9' || given.point < 1))
    return ftblab_tell_usage("report", "'--point' takes the number of a point, from 1, not '%s'", point);
  return ftblab_report_study(arguments->operands[0], wish, &given);
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUT);
  ftblab_text program = {0};
  ftblab_report_wish wish = {.out = path,
                             .csv = ftblab_arguments_value(arguments, OPTION_CSV),
                             .png = ftblab_arguments_value(arguments, OPTION_PNG),
                             .format = format_for(arguments, path ? path : ""),
                             .picture = ftblab_arguments_value(arguments, OPTION_PICTURE)};
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("report", "report on which study, trace or verdict? '-' is standard input");
  if (!path && !wish.csv && !wish.png)
    return ftblab_tell_usage("report", "write to which file? '--out FILE'; '-' is standard output");
  if (wish.picture && (!path || (wish.format != FTBLAB_REPORT_SVG && wish.format != FTBLAB_REPORT_PNG)))
    return ftblab_tell_usage("report", "'--picture' is of one SVG or PNG: '--format svg', or '--out NAME.svg'");
  ftblab_text_addf(&program, "ftblab %s", ftblab_version());
  wish.program = ftblab_text_string(&program);
  bool is_study = arguments->operand_count == 1 && is_directory(arguments->operands[0]);
  ftblab_exit code = is_study ? report_study(arguments, &wish) : report_traces(arguments, &wish);
  ftblab_text_free(&program);
  return code;
}

const ftblab_command ftblab_command_report = {
    .name = "report",
    .operands = "[OPTION]... DIR|TRACE|VERDICT... --out FILE",
    .summary = "show studies, traces and verdicts as a page with pictures",
    .description =
        "Judge each TRACE and write a page that needs no network: the table of each instance with its marks, each "
        "finding explained, a sequence diagram, and which job was on which node. A VERDICT is what 'ftblab check "
        "--format json' printed; it is shown with its trace where that is given as well, so that a verdict with "
        "deadlines or known failures has its pictures (docs/reports.md).\n\n"
        "DIR is the folder of a study, also of one that was interrupted: its page has what the time was wasted on, "
        "metrics against a factor with their 95 % intervals, the closed forms where the factor is the interval between "
        "checkpoints, the recoveries of the median and the worst replica, and the numbers of each point. The plots are "
        "drawn by gnuplot.\n\n"
        "A bad record or a verdict that is none is named, and nothing is written. FILE is whole or absent.\n\n"
        "The exit status does not depend on the verdict.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab report results --out study.html --png plots\n"
                "ftblab report results --metric time_to_recover,energy --out study.html\n"
                "ftblab report run.jsonl --out run.html\n"
                "ftblab report --format svg --picture hosts run.jsonl --out hosts.svg\n"
                "ftblab check --format json --bounds bounds.json run.jsonl > verdict.json\n"
                "ftblab report verdict.json run.jsonl --out run.html\n"
                "ftblab report --format chrome run.jsonl --out run.json",
    .run = run,
};
