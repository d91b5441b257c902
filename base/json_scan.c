/* json_scan.c - a strict reader of JSON text (RFC 8259). It builds nothing: it finds the first thing that is wrong,
 * with its place, and notes where each value begins. What it passes, cJSON reads the same way. */
#include "json_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NUMBER 63 /* cJSON reads no more characters of a number */

struct scan {
  const char *text;
  size_t length, at;
  unsigned depth;
  const char *name;
  ftblab_json_place *places;
  size_t place_count, place_capacity;
  ftblab_error *err;
};

static ftblab_status scan_value(struct scan *scan, size_t key_at);

static ftblab_status fail(const struct scan *scan, size_t offset, const char *reason)
{
  return ftblab_json_fail_offset(scan->text, offset, scan->name, scan->err, reason);
}

static ftblab_status add_place(struct scan *scan, size_t key_at)
{
  if (scan->place_count == scan->place_capacity) {
    size_t capacity = scan->place_capacity ? scan->place_capacity * 2 : 64;
    ftblab_json_place *places = realloc(scan->places, capacity * sizeof *places);
    if (!places)
      return ftblab_fail(scan->err, FTBLAB_ENOMEM, "%s: no memory", scan->name);
    scan->places = places;
    scan->place_capacity = capacity;
  }
  scan->places[scan->place_count++] = (ftblab_json_place){NULL, scan->at, key_at, FTBLAB_NO_NAME};
  return FTBLAB_OK;
}

static void skip_space(struct scan *scan)
{
  while (scan->at < scan->length && scan->text[scan->at] && strchr(" \t\r\n", scan->text[scan->at]))
    scan->at++;
}

static bool next_is(struct scan *scan, char wanted)
{
  return scan->at < scan->length && scan->text[scan->at] == wanted;
}

static bool take(struct scan *scan, char wanted)
{
  if (!next_is(scan, wanted))
    return false;
  scan->at++;
  return true;
}

static bool is_digit(const struct scan *scan)
{
  return scan->at < scan->length && scan->text[scan->at] >= '0' && scan->text[scan->at] <= '9';
}

/* ---- strings ---- */

/* Four hexadecimal digits at scan->at. */
static bool take_hex(struct scan *scan, unsigned *value)
{
  *value = 0;
  for (unsigned i = 0; i < 4; i++, scan->at++) {
    const char *digits = "0123456789abcdefABCDEF";
    const char *found = scan->at < scan->length && scan->text[scan->at] ? strchr(digits, scan->text[scan->at]) : NULL;
    if (!found)
      return false;
    unsigned digit = (unsigned)(found - digits);
    *value = *value * 16 + (digit < 16 ? digit : digit - 6);
  }
  return true;
}

/* Behind the 'u' of an escape that begins at START. */
static ftblab_status scan_unicode_escape(struct scan *scan, size_t start)
{
  unsigned high, low;
  if (!take_hex(scan, &high))
    return fail(scan, start, "\\u must be followed by four hexadecimal digits");
  if (high == 0)
    return fail(scan, start, "a string must not contain the character NUL");
  if (high >= 0xDC00 && high <= 0xDFFF)
    return fail(scan, start, "half of a surrogate pair");
  if (high < 0xD800 || high > 0xDBFF)
    return FTBLAB_OK;
  if (!take(scan, '\\') || !take(scan, 'u') || !take_hex(scan, &low) || low < 0xDC00 || low > 0xDFFF)
    return fail(scan, start, "half of a surrogate pair");
  return FTBLAB_OK;
}

static ftblab_status scan_escape(struct scan *scan)
{
  size_t start = scan->at++;
  if (take(scan, 'u'))
    return scan_unicode_escape(scan, start);
  if (scan->at == scan->length || !scan->text[scan->at] || !strchr("\"\\/bfnrt", scan->text[scan->at]))
    return fail(scan, start, "unknown escape in a string");
  scan->at++;
  return FTBLAB_OK;
}

/* At the opening quote. */
static ftblab_status scan_string(struct scan *scan)
{
  size_t start = scan->at++;
  while (scan->at < scan->length) {
    unsigned char character = (unsigned char)scan->text[scan->at];
    ftblab_status status = FTBLAB_OK;
    if (take(scan, '"'))
      return FTBLAB_OK;
    size_t bytes = ftblab_utf8_character(scan->text + scan->at, scan->length - scan->at);
    if (character == '\n' || character == '\r')
      return fail(scan, start, "the string is not closed on its line");
    if (character < ' ')
      return fail(scan, scan->at, "control character in a string (write it as an escape)");
    if (bytes == 0)
      return fail(scan, scan->at, "invalid UTF-8");
    if (character == '\\')
      status = scan_escape(scan);
    else
      scan->at += bytes;
    if (status)
      return status;
  }
  return fail(scan, start, "the string is not closed");
}

/* ---- numbers and words ---- */

