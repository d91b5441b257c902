/* nearest.c - the name that somebody probably meant. */
#include "base.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 64 /* longer names are not compared */

static size_t least(size_t a, size_t b)
{
  return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of neighbours) that make A of B, without case. Both at most LONGEST long. */
static size_t distance(const char *a, const char *b)
{
  size_t rows[3][LONGEST + 1];
  size_t *before = rows[0], *last = rows[1], *now = rows[2], length = strlen(b);
  for (size_t j = 0; j <= length; j++)
    last[j] = j;
  for (size_t i = 1; a[i - 1]; i++) {
    now[0] = i;
    for (size_t j = 1; j <= length; j++) {
      bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
      now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + !same);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = least(now[j], before[j - 2] + 1);
    }
    size_t *free_row = before;
    before = last;
    last = now;
    now = free_row;
  }
  return last[length];
}

const char *ftblab_nearest(const char *word, const char *const *names, size_t count)
{
  size_t length = strlen(word);
  if (length == 0 || length > LONGEST)
    return NULL;
  const char *nearest = NULL;
  size_t allowed = length < 3 ? 1 : length / 3 + 1; /* beyond that a guess misleads more than it helps */
  for (size_t i = 0; i < count; i++) {
    if (strlen(names[i]) > LONGEST)
      continue;
    size_t edits = distance(word, names[i]);
    if (edits <= allowed && edits < length) {
      nearest = names[i];
      if (edits == 0)
        break;
      allowed = edits - 1;
    }
  }
  return nearest;
}
