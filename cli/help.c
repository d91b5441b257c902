/* help.c - the command "help", and help pages made from the commands' tables. At most 80 columns. */
#include "command.h"

#include <string.h>

#define PAGE_WIDTH 79
#define OPTION_COLUMN 26 /* where the explanation of an option starts */

static const struct {
  ftblab_exit code;
  const char *meaning;
} exit_codes[] = {
    {FTBLAB_EXIT_DONE, "done; for check and run: the verdict is conforms"},
    {FTBLAB_EXIT_VIOLATES, "done; the verdict is violates, or what a scenario expects did not come"},
    {FTBLAB_EXIT_UNDECIDED, "done; the verdict is undecided"},
    {FTBLAB_EXIT_INPUT, "bad input: the message says file, line, column and reason"},
    {FTBLAB_EXIT_USAGE, "the command line is wrong"},
    {FTBLAB_EXIT_FAILED, "failed inside: a bug, no memory, a full disk"},
};

bool ftblab_exit_meaning(size_t i, ftblab_exit *code, const char **meaning)
{
  if (i >= FTBLAB_COUNT(exit_codes))
    return false;
  *code = exit_codes[i].code;
  *meaning = exit_codes[i].meaning;
  return true;
}

bool ftblab_next_paragraph(const char **at, const char **start, size_t *length, bool *verbatim)
{
  if (!**at)
    return false;
  const char *end = strstr(*at, "\n\n");
  *start = *at;
  *length = end ? (size_t)(end - *at) : strlen(*at);
  *verbatim = strncmp(*at, "  ", 2) == 0;
  *at = end ? end + 2 : *at + *length;
  return true;
}

/* Add LENGTH bytes of STRING broken at blanks. The text stands at column COLUMN; later lines start at INDENT. */
static void add_wrapped(ftblab_text *text, const char *string, size_t length, size_t column, size_t indent)
{
  bool first = true;
  for (size_t i = 0; i < length;) {
    size_t word = 0;
    while (i + word < length && string[i + word] != ' ' && string[i + word] != '\n')
      word++;
    if (!first && column + 1 + word > PAGE_WIDTH) {
      ftblab_text_addf(text, "\n%*s", (int)indent, "");
      column = indent;
    } else if (!first) {
      ftblab_text_add(text, " ");
      column++;
    }
    ftblab_text_add_bytes(text, string + i, word);
    column += word;
    first = false;
    i += word + 1;
  }
  ftblab_text_add(text, "\n");
}

static void add_option(ftblab_text *text, const ftblab_option *option)
{
  size_t start = text->length;
  ftblab_text_add(text, "  ");
  if (option->letter)
    ftblab_text_addf(text, "-%c, ", option->letter);
  ftblab_text_addf(text, "--%s%s%s", option->name, option->value ? " " : "", option->value ? option->value : "");
  size_t column = text->length - start;
  if (column + 2 > OPTION_COLUMN) {
    ftblab_text_add(text, "\n");
    column = 0;
  }
  ftblab_text_addf(text, "%*s", (int)(OPTION_COLUMN - column), "");
  add_wrapped(text, option->help, strlen(option->help), OPTION_COLUMN, OPTION_COLUMN);
}

static void add_exit_codes(ftblab_text *text)
{
  ftblab_exit code;
  const char *meaning;
  ftblab_text_add(text, "\nExit status:\n");
  for (size_t i = 0; ftblab_exit_meaning(i, &code, &meaning); i++)
    ftblab_text_addf(text, "  %-2d  %s\n", (int)code, meaning);
}

/* The lines of EXAMPLES, indented by INDENT. */
static void add_lines(ftblab_text *text, const char *lines, const char *indent)
{
  while (*lines) {
    size_t length = strcspn(lines, "\n");
    ftblab_text_add(text, indent);
    ftblab_text_add_bytes(text, lines, length);
    ftblab_text_add(text, "\n");
    lines += length + (lines[length] == '\n');
  }
}

void ftblab_help_overview(ftblab_text *text)
{
  ftblab_text_add(text, "Usage: ftblab COMMAND [OPTION]... [ARGUMENT]...\n\n"
                        "Simulate the failure of parts of a cluster, and judge traces of fault-tolerance\n"
                        "software against the workflow tables of the CIFTS FTB standard.\n\nCommands:\n");
  for (size_t i = 0; ftblab_commands[i]; i++)
    ftblab_text_addf(text, "  %-8s  %s\n", ftblab_commands[i]->name, ftblab_commands[i]->summary);
  ftblab_text_add(text, "\n'ftblab COMMAND --help' explains a command, 'ftblab --version' tells the version.\n");
  add_exit_codes(text);
}

void ftblab_help_command(const ftblab_command *command, ftblab_text *text)
{
  const char *at = command->description, *start;
  size_t length;
  bool verbatim;
  ftblab_text_addf(text, "Usage: ftblab %s %s\n", command->name, command->operands);
  while (ftblab_next_paragraph(&at, &start, &length, &verbatim)) {
    ftblab_text_add(text, "\n");
    if (verbatim) {
      ftblab_text_add_bytes(text, start, length);
      ftblab_text_add(text, "\n");
    } else {
      add_wrapped(text, start, length, 0, 0);
    }
  }
  ftblab_text_add(text, "\nOptions:\n");
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].help)
      add_option(text, &command->options[i]);
  add_option(text, &(ftblab_option){.name = "help", .help = "print this help"});
  ftblab_text_add(text, "\nExamples:\n");
  add_lines(text, command->examples, "  ");
  add_exit_codes(text);
}

/* ---- the command ------------------------------------------------------------------------------- */

enum { OPTION_MAN };
static const ftblab_option options[] = {
    [OPTION_MAN] = {.name = "man", .help = "print the page in the form that man(1) reads"},
};

static ftblab_exit run(const ftblab_arguments *arguments)
{
  bool man = ftblab_arguments_value(arguments, OPTION_MAN) != NULL;
  const char *topic = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
  const ftblab_command *command = topic ? ftblab_command_find(topic) : NULL;
  bool keys = topic && !man && strcmp(topic, "scenario") == 0;
  if (arguments->operand_count > 1)
    return ftblab_tell_usage("help", "one topic at a time: '%s' is too many", arguments->operands[1]);
  if (topic && !command && !keys)
    return ftblab_tell_usage(NULL, "no help on '%s'", topic);
  ftblab_text text = {0};
  ftblab_error err = {0};
  ftblab_status status = FTBLAB_OK;
  if (keys)
    status = ftblab_scenario_keys(&text, &err);
  else if (command)
    (man ? ftblab_man_command : ftblab_help_command)(command, &text);
  else
    (man ? ftblab_man_overview : ftblab_help_overview)(&text);
  ftblab_exit code = status == FTBLAB_OK ? ftblab_put("-", &text) : ftblab_tell(&err);
  ftblab_text_free(&text);
  return code;
}

const ftblab_command ftblab_command_help = {
    .name = "help",
    .operands = "[OPTION]... [COMMAND|scenario]",
    .summary = "explain a command, or the keys of a scenario",
    .description = "Print what COMMAND does, or an overview of the commands.\n\n"
                   "'ftblab help scenario' prints every key a scenario file may have, with its type, default and "
                   "meaning, in Markdown.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab help check\nftblab help scenario\nftblab help --man run | man -l -",
    .run = run,
};
