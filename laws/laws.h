/* laws.h - when parts fail and are repaired, and what failures cost a job that writes checkpoints.
 *
 * Failure laws and their random draws, fits of laws to real failure logs, closed forms of the literature, and a fast
 * simulation of one job under failures. Pure computation: nothing here knows SimGrid or the workflows of the standard.
 * Times are seconds. INFINITY is a time that never comes. */
#ifndef FTBLAB_LAWS_H
#define FTBLAB_LAWS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- laws (law.c, law_text.c) ------------------------------------------------------------------------------------ */

/* How the time from a start to a failure (or from a failure to the end of its repair) is distributed. */
typedef enum ftblab_law_kind {
  FTBLAB_LAW_NONE,        /* never */
  FTBLAB_LAW_CONSTANT,    /* always SCALE */
  FTBLAB_LAW_EXPONENTIAL, /* SCALE is the mean */
  FTBLAB_LAW_WEIBULL,     /* P(T > t) = exp(-(t / SCALE)^SHAPE) */
  FTBLAB_LAW_LOGNORMAL,   /* SCALE is the median, SHAPE the standard deviation of ln T */
  FTBLAB_LAW_GAMMA,       /* density t^(SHAPE - 1) exp(-t / SCALE) up to a factor */
  FTBLAB_LAW_REPLAY       /* at the given dates, counted from the start of the run */
} ftblab_law_kind;

typedef struct ftblab_law {
  ftblab_law_kind kind;
  double scale, shape; /* above 0 where the kind has them */
  const double *dates; /* of FTBLAB_LAW_REPLAY: ascending; not owned */
  size_t date_count;
} ftblab_law;

/* What a SHAPE may be. Beyond it bursts of failures have no end in any run. Chosen, no source: fits of published
 * logs lie between 0.2 and 3.1. */
#define FTBLAB_LEAST_SHAPE 0.1
#define FTBLAB_MOST_SHAPE 1000.0
#define FTBLAB_MOST_SIGMA 5.0 /* of a lognormal law; its median is then e^12.5 times below its mean */

const char *ftblab_law_name(ftblab_law_kind kind);
/* The law of this kind and shape with the mean MEAN. SHAPE is not looked at where the kind has none. */
ftblab_law ftblab_law_of_mean(ftblab_law_kind kind, double mean, double shape);
/* A replay is a list of dates and not a law of gaps: these take it for FTBLAB_LAW_NONE. */
double ftblab_law_mean(const ftblab_law *law);
double ftblab_law_variance(const ftblab_law *law);
double ftblab_law_above(const ftblab_law *law, double t); /* P(T > t) */
double ftblab_law_log_density(const ftblab_law *law, double t);
double ftblab_law_quantile_above(const ftblab_law *law, double q); /* the t with P(T > t) = q; 0 < q < 1 */

/* "exponential:mtbf=5y", "weibull:shape=0.7,mtbf=5y", "weibull:shape=0.66,scale=3262h",
 * "lognormal:median=2h,sigma=1.2", "gamma:shape=0.8,mean=40h", "constant:mean=10min", "none". FTBLAB_EINPUT names what
 * is wrong. */
ftblab_status ftblab_law_parse(const char *string, ftblab_law *law, ftblab_error *err);
/* "Weibull, shape 0.7, mean 5 y" */
void ftblab_law_describe(const ftblab_law *law, ftblab_text *text);
/* "600", "600s", "10min", "2h", "30d", "1w", "5y" (365 days, as in the notes of the field). FTBLAB_EINPUT: it is none,
 * or below 0. */
ftblab_status ftblab_duration_parse(const char *string, double *seconds, ftblab_error *err);
/* The same to read, in the unit that makes it short: "2.5 h". */
void ftblab_duration_describe(double seconds, ftblab_text *text);

/* ---- draws (sample.c) -------------------------------------------------------------------------------------------- */

/* A time by the law. */
double ftblab_law_sample(const ftblab_law *law, ftblab_random *random);
/* What is left of a time by the law, given that it is longer than AGE. */
double ftblab_law_sample_residual(const ftblab_law *law, double age, ftblab_random *random);
/* What is left of it at a moment that has nothing to do with it, long after the start: so the law begins for a part
 * that has failed and been renewed many times. The rate of failures is then 1 / mean at any time. */
