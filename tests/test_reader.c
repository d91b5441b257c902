/* test_reader.c - the trace reader: lines that look alike are read by their frames, and must read as the parser alone
 * reads them, and as cJSON does.
 *
 * Many lines are made and spoilt at random from a fixed seed. Each is read three times: with frames and blocks of all
 * sizes, without frames, and by the reference in this file, which checks the grammar of JSON by itself, takes the tree
 * from cJSON, and the times from the text. */
#include "trace_read.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 20, LINES_OF_A_ROUND = 10000 };

/* ---- the reference ---------------------------------------------------------------------------- */

/* JSON being checked: the place reached, NULL after an error. */
typedef struct check {
  const char *at, *end;
  int depth, deepest;
} check;

static void skip_blanks(check *c)
{
  while (c->at != NULL && c->at < c->end && strchr(" \t\r\n", *c->at) != NULL && *c->at != '\0')
    c->at++;
}

static bool take(check *c, char mark)
{
  if (c->at == NULL || c->at == c->end || *c->at != mark)
    return false;
  c->at++;
  return true;
}

static void need(check *c, char mark)
{
  if (!take(c, mark))
    c->at = NULL;
}

static size_t take_digits(check *c)
{
  const char *start = c->at;
  while (c->at != NULL && c->at < c->end && *c->at >= '0' && *c->at <= '9')
    c->at++;
  return c->at == NULL ? 0 : (size_t)(c->at - start);
}

static void check_number(check *c)
{
  take(c, '-');
  const char *first = c->at;
  size_t whole = take_digits(c);
  bool good = whole == 1 || (whole > 1 && *first != '0');
  if (good && take(c, '.'))
    good = take_digits(c) > 0;
  if (good && (take(c, 'e') || take(c, 'E'))) {
    if (!take(c, '-'))
      take(c, '+');
    good = take_digits(c) > 0;
  }
  c->at = good ? c->at : NULL;
}

/* The code of four hex digits behind a "\u"; 0: they are none, or stand for NUL, which traces refuse. */
static unsigned take_code(check *c)
{
  char digits[5] = {0}, *end;
  if (c->end - c->at < 4)
    return 0;
  memcpy(digits, c->at, 4);
  if (strspn(digits, "0123456789abcdefABCDEF") != 4)
    return 0;
  c->at += 4;
  return (unsigned)strtoul(digits, &end, 16);
}

static bool take_escape(check *c)
{
  if (c->at == c->end)
    return false;
  char kind = *c->at++;
  if (kind != 'u')
    return kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL;
  unsigned code = take_code(c);
  if (code >= 0xD800 && code <= 0xDBFF) {
    unsigned low = take(c, '\\') && take(c, 'u') ? take_code(c) : 0;
    return low >= 0xDC00 && low <= 0xDFFF;
  }
  return code != 0 && !(code >= 0xDC00 && code <= 0xDFFF);
}

static void check_string(check *c)
{
  need(c, '"');
  while (c->at != NULL && !take(c, '"')) {
    size_t length = c->at < c->end ? ftblab_utf8_character(c->at, (size_t)(c->end - c->at)) : 0;
    bool good = length > 0 && (unsigned char)*c->at >= 0x20;
    if (good && *c->at == '\\') {
      c->at++;
      good = take_escape(c);
    } else if (good) {
      c->at += length;
    }
    c->at = good ? c->at : NULL;
  }
}

static void check_value(check *c);

static void check_container(check *c, char close)
{
  c->at++;
  c->depth++;
  c->deepest = c->depth > c->deepest ? c->depth : c->deepest;
  skip_blanks(c);
  if (take(c, close)) {
    c->depth--;
    return;
  }
  do {
    skip_blanks(c);
    if (close == '}') {
      check_string(c);
      skip_blanks(c);
      need(c, ':');
    }
    check_value(c);
    skip_blanks(c);
  } while (take(c, ','));
  need(c, close);
  c->depth--;
}

