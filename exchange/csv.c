/* csv.c - a trace as CSV (RFC 4180, UTF-8, commas): a row for each record of each case, in the order of the trace, with
 * a head of column names.
 *
 * A value that is there but empty is written "", one that is absent is empty without quotes; the reader tells them
 * apart. The header of the trace stands in the first row. */
#include <stdlib.h>
#include <string.h>

#include "fields.h"

#define CASE_FIELD "case:concept:name"
#define VERDICT_FIELD "case:verdict"

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void add_value(ftblab_text *text, const char *value, size_t length)
{
  bool quote = length == 0;
  for (size_t i = 0; i < length && !quote; i++)
    quote = (unsigned char)value[i] < 0x20 || strchr("\",", value[i]) != NULL;
  quote = quote || value[0] == ' ' || value[length - 1] == ' ';
  if (!quote) {
    ftblab_text_add_bytes(text, value, length);
    return;
  }
  ftblab_text_add(text, "\"");
  for (size_t i = 0; i < length; i++)
    ftblab_text_add_bytes(text, value[i] == '"' ? "\"\"" : value + i, value[i] == '"' ? 2 : 1);
  ftblab_text_add(text, "\"");
}

static void add_header(const ftblab_log *log, ftblab_text *text)
{
  ftblab_text header = {0};
  ftblab_trace_header_write(&log->header, &header);
  if (header.length > 0)
    add_value(text, header.data, header.length - 1); /* without its newline */
  text->failed = text->failed || header.failed;
  ftblab_text_free(&header);
}

static void add_row(const ftblab_log *log, const ftblab_case *c, size_t i, fields *f, bool *told, ftblab_text *text)
{
  ftblab_fields_from(f, &log->records[c->records[i]], c->rows[i]);
  add_value(text, c->name, strlen(c->name));
  ftblab_text_add(text, ",");
  if (c->verdict != NULL)
    add_value(text, c->verdict, strlen(c->verdict));
  for (int at = 0; at < FIELD_COUNT; at++) {
    ftblab_text_add(text, ",");
    if (f->present[at])
      add_value(text, ftblab_text_string(&f->values[at]), f->values[at].length);
  }
  ftblab_text_add(text, ",");
  if (!*told && log->header.present)
    add_header(log, text);
  *told = true;
  ftblab_text_add(text, "\n");
}

/* A row of the output: a record of a case. */
typedef struct output_row {
  size_t record, of, at;
} output_row;

static int by_record(const void *left, const void *right)
{
  const output_row *a = left, *b = right;
  if (a->record != b->record)
    return a->record < b->record ? -1 : 1;
  return a->of < b->of ? -1 : a->of > b->of;
}

/* The rows in the order of the trace; NULL: no memory. */
static output_row *order_rows(const ftblab_cases *cases, size_t *count)
{
  *count = 0;
  for (size_t c = 0; c < cases->count; c++)
    *count += cases->cases[c].count;
  output_row *rows = malloc((*count + 1) * sizeof *rows);
  size_t next = 0;
  for (size_t c = 0; c < cases->count && rows != NULL; c++)
    for (size_t i = 0; i < cases->cases[c].count; i++)
      rows[next++] = (output_row){cases->cases[c].records[i], c, i};
  if (rows != NULL)
    qsort(rows, *count, sizeof *rows, by_record);
  return rows;
}

