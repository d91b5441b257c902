/* options.c - the option parser. What must hold: every string of the command line is either an option of the
 * table, its value, or an operand; whatever else it is, is an error that names it. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_NAME 64 /* of an option in a message */
#define MOST_OPTIONS 32 /* that a suggestion may come from */

bool ftblab_is_choice(const char *choices, const char *word)
{
  size_t length = strlen(word);
  for (const char *at = choices; at && length > 0;) {
    size_t span = strcspn(at, "|");
    if (span == length && strncmp(at, word, span) == 0)
      return true;
    at = at[span] ? at + span + 1 : NULL;
  }
  return false;
}

static ftblab_status fail_unknown(const ftblab_option *options, size_t option_count, const char *name,
                                  ftblab_error *err)
{
  const char *names[MOST_OPTIONS] = {"help"};
  size_t count = 1;
  for (size_t i = 0; i < option_count && count < MOST_OPTIONS; i++)
    if (options[i].help)
      names[count++] = options[i].name;
  const char *nearest = ftblab_nearest(name, names, count);
  if (nearest)
    return ftblab_fail(err, FTBLAB_EUSAGE, "unknown option '--%s'; did you mean '--%s'?", name, nearest);
  return ftblab_fail(err, FTBLAB_EUSAGE, "unknown option '--%s'", name);
}

/* The index of the option called NAME, of LENGTH characters; OPTION_COUNT: there is none. */
static size_t find_option(const ftblab_option *options, size_t option_count, const char *name, size_t length)
{
  size_t i = 0;
  while (i < option_count && (strlen(options[i].name) != length || strncmp(options[i].name, name, length) != 0))
    i++;
  return i;
}

static ftblab_status check_value(const ftblab_option *option, const char *value, ftblab_error *err)
{
  if (!strchr(option->value, '|') || ftblab_is_choice(option->value, value))
    return FTBLAB_OK;
  if (option->later && ftblab_is_choice(option->later, value))
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s %s' is not in this version; it takes %s", option->name, value,
                       option->value);
  return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' takes %s, not '%s'", option->name, option->value, value);
}

/* An option as the command line has it. */
typedef struct spelled {
  size_t index;      /* in the table */
  const char *value; /* that came with it, or NULL */
} spelled;

/* "--jobs", "--jobs=4". */
static ftblab_status find_long(const ftblab_option *options, size_t option_count, const char *name, spelled *option,
                               ftblab_error *err)
{
  size_t length = strcspn(name, "=");
  *option = (spelled){.index = find_option(options, option_count, name, length),
                      .value = name[length] ? name + length + 1 : NULL};
  if (option->index < option_count)
    return FTBLAB_OK;
  char word[LONGEST_NAME + 1] = {0};
  memcpy(word, name, length < LONGEST_NAME ? length : LONGEST_NAME);
  return fail_unknown(options, option_count, word, err);
}

/* "-j", "-j4". */
static ftblab_status find_short(const ftblab_option *options, size_t option_count, const char *word, spelled *option,
                                ftblab_error *err)
{
  *option = (spelled){.value = word[2] ? word + 2 : NULL};
  while (option->index < option_count && options[option->index].letter != word[1])
    option->index++;
  if (option->index < option_count)
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EUSAGE, "unknown option '%s'; options are long, as --help", word);
}

/* Read the option at ARGV[*AT] with its value and move *AT to the last string used. */
static ftblab_status parse_option(const ftblab_option *options, size_t option_count, int argc, char **argv, int *at,
                                  ftblab_arguments *arguments, ftblab_error *err)
{
  spelled found;
  ftblab_status status = argv[*at][1] == '-' ? find_long(options, option_count, argv[*at] + 2, &found, err)
                                             : find_short(options, option_count, argv[*at], &found, err);
  if (status != FTBLAB_OK)
    return status;
  const ftblab_option *option = &options[found.index];
  if (!option->help)
    return ftblab_fail(err, FTBLAB_EUSAGE, "option '--%s' is not in this version", option->name);
  if (!option->value && found.value)
    return ftblab_fail(err, FTBLAB_EUSAGE, "option '--%s' takes no value", option->name);
  if (option->value && !found.value) {
    if (*at + 1 >= argc)
      return ftblab_fail(err, FTBLAB_EUSAGE, "option '--%s' needs a value: %s", option->name, option->value);
    found.value = argv[++*at];
  }
  if (option->value)
    status = check_value(option, found.value, err);
  if (status == FTBLAB_OK)
    arguments->given[arguments->given_count++] = (ftblab_given){
        .option = found.index, .value = found.value ? found.value : "", .before = arguments->operand_count};
  return status;
}

/* --help wins over everything that may be wrong elsewhere on the line. */
static bool asks_for_help(int argc, char **argv)
{
  for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--help") == 0)
      return true;
  return false;
}

ftblab_status ftblab_arguments_parse(const ftblab_option *options, size_t option_count, int argc, char **argv,
                                     ftblab_arguments *arguments, ftblab_error *err)
{
  ftblab_arguments parsed = {.help = asks_for_help(argc, argv)};
  size_t room = (size_t)argc + 1;
  parsed.given = calloc(room, sizeof *parsed.given);
  parsed.operands = calloc(room, sizeof *parsed.operands);
  ftblab_status status = FTBLAB_OK;
  if (!parsed.given || !parsed.operands)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the command line");
  bool options_ended = false;
  for (int i = 0; i < argc && status == FTBLAB_OK && !parsed.help; i++) {
    if (options_ended || argv[i][0] != '-' || argv[i][1] == '\0')
      parsed.operands[parsed.operand_count++] = argv[i];
    else if (strcmp(argv[i], "--") == 0)
      options_ended = true;
    else
      status = parse_option(options, option_count, argc, argv, &i, &parsed, err);
  }
  if (status == FTBLAB_OK)
    *arguments = parsed;
  else
    ftblab_arguments_free(&parsed);
  return status;
}

void ftblab_arguments_free(ftblab_arguments *arguments)
{
  if (!arguments)
    return;
  free(arguments->given);
  free(arguments->operands);
  *arguments = (ftblab_arguments){0};
}

const char *ftblab_arguments_value(const ftblab_arguments *arguments, size_t option)
{
  const char *value = NULL;
  for (size_t i = 0; i < arguments->given_count; i++)
    if (arguments->given[i].option == option)
      value = arguments->given[i].value;
  return value;
}

const char *ftblab_arguments_value_at(const ftblab_arguments *arguments, size_t option, size_t operand)
{
  const char *before = NULL, *behind = NULL;
  for (size_t i = 0; i < arguments->given_count; i++) {
    const ftblab_given *given = &arguments->given[i];
    if (given->option != option)
      continue;
    if (given->before <= operand)
      before = given->value;
    else if (behind == NULL)
      behind = given->value;
  }
  return before != NULL ? before : behind;
}
