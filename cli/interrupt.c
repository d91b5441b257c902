/* interrupt.c - a signal that ends the program while a file is being written removes the file's temporary. What must
 * hold: the handler calls nothing that is not async-signal-safe, and the program then ends by the same signal, so that
 * a shell sees it. */
#include "command.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A handler can reach nothing but variables of the program. */
static const char *volatile guarded;

static const int watched_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

static void remove_and_end(int signal_number)
{
  if (guarded)
    unlink(guarded);
  raise(signal_number); /* its action is the default again: SA_RESETHAND */
}

void ftblab_interrupt_guard(const ftblab_output *output)
{
  struct sigaction action, old;
  guarded = ftblab_output_temporary(output);
  memset(&action, 0, sizeof action);
  action.sa_handler = remove_and_end;
  action.sa_flags = (int)SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < FTBLAB_COUNT(watched_signals); i++)
    if (sigaction(watched_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(watched_signals[i], &action, NULL);
}

void ftblab_interrupt_release(void)
{
  guarded = NULL;
}
