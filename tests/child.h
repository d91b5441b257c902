/* child.h - a test body in a process of its own, because SimGrid runs one simulation a process. */
#ifndef FTBLAB_TEST_CHILD_H
#define FTBLAB_TEST_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures; /* of this child */

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                                    \
      failures++;                                                                                                      \
    }                                                                                                                  \
  } while (0)

/* Run BODY in a child; true if all its checks held. A child that is killed by a signal did not. */
static bool holds_in_child(void (*body)(void))
{
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    body();
    fflush(NULL);
    exit(failures > 0); /* not _exit: a leak checker looks at exit */
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
