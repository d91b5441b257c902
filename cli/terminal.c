/* terminal.c - what the program says to the terminal, and how results leave it. */
#include "command.h"

#include <errno.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static ftblab_exit exit_of_status(ftblab_status status)
{
  switch (status) {
  case FTBLAB_OK:
    return FTBLAB_EXIT_DONE;
  case FTBLAB_EINPUT:
    return FTBLAB_EXIT_INPUT;
  case FTBLAB_EUSAGE:
    return FTBLAB_EXIT_USAGE;
  case FTBLAB_EIO:
  case FTBLAB_ENOMEM:
  case FTBLAB_EINTERNAL:
    break;
  }
  return FTBLAB_EXIT_FAILED;
}

ftblab_exit ftblab_tell(const ftblab_error *err)
{
  fprintf(stderr, "ftblab: %s\n", err->text);
  return exit_of_status(err->status);
}

ftblab_exit ftblab_tell_usage(const char *command, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fputs("ftblab: ", stderr);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\nTry 'ftblab %s%s' for help.\n", command ? command : "", command ? " --help" : "help");
  return FTBLAB_EXIT_USAGE;
}

void ftblab_warn(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fputs("ftblab: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

ftblab_exit ftblab_put(const char *path, const ftblab_text *text)
{
  ftblab_error err = {0};
  ftblab_output *output = NULL;
  if (text->failed) {
    ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for the output");
    return ftblab_tell(&err);
  }
  if (ftblab_output_open(path, &output, &err) != FTBLAB_OK)
    return ftblab_tell(&err);
  ftblab_interrupt_guard(output);
  ftblab_output_write(output, ftblab_text_string(text), text->length);
  ftblab_interrupt_release();
  if (ftblab_output_commit(output, &err) != FTBLAB_OK)
    return ftblab_tell(&err);
  return FTBLAB_EXIT_DONE;
}

ftblab_status ftblab_open_input(const char *path, FILE **stream, ftblab_error *err)
{
  struct stat status;
  if (strcmp(path, "-") == 0) {
    *stream = stdin;
    return FTBLAB_OK;
  }
  FILE *file = fopen(path, "r");
  if (!file)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: %s", path, strerror(errno));
  if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
    fclose(file);
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: is a directory", path);
  }
  *stream = file;
  return FTBLAB_OK;
}

void ftblab_close_input(FILE *stream)
{
  if (stream && stream != stdin)
    fclose(stream);
}

bool ftblab_wants_colour(const char *path)
{
  const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return strcmp(path, "-") == 0 && isatty(STDOUT_FILENO) && !(no_colour && *no_colour) &&
         !(terminal && strcmp(terminal, "dumb") == 0);
}

/* The environment says it without setlocale(), which would also change how numbers are printed. */
bool ftblab_speaks_utf8(void)
{
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *locale = NULL;
  for (size_t i = 0; i < FTBLAB_COUNT(names) && !(locale && *locale); i++)
    locale = getenv(names[i]);
  const char *charset = locale ? strchr(locale, '.') : NULL;
  return charset && (strncasecmp(charset, ".UTF-8", 6) == 0 || strncasecmp(charset, ".UTF8", 5) == 0);
}
