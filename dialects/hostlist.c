/* hostlist.c - the host lists of Slurm: names with commas between them, where [2-3,07] stands for each of these numbers
 * with as many digits as its first one has. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define MOST_HOSTS 1000000 /* chosen: a list for more is a mistake, not a cluster */

/* A name that is being put together. */
typedef struct expansion {
  pool *pool;
  words *words;
  size_t count;
} expansion;

static bool expand(expansion *x, const char *before, size_t length, const char *rest, size_t rest_length, int depth);

/* The length of the name at the start of LIST, up to a comma outside of brackets; SIZE_MAX: brackets do not fit. */
static size_t span_of_name(const char *list)
{
  size_t i = 0;
  for (bool inside = false; list[i] != '\0' && (inside || list[i] != ','); i++) {
    if (list[i] == (inside ? '[' : ']'))
      return SIZE_MAX;
    if (list[i] == '[' || list[i] == ']')
      inside = !inside;
    if (inside && list[i + 1] == '\0')
      return SIZE_MAX;
  }
  return i;
}

static bool read_number(const char **at, const char *end, unsigned long *number, int *digits)
{
  *number = 0;
  for (*digits = 0; *at < end && **at >= '0' && **at <= '9' && *digits < 12; ++*at, ++*digits)
    *number = 10 * *number + (unsigned long)(**at - '0');
  return *digits > 0;
}

/* One of the parts between the commas in brackets: "7" or "02-11". */
static bool expand_range(expansion *x, const char *before, size_t length, const char **at, const char *close,
                         const char *rest, size_t rest_length, int depth)
{
  unsigned long first, last;
  int digits, more;
  if (!read_number(at, close, &first, &digits))
    return false;
  last = first;
  if (*at < close && **at == '-') {
    ++*at;
    if (!read_number(at, close, &last, &more) || last < first || last - first > MOST_HOSTS)
      return false;
  }
  for (unsigned long n = first; n <= last; n++) {
    char number[32];
    int written = snprintf(number, sizeof number, "%0*lu", digits, n);
    char *name = ftblab_pool_take(x->pool, length + (size_t)written + 1);
    if (name == NULL || x->count > MOST_HOSTS)
      return false;
    memcpy(name, before, length);
    memcpy(name + length, number, (size_t)written);
    if (!expand(x, name, length + (size_t)written, rest, rest_length, depth + 1))
      return false;
  }
  return true;
}

/* BEFORE is settled; REST may have brackets. */
static bool expand(expansion *x, const char *before, size_t length, const char *rest, size_t rest_length, int depth)
{
  const char *open = memchr(rest, '[', rest_length);
  size_t plain = open == NULL ? rest_length : (size_t)(open - rest);
  char *name = ftblab_pool_take(x->pool, length + plain + 1);
  if (name == NULL || depth > 4)
    return false;
  memcpy(name, before, length);
  memcpy(name + length, rest, plain);
  if (open == NULL) {
    x->count++;
    ftblab_words_add(x->pool, x->words, name, length + plain);
    return length + plain > 0 && x->count <= MOST_HOSTS;
  }
  const char *close = memchr(open, ']', rest_length - plain);
  const char *at = open + 1;
  if (close == NULL)
    return false;
  for (;;) {
    if (!expand_range(x, name, length + plain, &at, close, close + 1, (size_t)(rest + rest_length - close - 1), depth))
      return false;
    if (at == close)
      return true;
    if (*at++ != ',')
      return false;
  }
}

bool ftblab_hostlist_expand(const char *list, pool *p, words *w)
{
  words found = {0};
  expansion x = {.pool = p, .words = &found};
  bool fits = *list != '\0';
  for (const char *at = list; fits;) {
    size_t span = span_of_name(at);
    fits = span != SIZE_MAX && span > 0 && expand(&x, "", 0, at, span, 0);
    if (!fits || at[span] == '\0')
      break;
    at += span + 1;
  }
  if (!fits)
    ftblab_words_add(p, w, list, strlen(list));
  for (size_t i = 0; fits && i < found.count; i++)
    ftblab_words_add(p, w, found.at[i], strlen(found.at[i]));
  return fits;
}
