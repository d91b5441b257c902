/* bench_laws.c - how many runs of a job under failures one core simulates in a second: the mode without any cluster
 * behind it, for large sweeps. */
#include "laws.h"

#include <stdio.h>
#include <time.h>

#define EVENTS 1000 /* of each run: failures, restarts and checkpoints */
#define REPLICAS 5000
#define WANTED 2000 /* replicas a second */

static double processor_seconds(void)
{
  return (double)clock() / CLOCKS_PER_SEC;
}

/* Simulate REPLICAS runs under LAW for PARTS nodes; *EVENTS_EACH counts what happened in one on average. */
static ftblab_status simulate(const ftblab_law *law, size_t parts, double *seconds, double *events_each)
{
  ftblab_failures_config config = {.law = *law, .parts = parts, .source = "node"};
  ftblab_checkpointed job = {.interval = 1200, .costs = {.checkpoint = 60, .restart = 60, .downtime = 60}};
  ftblab_failures *failures = NULL;
  ftblab_history *history = NULL;
  ftblab_account account;
  double events = 0, start = processor_seconds();
  job.work = 0.6 * EVENTS * job.interval;
  ftblab_status status = ftblab_failures_new(&config, &failures, NULL);
  if (status == FTBLAB_OK)
    status = ftblab_history_new(failures, NULL, &history, NULL);
  for (uint64_t i = 0; i < REPLICAS && status == FTBLAB_OK; i++) {
    ftblab_history_start(history, i);
    status = ftblab_checkpointed_run(&job, history, &account, NULL);
    events += (double)(2 * account.failures + account.checkpoints);
  }
  *seconds = processor_seconds() - start;
  *events_each = events / REPLICAS;
  ftblab_history_free(history);
  ftblab_failures_free(failures);
  return status;
}

int main(void)
{
  static const struct {
    const char *name;
    ftblab_law law;
    size_t parts;
  } cases[] = {
      {"exponential, machine", {.kind = FTBLAB_LAW_EXPONENTIAL, .scale = 3600}, 1},
      {"Weibull, machine", {.kind = FTBLAB_LAW_WEIBULL, .scale = 2845, .shape = 0.7}, 1},
      {"Weibull, 128 nodes", {.kind = FTBLAB_LAW_WEIBULL, .scale = 128 * 2845.0, .shape = 0.7}, 128},
      {"gamma, machine", {.kind = FTBLAB_LAW_GAMMA, .scale = 7200, .shape = 0.5}, 1},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    double seconds, events;
    if (simulate(&cases[i].law, cases[i].parts, &seconds, &events) != FTBLAB_OK)
      return 1;
    double replicas = REPLICAS / seconds * events / EVENTS;
    printf("job under failures, %-21s %6.0f events a run, %7.0f runs of %d events a second and core (wanted: %d)\n",
           cases[i].name, events, replicas, EVENTS, WANTED);
  }
  return 0;
}
