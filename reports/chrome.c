/* chrome.c - a trace in the Trace Event Format, which Perfetto and chrome://tracing open: hosts are processes,
 * components are threads, throws and catches are slices with a flow between them, facts are instants. What must hold:
 * slices of a thread never overlap in part, a flow ends after it begins, and both its ends are in a slice. */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

/* Nanoseconds. Chosen, no source: a throw takes no time in a trace, but what takes none is not seen and binds no
 * flow. */
#define SLICE 1000

typedef struct writer {
  const ftblab_log *log;
  ftblab_text *text;
  ftblab_names *hosts, *threads; /* threads: "host component instance" */
  uint32_t *thread_of;           /* of each record */
  uint32_t *host_of;             /* of each thread */
  int64_t *until;                /* of each record: when its slice ends */
  size_t *link;                  /* of each catch: its throw, or FTBLAB_NO_LINK */
  bool *flows;                   /* of each throw: something catches it */
  bool comma;
} writer;

static void add_string(ftblab_text *text, ftblab_slice string)
{
  ftblab_text_add_json(text, string.data ? string.data : "", string.length);
}

static ftblab_slice or_else(ftblab_slice string, const char *other)
{
  return string.length > 0 ? string : (ftblab_slice){other, strlen(other)};
}

/* Microseconds with three decimals: whole nanoseconds, never through floating point. */
static void add_microseconds(ftblab_text *text, int64_t nanoseconds)
{
  uint64_t size = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
  ftblab_text_addf(text, "%s%llu.%03llu", nanoseconds < 0 ? "-" : "", (unsigned long long)(size / 1000),
                   (unsigned long long)(size % 1000));
}

/* ---- threads, slices, flows ---------------------------------------------------------------------------- */

static bool find_threads(writer *w)
{
  ftblab_text key = {0};
  bool found = true;
  for (size_t i = 0; i < w->log->count && found; i++) {
    const ftblab_record *record = &w->log->records[i];
    ftblab_slice host = or_else(record->host, "(no host)");
    uint32_t process = ftblab_names_add(w->hosts, host.data, host.length);
    ftblab_text_clear(&key);
    ftblab_text_addf(&key, "%u %zu ", process, record->component.length);
    ftblab_text_add_bytes(&key, record->component.data, record->component.length);
    if (record->instance.length > 0)
      ftblab_text_add_bytes(&key, record->instance.data, record->instance.length);
    uint32_t known = ftblab_names_count(w->threads);
    w->thread_of[i] = ftblab_names_add(w->threads, ftblab_text_string(&key), key.length);
    found = !key.failed && process != FTBLAB_NO_NAME && w->thread_of[i] != FTBLAB_NO_NAME;
    if (found && w->thread_of[i] == known)
      w->host_of[known] = process;
  }
  ftblab_text_free(&key);
  return found;
}

/* A slice by thread and time; those of one time in the order of the trace. */
typedef struct slice {
  uint32_t thread;
  int64_t t;
  size_t record;
} slice;

static int compare(const void *left, const void *right)
{
  const slice *a = left, *b = right;
  if (a->thread != b->thread)
    return a->thread < b->thread ? -1 : 1;
  if (a->t != b->t)
    return a->t < b->t ? -1 : 1;
  return a->record < b->record ? -1 : a->record > b->record;
}

/* A slice ends where the next one of its thread begins, if that is sooner: those that begin together end together, and
 * are then within each other. SLICES: room for as many as there are records. */
static void end_slices(writer *w, slice *slices)
{
  size_t count = 0;
  for (size_t i = 0; i < w->log->count; i++) {
    const ftblab_record *record = &w->log->records[i];
    if (record->action == FTBLAB_THROW || record->action == FTBLAB_CATCH)
      slices[count++] = (slice){w->thread_of[i], record->t, i};
  }
  qsort(slices, count, sizeof *slices, compare);
  for (size_t i = count; i-- > 0;) {
    const slice *s = &slices[i], *next = i + 1 < count && slices[i + 1].thread == s->thread ? &slices[i + 1] : NULL;
    int64_t end = s->t < INT64_MAX - SLICE ? s->t + SLICE : INT64_MAX;
    if (next && next->t == s->t)
      end = w->until[next->record];
    else if (next && next->t < end)
      end = next->t;
    w->until[s->record] = end;
  }
}

