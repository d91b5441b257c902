/* subject.c - what a report is about: traces, verdicts, and which belong together. What must hold: a verdict that is
 * shown is valid by its schema, wherever it comes from, and is of the trace that it is shown with. */
#include "subject.h"

#include <stdlib.h>
#include <string.h>

extern const unsigned char ftblab_embedded_verdict_schema_json[];
extern const size_t ftblab_embedded_verdict_schema_json_length;

/* ---- the report ----------------------------------------------------------------------------------------- */

ftblab_status ftblab_report_new(const ftblab_spec *spec, const ftblab_report_options *options, ftblab_report **report,
                                ftblab_error *err)
{
  ftblab_report *created = calloc(1, sizeof *created);
  if (!created)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a report");
  created->spec = spec;
  created->options = *options;
  if (created->options.entries == 0)
    created->options.entries = FTBLAB_REPORT_ENTRIES;
  *report = created;
  return FTBLAB_OK;
}

static void empty_subject(ftblab_subject *subject)
{
  free(subject->name);
  ftblab_log_free(&subject->log);
  ftblab_json_free(subject->json);
}

void ftblab_report_free(ftblab_report *report)
{
  if (!report)
    return;
  for (size_t i = 0; i < report->count; i++)
    empty_subject(&report->subjects[i]);
  free(report->subjects);
  free(report);
}

static ftblab_status add_subject(ftblab_report *report, const char *name, ftblab_subject **subject, ftblab_error *err)
{
  ftblab_subject *grown = realloc(report->subjects, (report->count + 1) * sizeof *grown);
  char *copy = strdup(name);
  if (grown)
    report->subjects = grown;
  if (!grown || !copy) {
    free(copy);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a report");
  }
  *subject = &grown[report->count++];
  **subject = (ftblab_subject){.name = copy};
  return FTBLAB_OK;
}

/* ---- verdicts ------------------------------------------------------------------------------------------- */

const cJSON *ftblab_subject_verdict(const ftblab_subject *subject)
{
  return ftblab_json_root(subject->json);
}

const char *ftblab_string_at(const cJSON *object, const char *key)
{
  const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return string ? string : "";
}

uint64_t ftblab_number_at(const cJSON *object, const char *key)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  return cJSON_IsNumber(item) && item->valuedouble > 0 ? (uint64_t)item->valuedouble : 0;
}

const cJSON *ftblab_list_at(const cJSON *object, const char *key)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  return item ? item->child : NULL;
}

static ftblab_status validate(const ftblab_json *json, ftblab_error *err)
{
  ftblab_json *schema = NULL;
  ftblab_status status =
      ftblab_json_parse((const char *)ftblab_embedded_verdict_schema_json, ftblab_embedded_verdict_schema_json_length,
                        "verdict.schema.json", &schema, err);
  if (status == FTBLAB_OK)
    status = ftblab_json_validate(json, schema, err);
  ftblab_json_free(schema);
  return status;
}

/* Behind the value that begins at START: where its braces are closed. */
static const char *end_of_value(const char *start, const char *end)
{
  size_t depth = 0;
  bool quoted = false;
  for (const char *at = start; at < end; at++) {
    if (quoted && *at == '\\' && at + 1 < end)
      at++;
    else if (*at == '"')
      quoted = !quoted;
    else if (!quoted && (*at == '{' || *at == '['))
      depth++;
    else if (!quoted && (*at == '}' || *at == ']') && depth > 0 && --depth == 0)
      return at + 1;
  }
  return end;
}

/* One verdict, of LENGTH bytes at TEXT; it begins in line LINE, which empty lines before it tell the parser. */
static ftblab_status add_verdict(ftblab_report *report, const char *name, const char *text, size_t length, size_t line,
                                 ftblab_error *err)
{
  ftblab_text padded = {0};
  ftblab_json *json = NULL;
  ftblab_subject *subject = NULL;
  for (size_t i = 1; i < line; i++)
    ftblab_text_add(&padded, "\n");
  ftblab_text_add_bytes(&padded, text, length);
  ftblab_status status = padded.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a verdict")
                                       : ftblab_json_parse(padded.data, padded.length, name, &json, err);
  ftblab_text_free(&padded);
  if (status == FTBLAB_OK)
    status = validate(json, err);
  if (status == FTBLAB_OK)
    status = add_subject(report, name, &subject, err);
  if (status == FTBLAB_OK)
    subject->json = json;
  else
    ftblab_json_free(json);
  return status;
}

