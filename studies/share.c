/* share.c - which share of a study this process does: as it was told, or as its launcher's environment says. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "studies.h"

/* A whole number up to the end of TEXT or to STOP. */
static bool read_number(const char *text, char stop, uint64_t *number, const char **rest)
{
  char *end;
  if (text == NULL || *text < '0' || *text > '9')
    return false;
  errno = 0;
  *number = strtoull(text, &end, 10);
  *rest = end;
  return errno == 0 && *end == stop;
}

ftblab_status ftblab_share_read(const char *text, ftblab_share *share, ftblab_error *err)
{
  ftblab_share read = {0};
  const char *rest;
  if (!read_number(text, '/', &read.index, &rest) || !read_number(rest + 1, '\0', &read.count, &rest) ||
      read.index < 1 || read.index > read.count)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--shard' takes I/N with I from 1 to N, as 2/4, not '%s'", text);
  *share = read;
  return FTBLAB_OK;
}

/* In the order in which they are believed: mpirun inside of a Slurm job sets its own, and Slurm's are the job's. */
static const struct launcher {
  const char *rank, *size;
  const char *job, *step; /* if JOB is set, STEP must be, too: else the process is the script of the job */
} launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL, NULL},
    {"PMI_RANK", "PMI_SIZE", NULL, NULL},
    {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_JOB_ID", "SLURM_STEP_ID"},
};

ftblab_status ftblab_share_of_launcher(ftblab_share *share, ftblab_error *err)
{
  for (size_t i = 0; i < FTBLAB_COUNT(launchers); i++) {
    const struct launcher *l = &launchers[i];
    const char *rank = getenv(l->rank), *size = getenv(l->size), *rest;
    uint64_t index, count;
    if (rank == NULL || size == NULL || (l->job != NULL && getenv(l->job) != NULL && getenv(l->step) == NULL))
      continue;
    if (!read_number(rank, '\0', &index, &rest) || !read_number(size, '\0', &count, &rest) || index >= count)
      return ftblab_fail(err, FTBLAB_EUSAGE, "%s=%s and %s=%s are no place among the processes of a launcher", l->rank,
                         rank, l->size, size);
    *share = (ftblab_share){.index = index + 1, .count = count};
    return FTBLAB_OK;
  }
  *share = (ftblab_share){.index = 1, .count = 1};
  return FTBLAB_OK;
}