void ftblab_csv_write(const ftblab_log *log, const ftblab_cases *cases, ftblab_text *text)
{
  size_t count;
  fields f = {0};
  bool told = false;
  output_row *rows = order_rows(cases, &count);
  ftblab_text_add(text, CASE_FIELD "," VERDICT_FIELD);
  for (int at = 0; at < FIELD_COUNT; at++)
    ftblab_text_addf(text, ",%s", ftblab_field_names[at]);
  ftblab_text_add(text, "," FTBLAB_HEADER_FIELD "\n");
  for (size_t i = 0; i < count && rows != NULL; i++)
    add_row(log, &cases->cases[rows[i].of], rows[i].at, &f, &told, text);
  if (!told && log->header.present) { /* no record, but a header: a row of it alone */
    for (int at = 0; at < FIELD_COUNT + 2; at++)
      ftblab_text_add(text, ",");
    add_header(log, text);
    ftblab_text_add(text, "\n");
  }
  text->failed = text->failed || rows == NULL || ftblab_fields_failed(&f);
  free(rows);
  ftblab_fields_free(&f);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

typedef struct csv {
  FILE *stream;
  const char *name;
  size_t line, column; /* of the next byte */
  size_t value_line, value_column;
  ftblab_text value;
  bool quoted; /* the value was */
  field *columns;
  size_t column_count, column_capacity;
  size_t header_column; /* SIZE_MAX: none */
  ftblab_error *err;
} csv;

static int peek(csv *c)
{
  int byte = getc(c->stream);
  if (byte != EOF)
    ungetc(byte, c->stream);
  return byte;
}

static int take(csv *c)
{
  int byte = getc(c->stream);
  c->column++;
  if (byte == '\n') {
    c->line++;
    c->column = 1;
  }
  return byte;
}

static ftblab_status bad(const csv *c, size_t line, size_t column, const char *reason)
{
  return ftblab_fail_at(c->err, c->name, line, column, "%s", reason);
}

static void keep_byte(csv *c, int byte)
{
  char character = (char)byte;
  ftblab_text_add_bytes(&c->value, &character, 1);
}

static ftblab_status take_quoted(csv *c)
{
  for (;;) {
    int byte = take(c);
    if (byte == EOF)
      return bad(c, c->value_line, c->value_column, "this quote is not closed");
    if (byte == '"' && peek(c) != '"')
      return FTBLAB_OK;
    if (byte == '"')
      (void)take(c);
    keep_byte(c, byte);
  }
}

static ftblab_status check_value(csv *c)
{
  if (ferror(c->stream))
    return ftblab_fail(c->err, FTBLAB_EINPUT, "%s: cannot be read", c->name);
  if (c->value.failed)
    return ftblab_fail(c->err, FTBLAB_ENOMEM, "no memory to read %s", c->name);
  for (size_t i = 0, length; i < c->value.length; i += length) {
    length = ftblab_utf8_character(c->value.data + i, c->value.length - i);
    if (length == 0 || c->value.data[i] == '\0') /* no string of a trace has a NUL */
      return bad(c, c->value_line, c->value_column, length == 0 ? "invalid UTF-8" : "a NUL byte");
  }
  return FTBLAB_OK;
}

/* The next value. *LAST: it ends its row. */
static ftblab_status take_value(csv *c, bool *last)
{
  ftblab_status status = FTBLAB_OK;
  ftblab_text_clear(&c->value);
  c->value_line = c->line;
  c->value_column = c->column;
  c->quoted = peek(c) == '"';
  if (c->quoted) {
    (void)take(c);
    status = take_quoted(c);
  }
  if (status != FTBLAB_OK)
    return status;
  for (;;) {
    int byte = take(c);
    if (byte == '\r' && (peek(c) == '\n' || peek(c) == EOF))
      continue;
    *last = byte == '\n' || byte == EOF;
    if (*last || byte == ',')
      return check_value(c);
    if (c->quoted)
      return bad(c, c->line, c->column - 1, "a comma or the end of the line must follow a closing quote");
    if (byte == '"')
      return bad(c, c->line, c->column - 1, "a quote within a value that does not begin with one");
    keep_byte(c, byte);
  }
}

static ftblab_status add_column(csv *c)
{
  const char *name = ftblab_text_string(&c->value);
  field at = ftblab_field_of(name, c->value.length);
  for (size_t i = 0; i < c->column_count && at != FIELD_COUNT; i++)
    if (c->columns[i] == at)
      return bad(c, c->value_line, c->value_column, "this column is there twice");
  if (c->column_count == c->column_capacity) {
    size_t capacity = c->column_capacity ? 2 * c->column_capacity : 32;
    field *grown = realloc(c->columns, capacity * sizeof *grown);
    if (grown == NULL)
      return ftblab_fail(c->err, FTBLAB_ENOMEM, "no memory to read %s", c->name);
    c->columns = grown;
    c->column_capacity = capacity;
  }
  if (strcmp(name, FTBLAB_HEADER_FIELD) == 0)
    c->header_column = c->column_count;
  c->columns[c->column_count++] = at;
  return FTBLAB_OK;
}

static ftblab_status take_columns(csv *c)
{
  static const char mark[] = "\xEF\xBB\xBF";
  for (size_t i = 0; mark[i] != '\0' && peek(c) == (unsigned char)mark[i]; i++)
    (void)getc(c->stream); /* a byte order mark */
  bool last = false;
  while (!last) {
    ftblab_status status = take_value(c, &last);
    if (status == FTBLAB_OK)
      status = add_column(c);
    if (status != FTBLAB_OK)
      return status;
  }
  if (c->column_count == 1 && c->columns[0] == FIELD_COUNT)
    return bad(c, 1, 1, "the first line must name the columns, with commas between them");
  return FTBLAB_OK;
}

static ftblab_status take_header(csv *c, ftblab_log *log)
{
  ftblab_error why = {0};
  ftblab_status status = ftblab_log_take_header(log, c->value.data, c->value.length, &why);
  if (status == FTBLAB_EINPUT)
    return ftblab_fail_at(c->err, c->name, c->value_line, c->value_column, "%s", why.text);
  return status == FTBLAB_OK ? FTBLAB_OK : ftblab_fail(c->err, status, "%s", why.text);
}

/* One row, which begins at the line and column of C. */
static ftblab_status take_row(csv *c, ftblab_log *log, fields *f)
{
  size_t line = c->line, column = c->column, count = 0;
  bool last = false, any = false;
  ftblab_fields_clear(f);
  while (!last) {
    ftblab_status status = take_value(c, &last);
    if (status != FTBLAB_OK)
      return status;
    if (count == 0 && last && !c->quoted && c->value.length == 0)
      return FTBLAB_OK; /* an empty line */
    if (count == c->column_count)
      return bad(c, c->value_line, c->value_column, "more values than there are columns");
    bool present = c->quoted || c->value.length > 0;
    if (present && count == c->header_column) {
      status = take_header(c, log);
      if (status != FTBLAB_OK)
        return status;
    } else if (present && c->columns[count] != FIELD_COUNT) {
      ftblab_fields_set(f, c->columns[count], ftblab_text_string(&c->value), c->value.length);
      any = true;
    }
    count++;
  }
  if (count < c->column_count)
    return bad(c, line, column, "fewer values than there are columns");
  return any ? ftblab_fields_keep(f, log, c->name, line, column, c->err) : FTBLAB_OK;
}

ftblab_status ftblab_csv_read(ftblab_log *log, FILE *stream, const char *name, ftblab_error *err)
{
  csv c = {.stream = stream, .name = name, .line = 1, .column = 1, .header_column = SIZE_MAX, .err = err};
  fields f = {0};
  ftblab_status status = take_columns(&c);
  while (status == FTBLAB_OK && peek(&c) != EOF)
    status = take_row(&c, log, &f);
  ftblab_fields_free(&f);
  ftblab_text_free(&c.value);
  free(c.columns);
  return status;
}
