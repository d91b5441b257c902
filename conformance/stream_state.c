/* stream_state.c - how far an instance without a flaw is. A state is what the exact checker would know of it: the
 * candidates that are still alive and the rows that each has. There are few states, and from each few steps, so each
 * step is worked out once, by the rules of branch.c, and looked up from then on.
 *
 * A step is taken only where those rules depend on nothing but the state. Where they would look at values or instances
 * (a repeat by another instance, a member of a set) there is no step: the exact checker decides.
 *
 * A catch that no row asks for, and that every candidate permits (what a component threw is delivered to itself, too),
 * is an extra: a step that satisfies nothing. It goes with a track only if nothing else speaks of its values, because
 * no row waits for it. Again by the same role it is none: that may be a repeat. */
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "stream.h"

/* ---- the rules ----------------------------------------------------------------------------------------- */

static bool has_member_terms(const ftblab_row *row)
{
  for (size_t t = 0; t < row->term_count; t++)
    if (row->terms[t].member_of != FTBLAB_NONE)
      return true;
  return false;
}

static bool takes(const ftblab_row *row, const record_class *c)
{
  return row->component == c->role && row->action == c->action && row->event == c->event;
}

static bool was_seen(const state *from, int class)
{
  return (from->seen[class / 64] >> class % 64 & 1) != 0;
}

static bool was_thrown(const stream *s, const state *from, int event)
{
  if (!s->probe->throws_visible)
    return true;
  for (int i = 0; i < s->class_count; i++)
    if (s->classes[i].event == event && s->classes[i].action == FTBLAB_THROW && was_seen(from, i))
      return true;
  return false;
}

enum candidate_step { ADVANCES, STAYS, DIES, DEPENDS };

static enum candidate_step step_candidate(const stream *s, const state *from, const ftblab_workflow *w, int candidate,
                                          int class, int *row)
{
  const record_class *c = &s->classes[class];
  uint64_t done = from->done[candidate];
  bool asked = false;
  for (size_t r = 0; r < w->row_count; r++) {
    if (!takes(&w->rows[r], c))
      continue;
    asked = true;
    if (has_member_terms(&w->rows[r]))
      return DEPENDS;
    if (!(done >> r & 1) && (ftblab_rows_before(s->probe, w, r) & ~done) == 0) {
      *row = (int)r;
      return ADVANCES;
    }
  }
  if (c->action == FTBLAB_THROW || !ftblab_role_may_catch_in(s->probe, w, 0, c->event, c->role) ||
      !was_thrown(s, from, c->event))
    return DIES;
  if (!asked)
    return STAYS;
  return was_seen(from, class) ? DEPENDS : DIES; /* a repeat: by another instance it is permitted */
}

/* TO becomes the state behind FROM; false: there is no such step. *EXTRA: it satisfies no row. */
static bool work_out(const stream *s, const state *from, int class, state *to, bool *extra)
{
  const group *g = &s->probe->groups[from->group];
  bool advanced = false;
  for (int c = 0; c < g->workflow_count; c++) {
    if (!(from->alive & 1u << c))
      continue;
    int row = 0;
    switch (step_candidate(s, from, ftblab_group_workflow(s->probe, g, c), c, class, &row)) {
    case ADVANCES:
      to->done[c] |= (uint64_t)1 << row;
      advanced = true;
      break;
    case STAYS:
      break;
    case DIES:
      to->alive &= ~(1u << c);
      break;
    case DEPENDS:
      return false;
    }
  }
  to->seen[class / 64] |= (uint64_t)1 << class % 64;
  *extra = !advanced;
  return advanced ||
         (to->alive == from->alive && to->alive != 0 && s->classes[class].triggers == 0 && !was_seen(from, class));
}

/* ---- the table of states ------------------------------------------------------------------------------- */

static uint64_t hash_state(const stream *s, const state *st)
{
  uint64_t hash = (uint64_t)st->group * 31 + st->alive;
  for (int c = 0; c < s->probe->groups[st->group].workflow_count; c++)
    hash = (hash ^ st->done[c]) * UINT64_C(0x9E3779B97F4A7C15);
  for (int i = 0; i < MAX_CLASSES / 64; i++)
    hash = (hash ^ st->seen[i]) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ hash >> 29;
}

static bool same_state(const stream *s, const state *a, const state *b)
{
  return a->group == b->group && a->alive == b->alive && memcmp(a->seen, b->seen, sizeof a->seen) == 0 &&
         memcmp(a->done, b->done, (size_t)s->probe->groups[a->group].workflow_count * sizeof *a->done) == 0;
}

static bool grow_slots(stream *s)
{
  if (2 * s->state_count < s->state_slot_count)
    return true;
  uint32_t count = s->state_slot_count == 0 ? 1024 : 2 * s->state_slot_count;
  uint32_t *slots = calloc(count, sizeof *slots);
  if (slots == NULL)
    return false;
  for (uint32_t i = 0; i < s->state_count; i++) {
    uint32_t at = (uint32_t)hash_state(s, &s->states[i]) & (count - 1);
    while (slots[at] != 0)
      at = (at + 1) & (count - 1);
    slots[at] = i + 1;
  }
  free(s->state_slots);
  s->state_slots = slots;
  s->state_slot_count = count;
  return true;
}

static bool has_all(const ftblab_workflow *w, uint64_t done, int phase)
{
  for (size_t r = 0; r < w->row_count; r++)
    if ((phase < 0 || w->rows[r].phase == phase) && !(done >> r & 1))
      return false;
  return true;
}

static bool is_midway(const ftblab_workflow *w, uint64_t done)
{
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].phase != w->rows[0].phase && done >> r & 1 && !has_all(w, done, w->rows[r].phase))
      return true;
  return false;
}

