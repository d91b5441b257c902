/* interface_translation.h - who knows which jobs run where translates interfaces of nodes to jobs, and jobs' complaints
 * to interfaces (B.5 and B.6). Private to components/; for the roles RM/JS and MPI*. */
#ifndef FTBLAB_INTERFACE_TRANSLATION_H
#define FTBLAB_INTERFACE_TRANSLATION_H

#include "interface_set.h"

/* JOB was told that the interface at PLACE has failed, and not yet that it is back. */
typedef struct ftblab_told_failure {
  int job, place;
} ftblab_told_failure;

/* Starts as {0}. */
typedef struct ftblab_interface_translation {
  ftblab_interface_set set;
  uint64_t *failed; /* by place: the event that said so; 0: it works */
  int failed_count;
  ftblab_told_failure *told;
  size_t told_count, told_capacity;
  uint64_t last; /* the event that was translated last, which the channel may have duplicated */
} ftblab_interface_translation;

ftblab_status ftblab_interface_translation_init(ftblab_interface_translation *translation, ftblab_component *self,
                                                ftblab_error *err);
void ftblab_interface_translation_free(ftblab_interface_translation *translation);

/* JOB was launched or resumed: tell it what had failed on its nodes before. */
void ftblab_translate_start(ftblab_interface_translation *translation, ftblab_component *self, const ftblab_job *job);
/* JOB has ended. */
void ftblab_translate_end(ftblab_interface_translation *translation, int job);

/* The reactions to FAILED_PHYSICAL_INTERFACE, RESTORED_PHYSICAL_INTERFACE and MPI_MESSAGE_CORRUPTION. */
void ftblab_translate_failed(ftblab_interface_translation *translation, ftblab_component *self,
                             const ftblab_delivery *event);
void ftblab_translate_restored(ftblab_interface_translation *translation, ftblab_component *self,
                               const ftblab_delivery *event);
void ftblab_translate_corruption(ftblab_interface_translation *translation, ftblab_component *self,
                                 const ftblab_delivery *event);

#endif
