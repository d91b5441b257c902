/* progress.c - see progress.h. */
#include "progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_there(const ftblab_point_state *state, uint64_t replica)
{
  return replica < state->room && state->there[replica / 8] >> replica % 8 & 1;
}

static bool is_due(const ftblab_study *study, const ftblab_point_state *state, uint64_t replica)
{
  return !is_there(state, replica) && ftblab_study_in_share(study, state->share, state->point, replica);
}

/* Is the interval of the first COUNT replicas narrow enough? */
static ftblab_status is_narrow(ftblab_store *store, const ftblab_study *study, uint64_t point, uint64_t count,
                               bool *narrow, ftblab_error *err)
{
  const ftblab_rule *rule = &study->rule;
  double *values, mean;
  size_t rows, known = 0;
  ftblab_status status = ftblab_store_metrics(store, point, count, rule->metric, 1, &values, &rows, err);
  if (status != FTBLAB_OK)
    return status;
  for (size_t i = 0; i < rows; i++)
    if (!isnan(values[i]))
      values[known++] = values[i];
  double half = ftblab_half_width(ftblab_deviation(values, known, &mean), known);
  *narrow = known > 1 && half <= (rule->relative ? rule->half_width * fabs(mean) : rule->half_width);
  free(values);
  return FTBLAB_OK;
}

static void want(const ftblab_study *study, ftblab_point_state *state, uint64_t count)
{
  for (uint64_t replica = state->wanted; replica < count; replica++)
    state->missing += is_due(study, state, replica);
  state->wanted = count;
}

/* Nothing is missing: is it enough? */
static ftblab_status settle(ftblab_store *store, const ftblab_study *study, ftblab_point_state *state,
                            ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  while (status == FTBLAB_OK && !state->finished && state->missing == 0) {
    bool enough = state->wanted >= study->rule.maximum;
    if (!enough)
      status = is_narrow(store, study, state->point, state->wanted, &enough, err);
    if (status == FTBLAB_OK && enough)
      state->finished = true;
    else if (status == FTBLAB_OK)
      want(study, state, ftblab_rule_next(&study->rule, state->wanted));
  }
  return status;
}

typedef struct filling {
  ftblab_point_state *state;
  uint64_t found;
} filling;

static void mark(ftblab_point_state *state, uint64_t replica)
{
  if (replica < state->room)
    state->there[replica / 8] |= (unsigned char)(1U << replica % 8);
}

static void fill(void *argument, uint64_t replica)
{
  filling *f = argument;
  mark(f->state, replica);
  f->found++;
}

ftblab_status ftblab_point_open(ftblab_store *store, const ftblab_study *study, ftblab_share share, uint64_t point,
                                ftblab_point_state *state, uint64_t *found, ftblab_error *err)
{
  filling f = {.state = state};
  *state = (ftblab_point_state){.point = point, .share = share, .room = study->rule.maximum};
  state->there = calloc((size_t)(state->room / 8 + 1), 1);
  if (state->there == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for %llu replicas", (unsigned long long)state->room);
  ftblab_status status = ftblab_store_replicas(store, point, fill, &f, err);
  if (status == FTBLAB_OK) {
    want(study, state, study->rule.minimum);
    status = settle(store, study, state, err);
  }
  *found = f.found;
  if (status != FTBLAB_OK)
    ftblab_point_close(state);
  return status;
}

void ftblab_point_close(ftblab_point_state *state)
{
  free(state->there);
  state->there = NULL;
}

bool ftblab_point_take(const ftblab_study *study, ftblab_point_state *state, uint64_t *replica)
{
  while (state->next < state->wanted && !is_due(study, state, state->next))
    state->next++;
  if (state->next >= state->wanted)
    return false;
  *replica = state->next++;
  return true;
}

ftblab_status ftblab_point_add(ftblab_store *store, const ftblab_study *study, ftblab_point_state *state,
                               uint64_t replica, ftblab_error *err)
{
  if (is_there(state, replica))
    return FTBLAB_OK;
  mark(state, replica);
  state->missing--;
  return settle(store, study, state, err);
}
