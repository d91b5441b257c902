/* log_input.h - the logs on a command line, each with the options that stand before it: "--dialect slurm a.log
 * --dialect mvapich2 --skew 0.2 b.log". What import and check have in common. */
#ifndef FTBLAB_LOG_INPUT_H
#define FTBLAB_LOG_INPUT_H

#include "command.h"
#include "dialects.h"

/* The options that speak of logs, one behind the other in the table of a command, from FTBLAB_LOG_OPTIONS(FIRST) on. */
enum {
  FTBLAB_LOG_DIALECT,
  FTBLAB_LOG_COLUMNS,
  FTBLAB_LOG_HOSTS,
  FTBLAB_LOG_YEAR,
  FTBLAB_LOG_ZONE,
  FTBLAB_LOG_BASE_TIME,
  FTBLAB_LOG_SKEW,
  FTBLAB_LOG_OPTION_COUNT
};

typedef struct ftblab_log_input {
  const ftblab_arguments *arguments;
  size_t first;         /* where the options of logs begin in the table of the command */
  ftblab_text *explain; /* NULL, or what became of each line is appended here */
} ftblab_log_input;

/* clang-format off */
#define FTBLAB_LOG_OPTIONS(first)                                                                                      \
  [(first) + FTBLAB_LOG_DIALECT] = {.name = "dialect", .value = "NAME",                                                \
    .help = "what the files behind it are: a dialect ('ftblab import --list'), or the path of one of your own"},       \
  [(first) + FTBLAB_LOG_COLUMNS] = {.name = "columns", .value = "LIST",                                                \
    .help = "for csv and jsonl: which column a field is read from, as t=when,component=who,event=what,nodes=host"},    \
  [(first) + FTBLAB_LOG_HOSTS] = {.name = "hosts", .value = "FILE",                                                    \
    .help = "who is who: addresses, ranks, process numbers, port GUIDs of hosts"},                                     \
  [(first) + FTBLAB_LOG_YEAR] = {.name = "year", .value = "YYYY",                                                      \
    .help = "the year in which a log begins whose times have none (default: 2000)"},                                   \
  [(first) + FTBLAB_LOG_ZONE] = {.name = "zone", .value = "+HH:MM",                                                    \
    .help = "the zone of times that say none (default: UTC)"},                                                         \
  [(first) + FTBLAB_LOG_BASE_TIME] = {.name = "base-time", .value = "TIME",                                            \
    .help = "when a log began that counts seconds from its start, or has no times (default: 1970-01-01T00:00:00Z)"},   \
  [(first) + FTBLAB_LOG_SKEW] = {.name = "skew", .value = "[HOST=]SECONDS",                                            \
    .help = "by how much the clock of a host is ahead, or that of the files behind it; may be given several times"}
/* clang-format on */

/* Read all operands of the command into *LOGS, merged, and say on standard error what became of the lines of each.
 * FTBLAB_EUSAGE: an option is wrong. */
ftblab_status ftblab_log_input_read(const ftblab_log_input *input, ftblab_logs **logs, ftblab_error *err);

#endif
