/* logs.c - the records of several logs, merged by time. What must hold: the records of one log keep their order, also
 * where its time runs backwards; the checker says so, nobody sorts in silence. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept_record {
  ftblab_record record; /* its slices point into a pool */
  int64_t key;          /* its time, or a later one that stands before it in its log */
  size_t file, index;
  size_t series; /* files that go on with each other are one */
  uint64_t line;
  bool timed;
} kept_record;

struct ftblab_logs {
  ftblab_trace_header header;
  kept_record *records;
  size_t count, capacity;
  char **names;
  size_t name_count;
  size_t series, series_count; /* of the log that was named last; so far */
  leavings *left;              /* by dialects, few */
  size_t left_count;
  pool pool;
  bool joined;
};

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the records of a log");
}

ftblab_status ftblab_logs_new(ftblab_logs **logs, ftblab_error *err)
{
  ftblab_logs *created = calloc(1, sizeof *created);
  if (created == NULL)
    return no_memory(err);
  *logs = created;
  return FTBLAB_OK;
}

static void free_leavings(leavings *left)
{
  free(left->name);
  ftblab_tables_free(left->tables);
  ftblab_numbering_free(left->numbering);
}

void ftblab_logs_free(ftblab_logs *logs)
{
  if (logs == NULL)
    return;
  for (size_t i = 0; i < logs->name_count; i++)
    free(logs->names[i]);
  free(logs->names);
  free(logs->records);
  for (size_t i = 0; i < logs->left_count; i++)
    free_leavings(&logs->left[i]);
  free(logs->left);
  ftblab_pool_free(&logs->pool);
  free(logs);
}

ftblab_status ftblab_logs_name(ftblab_logs *logs, const char *name, size_t *file, ftblab_error *err)
{
  char **grown = realloc(logs->names, (logs->name_count + 1) * sizeof *grown);
  if (grown == NULL)
    return no_memory(err);
  logs->names = grown;
  grown[logs->name_count] = strdup(name);
  if (grown[logs->name_count] == NULL)
    return no_memory(err);
  *file = logs->name_count++;
  logs->series = ++logs->series_count;
  return FTBLAB_OK;
}

leavings *ftblab_logs_leavings(ftblab_logs *logs, const char *name)
{
  for (size_t i = 0; i < logs->left_count; i++)
    if (strcmp(logs->left[i].name, name) == 0)
      return &logs->left[i];
  return NULL;
}

bool ftblab_logs_leave(ftblab_logs *logs, const leavings *left)
{
  leavings *place = ftblab_logs_leavings(logs, left->name);
  if (place != NULL)
    free_leavings(place);
  else {
    leavings *grown = realloc(logs->left, (logs->left_count + 1) * sizeof *grown);
    if (grown == NULL)
      return false;
    logs->left = grown;
    place = &grown[logs->left_count++];
  }
  *place = *left;
  place->series = logs->series;
  return true;
}

void ftblab_logs_go_on(ftblab_logs *logs, const leavings *left)
{
  logs->series = left->series;
}

/* Every slice of a record. A slice that is added to ftblab_record must be added here. */
static bool copy_slices(ftblab_logs *logs, ftblab_record *record)
{
  ftblab_slice *slices[] = {&record->component, &record->event,    &record->instance, &record->host,  &record->payload,
                            &record->channel,   &record->severity, &record->type,     &record->space, &record->note};
  for (size_t i = 0; i < FTBLAB_COUNT(slices); i++) {
    if (slices[i]->data == NULL)
      continue;
    slices[i]->data = ftblab_pool_string(&logs->pool, slices[i]->data, slices[i]->length);
    if (slices[i]->data == NULL)
      return false;
  }
  return true;
}

