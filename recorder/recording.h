/* recording.h - writes what a live system says of its faults as a trace: the events of a Fault Tolerance Backplane
 * through the user's own libftb, or those of PMIx through libpmix. Both are loaded at run time.
 *
 * The foreign library runs in a child process: whatever it does (ends its process, crashes, blocks for a minute), what
 * was recorded is safe and the recording goes on with a new child. Each line of the trace is in the file as soon as its
 * event came, and the file never ends in half a line. One recording at a time in a process. */
#ifndef FTBLAB_RECORDING_H
#define FTBLAB_RECORDING_H

#include <signal.h>

#include "conformance.h"

typedef enum ftblab_recording_source { FTBLAB_RECORD_FTB, FTBLAB_RECORD_PMIX } ftblab_recording_source;

/* One more rule for who a publisher is: all events of this event space, or of all spaces below it. */
typedef struct ftblab_recording_role {
  const char *space; /* "ftb.rm.slurm", or "ftb.rm" for what begins so */
  const char *component;
} ftblab_recording_role;

typedef struct ftblab_recording_options {
  ftblab_recording_source source;
  const char *library;      /* what dlopen gets; NULL: libftb.so, libpmix.so.2 */
  const char *output;       /* "-": standard output */
  bool as_lines;            /* FTB: a line an event, as the dialect ftb-payload reads it, and not a trace */
  bool append;              /* go on with OUTPUT, which may be there already */
  bool wait;                /* the first connection may fail as well: try until there is one */
  const char *subscription; /* FTB: which events, as FTB_Subscribe takes it; "": all of them */
  const char *space;        /* FTB: the recorder's own event space, client name and job */
  const char *client;
  const char *jobid;
  long server;      /* PMIx: the process that is to be connected to; 0: the one that libpmix finds */
  uint64_t count;   /* end after so many events; 0: do not */
  int64_t duration; /* end after so many nanoseconds; 0: do not */
  const ftblab_recording_role *roles;
  size_t role_count;
  const volatile sig_atomic_t *stop;              /* not 0: end; asked at least every quarter of a second */
  volatile sig_atomic_t *wants_report;            /* not 0: tell how far it is, make the file safe, set it to 0 */
  void (*say)(void *argument, const char *words); /* words for the user, a line without its end */
  void *say_argument;
} ftblab_recording_options;

typedef struct ftblab_recording_result {
  uint64_t events;      /* written */
  uint64_t lost;        /* that a gap in a publisher's numbers or a full queue tells of */
  uint64_t connections; /* that were made, the first one included */
  uint64_t lines;       /* of the output, as far as this recording wrote it */
} ftblab_recording_result;

/* Record until it is told to end. RESULT is set whatever comes. FTBLAB_EINPUT: the library cannot be loaded or is none;
 * FTBLAB_EUSAGE: OUTPUT is there already, or a name is one that FTB does not take; FTBLAB_EIO: no first connection, or
 * the output cannot be written: the text says what is saved. */
ftblab_status ftblab_recording_run(const ftblab_recording_options *options, ftblab_recording_result *result,
                                   ftblab_error *err);

#endif