double ftblab_law_sample_stationary(const ftblab_law *law, ftblab_random *random);

/* ---- failures of a machine (failures.c) -------------------------------------------------------------------------- */

/* How old the parts are when a run starts. */
typedef enum ftblab_age { FTBLAB_AGE_STATIONARY, FTBLAB_AGE_NEW, FTBLAB_AGE_GIVEN } ftblab_age;

typedef struct ftblab_failures_config {
  ftblab_law law;    /* of one part; or of the machine, then PARTS is 1 */
  ftblab_law repair; /* a part that failed is back, as new, after this; FTBLAB_LAW_NONE: at once */
  size_t parts;      /* at least 1 */
  ftblab_age age;
  double given_age;   /* of FTBLAB_AGE_GIVEN */
  const char *source; /* name of the random streams: part I draws from "SOURCE/I" */
  bool rotate;        /* a replay begins at a random place of its list and goes on at its beginning when that ends */
} ftblab_failures_config;

/* The failures of a machine one by one, in order. Every part has a random stream of its own, so that the same seed
 * gives the same failures to whatever lives under them. */
typedef struct ftblab_failures ftblab_failures;
typedef struct ftblab_failure {
  double date; /* INFINITY: no more */
  double back; /* when the part is back */
  size_t part;
} ftblab_failure;
/* CONFIG is copied; its dates and name must live on. */
ftblab_status ftblab_failures_new(const ftblab_failures_config *config, ftblab_failures **failures, ftblab_error *err);
void ftblab_failures_free(ftblab_failures *failures);
void ftblab_failures_start(ftblab_failures *failures, uint64_t seed); /* once before the first, and for each replica */
ftblab_failure ftblab_failures_next(ftblab_failures *failures);
double ftblab_failures_mean(const ftblab_failures *failures); /* mean time between failures of the machine */

/* ---- failure logs (columns.c, log.c, gaps.c, dates.c) ------------------------------------------------------- */

/* Which columns of a log mean what, and which rows count. */
typedef struct ftblab_columns ftblab_columns;
ftblab_columns *ftblab_columns_new(void); /* NULL: no memory */
void ftblab_columns_free(ftblab_columns *columns);
/* KEY is
 *   time         when it failed; without it the first field of a row that is a date
 *   end          when it was back, or what TIME counts to
 *   node         what failed
 *   order        of day and month in dates with slashes: mdy (also without this) or dmy
 *   separator    comma, blank or tab; without it what the first line looks like
 *   bad          what to do with a row that has no date: error (also without this) or skip
 * VALUE, of the first three, a name of the head line, or a number from 1. FTBLAB_EINPUT: no such key, or no such
 * value. */
ftblab_status ftblab_columns_set(ftblab_columns *columns, const char *key, const char *value, ftblab_error *err);
/* Only rows count whose field in COLUMN (a name or a number) matches PATTERN, as file names match: "18", "DBE*". */
ftblab_status ftblab_columns_keep(ftblab_columns *columns, const char *column, const char *pattern, ftblab_error *err);
/* "time=Prob Started,node=nodenum": each KEY=VALUE for ftblab_columns_set(). */
ftblab_status ftblab_columns_parse(ftblab_columns *columns, const char *list, ftblab_error *err);

typedef struct ftblab_log_entry {
  double date;   /* seconds since 1970, or of whatever the log counts from */
  double end;    /* NaN: not there */
  uint32_t node; /* in NODES; FTBLAB_NO_NAME: not there */
} ftblab_log_entry;
typedef struct ftblab_failure_log {
  ftblab_log_entry *entries; /* by date */
  size_t count, skipped;     /* rows without a date that were to be skipped */
  ftblab_names *nodes;
} ftblab_failure_log;
/* Dates are those of a clock without zone if the log names none. FTBLAB_EINPUT: file, line and reason. */
ftblab_status ftblab_failure_log_read(const char *path, const ftblab_columns *columns, ftblab_failure_log *log,
                                      ftblab_error *err);
