/* frames.h - what the lines of a trace have in common, learnt while reading. Private to conformance/.
 *
 * A frame is a line without the values that vary: t, seq, cause, payload, instance, host, note, and plain values of
 * unknown keys. Lines of one frame have the same bytes between these values, so a line that matches a learnt frame
 * needs no parsing there. The spans form a tree: behind the first span comes a value, behind it one of the spans that
 * followed so far, and so on. What is learnt is never forgotten or changed, and has a limit. */
#ifndef FTBLAB_FRAMES_H
#define FTBLAB_FRAMES_H

#include "trace_read.h"

/* A value that varies. */
typedef enum ftblab_vary {
  FTBLAB_VARY_T,
  FTBLAB_VARY_SEQ,
  FTBLAB_VARY_CAUSE,
  FTBLAB_VARY_PAYLOAD,
  FTBLAB_VARY_INSTANCE,
  FTBLAB_VARY_HOST,
  FTBLAB_VARY_NOTE,
  FTBLAB_VARY_STRING, /* of an unknown key */
  FTBLAB_VARY_NUMBER, /* of an unknown key */
  FTBLAB_VARY_END     /* none: the line ends */
} ftblab_vary;

/* Where it stands in its line: a number from its first byte to its last, a string between its quotes. */
typedef struct ftblab_vary_place {
  ftblab_vary vary;
  size_t start, end;
} ftblab_vary_place;

#define FTBLAB_VARY_LIMIT 16 /* a line with more is not learnt; chosen: the seven known and as many unknown */

typedef struct ftblab_frames ftblab_frames;
ftblab_frames *ftblab_frames_new(void); /* NULL: no memory */
void ftblab_frames_free(ftblab_frames *frames);

/* The line at AT, if it is whole before END and of a learnt frame: its record (all but its line number), its frame's
 * number, and the place behind its newline. NULL: it is not, RECORD says nothing. Zeros follow END, see quick.h. */
const char *ftblab_frames_match(ftblab_frames *frames, const char *at, const char *end, ftblab_record *record,
                                uint32_t *frame);

/* LINE, newline included, was parsed as RECORD, its values stand at PLACES in this order. Learns its frame if there is
 * room; then *FRAME is its number and what is constant in RECORD points into the frame; else *FRAME is 0. False: no
 * memory. */
bool ftblab_frames_learn(ftblab_frames *frames, ftblab_slice line, const ftblab_vary_place *places, size_t count,
                         ftblab_record *record, uint32_t *frame);

#endif
