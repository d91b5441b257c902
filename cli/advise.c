/* advise.c - the command "advise": how often a job should write a checkpoint. What the command line asks is put
 * together here; the answers come from laws/. */
#include "advise.h"
#include "command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  OPTION_WORK,
  OPTION_CHECKPOINT,
  OPTION_RESTART,
  OPTION_DOWNTIME,
  OPTION_NODES,
  OPTION_LAW,
  OPTION_OF,
  OPTION_AGE,
  OPTION_LOG,
  OPTION_COLUMNS,
  OPTION_KEEP,
  OPTION_FIT,
  OPTION_INTERVAL,
  OPTION_RECALL,
  OPTION_PRECISION,
  OPTION_LEAD,
  OPTION_ANSWER,
  OPTION_ANSWER_TIME,
  OPTION_PROTECTS,
  OPTION_RESTART_FAILURE,
  OPTION_LAST_CHECKPOINT,
  OPTION_FIRST_RESTART,
  OPTION_DUE_CHECKPOINT,
  OPTION_TIME_STEP,
  OPTION_REPLICAS,
  OPTION_SEED,
  OPTION_FORMAT,
  OPTION_OUTPUT
};
#define ANSWERS "nothing|checkpoint|migration"
#define RESTART_FAILURES "restarts|defers|ignores"
static const ftblab_option options[] = {
    [OPTION_WORK] = {.name = "work",
                     .value = "TIME",
                     .help = "how long the job takes without failures and checkpoints; without it only the fits of a "
                             "log are shown"},
    [OPTION_CHECKPOINT] = {.name = "checkpoint", .value = "TIME", .help = "how long a checkpoint takes to write"},
    [OPTION_RESTART] = {.name = "restart",
                        .value = "TIME",
                        .help = "how long one takes to read (default: as long as to write; chosen, no source)"},
    [OPTION_DOWNTIME] = {.name = "downtime",
                         .value = "TIME",
                         .help = "from a failure until the reading can begin: detection, reboot or replacement "
                                 "(default: 0, as in Young's and Daly's models)"},
    [OPTION_NODES] = {.name = "nodes", .value = "N", .help = "nodes that the job needs, all of them (default: 1)"},
    [OPTION_LAW] = {.name = "law", .value = "LAW", .help = "when a node fails, as exponential:mtbf=5y"},
    [OPTION_OF] = {.name = "of",
                   .value = "node|machine|lives",
                   .help = "what the law or the gaps of the log are of: one node, the whole machine that the job runs "
                           "on, or rows of a log that are lives themselves (default: node)"},
    [OPTION_AGE] = {.name = "age",
                    .value = "AGE",
                    .help = "how old the nodes are when the job starts: stationary (long in use), new, or a TIME "
                            "(default: stationary)"},
    [OPTION_LOG] = {.name = "log",
                    .value = "FILE",
                    .help = "take the law from this failure log; '-' is standard input"},
    [OPTION_COLUMNS] = {.name = "columns",
                        .value = "MAP",
                        .help = "the columns of the log, as time=Started,node=3: names of its head line or numbers; "
                                "also end, order=dmy, separator=comma|blank|tab, bad=skip"},
    [OPTION_KEEP] = {.name = "keep",
                     .value = "COLUMN=PATTERN",
                     .help = "only rows of the log whose field matches; may be repeated"},
    [OPTION_FIT] = {.name = "fit",
                    .value = "best|exponential|weibull|lognormal|gamma|replay",
                    .help = "which law fitted to the log is taken; replay takes its dates as they are (default: best, "
                            "the least AIC)"},
    [OPTION_INTERVAL] = {.name = "interval", .value = "TIME", .help = "an interval of your own to compare"},
    [OPTION_RECALL] = {.name = "recall", .value = "P", .help = "share of failures that are predicted"},
    [OPTION_PRECISION] = {.name = "precision",
                          .value = "P",
                          .help = "share of predictions that come true (default: 1)"},
    [OPTION_LEAD] = {.name = "lead",
                     .value = "TIME",
                     .help = "how long before a failure its prediction comes (default: in time for the answer)"},
    [OPTION_ANSWER] = {.name = "answer",
                       .value = ANSWERS,
                       .help = "what the job does about a prediction (default: checkpoint)"},
    [OPTION_ANSWER_TIME] = {.name = "answer-time",
                            .value = "TIME",
                            .help = "how long that takes (default: as long as a checkpoint)"},
    [OPTION_PROTECTS] = {.name = "protects",
                         .value = "end|start",
                         .help = "a checkpoint is good from its end, or for what was done at its start even if a "
                                 "failure interrupts it (default: end)"},
    [OPTION_RESTART_FAILURE] = {.name = "restart-failure",
                                .value = RESTART_FAILURES,
                                .help = "a failure during a restart begins it anew, counts at its end, or not at all "
                                        "(default: restarts)"},
    [OPTION_LAST_CHECKPOINT] = {.name = "last-checkpoint",
                                .value = "yes|no",
                                .help = "write one when the work is done (default: yes: the results must be kept)"},
    [OPTION_FIRST_RESTART] = {.name = "first-restart",
                              .value = "costs|free",
                              .help = "whether a restart costs its time while there is no checkpoint (default: costs)"},
    [OPTION_DUE_CHECKPOINT] = {.name = "due-checkpoint",
                               .value = "waits|cuts",
                               .help = "whether a checkpoint that is due when a failure comes waits for the restart, "
                                       "or cuts it to one time step (default: waits)"},
    [OPTION_TIME_STEP] = {.name = "time-step",
                          .value = "TIME",
                          .help = "let everything end at multiples of TIME (default: 0, continuous)"},
    [OPTION_REPLICAS] = {.name = "replicas",
                         .value = "N",
                         .help =
                             "simulated runs for each interval (default: 1000, chosen; four times as many halve the "
                             "confidence interval)"},
    [OPTION_SEED] = {.name = "seed", .value = "N", .help = "seed of all random streams (default: 1)"},
    [OPTION_FORMAT] = {.name = "format", .value = "text|json", .help = "how to print the advice (default: text)"},
    [OPTION_OUTPUT] = {.name = "output", .value = "FILE", .help = "write to FILE instead of standard output"},
};

