/* store.c - the file of a study: opening, locking, transactions, tables. See store.h.
 *
 * The journal is SQLite's rollback journal, not the write-ahead log: that one needs memory shared by all who read,
 * which network file systems of clusters do not offer. A reader never sees half a transaction; one that reads for long
 * delays the next commit, which is then tried again. */
#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 10000 }; /* milliseconds that a reader or the last commit waits; chosen, no source */

/* ---- SQLite ----------------------------------------------------------------------------------------- */

ftblab_status ftblab_store_fail(const ftblab_store *store, const char *what, ftblab_error *err)
{
  int code = store->db != NULL ? sqlite3_errcode(store->db) : SQLITE_NOMEM;
  if (code == SQLITE_NOMEM)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results in %s", store->folder);
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s/study.sqlite: %s", store->folder, sqlite3_errmsg(store->db));
  return ftblab_fail(err, FTBLAB_EIO, "%s/study.sqlite: %s: %s", store->folder, what, sqlite3_errmsg(store->db));
}

ftblab_status ftblab_store_prepare(ftblab_store *store, const char *sql, sqlite3_stmt **statement, ftblab_error *err)
{
  if (sqlite3_prepare_v2(store->db, sql, -1, statement, NULL) == SQLITE_OK)
    return FTBLAB_OK;
  return ftblab_store_fail(store, "cannot be asked", err);
}

ftblab_status ftblab_store_finish_statement(ftblab_store *store, sqlite3_stmt *statement, ftblab_error *err)
{
  int code = sqlite3_step(statement);
  ftblab_status status = FTBLAB_OK;
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    status = ftblab_store_fail(store, "cannot be written", err);
  sqlite3_finalize(statement);
  return status;
}

ftblab_status ftblab_store_execute(ftblab_store *store, const char *sql, ftblab_error *err)
{
  if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return FTBLAB_OK;
  return ftblab_store_fail(store, "cannot be written", err);
}

ftblab_status ftblab_store_begin(ftblab_store *store, ftblab_error *err)
{
  if (store->in_transaction)
    return FTBLAB_OK;
  ftblab_status status = ftblab_store_execute(store, "BEGIN IMMEDIATE", err);
  store->in_transaction = status == FTBLAB_OK;
  return status;
}

ftblab_status ftblab_store_commit(ftblab_store *store, bool must, ftblab_error *err)
{
  if (!store->in_transaction)
    return FTBLAB_OK;
  sqlite3_busy_timeout(store->db, must ? PATIENCE : 0);
  int code = sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
  sqlite3_busy_timeout(store->db, PATIENCE);
  if (code == SQLITE_BUSY && !must)
    return FTBLAB_OK; /* somebody reads: the transaction stays open */
  if (code != SQLITE_OK)
    return ftblab_store_fail(store, "cannot be saved", err);
  store->in_transaction = false;
  return FTBLAB_OK;
}

/* ---- opening ------------------------------------------------------------------------------------------ */

/* The lock belongs to the process and ends with it, however it ends; children do not have it. */
static ftblab_status lock(ftblab_store *store, ftblab_error *err)
{
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  ftblab_text path = {0};
  ftblab_text_addf(&path, "%s/lock", store->folder);
  store->lock = path.failed ? -1 : open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  ftblab_text_free(&path);
  if (store->lock < 0)
    return ftblab_fail(err, FTBLAB_EIO, "%s/lock: %s", store->folder, strerror(errno));
  if (fcntl(store->lock, F_SETLK, &whole) == 0)
    return FTBLAB_OK;
  if (errno == EACCES || errno == EAGAIN)
    return ftblab_fail(err, FTBLAB_EUSAGE, "%s: another process writes its results there", store->folder);
  return ftblab_fail(err, FTBLAB_EIO, "%s/lock: cannot be locked: %s", store->folder, strerror(errno));
}

