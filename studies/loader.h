/* loader.h - a process that has a platform loaded and forks a child for each replica on it. Private to studies/.
 *
 * Tasks go to it through one pipe, results come back through another, in the order in which replicas end. It ends when
 * the pipe of tasks is closed, and takes its children with it; so it does when the process that started it dies. */
#ifndef FTBLAB_LOADER_H
#define FTBLAB_LOADER_H

#include <sys/types.h>

#include "replica.h"

/* So many tasks may be done by one child, if the replicas can be run one after the other in a process. */
#define FTBLAB_LOADER_BATCH 16

typedef struct ftblab_loader {
  pid_t pid;          /* 0: not started */
  int tasks, results; /* ends of the pipes here */
  size_t outstanding; /* tasks given and not answered */
  ftblab_text bytes;  /* of results, not read yet */
} ftblab_loader;

typedef struct ftblab_loader_config {
  const ftblab_study *study;
  const ftblab_spec *spec;
  uint64_t point; /* one of those that run on the platform */
  size_t jobs;    /* children at once */
  double time_limit;
  const ftblab_loader *others; /* whose pipes the process must not keep open */
  size_t other_count;
} ftblab_loader_config;

ftblab_status ftblab_loader_start(const ftblab_loader_config *config, ftblab_loader *loader, ftblab_error *err);
ftblab_status ftblab_loader_give(ftblab_loader *loader, ftblab_task task, ftblab_error *err);
/* Close the pipes and wait for its end. */
void ftblab_loader_end(ftblab_loader *loader);

#endif
