/* check.c - the command "check": judges traces. One verdict for each trace, in the order of the command line. */
#include "command.h"
#include "follow.h"
#include "judging.h"
#include "log_input.h"
#include "sorted.h"

#include <stdlib.h>
#include <string.h>

enum {
  OPTION_WORKFLOW,
  OPTION_ORDER,
  OPTION_COMPLETE,
  OPTION_LENIENT,
  OPTION_SORT,
  OPTION_FORMAT,
  OPTION_OUTPUT,
  OPTION_EXPECTED,
  OPTION_TODAY,
  OPTION_BOUNDS,
  OPTION_TIME_SCALE,
  OPTION_LOG, /* those of log_input.h */
  OPTION_OPEN_LIMIT = OPTION_LOG + FTBLAB_LOG_OPTION_COUNT,
  OPTION_FOLLOW
};
static const ftblab_option options[] = {
    [OPTION_WORKFLOW] = {.name = "workflow",
                         .value = "IDS",
                         .help = "judge by these workflows only, separated by commas (default: all)"},
    [OPTION_ORDER] = {.name = "order",
                      .value = "causal|strict",
                      .help = "causal: what depends on each other must be in order; strict: steps must come in the "
                              "order of their numbers (default: causal)"},
    [OPTION_COMPLETE] = {.name = "complete", .help = "the trace runs until all is quiet: what did not come is missing"},
    [OPTION_LENIENT] = {.name = "lenient", .help = "count and skip bad records instead of ending with 3"},
    [OPTION_SORT] = {.name = "sort", .help = "judge the records in the order of their times, not of their lines"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = FTBLAB_FORMATS,
                       .help = "how to print the verdicts; json is one object a line (default: text)"},
    [OPTION_OUTPUT] = {.name = "output",
                       .value = "FILE",
                       .writes = true,
                       .help = "write to FILE instead of standard output"},
    [OPTION_EXPECTED] = FTBLAB_JUDGING_OPTION_EXPECTED,
    [OPTION_TODAY] = FTBLAB_JUDGING_OPTION_TODAY,
    [OPTION_BOUNDS] = FTBLAB_JUDGING_OPTION_BOUNDS,
    [OPTION_TIME_SCALE] = FTBLAB_JUDGING_OPTION_TIME_SCALE,
    FTBLAB_LOG_OPTIONS(OPTION_LOG),
    [OPTION_OPEN_LIMIT] = {.name = "open-limit",
                           .value = "N",
                           .help = "of a long trace, or with --follow: how many instances may be open at once; where "
                                   "there are more, those that waited longest are judged as they are, and the verdict "
                                   "says so (default: 4194304)"},
    [OPTION_FOLLOW] = {.name = "follow",
                       .help =
                           "read on as TRACE grows, and print each finding as soon as it is certain; a file ends when "
                           "it is moved or removed, a pipe when it is closed, both at Ctrl-C"},
};

/* One trace on its way to a verdict. */
struct judgement {
  const ftblab_arguments *arguments;
  const ftblab_spec *spec;
  const ftblab_judging *judging;
  const char *name;
  ftblab_trace_reader *reader;
  ftblab_checker *checker;
  ftblab_follow *follow; /* with --follow */
  ftblab_sorted *sorted; /* with --sort: records wait here for the end */
  int64_t last_t;
  uint64_t backwards; /* records whose time is before that of the line above */
  bool bad_record;    /* without --lenient: the records from here on were not judged */
  struct bad_record { /* what is wrong with it, and where it is */
    char *words;
    size_t line;
  } * problems;
  size_t problem_count;
};

static bool is_given(const ftblab_arguments *arguments, size_t option)
{
  return ftblab_arguments_value(arguments, option) != NULL;
}

static ftblab_status take_record(struct judgement *judgement, const ftblab_record *record, ftblab_error *err)
{
  judgement->backwards += record->t < judgement->last_t;
  judgement->last_t = record->t;
  return judgement->sorted ? ftblab_sorted_add(judgement->sorted, record, err)
                           : ftblab_checker_add(judgement->checker, record, err);
}

