/* failures.c - the failures of a machine in order: the next one of every part in a heap, the earliest on top.
 *
 * A part that fails starts anew when its repair ends; the others go on as they are. Parts with an exponential law and
 * no repair times need no heap: together they are one part that fails so much more often, and any of them is meant. */
#include "laws.h"

#include <math.h>
#include <stdlib.h>

/* What the seed of a part's stream differs by from its neighbour's: odd, and far apart (2^64 / golden ratio). */
#define SEED_STEP UINT64_C(0x9E3779B97F4A7C15)

typedef struct part {
  double date; /* of its next failure */
  size_t number;
  ftblab_random random;
} part;

struct ftblab_failures {
  ftblab_failures_config config;
  bool merged; /* one stream for all parts */
  part *heap;  /* COUNT of them */
  size_t count;
  size_t replayed; /* of a replay */
  double shift;
};

/* ---- a heap ---------------------------------------------------------------------------------------------------- */

/* Equal dates come in the order of the parts. */
static bool is_earlier(const part *a, const part *b)
{
  return a->date < b->date || (a->date == b->date && a->number < b->number);
}

/* HEAP[I] may be later than those below it: let it sink. */
static void sink(part *heap, size_t count, size_t i)
{
  part moved = heap[i];
  for (;;) {
    size_t below = 2 * i + 1;
    if (below + 1 < count && is_earlier(&heap[below + 1], &heap[below]))
      below++;
    if (below >= count || !is_earlier(&heap[below], &moved))
      break;
    heap[i] = heap[below];
    i = below;
  }
  heap[i] = moved;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

ftblab_status ftblab_failures_new(const ftblab_failures_config *config, ftblab_failures **failures, ftblab_error *err)
{
  ftblab_failures *result = calloc(1, sizeof *result);
  if (result == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for failures");
  result->config = *config;
  result->merged = config->law.kind == FTBLAB_LAW_EXPONENTIAL && config->repair.kind == FTBLAB_LAW_NONE;
  result->count = result->merged || config->law.kind == FTBLAB_LAW_REPLAY ? 1 : config->parts;
  result->heap = calloc(result->count, sizeof *result->heap);
  if (result->heap == NULL) {
    free(result);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the failures of %zu parts", config->parts);
  }
  *failures = result;
  return FTBLAB_OK;
}

void ftblab_failures_free(ftblab_failures *failures)
{
  if (failures == NULL)
    return;
  free(failures->heap);
  free(failures);
}

static double first_date(const ftblab_failures_config *config, ftblab_random *random)
{
  switch (config->age) {
  case FTBLAB_AGE_STATIONARY:
    return ftblab_law_sample_stationary(&config->law, random);
  case FTBLAB_AGE_NEW:
    return ftblab_law_sample(&config->law, random);
  case FTBLAB_AGE_GIVEN:
    break;
  }
  return ftblab_law_sample_residual(&config->law, config->given_age, random);
}

/* Mean gap of a replay of at least two dates. */
static double replay_mean(const ftblab_law *law)
{
  return law->date_count < 2 ? INFINITY
                             : (law->dates[law->date_count - 1] - law->dates[0]) / (double)(law->date_count - 1);
}

/* After this a rotating replay begins again: one more mean gap behind its last date. */
static double replay_period(const ftblab_law *law)
{
  return law->dates[law->date_count - 1] - law->dates[0] + replay_mean(law);
}

static void start_replay(ftblab_failures *failures, ftblab_random *random)
{
  const ftblab_law *law = &failures->config.law;
  failures->replayed = 0;
  failures->shift = 0;
  if (!failures->config.rotate || law->date_count < 2)
    return;
  double from = law->dates[0] + ftblab_random_uniform(random) * replay_period(law);
  while (failures->replayed < law->date_count && law->dates[failures->replayed] < from)
    failures->replayed++;
  failures->shift = -from;
}

void ftblab_failures_start(ftblab_failures *failures, uint64_t seed)
{
  const ftblab_failures_config *config = &failures->config;
  for (size_t i = 0; i < failures->count; i++) {
    part *new = &failures->heap[i];
    new->number = i;
    ftblab_random_seed(&new->random, seed + i * SEED_STEP, config->source);
    if (config->law.kind == FTBLAB_LAW_REPLAY)
      start_replay(failures, &new->random);
    else if (failures->merged)
      new->date = ftblab_random_exponential(&new->random, config->law.scale / (double)config->parts);
    else
      new->date = first_date(config, &new->random);
  }
  for (size_t i = failures->count / 2; i-- > 0;)
    sink(failures->heap, failures->count, i);
}

/* ---- one by one -------------------------------------------------------------------------------------------------- */

static ftblab_failure next_replayed(ftblab_failures *failures)
{
  const ftblab_law *law = &failures->config.law;
  if (failures->config.rotate && law->date_count > 1 && failures->replayed == law->date_count) {
    failures->replayed = 0;
    failures->shift += replay_period(law);
  }
  if (failures->replayed == law->date_count)
    return (ftblab_failure){.date = INFINITY, .back = INFINITY};
  double date = law->dates[failures->replayed++] + failures->shift;
  double repair = failures->config.repair.kind == FTBLAB_LAW_NONE
                      ? 0
                      : ftblab_law_sample(&failures->config.repair, &failures->heap[0].random);
  return (ftblab_failure){.date = date, .back = date + repair};
}

static ftblab_failure next_merged(ftblab_failures *failures)
{
  part *all = &failures->heap[0];
  size_t parts = failures->config.parts;
  ftblab_failure failure = {.date = all->date, .back = all->date};
  failure.part = parts > 1 ? (size_t)ftblab_random_below(&all->random, parts) : 0;
  all->date += ftblab_random_exponential(&all->random, failures->config.law.scale / (double)parts);
  return failure;
}

ftblab_failure ftblab_failures_next(ftblab_failures *failures)
{
  const ftblab_failures_config *config = &failures->config;
  if (config->law.kind == FTBLAB_LAW_REPLAY)
    return next_replayed(failures);
  if (failures->merged)
    return next_merged(failures);
  part *top = &failures->heap[0];
  ftblab_failure failure = {.date = top->date, .back = top->date, .part = top->number};
  if (isinf(top->date))
    return failure;
  if (config->repair.kind != FTBLAB_LAW_NONE)
    failure.back += ftblab_law_sample(&config->repair, &top->random);
  top->date = failure.back + ftblab_law_sample(&config->law, &top->random);
  sink(failures->heap, failures->count, 0);
  return failure;
}

double ftblab_failures_mean(const ftblab_failures *failures)
{
  const ftblab_failures_config *config = &failures->config;
  if (config->law.kind == FTBLAB_LAW_REPLAY)
    return replay_mean(&config->law);
  double repair = config->repair.kind == FTBLAB_LAW_NONE ? 0 : ftblab_law_mean(&config->repair);
  return (ftblab_law_mean(&config->law) + repair) / (double)config->parts;
}
