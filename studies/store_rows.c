/* store_rows.c - replicas and summaries in the file of a study. See store.h. */
#include "store_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const fate_names[] = {
    [FTBLAB_FATE_DONE] = "done",
    [FTBLAB_FATE_FAILED] = "failed",
    [FTBLAB_FATE_CRASHED] = "crashed",
    [FTBLAB_FATE_BLOCKED] = "blocked",
};

static void bind_number(sqlite3_stmt *statement, int place, double value)
{
  if (isfinite(value))
    sqlite3_bind_double(statement, place, value);
  else
    sqlite3_bind_null(statement, place);
}

static double number_at(sqlite3_stmt *statement, int column)
{
  return sqlite3_column_type(statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, column);
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

/* Columns are named, so that a store with other metrics is refused by SQLite, not filled wrongly. */
static ftblab_status prepare_insert(ftblab_store *store, ftblab_error *err)
{
  size_t count;
  const ftblab_metric *metrics = ftblab_metric_table(&count);
  ftblab_text sql = {0};
  ftblab_text_add(&sql, "INSERT INTO replicas (point, replica, seed, status, verdict, unmet, trace, reason");
  for (size_t i = 0; i < count; i++)
    ftblab_text_addf(&sql, ", %s", metrics[i].name);
  ftblab_text_add(&sql, ") VALUES (?, ?, ?, ?, ?, ?, ?, ?");
  for (size_t i = 0; i < count; i++)
    ftblab_text_add(&sql, ", ?");
  ftblab_text_add(&sql, ")");
  ftblab_status status = sql.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results")
                                    : ftblab_store_prepare(store, sql.data, &store->insert, err);
  ftblab_text_free(&sql);
  return status;
}

ftblab_status ftblab_store_add(ftblab_store *store, const ftblab_row *row, ftblab_error *err)
{
  char digest[20];
  size_t count;
  ftblab_metric_table(&count);
  ftblab_status status = ftblab_store_begin(store, err);
  if (status == FTBLAB_OK && store->insert == NULL)
    status = prepare_insert(store, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_stmt *insert = store->insert;
  sqlite3_clear_bindings(insert);
  sqlite3_bind_int64(insert, 1, (sqlite3_int64)row->point + 1);
  sqlite3_bind_int64(insert, 2, (sqlite3_int64)row->replica + 1);
  sqlite3_bind_int64(insert, 3, (sqlite3_int64)row->seed);
  sqlite3_bind_text(insert, 4, fate_names[row->fate], -1, SQLITE_STATIC);
  if (row->fate == FTBLAB_FATE_DONE) {
    snprintf(digest, sizeof digest, "%016" PRIx64, row->digest);
    sqlite3_bind_text(insert, 5, ftblab_verdict_name(row->verdict), -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 6, (sqlite3_int64)row->unmet);
    sqlite3_bind_text(insert, 7, digest, -1, SQLITE_TRANSIENT);
    for (size_t i = 0; i < count; i++)
      bind_number(insert, (int)i + 9, row->metrics[i]);
  }
  if (row->reason[0] != '\0')
    sqlite3_bind_text(insert, 8, row->reason, -1, SQLITE_STATIC);
  if (sqlite3_step(insert) != SQLITE_DONE)
    status = ftblab_store_fail(store, "cannot be written", err);
  sqlite3_reset(insert);
  return status;
}

ftblab_status ftblab_store_replicas(ftblab_store *store, uint64_t point, void (*take)(void *argument, uint64_t replica),
                                    void *argument, ftblab_error *err)
{
  sqlite3_stmt *statement;
  ftblab_status status =
      ftblab_store_prepare(store, "SELECT replica FROM replicas WHERE point = ? ORDER BY replica", &statement, err);
  if (status != FTBLAB_OK)
    return status;
  int code;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)point + 1);
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    take(argument, (uint64_t)sqlite3_column_int64(statement, 0) - 1);
  if (code != SQLITE_DONE)
    status = ftblab_store_fail(store, "cannot be read", err);
  sqlite3_finalize(statement);
  return status;
}