static ftblab_status keep_problem(struct judgement *judgement, ftblab_error *err)
{
  struct bad_record *grown = realloc(judgement->problems, (judgement->problem_count + 1) * sizeof *grown);
  char *problem = strdup(err->text);
  if (grown)
    judgement->problems = grown;
  if (!grown || !problem) {
    free(problem);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a bad record");
  }
  grown[judgement->problem_count++] = (struct bad_record){problem, err->line};
  return FTBLAB_OK;
}

/* Only text may leave out what conforms: the others are for programs, which want every instance. */
static bool wants_summary(const struct judgement *judgement)
{
  const char *format = ftblab_arguments_value(judgement->arguments, OPTION_FORMAT);
  return (format == NULL || strcmp(format, "text") == 0) && !is_given(judgement->arguments, OPTION_EXPECTED) &&
         !is_given(judgement->arguments, OPTION_BOUNDS);
}

static ftblab_check_options options_of(const struct judgement *judgement)
{
  const char *order = ftblab_arguments_value(judgement->arguments, OPTION_ORDER);
  const char *open_limit = ftblab_arguments_value(judgement->arguments, OPTION_OPEN_LIMIT);
  return (ftblab_check_options){
      .workflows = ftblab_arguments_value(judgement->arguments, OPTION_WORKFLOW),
      .strict_order = order && strcmp(order, "strict") == 0,
      .complete = is_given(judgement->arguments, OPTION_COMPLETE),
      .bounds = judgement->judging->bounds,
      .summary = wants_summary(judgement),
      .follow = is_given(judgement->arguments, OPTION_FOLLOW),
      .open_limit = open_limit == NULL ? 0 : (size_t)strtoull(open_limit, NULL, 10),
  };
}

