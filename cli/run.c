/* run.c - the command "run": simulates a scenario, writes its trace, and judges it while it comes. */
#include "command.h"
#include "judging.h"
#include "sim.h"
#include "reports.h"
#include "studies.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  OPTION_SEED,
  OPTION_SET,
  OPTION_PLATFORM,
  OPTION_REPLAY,
  OPTION_TRACE,
  OPTION_WORKFLOW,
  OPTION_FORMAT,
  OPTION_OUTPUT,
  OPTION_EXPECTED,
  OPTION_TODAY,
  OPTION_BOUNDS,
  OPTION_TIME_SCALE,
  OPTION_TIMELINE,
  OPTION_TABLE,
  OPTION_METRICS,
  OPTION_REPORT
};
static const ftblab_option options[] = {
    [OPTION_SEED] = {.name = "seed", .value = "N", .help = "the seed of all randomness, instead of the scenario's"},
    [OPTION_SET] = {.name = "set",
                    .value = "KEY=VALUE",
                    .help = "change the scenario: KEY is a path as jobs[0].nodes, VALUE is JSON; may be repeated"},
    [OPTION_PLATFORM] = {.name = "platform", .value = "FILE", .help = "another cluster, a SimGrid platform file"},
    [OPTION_REPLAY] = {.name = "replay",
                       .value = "DIR:ID",
                       .help = "instead of SCENARIO: the replica ID (as 3.17) of the study in DIR, with its values and "
                               "its seed"},
    [OPTION_TRACE] = {.name = "trace",
                      .value = "FILE",
                      .writes = true,
                      .help = "write the trace to FILE; '-' is standard output, the verdict then goes to standard "
                              "error unless --output is given"},
    [OPTION_WORKFLOW] = {.name = "workflow",
                         .value = "IDS",
                         .help = "judge by these workflows alone (B.1.1,S2.3-ckpt), instead of the scenario's; what "
                                 "the scenario expects of the verdict is then not asked"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = FTBLAB_FORMATS,
                       .help = "how to print the verdict; all but text print it alone (default: text)"},
    [OPTION_OUTPUT] = {.name = "output", .value = "FILE", .writes = true, .help = "write the verdict to FILE"},
    [OPTION_EXPECTED] = FTBLAB_JUDGING_OPTION_EXPECTED,
    [OPTION_TODAY] = FTBLAB_JUDGING_OPTION_TODAY,
    [OPTION_BOUNDS] = FTBLAB_JUDGING_OPTION_BOUNDS,
    [OPTION_TIME_SCALE] = FTBLAB_JUDGING_OPTION_TIME_SCALE,
    [OPTION_TIMELINE] = {.name = "timeline", .help = "print who did what when before the verdict"},
    [OPTION_REPORT] = {.name = "report",
                       .value = "FILE",
                       .writes = true,
                       .help = "write a page with the verdict and pictures to FILE as well, as 'ftblab report' does"},
    [OPTION_TABLE] = {.name = "table", .help = "print the standard's table of each workflow that was exercised"},
    [OPTION_METRICS] = {.name = "metrics",
                        .help = "print what the time of the nodes was spent on: useful work, each kind of waste, idle; "
                                "with --format text or json"},
};

/* Everything one run holds; freed as a whole. */
struct session {
  const ftblab_arguments *arguments;
  const char **settings;
  ftblab_judging judging;
  ftblab_spec *spec;
  ftblab_replay *replay;      /* or NULL */
  ftblab_trace_digest digest; /* of the trace, for a replay */
  ftblab_scenario *scenario;  /* the replay's, if there is one */
  ftblab_checker *checker;
  ftblab_timeline *timeline;
  ftblab_output *trace;
  FILE *copy;            /* of the trace, for the report */
  bool guarding;         /* signals were taken back from SimGrid */
  ftblab_text line_text; /* the line of the trace at hand */
  ftblab_simulation *simulation;
  ftblab_verdict *verdict;
};

static bool is_given(const struct session *session, size_t option)
{
  return ftblab_arguments_value(session->arguments, option) != NULL;
}

/* What is run, as the command line calls it. */
static const char *source_of(const struct session *session)
{
  const char *replay = ftblab_arguments_value(session->arguments, OPTION_REPLAY);
  return replay ? replay : session->arguments->operands[0];
}

