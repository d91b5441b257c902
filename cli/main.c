/* main.c - the program ftblab: a table of subcommands. Which one is meant is decided here, and nothing else. */
#include "command.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

const ftblab_command *const ftblab_commands[] = {&ftblab_command_run,    &ftblab_command_check,  &ftblab_command_study,
                                                 &ftblab_command_merge,  &ftblab_command_report, &ftblab_command_advise,
                                                 &ftblab_command_spec,   &ftblab_command_export, &ftblab_command_import,
                                                 &ftblab_command_record, &ftblab_command_help,   NULL};

const ftblab_command *ftblab_command_find(const char *name)
{
  for (size_t i = 0; ftblab_commands[i]; i++)
    if (strcmp(ftblab_commands[i]->name, name) == 0)
      return ftblab_commands[i];
  return NULL;
}

static ftblab_exit refuse_command(const char *name)
{
  if (name[0] == '-')
    return ftblab_tell_usage(NULL, "unknown option '%s' before the command", name);
  const char *names[FTBLAB_COUNT(ftblab_commands)];
  size_t count = 0;
  for (; ftblab_commands[count]; count++)
    names[count] = ftblab_commands[count]->name;
  const char *nearest = ftblab_nearest(name, names, count);
  if (nearest)
    return ftblab_tell_usage(NULL, "unknown command '%s'; did you mean '%s'?", name, nearest);
  return ftblab_tell_usage(NULL, "unknown command '%s'", name);
}

static ftblab_exit run_command(const ftblab_command *command, int argc, char **argv)
{
  ftblab_arguments arguments = {0};
  ftblab_error err = {0};
  ftblab_status status = ftblab_arguments_parse(command->options, command->option_count, argc, argv, &arguments, &err);
  if (status == FTBLAB_OK && !arguments.help)
    status = ftblab_arguments_check_files(command->options, &arguments, command->words ? command->words(&arguments) : 0,
                                          &err);
  if (status != FTBLAB_OK) {
    ftblab_arguments_free(&arguments);
    return status == FTBLAB_EUSAGE ? ftblab_tell_usage(command->name, "%s", err.text) : ftblab_tell(&err);
  }
  ftblab_exit code;
  if (arguments.help) {
    ftblab_text text = {0};
    ftblab_help_command(command, &text);
    code = ftblab_put("-", &text);
    ftblab_text_free(&text);
  } else {
    code = command->run(&arguments);
  }
  ftblab_arguments_free(&arguments);
  return code;
}

/* "--help" and "--version" without a command. */
static ftblab_exit answer(bool version)
{
  ftblab_text text = {0};
  if (version)
    ftblab_text_addf(&text, "ftblab %s\n", ftblab_version());
  else
    ftblab_help_overview(&text);
  ftblab_exit code = ftblab_put("-", &text);
  ftblab_text_free(&text);
  return code;
}

/* A library gave up (SimGrid without memory): still one line and the exit status of a failure inside. What was being
 * written is not there under its own name, for that needs a commit. */
static void on_abort(int number)
{
  static const char message[] = "ftblab: failed inside; nothing was saved\n";
  ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
  (void)number;
  (void)written;
  _exit(FTBLAB_EXIT_FAILED);
}

/* A standard stream that the caller closed is opened so that using it fails: else the next file that is opened would
 * take its number, and a verdict would go into a trace. A file that grows beyond its limit is an error of writing, not
 * a signal. */
static void settle_process(void)
{
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
    if (fcntl(stream, F_GETFD) < 0)
      (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes the lowest free number */
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGABRT, on_abort);
}

int main(int argc, char **argv)
{
  settle_process();
  ftblab_exit code;
  if (argc < 2)
    code = ftblab_tell_usage(NULL, "which command?");
  else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0)
    code = answer(strcmp(argv[1], "--version") == 0);
  else {
    const ftblab_command *command = ftblab_command_find(argv[1]);
    code = command ? run_command(command, argc - 2, argv + 2) : refuse_command(argv[1]);
  }
  return (int)code;
}
