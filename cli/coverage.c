/* coverage.c - what scenarios and traces exercise. SimGrid allows one simulation in a process, so each scenario runs in
 * a child, whose trace comes through a pipe and is read as any other. */
#include "coverage.h"
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a child says in its exit status what came of the simulation. */
enum { CHILD_COMPLETE = 0, CHILD_CUT = 1, CHILD_FAILED = 2 };

/* A trace is judged twice: by what is judged always, and by what is judged only when it is named. */
struct judges {
  ftblab_checker *checkers[2];
};

static ftblab_status judges_new(const ftblab_spec *spec, const ftblab_trace_header *header, struct judges *judges,
                                ftblab_error *err)
{
  ftblab_text by_name = {0};
  ftblab_spec_by_name(spec, &by_name);
  ftblab_check_options named = {.workflows = ftblab_text_string(&by_name)}, usual = {0};
  ftblab_status status = by_name.failed ? ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the coverage") : FTBLAB_OK;
  if (status == FTBLAB_OK)
    status = ftblab_checker_new(spec, &usual, header, &judges->checkers[0], err);
  if (status == FTBLAB_OK && by_name.length > 0)
    status = ftblab_checker_new(spec, &named, header, &judges->checkers[1], err);
  ftblab_text_free(&by_name);
  return status;
}

static ftblab_status judges_add(struct judges *judges, const ftblab_record *record, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < FTBLAB_COUNT(judges->checkers) && status == FTBLAB_OK; i++)
    if (judges->checkers[i])
      status = ftblab_checker_add(judges->checkers[i], record, err);
  return status;
}

static ftblab_status judges_finish(struct judges *judges, const char *name, bool complete, ftblab_coverage *coverage,
                                   ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  for (size_t i = 0; i < FTBLAB_COUNT(judges->checkers) && status == FTBLAB_OK; i++) {
    ftblab_verdict *verdict = NULL;
    if (!judges->checkers[i])
      continue;
    if (complete)
      ftblab_checker_set_complete(judges->checkers[i]);
    status = ftblab_checker_finish(judges->checkers[i], name, &verdict, err);
    if (status == FTBLAB_OK)
      ftblab_coverage_add_verdict(coverage, verdict);
    ftblab_verdict_free(verdict);
  }
  return status;
}

static void judges_free(struct judges *judges)
{
  for (size_t i = 0; i < FTBLAB_COUNT(judges->checkers); i++)
    ftblab_checker_free(judges->checkers[i]);
}

/* ---- a trace ---- */

static ftblab_status read_records(ftblab_trace_reader *reader, struct judges *judges, ftblab_coverage *coverage,
                                  ftblab_error *err)
{
  for (;;) {
    ftblab_record record;
    bool more = false;
    ftblab_status status = ftblab_trace_reader_next(reader, &record, &more, err);
    if (status == FTBLAB_OK && !more)
      return FTBLAB_OK;
    if (status == FTBLAB_OK)
      status = judges_add(judges, &record, err);
    if (status != FTBLAB_OK)
      return status;
    ftblab_coverage_add_record(coverage, &record);
  }
}

/* CHILD: of the process at the other end of the stream, which says if the trace is complete; 0: a trace of a file. */
static ftblab_status wait_for(pid_t child, FILE *stream, const char *name, bool *complete, ftblab_error *err)
{
  int status;
  char rest[4096];
  *complete = false;
  if (child == 0)
    return FTBLAB_OK;
  while (fread(rest, 1, sizeof rest, stream) > 0) /* if reading ended early: the child must not wait for us */
    continue;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return ftblab_fail(err, FTBLAB_EIO, "%s: %s", name, strerror(errno));
  if (!WIFEXITED(status) || WEXITSTATUS(status) >= CHILD_FAILED)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: the simulation failed", name);
  *complete = WEXITSTATUS(status) == CHILD_COMPLETE;
  return FTBLAB_OK;
}

static ftblab_status take_trace(const ftblab_spec *spec, FILE *stream, const char *name, pid_t child,
                                ftblab_coverage *coverage, ftblab_error *err)
{
  ftblab_trace_reader *reader = NULL;
  ftblab_trace_header header;
  struct judges judges = {{NULL, NULL}};
  bool complete = false;
  ftblab_status status = ftblab_trace_reader_new(stream, name, &reader, err);
  if (status == FTBLAB_OK)
    status = ftblab_trace_reader_header(reader, &header, err);
  if (status == FTBLAB_OK)
    status = judges_new(spec, &header, &judges, err);
  if (status == FTBLAB_OK)
    status = read_records(reader, &judges, coverage, err);
  ftblab_error late = {0};
  ftblab_status child_status = wait_for(child, stream, name, &complete, &late);
  if (child_status != FTBLAB_OK && err) { /* its cut trace is only what followed */
    *err = late;
    status = child_status;
  }
  if (status == FTBLAB_OK)
    status = judges_finish(&judges, name, complete, coverage, err);
  ftblab_coverage_count_trace(coverage);
  judges_free(&judges);
  ftblab_trace_reader_free(reader);
  return status;
}

