/* spec_tables.c - a family's document: its registrations, and its workflows row by row. */
#include "spec_load.h"

#include <stdlib.h>
#include <string.h>

/* ---- params ---- */

/* The payload key that a word of the tables, LENGTH long, stands for: "node" nodes, "process" processes, "walltime"
 * walltime. NULL: none. */
static const char *key_of_word(const ftblab_spec *spec, const char *word, size_t length)
{
  static const char *const endings[] = {"s", "es", ""};
  for (size_t i = 0; i < FTBLAB_COUNT(endings); i++)
    for (size_t k = 0; k < spec->key_count; k++)
      if (strncmp(spec->keys[k], word, length) == 0 && strcmp(spec->keys[k] + length, endings[i]) == 0)
        return spec->keys[k];
  return NULL;
}

static ftblab_status add_term(ftblab_loader *loader, ftblab_row *row, const char *key, ftblab_term_kind kind,
                              const char *variable, size_t length)
{
  if (row->term_count == FTBLAB_MAX_TERMS)
    return ftblab_fail(loader->err, FTBLAB_EINTERNAL, "step %s: too many params", row->step);
  ftblab_term *term = &row->terms[row->term_count++];
  *term = (ftblab_term){kind, ftblab_spec_key(loader->spec, key, strlen(key)), FTBLAB_NONE, FTBLAB_NONE};
  if (term->key == FTBLAB_NONE)
    return ftblab_fail(loader->err, FTBLAB_EINTERNAL, "the catalogue has no payload key %s", key);
  if (kind == FTBLAB_TERM_WILD)
    return FTBLAB_OK;
  uint32_t number = ftblab_names_add(loader->variables, variable, length);
  if (number == FTBLAB_NO_NAME)
    return ftblab_fail(loader->err, FTBLAB_ENOMEM, "no memory for the specification");
  term->variable = (int)number;
  return FTBLAB_OK;
}

/* "x", "x,q", "p-q", "r" or "*", the value of KEY. */
static ftblab_status add_value(ftblab_loader *loader, ftblab_row *row, const char *key, const char *value,
                               size_t length)
{
  const char *comma = memchr(value, ',', length);
  if (comma) { /* a migration: from the first to the second */
    size_t first = (size_t)(comma - value);
    ftblab_status status = add_term(loader, row, "snode", FTBLAB_TERM_ONE, value, first);
    return status ? status : add_term(loader, row, "dnode", FTBLAB_TERM_ONE, comma + 1, length - first - 1);
  }
  if (length == 1 && *value == '*')
    return add_term(loader, row, key, FTBLAB_TERM_WILD, NULL, 0);
  bool whole = memchr(value, '-', length) != NULL;
  if (whole && (strcmp(key, "ranks") == 0 || strcmp(key, "processes") == 0)) /* "n-m" is only how the set is written */
    return add_term(loader, row, key, FTBLAB_TERM_WHOLE, key, strlen(key));
  return add_term(loader, row, key, whole ? FTBLAB_TERM_WHOLE : FTBLAB_TERM_ONE, value, length);
}

/* "node x: job z: rank n-m" into terms. */
static ftblab_status load_terms(ftblab_loader *loader, const cJSON *params, ftblab_row *row)
{
  for (const char *part = row->params; part;) {
    const char *colon = strchr(part, ':'), *space = strchr(part, ' '), *key = NULL;
    size_t length = colon ? (size_t)(colon - part) : strlen(part);
    if (space && space > part)
      key = key_of_word(loader->spec, part, (size_t)(space - part));
    if (!key || space + 1 >= part + length)
      return ftblab_loader_fail(loader, params, "the params are not a list of \"node x\", \"job z\", ...");
    ftblab_status status = add_value(loader, row, key, space + 1, length - (size_t)(space + 1 - part));
    if (status)
      return status;
    part = colon ? colon + 1 + strspn(colon + 1, " ") : NULL;
  }
  return FTBLAB_OK;
}

/* Is VARIABLE, "p", a member of the set that WHOLE, "p-q", stands for? */
static bool is_member(const ftblab_loader *loader, const ftblab_term *term, const ftblab_term *whole)
{
  if (term->kind != FTBLAB_TERM_ONE || whole->kind != FTBLAB_TERM_WHOLE || term->key != whole->key)
    return false;
  const char *variable = ftblab_names_string(loader->variables, (uint32_t)term->variable);
  const char *set = ftblab_names_string(loader->variables, (uint32_t)whole->variable);
  size_t length = strlen(variable);
  return strncmp(set, variable, length) == 0 && set[length] == '-';
}

/* Is TERM, of a row that takes place for each member of a set, the member, and WHOLE the set? */
static bool is_one_of_each(const ftblab_row *row, const ftblab_term *term, const ftblab_term *whole)
{
  return row->each != FTBLAB_NONE && term->kind == FTBLAB_TERM_ONE && whole->kind == FTBLAB_TERM_WHOLE &&
         term->key == whole->key && whole->variable == row->each;
}