/* Is the verdict for a program, which wants nothing beside it? */
static bool wants_verdict_alone(const struct session *session)
{
  const char *format = ftblab_arguments_value(session->arguments, OPTION_FORMAT);
  return format && strcmp(format, "text") != 0;
}

static bool trace_takes_standard_output(const struct session *session)
{
  const char *path = ftblab_arguments_value(session->arguments, OPTION_TRACE);
  return path && strcmp(path, "-") == 0;
}

/* ---- before the run --------------------------------------------------------------------------- */

static ftblab_status read_seed(const char *text, uint64_t *seed, ftblab_error *err)
{
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *end || text[0] < '0' || text[0] > '9')
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--seed' takes a whole number from 0 to 18446744073709551615, not '%s'",
                       text);
  *seed = value;
  return FTBLAB_OK;
}

static ftblab_status collect_settings(struct session *session, ftblab_scenario_changes *changes, ftblab_error *err)
{
  const ftblab_arguments *arguments = session->arguments;
  session->settings = calloc(arguments->given_count + 1, sizeof *session->settings);
  if (!session->settings)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the settings");
  for (size_t i = 0; i < arguments->given_count; i++) {
    const char *setting = arguments->given[i].value;
    if (arguments->given[i].option != OPTION_SET)
      continue;
    if (!strchr(setting, '=') || setting[0] == '=')
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--set' takes KEY=VALUE, not '%s'", setting);
    session->settings[changes->setting_count++] = setting;
  }
  changes->settings = session->settings;
  return FTBLAB_OK;
}

static ftblab_status read_scenario(struct session *session, ftblab_error *err)
{
  const char *seed = ftblab_arguments_value(session->arguments, OPTION_SEED);
  const char *replay = ftblab_arguments_value(session->arguments, OPTION_REPLAY);
  if (replay) {
    ftblab_status opened = ftblab_replay_open(replay, &session->replay, err);
    if (opened == FTBLAB_OK)
      session->scenario = session->replay->scenario;
    return opened;
  }
  ftblab_scenario_changes changes = {
      .has_seed = seed != NULL,
      .platform = ftblab_arguments_value(session->arguments, OPTION_PLATFORM),
  };
  ftblab_status status = seed ? read_seed(seed, &changes.seed, err) : FTBLAB_OK;
  if (status == FTBLAB_OK)
    status = collect_settings(session, &changes, err);
  if (status == FTBLAB_OK)
    status = ftblab_scenario_read(session->arguments->operands[0], &changes, &session->scenario, err);
  return status;
}

/* The trace is opened before time starts: who cannot write it learns so at once. */
static ftblab_status open_outputs(struct session *session, ftblab_error *err)
{
  const char *trace = ftblab_arguments_value(session->arguments, OPTION_TRACE);
  const char *output = ftblab_arguments_value(session->arguments, OPTION_OUTPUT);
  ftblab_status status = FTBLAB_OK;
  if (trace)
    status = ftblab_output_open(trace, &session->trace, err);
  if (session->trace)
    ftblab_interrupt_guard(session->trace);
  if (status == FTBLAB_OK && is_given(session, OPTION_REPORT) && !(session->copy = tmpfile()))
    status = ftblab_fail(err, FTBLAB_EIO, "no temporary file for the report: %s", strerror(errno));
  if (status == FTBLAB_OK && is_given(session, OPTION_TIMELINE))
    status =
        ftblab_timeline_new(ftblab_speaks_utf8(), ftblab_wants_colour(output ? output : "-"), &session->timeline, err);
  return status;
}

/* ---- the run ------------------------------------------------------------------------------------- */

/* Does somebody want the lines of the trace? */
static bool wants_lines(const struct session *session)
{
  return session->trace || session->copy;
}