static ftblab_status make_checker(struct judgement *judgement, ftblab_error *err)
{
  ftblab_check_options check_options = options_of(judgement);
  ftblab_trace_header header;
  ftblab_status status = ftblab_trace_reader_header(judgement->reader, &header, err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_new(judgement->spec, &check_options, &header, &judgement->checker, err);
  return status;
}

/* The checker is made when the first record is there: only then the header is known of a trace that grows. */
static ftblab_status judge_record(struct judgement *judgement, const ftblab_record *record, ftblab_error *err)
{
  ftblab_status status = judgement->checker ? FTBLAB_OK : make_checker(judgement, err);
  if (status == FTBLAB_OK)
    status = take_record(judgement, record, err);
  if (status == FTBLAB_OK && judgement->follow)
    status = ftblab_follow_added(judgement->follow, judgement->checker, err);
  return status;
}

/* ERR says what is wrong with a record: told, and kept for the verdict. *STOP: nothing behind it is judged. */
static ftblab_status take_problem(struct judgement *judgement, bool *stop, ftblab_error *err)
{
  if (judgement->follow && ftblab_follow_broke_off(judgement->follow)) {
    ftblab_warn("%s: the last line was not whole yet: it is left out", judgement->name);
    return FTBLAB_OK;
  }
  ftblab_tell(err);
  *stop = !is_given(judgement->arguments, OPTION_LENIENT);
  judgement->bad_record = *stop;
  return keep_problem(judgement, err);
}

/* What comes when the reader has no more. *MORE false: the trace has ended. */
static ftblab_status wait_for_more(struct judgement *judgement, bool *more, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  if (judgement->follow)
    status = ftblab_follow_wait(judgement->follow, judgement->checker, more, err);
  if (status != FTBLAB_EINPUT)
    return status;
  *more = false;
  ftblab_tell(err);
  judgement->bad_record = true;
  return keep_problem(judgement, err);
}

/* Read records until the end, or until the first bad one unless --lenient. */
static ftblab_status read_records(struct judgement *judgement, ftblab_error *err)
{
  for (;;) {
    ftblab_record record;
    bool more = false, stop = false;
    ftblab_status status = ftblab_trace_reader_next(judgement->reader, &record, &more, err);
    if (status == FTBLAB_EINPUT) {
      status = take_problem(judgement, &stop, err);
      if (status != FTBLAB_OK || stop)
        return status;
      continue;
    }
    if (status == FTBLAB_OK)
      status = more ? judge_record(judgement, &record, err) : wait_for_more(judgement, &more, err);
    if (status != FTBLAB_OK || !more)
      return status;
  }
}

static ftblab_status judge_records(struct judgement *judgement, ftblab_verdict **verdict, ftblab_error *err)
{
  ftblab_status status = judgement->follow ? FTBLAB_OK : make_checker(judgement, err);
  if (status == FTBLAB_OK && is_given(judgement->arguments, OPTION_SORT))
    status = ftblab_sorted_new(&judgement->sorted, err);
  if (status == FTBLAB_OK)
    status = read_records(judgement, err);
  if (status == FTBLAB_OK && !judgement->checker)
    status = make_checker(judgement, err);
  if (status == FTBLAB_OK && judgement->sorted)
    status = ftblab_sorted_check(judgement->sorted, judgement->checker, err);
  for (size_t i = 0; i < judgement->problem_count && status == FTBLAB_OK; i++)
    ftblab_checker_count_bad(judgement->checker);
  if (status == FTBLAB_OK)
    status = ftblab_checker_finish(judgement->checker, judgement->name, verdict, err);
  for (size_t i = 0; i < judgement->problem_count && status == FTBLAB_OK; i++)
    status = ftblab_verdict_add_problem(*verdict, judgement->problems[i].words, judgement->problems[i].line, err);
  return status;
}

static ftblab_exit exit_of_verdict(const ftblab_verdict *verdict)
{
  switch (ftblab_verdict_of(verdict)) {
  case FTBLAB_CONFORMS:
    return FTBLAB_EXIT_DONE;
  case FTBLAB_VIOLATES:
    return FTBLAB_EXIT_VIOLATES;
  case FTBLAB_INCOMPLETE:
  case FTBLAB_UNDECIDED:
    break;
  }
  return FTBLAB_EXIT_UNDECIDED;
}

/* A trace that could not be read is told in the formats that are one document about all traces. A line of one log of
 * several is none of the trace. */
static ftblab_exit tell_unread(const ftblab_spec *spec, const char *path, bool is_trace, ftblab_error *err,
                               ftblab_verdict **verdict)
{
  size_t line = is_trace ? err->line : 0;
  ftblab_exit code = ftblab_tell(err);
  ftblab_error again;
  if (err->status == FTBLAB_EINPUT && ftblab_verdict_unread(spec, path, err->text, line, verdict, &again) != FTBLAB_OK)
    return ftblab_tell(&again);
  return code;
}

static void end_judgement(struct judgement *judgement)
{
  ftblab_checker_free(judgement->checker);
  ftblab_sorted_free(judgement->sorted);
  ftblab_follow_free(judgement->follow);
  ftblab_trace_reader_free(judgement->reader);
  for (size_t i = 0; i < judgement->problem_count; i++)
    free(judgement->problems[i].words);
  free(judgement->problems);
}

static void tell_backwards(const struct judgement *judgement, const char *path)
{
  if (judgement->backwards > 0 && !judgement->sorted)
    ftblab_warn("%s: time runs backwards at %llu record%s; --sort judges by time", path,
                (unsigned long long)judgement->backwards, judgement->backwards == 1 ? "" : "s");
}

/* Judge the trace at PATH. *VERDICT is NULL if there is none. */
static ftblab_exit judge(const ftblab_arguments *arguments, const ftblab_judging *judging, const ftblab_spec *spec,
                         const char *path, ftblab_verdict **verdict)
{
  ftblab_error err = {0};
  FILE *stream = NULL;
  struct judgement judgement = {
      .arguments = arguments, .judging = judging, .spec = spec, .name = path, .last_t = INT64_MIN};
  ftblab_status status = ftblab_open_input(path, &stream, &err);
  if (status == FTBLAB_OK)
    status = ftblab_trace_reader_new(stream, path, &judgement.reader, &err);
  if (status == FTBLAB_OK && is_given(arguments, OPTION_FOLLOW))
    status = ftblab_follow_new(stream, judgement.reader, path, judging, &judgement.follow, &err);
  if (status == FTBLAB_OK)
    status = judge_records(&judgement, verdict, &err);
  ftblab_exit code = judgement.bad_record ? FTBLAB_EXIT_INPUT : FTBLAB_EXIT_DONE;
  tell_backwards(&judgement, path);
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("check", "%s", err.text);
  else if (status != FTBLAB_OK)
    code = tell_unread(spec, path, true, &err, verdict);
  end_judgement(&judgement);
  ftblab_close_input(stream);
  return code;
}

/* Which of two exit codes counts: a violation outweighs an undecided trace, trouble outweighs any verdict. */
static ftblab_exit heavier(ftblab_exit a, ftblab_exit b)
{
  static const ftblab_exit by_weight[] = {FTBLAB_EXIT_FAILED,   FTBLAB_EXIT_USAGE,     FTBLAB_EXIT_INPUT,
                                          FTBLAB_EXIT_VIOLATES, FTBLAB_EXIT_UNDECIDED, FTBLAB_EXIT_DONE};
  for (size_t i = 0; i < FTBLAB_COUNT(by_weight); i++)
    if (a == by_weight[i] || b == by_weight[i])
      return by_weight[i];
  return FTBLAB_EXIT_FAILED;
}

/* ---- logs: all of them are one trace ---- */

/* What a verdict of logs needs besides, for as long as it is read. */
struct incident {
  ftblab_logs *logs;
  ftblab_origin *at;
  ftblab_places places;
  ftblab_text name;
};

static void end_incident(struct incident *incident)
{
  ftblab_logs_free(incident->logs);
  free(incident->at);
  ftblab_text_free(&incident->name);
}

static ftblab_status place_records(const ftblab_arguments *arguments, struct incident *incident, ftblab_error *err)
{
  size_t count = ftblab_logs_count(incident->logs);
  incident->at = malloc((count + 1) * sizeof *incident->at);
  for (size_t i = 0; i < count && incident->at; i++)
    ftblab_logs_place(incident->logs, i, &incident->at[i].file, &incident->at[i].line);
  incident->places = (ftblab_places){incident->at, count, arguments->operand_count > 1};
  for (size_t i = 0; i < arguments->operand_count; i++)
    ftblab_text_addf(&incident->name, "%s%s", i > 0 ? " + " : "", arguments->operands[i]);
  return incident->at && !incident->name.failed ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the logs");
}

static ftblab_status read_logs(const ftblab_arguments *arguments, struct incident *incident, ftblab_error *err)
{
  ftblab_log_input input = {.arguments = arguments, .first = OPTION_LOG};
  ftblab_status status = ftblab_log_input_read(&input, &incident->logs, err);
  return status == FTBLAB_OK ? place_records(arguments, incident, err) : status;
}

static ftblab_status check_records(struct judgement *judgement, const struct incident *incident,
                                   ftblab_verdict **verdict, ftblab_error *err)
{
  ftblab_check_options check_options = options_of(judgement);
  check_options.places = &incident->places;
  ftblab_status status =
      ftblab_checker_new(judgement->spec, &check_options, ftblab_logs_header(incident->logs), &judgement->checker, err);
  if (status == FTBLAB_OK && is_given(judgement->arguments, OPTION_SORT))
    status = ftblab_sorted_new(&judgement->sorted, err);
  for (size_t i = 0; i < incident->places.count && status == FTBLAB_OK; i++)
    status = take_record(judgement, ftblab_logs_record(incident->logs, i), err);
  if (status == FTBLAB_OK && judgement->sorted)
    status = ftblab_sorted_check(judgement->sorted, judgement->checker, err);
  return status == FTBLAB_OK
             ? ftblab_checker_finish(judgement->checker, ftblab_text_string(&incident->name), verdict, err)
             : status;
}

/* Judge all operands as one. INCIDENT must outlive the verdict. */
static ftblab_exit judge_logs(const ftblab_arguments *arguments, const ftblab_judging *judging, const ftblab_spec *spec,
                              struct incident *incident, ftblab_verdict **verdict)
{
  ftblab_error err = {0};
  struct judgement judgement = {.arguments = arguments, .judging = judging, .spec = spec, .last_t = INT64_MIN};
  ftblab_status status = read_logs(arguments, incident, &err);
  if (status == FTBLAB_OK)
    status = check_records(&judgement, incident, verdict, &err);
  ftblab_exit code = FTBLAB_EXIT_DONE;
  tell_backwards(&judgement, ftblab_text_string(&incident->name));
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("check", "%s", err.text);
  else if (status != FTBLAB_OK)
    code = tell_unread(spec, arguments->operands[0], false, &err, verdict);
  end_judgement(&judgement);
  return code;
}

/* All traces, then what was expected of them, then one output. */
static ftblab_exit judge_all(const ftblab_arguments *arguments, const ftblab_judging *judging, const ftblab_spec *spec,
                             struct incident *incident, ftblab_verdict **verdicts)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_exit code = FTBLAB_EXIT_DONE;
  ftblab_error err = {0};
  ftblab_text text = {0};
  size_t count = 0;
  path = path ? path : "-";
  bool logs = is_given(arguments, OPTION_LOG + FTBLAB_LOG_DIALECT);
  if (logs) {
    code = judge_logs(arguments, judging, spec, incident, &verdicts[0]);
    count = verdicts[0] != NULL;
  }
  for (size_t i = 0; !logs && i < arguments->operand_count && code < FTBLAB_EXIT_USAGE; i++) {
    code = heavier(code, judge(arguments, judging, spec, arguments->operands[i], &verdicts[count]));
    count += verdicts[count] != NULL;
  }
  if (code >= FTBLAB_EXIT_USAGE)
    return code;
  if (ftblab_judging_excuse(judging, verdicts, count, &err) != FTBLAB_OK)
    return ftblab_tell(&err);
  for (size_t i = 0; i < count; i++)
    code = heavier(code, exit_of_verdict(verdicts[i]));
  ftblab_verdicts_write((const ftblab_verdict *const *)verdicts, count, judging->format, ftblab_wants_colour(path),
                        &text);
  code = heavier(code, ftblab_put(path, &text));
  ftblab_text_free(&text);
  return code;
}

