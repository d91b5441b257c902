/* trace_write.c - writing a trace, format version 1. What is written reads back as the same record. */
#include <string.h>

#include "conformance.h"

const char *ftblab_action_name(ftblab_action action)
{
  static const char *const names[] = {"register", "throw", "catch", "fact"};
  return names[action];
}

/* A text that is known here, and its length with it. */
#define ADD(text, literal) ftblab_text_add_bytes(text, literal, sizeof(literal) - 1)

/* The last DIGITS digits of NUMBER, zeros in front; below 0: as many as it has. Each record has four such numbers, and
 * printf takes several times as long. */
static void add_digits(ftblab_text *text, uint64_t number, int digits)
{
  char decimal[20];
  size_t at = sizeof decimal;
  do {
    decimal[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (digits < 0 ? number > 0 : sizeof decimal - at < (size_t)digits);
  ftblab_text_add_bytes(text, decimal + at, sizeof decimal - at);
}

void ftblab_time_write(int64_t nanoseconds, ftblab_text *text)
{
  uint64_t magnitude = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
  unsigned fraction = (unsigned)(magnitude % 1000000000u);
  if (nanoseconds < 0)
    ADD(text, "-");
  add_digits(text, magnitude / 1000000000u, -1);
  if (fraction == 0)
    return;
  int digits = 9;
  while (fraction % 10 == 0) {
    fraction /= 10;
    digits--;
  }
  ADD(text, ".");
  add_digits(text, fraction, digits);
}

static void add_actions(const bool *actions, ftblab_text *text)
{
  const char *separator = "";
  ftblab_text_add(text, "[");
  for (ftblab_action action = FTBLAB_REGISTER; action <= FTBLAB_CATCH; action++)
    if (actions[action]) {
      ftblab_text_addf(text, "%s\"%s\"", separator, ftblab_action_name(action));
      separator = ", ";
    }
  ftblab_text_add(text, "]");
}

/* The events of which throws could be seen stand behind "throw". */
static void add_sights(const ftblab_seen *seen, ftblab_text *text)
{
  const char *separator = "";
  if (seen->throws[0] == '\0') {
    add_actions(seen->actions, text);
    return;
  }
  ftblab_text_add(text, "[");
  for (ftblab_action a = FTBLAB_REGISTER; a <= FTBLAB_CATCH; a++) {
    if (!seen->actions[a])
      continue;
    for (const char *at = seen->throws; *at != '\0' && a == FTBLAB_THROW;) {
      size_t span = strcspn(at, ",");
      ftblab_text_addf(text, "%s", separator);
      ftblab_text words = {0};
      ftblab_text_addf(&words, "throw %.*s", (int)span, at);
      ftblab_text_add_json(text, ftblab_text_string(&words), words.length);
      text->failed = text->failed || words.failed;
      ftblab_text_free(&words);
      at += span + (at[span] == ',');
      separator = ", ";
    }
    if (a != FTBLAB_THROW) {
      ftblab_text_addf(text, "%s\"%s\"", separator, ftblab_action_name(a));
      separator = ", ";
    }
  }
  ftblab_text_add(text, "]");
}

void ftblab_trace_header_write(const ftblab_trace_header *header, ftblab_text *text)
{
  ftblab_text_add(text, "{\"ftblab_trace\": 1, \"source\": ");
  ftblab_text_add_json(text, header->source, strlen(header->source));
  ftblab_text_add(text, ", \"observes\": ");
  add_actions(header->observes, text);
  for (size_t i = 0; i < header->seen_count; i++) {
    ftblab_text_add(text, i == 0 ? ", \"components\": {" : ", ");
    ftblab_text_add_json(text, header->seen[i].component, strlen(header->seen[i].component));
    ftblab_text_add(text, ": ");
    add_sights(&header->seen[i], text);
  }
  ftblab_text_add(text, header->seen_count > 0 ? "}" : "");
  ftblab_text_add(text, header->no_payload ? ", \"payload\": false" : "");
  if (header->start != FTBLAB_START_DEFAULT)
    ftblab_text_addf(text, ", \"start\": \"%s\"", header->start == FTBLAB_START_BOOT ? "boot" : "mid");
  if (header->tie > 0) {
    ftblab_text_add(text, ", \"tie\": ");
    ftblab_time_write(header->tie, text);
  }
  if (header->other.data != NULL) {
    ftblab_text_add(text, ", ");
    ftblab_text_add_bytes(text, header->other.data, header->other.length);
  }
  ftblab_text_add(text, "}\n");
}

/* LEAD: a separator, the key and a colon. */
static void add_string(ftblab_text *text, const char *lead, ftblab_slice value)
{
  if (value.data == NULL)
    return;
  ftblab_text_add(text, lead);
  ftblab_text_add_json(text, value.data, value.length);
}

static void add_number(ftblab_text *text, const char *lead, uint64_t number)
{
  ftblab_text_add(text, lead);
  add_digits(text, number, -1);
}

void ftblab_record_write(const ftblab_record *record, ftblab_text *text)
{
  ADD(text, "{\"t\": ");
  ftblab_time_write(record->t, text);
  add_string(text, ", \"component\": ", record->component);
  add_string(text, ", \"instance\": ", record->instance);
  add_string(text, ", \"host\": ", record->host);
  ADD(text, ", \"action\": \"");
  ftblab_text_add(text, ftblab_action_name(record->action));
  ADD(text, "\"");
  add_string(text, ", \"event\": ", record->event);
  add_string(text, ", \"payload\": ", record->payload);
  add_string(text, ", \"channel\": ", record->channel);
  add_string(text, ", \"severity\": ", record->severity);
  add_string(text, ", \"type\": ", record->type);
  add_string(text, ", \"space\": ", record->space);
  if (record->has_seq)
    add_number(text, ", \"seq\": ", record->seq);
  if (record->has_cause)
    add_number(text, ", \"cause\": ", record->cause);
  add_string(text, ", \"note\": ", record->note);
  ADD(text, "}\n");
}
