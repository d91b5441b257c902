/* log.c - failure logs: a row a failure, with the columns where a column map says. Lines that begin with '#' are
 * comments. Whatever is wrong is said with file and line. */
#include "columns.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reading one file. */
typedef struct reader {
  const char *path;
  ftblab_columns map; /* with the places of the columns; names belong to the caller's */
  ftblab_column *keeps;
  size_t line;
  char **fields; /* of the line at hand, cut in place */
  size_t field_count, field_room;
  bool has_head; /* the first line was looked at */
  ftblab_failure_log *log;
  size_t room;
  ftblab_error *err;
} reader;

static ftblab_status no_memory(reader *r)
{
  return ftblab_fail(r->err, FTBLAB_ENOMEM, "no memory for %s", r->path);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static ftblab_status add_field(reader *r, char *field)
{
  if (r->field_count == r->field_room) {
    size_t room = r->field_room ? 2 * r->field_room : 32;
    char **fields = realloc(r->fields, room * sizeof *fields);
    if (fields == NULL)
      return no_memory(r);
    r->fields = fields;
    r->field_room = room;
  }
  r->fields[r->field_count++] = field;
  return FTBLAB_OK;
}

/* A quoted field at *AT; two quotes within it are one. *AT moves behind it. False: it does not end on this line. */
static bool unquote(char **at)
{
  char *from = *at + 1, *to = *at;
  while (*from != '\0' && (*from != '"' || from[1] == '"')) {
    from += *from == '"';
    *to++ = *from++;
  }
  if (*from != '"')
    return false;
  *to = '\0';
  *at = from + 1;
  return true;
}

static ftblab_status cut_at(reader *r, char *line, char separator)
{
  ftblab_status status = FTBLAB_OK;
  for (char *at = line; status == FTBLAB_OK;) {
    char *field = at;
    if (*at == '"' && !unquote(&at))
      return ftblab_fail_at(r->err, r->path, r->line, (size_t)(field - line) + 1, "the quoted field does not end");
    at += strcspn(at, (const char[]){separator, '\0'});
    status = add_field(r, field);
    if (*at == '\0')
      break;
    *at++ = '\0';
  }
  return status;
}

static ftblab_status cut_at_blanks(reader *r, char *line)
{
  ftblab_status status = FTBLAB_OK;
  for (char *at = line + strspn(line, " \t"); *at != '\0' && status == FTBLAB_OK; at += strspn(at, " \t")) {
    status = add_field(r, at);
    at += strcspn(at, " \t");
    if (*at != '\0')
      *at++ = '\0';
  }
  return status;
}

/* Do semicolons separate the fields of LINE? In "2005-06-21;10:54" it stands between the parts of a date; with words
 * before it or a blank behind it, it is of a text. */
static bool has_semicolons(const char *line)
{
  const char *at = strchr(line, ';'), *blank = strchr(line, ' ');
  if (at == NULL || (blank != NULL && blank < at && memchr(blank + 1, ' ', (size_t)(at - blank - 1)) != NULL))
    return false;
  size_t digits = strspn(at + 1, "0123456789");
  return at[1] != ' ' && !(digits > 0 && at[1 + digits] == ':');
}

static char separator_of(const char *line)
{
  const char *end = line[0] == '[' ? strchr(line, ']') : NULL;
  bool words = end != NULL && end[1] != ',' && end[1] != ';'; /* "[DATE] words, and more" */
  if (!words && strchr(line, ',') != NULL)
    return ',';
  return !words && has_semicolons(line) ? ';' : ' ';
}

static ftblab_status cut(reader *r, char *line)
{
  r->field_count = 0;
  if (r->map.separator == '\0')
    r->map.separator = separator_of(line);
  return r->map.separator == ' ' ? cut_at_blanks(r, line) : cut_at(r, line, r->map.separator);
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

static bool is_number(const char *name)
{
  return name[strspn(name, "0123456789")] == '\0';
}

static ftblab_status unknown_column(reader *r, const char *name)
{
  const char *nearest = ftblab_nearest(name, (const char *const *)r->fields, r->field_count);
  if (nearest != NULL)
    return ftblab_fail_at(r->err, r->path, r->line, 0, "there is no column '%s' in the head line; did you mean '%s'?",
                          name, nearest);
  char heads[200] = ""; /* as many as fit: the rest of a long line says little more */
  size_t used = 0;
  for (size_t i = 0; i < r->field_count && used + strlen(r->fields[i]) + 3 < sizeof heads; i++)
    used += (size_t)snprintf(heads + used, sizeof heads - used, "%s%s", i > 0 ? ", " : "", r->fields[i]);
  return ftblab_fail_at(r->err, r->path, r->line, 0, "there is no column '%s' in the head line: %s", name, heads);
}

/* Find COLUMN in the head line, which is the line at hand. *NAMED: some column has a name and is no number. */
static ftblab_status resolve(reader *r, ftblab_column *column, bool *named)
{
  column->index = FTBLAB_COLUMN_NONE;
  if (column->name == NULL)
    return FTBLAB_OK;
  for (size_t i = 0; i < r->field_count; i++) {
    if (strcmp(r->fields[i], column->name) == 0) {
      column->index = i;
      *named = true;
      return FTBLAB_OK;
    }
  }
  if (!is_number(column->name))
    return unknown_column(r, column->name);
  unsigned long number = strtoul(column->name, NULL, 10);
  if (number == 0 || number > r->field_count)
    return ftblab_fail_at(r->err, r->path, r->line, 0, "there is no column %s: the line has %zu", column->name,
                          r->field_count);
  column->index = number - 1;
  return FTBLAB_OK;
}

static const char *field(const reader *r, const ftblab_column *column)
{
  return column->index < r->field_count ? r->fields[column->index] : NULL;
}

/* A calendar date; a mere number may be anything. */
static bool is_calendar(const char *string, bool day_first)
{
  double ignored;
  const char *dash = strchr(string, '-'), *dot = strchr(string, '.');
  return (strchr(string, '/') != NULL || (dash != NULL && strchr(dash + 1, '-') != NULL) ||
          (dot != NULL && strchr(dot + 1, '.') != NULL)) &&
         ftblab_date_parse(string, day_first, &ignored);
}

/* The field with the date of the line at hand; NULL: it has none. */
static const char *date_field(const reader *r)
{
  if (r->map.time.name != NULL)
    return field(r, &r->map.time);
  for (size_t i = 0; i < r->field_count; i++)
    if (is_calendar(r->fields[i], r->map.day_first))
      return r->fields[i];
  return NULL;
}

/* Look at the first line. *IS_HEAD: it names the columns and is no failure. */
static ftblab_status read_head(reader *r, bool *is_head)
{
  bool named = false;
  double ignored;
  ftblab_status status = resolve(r, &r->map.time, &named);
  if (status == FTBLAB_OK)
    status = resolve(r, &r->map.end, &named);
  if (status == FTBLAB_OK)
    status = resolve(r, &r->map.node, &named);
  for (size_t i = 0; i < r->map.keep_count && status == FTBLAB_OK; i++)
    status = resolve(r, &r->keeps[i], &named);
  const char *date = date_field(r);
  *is_head = named || date == NULL || !ftblab_date_parse(date, r->map.day_first, &ignored);
  r->has_head = true;
  return status;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static bool is_kept(const reader *r)
{
  for (size_t i = 0; i < r->map.keep_count; i++) {
    const char *value = field(r, &r->keeps[i]);
    if (value == NULL || fnmatch(r->map.keeps[i].pattern, value, 0) != 0)
      return false;
  }
  return true;
}

#define SKIP "; bad=skip leaves such rows out"
#define DATES ", such as 2024-01-31T10:20:30, 1/31/2024 10:20 or 31.1.2024" SKIP

/* "Jan 31 10:20:30", as syslog writes it? */
static bool lacks_year(const reader *r)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (r->field_count < 2 || strlen(r->fields[0]) != 3 || !is_number(r->fields[1]))
    return false;
  for (const char *month = months; *month != '\0'; month += 3)
    if (memcmp(r->fields[0], month, 3) == 0)
      return true;
  return false;
}

static ftblab_status refuse_date(reader *r, const char *what, const char *string)
{
  if (r->map.skips_bad) {
    r->log->skipped++;
    return FTBLAB_OK;
  }
  if (string == NULL && lacks_year(r))
    return ftblab_fail_at(r->err, r->path, r->line, 0,
                          "'%s %s' is a day of no year; dates need one, as in 2024-01-31T10:20:30, which "
                          "`journalctl -o short-iso` and rsyslog's RSYSLOG_FileFormat write" SKIP,
                          r->fields[0], r->fields[1]);
  if (string == NULL)
    return ftblab_fail_at(r->err, r->path, r->line, 0, "the row has no %s" DATES, what);
  return ftblab_fail_at(r->err, r->path, r->line, 0, "'%s' is no %s" DATES, string, what);
}

static ftblab_status add_entry(reader *r, const ftblab_log_entry *entry)
{
  ftblab_failure_log *log = r->log;
  if (log->count == r->room) {
    size_t room = r->room ? 2 * r->room : 256;
    ftblab_log_entry *entries = realloc(log->entries, room * sizeof *entries);
    if (entries == NULL)
      return no_memory(r);
    log->entries = entries;
    r->room = room;
  }
  log->entries[log->count++] = *entry;
  return FTBLAB_OK;
}

static ftblab_status read_row(reader *r)
{
  ftblab_log_entry entry = {.end = NAN, .node = FTBLAB_NO_NAME};
  const char *date = date_field(r), *end = field(r, &r->map.end), *node = field(r, &r->map.node);
  if (!is_kept(r))
    return FTBLAB_OK;
  if (date == NULL || !ftblab_date_parse(date, r->map.day_first, &entry.date))
    return refuse_date(r, "date", date);
  if (r->map.end.name != NULL && (end == NULL || !ftblab_date_parse(end, r->map.day_first, &entry.end)))
    return refuse_date(r, "date of an end", end);
  if (entry.end < entry.date && !r->map.skips_bad)
    return ftblab_fail_at(r->err, r->path, r->line, 0, "it ends before it begins; bad=skip leaves such rows out");
  if (entry.end < entry.date)
    return refuse_date(r, "end", end);
  if (node != NULL) {
    entry.node = ftblab_names_add(r->log->nodes, node, strlen(node));
    if (entry.node == FTBLAB_NO_NAME)
      return no_memory(r);
  }
  return add_entry(r, &entry);
}

static ftblab_status read_line(reader *r, char *line)
{
  size_t length = strlen(line);
  if (length > 0 && line[length - 1] == '\r')
    line[length - 1] = '\0';
  if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
    return FTBLAB_OK;
  bool is_head = false;
  ftblab_status status = cut(r, line);
  if (status == FTBLAB_OK && !r->has_head)
    status = read_head(r, &is_head);
  return status == FTBLAB_OK && !is_head ? read_row(r) : status;
}

static ftblab_status read_lines(reader *r, char *text, size_t length)
{
  ftblab_status status = FTBLAB_OK;
  for (char *at = text; at < text + length && status == FTBLAB_OK;) {
    char *end = memchr(at, '\n', (size_t)(text + length - at));
    char *next = end == NULL ? text + length : end + 1;
    r->line++;
    if (end != NULL)
      *end = '\0';
    if (strlen(at) != (size_t)((end == NULL ? next : end) - at))
      return ftblab_fail_at(r->err, r->path, r->line, strlen(at) + 1, "a NUL byte: this is no text");
    status = read_line(r, at);
    at = next;
  }
  return status;
}

static int by_date(const void *a, const void *b)
{
  const ftblab_log_entry *x = a, *y = b;
  return (x->date > y->date) - (x->date < y->date);
}

ftblab_status ftblab_failure_log_read(const char *path, const ftblab_columns *columns, ftblab_failure_log *log,
                                      ftblab_error *err)
{
  ftblab_failure_log result = {.nodes = ftblab_names_new()};
  reader r = {.path = path, .map = *columns, .log = &result, .err = err};
  char *text = NULL;
  size_t length = 0;
  r.keeps = calloc(columns->keep_count + 1, sizeof *r.keeps);
  ftblab_status status = r.keeps == NULL || result.nodes == NULL ? no_memory(&r) : FTBLAB_OK;
  for (size_t i = 0; status == FTBLAB_OK && i < columns->keep_count; i++)
    r.keeps[i] = columns->keeps[i].column;
  if (status == FTBLAB_OK)
    status = ftblab_read_file(path, &text, &length, err);
  if (status == FTBLAB_OK)
    status = read_lines(&r, text, length);
  if (status == FTBLAB_OK && result.count == 0)
    status = ftblab_fail_at(err, path, 0, 0, "there is no failure in it%s",
                            columns->keep_count > 0 ? " that is to be kept" : "");
  free(text);
  free(r.fields);
  free(r.keeps);
  if (status != FTBLAB_OK) {
    ftblab_failure_log_free(&result);
    return status;
  }
  qsort(result.entries, result.count, sizeof *result.entries, by_date);
  *log = result;
  return FTBLAB_OK;
}

void ftblab_failure_log_free(ftblab_failure_log *log)
{
  if (log == NULL)
    return;
  free(log->entries);
  ftblab_names_free(log->nodes);
  *log = (ftblab_failure_log){0};
}
