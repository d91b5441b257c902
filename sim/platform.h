/* platform.h - is a file a platform that SimGrid can be asked to read? Private to sim/. */
#ifndef FTBLAB_PLATFORM_H
#define FTBLAB_PLATFORM_H

#include "base.h"

/* FTBLAB_EINPUT: no such file, or "FILE:LINE:COLUMN: reason" where it is not well-formed, not a platform, or of a
 * version that SimGrid 3.32 does not read. SimGrid itself would abort. */
ftblab_status ftblab_platform_check(const char *path, ftblab_error *err);

#endif