bool ftblab_outcome_is_whole(const stream *s, uint32_t number, const outcome *o)
{
  const state *st = &s->states[number];
  const group *g = &s->probe->groups[st->group];
  for (int c = 0; c < g->workflow_count && o->known && o->kind == FTBLAB_CONFORMS; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(s->probe, g, c);
    if (w == &s->spec->workflows[o->workflow])
      return has_all(w, st->done[c], -1);
  }
  return false;
}

static void describe(const stream *s, state *st)
{
  const group *g = &s->probe->groups[st->group];
  st->first_phase = true;
  for (int c = 0; c < g->workflow_count; c++) {
    const ftblab_workflow *w = ftblab_group_workflow(s->probe, g, c);
    bool alive = (st->alive >> c & 1) != 0;
    st->midway = st->midway || (alive && is_midway(w, st->done[c]));
    st->finished = st->finished || (alive && has_all(w, st->done[c], -1));
    st->first_phase = st->first_phase && (!alive || has_all(w, st->done[c], w->rows[0].phase));
  }
}

/* The number of the state like SCRATCH, which is kept if it is new. */
static uint32_t number_of(stream *s, const state *scratch)
{
  if (!grow_slots(s)) {
    s->failed = true;
    return NONE;
  }
  uint32_t at = (uint32_t)hash_state(s, scratch) & (s->state_slot_count - 1);
  for (; s->state_slots[at] != 0; at = (at + 1) & (s->state_slot_count - 1))
    if (same_state(s, &s->states[s->state_slots[at] - 1], scratch))
      return s->state_slots[at] - 1;
  if (s->state_count == s->state_capacity) {
    uint32_t capacity = s->state_capacity == 0 ? 256 : 2 * s->state_capacity;
    state *states = realloc(s->states, capacity * sizeof *states);
    if (states == NULL) {
      s->failed = true;
      return NONE;
    }
    s->states = states;
    s->state_capacity = capacity;
  }
  size_t bytes = (size_t)s->probe->groups[scratch->group].workflow_count * sizeof *scratch->done;
  state kept = *scratch;
  kept.done = malloc(bytes);
  kept.next = calloc(MAX_CLASSES, sizeof *kept.next);
  if (kept.done == NULL || kept.next == NULL) {
    free(kept.done);
    free(kept.next);
    s->failed = true;
    return NONE;
  }
  memcpy(kept.done, scratch->done, bytes);
  describe(s, &kept);
  s->states[s->state_count++] = kept;
  s->state_slots[at] = s->state_count;
  return s->state_count - 1;
}

/* ---- steps --------------------------------------------------------------------------------------------- */

/* As it stands in a table of steps. */
static uint32_t make_step(stream *s, const state *from, uint16_t class)
{
  uint64_t done[MAX_CANDIDATES];
  state to = {.group = from->group, .alive = from->alive, .done = done};
  memcpy(to.seen, from->seen, sizeof to.seen);
  memcpy(done, from->done, (size_t)s->probe->groups[from->group].workflow_count * sizeof *done);
  bool extra;
  uint32_t number = work_out(s, from, class, &to, &extra) ? number_of(s, &to) : NONE;
  return number == NONE ? STEP_NONE : number + STEP_FIRST + (extra ? STEP_EXTRA : 0);
}

uint32_t ftblab_state_work_out(stream *s, uint32_t from, uint16_t class)
{
  state start = s->states[from];
  uint32_t step = make_step(s, &start, class); /* may move the states, not their tables of steps */
  if (s->failed)
    return STEP_NONE;
  s->steps_known = true;
  return start.next[class] = step;
}

uint32_t ftblab_state_first(stream *s, int of_group, uint16_t class)
{
  uint32_t *place = &s->first_states[(size_t)of_group * MAX_CLASSES + class];
  if (*place != STEP_UNKNOWN)
    return ftblab_state_behind(*place);
  incident in = {.group = &s->probe->groups[of_group]};
  binding nothing = {{0}};
  branch *b = ftblab_branch_new(s->probe, &in, &nothing); /* which candidates there are, and rows that nobody sees */
  if (b == NULL) {
    s->failed = true;
    return NONE;
  }
  state start = {.group = of_group, .alive = b->alive, .done = b->done};
  uint32_t step = make_step(s, &start, class);
  if (s->failed)
    return NONE;
  s->steps_known = true;
  *place = ftblab_step_is_extra(step) ? STEP_NONE : step;
  return ftblab_state_behind(*place);
}

void ftblab_outcomes_forget(stream *s)
{
  ftblab_memos_forget(s);
  for (uint32_t i = 0; i < s->state_count; i++)
    memset(s->states[i].outcomes, 0, sizeof s->states[i].outcomes);
}

void ftblab_states_forget(stream *s)
{
  ftblab_outcomes_forget(s);
  if (!s->steps_known) /* a trace that begins at boot begins with registrations */
    return;
  s->steps_known = false;
  for (uint32_t i = 0; i < s->state_count; i++)
    memset(s->states[i].next, 0, MAX_CLASSES * sizeof *s->states[i].next);
  memset(s->first_states, 0, (size_t)(s->probe->group_count + 1) * MAX_CLASSES * sizeof *s->first_states);
}

ftblab_status ftblab_states_init(stream *s, ftblab_error *err)
{
  s->first_states = calloc((size_t)(s->probe->group_count + 1) * MAX_CLASSES, sizeof *s->first_states);
  return s->first_states != NULL ? FTBLAB_OK : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for judging");
}

void ftblab_states_free(stream *s)
{
  for (uint32_t i = 0; i < s->state_count; i++) {
    free(s->states[i].done);
    free(s->states[i].next);
  }
  free(s->states);
  free(s->state_slots);
  free(s->first_states);
}