static ftblab_status open_file(ftblab_store *store, ftblab_store_use use, ftblab_error *err)
{
  ftblab_text path = {0};
  ftblab_text_addf(&path, "%s/study.sqlite", store->folder);
  if (path.failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path");
  /* a reader, too, may have to roll back what a killed writer began */
  int flags = SQLITE_OPEN_READWRITE | (use == FTBLAB_STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
  int code = SQLITE_OK;
  if (use == FTBLAB_STORE_READ && access(path.data, R_OK) != 0)
    code = SQLITE_CANTOPEN;
  if (code == SQLITE_OK)
    code = sqlite3_open_v2(path.data, &store->db, flags, NULL);
  ftblab_text_free(&path);
  if (code == SQLITE_CANTOPEN && use == FTBLAB_STORE_READ)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: holds no study", store->folder);
  if (code != SQLITE_OK)
    return ftblab_store_fail(store, "cannot be opened", err);
  sqlite3_busy_timeout(store->db, PATIENCE);
  return FTBLAB_OK;
}

ftblab_status ftblab_store_open(const char *folder, ftblab_store_use use, ftblab_store **store, ftblab_error *err)
{
  ftblab_store *made = calloc(1, sizeof *made);
  ftblab_text name = {0};
  ftblab_text_add(&name, folder);
  if (made == NULL || name.failed) {
    free(made);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the results");
  }
  made->folder = name.data != NULL ? name.data : calloc(1, 1);
  made->lock = -1;
  ftblab_status status = FTBLAB_OK;
  if (use == FTBLAB_STORE_WRITE)
    status = ftblab_make_folder(folder, err);
  if (status == FTBLAB_OK && use == FTBLAB_STORE_WRITE)
    status = lock(made, err);
  if (status == FTBLAB_OK)
    status = open_file(made, use, err);
  if (status == FTBLAB_OK && use == FTBLAB_STORE_READ && !ftblab_store_has_study(made))
    status = sqlite3_errcode(made->db) != SQLITE_OK && sqlite3_errcode(made->db) != SQLITE_DONE
                 ? ftblab_store_fail(made, "cannot be read", err)
                 : ftblab_fail(err, FTBLAB_EINPUT, "%s: holds no study", folder);
  if (status != FTBLAB_OK) {
    ftblab_store_close(made);
    return status;
  }
  *store = made;
  return FTBLAB_OK;
}

void ftblab_store_close(ftblab_store *store)
{
  if (store == NULL)
    return;
  sqlite3_finalize(store->insert);
  sqlite3_close(store->db);
  if (store->lock >= 0)
    close(store->lock);
  free(store->folder);
  free(store);
}

/* Does a query that must be possible give a row? */
static bool has(const ftblab_store *store, const char *sql)
{
  sqlite3_stmt *statement = NULL;
  bool found =
      sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
  sqlite3_finalize(statement);
  return found;
}

bool ftblab_store_has_study(const ftblab_store *store)
{
  return has(store, "SELECT 1 FROM sqlite_master WHERE name = 'study'");
}

bool ftblab_store_has_rows(const ftblab_store *store)
{
  return has(store, "SELECT 1 FROM replicas LIMIT 1");
}

const char *ftblab_store_folder(const ftblab_store *store)
{
  return store->folder;
}

/* ---- tables ----------------------------------------------------------------------------------------------- */

void ftblab_store_quote(ftblab_text *text, const char *name)
{
  ftblab_text_add(text, "\"");
  for (const char *at = name; *at != '\0'; at++)
    ftblab_text_addf(text, *at == '"' ? "\"\"" : "%c", *at);
  ftblab_text_add(text, "\"");
}

static void write_tables(const ftblab_study *study, ftblab_text *sql)
{
  size_t count;
  const ftblab_metric *metrics = ftblab_metric_table(&count);
  ftblab_text_add(sql,
                  "DROP VIEW IF EXISTS results; DROP TABLE IF EXISTS study; DROP TABLE IF EXISTS platforms;"
                  "DROP TABLE IF EXISTS factors; DROP TABLE IF EXISTS metrics; DROP TABLE IF EXISTS summaries;"
                  "DROP TABLE IF EXISTS points; DROP TABLE IF EXISTS replicas;"
                  "CREATE TABLE study (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
                  "CREATE TABLE platforms (path TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;"
                  "CREATE TABLE factors (factor INTEGER PRIMARY KEY, name TEXT NOT NULL);"
                  "CREATE TABLE metrics (metric INTEGER PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, "
                  "doc TEXT NOT NULL);"
                  "CREATE TABLE summaries (point INTEGER, metric INTEGER, count INTEGER NOT NULL, mean REAL, "
                  "median REAL, p10 REAL, p90 REAL, low REAL, high REAL, PRIMARY KEY (point, metric)) WITHOUT ROWID;"
                  "CREATE TABLE points (point INTEGER PRIMARY KEY, finished INTEGER NOT NULL DEFAULT 0, "
                  "replicas INTEGER, conforms INTEGER, violates INTEGER, undecided INTEGER, broken INTEGER");
  for (size_t i = 0; i < study->factor_count; i++) {
    ftblab_text_add(sql, ", ");
    ftblab_store_quote(sql, study->factors[i].name);
  }
  ftblab_text_add(sql, ");CREATE TABLE replicas (point INTEGER, replica INTEGER, seed INTEGER NOT NULL, "
                       "status TEXT NOT NULL, verdict TEXT, unmet INTEGER");
  for (size_t i = 0; i < count; i++)
    ftblab_text_addf(sql, ", %s REAL", metrics[i].name);
  ftblab_text_add(sql, ", trace TEXT, reason TEXT, PRIMARY KEY (point, replica)) WITHOUT ROWID;"
                       "CREATE VIEW results AS SELECT r.point, r.replica");
  for (size_t i = 0; i < study->factor_count; i++) {
    ftblab_text_add(sql, ", p.");
    ftblab_store_quote(sql, study->factors[i].name);
  }
  ftblab_text_add(sql, ", r.seed, (SELECT value FROM study WHERE key = 'version') AS version, r.status, r.verdict, "
                       "r.unmet");
  for (size_t i = 0; i < count; i++)
    ftblab_text_addf(sql, ", r.%s", metrics[i].name);
  ftblab_text_add(sql, ", r.trace, r.reason FROM replicas r JOIN points p ON p.point = r.point;");
}

static ftblab_status put_value(ftblab_store *store, const char *key, const char *value, ftblab_error *err)
{
  sqlite3_stmt *statement;
  ftblab_status status = ftblab_store_prepare(store, "INSERT INTO study VALUES (?, ?)", &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
  return ftblab_store_finish_statement(store, statement, err);
}

static ftblab_status put_values(ftblab_store *store, const ftblab_study *study, const char *version, const char *share,
                                ftblab_error *err)
{
  char identity[20], points[24];
  snprintf(identity, sizeof identity, "%016" PRIx64, study->identity);
  snprintf(points, sizeof points, "%" PRIu64, study->point_count);
  const char *const values[][2] = {
      {"format", "1"},
      {"digest", FTBLAB_DIGEST_KIND},
      {"title", study->title},
      {"version", version},
      {"identity", identity},
      {"share", share},
      {"points", points},
      {"study_file", study->file},
      {"study", study->text},
      {"scenario", study->scenario_text},
      {"scenario_path", study->scenario_path},
  };
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < FTBLAB_COUNT(values) && status == FTBLAB_OK; i++)
    status = put_value(store, values[i][0], values[i][1], err);
  return status;
}

static ftblab_status put_names(ftblab_store *store, const ftblab_study *study, ftblab_error *err)
{
  size_t count;
  const ftblab_metric *metrics = ftblab_metric_table(&count);
  sqlite3_stmt *statement;
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < study->factor_count && status == FTBLAB_OK; i++) {
    status = ftblab_store_prepare(store, "INSERT INTO factors VALUES (?, ?)", &statement, err);
    if (status != FTBLAB_OK)
      return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)i + 1);
    sqlite3_bind_text(statement, 2, study->factors[i].name, -1, SQLITE_STATIC);
    status = ftblab_store_finish_statement(store, statement, err);
  }
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++) {
    status = ftblab_store_prepare(store, "INSERT INTO metrics VALUES (?, ?, ?, ?)", &statement, err);
    if (status != FTBLAB_OK)
      return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)i + 1);
    sqlite3_bind_text(statement, 2, metrics[i].name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, metrics[i].unit, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, metrics[i].doc, -1, SQLITE_STATIC);
    status = ftblab_store_finish_statement(store, statement, err);
  }
  return status;
}

