/* advise_options.c - see advise_options.h. */
#include "advise_options.h"

#include <stdlib.h>
#include <string.h>

#include "laws.h"

#define ANSWERS "nothing|checkpoint|migration"
#define RESTART_FAILURES "restarts|defers|ignores"
const ftblab_option ftblab_advise_options[] = {
    [FTBLAB_ADVISE_WORK] =
        {.name = "work",
         .value = "TIME",
         .help = "how long the job takes without failures and checkpoints; without it only the fits of a "
                 "log are shown"},
    [FTBLAB_ADVISE_CHECKPOINT] = {.name = "checkpoint",
                                  .value = "TIME",
                                  .help = "how long a checkpoint takes to write"},
    [FTBLAB_ADVISE_RESTART] = {.name = "restart",
                               .value = "TIME",
                               .help = "how long one takes to read (default: as long as to write; chosen, no source)"},
    [FTBLAB_ADVISE_DOWNTIME] = {.name = "downtime",
                                .value = "TIME",
                                .help = "from a failure until the reading can begin: detection, reboot or replacement "
                                        "(default: 0, as in Young's and Daly's models)"},
    [FTBLAB_ADVISE_NODES] = {.name = "nodes",
                             .value = "N",
                             .help = "nodes that the job needs, all of them (default: 1)"},
    [FTBLAB_ADVISE_PLATFORM] = {.name = "platform",
                                .value = "FILE",
                                .help = "take nodes, memory, bandwidths and the law from this SimGrid platform, as far "
                                        "as it has them and no other option says them (docs/advise.md)"},
    [FTBLAB_ADVISE_SCENARIO] = {.name = "scenario",
                                .value = "FILE",
                                .help = "the same from this scenario: the nodes, images, storage with its near level, "
                                        "and the law of node failures of a job in it"},
    [FTBLAB_ADVISE_JOB] = {.name = "job", .value = "NAME", .help = "which job of the scenario (default: its first)"},
    [FTBLAB_ADVISE_MEMORY] = {.name = "memory",
                              .value = "SIZE",
                              .help = "what each node writes in a checkpoint, as 32GB; with --write it says how long "
                                      "one takes"},
    [FTBLAB_ADVISE_WRITE] = {.name = "write", .value = "RATE", .help = "how fast all nodes together write, as 40GB/s"},
    [FTBLAB_ADVISE_READ] = {.name = "read",
                            .value = "RATE",
                            .help = "how fast all together read (default: as fast as they write; chosen, no source)"},
    [FTBLAB_ADVISE_NEAR_CHECKPOINT] = {.name = "near-checkpoint",
                                       .value = "TIME",
                                       .help =
                                           "there is a second level of checkpoints, on the nodes or on buddies; one "
                                           "takes TIME to write"},
    [FTBLAB_ADVISE_NEAR_RESTART] = {.name = "near-restart",
                                    .value = "TIME",
                                    .help = "how long one of them takes to read (default: as long as to write; chosen, "
                                            "no source)"},
    [FTBLAB_ADVISE_NEAR_SHARE] = {.name = "near-share",
                                  .value = "P",
                                  .help = "share of failures that the near level survives (default: 0.85, A. Moody et "
                                          "al., SC'10)"},
    [FTBLAB_ADVISE_FAR_EVERY] = {.name = "far-every",
                                 .value = "N",
                                 .help = "with --interval, your own: the last of N checkpoints goes to the far level "
                                         "(default: 1, all of them)"},
    [FTBLAB_ADVISE_LAW] = {.name = "law", .value = "LAW", .help = "when a node fails, as exponential:mtbf=5y"},
    [FTBLAB_ADVISE_OF] =
        {.name = "of",
         .value = "node|machine|lives",
         .help = "what the law or the gaps of the log are of: one node, the whole machine that the job runs "
                 "on, or rows of a log that are lives themselves (default: node)"},
    [FTBLAB_ADVISE_AGE] = {.name = "age",
                           .value = "AGE",
                           .help =
                               "how old the nodes are when the job starts: stationary (long in use), new, or a TIME "
                               "(default: stationary)"},
    [FTBLAB_ADVISE_LOG] = {.name = "log",
                           .value = "FILE",
                           .help = "take the law from this failure log; '-' is standard input"},
    [FTBLAB_ADVISE_COLUMNS] = {.name = "columns",
                               .value = "MAP",
                               .help =
                                   "the columns of the log, as time=Started,node=3: names of its head line or numbers; "
                                   "also end, order=dmy, separator=comma|blank|tab|semicolon, bad=skip"},
    [FTBLAB_ADVISE_KEEP] = {.name = "keep",
                            .value = "COLUMN=PATTERN",
                            .help = "only rows of the log whose field matches; may be repeated"},
    [FTBLAB_ADVISE_FIT] =
        {.name = "fit",
         .value = "best|exponential|weibull|lognormal|gamma|replay",
         .help = "which law fitted to the log is taken; replay takes its dates as they are (default: best, "
                 "the least AIC)"},
    [FTBLAB_ADVISE_INTERVAL] = {.name = "interval", .value = "TIME", .help = "an interval of your own to compare"},
    [FTBLAB_ADVISE_RECALL] = {.name = "recall", .value = "P", .help = "share of failures that are predicted"},
    [FTBLAB_ADVISE_PRECISION] = {.name = "precision",
                                 .value = "P",
                                 .help = "share of predictions that come true (default: 1)"},
    [FTBLAB_ADVISE_LEAD] = {.name = "lead",
                            .value = "TIME",
                            .help = "how long before a failure its prediction comes (default: in time for the answer)"},
    [FTBLAB_ADVISE_ANSWER] = {.name = "answer",
                              .value = ANSWERS,
                              .help = "what the job does about a prediction (default: checkpoint)"},
    [FTBLAB_ADVISE_ANSWER_TIME] = {.name = "answer-time",
                                   .value = "TIME",
                                   .help = "how long that takes (default: as long as a checkpoint)"},
    [FTBLAB_ADVISE_ANSWER_MARGIN] = {.name = "answer-margin",
                                     .value = "TIME",
                                     .help = "how long before the predicted date the answer ends (default: 0, just "
                                             "then)"},
    [FTBLAB_ADVISE_LATE] = {.name = "late-prediction",
                            .value = "dropped|answered",
                            .help =
                                "whether a prediction that cannot be answered in time is answered as soon as it can "
                                "be, each in its turn (default: dropped)"},
    [FTBLAB_ADVISE_PROTECTS] = {.name = "protects",
                                .value = "end|start",
                                .help =
                                    "a checkpoint is good from its end, or for what was done at its start even if a "
                                    "failure interrupts it (default: end)"},
    [FTBLAB_ADVISE_RESTART_FAILURE] =
        {.name = "restart-failure",
         .value = RESTART_FAILURES,
         .help = "a failure during a restart begins it anew, counts at its end, or not at all "
                 "(default: restarts)"},
    [FTBLAB_ADVISE_LAST_CHECKPOINT] = {.name = "last-checkpoint",
                                       .value = "yes|no",
                                       .help =
                                           "write one when the work is done (default: yes: the results must be kept)"},
    [FTBLAB_ADVISE_FIRST_RESTART] =
        {.name = "first-restart",
         .value = "costs|free",
         .help = "whether a restart costs its time while there is no checkpoint (default: costs)"},
    [FTBLAB_ADVISE_DUE_CHECKPOINT] =
        {.name = "due-checkpoint",
         .value = "waits|cuts",
         .help = "whether a checkpoint that is due when a failure comes waits for the restart, "
                 "or cuts it to one time step (default: waits)"},
    [FTBLAB_ADVISE_TIME_STEP] = {.name = "time-step",
                                 .value = "TIME",
                                 .help = "let everything end at multiples of TIME (default: 0, continuous)"},
    [FTBLAB_ADVISE_REPLICAS] =
        {.name = "replicas",
         .value = "N",
         .help = "simulated runs for each interval (default: 1000, chosen; four times as many halve the "
                 "confidence interval)"},
    [FTBLAB_ADVISE_SEED] = {.name = "seed", .value = "N", .help = "seed of all random streams (default: 1)"},
    [FTBLAB_ADVISE_FORMAT] = {.name = "format",
                              .value = "text|json",
                              .help = "how to print the advice (default: text)"},
    [FTBLAB_ADVISE_OUTPUT] = {.name = "output",
                              .value = "FILE",
                              .writes = true,
                              .help = "write to FILE instead of standard output"},
};

