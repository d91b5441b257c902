/* trace_read.h - what the checker and the tests may ask of the trace reader beyond conformance.h. Private to
 * conformance/. */
#ifndef FTBLAB_TRACE_READ_H
#define FTBLAB_TRACE_READ_H

#include "conformance.h"

#define FTBLAB_FRAME_LIMIT 4096 /* chosen: hundreds of events with their roles and actions, in several layouts */

/* As ftblab_trace_reader_next. *FRAME: the number of the record's frame, from 1 to below FTBLAB_FRAME_LIMIT; 0: it has
 * none. In records of one number component, action, event, channel, severity, type and space are the same, and these
 * slices live as long as the reader. A number never comes to mean something else. */
ftblab_status ftblab_trace_reader_next_framed(ftblab_trace_reader *reader, ftblab_record *record, uint32_t *frame,
                                              bool *more, ftblab_error *err);

/* For tests, before the first record: how many bytes to read at once, and whether to learn frames. */
void ftblab_trace_reader_set_block(ftblab_trace_reader *reader, size_t bytes);
void ftblab_trace_reader_set_learning(ftblab_trace_reader *reader, bool learning);

#endif