static ftblab_status find_flows(writer *w, const ftblab_spec *spec, ftblab_error *err)
{
  ftblab_links *links = NULL;
  ftblab_status status = ftblab_links_new(spec, &links, err);
  for (size_t i = 0; i < w->log->count && status == FTBLAB_OK; i++) {
    const ftblab_record *record = &w->log->records[i];
    w->link[i] = FTBLAB_NO_LINK;
    if (record->action == FTBLAB_THROW && !ftblab_links_throw(links, record, i))
      status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a report");
    else if (record->action == FTBLAB_CATCH)
      w->link[i] = ftblab_links_find(links, record);
    /* a clock that is behind would give a flow that ends before it begins */
    if (w->link[i] != FTBLAB_NO_LINK && w->log->records[w->link[i]].t > record->t)
      w->link[i] = FTBLAB_NO_LINK;
    if (w->link[i] != FTBLAB_NO_LINK)
      w->flows[w->link[i]] = true;
  }
  ftblab_links_free(links);
  return status;
}

/* ---- events -------------------------------------------------------------------------------------------- */

static void begin_event(writer *w, const char *phase, size_t i)
{
  const ftblab_record *record = &w->log->records[i];
  ftblab_text_addf(w->text, "%s\n{\"ph\": \"%s\", \"name\": ", w->comma ? "," : "", phase);
  w->comma = true;
  add_string(w->text, record->event);
  ftblab_text_addf(w->text, ", \"cat\": \"%s\", \"ts\": ", ftblab_action_name(record->action));
  add_microseconds(w->text, record->t);
  ftblab_text_addf(w->text, ", \"pid\": %u, \"tid\": %u", w->host_of[w->thread_of[i]] + 1, w->thread_of[i] + 1);
}

static void add_details(writer *w, const ftblab_record *record)
{
  ftblab_text_addf(w->text, ", \"args\": {\"line\": %llu", (unsigned long long)record->line);
  const struct {
    const char *key;
    ftblab_slice value;
  } details[] = {{"payload", record->payload}, {"channel", record->channel}, {"severity", record->severity},
                 {"type", record->type},       {"space", record->space},     {"note", record->note}};
  for (size_t i = 0; i < FTBLAB_COUNT(details); i++)
    if (details[i].value.data) {
      ftblab_text_addf(w->text, ", \"%s\": ", details[i].key);
      add_string(w->text, details[i].value);
    }
  ftblab_text_add(w->text, "}}");
}

/* The two ends of a flow have one name, category and id. Its end binds to the slice that it is in ("bp": "e"). */
static void add_flow(writer *w, const char *phase, size_t i, size_t throw)
{
  const ftblab_record *record = &w->log->records[i];
  ftblab_text_addf(w->text, ",\n{\"ph\": \"%s\", \"name\": \"event\", \"cat\": \"flow\", \"id\": %zu, \"ts\": ", phase,
                   throw +1);
  add_microseconds(w->text, record->t);
  ftblab_text_addf(w->text, ", \"pid\": %u, \"tid\": %u%s}", w->host_of[w->thread_of[i]] + 1, w->thread_of[i] + 1,
                   *phase == 's' ? "" : ", \"bp\": \"e\"");
}

static void add_record(writer *w, size_t i, bool last_catch)
{
  const ftblab_record *record = &w->log->records[i];
  bool lasts = record->action == FTBLAB_THROW || record->action == FTBLAB_CATCH;
  begin_event(w, lasts ? "X" : "i", i);
  if (lasts) {
    ftblab_text_add(w->text, ", \"dur\": ");
    add_microseconds(w->text, w->until[i] - record->t);
  } else {
    ftblab_text_addf(w->text, ", \"s\": \"%s\"", record->action == FTBLAB_FACT ? "g" : "t");
  }
  add_details(w, record);
  if (record->action == FTBLAB_THROW && w->flows[i])
    add_flow(w, "s", i, i);
  else if (record->action == FTBLAB_CATCH && w->link[i] != FTBLAB_NO_LINK)
    add_flow(w, last_catch ? "f" : "t", i, w->link[i]);
}

