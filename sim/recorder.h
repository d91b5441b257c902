/* recorder.h - writes the trace: numbers records, holds them back until their notes are complete, hands them on.
 *
 * Private to sim/. While a handler of a component runs, what it causes is held, so that it may still say what it
 * does (a note) about the event that it caught. Records leave in the order in which they were added. */
#ifndef FTBLAB_RECORDER_H
#define FTBLAB_RECORDER_H

#include <stdarg.h>
#include <string.h>

#include "sim.h"

typedef struct ftblab_recorder ftblab_recorder;

/* Called for each record as it is added; its note is not complete then. */
typedef void ftblab_record_watcher(void *argument, const ftblab_record *record);

ftblab_status ftblab_recorder_new(ftblab_record_sink *sink, void *sink_argument, ftblab_record_watcher *watcher,
                                  void *watcher_argument, ftblab_recorder **recorder, ftblab_error *err);
void ftblab_recorder_free(ftblab_recorder *recorder); /* drops what is still held */

/* Add RECORD and return its number, from 1; 0: no memory. Payload and note are copied; instance and host must live
 * until the record has left, all other texts as long as the recorder: records are numbered by them (frame), so that who
 * takes many need not compare them. */
uint64_t ftblab_recorder_add(ftblab_recorder *recorder, const ftblab_record *record);
/* Append FORMAT with its VALUES to the note of the held record NUMBER. FTBLAB_EINTERNAL: it is not held. */
ftblab_status ftblab_recorder_note(ftblab_recorder *recorder, uint64_t number, const char *format, va_list values,
                                   ftblab_error *err) FTBLAB_PRINTF(3, 0);
/* Hand everything that is held to the sink. The sink's error, or FTBLAB_ENOMEM if a record was lost. */
ftblab_status ftblab_recorder_flush(ftblab_recorder *recorder, ftblab_error *err);
uint64_t ftblab_recorder_count(const ftblab_recorder *recorder); /* records added so far */

/* A slice of a C string; NULL gives an absent one. */
static inline ftblab_slice ftblab_slice_of(const char *string)
{
  return (ftblab_slice){.data = string, .length = string == NULL ? 0 : strlen(string)};
}

#endif
