/* check.c - the command "check": judges traces. One verdict for each trace, in the order of the command line. */
#include "command.h"
#include "conformance.h"
#include "sorted.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
  OPTION_WORKFLOW,
  OPTION_ORDER,
  OPTION_COMPLETE,
  OPTION_LENIENT,
  OPTION_SORT,
  OPTION_FORMAT,
  OPTION_OUTPUT,
  OPTION_DIALECT,
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
                       .value = "text|json",
                       .later = "junit|tap|sarif|github",
                       .help = "how to print a verdict; json is one object a line (default: text)"},
    [OPTION_OUTPUT] = {.name = "output", .value = "FILE", .help = "write to FILE instead of standard output"},
    [OPTION_DIALECT] = {.name = "dialect", .value = "NAME"},
    [OPTION_FOLLOW] = {.name = "follow"},
};

/* One trace on its way to a verdict. */
struct judgement {
  const ftblab_arguments *arguments;
  const char *name;
  ftblab_trace_reader *reader;
  ftblab_checker *checker;
  ftblab_sorted *sorted; /* with --sort: records wait here for the end */
  int64_t last_t;
  uint64_t backwards; /* records whose time is before that of the line above */
  bool bad_record;    /* without --lenient: the records from here on were not judged */
};

static bool is_given(const ftblab_arguments *arguments, size_t option)
{
  return ftblab_arguments_value(arguments, option) != NULL;
}

static ftblab_status open_trace(const char *path, FILE **stream, ftblab_error *err)
{
  struct stat status;
  if (strcmp(path, "-") == 0) {
    *stream = stdin;
    return FTBLAB_OK;
  }
  FILE *file = fopen(path, "r");
  if (!file)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: %s", path, strerror(errno));
  if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
    fclose(file);
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: is a directory", path);
  }
  *stream = file;
  return FTBLAB_OK;
}

static ftblab_status take_record(struct judgement *judgement, const ftblab_record *record, ftblab_error *err)
{
  judgement->backwards += record->t < judgement->last_t;
  judgement->last_t = record->t;
  return judgement->sorted ? ftblab_sorted_add(judgement->sorted, record, err)
                           : ftblab_checker_add(judgement->checker, record, err);
}

/* Read records until the end, or until the first bad one unless --lenient. */
static ftblab_status read_records(struct judgement *judgement, ftblab_error *err)
{
  bool lenient = is_given(judgement->arguments, OPTION_LENIENT);
  for (;;) {
    ftblab_record record;
    bool more = false;
    ftblab_status status = ftblab_trace_reader_next(judgement->reader, &record, &more, err);
    if (status == FTBLAB_EINPUT) {
      ftblab_tell(err);
      ftblab_checker_count_bad(judgement->checker);
      judgement->bad_record = !lenient;
      if (!lenient)
        return FTBLAB_OK;
      continue;
    }
    if (status != FTBLAB_OK)
      return status;
    if (!more)
      return FTBLAB_OK;
    status = take_record(judgement, &record, err);
    if (status != FTBLAB_OK)
      return status;
  }
}

static ftblab_status judge_records(struct judgement *judgement, const ftblab_spec *spec, ftblab_verdict **verdict,
                                   ftblab_error *err)
{
  const char *order = ftblab_arguments_value(judgement->arguments, OPTION_ORDER);
  ftblab_check_options check_options = {
      .workflows = ftblab_arguments_value(judgement->arguments, OPTION_WORKFLOW),
      .strict_order = order && strcmp(order, "strict") == 0,
      .complete = is_given(judgement->arguments, OPTION_COMPLETE),
  };
  ftblab_trace_header header;
  ftblab_status status = ftblab_trace_reader_header(judgement->reader, &header, err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_new(spec, &check_options, &header, &judgement->checker, err);
  if (status == FTBLAB_OK && is_given(judgement->arguments, OPTION_SORT))
    status = ftblab_sorted_new(&judgement->sorted, err);
  if (status == FTBLAB_OK)
    status = read_records(judgement, err);
  if (status == FTBLAB_OK && judgement->sorted)
    status = ftblab_sorted_check(judgement->sorted, judgement->checker, err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_finish(judgement->checker, judgement->name, verdict, err);
  return status;
}

static void write_verdict(const ftblab_arguments *arguments, const ftblab_verdict *verdict, bool colour,
                          ftblab_text *text)
{
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  if (format && strcmp(format, "json") == 0) {
    ftblab_verdict_write_json(verdict, text);
    return;
  }
  ftblab_verdict_write_text(verdict, colour, text);
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

/* Judge the trace at PATH and append its verdict to TEXT. */
static ftblab_exit judge(const ftblab_arguments *arguments, const ftblab_spec *spec, const char *path, bool colour,
                         ftblab_text *text)
{
  ftblab_error err = {0};
  FILE *stream = NULL;
  ftblab_verdict *verdict = NULL;
  struct judgement judgement = {.arguments = arguments, .name = path, .last_t = INT64_MIN};
  ftblab_status status = open_trace(path, &stream, &err);
  if (status == FTBLAB_OK)
    status = ftblab_trace_reader_new(stream, path, &judgement.reader, &err);
  if (status == FTBLAB_OK)
    status = judge_records(&judgement, spec, &verdict, &err);
  ftblab_exit code;
  if (judgement.backwards > 0 && !judgement.sorted)
    ftblab_warn("%s: time runs backwards at %llu records; --sort judges by time", path,
                (unsigned long long)judgement.backwards);
  if (status == FTBLAB_OK) {
    write_verdict(arguments, verdict, colour, text);
    code = judgement.bad_record ? FTBLAB_EXIT_INPUT : exit_of_verdict(verdict);
  } else {
    code = status == FTBLAB_EUSAGE ? ftblab_tell_usage("check", "%s", err.text) : ftblab_tell(&err);
  }
  ftblab_verdict_free(verdict);
  ftblab_checker_free(judgement.checker);
  ftblab_sorted_free(judgement.sorted);
  ftblab_trace_reader_free(judgement.reader);
  if (stream && stream != stdin)
    fclose(stream);
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

static ftblab_exit run(const ftblab_arguments *arguments)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_error err = {0};
  ftblab_text text = {0};
  ftblab_spec *spec = NULL;
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("check", "check which trace? '-' is standard input");
  path = path ? path : "-";
  if (ftblab_spec_load(&spec, &err) != FTBLAB_OK)
    return ftblab_tell(&err);
  ftblab_exit code = FTBLAB_EXIT_DONE;
  bool colour = ftblab_wants_colour(path);
  for (size_t i = 0; i < arguments->operand_count && code < FTBLAB_EXIT_USAGE; i++)
    code = heavier(code, judge(arguments, spec, arguments->operands[i], colour, &text));
  if (code < FTBLAB_EXIT_USAGE)
    code = heavier(code, ftblab_put(path, &text));
  ftblab_text_free(&text);
  ftblab_spec_free(spec);
  return code;
}

const ftblab_command ftblab_command_check = {
    .name = "check",
    .operands = "[OPTION]... TRACE...",
    .summary = "judge traces against the workflow tables",
    .description = "Read each TRACE (JSON Lines, see docs/conformance.md; '-' is standard input), find the workflows "
                   "it went through, and say for each whether it went as its table says.\n\n"
                   "With several traces any that violates gives 1, else any that is undecided gives 2. A bad record "
                   "is named, what came before it is judged, and the exit status is 3.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab check run.jsonl\n"
                "ftblab check --workflow B.1.2,B.1.3 --complete *.jsonl\n"
                "ftblab run scenarios/node-failure-job-continues.json --trace - | ftblab check -",
    .run = run,
};