static ftblab_status prepare_metrics(ftblab_store *store, uint64_t point, uint64_t limit, size_t first, size_t count,
                                     sqlite3_stmt **statement, ftblab_error *err)
{
  size_t all;
  const ftblab_metric *metrics = ftblab_metric_table(&all);
  ftblab_text sql = {0};
  ftblab_text_add(&sql, "SELECT ");
  for (size_t i = 0; i < count; i++)
    ftblab_text_addf(&sql, "%s%s", i > 0 ? ", " : "", metrics[first + i].name);
  ftblab_text_addf(&sql, " FROM replicas WHERE point = %" PRIu64 " AND replica <= %" PRIu64 " ORDER BY replica",
                   point + 1, limit);
  ftblab_status status = sql.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the summary")
                                    : ftblab_store_prepare(store, sql.data, statement, err);
  ftblab_text_free(&sql);
  return status;
}

ftblab_status ftblab_store_metrics(ftblab_store *store, uint64_t point, uint64_t limit, size_t first, size_t count,
                                   double **values, size_t *rows, ftblab_error *err)
{
  sqlite3_stmt *statement = NULL;
  double *taken = NULL;
  size_t number = 0, room = 0;
  int code = SQLITE_DONE;
  ftblab_status status = prepare_metrics(store, point, limit, first, count, &statement, err);
  while (status == FTBLAB_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (number == room) {
      room = room == 0 ? 64 : 2 * room;
      double *grown = realloc(taken, room * count * sizeof *grown);
      if (grown == NULL) {
        status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results of point %" PRIu64, point + 1);
        break;
      }
      taken = grown;
    }
    for (size_t i = 0; i < count; i++)
      taken[number * count + i] = number_at(statement, (int)i);
    number++;
  }
  if (status == FTBLAB_OK && code != SQLITE_DONE)
    status = ftblab_store_fail(store, "cannot be read", err);
  sqlite3_finalize(statement);
  if (status != FTBLAB_OK) {
    free(taken);
    return status;
  }
  *values = taken;
  *rows = number;
  return FTBLAB_OK;
}

ftblab_status ftblab_store_replica(ftblab_store *store, uint64_t point, uint64_t replica, uint64_t *seed, bool *done,
                                   uint64_t *digest, ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] = "SELECT seed, status, trace FROM replicas WHERE point = ? AND replica = ?";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)point + 1);
  sqlite3_bind_int64(statement, 2, (sqlite3_int64)replica + 1);
  if (sqlite3_step(statement) == SQLITE_ROW) {
    const char *fate = (const char *)sqlite3_column_text(statement, 1);
    const char *trace = (const char *)sqlite3_column_text(statement, 2);
    *seed = (uint64_t)sqlite3_column_int64(statement, 0);
    *done = fate != NULL && strcmp(fate, fate_names[FTBLAB_FATE_DONE]) == 0 && trace != NULL;
    *digest = *done ? strtoull(trace, NULL, 16) : 0;
  } else {
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: there is no replica %" PRIu64 ".%" PRIu64, store->folder, point + 1,
                         replica + 1);
  }
  sqlite3_finalize(statement);
  return status;
}

ftblab_status ftblab_store_first_violating(ftblab_store *store, uint64_t *point, uint64_t *replica, bool *found,
                                           ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] =
      "SELECT point, replica FROM replicas WHERE verdict = 'violates' ORDER BY point, replica LIMIT 1";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  if (status != FTBLAB_OK)
    return status;
  *found = sqlite3_step(statement) == SQLITE_ROW;
  if (*found) {
    *point = (uint64_t)sqlite3_column_int64(statement, 0) - 1;
    *replica = (uint64_t)sqlite3_column_int64(statement, 1) - 1;
  }
  sqlite3_finalize(statement);
  return FTBLAB_OK;
}

ftblab_status ftblab_store_faulty(ftblab_store *store, size_t most,
                                  void (*take)(void *argument, const ftblab_result_replica *replica), void *argument,
                                  ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] =
      "SELECT point, replica, seed, status, ifnull(verdict, ''), ifnull(reason, '') FROM replicas "
      "WHERE verdict = 'violates' OR status <> 'done' ORDER BY point, replica LIMIT ?";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  int code = SQLITE_DONE;
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)most);
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    ftblab_result_replica replica = {.point = (uint64_t)sqlite3_column_int64(statement, 0) - 1,
                                     .replica = (uint64_t)sqlite3_column_int64(statement, 1) - 1,
                                     .seed = (uint64_t)sqlite3_column_int64(statement, 2),
                                     .status = (const char *)sqlite3_column_text(statement, 3),
                                     .verdict = (const char *)sqlite3_column_text(statement, 4),
                                     .reason = (const char *)sqlite3_column_text(statement, 5)};
    if (replica.status == NULL || replica.verdict == NULL || replica.reason == NULL) {
      code = SQLITE_NOMEM;
      break;
    }
    take(argument, &replica);
  }
  if (code != SQLITE_DONE)
    status = ftblab_store_fail(store, "cannot be read", err);
  sqlite3_finalize(statement);
  return status;
}