#define LEAST_OPEN 2

static bool is_open_limit(const char *word)
{
  if (word == NULL)
    return true;
  unsigned long long number = strtoull(word, NULL, 10);
  return word[strspn(word, "0123456789")] == '\0' && number >= LEAST_OPEN && number <= FTBLAB_MOST_OPEN;
}

static ftblab_status check_follow(const ftblab_arguments *arguments, ftblab_error *err)
{
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  if (!is_given(arguments, OPTION_FOLLOW))
    return FTBLAB_OK;
  if (arguments->operand_count > 1 || is_given(arguments, OPTION_SORT) || is_given(arguments, OPTION_BOUNDS) ||
      (format != NULL && strcmp(format, "text") != 0))
    return ftblab_fail(err, FTBLAB_EUSAGE, "--follow takes one trace, --format text, and none of --sort and --bounds");
  if (is_given(arguments, OPTION_LOG + FTBLAB_LOG_DIALECT))
    return ftblab_fail(err, FTBLAB_EUSAGE,
                       "--follow takes no --dialect: what a line of a log means may depend on lines behind it; follow "
                       "a trace, as 'ftblab record' writes it");
  return FTBLAB_OK;
}

/* What the table cannot say of the options. */
static ftblab_status check_usage(const ftblab_arguments *arguments, ftblab_error *err)
{
  const char *open_limit = ftblab_arguments_value(arguments, OPTION_OPEN_LIMIT);
  if (arguments->operand_count == 0)
    return ftblab_fail(err, FTBLAB_EUSAGE, "check which trace? '-' is standard input");
  if (!is_open_limit(open_limit))
    return ftblab_fail(err, FTBLAB_EUSAGE, "--open-limit takes a whole number from %d to %d, not '%s'", LEAST_OPEN,
                       FTBLAB_MOST_OPEN, open_limit);
  for (size_t i = 0; i < FTBLAB_LOG_OPTION_COUNT && !is_given(arguments, OPTION_LOG + FTBLAB_LOG_DIALECT); i++)
    if (is_given(arguments, OPTION_LOG + i))
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' speaks of logs: it needs '--dialect'",
                         options[OPTION_LOG + i].name);
  return check_follow(arguments, err);
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  ftblab_judging_words words = {.format = ftblab_arguments_value(arguments, OPTION_FORMAT),
                                .bounds = ftblab_arguments_value(arguments, OPTION_BOUNDS),
                                .time_scale = ftblab_arguments_value(arguments, OPTION_TIME_SCALE),
                                .expected = ftblab_arguments_value(arguments, OPTION_EXPECTED),
                                .today = ftblab_arguments_value(arguments, OPTION_TODAY)};
  ftblab_error err = {0};
  ftblab_judging judging = {0};
  ftblab_spec *spec = NULL;
  struct incident incident = {0};
  if (check_usage(arguments, &err) != FTBLAB_OK)
    return ftblab_tell_usage("check", "%s", err.text);
  ftblab_verdict **verdicts = calloc(arguments->operand_count + 1, sizeof *verdicts);
  ftblab_status status = verdicts ? FTBLAB_OK : ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for the verdicts");
  if (status == FTBLAB_OK)
    status = ftblab_spec_load(&spec, &err);
  if (status == FTBLAB_OK)
    status = ftblab_judging_read(spec, &words, &judging, &err);
  ftblab_exit code;
  if (status == FTBLAB_EUSAGE)
    code = ftblab_tell_usage("check", "%s", err.text);
  else
    code = status == FTBLAB_OK ? judge_all(arguments, &judging, spec, &incident, verdicts) : ftblab_tell(&err);
  for (size_t i = 0; verdicts && i < arguments->operand_count; i++)
    ftblab_verdict_free(verdicts[i]);
  free(verdicts);
  end_incident(&incident);
  ftblab_judging_free(&judging);
  ftblab_spec_free(spec);
  return code;
}

