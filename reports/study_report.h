/* study_report.h - what a report on a study is made of. Private to reports/.
 *
 * The numbers of at most FTBLAB_STUDY_POINTS points are kept, those of all others are counted: a page is for a reader,
 * and the table in CSV has everything. */
#ifndef FTBLAB_STUDY_REPORT_H
#define FTBLAB_STUDY_REPORT_H

#include "laws.h"
#include "plot.h"
#include "studies.h"

/* Chosen, no source: what a reader can take in. */
#define FTBLAB_STUDY_POINTS 2000 /* in plots */
#define FTBLAB_STUDY_ROWS 100    /* of a table */
#define FTBLAB_STUDY_FAULTY 50   /* replicas that violate */
#define FTBLAB_STUDY_PANELS 6    /* plots of one metric, each for other values of the factors that it does not show */
#define FTBLAB_STUDY_BARS 16
#define FTBLAB_STUDY_RECOVERIES 20 /* in a timeline */

typedef struct ftblab_study_point {
  uint64_t point, replicas, conforms, violates, undecided, broken;
  bool finished;
  const ftblab_summary *metrics;
} ftblab_study_point;

typedef struct ftblab_study_factor {
  const char *name, *key;
  size_t levels, numbers; /* NUMBERS: how many of them are numbers */
} ftblab_study_factor;
#define FTBLAB_NO_FACTOR SIZE_MAX

/* A replica that was run again. */
typedef struct ftblab_study_replica {
  ftblab_result_pick pick;
  ftblab_text problem; /* why it could not be run again */
  ftblab_subject *subject;
} ftblab_study_replica;

struct ftblab_study_report {
  const ftblab_spec *spec;
  ftblab_study_report_options options;
  ftblab_results *results;
  ftblab_results_about about;
  const ftblab_metric *metrics;
  size_t metric_count;
  ftblab_study_factor *factors;
  size_t axis, lines, policy; /* factors: along the axis, a line for each value, a bar for each value */
  size_t *shown;              /* metrics that have plots and tables first */
  size_t shown_count;
  /* points */
  ftblab_study_point *points;
  ftblab_summary *summaries;
  size_t point_count, point_room;
  uint64_t begun, unfinished, replicas, conforms, violates, undecided, broken; /* of all */
  /* what stands for it */
  bool has_best;
  ftblab_study_point best; /* the point whose replicas are run again */
  ftblab_summary *best_metrics;
  ftblab_study_replica middle, worst;
  ftblab_plot *plots;
  size_t plot_count;
};
typedef struct ftblab_study_report study_report;

/* ---- study_data.c: the numbers ------------------------------------------------------------------------- */

/* Read what the results have, and choose what is shown of it. FTBLAB_EUSAGE: the options name what there is not. */
ftblab_status ftblab_study_data_read(study_report *report, ftblab_error *err);
void ftblab_study_data_free(study_report *report);
const ftblab_summary *ftblab_study_summary_of(const study_report *report, const ftblab_study_point *point,
                                              const char *metric);
/* The mean, 0 where there is none; summed up over the replicas of the point. */
double ftblab_study_mean(const study_report *report, const ftblab_study_point *point, const char *metric);
double ftblab_study_sum(const study_report *report, const ftblab_study_point *point, const char *metric);
/* Where the point stands on the axis; NAN: at no number. */
double ftblab_study_place(const study_report *report, const ftblab_study_point *point);
/* Append the value of a factor, "calm" or "0.2". */
void ftblab_study_add_level(const study_report *report, size_t factor, size_t level, ftblab_text *text);
/* Append the values of all factors but those two, "interval 300, loss 0.1". */
void ftblab_study_add_values(const study_report *report, uint64_t point, size_t without, size_t without_too,
                             ftblab_text *text);

/* ---- study_forms.c: closed forms ------------------------------------------------------------------------ */

/* What the closed forms need, as it was measured in the replicas of some points. */
typedef struct ftblab_study_forms {
  bool known;
  double mean; /* between failures that hit the job */
  ftblab_costs costs;
  double work;
  double young, daly;
  double least, at_least; /* the least expected makespan, and the interval there */
} ftblab_study_forms;
ftblab_study_forms ftblab_study_measure(const study_report *report, const ftblab_study_point *const *points,
                                        size_t count);
double ftblab_study_expected(const ftblab_study_forms *forms, double interval); /* makespan */

/* ---- study_plots.c, recoveries.c: the plots --------------------------------------------------------------- */

/* All of them, into report->plots. */
ftblab_status ftblab_study_plots_make(study_report *report, ftblab_error *err);
ftblab_status ftblab_study_plot_add(study_report *report, ftblab_plot *plot,
                                    ftblab_error *err); /* takes PLOT's texts */
/* How a quantity is shown: multiply by FACTOR, and the name of the unit. */
typedef struct ftblab_scale {
  double factor;
  const char *unit;
} ftblab_scale;
ftblab_scale ftblab_scale_of(const char *unit, double largest);
/* What became of each failure that hit a job, from the replica's trace. */
ftblab_status ftblab_recoveries_plot(const ftblab_log *log, const char *name, const char *whose, ftblab_plot *plot,
                                     size_t *count, ftblab_error *err);

/* ---- study_page.c ------------------------------------------------------------------------------------------ */

ftblab_status ftblab_study_page(const study_report *report, ftblab_text *text, ftblab_error *err);

#endif
