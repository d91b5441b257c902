/* filter.h - text through another program. Private to reports/. */
#ifndef FTBLAB_FILTER_H
#define FTBLAB_FILTER_H

#include "base.h"

#define FTBLAB_FILTER_ARGUMENTS 4

typedef struct ftblab_filter {
  const char *arguments[FTBLAB_FILTER_ARGUMENTS]; /* the program first, NULL behind the last if there is room */
  const char *what, *package;                     /* what it draws; the Debian package that has it */
  const char *instead;                            /* what one can do where it fails: "'--format svg' has it" */
} ftblab_filter;

/* Append to OUTPUT what the program makes of INPUT. FTBLAB_EIO: it is not there, or failed. */
ftblab_status ftblab_filter_run(const ftblab_filter *filter, const ftblab_text *input, ftblab_text *output,
                                ftblab_error *err);

#endif
