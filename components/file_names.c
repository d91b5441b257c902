/* file_names.c - see file_names.h. Names are words of the payload notation: whoever names files sees to that. */
#include "file_names.h"

#include <string.h>

void ftblab_file_names_throw(ftblab_file_names *names, ftblab_component *self)
{
  if (names->payload.length == 0 && !names->payload.failed)
    return;
  ftblab_text_add(&names->payload, "}");
  if (names->payload.failed) {
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  } else {
    self->world->ops->note_throw(self, "%s", names->note);
    self->world->ops->publish(self, names->event, names->payload.data, 0);
  }
  ftblab_text_free(&names->payload);
}

void ftblab_file_names_add(ftblab_file_names *names, ftblab_component *self, const char *name)
{
  if (names->payload.length + strlen(", }") + strlen(name) > FTBLAB_PAYLOAD_LIMIT)
    ftblab_file_names_throw(names, self);
  ftblab_text_add(&names->payload, names->payload.length == 0 ? "files: {" : ", ");
  ftblab_text_add(&names->payload, name);
}