/* ---- a scenario, in a child ---- */

static ftblab_status put_record(void *argument, const ftblab_record *record, ftblab_error *err)
{
  FILE *pipe = argument;
  ftblab_text line = {0};
  ftblab_record_write(record, &line);
  bool written = !line.failed && fwrite(line.data, 1, line.length, pipe) == line.length;
  ftblab_text_free(&line);
  return written ? FTBLAB_OK : ftblab_fail(err, FTBLAB_EIO, "cannot pass on the trace: %s", strerror(errno));
}

static ftblab_status simulate(const ftblab_spec *spec, const char *path, FILE *pipe, bool *complete, ftblab_error *err)
{
  ftblab_scenario *scenario = NULL;
  ftblab_simulation *simulation = NULL;
  ftblab_scenario_changes changes = {0};
  ftblab_text line = {0};
  ftblab_status status = ftblab_scenario_read(path, &changes, &scenario, err);
  if (status == FTBLAB_OK) {
    ftblab_trace_header header = ftblab_simulation_header(scenario);
    ftblab_trace_header_write(&header, &line);
    if (fwrite(ftblab_text_string(&line), 1, line.length, pipe) != line.length)
      status = ftblab_fail(err, FTBLAB_EIO, "cannot pass on the trace: %s", strerror(errno));
  }
  if (status == FTBLAB_OK)
    status = ftblab_simulate(scenario, spec, put_record, pipe, &simulation, err);
  if (status == FTBLAB_OK)
    *complete = ftblab_simulation_complete(simulation);
  ftblab_simulation_free(simulation);
  ftblab_scenario_free(scenario);
  ftblab_text_free(&line);
  return status;
}

/* The child: simulates, writes the trace to the pipe, and ends. */
static int be_child(const ftblab_spec *spec, const char *path, int descriptor)
{
  ftblab_error err = {0};
  bool complete = false;
  FILE *pipe = fdopen(descriptor, "w");
  if (!pipe)
    return CHILD_FAILED;
  ftblab_status status = simulate(spec, path, pipe, &complete, &err);
  if (status != FTBLAB_OK)
    ftblab_tell(&err);
  if (fclose(pipe) != 0 || status != FTBLAB_OK)
    return CHILD_FAILED;
  return complete ? CHILD_COMPLETE : CHILD_CUT;
}

static ftblab_status take_scenario(const ftblab_spec *spec, const char *path, ftblab_coverage *coverage,
                                   ftblab_error *err)
{
  int ends[2];
  ftblab_status loaded = ftblab_simulator_load(err);
  if (loaded != FTBLAB_OK)
    return loaded;
  if (pipe(ends) != 0)
    return ftblab_fail(err, FTBLAB_EIO, "no pipe: %s", strerror(errno));
  fflush(NULL); /* what is buffered would be written twice */
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    _exit(be_child(spec, path, ends[1]));
  }
  close(ends[1]);
  FILE *stream = child > 0 ? fdopen(ends[0], "r") : NULL;
  if (!stream) {
    close(ends[0]);
    return ftblab_fail(err, FTBLAB_EIO, "%s: no process to simulate in: %s", path, strerror(errno));
  }
  ftblab_status status = take_trace(spec, stream, path, child, coverage, err);
  fclose(stream);
  return status;
}

/* ---- all ---- */

static bool is_scenario(const char *path)
{
  size_t length = strlen(path);
  return length > 5 && strcmp(path + length - 5, ".json") == 0;
}

static ftblab_status take_file(const ftblab_spec *spec, const char *path, ftblab_coverage *coverage, ftblab_error *err)
{
  FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
  if (!stream)
    return ftblab_fail(err, FTBLAB_EINPUT, "%s: %s", path, strerror(errno));
  ftblab_status status = take_trace(spec, stream, path, 0, coverage, err);
  if (stream != stdin)
    fclose(stream);
  return status;
}

ftblab_status ftblab_measure_coverage(const ftblab_spec *spec, const char *const *paths, size_t count,
                                      const char *required, bool json, ftblab_text *text, bool *met, ftblab_error *err)
{
  ftblab_coverage *coverage = NULL;
  *met = true;
  ftblab_status status = ftblab_coverage_new(spec, &coverage, err);
  if (status == FTBLAB_OK && required) /* who asks for what there is not learns so before anything runs */
    status = ftblab_coverage_meets(coverage, required, met, err);
  for (size_t i = 0; i < count && status == FTBLAB_OK; i++)
    status =
        is_scenario(paths[i]) ? take_scenario(spec, paths[i], coverage, err) : take_file(spec, paths[i], coverage, err);
  if (status == FTBLAB_OK && required)
    status = ftblab_coverage_meets(coverage, required, met, err);
  if (status == FTBLAB_OK && json)
    ftblab_coverage_write_json(coverage, required, text);
  else if (status == FTBLAB_OK)
    ftblab_coverage_write_text(coverage, required, text);
  ftblab_coverage_free(coverage);
  return status;
}