static bool is_blank(char character)
{
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

static ftblab_status add_verdicts(ftblab_report *report, const char *name, const ftblab_text *text, ftblab_error *err)
{
  const char *at = text->data, *end = at + text->length;
  size_t line = 1;
  ftblab_status status = FTBLAB_OK;
  while (status == FTBLAB_OK) {
    for (; at < end && is_blank(*at); at++)
      line += *at == '\n';
    if (at == end)
      break;
    const char *behind = end_of_value(at, end);
    status = add_verdict(report, name, at, (size_t)(behind - at), line, err);
    for (; at < behind; at++)
      line += *at == '\n';
  }
  return status;
}

/* ---- reading -------------------------------------------------------------------------------------------- */

/* Does TEXT begin as a verdict does: with a brace and the key of its version? */
static bool is_verdict(const ftblab_text *text)
{
  static const char key[] = "\"ftblab_verdict\"";
  size_t at = 0;
  while (at < text->length && is_blank(text->data[at]))
    at++;
  if (at == text->length || text->data[at] != '{')
    return false;
  for (at++; at < text->length && is_blank(text->data[at]);)
    at++;
  return text->length - at >= sizeof key - 1 && memcmp(text->data + at, key, sizeof key - 1) == 0;
}

/* The trace in TEXT. A stream over memory would end at a NUL byte, which is an error that must be told. */
static ftblab_status read_trace(ftblab_log *log, const ftblab_text *text, const char *name, ftblab_error *err)
{
  FILE *file = tmpfile();
  if (!file)
    return ftblab_fail(err, FTBLAB_EIO, "no temporary file for %s", name);
  fwrite(ftblab_text_string(text), 1, text->length, file);
  ftblab_status status = fflush(file) == 0 && !ferror(file) && fseek(file, 0, SEEK_SET) == 0
                             ? ftblab_log_read(log, file, name, err)
                             : ftblab_fail(err, FTBLAB_EIO, "the temporary file for %s cannot be written", name);
  fclose(file);
  return status;
}

ftblab_status ftblab_report_add(ftblab_report *report, FILE *stream, const char *name, ftblab_error *err)
{
  ftblab_text text = {0};
  ftblab_subject *subject = NULL;
  ftblab_status status = ftblab_read_stream(stream, name, &text, err);
  if (status == FTBLAB_OK && is_verdict(&text)) {
    status = add_verdicts(report, name, &text, err);
  } else if (status == FTBLAB_OK) {
    status = add_subject(report, name, &subject, err);
    if (status == FTBLAB_OK)
      status = read_trace(&subject->log, &text, name, err);
    if (status == FTBLAB_OK)
      subject->has_trace = true;
  }
  ftblab_text_free(&text);
  return status;
}

static ftblab_status take_verdict(ftblab_subject *subject, const ftblab_verdict *verdict, ftblab_error *err)
{
  ftblab_text text = {0};
  ftblab_verdict_write_json(verdict, &text);
  ftblab_status status = text.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a verdict")
                                     : ftblab_json_parse(text.data, text.length, "verdict", &subject->json, err);
  ftblab_text_free(&text);
  return status;
}

ftblab_status ftblab_report_add_judged(ftblab_report *report, FILE *stream, const char *name,
                                       const ftblab_verdict *verdict, ftblab_error *err)
{
  ftblab_subject *subject = NULL;
  ftblab_status status = add_subject(report, name, &subject, err);
  if (status == FTBLAB_OK)
    status = ftblab_log_read(&subject->log, stream, name, err);
  if (status != FTBLAB_OK)
    return status;
  subject->has_trace = true;
  return take_verdict(subject, verdict, err);
}

/* ---- verdicts and traces together ----------------------------------------------------------------------- */

static ftblab_status judge(const ftblab_report *report, ftblab_subject *subject, ftblab_error *err)
{
  ftblab_check_options check = {
      .workflows = report->options.workflows, .complete = report->options.complete, .summary = true};
  ftblab_checker *checker = NULL;
  ftblab_verdict *verdict = NULL;
  ftblab_status status = ftblab_checker_new(report->spec, &check, &subject->log.header, &checker, err);
  for (size_t i = 0; i < subject->log.count && status == FTBLAB_OK; i++)
    status = ftblab_checker_add(checker, &subject->log.records[i], err);
  if (status == FTBLAB_OK)
    status = ftblab_checker_finish(checker, subject->name, &verdict, err);
  if (status == FTBLAB_OK)
    status = take_verdict(subject, verdict, err);
  ftblab_verdict_free(verdict);
  ftblab_checker_free(checker);
  return status;
}

/* A trace that was read in part has less records than its verdict counted, or more. */
static ftblab_status marry(ftblab_subject *trace, ftblab_subject *verdict, ftblab_error *err)
{
  const cJSON *records = cJSON_GetObjectItemCaseSensitive(ftblab_subject_verdict(verdict), "records");
  uint64_t read = ftblab_number_at(records, "read");
  if (read != trace->log.count)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: is of a trace with %llu records, but %s has %zu", verdict->name,
                       (unsigned long long)read, trace->name, trace->log.count);
  trace->json = verdict->json;
  verdict->json = NULL;
  verdict->merged = true;
  return FTBLAB_OK;
}

ftblab_status ftblab_subjects_settle(ftblab_report *report, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t v = 0; v < report->count && status == FTBLAB_OK; v++) {
    ftblab_subject *verdict = &report->subjects[v];
    for (size_t t = 0; t < report->count && !verdict->has_trace && !verdict->merged && status == FTBLAB_OK; t++) {
      ftblab_subject *trace = &report->subjects[t];
      if (trace->has_trace && !trace->json &&
          strcmp(trace->name, ftblab_string_at(ftblab_subject_verdict(verdict), "trace")) == 0)
        status = marry(trace, verdict, err);
    }
  }
  for (size_t i = 0; i < report->count && status == FTBLAB_OK; i++)
    if (report->subjects[i].has_trace && !report->subjects[i].json)
      status = judge(report, &report->subjects[i], err);
  return status;
}
