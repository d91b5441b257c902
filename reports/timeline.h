/* timeline.h - a trace as a picture in text: when, since the failure, who, what, with which payload, and why.
 *
 * At most 100 columns. Records that differ only in the instance (every rank catches the same event) and stand next to
 * each other are one entry. Registrations are counted. */
#ifndef FTBLAB_TIMELINE_H
#define FTBLAB_TIMELINE_H

#include "conformance.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ftblab_timeline ftblab_timeline;

/* UTF8: draw with arrows, else with ASCII. COLOUR: with ANSI escapes. */
ftblab_status ftblab_timeline_new(bool utf8, bool colour, ftblab_timeline **timeline, ftblab_error *err);
void ftblab_timeline_free(ftblab_timeline *timeline);
ftblab_status ftblab_timeline_add(ftblab_timeline *timeline, const ftblab_record *record,
                                  ftblab_error *err); /* copies RECORD */
/* Append the picture of all records so far to TEXT. */
void ftblab_timeline_write(ftblab_timeline *timeline, ftblab_text *text);

#ifdef __cplusplus
}
#endif
#endif
