/* store_internal.h - what the files of the store share. Private to store*.c. */
#ifndef FTBLAB_STORE_INTERNAL_H
#define FTBLAB_STORE_INTERNAL_H

#include <sqlite3.h>

#include "store.h"

struct ftblab_store {
  sqlite3 *db;
  char *folder;
  int lock; /* file descriptor; -1: a reader */
  bool in_transaction;
  sqlite3_stmt *insert; /* of a replica; prepared at its first use */
};

/* What SQLite says, as an error about the folder. */
ftblab_status ftblab_store_fail(const ftblab_store *store, const char *what, ftblab_error *err);
ftblab_status ftblab_store_prepare(ftblab_store *store, const char *sql, sqlite3_stmt **statement, ftblab_error *err);
/* Step and finalize a statement that gives no rows. */
ftblab_status ftblab_store_finish_statement(ftblab_store *store, sqlite3_stmt *statement, ftblab_error *err);
ftblab_status ftblab_store_execute(ftblab_store *store, const char *sql, ftblab_error *err);
ftblab_status ftblab_store_begin(ftblab_store *store, ftblab_error *err); /* unless a transaction is open */
/* Append "name" with its quotes doubled. */
void ftblab_store_quote(ftblab_text *text, const char *name);
void ftblab_store_bind_json(sqlite3_stmt *statement, int place, const cJSON *value);

#endif