#define LEAST_REPLICAS 20
#define MOST_REPLICAS 10000000
#define MOST_NODES 10000000
#define MOST_EVENTS 1e8 /* of all runs for one interval: a minute or two in all */

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Is OPTION given as WORD? */
static bool is_given(const ftblab_arguments *arguments, size_t option, const char *word)
{
  const char *value = ftblab_arguments_value(arguments, option);
  return value != NULL && strcmp(value, word) == 0;
}

static ftblab_status refuse(size_t option, const char *reason, ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_EUSAGE, "--%s: %s", options[option].name, reason);
}

/* *SECONDS stays as it is if OPTION is not given. */
static ftblab_status take_time(const ftblab_arguments *arguments, size_t option, double *seconds, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  ftblab_error reason;
  if (value == NULL || ftblab_duration_parse(value, seconds, &reason) == FTBLAB_OK)
    return FTBLAB_OK;
  return refuse(option, reason.text, err);
}

static ftblab_status take_whole(const ftblab_arguments *arguments, size_t option, uint64_t least, uint64_t most,
                                uint64_t *number, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  if (value == NULL)
    return FTBLAB_OK;
  uint64_t result = strtoull(value, NULL, 10);
  if (*value == '\0' || value[strspn(value, "0123456789")] != '\0' || strlen(value) > 19 || result < least ||
      result > most)
    return ftblab_fail(err, FTBLAB_EUSAGE, "--%s takes a whole number from %llu to %llu, not '%s'",
                       options[option].name, (unsigned long long)least, (unsigned long long)most, value);
  *number = result;
  return FTBLAB_OK;
}

