/* applications.c - the table of application kinds: what a job may run. A new kind is one line here. */
#include "component.h"

#define APPLICATIONS(ADD)                                                                                              \
  ADD(ftblab_stencil_application)                                                                                      \
  ADD(ftblab_factorisation_application)                                                                                \
  ADD(ftblab_kernels_application)                                                                                      \
  ADD(ftblab_farm_application)                                                                                         \
  ADD(ftblab_grid_application)                                                                                         \
  ADD(ftblab_heat_application)

#define DECLARE(application) extern const ftblab_application_class application;
#define ADDRESS(application) &application,

APPLICATIONS(DECLARE)

const ftblab_application_class *const ftblab_application_classes[] = {APPLICATIONS(ADDRESS) NULL};