/* Into the trace and its copy, where they are asked for. */
static ftblab_status write_line(struct session *session, ftblab_error *err)
{
  FILE *files[] = {session->trace ? ftblab_output_file(session->trace) : NULL, session->copy};
  const ftblab_text *line = &session->line_text;
  if (line->failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a line of the trace");
  for (size_t i = 0; i < FTBLAB_COUNT(files); i++)
    if (files[i] && fwrite(line->data, 1, line->length, files[i]) != line->length)
      return ftblab_fail(err, FTBLAB_EIO, "cannot write the trace: %s; nothing was saved", strerror(errno));
  ftblab_text_clear(&session->line_text);
  return FTBLAB_OK;
}

static ftblab_status take_record(void *argument, const ftblab_record *record, ftblab_error *err)
{
  struct session *session = argument;
  if (session->trace && !session->guarding) {
    /* SimGrid claims SIGINT when it starts, and would leave the temporary of the trace. */
    ftblab_interrupt_guard(session->trace);
    session->guarding = true;
  }
  ftblab_status status = FTBLAB_OK;
  if (session->replay) /* it is held against the digest of the replica's */
    ftblab_digest_record(&session->digest, record);
  if (wants_lines(session)) {
    ftblab_record_write(record, &session->line_text);
    status = write_line(session, err);
  }
  if (status == FTBLAB_OK && session->timeline)
    status = ftblab_timeline_add(session->timeline, record, err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_add(session->checker, record, err);
  return status;
}

/* Only text may leave out what conforms: the others are for programs, and tables and pages show every instance. */
static bool may_count(const struct session *session)
{
  return !wants_verdict_alone(session) && !is_given(session, OPTION_TABLE) && !is_given(session, OPTION_REPORT) &&
         session->judging.expected == NULL;
}

/* The command line's workflows, else the scenario's, else all that are not judged only by name. */
static ftblab_status make_checker(struct session *session, const ftblab_trace_header *header, ftblab_error *err)
{
  ftblab_text ids = {0};
  ftblab_status status = ftblab_scenario_workflows(session->scenario, session->spec, &ids, err);
  const char *given = ftblab_arguments_value(session->arguments, OPTION_WORKFLOW);
  ftblab_check_options check_options = {.workflows = ids.length > 0 ? ftblab_text_string(&ids) : NULL,
                                        .bounds = session->judging.bounds,
                                        .summary = may_count(session),
                                        .counted = may_count(session)};
  if (given)
    check_options.workflows = given;
  if (status == FTBLAB_OK)
    status = ftblab_checker_new(session->spec, &check_options, header, &session->checker, err);
  ftblab_text_free(&ids);
  return status;
}

static ftblab_status simulate(struct session *session, ftblab_error *err)
{
  ftblab_trace_header header = ftblab_simulation_header(session->scenario);
  ftblab_status status = make_checker(session, &header, err);
  ftblab_trace_header_write(&header, &session->line_text);
  if (status == FTBLAB_OK)
    status = ftblab_digest_begin(&session->digest, &header, err);
  if (status == FTBLAB_OK)
    status = write_line(session, err);
  if (status == FTBLAB_OK)
    status = ftblab_simulate(session->scenario, session->spec, take_record, session, &session->simulation, err);
  if (status != FTBLAB_OK)
    return status;
  if (ftblab_simulation_complete(session->simulation))
    ftblab_checker_set_complete(session->checker);
  const char *trace = ftblab_arguments_value(session->arguments, OPTION_TRACE);
  return ftblab_checker_finish(session->checker, trace ? trace : source_of(session), &session->verdict, err);
}

/* A replay that comes out otherwise is none: the trace is there, but the verdict of another run is not told. */
static ftblab_status compare_replay(const struct session *session, ftblab_error *err)
{
  const ftblab_replay *replay = session->replay;
  if (!replay || !replay->has_digest || replay->digest == session->digest.value)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINTERNAL, "%s: the run differs from the replica's; that was by ftblab %s, this is %s",
                     source_of(session), replay->version, ftblab_version());
}

/* ---- after the run -------------------------------------------------------------------------------- */

static void add_block(ftblab_text *text, const char *title, const char *lines)
{
  if (!*lines)
    return;
  ftblab_text_addf(text, "\n%s\n", title);
  while (*lines) {
    size_t length = strcspn(lines, "\n");
    ftblab_text_add(text, "  ");
    ftblab_text_add_bytes(text, lines, length);
    ftblab_text_add(text, "\n");
    lines += length + (lines[length] == '\n');
  }
}

/* The tables of the workflows of all instances, each once. */
static ftblab_status add_tables(const struct session *session, ftblab_text *text, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < ftblab_verdict_instances(session->verdict) && status == FTBLAB_OK; i++) {
    const char *id = ftblab_verdict_instance_workflow(session->verdict, i);
    bool shown = false;
    for (size_t j = 0; j < i && !shown; j++)
      shown = strcmp(ftblab_verdict_instance_workflow(session->verdict, j), id) == 0;
    if (shown)
      continue;
    ftblab_text_add(text, "\n");
    status = ftblab_spec_show(session->spec, id, text, err);
  }
  return status;
}

