/* advise_options.h - the options of the command "advise", and their values. */
#ifndef FTBLAB_ADVISE_OPTIONS_H
#define FTBLAB_ADVISE_OPTIONS_H

#include "options.h"

enum {
  FTBLAB_ADVISE_WORK,
  FTBLAB_ADVISE_CHECKPOINT,
  FTBLAB_ADVISE_RESTART,
  FTBLAB_ADVISE_DOWNTIME,
  FTBLAB_ADVISE_NODES,
  FTBLAB_ADVISE_PLATFORM,
  FTBLAB_ADVISE_SCENARIO,
  FTBLAB_ADVISE_JOB,
  FTBLAB_ADVISE_MEMORY,
  FTBLAB_ADVISE_WRITE,
  FTBLAB_ADVISE_READ,
  FTBLAB_ADVISE_NEAR_CHECKPOINT,
  FTBLAB_ADVISE_NEAR_RESTART,
  FTBLAB_ADVISE_NEAR_SHARE,
  FTBLAB_ADVISE_FAR_EVERY,
  FTBLAB_ADVISE_LAW,
  FTBLAB_ADVISE_OF,
  FTBLAB_ADVISE_AGE,
  FTBLAB_ADVISE_LOG,
  FTBLAB_ADVISE_COLUMNS,
  FTBLAB_ADVISE_KEEP,
  FTBLAB_ADVISE_FIT,
  FTBLAB_ADVISE_INTERVAL,
  FTBLAB_ADVISE_RECALL,
  FTBLAB_ADVISE_PRECISION,
  FTBLAB_ADVISE_LEAD,
  FTBLAB_ADVISE_ANSWER,
  FTBLAB_ADVISE_ANSWER_TIME,
  FTBLAB_ADVISE_ANSWER_MARGIN,
  FTBLAB_ADVISE_LATE,
  FTBLAB_ADVISE_PROTECTS,
  FTBLAB_ADVISE_RESTART_FAILURE,
  FTBLAB_ADVISE_LAST_CHECKPOINT,
  FTBLAB_ADVISE_FIRST_RESTART,
  FTBLAB_ADVISE_DUE_CHECKPOINT,
  FTBLAB_ADVISE_TIME_STEP,
  FTBLAB_ADVISE_REPLICAS,
  FTBLAB_ADVISE_SEED,
  FTBLAB_ADVISE_FORMAT,
  FTBLAB_ADVISE_OUTPUT,
  FTBLAB_ADVISE_OPTIONS
};
extern const ftblab_option ftblab_advise_options[FTBLAB_ADVISE_OPTIONS];

/* Is OPTION given as WORD? */
bool ftblab_advise_is(const ftblab_arguments *arguments, size_t option, const char *word);
/* FTBLAB_EUSAGE: "--OPTION: REASON". */
ftblab_status ftblab_advise_refuse(size_t option, const char *reason, ftblab_error *err);
/* These leave what they fill as it is if OPTION is not given. */
ftblab_status ftblab_advise_time(const ftblab_arguments *arguments, size_t option, double *seconds, ftblab_error *err);
ftblab_status ftblab_advise_whole(const ftblab_arguments *arguments, size_t option, uint64_t least, uint64_t most,
                                  uint64_t *number, ftblab_error *err);
/* A probability above 0, and not above 1. */
ftblab_status ftblab_advise_share(const ftblab_arguments *arguments, size_t option, double *share, ftblab_error *err);
/* A size in bytes and a bandwidth in bytes a second, both above 0. */
ftblab_status ftblab_advise_bytes(const ftblab_arguments *arguments, size_t option, double *bytes, ftblab_error *err);
ftblab_status ftblab_advise_rate(const ftblab_arguments *arguments, size_t option, double *rate, ftblab_error *err);

#endif
