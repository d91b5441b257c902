/* fields.c - a record as values under names, and back. What must hold: what ftblab_fields_from() says of a record is
 * enough for ftblab_fields_keep() to make the same record. */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

const char *const ftblab_field_names[FIELD_COUNT] = {
    [FIELD_ACTIVITY] = "concept:name",
    [FIELD_TIME] = "time:timestamp",
    [FIELD_RESOURCE] = "org:resource",
    [FIELD_TRANSITION] = "lifecycle:transition",
    [FIELD_ROW] = "row",
    [FIELD_LINE] = "line",
    [FIELD_COMPONENT] = "component",
    [FIELD_INSTANCE] = "instance",
    [FIELD_HOST] = "host",
    [FIELD_ACTION] = "action",
    [FIELD_EVENT] = "event",
    [FIELD_PAYLOAD] = "payload",
    [FIELD_CHANNEL] = "channel",
    [FIELD_SEVERITY] = "severity",
    [FIELD_TYPE] = "type",
    [FIELD_SPACE] = "space",
    [FIELD_SEQ] = "seq",
    [FIELD_CAUSE] = "cause",
    [FIELD_NOTE] = "note",
};

field ftblab_field_of(const char *name, size_t length)
{
  for (int i = 0; i < FIELD_COUNT; i++)
    if (strlen(ftblab_field_names[i]) == length && memcmp(ftblab_field_names[i], name, length) == 0)
      return (field)i;
  return FIELD_COUNT;
}

/* The slice of RECORD that is the value of a field; NULL: it is no slice. */
static ftblab_slice *slice_of(ftblab_record *record, field at)
{
  switch (at) {
  case FIELD_COMPONENT:
    return &record->component;
  case FIELD_INSTANCE:
    return &record->instance;
  case FIELD_HOST:
    return &record->host;
  case FIELD_EVENT:
    return &record->event;
  case FIELD_PAYLOAD:
    return &record->payload;
  case FIELD_CHANNEL:
    return &record->channel;
  case FIELD_SEVERITY:
    return &record->severity;
  case FIELD_TYPE:
    return &record->type;
  case FIELD_SPACE:
    return &record->space;
  case FIELD_NOTE:
    return &record->note;
  default:
    return NULL;
  }
}

void ftblab_fields_clear(fields *f)
{
  for (int i = 0; i < FIELD_COUNT; i++) {
    ftblab_text_clear(&f->values[i]);
    f->present[i] = false;
  }
}

void ftblab_fields_free(fields *f)
{
  for (int i = 0; i < FIELD_COUNT; i++)
    ftblab_text_free(&f->values[i]);
}

bool ftblab_fields_failed(const fields *f)
{
  for (int i = 0; i < FIELD_COUNT; i++)
    if (f->values[i].failed)
      return true;
  return false;
}

void ftblab_fields_set(fields *f, field at, const char *value, size_t length)
{
  ftblab_text_clear(&f->values[at]);
  ftblab_text_add_bytes(&f->values[at], value, length);
  f->present[at] = true;
}

/* ---- out -------------------------------------------------------------------------------------------------------- */

static void set_number(fields *f, field at, uint64_t number)
{
  ftblab_text_clear(&f->values[at]);
  ftblab_text_addf(&f->values[at], "%llu", (unsigned long long)number);
  f->present[at] = true;
}

static void add_slice(ftblab_text *text, ftblab_slice slice)
{
  ftblab_text_add_bytes(text, slice.data, slice.length);
}

void ftblab_fields_from(fields *f, const ftblab_record *record, const char *row)
{
  ftblab_record copy = *record;
  const char *action = ftblab_action_name(record->action);
  ftblab_fields_clear(f);
  for (int i = 0; i < FIELD_COUNT; i++) {
    const ftblab_slice *slice = slice_of(&copy, (field)i);
    if (slice != NULL && slice->data != NULL)
      ftblab_fields_set(f, (field)i, slice->data, slice->length);
  }
  ftblab_fields_set(f, FIELD_ACTION, action, strlen(action));
  ftblab_fields_set(f, FIELD_ACTIVITY, record->component.data, record->component.length);
  ftblab_text_addf(&f->values[FIELD_ACTIVITY], " %s ", action);
  add_slice(&f->values[FIELD_ACTIVITY], record->event);
  ftblab_fields_set(f, FIELD_RESOURCE, record->component.data, record->component.length);
  if (record->instance.data != NULL) {
    ftblab_text_add(&f->values[FIELD_RESOURCE], "/");
    add_slice(&f->values[FIELD_RESOURCE], record->instance);
  }
  ftblab_fields_set(f, FIELD_TRANSITION, "complete", strlen("complete"));
  ftblab_fields_set(f, FIELD_TIME, "", 0);
  ftblab_iso_write(record->t, &f->values[FIELD_TIME]);
  if (row != NULL)
    ftblab_fields_set(f, FIELD_ROW, row, strlen(row));
  set_number(f, FIELD_LINE, record->line);
  if (record->has_seq)
    set_number(f, FIELD_SEQ, record->seq);
  if (record->has_cause)
    set_number(f, FIELD_CAUSE, record->cause);
}

