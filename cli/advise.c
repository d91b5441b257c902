/* advise.c - the command "advise": how often a job should write a checkpoint. What the command line asks is put
 * together here; the answers come from laws/. */
#include "advise.h"
#include "advise_options.h"
#include "command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_REPLICAS 20
#define MOST_REPLICAS 10000000
#define MOST_EVENTS 1e8 /* of all runs for one interval: a minute or two in all */

/* ---- the job ----------------------------------------------------------------------------------------------------- */

static ftblab_status take_times(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  ftblab_costs *costs = &asked->job.costs;
  ftblab_status status = ftblab_advise_time(arguments, FTBLAB_ADVISE_WORK, &asked->job.work, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_take_machine(arguments, asked, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_CHECKPOINT, &costs->checkpoint, err);
  if (ftblab_arguments_value(arguments, FTBLAB_ADVISE_CHECKPOINT) != NULL)
    costs->restart = costs->checkpoint;
  asked->job.answer_time = costs->checkpoint;
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_RESTART, &costs->restart, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_DOWNTIME, &costs->downtime, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_INTERVAL, &asked->given, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_TIME_STEP, &asked->job.rules.time_step, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_ANSWER_TIME, &asked->job.answer_time, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_ANSWER_MARGIN, &asked->job.answer_margin, err);
  return status;
}

static void take_rules(const ftblab_arguments *arguments, ftblab_asked *asked)
{
  ftblab_checkpoint_rules *rules = &asked->job.rules;
  rules->protects_from_start = ftblab_advise_is(arguments, FTBLAB_ADVISE_PROTECTS, "start");
  rules->no_last_checkpoint = ftblab_advise_is(arguments, FTBLAB_ADVISE_LAST_CHECKPOINT, "no");
  rules->free_first_restart = ftblab_advise_is(arguments, FTBLAB_ADVISE_FIRST_RESTART, "free");
  rules->late_answers = ftblab_advise_is(arguments, FTBLAB_ADVISE_LATE, "answered");
  rules->checkpoint_cuts_restart = ftblab_advise_is(arguments, FTBLAB_ADVISE_DUE_CHECKPOINT, "cuts");
  if (ftblab_advise_is(arguments, FTBLAB_ADVISE_RESTART_FAILURE, "defers"))
    rules->recovery = FTBLAB_RECOVERY_DEFERS;
  if (ftblab_advise_is(arguments, FTBLAB_ADVISE_RESTART_FAILURE, "ignores"))
    rules->recovery = FTBLAB_RECOVERY_IGNORES;
}