static void find_members(const ftblab_loader *loader, ftblab_row *rows, size_t count)
{
  for (size_t r = 0; r < count; r++)
    for (size_t t = 0; t < rows[r].term_count; t++)
      for (size_t s = 0; s < count; s++)
        for (size_t u = 0; u < rows[s].term_count; u++)
          if (is_member(loader, &rows[r].terms[t], &rows[s].terms[u]) ||
              is_one_of_each(&rows[r], &rows[r].terms[t], &rows[s].terms[u]))
            rows[r].terms[t].member_of = rows[s].terms[u].variable;
}

/* ---- choices, and rows for each member of a set ---- */

/* The number of NAME among the NAMES that earlier rows gave, from 1; a new one gets the next. */
static int number_of(const char *name, const char **names, int *count)
{
  for (int i = 0; i < *count; i++)
    if (strcmp(names[i], name) == 0)
      return i + 1;
  names[(*count)++] = name;
  return *count;
}

/* Choices are numbered in the order of their first rows, branches in that of theirs. */
static void number_choices(ftblab_row *rows, size_t count)
{
  const char *choices[FTBLAB_MAX_ROWS], *branches[FTBLAB_MAX_ROWS];
  int choice_count = 0;
  for (size_t r = 0; r < count; r++)
    if (rows[r].choice_name)
      rows[r].choice = number_of(rows[r].choice_name, choices, &choice_count);
  for (int choice = 1; choice <= choice_count; choice++) {
    int branch_count = 0;
    for (size_t r = 0; r < count; r++)
      if (rows[r].choice == choice)
        rows[r].branch = number_of(rows[r].branch_name, branches, &branch_count);
  }
}

/* Is there a row that is an alternative to ROW? */
static bool has_alternative(const ftblab_row *row, const ftblab_row *rows, size_t count)
{
  for (size_t r = 0; r < count; r++)
    if (ftblab_rows_exclude(row, &rows[r]))
      return true;
  return false;
}

/* Does a row bind VARIABLE as a set? */
static bool is_set(const ftblab_row *rows, size_t count, int variable)
{
  for (size_t r = 0; r < count; r++)
    for (size_t t = 0; t < rows[r].term_count; t++)
      if (rows[r].terms[t].kind == FTBLAB_TERM_WHOLE && rows[r].terms[t].variable == variable)
        return true;
  return false;
}

static ftblab_status check_rows(ftblab_loader *loader, const cJSON *table, const ftblab_row *rows, size_t count)
{
  const cJSON *item;
  size_t r = 0;
  cJSON_ArrayForEach(item, table)
  {
    if (!cJSON_GetObjectItemCaseSensitive(item, "step"))
      continue;
    if (rows[r].choice && !has_alternative(&rows[r], rows, count))
      return ftblab_loader_fail(loader, item, "a choice needs two branches");
    if (rows[r].each != FTBLAB_NONE && !is_set(rows, count, rows[r].each))
      return ftblab_loader_fail(loader, item, "no row binds the set that this row is for each of");
    r++;
  }
  return FTBLAB_OK;
}

/* ---- tables ---- */

/* What the tables of Appendix B have no need of: rows that may be absent, alternatives, rows for each of a set. */
static ftblab_status load_quantity(ftblab_loader *loader, const cJSON *item, ftblab_row *row)
{
  const cJSON *choice = cJSON_GetObjectItemCaseSensitive(item, "choice");
  const char *each = ftblab_loader_string(item, "each");
  row->optional = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "optional"));
  const cJSON *unless = cJSON_GetObjectItemCaseSensitive(item, "unless");
  row->unless = FTBLAB_NONE;
  if (unless) {
    ftblab_status status = ftblab_loader_event(loader, unless, &row->unless);
    if (status)
      return status;
  }
  row->choice_name = ftblab_loader_string(choice, "of");
  row->branch_name = ftblab_loader_string(choice, "branch");
  row->basis = ftblab_loader_string(item, "basis");
  row->each = FTBLAB_NONE;
  if (!each)
    return FTBLAB_OK;
  uint32_t number = ftblab_names_add(loader->variables, each, strlen(each));
  if (number == FTBLAB_NO_NAME)
    return ftblab_fail(loader->err, FTBLAB_ENOMEM, "no memory for the specification");
  row->each = (int)number;
  return FTBLAB_OK;
}

static ftblab_status load_row(ftblab_loader *loader, const cJSON *item, ftblab_row *row)
{
  row->step = ftblab_loader_string(item, "step");
  row->number = (int)strtol(row->step, NULL, 10);
  row->action = strcmp(ftblab_loader_string(item, "action"), "throw") == 0 ? FTBLAB_THROW : FTBLAB_CATCH;
  row->printed = ftblab_loader_string(item, "event");
  row->params = ftblab_loader_string(item, "params");
  ftblab_status status =
      ftblab_loader_role(loader, cJSON_GetObjectItemCaseSensitive(item, "component"), &row->component);
  if (!status)
    status = ftblab_loader_event(loader, cJSON_GetObjectItemCaseSensitive(item, "event"), &row->event);
  if (!status)
    status = load_terms(loader, cJSON_GetObjectItemCaseSensitive(item, "params"), row);
  if (!status)
    status = load_quantity(loader, item, row);
  if (!status)
    status = ftblab_loader_lines(loader, item, "text", &row->text);
  return status ? status : ftblab_loader_errata(loader, item, &row->errata, &row->erratum_count);
}

