/* text.c - text that grows. A failed allocation is remembered and checked once, by whoever finishes the text. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

bool ftblab_text_reserve(ftblab_text *text, size_t more)
{
  if (text->failed)
    return false;
  if (more < text->capacity - text->length && text->capacity)
    return true;
  size_t capacity = text->capacity ? text->capacity : 128;
  while (capacity - text->length <= more) {
    if (capacity > SIZE_MAX / 2) {
      text->failed = true;
      return false;
    }
    capacity *= 2;
  }
  char *data = realloc(text->data, capacity);
  if (!data) {
    text->failed = true;
    return false;
  }
  text->data = data;
  text->capacity = capacity;
  return true;
}

void ftblab_text_add_bytes(ftblab_text *text, const char *bytes, size_t count)
{
  if (!ftblab_text_reserve(text, count))
    return;
  if (count)
    memcpy(text->data + text->length, bytes, count);
  text->length += count;
  text->data[text->length] = '\0';
}

void ftblab_text_add(ftblab_text *text, const char *string)
{
  ftblab_text_add_bytes(text, string, strlen(string));
}

size_t ftblab_utf8_character(const char *bytes, size_t count)
{
  const unsigned char *byte = (const unsigned char *)bytes;
  if (count == 0)
    return 0;
  if (byte[0] < 0x80)
    return 1;
  size_t length = byte[0] >= 0xC2 && byte[0] <= 0xDF ? 2 : (byte[0] & 0xF0) == 0xE0 ? 3 : 0;
  if (byte[0] >= 0xF0 && byte[0] <= 0xF4)
    length = 4;
  if (length == 0 || length > count)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((byte[i] & 0xC0) != 0x80)
      return 0;
  bool overlong = (byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xF0 && byte[1] < 0x90);
  bool outside = (byte[0] == 0xED && byte[1] > 0x9F) || (byte[0] == 0xF4 && byte[1] > 0x8F);
  return overlong || outside ? 0 : length;
}

/* The escape of an ASCII character that JSON does not allow plain in a string, or NULL. */
static const char *short_escape(char character)
{
  switch (character) {
  case '"':
    return "\\\"";
  case '\\':
    return "\\\\";
  case '\b':
    return "\\b";
  case '\f':
    return "\\f";
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  default:
    return NULL;
  }
}

void ftblab_text_add_json(ftblab_text *text, const char *string, size_t count)
{
  ftblab_text_add_bytes(text, "\"", 1);
  size_t plain = 0; /* start of the run that needs no escape */
  for (size_t at = 0; at < count;) {
    unsigned char byte = (unsigned char)string[at];
    if (byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\') { /* nearly all are such */
      at++;
      continue;
    }
    size_t length = ftblab_utf8_character(string + at, count - at);
    const char *escape = short_escape(string[at]);
    bool control = (unsigned char)string[at] < ' ';
    if (length > 0 && !escape && !control) {
      at += length;
      continue;
    }
    ftblab_text_add_bytes(text, string + plain, at - plain);
    if (length == 0)
      ftblab_text_add(text, "\xEF\xBF\xBD");
    else if (escape)
      ftblab_text_add(text, escape);
    else
      ftblab_text_addf(text, "\\u%04x", (unsigned)string[at]);
    plain = ++at;
  }
  ftblab_text_add_bytes(text, string + plain, count - plain);
  ftblab_text_add_bytes(text, "\"", 1);
}

const char *ftblab_text_string(const ftblab_text *text)
{
  return text->data ? text->data : "";
}

void ftblab_text_clear(ftblab_text *text)
{
  text->length = 0;
  if (text->data)
    text->data[0] = '\0';
}

void ftblab_text_free(ftblab_text *text)
{
  if (!text)
    return;
  free(text->data);
  *text = (ftblab_text){0};
}
