/* scan.c - reading pieces of JSON from one line, strictly (RFC 8259) and with the place of an error. */
#include "scan.h"

#include <string.h>

#define MAX_DEPTH 200

static bool stop(ftblab_scan *scan, size_t at, const char *reason)
{
  scan->at = at;
  scan->reason = reason;
  return false;
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* The byte at the scanner, 0 at the end: a NUL byte in the text is an error wherever it stands. */
static char peek(const ftblab_scan *scan)
{
  return scan->at < scan->length ? scan->text[scan->at] : '\0';
}

void ftblab_scan_space(ftblab_scan *scan)
{
  while (scan->at < scan->length) {
    char c = scan->text[scan->at];
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
      return;
    scan->at++;
  }
}

bool ftblab_scan_mark(ftblab_scan *scan, char mark)
{
  ftblab_scan_space(scan);
  if (peek(scan) == mark && scan->at < scan->length) {
    scan->at++;
    return true;
  }
  switch (mark) {
  case '{':
    return stop(scan, scan->at, "expected an object");
  case ':':
    return stop(scan, scan->at, "expected ':'");
  case '[':
    return stop(scan, scan->at, "expected an array");
  default:
    return stop(scan, scan->at, "unexpected character");
  }
}

static int hex_digit(char c)
{
  return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits; -1: not. */
static int hex4(const char *text, size_t room)
{
  if (room < 4)
    return -1;
  int value = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(text[i]);
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

static size_t put_utf8(char *into, unsigned code)
{
  if (code < 0x80) {
    into[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    into[0] = (char)(0xC0 | code >> 6);
    into[1] = (char)(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    into[0] = (char)(0xE0 | code >> 12);
    into[1] = (char)(0x80 | (code >> 6 & 0x3F));
    into[2] = (char)(0x80 | (code & 0x3F));
    return 3;
  }
  into[0] = (char)(0xF0 | code >> 18);
  into[1] = (char)(0x80 | (code >> 12 & 0x3F));
  into[2] = (char)(0x80 | (code >> 6 & 0x3F));
  into[3] = (char)(0x80 | (code & 0x3F));
  return 4;
}

/* The escape at RAW (a backslash); *USED bytes of it become *MADE bytes in INTO (room for 4). False: bad. */
static bool unescape_one(const char *raw, size_t room, char *into, size_t *used, size_t *made)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (room < 2)
    return false;
  const char *simple = raw[1] != '\0' ? strchr(from, raw[1]) : NULL;
  if (simple != NULL) {
    into[0] = to[simple - from];
    *used = 2;
    *made = 1;
    return true;
  }
  int high = raw[1] == 'u' ? hex4(raw + 2, room - 2) : -1;
  if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
    return false;
  *used = 6;
  unsigned code = (unsigned)high;
  if (high >= 0xD800 && high <= 0xDBFF) {
    int low = room >= 12 && raw[6] == '\\' && raw[7] == 'u' ? hex4(raw + 8, room - 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
      return false;
    code = 0x10000 + ((unsigned)(high - 0xD800) << 10) + (unsigned)(low - 0xDC00);
    *used = 12;
  }
  *made = put_utf8(into, code);
  return true;
}

bool ftblab_scan_unescape(const char *raw, size_t length, char *into, size_t *written)
{
  size_t out = 0;
  for (size_t i = 0; i < length;) {
    if (raw[i] != '\\') {
      into[out++] = raw[i++];
      continue;
    }
    char piece[4];
    size_t used, made;
    if (!unescape_one(raw + i, length - i, piece, &used, &made))
      return false;
    memcpy(into + out, piece, made);
    out += made;
    i += used;
  }
  *written = out;
  return true;
}

bool ftblab_scan_string(ftblab_scan *scan, ftblab_slice *raw, bool *escaped)
{
  ftblab_scan_space(scan);
  if (peek(scan) != '"')
    return stop(scan, scan->at, "expected a string");
  size_t start = ++scan->at;
  *escaped = false;
  while (scan->at < scan->length) {
    unsigned char c = (unsigned char)scan->text[scan->at];
    if (c == '"') {
      *raw = (ftblab_slice){scan->text + start, scan->at - start};
      scan->at++;
      return true;
    }
    if (c < 0x20)
      return stop(scan, scan->at, "control character in a string");
    if (c == '\\') {
      char piece[4];
      size_t used, made;
      if (!unescape_one(scan->text + scan->at, scan->length - scan->at, piece, &used, &made))
        return stop(scan, scan->at, "bad escape in a string");
      *escaped = true;
      scan->at += used;
    } else if (c < 0x80) {
      scan->at++;
    } else {
      size_t length = ftblab_utf8_character(scan->text + scan->at, scan->length - scan->at);
      if (length == 0)
        return stop(scan, scan->at, "invalid UTF-8");
      scan->at += length;
    }
  }
  return stop(scan, start - 1, "string does not end");
}

/* A JSON number's parts, as places in the text. */
typedef struct number {
  bool negative;
  size_t whole, whole_end, fraction, fraction_end; /* digits */
  int exponent;
} number;

static bool scan_exponent(ftblab_scan *scan, int *exponent)
{
  *exponent = 0;
  if (peek(scan) != 'e' && peek(scan) != 'E')
    return true;
  scan->at++;
  bool negative = peek(scan) == '-';
  if (peek(scan) == '-' || peek(scan) == '+')
    scan->at++;
  if (!is_digit(peek(scan)))
    return stop(scan, scan->at, "expected digits in a number");
  for (; is_digit(peek(scan)); scan->at++)
    if (*exponent < 100000)
      *exponent = *exponent * 10 + (peek(scan) - '0');
  if (negative)
    *exponent = -*exponent;
  return true;
}

static bool scan_number(ftblab_scan *scan, number *n)
{
  ftblab_scan_space(scan);
  n->negative = peek(scan) == '-';
  if (n->negative)
    scan->at++;
  n->whole = scan->at;
  if (!is_digit(peek(scan)))
    return stop(scan, scan->at, "expected a number");
  while (is_digit(peek(scan)))
    scan->at++;
  n->whole_end = scan->at;
  if (scan->text[n->whole] == '0' && n->whole_end - n->whole > 1)
    return stop(scan, n->whole, "a number must not begin with 0");
  n->fraction = n->fraction_end = scan->at;
  if (peek(scan) == '.') {
    n->fraction = ++scan->at;
    if (!is_digit(peek(scan)))
      return stop(scan, scan->at, "expected digits in a number");
    while (is_digit(peek(scan)))
      scan->at++;
    n->fraction_end = scan->at;
  }
  return scan_exponent(scan, &n->exponent);
}

bool ftblab_scan_seconds(ftblab_scan *scan, int64_t *nanoseconds)
{
  number n;
  ftblab_scan_space(scan);
  size_t start = scan->at;
  if (!scan_number(scan, &n))
    return false;
  /* the digits in a row stand for digits * 10^(exponent - fraction digits) seconds; keep those down to 10^-9 */
  size_t whole = n.whole_end - n.whole, digits = whole + (n.fraction_end - n.fraction);
  int64_t keep = (int64_t)whole + n.exponent + 9; /* digits that count as nanoseconds or more */
  uint64_t value = 0;
  const uint64_t limit = (uint64_t)INT64_MAX;
  for (int64_t i = 0; i < keep; i++) {
    unsigned digit = 0;
    if (i < (int64_t)digits)
      digit = (unsigned)(scan->text[i < (int64_t)whole ? n.whole + (size_t)i : n.fraction + ((size_t)i - whole)] - '0');
    else if (value == 0)
      break; /* nothing but zeros, whatever the exponent */
    if (value > (limit - digit) / 10)
      return stop(scan, start, "time out of range");
    value = value * 10 + digit;
  }
  if (keep >= 0 && keep < (int64_t)digits) {
    size_t i = (size_t)keep;
    char next = scan->text[i < whole ? n.whole + i : n.fraction + (i - whole)];
    if (next >= '5' && value < limit)
      value++;
  }
  *nanoseconds = n.negative ? -(int64_t)value : (int64_t)value;
  return true;
}

bool ftblab_scan_unsigned(ftblab_scan *scan, uint64_t *result)
{
  number n;
  ftblab_scan_space(scan);
  size_t start = scan->at;
  if (!scan_number(scan, &n))
    return false;
  if (n.negative || n.fraction != n.fraction_end || scan->at != n.whole_end)
    return stop(scan, start, "expected an integer that is not negative");
  uint64_t value = 0;
  for (size_t i = n.whole; i < n.whole_end; i++) {
    unsigned digit = (unsigned)(scan->text[i] - '0');
    if (value > (UINT64_MAX - digit) / 10)
      return stop(scan, start, "number out of range");
    value = value * 10 + digit;
  }
  *result = value;
  return true;
}

static bool skip_word(ftblab_scan *scan, const char *word)
{
  size_t length = strlen(word);
  if (scan->length - scan->at < length || memcmp(scan->text + scan->at, word, length) != 0)
    return stop(scan, scan->at, "expected a value");
  scan->at += length;
  return true;
}

static bool skip_scalar(ftblab_scan *scan)
{
  ftblab_slice raw;
  bool escaped;
  number n;
  switch (peek(scan)) {
  case '"':
    return ftblab_scan_string(scan, &raw, &escaped);
  case 't':
    return skip_word(scan, "true");
  case 'f':
    return skip_word(scan, "false");
  case 'n':
    return skip_word(scan, "null");
  default:
    if (peek(scan) != '-' && !is_digit(peek(scan)))
      return stop(scan, scan->at, "expected a value");
    return scan_number(scan, &n);
  }
}

bool ftblab_scan_skip(ftblab_scan *scan)
{
  char closing[MAX_DEPTH];
  int depth = 0;
  for (;;) {
    ftblab_scan_space(scan);
    char c = peek(scan);
    bool opened = c == '{' || c == '[';
    if (opened) {
      if (depth == MAX_DEPTH)
        return stop(scan, scan->at, "nested too deeply");
      closing[depth++] = c == '{' ? '}' : ']';
      scan->at++;
      ftblab_scan_space(scan);
    } else if (!skip_scalar(scan)) {
      return false;
    }
    /* behind a value, or just inside a container: close what ends here, then find the next value */
    bool empty = opened && peek(scan) == closing[depth - 1];
    while (depth > 0 && (!opened || empty)) {
      ftblab_scan_space(scan);
      if (peek(scan) == closing[depth - 1]) {
        scan->at++;
        depth--;
        opened = empty = false;
      } else if (peek(scan) == ',') {
        scan->at++;
        break;
      } else {
        return stop(scan, scan->at, "expected ',' or the end of a container");
      }
    }
    if (depth == 0)
      return true;
    if (closing[depth - 1] == '}') {
      ftblab_slice raw;
      bool escaped;
      if (!ftblab_scan_string(scan, &raw, &escaped) || !ftblab_scan_mark(scan, ':'))
        return false;
    }
  }
}