static ftblab_status load_table(ftblab_loader *loader, const cJSON *table, ftblab_workflow *workflow)
{
  size_t size = (size_t)cJSON_GetArraySize(table);
  ftblab_row *rows = ftblab_loader_take(loader, size, sizeof *rows);
  ftblab_occurrence *occurrences = ftblab_loader_take(loader, size, sizeof *occurrences);
  if (!rows || !occurrences)
    return FTBLAB_ENOMEM;
  workflow->rows = rows;
  workflow->occurrences = occurrences;
  const cJSON *item;
  cJSON_ArrayForEach(item, table)
  {
    ftblab_status status;
    if (cJSON_GetObjectItemCaseSensitive(item, "occurrence")) {
      ftblab_occurrence *occurrence = &occurrences[workflow->occurrence_count];
      occurrence->before = (int)workflow->row_count;
      occurrence->phase = (int)workflow->occurrence_count++;
      status = ftblab_loader_lines(loader, item, "occurrence", &occurrence->text);
    } else if (workflow->row_count == FTBLAB_MAX_ROWS) {
      status = ftblab_loader_fail(loader, item, "too many rows");
    } else {
      ftblab_row *row = &rows[workflow->row_count++];
      row->phase = workflow->occurrence_count ? (int)workflow->occurrence_count - 1 : 0;
      status = load_row(loader, item, row);
    }
    if (status)
      return status;
  }
  workflow->phase_count = workflow->occurrence_count ? (int)workflow->occurrence_count : 1;
  number_choices(rows, workflow->row_count);
  find_members(loader, rows, workflow->row_count);
  return check_rows(loader, table, rows, workflow->row_count);
}

static ftblab_status load_workflow(ftblab_loader *loader, const cJSON *item, int family, ftblab_workflow *workflow)
{
  workflow->id = ftblab_loader_string(item, "id");
  workflow->title = ftblab_loader_string(item, "title");
  workflow->origin = ftblab_loader_string(item, "origin");
  workflow->source = ftblab_loader_string(item, "source");
  workflow->text = ftblab_loader_string(item, "text");
  workflow->basis = ftblab_loader_string(item, "basis");
  workflow->by_name = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "by_name"));
  workflow->family = family;
  workflow->promise = FTBLAB_NONE;
  const cJSON *promise = cJSON_GetObjectItemCaseSensitive(item, "of_jobs_that_threw");
  if (promise != NULL) {
    ftblab_status found = ftblab_loader_event(loader, promise, &workflow->promise);
    if (found)
      return found;
  }
  ftblab_status status = load_table(loader, cJSON_GetObjectItemCaseSensitive(item, "table"), workflow);
  return status ? status : ftblab_loader_errata(loader, item, &workflow->errata, &workflow->erratum_count);
}

static ftblab_status load_registrations(ftblab_loader *loader, const cJSON *list, ftblab_family *family)
{
  ftblab_registration *registrations =
      ftblab_loader_take(loader, (size_t)cJSON_GetArraySize(list), sizeof *registrations);
  if (!registrations)
    return FTBLAB_ENOMEM;
  family->registrations = registrations;
  const cJSON *item;
  cJSON_ArrayForEach(item, list)
  {
    ftblab_registration *registration = &registrations[family->registration_count++];
    registration->printed = ftblab_loader_string(item, "event");
    registration->params = ftblab_loader_string(item, "params");
    ftblab_status status =
        ftblab_loader_role(loader, cJSON_GetObjectItemCaseSensitive(item, "component"), &registration->component);
    if (!status)
      status = ftblab_loader_event(loader, cJSON_GetObjectItemCaseSensitive(item, "event"), &registration->event);
    if (!status)
      status = ftblab_loader_errata(loader, item, &registration->errata, &registration->erratum_count);
    if (status)
      return status;
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_loader_family(ftblab_loader *loader, const cJSON *root, ftblab_family *family, int index,
                                   ftblab_workflow *workflows)
{
  family->id = ftblab_loader_string(root, "id");
  family->title = ftblab_loader_string(root, "title");
  family->source = ftblab_loader_string(root, "source");
  family->text = ftblab_loader_string(root, "text");
  family->document = ftblab_loader_string(root, "document");
  family->amends = ftblab_loader_string(root, "amends");
  ftblab_status status = load_registrations(loader, cJSON_GetObjectItemCaseSensitive(root, "registers"), family);
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "workflows")) if (!status) status =
      load_workflow(loader, item, index, workflows++);
  return status ? status : ftblab_loader_errata(loader, root, &family->errata, &family->erratum_count);
}
