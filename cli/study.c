/* study.c - the command "study": runs the replicas of a study, and prints their summary. */
#include "command.h"
#include "report_study.h"
#include "studies.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  OPTION_OUT,
  OPTION_JOBS,
  OPTION_RESUME,
  OPTION_SUMMARY,
  OPTION_FORMAT,
  OPTION_OUTPUT,
  OPTION_SHARD,
  OPTION_TIME_LIMIT,
  OPTION_SUBMIT,
  OPTION_TASKS
};
static const ftblab_option options[] = {
    [OPTION_OUT] = {.name = "out", .value = "DIR", .help = "keep the results in DIR, as an SQLite file"},
    [OPTION_JOBS] = {.name = "jobs",
                     .value = "N",
                     .letter = 'j',
                     .help = "run N replicas at once (default: as many as there are processors)"},
    [OPTION_RESUME] = {.name = "resume", .help = "go on with what DIR holds; what is there is not run again"},
    [OPTION_SUMMARY] = {.name = "summary",
                        .value = "DIR",
                        .help = "run nothing, print the summary of what DIR holds by now"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = FTBLAB_SUMMARY_FORMATS,
                       .help = "how to print the summary (default: text)"},
    [OPTION_OUTPUT] = {.name = "output", .value = "FILE", .writes = true, .help = "write the summary to FILE"},
    [OPTION_SHARD] = {.name = "shard",
                      .value = "I/N",
                      .help = "do share I of N alone (default: what srun or mpirun says, else all)"},
    [OPTION_TIME_LIMIT] = {.name = "time-limit",
                           .value = "SECONDS",
                           .help = "give up a replica that takes longer (default: 3600, chosen)"},
    [OPTION_SUBMIT] = {.name = "submit", .value = "slurm", .help = "submit the study as a job array instead"},
    [OPTION_TASKS] = {.name = "tasks",
                      .value = "N",
                      .help = "with --submit: cut it into N shares (default: 10, chosen)"},
};

enum { MOST_JOBS = 1024, DEFAULT_TASKS = 10, DEFAULT_TIME_LIMIT = 3600 };

/* ---- options ------------------------------------------------------------------------------------------ */

static ftblab_status read_count(const ftblab_arguments *arguments, size_t option, size_t most, size_t absent,
                                size_t *count, ftblab_error *err)
{
  const char *text = ftblab_arguments_value(arguments, option);
  char *end;
  *count = absent;
  if (!text)
    return FTBLAB_OK;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *end || text[0] < '0' || text[0] > '9' || value < 1 || value > most)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--%s' takes a whole number from 1 to %zu, not '%s'", options[option].name,
                       most, text);
  *count = (size_t)value;
  return FTBLAB_OK;
}

static ftblab_status read_time_limit(const ftblab_arguments *arguments, double *limit, ftblab_error *err)
{
  const char *text = ftblab_arguments_value(arguments, OPTION_TIME_LIMIT);
  char *end;
  *limit = DEFAULT_TIME_LIMIT;
  if (!text)
    return FTBLAB_OK;
  *limit = strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(*limit) || *limit <= 0)
    return ftblab_fail(err, FTBLAB_EUSAGE, "'--time-limit' takes a number of seconds above 0, not '%s'", text);
  return FTBLAB_OK;
}

static ftblab_summary_format format_of(const ftblab_arguments *arguments)
{
  const char *format = ftblab_arguments_value(arguments, OPTION_FORMAT);
  if (!format || strcmp(format, "text") == 0)
    return FTBLAB_SUMMARY_TEXT;
  return strcmp(format, "json") == 0 ? FTBLAB_SUMMARY_JSON : FTBLAB_SUMMARY_CSV;
}

/* A process of a launcher keeps its share apart from the others', who were given the same folder. */
static ftblab_status choose_share(const ftblab_arguments *arguments, ftblab_share *share, ftblab_text *folder,
                                  ftblab_error *err)
{
  const char *shard = ftblab_arguments_value(arguments, OPTION_SHARD);
  ftblab_status status = shard ? ftblab_share_read(shard, share, err) : ftblab_share_of_launcher(share, err);
  ftblab_text_add(folder, ftblab_arguments_value(arguments, OPTION_OUT));
  if (status == FTBLAB_OK && !shard && share->count > 1)
    ftblab_text_addf(folder, "/shard-%" PRIu64 "-of-%" PRIu64, share->index, share->count);
  if (status == FTBLAB_OK && folder->failed)
    status = ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a path");
  return status;
}

/* ---- progress ------------------------------------------------------------------------------------------ */

/* A line that is written over and over, on a terminal only. The rate is that of the last half minute, about. */
typedef struct display {
  bool shown;
  double begin, last, rate;
  uint64_t done;
} display;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_duration(ftblab_text *line, double seconds)
{
  if (seconds < 120)
    ftblab_text_addf(line, "%.0f s", seconds);
  else if (seconds < 7200)
    ftblab_text_addf(line, "%.0f min", seconds / 60);
  else
    ftblab_text_addf(line, "%.1f h", seconds / 3600);
}

