/* payload.c - the payload of an FTB event as text. A payload is 368 raw bytes without a length: text that ends at its
 * first NUL, or anything. What must hold: nothing of a binary one is lost but NULs at its end. */
#include "parts.h"

#include <string.h>

/* Bytes of the printable character that BYTES starts with; 0: it is none. */
static size_t printable(const char *bytes, size_t count)
{
  size_t length = ftblab_utf8_character(bytes, count);
  unsigned char first = (unsigned char)bytes[0];
  return length == 1 && ((first < ' ' && first != '\t' && first != '\n') || first == 0x7f) ? 0 : length;
}

static bool is_text(const char *bytes, size_t length)
{
  for (size_t at = 0; at < length;) {
    size_t step = printable(bytes + at, length - at);
    if (step == 0)
      return false;
    at += step;
  }
  return true;
}

static void add_escaped(const char *bytes, size_t length, ftblab_text *text)
{
  for (size_t at = 0; at < length;) {
    size_t step = bytes[at] == '\\' ? 0 : printable(bytes + at, length - at);
    if (step == 0)
      ftblab_text_addf(text, "\\x%02x", (unsigned char)bytes[at]);
    else
      ftblab_text_add_bytes(text, bytes + at, step);
    at += step == 0 ? 1 : step;
  }
}

bool ftblab_payload_of_bytes(const char *bytes, size_t length, bool response, ftblab_text *text)
{
  size_t string = strnlen(bytes, length), used = length;
  while (used > 0 && bytes[used - 1] == '\0')
    used--;
  /* Behind the NUL of a text is whatever was on the publisher's stack; but a response carries the handle of the event
   * that it answers, which is binary and begins with a name. */
  if (is_text(bytes, string) && (!response || used <= string)) {
    ftblab_text_add_bytes(text, bytes, string);
    return true;
  }
  add_escaped(bytes, used, text);
  return false;
}