ftblab_status ftblab_logs_keep(ftblab_logs *logs, const ftblab_record *record, bool timed, size_t file, uint64_t line,
                               ftblab_error *err)
{
  if (logs->count == logs->capacity) {
    size_t capacity = logs->capacity ? 2 * logs->capacity : 256;
    kept_record *grown = realloc(logs->records, capacity * sizeof *grown);
    if (grown == NULL)
      return no_memory(err);
    logs->records = grown;
    logs->capacity = capacity;
  }
  kept_record kept = {
      .record = *record, .file = file, .series = logs->series, .index = logs->count, .line = line, .timed = timed};
  kept.record.frame = 0; /* of a reader, of which there may be several */
  if (!copy_slices(logs, &kept.record))
    return no_memory(err);
  logs->records[logs->count++] = kept;
  return FTBLAB_OK;
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

static int by_time(const void *left, const void *right)
{
  const kept_record *a = left, *b = right;
  if (a->record.t != b->record.t)
    return a->record.t < b->record.t ? -1 : 1;
  return a->index < b->index ? -1 : 1;
}

static int by_key(const void *left, const void *right)
{
  const kept_record *a = left, *b = right;
  if (a->key != b->key)
    return a->key < b->key ? -1 : 1;
  return a->index < b->index ? -1 : 1;
}

static int64_t less(int64_t t, int64_t ahead)
{
  if (ahead > 0 && t < INT64_MIN + ahead)
    return INT64_MIN;
  return ahead < 0 && t > INT64_MAX + ahead ? INT64_MAX : t - ahead;
}

static void correct(kept_record *kept, const ftblab_log_options *options)
{
  const ftblab_slice *host = &kept->record.host;
  kept->record.t = less(kept->record.t, options->ahead);
  for (size_t i = 0; i < options->skew_count && host->data != NULL; i++)
    if (options->skews[i].host_length == host->length && memcmp(options->skews[i].host, host->data, host->length) == 0)
      kept->record.t = less(kept->record.t, options->skews[i].ahead);
}

void ftblab_logs_end_log(ftblab_logs *logs, size_t file, bool sorts, const ftblab_log_options *options)
{
  size_t first = logs->count;
  while (first > 0 && logs->records[first - 1].file == file)
    correct(&logs->records[--first], options);
  if (first == logs->count)
    return;
  if (sorts || options->skew_count > 0) /* hosts whose clocks differ are in the order of the corrected times */
    qsort(logs->records + first, logs->count - first, sizeof *logs->records, by_time);
  int64_t latest = INT64_MIN;
  for (size_t i = first; i < logs->count; i++) {
    latest = logs->records[i].record.t > latest ? logs->records[i].record.t : latest;
    logs->records[i].key = latest;
    logs->records[i].index = i;
  }
}

/* ---- a log without times among others ---------------------------------------------------------------------------- */

#define MOST_ASKED                                                                                                     \
  64 /* records of such a log that are compared with the others: chosen, what a launcher prints is short */

static bool is_same_slice(const ftblab_slice *a, const ftblab_slice *b)
{
  return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static bool is_event(const ftblab_record *record, const char *name)
{
  return record->event.length == strlen(name) && memcmp(record->event.data, name, record->event.length) == 0;
}

/* A record with the nodes that it names. */
typedef struct naming {
  const ftblab_record *record;
  ftblab_payload payload;
  const ftblab_pair *nodes; /* NULL: it names none, or cannot be read */
} naming;

static void read_names(naming *n, const ftblab_record *record)
{
  const ftblab_slice *text = &record->payload;
  n->record = record;
  n->nodes = NULL;
  if (text->data != NULL && ftblab_payload_parse(&n->payload, text->data, text->length, NULL) == FTBLAB_OK)
    n->nodes = ftblab_payload_find(&n->payload, "nodes");
}

/* Are there nodes that both name? */
static bool shares_node(const naming *a, const naming *b)
{
  for (size_t i = 0; a->nodes != NULL && b->nodes != NULL && i < a->nodes->item_count; i++)
    for (size_t k = 0; k < b->nodes->item_count; k++)
      if (ftblab_items_meet(&a->payload.items[a->nodes->first_item + i], &b->payload.items[b->nodes->first_item + k]))
        return true;
  return false;
}

/* How near the timed record B is to A, which has no time: 3 it says the same, 2 or 1 it is a cause of what MPI says of
 * the same node, 0 it is none of these. */
static int nearness(const naming *a, const naming *b)
{
  const ftblab_record *one = a->record, *other = b->record;
  if (one->action != FTBLAB_THROW || other->action != FTBLAB_THROW)
    return 0;
  if (is_same_slice(&one->event, &other->event) && is_same_slice(&one->payload, &other->payload))
    return 3;
  if (is_event(other, "RM_JOBS_DEAD"))
    return shares_node(a, b) ? 2 : 0;
  return is_event(other, "CONFIRM_NODES_DEAD") && shares_node(a, b);
}

/* Is RECORD a cause of what MPI says of its nodes? The nodes of others are nobody's business. */
static bool is_cause(const ftblab_record *record)
{
  return record->action == FTBLAB_THROW && (is_event(record, "RM_JOBS_DEAD") || is_event(record, "CONFIRM_NODES_DEAD"));
}

/* Where what the COUNT records at ASKED say belongs among the timed ones: behind the first of those that are nearest to
 * it, else at the end. False: there are no others. */
static bool find_anchor(const ftblab_logs *logs, const naming *asked, size_t count, int64_t *anchor)
{
  naming other = {0};
  int best = -1;
  for (size_t k = 0; k < logs->count; k++) {
    const kept_record *timed = &logs->records[k];
    int near = 0;
    if (!timed->timed)
      continue;
    other.record = &timed->record;
    other.nodes = NULL;
    if (is_cause(&timed->record))
      read_names(&other, &timed->record);
    for (size_t i = 0; i < count; i++) {
      int now = nearness(&asked[i], &other);
      near = now > near ? now : near;
    }
    if (near < best || (near == best && (near > 0 ? timed->key >= *anchor : timed->key <= *anchor)))
      continue;
    best = near;
    *anchor = timed->key;
  }
  ftblab_payload_free(&other.payload);
  return best >= 0;
}

/* The same for the records FROM to TO. */
static bool find_place(const ftblab_logs *logs, size_t from, size_t to, int64_t *anchor)
{
  naming asked[MOST_ASKED] = {{0}};
  size_t count = to - from < MOST_ASKED ? to - from : MOST_ASKED;
  for (size_t i = 0; i < count; i++)
    read_names(&asked[i], &logs->records[from + i].record);
  bool found = find_anchor(logs, asked, count, anchor);
  for (size_t i = 0; i < count; i++)
    ftblab_payload_free(&asked[i].payload);
  return found;
}

/* The records of a log that has no times, and of which nobody said when it began. */
static void place_untimed(ftblab_logs *logs)
{
  for (size_t from = 0, to; from < logs->count; from = to) {
    bool timed = false;
    int64_t anchor = 0;
    for (to = from; to < logs->count && logs->records[to].file == logs->records[from].file; to++)
      timed = timed || logs->records[to].timed;
    if (timed || !find_place(logs, from, to, &anchor))
      continue;
    for (size_t i = from; i < to; i++)
      logs->records[i].record.t = logs->records[i].key = anchor + 1;
  }
}

/* What a record says, without who of a role saw it where and when. */
static uint32_t number_of(ftblab_names *said, const ftblab_record *record, ftblab_text *text)
{
  ftblab_text_clear(text);
  ftblab_text_add_bytes(text, record->component.data, record->component.length);
  ftblab_text_addf(text, "\n%d\n", (int)record->action);
  ftblab_text_add_bytes(text, record->event.data, record->event.length);
  ftblab_text_add(text, "\n");
  if (record->payload.data != NULL)
    ftblab_text_add_bytes(text, record->payload.data, record->payload.length);
  return text->failed ? FTBLAB_NO_NAME : ftblab_names_add(said, text->data, text->length);
}

/* Drop throws that another log told as well. LAST: by what is said, the record that said it, counted from 1. */
static bool fold(ftblab_logs *logs, ftblab_names *said, size_t *last, uint64_t *folded)
{
  const int64_t window = (int64_t)FTBLAB_SAME_THROW * 1000000000;
  ftblab_text text = {0};
  size_t kept = 0;
  bool ok = true;
  for (size_t i = 0; i < logs->count && ok; i++) {
    kept_record *now = &logs->records[i];
    uint32_t number = number_of(said, &now->record, &text);
    ok = number != FTBLAB_NO_NAME;
    const kept_record *before = ok && last[number] > 0 ? &logs->records[last[number] - 1] : NULL;
    if (before != NULL && now->record.action == FTBLAB_THROW && before->series != now->series &&
        now->key - before->key <= window) {
      ++*folded;
      continue;
    }
    logs->records[kept++] = *now;
    if (ok)
      last[number] = kept;
  }
  logs->count = ok ? kept : logs->count;
  ftblab_text_free(&text);
  return ok;
}

ftblab_status ftblab_logs_merge(ftblab_logs *logs, uint64_t *folded, ftblab_error *err)
{
  *folded = 0;
  place_untimed(logs);
  if (logs->count > 0)
    qsort(logs->records, logs->count, sizeof *logs->records, by_key);
  if (logs->name_count > 1) {
    ftblab_names *said = ftblab_names_new();
    size_t *last = calloc(logs->count + 1, sizeof *last);
    bool ok = said != NULL && last != NULL && fold(logs, said, last, folded);
    ftblab_names_free(said);
    free(last);
    if (!ok)
      return no_memory(err);
  }
  for (size_t i = 0; i < logs->count; i++)
    logs->records[i].record.line = i + 1;
  return FTBLAB_OK;
}

ftblab_status ftblab_logs_add_records(ftblab_logs *logs, const char *name, const ftblab_trace_header *header,
                                      const ftblab_record *records, const size_t *lines, size_t count,
                                      const ftblab_log_options *options, ftblab_error *err)
{
  size_t file = 0;
  ftblab_status status = ftblab_logs_name(logs, name, &file, err);
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    status = ftblab_logs_keep(logs, &records[i], true, file, lines[i], err);
  if (status == FTBLAB_OK)
    ftblab_logs_end_log(logs, file, false, options);
  if (status == FTBLAB_OK && !ftblab_logs_join_header(logs, header))
    return no_memory(err);
  return status;
}

/* ---- headers ---------------------------------------------------------------------------------------------------- */

/* Add to TO, which sees a component, what FROM sees of it. */
static void join_sights(ftblab_seen *to, const ftblab_seen *from)
{
  bool all =
      (to->actions[FTBLAB_THROW] && to->throws[0] == '\0') || (from->actions[FTBLAB_THROW] && from->throws[0] == '\0');
  size_t used = strlen(to->throws);
  if (all || used + strlen(from->throws) + 2 > sizeof to->throws)
    to->throws[0] = '\0';
  else if (from->throws[0] != '\0')
    snprintf(to->throws + used, sizeof to->throws - used, "%s%s", used > 0 ? "," : "", from->throws);
  for (int a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++)
    to->actions[a] = to->actions[a] || from->actions[a];
}

static void join_seen(ftblab_trace_header *to, const ftblab_trace_header *from)
{
  for (size_t i = 0; i < from->seen_count; i++) {
    size_t k = 0;
    while (k < to->seen_count && strcmp(to->seen[k].component, from->seen[i].component) != 0)
      k++;
    if (k < to->seen_count)
      join_sights(&to->seen[k], &from->seen[i]);
    else if (k < FTBLAB_SEEN_COMPONENTS) /* else: what cannot be said is not asked for */
      to->seen[to->seen_count++] = from->seen[i];
  }
}

/* Together they see what one of them sees; they are as sure of the order as the least sure. */
bool ftblab_logs_join_header(ftblab_logs *logs, const ftblab_trace_header *header)
{
  ftblab_trace_header *to = &logs->header;
  if (!logs->joined) {
    *to = *header;
    if (header->other.data != NULL) /* of several traces the first one's */
      to->other.data = ftblab_pool_string(&logs->pool, header->other.data, header->other.length);
    logs->joined = true;
    return header->other.data == NULL || to->other.data != NULL;
  }
  to->present = true;
  size_t length = strlen(to->source);
  snprintf(to->source + length, sizeof to->source - length, ", %s", header->source);
  if (to->seen_count == 0 || header->seen_count == 0)
    to->seen_count = 0; /* one of them sees everybody */
  else
    join_seen(to, header);
  for (int a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++)
    to->observes[a] = to->observes[a] || header->observes[a];
  to->tie = header->tie > to->tie ? header->tie : to->tie;
  to->no_payload = to->no_payload || header->no_payload;
  if (header->start == FTBLAB_START_MID)
    to->start = FTBLAB_START_MID;
  return true;
}

const ftblab_trace_header *ftblab_logs_header(const ftblab_logs *logs)
{
  return &logs->header;
}

/* ---- out -------------------------------------------------------------------------------------------------------- */

size_t ftblab_logs_count(const ftblab_logs *logs)
{
  return logs->count;
}

const ftblab_record *ftblab_logs_record(const ftblab_logs *logs, size_t i)
{
  return &logs->records[i].record;
}

void ftblab_logs_place(const ftblab_logs *logs, size_t i, const char **name, uint64_t *line)
{
  *name = logs->names[logs->records[i].file];
  *line = logs->records[i].line;
}

void ftblab_logs_write(const ftblab_logs *logs, ftblab_text *text)
{
  if (logs->header.present)
    ftblab_trace_header_write(&logs->header, text);
  for (size_t i = 0; i < logs->count; i++)
    ftblab_record_write(&logs->records[i].record, text);
}
