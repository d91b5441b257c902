/* man.c - manual pages from the same tables as the help pages, in man(7) macros. */
#include "command.h"

#include <string.h>

/* Add LENGTH bytes of STRING as text of a page: a dash is a minus, a backslash prints, and no line starts with a
 * control character. */
static void add_escaped(ftblab_text *text, const char *string, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    bool line_starts = i == 0 || string[i - 1] == '\n';
    if (line_starts && (string[i] == '.' || string[i] == '\''))
      ftblab_text_add(text, "\\&");
    if (string[i] == '\\')
      ftblab_text_add(text, "\\e");
    else if (string[i] == '-')
      ftblab_text_add(text, "\\-");
    else
      ftblab_text_add_bytes(text, string + i, 1);
  }
}

static void add_string(ftblab_text *text, const char *string)
{
  add_escaped(text, string, strlen(string));
}

/* The page is dated by its version, so that the same version gives the same bytes. */
static void add_title(ftblab_text *text, const char *suffix, const char *summary)
{
  ftblab_text_addf(text, ".TH FTBLAB%s 1 \"\" \"ftblab %s\" \"User Commands\"\n.SH NAME\nftblab%s \\- ", suffix,
                   ftblab_version(), suffix);
  add_string(text, summary);
}

static void add_verbatim(ftblab_text *text, const char *string, size_t length)
{
  ftblab_text_add(text, ".nf\n");
  add_escaped(text, string, length);
  ftblab_text_add(text, "\n.fi\n");
}

static void add_exit_codes(ftblab_text *text)
{
  ftblab_exit code;
  const char *meaning;
  ftblab_text_add(text, ".SH EXIT STATUS\n");
  for (size_t i = 0; ftblab_exit_meaning(i, &code, &meaning); i++) {
    ftblab_text_addf(text, ".TP\n%d\n", (int)code);
    add_string(text, meaning);
    ftblab_text_add(text, "\n");
  }
}

void ftblab_man_overview(ftblab_text *text)
{
  add_title(text, "", "simulate failures of a cluster and judge fault-tolerance traces");
  ftblab_text_add(text, "\n.SH SYNOPSIS\n.B ftblab\n.I COMMAND\n[OPTION]... [ARGUMENT]...\n.SH COMMANDS\n");
  for (size_t i = 0; ftblab_commands[i]; i++) {
    ftblab_text_addf(text, ".TP\n.BR ftblab\\-%s (1)\n", ftblab_commands[i]->name);
    add_string(text, ftblab_commands[i]->summary);
    ftblab_text_add(text, "\n");
  }
  add_exit_codes(text);
}

static void add_description(ftblab_text *text, const char *description)
{
  const char *start;
  size_t length;
  bool verbatim;
  ftblab_text_add(text, ".SH DESCRIPTION\n");
  while (ftblab_next_paragraph(&description, &start, &length, &verbatim)) {
    if (verbatim) {
      add_verbatim(text, start, length);
    } else {
      ftblab_text_add(text, ".PP\n");
      add_escaped(text, start, length);
      ftblab_text_add(text, "\n");
    }
  }
}

static void add_option(ftblab_text *text, const ftblab_option *option)
{
  ftblab_text_add(text, ".TP\n");
  if (option->letter)
    ftblab_text_addf(text, "\\fB\\-%c\\fR, ", option->letter);
  ftblab_text_add(text, "\\fB\\-\\-");
  add_string(text, option->name);
  ftblab_text_add(text, "\\fR");
  if (option->value) {
    ftblab_text_add(text, " \\fI");
    add_string(text, option->value);
    ftblab_text_add(text, "\\fR");
  }
  ftblab_text_add(text, "\n");
  add_string(text, option->help);
  ftblab_text_add(text, "\n");
}

void ftblab_man_command(const ftblab_command *command, ftblab_text *text)
{
  char suffix[32];
  snprintf(suffix, sizeof suffix, "\\-%s", command->name);
  add_title(text, suffix, command->summary);
  ftblab_text_addf(text, "\n.SH SYNOPSIS\n.B ftblab %s\n", command->name);
  add_string(text, command->operands);
  ftblab_text_add(text, "\n");
  add_description(text, command->description);
  ftblab_text_add(text, ".SH OPTIONS\n");
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].help)
      add_option(text, &command->options[i]);
  add_option(text, &(ftblab_option){.name = "help", .help = "print this help"});
  ftblab_text_add(text, ".SH EXAMPLES\n");
  add_verbatim(text, command->examples, strlen(command->examples));
  add_exit_codes(text);
  ftblab_text_add(text, ".SH SEE ALSO\n.BR ftblab (1)\n");
}
