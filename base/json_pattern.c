/* json_pattern.c - the regular expressions of a schema, which are ECMA-262's, by means of POSIX. What both know is
 * taken over, \d \w \s are written out, anything else that begins with a backslash and a letter is refused. */
#include "json_internal.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

/* What stands for the escape \LETTER inside brackets; NULL: it is not supported. */
static const char *class_of(char letter)
{
  return letter == 'd' ? "0-9" : letter == 'w' ? "A-Za-z0-9_" : letter == 's' ? "[:space:]" : NULL;
}

static bool translate(const char *pattern, ftblab_text *posix)
{
  bool in_brackets = false;
  for (const char *at = pattern; *at; at++) {
    if (*at == '[' || *at == ']')
      in_brackets = *at == '[';
    if (*at != '\\') {
      ftblab_text_add_bytes(posix, at, 1);
      continue;
    }
    at++;
    const char *class = class_of(*at);
    if (class)
      ftblab_text_addf(posix, in_brackets ? "%s" : "[%s]", class);
    else if (*at == '\0' || isalnum((unsigned char)*at) || (in_brackets && strchr("]^-", *at)))
      return false;
    else
      ftblab_text_addf(posix, in_brackets ? "%c" : "\\%c", *at);
  }
  return true;
}

ftblab_status ftblab_json_pattern(const char *pattern, const char *string, bool *found, ftblab_error *err)
{
  ftblab_text posix = {0};
  regex_t compiled;
  bool translated = translate(pattern, &posix);
  if (posix.failed) {
    ftblab_text_free(&posix);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory");
  }
  int failed = translated ? regcomp(&compiled, ftblab_text_string(&posix), REG_EXTENDED | REG_NOSUB) : REG_BADPAT;
  ftblab_text_free(&posix);
  if (failed)
    return ftblab_fail(err, FTBLAB_EINTERNAL, "schema: pattern %s is not supported", pattern);
  *found = regexec(&compiled, string, 0, NULL, 0) == 0;
  regfree(&compiled);
  return FTBLAB_OK;
}