static void check_value(check *c)
{
  skip_blanks(c);
  if (c->at == NULL || c->at == c->end || c->depth > 300) {
    c->at = NULL;
    return;
  }
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < FTBLAB_COUNT(words); i++)
    if ((size_t)(c->end - c->at) >= strlen(words[i]) && memcmp(c->at, words[i], strlen(words[i])) == 0) {
      c->at += strlen(words[i]);
      return;
    }
  if (*c->at == '"')
    check_string(c);
  else if (*c->at == '{' || *c->at == '[')
    check_container(c, *c->at == '{' ? '}' : ']');
  else
    check_number(c);
}

/* Is it one JSON object, not nested more than 200 deep in its values? */
static bool is_json_object(const char *line, size_t length)
{
  check c = {.at = line, .end = line + length};
  skip_blanks(&c);
  if (c.at == c.end || *c.at != '{')
    return false;
  check_value(&c);
  skip_blanks(&c);
  return c.at == c.end && c.deepest <= 201;
}

/* The text of the value of the I-th member of a good object. */
static ftblab_slice text_of_member(const char *line, size_t length, int i)
{
  check c = {.at = line, .end = line + length};
  skip_blanks(&c);
  c.at++;
  for (;; i--) {
    skip_blanks(&c);
    check_string(&c);
    skip_blanks(&c);
    c.at++;
    skip_blanks(&c);
    const char *start = c.at;
    check_value(&c);
    if (i == 0)
      return (ftblab_slice){start, (size_t)(c.at - start)};
    skip_blanks(&c);
    c.at++;
  }
}

/* Digits of a number, without the zeros in front, and the power of ten of the last. */
typedef struct decimal {
  char digits[512];
  size_t count;
  long power;
} decimal;

static decimal decimal_of(ftblab_slice number)
{
  decimal d = {.count = 0};
  bool fraction = false;
  size_t i = 0;
  for (; i < number.length && strchr("eE", number.data[i]) == NULL; i++) {
    char c = number.data[i];
    fraction = fraction || c == '.';
    if (c < '0' || c > '9')
      continue;
    d.power -= fraction;
    if ((d.count > 0 || c != '0') && d.count < sizeof d.digits)
      d.digits[d.count++] = c;
  }
  char exponent[32] = {0};
  if (i < number.length)
    memcpy(exponent, number.data + i + 1, number.length - i - 1 < 31 ? number.length - i - 1 : 31);
  long e = strtol(exponent, NULL, 10);
  d.power += e > 100000 ? 100000 : e < -100000 ? -100000 : e;
  return d;
}

/* Nanoseconds; false: out of range. */
static bool time_of(ftblab_slice number, int64_t *nanoseconds)
{
  decimal d = decimal_of(number);
  long before = (long)d.count + d.power + 9; /* digits before the point, as nanoseconds */
  uint64_t value = 0;
  if (d.count > 0 && before > 19)
    return false;
  for (long i = 0; d.count > 0 && i < before; i++)
    value = 10 * value + (i < (long)d.count ? (unsigned)(d.digits[i] - '0') : 0);
  if (value > INT64_MAX)
    return false;
  if (before >= 0 && before < (long)d.count && d.digits[before] >= '5' && value < INT64_MAX)
    value++;
  *nanoseconds = *number.data == '-' ? -(int64_t)value : (int64_t)value;
  return true;
}

static bool whole_number_of(ftblab_slice number, uint64_t *value)
{
  *value = 0;
  for (size_t i = 0; i < number.length; i++) {
    char c = number.data[i];
    if (c < '0' || c > '9' || *value > (UINT64_MAX - (unsigned)(c - '0')) / 10)
      return false;
    *value = 10 * *value + (unsigned)(c - '0');
  }
  return true;
}

static bool action_of(const char *word, ftblab_action *action)
{
  for (*action = FTBLAB_REGISTER; *action <= FTBLAB_FACT; ++*action)
    if (strcmp(word, ftblab_action_name(*action)) == 0)
      return true;
  return false;
}