/* ---- values ------------------------------------------------------------------------------------------------------ */

bool ftblab_advise_is(const ftblab_arguments *arguments, size_t option, const char *word)
{
  const char *value = ftblab_arguments_value(arguments, option);
  return value != NULL && strcmp(value, word) == 0;
}

ftblab_status ftblab_advise_refuse(size_t option, const char *reason, ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_EUSAGE, "--%s: %s", ftblab_advise_options[option].name, reason);
}

ftblab_status ftblab_advise_time(const ftblab_arguments *arguments, size_t option, double *seconds, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  ftblab_error reason;
  if (value == NULL || ftblab_duration_parse(value, seconds, &reason) == FTBLAB_OK)
    return FTBLAB_OK;
  return ftblab_advise_refuse(option, reason.text, err);
}

ftblab_status ftblab_advise_whole(const ftblab_arguments *arguments, size_t option, uint64_t least, uint64_t most,
                                  uint64_t *number, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  if (value == NULL)
    return FTBLAB_OK;
  uint64_t result = strtoull(value, NULL, 10);
  if (*value == '\0' || value[strspn(value, "0123456789")] != '\0' || strlen(value) > 19 || result < least ||
      result > most)
    return ftblab_fail(err, FTBLAB_EUSAGE, "--%s takes a whole number from %llu to %llu, not '%s'",
                       ftblab_advise_options[option].name, (unsigned long long)least, (unsigned long long)most, value);
  *number = result;
  return FTBLAB_OK;
}

ftblab_status ftblab_advise_share(const ftblab_arguments *arguments, size_t option, double *share, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  char *end;
  if (value == NULL)
    return FTBLAB_OK;
  double result = strtod(value, &end);
  if (end == value || *end != '\0' || !(result > 0 && result <= 1))
    return ftblab_fail(err, FTBLAB_EUSAGE, "--%s takes a number above 0, not above 1, not '%s'",
                       ftblab_advise_options[option].name, value);
  *share = result;
  return FTBLAB_OK;
}

ftblab_status ftblab_advise_bytes(const ftblab_arguments *arguments, size_t option, double *bytes, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  ftblab_error reason;
  if (value == NULL)
    return FTBLAB_OK;
  if (ftblab_bytes_parse(value, bytes, &reason) != FTBLAB_OK)
    return ftblab_advise_refuse(option, reason.text, err);
  return *bytes > 0 ? FTBLAB_OK : ftblab_advise_refuse(option, "must be above 0", err);
}

ftblab_status ftblab_advise_rate(const ftblab_arguments *arguments, size_t option, double *rate, ftblab_error *err)
{
  const char *value = ftblab_arguments_value(arguments, option);
  ftblab_error reason;
  if (value == NULL)
    return FTBLAB_OK;
  if (ftblab_rate_parse(value, rate, &reason) != FTBLAB_OK)
    return ftblab_advise_refuse(option, reason.text, err);
  return *rate > 0 ? FTBLAB_OK : ftblab_advise_refuse(option, "must be above 0", err);
}
