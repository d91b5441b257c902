/* subject.h - what a report is about, and what its writers share. Private to reports/.
 *
 * A subject is a trace with its verdict, or a verdict alone. Every writer reads the verdict in the JSON form that other
 * programs read as well, so that a verdict from a file and one that was just made are told alike. */
#ifndef FTBLAB_SUBJECT_H
#define FTBLAB_SUBJECT_H

#include "exchange.h"
#include "reports.h"

typedef struct ftblab_subject {
  char *name;
  bool has_trace;
  ftblab_log log;
  ftblab_json *json; /* the verdict's document; of a trace NULL until it is judged */
  bool merged;       /* a verdict that is shown with its trace: nothing of its own is left */
} ftblab_subject;

struct ftblab_report {
  const ftblab_spec *spec;
  ftblab_report_options options;
  ftblab_subject *subjects;
  size_t count;
};

/* ---- subject.c ----------------------------------------------------------------------------------------- */

const cJSON *ftblab_subject_verdict(const ftblab_subject *subject);
/* Where a verdict and its trace are both there, make one subject of them; judge the traces that have no verdict. */
ftblab_status ftblab_subjects_settle(ftblab_report *report, ftblab_error *err);
/* Verdict values: the string, number, list at KEY; "", 0, NULL where there is none. */
const char *ftblab_string_at(const cJSON *object, const char *key);
uint64_t ftblab_number_at(const cJSON *object, const char *key);
const cJSON *ftblab_list_at(const cJSON *object, const char *key);

/* ---- links.c: which throw a catch goes back to --------------------------------------------------------- */

typedef struct ftblab_links ftblab_links;
#define FTBLAB_NO_LINK SIZE_MAX
ftblab_status ftblab_links_new(const ftblab_spec *spec, ftblab_links **links, ftblab_error *err);
void ftblab_links_free(ftblab_links *links);
/* A throw is known from now on as NUMBER. False: no memory. */
bool ftblab_links_throw(ftblab_links *links, const ftblab_record *record, size_t number);
/* The throw that a catch goes back to: by its cause, else the last one of the same event and payload. */
size_t ftblab_links_find(ftblab_links *links, const ftblab_record *record);

/* ---- svg.c: pieces of a drawing ------------------------------------------------------------------------ */

/* Escaped, what turns the direction of writing as U+FFFD, and cut to ROOM characters with an ellipsis (0: not cut). */
void ftblab_add_escaped(ftblab_text *text, ftblab_slice string, size_t room);
ftblab_slice ftblab_string_slice(const char *string);
/* A line of text at X, Y; ANCHOR "start", "middle" or "end"; cut to ROOM characters. */
void ftblab_svg_label(ftblab_text *text, double x, double y, const char *class, const char *anchor, const char *string,
                      size_t room);
void ftblab_svg_line(ftblab_text *text, double x1, double y1, double x2, double y2, const char *class);
typedef enum ftblab_mark {
  FTBLAB_MARK_CROSS,
  FTBLAB_MARK_RING,
  FTBLAB_MARK_DOWN,
  FTBLAB_MARK_UP,
  FTBLAB_MARK_DIAMOND,
  FTBLAB_MARK_SQUARE,
  FTBLAB_MARK_STAR
} ftblab_mark;
void ftblab_svg_mark(ftblab_text *text, ftblab_mark mark, double x, double y, const char *class);
/* The start of a drawing with its name for those who do not see it. STYLE: the drawing stands alone and needs its
 * own style; NUMBER makes its ids unique in a page. */
void ftblab_svg_begin(ftblab_text *text, double width, double height, bool style, size_t number, const char *title,
                      const char *description);
void ftblab_svg_end(ftblab_text *text);
/* "65.766083": seconds to the microsecond; "32 s", "250 us": how long. */
void ftblab_add_moment(ftblab_text *text, int64_t nanoseconds);
void ftblab_add_duration(ftblab_text *text, int64_t nanoseconds);
/* From one time to a later one; a difference that no number holds is the largest. */
int64_t ftblab_elapsed(int64_t from, int64_t to);
/* Times of the trace are shown since this one: 0, or the first record's where they count from long ago. */
int64_t ftblab_time_origin(const ftblab_log *log);
/* Frees WORDS; if memory lacked for them, it lacked for TEXT. */
void ftblab_done_words(ftblab_text *words, ftblab_text *text);

/* ---- the pictures; each says in NOTE, for under it, what it left out ----------------------------------- */

ftblab_status ftblab_draw_sequence(const ftblab_report *report, const ftblab_subject *subject, size_t number,
                                   bool style, ftblab_text *text, ftblab_text *note, ftblab_error *err);
/* Nothing is drawn where no fact and no record names a node. */
ftblab_status ftblab_draw_hosts(const ftblab_report *report, const ftblab_subject *subject, size_t number, bool style,
                                ftblab_text *text, ftblab_text *note, ftblab_error *err);

/* ---- the documents ------------------------------------------------------------------------------------- */

/* A page from its start to its body, and from the end of its main part. SUBJECT: for its title; NULL: none. */
void ftblab_page_begin(const char *subject, ftblab_text *text);
void ftblab_page_end(const char *program, ftblab_text *text);
ftblab_status ftblab_write_page(const ftblab_report *report, ftblab_text *text, ftblab_error *err);
/* The verdict of a subject as a part of a page. */
ftblab_status ftblab_write_verdict(const ftblab_report *report, const ftblab_subject *subject, ftblab_text *text,
                                   ftblab_error *err);
ftblab_status ftblab_write_chrome(const ftblab_report *report, const ftblab_subject *subject, ftblab_text *text,
                                  ftblab_error *err);
void ftblab_write_rows(const ftblab_report *report, ftblab_text *text);
/* SVG as PNG. FTBLAB_EIO: rsvg-convert is not there, or failed. */
ftblab_status ftblab_write_png(const ftblab_text *svg, ftblab_text *png, ftblab_error *err);

#endif