/* A probability above 0, and not above 1. */
static ftblab_status take_share(const ftblab_arguments *arguments, size_t option, double *share, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  char *end;
  if (value == NULL)
    return FTBLAB_OK;
  double result = strtod(value, &end);
  if (end == value || *end != '\0' || !(result > 0 && result <= 1))
    return ftblab_fail(err, FTBLAB_EUSAGE, "--%s takes a number above 0, not above 1, not '%s'", options[option].name,
                       value);
  *share = result;
  return FTBLAB_OK;
}

/* ---- the job ----------------------------------------------------------------------------------------------------- */

static ftblab_status take_times(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  ftblab_costs *costs = &asked->job.costs;
  ftblab_status status = take_time(arguments, OPTION_WORK, &asked->job.work, err);
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_CHECKPOINT, &costs->checkpoint, err);
  costs->restart = costs->checkpoint;
  asked->job.answer_time = costs->checkpoint;
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_RESTART, &costs->restart, err);
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_DOWNTIME, &costs->downtime, err);
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_INTERVAL, &asked->given, err);
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_TIME_STEP, &asked->job.rules.time_step, err);
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_ANSWER_TIME, &asked->job.answer_time, err);
  return status;
}

static void take_rules(const ftblab_arguments *arguments, ftblab_asked *asked)
{
  ftblab_checkpoint_rules *rules = &asked->job.rules;
  rules->protects_from_start = is_given(arguments, OPTION_PROTECTS, "start");
  rules->no_last_checkpoint = is_given(arguments, OPTION_LAST_CHECKPOINT, "no");
  rules->free_first_restart = is_given(arguments, OPTION_FIRST_RESTART, "free");
  rules->checkpoint_cuts_restart = is_given(arguments, OPTION_DUE_CHECKPOINT, "cuts");
  if (is_given(arguments, OPTION_RESTART_FAILURE, "defers"))
    rules->recovery = FTBLAB_RECOVERY_DEFERS;
  if (is_given(arguments, OPTION_RESTART_FAILURE, "ignores"))
    rules->recovery = FTBLAB_RECOVERY_IGNORES;
}

static ftblab_status take_predictor(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  static const size_t needy[] = {OPTION_PRECISION, OPTION_LEAD, OPTION_ANSWER, OPTION_ANSWER_TIME};
  asked->predictor = (ftblab_predictor){.precision = 1, .lead_time = INFINITY};
  asked->predicts = ftblab_arguments_value(arguments, OPTION_RECALL) != NULL;
  for (size_t i = 0; i < FTBLAB_COUNT(needy) && !asked->predicts; i++)
    if (ftblab_arguments_value(arguments, needy[i]) != NULL)
      return refuse(needy[i], "there are no predictions without --recall", err);
  ftblab_status status = take_share(arguments, OPTION_RECALL, &asked->predictor.recall, err);
  if (status == FTBLAB_OK)
    status = take_share(arguments, OPTION_PRECISION, &asked->predictor.precision, err);
  if (status == FTBLAB_OK)
    status = take_time(arguments, OPTION_LEAD, &asked->predictor.lead_time, err);
  if (asked->predicts)
    asked->job.answer = FTBLAB_ANSWER_CHECKPOINT;
  if (is_given(arguments, OPTION_ANSWER, "migration"))
    asked->job.answer = FTBLAB_ANSWER_MIGRATION;
  if (is_given(arguments, OPTION_ANSWER, "nothing"))
    asked->job.answer = FTBLAB_ANSWER_NOTHING;
  return status;
}

