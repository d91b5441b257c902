/* numbering.c - which source sent up to which number. What must hold: a source that connects anew (its numbers begin
 * again) and one that was there before anybody listened are no losses. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

/* Sources that are remembered; beyond, all are forgotten, which costs nothing but the losses at that moment. Chosen,
 * no source: every rank of a large job, in 20 MB. */
#define MOST_SOURCES 65536
/* A number that lies behind by no more than this came late or twice; not all others were lost. Chosen, no source. */
#define FURTHEST_BACK 1024

struct ftblab_numbering {
  ftblab_names *sources;
  uint32_t mask;
  uint32_t last[MOST_SOURCES];
};

ftblab_numbering *ftblab_numbering_new(uint32_t wraps)
{
  ftblab_numbering *numbering = calloc(1, sizeof *numbering);
  if (numbering != NULL && (numbering->sources = ftblab_names_new()) == NULL) {
    free(numbering);
    return NULL;
  }
  if (numbering != NULL)
    numbering->mask = wraps - 1;
  return numbering;
}

void ftblab_numbering_free(ftblab_numbering *numbering)
{
  if (numbering == NULL)
    return;
  ftblab_names_free(numbering->sources);
  free(numbering);
}

/* Make room if there is none. */
static bool forget_if_full(ftblab_numbering *numbering)
{
  if (ftblab_names_count(numbering->sources) < MOST_SOURCES)
    return true;
  ftblab_names *fresh = ftblab_names_new();
  if (fresh == NULL)
    return false;
  ftblab_names_free(numbering->sources);
  numbering->sources = fresh;
  return true;
}

bool ftblab_numbering_see(ftblab_numbering *numbering, const char *source, uint32_t number, uint32_t *missed,
                          uint32_t *first)
{
  *missed = *first = 0;
  size_t length = strlen(source);
  if (ftblab_names_find(numbering->sources, source, length) == FTBLAB_NO_NAME && !forget_if_full(numbering))
    return false;
  uint32_t before = ftblab_names_count(numbering->sources);
  uint32_t k = ftblab_names_add(numbering->sources, source, length), mask = numbering->mask;
  if (k == FTBLAB_NO_NAME)
    return false;
  bool is_new = k >= before;
  uint32_t expected = (numbering->last[k] + 1) & mask, ahead = (number - expected) & mask;
  bool back = ahead > mask - FURTHEST_BACK;
  if (!is_new && !back && number != 1) {
    *missed = ahead;
    *first = expected;
  }
  if (is_new || !back || number == 1)
    numbering->last[k] = number;
  return true;
}
