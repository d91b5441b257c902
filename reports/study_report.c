/* study_report.c - a report on a study: what is read and run for it before anything is written. What must hold: a
 * replica that cannot be run again does not spoil the report; it says why. */
#include <stdlib.h>
#include <string.h>

#include "study_report.h"

/* ---- two replicas ------------------------------------------------------------------------------------------- */

static ftblab_status read_again(study_report *report, ftblab_study_replica *replica, FILE *stream, ftblab_error *err)
{
  ftblab_status status =
      ftblab_results_rerun(report->results, report->best.point, replica->pick.replica, report->spec, stream, err);
  replica->subject = status == FTBLAB_OK ? calloc(1, sizeof *replica->subject) : NULL;
  if (status != FTBLAB_OK)
    return status;
  if (replica->subject == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a replica");
  replica->subject->name = strdup("replica");
  replica->subject->has_trace = true;
  if (replica->subject->name == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a replica");
  return ftblab_log_read(&replica->subject->log, stream, "the replica's trace", err);
}

static void free_subject(ftblab_subject *subject)
{
  if (subject == NULL)
    return;
  free(subject->name);
  ftblab_log_free(&subject->log);
  free(subject);
}

static ftblab_status plot_recoveries(study_report *report, const ftblab_study_replica *replica, const char *name,
                                     const char *whose, ftblab_error *err)
{
  ftblab_plot plot = {0};
  size_t count = 0;
  ftblab_status status = ftblab_recoveries_plot(&replica->subject->log, name, whose, &plot, &count, err);
  if (status == FTBLAB_OK && count > 0)
    return ftblab_study_plot_add(report, &plot, err);
  ftblab_plot_free(&plot);
  return status;
}

static ftblab_status show_again(study_report *report, ftblab_study_replica *replica, const char *name,
                                const char *whose, ftblab_error *err)
{
  ftblab_error reason = {0};
  FILE *stream = tmpfile();
  if (stream == NULL)
    return ftblab_fail(err, FTBLAB_EIO, "no temporary file for a replica");
  ftblab_status status = read_again(report, replica, stream, &reason);
  fclose(stream);
  if (status == FTBLAB_OK)
    return plot_recoveries(report, replica, name, whose, err);
  free_subject(replica->subject);
  replica->subject = NULL;
  if (status == FTBLAB_ENOMEM)
    return ftblab_fail(err, status, "%s", reason.text);
  ftblab_text_add(&replica->problem, reason.text);
  return FTBLAB_OK;
}

static ftblab_status show_replicas(study_report *report, ftblab_error *err)
{
  if (!report->has_best)
    return FTBLAB_OK;
  size_t metric = report->shown[0];
  ftblab_status status =
      ftblab_results_pick(report->results, report->best.point, metric, report->best_metrics[metric].median,
                          &report->middle.pick, &report->worst.pick, err);
  if (status == FTBLAB_OK && report->middle.pick.found)
    status = show_again(report, &report->middle, "median-recoveries", "the median replica", err);
  if (report->worst.pick.replica == report->middle.pick.replica)
    report->worst.pick.found = false; /* one replica is both */
  if (status == FTBLAB_OK && report->worst.pick.found)
    status = show_again(report, &report->worst, "worst-recoveries", "the worst replica", err);
  return status;
}

/* ---- the report ------------------------------------------------------------------------------------------- */

/* Nothing is wanted but a picture that is there without a replica that is run again. */
static bool has_all_that_is_wanted(const study_report *report)
{
  size_t number;
  return report->options.picture != NULL && ftblab_study_report_find(report, report->options.picture, &number);
}

static ftblab_status fill(study_report *report, const char *folder, ftblab_error *err)
{
  ftblab_status status = ftblab_results_open(folder, &report->results, err);
  if (status == FTBLAB_OK)
    status = ftblab_study_data_read(report, err);
  if (status == FTBLAB_OK)
    status = ftblab_study_plots_make(report, err);
  return status == FTBLAB_OK && !has_all_that_is_wanted(report) ? show_replicas(report, err) : status;
}

ftblab_status ftblab_study_report_new(const ftblab_spec *spec, const char *folder,
                                      const ftblab_study_report_options *options, ftblab_study_report **report,
                                      ftblab_error *err)
{
  study_report *made = calloc(1, sizeof *made);
  if (made == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a report");
  made->spec = spec;
  made->options = *options;
  ftblab_status status = fill(made, folder, err);
  if (status != FTBLAB_OK) {
    ftblab_study_report_free(made);
    return status;
  }
  *report = made;
  return FTBLAB_OK;
}

void ftblab_study_report_free(ftblab_study_report *report)
{
  if (report == NULL)
    return;
  for (size_t i = 0; i < report->plot_count; i++)
    ftblab_plot_free(&report->plots[i]);
  free(report->plots);
  free_subject(report->middle.subject);
  free_subject(report->worst.subject);
  ftblab_text_free(&report->middle.problem);
  ftblab_text_free(&report->worst.problem);
  ftblab_study_data_free(report);
  ftblab_results_close(report->results);
  free(report);
}

/* ---- what is written ----------------------------------------------------------------------------------------- */

ftblab_status ftblab_study_report_page(const ftblab_study_report *report, ftblab_text *text, ftblab_error *err)
{
  return ftblab_study_page(report, text, err);
}

const char *ftblab_study_report_plot(const ftblab_study_report *report, size_t number)
{
  return number < report->plot_count ? ftblab_text_string(&report->plots[number].name) : NULL;
}

bool ftblab_study_report_find(const ftblab_study_report *report, const char *name, size_t *number)
{
  for (*number = 0; *number < report->plot_count; ++*number)
    if (*name == '\0' || strcmp(ftblab_text_string(&report->plots[*number].name), name) == 0)
      return true;
  return false;
}

ftblab_status ftblab_study_report_draw(const ftblab_study_report *report, size_t number, ftblab_report_format format,
                                       ftblab_text *text, ftblab_error *err)
{
  ftblab_text svg = {0};
  ftblab_status status = ftblab_plot_draw(&report->plots[number], FTBLAB_PLOT_WIDE, true, 1,
                                          format == FTBLAB_REPORT_PNG ? &svg : text, err);
  if (status == FTBLAB_OK && format == FTBLAB_REPORT_PNG)
    status = ftblab_write_png(&svg, text, err);
  ftblab_done_words(&svg, text);
  return status;
}