static ftblab_status take_job(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  uint64_t nodes = 1, replicas = 1000, seed = 1;
  ftblab_status status = take_times(arguments, asked, err);
  take_rules(arguments, asked);
  if (status == FTBLAB_OK)
    status = take_predictor(arguments, asked, err);
  if (status == FTBLAB_OK)
    status = take_whole(arguments, OPTION_NODES, 1, MOST_NODES, &nodes, err);
  if (status == FTBLAB_OK)
    status = take_whole(arguments, OPTION_REPLICAS, LEAST_REPLICAS, MOST_REPLICAS, &replicas, err);
  if (status == FTBLAB_OK)
    status = take_whole(arguments, OPTION_SEED, 0, INT64_MAX, &seed, err);
  asked->nodes = (double)nodes;
  asked->replicas = (ftblab_replicas){.count = (size_t)replicas, .seed = seed};
  asked->has_job = ftblab_arguments_value(arguments, OPTION_WORK) != NULL;
  if (status != FTBLAB_OK || !asked->has_job)
    return status;
  if (!(asked->job.work > 0))
    return refuse(OPTION_WORK, "a job without work needs no advice", err);
  if (ftblab_arguments_value(arguments, OPTION_CHECKPOINT) == NULL)
    return ftblab_fail(err, FTBLAB_EUSAGE, "how long does a checkpoint take? --checkpoint TIME");
  if (!(asked->job.costs.checkpoint > 0))
    return refuse(OPTION_CHECKPOINT, "one that takes no time can be written all the time", err);
  return FTBLAB_OK;
}

/* ---- the law ----------------------------------------------------------------------------------------------------- */

static ftblab_status take_age(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, OPTION_AGE);
  asked->failures.age = FTBLAB_AGE_STATIONARY;
  if (value == NULL || strcmp(value, "stationary") == 0)
    return FTBLAB_OK;
  asked->failures.age = strcmp(value, "new") == 0 ? FTBLAB_AGE_NEW : FTBLAB_AGE_GIVEN;
  return asked->failures.age == FTBLAB_AGE_NEW ? FTBLAB_OK
                                               : take_time(arguments, OPTION_AGE, &asked->failures.given_age, err);
}

static ftblab_status keep_rows(const ftblab_arguments *arguments, ftblab_columns *columns, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < arguments->given_count && status == FTBLAB_OK; i++) {
    const char *value = arguments->given[i].value, *equals = strchr(value, '=');
    if (arguments->given[i].option != OPTION_KEEP)
      continue;
    if (equals == NULL || equals == value)
      return refuse(OPTION_KEEP, "COLUMN=PATTERN is wanted", err);
    ftblab_text column = {0};
    ftblab_text_add_bytes(&column, value, (size_t)(equals - value));
    status = column.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a column")
                           : ftblab_columns_keep(columns, column.data, equals + 1, err);
    ftblab_text_free(&column);
  }
  return status;
}