/* The replica that comes first in ORDER, which may ask for the metric as "m" and for the parameter :median. */
static ftblab_status pick_one(ftblab_store *store, uint64_t point, const char *metric, const char *order, double median,
                              ftblab_result_pick *pick, ftblab_error *err)
{
  sqlite3_stmt *statement = NULL;
  ftblab_text sql = {0};
  ftblab_text_addf(&sql,
                   "SELECT replica, seed, %s AS m FROM replicas WHERE point = :point AND status = 'done' "
                   "ORDER BY %s, replica LIMIT 1",
                   metric, order);
  ftblab_status status = sql.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results")
                                    : ftblab_store_prepare(store, sql.data, &statement, err);
  ftblab_text_free(&sql);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":point"), (sqlite3_int64)point + 1);
  int place = sqlite3_bind_parameter_index(statement, ":median");
  if (place > 0)
    bind_number(statement, place, median);
  int code = sqlite3_step(statement);
  *pick = (ftblab_result_pick){.found = code == SQLITE_ROW};
  if (pick->found) {
    pick->replica = (uint64_t)sqlite3_column_int64(statement, 0) - 1;
    pick->seed = (uint64_t)sqlite3_column_int64(statement, 1);
    pick->value = number_at(statement, 2);
  } else if (code != SQLITE_DONE) {
    status = ftblab_store_fail(store, "cannot be read", err);
  }
  sqlite3_finalize(statement);
  return status;
}

ftblab_status ftblab_store_pick(ftblab_store *store, uint64_t point, size_t metric, double median,
                                ftblab_result_pick *middle, ftblab_result_pick *worst, ftblab_error *err)
{
  size_t count;
  const char *name = ftblab_metric_table(&count)[metric].name;
  ftblab_status status = pick_one(store, point, name, "m IS NULL, abs(m - :median)", median, middle, err);
  return status == FTBLAB_OK ? pick_one(store, point, name, "m IS NOT NULL, m DESC", median, worst, err) : status;
}

/* ---- summaries --------------------------------------------------------------------------------------------- */

ftblab_status ftblab_store_count(ftblab_store *store, uint64_t point, ftblab_counts *counts, ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] = "SELECT count(*), count(nullif(verdict = 'conforms', 0)), "
                            "count(nullif(verdict = 'violates', 0)), count(nullif(verdict = 'undecided', 0)), "
                            "count(nullif(status <> 'done', 0)) FROM replicas WHERE point = ?";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)point + 1);
  if (sqlite3_step(statement) == SQLITE_ROW)
    *counts = (ftblab_counts){.replicas = (uint64_t)sqlite3_column_int64(statement, 0),
                              .conforms = (uint64_t)sqlite3_column_int64(statement, 1),
                              .violates = (uint64_t)sqlite3_column_int64(statement, 2),
                              .undecided = (uint64_t)sqlite3_column_int64(statement, 3),
                              .broken = (uint64_t)sqlite3_column_int64(statement, 4)};
  else
    status = ftblab_store_fail(store, "cannot be read", err);
  sqlite3_finalize(statement);
  return status;
}

/* Values that are read at once: what a summary takes of memory does not grow with the number of replicas, but for one
 * metric of one point. */
#define VALUES_AT_ONCE 4000000

static ftblab_status summarise(ftblab_store *store, uint64_t point, size_t first, size_t count,
                               ftblab_summary *summaries, ftblab_error *err)
{
  double *values = NULL;
  size_t rows = 0;
  ftblab_status status = ftblab_store_metrics(store, point, INT64_MAX, first, count, &values, &rows, err);
  double *sample = status == FTBLAB_OK ? malloc((rows + 1) * sizeof *sample) : NULL;
  if (status == FTBLAB_OK && sample == NULL)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the summary of point %" PRIu64, point + 1);
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++) {
    size_t size = 0;
    for (size_t row = 0; row < rows; row++)
      if (!isnan(values[row * count + i]))
        sample[size++] = values[row * count + i];
    summaries[first + i] = ftblab_summarise_sample(sample, size);
  }
  free(sample);
  free(values);
  return status;
}

