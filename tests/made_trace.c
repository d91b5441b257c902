/* made_trace.c - conforming traces, drawn from the tables. */
#include "made_trace.h"

#include <stdlib.h>
#include <string.h>

/* ---- order --------------------------------------------------------------------------------------------- */

static bool exclude(const ftblab_row *a, const ftblab_row *b)
{
  return a->choice != 0 && a->choice == b->choice && a->branch != b->branch;
}

/* Does THROWN take place whenever CAUGHT does? */
static bool is_implied(const ftblab_row *thrown, const ftblab_row *caught)
{
  if (thrown->optional && !caught->optional)
    return false;
  return thrown->choice == 0 || (thrown->choice == caught->choice && thrown->branch == caught->branch);
}

static bool is_thrown_for(const ftblab_row *thrown, const ftblab_row *caught)
{
  return thrown->action == FTBLAB_THROW && caught->action == FTBLAB_CATCH && thrown->event == caught->event &&
         !exclude(thrown, caught);
}

static uint64_t throws_of(const ftblab_workflow *w, size_t caught)
{
  uint64_t throws = 0;
  for (size_t r = caught; r-- > 0;) {
    if (!is_thrown_for(&w->rows[r], &w->rows[caught]))
      continue;
    throws |= (uint64_t)1 << r;
    if (is_implied(&w->rows[r], &w->rows[caught]))
      break;
  }
  return throws;
}

void ftblab_made_order_of(const ftblab_workflow *w, ftblab_made_order *order)
{
  for (size_t r = 0; r < w->row_count; r++) {
    order->direct[r] = throws_of(w, r);
    for (size_t p = 0; p < r; p++)
      if (w->rows[p].component == w->rows[r].component && w->rows[p].number != w->rows[r].number &&
          !exclude(&w->rows[p], &w->rows[r]))
        order->direct[r] |= (uint64_t)1 << p;
    order->before[r] = order->direct[r]; /* whatever stands before a row stands above it */
    for (size_t p = 0; p < r; p++)
      if (order->direct[r] >> p & 1)
        order->before[r] |= order->before[p];
  }
}

/* ---- records ------------------------------------------------------------------------------------------- */

void ftblab_made_values_of(ftblab_made_values *values, int number)
{
  snprintf(values->node, sizeof values->node, "n%d", number);
  snprintf(values->spare, sizeof values->spare, "spare%d", number);
  snprintf(values->job, sizeof values->job, "j%d", number);
  snprintf(values->iface, sizeof values->iface, "ib%d", 2 * number);
  snprintf(values->ifaces, sizeof values->ifaces, "ib%d, ib%d", 2 * number, 2 * number + 1);
  values->first_rank = (int64_t)FTBLAB_MADE_RANKS * number;
}

static void write_value(char *into, size_t room, const ftblab_made_values *v, const char *variable, int member)
{
  int64_t first = v->first_rank;
  if (strcmp(variable, "x") == 0 || strcmp(variable, "f") == 0) /* a file may be called as a node is */
    snprintf(into, room, "%s", v->node);
  else if (strcmp(variable, "q") == 0)
    snprintf(into, room, "%s", v->spare);
  else if (strcmp(variable, "z") == 0)
    snprintf(into, room, "%s", v->job);
  else if (strcmp(variable, "p") == 0)
    snprintf(into, room, "%s", v->iface);
  else if (strcmp(variable, "p-q") == 0)
    snprintf(into, room, "%s", v->ifaces);
  else if (strcmp(variable, "r") == 0)
    snprintf(into, room, "%lld",
             (long long)(first + (member < 0 ? 0 : member))); /* one that is checked by itself: the first */
  else
    snprintf(into, room, "%lld-%lld", (long long)first, (long long)(first + FTBLAB_MADE_RANKS - 1));
}

ftblab_made_record ftblab_made_row(const ftblab_spec *spec, const ftblab_workflow *w, size_t row, int member,
                                   const ftblab_made_values *values, int owner)
{
  const ftblab_row *r = &w->rows[row];
  ftblab_made_record made = {.component = spec->roles[r->component].name,
                             .event = spec->events[r->event].name,
                             .action = r->action,
                             .row = (int)row,
                             .member = member,
                             .owner = owner};
  size_t used = 0;
  for (size_t t = 0; t < r->term_count; t++) {
    char value[64];
    write_value(value, sizeof value, values, spec->variables[r->terms[t].variable], member);
    used += (size_t)snprintf(made.payload + used, sizeof made.payload - used, "%s%s: {%s}", t > 0 ? ", " : "",
                             spec->keys[r->terms[t].key], value);
  }
  return made;
}

/* ---- instances ----------------------------------------------------------------------------------------- */

typedef struct item {
  size_t row;
  int member;
} item;

