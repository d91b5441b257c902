/* report_study.h - the command "report" for the folder of a study, and what it shares with that for traces. */
#ifndef FTBLAB_REPORT_STUDY_H
#define FTBLAB_REPORT_STUDY_H

#include "command.h"
#include "reports.h"
#include "studies.h"

/* What is to be written; NULL: not asked for. */
typedef struct ftblab_report_wish {
  const char *out, *csv, *png; /* files, and a folder */
  ftblab_report_format format; /* of OUT */
  const char *picture;         /* of OUT, where it is one picture */
  const char *program;         /* name and version, for the foot of the page */
} ftblab_report_wish;

/* Report on the study in FOLDER. */
ftblab_exit ftblab_report_study(const char *folder, const ftblab_report_wish *wish,
                                ftblab_study_report_options *options);
/* Tell why there is no report. */
ftblab_exit ftblab_report_fail(ftblab_status status, const ftblab_error *err);
/* Write the summary of the study in FOLDER to PATH, whole or not at all. */
ftblab_exit ftblab_put_summary(const char *folder, ftblab_summary_format format, const char *path);

#endif