/* Put a member into RECORD, whose strings then live in the tree. False: it may not be there. */
static bool put_member(ftblab_record *record, const cJSON *member, ftblab_slice text)
{
  static const char *const names[] = {"component", "event",    "instance", "host",  "payload",
                                      "channel",   "severity", "type",     "space", "note"};
  ftblab_slice *const strings[] = {&record->component, &record->event,   &record->instance, &record->host,
                                   &record->payload,   &record->channel, &record->severity, &record->type,
                                   &record->space,     &record->note};
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++)
    if (strcmp(member->string, names[i]) == 0) {
      if (!cJSON_IsString(member))
        return false;
      *strings[i] = (ftblab_slice){member->valuestring, strlen(member->valuestring)};
    }
  if (strcmp(member->string, "t") == 0)
    return cJSON_IsNumber(member) && time_of(text, &record->t);
  if (strcmp(member->string, "action") == 0)
    return cJSON_IsString(member) && action_of(member->valuestring, &record->action);
  if (strcmp(member->string, "seq") == 0)
    return record->has_seq = true, cJSON_IsNumber(member) && whole_number_of(text, &record->seq);
  if (strcmp(member->string, "cause") == 0)
    return record->has_cause = true, cJSON_IsNumber(member) && whole_number_of(text, &record->cause);
  return true;
}

static bool is_known(const char *key)
{
  static const char *const keys[] = {"t",       "component", "action", "event", "payload", "instance", "host",
                                     "channel", "severity",  "type",   "space", "note",    "seq",      "cause"};
  for (size_t i = 0; i < FTBLAB_COUNT(keys); i++)
    if (strcmp(key, keys[i]) == 0)
      return true;
  return false;
}

static bool comes_again(const cJSON *member)
{
  for (const cJSON *other = member->next; other != NULL; other = other->next)
    if (strcmp(member->string, other->string) == 0)
      return true;
  return false;
}

/* Is LINE a good record? Then *RECORD is what it says, and lives as long as *TREE, which the caller deletes. */
static bool reference_reads(const char *line, size_t length, ftblab_record *record, cJSON **tree)
{
  *tree = NULL;
  *record = (ftblab_record){.t = 0};
  if (!is_json_object(line, length))
    return false;
  *tree = cJSON_ParseWithLength(line, length);
  if (*tree == NULL) {
    CU_FAIL("cJSON refuses good JSON");
    return false;
  }
  int i = 0;
  for (const cJSON *member = (*tree)->child; member != NULL; member = member->next, i++) {
    if (is_known(member->string) && comes_again(member))
      return false;
    if (!put_member(record, member, text_of_member(line, length, i)))
      return false;
  }
  return cJSON_GetObjectItemCaseSensitive(*tree, "t") != NULL && record->component.data != NULL &&
         record->event.data != NULL && cJSON_GetObjectItemCaseSensitive(*tree, "action") != NULL;
}

/* ---- lines ---------------------------------------------------------------------------------------- */

static ftblab_random dice;

static size_t below(size_t bound)
{
  return (size_t)ftblab_random_below(&dice, bound);
}

static const char *one_of(const char *const *words, size_t count)
{
  return words[below(count)];
}

#define ONE_OF(...) one_of((const char *const[]){__VA_ARGS__}, FTBLAB_COUNT(((const char *const[]){__VA_ARGS__})))

/* Mostly times as they are, sometimes every form of a number. */
static void add_number(ftblab_text *text, bool whole)
{
  if (below(8) == 0) {
    ftblab_text_add(text, ONE_OF("0", "-0", "-1.5", "1e3", "2.5E-3", "1E+2", "00", "01", "1.", ".5", "+1", "-", "1e",
                                 "0.0000000005", "0.00000000049999", "9223372036.854775807", "9223372036.854775808",
                                 "9223372035.9999999999", "9223372036.8547758074", "18446744073709551615",
                                 "18446744073709551616", "1e-400", "1e400", "0e999999", "123456789012345678",
                                 "1234567890123456", "12345678", "-12345678.123456789", "1.1234567895", "0.12345678949",
                                 "null", "\"1\"", "1700000000.1234567", "12345678901", "0.12345678 ", "1 2"));
    return;
  }
  unsigned long long most = 1;
  for (size_t digits = below(whole ? 17 : 11); digits > 0; digits--)
    most *= 10;
  ftblab_text_addf(text, "%llu", (unsigned long long)ftblab_random_below(&dice, most));
  size_t decimals = whole ? 0 : below(11);
  for (size_t i = 0; i < decimals; i++)
    ftblab_text_addf(text, "%s%zu", i == 0 ? "." : "", below(10));
}

