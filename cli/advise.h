/* advise.h - what the command "advise" was asked and found, between its own two files. */
#ifndef FTBLAB_ADVISE_H
#define FTBLAB_ADVISE_H

#include "laws.h"

typedef struct ftblab_asked {
  bool has_job;
  ftblab_checkpointed job;
  double nodes;
  bool of_machine; /* the law is that of the whole machine */
  ftblab_failures_config failures;
  ftblab_predictor predictor;
  bool predicts;
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

/* ADVICE is not looked at if nothing was asked about a job. */
void ftblab_advise_text(const ftblab_asked *asked, const ftblab_advice *advice, ftblab_text *text);
void ftblab_advise_json(const ftblab_asked *asked, const ftblab_advice *advice, ftblab_text *text);

#endif
