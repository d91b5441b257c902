/* roles.c - the table of roles: every kind of component that a scenario may have. A new role is one line here. */
#include "component.h"

#define ROLES(ADD)                                                                                                     \
  ADD(ftblab_resource_manager_role)                                                                                    \
  ADD(ftblab_mpirun_role)                                                                                              \
  ADD(ftblab_monitoring_system_role)                                                                                   \
  ADD(ftblab_ib_fault_monitor_role)                                                                                    \
  ADD(ftblab_autonomic_script_role)                                                                                    \
  ADD(ftblab_mpi_role)                                                                                                 \
  ADD(ftblab_migration_trigger_role)                                                                                   \
  ADD(ftblab_mpirun_rsh_role)                                                                                          \
  ADD(ftblab_mpispawn_role)                                                                                            \
  ADD(ftblab_mpi_process_role)                                                                                         \
  ADD(ftblab_cr_library_role)                                                                                          \
  ADD(ftblab_application_role)                                                                                         \
  ADD(ftblab_master_role)                                                                                              \
  ADD(ftblab_backup_master_role)                                                                                       \
  ADD(ftblab_remote_backup_role)                                                                                       \
  ADD(ftblab_subordinate_role)                                                                                         \
  ADD(ftblab_job_manager_role)                                                                                         \
  ADD(ftblab_job_checkpointer_role)                                                                                    \
  ADD(ftblab_job_unit_checkpointer_role)                                                                               \
  ADD(ftblab_kernel_checkpointer_role)                                                                                 \
  ADD(ftblab_grid_user_role)                                                                                           \
  ADD(ftblab_file_system_role)

#define DECLARE(role) extern const ftblab_role_class role;
#define ADDRESS(role) &role,

ROLES(DECLARE)

/* Order: that of the registration tables B.1 and B.2, which is also the order of boot; those of Appendix D by MPI,
 * those of the other documents last. */
const ftblab_role_class *const ftblab_role_classes[] = {ROLES(ADDRESS) NULL};
