/* b13_trace.c - instances of B.1.3, record by record. Which instance goes on is drawn; each goes through its rows in an
 * order that the table allows. */
#include "b13_trace.h"

#include <stdlib.h>
#include <string.h>

typedef enum payload_kind { NODE, NODE_JOB, NODE_JOB_RANKS } payload_kind;

typedef struct row {
  const char *component, *action, *event;
  payload_kind payload;
} row;

/* B.1.3 with its facts, in an order that its table allows. */
static const row rows[] = {
    {"site", "fact", "JOB_STARTED", NODE_JOB_RANKS},
    {"site", "fact", "NODE_FAILED", NODE},
    {"Monitoring System", "throw", "CHECK_NODES_DEAD", NODE},
    {"RM/JS", "catch", "CHECK_NODES_DEAD", NODE},
    {"Autonomic Script", "catch", "CHECK_NODES_DEAD", NODE},
    {"Autonomic Script", "throw", "CONFIRM_NODES_DEAD", NODE},
    {"RM/JS", "catch", "CONFIRM_NODES_DEAD", NODE},
    {"Monitoring System", "catch", "CONFIRM_NODES_DEAD", NODE},
    {"Autonomic Script", "catch", "CONFIRM_NODES_DEAD", NODE},
    {"RM/JS", "throw", "RM_JOBS_DEAD", NODE_JOB},
    {"MPI", "catch", "RM_JOBS_DEAD", NODE_JOB},
    {"MPI", "throw", "MPI_RANKS_DEAD", NODE_JOB_RANKS},
    {"Application", "catch", "MPI_RANKS_DEAD", NODE_JOB_RANKS},
    {"site", "fact", "NODE_RETURNED", NODE},
    {"Autonomic Script", "throw", "CONFIRM_NODES_ALIVE", NODE},
    {"RM/JS", "catch", "CONFIRM_NODES_ALIVE", NODE},
    {"Monitoring System", "catch", "CONFIRM_NODES_ALIVE", NODE},
    {"RM/JS", "throw", "RM_JOBS_RUNNING", NODE_JOB},
    {"MPI", "catch", "RM_JOBS_RUNNING", NODE_JOB},
    {"Application", "catch", "RM_JOBS_RUNNING", NODE_JOB},
};
enum { FIRST_LOST = 3 }; /* of the rows one of which is lost in a broken instance: behind the trigger */

typedef struct instance {
  unsigned long number;
  size_t next, lost; /* rows; lost is behind the last where nothing is */
} instance;

static void begin_instance(instance *i, unsigned long number, double broken, ftblab_random *random)
{
  bool lacks = ftblab_random_uniform(random) < broken;
  size_t lost = FIRST_LOST + (size_t)ftblab_random_below(random, FTBLAB_COUNT(rows) - FIRST_LOST);
  *i = (instance){.number = number, .lost = lacks ? lost : FTBLAB_COUNT(rows)};
}

/* Keys and marks as `ftblab run --trace` writes them. */
static void write_record(FILE *file, const row *r, const instance *i, unsigned long line)
{
  unsigned long n = i->number, rank = 8 * (n % 16);
  fprintf(file, "{\"t\": %lu.%06lu, \"component\": \"%s\", \"action\": \"%s\", \"event\": \"%s\", \"payload\": ",
          1000 + line / 1000, 1000 * (line % 1000) + n % 1000, r->component, r->action, r->event);
  if (r->payload == NODE)
    fprintf(file, "\"nodes: {n%lu}\"", n);
  else if (r->payload == NODE_JOB)
    fprintf(file, "\"nodes: {n%lu}, jobs: {j%lu}\"", n, n);
  else
    fprintf(file, "\"nodes: {n%lu}, jobs: {j%lu}, ranks: {%lu-%lu}\"", n, n, rank, rank + 7);
  fprintf(file, ", \"seq\": %lu}\n", line);
}

static bool write_records(FILE *file, const ftblab_b13_trace *trace, instance *open)
{
  ftblab_random random;
  ftblab_random_seed(&random, 1, "bench_check");
  unsigned long instances = 0, line = 0;
  fprintf(file, "{\"ftblab_trace\": 1, \"source\": \"bench_check\", \"observes\": [\"throw\", \"catch\"]}\n");
  for (unsigned long i = 0; i < trace->open; i++)
    begin_instance(&open[i], ++instances, trace->broken, &random);
  while (line < trace->records) {
    instance *i = &open[ftblab_random_below(&random, trace->open)];
    while (i->next < FTBLAB_COUNT(rows) &&
           (i->next == i->lost || (!trace->facts && strcmp(rows[i->next].action, "fact") == 0)))
      i->next++;
    if (i->next < FTBLAB_COUNT(rows))
      write_record(file, &rows[i->next++], i, ++line);
    if (i->next >= FTBLAB_COUNT(rows))
      begin_instance(i, ++instances, trace->broken, &random);
  }
  return !ferror(file);
}

bool ftblab_b13_write(FILE *file, const ftblab_b13_trace *trace)
{
  instance *open = malloc(trace->open * sizeof *open);
  bool good = open != NULL && write_records(file, trace, open);
  free(open);
  return good;
}
