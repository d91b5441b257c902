/* trace_read.h - what the checker and the tests may ask of the trace reader beyond conformance.h. Private to
 * conformance/. */
#ifndef FTBLAB_TRACE_READ_H
#define FTBLAB_TRACE_READ_H

#include "conformance.h"

#define FTBLAB_FRAME_LIMIT                                                                                             \
  4096 /* numbers of frames are below it; chosen: hundreds of events with their roles and actions, in several layouts */

/* For tests, before the first record: how many bytes to read at once, and whether to learn frames. */
void ftblab_trace_reader_set_block(ftblab_trace_reader *reader, size_t bytes);
void ftblab_trace_reader_set_learning(ftblab_trace_reader *reader, bool learning);

#endif
