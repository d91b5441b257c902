/* fuzz_records.c - the checker, given rows of the tables in any order. The first byte chooses options; every four bytes
 * behind it are a record: a workflow, one of its rows, the values in its payload, and how it is spoilt.
 *
 * Bytes that are no workflow or no row are passed over, so that seeds can be made without knowing the tables. */
#include <string.h>

#include "judge.h"
#include "spec.h"

enum { MOST_RECORDS = 200, BYTES = 4, LONGEST = 160 };
enum { COMPLETE = 1, STRICT = 2, MID = 4, THROWS_ONLY = 8, BY_NAME = 16, BOOT = 32 };
/* the fourth byte */
enum { AS_FACT = 1, OTHER_ROLE = 2, OTHER_ACTION = 4, NO_PAYLOAD = 8, SEVERAL = 16, REGISTERS = 32 };

static ftblab_slice slice(const char *text)
{
  return (ftblab_slice){text, strlen(text)};
}

/* Values that a few bits choose: few, so that records speak of the same things. */
static void write_payload(const ftblab_spec *spec, const ftblab_row *row, unsigned values, bool several, char *into)
{
  size_t used = 0;
  into[0] = '\0';
  for (size_t t = 0; t < row->term_count && used < LONGEST; t++) {
    const char *key = spec->keys[row->terms[t].key];
    unsigned number = (values >> (2 * (t % 4))) & 3;
    used += (size_t)snprintf(into + used, LONGEST - used, several ? "%s%s: {%c%u, %c%u}" : "%s%s: {%c%u}",
                             t > 0 ? ", " : "", key, key[0] == 'r' ? '1' : key[0], number, key[0] == 'r' ? '2' : key[0],
                             (number + 1) % 4);
  }
}

static const char *const facts[] = {"JOB_STARTED", "JOB_ENDED", "NODE_FAILED", "NODE_RETURNED"};

/* False: BYTES are no record. */
static bool make_record(const ftblab_spec *spec, const uint8_t *bytes, uint64_t line, ftblab_record *record,
                        char *payload)
{
  if (bytes[0] >= spec->workflow_count || bytes[1] >= spec->workflows[bytes[0]].row_count)
    return false;
  const ftblab_row *row = &spec->workflows[bytes[0]].rows[bytes[1]];
  unsigned how = bytes[3];
  int role = how & OTHER_ROLE ? (row->component + 1) % (int)spec->role_count : row->component;
  *record = (ftblab_record){.t = (int64_t)line * 1000000000, .action = row->action, .line = line};
  record->component = slice(spec->roles[role].name);
  record->event = slice(spec->events[row->event].name);
  if (how & OTHER_ACTION)
    record->action = row->action == FTBLAB_THROW ? FTBLAB_CATCH : FTBLAB_THROW;
  if (how & REGISTERS)
    record->action = FTBLAB_REGISTER;
  write_payload(spec, row, bytes[2], (how & SEVERAL) != 0, payload);
  if (how & AS_FACT) {
    record->action = FTBLAB_FACT;
    record->event = slice(facts[how >> 6]);
    snprintf(payload, LONGEST, "nodes: {n%u}, jobs: {j%u}", bytes[2] & 3u, (unsigned)bytes[2] >> 2 & 3u);
  }
  if (!(how & NO_PAYLOAD) && record->action != FTBLAB_REGISTER && payload[0] != '\0')
    record->payload = slice(payload);
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static ftblab_record records[MOST_RECORDS];
  static char payloads[MOST_RECORDS][LONGEST];
  const ftblab_spec *spec = ftblab_fuzz_spec();
  if (size == 0)
    return 0;
  size_t count = 0;
  for (size_t at = 1; at + BYTES <= size && count < MOST_RECORDS; at += BYTES)
    count += make_record(spec, data + at, count + 2, &records[count], payloads[count]);
  ftblab_trace_header header = {.present = true, .observes = {true, true, (data[0] & THROWS_ONLY) == 0}};
  header.start = data[0] & MID ? FTBLAB_START_MID : data[0] & BOOT ? FTBLAB_START_BOOT : FTBLAB_START_DEFAULT;
  ftblab_text by_name = {0};
  ftblab_spec_by_name(spec, &by_name);
  ftblab_check_options options = {.complete = (data[0] & COMPLETE) != 0,
                                  .strict_order = (data[0] & STRICT) != 0,
                                  .workflows = data[0] & BY_NAME ? ftblab_text_string(&by_name) : NULL};
  ftblab_fuzz_judge_all(&header, &options, records, count);
  ftblab_text_free(&by_name);
  return 0;
}