static void add_word(ftblab_text *text)
{
  size_t kind = below(24), repeats = kind == 23 ? below(40) : 1;
  for (size_t i = 0; i < repeats; i++)
    ftblab_text_addf(text, "nodes: {n%zu}", below(100000));
  if (kind == 0)
    ftblab_text_add(text, ONE_OF("\\n", "\\u00e9", "\\ud83d\\ude00", "\\\"x\\\"", "\\u0000", "\\ud800", "\\x", "\\\\"));
  else if (kind == 1)
    ftblab_text_add(text,
                    ONE_OF("\xC3\xA9", "\xE2\x82\xAC", "\xFF", "\xC3", "\xED\xA0\x80", "\x7F", "\xF0\x9F\x98\x80"));
  else if (kind == 2)
    ftblab_text_clear(text); /* an empty value: the text is the word alone */
  else if (kind < 10)
    ftblab_text_addf(text, ", jobs: {j%zu}, ranks: {0-9}", below(1000));
}

static void add_quoted_word(ftblab_text *text)
{
  ftblab_text word = {0};
  add_word(&word);
  ftblab_text_addf(text, "\"%s\"", ftblab_text_string(&word));
  ftblab_text_free(&word);
}

/* A member: in the order of KEY, or any. Layouts that come again and again, and some that are new. */
static void add_member(ftblab_text *text, char key, const char *separator)
{
  ftblab_text_addf(text, "%s", text->data[text->length - 1] == '{' ? "" : separator);
  if (key == 't') {
    ftblab_text_addf(text, "\"t\": ");
    add_number(text, false);
  } else if (key == 's' || key == 'a' || key == 'x') {
    ftblab_text_addf(text, "\"%s\": ", key == 's' ? "seq" : key == 'a' ? "cause" : "pid");
    add_number(text, true);
  } else if (key == 'c') {
    ftblab_text_addf(text, "\"component\":\"%s\"",
                     ONE_OF("RM/JS", "MPI", "Autonomic Script", "Monitoring System", "Application", "C\\/R \\u004cib"));
  } else if (key == 'k') {
    ftblab_text_addf(text, "\"action\": \"%s\"", ONE_OF("throw", "catch", "fact", "register", "catch", "throw"));
  } else if (key == 'e') {
    const char *first = ONE_OF("CHECK", "CONFIRM", "RM", "MPI");
    const char *second = ONE_OF("NODES_DEAD", "NODES_ALIVE", "JOBS_DEAD", "JOBS_RUNNING", "RANKS_DEAD");
    ftblab_text_addf(text, "\"event\": \"%s_%s\"", first, second);
  } else if (key == 'v') {
    ftblab_text_addf(text, "\"severity\": \"%s\"", ONE_OF("info", "warning", "error", ""));
  } else if (key == 'o') {
    ftblab_text_add(text, ONE_OF("\"x\": [1, {\"t\": \"}\"}]", "\"x\": true", "\"x\": null", "\"x\": {}",
                                 "\"pay\\u006coad\": \"nodes: {n1}\"", "\"space\": 1", "\"x\": \"a\""));
  } else {
    ftblab_text_addf(text, "\"%s\": ",
                     key == 'p'   ? "payload"
                     : key == 'i' ? "instance"
                     : key == 'h' ? "host"
                     : key == 'n' ? "note"
                                  : "label");
    add_quoted_word(text);
  }
}

static void add_record(ftblab_text *text)
{
  char layout[16];
  snprintf(layout, sizeof layout, "%s",
           ONE_OF("tckep", "tckep", "tckeps", "tcikepsa", "tcihkepvs", "stcike", "tckepo", "lxtckepn", "tcke"));
  if (below(20) == 0) { /* another order, maybe a key twice */
    size_t count = strlen(layout), i = below(count), j = below(count);
    char kept = layout[i];
    layout[i] = layout[j];
    if (below(2) == 0)
      layout[j] = kept;
  }
  const char *separator = below(30) == 0 ? " , " : ", ";
  ftblab_text_add(text, "{");
  for (const char *key = layout; *key != '\0'; key++)
    add_member(text, *key, separator);
  ftblab_text_add(text, below(40) == 0 ? " } " : "}");
}

