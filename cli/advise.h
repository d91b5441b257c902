/* advise.h - what the command "advise" was asked and found, between its own two files. */
#ifndef FTBLAB_ADVISE_H
#define FTBLAB_ADVISE_H

#include "laws.h"
#include "options.h"
#include "sim.h"

typedef struct ftblab_asked {
  bool has_job;
  ftblab_checkpointed job;
  double nodes;
  bool of_machine; /* the law is that of the whole machine */
  ftblab_failures_config failures;
  ftblab_predictor predictor;
  bool predicts;
  ftblab_near_level near;      /* a second level; its share is 0: none */
  ftblab_survey machine;       /* what a platform, a scenario and --memory say; zeros: nothing */
  ftblab_scenario *scenario;   /* or NULL */
  const char *law_of_scenario; /* or NULL */
  ftblab_replicas replicas;
  double given; /* an interval; 0: none */
  /* where the law comes from a log */
  const char *log_path; /* NULL: it does not */
  ftblab_failure_log log;
  ftblab_gaps gaps;
  size_t gap_count, zero_count;
  ftblab_fit fits[FTBLAB_FITS];
  double *dates; /* of a replay */
} ftblab_asked;

typedef struct ftblab_answered {
  ftblab_advice advice;
  ftblab_levels_advice levels; /* without rows: there is one level */
} ftblab_answered;

/* Nodes, and what a checkpoint and a restart take where memory and bandwidth say so. */
ftblab_status ftblab_advise_take_machine(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err);
/* The second level, when all else of the job is known. */
ftblab_status ftblab_advise_take_near(const ftblab_arguments *arguments, ftblab_asked *asked, ftblab_error *err);

/* ANSWERED is not looked at if nothing was asked about a job. */
void ftblab_advise_text(const ftblab_asked *asked, const ftblab_answered *answered, ftblab_text *text);
void ftblab_advise_json(const ftblab_asked *asked, const ftblab_answered *answered, ftblab_text *text);

#endif
