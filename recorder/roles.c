/* roles.c - who publishes in an event space, as the workflow tables name it. What must hold: the user's rules come
 * first; a space that nothing is known of gives its own last part, never a wrong role. */
#include "parts.h"

#include <string.h>
#include <strings.h>

/* Category and component of a space "region.category.component"; NULL: any component. The names are those of the
 * implementations' own clients and of ftblab's simulated ones. */
static const struct {
  const char *category, *component, *role;
} spaces[] = {
    {"mpi", "mig_trigger", "Migration Trigger"}, /* MVAPICH2 1.6 to 2.3.7 */
    {"mpi", "mvapich2", "MPI Process"},
    {"startup", "mv2_mpirun", "mpirun_rsh"},
    {"startup", "mv2_mpispawn", "mpispawn"},
    {"mpi", "hydra", "MPI*"}, /* MPICH 1.3.1 to 3.0 */
    {"mpi", "mpirun", "MPI*"},
    {"mpi", NULL, "MPI"},
    {"rm", NULL, "RM/JS"},
    {"monitoring", NULL, "Monitoring System"},
    {"autonomic", NULL, "Autonomic Script"},
    {"application", NULL, "Application"},
    {"ib", NULL, "IB Fault Monitor"},
    {"network_libaries", "infiniband", "IB Fault Monitor"}, /* the spelling of FTB's own example */
    {"network_libraries", "infiniband", "IB Fault Monitor"},
    {"cr", NULL, "C/R Library"},
    {"checkpoint_sw", NULL, "C/R Library"}, /* BLCR */
    {"iofsl", NULL, "File System"},
};

static bool is_word(const char *word, const char *at, size_t length)
{
  return word == NULL || (strlen(word) == length && strncasecmp(word, at, length) == 0);
}

/* RULE is SPACE or begins it up to a dot. */
static bool is_above(const char *rule, const char *space)
{
  size_t length = strlen(rule);
  return strncasecmp(rule, space, length) == 0 && (space[length] == '\0' || space[length] == '.');
}

void ftblab_role_of_space(const ftblab_recording_options *options, const char *space, ftblab_text *text)
{
  for (size_t i = options->role_count; i > 0; i--)
    if (is_above(options->roles[i - 1].space, space)) {
      ftblab_text_add(text, options->roles[i - 1].component);
      return;
    }
  const char *category = strchr(space, '.'), *component = category ? strchr(category + 1, '.') : NULL;
  if (component == NULL) {
    ftblab_text_add(text, *space ? space : "unknown");
    return;
  }
  category++;
  size_t category_length = (size_t)(component++ - category), component_length = strlen(component);
  for (size_t i = 0; i < FTBLAB_COUNT(spaces); i++)
    if (is_word(spaces[i].category, category, category_length) &&
        is_word(spaces[i].component, component, component_length)) {
      ftblab_text_add(text, spaces[i].role);
      return;
    }
  ftblab_text_add(text, *component ? component : space);
}
