/* columns.h - a column map as the reader of failure logs sees it. Private to laws/. */
#ifndef FTBLAB_COLUMNS_H
#define FTBLAB_COLUMNS_H

#include "laws.h"

#define FTBLAB_COLUMN_NONE SIZE_MAX

typedef struct ftblab_column {
  char *name;   /* as given: a name, or a number from 1; NULL: not given */
  size_t index; /* from 0; FTBLAB_COLUMN_NONE: not there */
} ftblab_column;

typedef struct ftblab_keep {
  ftblab_column column;
  char *pattern;
} ftblab_keep;

struct ftblab_columns {
  ftblab_column time, end, node;
  ftblab_keep *keeps;
  size_t keep_count;
  bool day_first, skips_bad;
  char separator; /* ',', ' ' (any run of blanks) or '\t'; '\0': what the first line looks like */
};

#endif
