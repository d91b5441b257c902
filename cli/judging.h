/* judging.h - what the commands that judge have in common: files that say how, and the format of verdicts. */
#ifndef FTBLAB_JUDGING_H
#define FTBLAB_JUDGING_H

#include "command.h"
#include "conformance.h"

/* As the command line gives them; NULL: not given. */
typedef struct ftblab_judging_words {
  const char *format, *bounds, *time_scale, *expected, *today;
} ftblab_judging_words;

/* Starts as {0}. */
typedef struct ftblab_judging {
  ftblab_format format;
  ftblab_bounds *bounds;     /* or NULL */
  ftblab_expected *expected; /* or NULL */
  char today[16];            /* YYYY-MM-DD */
} ftblab_judging;

/* The options of both commands, for their tables. */
#define FTBLAB_JUDGING_OPTION_BOUNDS                                                                                   \
  {                                                                                                                    \
    .name = "bounds", .value = "FILE", .help = "judge by the deadlines and clocks in FILE as well (docs/outputs.md)"   \
  }
#define FTBLAB_JUDGING_OPTION_TIME_SCALE                                                                               \
  {                                                                                                                    \
    .name = "time-scale", .value = "F", .help = "multiply every deadline of --bounds by F (default: 1)"                \
  }
#define FTBLAB_JUDGING_OPTION_EXPECTED                                                                                 \
  {                                                                                                                    \
    .name = "expected", .value = "FILE",                                                                               \
    .help = "excuse the failures that FILE names, until they expire; one that does not happen is reported"             \
  }
#define FTBLAB_JUDGING_OPTION_TODAY                                                                                    \
  {                                                                                                                    \
    .name = "today", .value = "YYYY-MM-DD", .help = "the day by which --expected expires (default: this day, UTC)"     \
  }

/* FTBLAB_EUSAGE or FTBLAB_EINPUT: what is wrong with them. */
ftblab_status ftblab_judging_read(const ftblab_spec *spec, const ftblab_judging_words *words, ftblab_judging *judging,
                                  ftblab_error *err);
void ftblab_judging_free(ftblab_judging *judging);
/* Excuse in the verdicts what is expected. */
ftblab_status ftblab_judging_excuse(const ftblab_judging *judging, ftblab_verdict *const *verdicts, size_t count,
                                    ftblab_error *err);

#endif
