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
const char *ftblab_parameter_word(const ftblab_component *self, const char *name);

/* Is NODE one of JOB's? */
bool ftblab_job_has_node(const ftblab_job *job, int node);

/* Does MPI play LIBRARY ("mvapich2")? */
bool ftblab_plays(const ftblab_component *self, const char *library);

/* The nodes that the parameter "spares" names, none if there is no such parameter, in its order. FTBLAB_EINPUT: a name
 * is no node's. */
int ftblab_spare_count(const ftblab_component *self);
int ftblab_spare(ftblab_component *self, int place); /* -1: there are not so many */
ftblab_status ftblab_check_spares(ftblab_component *self, ftblab_error *err);

/* The note "BEFORE ranks 4-7AFTER", said with NOTE (the world's note or note_throw). RANKS ascend. */
typedef void ftblab_note(ftblab_component *self, const char *format, ...);
void ftblab_note_ranks(ftblab_component *self, ftblab_note *note, const char *before, const int64_t *ranks, int count,
                       const char *after);

/* Does any job, or SELF's, want to be suspended or moved when its node is predicted to fail? */
bool ftblab_jobs_answer_predictions(ftblab_component *self);
/* Do all jobs say that they want nothing done then? */
bool ftblab_jobs_ignore_predictions(ftblab_component *self);

/* How many ranks the job of SELF has, living or blank. */
int ftblab_rank_count(const ftblab_component *self);

/* What is thrown for a set of ranks. */
typedef struct ftblab_rank_announcement {
  const char *event;
  const char *head;           /* the payload before the ranks: "jobs: {j1}"; "" for none */
  const char *before, *after; /* the note around the ranks */
  uint64_t in_response_to;    /* id of a delivery, or 0 */
} ftblab_rank_announcement;

/* Throw it for RANKS, which ascend: one event, or as few as FTBLAB_PAYLOAD_LIMIT asks for. None for no ranks. */
void ftblab_announce_ranks(ftblab_component *self, const ftblab_rank_announcement *announcement, const int64_t *ranks,
                           int count);
/* Throw EVENT with the payload "jobs: {JOB}". */
void ftblab_announce_job(ftblab_component *self, const char *event, const ftblab_job *job, uint64_t in_response_to);
/* The user's checks of section 2.1 by hand: the action "check-jobs" throws CHECK_JOBS_DEAD for the job, "check-ranks"
 * CHECK_RANKS_DEAD for its ranks on NODE (-1: all of them). Whoever can throw them registers for the answers. */
void ftblab_check_by_hand(ftblab_component *self, const char *action, int node, int job);
ftblab_status ftblab_register_answers(ftblab_component *self, ftblab_error *err);
/* Append "KEY: WORD" to TEXT, as the standard prints a single value. */
void ftblab_add_value(ftblab_text *text, const char *key, const char *word);
/* The first word that PAYLOAD has under KEY; its data is NULL: none. */
ftblab_slice ftblab_word_under(const ftblab_payload *payload, const char *key);
/* The node that PAYLOAD names under KEY; -1: none, or one that nobody knows. */
int ftblab_node_under(ftblab_component *self, const ftblab_payload *payload, const char *key);

#endif
