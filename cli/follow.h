/* follow.h - check --follow: a trace that grows, and what is wrong in it told as soon as it is certain. */
#ifndef FTBLAB_FOLLOW_H
#define FTBLAB_FOLLOW_H

#include "judging.h"

typedef struct ftblab_follow ftblab_follow;
/* STREAM is READER's; NAME is what findings are told under. What JUDGING excuses is not told. From now on SIGINT and
 * SIGTERM end the trace, not the program. */
ftblab_status ftblab_follow_new(FILE *stream, ftblab_trace_reader *reader, const char *name,
                                const ftblab_judging *judging, ftblab_follow **follow, ftblab_error *err);
void ftblab_follow_free(ftblab_follow *follow);
/* The reader has no more for now: wait for more. *MORE false: the trace has ended. CHECKER may be NULL. FTBLAB_EINPUT:
 * the file became shorter, so that no more of it can be read. */
ftblab_status ftblab_follow_wait(ftblab_follow *follow, ftblab_checker *checker, bool *more, ftblab_error *err);
/* A record was added: if nothing else waits to be read, tell what is certain. */
ftblab_status ftblab_follow_added(ftblab_follow *follow, ftblab_checker *checker, ftblab_error *err);
/* The last line that was read is one that a signal to stop found half written. */
bool ftblab_follow_broke_off(const ftblab_follow *follow);

#endif
