/* fault_log.c - the facts of a trace by the values that they name: where a chain of causes begins, and what deadlines
 * are counted from. A look-up costs as many steps as facts name the value. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

static bool make_room(ftblab_exact *checker, value v)
{
  if (v < checker->fault_capacity)
    return true;
  uint32_t capacity = 2 * v + 64;
  fault_link **faults = realloc(checker->faults, capacity * sizeof *faults);
  if (faults == NULL)
    return false;
  memset(faults + checker->fault_capacity, 0, (capacity - checker->fault_capacity) * sizeof *faults);
  checker->faults = faults;
  checker->fault_capacity = capacity;
  return true;
}

static bool link_value(ftblab_exact *checker, const fault *f, const char *word, size_t length)
{
  value v = ftblab_value_of(checker, word, length);
  if (v == 0 || !make_room(checker, v))
    return false;
  fault_link *link = ftblab_arena_take(&checker->memory, sizeof *link);
  if (link == NULL)
    return false;
  *link = (fault_link){.fault = f, .older = checker->faults[v]};
  checker->faults[v] = link;
  return true;
}

/* Ranks are numbers that mean nothing without their job: only what has a name of its own leads to a fault. */
static bool names_things(const ftblab_pair *pair)
{
  static const char *const keys[] = {"nodes", "jobs", "ifaces", "files", "snode", "dnode"};
  for (size_t k = 0; k < FTBLAB_COUNT(keys); k++)
    if (pair->key.length == strlen(keys[k]) && memcmp(pair->key.data, keys[k], pair->key.length) == 0)
      return true;
  return false;
}

static bool link_item(ftblab_exact *checker, const fault *f, const ftblab_item *item)
{
  if (!item->is_integer)
    return link_value(checker, f, item->word.data, item->word.length);
  for (int64_t n = item->first; n <= item->last && n - item->first < MAX_ITEMS; n++) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    if (!link_value(checker, f, digits, (size_t)length))
      return false;
  }
  return true;
}

bool ftblab_fault_note(ftblab_exact *checker, const ftblab_record *record, int event)
{
  fault *f = ftblab_arena_take(&checker->memory, sizeof *f);
  char *payload = ftblab_arena_take(&checker->memory, record->payload.length + 1);
  if (f == NULL || payload == NULL)
    return false;
  memcpy(payload, record->payload.data, record->payload.length);
  *f = (fault){.event = event,
               .line = record->line,
               .seq = record->seq,
               .has_seq = record->has_seq,
               .clock = record->t - ftblab_bounds_skew(checker->bounds, record->host),
               .payload = payload};
  for (size_t p = 0; p < checker->payload.pair_count; p++) {
    const ftblab_pair *pair = &checker->payload.pairs[p];
    for (size_t i = 0; i < pair->item_count && names_things(pair); i++)
      if (!link_item(checker, f, &checker->payload.items[pair->first_item + i]))
        return false;
  }
  return true;
}

static bool says_that_something_failed(const ftblab_exact *checker, const fault *f)
{
  static const char *const names[] = {"NODE_FAILED", "IFACE_FAILED", "DISK_FAILED", "FILE_LOST"};
  for (size_t n = 0; n < FTBLAB_COUNT(names); n++)
    if (strcmp(checker->spec->events[f->event].name, names[n]) == 0)
      return true;
  return false;
}

const fault *ftblab_fault_find(const ftblab_exact *checker, const binding *bound, uint64_t line, int event)
{
  const fault *found = NULL;
  for (size_t v = 0; v < MAX_VARIABLES; v++) {
    const fault_link *link = bound->of[v] < checker->fault_capacity ? checker->faults[bound->of[v]] : NULL;
    for (; link != NULL; link = link->older) {
      const fault *f = link->fault;
      if (f->line >= line || (event == FTBLAB_NONE ? !says_that_something_failed(checker, f) : f->event != event))
        continue;
      if (found == NULL || f->line > found->line)
        found = f;
      break;
    }
  }
  return found;
}
