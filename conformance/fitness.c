/* fitness.c - how well a trace fits, as one figure from 0 to 1.
 *
 * The fitness of alignments (van der Aalst, Adriansyah, van Dongen: Replaying history on process models, WIREs Data
 * Mining and Knowledge Discovery 2012) is 1 - cost / worst cost. The cost of an alignment here is its violations, 1
 * each; the worst that can happen is that every row asked for is missing and every record beside them is blamed. */
#include <string.h>

#include "verdict.h"

typedef struct tally {
  size_t violations, asked;
} tally;

static bool is_asked_for(const char *status)
{
  return strcmp(status, "ok") == 0 || strcmp(status, "missing") == 0 || strcmp(status, "misordered") == 0;
}

/* A finding about a record that satisfies no row. */
static bool is_extra(const ftblab_violation *v)
{
  return v->row == NULL || strcmp(v->kind, "duplicate") == 0 || strcmp(v->kind, "unexpected") == 0;
}

static void add_instance(const ftblab_instance_result *in, tally *sum)
{
  for (size_t r = 0; r < in->workflow->row_count; r++)
    sum->asked += is_asked_for(in->steps[r].status);
  for (size_t i = 0; i < in->violation_count; i++)
    sum->asked += is_extra(&in->violations[i]);
  sum->violations += in->violation_count;
}

static double fitness_of(tally sum)
{
  if (sum.asked == 0)
    return -1;
  return sum.violations >= sum.asked ? 0 : 1 - (double)sum.violations / (double)sum.asked;
}

double ftblab_instance_fitness(const ftblab_instance_result *in)
{
  tally sum = {0};
  add_instance(in, &sum);
  return fitness_of(sum);
}

size_t ftblab_instance_asked(const ftblab_instance_result *in)
{
  tally sum = {0};
  add_instance(in, &sum);
  return sum.asked;
}

double ftblab_verdict_fitness(const ftblab_verdict *verdict)
{
  tally sum = {.violations = verdict->violation_count, .asked = verdict->violation_count};
  for (size_t i = 0; i < verdict->instance_count; i++)
    add_instance(&verdict->instances[i], &sum);
  for (size_t w = 0; verdict->tallies != NULL && w < verdict->spec->workflow_count; w++) {
    sum.violations += verdict->tallies[w].violations;
    sum.asked += verdict->tallies[w].asked;
  }
  sum.violations += verdict->unlisted;
  sum.asked += verdict->unlisted;
  return fitness_of(sum);
}
