/* text_format.c - formatted text that grows.
 *
 * What a simulation writes hundreds of thousands of times, strings and whole numbers, is put together here: printf()
 * reads its format much more slowly, above all where a library has registered conversions of its own. All else is
 * printf's work. Either way the same bytes come out. */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for the digits of any whole number, and its sign. */
enum { MOST_DIGITS = 24 };

static void add_unsigned(ftblab_text *text, unsigned long long number, bool negative)
{
  char digits[MOST_DIGITS];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  if (negative)
    digits[--first] = '-';
  ftblab_text_add_bytes(text, digits + first, sizeof digits - first);
}

static void add_signed(ftblab_text *text, long long number)
{
  add_unsigned(text, number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number, number < 0);
}

static void add_string(ftblab_text *text, const char *string)
{
  ftblab_text_add(text, string != NULL ? string : "(null)");
}

/* The first COUNT bytes of a string that may have no end within them. */
static void add_part(ftblab_text *text, const char *string, int count)
{
  const char *end = count > 0 ? memchr(string, '\0', (size_t)count) : string;
  ftblab_text_add_bytes(text, string, end != NULL ? (size_t)(end - string) : (size_t)count);
}

typedef struct values {
  va_list list;
} values;

/* "%.*s"; false: as below. */
static bool add_precise(ftblab_text *text, values *given)
{
  int count = va_arg(given->list, int);
  const char *string = va_arg(given->list, const char *);
  if (count < 0 || string == NULL)
    return false;
  add_part(text, string, count);
  return true;
}

static void add_character(ftblab_text *text, char character)
{
  ftblab_text_add_bytes(text, &character, 1);
}

/* What FORMAT, behind a percent sign, asks for. Returns how much of it that was; 0: it is not done here. */
static size_t add_conversion(ftblab_text *text, const char *format, values *given)
{
  switch (format[0]) {
  case '%':
    add_character(text, '%');
    return 1;
  case 'c':
    add_character(text, (char)va_arg(given->list, int));
    return 1;
  case 's':
    add_string(text, va_arg(given->list, const char *));
    return 1;
  case 'd':
    add_signed(text, va_arg(given->list, int));
    return 1;
  case 'u':
    add_unsigned(text, va_arg(given->list, unsigned), false);
    return 1;
  case 'z':
    if (format[1] != 'u')
      return 0;
    add_unsigned(text, va_arg(given->list, size_t), false);
    return strlen("zu");
  case 'l':
    if (strncmp(format, "lld", strlen("lld")) == 0)
      add_signed(text, va_arg(given->list, long long));
    else if (strncmp(format, "llu", strlen("llu")) == 0)
      add_unsigned(text, va_arg(given->list, unsigned long long), false);
    else
      return 0;
    return strlen("lld");
  case '.':
    return strncmp(format, ".*s", strlen(".*s")) == 0 && add_precise(text, given) ? strlen(".*s") : 0;
  default:
    return 0;
  }
}

/* False: something is not done here, and what was added has to go. */
static bool add_simple(ftblab_text *text, const char *format, values *given)
{
  for (const char *mark = strchr(format, '%'); mark != NULL; mark = strchr(format, '%')) {
    ftblab_text_add_bytes(text, format, (size_t)(mark - format));
    size_t length = add_conversion(text, mark + 1, given);
    if (length == 0)
      return false;
    format = mark + 1 + length;
  }
  ftblab_text_add(text, format);
  return true;
}

static void add_any(ftblab_text *text, const char *format, va_list list)
{
  values again;
  char few[256];
  va_copy(again.list, list);
  int needed = vsnprintf(few, sizeof few, format, list);
  if (needed < 0)
    text->failed = true;
  else if ((size_t)needed < sizeof few)
    ftblab_text_add_bytes(text, few, (size_t)needed);
  else if (ftblab_text_reserve(text, (size_t)needed)) {
    vsnprintf(text->data + text->length, (size_t)needed + 1, format, again.list);
    text->length += (size_t)needed;
  }
  va_end(again.list);
}

void ftblab_text_addv(ftblab_text *text, const char *format, va_list list)
{
  values given;
  size_t length = text->length;
  if (text->failed)
    return;
  va_copy(given.list, list);
  if (!add_simple(text, format, &given) && !text->failed) {
    text->length = length;
    add_any(text, format, list);
  }
  va_end(given.list);
}

void ftblab_text_addf(ftblab_text *text, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  ftblab_text_addv(text, format, list);
  va_end(list);
}
