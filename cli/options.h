/* options.h - GNU long options from a table.
 *
 * A command describes its options in one table; parsing, --help and the manual page all read that table, so
 * that they cannot disagree. Options and operands may be mixed; "--" ends the options; "-" is an operand.
 * There are no abbreviations: a script that works today works with every later option. An option that everybody knows
 * by a letter (-j) may have it besides its name. */
#ifndef FTBLAB_OPTIONS_H
#define FTBLAB_OPTIONS_H

#include "base.h"

typedef struct ftblab_option {
  const char *name;  /* without the dashes */
  const char *value; /* what its value is called, "FILE"; with '|' the values it takes, "text|json"; NULL: takes none */
  const char *help;  /* one sentence; NULL: the name is reserved for a later version and not listed */
  char letter;       /* "-j N" and "-jN" for "--jobs N"; 0: none. Only of an option with a value */
  const char *later; /* values reserved for a later version, "junit|tap", or NULL */
  bool writes;       /* the value is a file that is written: it must be none that is read */
} ftblab_option;

typedef struct ftblab_given {
  size_t option;     /* index into the command's table */
  const char *value; /* "" for an option without value */
  size_t before;     /* how many operands stood before it */
} ftblab_given;

/* What a command line said. Strings belong to argv. */
typedef struct ftblab_arguments {
  ftblab_given *given; /* in the order of the command line */
  size_t given_count;
  const char **operands;
  size_t operand_count;
  bool help; /* --help stood there; everything else is then unchecked */
} ftblab_arguments;

/* Parse the ARGC strings ARGV (behind the command's name) by OPTIONS. FTBLAB_EUSAGE says what is wrong and
 * names the nearest option. ARGUMENTS is freed with ftblab_arguments_free(). */
ftblab_status ftblab_arguments_parse(const ftblab_option *options, size_t option_count, int argc, char **argv,
                                     ftblab_arguments *arguments, ftblab_error *err);
void ftblab_arguments_free(ftblab_arguments *arguments);

/* The value of OPTION that was given last, "" for one without value; NULL: not given. */
const char *ftblab_arguments_value(const ftblab_arguments *arguments, size_t option);

/* The value of OPTION for operand OPERAND: what was given last before it, else what was given first behind it. NULL:
 * not given. For options that speak of the operands that follow them. */
const char *ftblab_arguments_value_at(const ftblab_arguments *arguments, size_t option, size_t operand);

/* FTBLAB_EUSAGE: a file that would be written is an operand, the file of another option, or has no name; or standard
 * input would be read twice (named_files.c). The first WORDS operands name no files. */
ftblab_status ftblab_arguments_check_files(const ftblab_option *options, const ftblab_arguments *arguments,
                                           size_t words, ftblab_error *err);

/* True if WORD is one of "a|b|c". */
bool ftblab_is_choice(const char *choices, const char *word);

#endif