void ftblab_failure_log_free(ftblab_failure_log *log);
/* A date as a log may have it: ISO 8601, also with a blank or ';' for the T, without seconds or without a time of day;
 * month/day/year (DAY_FIRST: day/month/year) with or without h:mm or h:mm:ss; either also in brackets; a number of
 * seconds. */
bool ftblab_date_parse(const char *string, bool day_first, double *seconds);

/* What of a log is fitted. */
typedef enum ftblab_gaps {
  FTBLAB_GAPS_OF_NODE,    /* from one failure of a node to its next */
  FTBLAB_GAPS_OF_MACHINE, /* from one failure to the next, whatever failed */
  FTBLAB_GAPS_LIVES,      /* from time to end of a row: a log of lives, not of failures */
  FTBLAB_GAPS_REPAIRS     /* the same: a log of failures with the end of their repair */
} ftblab_gaps;
/* *GAPS, which the caller frees, has those above 0; *ZEROS counts the others. FTBLAB_EINPUT: the log lacks the column
 * or has fewer than two gaps. */
ftblab_status ftblab_failure_log_gaps(const ftblab_failure_log *log, ftblab_gaps which, double **gaps, size_t *count,
                                      size_t *zeros, ftblab_error *err);

/* ---- fits (fit.c) ------------------------------------------------------------------------------------------------ */

typedef struct ftblab_fit {
  ftblab_law law; /* FTBLAB_LAW_NONE: it could not be fitted */
  double log_likelihood, aic;
  double distance; /* Kolmogorov-Smirnov */
  double p_value;  /* of that distance if the law were true, with its parameters fitted (parametric bootstrap) */
} ftblab_fit;
#define FTBLAB_FITS 4
/* Exponential, Weibull, lognormal and gamma by maximum likelihood, best AIC first. GAPS, all above 0, are put in
 * order. */
ftblab_status ftblab_fit_laws(double *gaps, size_t count, uint64_t seed, ftblab_fit fits[FTBLAB_FITS],
                              ftblab_error *err);
/* The distance of the ordered GAPS from LAW. */
double ftblab_ks_distance(const ftblab_law *law, const double *gaps, size_t count);
/* P of a distance so large or larger, if LAW was known before the gaps were seen. */
double ftblab_ks_p_value(double distance, size_t count);

/* ---- predictor (predictor.c) ------------------------------------------------------------------------------------- */

typedef struct ftblab_predictor {
  double recall;       /* share of failures that are predicted */
  double precision;    /* share of predictions that come true, above 0 */
  double lead_time;    /* from a prediction to its failure */
  const double *dates; /* instead of draws by recall and precision: the dates that are predicted, in the order in which
                          they are answered; not owned. NULL: draws */
  size_t date_count;
} ftblab_predictor;
/* One draw: is this failure predicted? */
bool ftblab_predictor_foresees(const ftblab_predictor *predictor, ftblab_random *random);
/* How many false predictions go with one that comes true: geometric, (1 - precision) / precision in expectation. */
bool ftblab_predictor_errs(const ftblab_predictor *predictor, ftblab_random *random); /* one draw: another false one? */
/* Mean time between false predictions where failures come MEAN apart; INFINITY: there are none. */
double ftblab_predictor_false_mean(const ftblab_predictor *predictor, double mean);

/* ---- closed forms (storage.c, young.c, daly.c, waste.c, levels.c ...) -------------------------------------------- */

/* What a checkpoint and a failure cost. */
typedef struct ftblab_costs {
  double checkpoint; /* C: writing a checkpoint */
  double restart;    /* R: reading it */
  double downtime;   /* D: until the reading can begin; nothing fails in it */
} ftblab_costs;

/* A second, cheaper level of checkpoints: on the nodes themselves, or on buddies. Of every EVERY checkpoints the last
 * goes to the far level instead, and so does the one at the end. A failure that the near level does not survive takes
 * the work back to the last checkpoint of the far one; what was read from there is on the near level again. */
