/* filter.c - a drawing by another program: rsvg-convert, gnuplot. */
#include "filter.h"

#include <string.h>

ftblab_status ftblab_filter_run(const ftblab_filter *filter, const ftblab_text *input, ftblab_text *output,
                                ftblab_error *err)
{
  const char *arguments[FTBLAB_FILTER_ARGUMENTS + 1] = {NULL}; /* NULL behind the last, however many there are */
  ftblab_program_end end;
  memcpy(arguments, filter->arguments, sizeof filter->arguments);
  ftblab_status status = ftblab_run_program(arguments, true, input, output, &end, err);
  if (status != FTBLAB_OK)
    return status;
  if (end.absent != 0)
    return ftblab_fail(err, FTBLAB_EIO, "cannot start %s, which draws %s (Debian package %s): %s", arguments[0],
                       filter->what, filter->package, strerror(end.absent));
  if (!end.good)
    return ftblab_fail(err, FTBLAB_EIO, "%s could not draw %s; %s", arguments[0], filter->what, filter->instead);
  return FTBLAB_OK;
}
