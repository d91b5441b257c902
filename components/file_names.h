/* file_names.h - an event about files, whose names go into as few payloads as they fit into. Private to components/. */
#ifndef FTBLAB_FILE_NAMES_H
#define FTBLAB_FILE_NAMES_H

#include "component.h"

/* Zero but for the event, and the note of each throw, until the names are thrown. */
typedef struct ftblab_file_names {
  const char *event, *note;
  ftblab_text payload; /* without its last brace */
} ftblab_file_names;

/* Throws those before, if NAME does not fit with them. */
void ftblab_file_names_add(ftblab_file_names *names, ftblab_component *self, const char *name);
void ftblab_file_names_throw(ftblab_file_names *names, ftblab_component *self); /* what is left; nothing if none is */

#endif