/* The rows that take place: a branch of each choice, and of the optional ones some. */
static uint64_t draw_rows(const ftblab_workflow *w, ftblab_random *random)
{
  int taken[FTBLAB_MAX_ROWS] = {0}, branches[FTBLAB_MAX_ROWS] = {0};
  uint64_t rows = 0;
  for (size_t r = 0; r < w->row_count; r++)
    if (w->rows[r].branch > branches[w->rows[r].choice])
      branches[w->rows[r].choice] = w->rows[r].branch;
  for (int c = 1; c < FTBLAB_MAX_ROWS; c++)
    if (branches[c] > 0)
      taken[c] = 1 + (int)ftblab_random_below(random, (uint64_t)branches[c]);
  for (size_t r = 0; r < w->row_count; r++) {
    const ftblab_row *row = &w->rows[r];
    if (row->choice != 0 && row->branch != taken[row->choice])
      continue;
    uint64_t throws = throws_of(w, r);
    bool comes = !row->optional || ftblab_random_below(random, 2) == 0;
    if (throws != 0 && (throws & rows) == 0)
      comes = false; /* nothing to catch */
    rows |= comes ? (uint64_t)1 << r : 0;
  }
  return rows;
}

static bool must_precede(const ftblab_workflow *w, const ftblab_made_order *order, const item *a, const item *b)
{
  if (a->row == b->row)
    return false;
  if (!(order->before[b->row] >> a->row & 1))
    return false;
  bool pair = a->member >= 0 && b->member >= 0 && is_thrown_for(&w->rows[a->row], &w->rows[b->row]);
  return !pair || a->member == b->member;
}

void ftblab_made_instance(ftblab_made_trace *t, const ftblab_spec *spec, const ftblab_workflow *w,
                          const ftblab_made_values *values, int owner, ftblab_random *random)
{
  item items[FTBLAB_MADE_ITEMS];
  size_t left = 0;
  uint64_t rows = draw_rows(w, random);
  ftblab_made_order order;
  ftblab_made_order_of(w, &order);
  for (size_t r = 0; r < w->row_count; r++)
    for (int m = 0; rows >> r & 1 && m < (w->rows[r].each == FTBLAB_NONE ? 1 : FTBLAB_MADE_RANKS); m++)
      items[left++] = (item){r, w->rows[r].each == FTBLAB_NONE ? -1 : m};
  while (left > 0) {
    size_t ready[FTBLAB_MADE_ITEMS], count = 0;
    for (size_t i = 0; i < left; i++) {
      bool waits = false;
      for (size_t other = 0; other < left; other++)
        waits = waits || must_precede(w, &order, &items[other], &items[i]);
      if (!waits)
        ready[count++] = i;
    }
    size_t next = ready[ftblab_random_below(random, count)];
    t->records[t->count++] = ftblab_made_row(spec, w, items[next].row, items[next].member, values, owner);
    items[next] = items[--left];
  }
}

void ftblab_made_interleave(ftblab_made_trace *t, int owners, ftblab_random *random)
{
  static ftblab_made_trace mixed;
  size_t next[FTBLAB_MADE_OWNERS] = {0}, left = t->count;
  mixed.count = 0;
  while (left > 0) {
    int owner = (int)ftblab_random_below(random, (uint64_t)owners);
    while (next[owner] < t->count && t->records[next[owner]].owner != owner)
      next[owner]++;
    if (next[owner] == t->count)
      continue;
    mixed.records[mixed.count++] = t->records[next[owner]++];
    left--;
  }
  memcpy(t->records, mixed.records, mixed.count * sizeof *mixed.records);
}

void ftblab_made_insert(ftblab_made_trace *t, size_t at, const ftblab_made_record *record)
{
  ftblab_made_record copy = *record; /* it may be one of T's own */
  memmove(&t->records[at + 1], &t->records[at], (t->count - at) * sizeof *t->records);
  t->records[at] = copy;
  t->count++;
}

void ftblab_made_remove(ftblab_made_trace *t, size_t at)
{
  memmove(&t->records[at], &t->records[at + 1], (t->count - at - 1) * sizeof *t->records);
  t->count--;
}

static ftblab_slice slice(const char *string)
{
  return (ftblab_slice){string, string == NULL ? 0 : strlen(string)};
}

ftblab_record ftblab_made_as_record(const ftblab_made_record *made, uint64_t line)
{
  return (ftblab_record){.t = (int64_t)line * 1000000000,
                         .action = made->action,
                         .component = slice(made->component),
                         .event = slice(made->event),
                         .payload = slice(made->payload),
                         .instance = slice(made->instance),
                         .channel = slice(made->channel),
                         .line = line};
}

size_t ftblab_made_rounds(size_t normal)
{
  const char *wanted = getenv("FTBLAB_TEST_ROUNDS");
  return wanted != NULL ? strtoul(wanted, NULL, 10) : normal;
}

void ftblab_made_print(const ftblab_made_trace *t)
{
  for (size_t i = 0; i < t->count; i++)
    printf("%3zu %s %s %s %s%s%s\n", i + 1, t->records[i].component, ftblab_action_name(t->records[i].action),
           t->records[i].event, t->records[i].payload, t->records[i].instance != NULL ? " @" : "",
           t->records[i].instance != NULL ? t->records[i].instance : "");
}