static void measure(display *d, const ftblab_study_progress *progress)
{
  double date = now(), passed = date - d->last;
  uint64_t made = progress->done - progress->started;
  if (!d->shown) {
    d->rate = date > d->begin ? (double)made / (date - d->begin) : 0;
  } else if (passed > 0) {
    double weight = 1 - exp(-passed / fmin(30, fmax(1, date - d->begin)));
    d->rate += weight * ((double)(made - d->done) / passed - d->rate);
  }
  d->last = date;
  d->done = made;
}

static void show_progress(void *argument, const ftblab_study_progress *progress)
{
  display *d = argument;
  ftblab_text line = {0};
  measure(d, progress);
  d->shown = true;
  ftblab_text_addf(&line, "\r%" PRIu64 " of %" PRIu64 " replicas, %.0f %%, %.4g/s", progress->done, progress->total,
                   progress->total > 0 ? floor(100 * (double)progress->done / (double)progress->total) : 100, d->rate);
  if (d->rate > 0 && progress->total > progress->done) {
    ftblab_text_add(&line, ", ");
    add_duration(&line, (double)(progress->total - progress->done) / d->rate);
    ftblab_text_add(&line, " left");
  }
  if (progress->violating > 0)
    ftblab_text_addf(&line, ", %" PRIu64 " violate", progress->violating);
  if (progress->broken > 0)
    ftblab_text_addf(&line, ", %" PRIu64 " did not end", progress->broken);
  ftblab_text_add(&line, "\033[K");
  fputs(ftblab_text_string(&line), stderr);
  fflush(stderr);
  ftblab_text_free(&line);
}

/* ---- interruption --------------------------------------------------------------------------------------- */

/* A handler can reach nothing but variables of the program. */
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
  stop = number;
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