/* The values of the metrics, by number in the table, whose length is *COUNT; NULL: no memory. */
static double *read_metrics(const struct session *session, size_t *count)
{
  ftblab_metric_table(count);
  double *values = calloc(*count, sizeof *values);
  if (values)
    ftblab_simulation_metrics(session->simulation, session->verdict, values);
  return values;
}

/* A line for each metric: name, value, unit, meaning. */
static void add_metrics(const struct session *session, ftblab_text *text)
{
  size_t count;
  ftblab_text lines = {0};
  const ftblab_metric *metrics = ftblab_metric_table(&count);
  double *values = read_metrics(session, &count);
  for (size_t i = 0; values && i < count; i++) {
    const char *unit = strcmp(metrics[i].unit, "1") == 0 ? "" : metrics[i].unit;
    if (!isnan(values[i]))
      ftblab_text_addf(&lines, "%-19s %13.9g %-6s  %s\n", metrics[i].name, values[i], unit, metrics[i].doc);
  }
  add_block(text, "Metrics:", ftblab_text_string(&lines));
  text->failed = text->failed || lines.failed || !values;
  ftblab_text_free(&lines);
  free(values);
}

static ftblab_status write_text(const struct session *session, const char *unmet, bool colour, ftblab_text *text,
                                ftblab_error *err)
{
  ftblab_text summary = {0};
  ftblab_status status = FTBLAB_OK;
  ftblab_text_addf(text, "%s\nseed %llu\n", ftblab_scenario_title(session->scenario),
                   (unsigned long long)ftblab_scenario_seed(session->scenario));
  if (session->timeline) {
    ftblab_text_add(text, "\n");
    ftblab_timeline_write(session->timeline, text);
  }
  if (is_given(session, OPTION_TABLE))
    status = add_tables(session, text, err);
  ftblab_verdict_write_text(session->verdict, colour, text);
  ftblab_simulation_summary(session->simulation, &summary);
  add_block(text, "The run:", ftblab_text_string(&summary));
  add_block(text, "Still waiting at the end:", ftblab_simulation_blocked(session->simulation));
  add_block(text, "Expected by the scenario, but:", unmet);
  if (!*unmet && !is_given(session, OPTION_WORKFLOW) && ftblab_verdict_of(session->verdict) != FTBLAB_CONFORMS)
    ftblab_text_add(text, "\nThis is as the scenario expects.\n");
  if (is_given(session, OPTION_METRICS))
    add_metrics(session, text);
  if (summary.failed)
    text->failed = true;
  ftblab_text_free(&summary);
  return status;
}

/* TEXT is the verdict's JSON object on a line; they become a member of it. */
static void add_metrics_json(const struct session *session, ftblab_text *text)
{
  size_t count, end = strlen("}\n");
  const ftblab_metric *metrics = ftblab_metric_table(&count);
  double *values = read_metrics(session, &count);
  text->failed = text->failed || !values || text->length < end;
  if (!text->failed)
    text->length -= end;
  ftblab_text_add(text, ", \"metrics\": {");
  for (size_t i = 0; values && i < count; i++) {
    ftblab_text_addf(text, "%s\"%s\": ", i > 0 ? ", " : "", metrics[i].name);
    if (isnan(values[i]))
      ftblab_text_add(text, "null");
    else
      ftblab_text_addf(text, "%.17g", values[i]);
  }
  ftblab_text_add(text, "}}\n");
  free(values);
}

/* Write the verdict where it belongs. */
static ftblab_exit put_verdict(const struct session *session, const ftblab_text *text)
{
  const char *output = ftblab_arguments_value(session->arguments, OPTION_OUTPUT);
  if (output || !trace_takes_standard_output(session))
    return ftblab_put(output ? output : "-", text);
  fwrite(ftblab_text_string(text), 1, text->length, stderr);
  return text->failed ? FTBLAB_EXIT_FAILED : FTBLAB_EXIT_DONE;
}

