/* reports.h - traces and verdicts as pictures, for people and for other programs.
 *
 * A timeline is a trace in text. A report takes traces and verdicts and is written as a page (HTML), as a picture (SVG,
 * PNG), as a table (CSV) or for Perfetto (Chrome trace events). The same input gives the same bytes. What comes from
 * the input is escaped wherever it stands; docs/reports.md says what the pictures show. */
#ifndef FTBLAB_REPORTS_H
#define FTBLAB_REPORTS_H

#include "conformance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- timelines: when, since the failure, who, what, with which payload, and why ------------------------
 *
 * At most 100 columns. Records that differ only in the instance (every rank catches the same event) and stand next to
 * each other are one entry. Registrations are counted. */
typedef struct ftblab_timeline ftblab_timeline;

/* UTF8: draw with arrows, else with ASCII. COLOUR: with ANSI escapes. */
ftblab_status ftblab_timeline_new(bool utf8, bool colour, ftblab_timeline **timeline, ftblab_error *err);
void ftblab_timeline_free(ftblab_timeline *timeline);
ftblab_status ftblab_timeline_add(ftblab_timeline *timeline, const ftblab_record *record,
                                  ftblab_error *err); /* copies RECORD */
/* Append the picture of all records so far to TEXT. */
void ftblab_timeline_write(ftblab_timeline *timeline, ftblab_text *text);

/* ---- reports ------------------------------------------------------------------------------------------- */

typedef enum ftblab_report_format {
  FTBLAB_REPORT_HTML,  /* one page with everything in it, of all inputs */
  FTBLAB_REPORT_SVG,   /* one picture of one trace */
  FTBLAB_REPORT_PNG,   /* the same, drawn by rsvg-convert */
  FTBLAB_REPORT_CSV,   /* the rows of every instance, and what is wrong */
  FTBLAB_REPORT_CHROME /* Chrome trace events (JSON) of one trace */
} ftblab_report_format;
#define FTBLAB_REPORT_FORMATS "html|svg|png|csv|chrome"                       /* their names, in this order */
bool ftblab_report_format_of(const char *name, ftblab_report_format *format); /* false: there is no such */

typedef enum ftblab_picture { FTBLAB_PICTURE_SEQUENCE, FTBLAB_PICTURE_HOSTS } ftblab_picture;
#define FTBLAB_PICTURES "sequence|hosts"                           /* their names, in this order */
bool ftblab_picture_of(const char *name, ftblab_picture *picture); /* false: there is no such */

/* Chosen, no source: 200 entries are a picture of some 8,000 pixels, which one still scrolls through. */
#define FTBLAB_REPORT_ENTRIES 200
#define FTBLAB_REPORT_ENTRIES_MOST 2000

typedef struct ftblab_report_options {
  const char *workflows; /* judge traces by these, ids separated by commas; NULL: all */
  bool complete;         /* the traces run until all is quiet */
  size_t entries;        /* at most so many entries in a picture; 0: FTBLAB_REPORT_ENTRIES */
  const char *program;   /* name and version of what writes it, for the foot of the page; NULL: none */
} ftblab_report_options;

typedef struct ftblab_report ftblab_report;
/* SPEC and the strings of OPTIONS must outlive the report. */
ftblab_status ftblab_report_new(const ftblab_spec *spec, const ftblab_report_options *options, ftblab_report **report,
                                ftblab_error *err);
void ftblab_report_free(ftblab_report *report);
/* What STREAM holds: a trace, which is judged, or verdicts as `--format json` prints them. FTBLAB_EINPUT: a bad
 * record or a verdict that is none, with file, line and reason. Memory grows with a trace. */
ftblab_status ftblab_report_add(ftblab_report *report, FILE *stream, const char *name, ftblab_error *err);
/* The trace on STREAM, and VERDICT, which is its. */
ftblab_status ftblab_report_add_judged(ftblab_report *report, FILE *stream, const char *name,
                                       const ftblab_verdict *verdict, ftblab_error *err);
/* All that was added, appended to TEXT. A verdict of a trace that was added as well is shown with that trace's
 * pictures. FTBLAB_EUSAGE: the format takes one trace and was given none or several. FTBLAB_EINPUT: a verdict is of
 * another trace than the one it names. PICTURE: for SVG and PNG. */
ftblab_status ftblab_report_write(ftblab_report *report, ftblab_report_format format, ftblab_picture picture,
                                  ftblab_text *text, ftblab_error *err);

/* ---- reports on studies -------------------------------------------------------------------------------- */

typedef struct ftblab_study_report_options {
  const char *metrics;      /* that have plots, separated by commas; NULL: makespan and waste */
  const char *axis, *lines; /* factors: along the axis of plots, a line for each value; NULL: chosen */
  uint64_t point;           /* from 1, whose median and worst replica are run again; 0: the best one */
  const char *picture;      /* the only one that will be drawn, "": the first; NULL: all, or a page */
  const char *program;      /* as of ftblab_report_options */
} ftblab_study_report_options;

typedef struct ftblab_study_report ftblab_study_report;
/* On the results in FOLDER, as far as they are there. SPEC and the strings of OPTIONS must outlive the report.
 * FTBLAB_EUSAGE: the options name what the study has not. Memory does not grow with the number of replicas. */
ftblab_status ftblab_study_report_new(const ftblab_spec *spec, const char *folder,
                                      const ftblab_study_report_options *options, ftblab_study_report **report,
                                      ftblab_error *err);
void ftblab_study_report_free(ftblab_study_report *report);
/* One page with everything in it. FTBLAB_EIO: gnuplot is not there. */
ftblab_status ftblab_study_report_page(const ftblab_study_report *report, ftblab_text *text, ftblab_error *err);
/* The names of its plots, "breakdown", "makespan", ...; NULL: there are no more. */
const char *ftblab_study_report_plot(const ftblab_study_report *report, size_t number);
/* The number of the plot called NAME, "": of the first. False: there is none. */
bool ftblab_study_report_find(const ftblab_study_report *report, const char *name, size_t *number);
/* A plot alone, as SVG or PNG. */
ftblab_status ftblab_study_report_draw(const ftblab_study_report *report, size_t number, ftblab_report_format format,
                                       ftblab_text *text, ftblab_error *err);

#ifdef __cplusplus
}
#endif
#endif