const ftblab_command ftblab_command_check = {
    .name = "check",
    .operands = "[OPTION]... TRACE...",
    .summary = "judge traces against the workflow tables",
    .description = "Read each TRACE (JSON Lines, see docs/conformance.md; '-' is standard input), find the workflows "
                   "it went through, and say for each whether it went as its table says. What is wrong is explained: "
                   "the rule, what was allowed, what it goes back to, and the edit that would mend it.\n\n"
                   "text and json give a verdict for each trace; junit, tap, sarif and github are one document about "
                   "all of them (docs/outputs.md).\n\n"
                   "With --dialect the files are logs of one incident, each read by the dialect that stands before it "
                   "(docs/dialects.md); they are merged by time and judged as one trace, and the verdict names their "
                   "lines.\n\n"
                   "With several traces any that violates gives 1, else any that is undecided gives 2. A bad record "
                   "is named, what came before it is judged, and the exit status is 3.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab check run.jsonl\n"
                "ftblab check --workflow B.1.2,B.1.3 --complete *.jsonl\n"
                "ftblab check --format junit --output report.xml --expected known.json *.jsonl\n"
                "ftblab check --dialect slurm slurmctld.log --dialect openmpi --skew 0.2 mpirun.out\n"
                "ftblab run scenarios/node-failure-job-continues.json --trace - | ftblab check -",
    .run = run,
};