typedef struct ftblab_near_level {
  double checkpoint, restart; /* what one costs */
  double share;               /* of the failures that it survives; 0: there is no such level */
  unsigned every;             /* at least 1 */
} ftblab_near_level;
#define FTBLAB_MOST_EVERY 1000000 /* chosen, no source: as good as never */

/* Where checkpoints go: bytes a second that all nodes together write and read. */
typedef struct ftblab_storage {
  double write; /* above 0 */
  double read;  /* 0: as fast as it writes */
} ftblab_storage;
/* What it takes that NODES write MEMORY bytes each at once, and read them: nodes x memory / bandwidth (storage.c). The
 * downtime stays as it is. */
void ftblab_storage_costs(const ftblab_storage *storage, double nodes, double memory, ftblab_costs *costs);
/* "32GB", "1.5TiB", "600": bytes. FTBLAB_EINPUT: it is none, or below 0. */
ftblab_status ftblab_bytes_parse(const char *string, double *bytes, ftblab_error *err);
/* "40GB/s", "40GBps", "2e9": bytes a second. */
ftblab_status ftblab_rate_parse(const char *string, double *rate, ftblab_error *err);

/* Young 1974: sqrt(2 C M). Work between two checkpoints, first order in C / M. */
double ftblab_young_interval(double mean, const ftblab_costs *costs);
/* Daly 2006: sqrt(2 C (M + R)); the series of higher order; and the exact optimum that it approaches. */
double ftblab_daly_interval_low(double mean, const ftblab_costs *costs);
double ftblab_daly_interval_high(double mean, const ftblab_costs *costs);
double ftblab_optimal_interval(double mean, const ftblab_costs *costs);
/* Expected time of COUNT (may be a fraction) chunks of work INTERVAL with a checkpoint each, exponential failures with
 * mean MEAN in work, checkpoint and restart, not in the downtime. With D = 0 and COUNT = work / INTERVAL this is Daly's
 * complete form. */
double ftblab_expected_makespan(double mean, const ftblab_costs *costs, double interval, double count);
/* The whole number of chunks with the least expected makespan. */
double ftblab_optimal_chunks(double mean, const ftblab_costs *costs, double work);

/* First-order share of the time that is not useful work. A makespan is WORK / (1 - waste). */
double ftblab_waste(double mean, const ftblab_costs *costs, double interval);
double ftblab_waste_interval(double mean, const ftblab_costs *costs); /* of the period of least waste, the work in it */
/* Every prediction is trusted, its date is exact, and a checkpoint of PREVENTIVE seconds ends just then. */
double ftblab_waste_predicted(double mean, const ftblab_costs *costs, double interval,
                              const ftblab_predictor *predictor, double preventive);
/* The same for a prediction of a window: the failure comes EXPECTED seconds after its beginning on average. */
double ftblab_waste_window(double mean, const ftblab_costs *costs, double interval, const ftblab_predictor *predictor,
                           double preventive, double expected);
/* A prediction moves the work to a spare in MIGRATION seconds, a predicted failure costs nothing more. */
double ftblab_waste_migration(double mean, const ftblab_costs *costs, double interval,
                              const ftblab_predictor *predictor, double migration);
/* The work between two periodic checkpoints for each of the three. */
double ftblab_predicted_interval(double mean, const ftblab_costs *costs, const ftblab_predictor *predictor);

/* Checkpoints of several levels: level i costs CHECKPOINT[i] and is needed by failures MEAN[i] apart, those that no
 * cheaper level survives. INTERVALS (may be NULL) takes the work between two of a level; returns the overhead. */
double ftblab_levels_overhead(const double *checkpoint, const double *mean, size_t count, double *intervals);
/* Two levels, first order: the work between two checkpoints of which the last of every *EVERY goes to the far level.
 * COSTS are those of the far level; what NEAR says of its own EVERY is not looked at. */
double ftblab_two_levels_interval(double mean, const ftblab_costs *costs, const ftblab_near_level *near,
                                  unsigned *every);
/* The same by a form for one level, such as ftblab_young_interval or ftblab_daly_interval_high, for each of the two. */
typedef double ftblab_interval_form(double mean, const ftblab_costs *costs);
double ftblab_two_levels_interval_by(ftblab_interval_form *form, double mean, const ftblab_costs *costs,
                                     const ftblab_near_level *near, unsigned *every);