/* A flow goes through all catches of a throw but the last ("t"), and ends in the last ("f"). */
static void add_records(writer *w, size_t *last_catch)
{
  for (size_t i = 0; i < w->log->count; i++)
    if (w->link[i] != FTBLAB_NO_LINK)
      last_catch[w->link[i]] = i;
  for (size_t i = 0; i < w->log->count; i++)
    add_record(w, i, w->link[i] != FTBLAB_NO_LINK && last_catch[w->link[i]] == i);
}

static void add_name(writer *w, const char *what, uint32_t process, uint32_t thread, ftblab_slice name)
{
  ftblab_text_addf(w->text, "%s\n{\"ph\": \"M\", \"name\": \"%s\", \"pid\": %u, \"tid\": %u, \"args\": {\"name\": ",
                   w->comma ? "," : "", what, process + 1, thread);
  w->comma = true;
  add_string(w->text, name);
  ftblab_text_add(w->text, "}}");
}

static void add_names(writer *w)
{
  uint32_t next = 0;
  for (uint32_t host = 0; host < ftblab_names_count(w->hosts); host++)
    add_name(w, "process_name", host, 0, or_else((ftblab_slice){0}, ftblab_names_string(w->hosts, host)));
  for (size_t i = 0; i < w->log->count; i++) {
    const ftblab_record *record = &w->log->records[i];
    ftblab_text name = {0};
    if (w->thread_of[i] != next) /* threads are numbered as they first appear */
      continue;
    ftblab_text_add_bytes(&name, record->component.data, record->component.length);
    if (record->instance.length > 0) {
      ftblab_text_add(&name, " ");
      ftblab_text_add_bytes(&name, record->instance.data, record->instance.length);
    }
    add_name(w, "thread_name", w->host_of[next], next + 1, (ftblab_slice){ftblab_text_string(&name), name.length});
    if (name.failed)
      w->text->failed = true;
    ftblab_text_free(&name);
    next++;
  }
}

/* ---- the document --------------------------------------------------------------------------------------- */

static bool make_room(writer *w, slice **slices, size_t **last_catch)
{
  size_t count = w->log->count + 1;
  w->hosts = ftblab_names_new();
  w->threads = ftblab_names_new();
  w->thread_of = calloc(count, sizeof *w->thread_of);
  w->host_of = calloc(count, sizeof *w->host_of);
  w->until = calloc(count, sizeof *w->until);
  w->link = calloc(count, sizeof *w->link);
  w->flows = calloc(count, sizeof *w->flows);
  *slices = calloc(count, sizeof **slices);
  *last_catch = calloc(count, sizeof **last_catch);
  return w->hosts && w->threads && w->thread_of && w->host_of && w->until && w->link && w->flows && *slices &&
         *last_catch;
}

ftblab_status ftblab_write_chrome(const ftblab_report *report, const ftblab_subject *subject, ftblab_text *text,
                                  ftblab_error *err)
{
  writer w = {.log = &subject->log, .text = text};
  slice *slices = NULL;
  size_t *last_catch = NULL;
  ftblab_status status = FTBLAB_OK;
  if (!make_room(&w, &slices, &last_catch) || !find_threads(&w))
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a report");
  if (status == FTBLAB_OK)
    status = find_flows(&w, report->spec, err);
  if (status == FTBLAB_OK) {
    end_slices(&w, slices);
    ftblab_text_add(text, "{\"displayTimeUnit\": \"ms\", \"otherData\": {\"trace\": ");
    add_string(text, (ftblab_slice){subject->name, strlen(subject->name)});
    ftblab_text_add(text, ", \"verdict\": ");
    const char *verdict = ftblab_string_at(ftblab_subject_verdict(subject), "verdict");
    add_string(text, (ftblab_slice){verdict, strlen(verdict)});
    ftblab_text_add(text, "}, \"traceEvents\": [");
    add_names(&w);
    add_records(&w, last_catch);
    ftblab_text_add(text, "\n]}\n");
  }
  ftblab_names_free(w.hosts);
  ftblab_names_free(w.threads);
  free(w.thread_of);
  free(w.host_of);
  free(w.until);
  free(w.link);
  free(w.flows);
  free(slices);
  free(last_catch);
  return status;
}