static ftblab_status read_log(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *map = ftblab_arguments_value(arguments, OPTION_COLUMNS);
  ftblab_columns *columns = ftblab_columns_new();
  ftblab_error reason;
  if (columns == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a column map");
  ftblab_status status = map == NULL ? FTBLAB_OK : ftblab_columns_parse(columns, map, &reason);
  if (status == FTBLAB_EINPUT)
    status = refuse(OPTION_COLUMNS, reason.text, err);
  if (status == FTBLAB_OK)
    status = keep_rows(arguments, columns, err);
  if (status == FTBLAB_OK)
    status = ftblab_failure_log_read(asked->log_path, columns, &asked->log, err);
  ftblab_columns_free(columns);
  return status;
}

/* The dates of the log from its first failure on. */
static ftblab_status take_replay(ftblab_asked *asked, ftblab_error *err)
{
  if (!asked->of_machine)
    return refuse(OPTION_FIT, "the dates of a log are those of its machine: --of machine", err);
  asked->dates = malloc(asked->log.count * sizeof *asked->dates);
  if (asked->dates == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the dates of a log");
  for (size_t i = 0; i < asked->log.count; i++)
    asked->dates[i] = asked->log.entries[i].date - asked->log.entries[0].date;
  asked->failures.rotate = true;
  asked->failures.law = (ftblab_law){.kind = FTBLAB_LAW_REPLAY, .dates = asked->dates, .date_count = asked->log.count};
  return FTBLAB_OK;
}

static ftblab_status choose_fit(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *wanted = ftblab_arguments_value(arguments, OPTION_FIT);
  if (wanted != NULL && strcmp(wanted, "replay") == 0)
    return take_replay(asked, err);
  for (size_t i = 0; i < FTBLAB_FITS; i++) {
    const ftblab_law *law = &asked->fits[i].law;
    bool any = wanted == NULL || strcmp(wanted, "best") == 0;
    if (law->kind != FTBLAB_LAW_NONE && (any || strcmp(wanted, ftblab_law_name(law->kind)) == 0)) {
      asked->failures.law = *law;
      return FTBLAB_OK;
    }
  }
  return ftblab_fail(err, FTBLAB_EINPUT, "%s: the %s law cannot be fitted to its gaps", asked->log_path,
                     wanted == NULL ? "best" : wanted);
}

static ftblab_status fit_log(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  double *gaps = NULL;
  ftblab_error reason;
  ftblab_status status = read_log(arguments, asked, err);
  if (status != FTBLAB_OK)
    return status;
  status = ftblab_failure_log_gaps(&asked->log, asked->gaps, &gaps, &asked->gap_count, &asked->zero_count, &reason);
  if (status != FTBLAB_OK)
    return ftblab_fail(err, status, "%s: %s", asked->log_path, reason.text);
  status = ftblab_fit_laws(gaps, asked->gap_count, asked->replicas.seed, asked->fits, err);
  free(gaps);
  return status == FTBLAB_OK ? choose_fit(arguments, asked, err) : status;
}

static ftblab_status take_law(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *law = ftblab_arguments_value(arguments, OPTION_LAW);
  static const size_t of_logs[] = {OPTION_COLUMNS, OPTION_KEEP, OPTION_FIT};
  ftblab_error reason;
  asked->log_path = ftblab_arguments_value(arguments, OPTION_LOG);
  asked->of_machine = is_given(arguments, OPTION_OF, "machine");
  asked->gaps = asked->of_machine                         ? FTBLAB_GAPS_OF_MACHINE
                : is_given(arguments, OPTION_OF, "lives") ? FTBLAB_GAPS_LIVES
                                                          : FTBLAB_GAPS_OF_NODE;
  asked->failures.source = "node";
  asked->failures.parts = asked->of_machine ? 1 : (size_t)asked->nodes;
  if ((law == NULL) == (asked->log_path == NULL))
    return ftblab_fail(err, FTBLAB_EUSAGE, "when do nodes fail? either --law LAW or --log FILE");
  ftblab_status status = take_age(arguments, asked, err);
  for (size_t i = 0; i < FTBLAB_COUNT(of_logs) && law != NULL && status == FTBLAB_OK; i++)
    if (ftblab_arguments_value(arguments, of_logs[i]) != NULL)
      status = refuse(of_logs[i], "there is no --log", err);
  if (status == FTBLAB_OK && law != NULL && is_given(arguments, OPTION_OF, "lives"))
    status = refuse(OPTION_OF, "lives are rows of a --log", err);
  if (status != FTBLAB_OK || law == NULL)
    return status == FTBLAB_OK ? fit_log(arguments, asked, err) : status;
  if (ftblab_law_parse(law, &asked->failures.law, &reason) != FTBLAB_OK)
    return refuse(OPTION_LAW, reason.text, err);
  if (asked->failures.law.kind == FTBLAB_LAW_NONE)
    return refuse(OPTION_LAW, "where nothing fails, no checkpoint is best", err);
  return FTBLAB_OK;
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

/* A run is simulated event by event: a year of seconds takes longer than anybody waits. */
static ftblab_status check_length(const ftblab_asked *asked, double mean, ftblab_error *err)
{
  double interval = ftblab_young_interval(mean, &asked->job.costs);
  if (asked->given > 0)
    interval = fmin(interval, asked->given);
  double events = asked->job.work / interval + asked->job.work / mean;
  if (!(mean > 0) || !(events * (double)asked->replicas.count <= MOST_EVENTS))
    return ftblab_fail(err, FTBLAB_EUSAGE,
                       "--work: about %.0e checkpoints and failures in one run are too many to simulate %zu times; a "
                       "shorter job has the same best interval",
                       events, asked->replicas.count);
  return FTBLAB_OK;
}

static ftblab_status answer(const ftblab_asked *asked, ftblab_advice *advice, ftblab_error *err)
{
  ftblab_failures *failures = NULL;
  ftblab_status status = ftblab_failures_new(&asked->failures, &failures, err);
  if (status == FTBLAB_OK)
    status = check_length(asked, ftblab_failures_mean(failures), err);
  if (status == FTBLAB_OK)
    status = ftblab_advise(&asked->job, failures, asked->predicts ? &asked->predictor : NULL, &asked->replicas,
                           asked->given, advice, err);
  ftblab_failures_free(failures);
  return status;
}

static ftblab_exit print(const ftblab_arguments *arguments, const ftblab_asked *asked, const ftblab_advice *advice)
{
  const char *path = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  ftblab_text text = {0};
  (is_given(arguments, OPTION_FORMAT, "json") ? ftblab_advise_json : ftblab_advise_text)(asked, advice, &text);
  ftblab_exit code = ftblab_put(path ? path : "-", &text);
  ftblab_text_free(&text);
  return code;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  ftblab_asked asked = {0};
  ftblab_advice advice = {0};
  ftblab_error err = {0};
  if (arguments->operand_count > 0)
    return ftblab_tell_usage("advise", "'%s' is one argument too many", arguments->operands[0]);
  ftblab_status status = take_job(arguments, &asked, &err);
  if (status == FTBLAB_OK)
    status = take_law(arguments, &asked, &err);
  if (status == FTBLAB_OK && !asked.has_job && asked.log_path == NULL)
    status = ftblab_fail(&err, FTBLAB_EUSAGE, "how long does the job take? --work TIME");
  if (status == FTBLAB_OK && asked.has_job)
    status = answer(&asked, &advice, &err);
  ftblab_exit code = status == FTBLAB_EUSAGE ? ftblab_tell_usage("advise", "%s", err.text)
                     : status != FTBLAB_OK   ? ftblab_tell(&err)
                                             : print(arguments, &asked, &advice);
  ftblab_failure_log_free(&asked.log);
  free(asked.dates);
  return code;
}

const ftblab_command ftblab_command_advise = {
    .name = "advise",
    .operands = "--work TIME --checkpoint TIME (--law LAW|--log FILE) [OPTION]...",
    .summary = "how often a job should write a checkpoint, and what failures cost it",
    .description =
        "The best work between two checkpoints by Young's and Daly's formulas and by simulation, with the share of "
        "the time that each wastes and 95 % confidence intervals. The formulas assume exponential failures; the "
        "simulation takes the law as it is.\n\n"
        "A TIME is a number with s, min, h, d, w or y (365 days), as 90s or 2.5h; without a unit it is seconds. A LAW "
        "is one of\n\n"
        "  exponential:mtbf=5y\n"
        "  weibull:shape=0.7,mtbf=5y      or scale= for mtbf=\n"
        "  lognormal:sigma=1.2,mtbf=5y    or median= for mtbf=\n"
        "  gamma:shape=0.8,mtbf=5y        or scale= for mtbf=\n"
        "  constant:mtbf=30d\n\n"
        "With --log the law is fitted to a failure log, one failure a line, and the fits are shown: log-likelihood, "
        "AIC, the Kolmogorov-Smirnov distance and the probability of one so large if the law were true. "
        "docs/advise.md explains it all with an example.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab advise --work 30d --checkpoint 10min --nodes 1024 --law exponential:mtbf=5y\n"
                "ftblab advise --work 30d --checkpoint 10min --nodes 1024 \\\n"
                "    --law weibull:shape=0.7,mtbf=5y --interval 1h\n"
                "ftblab advise --log failures.csv --columns time=Started,node=Node --of machine\n"
                "ftblab advise --work 7d --checkpoint 5min --law exponential:mtbf=12h \\\n"
                "    --recall 0.85 --precision 0.8 --answer migration --answer-time 1min",
    .run = run,
};