/* Numbers as numbers, texts as texts, anything else as JSON. */
void ftblab_store_bind_json(sqlite3_stmt *statement, int place, const cJSON *value)
{
  if (cJSON_IsNumber(value) && value->valuedouble == (double)(sqlite3_int64)value->valueint)
    sqlite3_bind_int64(statement, place, value->valueint);
  else if (cJSON_IsNumber(value))
    sqlite3_bind_double(statement, place, value->valuedouble);
  else if (cJSON_IsString(value))
    sqlite3_bind_text(statement, place, value->valuestring, -1, SQLITE_STATIC);
  else {
    char *printed = cJSON_PrintUnformatted(value);
    sqlite3_bind_text(statement, place, printed, -1, SQLITE_TRANSIENT);
    cJSON_free(printed);
  }
}

static ftblab_status put_points(ftblab_store *store, const ftblab_study *study, ftblab_error *err)
{
  ftblab_text sql = {0};
  sqlite3_stmt *statement = NULL;
  ftblab_text_add(&sql, "INSERT INTO points VALUES (?, 0, NULL, NULL, NULL, NULL, NULL");
  for (size_t i = 0; i < study->factor_count; i++)
    ftblab_text_add(&sql, ", ?");
  ftblab_text_add(&sql, ")");
  ftblab_status status = sql.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the points")
                                    : ftblab_store_prepare(store, sql.data, &statement, err);
  for (uint64_t point = 0; point < study->point_count && status == FTBLAB_OK; point++) {
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)point + 1);
    for (size_t i = 0; i < study->factor_count; i++)
      ftblab_store_bind_json(statement, (int)i + 2, ftblab_study_level(study, point, i)->value);
    if (sqlite3_step(statement) != SQLITE_DONE)
      status = ftblab_store_fail(store, "cannot be written", err);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  ftblab_text_free(&sql);
  return status;
}

