/* merge.c - joins the shares of a study.
 *
 * Each share is copied in one transaction, and what is there already stays: a merge that was interrupted is mended by
 * merging again. A point is finished when all its replicas are there, as in a study that was never cut. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

typedef struct merge {
  const char *folder;
  ftblab_store *store;
  ftblab_study *study; /* of the first share */
  char *identity, *version;
} merge;

/* Begin the merged store as a copy of the first share's study; later ones must be the same. */
static ftblab_status begin(merge *m, ftblab_store *share, ftblab_error *err)
{
  ftblab_status status = ftblab_store_study(share, &m->study, err);
  if (status == FTBLAB_OK && !ftblab_store_has_rows(m->store)) {
    status = ftblab_store_value(share, "version", &m->version, err);
    if (status == FTBLAB_OK)
      status = ftblab_store_create(m->store, m->study, m->version, "1/1", err);
    if (status == FTBLAB_OK)
      status = ftblab_store_commit(m->store, true, err);
    free(m->version);
    m->version = NULL;
  }
  if (status == FTBLAB_OK)
    status = ftblab_store_value(m->store, "identity", &m->identity, err);
  return status == FTBLAB_OK ? ftblab_store_value(m->store, "version", &m->version, err) : status;
}

static ftblab_status compare(const merge *m, ftblab_store *share, const char *key, const char *wanted,
                             const char *reason, ftblab_error *err)
{
  char *text;
  ftblab_status status = ftblab_store_value(share, key, &text, err);
  if (status != FTBLAB_OK)
    return status;
  if (strcmp(text, wanted) != 0)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: %s %s (%s, not %s)", ftblab_store_folder(share), reason, m->folder,
                         text, wanted);
  free(text);
  return status;
}

static ftblab_status merge_one(merge *m, const char *folder, ftblab_error *err)
{
  ftblab_store *share = NULL;
  ftblab_status status = ftblab_store_open(folder, FTBLAB_STORE_READ, &share, err);
  if (status == FTBLAB_OK && m->study == NULL)
    status = begin(m, share, err);
  if (status == FTBLAB_OK)
    status = compare(m, share, "identity", m->identity, "is of another study than", err);
  if (status == FTBLAB_OK)
    status = compare(m, share, "version", m->version, "was made by another version of ftblab than", err);
  ftblab_store_close(share);
  return status == FTBLAB_OK ? ftblab_store_copy(m->store, folder, err) : status;
}

static bool holds_study(const char *folder)
{
  ftblab_text path = {0};
  ftblab_text_addf(&path, "%s/study.sqlite", folder);
  bool there = !path.failed && access(path.data, F_OK) == 0;
  ftblab_text_free(&path);
  return there;
}

static int is_shard(const struct dirent *entry)
{
  return strncmp(entry->d_name, "shard-", 6) == 0;
}

/* The folders shard-* in FOLDER, by name. */
static ftblab_status merge_shards(merge *m, const char *folder, size_t *found, ftblab_error *err)
{
  struct dirent **entries;
  ftblab_status status = FTBLAB_OK;
  int count = scandir(folder, &entries, is_shard, alphasort);
  if (count < 0)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: %s", folder, strerror(errno));
  for (int i = 0; i < count; i++) {
    ftblab_text path = {0};
    ftblab_text_addf(&path, "%s/%s", folder, entries[i]->d_name);
    if (status == FTBLAB_OK && path.failed)
      status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path");
    if (status == FTBLAB_OK && holds_study(path.data)) {
      status = merge_one(m, path.data, err);
      ++*found;
    }
    ftblab_text_free(&path);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static bool is_same_folder(const char *a, const char *b)
{
  char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
  bool same = real_a != NULL && real_b != NULL && strcmp(real_a, real_b) == 0;
  free(real_a);
  free(real_b);
  return same;
}

static ftblab_status merge_folder(merge *m, const char *folder, ftblab_error *err)
{
  size_t found = 0;
  ftblab_status status = FTBLAB_OK;
  if (holds_study(folder) && !is_same_folder(folder, m->folder)) {
    status = merge_one(m, folder, err);
    found++;
  }
  if (status == FTBLAB_OK)
    status = merge_shards(m, folder, &found, err);
  if (status == FTBLAB_OK && found == 0)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: holds no study, nor shares of one", folder);
  return status;
}

/* Which points have all their replicas now? */
static ftblab_status settle(void *argument, uint64_t point, bool finished, const ftblab_counts *known,
                            ftblab_error *err)
{
  merge *m = argument;
  ftblab_point_state state;
  ftblab_counts counts;
  uint64_t found;
  ftblab_status status = ftblab_store_count(m->store, point, &counts, err);
  if (status != FTBLAB_OK || counts.replicas == 0 || (finished && memcmp(&counts, known, sizeof counts) == 0))
    return status;
  status = ftblab_point_open(m->store, m->study, (ftblab_share){1, 1}, point, &state, &found, err);
  if (status != FTBLAB_OK)
    return status;
  ftblab_point_close(&state);
  return state.finished ? ftblab_store_finish(m->store, point, err) : FTBLAB_OK;
}

ftblab_status ftblab_study_merge(const char *folder, const char *const *folders, size_t count, ftblab_error *err)
{
  merge m = {.folder = folder};
  ftblab_status status = ftblab_store_open(folder, FTBLAB_STORE_WRITE, &m.store, err);
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    status = merge_folder(&m, folders[i], err);
  if (status == FTBLAB_OK)
    status = ftblab_store_points(m.store, settle, &m, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_commit(m.store, true, err);
  ftblab_store_close(m.store);
  ftblab_study_free(m.study);
  free(m.identity);
  free(m.version);
  return status;
}