/* The page that --report asks for: the trace's copy with the verdict that is told. */
static ftblab_exit put_report(const struct session *session)
{
  ftblab_error err = {0};
  ftblab_text text = {0}, program = {0};
  ftblab_report *page = NULL;
  const char *trace = ftblab_arguments_value(session->arguments, OPTION_TRACE);
  ftblab_text_addf(&program, "ftblab %s", ftblab_version());
  ftblab_report_options given = {.program = ftblab_text_string(&program)};
  ftblab_status status = ftblab_report_new(session->spec, &given, &page, &err);
  rewind(session->copy);
  if (status == FTBLAB_OK)
    status = ftblab_report_add_judged(page, session->copy, trace ? trace : session->arguments->operands[0],
                                      session->verdict, &err);
  if (status == FTBLAB_OK)
    status = ftblab_report_write(page, FTBLAB_REPORT_HTML, FTBLAB_PICTURE_SEQUENCE, &text, &err);
  ftblab_exit code = status == FTBLAB_OK ? ftblab_put(ftblab_arguments_value(session->arguments, OPTION_REPORT), &text)
                                         : ftblab_tell(&err);
  ftblab_report_free(page);
  ftblab_text_free(&text);
  ftblab_text_free(&program);
  return code;
}

static ftblab_exit exit_of(const struct session *session, const char *unmet)
{
  if (*unmet || ftblab_verdict_of(session->verdict) == FTBLAB_VIOLATES)
    return FTBLAB_EXIT_VIOLATES;
  return ftblab_verdict_of(session->verdict) == FTBLAB_CONFORMS ? FTBLAB_EXIT_DONE : FTBLAB_EXIT_UNDECIDED;
}

/* What the scenario expects otherwise, line by line. */
static ftblab_status add_notes(const struct session *session, const char *unmet, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  while (*unmet && status == FTBLAB_OK) {
    size_t length = strcspn(unmet, "\n");
    ftblab_text note = {0};
    ftblab_text_add_bytes(&note, unmet, length);
    if (length > 0)
      status = ftblab_verdict_add_note(session->verdict, ftblab_text_string(&note), err);
    ftblab_text_free(&note);
    unmet += length + (unmet[length] == '\n');
  }
  return status;
}

static ftblab_exit report(struct session *session)
{
  ftblab_error err = {0};
  ftblab_text text = {0}, unmet = {0};
  const char *output = ftblab_arguments_value(session->arguments, OPTION_OUTPUT);
  bool to_terminal = !output && !trace_takes_standard_output(session);
  bool colour = to_terminal && ftblab_wants_colour("-");
  ftblab_status status = ftblab_simulation_expectations(
      session->simulation, is_given(session, OPTION_WORKFLOW) ? NULL : session->verdict, &unmet, &err);
  if (status == FTBLAB_OK)
    status = add_notes(session, ftblab_text_string(&unmet), &err);
  if (status == FTBLAB_OK)
    status = ftblab_judging_excuse(&session->judging, &session->verdict, 1, &err);
  if (status == FTBLAB_OK && wants_verdict_alone(session))
    ftblab_verdicts_write((const ftblab_verdict *const *)&session->verdict, 1, session->judging.format, colour, &text);
  else if (status == FTBLAB_OK)
    status = write_text(session, ftblab_text_string(&unmet), colour, &text, &err);
  if (status == FTBLAB_OK && wants_verdict_alone(session) && is_given(session, OPTION_METRICS))
    add_metrics_json(session, &text);
  ftblab_exit code = status == FTBLAB_OK ? put_verdict(session, &text) : ftblab_tell(&err);
  if (code == FTBLAB_EXIT_DONE && session->copy)
    code = put_report(session);
  if (code == FTBLAB_EXIT_DONE) {
    code = exit_of(session, ftblab_text_string(&unmet));
    if (wants_verdict_alone(session) && unmet.length > 0)
      ftblab_warn("the scenario expects: %s", ftblab_text_string(&unmet));
  }
  ftblab_text_free(&text);
  ftblab_text_free(&unmet);
  return code;
}

/* ---- the command --------------------------------------------------------------------------------- */

