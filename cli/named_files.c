/* named_files.c - the files that a command line names. What a command writes is none of what it reads, and each of its
 * outputs is a file of its own; standard input is read once. What must hold: a slip on the command line destroys no
 * trace, log or scenario. */
#include "options.h"

#include <string.h>
#include <sys/stat.h>

/* A regular file is at PATH; what else may be there (a terminal, /dev/null) can be read and written at once. */
static bool is_file(const char *path, struct stat *status)
{
  return strcmp(path, "-") != 0 && stat(path, status) == 0 && S_ISREG(status->st_mode);
}

static bool is_same_file(const char *one, const char *other)
{
  struct stat a, b;
  return is_file(one, &a) && is_file(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Two outputs; they need not be there yet. */
static bool is_same_output(const char *one, const char *other)
{
  struct stat status;
  if (strcmp(one, "-") == 0 || (stat(one, &status) == 0 && !S_ISREG(status.st_mode)))
    return false;
  return strcmp(one, other) == 0 || is_same_file(one, other);
}

static bool takes(const ftblab_option *option, const char *what)
{
  return !option->writes && option->value != NULL && strcmp(option->value, what) == 0;
}

/* The other values are words. A PATH is a library that is loaded: never from standard input. */
static bool is_read(const ftblab_option *option)
{
  return takes(option, "FILE") || takes(option, "PATH");
}

/* GIVEN is written: is it the file of another option? */
static ftblab_status check_options(const ftblab_option *options, const ftblab_arguments *arguments,
                                   const ftblab_given *given, ftblab_error *err)
{
  const ftblab_option *option = &options[given->option];
  for (size_t i = 0; i < arguments->given_count; i++) {
    const ftblab_given *other = &arguments->given[i];
    if (other->option == given->option)
      continue;
    if (options[other->option].writes && is_same_output(given->value, other->value))
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' and '--%s' would both write '%s'", option->name,
                         options[other->option].name, given->value);
    if (is_read(&options[other->option]) && is_same_file(given->value, other->value))
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' would write over '%s', which '--%s' reads", option->name,
                         given->value, options[other->option].name);
  }
  return FTBLAB_OK;
}

static ftblab_status check_written(const ftblab_option *options, const ftblab_arguments *arguments, size_t words,
                                   const ftblab_given *given, ftblab_error *err)
{
  const char *name = options[given->option].name;
  if (*given->value == '\0')
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' takes the name of a file, not nothing", name);
  for (size_t i = words; i < arguments->operand_count; i++)
    if (is_same_file(given->value, arguments->operands[i]))
      return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' would write over '%s', which is read", name, given->value);
  return check_options(options, arguments, given, err);
}

/* How often standard input would be read: as an operand, or as the file of an option, which is read as it was given
 * last. */
static size_t count_standard_input(const ftblab_option *options, const ftblab_arguments *arguments, size_t words)
{
  size_t count = 0;
  for (size_t i = words; i < arguments->operand_count; i++)
    count += strcmp(arguments->operands[i], "-") == 0;
  for (size_t i = 0; i < arguments->given_count; i++) {
    const ftblab_given *given = &arguments->given[i];
    bool is_last = given->value == ftblab_arguments_value(arguments, given->option);
    count += is_last && takes(&options[given->option], "FILE") && strcmp(given->value, "-") == 0;
  }
  return count;
}

ftblab_status ftblab_arguments_check_files(const ftblab_option *options, const ftblab_arguments *arguments,
                                           size_t words, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  if (count_standard_input(options, arguments, words) > 1)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'-' is there twice: standard input can be read once");
  for (size_t i = 0; i < arguments->given_count && status == FTBLAB_OK; i++)
    if (options[arguments->given[i].option].writes)
      status = check_written(options, arguments, words, &arguments->given[i], err);
  return status;
}