ftblab_status ftblab_store_create(ftblab_store *store, const ftblab_study *study, const char *version,
                                  const char *share, ftblab_error *err)
{
  ftblab_text sql = {0};
  write_tables(study, &sql);
  ftblab_status status = ftblab_store_begin(store, err);
  if (status == FTBLAB_OK && sql.failed)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the tables");
  if (status == FTBLAB_OK)
    status = ftblab_store_execute(store, sql.data, err);
  if (status == FTBLAB_OK)
    status = put_values(store, study, version, share, err);
  if (status == FTBLAB_OK)
    status = put_names(store, study, err);
  if (status == FTBLAB_OK)
    status = put_points(store, study, err);
  ftblab_text_free(&sql);
  return status;
}

/* ---- the study ------------------------------------------------------------------------------------------------ */

ftblab_status ftblab_store_value(ftblab_store *store, const char *key, char **text, ftblab_error *err)
{
  sqlite3_stmt *statement;
  ftblab_status status = ftblab_store_prepare(store, "SELECT value FROM study WHERE key = ?", &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
  int step = sqlite3_step(statement);
  const char *value = step == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
  *text = value != NULL ? strdup(value) : NULL;
  if (step != SQLITE_ROW && step != SQLITE_DONE)
    status = ftblab_store_fail(store, "cannot be read", err);
  else if (value == NULL)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: is no study: it has no \"%s\"", store->folder, key);
  else if (*text == NULL)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the study");
  sqlite3_finalize(statement);
  return status;
}

