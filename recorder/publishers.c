/* publishers.c - who published up to which number. FTB numbers the events of each client connection from 1 by 16 bits;
 * a number that was passed over is the only sign of a lost event. What must hold: a publisher that connects anew (its
 * numbers begin again) and one that was there before the recording are no gaps. */
#include "parts.h"

#include <stdlib.h>

/* Publishers that are remembered; beyond, all are forgotten, which costs nothing but the gaps at that moment. Chosen,
 * no source: every rank of a large job, in 20 MB. */
#define MOST_PUBLISHERS 65536
/* A number that lies behind by no more than this is an event that came late or twice, not 65,000 that were lost. */
#define FURTHEST_BACK 1024

struct ftblab_publishers {
  ftblab_names *keys;
  uint16_t last[MOST_PUBLISHERS];
};

ftblab_publishers *ftblab_publishers_new(void)
{
  ftblab_publishers *publishers = calloc(1, sizeof *publishers);
  if (publishers != NULL && (publishers->keys = ftblab_names_new()) == NULL) {
    free(publishers);
    return NULL;
  }
  return publishers;
}

void ftblab_publishers_free(ftblab_publishers *publishers)
{
  if (publishers == NULL)
    return;
  ftblab_names_free(publishers->keys);
  free(publishers);
}

/* The number of the publisher of MESSAGE; FTBLAB_NO_NAME: no memory. */
static uint32_t find(ftblab_publishers *publishers, const ftblab_message *message, bool *is_new)
{
  ftblab_text key = {0};
  ftblab_text_addf(&key, "%s|%ld|%s|%s|%s|%d", message->host, message->pid, message->started, message->space,
                   message->client, message->extension);
  uint32_t before = ftblab_names_count(publishers->keys);
  uint32_t number = key.failed ? FTBLAB_NO_NAME : ftblab_names_add(publishers->keys, key.data, key.length);
  *is_new = number != FTBLAB_NO_NAME && number >= before;
  ftblab_text_free(&key);
  return number;
}

/* Make room if there is none. */
static bool forget_if_full(ftblab_publishers *publishers)
{
  if (ftblab_names_count(publishers->keys) < MOST_PUBLISHERS)
    return true;
  ftblab_names *fresh = ftblab_names_new();
  if (fresh == NULL)
    return false;
  ftblab_names_free(publishers->keys);
  publishers->keys = fresh;
  return true;
}

bool ftblab_publishers_see(ftblab_publishers *publishers, const ftblab_message *message, unsigned *missed,
                           unsigned *first)
{
  bool is_new;
  *missed = *first = 0;
  if (!forget_if_full(publishers))
    return false;
  uint32_t number = find(publishers, message, &is_new);
  if (number == FTBLAB_NO_NAME)
    return false;
  uint16_t expected = (uint16_t)(publishers->last[number] + 1), ahead = (uint16_t)(message->seq - expected);
  bool back = ahead > UINT16_MAX - FURTHEST_BACK;
  if (!is_new && !back && message->seq != 1) {
    *missed = ahead;
    *first = expected;
  }
  if (is_new || !back || message->seq == 1)
    publishers->last[number] = message->seq;
  return true;
}