static ftblab_status compute(ftblab_store *store, uint64_t point, uint64_t replicas, ftblab_summary *summaries,
                             ftblab_error *err)
{
  size_t all;
  ftblab_metric_table(&all);
  size_t at_once = replicas > 0 ? (size_t)(VALUES_AT_ONCE / replicas) : all;
  if (at_once < 1)
    at_once = 1;
  ftblab_status status = FTBLAB_OK;
  for (size_t first = 0; first < all && status == FTBLAB_OK; first += at_once)
    status = summarise(store, point, first, all - first < at_once ? all - first : at_once, summaries, err);
  return status;
}

static ftblab_status put_summary(ftblab_store *store, uint64_t point, size_t metric, const ftblab_summary *summary,
                                 ftblab_error *err)
{
  sqlite3_stmt *statement;
  ftblab_status status = ftblab_store_prepare(
      store, "INSERT OR REPLACE INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)point + 1);
  sqlite3_bind_int64(statement, 2, (sqlite3_int64)metric + 1);
  sqlite3_bind_int64(statement, 3, (sqlite3_int64)summary->count);
  const double values[] = {summary->mean, summary->median, summary->p10, summary->p90, summary->low, summary->high};
  for (size_t i = 0; i < FTBLAB_COUNT(values); i++)
    bind_number(statement, (int)i + 4, values[i]);
  return ftblab_store_finish_statement(store, statement, err);
}

static ftblab_status mark_finished(ftblab_store *store, uint64_t point, const ftblab_counts *counts, ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] = "UPDATE points SET finished = 1, replicas = ?, conforms = ?, violates = ?, undecided = ?, "
                            "broken = ? WHERE point = ?";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  if (status != FTBLAB_OK)
    return status;
  const uint64_t values[] = {counts->replicas,  counts->conforms, counts->violates,
                             counts->undecided, counts->broken,   point + 1};
  for (size_t i = 0; i < FTBLAB_COUNT(values); i++)
    sqlite3_bind_int64(statement, (int)i + 1, (sqlite3_int64)values[i]);
  return ftblab_store_finish_statement(store, statement, err);
}

ftblab_status ftblab_store_finish(ftblab_store *store, uint64_t point, ftblab_error *err)
{
  size_t metrics;
  ftblab_counts counts;
  ftblab_metric_table(&metrics);
  ftblab_summary *summaries = calloc(metrics, sizeof *summaries);
  ftblab_status status =
      summaries != NULL ? ftblab_store_begin(store, err) : ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a summary");
  if (status == FTBLAB_OK)
    status = ftblab_store_count(store, point, &counts, err);
  if (status == FTBLAB_OK)
    status = compute(store, point, counts.replicas, summaries, err);
  for (size_t i = 0; i < metrics && status == FTBLAB_OK; i++)
    status = put_summary(store, point, i, &summaries[i], err);
  if (status == FTBLAB_OK)
    status = mark_finished(store, point, &counts, err);
  free(summaries);
  return status;
}

ftblab_status ftblab_store_points(ftblab_store *store, ftblab_point_sink *take, void *argument, ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] =
      "SELECT point, finished, replicas, conforms, violates, undecided, broken FROM points ORDER BY point";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  int code = SQLITE_DONE;
  while (status == FTBLAB_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    ftblab_counts counts = {.replicas = (uint64_t)sqlite3_column_int64(statement, 2),
                            .conforms = (uint64_t)sqlite3_column_int64(statement, 3),
                            .violates = (uint64_t)sqlite3_column_int64(statement, 4),
                            .undecided = (uint64_t)sqlite3_column_int64(statement, 5),
                            .broken = (uint64_t)sqlite3_column_int64(statement, 6)};
    status = take(argument, (uint64_t)sqlite3_column_int64(statement, 0) - 1, sqlite3_column_int(statement, 1) != 0,
                  &counts, err);
  }
  if (status == FTBLAB_OK && code != SQLITE_DONE)
    status = ftblab_store_fail(store, "cannot be read", err);
  sqlite3_finalize(statement);
  return status;
}

