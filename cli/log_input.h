/* log_input.h - the logs on a command line, each with the options that stand before it: "--dialect slurm a.log
 * --dialect mvapich2 --skew 0.2 b.log". What import and check have in common. */
#ifndef FTBLAB_LOG_INPUT_H
#define FTBLAB_LOG_INPUT_H

#include "command.h"
#include "dialects.h"

/* Where these options are in the table of a command. */
typedef struct ftblab_log_input {
  const ftblab_arguments *arguments;
  size_t dialect, columns, hosts, year, zone, base_time, skew;
  bool summary;         /* say on standard error what became of the lines of each log */
  ftblab_text *explain; /* NULL, or what became of each line is appended here */
} ftblab_log_input;

#define FTBLAB_LOG_OPTION_DIALECT                                                                                      \
  {                                                                                                                    \
    .name = "dialect", .value = "NAME",                                                                                \
    .help = "what the files behind it are: a dialect ('ftblab import --list'), or the path of one of your own"         \
  }
#define FTBLAB_LOG_OPTION_COLUMNS                                                                                      \
  {                                                                                                                    \
    .name = "columns", .value = "LIST",                                                                                \
    .help = "for csv and jsonl: which column a field is read from, as t=when,component=who,event=what,nodes=host"      \
  }
#define FTBLAB_LOG_OPTION_HOSTS                                                                                        \
  {                                                                                                                    \
    .name = "hosts", .value = "FILE", .help = "who is who: addresses, ranks, process numbers, port GUIDs of hosts"     \
  }
#define FTBLAB_LOG_OPTION_YEAR                                                                                         \
  {                                                                                                                    \
    .name = "year", .value = "YYYY", .help = "the year in which a log begins whose times have none (default: 2000)"    \
  }
#define FTBLAB_LOG_OPTION_ZONE                                                                                         \
  {                                                                                                                    \
    .name = "zone", .value = "+HH:MM", .help = "the zone of times that say none (default: UTC)"                        \
  }
#define FTBLAB_LOG_OPTION_BASE_TIME                                                                                    \
  {                                                                                                                    \
    .name = "base-time", .value = "TIME",                                                                              \
    .help = "when a log began that counts seconds from its start, or has no times (default: 1970-01-01T00:00:00Z)"     \
  }
#define FTBLAB_LOG_OPTION_SKEW                                                                                         \
  {                                                                                                                    \
    .name = "skew", .value = "[HOST=]SECONDS",                                                                         \
    .help = "by how much the clock of a host is ahead, or that of the files behind it; may be given several times"     \
  }

/* Read all operands of the command into *LOGS, merged. FTBLAB_EUSAGE: an option is wrong. */
ftblab_status ftblab_log_input_read(const ftblab_log_input *input, ftblab_logs **logs, ftblab_error *err);

#endif