/* Change some bytes from FROM on. */
static void spoil(ftblab_text *text, size_t from)
{
  static const char bytes[] = "\"\\{}[]:, \t\r\n0123456789.-+eEtfnu/\x01\x1F\x7F\x80\xC3\xFF";
  size_t length = text->length - from, at = from + below(length), count = 1 + below(3);
  count = at + count > text->length ? text->length - at : count;
  char *place = text->data + at, byte = below(50) == 0 ? '\0' : bytes[below(sizeof bytes - 1)];
  switch (below(5)) {
  case 0: /* a bit */
    *place = (char)(*place ^ 1 << below(8));
    break;
  case 1: /* another byte */
    *place = byte;
    break;
  case 2: /* some less */
    memmove(place, place + count, text->length - at - count);
    text->length -= count;
    break;
  case 3: /* one more */
    ftblab_text_add_bytes(text, &byte, 1);
    place = text->data + at;
    memmove(place + 1, place, text->length - at - 1);
    *place = byte;
    break;
  default: /* cut off */
    text->length = at;
  }
}

static void add_lines(ftblab_text *text, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    size_t from = text->length;
    add_record(text);
    for (size_t changes = below(4) == 0 ? 1 + below(3) : 0; changes > 0 && text->length > from; changes--)
      spoil(text, from);
    ftblab_text_add(text, below(10) == 0 ? "\r\n" : below(50) == 0 ? "\n \t\n" : "\n");
  }
  if (below(2) == 0)
    text->length--; /* the last line without its newline */
}

/* ---- comparing -------------------------------------------------------------------------------------- */