/* ---- in --------------------------------------------------------------------------------------------------------- */

static ftblab_slice value_of(const fields *f, field at)
{
  return (ftblab_slice){ftblab_text_string(&f->values[at]), f->values[at].length};
}

static bool read_number(ftblab_slice text, uint64_t *number)
{
  uint64_t sum = 0;
  if (text.length == 0)
    return false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c < '0' || c > '9' || sum > (UINT64_MAX - (uint64_t)(c - '0')) / 10)
      return false;
    sum = 10 * sum + (uint64_t)(c - '0');
  }
  *number = sum;
  return true;
}

static bool read_action(ftblab_slice text, ftblab_action *action)
{
  for (ftblab_action a = FTBLAB_REGISTER; a <= FTBLAB_FACT; a++)
    if (strlen(ftblab_action_name(a)) == text.length && memcmp(ftblab_action_name(a), text.data, text.length) == 0) {
      *action = a;
      return true;
    }
  return false;
}

/* The reason why F is no record, or NULL. */
static const char *take_numbers(const fields *f, ftblab_record *record)
{
  const struct {
    field at;
    uint64_t *number;
    bool *has;
    const char *reason;
  } numbers[] = {
      {FIELD_LINE, &record->line, NULL, "'line' is no whole number from 0"},
      {FIELD_SEQ, &record->seq, &record->has_seq, "'seq' is no whole number from 0"},
      {FIELD_CAUSE, &record->cause, &record->has_cause, "'cause' is no whole number from 0"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(numbers); i++) {
    if (!f->present[numbers[i].at])
      continue;
    if (!read_number(value_of(f, numbers[i].at), numbers[i].number))
      return numbers[i].reason;
    if (numbers[i].has != NULL)
      *numbers[i].has = true;
  }
  return NULL;
}

/* The fields of a log that is not ours: component, event and action may stand in the names that XES has for them. */
static void borrow(const fields *f, ftblab_record *record)
{
  if (record->component.data == NULL && f->present[FIELD_RESOURCE])
    record->component = value_of(f, FIELD_RESOURCE);
  if (record->event.data == NULL && f->present[FIELD_ACTIVITY])
    record->event = value_of(f, FIELD_ACTIVITY);
}

static const char *take_record(const fields *f, ftblab_record *record)
{
  for (int i = 0; i < FIELD_COUNT; i++) {
    ftblab_slice *slice = slice_of(record, (field)i);
    if (slice != NULL && f->present[i])
      *slice = value_of(f, (field)i);
  }
  borrow(f, record);
  if (record->component.data == NULL)
    return "neither 'component' nor 'org:resource' says who it was";
  if (record->event.data == NULL)
    return "neither 'event' nor 'concept:name' says which event it was";
  field action = f->present[FIELD_ACTION] ? FIELD_ACTION : FIELD_TRANSITION;
  if (!f->present[action] || !read_action(value_of(f, action), &record->action))
    return "neither 'action' nor 'lifecycle:transition' is register, throw, catch or fact";
  if (!f->present[FIELD_TIME])
    return "there is no 'time:timestamp'";
  if (!ftblab_iso_read(f->values[FIELD_TIME].data, f->values[FIELD_TIME].length, &record->t))
    return "'time:timestamp' is no time of ISO 8601 between 1678 and 2261, to the nanosecond";
  return take_numbers(f, record);
}

ftblab_status ftblab_fields_keep(const fields *f, ftblab_log *log, const char *name, size_t line, size_t column,
                                 ftblab_error *err)
{
  ftblab_record record = {0};
  if (ftblab_fields_failed(f))
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a record");
  const char *reason = take_record(f, &record);
  if (reason != NULL)
    return ftblab_fail_at(err, name, line, column, "%s", reason);
  return ftblab_log_add(log, &record, line, err);
}
