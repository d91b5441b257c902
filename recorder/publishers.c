/* publishers.c - who publishes: FTB numbers the events of each client connection from 1 by 16 bits (base/numbering.c
 * finds what was passed over). */
#include "parts.h"

bool ftblab_publishers_see(ftblab_numbering *publishers, const ftblab_message *message, uint32_t *missed,
                           uint32_t *first)
{
  ftblab_text key = {0};
  ftblab_text_addf(&key, "%s|%ld|%s|%s|%s|%d", message->host, message->pid, message->started, message->space,
                   message->client, message->extension);
  bool seen = !key.failed && ftblab_numbering_see(publishers, key.data, message->seq, missed, first);
  ftblab_text_free(&key);
  return seen;
}