static void watch_signals(bool on)
{
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = on ? on_signal : SIG_DFL; /* without SA_RESTART: who waits is to wake up */
  for (size_t i = 0; i < FTBLAB_COUNT(watched); i++)
    if (sigaction(watched[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
      sigaction(watched[i], &action, NULL);
}

/* ---- the command ------------------------------------------------------------------------------------------ */

static ftblab_exit put_summary(const ftblab_arguments *arguments, const char *folder)
{
  const char *output = ftblab_arguments_value(arguments, OPTION_OUTPUT);
  return ftblab_put_summary(folder, format_of(arguments), output ? output : "-");
}

/* The program ends by the signal, so that a shell sees it. */
static ftblab_exit end_by_signal(const ftblab_study_progress *progress, const char *folder)
{
  int number = stop;
  ftblab_warn("stopped: %" PRIu64 " of %" PRIu64 " replicas are in %s; '--resume' goes on", progress->done,
              progress->total, folder);
  fflush(NULL);
  raise(number);
  return FTBLAB_EXIT_FAILED; /* the signal is blocked */
}

static ftblab_exit perform(const ftblab_arguments *arguments, const ftblab_study *study,
                           ftblab_study_options *study_options)
{
  ftblab_error err = {0};
  ftblab_study_progress progress = {0};
  display line = {.begin = now()};
  bool stopped = false;
  if (isatty(STDERR_FILENO))
    study_options->progress = show_progress;
  study_options->argument = &line;
  study_options->stop = &stop;
  study_options->version = ftblab_version();
  watch_signals(true);
  ftblab_status status = ftblab_study_run(study, study_options, &progress, &stopped, &err);
  watch_signals(false);
  if (line.shown) {
    show_progress(&line, &progress);
    fputc('\n', stderr);
  }
  if (status != FTBLAB_OK)
    return status == FTBLAB_EUSAGE ? ftblab_tell_usage("study", "%s", err.text) : ftblab_tell(&err);
  if (stop != 0 && stopped)
    return end_by_signal(&progress, study_options->folder);
  ftblab_exit code = put_summary(arguments, study_options->folder);
  /* mpirun ends the processes of all shares as soon as one has another status than 0 */
  if (code != FTBLAB_EXIT_DONE || study_options->share.count > 1)
    return code;
  return progress.violating + progress.broken > 0 ? FTBLAB_EXIT_VIOLATES : FTBLAB_EXIT_DONE;
}

static ftblab_exit run_study(const ftblab_arguments *arguments, const ftblab_study *study)
{
  ftblab_error err = {0};
  ftblab_text folder = {0};
  ftblab_study_options study_options = {.resume = ftblab_arguments_value(arguments, OPTION_RESUME) != NULL};
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  ftblab_status status =
      read_count(arguments, OPTION_JOBS, MOST_JOBS, processors > 0 ? (size_t)processors : 1, &study_options.jobs, &err);
  if (status == FTBLAB_OK)
    status = read_time_limit(arguments, &study_options.time_limit, &err);
  if (status == FTBLAB_OK)
    status = choose_share(arguments, &study_options.share, &folder, &err);
  study_options.folder = ftblab_text_string(&folder);
  ftblab_exit code =
      status == FTBLAB_OK ? perform(arguments, study, &study_options) : ftblab_tell_usage("study", "%s", err.text);
  ftblab_text_free(&folder);
  return code;
}

/* PATH as a job on another node finds it. */
static char *absolute(const char *path)
{
  char here[PATH_MAX];
  ftblab_text text = {0};
  if (path[0] != '/' && getcwd(here, sizeof here))
    ftblab_text_addf(&text, "%s/", here);
  ftblab_text_add(&text, path);
  if (text.failed)
    ftblab_text_free(&text);
  return text.data;
}

static ftblab_exit submit(const ftblab_arguments *arguments)
{
  ftblab_error err = {0};
  ftblab_text said = {0};
  char program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  program[length > 0 ? length : 0] = '\0';
  char *study = absolute(arguments->operands[0]), *folder = absolute(ftblab_arguments_value(arguments, OPTION_OUT));
  ftblab_submission submission = {.program = length > 0 ? program : "ftblab",
                                  .study = study,
                                  .folder = folder,
                                  .time_limit = ftblab_arguments_value(arguments, OPTION_TIME_LIMIT)};
  ftblab_status status = study && folder ? FTBLAB_OK : ftblab_fail(&err, FTBLAB_ENOMEM, "no memory for a path");
  if (status == FTBLAB_OK)
    status = read_count(arguments, OPTION_TASKS, 1000000, DEFAULT_TASKS, &submission.tasks, &err);
  if (status == FTBLAB_OK)
    status = read_count(arguments, OPTION_JOBS, MOST_JOBS, 0, &submission.jobs, &err);
  if (status == FTBLAB_OK)
    status = ftblab_study_submit(&submission, &said, &err);
  fputs(ftblab_text_string(&said), stdout);
  ftblab_text_free(&said);
  free(study);
  free(folder);
  if (status == FTBLAB_EUSAGE)
    return ftblab_tell_usage("study", "%s", err.text);
  return status == FTBLAB_OK ? FTBLAB_EXIT_DONE : ftblab_tell(&err);
}

static ftblab_exit run(const ftblab_arguments *arguments)
{
  ftblab_error err = {0};
  ftblab_study *study = NULL;
  const char *summary = ftblab_arguments_value(arguments, OPTION_SUMMARY);
  if (summary && (arguments->operand_count > 0 || ftblab_arguments_value(arguments, OPTION_OUT)))
    return ftblab_tell_usage("study", "'--summary DIR' takes no study and no '--out'");
  if (summary)
    return put_summary(arguments, summary);
  if (arguments->operand_count == 0)
    return ftblab_tell_usage("study", "which study?");
  if (arguments->operand_count > 1)
    return ftblab_tell_usage("study", "one study at a time: '%s' is too many", arguments->operands[1]);
  if (!ftblab_arguments_value(arguments, OPTION_OUT))
    return ftblab_tell_usage("study", "where are the results to be? '--out DIR' is missing");
  if (ftblab_study_read(arguments->operands[0], &study, &err) != FTBLAB_OK)
    return ftblab_tell(&err);
  bool submits = ftblab_arguments_value(arguments, OPTION_SUBMIT) != NULL;
  ftblab_exit code = submits ? submit(arguments) : run_study(arguments, study);
  ftblab_study_free(study);
  return code;
}

const ftblab_command ftblab_command_study = {
    .name = "study",
    .operands = "[OPTION]... STUDY --out DIR",
    .summary = "run replicas over a grid of parameters",
    .description =
        "Simulate the points of STUDY (JSON), each with as many replicas as it asks for, keep a row for each in DIR, "
        "and print for each point and metric mean, median, tenth and ninetieth percentile, the 95 % interval of the "
        "mean and the count.\n\n"
        "Replica K has the same seed at every point. Every trace is judged; 'ftblab run --replay DIR:POINT.REPLICA' "
        "runs a replica again, byte for byte. A study that was interrupted, however, goes on with '--resume'.\n\n"
        "The exit status is 1 if a replica violates, or did not run to its end; that of a share is 0, for mpirun would "
        "end "
        "all others.",
    .options = options,
    .option_count = FTBLAB_COUNT(options),
    .examples = "ftblab study studies/examples/checkpoint-interval.json --out results -j 2\n"
                "ftblab study studies/examples/checkpoint-interval.json --out results --resume\n"
                "ftblab study --summary results --format csv\n"
                "srun --ntasks 64 ftblab study big.json --out results && ftblab merge --out results results",
    .run = run,
};
