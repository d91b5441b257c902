/* xml.c - text as XML 1.0 holds it. What it cannot hold (most control characters, what is not UTF-8) becomes U+FFFD, so
 * that a document is well-formed whatever is in it. */
#include "base.h"

/* Is the UTF-8 character of LENGTH bytes at AT one that XML 1.0 allows? */
static bool is_xml_character(const char *at, size_t length)
{
  const unsigned char *c = (const unsigned char *)at;
  if (length == 1)
    return c[0] >= 0x20 || c[0] == '\t' || c[0] == '\n' || c[0] == '\r';
  return !(length == 3 && c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE); /* U+FFFE, U+FFFF */
}

static const char *entity_of(char c)
{
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\n':
    return "&#10;";
  case '\r':
    return "&#13;";
  case '\t':
    return "&#9;";
  default:
    return NULL;
  }
}

bool ftblab_text_add_xml(ftblab_text *text, const char *string, size_t count, bool attribute)
{
  bool whole = true;
  while (count > 0) {
    size_t length = ftblab_utf8_character(string, count);
    const char *entity = entity_of(*string);
    bool is_space = *string == '\n' || *string == '\t';
    if (length == 0 || !is_xml_character(string, length)) {
      ftblab_text_add(text, "\xEF\xBF\xBD");
      length = length == 0 ? 1 : length;
      whole = false;
    } else if (entity != NULL && (attribute || !is_space)) {
      ftblab_text_add(text, entity);
    } else {
      ftblab_text_add_bytes(text, string, length);
    }
    string += length;
    count -= length;
  }
  return whole;
}