/* The same for a given number of checkpoints, NEAR->every. */
double ftblab_two_levels_interval_of(double mean, const ftblab_costs *costs, const ftblab_near_level *near);
/* The waste of checkpoints INTERVAL apart, NEAR->every of them for one of the far level. */
double ftblab_two_levels_waste(double mean, const ftblab_costs *costs, const ftblab_near_level *near, double interval);
/* Probability that more than SPARES of NODES are out at once: Erlang's B formula with SPARES + 1 servers. */
double ftblab_spares_exhausted(double nodes, unsigned spares, double node_mean, double repair);
/* Mean number of failures until both of one of PAIRS replicas are dead. */
double ftblab_replication_failures(double pairs);
/* Probability that no two buddies of NODES / 2 pairs fail within RISK seconds of each other in TIME seconds. */
double ftblab_buddies_survive(double nodes, double node_mean, double risk, double time);

/* ---- a job under failures (checkpointed.c) ----------------------------------------------------------------------- */

typedef enum ftblab_recovery_failures {
  FTBLAB_RECOVERY_RESTARTS, /* a failure in a restart sends it to its beginning */
  FTBLAB_RECOVERY_DEFERS,   /* it counts when the restart ends */
  FTBLAB_RECOVERY_IGNORES   /* it does not count */
} ftblab_recovery_failures;

typedef enum ftblab_prediction_answer {
  FTBLAB_ANSWER_NOTHING,
  FTBLAB_ANSWER_CHECKPOINT, /* that ends at the predicted date, or a margin before it */
  FTBLAB_ANSWER_MIGRATION   /* likewise; the failure then hits nobody */
} ftblab_prediction_answer;

/* The rules by which models of checkpointing differ. {0}: those of the closed forms. */
typedef struct ftblab_checkpoint_rules {
  /* A checkpoint that a failure interrupts is good for what was done when it began. */
  bool protects_from_start;
  ftblab_recovery_failures recovery;
  /* None when the work is done. */
  bool no_last_checkpoint;
  /* While no work is saved there is nothing to read: no restart, and a checkpoint of no work goes on. */
  bool free_first_restart;
  /* A checkpoint that is due in a restart ends it, one time step into it at the earliest. */
  bool checkpoint_cuts_restart;
  /* Of answers that are checkpoints: each prediction is answered in its turn, however late, and again if a failure
   * comes between. Without it one that is late is not answered. */
  bool late_answers;
  /* Everything ends at a multiple of it; 0: time is continuous. */
  double time_step;
} ftblab_checkpoint_rules;

typedef struct ftblab_checkpointed {
  double work;        /* without failures and checkpoints */
  double interval;    /* of work between two checkpoints; INFINITY: none */
  ftblab_costs costs; /* of the far level, if there are two */
  ftblab_near_level near;
  ftblab_checkpoint_rules rules;
  ftblab_prediction_answer answer; /* a preventive checkpoint goes to the far level */
  double answer_time;              /* of the preventive checkpoint or the migration */
  double answer_margin;            /* from its end to the predicted date */
  double makespan_max;             /* give up then; 0: never */
} ftblab_checkpointed;

/* Where the time went; the parts add up to the makespan. */
typedef struct ftblab_account {
  double makespan;
  double work; /* useful */
  double checkpoint, lost, downtime, restart, migration;
  uint64_t failures, checkpoints, predictions; /* failures that counted; checkpoints that ended; answers given */
  bool finished;                               /* false: given up */
} ftblab_account;

/* Dates of failures and of predictions, in order, for a run: what it asks for is kept for the next policy. */
typedef struct ftblab_history ftblab_history;
/* FAILURES and PREDICTOR (NULL: none) must live on. */
ftblab_status ftblab_history_new(ftblab_failures *failures, const ftblab_predictor *predictor, ftblab_history **history,
                                 ftblab_error *err);
void ftblab_history_free(ftblab_history *history);
void ftblab_history_start(ftblab_history *history, uint64_t seed); /* forget; the failures of another replica */

