/* start.h - the first records of a trace, kept until it is known how it is judged. Private to conformance/. */
#ifndef FTBLAB_START_H
#define FTBLAB_START_H

#include "check.h"

#define START_LIKES 128 /* places where a like record is looked for; chosen */

typedef struct start_record start_record;

/* Zeros are an empty one. */
typedef struct start_records {
  arena memory;
  pointers blocks; /* of records */
  size_t count;
  char *text; /* where the next payload goes */
  size_t text_left;
  const ftblab_record *likes[START_LIKES];
} start_records;

/* False: no memory. */
bool ftblab_start_keep(start_records *start, const ftblab_record *record);
/* Call TAKE with each in turn, until it fails. */
typedef ftblab_status ftblab_start_take(void *argument, const ftblab_record *record, ftblab_error *err);
ftblab_status ftblab_start_replay(const start_records *start, ftblab_start_take *take, void *argument,
                                  ftblab_error *err);
void ftblab_start_free(start_records *start); /* empty again */

#endif
