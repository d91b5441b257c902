/* validate.h - the parts of ./lab validate, one file each. */
#ifndef FTBLAB_VALIDATE_H
#define FTBLAB_VALIDATE_H

#include "laws.h"

/* Say how PART, such as "(d)", came out. */
void ftblab_validate_tell(const char *part, bool good, const char *what);
/* MISSED of COUNT intervals of 95 % did not have the value: more than chance explains? */
void ftblab_validate_tell_missed(const char *part, int missed, int count);
_Noreturn void ftblab_validate_give_up(const ftblab_error *err);

void ftblab_validate_tables(void);               /* (d) published tables */
void ftblab_validate_spread(void);               /* (g) how much makespans differ */
void ftblab_validate_laws(void);                 /* (h) laws that are not exponential */
void ftblab_validate_renewals(void);             /* (i) checkpoints under laws that are not exponential */
void ftblab_validate_levels(void);               /* (j) checkpoints of two levels */
void ftblab_validate_runs(const char *path);     /* (e) published runs, to the second */
void ftblab_validate_measured(const char *path); /* (f) measured runs */

/* A job of Event-Driven-CkptSim with its failures. */
#define FTBLAB_MOST_DATES 1000
typedef struct ftblab_published {
  double work, checkpoint, restart, interval;
  double missed; /* failure I is not predicted if I modulo 10 is this; below 0: there are no predictions */
  double dates[FTBLAB_MOST_DATES];
  size_t date_count;
  double predicted[FTBLAB_MOST_DATES + 1]; /* follows from the others */
  size_t predicted_count;
} ftblab_published;
/* Run it by the rules of its authors. */
void ftblab_validate_rerun(ftblab_published *run, ftblab_account *account);

/* The mean of what was computed when it ended, at TIME or at a failure by LAW: the integral of P(T > t) up to TIME. */
double ftblab_validate_mean_of_try(const ftblab_law *law, double time);
/* The makespan of each replica of JOB under failures of one machine by LAW, which is new at the start. */
void ftblab_validate_makespans(const ftblab_checkpointed *job, const ftblab_law *law, const ftblab_predictor *predictor,
                               const ftblab_replicas *replicas, double *makespans);
/* The mean makespan of JOB under exponential failures with mean MEAN. */
ftblab_estimate ftblab_validate_simulate(const ftblab_checkpointed *job, double mean, const ftblab_predictor *predictor,
                                         const ftblab_replicas *replicas);

#endif