static bool same(ftblab_slice a, ftblab_slice b)
{
  return (a.data == NULL) == (b.data == NULL) && a.length == b.length &&
         (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool same_constants(const ftblab_record *a, const ftblab_record *b)
{
  return a->action == b->action && same(a->component, b->component) && same(a->event, b->event) &&
         same(a->channel, b->channel) && same(a->severity, b->severity) && same(a->type, b->type) &&
         same(a->space, b->space);
}

static bool same_records(const ftblab_record *a, const ftblab_record *b)
{
  return same_constants(a, b) && a->t == b->t && same(a->instance, b->instance) && same(a->host, b->host) &&
         same(a->payload, b->payload) && same(a->note, b->note) && a->has_seq == b->has_seq &&
         a->has_cause == b->has_cause && (!a->has_seq || a->seq == b->seq) && (!a->has_cause || a->cause == b->cause) &&
         a->line == b->line;
}

typedef struct reading {
  FILE *stream;
  ftblab_trace_reader *reader;
  ftblab_record record;
  uint32_t frame;
  bool more;
  ftblab_status status;
  ftblab_error err;
} reading;

static void must(bool good, const char *what)
{
  if (good)
    return;
  fprintf(stderr, "test_reader: %s\n", what);
  exit(1);
}

static reading open_reading(const char *bytes, size_t length)
{
  reading r = {.stream = fmemopen((void *)(uintptr_t)bytes, length, "r")};
  must(r.stream != NULL && ftblab_trace_reader_new(r.stream, "lines", &r.reader, NULL) == FTBLAB_OK, "no memory");
  return r;
}

static void close_reading(reading *r)
{
  ftblab_trace_reader_free(r->reader);
  fclose(r->stream);
}

static void read_one(reading *r)
{
  r->err.text[0] = '\0';
  r->record.frame = 0;
  r->status = ftblab_trace_reader_next(r->reader, &r->record, &r->more, &r->err);
  r->frame = r->status == FTBLAB_OK && r->more ? r->record.frame : 0;
}

/* What was seen in all rounds. */
static struct totals {
  size_t good, bad, framed;
} totals;

static ftblab_record by_frame[FTBLAB_FRAME_LIMIT]; /* its constants, as long as its reader lives */

/* Two records of one frame have the same constants, which still stand where they were. */
static void check_frame(const reading *r)
{
  if (r->frame == 0)
    return;
  totals.framed++;
  must(r->frame < FTBLAB_FRAME_LIMIT, "a frame's number is too large");
  if (by_frame[r->frame].component.data == NULL)
    by_frame[r->frame] = r->record;
  CU_ASSERT(same_constants(&by_frame[r->frame], &r->record));
  CU_ASSERT(by_frame[r->frame].component.data == r->record.component.data);
}

static void complain(const char *what, const char *line, size_t length)
{
  fprintf(stderr, "%s: %.*s\n", what, (int)length, line);
  CU_FAIL("readers differ");
}

/* The next line of TEXT that is not blank, without its end; its number in *NUMBER. False: the end. */
static bool next_line(const ftblab_text *text, size_t *at, const char **line, size_t *length, uint64_t *number)
{
  while (*at < text->length) {
    const char *newline = memchr(text->data + *at, '\n', text->length - *at);
    *line = text->data + *at;
    *length = newline != NULL ? (size_t)(newline - *line) : text->length - *at;
    *at += *length + (newline != NULL);
    ++*number;
    if (*length > 0 && (*line)[*length - 1] == '\r')
      --*length;
    size_t blanks = 0;
    while (blanks < *length && ((*line)[blanks] == ' ' || (*line)[blanks] == '\t'))
      blanks++;
    if (blanks < *length)
      return true;
  }
  return false;
}

/* Do all three read LINE alike? */
static void compare_line(reading *fast, reading *plain, const char *line, size_t length, uint64_t number)
{
  cJSON *tree;
  ftblab_record expected;
  bool good = reference_reads(line, length, &expected, &tree);
  expected.line = number;
  read_one(fast);
  read_one(plain);
  if (fast->status != plain->status || strcmp(fast->err.text, plain->err.text) != 0 ||
      (fast->status == FTBLAB_OK && (!fast->more || !plain->more || !same_records(&fast->record, &plain->record))))
    complain("with and without frames", line, length);
  if (good != (plain->status == FTBLAB_OK) || (good && !same_records(&plain->record, &expected)))
    complain("without frames and with cJSON", line, length);
  totals.good += good;
  totals.bad += !good;
  if (fast->status == FTBLAB_OK)
    check_frame(fast);
  CU_ASSERT(plain->status != FTBLAB_OK || plain->frame == 0);
  cJSON_Delete(tree);
}

static void compare_round(size_t block, size_t lines)
{
  ftblab_text text = {0};
  ftblab_text_add(&text, "{\"ftblab_trace\": 1}\n");
  size_t at = text.length, length;
  add_lines(&text, lines);
  must(!text.failed, "no memory");
  reading fast = open_reading(text.data, text.length), plain = open_reading(text.data, text.length);
  ftblab_trace_reader_set_block(fast.reader, block);
  ftblab_trace_reader_set_learning(plain.reader, false);
  memset(by_frame, 0, sizeof by_frame);
  const char *line;
  uint64_t number = 1;
  while (next_line(&text, &at, &line, &length, &number) && CU_get_number_of_failures() == 0)
    compare_line(&fast, &plain, line, length, number);
  read_one(&fast);
  CU_ASSERT(fast.status == FTBLAB_OK && !fast.more);
  close_reading(&fast);
  close_reading(&plain);
  ftblab_text_free(&text);
}

static void test_differences(void)
{
  static const size_t blocks[] = {1, 7, 64, 300, 4096, (size_t)1 << 20};
  ftblab_random_seed(&dice, 1, "test_reader");
  for (size_t i = 0; i < ROUNDS; i++)
    compare_round(blocks[i % FTBLAB_COUNT(blocks)], LINES_OF_A_ROUND);
  /* the lines were of all kinds */
  CU_ASSERT(totals.bad > ROUNDS * LINES_OF_A_ROUND / 10);
  CU_ASSERT(totals.good > ROUNDS * LINES_OF_A_ROUND / 2);
  CU_ASSERT(totals.framed > totals.good / 2);
}

/* ---- limits ------------------------------------------------------------------------------------------- */

/* More kinds of lines than there are frames: all are read, some without a frame. */
static void test_too_many_frames(void)
{
  ftblab_text text = {0};
  enum { EVENTS = FTBLAB_FRAME_LIMIT + 1000 };
  for (int i = 0; i < 2 * EVENTS; i++)
    ftblab_text_addf(&text, "{\"t\": %d, \"component\": \"MPI\", \"action\": \"throw\", \"event\": \"E%d\"}\n", i,
                     i % EVENTS);
  must(!text.failed, "no memory");
  reading r = open_reading(text.data, text.length);
  uint32_t seen[EVENTS] = {0}, without = 0;
  for (int i = 0; i < 2 * EVENTS; i++) {
    char event[16];
    snprintf(event, sizeof event, "E%d", i % EVENTS);
    read_one(&r);
    CU_ASSERT(r.status == FTBLAB_OK && r.more && r.record.t == i * 1000000000LL);
    CU_ASSERT(same(r.record.event, (ftblab_slice){event, strlen(event)}));
    CU_ASSERT(r.frame < FTBLAB_FRAME_LIMIT);
    CU_ASSERT(i < EVENTS || r.frame == seen[i - EVENTS]);
    if (i < EVENTS)
      seen[i] = r.frame;
    without += r.frame == 0;
  }
  CU_ASSERT(without >= 2000);
  CU_ASSERT(without < EVENTS);
  close_reading(&r);
  ftblab_text_free(&text);
}

/* The same spans behind different ones are different frames. */
static void test_same_spans(void)
{
  ftblab_text text = {0};
  enum { COMPONENTS = 400, EVENTS = 5, LINES = 2 * COMPONENTS * EVENTS };
  for (int i = 0; i < LINES; i++)
    ftblab_text_addf(
        &text,
        "{\"t\": 1, \"component\": \"C%d\", \"instance\": \"x\", \"action\": \"catch\", \"event\": \"E%d\", "
        "\"payload\": \"\"}\n",
        i % COMPONENTS, i / COMPONENTS % EVENTS);
  must(!text.failed, "no memory");
  reading r = open_reading(text.data, text.length);
  for (int i = 0; i < LINES; i++) {
    char component[16], event[16];
    snprintf(component, sizeof component, "C%d", i % COMPONENTS);
    snprintf(event, sizeof event, "E%d", i / COMPONENTS % EVENTS);
    read_one(&r);
    CU_ASSERT(same(r.record.component, (ftblab_slice){component, strlen(component)}));
    CU_ASSERT(same(r.record.event, (ftblab_slice){event, strlen(event)}));
  }
  close_reading(&r);
  ftblab_text_free(&text);
}

/* Lines of 10 MiB, read in parts; a NUL byte is an error at its place. */
static void test_long_lines(void)
{
  ftblab_text text = {0};
  size_t begins[3], starts[3]; /* of the lines and their payloads */
  for (int i = 0; i < 3; i++) {
    begins[i] = text.length;
    ftblab_text_addf(&text,
                     "{\"t\": %d, \"component\": \"MPI\", \"action\": \"throw\", \"event\": \"E\", \"payload\": \"", i);
    starts[i] = text.length;
    for (int j = 0; j < 10 << 10; j++) {
      char kilobyte[1024];
      memset(kilobyte, 'a' + i, sizeof kilobyte);
      ftblab_text_add_bytes(&text, kilobyte, sizeof kilobyte);
    }
    ftblab_text_add(&text, "\"}\n");
  }
  must(!text.failed, "no memory");
  text.data[starts[2] + 5000000] = '\0';
  reading r = open_reading(text.data, text.length);
  for (int i = 0; i < 2; i++) {
    read_one(&r);
    CU_ASSERT(r.status == FTBLAB_OK && r.frame == 1 &&
              same(r.record.payload, (ftblab_slice){text.data + starts[i], 10 << 20}));
  }
  read_one(&r);
  CU_ASSERT(r.status == FTBLAB_EINPUT);
  char expected[80];
  snprintf(expected, sizeof expected, "lines:3:%zu: control character in a string", starts[2] - begins[2] + 5000001);
  CU_ASSERT_STRING_EQUAL(r.err.text, expected);
  close_reading(&r);
  ftblab_text_free(&text);
}

/* ---- growing streams ------------------------------------------------------------------------------------ */

#define LINE "{\"t\": 1, \"component\": \"MPI\", \"action\": \"throw\", \"event\": \"E\"}"

static void append(FILE *file, const char *text)
{
  must(fputs(text, file) >= 0 && fflush(file) == 0, "cannot write");
}

/* Two streams on one file: one writes at its end, one reads. */
static reading open_growing(FILE **writer)
{
  char path[] = "test_reader.XXXXXX";
  int descriptor = mkstemp(path);
  *writer = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
  reading r = {.stream = fopen(path, "r")};
  unlink(path);
  must(*writer != NULL && r.stream != NULL, "cannot make a file");
  must(ftblab_trace_reader_new(r.stream, "lines", &r.reader, NULL) == FTBLAB_OK, "no memory");
  return r;
}

static void expect_end(reading *r)
{
  read_one(r);
  CU_ASSERT(r->status == FTBLAB_OK && !r->more);
}

static void expect_record(reading *r, uint64_t line)
{
  read_one(r);
  CU_ASSERT(r->status == FTBLAB_OK && r->more && r->record.line == line && r->record.t == 1000000000);
}

/* The header comes late, lines come in pieces; what is left at the very end is a line. */
static void test_follow(void)
{
  FILE *writer;
  reading r = open_growing(&writer);
  ftblab_trace_header header;
  ftblab_trace_reader_follow(r.reader);
  expect_end(&r);
  append(writer, "{\"ftblab_trace\": 1, ");
  CU_ASSERT(ftblab_trace_reader_header(r.reader, &header, NULL) == FTBLAB_OK && !header.present);
  expect_end(&r);
  append(writer, "\"source\": \"late\"}\n" LINE);
  CU_ASSERT(ftblab_trace_reader_header(r.reader, &header, NULL) == FTBLAB_OK && header.present);
  CU_ASSERT_STRING_EQUAL(header.source, "late");
  expect_end(&r);
  expect_end(&r);
  append(writer, "\n" LINE "\n\n{\"t\": ");
  expect_record(&r, 2);
  expect_record(&r, 3);
  expect_end(&r);
  append(writer, "1, \"component\": \"MPI\", \"action\": \"throw\", \"event\": \"E\"}\n" LINE);
  expect_record(&r, 5);
  expect_end(&r);
  ftblab_trace_reader_end(r.reader);
  expect_record(&r, 6);
  expect_end(&r);
  fclose(writer);
  close_reading(&r);
}

/* Without ftblab_trace_reader_follow a last line needs no newline, and the end may be asked again, too. */
static void test_asked_again(void)
{
  FILE *writer;
  reading r = open_growing(&writer);
  append(writer, LINE);
  expect_record(&r, 1);
  expect_end(&r);
  append(writer, LINE "\n");
  expect_record(&r, 2);
  expect_end(&r);
  fclose(writer);
  close_reading(&r);
}

/* A line of a pipe that stays open is there as soon as it is written. */
static void test_pipe(void)
{
  int ends[2];
  must(pipe(ends) == 0, "no pipe");
  FILE *writer = fdopen(ends[1], "w");
  reading r = {.stream = fdopen(ends[0], "r")};
  must(writer != NULL && r.stream != NULL, "no pipe");
  must(ftblab_trace_reader_new(r.stream, "lines", &r.reader, NULL) == FTBLAB_OK, "no memory");
  ftblab_trace_reader_follow(r.reader);
  for (uint64_t i = 1; i <= 3; i++) {
    append(writer, LINE "\n");
    expect_record(&r, i);
  }
  fclose(writer);
  expect_end(&r);
  close_reading(&r);
}

static const ftblab_unit_test tests[] = {
    {"frames, the parser and cJSON read alike", test_differences},
    {"more kinds of lines than frames", test_too_many_frames},
    {"the same spans behind different ones", test_same_spans},
    {"long lines", test_long_lines},
    {"following", test_follow},
    {"asked again", test_asked_again},
    {"a pipe", test_pipe},
};

int main(void)
{
  return ftblab_suite("reader", tests, FTBLAB_COUNT(tests));
}
