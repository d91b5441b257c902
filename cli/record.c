/* record.c - the command "record": a trace of what a live system says. */
#include "command.h"
#include "recording.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
  OPTION_LIBFTB,
  OPTION_PMIX,
  OPTION_LIBPMIX,
  OPTION_SERVER,
  OPTION_OUTPUT,
  OPTION_APPEND,
  OPTION_FORMAT,
  OPTION_DURATION,
  OPTION_COUNT,
  OPTION_WAIT,
  OPTION_SUBSCRIBE,
  OPTION_SPACE,
  OPTION_CLIENT,
  OPTION_JOBID,
  OPTION_ROLE
};
static const ftblab_option options[] = {
    [OPTION_LIBFTB] = {.name = "libftb",
                       .value = "PATH",
                       .help = "the FTB library; default libftb.so, where the linker looks"},
    [OPTION_PMIX] = {.name = "pmix", .help = "record the events of PMIx instead of those of an FTB"},
    [OPTION_LIBPMIX] = {.name = "libpmix", .value = "PATH", .help = "the PMIx library; default libpmix.so.2"},
    [OPTION_SERVER] = {.name = "server",
                       .value = "PID",
                       .help = "with --pmix: connect to this server; end when it ends"},
    [OPTION_OUTPUT] = {.name = "output",
                       .value = "FILE",
                       .writes = true,
                       .help = "write to FILE, which must not be there yet, instead of standard output"},
    [OPTION_APPEND] = {.name = "append", .help = "go on with FILE if it is there"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = "trace|ftb-payload",
                       .help = "a trace, or a line an event for 'ftblab import --dialect ftb-payload'; default trace"},
    [OPTION_DURATION] = {.name = "duration", .value = "SECONDS", .help = "end after SECONDS"},
    [OPTION_COUNT] = {.name = "count", .value = "N", .help = "end after N events"},
    [OPTION_WAIT] = {.name = "wait", .help = "if there is nothing to connect to yet, try until there is"},
    [OPTION_SUBSCRIBE] = {.name = "subscribe",
                          .value = "STRING",
                          .help = "which FTB events, as FTB_Subscribe takes it: \"severity=fatal\"; default all"},
    [OPTION_SPACE] = {.name = "space",
                      .value = "SPACE",
                      .help = "the recorder's own event space; default FTB.FTBLAB.RECORDER"},
    [OPTION_CLIENT] = {.name = "client", .value = "NAME", .help = "the recorder's own client name; default ftblab"},
    [OPTION_JOBID] = {.name = "jobid", .value = "ID", .help = "the recorder's own job; default none"},
    [OPTION_ROLE] = {.name = "role",
                     .value = "SPACE=ROLE",
                     .help = "who publishes in SPACE and below it is ROLE; may be given several times"},
};

static volatile sig_atomic_t told_to_end, asked_for_report;

static void end(int number)
{
  (void)number;
  told_to_end = 1;
}

static void ask(int number)
{
  (void)number;
  asked_for_report = 1;
}