ftblab_status ftblab_store_summaries(ftblab_store *store, uint64_t point, bool finished, ftblab_summary *summaries,
                                     ftblab_error *err)
{
  size_t metrics;
  ftblab_counts counts;
  sqlite3_stmt *statement;
  ftblab_metric_table(&metrics);
  if (!finished) {
    ftblab_status counted = ftblab_store_count(store, point, &counts, err);
    return counted == FTBLAB_OK ? compute(store, point, counts.replicas, summaries, err) : counted;
  }
  static const char sql[] =
      "SELECT metric, count, mean, median, p10, p90, low, high FROM summaries WHERE point = ? ORDER BY metric";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_int64(statement, 1, (sqlite3_int64)point + 1);
  memset(summaries, 0, metrics * sizeof *summaries);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    size_t metric = (size_t)sqlite3_column_int64(statement, 0) - 1;
    if (metric < metrics)
      summaries[metric] = (ftblab_summary){.count = (size_t)sqlite3_column_int64(statement, 1),
                                           .mean = number_at(statement, 2),
                                           .median = number_at(statement, 3),
                                           .p10 = number_at(statement, 4),
                                           .p90 = number_at(statement, 5),
                                           .low = number_at(statement, 6),
                                           .high = number_at(statement, 7)};
  }
  sqlite3_finalize(statement);
  return FTBLAB_OK;
}

/* ---- merging -------------------------------------------------------------------------------------------------- */

/* What a replica is does not depend on where it ran, but for those that did not run to their end. */
static ftblab_status find_contradiction(ftblab_store *store, const char *folder, ftblab_error *err)
{
  sqlite3_stmt *statement;
  static const char sql[] =
      "SELECT a.point, a.replica FROM other.replicas a JOIN replicas b ON b.point = a.point AND b.replica = a.replica "
      "WHERE a.seed <> b.seed OR (a.status = 'done' AND b.status = 'done' AND a.trace <> b.trace) LIMIT 1";
  ftblab_status status = ftblab_store_prepare(store, sql, &statement, err);
  if (status == FTBLAB_OK && sqlite3_step(statement) == SQLITE_ROW)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: replica %lld.%lld is another than in %s", folder,
                         (long long)sqlite3_column_int64(statement, 0), (long long)sqlite3_column_int64(statement, 1),
                         store->folder);
  sqlite3_finalize(statement);
  return status;
}

/* A replica that ran to its end replaces one that did not. */
static ftblab_status copy_rows(ftblab_store *store, const char *folder, ftblab_error *err)
{
  ftblab_status status = find_contradiction(store, folder, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_begin(store, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_execute(store,
                                  "INSERT OR IGNORE INTO replicas SELECT * FROM other.replicas;"
                                  "INSERT OR REPLACE INTO replicas SELECT a.* FROM other.replicas a JOIN replicas b ON "
                                  "b.point = a.point AND b.replica = a.replica WHERE a.status = 'done' AND "
                                  "b.status <> 'done';"
                                  "INSERT OR IGNORE INTO platforms SELECT * FROM other.platforms;",
                                  err);
  return status == FTBLAB_OK ? ftblab_store_commit(store, true, err) : status;
}

ftblab_status ftblab_store_copy(ftblab_store *store, const char *folder, ftblab_error *err)
{
  sqlite3_stmt *statement;
  ftblab_text path = {0};
  ftblab_text_addf(&path, "%s/study.sqlite", folder);
  ftblab_status status = path.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path")
                                     : ftblab_store_prepare(store, "ATTACH ? AS other", &statement, err);
  if (status == FTBLAB_OK) {
    sqlite3_bind_text(statement, 1, path.data, -1, SQLITE_TRANSIENT);
    status = ftblab_store_finish_statement(store, statement, err);
  }
  ftblab_text_free(&path);
  if (status != FTBLAB_OK)
    return status;
  status = copy_rows(store, folder, err);
  if (status != FTBLAB_OK && store->in_transaction) {
    (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->in_transaction = false;
  }
  (void)sqlite3_exec(store->db, "DETACH other", NULL, NULL, NULL);
  return status;
}