static bool take_digits(struct scan *scan)
{
  if (!is_digit(scan))
    return false;
  while (is_digit(scan))
    scan->at++;
  return true;
}

static bool take_exponent(struct scan *scan)
{
  if (!take(scan, 'e') && !take(scan, 'E'))
    return true;
  if (!take(scan, '+'))
    take(scan, '-');
  return take_digits(scan);
}

static ftblab_status scan_number(struct scan *scan)
{
  size_t start = scan->at;
  take(scan, '-');
  if (take(scan, '0')) {
    if (is_digit(scan))
      return fail(scan, start, "a number must not begin with 0");
  } else if (!take_digits(scan)) {
    return fail(scan, start, "not a number");
  }
  if (take(scan, '.') && !take_digits(scan))
    return fail(scan, start, "a number needs a digit after its point");
  if (!take_exponent(scan))
    return fail(scan, start, "a number needs a digit in its exponent");
  if (scan->at - start > LONGEST_NUMBER)
    return fail(scan, start, "the number has too many characters");
  char digits[LONGEST_NUMBER + 1];
  memcpy(digits, scan->text + start, scan->at - start);
  digits[scan->at - start] = '\0';
  if (isinf(strtod(digits, NULL)))
    return fail(scan, start, "the number is out of range");
  return FTBLAB_OK;
}

static ftblab_status scan_word(struct scan *scan)
{
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < FTBLAB_COUNT(words); i++) {
    size_t length = strlen(words[i]);
    if (scan->length - scan->at >= length && memcmp(scan->text + scan->at, words[i], length) == 0) {
      scan->at += length;
      return FTBLAB_OK;
    }
  }
  return fail(scan, scan->at, scan->at == scan->length ? "the text ends where a value must come"
                                                       : "expected a value");
}

/* ---- arrays and objects ---- */

/* Behind a member: a comma (*MORE) or CLOSING. */
static ftblab_status scan_separator(struct scan *scan, char closing, const char *expected, bool *more)
{
  skip_space(scan);
  *more = false;
  if (take(scan, closing))
    return FTBLAB_OK;
  size_t comma = scan->at;
  if (!take(scan, ','))
    return fail(scan, scan->at, expected);
  skip_space(scan);
  if (next_is(scan, closing))
    return fail(scan, comma, "a comma with nothing behind it");
  *more = true;
  return FTBLAB_OK;
}

static ftblab_status scan_array(struct scan *scan)
{
  scan->at++;
  skip_space(scan);
  if (take(scan, ']'))
    return FTBLAB_OK;
  for (bool more = true; more;) {
    ftblab_status status = scan_value(scan, FTBLAB_JSON_NOWHERE);
    if (!status)
      status = scan_separator(scan, ']', "expected ',' or ']'", &more);
    if (status)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status scan_object(struct scan *scan)
{
  scan->at++;
  skip_space(scan);
  if (take(scan, '}'))
    return FTBLAB_OK;
  for (bool more = true; more;) {
    size_t key_at = scan->at;
    if (!next_is(scan, '"'))
      return fail(scan, scan->at, "expected a key in double quotes");
    ftblab_status status = scan_string(scan);
    if (status)
      return status;
    skip_space(scan);
    if (!take(scan, ':'))
      return fail(scan, scan->at, "expected ':' after the key");
    status = scan_value(scan, key_at);
    if (!status)
      status = scan_separator(scan, '}', "expected ',' or '}'", &more);
    if (status)
      return status;
  }
  return FTBLAB_OK;
}

static ftblab_status scan_value(struct scan *scan, size_t key_at)
{
  skip_space(scan);
  if (scan->depth == FTBLAB_JSON_DEPTH)
    return fail(scan, scan->at, "nested too deep");
  ftblab_status status = add_place(scan, key_at);
  if (status)
    return status;
  scan->depth++;
  if (next_is(scan, '{'))
    status = scan_object(scan);
  else if (next_is(scan, '['))
    status = scan_array(scan);
  else if (next_is(scan, '"'))
    status = scan_string(scan);
  else if (next_is(scan, '-') || is_digit(scan))
    status = scan_number(scan);
  else
    status = scan_word(scan);
  scan->depth--;
  return status;
}

ftblab_status ftblab_json_scan(const char *text, size_t length, const char *name, ftblab_json_place **places,
                               size_t *place_count, ftblab_error *err)
{
  struct scan scan = {.text = text, .length = length, .name = name, .err = err};
  skip_space(&scan);
  ftblab_status status =
      scan.at == length ? fail(&scan, 0, "the document is empty") : scan_value(&scan, FTBLAB_JSON_NOWHERE);
  skip_space(&scan);
  if (!status && scan.at < length)
    status = fail(&scan, scan.at, "text after the end of the document");
  if (status) {
    free(scan.places);
    return status;
  }
  *places = scan.places;
  *place_count = scan.place_count;
  return FTBLAB_OK;
}
