/* heat.h - the application's side of its checkpoint files (workflow HEAT.1). Private to components/.
 *
 * An application of kind heat takes its checkpoints itself, if it likes when the file system says that it is idle. When
 * the file system has lost parts of them it has the parts made again, in the way that costs it the least of those that
 * can be gone and that it may go. What cannot be made again the next checkpoint replaces. */
#ifndef FTBLAB_HEAT_H
#define FTBLAB_HEAT_H

#include "role.h"

/* Tags of its timers: from here on. */
enum { FTBLAB_TIMER_SAVE = 200, FTBLAB_TIMER_IDLE_WAIT, FTBLAB_TIMER_RECOMPUTED, FTBLAB_TIMER_TAKE_OVER };

typedef enum ftblab_heat_step {
  FTBLAB_HEAT_COMPUTES,
  FTBLAB_HEAT_WAITS,     /* for an idle file system */
  FTBLAB_HEAT_SAVES,     /* a checkpoint is being taken */
  FTBLAB_HEAT_RECOMPUTES /* once all ranks stand still */
} ftblab_heat_step;

/* Ways to whole files again. */
typedef enum ftblab_heat_way {
  FTBLAB_BY_NEIGHBOURS,
  FTBLAB_BY_PARITY,
  FTBLAB_BY_RECOMPUTING,
  FTBLAB_BY_RENEWING, /* another checkpoint takes their place */
  FTBLAB_BY_WAITING,  /* so does the next, in its time */
  FTBLAB_HEAT_WAYS
} ftblab_heat_way;

typedef enum ftblab_heat_file {
  FTBLAB_FILE_WHOLE,
  FTBLAB_FILE_HARMED,
  FTBLAB_FILE_IN_WORK,
  FTBLAB_FILE_LOST_MORE, /* while it was in work */
  FTBLAB_FILE_REBUILT
} ftblab_heat_file;

typedef struct ftblab_heat {
  bool on, waits_for_idle;
  double interval, idle_wait, idle_chance, mtbf;
  bool allowed[FTBLAB_HEAT_WAYS], tried[FTBLAB_HEAT_WAYS]; /* TRIED: in vain, since the last news of a loss */
  ftblab_heat_way way;                                     /* that is gone now, while files are in work */
  ftblab_heat_step step;
  bool held;
  ftblab_heat_file *files; /* by rank */
  int in_work;
  uint64_t timer;
  double due;               /* date of the next checkpoint */
  double marked;            /* date from which iterations are counted; below 0: they are not */
  int marked_progress;      /* how many were done then */
  double iteration_seconds; /* measured; 0: not yet */
} ftblab_heat;

/* Is JOB of kind heat? */
bool ftblab_is_heat(const ftblab_job *job);

/* If SELF's job is of kind heat, register and begin. ftblab_heat_free() is due in any case. */
ftblab_status ftblab_heat_start(ftblab_heat *heat, ftblab_component *self, ftblab_error *err);
void ftblab_heat_free(ftblab_heat *heat);

/* Handlers of SELF; those that do not concern it are no error. */
void ftblab_heat_event(ftblab_heat *heat, ftblab_component *self, const ftblab_delivery *event);
void ftblab_heat_error(ftblab_heat *heat, ftblab_component *self);
void ftblab_heat_held(ftblab_heat *heat, ftblab_component *self);
void ftblab_heat_timer(ftblab_heat *heat, ftblab_component *self, int tag);
void ftblab_heat_saved(ftblab_heat *heat, ftblab_component *self, bool good, const char *why);
void ftblab_heat_restarted(ftblab_heat *heat, ftblab_component *self, bool good);
void ftblab_heat_rebuilt(ftblab_heat *heat, ftblab_component *self, int rank, bool good, const char *why);

#endif