/* Run the job under HISTORY. FTBLAB_ENOMEM. */
ftblab_status ftblab_checkpointed_run(const ftblab_checkpointed *job, ftblab_history *history, ftblab_account *account,
                                      ftblab_error *err);

/* ---- estimates (estimate.c) -------------------------------------------------------------------------------------- */

typedef struct ftblab_estimate {
  double mean, low, high; /* with the 95 % confidence interval of the mean (Student's t) */
  double median, p10, p90;
  size_t count;
} ftblab_estimate;
/* Of COUNT VALUES, which are put in order. */
ftblab_estimate ftblab_estimate_of(double *values, size_t count);

/* ---- the best interval (optimum.c, advice.c) --------------------------------------------------------------------- */

typedef struct ftblab_replicas {
  size_t count; /* at least 20 */
  uint64_t seed;
} ftblab_replicas;

/* The makespans of the job under the failures of each replica, in MAKESPANS[REPLICAS.count]. */
ftblab_status ftblab_checkpointed_replicas(const ftblab_checkpointed *job, ftblab_history *history,
                                           const ftblab_replicas *replicas, double *makespans, ftblab_error *err);

/* The interval with the least mean makespan, by simulation, with a 95 % confidence interval (bootstrap over the
 * replicas). */
typedef struct ftblab_optimum {
  double interval, low, high;
  bool is_all; /* none is better than to work without checkpoints to the end */
} ftblab_optimum;
/* NEAR is where to look first: any interval above 0. */
ftblab_status ftblab_optimum_find(const ftblab_checkpointed *job, ftblab_history *history,
                                  const ftblab_replicas *replicas, double near, ftblab_optimum *optimum,
                                  ftblab_error *err);

/* One interval and what comes of it. */
typedef struct ftblab_advice_row {
  const char *method;
  double interval;       /* of work between two checkpoints */
  unsigned every;        /* of two levels: so many checkpoints to one of the far level; of one level: 0 */
  double expected_waste; /* by the closed form for exponential failures, of two levels to first order; NaN: none */
  ftblab_estimate makespan;
  double waste, waste_low, waste_high; /* of the simulation */
  bool gives_up;                       /* some replica did not end in FTBLAB_ADVICE_PATIENCE times its work */
} ftblab_advice_row;
#define FTBLAB_ADVICE_PATIENCE 20
#define FTBLAB_ADVICE_ROWS 7
typedef struct ftblab_advice {
  double mean; /* between failures of the job's machine */
  ftblab_optimum optimum;
  ftblab_advice_row rows[FTBLAB_ADVICE_ROWS];
  size_t row_count;
} ftblab_advice;
/* Which interval is best for JOB (whose own is not looked at) under FAILURES, by each method. PREDICTOR may be NULL;
 * GIVEN is an interval of the user's own, 0: none. */
ftblab_status ftblab_advise(const ftblab_checkpointed *job, ftblab_failures *failures,
                            const ftblab_predictor *predictor, const ftblab_replicas *replicas, double given,
                            ftblab_advice *advice, ftblab_error *err);

/* ---- two levels (two_levels.c) ----------------------------------------------------------------------------------- */

/* The best two levels by first order (row 0), GIVEN ones if there are any, and the best by simulation (last row). */
#define FTBLAB_LEVELS_ROWS 3
typedef struct ftblab_levels_advice {
  ftblab_optimum near;                   /* the interval for EVERY */
  unsigned every, every_low, every_high; /* the best, and those tried that cannot be told from it (paired, 95 %) */
  ftblab_advice_row rows[FTBLAB_LEVELS_ROWS];
  size_t row_count;
} ftblab_levels_advice;
/* JOB has a near level, whose EVERY is not looked at but with GIVEN, an interval of the user's own (0: none). */
ftblab_status ftblab_advise_levels(const ftblab_checkpointed *job, ftblab_failures *failures,
                                   const ftblab_replicas *replicas, double given, ftblab_levels_advice *advice,
                                   ftblab_error *err);

#ifdef __cplusplus
}
#endif
#endif
