/* report_study.c - see report_study.h. */
#include "report_study.h"

#include <string.h>

ftblab_exit ftblab_put_summary(const char *folder, ftblab_summary_format format, const char *path)
{
  ftblab_error err = {0};
  ftblab_output *output = NULL;
  if (ftblab_output_open(path, &output, &err) != FTBLAB_OK)
    return ftblab_tell(&err);
  ftblab_interrupt_guard(output);
  ftblab_status status = ftblab_study_summary(folder, format, ftblab_output_file(output), &err);
  ftblab_interrupt_release();
  if (status != FTBLAB_OK) {
    ftblab_output_abandon(output);
    return ftblab_tell(&err);
  }
  return ftblab_output_commit(output, &err) == FTBLAB_OK ? FTBLAB_EXIT_DONE : ftblab_tell(&err);
}

/* There is no plot called NAME: say which there are. */
static ftblab_status refuse_plot(const ftblab_study_report *report, const char *name, ftblab_error *err)
{
  ftblab_text names = {0};
  const char *plot;
  for (size_t i = 0; (plot = ftblab_study_report_plot(report, i)) != NULL; i++)
    ftblab_text_addf(&names, "%s%s", i > 0 ? ", " : "", plot);
  ftblab_status status = names.length == 0
                             ? ftblab_fail(err, FTBLAB_EINPUT, "the study has no results yet: there is nothing to draw")
                             : ftblab_fail(err, FTBLAB_EUSAGE, "the study has no picture '%s'; it has %s", name,
                                           ftblab_text_string(&names));
  ftblab_text_free(&names);
  return status;
}

static ftblab_status write_out(const ftblab_study_report *report, const ftblab_report_wish *wish, ftblab_text *text,
                               ftblab_error *err)
{
  size_t number = 0;
  if (wish->format == FTBLAB_REPORT_HTML)
    return ftblab_study_report_page(report, text, err);
  const char *name = wish->picture != NULL ? wish->picture : "";
  if (!ftblab_study_report_find(report, name, &number))
    return refuse_plot(report, name, err);
  return ftblab_study_report_draw(report, number, wish->format, text, err);
}

ftblab_exit ftblab_report_fail(ftblab_status status, const ftblab_error *err)
{
  return status == FTBLAB_EUSAGE ? ftblab_tell_usage("report", "%s", err->text) : ftblab_tell(err);
}

static ftblab_exit put_pngs(const ftblab_study_report *report, const char *folder)
{
  ftblab_error err = {0};
  const char *plot;
  ftblab_status status = ftblab_make_folder(folder, &err);
  ftblab_exit code = FTBLAB_EXIT_DONE;
  for (size_t i = 0; status == FTBLAB_OK && (plot = ftblab_study_report_plot(report, i)) != NULL; i++) {
    ftblab_text png = {0}, path = {0};
    ftblab_text_addf(&path, "%s/%s.png", folder, plot);
    status = ftblab_study_report_draw(report, i, FTBLAB_REPORT_PNG, &png, &err);
    if (status == FTBLAB_OK && path.failed)
      status = ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for a path");
    if (status == FTBLAB_OK)
      code = ftblab_put(path.data, &png);
    ftblab_text_free(&png);
    ftblab_text_free(&path);
    if (code != FTBLAB_EXIT_DONE)
      return code;
  }
  return status == FTBLAB_OK ? FTBLAB_EXIT_DONE : ftblab_report_fail(status, &err);
}

static ftblab_exit put_page(const ftblab_study_report *report, const ftblab_report_wish *wish)
{
  ftblab_error err = {0};
  ftblab_text text = {0};
  ftblab_status status = write_out(report, wish, &text, &err);
  ftblab_exit code = status == FTBLAB_OK ? ftblab_put(wish->out, &text) : ftblab_report_fail(status, &err);
  ftblab_text_free(&text);
  return code;
}

/* The plots need the spec to run replicas again, and gnuplot; the table needs neither. */
static ftblab_exit draw(const char *folder, const ftblab_report_wish *wish, ftblab_study_report_options *options)
{
  ftblab_error err = {0};
  ftblab_spec *spec = NULL;
  ftblab_study_report *report = NULL;
  options->program = wish->program;
  if (wish->png == NULL && wish->format != FTBLAB_REPORT_HTML)
    options->picture = wish->picture != NULL ? wish->picture : "";
  ftblab_status status = ftblab_spec_load(&spec, &err);
  if (status == FTBLAB_OK)
    status = ftblab_study_report_new(spec, folder, options, &report, &err);
  ftblab_exit code = status == FTBLAB_OK ? FTBLAB_EXIT_DONE : ftblab_report_fail(status, &err);
  if (code == FTBLAB_EXIT_DONE && wish->out != NULL && wish->format != FTBLAB_REPORT_CSV)
    code = put_page(report, wish);
  if (code == FTBLAB_EXIT_DONE && wish->png != NULL)
    code = put_pngs(report, wish->png);
  ftblab_study_report_free(report);
  ftblab_spec_free(spec);
  return code;
}

ftblab_exit ftblab_report_study(const char *folder, const ftblab_report_wish *wish,
                                ftblab_study_report_options *options)
{
  bool is_table = wish->out != NULL && wish->format == FTBLAB_REPORT_CSV;
  ftblab_exit code = FTBLAB_EXIT_DONE;
  if (wish->out != NULL && wish->format == FTBLAB_REPORT_CHROME)
    return ftblab_tell_usage("report",
                             "a study has no form for Perfetto; 'ftblab run --replay %s:POINT.REPLICA "
                             "--trace FILE' has a trace for it",
                             folder);
  if (wish->png != NULL || (wish->out != NULL && !is_table))
    code = draw(folder, wish, options);
  if (code == FTBLAB_EXIT_DONE && wish->csv != NULL)
    code = ftblab_put_summary(folder, FTBLAB_SUMMARY_CSV, wish->csv);
  if (code == FTBLAB_EXIT_DONE && is_table)
    code = ftblab_put_summary(folder, FTBLAB_SUMMARY_CSV, wish->out);
  return code;
}