static ftblab_status take_predictor(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  static const size_t needy[] = {FTBLAB_ADVISE_PRECISION,   FTBLAB_ADVISE_LEAD,          FTBLAB_ADVISE_ANSWER,
                                 FTBLAB_ADVISE_ANSWER_TIME, FTBLAB_ADVISE_ANSWER_MARGIN, FTBLAB_ADVISE_LATE};
  asked->predictor = (ftblab_predictor){.precision = 1, .lead_time = INFINITY};
  asked->predicts = ftblab_arguments_value(arguments, FTBLAB_ADVISE_RECALL) != NULL;
  for (size_t i = 0; i < FTBLAB_COUNT(needy) && !asked->predicts; i++)
    if (ftblab_arguments_value(arguments, needy[i]) != NULL)
      return ftblab_advise_refuse(needy[i], "there are no predictions without --recall", err);
  ftblab_status status = ftblab_advise_share(arguments, FTBLAB_ADVISE_RECALL, &asked->predictor.recall, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_share(arguments, FTBLAB_ADVISE_PRECISION, &asked->predictor.precision, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_time(arguments, FTBLAB_ADVISE_LEAD, &asked->predictor.lead_time, err);
  if (asked->predicts)
    asked->job.answer = FTBLAB_ANSWER_CHECKPOINT;
  if (ftblab_advise_is(arguments, FTBLAB_ADVISE_ANSWER, "migration"))
    asked->job.answer = FTBLAB_ANSWER_MIGRATION;
  if (ftblab_advise_is(arguments, FTBLAB_ADVISE_ANSWER, "nothing"))
    asked->job.answer = FTBLAB_ANSWER_NOTHING;
  if (status == FTBLAB_OK && ftblab_arguments_value(arguments, FTBLAB_ADVISE_ANSWER_TIME) != NULL &&
      asked->job.answer != FTBLAB_ANSWER_NOTHING && !(asked->job.answer_time > 0))
    return ftblab_advise_refuse(FTBLAB_ADVISE_ANSWER_TIME, "an answer that takes no time can be given all the time",
                                err);
  if (status == FTBLAB_OK && asked->job.rules.late_answers && asked->job.answer != FTBLAB_ANSWER_CHECKPOINT)
    return ftblab_advise_refuse(FTBLAB_ADVISE_LATE, "only a checkpoint may be late: the answer is another one", err);
  return status;
}

static ftblab_status take_job(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  uint64_t replicas = 1000, seed = 1;
  ftblab_status status = take_times(arguments, asked, err);
  take_rules(arguments, asked);
  if (status == FTBLAB_OK)
    status = take_predictor(arguments, asked, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_whole(arguments, FTBLAB_ADVISE_REPLICAS, LEAST_REPLICAS, MOST_REPLICAS, &replicas, err);
  if (status == FTBLAB_OK)
    status = ftblab_advise_whole(arguments, FTBLAB_ADVISE_SEED, 0, INT64_MAX, &seed, err);
  asked->replicas = (ftblab_replicas){.count = (size_t)replicas, .seed = seed};
  asked->has_job = ftblab_arguments_value(arguments, FTBLAB_ADVISE_WORK) != NULL;
  if (status != FTBLAB_OK || !asked->has_job)
    return status;
  if (!(asked->job.work > 0))
    return ftblab_advise_refuse(FTBLAB_ADVISE_WORK, "a job without work needs no advice", err);
  if (ftblab_arguments_value(arguments, FTBLAB_ADVISE_CHECKPOINT) != NULL && !(asked->job.costs.checkpoint > 0))
    return ftblab_advise_refuse(FTBLAB_ADVISE_CHECKPOINT, "one that takes no time can be written all the time", err);
  if (!(asked->job.costs.checkpoint > 0))
    return ftblab_fail(
        err, FTBLAB_EUSAGE,
        "how long does a checkpoint take? --checkpoint TIME, or --memory SIZE of a node and --write RATE");
  return ftblab_advise_take_near(arguments, asked, err);
}

/* ---- the law ----------------------------------------------------------------------------------------------------- */

static ftblab_status take_age(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, FTBLAB_ADVISE_AGE);
  asked->failures.age = FTBLAB_AGE_STATIONARY;
  if (value == NULL || strcmp(value, "stationary") == 0)
    return FTBLAB_OK;
  asked->failures.age = strcmp(value, "new") == 0 ? FTBLAB_AGE_NEW : FTBLAB_AGE_GIVEN;
  return asked->failures.age == FTBLAB_AGE_NEW
             ? FTBLAB_OK
             : ftblab_advise_time(arguments, FTBLAB_ADVISE_AGE, &asked->failures.given_age, err);
}

static ftblab_status keep_rows(const ftblab_arguments *arguments, ftblab_columns *columns, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < arguments->given_count && status == FTBLAB_OK; i++) {
    const char *value = arguments->given[i].value, *equals = strchr(value, '=');
    if (arguments->given[i].option != FTBLAB_ADVISE_KEEP)
      continue;
    if (equals == NULL || equals == value)
      return ftblab_advise_refuse(FTBLAB_ADVISE_KEEP, "COLUMN=PATTERN is wanted", err);
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
  const char *map = ftblab_arguments_value(arguments, FTBLAB_ADVISE_COLUMNS);
  ftblab_columns *columns = ftblab_columns_new();
  ftblab_error reason;
  if (columns == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a column map");
  ftblab_status status = map == NULL ? FTBLAB_OK : ftblab_columns_parse(columns, map, &reason);
  if (status == FTBLAB_EINPUT)
    status = ftblab_advise_refuse(FTBLAB_ADVISE_COLUMNS, reason.text, err);
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
    return ftblab_advise_refuse(FTBLAB_ADVISE_FIT, "the dates of a log are those of its machine: --of machine", err);
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
  const char *wanted = ftblab_arguments_value(arguments, FTBLAB_ADVISE_FIT);
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
  if (status == FTBLAB_EINPUT && asked->gaps == FTBLAB_GAPS_OF_NODE)
    return ftblab_fail(err, status, "%s: %s (--columns node=COLUMN, or --of machine)", asked->log_path, reason.text);
  if (status != FTBLAB_OK)
    return ftblab_fail(err, status, "%s: %s", asked->log_path, reason.text);
  status = ftblab_fit_laws(gaps, asked->gap_count, asked->replicas.seed, asked->fits, err);
  free(gaps);
  return status == FTBLAB_OK ? choose_fit(arguments, asked, err) : status;
}

static ftblab_status take_law(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err)
{
  const char *law = ftblab_arguments_value(arguments, FTBLAB_ADVISE_LAW);
  static const size_t of_logs[] = {FTBLAB_ADVISE_COLUMNS, FTBLAB_ADVISE_KEEP, FTBLAB_ADVISE_FIT};
  ftblab_error reason;
  asked->log_path = ftblab_arguments_value(arguments, FTBLAB_ADVISE_LOG);
  asked->of_machine = ftblab_advise_is(arguments, FTBLAB_ADVISE_OF, "machine");
  asked->gaps = asked->of_machine                                        ? FTBLAB_GAPS_OF_MACHINE
                : ftblab_advise_is(arguments, FTBLAB_ADVISE_OF, "lives") ? FTBLAB_GAPS_LIVES
                                                                         : FTBLAB_GAPS_OF_NODE;
  asked->failures.source = "node";
  asked->failures.parts = asked->of_machine ? 1 : (size_t)asked->nodes;
  if (law == NULL && asked->log_path == NULL && !asked->of_machine)
    law = asked->law_of_scenario;
  bool from_platform = law == NULL && asked->log_path == NULL && asked->machine.mtbf > 0 && !asked->of_machine;
  if ((law == NULL) == (asked->log_path == NULL) && !from_platform)
    return ftblab_fail(err, FTBLAB_EUSAGE,
                       "when do nodes fail? either --law LAW, such as exponential:mtbf=5y, or --log FILE");
  ftblab_status status = take_age(arguments, asked, err);
  for (size_t i = 0; i < FTBLAB_COUNT(of_logs) && asked->log_path == NULL && status == FTBLAB_OK; i++)
    if (ftblab_arguments_value(arguments, of_logs[i]) != NULL)
      status = ftblab_advise_refuse(of_logs[i], "there is no --log", err);
  if (status == FTBLAB_OK && asked->log_path == NULL && ftblab_advise_is(arguments, FTBLAB_ADVISE_OF, "lives"))
    status = ftblab_advise_refuse(FTBLAB_ADVISE_OF, "lives are rows of a --log", err);
  if (status != FTBLAB_OK || asked->log_path != NULL)
    return status == FTBLAB_OK ? fit_log(arguments, asked, err) : status;
  if (from_platform) {
    asked->failures.law = (ftblab_law){.kind = FTBLAB_LAW_EXPONENTIAL, .scale = asked->machine.mtbf};
    return FTBLAB_OK;
  }
  if (ftblab_law_parse(law, &asked->failures.law, &reason) != FTBLAB_OK)
    return ftblab_advise_refuse(FTBLAB_ADVISE_LAW, reason.text, err);
  if (asked->failures.law.kind == FTBLAB_LAW_NONE)
    return ftblab_advise_refuse(FTBLAB_ADVISE_LAW, "where nothing fails, no checkpoint is best", err);
  return FTBLAB_OK;
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

/* A run is simulated event by event: a year of seconds takes longer than anybody waits. */
static ftblab_status check_length(const ftblab_asked *asked, double mean, ftblab_error *err)
{
  double interval = ftblab_young_interval(mean, &asked->job.costs);
  unsigned every;
  if (asked->near.share > 0) /* near checkpoints cost less, and come more often */
    interval = fmin(interval, ftblab_two_levels_interval(mean, &asked->job.costs, &asked->near, &every));
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

static ftblab_status answer(const ftblab_asked *asked, ftblab_answered *answered, ftblab_error *err)
{
  ftblab_failures *failures = NULL;
  ftblab_status status = ftblab_failures_new(&asked->failures, &failures, err);
  if (status == FTBLAB_OK)
    status = check_length(asked, ftblab_failures_mean(failures), err);
  if (status == FTBLAB_OK)
    status = ftblab_advise(&asked->job, failures, asked->predicts ? &asked->predictor : NULL, &asked->replicas,
                           asked->given, &answered->advice, err);
  ftblab_checkpointed two = asked->job;
  two.near = asked->near;
  if (status == FTBLAB_OK && two.near.share > 0)
    status = ftblab_advise_levels(&two, failures, &asked->replicas, asked->given, &answered->levels, err);
  ftblab_failures_free(failures);
  return status;
}

static ftblab_exit print(const ftblab_arguments *arguments, const ftblab_asked *asked, const ftblab_answered *answered)
{
  const char *path = ftblab_arguments_value(arguments, FTBLAB_ADVISE_OUTPUT);
  ftblab_text text = {0};
  (ftblab_advise_is(arguments, FTBLAB_ADVISE_FORMAT, "json") ? ftblab_advise_json : ftblab_advise_text)(asked, answered,
                                                                                                        &text);
  ftblab_exit code = ftblab_put(path ? path : "-", &text);
  ftblab_text_free(&text);
  return code;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  ftblab_asked asked = {0};
  ftblab_answered answered = {0};
  ftblab_error err = {0};
  if (arguments->operand_count > 0)
    return ftblab_tell_usage("advise", "'%s' is one argument too many", arguments->operands[0]);
  ftblab_status status = take_job(arguments, &asked, &err);
  if (status == FTBLAB_OK)
    status = take_law(arguments, &asked, &err);
  if (status == FTBLAB_OK && !asked.has_job && asked.log_path == NULL)
    status = ftblab_fail(&err, FTBLAB_EUSAGE, "how long does the job take? --work TIME");
  if (status == FTBLAB_OK && asked.has_job)
    status = answer(&asked, &answered, &err);
  ftblab_exit code = status == FTBLAB_EUSAGE ? ftblab_tell_usage("advise", "%s", err.text)
                     : status != FTBLAB_OK   ? ftblab_tell(&err)
                                             : print(arguments, &asked, &answered);
  ftblab_failure_log_free(&asked.log);
  ftblab_scenario_free(asked.scenario);
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
    .options = ftblab_advise_options,
    .option_count = FTBLAB_ADVISE_OPTIONS,
    .examples = "ftblab advise --work 30d --checkpoint 10min --nodes 1024 --law exponential:mtbf=5y\n"
                "ftblab advise --work 30d --checkpoint 10min --nodes 1024 \\\n"
                "    --law weibull:shape=0.7,mtbf=5y --interval 1h\n"
                "ftblab advise --log failures.csv --columns time=Started,node=Node --of machine\n"
                "ftblab advise --work 7d --checkpoint 5min --law exponential:mtbf=12h \\\n"
                "    --recall 0.85 --precision 0.8 --answer migration --answer-time 1min",
    .run = run,
};