static ftblab_status perform(struct session *session, ftblab_error *err)
{
  const ftblab_arguments *arguments = session->arguments;
  ftblab_judging_words words = {.format = ftblab_arguments_value(arguments, OPTION_FORMAT),
                                .bounds = ftblab_arguments_value(arguments, OPTION_BOUNDS),
                                .time_scale = ftblab_arguments_value(arguments, OPTION_TIME_SCALE),
                                .expected = ftblab_arguments_value(arguments, OPTION_EXPECTED),
                                .today = ftblab_arguments_value(arguments, OPTION_TODAY)};
  ftblab_status status = read_scenario(session, err);
  if (status == FTBLAB_OK)
    status = ftblab_spec_load(&session->spec, err);
  if (status == FTBLAB_OK)
    status = ftblab_judging_read(session->spec, &words, &session->judging, err);
  if (status == FTBLAB_OK)
    status = open_outputs(session, err);
  if (status == FTBLAB_OK)
    status = simulate(session, err);
  if (status == FTBLAB_OK && session->trace) {
    ftblab_output *trace = session->trace;
    ftblab_interrupt_release();
    session->trace = NULL; /* committing ends it either way */
    status = ftblab_output_commit(trace, err);
  }
  return status == FTBLAB_OK ? compare_replay(session, err) : status;
}

static void end_session(struct session *session)
{
  free(session->settings);
  if (session->copy)
    fclose(session->copy);
  ftblab_interrupt_release();
  ftblab_output_abandon(session->trace);
  ftblab_timeline_free(session->timeline);
  ftblab_verdict_free(session->verdict);
  ftblab_checker_free(session->checker);
  ftblab_simulation_free(session->simulation);
  if (session->replay)
    ftblab_replay_free(session->replay);
  else
    ftblab_scenario_free(session->scenario);
  ftblab_judging_free(&session->judging);
  ftblab_spec_free(session->spec);
  ftblab_text_free(&session->line_text);
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  ftblab_error err = {0};
  struct session session = {.arguments = arguments};
  const char *output = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  if (is_given(&session, OPTION_REPLAY) && (arguments->operand_count > 0 || is_given(&session, OPTION_SEED) ||
                                            is_given(&session, OPTION_SET) || is_given(&session, OPTION_PLATFORM)))
    return ftblab_tell_usage("run", "'--replay' takes no scenario, and nothing that would change it");
  if (arguments->operand_count == 0 && !is_given(&session, OPTION_REPLAY))
    return ftblab_tell_usage("run", "run which scenario?");
  if (arguments->operand_count > 1)
    return ftblab_tell_usage("run", "one scenario at a time: '%s' is too many", arguments->operands[1]);
  if (output && strcmp(output, "-") == 0 && trace_takes_standard_output(&session))
    return ftblab_tell_usage("run", "'--trace -' and '--output -' cannot share standard output");
  const char *page = ftblab_arguments_value(arguments, OPTION_REPORT);
  if (page && strcmp(page, "-") == 0)
    return ftblab_tell_usage("run", "'--report' takes a file: standard output has the verdict");
  if (wants_verdict_alone(&session) && (is_given(&session, OPTION_TIMELINE) || is_given(&session, OPTION_TABLE)))
    return ftblab_tell_usage("run", "'--format %s' prints the verdict alone, without timeline and table",
                             ftblab_arguments_value(arguments, OPTION_FORMAT));
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  if (is_given(&session, OPTION_METRICS) && format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
    return ftblab_tell_usage("run", "'--metrics' goes with '--format' text or json, not %s", format);
  ftblab_exit code;
  ftblab_status status = perform(&session, &err);
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("run", "%s", err.text);
  else
    code = status == FTBLAB_OK ? report(&session) : ftblab_tell(&err);
  if (code == FTBLAB_EXIT_FAILED && status == FTBLAB_OK && is_given(&session, OPTION_TRACE))
    ftblab_warn("the trace was saved: %s", ftblab_arguments_value(arguments, OPTION_TRACE));
  end_session(&session);
  return code;
}

const ftblab_command ftblab_command_run = {
    .name = "run",
    .operands = "[OPTION]... SCENARIO",
    .summary = "simulate a scenario and judge what happened",
    .description = "Simulate the cluster, its software and the faults that SCENARIO (JSON) describes, and judge the "
                   "trace against the workflow tables.\n\n"
                   "The same scenario, platform, seed and version give the same bytes every time.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples =
        "ftblab run --timeline scenarios/node-failure-job-continues.json\n"
        "ftblab run --seed 7 --set jobs[0].nodes=8 --trace run.jsonl scenarios/node-failure-job-continues.json\n"
        "ftblab run --metrics scenarios/node-failure-job-continues.json\n"
        "ftblab run --platform my-cluster.xml --format json scenarios/node-failure-job-continues.json",
    .run = run,
};
