/* command.h - what a subcommand of the program is, and what all of them share.
 *
 * A new subcommand is one file with one ftblab_command and a line in the table of main.c. Help and manual page come
 * from that table. Results go to standard output, talk goes to standard error. */
#ifndef FTBLAB_COMMAND_H
#define FTBLAB_COMMAND_H

#include "options.h"

/* The exit codes of the program; a contract with scripts. */
typedef enum ftblab_exit {
  FTBLAB_EXIT_DONE = 0,
  FTBLAB_EXIT_VIOLATES = 1,
  FTBLAB_EXIT_UNDECIDED = 2,
  FTBLAB_EXIT_INPUT = 3,
  FTBLAB_EXIT_USAGE = 64,
  FTBLAB_EXIT_FAILED = 70
} ftblab_exit;

typedef struct ftblab_command {
  const char *name;
  const char *operands; /* as the synopsis prints them: "[OPTION]... SCENARIO" */
  const char *summary;  /* half a line */
  const char
      *description; /* paragraphs, separated by an empty line; a line that starts with two blanks is kept as it is */
  const ftblab_option *options;
  size_t option_count;
  size_t (*words)(const ftblab_arguments *arguments); /* how many operands ahead name no file; NULL: none */
  const char *examples;                               /* lines, without the prompt */
  ftblab_exit (*run)(const ftblab_arguments *arguments);
} ftblab_command;

extern const ftblab_command *const ftblab_commands[]; /* ends with NULL; main.c */
extern const ftblab_command ftblab_command_run, ftblab_command_check, ftblab_command_spec, ftblab_command_help,
    ftblab_command_export, ftblab_command_import, ftblab_command_study, ftblab_command_merge, ftblab_command_advise,
    ftblab_command_report, ftblab_command_record;

/* The command called NAME; NULL: none. */
const ftblab_command *ftblab_command_find(const char *name);

/* "0.1.0", or with a repository "0.1.0 (d3adb33)". */
const char *ftblab_version(void);

/* ---- help.c, man.c: pages made from the tables ----------------------------------------------- */

void ftblab_help_overview(ftblab_text *text);
void ftblab_help_command(const ftblab_command *command, ftblab_text *text);
void ftblab_man_overview(ftblab_text *text);
void ftblab_man_command(const ftblab_command *command, ftblab_text *text);
/* The meaning of exit code I, counted from 0; false: there is no such. */
bool ftblab_exit_meaning(size_t i, ftblab_exit *code, const char **meaning);
/* One paragraph of a description: moves *AT behind it. *VERBATIM: its lines are kept as they are. False: the end. */
bool ftblab_next_paragraph(const char **at, const char **start, size_t *length, bool *verbatim);

/* ---- scenario_keys.c ------------------------------------------------------------------------------ */

/* The keys of a scenario with type, default and meaning, as Markdown, from the schema. */
ftblab_status ftblab_scenario_keys(ftblab_text *text, ftblab_error *err);

/* ---- simulator.c: sim.h, loaded when it is needed ------------------------------------------------- */

/* Load it now: who forks for each simulation need not load it in every child. FTBLAB_EINTERNAL: why it cannot be. */
ftblab_status ftblab_simulator_load(ftblab_error *err);

/* ---- terminal.c: the standard streams ------------------------------------------------------------- */

/* Print "ftblab: TEXT" on standard error and return the exit code of the status. */
ftblab_exit ftblab_tell(const ftblab_error *err);
/* The same for a wrong command line; names the help page of COMMAND (may be NULL). */
ftblab_exit ftblab_tell_usage(const char *command, const char *format, ...) FTBLAB_PRINTF(2, 3);
void ftblab_warn(const char *format, ...) FTBLAB_PRINTF(1, 2);
/* Write TEXT to PATH ("-": standard output), whole or not at all. FTBLAB_EXIT_DONE, or what ftblab_tell() said. */
ftblab_exit ftblab_put(const char *path, const ftblab_text *text);
/* PATH ("-": standard input) to be read. FTBLAB_EINPUT: why it cannot be. */
ftblab_status ftblab_open_input(const char *path, FILE **stream, ftblab_error *err);
void ftblab_close_input(FILE *stream);      /* NULL and standard input are left alone */
bool ftblab_wants_colour(const char *path); /* PATH is standard output, a terminal, and NO_COLOR is unset */
bool ftblab_speaks_utf8(void);              /* by LC_ALL, LC_CTYPE, LANG */

/* ---- interrupt.c: ending on a signal without leaving half a file ------------------------------------ */

/* Until ftblab_interrupt_release(): a signal that ends the program removes the temporary of OUTPUT first. One
 * output at a time. May be called again to take the signals back from a library that claimed them. */
void ftblab_interrupt_guard(const ftblab_output *output);
/* Call before OUTPUT is committed or abandoned. */
void ftblab_interrupt_release(void);

#endif
