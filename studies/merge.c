/* merge.c - joins the shares of a study.
 *
 * All shares are looked at before anything is written: a merge that cannot be leaves nothing behind. Each share is
 * copied in one transaction, and what is there already stays: a merge that was interrupted is mended by merging again.
 * A point is finished when all its replicas are there, as in a study that was never cut. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

typedef struct merge {
  const char *folder; /* of the whole */
  ftblab_store *store;
  char **shares; /* folders of the shares */
  size_t count;
  ftblab_study *study; /* of the first share, as its identity and version */
  char *identity, *version;
} merge;

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to merge");
}

/* ---- which shares ----------------------------------------------------------------------------------- */

static ftblab_status add_share(merge *m, const char *folder, ftblab_error *err)
{
  char **grown = realloc(m->shares, (m->count + 1) * sizeof *grown);
  if (grown == NULL)
    return no_memory(err);
  m->shares = grown;
  grown[m->count] = strdup(folder);
  return grown[m->count++] != NULL ? FTBLAB_OK : no_memory(err);
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
static ftblab_status find_shards(merge *m, const char *folder, ftblab_error *err)
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
      status = no_memory(err);
    if (status == FTBLAB_OK && holds_study(path.data))
      status = add_share(m, path.data, err);
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

static ftblab_status find_shares(merge *m, const char *folder, ftblab_error *err)
{
  size_t before = m->count;
  bool is_whole = is_same_folder(folder, m->folder);
  ftblab_status status = FTBLAB_OK;
  if (holds_study(folder) && !is_whole)
    status = add_share(m, folder, err);
  if (status == FTBLAB_OK)
    status = find_shards(m, folder, err);
  if (status == FTBLAB_OK && m->count == before && is_whole)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: is the folder of '--out', and has no shares of a study in it", folder);
  if (status == FTBLAB_OK && m->count == before)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: holds no study, nor shares of one", folder);
  return status;
}

/* ---- are they of one study? -------------------------------------------------------------------------- */

/* The study of STORE is that of the first share. */
static ftblab_status compare(const merge *m, ftblab_store *store, ftblab_error *err)
{
  char *identity = NULL, *version = NULL;
  const char *folder = ftblab_store_folder(store);
  ftblab_status status = ftblab_store_value(store, "identity", &identity, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(store, "version", &version, err);
  if (status == FTBLAB_OK && strcmp(identity, m->identity) != 0)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: is of another study than %s (%s, not %s)", folder, m->shares[0],
                         identity, m->identity);
  if (status == FTBLAB_OK && strcmp(version, m->version) != 0)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: was made by another version of ftblab than %s (%s, not %s)", folder,
                         m->shares[0], version, m->version);
  free(identity);
  free(version);
  return status;
}

/* What the others are compared with. */
static ftblab_status look_at_first(merge *m, ftblab_store *share, ftblab_error *err)
{
  ftblab_status status = ftblab_store_study(share, &m->study, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(share, "identity", &m->identity, err);
  return status == FTBLAB_OK ? ftblab_store_value(share, "version", &m->version, err) : status;
}

static ftblab_status look_at_share(merge *m, size_t i, ftblab_error *err)
{
  ftblab_store *share = NULL;
  ftblab_status status = ftblab_store_open(m->shares[i], FTBLAB_STORE_READ, &share, err);
  if (status == FTBLAB_OK)
    status = i == 0 ? look_at_first(m, share, err) : compare(m, share, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_check_digest(share, err);
  ftblab_store_close(share);
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

/* Open the whole: a new one, with the first share's study, or one that has rows of the same study. */
static ftblab_status open_whole(merge *m, ftblab_error *err)
{
  ftblab_status status = ftblab_store_open(m->folder, FTBLAB_STORE_WRITE, &m->store, err);
  if (status != FTBLAB_OK)
    return status;
  if (ftblab_store_has_rows(m->store)) {
    status = compare(m, m->store, err);
    return status == FTBLAB_OK ? ftblab_store_check_digest(m->store, err) : status;
  }
  status = ftblab_store_create(m->store, m->study, m->version, "1/1", err);
  return status == FTBLAB_OK ? ftblab_store_commit(m->store, true, err) : status;
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

static ftblab_status join(merge *m, ftblab_error *err)
{
  ftblab_status status = open_whole(m, err);
  for (size_t i = 0; i < m->count && status == FTBLAB_OK; i++)
    status = ftblab_store_copy(m->store, m->shares[i], err);
  if (status == FTBLAB_OK)
    status = ftblab_store_points(m->store, settle, m, err);
  return status == FTBLAB_OK ? ftblab_store_commit(m->store, true, err) : status;
}

ftblab_status ftblab_study_merge(const char *folder, const char *const *folders, size_t count, ftblab_error *err)
{
  merge m = {.folder = folder};
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    status = find_shares(&m, folders[i], err);
  for (size_t i = 0; i < m.count && status == FTBLAB_OK; i++)
    status = look_at_share(&m, i, err);
  if (status == FTBLAB_OK)
    status = join(&m, err);
  ftblab_store_close(m.store);
  ftblab_study_free(m.study);
  for (size_t i = 0; i < m.count; i++)
    free(m.shares[i]);
  free(m.shares);
  free(m.identity);
  free(m.version);
  return status;
}