/* A signal that was ignored stays so (nohup). A reader that goes away is an error of writing. */
static void take_signals(void)
{
  static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  struct sigaction action = {.sa_handler = end}, old;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < FTBLAB_COUNT(ends); i++)
    if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(ends[i], &action, NULL);
  action.sa_handler = ask;
  sigaction(SIGUSR1, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static void say(void *argument, const char *words)
{
  (void)argument;
  ftblab_warn("%s", words);
}

/* ---- values of options ---------------------------------------------------------------------------------------- */

static bool read_number(const char *word, uint64_t *number)
{
  char *rest;
  errno = 0;
  *number = strtoull(word, &rest, 10);
  return errno == 0 && *word >= '0' && *word <= '9' && *rest == '\0' && *number > 0;
}

/* At most 31 years: a billion seconds fit into the nanoseconds of an int64_t. */
static bool read_seconds(const char *word, int64_t *nanoseconds)
{
  char *rest;
  double seconds = strtod(word, &rest);
  if (rest == word || *rest != '\0' || !(seconds > 0 && seconds <= 1e9))
    return false;
  *nanoseconds = llround(seconds * 1e9);
  return *nanoseconds > 0;
}

/* Each --role, whose words stay in ROOM: the value with a NUL for its '='. */
static ftblab_exit read_roles(const ftblab_arguments *arguments, ftblab_recording_role *roles, size_t *count,
                              char *room)
{
  *count = 0;
  for (size_t i = 0; i < arguments->given_count; i++) {
    if (arguments->given[i].option != OPTION_ROLE)
      continue;
    size_t size = strlen(arguments->given[i].value) + 1;
    memcpy(room, arguments->given[i].value, size);
    char *equals = strchr(room, '=');
    if (equals == NULL || equals == room || equals[1] == '\0')
      return ftblab_tell_usage("record", "'--role' takes SPACE=ROLE, not '%s'", room);
    *equals = '\0';
    roles[(*count)++] = (ftblab_recording_role){.space = room, .component = equals + 1};
    room += size;
  }
  return FTBLAB_EXIT_DONE;
}

static ftblab_exit read_limits(const ftblab_arguments *arguments, ftblab_recording_options *recording)
{
  const char *duration = ftblab_arguments_value(arguments, OPTION_DURATION);
  const char *count = ftblab_arguments_value(arguments, OPTION_COUNT);
  const char *server = ftblab_arguments_value(arguments, OPTION_SERVER);
  uint64_t number = 0;
  if (duration && !read_seconds(duration, &recording->duration))
    return ftblab_tell_usage("record", "'--duration' takes seconds above 0, not '%s'", duration);
  if (count && !read_number(count, &recording->count))
    return ftblab_tell_usage("record", "'--count' takes a whole number above 0, not '%s'", count);
  if (server && (!read_number(server, &number) || number > INT32_MAX))
    return ftblab_tell_usage("record", "'--server' takes the number of a process, not '%s'", server);
  recording->server = (long)number;
  return FTBLAB_EXIT_DONE;
}

/* Options of the one source mean nothing with the other. */
static ftblab_exit check_source(const ftblab_arguments *arguments)
{
  static const size_t ftb[] = {OPTION_LIBFTB, OPTION_SUBSCRIBE, OPTION_SPACE, OPTION_CLIENT,
                               OPTION_JOBID,  OPTION_ROLE,      OPTION_FORMAT};
  static const size_t pmix[] = {OPTION_LIBPMIX, OPTION_SERVER};
  bool is_pmix = ftblab_arguments_value(arguments, OPTION_PMIX) != NULL;
  const size_t *others = is_pmix ? ftb : pmix;
  for (size_t i = 0; i < (is_pmix ? FTBLAB_COUNT(ftb) : FTBLAB_COUNT(pmix)); i++)
    if (ftblab_arguments_value(arguments, others[i]))
      return ftblab_tell_usage("record", "'--%s' does not go with%s '--pmix'", options[others[i]].name,
                               is_pmix ? "" : "out");
  return FTBLAB_EXIT_DONE;
}

static const char *value_or(const ftblab_arguments *arguments, size_t option, const char *otherwise)
{
  const char *value = ftblab_arguments_value(arguments, option);
  return value ? value : otherwise;
}

/* ---- recording ------------------------------------------------------------------------------------------------ */

static ftblab_exit record(const ftblab_recording_options *recording)
{
  ftblab_error err = {0};
  ftblab_recording_result result;
  take_signals();
  ftblab_status status = ftblab_recording_run(recording, &result, &err);
  if (status == FTBLAB_EUSAGE)
    return ftblab_tell_usage("record", "%s", err.text);
  if (status != FTBLAB_OK)
    return ftblab_tell(&err);
  ftblab_warn("%llu events recorded, %llu lost, %llu lines", (unsigned long long)result.events,
              (unsigned long long)result.lost, (unsigned long long)result.lines);
  return FTBLAB_EXIT_DONE;
}

/* Roles and the room for their words are those of the command line, which has no more of them than arguments. */
static ftblab_exit run_with_roles(const ftblab_arguments *arguments, ftblab_recording_options *recording)
{
  size_t size = 1;
  for (size_t i = 0; i < arguments->given_count; i++)
    size += strlen(arguments->given[i].value) + 1;
  char *room = malloc(size);
  ftblab_recording_role *roles = calloc(arguments->given_count + 1, sizeof *roles);
  ftblab_error err = {0};
  ftblab_exit code = FTBLAB_EXIT_DONE;
  if (room == NULL || roles == NULL) {
    ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for the command line");
    code = ftblab_tell(&err);
  } else {
    code = read_roles(arguments, roles, &recording->role_count, room);
  }
  recording->roles = roles;
  if (code == FTBLAB_EXIT_DONE)
    code = record(recording);
  free(room);
  free(roles);
  return code;
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  bool pmix = ftblab_arguments_value(arguments, OPTION_PMIX) != NULL;
  ftblab_recording_options recording = {.source = pmix ? FTBLAB_RECORD_PMIX : FTBLAB_RECORD_FTB,
                                        .stop = &told_to_end,
                                        .wants_report = &asked_for_report,
                                        .say = say};
  if (arguments->operand_count > 0)
    return ftblab_tell_usage("record", "'record' takes no operands, not '%s'; --output FILE names the trace",
                             arguments->operands[0]);
  ftblab_exit code = check_source(arguments);
  if (code == FTBLAB_EXIT_DONE)
    code = read_limits(arguments, &recording);
  if (code != FTBLAB_EXIT_DONE)
    return code;
  recording.library = ftblab_arguments_value(arguments, pmix ? OPTION_LIBPMIX : OPTION_LIBFTB);
  recording.output = value_or(arguments, OPTION_OUTPUT, "-");
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  recording.as_lines = format && strcmp(format, "ftb-payload") == 0;
  recording.append = ftblab_arguments_value(arguments, OPTION_APPEND) != NULL;
  recording.wait = ftblab_arguments_value(arguments, OPTION_WAIT) != NULL;
  recording.subscription = value_or(arguments, OPTION_SUBSCRIBE, "");
  recording.space = value_or(arguments, OPTION_SPACE, "FTB.FTBLAB.RECORDER");
  recording.client = value_or(arguments, OPTION_CLIENT, "ftblab");
  recording.jobid = value_or(arguments, OPTION_JOBID, "");
  return run_with_roles(arguments, &recording);
}

const ftblab_command ftblab_command_record = {
    .name = "record",
    .operands = "[OPTION]...",
    .summary = "write what a live system says of its faults as a trace",
    .description =
        "Connect to a Fault Tolerance Backplane through the system's own libftb (FTB API 0.5, loaded when it is "
        "needed), "
        "subscribe to all events and write each as a line of a trace with its payload, as it arrives. With --pmix the "
        "same through libpmix, as a tool that registers for all events.\n\n"
        "A recording ends with Ctrl-C, SIGTERM, SIGHUP, --duration or --count. Each line is in FILE as soon as its "
        "event "
        "came, and FILE never ends in half a line. SIGUSR1 tells how far it is.\n\n"
        "When the connection is lost, or the library ends its process, the recording says so in the trace (the fact "
        "RECORDER_LOST), and connects again. Events that were lost are counted by the numbers that their publishers "
        "gave "
        "them (RECORDER_GAP). docs/recording.md says more.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab record --output site.jsonl\n"
                "ftblab record --libftb ./libftb.so --duration 60 | ftblab check --follow -\n"
                "ftblab record --pmix --server 4711 --output job.jsonl",
    .run = run,
};
