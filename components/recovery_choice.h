/* recovery_choice.h - what the job scheduler answers to an offer of recovery (workflow FTLA.1, step 7): a pure
 * function of the offer and the queue. Private to components/.
 *
 * Each answer is weighed by the seconds that jobs wait for it: the job itself until it ends, and each job of the
 * queue until it starts, as far as that depends on the answer. A job of the queue starts as soon as enough nodes are
 * free; of jobs that run only the one in question is known to end. The answer with the fewest seconds is taken; of
 * several equal ones the first in the order SPARE, NOSPARE, CHECKPOINT, CLEANUP. */
#ifndef FTBLAB_RECOVERY_CHOICE_H
#define FTBLAB_RECOVERY_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#define FTBLAB_MOST_NEW_NODES 8

/* Walltimes in seconds; below 0: not offered. */
typedef struct ftblab_recovery_offer {
  double no_new_nodes;
  double new_nodes[FTBLAB_MOST_NEW_NODES + 1]; /* by their number; [0] is not used */
  double checkpoint;
  double spent;      /* that the job has run */
  int wanted, alive; /* nodes: at its launch, and now */
} ftblab_recovery_offer;

typedef struct ftblab_waiting_job {
  int nodes;
  double walltime;
} ftblab_waiting_job;

typedef struct ftblab_queue_view {
  int free; /* nodes that the job may get */
  const ftblab_waiting_job *jobs;
  size_t job_count;
  double weight; /* of a second of the queue against one of the job */
  double repair; /* seconds until a dead node is back */
} ftblab_queue_view;

typedef enum ftblab_recovery_answer {
  FTBLAB_ANSWER_SPARE,
  FTBLAB_ANSWER_NOSPARE,
  FTBLAB_ANSWER_CHECKPOINT,
  FTBLAB_ANSWER_CLEANUP
} ftblab_recovery_answer;
#define FTBLAB_RECOVERY_ANSWERS 4

typedef struct ftblab_recovery_choice {
  ftblab_recovery_answer answer;
  int new_nodes;                           /* with SPARE */
  double seconds[FTBLAB_RECOVERY_ANSWERS]; /* that each answer costs; below 0: it is not possible */
} ftblab_recovery_choice;

ftblab_recovery_choice ftblab_choose_recovery(const ftblab_recovery_offer *offer, const ftblab_queue_view *queue);

#endif
