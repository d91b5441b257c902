/* replay.c - a replica of a study, to be run again alone. The scenario is the one that the store has kept, so that the
 * file may have changed since; its platform may not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

/* "FOLDER:POINT.REPLICA"; the folder may hold colons. */
static ftblab_status split(const char *name, ftblab_text *folder, uint64_t *point, uint64_t *replica, ftblab_error *err)
{
  const char *colon = strrchr(name, ':');
  char *dot = NULL, *end = NULL;
  errno = 0;
  if (colon != NULL && colon > name && colon[1] >= '1' && colon[1] <= '9')
    *point = strtoull(colon + 1, &dot, 10);
  if (dot != NULL && *dot == '.' && dot[1] >= '1' && dot[1] <= '9')
    *replica = strtoull(dot + 1, &end, 10);
  if (end == NULL || *end != '\0' || errno != 0)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--replay' takes DIR:POINT.REPLICA, as results:3.17, not '%s'", name);
  --*point;
  --*replica;
  ftblab_text_add_bytes(folder, name, (size_t)(colon - name));
  return folder->failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path") : FTBLAB_OK;
}

static ftblab_status fill(ftblab_store *store, uint64_t point, uint64_t replica, ftblab_replay *replay,
                          ftblab_error *err)
{
  ftblab_study *study = NULL;
  uint64_t seed = 0;
  ftblab_status status = ftblab_store_replica(store, point, replica, &seed, &replay->has_digest, &replay->digest, err);
  if (status == FTBLAB_OK && replay->has_digest) /* one that crashed is run again, to see it crash */
    status = ftblab_store_check_digest(store, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_check_platforms(store, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(store, "version", &replay->version, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_study(store, &study, err);
  if (status == FTBLAB_OK)
    status = ftblab_study_scenario(study, point, &replay->scenario, err);
  if (status == FTBLAB_OK)
    ftblab_scenario_set_seed(replay->scenario, seed);
  ftblab_study_free(study);
  return status;
}

ftblab_status ftblab_replay_open(const char *name, ftblab_replay **replay, ftblab_error *err)
{
  ftblab_text folder = {0};
  ftblab_store *store = NULL;
  uint64_t point = 0, replica = 0;
  ftblab_replay *made = calloc(1, sizeof *made);
  ftblab_status status = made != NULL ? split(name, &folder, &point, &replica, err)
                                      : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the replay");
  if (status == FTBLAB_OK)
    status = ftblab_store_open(folder.data, FTBLAB_STORE_READ, &store, err);
  if (status == FTBLAB_OK)
    status = fill(store, point, replica, made, err);
  ftblab_store_close(store);
  ftblab_text_free(&folder);
  if (status != FTBLAB_OK) {
    ftblab_replay_free(made);
    return status;
  }
  *replay = made;
  return FTBLAB_OK;
}

void ftblab_replay_free(ftblab_replay *replay)
{
  if (replay == NULL)
    return;
  ftblab_scenario_free(replay->scenario);
  free(replay->version);
  free(replay);
}
