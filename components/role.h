/* role.h - what all roles share: registrations as a table, parameters, ranks in notes. Private to components/. */
#ifndef FTBLAB_ROLE_H
#define FTBLAB_ROLE_H

#include "component.h"

/* A line of the standard's registration tables, and what the role does when the event comes. */
typedef struct ftblab_interest {
  const char *event;
  const char *keys[4]; /* of the registration's payload, up to the first NULL: {"nodes", "jobs"} is (node *: job z) */
  /* NULL: the table has the role register the event, but no row has it do anything (its own event, say). */
  void (*react)(ftblab_component *self, const ftblab_delivery *event);
} ftblab_interest;

/* Subscribe to all of them: each key to anything, but "jobs" of a component of a job to that job. FTBLAB_ENOMEM. */
ftblab_status ftblab_register(ftblab_component *self, const ftblab_interest *interests, size_t count,
                              ftblab_error *err);
/* Call the reaction to EVENT. */
void ftblab_react(ftblab_component *self, const ftblab_interest *interests, size_t count, const ftblab_delivery *event);

/* A parameter of SELF. It is there and of the right type: the schema demands it and the world applied defaults. */
double ftblab_parameter(const ftblab_component *self, const char *name);
bool ftblab_parameter_flag(const ftblab_component *self, const char *name);

/* The note "BEFORE ranks 4-7AFTER", said with NOTE (the world's note or note_throw). RANKS ascend. */
typedef void ftblab_note(ftblab_component *self, const char *format, ...);
void ftblab_note_ranks(ftblab_component *self, ftblab_note *note, const char *before, const int64_t *ranks, int count,
                       const char *after);

/* How many ranks the job of SELF has, living or blank, while it runs. */
int ftblab_rank_count(const ftblab_component *self);

#endif
