/* interface_translation.h - who knows which jobs run where translates interfaces of nodes to jobs, and jobs' complaints
 * to interfaces (B.5 and B.6). Private to components/; for the roles RM/JS and MPI*. */
#ifndef FTBLAB_INTERFACE_TRANSLATION_H
#define FTBLAB_INTERFACE_TRANSLATION_H

#include "interface_set.h"

/* Starts as {0}. */
typedef struct ftblab_interface_translation {
  ftblab_interface_set set;
  uint64_t last; /* the event that was translated last, which the channel may have duplicated */
} ftblab_interface_translation;

ftblab_status ftblab_interface_translation_init(ftblab_interface_translation *translation, ftblab_component *self,
                                                ftblab_error *err);
void ftblab_interface_translation_free(ftblab_interface_translation *translation);

/* The reactions to FAILED_PHYSICAL_INTERFACE, RESTORED_PHYSICAL_INTERFACE and MPI_MESSAGE_CORRUPTION. */
void ftblab_translate_failed(ftblab_interface_translation *translation, ftblab_component *self,
                             const ftblab_delivery *event);
void ftblab_translate_restored(ftblab_interface_translation *translation, ftblab_component *self,
                               const ftblab_delivery *event);
void ftblab_translate_corruption(ftblab_interface_translation *translation, ftblab_component *self,
                                 const ftblab_delivery *event);

#endif
