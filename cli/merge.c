/* merge.c - the command "merge": joins the shares of a study. */
#include "command.h"
#include "studies.h"

enum { OPTION_OUT };
static const ftblab_option options[] = {
    [OPTION_OUT] = {.name = "out", .value = "DIR", .help = "where the whole is to be; made if it is not there"},
};

static ftblab_exit run(const ftblab_arguments *arguments)
{
  ftblab_error err = {0};
  const char *out = ftblab_arguments_value(arguments, OPTION_OUT);
  if (!out)
    return ftblab_tell_usage("merge", "into which folder? '--out DIR' is missing");
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("merge", "merge which folders?");
  ftblab_status status = ftblab_study_merge(out, arguments->operands, arguments->operand_count, &err);
  if (status == FTBLAB_EUSAGE)
    return ftblab_tell_usage("merge", "%s", err.text);
  return status == FTBLAB_OK ? FTBLAB_EXIT_DONE : ftblab_tell(&err);
}

const ftblab_command ftblab_command_merge = {
    .name = "merge",
    .operands = "--out DIR DIR...",
    .summary = "join the shares of a study",
    .description = "Join the results of each DIR, or of the folders shard-* in it, into the folder of '--out'.\n\n"
                   "The shares must be of the same study and of the same version of ftblab. What is there already "
                   "stays: to merge again, or more, is always possible. 'ftblab study --summary' prints the result, "
                   "'ftblab study --resume' does what is missing.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab merge --out whole share-1 share-2\nftblab merge --out results results",
    .run = run,
};