/* Files from before digests had a number do not have it. */
ftblab_status ftblab_store_check_digest(ftblab_store *store, ftblab_error *err)
{
  char *kind = NULL;
  ftblab_status status = ftblab_store_value(store, "digest", &kind, err);
  if (status != FTBLAB_OK && status != FTBLAB_EINPUT)
    return status;
  bool same = kind != NULL && strcmp(kind, FTBLAB_DIGEST_KIND) == 0;
  status = same ? FTBLAB_OK
                : ftblab_fail(err, FTBLAB_EINPUT,
                              "%s: its digests of traces are of kind %s, those of this ftblab of kind %s",
                              store->folder, kind != NULL ? kind : "1", FTBLAB_DIGEST_KIND);
  free(kind);
  return status;
}

ftblab_status ftblab_store_study(ftblab_store *store, ftblab_study **study, ftblab_error *err)
{
  char *text = NULL, *scenario = NULL, *path = NULL, *file = NULL;
  ftblab_status status = ftblab_store_value(store, "study", &text, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(store, "scenario", &scenario, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_value(store, "scenario_path", &path, err);
  if (status == FTBLAB_OK && (status = ftblab_store_value(store, "study_file", &file, err)) == FTBLAB_EINPUT)
    status = FTBLAB_OK; /* older files do not have it */
  if (status == FTBLAB_OK)
    status = ftblab_study_of(file != NULL ? file : store->folder, text, strlen(text), path, scenario, strlen(scenario),
                             study, err);
  free(file);
  free(text);
  free(scenario);
  free(path);
  return status;
}

/* ---- platforms ------------------------------------------------------------------------------------------------- */

static ftblab_status digest_of(const char *path, char digest[20], ftblab_error *err)
{
  char *text;
  size_t length;
  ftblab_status status = ftblab_read_file(path, &text, &length, err);
  if (status != FTBLAB_OK)
    return status;
  snprintf(digest, 20, "%016" PRIx64, ftblab_digest(FTBLAB_DIGEST_START, text, length));
  free(text);
  return FTBLAB_OK;
}

static ftblab_status compare_platform(const ftblab_store *store, const char *path, const char *before,
                                      ftblab_error *err)
{
  char digest[20];
  ftblab_status status = digest_of(path, digest, err);
  if (status == FTBLAB_OK && strcmp(digest, before) != 0)
    status = ftblab_fail(err, FTBLAB_EINPUT, "%s: the platform has changed since the study in %s was begun", path,
                         store->folder);
  return status;
}

ftblab_status ftblab_store_platform(ftblab_store *store, const char *path, ftblab_error *err)
{
  char digest[20];
  sqlite3_stmt *statement;
  ftblab_status status = ftblab_store_prepare(store, "SELECT digest FROM platforms WHERE path = ?", &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
  bool known = sqlite3_step(statement) == SQLITE_ROW;
  if (known)
    status = compare_platform(store, path, (const char *)sqlite3_column_text(statement, 0), err);
  sqlite3_finalize(statement);
  if (known || status != FTBLAB_OK)
    return status;
  status = digest_of(path, digest, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_begin(store, err);
  if (status == FTBLAB_OK)
    status = ftblab_store_prepare(store, "INSERT INTO platforms VALUES (?, ?)", &statement, err);
  if (status != FTBLAB_OK)
    return status;
  sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, digest, -1, SQLITE_STATIC);
  return ftblab_store_finish_statement(store, statement, err);
}

ftblab_status ftblab_store_check_platforms(ftblab_store *store, ftblab_error *err)
{
  sqlite3_stmt *statement;
  ftblab_status status = ftblab_store_prepare(store, "SELECT path, digest FROM platforms", &statement, err);
  while (status == FTBLAB_OK && sqlite3_step(statement) == SQLITE_ROW)
    status = compare_platform(store, (const char *)sqlite3_column_text(statement, 0),
                              (const char *)sqlite3_column_text(statement, 1), err);
  sqlite3_finalize(statement);
  return status;
}
